//! Metric names, units and directions: the catalogue, and a reading's shape.
//!
//! Unit and direction belong to the metric's name, never to the number. Absent is not zero. Knows nothing of how a metric
//! is measured or judged.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::glob;
use crate::plan::Collector;

/// What a number counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Unit {
    Count,
    Seconds,
    Percent,
    Bytes,
    Days,
    /// A team's own.
    Other(String),
}

impl Unit {
    /// As written in configuration and reports: `count s % bytes days` or a team's own.
    pub fn name(&self) -> &str {
        match self {
            Self::Count => "count",
            Self::Seconds => "s",
            Self::Percent => "%",
            Self::Bytes => "bytes",
            Self::Days => "days",
            Self::Other(name) => name,
        }
    }
}

impl From<String> for Unit {
    fn from(name: String) -> Self {
        [
            Self::Count,
            Self::Seconds,
            Self::Percent,
            Self::Bytes,
            Self::Days,
        ]
        .into_iter()
        .find(|u| u.name() == name)
        .unwrap_or(Self::Other(name))
    }
}

impl From<Unit> for String {
    fn from(unit: Unit) -> Self {
        unit.name().to_owned()
    }
}

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Better {
    Lower,
    Higher,
    None,
}

/// What must be alike in two runs before their figures may be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alike {
    /// Same collector settings: features, profile, target, scope, arguments.
    Settings,
    /// The same and the same compiler, since lints come with it.
    Toolchain,
    /// The same and the same machine class: times.
    Machine,
}

/// One row of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Dotted name; one `*` stands for an id (`bench.*.time`).
    pub name: String,
    /// What the number counts.
    pub unit: Unit,
    /// Which way is better.
    pub better: Better,
    /// The collector that measures it.
    pub collector: Collector,
    /// Also given per package.
    pub per_package: bool,
    /// Computed from a comparison when judged, stored nowhere.
    pub derived: bool,
    /// What must be alike for a comparison.
    pub alike: Alike,
    /// One line for people: `clippy warnings`.
    pub title: String,
}

impl Definition {
    /// Does `name` belong to this row? The row's `*` takes one or more characters, dots included.
    pub fn covers(&self, name: &str) -> bool {
        glob::matches(&self.name, name)
    }

    /// A family counted by name: once the metric given here was measured whole, a member without a figure is zero.
    pub fn tally_of(&self) -> Option<&'static str> {
        (self.name == "clippy.lint.*").then_some("clippy.warnings")
    }

    /// Returns the setting without which the collector does not measure this metric.
    pub fn setting(&self) -> Option<&'static str> {
        match self.name.as_str() {
            "doc.missing" | "doc.coverage" => Some("missing = true in [collect.doc]"),
            "test.slowest.*" => Some("durations = true in [collect.test]"),
            _ => None,
        }
    }
}

/// The metrics this build knows, and a team's own.
#[derive(Clone, Debug)]
pub struct Catalogue {
    rows: Vec<Definition>,
}

impl Default for Catalogue {
    fn default() -> Self {
        Self {
            rows: ROWS.iter().map(Row::definition).collect(),
        }
    }
}

impl Catalogue {
    /// Adds a team's own metric. Returns the row it collides with, if any.
    pub fn add(&mut self, row: Definition) -> Result<(), Definition> {
        if let Some(known) = self
            .rows
            .iter()
            .find(|r| r.name == row.name || r.covers(&row.name))
        {
            return Err(known.clone());
        }
        self.rows.push(row);
        Ok(())
    }

    /// Puts a row in the place of the one with the same name: a team's own collector measures it instead.
    pub fn replace(&mut self, row: Definition) {
        self.rows.retain(|known| known.name != row.name);
        self.rows.push(row);
    }

    /// The row that covers this concrete name. A row named exactly so comes before one with a star.
    pub fn get(&self, name: &str) -> Option<&Definition> {
        self.rows
            .iter()
            .find(|r| r.name == name)
            .or_else(|| self.rows.iter().find(|r| r.covers(name)))
    }

    /// Rows that a pattern of the configuration could mean: the pattern matches the row's name or the other way round.
    pub fn matching(&self, pattern: &str) -> Vec<&Definition> {
        self.rows
            .iter()
            .filter(|r| r.name == pattern || r.covers(pattern) || glob::matches(pattern, &r.name))
            .collect()
    }

    /// All rows.
    pub fn rows(&self) -> &[Definition] {
        &self.rows
    }
}

/// A measured value of one metric in one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The workspace's figure.
    pub value: Value,
    /// Figures of packages that were fully measured; empty for metrics without packages.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub packages: BTreeMap<String, f64>,
    /// The uncertainty of `value`, where the measurement has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<Spread>,
}

impl Reading {
    /// An exact figure of the workspace without packages.
    pub fn exact(value: f64) -> Self {
        Self {
            value: Value::Measured(value),
            packages: BTreeMap::new(),
            spread: None,
        }
    }
}

/// A figure, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// Finite.
    Measured(f64),
    /// No figure.
    Unavailable(Unavailable),
}

/// Why there is no figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unavailable {
    /// As a fragment: `clippy is not installed`, `2 of 3 packages did not compile`.
    pub reason: String,
    /// The command that would mend it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mend: Option<String>,
    /// The measurement ran over a part: counts are at least this. `None` when nothing is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
}

/// How sure a value is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Values of independent repeats (processes), in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<f64>,
    /// An interval from within one process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<(f64, f64)>,
    /// Share of units that were fresh, 0 to 1: times compare only at like freshness.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fresh: Option<f64>,
}

/// A row as a literal.
struct Row(
    &'static str,
    &'static str,
    Better,
    Collector,
    &'static str,
    Alike,
    &'static str,
);

impl Row {
    fn definition(&self) -> Definition {
        let Self(name, unit, better, collector, flags, alike, title) = self;
        Definition {
            name: (*name).to_owned(),
            unit: Unit::from((*unit).to_owned()),
            better: *better,
            collector: collector.clone(),
            per_package: flags.contains('P'),
            derived: flags.contains('D'),
            alike: *alike,
            title: (*title).to_owned(),
        }
    }
}

use Alike::{Machine, Settings, Toolchain};
use Better::{Higher, Lower};
use Collector::{Bench, Build, Changelog, Check, Clippy, Doc, Fmt, Loc, Test};

/// Flags: `P` also per package, `D` derived.
const ROWS: &[Row] = &[
    Row(
        "check.errors",
        "count",
        Lower,
        Check,
        "P",
        Toolchain,
        "check errors",
    ),
    Row(
        "check.warnings",
        "count",
        Lower,
        Check,
        "P",
        Toolchain,
        "compiler warnings",
    ),
    Row(
        "check.new",
        "count",
        Lower,
        Check,
        "PD",
        Toolchain,
        "new compiler findings",
    ),
    Row(
        "check.fixed",
        "count",
        Higher,
        Check,
        "PD",
        Toolchain,
        "fixed compiler findings",
    ),
    Row(
        "check.changed",
        "count",
        Better::None,
        Check,
        "PD",
        Toolchain,
        "changed compiler findings",
    ),
    Row("check.time", "s", Lower, Check, "", Machine, "check time"),
    Row(
        "rustc.dead_code",
        "count",
        Lower,
        Check,
        "P",
        Toolchain,
        "dead code warnings",
    ),
    Row(
        "rustc.unused",
        "count",
        Lower,
        Check,
        "P",
        Toolchain,
        "unused warnings",
    ),
    Row(
        "build.errors",
        "count",
        Lower,
        Build,
        "P",
        Toolchain,
        "build errors",
    ),
    Row(
        "build.warnings",
        "count",
        Lower,
        Build,
        "P",
        Toolchain,
        "build warnings",
    ),
    Row(
        "build.script_warnings",
        "count",
        Lower,
        Build,
        "",
        Toolchain,
        "build script warnings",
    ),
    Row(
        "build.new",
        "count",
        Lower,
        Build,
        "PD",
        Toolchain,
        "new build findings",
    ),
    Row(
        "build.fixed",
        "count",
        Higher,
        Build,
        "PD",
        Toolchain,
        "fixed build findings",
    ),
    Row(
        "build.changed",
        "count",
        Better::None,
        Build,
        "PD",
        Toolchain,
        "changed build findings",
    ),
    Row("build.time", "s", Lower, Build, "", Machine, "build time"),
    Row(
        "clippy.warnings",
        "count",
        Lower,
        Clippy,
        "P",
        Toolchain,
        "clippy warnings",
    ),
    Row(
        "clippy.errors",
        "count",
        Lower,
        Clippy,
        "P",
        Toolchain,
        "clippy errors",
    ),
    Row(
        "clippy.lint.*",
        "count",
        Lower,
        Clippy,
        "P",
        Toolchain,
        "clippy lint",
    ),
    Row(
        "clippy.new",
        "count",
        Lower,
        Clippy,
        "PD",
        Toolchain,
        "new clippy findings",
    ),
    Row(
        "clippy.fixed",
        "count",
        Higher,
        Clippy,
        "PD",
        Toolchain,
        "fixed clippy findings",
    ),
    Row(
        "clippy.changed",
        "count",
        Better::None,
        Clippy,
        "PD",
        Toolchain,
        "changed clippy findings",
    ),
    Row(
        "clippy.time",
        "s",
        Lower,
        Clippy,
        "",
        Machine,
        "clippy time",
    ),
    Row("test.total", "count", Higher, Test, "P", Settings, "tests"),
    Row(
        "test.passed",
        "count",
        Higher,
        Test,
        "P",
        Settings,
        "tests passed",
    ),
    Row(
        "test.failed",
        "count",
        Lower,
        Test,
        "P",
        Settings,
        "tests failed",
    ),
    Row(
        "test.ignored",
        "count",
        Lower,
        Test,
        "P",
        Settings,
        "tests ignored",
    ),
    Row(
        "test.incomplete",
        "count",
        Lower,
        Test,
        "P",
        Settings,
        "incomplete suites",
    ),
    Row(
        "test.pass_rate",
        "%",
        Higher,
        Test,
        "P",
        Settings,
        "test pass rate",
    ),
    Row(
        "test.doc.total",
        "count",
        Higher,
        Test,
        "P",
        Settings,
        "doctests",
    ),
    Row(
        "test.doc.passed",
        "count",
        Higher,
        Test,
        "P",
        Settings,
        "doctests passed",
    ),
    Row(
        "test.doc.failed",
        "count",
        Lower,
        Test,
        "P",
        Settings,
        "doctests failed",
    ),
    Row(
        "test.doc.ignored",
        "count",
        Lower,
        Test,
        "P",
        Settings,
        "doctests ignored",
    ),
    Row(
        "test.regressed",
        "count",
        Lower,
        Test,
        "PD",
        Settings,
        "tests regressed",
    ),
    Row(
        "test.vanished",
        "count",
        Lower,
        Test,
        "PD",
        Settings,
        "tests vanished",
    ),
    Row(
        "test.newly_ignored",
        "count",
        Lower,
        Test,
        "PD",
        Settings,
        "tests newly ignored",
    ),
    Row("test.time", "s", Lower, Test, "", Machine, "test time"),
    Row("test.slowest.*", "s", Lower, Test, "", Machine, "slow test"),
    Row("bench.*.time", "s", Lower, Bench, "", Machine, "bench"),
    Row(
        "bench.time",
        "s",
        Lower,
        Bench,
        "",
        Machine,
        "bench run time",
    ),
    Row(
        "fmt.files",
        "count",
        Lower,
        Fmt,
        "P",
        Toolchain,
        "unformatted files",
    ),
    Row(
        "fmt.time",
        "s",
        Lower,
        Fmt,
        "",
        Machine,
        "format check time",
    ),
    Row(
        "doc.warnings",
        "count",
        Lower,
        Doc,
        "P",
        Toolchain,
        "doc warnings",
    ),
    Row(
        "doc.errors",
        "count",
        Lower,
        Doc,
        "P",
        Toolchain,
        "doc errors",
    ),
    Row(
        "doc.missing",
        "count",
        Lower,
        Doc,
        "P",
        Toolchain,
        "undocumented public items",
    ),
    Row(
        "doc.coverage",
        "%",
        Higher,
        Doc,
        "P",
        Toolchain,
        "documentation coverage",
    ),
    Row("doc.time", "s", Lower, Doc, "", Machine, "doc time"),
    Row(
        "loc.files",
        "count",
        Better::None,
        Loc,
        "P",
        Settings,
        "Rust files",
    ),
    Row(
        "loc.code",
        "count",
        Better::None,
        Loc,
        "P",
        Settings,
        "lines of code",
    ),
    Row(
        "loc.comments",
        "count",
        Better::None,
        Loc,
        "P",
        Settings,
        "comment lines",
    ),
    Row(
        "loc.blank",
        "count",
        Better::None,
        Loc,
        "P",
        Settings,
        "blank lines",
    ),
    Row(
        "unsafe.blocks",
        "count",
        Lower,
        Loc,
        "P",
        Settings,
        "unsafe blocks",
    ),
    Row(
        "todo.open",
        "count",
        Lower,
        Loc,
        "P",
        Settings,
        "open to-dos",
    ),
    Row(
        "changelog.problems",
        "count",
        Lower,
        Changelog,
        "",
        Settings,
        "changelog problems",
    ),
];

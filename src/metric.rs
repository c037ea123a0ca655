//! Metrics: names, units and directions in the catalogue, and the shape of a measured value.
//!
//! Unit and direction belong to the metric's name, never to the number. Absent is not zero. Knows nothing of how a metric
//! is measured or judged; the rows of the built-in metrics come from `collector`.

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
pub struct MetricRow {
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
    /// For a member of a family that is counted by name: once this metric was measured, a missing member is zero.
    pub tally_of: Option<&'static str>,
    /// The setting without which the collector does not measure this metric: `missing = true in [collect.doc]`.
    pub setting: Option<&'static str>,
}

impl MetricRow {
    /// Does `name` belong to this row? The row's `*` takes one or more characters, dots included.
    pub fn covers(&self, name: &str) -> bool {
        glob::matches(&self.name, name)
    }
}

/// The metrics this build knows, and a team's own.
#[derive(Clone, Debug)]
pub struct Catalogue {
    rows: Vec<MetricRow>,
}

impl Catalogue {
    /// Returns a catalogue of these rows.
    pub fn new(rows: Vec<MetricRow>) -> Self {
        Self { rows }
    }

    /// Adds a team's own metric. Returns the row it collides with, if any.
    pub fn add(&mut self, row: MetricRow) -> Result<(), MetricRow> {
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
    pub fn replace(&mut self, row: MetricRow) {
        self.rows.retain(|known| known.name != row.name);
        self.rows.push(row);
    }

    /// The row that covers this concrete name. A row named exactly so comes before one with a star.
    pub fn get(&self, name: &str) -> Option<&MetricRow> {
        self.rows
            .iter()
            .find(|r| r.name == name)
            .or_else(|| self.rows.iter().find(|r| r.covers(name)))
    }

    /// Rows that a pattern of the configuration could mean: the pattern matches the row's name or the other way round.
    pub fn matching(&self, pattern: &str) -> Vec<&MetricRow> {
        self.rows
            .iter()
            .filter(|r| r.name == pattern || r.covers(pattern) || glob::matches(pattern, &r.name))
            .collect()
    }

    /// All rows.
    pub fn rows(&self) -> &[MetricRow] {
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

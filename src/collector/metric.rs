//! The form in which a collector describes its metrics.

use crate::event::Outcome;
use crate::metric::{Alike, Better, Unit};
use crate::snapshot::{Finding, Test};

/// One metric of a collector.
pub struct Metric {
    /// Dotted name. It may contain one `*`, a placeholder for the name of a lint, test or
    /// benchmark; see `family`.
    pub name: &'static str,
    /// One line for people: `clippy warnings`.
    pub title: &'static str,
    /// Unit of the values.
    pub unit: &'static Unit,
    /// Which direction is better.
    pub better: Better,
    /// Whether there is a value for each package too.
    pub per_package: bool,
    /// Conditions that must be equal in two runs before their values are compared. Those of the
    /// collector apply to a derived metric.
    pub alike: Alike,
    /// Entries of the snapshot that the value counts, shown when a gate fails.
    pub counts: Option<Counts>,
    /// Whether the value must equal the number of entries that a pinned baseline lists.
    pub is_checked: bool,
    /// Whether other collectors that build cannot measure completely while the value is above zero.
    pub is_blocking: bool,
    /// The kind of change that a derived metric counts. `None` for a metric that is measured and
    /// stored.
    pub change: Option<Change>,
    /// The code of the findings that a derived metric counts. `None` if it counts all of the
    /// collector.
    pub code: Option<&'static str>,
    /// When a report shows it in a row of its own.
    pub visibility: Visibility,
    /// Whether a duration is a result in its own right rather than a by-product of running the
    /// step.
    pub is_result: bool,
    /// The kind of name that replaces the `*`. `None` if the name has no `*`.
    pub family: Option<Family>,
    /// For a member of a family that is counted by name: once this metric was measured, a missing
    /// member is zero.
    pub tally_of: Option<&'static str>,
    /// Id of the step that measures it. `None` for the collector's first step.
    pub step: Option<&'static str>,
    /// The setting without which it is not measured, as a hint names it.
    pub setting: Option<&'static str>,
    /// Returns an extended regular expression for the words that are counted in the sources, for
    /// values without entries in the snapshot.
    pub search: Option<fn() -> String>,
}

impl Metric {
    /// A number of findings or tests of which fewer are better, for the workspace and each package.
    pub const COUNT: Self = Self {
        name: "",
        title: "",
        unit: &Unit::Count,
        better: Better::Lower,
        per_package: true,
        alike: Alike::Settings,
        counts: None,
        is_checked: false,
        is_blocking: false,
        change: None,
        code: None,
        visibility: Visibility::Always,
        is_result: false,
        family: None,
        tally_of: None,
        step: None,
        setting: None,
        search: None,
    };

    /// A number of findings that comes with the compiler's lints.
    pub const LINTS: Self = Self {
        alike: Alike::Toolchain,
        ..Self::COUNT
    };

    /// The compiler's warnings.
    pub const WARNINGS: Self = Self {
        counts: Some(Counts::Findings(is_warning)),
        is_checked: true,
        ..Self::LINTS
    };

    /// The compiler's errors.
    pub const ERRORS: Self = Self {
        counts: Some(Counts::Findings(is_error)),
        is_checked: true,
        visibility: Visibility::IfPositive,
        ..Self::LINTS
    };

    /// Findings that the baseline does not have.
    pub const NEW: Self = Self {
        change: Some(Change::New),
        ..Self::COUNT
    };

    /// Findings that only the baseline has.
    pub const FIXED: Self = Self {
        better: Better::Higher,
        change: Some(Change::Fixed),
        ..Self::COUNT
    };

    /// Findings that both runs have, with different text.
    pub const CHANGED: Self = Self {
        better: Better::None,
        change: Some(Change::Changed),
        ..Self::COUNT
    };

    /// A duration, compared on one class of machine only.
    pub const TIME: Self = Self {
        unit: &Unit::Seconds,
        per_package: false,
        alike: Alike::Machine,
        ..Self::COUNT
    };

    /// Returns whether a concrete name belongs to this row.
    pub fn covers(&self, name: &str) -> bool {
        crate::glob::matches(self.name, name)
    }

    /// Returns whether a finding of the collector is one of those that the metric of this name
    /// counts.
    pub fn counts_finding(&self, name: &str, finding: &Finding) -> bool {
        match self.counts {
            Some(Counts::Findings(counts)) => counts(name, finding),
            Some(Counts::Files) => true,
            Some(Counts::Tests(_) | Counts::Failures(_) | Counts::IncompleteSuites) | None => false,
        }
    }
}

/// Counts warnings.
pub(super) fn is_warning(_: &str, finding: &Finding) -> bool {
    !is_error("", finding)
}

/// Counts errors and compiler crashes.
pub(super) fn is_error(_: &str, finding: &Finding) -> bool {
    finding.level != crate::event::Level::Warning
}

/// Counts failed tests.
pub(super) fn has_failed(test: &Test) -> bool {
    test.outcome == Outcome::Failed
}

/// Entries of a snapshot that a metric counts.
#[derive(Clone, Copy)]
pub enum Counts {
    /// Findings of the collector, by the metric's concrete name.
    Findings(fn(&str, &Finding) -> bool),
    /// The files with a finding of the collector. A file that several packages share has a finding
    /// for each of them.
    Files,
    /// Tests. A failing gate lists packages, because a test that exists is not an error.
    Tests(fn(&Test) -> bool),
    /// Failed tests that lower the value, which a failing gate lists.
    Failures(fn(&Test) -> bool),
    /// Suites without a complete result.
    IncompleteSuites,
}

/// When a report shows a metric in a row of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Whenever it was measured.
    Always,
    /// If there is something to count.
    IfPositive,
    /// Never where a broader metric is shown that covers it.
    Detail,
}

/// The kind of change between two runs that a derived metric counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "see the fields of `Comparison`")]
pub enum Change {
    New,
    Fixed,
    Changed,
    Regressed,
    Vanished,
    NewlyIgnored,
    Patch,
}

/// The kind of name that replaces the `*` in a metric's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// A lint of clippy.
    Lint,
    /// A test id with `_` for white space.
    Test,
    /// A benchmark.
    Benchmark,
    /// An executable or library that a step built.
    BuiltFile,
    /// A command of the configuration.
    Command,
    /// A member of the workspace.
    Package,
}

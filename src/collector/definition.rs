//! The form in which a collector describes itself. See [`super::ALL`] for the collectors.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::command::StepContext;
use super::facts::StepFacts;
use super::fold::Folded;
use super::planner::Request;
use super::summary::{StepSummary, Term};
use crate::event::Outcome;
use crate::metric::{Alike, Better, Unit};
use crate::plan::{Collector, Invocation, Step};
use crate::snapshot::{Finding, Snapshot, Test};

/// Everything that the program knows about one collector.
///
/// Each definition states what differs from [`Definition::DEFAULT`], which describes a collector
/// that compiles the members with cargo.
pub struct Definition {
    /// Name as written in configuration and reports.
    pub name: &'static str,
    /// Metrics in the order of the reference tables.
    pub metrics: &'static [Metric],
    /// The metric whose packages are those that were measured. It is present whenever the collector
    /// ran, and measured only when everything was counted. `None` for a collector whose findings
    /// and tests are never compared.
    pub total: Option<&'static str>,
    /// What findings, tests and derived metrics need alike in two runs.
    pub alike: Alike,
    /// Files whose content decides which findings there can be.
    pub lint_files: &'static [LintFile],
    /// Whether values come from a build, so that target, profile, features and flags matter to
    /// them.
    pub builds: bool,
    /// Whether equal settings are needed to compare two runs.
    pub compares_settings: bool,
    /// Conditions that can change a result.
    pub influences: &'static [Influence],
    /// Whether results depend on the sources of members that lie outside the workspace root.
    pub reads_members: bool,
    /// Whether the changelogs and the tags of the repository are read.
    pub reads_changelogs: bool,
    /// Whether it records the results of individual tests.
    pub has_tests: bool,
    /// Settings in `[collect.NAME]` in addition to those that every command has.
    pub settings: &'static [Setting],
    /// Arguments of cargo that `args` must not contain, each with the reason.
    pub refused_args: &'static [(&'static str, &'static str)],
    /// Arguments after `--` that `args` must not contain, each with the reason.
    pub refused_tool_args: &'static [(&'static str, &'static str)],
    /// Whether a command with arguments, a timeout and `allow-empty` is run.
    pub runs_command: bool,
    /// Whether the command compiles benches unless the configuration leaves them out.
    pub compiles_benches: bool,
    /// Whether `--profile` selects the profile. `cargo bench` has one of its own.
    pub has_profile: bool,
    /// Tools that may be needed in addition to cargo.
    pub tools: &'static [Tool],
    /// Position among the steps of a run: steps that are fast and steps that others build upon come
    /// first.
    pub turn: u8,
    /// Time limit of a step in minutes, unless configured.
    pub timeout: u64,
    /// Returns the step of another collector that gives the same values, if that one is requested
    /// as well.
    pub(super) answered_by: fn(&Request) -> Option<Collector>,
    /// Returns the steps.
    pub(super) steps: fn(&StepContext<'_>, &Collector) -> Vec<Step>,
    /// Ids of steps whose duration is not part of `NAME.time`.
    pub(super) untimed: &'static [&'static str],
    /// Returns everything in the request that the meaning of the values depends on.
    pub(super) meaning: fn(&Request, &Collector) -> serde_json::Value,
    /// Which units of a package a step must compile to have covered it.
    pub(super) coverage: Coverage,
    /// Returns why the steps, though they succeeded, did no work. `None` if they did some.
    pub(super) idle: fn(&[&StepFacts]) -> Option<String>,
    /// Adds metrics, findings and tests to the snapshot. Metrics of time are added elsewhere.
    pub(super) fold: fn(&Folded, &Collector, &mut Snapshot),
    /// Returns the words of the status line when a step has ended.
    pub summary: fn(&StepSummary<'_>) -> Vec<Term>,
    /// Returns a term to append to the status line of another collector's step when that step
    /// provides this collector's values.
    pub summary_beside: fn(&StepSummary<'_>) -> Option<Term>,
    /// The command to suggest when a gate on one of the metrics fails.
    pub remedy: Remedy,
    /// Whether `init` suggests it for a workspace.
    pub suits: fn(WorkspaceShape) -> bool,
    /// Gates that `init` writes when the collector runs by default.
    pub gates: &'static [SuggestedGate],
}

impl Definition {
    /// A collector that compiles the members with cargo. Name, metrics, steps and fold are missing.
    pub const DEFAULT: Self = Self {
        name: "",
        metrics: &[],
        total: None,
        alike: Alike::Toolchain,
        lint_files: &[LintFile::Manifests],
        builds: true,
        compares_settings: true,
        influences: Influence::BUILD,
        reads_members: true,
        reads_changelogs: false,
        has_tests: false,
        settings: &[],
        refused_args: &[],
        refused_tool_args: &[],
        runs_command: true,
        compiles_benches: false,
        has_profile: true,
        tools: &[],
        turn: 0,
        timeout: 60,
        answered_by: |_| None,
        steps: |_, _| Vec::new(),
        untimed: &[],
        meaning: super::planner::settings::of_build,
        coverage: Coverage::EveryTarget,
        idle: |_| None,
        fold: |_, _, _| {},
        summary: |_| Vec::new(),
        summary_beside: |_| None,
        remedy: Remedy::Explain,
        suits: |_| true,
        gates: &[],
    };

    /// Returns whether this describes a collector of `campaign.toml` and not one of the program's
    /// own.
    pub fn is_custom(&self) -> bool {
        self.name.is_empty()
    }

    /// Returns its name as a value.
    pub fn collector(&self) -> Collector {
        Collector::named(self.name)
    }

    /// Returns the metric that a concrete name belongs to.
    pub fn metric(&self, name: &str) -> Option<&'static Metric> {
        let exact = self.metrics.iter().find(|metric| metric.name == name);
        exact.or_else(|| self.metrics.iter().find(|metric| metric.covers(name)))
    }

    /// Returns the keys of `[collect.NAME]`.
    pub fn keys(&self) -> Vec<&'static str> {
        let common: &[&str] = if self.runs_command {
            &Settings::KEYS
        } else {
            &[]
        };
        let own = self.settings.iter().map(|setting| setting.key);
        common.iter().copied().chain(own).collect()
    }

    /// Returns the tool that is needed with these settings.
    pub fn tool(&self, settings: &Settings) -> Option<&'static Tool> {
        self.tools.iter().find(|tool| (tool.is_needed)(settings))
    }

    /// Returns whether a condition can change a built-in collector's result. Always `false` for a
    /// custom collector, because the inputs of its command are unknown.
    pub fn is_influenced_by(&self, influence: Influence) -> bool {
        !self.is_custom() && self.influences.contains(&influence)
    }

    /// Returns how long a step may take unless the configuration says otherwise.
    pub fn default_timeout(&self) -> Duration {
        Duration::from_secs(self.timeout * 60)
    }

    /// Returns whether the duration of its steps is a metric.
    pub(super) fn is_timed(&self) -> bool {
        let name = format!("{}.time", self.name);
        self.metrics.iter().any(|metric| metric.name == name)
    }
}

impl fmt::Debug for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Definition({})", self.name)
    }
}

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
    /// Conditions that must be equal in two runs before their values are compared.
    pub alike: Alike,
    /// Entries of the snapshot that the value counts, shown when a gate fails.
    pub counts: Option<Counts>,
    /// Whether the value must equal the number of entries that a pinned baseline lists.
    pub is_checked: bool,
    /// The kind of change that a derived metric counts. `None` for a metric that is measured and
    /// stored.
    pub change: Option<Change>,
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
    /// Commands that list the counted places in the sources, for values without entries in the
    /// snapshot.
    pub search: Option<SourceSearch>,
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
        change: None,
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
        ..Self::LINTS
    };

    /// Findings that the baseline does not have.
    pub const NEW: Self = Self {
        change: Some(Change::New),
        ..Self::LINTS
    };

    /// Findings that only the baseline has.
    pub const FIXED: Self = Self {
        better: Better::Higher,
        change: Some(Change::Fixed),
        ..Self::LINTS
    };

    /// Findings that both runs have, with different text.
    pub const CHANGED: Self = Self {
        better: Better::None,
        change: Some(Change::Changed),
        ..Self::LINTS
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
    /// Tests. A failing gate lists packages, because a test that exists is not an error.
    Tests(fn(&Test) -> bool),
    /// Failed tests that lower the value, which a failing gate lists.
    Failures(fn(&Test) -> bool),
    /// Suites without a complete result.
    IncompleteSuites,
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
}

/// Commands that list the counted places in the sources. They also match comments and strings.
#[derive(Clone, Copy, Debug)]
pub struct SourceSearch {
    /// The command for a git repository.
    pub git: &'static str,
    /// The command for any other directory.
    pub plain: &'static str,
}

/// A file that decides which findings a collector can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LintFile {
    /// The `[lints]` tables of the manifests.
    Manifests,
    /// `clippy.toml`.
    Clippy,
    /// `rustfmt.toml`.
    Rustfmt,
}

/// Kinds of conditions outside the sources: variables, configuration files, the toolchain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Influence {
    /// The selected toolchain.
    Toolchain,
    /// Configuration and variables of cargo and the compiler.
    Cargo,
    /// The tables of cargo's configuration that change no result.
    InertCargo,
    /// Configuration of clippy.
    Clippy,
    /// Configuration of rustfmt.
    Rustfmt,
    /// Which rustdoc runs, and its flags.
    Rustdoc,
    /// Variables that test executables read, and the program that runs them.
    TestHarness,
    /// Configuration of nextest. Matters only where nextest runs the tests.
    Nextest,
}

impl Influence {
    /// The conditions that influence every compilation.
    pub const BUILD: &'static [Self] = &[Self::Toolchain, Self::Cargo];
}

/// A tool that is run as a subcommand of cargo and installed separately.
#[derive(Clone, Copy)]
pub struct Tool {
    /// Name for people: `clippy`.
    pub name: &'static str,
    /// Name of the component or package to install: `cargo-nextest`.
    pub component: &'static str,
    /// Cargo's subcommand: `fmt`.
    pub subcommand: &'static str,
    /// The option that prints the version.
    pub version: &'static str,
    /// The command that installs it.
    pub install: &'static str,
    /// Returns whether the collector needs it with these settings.
    pub is_needed: fn(&Settings) -> bool,
}

impl fmt::Debug for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.component)
    }
}

/// Which units of a package a step must have compiled to have covered it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coverage {
    /// Those of every selected target, with and without tests.
    EveryTarget,
    /// Those of libraries and binaries, without tests.
    WithoutTests,
    /// Any but the build script: rustdoc does not report which targets it documents.
    AnyUnit,
}

/// The command to suggest when a gate fails.
#[derive(Clone, Copy)]
pub enum Remedy {
    /// The command that measured the value, changed by this function.
    Rerun(fn(&Invocation) -> Invocation),
    /// The command that runs the failing tests.
    Tests,
    /// This command.
    Command(&'static str),
    /// No command shows more than `explain`.
    Explain,
}

/// The properties of a workspace that `init` bases its suggestions on.
#[derive(Clone, Copy, Debug)]
pub struct WorkspaceShape {
    /// Whether there is a library.
    pub has_library: bool,
    /// Whether there are tests.
    pub has_tests: bool,
}

/// A gate that `init` writes.
#[derive(Clone, Copy, Debug)]
pub struct SuggestedGate {
    /// The metric.
    pub metric: &'static str,
    /// The condition.
    pub condition: SuggestedCondition,
    /// A comment at the end of the line. Empty if there is none.
    pub comment: &'static str,
    /// The metric that must have a value today; otherwise the gate is written as a comment.
    pub needs: &'static str,
}

/// The condition of a suggested gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuggestedCondition {
    /// `= 0`, or `<= baseline` if the value is larger today.
    Zero,
    /// The same, and `<= baseline` if no value is known: `= 0` often fails in an existing
    /// workspace.
    ZeroIfKnown,
    /// Today's value, to be lowered by hand.
    Ceiling,
    /// `= 0`, because it is counted from the baseline on.
    None,
    /// `>= baseline`.
    NoLess,
}

/// A key of `[collect.NAME]` that not every collector has.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The key.
    pub key: &'static str,
    /// The type of its value, with the default.
    pub kind: SettingKind,
    /// One line of documentation.
    pub doc: &'static str,
    /// Its key in the digest of the settings. `None` if it does not change the meaning of values.
    pub decides: Option<&'static str>,
}

/// The type of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingKind {
    /// `true` or `false`. Off unless set.
    Flag,
    /// A whole number in a range. The first of them unless set.
    Count(u32, u32),
    /// One of these words. The first of them unless set.
    Choice(&'static [&'static str]),
}

/// How a collector works: its table in the configuration, or the defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Arguments that are appended to its command: those before the first `--` for cargo, the
    /// others for the tool.
    pub args: Vec<String>,
    /// Time limit of each step, instead of the default.
    pub timeout: Option<Duration>,
    /// Whether a step without any work gives zero instead of no value.
    pub allow_empty: bool,
    /// The settings of this collector alone, as far as they are set.
    values: BTreeMap<&'static str, SettingValue>,
}

/// The value of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "see `SettingKind`")]
pub enum SettingValue {
    Flag(bool),
    Count(u32),
    Choice(&'static str),
}

impl Settings {
    /// The keys of every collector that runs a command.
    pub const KEYS: [&'static str; 3] = ["timeout", "args", "allow-empty"];

    /// Sets a value.
    pub fn set(&mut self, key: &'static str, value: SettingValue) {
        self.values.insert(key, value);
    }

    /// Returns a flag.
    pub fn flag(&self, key: &str) -> bool {
        matches!(self.values.get(key), Some(SettingValue::Flag(true)))
    }

    /// Returns a number, if it is set.
    pub fn count(&self, key: &str) -> Option<u32> {
        match self.values.get(key) {
            Some(SettingValue::Count(count)) => Some(*count),
            _ => None,
        }
    }

    /// Returns whether a word was chosen.
    pub fn is(&self, key: &str, choice: &str) -> bool {
        matches!(self.values.get(key), Some(SettingValue::Choice(chosen)) if *chosen == choice)
    }
}

//! The form in which a collector describes itself. See [`super::ALL`] for the collectors.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{Read, Seek};
use std::time::Duration;

use super::command::StepContext;
use super::covered::RequiredUnits;
use super::facts::StepFacts;
use super::folded::Folded;
use super::metric::Metric;
use super::request::Request;
use super::settings::{Setting, Settings};
use super::status::{Background, ExitDetails, StepVerdict, exit_zero, failed};
use super::summary::{StepSummary, Term};
use crate::event::{Artifact, Event, FileCounts};
use crate::metric::Alike;
use crate::plan::{Collector, Invocation, Step};
use crate::snapshot::Snapshot;
use crate::workspace::{FileRole, Workspace};

/// Everything that the program knows about one collector.
///
/// Each definition states what differs from [`Definition::BUILD`], [`Definition::TOOL`] or
/// [`Definition::FILES`].
pub struct Definition {
    /// Name as written in configuration and reports.
    pub name: &'static str,
    /// Metrics in the order of the reference tables.
    pub metrics: &'static [Metric],
    /// The metric whose packages are those that were measured. It is present whenever the collector
    /// ran, and measured only when everything was counted. `None` for a collector whose findings
    /// and tests are never compared.
    pub total: Option<&'static str>,
    /// What findings, tests and metrics that compare them need alike in two runs.
    pub alike: Alike,
    /// Files whose content decides which findings there can be.
    pub lint_files: &'static [LintFile],
    /// Whether values come from a build, so that target, profile, features and flags matter to
    /// them.
    pub builds: bool,
    /// Whether a compiler cache that is configured may answer in place of the compiler, which changes times.
    pub uses_compiler_cache: bool,
    /// Whether equal settings are needed to compare two runs.
    pub compares_settings: bool,
    /// Conditions that can change a result.
    pub influences: &'static [Influence],
    /// Whether results depend on the sources of members that lie outside the workspace root.
    pub reads_members: bool,
    /// Whether the changelogs and the tags of the repository are read.
    pub reads_changelogs: bool,
    /// Whether a database of security advisories is read.
    pub reads_advisories: bool,
    /// What an earlier version of the workspace is needed for.
    pub earlier: EarlierUse,
    /// Whether reports name a finding by its message. Otherwise its code says enough.
    pub shows_messages: bool,
    /// Whether it records the results of individual tests.
    pub has_tests: bool,
    /// Settings in `[collect.NAME]` in addition to those that every command has.
    pub settings: &'static [Setting],
    /// The setting that says how often it measures a time.
    pub repeats: Option<&'static str>,
    /// Arguments of cargo that `args` must not contain, each with the reason.
    pub refused_args: &'static [(&'static str, &'static str)],
    /// Arguments after `--` that `args` must not contain, each with the reason.
    pub refused_tool_args: &'static [(&'static str, &'static str)],
    /// Whether a command with arguments, a timeout and `allow-empty` is run.
    pub runs_command: bool,
    /// Whether the command compiles benches unless the configuration leaves them out.
    pub compiles_benches: bool,
    /// Which profile its commands build with.
    pub profile: ProfileChoice,
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
    /// Returns why it cannot run though its tool is installed, and what helps.
    pub(super) obstacle: fn(&Request, &Collector) -> Option<(String, String)>,
    /// Returns the steps.
    pub(super) steps: fn(&StepContext<'_>, &Collector) -> Vec<Step>,
    /// Ids of steps whose duration is not part of `NAME.time`.
    pub(super) untimed: &'static [&'static str],
    /// Version of how the output is counted. Raised when the same output gives different values, so
    /// that the collector measures again and its earlier values are not compared with new ones.
    pub(super) method: u32,
    /// Returns everything in the request that the meaning of the values depends on, as an object.
    /// The settings that [decide](Setting::decides) about it are added to the object.
    pub(super) meaning: fn(&Request, &Collector) -> serde_json::Value,
    /// How the output of a step with [`Stream::Text`](crate::plan::Stream::Text) is read.
    pub text: TextOutput,
    /// Passes on the counts and problems of the files that a step without a process reads. A file
    /// that could not be read is left out; the result is incomplete then.
    ///
    /// # Errors
    /// With the reason, if nothing can be measured.
    pub read_files: ReadFiles,
    /// How the files are read that a step built. `None` if cargo's messages say everything.
    pub artifacts: Option<ArtifactReader>,
    /// Which units of a package a step must compile to have covered it.
    pub(super) required_units: RequiredUnits,
    /// Whether a build that errors in the sources end is a result like any other, and not an
    /// incomplete one.
    pub counts_failed_builds: bool,
    /// Returns why the result of a build does not count, though cargo built everything. The
    /// workspace has the selected members.
    pub(super) doubt: fn(&Step, &StepFacts, &Workspace) -> Option<String>,
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
    pub const BUILD: Self = Self {
        name: "",
        metrics: &[],
        total: None,
        alike: Alike::Toolchain,
        lint_files: &[LintFile::Manifests],
        builds: true,
        uses_compiler_cache: true,
        compares_settings: true,
        influences: Influence::BUILD,
        reads_members: true,
        reads_changelogs: false,
        reads_advisories: false,
        earlier: EarlierUse::None,
        shows_messages: false,
        has_tests: false,
        settings: &[],
        repeats: None,
        refused_args: &[],
        refused_tool_args: &[],
        runs_command: true,
        compiles_benches: false,
        profile: ProfileChoice::Selected,
        tools: &[],
        turn: 0,
        timeout: 60,
        answered_by: |_| None,
        obstacle: |_, _| None,
        steps: |_, _| Vec::new(),
        untimed: &[],
        method: 2,
        meaning: super::planner::settings::of_build,
        text: TextOutput::NONE,
        read_files: |_, _, _| Err("the collector reads no files".to_owned()),
        artifacts: None,
        required_units: RequiredUnits::EveryTarget,
        counts_failed_builds: false,
        doubt: |_, _, _| None,
        idle: super::evidence::nothing_compiled,
        fold: |_, _, _| {},
        summary: |_| Vec::new(),
        summary_beside: |_| None,
        remedy: Remedy::Explain,
        suits: |_| true,
        gates: &[],
    };

    /// A collector that runs another tool, for which finding nothing is a result. As with a build,
    /// target, features and cargo's configuration may change it; a collector for which they do not
    /// sets `builds` to `false` and names its `influences`.
    pub const TOOL: Self = Self {
        alike: Alike::Settings,
        lint_files: &[],
        profile: ProfileChoice::Fixed,
        timeout: 10,
        idle: super::evidence::zero_is_a_count,
        ..Self::BUILD
    };

    /// A collector that reads files and runs no tool.
    pub const FILES: Self = Self {
        builds: false,
        influences: &[],
        runs_command: false,
        turn: 7,
        meaning: super::planner::settings::of_scope,
        ..Self::TOOL
    };

    /// Returns whether this describes a collector of `campaign.toml` and not one of the program's
    /// own.
    pub fn is_custom(&self) -> bool {
        self.name.is_empty()
    }

    /// Returns whether target, profile, features and flags of the command line reach its commands.
    /// A custom collector may build, but its command is used as it is.
    pub fn takes_build_options(&self) -> bool {
        self.builds && !self.is_custom()
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

/// See [`Definition::read_files`].
pub type ReadFiles =
    fn(&Step, &mut dyn Iterator<Item = InputFile>, &mut dyn FnMut(Event)) -> Result<(), String>;

/// A file that a collector reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFile {
    /// Relative to the workspace root, or absolute if it was named so.
    pub path: String,
    /// The member that it belongs to, preferably the one in whose directory it lies. Empty if it
    /// belongs to none.
    pub package: String,
    /// Other members that it belongs to.
    pub others: Vec<String>,
    /// What cargo builds from it.
    pub role: FileRole,
    /// Its content, lossily decoded.
    pub text: String,
}

impl InputFile {
    /// Returns counts of the file, for [`Event::Counted`].
    pub(super) fn counts(&self, counts: BTreeMap<Cow<'static, str>, u64>) -> FileCounts {
        FileCounts {
            package: self.package.clone(),
            others: self.others.clone(),
            file: self.path.clone(),
            counts,
        }
    }
}

/// How the files are read that a step built, such as executables.
#[derive(Clone, Copy)]
pub struct ArtifactReader {
    /// Returns whether a file of a member's unit is read, by its absolute path.
    pub wants: fn(&Artifact, &str) -> bool,
    /// Returns the counts of a file.
    ///
    /// # Errors
    /// With the reason, if the file cannot be read. It becomes an [`Event::Problem`] of the rule
    /// [`UNREADABLE`](Self::UNREADABLE).
    pub read: fn(&mut dyn ReadSeek) -> Result<ArtifactCounts, String>,
}

impl ArtifactReader {
    /// The rule of the problem that a file could not be read.
    pub const UNREADABLE: &'static str = "unreadable";
}

/// The counts of a file by a name of the collector's choice, as in [`FileCounts`](crate::event::FileCounts).
pub type ArtifactCounts = BTreeMap<Cow<'static, str>, u64>;

/// An open file.
pub trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

/// The purpose for which a collector needs an earlier version of the workspace, and the setting that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EarlierUse {
    /// It needs none.
    None,
    /// Each package is compared with an earlier version of it: its last release, unless the setting
    /// names another one.
    Packages(&'static str),
    /// Only code that changed since then counts, if the setting names a version.
    Changes(&'static str),
}

/// Which profile the commands of a collector build with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileChoice {
    /// That of `--profile`, or else cargo's default for the command.
    Selected,
    /// That of `--profile`, or else this one.
    SelectedOr(&'static str),
    /// One that `--profile` does not change, such as that of `cargo bench`.
    Fixed,
}

impl ProfileChoice {
    /// Returns the profile to name to cargo, given that of `--profile`.
    pub fn resolve(self, selected: Option<&str>) -> Option<&str> {
        match self {
            Self::Selected => selected,
            Self::SelectedOr(default) => selected.or(Some(default)),
            Self::Fixed => None,
        }
    }
}

/// How the output of a tool is read that prints one text, such as a JSON document.
#[derive(Clone, Copy)]
pub struct TextOutput {
    /// The largest output that is read, in bytes.
    pub limit: usize,
    /// Returns the events of the output, or why it cannot be read. The second text is the end of
    /// what the command wrote to stderr.
    pub decode: fn(&Step, &str, &str) -> Result<Vec<Event>, String>,
    /// Returns the status of the step when the command has exited.
    pub(super) status: fn(&Step, &StepFacts, &ExitDetails<'_>, &Background<'_>) -> StepVerdict,
}

impl TextOutput {
    /// For a tool that exits with 0 unless it failed.
    pub(super) const fn exit_zero(
        limit: usize,
        decode: fn(&Step, &str, &str) -> Result<Vec<Event>, String>,
    ) -> Self {
        Self {
            limit,
            decode,
            status: |step, facts, exit, _| exit_zero(step, facts, exit),
        }
    }

    /// For a collector without such a step.
    pub(crate) const NONE: Self = Self {
        limit: 0,
        decode: |_, _, _| Err("the collector does not read it".to_owned()),
        status: |_, _, _, _| failed("its output is not read".to_owned()),
    };
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

/// A tool that is installed separately from cargo.
#[derive(Clone, Copy)]
pub struct Tool {
    /// Name for people: `clippy`.
    pub name: &'static str,
    /// Name of the component or package to install: `cargo-nextest`.
    pub component: &'static str,
    /// How it is run.
    pub program: ToolProgram,
    /// The command that installs it.
    pub install: &'static str,
    /// Returns whether the collector needs it with these settings.
    pub is_needed: fn(&Settings) -> bool,
}

/// How a tool is run.
#[derive(Clone, Copy)]
pub enum ToolProgram {
    /// As a subcommand of cargo.
    Subcommand {
        /// Its name: `fmt`.
        name: &'static str,
        /// The option that prints the version.
        version: &'static str,
    },
    /// As [`LlvmTools`](super::LlvmTools).
    Llvm,
    /// As a program on `PATH` that prints its name and version: `valgrind-3.19.0`.
    Program {
        /// Its name.
        name: &'static str,
        /// The oldest version that can be used: major and minor number.
        oldest: (u32, u32),
    },
    /// As [`CompilerCache`](super::CompilerCache).
    CompilerCache {
        /// Its name without an extension.
        name: &'static str,
        /// How cargo is configured to run the compiler through it.
        setting: &'static str,
    },
}

impl Tool {
    /// Returns the name of cargo's subcommand. `None` for other programs.
    pub fn subcommand(&self) -> Option<&'static str> {
        match self.program {
            ToolProgram::Subcommand { name, .. } => Some(name),
            ToolProgram::Llvm | ToolProgram::Program { .. } | ToolProgram::CompilerCache { .. } => {
                None
            }
        }
    }
}

impl fmt::Debug for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.component)
    }
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

/// A gate that `init` writes, as a comment if its collector does not run by default.
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
    /// This condition.
    Exactly(&'static str),
}

//! The measured values of a run with their provenance, and the comparison of two runs.
//!
//! A [`Snapshot`] is built only by folding events, so that folding a recorded stream again gives the
//! same value. A [`Comparison`] is the only way to a difference between two snapshots. For each
//! collector it contains the reason why values must not be compared, if there is one. This module
//! knows nothing about gates.

mod test_id;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::event::{Harness, Level, Outcome};
use crate::lines::LineSet;
use crate::metric::Reading;
use crate::plan::Collector;

pub use test_id::{SuiteId, SuiteTarget, TestId};

/// Metrics, findings and test results of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Readings by metric name. A metric of a collector outside the plan is absent.
    pub metrics: BTreeMap<String, Reading>,
    /// Findings, sorted and de-duplicated over targets.
    pub findings: Vec<Finding>,
    /// Tests by their id, see [`TestId`].
    pub tests: BTreeMap<String, Test>,
    /// Suites with incomplete results: their id, see [`SuiteId`], and the reason.
    pub incomplete: BTreeMap<String, String>,
    /// Suites that were not run again: their id, and that of the run that ran them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reused: BTreeMap<String, String>,
    /// For each collector that counts executions, the lines of each file that have code. Pins do not have
    /// them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub executions: BTreeMap<Collector, BTreeMap<String, ExecutedLines>>,
    /// For each diagnostic collector, the packages that were covered completely. Another package may
    /// have unknown findings.
    pub covered: BTreeMap<Collector, Vec<String>>,
}

/// The lines of a file that have code, by whether tests executed them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutedLines {
    /// The packages that the file belongs to.
    pub packages: Vec<String>,
    /// LineSet that were executed.
    pub executed: LineSet,
    /// LineSet that were not.
    pub missed: LineSet,
}

/// A diagnostic. It counts once even if several targets report it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// The collector that counts it: `clippy`, `check`, `build`, `doc`.
    pub collector: Collector,
    /// Package name.
    pub package: String,
    /// Path relative to the workspace root with `/`. Empty for a diagnostic without a place.
    pub file: String,
    /// Lint or error code. A diagnostic without one has `msg:` and a template of its message.
    pub code: String,
    /// Severity.
    pub level: Level,
    /// Enclosing item (`Pool::get`). Empty at file level.
    pub item: String,
    /// Highlighted source with white space collapsed.
    pub snippet: String,
    /// The complete first source line, trimmed.
    pub text: String,
    /// First line of the message.
    pub message: String,
    /// 1-based; 0 without a place. Not part of any fingerprint.
    pub line: u32,
    /// 1-based; 0 without a place.
    pub column: u32,
    /// The number of messages that reported it, from several targets or feature sets.
    pub occurrences: u32,
}

/// A test's result in a snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// Package name.
    pub package: String,
    /// The outcome.
    pub outcome: Outcome,
    /// The source of the outcome.
    pub harness: Harness,
    /// Duration in seconds, if the runner reports it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Output of a failed test, cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

/// The origin of a run's values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Name of the workspace for people: its root package or its root directory.
    pub workspace: String,
    /// Names of all members. A baseline without any of them belongs to another workspace and is
    /// refused.
    #[serde(default)]
    pub members: Vec<String>,
    /// Full id of HEAD. `None` without git or before the first commit.
    pub commit: Option<String>,
    /// The branch. `None` if HEAD is detached.
    pub branch: Option<String>,
    /// Whether the working tree differs from HEAD.
    pub dirty: bool,
    /// The state since which lines count as changed, if values of a pin were replaced later. `None` if it is that of this
    /// provenance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Origin>,
    /// Digest over path and content of every source file (not of `.campaign/` and `campaign.toml`).
    pub tree: String,
    /// Digest of `Cargo.lock`.
    pub lock: Option<String>,
    /// Digest of the `[lints]` tables.
    pub lints: String,
    /// Digest of every `clippy.toml` that may apply. Empty without any.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub clippy_toml: String,
    /// Digest of every `rustfmt.toml` that may apply. Empty without any.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rustfmt_toml: String,
    /// Compiler and cargo.
    pub toolchain: Toolchain,
    /// The machine.
    pub host: Host,
    /// Target triple. `None` for the host's.
    pub target: Option<String>,
    /// Cargo profile.
    pub profile: String,
    /// `default`, `all`, `none`, or a sorted list.
    pub features: String,
    /// The measured packages. Empty for the whole workspace.
    pub scope: Vec<String>,
    /// Flags that are passed to cargo (`--locked`).
    pub cargo_flags: Vec<String>,
    /// Environment variables that affect cargo, and their values.
    pub env: BTreeMap<String, String>,
    /// Values of cargo's configuration that affect compilers and lints (`build.rustflags`), from any
    /// of its files.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub config: BTreeMap<String, String>,
    /// Conditions of the measurement that can be checked without starting a process, by name: digests
    /// of the toolchain, of each relevant variable and of each configuration file outside the tree.
    /// They are not compared between machines.
    #[serde(default)]
    pub conditions: BTreeMap<String, String>,
    /// Version of this program.
    pub tool: String,
    /// For each collector whose values come from files of another tool, the format of the files.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub imported: BTreeMap<Collector, String>,
    /// Settings of each collector, see [`crate::plan::Plan::settings`].
    pub settings: BTreeMap<Collector, String>,
    /// Settings that each collector would have for the whole workspace. Empty if the whole workspace
    /// was measured.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unscoped_settings: BTreeMap<Collector, String>,
}

/// A state of the sources.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Full id of HEAD. `None` without git or before the first commit.
    pub commit: Option<String>,
    /// Whether the working tree differed from HEAD.
    pub dirty: bool,
    /// Digest of every source file.
    pub tree: String,
}

impl Provenance {
    /// Returns the commit that has exactly the measured sources, if there is one.
    pub fn clean_commit(&self) -> Option<&str> {
        self.commit.as_deref().filter(|_| !self.dirty)
    }

    /// Returns the state since which lines count as changed.
    pub fn since(&self) -> Origin {
        self.since.clone().unwrap_or_else(|| Origin {
            commit: self.commit.clone(),
            dirty: self.dirty,
            tree: self.tree.clone(),
        })
    }

    /// Returns the settings that a collector would have for the whole workspace. `None` if they were
    /// not recorded.
    pub fn unscoped_settings(&self, collector: &Collector) -> Option<&String> {
        if self.scope.is_empty() {
            self.settings.get(collector)
        } else {
            self.unscoped_settings.get(collector)
        }
    }

    /// Returns the names of the measured packages. Empty if they were not recorded.
    pub fn selected(&self) -> &[String] {
        if self.scope.is_empty() {
            &self.members
        } else {
            &self.scope
        }
    }
}

/// Compiler and cargo versions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Toolchain {
    /// `1.95.0 (59807616e 2026-04-14)`.
    pub rustc: String,
    /// `1.95.0 (f2d3ce0bd 2026-03-21)`.
    pub cargo: String,
    /// Host triple.
    pub host: String,
}

/// The class of the machine. Times are comparable only within one class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// `linux`, `macos`, `windows`.
    pub os: String,
    /// `x86_64`, `aarch64`.
    pub arch: String,
    /// Model name, or empty.
    pub cpu: String,
    /// Logical cores.
    pub cores: u32,
}

/// The changes from a base to a head.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// The collectors whose values must not be compared, and the reason.
    pub refused: BTreeMap<Collector, Refusal>,
    /// The matched findings.
    pub findings: Changes,
    /// Tests that passed and now fail.
    pub regressed: Vec<String>,
    /// Tests that no longer exist.
    pub vanished: Vec<String>,
    /// Tests that ran, with either result, and are now ignored.
    pub newly_ignored: Vec<String>,
    /// Tests that the base does not have.
    pub added: Vec<String>,
    /// Tests that failed and now pass.
    pub repaired: Vec<String>,
    /// For each collector that counts executions, those of the lines that were added or changed.
    pub patches: BTreeMap<Collector, Result<Patch, UnknownPatch>>,
}

/// Why it is unknown which lines were added or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownPatch {
    /// As the end of a sentence.
    pub reason: String,
    /// The command to type next, if there is one.
    pub help: Option<String>,
}

/// The lines that were added or changed since the base, by file and by whether tests executed them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Patch {
    /// Files without such lines are absent.
    pub files: BTreeMap<String, ExecutedLines>,
}

impl Patch {
    /// Returns the files, or those of one package.
    pub fn of_package<'a>(
        &'a self,
        package: Option<&'a str>,
    ) -> impl Iterator<Item = (&'a String, &'a ExecutedLines)> {
        self.files.iter().filter(move |(_, lines)| {
            package.is_none_or(|package| lines.packages.iter().any(|own| own == package))
        })
    }

    /// Returns the percentage of lines that were executed. It is 100 if there are none, because nothing was
    /// missed.
    pub fn percent(&self, package: Option<&str>) -> f64 {
        let mut counts = (0, 0);
        for (_, lines) in self.of_package(package) {
            counts.0 += lines.executed.count();
            counts.1 += lines.missed.count();
        }
        match counts {
            (_, 0) => 100.0,
            (executed, missed) => 100.0 * executed as f64 / (executed + missed) as f64,
        }
    }
}

/// A field in which two runs differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// `toolchain`, `profile`, `features`, `target`, `scope`, `origin`, `settings`, `lint configuration`, `machine`, and in
    /// reports also `measurement`, if `head` is the reason why nothing was looked up.
    pub field: String,
    /// Value on the base side.
    pub base: String,
    /// Value on the head side.
    pub head: String,
}

/// Writes `toolchain: 1.94.0 in the baseline, 1.95.0 now`. Settings are a digest and are not shown.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            "settings" => {
                f.write_str("settings: the baseline was measured with other arguments or options")
            }
            field => write!(
                f,
                "{field}: {} in the baseline, {} now",
                self.base, self.head
            ),
        }
    }
}

/// Findings of a base and a head, matched by content.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Findings that only the head has.
    pub new: Vec<Finding>,
    /// Findings that only the base has.
    pub fixed: Vec<Finding>,
    /// Findings whose code was edited, in base and head.
    pub changed: Vec<(Finding, Finding)>,
    /// Findings at another place, in base and head. They count as unchanged.
    pub moved: Vec<(Finding, Finding)>,
    /// The number of findings at the same place.
    pub same: usize,
}

//! What one run measured, with its provenance; and what two runs may say about each other.
//!
//! A [`Snapshot`] is built only by folding events, so that folding a recorded stream again gives the same value. A
//! [`Comparison`] is the only way to a difference between two snapshots; it carries, for each collector, why figures may
//! not be compared. Knows nothing of gates.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::event::{Harness, Level, Outcome};
use crate::metric::Reading;
use crate::plan::Collector;

/// Metrics, findings and test results of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// By metric name. A metric that was not asked for is absent.
    pub metrics: BTreeMap<String, Reading>,
    /// Sorted; de-duplicated over targets.
    pub findings: Vec<Finding>,
    /// By test id (see [`Test::id`]), sorted.
    pub tests: BTreeMap<String, Test>,
    /// Suites whose totals do not add up: suite id and reason.
    pub incomplete: BTreeMap<String, String>,
    /// For each diagnostic collector, the packages that were covered whole. A package not listed may hide findings.
    pub covered: BTreeMap<Collector, Vec<String>>,
}

/// One diagnostic, counted once however many targets report it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// Who counts it: `clippy`, `check`, `build`, `doc`.
    pub collector: Collector,
    /// Package name.
    pub package: String,
    /// Relative to the workspace root with `/`; empty when the diagnostic has no place.
    pub file: String,
    /// Lint or error code; `msg:` and a template of the message when it has none.
    pub code: String,
    /// Severity.
    pub level: Level,
    /// Enclosing item (`Pool::get`), empty at file level.
    pub item: String,
    /// Highlighted source, white space collapsed.
    pub snippet: String,
    /// The whole first source line, trimmed.
    pub text: String,
    /// First line of the message.
    pub message: String,
    /// 1-based; 0 without a place. Not part of any fingerprint.
    pub line: u32,
    /// 1-based; 0 without a place.
    pub column: u32,
    /// How many messages said it (targets, feature sets).
    pub occurrences: u32,
}

/// A test's result in a snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// Package name.
    pub package: String,
    /// Its result.
    pub outcome: Outcome,
    /// How sure it is.
    pub harness: Harness,
    /// Where the runner tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Output of a failed test, cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

impl Test {
    /// The key of a test over runs: package, target kind and name, test name. Line numbers of doctests are replaced by an
    /// ordinal among those of one item, so that moved lines keep their identity.
    pub fn id(package: &str, target_kind: &str, target: &str, name: &str) -> String {
        match target_kind {
            "lib" | "proc-macro" => format!("{package} {name}"),
            "doc" => format!("{package} doc {name}"),
            kind => format!("{package} {kind}:{target} {name}"),
        }
    }
}

/// Where a run's figures come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Name of the workspace, for people: its root package, or the root folder's name.
    pub workspace: String,
    /// Names of all members: a baseline without one of them is another workspace's and is refused.
    #[serde(default)]
    pub members: Vec<String>,
    /// Full id of HEAD; absent without git or before the first commit.
    pub commit: Option<String>,
    /// Absent when detached.
    pub branch: Option<String>,
    /// The working tree differs from HEAD.
    pub dirty: bool,
    /// Digest over path and content of every source file (not of `.campaign/` and `campaign.toml`).
    pub tree: String,
    /// Digest of `Cargo.lock`.
    pub lock: Option<String>,
    /// Digest of the `[lints]` tables.
    pub lints: String,
    /// Digest of every `clippy.toml` that may apply; empty without any.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub clippy_toml: String,
    /// Digest of every `rustfmt.toml` that may apply; empty without any.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rustfmt_toml: String,
    /// Compiler and cargo.
    pub toolchain: Toolchain,
    /// The machine.
    pub host: Host,
    /// Build triple asked for; absent for the host's.
    pub target: Option<String>,
    /// Cargo profile.
    pub profile: String,
    /// `default`, `all`, `none`, or a sorted list.
    pub features: String,
    /// Packages measured; empty for the whole workspace.
    pub scope: Vec<String>,
    /// Flags handed on to cargo (`--locked`).
    pub cargo_flags: Vec<String>,
    /// Environment variables that change what cargo does, with their values.
    pub env: BTreeMap<String, String>,
    /// Values of cargo's configuration that change what compilers and lints report, from whatever file: `build.rustflags`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub config: BTreeMap<String, String>,
    /// What was found without starting a process and decides the meaning of results: a digest of the toolchain, of each
    /// relevant variable and of each configuration file outside the tree, by name. Not compared between machines.
    #[serde(default)]
    pub conditions: BTreeMap<String, String>,
    /// Version of this program.
    pub tool: String,
    /// Settings of each collector, see [`crate::plan::Plan::settings`].
    pub settings: BTreeMap<Collector, String>,
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

/// The machine class: figures of time compare only within one.
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

/// What changed from a base to a head.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// For each collector: why figures of the two sides may not be compared (`toolchain: 1.94.0, now 1.95.0`).
    pub refused: BTreeMap<Collector, Refusal>,
    /// Findings, matched.
    pub findings: Changes,
    /// Tests that passed and now fail.
    pub regressed: Vec<String>,
    /// Tests that are gone.
    pub vanished: Vec<String>,
    /// Tests that passed and are now ignored.
    pub newly_ignored: Vec<String>,
    /// Tests that the base does not have.
    pub added: Vec<String>,
    /// Tests that failed and now pass.
    pub repaired: Vec<String>,
}

/// A field in which two runs differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// `toolchain`, `profile`, `features`, `target`, `scope`, `settings`, `lint configuration`, `machine`.
    pub field: String,
    /// On the base side.
    pub base: String,
    /// On the head side.
    pub head: String,
}

/// `toolchain: 1.94.0 in the baseline, 1.95.0 now`. Settings are a digest, which tells people nothing.
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
    /// Only in the head.
    pub new: Vec<Finding>,
    /// Only in the base.
    pub fixed: Vec<Finding>,
    /// The code under the finding was edited: base, head.
    pub changed: Vec<(Finding, Finding)>,
    /// The same finding at another place: base, head. Not counted.
    pub moved: Vec<(Finding, Finding)>,
    /// The same finding at the same place.
    pub same: usize,
}

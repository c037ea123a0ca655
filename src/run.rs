//! Runs as they are kept, and what is concluded from them.
//!
//! A [`Run`] is facts, immutable once stored. A [`Judgement`] is derived from runs and can be computed again at any time;
//! its verdict is the worst of its gates and has no setter. Knows nothing of files.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::event::Ended;
use crate::gate::Strictness;
use crate::metric::{Better, Unit};
use crate::plan::{Collector, Plan, Step};
use crate::snapshot::{Provenance, Snapshot};

/// `20261120-101502-4f2c91ab`: UTC time and the start of the content hash. Sorts by time.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub String);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One execution of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Set by the store when it is kept: it contains the hash of the rest.
    #[serde(skip)]
    pub id: RunId,
    /// Unix seconds.
    pub started: i64,
    /// Wall seconds.
    pub seconds: f64,
    /// What was to be run.
    pub plan: Plan,
    /// Commit, toolchain, machine and settings.
    pub provenance: Provenance,
    /// What happened, step by step, in order.
    pub steps: Vec<StepRecord>,
    /// What was measured.
    pub snapshot: Snapshot,
    /// The user stopped it.
    pub interrupted: bool,
    /// The sources changed while it ran: its figures belong to no tree.
    pub torn: bool,
    /// One more than that of the newest run that was in the store before: order, whatever the clock says.
    #[serde(default)]
    pub sequence: u64,
    /// What each collector's result depends on beside the source tree.
    #[serde(default)]
    pub inputs: BTreeMap<Collector, Inputs>,
}

/// What a result depends on beside the source tree, as it was when it was measured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// Files, directories and patterns, relative to the root with `/`, each with its state in a word: `absent`, a digest.
    pub files: BTreeMap<String, String>,
    /// Environment variables, each with a digest of its value; `None` where it was not set.
    pub variables: BTreeMap<String, Option<String>>,
    /// Those of `files` that were compiled.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub compiled: BTreeSet<String>,
}

/// Why a recorded result does not count for the present tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stale {
    /// Source files changed; those that are known by name.
    Sources {
        /// Relative to the root; empty if the run is not the last one that was measured here.
        changed: Vec<String>,
    },
    /// Another compiler or cargo.
    Toolchain {
        /// The compiler's version then.
        was: String,
    },
    /// A file outside the source tree changed, appeared or went away; or files that match a pattern.
    File {
        /// Relative to the root, or the pattern.
        name: String,
    },
    /// More files are read than are compared, so that a change could be missed.
    TooMany {
        /// The pattern.
        name: String,
        /// The most that are compared.
        most: usize,
    },
    /// An environment variable changed.
    Variable {
        /// Its name.
        name: String,
    },
    /// Arguments, scope, features, profile or the collector's table.
    Settings,
    /// A custom collector that does not say what it reads.
    Undeclared,
    /// Older than the collector's `max-age`.
    Age,
    /// The run was made by an earlier version, which recorded less.
    Version,
}

/// As a sentence that ends in a date: `src/lib.rs changed since it was measured`.
impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sources { changed } => match changed.as_slice() {
                [] => f.write_str("the sources changed since it was measured"),
                [one] => write!(f, "{one} changed since it was measured"),
                [one, rest @ ..] => write!(
                    f,
                    "{one} and {} more changed since it was measured",
                    rest.len()
                ),
            },
            Self::Toolchain { was } => {
                let was = was.split(" (").next().unwrap_or_default();
                write!(
                    f,
                    "the toolchain was {was} and changed since it was measured"
                )
            }
            Self::TooMany { name, most } => {
                write!(
                    f,
                    "{name} has more than {most} entries, so a change could be missed since it was measured"
                )
            }
            Self::File { name } | Self::Variable { name } => {
                write!(f, "{name} changed since it was measured")
            }
            Self::Settings => f.write_str("the collector's settings changed since it was measured"),
            Self::Undeclared => f.write_str("without `inputs` it runs each time; it was measured"),
            Self::Age => f.write_str("it is older than its `max-age`; it was measured"),
            Self::Version => f.write_str("an earlier version of cargo-campaign measured it"),
        }
    }
}

impl Run {
    /// Every collector asked for gave whole figures.
    pub fn is_whole(&self) -> bool {
        !self.interrupted
            && !self.torn
            && self.plan.lacking.is_empty()
            && self.steps.iter().all(|s| s.status.is_whole())
    }
}

/// A step as it happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Facts from the driver.
    pub ended: Ended,
    /// Units (dependencies too) that were fresh, and all.
    pub units: (u64, u64),
    /// What they mean.
    pub status: StepStatus,
    /// Bench targets without a value, because their output is in no known format: `core bench:speed`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uncounted: Vec<String>,
    /// The settings that make an incomplete result complete. Not recorded: values that are missing have it.
    #[serde(skip)]
    pub cure: Option<String>,
}

/// What a step's end means: exit status, stream and totals agree, or say in what they do not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepStatus {
    /// Ran to its end; figures are whole (tests may have failed, lints may have fired).
    Whole,
    /// Figures cover a part, with the reason: packages that did not compile, suites without a result.
    Partial(String),
    /// What was to be run did not compile, or there is nothing to run, with the reason: no values, and measuring the same
    /// tree again gives none.
    Broken(String),
    /// No figures, with the reason: a compiler crash, an unexplained exit, a stream that contradicts the exit status.
    Failed(String),
    /// A tool is missing: what, and the command that mends it.
    Unavailable(String, String),
    /// Over its time.
    TimedOut,
    /// Stopped by the user.
    Interrupted,
}

impl StepStatus {
    /// Figures are whole.
    pub fn is_whole(&self) -> bool {
        matches!(self, Self::Whole)
    }

    /// Measuring the same tree again would tell no more.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Whole | Self::Partial(_) | Self::Broken(_))
    }
}

/// The outcome of a gate, worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Verdict {
    Pass,
    Waived,
    Warn,
    NoVerdict,
    Fail,
}

/// Why there is no verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Lack {
    Missing,
    Partial,
    Stale,
    Incomparable,
    Inconclusive,
}

/// One gate, judged: enough to print it without looking anywhere else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// Gate id, with the concrete metric in place of a pattern.
    pub id: String,
    /// Heading.
    pub group: String,
    /// Concrete metric name.
    pub metric: String,
    /// Title of the metric for people.
    pub title: String,
    /// Package, for a gate on packages.
    pub package: Option<String>,
    /// The condition as written.
    pub require: String,
    /// Deny or warn.
    pub level: Strictness,
    /// The outcome.
    pub verdict: Verdict,
    /// Set exactly when the verdict is `NoVerdict`.
    pub lack: Option<Lack>,
    /// One fragment: why this verdict. Empty for a plain pass.
    pub reason: String,
    /// The next command to type, when something is open.
    pub help: Option<String>,
    /// Measured now.
    pub value: Option<f64>,
    /// The reference's figure, when the condition names one; else the baseline's, when there is one.
    pub baseline: Option<f64>,
    /// The bound the value was held against, in the metric's unit.
    pub bound: Option<f64>,
    /// The ratio head to base with its interval, for figures with a spread.
    pub ratio: Option<Ratio>,
    /// Unit of the figures.
    pub unit: Unit,
    /// Which way is better.
    pub better: Better,
    /// The run that measured `value`.
    pub run: Option<RunId>,
    /// Places and names that make the figure, worst first, at most [`Judged::EVIDENCE`].
    pub evidence: Vec<String>,
    /// Configuration file.
    pub file: String,
    /// 1-based line in it.
    pub line: u32,
}

impl Judged {
    /// How many places a judged gate carries.
    pub const EVIDENCE: usize = 20;

    /// Returns a gate without a verdict yet, without values, reason or evidence. Its metric and title are the id.
    pub fn undecided(id: &str, level: Strictness) -> Self {
        Self {
            id: id.to_owned(),
            group: String::new(),
            metric: id.to_owned(),
            title: id.to_owned(),
            package: None,
            require: String::new(),
            level,
            verdict: Verdict::NoVerdict,
            lack: None,
            reason: String::new(),
            help: None,
            value: None,
            baseline: None,
            bound: None,
            ratio: None,
            unit: Unit::Count,
            better: Better::None,
            run: None,
            evidence: Vec::new(),
            file: String::new(),
            line: 0,
        }
    }
}

/// An estimated ratio with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ratio {
    /// Head to base.
    pub estimate: f64,
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
}

/// All gates, judged, and the waivers nobody needed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// In the order of the configuration.
    pub gates: Vec<Judged>,
    /// Things to know that change no verdict: unused waivers, waivers about to end.
    pub notes: Vec<String>,
}

impl Judgement {
    /// The worst of the gates; `NoVerdict` when there is no gate at all: nothing asked is nothing shown.
    pub fn verdict(&self) -> Verdict {
        self.gates
            .iter()
            .map(effective)
            .max()
            .unwrap_or(Verdict::NoVerdict)
    }

    /// How many gates have this verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.gates.iter().filter(|g| g.verdict == verdict).count()
    }
}

/// A warn-level gate without verdict warns: only what a deny gate needs blocks.
fn effective(gate: &Judged) -> Verdict {
    match gate.level {
        Strictness::Deny => gate.verdict,
        Strictness::Warn => gate.verdict.min(Verdict::Warn),
    }
}

/// A run (or several, of one tree) as seen by judge and report: the metrics, each with the run it came from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// The newest run in the view.
    pub run: RunId,
    /// Unix seconds of that run.
    pub started: i64,
    /// Where the figures come from.
    pub provenance: Provenance,
    /// Metrics, findings and tests of all runs of the view.
    pub snapshot: Snapshot,
    /// Which run answered a collector.
    pub sources: BTreeMap<Collector, RunId>,
    /// Collectors that have figures, but of another tree: the run and how it differs. They give no verdict: stale.
    pub stale: BTreeMap<Collector, (RunId, String)>,
    /// The steps that measured each collector's values. Empty for a pin, which has no commands.
    pub steps: BTreeMap<Collector, Vec<Step>>,
}

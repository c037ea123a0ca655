//! Recorded runs, and the judgements derived from them.
//!
//! A [`Run`] consists of facts and is immutable once stored. A [`Judgement`] is derived from runs and
//! can be computed again at any time; its verdict is the worst of its gates and has no setter. This
//! module knows nothing about files.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::event::{Cause, Ended};
use crate::gate::Strictness;
use crate::metric::{Better, Unit};
use crate::plan::{Collector, Plan, Step};
use crate::snapshot::{Provenance, Snapshot};

/// The id of a recorded run: UTC time and the start of the content hash,
/// `20261120-101502-4f2c91ab`. Ids sort by time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub String);

impl RunId {
    /// Returns when the run started, in Unix seconds. `None` for an id of another form.
    pub fn started(&self) -> Option<i64> {
        let time = self.0.get(..15)?;
        let time = jiff::civil::DateTime::strptime("%Y%m%d-%H%M%S", time).ok()?;
        let moment = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(moment.timestamp().as_second())
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One execution of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Set by the store, because it contains the hash of the other fields. `None` until the run is
    /// recorded.
    #[serde(skip)]
    pub id: Option<RunId>,
    /// Unix seconds.
    pub started: i64,
    /// The time in the id in Unix seconds, if it is not `started`: runs that follow each other within
    /// a second need different ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_time: Option<i64>,
    /// Wall time in seconds.
    pub seconds: f64,
    /// The plan that was executed.
    pub plan: Plan,
    /// Commit, toolchain, machine and settings.
    pub provenance: Provenance,
    /// The steps in the order in which they ran.
    pub steps: Vec<StepRecord>,
    /// The measured values.
    pub snapshot: Snapshot,
    /// Whether the user stopped it.
    pub interrupted: bool,
    /// Whether the sources changed while it ran, or git's index could not be read, so that its values belong to no tree.
    pub torn: bool,
    /// The files whose content changed while it ran: sources, the configuration and the baseline. Relative to the root; at
    /// most a hundred.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub changed: BTreeSet<String>,
    /// One more than the sequence number of the newest run in the store. It orders runs even if the
    /// clock is wrong.
    #[serde(default)]
    pub sequence: u64,
    /// The commit whose gates, settings and baseline were used, as for a pull request. `None` if they were
    /// those of the working tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// The versions of the members by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub versions: BTreeMap<String, String>,
    /// The inputs of each collector's result outside the source tree.
    #[serde(default)]
    pub inputs: BTreeMap<Collector, Inputs>,
    /// The packages that cargo was made to build again during the run, with the change that it does not notice.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rebuilt: BTreeMap<String, String>,
}

/// The inputs of a result outside the source tree, in their state at the time of the measurement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// Files, directories and patterns, relative to the root with `/`, and their state: `absent` or a
    /// digest.
    pub files: BTreeMap<String, String>,
    /// Environment variables and a digest of their value. `None` for a variable that was not set.
    pub variables: BTreeMap<String, Option<String>>,
    /// The members of `files` that were compiled.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub compiled: BTreeSet<String>,
    /// Places in the sources that name a file or variable in a way that is not understood:
    /// `src/lib.rs:12`. With any of them, the result never counts for a later command. `None` if an earlier
    /// version, which did not look for them, recorded the run.
    #[serde(default)]
    pub unread: Option<BTreeSet<String>>,
}

/// Why a recorded result does not count for the current tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stale {
    /// Source files changed.
    Sources {
        /// Their paths relative to the root. Empty if the run is not the last one measured here.
        changed: Vec<String>,
    },
    /// The compiler or cargo is another one.
    Toolchain {
        /// Version of the earlier compiler.
        was: String,
    },
    /// A file outside the source tree, or the files that match a pattern, changed, appeared or
    /// disappeared.
    File {
        /// Path relative to the root, or the pattern.
        name: String,
    },
    /// A file outside the source tree changed during the measurement, which may have read either content.
    WhileMeasured {
        /// Path relative to the root.
        name: String,
    },
    /// A file outside the source tree was written at a time that is still to come, so that a change during the measurement
    /// could be missed.
    InTheFuture {
        /// Path relative to the root.
        name: String,
    },
    /// There are too many files to compare, so a change could be missed.
    TooMany {
        /// The pattern.
        name: String,
        /// The largest number that is compared.
        most: usize,
    },
    /// Documentation reads a file or variable whose name is not known, so a change could be missed.
    Unread {
        /// File and line: `src/lib.rs:12`.
        place: String,
    },
    /// An environment variable changed.
    Variable {
        /// Name of the variable.
        name: String,
    },
    /// Arguments, features, profile or the collector's table changed.
    Settings,
    /// Tags of the repository were created, moved or deleted.
    Tags,
    /// Only the selection of packages changed.
    Selection,
    /// The collector is a custom one whose `inputs` are missing or empty.
    Undeclared,
    /// The result is older than the collector's `max-age`.
    Age,
    /// The database became older than the collector's `stale-after`.
    Database,
    /// Suites were not run, and the command needs a run of every test.
    Reused,
    /// An earlier version of this program, which recorded less, made the run.
    Version,
}

/// Writes a sentence to which a date can be appended: `src/lib.rs changed since it was measured`.
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
            Self::Unread { place } => write!(
                f,
                "{place} names a file or variable that is not a literal, so a change could be missed since it was measured"
            ),
            Self::WhileMeasured { name } => write!(f, "{name} changed while it was measured"),
            Self::InTheFuture { name } => write!(
                f,
                "{name} was written in the future by the clock, so a change could be missed while it was measured"
            ),
            Self::File { name } | Self::Variable { name } => {
                write!(f, "{name} changed since it was measured")
            }
            Self::Settings => f.write_str("the collector's settings changed since it was measured"),
            Self::Tags => f.write_str("the tags changed since it was measured"),
            Self::Selection => {
                f.write_str("the selection of packages changed since it was measured")
            }
            Self::Undeclared => {
                f.write_str("it runs each time, as its `inputs` are empty; it was measured")
            }
            Self::Age => f.write_str("it is older than its `max-age`; it was measured"),
            Self::Database => {
                f.write_str("its database became older than `stale-after` since it was measured")
            }
            Self::Reused => {
                f.write_str("some of its suites were reused from an earlier run; it was measured")
            }
            Self::Version => f.write_str("an earlier version of cargo-campaign measured it"),
        }
    }
}

impl Run {
    /// Returns whether every collector of the plan gave complete values.
    pub fn is_whole(&self) -> bool {
        !self.interrupted
            && !self.torn
            && self.plan.missing.is_empty()
            && self.steps.iter().all(|s| s.status.is_whole())
    }

    /// Returns whether a collector gave complete values.
    pub fn is_whole_of(&self, collector: &Collector) -> bool {
        self.has_all_steps_of(collector, |step| step.status.is_whole())
    }

    /// Returns whether all steps of a collector are recorded as wanted. A collector without a step has none.
    pub fn has_all_steps_of(
        &self,
        collector: &Collector,
        is_wanted: impl Fn(&StepRecord) -> bool,
    ) -> bool {
        let mut missing = self.plan.missing.iter();
        let mut steps = self.plan.steps_of(collector).peekable();
        let has_steps = steps.peek().is_some();
        has_steps
            && missing.all(|one| one.collector != *collector)
            && steps.all(|step| {
                let record = self.steps.iter().find(|one| one.ended.step == step.id);
                record.is_some_and(&is_wanted)
            })
    }
}

/// The record of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// How it ended, from the driver.
    pub ended: Ended,
    /// The numbers of fresh units and of all units, including dependencies.
    pub units: (u64, u64),
    /// Whether its values are complete.
    pub status: StepStatus,
    /// What made its values incomplete. It means nothing if they are complete.
    #[serde(default, skip_serializing_if = "Cause::is_unknown")]
    pub cause: Cause,
    /// Bench targets without a value because the format of their output is unknown:
    /// `core bench:speed`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uncounted: Vec<String>,
    /// The settings that would make an incomplete result complete. Not recorded, because the missing
    /// values contain it.
    #[serde(skip)]
    pub cure: Option<String>,
}

impl StepRecord {
    /// Returns whether measuring the same tree again would give no more values.
    pub fn is_final(&self) -> bool {
        match self.status {
            StepStatus::Whole => true,
            StepStatus::Partial(_) | StepStatus::Broken(_) => self.cause == Cause::Sources,
            _ => false,
        }
    }
}

/// The result of a step, derived from its exit status, its stream and its totals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepStatus {
    /// It ran to its end and its values are complete. Tests may have failed, lints may have fired.
    Whole,
    /// The values are incomplete, with the reason: packages that did not compile, suites without a
    /// result.
    Partial(String),
    /// There are no values, and measuring the same tree again would give none, with the reason: the
    /// code did not compile, or there is nothing to run.
    Broken(String),
    /// There are no values, with the reason: a compiler crash, an unexplained exit, a stream that
    /// contradicts the exit status.
    Failed(String),
    /// A tool is missing, with the command that installs it.
    Unavailable(String, String),
    /// It took longer than its timeout.
    TimedOut,
    /// The user stopped it.
    Interrupted,
}

impl StepStatus {
    /// Returns whether the values are complete.
    pub fn is_whole(&self) -> bool {
        matches!(self, Self::Whole)
    }

    /// Returns whether there are no values, for another reason than the user's.
    pub(crate) fn is_without_values(&self) -> bool {
        use StepStatus::{Broken, Failed, TimedOut, Unavailable};
        matches!(self, Broken(_) | Failed(_) | TimedOut | Unavailable(..))
    }

    /// Returns why the values are incomplete.
    pub(crate) fn flaw(&self) -> Option<&str> {
        match self {
            Self::Whole => None,
            Self::Partial(why)
            | Self::Broken(why)
            | Self::Failed(why)
            | Self::Unavailable(why, _) => Some(why),
            Self::TimedOut => Some("it ran into its time limit"),
            Self::Interrupted => Some("interrupted"),
        }
    }
}

/// The outcome of a gate. The worst is the greatest.
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

impl Verdict {
    /// Returns the name in reports for machines: `no-verdict`.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoVerdict => "no-verdict",
            _ => self.words(),
        }
    }

    /// Returns the words for people: `no verdict`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Waived => "waived",
            Self::Warn => "warn",
            Self::NoVerdict => "no verdict",
            Self::Fail => "fail",
        }
    }

    /// Returns the words in capitals.
    pub fn capitals(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Waived => "WAIVED",
            Self::Warn => "WARN",
            Self::NoVerdict => "NO VERDICT",
            Self::Fail => "FAIL",
        }
    }
}

/// Why a gate has no verdict.
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

/// A judged gate with everything that is needed to print it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// Gate id, with the concrete metric in place of a pattern.
    pub id: String,
    /// Heading of its group.
    pub group: String,
    /// Concrete metric name.
    pub metric: String,
    /// Title of the metric for people.
    pub title: String,
    /// Package of a gate on packages.
    pub package: Option<String>,
    /// Text of the condition.
    pub require: String,
    /// Deny or warn.
    pub level: Strictness,
    /// The outcome.
    pub verdict: Verdict,
    /// `Some` if and only if the verdict is `NoVerdict`.
    pub lack: Option<Lack>,
    /// The reason for the verdict, as a fragment. Empty for a plain pass.
    pub reason: String,
    /// The command to type next, unless the gate passed.
    pub help: Option<String>,
    /// The current value.
    pub value: Option<f64>,
    /// A lower bound of the current value that already violates the condition, if the value was
    /// measured only in part.
    #[serde(skip)]
    pub at_least: Option<f64>,
    /// The value of the reference in the condition. Without a reference, that of the baseline.
    pub baseline: Option<f64>,
    /// The bound that the value was compared with, in the metric's unit.
    pub bound: Option<f64>,
    /// The ratio of head to base with its interval, for values with a spread.
    pub ratio: Option<Ratio>,
    /// Unit of the values.
    pub unit: Unit,
    /// Which way is better.
    pub better: Better,
    /// The run that measured `value`.
    pub run: Option<RunId>,
    /// Places and names that are counted, worst first, at most [`Judged::EVIDENCE`].
    pub evidence: Vec<String>,
    /// Configuration file.
    pub file: String,
    /// 1-based line in it.
    pub line: u32,
}

impl Judged {
    /// The largest number of places in a judged gate.
    pub const EVIDENCE: usize = 20;

    /// Creates a gate without verdict, values, reason and evidence. Its metric and title are the id.
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
            at_least: None,
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
    /// Head divided by base.
    pub estimate: f64,
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
}

/// The judged gates and further notes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The gates in the order of the configuration.
    pub gates: Vec<Judged>,
    /// Notes that change no verdict: unused waivers, waivers that will expire soon.
    pub notes: Vec<String>,
}

impl Judgement {
    /// Returns the worst verdict of the gates. `NoVerdict` without any gate, because nothing was
    /// checked.
    pub fn verdict(&self) -> Verdict {
        self.gates
            .iter()
            .map(effective)
            .max()
            .unwrap_or(Verdict::NoVerdict)
    }

    /// Returns the number of gates with this verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.gates.iter().filter(|g| g.verdict == verdict).count()
    }
}

/// Returns the contribution of a gate to the verdict of all. A warn gate contributes at most a
/// warning, even without a verdict.
fn effective(gate: &Judged) -> Verdict {
    match gate.level {
        Strictness::Deny => gate.verdict,
        Strictness::Warn => gate.verdict.min(Verdict::Warn),
    }
}

/// One or several runs of one tree as the input of judge and report: the metrics, each with the run
/// that measured it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// The newest run in the view. `None` if nothing was measured.
    pub run: Option<RunId>,
    /// Unix seconds of that run.
    pub started: i64,
    /// The provenance of that run.
    pub provenance: Provenance,
    /// Metrics, findings and tests of all runs of the view.
    pub snapshot: Snapshot,
    /// The run that measured each collector.
    pub sources: BTreeMap<Collector, RunId>,
    /// Collectors with values of another tree only, the run, and the difference. Their gates have no
    /// verdict.
    pub stale: BTreeMap<Collector, (RunId, String)>,
    /// The steps that measured each collector's values. Empty for a pin, which has no commands.
    pub steps: BTreeMap<Collector, Vec<Step>>,
}

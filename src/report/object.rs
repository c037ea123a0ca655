//! The report, field by field. Serialized, it is the JSON report.
//!
//! Plain data; `assemble` puts it together.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::{Deserialize, Serialize, Serializer};

use crate::event::Level;
use crate::gate::Strictness;
use crate::metric::{Better, Unavailable, Unit};
use crate::plan::Collector;
use crate::report::figure::counted;
use crate::run::{Lack, Ratio, RunId, Verdict};
use crate::snapshot::{Host, Refusal, Toolchain};

/// The values of a run, the baseline they are compared with, and the verdicts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Always `cargo-campaign/report`.
    pub schema: String,
    /// Version of this format, as in `2.2`.
    pub schema_version: String,
    /// Program and version that wrote the report: `cargo-campaign 0.1.0`.
    pub tool: String,
    /// The campaign that was judged.
    pub campaign: Campaign,
    /// Directory of the workspace in its git repository, with `/`; empty for the root. Absent without git.
    #[serde(default)]
    pub directory: Option<String>,
    /// The run that the values come from.
    pub run: Source,
    /// The run that the values are compared with.
    pub baseline: Option<Source>,
    /// The worst of the gates: `pass`, `warn`, `fail` or `no-verdict`. A waived gate counts as passed, `reason` says it.
    pub verdict: Verdict,
    /// How many gates have which verdict: `2 of 11 gates fail, 1 without verdict`.
    pub reason: String,
    /// Metrics by name, of both sides. Those derived from a comparison (`clippy.new`) are in `gates` and `findings`.
    pub metrics: BTreeMap<String, Metric>,
    /// In the order of the configuration.
    pub gates: Vec<Gate>,
    /// Findings against the baseline; absent when there is nothing to compare with.
    pub findings: Option<Findings>,
    /// Every finding of the run, also those that the baseline has.
    #[serde(default)]
    pub diagnostics: Vec<Place>,
    /// Tests that need a look.
    pub tests: Tests,
    /// Remarks that change no verdict, in complete sentences.
    pub notes: Vec<String>,
    /// Whether a release is ready. Absent unless a release is judged.
    pub readiness: Option<Readiness>,
    /// Which gates were asked for; absent when all of them were judged.
    pub subset: Option<Subset>,
    /// The alerts that fire, the most important first. Absent unless the command is `status`.
    #[serde(default)]
    pub alerts: Option<Vec<OpenAlert>>,
    /// The workstreams, in the order of the configuration. Absent unless the command is `status`.
    #[serde(default)]
    pub workstreams: Option<Vec<WorkstreamState>>,
    /// The milestones, in the order of the configuration. Absent unless the command is `status`.
    #[serde(default)]
    pub milestones: Option<Vec<MilestoneState>>,
    /// The risks, the greatest exposure first and closed ones last. Absent unless the command is `status`.
    #[serde(default)]
    pub risks: Option<Vec<RiskState>>,
    /// The measuring was interrupted. Only decides the exit code that texts show.
    #[serde(skip)]
    pub interrupted: bool,
    /// The jobs of the schedule that could not be measured, with the reason: `k: it exited with 1`.
    #[serde(skip)]
    pub unmeasured: Vec<String>,
}

impl Report {
    /// Adds jobs of the schedule that could not be measured. Gates that hold are no verdict then.
    pub fn add_unmeasured(&mut self, jobs: Vec<String>) {
        if jobs.is_empty() {
            return;
        }
        let count = counted(jobs.len(), "due job");
        let names = jobs.iter().filter_map(|job| job.split(':').next());
        let names: BTreeSet<&str> = names.collect();
        let names = Vec::from_iter(names).join(", ");
        let _ = write!(self.reason, ", {count} could not be measured: {names}");
        self.verdict = self.verdict.max(Verdict::NoVerdict);
        self.unmeasured = jobs;
    }

    /// Returns whether the gates alone would have a verdict.
    pub fn has_judged_gates(&self) -> bool {
        let mut gates = self.gates.iter();
        !self.gates.is_empty()
            && gates
                .all(|gate| gate.verdict != Verdict::NoVerdict || gate.level == Strictness::Warn)
    }
}

/// An alert that fires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenAlert {
    /// Its name: the metric, and `@PACKAGE` for an alert on a package.
    pub id: String,
    /// `critical`, `warning` or `info`.
    pub severity: String,
    /// `firing`; `muted` because of compile errors; or `acknowledged`.
    pub state: String,
    /// When its condition began to hold: RFC 3339, UTC.
    pub since: Option<String>,
    /// The value and the condition: `14, alert when > previous (12)`.
    pub value: String,
    /// Who acknowledged it, and why.
    pub acknowledged: Option<String>,
}

/// How far a workstream is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkstreamState {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: Option<String>,
    /// The responsible person or team.
    pub owner: Option<String>,
    /// `pending`, `in_progress`, `blocked` or `complete`.
    pub status: String,
    /// Whether it may start. Null if that is not known.
    pub may_start: Option<bool>,
    /// The number of criteria that are met.
    pub met: usize,
    /// The conditions for it to be complete.
    pub criteria: Vec<CriterionState>,
    /// The ids of the workstreams that it needs.
    pub needs: Vec<String>,
    /// Those of them that are not complete.
    pub waits: Vec<String>,
    /// What prevents the work, as recorded.
    pub blockers: Vec<LoggedAction>,
    /// The number of commits since the baseline that changed its paths or name it.
    pub commits: usize,
    /// The recorded actions, oldest first.
    pub log: Vec<LoggedAction>,
}

/// How far a milestone is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MilestoneState {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: Option<String>,
    /// The goal.
    pub objective: Option<String>,
    /// `pending`, `in_progress`, `blocked` or `complete`.
    pub status: String,
    /// `done`, `blocked`, `waiting-on-others`, `at-risk`, `on-track` or `not-known`.
    pub health: String,
    /// The first day, `YYYY-MM-DD`.
    pub start: Option<String>,
    /// The day by which it should be done.
    pub target: Option<String>,
    /// The day on which its last workstream ends. Null if it is done, or that is not known.
    pub end: Option<String>,
    /// The working days from the end to the target; negative if it ends later.
    pub ahead: Option<Number>,
    /// The ids of its workstreams.
    #[serde(default)]
    pub workstreams: Vec<String>,
    /// Its gates.
    #[serde(default)]
    pub criteria: Vec<CriterionState>,
}

/// A risk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskState {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The responsible person or team.
    pub owner: String,
    /// `active`, `monitoring`, `closed` or `not-known`.
    pub status: String,
    /// Why it is closed, or why its state is not known.
    pub reason: Option<String>,
    /// `low`, `medium` or `high`.
    pub probability: String,
    /// `low`, `medium`, `high` or `critical`.
    pub impact: String,
    /// Probability times impact, from 1 to 12.
    pub exposure: u32,
    /// The conditions of its trigger.
    pub triggers: Vec<TriggerState>,
    /// The mitigation.
    pub mitigation: Option<String>,
    /// The day on which it is looked at again, `YYYY-MM-DD`.
    pub review: Option<String>,
    /// Whether that day has come.
    pub review_due: bool,
    /// Id of the workstream that it belongs to.
    pub workstream: Option<String>,
    /// Id of the milestone that it belongs to.
    pub milestone: Option<String>,
}

/// A condition of the trigger of a risk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriggerState {
    /// The condition, for people.
    pub text: String,
    /// `holds`, `clear` or `no-verdict`.
    pub state: String,
    /// The value for which it holds, or why that is not known.
    pub reason: Option<String>,
    /// The command to type next.
    pub help: Option<String>,
}

/// A criterion of a workstream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CriterionState {
    /// The criterion, for people.
    pub text: String,
    /// `met`, `open` or `no-verdict`.
    pub state: String,
    /// Why it is not met.
    pub reason: Option<String>,
    /// The command to type next.
    pub help: Option<String>,
}

/// An action that a person recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedAction {
    /// `started`, `note`, `blocked` or `unblocked`.
    pub action: String,
    /// The author, as git names them.
    pub author: String,
    /// RFC 3339, UTC.
    pub time: String,
    /// The note or the reason. Empty if none was given.
    pub text: String,
    /// Full id of the commit that was checked out.
    pub commit: Option<String>,
}

/// A part of the gates that are configured: the verdict says nothing about the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subset {
    /// Names of gates, metrics, groups and collectors, as typed.
    pub asked: Vec<String>,
    /// How many gates are configured. A gate that is judged for several packages or metrics counts as often.
    pub configured: usize,
}

/// A release, and the gates and checks that it waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    /// The version to release.
    pub version: String,
    /// Nothing fails and nothing is without verdict.
    pub ready: bool,
    /// Ids of the gates and checks that it waits for.
    pub outstanding: Vec<String>,
    /// The commands that measured the values, as a person would type them.
    pub commands: Vec<String>,
    /// Full id of the judged commit, to which the changes of the release are added; `None` if it is unknown.
    #[serde(default)]
    pub commit: Option<String>,
}

/// The campaign's name and goal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    /// The name in the configuration.
    pub name: String,
    /// The version it leads to.
    pub release: Option<String>,
    /// The git revision whose gates and baseline were used, as it was named. `None` when they are those of the working tree.
    #[serde(default)]
    pub revision: Option<String>,
}

/// A run and everything that its values depend on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The newest run that has values of this report; absent if nothing was measured.
    pub id: Option<RunId>,
    /// RFC 3339, UTC.
    pub started: String,
    /// Name of the workspace.
    pub workspace: String,
    /// Full id; absent without git.
    pub commit: Option<String>,
    /// Absent when detached.
    pub branch: Option<String>,
    /// The working tree differed from the commit.
    pub dirty: bool,
    /// Digest of the sources.
    pub tree: String,
    /// Digest of `Cargo.lock`.
    pub lock: Option<String>,
    /// Digest of the lint settings.
    pub lints: String,
    /// Compiler and cargo.
    pub toolchain: Toolchain,
    /// The machine class.
    pub host: Host,
    /// Build triple asked for; absent for the host's.
    pub target: Option<String>,
    /// Cargo profile.
    pub profile: String,
    /// `default`, `all`, `none`, or a list.
    pub features: String,
    /// Packages measured; empty for the whole workspace.
    pub scope: Vec<String>,
    /// Flags handed on to cargo.
    pub cargo_flags: Vec<String>,
    /// Program version that measured.
    pub tool: String,
    /// The run that answered each collector.
    pub collectors: BTreeMap<Collector, RunId>,
    /// Collectors whose values are of other sources and therefore shown as unavailable.
    pub stale: BTreeMap<Collector, Stale>,
}

/// Values of other sources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stale {
    /// The run that has the values.
    pub run: RunId,
    /// How its sources differ, as a fragment.
    pub differs: String,
}

/// A metric on both sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// For people: `clippy warnings`.
    pub title: String,
    /// Absent when not measured.
    pub value: Option<Number>,
    /// `count s % bytes days` or a team's own.
    pub unit: Unit,
    /// Which way is better.
    pub better: Better,
    /// The value of the baseline.
    pub baseline: Option<Number>,
    /// Why the value is missing, and the command that fixes that.
    pub unavailable: Option<Unavailable>,
    /// Why value and baseline must not be compared, as a fragment: `toolchain: 1.94.0, now 1.95.0`.
    pub incomparable: Option<String>,
    /// The collector that measures it; absent for a metric that this version does not know.
    pub collector: Option<Collector>,
    /// Values of packages that were fully measured.
    pub packages: BTreeMap<String, Number>,
    /// The same of the baseline.
    pub baseline_packages: BTreeMap<String, Number>,
}

/// A finite number; a whole one is written without a decimal point.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Deserialize)]
#[serde(transparent)]
pub struct Number(pub f64);

impl Number {
    /// Whole numbers up to here are exact in a double.
    const EXACT: f64 = 9_007_199_254_740_992.0;

    /// Returns the number, or `None` if the value is infinite or not a number.
    pub fn of(value: f64) -> Option<Self> {
        value.is_finite().then_some(Self(value))
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.fract() == 0.0 && self.0.abs() <= Self::EXACT {
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

/// A gate, judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// Unique in the campaign.
    pub id: String,
    /// Heading, may be empty.
    pub group: String,
    /// Concrete metric name.
    pub metric: String,
    /// For people: `clippy warnings`.
    pub title: String,
    /// For a gate on a package.
    pub package: Option<String>,
    /// The condition as written.
    pub require: String,
    /// Deny or warn.
    pub level: Strictness,
    /// The outcome.
    pub verdict: Verdict,
    /// Why a verdict is missing.
    pub lack: Option<Lack>,
    /// Why, as a fragment; empty for a plain pass.
    pub reason: String,
    /// Measured now.
    pub value: Option<Number>,
    /// The value of the reference that the condition names, else of the baseline.
    pub baseline: Option<Number>,
    /// The bound that the value was compared with.
    pub bound: Option<Number>,
    /// Ratio of value to baseline with its interval, for values with a spread.
    pub ratio: Option<Ratio>,
    /// Unit of value, baseline and bound.
    pub unit: Unit,
    /// Which way is better.
    pub better: Better,
    /// The run that measured `value`.
    pub run: Option<RunId>,
    /// Places and names that explain the value, the worst first. Long lists are cut.
    pub evidence: Vec<String>,
    /// The next command to type, when something is open.
    pub help: Option<String>,
    /// Configuration file; empty for a check of a release, which JSON shows as null.
    #[serde(with = "absent")]
    pub file: String,
    /// 1-based line in it; 0 for a check of a release, which JSON shows as null.
    #[serde(with = "absent")]
    pub line: u32,
}

/// Serializes a default value as null.
mod absent {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<T, S>(value: &T, serializer: S) -> Result<S::Ok, S::Error>
    where
        T: Default + PartialEq + Serialize,
        S: Serializer,
    {
        Some(value)
            .filter(|value| **value != T::default())
            .serialize(serializer)
    }

    pub(super) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: Default + Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Option::deserialize(deserializer).map(Option::unwrap_or_default)
    }
}

/// Findings against the baseline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// Findings that the baseline does not have.
    pub new: Vec<Place>,
    /// Findings that only the baseline has.
    pub fixed: Vec<Place>,
    /// Findings in code that was edited.
    pub changed: Vec<Edited>,
    /// How many findings are the same at another place.
    pub moved: usize,
    /// Collectors whose findings were not compared, and the field that differs.
    pub refused: BTreeMap<Collector, Refusal>,
}

/// A finding and its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The collector that counts it.
    pub collector: Collector,
    /// Package name.
    pub package: String,
    /// Relative to the workspace root; empty without a place.
    pub file: String,
    /// 1-based; 0 without a place.
    pub line: u32,
    /// 1-based; 0 without a place.
    pub column: u32,
    /// Lint or error code.
    pub code: String,
    /// Severity.
    pub level: Level,
    /// Enclosing item, may be empty.
    pub item: String,
    /// First line of the message.
    pub message: String,
    /// Identifies the finding in other runs: lines and edits elsewhere in the file do not change it. Hexadecimal.
    #[serde(default)]
    pub fingerprint: String,
}

/// A finding whose code was edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edited {
    /// The finding in the baseline.
    pub from: Place,
    /// The finding now.
    pub to: Place,
}

/// Tests that need a look, by id. A list that comes from comparing is absent if tests were not compared, or if it would be
/// empty and tests of either side are unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tests {
    /// Failing now.
    pub failed: Vec<Failed>,
    /// Failed now, and passed when they were tried again.
    pub flaky: Vec<Failed>,
    /// Passed before, fail now.
    pub regressed: Option<Vec<String>>,
    /// No longer there.
    pub vanished: Option<Vec<String>>,
    /// Ran before, ignored now.
    pub newly_ignored: Option<Vec<String>>,
    /// Failed before, pass now.
    pub repaired: Option<Vec<String>>,
    /// Not there before.
    pub added: Option<Vec<String>>,
    /// Suites whose totals do not add up.
    pub incomplete: Vec<Incomplete>,
    /// Suites that were not run again, because nothing changed that they depend on.
    #[serde(default)]
    pub reused: Vec<Reused>,
}

/// A suite that was not run again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reused {
    /// Its id.
    pub suite: String,
    /// The run that ran it.
    pub run: RunId,
}

/// A test that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// Its id.
    pub test: String,
    /// Package name.
    pub package: String,
    /// Its output, cut.
    pub output: Option<String>,
}

/// A suite with an incomplete result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incomplete {
    /// Suite id.
    pub suite: String,
    /// Why the result is incomplete.
    pub reason: String,
}

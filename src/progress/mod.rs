//! How far the workstreams are: which criteria are met, and the status that follows.
//!
//! | status | meaning |
//! |---|---|
//! | complete | all criteria are met, and all workstreams that it needs are complete |
//! | blocked | a workstream that it needs is not complete, or a blocker is recorded |
//! | in progress | its start is recorded, or commits since the baseline changed its paths |
//! | ready | it may start |
//! | pending | whether it may start is not known, because a criterion of a workstream that it needs has no verdict |
//!
//! The first that applies is the status. Pure: the facts are given, and nothing here is stored. More facts in favour of a
//! criterion never make a status worse, and the order of recorded actions does not matter.

mod attestation;
pub mod code_owners;
mod criteria;
pub mod decision;
mod escalation;
pub mod plan;
mod risk;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub use self::attestation::{attested, newest};
pub use self::criteria::{CriterionEvidence, criteria, criteria_of};
pub use self::escalation::{Escalation, escalations};
pub use self::risk::{RiskFacts, RiskProgress, TriggerState, by_exposure, risk};
use crate::workstream::{ActionKind, Workstream, WorkstreamAction};

/// A condition for a workstream to be complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criterion {
    /// For people: `clippy warnings < 20`.
    pub text: String,
    /// Whether it is met.
    pub outcome: CriterionOutcome,
    /// The command to type next, unless it is met.
    pub help: Option<String>,
}

/// Whether a criterion is met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CriterionOutcome {
    /// Yes.
    Met,
    /// No, and why: `24, required < 20`.
    Open(String),
    /// Not known, and why.
    Unknown(String),
}

/// The state of a workstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Whether it may start is not known.
    Pending,
    /// It may start.
    Ready,
    /// Work goes on.
    InProgress,
    /// Something prevents the work.
    Blocked,
    /// All is done.
    Complete,
}

impl Status {
    /// The words for people, and those of `get` and the JSON report. A script is only told whether the work began.
    const NAMES: [(Self, &'static str, &'static str); 5] = [
        (Self::Pending, "pending", "pending"),
        (Self::Ready, "ready", "pending"),
        (Self::InProgress, "in progress", "in_progress"),
        (Self::Blocked, "blocked", "blocked"),
        (Self::Complete, "complete", "complete"),
    ];

    /// Returns the word for programs: `pending`, `in_progress`, `blocked` or `complete`.
    pub fn key(self) -> &'static str {
        Self::NAMES[self as usize].2
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::NAMES[*self as usize].1)
    }
}

/// The actions and commits of a workstream since the baseline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// The recorded actions, by the names of their entries.
    pub actions: BTreeMap<String, WorkstreamAction>,
    /// The number of commits that changed its paths, name it or are on its branch.
    pub commits: usize,
    /// The files that they changed; those of its paths if only they make a commit its own. Relative to
    /// the workspace root.
    pub files: BTreeSet<String>,
    /// The commit of its branch (full id), unless HEAD has it.
    pub tip: Option<String>,
}

impl Activity {
    /// Returns the first start.
    pub fn start(&self) -> Option<&WorkstreamAction> {
        let starts = self.actions.values();
        let starts = starts.filter(|action| action.kind == ActionKind::Start);
        starts.min_by_key(|action| &action.time)
    }

    /// Returns the action that closed a blocker, whose entry has this name.
    pub fn closed(&self, entry: &str) -> Option<&WorkstreamAction> {
        let mut actions = self.actions.values();
        actions.find(|action| match &action.kind {
            ActionKind::Unblock { closes } => closes.iter().any(|closed| closed == entry),
            _ => false,
        })
    }

    /// Returns the blockers that are open, by the names of their entries.
    pub fn blockers(&self) -> impl Iterator<Item = (&String, &WorkstreamAction)> {
        let mut closed: BTreeSet<&str> = BTreeSet::new();
        for action in self.actions.values() {
            if let ActionKind::Unblock { closes } = &action.kind {
                closed.extend(closes.iter().map(String::as_str));
            }
        }
        self.actions.iter().filter(move |(name, action)| {
            action.kind == ActionKind::Block && !closed.contains(name.as_str())
        })
    }
}

/// How far a workstream is.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkstreamProgress {
    /// The workstream.
    pub stream: Workstream,
    /// Its status.
    pub status: Status,
    /// Its conditions, in the order of the configuration.
    pub criteria: Vec<Criterion>,
    /// The workstreams that it needs and that are not complete.
    pub waits: Vec<Wait>,
    /// Its actions and commits.
    pub activity: Activity,
}

/// A workstream that another one waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Its id.
    pub id: String,
    /// Whether it is certain that it is not complete.
    pub is_certain: bool,
}

impl WorkstreamProgress {
    /// Returns the number of criteria that are met.
    pub fn met(&self) -> usize {
        let met = self.criteria.iter();
        met.filter(|one| one.outcome == CriterionOutcome::Met)
            .count()
    }

    /// Returns the first criterion that is open, or else the first that is unknown.
    pub fn next(&self) -> Option<&Criterion> {
        let mut open = self.criteria.iter();
        let mut unknown = self.criteria.iter();
        open.find(|one| matches!(one.outcome, CriterionOutcome::Open(_)))
            .or_else(|| unknown.find(|one| matches!(one.outcome, CriterionOutcome::Unknown(_))))
    }

    /// Returns its open blockers that have reached a level of escalation. `now` is in Unix seconds.
    pub fn escalations(&self, now: i64) -> Vec<Escalation<'_>> {
        escalations(&self.stream, &self.activity, now)
    }

    /// Returns whether it may start, as far as the workstreams that it needs and its blockers say.
    pub fn may_start(&self) -> Option<bool> {
        let is_blocked = self.activity.blockers().next().is_some();
        if is_blocked || self.waits.iter().any(|wait| wait.is_certain) {
            return Some(false);
        }
        self.waits.is_empty().then_some(true)
    }
}

/// Returns how far the workstreams are, in the same order. Their criteria and activities are in this order too.
pub fn standings(
    streams: &[Workstream],
    criteria: Vec<Vec<Criterion>>,
    activities: Vec<Activity>,
) -> Vec<WorkstreamProgress> {
    let is = |outcome: fn(&CriterionOutcome) -> bool| -> Vec<bool> {
        let all = criteria.iter();
        all.map(|own| own.iter().all(|one| outcome(&one.outcome)))
            .collect()
    };
    let complete = complete(streams, &is(|outcome| *outcome == CriterionOutcome::Met));
    // Those that would be complete if every missing verdict were a pass.
    let possible = self::complete(
        streams,
        &is(|outcome| !matches!(outcome, CriterionOutcome::Open(_))),
    );

    let facts = criteria.into_iter().zip(activities);
    let all = streams
        .iter()
        .zip(facts)
        .map(|(stream, (criteria, activity))| {
            let waits = stream
                .needs
                .iter()
                .filter(|need| !complete.contains(need.as_str()));
            let mut standing = WorkstreamProgress {
                stream: stream.clone(),
                status: Status::Ready,
                criteria,
                waits: waits
                    .map(|need| Wait {
                        id: need.clone(),
                        is_certain: !possible.contains(need.as_str()),
                    })
                    .collect(),
                activity,
            };
            standing.status = match standing.may_start() {
                _ if complete.contains(stream.id.as_str()) => Status::Complete,
                Some(false) => Status::Blocked,
                _ if standing.activity.start().is_some() || standing.activity.commits > 0 => {
                    Status::InProgress
                }
                Some(true) => Status::Ready,
                None => Status::Pending,
            };
            standing
        });
    all.collect()
}

/// Returns the workstreams that are complete together with their needs. `is_done` is whether the own criteria of each are met.
/// The members of a cycle are never complete.
fn complete<'s>(streams: &'s [Workstream], is_done: &[bool]) -> BTreeSet<&'s str> {
    let mut dependents: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut open: Vec<usize> = Vec::new();
    for (at, stream) in streams.iter().enumerate() {
        let needs: BTreeSet<&str> = stream.needs.iter().map(String::as_str).collect();
        open.push(needs.len());
        for need in needs {
            dependents.entry(need).or_default().push(at);
        }
    }
    let mut complete = BTreeSet::new();
    let mut waiting: Vec<usize> = (0..streams.len()).filter(|at| open[*at] == 0).collect();
    while let Some(at) = waiting.pop() {
        let id = streams[at].id.as_str();
        if !is_done[at] || !complete.insert(id) {
            continue;
        }
        for &dependent in dependents.get(id).into_iter().flatten() {
            open[dependent] -= 1;
            if open[dependent] == 0 {
                waiting.push(dependent);
            }
        }
    }
    complete
}

/// Returns the ids of workstreams that need each other, in the order of their needs, the first one again at the end. `None`
/// if there is no such ring.
pub fn ring(streams: &[Workstream]) -> Option<Vec<&str>> {
    let all_done = vec![true; streams.len()];
    let complete = complete(streams, &all_done);
    let left = |id: &str| {
        let mut streams = streams.iter();
        streams.find(|one| one.id == id && !complete.contains(id))
    };
    // From any that is left, needs lead to a ring, unless they end at an unknown id.
    for start in streams {
        let mut path: Vec<&str> = Vec::new();
        let mut at = left(&start.id);
        while let Some(stream) = at {
            if let Some(first) = path.iter().position(|id| *id == stream.id) {
                let mut ring = path.split_off(first);
                ring.push(&stream.id);
                return Some(ring);
            }
            path.push(&stream.id);
            at = stream.needs.iter().find_map(|need| left(need));
        }
    }
    None
}

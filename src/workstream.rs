//! Workstreams and attestations, as configured, and the actions that people recorded.
//!
//! `options` builds the configured values, and `.campaign/log/` has the actions. Whether a workstream is complete is
//! computed by `progress` and never stored.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::gate::Gate;
use crate::notification::Severity;

/// A part of the campaign.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Workstream {
    /// `7.4`.
    pub id: String,
    /// Title for reports.
    pub title: Option<String>,
    /// The responsible person or team.
    pub owner: Option<String>,
    /// Ids of the workstreams that must be complete first.
    pub needs: Vec<String>,
    /// The files that it changes: paths, directories and patterns, relative to the workspace root.
    pub paths: Vec<String>,
    /// The branch on which the work is done.
    pub branch: Option<String>,
    /// The expected effort.
    pub estimate: Option<Estimate>,
    /// Id of the milestone that it belongs to.
    pub milestone: Option<String>,
    /// The levels of escalation of a blocker, the one that it reaches first at the beginning.
    pub escalate: Vec<EscalationLevel>,
    /// Files that must exist when it is complete, relative to the workspace root.
    pub deliverables: Vec<String>,
    /// Gates that must pass when it is complete.
    pub gates: Vec<Gate>,
    /// The objectives that it must have reached when it is complete.
    pub objectives: Vec<Objective>,
    /// Metrics of gates that this version does not measure.
    pub unmeasured: Vec<String>,
}

impl Workstream {
    /// Returns its gates, and those that show its objectives.
    pub fn all_gates(&self) -> impl Iterator<Item = &Gate> {
        let of_objectives = self.objectives.iter().flat_map(|one| match &one.proof {
            Proof::Gates(gates) => gates.as_slice(),
            _ => &[],
        });
        self.gates.iter().chain(of_objectives)
    }
}

/// A level of escalation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EscalationLevel {
    /// How long a blocker is open until it reaches the level.
    pub after: Duration,
    /// The person or team that hears of it. `None` for the owner of the workstream.
    pub to: Option<String>,
    /// Its importance.
    pub severity: Severity,
}

/// An expected effort in working days.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// If all goes well.
    pub optimistic: f64,
    /// Most likely.
    pub likely: f64,
    /// If much goes wrong.
    pub pessimistic: f64,
}

/// Workstreams with a common goal and a day by which it should be reached.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Milestone {
    /// `phase-7`.
    pub id: String,
    /// Title for reports.
    pub title: Option<String>,
    /// The goal.
    pub objective: Option<String>,
    /// The first day, `YYYY-MM-DD`.
    pub start: Option<String>,
    /// The last day, `YYYY-MM-DD`.
    pub target: Option<String>,
    /// Gates that must pass when it is done.
    pub gates: Vec<Gate>,
}

/// Something that a workstream must reach.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// For people: `failover rehearsed`.
    pub text: String,
    /// What shows that it is reached.
    pub proof: Proof,
}

/// What shows that an objective is reached.
#[derive(Clone, Debug, PartialEq)]
pub enum Proof {
    /// Nothing: the objective stays open.
    Missing,
    /// These gates pass.
    Gates(Vec<Gate>),
    /// Git tracks a file.
    File {
        /// Relative to the workspace root.
        path: String,
        /// A text that it must contain.
        contains: Option<String>,
    },
    /// A test passed: its id, as in gates.
    Test(String),
    /// A command succeeds: the metric that is its exit status.
    Command(String),
    /// A person attests it: the id of the attestation.
    Attestation(String),
}

/// A person's signed statement about something that no command can measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Attestation {
    /// The id that the campaign refers to: `security-review`.
    pub id: String,
    /// The statement.
    pub statement: String,
    /// Its author.
    pub author: String,
    /// Its date, `YYYY-MM-DD`.
    pub date: String,
    /// The evidence: a file relative to the workspace root, or a URL.
    pub evidence: String,
    /// The last day on which it is valid, `YYYY-MM-DD`. `None` if it does not expire.
    pub until: Option<String>,
    /// The stated value.
    pub value: Option<f64>,
    /// Its unit.
    pub unit: Option<String>,
    /// 1-based line in its file.
    pub line: u32,
}

/// Something that a person recorded about a workstream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkstreamAction {
    /// Id of the workstream.
    pub workstream: String,
    /// The kind of action.
    #[serde(flatten)]
    pub kind: ActionKind,
    /// The note or the reason. Empty if none was given.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The author, as git names them.
    pub author: String,
    /// RFC 3339.
    pub time: String,
    /// Full id of the commit that was checked out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// The kind of an action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum ActionKind {
    /// Work began.
    Start,
    /// Something worth knowing.
    Note,
    /// Something prevents the work.
    Block,
    /// These blockers do not prevent it any more. They are named, so that the order of entries from several clones does not
    /// matter.
    Unblock {
        /// The names of their entries.
        closes: Vec<String>,
    },
}

impl fmt::Display for ActionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "started",
            Self::Note => "note",
            Self::Block => "blocked",
            Self::Unblock { .. } => "unblocked",
        })
    }
}

//! Judges each step of a run by its events.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::facts::StepFacts;
use super::{covered, status};
use crate::event::{Cause, Ended, Ending};
use crate::metric::Unit;
use crate::plan::{Collector, Step, Stream};
use crate::run::{StepRecord, StepStatus};
use crate::workspace::Workspace;

/// A step of the plan with its events and the status that follows from them.
pub(super) struct Seen {
    pub(super) step: Step,
    pub(super) facts: StepFacts,
    pub(super) ended: Ended,
    pub(super) status: StepStatus,
    /// What made the result incomplete.
    pub(super) cause: Cause,
    /// A command or setting that helps with an incomplete result, if one is known.
    pub(super) fix: Option<String>,
    /// Selected packages whose units were all compiled without an error.
    pub(super) covered: BTreeSet<String>,
}

impl Seen {
    pub(super) fn new(
        step: Step,
        mut facts: StepFacts,
        workspace: &Workspace,
        custom: &BTreeMap<Collector, BTreeMap<String, Unit>>,
    ) -> Self {
        let workspace = &workspace_of(&step, workspace);
        let ended = facts.ended.take().unwrap_or_else(|| never(&step.id));
        let covered = covered::covered(&step, &facts, &ended, workspace);
        let status = status::status(
            &step,
            &facts,
            &ended,
            &status::Background {
                workspace,
                covered: &covered,
                custom,
            },
        );
        let cause = status::cause(&step, &facts, &status);
        // Measuring again is enough.
        let fix = status::fix(&step, &facts, &status).filter(|_| cause != Cause::Machine);
        Self {
            step,
            facts,
            ended,
            status,
            cause,
            fix,
            covered,
        }
    }

    pub(super) fn record(self) -> StepRecord {
        let command = self.step.action.command();
        let is_bench = command.is_some_and(|command| command.stream == Stream::CargoBench);
        let uncounted = if is_bench && self.status.is_whole() {
            status::suites::uncounted_benches(&self.facts)
        } else {
            Vec::new()
        };
        let cure = status::cure(&self.facts, &self.status);
        StepRecord {
            ended: self.ended,
            units: self.facts.units,
            status: self.status,
            cause: self.cause,
            uncounted,
            cure,
        }
    }
}

/// Returns the workspace with only the members that the step selects.
fn workspace_of<'a>(step: &Step, selected: &'a Workspace) -> Cow<'a, Workspace> {
    let Some(package) = &step.package else {
        return Cow::Borrowed(selected);
    };
    let members = selected.members.iter();
    let own = members.filter(|member| member.name == *package).cloned();
    Cow::Owned(Workspace {
        root: selected.root.clone(),
        target_dir: selected.target_dir.clone(),
        build_dir: selected.build_dir.clone(),
        members: own.collect(),
    })
}

/// Returns the end of a step that never began or whose end is missing because the run was stopped
/// before it.
fn never(step: &str) -> Ended {
    Ended {
        step: step.to_owned(),
        ending: Ending::Interrupted,
        seconds: 0.0,
        blocked: 0.0,
        cpu: None,
        stderr_tail: String::new(),
        odd: BTreeMap::new(),
    }
}

//! Folds the events of a run into a snapshot. The only builder of a [`Snapshot`].
//!
//! Events become the `facts` of their step. Once all have arrived, `status` determines the
//! status of each step and `coverage` the packages that it compiled completely. Then each requested
//! collector computes its values. A value that could not be measured completely is unavailable with
//! a reason (`standing`), never zero.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::StepFacts;
use super::messages::Message;
use super::standing::Standing;
use super::{coverage, evidence, status, time};
use crate::event::{Ended, Ending, Event, Item};
use crate::metric::Unit;
use crate::plan::{Action, Collector, Plan, Step, Stream};
use crate::run::{StepRecord, StepStatus};
use crate::snapshot::Snapshot;
use crate::workspace::Workspace;

/// Collects the events of a run and computes the snapshot from them.
#[derive(Clone)]
pub struct Fold {
    plan: Plan,
    workspace: Workspace,
    custom: BTreeMap<Collector, BTreeMap<String, Unit>>,
    current: Option<String>,
    facts: BTreeMap<String, StepFacts>,
    outlines: BTreeMap<String, Vec<Item>>,
}

impl Fold {
    /// Creates a fold without events.
    ///
    /// `workspace` contains the selected members. Values are computed for these packages only.
    /// `custom` contains the metrics that custom collectors declare, with their units.
    pub fn new(
        plan: &Plan,
        workspace: &Workspace,
        custom: &BTreeMap<Collector, BTreeMap<String, Unit>>,
    ) -> Self {
        Self {
            plan: plan.clone(),
            workspace: workspace.clone(),
            custom: custom.clone(),
            current: None,
            facts: BTreeMap::new(),
            outlines: BTreeMap::new(),
        }
    }

    /// Adds the next event. Events outside a step are ignored.
    pub fn event(&mut self, event: &Event) {
        if let Event::Started { step } = event {
            self.current = Some(step.clone());
        }
        if let Event::Outline { file, items } = event {
            self.outlines.insert(file.clone(), items.clone());
        }
        let Some(step) = &self.current else { return };
        self.facts.entry(step.clone()).or_default().add(event);
        if let Event::Ended(_) = event {
            self.current = None;
        }
    }

    /// Returns the snapshot of the steps that have begun, as if the plan had no others.
    pub fn so_far(&self) -> (Snapshot, Vec<StepRecord>) {
        let mut fold = self.clone();
        let (begun, waiting): (Vec<Step>, Vec<Step>) = fold
            .plan
            .steps
            .into_iter()
            .partition(|step| self.facts.contains_key(&step.id));
        // A collector whose other steps are still to come may yet do work, so an empty step is not
        // an error.
        fold.plan
            .allow_empty
            .extend(waiting.into_iter().flat_map(|step| step.serves));
        fold.plan.steps = begun;
        fold.finish()
    }

    /// Returns the snapshot and a record of each step, in the plan's order. A step that never began
    /// counts as interrupted.
    pub fn finish(mut self) -> (Snapshot, Vec<StepRecord>) {
        let steps = std::mem::take(&mut self.plan.steps);
        let steps = steps.into_iter().map(|step| {
            let facts = self.facts.remove(&step.id).unwrap_or_default();
            Seen::new(step, facts, &self.workspace, &self.custom)
        });
        let mut steps: Vec<Seen> = steps.collect();
        evidence::demand(&mut steps, &self.plan.allow_empty);
        let folded = Folded {
            packages: self
                .workspace
                .members
                .iter()
                .map(|m| m.name.clone())
                .collect(),
            workspace: self.workspace,
            plan: self.plan,
            custom: self.custom,
            outlines: self.outlines,
            steps,
        };
        let mut snapshot = Snapshot::default();
        for collector in folded.asked() {
            folded.collect(&collector, &mut snapshot);
        }
        snapshot.findings.sort();
        (
            snapshot,
            folded.steps.into_iter().map(Seen::record).collect(),
        )
    }
}

/// A step of the plan with its events and the status that follows from them.
pub(super) struct Seen {
    pub(super) step: Step,
    pub(super) facts: StepFacts,
    pub(super) ended: Ended,
    pub(super) status: StepStatus,
    /// A command or setting that helps with an incomplete result, if one is known.
    pub(super) mend: Option<String>,
    /// Selected packages whose units were all compiled without an error.
    pub(super) covered: BTreeSet<String>,
}

impl Seen {
    fn new(
        step: Step,
        mut facts: StepFacts,
        workspace: &Workspace,
        custom: &BTreeMap<Collector, BTreeMap<String, Unit>>,
    ) -> Self {
        let ended = facts.ended.take().unwrap_or_else(|| never(&step.id));
        let covered = coverage::covered(&step, &facts, &ended, workspace);
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
        let mend = status::mend(&step, &facts, &status);
        Self {
            step,
            facts,
            ended,
            status,
            mend,
            covered,
        }
    }

    fn record(self) -> StepRecord {
        let is_bench = matches!(&self.step.action, Action::Command(command) if command.stream == Stream::CargoBench);
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
            uncounted,
            cure,
        }
    }
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

/// The complete input of the collectors' fold functions, once all events have arrived.
pub(super) struct Folded {
    /// The plan, whose steps have been moved to `steps`.
    pub(super) plan: Plan,
    pub(super) workspace: Workspace,
    /// Names of the selected members.
    pub(super) packages: BTreeSet<String>,
    pub(super) custom: BTreeMap<Collector, BTreeMap<String, Unit>>,
    pub(super) outlines: BTreeMap<String, Vec<Item>>,
    pub(super) steps: Vec<Seen>,
}

impl Folded {
    /// Returns the requested collectors: those with a step, those answered by another's step, and
    /// those whose tool is missing.
    fn asked(&self) -> BTreeSet<Collector> {
        let served = self.steps.iter().flat_map(|s| &s.step.serves);
        let answered = self.plan.answered.iter().map(|a| &a.collector);
        let lacking = self.plan.lacking.iter().map(|l| &l.collector);
        served.chain(answered).chain(lacking).cloned().collect()
    }

    /// Adds the metrics, findings and tests of one collector.
    fn collect(&self, collector: &Collector, snapshot: &mut Snapshot) {
        (super::of(collector).fold)(self, collector, snapshot);
        time::collect(self, collector, snapshot);
    }

    /// Returns whether a message belongs to a selected package.
    pub(super) fn selects(&self, message: &Message) -> bool {
        self.packages.contains(&message.diagnostic.package)
    }

    /// Returns the steps that serve a collector, in order.
    pub(super) fn steps_of<'a>(
        &'a self,
        collector: &'a Collector,
    ) -> impl Iterator<Item = &'a Seen> {
        self.steps
            .iter()
            .filter(move |s| s.step.serves.contains(collector))
    }

    /// Returns the step with this id.
    pub(super) fn step(&self, id: &str) -> Option<&Seen> {
        self.steps.iter().find(|s| s.step.id == id)
    }

    /// Returns how complete a collector's values are, which its worst step or a missing tool
    /// decides.
    pub(super) fn standing(&self, collector: &Collector) -> Standing {
        if let Some(lacking) = self.plan.lacking.iter().find(|l| l.collector == *collector) {
            return Standing::lacking(lacking);
        }
        self.steps_of(collector)
            .map(Standing::of)
            .reduce(Standing::and)
            .unwrap_or_else(Standing::unknown)
    }
}

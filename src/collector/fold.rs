//! Folds the events of a run into a snapshot. The only builder of a [`Snapshot`].
//!
//! Events become the `facts` of their step. Once all have arrived, `status` determines the
//! status of each step and `covered` the packages that it compiled completely. Then each requested
//! collector computes its values. A value that could not be measured completely is unavailable with
//! a reason (`standing`), never zero.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::StepFacts;
use super::folded::Folded;
use super::seen::Seen;
use super::{evidence, time};
use crate::event::{Event, Item};
use crate::metric::Unit;
use crate::plan::{Collector, Plan, Step};
use crate::run::StepRecord;
use crate::snapshot::Snapshot;
use crate::workspace::Workspace;

/// Collects the events of a run and computes the snapshot from them.
#[derive(Clone)]
pub struct Fold {
    plan: Plan,
    workspace: Workspace,
    whole: Workspace,
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
            whole: workspace.clone(),
            custom: custom.clone(),
            current: None,
            facts: BTreeMap::new(),
            outlines: BTreeMap::new(),
        }
    }

    /// Sets the workspace with all members. Values and files of those that are not selected do not
    /// count.
    pub fn in_workspace(mut self, whole: &Workspace) -> Self {
        self.whole = whole.clone();
        self
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

    /// Returns the collectors whose values come from files of another tool, with the format of the
    /// files.
    pub fn imported(&self) -> BTreeMap<Collector, String> {
        let steps = self.plan.steps.iter();
        let imported = steps.flat_map(|step| {
            let facts = self.facts.get(&step.id);
            let files = facts.into_iter().flat_map(|facts| &facts.imported);
            files.flat_map(|file| {
                let collectors = step.serves.iter();
                collectors.map(|collector| (collector.clone(), file.format.to_string()))
            })
        });
        imported.collect()
    }

    /// Removes the results of steps that will run again. They count as interrupted until then.
    pub fn forget(&mut self, steps: &BTreeSet<&str>) {
        self.facts.retain(|step, _| !steps.contains(step.as_str()));
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
        let [packages, members] = [&self.workspace, &self.whole]
            .map(|one| BTreeSet::from_iter(one.members.iter().map(|member| member.name.clone())));
        let folded = Folded {
            unselected: &members - &packages,
            packages,
            workspace: self.workspace,
            whole: self.whole,
            plan: self.plan,
            custom: self.custom,
            outlines: self.outlines,
            steps,
        };
        let mut snapshot = Snapshot::default();
        for collector in requested(&folded) {
            (super::of(&collector).fold)(&folded, &collector, &mut snapshot);
            time::collect(&folded, &collector, &mut snapshot);
        }
        snapshot.findings.sort();
        (
            snapshot,
            folded.steps.into_iter().map(Seen::record).collect(),
        )
    }
}

/// Returns the requested collectors: those with a step, those answered by another's step, and those
/// whose tool is missing.
fn requested(folded: &Folded) -> BTreeSet<Collector> {
    let served = folded.steps.iter().flat_map(|s| &s.step.serves);
    let answered = folded.plan.answered.iter().map(|a| &a.collector);
    let missing = folded.plan.missing.iter().map(|l| &l.collector);
    served.chain(answered).chain(missing).cloned().collect()
}

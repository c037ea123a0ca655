//! Collectors: fold the events of a run into metrics, findings and tests.
//!
//! One file per collector; the only builder of a [`Snapshot`]. Pure: the same events give the same snapshot. Knows nothing
//! of processes, files or gates.
//!
//! Events become `facts` of their step; when all are in, `status` says what each step's end means and `coverage`
//! which packages it compiled whole; then each collector asked for counts. What could not be measured whole is
//! unavailable with a reason (`standing`), never zero.

mod bench;
mod build;
mod changelog;
mod check;
mod clippy;
mod coverage;
mod doc;
mod evidence;
mod facts;
mod findings;
mod fmt;
mod loc;
mod messages;
mod own;
pub mod planner;
mod standing;
mod status;
mod test;
mod test_names;
#[cfg(test)]
mod tests;
mod time;

use std::collections::{BTreeMap, BTreeSet};

use crate::event::{Ended, Ending, Event, Item};
use crate::metric::Unit;
use crate::plan::{Collector, Plan, Step};
use crate::run::{StepRecord, StepStatus};
use crate::snapshot::Snapshot;
use crate::workspace::Workspace;
use facts::Facts;
use standing::Standing;

/// A run's events, being folded.
#[derive(Clone)]
pub struct Fold {
    plan: Plan,
    workspace: Workspace,
    own: BTreeMap<Collector, BTreeMap<String, Unit>>,
    current: Option<String>,
    facts: BTreeMap<String, Facts>,
    outlines: BTreeMap<String, Vec<Item>>,
}

impl Fold {
    /// `workspace` holds the members that were selected: figures are given for each of them and for no other package.
    /// `own` are the metrics that a team's own collectors declare, with their units.
    pub fn new(
        plan: &Plan,
        workspace: &Workspace,
        own: &BTreeMap<Collector, BTreeMap<String, Unit>>,
    ) -> Self {
        Self {
            plan: plan.clone(),
            workspace: workspace.clone(),
            own: own.clone(),
            current: None,
            facts: BTreeMap::new(),
            outlines: BTreeMap::new(),
        }
    }

    /// The next event, in order. What comes outside a step is not looked at.
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

    /// Returns what the steps that have ended measured, as if the plan had no others.
    pub fn so_far(&self) -> (Snapshot, Vec<StepRecord>) {
        let mut fold = self.clone();
        let (begun, waiting): (Vec<Step>, Vec<Step>) = fold
            .plan
            .steps
            .into_iter()
            .partition(|step| self.facts.contains_key(&step.id));
        // A later step may find what this one has not.
        fold.plan
            .allow_empty
            .extend(waiting.into_iter().flat_map(|step| step.serves));
        fold.plan.steps = begun;
        fold.finish()
    }

    /// What was measured, and each step with its status, in the plan's order. A step that never began counts as
    /// interrupted.
    pub fn finish(mut self) -> (Snapshot, Vec<StepRecord>) {
        let steps = std::mem::take(&mut self.plan.steps);
        let steps = steps.into_iter().map(|step| {
            let facts = self.facts.remove(&step.id).unwrap_or_default();
            Seen::new(step, facts, &self.workspace, &self.own)
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
            own: self.own,
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

/// A step of the plan, what was seen of it, and what that means.
struct Seen {
    step: Step,
    facts: Facts,
    ended: Ended,
    status: StepStatus,
    /// The command that shows why figures are not whole, where one does.
    mend: Option<String>,
    /// Selected packages of which every unit was compiled, without an error.
    covered: BTreeSet<String>,
}

impl Seen {
    fn new(
        step: Step,
        mut facts: Facts,
        workspace: &Workspace,
        own: &BTreeMap<Collector, BTreeMap<String, Unit>>,
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
                own,
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
}

impl Seen {
    fn record(self) -> StepRecord {
        let is_bench = self.step.serves.contains(&Collector::Bench) && self.status.is_whole();
        let uncounted = if is_bench {
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

/// The end of a step that never began, or whose end was never told: the run was stopped before it.
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

/// All that is known when the events are in: what collectors count from.
struct Folded {
    /// Its steps are in `steps`.
    plan: Plan,
    workspace: Workspace,
    /// Names of the selected members.
    packages: BTreeSet<String>,
    own: BTreeMap<Collector, BTreeMap<String, Unit>>,
    outlines: BTreeMap<String, Vec<Item>>,
    steps: Vec<Seen>,
}

impl Folded {
    /// Everyone who has a step, is answered by one, or lacks a tool for it.
    fn asked(&self) -> BTreeSet<Collector> {
        let served = self.steps.iter().flat_map(|s| &s.step.serves);
        let answered = self.plan.answered.iter().map(|a| &a.collector);
        let lacking = self.plan.lacking.iter().map(|l| &l.collector);
        served.chain(answered).chain(lacking).cloned().collect()
    }

    /// Adds what one collector measures.
    fn collect(&self, collector: &Collector, snapshot: &mut Snapshot) {
        match collector {
            Collector::Check => check::collect(self, snapshot),
            Collector::Build => build::collect(self, snapshot),
            Collector::Test => test::collect(self, snapshot),
            Collector::Clippy => clippy::collect(self, snapshot),
            Collector::Bench => bench::collect(self, snapshot),
            Collector::Fmt => fmt::collect(self, snapshot),
            Collector::Doc => doc::collect(self, snapshot),
            Collector::Loc => loc::collect(self, snapshot),
            Collector::Changelog => changelog::collect(self, snapshot),
            Collector::Own(_) => own::collect(self, collector, snapshot),
        }
        time::collect(self, collector, snapshot);
    }

    /// The steps that serve a collector, in order.
    fn steps_of<'a>(&'a self, collector: &'a Collector) -> impl Iterator<Item = &'a Seen> {
        self.steps
            .iter()
            .filter(move |s| s.step.serves.contains(collector))
    }

    /// The step with this id.
    fn step(&self, id: &str) -> Option<&Seen> {
        self.steps.iter().find(|s| s.step.id == id)
    }

    /// How well a collector's figures are known: by its worst step, or by what it lacks.
    fn standing(&self, collector: &Collector) -> Standing {
        if let Some(lacking) = self.plan.lacking.iter().find(|l| l.collector == *collector) {
            return Standing::lacking(lacking);
        }
        self.steps_of(collector)
            .map(Standing::of)
            .reduce(Standing::and)
            .unwrap_or_else(Standing::unknown)
    }
}

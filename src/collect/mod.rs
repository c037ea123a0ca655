//! Collectors: fold the events of a run into metrics, findings and tests.
//!
//! One file per collector; the only builder of a [`Snapshot`]. Pure: the same events give the same snapshot. Knows nothing
//! of processes, files or gates.

use std::collections::BTreeMap;

use crate::event::Event;
use crate::metric::Unit;
use crate::plan::{Collector, Plan};
use crate::run::StepRecord;
use crate::snapshot::Snapshot;
use crate::workspace::Workspace;

/// A run's events, being folded.
pub struct Fold {}

impl Fold {
    /// `own` are the metrics that a team's own collectors declare, with their units.
    pub fn new(_plan: &Plan, _workspace: &Workspace, _own: &BTreeMap<Collector, BTreeMap<String, Unit>>) -> Self {
        todo!()
    }

    /// The next event, in order.
    pub fn event(&mut self, _event: &Event) {
        todo!()
    }

    /// What was measured, and each step with its status, in the plan's order.
    pub fn finish(self) -> (Snapshot, Vec<StepRecord>) {
        todo!()
    }
}

//! Messages of an operation while it works.

use crate::event::{Event, Expected};
use crate::plan::{Plan, Step};
use crate::run::StepRecord;
use crate::snapshot::{Provenance, Snapshot};

/// A message of an operation while it works. The receiver decides whether and how to show it.
#[derive(Clone, Copy, Debug)]
pub enum Notice<'a> {
    /// Something was done, or is being done, as in cargo's status lines.
    Status {
        /// The verb, such as `Recorded`.
        verb: &'a str,
        /// Its object.
        text: &'a str,
    },
    /// A remark that needs no action.
    Note(&'a str),
    /// Something that may make results wrong or incomplete.
    Warning(&'a str),
    /// Advice about the previous message.
    Help(&'a str),
    /// A command for the runner of GitHub Actions, escaped, to print as it is.
    Annotation(&'a str),
    /// A measurement is about to begin.
    Measuring(&'a MeasurementStart<'a>),
    /// The driver reports progress within a step.
    Event(&'a Event),
    /// A step ended.
    StepEnded(&'a StepEnded<'a>),
}

/// A measurement that is about to begin.
#[derive(Clone, Copy, Debug)]
pub struct MeasurementStart<'a> {
    /// Name of the campaign.
    pub campaign: &'a str,
    /// Number of selected packages.
    pub packages: usize,
    /// The commit, toolchain and machine that are measured.
    pub provenance: &'a Provenance,
    /// The steps to run.
    pub plan: &'a Plan,
    /// The prediction for each step, from the last run with the same steps.
    pub expected: &'a [Expected],
}

/// A step that ended, and all measurements until then.
#[derive(Clone, Copy, Debug)]
pub struct StepEnded<'a> {
    /// The step.
    pub step: &'a Step,
    /// Its outcome.
    pub record: &'a StepRecord,
    /// The measurements of this and the earlier steps.
    pub snapshot: &'a Snapshot,
    /// Whether it is the last step of the plan.
    pub is_last: bool,
}

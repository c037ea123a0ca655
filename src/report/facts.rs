//! The facts that reports and the documents of a team are laid out from.

use super::attestation::AttestationEntry;
use super::history::{RecordedHistory, Trend};
use super::object::Report;
use super::plan::PlanPage;

/// The facts of a report.
#[derive(Clone, Copy, Debug)]
pub struct ReportFacts<'a> {
    /// The values and verdicts.
    pub report: &'a Report,
    /// The same values, compared with those at the start of the period. `None` without any.
    pub change: Option<&'a Report>,
    /// The trends of the gated metrics within the period.
    pub trends: &'a [Trend],
    /// How many runs were recorded in the period.
    pub runs: usize,
    /// How many commits were made since the values at its start. `None` without git.
    pub commits: Option<usize>,
    /// The plan. `None` without workstreams, milestones and risks.
    pub plan: Option<&'a PlanPage>,
    /// The required attestations.
    pub attestations: &'a [AttestationEntry],
    /// The documents of the campaign.
    pub documents: &'a [DocumentEntry],
    /// The commands that measured the baseline, by collector.
    pub commands: &'a [(String, String)],
    /// The day on which the final values were pinned, `YYYY-MM-DD`.
    pub finished: Option<&'a str>,
    /// The start of the period in Unix seconds.
    pub start: i64,
    /// The time in Unix seconds.
    pub now: i64,
}

/// The facts of a page with the whole history.
#[derive(Clone, Copy, Debug)]
pub struct PageFacts<'a> {
    /// The facts of the present.
    pub facts: ReportFacts<'a>,
    /// The values of all recorded runs.
    pub history: &'a RecordedHistory,
}

/// A document of the campaign, for an index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentEntry {
    /// Relative to the workspace root.
    pub path: String,
    /// Its purpose.
    pub purpose: String,
    /// Who should read it.
    pub audience: String,
}

//! Workstreams and attestations, as configured.
//!
//! `options` builds these values. Whether a workstream is complete is computed by `judge` and never
//! stored.

use crate::gate::Gate;

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
    /// Files that must exist when it is complete, relative to the workspace root.
    pub deliverables: Vec<String>,
    /// Gates that must pass when it is complete.
    pub gates: Vec<Gate>,
    /// Metrics of gates that this version does not measure.
    pub unmeasured: Vec<String>,
}

/// A person's signed statement about something that no command can measure.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// 1-based line in its file.
    pub line: u32,
}

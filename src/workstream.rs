//! What a campaign consists of beside its gates, as data: workstreams, and what people attest.
//!
//! Built by `options`. Whether a workstream is complete is computed, never written. Knows nothing of values.

use crate::gate::Gate;

/// A part of the campaign.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Workstream {
    /// `7.4`.
    pub id: String,
    /// For people.
    pub title: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Ids of those that come before it.
    pub needs: Vec<String>,
    /// Files, from the root, that are there when it is done.
    pub deliverables: Vec<String>,
    /// What must hold when it is done.
    pub gates: Vec<Gate>,
    /// Metrics of gates that this version does not measure.
    pub unmeasured: Vec<String>,
}

/// A person's signed-off statement for what no command can measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// As the campaign asks for it: `security-review`.
    pub id: String,
    /// What is stated.
    pub statement: String,
    /// Who states it.
    pub author: String,
    /// When, `YYYY-MM-DD`.
    pub date: String,
    /// What shows it: a file from the root, or an address.
    pub evidence: String,
    /// Its last day, `YYYY-MM-DD`; `None` when it does not end.
    pub until: Option<String>,
    /// 1-based line in its file.
    pub line: u32,
}

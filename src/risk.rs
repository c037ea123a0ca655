//! Risks, as configured. Whether a risk is active is computed by `progress` and never stored.

use crate::gate::Gate;

/// Something that may go wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Risk {
    /// `build-errors`.
    pub id: String,
    /// Title for reports.
    pub title: String,
    /// How likely it is: low, medium or high.
    pub probability: RiskLevel,
    /// How much damage it does.
    pub impact: RiskLevel,
    /// The responsible person or team.
    pub owner: String,
    /// The mitigation.
    pub mitigation: Option<String>,
    /// The day on which it is looked at again, `YYYY-MM-DD`.
    pub review: Option<String>,
    /// Gates that fail where a condition of its trigger holds, see [`crate::gate::Op::opposite`]. One that holds is enough.
    pub trigger: Vec<Gate>,
    /// Id of the workstream that it belongs to.
    pub workstream: Option<String>,
    /// Id of the milestone that it belongs to.
    pub milestone: Option<String>,
    /// The day from which its owner considers it closed, `YYYY-MM-DD`.
    pub closed: Option<String>,
}

/// A degree of probability or impact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RiskLevel {
    /// Little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
    /// As much as can be.
    Critical,
}

impl RiskLevel {
    /// The levels with their names. A probability is one of the first three.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("low", Self::Low),
        ("medium", Self::Medium),
        ("high", Self::High),
        ("critical", Self::Critical),
    ];

    /// Returns its name.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize].0
    }
}

impl Risk {
    /// Returns probability times impact: 1 to 12.
    pub fn exposure(&self) -> u32 {
        (self.probability as u32 + 1) * (self.impact as u32 + 1)
    }
}

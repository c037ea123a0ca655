//! The condition language: `OP OPERAND`, where gates, alerts and bisecting meet.
//!
//! Parses text into [`Condition`] and checks it against a metric's unit. Knows nothing of configuration files: positions
//! are byte offsets in the condition's own text.

use std::ops::Range;

use crate::gate::Condition;
use crate::metric::Unit;

/// What is wrong with a condition, and where in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Byte range in the condition.
    pub at: Range<usize>,
    /// `expected a number`.
    pub message: String,
    /// `write "< 20" or "<= baseline + 10%"`.
    pub help: Option<String>,
}

/// Parses a condition for a metric of this unit. Numbers are converted into the unit (`2m` of a time is 120).
pub fn parse(_text: &str, _unit: &Unit) -> Result<Condition, Problem> {
    todo!()
}

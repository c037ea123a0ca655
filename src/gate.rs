//! Gates, waivers and conditions as data.
//!
//! They are read by `options` from `campaign.toml` and remember their lines. This module knows nothing
//! about measured values.

use serde::{Deserialize, Serialize};

use crate::metric::Unit;

/// A condition on a metric, for the workspace or for packages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// Unique in the campaign, as are the ids of the gates that it expands to: the metric pattern,
    /// `@PACKAGE` for a gate on packages, and `#2` if another gate is on the same metric.
    pub id: String,
    /// Heading of its group. Empty for gates of `[gates]` itself.
    pub group: String,
    /// Metric name or pattern (`bench.*.time`).
    pub metric: String,
    /// A package name, or `*` for each package. `None` for the workspace.
    pub package: Option<String>,
    /// The condition.
    pub require: Condition,
    /// The effect of a violation.
    pub level: Strictness,
    /// Configuration file in the user's spelling.
    pub file: String,
    /// 1-based line in it.
    pub line: u32,
}

/// The effect of a violation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strictness {
    /// The gate fails.
    #[default]
    Deny,
    /// The gate warns and does not fail.
    Warn,
}

/// A condition: `OP OPERAND`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// The comparison.
    pub op: Op,
    /// The right-hand side.
    pub operand: Operand,
    /// The text in the configuration, for messages.
    pub text: String,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Op {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `=`
    Equal,
    /// `>=`
    AtLeast,
    /// `>`
    More,
}

impl Op {
    /// Returns the operator of the gate that fails where a condition with this operator holds.
    ///
    /// A failing gate is also certain where only a part was measured. `=` has no opposite, so its
    /// gate is the condition itself.
    pub const fn opposite(self) -> Self {
        match self {
            Self::Less => Self::AtLeast,
            Self::AtMost => Self::More,
            Self::AtLeast => Self::Less,
            Self::More => Self::AtMost,
            Self::Equal => Self::Equal,
        }
    }

    /// Returns whether a condition with this operator holds for a value. Values that differ only by rounding are equal (a share computed
    /// as 28.999999999999996). Whole numbers are exact.
    pub fn holds(self, value: f64, bound: f64) -> bool {
        let rounding = 4.0 * f64::EPSILON * value.abs().max(bound.abs());
        let exact = value.fract() == 0.0 && bound.fract() == 0.0;
        let equal = if exact {
            value == bound
        } else {
            (value - bound).abs() <= rounding
        };
        match self {
            Self::Less => value < bound && !equal,
            Self::AtMost => value < bound || equal,
            Self::Equal => equal,
            Self::AtLeast => value > bound || equal,
            Self::More => value > bound && !equal,
        }
    }
}

/// The right-hand side of a condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Operand {
    /// A number converted to the metric's unit, and the unit in the text (`90s`, `10GB`).
    Number(f64, Option<Unit>),
    /// A shifted value of another run.
    Reference(Reference, Shift),
}

/// The run that a condition refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reference {
    /// The pinned baseline.
    Baseline,
    /// The previous run with this metric.
    Previous,
    /// The run with the best recorded value.
    Best,
}

/// A distance from a reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Shift {
    /// No distance.
    Zero,
    /// Signed, in the metric's unit.
    By(f64),
    /// Signed, in percent of the reference: `+ 10%` is 10.
    Percent(f64),
}

/// A dated, owned, reasoned exception to a gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Waiver {
    /// Gate id, or a pattern over ids.
    pub gate: String,
    /// The reason for the exception.
    pub reason: String,
    /// The person who is responsible for it.
    pub owner: String,
    /// Last day on which it applies, `YYYY-MM-DD`.
    pub until: String,
    /// The worst value that it covers, in the metric's unit. The gate fails beyond it.
    pub ceiling: Option<f64>,
    /// Configuration file.
    pub file: String,
    /// 1-based line in it.
    pub line: u32,
}

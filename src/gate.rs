//! Gates, waivers and conditions as data: what is demanded of which metric.
//!
//! Built by `options` from `campaign.toml`, with the line each came from. Knows nothing of values.

use serde::{Deserialize, Serialize};

use crate::metric::Unit;

/// A condition on a metric, for the workspace or for packages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// Unique in the campaign: the metric pattern, `@PACKAGE` when for packages, `#2` when the rest is taken.
    pub id: String,
    /// Heading for people; empty for gates of `[gates]` itself.
    pub group: String,
    /// Metric name or pattern (`bench.*.time`).
    pub metric: String,
    /// `None` for the workspace; a package name, or `*` for each package.
    pub package: Option<String>,
    /// What must hold.
    pub require: Condition,
    /// What a violation means.
    pub level: Strictness,
    /// Configuration file, as the user wrote it.
    pub file: String,
    /// 1-based line in it.
    pub line: u32,
}

/// What a violation means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strictness {
    /// The gate fails.
    #[default]
    Deny,
    /// It is said, and does not fail.
    Warn,
}

/// `OP OPERAND`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// The comparison.
    pub op: Op,
    /// What with.
    pub operand: Operand,
    /// As written, for messages.
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

/// The right-hand side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Operand {
    /// A number in the metric's unit (`90s`, `10GB` already converted), with the unit it was written in.
    Number(f64, Option<Unit>),
    /// A figure of another run, shifted.
    Reference(Reference, Shift),
}

/// Whose figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reference {
    /// The pinned baseline.
    Baseline,
    /// The run before, with this metric.
    Previous,
    /// The best figure on record.
    Best,
}

/// A distance from a reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Shift {
    /// None.
    Zero,
    /// In the metric's unit, signed.
    By(f64),
    /// In percent of the reference, signed: `+ 10%` is 10.
    Percent(f64),
}

/// A dated, owned, reasoned exception to a gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Waiver {
    /// Gate id, or a pattern over ids.
    pub gate: String,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Last day it holds, `YYYY-MM-DD`.
    pub until: String,
    /// The worst value it covers, in the metric's unit; on the far side the gate fails all the same.
    pub ceiling: Option<f64>,
    /// Configuration file.
    pub file: String,
    /// 1-based line in it.
    pub line: u32,
}

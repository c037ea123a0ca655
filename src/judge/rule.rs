//! Decides whether a value satisfies a condition.

#[cfg(test)]
mod tests;

use super::figure::{self, Figure, Gap};
use super::subject::Subject;
use super::times::{self, TimeComparison};
use super::{Evidence, words};
use crate::gate::{Op, Operand, Reference, Shift};
use crate::metric::{Alike, Reading};
use crate::run::{Ratio, RunId, View};

/// The result of a gate before levels and waivers.
pub(super) struct Ruling {
    /// Whether the condition is satisfied, or the reason for no verdict.
    pub(super) holds: Result<bool, Gap>,
    /// Why the condition is violated. Empty if it is satisfied.
    pub(super) reason: String,
    /// The current value, if it was measured completely.
    pub(super) value: Option<f64>,
    /// A lower bound of the value that violates the condition, if it was measured only in part.
    pub(super) at_least: Option<f64>,
    /// The value to show next to it.
    pub(super) reference: Option<f64>,
    /// The bound that the value was compared with.
    pub(super) bound: Option<f64>,
    /// The ratio of two times.
    pub(super) ratio: Option<Ratio>,
}

/// The right-hand side of a condition with its value.
struct Bound<'a> {
    /// The bound in the metric's unit.
    value: f64,
    /// The value that it is relative to.
    reference: Option<Figure<'a>>,
}

/// Decides a gate from the evidence.
pub(super) fn decide(subject: &Subject<'_>, evidence: &Evidence<'_>) -> Ruling {
    let op = subject.gate.require.op;
    let bound = bound(subject, evidence);
    let head = figure::head(subject, evidence);
    let ruling = Ruling {
        holds: Ok(true),
        reason: String::new(),
        value: head.as_ref().ok().map(|figure| figure.value),
        at_least: None,
        reference: known_reference(subject, bound.as_ref().ok(), evidence),
        bound: bound.as_ref().ok().map(|bound| bound.value),
        ratio: None,
    };
    match (head, bound) {
        (
            Ok(head),
            Ok(Bound {
                value,
                reference: Some(base),
            }),
        ) if subject.row.alike == Alike::Machine && !is_itself(subject, evidence) => {
            let TimeComparison {
                ratio,
                holds,
                reason,
            } = times::compare(op, base, head, value, &subject.row.collector);
            Ruling {
                ratio,
                holds,
                reason,
                ..ruling
            }
        }
        (Ok(head), Ok(bound)) if op.holds(head.value, bound.value) => ruling,
        (Ok(head), Ok(bound)) => Ruling {
            holds: Ok(false),
            reason: violated(subject, head.value, bound.value),
            ..ruling
        },
        (Err(gap), Ok(bound)) => partial(subject, gap, bound.value, ruling),
        (Err(gap), Err(_)) | (Ok(_), Err(gap)) => Ruling {
            holds: Err(gap),
            ..ruling
        },
    }
}

/// Returns whether both sides are the same measurement, as right after `baseline`. Such a comparison
/// is not uncertain.
fn is_itself(subject: &Subject<'_>, evidence: &Evidence<'_>) -> bool {
    let against_baseline = matches!(
        subject.gate.require.operand,
        Operand::Reference(Reference::Baseline, _)
    );
    let base = evidence
        .baseline
        .and_then(|view| measurement(subject, view));
    against_baseline && base.is_some() && base == measurement(subject, evidence.head)
}

/// Returns the run that measured the subject and its reading.
fn measurement<'a>(subject: &Subject<'_>, view: &'a View) -> Option<(&'a RunId, &'a Reading)> {
    let run = view.sources.get(&subject.row.collector)?;
    Some((run, view.snapshot.metrics.get(&subject.metric)?))
}

/// Returns the ruling for an incomplete value.
///
/// If its lower bound already violates the condition, the gate fails, because the missing part can
/// only add to it. Otherwise there is no verdict. An incomplete value never passes.
fn partial(subject: &Subject<'_>, gap: Gap, bound: f64, ruling: Ruling) -> Ruling {
    match gap.at_least {
        Some(least) if is_certain(subject.gate.require.op, least, bound) => {
            let reason = format!(
                "at least {}; {}",
                violated(subject, least, bound),
                gap.reason
            );
            Ruling {
                holds: Ok(false),
                reason,
                at_least: Some(least),
                ..ruling
            }
        }
        _ => Ruling {
            holds: Err(gap),
            ..ruling
        },
    }
}

/// Returns the number of the condition, or the shifted value of its reference.
fn bound<'a>(subject: &Subject<'_>, evidence: &Evidence<'a>) -> Result<Bound<'a>, Gap> {
    match &subject.gate.require.operand {
        Operand::Number(value, _) => Ok(Bound {
            value: *value,
            reference: None,
        }),
        Operand::Reference(which, shift) => {
            let figure = figure::reference(subject, *which, evidence)?;
            Ok(Bound {
                value: shifted(figure.value, shift),
                reference: Some(figure),
            })
        }
    }
}

/// Returns the value to show next to the current one: that of the condition's reference, or without
/// a reference, that of the baseline.
fn known_reference(
    subject: &Subject<'_>,
    bound: Option<&Bound<'_>>,
    evidence: &Evidence<'_>,
) -> Option<f64> {
    match subject.gate.require.operand {
        Operand::Reference(..) => bound
            .and_then(|bound| bound.reference)
            .map(|figure| figure.value),
        Operand::Number(..) => figure::fact(subject, evidence),
    }
}

/// Shifts a reference. A percentage refers to its absolute value: `- 10%` of -50 is -55.
pub(super) fn shifted(reference: f64, shift: &Shift) -> f64 {
    match shift {
        Shift::Zero => reference,
        Shift::By(distance) => reference + distance,
        Shift::Percent(percent) => reference + reference.abs() * percent / 100.0,
    }
}

/// Returns whether a lower bound of the value already violates the condition.
fn is_certain(op: Op, least: f64, bound: f64) -> bool {
    match op {
        Op::Less | Op::AtMost => !op.holds(least, bound),
        Op::Equal => !Op::AtMost.holds(least, bound),
        Op::AtLeast | Op::More => false,
    }
}

/// Returns `14, required <= baseline + 10% (13.2)`.
fn violated(subject: &Subject<'_>, value: f64, bound: f64) -> String {
    let unit = &subject.row.unit;
    let condition = &subject.gate.require;
    let (value, bound) = words::apart(value, bound, unit);
    match condition.operand {
        Operand::Number(..) => format!("{value}, required {}", condition.text),
        Operand::Reference(..) => format!("{value}, required {} ({bound})", condition.text),
    }
}

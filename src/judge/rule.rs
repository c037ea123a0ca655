//! Does a figure satisfy a condition?

#[cfg(test)]
mod tests;

use super::figure::{self, Figure, Gap};
use super::subject::Subject;
use super::times::{self, Compared};
use super::{Evidence, words};
use crate::gate::{Op, Operand, Reference, Shift};
use crate::metric::{Alike, Reading};
use crate::run::{Ratio, RunId, View};

/// What a gate comes to, before levels and waivers.
pub(super) struct Ruling {
    /// Satisfied or violated; a gap is no verdict.
    pub(super) holds: Result<bool, Gap>,
    /// Why it is violated; empty when satisfied.
    pub(super) reason: String,
    /// Measured now, when it was measured whole.
    pub(super) value: Option<f64>,
    /// The figure to show beside it.
    pub(super) reference: Option<f64>,
    /// What the value was held against.
    pub(super) bound: Option<f64>,
    /// For times against another run.
    pub(super) ratio: Option<Ratio>,
}

/// The right-hand side with its figure.
struct Bound<'a> {
    /// In the metric's unit.
    value: f64,
    /// What it is relative to.
    reference: Option<Figure<'a>>,
}

/// Holds a gate against the evidence.
pub(super) fn decide(subject: &Subject<'_>, evidence: &Evidence<'_>) -> Ruling {
    let op = subject.gate.require.op;
    let bound = bound(subject, evidence);
    let head = figure::head(subject, evidence);
    let ruling = Ruling {
        holds: Ok(true),
        reason: String::new(),
        value: head.as_ref().ok().map(|figure| figure.value),
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
            let Compared {
                ratio,
                holds,
                reason,
            } = times::compare(op, base, head, value);
            Ruling {
                ratio,
                holds,
                reason,
                ..ruling
            }
        }
        (Ok(head), Ok(bound)) if holds(op, head.value, bound.value) => ruling,
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

/// One measurement on both sides, as right after `baseline`: there is nothing uncertain about it.
fn is_itself(subject: &Subject<'_>, evidence: &Evidence<'_>) -> bool {
    fn of<'a>(subject: &Subject<'_>, view: &'a View) -> Option<(&'a RunId, &'a Reading)> {
        Some((
            view.sources.get(&subject.row.collector)?,
            view.snapshot.metrics.get(&subject.metric)?,
        ))
    }
    let against_baseline = matches!(
        subject.gate.require.operand,
        Operand::Reference(Reference::Baseline, _)
    );
    let base = evidence.baseline.and_then(|view| of(subject, view));
    against_baseline && base.is_some() && base == of(subject, evidence.head)
}

/// A partial count gives no verdict, except that one already too high has failed for sure: the rest cannot lower it. It
/// never passes, even where more could not hurt: what was not seen may not have run at all.
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
                ..ruling
            }
        }
        _ => Ruling {
            holds: Err(gap),
            ..ruling
        },
    }
}

/// The number of the condition, or the reference's figure, shifted.
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

/// The figure to show beside the value: the condition's reference, else the baseline's.
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

/// A percentage is one of the reference's size: `- 10%` of -50 is -55.
pub(super) fn shifted(reference: f64, shift: &Shift) -> f64 {
    match shift {
        Shift::Zero => reference,
        Shift::By(distance) => reference + distance,
        Shift::Percent(percent) => reference + reference.abs() * percent / 100.0,
    }
}

/// Returns whether `value OP bound`. Values that differ by rounding alone (a share computed as 28.999999999999996) are equal;
/// whole numbers are exact.
pub fn holds(op: Op, value: f64, bound: f64) -> bool {
    let rounding = 4.0 * f64::EPSILON * value.abs().max(bound.abs());
    let exact = value.fract() == 0.0 && bound.fract() == 0.0;
    let equal = if exact {
        value == bound
    } else {
        (value - bound).abs() <= rounding
    };
    match op {
        Op::Less => value < bound && !equal,
        Op::AtMost => value < bound || equal,
        Op::Equal => equal,
        Op::AtLeast => value > bound || equal,
        Op::More => value > bound && !equal,
    }
}

/// `at least LEAST` already violates the bound, whatever the rest would add.
fn is_certain(op: Op, least: f64, bound: f64) -> bool {
    match op {
        Op::Less | Op::AtMost => !holds(op, least, bound),
        Op::Equal => !holds(Op::AtMost, least, bound),
        Op::AtLeast | Op::More => false,
    }
}

/// `14, required <= baseline + 10% (13.2)`.
fn violated(subject: &Subject<'_>, value: f64, bound: f64) -> String {
    let unit = &subject.row.unit;
    let condition = &subject.gate.require;
    let (value, bound) = words::apart(value, bound, unit);
    match condition.operand {
        Operand::Number(..) => format!("{value}, required {}", condition.text),
        Operand::Reference(..) => format!("{value}, required {} ({bound})", condition.text),
    }
}

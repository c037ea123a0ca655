//! Conditions on times relative to another run. They are decided by an interval of the ratio, never by
//! a single number.
//!
//! | both sides have | interval | can pass | can fail |
//! |---|---|---|---|
//! | 3 or more repeats | exact, see [`stats`] | yes | yes |
//! | an interval from within one process | all quotients | yes | no: it misses the variation between processes |
//! | one wall time | the ratio, a factor of 1.35 in both directions | yes | yes |
//!
//! The whole interval must lie on one side of the bound. Otherwise the comparison is inconclusive. A
//! single wall time is therefore decisive only beyond 35 %: `<= baseline + 10%` passes at -18.5 % or
//! less and fails at +48.5 % or more. A bound that unchanged code can pass must allow 35 %.

#[cfg(test)]
mod tests;

use super::figure::{Figure, Gap};
use super::{remedy, stats, words};
use crate::collector;
use crate::gate::Op;
use crate::metric::Spread;
use crate::plan::Collector;
use crate::run::{Lack, Ratio};

/// The result of a comparison of two times.
pub(super) struct TimeComparison {
    /// The ratio of head to base. `None` if they are incomparable.
    pub(super) ratio: Option<Ratio>,
    /// Whether the condition is satisfied, or the reason for no verdict.
    pub(super) holds: Result<bool, Gap>,
    /// Why the condition is violated.
    pub(super) reason: String,
}

impl TimeComparison {
    /// Creates the result of two times without a ratio.
    fn open(lack: Lack, why: impl Into<String>, help: Option<String>) -> Self {
        Self {
            ratio: None,
            holds: Err(Gap::new(lack, why, help)),
            reason: String::new(),
        }
    }
}

/// The origin of an interval.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Basis {
    /// Repeated processes; the number of the side with fewer.
    Repeats(usize),
    /// The samples of one process.
    OneProcess,
    /// One time on each side.
    SingleTime,
}

/// Compares the ratio of two times of a collector with `bound`, which is a time like `base`.
pub(super) fn compare(
    op: Op,
    base: Figure<'_>,
    head: Figure<'_>,
    bound: f64,
    collector: &Collector,
) -> TimeComparison {
    let unlike = unlike_subjects(base.spread, head.spread)
        .or_else(|| unlike_freshness(base.spread, head.spread));
    if let Some(reason) = unlike {
        return TimeComparison::open(Lack::Incomparable, reason, Some(remedy::PIN.to_owned()));
    }
    let (basis, ratio) = interval(base, head);
    let Some(ratio) = ratio else {
        let (why, help) = match basis {
            Basis::OneProcess => (
                "one process scatters too much for a ratio",
                more(stats::FEWEST, collector),
            ),
            _ => ("the times are too near zero for a ratio", None),
        };
        return TimeComparison::open(Lack::Inconclusive, why, help);
    };
    let bound = bound / base.value;
    let span = format!(
        "{} ({} to {})",
        words::change(ratio.estimate),
        words::change(ratio.lower),
        words::change(ratio.upper)
    );
    let limit = words::change(bound);
    let (holds, reason) = match (decided(op, ratio, bound), basis) {
        (Some(true), _) => (Ok(true), String::new()),
        (Some(false), Basis::OneProcess) => {
            let reason =
                format!("{span}, the bound is {limit}: one process cannot show a regression");
            (
                Err(Gap::new(
                    Lack::Inconclusive,
                    reason,
                    more(stats::FEWEST, collector),
                )),
                String::new(),
            )
        }
        (Some(false), _) => (Ok(false), format!("{span}, the bound is {limit}")),
        (None, _) => (
            Err(undecided(
                basis,
                ratio,
                bound,
                &format!("{span} lies on both sides of {limit}"),
                collector,
            )),
            String::new(),
        ),
    };
    TimeComparison {
        ratio: Some(ratio),
        holds,
        reason,
    }
}

/// Returns whether the whole interval satisfies the condition. `None` if the bound lies within it.
fn decided(op: Op, ratio: Ratio, bound: f64) -> Option<bool> {
    let (lower, upper) = (op.holds(ratio.lower, bound), op.holds(ratio.upper, bound));
    // Both ends of an interval around the bound violate `==`, which decides nothing.
    let around = op == Op::Equal && ratio.lower < bound && bound < ratio.upper;
    (lower == upper && !around).then_some(lower)
}

/// Returns the gap for a bound within the interval, with the number of repeats that would decide.
fn undecided(basis: Basis, ratio: Ratio, bound: f64, both: &str, collector: &Collector) -> Gap {
    let (why, help) = match basis {
        Basis::SingleTime => (
            "a single time may vary by a factor of 1.35".to_owned(),
            None,
        ),
        Basis::OneProcess => (
            "from one process each".to_owned(),
            more(stats::FEWEST, collector),
        ),
        Basis::Repeats(now) => match stats::repeats(now, ratio, bound) {
            Some(needed) => (
                format!("about {needed} repeats would decide"),
                more(needed, collector),
            ),
            None => ("too near for any number of repeats".to_owned(), None),
        },
    };
    Gap::new(Lack::Inconclusive, format!("{both}: {why}"), help)
}

/// Returns the command that measures more often. `None` if no setting of the collector says how often.
fn more(repeats: usize, collector: &Collector) -> Option<String> {
    let setting = collector::of(collector).repeats?;
    Some(format!(
        "cargo campaign baseline (after setting {setting} = {repeats} in [collect.{collector}])"
    ))
}

/// Returns the best interval for which both sides have the data.
fn interval(base: Figure<'_>, head: Figure<'_>) -> (Basis, Option<Ratio>) {
    let (base_samples, head_samples) = (samples(base), samples(head));
    let fewest = base_samples.len().min(head_samples.len());
    if fewest >= stats::FEWEST {
        let ratio = stats::ratio(base_samples, head_samples);
        return (Basis::Repeats(fewest), ratio);
    }
    match (within(base), within(head)) {
        (Some(base), Some(head)) => (Basis::OneProcess, stats::quotient(base, head)),
        _ => (Basis::SingleTime, stats::single(base.value, head.value)),
    }
}

/// Returns the values of independent repeats.
fn samples(figure: Figure<'_>) -> &[f64] {
    figure.spread.map_or(&[], |spread| &spread.samples)
}

/// Returns the value and the interval from within its process.
fn within(figure: Figure<'_>) -> Option<(f64, (f64, f64))> {
    Some((figure.value, figure.spread?.within?))
}

/// Returns why the times of different subjects are incomparable.
fn unlike_subjects(base: Option<&Spread>, head: Option<&Spread>) -> Option<String> {
    let [base, head] = [base, head].map(|spread| spread?.subject.as_deref());
    (base != head).then(|| {
        let [base, head] = [base, head].map(|subject| subject.unwrap_or("unknown"));
        format!("it was measured with {base} in the reference, with {head} now")
    })
}

/// Returns the share of fresh units in percent.
fn share(fresh: Option<f64>) -> String {
    fresh.map_or("unknown".to_owned(), |f| format!("{:.0}%", f * 100.0))
}

/// Returns why the times of two steps are incomparable. About the same share of their units must have
/// been fresh: all, none, or the same within a tenth.
fn unlike_freshness(base: Option<&Spread>, head: Option<&Spread>) -> Option<String> {
    let base = base.and_then(|spread| spread.fresh);
    let head = head.and_then(|spread| spread.fresh);
    let alike = match (base, head) {
        (None, None) => true,
        (Some(base), Some(head)) => {
            base >= 0.99 && head >= 0.99
                || base <= 0.05 && head <= 0.05
                // `0.4 - 0.3` is slightly more than 0.1 in binary.
                || (base - head).abs() <= 0.1 + 1e-9
        }
        _ => false,
    };
    (!alike).then(|| {
        format!(
            "units that were fresh: {} in the reference, {} now",
            share(base),
            share(head)
        )
    })
}

//! Conditions on times, relative to another run: intervals of the ratio, never single numbers.
//!
//! | both sides have | interval | can pass | can fail |
//! |---|---|---|---|
//! | 3 or more repeats | exact, see [`stats`] | yes | yes |
//! | an interval from within one process | all quotients | yes | no: it does not see what differs between processes |
//! | one wall time | the ratio, a factor of 1.35 either way | yes | yes |
//!
//! The whole interval must lie on one side of the bound; else the comparison is inconclusive. So single wall times
//! decide only beyond 35 %: `<= baseline + 10%` passes from -18.5 % down and fails from +48.5 % up, and a bound that
//! unchanged code is to pass must allow 35 %.

#[cfg(test)]
mod tests;

use super::figure::{Figure, Gap};
use super::rule::holds;
use super::{remedy, stats, words};
use crate::gate::Op;
use crate::metric::Spread;
use crate::run::{Lack, Ratio};

/// A time, compared.
pub(super) struct Compared {
    /// Head to base; `None` when they cannot be compared at all.
    pub(super) ratio: Option<Ratio>,
    /// Satisfied or violated; a gap is inconclusive or incomparable.
    pub(super) holds: Result<bool, Gap>,
    /// Why it is violated.
    pub(super) reason: String,
}

/// Where an interval comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Basis {
    /// This many repeats on the side with fewer.
    Repeats(usize),
    OneProcess,
    SingleTime,
}

/// Holds the ratio of two times against `bound`, a time like `base`.
pub(super) fn compare(op: Op, base: Figure<'_>, head: Figure<'_>, bound: f64) -> Compared {
    let open = |lack, why: String, help| Compared {
        ratio: None,
        holds: Err(Gap::new(lack, why, help)),
        reason: String::new(),
    };
    if let Some(reason) = unlike_freshness(base.spread, head.spread) {
        return open(Lack::Incomparable, reason, Some(remedy::PIN.to_owned()));
    }
    let (basis, ratio) = interval(base, head);
    let Some(ratio) = ratio else {
        let (why, help) = match basis {
            Basis::OneProcess => (
                "one process scatters too much for a ratio",
                Some(more(stats::FEWEST)),
            ),
            _ => ("the times are too near zero for a ratio", None),
        };
        return open(Lack::Inconclusive, why.to_owned(), help);
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
                    Some(more(stats::FEWEST)),
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
            )),
            String::new(),
        ),
    };
    Compared {
        ratio: Some(ratio),
        holds,
        reason,
    }
}

/// Does the whole interval satisfy, or violate? `None` when the bound lies within.
fn decided(op: Op, ratio: Ratio, bound: f64) -> Option<bool> {
    let (lower, upper) = (holds(op, ratio.lower, bound), holds(op, ratio.upper, bound));
    let around = op == Op::Equal && ratio.lower < bound && bound < ratio.upper;
    (lower == upper && !around).then_some(lower)
}

/// The bound lies within the interval: what would part them.
fn undecided(basis: Basis, ratio: Ratio, bound: f64, both: &str) -> Gap {
    let (why, help) = match basis {
        Basis::SingleTime => (
            "a single time may vary by a factor of 1.35".to_owned(),
            None,
        ),
        Basis::OneProcess => (
            "from one process each".to_owned(),
            Some(more(stats::FEWEST)),
        ),
        Basis::Repeats(now) => match stats::repeats(now, ratio, bound) {
            Some(needed) => (
                format!("about {needed} repeats would decide"),
                Some(more(needed)),
            ),
            None => ("too near for any number of repeats".to_owned(), None),
        },
    };
    Gap::new(Lack::Inconclusive, format!("{both}: {why}"), help)
}

fn more(repeats: usize) -> String {
    format!("cargo campaign baseline (after setting repeats = {repeats} in [collect.bench])")
}

/// The best interval that both sides allow.
fn interval(base: Figure<'_>, head: Figure<'_>) -> (Basis, Option<Ratio>) {
    let samples = |spread: Option<&Spread>| spread.map(|s| s.samples.clone()).unwrap_or_default();
    let (base_samples, head_samples) = (samples(base.spread), samples(head.spread));
    let fewest = base_samples.len().min(head_samples.len());
    if fewest >= stats::FEWEST {
        return (
            Basis::Repeats(fewest),
            stats::ratio(&base_samples, &head_samples),
        );
    }
    let within = |figure: Figure<'_>| Some((figure.value, figure.spread?.within?));
    match (within(base), within(head)) {
        (Some(base), Some(head)) => (Basis::OneProcess, stats::quotient(base, head)),
        _ => (Basis::SingleTime, stats::single(base.value, head.value)),
    }
}

/// Times of steps compare only when about the same share of the work had been done before: both all, both none, or
/// within a tenth.
fn unlike_freshness(base: Option<&Spread>, head: Option<&Spread>) -> Option<String> {
    let fresh = |spread: Option<&Spread>| spread.and_then(|s| s.fresh);
    let share =
        |fresh: Option<f64>| fresh.map_or("unknown".to_owned(), |f| format!("{:.0}%", f * 100.0));
    let (base, head) = (fresh(base), fresh(head));
    let alike = match (base, head) {
        (None, None) => true,
        (Some(base), Some(head)) => {
            base >= 0.99 && head >= 0.99
                || base <= 0.05 && head <= 0.05
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

//! The nearest possible value that violates a condition.

use std::ops::RangeInclusive;

use crate::collector;
use crate::gate::Op;
use crate::metric::{MetricRow, Unit};

/// Returns the values that a metric can have. A custom collector may print anything.
pub(super) fn range(row: &MetricRow) -> RangeInclusive<f64> {
    match &row.unit {
        _ if collector::is_custom(&row.collector) => f64::NEG_INFINITY..=f64::INFINITY,
        Unit::Days | Unit::Other(_) => f64::NEG_INFINITY..=f64::INFINITY,
        Unit::Percent => 0.0..=100.0,
        Unit::Count | Unit::Seconds | Unit::Bytes => 0.0..=f64::INFINITY,
    }
}

/// Returns a value in `range` on the wrong side of `bound` and beyond every ceiling of a waiver.
///
/// It is a whole number for exact metrics, and ten times as bad for times, because their intervals
/// have a width. `None` if no possible value violates the condition.
pub(super) fn violating(
    op: Op,
    bound: f64,
    ceilings: &[f64],
    range: &RangeInclusive<f64>,
    is_noisy: bool,
) -> Option<f64> {
    let above = above(op, worst(bound, ceilings, f64::max), bound, is_noisy).max(*range.start());
    let below = below(op, worst(bound, ceilings, f64::min), bound, is_noisy).min(*range.end());
    let mut candidates = match op {
        Op::Less | Op::AtMost => vec![above],
        Op::More | Op::AtLeast => vec![below],
        Op::Equal => vec![above, below],
    };
    // No measured time is zero.
    candidates
        .retain(|value| value.is_finite() && range.contains(value) && !(is_noisy && *value == 0.0));
    candidates.first().copied()
}

/// Returns the bound, or the ceiling that is farthest beyond it.
fn worst(bound: f64, ceilings: &[f64], farther: fn(f64, f64) -> f64) -> f64 {
    ceilings.iter().copied().fold(bound, farther)
}

fn above(op: Op, worst: f64, bound: f64, is_noisy: bool) -> f64 {
    match op {
        _ if is_noisy && worst > 0.0 => worst * 10.0,
        _ if is_noisy => 1.0,
        Op::Less if worst == bound => worst.ceil(),
        _ => worst.floor() + 1.0,
    }
}

fn below(op: Op, worst: f64, bound: f64, is_noisy: bool) -> f64 {
    match op {
        _ if is_noisy => worst / 10.0,
        Op::More if worst == bound => worst.floor(),
        _ => worst.ceil() - 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::Op::{AtLeast, AtMost, Equal, Less, More};
    use crate::metric::Catalogue;

    fn of(unit: Unit) -> RangeInclusive<f64> {
        let row = Catalogue::default().rows()[0].clone();
        range(&MetricRow { unit, ..row })
    }

    #[test]
    fn violating_value_is_the_nearest_whole_one_that_is_possible() {
        let table = [
            (Unit::Count, Less, 20.0, Some(20.0)),
            (Unit::Count, Less, 13.2, Some(14.0)),
            (Unit::Count, AtMost, 20.0, Some(21.0)),
            (Unit::Count, AtMost, 13.2, Some(14.0)),
            (Unit::Count, AtMost, -3.0, Some(0.0)),
            (Unit::Count, Equal, 0.0, Some(1.0)),
            (Unit::Count, Equal, 1.5, Some(2.0)),
            (Unit::Count, AtLeast, 626.0, Some(625.0)),
            (Unit::Count, AtLeast, 99.5, Some(99.0)),
            (Unit::Count, AtLeast, 1.0, Some(0.0)),
            (Unit::Count, AtLeast, 0.0, None),
            (Unit::Count, More, 0.0, Some(0.0)),
            (Unit::Count, More, 3.0, Some(3.0)),
            (Unit::Count, More, -1.0, None),
            (Unit::Percent, AtMost, 99.5, Some(100.0)),
            (Unit::Percent, AtMost, 100.0, None),
            (Unit::Percent, Less, 100.0, Some(100.0)),
            (Unit::Percent, Less, 100.5, None),
            (Unit::Percent, Equal, 100.0, Some(99.0)),
            (Unit::Percent, Equal, 0.0, Some(1.0)),
            (Unit::Percent, AtLeast, 0.0, None),
            (Unit::Percent, AtLeast, 120.0, Some(100.0)),
            (Unit::Percent, More, 100.0, Some(100.0)),
            (Unit::Days, AtLeast, 0.0, Some(-1.0)),
        ];
        for (unit, op, bound, expected) in table {
            let got = violating(op, bound, &[], &of(unit.clone()), false);
            assert_eq!(got, expected, "{unit:?} {op:?} {bound}");
            assert!(
                got.is_none_or(|value| !op.holds(value, bound)),
                "{unit:?} {op:?} {bound}"
            );
        }
    }

    #[test]
    fn violating_value_is_beyond_the_ceilings_of_waivers() {
        assert_eq!(
            violating(Less, 20.0, &[24.0, 22.0], &of(Unit::Count), false),
            Some(25.0)
        );
        assert_eq!(
            violating(AtLeast, 80.0, &[75.0], &of(Unit::Percent), false),
            Some(74.0)
        );
        assert_eq!(
            violating(AtMost, 80.0, &[100.0], &of(Unit::Percent), false),
            None
        );
    }

    #[test]
    fn violating_time_is_ten_times_as_bad() {
        assert_eq!(
            violating(AtMost, 1.5e-7, &[], &of(Unit::Seconds), true),
            Some(1.5e-6)
        );
        assert_eq!(violating(AtLeast, 0.0, &[], &of(Unit::Seconds), true), None);
    }

    #[test]
    fn custom_collector_may_print_any_value() {
        let row = Catalogue::default().rows()[0].clone();
        let range = range(&MetricRow {
            unit: Unit::Percent,
            collector: "cpu".to_owned().into(),
            ..row
        });
        assert_eq!(violating(AtMost, 100.0, &[], &range, false), Some(101.0));
    }
}

//! The nearest figure that violates a condition.

use crate::gate::Op;
use crate::metric::Unit;

/// A figure on the wrong side of `bound` and beyond every ceiling of a waiver. Whole numbers for what is measured exactly;
/// ten times as bad for times, whose intervals have a width. `None` when no figure of this unit can violate.
pub(super) fn violating(op: Op, bound: f64, ceilings: &[f64], unit: &Unit, is_noisy: bool) -> Option<f64> {
    let upward = matches!(op, Op::Less | Op::AtMost | Op::Equal);
    let worst = ceilings.iter().copied().fold(bound, if upward { f64::max } else { f64::min });
    let beyond = worst != bound;
    let value = match op {
        _ if is_noisy && upward => {
            if worst > 0.0 {
                worst * 10.0
            } else {
                1.0
            }
        }
        _ if is_noisy => worst / 10.0,
        Op::Less if !beyond => worst.ceil(),
        Op::Less | Op::AtMost | Op::Equal => worst.floor() + 1.0,
        Op::More if !beyond => worst.floor(),
        Op::More | Op::AtLeast => worst.ceil() - 1.0,
    };
    let signed = matches!(unit, Unit::Days | Unit::Other(_));
    let lowest = if signed {
        f64::NEG_INFINITY
    } else if is_noisy {
        f64::MIN_POSITIVE
    } else {
        0.0
    };
    (value.is_finite() && value >= lowest).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::Op::{AtLeast, AtMost, Equal, Less, More};
    use crate::judge::rule::holds;

    #[test]
    fn the_violating_figure_is_the_nearest_whole_one() {
        let table = [
            (Less, 20.0, Some(20.0)),
            (Less, 13.2, Some(14.0)),
            (AtMost, 20.0, Some(21.0)),
            (AtMost, 13.2, Some(14.0)),
            (Equal, 0.0, Some(1.0)),
            (Equal, 1.5, Some(2.0)),
            (AtLeast, 626.0, Some(625.0)),
            (AtLeast, 99.5, Some(99.0)),
            (AtLeast, 1.0, Some(0.0)),
            (AtLeast, 0.0, None),
            (More, 0.0, Some(0.0)),
            (More, 3.0, Some(3.0)),
            (More, -1.0, None),
        ];
        for (op, bound, expected) in table {
            let got = violating(op, bound, &[], &Unit::Count, false);
            assert_eq!(got, expected, "{op:?} {bound}");
            assert!(got.is_none_or(|value| !holds(op, value, bound)), "{op:?} {bound}");
        }
    }

    #[test]
    fn ceilings_are_passed_and_signed_units_go_below_zero() {
        assert_eq!(violating(Less, 20.0, &[24.0, 22.0], &Unit::Count, false), Some(25.0));
        assert_eq!(violating(AtLeast, 80.0, &[75.0], &Unit::Percent, false), Some(74.0));
        assert_eq!(violating(AtLeast, 0.0, &[], &Unit::Days, false), Some(-1.0));
        assert_eq!(violating(AtMost, 1.5e-7, &[], &Unit::Seconds, true), Some(1.5e-6));
        assert_eq!(violating(AtLeast, 0.0, &[], &Unit::Seconds, true), None);
    }
}

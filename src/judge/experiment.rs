//! What the builds of an experiment show, from pairs of values that were measured in turns.
//!
//! The result is looked at up to [`LOOKS`] times, so that a clear one ends the experiment early. Each
//! look may err with a part of [`ERROR`], so that all of them together say that a setting without an
//! effect is better or worse with a probability of at most [`ERROR`] (Bonferroni).

use super::stats;
use crate::experiment::{Effect, FEWEST_ROUNDS};
use crate::run::Ratio;

/// The greatest probability of saying that a setting without an effect is better or worse.
pub const ERROR: f64 = 0.05;

/// How often the result is looked at, at most.
pub const LOOKS: u32 = 3;

/// The level of each of the two bounds at each look.
const LEVEL: f64 = ERROR / 2.0 / LOOKS as f64;

/// The ratios that count as no difference.
const SAME: (f64, f64) = (0.98, 1.02);

/// Returns the numbers of rounds after which the result is looked at: half, three quarters and all.
pub fn looks(rounds: u32) -> Vec<u32> {
    let mut looks = Vec::from([
        rounds.div_ceil(2),
        rounds.saturating_mul(3).div_ceil(4),
        rounds,
    ]);
    looks.retain(|look| *look >= FEWEST_ROUNDS);
    looks.dedup();
    looks
}

/// Returns the ratio of the values with a setting to those without, round by round, and its effect on
/// them. Lower values are better.
pub fn compare(without: &[f64], with: &[f64]) -> (Option<Ratio>, Effect) {
    let ratio = stats::paired(without, with, LEVEL);
    let effect = match ratio {
        Some(Ratio { lower, upper, .. }) if SAME.0 < lower && upper < SAME.1 => Effect::Same,
        Some(Ratio { upper, .. }) if upper < 1.0 => Effect::Better,
        Some(Ratio { lower, .. }) if lower > 1.0 => Effect::Worse,
        _ => Effect::Open,
    };
    (ratio, effect)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_come_no_earlier_than_a_decision_is_possible() {
        assert_eq!(looks(14), [7, 11, 14]);
        assert_eq!(looks(7), [7]);
        assert_eq!(looks(10), [8, 10]);
        assert_eq!(looks(50), [25, 38, 50]);
    }

    #[test]
    fn effect_needs_an_interval_on_one_side_of_no_change() {
        let without = [10.0, 11.0, 10.5, 10.2, 12.0, 10.1, 10.4];
        let times = |factor: f64| without.map(|value| value * factor);
        let mut mixed = times(0.9);
        mixed[3] = 12.0;
        let noisy = [10.1, 10.9, 10.6, 10.1, 12.1, 10.0, 10.5];
        for (with, effect) in [
            (times(0.9), Effect::Better),
            (times(1.1), Effect::Worse),
            (times(1.0), Effect::Same),
            (times(0.985), Effect::Same),
            (mixed, Effect::Open),
            (noisy, Effect::Same),
        ] {
            assert_eq!(compare(&without, &with).1, effect, "{with:?}");
        }
        assert_eq!(compare(&without[..6], &times(0.5)[..6]).1, Effect::Open);
    }

    /// The generator of Knuth's MMIX, so that the test is the same everywhere.
    struct Random(u64);

    impl Random {
        /// Returns a number from 0 to 1.
        fn number(&mut self) -> f64 {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 11) as f64 / (1_u64 << 53) as f64
        }

        /// Returns the time of a build on a machine that drifts, with a stall now and then.
        fn build(&mut self, round: usize) -> f64 {
            let stall = if self.number() < 0.05 { 1.4 } else { 1.0 };
            let noise = (0..6).map(|_| self.number()).sum::<f64>() / 6.0;
            (10.0 + round as f64 * 0.3) * (0.8 + noise * 0.4) * stall
        }
    }

    /// Returns how often 2000 experiments of 20 rounds end with an effect, looking three times.
    fn decided(factor: f64, effects: &[Effect]) -> usize {
        let mut random = Random(7);
        (0..2000)
            .filter(|_| {
                let (mut without, mut with) = (Vec::new(), Vec::new());
                for round in 0..20 {
                    without.push(random.build(round));
                    with.push(random.build(round) * factor);
                }
                looks(20).into_iter().any(|look| {
                    let look = look as usize;
                    effects.contains(&compare(&without[..look], &with[..look]).1)
                })
            })
            .count()
    }

    #[test]
    fn equal_builds_are_called_different_less_often_than_the_stated_error() {
        let wrong = decided(1.0, &[Effect::Better, Effect::Worse]);
        assert!((wrong as f64) < 2000.0 * ERROR, "{wrong} of 2000");
    }

    #[test]
    fn gain_of_a_quarter_is_found() {
        let found = decided(0.75, &[Effect::Better]);
        assert!(found > 1900, "{found} of 2000");
        assert_eq!(decided(0.75, &[Effect::Worse]), 0);
    }
}

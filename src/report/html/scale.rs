//! Scales of charts: from values to coordinates.

/// A linear scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct AxisScale {
    low: f64,
    high: f64,
    /// The coordinates of both.
    from: f64,
    to: f64,
    /// The distance of two round values.
    step: f64,
}

/// How many parts a scale with round values has, at most about.
const PARTS: f64 = 4.0;

impl AxisScale {
    /// Returns a scale with these ends. A single value is in the middle.
    pub(super) fn new(low: f64, high: f64, from: f64, to: f64) -> Self {
        Self {
            low,
            high,
            from,
            to,
            step: high - low,
        }
    }

    /// Returns a scale whose ends are round values around these, at least `least` apart.
    pub(super) fn rounded(low: f64, high: f64, least: f64, from: f64, to: f64) -> Self {
        let (low, high) = match high > low {
            true => (low, high),
            // One value has room on both sides, and a value that cannot be negative none below zero.
            false if low == 0.0 => (0.0, 1.0),
            false => (low - low.abs() * 0.1, low + low.abs() * 0.1),
        };
        let step = round_step((high - low) / PARTS).max(least);
        Self {
            low: (low / step).floor() * step,
            high: (high / step).ceil() * step,
            from,
            to,
            step,
        }
    }

    /// Returns the coordinate of a value.
    pub(super) fn at(&self, value: f64) -> f64 {
        match self.high > self.low {
            true => self.from + (value - self.low) / (self.high - self.low) * (self.to - self.from),
            false => f64::midpoint(self.from, self.to),
        }
    }

    /// Returns the round values.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let count = ((self.high - self.low) / self.step).round() as usize;
        let ticks = 0..=count.min(2 * PARTS as usize);
        ticks.map(|at| self.low + at as f64 * self.step).collect()
    }
}

/// Returns the next number that is 1, 2 or 5 times a power of ten.
fn round_step(step: f64) -> f64 {
    let power = 10_f64.powf(step.log10().floor());
    let factors = [1.0, 2.0, 5.0];
    let factor = factors
        .iter()
        .find(|factor| **factor * power >= step * 0.999);
    factor.unwrap_or(&10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_values_enclose_all_values() {
        for (low, high, ticks) in [
            (12.0, 14.0, vec![12.0, 12.5, 13.0, 13.5, 14.0]),
            (0.0, 30.0, vec![0.0, 10.0, 20.0, 30.0]),
            (-3.0, 7.0, vec![-5.0, 0.0, 5.0, 10.0]),
            (0.0, 0.0, vec![0.0, 0.5, 1.0]),
            (
                61_000.0,
                61_204.0,
                vec![61_000.0, 61_100.0, 61_200.0, 61_300.0],
            ),
        ] {
            let scale = AxisScale::rounded(low, high, 0.0, 100.0, 0.0);
            let found = scale.ticks();
            assert_eq!(found.len(), ticks.len(), "{found:?}");
            for (one, other) in found.iter().zip(&ticks) {
                assert!((one - other).abs() < 1e-9, "{found:?}");
            }
            assert_eq!(scale.at(ticks[0]), 100.0);
            assert!(scale.at(high) >= 0.0 && scale.at(low) <= 100.0);
        }
    }

    #[test]
    fn whole_values_have_whole_marks() {
        let scale = AxisScale::rounded(0.0, 1.0, 1.0, 100.0, 0.0);
        assert_eq!(scale.ticks(), [0.0, 1.0]);
    }

    #[test]
    fn single_value_is_in_the_middle() {
        assert_eq!(AxisScale::new(3.0, 3.0, 0.0, 10.0).at(3.0), 5.0);
        let scale = AxisScale::rounded(50.0, 50.0, 0.0, 100.0, 0.0);
        assert!((scale.at(50.0) - 50.0).abs() < 1e-9, "{scale:?}");
    }
}

//! Values as text, for reasons.

use crate::metric::Unit;

/// Returns `12`, `84.2 s`, `99.4%` or `1.5 GB`. Counts have all of their digits, other values at most
/// two decimals.
pub(super) fn quantity(value: f64, unit: &Unit) -> String {
    precise(value, unit, 0)
}

/// Returns two values with enough digits to distinguish them.
pub(super) fn apart(one: f64, other: f64, unit: &Unit) -> (String, String) {
    for extra in 0..MOST {
        let texts = (precise(one, unit, extra), precise(other, unit, extra));
        if texts.0 != texts.1 {
            return texts;
        }
    }
    (quantity(one, unit), quantity(other, unit))
}

/// The most additional digits. Smaller differences are rounding errors.
const MOST: usize = 9;

/// Returns the same as [`quantity`] with `extra` additional digits.
fn precise(value: f64, unit: &Unit, extra: usize) -> String {
    const TIMES: [(f64, &str); 5] = [
        (1e-9, "ns"),
        (1e-6, "us"),
        (1e-3, "ms"),
        (1.0, "s"),
        (60.0, "min"),
    ];
    const SIZES: [(f64, &str); 5] = [
        (1.0, "B"),
        (1e3, "kB"),
        (1e6, "MB"),
        (1e9, "GB"),
        (1e12, "TB"),
    ];
    match unit {
        Unit::Count => plain(value, 2 + extra),
        Unit::Seconds => scaled(value, &TIMES, extra),
        Unit::Percent => format!("{}%", plain(value, 2 + extra)),
        Unit::Bytes => scaled(value, &SIZES, extra),
        Unit::Days => format!("{} days", plain(value, 2 + extra)),
        Unit::Other(name) => format!("{} {name}", plain(value, 4 + extra)),
    }
}

/// Returns a ratio as a change: `+10.0%`.
pub(super) fn change(ratio: f64) -> String {
    format!("{:+.1}%", (ratio - 1.0) * 100.0)
}

/// Returns `1 suite` or `2 suites`.
pub(super) fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

/// Returns the value in the largest unit in which it is at least one. Minutes begin with two.
fn scaled(value: f64, steps: &[(f64, &str)], extra: usize) -> String {
    let (step, name) = steps
        .iter()
        .rev()
        .find(|(step, _)| value.abs() >= if *step == 60.0 { 120.0 } else { *step })
        .unwrap_or(&steps[0]);
    let value = value / step;
    let decimals = if value.abs() >= 100.0 { 1 } else { 2 };
    format!("{} {name}", plain(value, decimals + extra))
}

/// Returns a number without trailing zeros.
fn plain(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_carry_their_unit() {
        let table = [
            (12.0, Unit::Count, "12"),
            (12_345_678.0, Unit::Count, "12345678"),
            (13.2, Unit::Count, "13.2"),
            (0.0, Unit::Seconds, "0 ns"),
            (1.234e-7, Unit::Seconds, "123.4 ns"),
            (0.0015, Unit::Seconds, "1.5 ms"),
            (84.21, Unit::Seconds, "84.21 s"),
            (119.0, Unit::Seconds, "119 s"),
            (150.0, Unit::Seconds, "2.5 min"),
            (99.365_08, Unit::Percent, "99.37%"),
            (1.5e9, Unit::Bytes, "1.5 GB"),
            (-3.0, Unit::Days, "-3 days"),
            (3.0, Unit::Other("points".to_owned()), "3 points"),
        ];
        for (value, unit, expected) in table {
            assert_eq!(quantity(value, &unit), expected);
        }
        for (one, other, unit, shown) in [
            (
                1_300_000.0,
                1_300_001.0,
                Unit::Bytes,
                ("1.3 MB", "1.300001 MB"),
            ),
            (99.9991, 100.0, Unit::Percent, ("99.999%", "100%")),
            (2.0, 2.0, Unit::Seconds, ("2 s", "2 s")),
            (1.0, 3.0, Unit::Count, ("1", "3")),
        ] {
            let (one, other) = apart(one, other, &unit);
            assert_eq!((one.as_str(), other.as_str()), shown);
        }
        assert_eq!(
            (change(1.1).as_str(), change(0.724).as_str()),
            ("+10.0%", "-27.6%")
        );
    }
}

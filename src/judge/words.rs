//! Figures as words, for reasons.

use crate::metric::Unit;

/// `12`, `84.2 s`, `99.4%`, `1.5 GB`: at most four significant digits for what is measured, all of them for what is
/// counted.
pub(super) fn quantity(value: f64, unit: &Unit) -> String {
    match unit {
        Unit::Count => plain(value, 2),
        Unit::Seconds => scaled(value, &[(1e-9, "ns"), (1e-6, "us"), (1e-3, "ms"), (1.0, "s"), (60.0, "min")]),
        Unit::Percent => format!("{}%", plain(value, 2)),
        Unit::Bytes => scaled(value, &[(1.0, "B"), (1e3, "kB"), (1e6, "MB"), (1e9, "GB"), (1e12, "TB")]),
        Unit::Days => format!("{} days", plain(value, 2)),
        Unit::Other(name) => format!("{} {name}", plain(value, 4)),
    }
}

/// A ratio as a change: `+10.0%`.
pub(super) fn change(ratio: f64) -> String {
    format!("{:+.1}%", (ratio - 1.0) * 100.0)
}

/// `1 suite`, `2 suites`.
pub(super) fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

/// In the largest unit in which the value is at least one; minutes only from two on.
fn scaled(value: f64, steps: &[(f64, &str)]) -> String {
    let fits = |step: f64| value.abs() >= if step == 60.0 { 120.0 } else { step };
    let (step, name) = steps.iter().rev().find(|(step, _)| fits(*step)).unwrap_or(&steps[0]);
    let value = value / step;
    let decimals = if value.abs() >= 100.0 { 1 } else { 2 };
    format!("{} {name}", plain(value, decimals))
}

/// Without trailing zeros.
fn plain(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
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
        assert_eq!((change(1.1).as_str(), change(0.724).as_str()), ("+10.0%", "-27.6%"));
    }
}

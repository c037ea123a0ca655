//! Numbers for people: counts, times, changes, distances in time.
//!
//! Thousands are set apart by a blank from five digits on, times carry their unit, changes their sign. Knows nothing of
//! metrics beyond their unit.

use crate::metric::Unit;
use crate::run::Ratio;

use super::style::Signs;

/// A value in its unit: `61 204`, `84.2s`, `99.4 %`, `1.5 MB`, `3 points`.
pub fn figure(value: f64, unit: &Unit, signs: &Signs) -> String {
    let text = match unit {
        Unit::Count => count(value),
        Unit::Seconds => seconds(value, signs),
        Unit::Percent => format!("{value:.1} %"),
        Unit::Bytes => bytes(value),
        Unit::Days => format!(
            "{} {}",
            count(value),
            if value == 1.0 { "day" } else { "days" }
        ),
        Unit::Other(name) if name.is_empty() => count(value),
        Unit::Other(name) => format!("{} {name}", count(value)),
    };
    signed(text, signs)
}

/// A number with up to three decimals, `61 204`, `0.125`.
pub fn count(value: f64) -> String {
    // Nothing is left of a smaller value, not even its sign.
    let text = format!("{:.3}", if value.abs() < 0.0005 { 0.0 } else { value });
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let decimals = decimals.trim_end_matches('0');
    let (sign, digits) = whole
        .strip_prefix('-')
        .map_or(("", whole), |digits| ("-", digits));
    let grouped = if digits.len() < 5 {
        digits.to_owned()
    } else {
        in_thousands(digits)
    };
    let point = if decimals.is_empty() { "" } else { "." };
    format!("{sign}{grouped}{point}{decimals}")
}

fn in_thousands(digits: &str) -> String {
    let first = digits.len() % 3;
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && at % 3 == first {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A measured time at the precision it deserves: `84.2s`, `12m 40s`, `3.1ms`, `412ns`.
fn seconds(value: f64, signs: &Signs) -> String {
    let size = value.abs();
    let (scaled, unit) = match size {
        _ if size >= 600.0 => return took(value),
        _ if size >= 0.1 || size == 0.0 => return format!("{value:.1}s"),
        _ if size >= 1e-3 => (value * 1e3, "ms"),
        _ if size >= 1e-6 => return format!("{:.1}{}s", value * 1e6, signs.micro),
        _ => (value * 1e9, "ns"),
    };
    format!("{scaled:.1}{unit}")
}

/// How long something took, to the second: `0s`, `48s`, `1m 12s`, `2h 05m`.
pub fn took(seconds: f64) -> String {
    let whole = seconds.round().max(0.0) as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, s) => format!("{s}s"),
        (0, m, s) => format!("{m}m {s:02}s"),
        (h, m, _) => format!("{h}h {m:02}m"),
    }
}

/// A countdown: `0:41`, `12:05`, `1:02:03`.
pub fn clock(seconds: f64) -> String {
    let whole = seconds.round().max(0.0) as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, m, s) => format!("{m}:{s:02}"),
        (h, m, s) => format!("{h}:{m:02}:{s:02}"),
    }
}

/// Powers of 1000, as file managers and the configuration have them.
fn bytes(value: f64) -> String {
    let step = [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)]
        .into_iter()
        .find(|(_, size)| value.abs() >= *size);
    step.map_or_else(
        || format!("{} B", count(value)),
        |(unit, size)| format!("{:.1} {unit}", value / size),
    )
}

/// Returns the difference of two values that look the same although they are not.
pub fn hidden_difference(value: f64, other: f64, unit: &Unit, signs: &Signs) -> Option<String> {
    let hidden = value != other && figure(value, unit, signs) == figure(other, unit, signs);
    if !hidden {
        return None;
    }
    let difference = (value - other).abs();
    let difference = match unit {
        Unit::Seconds | Unit::Bytes => figure(difference, unit, signs),
        // A percentage or a count would be rounded to zero.
        _ => format!("{difference:.1e}"),
    };
    let direction = if value > other { "more" } else { "less" };
    Some(format!("{difference} {direction}"))
}

/// A ratio as a change with its interval: `−27.6 % (−30.1 … −24.9 %)`.
pub fn ratio(ratio: &Ratio, signs: &Signs) -> String {
    let estimate = percent(ratio.estimate, signs);
    let (lower, upper) = (percent(ratio.lower, signs), percent(ratio.upper, signs));
    format!("{estimate} % ({lower} {} {upper} %)", signs.dots)
}

/// Returns a ratio as a change in percent, without the unit: `+10.0`.
fn percent(ratio: f64, signs: &Signs) -> String {
    signed(format!("{:+.1}", (ratio - 1.0) * 100.0), signs)
}

/// A change in percent of the base, with its sign; `None` from nothing.
pub fn change(base: f64, head: f64, signs: &Signs) -> Option<String> {
    (base != 0.0).then(|| {
        signed(
            format!("{:+.1} %", (head - base) / base.abs() * 100.0),
            signs,
        )
    })
}

/// The true minus sign, where there is one.
fn signed(text: String, signs: &Signs) -> String {
    match text.strip_prefix('-') {
        Some(rest) => format!("{}{rest}", signs.minus),
        None => text,
    }
}

/// A span of seconds in its largest unit: `12 min`, `6 days`.
pub fn span(seconds: i64) -> String {
    match seconds.max(0) {
        s if s < 60 => format!("{s} s"),
        s if s < 3600 => format!("{} min", s / 60),
        s if s < 86_400 => format!("{} h", s / 3600),
        s if s < 2 * 86_400 => "1 day".to_owned(),
        s => format!("{} days", s / 86_400),
    }
}

/// `12 min ago`; `just now` within a minute, also when clocks disagree.
pub fn ago(now: i64, then: i64) -> String {
    match now.saturating_sub(then) {
        s if s < 60 => "just now".to_owned(),
        s => format!("{} ago", span(s)),
    }
}

/// `1 test`, `3 tests`, `61 204 tests`.
pub fn counted(n: usize, one: &str) -> String {
    format!("{} {one}{}", count(n as f64), if n == 1 { "" } else { "s" })
}

/// Returns the last `most` values as blocks, whose heights span the lowest and the highest of them.
pub fn blocks(values: &[f64], most: usize, signs: &Signs) -> String {
    let shown = &values[values.len().saturating_sub(most)..];
    let low = shown.iter().copied().fold(f64::INFINITY, f64::min);
    let high = shown.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let ramp = signs.blocks;
    let top = (ramp.len() - 1) as f64;
    shown
        .iter()
        .map(|value| {
            // A flat line is drawn low, because height means difference.
            let level = if high > low {
                ((value - low) / (high - low) * top).round() as usize
            } else {
                1
            };
            ramp[level.min(ramp.len() - 1)]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    use super::super::style::{ASCII, UNICODE};

    #[test]
    fn figures_read_as_their_unit_demands() {
        for (value, unit, shown) in [
            (0.0, "count", "0"),
            (-0.0, "count", "0"),
            (1204.0, "count", "1204"),
            (61_204.0, "count", "61 204"),
            (-1_234_567.0, "count", "−1 234 567"),
            (0.125, "count", "0.125"),
            (12_345.5, "count", "12 345.5"),
            (84.2, "s", "84.2s"),
            (0.0, "s", "0.0s"),
            (760.0, "s", "12m 40s"),
            (0.0031, "s", "3.1ms"),
            (4.12e-7, "s", "412.0ns"),
            (0.000_012, "s", "12.0µs"),
            (99.366, "%", "99.4 %"),
            (512.0, "bytes", "512 B"),
            (1_500_000.0, "bytes", "1.5 MB"),
            (1.0, "days", "1 day"),
            (3.0, "points", "3 points"),
            (3.0, "", "3"),
        ] {
            assert_eq!(
                figure(value, &Unit::from(unit.to_owned()), &UNICODE),
                shown,
                "{value} {unit}"
            );
        }
        assert_eq!(figure(-0.000_012, &Unit::Seconds, &ASCII), "-12.0us");
    }

    #[test]
    fn spans_of_time_read_naturally() {
        for (seconds, shown, left) in [
            (0.0, "0s", "0:00"),
            (48.4, "48s", "0:48"),
            (72.0, "1m 12s", "1:12"),
            (7500.0, "2h 05m", "2:05:00"),
            (-3.0, "0s", "0:00"),
        ] {
            assert_eq!(
                (took(seconds).as_str(), clock(seconds).as_str()),
                (shown, left)
            );
        }
        for (passed, shown) in [
            (-500, "just now"),
            (59, "just now"),
            (720, "12 min ago"),
            (7200, "2 h ago"),
            (86_400, "1 day ago"),
            (6 * 86_400, "6 days ago"),
        ] {
            assert_eq!(ago(1_000_000 + passed, 1_000_000), shown);
        }
        assert_eq!(ago(i64::MAX, i64::MIN), "106751991167300 days ago");
    }

    #[test]
    fn a_ratio_is_a_change_with_its_interval_in_order() {
        let faster = Ratio {
            estimate: 0.724,
            lower: 0.699,
            upper: 0.751,
        };
        let slower = Ratio {
            estimate: 1.1,
            lower: 1.05,
            upper: 1.2,
        };
        assert_eq!(ratio(&faster, &UNICODE), "−27.6 % (−30.1 … −24.9 %)");
        assert_eq!(ratio(&slower, &ASCII), "+10.0 % (+5.0 .. +20.0 %)");
        assert_eq!(change(0.0, 3.0, &ASCII), None);
        assert_eq!(change(80.0, 60.0, &ASCII).as_deref(), Some("-25.0 %"));
    }

    #[test]
    fn a_trend_rises_and_falls_with_its_values() {
        for (values, shown) in [
            (vec![], ""),
            (vec![3.0, 3.0], "▂▂"),
            (vec![0.0, 7.0, 3.5], "▁█▅"),
            (vec![100.0, 0.0, 1.0, 2.0], "▁▅█"),
        ] {
            assert_eq!(blocks(&values, 3, &UNICODE), shown, "{values:?}");
        }
        assert_eq!(blocks(&[0.0, 1.0], 9, &ASCII), "_#");
    }
}

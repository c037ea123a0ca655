//! Waivers: dated, owned exceptions to gates.
//!
//! A waiver covers a violation, never a missing verdict, because an unknown value cannot be accepted.

use jiff::civil::Date;

use super::words;
use crate::gate::{Op, Strictness, Waiver};
use crate::glob;
use crate::run::{Judged, Lack, Verdict};

#[cfg(test)]
mod tests;

/// The number of days before its end from which a waiver is mentioned.
const SOON: i64 = 7;

/// Applies waivers to judged gates. Returns notes about those that are unused or expire soon.
///
/// A waiver in force makes a violation `Waived`, unless the value is beyond its ceiling. If the value is
/// incomplete and its lower bound is within the ceiling, the gate has no verdict. `ops` contains the
/// operator of each gate. Without the whole workspace (`is_workspace`) no waiver is called unused,
/// because it may be needed for a package that was not selected.
pub(super) fn apply(
    waivers: &[Waiver],
    gates: &mut [Judged],
    ops: &[Op],
    is_workspace: bool,
    today: &str,
) -> Vec<String> {
    let mut used = vec![false; waivers.len()];
    for (gate, op) in gates
        .iter_mut()
        .zip(ops)
        .filter(|(gate, _)| is_violated(gate))
    {
        let meant: Vec<&Waiver> = waivers
            .iter()
            .zip(&mut used)
            .filter(|(waiver, _)| covers(waiver, &gate.id))
            .map(|(waiver, used)| {
                *used = true;
                waiver
            })
            .collect();
        settle(&meant, gate, *op, today);
    }
    waivers
        .iter()
        .zip(used)
        .filter(|(_, used)| *used || is_workspace)
        .filter_map(|(waiver, used)| note(waiver, used, gates, today))
        .collect()
}

/// The effect of a waiver on a violated gate.
enum Effect {
    /// It covers the violation.
    Covers,
    /// The value is incomplete and may be beyond the ceiling.
    Unknown,
    /// It has expired, or the value is beyond its ceiling. The reason as a fragment.
    Refused(String),
}

/// Changes a violated gate as its waivers say. One that covers the violation is enough.
fn settle(waivers: &[&Waiver], gate: &mut Judged, op: Op, today: &str) {
    let mut unknown = None;
    let mut refused = Vec::new();
    for waiver in waivers {
        match effect(waiver, gate, op, today) {
            Effect::Covers => {
                gate.verdict = Verdict::Waived;
                gate.help = None;
                gate.reason = format!(
                    "{} ({}, until {}): {}",
                    waiver.reason, waiver.owner, waiver.until, gate.reason
                );
                return;
            }
            Effect::Unknown => unknown = unknown.or(waiver.ceiling.map(|most| (waiver, most))),
            Effect::Refused(reason) => refused.push(reason),
        }
    }
    if let Some((waiver, ceiling)) = unknown {
        gate.verdict = Verdict::NoVerdict;
        gate.lack = Some(Lack::Partial);
        gate.reason = format!(
            "may be beyond the waiver of {} (ceiling {}): {}",
            waiver.owner,
            words::quantity(ceiling, &gate.unit),
            gate.reason
        );
    } else if !refused.is_empty() {
        gate.reason = format!("{}: {}", refused.join("; "), gate.reason);
    }
}

/// The gate's condition does not hold, at either level.
fn is_violated(gate: &Judged) -> bool {
    match gate.level {
        Strictness::Deny => gate.verdict == Verdict::Fail,
        Strictness::Warn => gate.verdict == Verdict::Warn,
    }
}

/// Is the waiver for this gate?
pub(super) fn covers(waiver: &Waiver, gate: &str) -> bool {
    waiver.gate == gate || glob::matches(&waiver.gate, gate)
}

/// Returns the effect of a waiver on a violated gate.
fn effect(waiver: &Waiver, gate: &Judged, op: Op, today: &str) -> Effect {
    if !is_in_force(waiver, today) {
        return Effect::Refused(format!(
            "waiver of {} expired on {}",
            waiver.owner, waiver.until
        ));
    }
    let Some(ceiling) = waiver.ceiling else {
        return Effect::Covers;
    };
    let [value, at_least] = [gate.value, gate.at_least]
        .map(|value| value.is_some_and(|value| is_within(op, value, gate.bound, ceiling)));
    if value {
        Effect::Covers
    } else if at_least {
        Effect::Unknown
    } else {
        Effect::Refused(format!(
            "beyond the waiver of {} (ceiling {})",
            waiver.owner,
            words::quantity(ceiling, &gate.unit)
        ))
    }
}

/// Returns whether a violating value is within the ceiling. The operator of the gate decides which
/// direction is worse, not the direction of the metric.
fn is_within(op: Op, value: f64, bound: Option<f64>, ceiling: f64) -> bool {
    match op {
        Op::Less | Op::AtMost => Op::AtMost.holds(value, ceiling),
        Op::More | Op::AtLeast => Op::AtLeast.holds(value, ceiling),
        Op::Equal => bound.is_some_and(|bound| {
            let (low, high) = (bound.min(ceiling), bound.max(ceiling));
            Op::AtLeast.holds(value, low) && Op::AtMost.holds(value, high)
        }),
    }
}

/// Returns a note about an unused waiver or one that expires soon.
fn note(waiver: &Waiver, used: bool, gates: &[Judged], today: &str) -> Option<String> {
    let what = format!(
        "waiver of {} for {} ({}:{})",
        waiver.owner, waiver.gate, waiver.file, waiver.line
    );
    let meant: Vec<&Judged> = gates
        .iter()
        .filter(|gate| covers(waiver, &gate.id))
        .collect();
    if meant.is_empty() {
        return Some(format!("{what} matches no gate: remove it"));
    }
    let left = days_left(waiver, today);
    if !used {
        // A gate without a verdict may need it yet.
        let needless = meant.iter().all(|gate| gate.verdict != Verdict::NoVerdict);
        return needless.then(|| format!("{what} is not needed: every gate it covers passes"));
    }
    match left {
        Some(0) => Some(format!("{what} ends today")),
        Some(days @ 1..=SOON) => Some(format!(
            "{what} ends on {}, in {}",
            waiver.until,
            words::counted(days as usize, "day")
        )),
        _ => None,
    }
}

/// Returns whether the waiver has not expired. An invalid date counts as expired.
pub(super) fn is_in_force(waiver: &Waiver, today: &str) -> bool {
    days_left(waiver, today).is_some_and(|days| days >= 0)
}

/// Returns the days until the waiver's last day, negative once it has expired; `None` if a date is invalid.
fn days_left(waiver: &Waiver, today: &str) -> Option<i64> {
    days_between(today, &waiver.until)
}

fn days_between(from: &str, to: &str) -> Option<i64> {
    let (from, to): (Date, Date) = (from.parse().ok()?, to.parse().ok()?);
    Some(i64::from((to - from).get_days()))
}

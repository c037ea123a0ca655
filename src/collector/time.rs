//! Computes how long a collector's steps took: the wall time without the wait for another cargo's
//! lock.

use super::folded::Folded;
use super::seen::Seen;
use super::standing::{Standing, finite, without};
use crate::metric::{Alike, Reading, Spread, Unavailable};
use crate::plan::Collector;
use crate::snapshot::Snapshot;

/// Adds `NAME.time`.
///
/// A step without complete values has no time either, because it may have stopped early. Repeated
/// benches are samples of one value, their median; other steps of a collector add up. A collector
/// whose values come from another's step has no time.
pub(super) fn collect(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    let answered = folded
        .plan
        .answered
        .iter()
        .any(|answered| answered.collector == *collector);
    if !answered && super::of(collector).is_timed() {
        snapshot
            .metrics
            .insert(format!("{collector}.time"), time(folded, collector));
    }
}

/// Returns the time of the collector's own steps, with the share of units (also of dependencies)
/// that were fresh.
fn time(folded: &Folded, collector: &Collector) -> Reading {
    let definition = super::of(collector);
    let timed: Vec<&Seen> = folded
        .steps_of(collector)
        .filter(|s| !definition.untimed.contains(&s.step.id.as_str()))
        .collect();
    let standing = timed
        .iter()
        .copied()
        .map(Standing::of)
        .reduce(Standing::and);
    let standing = standing.unwrap_or_else(|| folded.standing(collector));
    let seconds: Vec<f64> = timed
        .iter()
        .map(|s| (s.ended.seconds - s.ended.blocked).max(0.0))
        .collect();
    if let Some(unavailable) = standing.reason() {
        return without(unavailable);
    }
    let mut suites = timed.iter().flat_map(|s| &s.facts.suites);
    if suites.any(|suite| suite.reused.is_some()) {
        return without(Unavailable {
            reason: "not every test was run, because suites were reused".to_owned(),
            fix: Some("cargo campaign run --fresh test".to_owned()),
            ..Unavailable::default()
        });
    }
    let repeats = definition.alike == Alike::Machine && seconds.len() > 1;
    let mut reading = finite(if repeats {
        median(&seconds)
    } else {
        seconds.iter().sum()
    });
    let samples = if repeats { seconds } else { Vec::new() };
    let compiles = timed
        .iter()
        .any(|s| s.step.action.command().is_some() && s.facts.units.1 > 0);
    let (fresh, units) = timed.iter().fold((0, 0), |sum, s| {
        (sum.0 + s.facts.units.0, sum.1 + s.facts.units.1)
    });
    let fresh = compiles.then(|| fresh as f64 / units as f64);
    if repeats || fresh.is_some() {
        reading.spread = Some(Spread {
            samples,
            fresh,
            ..Spread::default()
        });
    }
    reading
}

/// Returns the middle value, or the mean of the two in the middle. Zero without values.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (values.get(middle), values.len() % 2) {
        (Some(upper), 0) => values
            .get(middle.wrapping_sub(1))
            .map_or(*upper, |lower| (lower + upper) / 2.0),
        (Some(middle), _) => *middle,
        (None, _) => 0.0,
    }
}

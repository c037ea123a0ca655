//! `bench`: the figure of each benchmark, over the repeats of the step.

use std::collections::{BTreeMap, BTreeSet};

use super::Folded;
use super::standing::{Standing, finite, without};
use super::status::suites::{SILENT, silent_benches, unfinished_benches};
use super::time::median;
use crate::event::Bench;
use crate::metric::{Reading, Spread, Unavailable};
use crate::plan::Collector;
use crate::run::StepStatus;
use crate::snapshot::Snapshot;

/// `bench.ID.time`: the harness's id with white space as `_`; only where two targets hold the same id does `PACKAGE/TARGET/`
/// come before it.
///
/// A target that failed, or that was built and gave no result, does not affect the values of other targets. None of its own values count, because it may have
/// stopped anywhere. It is listed as `bench.PACKAGE/TARGET.time` without a value, so that a gate on `bench.*.time` cannot
/// pass over the benchmarks that it did not report.
pub(super) fn collect(folded: &Folded, snapshot: &mut Snapshot) {
    let standing = folded.standing(&Collector::Bench);
    let mut benches: BTreeMap<(String, &str, &str), Vec<&Bench>> = BTreeMap::new();
    for bench in folded
        .steps_of(&Collector::Bench)
        .flat_map(|s| &s.facts.benches)
    {
        if folded.packages.contains(&bench.package) {
            let id = bench.id.replace(char::is_whitespace, "_");
            benches
                .entry((id, &bench.package, &bench.target))
                .or_default()
                .push(bench);
        }
    }
    let unfinished = folded
        .steps_of(&Collector::Bench)
        .flat_map(|s| unfinished_benches(&s.facts));
    let mut failed: BTreeMap<(&str, &str), String> = unfinished
        .map(|(suite, reason)| ((suite.package.as_str(), suite.target.as_str()), reason))
        .collect();
    // A step that was interrupted or could not run has no values at all.
    let partial = folded
        .steps_of(&Collector::Bench)
        .filter(|s| matches!(s.status, StepStatus::Partial(_)));
    for unit in partial.flat_map(|s| silent_benches(&s.facts)) {
        failed
            .entry((&unit.package, &unit.target))
            .or_insert_with(|| SILENT.to_owned());
    }
    failed.retain(|(package, _), _| folded.packages.contains(*package));
    let mut once = BTreeSet::new();
    let twice: BTreeSet<String> = benches
        .keys()
        .filter(|k| !once.insert(&k.0))
        .map(|k| k.0.clone())
        .collect();
    for ((id, package, target), repeats) in &benches {
        let name = match twice.contains(id) {
            true => format!("bench.{package}/{target}/{id}.time"),
            false => format!("bench.{id}.time"),
        };
        let reading = match failed.get(&(*package, *target)) {
            Some(reason) => incomplete(reason),
            None => reading(&standing, repeats),
        };
        snapshot.metrics.insert(name, reading);
    }
    for ((package, target), reason) in &failed {
        snapshot
            .metrics
            .insert(format!("bench.{package}/{target}.time"), incomplete(reason));
    }
}

/// Returns the absent value of a target that failed.
fn incomplete(reason: &str) -> Reading {
    without(Unavailable {
        reason: reason.to_owned(),
        mend: None,
        at_least: None,
    })
}

/// The median of the repeats, each of them a sample; the interval is that of the first.
fn reading(standing: &Standing, repeats: &[&Bench]) -> Reading {
    if !matches!(standing.status, StepStatus::Whole | StepStatus::Partial(_))
        && let Some(unavailable) = standing.reason()
    {
        return without(unavailable);
    }
    let samples: Vec<f64> = repeats
        .iter()
        .map(|b| b.seconds)
        .filter(|s| s.is_finite())
        .collect();
    let mut reading = finite(if samples.is_empty() {
        f64::NAN
    } else {
        median(&samples)
    });
    let within = repeats
        .iter()
        .find_map(|b| b.interval)
        .filter(|(low, high)| low.is_finite() && high.is_finite());
    reading.spread = (!samples.is_empty()).then_some(Spread {
        samples,
        within,
        fresh: None,
    });
    reading
}

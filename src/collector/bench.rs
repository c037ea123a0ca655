//! `bench`: the value of each benchmark, over the repeats of the step.

use std::collections::{BTreeMap, BTreeSet};

use super::command::{
    CargoCommand, JSON, REFUSED_HARNESS_ARGS, REFUSED_TEST_ARGS, StepContext, step,
};
use super::definition::{Definition, Influence, ProfileChoice};
use super::facts::StepFacts;
use super::folded::Folded;
use super::metric::{Family, Metric};
use super::settings::{Setting, SettingKind};
use super::standing::{Standing, absent, finite, without};
use super::status::suites::{SILENT, silent_benches, uncounted_benches, unfinished_benches};
use super::summary::{StepSummary, Term};
use super::time::median;
use crate::event::Bench;
use crate::metric::{Alike, Reading, Spread};
use crate::plan::{Collector, Step, Stream};
use crate::run::StepStatus;
use crate::snapshot::Snapshot;

/// The setting for the number of runs.
const REPEATS: &str = "repeats";

const BENCHMARK: Metric = Metric {
    name: "bench.*.time",
    title: "bench",
    family: Some(Family::Benchmark),
    ..Metric::TIME
};

pub(super) static DEFINITION: Definition = Definition {
    name: "bench",
    metrics: &[
        BENCHMARK,
        Metric {
            name: "bench.time",
            title: "bench run time",
            ..Metric::TIME
        },
    ],
    alike: Alike::Machine,
    influences: &[
        Influence::Toolchain,
        Influence::Cargo,
        Influence::TestHarness,
    ],
    settings: &[Setting {
        key: REPEATS,
        kind: SettingKind::Count(1, 1000),
        doc: "independent runs; three or more give an interval that can show a regression",
        decides: None,
    }],
    repeats: Some(REPEATS),
    refused_args: &REFUSED_TEST_ARGS,
    refused_tool_args: &REFUSED_HARNESS_ARGS,
    profile: ProfileChoice::Fixed,
    turn: 6,
    timeout: 120,
    steps,
    idle,
    fold,
    summary,
    ..Definition::BUILD
};

/// Returns the steps `bench`, `bench-2`, ..: each repeat is a process of its own.
fn steps(context: &StepContext<'_>, collector: &Collector) -> Vec<Step> {
    let settings = context.request.settings_of(collector);
    let action = CargoCommand::new("bench")
        .scope(context)
        .build(context, collector, false)
        .args(&["--no-fail-fast", JSON])
        .finish(context, collector, Stream::CargoBench);
    let repeats = 1..=settings.count(REPEATS).unwrap_or(1);
    let ids = repeats.map(|n| match n {
        1 => "bench".to_owned(),
        n => format!("bench-{n}"),
    });
    ids.map(|id| {
        step(
            context,
            &id,
            ("Benching", "Benched"),
            collector,
            action.clone(),
        )
    })
    .collect()
}

fn idle(steps: &[&StepFacts]) -> Option<String> {
    if steps.iter().any(|facts| !facts.benches.is_empty()) {
        return None;
    }
    let uncounted: BTreeSet<String> = steps
        .iter()
        .flat_map(|facts| uncounted_benches(facts))
        .collect();
    if uncounted.is_empty() {
        return Some("no benchmarks were found".to_owned());
    }
    let names: Vec<&str> = uncounted.iter().map(String::as_str).collect();
    Some(format!(
        "no benchmark printed its times in a known format: {}",
        names.join(", ")
    ))
}

fn summary(summary: &StepSummary<'_>) -> Vec<Term> {
    vec![Term::Noun(summary.measured(&BENCHMARK) as f64, "benchmark")]
}

/// Adds `bench.ID.time` for each benchmark. The id is the harness's, with `_` for white space, and
/// with the prefix `PACKAGE/TARGET/` if two targets have the same id.
///
/// A target that failed, or that was built and gave no result, does not affect the values of other
/// targets. None of its own values count, because it may have stopped anywhere. It is listed as
/// `bench.PACKAGE/TARGET.time` without a value, so that a gate on `bench.*.time` cannot pass while
/// benchmarks are missing.
fn fold(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    let standing = folded.standing(collector);
    let mut benches: BTreeMap<(String, &str, &str), Vec<&Bench>> = BTreeMap::new();
    for bench in folded.steps_of(collector).flat_map(|s| &s.facts.benches) {
        if folded.packages.contains(&bench.package) {
            let id = bench.id.replace(char::is_whitespace, "_");
            benches
                .entry((id, &bench.package, &bench.target))
                .or_default()
                .push(bench);
        }
    }
    let unfinished = folded
        .steps_of(collector)
        .flat_map(|s| unfinished_benches(&s.facts));
    let mut failed: BTreeMap<(&str, &str), String> = unfinished
        .map(|(suite, reason)| ((suite.package.as_str(), suite.target.as_str()), reason))
        .collect();
    // A step that was interrupted or could not run has no values at all.
    let partial = folded
        .steps_of(collector)
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
            Some(reason) => absent(reason),
            None => reading(&standing, repeats),
        };
        snapshot.metrics.insert(name, reading);
    }
    for ((package, target), reason) in &failed {
        snapshot
            .metrics
            .insert(format!("bench.{package}/{target}.time"), absent(reason));
    }
}

/// Returns the median of the repeats, with the repeats as samples and the first interval that a
/// repeat reported.
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
        ..Spread::default()
    });
    reading
}

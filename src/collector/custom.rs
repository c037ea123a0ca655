//! Custom collectors: `[collect.NAME]` with a command and the metrics that it prints.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::{Value as Json, json};

use super::command::{StepContext, step};
use super::definition::{Definition, Influence};
use super::folded::Folded;
use super::request::Request;
use super::standing::{Standing, absent, finite, without};
use super::summary::{StepSummary, Term};
use crate::event::Figure;
use crate::metric::{Alike, Reading, Unit, Value};
use crate::plan::{Action, Collector, Invocation, Lacking, Step, Stream};
use crate::snapshot::Snapshot;

/// Describes every collector whose name is not in the list. Its metrics are in the configuration.
pub(super) static DEFINITION: Definition = Definition {
    alike: Alike::Settings,
    influences: &[
        Influence::Toolchain,
        Influence::Cargo,
        Influence::InertCargo,
        Influence::Clippy,
        Influence::Rustfmt,
        Influence::Rustdoc,
        Influence::TestHarness,
        Influence::Nextest,
    ],
    reads_members: false,
    runs_command: false,
    turn: u8::MAX,
    timeout: 10,
    steps,
    meaning,
    fold,
    summary,
    ..Definition::DEFAULT
};

/// Returns what prevents a custom collector from running. `None` if nothing does, and for a
/// built-in collector.
pub(super) fn missing(request: &Request, collector: &Collector) -> Option<Lacking> {
    let custom = request.custom.get(collector.name());
    let can_run = custom.is_some_and(|custom| !custom.command.is_empty());
    if can_run || !super::of(collector).is_custom() {
        return None;
    }
    Some(Lacking {
        collector: collector.clone(),
        what: format!("`{collector}` has no command"),
        mend: format!("add `command` to [collect.{collector}] in campaign.toml"),
    })
}

fn steps(context: &StepContext<'_>, collector: &Collector) -> Vec<Step> {
    let Some(custom) = context.request.custom.get(collector.name()) else {
        return Vec::new();
    };
    let Some((program, args)) = custom.command.split_first() else {
        return Vec::new();
    };
    let program = if program.contains(['/', '\\']) {
        // From which directory a relative program is found depends on the platform.
        context.root.join(program)
    } else {
        PathBuf::from(program)
    };
    let action = Action::Command(Invocation {
        program,
        args: args.to_vec(),
        env: BTreeMap::new(),
        cwd: context.root.to_owned(),
        stream: Stream::Figures,
    });
    let mut step = step(
        context,
        collector.name(),
        ("Running", "Ran"),
        collector,
        action,
    );
    step.timeout = custom.timeout.or(step.timeout);
    vec![step]
}

fn meaning(request: &Request, collector: &Collector) -> Json {
    let custom = request.custom.get(collector.name());
    json!({ "command": custom.map(|custom| (&custom.command, &custom.units)) })
}

/// Returns the metrics that begin with the collector's name, or the name alone.
fn summary(summary: &StepSummary<'_>) -> Vec<Term> {
    const SHOWN: usize = 4;
    let name = summary.step.serves.first().map_or("", Collector::name);
    let prefix = format!("{name}.");
    let metrics = summary.snapshot.metrics.keys();
    let shown: Vec<Term> = metrics
        .filter(|metric| metric.starts_with(&prefix))
        .take(SHOWN)
        .filter_map(|metric| Some(Term::Metric(metric.clone(), summary.value(metric)?)))
        .collect();
    if shown.is_empty() {
        vec![Term::Text(summary.record.ended.step.clone())]
    } else {
        shown
    }
}

/// Adds every declared metric. A metric that was not printed is unavailable.
fn fold(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    let standing = folded.standing(collector);
    let figures: Vec<&Figure> = folded
        .steps_of(collector)
        .flat_map(|s| &s.facts.figures)
        .collect();
    for (name, unit) in folded.custom.get(collector).into_iter().flatten() {
        let figures: Vec<&Figure> = figures
            .iter()
            .copied()
            .filter(|f| f.name == *name)
            .collect();
        let members = folded
            .workspace
            .members
            .iter()
            .map(|member| member.name.as_str())
            .collect();
        let reading = reading(&standing, unit, &figures, &members);
        snapshot.metrics.insert(name.clone(), reading);
    }
}

/// Returns the value that the command printed for the workspace. If it printed values of packages
/// only, returns their sum, provided that values of this unit can be added.
fn reading(
    standing: &Standing,
    unit: &Unit,
    figures: &[&Figure],
    members: &BTreeSet<&str>,
) -> Reading {
    let reason = standing.reason().filter(|_| !standing.is_partial());
    if let Some(unavailable) = reason {
        return without(unavailable);
    }
    if figures.is_empty() {
        return absent("its command did not print it");
    }
    let packages: BTreeMap<String, f64> = figures
        .iter()
        .filter_map(|f| Some((f.package.clone()?, f.value)))
        .filter(|p| p.1.is_finite())
        .collect();
    if let Some(package) = packages
        .keys()
        .find(|package| !members.contains(package.as_str()))
    {
        return absent(format!(
            "its command printed a value of `{package}`, which is not a member of the workspace"
        ));
    }
    let adds_up = matches!(unit, Unit::Count | Unit::Seconds | Unit::Bytes | Unit::Days);
    // If a value is printed repeatedly, the last one counts, as it does for packages.
    let total = figures.iter().rfind(|f| f.package.is_none());
    let total = total.map(|figure| figure.value);
    if let Some(total) = total
        && let Some(sum) = contradicting(unit, total, &packages, members)
    {
        return absent(format!(
            "its command printed {total} in total, but {sum} for the packages together"
        ));
    }
    let mut reading = match total {
        Some(total) => finite(total),
        None if adds_up => finite(packages.values().sum()),
        None => absent("its command printed figures of packages only"),
    };
    if matches!(reading.value, Value::Measured(_)) || !adds_up {
        reading.packages = packages;
    }
    reading
}

/// Returns the sum of the packages if it contradicts the total.
///
/// A total may be larger than the packages together only if some package is not listed. Seconds of packages that were built
/// at the same time do not add up.
fn contradicting(
    unit: &Unit,
    total: f64,
    packages: &BTreeMap<String, f64>,
    members: &BTreeSet<&str>,
) -> Option<f64> {
    let counts = matches!(unit, Unit::Count | Unit::Bytes)
        && !packages.is_empty()
        && packages.values().all(|value| *value >= 0.0);
    let sum: f64 = packages.values().sum();
    // Every listed package is a member.
    let lists_all = packages.len() == members.len();
    // Adding fractions rounds.
    let is_whole = total.fract() == 0.0 && packages.values().all(|value| value.fract() == 0.0);
    let rounding = if is_whole { 0.0 } else { total.abs() * 1e-9 };
    let is_contradiction = sum > total + rounding || lists_all && sum < total - rounding;
    (counts && is_contradiction).then_some(sum)
}

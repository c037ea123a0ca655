//! Custom collectors: `[collect.NAME]` with a command and the metrics that it prints.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value as Json, json};

use super::checked;
use super::command::{StepContext, step};
use super::definition::{Definition, Influence, TextOutput};
use super::facts::StepFacts;
use super::folded::Folded;
use super::planner::settings::scope;
use super::request::Request;
use super::standing::{Standing, absent, finite, without};
use super::status::{Background, ExitDetails, StepVerdict, failed, list, stderr};
use super::summary::{StepSummary, Term};
use crate::decode::figures;
use crate::event::{Event, Figure};
use crate::metric::{Reading, Unit, Value};
use crate::plan::{Collector, Step};
use crate::run::StepStatus;
use crate::snapshot::Snapshot;

/// Describes every collector whose name is not in the list. Its metrics are in the configuration.
pub(super) static DEFINITION: Definition = Definition {
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
    obstacle,
    steps,
    meaning,
    text: TextOutput {
        limit: 1 << 20,
        decode,
        status,
    },
    fold,
    summary,
    ..Definition::TOOL
};

/// The setting with the names of the metrics that the command is declared to print.
const METRICS: &str = "metrics";

/// Returns what prevents a custom collector from running.
fn obstacle(request: &Request, collector: &Collector) -> Option<(String, String)> {
    let custom = request.custom.get(collector.name());
    let can_run =
        custom.is_some_and(|custom| !custom.command.is_empty() || !custom.checks.is_empty());
    (!can_run).then(|| {
        (
            format!("`{collector}` has no command"),
            format!("add `command` to [collect.{collector}] in campaign.toml"),
        )
    })
}

fn steps(context: &StepContext<'_>, collector: &Collector) -> Vec<Step> {
    let Some(custom) = context.request.custom.get(collector.name()) else {
        return Vec::new();
    };
    let Some(action) = checked::command(context, &custom.command) else {
        return checked::steps(context, collector, custom);
    };
    let metrics: Vec<String> = custom.units.keys().cloned().collect();
    let verbs = ("Running", "Ran");
    let mut step =
        step(context, collector.name(), verbs, collector, action).with_setting(METRICS, &metrics);
    step.timeout = custom.timeout.or(step.timeout);
    vec![step]
}

fn meaning(request: &Request, collector: &Collector) -> Json {
    let custom = request.custom.get(collector.name());
    let mut meaning = json!({ "command": custom.map(|custom| (&custom.command, &custom.units)) });
    if let Some(checks) = custom.map(|custom| &custom.checks)
        && !checks.is_empty()
    {
        meaning["checks"] = json!(checks);
    }
    // A baseline must not move if a change of the configuration turns worse into better.
    if let Some(directions) = custom.map(|custom| &custom.directions)
        && !directions.is_empty()
    {
        meaning["better"] = json!(directions);
    }
    // Values of packages that are not selected do not count.
    if !request.packages.is_empty() || !request.exclude.is_empty() {
        meaning["scope"] = scope(request);
    }
    meaning
}

/// Returns the values that the command of a step printed.
fn decode(step: &Step, text: &str, _: &str) -> Result<Vec<Event>, String> {
    if checked::metric(step).is_some() {
        return Ok(Vec::new());
    }
    let figures = figures::read(text, step.setting(METRICS))?;
    Ok(figures.into_iter().map(Event::Figure).collect())
}

/// Returns the metrics that begin with the collector's name, with their value or why they have none; or the name alone.
fn summary(summary: &StepSummary<'_>) -> Vec<Term> {
    const SHOWN: usize = 4;
    if let Some(terms) = checked::summary(summary) {
        return terms;
    }
    let name = summary.step.serves.first().map_or("", Collector::name);
    let prefix = format!("{name}.");
    let metrics = summary.snapshot.metrics.iter();
    let shown: Vec<Term> = metrics
        .filter(|(metric, _)| metric.starts_with(&prefix))
        .take(SHOWN)
        .filter_map(|(metric, reading)| match &reading.value {
            Value::Measured(value) => Some(Term::Metric(metric.clone(), *value)),
            // A flaw of the step is shown instead of its values.
            Value::Unavailable(why) if summary.record.status.is_whole() => {
                Some(Term::Text(format!("{metric}: {}", why.reason)))
            }
            Value::Unavailable(_) => None,
        })
        .collect();
    if shown.is_empty() {
        vec![Term::Text(summary.record.ended.step.clone())]
    } else {
        shown
    }
}

/// Returns the status of a custom command. It must succeed and print exactly the metrics that
/// `campaign.toml` declares, in the declared units.
fn status(
    step: &Step,
    facts: &StepFacts,
    exit: &ExitDetails<'_>,
    background: &Background<'_>,
) -> StepVerdict {
    if checked::metric(step).is_some() {
        return Ok(StepStatus::Whole);
    }
    if exit.code != 0 {
        let said = stderr::said(exit.stderr);
        let colon = if said.is_empty() { "" } else { ": " };
        return failed(format!("it exited with {}{colon}{said}", exit.code));
    }
    if let Some(reason) = &facts.unreadable {
        return failed(format!("its output could not be read: {reason}"));
    }
    let declared = step
        .serves
        .iter()
        .filter_map(|c| background.custom.get(c))
        .flatten();
    let declared: BTreeMap<_, _> = declared.collect();
    for figure in &facts.figures {
        let Some(unit) = declared.get(&figure.name) else {
            return failed(format!(
                "printed metric `{}` that campaign.toml does not declare",
                figure.name
            ));
        };
        if let Some(printed) = figure
            .unit
            .as_deref()
            .filter(|printed| *printed != unit.name())
        {
            let name = &figure.name;
            return failed(format!(
                "printed `{name}` in `{printed}`, campaign.toml declares `{}`",
                unit.name()
            ));
        }
    }
    let absent: Vec<&str> = declared
        .keys()
        .filter(|name| facts.figures.iter().all(|f| f.name != ***name))
        .map(|name| name.as_str())
        .collect();
    if absent.is_empty() {
        return Ok(StepStatus::Whole);
    }
    Ok(StepStatus::Partial(format!(
        "did not print {}",
        list(absent)
    )))
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
        let reading = checked::reading(folded, collector, name)
            .unwrap_or_else(|| reading(&standing, unit, &figures, folded));
        snapshot.metrics.insert(name.clone(), reading);
    }
}

/// Returns the value that the command printed for the workspace. If it printed values of packages
/// only, returns their sum, provided that values of this unit can be added.
fn reading(standing: &Standing, unit: &Unit, figures: &[&Figure], folded: &Folded) -> Reading {
    let reason = standing.reason().filter(|_| !standing.is_partial());
    if let Some(unavailable) = reason {
        return without(unavailable);
    }
    if figures.is_empty() {
        return absent("its command did not print it");
    }
    if *unit == Unit::Count
        && let Some(figure) = figures
            .iter()
            .find(|figure| figure.value < 0.0 || figure.value.fract() != 0.0)
    {
        return absent(format!(
            "its command printed {}, and a count is a whole number that is not negative",
            figure.value
        ));
    }
    let mut packages: BTreeMap<String, f64> = figures
        .iter()
        .filter_map(|f| Some((f.package.clone()?, f.value)))
        .filter(|p| p.1.is_finite())
        .collect();
    let is_member =
        |package: &String| folded.packages.contains(package) || folded.unselected.contains(package);
    if let Some(package) = packages.keys().find(|package| !is_member(package)) {
        return absent(format!(
            "its command printed a value of `{package}`, which is not a member of the workspace"
        ));
    }
    // If a value is printed repeatedly, the last one counts, as it does for packages.
    let total = figures.iter().rfind(|f| f.package.is_none());
    let mut total = total.map(|figure| figure.value);
    let members = folded.packages.len() + folded.unselected.len();
    if let Some(total) = total
        && let Some(range) = contradicted(unit, total, &packages, members)
    {
        return absent(format!("its command printed {total} in total, but {range}"));
    }
    if let Some(package) = packages.keys().find(|p| folded.unselected.contains(*p)) {
        if let Some(whole) = total
            && !is_sum_of_parts(unit, whole, &packages, folded)
        {
            return absent(format!(
                "its command printed {whole} for all packages, and `{package}` is not selected"
            ));
        }
        let is_known = total.take().is_some();
        packages.retain(|package, _| folded.packages.contains(package));
        if packages.is_empty() && !is_known {
            return absent("its command printed no value of a selected package");
        }
    }
    let adds_up = matches!(unit, Unit::Count | Unit::Seconds | Unit::Bytes | Unit::Days);
    let mut reading = match total {
        Some(total) => finite(total),
        // The sum of no values is -0.
        None if adds_up => finite(0.0 + packages.values().sum::<f64>()),
        None => absent("its command printed figures of packages only"),
    };
    if matches!(reading.value, Value::Measured(_)) || !adds_up {
        reading.packages = packages;
    }
    reading
}

/// Returns whether the part of a total that belongs to the selected packages is their sum.
///
/// The rest of a total may belong to any package that is not listed.
fn is_sum_of_parts(
    unit: &Unit,
    total: f64,
    packages: &BTreeMap<String, f64>,
    folded: &Folded,
) -> bool {
    let lists_selected = || folded.packages.iter().all(|p| packages.contains_key(p));
    matches!(unit, Unit::Count | Unit::Bytes)
        && (lists_selected() || total == packages.values().sum::<f64>())
}

/// The totals that are possible with the values of the packages.
#[derive(Clone, Copy, Debug, PartialEq)]
struct TotalRange {
    least: f64,
    most: f64,
    /// Whether the only possible total is the sum.
    is_sum: bool,
}

/// `5 for the packages together`, or `its packages allow only 2 to 3`.
impl fmt::Display for TotalRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { least, most, .. } = self;
        if self.is_sum {
            write!(f, "{most} for the packages together")
        } else if least == most {
            write!(f, "its packages allow only {most}")
        } else {
            write!(f, "its packages allow only {least} to {most}")
        }
    }
}

impl TotalRange {
    /// Returns the totals that are possible in this unit if the values of all packages are known.
    ///
    /// Counts and bytes add up. Durations do so at most, because packages may be processed in
    /// parallel. A percentage is an average. A unit that the user named may be any of these.
    fn of(unit: &Unit, packages: &BTreeMap<String, f64>) -> Self {
        let sum: f64 = packages.values().sum();
        let smallest = packages.values().copied().fold(f64::INFINITY, f64::min);
        let largest = packages.values().copied().fold(f64::NEG_INFINITY, f64::max);
        let (least, most) = match unit {
            Unit::Count | Unit::Bytes => (sum, sum),
            Unit::Seconds | Unit::Days => (largest.min(sum), largest.max(sum)),
            Unit::Percent => (smallest, largest),
            Unit::Other(_) => (smallest.min(sum), largest.max(sum)),
        };
        Self {
            least,
            most,
            is_sum: matches!(unit, Unit::Count | Unit::Bytes),
        }
    }
}

/// Returns the possible totals if this one is not among them.
///
/// A package that is not listed can only add to a count, to bytes and to a duration. Nothing is known
/// then about the other units, nor about values of which one is negative.
fn contradicted(
    unit: &Unit,
    total: f64,
    packages: &BTreeMap<String, f64>,
    members: usize,
) -> Option<TotalRange> {
    if packages.is_empty() {
        return None;
    }
    let range = TotalRange::of(unit, packages);
    // Every listed package is a member.
    let lists_all = packages.len() == members;
    let is_growing = !matches!(unit, Unit::Percent | Unit::Other(_))
        && packages.values().all(|value| *value >= 0.0);
    // Adding fractions rounds.
    let is_whole = total.fract() == 0.0 && packages.values().all(|value| value.fract() == 0.0);
    let rounding = if is_whole { 0.0 } else { total.abs() * 1e-9 };
    let is_too_small = total < range.least - rounding && (lists_all || is_growing);
    let is_too_large = total > range.most + rounding && lists_all;
    (is_too_small || is_too_large).then_some(range)
}

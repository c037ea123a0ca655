//! The status lines of a run: what is measured, what will run, and each step as it ends.
//!
//! Returns verb, text and a right-hand aside; whoever owns the terminal escapes and sets them. Knows nothing of how a
//! step was run.

use crate::metric::{Unit, Value};
use crate::plan::{Collector, Plan, Step};
use crate::run::{StepRecord, StepStatus};
use crate::snapshot::{Provenance, Snapshot};

use super::figure::{count, counted, figure, took};
use super::phrase;
use super::style::Look;

/// A cargo-like status line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepLine {
    /// `Linted`; `Failed` when the step gave no figures.
    pub verb: String,
    /// `391 units, 12 warnings`.
    pub text: String,
    /// `1m 12s`.
    pub right: String,
    /// Figures are whole.
    pub whole: bool,
}

/// `Phase 7 · 3 packages · rustc 1.95.0 · main@4f2c9e1`, for the verb `Campaign`.
pub fn campaign(name: &str, packages: usize, from: &Provenance, look: &Look) -> String {
    let commit = from.commit.as_deref().map(phrase::short);
    let place = match (&from.branch, commit) {
        (Some(branch), Some(commit)) => format!("{branch}@{commit}"),
        (None, Some(commit)) => commit,
        (Some(branch), None) => branch.clone(),
        (None, None) => "no git".to_owned(),
    };
    let place = if from.dirty { format!("{place} (dirty)") } else { place };
    let parts =
        [name.to_owned(), counted(packages, "package"), format!("rustc {}", phrase::rustc(&from.toolchain)), place];
    parts.join(&format!(" {} ", look.signs().dot))
}

/// `clippy, test, doc (check is answered by clippy)`, for the verb `Plan`.
pub fn plan(plan: &Plan) -> String {
    let steps: Vec<&str> = plan.steps.iter().map(|step| step.id.as_str()).collect();
    let answered: Vec<String> =
        plan.answered.iter().map(|a| format!("{} is answered by {}", a.collector, a.by)).collect();
    match (steps.is_empty(), answered.is_empty()) {
        (true, _) => "nothing to run".to_owned(),
        (_, true) => steps.join(", "),
        _ => format!("{} ({})", steps.join(", "), answered.join(", ")),
    }
}

/// What a step came to.
pub fn line(record: &StepRecord, snapshot: &Snapshot, step: &Step, look: &Look) -> StepLine {
    let verb = step.verb.done.clone();
    let failed = |what: &str| ("Failed".to_owned(), format!("{}: {what}", step.id));
    let summary = || summary(record, snapshot, step, look);
    let (verb, text) = match &record.status {
        StepStatus::Whole => (verb, summary()),
        StepStatus::Partial(why) => (verb, [summary(), format!("incomplete: {why}")].join("; ")),
        StepStatus::Failed(why) => failed(why),
        StepStatus::Unavailable(what, mend) => ("Skipped".to_owned(), format!("{}: {what} ({mend})", step.id)),
        StepStatus::TimedOut => failed("ended, over its time"),
        StepStatus::Interrupted => ("Stopped".to_owned(), step.id.clone()),
    };
    StepLine { verb, text, right: took(record.ended.seconds), whole: record.status.is_whole() }
}

/// The figures of the first collector the step serves; its own words for what everyone knows by heart.
fn summary(record: &StepRecord, snapshot: &Snapshot, step: &Step, look: &Look) -> String {
    let Some(collector) = step.serves.iter().max_by_key(|collector| rank(collector)) else { return String::new() };
    let number = |name: &str| {
        snapshot.metrics.get(name).and_then(|reading| match reading.value {
            Value::Measured(value) => Some(value),
            Value::Unavailable(_) => None,
        })
    };
    let some = |name: &str, what: &str| number(name).map(|value| plural(value, what));
    let wrong = |name: &str, what: &str| some(name, what).filter(|_| number(name) != Some(0.0));
    let units = (record.units.1 > 0).then(|| counted(record.units.1 as usize, "unit"));
    let parts = match collector {
        Collector::Check => vec![units, wrong("check.errors", "error"), some("check.warnings", "warning")],
        Collector::Build => vec![units, wrong("build.errors", "error"), some("build.warnings", "warning")],
        Collector::Clippy => vec![units, wrong("clippy.errors", "error"), some("clippy.warnings", "warning")],
        Collector::Doc => vec![wrong("doc.errors", "error"), some("doc.warnings", "warning")],
        Collector::Test => tests(&number),
        Collector::Fmt => vec![number("fmt.files").map(unformatted)],
        Collector::Loc => {
            vec![some("loc.files", "file"), number("loc.code").map(|n| format!("{} lines of code", count(n)))]
        }
        Collector::Bench => vec![Some(benches(snapshot))],
        Collector::Own(name) => own(name, record, snapshot, look),
    };
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Of several collectors on one step the one that asks most of it speaks.
fn rank(collector: &Collector) -> usize {
    let by_demand = [Collector::Check, Collector::Build, Collector::Clippy];
    by_demand.iter().position(|c| c == collector).unwrap_or(by_demand.len())
}

fn plural(value: f64, what: &str) -> String {
    format!("{} {what}{}", count(value), if value == 1.0 { "" } else { "s" })
}

fn unformatted(files: f64) -> String {
    if files == 0.0 { "clean".to_owned() } else { format!("{} to format", plural(files, "file")) }
}

/// `630 tests, 626 passed, 4 failed`.
fn tests(number: &dyn Fn(&str) -> Option<f64>) -> Vec<Option<String>> {
    let some = |name: &str, what: &str| number(name).map(|value| format!("{} {what}", count(value)));
    let wrong = |name: &str, what: &str| some(name, what).filter(|_| number(name) != Some(0.0));
    vec![
        number("test.total").map(|total| plural(total, "test")),
        some("test.passed", "passed"),
        wrong("test.failed", "failed"),
        wrong("test.ignored", "ignored"),
        number("test.incomplete").filter(|n| *n > 0.0).map(|n| plural(n, "incomplete suite")),
    ]
}

fn benches(snapshot: &Snapshot) -> String {
    let bench = |name: &&String| name.starts_with("bench.") && name.ends_with(".time") && *name != "bench.time";
    counted(snapshot.metrics.keys().filter(bench).count(), "benchmark")
}

/// The metrics of a team's own collector that are named after it; else that it ran.
fn own(name: &str, record: &StepRecord, snapshot: &Snapshot, look: &Look) -> Vec<Option<String>> {
    let prefix = format!("{name}.");
    let of_it = snapshot.metrics.iter().filter(|(metric, _)| metric.starts_with(&prefix)).take(4);
    let shown = of_it.filter_map(|(metric, reading)| match reading.value {
        Value::Measured(value) => Some(Some(format!("{metric} {}", figure(value, &Unit::Count, look)))),
        Value::Unavailable(_) => None,
    });
    let shown: Vec<Option<String>> = shown.collect();
    if shown.is_empty() { vec![Some(record.ended.step.clone())] } else { shown }
}

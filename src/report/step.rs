//! The status lines of a run: what is measured, what will run, and each step as it ends.
//!
//! Returns verb, text and a right-hand aside; whoever owns the terminal escapes and sets them. Knows nothing of how a
//! step was run.

use crate::metric::{Reading, Unit, Value};
use crate::plan::{Action, Collector, Plan, Step};
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
    let place = if from.dirty {
        format!("{place} (dirty)")
    } else {
        place
    };
    let parts = [
        name.to_owned(),
        counted(packages, "package"),
        format!("rustc {}", phrase::rustc(&from.toolchain)),
        place,
    ];
    parts.join(&format!(" {} ", look.signs().dot))
}

/// `clippy, test, doc (check is answered by clippy)`, for the verb `Plan`.
pub fn plan(plan: &Plan) -> String {
    let steps: Vec<&str> = plan.steps.iter().map(|step| step.id.as_str()).collect();
    let answered: Vec<String> = plan
        .answered
        .iter()
        .map(|a| format!("{} is answered by {}", a.collector, a.by))
        .collect();
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
        // Each repeat would name them again.
        StepStatus::Whole if step.id == "bench" && !record.uncounted.is_empty() => (
            verb,
            format!(
                "{}; not counted, output in no known format: {}",
                summary(),
                record.uncounted.join(", ")
            ),
        ),
        StepStatus::Whole => (verb, summary()),
        StepStatus::Partial(why) => {
            let summary = Some(summary()).filter(|text| !text.is_empty());
            (
                verb,
                summary
                    .into_iter()
                    .chain([format!("incomplete: {why}")])
                    .collect::<Vec<_>>()
                    .join("; "),
            )
        }
        StepStatus::Broken(why) | StepStatus::Failed(why) => failed(why),
        StepStatus::Unavailable(what, mend) => (
            "Skipped".to_owned(),
            format!("{}: {what} ({mend})", step.id),
        ),
        StepStatus::TimedOut => failed("ended, over its time"),
        StepStatus::Interrupted => ("Stopped".to_owned(), step.id.clone()),
    };
    StepLine {
        verb,
        text,
        right: took(record.ended.seconds),
        whole: record.status.is_whole(),
    }
}

/// The figures of the first collector the step serves; its own words for what everyone knows by heart.
fn summary(record: &StepRecord, snapshot: &Snapshot, step: &Step, look: &Look) -> String {
    let Some(collector) = step.serves.iter().max_by_key(|collector| rank(collector)) else {
        return String::new();
    };
    let number = |name: &str| {
        snapshot
            .metrics
            .get(name)
            .and_then(|reading| match reading.value {
                Value::Measured(value) => Some(value),
                Value::Unavailable(_) => None,
            })
    };
    let some = |name: &str, what: &str| number(name).map(|value| plural(value, what));
    let wrong = |name: &str, what: &str| some(name, what).filter(|_| number(name) != Some(0.0));
    let units = (record.units.1 > 0).then(|| counted(record.units.1 as usize, "unit"));
    let parts = match collector {
        Collector::Check => vec![
            units,
            wrong("check.errors", "error"),
            some("check.warnings", "warning"),
        ],
        Collector::Build => vec![
            units,
            wrong("build.errors", "error"),
            some("build.warnings", "warning"),
        ],
        Collector::Clippy => {
            // A step that answers for `check` counts what rustc itself warns of apart.
            let compiler = wrong("check.warnings", "compiler warning")
                .filter(|_| step.serves.contains(&Collector::Check));
            vec![
                units,
                wrong("clippy.errors", "error"),
                some("clippy.warnings", "warning"),
                compiler,
            ]
        }
        Collector::Doc => vec![
            wrong("doc.errors", "error"),
            some("doc.warnings", "warning"),
        ],
        Collector::Test if step.id == Step::DOCTESTS => tests("test.doc", &number),
        Collector::Test => tests("test", &number),
        Collector::Fmt => vec![number("fmt.files").map(unformatted)],
        Collector::Loc => {
            vec![
                some("loc.files", "file"),
                number("loc.code").map(|n| format!("{} lines of code", count(n))),
            ]
        }
        Collector::Changelog => vec![changelogs(step), some("changelog.problems", "problem")],
        Collector::Bench => vec![Some(benches(snapshot))],
        Collector::Own(name) => own(name, record, snapshot, look),
    };
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Of several collectors on one step the one that asks most of it speaks.
fn rank(collector: &Collector) -> usize {
    let by_demand = [Collector::Check, Collector::Build, Collector::Clippy];
    by_demand
        .iter()
        .position(|c| c == collector)
        .unwrap_or(by_demand.len())
}

fn plural(value: f64, what: &str) -> String {
    format!(
        "{} {what}{}",
        count(value),
        if value == 1.0 { "" } else { "s" }
    )
}

fn unformatted(files: f64) -> String {
    if files == 0.0 {
        "clean".to_owned()
    } else {
        format!("{} to format", plural(files, "file"))
    }
}

/// `630 tests, 626 passed, 4 failed`, from the metrics that begin with `prefix`.
fn tests(prefix: &str, number: &dyn Fn(&str) -> Option<f64>) -> Vec<Option<String>> {
    let value = |name: &str| number(&format!("{prefix}.{name}"));
    let some = |name: &str| value(name).map(|value| format!("{} {name}", count(value)));
    let wrong = |name: &str| some(name).filter(|_| value(name) != Some(0.0));
    vec![
        value("total").map(|total| plural(total, "test")),
        some("passed"),
        wrong("failed"),
        wrong("ignored"),
        number("test.incomplete")
            .filter(|n| *n > 0.0 && prefix == "test")
            .map(|n| plural(n, "incomplete suite")),
    ]
}

/// `2 changelogs`.
fn changelogs(step: &Step) -> Option<String> {
    let Action::Lint(lint) = &step.action else {
        return None;
    };
    Some(counted(lint.changelogs.len(), "changelog"))
}

fn benches(snapshot: &Snapshot) -> String {
    let is_bench =
        |name: &str| name.starts_with("bench.") && name.ends_with(".time") && name != "bench.time";
    let is_measured = |reading: &Reading| matches!(reading.value, Value::Measured(_));
    let measured = snapshot
        .metrics
        .iter()
        .filter(|(name, reading)| is_bench(name) && is_measured(reading));
    counted(measured.count(), "benchmark")
}

/// The metrics of a team's own collector that are named after it; else that it ran.
fn own(name: &str, record: &StepRecord, snapshot: &Snapshot, look: &Look) -> Vec<Option<String>> {
    let prefix = format!("{name}.");
    let of_it = snapshot
        .metrics
        .iter()
        .filter(|(metric, _)| metric.starts_with(&prefix))
        .take(4);
    let shown = of_it.filter_map(|(metric, reading)| match reading.value {
        Value::Measured(value) => Some(Some(format!(
            "{metric} {}",
            figure(value, &Unit::Count, look.signs())
        ))),
        Value::Unavailable(_) => None,
    });
    let shown: Vec<Option<String>> = shown.collect();
    if shown.is_empty() {
        vec![Some(record.ended.step.clone())]
    } else {
        shown
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::event::{Ended, Ending};
    use crate::plan::{Answered, Verb};
    use crate::snapshot::Toolchain;

    fn step(id: &str, done: &str, serves: &[Collector]) -> Step {
        Step {
            id: id.to_owned(),
            verb: Verb {
                doing: String::new(),
                done: done.to_owned(),
            },
            serves: serves.to_vec(),
            action: Action::Scan,
            timeout: None,
        }
    }

    fn record(id: &str, units: u64, seconds: f64, status: StepStatus) -> StepRecord {
        let ended = Ended {
            step: id.to_owned(),
            ending: Ending::Exited(0),
            seconds,
            blocked: 0.0,
            cpu: None,
            stderr_tail: String::new(),
            odd: BTreeMap::new(),
        };
        StepRecord {
            ended,
            units: (0, units),
            status,
            uncounted: Vec::new(),
            cure: None,
        }
    }

    fn snapshot() -> Snapshot {
        let figures = [
            ("clippy.warnings", 12.0),
            ("clippy.errors", 0.0),
            ("check.errors", 1.0),
            ("check.warnings", 0.0),
            ("test.total", 630.0),
            ("test.passed", 626.0),
            ("test.failed", 4.0),
            ("test.ignored", 0.0),
            ("test.incomplete", 1.0),
            ("doc.warnings", 2.0),
            ("fmt.files", 0.0),
            ("loc.files", 887.0),
            ("loc.code", 61_204.0),
            ("bench.a.time", 0.1),
            ("bench.time", 9.0),
            ("team.points", 3.5),
        ];
        let metrics = figures
            .map(|(name, value)| (name.to_owned(), Reading::exact(value)))
            .into();
        Snapshot {
            metrics,
            ..Snapshot::default()
        }
    }

    fn shown(step: &Step, units: u64, seconds: f64, status: StepStatus) -> (String, String, bool) {
        let line = line(
            &record(&step.id, units, seconds, status),
            &snapshot(),
            step,
            &Look::PLAIN,
        );
        (
            format!("{} {}", line.verb, line.text),
            line.right,
            line.whole,
        )
    }

    #[test]
    fn compiler_warnings_are_counted_apart_where_clippy_answers_for_check() {
        let mut snapshot = snapshot();
        snapshot
            .metrics
            .insert("check.warnings".to_owned(), Reading::exact(2.0));
        for (serves, text) in [
            (
                &[Collector::Check, Collector::Clippy][..],
                "391 units, 12 warnings, 2 compiler warnings",
            ),
            (&[Collector::Clippy], "391 units, 12 warnings"),
        ] {
            let (step, record) = (
                step("clippy", "Linted", serves),
                record("clippy", 391, 1.0, StepStatus::Whole),
            );
            assert_eq!(line(&record, &snapshot, &step, &Look::PLAIN).text, text);
        }
    }

    #[test]
    fn each_step_says_its_figures_in_a_line() {
        use Collector::{Bench, Check, Clippy, Doc, Fmt, Loc, Own, Test};
        let both = [Check, Clippy];
        for (id, done, serves, units, text) in [
            (
                "clippy",
                "Linted",
                both.as_slice(),
                391,
                "Linted 391 units, 12 warnings",
            ),
            (
                "check",
                "Checked",
                &[Check],
                391,
                "Checked 391 units, 1 error, 0 warnings",
            ),
            (
                "test",
                "Tested",
                &[Test],
                0,
                "Tested 630 tests, 626 passed, 4 failed, 1 incomplete suite",
            ),
            ("doc", "Docs", &[Doc], 9, "Docs 2 warnings"),
            ("fmt", "Format", &[Fmt], 0, "Format clean"),
            (
                "loc",
                "Counted",
                &[Loc],
                0,
                "Counted 887 files, 61 204 lines of code",
            ),
            ("bench", "Benched", &[Bench], 0, "Benched 1 benchmark"),
            (
                "team",
                "Ran",
                &[Own("team".into())],
                0,
                "Ran team.points 3.5",
            ),
            ("other", "Ran", &[Own("other".into())], 0, "Ran other"),
        ] {
            let (said, right, whole) =
                shown(&step(id, done, serves), units, 72.0, StepStatus::Whole);
            assert_eq!(
                (said.as_str(), right.as_str(), whole),
                (text, "1m 12s", true),
                "{id}"
            );
        }
    }

    #[test]
    fn a_step_without_whole_figures_says_why() {
        for (status, text) in [
            (
                StepStatus::Partial("2 of 3 packages".into()),
                "Docs 2 warnings; incomplete: 2 of 3 packages",
            ),
            (
                StepStatus::Failed("rustdoc crashed".into()),
                "Failed doc: rustdoc crashed",
            ),
            (
                StepStatus::Unavailable(
                    "rustdoc is missing".into(),
                    "rustup component add rust-docs".into(),
                ),
                "Skipped doc: rustdoc is missing (rustup component add rust-docs)",
            ),
            (StepStatus::TimedOut, "Failed doc: ended, over its time"),
            (StepStatus::Interrupted, "Stopped doc"),
        ] {
            let (said, _, whole) = shown(&step("doc", "Docs", &[Collector::Doc]), 0, 1.0, status);
            assert_eq!((said.as_str(), whole), (text, false));
        }
    }

    #[test]
    fn a_run_is_announced_with_its_place_and_plan() {
        let toolchain = Toolchain {
            rustc: "1.95.0 (59807616e 2026-04-14)".into(),
            ..Toolchain::default()
        };
        let from = |branch: Option<&str>, commit: Option<&str>, dirty| Provenance {
            branch: branch.map(str::to_owned),
            commit: commit.map(str::to_owned),
            dirty,
            toolchain: toolchain.clone(),
            ..Provenance::default()
        };
        for (from, place) in [
            (
                from(Some("main"), Some("4f2c9e1aa0"), false),
                "main@4f2c9e1",
            ),
            (from(None, Some("4f2c9e1aa0"), true), "4f2c9e1 (dirty)"),
            (from(None, None, false), "no git"),
        ] {
            let want = format!("Phase 7 | 1 package | rustc 1.95.0 | {place}");
            assert_eq!(campaign("Phase 7", 1, &from, &Look::PLAIN), want);
        }
        let answered = Answered {
            collector: Collector::Check,
            by: "clippy".into(),
        };
        let steps = vec![step("clippy", "", &[]), step("test", "", &[])];
        let mut of = Plan {
            steps,
            answered: vec![answered],
            ..Plan::default()
        };
        assert_eq!(plan(&of), "clippy, test (check is answered by clippy)");
        of.answered.clear();
        assert_eq!(plan(&of), "clippy, test");
        assert_eq!(plan(&Plan::default()), "nothing to run");
    }
}

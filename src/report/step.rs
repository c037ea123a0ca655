//! The status lines of a run: the campaign, the plan, and each step as it ends.
//!
//! Returns raw text, which the terminal escapes.

use crate::collector::{self, StepSummary, Term};
use crate::metric::Unit;
use crate::plan::{Plan, Step};
use crate::run::{StepRecord, StepStatus};
use crate::snapshot::{Provenance, Snapshot};

use super::figure::{count, counted, figure, took};
use super::phrase;
use super::style::Look;

/// A cargo-like status line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepLine {
    /// The verb: `Linted`, or `Failed` if the step gave no values.
    pub verb: String,
    /// `391 units, 12 warnings`.
    pub text: String,
    /// `1m 12s`.
    pub right: String,
    /// Whether the values are complete.
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
    let mut by_collector: Vec<Vec<&Step>> = Vec::new();
    for step in &plan.steps {
        match by_collector
            .iter_mut()
            .find(|own| own[0].serves == step.serves)
        {
            Some(own) => own.push(step),
            None => by_collector.push(vec![step]),
        }
    }
    let steps: Vec<String> = by_collector.iter().flat_map(|own| ids(own)).collect();
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

/// The most steps of one collector that a plan names one by one.
const NAMED_STEPS: usize = 4;

/// Returns the ids of the steps of a collector, or their number if there are many.
fn ids(steps: &[&Step]) -> Vec<String> {
    match steps.first().and_then(|step| step.serves.first()) {
        Some(collector) if steps.len() > NAMED_STEPS => {
            vec![format!("{collector} in {} steps", steps.len())]
        }
        _ => steps.iter().map(|step| step.id.clone()).collect(),
    }
}

/// Returns the outcome of a step.
pub fn line(record: &StepRecord, snapshot: &Snapshot, step: &Step, look: &Look) -> StepLine {
    let verb = step.verb.done.clone();
    let summary = summary(record, snapshot, step, look);
    let (verb, text) = match &record.status {
        // Each repeat would name them again.
        StepStatus::Whole if is_first(step) && !record.uncounted.is_empty() => (
            verb,
            format!(
                "{}; not counted, output in no known format: {}",
                summary,
                record.uncounted.join(", ")
            ),
        ),
        StepStatus::Whole => (verb, summary),
        StepStatus::Partial(why) => {
            let summary = Some(summary).filter(|text| !text.is_empty());
            (
                verb,
                summary
                    .into_iter()
                    .chain([format!("incomplete: {why}")])
                    .collect::<Vec<_>>()
                    .join("; "),
            )
        }
        StepStatus::Broken(why) | StepStatus::Failed(why) => failed(step, why),
        StepStatus::Unavailable(what, fix) => {
            ("Skipped".to_owned(), format!("{}: {what} ({fix})", step.id))
        }
        StepStatus::TimedOut => failed(step, "ended, over its time"),
        StepStatus::Interrupted => ("Stopped".to_owned(), step.id.clone()),
    };
    StepLine {
        verb,
        text,
        right: took(record.ended.seconds),
        whole: record.status.is_whole(),
    }
}

fn failed(step: &Step, why: &str) -> (String, String) {
    ("Failed".to_owned(), format!("{}: {why}", step.id))
}

/// Returns whether this is the first of its collector's steps, which has the collector's name.
fn is_first(step: &Step) -> bool {
    step.serves.first().is_some_and(|own| own.name() == step.id)
}

/// Returns the values of the collector that the step belongs to, and what those say for whom it also gives the values.
fn summary(record: &StepRecord, snapshot: &Snapshot, step: &Step, look: &Look) -> String {
    let summary = StepSummary {
        step,
        record,
        snapshot,
    };
    let Some((own, others)) = step.serves.split_first() else {
        return String::new();
    };
    let beside = others
        .iter()
        .filter_map(|other| (collector::of(other).summary_beside)(&summary));
    let mut terms = (collector::of(own).summary)(&summary);
    terms.extend(beside);
    let words: Vec<String> = terms.into_iter().map(|term| words(term, look)).collect();
    words.join(", ")
}

fn words(term: Term, look: &Look) -> String {
    match term {
        Term::Noun(number, noun) => plural(number, noun),
        Term::Plural(number, one, many) => {
            let noun = if number == 1.0 { one } else { many };
            format!("{} {noun}", count(number))
        }
        Term::Words(number, words) => format!("{} {words}", count(number)),
        Term::NounWords(number, noun, words) => format!("{} {words}", plural(number, noun)),
        Term::Bytes(number, words) => {
            format!("{} {words}", figure(number, &Unit::Bytes, look.signs()))
        }
        Term::Metric(name, value) => {
            format!("{name} {}", figure(value, &Unit::Count, look.signs()))
        }
        Term::Text(text) => text,
    }
}

fn plural(value: f64, noun: &str) -> String {
    let ending = if value == 1.0 { "" } else { "s" };
    format!("{} {noun}{ending}", count(value))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::event::{Ended, Ending};
    use crate::metric::Reading;
    use crate::plan::{Action, Collector};
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
            settings: BTreeMap::new(),
            copy: None,
            package: None,
            report: None,
            sampling: None,
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
            cause: Default::default(),
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
                &[Collector::named("clippy"), Collector::named("check")][..],
                "391 units, 12 warnings, 2 compiler warnings",
            ),
            (&[Collector::named("clippy")], "391 units, 12 warnings"),
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
        let both = [Collector::named("clippy"), Collector::named("check")];
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
                &[Collector::named("check")],
                391,
                "Checked 391 units, 1 error, 0 warnings",
            ),
            (
                "test",
                "Tested",
                &[Collector::named("test")],
                0,
                "Tested 630 tests, 626 passed, 4 failed, 1 incomplete suite",
            ),
            (
                "doc",
                "Docs",
                &[Collector::named("doc")],
                9,
                "Docs 2 warnings",
            ),
            (
                "fmt",
                "Format",
                &[Collector::named("fmt")],
                0,
                "Format clean",
            ),
            (
                "loc",
                "Counted",
                &[Collector::named("loc")],
                0,
                "Counted 887 files, 61 204 lines of code",
            ),
            (
                "bench",
                "Benched",
                &[Collector::named("bench")],
                0,
                "Benched 1 benchmark",
            ),
            (
                "team",
                "Ran",
                &[Collector::named("team")],
                0,
                "Ran team.points 3.5",
            ),
            ("other", "Ran", &[Collector::named("other")], 0, "Ran other"),
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
            let (said, _, whole) = shown(
                &step("doc", "Docs", &[Collector::named("doc")]),
                0,
                1.0,
                status,
            );
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
            collector: Collector::named("check"),
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

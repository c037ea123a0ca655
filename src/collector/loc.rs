//! `loc`: lines, `unsafe` blocks and open to-dos of the members' Rust sources.

use std::collections::BTreeMap;

use super::command::{StepContext, step};
use super::definition::Definition;
use super::evidence;
use super::folded::Folded;
use super::metric::{Metric, Visibility};
use super::planner::settings;
use super::summary::{StepSummary, Term, terms};
use crate::decode::source::{TODO_MACRO, TODO_WORDS};
use crate::metric::{Alike, Better};
use crate::plan::{Action, Collector, Step};
use crate::snapshot::Snapshot;

/// A count that is neither good nor bad.
const SIZE: Metric = Metric {
    better: Better::None,
    ..Metric::COUNT
};

pub(super) static DEFINITION: Definition = Definition {
    name: "loc",
    metrics: &[
        Metric {
            name: "loc.files",
            title: "Rust files",
            visibility: Visibility::Detail,
            ..SIZE
        },
        Metric {
            name: "loc.code",
            title: "lines of code",
            ..SIZE
        },
        Metric {
            name: "loc.comments",
            title: "comment lines",
            visibility: Visibility::Detail,
            ..SIZE
        },
        Metric {
            name: "loc.blank",
            title: "blank lines",
            visibility: Visibility::Detail,
            ..SIZE
        },
        Metric {
            name: "unsafe.blocks",
            title: "unsafe blocks",
            search: Some(|| "unsafe".to_owned()),
            visibility: Visibility::IfPositive,
            ..Metric::COUNT
        },
        Metric {
            name: "todo.open",
            title: "open to-dos",
            search: Some(todos),
            visibility: Visibility::IfPositive,
            ..Metric::COUNT
        },
    ],
    alike: Alike::Settings,
    builds: false,
    influences: &[],
    runs_command: false,
    turn: 7,
    timeout: 10,
    steps,
    meaning: settings::of_scope,
    idle: evidence::zero_is_a_count,
    fold,
    summary,
    ..Definition::DEFAULT
};

/// Returns a pattern of the words that are counted as to-dos.
fn todos() -> String {
    format!("{}|{TODO_MACRO} *!", TODO_WORDS.join("|"))
}

fn steps(context: &StepContext<'_>, collector: &Collector) -> Vec<Step> {
    let verb = ("Counting", "Counted");
    vec![step(context, "loc", verb, collector, Action::Scan)]
}

/// Adds the sums over the files of each member.
fn fold(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    let standing = folded.standing(collector);
    let mut columns: [BTreeMap<&str, u64>; 6] = Default::default();
    for (package, row) in folded.steps_of(collector).flat_map(|s| s.facts.loc()) {
        for (column, number) in columns.iter_mut().zip(row) {
            *column.entry(package).or_default() += number;
        }
    }
    // `StepFacts::loc` has the order of the metrics.
    for (metric, column) in DEFINITION.metrics.iter().zip(&columns) {
        let reading = standing.count(&folded.packages, column);
        snapshot.metrics.insert(metric.name.to_owned(), reading);
    }
}

fn summary(summary: &StepSummary<'_>) -> Vec<Term> {
    let code = summary.value("loc.code");
    terms([
        summary.noun("loc.files", "file"),
        code.map(|lines| Term::Words(lines, "lines of code")),
    ])
}

//! `loc`: lines, `unsafe` blocks and open to-dos of the members' Rust sources.

use super::command::{StepContext, step};
use super::definition::{Definition, InputFile};
use super::evidence;
use super::folded::Folded;
use super::metric::{Metric, Visibility};
use super::summary::{StepSummary, Term, terms};
use crate::decode::source::{TODO_MACRO, TODO_WORDS, counts};
use crate::event::{Event, FileCounts};
use crate::metric::Better;
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
    steps,
    read_files,
    fold,
    summary,
    ..Definition::FILES
};

/// Returns a pattern of the words that are counted as to-dos.
fn todos() -> String {
    format!("{}|{TODO_MACRO} *!", TODO_WORDS.join("|"))
}

fn steps(context: &StepContext<'_>, collector: &Collector) -> Vec<Step> {
    let verb = ("Counting", "Counted");
    vec![step(context, "loc", verb, collector, Action::Scan)]
}

/// The metrics with the names of the counts that they are the sum of.
const COUNTS: [(&str, &str); 6] = [
    ("loc.files", "files"),
    ("loc.code", "code"),
    ("loc.comments", "comments"),
    ("loc.blank", "blank"),
    ("unsafe.blocks", "unsafe_blocks"),
    ("todo.open", "todos"),
];

fn read_files(
    _: &Step,
    files: &mut dyn Iterator<Item = InputFile>,
    sink: &mut dyn FnMut(Event),
) -> Result<(), String> {
    for file in files {
        let counts = counts(&file.text);
        let named = [
            ("code", counts.code),
            ("comments", counts.comments),
            ("blank", counts.blank),
            ("unsafe_blocks", counts.unsafe_blocks),
            ("todos", counts.todos),
        ];
        let named = named.map(|(name, count)| (name.into(), count.into()));
        sink(Event::Counted(file.counts(named.into())));
    }
    Ok(())
}

/// Returns a count of one file.
fn count(file: &FileCounts, name: &str) -> u64 {
    match name {
        "files" => 1,
        name => file.counts.get(name).copied().unwrap_or(0),
    }
}

/// Adds the sums over the files of each member.
fn fold(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    let standing = evidence::sources(folded, collector, folded.standing(collector));
    for (metric, name) in COUNTS {
        let reading = folded.sum(collector, &standing, |file| count(file, name));
        snapshot.metrics.insert(metric.to_owned(), reading);
    }
}

fn summary(summary: &StepSummary<'_>) -> Vec<Term> {
    let code = summary.value("loc.code");
    terms([
        summary.noun("loc.files", "file"),
        code.map(|lines| Term::Words(lines, "lines of code")),
    ])
}

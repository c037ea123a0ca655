//! `changelog`: what is wrong with the changelogs, each a finding with its place.

use super::Folded;
use super::check::record;
use super::standing::{finite, without};
use crate::event::{Level, Problem};
use crate::plan::Collector;
use crate::snapshot::{Finding, Snapshot};

/// `changelog.problems`; at least so many where tags could not be looked at.
pub(super) fn collect(folded: &Folded, snapshot: &mut Snapshot) {
    let collector = Collector::Changelog;
    let standing = folded.standing(&collector);
    let problems = folded.steps_of(&collector).flat_map(|s| &s.facts.problems);
    let found: Vec<Finding> = problems.map(|problem| finding(folded, problem)).collect();
    let count = found.len() as f64;
    let reading = match standing.reason() {
        None => finite(count),
        Some(mut unavailable) => {
            unavailable.at_least = standing.is_partial().then_some(count);
            without(unavailable)
        }
    };
    record(
        snapshot,
        &collector,
        [("changelog.problems", reading)],
        found,
        &standing,
        folded,
    );
}

/// It belongs to the member in whose folder the file lies, to none where a file speaks for several.
fn finding(folded: &Folded, problem: &Problem) -> Finding {
    let package = folded
        .workspace
        .owner(&problem.file)
        .map_or_else(String::new, |member| member.name.clone());
    Finding {
        collector: Collector::Changelog,
        package,
        file: problem.file.clone(),
        code: format!("changelog::{}", problem.rule),
        level: Level::Warning,
        item: String::new(),
        snippet: String::new(),
        text: problem.text.trim().to_owned(),
        message: problem.message.clone(),
        line: problem.line,
        column: 1,
        occurrences: 1,
    }
}

//! `doc`: rustdoc's lints, and undocumented public items.
//!
//! `cargo doc` also checks the libraries that members depend on, and rustdoc repeats a few of rustc's lints: both are
//! `check`'s to count. So warnings are those of `rustdoc::*` alone; errors are all, since each of them leaves a package
//! without documentation. Undocumented items are `missing_docs` of a step of its own, in which rustdoc also counts the items
//! of each library.

use std::collections::BTreeMap;

use super::check::{by_package, is_error, record};
use super::messages::Message;
use super::standing::{Standing, finite, without};
use super::{Folded, Seen, findings};
use crate::event::Diagnostic;
use crate::metric::{Reading, Unavailable};
use crate::plan::{Collector, Step};
use crate::snapshot::Snapshot;

/// `doc.errors`, `doc.warnings`, findings and coverage; `doc.missing` and `doc.coverage` when the plan has the step for them.
pub(super) fn collect(folded: &Folded, snapshot: &mut Snapshot) {
    let collector = Collector::Doc;
    let missing = folded.step(Step::MISSING_DOCS);
    let docs: Vec<&Seen> = folded
        .steps_of(&collector)
        .filter(|s| s.step.id != Step::MISSING_DOCS)
        .collect();
    let standing = docs.iter().copied().map(Standing::of).reduce(Standing::and);
    let standing = standing.unwrap_or_else(|| folded.standing(&collector));

    let messages = docs.iter().flat_map(|s| s.facts.messages.iter());
    let counted = messages.filter(|m| m.is_error() || m.code().starts_with("rustdoc::"));
    let selected = |m: &&Message| folded.packages.contains(&m.diagnostic.package);
    let mut found = findings::findings(&collector, counted.filter(selected), &folded.outlines);
    let readings = [
        (
            "doc.errors",
            standing.count(&folded.packages, &by_package(&found, &is_error)),
        ),
        (
            "doc.warnings",
            standing.count(&folded.packages, &by_package(&found, &|f| !is_error(f))),
        ),
    ];
    if let Some(step) = missing {
        let items = step
            .facts
            .messages
            .iter()
            .filter(|m| m.code() == "missing_docs");
        let items = findings::findings(&collector, items.filter(selected), &folded.outlines);
        let reading = Standing::of(step).count(&folded.packages, &by_package(&items, &|_| true));
        snapshot.metrics.insert("doc.missing".into(), reading);
        snapshot
            .metrics
            .insert("doc.coverage".into(), documented(folded, step));
        found.extend(items);
    }
    record(snapshot, &collector, readings, found, &standing, folded);
}

/// The share of public items that are documented, as rustdoc counts them: of all libraries, and of each.
fn documented(folded: &Folded, step: &Seen) -> Reading {
    let standing = Standing::of(step);
    let counts: BTreeMap<&str, (u64, u64)> =
        step.facts.messages.iter().filter_map(counted).collect();
    let covered = |package: &str| standing.reason().is_none() || standing.covered.contains(package);
    let libraries = folded
        .workspace
        .members
        .iter()
        .filter(|m| m.targets.iter().any(|t| t.doc && t.kind != "bin"));
    let silent = libraries
        .map(|m| m.name.as_str())
        .find(|name| !counts.contains_key(name));
    let sum = |of: fn(&(u64, u64)) -> u64| counts.values().map(of).sum::<u64>();
    let lacking = |reason: String| {
        without(Unavailable {
            reason,
            mend: None,
            at_least: None,
        })
    };
    let mut reading = match (standing.reason(), silent) {
        (Some(unavailable), _) => without(unavailable),
        (None, Some(package)) => lacking(format!("rustdoc did not count the items of {package}")),
        (None, None) if sum(|c| c.1) == 0 => lacking("there are no public items".into()),
        (None, None) => finite(percent(sum(|c| c.0), sum(|c| c.1))),
    };
    let known = counts
        .iter()
        .filter(|(package, (_, total))| *total > 0 && covered(package));
    reading.packages = known
        .map(|(package, (with, total))| ((*package).to_owned(), percent(*with, *total)))
        .collect();
    reading
}

fn percent(part: u64, total: u64) -> f64 {
    100.0 * part as f64 / total as f64
}

/// The package of a message that tells a count, with the documented of all its items: `6 of 17`.
fn counted(message: &Message) -> Option<(&str, (u64, u64))> {
    let (with, total) = message.diagnostic.message.split_once(" of ")?;
    let (with, total) = (with.parse().ok()?, total.parse().ok()?);
    (message.code() == Diagnostic::DOCUMENTED && with <= total)
        .then_some((message.diagnostic.package.as_str(), (with, total)))
}

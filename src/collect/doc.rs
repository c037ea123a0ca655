//! `doc`: rustdoc's lints, and undocumented public items.
//!
//! `cargo doc` also checks the libraries that members depend on, and rustdoc repeats a few of rustc's lints: both are
//! `check`'s to count. So warnings are those of `rustdoc::*` alone; errors are all, since each of them leaves a package
//! without documentation. Undocumented items are `missing_docs` of a step of its own.

use super::check::{by_package, is_error, record};
use super::messages::Message;
use super::standing::Standing;
use super::{Folded, Seen, findings};
use crate::plan::{Collector, Step};
use crate::snapshot::Snapshot;

/// `doc.errors`, `doc.warnings`, findings and coverage; `doc.missing` when the plan has the step for it.
pub(super) fn collect(folded: &Folded, snapshot: &mut Snapshot) {
    let collector = Collector::Doc;
    let missing = folded.step(Step::MISSING_DOCS);
    let docs: Vec<&Seen> = folded.steps_of(&collector).filter(|s| s.step.id != Step::MISSING_DOCS).collect();
    let standing = docs.iter().copied().map(Standing::of).reduce(Standing::and);
    let standing = standing.unwrap_or_else(|| folded.standing(&collector));

    let messages = docs.iter().flat_map(|s| s.facts.messages.iter());
    let counted = messages.filter(|m| m.is_error() || m.code().starts_with("rustdoc::"));
    let selected = |m: &&Message| folded.packages.contains(&m.diagnostic.package);
    let mut found = findings::findings(&collector, counted.filter(selected), &folded.outlines);
    let readings = [
        ("doc.errors", standing.count(&folded.packages, &by_package(&found, &is_error))),
        ("doc.warnings", standing.count(&folded.packages, &by_package(&found, &|f| !is_error(f)))),
    ];
    if let Some(step) = missing {
        let items = step.facts.messages.iter().filter(|m| m.code() == "missing_docs");
        let items = findings::findings(&collector, items.filter(selected), &folded.outlines);
        let reading = Standing::of(step).count(&folded.packages, &by_package(&items, &|_| true));
        snapshot.metrics.insert("doc.missing".into(), reading);
        found.extend(items);
    }
    record(snapshot, &collector, readings, found, &standing, folded);
}

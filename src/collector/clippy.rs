//! `clippy`: the lints of clippy itself. Rustc's own, which clippy reports too, are `check`'s.

use std::collections::BTreeSet;

use super::check::{by_package, is_error, record};
use super::{Folded, findings};
use crate::plan::Collector;
use crate::snapshot::Snapshot;

/// `clippy.errors`, `clippy.warnings`, `clippy.lint.NAME` of each lint that fired, findings and coverage. A lint that did not
/// fire has no metric of its own: which lints ran is not in the stream.
pub(super) fn collect(folded: &Folded, snapshot: &mut Snapshot) {
    let collector = Collector::Clippy;
    let standing = folded.standing(&collector);
    let messages = folded
        .steps_of(&collector)
        .flat_map(|s| s.facts.messages.iter());
    let own = messages.filter(|m| m.is_clippy() && folded.packages.contains(&m.diagnostic.package));
    let found = findings::findings(&collector, own, &folded.outlines);

    let lints: BTreeSet<&str> = found
        .iter()
        .filter_map(|f| f.code.strip_prefix("clippy::"))
        .collect();
    for lint in lints {
        let counts = by_package(&found, &|f| f.code.strip_prefix("clippy::") == Some(lint));
        snapshot.metrics.insert(
            format!("clippy.lint.{lint}"),
            standing.count(&folded.packages, &counts),
        );
    }
    let readings = [
        (
            "clippy.errors",
            standing.count(&folded.packages, &by_package(&found, &is_error)),
        ),
        (
            "clippy.warnings",
            standing.count(&folded.packages, &by_package(&found, &|f| !is_error(f))),
        ),
    ];
    record(snapshot, &collector, readings, found, &standing, folded);
}

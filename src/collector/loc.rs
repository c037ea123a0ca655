//! `loc`: lines, `unsafe` blocks and open to-dos of the members' Rust sources.

use std::collections::BTreeMap;

use super::Folded;
use crate::plan::Collector;
use crate::snapshot::Snapshot;

/// In the order of [`super::facts::Facts::loc`].
const METRICS: [&str; 6] = [
    "loc.files",
    "loc.code",
    "loc.comments",
    "loc.blank",
    "unsafe.blocks",
    "todo.open",
];

/// Sums over the files of each member.
pub(super) fn collect(folded: &Folded, snapshot: &mut Snapshot) {
    let standing = folded.standing(&Collector::Loc);
    let mut columns: [BTreeMap<&str, u64>; 6] = Default::default();
    for (package, row) in folded.steps_of(&Collector::Loc).flat_map(|s| s.facts.loc()) {
        for (column, number) in columns.iter_mut().zip(row) {
            *column.entry(package).or_default() += number;
        }
    }
    for (name, column) in METRICS.iter().zip(&columns) {
        snapshot
            .metrics
            .insert((*name).to_owned(), standing.count(&folded.packages, column));
    }
}

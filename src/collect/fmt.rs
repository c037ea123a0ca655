//! `fmt`: files that the formatter would change. A file belongs to the member in whose folder it lies.

use std::collections::BTreeMap;

use super::Folded;
use crate::metric::{Reading, Value};
use crate::plan::Collector;
use crate::snapshot::Snapshot;

/// `fmt.files`.
pub(super) fn collect(folded: &Folded, snapshot: &mut Snapshot) {
    let standing = folded.standing(&Collector::Fmt);
    let files: Vec<&String> = folded.steps_of(&Collector::Fmt).flat_map(|s| &s.facts.unformatted).collect();
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for member in files.iter().filter_map(|file| folded.workspace.owner(file)) {
        *counts.entry(&member.name).or_default() += 1;
    }
    let Reading { mut value, packages, .. } = standing.count(&folded.packages, &counts);
    // A file that members share from outside their folders counts, though for none of them.
    let all = files.len() as f64;
    match &mut value {
        Value::Measured(sum) => *sum = all,
        Value::Unavailable(unavailable) => unavailable.at_least = unavailable.at_least.map(|_| all),
    }
    snapshot.metrics.insert("fmt.files".into(), Reading { value, packages, spread: None });
}

//! `fmt`: files that the formatter would change. A file belongs to the member in whose folder it lies.

use std::collections::BTreeMap;

use super::Folded;
use crate::event::Level;
use crate::metric::{Reading, Value};
use crate::plan::Collector;
use crate::snapshot::{Finding, Snapshot};

/// `fmt.files`.
pub(super) fn collect(folded: &Folded, snapshot: &mut Snapshot) {
    let standing = folded.standing(&Collector::Fmt);
    let files: Vec<&String> = folded
        .steps_of(&Collector::Fmt)
        .flat_map(|s| &s.facts.unformatted)
        .collect();
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for member in files.iter().filter_map(|file| folded.workspace.owner(file)) {
        *counts.entry(&member.name).or_default() += 1;
    }
    let Reading {
        mut value,
        packages,
        ..
    } = standing.count(&folded.packages, &counts);
    // A file that members share from outside their folders counts, though for none of them.
    let all = files.len() as f64;
    match &mut value {
        Value::Measured(sum) => *sum = all,
        Value::Unavailable(unavailable) => unavailable.at_least = unavailable.at_least.map(|_| all),
    }
    snapshot.metrics.insert(
        "fmt.files".into(),
        Reading {
            value,
            packages,
            spread: None,
        },
    );
    snapshot
        .findings
        .extend(files.into_iter().map(|file| finding(folded, file)));
}

/// The file as a whole.
fn finding(folded: &Folded, file: &str) -> Finding {
    Finding {
        collector: Collector::Fmt,
        package: folded
            .workspace
            .owner(file)
            .map_or_else(String::new, |member| member.name.clone()),
        file: file.to_owned(),
        code: "unformatted".to_owned(),
        level: Level::Warning,
        item: String::new(),
        snippet: String::new(),
        text: String::new(),
        message: "rustfmt would change this file".to_owned(),
        line: 0,
        column: 0,
        occurrences: 1,
    }
}

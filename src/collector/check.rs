//! `check`: rustc's own diagnostics.
//!
//! They are those of the step that answers `check` (its own, or clippy's less `clippy::*`: the same by measurement). Errors
//! that only code generation or the linker finds are not among them: they belong to the step that builds or tests, so that
//! the count is that of `cargo check` whatever else is measured.
//!
//! Where clippy answers and did not cover a package (a lint that is an error ends its crate and hides the dependents), but
//! the test step compiled it whole, the test step's diagnostics stand for it.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::messages::{Message, Messages};
use super::standing::Standing;
use super::{Folded, findings};
use crate::event::Level;
use crate::metric::Reading;
use crate::plan::Collector;
use crate::run::StepStatus;
use crate::snapshot::{Finding, Snapshot};

/// The members of rustc's lint group `unused` (`rustc -W help`, 1.95), but for `dead_code`, which has a metric of its own.
const UNUSED: [&str; 22] = [
    "map_unit_fn",
    "path_statements",
    "redundant_semicolons",
    "unreachable_code",
    "unreachable_patterns",
    "unused_allocation",
    "unused_assignments",
    "unused_attributes",
    "unused_braces",
    "unused_doc_comments",
    "unused_extern_crates",
    "unused_features",
    "unused_imports",
    "unused_labels",
    "unused_macro_rules",
    "unused_macros",
    "unused_must_use",
    "unused_mut",
    "unused_parens",
    "unused_unsafe",
    "unused_variables",
    "unused_visibilities",
];

/// `check.errors`, `check.warnings`, `rustc.*`, findings and coverage. Clippy's own lints are left out.
pub(super) fn collect(folded: &Folded, snapshot: &mut Snapshot) {
    let (standing, messages) = answer(folded);
    let selected = messages
        .iter()
        .filter(|m| folded.packages.contains(&m.diagnostic.package));
    let found = findings::findings(&Collector::Check, selected, &folded.outlines);
    let count = |which: &dyn Fn(&Finding) -> bool| {
        standing.count(&folded.packages, &by_package(&found, which))
    };
    let readings = [
        ("check.errors", count(&is_error)),
        ("check.warnings", count(&|f| !is_error(f))),
        ("rustc.dead_code", count(&|f| f.code == "dead_code")),
        (
            "rustc.unused",
            count(&|f| UNUSED.contains(&f.code.as_str())),
        ),
    ];
    record(
        snapshot,
        &Collector::Check,
        readings,
        found,
        &standing,
        folded,
    );
}

/// Adds the metrics, findings and coverage of a diagnostic collector.
pub(super) fn record<const N: usize>(
    snapshot: &mut Snapshot,
    collector: &Collector,
    readings: [(&str, Reading); N],
    found: Vec<Finding>,
    standing: &Standing,
    folded: &Folded,
) {
    snapshot.metrics.extend(
        readings
            .into_iter()
            .map(|(name, reading)| (name.to_owned(), reading)),
    );
    snapshot.findings.extend(found);
    let covered = match standing.status {
        StepStatus::Whole => folded.packages.iter().cloned().collect(),
        StepStatus::Partial(_) => standing.covered.iter().cloned().collect(),
        _ => Vec::new(),
    };
    snapshot.covered.insert(collector.clone(), covered);
}

/// How many findings of each package are meant.
pub(super) fn by_package<'a>(
    found: &'a [Finding],
    which: &dyn Fn(&Finding) -> bool,
) -> BTreeMap<&'a str, u64> {
    let mut counts = BTreeMap::new();
    for finding in found.iter().filter(|f| which(f)) {
        *counts.entry(finding.package.as_str()).or_insert(0) += 1;
    }
    counts
}

/// Not a warning.
pub(super) fn is_error(finding: &Finding) -> bool {
    finding.level != Level::Warning
}

/// The diagnostics that answer `check`, and how well they are known.
fn answer(folded: &Folded) -> (Standing, Messages) {
    let mut standing = folded.standing(&Collector::Check);
    let mut messages = Messages::default();
    for step in folded.steps_of(&Collector::Check) {
        messages.unite(step.facts.messages.iter().filter(|m| !m.is_clippy()));
    }
    if folded
        .plan
        .answered
        .iter()
        .any(|a| a.collector == Collector::Check)
        && standing.reason().is_some()
    {
        for step in folded.steps_of(&Collector::Test) {
            let gained: BTreeSet<&String> = step.covered.difference(&standing.covered).collect();
            let stands_in = |m: &&Message| {
                gained.contains(&m.diagnostic.package) && m.code() != "linker_messages"
            };
            messages.unite(step.facts.messages.iter().filter(stands_in));
            let gained: Vec<String> = gained.into_iter().cloned().collect();
            standing.gain(gained, &folded.packages);
        }
    }
    (standing, messages)
}

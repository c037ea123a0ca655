//! Comparing two views: findings and tests that are new, gone or changed.
//!
//! Only what both sides measured whole is compared: a collector that ran on both sides under like provenance, a package
//! that both covered (or that certainly did not exist on one), a suite with a result. All else is neither new nor fixed.

use std::collections::{BTreeMap, BTreeSet};

use super::{LineMap, alike, cover, matching};
use crate::event::Outcome;
use crate::plan::Collector;
use crate::run::View;
use crate::snapshot::{Comparison, Finding, Refusal, Test};

#[cfg(test)]
mod tests;

/// Compares two views. `lines` is given when the base's commit is known to git; it is not used when the base was dirty,
/// since then the commit does not hold what was measured.
pub fn compare(base: &View, head: &View, lines: Option<&LineMap>) -> Comparison {
    let lines = lines.filter(|_| !base.provenance.dirty);
    let (refused, open) = common(base, head);
    let findings = matching::match_findings(
        &comparable(base, head, &open),
        &comparable(head, base, &open),
        lines,
    );
    let mut comparison = Comparison {
        refused,
        findings,
        ..Comparison::default()
    };
    if open.contains(&Collector::Test) {
        tests(base, head, &mut comparison);
    }
    comparison
}

/// Collectors on both sides: those refused with the reason, and the others.
fn common(base: &View, head: &View) -> (BTreeMap<Collector, Refusal>, BTreeSet<Collector>) {
    let named = head
        .sources
        .keys()
        .chain(head.snapshot.covered.keys())
        .cloned();
    let all: BTreeSet<Collector> = named.chain(Collector::BUILT_IN).collect();
    let (mut refused, mut open) = (BTreeMap::new(), BTreeSet::new());
    for collector in all {
        let present =
            |view: &View| cover::present(view, &collector) && !view.stale.contains_key(&collector);
        if !present(base) || !present(head) {
            continue;
        }
        match alike::unlike(
            alike::strictest(&collector),
            &base.provenance,
            &head.provenance,
            &collector,
        ) {
            Some(refusal) => _ = refused.insert(collector, refusal),
            None => _ = open.insert(collector),
        }
    }
    (refused, open)
}

/// The findings of `view` in packages that both sides know.
fn comparable<'a>(view: &'a View, other: &View, open: &BTreeSet<Collector>) -> Vec<&'a Finding> {
    let mut known: BTreeMap<(&Collector, &str), bool> = BTreeMap::new();
    let mut is_known = |finding: &'a Finding| {
        let (collector, package) = (&finding.collector, finding.package.as_str());
        *known.entry((collector, package)).or_insert_with(|| {
            open.contains(collector)
                && cover::knows(view, collector, package)
                && cover::knows(other, collector, package)
        })
    };
    view.snapshot
        .findings
        .iter()
        .filter(|finding| is_known(finding))
        .collect()
}

/// Sorts tests by id into regressed, vanished, newly ignored, added and repaired.
fn tests(base: &View, head: &View, comparison: &mut Comparison) {
    let (before, now) = (&base.snapshot.tests, &head.snapshot.tests);
    for (id, test) in before {
        let list = match (test.outcome, now.get(id).map(|t| t.outcome)) {
            (Outcome::Passed, Some(Outcome::Failed)) => &mut comparison.regressed,
            (Outcome::Passed, Some(Outcome::Ignored)) => &mut comparison.newly_ignored,
            (Outcome::Failed, Some(Outcome::Passed)) => &mut comparison.repaired,
            (_, None) if settled(head, id, &test.package) => &mut comparison.vanished,
            _ => continue,
        };
        list.push(id.clone());
    }
    let is_added = |(id, test): &(&String, &Test)| {
        !before.contains_key(*id) && settled(base, id, &test.package)
    };
    comparison.added = now
        .iter()
        .filter(is_added)
        .map(|(id, _)| id.clone())
        .collect();
}

/// Had this test existed, the view would list it: its package was measured and its suite has a result.
fn settled(view: &View, id: &str, package: &str) -> bool {
    cover::reaches(view, &Collector::Test, package)
        && !view
            .snapshot
            .incomplete
            .keys()
            .any(|suite| cover::suite(suite) == cover::suite(id))
}

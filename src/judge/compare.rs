//! Compares two views: findings and tests that are new, gone or changed.
//!
//! Only data that both sides measured completely is compared: collectors that ran on both sides under
//! comparable conditions, packages that both sides covered (or that certainly did not exist on one of
//! them), and suites with a result. Other findings and tests count neither as new nor as fixed.

use std::collections::{BTreeMap, BTreeSet};

use super::{LineMap, alike, cover, matching};
use crate::collector;
use crate::event::Outcome;
use crate::plan::Collector;
use crate::run::View;
use crate::snapshot::{Comparison, Finding, Refusal, SuiteId, TestId};

#[cfg(test)]
mod tests;

/// Compares two views. `lines` is the line map from the base's commit, if git knows it. It is ignored
/// if the base was dirty, because the commit then differs from the measured tree.
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
    if open.contains(&collector::of_tests()) {
        tests(base, head, &mut comparison);
    }
    comparison
}

/// Returns the collectors of both sides: the incomparable ones with the reason, and the others.
fn common(base: &View, head: &View) -> (BTreeMap<Collector, Refusal>, BTreeSet<Collector>) {
    let named = head
        .sources
        .keys()
        .chain(head.snapshot.covered.keys())
        .cloned();
    let all: BTreeSet<Collector> = named
        .chain(collector::ALL.iter().map(|one| one.collector()))
        .collect();
    let (mut refused, mut open) = (BTreeMap::new(), BTreeSet::new());
    for collector in all {
        let is_on_both_sides = [base, head]
            .iter()
            .all(|view| cover::present(view, &collector) && !view.stale.contains_key(&collector));
        if !is_on_both_sides {
            continue;
        }
        match alike::unlike(
            collector::of(&collector).alike,
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

/// Returns the findings of `view` in packages that both sides know.
fn comparable<'a>(view: &'a View, other: &View, open: &BTreeSet<Collector>) -> Vec<&'a Finding> {
    let mut known: BTreeMap<(&Collector, &str), bool> = BTreeMap::new();
    let findings = view.snapshot.findings.iter().filter(|finding| {
        let (collector, package) = (&finding.collector, finding.package.as_str());
        *known.entry((collector, package)).or_insert_with(|| {
            open.contains(collector)
                && cover::knows(view, collector, package)
                && cover::knows(other, collector, package)
        })
    });
    findings.collect()
}

/// Sorts tests by id into regressed, vanished, newly ignored, added and repaired.
fn tests(base: &View, head: &View, comparison: &mut Comparison) {
    let (before, now) = (&base.snapshot.tests, &head.snapshot.tests);
    for (id, test) in before {
        let list = match (test.outcome, now.get(id).map(|t| t.outcome)) {
            (Outcome::Passed | Outcome::Flaky, Some(Outcome::Failed)) => &mut comparison.regressed,
            (Outcome::Passed | Outcome::Flaky | Outcome::Failed, Some(Outcome::Ignored)) => {
                &mut comparison.newly_ignored
            }
            (Outcome::Failed, Some(Outcome::Passed | Outcome::Flaky)) => &mut comparison.repaired,
            (_, None) if settled(head, id, &test.package) => &mut comparison.vanished,
            _ => continue,
        };
        list.push(id.clone());
    }
    let added = now
        .iter()
        .filter(|(id, test)| !before.contains_key(*id) && settled(base, id, &test.package));
    comparison.added = added.map(|(id, _)| id.clone()).collect();
}

/// Returns whether the view would list this test if it existed: its package was measured, and its
/// suite has a result.
fn settled(view: &View, id: &str, package: &str) -> bool {
    cover::reaches(view, &collector::of_tests(), package)
        && !view
            .snapshot
            .incomplete
            .keys()
            .any(|suite| SuiteId::parse(suite) == TestId::parse(id).suite)
}

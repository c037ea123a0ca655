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
use crate::snapshot::{Comparison, Finding, Refusal, SuiteId, SuiteTarget, Test, TestId};

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
        tests(base, head, lines, &mut comparison);
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
fn tests(base: &View, head: &View, lines: Option<&LineMap>, comparison: &mut Comparison) {
    let (before, now) = (&base.snapshot.tests, &head.snapshot.tests);
    let moved = moved_doctests(before, now, lines);
    for (id, test) in before {
        let id_now = moved.get(id.as_str()).copied().unwrap_or(id);
        let list = match (test.outcome, now.get(id_now).map(|t| t.outcome)) {
            (Outcome::Passed | Outcome::Flaky, Some(Outcome::Failed)) => &mut comparison.regressed,
            (Outcome::Passed | Outcome::Flaky | Outcome::Failed, Some(Outcome::Ignored)) => {
                &mut comparison.newly_ignored
            }
            (Outcome::Failed, Some(Outcome::Passed | Outcome::Flaky)) => &mut comparison.repaired,
            (_, None) if settled(head, id, &test.package) => &mut comparison.vanished,
            _ => continue,
        };
        list.push(id_now.to_owned());
    }
    let is_moved: BTreeSet<&str> = moved.into_values().collect();
    let added = now.iter().filter(|(id, test)| {
        !before.contains_key(*id)
            && !is_moved.contains(id.as_str())
            && settled(base, id, &test.package)
    });
    comparison.added = added.map(|(id, _)| id.clone()).collect();
}

/// Returns the doctests of the base that the head has in another file, with their ids there.
///
/// A doctest is named after its file and its item. In another file it is the same test if git reports
/// that the file was renamed, or if no other doctest of the package has the item. Those of a crate itself
/// have no item, and are told apart by the names of their files if there are several.
fn moved_doctests<'a>(
    before: &'a BTreeMap<String, Test>,
    now: &'a BTreeMap<String, Test>,
    lines: Option<&LineMap>,
) -> BTreeMap<&'a str, &'a str> {
    let (lost, found) = (doctests_only_in(before, now), doctests_only_in(now, before));
    let (lost_by_key, found_by_key) = (by_key(&lost), by_key(&found));
    let mut moved = BTreeMap::new();
    for (doctest, id) in &lost {
        let file = lines.map_or(doctest.file, |lines| lines.near(doctest.file, 0).0);
        let renamed = found.get(&Doctest { file, ..*doctest }).copied();
        let alike = doctest.keys().into_iter().find_map(|key| {
            match [lost_by_key.get(&key)?, found_by_key.get(&key)?].map(Vec::as_slice) {
                [[_], [only]] => Some(*only),
                _ => None,
            }
        });
        moved.extend(renamed.or(alike).map(|other| (*id, other)));
    }
    moved
}

/// Returns the doctests that the other side does not have, with their ids.
fn doctests_only_in<'a>(
    own: &'a BTreeMap<String, Test>,
    other: &BTreeMap<String, Test>,
) -> BTreeMap<Doctest<'a>, &'a str> {
    let own = own.keys().filter(|id| !other.contains_key(*id));
    own.filter_map(|id| Some((Doctest::parse(id)?, id.as_str())))
        .collect()
}

/// What a doctest has in common with one in another file: the package, a part of the file's name, and the
/// item.
type DoctestKey<'a> = (&'a str, &'a str, &'a str);

/// Returns the ids of the doctests with each key.
fn by_key<'a>(doctests: &BTreeMap<Doctest<'a>, &'a str>) -> BTreeMap<DoctestKey<'a>, Vec<&'a str>> {
    let mut keyed: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for (doctest, id) in doctests {
        for key in doctest.keys() {
            keyed.entry(key).or_default().push(*id);
        }
    }
    keyed
}

/// The parts of a doctest's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Doctest<'a> {
    package: &'a str,
    file: &'a str,
    /// The item, and what follows it. Empty for a doctest of the file itself.
    item: &'a str,
}

impl<'a> Doctest<'a> {
    fn parse(id: &'a str) -> Option<Self> {
        let TestId { suite, name } = TestId::parse(id);
        let (file, item) = name.split_once(" - ").unwrap_or((name, ""));
        (suite.target == SuiteTarget::Doc).then_some(Self {
            package: suite.package,
            file,
            item,
        })
    }

    /// Returns the keys by which it is found in another file, the more general one first. An item is
    /// known by its path alone; without one, a source and a document are told apart.
    fn keys(&self) -> [DoctestKey<'a>; 2] {
        let name = self.file.rsplit('/').next().unwrap_or_default();
        let kind = match self.item {
            "" => name.rsplit('.').next().unwrap_or_default(),
            _ => "",
        };
        [kind, name].map(|part| (self.package, part, self.item))
    }
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

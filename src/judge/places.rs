//! The places and names that make a figure, worst first.

use std::collections::{BTreeMap, BTreeSet};

use super::derived::{Member, members};
use super::subject::Subject;
use super::words::{apart, quantity};
use super::{Evidence, cover, remedy};
use crate::collector::{self, Change, Counts};
use crate::event::Level;
use crate::gate::{Op, Operand, Reference};
use crate::metric::{Better, Value};
use crate::plan::Collector;
use crate::run::{Judged, View};
use crate::snapshot::{Finding, Snapshot};

/// Returns at most [`Judged::EVIDENCE`] of them: places of findings, ids of tests, or packages with their values.
pub(super) fn evidence(subject: &Subject<'_>, evidence: &Evidence<'_>) -> Vec<String> {
    let metric = collector::metric(subject.row);
    if let Some(change) = metric.and_then(|metric| metric.change) {
        return changes(subject, evidence, change);
    }
    let mut all = match metric.and_then(|metric| metric.counts) {
        Some(Counts::Failures(_)) => {
            let failing = remedy::failing(subject, evidence);
            failing.take(Judged::EVIDENCE).map(str::to_owned).collect()
        }
        Some(Counts::IncompleteSuites) => incomplete(subject, evidence),
        Some(Counts::Findings(_) | Counts::Tests(_)) | None => listed(subject, evidence),
    };
    all.truncate(Judged::EVIDENCE);
    all
}

/// Returns what changed since the baseline.
fn changes(subject: &Subject<'_>, evidence: &Evidence<'_>, change: Change) -> Vec<String> {
    let Some(comparison) = evidence.comparison else {
        return Vec::new();
    };
    let members = members(subject, comparison);
    let place = |member: &Member<'_>| match (change, member) {
        (Change::Vanished, Member::Test(id)) => vanished(id, &comparison.added),
        _ => member.place(),
    };
    members.iter().take(Judged::EVIDENCE).map(place).collect()
}

/// Returns a vanished test, with the added test of the same package that it could have become.
fn vanished(id: &str, added: &[String]) -> String {
    let package = cover::owner(id);
    let candidates = added.iter().filter(|other| cover::owner(other) == package);
    let likeliest = candidates
        .map(|other| (alikeness(id, other), other))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match likeliest {
        Some((share, other)) if share >= RENAMED => {
            format!("{id} (renamed to {}?)", cover::name(other))
        }
        _ => id.to_owned(),
    }
}

/// From this share of common characters on two names may be of one test.
const RENAMED: f64 = 0.7;

/// Returns the share of their names that two tests have in common: the longer of one beginning and one end, or all of the
/// last part, as when a module was renamed.
fn alikeness(a: &str, b: &str) -> f64 {
    let (a, b) = (cover::name(a), cover::name(b));
    if a.rsplit("::").next() == b.rsplit("::").next() {
        return 1.0;
    }
    let common =
        |pairs: &mut dyn Iterator<Item = (char, char)>| pairs.take_while(|(a, b)| a == b).count();
    let lengths = (a.chars().count(), b.chars().count());
    let head = common(&mut a.chars().zip(b.chars()));
    let tail = common(&mut a.chars().rev().zip(b.chars().rev()));
    (2 * (head + tail).min(lengths.0.min(lengths.1))) as f64 / (lengths.0 + lengths.1) as f64
}

/// More findings than these are told by package.
const FEW: usize = 10;

/// Returns places, where they are few, are errors, or are asked for of one package; else packages with their figures, behind
/// the places that are new.
fn listed(subject: &Subject<'_>, evidence: &Evidence<'_>) -> Vec<String> {
    let (new, old) = findings(subject, evidence);
    let mark = if new.is_empty() || old.is_empty() {
        ""
    } else {
        " (new)"
    };
    let mut places: Vec<String> = new
        .iter()
        .map(|f| Member::Finding(f).place() + mark)
        .collect();
    let count = new.len() + old.len();
    let of_errors = new.iter().chain(&old).all(|f| f.level != Level::Warning);
    if subject.package.is_some() || count > 0 && (of_errors || count <= FEW) {
        places.extend(old.iter().map(|f| Member::Finding(f).place()));
        return places;
    }
    places.truncate(FEW);
    places.extend(packages(subject, evidence));
    places
}

/// Suites without a result, with the reason.
fn incomplete(subject: &Subject<'_>, evidence: &Evidence<'_>) -> Vec<String> {
    let of = |suite: &str| {
        subject
            .package
            .as_deref()
            .is_none_or(|package| cover::owner(suite) == package)
    };
    let suites = evidence
        .head
        .snapshot
        .incomplete
        .iter()
        .filter(|(suite, _)| of(suite));
    suites
        .map(|(suite, reason)| format!("{suite}: {reason}"))
        .collect()
}

/// Returns the findings of the package, or all, that this metric counts: those the baseline does not have, and the others.
fn findings<'a>(
    subject: &Subject<'_>,
    evidence: &Evidence<'a>,
) -> (Vec<&'a Finding>, Vec<&'a Finding>) {
    let ours = |f: &Finding| {
        subject
            .package
            .as_deref()
            .is_none_or(|package| *package == f.package)
    };
    let here = |f: &&Finding| ours(f) && counts(&subject.metric, &subject.row.collector, f);
    let new = evidence
        .comparison
        .map(|comparison| comparison.findings.new.as_slice())
        .unwrap_or_default();
    evidence
        .head
        .snapshot
        .findings
        .iter()
        .filter(here)
        .partition(|f| new.contains(f))
}

/// Returns the first errors for which a collector could not measure everything.
pub(super) fn errors(subject: &Subject<'_>, head: &View) -> Vec<String> {
    const SHOWN: usize = 3;
    let ours = |f: &&Finding| {
        subject
            .package
            .as_deref()
            .is_none_or(|package| *package == f.package)
    };
    let is_why = |f: &&Finding| f.level != Level::Warning && f.collector == subject.row.collector;
    head.snapshot
        .findings
        .iter()
        .filter(is_why)
        .filter(ours)
        .take(SHOWN)
        .map(|f| Member::Finding(f).place())
        .collect()
}

/// Returns the places of all findings that a metric of this collector counts.
pub fn counted(metric: &str, collector: &Collector, snapshot: &Snapshot) -> Vec<String> {
    let counted = snapshot
        .findings
        .iter()
        .filter(|finding| counts(metric, collector, finding));
    counted
        .map(|finding| Member::Finding(finding).place())
        .collect()
}

/// Returns whether a finding is one of those that a metric of this collector counts.
pub(super) fn counts(metric: &str, collector: &Collector, finding: &Finding) -> bool {
    let row = collector::of(collector).metric(metric);
    finding.collector == *collector && row.is_some_and(|row| row.counts_finding(metric, finding))
}

/// `riptide-api 9, riptide-pool 3`: packages by figure, those at zero left out; held against the baseline those that got
/// worse, if any did.
fn packages(subject: &Subject<'_>, evidence: &Evidence<'_>) -> Vec<String> {
    let worse = worsened(subject, evidence);
    let Some(reading) = evidence
        .head
        .snapshot
        .metrics
        .get(&subject.metric)
        .filter(|_| worse.is_empty())
    else {
        return worse;
    };
    let mut all: Vec<_> = reading
        .packages
        .iter()
        .filter(|(_, value)| **value != 0.0)
        .collect();
    match subject.row.better {
        Better::Higher => all.sort_by(|a, b| a.1.total_cmp(b.1)),
        Better::Lower | Better::None => all.sort_by(|a, b| b.1.total_cmp(a.1)),
    }
    all.iter()
        .map(|(package, value)| format!("{package} {}", quantity(**value, &subject.row.unit)))
        .collect()
}

/// `riptide-api 9 (was 7)`: what moved a figure the wrong way since the baseline, most first. A package without a figure is
/// at zero where all were measured; else nothing is said.
fn worsened(subject: &Subject<'_>, evidence: &Evidence<'_>) -> Vec<String> {
    let Operand::Reference(Reference::Baseline, _) = subject.gate.require.operand else {
        return Vec::new();
    };
    let figures = |view: &View| {
        let reading = view.snapshot.metrics.get(&subject.metric)?;
        matches!(reading.value, Value::Measured(_)).then(|| reading.packages.clone())
    };
    let (Some(base), Some(head)) = (evidence.baseline.and_then(figures), figures(evidence.head))
    else {
        return Vec::new();
    };
    let of = |figures: &BTreeMap<String, f64>, package: &str| {
        figures.get(package).copied().unwrap_or(0.0)
    };
    let harm = |package: &String| match (
        subject.gate.require.op,
        of(&head, package) - of(&base, package),
    ) {
        (Op::Less | Op::AtMost, change) => change,
        (Op::AtLeast | Op::More, change) => -change,
        (Op::Equal, change) => change.abs(),
    };
    let packages: BTreeSet<&String> = base.keys().chain(head.keys()).collect();
    let mut worse: Vec<&String> = packages
        .into_iter()
        .filter(|package| harm(package) > 0.0)
        .collect();
    worse.sort_by(|a, b| harm(b).total_cmp(&harm(a)));
    let unit = &subject.row.unit;
    let told = |p: &String| {
        let (now, then) = apart(of(&head, p), of(&base, p), unit);
        format!("{p} {now} (was {then})")
    };
    worse.into_iter().map(told).collect()
}

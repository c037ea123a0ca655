//! The places and names behind a value, worst first.

use std::collections::{BTreeMap, BTreeSet};

use super::members::{Member, members};
use super::subject::Subject;
use super::words::{apart, quantity};
use super::{Evidence, remedy};
use crate::collector::{self, Change, Counts};
use crate::event::Level;
use crate::gate::{Op, Operand, Reference};
use crate::metric::{Better, Value};
use crate::plan::Collector;
use crate::run::{Judged, View};
use crate::snapshot::{Comparison, Finding, Snapshot, SuiteId, TestId};

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
        Some(Counts::Findings(_) | Counts::Files | Counts::Tests(_)) | None => {
            listed(subject, evidence)
        }
    };
    all.truncate(Judged::EVIDENCE);
    all
}

/// Returns what changed since the baseline.
fn changes(subject: &Subject<'_>, evidence: &Evidence<'_>, change: Change) -> Vec<String> {
    let Some(comparison) = evidence.comparison else {
        return Vec::new();
    };
    if change == Change::Patch {
        return missed_lines(subject, comparison);
    }
    let members = members(subject, comparison);
    let places = members.iter().map(|member| match (change, member) {
        (Change::Vanished, Member::Test(id)) => vanished(id, &comparison.added),
        _ => member.place(),
    });
    places.take(Judged::EVIDENCE).collect()
}

/// Returns the files with changed lines that were not executed.
fn missed_lines(subject: &Subject<'_>, comparison: &Comparison) -> Vec<String> {
    let patch = comparison.patches.get(&subject.row.collector);
    let files = patch
        .and_then(|patch| patch.as_ref().ok())
        .into_iter()
        .flat_map(|patch| patch.of_package(subject.package.as_deref()));
    let missed = files.filter_map(|(file, lines)| {
        let (first, missed) = (lines.missed.first()?, lines.missed.count());
        let all = lines.executed.count() + missed;
        let lines = &lines.missed;
        Some(format!(
            "{file}:{first}:1 {missed} of {all} changed lines are not covered: {lines}"
        ))
    });
    missed.take(Judged::EVIDENCE).collect()
}

/// Returns a vanished test, with the added test of the same package that it could have become.
fn vanished(id: &str, added: &[String]) -> String {
    let test = TestId::parse(id);
    let likeliest = added
        .iter()
        .map(|other| TestId::parse(other))
        .filter(|other| other.suite.package == test.suite.package)
        .map(|other| (alikeness(test.name, other.name), other.name))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match likeliest {
        Some((share, name)) if share >= RENAMED => format!("{id} (renamed to {name}?)"),
        _ => id.to_owned(),
    }
}

/// The share of common characters from which two names may belong to one test.
const RENAMED: f64 = 0.7;

/// Returns the share that two names of tests have in common: their beginning and their end. Two
/// names with the same last component count as equal, because a module may have been renamed.
fn alikeness(a: &str, b: &str) -> f64 {
    if a.rsplit("::").next() == b.rsplit("::").next() {
        return 1.0;
    }
    let lengths = (a.chars().count(), b.chars().count());
    let head = common(a.chars(), b.chars());
    let tail = common(a.chars().rev(), b.chars().rev());
    // The beginning and the end may overlap.
    let shared = (head + tail).min(lengths.0.min(lengths.1));
    (2 * shared) as f64 / (lengths.0 + lengths.1) as f64
}

/// Returns the number of equal characters at the beginning.
fn common(a: impl Iterator<Item = char>, b: impl Iterator<Item = char>) -> usize {
    a.zip(b).take_while(|(a, b)| a == b).count()
}

/// The number of findings up to which they are listed one by one.
const FEW: usize = 10;

/// Returns places if there are only a few, if all are errors, or for a gate on one package. Otherwise
/// returns the new places, and packages with their values.
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

/// Returns the suites without a result, with the reason.
fn incomplete(subject: &Subject<'_>, evidence: &Evidence<'_>) -> Vec<String> {
    let suites = evidence
        .head
        .snapshot
        .incomplete
        .iter()
        .filter(|(suite, _)| subject.includes(SuiteId::parse(suite).package));
    suites
        .map(|(suite, reason)| format!("{suite}: {reason}"))
        .collect()
}

/// Returns the findings that the gate counts: those that the baseline does not have, and the others.
fn findings<'a>(
    subject: &Subject<'_>,
    evidence: &Evidence<'a>,
) -> (Vec<&'a Finding>, Vec<&'a Finding>) {
    let new = evidence
        .comparison
        .map(|comparison| comparison.findings.new.as_slice())
        .unwrap_or_default();
    evidence
        .head
        .snapshot
        .findings
        .iter()
        .filter(|f| subject.includes(&f.package))
        .filter(|f| counts(&subject.metric, &subject.row.collector, f))
        .partition(|f| new.contains(f))
}

/// Returns the first errors because of which a collector could not measure everything.
pub(super) fn errors(subject: &Subject<'_>, head: &View) -> Vec<String> {
    const SHOWN: usize = 3;
    head.snapshot
        .findings
        .iter()
        .filter(|f| f.level != Level::Warning && f.collector == subject.row.collector)
        .filter(|f| subject.includes(&f.package))
        .take(SHOWN)
        .map(|f| Member::Finding(f).place())
        .collect()
}

/// Returns the places of the findings that a metric of this collector counts, in these packages or
/// in all.
pub fn counted(
    metric: &str,
    collector: &Collector,
    packages: Option<&BTreeSet<&str>>,
    snapshot: &Snapshot,
) -> Vec<String> {
    let counted = snapshot
        .findings
        .iter()
        .filter(|finding| counts(metric, collector, finding))
        .filter(|f| packages.is_none_or(|names| names.contains(f.package.as_str())));
    counted
        .map(|finding| Member::Finding(finding).place())
        .collect()
}

/// Returns a lower bound of a package's value in a partly measured workspace: the number of its
/// findings or tests.
///
/// `None` if the entries of all packages do not add up to `all`, the lower bound of the workspace.
/// The metric then counts something else, such as suites, or only some of the entries.
pub(super) fn at_least(
    subject: &Subject<'_>,
    package: &str,
    all: f64,
    snapshot: &Snapshot,
) -> Option<f64> {
    let collector = &subject.row.collector;
    let packages: Vec<&str> = match collector::metric(subject.row)?.counts? {
        Counts::Findings(_) => {
            let findings = snapshot.findings.iter();
            let counted = findings.filter(|f| counts(&subject.metric, collector, f));
            counted.map(|finding| finding.package.as_str()).collect()
        }
        Counts::Files => {
            let findings = snapshot.findings.iter();
            let of_collector = findings.filter(|finding| finding.collector == *collector);
            let mut of_package = BTreeSet::new();
            let mut of_all = BTreeSet::new();
            for finding in of_collector {
                of_all.insert(&finding.file);
                if finding.package == package {
                    of_package.insert(&finding.file);
                }
            }
            return (of_all.len() as f64 == all).then_some(of_package.len() as f64);
        }
        Counts::Tests(counts) | Counts::Failures(counts) => {
            let tests = snapshot.tests.values().filter(|test| counts(test));
            tests.map(|test| test.package.as_str()).collect()
        }
        Counts::IncompleteSuites => return None,
    };
    let own = packages.iter().filter(|name| **name == package).count();
    (packages.len() as f64 == all).then_some(own as f64)
}

/// Returns whether a finding is one of those that a metric of this collector counts.
pub(super) fn counts(metric: &str, collector: &Collector, finding: &Finding) -> bool {
    let row = collector::of(collector).metric(metric);
    finding.collector == *collector && row.is_some_and(|row| row.counts_finding(metric, finding))
}

/// Returns packages with their values, such as `riptide-api 9`, without those at zero. For a gate
/// relative to the baseline, only the packages that got worse, if there are any.
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

/// Returns the packages that got worse since the baseline, such as `riptide-api 9 (was 7)`, worst
/// first. If all packages were measured, one without a value counts as zero. Otherwise the result is
/// empty.
fn worsened(subject: &Subject<'_>, evidence: &Evidence<'_>) -> Vec<String> {
    let Operand::Reference(Reference::Baseline, _) = subject.gate.require.operand else {
        return Vec::new();
    };
    let base = evidence
        .baseline
        .and_then(|view| values(view, &subject.metric));
    let (Some(base), Some(head)) = (base, values(evidence.head, &subject.metric)) else {
        return Vec::new();
    };

    let packages: BTreeSet<&String> = base.keys().chain(head.keys()).collect();
    let mut worse = Vec::new();
    for package in packages {
        let then = base.get(package).copied().unwrap_or(0.0);
        let now = head.get(package).copied().unwrap_or(0.0);
        let harm = match subject.gate.require.op {
            Op::Less | Op::AtMost => now - then,
            Op::AtLeast | Op::More => then - now,
            Op::Equal => (now - then).abs(),
        };
        if harm > 0.0 {
            worse.push((harm, package, now, then));
        }
    }
    worse.sort_by(|a, b| b.0.total_cmp(&a.0));

    let lines = worse.into_iter().map(|(_, package, now, then)| {
        let (now, then) = apart(now, then, &subject.row.unit);
        format!("{package} {now} (was {then})")
    });
    lines.collect()
}

/// Returns the values of the packages, if the metric was measured completely.
fn values<'a>(view: &'a View, metric: &str) -> Option<&'a BTreeMap<String, f64>> {
    let reading = view.snapshot.metrics.get(metric)?;
    matches!(reading.value, Value::Measured(_)).then_some(&reading.packages)
}

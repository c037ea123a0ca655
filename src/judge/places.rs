//! The places and names that make a figure, worst first.

use std::collections::{BTreeMap, BTreeSet};

use super::derived::members;
use super::subject::Subject;
use super::words::quantity;
use super::{Evidence, remedy};
use crate::event::Level;
use crate::gate::{Op, Operand, Reference};
use crate::metric::{Better, Value};
use crate::plan::Collector;
use crate::run::{Judged, View};
use crate::snapshot::Finding;

/// At most [`Judged::EVIDENCE`] of them: places of findings, ids of tests, or packages with their figures.
pub(super) fn evidence(subject: &Subject<'_>, evidence: &Evidence<'_>) -> Vec<String> {
    let mut all = if subject.row.derived {
        let comparison = evidence.comparison.map(|comparison| members(subject, comparison)).unwrap_or_default();
        comparison.iter().take(Judged::EVIDENCE).map(|member| member.place()).collect()
    } else {
        match subject.metric.as_str() {
            "test.failed" | "test.pass_rate" | "test.doc.failed" => {
                remedy::failing(subject, evidence).take(Judged::EVIDENCE).map(str::to_owned).collect()
            }
            "test.incomplete" => incomplete(subject, evidence),
            _ => listed(subject, evidence),
        }
    };
    all.truncate(Judged::EVIDENCE);
    all
}

/// More findings than these are told by package.
const FEW: usize = 10;

/// Places, where they are few, are errors, or are asked for of one package; else packages with their figures.
fn listed(subject: &Subject<'_>, evidence: &Evidence<'_>) -> Vec<String> {
    let places = findings(subject, evidence);
    let of_errors = subject.metric.ends_with(".errors");
    if subject.package.is_some() || !places.is_empty() && (of_errors || places.len() <= FEW) {
        return places;
    }
    packages(subject, evidence)
}

/// Suites without a result, with the reason.
fn incomplete(subject: &Subject<'_>, evidence: &Evidence<'_>) -> Vec<String> {
    let of = |suite: &str| subject.package.as_deref().is_none_or(|package| super::cover::owner(suite) == package);
    let suites = evidence.head.snapshot.incomplete.iter().filter(|(suite, _)| of(suite));
    suites.map(|(suite, reason)| format!("{suite}: {reason}")).collect()
}

/// Findings of the package, or all, that this metric counts.
fn findings(subject: &Subject<'_>, evidence: &Evidence<'_>) -> Vec<String> {
    let ours = |f: &Finding| subject.package.as_deref().is_none_or(|package| *package == f.package);
    let here = |f: &&Finding| ours(f) && counts(subject, f);
    let listed = evidence.head.snapshot.findings.iter().filter(here).take(Judged::EVIDENCE);
    listed.map(|f| super::derived::Member::Finding(f).place()).collect()
}

/// Is this finding one of those the metric counts?
fn counts(subject: &Subject<'_>, finding: &Finding) -> bool {
    let metric = subject.metric.as_str();
    let warning = finding.level == Level::Warning;
    match metric.rsplit('.').next() {
        _ if finding.collector != subject.row.collector => false,
        _ if metric.starts_with("clippy.lint.") => {
            finding.code.strip_prefix("clippy::") == metric.strip_prefix("clippy.lint.")
        }
        // Compiler warnings under clippy are counted by `check`.
        Some("warnings") => warning && (finding.collector != Collector::Clippy || finding.code.starts_with("clippy::")),
        Some("errors") => !warning,
        Some("files") => true,
        Some("dead_code") => finding.code == "dead_code",
        Some("unused") => finding.code.starts_with("unused"),
        Some("problems") => true,
        Some("missing") => finding.code.ends_with("missing_docs"),
        _ => false,
    }
}

/// `riptide-api 9, riptide-pool 3`: packages by figure, those at zero left out; held against the baseline those that got
/// worse, if any did.
fn packages(subject: &Subject<'_>, evidence: &Evidence<'_>) -> Vec<String> {
    let worse = worsened(subject, evidence);
    let Some(reading) = evidence.head.snapshot.metrics.get(&subject.metric).filter(|_| worse.is_empty()) else {
        return worse;
    };
    let mut all: Vec<_> = reading.packages.iter().filter(|(_, value)| **value != 0.0).collect();
    match subject.row.better {
        Better::Higher => all.sort_by(|a, b| a.1.total_cmp(b.1)),
        Better::Lower | Better::None => all.sort_by(|a, b| b.1.total_cmp(a.1)),
    }
    all.iter().map(|(package, value)| format!("{package} {}", quantity(**value, &subject.row.unit))).collect()
}

/// `riptide-api 9 (was 7)`: what moved a figure the wrong way since the baseline, most first. A package without a figure is
/// at zero where all were measured; else nothing is said.
fn worsened(subject: &Subject<'_>, evidence: &Evidence<'_>) -> Vec<String> {
    let Operand::Reference(Reference::Baseline, _) = subject.gate.require.operand else { return Vec::new() };
    let figures = |view: &View| {
        let reading = view.snapshot.metrics.get(&subject.metric)?;
        matches!(reading.value, Value::Measured(_)).then(|| reading.packages.clone())
    };
    let (Some(base), Some(head)) = (evidence.baseline.and_then(figures), figures(evidence.head)) else {
        return Vec::new();
    };
    let of = |figures: &BTreeMap<String, f64>, package: &str| figures.get(package).copied().unwrap_or(0.0);
    let harm = |package: &String| match (subject.gate.require.op, of(&head, package) - of(&base, package)) {
        (Op::Less | Op::AtMost, change) => change,
        (Op::AtLeast | Op::More, change) => -change,
        (Op::Equal, change) => change.abs(),
    };
    let packages: BTreeSet<&String> = base.keys().chain(head.keys()).collect();
    let mut worse: Vec<&String> = packages.into_iter().filter(|package| harm(package) > 0.0).collect();
    worse.sort_by(|a, b| harm(b).total_cmp(&harm(a)));
    let unit = &subject.row.unit;
    let told = |p: &String| format!("{p} {} (was {})", quantity(of(&head, p), unit), quantity(of(&base, p), unit));
    worse.into_iter().map(told).collect()
}

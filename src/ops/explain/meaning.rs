//! The gates and metrics that belong to a name on a screen, such as a title, test, lint or place.

use crate::event::Outcome;
use crate::judge::readiness;
use crate::plan::Collector;
use crate::report::Report;
use crate::snapshot::{Finding, Snapshot};

/// The meaning of a name.
pub(crate) enum Meaning {
    /// Gates or metrics, and a remark if the name belongs to something else.
    Metrics(Vec<String>, Option<String>),
    /// A check of a release, which only `gate --release` makes.
    Check(&'static str),
}

/// Returns the meaning of a name that is not a gate, metric or pattern: a title, a group, a collector, a test, a lint, a
/// place or a check of a release.
pub(crate) fn of(name: &str, report: &Report, snapshot: &Snapshot) -> Option<Meaning> {
    // Gates outside any group have an empty one, which is not a name.
    if name.is_empty() {
        return None;
    }
    let metrics =
        |names: Vec<String>, remark| (!names.is_empty()).then_some(Meaning::Metrics(names, remark));
    metrics(titled(name, report), None)
        .or_else(|| metrics(group(name, report), None))
        .or_else(|| metrics(collector(name, report), None))
        .or_else(|| test(name, report, snapshot))
        .or_else(|| finding(name, snapshot))
        .or_else(|| check(name))
}

/// Finds the metric with a title such as `clippy warnings`.
fn titled(name: &str, report: &Report) -> Vec<String> {
    let gates = report
        .gates
        .iter()
        .filter(|gate| gate.title.eq_ignore_ascii_case(name))
        .map(|gate| &gate.id);
    let metrics = report
        .metrics
        .iter()
        .filter(|(_, metric)| metric.title.eq_ignore_ascii_case(name));
    gates
        .chain(metrics.map(|(metric, _)| metric))
        .take(1)
        .cloned()
        .collect()
}

fn group(name: &str, report: &Report) -> Vec<String> {
    // Screens call gates without a group `gates`.
    let is_ungrouped = name.eq_ignore_ascii_case("gates");
    report
        .gates
        .iter()
        .filter(|gate| {
            gate.group.eq_ignore_ascii_case(name) || gate.group.is_empty() && is_ungrouped
        })
        .map(|gate| gate.id.clone())
        .collect()
}

fn collector(name: &str, report: &Report) -> Vec<String> {
    let collector = Collector::from(name.to_owned());
    let metrics: Vec<&String> = report
        .metrics
        .iter()
        .filter(|(_, metric)| metric.collector.as_ref() == Some(&collector))
        .map(|(name, _)| name)
        .collect();
    let prefix = format!("{name}.");
    let gates: Vec<String> = report
        .gates
        .iter()
        .filter(|gate| gate.metric.starts_with(&prefix) || metrics.contains(&&gate.metric))
        .map(|gate| gate.id.clone())
        .collect();
    if gates.is_empty() {
        metrics.into_iter().cloned().collect()
    } else {
        gates
    }
}

/// Finds a test by its id, or by the last part of it.
fn test(name: &str, report: &Report, snapshot: &Snapshot) -> Option<Meaning> {
    let (id, metric, what) = match snapshot.tests.iter().find(|(id, _)| is_test(id, name)) {
        Some((id, test)) => match test.outcome {
            Outcome::Flaky => (
                id,
                "test.flaky",
                "failed, and passed when it was tried again",
            ),
            Outcome::Failed => (id, "test.failed", "failed"),
            Outcome::Ignored => (id, "test.ignored", "is ignored"),
            Outcome::Passed => (id, "test.passed", "passed"),
        },
        None => {
            let mut vanished = report.tests.vanished.iter().flatten();
            let id = vanished.find(|id| is_test(id, name))?;
            (id, "test.vanished", "vanished")
        }
    };
    Some(Meaning::Metrics(
        vec![metric.to_owned()],
        Some(format!("test {id} {what}")),
    ))
}

fn is_test(id: &str, name: &str) -> bool {
    id == name || id.rsplit(' ').next() == Some(name)
}

/// Finds a lint, with or without the name of its tool, or a place.
fn finding(name: &str, snapshot: &Snapshot) -> Option<Meaning> {
    let finding = snapshot
        .findings
        .iter()
        .find(|finding| is_finding(finding, name))?;
    let metric = match finding.code.strip_prefix("clippy::") {
        Some(lint) => format!("clippy.lint.{lint}"),
        None => format!("{}.warnings", finding.collector),
    };
    Some(Meaning::Metrics(vec![metric], None))
}

fn is_finding(finding: &Finding, name: &str) -> bool {
    let place = format!("{}:{}:{}", finding.file, finding.line, finding.column);
    let lint = finding.code.rsplit("::").next();
    finding.code == name || lint == Some(name) || finding.file == name || place == name
}

fn check(name: &str) -> Option<Meaning> {
    let id = name.strip_prefix("release.").unwrap_or(name);
    readiness::CHECKS
        .into_iter()
        .find(|check| *check == id)
        .map(Meaning::Check)
}

//! Metrics of a comparison: findings and tests that are new, gone or changed.

#[cfg(test)]
mod tests;

use super::figure::{Figure, Gap, comparable_baseline};
use super::subject::Subject;
use super::{Evidence, cover, remedy, words};
use crate::collector::{self, Change};
use crate::event::Level;
use crate::metric::Value;
use crate::plan::Collector;
use crate::run::{Lack, View};
use crate::snapshot::{Comparison, Finding};

/// A finding or test that a derived metric counts.
#[derive(Clone, Copy)]
pub(super) enum Member<'a> {
    Finding(&'a Finding),
    /// A test id.
    Test(&'a str),
}

impl Member<'_> {
    /// Returns its package.
    pub(super) fn package(&self) -> &str {
        match self {
            Self::Finding(finding) => &finding.package,
            Self::Test(id) => cover::owner(id),
        }
    }

    /// Returns `api/src/lib.rs:40:9 clippy::needless_clone`, with the message if the code is not
    /// descriptive, or the id of a test.
    pub(super) fn place(&self) -> String {
        match self {
            Self::Finding(f) if f.file.is_empty() => format!("{} {}", f.package, description(f)),
            Self::Finding(f) if f.line == 0 => format!("{} {}", f.file, description(f)),
            Self::Finding(f) => format!("{}:{}:{} {}", f.file, f.line, f.column, description(f)),
            Self::Test(id) => (*id).to_owned(),
        }
    }
}

/// Returns the code of a finding, with the message unless the code is the name of a lint, which says enough.
fn description(finding: &Finding) -> String {
    match (finding.level, finding.code.as_str()) {
        (_, code)
            if code.starts_with("msg:") || collector::of(&finding.collector).reads_changelogs =>
        {
            finding.message.clone()
        }
        (Level::Warning, code) => code.to_owned(),
        (_, code) => format!("{code} {}", finding.message),
    }
}

/// Returns the number of findings or tests. If a side was measured incompletely, there is only a
/// lower bound.
pub(super) fn figure<'a>(
    subject: &Subject<'_>,
    evidence: &Evidence<'a>,
) -> Result<Figure<'a>, Gap> {
    let collector = &subject.row.collector;
    // Checked before comparability: with a baseline, measuring is the first step; without one, it
    // would not help.
    if let Some(gap) = evidence.baseline.and(unmeasured(evidence.head, collector)) {
        return Err(Gap {
            help: gap.help.or_else(|| Some(remedy::measure(collector))),
            ..gap
        });
    }
    let base = comparable_baseline(subject, evidence)?;
    let Some(comparison) = evidence.comparison else {
        return Err(Gap::new(
            Lack::Missing,
            "not compared with the baseline",
            Some(remedy::PIN.to_owned()),
        ));
    };
    if let Some(gap) = unmeasured(base, collector) {
        return Err(in_baseline(gap));
    }
    let value = members(subject, comparison).len() as f64;
    let hidden_in_head = hidden(evidence.head, subject).map(|gap| Gap {
        help: gap.help.or_else(|| Some(remedy::measure(collector))),
        ..gap
    });
    match hidden_in_head.or_else(|| hidden(base, subject).map(in_baseline)) {
        Some(gap) => Err(Gap {
            at_least: Some(value),
            ..gap
        }),
        None => Ok(Figure {
            value,
            spread: None,
        }),
    }
}

/// Marks a gap as one of the baseline.
fn in_baseline(gap: Gap) -> Gap {
    Gap {
        reason: format!("in the baseline: {}", gap.reason),
        help: Some(remedy::PIN.to_owned()),
        ..gap
    }
}

/// Returns the findings or tests that a derived metric counts, in order. Empty for other metrics.
pub(super) fn members<'a>(subject: &Subject<'_>, comparison: &'a Comparison) -> Vec<Member<'a>> {
    let findings = &comparison.findings;
    let Some(change) = collector::metric(subject.row).and_then(|metric| metric.change) else {
        return Vec::new();
    };
    let mut all: Vec<Member<'_>> = match change {
        Change::New => findings.new.iter().map(Member::Finding).collect(),
        Change::Fixed => findings.fixed.iter().map(Member::Finding).collect(),
        Change::Changed => {
            let heads = findings.changed.iter().map(|(_, head)| head);
            heads.map(Member::Finding).collect()
        }
        Change::Regressed => of_tests(&comparison.regressed),
        Change::Vanished => of_tests(&comparison.vanished),
        Change::NewlyIgnored => of_tests(&comparison.newly_ignored),
    };
    let collector = &subject.row.collector;
    all.retain(|member| !matches!(member, Member::Finding(f) if f.collector != *collector));
    all.retain(|member| {
        subject
            .package
            .as_deref()
            .is_none_or(|package| member.package() == package)
    });
    all
}

fn of_tests(ids: &[String]) -> Vec<Member<'_>> {
    ids.iter().map(|id| Member::Test(id)).collect()
}

/// Returns the gap if the collector gave this view no value at all.
fn unmeasured(view: &View, collector: &Collector) -> Option<Gap> {
    let total = collector::of(collector).total?;
    let Some(reading) = view.snapshot.metrics.get(total) else {
        return Some(Gap::new(
            Lack::Missing,
            format!("{total} was not measured"),
            None,
        ));
    };
    match &reading.value {
        Value::Unavailable(why) if why.at_least.is_none() && !cover::any(view, collector) => Some(
            Gap::new(Lack::Missing, why.reason.clone(), why.mend.clone()),
        ),
        _ => None,
    }
}

/// Returns the gap if this view covers the workspace or package incompletely.
fn hidden(view: &View, subject: &Subject<'_>) -> Option<Gap> {
    let collector = &subject.row.collector;
    let seen = match &subject.package {
        Some(package) => cover::knows(view, collector, package),
        None => cover::scope(view, collector),
    };
    if seen {
        return None;
    }
    let total = collector::of(collector).total?;
    let reading = view.snapshot.metrics.get(total)?;
    Some(match &reading.value {
        Value::Unavailable(why) => Gap::new(Lack::Partial, why.reason.clone(), why.mend.clone()),
        Value::Measured(_) => {
            let suites = words::counted(view.snapshot.incomplete.len(), "suite");
            Gap::new(Lack::Partial, format!("{suites} without a result"), None)
        }
    })
}

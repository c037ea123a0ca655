//! The findings and tests behind a metric of a comparison: those that are new, gone or changed.

use super::subject::Subject;
use crate::collector::{self, Change};
use crate::event::Level;
use crate::snapshot::{Comparison, Finding, TestId};

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
            Self::Test(id) => TestId::parse(id).suite.package,
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
            if code.starts_with("msg:") || collector::of(&finding.collector).shows_messages =>
        {
            finding.message.clone()
        }
        (Level::Warning, code) => code.to_owned(),
        (_, code) => format!("{code} {}", finding.message),
    }
}

/// Returns the findings or tests that a derived metric counts, in order. Empty for other metrics.
pub(super) fn members<'a>(subject: &Subject<'_>, comparison: &'a Comparison) -> Vec<Member<'a>> {
    let findings = &comparison.findings;
    let Some((metric, change)) =
        collector::metric(subject.row).and_then(|metric| Some((metric, metric.change?)))
    else {
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
        Change::Patch => Vec::new(),
    };
    let collector = &subject.row.collector;
    all.retain(|member| match member {
        Member::Finding(finding) => {
            finding.collector == *collector && metric.code.is_none_or(|code| finding.code == code)
        }
        Member::Test(_) => true,
    });
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

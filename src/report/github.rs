//! Shows a report in GitHub Actions: annotations, the step summary and the outputs of a step.
//!
//! GitHub shows at most ten annotations of each level for a step, so that they are ranked, and the last one counts the
//! others. Text from outside is escaped for the place it stands in: the data or a property of a workflow command, Markdown,
//! or a value between delimiters.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::history::Trend;
use super::json::harmless;
use super::object::{Gate, Place, Report};
use super::style::{Look, UNICODE};
use super::{Format, exit_code, markdown, pages, phrase};
use crate::event::Level;
use crate::gate::Strictness;
use crate::run::Verdict;
use crate::text::{escape, without_commands};

/// How many annotations of a level GitHub shows for one step.
const SHOWN: usize = 10;

/// How many characters of a message are shown. The runner cuts at 4096 UTF-16 units.
const LONGEST: usize = 1000;

/// The largest step summary in bytes, all that a step writes taken together. GitHub drops a summary above 1 MiB.
pub const SUMMARY_LIMIT: usize = 900 * 1024;

/// Returns the annotations as workflow commands.
pub fn annotations(report: &Report, _now: i64, _look: &Look) -> String {
    let ranked = ranked(report);
    [Severity::Error, Severity::Warning, Severity::Notice]
        .into_iter()
        .flat_map(|severity| of_severity(&ranked, severity))
        .chain([verdict(report)])
        .collect()
}

/// The level of an annotation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Severity {
    Error,
    Warning,
    Notice,
}

impl Severity {
    fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// An annotation, in raw text.
struct Annotation {
    severity: Severity,
    title: String,
    message: String,
    place: Option<Spot>,
}

/// A place in the repository.
struct Spot {
    /// Relative to the root of the repository, with `/`.
    file: String,
    /// 1-based; 0 for the whole file.
    line: u32,
    /// 1-based; 0 for the whole line.
    column: u32,
}

/// Returns all annotations, the most important first: open gates, failed tests, new errors, new warnings, and what the
/// baseline has as well.
fn ranked(report: &Report) -> Vec<Annotation> {
    let gates = report.gates.iter().filter_map(|gate| of_gate(report, gate));
    let mut annotations: Vec<Annotation> = gates.collect();
    // Within one rank, the order of the configuration is kept.
    annotations.sort_by_key(|annotation| annotation.severity as u8);
    annotations.extend(report.tests.failed.iter().map(|test| Annotation {
        severity: Severity::Error,
        title: "failed test".to_owned(),
        message: test.test.clone(),
        place: None,
    }));

    let new = new_findings(report);
    annotations.extend(by_level(&new).map(|place| of_finding(report, place, true)));
    let is_new: BTreeSet<&str> = new.iter().map(|place| place.fingerprint.as_str()).collect();
    let known: Vec<&Place> = report
        .diagnostics
        .iter()
        .filter(|place| !is_new.contains(place.fingerprint.as_str()))
        .collect();
    let is_compared = report.findings.is_some();
    annotations.extend(by_level(&known).map(|place| of_finding(report, place, !is_compared)));
    annotations
}

/// Returns the findings that the baseline does not have, including those whose code was edited.
fn new_findings(report: &Report) -> Vec<&Place> {
    let findings = report.findings.iter();
    findings
        .flat_map(|findings| {
            let changed = findings.changed.iter().map(|edit| &edit.to);
            findings.new.iter().chain(changed)
        })
        .collect()
}

/// Returns findings with errors first.
fn by_level<'a>(places: &[&'a Place]) -> impl Iterator<Item = &'a Place> {
    let (warnings, errors): (Vec<&Place>, Vec<&Place>) = places
        .iter()
        .partition(|place| place.level == Level::Warning);
    errors.into_iter().chain(warnings)
}

/// Returns the annotation of a gate that is not met.
fn of_gate(report: &Report, gate: &Gate) -> Option<Annotation> {
    let severity = match (gate.verdict, gate.level) {
        (Verdict::Pass | Verdict::Waived, _) => return None,
        (Verdict::Fail | Verdict::NoVerdict, Strictness::Deny) => Severity::Error,
        _ => Severity::Warning,
    };
    let mut message = phrase::headline(gate, &UNICODE);
    if let Some(remark) = phrase::remark(gate) {
        let _ = write!(message, "\n{remark}");
    }
    for place in gate.evidence.iter().take(3) {
        let _ = write!(message, "\n{place}");
    }
    if let Some(help) = &gate.help {
        let _ = write!(message, "\nnext: {help}");
    }
    let title = match gate.verdict {
        Verdict::NoVerdict => format!("no verdict: {}", gate.id),
        _ => format!("gate {}", gate.id),
    };
    Some(Annotation {
        severity,
        title,
        message,
        place: place_of_evidence(report, gate).or_else(|| place_of_rule(report, gate)),
    })
}

/// Returns the place of the first finding that explains a gate.
fn place_of_evidence(report: &Report, gate: &Gate) -> Option<Spot> {
    let first = phrase::place_of(gate.evidence.first()?);
    let found = report.diagnostics.iter().find(|place| {
        let rest = first.strip_prefix(&phrase::place(place));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    })?;
    spot(report, found)
}

/// Returns the line of a gate in the configuration. The lines of another revision's file are not those of the checkout.
fn place_of_rule(report: &Report, gate: &Gate) -> Option<Spot> {
    if gate.file.is_empty() {
        return None;
    }
    let revision = report.campaign.revision.as_ref();
    let (file, line) = match revision {
        None => (gate.file.as_str(), gate.line),
        Some(revision) => (gate.file.strip_prefix(&format!("{revision}:"))?, 0),
    };
    Some(Spot {
        file: in_repository(report, file),
        line,
        column: 0,
    })
}

/// Returns the annotation of a finding. One that the baseline has is not a warning, because it breaks no rule.
fn of_finding(report: &Report, place: &Place, is_new: bool) -> Annotation {
    let severity = match place.level {
        Level::Error | Level::Ice => Severity::Error,
        Level::Warning if is_new => Severity::Warning,
        Level::Warning => Severity::Notice,
    };
    Annotation {
        severity,
        title: phrase::lint(place).to_owned(),
        message: place.message.clone(),
        place: spot(report, place),
    }
}

fn spot(report: &Report, place: &Place) -> Option<Spot> {
    (!place.file.is_empty()).then(|| Spot {
        file: in_repository(report, &place.file),
        line: place.line,
        column: place.column,
    })
}

/// Returns a path of the workspace relative to the root of the repository.
pub(super) fn in_repository(report: &Report, file: &str) -> String {
    match report.directory.as_deref() {
        Some(directory) if !directory.is_empty() && !file.starts_with('/') => {
            format!("{directory}/{file}")
        }
        _ => file.to_owned(),
    }
}

/// Returns the first annotations of one severity, and how many more there are.
fn of_severity(ranked: &[Annotation], severity: Severity) -> Vec<String> {
    let all: Vec<&Annotation> = ranked
        .iter()
        .filter(|annotation| annotation.severity == severity)
        .collect();
    // The verdict is a notice as well.
    let limit = SHOWN - usize::from(severity == Severity::Notice);
    if all.len() <= limit {
        return all.into_iter().map(command).collect();
    }
    let shown = limit - 1;
    let more = Annotation {
        severity,
        title: "more".to_owned(),
        message: format!(
            "{} more of this level are not shown: see the summary of the step",
            all.len() - shown
        ),
        place: None,
    };
    let shown = all.into_iter().take(shown).map(command);
    shown.chain([command(&more)]).collect()
}

/// Returns the annotation with the verdict.
fn verdict(report: &Report) -> String {
    let (word, _) = phrase::verdict_in_capitals(report.verdict);
    command(&Annotation {
        severity: Severity::Notice,
        title: format!("campaign: {word}"),
        message: format!("{} (exit {})", report.reason, exit_code(report)),
        place: None,
    })
}

/// Writes an annotation as a workflow command, with a line end.
fn command(annotation: &Annotation) -> String {
    let mut properties = String::new();
    if let Some(place) = &annotation.place {
        let _ = write!(properties, "file={},", property(&place.file));
        if place.line > 0 {
            let _ = write!(properties, "line={},", place.line);
        }
        if place.line > 0 && place.column > 0 {
            let _ = write!(properties, "col={},", place.column);
        }
    }
    let _ = write!(properties, "title={}", property(&annotation.title));
    format!(
        "::{} {properties}::{}\n",
        annotation.severity.name(),
        data(&annotation.message)
    )
}

/// Escapes the data of a workflow command. Hostile characters become visible, and line ends are kept.
fn data(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(escape).collect();
    let mut text = lines.join("\n");
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
        text.push('…');
    }
    without_commands(&text)
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes a property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Returns the outputs of a step in the form of `GITHUB_OUTPUT`; `None` if a value contains the delimiter.
pub fn outputs(report: &Report, delimiter: &str) -> Option<String> {
    let failed: Vec<&str> = report
        .gates
        .iter()
        .filter(|gate| gate.verdict == Verdict::Fail && gate.level == Strictness::Deny)
        .map(|gate| gate.id.as_str())
        .collect();
    let metrics: serde_json::Map<String, serde_json::Value> = report
        .metrics
        .iter()
        .map(|(name, metric)| (name.clone(), serde_json::json!(metric.value)))
        .collect();
    let values = [
        ("verdict", verdict_name(report).to_owned()),
        ("exit-code", exit_code(report).to_string()),
        (
            "failed-gates",
            harmless(&serde_json::json!(failed).to_string()),
        ),
        (
            "metrics",
            harmless(&serde_json::Value::Object(metrics).to_string()),
        ),
        ("baseline-source", baseline_source(report)),
    ];
    if values.iter().any(|(_, value)| value.contains(delimiter)) {
        return None;
    }
    let lines = values
        .iter()
        .map(|(name, value)| format!("{name}<<{delimiter}\n{value}\n{delimiter}\n"));
    Some(lines.collect())
}

/// Returns the verdict as in the JSON report.
fn verdict_name(report: &Report) -> &'static str {
    match report.verdict {
        Verdict::Pass | Verdict::Waived => "pass",
        Verdict::Warn => "warn",
        Verdict::Fail => "fail",
        Verdict::NoVerdict => "no-verdict",
    }
}

/// Returns the run that the baseline was measured in, and the revision it was read from; empty without a baseline.
fn baseline_source(report: &Report) -> String {
    let Some(base) = &report.baseline else {
        return String::new();
    };
    let mut text = phrase::run(base);
    if let Some(commit) = &base.commit {
        let _ = write!(text, " at {}", phrase::short(commit));
    }
    if let Some(revision) = &report.campaign.revision {
        let _ = write!(text, ", pinned on {revision}");
    }
    escape(&text)
}

/// How much of a report a summary has. Each has less than the one before.
const DETAIL: [pages::Detail; 4] = [
    pages::Detail::Everything,
    pages::Detail::Rows(100),
    pages::Detail::Rows(20),
    pages::Detail::Verdict,
];

/// Returns the step summary in at most `limit` bytes, and `None` if not even the verdict fits. A shortened summary says so.
pub fn summary(report: &Report, trends: &[Trend], limit: usize) -> Option<String> {
    DETAIL
        .into_iter()
        .map(|detail| markdown::render(&pages::step_summary(report, trends, detail)))
        .find(|page| page.len() < limit)
}

/// The format for standard output.
pub(super) const FORMAT: Format = Format {
    name: "github",
    about: "annotations of GitHub Actions; also writes the step summary and the outputs",
    render: annotations,
    is_commands: true,
};

#[cfg(test)]
mod tests;

//! Shows a report in GitHub Actions: annotations, the step summary and the outputs of a step.
//!
//! GitHub shows at most ten annotations of each level for a step, so that they are ranked, and the last one counts the
//! others. Text from outside is escaped for its place: the data or a property of a workflow command, Markdown,
//! or a value between delimiters.

use std::fmt::Write as _;

use super::history::Trend;
use super::issue::{self, Issue, Spot};
use super::json::harmless;
use super::object::Report;
use super::shorten::fitted;
use super::style::Look;
use super::{Commands, Format, exit_code, markdown, pages, phrase};
use crate::change::Change;
use crate::gate::Strictness;
use crate::run::Verdict;
use crate::text::{escape, without_commands};

/// How many annotations of a level GitHub shows for one step.
const SHOWN: usize = 10;

/// How many characters of a message are shown. The runner cuts at 4096 UTF-16 units.
const LONGEST: usize = 1000;

/// The largest step summary in bytes, including everything that the step wrote before. GitHub drops a summary above 1 MiB.
pub const SUMMARY_LIMIT: usize = 900 * 1024;

/// Returns the annotations as workflow commands.
pub fn annotations(report: &Report, _now: i64, _look: &Look) -> String {
    let ranked: Vec<Annotation> = issue::ranked(report).map(Annotation::from).collect();
    [
        AnnotationLevel::Error,
        AnnotationLevel::Warning,
        AnnotationLevel::Notice,
    ]
    .into_iter()
    .flat_map(|severity| of_severity(&ranked, severity))
    .chain([verdict(report)])
    .collect()
}

/// The level of an annotation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AnnotationLevel {
    Error,
    Warning,
    Notice,
}

impl AnnotationLevel {
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
    severity: AnnotationLevel,
    title: String,
    message: String,
    place: Option<Spot>,
}

impl From<Issue> for Annotation {
    /// An issue that the baseline has as well is only a notice: the gates decide whether it may stay.
    fn from(issue: Issue) -> Self {
        let severity = match (issue.is_error, issue.is_new) {
            (_, Some(false)) => AnnotationLevel::Notice,
            (true, _) => AnnotationLevel::Error,
            (false, _) => AnnotationLevel::Warning,
        };
        Self {
            severity,
            title: issue.title,
            message: issue.message,
            place: issue.place,
        }
    }
}

/// Returns the first annotations of one severity, and how many more there are.
fn of_severity(ranked: &[Annotation], severity: AnnotationLevel) -> Vec<String> {
    let all: Vec<&Annotation> = ranked
        .iter()
        .filter(|annotation| annotation.severity == severity)
        .collect();
    // The verdict is a notice as well.
    let limit = SHOWN - usize::from(severity == AnnotationLevel::Notice);
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

/// Returns the annotation of an error that leaves nothing to report.
pub fn error(message: &str) -> String {
    command(&Annotation {
        severity: AnnotationLevel::Error,
        title: "campaign: error".to_owned(),
        message: message.to_owned(),
        place: None,
    })
}

/// Returns the annotation with the verdict.
fn verdict(report: &Report) -> String {
    let word = report.verdict.capitals();
    command(&Annotation {
        severity: AnnotationLevel::Notice,
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
pub(super) fn data(text: &str) -> String {
    without_commands(&issue::printable(text, LONGEST))
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes a property of a workflow command.
pub(super) fn property(text: &str) -> String {
    data(&escape(text)).replace(':', "%3A").replace(',', "%2C")
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
        ("verdict", report.verdict.name().to_owned()),
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
    between(delimiter, &values)
}

/// Returns the outputs of a step that could not report. Without a verdict, it could not judge.
pub fn outputs_of_error(verdict: Option<Verdict>, exit: u8, delimiter: &str) -> Option<String> {
    let verdict = verdict.map_or("error", Verdict::name);
    let values = [
        ("verdict", verdict.to_owned()),
        ("exit-code", exit.to_string()),
    ];
    between(delimiter, &values)
}

fn between(delimiter: &str, values: &[(&str, String)]) -> Option<String> {
    if values.iter().any(|(_, value)| value.contains(delimiter)) {
        return None;
    }
    let lines = values
        .iter()
        .map(|(name, value)| format!("{name}<<{delimiter}\n{value}\n{delimiter}\n"));
    Some(lines.collect())
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

/// Returns the step summary in at most `limit` bytes, and `None` if not even the verdict fits. A shortened summary says so.
///
/// `proposed` is a change to the configuration that was not used.
pub fn summary(
    report: &Report,
    trends: &[Trend],
    proposed: Option<&Change>,
    limit: usize,
) -> Option<String> {
    let page = pages::step_summary(report, trends, proposed);
    fitted(&page, limit, "step summaries", markdown::render)
}

/// Returns the summary of a step that could not report, in at most `limit` bytes.
pub fn summary_of_error(
    message: &str,
    verdict: Option<Verdict>,
    exit: u8,
    limit: usize,
) -> Option<String> {
    let page = pages::step_error(message, verdict, exit);
    fitted(&page, limit, "step summaries", markdown::render)
}

/// The format for standard output.
pub const FORMAT: Format = Format {
    name: "github",
    about: "annotations of GitHub Actions; also writes the step summary and the outputs",
    render: annotations,
    page: None,
    site: None,
    commands: Some(Commands {
        prefix: "::",
        is_of_github: true,
    }),
};

#[cfg(test)]
mod tests;

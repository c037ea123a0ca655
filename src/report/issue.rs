//! The gates, tests and findings that need attention, as the formats for CI list them.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::fingerprint;
use super::object::{Gate, Place, Report};
use super::phrase;
use super::style::UNICODE;
use crate::event::Level;
use crate::gate::Strictness;
use crate::relative_path;
use crate::run::Verdict;
use crate::text::escape;

/// Something that needs attention, in raw text.
pub(super) struct Issue {
    /// The rule: `clippy::len_zero`, `gate/test.failed`, `failed-test`.
    pub(super) rule: String,
    /// A short title for people: the lint, or the name of the gate.
    pub(super) title: String,
    /// The problem; may have several lines.
    pub(super) message: String,
    /// Whether it is an error, as opposed to a warning.
    pub(super) is_error: bool,
    /// Whether the baseline does not have it; `None` if that is unknown, and for gates.
    pub(super) is_new: Option<bool>,
    /// Whether it is a gate, as opposed to a test or a finding.
    pub(super) is_gate: bool,
    /// Where it is; `None` without a file.
    pub(super) place: Option<Spot>,
    /// Identifies it in other runs.
    pub(super) fingerprint: String,
}

/// A place in the repository.
pub(super) struct Spot {
    /// Relative to the root of the repository, with `/`.
    pub(super) file: String,
    /// 1-based; 0 for the whole file.
    pub(super) line: u32,
    /// 1-based; 0 for the whole line.
    pub(super) column: u32,
}

/// Returns everything that needs attention, the most important first: gates that are not met, failed tests, new errors,
/// new warnings, and then issues that the baseline has as well.
pub(super) fn ranked(report: &Report) -> impl Iterator<Item = Issue> {
    let mut gates: Vec<Issue> = report
        .gates
        .iter()
        .filter_map(|gate| of_gate(report, gate))
        .collect();
    gates.sort_by_key(|gate| !gate.is_error);
    gates.extend(gaps(report));
    let tests = report.tests.failed.iter();
    let tests = tests.map(|test| of_test(report, &test.test));
    let (known_tests, tests): (Vec<Issue>, Vec<Issue>) =
        tests.partition(|test| test.is_new == Some(false));

    let new = new_findings(report);
    let is_new: BTreeSet<&str> = new.iter().map(|place| place.fingerprint.as_str()).collect();
    let known: Vec<&Place> = report
        .diagnostics
        .iter()
        .filter(|place| !is_new.contains(place.fingerprint.as_str()))
        .collect();
    let is_compared = report.findings.is_some();
    let new = errors_first(&new).map(|place| of_finding(report, place, Some(true)));
    let known = errors_first(&known)
        .map(move |place| of_finding(report, place, is_compared.then_some(false)));
    let known = known_tests.into_iter().chain(known);
    gates.into_iter().chain(tests).chain(new).chain(known)
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

fn errors_first<'a>(places: &[&'a Place]) -> impl Iterator<Item = &'a Place> + use<'a> {
    let (warnings, errors): (Vec<&Place>, Vec<&Place>) = places
        .iter()
        .partition(|place| place.level == Level::Warning);
    errors.into_iter().chain(warnings)
}

/// The rule of the issue that there is nothing to judge.
pub(super) const NO_GATES: &str = "no-gates";

/// The rule of the issues that due jobs of the schedule could not be measured, before the name of each.
pub(super) const NOT_MEASURED: &str = "not-measured/";

/// Returns the issues because of which there is no verdict, though no gate says so.
pub(super) fn gaps(report: &Report) -> Vec<Issue> {
    let no_gates = report.gates.is_empty().then(|| {
        let help = phrase::add_gates(report);
        let message = format!("{}\nnext: {}", escape(&report.reason), escape(&help));
        gap(NO_GATES.to_owned(), "no verdict", message)
    });
    let jobs = report.unmeasured.iter().map(|job| {
        let name = job.split(':').next().unwrap_or_default();
        let rule = format!("{NOT_MEASURED}{name}");
        gap(rule, "not measured", phrase::unmeasured(job))
    });
    no_gates.into_iter().chain(jobs).collect()
}

fn gap(rule: String, title: &str, message: String) -> Issue {
    Issue {
        title: title.to_owned(),
        message,
        is_error: true,
        is_new: None,
        is_gate: true,
        place: None,
        fingerprint: fingerprint::of_parts(&[&rule]),
        rule,
    }
}

/// Returns the issue of a gate that is not met.
fn of_gate(report: &Report, gate: &Gate) -> Option<Issue> {
    if matches!(gate.verdict, Verdict::Pass | Verdict::Waived) {
        return None;
    }
    let title = match gate.verdict {
        Verdict::NoVerdict => format!("{}: {}", gate.verdict.words(), gate.id),
        _ => format!("gate {}", gate.id),
    };
    Some(Issue {
        rule: format!("gate/{}", gate.id),
        title,
        message: explanation(gate),
        is_error: gate.level == Strictness::Deny,
        is_new: None,
        is_gate: true,
        place: place_of_evidence(report, gate).or_else(|| place_of_rule(report, gate)),
        fingerprint: fingerprint::of_parts(&["gate", &gate.id]),
    })
}

/// Returns the headline of a gate, the first places that explain it, and the next command, a line each. They are escaped, so
/// that none of them can make up another line.
pub(super) fn explanation(gate: &Gate) -> String {
    const PLACES: usize = 3;
    let mut text = escape(&phrase::headline(gate, &UNICODE));
    if let Some(remark) = phrase::remark(gate) {
        let _ = write!(text, "\n{}", escape(remark));
    }
    for place in gate.evidence.iter().take(PLACES) {
        let _ = write!(text, "\n{}", escape(place));
    }
    if gate.evidence.len() > PLACES {
        let _ = write!(text, "\n{} more", gate.evidence.len() - PLACES);
    }
    if let Some(help) = &gate.help {
        let _ = write!(text, "\nnext: {}", escape(help));
    }
    text
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
    let (file, line) = match &report.campaign.revision {
        None => (gate.file.as_str(), gate.line),
        Some(revision) => (gate.file.strip_prefix(&format!("{revision}:"))?, 0),
    };
    Some(Spot {
        file: in_repository(report, file),
        line,
        column: 0,
    })
}

fn of_test(report: &Report, test: &str) -> Issue {
    let tests = &report.tests;
    let is_new = tests.regressed.as_ref().map(|regressed| {
        let added = tests.added.iter().flatten();
        regressed.iter().chain(added).any(|id| id == test)
    });
    Issue {
        rule: "failed-test".to_owned(),
        title: "failed test".to_owned(),
        message: test.to_owned(),
        is_error: true,
        is_new,
        is_gate: false,
        place: None,
        fingerprint: fingerprint::of_parts(&["failed-test", test]),
    }
}

fn of_finding(report: &Report, place: &Place, is_new: Option<bool>) -> Issue {
    Issue {
        rule: place.code.clone(),
        title: phrase::lint(place).to_owned(),
        message: place.message.clone(),
        is_error: place.level != Level::Warning,
        is_new,
        is_gate: false,
        place: spot(report, place),
        fingerprint: place.fingerprint.clone(),
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
    let mut file = file;
    let mut directory = match report.directory.as_deref() {
        Some(directory) if !file.starts_with('/') => directory,
        _ => "",
    };
    // Members may lie beside the workspace, in another directory of the repository.
    while let Some(rest) = file.strip_prefix("../").filter(|_| !directory.is_empty()) {
        file = rest;
        directory = relative_path::parent(directory);
    }
    relative_path::join(directory, file)
}

/// Returns text for a file that other programs show: hostile characters are visible, lines are kept, and at most `longest`
/// characters are left.
pub(super) fn printable(text: &str, longest: usize) -> String {
    let lines: Vec<String> = text.lines().map(escape).collect();
    shortened(lines.join("\n"), longest)
}

/// Returns the same on one line.
pub(super) fn printable_line(text: &str, longest: usize) -> String {
    shortened(escape(text), longest)
}

fn shortened(mut text: String, longest: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(longest) {
        text.truncate(end);
        text.push('…');
    }
    text
}

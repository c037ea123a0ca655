//! Writes a report as GitLab's code quality report, a list of issues with places.
//!
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>. GitLab compares the reports of two
//! pipelines by fingerprint.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Format;
use super::issue::{self, Issue, Spot, printable, printable_line};
use super::json;
use super::object::Report;
use super::style::Look;

/// How many characters of a description are kept.
const LONGEST: usize = 1000;

/// The format for GitLab.
pub(super) const FORMAT: Format = Format {
    name: "gitlab",
    about: "a code quality report for GitLab",
    render: report,
    page: None,
    site: None,
    commands: None,
};

/// An issue as GitLab reads it.
#[derive(Serialize)]
struct QualityIssue {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    /// 1-based.
    begin: u32,
}

/// Returns the code quality report.
fn report(report: &Report, _now: i64, _look: &Look) -> String {
    // GitLab ignores an issue whose fingerprint occurs twice.
    let mut known = BTreeSet::new();
    let entries: Vec<QualityIssue> = issue::ranked(report)
        .filter(|issue| known.insert(issue.fingerprint.clone()))
        .map(|issue| entry(report, issue))
        .collect();
    json::pretty(&entries).unwrap_or_default()
}

fn entry(report: &Report, issue: Issue) -> QualityIssue {
    let severity = match (issue.is_error, issue.is_gate) {
        (true, true) => "blocker",
        (true, false) => "critical",
        (false, _) if issue.is_new == Some(false) => "minor",
        (false, _) => "major",
    };
    // A place is required.
    let place = issue.place.unwrap_or_else(|| Spot {
        file: issue::in_repository(report, "Cargo.toml"),
        line: 1,
        column: 0,
    });
    QualityIssue {
        description: printable(&issue.message, LONGEST),
        check_name: printable_line(&issue.rule, LONGEST),
        fingerprint: issue.fingerprint,
        severity,
        location: Location {
            path: printable_line(&place.file, LONGEST),
            lines: Lines {
                begin: place.line.max(1),
            },
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{self as sample, NOW, UNICODE};

    #[test]
    fn every_issue_has_the_required_keys_and_a_fingerprint_of_its_own() {
        for suffix in ["", "\u{1b}[2J\n::error::x"] {
            let text = report(&sample::hostile(suffix), NOW, &UNICODE);
            let entries: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
            assert!(entries.len() > 5, "{text}");
            let mut fingerprints = BTreeSet::new();
            for entry in &entries {
                for key in ["description", "check_name", "fingerprint"] {
                    assert!(!entry[key].as_str().unwrap().is_empty(), "{key}: {entry}");
                }
                let severity = entry["severity"].as_str().unwrap();
                assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity));
                let path = entry["location"]["path"].as_str().unwrap();
                assert!(
                    path.starts_with("crates") && !path.contains('\n'),
                    "{entry}"
                );
                assert!(entry["location"]["lines"]["begin"].as_u64().unwrap() >= 1);
                assert!(fingerprints.insert(entry["fingerprint"].to_string()));
            }
        }
    }

    #[test]
    fn no_gates_are_a_blocker() {
        let text = report(&sample::first(), NOW, &UNICODE);
        let entries: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        let blockers = entries
            .iter()
            .filter(|entry| entry["severity"] == "blocker");
        let names: Vec<&str> = blockers
            .filter_map(|entry| entry["check_name"].as_str())
            .collect();
        assert_eq!(names, [issue::NO_GATES]);
    }
}

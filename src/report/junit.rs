//! Writes a report as JUnit XML: a test case for each gate and each failed test.
//!
//! The dialect is that of Jenkins, which GitLab, Azure and Buildkite read too. A deny gate without verdict is an error, not
//! skipped, because readers count skipped cases as passed.

use std::fmt::Write as _;

use super::Format;
use super::issue::{self, Issue, explanation};
use super::object::{Failed, Gate, Report};
use super::style::Look;
use super::xml::{attribute, content};
use crate::gate::Strictness;
use crate::run::Verdict;

/// The format for test reports.
pub(super) const FORMAT: Format = Format {
    name: "junit",
    about: "JUnit XML, a test case for each gate and each failed test",
    render: report,
    page: None,
    site: None,
    commands: None,
};

/// A test case, in raw text.
struct Case {
    class: String,
    name: String,
    outcome: CaseOutcome,
}

enum CaseOutcome {
    Passed,
    /// The element that says so, its type, its first line, and all of it.
    Other(&'static str, &'static str, String, String),
}

/// Returns the document.
fn report(report: &Report, _now: i64, _look: &Look) -> String {
    let mut gates: Vec<Case> = report.gates.iter().map(of_gate).collect();
    gates.extend(issue::gaps(report).into_iter().map(of_gap));
    let tests: Vec<Case> = report.tests.failed.iter().map(of_test).collect();
    let name = if report.campaign.name.is_empty() {
        &report.run.workspace
    } else {
        &report.campaign.name
    };
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // The schema of Jenkins allows fewer attributes here than for a suite.
    let _ = writeln!(text, "<testsuites name=\"{}\">", attribute(name));
    for (name, cases) in [("campaign.gates", &gates), ("campaign.tests", &tests)] {
        let _ = writeln!(
            text,
            "  <testsuite name=\"{name}\"{}>",
            counts(cases.iter())
        );
        cases.iter().for_each(|case| text.push_str(&element(case)));
        text.push_str("  </testsuite>\n");
    }
    text + "</testsuites>\n"
}

fn of_gate(gate: &Gate) -> Case {
    let message = explanation(gate);
    let first = message.lines().next().unwrap_or_default().to_owned();
    let outcome = match (gate.verdict, gate.level) {
        (Verdict::Pass | Verdict::Waived, _) => CaseOutcome::Passed,
        (Verdict::Fail, Strictness::Deny) => CaseOutcome::Other("failure", "gate", first, message),
        (Verdict::NoVerdict, Strictness::Deny) => {
            CaseOutcome::Other("error", gate.verdict.name(), first, message)
        }
        // The format has no warnings.
        _ => CaseOutcome::Other("skipped", "", first, String::new()),
    };
    Case {
        class: "campaign.gates".to_owned(),
        name: gate.id.clone(),
        outcome,
    }
}

/// Returns the case of an issue because of which there is no verdict. A document without cases would count as passed.
fn of_gap(gap: Issue) -> Case {
    let first = gap.message.lines().next().unwrap_or_default().to_owned();
    let kind = Verdict::NoVerdict.name();
    Case {
        class: "campaign.gates".to_owned(),
        name: gap.rule,
        outcome: CaseOutcome::Other("error", kind, first, gap.message),
    }
}

fn of_test(test: &Failed) -> Case {
    let output = test.output.clone().unwrap_or_default();
    let first = output
        .lines()
        .next()
        .unwrap_or("the test failed")
        .to_owned();
    Case {
        class: test.package.clone(),
        name: test.test.clone(),
        outcome: CaseOutcome::Other("failure", "test", first, output),
    }
}

/// Returns the attributes of a suite with the number of cases by outcome.
fn counts<'a>(cases: impl Iterator<Item = &'a Case>) -> String {
    let (mut all, mut failures, mut errors, mut skipped) = (0, 0, 0, 0);
    for case in cases {
        all += 1;
        match case.outcome {
            CaseOutcome::Other("failure", ..) => failures += 1,
            CaseOutcome::Other("error", ..) => errors += 1,
            CaseOutcome::Other(..) => skipped += 1,
            CaseOutcome::Passed => {}
        }
    }
    format!(" tests=\"{all}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\"")
}

fn element(case: &Case) -> String {
    let (class, name) = (attribute(&case.class), attribute(&case.name));
    let start = format!("    <testcase classname=\"{class}\" name=\"{name}\"");
    let CaseOutcome::Other(element, kind, first, message) = &case.outcome else {
        return start + "/>\n";
    };
    let kind = match *kind {
        "" => String::new(),
        kind => format!(" type=\"{kind}\""),
    };
    let first = attribute(first);
    let inner = match message.as_str() {
        "" => format!("<{element}{kind} message=\"{first}\"/>"),
        message => format!(
            "<{element}{kind} message=\"{first}\">{}</{element}>",
            content(message)
        ),
    };
    format!("{start}>\n      {inner}\n    </testcase>\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{self as sample, NOW, UNICODE};
    use crate::report::xml;
    use crate::tests::commands_in_disguise;

    /// Returns the tags of a document.
    fn tags(xml: &str) -> Vec<String> {
        let body = xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        xml::tests::tags(body.expect("it begins with a declaration"))
    }

    #[test]
    fn document_is_well_formed_whatever_the_text_is() {
        let plain = tags(&report(&sample::report(), NOW, &UNICODE));
        let markup = [
            "]]>",
            "<![CDATA[",
            "&#0;",
            "\" x='",
            "</testsuites>",
            "<!--",
            "\u{ffff}\0",
        ];
        let hostile = commands_in_disguise();
        for suffix in markup.into_iter().chain(hostile.iter().map(String::as_str)) {
            let text = report(&sample::hostile(suffix), NOW, &UNICODE);
            assert_eq!(tags(&text), plain, "{suffix:?}");
            let is_legal =
                |c: char| c == '\n' || (c >= ' ' && !matches!(c, '\u{FFFE}' | '\u{FFFF}'));
            assert!(text.chars().all(is_legal), "{suffix:?}");
        }
    }

    #[test]
    fn gate_without_verdict_never_passes() {
        let mut report = sample::report();
        for gate in &mut report.gates {
            (gate.verdict, gate.level) = (Verdict::NoVerdict, Strictness::Deny);
        }
        let text = super::report(&report, NOW, &UNICODE);
        let errors = format!("errors=\"{}\"", report.gates.len());
        assert!(text.contains(&errors), "{text}");
    }

    #[test]
    fn no_gates_are_an_errored_case() {
        let text = report(&sample::first(), NOW, &UNICODE);
        let want = "<testsuite name=\"campaign.gates\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\">";
        assert!(text.contains(want), "{text}");
    }
}

//! Writes a report as SARIF 2.1.0, for code scanning.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/>. GitHub keeps the first 5000 results of a run, requires a place for
//! each, and recognizes them in later runs by `primaryLocationLineHash`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Format;
use super::issue::{self, Issue, Spot, printable, printable_line};
use super::json;
use super::object::Report;
use super::style::Look;

/// How many results are written.
const RESULTS: usize = 5000;

/// How many characters of a message or a description are kept.
const LONGEST: usize = 1000;

/// How many characters of the name of a rule are kept.
const LONGEST_NAME: usize = 250;

/// The format for code scanning.
pub(super) const FORMAT: Format = Format {
    name: "sarif",
    about: "SARIF 2.1.0, for code scanning",
    render: report,
    page: None,
    site: None,
    commands: None,
};

/// Returns the log with one run.
fn report(report: &Report, _now: i64, _look: &Look) -> String {
    let mut issues: Vec<Issue> = issue::ranked(report).collect();
    let omitted = issues.len().saturating_sub(RESULTS);
    issues.truncate(RESULTS);

    let mut rules: BTreeMap<String, Value> = BTreeMap::new();
    for issue in &issues {
        let name = rule_name(issue);
        rules
            .entry(name)
            .or_insert_with_key(|name| rule(name, issue));
    }
    let names: Vec<&String> = rules.keys().collect();
    let results: Vec<Value> = issues
        .iter()
        .map(|issue| result(report, issue, &names))
        .collect();
    let (name, version) = report
        .tool
        .split_once(' ')
        .unwrap_or((report.tool.as_str(), ""));
    let mut driver = json!({
        "name": printable_line(name, LONGEST_NAME),
        "rules": rules.values().collect::<Vec<_>>(),
    });
    if !version.is_empty() {
        driver["version"] = json!(printable_line(version, LONGEST_NAME));
    }
    // Readers keep earlier results if this is false, instead of taking them for fixed.
    let is_successful = !report.interrupted && issue::gaps(report).is_empty();
    let mut invocation = json!({ "executionSuccessful": is_successful });
    if omitted > 0 {
        let text = format!("{omitted} results were left out; the first {RESULTS} are shown");
        invocation["toolExecutionNotifications"] =
            json!([{ "level": "warning", "message": { "text": text } }]);
    }
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver },
            "automationDetails": { "id": "cargo-campaign/" },
            "columnKind": "unicodeCodePoints",
            "invocations": [invocation],
            "results": results,
        }],
    });
    json::pretty(&log).unwrap_or_default()
}

/// Returns the id of the rule that an issue breaks.
fn rule_name(issue: &Issue) -> String {
    let name = printable_line(&issue.rule, LONGEST_NAME);
    if name.is_empty() {
        "diagnostic".to_owned()
    } else {
        name
    }
}

fn rule(name: &str, issue: &Issue) -> Value {
    let description = match issue.is_gate {
        true if name == issue::NO_GATES => "There are gates to judge.".to_owned(),
        true if name.starts_with(issue::NOT_MEASURED) => "Due jobs can be measured.".to_owned(),
        true => format!("The gate {name} of campaign.toml is not met."),
        false => format!("{name}, as reported by the tool that measured it."),
    };
    let help = match name.strip_prefix("clippy::") {
        Some(lint) => format!("https://rust-lang.github.io/rust-clippy/master/index.html#{lint}"),
        None => description.clone(),
    };
    json!({
        "id": name,
        "shortDescription": { "text": name },
        "fullDescription": { "text": description },
        "help": { "text": help },
    })
}

fn result(report: &Report, issue: &Issue, rules: &[&String]) -> Value {
    let name = rule_name(issue);
    let index = rules.binary_search(&&name).unwrap_or_default();
    let message = printable(&issue.message, LONGEST);
    let text = if message.is_empty() { &name } else { &message };
    let mut result = json!({
        "ruleId": name,
        "ruleIndex": index,
        "level": if issue.is_error { "error" } else { "warning" },
        "message": { "text": text },
        "locations": [{ "physicalLocation": location(report, issue.place.as_ref()) }],
        "partialFingerprints": { "primaryLocationLineHash": format!("{}:1", issue.fingerprint) },
    });
    if let Some(is_new) = issue.is_new {
        result["baselineState"] = json!(if is_new { "new" } else { "unchanged" });
    }
    result
}

/// Returns a place; without one, the beginning of the workspace's manifest.
///
/// Only the start of a finding is recorded, so that the region is its first character.
fn location(report: &Report, place: Option<&Spot>) -> Value {
    let manifest = || issue::in_repository(report, "Cargo.toml");
    let file = place.map_or_else(manifest, |place| place.file.clone());
    let (line, column) = place.map_or((1, 1), |place| (place.line.max(1), place.column.max(1)));
    json!({
        "artifactLocation": { "uri": uri(&file), "uriBaseId": "%SRCROOT%" },
        "region": {
            "startLine": line,
            "startColumn": column,
            "endLine": line,
            "endColumn": column.saturating_add(1),
        },
    })
}

/// Returns a path as a relative reference of a URI.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                uri.push(byte as char);
            }
            // A colon in the first segment would end a scheme.
            byte => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::object::Place;
    use crate::report::tests::{self as sample, NOW, UNICODE};

    fn log(report: &Report) -> Value {
        serde_json::from_str(&super::report(report, NOW, &UNICODE)).unwrap()
    }

    /// The keys that GitHub requires, and those of the specification: no text may be empty.
    fn check(log: &Value) {
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        let text = |value: &Value| {
            let text = value.as_str().unwrap_or_else(|| panic!("no text: {value}"));
            assert!(!text.is_empty());
            text.to_owned()
        };
        text(&run["tool"]["driver"]["name"]);
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        for rule in rules {
            assert!(text(&rule["id"]).chars().count() <= 255);
            for key in ["shortDescription", "fullDescription", "help"] {
                assert!(text(&rule[key]["text"]).chars().count() <= 1024);
            }
        }
        for result in run["results"].as_array().unwrap() {
            text(&result["message"]["text"]);
            let index = result["ruleIndex"].as_u64().unwrap() as usize;
            assert_eq!(rules[index]["id"], result["ruleId"]);
            assert!(["error", "warning"].contains(&text(&result["level"]).as_str()));
            text(&result["partialFingerprints"]["primaryLocationLineHash"]);
            let location = &result["locations"][0]["physicalLocation"];
            let uri = text(&location["artifactLocation"]["uri"]);
            assert!(uri.is_ascii() && !uri.starts_with('/'), "{uri}");
            let region = &location["region"];
            let number = |key: &str| region[key].as_u64().unwrap();
            assert!(number("startLine") >= 1 && number("startColumn") >= 1);
            assert_eq!(number("startLine"), number("endLine"));
            assert!(number("startColumn") < number("endColumn"));
        }
    }

    #[test]
    fn log_has_the_required_keys() {
        for suffix in ["", "\u{1b}[2J\n::error::x \u{202e}", " ", "%2e%2e/:é"] {
            let log = log(&sample::hostile(suffix));
            check(&log);
            assert!(log["runs"][0]["results"].as_array().unwrap().len() > 5);
        }
        check(&log(&sample::first()));
    }

    #[test]
    fn no_gates_are_an_unsuccessful_execution_with_one_error() {
        for (report, is_successful, errors) in
            [(sample::first(), false, 1), (sample::passing(), true, 0)]
        {
            let run = &log(&report)["runs"][0];
            assert_eq!(run["invocations"][0]["executionSuccessful"], is_successful);
            let results = run["results"].as_array().unwrap();
            let gates = results
                .iter()
                .filter(|result| result["ruleId"] == issue::NO_GATES);
            assert_eq!(gates.count(), errors);
        }
    }

    #[test]
    fn results_are_limited_and_errors_come_first() {
        let mut report = sample::report();
        let template = report.diagnostics[0].clone();
        report.diagnostics = (0..6000)
            .map(|at| Place {
                fingerprint: format!("{at}"),
                level: match at {
                    5999 => crate::event::Level::Error,
                    _ => crate::event::Level::Warning,
                },
                ..template.clone()
            })
            .collect();
        let log = log(&report);
        check(&log);
        let run = &log["runs"][0];
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), RESULTS);
        let has_error = results.iter().any(|result| {
            let hash = &result["partialFingerprints"]["primaryLocationLineHash"];
            hash == "5999:1"
        });
        assert!(has_error);
        let notification = &run["invocations"][0]["toolExecutionNotifications"][0];
        let text = notification["message"]["text"].as_str().unwrap();
        assert!(text.ends_with("the first 5000 are shown"), "{text}");
    }
}

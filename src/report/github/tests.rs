use super::*;
use crate::metric::Unit;
use crate::report::object::Place;
use crate::report::tests::{NOW, UNICODE as LOOK, first, hostile, passing, report};
use crate::tests::{commands_in_disguise, workflow_commands};
use crate::text::is_safe;

/// A workflow command as the runner reads it: its name, its properties and its data.
#[derive(Debug, PartialEq)]
struct Command {
    name: String,
    properties: Vec<(String, String)>,
    data: String,
}

/// Reads a line as `ActionCommand` of the runner does.
fn parse(line: &str) -> Command {
    let (head, data) = line
        .strip_prefix("::")
        .and_then(|rest| rest.split_once("::"))
        .unwrap_or_else(|| panic!("not a command: {line}"));
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let unescape = |text: &str| {
        text.replace("%0D", "\r")
            .replace("%0A", "\n")
            .replace("%3A", ":")
            .replace("%2C", ",")
            .replace("%25", "%")
    };
    let properties = properties.split(',').map(|property| {
        let (key, value) = property.split_once('=').expect("a property has a value");
        (key.to_owned(), unescape(value))
    });
    Command {
        name: name.to_owned(),
        properties: properties.collect(),
        data: unescape(data),
    }
}

fn commands(report: &Report) -> Vec<Command> {
    let text = annotations(report, NOW, &LOOK);
    text.lines().map(parse).collect()
}

fn count(commands: &[Command], name: &str) -> usize {
    commands.iter().filter(|one| one.name == name).count()
}

#[test]
fn verdict_is_the_only_annotation_of_a_clean_report() {
    let mut report = passing();
    report.tests.failed.clear();
    report.diagnostics.clear();
    report.findings = None;
    let commands = commands(&report);
    assert_eq!(commands.len(), 1, "{commands:?}");
    assert_eq!(commands[0].name, "notice");
}

#[test]
fn annotations_stay_within_the_limit_and_count_the_others() {
    for findings in [0, 5, 9, 10, 11, 500] {
        let mut report = report();
        let template = report.diagnostics[0].clone();
        let place = |at: usize| Place {
            line: at as u32 + 1,
            fingerprint: format!("{at}"),
            ..template.clone()
        };
        let new: Vec<Place> = (0..findings).map(place).collect();
        report.diagnostics.clone_from(&new);
        report.findings = Some(super::super::Findings {
            new,
            ..Default::default()
        });
        let commands = commands(&report);
        for name in ["error", "warning", "notice"] {
            assert!(count(&commands, name) <= 10, "{findings}: {commands:?}");
        }
        let known: usize = commands
            .iter()
            .filter(|one| one.name == "warning")
            .map(|one| match one.data.split_once(" more of this level") {
                Some((more, _)) => more.parse().expect("a number"),
                None => 1,
            })
            .sum();
        // One gate of the sample warns.
        assert_eq!(known, findings + 1, "{findings}");
    }
}

#[test]
fn findings_of_the_baseline_are_notices_and_new_ones_are_not() {
    let mut report = report();
    report.findings = Some(super::super::Findings::default());
    let known = commands(&report);
    report.findings = None;
    let unknown = commands(&report);
    assert_eq!(count(&known, "notice"), count(&unknown, "notice") + 1);
    assert_eq!(count(&known, "warning") + 1, count(&unknown, "warning"));
}

#[test]
fn file_outside_of_the_workspace_is_named_from_the_root_of_the_repository() {
    let mut report = report();
    for (directory, file, expected) in [
        (Some("a/ws"), "m/src/lib.rs", "a/ws/m/src/lib.rs"),
        (Some("a/ws"), "../side/src/lib.rs", "a/side/src/lib.rs"),
        (Some("a/ws"), "../../x.rs", "x.rs"),
        (Some("a/ws"), "../../../x.rs", "../x.rs"),
        (Some("a/ws"), "/x.rs", "/x.rs"),
        (Some(""), "../x.rs", "../x.rs"),
        (None, "m/src/lib.rs", "m/src/lib.rs"),
    ] {
        report.directory = directory.map(str::to_owned);
        let found = issue::in_repository(&report, file);
        assert_eq!(found, expected, "{directory:?} {file}");
    }
}

#[test]
fn rule_of_another_revision_has_no_line_in_the_checkout() {
    let mut report = report();
    report.campaign.revision = Some("main".to_owned());
    for gate in &mut report.gates {
        gate.file = format!("main:{}", gate.file);
    }
    report.diagnostics.clear();
    let commands = commands(&report);
    let failed = commands.iter().find(|one| {
        one.properties
            .contains(&("title".into(), "gate test.failed".into()))
    });
    let keys: Vec<&str> = failed
        .expect("the gate fails")
        .properties
        .iter()
        .map(|(key, _)| key.as_str())
        .collect();
    assert_eq!(keys, ["file", "title"]);
}

#[test]
fn escaping_is_reversible_and_leaves_one_line() {
    for text in [
        "100%",
        "a:b,c=d",
        "%0A",
        "a\nb",
        "%25",
        "::error::x",
        "ünïcode → 木",
    ] {
        let line = command(&Annotation {
            severity: AnnotationLevel::Error,
            title: text.to_owned(),
            message: text.to_owned(),
            place: None,
        });
        assert_eq!(line.matches('\n').count(), 1, "{line}");
        let parsed = parse(line.trim_end());
        assert_eq!(parsed.data, without_commands(text));
        let title = without_commands(&escape(text)).into_owned();
        assert_eq!(parsed.properties, [("title".to_owned(), title)]);
    }
}

#[test]
fn hostile_text_adds_no_command_and_no_output() {
    let plain = annotations(&report(), NOW, &LOOK).lines().count();
    for suffix in commands_in_disguise() {
        let hostile = hostile(&suffix);
        let text = annotations(&hostile, NOW, &LOOK);
        assert!(is_safe(&text), "{suffix:?}: {text}");
        assert_eq!(text.lines().count(), plain, "{suffix:?}");
        for line in text.lines() {
            let command = parse(line);
            assert_eq!(workflow_commands(&command.data), [""; 0], "{suffix:?}");
            assert!(["error", "warning", "notice"].contains(&command.name.as_str()));
        }
        let summary = summary(&hostile, &[], None, SUMMARY_LIMIT).expect("it fits");
        assert!(is_safe(&summary), "{suffix:?}");

        let outputs = outputs(&hostile, "DELIMITER").expect("no value has it");
        let lines: Vec<&str> = outputs.lines().collect();
        assert_eq!(lines.len(), 15, "{outputs}");
        assert!(is_safe(&outputs), "{suffix:?}: {outputs}");
    }
}

#[test]
fn outputs_have_no_delimiter_in_a_value() {
    // The name of a metric contains this delimiter.
    assert_eq!(outputs(&report(), "clippy"), None);
    let none = outputs(&first(), "D").expect("no value has the delimiter");
    assert!(none.ends_with("baseline-source<<D\n\nD\n"), "{none}");
}

#[test]
fn summary_fits_its_limit_and_says_what_is_missing() {
    let mut report = report();
    let template = report.findings.as_ref().expect("it is compared").new[2].clone();
    report.findings.as_mut().expect("it is compared").new = vec![template; 40_000];
    let trend = Trend {
        title: "clippy warnings".into(),
        unit: Unit::Count,
        points: vec![(1, 3.0), (2, 5.0), (3, 8.0)],
    };
    for (limit, omission) in [
        (usize::MAX, None),
        (SUMMARY_LIMIT, Some("39 500 rows left out.")),
        (20_000, Some("39 900 rows left out.")),
        (9_000, Some("39 980 rows left out.")),
        (1_000, Some("only the verdict is shown.")),
    ] {
        let text = summary(&report, std::slice::from_ref(&trend), None, limit).expect("it fits");
        assert!(text.len() <= limit);
        assert!(text.starts_with("## "), "{text}");
        assert_eq!(
            text.contains("Shortened to fit"),
            omission.is_some(),
            "{limit}"
        );
        if let Some(omission) = omission {
            assert!(text.contains(omission), "{limit}: {text}");
        }
        assert!(text.contains("**FAIL**: "), "{text}");
        let has_trend = text.contains("| clippy warnings | ▁");
        assert_eq!(has_trend, limit > 1_000, "{text}");
    }
    assert_eq!(summary(&report, &[], None, 100), None);
}

//! Estimates, milestones, documents and the commands of objectives.

use super::*;
use crate::options::config::objectives::metric;
use crate::report::KINDS;

/// Returns the configuration, or the messages and labels of its mistakes.
fn read(text: &str) -> Result<Config, Vec<String>> {
    parse("campaign.toml", text).map_err(|mistakes| {
        let mut shown = Vec::new();
        for mistake in mistakes {
            shown.push(format!("{}: {}", mistake.message, mistake.label));
        }
        shown
    })
}

/// Returns the points of an estimate in days, or the first mistake.
fn days(estimate: &str) -> Result<[f64; 3], String> {
    let text = format!("[[workstream]]\nid = \"1\"\nestimate = {estimate}\n");
    match read(&text) {
        Ok(config) => {
            let estimate = config.workstreams[0].estimate.expect("it was read");
            Ok([estimate.optimistic, estimate.likely, estimate.pessimistic])
        }
        Err(mut mistakes) => Err(mistakes.remove(0)),
    }
}

#[test]
fn efforts_are_working_days_of_eight_hours_and_weeks_of_five_days() {
    for (effort, expected) in [
        ("4h", 0.5),
        ("1h", 0.125),
        ("2.4d", 2.4),
        ("1w", 5.0),
        ("0.5w", 2.5),
        (" 3 d ", 3.0),
        ("10000d", 10_000.0),
    ] {
        assert_eq!(days(&format!("\"{effort}\"")), Ok([expected; 3]));
    }
    for effort in [
        "", "d", "2.4", "2 days", "1d 4h", "2m", "2D", "0d", "-1d", "10001d", "2001w", "nand",
        "infd", "-infw", "1e9d", "1,5d",
    ] {
        let expected = format!("not an effort: `{effort}`: expected a number with its unit");
        assert_eq!(days(&format!("\"{effort}\"")), Err(expected));
    }
}

#[test]
fn estimate_of_three_points_is_sorted() {
    for (points, expected) in [
        (r#"["4h", "1d", "1w"]"#, [0.5, 1.0, 5.0]),
        (r#"["2d", "2d", "2d"]"#, [2.0; 3]),
    ] {
        assert_eq!(days(points), Ok(expected));
    }
    for points in [
        "[]",
        r#"["1d"]"#,
        r#"["1d", "2d"]"#,
        r#"["1d", "2d", "3d", "4d"]"#,
        r#"["2d", "1d", "3d"]"#,
        r#"["1d", "3d", "2d"]"#,
        r#"["1w", "6d", "5d"]"#,
    ] {
        let mistake = days(points).unwrap_err();
        assert!(
            mistake.starts_with("not an estimate of three points"),
            "{points}"
        );
    }
    assert!(
        days(r#"["1d", 2, "3d"]"#)
            .unwrap_err()
            .starts_with("expected an effort")
    );
}

/// The start and the target of a milestone, and whether they are in order.
#[test]
fn target_is_not_before_the_start() {
    for (days, is_valid) in [
        ("", true),
        ("start = 2026-11-30", true),
        ("target = 2026-11-30", true),
        ("start = 2026-11-30\ntarget = 2026-11-30", true),
        ("target = 2027-01-01\nstart = 2026-12-31", true),
        ("start = 2026-12-01\ntarget = 2026-11-30", false),
        ("start = 2027-01-01\ntarget = 2026-12-31", false),
        ("target = 2026-02-29", false),
    ] {
        let found = read(&format!("[[milestone]]\nid = \"1\"\n{days}\n"));
        assert_eq!(found.is_ok(), is_valid, "{days}: {found:?}");
    }
}

#[test]
fn document_is_a_markdown_file_of_the_workspace() {
    let markdown = "expected a Markdown file, `.md`";
    let relative = "expected a path relative to the workspace root, separated by `/`";
    let plain = "expected a path without `.`, `..` and empty parts";
    let other = "expected a file that is not in `.git` or `.campaign`";
    for (path, label) in [
        ("A.md", None),
        ("docs/plan/A b.md", None),
        ("docs/A.markdown", None),
        (".github/A.md", None),
        ("docs/.gitignore.md", None),
        ("A.MD", Some(markdown)),
        ("A", Some(markdown)),
        ("A.md/", Some(markdown)),
        ("A.md.rs", Some(markdown)),
        ("/A.md", Some(relative)),
        ("C:/A.md", Some(relative)),
        (r"docs\\A.md", Some(relative)),
        ("docs//A.md", Some(plain)),
        ("./A.md", Some(plain)),
        ("docs/../A.md", Some(plain)),
        ("../A.md", Some(plain)),
        (".git/A.md", Some(other)),
        ("crates/.Git/A.md", Some(other)),
        (".CAMPAIGN/A.md", Some(other)),
    ] {
        let text = format!("[[document]]\npath = \"{path}\"\nsections = [\"gates\"]\n");
        match (read(&text), label) {
            (Ok(config), None) => assert_eq!(config.documents[0].path, path),
            (Err(mistakes), Some(label)) => {
                assert_eq!(mistakes.len(), 1, "{path}: {mistakes:?}");
                assert!(mistakes[0].ends_with(label), "{path}: {mistakes:?}");
            }
            (found, label) => panic!("{path}: {label:?} and {found:?}"),
        }
    }
}

#[test]
fn document_with_a_report_has_its_sections_and_the_evidence() {
    for kind in KINDS {
        let text = format!(
            "[[document]]\npath = \"A.md\"\nreport = \"{}\"\n",
            kind.name
        );
        let document = read(&text).expect("it is valid").documents.remove(0);
        let (last, sections) = document.sections.split_last().expect("some sections");
        let expected: Vec<&str> = kind.sections.iter().map(|one| one.name).collect();
        assert_eq!(sections, expected, "{}", kind.name);
        assert_eq!(last, "origin", "{}", kind.name);
    }
}

/// The id of a workstream, and the metric of its second objective.
#[test]
fn exit_status_of_an_objective_is_a_metric_with_a_valid_name() {
    for (id, expected) in [
        ("7.1", "objectives.7.1.2"),
        ("build-infra", "objectives.build-infra.2"),
        ("Build_Infra", "objectives.build_infra.2"),
        ("7.1/a+b", "objectives.7.1-a-b.2"),
        ("\u{fc}ber", "objectives.-ber.2"),
    ] {
        assert_eq!(metric(id, 2), expected);
    }
}

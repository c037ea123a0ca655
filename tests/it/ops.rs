//! Operations without the program around them: several measurements and evaluations in one process.

use std::path::Path;

use serde_json::{Value, json};

use crate::faults::compiled;
use crate::harness::{Sandbox, example, script};

/// A gate that fails unless its waiver is valid.
const CAMPAIGN: &str = "[collect]\ndefault = [\"check\", \"loc\"]\n[gates]\n\"check.errors\" = \"= 0\"\n\"loc.code\" = \"= 0\"\n[[waiver]]\ngate = \"loc.code\"\nreason = \"grows\"\nowner = \"ana\"\nuntil = 2030-06-30\n";

#[test]
fn one_process_measures_and_evaluates_repeatedly_with_the_clock_of_the_moment() {
    let mut sandbox = Sandbox::of("clean");
    sandbox.write("campaign.toml", CAMPAIGN);
    let finished = json!({ "out": "{\"reason\":\"build-finished\",\"success\":true}\n" });
    sandbox.fake_cargo(script(&[
        ("check", json!([compiled(), finished])),
        ("", json!(["real"])),
    ]));
    let program = example(
        "evaluate",
        &[Path::new(env!("CARGO_BIN_EXE_cargo-campaign"))],
    );

    // 2030-01-01 and 2030-12-31.
    let out = sandbox.output(program, &["1893456000", "1924905600"]);
    assert_eq!((out.code, out.stderr.as_str()), (0, ""));
    let lines: Vec<Value> = out
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let statuses = json!(["check", "loc", "Recorded"]);
    assert_eq!(
        lines,
        [
            json!({ "started": 1_893_456_000, "statuses": statuses, "verdict": "waived" }),
            json!({ "started": 1_924_905_600, "statuses": statuses, "verdict": "fail" }),
        ]
    );
}

#[test]
fn jobs_of_the_schedule_are_measured_when_they_are_due() {
    let mut sandbox = Sandbox::of("clean");
    let campaign = "[schedule]\nloc = \"every 60m\"\nfmt = \"on-demand\"\n";
    sandbox.write("campaign.toml", campaign);
    sandbox.fake_cargo(script(&[("", json!(["real"]))]));

    let first = sandbox.campaign(&["run", "--due"]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert!(
        first.stderr.contains("Due loc (every 60m): due now"),
        "{}",
        first.stderr
    );
    assert!(
        first.stderr.contains("Skipped fmt (on-demand): on demand"),
        "{}",
        first.stderr
    );
    assert!(first.stderr.contains("Recorded"), "{}", first.stderr);

    let again = sandbox.campaign(&["run", "--due"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(
        again.stderr.contains("Skipped loc (every 60m): in "),
        "{}",
        again.stderr
    );
    assert!(!again.stderr.contains("Recorded"), "{}", again.stderr);

    let list = sandbox.campaign(&["schedule", "list", "--format", "json"]);
    let list: Value = serde_json::from_str(&list.stdout).expect("it is JSON");
    let collectors: Vec<&Value> = list["jobs"]
        .as_array()
        .expect("jobs")
        .iter()
        .map(|job| &job["collector"])
        .collect();
    assert_eq!(collectors, [&json!("loc"), &json!("fmt")]);
    assert!(list["jobs"][0]["last"].is_string(), "{list}");
}

#[test]
fn timer_calls_this_program_in_the_workspace() {
    let sandbox = Sandbox::of("clean");
    sandbox.write("campaign.toml", "[schedule]\nloc = \"every 5m\"\n");
    let out = sandbox.campaign(&["schedule", "export", "cron"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    let line = out.stdout.lines().last().expect("a line");
    let root = sandbox.root();
    let directory = format!("cd {} && PATH=", root.display());
    assert!(line.contains("-59/5 * * * * "), "{line}");
    assert!(line.contains(&directory), "{line}");
    assert!(
        line.ends_with("cargo-campaign campaign run --due --quiet"),
        "{line}"
    );
}

#[test]
fn schedule_needs_a_configuration() {
    let sandbox = Sandbox::of("clean");
    let export = ["schedule", "export", "cron"];
    for args in [&["schedule", "list"][..], &["run", "--due"], &export] {
        let out = sandbox.campaign(args);
        assert_eq!(out.code, 2, "{}", out.stderr);
        assert!(
            out.stderr.contains("no schedule is configured"),
            "{}",
            out.stderr
        );
    }
}

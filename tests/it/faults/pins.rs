//! Baselines that are missing, foreign or damaged.

use std::fs;

use super::{counted, faulty, pinned, refused, shows};
use crate::harness::Sandbox;

const PIN: &str = ".campaign/baseline.json";

/// What was done to the baseline, and what is said of it.
type Case = (&'static str, fn(&str) -> String, &'static str);

const DAMAGED: [Case; 7] = [
    (
        "empty",
        |_| String::new(),
        "[ROOT]/.campaign/baseline.json:1: EOF while parsing a value",
    ),
    (
        "truncated",
        |text| text[..300].to_owned(),
        "EOF while parsing",
    ),
    (
        "of another shape",
        |text| text.replace("\"metrics\": {", "\"metrics\": ["),
        "invalid type: sequence, expected a map",
    ),
    (
        "no JSON",
        |_| "\u{1b}[2J\0binary".to_owned(),
        "expected value",
    ),
    (
        "conflicted",
        |text| text.replacen('\n', "\n<<<<<<< HEAD\n", 3),
        "has merge conflict markers at line 2",
    ),
    (
        "of a later version",
        |text| {
            let (ours, later) = (
                concat!("\"tool\": \"", env!("CARGO_PKG_VERSION")),
                "\"tool\": \"9.0.0",
            );
            assert!(text.contains(ours), "{text}");
            let text = text
                .replace("\"format\": 1", "\"format\": 7")
                .replace("\"metrics\": {", "\"figures\": {");
            text.replace(ours, later)
        },
        "has format 7, written by cargo-campaign 9.0.0, newer than this one",
    ),
    (
        "of a later format that this version claims to have written",
        |text| text.replace("\"format\": 1", "\"format\": 7"),
        "--accept \"the reason\"",
    ),
];

/// The commands that need the baseline.
const NEEDING: [&[&str]; 9] = [
    &["gate"],
    &["gate", "--no-run"],
    &["status"],
    &["diff"],
    &["explain", "todo.open"],
    &["report"],
    &["baseline"],
    &["final"],
    &["history", "prune", "--keep", "1"],
];

#[test]
fn a_damaged_baseline_stops_what_needs_it_and_is_left_as_it_is() {
    let sandbox = pinned();
    let whole = sandbox.read(PIN);
    for (what, damage, said) in DAMAGED {
        sandbox.write(PIN, &damage(&whole));
        for args in NEEDING {
            refused(&sandbox, args, 4, &[said, "   help: "]);
        }
        shows(
            &sandbox.campaign(&["history"]),
            0,
            &["cannot tell which runs are pinned"],
        );
        shows(&sandbox.campaign(&["doctor"]), 4, &["NO  baseline"]);
        assert_eq!(sandbox.read(PIN), damage(&whole), "{what}");
    }
}

#[test]
fn a_damaged_baseline_is_replaced_for_a_reason_and_one_of_a_later_version_never() {
    let sandbox = pinned();
    let whole = sandbox.read(PIN);
    for (what, damage, _) in DAMAGED {
        sandbox.write(PIN, &damage(&whole));
        let out = sandbox.campaign(&[
            "baseline",
            "--from",
            "latest",
            "--accept",
            "the merge went wrong",
        ]);
        if what == "of a later version" {
            assert_eq!(
                (out.code, sandbox.read(PIN)),
                (4, damage(&whole)),
                "{}",
                out.stderr
            );
        } else {
            assert_eq!(out.code, 0, "{what}: {}", out.stderr);
            assert!(
                sandbox
                    .read(PIN)
                    .contains("\"reason\": \"the merge went wrong\""),
                "{what}"
            );
        }
    }
}

/// Said before, not after, half an hour of tests.
#[test]
fn nothing_is_measured_for_a_baseline_that_cannot_be_read() {
    let sandbox = faulty(&[]);
    sandbox.write(PIN, "{");
    for args in [["gate"], ["baseline"], ["final"]] {
        refused(&sandbox, &args, 4, &["EOF while parsing"]);
    }
    assert_eq!(sandbox.fake_log().len(), 0);
}

#[test]
fn without_a_baseline_gates_that_need_one_have_no_verdict() {
    let sandbox = pinned();
    fs::remove_file(sandbox.path(PIN)).expect("it is there");
    shows(
        &sandbox.campaign(&["gate"]),
        3,
        &[
            "no verdict: open to-dos: no baseline",
            "help: cargo campaign baseline",
        ],
    );
    refused(
        &sandbox,
        &["diff"],
        3,
        &["no baseline is pinned", "cargo campaign baseline"],
    );
    refused(&sandbox, &["diff", "final"], 3, &["no final is pinned"]);
    refused(
        &sandbox,
        &["final"],
        3,
        &["no baseline is pinned to compare with"],
    );
    shows(
        &sandbox.campaign(&["status"]),
        0,
        &["NOT READY: 1 gate without verdict", "no baseline"],
    );
    shows(&sandbox.campaign(&["report"]), 0, &["no baseline"]);
}

/// The members of the baseline are told apart from the clone's folder, which has any name.
#[test]
fn a_baseline_of_another_workspace_is_not_compared_and_not_replaced() {
    let (sandbox, other) = (pinned(), Sandbox::with_members(2));
    other.write("campaign.toml", super::COUNTED);
    fs::create_dir(other.path(".campaign")).expect("the sandbox can be written");
    fs::copy(sandbox.path(PIN), other.path(PIN)).expect("the sandbox can be written");
    shows(
        &other.campaign(&["gate"]),
        3,
        &["workspace: clean-cli clean-core in the baseline, m000 m001 now"],
    );
    let foreign = other.read(PIN);
    refused(
        &other,
        &["baseline", "--from", "latest"],
        3,
        &["is of another workspace: clean-cli clean-core", "--accept"],
    );
    assert_eq!(other.read(PIN), foreign);
    let out = other.campaign(&[
        "baseline",
        "--from",
        "latest",
        "--accept",
        "copied by mistake",
    ]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    shows(&other.campaign(&["gate"]), 0, &["PASS 1 of 1 gates"]);
}

#[test]
fn baseline_is_not_replaced_by_a_run_without_its_collectors() {
    const MINE: &str = "[collect]\ndefault = [\"loc\", \"mine\"]\n[collect.mine]\ncommand = [\"echo\", \"1\"]\n\
                        metrics = { \"mine.open\" = { unit = \"count\", better = \"lower\" } }\n";
    let sandbox = counted();
    sandbox.write("campaign.toml", MINE);
    shows(&sandbox.campaign(&["baseline"]), 0, &[]);
    let before = sandbox.read(PIN);
    sandbox.write("campaign.toml", &MINE.replace(", \"mine\"]", "]"));
    let said = [
        "refusing to replace a better baseline: this run has no values of mine",
        "--accept \"the reason\"",
    ];
    shows(&sandbox.campaign(&["baseline"]), 2, &said);
    shows(&sandbox.campaign(&["run"]), 0, &[]);
    shows(
        &sandbox.campaign(&["baseline", "--from", "latest"]),
        2,
        &said,
    );
    assert_eq!(sandbox.read(PIN), before);
    shows(
        &sandbox.campaign(&["baseline", "--accept", "mine is gone"]),
        0,
        &[],
    );
    assert!(!sandbox.read(PIN).contains("mine.open"));
}

#[test]
fn baseline_is_not_replaced_by_one_of_fewer_packages() {
    let sandbox = counted();
    shows(&sandbox.campaign(&["baseline"]), 0, &[]);
    let before = sandbox.read(PIN);
    let said = [
        "refusing to replace a better baseline: this run has no values of clean-cli",
        "--accept \"the reason\"",
    ];
    shows(
        &sandbox.campaign(&["baseline", "-p", "clean-core"]),
        2,
        &said,
    );
    assert_eq!(sandbox.read(PIN), before);
    shows(
        &sandbox.campaign(&["baseline", "-p", "clean-core", "--accept", "one crate"]),
        0,
        &[],
    );
    shows(&sandbox.campaign(&["baseline"]), 0, &[]);
}

#[test]
fn a_better_baseline_is_not_replaced_without_a_reason() {
    let sandbox = pinned();
    let before = sandbox.read(PIN);
    sandbox.replace(
        "core/src/lib.rs",
        "#[cfg(test)]",
        "// TODO: more\n#[cfg(test)]",
    );
    let out = sandbox.campaign(&["baseline"]);
    shows(
        &out,
        2,
        &[
            "refusing to pin over a failing gate: todo.open 1, required <= baseline (0)",
            "--accept \"the reason\"",
        ],
    );
    assert_eq!(sandbox.read(PIN), before);
    // The same without a gate on it.
    sandbox.write("campaign.toml", "[collect]\ndefault = [\"loc\"]\n");
    let out = sandbox.campaign(&["baseline"]);
    shows(
        &out,
        2,
        &[
            "refusing to replace a better baseline: open to-dos 0 -> 1",
            "--accept \"the reason\"",
        ],
    );
    assert_eq!(sandbox.read(PIN), before);
}

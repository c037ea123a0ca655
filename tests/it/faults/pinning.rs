//! What is pinned without a reason, and pins that were not measured.

use super::{pinned, shows};
use crate::harness::Sandbox;

const PIN: &str = ".campaign/baseline.json";

/// A package with one warning and one test, measured and pinned.
fn package() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "Cargo.toml",
        "[package]\nname = \"small\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\ndoctest = false\n",
    );
    sandbox.write(".gitignore", "/target\n");
    sandbox.write(
        "src/lib.rs",
        "pub fn one() { let first = 1; }\n#[test] fn old_name() {}\n",
    );
    sandbox.write(
        "campaign.toml",
        "[collect]\ndefault = [\"check\", \"test\"]\n[gates]\n\"check.new\" = \"= 0\"\n\"test.vanished\" = \"= 0\"\n\
         \"check.warnings\" = \"<= baseline\"\n\"test.passed\" = \">= 5\"\n",
    );
    shows(&sandbox.campaign(&["baseline"]), 0, &["Pinned baseline"]);
    sandbox
}

#[test]
fn pinning_over_a_failing_gate_needs_a_reason() {
    let sandbox = package();
    let before = sandbox.read(PIN);
    // The counts stay the same: one finding and one test took the place of another.
    sandbox.write(
        "src/lib.rs",
        "pub fn two() { let second = 2; }\n#[test] fn new_name() {}\n",
    );
    let failing = [
        "refusing to pin over failing gates: check.new 1, required = 0 (src/lib.rs:1:20 unused_variables)",
        "test.vanished 1, required = 0 (small old_name)",
        "--accept \"the reason\"",
    ];
    shows(&sandbox.campaign(&["baseline"]), 2, &failing);
    shows(
        &sandbox.campaign(&["baseline", "--from", "latest"]),
        2,
        &failing,
    );
    assert_eq!(sandbox.read(PIN), before);
    shows(
        &sandbox.campaign(&["final"]),
        2,
        &["refusing to pin", "test.passed 1, required >= 5"],
    );
    for unset in ["", " \t"] {
        let out = sandbox.campaign(&["baseline", "--from", "latest", "--accept", unset]);
        shows(&out, 2, &["'--accept <REASON>'", "the reason is empty"]);
    }
    shows(
        &sandbox.campaign(&["baseline", "--from", "latest", "--accept", "renamed"]),
        0,
        &["Pinned baseline"],
    );
    assert!(sandbox.read(PIN).contains("\"reason\": \"renamed\""));
    // A gate with a bound of its own is no obstacle: a campaign begins with it.
    shows(&sandbox.campaign(&["baseline"]), 0, &["Pinned baseline"]);
}

#[test]
fn pin_edited_by_hand_is_refused() {
    let sandbox = package();
    let whole = sandbox.read(PIN);
    let warnings = "\"check.warnings\": {\"value\":{\"measured\":";
    let passed = "\"test.passed\": {\"value\":{\"measured\":";
    for (from, to, said) in [
        (
            format!("{warnings}1.0"),
            format!("{warnings}9.0"),
            "metric `check.warnings` says 9, its findings 1",
        ),
        (
            format!("{passed}1.0"),
            format!("{passed}0.0"),
            "metric `test.passed` says 0, its tests 1",
        ),
        (
            "\"profile\": \"dev\"".to_owned(),
            "\"profile\": \"release\"".to_owned(),
            "its content does not match its digest",
        ),
    ] {
        assert!(whole.contains(&from), "{from} in {whole}");
        sandbox.write(PIN, &whole.replace(&from, &to));
        for args in [
            &["gate"][..],
            &["status"],
            &["diff"],
            &["baseline"],
            &["gate", "--prove"],
        ] {
            let out = sandbox.campaign(args);
            shows(
                &out,
                4,
                &[
                    "was edited by hand",
                    said,
                    "   help: ",
                    "--accept \"the reason\"",
                ],
            );
        }
        shows(
            &sandbox.campaign(&["doctor"]),
            4,
            &["NO  baseline", "edited by hand"],
        );
    }
    shows(
        &sandbox.campaign(&["baseline", "--from", "latest", "--accept", "edited"]),
        0,
        &["Pinned baseline"],
    );
    shows(&sandbox.campaign(&["status"]), 0, &[]);
}

/// Damages the text of a pin.
type Damage = fn(&str) -> String;

#[test]
fn help_about_a_damaged_pin_names_the_last_commit_whose_pin_is_sound() {
    const REPLACE: &str = "cargo campaign baseline --accept \"the reason\"";
    let damages: [(Damage, &str); 3] = [
        (
            |text| format!("<<<<<<< ours\n{text}"),
            " (then cargo campaign baseline --ratchet)",
        ),
        (
            |text| text.replace("\"dirty\": false", "\"dirty\": true"),
            "",
        ),
        (|text| text[..text.len() / 2].to_owned(), ""),
    ];
    for (damage, then) in damages {
        let sandbox = pinned();
        let sound = sandbox.read(PIN);
        let damaged = damage(&sound);
        let help = |revision: &str| {
            let out = sandbox.campaign(&["gate", "--no-run"]);
            assert_eq!(out.code, 4, "{}", out.stderr);
            let command = format!("git checkout {revision} -- {PIN}");
            let line = match (revision, then) {
                ("", _) => REPLACE.to_owned(),
                (_, "") => format!("{command} (or {REPLACE})"),
                _ => command + then,
            };
            let shown = sandbox.redact(&out.stderr);
            assert!(shown.contains(&format!("help: {line}\n")), "{shown}");
        };

        sandbox.write(PIN, &damaged);
        help("");
        sandbox.git_init();
        help("");
        sandbox.write(PIN, &sound);
        sandbox.commit("sound");
        let commit = sandbox.git(&["rev-parse", "HEAD"]);
        sandbox.write(PIN, &damaged);
        help("HEAD");
        sandbox.commit("damaged");
        sandbox.write("other.txt", "x\n");
        sandbox.commit("later");
        help(&commit[..9]);
        sandbox.git(&["checkout", "-q", &commit[..9], "--", PIN]);
        assert_eq!(sandbox.read(PIN), sound);
    }
}

#[test]
fn pin_of_uncommitted_changes_says_so() {
    let sandbox = pinned();
    sandbox.git_init();
    let said = "was measured with uncommitted changes";
    let out = sandbox.campaign(&["baseline"]);
    assert!(
        out.code == 0 && !out.stderr.contains(said),
        "{}",
        out.stderr
    );
    sandbox.write("core/src/extra.rs", "// not committed\n");
    shows(&sandbox.campaign(&["baseline"]), 0, &[said]);
    assert!(sandbox.read(PIN).contains("\"dirty\": true"));
    shows(&sandbox.campaign(&["final"]), 0, &[said]);
}

/// Measuring everything first would be for nothing.
#[test]
fn pin_of_another_compiler_is_named_before_anything_is_measured() {
    let sandbox = pinned();
    let gates = "[gates]\n\"loc.files\" = \"<= baseline\"\n";
    sandbox.write("campaign.toml", gates);
    let pin = sandbox.read(PIN);
    let (_, from) = pin.split_once("\"rustc\":\"").expect("a version");
    let rustc = from.split('"').next().expect("a version");
    let [now, other] =
        [rustc, "1.80.0 (051478957 2024-07-21)"].map(|rustc| format!("\"rustc\":\"{rustc}\""));
    sandbox.edit_pin(&now, &other);
    sandbox.write("core/src/extra.rs", "// new\n");
    let out = sandbox.campaign(&["gate"]);
    let warning = out
        .stderr
        .find("the baseline was measured with rustc 1.80.0");
    let plan = out.stderr.find("        Plan ");
    assert!(warning.is_some() && warning < plan, "{}", out.stderr);
    assert!(out.stderr.contains("rustup run 1.80.0"), "{}", out.stderr);
}

/// Whoever recomputes the digest still contradicts the findings.
#[test]
fn pin_with_a_forged_digest_must_agree_with_its_findings() {
    let sandbox = package();
    sandbox.edit_pin(
        "\"check.warnings\": {\"value\":{\"measured\":1.0",
        "\"check.warnings\": {\"value\":{\"measured\":9.0",
    );
    shows(
        &sandbox.campaign(&["gate"]),
        4,
        &["metric `check.warnings` says 9, its findings 1"],
    );
}

#[test]
fn one_collector_or_metric_is_pinned_anew_and_the_rest_is_kept() {
    let sandbox = pinned();
    shows(
        &sandbox.campaign(&["baseline", "--only", "loc"]),
        0,
        &["Pinned baseline"],
    );
    // The baseline does not have the new metric yet.
    let own = "[collect]\ndefault = [\"loc\"]\n[collect.weight]\ncommand = [\"cat\", \"sizes.json\"]\ninputs = [\"@sources\"]\n\
               metrics = { \"weight.binary\" = { unit = \"bytes\", better = \"lower\" } }\n\
               [gates]\n\"loc.files\" = \"= baseline\"\n\"weight.binary\" = \"<= baseline\"\n";
    sandbox.write("campaign.toml", own);
    sandbox.write("sizes.json", "{\"weight.binary\": 10}\n");
    let missing = [
        "the baseline has no `weight.binary` yet",
        "cargo campaign baseline --only weight.binary",
    ];
    shows(&sandbox.campaign(&["gate"]), 3, &missing);
    // A change elsewhere is not pinned with it.
    sandbox.write("core/src/more.rs", "// More.\n");
    shows(
        &sandbox.campaign(&["baseline", "--only", "weight.binary"]),
        0,
        &["Pinned baseline"],
    );
    shows(
        &sandbox.campaign(&["gate"]),
        1,
        &[
            "error: Rust files: 4, required = baseline (3)",
            "1 gate passes",
        ],
    );
    // The rules of pinning hold for what is replaced.
    sandbox.write("sizes.json", "{\"weight.binary\": 11}\n");
    let refused = sandbox.campaign(&["baseline", "--only", "weight"]);
    shows(
        &refused,
        2,
        &[
            "refusing to pin over a failing gate: weight.binary 11",
            "--only weight --accept",
        ],
    );
    shows(
        &sandbox.campaign(&["baseline", "--only", "weight", "--accept", "bigger"]),
        0,
        &["Pinned baseline"],
    );
    shows(
        &sandbox.campaign(&["gate"]),
        1,
        &[
            "error: Rust files: 4, required = baseline (3)",
            "1 gate passes",
        ],
    );
    let before = sandbox.read(PIN);
    let none = sandbox.campaign(&["baseline", "--only", "bench.typo.time"]);
    assert!(
        none.code != 0 && sandbox.read(PIN) == before,
        "{}{}",
        none.stdout,
        none.stderr
    );
    shows(
        &sandbox.campaign(&["baseline", "--only", "siez"]),
        2,
        &["unknown collector or metric `siez`", "`size`"],
    );
    std::fs::remove_file(sandbox.path(PIN)).expect("it is ours");
    shows(
        &sandbox.campaign(&["baseline", "--only", "loc"]),
        2,
        &["no baseline is pinned"],
    );
}

#[test]
fn values_of_unlike_conditions_are_not_put_into_one_pin() {
    let sandbox = pinned();
    let before = sandbox.read(PIN);
    let out = sandbox.campaign(&["baseline", "--only", "loc", "--profile", "release"]);
    shows(
        &out,
        2,
        &["the baseline was measured under other conditions: profile"],
    );
    let options = [
        "--only",
        "loc",
        "--profile",
        "release",
        "--accept",
        "it is faster",
    ];
    let out = sandbox.campaign(&[&["baseline"][..], &options].concat());
    shows(
        &out,
        2,
        &[
            "help: cargo campaign baseline --profile release --accept 'it is faster' (pins all values)",
        ],
    );
    assert_eq!(sandbox.read(PIN), before);
}

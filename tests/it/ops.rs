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

//! What cargo may do wrong: its stream, its exit code, its end. Never a pass, and never "0 errors" from less than a whole
//! answer.

use serde_json::{Value, json};

use super::{compiled, faulty, metrics, shows};
use crate::harness::{Output, Sandbox};

/// A line of cargo's stream.
fn line(message: &Value) -> Value {
    json!({ "out": format!("{message}\n") })
}

fn target(package: &str) -> Value {
    let name = package.replace('-', "_");
    json!({ "kind": ["lib"], "name": name, "src_path": format!("${{root}}/{}/src/lib.rs", folder(package)) })
}

fn folder(package: &str) -> &str {
    package.trim_start_matches("clean-")
}

fn id(package: &str) -> String {
    format!("path+file://${{root}}/{}#{package}@0.3.0", folder(package))
}

fn artifact(package: &str) -> Value {
    line(&json!({
        "reason": "compiler-artifact", "package_id": id(package), "target": target(package),
        "profile": { "test": false }, "filenames": ["${root}/Cargo.toml"], "executable": null, "fresh": false,
    }))
}

fn error(package: &str) -> Value {
    line(&json!({
        "reason": "compiler-message", "package_id": id(package), "target": target(package),
        "message": { "message": "no such thing", "code": null, "level": "error", "spans": [], "children": [],
            "rendered": "error: no such thing\n" },
    }))
}

fn finished(success: bool) -> Value {
    line(&json!({ "reason": "build-finished", "success": success }))
}

/// A campaign that wants no errors, and a `cargo check` that plays these steps.
fn checked(steps: Value) -> Sandbox {
    let sandbox = faulty(&[("check", steps)]);
    sandbox.write(
        "campaign.toml",
        "[collect]\ndefault = [\"check\"]\n[gates]\n\"check.errors\" = \"= 0\"\n",
    );
    sandbox
}

/// What the gate says, for machines.
fn gate(sandbox: &Sandbox) -> Output {
    sandbox.campaign(&["gate", "--format", "json"])
}

/// The figure of the errors; null when there is none.
fn errors(out: &Output) -> Value {
    metrics(out)["check.errors"]["value"].clone()
}

#[test]
fn exit_code_stream_and_errors_must_tell_one_story() {
    let mut passed = Vec::new();
    for exit in [0, 101] {
        for end in [Some(true), Some(false), None] {
            for wrong in [false, true] {
                let said = if wrong {
                    error("clean-core")
                } else {
                    compiled()
                };
                let mut steps = vec![said];
                steps.extend(end.map(finished));
                steps.push(json!({ "exit": exit }));
                let sandbox = checked(json!(steps));
                let out = gate(&sandbox);
                let case = format!(
                    "exit {exit}, build-finished {end:?}, an error {wrong}: {}{}",
                    out.stdout, out.stderr
                );
                match (exit, end, wrong) {
                    (0, Some(true), false) => {
                        assert_eq!((out.code, errors(&out)), (0, json!(0)), "{case}");
                        passed.push(case.clone());
                    }
                    // The one failure that cargo tells whole: a package with an error, others not reached.
                    (101, Some(false), true) => {
                        assert_eq!((out.code, errors(&out)), (1, Value::Null), "{case}")
                    }
                    _ => assert_eq!((out.code, errors(&out)), (3, Value::Null), "{case}"),
                }
                assert_eq!(
                    sandbox.campaign(&["run"]).code == 4,
                    out.code == 3,
                    "{case}"
                );
                assert_eq!(
                    sandbox.campaign(&["baseline"]).code,
                    if out.code == 0 { 0 } else { 3 },
                    "{case}"
                );
            }
        }
    }
    assert_eq!(passed.len(), 1);
}

/// The stream or the end, what is said of it.
fn broken(steps: Value, said: &str) {
    let sandbox = checked(steps.clone());
    let out = sandbox.campaign(&["gate"]);
    shows(&out, 3, &["no verdict: check errors: ", said]);
    assert!(
        !out.stdout.contains('\x1b') && !out.stderr.contains('\x1b'),
        "{steps}"
    );
    let run = sandbox.campaign(&["run"]);
    shows(&run, 4, &[said, "(not whole)"]);
    assert_eq!(
        errors(&sandbox.campaign(&["report", "--format", "json"])),
        Value::Null,
        "{steps}"
    );
}

#[test]
fn broken_streams_give_no_figures() {
    let whole = || vec![artifact("clean-core"), artifact("clean-cli")];
    let with = |more: &[Value]| {
        json!(
            whole()
                .into_iter()
                .chain(more.iter().cloned())
                .collect::<Vec<_>>()
        )
    };
    broken(
        json!([finished(true)]),
        "cargo reported success without compiling every target of clean-cli, clean-core",
    );
    let missing = json!({ "out": artifact("clean-cli")["out"].as_str().unwrap_or_default().replace("Cargo.toml", "x.rmeta") });
    broken(
        with(&[missing, finished(true)]),
        "clean-cli lib was not compiled: x.rmeta is missing",
    );
    broken(json!([]), "cargo exited with 0 without `build-finished`");
    broken(with(&[]), "cargo exited with 0 without `build-finished`");
    broken(
        with(&[json!({ "out": "{\"reason\":\"build-fin" })]),
        "cargo exited with 0 without `build-finished`",
    );
    broken(
        with(&[finished(false), finished(true)]),
        "`build-finished` came twice",
    );
    broken(
        with(&[finished(true), finished(true)]),
        "`build-finished` came twice",
    );
    broken(
        with(&[finished(true), json!({ "exit": 101 })]),
        "cargo exited with 101 and said that the build succeeded",
    );
    broken(
        json!([{ "err": "error: \u{1b}[31mlost\n" }, { "exit": 101 }]),
        "cargo exited with 101: lost",
    );
    broken(
        json!([{ "exit": 7 }]),
        "cargo exited with 7 and gave no error",
    );
}

#[test]
fn a_compiler_that_dies_is_no_clean_build() {
    let died = |how: &str| {
        let text = format!(
            "error: could not compile `clean-core` (lib)\n\nCaused by:\n  process didn't exit successfully: `rustc --crate-name clean_core` ({how})\n"
        );
        json!([{ "err": text }, finished(false), { "exit": 101 }])
    };
    for how in [
        "signal: 11, SIGSEGV: invalid memory reference",
        "signal: 9, SIGKILL: kill",
    ] {
        broken(
            died(how),
            &format!("compiler crashed: could not compile `clean-core` (lib) ({how})"),
        );
    }
    broken(
        json!([{ "err": "error: failed to run `rustc` to learn about target-specific information\n" }, { "exit": 101 }]),
        "failed to run `rustc`",
    );
}

#[cfg(unix)]
#[test]
fn cargo_killed_by_a_signal_is_told_by_its_signal() {
    broken(
        json!([artifact("clean-core"), { "signal_self": 9 }]),
        "it was killed by signal 9",
    );
    broken(
        json!([finished(true), { "signal_self": 6 }]),
        "it was killed by signal 6",
    );
}

/// 100 MB in one line, 300 kB on stderr, bytes that are no text: heard to the end, in bounded memory, and no part of the
/// figures.
#[test]
fn floods_and_bytes_that_are_no_text_change_nothing() {
    let block = "x".repeat(1 << 16);
    for noise in [
        json!([{ "repeat": { "times": 1600, "steps": [{ "out": block }] } }, { "out": "\n" }]),
        json!([{ "repeat": { "times": 3000, "steps": [{ "err": "x".repeat(99) }, { "err": "\n" }] } }]),
        json!([{ "bytes": "7b 22 ff fe 00 0a 80 81 0a" }, { "bytes_err": "ff fe 0d 00 0a" }]),
        json!([{ "out": "{\"reason\":17}\n{\"reason\":\"compiler-message\"}\n[]\nnull\n{}\n" }]),
        json!([{ "out": "\u{1b}[2J::error file=x::forged\ntest a ... ok\n" }]),
    ] {
        let mut steps: Vec<Value> = noise.as_array().expect("it is a list").clone();
        steps.extend([compiled(), finished(true)]);
        let out = gate(&checked(json!(steps)));
        assert_eq!(
            (out.code, errors(&out)),
            (0, json!(0)),
            "{}{}",
            out.stdout,
            out.stderr
        );
        assert!(!out.stderr.contains('\x1b'), "{:?}", out.stderr);
    }
}

#[test]
fn cargo_that_hangs_is_ended_when_its_time_is_over() {
    for steps in [
        json!([artifact("clean-core"), { "wait_file": "never" }]),
        json!([finished(true), { "wait_file": "never" }]),
    ] {
        let sandbox = checked(steps);
        let config = "[collect]\ndefault = [\"check\", \"loc\"]\n[collect.check]\ntimeout = \"1s\"\n[gates]\n\"check.errors\" = \"= 0\"\n\"todo.open\" = \"= 0\"\n";
        sandbox.write("campaign.toml", config);
        let out = sandbox.campaign(&["gate"]);
        shows(&out, 3, &["no verdict: check errors: ", "1 gate passes"]);
        shows(
            &sandbox.campaign(&["run"]),
            4,
            &["Counted 3 files", "(not whole)"],
        );
    }
}

/// What cargo started and left behind does not outlive the step, and holds nothing up.
#[cfg(target_os = "linux")]
#[test]
fn nothing_that_cargo_left_behind_outlives_it() {
    let sandbox = checked(
        json!([{ "spawn_daemon": { "seconds": 600, "own_group": false } }, compiled(), finished(true)]),
    );
    let out = gate(&sandbox);
    assert_eq!(
        (out.code, sandbox.alive()),
        (0, Vec::new()),
        "{}",
        out.stderr
    );
}

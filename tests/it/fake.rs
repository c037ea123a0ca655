//! The fake cargo plays what it is told: what other tests rely on.
use std::fs;

use serde_json::{Value, json};

use crate::harness::{Output, Sandbox, script};

/// Starts the fake one with these arguments and rules.
fn play(sandbox: &mut Sandbox, args: &[&str], rules: &[(&str, Value)]) -> Output {
    sandbox.fake_cargo(script(rules));
    sandbox.dollar_cargo(args)
}

/// Plays one list of steps whatever the arguments are.
fn steps(steps: Value) -> Output {
    play(&mut Sandbox::empty(), &["check"], &[("", steps)])
}

#[test]
fn the_first_rule_that_fits_is_played() {
    let cases = [
        ("check --all", "check all"),
        ("check", "check"),
        ("+nightly check", "check"),
        ("clippy --fix", "anything"),
        ("", "anything"),
    ];
    for (args, expected) in cases {
        let rules = [
            ("check --all", json!([{ "out": "check all" }])),
            ("check", json!([{ "out": "check" }])),
            ("", json!([{ "out": "anything" }])),
        ];
        let args: Vec<&str> = args.split_whitespace().collect();
        assert_eq!(
            play(&mut Sandbox::empty(), &args, &rules).stdout,
            expected,
            "{args:?}"
        );
    }
}

#[test]
fn steps_write_and_end_as_they_say() {
    let cases = [
        (
            json!([{ "out": "a\n" }, { "err": "b\n" }, { "exit": 3 }, { "out": "never" }]),
            (3, "a\n", "b\n"),
        ),
        (
            json!([{ "bytes": "61 0a" }, { "bytes_err": "62" }]),
            (0, "a\n", "b"),
        ),
        (
            json!([{ "repeat": { "times": 3, "steps": [{ "out": "x" }] } }]),
            (0, "xxx", ""),
        ),
        (
            json!([{ "repeat": { "times": 3, "steps": [{ "out": "x" }, { "exit": 7 }] } }]),
            (7, "x", ""),
        ),
        (
            json!([{ "bytes": "6" }]),
            (98, "", "fake cargo: odd number of hex digits\n"),
        ),
        (json!([]), (0, "", "")),
    ];
    for (script, expected) in cases {
        let out = steps(script.clone());
        assert_eq!(
            (out.code, out.stdout.as_str(), out.stderr.as_str()),
            expected,
            "{script}"
        );
    }
}

#[test]
fn arguments_without_a_rule_are_told() {
    let out = play(&mut Sandbox::empty(), &["publish"], &[("check", json!([]))]);
    assert_eq!(
        (out.code, out.stderr.as_str()),
        (99, "fake cargo: no rule for fake-cargo publish\n")
    );
}

#[test]
fn recordings_are_played_with_the_root_filled_in() {
    let mut sandbox = Sandbox::empty();
    fs::write(
        sandbox.stage().join("stream.jsonl"),
        "{\"at\":\"${root}/src\"}\n",
    )
    .expect("the stage can be written");
    let out = play(
        &mut sandbox,
        &["check"],
        &[("check", json!([{ "file": "stream.jsonl" }]))],
    );
    assert_eq!(sandbox.redact(&out.stdout), "{\"at\":\"[ROOT]/src\"}\n");
}

#[test]
fn files_are_touched_awaited_and_removed() {
    let mut sandbox = Sandbox::empty();
    sandbox.write("Cargo.lock", "");
    let steps = json!([{ "touch": "go" }, { "wait_file": "go" }, { "rm": "${root}/Cargo.lock" }, { "sleep_ms": 1 }]);
    let out = play(&mut sandbox, &["check"], &[("check", steps)]);
    assert_eq!((out.code, out.stderr.as_str()), (0, ""));
    assert!(sandbox.stage().join("go").exists() && !sandbox.path("Cargo.lock").exists());
}

#[test]
fn each_start_is_logged_with_the_variables_asked_for() {
    let mut sandbox = Sandbox::empty();
    let mut script = script(&[("check", json!([])), ("clippy", json!([]))]);
    script["log_env"] = json!(["RUSTFLAGS", "NOT_SET"]);
    sandbox.fake_cargo(script);
    sandbox.set("RUSTFLAGS", "-Copt-level=1");
    sandbox.dollar_cargo(&["check", "-p", "a b"]);
    sandbox.dollar_cargo(&["clippy"]);
    let log = sandbox.fake_log();
    assert_eq!(log.len(), 2);
    assert_eq!(log[0]["args"], json!(["check", "-p", "a b"]));
    assert_eq!(log[0]["env"], json!({ "RUSTFLAGS": "-Copt-level=1" }));
    assert_eq!(log[0]["cwd"], json!(sandbox.root()));
    assert_eq!(log[1]["args"], json!(["clippy"]));
}

#[test]
fn metadata_can_be_the_real_ones() {
    let mut sandbox = Sandbox::of("clean");
    let args = ["metadata", "--no-deps", "--format-version", "1"];
    let out = play(&mut sandbox, &args, &[("metadata", json!(["real"]))]);
    let metadata: Value = serde_json::from_str(&out.stdout).expect("cargo's metadata are JSON");
    assert_eq!(metadata["packages"].as_array().map(Vec::len), Some(2));
    assert_eq!(sandbox.fake_log().len(), 1);
}

#[test]
fn it_stands_in_for_other_tools_too() {
    let mut sandbox = Sandbox::empty();
    sandbox.fake_cargo(json!({ "rules": [
        { "as": "git", "args": ["status"], "steps": [{ "err": "fatal: not today\n" }, { "exit": 128 }] },
        { "args": ["status"], "steps": [{ "out": "not git" }] },
    ] }));
    let git = sandbox.fake_tool("git");
    let out = sandbox.output(git, &["status"]);
    assert_eq!((out.code, out.stderr.as_str()), (128, "fatal: not today\n"));
    assert_eq!(sandbox.dollar_cargo(&["status"]).stdout, "not git");
}

#[cfg(unix)]
mod unix {
    use std::process::Stdio;

    use nix::sys::signal::{Signal, kill, killpg};
    use nix::unistd::Pid;
    use serde_json::json;

    use super::{play, steps};
    use crate::harness::{Sandbox, script};

    #[test]
    fn it_dies_by_the_signal_it_is_told_to() {
        assert_eq!(steps(json!([{ "signal_self": 9 }])).code, 128 + 9);
    }

    #[test]
    fn nothing_arrives_after_stdout_is_closed() {
        let out = steps(json!([{ "out": "a" }, "close_stdout", { "out": "b" }, { "err": "c" }]));
        assert_eq!(
            (out.code, out.stdout.as_str(), out.stderr.as_str()),
            (0, "a", "c")
        );
    }

    /// A daemon keeps the pipe open: reading to the end waits for it, so its life is short here.
    #[test]
    fn a_daemon_is_left_behind_and_logged() {
        let mut sandbox = Sandbox::empty();
        let daemon =
            json!([{ "spawn_daemon": { "seconds": 0, "own_group": true } }, { "out": "x" }]);
        let out = play(&mut sandbox, &["test"], &[("test", daemon)]);
        assert_eq!((out.code, out.stdout.as_str()), (0, "x"));
        assert!(sandbox.fake_log()[1]["daemon"].is_u64());
    }

    #[test]
    fn sigterm_can_be_ignored_and_sigkill_cannot() {
        let mut sandbox = Sandbox::empty();
        sandbox.fake_cargo(script(&[(
            "",
            json!(["ignore_sigterm", { "touch": "deaf" }, { "wait_file": "never" }]),
        )]));
        let mut command = sandbox.dollar_cargo_command(&[]);
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command
            .stdout(Stdio::null())
            .spawn()
            .expect("the fake cargo starts");
        while !sandbox.stage().join("deaf").exists() {
            std::thread::yield_now();
        }
        let pid = Pid::from_raw(child.id().cast_signed());
        kill(pid, Signal::SIGTERM).expect("it is alive");
        assert_eq!(sandbox.fake_log()[0]["pgid"], json!(pid.as_raw()));
        killpg(pid, Signal::SIGKILL).expect("it is still alive");
        let status = child.wait().expect("it is ours");
        assert_eq!(
            std::os::unix::process::ExitStatusExt::signal(&status),
            Some(9)
        );
    }
}

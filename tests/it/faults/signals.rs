//! Ctrl-C, SIGTERM, kill -9 and two at once: what was measured is kept and marked, nothing is left running, and the next
//! command works without hand repair.

use nix::sys::signal::Signal::{self, SIGHUP, SIGINT, SIGKILL, SIGTERM};
use serde_json::{Value, json};

use super::{COUNTED, READ, compiled, faulty, shows};
use crate::harness::{Output, Running, Sandbox};

/// The counted lines, then a clippy that hangs once it has touched `at`.
fn hanging(more: &[Value]) -> Sandbox {
    let mut steps = more.to_vec();
    steps.extend([json!({ "touch": "at" }), json!({ "wait_file": "never" })]);
    let sandbox = faulty(&[("fmt", json!([{ "out": READ }])), ("clippy", json!(steps))]);
    let collect = COUNTED.replace("[\"loc\"]", "[\"fmt\", \"clippy\"]");
    sandbox.write(
        "campaign.toml",
        &collect.replace(
            "\"todo.open\" = \"<= baseline\"",
            "\"fmt.files\" = \"= 0\"\n\"clippy.warnings\" = \"= 0\"",
        ),
    );
    sandbox
}

/// Started and waiting within clippy.
fn begun(sandbox: &Sandbox, args: &[&str]) -> Running {
    let running = sandbox.start(args);
    sandbox.await_stage("at");
    running
}

/// Interrupted by these signals, the later ones as soon as it hears them.
fn interrupted(sandbox: &Sandbox, args: &[&str], signals: &[Signal]) -> Output {
    let running = begun(sandbox, args);
    signals.iter().for_each(|signal| running.signal(*signal));
    running.finish()
}

#[test]
fn what_was_measured_before_a_signal_is_kept_and_marked() {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        let sandbox = hanging(&[]);
        let out = interrupted(&sandbox, &["run"], &[signal]);
        shows(&out, 130, &["Format clean", "Recorded run"]);
        assert_eq!(sandbox.alive(), Vec::<String>::new());
        shows(&sandbox.campaign(&["history"]), 0, &["interrupted"]);
        let report = sandbox.campaign(&["report", "--format", "json"]);
        let metrics = super::metrics(&report);
        assert_eq!(
            metrics["fmt.files"]["value"],
            json!(0),
            "the step that ended is whole"
        );
        assert_eq!(
            metrics["clippy.warnings"]["value"],
            Value::Null,
            "the one that did not gives nothing"
        );
        shows(
            &sandbox.campaign(&["gate", "--no-run"]),
            3,
            &["1 gate passes"],
        );
    }
}

#[test]
fn an_interrupted_command_neither_judges_nor_pins() {
    for args in [["gate"], ["baseline"]] {
        let sandbox = hanging(&[]);
        let out = interrupted(&sandbox, &args, &[SIGINT]);
        assert_eq!(out.code, 130, "{}", out.stderr);
        assert_eq!(
            out.stdout.contains("exit 130"),
            args == ["gate"],
            "{}",
            out.stdout
        );
        assert!(!out.stdout.contains("exit 3"), "{}", out.stdout);
        assert!(!sandbox.path(".campaign/baseline.json").exists());
        assert_eq!(sandbox.alive(), Vec::<String>::new());
    }
}

/// A child that will not hear is killed: at the second press at once, else when its grace is over.
#[test]
fn a_child_that_ignores_the_signal_is_killed_and_so_is_what_it_started() {
    for signals in [
        &[SIGINT, SIGINT][..],
        &[SIGINT, SIGTERM, SIGINT],
        &[SIGTERM],
    ] {
        let deaf = [
            json!("ignore_sigterm"),
            json!({ "spawn_daemon": { "seconds": 600, "own_group": false } }),
        ];
        let sandbox = hanging(&deaf);
        let out = interrupted(&sandbox, &["run"], signals);
        shows(&out, 130, &["Recorded run"]);
        assert_eq!(sandbox.alive(), Vec::<String>::new());
    }
}

/// Shells start background jobs of scripts without SIGINT, and `nohup` starts programs without SIGHUP.
#[test]
fn signal_that_was_ignored_at_the_start_stays_ignored_and_the_others_end_everything() {
    for (ignored, signal) in [(SIGINT, SIGTERM), (SIGHUP, SIGINT), (SIGTERM, SIGHUP)] {
        let sandbox = hanging(&[]);
        let running = sandbox.start_ignoring(ignored, &["run"]);
        sandbox.await_stage("at");
        running.signal(signal);
        shows(&running.finish(), 130, &["Format clean", "Recorded run"]);
        assert_eq!(sandbox.alive(), Vec::<String>::new(), "{signal}");

        let sandbox = hanging(&[]);
        let running = sandbox.start_ignoring(ignored, &["run"]);
        sandbox.await_stage("at");
        running.signal(ignored);
        std::fs::write(sandbox.stage().join("never"), "").expect("the stage can be written");
        let out = running.finish();
        assert_ne!(out.code, 130, "{ignored}: {}", out.stderr);
    }
}

/// A test that handles a signal receives it, as under cargo.
#[test]
fn processes_are_started_without_blocked_signals() {
    let sandbox = super::counted();
    sandbox.program("todo", "grep SigBlk /proc/self/status >&2; exit 1");
    sandbox.write(
        "campaign.toml",
        "[collect.todo]\ncommand = [\"todo\"]\nmetrics = { \"todo.open\" = { unit = \"count\", better = \"lower\" } }\n",
    );
    let out = sandbox.start_ignoring(SIGINT, &["run", "todo"]).finish();
    shows(&out, 4, &["SigBlk: 0000000000000000"]);
}

/// Before the first step there is nothing to keep; what was asked about the workspace is ended too.
#[test]
fn a_signal_while_the_workspace_is_read_ends_everything() {
    let wait = json!([{ "touch": "at" }, { "wait_file": "never" }]);
    for (probe, args) in [
        ("metadata", &["run"][..]),
        ("metadata", &["gate"]),
        ("metadata", &["baseline"]),
        ("metadata", &["init", "--dry-run"]),
        ("metadata", &["run", "--dry-run"]),
        ("metadata", &["bump", "patch"]),
        ("metadata", &["doctor"]),
        ("clippy -V", &["run", "clippy"]),
        ("-V", &["run"]),
    ] {
        let sandbox = faulty(&[(probe, wait.clone())]);
        let out = interrupted(&sandbox, args, &[SIGINT]);
        assert_eq!(
            (out.code, sandbox.alive()),
            (130, Vec::<String>::new()),
            "{probe}, {args:?}: {}",
            out.stderr
        );
        assert!(
            !sandbox.path(".campaign/runs").exists(),
            "{probe}, {args:?}"
        );
    }
}

#[test]
fn second_run_waits_for_the_first() {
    let sandbox = hanging(&[]);
    let first = begun(&sandbox, &["baseline"]);
    let waiting = format!(
        "Waiting for another cargo campaign: pid {}, `cargo campaign baseline`",
        first.pid()
    );
    for args in [["run"], ["gate"], ["baseline"]] {
        let mut second = sandbox.start(&args);
        second.await_stderr(&waiting);
        second.signal(SIGINT);
        assert_eq!(second.finish().code, 130, "{args:?}");
    }
    // Reading waits for nobody.
    for args in [["status"], ["history"], ["report"]] {
        shows(&sandbox.campaign(&args), 0, &[]);
    }
    let mut second = sandbox.start(&["run"]);
    second.await_stderr(&waiting);
    std::fs::remove_file(sandbox.stage().join("at")).expect("the first is in clippy");
    first.signal(SIGINT);
    assert_eq!(first.finish().code, 130);
    sandbox.await_stage("at");
    second.signal(SIGINT);
    shows(&second.finish(), 130, &["Format clean", "Recorded run"]);
}

/// What the first one measured is not measured again.
#[test]
fn gate_that_waited_judges_what_the_other_command_recorded() {
    let finished = "{\"reason\":\"build-finished\",\"success\":true}\n";
    let steps =
        json!([compiled(), { "touch": "at" }, { "wait_file": "never" }, { "out": finished }]);
    let sandbox = faulty(&[("clippy", steps)]);
    sandbox.write("campaign.toml", "[gates]\n\"clippy.warnings\" = \"= 0\"\n");
    let first = begun(&sandbox, &["run", "clippy"]);
    let mut second = sandbox.start(&["gate"]);
    second.await_stderr("Waiting for another cargo campaign");
    std::fs::write(sandbox.stage().join("never"), "").expect("the stage can be written");
    assert_eq!(first.finish().code, 0);
    let out = second.finish();
    shows(&out, 0, &["PASS 1 of 1 gates"]);
    assert!(!out.stderr.contains("Plan"), "{}", out.stderr);
}

/// The limit's signal would end the program without a word.
#[test]
fn limit_on_file_sizes_is_an_error_like_a_full_disk() {
    let sandbox = super::counted();
    let script = format!(
        "ulimit -f 0; exec {} run",
        env!("CARGO_BIN_EXE_cargo-campaign")
    );
    let out = sandbox.output("sh", &["-c", &script]);
    shows(&out, 4, &["Counted 3 files", "File too large"]);
}

/// The lock goes with its holder, the store is whole, and the folder of the dead one's logs is in nobody's way.
#[test]
fn after_kill_9_the_next_run_works() {
    let sandbox = hanging(&[]);
    let first = begun(&sandbox, &["run"]);
    first.signal(SIGKILL);
    assert_eq!(first.finish().code, 128 + 9);
    // Nobody was left to end it: the group is the dead one's no more. Its end is ours to bring about.
    std::fs::write(sandbox.stage().join("never"), "").expect("the stage can be written");
    while !sandbox.alive().is_empty() {
        std::thread::yield_now();
    }
    let out = sandbox.campaign(&["run", "fmt", "loc"]);
    shows(&out, 0, &["Format clean", "Recorded run"]);
    let doctor = sandbox.campaign(&["doctor"]);
    shows(&doctor, 0, &["1 recorded, all readable"]);
}

//! Git that is missing, refuses, or knows less than it might: figures stand, and say what they lack.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use super::{compiled, counted, faulty, metrics, shows};
use crate::harness::{Output, Sandbox};

/// Where the figures of a report come from.
fn source(out: &Output) -> Value {
    let report: Value = serde_json::from_str(&out.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}{}", out.stdout, out.stderr));
    report["run"].clone()
}

/// Measures; the run's source, and what was said beside it.
fn measured(sandbox: &Sandbox) -> (Value, String) {
    let run = sandbox.campaign(&["run"]);
    shows(
        &run,
        0,
        &["Counted 3 files, 27 lines of code", "Recorded run"],
    );
    let gate = sandbox.campaign(&["report", "--format", "json"]);
    assert_eq!(metrics(&gate)["todo.open"]["value"], json!(0));
    (source(&gate), run.stderr)
}

#[test]
fn without_a_repository_figures_carry_no_commit() {
    for (prepare, said) in [
        (
            (|_| ()) as fn(&Sandbox),
            "note: not in a git working tree: values carry no commit",
        ),
        (
            |sandbox| sandbox.write(".git", "gitdir: /nowhere\n"),
            "note: not in a git working tree",
        ),
        (
            |sandbox| sandbox.write(".git", "\u{1b}[2J"),
            "values carry no commit",
        ),
    ] {
        let sandbox = counted();
        prepare(&sandbox);
        let (run, text) = measured(&sandbox);
        assert_eq!(
            (&run["commit"], text.contains(said)),
            (&Value::Null, true),
            "{text}"
        );
        assert!(!text.contains('\x1b'), "{text:?}");
    }
}

#[test]
fn every_state_of_a_repository_is_told() {
    let states: [(&str, fn(&Sandbox), bool, Option<&str>, bool); 9] = [
        (
            "no commit yet",
            |s| _ = s.git(&["-c", "init.defaultBranch=main", "init", "-q"]),
            false,
            Some("main"),
            true,
        ),
        ("clean", |s| s.git_init(), true, Some("main"), false),
        (
            "its own files are no dirt",
            |s| {
                s.git_init();
                s.write("campaign.toml", super::COUNTED);
            },
            true,
            Some("main"),
            false,
        ),
        (
            "an untracked file",
            |s| {
                s.git_init();
                s.write("notes.txt", "x");
            },
            true,
            Some("main"),
            true,
        ),
        (
            "a changed file",
            |s| {
                s.git_init();
                s.write(".gitignore", "/target\n/other\n");
            },
            true,
            Some("main"),
            true,
        ),
        (
            "a changed file whose changes a mark hides",
            |s| {
                s.git_init();
                s.git(&["update-index", "--assume-unchanged", ".gitignore"]);
                s.write(".gitignore", "/target\n/other\n");
            },
            true,
            Some("main"),
            true,
        ),
        (
            "a removed file whose changes a mark hides",
            |s| {
                s.write("notes.txt", "x");
                s.git_init();
                s.git(&["update-index", "--assume-unchanged", "notes.txt"]);
                fs::remove_file(s.path("notes.txt")).expect("it exists");
            },
            true,
            Some("main"),
            true,
        ),
        (
            "a file that a sparse checkout leaves out",
            |s| {
                s.write("notes.txt", "x");
                s.git_init();
                s.git(&["update-index", "--skip-worktree", "notes.txt"]);
                fs::remove_file(s.path("notes.txt")).expect("it exists");
            },
            true,
            Some("main"),
            false,
        ),
        (
            "detached",
            |s| {
                s.git_init();
                s.git(&["checkout", "-q", "--detach"]);
            },
            true,
            None,
            false,
        ),
    ];
    for (what, prepare, commit, branch, dirty) in states {
        let sandbox = counted();
        prepare(&sandbox);
        let (run, _) = measured(&sandbox);
        let found = (
            run["commit"].is_string(),
            run["branch"].as_str(),
            run["dirty"].as_bool(),
        );
        assert_eq!(found, (commit, branch, Some(dirty)), "{what}");
    }
}

/// Its words are passed on, never worked round.
#[test]
fn a_repository_that_git_refuses_is_refused_in_gits_words() {
    let mut sandbox = counted();
    sandbox.git_init();
    sandbox.set("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1");
    let (run, text) = measured(&sandbox);
    assert_eq!(run["commit"], Value::Null);
    assert!(
        text.contains("note: git refuses this repository: detected dubious ownership"),
        "{text}"
    );
    shows(
        &sandbox.campaign(&["doctor"]),
        0,
        &["git config --global --add safe.directory /"],
    );
}

#[test]
fn git_that_fails_or_is_not_there_costs_the_commit_alone() {
    let failing = json!({ "rules": [
        { "as": "git", "steps": [{ "err": "fatal: not \u{1b}[2Jtoday\n" }, { "exit": 128 }] },
        { "steps": ["real"] },
    ] });
    let mut sandbox = counted();
    sandbox.git_init();
    sandbox.fake_cargo(failing);
    sandbox.fake_tool("git");
    let (run, text) = measured(&sandbox);
    assert_eq!(run["commit"], Value::Null);
    assert!(
        text.contains("note: git rev-parse failed: not \\u{1b}[2Jtoday: values carry no commit"),
        "{text}"
    );

    let mut sandbox = counted();
    let which = Command::new("sh")
        .args(["-c", "command -v rustc"])
        .output()
        .expect("there is a shell");
    let rustc = String::from_utf8_lossy(&which.stdout).trim().to_owned();
    sandbox.set("RUSTC", rustc);
    sandbox.set("PATH", sandbox.bin());
    let (run, text) = measured(&sandbox);
    assert_eq!(run["commit"], Value::Null);
    assert!(
        text.contains("note: git is not installed: values carry no commit"),
        "{text}"
    );
}

/// A warning of rustc at a line of `core/src/lib.rs`.
fn warning(line: u32) -> Value {
    let text = "pub fn longest(text: &str) -> Option<&str> {";
    let span = json!({
        "file_name": "core/src/lib.rs", "line_start": line, "line_end": line, "column_start": 8, "column_end": 15,
        "is_primary": true, "text": [{ "text": text, "highlight_start": 8, "highlight_end": 15 }],
    });
    let message = json!({
        "reason": "compiler-message", "package_id": "path+file://${root}/core#clean-core@0.3.0",
        "target": { "kind": ["lib"], "name": "clean_core", "src_path": "${root}/core/src/lib.rs" },
        "message": { "message": "unused", "code": { "code": "dead_code" }, "level": "warning", "spans": [span],
            "children": [], "rendered": "warning: unused\n" },
    });
    json!({ "out": format!("{message}\n") })
}

/// Plays one warning from here on.
fn warned(sandbox: &mut Sandbox, line: u32) {
    let finished = json!({ "out": "{\"reason\":\"build-finished\",\"success\":true}\n" });
    let script = json!({ "rules": [
        { "args": ["check"], "steps": [warning(line), compiled(), finished] },
        { "steps": ["real"] },
    ] });
    sandbox.fake_cargo(script);
}

#[test]
fn a_baseline_whose_commit_is_not_here_is_compared_by_content() {
    for (shallow, said) in [
        (false, "is not in this clone"),
        (true, "is not in this shallow clone"),
    ] {
        let mut sandbox = faulty(&[]);
        sandbox.write(
            "campaign.toml",
            "[collect]\ndefault = [\"check\"]\n[gates]\n\"check.new\" = \"= 0\"\n",
        );
        sandbox.git_init();
        warned(&mut sandbox, 8);
        shows(&sandbox.campaign(&["baseline"]), 0, &["Pinned baseline"]);
        let head = sandbox.git(&["rev-parse", "HEAD"]).trim().to_owned();
        sandbox.edit_pin(&head, &"d".repeat(40));
        if shallow {
            fs::write(sandbox.path(".git/shallow"), format!("{head}\n"))
                .expect("the sandbox can be written");
        }
        let source = sandbox.read("core/src/lib.rs");
        sandbox.write("core/src/lib.rs", &format!("// A line more.\n{source}"));
        warned(&mut sandbox, 9);
        let out = sandbox.campaign(&["gate"]);
        shows(&out, 0, &["PASS 1 of 1 gates"]);
        let note = format!(
            "note: findings are matched by content alone: commit {} {said}",
            "d".repeat(40)
        );
        assert!(out.stderr.contains(&note), "{}", out.stderr);
        shows(&sandbox.campaign(&["diff"]), 0, &[]);
    }
}

//! The exit codes as a whole, and what commands write: only below `.campaign/`, and what they were asked to write.

use super::{COMMANDS, counted, pinned, shows};
use crate::harness::{Sandbox, changes, script, tree};

/// Every code of the table, from a command that gives it. 130 needs a signal: see `signals`.
#[test]
fn every_exit_code_is_given() {
    let sandbox = pinned();
    let fails = "[collect]\ndefault = [\"loc\"]\n[gates]\n\"loc.files\" = \"= 1\"\n";
    let warns = "[collect]\ndefault = [\"loc\"]\n[gates]\n\"loc.files\" = { require = \"= 1\", level = \"warn\" }\n";
    let waived = format!(
        "{fails}[[waiver]]\ngate = \"loc.files\"\nreason = \"generated\"\nowner = \"ana\"\nuntil = 2999-12-31\n"
    );
    for (config, args, code, said) in [
        (super::COUNTED, &["gate"][..], 0, "PASS 1 of 1 gates"),
        (warns, &["gate"], 0, "WARN"),
        (&waived, &["gate"], 0, "1 waived"),
        (fails, &["gate"], 1, "error: Rust files: 3, required = 1"),
        (fails, &["final"], 2, "refusing to pin over a failing gate: loc.files 3, required = 1"),
        (fails, &["final", "--accept", "as it is"], 1, "NOT READY"),
        (fails, &["gate", "--no-such-flag"], 2, "unexpected argument"),
        ("[gates", &["gate"], 2, "campaign.toml:1"),
        ("[gates]\n\"test.failed\" = \"= 0\"\n", &["gate", "--no-run"], 3, "test.failed was not measured"),
        ("", &["gate"], 3, "no gates: nothing was asked"),
        (fails, &["status"], 0, "NOT READY"),
        (fails, &["run"], 0, "Recorded run"),
    ] {
        sandbox.write("campaign.toml", config);
        shows(&sandbox.campaign(args), code, &[said]);
    }
    let mut sandbox = pinned();
    sandbox.set("CARGO", "/nowhere/cargo");
    shows(&sandbox.campaign(&["run"]), 4, &["could not start /nowhere/cargo"]);
}

/// Everything a command may be asked for, with what it may then write.
#[test]
fn nothing_is_written_outside_of_the_store_but_what_was_asked_for() {
    let without = &[".campaign", "target"];
    for committed in [false, true] {
        let sandbox = pinned();
        if committed {
            sandbox.git_init();
        }
        let more: [&[&str]; 8] = [
            &["run", "--dry-run"],
            &["run", "fmt", "doc", "check"],
            &["gate", "--prove"],
            &["init", "--dry-run"],
            &["report", "--format", "markdown"],
            &["report", "--run", "latest"],
            &["diff", "baseline", "latest"],
            &["--version"],
        ];
        for args in COMMANDS.iter().copied().chain(more) {
            let before = outside(&sandbox, without);
            let out = sandbox.campaign(args);
            assert!(out.code < 4, "{args:?}: {}", out.stderr);
            assert_eq!(changes(&before, &outside(&sandbox, without)), Vec::<String>::new(), "{args:?}");
        }
    }
}

/// The workspace, its repository, the home, cargo's home and the folder for temporary files of a test.
fn outside(sandbox: &Sandbox, without: &[&str]) -> std::collections::BTreeMap<String, Option<Vec<u8>>> {
    let base = sandbox.root();
    let base = base.parent().expect("it lies in the sandbox");
    // Cargo keeps what it knows of its own: package cache locks, the age of what it used.
    let cargos: Vec<&str> = without.iter().copied().chain(["cargo-home"]).collect();
    tree(base, &cargos)
}

#[test]
fn what_was_asked_for_is_all_that_is_written() {
    let sandbox = pinned();
    for (args, written) in [
        (&["gate", "--output", "json=a.json", "--output", "markdown=a.md"][..], &["+ ws/a.json", "+ ws/a.md"][..]),
        (&["final", "--report", "b.md"], &["+ ws/b.md"]),
        (&["status", "--output", "json=../c.json"], &["+ c.json"]),
    ] {
        let before = outside(&sandbox, &[".campaign", "target"]);
        assert_eq!(sandbox.campaign(args).code, 0);
        assert_eq!(changes(&before, &outside(&sandbox, &[".campaign", "target"])), written, "{args:?}");
    }
    let sandbox = Sandbox::of("clean");
    let before = outside(&sandbox, &["target"]);
    assert_eq!(sandbox.campaign(&["init"]).code, 0);
    assert_eq!(changes(&before, &outside(&sandbox, &["target"])), ["+ ws/campaign.toml"]);
    // What is there is not written over.
    super::refused(&sandbox, &["init"], 2, &["there is a campaign already"]);
}

/// The sources change while they are measured: the figures belong to no tree, and are not judged.
#[test]
fn sources_that_change_meanwhile_give_no_verdict() {
    let finished = serde_json::json!({ "out": "{\"reason\":\"build-finished\",\"success\":true}\n" });
    let mut sandbox = counted();
    sandbox.write("campaign.toml", "[collect]\ndefault = [\"check\"]\n[gates]\n\"check.errors\" = \"= 0\"\n");
    let steps =
        serde_json::json!([{ "rm": "${root}/core/src/lib.rs" }, { "touch": "${root}/core/src/lib.rs" }, finished]);
    sandbox.fake_cargo(script(&[("check", steps), ("", serde_json::json!(["real"]))]));
    let named = "sources changed while they were measured: core/src/lib.rs\n";
    shows(&sandbox.campaign(&["gate"]), 3, &["the sources changed while it was measured", named]);
    let source = Sandbox::of("clean").read("core/src/lib.rs");
    sandbox.write("core/src/lib.rs", &source);
    shows(&sandbox.campaign(&["baseline"]), 3, &["the sources changed while it ran", "--accept"]);
    shows(&sandbox.campaign(&["gate", "--no-run"]), 3, &[]);
}

#[test]
fn every_command_has_help() {
    let sandbox = counted();
    for args in COMMANDS {
        shows(&sandbox.campaign(&[args[0], "--help"]), 0, &["Usage: cargo campaign"]);
    }
}

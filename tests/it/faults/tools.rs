//! Tools that are missing or broken: which, and the command that mends it; nothing is installed unasked.

use std::fs;

use serde_json::json;

use super::{counted, faulty, refused, shows};
use crate::harness::Sandbox;

#[test]
fn without_cargo_what_measures_cannot_run_and_what_reads_can() {
    let mut sandbox = super::pinned();
    sandbox.set("CARGO", "/nowhere/cargo");
    for args in [
        &["run"][..],
        &["baseline"],
        &["init", "--dry-run"],
        &["gate", "--fresh"],
    ] {
        refused(
            &sandbox,
            args,
            4,
            &["could not start /nowhere/cargo: No such file or directory"],
        );
    }
    shows(
        &sandbox.campaign(&["doctor"]),
        4,
        &["NO  toolchain", "could not start /nowhere/cargo"],
    );
    for args in [
        &["status"][..],
        &["diff"],
        &["history"],
        &["report"],
        &["explain", "todo.open"],
    ] {
        shows(&sandbox.campaign(args), 0, &[]);
    }
}

#[test]
fn without_a_compiler_nothing_is_measured() {
    let mut sandbox = counted();
    sandbox.set("RUSTC", "/nowhere/rustc");
    refused(
        &sandbox,
        &["run"],
        4,
        &[
            "could not start /nowhere/rustc",
            "help: cargo campaign doctor",
        ],
    );
    shows(
        &sandbox.campaign(&["doctor"]),
        4,
        &["NO  toolchain", "could not start /nowhere/rustc"],
    );
}

/// What a rustup proxy says of a toolchain that is named and missing.
#[test]
fn a_toolchain_that_is_not_installed_is_told_in_the_proxys_words() {
    let mut sandbox = faulty(&[]);
    let rules = json!({ "rules": [
        { "as": "rustc", "steps": [{ "err": "error: toolchain 'nightly-1999' is not installed\nhelp: run `rustup toolchain install nightly-1999`\n" }, { "exit": 1 }] },
        { "steps": ["real"] },
    ] });
    sandbox.fake_cargo(rules);
    let rustc = sandbox.fake_tool("rustc");
    sandbox.set("RUSTC", rustc);
    refused(
        &sandbox,
        &["run"],
        4,
        &["toolchain 'nightly-1999' is not installed"],
    );
}

/// The tool, how its absence shows, the collector, what is said.
fn missing(probe: &str, collector: &str, metric: &str, settings: &str, said: &str, fix: &str) {
    let words = probe.split(' ').next().unwrap_or_default();
    let none = json!([{ "err": format!("error: no such command: `{words}`\n\nhelp: view all installed commands with `cargo --list`\n") }, { "exit": 101 }]);
    let config = format!(
        "[collect]\ndefault = [\"{collector}\", \"loc\"]\n{settings}\n[gates]\n\"{metric}\" = \"= 0\"\n\"todo.open\" = \"= 0\"\n"
    );
    // Known before the run, and only seen when it is started.
    for rules in [vec![(probe, none.clone())], vec![(words, none)]] {
        let sandbox = faulty(&rules);
        sandbox.write("campaign.toml", &config);
        shows(
            &sandbox.campaign(&["gate"]),
            3,
            &[said, fix, "1 gate passes"],
        );
        shows(
            &sandbox.campaign(&["run"]),
            4,
            &[said, fix, "Counted 3 files"],
        );
        refused_pin(&sandbox, said);
        if sandbox
            .fake_log()
            .iter()
            .any(|entry| entry["args"].to_string().contains("install"))
        {
            panic!("something was installed: {:?}", sandbox.fake_log());
        }
    }
    let sandbox = faulty(&[(probe, json!([{ "exit": 1 }]))]);
    sandbox.write("campaign.toml", &config);
    shows(&sandbox.campaign(&["doctor"]), 4, &["NO  ", said, fix]);
}

fn refused_pin(sandbox: &Sandbox, said: &str) {
    shows(
        &sandbox.campaign(&["baseline"]),
        3,
        &["refusing to pin an incomplete run: ", said, "--accept"],
    );
    assert!(!sandbox.path(".campaign/baseline.json").exists());
}

#[test]
fn a_missing_tool_is_unavailable_with_the_command_that_installs_it() {
    missing(
        "clippy -V",
        "clippy",
        "clippy.warnings",
        "",
        "clippy is not installed",
        "rustup component add clippy",
    );
    missing(
        "fmt --version",
        "fmt",
        "fmt.files",
        "",
        "rustfmt is not installed",
        "rustup component add rustfmt",
    );
    let nextest = "[collect.test]\nrunner = \"nextest\"\n";
    missing(
        "nextest --version",
        "test",
        "test.failed",
        nextest,
        "cargo-nextest is not installed",
        "cargo install",
    );
}

#[test]
fn answers_that_are_none_are_not_believed() {
    for (rules, said) in [
        (
            ("metadata", json!([])),
            "could not read the answer of `cargo metadata`",
        ),
        (
            ("metadata", json!([{ "out": "{\"packages\":[]}\n" }])),
            "could not read the answer of `cargo metadata`",
        ),
        (
            ("metadata", json!([{ "bytes": "ff fe 7b 0a" }])),
            "could not read the answer of `cargo metadata`",
        ),
        (
            (
                "metadata",
                json!([{ "err": "error: \u{1b}[2Jno\n" }, { "exit": 101 }]),
            ),
            "error: \\u{1b}[2Jno",
        ),
        (
            ("-V", json!([{ "out": "carrot 1\n" }])),
            "`cargo` gives no version",
        ),
    ] {
        let sandbox = faulty(&[rules]);
        refused(&sandbox, &["run"], 4, &[said]);
    }
}

#[test]
fn a_collector_of_the_teams_own_must_print_what_it_declares() {
    for (steps, said) in [
        (
            json!([{ "err": "boom\n" }, { "exit": 3 }]),
            "it exited with 3: boom",
        ),
        (
            json!([{ "out": "licences.other 3\n" }]),
            "`licences.other` is not declared",
        ),
        (
            json!([{ "out": "licences.unknown 3 s\n" }]),
            "printed `licences.unknown` in `s`",
        ),
        (json!([]), "nothing was printed"),
        (
            json!([{ "out": "licences.unknown NaN\n" }]),
            "licences.unknown",
        ),
        (
            json!([{ "bytes": "ff fe 0a" }]),
            "its output could not be read",
        ),
    ] {
        let mut sandbox = faulty(&[]);
        sandbox.fake_cargo(json!({ "rules": [
            { "as": "licences", "steps": steps },
            { "steps": ["real"] },
        ] }));
        let tool = sandbox.fake_tool("licences");
        let config = format!(
            "[collect]\ndefault = [\"licences\"]\n[collect.licences]\ncommand = [\"{}\"]\nmetrics = {{ \"licences.unknown\" = {{ unit = \"count\", better = \"lower\" }} }}\n[gates]\n\"licences.unknown\" = \"= 0\"\n",
            tool.display()
        );
        sandbox.write("campaign.toml", &config);
        shows(&sandbox.campaign(&["gate"]), 3, &[said]);
    }
}

/// Whatever hands flags to clippy, from the workspace or from the home directory, could hide a new finding.
#[test]
fn flags_of_cargos_configuration_give_no_verdict_on_new_findings() {
    let mut sandbox = Sandbox::empty();
    let manifest = "[package]\nname = \"a\"\nedition = \"2024\"\n";
    let config = "[collect]\ndefault = [\"clippy\"]\n[gates]\n\"clippy.new\" = \"= 0\"\n";
    sandbox.write("Cargo.toml", manifest);
    sandbox.write("campaign.toml", config);
    sandbox.write("src/lib.rs", "//! A.\n");
    shows(&sandbox.campaign(&["baseline"]), 0, &[]);
    let finding = "//! A.\n\n/// Returns one.\npub fn one() -> u8 {\n    return 1;\n}\n";
    sandbox.write("src/lib.rs", finding);
    shows(&sandbox.campaign(&["gate"]), 1, &["new clippy findings: 1"]);

    let flags = "[build]\nrustflags = [\"-Aclippy::all\"]\n";
    let args = "[env]\nCLIPPY_ARGS = \"-Aclippy::all\"\n";
    for (file, text) in [
        (".cargo/config.toml", flags),
        (".cargo/config.toml", args),
        ("../cargo-home/config.toml", flags),
        ("../cargo-home/config.toml", args),
    ] {
        sandbox.write(file, text);
        shows(&sandbox.campaign(&["gate"]), 3, &["cargo configuration"]);
        fs::remove_file(sandbox.path(file)).expect("it is ours");
    }
    sandbox.set("RUSTFLAGS", "-Aclippy::all");
    shows(&sandbox.campaign(&["gate"]), 3, &["RUSTFLAGS"]);
}

/// An alias of the workspace for an external subcommand is never followed: not by a step, not by a look at what is there.
#[test]
fn aliases_of_the_workspace_have_no_effect() {
    let sandbox = Sandbox::of("clean");
    let config = "[collect]\ndefault = [\"fmt\", \"clippy\"]\n[gates]\n\"fmt.files\" = \"= 0\"\n\"clippy.warnings\" = \"= 0\"\n";
    sandbox.write("campaign.toml", config);
    sandbox.write(
        "core/src/more.rs",
        "pub fn f(x:Vec<u8>)->bool {x.len()==0}\n",
    );
    let lib = sandbox.read("core/src/lib.rs");
    sandbox.write(
        "core/src/lib.rs",
        &format!("{lib}\nmod more;\npub use more::f;\n"),
    );
    sandbox.write(
        "campaign-alias/Cargo.toml",
        "[package]\nname = \"alias\"\nedition = \"2024\"\n[workspace]\n",
    );
    let program = "fn main() {\n    std::fs::write(\"ran\", \"\").unwrap();\n    \
        println!(\"{{\\\"reason\\\":\\\"build-finished\\\",\\\"success\\\":true}}\");\n}\n";
    sandbox.write("campaign-alias/src/main.rs", program);
    let run = "\"run -q --manifest-path campaign-alias/Cargo.toml --\"";
    let alias = ["clippy", "fmt", "nextest", "semver-checks"]
        .map(|name| format!("{name} = {run}\n"))
        .concat();
    sandbox.write(".cargo/config.toml", &format!("[alias]\n{alias}"));
    for args in [
        &["doctor"][..],
        &["run", "--dry-run"],
        &["init", "--dry-run", "--force"],
    ] {
        sandbox.campaign(args);
        assert!(!sandbox.path("ran").exists(), "{args:?}");
    }
    shows(
        &sandbox.campaign(&["gate"]),
        1,
        &["error: unformatted files: 1", "error: clippy warnings: 1"],
    );
    assert!(!sandbox.path("ran").exists());
}

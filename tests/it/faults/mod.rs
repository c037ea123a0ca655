//! Bad input and bad luck: each fault ends with one clear message and a code of the table, and nothing is lost or half
//! written. Most are played by the fake cargo; what only the real one can show is in `suites`.
//!
//! Needs root: `disk` mounts a small file system where it may, and says so where it may not.

mod config;
#[cfg(target_os = "linux")]
mod disk;
mod foreign;
mod git;
mod hostile;
mod names;
mod pinning;
mod pins;
mod pipe;
mod place;
mod revision;
mod runs;
#[cfg(target_os = "linux")]
mod signals;
mod stream;
mod suites;
mod table;
mod tools;
mod usage;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{Output, Sandbox, changes, commands, script, tree};

/// Every command but [`EXEMPT`], as it is started where nothing else is asked.
const COMMANDS: &[&[&str]] = &[
    &["init"],
    &["run"],
    &["baseline"],
    &["final"],
    &["status"],
    &["diff"],
    &["gate"],
    &["explain", "todo.open"],
    &["get", "metric.todo.open"],
    &["workstream", "list"],
    &["plan"],
    &["document"],
    &["attest", "list"],
    &["decision", "list"],
    &["report"],
    &["history"],
    &["history", "export", "csv"],
    &["history", "prune", "--keep", "1"],
    &["schedule", "list"],
    &["alert", "list"],
    &["experiment"],
    &["sweep", "--dry-run"],
    &["changelog", "lint"],
    &["bump", "minor", "--dry-run"],
    &["release", "0.4.0"],
    &["ci"],
    &["doctor"],
];

/// The commands that have tests of their own, with the reason.
const EXEMPT: [(&str, &str); 2] = [
    ("watch", "it runs until it is stopped"),
    ("schema", "it needs no workspace"),
];

#[test]
fn faults_are_tried_with_every_command() {
    let started = COMMANDS.iter().map(|args| args[0]);
    let tried = started.chain(EXEMPT.map(|(name, _)| name));
    assert_eq!(BTreeSet::from_iter(tried.map(str::to_owned)), commands());
}

/// A campaign that is measured without compiling anything.
const COUNTED: &str = "[campaign]\nname = \"small\"\n[collect]\ndefault = [\"loc\"]\n[gates]\n\"todo.open\" = \"<= baseline\"\n";

/// The clean workspace with a campaign of counted lines, nothing measured.
fn counted() -> Sandbox {
    let sandbox = Sandbox::of("clean");
    sandbox.write("campaign.toml", COUNTED);
    sandbox
}

/// The same with a run and a baseline.
fn pinned() -> Sandbox {
    let sandbox = counted();
    let out = sandbox.campaign(&["baseline"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    sandbox
}

/// The clean workspace with a fake cargo that describes it truly, has every tool, and does what the rules say.
fn faulty(rules: &[(&str, Value)]) -> Sandbox {
    let mut sandbox = counted();
    let probes = [
        ("metadata", json!(["real"])),
        ("-V", json!(["real"])),
        ("clippy -V", json!([{ "out": "clippy 0.1.95\n" }])),
        ("fmt --version", json!([{ "out": "rustfmt 1.8.0\n" }])),
        (
            "nextest --version",
            json!([{ "out": "cargo-nextest 0.9.143\n" }]),
        ),
    ];
    let of = |args: &str| rules.iter().any(|(ours, _)| *ours == args);
    let probes = probes.into_iter().filter(|(args, _)| !of(args));
    // Probes first: the rule for `clippy` fits `clippy -V` too.
    let (exact, rest): (Vec<_>, Vec<_>) = rules
        .iter()
        .cloned()
        .partition(|(args, _)| args.contains(' '));
    let rules: Vec<_> = exact.into_iter().chain(probes).chain(rest).collect();
    sandbox.fake_cargo(script(&rules));
    sandbox
}

/// The step in which cargo tells every unit of the clean workspace under `--all-targets`.
pub(crate) fn compiled() -> Value {
    let unit = |package: &str, kind: &str, name: &str, test: bool| {
        let directory = package.trim_start_matches("clean-");
        let message = json!({
            "reason": "compiler-artifact", "package_id": format!("path+file://${{root}}/{directory}#{package}@0.3.0"),
            "target": { "kind": [kind], "name": name, "src_path": format!("${{root}}/{directory}/src/x.rs") },
            "profile": { "test": test }, "filenames": ["${root}/Cargo.toml"], "executable": null, "fresh": false,
        });
        format!("{message}\n")
    };
    let lines = [
        unit("clean-core", "lib", "clean_core", false),
        unit("clean-core", "lib", "clean_core", true),
        unit("clean-cli", "bin", "clean-cli", false),
        unit("clean-cli", "bin", "clean-cli", true),
        unit("clean-cli", "test", "cli", true),
    ];
    json!({ "out": lines.concat() })
}

/// What rustfmt prints with `-v` when it has read the targets of the workspace.
#[cfg(target_os = "linux")]
const READ: &str = "Formatting /w/core/src/lib.rs\nSpent 0.000 secs\n\
     Formatting /w/cli/src/main.rs\nSpent 0.000 secs\n\
     Formatting /w/cli/tests/cli.rs\nSpent 0.000 secs\n";

/// The metrics of the JSON report on stdout.
fn metrics(out: &Output) -> Value {
    let report: Value = serde_json::from_str(&out.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}{}", out.stdout, out.stderr));
    report["metrics"].clone()
}

/// What a refused command may leave: caches, the lock and the folder for it.
const NOTHING: [&str; 4] = ["target", "index", "lock", ".gitignore"];

/// A fault that is refused: the code, one error that says all of this, nothing on stdout, nothing touched.
#[track_caller]
fn refused(sandbox: &Sandbox, args: &[&str], code: i32, said: &[&str]) {
    let before = tree(&sandbox.root(), &NOTHING);
    let out = sandbox.campaign(args);
    let text = sandbox.redact(&out.stderr);
    assert_eq!(
        (out.code, out.stdout.as_str()),
        (code, ""),
        "{args:?}: {text}"
    );
    assert!(text.starts_with("error: "), "{args:?}: {text}");
    assert!(text.ends_with('\n'), "{args:?}: {text:?}");
    assert!(!text.contains("panicked"), "{args:?}: {text}");
    assert_eq!(
        text.lines()
            .filter(|line| line.starts_with("error"))
            .count(),
        1,
        "{args:?}: {text}"
    );
    for words in said {
        assert!(
            text.contains(words),
            "{args:?} does not say {words:?}: {text}"
        );
    }
    let mut touched = changes(&before, &tree(&sandbox.root(), &NOTHING));
    touched.retain(|change| change != "+ .campaign");
    assert_eq!(touched, Vec::<String>::new(), "{args:?}");
}

/// What a command shows and how it ends.
#[track_caller]
fn shows(out: &Output, code: i32, said: &[&str]) {
    let text = format!("{}{}", out.stdout, out.stderr);
    assert_eq!(out.code, code, "{text}");
    // A test of the workspace may panic, the program may not.
    assert!(!text.contains("thread 'main'"), "{text}");
    for words in said {
        assert!(text.contains(words), "it does not say {words:?}: {text}");
    }
}

//! Removing build output that no recorded run used, with real cargo in both layouts of its directory.

use std::fs::{File, FileTimes, read_dir};
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::harness::Sandbox;

/// A library with a build script, a program and a test.
fn workspace() -> Sandbox {
    let sandbox = Sandbox::empty();
    for (name, text) in [
        (
            "Cargo.toml",
            "[package]\nname = \"swept\"\nversion = \"1.0.0\"\nedition = \"2021\"\n\n[features]\nextra = []\n",
        ),
        (
            "build.rs",
            "fn main() {\n    println!(\"cargo::rerun-if-changed=build.rs\");\n}\n",
        ),
        ("src/lib.rs", "#[test]\nfn holds() {}\n"),
        ("src/main.rs", "fn main() {}\n"),
        (
            "campaign.toml",
            "[collect]\ndefault = [\"check\", \"build\", \"test\"]\n",
        ),
    ] {
        sandbox.write(name, text);
    }
    sandbox.git_init();
    assert_eq!(sandbox.cargo(&["generate-lockfile", "--offline"]).code, 0);
    // Cargo builds again what is older than its sources.
    age(&sandbox.root(), 200);
    sandbox
}

/// Makes everything below a directory as old as if it was neither written nor read for these days.
fn age(directory: &Path, days: u64) {
    let then = SystemTime::now() - Duration::from_secs(days * 24 * 60 * 60);
    date(
        directory,
        FileTimes::new().set_accessed(then).set_modified(then),
    );
}

fn date(directory: &Path, times: FileTimes) {
    for entry in read_dir(directory).expect("the directory exists") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            date(&path, times);
        }
        let file = File::open(&path).expect("it can be opened");
        file.set_times(times).expect("its times can be set");
    }
}

/// What cargo writes about units that it builds.
fn built(sandbox: &Sandbox) -> String {
    let commands: [&[&str]; 3] = [
        &["check", "--all-targets", "--offline"],
        &["build", "--offline"],
        &["test", "--no-run", "--offline"],
    ];
    let outputs = commands.map(|args| sandbox.cargo(args).stderr);
    let lines = outputs.iter().flat_map(|text| text.lines());
    let built = lines.filter(|line| line.contains("Compiling") || line.contains("Checking"));
    built.collect::<Vec<_>>().join("\n")
}

#[test]
fn sweep_removes_what_no_run_used_and_nothing_that_cargo_needs() {
    for variables in [
        &[][..],
        &[
            ("RUSTC_BOOTSTRAP", "1"),
            ("CARGO_UNSTABLE_BUILD_DIR_NEW_LAYOUT", "true"),
        ],
    ] {
        let mut sandbox = workspace();
        for (name, value) in variables {
            sandbox.set(name, *value);
        }
        assert_eq!(sandbox.campaign(&["run"]).code, 0);
        let features = ["build", "--offline", "--features", "extra"];
        assert_eq!(sandbox.cargo(&features).code, 0);
        assert_eq!(built(&sandbox), "", "{variables:?}");

        let recent = sandbox.campaign(&["sweep", "--dry-run"]);
        assert_eq!((recent.code, &*recent.stdout), (0, ""), "{variables:?}");

        age(&sandbox.path("target/debug"), 100);
        let planned = sandbox.campaign(&["sweep", "--dry-run"]);
        assert!(planned.stdout.contains("swept "), "{}", planned.stdout);
        let swept = sandbox.campaign(&["sweep"]);
        assert_eq!(swept.code, 0, "{}", swept.stderr);
        assert!(!swept.stderr.contains(" 0 units"), "{}", swept.stderr);
        let again = sandbox.campaign(&["sweep"]);
        assert!(again.stderr.contains(" 0 units"), "{}", again.stderr);
        assert_eq!(built(&sandbox), "", "{variables:?}");

        let rebuilt = sandbox.cargo(&features).stderr;
        assert!(rebuilt.contains("Compiling swept"), "{rebuilt}");
    }
}

#[test]
fn sweep_needs_a_run_that_says_what_is_in_use() {
    let sandbox = workspace();
    for (args, code, expected) in [
        (
            &["sweep"][..],
            3,
            "no recorded run says which units builds use",
        ),
        (&["sweep", "--older-than", "soon"], 2, "invalid age `soon`"),
    ] {
        let out = sandbox.campaign(args);
        assert_eq!(out.code, code, "{}", out.stderr);
        assert!(out.stderr.contains(expected), "{}", out.stderr);
    }
}

/// A directory that cargo did not mark as its own is another's.
#[test]
fn sweep_removes_nothing_outside_of_directories_of_cargo() {
    let sandbox = workspace();
    assert_eq!(sandbox.campaign(&["run"]).code, 0);
    assert_eq!(
        sandbox
            .cargo(&["build", "--offline", "--features", "extra"])
            .code,
        0
    );
    age(&sandbox.path("target/debug"), 100);
    std::fs::remove_file(sandbox.path("target/CACHEDIR.TAG")).unwrap();
    let out = sandbox.campaign(&["sweep"]);
    assert_eq!(out.code, 4, "{}", out.stderr);
    assert!(out.stderr.contains("CACHEDIR.TAG"), "{}", out.stderr);
    assert_eq!(built(&sandbox), "");
}

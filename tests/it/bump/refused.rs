//! What cannot be done: one clear message, the exit code, nothing written.

use std::fs;

use super::{bump, tree, workspace};
use crate::harness::Sandbox;

/// A change of the workspace, the command, its exit code, and what it says.
type Refusal = (&'static str, fn(&Sandbox), &'static str, i32, &'static str);

const REFUSALS: &[Refusal] = &[
    (
        "no target",
        |_| {},
        "2.0",
        2,
        "`2.0` is neither a version nor a level; did you mean 2.0.0?",
    ),
    (
        "a kind with a version",
        |_| {},
        "2.0.0 --pre rc",
        2,
        "`--pre` requires a level (major, minor, patch), not the version 2.0.0",
    ),
    (
        "no kind",
        |_| {},
        "major --pre r.c",
        2,
        "invalid kind of prerelease `r.c`",
    ),
    (
        "no metadata",
        |_| {},
        "major --metadata a+b",
        2,
        "invalid build metadata `a+b`",
    ),
    (
        "no member",
        |_| {},
        "major -p core",
        2,
        "package `core` is not a member of this workspace",
    ),
    (
        "one of two that inherit",
        |_| {},
        "minor -p api",
        2,
        "`api` would not move alone: one [workspace.package] version is shared with `my-core`",
    ),
    (
        "downgrade",
        |_| {},
        "1.0.0",
        2,
        "would go back from 1.2.3 to 1.0.0",
    ),
    (
        "a range",
        |s| {
            s.replace(
                "Cargo.toml",
                "version = \"1.2\" }",
                "version = \">=1.2, <2\" }",
            )
        },
        "2.0.0",
        2,
        "write \">=2.0, <3\", or let --rewrite-ranges do it",
    ),
    (
        "a stale lockfile",
        |s| s.replace("Cargo.lock", "version = \"0.4.0\"", "version = \"0.3.0\""),
        "2.0.0 -p api -p my-core",
        2,
        "Cargo.lock is not up to date",
    ),
    (
        "a lockfile that may not change",
        |_| {},
        "2.0.0 --locked",
        2,
        "Cargo.lock must change, and --locked forbids it",
    ),
    (
        "no manifest",
        |s| s.write("crates/cli/Cargo.toml", "[package"),
        "2.0.0",
        4,
        "crates/cli/Cargo.toml",
    ),
    (
        "bytes that are no text",
        |s| fs::write(s.path("crates/cli/Cargo.toml"), b"[package]\xff").expect("it is ours"),
        "2.0.0",
        4,
        "was not valid utf-8",
    ),
    (
        "a broken lockfile",
        |s| s.write("Cargo.lock", "broken"),
        "2.0.0",
        4,
        "failed to parse lock file",
    ),
    #[cfg(unix)]
    (
        "a link out of the workspace",
        leading_out,
        "2.0.0",
        4,
        "crates/cli/Cargo.toml: it is a link that leads to",
    ),
    (
        "what does not resolve",
        unresolvable,
        "2.0.0",
        4,
        "the result does not resolve (Cargo.toml); nothing was written",
    ),
    (
        "a rule that breaks a manifest",
        |s| {
            let rule = "[[release.replace]]\nfile = \"crates/cli/Cargo.toml\"\n\
                search = \"edition = '2021'\"\nreplace = \"edition = '1999'\"\npackage = \"cli\"\n";
            s.write("campaign.toml", rule);
        },
        "2.0.0",
        2,
        "campaign.toml:1: `replace` makes `crates/cli/Cargo.toml` unusable",
    ),
    (
        "what does not resolve, beside a rule",
        |s| {
            unresolvable(s);
            let rule = "[[release.replace]]\nfile = \"crates/cli/Cargo.toml\"\n\
                search = \"# exactly\"\nreplace = \"# just\"\npackage = \"cli\"\n";
            s.write("campaign.toml", rule);
        },
        "2.0.0",
        4,
        "the result does not resolve (Cargo.toml); nothing was written",
    ),
    (
        "a repository inside",
        |s| {
            s.git(&["-C", "crates/cli", "init", "-q"]);
        },
        "2.0.0",
        2,
        "`cli` is outside the workspace's directory or repository",
    ),
    (
        "a detached HEAD",
        |s| drop(s.git(&["checkout", "-q", "--detach"])),
        "2.0.0",
        0,
        "Bumped 2.0.0 for 3 packages",
    ),
    (
        "a shallow clone",
        shallow,
        "2.0.0",
        0,
        "Bumped 2.0.0 for 3 packages",
    ),
    (
        "an interrupted git",
        |s| s.write(".git/HEAD", "broken"),
        "2.0.0",
        0,
        "Bumped 2.0.0 for 3 packages",
    ),
    (
        "no git",
        |s| fs::remove_dir_all(s.path(".git")).expect("it is there"),
        "2.0.0",
        0,
        "Note fuzz/Cargo.toml:7 requires my-core",
    ),
];

/// A package beyond the root, on the way of a member, that wants the old version: not ours to edit.
fn unresolvable(sandbox: &Sandbox) {
    sandbox.write("../other/Cargo.toml", "[package]\nname = \"other\"\nversion = \"1.0.0\"\n[dependencies]\nmy-core = { path = \"../ws/crates/core\", version = \"1\" }\n");
    sandbox.write("../other/src/lib.rs", "");
    let text = sandbox.read("crates/cli/Cargo.toml");
    sandbox.write(
        "crates/cli/Cargo.toml",
        &format!("{text}[dependencies.other]\npath = '../../../other'\n"),
    );
    assert_eq!(
        sandbox.cargo(&["update", "--workspace", "--offline"]).code,
        0
    );
    sandbox.commit("other");
}

#[cfg(unix)]
fn leading_out(sandbox: &Sandbox) {
    fs::rename(
        sandbox.path("crates/cli/Cargo.toml"),
        sandbox.path("../elsewhere.toml"),
    )
    .expect("a file is moved");
    std::os::unix::fs::symlink(
        sandbox.path("../elsewhere.toml"),
        sandbox.path("crates/cli/Cargo.toml"),
    )
    .expect("a link");
}

/// Puts a clone of the newest commit alone in the place of the repository.
fn shallow(sandbox: &Sandbox) {
    sandbox.write("README.md", "once more");
    sandbox.commit("one more");
    let (origin, clone) = (
        format!("file://{}", sandbox.root().display()),
        sandbox.path("../clone"),
    );
    sandbox.git(&[
        "clone",
        "-q",
        "--bare",
        "--depth",
        "1",
        &origin,
        &clone.to_string_lossy(),
    ]);
    fs::remove_dir_all(sandbox.path(".git")).expect("it is there");
    fs::rename(clone, sandbox.path(".git")).expect("a folder is moved");
    sandbox.git(&["config", "core.bare", "false"]);
    sandbox.git(&["reset", "-q"]);
}

#[test]
fn what_cannot_be_done_is_said_and_nothing_is_written() {
    for (name, change, args, code, said) in REFUSALS {
        let sandbox = workspace();
        change(&sandbox);
        let before = tree(&sandbox);
        let out = bump(&sandbox, &format!("{args} --allow-dirty"));
        assert_eq!(out.code, *code, "{name}: {}", out.stderr);
        assert!(out.stderr.contains(said), "{name}: {}", out.stderr);
        assert!(*code == 0 || tree(&sandbox) == before, "{name}");
    }
}

#[test]
fn a_read_only_manifest_is_refused_before_anything_is_written() {
    let sandbox = workspace();
    let path = sandbox.path("crates/cli/Cargo.toml");
    let mut rights = fs::metadata(&path).expect("it is there").permissions();
    rights.set_readonly(true);
    fs::set_permissions(&path, rights).expect("it is ours");
    let before = sandbox.read("Cargo.toml");
    let out = bump(&sandbox, "2.0.0");
    assert_eq!(out.code, 4, "{}", out.stderr);
    assert!(
        out.stderr
            .contains("crates/cli/Cargo.toml: it is read-only"),
        "{}",
        out.stderr
    );
    assert_eq!(sandbox.read("Cargo.toml"), before);
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
}

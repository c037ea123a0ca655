//! Lockfiles: versions of the workspace move in them, and what else must change is told.
//!
//! Packages of others come from a folder that stands in for the registry.

use serde_json::json;

use super::{bump, package, resolves};
use crate::harness::{Sandbox, assert_screen, script};

/// A workspace whose `core` takes the place of a registry's by `[patch]`; `ext` and `old` come from there and want `core` in
/// other versions, of which 0.9.0 is locked and 0.9.1 is newer.
fn patched() -> Sandbox {
    let sandbox = Sandbox::empty();
    let replaced =
        "[source.crates-io]\nreplace-with = \"folder\"\n[source.folder]\ndirectory = \"vendor\"\n";
    sandbox.write(".cargo/config.toml", replaced);
    sandbox.write(".gitignore", "/target\n/.campaign\n");
    sandbox.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"2\"\nmembers = [\"core\", \"api\"]\nexclude = [\"vendor\"]\n[patch.crates-io]\ncore = { path = \"core\" }\n",
    );
    for (name, version, dependencies) in [
        ("ext", "1.0.0", "core = \"1\""),
        ("old", "1.0.0", "core = \"0.9\""),
        ("core", "0.9.0", ""),
        ("core", "1.2.4", ""),
    ] {
        vendored(&sandbox, name, version, dependencies);
    }
    package(
        &sandbox,
        "core",
        "name = \"core\"\nversion = \"1.2.3\"\nedition = \"2021\"\n",
    );
    let dependencies =
        "core = { path = \"../core\", version = \"1.2\" }\next = \"1\"\nold = \"1\"\n";
    let api = format!(
        "name = \"api\"\nversion = \"1.0.0\"\nedition = \"2021\"\n[dependencies]\n{dependencies}"
    );
    package(&sandbox, "api", &api);
    let out = sandbox.cargo(&["generate-lockfile", "--offline"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    vendored(&sandbox, "core", "0.9.1", "");
    sandbox.git_init();
    sandbox
}

fn vendored(sandbox: &Sandbox, name: &str, version: &str, dependencies: &str) {
    let dir = format!("vendor/{name}-{version}");
    let manifest = format!(
        "name = \"{name}\"\nversion = \"{version}\"\nedition = \"2021\"\n[dependencies]\n{dependencies}\n"
    );
    package(sandbox, &dir, &manifest);
    sandbox.write(
        &format!("{dir}/.cargo-checksum.json"),
        "{\"files\":{},\"package\":null}",
    );
}

/// `NAME VERSION` of every package of a lockfile.
fn locked(sandbox: &Sandbox) -> Vec<String> {
    let lock = sandbox.read("Cargo.lock");
    let value = |line: Option<&str>| {
        line.and_then(|line| line.split('"').nth(1))
            .unwrap_or_default()
            .to_owned()
    };
    let blocks = lock.split("[[package]]\n").skip(1);
    blocks
        .map(|block| {
            format!(
                "{} {}",
                value(block.lines().next()),
                value(block.lines().nth(1))
            )
        })
        .collect()
}

#[test]
fn packages_of_others_stay_as_they_are_locked() {
    let sandbox = patched();
    assert_eq!(
        locked(&sandbox),
        [
            "api 1.0.0",
            "core 0.9.0",
            "core 1.2.3",
            "ext 1.0.0",
            "old 1.0.0"
        ]
    );
    let out = bump(&sandbox, "minor");
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert_eq!(
        locked(&sandbox),
        [
            "api 1.1.0",
            "core 0.9.0",
            "core 1.3.0",
            "ext 1.0.0",
            "old 1.0.0"
        ]
    );
    assert!(!out.stderr.contains("Note"), "{}", out.stderr);
    resolves(&sandbox, "Cargo.toml");
}

#[test]
fn what_a_patch_no_longer_serves_comes_from_elsewhere_and_that_is_told() {
    let sandbox = patched();
    let out = bump(&sandbox, "major");
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert_screen(
        &out.stderr,
        "        Plan 2.0.0 for 2 packages: 3 edits in 2 files, Cargo.lock refreshed, the result resolves\n        \
                Note Cargo.lock adds core 1.2.4; changes ext 1.0.0: packages of others require versions that the workspace leaves\n      \
              Bumped 2.0.0 for 2 packages",
    );
    assert_eq!(
        locked(&sandbox),
        [
            "api 2.0.0",
            "core 0.9.0",
            "core 1.2.4",
            "core 2.0.0",
            "ext 1.0.0",
            "old 1.0.0"
        ]
    );
    resolves(&sandbox, "Cargo.toml");
}

#[test]
fn a_lockfile_that_was_out_of_date_before_is_refused() {
    let sandbox = patched();
    sandbox.replace("Cargo.lock", "\nname = \"old\"", "\nname = \"older\"");
    sandbox.commit("out of date");
    let out = bump(&sandbox, "major");
    assert_eq!(out.code, 2, "{}", out.stderr);
    assert!(
        out.stderr
            .contains("Cargo.lock is not up to date: refreshed, it adds core 1.2.4, old 1.0.0; drops older 1.0.0"),
        "{}",
        out.stderr
    );
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
}

#[test]
fn the_network_is_asked_only_where_it_must_and_may_be() {
    let error = "error: no matching package named `new` found\nlocation searched: crates.io index\n\
        As a reminder, you're using offline mode (--offline) which can sometimes cause surprising resolution failures, \
        if this error is too confusing you may wish to retry without `--offline`.\n";
    let missing = json!([{ "err": error }, { "exit": 101 }]);
    let rules = [
        ("metadata --no-deps", json!(["real"])),
        ("metadata --offline --locked", json!(["real"])),
        ("metadata --offline", missing),
        ("metadata --format-version", json!(["real"])),
    ];
    for (args, code, online) in [
        ("minor", 0, 0),
        ("major --dry-run", 0, 1),
        ("major --offline", 4, 0),
    ] {
        let mut sandbox = patched();
        sandbox.fake_cargo(script(&rules));
        let out = bump(&sandbox, args);
        assert_eq!(out.code, code, "{args}: {}", out.stderr);
        assert_eq!(
            out.stderr.contains("help: leave --offline out"),
            code == 4,
            "{args}: {}",
            out.stderr
        );
        let log = sandbox.fake_log();
        assert_eq!(
            log.iter()
                .filter(|call| call["args"][1] == "--format-version")
                .count(),
            online,
            "{args}"
        );
    }
}

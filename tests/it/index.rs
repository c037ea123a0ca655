//! The index of crates.io: a checkout of it, and the cache of a cargo that asks the registry or not.

use std::fs;

use serde_json::{Value, json};

use crate::harness::{Sandbox, judged, script};

const LOCK: &str = r#"version = 4

[[package]]
name = "app"
version = "0.1.0"
dependencies = [
 "small",
]

[[package]]
name = "small"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
"#;

/// A workspace whose lockfile has `small` 1.0.0, with `index` as this and an empty database of
/// advisories.
fn workspace(index: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    let manifest = "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
                    [dependencies]\nsmall = \"1\"\n[workspace]\n";
    let campaign = format!(
        "[collect.audit]\nindex = \"{index}\"\n[collect.deps]\nindex = \"{index}\"\n[gates]\n\
         \"audit.yanked\" = \"= 0\"\n\"deps.outdated\" = \"= 0\"\n"
    );
    let files = [
        ("Cargo.toml", manifest),
        ("Cargo.lock", LOCK),
        ("src/lib.rs", "//! Nothing.\n"),
        ("campaign.toml", &campaign),
    ];
    for (name, text) in files {
        sandbox.write(name, text);
    }
    sandbox.git_init();
    for collector in ["audit", "deps"] {
        let table = format!("[collect.{collector}]\n");
        sandbox.replace(
            "campaign.toml",
            &table,
            &format!("{table}stale-after = \"99999d\"\n"),
        );
    }
    sandbox.write(
        "../cargo-home/advisory-db/crates/other/RUSTSEC-2026-0001.md",
        "```toml\n[advisory]\nid = \"RUSTSEC-2026-0001\"\npackage = \"other\"\n[versions]\n\
         patched = [\">= 2.0.0\"]\n```\n\n# Title\n",
    );
    git(&sandbox, "../cargo-home/advisory-db", &["init", "-q"]);
    publish(&sandbox, "../cargo-home/advisory-db");
    sandbox
}

/// Replaces a text in the tables of both collectors.
fn configure(sandbox: &Sandbox, from: &str, to: &str) {
    let campaign = sandbox.read("campaign.toml");
    sandbox.write("campaign.toml", &campaign.replace(from, to));
}

/// Runs git in a directory.
fn git(sandbox: &Sandbox, directory: &str, args: &[&str]) {
    let mut command = sandbox.command("git");
    let output = command
        .current_dir(sandbox.path(directory))
        .args(args)
        .output();
    let output = output.expect("git runs");
    assert!(output.status.success(), "{output:?}");
}

/// Commits a directory, at the fixed time of the sandbox.
fn publish(sandbox: &Sandbox, directory: &str) {
    git(sandbox, directory, &["add", "-A"]);
    git(sandbox, directory, &["commit", "-q", "-m", "update"]);
}

/// Returns lines of the index: a version that ends with `!` was yanked.
fn lines(versions: &[&str]) -> Vec<(String, String)> {
    let lines = versions.iter().map(|version| {
        let number = version.trim_end_matches('!');
        let line = json!({ "name": "small", "vers": number, "yanked": number != *version, "v": 2 });
        (number.to_owned(), line.to_string())
    });
    lines.collect()
}

/// Writes the entry of the package in a cache of cargo.
fn cache(sandbox: &Sandbox, name: &str, versions: &[&str]) {
    let mut text = "\u{3}\u{2}\0\0\0etag: \"1\"\0".to_owned();
    for (version, line) in lines(versions) {
        text.push_str(&format!("{version}\0{line}\0"));
    }
    let directory = format!("../cargo-home/registry/index/{name}");
    sandbox.write(&format!("{directory}/.cache/sm/al/small"), &text);
    sandbox.write(&format!("{directory}/config.json"), "{}");
}

/// Makes `cargo update` take these steps, and `cargo tree` print the packages.
fn fake(sandbox: &mut Sandbox, update: Value) {
    let tree = "app v0.1.0\nsmall v1.0.0\n";
    sandbox.fake_cargo(script(&[
        ("tree", json!([{ "out": tree }])),
        ("update --dry-run", update),
        ("", json!(["real"])),
    ]));
}

/// The step with which cargo asks the registry of a cache.
fn asks(sandbox: &Sandbox, name: &str) -> Value {
    let config = format!("registry/index/{name}/config.json");
    json!({ "touch": sandbox.cargo_home().join(config) })
}

/// The number of times that cargo was made to ask the registry.
fn updates(sandbox: &Sandbox) -> usize {
    let log = sandbox.fake_log();
    let updates = log.iter().filter(|start| start["args"][0] == "update");
    updates.count()
}

#[test]
fn cargo_asks_the_registry_once_and_only_then_its_cache_counts() {
    let mut sandbox = workspace("cargo");
    cache(&sandbox, "index.crates.io-1", &["1.0.0"]);
    cache(&sandbox, "index.crates.io-2", &["1.0.0!", "1.1.0"]);
    let asks = asks(&sandbox, "index.crates.io-2");
    fake(&mut sandbox, json!([asks]));
    let (code, gates) = judged(&sandbox, &[]);
    assert_eq!(code, 1, "{gates:#?}");
    assert!(gates[0].starts_with("audit.yanked fail"), "{gates:#?}");
    assert!(gates[1].starts_with("deps.outdated fail"), "{gates:#?}");
    assert_eq!(updates(&sandbox), 1);
    assert_eq!(sandbox.read("Cargo.lock"), LOCK);

    // The result counts for as long as a checkout would.
    assert_eq!(judged(&sandbox, &[]).0, 1);
    assert_eq!(updates(&sandbox), 1);
    configure(&sandbox, "index = \"cargo\"", "index = \"index\"");
    let (code, gates) = judged(&sandbox, &["--no-run"]);
    assert_eq!(code, 3, "{gates:#?}");
    assert!(gates[0].contains("settings"), "{gates:#?}");
}

#[test]
fn without_an_answer_of_the_registry_nothing_is_known() {
    let mut sandbox = workspace("cargo");
    cache(&sandbox, "index.crates.io-1", &["1.0.0"]);
    cache(&sandbox, "index.crates.io-2", &["1.0.0"]);
    let both = ["index.crates.io-1", "index.crates.io-2"].map(|name| asks(&sandbox, name));
    let other = asks(&sandbox, "index.crates.io-1");
    let lock = sandbox.path("Cargo.lock");
    let table = [
        (json!([]), "cargo asked no registry, as when it is offline"),
        (
            json!([{ "err": "error: no network\n" }, { "exit": 101 }]),
            "cargo update --dry-run` failed: error: no network",
        ),
        (
            json!(both),
            "it is not known which of cargo's caches is that of crates.io",
        ),
        (
            json!([other, { "touch": lock }]),
            "cargo update --dry-run` changed Cargo.lock",
        ),
    ];
    for (update, reason) in table {
        fake(&mut sandbox, update);
        let (code, gates) = judged(&sandbox, &["--fresh"]);
        assert_eq!(code, 3, "{gates:#?}");
        for gate in &gates {
            assert!(
                gate.contains(" no-verdict ") && gate.contains(reason),
                "{gate}"
            );
        }
        sandbox.write("Cargo.lock", LOCK);
    }
    fs::remove_file(sandbox.path("Cargo.lock")).expect("it is there");
    let before = updates(&sandbox);
    let (code, gates) = judged(&sandbox, &[]);
    assert_eq!(code, 3, "{gates:#?}");
    assert_eq!(updates(&sandbox), before);
    assert!(!sandbox.path("Cargo.lock").exists());
}

#[test]
fn checkout_has_the_versions_of_its_commit_and_its_age() {
    let mut sandbox = workspace("../index");
    fake(&mut sandbox, json!([{ "exit": 101 }]));
    let (code, gates) = judged(&sandbox, &[]);
    assert_eq!(code, 3, "{gates:#?}");
    let doctor = sandbox.campaign(&["doctor"]);
    assert!(
        doctor.stdout.contains(" index          no checkout in "),
        "{}",
        doctor.stdout
    );

    let entry = |sandbox: &Sandbox, versions: &[&str]| {
        let text: Vec<String> = lines(versions).into_iter().map(|(_, line)| line).collect();
        sandbox.write("../index/sm/al/small", &text.join("\n"));
    };
    sandbox.write("../index/config.json", "{}");
    entry(&sandbox, &["1.0.0"]);
    git(&sandbox, "../index", &["init", "-q"]);
    publish(&sandbox, "../index");
    assert_eq!(
        judged(&sandbox, &[]),
        (
            0,
            vec!["audit.yanked pass".into(), "deps.outdated pass".into()]
        )
    );
    let doctor = sandbox.campaign(&["doctor"]);
    assert!(
        doctor.stdout.contains(" index          updated "),
        "{}",
        doctor.stdout
    );

    // What is not committed has no age.
    entry(&sandbox, &["1.0.0!", "2.0.0"]);
    assert_eq!(judged(&sandbox, &["--fresh"]).0, 0);
    publish(&sandbox, "../index");
    let (code, gates) = judged(&sandbox, &[]);
    assert_eq!(code, 1, "{gates:#?}");

    entry(&sandbox, &["1.0.0"]);
    publish(&sandbox, "../index");
    configure(&sandbox, "99999d", "1d");
    let (code, gates) = judged(&sandbox, &[]);
    assert_eq!(code, 3, "{gates:#?}");
    for gate in &gates {
        assert!(gate.contains("the index is "), "{gate}");
    }
}

#[test]
fn index_is_named_where_it_is_missing() {
    let sandbox = workspace("cargo");
    configure(&sandbox, "index = \"cargo\"\n", "");
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 3, "{}{}", out.stdout, out.stderr);
    let setting = "index = \"cargo\" in [collect.audit]";
    assert!(out.stdout.contains(setting), "{}", out.stdout);
    let doctor = sandbox.campaign(&["doctor"]);
    let expected = "audit.yanked is not measured without the index";
    assert!(doctor.stdout.contains(expected), "{}", doctor.stdout);
    assert!(doctor.stdout.contains(setting), "{}", doctor.stdout);
}

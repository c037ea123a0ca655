//! Sandboxes are what other tests rely on: armed copies, a cleared environment, the same commits everywhere.

use crate::harness::{Sandbox, assert_screen, blocks, difference, redact, table};

#[test]
fn a_copy_is_armed_and_without_its_answers() {
    let sandbox = Sandbox::of("virtual");
    assert!(sandbox.path("crates/base/Cargo.toml").is_file());
    assert!(!sandbox.path("crates/base/Cargo.toml.in").exists());
    assert!(!sandbox.path("expected.json").exists());
}

#[test]
fn the_environment_is_its_own() {
    let mut sandbox = Sandbox::empty();
    let mut script = crate::harness::script(&[("", serde_json::json!([]))]);
    script["log_env"] = serde_json::json!([
        "HOME",
        "CARGO_HOME",
        "CARGO_MANIFEST_DIR",
        "CARGO_NET_OFFLINE"
    ]);
    sandbox.fake_cargo(script);
    sandbox.dollar_cargo(&[]);
    let env = sandbox.fake_log()[0]["env"].clone();
    assert!(
        env["HOME"]
            .as_str()
            .is_some_and(|home| sandbox.redact(home).starts_with("[BASE]")),
        "{env}"
    );
    assert_eq!(env["CARGO_NET_OFFLINE"], "true");
    assert_eq!(
        env.get("CARGO_MANIFEST_DIR"),
        None,
        "what cargo told us is not for children"
    );
}

#[test]
fn without_git_init_there_is_no_repository() {
    assert_ne!(
        Sandbox::empty().output("git", &["rev-parse", "HEAD"]).code,
        0
    );
}

#[test]
fn equal_trees_make_equal_commits() {
    let head = || {
        let sandbox = Sandbox::empty();
        sandbox.write("a.txt", "one\n");
        sandbox.git_init();
        sandbox.replace("a.txt", "one", "two");
        sandbox.commit("two");
        sandbox.git(&["rev-parse", "HEAD"])
    };
    assert_eq!(head(), head());
}

#[test]
fn generated_workspaces_load_with_their_lock_file() {
    let sandbox = Sandbox::with_members(50);
    let out = sandbox.cargo(&["metadata", "--locked", "--format-version", "1"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    let metadata: serde_json::Value =
        serde_json::from_str(&out.stdout).expect("cargo's metadata are JSON");
    assert_eq!(
        metadata["workspace_members"].as_array().map(Vec::len),
        Some(50)
    );
}

#[test]
fn what_differs_from_run_to_run_is_redacted() {
    let cases = [
        ("Recorded run 20261120-101502-4f2c", "Recorded run [RUN]"),
        (
            "at 2026-11-20T10:15:02Z, on 2026-11-20.",
            "at [TIME], on [DATE].",
        ),
        (
            "      Linted 391 units, 12 warnings                  1m 12s",
            "      Linted 391 units, 12 warnings  [DURATION]",
        ),
        (
            "ok. 1 passed; finished in 0.41s",
            "ok. 1 passed; finished in [DURATION]",
        ),
        ("took 1h 2m 3s and 350ms", "took [DURATION] and [DURATION]"),
        ("riptide-api   0:41 left", "riptide-api  [DURATION] left"),
        (
            "api/src/lib.rs:40:9 clippy::needless_clone",
            "api/src/lib.rs:40:9 clippy::needless_clone",
        ),
        ("12 files, m 4s", "12 files, m [DURATION]"),
        (
            "rustc 1.95.0, 887 files, 99.4 %",
            "rustc 1.95.0, 887 files, 99.4 %",
        ),
        ("2.4d 10GB 20m", "2.4d 10GB 20m"),
        ("é 5s", "é [DURATION]"),
    ];
    for (text, expected) in cases {
        assert_eq!(redact(text), expected);
    }
}

#[test]
fn screens_are_compared_line_by_line() {
    let cases = [
        ("a\nb", "\na  \nb\n", true),
        ("a\nb", "a", false),
        ("a 12 b", "a [..] b", true),
        ("a 12 b", "a [..] c", false),
        ("a [..", "a [..]", true),
        ("a\nb\nc", "a\n...\nc", true),
        ("a\nc", "a\n...\nc", true),
        ("a\nb", "a\n...\nc", false),
        ("", "", true),
        ("é", "[..]", true),
    ];
    for (actual, expected, fits) in cases {
        assert_eq!(
            difference(actual, expected).is_none(),
            fits,
            "{actual:?} {expected:?}"
        );
    }
}

#[test]
fn a_difference_shows_what_was_expected_and_what_came() {
    let shown = difference("one\ntwo\nfour\n", "one\nthree\nfour\nfive\n").expect("they differ");
    assert_screen(&shown, "  one\n- three\n+ two\n  four\n- five\n");
}

#[test]
fn blocks_and_tables_of_markdown_are_found() {
    let text = "a\n```sh bin/run\nx\ny\n```\n| key | what |\n|---|---|\n| `a` | one \\| two |\n| `b` | |\n\n```\n```\n";
    let found = blocks(text);
    let found: Vec<(&str, Option<&str>, &str)> = found
        .iter()
        .map(|b| (b.language.as_str(), b.file.as_deref(), &text[b.at.clone()]))
        .collect();
    assert_eq!(found, [("sh", Some("bin/run"), "x\ny\n"), ("", None, "")]);
    assert_eq!(table(text, "key"), [["`a`", "one | two"], ["`b`", ""]]);
}

//! Changes of public APIs, with a scripted cargo-semver-checks.
#![cfg(unix)]

use serde_json::Value;

use crate::harness::Sandbox;

/// Two libraries that can be published, of which `core` has a release, and one that cannot.
fn workspace(config: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    let manifest = |name: &str, rest: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"1.1.0\"\nedition = \"2021\"\n{rest}")
    };
    for (name, text) in [
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"core\", \"own\"]\nresolver = \"2\"\n",
        ),
        ("core/Cargo.toml", &manifest("core-lib", "")),
        ("core/src/lib.rs", "pub struct Pool;\n"),
        ("own/Cargo.toml", &manifest("own", "publish = false\n")),
        ("own/src/lib.rs", "pub struct Own;\n"),
        (
            "campaign.toml",
            &format!(
                "[collect]\ndefault = [\"semver\"]\n{config}\n[gates]\n\"semver.breaking\" = \"= 0\"\n"
            ),
        ),
    ] {
        sandbox.write(name, text);
    }
    sandbox.git_init();
    assert_eq!(sandbox.cargo(&["generate-lockfile", "--offline"]).code, 0);
    sandbox
}

/// A cargo-semver-checks that keeps its arguments and then does this.
fn tool(sandbox: &Sandbox, then: &str) {
    let stage = sandbox.stage();
    let stage = stage.display();
    sandbox.program(
        "cargo-semver-checks",
        &format!("[ \"$2\" = --version ] && exit 0\necho \"$@\" >> {stage}/args\n{then}"),
    );
}

const PASSED: &str =
    "echo ' Checked [0s] 9 checks: 9 pass, 0 skip\n Summary no semver update required' >&2";

const FAILED: &str = "echo '--- failure struct_missing: pub struct removed or renamed ---\n\nFailed in:'\n\
     echo \"  struct core_lib::Pool, previously in file $PWD/target/semver-checks/git-v1/0123456789abcdef0123456789abcdef01234567/core/src/lib.rs:1\"\n\
     echo ' FAIL [0s] major struct_missing\n Checked [0s] 9 checks: 8 pass, 1 fail, 0 warn, 0 skip\n \
     Summary semver requires new major version: 1 major and 0 minor checks failed' >&2\nexit 100";

fn gate(sandbox: &Sandbox) -> (i32, Value) {
    let out = sandbox.campaign(&["gate", "--format", "json"]);
    let report: Value = serde_json::from_str(&out.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", out.stdout, out.stderr));
    (out.code, report["gates"][0].clone())
}

#[test]
fn breaking_change_since_the_last_release_fails_the_gate() {
    let sandbox = workspace("");
    sandbox.git(&["tag", "core-lib-v1.0.0"]);
    let commit = sandbox.git(&["rev-parse", "HEAD"]);
    tool(&sandbox, FAILED);
    let (code, found) = gate(&sandbox);
    assert_eq!((code, &found["value"]), (1, &1.into()), "{found}");
    let evidence = found["evidence"].to_string();
    for part in [
        "core/src/lib.rs",
        "struct core_lib::Pool",
        "pub struct removed or renamed",
    ] {
        assert!(evidence.contains(part), "{part}: {evidence}");
    }
    let expected = format!(
        "semver-checks check-release --verbose --release-type patch --package core-lib --baseline-rev {commit}"
    );
    assert_eq!(sandbox.read("../stage/args").trim(), expected.trim());

    tool(&sandbox, PASSED);
    sandbox.git(&["tag", "core-lib-v1.1.0"]);
    let (code, found) = gate(&sandbox);
    assert_eq!(
        (code, &found["value"]),
        (0, &0.into()),
        "another release: {found}"
    );
}

#[test]
fn library_without_an_earlier_version_is_not_compared() {
    for (config, tag, expected) in [
        (
            "",
            "unrelated",
            "no earlier version of a selected library was found",
        ),
        (
            "[collect.semver]\nagainst = \"v9\"",
            "v1.0.0",
            "`v9` is not a revision",
        ),
        (
            "[collect.semver]\nagainst = \"baseline\"",
            "v1.0.0",
            "no baseline is pinned",
        ),
    ] {
        let sandbox = workspace(config);
        sandbox.git(&["tag", tag]);
        tool(&sandbox, PASSED);
        let (code, found) = gate(&sandbox);
        assert_eq!(
            (code, &found["verdict"]),
            (3, &"no-verdict".into()),
            "{config}: {found}"
        );
        let reason = found["reason"].to_string();
        assert!(reason.contains(expected), "{config}: {reason}");
        assert!(!sandbox.path("../stage/args").exists(), "{config}");
    }
    let sandbox = workspace("[collect.semver]\nagainst = \"registry\"");
    tool(&sandbox, PASSED);
    assert_eq!(gate(&sandbox).0, 0);
    let args = sandbox.read("../stage/args");
    assert!(!args.contains("--baseline-rev"), "{args}");
}

#[test]
fn faults_of_the_tool_give_no_value_and_are_named() {
    let failed = FAILED.trim_end_matches("exit 100");
    for (then, expected) in [
        ("exit 0".to_owned(), "no line begins with `Summary`"),
        (
            format!("{PASSED}\nexit 100"),
            "it exited with 100, and not with 0",
        ),
        (
            format!("{failed}\nexit 1"),
            "cargo install cargo-semver-checks --locked",
        ),
        (
            format!("{failed}\nexit 0"),
            "it exited with 0, and not with 100",
        ),
        (
            "echo 'error: it broke' >&2; exit 101".to_owned(),
            "exited with 101: it broke",
        ),
        (
            "echo garbage; echo garbage >&2; exit 100".to_owned(),
            "the form of its output is not known",
        ),
        ("kill -9 $$".to_owned(), "killed by signal 9"),
        ("sleep 60".to_owned(), "over its time"),
    ] {
        let sandbox = workspace("[collect.semver]\ntimeout = \"2s\"");
        sandbox.git(&["tag", "v1.0.0"]);
        tool(&sandbox, &then);
        let (code, found) = gate(&sandbox);
        assert_eq!(
            (code, &found["verdict"]),
            (3, &"no-verdict".into()),
            "{then}: {found}"
        );
        assert!(found.to_string().contains(expected), "{then}: {found}");
    }
}

#[test]
fn missing_tool_is_named_with_the_command_that_installs_it() {
    let sandbox = workspace("");
    sandbox.git(&["tag", "v1.0.0"]);
    let out = sandbox.campaign(&["gate"]);
    assert_eq!(out.code, 3, "{}", out.stdout);
    for part in [
        "cargo-semver-checks is not installed",
        "cargo install cargo-semver-checks --locked",
    ] {
        assert!(out.stdout.contains(part), "{part}: {}", out.stdout);
    }
}

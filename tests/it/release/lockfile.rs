//! Releases with a `Cargo.lock` that is tracked, ignored, untracked or deleted.

use super::*;

const ABSENT: &str = "error: Cargo.lock does not exist, and git would not ignore it";
const UNTRACKED: &str = "error: git neither tracks nor ignores Cargo.lock";
const DELETED: &str = "error: Cargo.lock is deleted, and HEAD has it";

#[test]
fn first_release_succeeds_or_names_what_is_wrong_with_the_lockfile() {
    for (tracked, ignored, exists, error) in [
        (true, false, true, None),
        (false, true, true, None),
        (false, true, false, None),
        (false, false, false, Some(ABSENT)),
        (false, false, true, Some(UNTRACKED)),
        (true, false, false, Some(DELETED)),
    ] {
        let case = format!("tracked: {tracked}, ignored: {ignored}, exists: {exists}");
        let sandbox = unreleased_without_campaign(GOOD);
        if !tracked {
            sandbox.git(&["rm", "-q", "--cached", "Cargo.lock"]);
        }
        if ignored {
            sandbox.replace(".gitignore", "/target\n", "/target\n/Cargo.lock\n");
        }
        let files = [".gitignore", "Cargo.toml", "CHANGELOG.md"];
        let lockfile = tracked.then_some("Cargo.lock");
        sandbox.git(&[&["add", "--"], &files[..], lockfile.as_slice()].concat());
        sandbox.git(&["commit", "-q", "-m", "chore: not yet"]);
        if !exists {
            std::fs::remove_file(sandbox.path("Cargo.lock")).expect("it exists");
        }

        let before = state(&sandbox);
        let out = release(&sandbox, "1.0.1 --execute --offline");
        match error {
            Some(error) => {
                assert_eq!(out.code, 2, "{case}: {}{}", out.stdout, out.stderr);
                assert!(out.stderr.contains(error), "{case}: {}", out.stderr);
                assert_eq!(state(&sandbox), before, "{case}");
                assert_eq!(sandbox.path("Cargo.lock").exists(), exists, "{case}");
            }
            None => {
                assert_eq!(out.code, 0, "{case}: {}{}", out.stdout, out.stderr);
                assert_eq!(sandbox.git(&["status", "--porcelain"]), "", "{case}");
                assert!(sandbox.read("Cargo.lock").contains("1.0.1"), "{case}");
            }
        }
    }
}

#[test]
fn patch_by_a_member_in_a_cargo_configuration_does_not_change_the_lockfile() {
    let sandbox = unreleased();
    let campaign = sandbox.read("campaign.toml") + &waiver("release.patches");
    sandbox.write("campaign.toml", &campaign);
    let patch = "[patch.crates-io]\ncore = { path = \"core\" }\n";
    sandbox.write(".cargo/config.toml", patch);
    sandbox.commit("chore: patch");
    assert_eq!(sandbox.campaign(&["run", "loc"]).code, 0);
    good(&sandbox, "1.5.0 --execute");
    let lock = sandbox.read("Cargo.lock");
    assert!(lock.contains("1.5.0") && !lock.contains("patch"), "{lock}");
}

#[test]
fn lockfile_that_changes_while_the_release_is_measured_is_restored() {
    let code = "#[test]\nfn writes() {\n    \
        if env!(\"CARGO_PKG_VERSION\") == \"1.0.1\" {\n        \
        std::fs::write(\"Cargo.lock\", \"version = 4\\n\").unwrap();\n    }\n}\n";
    let sandbox = unreleased_without_campaign(code);
    sandbox.commit("chore: not yet");
    let before = state(&sandbox);
    let out = release(&sandbox, "1.0.1 --execute --offline");
    assert_eq!(out.code, 3, "{}{}", out.stdout, out.stderr);
    let message = "cargo resolves another Cargo.lock than the planned one";
    assert!(out.stderr.contains(message), "{}", out.stderr);
    assert_eq!(state(&sandbox), before);
    assert_eq!(
        release(&sandbox, "--abort").code,
        2,
        "no release is in progress"
    );
}

/// The package of [`without_campaign`] before the edits of 1.0.1, which are not committed.
fn unreleased_without_campaign(code: &str) -> Sandbox {
    let sandbox = without_campaign(code);
    for file in ["Cargo.toml", "Cargo.lock"] {
        sandbox.replace(file, "1.0.1", "1.0.0");
    }
    sandbox.replace("CHANGELOG.md", "## [1.0.1] - 2026-01-02\n\n", "");
    sandbox
}

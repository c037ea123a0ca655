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
        let sandbox = without_campaign(GOOD);
        for file in ["Cargo.toml", "Cargo.lock"] {
            sandbox.replace(file, "1.0.1", "1.0.0");
        }
        sandbox.replace("CHANGELOG.md", "## [1.0.1] - 2026-01-02\n\n", "");
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

//! Which commits and tags decide about the level of a version.

use super::*;

const BREAKING: &str = "feat!: no more pool";

/// What happened since `core` 1.4.0, and whether `core` 1.5.0 fails because of a breaking commit.
const OF_ONE_PACKAGE: &[(&str, fn(&Sandbox), bool)] = &[
    ("nothing", |_| {}, false),
    (
        "a breaking commit of another package",
        |s| change(s, "api/src/lib.rs", "//! Other.\n"),
        false,
    ),
    (
        "a breaking commit before the package moved",
        |s| {
            change(s, "core/src/lib.rs", "");
            move_core(s);
        },
        true,
    ),
    (
        "a breaking commit between two moves",
        |s| {
            s.git(&["mv", "core", "between"]);
            s.replace("Cargo.toml", "\"core\"", "\"between\"");
            s.replace("api/Cargo.toml", "../core", "../between");
            s.commit("chore: move");
            change(s, "between/src/lib.rs", "");
            s.git(&["mv", "between", "core"]);
            s.replace("Cargo.toml", "\"between\"", "\"core\"");
            s.replace("api/Cargo.toml", "../between", "../core");
            s.commit("chore: move back");
        },
        true,
    ),
    (
        "a breaking commit of what the package inherits",
        |s| {
            let edition = "edition = \"2021\"";
            s.replace("core/Cargo.toml", edition, "edition.workspace = true");
            let shared = format!("{}[workspace.package]\n{edition}\n", s.read("Cargo.toml"));
            s.write("Cargo.toml", &shared);
            s.commit("chore: share the edition");
            change(s, "Cargo.toml", &shared.replace("2021", "2024"));
        },
        true,
    ),
    (
        "a breaking commit of what only others inherit",
        |s| {
            let shared = format!(
                "{}[workspace.package]\nedition = \"2021\"\n",
                s.read("Cargo.toml")
            );
            s.write("Cargo.toml", &shared);
            s.commit("chore: share the edition");
            change(s, "Cargo.toml", &shared.replace("2021", "2024"));
        },
        false,
    ),
];

/// Makes a breaking commit.
fn change(sandbox: &Sandbox, file: &str, text: &str) {
    sandbox.write(file, text);
    sandbox.commit(BREAKING);
}

fn move_core(sandbox: &Sandbox) {
    std::fs::create_dir(sandbox.path("crates")).expect("it is new");
    sandbox.git(&["mv", "core", "crates/core"]);
    sandbox.replace("Cargo.toml", "\"core\"", "\"crates/core\"");
    sandbox.replace("api/Cargo.toml", "../core", "../crates/core");
    sandbox.commit("chore: move");
}

#[test]
fn commits_of_one_package_are_found_wherever_it_was() {
    for (name, change, is_breaking) in OF_ONE_PACKAGE {
        let sandbox = ready();
        sandbox.git(&["tag", "core-v1.4.0", "v1.4.0"]);
        change(&sandbox);
        let (_, ids) = gate(&sandbox, "1.5.0 -p core --no-run");
        assert_eq!(ids.contains("release.level"), *is_breaking, "{name}: {ids}");
    }
}

#[cfg(unix)]
#[test]
fn commits_of_files_behind_links_concern_the_package() {
    let sandbox = ready();
    sandbox.git(&["tag", "core-v1.4.0", "v1.4.0"]);
    sandbox.write("shared/mod.rs", "//! Shared.\n");
    std::os::unix::fs::symlink("../../shared", sandbox.path("core/src/shared")).expect("it is new");
    sandbox.commit("chore: share");
    change(&sandbox, "shared/mod.rs", "");
    let (_, ids) = gate(&sandbox, "1.5.0 -p core --no-run");
    assert!(ids.contains("release.level"), "{ids}");
}

/// A release `tag` on a branch of its own, after which `main` went on, and the checks of 1.5.0 that are then outstanding.
const ON_A_BRANCH: &[(&str, &str, &str)] = &[
    // It is the last release, and a breaking commit followed.
    ("v1.4.0", "main~1", "release.level"),
    // A later series is not known here.
    ("v1.4.0 v3.0.0", "main~1", "release.level"),
    // There is no earlier release that counts.
    ("v3.0.0", "main~1", "release.newer release.level"),
    // The breaking commit was before the branch.
    ("v1.4.0", "main", ""),
];

#[test]
fn releases_on_other_branches_count() {
    for (tags, start, expected) in ON_A_BRANCH {
        let sandbox = ready();
        sandbox.git(&["tag", "-d", "v1.4.0"]);
        sandbox.replace(
            "CHANGELOG.md",
            "## [1.4.0] - 2025-12-01\n\n### Added\n\n- First.\n",
            "",
        );
        change(&sandbox, "api/src/lib.rs", "//! Other.\n");
        assert_eq!(sandbox.campaign(&["run", "loc"]).code, 0);
        sandbox.git(&["switch", "-q", "-c", "releases", start]);
        for tag in tags.split(' ') {
            sandbox.git(&["commit", "-q", "--allow-empty", "-m", "release"]);
            sandbox.git(&["tag", tag]);
        }
        sandbox.git(&["switch", "-q", "main"]);
        let (_, ids) = gate(&sandbox, "1.5.0 --no-run");
        let mut found: Vec<&str> = ids.split(' ').collect();
        found.retain(|id| ["release.level", "release.newer"].contains(id));
        assert_eq!(found.join(" "), *expected, "{tags} from {start}: {ids}");
    }
}

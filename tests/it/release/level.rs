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
    (
        "a breaking commit of the members of a workspace with the package in its root",
        |s| {
            s.write(
                "Cargo.toml",
                &manifest("core", "[workspace]\nmembers = [\"api\"]\n"),
            );
            s.git(&["mv", "core/src", "src"]);
            s.git(&["rm", "-q", "core/Cargo.toml"]);
            s.replace("api/Cargo.toml", "../core", "..");
            s.commit("chore: move core into the root");
            s.git(&["tag", "-f", "core-v1.4.0"]);
            s.write("tool/Cargo.toml", &manifest("tool", ""));
            s.write("tool/src/lib.rs", "");
            s.replace("Cargo.toml", "\"api\"", "\"api\", \"tool\"");
            s.commit(BREAKING);
        },
        false,
    ),
    (
        "a breaking commit before another package took its directory",
        |s| {
            change(s, "core/src/lib.rs", "");
            s.git(&["mv", "core", "kernel"]);
            s.write("core/Cargo.toml", &manifest("tool", ""));
            s.write("core/src/lib.rs", "");
            s.replace("Cargo.toml", "\"core\"", "\"kernel\", \"core\"");
            s.replace("api/Cargo.toml", "../core", "../kernel");
            s.commit("chore: move");
        },
        true,
    ),
    (
        "a breaking commit of a package in the directory where this one was",
        |s| {
            move_core(s);
            s.write("core/Cargo.toml", &manifest("tool", ""));
            s.replace("Cargo.toml", "members = [", "members = [\"core\", ");
            s.write("core/src/lib.rs", "");
            s.commit("chore: add a tool");
            change(s, "core/src/lib.rs", "//! Other.\n");
        },
        false,
    ),
    (
        "a breaking commit of a package that was inside",
        |s| {
            s.write("core/macros/Cargo.toml", &manifest("macros", ""));
            s.write("core/macros/src/lib.rs", "");
            s.replace("Cargo.toml", "\"core\"", "\"core\", \"core/macros\"");
            s.commit("chore: add macros");
            change(s, "core/macros/src/lib.rs", "//! Other.\n");
            s.git(&["mv", "core/macros", "macros"]);
            s.replace("Cargo.toml", "core/macros", "macros");
            s.commit("chore: move macros");
        },
        false,
    ),
    (
        "a breaking commit that makes a package inside a part of this one",
        |s| {
            s.write("core/part/Cargo.toml", &manifest("part", ""));
            s.write("core/part/src/lib.rs", "");
            s.replace("Cargo.toml", "\"core\"", "\"core\", \"core/part\"");
            s.commit("chore: add a part");
            s.git(&["tag", "-f", "core-v1.4.0"]);
            s.git(&["rm", "-q", "core/part/Cargo.toml"]);
            s.replace("Cargo.toml", ", \"core/part\"", "");
            s.commit(BREAKING);
        },
        true,
    ),
    (
        "a breaking commit that makes a part of this package one inside",
        |s| {
            s.write("core/part/src/lib.rs", "");
            s.commit("chore: add a part");
            s.git(&["tag", "-f", "core-v1.4.0"]);
            s.replace("Cargo.toml", "\"core\"", "\"core\", \"core/part\"");
            change(s, "core/part/Cargo.toml", &manifest("part", ""));
        },
        true,
    ),
    (
        "a breaking commit that adds a package inside",
        |s| {
            s.write("core/part/src/lib.rs", "");
            s.replace("Cargo.toml", "\"core\"", "\"core\", \"core/part\"");
            change(s, "core/part/Cargo.toml", &manifest("part", ""));
        },
        false,
    ),
    (
        "a breaking commit that removes a package inside",
        |s| {
            s.write("core/part/src/lib.rs", "");
            s.write("core/part/Cargo.toml", &manifest("part", ""));
            s.replace("Cargo.toml", "\"core\"", "\"core\", \"core/part\"");
            s.commit("chore: add a part");
            s.git(&["rm", "-qr", "core/part"]);
            s.replace("Cargo.toml", ", \"core/part\"", "");
            s.commit(BREAKING);
        },
        false,
    ),
    (
        "a breaking commit of the root after the package was moved out of it",
        |s| {
            let root = manifest("core", "[workspace]\nmembers = [\"api\"]\n");
            let workspace = s.read("Cargo.toml");
            s.git(&["mv", "core/src", "src"]);
            s.git(&["rm", "-q", "core/Cargo.toml"]);
            s.write("Cargo.toml", &root);
            s.replace("api/Cargo.toml", "../core", "..");
            s.commit("chore: move core into the root");
            s.git(&["tag", "-f", "core-v1.4.0"]);
            std::fs::create_dir_all(s.path("core")).expect("it is new");
            s.git(&["mv", "src", "core/src"]);
            s.write("Cargo.toml", &workspace);
            s.write("core/Cargo.toml", &manifest("core", ""));
            s.replace("api/Cargo.toml", "\"..\"", "\"../core\"");
            s.commit("chore: move core out of the root");
            change(s, "tools/x.sh", "");
        },
        false,
    ),
    (
        "a breaking commit before the package got its name",
        |s| {
            s.replace("core/Cargo.toml", "\"core\"", "\"kernel\"");
            s.commit("chore: another name");
            s.git(&["tag", "-f", "core-v1.4.0"]);
            change(s, "core/src/lib.rs", "");
            s.replace("core/Cargo.toml", "\"kernel\"", "\"core\"");
            s.commit("chore: the name");
        },
        true,
    ),
    (
        "a breaking commit of a package that only has the name",
        |s| {
            s.write("api/tests/data/core/Cargo.toml", &manifest("core", ""));
            change(s, "api/tests/data/core/src/lib.rs", "");
        },
        false,
    ),
    (
        "a breaking commit while the manifest was not TOML",
        |s| {
            let good = s.read("core/Cargo.toml");
            s.write("core/Cargo.toml", "[");
            s.commit("chore: break the manifest");
            change(s, "core/src/lib.rs", "");
            s.write("core/Cargo.toml", &good);
            s.commit("chore: repair the manifest");
        },
        true,
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
    fn link(sandbox: &Sandbox, target: &str) {
        let path = sandbox.path("core/src/shared");
        let _ = std::fs::remove_file(&path);
        std::os::unix::fs::symlink(target, path).expect("it is new");
    }
    type Then = fn(&Sandbox);
    let cases: [(&str, Then); 4] = [
        ("nothing", |_| {}),
        ("the files move", |s| {
            s.git(&["mv", "shared", "common"]);
            link(s, "../../common");
        }),
        ("the files replace the link", |s| {
            s.git(&["rm", "-q", "core/src/shared"]);
            s.git(&["mv", "shared", "core/src/shared"]);
        }),
        ("the link is removed", |s| {
            s.git(&["rm", "-q", "core/src/shared"]);
        }),
    ];
    for (name, then) in cases {
        for target in ["../../shared", "../../linked"] {
            let sandbox = ready();
            sandbox.write("shared/mod.rs", "//! Shared.\n");
            std::os::unix::fs::symlink("shared", sandbox.path("linked")).expect("it is new");
            link(&sandbox, target);
            sandbox.commit("chore: share");
            sandbox.git(&["tag", "core-v1.4.0"]);
            change(&sandbox, "shared/mod.rs", "");
            then(&sandbox);
            sandbox.git(&["add", "--all"]);
            sandbox.git(&["commit", "-q", "--allow-empty", "-m", "chore: then"]);
            let (_, ids) = gate(&sandbox, "1.5.0 -p core --no-run");
            assert!(ids.contains("release.level"), "{name} {target}: {ids}");
        }
    }
}

/// A file that a feature changes, the package to be released as 1.4.1, and whether that fails.
const FILES: &[(&str, &str, bool)] = &[
    ("core/src/docs/mod.rs", "core", true),
    ("core/src/tests/mod.rs", "core", true),
    ("core/tests/support/mod.rs", "core", false),
    ("core/docs/conf.py", "core", false),
    ("core/docs/src/start.md", "core", false),
    // A package can be in a directory with such a name.
    ("tests/support/build.rs", "support", true),
    ("tests/support/Cargo.toml", "support", true),
    ("tests/support/data.txt", "support", true),
    ("tests/support/tests/it.rs", "support", false),
    ("tests/support/README.md", "support", false),
    // Its library is there.
    ("core/tests/lib.rs", "core", true),
    // The file of another package does not count for this one.
    ("core/README.md api/src/lib.rs", "core", false),
];

#[test]
fn files_that_users_do_not_get_do_not_count() {
    let base = ready();
    base.write("tests/support/Cargo.toml", &manifest("support", ""));
    base.write("tests/support/build.rs", "fn main() {}\n");
    base.write("tests/support/src/lib.rs", "");
    base.write("core/tests/lib.rs", "");
    base.write(
        "core/Cargo.toml",
        &manifest("core", "[lib]\npath = \"tests/lib.rs\"\n"),
    );
    base.replace("Cargo.toml", "\"core\"", "\"core\", \"tests/support\"");
    base.commit("chore: support");
    base.git(&["tag", "core-v1.4.0"]);
    base.git(&["tag", "support-v1.4.0"]);
    for (files, package, counts) in FILES {
        base.git(&["reset", "-q", "--hard", "core-v1.4.0"]);
        for file in files.split(' ') {
            let text = std::fs::read_to_string(base.path(file)).unwrap_or_default();
            let more = match file.ends_with(".toml") {
                true => "[features]\nnew = []\n",
                false => "// New.\n",
            };
            base.write(file, &format!("{text}{more}"));
        }
        base.commit("feat: new");
        let (_, ids) = gate(&base, &format!("1.4.1 -p {package} --no-run"));
        assert_eq!(ids.contains("release.level"), *counts, "{files}: {ids}");
    }
}

const TOOL: &str = "[[bin]]\nname = \"tool\"\npath = \"tests/tool.rs\"\n";

fn feature(sandbox: &Sandbox, file: &str) {
    sandbox.write(
        file,
        "// Some lines that make it\n// similar to itself.\nfn main() {}\n",
    );
    sandbox.commit("feat: new");
}

fn removed(sandbox: &Sandbox, file: &str) {
    sandbox.git(&["rm", "-q", file]);
    sandbox.commit("chore: remove");
}

/// What happens to a feature in a file that users do not get, and whether `core` 1.4.1 fails.
const QUIET: &[(&str, fn(&Sandbox), bool)] = &[
    (
        "a test that moves with a fix",
        |s| {
            feature(s, "core/tests/it.rs");
            s.git(&["mv", "core/tests/it.rs", "core/tests/all.rs"]);
            add_fix(s);
        },
        false,
    ),
    (
        "a page that a fix removes",
        |s| {
            feature(s, "core/docs/a.txt");
            s.git(&["rm", "-q", "core/docs/a.txt"]);
            add_fix(s);
        },
        false,
    ),
    (
        "a helper of tests that becomes a module",
        |s| {
            feature(s, "core/tests/helper.rs");
            s.git(&["mv", "core/tests/helper.rs", "core/src/helper.rs"]);
            s.commit("chore: move");
        },
        true,
    ),
    (
        "a helper that is copied and removed later",
        |s| {
            feature(s, "core/tests/helper.rs");
            s.write("core/src/helper.rs", &s.read("core/tests/helper.rs"));
            s.commit("chore: copy");
            removed(s, "core/tests/helper.rs");
        },
        true,
    ),
    (
        "a binary that is elsewhere later",
        |s| {
            let with_tool = manifest("core", TOOL);
            s.write("core/tests/tool.rs", "fn main() {}\n");
            s.write("core/Cargo.toml", &with_tool);
            s.commit("chore: tool");
            s.git(&["tag", "-f", "core-v1.4.0"]);
            feature(s, "core/tests/tool.rs");
            s.write("core/src/bin/tool.rs", "fn main() {}\n");
            s.write("core/Cargo.toml", &manifest("core", ""));
            s.commit("chore: usual place");
            removed(s, "core/tests/tool.rs");
        },
        true,
    ),
    (
        "a binary that is named later",
        |s| {
            feature(s, "core/tests/tool.rs");
            s.write("core/Cargo.toml", &manifest("core", TOOL));
            s.commit("chore: name it");
        },
        true,
    ),
    (
        "a template of a package that is copied",
        |s| {
            s.write("docs/core/Cargo.toml", &manifest("core", ""));
            s.git(&["mv", "core/src", "docs/core/src"]);
            s.git(&["rm", "-q", "core/Cargo.toml"]);
            s.replace("Cargo.toml", "\"core\"", "\"docs/core\"");
            s.replace("api/Cargo.toml", "../core", "../docs/core");
            s.commit("chore: move");
            s.git(&["tag", "-f", "core-v1.4.0"]);
            feature(s, "docs/core/page.html");
            s.write("core/Cargo.toml", &manifest("core", ""));
            s.write("core/src/lib.rs", "");
            s.git(&["rm", "-q", "docs/core/Cargo.toml"]);
            s.replace("Cargo.toml", "\"docs/core\"", "\"core\"");
            s.replace("api/Cargo.toml", "../docs/core", "../core");
            s.commit("chore: copy");
        },
        true,
    ),
    #[cfg(unix)]
    (
        "a module behind a link",
        |s| {
            let link = s.path("core/src/shared.rs");
            std::os::unix::fs::symlink("../tests/shared.rs", link).expect("it is new");
            feature(s, "core/tests/shared.rs");
        },
        true,
    ),
];

#[test]
fn files_that_users_got_or_will_get_count() {
    let base = ready();
    base.git(&["tag", "base"]);
    for (name, happens, fails) in QUIET {
        base.git(&["reset", "-q", "--hard", "base"]);
        base.git(&["clean", "-q", "-fd"]);
        base.git(&["tag", "-f", "core-v1.4.0"]);
        happens(&base);
        let (text, ids) = gate(&base, "1.4.1 -p core --no-run");
        assert_eq!(ids.contains("release.level"), *fails, "{name}: {text}");
    }
}

#[cfg(unix)]
#[test]
fn link_on_the_way_to_files_concerns_the_package() {
    use std::os::unix::fs::symlink;

    let sandbox = ready();
    sandbox.write("shared/one/mod.rs", "");
    sandbox.write("shared/two/mod.rs", "//! Other.\n");
    symlink("shared/one", sandbox.path("current")).expect("it is new");
    symlink("../../current/mod.rs", sandbox.path("core/src/mod.rs")).expect("it is new");
    sandbox.commit("chore: share");
    sandbox.git(&["tag", "core-v1.4.0"]);
    std::fs::remove_file(sandbox.path("current")).expect("it exists");
    symlink("shared/two", sandbox.path("current")).expect("it was removed");
    sandbox.commit(BREAKING);
    let (_, ids) = gate(&sandbox, "1.5.0 -p core --no-run");
    assert!(ids.contains("release.level"), "{ids}");
}

#[cfg(unix)]
#[test]
fn submodules_concern_the_packages_that_have_or_link_to_their_files() {
    for (submodule, counts) in [("core/sub", true), ("sub", true), ("other", false)] {
        let sandbox = ready();
        let link = sandbox.path("core/src/sub.rs");
        std::os::unix::fs::symlink("../../sub/lib.rs", link).expect("it is new");
        sandbox.commit("chore: link");
        // The commits of a submodule need not be there.
        let commit = |digit: &str, message: &str| {
            let entry = format!("160000,{},{submodule}", digit.repeat(40));
            sandbox.git(&["update-index", "--add", "--cacheinfo", &entry]);
            sandbox.git(&["commit", "-q", "-m", message]);
        };
        commit("1", "chore: add a submodule");
        sandbox.git(&["tag", "core-v1.4.0"]);
        commit("2", BREAKING);
        sandbox.git(&["config", "diff.ignoreSubmodules", "all"]);
        let (_, ids) = gate(&sandbox, "1.5.0 -p core --no-run");
        assert_eq!(ids.contains("release.level"), counts, "{submodule}: {ids}");
    }
}

/// Title of a merge, the file and the message of the commit that it brings in, a file that the merge itself changes, and
/// whether `core` 1.4.1 fails.
const MERGES: &[(&str, &str, &str, &str, bool)] = &[
    ("feat: new (#4)", "core/src/lib.rs", "fix: review", "", true),
    (
        "Merge branch 'x'\n\nfeat: new",
        "core/src/lib.rs",
        "fix: review",
        "",
        true,
    ),
    (
        "Merge branch 'x'",
        "core/src/lib.rs",
        "fix: review",
        "",
        false,
    ),
    ("Merge branch 'x'", "core/src/lib.rs", "Review", "", true),
    ("feat: new (#4)", "api/src/lib.rs", "fix: review", "", false),
    (
        "feat: new (#4)",
        "api/src/lib.rs",
        "fix: review",
        "core/src/lib.rs",
        true,
    ),
    // The commit itself has the title, but not the change.
    (
        "feat: new (#4)",
        "api/src/lib.rs",
        "feat: new",
        "core/src/lib.rs",
        true,
    ),
    (
        "feat: new (#4)",
        "core/README.md",
        "feat: new",
        "core/src/lib.rs",
        true,
    ),
    // Both of them have the title and the change.
    (
        "docs: new (#4)\n\nfeat: x",
        "core/src/lib.rs",
        "docs: new",
        "",
        false,
    ),
];

#[test]
fn merges_count_by_their_titles() {
    let base = ready();
    base.git(&["tag", "core-v1.4.0"]);
    for (title, file, message, own, fails) in MERGES {
        base.git(&["reset", "-q", "--hard", "core-v1.4.0"]);
        base.git(&["switch", "-q", "-C", "x"]);
        base.write(file, "//! Other.\n");
        base.commit(message);
        base.git(&["switch", "-q", "main"]);
        base.git(&["merge", "-q", "--no-ff", "--no-commit", "x"]);
        if !own.is_empty() {
            base.write(own, "//! Its own.\n");
        }
        base.commit(title);
        let (_, ids) = gate(&base, "1.4.1 -p core --no-run");
        assert_eq!(ids.contains("release.level"), *fails, "{title}: {ids}");
    }
}

#[test]
fn title_of_a_merge_does_not_count_if_a_commit_for_another_package_has_it() {
    let base = ready();
    base.git(&["tag", "core-v1.4.0"]);
    for (title, of_api, is_reverted, fails) in [
        (
            "Merge pull request #4 from o/x\n\nfeat: new",
            "feat: new",
            false,
            false,
        ),
        (
            "Merge branch 'x'\n\nfeat: new\n\nSee merge request !4",
            "feat: new",
            false,
            false,
        ),
        ("feat: new (#4)", "feat: new", false, false),
        ("feat: new (#4)", "feat: new", true, true),
        ("feat: new (#4)", "feat: other", false, true),
    ] {
        base.git(&["reset", "-q", "--hard", "core-v1.4.0"]);
        base.git(&["switch", "-q", "-C", "x"]);
        base.write("api/src/x.rs", "");
        base.commit(of_api);
        if is_reverted {
            revert(&base);
        }
        base.write("core/src/x.rs", "");
        base.commit("chore: format");
        base.git(&["switch", "-q", "main"]);
        base.git(&["merge", "-q", "--no-ff", "-m", title, "x"]);
        add_fix(&base);
        let (_, ids) = gate(&base, "1.4.1 -p core --no-run");
        assert_eq!(ids.contains("release.level"), fails, "{title}: {ids}");
    }
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

/// What happens on the branch of the release 1.4.1 before its tag, what main does then, and whether 1.5.0 is not ready.
const ONLY_RELEASED: &[(&str, fn(&Sandbox), fn(&Sandbox), bool)] = &[
    ("a breaking change is reverted", revert, stay, true),
    (
        "the revert is merged with -s ours",
        revert,
        merge_nothing,
        true,
    ),
    ("the revert is merged", revert, merge_releases, false),
    (
        "a fix is reverted",
        |s| {
            s.git(&["commit", "-q", "--allow-empty", "-m", "Revert \"fix: x\""]);
        },
        stay,
        false,
    ),
    ("a feature is added", add_feature, stay, true),
    ("a feature is merged", add_feature, merge_releases, false),
    (
        "a feature is squashed",
        add_feature,
        |s| {
            s.git(&["merge", "-q", "--squash", "releases"]);
            s.commit("release 1.4.1 (#4)");
            change_end(s, "// Later.\n");
        },
        false,
    ),
    (
        "a feature is picked to a file that differs",
        add_feature,
        |s| {
            change_end(s, "// Earlier.\n");
            s.git(&["cherry-pick", "releases"]);
        },
        false,
    ),
    (
        "a feature is merged to a file that differs",
        add_feature,
        |s| {
            change_end(s, "// Earlier.\n");
            merge_releases(s);
        },
        false,
    ),
    (
        "a feature is picked and reverted",
        add_feature,
        |s| {
            s.git(&["cherry-pick", "releases"]);
            revert(s);
        },
        true,
    ),
    (
        "a feature is added and reverted",
        add_and_revert,
        stay,
        false,
    ),
    ("a fix is made", add_fix, stay, true),
    ("a fix is merged", add_fix, merge_releases, false),
    (
        "a fix is merged with -s ours",
        add_fix,
        merge_nothing,
        false,
    ),
    (
        "a fix is picked with other changes",
        add_fix,
        |s| {
            let id = s.git(&["rev-parse", "releases"]);
            s.write("core/src/fix.rs", "//! Other.\n");
            let id = id.trim();
            s.commit(&format!("fix: x\n\n(cherry picked from commit {id})"));
        },
        false,
    ),
    (
        "a fix is picked from main with other changes",
        |s| {
            s.git(&["switch", "-q", "main"]);
            add_fix(s);
            let id = s.git(&["rev-parse", "main"]);
            s.git(&["switch", "-q", "releases"]);
            s.write("core/src/fix.rs", "//! Other.\n");
            let id = id.trim();
            s.commit(&format!("fix: x\n\n(cherry picked from commit {id})"));
        },
        stay,
        false,
    ),
    (
        "a feature is picked to a file that was moved",
        add_feature,
        |s| {
            let id = s.git(&["rev-parse", "releases"]);
            let text = s.read("core/src/lib.rs");
            s.git(&["mv", "core/src/lib.rs", "core/src/main.rs"]);
            s.commit("chore: move");
            s.write(
                "core/src/main.rs",
                &format!("//! Better.\n// Other.\n{text}"),
            );
            let id = id.trim();
            s.commit(&format!("feat: better\n\n(cherry picked from commit {id})"));
        },
        false,
    ),
    (
        "the version is set",
        |s| {
            s.replace("core/Cargo.toml", "1.5.0", "1.4.1");
            s.replace("CHANGELOG.md", "- First.", "- First.\n- Second.");
            s.commit("chore: release 1.4.1");
        },
        stay,
        false,
    ),
    (
        "a file is removed, and the package moved",
        |s| {
            s.git(&["rm", "-q", "core/src/lib.rs"]);
            s.commit("feat!: no library");
        },
        move_core,
        true,
    ),
    (
        "a value that the package inherits is changed",
        |s| {
            let edition = "edition = \"2021\"";
            s.replace("core/Cargo.toml", edition, "edition.workspace = true");
            s.append("Cargo.toml", &format!("[workspace.package]\n{edition}\n"));
            s.commit("chore: share the edition");
            s.replace("Cargo.toml", "2021", "2024");
            s.commit("feat!: edition 2024");
        },
        |s| {
            let edition = "edition = \"2021\"";
            s.replace("core/Cargo.toml", edition, "edition.workspace = true");
            s.append("Cargo.toml", &format!("[workspace.package]\n{edition}\n"));
            s.commit("chore: share the edition");
        },
        true,
    ),
    ("a breaking change is taken back", take_back, stay, true),
    (
        "the breaking change stays in a merge",
        take_back,
        merge_nothing,
        true,
    ),
    (
        "that it is taken back is merged",
        take_back,
        merge_releases,
        false,
    ),
];

fn add_fix(sandbox: &Sandbox) {
    sandbox.write("core/src/fix.rs", "");
    sandbox.commit("fix: x");
}

fn take_back(sandbox: &Sandbox) {
    sandbox.write("core/src/lib.rs", "//! A pool.\n");
    sandbox.commit("chore: not in 1.4.1");
}

fn add_feature(sandbox: &Sandbox) {
    add_feature_as(sandbox, "feat: better");
}

fn add_feature_as(sandbox: &Sandbox, title: &str) {
    let text = sandbox.read("core/src/lib.rs");
    sandbox.write("core/src/lib.rs", &format!("//! Better.\n{text}"));
    sandbox.commit(title);
}

fn change_end(sandbox: &Sandbox, line: &str) {
    let text = sandbox.read("core/src/lib.rs");
    sandbox.write("core/src/lib.rs", &format!("{text}{line}"));
    sandbox.commit("fix: end");
}

fn stay(_: &Sandbox) {}

fn merge_nothing(sandbox: &Sandbox) {
    sandbox.git(&[
        "merge",
        "-q",
        "-s",
        "ours",
        "-m",
        "Merge releases",
        "releases",
    ]);
}

fn merge_releases(sandbox: &Sandbox) {
    sandbox.git(&["merge", "-q", "--no-ff", "-m", "Merge releases", "releases"]);
}

#[test]
fn changes_that_the_last_release_and_head_do_not_share_count() {
    for (name, on_branch, on_main, counts) in ONLY_RELEASED {
        for selection in ["", " -p core"] {
            let sandbox = ready();
            let lines: String = (1..20).map(|n| format!("// {n}\n")).collect();
            change(&sandbox, "core/src/lib.rs", &lines);
            assert_eq!(sandbox.campaign(&["run", "loc"]).code, 0);
            sandbox.git(&["switch", "-q", "-c", "releases"]);
            on_branch(&sandbox);
            sandbox.git(&["tag", "v1.4.1"]);
            sandbox.git(&["switch", "-q", "main"]);
            sandbox.git(&["commit", "-q", "--allow-empty", "-m", "fix: y"]);
            on_main(&sandbox);
            let (_, ids) = gate(&sandbox, &format!("1.5.0 --no-run{selection}"));
            assert_eq!(ids.contains("release.level"), *counts, "{name}: {ids}");
        }
    }
}

#[test]
fn candidate_does_not_replace_a_full_release_whose_tag_has_another_form() {
    for (candidate, counts) in [("api-v1.4.1-rc.1", true), ("other-v1.4.1-rc.1", false)] {
        let sandbox = ready();
        sandbox.git(&["tag", "-f", "v1.4.0"]);
        add_fix(&sandbox);
        sandbox.git(&["tag", candidate]);
        let (_, ids) = gate(&sandbox, "1.4.1 --no-run -p api");
        assert_eq!(ids.contains("release.level"), counts, "{candidate}: {ids}");
    }
}

#[test]
fn feature_of_a_release_that_a_merge_left_out_is_missing_after_the_next_release() {
    for (is_left_out, counts) in [(true, true), (false, false)] {
        let sandbox = ready();
        sandbox.git(&["tag", "-f", "v1.4.0"]);
        sandbox.git(&["switch", "-q", "-c", "releases"]);
        add_feature(&sandbox);
        sandbox.git(&["tag", "v1.4.1"]);
        sandbox.git(&["switch", "-q", "main"]);
        sandbox.git(&["commit", "-q", "--allow-empty", "-m", "fix: y"]);
        match is_left_out {
            true => merge_nothing(&sandbox),
            false => merge_releases(&sandbox),
        }
        sandbox.git(&["switch", "-q", "releases"]);
        add_fix(&sandbox);
        sandbox.git(&["tag", "v1.4.2"]);
        sandbox.git(&["switch", "-q", "main"]);
        merge_releases(&sandbox);
        let (_, ids) = gate(&sandbox, "1.5.0 --no-run");
        assert_eq!(
            ids.contains("release.level"),
            counts,
            "{is_left_out}: {ids}"
        );
    }
}

#[test]
fn picked_feature_of_a_branch_that_is_merged_twice_does_not_count_again() {
    let sandbox = ready();
    sandbox.git(&["tag", "-f", "v1.4.0"]);
    sandbox.git(&["branch", "releases"]);
    add_feature(&sandbox);
    sandbox.git(&["switch", "-q", "releases"]);
    sandbox.git(&["cherry-pick", "main"]);
    sandbox.git(&["tag", "v1.4.1"]);
    sandbox.git(&["switch", "-q", "main"]);
    merge_releases(&sandbox);
    sandbox.git(&["switch", "-q", "releases"]);
    add_fix(&sandbox);
    sandbox.git(&["tag", "v1.4.2"]);
    sandbox.git(&["switch", "-q", "main"]);
    merge_releases(&sandbox);
    change_end(&sandbox, "// Later.\n");
    let (_, ids) = gate(&sandbox, "1.4.3 --no-run");
    assert!(!ids.contains("release.level"), "{ids}");
}

#[test]
fn pick_without_the_part_of_a_package_does_not_have_it() {
    for (files, counts) in [
        (&["api/src/x.rs"][..], true),
        (&["api/src/x.rs", "core/src/fix.rs"], true),
        (&["core/src/lib.rs"], false),
    ] {
        let sandbox = ready();
        sandbox.write("core/src/fix.rs", "");
        sandbox.write("core/src/lib.rs", "");
        sandbox.commit("chore: files");
        assert_eq!(sandbox.campaign(&["run", "loc"]).code, 0);
        sandbox.git(&["switch", "-q", "-c", "releases"]);
        for file in ["api/src/x.rs", "core/src/lib.rs", "core/README.md"] {
            sandbox.write(file, "//! Better.\n");
        }
        sandbox.commit("feat: better");
        sandbox.git(&["tag", "v1.4.1"]);
        let id = sandbox.git(&["rev-parse", "HEAD"]);
        sandbox.git(&["switch", "-q", "main"]);
        for file in files {
            sandbox.write(file, "//! Better here.\n");
        }
        let id = id.trim();
        sandbox.commit(&format!("feat: better\n\n(cherry picked from commit {id})"));
        let (_, ids) = gate(&sandbox, "1.5.0 --no-run -p core");
        assert_eq!(ids.contains("release.level"), counts, "{files:?}: {ids}");
    }
}

/// What happens before the release 1.4.0 of `core` and after it, and whether 1.4.1 is not ready.
const REVERTED: &[(&str, fn(&Sandbox), fn(&Sandbox), bool)] = &[
    ("a released feature is reverted", add_feature, revert, true),
    ("a feature is reverted", stay, add_and_revert, false),
    ("a released fix is reverted", add_fix, revert, false),
    (
        "a commit with another title reverts a released feature",
        add_feature,
        |s| {
            let id = s.git(&["rev-parse", "HEAD"]);
            s.git(&["revert", "--no-commit", "HEAD"]);
            let id = id.trim();
            s.commit(&format!("fix: as before\n\nThis reverts commit {id}."));
        },
        true,
    ),
    (
        "a commit with another title reverts a released fix",
        add_fix,
        |s| {
            let id = s.git(&["rev-parse", "HEAD"]);
            s.git(&["revert", "--no-commit", "HEAD"]);
            let id = &id[..9];
            s.commit(&format!("revert: x\n\nThis reverts commit {id}."));
        },
        false,
    ),
    ("a feature comes back", add_and_revert, revert, true),
    (
        "a feature is reverted and comes back",
        add_feature,
        |s| {
            revert(s);
            revert(s);
        },
        false,
    ),
    (
        "a feature comes back in a commit that is a chore",
        stay,
        |s| {
            add_and_revert(s);
            revert_as(s, "chore: land it again");
        },
        true,
    ),
    (
        "a feature comes back in a commit that is a fix",
        stay,
        |s| {
            add_and_revert(s);
            revert_as(s, "fix: land it again");
        },
        true,
    ),
    (
        "a feature comes back in a commit of no type",
        stay,
        |s| {
            add_and_revert(s);
            revert_as(s, "Land it again");
        },
        true,
    ),
    (
        "a feature comes back with a title in quotes",
        stay,
        |s| {
            add_and_revert(s);
            revert_as(s, "Revert \"Revert \"feat: better\"\"");
        },
        true,
    ),
    (
        "a feature comes back as the same patch of a file that was changed",
        add_lines,
        |s| {
            add_and_revert(s);
            change_end(s, "// Later.\n");
            add_feature_as(s, "chore: land it again");
        },
        true,
    ),
    (
        "a part of a feature comes back",
        stay,
        |s| {
            s.write("core/src/helper.rs", "//! Helps.\n");
            add_and_revert(s);
            s.write("core/src/helper.rs", "//! Helps.\n");
            s.commit("refactor: the helper alone");
        },
        true,
    ),
    (
        "a feature comes back and is reverted again",
        stay,
        |s| {
            add_and_revert(s);
            revert_as(s, "chore: land it again");
            revert(s);
        },
        false,
    ),
    (
        "a merge is reverted and comes back twice, by the name of the first revert",
        stay,
        |s| {
            merge_feature(s);
            s.git(&["revert", "--no-edit", "-m", "1", "HEAD"]);
            revert(s);
            s.git(&["revert", "--no-edit", "-m", "1", "HEAD~2"]);
            s.git(&["revert", "--no-edit", "HEAD~2"]);
        },
        true,
    ),
    (
        "a merge comes back and is reverted again",
        stay,
        |s| {
            merge_feature(s);
            s.git(&["revert", "--no-edit", "-m", "1", "HEAD"]);
            revert(s);
            s.git(&["revert", "--no-edit", "-m", "1", "HEAD~2"]);
        },
        false,
    ),
    (
        "the merge of a released feature is reverted",
        merge_feature,
        |s| drop(s.git(&["revert", "--no-edit", "-m", "1", "HEAD"])),
        true,
    ),
    (
        "the merge of a released fix is reverted",
        |s| {
            s.git(&["switch", "-q", "-c", "topic"]);
            add_fix(s);
            s.git(&["switch", "-q", "main"]);
            s.git(&["merge", "-q", "--no-ff", "--no-edit", "topic"]);
        },
        |s| drop(s.git(&["revert", "--no-edit", "-m", "1", "HEAD"])),
        false,
    ),
    (
        "the only commit of a released merge, whose title names the feature, is reverted",
        |s| {
            s.git(&["switch", "-q", "-c", "topic"]);
            add_feature_as(s, "wip");
            s.git(&["switch", "-q", "main"]);
            s.git(&["merge", "-q", "--no-ff", "-m", "feat: better", "topic"]);
        },
        |s| drop(s.git(&["revert", "--no-edit", "topic"])),
        true,
    ),
    (
        "a merge that the release does not have comes back",
        merge_and_revert,
        revert,
        true,
    ),
    (
        "a merge that the release does not have comes back as a chore",
        merge_and_revert,
        |s| revert_as(s, "chore: land it again"),
        true,
    ),
    (
        "a feature that the release does not have comes back as a chore",
        add_and_revert,
        |s| add_feature_as(s, "chore: land it again"),
        true,
    ),
    (
        "two branches revert a merge, and it comes back",
        stay,
        |s| {
            merge_feature(s);
            s.git(&["switch", "-q", "-c", "releases"]);
            s.git(&["revert", "--no-edit", "-m", "1", "HEAD"]);
            s.git(&["switch", "-q", "main"]);
            add_fix(s);
            s.git(&["revert", "--no-edit", "-m", "1", "HEAD~1"]);
            merge_releases(s);
            s.git(&["revert", "--no-edit", "HEAD~1"]);
        },
        true,
    ),
    (
        "a revert that a merge dropped is reverted by its id",
        stay,
        |s| {
            add_file(s);
            s.git(&["switch", "-q", "-c", "releases"]);
            revert(s);
            let dropped = s.git(&["rev-parse", "HEAD"]);
            revert(s);
            s.git(&["switch", "-q", "main"]);
            add_fix(s);
            s.git(&["revert", "--no-edit", "HEAD~1"]);
            merge_releases(s);
            s.git(&["revert", "--no-commit", dropped.trim()]);
            s.commit(&format!("revert {}", dropped.trim()));
        },
        true,
    ),
    (
        "a reverted feature is followed by another change of the file",
        add_lines,
        |s| {
            add_and_revert(s);
            s.replace("core/src/lib.rs", "// 1\n", "// One\n");
            s.commit("chore: lines");
        },
        false,
    ),
    (
        "a feature is reverted after its file was moved",
        stay,
        |s| {
            add_file(s);
            s.git(&["mv", "core/src/better.rs", "core/src/best.rs"]);
            s.commit("refactor: another name");
            remove_file(s, "core/src/best.rs");
        },
        false,
    ),
    (
        "a feature is reverted after its package was moved",
        stay,
        |s| {
            add_file(s);
            move_core(s);
            remove_file(s, "crates/core/src/better.rs");
        },
        false,
    ),
    (
        "another file than that of the feature is removed after a move",
        stay,
        |s| {
            s.write("core/src/other.rs", "//! Something else.\n");
            s.commit("chore: other");
            add_file(s);
            s.git(&["mv", "core/src/better.rs", "core/src/best.rs"]);
            s.commit("refactor: another name");
            remove_file(s, "core/src/other.rs");
        },
        true,
    ),
];

fn revert(sandbox: &Sandbox) {
    sandbox.git(&["revert", "--no-edit", "HEAD"]);
}

/// Merges a branch with a feature, with the title that git gives the merge.
fn merge_feature(sandbox: &Sandbox) {
    sandbox.git(&["switch", "-q", "-c", "topic"]);
    add_file(sandbox);
    sandbox.git(&["switch", "-q", "main"]);
    sandbox.git(&["merge", "-q", "--no-ff", "--no-edit", "topic"]);
}

fn merge_and_revert(sandbox: &Sandbox) {
    merge_feature(sandbox);
    sandbox.git(&["revert", "--no-edit", "-m", "1", "HEAD"]);
}

fn revert_as(sandbox: &Sandbox, title: &str) {
    sandbox.git(&["revert", "--no-commit", "HEAD"]);
    sandbox.commit(title);
}

fn add_lines(sandbox: &Sandbox) {
    let lines: String = (1..20).map(|n| format!("// {n}\n")).collect();
    sandbox.write("core/src/lib.rs", &lines);
    sandbox.commit("chore: lines");
}

/// Adds a feature in a file of its own.
fn add_file(sandbox: &Sandbox) {
    let text = "//! Better.\n\n/// Returns it.\npub fn better() {}\n";
    sandbox.write("core/src/better.rs", text);
    sandbox.commit("feat: better");
}

/// Removes a file and says that this reverts the feature.
fn remove_file(sandbox: &Sandbox, file: &str) {
    sandbox.git(&["rm", "-q", file]);
    sandbox.commit("Revert \"feat: better\"");
}

fn add_and_revert(sandbox: &Sandbox) {
    add_feature(sandbox);
    revert(sandbox);
}

#[test]
fn revert_of_a_released_change_counts() {
    for (name, before, after, counts) in REVERTED {
        for selection in ["", " -p core"] {
            let sandbox = ready();
            before(&sandbox);
            sandbox.git(&["tag", "-f", "v1.4.0"]);
            after(&sandbox);
            sandbox.write("core/src/later.rs", "");
            sandbox.commit("fix: later");
            let (_, ids) = gate(&sandbox, &format!("1.4.1 --no-run{selection}"));
            assert_eq!(ids.contains("release.level"), *counts, "{name}: {ids}");
        }
    }
}

#[test]
fn feature_that_moved_to_another_package_and_was_reverted_counts_for_none() {
    for (file, fails) in [("api/src/better.rs", false), ("api/src/lib.rs", true)] {
        for package in ["core", "api"] {
            let sandbox = ready();
            add_file(&sandbox);
            sandbox.git(&["mv", "core/src/better.rs", "api/src/better.rs"]);
            sandbox.commit("refactor: move");
            remove_file(&sandbox, file);
            sandbox.write("api/src/lib.rs", "");
            sandbox.write("core/src/later.rs", "");
            sandbox.commit("fix: later");
            sandbox.git(&["tag", "core-v1.4.0", "HEAD~4"]);
            sandbox.git(&["tag", "api-v1.4.0", "HEAD~4"]);
            let (text, ids) = gate(&sandbox, &format!("1.4.1 --no-run -p {package}"));
            let found = ids.contains("release.level");
            assert_eq!(found, fails, "{file} {package}: {text}");
        }
    }
}

/// What happens on the branch of the release 1.4.1 to which a feature of main was picked, what main does then, and whether
/// 1.4.2 fails because of a feature.
const PICKED: &[(&str, fn(&Sandbox), fn(&Sandbox), bool)] = &[
    ("nothing", stay, stay, false),
    (
        "another feature is added",
        stay,
        |s| feature(s, "core/src/new.rs"),
        true,
    ),
    ("the release is merged", stay, merge_releases, false),
    (
        "the release is merged without its changes",
        stay,
        merge_nothing,
        false,
    ),
    ("the release reverts it", revert, stay, true),
    (
        "the release removes it",
        |s| removed(s, "core/src/better.rs"),
        stay,
        true,
    ),
    (
        "the release has a part of it",
        |s| {
            s.write("core/src/better.rs", "//! Worse.\n");
            s.git(&["add", "--all"]);
            s.git(&["commit", "-q", "--amend", "--no-edit"]);
        },
        stay,
        true,
    ),
    ("main reverts it", stay, |s| revert_title(s, "better"), true),
    (
        "main reverts it after the merge",
        stay,
        |s| {
            merge_releases(s);
            revert_title(s, "better");
        },
        true,
    ),
];

/// Reverts the newest commit of main with this title.
fn revert_title(sandbox: &Sandbox, title: &str) {
    let search = format!(":/{title}");
    sandbox.git(&["revert", "--no-edit", &search]);
}

#[test]
fn feature_with_the_patch_of_a_released_one_does_not_count_again() {
    for (name, on_branch, on_main, fails) in PICKED {
        for selection in ["", " -p core"] {
            let sandbox = ready();
            sandbox.git(&["tag", "-f", "v1.4.0"]);
            sandbox.write("core/src/early.rs", "");
            sandbox.commit("fix: early");
            add_file(&sandbox);
            sandbox.git(&["switch", "-q", "-c", "releases", "v1.4.0"]);
            sandbox.git(&["cherry-pick", "main"]);
            on_branch(&sandbox);
            sandbox.git(&["tag", "v1.4.1"]);
            sandbox.git(&["switch", "-q", "main"]);
            add_fix(&sandbox);
            on_main(&sandbox);
            let (text, ids) = gate(&sandbox, &format!("1.4.2 --no-run{selection}"));
            let found = ids.contains("release.level");
            assert_eq!(found, *fails, "{name}{selection}: {text}");
        }
    }
}

#[test]
fn revert_that_a_merge_drops_reverts_nothing() {
    for (merge, fails) in [
        (merge_releases as fn(&Sandbox), false),
        (merge_nothing, true),
    ] {
        let sandbox = ready();
        sandbox.git(&["tag", "core-v1.4.0"]);
        add_feature(&sandbox);
        sandbox.git(&["switch", "-q", "-c", "releases"]);
        sandbox.git(&["revert", "--no-edit", "HEAD"]);
        sandbox.git(&["switch", "-q", "main"]);
        sandbox.git(&["commit", "-q", "--allow-empty", "-m", "fix: y"]);
        merge(&sandbox);
        let (_, ids) = gate(&sandbox, "1.4.1 -p core --no-run");
        assert_eq!(ids.contains("release.level"), fails, "{ids}");
    }
}

/// How a breaking change is reverted before 1.4.1, and whether nothing shows that it is still there.
const TAKEN_BACK: &[(&str, fn(&Sandbox), bool)] = &[
    ("a revert", revert, true),
    (
        "a revert with another title",
        |s| {
            s.git(&["revert", "--no-commit", "HEAD"]);
            s.commit(&format!("revert: {BREAKING}"));
        },
        true,
    ),
    (
        "a revert that a pull request merges",
        |s| {
            let squashed = format!("{BREAKING} (#3)");
            s.git(&["commit", "-q", "--amend", "-m", &squashed]);
            s.git(&["switch", "-q", "-c", "releases"]);
            revert(s);
            s.git(&["switch", "-q", "main"]);
            let title = format!("Revert \"{BREAKING}\"");
            let merge = [
                "merge",
                "-q",
                "--no-ff",
                "-m",
                "Merge pull request #4 from a/b",
            ];
            s.git(&[&merge[..], &["-m", &title, "releases"]].concat());
        },
        true,
    ),
    (
        "a revert before the change and the revert are picked",
        |s| {
            revert(s);
            s.git(&["cherry-pick", "HEAD~1"]);
            s.git(&["cherry-pick", "HEAD~1"]);
        },
        true,
    ),
    (
        "a revert before the change is picked",
        |s| {
            revert(s);
            s.git(&["cherry-pick", "HEAD~1"]);
        },
        false,
    ),
    (
        "a revert of this change and of one of another package",
        |s| {
            let one = s.git(&["rev-parse", "HEAD"]);
            change(s, "api/src/lib.rs", "//! Other.\n");
            let other = s.git(&["rev-parse", "HEAD"]);
            s.git(&["revert", "--no-commit", "HEAD", "HEAD~1"]);
            let [one, other] = [one.trim(), other.trim()];
            s.commit(&format!(
                "Revert both\n\nThis reverts commits {one} and {other}."
            ));
        },
        true,
    ),
    (
        "a revert with another title that was rebased with the change",
        |s| {
            s.git(&["switch", "-q", "-c", "releases"]);
            let id = s.git(&["rev-parse", "HEAD"]);
            s.git(&["revert", "--no-commit", "HEAD"]);
            s.commit(&format!(
                "fix: as before\n\nThis reverts commit {}.",
                id.trim()
            ));
            s.git(&["switch", "-q", "main"]);
            s.git(&["reset", "-q", "--hard", "HEAD~1"]);
            add_fix(s);
            s.git(&["rebase", "-q", "main", "releases"]);
            s.git(&["switch", "-q", "main"]);
            s.git(&["merge", "-q", "--ff-only", "releases"]);
        },
        true,
    ),
    (
        "a revert that is reverted twice",
        |s| {
            revert(s);
            revert(s);
            revert(s);
            s.git(&["revert", "--no-edit", "HEAD~2"]);
            s.git(&["revert", "--no-edit", "HEAD~2"]);
        },
        true,
    ),
    (
        "a revert of other files",
        |s| {
            s.write("core/src/lib.rs", "//! Other.\n");
            s.commit(&format!("Revert \"{BREAKING}\""));
        },
        false,
    ),
    (
        "a revert that keeps a test and adds another",
        |s| {
            let title = s.read("core/src/lib.rs");
            s.git(&["reset", "-q", "--soft", "HEAD~1"]);
            s.write("core/src/lib.rs", &title);
            s.write("core/tests/it.rs", "");
            s.commit(BREAKING);
            s.git(&["revert", "--no-commit", "HEAD"]);
            s.git(&["reset", "-q", "HEAD", "--", "core/tests/it.rs"]);
            s.git(&["checkout", "-q", "--", "core/tests/it.rs"]);
            s.write("core/tests/regression.rs", "");
            s.commit(&format!("Revert \"{BREAKING}\""));
        },
        true,
    ),
    (
        "a revert that changes another file too",
        |s| {
            s.git(&["revert", "--no-commit", "HEAD"]);
            s.write("core/src/other.rs", "//! Other.\n");
            s.commit(&format!("Revert \"{BREAKING}\""));
        },
        false,
    ),
    (
        "a revert without files",
        |s| {
            s.git(&["commit", "-q", "--allow-empty", "-m", BREAKING]);
            s.git(&[
                "commit",
                "-q",
                "--allow-empty",
                "-m",
                &format!("Revert \"{BREAKING}\""),
            ]);
        },
        false,
    ),
    (
        "a revert after another change of the file",
        |s| {
            change_end(s, "// Later.\n");
            s.git(&["revert", "--no-edit", "HEAD~1"]);
        },
        false,
    ),
    (
        "a revert before the content comes back",
        |s| {
            let text = s.read("core/src/lib.rs");
            revert(s);
            s.write("core/src/lib.rs", &text);
            s.commit("chore: as agreed");
        },
        false,
    ),
    (
        "a revert that a merge does not take as it is",
        |s| {
            s.git(&["switch", "-q", "-c", "releases"]);
            change_end(s, "// Later.\n");
            s.git(&["switch", "-q", "main"]);
            revert(s);
            s.git(&[
                "merge",
                "-q",
                "-X",
                "theirs",
                "-m",
                "Merge releases",
                "releases",
            ]);
        },
        false,
    ),
    (
        "a revert before the merge of other files",
        |s| {
            s.git(&["switch", "-q", "-c", "releases"]);
            add_fix(s);
            s.git(&["switch", "-q", "main"]);
            revert(s);
            merge_releases(s);
        },
        true,
    ),
];

#[test]
fn revert_of_a_breaking_change_counts_if_the_contents_show_it() {
    for (name, reverted, is_ready) in TAKEN_BACK {
        for selection in ["", " -p core"] {
            let sandbox = ready();
            let lines: String = (1..20).map(|n| format!("// {n}\n")).collect();
            sandbox.write("core/src/lib.rs", &lines);
            sandbox.commit("chore: lines");
            sandbox.git(&["tag", "-f", "v1.4.0"]);
            change(
                &sandbox,
                "core/src/lib.rs",
                &lines.replacen("// 1\n", "// One\n", 1),
            );
            reverted(&sandbox);
            change_end(&sandbox, "// End.\n");
            let (text, ids) = gate(&sandbox, &format!("1.4.1 --no-run{selection}"));
            assert_eq!(!ids.contains("release.level"), *is_ready, "{name}: {text}");
        }
    }
}

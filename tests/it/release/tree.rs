//! A release tags exactly the tree that was measured.

use super::*;

/// A repository with a workspace in `ws` and a package beside it that the workspace depends on, released as v0.1.0.
fn nested() -> Sandbox {
    let mut sandbox = Sandbox::empty();
    sandbox.set("SOURCE_DATE_EPOCH", "1795132800"); // 2026-11-20
    let package = |name: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\npublish = false\n"
        )
    };
    sandbox.write(".gitignore", "target\n");
    sandbox.write("text.txt", "1");
    sandbox.write("other/Cargo.toml", &package("other"));
    sandbox.write("other/src/lib.rs", "pub fn one() -> u8 { 1 }\n");
    sandbox.write(
        "ws/Cargo.toml",
        &format!(
            "{}[dependencies]\nother = {{ path = \"../other\" }}\n",
            package("zq")
        ),
    );
    sandbox.write(
        "ws/CHANGELOG.md",
        "# Changelog\n\n## [Unreleased]\n\n### Fixed\n\n- A hole.\n\n## [0.1.0] - 2026-01-01\n\n- First.\n",
    );
    sandbox.write(
        "ws/src/lib.rs",
        "#[test]\nfn holds() { assert_eq!((other::one(), include_str!(\"../../text.txt\")), (1, \"1\")); }\n",
    );
    sandbox.git_init();
    sandbox.git(&["tag", "v0.1.0"]);
    sandbox.commit_lock();
    sandbox
}

impl Sandbox {
    fn commit_lock(&self) {
        let lock = self.cargo(&[
            "generate-lockfile",
            "--offline",
            "--manifest-path",
            "ws/Cargo.toml",
        ]);
        assert_eq!(lock.code, 0, "{}", lock.stderr);
        self.commit("fix: a hole");
    }

    fn add(&self, file: &str, text: &str) {
        let old = if self.path(file).exists() {
            self.read(file)
        } else {
            String::new()
        };
        self.write(file, &(old + text));
    }

    fn in_ws(&self, args: &str) -> Output {
        let args: Vec<&str> = args.split_whitespace().collect();
        crate::harness::output(&mut self.campaign_command_in(&self.path("ws"), &args))
    }
}

/// Commits a submodule with a file that the package compiles.
fn with_submodule(sandbox: &Sandbox) {
    sandbox.write("ws/sub/d.txt", "1");
    sandbox.git(&["-C", "ws/sub", "init", "-q"]);
    sandbox.git(&["-C", "ws/sub", "add", "-A"]);
    sandbox.git(&["-C", "ws/sub", "commit", "-q", "-m", "data"]);
    let pushed = ["update-ref", "refs/remotes/origin/main", "HEAD"];
    sandbox.git(&[&["-C", "ws/sub"], &pushed[..]].concat());
    let url = "https://example.invalid/sub";
    sandbox.git(&["-C", "ws/sub", "config", "remote.origin.url", url]);
    let section = format!("[submodule \"sub\"]\n\tpath = ws/sub\n\turl = {url}\n");
    sandbox.write(".gitmodules", &section);
    sandbox.add(
        "ws/src/lib.rs",
        "pub const D: &str = include_str!(\"../sub/d.txt\");\n",
    );
    sandbox.commit("fix: a submodule");
}

/// What is done to the repository, and what the release then names; nothing if it is made.
type Case = (fn(&Sandbox), &'static str);

const CASES: &[Case] = &[
    (
        |s| s.write("other/src/lib.rs", "pub fn one() -> u8 { 2 - 1 }\n"),
        "../other/src/lib.rs",
    ),
    (
        |s| {
            s.write("text.txt", "2");
            s.commit("docs: text");
            s.write("text.txt", "1");
        },
        "../text.txt",
    ),
    (
        |s| {
            s.write("ws/.gitignore", "src/made.rs\n");
            s.write("ws/src/made.rs", "");
            s.add("ws/src/lib.rs", "pub mod made;\n");
            s.commit("fix: a module");
        },
        "src/made.rs",
    ),
    (
        |s| {
            s.write("ws/.gitignore", "tests/data\n");
            s.write("ws/tests/data/x.txt", "");
            s.write(
                "ws/tests/i.rs",
                "#[test]\nfn reads() { include_str!(\"data/x.txt\"); }\n",
            );
            s.commit("test: data");
        },
        "tests/data/x.txt",
    ),
    (
        |s| {
            s.write("ws/.gitignore", ".cargo\n");
            s.write("ws/.cargo/config.toml", "[env]\nZQ = \"1\"\n");
            s.commit("chore: configuration");
        },
        ".cargo/config.toml",
    ),
    (
        |s| {
            s.write("ws/target/x.txt", "");
            s.add(
                "ws/src/lib.rs",
                "pub const X: &str = include_str!(\"../target/x.txt\");\n",
            );
            s.commit("fix: a text");
        },
        "target/x.txt",
    ),
    (
        |s| {
            s.write(
                "../away/Cargo.toml",
                &s.read("other/Cargo.toml").replace("other", "away"),
            );
            s.write("../away/src/lib.rs", "");
            s.add("ws/Cargo.toml", "away = { path = \"../../away\" }\n");
            s.commit_lock();
        },
        "../../away/Cargo.toml",
    ),
    #[cfg(unix)]
    (
        |s| {
            s.write("ws/.gitignore", "made\n");
            s.write("ws/made/l.rs", "");
            std::os::unix::fs::symlink("../made/l.rs", s.path("ws/src/l.rs"))
                .expect("it is not there");
            s.add("ws/src/lib.rs", "pub mod l;\n");
            s.commit("fix: a link");
        },
        "made/l.rs",
    ),
    (
        |s| {
            with_submodule(s);
            s.git(&["-C", "ws/sub", "update-index", "--skip-worktree", "d.txt"]);
            s.write("ws/sub/d.txt", "2");
        },
        "sub/d.txt",
    ),
    (
        |s| {
            with_submodule(s);
            std::fs::remove_dir_all(s.path("ws/sub/.git")).expect("it is a repository");
        },
        "sub",
    ),
    (with_submodule, ""),
    (
        |s| {
            with_submodule(s);
            s.git(&[
                "-C",
                "ws/sub",
                "update-ref",
                "-d",
                "refs/remotes/origin/main",
            ]);
        },
        "sub",
    ),
    (
        |s| {
            let script = "fn main() {\n    println!(\"cargo::rerun-if-changed=../.git/HEAD\");\n    \
                          let out = std::env::var(\"OUT_DIR\").unwrap() + \"/made.rs\";\n    \
                          std::fs::write(out, \"\").unwrap();\n}\n";
            s.write("ws/build.rs", script);
            s.add(
                "ws/src/lib.rs",
                "include!(concat!(env!(\"OUT_DIR\"), \"/made.rs\"));\n",
            );
            s.commit("fix: generate");
        },
        "",
    ),
];

#[test]
fn file_that_no_commit_has_is_named_and_nothing_is_released() {
    for &(prepare, named) in CASES {
        let sandbox = nested();
        prepare(&sandbox);
        let before = (
            sandbox.git(&["rev-parse", "HEAD"]),
            sandbox.git(&["status", "--porcelain"]),
        );
        let out = sandbox.in_ws("release 0.2.0 --execute --offline --format json");
        if named.is_empty() {
            assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
            continue;
        }
        assert_eq!(out.code, 1, "{named}: {}{}", out.stdout, out.stderr);
        let gates = json(&out)["report"]["gates"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let failed: Vec<&Value> = gates
            .iter()
            .filter(|gate| gate["verdict"] == "fail")
            // Most of these files are also missing where a clone is compiled.
            .filter(|gate| gate["id"] != "release.package")
            .collect();
        let [tree] = failed[..] else {
            panic!("{named}: {failed:#?}")
        };
        assert_eq!(
            (&tree["id"], &tree["evidence"][0]),
            (&"release.tree".into(), &named.into()),
            "{tree:#}"
        );
        assert_eq!(
            (
                sandbox.git(&["rev-parse", "HEAD"]),
                sandbox.git(&["status", "--porcelain"])
            ),
            before,
            "{named}"
        );
    }
}

/// Replaces a file by a link to it in another place of the repository.
#[cfg(unix)]
fn move_behind_link(sandbox: &Sandbox, file: &str, target: &str, link: &str) {
    sandbox.write(target, &sandbox.read(file));
    std::fs::remove_file(sandbox.path(file)).expect("it is a file");
    std::os::unix::fs::symlink(link, sandbox.path(file)).expect("it was removed");
}

/// What is reached through links, and the files that the release commits besides manifests and the lockfile.
#[cfg(unix)]
const LINKED: &[(fn(&Sandbox), &[&str])] = &[
    (
        |s| move_behind_link(s, "CHANGELOG.md", "docs/CHANGELOG.md", "docs/CHANGELOG.md"),
        &[
            "Cargo.lock",
            "api/Cargo.toml",
            "core/Cargo.toml",
            "docs/CHANGELOG.md",
        ],
    ),
    (
        |s| move_behind_link(s, "core/Cargo.toml", "core.toml", "../core.toml"),
        &["CHANGELOG.md", "Cargo.lock", "api/Cargo.toml", "core.toml"],
    ),
    (
        |s| {
            for member in ["api", "core"] {
                let link = s.path(&format!("{member}/CHANGELOG.md"));
                std::os::unix::fs::symlink("../CHANGELOG.md", link).expect("it does not exist");
            }
        },
        &[
            "CHANGELOG.md",
            "Cargo.lock",
            "api/Cargo.toml",
            "core/Cargo.toml",
        ],
    ),
    (
        |s| {
            s.write("api/README.md", "core 1.4.0\n");
            std::os::unix::fs::symlink("../api/README.md", s.path("core/README.md"))
                .expect("it does not exist");
            let replace = "[[release.replace]]\nfile = \"core/README.md\"\nsearch = \"core {version}\"\n\n[[waiver]]";
            let campaign = s.read("campaign.toml").replacen("[[waiver]]", replace, 1);
            s.write("campaign.toml", &campaign);
        },
        &[
            "CHANGELOG.md",
            "Cargo.lock",
            "api/Cargo.toml",
            "api/README.md",
            "core/Cargo.toml",
        ],
    ),
];

#[cfg(unix)]
#[test]
fn release_commits_the_targets_of_links() {
    for &(prepare, files) in LINKED {
        let sandbox = unreleased();
        prepare(&sandbox);
        sandbox.commit("chore: links");
        assert_eq!(sandbox.campaign(&["run", "loc"]).code, 0);
        good(&sandbox, "1.5.0 --execute");
        let committed = sandbox.git(&["show", "--format=", "--name-only", "HEAD"]);
        assert_eq!(committed.lines().collect::<Vec<_>>(), files);
        assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
    }
}

#[cfg(unix)]
#[test]
fn changelog_that_members_link_to_is_checked_once() {
    let sandbox = unreleased();
    (LINKED[2].0)(&sandbox);
    sandbox.add("CHANGELOG.md", "\n## 1.4.0\n\n- Again.\n");
    let out = sandbox.campaign(&["changelog", "lint", "--format", "json"]);
    assert!(!out.stdout.contains("api/CHANGELOG.md"), "{}", out.stdout);
}

/// What is packaged beside the sources, and the file that the check names; none if commits have everything.
const PACKAGED: &[(fn(&Sandbox), &str)] = &[
    (
        |s| {
            s.write(".gitignore", "/target\n*.dat\n");
            s.write("api/data/x.dat", "");
            s.replace(
                "api/Cargo.toml",
                "license",
                "include = [\"src\", \"data\"]\nlicense",
            );
        },
        "api/data/x.dat",
    ),
    (
        |s| {
            s.write(".gitignore", "/target\n*.dat\n");
            s.write("api/data/x.dat", "");
            s.write("core/data/x.txt", "");
        },
        "",
    ),
    (
        |s| {
            s.write(".gitignore", "/target\nLICENSE\n");
            s.write("LICENSE", "");
            s.replace(
                "core/Cargo.toml",
                "license = \"MIT\"",
                "license-file = \"../LICENSE\"",
            );
        },
        "LICENSE",
    ),
    #[cfg(unix)]
    (
        |s| {
            s.write("../away.txt", "");
            std::os::unix::fs::symlink("../../away.txt", s.path("core/notes.txt"))
                .expect("it is not there");
        },
        "core/notes.txt",
    ),
    #[cfg(unix)]
    (
        |s| {
            s.write("notes.txt", "");
            std::os::unix::fs::symlink("../notes.txt", s.path("core/notes.txt"))
                .expect("it is not there");
        },
        "",
    ),
];

#[test]
fn packaged_file_that_no_commit_has_is_named() {
    for &(prepare, named) in PACKAGED {
        let sandbox = ready();
        prepare(&sandbox);
        sandbox.commit("fix: files");
        let out = sandbox.campaign(&["gate", "--release", "1.5.0", "--no-run", "--format", "json"]);
        let report = json(&out);
        let gates = report["gates"].as_array().cloned().unwrap_or_default();
        let tree = gates.iter().find(|gate| gate["id"] == "release.tree");
        let tree = tree.expect("every release has this check");
        let expected = if named.is_empty() {
            ("pass", Value::Null)
        } else {
            ("fail", named.into())
        };
        assert_eq!(
            (tree["verdict"].as_str(), &tree["evidence"][0]),
            (Some(expected.0), &expected.1),
            "{named}: {tree:#}"
        );
    }
}

/// A packaged file that no commit has: how it comes about, its name, the hint, and each of the ways out of it.
#[cfg(unix)]
type Absent = (
    fn(&Sandbox),
    &'static str,
    &'static str,
    &'static [fn(&Sandbox)],
);

#[cfg(unix)]
const ABSENT: &[Absent] = &[
    (
        |s| {
            s.write(".gitignore", "/target\nREADME.md\n");
            s.write("core/README.md", "");
        },
        "core/README.md",
        "git add --force -- core/README.md (or set `readme` in [package] to another file or to false)",
        &[
            |s| drop(s.git(&["add", "--force", "--", "core/README.md"])),
            |s| s.replace("core/Cargo.toml", "license", "readme = false\nlicense"),
        ],
    ),
    (
        |s| {
            s.write(".gitignore", "/target\nLICENSE\n");
            s.write("LICENSE", "");
            s.replace(
                "core/Cargo.toml",
                "license = \"MIT\"",
                "license-file = \"../LICENSE\"",
            );
        },
        "LICENSE",
        "git add --force -- LICENSE (or replace `license-file` in [package] by `license`)",
        &[
            |s| drop(s.git(&["add", "--force", "--", "LICENSE"])),
            |s| {
                s.replace(
                    "core/Cargo.toml",
                    "license-file = \"../LICENSE\"",
                    "license = \"MIT\"",
                );
            },
        ],
    ),
    (
        |s| {
            s.write("../README.md", "");
            let readme = "readme = \"../../README.md\"\nlicense";
            s.replace("core/Cargo.toml", "license", readme);
        },
        "../README.md",
        "copy into the repository: ../README.md (or set `readme` in [package] to another file or to false)",
        &[|s| {
            s.write("README.md", "");
            s.replace("core/Cargo.toml", "../../README.md", "../README.md");
        }],
    ),
    (
        |s| {
            s.write(".gitignore", "/target\n*.dat\n");
            s.write("core/data/x.dat", "");
            let include = "include = [\"src\", \"data\"]\nlicense";
            s.replace("core/Cargo.toml", "license", include);
        },
        "core/data/x.dat",
        "git add --force -- core/data/x.dat (or keep out of `include` in [package])",
        &[
            |s| drop(s.git(&["add", "--force", "--", "core/data/x.dat"])),
            |s| s.replace("core/Cargo.toml", "\"data\"", "\"data\", \"!*.dat\""),
        ],
    ),
    (
        |s| {
            s.write(".gitignore", "/target\n");
            s.write(
                "Cargo.toml",
                "[package]\nname = \"top\"\nversion = \"1.5.0\"\nedition = \"2021\"\nlicense = \"MIT\"\ndescription = \"d\"\n\
                 include = [\"src\", \"x.json\"]\n[workspace]\nmembers = [\"core\", \"api\"]\n",
            );
            s.write("src/lib.rs", "");
            let lock = s.read("Cargo.lock");
            let entry = "\n[[package]]\nname = \"top\"\nversion = \"1.5.0\"\n";
            s.write("Cargo.lock", &format!("{lock}{entry}"));
            s.write(".campaign/.gitignore", "*\n");
            s.write(".campaign/x.json", "");
        },
        ".campaign/x.json",
        "add \"!/.campaign/**\" to `include` in [package]",
        &[|s| s.replace("Cargo.toml", "\"x.json\"", "\"x.json\", \"!/.campaign/**\"")],
    ),
    (
        |s| {
            s.write("../away.txt", "");
            link(s, "../../away.txt");
        },
        "core/notes.txt",
        "replace by the contents that the link leads to: core/notes.txt (or name in `exclude` in [package])",
        &[
            |s| {
                std::fs::remove_file(s.path("core/notes.txt")).expect("it is there");
                s.write("core/notes.txt", "");
            },
            |s| exclude(s, "notes.txt"),
        ],
    ),
    (
        |s| link(s, "missing.txt"),
        "core/notes.txt",
        "remove, or create what the link leads to: core/notes.txt (or name in `exclude` in [package])",
        &[
            |s| std::fs::remove_file(s.path("core/notes.txt")).expect("it is there"),
            |s| s.write("core/missing.txt", ""),
            |s| exclude(s, "notes.txt"),
        ],
    ),
];

#[cfg(unix)]
fn link(sandbox: &Sandbox, target: &str) {
    let link = sandbox.path("core/notes.txt");
    std::os::unix::fs::symlink(target, link).expect("it is not there");
}

#[cfg(unix)]
fn exclude(sandbox: &Sandbox, file: &str) {
    let exclude = format!("exclude = [\"{file}\"]\nlicense");
    sandbox.replace("core/Cargo.toml", "license", &exclude);
}

#[cfg(unix)]
#[test]
fn hint_about_a_packaged_file_leads_to_a_tree_that_passes() {
    let judged = |sandbox: &Sandbox| {
        let args = ["gate", "--release", "1.5.0", "--no-run", "--format", "json"];
        let report = json(&sandbox.campaign(&args));
        let gates = report["gates"].as_array().cloned().unwrap_or_default();
        let tree = gates.into_iter().find(|gate| gate["id"] == "release.tree");
        tree.expect("every release has this check")
    };
    for &(prepare, file, hint, ways) in ABSENT {
        for fix in ways {
            let sandbox = ready();
            prepare(&sandbox);
            sandbox.commit("fix: files");
            let tree = judged(&sandbox);
            assert_eq!(tree["verdict"], "fail", "{file}: {tree:#}");
            assert_eq!(tree["evidence"], serde_json::json!([file]), "{tree:#}");
            assert_eq!(tree["help"], hint, "{tree:#}");
            fix(&sandbox);
            sandbox.commit("fix: the package");
            let tree = judged(&sandbox);
            assert_eq!(tree["verdict"], "pass", "{file}: {tree:#}");
        }
    }
}

/// What is done to a release that stopped before its commit, the exit code of going on, what it names, and what undoes it.
#[cfg(unix)]
type Meanwhile = (fn(&Sandbox), i32, &'static str, fn(&Sandbox));

#[cfg(unix)]
#[test]
fn resumed_release_is_held_to_the_checks_of_a_new_one() {
    let cases: [Meanwhile; 6] = [
        (
            |s| s.write("core/src/lib.rs", "//! Mine.\n"),
            1,
            "1 file differs from HEAD: core/src/lib.rs",
            |s| drop(s.git(&["checkout", "core/src/lib.rs"])),
        ),
        (
            |s| s.write(".cargo/config.toml", "[alias]\nb = \"build\"\n"),
            1,
            ".cargo/config.toml",
            |s| std::fs::remove_dir_all(s.path(".cargo")).expect("the hook exists"),
        ),
        (
            |s| drop(s.git(&["checkout", "-q", "-b", "dev"])),
            1,
            "on dev, releases are made on main",
            |s| {
                s.git(&["checkout", "-q", "main"]);
                s.git(&["branch", "-D", "dev"]);
            },
        ),
        (
            |s| {
                s.git(&["update-index", "--assume-unchanged", "core/src/lib.rs"]);
                s.write("core/src/lib.rs", "//! Mine.\n");
            },
            1,
            "core/src/lib.rs (assume-unchanged)",
            |s| {
                s.git(&["update-index", "--no-assume-unchanged", "core/src/lib.rs"]);
                s.git(&["checkout", "core/src/lib.rs"]);
            },
        ),
        (
            |s| drop(s.git(&["tag", "v1.5.0"])),
            2,
            "the tag `v1.5.0` already exists, at ",
            |s| drop(s.git(&["tag", "-d", "v1.5.0"])),
        ),
        (
            |s| drop(s.git(&["tag", "v1.6.0"])),
            1,
            "the last release is 1.6.0, by tag `v1.6.0`",
            |s| drop(s.git(&["tag", "-d", "v1.6.0"])),
        ),
    ];
    for step in ["planned", "edited"] {
        for (meanwhile, code, named, undo) in cases {
            let sandbox = stopped(step);
            let head = sandbox.git(&["rev-parse", "HEAD"]);
            meanwhile(&sandbox);
            let out = release(&sandbox, "--resume");
            assert_eq!(out.code, code, "{step}, {named}: {}", out.stderr);
            assert!(
                out.stderr.contains(named),
                "{step}, {named}: {}",
                out.stderr
            );
            assert_eq!(sandbox.git(&["rev-parse", "HEAD"]), head, "{step}, {named}");
            undo(&sandbox);
            good(&sandbox, "--resume");
            assert_made(&sandbox);
        }
    }
}

#[cfg(unix)]
#[test]
fn commit_is_not_tagged_if_a_greater_version_was_tagged() {
    let sandbox = stopped("committed");
    sandbox.git(&["tag", "v1.6.0"]);
    let out = release(&sandbox, "--resume");
    assert_eq!(out.code, 1, "{}", out.stderr);
    let why = "the last release is 1.6.0, by tag `v1.6.0`";
    assert!(out.stderr.contains(why), "{}", out.stderr);
    sandbox.git(&["tag", "-d", "v1.6.0"]);
    good(&sandbox, "--resume");
    assert_made(&sandbox);
}

/// The tests must pass on the files that are committed, so an edit that makes them pass has to be committed first.
#[cfg(unix)]
#[test]
fn fix_of_a_failed_commit_is_committed_before_the_release() {
    let sandbox = unreleased();
    hook(&sandbox, "pre-commit", "grep -q Good core/src/lib.rs");
    let out = release(&sandbox, "1.5.0 --execute");
    assert_eq!(out.code, 4, "{}", out.stderr);
    assert!(
        out.stderr
            .contains("help: cargo campaign release --abort (if it needs changes"),
        "{}",
        out.stderr
    );
    sandbox.write("core/src/lib.rs", "//! Good.\n");
    assert_eq!(release(&sandbox, "--resume").code, 1);
    good(&sandbox, "--abort");
    assert_eq!(
        sandbox.git(&["status", "--porcelain"]),
        " M core/src/lib.rs\n"
    );
    sandbox.commit("docs: good");
    good(&sandbox, "1.5.0 --execute");
    assert_eq!(
        sandbox.git(&["show", "v1.5.0:core/src/lib.rs"]),
        "//! Good.\n"
    );
}

#[cfg(unix)]
#[test]
fn commit_is_recognized_by_its_changes_whatever_hooks_make_of_its_message() {
    let sandbox = unreleased();
    hook(
        &sandbox,
        "prepare-commit-msg",
        "sed -i.bak '1s/^/[main] /' \"$1\"",
    );
    good(&sandbox, "1.5.0 --execute");
    assert_eq!(
        sandbox.git(&["log", "-1", "--format=%s", "v1.5.0"]),
        "[main] release 1.5.0\n"
    );
    assert!(!sandbox.path(".campaign/journal").exists());
}

/// A hook that commits once more after each commit.
#[cfg(unix)]
const FOLLOW: &str = "test -e after || { touch after; git add after; git commit -q -m after; }";

#[cfg(unix)]
#[test]
fn commit_that_a_hook_adds_does_not_get_the_tag() {
    let sandbox = unreleased();
    hook(&sandbox, "post-commit", FOLLOW);
    good(&sandbox, "1.5.0 --execute");
    assert_eq!(
        sandbox.git(&["log", "-2", "--format=%s %D"]),
        "after HEAD -> main\nrelease 1.5.0 tag: v1.5.0\n"
    );
}

/// A hook that undoes the commit does not make the release commit again and again.
#[cfg(unix)]
#[test]
fn step_that_a_hook_undoes_stops_the_release() {
    for (name, script, error) in [
        (
            "post-commit",
            "git reset -q --hard HEAD~1",
            "the commit or the edits were undone at once",
        ),
        (
            "post-commit",
            "git reset -q --soft HEAD~1",
            "the commit or the edits were undone at once",
        ),
        (
            "reference-transaction",
            "test $1 = committed && grep -q v1.5.0 && git tag -d v1.5.0; true",
            "a tag was removed at once",
        ),
    ] {
        let sandbox = unreleased();
        let before = state(&sandbox);
        hook(&sandbox, name, script);
        for arguments in ["1.5.0 --execute", "--resume"] {
            let stopped = release(&sandbox, arguments);
            assert_eq!(stopped.code, 4, "{script}: {}", stopped.stderr);
            let error = format!("error: cannot continue the release of 1.5.0: {error}");
            assert!(
                stopped.stderr.contains(&error),
                "{script}: {}",
                stopped.stderr
            );
        }
        std::fs::remove_dir_all(sandbox.path(".git/hooks")).expect("the hook exists");
        good(&sandbox, "--abort");
        assert_eq!(state(&sandbox), before, "{script}");
    }
}

#[cfg(unix)]
#[test]
fn hook_that_moves_head_while_a_tag_is_made_stops_the_release() {
    let sandbox = unreleased();
    let script = "test $1 = committed && grep -q v1.5.0 && git reset -q --hard HEAD~1; true";
    hook(&sandbox, "reference-transaction", script);
    let stopped = release(&sandbox, "1.5.0 --execute");
    assert_eq!(stopped.code, 4, "{}", stopped.stderr);
    let error = "cannot continue the release of 1.5.0: HEAD was moved back to before its commit";
    assert!(stopped.stderr.contains(error), "{}", stopped.stderr);
}

/// Runs the command line that a hint names.
#[cfg(unix)]
fn follow(sandbox: &Sandbox, out: &Output, begin: &str) {
    let hint = out.stderr.lines().find_map(|line| {
        line.trim_start()
            .strip_prefix("help: ")
            .filter(|h| h.starts_with(begin))
    });
    let hint = hint.unwrap_or_else(|| panic!("{begin}: {}", out.stderr));
    let (git, _) = hint.split_once(" && ").unwrap_or_else(|| panic!("{hint}"));
    sandbox.git(&git.split(' ').skip(1).collect::<Vec<_>>());
    good(sandbox, "--abort");
}

#[cfg(unix)]
#[test]
fn commit_of_other_files_is_kept_by_abort() {
    let sandbox = stopped("edited");
    let before = sandbox.git(&["show", "HEAD:CHANGELOG.md"]);
    sandbox.write("mine", "");
    sandbox.git(&["add", "mine"]);
    sandbox.git(&["commit", "-q", "-m", "mine", "--only", "mine"]);
    let head = sandbox.git(&["rev-parse", "HEAD"]);
    let out = release(&sandbox, "--resume");
    assert_eq!(out.code, 4, "{}", out.stderr);
    assert!(
        out.stderr
            .contains("which has none of the changes of the release"),
        "{}",
        out.stderr
    );
    good(&sandbox, "--abort");
    assert_eq!(sandbox.git(&["rev-parse", "HEAD"]), head);
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
    assert_eq!(sandbox.read("CHANGELOG.md"), before);
}

#[cfg(unix)]
#[test]
fn abort_keeps_commits_that_are_not_the_releases() {
    let cases: [(&str, fn(&Sandbox), &str, &str); 4] = [
        (
            "edited",
            |s| drop(s.git(&["commit", "-q", "-m", "mine", "--only", "CHANGELOG.md"])),
            "it does not have the planned changes of Cargo.lock, api/Cargo.toml, core/Cargo.toml",
            "",
        ),
        (
            "committed",
            |s| {
                s.write("mine", "");
                s.commit("mine");
            },
            "after the release's commit",
            "A  mine\n",
        ),
        (
            "edited",
            |s| {
                s.write("mine", "");
                s.commit("mine");
            },
            "it also changes mine",
            "A  mine\n",
        ),
        (
            "edited",
            |s| {
                s.write("mine", "");
                s.git(&["add", "--all"]);
                s.git(&["commit", "-q", "--allow-empty-message", "-m", ""]);
            },
            "it also changes mine",
            "A  mine\n",
        ),
    ];
    for (step, meanwhile, said, left) in cases {
        let sandbox = stopped(step);
        meanwhile(&sandbox);
        let head = sandbox.git(&["rev-parse", "HEAD"]);
        let out = release(&sandbox, "--abort");
        assert_eq!(out.code, 4, "{step}: {}", out.stderr);
        assert!(out.stderr.contains(said), "{step}: {}", out.stderr);
        assert_eq!(sandbox.git(&["rev-parse", "HEAD"]), head);
        follow(&sandbox, &out, "git reset --soft ");
        assert_eq!(sandbox.git(&["status", "--porcelain"]), left, "{step}");
        assert_eq!(
            sandbox.git(&["log", "-1", "--format=%s"]),
            "chore: not yet\n"
        );
    }
}

#[cfg(unix)]
#[test]
fn failed_hook_leaves_nothing_staged() {
    let sandbox = unreleased();
    sandbox.replace(
        "campaign.toml",
        "branch",
        "notes = \"notes-{version}.md\"\nbranch",
    );
    sandbox.commit("chore: notes");
    hook(&sandbox, "pre-commit", "exit 1");
    let out = release(&sandbox, "1.5.0 --execute");
    assert_eq!(out.code, 4, "{}", out.stderr);
    assert!(sandbox.path("notes-1.5.0.md").exists());
    assert_eq!(sandbox.git(&["diff", "--cached", "--name-only"]), "");
}

#[cfg(unix)]
#[test]
fn foreign_staged_text_stops_a_release_in_progress() {
    for step in ["planned", "edited", "committed"] {
        let sandbox = stopped(step);
        let text = sandbox.read("core/Cargo.toml");
        sandbox.write("core/Cargo.toml", "mine");
        sandbox.git(&["add", "core/Cargo.toml"]);
        sandbox.write("core/Cargo.toml", &text);
        for args in ["--resume", "--abort"] {
            let out = release(&sandbox, args);
            assert_eq!(out.code, 4, "{step} {args}: {}", out.stderr);
            let expected = "staged changes that do not belong to it: core/Cargo.toml";
            assert!(
                out.stderr.contains(expected),
                "{step} {args}: {}",
                out.stderr
            );
            assert_eq!(
                sandbox.git(&["show", ":core/Cargo.toml"]),
                "mine",
                "{step} {args}"
            );
        }
        sandbox.git(&["restore", "--staged", "--", "core/Cargo.toml"]);
        good(&sandbox, "--abort");
    }
}

#[cfg(unix)]
#[test]
fn release_continues_only_on_its_branch() {
    let sandbox = unreleased();
    sandbox.replace("campaign.toml", "branch = \"main\"\n", "");
    sandbox.commit("chore: any branch");
    hook(&sandbox, "pre-commit", "exit 1");
    assert_eq!(release(&sandbox, "1.5.0 --execute").code, 4);
    std::fs::remove_dir_all(sandbox.path(".git/hooks")).expect("the hook exists");
    for (switch, state) in [
        (
            &["checkout", "-q", "-b", "other"][..],
            "`other` is checked out",
        ),
        (
            &["checkout", "-q", "-f", "-b", "before", "main~1"],
            "`before` is checked out",
        ),
        (&["checkout", "-q", "--detach"], "HEAD is detached"),
    ] {
        sandbox.git(switch);
        let out = release(&sandbox, "--resume");
        assert_eq!(out.code, 2, "{}", out.stderr);
        let expected = format!("began on branch `main`, but {state}");
        assert!(out.stderr.contains(&expected), "{}", out.stderr);
    }
    sandbox.git(&["checkout", "-q", "main"]);
    good(&sandbox, "--resume");
    assert_eq!(sandbox.git(&["tag", "--points-at", "main"]), "v1.5.0\n");
}

#[cfg(unix)]
#[test]
fn abort_from_another_branch_keeps_the_release_in_progress() {
    let sandbox = stopped("committed");
    let head = sandbox.git(&["rev-parse", "main"]);
    for switch in [
        &["checkout", "-q", "-b", "at-base", "main~1"][..],
        &["checkout", "-q", "-b", "at-commit", "main"],
        &["checkout", "-q", "-b", "before-base", "main~2"],
        &["checkout", "-q", "--detach", "main~1"],
    ] {
        sandbox.git(switch);
        let out = release(&sandbox, "--abort");
        assert_eq!(out.code, 2, "{switch:?}: {}", out.stderr);
        let hint = "help: git switch main";
        assert!(out.stderr.contains(hint), "{switch:?}: {}", out.stderr);
        assert!(sandbox.path(".campaign/journal/release").exists());
        assert_eq!(sandbox.git(&["rev-parse", "main"]), head, "{switch:?}");
    }
    sandbox.git(&["checkout", "-q", "main"]);
    good(&sandbox, "--abort");
    let title = sandbox.git(&["log", "-1", "--format=%s", "main"]);
    assert_eq!(title, "chore: not yet\n");
}

#[cfg(unix)]
#[test]
fn clone_without_trees_names_the_command_that_completes_it() {
    let sandbox = unreleased();
    sandbox.append("core/src/lib.rs", "// another line\n");
    sandbox.commit("fix: a line");
    sandbox.append("core/src/lib.rs", "// one more\n");
    sandbox.commit("fix: one more");
    sandbox.git(&["config", "uploadpack.allowFilter", "true"]);
    let from = format!("file://{}", sandbox.root().display());
    let clone = sandbox.base().join("clone");
    let to = clone.to_str().expect("a path of ASCII");
    sandbox.git(&["clone", "-q", "--filter=tree:0", &from, to]);
    let draft = || {
        let args = ["changelog", "draft", "--dry-run"];
        crate::harness::output(&mut sandbox.campaign_command_in(&clone, &args))
    };
    let out = draft();
    assert_eq!(out.code, 4, "{}{}", out.stdout, out.stderr);
    let help = "help: git fetch --refetch --filter=blob:none";
    assert!(out.stderr.contains(help), "{}", out.stderr);
    sandbox.git(&["-C", to, "fetch", "-q", "--refetch", "--filter=blob:none"]);
    let out = draft();
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
}

/// Somebody who commits the edited files by hand has not measured them.
#[cfg(unix)]
#[test]
fn commit_that_was_not_measured_is_not_tagged() {
    let sandbox = stopped("edited");
    sandbox.replace(
        ".campaign/journal/release",
        "\"judged\":true",
        "\"judged\":false",
    );
    sandbox.git(&["commit", "-q", "-a", "-m", "by hand"]);
    let out = release(&sandbox, "--resume");
    assert_eq!(out.code, 4, "{}", out.stderr);
    assert!(
        out.stderr
            .contains("was made before its files were compiled and tested"),
        "{}",
        out.stderr
    );
    sandbox.git(&["reset", "-q", "--soft", "HEAD~1"]);
    good(&sandbox, "--resume");
    assert_made(&sandbox);
}

/// A tag that a hook makes on another commit is not deleted by `--abort`, which names it.
#[cfg(unix)]
#[test]
fn tag_of_a_hook_stops_the_release_and_does_not_stop_its_abort() {
    const DELETE: &str = "help: git tag -d v1.5.0 (";
    for (name, script, code) in [
        ("post-commit", "git tag v1.5.0", 2),
        ("pre-commit", "git tag v1.5.0", 2),
        ("pre-commit", "git tag v1.5.0; exit 1", 4),
    ] {
        let sandbox = unreleased();
        let before = state(&sandbox);
        hook(&sandbox, name, script);
        let made = release(&sandbox, "1.5.0 --execute");
        assert_eq!(made.code, code, "{script}: {}", made.stderr);
        let is_named = made.stderr.contains("git commit failed: exit status: 1\n");
        assert_eq!(is_named, code == 4, "{script}: {}", made.stderr);
        std::fs::remove_dir_all(sandbox.path(".git/hooks")).expect("the hook exists");
        let resumed = release(&sandbox, "--resume");
        assert_eq!(resumed.code, 2, "{script}: {}", resumed.stderr);
        assert!(resumed.stderr.contains(DELETE), "{}", resumed.stderr);

        let aborted = good(&sandbox, "--abort");
        assert!(aborted.stderr.contains(DELETE), "{}", aborted.stderr);
        let tag = "refs/tags/v1.5.0 commit\n";
        assert_eq!(state(&sandbox), format!("{before}{tag}"), "{script}");
        sandbox.git(&["tag", "-d", "v1.5.0"]);
        good(&sandbox, "1.5.0 --execute");
        assert_made(&sandbox);
    }
}

#[cfg(unix)]
#[test]
fn setting_that_signs_annotated_tags_is_followed() {
    let sandbox = unreleased();
    for (key, value) in [
        ("tag.forceSignAnnotated", "true"),
        ("gpg.program", "/bin/false"),
    ] {
        sandbox.git(&["config", key, value]);
    }
    let out = release(&sandbox, "1.5.0 --execute");
    assert_eq!(out.code, 4, "{}", out.stderr);
    assert!(
        out.stderr.contains("unable to sign the tag"),
        "{}",
        out.stderr
    );
    sandbox.git(&["config", "--unset", "tag.forceSignAnnotated"]);
    good(&sandbox, "--resume");
    assert_made(&sandbox);
}

#[test]
fn new_file_is_committed_if_git_refuses_changes_of_line_endings() {
    let sandbox = unreleased();
    sandbox.replace(
        "campaign.toml",
        "[release]\n",
        "[release]\nnotes = \"NOTES.md\"\n",
    );
    sandbox.write(".gitattributes", "NOTES.md text eol=crlf\n");
    sandbox.commit("chore: line endings");
    sandbox.git(&["config", "core.safecrlf", "true"]);
    good(&sandbox, "1.5.0 --execute");
    let committed = sandbox.git(&["show", "v1.5.0:NOTES.md"]);
    assert!(committed.contains("- A pool.\n"), "{committed}");
}

#[cfg(unix)]
#[test]
fn abort_leaves_a_directory_in_place_of_a_planned_file() {
    let sandbox = stopped("edited");
    std::fs::remove_file(sandbox.path("CHANGELOG.md")).expect("the file exists");
    sandbox.write("CHANGELOG.md/mine", "text");
    let resumed = release(&sandbox, "--resume");
    assert_eq!(resumed.code, 4, "{}", resumed.stderr);
    let aborted = good(&sandbox, "--abort");
    let kept = "left as is, with the text of the release: CHANGELOG.md";
    assert!(aborted.stderr.contains(kept), "{}", aborted.stderr);
    assert_eq!(sandbox.read("CHANGELOG.md/mine"), "text");
    assert_eq!(
        sandbox.git(&["diff", "--name-only", "HEAD"]),
        "CHANGELOG.md\n"
    );
}

#[cfg(unix)]
#[test]
fn abort_keeps_tags_of_the_release_with_other_messages() {
    for (args, kept) in [(&["-a", "-m", "my own text"][..], "tag"), (&[], "commit")] {
        let sandbox = stopped("committed");
        let before = state(&sandbox).replace("release 1.5.0\n", "");
        sandbox.git(&[&["tag"], args, &["v1.5.0"]].concat());
        let aborted = good(&sandbox, "--abort");
        assert!(!aborted.stderr.contains("Untagged"), "{}", aborted.stderr);
        let note = "the tag `v1.5.0` at ";
        assert!(aborted.stderr.contains(note), "{}", aborted.stderr);
        let (log, refs) = before.split_once('\n').expect("two lines or more");
        let now = state(&sandbox);
        assert!(now.starts_with(log), "{now}");
        assert!(
            now.ends_with(&format!("{refs}refs/tags/v1.5.0 {kept}\n")),
            "{now}"
        );
    }
}

/// The release was planned, and then waited for the lock.
#[cfg(target_os = "linux")]
#[test]
fn release_that_another_command_overtook_writes_nothing() {
    use cargo_campaign::store::{Holder, Store};

    let sandbox = unreleased();
    let holder = Holder {
        pid: 1,
        command: "cargo campaign release".into(),
        since: "now".into(),
    };
    let lock = Store::open(&sandbox.root())
        .lock(&holder)
        .expect("nothing holds it");
    let mut waiting = sandbox.start(&["release", "1.5.0", "--execute"]);
    waiting.await_stderr("Waiting");
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "another release"]);
    let before = state(&sandbox);
    drop(lock);
    let out = waiting.finish();
    assert_eq!(out.code, 4, "{}", out.stderr);
    assert!(
        out.stderr
            .contains("HEAD moved while the release was being prepared"),
        "{}",
        out.stderr
    );
    assert_eq!(state(&sandbox), before);
    assert!(!sandbox.path(".campaign/journal").exists());
}

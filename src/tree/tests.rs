use std::collections::BTreeSet;
use std::fs;
use std::fs::File;
use std::time::{Duration, UNIX_EPOCH};

use super::*;
use crate::git::tests::git;
use crate::tests::Scratch;
use crate::tests::damage;

/// Long ago, so that no stamp of the fixture is young at [`later`].
fn long_ago() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_000_000_000)
}

/// A moment at which every stamp made by this test is old.
fn later() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(10_000_000_000)
}

/// A workspace with a store, in git or not.
fn workspace(in_git: bool) -> (Scratch, Store) {
    let scratch = Scratch::new();
    scratch.write(
        "Cargo.toml",
        "[package]\nname = \"a\"\n[lints.rust]\nunused = \"warn\"\n",
    );
    scratch.write("Cargo.lock", "version = 4\n");
    scratch.write(".gitignore", "/target/\nCargo.lock\n.DS_Store\n");
    scratch.write("src/lib.rs", "pub fn a() {}\n");
    scratch.write("src/deep/er/mod.rs", "");
    scratch.write(
        "target/CACHEDIR.TAG",
        "# This file is a cache directory tag created by cargo.\n",
    );
    scratch.write("target/debug/out.rs", "built");
    scratch.write("campaign.toml", "[campaign]\n");
    if in_git {
        git(scratch.path(), &["init", "--quiet"]);
    }
    let store = Store::open(scratch.path());
    store.create().unwrap();
    (scratch, store)
}

#[cfg(unix)]
fn set_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
fn set_executable(_: &Path) {}

fn take(scratch: &Scratch, store: &Store, now: SystemTime) -> Fingerprint {
    fingerprint(scratch.path(), store, now, None).unwrap()
}

#[test]
fn the_same_files_count_with_and_without_git() {
    let (plain, plain_store) = workspace(false);
    let (with_git, git_store) = workspace(true);
    let first = take(&plain, &plain_store, later());
    let files = [
        ".gitignore",
        "Cargo.lock",
        "Cargo.toml",
        "src/deep/er/mod.rs",
        "src/lib.rs",
    ];
    assert_eq!(first.files, files);
    let second = take(&with_git, &git_store, later());
    let (written, directories) = (first.written.clone(), first.directories.clone());
    assert_eq!(
        Fingerprint {
            written,
            directories,
            ..second
        },
        first
    );
    assert_eq!(first.lock, Some(Hash::of(b"version = 4\n").hex()));
    assert!(!first.lints.is_empty());
}

/// What is done to a workspace, and whether its digest then differs.
type Change = (&'static str, bool, fn(&Scratch));

const CHANGES: &[Change] = &[
    ("nothing", false, |_| {}),
    ("same size, other content, old time stamp", true, |s| {
        let path = s.path().join("src/lib.rs");
        let was = fs::metadata(&path).unwrap().modified().unwrap();
        s.write("src/lib.rs", "pub fn b() {}\n");
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_modified(was)
            .unwrap();
    }),
    ("touched only", false, |s| {
        let file = File::options()
            .write(true)
            .open(s.path().join("src/lib.rs"))
            .unwrap();
        file.set_modified(long_ago()).unwrap();
    }),
    ("renamed", true, |s| {
        fs::rename(s.path().join("src/lib.rs"), s.path().join("src/main.rs")).unwrap()
    }),
    ("removed", true, |s| {
        fs::remove_file(s.path().join("src/lib.rs")).unwrap()
    }),
    ("a new file", true, |s| drop(s.write("src/new.rs", ""))),
    ("a new file in a new folder", true, |s| {
        drop(s.write("src/x/y/new.rs", ""))
    }),
    ("a folder without files", false, |s| {
        fs::create_dir_all(s.path().join("tests/x")).unwrap()
    }),
    ("an ignored lock file", true, |s| {
        drop(s.write("Cargo.lock", "version = 5\n"))
    }),
    ("cargo's configuration", true, |s| {
        drop(s.write(".cargo/config.toml", ""))
    }),
    ("build output", false, |s| {
        drop(s.write("target/debug/more.rs", ""))
    }),
    ("made executable", cfg!(unix), |s| {
        set_executable(&s.path().join("src/lib.rs"))
    }),
    ("a module in a directory called target", true, |s| {
        drop(s.write("src/mine/target/mod.rs", ""))
    }),
    ("a file in a hidden directory", true, |s| {
        drop(s.write(".config/nextest.toml", ""))
    }),
    ("a file beside somebody's cache tag", true, |s| {
        s.write(
            "data/CACHEDIR.TAG",
            "Signature: 8a477f597d28d172789f06886806bc55\n",
        );
        s.write("data/mod.rs", "");
    }),
    ("our own plan", false, |s| {
        drop(s.write("campaign.toml", "[gates]\n"))
    }),
    ("our own folder", false, |s| {
        drop(s.write(".campaign/baseline.json", "{}"))
    }),
    ("a plan that is not ours", true, |s| {
        drop(s.write("src/campaign.toml", ""))
    }),
];

#[test]
fn the_digest_follows_content_and_names_and_nothing_else() {
    for in_git in [false, true] {
        for (what, differs, change) in CHANGES {
            let (scratch, store) = workspace(in_git);
            let before = take(&scratch, &store, later());
            change(&scratch);
            let after = take(&scratch, &store, later());
            assert_eq!(
                before.digest != after.digest,
                *differs,
                "{what}, git: {in_git}"
            );
            let fresh = take(
                &scratch,
                &Store::open(&scratch.path().join("none")),
                later(),
            );
            assert_eq!(
                after.digest, fresh.digest,
                "{what}, git: {in_git}: as without memory"
            );
        }
    }
}

/// The index is one for all configurations. A manifest that holds the configuration is a source.
#[test]
fn the_configuration_in_use_is_no_source() {
    for in_git in [false, true] {
        for (used, edited, differs) in [
            (Some("ci/rules.toml"), "ci/rules.toml", false),
            (None, "ci/rules.toml", true),
            (Some("campaign.toml"), "ci/rules.toml", true),
            (Some("ci/rules.toml"), "src/lib.rs", true),
            (Some("Cargo.toml"), "Cargo.toml", true),
            (None, "campaign-ci.toml", false),
            (None, "src/campaign-ci.toml", true),
        ] {
            let (scratch, store) = workspace(in_git);
            scratch.write("ci/rules.toml", "[gates]\n");
            scratch.write("Cargo.toml", "[workspace]\n");
            let take = |used: Option<&str>| {
                let path = used.map(|name| scratch.path().join(name));
                fingerprint(scratch.path(), &store, later(), path.as_deref()).unwrap()
            };
            let before = take(used);
            take(None);
            scratch.write(edited, "# edited\n");
            let after = take(used);
            let row = format!("{used:?}, {edited}, git: {in_git}");
            assert_eq!(before.digest != after.digest, differs, "{row}");
            let is_listed = after.files.iter().any(|file| file == "ci/rules.toml");
            assert_eq!(is_listed, used != Some("ci/rules.toml"), "{row}");
            assert_eq!(take(used).digest, after.digest, "{row}");
        }
    }
}

#[test]
fn log_counts_only_if_git_tracks_it() {
    let (scratch, store) = workspace(true);
    let before = take(&scratch, &store, later()).digest;
    scratch.write("gate.log", "NO VERDICT\n");
    assert_eq!(take(&scratch, &store, later()).digest, before);
    git(scratch.path(), &["add", "gate.log"]);
    scratch.write("gate.log", "edited\n");
    assert_ne!(take(&scratch, &store, later()).digest, before);
}

#[test]
fn a_report_of_ours_is_no_source_until_it_is_edited() {
    for in_git in [false, true] {
        let (scratch, store) = workspace(in_git);
        let before = take(&scratch, &store, later()).digest;
        scratch.write("report.json", "{}\n");
        store.note_report(b"{}\n");
        store.note_report(b"# another\n");
        assert_eq!(
            take(&scratch, &store, later()).digest,
            before,
            "git: {in_git}"
        );
        scratch.write("report.json", "{ }\n");
        assert_ne!(
            take(&scratch, &store, later()).digest,
            before,
            "git: {in_git}"
        );
    }
}

#[test]
fn an_unchanged_tree_is_remembered_and_a_young_stamp_is_not_believed() {
    let (scratch, store) = workspace(true);
    assert!(!take(&scratch, &store, later()).remembered);
    fs::rename(scratch.path().join(".git"), scratch.path().join(".gone")).unwrap();
    fs::rename(scratch.path().join(".gone"), scratch.path().join(".git")).unwrap();
    let second = take(&scratch, &store, later());
    assert!(!second.remembered, "the root folder has changed");
    let third = take(&scratch, &store, later());
    assert_eq!(
        third,
        Fingerprint {
            remembered: true,
            ..second.clone()
        }
    );

    store.cache("tree", b"").unwrap();
    assert!(!take(&scratch, &store, long_ago()).remembered);
    let again = take(&scratch, &store, later());
    assert!(
        !again.remembered,
        "every stamp is younger than the look before"
    );
    assert_eq!(again.digest, second.digest);
    assert!(take(&scratch, &store, later()).remembered);
}

#[test]
fn a_file_appearing_in_a_folder_that_was_empty_is_seen() {
    for in_git in [false, true] {
        let (scratch, store) = workspace(in_git);
        fs::create_dir_all(scratch.path().join("src/bin/more")).unwrap();
        let before = take(&scratch, &store, later());
        scratch.write("src/bin/more/main.rs", "");
        assert_ne!(
            take(&scratch, &store, later()).digest,
            before.digest,
            "git: {in_git}"
        );
    }
}

#[test]
fn a_tracked_file_counts_even_if_it_is_listed_as_a_report() {
    let (scratch, store) = workspace(true);
    scratch.write("src/hidden.rs", "1");
    store.note_report(b"1");
    store.note_report(b"2");
    assert!(
        !take(&scratch, &store, later())
            .files
            .contains(&"src/hidden.rs".to_owned())
    );
    git(scratch.path(), &["add", "--all"]);
    store.cache(INDEX, b"").unwrap();
    let before = take(&scratch, &store, later());
    assert!(before.files.contains(&"src/hidden.rs".to_owned()));
    scratch.write("src/hidden.rs", "2");
    assert_ne!(take(&scratch, &store, later()).digest, before.digest);
}

/// A directory that git does not list, because it is empty or holds ignored files only.
#[test]
fn new_file_in_an_unlisted_directory_is_seen() {
    for (made, new) in [
        ("examples/.DS_Store", "examples/demo/main.rs"),
        ("tests/deep/.DS_Store", "tests/deep/main.rs"),
        ("src/bin/tool/.DS_Store", "src/bin/tool/more/mod.rs"),
        ("src/target/.DS_Store", "src/target/mod.rs"),
    ] {
        let (scratch, store) = workspace(true);
        let dir = scratch.path().join(new).parent().unwrap().to_owned();
        scratch.write(made, "");
        fs::create_dir_all(dir).unwrap();
        let before = take(&scratch, &store, later());
        assert!(take(&scratch, &store, later()).remembered, "{new}");
        scratch.write(new, "");
        assert_ne!(
            take(&scratch, &store, later()).digest,
            before.digest,
            "{new}"
        );
    }
}

#[test]
fn directories_that_git_ignores_are_not_watched() {
    let (scratch, store) = workspace(true);
    take(&scratch, &store, later());
    scratch.write("target/debug/new/out.rs", "");
    assert!(take(&scratch, &store, later()).remembered);
}

#[cfg(unix)]
#[test]
fn a_link_to_a_file_outside_counts_with_its_content() {
    use std::os::unix::fs::symlink;
    let outside = Scratch::with(&[("shared.rs", "1")]);
    for in_git in [false, true] {
        let (scratch, store) = workspace(in_git);
        outside.write("shared.rs", "1");
        symlink(
            outside.path().join("shared.rs"),
            scratch.path().join("src/shared.rs"),
        )
        .unwrap();
        let before = take(&scratch, &store, later());
        assert!(take(&scratch, &store, later()).remembered);
        outside.write("shared.rs", "2");
        assert_ne!(
            take(&scratch, &store, later()).digest,
            before.digest,
            "git: {in_git}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_link_counts_by_its_text_and_is_never_followed() {
    use std::os::unix::fs::symlink;
    for in_git in [false, true] {
        let (scratch, store) = workspace(in_git);
        let link = scratch.path().join("src/link");
        symlink("..", &link).unwrap();
        let first = take(&scratch, &store, later());
        assert!(first.files.contains(&"src/link".to_owned()));
        assert_eq!(first.files.len(), 6, "{:?}", first.files);
        fs::remove_file(&link).unwrap();
        symlink("../src", &link).unwrap();
        assert_ne!(
            take(&scratch, &store, later()).digest,
            first.digest,
            "git: {in_git}"
        );
    }
}

/// A file that git ignores, and whether it counts.
const IGNORED: [(&str, bool); 22] = [
    ("tests/local_a.rs", true),
    ("tests/local_d/main.rs", true),
    ("tests/local_d/deep/module.rs", true),
    ("examples/local_b.rs", true),
    ("benches/local_b.rs", true),
    ("src/bin/local_b.rs", true),
    ("src/local_main.rs", true),
    ("build.rs", true),
    (".cargo/config.toml", true),
    (".config/nextest.toml", true),
    ("member/build.rs", true),
    ("member/src/local_m/mod.rs", true),
    ("crates/local/Cargo.toml", true),
    ("crates/local/src/lib.rs", false),
    ("../around/local/Cargo.toml", true),
    ("local.rs", false),
    ("data/local.rs", false),
    ("src/local.txt", false),
    ("tests/target/local.rs", false),
    ("node_modules/x/Cargo.toml", false),
    ("src/node_modules/x/local.rs", false),
    ("crates/local.rs", false),
];

#[test]
fn ignored_file_counts_where_cargo_looks_and_nowhere_else() {
    let rules = "local*\nbuild.rs\n/.cargo\n/.config\ntarget/\nnode_modules/\n";
    // The directories exist before or do not.
    for (rules_in, made) in [
        (".gitignore", false),
        (".gitignore", true),
        (".git/info/exclude", true),
    ] {
        for (name, counts) in IGNORED {
            let outer = Scratch::new();
            outer.write("around/a/Cargo.toml", "");
            outer.write(
                "w/Cargo.toml",
                "[workspace]\nmembers = [\"crates/*\", \"member\", \"../around/*\"]\n",
            );
            outer.write("w/member/Cargo.toml", "");
            outer.write("w/crates/a/Cargo.toml", "");
            outer.write("w/tests/target/CACHEDIR.TAG", "# created by cargo.\n");
            let root = outer.path().join("w");
            git(&root, &["init", "--quiet"]);
            outer.write(&format!("w/{rules_in}"), rules);
            if made {
                fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
            }
            let store = Store::open(&root);
            store.create().unwrap();
            let before = fingerprint(&root, &store, later(), None).unwrap();
            fingerprint(&root, &store, later(), None).unwrap();
            outer.write(&format!("w/{name}"), "");
            let after = fingerprint(&root, &store, later(), None).unwrap();
            assert_eq!(
                before.digest != after.digest,
                counts,
                "{name}, {rules_in}, {made}"
            );
            let is_listed = after.listed().contains(&name.to_owned());
            assert!(!is_listed || !name.ends_with(".rs"), "{name}");
            assert!(
                fingerprint(&root, &store, later(), None)
                    .unwrap()
                    .remembered,
                "{name}"
            );
        }
    }
}

#[test]
fn ignored_settings_of_a_tool_are_conditions_and_not_sources() {
    let (scratch, store) = workspace(true);
    scratch.write(
        ".gitignore",
        "target/\nCargo.lock\n*clippy.toml\n*rustfmt.toml\n",
    );
    let before = take(&scratch, &store, later());
    for name in ["clippy.toml", ".rustfmt.toml", "src/rustfmt.toml"] {
        scratch.write(name, "a = 1\n");
        let first = take(&scratch, &store, later());
        scratch.write(name, "a = 2\n");
        let second = take(&scratch, &store, later());
        assert_eq!(
            [&first.digest, &second.digest],
            [&before.digest; 2],
            "{name}"
        );
        assert!(
            first.conditions.contains_key(name) && first.conditions != second.conditions,
            "{name}"
        );
    }
}

/// Where a link leads, what is written, and whether that counts.
#[cfg(unix)]
const BEHIND: [(&str, &str, bool); 9] = [
    ("../out", "out/f", true),
    ("../out", "out/new", true),
    ("../out", "out/deep/new", true),
    ("../out", "other/f", true),
    ("../none", "none/new", true),
    ("ignored", "w/ignored/new.rs", true),
    ("target", "w/target/new.rs", false),
    ("/", "out/new", false),
    ("..", "out/new", false),
];

#[cfg(unix)]
#[test]
fn what_lies_behind_a_link_to_a_directory_counts() {
    use std::os::unix::fs::symlink;
    for in_git in [false, true] {
        for (to, write, counts) in BEHIND {
            let outer = Scratch::with(&[("out/f", "1"), ("out/deep/x", ""), ("other/f", "1")]);
            symlink("../../other", outer.path().join("out/deep/nested")).unwrap();
            symlink("..", outer.path().join("out/deep/back")).unwrap();
            outer.write("w/src/lib.rs", "");
            outer.write("w/.gitignore", "/ignored/\n/target/\n");
            outer.write("w/target/CACHEDIR.TAG", "# created by cargo.\n");
            fs::create_dir(outer.path().join("w/ignored")).unwrap();
            let root = outer.path().join("w");
            symlink(to, root.join("link")).unwrap();
            if in_git {
                git(&root, &["init", "--quiet"]);
            }
            let store = Store::open(&root);
            store.create().unwrap();
            let before = fingerprint(&root, &store, later(), None).unwrap();
            assert!(
                fingerprint(&root, &store, later(), None)
                    .unwrap()
                    .remembered,
                "{to} {write}"
            );
            outer.write(write, "2");
            let after = fingerprint(&root, &store, later(), None).unwrap();
            assert_eq!(
                before.digest != after.digest,
                counts,
                "{to} {write}, git: {in_git}"
            );
        }
    }
}

#[test]
fn directory_behind_a_link_that_counts_anyway_is_read_once() {
    #[cfg(unix)]
    {
        let (scratch, store) = workspace(true);
        std::os::unix::fs::symlink("src", scratch.path().join("link")).unwrap();
        let found = take(&scratch, &store, later());
        assert_eq!(found.unlisted, BTreeSet::new(), "{:?}", found.files);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn endless_file_of_the_kernel_behind_a_link_is_read_up_to_its_size() {
    let (scratch, store) = workspace(false);
    for (name, to) in [("a.rs", "/proc/self/pagemap"), ("b.rs", "/proc/kmsg")] {
        std::os::unix::fs::symlink(to, scratch.path().join(name)).unwrap();
    }
    assert!(
        take(&scratch, &store, later())
            .files
            .contains(&"b.rs".to_owned())
    );
    assert_eq!(
        crate::store::read_file(&scratch.path().join("a.rs"), 1 << 20).unwrap(),
        b""
    );
}

/// What happens while it is measured, and the files that make the run unusable.
#[test]
fn changes_while_measuring_are_named_except_for_what_cargo_writes() {
    type Case = (fn(&Scratch), &'static [&'static str]);
    let cases: [Case; 8] = [
        (|_| {}, &[]),
        (|s| drop(s.write("src/lib.rs", "x")), &["src/lib.rs"]),
        (
            |s| fs::remove_file(s.path().join("src/lib.rs")).unwrap(),
            &["src/lib.rs"],
        ),
        (|s| drop(s.write("Cargo.lock", "version = 5\n")), &[]),
        (|s| drop(s.write("tests/z.rs", "")), &["tests/z.rs"]),
        (|s| drop(s.write("tests/local.rs", "")), &["tests/local.rs"]),
        (
            |s| drop(s.write("src/bin/local.rs", "")),
            &["src/bin/local.rs"],
        ),
        (|s| drop(s.write("src/local.rs", "")), &[]),
    ];
    for (change, expected) in cases {
        let (scratch, store) = workspace(true);
        scratch.write(".gitignore", "/target/\nlocal*\n");
        let before = take(&scratch, &store, later());
        change(&scratch);
        assert_eq!(before.changed(&take(&scratch, &store, later())), expected);
    }
}

/// What happens to a workspace, and what is then named.
#[cfg(unix)]
type Rewrite<'a> = (&'static str, &'a dyn Fn(&Scratch), &'static [&'static str]);

/// What happens while it is measured leaves every content as it was.
#[cfg(unix)]
#[test]
fn sources_that_are_written_again_are_named_whatever_they_contain() {
    const LIB: &str = "src/lib.rs";
    let set_time = |path: &Path| {
        File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_modified(long_ago())
            .unwrap()
    };
    let again = |scratch: &Scratch| {
        drop(scratch.write(LIB, fs::read_to_string(scratch.path().join(LIB)).unwrap()))
    };
    let copy = |scratch: &Scratch| {
        fs::copy(scratch.path().join(LIB), scratch.path().join("target/kept")).unwrap();
        set_time(&scratch.path().join("target/kept"));
        fs::rename(scratch.path().join("target/kept"), scratch.path().join(LIB)).unwrap();
    };
    let cases: [Rewrite; 9] = [
        ("nothing", &|_| {}, &[]),
        ("written", &again, &[LIB]),
        (
            "written, with the old time",
            &|s| (again(s), set_time(&s.path().join(LIB))).1,
            &[LIB],
        ),
        ("replaced by a copy with its time", &copy, &[LIB]),
        (
            "a directory moved away and back",
            &|s| {
                let (src, other) = (s.path().join("src"), s.path().join("target/src"));
                fs::rename(&src, &other).unwrap();
                fs::rename(&other, &src).unwrap();
            },
            &["src"],
        ),
        (
            "read",
            &|s| drop(fs::read(s.path().join(LIB)).unwrap()),
            &[],
        ),
        (
            "a file left in a directory and removed",
            &|s| fs::remove_file(s.write("src/tmp", "")).unwrap(),
            &[],
        ),
        (
            "Cargo.lock",
            &|s| drop(s.write("Cargo.lock", "version = 4\n")),
            &[],
        ),
        (
            "generated module",
            &|s| drop(s.write("src/local.rs", "")),
            &[],
        ),
    ];
    for (what, change, expected) in cases {
        let (scratch, store) = workspace(true);
        scratch.write(".gitignore", "/target/\nlocal*\n");
        scratch.write("src/local.rs", "");
        for path in [LIB, "src/local.rs", "Cargo.lock"].map(|name| scratch.path().join(name)) {
            set_time(&path);
        }
        let before = take(&scratch, &store, later());
        // The file system's clock may not have moved since these were made.
        std::iter::repeat_with(|| scratch.write("target/clock", ""))
            .find(|path| is_later_than_all(path, &before));
        change(&scratch);
        let after = take(&scratch, &store, later());
        assert_eq!(before.changed(&after), [""; 0], "{what}");
        assert_eq!(before.rewritten(&after), expected, "{what}");
    }
}

/// Whether a file was written later than everything else.
#[cfg(unix)]
fn is_later_than_all(path: &Path, tree: &Fingerprint) -> bool {
    let written = Written::from(Stamp::of(path).unwrap());
    tree.written
        .iter()
        .chain(tree.directories.values())
        .all(|other| other.changed < written.changed)
}

/// `--target-dir`, `CARGO_TARGET_DIR` and `build.build-dir` can name any directory.
#[test]
fn build_output_that_git_does_not_ignore_is_no_source_unless_git_tracks_it() {
    const TAG: &str = "# This file is a cache directory tag created by cargo.\n";
    for (name, text, tracked, counts) in [
        ("out/debug/deps/a.rs", TAG, None, false),
        ("out/x", TAG, None, false),
        (
            "out/x",
            "# This file is a cache directory tag created by another tool.\n",
            None,
            true,
        ),
        ("out/x", TAG, Some("out/CACHEDIR.TAG"), true),
        ("out/debug/x", TAG, Some("out/kept"), true),
        ("src/out/x.rs", TAG, None, false),
    ] {
        let (scratch, store) = workspace(true);
        let dir = if name.starts_with("src") {
            "src/out"
        } else {
            "out"
        };
        if let Some(tracked) = tracked {
            scratch.write(tracked, text);
            git(scratch.path(), &["add", tracked]);
        }
        let before = take(&scratch, &store, later());
        scratch.write(&format!("{dir}/CACHEDIR.TAG"), text);
        scratch.write(name, "1");
        let after = take(&scratch, &store, later());
        assert_eq!(
            after.files.contains(&name.to_owned()),
            counts,
            "{name} {tracked:?}"
        );
        assert_eq!(
            before.changed(&after).is_empty(),
            !counts,
            "{name} {tracked:?}"
        );
        scratch.write(&format!("{dir}/release/new/file"), "1");
        let seen = take(&scratch, &store, later()).remembered;
        assert_eq!(
            seen, !counts,
            "{name} {tracked:?}: a directory of build output is watched"
        );
    }
}

#[test]
fn repositories_inside_count_file_by_file() {
    let (scratch, store) = workspace(true);
    scratch.write("vendor/.gitignore", "*.o\n");
    scratch.write("vendor/src/lib.rs", "1");
    scratch.write("vendor/x.o", "");
    git(&scratch.path().join("vendor"), &["init", "--quiet"]);
    let before = take(&scratch, &store, later());
    let files: BTreeSet<_> = before.files.iter().map(String::as_str).collect();
    assert!(
        files.contains("vendor/src/lib.rs") && !files.contains("vendor/x.o"),
        "{files:?}"
    );
    scratch.write("vendor/src/lib.rs", "2");
    assert_ne!(take(&scratch, &store, later()).digest, before.digest);
}

#[test]
fn a_workspace_that_the_repository_around_it_ignores_is_walked() {
    let outer = Scratch::new();
    git(outer.path(), &["init", "--quiet"]);
    outer.write(".gitignore", "inner\n");
    outer.write("inner/Cargo.toml", "");
    outer.write("inner/src/lib.rs", "");
    let root = outer.path().join("inner");
    let found = fingerprint(&root, &Store::open(&root), later(), None).unwrap();
    assert_eq!(found.files, ["Cargo.toml", "src/lib.rs"]);
}

#[test]
fn a_new_member_with_the_same_lints_leaves_the_lint_digest() {
    let (scratch, store) = workspace(false);
    let before = take(&scratch, &store, later());
    scratch.write(
        "b/Cargo.toml",
        "[package]\nname = \"b\"\n[lints.rust]\nunused = \"warn\" # too\n",
    );
    let same = take(&scratch, &store, later());
    assert_ne!(same.digest, before.digest);
    assert_eq!(same.lints, before.lints);
    scratch.write("clippy.toml", "msrv = \"1.89\"\n");
    let after = take(&scratch, &store, later());
    assert_eq!(after.lints, before.lints);
    assert_ne!(after.clippy_toml, before.clippy_toml);
    assert_eq!(after.rustfmt_toml, before.rustfmt_toml);
}

#[test]
fn a_damaged_memory_is_worth_nothing_and_harms_nothing() {
    let (scratch, store) = workspace(false);
    let expected = take(&scratch, &store, later());
    let index = store.cached(INDEX).unwrap();
    assert_eq!(Index::decode(&index).unwrap().encode(), index);
    for end in 0..index.len() {
        assert_eq!(Index::decode(&index[..end]), None, "cut at {end}");
        let mut flipped = index.clone();
        flipped[end] ^= 1 << (end % 8);
        assert_eq!(Index::decode(&flipped), None, "flipped at {end}");
    }
    store.cache(INDEX, &index[..index.len() / 2]).unwrap();
    assert_eq!(take(&scratch, &store, later()), expected);
}

/// With a checksum that fits.
fn a_forged_memory_is_refused_or_read_for_good(rounds: usize) {
    let (scratch, store) = workspace(false);
    take(&scratch, &store, later());
    let index = store.cached(INDEX).unwrap();
    let body = &index[..index.len() - 65];
    let spice: [&[u8]; 7] = [
        b"\0",
        b" ",
        b"d ",
        b"-1 ",
        b"99999999999999999999999999999999999999999 ",
        b"\xff",
        b"0",
    ];
    damage::survive("memories", rounds, |random, _| {
        let mut forged = random.spoil(body, &spice);
        let sum = Hash::of(&forged).hex();
        forged.extend_from_slice(sum.as_bytes());
        forged.push(0);
        let Some(read) = Index::decode(&forged) else {
            return 0;
        };
        assert_eq!(Index::decode(&read.encode()), Some(read));
        1
    });
}

#[test]
fn no_damage_makes_reading_a_memory_panic() {
    a_forged_memory_is_refused_or_read_for_good(2000);
}

#[test]
#[ignore = "long: 1 minute"]
fn no_damage_makes_reading_a_memory_panic_however_often_it_is_tried() {
    a_forged_memory_is_refused_or_read_for_good(2000 * damage::LONG);
}

#[test]
fn many_files_are_shared_out_and_come_back_in_order() {
    for count in [0, 1, SHARE, SHARE + 1, SHARE * 5 + 3] {
        let items: Vec<usize> = (0..count).collect();
        assert_eq!(
            shared(&items, |n| n * 2),
            items.iter().map(|n| n * 2).collect::<Vec<_>>()
        );
    }
}

#[test]
fn no_root_is_an_error_and_no_store_is_none() {
    let scratch = Scratch::new();
    assert!(
        fingerprint(
            &scratch.path().join("none"),
            &Store::open(scratch.path()),
            later(),
            None
        )
        .is_err()
    );
    scratch.write("a.rs", "");
    assert_eq!(
        take(&scratch, &Store::open(scratch.path()), later()).files,
        ["a.rs"]
    );
    assert!(!scratch.path().join(".campaign").exists());
}

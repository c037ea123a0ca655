use std::process::Command;

use super::*;
use crate::judge::FileMap;
use crate::tests::Scratch;
use crate::tests::damage::{self, Random};

/// Runs git for a fixture, untouched by the user's configuration; what it printed.
pub(crate) fn git(dir: &Path, args: &[&str]) -> String {
    let mut command = Command::new("git");
    command.current_dir(dir).args([
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.com",
        "-c",
        "commit.gpgsign=false",
    ]);
    command
        .args([
            "-c",
            "init.defaultBranch=main",
            "-c",
            "protocol.file.allow=always",
        ])
        .args(args);
    for name in SCRUBBED {
        command.env_remove(name);
    }
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "git {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A repository with one commit of `src/lib.rs` (ten lines) and `src/a b.rs`.
fn repository() -> Scratch {
    let scratch = Scratch::new();
    git(scratch.path(), &["init", "--quiet"]);
    scratch.write("src/lib.rs", lines(1..=10));
    scratch.write("src/a b.rs", lines(100..=140));
    commit(&scratch);
    scratch
}

fn lines(range: std::ops::RangeInclusive<u32>) -> String {
    range.map(|n| format!("line {n}\n")).collect()
}

fn commit(scratch: &Scratch) -> String {
    git(scratch.path(), &["add", "--all"]);
    git(
        scratch.path(),
        &["commit", "--quiet", "--allow-empty", "--message", "m"],
    );
    git(scratch.path(), &["rev-parse", "HEAD"])
}

#[test]
fn standing_tells_commit_branch_and_dirt() {
    let scratch = repository();
    let head = git(scratch.path(), &["rev-parse", "HEAD"]);
    let main = Standing {
        commit: Some(head),
        branch: Some("main".into()),
        dirty: false,
    };
    let standing = || Git::discover(scratch.path()).unwrap().standing().unwrap();
    assert_eq!(standing(), main);

    scratch.write(".campaign/baseline.json", "{}");
    scratch.write("campaign.toml", "[gates]");
    assert_eq!(standing(), main, "our own files are no dirt");
    scratch.write("new.rs", "");
    assert_eq!(
        standing(),
        Standing {
            dirty: true,
            ..main.clone()
        },
        "an untracked file is"
    );
    std::fs::remove_file(scratch.path().join("new.rs")).unwrap();
    scratch.write("src/lib.rs", "changed");
    assert_eq!(
        standing(),
        Standing {
            dirty: true,
            ..main.clone()
        }
    );
    git(
        scratch.path(),
        &["checkout", "--quiet", "--force", "--detach"],
    );
    assert_eq!(
        standing(),
        Standing {
            branch: None,
            ..main
        }
    );
}

#[cfg(unix)]
#[test]
fn directory_may_have_a_line_break_in_its_name() {
    let scratch = Scratch::new();
    let top = scratch.path().join("o\nuter");
    scratch.write("o\nuter/w\ns/a.rs", "1");
    git(&top, &["init", "--quiet"]);
    git(&top, &["add", "--all"]);
    git(&top, &["commit", "--quiet", "--message", "m"]);
    let inner = Git::at(&top.join("w\ns"));
    assert_eq!(inner.top().unwrap(), top.canonicalize().unwrap());
    assert_eq!(inner.prefix().unwrap(), "w\ns/");
    assert_eq!(inner.operation().unwrap(), None);
    assert_eq!(inner.contents(scratch.path()).unwrap(), Contents::default());
    assert_eq!(inner.log(&[]).unwrap().commits[0].files, ["a.rs"]);
    scratch.write("o\nuter/w\ns/a.rs", "2");
    scratch.write("o\nuter/.git/MERGE_HEAD", "");
    assert_eq!(inner.changed().unwrap(), ["a.rs"]);
    assert_eq!(inner.operation().unwrap(), Some("merge"));
}

#[test]
fn files_are_found_by_name_and_their_dirt_is_told() {
    let scratch = repository();
    for file in [
        "Cargo.toml",
        "a b/Cargo.toml",
        "a/ü/Cargo.toml",
        "a/Cargo.toml.bak",
        "gone/Cargo.toml",
        "[x]/Cargo.toml",
    ] {
        scratch.write(file, "");
    }
    commit(&scratch);
    scratch.write(".gitignore", "ignored/\n");
    scratch.write("ignored/Cargo.toml", "");
    scratch.write("new/Cargo.toml", "");
    scratch.write("a b/Cargo.toml", "changed");
    std::fs::remove_dir_all(scratch.path().join("gone")).unwrap();
    let git = Git::at(scratch.path());
    let all = [
        "Cargo.toml",
        "[x]/Cargo.toml",
        "a b/Cargo.toml",
        "a/ü/Cargo.toml",
        "gone/Cargo.toml",
        "new/Cargo.toml",
    ];
    assert_eq!(git.ls_named(&["Cargo.toml"]).unwrap(), all);
    assert_eq!(
        git.dirty(&all).unwrap(),
        ["a b/Cargo.toml", "gone/Cargo.toml", "new/Cargo.toml"]
    );
    assert_eq!(
        git.dirty(&["Cargo.toml", "ignored/Cargo.toml", "[x]/Cargo.toml"])
            .unwrap(),
        Vec::<String>::new()
    );
    assert_eq!(git.dirty(&[]).unwrap(), Vec::<String>::new());
    let below = Git::at(&scratch.path().join("a b"));
    assert_eq!(below.ls_named(&["Cargo.toml"]).unwrap(), ["Cargo.toml"]);
    assert_eq!(below.dirty(&["Cargo.toml"]).unwrap(), ["Cargo.toml"]);
}

#[test]
fn before_the_first_commit_there_is_a_branch_and_no_commit() {
    let scratch = Scratch::new();
    git(scratch.path(), &["init", "--quiet"]);
    let expected = Standing {
        commit: None,
        branch: Some("main".into()),
        dirty: false,
    };
    assert_eq!(Git::at(scratch.path()).standing(), Ok(expected));
}

#[test]
fn no_repository_is_told_from_a_refused_one_and_from_other_failures() {
    let scratch = Scratch::new();
    assert_eq!(Git::discover(scratch.path()), Err(Trouble::NotARepository));
    git(scratch.path(), &["init", "--quiet", "--bare"]);
    assert_eq!(
        Git::discover(scratch.path()),
        Err(Trouble::NotARepository),
        "a bare one has no files"
    );

    let cases = [
        (
            "fatal: not a git repository (or any of the parent directories): .git\n",
            Trouble::NotARepository,
        ),
        (
            "fatal: detected dubious ownership in repository at '/x'\nTo add an exception ..\n",
            Trouble::Refused("detected dubious ownership in repository at '/x'".into()),
        ),
        ("\nerror: bad tree\n", failed("status", "bad tree")),
        ("", failed("status", "no message")),
    ];
    for (stderr, expected) in cases {
        assert_eq!(classify("status", stderr), expected, "{stderr}");
        assert!(!expected.to_string().is_empty());
    }
}

#[test]
fn a_listing_has_tracked_and_untracked_but_not_ignored_files() {
    let scratch = repository();
    scratch.write(".gitignore", "*.tmp\n");
    scratch.write("x.tmp", "");
    scratch.write("a\n\"b.rs", "");
    let listed = Git::at(scratch.path()).ls_files().unwrap();
    let mut listed: Vec<_> = listed
        .into_iter()
        .map(|listed| (listed.name, listed.tracked))
        .collect();
    listed.sort();
    let expected = [
        (".gitignore", false),
        ("a\n\"b.rs", false),
        ("src/a b.rs", true),
        ("src/lib.rs", true),
    ];
    assert_eq!(
        listed,
        expected.map(|(name, tracked)| (name.as_bytes().to_vec(), tracked))
    );
}

#[test]
fn only_directories_that_match_a_pattern_are_ignored_as_a_whole() {
    let scratch = repository();
    scratch.write(".gitignore", "out/\nkeep/*\n.DS_Store\n");
    scratch.write("out/x", "");
    scratch.write("keep/deep/x", "");
    scratch.write("a\nb/.DS_Store", "");
    let git = Git::at(scratch.path());
    let dirs: [&[u8]; 5] = [b"out", b"keep", b"keep/deep", b"a\nb", b"src"];
    let expected = [b"keep/deep".to_vec(), b"out".to_vec()];
    assert_eq!(git.ignored(&dirs).unwrap(), BTreeSet::from(expected));
    assert_eq!(git.ignored(&[b"src"]).unwrap(), BTreeSet::new());
    assert_eq!(git.ignored(&[]).unwrap(), BTreeSet::new());
    assert_eq!(
        Git::at(Path::new("/")).ignored(&[b"src"]),
        Err(Trouble::NotARepository)
    );
}

#[test]
fn lines_are_followed_through_edits_and_renames() {
    let scratch = repository();
    let base = git(scratch.path(), &["rev-parse", "HEAD"]);
    scratch.write(
        "src/lib.rs",
        lines(1..=3) + "more\nand more\n" + &lines(6..=10),
    );
    git(scratch.path(), &["mv", "src/a b.rs", "src/c\td.rs"]);
    git(scratch.path(), &["config", "diff.noprefix", "true"]);
    git(scratch.path(), &["config", "diff.interHunkContext", "50"]);
    git(scratch.path(), &["config", "diff.external", "false"]);
    let map = Git::at(scratch.path())
        .diff_lines(&base, None, Scratch::new().path())
        .unwrap();
    assert_eq!(
        map.files["src/lib.rs"],
        FileMap {
            to: Some("src/lib.rs".into()),
            hunks: vec![(4, 2, 4, 2)]
        }
    );
    assert_eq!(
        map.files["src/a b.rs"],
        FileMap {
            to: Some("src/c\td.rs".into()),
            hunks: vec![]
        }
    );
    assert_eq!(map.files.len(), 2);

    scratch.write("src/lib.rs", "all is new\n");
    let head = commit(&scratch);
    scratch.write("src/lib.rs", lines(1..=10));
    let to_head = Git::at(scratch.path())
        .diff_lines(&base, Some(&head), Scratch::new().path())
        .unwrap();
    assert_eq!(
        to_head.files["src/lib.rs"].hunks,
        [(1, 10, 1, 1)],
        "of the commit, not of the working tree"
    );
    let to_tree = Git::at(scratch.path())
        .diff_lines(&base, None, Scratch::new().path())
        .unwrap();
    assert_eq!(to_tree.files.get("src/lib.rs"), None);

    scratch.write("src/lib.rs", "changed\n");
    let below = Git::at(&scratch.path().join("src"))
        .diff_lines(&base, None, Scratch::new().path())
        .unwrap();
    assert!(
        below.files.contains_key("lib.rs"),
        "names are relative to the folder asked from"
    );
}

/// What was done to the file, a command after it, and the name that it has now.
type Renamed = (&'static str, &'static [&'static str], Option<&'static str>);

const FORGET: &[&str] = &["rm", "--cached", "src/a b.rs"];
const ADD: &[&str] = &["add", "-N", "src/new b.rs"];

#[test]
fn files_that_are_not_in_the_index_are_renamed_ones() {
    let cases: [Renamed; 4] = [
        ("moved", &[], Some("src/new b.rs")),
        ("moved", FORGET, Some("src/new b.rs")),
        ("kept", FORGET, Some("src/a b.rs")),
        ("moved", ADD, Some("src/new b.rs")),
    ];
    for (done, command, expected) in cases {
        let (elsewhere, scratch) = (Scratch::new(), repository());
        let base = git(scratch.path(), &["rev-parse", "HEAD"]);
        scratch.write("src/other.rs", "unlike\n");
        let now = if done == "moved" {
            let path = |name| scratch.path().join(name);
            std::fs::rename(path("src/a b.rs"), path("src/new b.rs")).unwrap();
            "src/new b.rs"
        } else {
            "src/a b.rs"
        };
        scratch.write(now, lines(100..=140) + "more\n");
        if !command.is_empty() {
            git(scratch.path(), command);
        }
        let index = git(scratch.path(), &["ls-files", "--stage", "--debug"]);
        let objects = git(scratch.path(), &["count-objects"]);

        let [map, below] = ["", "src"].map(|directory| {
            let asked = Git::at(&scratch.path().join(directory));
            asked.diff_lines(&base, None, elsewhere.path()).unwrap()
        });
        let found = &map.files["src/a b.rs"];
        assert_eq!(found.to.as_deref(), expected, "{done} {command:?}");
        assert_eq!(found.hunks.len(), 1, "{done} {command:?}");
        assert_eq!(below.files["a b.rs"].hunks, found.hunks);
        assert_eq!(
            Vec::from_iter(map.new),
            ["src/other.rs"],
            "{done} {command:?}"
        );
        let index_now = git(scratch.path(), &["ls-files", "--stage", "--debug"]);
        assert_eq!(index_now, index, "{done} {command:?}");
        assert_eq!(git(scratch.path(), &["count-objects"]), objects);
    }
}

#[test]
fn commits_are_counted_and_dated() {
    let scratch = repository();
    let base = git(scratch.path(), &["rev-parse", "HEAD"]);
    scratch.write("x", "1");
    commit(&scratch);
    scratch.write("x", "2");
    let head = commit(&scratch);
    let asked = Git::at(scratch.path());
    assert_eq!(asked.commits_between(&base, &head), Ok(2));
    assert_eq!(
        asked.commit_time(&head).unwrap().to_string(),
        git(scratch.path(), &["log", "-1", "--format=%ct"])
    );
}

#[test]
fn what_is_no_commit_of_this_clone_never_reaches_git_as_an_option() {
    let scratch = repository();
    let asked = Git::at(scratch.path());
    let base = git(scratch.path(), &["rev-parse", "HEAD"]);
    for commit in [
        "--output=/tmp/x",
        "HEAD",
        "",
        "abc",
        "main",
        "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
    ] {
        let unknown = Trouble::UnknownCommit {
            commit: commit.into(),
            shallow: false,
        };
        assert_eq!(
            asked.diff_lines(commit, None, Scratch::new().path()),
            Err(unknown.clone()),
            "{commit}"
        );
        assert_eq!(
            asked.diff_lines(&base, Some(commit), Scratch::new().path()),
            Err(unknown.clone()),
            "{commit}"
        );
        assert_eq!(asked.commit_time(commit), Err(unknown), "{commit}");
    }
}

#[test]
fn a_cut_history_is_known_for_one() {
    let origin = repository();
    let base = git(origin.path(), &["rev-parse", "HEAD"]);
    origin.write("x", "1");
    commit(&origin);
    let clone = Scratch::new();
    let url = format!("file://{}", origin.path().display());
    git(clone.path(), &["clone", "--quiet", "--depth=1", &url, "."]);
    let asked = Git::discover(clone.path()).unwrap();
    assert_eq!(asked.is_shallow(), Ok(true));
    let trouble = asked
        .diff_lines(&base, None, Scratch::new().path())
        .unwrap_err();
    assert_eq!(
        trouble,
        Trouble::UnknownCommit {
            commit: base,
            shallow: true
        }
    );
    assert_eq!(trouble.hint().as_deref(), Some("git fetch --unshallow"));
}

#[test]
fn nothing_that_the_repository_configures_is_run() {
    let scratch = repository();
    let base = git(scratch.path(), &["rev-parse", "HEAD"]);
    let sentinel = scratch.path().join("ran");
    let script = scratch.write(
        "evil.sh",
        format!("#!/bin/sh\ntouch '{}'\n", sentinel.display()),
    );
    #[cfg(unix)]
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let script = script.to_str().unwrap();
    for key in [
        "core.fsmonitor",
        "diff.external",
        "core.pager",
        "diff.evil.textconv",
        "diff.evil.command",
    ] {
        git(scratch.path(), &["config", key, script]);
    }
    scratch.write(".gitattributes", "*.rs diff=evil\n");
    scratch.write("src/lib.rs", "other");
    let asked = Git::discover(scratch.path()).unwrap();
    assert!(asked.standing().unwrap().dirty);
    assert!(!asked.ls_files().unwrap().is_empty());
    assert_eq!(
        asked
            .diff_lines(&base, None, Scratch::new().path())
            .unwrap()
            .files["src/lib.rs"]
            .hunks,
        [(1, 10, 1, 1)]
    );
    assert!(!sentinel.exists());
}

/// Lines of few kinds, so that many are alike.
fn alike(random: &mut Random, count: usize) -> Vec<String> {
    (0..count)
        .map(|_| {
            format!(
                "{}\n",
                random.pick(&["a", "b", "", "}", "--- a/x", "@@ -1 +1 @@", "\\ no"])
            )
        })
        .collect()
}

/// Replaces, removes, inserts and moves runs of lines.
fn edited(random: &mut Random, mut lines: Vec<String>) -> Vec<String> {
    for _ in 0..=random.below(6) {
        let from = random.below(lines.len() + 1);
        let to = (from + random.below(6)).min(lines.len());
        let count = random.below(5);
        let put = if random.below(4) == 0 {
            lines[from..to].to_vec()
        } else {
            alike(random, count)
        };
        let cut: Vec<String> = lines.splice(from..to, put).collect();
        if random.below(3) == 0 {
            let at = random.below(lines.len() + 1);
            drop(lines.splice(at..at, cut));
        }
    }
    lines
}

/// Git's own map, held against the text: mapped lines are equal and in order, and nothing else is left out.
fn lines_that_map_are_equal_and_all_others_were_edited(rounds: usize) {
    let scratch = repository();
    damage::survive("edits", rounds, |random, _| {
        let count = random.below(60);
        let before = alike(random, count);
        scratch.write("x.rs", before.concat());
        let base = commit(&scratch);
        let after = edited(random, before.clone());
        scratch.write("x.rs", after.concat());
        let map = Git::at(scratch.path())
            .diff_lines(&base, None, Scratch::new().path())
            .unwrap();
        let mut mapped: Vec<(u32, u32)> = Vec::new();
        for (number, line) in (1..).zip(&before) {
            let Some((_, at)) = map.head("x.rs", number) else {
                continue;
            };
            assert_eq!(
                after.get(at as usize - 1),
                Some(line),
                "{number} to {at}: {before:?} {after:?}"
            );
            mapped.push((number, at));
        }
        assert!(mapped.is_sorted_by(|a, b| a.1 < b.1), "{mapped:?}");
        let removed: u32 = map
            .files
            .get("x.rs")
            .map_or(0, |file| file.hunks.iter().map(|hunk| hunk.1).sum());
        assert_eq!(mapped.len() + removed as usize, before.len());
        mapped.len()
    });
}

#[test]
fn the_line_map_fits_the_text_of_both_sides() {
    lines_that_map_are_equal_and_all_others_were_edited(6);
}

#[test]
#[ignore = "long: 1 minute"]
fn the_line_map_fits_the_text_of_both_sides_however_often_it_is_tried() {
    lines_that_map_are_equal_and_all_others_were_edited(6 * damage::LONG);
}

#[cfg(unix)]
#[test]
fn command_that_never_answers_is_killed() {
    let mut command = Command::new("sleep");
    command.arg("1000");
    let error = finish(command, &[], Duration::from_millis(50)).unwrap_err();
    assert_eq!(error.to_string(), "no answer within 0 s");
}

use std::path::Path;

use super::super::tests::git;
use super::*;
use crate::tests::Scratch;

/// A repository in which every commit touches the files named; what the commits are called is their message.
fn repository(commits: &[(&str, &[&str])]) -> Scratch {
    let scratch = Scratch::new();
    git(scratch.path(), &["init", "--quiet"]);
    for (message, files) in commits {
        commit(&scratch, message, files);
    }
    scratch
}

fn commit(scratch: &Scratch, message: &str, files: &[&str]) -> String {
    for file in files {
        scratch.write(file, message);
    }
    git(scratch.path(), &["add", "--all"]);
    git(
        scratch.path(),
        &["commit", "--quiet", "--allow-empty", "--message", message],
    );
    git(scratch.path(), &["rev-parse", "HEAD"])
}

/// `message: files`, newest first.
fn shown(dir: &Path, bases: &[String]) -> Vec<String> {
    let log = Git::at(dir).log(bases).unwrap();
    log.commits
        .iter()
        .map(|commit| format!("{}: {}", commit.message.trim(), commit.files.join(" ")))
        .collect()
}

#[test]
fn commits_come_with_their_files_newest_first() {
    let scratch = repository(&[
        ("one", &["a", "core/b c"]),
        ("two\n\nbody\n", &["core/é"]),
        ("none", &[]),
    ]);
    assert_eq!(
        shown(scratch.path(), &[]),
        ["none: ", "two\n\nbody: core/é", "one: a core/b c"]
    );
    let core = scratch.path().join("core");
    assert_eq!(
        shown(&core, &[]),
        ["none: ", "two\n\nbody: é", "one: ../a b c"]
    );
    let first = git(scratch.path(), &["rev-parse", "HEAD~2"]);
    assert_eq!(
        shown(scratch.path(), &[first]),
        ["none: ", "two\n\nbody: core/é"]
    );
}

#[test]
fn merges_have_the_files_that_they_bring_in_and_settings_change_nothing() {
    let scratch = repository(&[("root", &["a"])]);
    git(scratch.path(), &["checkout", "--quiet", "-b", "side"]);
    commit(&scratch, "side", &["b"]);
    git(scratch.path(), &["checkout", "--quiet", "main"]);
    commit(&scratch, "main", &["c"]);
    git(
        scratch.path(),
        &["merge", "--quiet", "--no-ff", "--message", "merge", "side"],
    );
    for (key, value) in [
        ("log.diffMerges", "off"),
        ("diff.renames", "copies"),
        ("log.showSignature", "true"),
        ("i18n.logOutputEncoding", "UTF-16"),
        ("log.showRoot", "false"),
        ("color.ui", "always"),
        ("diff.relative", "true"),
        ("diff.noprefix", "true"),
        ("core.quotePath", "true"),
    ] {
        git(scratch.path(), &["config", key, value]);
    }
    let mut found = shown(scratch.path(), &[]);
    found.sort();
    assert_eq!(found, ["main: c", "merge: b", "root: a", "side: b"]);
    let log = Git::at(scratch.path()).log(&[]).unwrap();
    assert_eq!(log.commits[0].parents.len(), 2);
}

#[test]
fn several_bases_reach_down_to_what_they_have_in_common() {
    let scratch = repository(&[
        ("one", &["a"]),
        ("two", &["a"]),
        ("three", &["a"]),
        ("four", &["a"]),
    ]);
    let id = |name: &str| git(scratch.path(), &["rev-parse", name]);
    assert_eq!(
        shown(scratch.path(), &[id("HEAD~1"), id("HEAD~2")]),
        ["four: a", "three: a"]
    );
    git(
        scratch.path(),
        &["checkout", "--quiet", "--orphan", "other"],
    );
    let other = commit(&scratch, "other", &["a"]);
    git(scratch.path(), &["checkout", "--quiet", "main"]);
    assert_eq!(
        shown(scratch.path(), &[id("HEAD"), other]).len(),
        4,
        "nothing in common"
    );
}

#[test]
fn tags_are_those_in_the_history_of_head() {
    let scratch = repository(&[("one", &["a"])]);
    let head = git(scratch.path(), &["rev-parse", "HEAD"]);
    git(scratch.path(), &["tag", "v1.0.0"]);
    git(
        scratch.path(),
        &["tag", "--annotate", "--message", "x", "core-v1.0.0"],
    );
    git(scratch.path(), &["checkout", "--quiet", "-b", "side"]);
    commit(&scratch, "side", &["b"]);
    git(scratch.path(), &["tag", "v2.0.0"]);
    git(scratch.path(), &["checkout", "--quiet", "--detach", "main"]);
    let tag = |name: &str| Tag {
        name: name.into(),
        commit: head.clone(),
    };
    assert_eq!(
        Git::at(scratch.path()).tags(),
        Ok(vec![tag("core-v1.0.0"), tag("v1.0.0")])
    );
    let times = Git::at(scratch.path()).tag_times().unwrap();
    let names: Vec<&str> = times.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["core-v1.0.0", "v1.0.0"]);
    assert!(times.iter().all(|(_, time)| *time > 0), "{times:?}");
}

#[test]
fn a_repository_without_commits_has_an_empty_history() {
    let scratch = repository(&[]);
    assert_eq!(Git::at(scratch.path()).tags(), Ok(Vec::new()));
    assert_eq!(Git::at(scratch.path()).log(&[]), Ok(History::default()));
}

#[test]
fn a_cut_history_is_refused() {
    let origin = repository(&[("one", &["a"]), ("two", &["a"])]);
    let clone = Scratch::new();
    let url = format!("file://{}", origin.path().display());
    git(clone.path(), &["clone", "--quiet", "--depth=1", &url, "."]);
    let trouble = Git::at(clone.path()).log(&[]).unwrap_err();
    assert_eq!(trouble, Trouble::Shallow);
    assert_eq!(
        trouble.hint().as_deref(),
        Some("git fetch --unshallow --tags --force")
    );
}

#[test]
fn a_file_is_read_as_it_was() {
    let scratch = repository(&[("one", &["core/a"]), ("two", &["core/a"])]);
    let first = git(scratch.path(), &["rev-parse", "HEAD~1"]);
    let core = Git::at(&scratch.path().join("core"));
    assert_eq!(core.file_at(&first, "a"), Ok(Some(b"one".to_vec())));
    assert_eq!(core.file_at(&first, "none"), Ok(None));
    assert!(core.file_at("HEAD", "a").is_err(), "ids alone reach git");
}

#[test]
fn paths_are_seen_from_a_folder() {
    for (prefix, path, expected) in [
        ("", "a/b", "a/b"),
        ("a/", "a/b", "b"),
        ("a/", "ab/c", "../ab/c"),
        ("a/b/", "a/c", "../c"),
        ("a/b/", "c", "../../c"),
    ] {
        assert_eq!(relative(prefix, path), expected, "{prefix} {path}");
    }
}

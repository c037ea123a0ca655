use super::super::tests::git;
use super::*;
use crate::git::Divergence;
use crate::tests::Scratch;

/// A repository with a committed `Cargo.toml` and `rust/lib.rs`, its user named in its own configuration.
fn repository() -> (Scratch, Git) {
    let scratch = Scratch::new();
    git(scratch.path(), &["init", "--quiet"]);
    for (key, value) in [
        ("user.name", "t"),
        ("user.email", "t@example.com"),
        ("commit.gpgSign", "false"),
        ("tag.gpgSign", "false"),
    ] {
        git(scratch.path(), &["config", key, value]);
    }
    scratch.write("Cargo.toml", "1");
    scratch.write("rust/lib.rs", "1");
    scratch.write(".gitignore", "ignored\n");
    git(scratch.path(), &["add", "--all"]);
    git(
        scratch.path(),
        &["commit", "--quiet", "--message", "as found"],
    );
    let there = Git::at(scratch.path());
    (scratch, there)
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_commit_has_the_files_named_and_no_others() {
    let (scratch, there) = repository();
    for file in [
        "Cargo.toml",
        "rust/lib.rs",
        "new [1].md",
        "ignored",
        "stray",
    ] {
        scratch.write(file, "2");
    }
    git(scratch.path(), &["add", "rust/lib.rs"]);
    let id = there
        .commit(
            &names(&["Cargo.toml", "new [1].md", "ignored"]),
            "release 2.0.0\n\n# kept\n",
        )
        .unwrap();
    assert_eq!(id, git(scratch.path(), &["rev-parse", "HEAD"]));
    assert_eq!(
        git(scratch.path(), &["show", "--format=", "--name-only"]),
        "Cargo.toml\nnew [1].md"
    );
    assert_eq!(
        git(scratch.path(), &["log", "-1", "--format=%B"]),
        "release 2.0.0\n\n# kept"
    );
    assert_eq!(
        git(scratch.path(), &["status", "--porcelain"]),
        "M  rust/lib.rs\n?? stray",
        "what was staged is"
    );
    let head = there.head_commit().unwrap();
    assert_eq!(
        (head.title(), head.parents.len(), &head.id),
        ("release 2.0.0", 1, &id)
    );
}

#[test]
fn paths_are_seen_from_the_folder() {
    let (scratch, _) = repository();
    scratch.write("rust/lib.rs", "2");
    scratch.write("lib.rs", "another");
    let below = Git::at(&scratch.path().join("rust"));
    assert_eq!(below.changed().unwrap(), ["lib.rs", "../lib.rs"]);
    below.commit(&names(&["lib.rs"]), "m").unwrap();
    assert_eq!(
        git(scratch.path(), &["show", "--format=", "--name-only"]),
        "rust/lib.rs"
    );
    assert_eq!(below.changed().unwrap(), ["../lib.rs"]);
}

#[test]
fn a_tag_says_what_it_was_told_and_goes_again() {
    let (scratch, there) = repository();
    let head = git(scratch.path(), &["rev-parse", "HEAD"]);
    assert_eq!(there.tag_at("v1").unwrap(), None);
    there.tag("v1", &head, "v1\n\n### Added\n").unwrap();
    assert_eq!(there.tag_at("v1").unwrap(), Some(head.clone()));
    assert_eq!(there.tag_at("v").unwrap(), None, "a name is no prefix");
    assert_eq!(
        git(
            scratch.path(),
            &["tag", "--list", "--format=%(contents)", "v1"]
        ),
        "v1\n\n### Added"
    );
    let again = there.tag("v1", &head, "v1").unwrap_err().to_string();
    assert!(again.contains("already exists"), "{again}");
    there.untag("v1").unwrap();
    assert_eq!(there.tag_at("v1").unwrap(), None);
    let odd = there.tag_at("v 1").unwrap_err().to_string();
    assert!(odd.contains("`v 1` cannot be the name of a tag"), "{odd}");
}

#[test]
fn a_commit_is_taken_back_unless_somebody_was_quicker() {
    let (scratch, there) = repository();
    let base = git(scratch.path(), &["rev-parse", "HEAD"]);
    scratch.write("Cargo.toml", "2");
    scratch.write("new.md", "2");
    let files = names(&["Cargo.toml", "new.md"]);
    let made = there.commit(&files, "m").unwrap();
    there.step_back(&made, &base).unwrap();
    there.unstage(&files).unwrap();
    assert_eq!(
        git(scratch.path(), &["rev-parse", "main"]),
        base,
        "the branch went with HEAD"
    );
    assert_eq!(
        git(scratch.path(), &["status", "--porcelain"]),
        "M Cargo.toml\n?? new.md",
        "files stay"
    );
    assert!(there.step_back(&made, &base).is_err(), "HEAD is elsewhere");
    assert_eq!(git(scratch.path(), &["rev-parse", "HEAD"]), base);
}

#[test]
fn where_a_branch_stands_is_told_without_asking_anybody() {
    let (scratch, there) = repository();
    let origin = Scratch::new();
    let place = origin.path().to_string_lossy().into_owned();
    git(scratch.path(), &["clone", "--quiet", "--bare", ".", &place]);
    assert_eq!(there.divergence("main").unwrap(), None, "no upstream");
    git(scratch.path(), &["remote", "add", "origin", &place]);
    git(scratch.path(), &["fetch", "--quiet", "origin"]);
    git(
        scratch.path(),
        &["branch", "--quiet", "--set-upstream-to=origin/main"],
    );
    let divergence = |ahead, behind| Some(Divergence::Commits { ahead, behind });
    assert_eq!(there.divergence("main").unwrap(), divergence(0, 0));
    let head = git(scratch.path(), &["rev-parse", "HEAD"]);
    assert_eq!(
        there.pushed_to(&head).unwrap().as_deref(),
        Some("origin/main")
    );
    scratch.write("Cargo.toml", "2");
    let ours = there.commit(&names(&["Cargo.toml"]), "m").unwrap();
    assert_eq!(
        (
            there.divergence("main").unwrap(),
            there.pushed_to(&ours).unwrap()
        ),
        (divergence(1, 0), None)
    );
    git(
        scratch.path(),
        &["branch", "--quiet", "--force", "ahead", &ours],
    );
    git(scratch.path(), &["push", "--quiet", "origin", "ahead:main"]);
    git(scratch.path(), &["reset", "--quiet", "--hard", &head]);
    assert_eq!(there.divergence("main").unwrap(), divergence(0, 1));
    scratch.write("Cargo.toml", "3");
    there.commit(&names(&["Cargo.toml"]), "m").unwrap();
    assert_eq!(there.divergence("main").unwrap(), divergence(1, 1));
    git(
        scratch.path(),
        &["update-ref", "-d", "refs/remotes/origin/main"],
    );
    let gone = Divergence::Gone("origin/main".to_owned());
    assert_eq!(there.divergence("main").unwrap(), Some(gone));
}

#[test]
fn file_that_a_configured_filter_changes_is_found() {
    for (attributes, key, expected) in [
        ("", "", None),
        ("f filter=x\n", "", None),
        ("f filter=x\n", "filter.x.smudge", None),
        ("f filter=x\n", "filter.x.clean", Some("x")),
        ("f filter=x\n", "filter.x.process", Some("x")),
        ("g filter=x\n", "filter.x.clean", None),
        ("f filter=lfs\n", "filter.lfs.clean", None),
    ] {
        let scratch = Scratch::with(&[("f", ""), (".gitattributes", attributes)]);
        git(scratch.path(), &["init", "--quiet"]);
        if !key.is_empty() {
            git(scratch.path(), &["config", key, "cat"]);
        }
        let found = Git::at(scratch.path()).filtered(&["f".to_owned()]).unwrap();
        let expected = expected.map(|filter| ("f".to_owned(), filter.to_owned()));
        assert_eq!(found, expected, "{attributes:?} {key}");
    }
}

#[test]
fn lock_of_another_git_command_is_named_and_nothing_changes() {
    let (scratch, there) = repository();
    let head = git(scratch.path(), &["rev-parse", "HEAD"]);
    scratch.write("Cargo.toml", "2");
    let lock = scratch.write(".git/index.lock", "");
    for failed in [
        there.commit(&names(&["Cargo.toml"]), "m").map(|_| ()),
        there.unstage(&names(&["Cargo.toml"])),
    ] {
        let trouble = failed.unwrap_err();
        let is_named =
            matches!(&trouble, Trouble::Locked { file } if file.ends_with(".git/index.lock"));
        assert!(is_named, "{trouble}");
        let hint = trouble.hint().unwrap_or_default();
        assert!(hint.starts_with("wait for the other git command"), "{hint}");
    }
    assert_eq!(git(scratch.path(), &["rev-parse", "HEAD"]), head);
    std::fs::remove_file(lock).unwrap();
    assert!(there.commit(&names(&["Cargo.toml"]), "m").is_ok());
}

use super::super::{Log, NEW};
use super::*;

// said
#[test]
fn an_entry_is_known_by_its_words() {
    let text = "- **Breaking:** The `a_b` flag\n  is [gone](https://x/y) ([#12](https://h/pull/12)).\n* Other (abcdef1)\n";
    let doc = ParsedChangelog::read(text);
    let said = CommitMentions::read(&doc, 0..3);
    for known in [
        "the a_b flag is gone",
        "The `a\\_b` flag is gone.",
        "other",
        "Breaking: other (#99)",
    ] {
        assert!(said.entry(known, None), "{known}");
    }
    assert!(!said.entry("the flag is gone", None) && !said.entry("", None));
    assert!(said.number(12) && !said.number(1));
    assert!(said.commit("abcdef1234567890") && !said.commit("abcdef9234567890"));
}

#[test]
fn numbers_of_other_projects_are_not_ours() {
    for (text, known) in [
        ("- x #12", true),
        ("- x (#12)", true),
        ("- [#12]: y", true),
        ("- https://h/o/r/pull/12", true),
        ("- https://h/o/r/issues/12#issuecomment-3", true),
        ("- o/r#12", false),
        ("- #123", false),
        ("- 12", false),
    ] {
        let doc = ParsedChangelog::read(text);
        assert_eq!(CommitMentions::read(&doc, 0..1).number(12), known, "{text}");
    }
}

#[test]
fn drafting_again_adds_nothing_wherever_the_unreleased_section_is() {
    let release = "## [0.1.0] - 2026-01-01\n\n### Added\n\n- First.\n";
    let unreleased = "## [Unreleased]\n\n";
    let commit = Commit {
        id: "a".repeat(40),
        message: "fix: a thing".to_owned(),
        ..Commit::default()
    };
    let released = Version::new(0, 1, 0);
    let inputs = DraftInputs {
        commits: vec![&commit],
        released: Some(&released),
        ..DraftInputs::default()
    };
    for sections in [
        [unreleased, release].concat(),
        [release, "\n", unreleased].concat(),
    ] {
        let text = format!("# Changelog\n\n{sections}");
        let first = draft(&text, &inputs).unwrap();
        assert_eq!(first.suggestions.len(), 1, "{text}");
        let second = draft(&first.text, &inputs).unwrap();
        assert_eq!(second.text, first.text);
    }
}

#[test]
fn change_is_listed_only_by_an_entry_as_the_file_would_write_it() {
    for (scopes, listed, messages, expected) in [
        (
            true,
            "### Fixed\n\n- a: panic",
            &["fix(a): panic"][..],
            &[][..],
        ),
        (
            true,
            "",
            &["fix(a): panic", "fix(b): panic", "fix: panic"],
            &["a: panic", "b: panic", "panic"],
        ),
        (
            true,
            "### Fixed\n\n- Panic",
            &["fix(a): panic"],
            &["a: panic"],
        ),
        (false, "", &["fix(a): panic", "fix(b): panic"], &["panic"]),
        (
            false,
            "### Fixed\n\n- core: panic",
            &["fix(core): panic"],
            &[],
        ),
        (
            false,
            "### Fixed\n\n- *(core)* Panic",
            &["fix(core): panic"],
            &[],
        ),
        (
            false,
            "",
            &["fix: crash", "fix!: crash"],
            &["crash", "breaking crash"],
        ),
        (
            false,
            "",
            &["fix!: crash", "fix: crash"],
            &["breaking crash"],
        ),
        (
            false,
            "### Fixed\n\n- A thing.",
            &["feat!: a thing"],
            &["breaking a thing"],
        ),
        (
            false,
            "### Fixed\n\n- A thing.",
            &["feat: a thing"],
            &["a thing"],
        ),
        (false, "### Added\n\n- A thing.", &["fix: a thing"], &[]),
        (false, "### Removed\n\n- A thing.", &["feat!: a thing"], &[]),
        (
            false,
            "### Fixed\n\n- **Breaking:** A thing.",
            &["fix!: a thing"],
            &[],
        ),
        (false, "- A thing.", &["feat: a thing"], &[]),
        (
            false,
            "- A thing.",
            &["feat!: a thing"],
            &["breaking a thing"],
        ),
        (
            false,
            "### Fixed\n\n- Crash: use b",
            &["fix!: crash\n\nBREAKING CHANGE: use b"],
            &["breaking crash use b"],
        ),
    ] {
        let text = format!("# Changelog\n\n## [Unreleased]\n\n{listed}\n");
        let commits: Vec<Commit> = messages
            .iter()
            .zip("abcdef".chars())
            .map(|(message, id)| Commit {
                id: id.to_string().repeat(40),
                message: (*message).to_owned(),
                ..Commit::default()
            })
            .collect();
        let inputs = DraftInputs {
            commits: commits.iter().rev().collect(),
            scopes,
            ..DraftInputs::default()
        };
        let drafted = draft(&text, &inputs).unwrap();
        let entries = drafted.suggestions.iter().map(|one| {
            let mark = if one.breaking { "breaking " } else { "" };
            format!("{mark}{}", words(&one.text))
        });
        let expected: Vec<String> = expected
            .iter()
            .map(|entry| {
                let rest = entry.strip_prefix("breaking ");
                let mark = if rest.is_some() { "breaking " } else { "" };
                format!("{mark}{}", words(entry))
            })
            .collect();
        let mut entries: Vec<String> = entries.collect();
        entries.sort_by_key(|entry| expected.iter().position(|other| other == entry));
        assert_eq!(entries, expected, "{listed} {messages:?}");
        let again = draft(&drafted.text, &inputs).unwrap();
        assert_eq!(again.text, drafted.text, "{listed} {messages:?}");
    }
}

/// The message of a merge, those of the commits that it brings in, and the expected entries.
const MERGES: &[(&str, &[&str], &[&str])] = &[
    (
        "Merge pull request #4 from o/f\n\nfeat: function x",
        &["fix: a part", "address review"],
        &["Function x (#4)", "A part (#4)"],
    ),
    ("feat: function x (#4)", &["wip"], &["Function x (#4)"]),
    (
        "Merge branch 'f' into 'main'\n\nfeat!: function x\n\nSee merge request o/r!4",
        &["wip"],
        &["**Breaking:** Function x (ccccccc)"],
    ),
    // An entry once.
    ("feat: x (#4)", &["feat: x"], &["X (#4)"]),
    ("feat: x", &["feat: X."], &["X (aaaaaaa)"]),
    (
        "feat: x\n\nBREAKING CHANGE: call y",
        &["feat: x"],
        &["X (aaaaaaa)", "**Breaking:** X: call y (ccccccc)"],
    ),
    // A merge that says nothing.
    ("Merge branch 'main' into f", &["fix: a"], &["A (aaaaaaa)"]),
    ("Merge pull request #4 from o/f\n\nAdd x", &["wip"], &[]),
    ("docs: x (#4)", &["wip"], &[]),
];

#[test]
fn merge_is_drafted_if_the_version_level_counts_it() {
    let quiet = QuietFiles::default();
    for (message, inner, expected) in MERGES {
        let ids = ["a", "b"].map(|id| id.repeat(40));
        let merge = Commit {
            id: "c".repeat(40),
            message: (*message).to_owned(),
            parents: vec!["d".repeat(40), ids[inner.len() - 1].clone()],
            ..Commit::default()
        };
        let mut commits = vec![merge];
        for (at, message) in inner.iter().enumerate().rev() {
            commits.push(Commit {
                id: ids[at].clone(),
                message: (*message).to_owned(),
                parents: vec![
                    at.checked_sub(1)
                        .map_or("d".repeat(40), |at| ids[at].clone()),
                ],
                ..Commit::default()
            });
        }
        let commits = Log::new(commits).commits;
        let inputs = DraftInputs {
            commits: commits.iter().collect(),
            ..DraftInputs::default()
        };
        let drafted = draft(NEW, &inputs).unwrap();
        let entries = drafted.suggestions.iter();
        let entries: Vec<&str> = entries.map(|one| one.text.as_str()).collect();
        assert_eq!(entries, *expected, "{message}");
        let drafts_merge = drafted
            .suggestions
            .iter()
            .any(|one| one.commit == commits[0].id);
        let known = impact::impacts(&inputs.commits, &quiet, false).known;
        let counts = known
            .iter()
            .any(|(_, commit)| commit.starts_with("ccccccc"));
        let repeats = message.starts_with("feat: x\n") || *message == "feat: x";
        assert!(drafts_merge == counts || repeats, "{message}: {known:?}");
        let again = draft(&drafted.text, &inputs).unwrap();
        assert_eq!(again.text, drafted.text, "{message}");
    }
}

#[test]
fn listed_entry_of_a_reverted_commit_is_outdated() {
    for (entry, expected) in [
        ("- X (aaaaaaa)", [Fate::Outdated, Fate::Undone]),
        ("- Other (ccccccc)", [Fate::Undone, Fate::Undone]),
    ] {
        let commits = [("b", "Revert \"feat: x\""), ("a", "feat: x")].map(|(id, message)| Commit {
            id: id.repeat(40),
            message: message.to_owned(),
            ..Commit::default()
        });
        let inputs = DraftInputs {
            commits: commits.iter().collect(),
            ..DraftInputs::default()
        };
        let text = format!("# Changelog\n\n## Unreleased\n\n{entry}\n");
        let drafted = draft(&text, &inputs).unwrap();
        let fates: Vec<Fate> = drafted.commits.iter().map(|one| one.fate).collect();
        assert_eq!(fates, expected, "{entry}");
    }
}

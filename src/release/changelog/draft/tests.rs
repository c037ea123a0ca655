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
        assert!(said.entry(known), "{known}");
    }
    assert!(!said.entry("the flag is gone") && !said.entry(""));
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

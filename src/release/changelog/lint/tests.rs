//! What the recorded cases of `changelog::tests` cannot show.

use super::super::{Commit, CutInputs, DraftInputs, NotesPlace, cut, draft, notes, unread_section};
use super::*;
use crate::tests::hostile;

/// Finishes at once if the work grows with the size, and not for minutes.
#[test]
fn linting_a_huge_file_is_linear() {
    let mut text = "# Changelog\n\n".to_owned();
    for patch in (0..60_000).rev() {
        text += &format!("## [1.0.{patch}] - 2026-01-01\n\n- x\n\n");
    }
    for patch in (0..60_000).rev() {
        text += &format!("[1.0.{patch}]: https://h/o/r/releases/tag/v1.0.{patch}\n");
    }
    for _ in 0..60_000 {
        text += "## Unreleased\n";
    }
    let tagged = [Version::new(1, 0, 59_999)];
    let context = LintContext {
        today: "2026-11-20",
        published: Some(&text),
        tagged: Some(&tagged),
        ..LintContext::default()
    };
    let found = lint(&text, &context);
    assert!(
        found
            .iter()
            .all(|problem| matches!(problem.rule, Rule::Order | Rule::Duplicate))
    );
}

#[test]
fn linting_many_groups_is_linear() {
    let groups: String = (0..60_000)
        .map(|n| format!("### Group {n}\n\n- x {n}\n\n"))
        .collect();
    let text = format!("# Changelog\n\n## Unreleased\n\n{groups}");
    let found = lint(
        &text,
        &LintContext {
            today: "2026-11-20",
            ..LintContext::default()
        },
    );
    assert_eq!(found.len(), 60_000);
}

#[test]
fn unknown_heading_above_the_releases_is_a_problem_if_it_has_entries() {
    for (above, line) in [
        ("## Plans\n\n- x\n", Some(3)),
        ("## [Unreleased]\n\n## Plans\n\n- x\n", Some(5)),
        ("## Plans\n\nText.\n", None),
        ("### Plans\n\n- x\n", None),
        ("## Unreleased\n\n- x\n", None),
    ] {
        let text = format!("# Changelog\n\n{above}\n## 1.0.0\n\n- x\n");
        let found = lint(&text, &LintContext::default());
        let lines: Vec<u32> = found
            .iter()
            .filter(|problem| problem.rule == Rule::UnknownHeading)
            .map(|problem| problem.line)
            .collect();
        assert_eq!(lines, Vec::from_iter(line), "{above}");
        assert_eq!(unread_section(&text).map(|(line, _)| line), line, "{above}");
    }
}

#[test]
fn old_section_without_a_link_is_no_problem_beside_linked_ones() {
    let text = "# Changelog\n\n## [1.0.0] - 2026-01-02\n\n- x\n\n## [0.0.9] - 2026-01-01\n\n- y\n\n\
        [1.0.0]: https://h/o/r/compare/v0.0.9...v1.0.0\n";
    let tagged = [Version::new(1, 0, 0), Version::new(0, 0, 9)];
    for (tagged, all, lines) in [
        (&tagged[..], false, &[][..]),
        (&tagged[..], true, &[7]),
        (&tagged[..0], false, &[7]),
    ] {
        let context = LintContext {
            today: "2026-11-20",
            tagged: Some(tagged),
            all,
            ..LintContext::default()
        };
        let found = lint(text, &context);
        let found: Vec<u32> = found
            .iter()
            .filter(|problem| problem.rule == Rule::MissingLink)
            .map(|problem| problem.line)
            .collect();
        assert_eq!(found, lines, "{tagged:?}, all: {all}");
    }
}

#[test]
fn empty_group_of_unreleased_changes_is_a_placeholder_unless_linting_is_strict() {
    let text = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n### Fixed\n\n- x\n";
    for (all, lines) in [(false, &[][..]), (true, &[5])] {
        let context = LintContext {
            today: "2026-11-20",
            all,
            ..LintContext::default()
        };
        let found = lint(text, &context);
        let found: Vec<u32> = found
            .iter()
            .filter(|problem| problem.rule == Rule::Empty)
            .map(|problem| problem.line)
            .collect();
        assert_eq!(found, lines, "all: {all}");
    }
}

#[test]
fn the_link_of_an_open_release_compares_what_it_should() {
    for (url, problem) in [
        ("https://h/o/r/compare/v1.0.0...v1.1.0", None),
        ("https://h/o/r/releases/tag/v1.1.0", None),
        (
            "https://h/o/r/compare/v1.0.0..v1.1.0",
            Some("with two dots"),
        ),
        (
            "https://h/o/r/compare/v0.9.0...v1.1.0",
            Some("compares with 0.9.0, and the release below is 1.0.0"),
        ),
        (
            "https://h/other/r/compare/v1.0.0...v1.1.0",
            Some("leads to https://h/other/r"),
        ),
    ] {
        let text = format!(
            "# Changelog\n\n## [1.1.0] - 2026-01-02\n\n- x\n\n## [1.0.0] - 2026-01-01\n\n- y\n\n\
             [1.0.0]: https://h/o/r/compare/v0.9.0...v1.0.0\n[1.1.0]: {url}\n"
        );
        let tagged = [Version::new(1, 0, 0)];
        let found = lint(
            &text,
            &LintContext {
                today: "2026-11-20",
                tagged: Some(&tagged),
                ..LintContext::default()
            },
        );
        let messages: Vec<&str> = found
            .iter()
            .map(|problem| problem.message.as_str())
            .collect();
        assert_eq!(
            messages.len(),
            usize::from(problem.is_some()),
            "{url}: {messages:?}"
        );
        assert!(
            messages
                .iter()
                .zip(problem)
                .all(|(message, part)| message.contains(part)),
            "{url}: {messages:?}"
        );
    }
}

#[test]
fn link_that_a_release_writes_has_the_form_of_the_others_and_no_problem() {
    let bitbucket = "https://bitbucket.org/o/r/branches/compare";
    for (unreleased, written) in [
        (
            format!("{bitbucket}/HEAD..v1.0.0"),
            [
                format!("{bitbucket}/HEAD..v1.1.0"),
                format!("{bitbucket}/v1.1.0..v1.0.0"),
            ],
        ),
        (
            format!("{bitbucket}/HEAD%0Dv1.0.0"),
            [
                format!("{bitbucket}/HEAD%0Dv1.1.0"),
                format!("{bitbucket}/v1.1.0%0Dv1.0.0"),
            ],
        ),
        (
            "https://h/o/r/compare/v1.0.0..HEAD".to_owned(),
            ["v1.1.0..HEAD", "v1.0.0..v1.1.0"]
                .map(|range| format!("https://h/o/r/compare/{range}")),
        ),
    ] {
        let text = format!(
            "# Changelog\n\n## [Unreleased]\n\n- x\n\n## [1.0.0] - 2026-01-01\n\n- y\n\n\
             [Unreleased]: {unreleased}\n[1.0.0]: https://bitbucket.org/o/r/src/v1.0.0\n"
        );
        let release = CutInputs {
            version: &Version::new(1, 1, 0),
            name: "",
            others: &[],
            date: "2026-01-02",
            template: None,
            repository: None,
        };
        let text = cut(&text, &release).unwrap();
        let [unreleased, released] = written;
        let links = format!("[Unreleased]: {unreleased}\n[1.1.0]: {released}\n");
        assert!(text.contains(&links), "{text}");
        let found = lint(
            &text,
            &LintContext {
                today: "2026-11-20",
                tagged: Some(&[Version::new(1, 0, 0)]),
                ..LintContext::default()
            },
        );
        assert_eq!(found, [], "{text}");
    }
}

#[test]
fn entries_without_a_heading_of_a_release_are_reported() {
    let text =
        "# Changelog\n\n## \\[Unreleased\\]\n\n- a\n\n## \\[0.1.0\\] - 2026-01-01\n\n- first\n";
    let found = lint(text, &LintContext::default());
    let problems: Vec<(u32, &str)> = found
        .iter()
        .map(|problem| (problem.line, problem.message.as_str()))
        .collect();
    assert_eq!(
        problems,
        [(3, "no heading names a release or `Unreleased`")]
    );
}

#[test]
fn hidden_characters_are_reported_where_they_can_still_be_removed() {
    let text = "# Changelog\n\n## Unreleased\n\n- a\n- \x1b[2J\n- b\u{202e}c\n\n## 1.0.0 - 2026-01-01\n\n- \x1b[2J\n";
    let tagged = [Version::new(1, 0, 0)];
    let found = lint(
        text,
        &LintContext {
            today: "2026-11-20",
            tagged: Some(&tagged),
            ..LintContext::default()
        },
    );
    let messages: Vec<(u32, &str)> = found
        .iter()
        .map(|problem| (problem.line, problem.message.as_str()))
        .collect();
    assert_eq!(
        messages,
        [
            (6, "control or invisible character U+001B"),
            (7, "control or invisible character U+202E")
        ]
    );
}

#[test]
fn an_open_section_has_no_references_without_a_definition() {
    for (entry, definitions, expected) in [
        ("- x ([#12])", "[#11]: https://h/o/r/pull/11\n", 1),
        ("- x ([#11])", "[#11]: https://h/o/r/pull/11\n", 0),
        ("- x ([#12])", "", 0),
        ("- x, see [the guide][guide]", "", 1),
        (
            "- x, see [the guide][guide]",
            "[Guide]: https://h/guide\n",
            0,
        ),
        (
            "- as in [1.0.1]",
            "[1.0.0]: https://h/o/r/releases/tag/v1.0.0\n",
            1,
        ),
        (
            "- `[a][b]`, x[0][1] and [sic]",
            "[#11]: https://h/o/r/pull/11\n",
            0,
        ),
    ] {
        let published = "## 1.0.0 - 2026-01-01\n\n- y [old][gone]\n";
        let text = format!("# Changelog\n\n## Unreleased\n\n{entry}\n\n{published}\n{definitions}");
        let tagged = [Version::new(1, 0, 0)];
        let found = lint(
            &text,
            &LintContext {
                today: "2026-11-20",
                tagged: Some(&tagged),
                ..LintContext::default()
            },
        );
        let at: Vec<(u32, Rule)> = found
            .iter()
            .map(|problem| (problem.line, problem.rule))
            .collect();
        assert_eq!(
            at,
            vec![(5, Rule::MissingLink); expected],
            "{entry} {definitions}"
        );
    }
}

#[test]
fn title_and_order_of_groups_are_style() {
    for (text, expected) in [
        (
            "## Unreleased\n\n### Added\n\n- x\n",
            vec![(1, Rule::MissingTitle)],
        ),
        (
            "# News\n\n## Unreleased\n\n### Fixed\n\n- x\n\n### Added\n\n- y\n",
            vec![(9, Rule::Order)],
        ),
        (
            "All changes.\n\n## Unreleased\n\n### Added\n\n- x\n\n### Fixed\n\n- y\n",
            vec![],
        ),
        ("# Unreleased\n\n- x\n", vec![]),
    ] {
        let context = LintContext {
            today: "2026-11-20",
            ..LintContext::default()
        };
        assert_eq!(lint(text, &context), [], "{text}");
        let found = lint(
            text,
            &LintContext {
                all: true,
                ..context
            },
        );
        let at: Vec<(u32, Rule)> = found
            .iter()
            .map(|problem| (problem.line, problem.rule))
            .collect();
        assert_eq!(at, expected, "{text}");
    }
}

#[test]
fn hostile_changelogs_are_read_in_linear_time() {
    let pieces = [
        "[",
        "[#",
        "[#1](",
        "[a](",
        "](<",
        "`",
        "``x`",
        "<!--",
        "<a id=",
        "<a id=x></a>\n",
        "<pre>",
        "- ",
        "- x\n",
        " ",
        "\n",
        "x\n",
        "x\n\n",
        "#",
        "# ",
        "## 1.0.0\n",
        "## [1.0.0]\n",
        "=",
        "x\n=\n",
        "---\n",
        "```",
        "```\n",
        "~",
        "[a]: b\n",
        "[a-1.0.0]: b\n",
        "1-",
        "(",
        "(#1)",
        "\t",
        "\r",
        "    x\n",
        "> ",
        "* * ",
        "1. ",
        "abcdef1 ",
    ];
    let head = "# Changelog\n\n## Unreleased\n\n- ";
    for text in hostile(&pieces) {
        let version = Version::new(1, 0, 0);
        let context = LintContext {
            today: "2026-11-20",
            published: Some(head),
            all: true,
            ..LintContext::default()
        };
        let text = format!("{head}{text}");
        let address = "https://h/compare/".to_owned() + &text.replace(['\n', '\r', ' '], "");
        let linked = format!(
            "{head}x\n\n## [1.0.0]\n\n- {text}\n\n[unreleased]: {address}\n[1.0.0]: {address}\n"
        );
        lint(&linked, &context);
        let place = NotesPlace {
            tag: "1.0.0",
            path: "CHANGELOG.md",
            ..NotesPlace::default()
        };
        let _ = notes(&linked, &version, &place);
        let of = CutInputs {
            version: &Version::new(2, 0, 0),
            name: "a",
            others: &[],
            date: "2026-11-20",
            template: None,
            repository: None,
        };
        let _ = cut(&linked, &of);
        let commit = Commit {
            id: "0".repeat(40),
            message: format!("feat: {text}"),
            ..Commit::default()
        };
        let _ = draft(
            &linked,
            &DraftInputs {
                commits: vec![&commit],
                squash_bodies: true,
                ..DraftInputs::default()
            },
        );
    }
}

#[test]
fn many_definitions_of_other_kinds_are_linear() {
    let sections: String = (0..20_000)
        .rev()
        .map(|n| format!("## 1.0.{n}\n\n- x\n\n"))
        .collect();
    let links: String = (0..20_000)
        .map(|n| format!("[docs-1.0.{n}]: https://h/o/r/docs/{n}\n"))
        .collect();
    let text = format!("# Changelog\n\n## Unreleased\n\n- x\n\n{sections}{links}");
    let of = CutInputs {
        version: &Version::new(2, 0, 0),
        name: "a",
        others: &[],
        date: "2026-11-20",
        template: None,
        repository: None,
    };
    assert!(cut(&text, &of).is_ok());
}

#[test]
fn drafting_from_many_commits_is_linear() {
    let commit = |n: usize, message: String| Commit {
        id: format!("{n:040x}"),
        message,
        ..Commit::default()
    };
    let reverts = (0..20_000).map(|n| {
        commit(
            n,
            format!("Revert \"feat: x {n}\"\n\nThis reverts commit f{n:07x}000000."),
        )
    });
    let changes = (0..20_000).map(|n| commit(n + 20_000, format!("feat: x {n}")));
    let commits: Vec<Commit> = reverts.chain(changes).collect();
    let said: String = (0..20_000)
        .map(|n| format!("- y (fffff{n:05x})\n"))
        .collect();
    let text = format!("# Changelog\n\n## Unreleased\n\n{said}");
    let drafted = draft(
        &text,
        &DraftInputs {
            commits: commits.iter().collect(),
            ..DraftInputs::default()
        },
    )
    .unwrap();
    assert!(drafted.suggestions.is_empty());

    let body: String = (0..20_000).map(|n| format!("* feat: x {n}\n")).collect();
    let squashed = commit(0, format!("feat: all\n\n{body}"));
    let drafted = draft(
        &text,
        &DraftInputs {
            commits: vec![&squashed],
            squash_bodies: true,
            ..DraftInputs::default()
        },
    )
    .unwrap();
    assert_eq!(drafted.suggestions.len(), 20_001);
}

#[test]
fn several_sections_of_a_version_are_reported_and_have_no_notes() {
    for (headings, problem, notes_of, expected) in [
        (
            &["1.0.0", "0.9.0"][..],
            None,
            "1.0.0",
            Ok(Some("- on line 5\n".to_owned())),
        ),
        (
            &["1.0.0", "1.0.0"],
            Some((7, "1.0.0 already has a section, on line 3")),
            "1.0.0",
            Err(vec![3, 7]),
        ),
        (
            &["1.0.0", "1.0.0"],
            Some((7, "1.0.0 already has a section, on line 3")),
            "1.1.0",
            Ok(None),
        ),
        (
            &["1.0.0+b", "1.0.0+a"],
            None,
            "1.0.0+a",
            Ok(Some("- on line 9\n".to_owned())),
        ),
        (&["1.0.0+b", "1.0.0+a"], None, "1.0.0", Err(vec![3, 7])),
    ] {
        let section = |(at, version): (usize, &&str)| {
            let entry = 5 + 4 * at;
            format!("## {version} - 2026-01-01\n\n- on line {entry}\n\n")
        };
        let sections: String = headings.iter().enumerate().map(section).collect();
        let text = format!("# Changelog\n\n{sections}");
        let tagged = [Version::new(1, 0, 0)];
        let context = LintContext {
            today: "2026-11-20",
            tagged: Some(&tagged),
            published: Some(&text),
            ..LintContext::default()
        };
        let problems = lint(&text, &context);
        let found: Vec<(u32, &str)> = problems
            .iter()
            .map(|problem| (problem.line, problem.message.as_str()))
            .collect();
        assert_eq!(found, Vec::from_iter(problem), "{headings:?}");
        let version = notes_of.parse().unwrap();
        let place = NotesPlace::default();
        assert_eq!(notes(&text, &version, &place), expected, "{headings:?}");
    }
}

#[test]
fn merging_several_published_sections_is_no_edit_of_published_text() {
    let section =
        |version: &str, entry: &str| format!("## {version} - 2026-01-01\n\n- {entry}\n\n");
    let double = section("1.0.0", "a") + &section("1.0.0", "b");
    for (before, after, expected) in [
        (&double, section("1.0.0", "a\n- b"), vec![]),
        (
            &double,
            double.replace("- b", "- c"),
            vec![Rule::Duplicate, Rule::PublishedEdit],
        ),
        (&double, section("0.9.0", "a"), vec![Rule::PublishedEdit; 2]),
        (
            &section("1.0.0", "a"),
            section("1.0.0", "a\n- b"),
            vec![Rule::PublishedEdit],
        ),
    ] {
        let tagged = [Version::new(1, 0, 0)];
        let published = format!("# Changelog\n\n{before}");
        let context = LintContext {
            today: "2026-11-20",
            tagged: Some(&tagged),
            published: Some(&published),
            ..LintContext::default()
        };
        let mut rules: Vec<Rule> = lint(&format!("# Changelog\n\n{after}"), &context)
            .iter()
            .map(|problem| problem.rule)
            .filter(|rule| *rule != Rule::Disagreement)
            .collect();
        rules.sort();
        assert_eq!(rules, expected, "{after}");
    }
}

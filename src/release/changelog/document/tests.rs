use std::fs;

use semver::Version;

use super::*;
use crate::release::changelog::tests::{Case, cases, commits};
use crate::release::changelog::{
    CutInputs, CutRefusal, DraftInputs, LintContext, NotesPlace, cut, draft, lint, notes,
};
use crate::tests::damage::Random;

// document
type Form = fn(&str) -> String;

/// What every text can become without meaning anything else: name, and how.
const FORMS: [(&str, Form); 4] = [
    ("CRLF", |text| text.replace('\n', "\r\n")),
    ("a byte-order mark", |text| format!("\u{feff}{text}")),
    ("no line end at the end", |text| {
        text.strip_suffix('\n').unwrap_or(text).to_owned()
    }),
    ("both", |text| {
        format!("\u{feff}{}", text.replace('\n', "\r\n"))
    }),
];

#[test]
fn line_ends_marks_and_endings_stay_as_they_are() {
    for dir in cases() {
        let (text, said) = Case::read(&dir).run();
        for (form, made) in FORMS {
            let Some(other) = Case::read(&dir).with(made) else {
                continue;
            };
            let expected = (text.as_deref().map(made), said.clone());
            assert_eq!(other.run(), expected, "{} with {form}", dir.display());
        }
    }
}

/// Pieces that changelogs are made of, and what breaks them.
const PIECES: [&str; 35] = [
    "<a name=\"1.2.3\"></a>",
    "## [Unreleased]",
    "## [1.2.3] - 2026-01-01",
    "# v0.1.0",
    "## 1.0.0",
    "1.0.0\n=====",
    "x\n---",
    "### Added",
    "### Fixed",
    "- one (#1)",
    "* two",
    "  three",
    "1. four",
    "```",
    "~~~",
    "<!--",
    "-->",
    "<details>",
    "[1.2.3]: https://h/compare/a...b",
    "[unreleased]: https://h/compare/v1.2.3...HEAD",
    "[",
    "](",
    ")",
    "\u{feff}",
    "\u{202e}é→",
    "\n",
    "\r\n",
    "\r",
    "\n\n",
    "## [",
    "## [1.0.0](",
    "    code",
    "\t- tab",
    "---",
    "## ",
];

fn scramble(random: &mut Random) -> String {
    (0..random.below(30))
        .map(|_| PIECES[random.below(PIECES.len())].to_owned() + ["\n", "", " "][random.below(3)])
        .collect()
}

/// A document put together again from its parts: what is above the sections and between them, headings, leads, groups.
fn emitted(doc: &ParsedChangelog<'_>) -> String {
    let rows = |rows: Range<usize>| -> String {
        doc.outline.rows[rows]
            .iter()
            .map(|row| &doc.text[row.line.start..row.line.next])
            .collect()
    };
    let mark = if doc.text.starts_with('\u{feff}') {
        "\u{feff}"
    } else {
        ""
    };
    let (mut text, mut at) = (mark.to_owned(), 0);
    for section in &doc.sections {
        text += &rows(at..section.heading.rows.start);
        text += &rows(section.heading.rows.clone());
        text += &rows(section.lead());
        for group in &section.groups {
            text += &rows(group.heading.first..group.heading.rows.end);
            text += &rows(group.rows.clone());
        }
        at = section.rows.end;
    }
    text + &rows(at..doc.outline.rows.len())
}

/// The document read holds for any text: its parts tile it, everything lies where it is said to lie.
fn holds(text: &str) {
    let doc = ParsedChangelog::read(text);
    assert_eq!(emitted(&doc), text);
    for section in &doc.sections {
        assert!(
            section.rows.end <= doc.outline.rows.len()
                && section.heading.rows.end == section.rows.start
        );
        assert!(
            section
                .groups
                .iter()
                .all(|group| group.rows.end <= section.rows.end)
        );
    }
}

#[test]
fn no_text_makes_it_panic_and_what_was_written_survives() {
    let mut random = Random::new(600);
    let commits = commits("commit a\nfeat: new\n\ncommit b\nfix!: mended (#7)\n");
    let version = Version::new(2, 0, 0);
    for _ in 0..600 {
        let text = scramble(&mut random);
        holds(&text);
        let drafted = draft(
            &text,
            &DraftInputs {
                commits: commits.iter().collect(),
                ..DraftInputs::default()
            },
        );
        let Ok(drafted) = drafted else { continue };
        assert!(
            is_within(&text, &drafted.text),
            "{text:?} became {:?}",
            drafted.text
        );
        let request = CutInputs {
            version: &version,
            name: "",
            others: &[],
            date: "2026-11-20",
            template: None,
            repository: None,
        };
        if let Ok(released) = cut(&text, &request) {
            holds(&released);
        }
        lint(
            &text,
            &LintContext {
                today: "2026-11-20",
                all: true,
                ..LintContext::default()
            },
        );
        let _ = notes(
            &text,
            &Version::new(1, 2, 3),
            &NotesPlace {
                repository: Some("https://h"),
                ..NotesPlace::default()
            },
        );
    }
}

/// Are all bytes of the one in the other, in their order?
fn is_within(part: &str, whole: &str) -> bool {
    let mut rest = whole.bytes();
    part.bytes().all(|byte| rest.any(|other| other == byte))
}

#[test]
#[ignore = "takes changelogs: CHANGELOGS='a.md b/c.md' cargo test --lib other_peoples -- --ignored --nocapture"]
#[expect(
    clippy::disallowed_methods,
    reason = "files from anywhere, and what became of them"
)]
fn other_peoples_changelogs_are_emitted_as_they_were_read() {
    let paths = std::env::var("CHANGELOGS").unwrap_or_default();
    let texts: Vec<_> = paths
        .split_whitespace()
        .map(|path| (path, fs::read_to_string(path).unwrap()))
        .collect();
    texts.iter().for_each(|(_, text)| holds(text));
    let drafted: Vec<_> = texts
        .iter()
        .filter_map(|(path, text)| Some((*path, text, drafted_twice(text)?)))
        .collect();
    let released = drafted
        .iter()
        .filter(|(path, text, drafted)| released_twice(path, text, drafted))
        .count();
    println!(
        "{} emitted as read, {} drafted, {released} released",
        texts.len(),
        drafted.len()
    );
}

/// With an entry more, all that was there kept; `None` where it has no release to tell by.
fn drafted_twice(text: &str) -> Option<String> {
    let commits = commits("commit a\nfix: zzz qqq xxx\n");
    let request = DraftInputs {
        commits: commits.iter().collect(),
        ..DraftInputs::default()
    };
    let drafted = draft(text, &request).ok()?.text;
    assert!(is_within(text, &drafted));
    assert_eq!(
        draft(&drafted, &request).unwrap().text,
        drafted,
        "twice is once"
    );
    Some(drafted)
}

/// With what is unreleased as a release, older ones untouched; not where it waits for another version.
fn released_twice(path: &str, before: &str, drafted: &str) -> bool {
    let version = Version::new(9999, 0, 0);
    let request = CutInputs {
        version: &version,
        name: "",
        others: &[],
        date: "2026-11-20",
        template: None,
        repository: None,
    };
    let released = match cut(drafted, &request) {
        Err(CutRefusal::Pending { .. }) => return false,
        released => released.unwrap(),
    };
    assert_eq!(
        cut(&released, &request).as_deref(),
        Ok(released.as_str()),
        "{path}: twice is once"
    );
    unchanged_sections(path, before, &released);
    true
}

/// Every release of the one text has the same bytes in the other.
fn unchanged_sections(path: &str, before: &str, after: &str) {
    let (old, new) = (ParsedChangelog::read(before), ParsedChangelog::read(after));
    let body = |doc: &ParsedChangelog<'_>, rows: Range<usize>| -> String {
        let trimmed = doc.trimmed(rows);
        doc.outline.rows[trimmed]
            .iter()
            .map(|row| &doc.text[row.line.start..row.line.next])
            .collect()
    };
    let mut rest = new.releases();
    for (section, release) in old.releases() {
        let same = rest.find(|(_, other)| other.version == release.version);
        let (other, _) = same.unwrap_or_else(|| panic!("{path}: {} is gone", release.version));
        assert_eq!(
            body(&old, section.rows.clone()),
            body(&new, other.rows.clone()),
            "{path}: {}",
            release.version
        );
    }
}

// title
/// Version, label, target, date, pending, yanked, what follows.
fn shown(text: &str) -> String {
    match read_title(text) {
        Title::Unreleased => "unreleased".to_owned(),
        Title::Other => "other".to_owned(),
        Title::Release(r) => {
            let part =
                |range: &Option<Range<usize>>| range.clone().map_or("-", |range| &text[range]);
            let yanked = if r.yanked { " yanked" } else { "" };
            let parts = [&r.label, &r.url, &r.date, &r.pending].map(part).join(" ");
            format!("{} {parts}{yanked}|{}", r.version, &text[r.end..])
        }
    }
}

#[test]
fn versions_are_read_in_every_way_that_people_write_them() {
    for (text, expected) in [
        ("1.0.0", "1.0.0 - - - -|"),
        ("v1.0.0", "1.0.0 - - - -|"),
        ("[1.0.0] - 2026-01-01", "1.0.0 1.0.0 - 2026-01-01 -|"),
        ("[v1.0.0] - 2026-01-01", "1.0.0 v1.0.0 - 2026-01-01 -|"),
        (
            "[1.0.0](https://x/y) - 2026-01-01",
            "1.0.0 1.0.0 https://x/y 2026-01-01 -|",
        ),
        ("1.0.0 (2026-01-01)", "1.0.0 - - 2026-01-01 -|"),
        ("[1.0.0][1.0.0] / 2026-13-45", "1.0.0 1.0.0 - 2026-13-45 -|"),
        (
            "[0.0.5] - 2014-12-13 [YANKED]",
            "0.0.5 0.0.5 - 2014-12-13 - yanked| [YANKED]",
        ),
        (
            "[2.7.1] - 2025-10-13 <a name=\"2.7.1\"></a>",
            "2.7.1 2.7.1 - 2025-10-13 -| <a name=\"2.7.1\"></a>",
        ),
        ("[0.9.2 — 2025-07-20]", "0.9.2 - - 2025-07-20 -|"),
        ("Version 0.16.2 (2025-03-03)", "0.16.2 - - 2025-03-03 -|"),
        ("tokio 1.2.3 (2021-01-01)", "1.2.3 - - 2021-01-01 -|"),
        ("tokio 1.2.3", "1.2.3 - - - -|"),
        ("core-v1.2.3", "1.2.3 - - - -|"),
        (
            "[core2-v1.2.3] - 2021-01-01",
            "1.2.3 core2-v1.2.3 - 2021-01-01 -|",
        ),
        ("core@1.2.3-rc.1+x.5", "1.2.3-rc.1+x.5 - - - -|"),
        ("1.10", "1.10.0 - - - -|"),
        ("1.0.0 - Unreleased", "1.0.0 - - - Unreleased|"),
        ("15.0.0 (TBD)", "15.0.0 - - - TBD|"),
        (
            "0.1.44 (December 18, 2025)",
            "0.1.44 - - - -| (December 18, 2025)",
        ),
        ("1.0.0: the big one", "1.0.0 - - - -|: the big one"),
        (
            "Release rayon 1.12.0 (2026-04-13)",
            "1.12.0 - - 2026-04-13 -|",
        ),
        (
            "Release rayon 1.9.0 / rayon-core 1.12.1 (2024-02-27)",
            "1.9.0 - - 2024-02-27 -|",
        ),
        ("Release 1.9.0 (2024-02-27)", "1.9.0 - - 2024-02-27 -|"),
        (
            "[`0.8.0`](https://x/y) - 2026-01-01",
            "0.8.0 `0.8.0` https://x/y 2026-01-01 -|",
        ),
        ("`0.8.0`", "0.8.0 - - - -|`"),
        ("**1.0.0**", "1.0.0 - - - -|**"),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn unreleased_has_many_names() {
    for text in [
        "Unreleased",
        "[Unreleased]",
        "[unreleased]",
        "UNRELEASED",
        "[Unreleased] - ReleaseDate",
        "TBD",
        "Next",
        "vNext",
        "HEAD",
        "Upcoming release",
        "In development",
        "Coming soon",
        "main (unreleased)",
        "core Unreleased",
        "[core-api] - Unreleased",
    ] {
        assert_eq!(read_title(text), Title::Unreleased, "{text}");
    }
    assert_eq!(read_title("[Unreleased][unreleased]"), Title::Unreleased);
}

#[test]
fn other_headings_are_no_versions() {
    for text in [
        "",
        "Changelog",
        "Added",
        "Migrating to 2.0.0",
        "Upgrade 1.2.3 guide",
        "2 things",
        "1.2.3.4",
        "v",
        "[]",
        "[1",
        "é1.0.0",
        "Unreleasedly",
        "What is unreleased",
        "Heads up",
        "2026-01-01",
        "crate 1.2",
    ] {
        assert_eq!(read_title(text), Title::Other, "{text}");
    }
}

// group
#[test]
fn a_type_is_known_under_its_other_names() {
    for (heading, kind) in [
        ("Added", Some(ChangeType::Added)),
        ("ADDED:", Some(ChangeType::Added)),
        ("🚀 New Features", Some(ChangeType::Added)),
        ("Bug fixes", Some(ChangeType::Fixed)),
        ("Breaking changes", Some(ChangeType::Changed)),
        ("⚠ BREAKING", Some(ChangeType::Changed)),
        ("Internal", None),
        ("", None),
    ] {
        assert_eq!(ChangeType::meant(heading), kind, "{heading}");
    }
    assert!(
        ChangeType::ALL
            .iter()
            .all(|kind| ChangeType::meant(kind.name()) == Some(*kind))
    );
}

#[test]
fn subheadings_that_begin_with_a_version_are_no_releases() {
    const BELOW: &str = "\n## [0.1.0] - 2026-01-01\n\n- First.\n";
    for (text, expected) in [
        (format!("## [Unreleased]\n### 0.2.0 migration\n{BELOW}"), 2),
        (format!("## [Unreleased]\n### 1.85\n{BELOW}"), 2),
        (format!("## [Unreleased]\n### alpha 2.0.0\n{BELOW}"), 2),
        (format!("## 0.2.0 - TBD\n### Rust 1.85\n{BELOW}"), 2),
        (format!("{BELOW}### 0.1.0 migration\n"), 1),
        (format!("{BELOW}### 1.85\n"), 1),
        // Releases below others.
        (format!("{BELOW}### 0.1.0-rc.1\n"), 2),
        (
            "# 0.18\n## Version 0.18.1 (Mar 25, 2024)\n## 0.18.0 (**YANKED**)\n".into(),
            3,
        ),
        (
            format!("## [Unreleased]\n### [0.1.1] - 2026-01-02\n{BELOW}"),
            3,
        ),
        (format!("{BELOW}## 0.1\n### 0.1.1\n### 0.1.0\n"), 4),
        (
            "# [1.1.0](u) (2026-01-02)\n## 1.0.1 (2026-01-01)\n".into(),
            2,
        ),
        ("## Unreleased\n### 1.0.1\n### 1.0.0\n".into(), 3),
        ("## Unreleased\n## 1.0.0 the first\n".into(), 2),
    ] {
        let text = format!("# Changelog\n\n{text}");
        let sections = ParsedChangelog::read(&text).sections.len();
        assert_eq!(sections, expected, "{text}");
    }
}

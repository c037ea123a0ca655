//! What must hold of any text: the cases with other line ends, marks and endings, and texts that nobody would write.

use semver::Version;

use super::Document;
use crate::release::changelog::tests::{Case, cases, commits};
use crate::release::changelog::{Context, Cut, Draft, Place, cut, draft, lint, notes};
use crate::tests::damage::Random;

type Form = fn(&str) -> String;

/// What every text can become without meaning anything else: name, and how.
const FORMS: [(&str, Form); 4] = [
    ("CRLF", |text| text.replace('\n', "\r\n")),
    ("a byte-order mark", |text| format!("\u{feff}{text}")),
    ("no line end at the end", |text| text.strip_suffix('\n').unwrap_or(text).to_owned()),
    ("both", |text| format!("\u{feff}{}", text.replace('\n', "\r\n"))),
];

#[test]
fn line_ends_marks_and_endings_stay_as_they_are() {
    for dir in cases() {
        let (text, said) = Case::read(&dir).run();
        for (form, made) in FORMS {
            let Some(other) = Case::read(&dir).with(made) else { continue };
            let expected = (text.as_deref().map(made), said.clone());
            assert_eq!(other.run(), expected, "{} with {form}", dir.display());
        }
    }
}

/// Pieces that changelogs are made of, and what breaks them.
const PIECES: [&str; 34] = [
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

/// The document read holds for any text: rows tile it, everything lies where it is said to lie.
fn holds(text: &str) {
    let doc = Document::read(text);
    let lines: String = doc.outline.rows.iter().map(|row| &text[row.line.start..row.line.next]).collect();
    assert_eq!(lines, text.strip_prefix('\u{feff}').unwrap_or(text));
    for section in &doc.sections {
        assert!(section.rows.end <= doc.outline.rows.len() && section.heading.rows.end == section.rows.start);
        assert!(section.groups.iter().all(|group| group.rows.end <= section.rows.end));
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
        let drafted = draft(&text, &Draft { commits: commits.iter().collect(), ..Draft::default() });
        let Ok(drafted) = drafted else { continue };
        assert!(is_within(&text, &drafted.text), "{text:?} became {:?}", drafted.text);
        let request = Cut { version: &version, name: "", date: "2026-11-20", template: None, repository: None };
        if let Ok(released) = cut(&text, &request) {
            holds(&released);
        }
        lint(&text, &Context { today: "2026-11-20", all: true, ..Context::default() });
        notes(&text, &Version::new(1, 2, 3), &Place { repository: Some("https://h"), ..Place::default() });
    }
}

/// Are all bytes of the one in the other, in their order?
fn is_within(part: &str, whole: &str) -> bool {
    let mut rest = whole.bytes();
    part.bytes().all(|byte| rest.any(|other| other == byte))
}

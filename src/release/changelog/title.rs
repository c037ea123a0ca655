//! What a heading says: nothing of releases, "unreleased", or a version in one of the many ways people write it.
//!
//! Read are `1.0.0`, `v1.0.0`, `[1.0.0] - 2026-01-01`, `[1.0.0](url) - 2026-01-01`, `1.0.0 (2026-01-01)`,
//! `Version 1.0.0`, `name 1.0.0 (..)`, `Release name 1.0.0 (..)`, ``[`1.0.0`](url)``, `[name-v1.0.0]`, `1.0`, `.. [YANKED]`, and `1.0.0 - Unreleased`. Knows no lines.

use std::ops::Range;

use semver::Version;

/// A heading's meaning. All ranges are bytes of the heading's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Title {
    /// Changes that are in no release yet.
    Unreleased,
    /// A release.
    Release(Release),
    /// Anything else.
    Other,
}

/// The parts of a release's heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Release {
    /// As a version; missing numbers are 0.
    pub(super) version: Version,
    /// As written.
    pub(super) number: Range<usize>,
    /// The text of a link, `1.0.0` in `[1.0.0]`.
    pub(super) label: Option<Range<usize>>,
    /// The target of `[1.0.0](target)`.
    pub(super) url: Option<Range<usize>>,
    /// What looks like `2026-01-01`; no promise that there is such a day.
    pub(super) date: Option<Range<usize>>,
    /// The word in place of the date: `Unreleased`, `TBD`.
    pub(super) pending: Option<Range<usize>>,
    /// `[YANKED]`.
    pub(super) yanked: bool,
    /// End of what was understood, brackets around the date included.
    pub(super) end: usize,
}

/// Words for what is not released, alone in a heading.
const UNRELEASED: [&str; 6] = [
    "unreleased",
    "tbd",
    "next",
    "next release",
    "next version",
    "upcoming",
];
/// The same in place of a date.
const PENDING: [&str; 3] = ["unreleased", "tbd", "not yet released"];

/// Reads a heading's text.
pub(super) fn read(text: &str) -> Title {
    let bare = text
        .trim_matches(|c: char| matches!(c, '[' | ']' | '*' | '_' | '`' | ' '))
        .to_ascii_lowercase();
    let starts = bare
        .strip_prefix("unreleased")
        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()));
    if starts || UNRELEASED.contains(&bare.as_str()) {
        return Title::Unreleased;
    }
    release(text).map_or(Title::Other, Title::Release)
}

fn release(text: &str) -> Option<Release> {
    let mut at = text.len() - text.trim_start_matches(['*', '_', ' ']).len();
    let mut word = leading_word(&text[at..]);
    at += word.map_or(0, |(length, _)| length);
    // `Release rayon 1.12.0`
    if let Some((length, Word::Package)) =
        leading_word(&text[at..]).filter(|_| matches!(word, Some((_, Word::Version))))
    {
        word = Some((length, Word::Package));
        at += length;
    }
    let bracket = text[at..].starts_with('[');
    at += usize::from(bracket);
    let label = at;
    let quoted = text[at..].starts_with('`');
    at += usize::from(quoted);
    let glued = prefix(&text[at..]);
    at += glued;
    let written = text[at..]
        .find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)))
        .map_or(text.len(), |n| at + n);
    let number = at..at + text[at..written].trim_end_matches(['.', '-', '+']).len();
    let free = matches!(word, Some((_, Word::Package)));
    let version = version(&text[number.clone()], bracket || !free && glued <= 1)?;
    let mut found = Release {
        version,
        end: number.end,
        number,
        label: None,
        url: None,
        date: None,
        pending: None,
        yanked: false,
    };
    link(text, label, bracket, &mut found);
    rest(text, &mut found);
    let rest_is_free_text =
        found.date.is_none() && found.pending.is_none() && !text[found.end..].trim().is_empty();
    let goes_on = text[found.number.end..].starts_with(|c: char| c.is_alphanumeric());
    (!(goes_on || free && rest_is_free_text)).then_some(found)
}

#[derive(Clone, Copy)]
enum Word {
    /// `Version`, `Release`.
    Version,
    /// The name of a package.
    Package,
}

/// A word and a blank before the version.
fn leading_word(text: &str) -> Option<(usize, Word)> {
    let (word, _) = text.split_once(' ')?;
    let is_name = word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    let kind = match word.to_ascii_lowercase().as_str() {
        "version" | "release" => Word::Version,
        _ => Word::Package,
    };
    (is_name && version(&word[prefix(word)..], false).is_none()).then_some((word.len() + 1, kind))
}

/// Length of what is glued to the number: `v`, `name-v`, `name-`, `name@`.
fn prefix(text: &str) -> usize {
    let name = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || "-_@/".contains(c)))
        .unwrap_or(text.len());
    let starts = text[..name].char_indices().filter(|(at, c)| {
        let before = &text[..*at];
        c.is_ascii_digit()
            && (before.is_empty() || before.ends_with(['-', '@', '/']) || is_v(before))
    });
    starts.map(|(at, _)| at).next_back().unwrap_or(0)
}

fn is_v(before: &str) -> bool {
    before
        .strip_suffix(['v', 'V'])
        .is_some_and(|rest| rest.is_empty() || rest.ends_with(['-', '@', '/']))
}

/// A version with three numbers, or with fewer where `short` ones are understood.
fn version(text: &str, short: bool) -> Option<Version> {
    if let Ok(version) = Version::parse(text) {
        return Some(version);
    }
    let numbers: Vec<&str> = text.split('.').collect();
    let plain = numbers
        .iter()
        .all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    if !short || !plain || numbers.len() != 2 {
        return None;
    }
    Some(Version::new(
        numbers[0].parse().ok()?,
        numbers[1].parse().ok()?,
        0,
    ))
}

/// The link around the number, and its target.
fn link(text: &str, label: usize, bracket: bool, found: &mut Release) {
    let Some(close) = text[found.end..]
        .find(']')
        .filter(|_| bracket)
        .map(|at| found.end + at)
    else {
        return;
    };
    if !matches!(&text[found.end..close], "" | "`") {
        return;
    }
    found.label = Some(label..close);
    found.end = close + 1;
    let closed = |open: char, end: char| {
        let inner = text[found.end..].strip_prefix(open)?;
        inner
            .find(end)
            .map(|length| found.end + 1..found.end + 1 + length)
    };
    if let Some(url) = closed('(', ')') {
        found.end = url.end + 1;
        found.url = Some(url);
    } else if let Some(reference) = closed('[', ']') {
        found.end = reference.end + 1;
    }
}

/// The date, or the word in its place, and whether the release was withdrawn.
fn rest(text: &str, found: &mut Release) {
    let after = &text[found.end..];
    let lower = after.to_ascii_lowercase();
    found.yanked = lower.contains("yanked");
    let range = if let Some(date) = date(after) {
        found.date = Some(found.end + date.start..found.end + date.end);
        date
    } else if let Some(word) = PENDING
        .iter()
        .find_map(|word| lower.find(word).map(|at| at..at + word.len()))
    {
        let lead = &lower[..word.start];
        if lead.chars().any(char::is_alphanumeric) {
            return;
        }
        found.pending = Some(found.end + word.start..found.end + word.end);
        word
    } else {
        return;
    };
    let closing = text[found.end + range.end..].starts_with([')', ']']);
    found.end += range.end + usize::from(closing);
}

/// Where `0000-00-00` stands.
pub(super) fn date(text: &str) -> Option<Range<usize>> {
    let shape = |bytes: &[u8]| {
        bytes.iter().enumerate().all(|(at, b)| {
            if at == 4 || at == 7 {
                *b == b'-'
            } else {
                b.is_ascii_digit()
            }
        })
    };
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let starts = 0..(bytes.len() + 1).saturating_sub(10);
    let found = starts
        .into_iter()
        .find(|at| shape(&bytes[*at..at + 10]) && !digit(at + 10) && !(*at > 0 && digit(at - 1)))?;
    Some(found..found + 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Version, label, target, date, pending, yanked, what follows.
    fn shown(text: &str) -> String {
        match read(text) {
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
        ] {
            assert_eq!(read(text), Title::Unreleased, "{text}");
        }
        assert_eq!(read("[Unreleased][unreleased]"), Title::Unreleased);
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
            "2026-01-01",
            "crate 1.2",
        ] {
            assert_eq!(read(text), Title::Other, "{text}");
        }
    }
}

//! The structure of a changelog: its sections, their headings and their groups, each with its
//! position in the text.
//!
//! Reading never fails. Text that is not understood belongs to the section around it.

use std::collections::HashMap;
use std::ops::Range;

use semver::Version;

use super::dates;
use super::forge::Compare;
use super::markdown::{Heading, LinkDefinition, MarkdownOutline, OutlineRow, RowKind, outline};
use super::splice::{Splice, apply};
use crate::release::tag::TagTemplate;

/// A changelog's text and its structure.
#[derive(Clone, Debug)]
pub(super) struct ParsedChangelog<'t> {
    pub(super) text: &'t str,
    pub(super) outline: MarkdownOutline,
    /// Sections in the order of the text.
    pub(super) sections: Vec<ChangelogSection>,
    /// Position of the first definition of each label, by folded label.
    definitions: HashMap<String, usize>,
}

/// One release, or the unreleased changes.
#[derive(Clone, Debug)]
pub(super) struct ChangelogSection {
    pub(super) heading: Heading,
    pub(super) title: Title,
    /// Rows below the heading, up to the next section or the anchors above it.
    pub(super) rows: Range<usize>,
    pub(super) groups: Vec<ChangeGroup>,
    /// The rows in bold that stand in place of the heading of a group, and the types of change that
    /// they name.
    pub(super) bold_titles: Vec<(usize, ChangeType)>,
    /// Whether the heading names one of the packages that are not of interest.
    is_of_others: bool,
}

impl<'t> ParsedChangelog<'t> {
    /// Reads a changelog, for whatever package its sections are.
    pub(super) fn read(text: &'t str) -> Self {
        Self::read_without(text, &[])
    }

    /// Reads a changelog in which the releases of some packages do not count: those in whose
    /// heading one of the names of `others` stands.
    pub(super) fn read_without(text: &'t str, others: &[String]) -> Self {
        let outline = outline(text);
        let titles = titles(text, &outline.headings);
        let starts = (0..titles.len()).filter(|at| titles[*at] != Title::Other);
        let mut sections: Vec<ChangelogSection> = starts
            .map(|at| section(text, &outline, &titles, at))
            .collect();
        for section in &mut sections {
            let package = section
                .release()
                .and_then(|release| release.name(text, &section.heading));
            section.is_of_others = package
                .is_some_and(|package| others.iter().any(|other| is_same_package(other, package)));
        }
        let mut definitions = HashMap::new();
        for (at, definition) in outline.definitions.iter().enumerate() {
            definitions
                .entry(folded(&text[definition.label.clone()]))
                .or_insert(at);
        }
        Self {
            text,
            outline,
            sections,
            definitions,
        }
    }

    pub(super) fn row(&self, at: usize) -> &OutlineRow {
        &self.outline.rows[at]
    }

    /// Returns the text of a row without its line ending.
    pub(super) fn line(&self, at: usize) -> &'t str {
        self.outline.rows[at].line.of(self.text)
    }

    pub(super) fn title_text(&self, heading: &Heading) -> &'t str {
        &self.text[heading.text.clone()]
    }

    /// Returns the section of unreleased changes: the one with that name, or else the topmost one
    /// if its date is open.
    pub(super) fn unreleased(&self) -> Option<&ChangelogSection> {
        let named = self
            .sections
            .iter()
            .find(|section| section.title == Title::Unreleased);
        let first = || self.sections.iter().find(|section| !section.is_of_others);
        named.or_else(|| first().filter(|section| section.is_pending()))
    }

    /// Returns the releases except pending ones and those of other packages.
    pub(super) fn releases(&self) -> impl Iterator<Item = (&ChangelogSection, &ReleaseTitle)> {
        self.sections
            .iter()
            .filter(|section| !section.is_pending() && !section.is_of_others)
            .filter_map(|s| Some((s, s.release()?)))
    }

    /// Returns the newest release of another package.
    pub(super) fn release_of_others(&self) -> Option<(&ChangelogSection, &ReleaseTitle)> {
        let mut others = self.sections.iter().filter(|section| section.is_of_others);
        others.find_map(|section| Some((section, section.release()?)))
    }

    /// Returns the parts of these rows that are not in the sections of other packages.
    pub(super) fn own_rows(&self, rows: Range<usize>) -> Vec<Range<usize>> {
        let mut own = Vec::new();
        let mut start = rows.start;
        for section in self.sections.iter().filter(|section| section.is_of_others) {
            let end = section.heading.first.clamp(start, rows.end.max(start));
            own.push(start..end);
            start = section.rows.end.max(start);
        }
        own.push(start..rows.end.max(start));
        own
    }

    /// Returns the package in the heading of a release.
    pub(super) fn package(&self, section: &ChangelogSection) -> Option<&'t str> {
        section.release()?.name(self.text, &section.heading)
    }

    /// Returns whether a heading names neither a release nor the unreleased changes.
    pub(super) fn unread(&self, heading: &Heading) -> bool {
        let found = self
            .sections
            .binary_search_by_key(&heading.rows.start, |one| one.heading.rows.start);
        found.is_err()
    }

    /// Returns the headings above all releases that have the level of sections and entries below
    /// them, and that name neither a release nor the unreleased changes.
    pub(super) fn unread_sections(&self) -> Vec<&Heading> {
        let Some(first) = self.sections.first() else {
            return Vec::new();
        };
        let level = first.heading.level;
        let end = self
            .releases()
            .next()
            .map_or(self.outline.rows.len(), |(section, _)| {
                section.heading.rows.start
            });
        let headings = &self.outline.headings;
        let above = headings
            .iter()
            .enumerate()
            .take_while(|(_, heading)| heading.rows.start < end);
        let has_entries = |at: usize, heading: &Heading| {
            let next = headings[at + 1..].iter().find(|next| next.level <= level);
            let rows = heading.rows.end..next.map_or(end, |next| next.rows.start.min(end));
            let mut rows = self.outline.rows[rows].iter();
            rows.any(|row| row.kind == RowKind::Item && !self.is_empty_item(row))
        };
        above
            // The title of the file may have the level of its sections.
            .filter(|(at, heading)| heading.level == level && (*at > 0 || level > 1))
            .filter(|(at, heading)| self.unread(heading) && has_entries(*at, heading))
            .map(|(_, heading)| heading)
            .collect()
    }

    /// Returns the first section of a release. Build metadata is ignored.
    pub(super) fn release(&self, version: &Version) -> Option<&ChangelogSection> {
        self.releases()
            .find(|(_, release)| release.version.cmp_precedence(version).is_eq())
            .map(|(section, _)| section)
    }

    /// Returns the only section of a release. Build metadata counts only if several sections differ
    /// in nothing else.
    ///
    /// # Errors
    /// Fails with the lines of the headings if the release has several sections.
    pub(super) fn only_release(
        &self,
        version: &Version,
    ) -> Result<Option<&ChangelogSection>, Vec<u32>> {
        let of = |is_same: &dyn Fn(&Version) -> bool| -> Vec<&ChangelogSection> {
            self.releases()
                .filter(|(_, release)| is_same(&release.version))
                .map(|(section, _)| section)
                .collect()
        };
        let mut found = of(&|one| one == version);
        if found.is_empty() {
            found = of(&|one| one.cmp_precedence(version).is_eq());
        }
        match found[..] {
            [] => Ok(None),
            [section] => Ok(Some(section)),
            _ => Err(found
                .iter()
                .map(|section: &&ChangelogSection| Self::number(section.heading.rows.start))
                .collect()),
        }
    }

    /// Returns the link definition of a label, ignoring case.
    pub(super) fn definition(&self, label: &str) -> Option<&LinkDefinition> {
        self.definitions
            .get(&folded(label))
            .map(|at| &self.outline.definitions[*at])
    }

    /// Returns whether these rows have content besides headings.
    pub(super) fn has_content(&self, rows: Range<usize>) -> bool {
        self.outline.rows[rows].iter().any(|row| {
            !(trails(row)
                || row.kind == RowKind::Heading
                || self.is_empty_item(row)
                || self.is_fold(row))
        })
    }

    /// Returns whether a row of HTML only begins or ends a part that readers can fold:
    /// `<details><summary>Older</summary>`.
    fn is_fold(&self, row: &OutlineRow) -> bool {
        let line = row.line.of(self.text).trim();
        let begins = ["<details>", "<details ", "<summary>"];
        let is_begin = begins.iter().any(|tag| line.starts_with(tag));
        row.kind == RowKind::Html
            && (line == "</details>" || is_begin && !line.contains("</details>"))
    }

    /// Returns whether a row is a list item without text: `-`, `1.`.
    pub(super) fn is_empty_item(&self, row: &OutlineRow) -> bool {
        let marker = row.line.of(self.text).trim();
        row.kind == RowKind::Item
            && (["-", "*", "+"].contains(&marker)
                || marker
                    .strip_suffix(['.', ')'])
                    .is_some_and(|marker: &str| marker.bytes().all(|byte| byte.is_ascii_digit())))
    }

    /// Returns the rows without trailing blank lines, rules, comments and link definitions.
    pub(super) fn trimmed(&self, rows: Range<usize>) -> Range<usize> {
        let trailing = self.outline.rows[rows.clone()]
            .iter()
            .rev()
            .take_while(|row| trails(row))
            .count();
        rows.start..rows.end - trailing
    }

    /// Returns the line ending to use near a row: its own, or else that of the first line.
    pub(super) fn ending(&self, at: usize) -> &'t str {
        let ending = |row: &OutlineRow| row.line.ending(self.text);
        let own = self
            .outline
            .rows
            .get(at)
            .map(ending)
            .filter(|ending| !ending.is_empty());
        own.or_else(|| {
            self.outline
                .rows
                .first()
                .map(ending)
                .filter(|ending| !ending.is_empty())
        })
        .unwrap_or("\n")
    }

    /// Returns the 1-based line number of a row.
    pub(super) fn number(row: usize) -> u32 {
        u32::try_from(row + 1).unwrap_or(u32::MAX)
    }
}

impl ChangelogSection {
    /// Returns the parts of a release's heading, pending or not.
    pub(super) fn release(&self) -> Option<&ReleaseTitle> {
        match &self.title {
            Title::Release(release) => Some(release),
            _ => None,
        }
    }

    /// Returns whether the heading has a version and a word in place of the date.
    pub(super) fn is_pending(&self) -> bool {
        self.release()
            .is_some_and(|release| release.pending.is_some())
    }

    /// Returns the rows above the first group.
    pub(super) fn lead(&self) -> Range<usize> {
        self.rows.start
            ..self
                .groups
                .first()
                .map_or(self.rows.end, |group| group.heading.first)
    }
}

/// Returns whether a row shows nothing to a reader: blank lines, rules, comments, link definitions.
fn trails(row: &OutlineRow) -> bool {
    matches!(
        row.kind,
        RowKind::Blank | RowKind::Rule | RowKind::Comment | RowKind::Definition
    )
}

/// Normalizes a link label: labels are compared ignoring case, and any white space counts as one
/// space.
pub(super) fn folded(label: &str) -> String {
    label
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

/// Reads the heading of a section, which has one of the first three levels and is one line long.
fn meaning(text: &str, heading: &Heading) -> Title {
    let title = &text[heading.text.clone()];
    if heading.level > 3 || title.contains(['\n', '\r']) {
        Title::Other
    } else {
        read_title(title)
    }
}

/// Reads all headings. One below the heading of another section may begin with a version and be
/// about it, instead of a release of its own: `### 0.2.0 migration`.
fn titles(text: &str, headings: &[Heading]) -> Vec<Title> {
    let mut titles: Vec<Title> = headings.iter().map(|one| meaning(text, one)).collect();
    let releases = headings.iter().zip(&titles);
    let releases =
        releases.filter(|(_, title)| matches!(title, Title::Release(_)) && !is_open(title));
    let shallowest = releases.map(|(heading, _)| heading.level).min();

    let mut above: Vec<usize> = Vec::new();
    for (at, heading) in headings.iter().enumerate() {
        while above
            .last()
            .is_some_and(|last| headings[*last].level >= heading.level)
        {
            above.pop();
        }
        if let Title::Release(release) = &titles[at]
            && let Some(section) = above.last()
        {
            let has_releases_beside =
                shallowest.is_some_and(|level| level <= headings[*section].level);
            // Some teams have patches below their minor release, and date or link at least them.
            let is_unlike = release.is_bare(text, heading)
                && match &titles[*section] {
                    above if is_open(above) => has_releases_beside,
                    Title::Release(above) => {
                        !above.is_bare(text, &headings[*section]) && !above.has_prerelease(release)
                    }
                    _ => false,
                };
            if is_unlike || release.has_word_after(text, heading) {
                titles[at] = Title::Other;
            }
        }
        if titles[at] != Title::Other {
            above.push(at);
        }
    }
    titles
}

/// Returns whether the changes below a heading are not released yet.
const fn is_open(title: &Title) -> bool {
    match title {
        Title::Unreleased => true,
        Title::Release(release) => release.pending.is_some(),
        Title::Other => false,
    }
}

/// Returns the section that a heading starts. It ends at the next section, or at a heading that is
/// not below its own level.
fn section(text: &str, outline: &MarkdownOutline, titles: &[Title], at: usize) -> ChangelogSection {
    let heading = &outline.headings[at];
    let after = at + 1..outline.headings.len();
    let ends = |next: &usize| {
        titles[*next] != Title::Other || outline.headings[*next].level <= heading.level
    };
    let next = after.clone().find(ends).unwrap_or(after.end);
    let end = outline
        .headings
        .get(next)
        .map_or(outline.rows.len(), |next| next.first);
    let below = &outline.headings[at + 1..next];
    let level = below.iter().map(|heading| heading.level).min().unwrap_or(0);
    let starts: Vec<&Heading> = below
        .iter()
        .filter(|heading| heading.level == level)
        .collect();
    let ends = starts
        .iter()
        .skip(1)
        .map(|heading| heading.first)
        .chain([end]);
    let groups = starts
        .iter()
        .zip(ends)
        .map(|(heading, end)| ChangeGroup::new(text, heading, end))
        .collect();
    let rows = heading.rows.end..end;
    let bold_titles = rows.clone().filter_map(|at| {
        let row = &outline.rows[at];
        let title = bold_title(row.line.of(text)).filter(|_| row.kind == RowKind::Text)?;
        Some((at, ChangeType::meant(title)?))
    });
    ChangelogSection {
        heading: heading.clone(),
        title: titles[at].clone(),
        bold_titles: bold_titles.collect(),
        rows,
        groups,
        is_of_others: false,
    }
}

/// Returns whether two spellings name the same package. Cargo does not distinguish `-` and `_` in
/// the names of libraries, and people do not distinguish case. In a tag, a directory may come
/// first.
fn is_same_package(name: &str, written: &str) -> bool {
    let folded = |name: &str| name.to_ascii_lowercase().replace('_', "-");
    let last = written.rsplit('/').next().unwrap_or(written);
    [written, last].map(folded).contains(&folded(name))
}

//

/// The meaning of a heading. All ranges are bytes of the heading's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Title {
    /// Unreleased changes.
    Unreleased,
    /// A release, pending or not.
    Release(ReleaseTitle),
    /// Any other heading.
    Other,
}

/// The parts of a release's heading.
///
/// Versions are understood in the forms `1.0.0`, `v1.0.0`, `[1.0.0] - 2026-01-01`, `[1.0.0](url) -
/// 2026-01-01`, `1.0.0 (2026-01-01)`, `Version 1.0.0`, `name 1.0.0 (..)`, `Release name 1.0.0
/// (..)`, ``[`1.0.0`](url)``, `[name-v1.0.0]`, `1.0`, `.. [YANKED]` and `1.0.0 - Unreleased`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReleaseTitle {
    /// Version; missing numbers are 0.
    pub(super) version: Version,
    /// Word before the version that may be the name of a package, as in `core 1.0.0` and
    /// `core-v1.0.0`.
    pub(super) package: Option<Range<usize>>,
    /// Version as written.
    pub(super) number: Range<usize>,
    /// Text of a link, the `1.0.0` in `[1.0.0]`.
    pub(super) label: Option<Range<usize>>,
    /// Target of `[1.0.0](target)`.
    pub(super) url: Option<Range<usize>>,
    /// Date in the form `2026-01-01`. It may not exist in the calendar.
    pub(super) date: Option<Range<usize>>,
    /// Word in place of the date: `Unreleased`, `TBD`.
    pub(super) pending: Option<Range<usize>>,
    /// Whether the release is marked `[YANKED]`.
    pub(super) yanked: bool,
    /// End of the part that was understood, including brackets around the date.
    pub(super) end: usize,
}

impl ReleaseTitle {
    /// Returns the word before the version in its heading.
    fn name<'t>(&self, text: &'t str, heading: &Heading) -> Option<&'t str> {
        Some(&text[heading.text.clone()][self.package.clone()?])
    }

    /// Returns whether its heading has neither a date nor a link, nor anything in brackets.
    fn is_bare(&self, text: &str, heading: &Heading) -> bool {
        self.date.is_none()
            && self.url.is_none()
            && self.label.is_none()
            && !self.rest(text, heading).starts_with(['(', '['])
    }

    /// Returns whether another one is a prerelease of it.
    fn has_prerelease(&self, other: &Self) -> bool {
        let core = |one: &Version| (one.major, one.minor, one.patch);
        core(&self.version) == core(&other.version) && !other.version.pre.is_empty()
    }

    /// Returns whether a word follows the version in its heading, instead of a date or a link.
    fn has_word_after(&self, text: &str, heading: &Heading) -> bool {
        let is_linked_or_dated = self.date.is_some() || self.url.is_some();
        !is_linked_or_dated && self.rest(text, heading).starts_with(char::is_alphabetic)
    }

    fn rest<'t>(&self, text: &'t str, heading: &Heading) -> &'t str {
        text[heading.text.clone()][self.end..].trim_start()
    }
}

/// Headings that consist of one of these words name unreleased changes.
const UNRELEASED: [&str; 16] = [
    "unreleased",
    "tbd",
    "next",
    "next release",
    "next version",
    "vnext",
    "v-next",
    "head",
    "upcoming",
    "upcoming release",
    "upcoming version",
    "upcoming changes",
    "coming soon",
    "in development",
    "under development",
    "not yet released",
];
/// Words that mark a pending release in place of its date.
const PENDING: [&str; 3] = ["unreleased", "tbd", "not yet released"];

/// Reads the text of a heading.
pub(super) fn read_title(text: &str) -> Title {
    let bare = text
        .trim_matches(|c: char| matches!(c, '[' | ']' | '*' | '_' | '`' | ' '))
        .to_ascii_lowercase();
    let starts = bare
        .strip_prefix("unreleased")
        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()));
    if starts || UNRELEASED.contains(&bare.as_str()) {
        return Title::Unreleased;
    }
    match read_release(text) {
        Some(release) => Title::Release(release),
        None if is_unreleased_of(&bare) => Title::Unreleased,
        None => Title::Other,
    }
}

/// Returns whether a title is a name followed by "unreleased": `main (unreleased)`.
fn is_unreleased_of(title: &str) -> bool {
    let mut words = title
        .split(|c: char| !(c.is_alphanumeric() || "-_".contains(c)))
        .filter(|word| word.contains(char::is_alphanumeric));
    words.next().is_some() && words.next() == Some("unreleased") && words.next().is_none()
}

fn read_release(text: &str) -> Option<ReleaseTitle> {
    let mut at = text.len() - text.trim_start_matches(['*', '_', ' ']).len();
    let mut word = leading_word(&text[at..]);
    let mut start = at;
    at += word.map_or(0, |(length, _)| length);
    // A package may follow the word `Release`: `Release rayon 1.12.0`.
    if let Some((length, Word::Package)) =
        leading_word(&text[at..]).filter(|_| matches!(word, Some((_, Word::Version))))
    {
        word = Some((length, Word::Package));
        start = at;
        at += length;
    }
    let before = word
        .filter(|(_, kind)| matches!(kind, Word::Package))
        .map(|(length, _)| start..start + length - 1);
    let bracket = text[at..].starts_with('[');
    at += usize::from(bracket);
    let label = at;
    let quoted = text[at..].starts_with('`');
    at += usize::from(quoted);
    let glued = prefix_length(&text[at..]);
    let package = before.or_else(|| {
        let prefix = &text[at..at + glued];
        let name = prefix.strip_suffix(['v', 'V']).unwrap_or(prefix);
        let length = name.trim_end_matches(['-', '@', '/']).len();
        (length > 0).then(|| at..at + length)
    });
    at += glued;
    let written = text[at..]
        .find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)))
        .map_or(text.len(), |n| at + n);
    let number = at..at + text[at..written].trim_end_matches(['.', '-', '+']).len();
    let free = matches!(word, Some((_, Word::Package)));
    let version = read_version(&text[number.clone()], bracket || !free && glued <= 1)?;
    let mut found = ReleaseTitle {
        version,
        package,
        end: number.end,
        number,
        label: None,
        url: None,
        date: None,
        pending: None,
        yanked: false,
    };
    read_link(text, label, bracket, &mut found);
    read_rest(text, &mut found);
    let rest_is_free_text =
        found.date.is_none() && found.pending.is_none() && !text[found.end..].trim().is_empty();
    let goes_on = text[found.number.end..].starts_with(|c: char| c.is_alphanumeric());
    (!(goes_on || free && rest_is_free_text)).then_some(found)
}

#[derive(Clone, Copy)]
enum Word {
    /// `Version` or `Release`.
    Version,
    /// Name of a package.
    Package,
}

/// Returns the length of a word and the space before the version.
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
    (is_name && read_version(&word[prefix_length(word)..], false).is_none())
        .then_some((word.len() + 1, kind))
}

/// Returns the length of a prefix of the number: `v`, `name-v`, `name-`, `name@`.
fn prefix_length(text: &str) -> usize {
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

/// Parses a version. With `short`, two numbers are enough.
fn read_version(text: &str, short: bool) -> Option<Version> {
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

/// Reads the link around the number and its target.
fn read_link(text: &str, label: usize, bracket: bool, found: &mut ReleaseTitle) {
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

/// Reads the date or the word in its place, and whether the release was yanked.
fn read_rest(text: &str, found: &mut ReleaseTitle) {
    let after = &text[found.end..];
    let lower = after.to_ascii_lowercase();
    found.yanked = lower.contains("yanked");
    let range = if let Some(date) = find_date(after) {
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

/// Returns the position of the first date in the form `0000-00-00`.
pub(super) fn find_date(text: &str) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let found = (0..(bytes.len() + 1).saturating_sub(10)).find(|at| {
        // Ten characters inside a longer number are not a date.
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        let around = [before, bytes.get(at + 10)];
        has_date_shape(&bytes[*at..at + 10])
            && !around.into_iter().flatten().any(u8::is_ascii_digit)
    })?;
    Some(found..found + 10)
}

/// Returns whether ten bytes have the form `0000-00-00`.
fn has_date_shape(bytes: &[u8]) -> bool {
    bytes.iter().enumerate().all(|(at, byte)| match at {
        4 | 7 => *byte == b'-',
        _ => byte.is_ascii_digit(),
    })
}

/// Returns the heading of a new release, without a line ending after it. Its form is that of the
/// newest release (`model`), its level that of the unreleased section's heading.
pub(super) fn release_heading(
    doc: &ParsedChangelog<'_>,
    unreleased: &ChangelogSection,
    model: Option<(&ChangelogSection, &ReleaseTitle)>,
    name: &str,
    version: &str,
    day: &str,
) -> String {
    let above = &unreleased.heading;
    let of_others = || doc.release_of_others().filter(|_| !name.is_empty());
    let title = match model.or_else(of_others) {
        Some((section, release)) => {
            let title = doc.title_text(&section.heading);
            match release.package.clone().filter(|_| section.is_of_others) {
                Some(other) => {
                    let (title, release) = renamed(title, release, &other, name);
                    similar_title(&title, &release, version, day)
                }
                None => similar_title(title, release, version, day),
            }
        }
        None if doc.title_text(above).starts_with('[') => format!("[{version}] - {day}"),
        None => format!("{version} - {day}"),
    };
    styled_heading(doc, above, &title)
}

/// Returns the date in the form of the newest release, `2026-02-01` if that is not known.
pub(super) fn date_like(
    doc: &ParsedChangelog<'_>,
    model: Option<(&ChangelogSection, &ReleaseTitle)>,
    day: &str,
) -> String {
    let tail = model.map(|(section, release)| &doc.title_text(&section.heading)[release.end..]);
    let restyled = tail.and_then(|tail| dates::restyled(tail, day));
    let restyled = restyled.as_deref().unwrap_or(day);
    restyled
        .trim_matches(|c: char| !c.is_alphanumeric())
        .to_owned()
}

/// Returns a heading with this title in the style of another one: the same hashes, or an underline.
pub(super) fn styled_heading(doc: &ParsedChangelog<'_>, other: &Heading, title: &str) -> String {
    let first = doc.row(other.rows.start).line;
    let before = doc
        .text
        .get(first.start..other.text.start)
        .unwrap_or_default();
    if other.rows.len() == 1 {
        let after = &doc.text[other.text.end..first.end];
        return format!("{before}{title}{}", after.trim_end());
    }
    let underline = doc.line(other.rows.end - 1).trim();
    let fits = underline.len() == doc.title_text(other).chars().count();
    let mark = underline.get(..1).unwrap_or("=");
    let line = if fits {
        mark.repeat(title.chars().count())
    } else {
        underline.to_owned()
    };
    format!("{before}{title}{}{line}", doc.ending(other.rows.start))
}

/// Returns the heading of a release of another package, `other`, as one of the package `name`. A
/// link is left out, because it leads to a release of the other one.
fn renamed(
    title: &str,
    release: &ReleaseTitle,
    other: &Range<usize>,
    name: &str,
) -> (String, ReleaseTitle) {
    let mut splices = vec![Splice::replace(other.clone(), name)];
    if let (Some(label), Some(url)) = (&release.label, &release.url) {
        splices.push(Splice::replace(label.start - 1..label.start, ""));
        splices.push(Splice::replace(label.end..url.end + 1, ""));
    }
    let title = apply(title, splices);
    let release = read_release(&title).unwrap_or_else(|| release.clone());
    (title, release)
}

/// Returns the title of another release with its version and date replaced.
fn similar_title(title: &str, release: &ReleaseTitle, version: &str, day: &str) -> String {
    let old = &title[release.number.clone()];
    let mut splices = Vec::new();
    let mut replace =
        |at: &Range<usize>, with: String| splices.push(Splice::replace(at.clone(), with));
    if let Some(url) = &release.url {
        replace(url, heading_url(&title[url.clone()], old, version));
    }
    if let Some(at) = &release.date {
        replace(at, day.to_owned());
    }
    let taken = |at: usize| {
        [&release.url, &release.date]
            .iter()
            .any(|r| r.as_ref().is_some_and(|r| r.contains(&at)))
    };
    for (at, _) in title.match_indices(old).filter(|(at, _)| !taken(*at)) {
        replace(&(at..at + old.len()), version.to_owned());
    }
    let tail = &title[release.end..];
    let marks = tail.chars().all(|c| matches!(c, '*' | '_' | '`'));
    if marks || tail.contains(old) && !release.yanked {
        return apply(title, splices);
    }
    splices.push(Splice::replace(
        release.end..title.len(),
        replaced_date(tail, day).unwrap_or_default(),
    ));
    apply(
        title,
        splices
            .into_iter()
            .filter(|s| s.at.start <= release.end)
            .collect(),
    )
}

/// Returns the new date for a tail with a date in another form: `(December 18, 2025)`. A form that
/// is not read gets `2026-02-01`.
fn replaced_date(tail: &str, day: &str) -> Option<String> {
    if let Some(restyled) = dates::restyled(tail, day) {
        return Some(restyled);
    }
    let year = find_date(tail).is_none()
        && tail
            .split(|c: char| !c.is_alphanumeric())
            .any(|word: &str| word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit()));
    year.then(|| {
        if tail.trim_start().starts_with('(') {
            format!(" ({day})")
        } else {
            format!(" - {day}")
        }
    })
}

/// Returns the link target of a new heading. A comparison starts where the older one ended.
fn heading_url(url: &str, old: &str, version: &str) -> String {
    let Some(compare) = Compare::read(url) else {
        return url.replace(old, version);
    };
    let template = TagTemplate::of_tag(compare.to);
    let tag = template.map_or_else(
        || compare.to.replace(old, version),
        |template| template.render("", version),
    );
    compare.with(compare.to, &tag)
}

/// The six types of change of <https://keepachangelog.com/en/2.0.0/>, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum ChangeType {
    Added,
    Changed,
    Deprecated,
    Removed,
    Fixed,
    Security,
}

impl ChangeType {
    /// All types, in the order of their groups.
    pub const ALL: [Self; 6] = [
        Self::Added,
        Self::Changed,
        Self::Deprecated,
        Self::Removed,
        Self::Fixed,
        Self::Security,
    ];

    /// Returns the heading of the type's group.
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "Added",
            Self::Changed => "Changed",
            Self::Deprecated => "Deprecated",
            Self::Removed => "Removed",
            Self::Fixed => "Fixed",
            Self::Security => "Security",
        }
    }

    /// Returns the words under which the type is known in headings.
    fn synonyms(self) -> &'static [&'static str] {
        match self {
            Self::Added => &[
                "added",
                "add",
                "features",
                "feature",
                "new features",
                "additions",
                "new",
            ][..],
            Self::Changed => &[
                "changed",
                "changes",
                "change",
                "breaking",
                "breaking changes",
                "improvements",
                "improved",
                "enhancements",
                "performance",
            ],
            Self::Deprecated => &["deprecated", "deprecations"],
            Self::Removed => &["removed", "removals", "remove"],
            Self::Fixed => &["fixed", "fixes", "fix", "bug fixes", "bugfixes", "bugs"],
            Self::Security => &["security"],
        }
    }

    /// Returns the type of change that a heading names. Synonyms are known; punctuation and case
    /// are ignored.
    pub(super) fn meant(heading: &str) -> Option<Self> {
        let words = words(heading);
        Self::ALL
            .into_iter()
            .find(|kind| kind.synonyms().contains(&words.as_str()))
    }
}

/// The words of headings about breaking changes.
const BREAKING: [&str; 3] = ["breaking", "incompatible", "incompatibilities"];

/// Returns whether a heading is about breaking changes: `Breaking`, `⚠ BREAKING CHANGES`,
/// `Changed (breaking)`, `Incompatible changes`.
pub(super) fn is_breaking(heading: &str) -> bool {
    let words = words(heading);
    let words: Vec<&str> = words.split(' ').collect();
    words.iter().enumerate().any(|(at, word)| {
        let is_negated = at > 0 && ["non", "no", "not"].contains(&words[at - 1]);
        BREAKING.contains(word) && !is_negated
    })
}

/// Returns the words of a text in lower case, without punctuation.
pub(super) fn words(text: &str) -> String {
    let words = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

/// Returns the title of a line that is bold as a whole, which some teams write in place of a heading:
/// `**Added**`, `**Added:**`.
fn bold_title(line: &str) -> Option<&str> {
    let line = line.trim().trim_end_matches(':');
    let title = ["**", "__"]
        .iter()
        .find_map(|sign| line.strip_prefix(sign)?.strip_suffix(sign))?;
    (!title.contains(['*', '_'])).then_some(title)
}

/// A heading inside a section and the rows below it.
#[derive(Clone, Debug)]
pub(super) struct ChangeGroup {
    pub(super) heading: Heading,
    /// Rows below the heading.
    pub(super) rows: Range<usize>,
    /// Type of change; `None` if the heading does not name one.
    pub(super) kind: Option<ChangeType>,
    /// Whether the heading announces breaking changes of any type.
    pub(super) breaking: bool,
}

impl ChangeGroup {
    pub(super) fn new(text: &str, heading: &Heading, end: usize) -> Self {
        let title = &text[heading.text.clone()];
        let (kind, breaking) = (ChangeType::meant(title), is_breaking(title));
        Self {
            rows: heading.rows.end..end,
            kind,
            breaking,
            heading: heading.clone(),
        }
    }
}

#[cfg(test)]
mod tests;

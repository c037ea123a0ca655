//! A changelog as sections, and sections as groups: where each lies in the text. Reading never fails: what is not
//! understood is part of what it stands in.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ops::Range;

use semver::Version;

use super::group::Group;
use super::outline::{Definition, Heading, Kind, Outline, Row, outline};
use super::title::{self, Title};

/// A changelog's text and what was found in it.
#[derive(Clone, Debug)]
pub(super) struct Document<'t> {
    pub(super) text: &'t str,
    pub(super) outline: Outline,
    /// In the order of the text.
    pub(super) sections: Vec<Section>,
    /// Position of the first definition of each label.
    definitions: HashMap<String, usize>,
}

/// One release, or what is unreleased.
#[derive(Clone, Debug)]
pub(super) struct Section {
    pub(super) heading: Heading,
    pub(super) title: Title,
    /// Rows below the heading, up to the next section and its anchors.
    pub(super) rows: Range<usize>,
    pub(super) groups: Vec<Group>,
}

impl<'t> Document<'t> {
    pub(super) fn read(text: &'t str) -> Self {
        let outline = outline(text);
        let titles: Vec<Title> = outline
            .headings
            .iter()
            .map(|heading| meaning(text, heading))
            .collect();
        let starts = (0..titles.len()).filter(|at| titles[*at] != Title::Other);
        let sections = starts
            .map(|at| section(text, &outline, &titles, at))
            .collect();
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

    pub(super) fn row(&self, at: usize) -> &Row {
        &self.outline.rows[at]
    }

    /// The text of a row, without its line end.
    pub(super) fn line(&self, at: usize) -> &'t str {
        self.outline.rows[at].line.of(self.text)
    }

    pub(super) fn title_text(&self, heading: &Heading) -> &'t str {
        &self.text[heading.text.clone()]
    }

    /// Changes that are in no release yet: the section of that name, else the topmost one whose date is open.
    pub(super) fn unreleased(&self) -> Option<&Section> {
        let named = self
            .sections
            .iter()
            .find(|section| section.title == Title::Unreleased);
        named.or_else(|| self.sections.first().filter(|section| section.is_pending()))
    }

    /// The releases, pending ones aside.
    pub(super) fn releases(&self) -> impl Iterator<Item = (&Section, &title::Release)> {
        self.sections
            .iter()
            .filter(|section| !section.is_pending())
            .filter_map(|s| Some((s, s.release()?)))
    }

    /// Is a heading neither a release nor unreleased?
    pub(super) fn unread(&self, heading: &Heading) -> bool {
        meaning(self.text, heading) == Title::Other
    }

    /// The section of a release; build metadata does not tell releases apart.
    pub(super) fn release(&self, version: &Version) -> Option<&Section> {
        self.releases()
            .find(|(_, release)| release.version.cmp_precedence(version).is_eq())
            .map(|(section, _)| section)
    }

    /// The only section of a release. Build metadata counts only if several sections differ by nothing else.
    ///
    /// # Errors
    /// The lines of the headings if several sections are that release's.
    pub(super) fn only_release(&self, version: &Version) -> Result<Option<&Section>, Vec<u32>> {
        let of = |is_same: &dyn Fn(&Version) -> bool| -> Vec<&Section> {
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
            _ => {
                let line = |section: &&Section| Self::number(section.heading.rows.start);
                Err(found.iter().map(line).collect())
            }
        }
    }

    /// The link definition of a label, in any case.
    pub(super) fn definition(&self, label: &str) -> Option<&Definition> {
        self.definitions
            .get(&folded(label))
            .map(|at| &self.outline.definitions[*at])
    }

    /// Is there something to read in these rows, headings aside?
    pub(super) fn has_content(&self, rows: Range<usize>) -> bool {
        self.outline.rows[rows]
            .iter()
            .any(|row| !(trails(row) || row.kind == Kind::Heading || self.is_empty_item(row)))
    }

    /// Whether a row is a list item without text: `-`, `1.`.
    pub(super) fn is_empty_item(&self, row: &Row) -> bool {
        let marker = row.line.of(self.text).trim();
        let is_number = |marker: &str| marker.bytes().all(|byte| byte.is_ascii_digit());
        row.kind == Kind::Item
            && (["-", "*", "+"].contains(&marker)
                || marker.strip_suffix(['.', ')']).is_some_and(is_number))
    }

    /// The rows without what may trail a section.
    pub(super) fn trimmed(&self, rows: Range<usize>) -> Range<usize> {
        let trailing = self.outline.rows[rows.clone()]
            .iter()
            .rev()
            .take_while(|row| trails(row))
            .count();
        rows.start..rows.end - trailing
    }

    /// What ends lines around a row: its own ending, else that of the first line.
    pub(super) fn ending(&self, at: usize) -> &'t str {
        let ending = |row: &Row| row.line.ending(self.text);
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

    /// 1-based line of a row.
    pub(super) fn number(row: usize) -> u32 {
        u32::try_from(row + 1).unwrap_or(u32::MAX)
    }
}

impl Section {
    /// The parts of a release's heading, pending or not.
    pub(super) fn release(&self) -> Option<&title::Release> {
        match &self.title {
            Title::Release(release) => Some(release),
            _ => None,
        }
    }

    /// Has a version, and a word in place of the date.
    pub(super) fn is_pending(&self) -> bool {
        self.release()
            .is_some_and(|release| release.pending.is_some())
    }

    /// The rows above the first group.
    pub(super) fn lead(&self) -> Range<usize> {
        self.rows.start
            ..self
                .groups
                .first()
                .map_or(self.rows.end, |group| group.heading.first)
    }
}

/// Blanks, rules, comments and link definitions say nothing to a reader.
fn trails(row: &Row) -> bool {
    matches!(
        row.kind,
        Kind::Blank | Kind::Rule | Kind::Comment | Kind::Definition
    )
}

/// Labels of links are compared without case and with blanks as one.
pub(super) fn folded(label: &str) -> String {
    label
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

/// Sections have headings of the first three levels, on one line.
fn meaning(text: &str, heading: &Heading) -> Title {
    let title = &text[heading.text.clone()];
    if heading.level > 3 || title.contains(['\n', '\r']) {
        Title::Other
    } else {
        title::read(title)
    }
}

/// The section that a heading starts: it ends at the next one, or at any heading that is not below its own.
fn section(text: &str, outline: &Outline, titles: &[Title], at: usize) -> Section {
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
        .map(|(heading, end)| Group::new(text, heading, end))
        .collect();
    Section {
        heading: heading.clone(),
        title: titles[at].clone(),
        rows: heading.rows.end..end,
        groups,
    }
}

//! Cutting a release: what is unreleased becomes a version.

use std::fmt;

use semver::Version;

use super::document::{Document, Section};
use super::footer::{self, Target};
use super::forge::Compare;
use super::heading::heading;
use super::outline::{Kind, Row};
use super::splice::{Splice, apply};
use super::title::Release;
use crate::release::tag::TagTemplate;

/// The release to cut.
#[derive(Clone, Copy, Debug)]
pub struct Cut<'a> {
    /// The version.
    pub version: &'a Version,
    /// The package, for its tag; empty where one tag serves all.
    pub name: &'a str,
    /// `YYYY-MM-DD`.
    pub date: &'a str,
    /// How tags are named, where the file's own links do not tell.
    pub template: Option<&'a TagTemplate>,
    /// The repository's address, where the file's own links do not tell.
    pub repository: Option<&'a str>,
}

/// Why a changelog was not changed. Lines are 1-based.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There are entries and no heading names a release: where one ends cannot be told.
    Foreign,
    /// Nothing in the file is marked as unreleased.
    NoUnreleased,
    /// The unreleased section says nothing.
    Empty {
        /// Of its heading.
        line: u32,
    },
    /// The version has a section, and there are unreleased changes beside it.
    Taken {
        /// Of the version's heading.
        line: u32,
    },
    /// A heading in a form that is not understood names a newer version than the topmost release that is.
    Unread {
        /// The heading's text in the file.
        at: std::ops::Range<usize>,
        /// The version in it.
        version: String,
    },
    /// What is unreleased carries another version.
    Pending {
        /// That version.
        version: String,
        /// Of its heading.
        line: u32,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign => write!(
                f,
                "it has entries, and no heading that names a release or `Unreleased`"
            ),
            Self::NoUnreleased => write!(f, "there is no section of unreleased changes"),
            Self::Empty { line } => write!(
                f,
                "the section of unreleased changes (line {line}) is empty"
            ),
            Self::Taken { line } => {
                write!(
                    f,
                    "the version has a section already (line {line}), and there are unreleased changes beside it"
                )
            }
            Self::Unread { version, .. } => {
                write!(
                    f,
                    "the heading of {version} is not understood, so the newest release is unknown"
                )
            }
            Self::Pending { version, line } => write!(
                f,
                "the unreleased section (line {line}) is that of {version}"
            ),
        }
    }
}

impl std::error::Error for Refusal {}

/// The text with what is unreleased as a release, below a fresh heading for what comes next; link definitions are moved
/// on, empty groups go. All other bytes stay. The text itself when the release is in it already.
///
/// # Errors
/// See [`Refusal`].
pub fn cut(text: &str, cut: &Cut<'_>) -> Result<String, Refusal> {
    let doc = Document::read(text);
    known_top(&doc)?;
    let unreleased = doc.unreleased();
    if let Some(section) = doc.release(cut.version) {
        return match unreleased.filter(|section| doc.has_content(section.rows.clone())) {
            None => Ok(text.to_owned()),
            Some(_) => Err(Refusal::Taken {
                line: Document::number(section.heading.rows.start),
            }),
        };
    }
    let unreleased = unreleased.ok_or(Refusal::NoUnreleased)?;
    let line = Document::number(unreleased.heading.rows.start);
    if !doc.has_content(unreleased.rows.clone()) {
        return Err(Refusal::Empty { line });
    }
    let mut splices = title(&doc, unreleased, cut, line)?;
    splices.extend(empty_groups(&doc, unreleased));
    let version = cut.version.to_string();
    let target = Target {
        version: &version,
        name: cut.name,
        template: cut.template,
        repository: cut.repository,
    };
    splices.extend(footer::moved(
        &doc,
        doc.releases().next().map(|(section, _)| section),
        &target,
    ));
    Ok(apply(text, splices))
}

/// Refuses a file in which a heading that is not understood names a newer version than all that are.
pub(super) fn known_top(doc: &Document<'_>) -> Result<(), Refusal> {
    let newest = doc.releases().map(|(_, release)| &release.version).max();
    let first = doc
        .releases()
        .next()
        .map_or(usize::MAX, |(section, _)| section.heading.rows.start);
    let above = doc
        .outline
        .headings
        .iter()
        .take_while(|heading| heading.rows.start < first);
    let unread = above.filter(|heading| heading.level <= 2 && doc.unread(heading));
    for heading in unread {
        let words = doc
            .title_text(heading)
            .split(|c: char| !(c.is_ascii_alphanumeric() || ".+-".contains(c)));
        let version = words
            .filter_map(|word| Version::parse(word.trim_start_matches(['v', 'V'])).ok())
            .max();
        if let Some(version) =
            version.filter(|version| newest.is_none_or(|newest| version > newest))
        {
            return Err(Refusal::Unread {
                at: heading.text.clone(),
                version: version.to_string(),
            });
        }
    }
    Ok(())
}

/// The new heading, below the one that stays; a pending release gets its date instead.
fn title(
    doc: &Document<'_>,
    unreleased: &Section,
    cut: &Cut<'_>,
    line: u32,
) -> Result<Vec<Splice>, Refusal> {
    let above = &unreleased.heading;
    if let Some((release, word)) = unreleased
        .release()
        .and_then(|r| Some((r, r.pending.clone()?)))
    {
        if release.version != *cut.version {
            return Err(Refusal::Pending {
                version: release.version.to_string(),
                line,
            });
        }
        let at = above.text.start + word.start..above.text.start + word.end;
        return Ok(vec![Splice::replace(at, cut.date)]);
    }
    let version = cut.version.to_string();
    let heading = heading(doc, unreleased, doc.releases().next(), &version, cut.date);
    let last = above.rows.end - 1;
    let ending = doc.ending(last);
    let anchors = doc
        .releases()
        .next()
        .and_then(|(newest, release)| anchors(doc, newest, release, &version));
    let heading = format!("{ending}{ending}{}{heading}", anchors.unwrap_or_default());
    let mut splices = vec![Splice::insert(doc.row(last).line.end, heading)];
    splices.extend(inline_link(doc, unreleased, &version));
    Ok(splices)
}

/// Returns the anchors above the newest release, with another version; `None` if they do not contain its version.
fn anchors(
    doc: &Document<'_>,
    newest: &Section,
    release: &Release,
    version: &str,
) -> Option<String> {
    let (first, heading) = (
        doc.row(newest.heading.first).line,
        doc.row(newest.heading.rows.start).line,
    );
    let above = &doc.text[first.start..heading.start];
    let old = &doc.title_text(&newest.heading)[release.number.clone()];
    above.contains(old).then(|| above.replace(old, version))
}

/// `## [Unreleased](.../compare/v1.0.0...HEAD)` compares with the new release from now on.
fn inline_link(doc: &Document<'_>, unreleased: &Section, version: &str) -> Option<Splice> {
    let title = doc.title_text(&unreleased.heading);
    let start = title.find("](")? + 2;
    let end = start + title[start..].find(')')?;
    let compare = Compare::read(&title[start..end])?;
    let tag = TagTemplate::of_tag(compare.from)?.render("", version);
    let at = unreleased.heading.text.start;
    Some(Splice::replace(
        at + start..at + end,
        compare.with(&tag, compare.to),
    ))
}

/// Groups with a heading and nothing below it; comments stay.
fn empty_groups(doc: &Document<'_>, section: &Section) -> Vec<Splice> {
    let empty = section.groups.iter().filter(|group| {
        let headings = doc.outline.rows[group.rows.clone()]
            .iter()
            .any(|row| row.kind == Kind::Heading);
        !headings && !doc.has_content(group.rows.clone())
    });
    let remove = empty.map(|group| {
        let rows = &doc.outline.rows;
        let is_blank = |row: &&Row| row.kind == Kind::Blank || doc.is_empty_item(row);
        let blanks = rows[group.rows.clone()].iter().take_while(is_blank).count();
        let next = group.rows.start + blanks;
        let end = rows.get(next).map_or(doc.text.len(), |row| row.line.start);
        Splice::replace(doc.row(group.heading.first).line.start..end, "")
    });
    remove.collect()
}

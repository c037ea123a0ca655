//! Compares sections with those at the last tag.

use std::collections::{HashMap, HashSet, VecDeque};

use semver::{BuildMetadata, Version};

use super::super::document::ReleaseTitle;
use super::super::document::{ChangelogSection, ParsedChangelog};
use super::super::markdown::RowKind;
use super::{LintContext, Rule, Violation, line};

pub(super) fn check(doc: &ParsedChangelog<'_>, context: &LintContext<'_>) -> Vec<Violation> {
    let Some(text) = context.published else {
        return Vec::new();
    };
    let old = ParsedChangelog::read(text);
    let last = context.tagged.and_then(|versions| versions.iter().max());
    let is_published = |release: &ReleaseTitle| {
        last.is_none_or(|last| release.version.cmp_precedence(last).is_le())
    };
    // A version may have several sections, which are compared in their order.
    let mut sections = by_version(doc);
    // Merging the sections of a version that had several is the way to fix them.
    let merged: HashSet<Version> = by_version(&old)
        .into_iter()
        .filter(|(version, was)| {
            was.len() > 1 && sections.get(version).is_some_and(|is| is.len() == 1)
        })
        .map(|(version, _)| version)
        .collect();
    let held = old.releases().filter(|(_, release)| {
        is_published(release)
            && !context.amended.contains(&release.version)
            && !merged.contains(&precedence(&release.version))
    });
    held.filter_map(|(section, release)| {
        let Some(now) = sections
            .get_mut(&precedence(&release.version))
            .and_then(|sections| take(sections, doc, old.package(section)))
        else {
            return Some((
                1,
                Rule::PublishedEdit,
                format!("{} was published and is missing", release.version),
            ));
        };
        let at = difference(&old, section, doc, now)?;
        let message = format!(
            "{} was published, and this has changed since",
            release.version
        );
        Some((at, Rule::PublishedEdit, message))
    })
    .collect()
}

/// Removes the first section of a package, or the first one if none names the package.
fn take<'d>(
    sections: &mut VecDeque<&'d ChangelogSection>,
    doc: &ParsedChangelog<'_>,
    package: Option<&str>,
) -> Option<&'d ChangelogSection> {
    let at = sections
        .iter()
        .position(|section| doc.package(section) == package);
    sections.remove(at.unwrap_or(0))
}

fn by_version<'d>(
    doc: &'d ParsedChangelog<'_>,
) -> HashMap<Version, VecDeque<&'d ChangelogSection>> {
    let mut sections: HashMap<Version, VecDeque<&ChangelogSection>> = HashMap::new();
    for (section, release) in doc.releases() {
        sections
            .entry(precedence(&release.version))
            .or_default()
            .push_back(section);
    }
    sections
}

/// Returns the version without build metadata, which is ignored when releases are compared.
fn precedence(version: &Version) -> Version {
    Version {
        build: BuildMetadata::EMPTY,
        ..version.clone()
    }
}

/// Returns the first line of a section that differs. The date counts; link definitions and the mark
/// of a yanked release do not.
fn difference(
    old: &ParsedChangelog<'_>,
    was: &ChangelogSection,
    new: &ParsedChangelog<'_>,
    is: &ChangelogSection,
) -> Option<u32> {
    let date = |doc: &ParsedChangelog<'_>, section: &ChangelogSection| {
        let date = section.release()?.date.clone()?;
        Some(doc.title_text(&section.heading)[date].to_owned())
    };
    if date(old, was) != date(new, is) {
        return Some(line(is));
    }
    let (before, after) = (lines(old, was), lines(new, is));
    let first = before.iter().zip(&after).position(|(a, b)| a.1 != b.1);
    let first =
        first.or_else(|| (before.len() != after.len()).then_some(before.len().min(after.len())))?;
    Some(
        after
            .get(first)
            .or(after.last())
            .map_or(line(is), |(at, _)| ParsedChangelog::number(*at)),
    )
}

/// Returns the rows with content, without trailing white space.
fn lines<'t>(doc: &ParsedChangelog<'t>, section: &ChangelogSection) -> Vec<(usize, &'t str)> {
    section
        .rows
        .clone()
        .filter(|at: &usize| {
            !matches!(
                doc.row(*at).kind,
                RowKind::Blank | RowKind::Comment | RowKind::Definition | RowKind::Rule
            )
        })
        .map(|at| (at, doc.line(at).trim_end()))
        .collect()
}

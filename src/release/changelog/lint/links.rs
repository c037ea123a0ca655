//! Checks the links of versions.

use std::collections::HashSet;

use semver::Version;

use super::super::document::{ChangelogSection, ParsedChangelog};
use super::super::document::{ReleaseTitle, Title};
use super::super::forge::{Compare, repository_of};
use super::super::markdown::{LinkDefinition, RowKind};
use super::super::markdown::{LinkReference, references};
use super::super::release::linked_repository;
use super::{LintContext, Rule, Violation, line};
use crate::release::tag::TagTemplate;

pub(super) fn check(doc: &ParsedChangelog<'_>, context: &LintContext<'_>) -> Vec<Violation> {
    let mut found = missing(doc, context);
    found.extend(unreleased(doc));
    found.extend(releases(doc));
    found.extend(ranges(doc, context));
    found.extend(undefined(doc, context));
    found
}

/// Reports references in entries without a link definition.
///
/// `[label]` alone may be plain text: it counts as a reference if it looks like other labels that
/// have one.
fn undefined(doc: &ParsedChangelog<'_>, context: &LintContext<'_>) -> Vec<Violation> {
    let label = |definition: &LinkDefinition| Shape::of(&doc.text[definition.label.clone()]);
    let linked: HashSet<Shape> = doc.outline.definitions.iter().filter_map(label).collect();
    let is_link = |label: &str| Shape::of(label).is_some_and(|shape| linked.contains(&shape));
    let open = doc
        .sections
        .iter()
        .filter(|section| context.is_open(section.release()));
    let mut found = Vec::new();
    for row in open
        .flat_map(|section| section.rows.clone())
        .filter(|row: &usize| matches!(doc.row(*row).kind, RowKind::Text | RowKind::Item))
    {
        let labels =
            references(doc.line(row))
                .into_iter()
                .filter_map(|reference| match reference {
                    LinkReference::Full(label) => Some(label),
                    LinkReference::Shortcut(label) => is_link(label).then_some(label),
                });
        let missing = labels.filter(|label| doc.definition(label).is_none());
        found.extend(missing.map(|label| {
            (
                ParsedChangelog::number(row),
                Rule::MissingLink,
                no_definition(label),
            )
        }));
    }
    found
}

fn no_definition(label: &str) -> String {
    format!("`[{label}]` has no link definition")
}

/// The kind of a link label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Shape {
    /// An issue: `#12`, `owner/name#12`, `GH-12`, `!12`.
    Issue,
    Version,
}

impl Shape {
    fn of(label: &str) -> Option<Self> {
        let number = label
            .rsplit_once(['#', '!'])
            .or_else(|| label.split_once("GH-"))
            .map(|(_, number)| number);
        if number
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
        {
            return Some(Self::Issue);
        }
        version(label).map(|_| Self::Version)
    }
}

/// Reports headings in brackets without a link definition.
///
/// If no heading has one, brackets are the file's style, and only strict linting reports them,
/// once. Published sections are checked only by strict linting, so that old gaps do not block a
/// release.
fn missing(doc: &ParsedChangelog<'_>, context: &LintContext<'_>) -> Vec<Violation> {
    let strict = context.all;
    let bracketed: Vec<(&ChangelogSection, String)> = doc
        .sections
        .iter()
        .filter_map(|section| Some((section, label(doc, section)?)))
        .collect();
    let without: Vec<&(&ChangelogSection, String)> = bracketed
        .iter()
        .filter(|(_, label)| doc.definition(label).is_none())
        .collect();
    match without.as_slice() {
        [(section, label), ..] if without.len() == bracketed.len() => {
            let message = format!("{}, and no other version has one", no_definition(label));
            if strict {
                vec![(line(section), Rule::MissingLink, message)]
            } else {
                Vec::new()
            }
        }
        some => {
            let open = some
                .iter()
                .filter(|(section, _)| context.is_open(section.release()));
            open.map(|(section, label)| (line(section), Rule::MissingLink, no_definition(label)))
                .collect()
        }
    }
}

/// Returns the label of a heading's brackets; `None` without brackets or with an inline target.
fn label(doc: &ParsedChangelog<'_>, section: &ChangelogSection) -> Option<String> {
    let title = doc.title_text(&section.heading);
    let (inner, rest) = title.strip_prefix('[')?.split_once(']')?;
    match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        _ if rest.starts_with('(') => None,
        Some((reference, _)) if !reference.is_empty() => Some(reference.to_owned()),
        _ => Some(inner.to_owned()),
    }
}

/// Checks that `[Unreleased]` compares with the newest release.
fn unreleased(doc: &ParsedChangelog<'_>) -> Option<Violation> {
    let definition = doc.definition("unreleased")?;
    let compare = Compare::read(&doc.text[definition.url.clone()])?;
    let newest = doc.releases().map(|(_, release)| &release.version).max()?;
    let from = version(compare.from)?;
    // A fix of an older release line may be on top; comparing with it is fine, too.
    let top = doc.releases().next().map(|(_, release)| &release.version);
    let fits = [Some(newest), top]
        .into_iter()
        .flatten()
        .any(|known| known.cmp_precedence(&from).is_eq());
    let message = format!("`[Unreleased]` compares with {from}, and {newest} is released");
    (!fits).then(|| {
        (
            ParsedChangelog::number(definition.row),
            Rule::StaleLink,
            message,
        )
    })
}

/// Checks that the link of a version leads to that version.
fn releases(doc: &ParsedChangelog<'_>) -> Vec<Violation> {
    let wrong = |section: &ChangelogSection, label: &str| {
        let definition = doc.definition(label)?;
        let to = version(Compare::read(&doc.text[definition.url.clone()])?.to)?;
        let wanted = &section.release()?.version;
        let message = format!("`[{label}]` leads to {to}");
        to.cmp_precedence(wanted).is_ne().then(|| {
            (
                ParsedChangelog::number(definition.row),
                Rule::StaleLink,
                message,
            )
        })
    };
    let linked = doc
        .sections
        .iter()
        .filter(|section| section.title != Title::Unreleased);
    linked
        .filter_map(|section| wrong(section, &label(doc, section)?))
        .collect()
}

/// Checks the links of versions that are not published.
///
/// Each compares with the release below, in the repository of the other links, and with three dots
/// unless the other links have two: these leave out changes made on both sides.
fn ranges(doc: &ParsedChangelog<'_>, context: &LintContext<'_>) -> Vec<Violation> {
    let releases: Vec<(&ChangelogSection, &ReleaseTitle)> = doc.releases().collect();
    let repository = linked_repository(doc);
    let has_two_dots = has_two_dots(doc);
    let mut found = Vec::new();
    for (at, (section, release)) in releases.iter().enumerate() {
        let definition = label(doc, section).and_then(|label| doc.definition(&label));
        let Some(definition) = definition.filter(|_| context.is_open(Some(release))) else {
            continue;
        };
        let (url, row) = (
            &doc.text[definition.url.clone()],
            ParsedChangelog::number(definition.row),
        );
        let mut stale = |message: String| found.push((row, Rule::StaleLink, message));
        if let (Some(own), Some(others)) = (repository_of(url), repository)
            && own != others
        {
            stale(format!(
                "the link of {} leads to {own}, and others to {others}",
                release.version
            ));
        }
        let Some(compare) = Compare::read(url) else {
            continue;
        };
        if !compare.has_three_dots() && !has_two_dots {
            stale(format!(
                "the link of {} compares with two dots instead of three",
                release.version
            ));
        }
        let below = releases.get(at + 1).map(|(_, below)| &below.version);
        if let (Some(from), Some(below)) = (version(compare.from), below)
            && from.cmp_precedence(below).is_ne()
        {
            stale(format!(
                "the link of {} compares with {from}, and the release below is {below}",
                release.version
            ));
        }
    }
    found
}

/// Returns whether new comparisons get two dots in this file, as that of `[Unreleased]` has, or else
/// all others.
fn has_two_dots(doc: &ParsedChangelog<'_>) -> bool {
    let compare = |definition: &LinkDefinition| Compare::read(&doc.text[definition.url.clone()]);
    if let Some(unreleased) = doc.definition("unreleased").and_then(compare) {
        return !unreleased.has_three_dots();
    }
    let all: Vec<Compare<'_>> = doc.outline.definitions.iter().filter_map(compare).collect();
    all.len() > 1 && !all.iter().any(Compare::has_three_dots)
}

/// Returns the version in a tag, whatever its template.
fn version(tag: &str) -> Option<Version> {
    TagTemplate::of_tag(tag)?.version("", tag)
}

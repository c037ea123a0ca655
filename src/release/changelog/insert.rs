//! Inserts entries into the unreleased section, under the existing headings and in the file's own
//! style.

use std::ops::Range;

use super::document::{
    ChangeType, ChangelogSection, ParsedChangelog, ReleaseTitle, styled_heading,
};
use super::forge::{self, Compare};
use super::markdown::RowKind;
use super::splice::{Splice, apply};
use crate::release::tag::TagTemplate;

/// An entry to add, as Markdown without a bullet.
pub(super) struct Addition {
    pub(super) kind: ChangeType,
    pub(super) breaking: bool,
    pub(super) text: String,
}

/// Returns the splices that add entries to a section, in the order of types. Breaking entries go to
/// the group of breaking changes if the section has one.
pub(super) fn insert_entries(
    doc: &ParsedChangelog<'_>,
    section: &ChangelogSection,
    additions: &[Addition],
) -> Vec<Splice> {
    if section.groups.is_empty() && is_flat(doc) {
        let entries: Vec<String> = additions.iter().map(|one| one.text.clone()).collect();
        return vec![append_entries(
            doc,
            section.lead(),
            section.heading.rows.end - 1,
            &entries,
        )];
    }
    let breaking = section.groups.iter().find(|group| group.breaking);
    let texts = |wanted: &dyn Fn(&&Addition) -> bool| {
        additions
            .iter()
            .filter(wanted)
            .map(|one| one.text.clone())
            .collect::<Vec<String>>()
    };
    let apart = |one: &&Addition| one.breaking && breaking.is_some();
    let mut splices = Vec::new();
    if let (Some(group), entries @ [_, ..]) = (breaking, texts(&apart).as_slice()) {
        splices.push(append_entries(
            doc,
            group.rows.clone(),
            group.heading.rows.end - 1,
            entries,
        ));
    }
    for kind in ChangeType::ALL {
        let entries = texts(&|one| one.kind == kind && !apart(one));
        splices.extend(if entries.is_empty() {
            None
        } else {
            insert_group(doc, section, kind, &entries)
        });
    }
    splices
}

/// Adds the entries of one type to their group, or as a new group at its place among the others.
fn insert_group(
    doc: &ParsedChangelog<'_>,
    section: &ChangelogSection,
    kind: ChangeType,
    entries: &[String],
) -> Option<Splice> {
    if let Some(group) = section
        .groups
        .iter()
        .find(|group| group.kind == Some(kind) && !group.breaking)
    {
        return Some(append_entries(
            doc,
            group.rows.clone(),
            group.heading.rows.end - 1,
            entries,
        ));
    }
    let ending = doc.ending(section.heading.rows.end - 1);
    let heading = group_heading(doc, section, kind);
    let bullet = bullet(doc, section.rows.clone());
    let list: Vec<String> = entries
        .iter()
        .map(|entry| format!("{bullet}{entry}"))
        .collect();
    let gap = if is_spaced(doc) { ending } else { "" };
    let block = format!("{heading}{ending}{gap}{}", list.join(ending));
    let mut ordered = section.groups.iter().filter(|group| !group.breaking);
    let later = ordered.find(|group| group.kind.is_some_and(|other| other > kind));
    if let Some(later) = later {
        let at = doc.row(later.heading.first).line.start;
        return Some(Splice::insert(at, format!("{block}{ending}{ending}")));
    }
    // Groups with other names stay below the ordered ones.
    let earlier = section
        .groups
        .iter()
        .rev()
        .find(|group| group.kind.is_some_and(|other| other < kind));
    let above = earlier.map_or(section.rows.clone(), |group| {
        section.rows.start..group.rows.end
    });
    let last = doc
        .trimmed(above)
        .end
        .checked_sub(1)?
        .max(section.heading.rows.end - 1);
    Some(Splice::insert(
        doc.row(last).line.end,
        format!("{ending}{ending}{block}"),
    ))
}

/// Adds entries at the end of a list, or as a new list after the existing text.
fn append_entries(
    doc: &ParsedChangelog<'_>,
    rows: Range<usize>,
    heading: usize,
    entries: &[String],
) -> Splice {
    let trimmed = doc.trimmed(rows.clone());
    let ending = doc.ending(heading);
    let bullet = bullet(doc, rows);
    let (last, first) = if trimmed.is_empty() {
        (heading, if is_spaced(doc) { 2 } else { 1 })
    } else {
        let last = doc.row(trimmed.end - 1);
        let in_list = last.kind == RowKind::Item || last.nested;
        (
            trimmed.end - 1,
            if in_list && !is_loose(doc, trimmed) {
                1
            } else {
                2
            },
        )
    };
    let between = if first == 2 && !trimmed_is_list(doc, last) {
        1
    } else {
        first
    };
    let mut text = ending.repeat(first);
    let lines: Vec<String> = entries
        .iter()
        .map(|entry| format!("{bullet}{entry}"))
        .collect();
    text.push_str(&lines.join(&ending.repeat(between)));
    Splice::insert(doc.row(last).line.end, text)
}

fn trimmed_is_list(doc: &ParsedChangelog<'_>, row: usize) -> bool {
    doc.row(row).kind == RowKind::Item || doc.row(row).nested
}

/// Returns whether all items are separated by blank lines.
fn is_loose(doc: &ParsedChangelog<'_>, rows: Range<usize>) -> bool {
    let items: Vec<usize> = rows
        .clone()
        .filter(|at| doc.row(*at).kind == RowKind::Item && !doc.row(*at).nested)
        .collect();
    items.len() > 1
        && items[1..]
            .iter()
            .all(|at| doc.row(at - 1).kind == RowKind::Blank)
}

/// Returns the bullet and the space after it as in the nearest list: in these rows, or else in the
/// file.
fn bullet(doc: &ParsedChangelog<'_>, rows: Range<usize>) -> String {
    let bullet = |at: usize| {
        let line = doc.line(at);
        let mark = line.find(['-', '*', '+'])?;
        let text = line[mark + 1..]
            .find(|c: char| c != ' ' && c != '\t')
            .filter(|blanks| *blanks > 0)?;
        line[..mark]
            .trim()
            .is_empty()
            .then(|| line[..mark + 1 + text].to_owned())
    };
    let item = |at: &usize| doc.row(*at).kind == RowKind::Item && !doc.row(*at).nested;
    let own = rows.rev().filter(item).find_map(bullet);
    own.or_else(|| (0..doc.outline.rows.len()).filter(item).find_map(bullet))
        .unwrap_or_else(|| "- ".to_owned())
}

/// Returns whether blank lines follow the headings of groups, or there are none.
fn is_spaced(doc: &ParsedChangelog<'_>) -> bool {
    let mut groups = doc
        .sections
        .iter()
        .flat_map(|section| &section.groups)
        .filter(|group| !group.rows.is_empty());
    groups
        .next()
        .is_none_or(|group| doc.row(group.rows.start).kind == RowKind::Blank)
}

/// Returns whether releases list their entries without groups.
fn is_flat(doc: &ParsedChangelog<'_>) -> bool {
    let mut releases = doc
        .releases()
        .filter(|(section, _)| doc.has_content(section.rows.clone()))
        .take(10)
        .peekable();
    releases.peek().is_some()
        && releases.all(|(section, _)| section.groups.iter().all(|group| group.kind.is_none()))
}

/// Returns the heading of a new group. Its name and style are those of the same type elsewhere in
/// the file, or else its own name one level below the section.
fn group_heading(
    doc: &ParsedChangelog<'_>,
    section: &ChangelogSection,
    kind: ChangeType,
) -> String {
    let groups = || doc.sections.iter().flat_map(|section| &section.groups);
    let same = || groups().filter(|group| group.kind == Some(kind) && !group.breaking);
    let named = same()
        .find(|group| doc.title_text(&group.heading) == kind.name())
        .or_else(|| same().next());
    let title = named.map_or(kind.name(), |group| doc.title_text(&group.heading));
    match named.or_else(|| groups().next()) {
        Some(group) => styled_heading(doc, &group.heading, title),
        None => format!(
            "{} {title}",
            "#".repeat(usize::from(section.heading.level) + 1)
        ),
    }
}

/// A new changelog without entries.
pub const NEW: &str = "\
# Changelog

All notable changes are documented in this file. Its format is that of
[Keep a Changelog](https://keepachangelog.com/en/2.0.0/).

## [Unreleased]
";

/// Returns the text with an empty unreleased section above the newest release, or unchanged if it
/// has one. A pending section of the packages `others` is none.
pub(super) fn with_unreleased(
    text: &str,
    template: Option<&TagTemplate>,
    others: &[String],
) -> String {
    let has_unreleased = ParsedChangelog::read_without(text, others)
        .unreleased()
        .is_some();
    if has_unreleased {
        return text.to_owned();
    }
    let doc = ParsedChangelog::read(text);
    let Some((newest, release)) = doc.releases().next() else {
        return with_first_section(&doc);
    };
    let row = newest.heading.first;
    let ending = doc.ending(newest.heading.rows.start);
    let link = unreleased_link(&doc, release, template);
    // If headings have inline links, brackets alone would not be a link.
    let bracketed =
        link.is_some() || release.url.is_none() && doc.title_text(&newest.heading).starts_with('[');
    let heading = styled_heading(
        &doc,
        &newest.heading,
        if bracketed {
            "[Unreleased]"
        } else {
            "Unreleased"
        },
    );
    let mut splices = vec![Splice::insert(
        doc.row(row).line.start,
        format!("{heading}{ending}{ending}"),
    )];
    splices.extend(link);
    apply(text, splices)
}

/// Adds the first section of a changelog, below the introduction and above other headings.
fn with_first_section(doc: &ParsedChangelog<'_>) -> String {
    const HEADING: &str = "## [Unreleased]";
    let rows = &doc.outline.rows;
    if let Some(heading) = doc
        .outline
        .headings
        .iter()
        .find(|heading| heading.level > 1)
    {
        let at = heading.first;
        let ending = doc.ending(heading.rows.start);
        return apply(
            doc.text,
            vec![Splice::insert(
                rows[at].line.start,
                format!("{HEADING}{ending}{ending}"),
            )],
        );
    }
    let Some(last) = doc.trimmed(0..rows.len()).end.checked_sub(1) else {
        return format!("{}{NEW}", doc.text);
    };
    let ending = doc.ending(last);
    apply(
        doc.text,
        vec![Splice::insert(
            rows[last].line.end,
            format!("{ending}{ending}{HEADING}"),
        )],
    )
}

/// Adds the definition of `[Unreleased]` above that of the newest release, if that is a comparison.
fn unreleased_link(
    doc: &ParsedChangelog<'_>,
    newest: &ReleaseTitle,
    template: Option<&TagTemplate>,
) -> Option<Splice> {
    let label = newest.label.as_ref().filter(|_| newest.url.is_none())?;
    let (section, _) = doc.releases().next()?;
    let definition = doc.definition(&doc.title_text(&section.heading)[label.clone()])?;
    let url = &doc.text[definition.url.clone()];
    let own = template.map(|template| template.render("", &newest.version.to_string()));
    let tag = forge::linked_tag(url).map(str::to_owned).or(own)?;
    let page = Compare::read(url).map(|compare| compare.with(&tag, "HEAD"));
    let page = page.or_else(|| {
        Some(forge::compare_page(
            forge::repository_of(url)?,
            &tag,
            "HEAD",
        ))
    })?;
    let between = &doc.text[definition.label.end..definition.url.start];
    let close = if between.ends_with('<') { ">" } else { "" };
    let row = doc.row(definition.row).line;
    Some(Splice::insert(
        row.start,
        format!(
            "[Unreleased{between}{page}{close}{}",
            doc.ending(definition.row)
        ),
    ))
}

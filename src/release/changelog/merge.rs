//! Entries put into the unreleased section, under the headings that are there, in the file's own style.

use std::ops::Range;

use super::document::{Document, Section};
use super::group::Type;
use super::heading::dressed;
use super::outline::Kind;
use super::splice::Splice;

/// An entry to add: Markdown without a bullet.
pub(super) struct Addition {
    pub(super) kind: Type,
    pub(super) breaking: bool,
    pub(super) text: String,
}

/// The splices that add entries, in the order of types, to a section. Breaking ones go to a group of breaking changes where
/// the section has one, and no others do.
pub(super) fn merged(doc: &Document<'_>, section: &Section, additions: &[Addition]) -> Vec<Splice> {
    if section.groups.is_empty() && is_flat(doc) {
        let entries: Vec<String> = additions.iter().map(|one| one.text.clone()).collect();
        return vec![append(
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
        splices.push(append(
            doc,
            group.rows.clone(),
            group.heading.rows.end - 1,
            entries,
        ));
    }
    for kind in Type::ALL {
        let entries = texts(&|one| one.kind == kind && !apart(one));
        splices.extend(if entries.is_empty() {
            None
        } else {
            group(doc, section, kind, &entries)
        });
    }
    splices
}

/// The entries of one type: in their group, else as a new group in its place among the others.
fn group(doc: &Document<'_>, section: &Section, kind: Type, entries: &[String]) -> Option<Splice> {
    if let Some(group) = section
        .groups
        .iter()
        .find(|group| group.kind == Some(kind) && !group.breaking)
    {
        return Some(append(
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
    // Groups of other names stay below those that have an order.
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

/// Entries at the end of a list, or as a list after what is there.
fn append(doc: &Document<'_>, rows: Range<usize>, heading: usize, entries: &[String]) -> Splice {
    let trimmed = doc.trimmed(rows.clone());
    let ending = doc.ending(heading);
    let bullet = bullet(doc, rows);
    let (last, first) = if trimmed.is_empty() {
        (heading, if is_spaced(doc) { 2 } else { 1 })
    } else {
        let last = doc.row(trimmed.end - 1);
        let in_list = last.kind == Kind::Item || last.nested;
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

fn trimmed_is_list(doc: &Document<'_>, row: usize) -> bool {
    doc.row(row).kind == Kind::Item || doc.row(row).nested
}

/// Items with blank lines between them.
fn is_loose(doc: &Document<'_>, rows: Range<usize>) -> bool {
    let items: Vec<usize> = rows
        .clone()
        .filter(|at| doc.row(*at).kind == Kind::Item && !doc.row(*at).nested)
        .collect();
    items.len() > 1
        && items[1..]
            .iter()
            .all(|at| doc.row(at - 1).kind == Kind::Blank)
}

/// The bullet with its blanks, as the nearest list has it: in these rows, else in the file.
fn bullet(doc: &Document<'_>, rows: Range<usize>) -> String {
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
    let item = |at: &usize| doc.row(*at).kind == Kind::Item && !doc.row(*at).nested;
    let own = rows.rev().filter(item).find_map(bullet);
    own.or_else(|| (0..doc.outline.rows.len()).filter(item).find_map(bullet))
        .unwrap_or_else(|| "- ".to_owned())
}

/// There are blank lines between the headings of groups and what follows, or no groups at all.
fn is_spaced(doc: &Document<'_>) -> bool {
    let mut groups = doc
        .sections
        .iter()
        .flat_map(|section| &section.groups)
        .filter(|group| !group.rows.is_empty());
    groups
        .next()
        .is_none_or(|group| doc.row(group.rows.start).kind == Kind::Blank)
}

/// Releases have entries and no groups.
fn is_flat(doc: &Document<'_>) -> bool {
    let mut releases = doc
        .releases()
        .filter(|(section, _)| doc.has_content(section.rows.clone()))
        .take(10)
        .peekable();
    releases.peek().is_some()
        && releases.all(|(section, _)| section.groups.iter().all(|group| group.kind.is_none()))
}

/// The heading of a new group: the name and the dress that this type has elsewhere in the file, else its own name one level
/// below the section.
fn group_heading(doc: &Document<'_>, section: &Section, kind: Type) -> String {
    let groups = || doc.sections.iter().flat_map(|section| &section.groups);
    let same = || groups().filter(|group| group.kind == Some(kind) && !group.breaking);
    let named = same()
        .find(|group| doc.title_text(&group.heading) == kind.name())
        .or_else(|| same().next());
    let title = named.map_or(kind.name(), |group| doc.title_text(&group.heading));
    match named.or_else(|| groups().next()) {
        Some(group) => dressed(doc, &group.heading, title),
        None => format!(
            "{} {title}",
            "#".repeat(usize::from(section.heading.level) + 1)
        ),
    }
}

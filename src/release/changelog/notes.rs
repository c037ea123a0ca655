//! Release notes: the text of a section, with links that work anywhere.

use std::collections::HashSet;
use std::ops::Range;

use semver::Version;

use super::document::{ChangelogSection, ParsedChangelog, folded};
use super::markdown::RowKind;
use super::splice::{Splice, apply};
use super::{forge, markdown, release};
use crate::relative_path;
use crate::text::replace_hostile;

/// The location of the changelog.
#[derive(Clone, Copy, Debug, Default)]
pub struct NotesPlace<'a> {
    /// Address of the repository. If `None`, it is derived from the file's own links.
    pub repository: Option<&'a str>,
    /// Address to use if the file has no such links.
    pub fallback: Option<&'a str>,
    /// Tag of the release.
    pub tag: &'a str,
    /// Names of the packages whose sections do not count.
    pub others: &'a [String],
    /// Path of the changelog in the repository, separated by `/`: `core/CHANGELOG.md`.
    pub path: &'a str,
}

/// Returns the text of a release's section without its heading; `None` if the version has no
/// section.
///
/// The bytes stay the same except for four things: relative links become absolute if the
/// repository is known, the link definitions in use are appended, control characters are
/// replaced, and lines end in `\n` as in the other parts of a tag's message.
///
/// # Errors
/// Fails with the lines of the headings if the version has several sections.
pub fn notes(
    text: &str,
    version: &Version,
    place: &NotesPlace<'_>,
) -> Result<Option<String>, Vec<u32>> {
    let doc = ParsedChangelog::read_without(text, place.others);
    let section = doc.only_release(version)?;
    Ok(section.map(|section| rendered(&doc, section, place)))
}

fn rendered(
    doc: &ParsedChangelog<'_>,
    section: &ChangelogSection,
    place: &NotesPlace<'_>,
) -> String {
    let text = doc.text;
    let rows = doc.trimmed(section.rows.clone());
    let Some(first) = rows.clone().find(|at| doc.row(*at).kind != RowKind::Blank) else {
        return String::new();
    };
    let range = doc.row(first).line.start..doc.row(rows.end - 1).line.end;
    let repository = place
        .repository
        .or_else(|| release::linked_repository(doc))
        .or(place.fallback);
    let absolute = |url: &str, image: bool| {
        Some(absolute(url, image, repository?, place)).filter(|new| new != url)
    };
    let mut splices = Vec::new();
    let mut used = HashSet::new();
    for at in first..rows.end {
        let row = doc.row(at);
        // What looks like a link there is none.
        if matches!(row.kind, RowKind::Code | RowKind::Comment) {
            continue;
        }
        for link in markdown::inline_links(doc.line(at)) {
            let at = row.line.start + link.target.start..row.line.start + link.target.end;
            splices.extend(
                absolute(&text[at.clone()], link.image).map(|url| Splice::replace(at, url)),
            );
        }
        used.extend(markdown::labels(doc.line(at)).into_iter().map(folded));
    }
    let mut notes = within(text, &range, splices).replace("\r\n", "\n");
    // A definition cannot interrupt a paragraph, so a blank line comes first.
    let mut gap = "\n\n";
    for definition in &doc.outline.definitions {
        let label = &text[definition.label.clone()];
        if used.contains(&folded(label)) && !rows.contains(&definition.row) {
            let url = &text[definition.url.clone()];
            let url = absolute(url, false).unwrap_or_else(|| url.to_owned());
            notes.push_str(&format!(
                "{gap}[{label}]: {}",
                if url.contains(' ') {
                    format!("<{url}>")
                } else {
                    url
                }
            ));
            gap = "\n";
        }
    }
    replace_hostile(&(notes + "\n"))
}

/// Returns a part of a text with its splices applied.
fn within(text: &str, range: &Range<usize>, splices: Vec<Splice>) -> String {
    let moved = splices.into_iter().map(|splice| Splice {
        at: splice.at.start - range.start..splice.at.end - range.start,
        with: splice.with,
    });
    apply(&text[range.clone()], moved.collect())
}

/// Converts a link target to an address that works outside the repository.
fn absolute(url: &str, image: bool, repository: &str, place: &NotesPlace<'_>) -> String {
    let scheme = url.split_once(':').is_some_and(|(scheme, _)| {
        !scheme.is_empty()
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    });
    if scheme || url.starts_with("//") || url.is_empty() {
        return url.to_owned();
    }
    if url.starts_with('#') {
        return forge::file_page(repository, place.tag, place.path, false) + url;
    }
    let directory = relative_path::parent(place.path);
    let mut parts: Vec<&str> = if url.starts_with('/') {
        Vec::new()
    } else {
        directory.split('/').collect()
    };
    for part in url.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "" | "." => {}
            part => parts.push(part),
        }
    }
    let path = parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("/");
    // An image needs the raw content, because the page of a file is HTML.
    forge::file_page(repository, place.tag, &path, image)
}

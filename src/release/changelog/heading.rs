//! Headings of new releases, written as the file writes them.

use std::ops::Range;

use super::document::{Document, Section};
use super::forge::Compare;
use super::outline::Heading;
use super::splice::{Splice, apply};
use super::title::{Release, date};
use crate::release::tag::TagTemplate;

/// The heading of a release, without a line end after it (there is one inside when it is underlined): in the form of the
/// newest release (`model`), as deep as the heading of the unreleased section.
pub(super) fn heading(
    doc: &Document<'_>,
    unreleased: &Section,
    model: Option<(&Section, &Release)>,
    version: &str,
    day: &str,
) -> String {
    let above = &unreleased.heading;
    let title = match model {
        Some((section, release)) => alike(doc.title_text(&section.heading), release, version, day),
        None if doc.title_text(above).starts_with('[') => format!("[{version}] - {day}"),
        None => format!("{version} - {day}"),
    };
    dressed(doc, above, &title)
}

/// A title with the hashes or the underline of another heading.
pub(super) fn dressed(doc: &Document<'_>, other: &Heading, title: &str) -> String {
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

/// The title of another release, saying another version and day.
fn alike(title: &str, release: &Release, version: &str, day: &str) -> String {
    let old = &title[release.number.clone()];
    let mut splices = Vec::new();
    let mut replace =
        |at: &Range<usize>, with: String| splices.push(Splice::replace(at.clone(), with));
    if let Some(url) = &release.url {
        replace(url, target(&title[url.clone()], old, version));
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
        dated(tail, day).unwrap_or_default(),
    ));
    apply(
        title,
        splices
            .into_iter()
            .filter(|s| s.at.start <= release.end)
            .collect(),
    )
}

/// The day, where there is one in words that are not understood: `(December 18, 2025)`.
fn dated(tail: &str, day: &str) -> Option<String> {
    let is_year = |word: &str| word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit());
    let year = date(tail).is_none() && tail.split(|c: char| !c.is_alphanumeric()).any(is_year);
    year.then(|| {
        if tail.trim_start().starts_with('(') {
            format!(" ({day})")
        } else {
            format!(" - {day}")
        }
    })
}

/// The address that a heading links to: the comparison goes on from where the older one ended.
fn target(url: &str, old: &str, version: &str) -> String {
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

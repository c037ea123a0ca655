//! A section for unreleased changes, opened where there is none.

use super::document::Document;
use super::forge::{self, Compare};
use super::heading::dressed;
use super::splice::{Splice, apply};
use super::title::Release;
use crate::release::tag::TagTemplate;

/// A changelog that says nothing yet.
pub const NEW: &str = "\
# Changelog

All notable changes are documented in this file. Its format is that of
[Keep a Changelog](https://keepachangelog.com/en/2.0.0/).

## [Unreleased]
";

/// The text with an empty unreleased section above the newest release; the text itself when it has one.
pub(super) fn opened(text: &str, template: Option<&TagTemplate>) -> String {
    let doc = Document::read(text);
    if doc.unreleased().is_some() {
        return text.to_owned();
    }
    let Some((newest, release)) = doc.releases().next() else {
        return first(&doc);
    };
    let row = newest.heading.first;
    let ending = doc.ending(newest.heading.rows.start);
    let link = link(&doc, release, template);
    // Where headings carry their targets in themselves, brackets alone would be no link.
    let bracketed =
        link.is_some() || release.url.is_none() && doc.title_text(&newest.heading).starts_with('[');
    let heading = dressed(
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

/// The first section of a changelog: below what introduces it, above other headings.
fn first(doc: &Document<'_>) -> String {
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

/// The definition of `[Unreleased]`, above that of the newest release, where that one is a comparison.
fn link(doc: &Document<'_>, newest: &Release, template: Option<&TagTemplate>) -> Option<Splice> {
    let label = newest.label.as_ref().filter(|_| newest.url.is_none())?;
    let (section, _) = doc.releases().next()?;
    let definition = doc.definition(&doc.title_text(&section.heading)[label.clone()])?;
    let url = &doc.text[definition.url.clone()];
    let own = template.map(|template| template.render("", &newest.version.to_string()));
    let tag = forge::tag(url).map(str::to_owned).or(own)?;
    let page = Compare::read(url).map(|compare| compare.with(&tag, "HEAD"));
    let page = page.or_else(|| Some(forge::compare_page(forge::repository(url)?, &tag, "HEAD")))?;
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

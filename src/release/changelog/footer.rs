//! The link definitions of versions at the end of a changelog, moved on to a new release.

use std::collections::HashSet;

use super::document::{Document, Section};
use super::forge::{self, Compare};
use super::inline::labels;
use super::outline::Definition;
use super::splice::Splice;
use super::title::{self, Title};
use crate::release::tag::TagTemplate;

/// What a file's definitions say about how it links versions.
struct Footers<'d> {
    doc: &'d Document<'d>,
    unreleased: Option<&'d Definition>,
    /// Those of releases, in the order of the text.
    releases: Vec<(&'d Definition, title::Release)>,
}

/// A release that footers are moved on to.
pub(super) struct Target<'a> {
    pub(super) version: &'a str,
    /// Of the package, for the tag.
    pub(super) name: &'a str,
    /// Used where the file's own links do not tell.
    pub(super) template: Option<&'a TagTemplate>,
    pub(super) repository: Option<&'a str>,
}

/// Moves `[Unreleased]` on and adds the definition of the release; nothing where the file has no such definitions, no
/// definition where headings carry their links themselves.
/// `previous` is the release below.
pub(super) fn moved(
    doc: &Document<'_>,
    previous: Option<&Section>,
    target: &Target<'_>,
) -> Vec<Splice> {
    let footers = Footers::of(doc);
    if footers.unreleased.is_none() && footers.releases.is_empty() {
        return Vec::new();
    }
    let linked = previous.and_then(|section| footers.linked(section));
    let Some(template) = footers.template(linked, target) else {
        return Vec::new();
    };
    let tag = template.render(target.name, target.version);
    let number = |section: &Section| {
        Some(doc.title_text(&section.heading)[section.release()?.number.clone()].to_owned())
    };
    let named = || {
        previous
            .and_then(number)
            .map(|number| template.render(target.name, &number))
    };
    let before = linked.map(str::to_owned).or_else(named);
    let mut splices = Vec::new();
    if let Some(definition) = footers.unreleased {
        let url = footers.url(definition);
        let head = Compare::read(url).map(|compare| compare.with(&tag, compare.to));
        let head = head.or_else(|| {
            Some(forge::compare_page(
                footers.repository(target)?,
                &tag,
                "HEAD",
            ))
        });
        splices.extend(head.map(|head| Splice::replace(definition.url.clone(), head)));
    }
    let label = footers.label(target.version);
    if doc.definition(&label).is_none() && footers.are_wanted(previous) {
        splices.extend(
            footers
                .address(before.as_deref(), &tag, target)
                .map(|url| footers.insert(&label, &url)),
        );
    }
    splices
}

/// The repository that the file's own links lead to.
pub(super) fn repository<'d>(doc: &Document<'d>) -> Option<&'d str> {
    let urls = doc
        .outline
        .definitions
        .iter()
        .map(|definition| &doc.text[definition.url.clone()]);
    let headings = doc.releases().filter_map(|(section, release)| {
        let title = doc.title_text(&section.heading);
        release.url.clone().map(|url| &title[url])
    });
    headings
        .chain(urls)
        .filter(|url| forge::tag(url).is_some())
        .find_map(forge::repository)
}

impl<'d> Footers<'d> {
    fn of(doc: &'d Document<'d>) -> Self {
        // `docs-1.0.0` is a link of another kind, unless a heading refers to it.
        let titles = doc
            .sections
            .iter()
            .map(|section| doc.title_text(&section.heading));
        let referenced: HashSet<&str> = titles.flat_map(labels).collect();
        let is_bare = |label: &str, release: &title::Release| {
            release.number.start <= 1 && release.number.end == label.len()
                || referenced.contains(label)
        };
        let read = |d: &'d Definition| {
            let label = &doc.text[d.label.clone()];
            match title::read(label) {
                Title::Release(release) if is_bare(label, &release) => Some((d, release)),
                _ => None,
            }
        };
        let releases = doc.outline.definitions.iter().filter_map(read).collect();
        Self {
            doc,
            unreleased: doc.definition("unreleased"),
            releases,
        }
    }

    fn url(&self, definition: &Definition) -> &'d str {
        &self.doc.text[definition.url.clone()]
    }

    /// How the link of the newest release names its tag, or else the newest of the others; else as told.
    fn template(&self, linked: Option<&str>, target: &Target<'_>) -> Option<TagTemplate> {
        let from = self
            .unreleased
            .and_then(|d| Compare::read(self.url(d)))
            .map(|compare| compare.from);
        let tags = self
            .releases
            .iter()
            .filter_map(|(d, _)| forge::tag(self.url(d)));
        let tags = linked.into_iter().chain(from).chain(tags);
        tags.filter_map(TagTemplate::of_tag)
            .next()
            .or_else(|| target.template.cloned())
    }

    /// The tag that a release's own link leads to.
    fn linked(&self, section: &Section) -> Option<&'d str> {
        let release = section.release()?;
        let inline = release
            .url
            .clone()
            .map(|url| &self.doc.title_text(&section.heading)[url]);
        let own = || {
            self.releases
                .iter()
                .find(|(_, r)| r.version == release.version)
                .map(|(d, _)| self.url(d))
        };
        inline.or_else(own).and_then(forge::tag)
    }

    /// Releases have definitions: the newest one has, or, where it has no link at all, `[Unreleased]` has.
    fn are_wanted(&self, previous: Option<&Section>) -> bool {
        let Some(release) = previous.and_then(Section::release) else {
            return true;
        };
        let own = self
            .releases
            .iter()
            .any(|(_, r)| r.version == release.version);
        release.url.is_none() && (own || self.unreleased.is_some())
    }

    fn repository<'r>(&'r self, target: &Target<'r>) -> Option<&'r str> {
        let own = || {
            self.unreleased
                .and_then(|definition| forge::repository(self.url(definition)))
        };
        repository(self.doc).or_else(own).or(target.repository)
    }

    /// The label of a release's definition: with the `v` or the name that the others have.
    fn label(&self, version: &str) -> String {
        let other = self
            .releases
            .first()
            .map(|(d, release)| (&self.doc.text[d.label.clone()], release));
        other.map_or_else(
            || version.to_owned(),
            |(label, release)| {
                format!(
                    "{}{version}{}",
                    &label[..release.number.start],
                    &label[release.number.end..]
                )
            },
        )
    }

    /// Where the definition of a release leads to: a comparison with the one before, if there is one; the page of its tag
    /// where the file has such pages alone.
    fn address(&self, before: Option<&str>, tag: &str, target: &Target<'_>) -> Option<String> {
        let compares = |definition: &Definition| Compare::read(self.url(definition));
        let known = self
            .unreleased
            .and_then(compares)
            .or_else(|| self.releases.iter().find_map(|(d, _)| compares(d)));
        let repository = self.repository(target);
        let pages =
            self.releases.len() > 1 && self.releases.iter().all(|(d, _)| compares(d).is_none());
        match (before.filter(|_| !pages), known) {
            (Some(before), Some(known)) => Some(known.with(before, tag)),
            (Some(before), None) => Some(forge::compare_page(repository?, before, tag)),
            (None, _) => Some(forge::tag_page(repository?, tag)),
        }
    }

    /// The new definition's line: next to `[Unreleased]`, on the side where the releases are; else before the first one.
    fn insert(&self, label: &str, url: &str) -> Splice {
        let first = self.releases.first().map(|(d, _)| *d);
        let model = self.unreleased.or(first);
        let Some(model) = model else {
            return Splice::insert(self.doc.text.len(), String::new());
        };
        let between = &self.doc.text[model.label.end..model.url.start];
        let open = if between.ends_with('<') { ">" } else { "" };
        let line = format!("[{label}{between}{url}{open}");
        let row = self.doc.row(model.row).line;
        let ending = self.doc.ending(model.row);
        let upward = self.unreleased.is_some() && first.is_none_or(|first| first.row > model.row);
        if upward {
            Splice::insert(row.end, format!("{ending}{line}"))
        } else {
            Splice::insert(row.start, format!("{line}{ending}"))
        }
    }
}

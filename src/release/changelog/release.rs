//! Turns the unreleased changes of a changelog into a release, and updates the links between
//! versions.

use std::collections::HashSet;
use std::fmt;

use semver::Version;

use super::document::{
    self, ChangelogSection, ParsedChangelog, ReleaseTitle, Title, date_like, release_heading,
};
use super::forge::{Compare, compare_page, linked_tag, repository_of, tag_page};
use super::markdown::{LinkDefinition, OutlineRow, RowKind, labels};
use super::splice::{Splice, apply};
use crate::release::tag::TagTemplate;
use crate::text::replace_hostile;

/// The release to create.
#[derive(Clone, Copy, Debug)]
pub struct CutInputs<'a> {
    /// Version of the release.
    pub version: &'a Version,
    /// Name of the package in its tag; empty if all packages share one tag.
    pub name: &'a str,
    /// Names of the packages that are not released. Sections with one of them in their heading are
    /// not of this release.
    pub others: &'a [String],
    /// Date of the release, `YYYY-MM-DD`.
    pub date: &'a str,
    /// Template of tag names, used if the file's own links do not show it.
    pub template: Option<&'a TagTemplate>,
    /// Address of the repository, used if the file's own links do not show it.
    pub repository: Option<&'a str>,
}

/// The reason why a changelog was not changed. Lines are 1-based.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CutRefusal {
    /// The file has entries, but no heading names a release, so that sections cannot be separated.
    Foreign,
    /// Nothing in the file is marked as unreleased.
    NoUnreleased,
    /// The unreleased section is empty.
    Empty {
        /// Line of its heading.
        line: u32,
    },
    /// The version already has a section, and there are further unreleased changes.
    Taken {
        /// Line of the version's heading.
        line: u32,
    },
    /// A heading that is not understood names a newer version than the topmost release.
    Unread {
        /// Position of the heading's text in the file.
        at: std::ops::Range<usize>,
        /// Version in the heading.
        version: String,
    },
    /// A link definition of the version leads elsewhere.
    Linked {
        /// The label.
        label: String,
        /// Line of the definition.
        line: u32,
        /// The address.
        url: String,
    },
    /// The unreleased section has another version.
    Pending {
        /// Version of the section.
        version: String,
        /// Line of its heading.
        line: u32,
    },
}

impl fmt::Display for CutRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign => write!(
                f,
                "it has entries, and no heading that names a release or `Unreleased`"
            ),
            Self::NoUnreleased => write!(f, "no section of unreleased changes found"),
            Self::Empty { line } => write!(
                f,
                "the section of unreleased changes (line {line}) is empty"
            ),
            Self::Taken { line } => {
                write!(
                    f,
                    "the version already has a section (line {line}), and there are further unreleased changes"
                )
            }
            Self::Unread { version, .. } => {
                write!(
                    f,
                    "the heading of {version} is not understood, so the newest release is unknown"
                )
            }
            Self::Linked { label, line, url } => write!(
                f,
                "`[{label}]` is already defined (line {line}), as {}",
                replace_hostile(url)
            ),
            Self::Pending { version, line } => write!(
                f,
                "the unreleased section (line {line}) is that of {version}"
            ),
        }
    }
}

impl std::error::Error for CutRefusal {}

/// Returns the text with the unreleased changes as a release below a new unreleased heading.
///
/// Link definitions are updated and empty groups are removed; all other bytes stay the same. The
/// text is returned unchanged if the release already exists.
///
/// # Errors
/// See [`CutRefusal`].
pub fn cut(text: &str, cut: &CutInputs<'_>) -> Result<String, CutRefusal> {
    let doc = ParsedChangelog::read_without(text, cut.others);
    known_top(&doc)?;
    let unreleased = doc.unreleased();
    if let Some(section) = doc.release(cut.version) {
        return match unreleased.filter(|section| doc.has_content(section.rows.clone())) {
            None => Ok(text.to_owned()),
            Some(_) => Err(CutRefusal::Taken {
                line: ParsedChangelog::number(section.heading.rows.start),
            }),
        };
    }
    let unreleased = unreleased.ok_or(CutRefusal::NoUnreleased)?;
    let line = ParsedChangelog::number(unreleased.heading.rows.start);
    if !doc.has_content(unreleased.rows.clone()) {
        return Err(CutRefusal::Empty { line });
    }
    let mut splices = new_heading(&doc, unreleased, cut, line)?;
    splices.extend(empty_groups(&doc, unreleased));
    let version = cut.version.to_string();
    let target = LinkTarget {
        version: &version,
        name: cut.name,
        template: cut.template,
        repository: cut.repository,
    };
    splices.extend(updated_links(
        &doc,
        doc.releases().next().map(|(section, _)| section),
        &target,
    )?);
    Ok(apply(text, splices))
}

/// Rejects a file in which a heading that is not understood names a newer version than all
/// releases.
pub(super) fn known_top(doc: &ParsedChangelog<'_>) -> Result<(), CutRefusal> {
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
            return Err(CutRefusal::Unread {
                at: heading.text.clone(),
                version: version.to_string(),
            });
        }
    }
    Ok(())
}

/// Adds the new heading below the existing one. A pending release gets its date instead.
fn new_heading(
    doc: &ParsedChangelog<'_>,
    unreleased: &ChangelogSection,
    cut: &CutInputs<'_>,
    line: u32,
) -> Result<Vec<Splice>, CutRefusal> {
    let above = &unreleased.heading;
    if let Some((release, word)) = unreleased
        .release()
        .and_then(|r| Some((r, r.pending.clone()?)))
    {
        if release.version != *cut.version {
            return Err(CutRefusal::Pending {
                version: release.version.to_string(),
                line,
            });
        }
        let at = above.text.start + word.start..above.text.start + word.end;
        let dated = doc.releases().find(|(_, other)| other.pending.is_none());
        return Ok(vec![Splice::replace(at, date_like(doc, dated, cut.date))]);
    }
    let version = cut.version.to_string();
    let heading = release_heading(
        doc,
        unreleased,
        doc.releases().next(),
        cut.name,
        &version,
        cut.date,
    );
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

/// Returns the anchors above the newest release with its version replaced; `None` if they do not
/// contain it.
fn anchors(
    doc: &ParsedChangelog<'_>,
    newest: &ChangelogSection,
    release: &ReleaseTitle,
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

/// Updates the inline link of the unreleased heading to compare with the new release.
fn inline_link(
    doc: &ParsedChangelog<'_>,
    unreleased: &ChangelogSection,
    version: &str,
) -> Option<Splice> {
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

/// Removes groups without content. Comments stay.
fn empty_groups(doc: &ParsedChangelog<'_>, section: &ChangelogSection) -> Vec<Splice> {
    let empty = section.groups.iter().filter(|group| {
        let headings = doc.outline.rows[group.rows.clone()]
            .iter()
            .any(|row| row.kind == RowKind::Heading);
        !headings && !doc.has_content(group.rows.clone())
    });
    let remove = empty.map(|group| {
        let rows = &doc.outline.rows;
        let blanks = rows[group.rows.clone()]
            .iter()
            .take_while(|row: &&OutlineRow| row.kind == RowKind::Blank || doc.is_empty_item(row))
            .count();
        let next = group.rows.start + blanks;
        let end = rows.get(next).map_or(doc.text.len(), |row| row.line.start);
        Splice::replace(doc.row(group.heading.first).line.start..end, "")
    });
    remove.collect()
}

/// The link definitions of versions in a file, which show how it links them.
struct Footers<'d> {
    doc: &'d ParsedChangelog<'d>,
    unreleased: Option<&'d LinkDefinition>,
    /// Definitions of releases, in the order of the text.
    releases: Vec<(&'d LinkDefinition, ReleaseTitle)>,
}

/// A release that needs a link definition.
pub(super) struct LinkTarget<'a> {
    pub(super) version: &'a str,
    /// Name of the package in the tag.
    pub(super) name: &'a str,
    /// Template of tag names, used if the file's own links do not show it.
    pub(super) template: Option<&'a TagTemplate>,
    pub(super) repository: Option<&'a str>,
}

/// Updates `[Unreleased]` and adds the definition of the release.
///
/// Nothing is changed in a file without such definitions, and no definition is added if headings
/// have inline links. `previous` is the release below.
///
/// # Errors
/// [`CutRefusal::Linked`] if the release has a definition that leads to something else.
fn updated_links(
    doc: &ParsedChangelog<'_>,
    previous: Option<&ChangelogSection>,
    target: &LinkTarget<'_>,
) -> Result<Vec<Splice>, CutRefusal> {
    let footers = Footers::of(doc);
    if footers.unreleased.is_none() && footers.releases.is_empty() {
        return Ok(Vec::new());
    }
    let linked = previous.and_then(|section| footers.linked(section));
    let Some(template) = footers.template(linked, target) else {
        return Ok(Vec::new());
    };
    let tag = template.render(target.name, target.version);
    let number = |section: &ChangelogSection| {
        Some(doc.title_text(&section.heading)[section.release()?.number.clone()].to_owned())
    };
    let before = linked.map(str::to_owned).or_else(|| {
        previous
            .and_then(number)
            .map(|number| template.render(target.name, &number))
    });
    let mut splices = Vec::new();
    if let Some(definition) = footers.unreleased {
        let url = footers.url(definition);
        let head = Compare::read(url).map(|compare| compare.with(&tag, compare.to));
        let head = head.or_else(|| Some(compare_page(footers.repository(target)?, &tag, "HEAD")));
        splices.extend(head.map(|head| Splice::replace(definition.url.clone(), head)));
    }
    let label = footers.label(target.version);
    if footers.are_wanted(previous) {
        splices.extend(match doc.definition(&label) {
            Some(existing) => footers.corrected(existing, &label, &tag, target)?,
            None => footers
                .address(before.as_deref(), &tag, target)
                .map(|url| footers.insert(&label, &url)),
        });
    }
    Ok(splices)
}

/// Returns the repository that the file's own links lead to.
pub(super) fn linked_repository<'d>(doc: &ParsedChangelog<'d>) -> Option<&'d str> {
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
        .filter(|url| linked_tag(url).is_some())
        .find_map(repository_of)
}

impl<'d> Footers<'d> {
    fn of(doc: &'d ParsedChangelog<'d>) -> Self {
        // A label such as `docs-1.0.0` is an ordinary link unless a heading refers to it.
        let titles = doc
            .sections
            .iter()
            .map(|section| doc.title_text(&section.heading));
        let referenced: HashSet<&str> = titles.flat_map(labels).collect();
        let is_bare = |label: &str, release: &ReleaseTitle| {
            release.number.start <= 1 && release.number.end == label.len()
                || referenced.contains(label)
        };
        let releases = doc
            .outline
            .definitions
            .iter()
            .filter_map(|d: &'d LinkDefinition| {
                let label = &doc.text[d.label.clone()];
                match document::read_title(label) {
                    Title::Release(release) if is_bare(label, &release) => Some((d, release)),
                    _ => None,
                }
            })
            .collect();
        Self {
            doc,
            unreleased: doc.definition("unreleased"),
            releases,
        }
    }

    /// Returns the change of a release's existing definition; `None` if it leads to the tag or to another page of the
    /// version. A comparison with `HEAD` gets the tag.
    fn corrected(
        &self,
        existing: &LinkDefinition,
        label: &str,
        tag: &str,
        target: &LinkTarget<'_>,
    ) -> Result<Option<Splice>, CutRefusal> {
        let url = self.url(existing);
        if let Some(compare) = Compare::read(url).filter(|compare| compare.to == "HEAD") {
            let url = compare.with(compare.from, tag);
            return Ok(Some(Splice::replace(existing.url.clone(), url)));
        }
        let is_right = linked_tag(url).map_or(url.contains(target.version), |linked| linked == tag);
        if is_right {
            return Ok(None);
        }
        Err(CutRefusal::Linked {
            label: label.to_owned(),
            line: ParsedChangelog::number(existing.row),
            url: url.to_owned(),
        })
    }

    fn url(&self, definition: &LinkDefinition) -> &'d str {
        &self.doc.text[definition.url.clone()]
    }

    /// Returns the template of tag names: that of the newest release's link, or else of other
    /// links, or else the configured one.
    fn template(&self, linked: Option<&str>, target: &LinkTarget<'_>) -> Option<TagTemplate> {
        let from = self
            .unreleased
            .and_then(|d| Compare::read(self.url(d)))
            .map(|compare| compare.from);
        let tags = self
            .releases
            .iter()
            .filter_map(|(d, _)| linked_tag(self.url(d)));
        let tags = linked.into_iter().chain(from).chain(tags);
        tags.filter_map(TagTemplate::of_tag)
            .next()
            .or_else(|| target.template.cloned())
    }

    /// Returns the tag in a release's own link.
    fn linked(&self, section: &ChangelogSection) -> Option<&'d str> {
        let release = section.release()?;
        let inline = release
            .url
            .clone()
            .map(|url| &self.doc.title_text(&section.heading)[url]);
        inline
            .or_else(|| {
                self.releases
                    .iter()
                    .find(|(_, r)| r.version == release.version)
                    .map(|(d, _)| self.url(d))
            })
            .and_then(linked_tag)
    }

    /// Returns whether releases have link definitions: the newest one has one, or it has no link at
    /// all and `[Unreleased]` has one.
    fn are_wanted(&self, previous: Option<&ChangelogSection>) -> bool {
        let Some(release) = previous.and_then(ChangelogSection::release) else {
            return true;
        };
        let own = self
            .releases
            .iter()
            .any(|(_, r)| r.version == release.version);
        release.url.is_none() && (own || self.unreleased.is_some())
    }

    fn repository<'r>(&'r self, target: &LinkTarget<'r>) -> Option<&'r str> {
        linked_repository(self.doc)
            .or_else(|| {
                self.unreleased
                    .and_then(|definition| repository_of(self.url(definition)))
            })
            .or(target.repository)
    }

    /// Returns the label of a release's definition, with the same prefix as the others.
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

    /// Returns the address for a release's definition: a comparison with the previous release, or
    /// the page of its tag if the file only links such pages.
    fn address(&self, before: Option<&str>, tag: &str, target: &LinkTarget<'_>) -> Option<String> {
        let compares = |definition: &LinkDefinition| Compare::read(self.url(definition));
        let known = self
            .unreleased
            .and_then(compares)
            .or_else(|| self.releases.iter().find_map(|(d, _)| compares(d)));
        let repository = self.repository(target);
        let pages =
            self.releases.len() > 1 && self.releases.iter().all(|(d, _)| compares(d).is_none());
        match (before.filter(|_| !pages), known) {
            (Some(before), Some(known)) => Some(known.with(before, tag)),
            (Some(before), None) => Some(compare_page(repository?, before, tag)),
            (None, _) => Some(tag_page(repository?, tag)),
        }
    }

    /// Inserts the definition next to `[Unreleased]`, on the side of the other releases, or else
    /// before the first of them.
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

//! Drafting: what commits suggest that the changelog does not say yet. Suggestions only: nothing that is written is
//! changed, and no commit is left unmentioned in the answer.

use semver::Version;
use serde::Serialize;

use super::commit::Commit;
use super::cut::{Refusal, known_top};
use super::document::Document;
use super::entry::{self, Manner, Scope};
use super::group::Type;
use super::merge::{Addition, merged};
use super::message::{self, Entry, Meaning};
use super::open::opened;
use super::outline::Kind;
use super::revert::undone;
use super::said::Said;
use super::splice::apply;
use crate::metric::glob;
use crate::release::tag::TagTemplate;

/// What is drafted from.
#[derive(Clone, Debug, Default)]
pub struct Draft<'a> {
    /// Commits since the last release, newest first, without merges.
    pub commits: Vec<&'a Commit>,
    /// The version of that release. Newer sections count as unreleased: their tag is still to come.
    pub released: Option<&'a Version>,
    /// Patterns of paths whose changes do not concern users.
    pub minor: &'a [String],
    /// Scopes are told: one file for several packages.
    pub scopes: bool,
    /// Lines of a commit's body that look like commits are changes too.
    pub squash_bodies: bool,
    /// How tags are named, for the link of a new unreleased section.
    pub template: Option<&'a TagTemplate>,
}

/// A suggestion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// Under which heading.
    #[serde(rename = "type")]
    pub kind: Type,
    /// Markdown, without the bullet.
    pub text: String,
    /// Users must change something.
    pub breaking: bool,
    /// Full id of the commit.
    pub commit: String,
}

/// What became of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It suggests entries.
    Suggested,
    /// The changelog says it already.
    Said,
    /// It does not say what kind of change it is: for people to judge.
    Unclassified,
    /// By its type or its paths it does not concern users.
    Minor,
    /// Taken back by a later commit, or that commit.
    Undone,
    /// `fixup!` and its like.
    Folded,
}

/// A commit and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Considered {
    /// Full id.
    pub commit: String,
    /// As written.
    pub title: String,
    /// What became of it.
    pub fate: Fate,
}

/// A draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drafted {
    /// The changelog with the suggestions; the same bytes when there are none.
    pub text: String,
    /// In the order of the headings, oldest first below each.
    pub suggestions: Vec<Suggestion>,
    /// Every commit, oldest first.
    pub commits: Vec<Considered>,
}

/// Drafts entries for a changelog. Doing it twice changes nothing more.
///
/// # Errors
/// [`Refusal::Foreign`] and [`Refusal::Unread`] alone.
pub fn draft(text: &str, draft: &Draft<'_>) -> Result<Drafted, Refusal> {
    let doc = Document::read(text);
    if doc.sections.is_empty() && doc.outline.rows.iter().any(|row| row.kind == Kind::Item) {
        return Err(Refusal::Foreign);
    }
    known_top(&doc)?;
    let mut said = Said::read(&doc, 0..unreleased_end(&doc, draft.released));
    let manner = manner(&doc, draft.scopes);
    let gone = undone(&draft.commits);
    let mut found: Vec<(Type, Suggestion)> = Vec::new();
    let mut commits = Vec::new();
    for (at, commit) in draft.commits.iter().enumerate().rev() {
        let (fate, entries) = if gone.contains(&at) {
            (Fate::Undone, Vec::new())
        } else {
            judge(commit, draft, &said)
        };
        for entry in entries {
            said.add(&entry.text);
            let text = entry::render(&entry, commit.short(), &manner);
            said.add(&text);
            let Entry { kind, breaking, .. } = entry;
            found.push((
                kind,
                Suggestion {
                    kind,
                    text,
                    breaking,
                    commit: commit.id.clone(),
                },
            ));
        }
        commits.push(Considered {
            commit: commit.id.clone(),
            title: commit.title().to_owned(),
            fate,
        });
    }
    found.sort_by_key(|(kind, _)| *kind);
    let suggestions: Vec<Suggestion> = found
        .into_iter()
        .map(|(_, suggestion)| suggestion)
        .collect();
    Ok(Drafted {
        text: with(text, &suggestions, draft),
        suggestions,
        commits,
    })
}

/// What becomes of a commit that stands, and the entries that it suggests.
fn judge(commit: &Commit, draft: &Draft<'_>, said: &Said) -> (Fate, Vec<Entry>) {
    let (title, merged) = message::title(&commit.message);
    let (bare, number) = message::without_number(title);
    let mentioned = message::closed(&commit.message)
        .into_iter()
        .chain(number)
        .chain(merged)
        .chain(commit.pull);
    let known = said.commit(&commit.id) || mentioned.into_iter().any(|number| said.number(number));
    match message::read(&commit.message, draft.squash_bodies) {
        Meaning::Folded => (Fate::Folded, Vec::new()),
        _ if known => (Fate::Said, Vec::new()),
        Meaning::Minor => (Fate::Minor, Vec::new()),
        Meaning::Unclassified if said.entry(bare) => (Fate::Said, Vec::new()),
        Meaning::Unclassified if is_minor(commit, draft.minor) => (Fate::Minor, Vec::new()),
        Meaning::Unclassified => (Fate::Unclassified, Vec::new()),
        Meaning::Entries(entries) => {
            let loud = entries
                .iter()
                .any(|entry| entry.breaking || entry.kind == Type::Security);
            if !loud && is_minor(commit, draft.minor) {
                return (Fate::Minor, Vec::new());
            }
            let new = entries.into_iter().filter(|entry| !said.entry(&entry.text));
            let new: Vec<Entry> = new
                .map(|e| Entry {
                    number: e.number.or(commit.pull),
                    ..e
                })
                .collect();
            (
                if new.is_empty() {
                    Fate::Said
                } else {
                    Fate::Suggested
                },
                new,
            )
        }
    }
}

/// Everything it touched is named by a pattern.
pub(super) fn is_minor(commit: &Commit, patterns: &[String]) -> bool {
    !commit.files.is_empty()
        && commit
            .files
            .iter()
            .all(|file| patterns.iter().any(|pattern| glob(pattern, file)))
}

/// The text with the suggestions in its unreleased section, which is made when there is none.
fn with(text: &str, suggestions: &[Suggestion], draft: &Draft<'_>) -> String {
    if suggestions.is_empty() {
        return text.to_owned();
    }
    let text = opened(text, draft.template);
    let doc = Document::read(&text);
    let additions: Vec<Addition> = suggestions
        .iter()
        .map(|s| Addition {
            kind: s.kind,
            breaking: s.breaking,
            text: s.text.clone(),
        })
        .collect();
    let splices = doc
        .unreleased()
        .map(|section| merged(&doc, section, &additions))
        .unwrap_or_default();
    apply(&text, splices)
}

/// The row where the section of the last release begins: what is above has no tag yet.
fn unreleased_end(doc: &Document<'_>, released: Option<&Version>) -> usize {
    let old = |version: &Version| {
        released.is_some_and(|released| version.cmp_precedence(released).is_le())
    };
    let first = doc.releases().find(|(_, release)| old(&release.version));
    first.map_or(doc.outline.rows.len(), |(section, _)| {
        section.heading.rows.start
    })
}

/// How most of the file's newest entries are written.
fn manner(doc: &Document<'_>, scope: bool) -> Manner {
    const ENOUGH: usize = 60;
    let item = |at: &usize| doc.row(*at).kind == Kind::Item;
    let items: Vec<usize> = (0..doc.outline.rows.len())
        .filter(item)
        .take(ENOUGH)
        .collect();
    let text = |at: &usize| doc.line(*at).trim_start_matches([' ', '\t', '-', '*', '+']);
    let small = items
        .iter()
        .filter(|at| text(at).starts_with(char::is_lowercase))
        .count();
    let capitals = items
        .iter()
        .filter(|at| text(at).starts_with(char::is_uppercase))
        .count();
    let rows = &doc.outline.rows;
    let ends = items.iter().filter(|at| {
        rows.get(**at + 1)
            .is_none_or(|next| next.kind != Kind::Text)
    });
    let (stops, open): (Vec<&usize>, Vec<&usize>) =
        ends.partition(|at| doc.line(**at).trim_end().ends_with('.'));
    // `- *(core)* Parse both`
    let is_emphasized = |at: &&usize| {
        let entry = doc
            .line(**at)
            .trim_start_matches([' ', '\t'])
            .get(1..)
            .unwrap_or_default();
        entry.trim_start().starts_with("*(") && entry.contains(")* ")
    };
    let scope = match items.iter().filter(is_emphasized).count() {
        0 if scope => Scope::Prefix,
        0 => Scope::Omitted,
        _ => Scope::Emphasis,
    };
    Manner {
        capital: capitals >= small,
        stop: stops.len() > open.len(),
        pulls: pulls(doc.text),
        scope,
    }
}

/// Where the links of pull requests lead, where the file has such: `[#12](https://../pull/12)`.
fn pulls(text: &str) -> Option<String> {
    let link = |(at, _): (usize, &str)| {
        let rest = &text[at + 2..];
        let (number, rest) = rest.split_at(
            rest.find(|c: char| !c.is_ascii_digit())
                .filter(|digits| *digits > 0)?,
        );
        let rest = rest.strip_prefix("](")?;
        let end = rest
            .find(['(', ')', '\n'])
            .filter(|end| rest[*end..].starts_with(')'))?;
        let base = rest[..end]
            .strip_suffix(number)
            .filter(|base| base.ends_with('/') && base.contains("://"))?;
        Some(base.to_owned())
    };
    text.match_indices("[#").find_map(link)
}

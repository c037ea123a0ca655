//! Drafting: what commits suggest that the changelog does not say yet. Suggestions only: nothing that is written is
//! changed, and no commit is left unmentioned in the answer.

use std::collections::HashSet;

use semver::Version;
use serde::Serialize;

use super::commits::{self, ChangeEntry, Commit, MessageMeaning, reverted_positions};
use super::document::{ChangeType, ParsedChangelog};
use super::entry::{self, EntryStyle, Scope};
use super::insert::{Addition, insert_entries, with_unreleased};
use super::markdown::RowKind;
use super::release::{CutRefusal, known_top};
use super::splice::apply;
use crate::metric::glob;
use crate::release::tag::TagTemplate;

/// What is drafted from.
#[derive(Clone, Debug, Default)]
pub struct DraftInputs<'a> {
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
    pub kind: ChangeType,
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
    #[serde(rename = "said")]
    AlreadyListed,
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
pub struct DraftResult {
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
/// [`CutRefusal::Foreign`] and [`CutRefusal::Unread`] alone.
pub fn draft(text: &str, draft: &DraftInputs<'_>) -> Result<DraftResult, CutRefusal> {
    let doc = ParsedChangelog::read(text);
    if doc.sections.is_empty() && doc.outline.rows.iter().any(|row| row.kind == RowKind::Item) {
        return Err(CutRefusal::Foreign);
    }
    known_top(&doc)?;
    let mut said = Mentions::read(&doc, 0..unreleased_end(&doc, draft.released));
    let manner = manner(&doc, draft.scopes);
    let gone = reverted_positions(&draft.commits);
    let mut found: Vec<(ChangeType, Suggestion)> = Vec::new();
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
            let ChangeEntry { kind, breaking, .. } = entry;
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
    Ok(DraftResult {
        text: with(text, &suggestions, draft),
        suggestions,
        commits,
    })
}

/// What becomes of a commit that stands, and the entries that it suggests.
fn judge(commit: &Commit, draft: &DraftInputs<'_>, said: &Mentions) -> (Fate, Vec<ChangeEntry>) {
    let (title, merged) = commits::message_title(&commit.message);
    let (bare, number) = commits::without_number(title);
    let mentioned = commits::closed_issues(&commit.message)
        .into_iter()
        .chain(number)
        .chain(merged)
        .chain(commit.pull);
    let known = said.commit(&commit.id) || mentioned.into_iter().any(|number| said.number(number));
    match commits::classify(&commit.message, draft.squash_bodies) {
        MessageMeaning::Folded => (Fate::Folded, Vec::new()),
        _ if known => (Fate::AlreadyListed, Vec::new()),
        MessageMeaning::Minor => (Fate::Minor, Vec::new()),
        MessageMeaning::Unclassified if said.entry(bare) => (Fate::AlreadyListed, Vec::new()),
        MessageMeaning::Unclassified if is_minor(commit, draft.minor) => (Fate::Minor, Vec::new()),
        MessageMeaning::Unclassified => (Fate::Unclassified, Vec::new()),
        MessageMeaning::Entries(entries) => {
            let loud = entries
                .iter()
                .any(|entry| entry.breaking || entry.kind == ChangeType::Security);
            if !loud && is_minor(commit, draft.minor) {
                return (Fate::Minor, Vec::new());
            }
            let new = entries.into_iter().filter(|entry| !said.entry(&entry.text));
            let new: Vec<ChangeEntry> = new
                .map(|e| ChangeEntry {
                    number: e.number.or(commit.pull),
                    ..e
                })
                .collect();
            (
                if new.is_empty() {
                    Fate::AlreadyListed
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
fn with(text: &str, suggestions: &[Suggestion], draft: &DraftInputs<'_>) -> String {
    if suggestions.is_empty() {
        return text.to_owned();
    }
    let text = with_unreleased(text, draft.template);
    let doc = ParsedChangelog::read(&text);
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
        .map(|section| insert_entries(&doc, section, &additions))
        .unwrap_or_default();
    apply(&text, splices)
}

/// The row where the section of the last release begins: what is above has no tag yet.
fn unreleased_end(doc: &ParsedChangelog<'_>, released: Option<&Version>) -> usize {
    let old = |version: &Version| {
        released.is_some_and(|released| version.cmp_precedence(released).is_le())
    };
    let first = doc.releases().find(|(_, release)| old(&release.version));
    first.map_or(doc.outline.rows.len(), |(section, _)| {
        section.heading.rows.start
    })
}

/// How most of the file's newest entries are written.
fn manner(doc: &ParsedChangelog<'_>, scope: bool) -> EntryStyle {
    const ENOUGH: usize = 60;
    let item = |at: &usize| doc.row(*at).kind == RowKind::Item;
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
            .is_none_or(|next| next.kind != RowKind::Text)
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
    EntryStyle {
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

// --- said
// What a changelog says already: by number, by commit, or in the same words.

/// Digits of an id of a commit.
const SHORTEST: usize = 7;
/// As above, with SHA-256.
const LONGEST: usize = 64;

/// What a part of a changelog mentions.
#[derive(Clone, Debug, Default)]
pub(super) struct Mentions {
    numbers: HashSet<u64>,
    /// Beginnings of ids, at least [`SHORTEST`] digits.
    commits: HashSet<String>,
    /// Entries as [`words`].
    entries: HashSet<String>,
}

impl Mentions {
    /// Reads rows of a changelog.
    pub(super) fn read(doc: &ParsedChangelog<'_>, rows: std::ops::Range<usize>) -> Self {
        let mut said = Self::default();
        let mut entry = String::new();
        for at in rows {
            let (row, line) = (doc.row(at), doc.line(at));
            said.mentions(line);
            if row.kind == RowKind::Item || !matches!(row.kind, RowKind::Text) {
                said.entries.insert(words(&entry));
                entry.clear();
            }
            if matches!(row.kind, RowKind::Item | RowKind::Text) {
                entry.push_str(line);
                entry.push(' ');
            }
        }
        said.entries.insert(words(&entry));
        said
    }

    /// Numbers and ids of commits in a line.
    fn mentions(&mut self, line: &str) {
        let signs = [
            ("#", true),
            ("/pull/", false),
            ("/issues/", false),
            ("/merge_requests/", false),
        ];
        for (sign, short) in signs {
            for (at, _) in line.match_indices(sign) {
                let digits = &line[at + sign.len()..];
                let digits = &digits[..digits
                    .find(|c: char| !c.is_ascii_digit())
                    .unwrap_or(digits.len())];
                // `owner/repository#12` is another project's.
                let foreign = short
                    && line[..at]
                        .ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '/'));
                if let Some(number) = digits.parse().ok().filter(|_| !foreign) {
                    self.numbers.insert(number);
                }
            }
        }
        let ids = line.split(|c: char| !c.is_ascii_alphanumeric());
        let is_id = |word: &&str| {
            (SHORTEST..=LONGEST).contains(&word.len())
                && word.bytes().all(|b| b.is_ascii_hexdigit())
        };
        self.commits
            .extend(ids.filter(is_id).map(str::to_ascii_lowercase));
    }

    pub(super) fn number(&self, number: u64) -> bool {
        self.numbers.contains(&number)
    }

    pub(super) fn commit(&self, id: &str) -> bool {
        (SHORTEST..=LONGEST)
            .filter_map(|length| id.get(..length))
            .any(|start| self.commits.contains(start))
    }

    /// Is this an entry, whatever the marks, the case and the references?
    pub(super) fn entry(&self, text: &str) -> bool {
        let words = words(text);
        !words.is_empty() && self.entries.contains(&words)
    }

    pub(super) fn add(&mut self, text: &str) {
        self.entries.insert(words(text));
    }
}

/// The words of an entry in lower case, without marks, targets of links, references in brackets and the word that marks
/// what breaks.
pub(super) fn words(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('(') {
        let close = rest[open..]
            .find(')')
            .map_or(rest.len(), |at| open + at + 1);
        kept.push_str(&rest[..open]);
        let inner = &rest[open..close];
        if !(rest[..open].ends_with(']') || is_reference(inner)) {
            kept.push_str(inner);
        } else {
            kept.push(' ');
        }
        rest = &rest[close..];
    }
    kept.push_str(rest);
    let lower = kept.to_lowercase();
    let words = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words
        .skip_while(|word| *word == "breaking")
        .collect::<Vec<_>>()
        .join(" ")
}

/// `(#12)`, `([#12](..`, `(abcdef1)`.
fn is_reference(bracket: &str) -> bool {
    let inner = bracket.trim_matches(|c: char| matches!(c, '(' | ')' | '[' | ']' | ' ' | '`'));
    let id = (7..=40).contains(&inner.len()) && inner.bytes().all(|b| b.is_ascii_hexdigit());
    id || inner
        .strip_prefix('#')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests;

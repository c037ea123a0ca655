//! Drafts changelog entries from commits.
//!
//! Existing text is never changed, and the result accounts for every commit.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use semver::Version;
use serde::Serialize;

use super::commits::{self, ChangeEntry, Commit, MessageMeaning, Settled};
use super::document::{ChangeType, ParsedChangelog};
use super::entry::{self, EntryStyle, Scope};
use super::impact::{self, Impact};
use super::insert::{Addition, insert_entries, with_unreleased};
use super::markdown::RowKind;
use super::quiet::QuietFiles;
use super::release::{CutRefusal, known_top};
use super::reverts::reverted_positions;
use super::splice::apply;
use crate::release::tag::TagTemplate;

/// The inputs of a draft.
#[derive(Clone, Debug, Default)]
pub struct DraftInputs<'a> {
    /// Commits since the last release, newest first.
    pub commits: Vec<&'a Commit>,
    /// Version of that release. Newer sections count as unreleased because they have no tag yet.
    pub released: Option<&'a Version>,
    /// Names of the packages whose sections do not count.
    pub others: &'a [String],
    /// The files whose changes do not concern users.
    pub quiet: QuietFiles,
    /// Whether entries name the scope, because the file covers several packages.
    pub scopes: bool,
    /// Whether lines of a commit's body that look like commits count as changes.
    pub squash_bodies: bool,
    /// Template of tag names, for the link of a new unreleased section.
    pub template: Option<&'a TagTemplate>,
}

/// A suggested entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// Type of change, which selects the heading.
    #[serde(rename = "type")]
    pub kind: ChangeType,
    /// Markdown without the bullet.
    pub text: String,
    /// Whether users must change something.
    pub breaking: bool,
    /// Full id of the commit.
    pub commit: String,
}

/// The fate of a commit in a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It suggests entries.
    Suggested,
    /// The changelog already lists it.
    #[serde(rename = "said")]
    AlreadyListed,
    /// Its message does not name the kind of change; people have to decide.
    Unclassified,
    /// Its type or its files do not concern users.
    Minor,
    /// It was reverted by a later commit, or is that revert.
    Undone,
    /// The last release has a commit with the same patch.
    Released,
    /// The changelog lists it by its id, and it was reverted by a later commit.
    Outdated,
    /// It is a `fixup!` or similar commit.
    Folded,
}

/// A commit and its fate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Considered {
    /// Full id.
    pub commit: String,
    /// First line of the message.
    pub title: String,
    /// Its fate.
    pub fate: Fate,
}

/// The result of drafting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftResult {
    /// The changelog with the suggestions; unchanged bytes if there are none.
    pub text: String,
    /// Suggestions in the order of the headings, oldest first within each.
    pub suggestions: Vec<Suggestion>,
    /// Every commit, oldest first, except for merges that do not say what kind of change they are
    /// or repeat a commit.
    pub commits: Vec<Considered>,
}

/// Drafts entries for a changelog. Drafting again changes nothing.
///
/// # Errors
/// Only [`CutRefusal::Foreign`] and [`CutRefusal::Unread`].
pub fn draft(text: &str, draft: &DraftInputs<'_>) -> Result<DraftResult, CutRefusal> {
    let doc = ParsedChangelog::read_without(text, draft.others);
    if doc.sections.is_empty() && doc.outline.rows.iter().any(|row| row.kind == RowKind::Item) {
        return Err(CutRefusal::Foreign);
    }
    known_top(&doc)?;
    let mut said = CommitMentions::default();
    for rows in doc.own_rows(0..unreleased_end(&doc, draft.released)) {
        said.merge(CommitMentions::read(&doc, rows));
    }
    // It may be below a release, where the entries of earlier drafts are.
    if let Some(unreleased) = doc.unreleased() {
        said.merge(CommitMentions::read(&doc, unreleased.rows.clone()));
    }
    let manner = manner(&doc, draft.scopes);
    let all = draft.commits.iter().copied();
    let unsettled: Vec<&Commit> = all.filter(|commit| commit.settled.is_none()).collect();
    let gone = reverted_positions(&unsettled);
    let merges = impact::telling_merges(&unsettled, &gone, &draft.quiet, draft.squash_bodies);
    let gone = ids(&unsettled, &gone);
    let merges = ids(&unsettled, &merges);
    let mut found: Vec<(ChangeType, Suggestion)> = Vec::new();
    let mut commits = Vec::new();
    let told = draft.commits.iter().rev();
    for commit in told.filter(|one| !one.is_merge() || merges.contains(one.id.as_str())) {
        let is_gone = gone.contains(commit.id.as_str());
        let (fate, entries) = match commit.settled {
            Some(Settled::Released) => (Fate::Released, Vec::new()),
            None if !is_gone => judge(commit, draft, &said, &manner),
            _ if said.commit(&commit.id) => (Fate::Outdated, Vec::new()),
            _ => (Fate::Undone, Vec::new()),
        };
        for entry in entries {
            let text = entry::render(&entry, commit.short(), &manner);
            for form in forms(&entry, &manner) {
                said.add(&form, impact::of_entry(&entry));
            }
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

/// Returns the ids of the commits at these positions.
fn ids<'c>(commits: &[&'c Commit], positions: &HashSet<usize>) -> HashSet<&'c str> {
    let positions = positions.iter();
    positions.map(|at| commits[*at].id.as_str()).collect()
}

/// Returns the fate of a commit that was not reverted, and the entries it suggests.
fn judge(
    commit: &Commit,
    draft: &DraftInputs<'_>,
    said: &CommitMentions,
    manner: &EntryStyle,
) -> (Fate, Vec<ChangeEntry>) {
    let message = match commit.is_merge() {
        true => impact::description(commit),
        false => Cow::Borrowed(commits::squashed_description(&commit.message)),
    };
    let (title, merged) = commits::message_title(&message);
    let pull = commits::pull(commit);
    let (bare, number) = commits::without_number(title);
    let mentioned = commits::closed_issues(&commit.message)
        .into_iter()
        .chain(number)
        .chain(merged)
        .chain(pull);
    let known = said.commit(&commit.id) || mentioned.into_iter().any(|number| said.number(number));
    let is_quiet = draft.quiet.has_all(commit);
    match commits::classify(&message, draft.squash_bodies) {
        MessageMeaning::Folded => (Fate::Folded, Vec::new()),
        _ if known => (Fate::AlreadyListed, Vec::new()),
        MessageMeaning::Minor => (Fate::Minor, Vec::new()),
        MessageMeaning::Unclassified if said.entry(bare, None) => (Fate::AlreadyListed, Vec::new()),
        MessageMeaning::Unclassified if is_quiet => (Fate::Minor, Vec::new()),
        MessageMeaning::Unclassified => (Fate::Unclassified, Vec::new()),
        MessageMeaning::Entries(entries) => {
            let loud = entries
                .iter()
                .any(|entry| entry.breaking || entry.kind == ChangeType::Security);
            if !loud && is_quiet {
                return (Fate::Minor, Vec::new());
            }
            let is_listed = |entry: &ChangeEntry| {
                let impact = impact::of_entry(entry);
                let mut forms = forms(entry, manner).into_iter();
                forms.any(|form| said.entry(&form, impact))
            };
            let new: Vec<ChangeEntry> = entries
                .into_iter()
                .filter(|entry| !is_listed(entry))
                .map(|e| ChangeEntry {
                    number: e.number.or(pull),
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

/// Returns the texts that list a change: with its scope, and without it if the file's entries name
/// no scopes.
fn forms(entry: &ChangeEntry, manner: &EntryStyle) -> Vec<String> {
    let scope = entry.scope.iter();
    let mut forms: Vec<String> = scope
        .map(|scope| format!("{scope}: {}", entry.text))
        .collect();
    if forms.is_empty() || manner.scope == Scope::Omitted {
        forms.push(entry.text.clone());
    }
    forms.push(entry::render(entry, "", manner));
    forms
}

/// Returns the text with the suggestions in its unreleased section, which is created if missing.
fn with(text: &str, suggestions: &[Suggestion], draft: &DraftInputs<'_>) -> String {
    if suggestions.is_empty() {
        return text.to_owned();
    }
    let text = with_unreleased(text, draft.template, draft.others);
    let doc = ParsedChangelog::read_without(&text, draft.others);
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

/// Returns the row where the section of the last release begins. Sections above it have no tag yet.
fn unreleased_end(doc: &ParsedChangelog<'_>, released: Option<&Version>) -> usize {
    let old = |version: &Version| {
        released.is_some_and(|released| version.cmp_precedence(released).is_le())
    };
    let first = doc.releases().find(|(_, release)| old(&release.version));
    first.map_or(doc.outline.rows.len(), |(section, _)| {
        section.heading.rows.start
    })
}

/// Returns the style of most of the newest entries.
fn manner(doc: &ParsedChangelog<'_>, scope: bool) -> EntryStyle {
    const ENOUGH: usize = 60;
    let items: Vec<usize> = (0..doc.outline.rows.len())
        .filter(|at: &usize| doc.row(*at).kind == RowKind::Item)
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
    // An emphasized scope looks like `- *(core)* Parse both`.
    let scope = match items
        .iter()
        .filter(|at: &&usize| {
            let entry = doc
                .line(**at)
                .trim_start_matches([' ', '\t'])
                .get(1..)
                .unwrap_or_default();
            entry.trim_start().starts_with("*(") && entry.contains(")* ")
        })
        .count()
    {
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

/// Returns the base address of pull request links, if the file has one:
/// `[#12](https://../pull/12)`.
fn pulls(text: &str) -> Option<String> {
    text.match_indices("[#").find_map(|(at, _): (usize, &str)| {
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
    })
}

/// Digits of the shortest abbreviated commit id that is recognized.
const SHORTEST: usize = 7;
/// Digits of a complete SHA-256 commit id.
const LONGEST: usize = 64;

/// The numbers, commits and entries that a part of a changelog mentions.
#[derive(Clone, Debug, Default)]
pub(super) struct CommitMentions {
    numbers: HashSet<u64>,
    /// Commit ids or their prefixes, of at least [`SHORTEST`] digits.
    commits: HashSet<String>,
    /// Entries, normalized by [`words`], and the greatest impact that they state; `None` if they
    /// state none.
    entries: HashMap<String, Option<Impact>>,
}

impl CommitMentions {
    /// Collects the mentions in these rows.
    pub(super) fn read(doc: &ParsedChangelog<'_>, rows: std::ops::Range<usize>) -> Self {
        let mut said = Self::default();
        let (mut entry, mut first) = (String::new(), rows.start);
        for at in rows {
            let (row, line) = (doc.row(at), doc.line(at));
            said.mentions(line);
            if row.kind == RowKind::Item || !matches!(row.kind, RowKind::Text) {
                said.add(&entry, impact::stated(doc, first, &entry));
                entry.clear();
                first = at;
            }
            if matches!(row.kind, RowKind::Item | RowKind::Text) {
                entry.push_str(line);
                entry.push(' ');
            }
        }
        said.add(&entry, impact::stated(doc, first, &entry));
        said
    }

    /// Adds the mentions of another part.
    fn merge(&mut self, other: Self) {
        self.numbers.extend(other.numbers);
        self.commits.extend(other.commits);
        for (words, impact) in other.entries {
            self.add(&words, impact);
        }
    }

    /// Collects the numbers and commit ids in a line.
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
                // `owner/repository#12` belongs to another project.
                let foreign = short
                    && line[..at]
                        .ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '/'));
                if let Some(number) = digits.parse().ok().filter(|_| !foreign) {
                    self.numbers.insert(number);
                }
            }
        }
        let ids = line.split(|c: char| !c.is_ascii_alphanumeric());
        self.commits.extend(
            ids.filter(|word: &&str| {
                (SHORTEST..=LONGEST).contains(&word.len())
                    && word.bytes().all(|b| b.is_ascii_hexdigit())
            })
            .map(str::to_ascii_lowercase),
        );
    }

    pub(super) fn number(&self, number: u64) -> bool {
        self.numbers.contains(&number)
    }

    pub(super) fn commit(&self, id: &str) -> bool {
        (SHORTEST..=LONGEST)
            .filter_map(|length| id.get(..length))
            .any(|start| self.commits.contains(start))
    }

    /// Returns whether an entry has these words, ignoring markup, case and references, and states
    /// no smaller impact. An entry that states none, below an unknown heading, may be about
    /// anything but a breaking change.
    pub(super) fn entry(&self, text: &str, impact: Option<Impact>) -> bool {
        let words = words(text);
        let listed = self.entries.get(&words).filter(|_| !words.is_empty());
        listed.is_some_and(|listed| {
            listed.unwrap_or(Impact::Feature) >= impact.unwrap_or(Impact::Fix)
        })
    }

    fn add(&mut self, text: &str, impact: Option<Impact>) {
        let listed = self.entries.entry(words(text)).or_default();
        *listed = impact.max(*listed);
    }
}

/// Returns the words of an entry in lower case, without markup, link targets, references in
/// brackets and the leading word `breaking`.
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

/// Returns whether a bracket is a reference: `(#12)`, `([#12](..`, `(abcdef1)`.
fn is_reference(bracket: &str) -> bool {
    let inner = bracket.trim_matches(|c: char| matches!(c, '(' | ')' | '[' | ']' | ' ' | '`'));
    let id = (7..=40).contains(&inner.len()) && inner.bytes().all(|b| b.is_ascii_hexdigit());
    id || inner
        .strip_prefix('#')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests;

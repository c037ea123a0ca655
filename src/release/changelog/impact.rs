//! The version change that commits and changelog entries require.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use semver::Version;

use super::commits::{self, Commit, MessageMeaning};
use super::document::{ChangeType, ChangelogSection, ParsedChangelog, is_breaking, words};
use super::markdown::{Heading, RowKind};
use super::quiet::QuietFiles;
use super::reverts::{Revert, repetitions, reverts};

/// The impact of a change on users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Impact {
    /// Users lose and gain nothing.
    Fix,
    /// Users gain something.
    Feature,
    /// Users must change something.
    Breaking,
}

/// The impacts of a list of commits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impacts {
    /// Each impact and its commit: `a1b2c3d feat!: no more cookies`.
    pub known: Vec<(Impact, String)>,
    /// Commits that do not name the kind of change, or revert a released change.
    pub unknown: Vec<String>,
    /// Commits that may break something: they have a mark in a form that is not read, or revert a
    /// feature or breaking change that is not among the commits.
    pub suspected: Vec<String>,
    /// Breaking commits that a later commit claims to revert, and that it does not take back for
    /// certain.
    pub reverted: Vec<String>,
    /// Commits that may make a reverted feature or breaking change again, or a part of one, with its
    /// impact.
    pub partial: Vec<(Impact, String)>,
}

/// Returns the impacts of commits (newest first).
///
/// A merge counts by its own title if no commit that it brought in and that counts for any package
/// has the same one. Reverted commits and commits that do not concern users have no impact, unless they are
/// marked as breaking; `quiet` are the files that do not concern users. With `squash_bodies`, lines
/// of commit bodies count as changes. A `fixup!` or similar commit has the impact of the commit
/// into which it is to be squashed, because that one may be released already.
pub fn impacts(commits: &[&Commit], quiet: &QuietFiles, squash_bodies: bool) -> Impacts {
    let mut impacts = Impacts::default();
    let reverts = reverts(commits);
    let inner: HashSet<usize> = reverts.iter().map(|revert| revert.at).collect();
    let proven: HashSet<&str> = commits
        .iter()
        .flat_map(|commit| &commit.taken_back)
        .map(String::as_str)
        .collect();
    let is_proven = |at: &usize| proven.contains(commits[*at].id.as_str());
    let mut gone = HashSet::new();
    for revert in &reverts {
        // A revert must change all the files of the commits it names, whatever its message says. Those of
        // a breaking change may have other names by then.
        let is_covering = covers(revert, commits, quiet);
        let is_gone = |at: &usize| is_covering || breaks(commits[*at]);
        let reverted = revert.reverted().filter(is_gone);
        for at in reverted {
            if breaks(commits[at]) && !is_proven(&at) {
                impacts.reverted.push(commits[at].summary());
            }
            gone.insert(at);
        }
        if is_covering {
            gone.insert(revert.at);
        }
    }
    let undone = undone_merges(commits, &reverts, &gone);
    let repeating = repeating_merges(commits, &gone, quiet);
    for (at, commit) in commits
        .iter()
        .enumerate()
        .filter(|(at, _)| !gone.contains(at))
    {
        let told = commit.summary();
        if let Some(inner) = undone.get(&at) {
            if breaks(commit) && !inner.iter().all(is_proven) {
                impacts.reverted.push(told);
            }
            continue;
        }
        if breaks(commit) {
            impacts.known.push((Impact::Breaking, told));
            continue;
        }
        if repeating.contains(&at) {
            continue;
        }
        let message = &*description(commit);
        let meaning = commits::classify(message, squash_bodies);
        if !commit.parts_of.is_empty() {
            let is_part = |one: &&&Commit| commit.parts_of.contains(&one.id);
            let impact = match commits.iter().filter(is_part).any(|one| breaks(one)) {
                true => Impact::Breaking,
                false => Impact::Feature,
            };
            impacts.partial.push((impact, told.clone()));
        }
        let is_minor = quiet.has_all(commit);
        if !is_minor {
            impacts.add_older(commit, squash_bodies, !inner.contains(&at));
        }
        let takes_back = !inner.contains(&at) && reverts_more_than_fix(commit);
        if !is_minor && (may_break(message) || removes(message) || takes_back) {
            impacts.suspected.push(told.clone());
        }
        match meaning {
            MessageMeaning::Entries(entries) => match entries.iter().filter_map(of_entry).max() {
                Some(impact) if impact == Impact::Breaking || !is_minor => {
                    impacts.known.push((impact, told));
                }
                Some(_) => {}
                None => impacts.unknown.push(told),
            },
            MessageMeaning::Unclassified if !is_minor && !commit.is_merge() => {
                impacts.unknown.push(told);
            }
            MessageMeaning::Unclassified | MessageMeaning::Minor | MessageMeaning::Folded => {}
        }
    }
    // It is not certain that nothing is left of a change that a commit makes again.
    for again in repetitions(commits) {
        let is_left = again.is_last || !gone.contains(&again.at);
        if is_left && gone.contains(&again.change) && !quiet.has_all(commits[again.change]) {
            let impact = made(commits[again.change], squash_bodies);
            let told = commits[again.at].summary();
            impacts.partial.extend(impact.map(|impact| (impact, told)));
        }
    }
    impacts
}

/// Returns the impact of a change as its commit states it, or that of a feature if it does not state
/// one. `None` for a commit that does not concern users.
fn made(commit: &Commit, squash_bodies: bool) -> Option<Impact> {
    if breaks(commit) {
        return Some(Impact::Breaking);
    }
    match commits::classify(&description(commit), squash_bodies) {
        MessageMeaning::Minor if !commit.is_merge() => None,
        MessageMeaning::Entries(entries) => {
            let impact = entries.iter().filter_map(of_entry).max();
            impact.or(Some(Impact::Feature))
        }
        _ => Some(Impact::Feature),
    }
}

impl Impacts {
    /// Adds the impact of the changes that a commit makes again and that are older than those of the list. They may
    /// be anything if they are not found, or do not name their kind.
    fn add_older(&mut self, commit: &Commit, squash_bodies: bool, is_unmatched: bool) {
        let told = commit.summary();
        let again = commit.makes_again.iter();
        let again = again.map(|message| match commits::classify(message, squash_bodies) {
            _ if commits::is_breaking(message) => Some(Impact::Breaking),
            MessageMeaning::Entries(entries) => entries.iter().filter_map(of_entry).max(),
            _ => None,
        });
        match again.max() {
            Some(Some(impact)) => self.known.push((impact, told)),
            Some(None) => self.partial.push((Impact::Feature, told)),
            None if is_unmatched && commit.reverted.is_empty() => {
                let title = commits::message_title(own_description(commit)).0;
                let (change, is_revert) = commits::without_reverts(title);
                if change != title && change.starts_with("Merge ") {
                    match is_revert {
                        true => self.suspected.push(told),
                        false => self.partial.push((Impact::Feature, told)),
                    }
                }
            }
            None => {}
        }
    }
}

/// Returns the commits (newest first) that claim to revert breaking ones, or commits of breaking merges.
pub fn reverts_of_breaking(commits: &[&Commit]) -> Vec<Revert> {
    let breaking = commits.iter().filter(|commit| breaks(commit));
    let breaking: HashSet<&str> = breaking.map(|commit| commit.id.as_str()).collect();
    let is_breaking = |at: usize| {
        let ids = [Some(&commits[at].id), commits[at].merge.as_ref()];
        let mut ids = ids.into_iter().flatten();
        ids.any(|id| breaking.contains(id.as_str()))
    };
    let mut reverts = reverts(commits);
    reverts.retain(|revert| {
        let mut reverted = revert.reverted().chain(revert.takes_back);
        reverted.any(is_breaking)
    });
    reverts
}

/// Returns the positions of the commits (newest first) that another one of them reverts, and of
/// those reverts. `quiet` is that of [`impacts`].
pub fn gone(commits: &[&Commit], quiet: &QuietFiles) -> HashSet<usize> {
    let reverts = reverts(commits);
    let reverts = reverts.iter();
    let reverts = reverts.filter(|revert| covers(revert, commits, quiet));
    reverts.flat_map(Revert::positions).collect()
}

/// Returns whether a revert changes every file of the commits that it names, under any name. It may
/// leave tests, for example.
pub fn covers(revert: &Revert, commits: &[&Commit], quiet: &QuietFiles) -> bool {
    let commit = commits[revert.at];
    let touched: HashSet<&String> = commit.files.iter().collect();
    let targets = revert.targets.iter().map(|target| commits[*target]);
    let targets = targets.filter(|target| !commit.undoes.contains(&target.id));
    let mut files = targets.flat_map(|target| &target.files);
    files.all(|file| touched.contains(file) || quiet.has(file))
}

/// Returns the positions of the merges (newest first) of whose changes nothing is left: all commits that
/// they brought in are `gone`, or the one with their title was reverted after the merge and the others
/// say what they are. The commits that were reverted are returned with them.
fn undone_merges(
    commits: &[&Commit],
    reverts: &[Revert],
    gone: &HashSet<usize>,
) -> HashMap<usize, Vec<usize>> {
    let positions = commits.iter().enumerate();
    let positions: HashMap<&str, usize> =
        positions.map(|(at, one)| (one.id.as_str(), at)).collect();
    let merge_of = |at: usize| positions.get(commits[at].merge.as_deref()?).copied();
    let reverted: HashMap<usize, usize> = reverts
        .iter()
        .flat_map(|revert| revert.reverted().map(|at| (at, revert.at)))
        .filter(|(at, _)| gone.contains(at))
        .collect();

    let mut undone: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut brought: HashMap<usize, Vec<usize>> = HashMap::new();
    // Commits come before the merge that brings them in.
    for at in (0..commits.len()).rev() {
        if let Some(inner) = brought.remove(&at).filter(|_| !gone.contains(&at)) {
            let is_undone = |at: &usize| gone.contains(at) || undone.contains_key(at);
            let is_own_title_reverted = |inner: &usize| {
                let mut merges = reverted
                    .get(inner)
                    .into_iter()
                    .flat_map(|revert| std::iter::successors(Some(*revert), |at| merge_of(*at)));
                reverted.contains_key(inner)
                    && merges.all(|merge| merge != at)
                    && commits::has_title_of(commits[*inner], commits[at])
            };
            // One that does not say what it is may be a part of the change.
            let is_told = |at: &usize| {
                let meaning = commits::classify(&description(commits[*at]), false);
                is_undone(at) || meaning != MessageMeaning::Unclassified
            };
            let titled = inner.iter().find(|inner| is_own_title_reverted(inner));
            if let Some(titled) = titled.filter(|_| inner.iter().all(is_told)) {
                undone.insert(at, vec![*titled]);
            } else if inner.iter().all(is_undone) {
                let found = inner.into_iter();
                let found = found.filter(|at| reverted.contains_key(at)).collect();
                undone.insert(at, found);
            }
        }
        if let Some(merge) = merge_of(at) {
            brought.entry(merge).or_default().push(at);
        }
    }
    undone
}

/// Returns the positions of the commits (newest first) that stand: those that no other one of them
/// reverts, without the reverts and without merges that repeat the title of such a commit. `quiet`
/// is that of [`impacts`].
pub fn standing(commits: &[&Commit], quiet: &QuietFiles) -> Vec<usize> {
    let mut gone = gone(commits, quiet);
    let undone = undone_merges(commits, &reverts(commits), &gone);
    gone.extend(undone.into_keys());
    gone.extend(repeating_merges(commits, &gone, quiet));
    let all = 0..commits.len();
    all.filter(|at| !gone.contains(at)).collect()
}

/// Returns the positions of the merges (newest first) that say what kind of change they are, and
/// whose titles therefore count. `gone` are the commits that were reverted, and their reverts.
pub(super) fn telling_merges(
    commits: &[&Commit],
    gone: &HashSet<usize>,
    quiet: &QuietFiles,
    squash_bodies: bool,
) -> HashSet<usize> {
    let repeating = repeating_merges(commits, gone, quiet);
    let undone = undone_merges(commits, &reverts(commits), gone);
    let all = 0..commits.len();
    all.filter(|at| !undone.contains_key(at))
        .filter(|at| {
            let commit = commits[*at];
            let meaning = commits::classify(&description(commit), squash_bodies);
            let counts = breaks(commit) || !repeating.contains(at);
            commit.is_merge() && counts && matches!(meaning, MessageMeaning::Entries(_))
        })
        .collect()
}

/// Sets the commits with its title that each merge brought in. The commits (newest first) are those
/// of all packages.
pub fn mark_repeated(commits: &mut [Commit], quiet: &QuietFiles) {
    let all: Vec<&Commit> = commits.iter().collect();
    let brought = brought(&all, &gone(&all, quiet), quiet);
    let merges = all.iter().enumerate().filter(|(_, one)| one.is_merge());
    let repeated: Vec<(usize, Vec<String>)> = merges
        .map(|(at, merge)| {
            let brought = brought.get(merge.id.as_str()).into_iter().flatten();
            let alike = brought.filter(|one| commits::has_title_of(one, merge));
            (at, alike.map(|one| one.id.clone()).collect())
        })
        .collect();
    for (at, ids) in repeated {
        commits[at].repeated = ids;
    }
}

/// Returns the commits that each merge (by its id) brought in, that no other commit reverts and that
/// concern users.
fn brought<'c>(
    commits: &[&'c Commit],
    gone: &HashSet<usize>,
    quiet: &QuietFiles,
) -> HashMap<&'c str, Vec<&'c Commit>> {
    let mut brought: HashMap<&str, Vec<&Commit>> = HashMap::new();
    for (at, commit) in commits.iter().enumerate() {
        if let Some(merge) = commit.merge.as_deref()
            && !gone.contains(&at)
            && !quiet.has_all(commit)
        {
            brought.entry(merge).or_default().push(commit);
        }
    }
    brought
}

/// Returns the positions of the merges with the title of a commit that they brought in, that no
/// other commit reverts and that concerns users. Such a commit of another package counts, too, if
/// a commit of these packages was brought in with it: the merge itself can change files.
fn repeating_merges(
    commits: &[&Commit],
    gone: &HashSet<usize>,
    quiet: &QuietFiles,
) -> HashSet<usize> {
    let brought = brought(commits, gone, quiet);
    let listed: HashSet<&str> = commits.iter().map(|commit| commit.id.as_str()).collect();
    let repeats = |merge: &Commit| {
        let elsewhere = || {
            merge
                .repeated
                .iter()
                .any(|id| !listed.contains(id.as_str()))
        };
        brought.get(merge.id.as_str()).is_some_and(|brought| {
            let mut brought = brought.iter();
            brought.any(|one| commits::has_title_of(one, merge)) || elsewhere()
        })
    };
    let merges = commits.iter().enumerate();
    merges
        .filter(|(_, commit)| commit.is_merge() && repeats(commit))
        .map(|(at, _)| at)
        .collect()
}

/// What users lose without a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loss {
    /// They may lose something, or get something back: it adds or may break something, or reverts
    /// more than a fix.
    Notable,
    /// It says that it is a fix.
    Fix,
}

/// Returns what users lose without a commit; `None` if that does not concern them. The parameters
/// are those of [`impacts`].
pub fn loss(commit: &Commit, quiet: &QuietFiles, squash_bodies: bool) -> Option<Loss> {
    let impacts = impacts(&[commit], quiet, squash_bodies);
    let impact = impacts.known.iter().map(|(impact, _)| *impact).max();
    match (impact, reverted(&commit.message)) {
        _ if impact >= Some(Impact::Feature) || !impacts.suspected.is_empty() => {
            Some(Loss::Notable)
        }
        (_, Some(MessageMeaning::Unclassified)) => Some(Loss::Notable),
        (Some(_), _) => Some(Loss::Fix),
        (None, Some(MessageMeaning::Entries(_))) if !quiet.has_all(commit) => Some(Loss::Fix),
        (None, _) => None,
    }
}

/// Returns the part of a commit's message that describes its changes. A commit that makes a change
/// again has the title of that change.
pub(super) fn description(commit: &Commit) -> Cow<'_, str> {
    commits::reapplied(own_description(commit))
}

fn own_description(commit: &Commit) -> &str {
    match commit.is_merge() {
        true => commits::merge_description(&commit.message),
        false => commits::target_message(commits::squashed_description(&commit.message)),
    }
}

/// Returns the message of a commit, or the part of that of a merge that describes its changes.
pub fn description_of(commit: &Commit) -> String {
    match own_description(commit) {
        "" => commit.message.clone(),
        _ if !commit.is_merge() => commit.message.clone(),
        description => description.to_owned(),
    }
}

/// Returns whether a commit is marked as breaking.
pub fn breaks(commit: &Commit) -> bool {
    commit.is_merge() && commits::merges_breaking(&commit.message)
        || commits::is_breaking(&description(commit))
}

/// Returns whether a commit names the kind of its change, or marks it as breaking.
pub fn names_kind(commit: &Commit) -> bool {
    let meaning = commits::classify(&description(commit), false);
    breaks(commit) || meaning != MessageMeaning::Unclassified
}

/// Returns the change that a message reverts according to its title; `None` for one that reverts
/// nothing.
fn reverted(message: &str) -> Option<MessageMeaning> {
    let title = commits::message_title(message).0;
    let (change, is_reverted) = commits::without_reverts(title);
    is_reverted.then(|| commits::classify(change, false))
}

/// Returns whether a commit says that it reverts a feature or breaking change: by its title, or
/// else by the commits that it names.
fn reverts_more_than_fix(commit: &Commit) -> bool {
    let title = commits::message_title(own_description(commit)).0;
    let (change, is_reverted) = commits::without_reverts(title);
    let meaning = commits::classify(commits::squashed_description(change), false);
    if change != title && matches!(meaning, MessageMeaning::Entries(_)) {
        // The title says nothing of a mark in the body.
        let mut named = commit.reverted.iter();
        let has_mark = named.any(|message| commits::is_breaking(message));
        return is_reverted && (has_mark || is_more_than_fix(&meaning));
    }
    commit.reverted.iter().any(|message| {
        let title = commits::message_title(commits::merge_description(message)).0;
        let (change, _) = commits::without_reverts(title);
        commits::is_breaking(message) || is_more_than_fix(&commits::classify(change, false))
    })
}

fn is_more_than_fix(meaning: &MessageMeaning) -> bool {
    match meaning {
        MessageMeaning::Entries(entries) => entries
            .iter()
            .any(|entry| of_entry(entry) != Some(Impact::Fix)),
        _ => false,
    }
}

fn may_break(message: &str) -> bool {
    commits::may_break(&plain(&commits::without_quotes(message)))
}

/// Returns a message without the marks of Markdown around the first words of its body's lines:
/// `**BREAKING CHANGE**: x`. A heading about breaking changes need not have a colon.
fn plain(message: &str) -> String {
    let (title, body) = message.split_once('\n').unwrap_or((message, ""));
    let mut plain = title.to_owned();
    for line in body.lines() {
        let words = line.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '`');
        plain.push('\n');
        plain.push_str(&words.replace("**", "").replace("__", ""));
        if line.trim_start().starts_with('#') {
            plain.push(':');
        }
    }
    plain
}

/// Returns whether the type in a commit's title says that something was removed: `remove: x`,
/// `removed(api): x`.
fn removes(message: &str) -> bool {
    let head = message.split_once(':').map_or("", |(head, _)| head);
    let word = head.split('(').next().unwrap_or_default();
    ["remove", "removed"].contains(&word.trim().to_ascii_lowercase().as_str())
}

/// Returns the impact of a change; `None` for a revert, whose impact depends on the reverted
/// change.
pub(super) fn of_entry(entry: &commits::ChangeEntry) -> Option<Impact> {
    match entry.kind {
        _ if entry.breaking => Some(Impact::Breaking),
        _ if entry.reverts => None,
        ChangeType::Added | ChangeType::Deprecated => Some(Impact::Feature),
        ChangeType::Changed | ChangeType::Removed | ChangeType::Fixed | ChangeType::Security => {
            Some(Impact::Fix)
        }
    }
}

/// Returns the impact and text of each entry in a version's section.
///
/// An entry is breaking if it says so, or is below a heading `Breaking ..` or `Removed`. So is any
/// other line that says so, in a paragraph, a table or HTML. Other entries count only below a type
/// of change, and so does what is written there in another form than a list. Sections of the
/// packages `others` do not count.
pub fn entries(text: &str, version: &Version, others: &[String]) -> Vec<(Impact, String)> {
    let doc = ParsedChangelog::read_without(text, others);
    doc.release(version)
        .map_or_else(Vec::new, |section| weighed(&doc, section))
}

/// Returns the same for the unreleased section.
pub fn unreleased_entries(text: &str) -> Vec<(Impact, String)> {
    let doc = ParsedChangelog::read(text);
    doc.unreleased()
        .map_or_else(Vec::new, |section| weighed(&doc, section))
}

/// Returns whether the unreleased section has content besides headings.
pub fn has_unreleased_content(text: &str) -> bool {
    let doc = ParsedChangelog::read(text);
    doc.unreleased()
        .is_some_and(|section| doc.has_content(section.rows.clone()))
}

fn weighed(doc: &ParsedChangelog<'_>, section: &ChangelogSection) -> Vec<(Impact, String)> {
    let weighed = section.rows.clone().filter_map(|at| {
        let line = doc.line(at).trim();
        let (impact, entry) = match doc.row(at).kind {
            RowKind::Item => {
                let entry = line.trim_start_matches(['-', '*', '+']).trim();
                // An entry below another one only counts for its own mark.
                let is_own = !doc.row(at).nested && !says_nothing(entry);
                let counts = is_own || says_breaking(entry);
                (counts.then(|| stated_in(doc, section, at, entry))??, entry)
            }
            RowKind::Text | RowKind::Html if announces_breaking(line) => (Impact::Breaking, line),
            _ if begins_prose(doc, section, at) => (stated_in(doc, section, at, line)?, line),
            _ => return None,
        };
        Some((impact, entry.to_owned()))
    });
    weighed.collect()
}

/// Returns whether a row is the first of a paragraph, table, quote or block of code outside of lists
/// that says something, or a heading with nothing below it.
fn begins_prose(doc: &ParsedChangelog<'_>, section: &ChangelogSection, at: usize) -> bool {
    let is_title = |at: usize| {
        let titles = &section.bold_titles;
        titles.binary_search_by_key(&at, |(row, _)| *row).is_ok()
    };
    let is_prose = |at: usize| {
        let row = doc.row(at);
        let text = without_tags(doc.line(at));
        let text = text.trim();
        matches!(row.kind, RowKind::Text | RowKind::Code | RowKind::Html)
            && !row.nested
            && doc.has_content(at..at + 1)
            && !commits::FENCES.iter().any(|fence| text.starts_with(fence))
            && !(says_breaking(text) && commits::denies(text))
            && !(text.is_empty() || says_nothing(text) || is_title(at))
    };
    let is_continued = at > section.rows.start && is_prose(at - 1);
    is_prose(at) && !is_continued || is_only_heading(doc, section, at)
}

/// Returns whether a row is a heading below that of a group, with nothing between it and the next one
/// and no name of a type of change: `#### \`Pool::new\``.
fn is_only_heading(doc: &ParsedChangelog<'_>, section: &ChangelogSection, at: usize) -> bool {
    let headings = &doc.outline.headings;
    let Ok(position) = headings.binary_search_by_key(&at, |one| one.rows.start) else {
        return false;
    };
    let heading = &headings[position];
    let title = doc.title_text(heading);
    let next = headings.get(position + 1);
    let end = next.map_or(section.rows.end, |next| {
        next.rows.start.min(section.rows.end)
    });
    let mut groups = section.groups.iter();
    groups.any(|group| group.rows.contains(&at))
        && !doc.has_content(heading.rows.end..end)
        && next.is_none_or(|next| next.level <= heading.level)
        && ChangeType::meant(title).is_none()
        && !is_breaking(title)
}

/// Returns whether a text denies any change.
fn says_nothing(text: &str) -> bool {
    let text = words(text);
    let text = text.strip_prefix("there are ").unwrap_or(&text);
    let nothing = ["none", "nothing", "no", "n a", "na"];
    nothing.contains(&text) || ["no changes", "no breaking changes"].contains(&text)
}

/// Returns a line without the tags of HTML.
fn without_tags(line: &str) -> String {
    let parts = line.split('<');
    parts
        .map(|part| part.split_once('>').map_or(part, |(_, text)| text))
        .collect()
}

/// Returns whether a line outside of lists marks a breaking change, or is a heading or summary in
/// HTML about them.
fn announces_breaking(line: &str) -> bool {
    let text = without_tags(line);
    let lower = line.to_ascii_lowercase();
    let is_heading = lower.contains("<summary>") || lower.starts_with("<h");
    (says_breaking(&text) || is_heading && is_breaking(&text)) && !commits::denies(&text)
}

/// Returns the impact that the entry at a row states by a mark or by the headings above it.
pub(super) fn stated(doc: &ParsedChangelog<'_>, at: usize, entry: &str) -> Option<Impact> {
    let mut sections = doc.sections.iter();
    let section = sections.find(|section| section.rows.contains(&at))?;
    stated_in(doc, section, at, entry)
}

fn stated_in(
    doc: &ParsedChangelog<'_>,
    section: &ChangelogSection,
    at: usize,
    entry: &str,
) -> Option<Impact> {
    if says_breaking(entry) || is_below_breaking(doc, section, at) {
        return Some(Impact::Breaking);
    }
    let mut groups = section.groups.iter();
    let group = groups.find(|group| group.rows.contains(&at));
    let start = group.map_or(section.rows.start, |group| group.rows.start);
    let bold = &section.bold_titles;
    let bold = bold[..bold.partition_point(|(row, _)| *row < at)].last();
    let bold = bold.filter(|(row, _)| *row >= start).map(|(_, kind)| *kind);
    let above = headings_above(doc, section, at);
    let above = above
        .into_iter()
        .filter_map(|heading| ChangeType::meant(doc.title_text(heading)));
    let kinds = [group.and_then(|group| group.kind), bold];
    let kinds = kinds.into_iter().flatten().chain(above);
    let impact = kinds.map(of_type).max();
    impact.or_else(|| Some(of_type(bold_type(entry)?)))
}

/// Returns the impact of a change of a type.
fn of_type(kind: ChangeType) -> Impact {
    match kind {
        ChangeType::Removed => Impact::Breaking,
        ChangeType::Added | ChangeType::Deprecated => Impact::Feature,
        ChangeType::Changed | ChangeType::Fixed | ChangeType::Security => Impact::Fix,
    }
}

/// Returns the type of change in bold at the start of an entry: `**Added** x`.
fn bold_type(entry: &str) -> Option<ChangeType> {
    let (word, _) = entry.strip_prefix("**")?.split_once("**")?;
    ChangeType::meant(word)
}

/// Returns whether a heading between that of the section and this row is about breaking changes:
/// `#### Breaking`.
fn is_below_breaking(doc: &ParsedChangelog<'_>, section: &ChangelogSection, at: usize) -> bool {
    let above = headings_above(doc, section, at);
    let mut titles = above
        .into_iter()
        .map(|heading| &doc.text[heading.text.clone()]);
    titles.any(is_breaking)
}

/// Returns the headings of a section that enclose a row, the innermost first: that of a package, and below it that of a
/// type of change.
fn headings_above<'d>(
    doc: &'d ParsedChangelog<'_>,
    section: &ChangelogSection,
    at: usize,
) -> Vec<&'d Heading> {
    let start = section.rows.start;
    let above = doc.outline.headings.iter().rev();
    let above = above.filter(|one| one.rows.end <= at && one.rows.start >= start);
    let mut level = u8::MAX;
    let mut enclosing = Vec::new();
    for heading in above {
        if heading.level < level {
            level = heading.level;
            enclosing.push(heading);
        }
    }
    enclosing
}

/// Returns whether an entry marks itself as breaking: at its start (`Breaking: x`, `BREAKING x`, `feat!: x`), in bold, in
/// brackets, or by a sentence that says no more.
fn says_breaking(entry: &str) -> bool {
    let entry = &*without_tags(entry);
    let start = entry.trim_start_matches(|c: char| !c.is_alphanumeric());
    let before = &entry[..entry.len() - start.len()];
    let is_code = before.matches('`').count() % 2 == 1;
    let starts = match mark(start) {
        // A code span can be about such a mark.
        Some(rest) if is_code => rest.starts_with("`:") || rest.starts_with("`**:"),
        None if is_code => false,
        rest => {
            start.starts_with("BREAKING")
                || commits::is_breaking_title(start)
                || rest.is_some_and(|rest| {
                    let dash = rest.trim_start_matches(' ');
                    rest.starts_with([':', '!', '*', '_', ']', ')'])
                        || dash.starts_with(['\u{2013}', '\u{2014}'])
                        || dash.starts_with("- ") && rest.starts_with(' ')
                })
        }
    };
    let plain = commits::without_code(entry);
    let mut sentences = plain.split(['.', '!', ';']);
    let is_sentence = sentences.any(|sentence| {
        let sentence = words(sentence);
        let sentence = sentence.strip_prefix("this is ").unwrap_or(&sentence);
        ["breaking change", "a breaking change", "breaking"].contains(&sentence)
    });
    let bold = ["**", "__"].iter().any(|sign| {
        let opened =
            |at: usize| plain[at + sign.len()..].trim_start_matches(['(', '[', '*', '_', '`']);
        plain
            .match_indices(sign)
            .any(|(at, _)| mark(opened(at)).is_some())
    });
    let bracketed = entry.match_indices(['[', '(']).any(|(at, open)| {
        let inner = entry[at + open.len()..].trim_start_matches(['*', '_', ' ']);
        mark(inner).is_some_and(|rest| {
            rest.trim_start_matches(['*', '_', ' '])
                .starts_with([']', ')', ':', ','])
        })
    });
    starts
        || is_sentence
        || bold
        || bracketed
        || commits::BOOM.iter().any(|boom| entry.starts_with(boom))
}

/// Returns the text after `breaking` or `breaking change` at the start, in any case.
fn mark(text: &str) -> Option<&str> {
    let word = |text: &'_ str, word: &str| {
        text.get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    let rest = word(text, "breaking").then(|| &text["breaking".len()..])?;
    let change = rest.trim_start();
    let rest = if word(change, "change") {
        change["change".len()..].trim_start_matches(['s', 'S'])
    } else {
        rest
    };
    (!rest.starts_with(|c: char| c.is_alphanumeric() || c == '-')).then_some(rest)
}

/// Returns the 1-based line and the text of the first heading whose entries may be unreleased and
/// that is not understood.
pub fn unread_section(text: &str) -> Option<(u32, String)> {
    let doc = ParsedChangelog::read(text);
    let heading = *doc.unread_sections().first()?;
    let line = ParsedChangelog::number(heading.rows.start);
    Some((line, doc.title_text(heading).to_owned()))
}

/// Counts the lines with content in a version's section, without headings; `None` without such a
/// section. Sections of the packages `others` do not count.
pub fn lines(text: &str, version: &Version, others: &[String]) -> Option<usize> {
    let doc = ParsedChangelog::read_without(text, others);
    let section = doc.release(version)?;
    Some(
        section
            .rows
            .clone()
            .filter(|at: &usize| doc.has_content(*at..*at + 1))
            .count(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Workspace;

    fn quiet() -> QuietFiles {
        QuietFiles::default()
    }

    fn commit(id: &str, message: &str) -> Commit {
        Commit {
            id: format!("{id:0>40}"),
            message: message.into(),
            ..Commit::default()
        }
    }

    #[test]
    fn each_commit_asks_for_what_it_changes() {
        let id = "0".repeat(7);
        for (message, impact) in [
            ("feat: x", Some(Impact::Feature)),
            ("feat!: x", Some(Impact::Breaking)),
            ("fix(core): x\n\nBREAKING CHANGE: y", Some(Impact::Breaking)),
            ("chore!: drop rust 1.60", Some(Impact::Breaking)),
            ("fix: x", Some(Impact::Fix)),
            ("feat: drop x", Some(Impact::Fix)),
            ("docs: x", None),
            ("Do something", None),
            ("revert!: x", Some(Impact::Breaking)),
            ("wip!: x", Some(Impact::Breaking)),
            ("random(a b)!: x", Some(Impact::Breaking)),
            ("feat/x!: y", Some(Impact::Breaking)),
            ("fix-up!: x", Some(Impact::Breaking)),
            ("Do x\nBREAKING CHANGE: y", Some(Impact::Breaking)),
            ("fix: x\nBREAKING-CHANGE: y", Some(Impact::Breaking)),
            ("Oh no!: x", None),
            ("fix: x\n\nNo BREAKING CHANGE: here", Some(Impact::Fix)),
            ("fixup! feat: x", Some(Impact::Feature)),
            ("fixup! feat!: x", Some(Impact::Breaking)),
            ("squash! fixup! fix(a)!: x", Some(Impact::Breaking)),
            (
                "squash! fix: x\n\nBREAKING CHANGE: y",
                Some(Impact::Breaking),
            ),
            ("amend! fix: x\n\nfeat!: y", Some(Impact::Breaking)),
            ("amend! feat!: x\n\nfix: y", Some(Impact::Fix)),
            ("amend! feat: x", Some(Impact::Feature)),
            ("fixup! docs: x", None),
            ("fixup! Do something", None),
            ("revert: x", None),
            ("chore: x\n\n* feat: y", None),
        ] {
            let commit = commit("a", message);
            let title = message.lines().next().unwrap_or_default();
            let expected: Vec<(Impact, String)> = impact
                .map(|impact| (impact, format!("{id} {title}")))
                .into_iter()
                .collect();
            assert_eq!(
                impacts(&[&commit], &quiet(), false).known,
                expected,
                "{message}"
            );
        }
    }

    #[test]
    fn decorated_titles_are_read_and_odd_marks_are_suspected() {
        use Impact::{Breaking, Feature, Fix};
        for (message, known, suspected) in [
            ("✨ feat: x", Some(Feature), 0),
            (":sparkles: feat: x", Some(Feature), 0),
            ("ABC-12 feat(a)!: x", Some(Breaking), 0),
            ("ABC-12: fix: x", Some(Fix), 0),
            ("[ABC-12] fix: x", Some(Fix), 0),
            ("#12 fix: x", Some(Fix), 0),
            ("[core] feat!: x", Some(Breaking), 0),
            ("💥 feat!: x", Some(Breaking), 0),
            ("🏷️ feat: x\n\nBREAKING CHANGE: y", Some(Breaking), 0),
            ("💥 feat: x", Some(Feature), 1),
            (":boom: x", None, 1),
            ("feat !: x", None, 1),
            ("feat!(x): y", None, 1),
            ("feat! y", None, 1),
            ("fix:! y", Some(Fix), 1),
            ("fix: x\n\nBREAKING CHANGE - y", Some(Fix), 1),
            ("fix: x\n\nThis is a BREAKING CHANGE.", Some(Fix), 1),
            ("fix: x\n\nThis is not a breaking change.", Some(Fix), 0),
            ("[core] Feat! y", None, 1),
            ("feat(x)! y", None, 1),
            ("feat (x)!: y", None, 1),
            ("!feat: y", None, 1),
            ("!feat(x): y", None, 1),
            ("feat!：y", None, 1),
            ("feat：y", Some(Feature), 0),
            ("feat (x): y", Some(Feature), 0),
            ("feat : y", Some(Feature), 0),
            ("feat(x) : y", Some(Feature), 0),
            ("feat:\ty", Some(Feature), 0),
            ("fix : x\n\nBREAKING CHANGE: y", Some(Breaking), 0),
            ("fix!!: y", None, 1),
            ("Hello! y", None, 0),
            ("fix !Send of x", None, 0),
            ("fix != of x", None, 0),
            ("test!(x) expands", None, 0),
            ("!important: y", None, 0),
            ("[breaking] drop", None, 1),
            ("[breaking] feat: drop", None, 1),
            ("BREAKING: drop", None, 1),
            ("Breaking change: drop", None, 1),
            ("fix: x\n\n* feat!: b", Some(Fix), 1),
            ("fix: x\n\nBreaking: b", Some(Fix), 1),
            ("fix: x\n\n**BREAKING CHANGE**: b", Some(Fix), 1),
            ("fix: x\n\n# BREAKING CHANGE: b", Some(Fix), 1),
            ("fix: x\n\n### ⚠ BREAKING CHANGES\n\n* b", Some(Fix), 1),
            ("fix: x\n\n### Breaking news\n\n* b", Some(Fix), 0),
            ("fix: x\n\n`BREAKING CHANGE`: b", Some(Fix), 1),
            ("fix: x\n\n`BREAKING CHANGE: b` is read", Some(Fix), 0),
            ("fix: x [BREAKING]", Some(Fix), 1),
            ("fix: x (breaking change)", Some(Fix), 1),
            ("fix: read `[breaking]`", Some(Fix), 0),
            ("fix: x (not breaking y)", Some(Fix), 0),
            ("fix: x\n\n```\nBREAKING CHANGE: b\n```", Some(Fix), 0),
            ("fix: x\n\n~~~ text\nfeat!: b\n~~~\nend", Some(Fix), 0),
            ("fix: x\n\n```\n\nBREAKING CHANGE: b", Some(Breaking), 0),
            (
                "fix: x\n\n```\n```\n\nBREAKING CHANGE: b",
                Some(Breaking),
                0,
            ),
            ("fix: x\n\nBREAKING CHANGE: none", Some(Fix), 0),
            ("fix: x\n\nBREAKING CHANGE: N/A.", Some(Fix), 0),
            (
                "fix: x\n\nBREAKING CHANGE: none of it works",
                Some(Breaking),
                0,
            ),
            ("remove: x", Some(Fix), 1),
            ("Removed(api): x", Some(Fix), 1),
            ("Remove the x: y", None, 0),
            ("feat: remove x", Some(Fix), 0),
            ("fix: stop breaking x", Some(Fix), 0),
            ("fix: x\n\nThis avoids breaking y.", Some(Fix), 0),
            ("Make a non-breaking change", None, 0),
            ("Use `vec!(x): y`", None, 0),
            ("Call vec!::x", None, 0),
        ] {
            let found = impacts(&[&commit("a", message)], &quiet(), false);
            let impact = found.known.first().map(|(impact, _)| *impact);
            assert_eq!(
                (impact, found.suspected.len()),
                (known, suspected),
                "{message}"
            );
        }
        let squashed = impacts(&[&commit("a", "fixup! [breaking] x")], &quiet(), false);
        assert_eq!(squashed.suspected.len(), 1);
    }

    #[test]
    fn reverts_of_earlier_changes_may_break_and_others_make_them_again() {
        use Impact::{Breaking, Feature, Fix};
        for (message, known, suspected, unknown) in [
            ("Revert \"feat: x (#1)\" (#2)", None, 1, 1),
            ("Revert \"feat!: x\"", None, 1, 1),
            ("revert: feat(a): x", None, 1, 1),
            ("Revert \"Reapply \"feat: x\"\"", None, 1, 1),
            ("Revert \"fix: x\"", None, 0, 1),
            ("Revert \"chore: x\"", None, 0, 1),
            ("Revert \"Do something\"", None, 0, 1),
            ("Reapply \"feat: x\"", Some(Feature), 0, 0),
            ("Reapply \"feat: x (#1)\" (#2)", Some(Feature), 0, 0),
            ("Reapply \"feat!: x\"", Some(Breaking), 0, 0),
            ("Reapply \"fix: x\"", Some(Fix), 0, 0),
            ("Reapply \"Reapply \"feat: x\"\"", Some(Feature), 0, 0),
            ("Revert \"Revert \"feat: x\"\"", Some(Feature), 0, 0),
            ("Revert \"Revert \"feat!: x\"\"", Some(Breaking), 0, 0),
            ("Reapply \"chore: x\"", None, 0, 0),
        ] {
            let found = impacts(&[&commit("a", message)], &quiet(), false);
            let impact = found.known.first().map(|(impact, _)| *impact);
            assert_eq!(
                (impact, found.suspected.len(), found.unknown.len()),
                (known, suspected, unknown),
                "{message}"
            );
        }
        // A footer of the reverted commit counts as a mark in its title does.
        for (named, suspected) in [("fix: x\n\nBREAKING CHANGE: y", 1), ("fix: x\n\ny", 0)] {
            let mut revert = commit("a", "Revert \"fix: x\"");
            revert.reverted = vec![named.to_owned()];
            let found = impacts(&[&revert], &quiet(), false);
            assert_eq!(found.suspected.len(), suspected, "{named}");
        }
        // The reverted commit itself counts if the revert does not change all of its files.
        let mut feature = commit("a", "feat: x");
        feature.files = vec!["src/lib.rs".to_owned()];
        let found = impacts(
            &[&commit("b", "Revert \"feat: x\""), &feature],
            &quiet(),
            false,
        );
        assert_eq!((found.known.len(), found.suspected.len()), (1, 0));
    }

    #[test]
    fn what_was_taken_back_asks_for_nothing() {
        let id = "0".repeat(39) + "a";
        let gone = commit("a", "feat: x");
        let revert = commit(
            "b",
            &format!("Revert \"feat: x\"\n\nThis reverts commit {id}."),
        );
        assert_eq!(
            impacts(&[&revert, &gone], &quiet(), false),
            Impacts::default()
        );
    }

    #[test]
    fn loss_of_a_commit_is_what_it_made() {
        for (message, expected) in [
            ("feat: x", Some(Loss::Notable)),
            ("fix!: x", Some(Loss::Notable)),
            ("fix: x\n\n**BREAKING CHANGE**: y", Some(Loss::Notable)),
            ("Revert \"feat: x\"", Some(Loss::Notable)),
            ("Revert \"Do something\"", Some(Loss::Notable)),
            ("Revert \"Revert \"feat: x\"\"", Some(Loss::Notable)),
            ("Revert \"fix: x\"", Some(Loss::Fix)),
            ("Revert \"chore: x\"", None),
            ("fix: x", Some(Loss::Fix)),
            ("release 1.0.1", None),
            ("chore: x", None),
        ] {
            let found = loss(&commit("a", message), &quiet(), false);
            assert_eq!(found, expected, "{message}");
        }
        let reverted = ["Revert \"feat: x\"", "feat: x"].map(|message| commit("a", message));
        let reverted: Vec<&Commit> = reverted.iter().collect();
        assert!(standing(&reverted, &quiet()).is_empty());
    }

    #[test]
    fn merge_is_reverted_with_what_it_brought_in() {
        let id = |end: &str| format!("{end:0>40}");
        let inner = Commit {
            merge: Some(id("c")),
            ..commit("a", "feat: x")
        };
        let merge = Commit {
            parents: vec![id("0"), id("a")],
            ..commit("c", "feat: y (#4)")
        };
        let message = format!(
            "Revert \"feat: y (#4)\"\n\nThis reverts commit {}, reversing\nchanges made to {}.",
            id("c"),
            id("0")
        );
        let revert = commit("d", &message);
        assert_eq!(impacts(&[&merge, &inner], &quiet(), false).known.len(), 2);
        let reverted = impacts(&[&revert, &merge, &inner], &quiet(), false);
        assert_eq!(reverted, Impacts::default());
    }

    #[test]
    fn merge_of_reverted_commits_does_not_count_by_its_title() {
        let id = |end: &str| format!("{end:0>40}");
        let inner = |end: &str, message: &str| Commit {
            merge: Some(id("c")),
            ..commit(end, message)
        };
        let by = |end: &str, reverted: &str| {
            let message = format!("Undo\n\nThis reverts commit {}.", id(reverted));
            commit(end, &message)
        };
        let within = |revert: Commit| Commit {
            merge: Some(id("c")),
            ..revert
        };
        let a = |message: &str| inner("a", message);
        // The title of the merge, the commits after it and those that it brought in, and how many
        // changes are known and how many may be reverted.
        for (title, later, brought, known, reverted) in [
            ("feat: x", vec![], vec![a("wip")], 1, 0),
            ("feat: x", vec![by("d", "a")], vec![a("feat: x")], 0, 0),
            ("feat: x", vec![by("d", "a")], vec![a("wip")], 0, 0),
            ("feat!: x", vec![by("d", "a")], vec![a("wip")], 0, 1),
            ("feat!: x", vec![by("d", "a")], vec![a("feat!: x")], 0, 2),
            (
                "feat: x",
                vec![by("d", "a")],
                vec![inner("b", "fix: y"), a("feat: x")],
                1,
                0,
            ),
            (
                "feat: x",
                vec![by("d", "a")],
                vec![inner("b", "wip"), a("wip")],
                1,
                0,
            ),
            (
                "feat: x",
                vec![by("d", "a")],
                vec![inner("b", "wip"), a("feat: x")],
                1,
                0,
            ),
            (
                "feat: x",
                vec![],
                vec![inner("e", "wip"), within(by("d", "a")), a("feat: x")],
                1,
                0,
            ),
        ] {
            let message = format!("Merge branch 'x'\n\n{title}");
            let merge = Commit {
                parents: vec![id("0"), id("a")],
                ..commit("c", &message)
            };
            let commits: Vec<Commit> = [later, vec![merge], brought].concat();
            let all: Vec<&Commit> = commits.iter().collect();
            let found = impacts(&all, &quiet(), false);
            let shown = (found.known.len(), found.reverted.len());
            assert_eq!(shown, (known, reverted), "{commits:?}");
        }
    }

    #[test]
    fn squashed_branch_counts_by_the_title_of_its_changes() {
        use Impact::{Breaking, Feature};
        for (message, expected, unknown) in [
            ("Merged PR 4: feat: x", Some(Feature), 0),
            ("Merged PR 4: feat!: x\n\nRelated: #1", Some(Breaking), 0),
            ("Merged PR 4: x\n\nfeat: y", None, 1),
            ("Merged in t (pull request #4)\n\nfeat: x", Some(Feature), 0),
            ("Merge branch 't' into 'main'\n\nfeat: x", Some(Feature), 0),
            ("Merge branch 't' into 'main'", None, 1),
            (
                "Merge pull request 'feat: x' (#4) from t into main",
                Some(Feature),
                0,
            ),
            ("Merge \"feat: x\"", Some(Feature), 0),
            ("Merge the two lists\n\nfeat: x", None, 1),
            ("Merged PR 5: Revert \"Merged PR 4: fix: x\"", None, 1),
        ] {
            let found = impacts(&[&commit("a", message)], &quiet(), false);
            let impact = found.known.first().map(|(impact, _)| *impact);
            assert_eq!(
                (impact, found.unknown.len()),
                (expected, unknown),
                "{message}"
            );
        }
        let revert = commit("a", "Merged PR 5: Revert \"Merged PR 4: feat: x\"");
        assert_eq!(impacts(&[&revert], &quiet(), false).suspected.len(), 1);
    }

    #[test]
    fn reverts_are_read_as_forges_write_them() {
        let id = "0".repeat(39) + "a";
        let gitea = format!("revert {id}\n\nrevert feat: x");
        let lower = format!("Undo\n\nthis reverts commit {id}");
        for (title, message, is_reverted) in [
            ("feat: x", gitea.as_str(), true),
            ("feat: x", &lower, true),
            ("feat: x", "revert \"feat: x\"", true),
            ("feat: x", "Back out \"feat: x\"", true),
            ("feat: x", "revert the change", false),
            (
                "Merged PR 4: feat: x",
                "Merged PR 5: Revert \"Merged PR 4: feat: x\"",
                true,
            ),
            (
                "Merged in t (pull request #4)\n\nfeat: x",
                "Revert \"feat: x\"",
                true,
            ),
        ] {
            let (gone, revert) = (commit("a", title), commit("b", message));
            let found = impacts(&[&revert, &gone], &quiet(), false).known;
            assert_eq!(found.is_empty(), is_reverted, "{message}");
        }
    }

    #[test]
    fn merge_counts_by_the_title_that_programs_give_it() {
        use Impact::{Breaking, Feature};
        for (message, expected) in [
            ("Merge pull request #4 from o/x\n\nfeat: x", Some(Feature)),
            (
                "Merge pull request 'feat: x' (#4) from t into main",
                Some(Feature),
            ),
            (
                "Merge pull request 'feat!: x's' (#4) from t into main",
                Some(Breaking),
            ),
            ("Merged PR 4: feat: x", Some(Feature)),
            ("Merged PR 4: feat: x\n\nBREAKING CHANGE: y", Some(Breaking)),
            ("Merge \"feat: x\"", Some(Feature)),
            ("Merge \"feat: x\" into main", Some(Feature)),
            ("Merge #4\n\n4: feat: x r=ana a=bo", Some(Feature)),
            ("Auto merge of #4 - o:t, r=ana\n\nfeat: x", Some(Feature)),
            ("Merge branch 'feat: x'", None),
            ("Merge \"x\"", None),
            ("Merged PR x: feat: x", None),
        ] {
            let merge = Commit {
                parents: vec![String::new(), String::new()],
                ..commit("c", message)
            };
            let found = impacts(&[&merge], &quiet(), false).known;
            let impact = found.first().map(|(impact, _)| *impact);
            assert_eq!(impact, expected, "{message}");
        }
    }

    #[test]
    fn commit_that_says_it_reverts_erases_no_breaking_mark() {
        let id = "0".repeat(39) + "a";
        let by_id = format!("chore: x\n\nThis reverts commit {id}.");
        for (message, files) in [
            (by_id.as_str(), &[][..]),
            (&by_id, &["README.md"]),
            (&by_id, &["src/lib.rs"]),
            ("Revert \"feat!: drop old\"", &[]),
            ("Revert \"feat!: drop old\"", &["src/lib.rs", "Cargo.toml"]),
        ] {
            let of = |id: &str, message: &str, files: &[&str]| {
                let files = files.iter().map(|file| (*file).to_owned()).collect();
                Commit {
                    files,
                    ..commit(id, message)
                }
            };
            let (gone, revert) = (
                of("a", "feat!: drop old", &["src/lib.rs"]),
                of("b", message, files),
            );
            let proven = Commit {
                taken_back: vec![gone.id.clone()],
                ..revert.clone()
            };
            let found = impacts(&[&proven, &gone], &quiet(), false);
            assert!(found.reverted.is_empty(), "{message} {files:?}");
            let found = impacts(&[&revert, &gone], &quiet(), false);
            assert_eq!(found.reverted.len(), 1, "{message} {files:?}");
        }
    }

    #[test]
    fn a_commit_of_no_known_kind_has_no_known_weight() {
        let documentation = ["*.md", "*/docs/*", "!*/src/*.rs"].map(str::to_owned);
        let documentation = QuietFiles::new(&documentation, &Workspace::default());
        for (message, file, squash, known, unknown) in [
            ("Do something", "src/lib.rs", false, 0, 1),
            ("Do something", "README.md", false, 0, 0),
            ("chore: x", "src/lib.rs", false, 0, 0),
            ("feat: x", "README.md", false, 0, 0),
            ("feat: x", "a/docs/conf.py", false, 0, 0),
            ("feat: x", "a/src/docs/mod.rs", false, 1, 0),
            ("feat: x", "a/src/README.md", false, 0, 0),
            ("feat!: x", "README.md", false, 1, 0),
            ("revert: released", "src/lib.rs", false, 0, 1),
            ("Merge\n\n* feat: x", "src/lib.rs", false, 0, 1),
            ("Merge\n\n* feat: x", "src/lib.rs", true, 1, 0),
        ] {
            let commit = Commit {
                files: vec![file.into()],
                ..commit("a", message)
            };
            let impacts = impacts(&[&commit], &documentation, squash);
            assert_eq!(
                (impacts.known.len(), impacts.unknown.len()),
                (known, unknown),
                "{message} {file}"
            );
        }
    }

    #[test]
    fn headings_and_folds_are_not_unreleased_content() {
        for (rows, expected) in [
            ("", false),
            ("### Added", false),
            ("<details><summary>Older</summary>", false),
            ("<details open>\n<summary>Older</summary>", false),
            ("<details><summary>Older</summary>\n\n- A thing.", true),
            ("<details>A thing.</details>", true),
            ("A thing.", true),
        ] {
            let text =
                format!("# Changelog\n\n## [Unreleased]\n\n{rows}\n\n## 1.0.0\n\n- First.\n");
            assert_eq!(has_unreleased_content(&text), expected, "{rows}");
        }
    }

    #[test]
    fn entries_weigh_by_their_marks_and_headings() {
        use Impact::{Breaking, Feature, Fix};
        for (entry, impact) in [
            ("### Breaking Changes\n\n- x", Some(Breaking)),
            ("### Breaking\n\n- x", Some(Breaking)),
            ("### ⚠ BREAKING API CHANGES\n\n- x", Some(Breaking)),
            ("### Removed\n\n- x", Some(Breaking)),
            ("### Added\n\n- x", Some(Feature)),
            ("### Deprecated\n\n- x", Some(Feature)),
            ("### Fixed\n\n- x", Some(Fix)),
            ("### Fixed\n\n- ⚠️ Breaking: x", Some(Breaking)),
            ("- [breaking] x", Some(Breaking)),
            ("### Fixed\n\n- Breaking \u{2014} x", Some(Breaking)),
            ("### Fixed\n\n- Breaking - x", Some(Breaking)),
            ("### Fixed\n\n- Breaking-edge x", Some(Fix)),
            ("### Fixed\n\n- feat!: x", Some(Breaking)),
            ("### Fixed\n\n- fix(app)!: x", Some(Breaking)),
            ("### Fixed\n\n- `fix!: x` is read", Some(Fix)),
            ("### Fixed\n\n- `**Breaking:**` is read", Some(Fix)),
            ("### Fixed\n\n- <b>Breaking:</b> x", Some(Breaking)),
            (
                "### Fixed\n\n- x. **This is a breaking change.**",
                Some(Breaking),
            ),
            ("### Fixed\n\n- x. Breaking change.", Some(Breaking)),
            (
                "### Fixed\n\n- x. This is not a breaking change.",
                Some(Fix),
            ),
            ("- *(help)* [**breaking**] x", Some(Breaking)),
            ("- **Breaking change** in x", Some(Breaking)),
            ("- BREAKING CHANGE: x", Some(Breaking)),
            ("- `BREAKING CHANGE`: x", Some(Breaking)),
            (
                "### Fixed\n\n- `BREAKING CHANGE` footers are read",
                Some(Fix),
            ),
            (
                "### Fixed\n\n  - **Breaking**: nested deeply",
                Some(Breaking),
            ),
            ("- `a`: **breaking** x", Some(Breaking)),
            ("- x **(breaking change)**", Some(Breaking)),
            ("- x (breaking change)", Some(Breaking)),
            (
                "### Fixed\n\n#### Breaking\n\n##### net\n\n- x",
                Some(Breaking),
            ),
            (
                "### Fixed\n\n#### Breaking\n\n- y\n\n#### Other\n\n- x",
                Some(Breaking),
            ),
            ("### Changed (breaking)\n\n- x", Some(Breaking)),
            ("### Non-breaking changes\n\n- x", None),
            ("### Fixed\n\n- Breaking out of a loop works.", Some(Fix)),
            ("### Fixed\n\n- **x** breaking the loop", Some(Fix)),
            ("**Breaking changes:**\n\n- x", Some(Breaking)),
            ("**Breaking changes:** none\n\n- x", None),
            ("BREAKING: x", Some(Breaking)),
            ("### Fixed\n\nNothing is breaking.", Some(Fix)),
            (
                "### Breaking changes\n\nThe function is gone.",
                Some(Breaking),
            ),
            ("### Breaking changes\n\nNone.", None),
            (
                "### Breaking changes\n\nThere are no breaking changes.",
                None,
            ),
            ("### Removed\n\n<!-- x -->\n\n[a]: https://b", None),
            ("### Removed\n\nThe function.", Some(Breaking)),
            ("### Removed\n\n<p>The function.</p>", Some(Breaking)),
            ("### Removed\n\n> The function.", Some(Breaking)),
            ("### Removed\n\n**The function.**", Some(Breaking)),
            ("### Removed\n\n- None.", None),
            ("### Removed\n\n- `!=`", Some(Breaking)),
            ("### Added\n\nThe function.", Some(Feature)),
            ("### Added\n\n| a |\n|---|\n| x |", Some(Feature)),
            (
                "### alpha\n\n#### Removed\n\n- The function.",
                Some(Breaking),
            ),
            ("### alpha\n\n#### Added\n\n- The function.", Some(Feature)),
            (
                "### Fixed\n\n#### Features\n\n- The function.",
                Some(Feature),
            ),
            ("### alpha\n\n#### Removed\n\n### beta\n\n- x", None),
            ("### Added\n\n```rust\nfn new();\n```", Some(Feature)),
            ("### Added\n\n```\n```", None),
            ("### Added\n\n#### x\n\nNew.", Some(Feature)),
            ("### Added\n\n#### x", Some(Feature)),
            ("### Added\n\n#### Breaking", None),
            ("### Added\n\n#### a\n\nNone.", None),
            ("### Notes\n\nText.", None),
            ("Text.", None),
            ("**Added**\n\n- x", Some(Feature)),
            ("**Removed:**\n\n- x", Some(Breaking)),
            ("**Added**", None),
            ("### Fixed\n\n**Removed**\n\n- x", Some(Breaking)),
            ("- **Added** x", Some(Feature)),
            ("### Fixed\n\n- **Features** x", Some(Fix)),
            ("<h3>Breaking changes</h3>\n\n- x", Some(Breaking)),
            (
                "<details><summary>Breaking changes</summary>\n\n- x",
                Some(Breaking),
            ),
            ("<b>Breaking:</b> x", Some(Breaking)),
            ("<h3>Non-breaking changes</h3>\n\n- x", None),
            ("| a | b |\n|---|---|\n| **Breaking** | x |", Some(Breaking)),
            ("### Incompatible changes\n\n- x", Some(Breaking)),
            ("### Fixed\n\n- 💥 x", Some(Breaking)),
            ("### Fixed\n\n- x 💥 is an emoji", Some(Fix)),
            ("- Breaks nothing", None),
            ("- Non-breaking x", None),
            ("### Internal\n\n- x", None),
            ("- x", None),
        ] {
            let text =
                format!("# Changelog\n\n## 1.0.1\n\n{entry}\n\n## 1.0.0\n\n### Removed\n\n- y\n");
            let found = entries(&text, &Version::new(1, 0, 1), &[])
                .first()
                .map(|(impact, _)| *impact);
            assert_eq!(found, impact, "{entry}");
        }
    }

    #[test]
    fn a_section_tells_what_breaks_and_how_much_it_says() {
        let text = "\
# Changelog

## [2.0.0] - 2026-01-02

A summary.

### Changed

- **Breaking:** no more cookies
- Breaks nothing
* **BREAKING** two
- breaking: three

### Added

## [1.0.0] - 2026-01-01

- **Breaking:** old
";
        let version = Version::new(2, 0, 0);
        let found: Vec<String> = entries(text, &version, &[])
            .into_iter()
            .map(|(_, entry)| entry)
            .collect();
        let expected = [
            "**Breaking:** no more cookies",
            "Breaks nothing",
            "**BREAKING** two",
            "breaking: three",
        ];
        assert_eq!(found, expected);
        assert_eq!(lines(text, &version, &[]), Some(5));
        assert_eq!(
            (
                lines(text, &Version::new(3, 0, 0), &[]),
                entries(text, &Version::new(3, 0, 0), &[]).len()
            ),
            (None, 0)
        );
        assert_eq!(lines("## 2.0.0\n\n### Added\n", &version, &[]), Some(0));
    }
}

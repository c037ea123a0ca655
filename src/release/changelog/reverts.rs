//! Commits that revert others, as their messages say.
//!
//! A revert takes a change back, the revert of that revert makes it again, and so on. Whatever commit a
//! message names, it takes back the latest one with the same effect on the same change: after two
//! reverts, both "make again" the same, although the second may name the first revert.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::hash::Hash;

use super::commits::{
    Commit, bare_title, description, message_title, reapplied_title, reverted_title, without_number,
};

/// Returns the positions of commits (newest first) that a later commit reverts, and of those
/// reverts. Reverting a revert restores the first commit.
pub fn reverted_positions(commits: &[&Commit]) -> HashSet<usize> {
    let reverts = reverts(commits);
    reverts.iter().flat_map(Revert::positions).collect()
}

/// A commit whose message says that it reverts others.
pub struct Revert {
    /// Position of the revert.
    pub at: usize,
    /// Positions of the reverted commits.
    pub targets: Vec<usize>,
    /// Positions of the commits that reverted merges brought in, and of those that the revert brought
    /// in if it is a merge with their title.
    pub brought: Vec<usize>,
    /// Position of the commit whose change it takes back. `None` if it makes one again, or takes back
    /// several.
    pub takes_back: Option<usize>,
}

impl Revert {
    /// Returns the positions of everything that it reverts.
    pub fn reverted(&self) -> impl Iterator<Item = usize> {
        self.targets.iter().chain(&self.brought).copied()
    }

    /// Returns the positions of the revert and of everything that it reverts.
    pub fn positions(&self) -> impl Iterator<Item = usize> {
        self.reverted().chain([self.at])
    }
}

/// Returns the commits (newest first) that revert others of the list and are not reverted
/// themselves. To revert a merge is to revert its commits.
pub fn reverts(commits: &[&Commit]) -> Vec<Revert> {
    let mut reverts = Vec::new();
    let mut gone = HashSet::new();
    let mut candidates = Candidates::new(commits);
    for (at, commit) in commits.iter().enumerate() {
        if gone.contains(&at) {
            continue;
        }
        let targets = candidates.targets(at, commit, &gone);
        if !targets.is_empty() {
            gone.insert(at);
            gone.extend(targets.iter().copied());
            let mut brought = brought_by(commits, &targets);
            brought.extend(repeated_by(commits, at));
            gone.extend(brought.iter().copied());
            let effect = candidates.effects[at];
            reverts.push(Revert {
                at,
                targets,
                brought,
                takes_back: effect.is_revert.then_some(effect.change),
            });
        }
    }
    reverts
}

/// A commit that makes the change of an older one again.
pub(super) struct Repetition {
    /// Its position.
    pub(super) at: usize,
    /// Position of the first commit that made the change.
    pub(super) change: usize,
    /// Whether no later commit makes the change or takes it back.
    pub(super) is_last: bool,
}

/// Returns the commits (newest first) that make the change of an older one again.
pub(super) fn repetitions(commits: &[&Commit]) -> Vec<Repetition> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for (at, effect) in effects(commits).into_iter().enumerate() {
        let is_last = seen.insert(effect.change);
        if effect.change != at && !effect.is_revert {
            found.push(Repetition {
                at,
                change: effect.change,
                is_last,
            });
        }
    }
    found
}

/// The effect of a commit, according to its message.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct RevertEffect {
    /// Position of the commit that made the change first.
    change: usize,
    /// Whether the change is taken back.
    is_revert: bool,
}

impl RevertEffect {
    /// Returns the effect of a commit that makes a change of its own.
    fn own(change: usize) -> Self {
        Self {
            change,
            is_revert: false,
        }
    }

    fn inverse(self) -> Self {
        Self {
            change: self.change,
            is_revert: !self.is_revert,
        }
    }
}

/// Returns the effects of commits (newest first). One that reverts several others, or one that is not in
/// the list, counts as a change of its own.
fn effects(commits: &[&Commit]) -> Vec<RevertEffect> {
    let ids = ids(commits);
    let mut effects: Vec<RevertEffect> = (0..commits.len()).map(RevertEffect::own).collect();
    for (at, named) in named(commits).into_iter().enumerate().rev() {
        let copied = commits[at].copy_of.as_deref();
        let copied = copied.and_then(|id| with_id(&ids, id).find(|other| *other > at));
        if let Some(reverted) = named {
            effects[at] = effects[reverted].inverse();
        } else if let Some(copied) = copied {
            effects[at] = effects[copied];
        }
    }
    effects
}

/// Returns the older commit that each commit (newest first) reverts, whether others revert it or not.
fn named(commits: &[&Commit]) -> Vec<Option<usize>> {
    let ids = ids(commits);
    let mut all = vec![None; commits.len()];
    let mut titled: HashMap<&str, usize> = HashMap::new();
    let mut described: HashMap<&str, usize> = HashMap::new();
    for (at, commit) in commits.iter().enumerate().rev() {
        let older = |id: &str| with_id(&ids, id).find(|other| *other > at);
        let by_title = || {
            let wanted = reverted_title_of(commit)?;
            let titled = titled.get(wanted.as_str());
            titled.or_else(|| described.get(wanted.as_str())).copied()
        };
        all[at] = match (&commit.undoes[..], &reverted_ids(&commit.message)[..]) {
            ([], []) => by_title(),
            ([], [id]) => older(id).or_else(by_title),
            ([id], _) => older(id),
            // Several changes are not one that could be made again.
            _ => None,
        };
        for title in titles(commit) {
            titled.insert(title, at);
            described.insert(description(title), at);
        }
    }
    all
}

/// Returns the positions of the commits (newest first) that say that they revert others, and name none of the
/// list, or several.
pub fn reverting_nothing(commits: &[&Commit]) -> Vec<usize> {
    let named = named(commits);
    let all = 0..commits.len();
    all.filter(|at| named[*at].is_none() && says_revert(commits[*at]))
        .collect()
}

/// Returns the positions of commits by their ids.
fn ids<'a>(commits: &[&'a Commit]) -> BTreeMap<&'a str, usize> {
    let mut ids = BTreeMap::new();
    for (at, commit) in commits.iter().enumerate() {
        ids.entry(commit.id.as_str()).or_insert(at);
    }
    ids
}

/// Returns the positions of commits whose id begins with `start`.
fn with_id<'s>(ids: &'s BTreeMap<&str, usize>, start: &'s str) -> impl Iterator<Item = usize> + 's {
    ids.range(start..)
        .take_while(move |(id, _)| id.starts_with(start))
        .map(|(_, at)| *at)
}

/// Returns the titles by which a revert may name a commit: that of the commit, which a forge may have
/// given it, and that of its changes.
fn titles(commit: &Commit) -> BTreeSet<&str> {
    let given = without_number(message_title(&commit.message).0).0;
    BTreeSet::from([given, bare_title(commit)])
}

/// Adds to commits (newest first) the change that they make again, or take back, by reverting one of those that a
/// merge dropped (full ids). Nothing else tells what they do once these are removed from the list.
pub fn read_reverts_of_dropped(commits: &mut [Commit], dropped: &HashSet<String>) {
    let listed: Vec<&Commit> = commits.iter().collect();
    let effects = effects(&listed);
    let mut found = Vec::new();
    for (at, named) in named(&listed).into_iter().enumerate() {
        if named.is_some_and(|named| dropped.contains(&listed[named].id)) {
            found.push((at, listed[effects[at].change].message.clone()));
        }
    }
    for (at, message) in found {
        match effects[at].is_revert {
            true => commits[at].reverted.push(message),
            false => commits[at].makes_again.push(message),
        }
    }
}

/// Returns the positions of the commits (newest first) that merges at these positions brought in,
/// also by merges of theirs.
fn brought_by(commits: &[&Commit], merges: &[usize]) -> Vec<usize> {
    let merges = merges.iter().map(|at| commits[*at]);
    let mut merges: HashSet<&str> = merges
        .filter(|commit| commit.is_merge())
        .map(|merge| merge.id.as_str())
        .collect();
    let mut brought = Vec::new();
    if merges.is_empty() {
        return brought;
    }
    for (at, commit) in commits.iter().enumerate() {
        if commit
            .merge
            .as_deref()
            .is_some_and(|merge| merges.contains(merge))
        {
            merges.insert(&commit.id);
            brought.push(at);
        }
    }
    brought
}

/// Returns the positions of the commits that a merge brought in and that say to revert the same as
/// its title.
fn repeated_by(commits: &[&Commit], merge: usize) -> Vec<usize> {
    let merge = commits[merge];
    if !merge.is_merge() {
        return Vec::new();
    }
    let Some(wanted) = title_to_revert(reverting_title(merge)) else {
        return Vec::new();
    };
    let all = commits.iter().enumerate();
    all.filter(|(_, commit)| commit.merge.as_ref() == Some(&merge.id))
        .filter(|(_, commit)| title_to_revert(reverting_title(commit)).as_ref() == Some(&wanted))
        .map(|(at, _)| at)
        .collect()
}

/// The commits of a list, indexed by every name that a revert may use.
struct Candidates<'a> {
    ids: BTreeMap<&'a str, usize>,
    effects: Vec<RevertEffect>,
    /// Positions by effect.
    alike: HashMap<RevertEffect, VecDeque<usize>>,
    /// Positions by title, without the number of a pull request.
    titled: HashMap<&'a str, VecDeque<usize>>,
    /// Positions by title without type: `revert: x` may leave out the type of `feat: x`.
    described: HashMap<&'a str, VecDeque<usize>>,
}

impl<'a> Candidates<'a> {
    fn new(commits: &[&'a Commit]) -> Self {
        let mut candidates = Self {
            ids: ids(commits),
            effects: effects(commits),
            alike: HashMap::new(),
            titled: HashMap::new(),
            described: HashMap::new(),
        };
        for (at, commit) in commits.iter().enumerate() {
            let effect = candidates.effects[at];
            candidates.alike.entry(effect).or_default().push_back(at);
            for title in titles(commit) {
                let titled = candidates.titled.entry(title).or_default();
                titled.push_back(at);
                let described = candidates.described.entry(description(title));
                described.or_default().push_back(at);
            }
        }
        candidates
    }

    /// Returns the commits that this one reverts, by id or else by title. The result is empty
    /// unless all of them are in the list.
    fn targets(&mut self, at: usize, commit: &Commit, gone: &HashSet<usize>) -> Vec<usize> {
        let undone = commit
            .undoes
            .iter()
            .filter_map(|id| self.ids.get(id.as_str()).copied());
        let undone: Vec<usize> = undone.filter(|other| !gone.contains(other)).collect();
        if !undone.is_empty() {
            return undone;
        }
        let effect = self.effects[at];
        let is_named = effect.change != at;
        let latest = older_commit(&mut self.alike, &effect.inverse(), at, gone);
        if let Some(latest) = latest.filter(|_| is_named && says_revert(commit)) {
            return vec![latest];
        }
        let ids = reverted_ids(&commit.message);
        if !ids.is_empty() {
            let found: Vec<usize> = ids
                .iter()
                .filter_map(|id| {
                    with_id(&self.ids, id)
                        .filter(|other| *other != at && !gone.contains(other))
                        .min()
                })
                .collect();
            if found.len() == ids.len() {
                return found;
            }
            // The id may be stale if the commit was rebased or squashed. The title still identifies
            // it.
            if ids.len() > 1 {
                return Vec::new();
            }
        }
        let Some(wanted) = reverted_title_of(commit) else {
            return Vec::new();
        };
        let titled = older_commit(&mut self.titled, wanted.as_str(), at, gone);
        titled
            .or_else(|| older_commit(&mut self.described, wanted.as_str(), at, gone))
            .into_iter()
            .collect()
    }
}

/// Returns the newest commit with this name that is older than the one at `at` and not reverted.
/// Newer ones are dropped for good, because later calls only ask for older ones.
fn older_commit<K: Eq + Hash + Borrow<Q>, Q: Eq + Hash + ?Sized>(
    named: &mut HashMap<K, VecDeque<usize>>,
    name: &Q,
    at: usize,
    gone: &HashSet<usize>,
) -> Option<usize> {
    let commits = named.get_mut(name)?;
    while let Some(other) = commits.front() {
        if *other > at && !gone.contains(other) {
            return Some(*other);
        }
        commits.pop_front();
    }
    None
}

/// Returns the title by which a commit says that it reverts others. That of a merge counts only in the
/// message of GitHub.
fn reverting_title(commit: &Commit) -> &str {
    match commit.is_merge() {
        true => message_title(&commit.message).0,
        false => bare_title(commit),
    }
}

/// Returns the title of the commit that one says to revert by its own title.
pub fn reverted_title_of(commit: &Commit) -> Option<String> {
    title_to_revert(reverting_title(commit))
}

/// Returns whether a revert may name a commit by this title.
pub fn has_title(commit: &Commit, title: &str) -> bool {
    titles(commit).contains(title)
}

/// Returns whether a commit says that it reverts others.
pub fn says_revert(commit: &Commit) -> bool {
    reverted_title_of(commit).is_some() || !reverted_ids(&commit.message).is_empty()
}

/// Returns the ids of the commits that a commit repeats, as `git cherry-pick -x` names them.
pub fn picked_ids(commit: &Commit) -> Vec<&str> {
    ids_after("cherry picked from commit", &commit.message)
}

/// Returns the ids after `This reverts commit`, or else that of a title such as Gitea's `revert ID`.
pub fn reverted_ids(message: &str) -> Vec<&str> {
    let ids = ids_after("This reverts commit", message);
    let title = message.trim_start().lines().next().unwrap_or_default();
    match title.trim_end().split_once(' ') {
        Some((word, id)) if ids.is_empty() && word.eq_ignore_ascii_case("revert") && is_id(id) => {
            vec![id]
        }
        _ => ids,
    }
}

/// Returns the ids of commits after each `phrase`, in any case.
fn ids_after<'m>(phrase: &str, message: &'m str) -> Vec<&'m str> {
    let mut ids = Vec::new();
    let phrase = phrase.to_ascii_lowercase();
    for (at, phrase) in message.to_ascii_lowercase().match_indices(&phrase) {
        let words = message[at + phrase.len()..].split(|c: char| !c.is_ascii_alphanumeric());
        let words = words.filter(|word| !matches!(*word, "" | "s" | "and"));
        ids.extend(words.take_while(|word| is_id(word)));
    }
    ids
}

fn is_id(word: &str) -> bool {
    word.len() >= 7 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Returns the title that a title reverts. For `Reapply "x"` it is `Revert "x"`.
fn title_to_revert(title: &str) -> Option<String> {
    match reapplied_title(title) {
        Some(change) => Some(format!("Revert \"{change}\"")),
        None => reverted_title(title).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::damage::Random;

    fn commit(n: usize, message: &str) -> Commit {
        Commit {
            id: format!("{n:040x}"),
            message: message.to_owned(),
            ..Commit::default()
        }
    }

    #[test]
    fn what_was_taken_back_vanishes_with_what_did_it() {
        let id = |n: usize| format!("{n:040x}");
        let by_id = |n: usize| format!("Revert something\n\nThis reverts commit {}.\n", id(n));
        for (messages, left) in [
            // Newest first; commit n has the id n.
            (vec!["feat: b", "feat: a"], vec![0, 1]),
            (vec![by_id(1).as_str(), "feat: a"], vec![]),
            (
                vec![by_id(1).as_str(), by_id(2).as_str(), "feat: a"],
                vec![2],
            ),
            (
                vec!["Revert \"feat: a\"", "feat: a (#12)", "feat: a"],
                vec![2],
            ),
            (
                vec!["Revert \"feat: a (#12)\" (#13)", "feat: a (#12)"],
                vec![],
            ),
            (
                vec!["Reapply \"feat: a\"", "Revert \"feat: a\"", "feat: a"],
                vec![2],
            ),
            (vec!["revert: feat: a", "feat: a"], vec![]),
            (vec!["revert(net): use b", "feat(net): use b"], vec![]),
            (vec!["revert!: use b (#3)", "feat: use b (#2)"], vec![]),
            (vec!["revert: released", "feat: a"], vec![0, 1]),
            (
                vec![
                    "Revert \"feat: a\"\n\nThis reverts commit 1234567.",
                    "feat: a",
                ],
                vec![],
            ),
            (vec!["Revert \"feat: released\"", "feat: a"], vec![0, 1]),
            (vec![by_id(99).as_str(), "feat: a"], vec![0, 1]),
            (vec!["feat: a", "Revert \"feat: a\""], vec![0, 1]),
        ] {
            let commits: Vec<Commit> = messages
                .iter()
                .enumerate()
                .map(|(n, message)| commit(n, message))
                .collect();
            let gone = reverted_positions(&commits.iter().collect::<Vec<_>>());
            let standing: Vec<usize> = (0..commits.len()).filter(|at| !gone.contains(at)).collect();
            assert_eq!(standing, left, "{messages:?}");
        }
    }

    #[test]
    fn several_commits_are_taken_back_at_once() {
        let message = "x\n\nThis reverts commits abcdef1 and\nabcdef2.";
        assert_eq!(reverted_ids(message), ["abcdef1", "abcdef2"]);
        assert_eq!(reverted_ids("This reverts commit of old"), [""; 0]);
    }

    /// A commit of a random history and what it does to which change.
    struct Made {
        title: String,
        change: usize,
        is_revert: bool,
    }

    /// Returns the title that git gives the revert of a commit.
    fn title_of_revert(title: &str) -> String {
        match title.strip_prefix("Revert \"") {
            Some(change) if !change.starts_with("Revert \"") => format!("Reapply \"{change}"),
            _ => format!("Revert \"{title}\""),
        }
    }

    /// Reverts anything that can be reverted, by any of the commits that did it, and counts what is left.
    fn what_is_left_stands(rounds: usize) {
        for seed in 0..rounds {
            let mut random = Random::new(seed);
            let mut made: Vec<Made> = Vec::new();
            let mut commits: Vec<Commit> = Vec::new();
            let mut stands: Vec<(usize, bool)> = Vec::new();
            for at in 0..12 {
                let possible: Vec<usize> = (0..at)
                    .filter(|older| {
                        let Made {
                            change, is_revert, ..
                        } = made[*older];
                        stands.contains(&(change, !is_revert))
                    })
                    .collect();
                let mut message = format!("feat: change {at}");
                if random.below(4) == 0 || possible.is_empty() {
                    stands.push((at, true));
                    made.push(Made {
                        title: message.clone(),
                        change: at,
                        is_revert: false,
                    });
                } else {
                    let reverted = *random.pick(&possible);
                    message = title_of_revert(&made[reverted].title);
                    let Made {
                        change, is_revert, ..
                    } = made[reverted];
                    made.push(Made {
                        title: message.clone(),
                        change,
                        is_revert: !is_revert,
                    });
                    stands.retain(|(of, _)| *of != change);
                    stands.push((change, is_revert));
                    if random.below(3) > 0 {
                        message += &format!("\n\nThis reverts commit {reverted:040x}.");
                    }
                }
                commits.insert(0, commit(at, &message));
            }
            let listed: Vec<&Commit> = commits.iter().collect();
            let gone = reverted_positions(&listed);
            for (change, stands) in stands {
                let at = commits.len() - 1 - change;
                let history: Vec<&str> = listed.iter().map(|one| &*one.message).collect();
                assert_eq!(
                    !gone.contains(&at),
                    stands,
                    "{seed}: {change} of {history:#?}"
                );
            }
        }
    }

    #[test]
    fn any_order_of_reverts_leaves_what_stands() {
        what_is_left_stands(2000);
    }
}

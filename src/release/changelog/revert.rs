//! Commits that take each other back, so that nothing of either is left to tell.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use super::commit::Commit;
use super::message::{description, reverted_title, title, without_number};

/// Positions of the commits (newest first) that were taken back by a later one in the list, and of those that did it.
/// What takes back a taking back leaves the first commit standing.
pub(super) fn undone(commits: &[&Commit]) -> HashSet<usize> {
    reverts(commits)
        .into_iter()
        .flat_map(|revert| revert.targets.into_iter().chain([revert.at]))
        .collect()
}

/// A commit that says it reverts others.
pub(super) struct Revert {
    /// Its position.
    pub(super) at: usize,
    /// Positions of those that it reverts.
    pub(super) targets: Vec<usize>,
}

impl Revert {
    /// Returns whether it touches every file of what it says it reverts.
    pub(super) fn covers(&self, commits: &[&Commit]) -> bool {
        let touched: HashSet<&String> = commits[self.at].files.iter().collect();
        self.targets
            .iter()
            .flat_map(|target| &commits[*target].files)
            .all(|file| touched.contains(file))
    }
}

/// The commits (newest first) that say they revert others of the list and are not reverted themselves.
pub(super) fn reverts(commits: &[&Commit]) -> Vec<Revert> {
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
            reverts.push(Revert { at, targets });
        }
    }
    reverts
}

/// The commits of a list by what a later one may call them.
struct Candidates<'a> {
    ids: BTreeMap<&'a str, usize>,
    /// By title, without the number of a pull request.
    titled: HashMap<&'a str, VecDeque<usize>>,
    /// By title without its type: `revert: x` may leave out that of `feat: x`.
    described: HashMap<&'a str, VecDeque<usize>>,
}

impl<'a> Candidates<'a> {
    fn new(commits: &[&'a Commit]) -> Self {
        let mut candidates = Self {
            ids: BTreeMap::new(),
            titled: HashMap::new(),
            described: HashMap::new(),
        };
        for (at, commit) in commits.iter().enumerate() {
            let title = title(&commit.message).0;
            candidates.ids.entry(&commit.id).or_insert(at);
            candidates
                .titled
                .entry(without_number(title).0)
                .or_default()
                .push_back(at);
            candidates
                .described
                .entry(description(title))
                .or_default()
                .push_back(at);
        }
        candidates
    }

    /// Returns the commits that this one says it takes back, by id, else by title; none unless all of them are in the list.
    fn targets(&mut self, at: usize, commit: &Commit, gone: &HashSet<usize>) -> Vec<usize> {
        let ids = named(&commit.message);
        if !ids.is_empty() {
            let is_standing = |other: &usize| *other != at && !gone.contains(other);
            let found: Vec<usize> = ids
                .iter()
                .filter_map(|id| self.with_id(id).filter(is_standing).min())
                .collect();
            if found.len() == ids.len() {
                return found;
            }
            // The id may be that of the commit before it was rebased or squashed: the title tells.
            if ids.len() > 1 {
                return Vec::new();
            }
        }
        let Some(wanted) = quoted(title(&commit.message).0) else {
            return Vec::new();
        };
        let titled = older(&mut self.titled, &wanted, at, gone);
        titled
            .or_else(|| older(&mut self.described, &wanted, at, gone))
            .into_iter()
            .collect()
    }

    /// The commits whose id begins like this.
    fn with_id<'s>(&'s self, start: &'s str) -> impl Iterator<Item = usize> + 's {
        self.ids
            .range(start..)
            .take_while(move |(id, _)| id.starts_with(start))
            .map(|(_, at)| *at)
    }
}

/// Returns the newest commit of a name that is older than the one at `at` and stands. Those before it are dropped for good,
/// because later calls ask for still older ones.
fn older(
    named: &mut HashMap<&str, VecDeque<usize>>,
    name: &str,
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

/// Ids after `This reverts commit`.
fn named(message: &str) -> Vec<&str> {
    let mut ids = Vec::new();
    for (at, phrase) in message.match_indices("This reverts commit") {
        let words = message[at + phrase.len()..].split(|c: char| !c.is_ascii_alphanumeric());
        let words = words.filter(|word| !matches!(*word, "" | "s" | "and"));
        ids.extend(
            words.take_while(|word| word.len() >= 7 && word.bytes().all(|b| b.is_ascii_hexdigit())),
        );
    }
    ids
}

/// The title that a title takes back; of `Reapply "x"` it is `Revert "x"`.
fn quoted(title: &str) -> Option<String> {
    let (title, _) = without_number(title);
    let inner = |word: &str| title.strip_prefix(word)?.strip_suffix('"');
    if let Some(inner) = inner("Reapply \"") {
        return Some(format!("Revert \"{inner}\""));
    }
    reverted_title(title).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

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
                .map(|(n, message)| Commit {
                    id: id(n),
                    message: (*message).into(),
                    ..Commit::default()
                })
                .collect();
            let gone = undone(&commits.iter().collect::<Vec<_>>());
            let standing: Vec<usize> = (0..commits.len()).filter(|at| !gone.contains(at)).collect();
            assert_eq!(standing, left, "{messages:?}");
        }
    }

    #[test]
    fn several_commits_are_taken_back_at_once() {
        let message = "x\n\nThis reverts commits abcdef1 and\nabcdef2.";
        assert_eq!(named(message), ["abcdef1", "abcdef2"]);
        assert_eq!(named("This reverts commit of old"), [""; 0]);
    }
}

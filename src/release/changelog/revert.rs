//! Commits that take each other back, so that nothing of either is left to tell.

use std::collections::HashSet;

use super::commit::Commit;
use super::message::{description, reverted_title, title, without_number};

/// Positions of the commits (newest first) that were taken back by a later one in the list, and of those that did it.
/// What takes back a taking back leaves the first commit standing.
pub(super) fn undone(commits: &[&Commit]) -> HashSet<usize> {
    reverts(commits).into_iter().flat_map(|revert| revert.targets.into_iter().chain([revert.at])).collect()
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
        self.targets.iter().flat_map(|target| &commits[*target].files).all(|file| touched.contains(file))
    }
}

/// The commits (newest first) that say they revert others of the list and are not reverted themselves.
pub(super) fn reverts(commits: &[&Commit]) -> Vec<Revert> {
    let mut reverts = Vec::new();
    let mut gone = HashSet::new();
    for (at, commit) in commits.iter().enumerate() {
        if gone.contains(&at) {
            continue;
        }
        let targets = targets(commits, at, commit, &gone);
        if !targets.is_empty() {
            gone.insert(at);
            gone.extend(targets.iter().copied());
            reverts.push(Revert { at, targets });
        }
    }
    reverts
}

/// The commits that this one says it takes back, by id, else by title; none unless all of them are in the list.
fn targets(commits: &[&Commit], at: usize, commit: &Commit, gone: &HashSet<usize>) -> Vec<usize> {
    let standing = |other: &usize| *other != at && !gone.contains(other);
    let ids = named(&commit.message);
    if !ids.is_empty() {
        let find = |id: &&str| (0..commits.len()).find(|other| standing(other) && commits[*other].id.starts_with(*id));
        let found: Vec<usize> = ids.iter().filter_map(find).collect();
        if found.len() == ids.len() {
            return found;
        }
        // The id may be that of the commit before it was rebased or squashed: the title tells.
        if ids.len() > 1 {
            return Vec::new();
        }
    }
    let Some(wanted) = quoted(title(&commit.message).0) else { return Vec::new() };
    let older: Vec<usize> = (at + 1..commits.len()).filter(standing).collect();
    let titled = |other: &&usize| without_number(title(&commits[**other].message).0).0 == wanted;
    // `revert: x` may leave out the type of what it takes back: `feat: x`.
    let described = |other: &&usize| description(title(&commits[**other].message).0) == wanted;
    older.iter().find(titled).or_else(|| older.iter().find(described)).copied().into_iter().collect()
}

/// Ids after `This reverts commit`.
fn named(message: &str) -> Vec<&str> {
    let mut ids = Vec::new();
    for (at, phrase) in message.match_indices("This reverts commit") {
        let words = message[at + phrase.len()..].split(|c: char| !c.is_ascii_alphanumeric());
        let words = words.filter(|word| !matches!(*word, "" | "s" | "and"));
        ids.extend(words.take_while(|word| word.len() >= 7 && word.bytes().all(|b| b.is_ascii_hexdigit())));
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
            (vec![by_id(1).as_str(), by_id(2).as_str(), "feat: a"], vec![2]),
            (vec!["Revert \"feat: a\"", "feat: a (#12)", "feat: a"], vec![2]),
            (vec!["Revert \"feat: a (#12)\" (#13)", "feat: a (#12)"], vec![]),
            (vec!["Reapply \"feat: a\"", "Revert \"feat: a\"", "feat: a"], vec![2]),
            (vec!["revert: feat: a", "feat: a"], vec![]),
            (vec!["revert(net): use b", "feat(net): use b"], vec![]),
            (vec!["revert!: use b (#3)", "feat: use b (#2)"], vec![]),
            (vec!["revert: released", "feat: a"], vec![0, 1]),
            (vec!["Revert \"feat: a\"\n\nThis reverts commit 1234567.", "feat: a"], vec![]),
            (vec!["Revert \"feat: released\"", "feat: a"], vec![0, 1]),
            (vec![by_id(99).as_str(), "feat: a"], vec![0, 1]),
            (vec!["feat: a", "Revert \"feat: a\""], vec![0, 1]),
        ] {
            let commits: Vec<Commit> = messages
                .iter()
                .enumerate()
                .map(|(n, message)| Commit { id: id(n), message: (*message).into(), ..Commit::default() })
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

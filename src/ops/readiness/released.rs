//! Commits of HEAD that the last release has with the same patch.
//!
//! A release on a branch of its own can pick changes of the main branch. In the history of HEAD they come after the release,
//! although users have them. Only an equal patch shows that: a commit that says where it was picked from may have a part of it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::git::{Blob, FileChange, Git, History, Trouble};
use crate::release::changelog::{Commit, Settled, reverted_ids, reverted_positions};

/// Returns the full ids of the commits of HEAD since a release (the full id of its commit) that the release has with the same
/// patch and did not take back. `gone` are commits that it is known to have taken back.
pub(crate) fn released(
    git: &Git,
    release: &str,
    since: &History,
    gone: &HashSet<String>,
) -> Result<BTreeSet<String>, Trouble> {
    let Some(fork) = git
        .fork(release, &since.commits)?
        .filter(|fork| fork != release)
    else {
        return Ok(BTreeSet::new());
    };
    let own = git.history(release, Some(&fork))?;
    let commits: Vec<&Commit> = own.commits.iter().collect();
    let reverted = reverted_positions(&commits);
    let files = git.tree(release, "")?;
    let mut kept: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (at, changes) in own.changes.iter().enumerate() {
        let is_kept = !reverted.contains(&at) && !gone.contains(&commits[at].id);
        if is_kept && !commits[at].is_merge() && !is_taken_back(changes, &files) {
            kept.insert(&commits[at].id, paths(changes));
        }
    }
    // Equal patches change the same files.
    let changed: HashSet<&Vec<&str>> = kept.values().collect();
    let mut candidates: BTreeSet<&str> = BTreeSet::new();
    for (commit, changes) in since.commits.iter().zip(&since.changes) {
        if !commit.is_merge() && changed.contains(&paths(changes)) {
            candidates.insert(&commit.id);
        }
    }
    if candidates.is_empty() {
        return Ok(BTreeSet::new());
    }
    let patches = git.patches(&candidates.iter().chain(kept.keys()).copied().collect())?;
    let of_release: HashSet<&String> = kept.keys().filter_map(|id| patches.get(*id)).collect();
    let picked = candidates
        .into_iter()
        .filter(|id| patches.get(*id).is_some_and(|one| of_release.contains(one)));
    Ok(picked.map(str::to_owned).collect())
}

fn paths(changes: &[FileChange]) -> Vec<&str> {
    changes.iter().map(|change| change.path.as_str()).collect()
}

/// Returns whether a file of a commit has in the release the content from before the commit.
fn is_taken_back(changes: &[FileChange], files: &BTreeMap<String, Blob>) -> bool {
    let mut changes = changes.iter();
    changes.any(|one| one.before != one.after && files.get(&one.path) == one.before.as_ref())
}

/// Marks the commits that the last release has, and the merges that only repeat the title of one. A revert of one takes back
/// a change that users have.
pub(crate) fn settle(commits: &mut [Commit], released: &BTreeSet<String>) {
    if released.is_empty() {
        return;
    }
    let mut messages: Vec<(String, String)> = Vec::new();
    for commit in commits.iter_mut() {
        let repeats = || commit.repeated.iter().any(|id| released.contains(id));
        if released.contains(&commit.id) || repeats() {
            commit.settled = Some(Settled::Released);
            messages.push((commit.id.clone(), commit.message.clone()));
        }
    }
    for commit in commits {
        let named = reverted_ids(&commit.message);
        let is_named = |id: &str| named.iter().any(|start| id.starts_with(start));
        let known = messages.iter().filter(|(id, _)| is_named(id));
        let known: Vec<String> = known.map(|(_, message)| message.clone()).collect();
        commit.reverted.extend(known);
    }
}

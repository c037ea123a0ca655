//! Commits of HEAD that the last release has with the same patch.
//!
//! A release on a branch of its own can pick changes of the main branch. In the history of HEAD they come after the release,
//! although users have them. Only an equal patch shows that: a commit that says where it was picked from may have a part of it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::junctions::junctions;
use crate::git::{Blob, FileChange, Git, History, Trouble};
use crate::release::changelog::{Commit, Settled, reverted_ids, reverted_positions};

/// Returns the full ids of the commits of HEAD since a release (the full id of its commit) that the release has with the same
/// patch.
pub(crate) fn released(
    git: &Git,
    release: &str,
    since: &History,
) -> Result<BTreeSet<String>, Trouble> {
    let head = git.head_commit()?.id;
    let mut found = BTreeSet::new();
    for junction in junctions(release, &head, since) {
        let missing = git.history(release, Some(junction.line))?;
        if !missing.commits.is_empty() {
            let equal = git.equal_patches(junction.release, junction.line)?;
            let none = HashSet::new();
            found.extend(with_patch(git, release, &missing, since, &equal, &none)?);
        }
    }
    Ok(found)
}

/// Returns the full ids of the commits in `since` with the patch of a commit that only the release has and did not take back.
///
/// `missing` are the commits that only the release has, `gone` those of them that it took back, and `equal` all commits
/// that are on both sides as patches.
pub(super) fn with_patch(
    git: &Git,
    release: &str,
    missing: &History,
    since: &History,
    equal: &BTreeSet<String>,
    gone: &HashSet<&str>,
) -> Result<BTreeSet<String>, Trouble> {
    let picked = since.commits.iter().map(|commit| commit.id.as_str());
    let picked: Vec<&str> = picked.filter(|id| equal.contains(*id)).collect();
    if picked.is_empty() {
        return Ok(BTreeSet::new());
    }
    let files = git.tree(release, "")?;
    let commits: Vec<&Commit> = missing.commits.iter().collect();
    let reverted = reverted_positions(&commits);
    let mut kept = BTreeSet::new();
    for (at, changes) in missing.changes.iter().enumerate() {
        let id = commits[at].id.as_str();
        let is_kept = !reverted.contains(&at) && !gone.contains(id);
        if equal.contains(id) && is_kept && !is_taken_back(changes, &files) {
            kept.insert(id);
        }
    }
    let patches = git.patches(&picked.iter().chain(&kept).copied().collect())?;
    let of_release: HashSet<&String> = kept.iter().filter_map(|id| patches.get(*id)).collect();
    let has_patch = |id: &&str| patches.get(*id).is_some_and(|one| of_release.contains(one));
    let picked = picked.into_iter().filter(has_patch);
    Ok(picked.map(str::to_owned).collect())
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

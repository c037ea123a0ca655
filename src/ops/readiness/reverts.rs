//! What reverts since the last release did, according to the contents of the files. Their messages
//! are only claims.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::git::{FileChange, Git, History, Trouble};
use crate::release::changelog::{Commit, Revert, reverts_of_breaking, says_revert};

/// Sets the breaking commits that each commit takes back for certain.
pub(super) fn prove(git: &Git, since: &mut History) -> Result<(), Trouble> {
    let commits: Vec<&Commit> = since.commits.iter().collect();
    let mut proven = Vec::new();
    for revert in reverts_of_breaking(&commits) {
        let changes = &since.changes[revert.at];
        let mut targets = revert.targets.iter();
        if targets.all(|at| is_inverse(&since.changes[*at], changes))
            && changes_only(changes, target_changes(since, &revert))
            && !comes_back(since, &revert)
            && is_merged(git, since, &revert)?
        {
            let targets = revert.targets.iter().chain(&revert.brought);
            let ids: Vec<String> = targets.map(|at| commits[*at].id.clone()).collect();
            proven.push((revert.at, ids));
        }
    }
    for (at, ids) in proven {
        since.commits[at].taken_back = ids;
    }
    Ok(())
}

/// Returns whether a revert gives each file of a change the content that it had before, and the file
/// had the content of the change until then. A change without files can be of any kind.
fn is_inverse(target: &[FileChange], revert: &[FileChange]) -> bool {
    !target.is_empty()
        && target.iter().all(|change| {
            let mut revert = revert.iter().filter(|one| one.path == change.path);
            revert.any(|one| one.before == change.after && one.after == change.before)
        })
}

/// Returns the changes that a revert claims to take back.
fn target_changes<'h>(
    since: &'h History,
    revert: &'h Revert,
) -> impl Iterator<Item = &'h FileChange> {
    revert.targets.iter().flat_map(|at| &since.changes[*at])
}

/// Returns whether a revert changes no other files than the reverted commits. What it does to another
/// file is not known.
fn changes_only<'h>(revert: &[FileChange], targets: impl Iterator<Item = &'h FileChange>) -> bool {
    let files: HashSet<&str> = targets.map(|change| change.path.as_str()).collect();
    revert
        .iter()
        .all(|change| files.contains(change.path.as_str()))
}

/// Returns whether a later commit gives a file the content again that a revert took back.
fn comes_back(since: &History, revert: &Revert) -> bool {
    let contents: BTreeSet<_> = target_changes(since, revert)
        .map(|change| (&change.path, &change.after))
        .collect();
    let mut later = since.changes[..revert.at].iter().flatten();
    later.any(|change| contents.contains(&(&change.path, &change.after)))
}

/// Returns whether each merge of a line that has the revert and one that has only the reverted
/// commit left the files as they are on the line with the revert.
fn is_merged(git: &Git, since: &History, revert: &Revert) -> Result<bool, Trouble> {
    let files: HashSet<&str> = target_changes(since, revert)
        .map(|change| change.path.as_str())
        .collect();
    let with_target = descendants(since, &revert.targets);
    let with_revert = descendants(since, &[revert.at]);
    for merge in since.commits.iter().filter(|commit| commit.is_merge()) {
        let parents = merge.parents.iter().map(String::as_str);
        let (reverted, other): (Vec<&str>, Vec<&str>) =
            parents.partition(|parent| with_revert.contains(parent));
        if !other.iter().any(|parent| with_target.contains(parent)) {
            continue;
        }
        for parent in reverted {
            let differences = git.differences(parent, &merge.id)?;
            if differences
                .iter()
                .any(|one| files.contains(one.path.as_str()))
            {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Returns the ids of the commits at these positions, and of all that have one of them in their
/// history.
fn descendants<'h>(since: &'h History, of: &[usize]) -> HashSet<&'h str> {
    let mut found: HashSet<&str> = HashSet::new();
    // Each commit follows its parents.
    for (at, commit) in since.commits.iter().enumerate().rev() {
        let mut parents = commit.parents.iter();
        if of.contains(&at) || parents.any(|parent| found.contains(parent.as_str())) {
            found.insert(&commit.id);
        }
    }
    found
}

/// Returns the ids of the commits that say that they revert others and whose changes a merge did
/// not take.
pub(super) fn dropped(git: &Git, since: &History) -> Result<HashSet<String>, Trouble> {
    let steps = since.commits.iter().zip(&since.changes);
    let merges: HashMap<&str, (&Commit, &[FileChange])> = steps
        .clone()
        .filter(|(commit, _)| commit.is_merge())
        .map(|(merge, changes)| (merge.id.as_str(), (merge, changes.as_slice())))
        .collect();
    let mut found = HashSet::new();
    for (commit, changes) in steps.filter(|(commit, _)| says_revert(commit)) {
        let mut inner = commit;
        while let Some((merge, taken)) = inner.merge.as_deref().and_then(|id| merges.get(id)) {
            if is_dropped(git, changes, merge, taken)? {
                found.insert(commit.id.clone());
            }
            inner = merge;
        }
    }
    Ok(found)
}

/// Returns whether a merge that changes `taken` left a file of its first parent as it was, although
/// a commit that it brought in changed the file.
fn is_dropped(
    git: &Git,
    changes: &[FileChange],
    merge: &Commit,
    taken: &[FileChange],
) -> Result<bool, Trouble> {
    let taken: BTreeSet<&str> = taken.iter().map(|change| change.path.as_str()).collect();
    let left: BTreeSet<&str> = changes
        .iter()
        .map(|change| change.path.as_str())
        .filter(|path| !taken.contains(path))
        .collect();
    let [line, brought] = &merge.parents[..] else {
        return Ok(false);
    };
    if left.is_empty() {
        return Ok(false);
    }
    let differences = git.differences(line, brought)?;
    Ok(differences
        .iter()
        .any(|change| left.contains(change.path.as_str())))
}

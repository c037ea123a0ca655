//! Changes that HEAD does not have, although a release or a commit of its history made them.
//!
//! A release can be on a branch that was not merged, or that was merged without its changes, as `git merge -s ours` does. The
//! commits since the release do not show that. A change of a release is not lost if a commit with the same patch is on the
//! other side, or if its files had the content of the release there.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::packages::Members;
use super::{concern, said};
use crate::git::{Blob, FileChange, Git, History, Trouble};
use crate::judge::readiness::Known;
use crate::ops::Context;
use crate::release::changelog::{Commit, notable, says_revert};

/// The place where a release meets a line of development without it.
struct Junction<'h> {
    /// Full id of a commit that has the release in its history.
    release: &'h str,
    /// Full id of the last commit of the line.
    line: &'h str,
    /// The changes of a merge of both on the line; empty without a merge.
    taken: &'h [FileChange],
}

/// Returns the notable commits of the last release, `tag`, whose changes HEAD does not have. `since` are all commits of HEAD
/// that the release does not have.
pub(super) fn lost(
    cx: &Context,
    members: &Members,
    git: &Git,
    tag: &str,
    since: &History,
) -> Known<Vec<Commit>> {
    let head = git.head_commit().map_err(said)?.id;
    let settings = &cx.config().releases;
    let mut found = Vec::new();
    for junction in junctions(tag, &head, since) {
        let missing = git.history(tag, Some(junction.line)).map_err(said)?;
        let missing = match members.whole {
            true => missing,
            false => concern::concerned(members, git, missing)?,
        };
        let commits: Vec<&Commit> = missing.commits.iter().collect();
        let notable = notable(&commits, &settings.not_notable, settings.squash_bodies);
        if notable.is_empty() {
            continue;
        }
        let standing = LineStanding::read(git, &junction, since).map_err(said)?;
        let lost = notable
            .into_iter()
            .filter(|at| standing.lacks(&missing.commits[*at], &missing.changes[*at]));
        found.extend(lost.map(|at| missing.commits[at].clone()));
    }
    Ok(found)
}

/// Returns the places where the history of HEAD meets the release: the merges that brought it to a line of first parents, or
/// HEAD itself if it does not have it.
fn junctions<'h>(tag: &'h str, head: &'h str, since: &'h History) -> Vec<Junction<'h>> {
    let mut later = HashSet::from([tag]);
    let mut found = Vec::new();
    // Each commit follows its parents.
    for (commit, changes) in since.commits.iter().zip(&since.changes).rev() {
        let parents = || commit.parents.iter().map(String::as_str);
        let Some(release) = parents().find(|parent| later.contains(parent)) else {
            continue;
        };
        later.insert(&commit.id);
        if let Some(line) = parents().next().filter(|first| !later.contains(first)) {
            let taken = changes;
            found.push(Junction {
                release,
                line,
                taken,
            });
        }
    }
    if !later.contains(head) {
        found.push(Junction {
            release: tag,
            line: head,
            taken: &[],
        });
    }
    found
}

/// The part of the release that a line of development has.
struct LineStanding<'h> {
    /// The content that files of the release have and the line does not have, by path. `None` if the release has no such file.
    missing: BTreeMap<String, Option<Blob>>,
    /// Each content that the line ever had, by path.
    contents: BTreeSet<(&'h str, &'h Blob)>,
    /// Commits whose patch the line does not have.
    unmatched: BTreeSet<String>,
}

impl<'h> LineStanding<'h> {
    fn read(git: &Git, junction: &Junction<'_>, since: &'h History) -> Result<Self, Trouble> {
        let differences = git.differences(junction.line, junction.release)?;
        let is_taken = |path: &String| junction.taken.iter().any(|change| change.path == *path);
        let missing = differences
            .into_iter()
            .filter(|change| !is_taken(&change.path));
        let contents = since.changes.iter().flatten();
        let contents =
            contents.filter_map(|change| Some((change.path.as_str(), change.after.as_ref()?)));
        Ok(Self {
            missing: missing.map(|change| (change.path, change.after)).collect(),
            contents: contents.collect(),
            unmatched: git.unmatched(junction.release, junction.line)?,
        })
    }

    /// Returns whether the line does not have a change of the release.
    fn lacks(&self, commit: &Commit, changes: &[FileChange]) -> bool {
        let is_matched = !commit.is_merge() && !self.unmatched.contains(&commit.id);
        let is_missing = |change: &FileChange| match self.missing.get(&change.path) {
            Some(Some(content)) => !self.contents.contains(&(change.path.as_str(), content)),
            Some(None) => true,
            None => false,
        };
        !is_matched && changes.iter().any(is_missing)
    }
}

/// Returns the ids of the commits that say that they revert others and whose changes a merge did not take.
pub(super) fn dropped_reverts(git: &Git, since: &History) -> Result<HashSet<String>, Trouble> {
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

/// Returns whether a merge that changes `taken` left a file of its first parent as it was, although a commit that it brought
/// in changed the file.
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

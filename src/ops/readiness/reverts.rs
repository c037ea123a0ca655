//! What reverts since the last release did, according to the contents of the files. Their messages
//! are only claims.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::git::{FileChange, Git, History, Trouble};
use crate::ops::changelog::files::ChangelogFile;
use crate::release::changelog::{Commit, QuietFiles, Revert, reverts_of_breaking, says_revert};

/// Sets the breaking commits that each commit takes back for certain. Files that do not concern users may
/// stay, and the changelogs with them.
pub(super) fn prove(
    git: &Git,
    since: &mut History,
    quiet: &QuietFiles,
    changelogs: &[ChangelogFile],
) -> Result<(), Trouble> {
    let commits: Vec<&Commit> = since.commits.iter().collect();
    let is_free =
        |file: &String| quiet.has(file) || changelogs.iter().any(|book| book.path == *file);
    let mut proven = Vec::new();
    for revert in reverts_of_breaking(&commits) {
        let claim = Claim::new(since, &revert, is_free);
        if claim.is_inverse()
            && claim.is_complete()
            && !claim.comes_back()
            && claim.is_merged(git)?
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

/// A claim that a commit reverts others, with the changes that decide about it.
struct Claim<'h> {
    since: &'h History,
    revert: &'h Revert,
    /// The changes of the revert that matter.
    made: Vec<&'h FileChange>,
    /// The changes of each of the others that matter; all of them if none does.
    targets: Vec<Vec<&'h FileChange>>,
}

impl<'h> Claim<'h> {
    /// `is_free` says whether a file, by its path in the workspace, does not matter.
    fn new(since: &'h History, revert: &'h Revert, is_free: impl Fn(&String) -> bool) -> Self {
        let changes = |at: usize| {
            let files = since.changes[at].iter().zip(&since.commits[at].files);
            let files = files.filter(|(_, file)| !is_free(file));
            files.map(|(change, _)| change).collect::<Vec<_>>()
        };
        let target = |at: &usize| match changes(*at) {
            free if free.is_empty() => since.changes[*at].iter().collect(),
            changes => changes,
        };
        Self {
            made: changes(revert.at),
            targets: revert.targets.iter().map(target).collect(),
            since,
            revert,
        }
    }

    /// Returns whether the revert gives each file of the changes the content that it had before, and the
    /// file had the content of the change until then. A change without files can be of any kind.
    fn is_inverse(&self) -> bool {
        let is_inverse = |change: &&FileChange| {
            let made = self.since.changes[self.revert.at].iter();
            let mut made = made.filter(|one| one.path == change.path);
            made.any(|one| one.before == change.after && one.after == change.before)
        };
        let mut targets = self.targets.iter();
        targets.all(|target| !target.is_empty() && target.iter().all(is_inverse))
    }

    /// Returns whether the revert changes no other files. What it does to another file is not known.
    fn is_complete(&self) -> bool {
        let files = self.files();
        let mut made = self.made.iter();
        made.all(|change| files.contains(change.path.as_str()))
    }

    /// Returns whether a later commit gives a file the content again that the revert took back.
    fn comes_back(&self) -> bool {
        let contents = self.targets.iter().flatten();
        let contents: BTreeSet<_> = contents
            .map(|change| (&change.path, &change.after))
            .collect();
        let mut later = self.since.changes[..self.revert.at].iter().flatten();
        later.any(|change| contents.contains(&(&change.path, &change.after)))
    }

    /// Returns whether each merge of a line that has the revert and one that has only the reverted
    /// commit left the files as they are on the line with the revert.
    fn is_merged(&self, git: &Git) -> Result<bool, Trouble> {
        let files = self.files();
        let with_target = descendants(self.since, &self.revert.targets);
        let with_revert = descendants(self.since, &[self.revert.at]);
        for merge in self.since.commits.iter().filter(|commit| commit.is_merge()) {
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

    fn files(&self) -> HashSet<&'h str> {
        let changes = self.targets.iter().flatten();
        changes.map(|change| change.path.as_str()).collect()
    }
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

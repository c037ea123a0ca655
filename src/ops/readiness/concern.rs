//! The commits that concern the packages to be released, where not the whole workspace is released.
//!
//! These are commits that change a file that belongs to a package before or after them, wherever it is at the time, or a
//! value of the workspace's manifest that the package inherits, or which of its files belong to a package inside of it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use super::layout::{Contents, Layout, Released, is_manifest};
use super::packages::Members;
use super::{LOCKFILE, said};
use crate::git::{Blob, FileChange, Git, History, Trouble};
use crate::judge::readiness::Known;
use crate::relative_path::{join, normal, parent};
use crate::release::changelog::Commit;

/// Returns the part of a history that concerns the packages to be released: the commits that do, with their changes of
/// the packages.
pub(super) fn concerned(members: &Members, git: &Git, history: History) -> Known<History> {
    let mut concern = Concern::new(members, git, &history).map_err(said)?;
    let steps = history.commits.into_iter().zip(history.changes);
    let mut found: Vec<(Commit, Vec<FileChange>)> = Vec::new();
    // Each commit follows its parents.
    for (commit, changes) in steps.rev() {
        found.extend(concern.of(git, commit, changes).map_err(said)?);
    }
    let (commits, changes) = found.into_iter().rev().unzip();
    Ok(History {
        commits,
        changes,
        base: history.base,
    })
}

/// The layouts of the commits, as far as they are found.
struct Concern {
    released: Released,
    contents: Contents,
    layouts: HashMap<String, Rc<Layout>>,
    /// The number of commits that have a commit as their first parent and are not assessed yet.
    children: HashMap<String, usize>,
    /// The path of the lockfile. It changes with every member and says nothing about the package in the root.
    lockfile: String,
}

impl Concern {
    fn new(members: &Members, git: &Git, history: &History) -> Result<Self, Trouble> {
        let prefix = normal(&git.prefix()?);
        let head = git.head_commit()?.id;
        let present = git.tree(&head, "")?;
        let earlier = before(git, history, &head)?;

        let changes = history.changes.iter().chain(earlier.values()).flatten();
        let changed = changes.flat_map(|change| {
            let blobs = [&change.before, &change.after].into_iter().flatten();
            blobs.map(|blob| (&change.path, blob))
        });
        let contents = Contents::read(git, present.iter().chain(changed))?;
        let released = Released::new(members, &prefix, &present, &history.changes, &contents);

        let present: Vec<FileChange> = present.into_iter().map(added).collect();
        let present = Layout::default().changed(&present, &contents, &released);
        let present = Rc::new(present.unwrap_or_default());
        let layouts = earlier.into_iter().map(|(commit, changes)| {
            let layout = present.changed(&changes, &contents, &released);
            (commit, layout.map_or_else(|| present.clone(), Rc::new))
        });
        let mut children = HashMap::new();
        for commit in &history.commits {
            if let Some(parent) = commit.parents.first() {
                *children.entry(parent.clone()).or_default() += 1;
            }
        }
        Ok(Self {
            layouts: layouts.collect(),
            children,
            lockfile: join(&prefix, LOCKFILE),
            released,
            contents,
        })
    }

    /// Returns a commit with its changes of the packages, if it concerns them. Its parents were assessed before.
    fn of(
        &mut self,
        git: &Git,
        mut commit: Commit,
        changes: Vec<FileChange>,
    ) -> Result<Option<(Commit, Vec<FileChange>)>, Trouble> {
        let before = self.first_parent(&commit);
        let after = before.changed(&changes, &self.contents, &self.released);
        let after = after.map_or_else(|| before.clone(), Rc::new);
        self.layouts.insert(commit.id.clone(), after.clone());

        // A commit without files says something about the root.
        let is_empty = changes.is_empty() && !commit.is_merge() && after.has("");
        let inherits = !Rc::ptr_eq(&before, &after) && before.inherited() != after.inherited();
        let cedes = cedes_files(git, &commit, &changes, &before, &after)?;
        let is_of_package = |change: &FileChange| {
            let sides = [(&before, &change.before), (&after, &change.after)];
            let mut present = sides
                .iter()
                .filter_map(|(layout, blob)| Some((layout, blob.as_ref()?)));
            present.any(|(layout, blob)| layout.has_part_of(&change.path, blob))
                && change.path != self.lockfile
                && !self.contents.publishes_the_same(change)
        };
        let changes = changes.into_iter().zip(&commit.files);
        let of_package = changes.filter(|(change, _)| is_of_package(change));
        let (changes, files): (Vec<_>, Vec<_>) = of_package
            .map(|(change, file)| (change, file.clone()))
            .unzip();
        if !inherits && !cedes {
            commit.files = files;
        }
        let is_concerned = is_empty || inherits || cedes || !changes.is_empty();
        Ok(is_concerned.then_some((commit, changes)))
    }

    /// Returns the layout of a commit's first parent, and forgets it after the last child.
    fn first_parent(&mut self, commit: &Commit) -> Rc<Layout> {
        let Some(parent) = commit.parents.first() else {
            return Rc::default();
        };
        let children = self.children.entry(parent.clone()).or_default();
        *children = children.saturating_sub(1);
        let layout = match *children {
            0 => self.layouts.remove(parent),
            _ => self.layouts.get(parent).cloned(),
        };
        layout.unwrap_or_default()
    }
}

/// Returns whether a commit makes files of a package those of another one inside of it, or the reverse: it adds or removes the
/// manifest of a directory that has files of the package without it.
fn cedes_files(
    git: &Git,
    commit: &Commit,
    changes: &[FileChange],
    before: &Layout,
    after: &Layout,
) -> Result<bool, Trouble> {
    for change in changes.iter().filter(|change| is_manifest(&change.path)) {
        let without = match (&change.before, &change.after) {
            (None, Some(_)) => commit.parents.first().map(|parent| (parent, before)),
            (Some(_), None) => Some((&commit.id, after)),
            _ => None,
        };
        let directory = parent(&change.path);
        if let Some((commit, layout)) = without.filter(|(_, layout)| layout.has(directory))
            && git
                .tree(commit, directory)?
                .keys()
                .any(|file| layout.has(file))
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns how the parents outside of a history differ from HEAD.
fn before(
    git: &Git,
    history: &History,
    head: &str,
) -> Result<BTreeMap<String, Vec<FileChange>>, Trouble> {
    let commits = history.commits.iter();
    let inside: HashSet<&str> = commits.clone().map(|commit| commit.id.as_str()).collect();
    let parents: BTreeSet<&str> = commits
        .filter_map(|commit| commit.parents.first())
        .map(String::as_str)
        .filter(|parent| !inside.contains(parent))
        .collect();
    let parents = parents.into_iter();
    parents
        .map(|parent| Ok((parent.to_owned(), git.differences(head, parent)?)))
        .collect()
}

fn added((path, blob): (String, Blob)) -> FileChange {
    FileChange {
        path,
        before: None,
        after: Some(blob),
    }
}

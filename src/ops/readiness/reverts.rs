//! What reverts since the last release did, according to the contents of the files. Their messages
//! are only claims.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::LOCKFILE;
use super::layout::is_manifest;
use crate::git::{Blob, FileChange, Git, History, OlderRevert, Trouble};
use crate::ops::changelog::files::ChangelogFile;
use crate::release::changelog::{
    Commit, Impact, QuietFiles, Revert, Settled, breaks, covers, impacts, reverted_positions,
    reverts, reverts_of_breaking, says_revert,
};

/// Sets the commits that each commit reverts although its message does not say so, or its files have
/// other names: those that make a reverted change again under another title, and reverts of changes
/// whose files were moved. Marks those that make a part of a reverted change again.
pub(crate) fn detect(
    git: &Git,
    since: &mut History,
    quiet: &QuietFiles,
    changelogs: &[ChangelogFile],
    squash_bodies: bool,
) -> Result<(), Trouble> {
    mark_copies(git, since)?;
    mark_inverse(since);
    mark_again(git, since)?;
    let commits: Vec<&Commit> = since.commits.iter().collect();
    let is_free =
        |file: &String| quiet.has(file) || changelogs.iter().any(|book| book.path == *file);
    let id = |at: usize| commits[at].id.as_str();
    let mut found: Vec<(usize, Vec<usize>)> = Vec::new();
    let mut parts = Vec::new();
    let mut alike: Vec<(usize, usize, usize)> = Vec::new();
    for revert in reverts(&commits) {
        let claim = Claim::new(since, &revert, is_free);
        // Some of several reverted commits can concern other packages only.
        let is_of_several = revert.targets.len() > 1 && covers(&revert, &commits, quiet);
        if is_of_several || claim.follows_moves(git, &commits, quiet)? {
            found.push((revert.at, revert.targets.clone()));
        }
        for (at, target) in claim.repeats(&commits, quiet, squash_bodies) {
            match claim.restored(at, target) {
                Restored::All => found.push((at, vec![revert.at])),
                Restored::Part => parts.push((at, id(revert.targets[target]).to_owned())),
                Restored::None => alike.push((at, revert.targets[target], revert.at)),
            }
        }
    }
    let sides = alike
        .iter()
        .flat_map(|(at, target, _)| [id(*at), id(*target)]);
    let patches = git.patches(&sides.collect())?;
    let has_patch = |at: usize, target: usize| {
        let patch = patches.get(id(at));
        patch.is_some() && patch == patches.get(id(target))
    };
    alike.retain(|(at, target, _)| has_patch(*at, *target));
    found.extend(alike.into_iter().map(|(at, _, revert)| (at, vec![revert])));

    let mut undone: Vec<(usize, String)> = Vec::new();
    for (at, positions) in found {
        undone.extend(positions.into_iter().map(|one| (at, id(one).to_owned())));
    }
    for (at, id) in undone {
        since.commits[at].undoes.push(id);
    }
    for (at, id) in parts {
        since.commits[at].parts_of.push(id);
    }
    Ok(())
}

/// Sets the older commit of which each one is a copy: it has the same title and the same patch, as after
/// `git cherry-pick`. Copies matter only where something is reverted.
fn mark_copies(git: &Git, since: &mut History) -> Result<(), Trouble> {
    if !since.commits.iter().any(says_revert) {
        return Ok(());
    }
    let mut titled: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, commit) in since.commits.iter().enumerate() {
        if !commit.is_merge() {
            titled.entry(commit.title()).or_default().push(at);
        }
    }
    titled.retain(|_, positions| positions.len() > 1);
    let id = |at: &usize| since.commits[*at].id.as_str();
    let patches = git.patches(&titled.values().flatten().map(id).collect())?;
    let mut copies = Vec::new();
    for positions in titled.values() {
        for (index, at) in positions.iter().enumerate() {
            let patch = patches.get(id(at));
            let mut older = positions[index + 1..].iter().rev();
            let original = older.find(|older| patch.is_some() && patches.get(id(older)) == patch);
            copies.extend(original.map(|original| (*at, id(original).to_owned())));
        }
    }
    for (at, original) in copies {
        since.commits[at].copy_of = Some(original);
    }
    Ok(())
}

/// Sets the commit that each revert takes back exactly and does not name: one that was rebased has
/// another id than the revert says.
fn mark_inverse(since: &mut History) {
    let commits: Vec<&Commit> = since.commits.iter().collect();
    let named = reverted_positions(&commits);
    let unnamed = (0..commits.len()).filter(|at| says_revert(commits[*at]) && !named.contains(at));
    let mut found = Vec::new();
    for at in unnamed {
        let inverse: BTreeSet<_> = since.changes[at].iter().map(inverse_sides).collect();
        let mut older = at + 1..commits.len();
        let reverted = older.find(|older| {
            let sides: BTreeSet<_> = since.changes[*older].iter().map(sides).collect();
            !commits[*older].is_merge() && !sides.is_empty() && sides == inverse
        });
        found.extend(reverted.map(|reverted| (at, commits[reverted].id.clone())));
    }
    for (at, reverted) in found {
        since.commits[at].undoes.push(reverted);
    }
}

/// Sets the changes of earlier releases that commits make again under another title: they were reverted before the
/// last release, and have the same patch.
fn mark_again(git: &Git, since: &mut History) -> Result<(), Trouble> {
    let Some(base) = &since.base else {
        return Ok(());
    };
    let older = git.reverts_before(base)?;
    if older.is_empty() {
        return Ok(());
    }
    let targets = git.patches(&older.iter().map(|one| one.target.as_str()).collect())?;
    let reverts = older.iter().map(|one| one.revert.id.as_str());
    let inverse = git.inverse_patches(&reverts.collect())?;
    let mut again: HashMap<&String, &OlderRevert> = HashMap::new();
    for one in &older {
        let patches = [targets.get(&one.target), inverse.get(&one.revert.id)];
        again.extend(patches.into_iter().flatten().map(|patch| (patch, one)));
    }
    let own = since.commits.iter();
    let own = own.filter(|one| !one.is_merge() && !says_revert(one));
    let own = git.patches(&own.map(|one| one.id.as_str()).collect())?;
    let mut found = Vec::new();
    for (at, commit) in since.commits.iter().enumerate() {
        if let Some(older) = own.get(&commit.id).and_then(|patch| again.get(patch)) {
            let messages = git.made_again(&older.revert, base)?;
            found.extend(messages.map(|messages| (at, messages)));
        }
    }
    for (at, messages) in found {
        since.commits[at].makes_again = messages;
    }
    Ok(())
}

fn sides(change: &FileChange) -> (&String, &Option<Blob>, &Option<Blob>) {
    (&change.path, &change.before, &change.after)
}

fn inverse_sides(change: &FileChange) -> (&String, &Option<Blob>, &Option<Blob>) {
    (&change.path, &change.after, &change.before)
}

/// The files that get the content of a reverted change again.
enum Restored {
    None,
    Part,
    All,
}

/// Returns the greatest impact that a commit states. `None` if it may break something in a form that is not
/// read.
fn stated(commit: &Commit, quiet: &QuietFiles, squash_bodies: bool) -> Option<Option<Impact>> {
    let impacts = impacts(&[commit], quiet, squash_bodies);
    let known = impacts.known.iter().map(|(impact, _)| *impact).max();
    impacts.suspected.is_empty().then_some(known)
}

/// Returns the ids of the commits of each revert whose changes had been moved when it reverted them.
pub(crate) fn moved(commits: &[Commit], quiet: &QuietFiles) -> Vec<HashSet<String>> {
    let commits: Vec<&Commit> = commits.iter().collect();
    let mut groups = Vec::new();
    for revert in reverts(&commits) {
        let commit = commits[revert.at];
        let is_moved = says_revert(commit) && !commit.undoes.is_empty();
        let is_breaking = revert.reverted().any(|at| breaks(commits[at]));
        if is_moved && !is_breaking && covers(&revert, &commits, quiet) {
            let ids = revert.positions().map(|at| commits[at].id.clone());
            groups.push(ids.collect());
        }
    }
    groups
}

/// Marks commits that concern the packages without the revert of them, or the reverse: a file was in
/// another package when it was reverted.
pub(crate) fn settle(commits: &mut [Commit], groups: &[HashSet<String>]) {
    for group in groups {
        let listed = commits.iter().filter(|commit| group.contains(&commit.id));
        if listed.count() == group.len() {
            continue;
        }
        let of_group = commits.iter_mut().filter(|one| group.contains(&one.id));
        of_group.for_each(|commit| commit.settled = Some(Settled::Reverted));
    }
}

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
    // A later commit that was taken back for certain does not make the change again.
    let mut taken_back: HashSet<usize> = HashSet::new();
    for revert in reverts_of_breaking(&commits) {
        let claim = Claim::new(since, &revert, is_free);
        if claim.is_inverse()
            && claim.is_complete()
            && !claim.comes_back(&taken_back)
            && claim.is_merged(git)?
        {
            let ids: Vec<String> = revert.reverted().map(|at| commits[at].id.clone()).collect();
            proven.push((revert.at, ids));
            if revert.takes_back.is_some() {
                taken_back.extend(revert.reverted());
            }
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

    /// Returns whether the revert changes no other files. The effect on another file is not known.
    fn is_complete(&self) -> bool {
        let files = self.files();
        let mut made = self.made.iter();
        made.all(|change| files.contains(change.path.as_str()))
    }

    /// Returns whether a later commit, other than those `taken_back`, gives a file the content again that
    /// the revert took back.
    fn comes_back(&self, taken_back: &HashSet<usize>) -> bool {
        let contents = self.targets.iter().flatten();
        let contents: BTreeSet<_> = contents
            .map(|change| (&change.path, &change.after))
            .collect();
        let later = self.since.changes[..self.revert.at].iter().enumerate();
        let later = later.filter(|(at, _)| !taken_back.contains(at));
        let mut later = later.flat_map(|(_, changes)| changes);
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

    /// Returns the commits after the revert that change a file of a reverted one and state less than
    /// that one, with the index of its target.
    fn repeats(
        &self,
        commits: &[&Commit],
        quiet: &QuietFiles,
        squash_bodies: bool,
    ) -> Vec<(usize, usize)> {
        let later = descendants(self.since, &[self.revert.at]);
        let mut found = Vec::new();
        for (target, changes) in self.targets.iter().enumerate() {
            let files: HashSet<&str> = changes.iter().map(|one| one.path.as_str()).collect();
            let reverted = commits[self.revert.targets[target]];
            let reverted = stated(reverted, quiet, squash_bodies).flatten();
            for (at, commit) in commits[..self.revert.at].iter().enumerate() {
                let mut made = self.since.changes[at].iter();
                if later.contains(commit.id.as_str())
                    && !commit.is_merge()
                    && !says_revert(commit)
                    && made.any(|one| files.contains(one.path.as_str()))
                    && stated(commit, quiet, squash_bodies).is_some_and(|own| own < reverted)
                {
                    found.push((at, target));
                }
            }
        }
        found
    }

    /// Returns how many of the files of a target a commit gives the content again that the target gave
    /// them. Manifests and the lockfile get one again by chance; they count if the target changes no
    /// other file.
    fn restored(&self, at: usize, target: usize) -> Restored {
        let is_shared = |path: &str| is_manifest(path) || path.ends_with(LOCKFILE);
        let mut changes = self.targets[target].clone();
        if !changes.iter().all(|one| is_shared(&one.path)) {
            changes.retain(|one| !is_shared(&one.path));
        }
        let all = changes.len();
        changes.retain(|change| {
            let mut made = self.since.changes[at].iter();
            made.any(|one| one.path == change.path && one.after == change.after)
        });
        match changes.len() {
            0 => Restored::None,
            some if some < all => Restored::Part,
            _ => Restored::All,
        }
    }

    /// Returns whether the revert changes every file of its targets, some of them under the names to
    /// which they were moved. A file that a move gave the content from before the change need not be
    /// among them. Breaking changes are reverted by the same contents only.
    fn follows_moves(
        &self,
        git: &Git,
        commits: &[&Commit],
        quiet: &QuietFiles,
    ) -> Result<bool, Trouble> {
        let is_breaking = self.revert.reverted().any(|at| breaks(commits[at]));
        if is_breaking || covers(self.revert, commits, quiet) {
            return Ok(false);
        }
        let oldest = self
            .revert
            .targets
            .iter()
            .max()
            .copied()
            .unwrap_or_default();
        let between = self.revert.at + 1..oldest.max(self.revert.at + 1);
        let is_moving = |at: &usize| can_move(&self.since.changes[*at]) && !commits[*at].is_merge();
        let moving = between.filter(is_moving).map(|at| commits[at].id.as_str());
        let moves = git.moves(&moving.collect::<Vec<_>>())?;
        let made: HashSet<&str> = self.made.iter().map(|one| one.path.as_str()).collect();
        let mut targets = self.revert.targets.iter().zip(&self.targets);
        Ok(targets.all(|(target, changes)| {
            let is_reverted = |change: &&FileChange| {
                let names = names(&change.path, &moves);
                let is_back = || names.len() == 1 && self.is_back(change, *target);
                names.iter().any(|name| made.contains(name)) || is_back()
            };
            changes.iter().all(is_reverted)
        }))
    }

    /// Returns whether a file had the content from before a target's change when it was reverted.
    fn is_back(&self, change: &FileChange, target: usize) -> bool {
        let between = self.since.changes.get(self.revert.at + 1..target);
        let mut changes = between.into_iter().flatten().flatten();
        let last = changes.find(|one| one.path == change.path);
        change.before.is_some() && last.is_some_and(|last| last.after == change.before)
    }

    fn files(&self) -> HashSet<&'h str> {
        let changes = self.targets.iter().flatten();
        changes.map(|change| change.path.as_str()).collect()
    }
}

/// Returns whether changes add files and remove others, so that they may be moves.
pub(super) fn can_move(changes: &[FileChange]) -> bool {
    let is_added = changes.iter().any(|one| one.before.is_none());
    is_added && changes.iter().any(|one| one.after.is_none())
}

/// Returns the names of a file, of which moves are the old and new ones.
pub(super) fn names<'n>(path: &'n str, moves: &'n [(String, String)]) -> Vec<&'n str> {
    let mut names = vec![path];
    let mut at = 0;
    while let Some(name) = names.get(at).copied() {
        let moved = moves.iter().filter(|(from, _)| from == name);
        for (_, to) in moved {
            if !names.contains(&to.as_str()) {
                names.push(to);
            }
        }
        at += 1;
    }
    names
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

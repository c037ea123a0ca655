//! Changes that HEAD does not have, although a release or a commit of its history made them.
//!
//! A release can be on a branch that was not merged, or that was merged without its changes, as
//! `git merge -s ours` does. The commits since the release do not show that. A change of a release
//! is not lost if a commit with the same patch is on the other side, if a commit of one side says
//! that it was picked from the other one, or if its files had the content of the release there.
//!
//! Such a branch can also take back a change that HEAD still has. The release does not have it
//! then, so that it counts again.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use semver::Version;

use super::junctions::{Junction, junctions};
use super::layout::is_manifest;
use super::packages::Members;
use super::{LOCKFILE, concern, level_of, released, reverts, said};
use crate::git::{Blob, FileChange, Git, History, Trouble};
use crate::judge::readiness::{self, Known};
use crate::ops::Context;
use crate::release::changelog::{
    Commit, Loss, QuietFiles, gone, impacts, loss, picked_ids, standing,
};

/// The last release, as far as HEAD does not have it.
pub(super) struct Release<'r> {
    /// Full id of its commit.
    pub(super) commit: &'r str,
    pub(super) version: &'r Version,
    /// Version of the release before it, and full id of its commit.
    pub(super) previous: Option<(&'r Version, &'r str)>,
}

/// How the changes of the last release and those of HEAD differ, apart from the commits since the
/// release.
#[derive(Default)]
pub(super) struct Losses {
    pub(super) lost: Vec<LostChange>,
    /// Commits of HEAD and of the release whose changes the release took back.
    pub(super) taken_back: Vec<Commit>,
    /// Full ids of the commits of HEAD that the release has with the same patch.
    pub(super) released: BTreeSet<String>,
}

/// A change of the last release that HEAD does not have.
pub(super) struct LostChange {
    pub(super) commit: Commit,
    pub(super) loss: Loss,
    /// Whether a merge of the release left it out.
    pub(super) is_merged: bool,
}

/// Compares the last release with HEAD. `since` are all commits of HEAD that the release does not
/// have.
pub(super) fn losses(
    cx: &Context,
    members: &Members,
    git: &Git,
    release: &Release<'_>,
    since: &History,
    quiet: &QuietFiles,
) -> Known<Losses> {
    let head = git.head_commit().map_err(said)?.id;
    let squash_bodies = cx.config().releases.squash_bodies;
    let mut losses = Losses::default();
    let mut gone: HashSet<String> = HashSet::new();
    for junction in junctions(release.commit, &head, since) {
        let all = git.history_with_older(release.commit, Some(junction.line));
        let all = all.map_err(said)?;
        if all.commits.is_empty() {
            continue;
        }
        let equal = git.equal_patches(junction.release, junction.line);
        let equal = equal.map_err(said)?;
        let missing = of_packages(members, git, all.clone())?;
        let of_line = match members.whole {
            true => None,
            false => Some(concern::concerned(members, git, since.clone())?),
        };
        let line = LineStanding::read(git, &junction, since, of_line.as_ref(), &equal, quiet);
        let line = line.map_err(said)?;
        let commits: Vec<&Commit> = missing.commits.iter().collect();
        let changes: HashMap<&str, &Vec<FileChange>> =
            ids(&all.commits).zip(&all.changes).collect();
        let mut lacking: Vec<&Commit> = Vec::new();
        for at in standing(&commits, quiet) {
            // An inherited value is in no file of the package.
            let own = Some(&missing.changes[at]).filter(|changes| !changes.is_empty());
            let own = own.or_else(|| changes.get(commits[at].id.as_str()).copied());
            if line.lacks(commits[at], own.map_or(&[], Vec::as_slice), quiet) {
                lacking.push(commits[at]);
            }
        }
        let is_merged = junction.taken.is_some();
        for commit in &lacking {
            let loss = loss(commit, quiet, squash_bodies);
            // A merge that leaves out a fix decides about it.
            if let Some(loss) = loss.filter(|loss| !is_merged || *loss == Loss::Notable) {
                losses.lost.push(LostChange {
                    commit: (*commit).clone(),
                    loss,
                    is_merged,
                });
            }
        }
        let mut taken_back = taken_back(cx, members, git, release, &lacking, quiet)?;
        gone.extend(ids(&taken_back).map(str::to_owned));
        let only_released: HashSet<&str> = ids(&all.commits).collect();
        taken_back.retain(|commit| !only_released.contains(commit.id.as_str()));
        losses.taken_back.extend(taken_back);
    }
    losses.released = released::released(git, release.commit, since, &gone).map_err(said)?;
    Ok(losses)
}

fn ids(commits: &[Commit]) -> impl Iterator<Item = &str> {
    commits.iter().map(|commit| commit.id.as_str())
}

/// Returns the part of a history that concerns the packages to be released.
fn of_packages(members: &Members, git: &Git, history: History) -> Known<History> {
    match members.whole {
        true => Ok(history),
        false => concern::concerned(members, git, history),
    }
}

/// Returns the commits between the last release and the one before it that ask for a greater step
/// than the one between them, and that change a file of one of these commits. The release was made
/// without their changes.
fn taken_back(
    cx: &Context,
    members: &Members,
    git: &Git,
    release: &Release<'_>,
    by: &[&Commit],
    quiet: &QuietFiles,
) -> Known<Vec<Commit>> {
    let squash_bodies = cx.config().releases.squash_bodies;
    // Every release changes manifests and the lockfile.
    let mut files: HashSet<&String> = by.iter().flat_map(|commit| &commit.files).collect();
    files.retain(|file| !is_manifest(file) && !file.ends_with(LOCKFILE) && !quiet.has(file));
    let Some((version, previous)) = release.previous.filter(|_| !files.is_empty()) else {
        return Ok(Vec::new());
    };
    let step = readiness::step(version, release.version);
    let history = git
        .history_with_older(release.commit, Some(previous))
        .map_err(said)?;
    let history = of_packages(members, git, history)?;
    let commits: Vec<&Commit> = history.commits.iter().collect();
    let found = standing(&commits, quiet).into_iter().map(|at| commits[at]);
    let found = found.filter(|commit| {
        let impacts = impacts(&[commit], quiet, squash_bodies);
        let mut levels = impacts.known.iter().map(|(impact, _)| level_of(*impact));
        levels.any(|level| level > step) && commit.files.iter().any(|file| files.contains(file))
    });
    Ok(found.cloned().collect())
}

/// The part of the release that a line of development has.
struct LineStanding<'h> {
    /// The content that files of the release have and the line does not have, by path. `None` if
    /// the release has no such file.
    missing: BTreeMap<String, Option<Blob>>,
    /// Each content that the line ever had and did not revert, by path.
    contents: BTreeSet<(&'h str, &'h Blob)>,
    /// Commits of the release whose patch the line has, and those of the line with that patch.
    equal: &'h BTreeSet<String>,
    /// Titles of the commits of the line that it reverted.
    reverted: HashSet<&'h str>,
    /// Files of the release that the line does not have under their paths.
    absent: BTreeSet<String>,
    /// The old and new paths of files that the line moved.
    moves: Vec<(String, String)>,
    /// The commits of the line that it did not revert, and those that they were picked from.
    picked: BTreeSet<&'h str>,
    /// The same, as far as they change the packages, with the names of the files that the commit of
    /// the line changes. `None` if all packages are released.
    picked_files: Option<BTreeMap<&'h str, HashSet<&'h str>>>,
}

impl<'h> LineStanding<'h> {
    /// `of_packages` is the part of `since` that concerns the packages, unless all are released.
    fn read(
        git: &Git,
        junction: &Junction<'_>,
        since: &'h History,
        of_packages: Option<&'h History>,
        equal: &'h BTreeSet<String>,
        quiet: &QuietFiles,
    ) -> Result<Self, Trouble> {
        let differences = git.differences(junction.line, junction.release)?;
        let absent = differences.iter().filter(|change| change.before.is_none());
        let absent = absent.map(|change| change.path.clone()).collect();
        let taken: HashSet<&str> = junction
            .taken
            .unwrap_or_default()
            .iter()
            .map(path)
            .collect();
        let missing = differences
            .into_iter()
            .filter(|change| !taken.contains(change.path.as_str()));
        let commits: Vec<&Commit> = since.commits.iter().collect();
        let gone = gone(&commits, quiet);
        let (gone, standing): (Vec<_>, Vec<_>) = commits
            .into_iter()
            .zip(&since.changes)
            .enumerate()
            .partition(|(at, _)| gone.contains(at));
        let titles: HashSet<&str> = standing.iter().map(|(_, (one, _))| one.title()).collect();
        let reverted = gone.iter().map(|(_, (commit, _))| commit.title());
        let moving = standing
            .iter()
            .filter(|(_, (commit, changes))| !commit.is_merge() && reverts::can_move(changes))
            .map(|(_, (commit, _))| commit.id.as_str());
        let moves = git.moves(&moving.collect::<Vec<_>>())?;
        let contents = standing.iter().flat_map(|(_, (_, changes))| *changes);
        let contents =
            contents.filter_map(|change| Some((change.path.as_str(), change.after.as_ref()?)));
        let picked = standing.iter().flat_map(|(_, (commit, _))| picks(commit));
        Ok(Self {
            missing: missing.map(|change| (change.path, change.after)).collect(),
            contents: contents.collect(),
            equal,
            reverted: reverted.filter(|title| !titles.contains(title)).collect(),
            absent,
            moves,
            picked: picked.collect(),
            picked_files: of_packages.map(picked_files),
        })
    }

    /// Returns whether the line does not have a change of the release, of which `changes` are those
    /// of the packages.
    fn lacks(&self, commit: &Commit, changes: &[FileChange], quiet: &QuietFiles) -> bool {
        let has_patch = self.equal.contains(&commit.id) && !self.reverted.contains(commit.title());
        // A pick may leave out the part of a package. Files can have other directories or names
        // there.
        let has_part = |id: &str| {
            let Some(picked) = &self.picked_files else {
                return true;
            };
            let mut notable = changes.iter().filter(|one| !is_quiet(commit, one, quiet));
            picked.get(id).is_some_and(|files| {
                notable.all(|one| files.contains(name(one)) || self.absent.contains(&one.path))
            })
        };
        let is_picked = |id: &str| self.picked.contains(id) && has_part(id);
        let is_matched =
            has_patch || is_picked(&commit.id) || picked_ids(commit).into_iter().any(is_picked);
        !is_matched && changes.iter().any(|change| self.is_missing(change))
    }

    /// Returns whether the line does not have the content that a change gave to a file.
    fn is_missing(&self, change: &FileChange) -> bool {
        match self.missing.get(&change.path) {
            Some(Some(content)) => !self.contents.contains(&(change.path.as_str(), content)),
            Some(None) => true,
            None => change.after.is_none() && self.has_elsewhere(&change.path),
        }
    }

    /// Returns whether the line has a file that the release removed, because it moved the file.
    fn has_elsewhere(&self, path: &str) -> bool {
        let names = reverts::names(path, &self.moves);
        let mut names = names.iter().skip(1);
        names.any(|name| self.missing.get(*name) == Some(&None))
    }
}

fn path(change: &FileChange) -> &str {
    &change.path
}

/// Returns a commit's id and those of the commits that it was picked from.
fn picks(commit: &Commit) -> impl Iterator<Item = &str> {
    picked_ids(commit).into_iter().chain([commit.id.as_str()])
}

/// Returns the names of the files that each commit changes, by its id and those of the commits that
/// it was picked from.
fn picked_files(history: &History) -> BTreeMap<&str, HashSet<&str>> {
    let mut files: BTreeMap<&str, HashSet<&str>> = BTreeMap::new();
    for (commit, changes) in history.commits.iter().zip(&history.changes) {
        for id in picks(commit) {
            files
                .entry(id)
                .or_default()
                .extend(changes.iter().map(name));
        }
    }
    files
}

/// Returns the name of a file without its directories.
fn name(change: &FileChange) -> &str {
    let path = &change.path;
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// Returns whether the file of a commit's change does not concern users.
fn is_quiet(commit: &Commit, change: &FileChange, quiet: &QuietFiles) -> bool {
    // The paths of changes begin at the top of the repository.
    let mut files = commit.files.iter();
    files.any(|file| change.path.ends_with(file.as_str()) && quiet.has(file))
}

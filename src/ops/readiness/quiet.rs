//! Finds the files whose changes since the last release do not concern users.
//!
//! Manifests and links decide about that, also those of earlier commits: a file counts that one of them named since the last
//! release, and so does one that became such a file.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::layout::Contents;
use crate::git::{Blob, BlobKind, FileChange, Git, History, Trouble, relative};
use crate::ops::Context;
use crate::relative_path::{join, normal, parent};
use crate::release::changelog::{QuietFiles, says_revert};
use crate::workspace::Workspace;

/// Returns the files whose changes do not concern users. The history is that of HEAD since the last release.
pub(crate) fn quiet_files(
    cx: &Context,
    git: &Git,
    workspace: &Workspace,
    history: &History,
) -> Result<QuietFiles, Trouble> {
    let mut quiet = QuietFiles::new(&cx.config().releases.not_notable, workspace);
    // Without such a commit or a revert, nothing depends on what else concerns users.
    let mut commits = history.commits.iter();
    if !commits.any(|commit| quiet.has_all(commit) || says_revert(commit)) {
        return Ok(quiet);
    }
    let prefix = git.prefix()?;
    let present = git.tree(&git.head_commit()?.id, "")?;
    let links = present
        .iter()
        .filter(|(_, blob)| blob.kind == BlobKind::Link);
    let files: BTreeSet<(&String, &Blob)> = links.chain(changed_files(history)).collect();
    let contents = Contents::read(git, files.iter().copied())?;

    let members = workspace.members.iter();
    let members: BTreeMap<&str, &str> = members
        .map(|member| (member.name.as_str(), member.dir.as_str()))
        .collect();
    for (path, blob) in files {
        let file = relative(&prefix, path);
        if let Some(target) = contents.target(blob)
            && !target.starts_with('/')
        {
            quiet.add_link(&file, normal(&join(parent(&file), target)));
        }
        let Some(manifest) = contents.manifest(path, blob) else {
            continue;
        };
        let directory = parent(&file);
        let name = manifest.name.as_deref().unwrap_or_default();
        // A present manifest elsewhere that has the name of a member is that of a vendored copy.
        let at_present = present
            .get(path)
            .and_then(|blob| contents.manifest(path, blob));
        let is_copy = at_present.is_some_and(|now| now.name == manifest.name);
        let is_present = members.values().any(|present| *present == directory);
        if is_present || members.contains_key(name) && !is_copy {
            let sources = manifest.sources.iter();
            let sources = sources.map(|source| normal(&join(directory, source)));
            quiet.add_package(directory, sources);
        }
    }
    let moves = moves(git, history, &prefix, &present, &quiet)?;
    quiet.add_moves(&moves);
    Ok(quiet)
}

/// Returns the files that commits changed, as they were before and after each of them.
fn changed_files(history: &History) -> impl Iterator<Item = (&String, &Blob)> {
    let changes = history.changes.iter().flatten();
    changes.flat_map(|change| {
        let blobs = [&change.before, &change.after].into_iter().flatten();
        blobs.map(|blob| (&change.path, blob))
    })
}

/// Returns the old and new names of quiet files that a commit moved, or copied as they are before they were removed.
fn moves(
    git: &Git,
    history: &History,
    prefix: &str,
    present: &BTreeMap<String, Blob>,
    quiet: &QuietFiles,
) -> Result<Vec<(String, String)>, Trouble> {
    let is_quiet = |change: &FileChange| quiet.has(&relative(prefix, &change.path));
    let mut moving = Vec::new();
    let mut gone: HashMap<&str, BTreeSet<&str>> = HashMap::new();
    for (commit, changes) in history.commits.iter().zip(&history.changes) {
        let is_adding = changes.iter().any(|change| change.before.is_none());
        let mut removed = changes.iter().filter(|change| change.after.is_none());
        if is_adding && !commit.is_merge() && removed.any(is_quiet) {
            moving.push(commit.id.as_str());
        }
        let absent = changes
            .iter()
            .filter(|change| !present.contains_key(&change.path) && is_quiet(change));
        for change in absent {
            for blob in [&change.before, &change.after].into_iter().flatten() {
                gone.entry(&blob.id).or_default().insert(&change.path);
            }
        }
    }
    let changes = history.changes.iter().flatten();
    let copies: Vec<(&str, &FileChange)> = changes
        .filter(|change| change.before.is_none() && !is_quiet(change))
        .filter_map(|change| Some((change.after.as_ref()?.id.as_str(), change)))
        .filter(|(id, _)| gone.contains_key(id))
        .collect();
    let contents = git.blobs(&copies.iter().map(|(id, _)| *id).collect())?;
    // Empty files are all the same.
    let copies = copies
        .into_iter()
        .filter(|(id, _)| contents.get(*id).is_some_and(|content| !content.is_empty()));
    let copies = copies.flat_map(|(id, change)| {
        let names = gone.get(id).into_iter().flatten();
        names.map(|name| ((*name).to_owned(), change.path.clone()))
    });
    let moves = git.moves(&moving)?.into_iter().chain(copies);
    let moves = moves.map(|(from, to)| (relative(prefix, &from), relative(prefix, &to)));
    Ok(moves.collect())
}

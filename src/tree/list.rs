//! Which files count, and which folders must be watched for new ones.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use super::stamp::{Name, Stamp};
use crate::git::Git;

/// Files of the root that steer cargo also when git ignores them.
const STEERING: [&str; 9] = [
    "Cargo.lock",
    ".cargo/config.toml",
    ".cargo/config",
    "rust-toolchain",
    "rust-toolchain.toml",
    "clippy.toml",
    ".clippy.toml",
    "rustfmt.toml",
    ".rustfmt.toml",
];

/// Repositories inside repositories are followed so deep.
const NESTING: u32 = 8;

/// The counted files, sorted, and the folders in which a new file would count, with their stamps. What changes during the
/// look is given a stamp too young to be believed.
pub(super) fn list(root: &Path, git: &Git) -> io::Result<(Vec<Name>, Vec<(Name, Stamp)>)> {
    fs::read_dir(root)?;
    let mut files = BTreeSet::new();
    let mut dirs = BTreeSet::from([Name::default()]);
    collect(root, git, &Name::default(), NESTING, &mut files, &mut dirs);
    files.extend(STEERING.iter().map(|name| Name::new(name.as_bytes())).filter(|name| is_file(root, name)));
    files.retain(|name| name.bytes() != b"campaign.toml" && !name.bytes().starts_with(b".campaign/"));
    for name in &files {
        let mut at = name.parent();
        while let Some(dir) = at.filter(|dir| !dirs.contains(dir)) {
            at = dir.parent();
            dirs.insert(dir);
        }
    }
    let known: Vec<Name> = dirs.iter().cloned().collect();
    known.iter().for_each(|dir| bare(root, dir, &mut dirs));
    let stamped = dirs.into_iter().filter_map(|dir| Stamp::of(&dir.below(root)).map(|stamp| (dir, stamp)));
    Ok((files.into_iter().collect(), stamped.collect()))
}

/// The files of one repository (or plain folder) and of those inside it.
fn collect(root: &Path, git: &Git, at: &Name, nesting: u32, files: &mut BTreeSet<Name>, dirs: &mut BTreeSet<Name>) {
    let Some(listed) = listed(root, git, at) else { return walk(root, at, files, dirs) };
    for name in listed {
        let inside = name.strip_suffix(b"/").unwrap_or(&name);
        let name = at.child(inside);
        let path = name.below(root);
        if nesting > 0 && fs::symlink_metadata(&path).is_ok_and(|found| found.is_dir()) {
            collect(root, &Git::at(&path), &name, nesting - 1, files, dirs);
        } else {
            files.insert(name);
        }
    }
}

/// What git lists here; `None` when git is not to be had or does not own this place: no repository, an empty submodule, a
/// workspace that the repository around it ignores.
fn listed(root: &Path, git: &Git, at: &Name) -> Option<Vec<Vec<u8>>> {
    if !at.bytes().is_empty() && fs::symlink_metadata(at.below(root).join(".git")).is_err() {
        return None;
    }
    let listed = git.ls_files().ok()?;
    let manifest = at.bytes().is_empty() && is_file(root, &Name::new(b"Cargo.toml"));
    (!manifest || listed.iter().any(|name| name == b"Cargo.toml")).then_some(listed)
}

/// Every file below a folder, but not in what is passed over. Links are listed and never followed.
fn walk(root: &Path, at: &Name, files: &mut BTreeSet<Name>, dirs: &mut BTreeSet<Name>) {
    let mut open = vec![at.clone()];
    while let Some(dir) = open.pop() {
        for (name, is_dir) in children(root, &dir) {
            if !is_dir {
                files.insert(name);
            } else if !passed_over(root, &name) {
                open.push(name);
            }
        }
        dirs.insert(dir);
    }
}

/// Adds the folders in a watched one that hold nothing that counts. One without any file is looked through (`src/bin/`
/// before its first file); in one with files, all are ignored, and no more is looked at.
fn bare(root: &Path, at: &Name, dirs: &mut BTreeSet<Name>) {
    let mut open: Vec<Name> = vec![at.clone()];
    while let Some(dir) = open.pop() {
        let inside = children(root, &dir);
        if dir != *at && inside.iter().any(|(_, is_dir)| !is_dir) {
            continue;
        }
        for (name, is_dir) in inside {
            if is_dir && !passed_over(root, &name) && dirs.insert(name.clone()) {
                open.push(name);
            }
        }
    }
}

/// Build output, caches that say so, and hidden folders other than cargo's own.
fn passed_over(root: &Path, name: &Name) -> bool {
    let last = name.last();
    last == b"target"
        || (last.starts_with(b".") && last != b".cargo")
        || fs::symlink_metadata(name.below(root).join("CACHEDIR.TAG")).is_ok()
}

/// The entries of a folder and whether each is a folder; none when it cannot be read.
fn children(root: &Path, dir: &Name) -> Vec<(Name, bool)> {
    let entries = fs::read_dir(dir.below(root)).into_iter().flatten().flatten();
    entries
        .map(|entry| {
            let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
            (dir.child(entry.file_name().as_encoded_bytes()), is_dir)
        })
        .collect()
}

fn is_file(root: &Path, name: &Name) -> bool {
    fs::symlink_metadata(name.below(root)).is_ok_and(|found| !found.is_dir())
}

//! Which files count, and which folders must be watched for new ones.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use super::stamp::Name;
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

/// What was found below a root.
pub(super) struct Listing<'a> {
    root: &'a Path,
    /// The counted files.
    pub(super) files: BTreeSet<Name>,
    /// The folders in which a new file would count.
    pub(super) dirs: BTreeSet<Name>,
}

/// Looks through the tree below `root`, with git where it owns the place.
pub(super) fn list(root: &Path) -> io::Result<Listing<'_>> {
    fs::read_dir(root)?;
    let mut listing = Listing { root, files: BTreeSet::new(), dirs: BTreeSet::from([Name::default()]) };
    listing.collect(&Name::default(), NESTING);
    let steering = STEERING.iter().map(|name| Name::new(name.as_bytes()));
    listing.files.extend(steering.filter(|name| is_file(root, name)));
    listing.files.retain(|name| name.bytes() != b"campaign.toml" && !name.bytes().starts_with(b".campaign/"));
    listing.add_parents();
    let known: Vec<Name> = listing.dirs.iter().cloned().collect();
    known.iter().for_each(|dir| listing.add_bare(dir));
    Ok(listing)
}

impl Listing<'_> {
    /// The files of one repository (or plain folder) and of those inside it.
    fn collect(&mut self, at: &Name, nesting: u32) {
        let Some(listed) = listed(self.root, at) else { return self.walk(at) };
        for name in listed {
            let name = at.child(name.strip_suffix(b"/").unwrap_or(&name));
            let is_dir = |path: &Path| fs::symlink_metadata(path).is_ok_and(|found| found.is_dir());
            if nesting > 0 && is_dir(&name.below(self.root)) {
                self.collect(&name, nesting - 1);
            } else {
                self.files.insert(name);
            }
        }
    }

    /// Every file below a folder, but not in what is passed over. Links are listed and never followed.
    fn walk(&mut self, at: &Name) {
        let mut open = vec![at.clone()];
        while let Some(dir) = open.pop() {
            for (name, is_dir) in children(self.root, &dir) {
                if !is_dir {
                    self.files.insert(name);
                } else if !passed_over(self.root, &name) {
                    open.push(name);
                }
            }
            self.dirs.insert(dir);
        }
    }

    /// Adds the folders that counted files lie in.
    fn add_parents(&mut self) {
        for name in &self.files {
            let mut at = name.parent();
            while let Some(dir) = at.filter(|dir| !self.dirs.contains(dir)) {
                at = dir.parent();
                self.dirs.insert(dir);
            }
        }
    }

    /// Adds the folders in a watched one that hold nothing that counts. One without any file is looked through
    /// (`src/bin/` before its first file); in one with files, all are ignored, and no more is looked at.
    fn add_bare(&mut self, at: &Name) {
        let mut open = vec![at.clone()];
        while let Some(dir) = open.pop() {
            let inside = children(self.root, &dir);
            if dir != *at && inside.iter().any(|(_, is_dir)| !is_dir) {
                continue;
            }
            for (name, is_dir) in inside {
                if is_dir && !passed_over(self.root, &name) && self.dirs.insert(name.clone()) {
                    open.push(name);
                }
            }
        }
    }
}

/// What git lists here; `None` when git is not to be had or does not own this place: no repository, an empty submodule, a
/// workspace that the repository around it ignores.
fn listed(root: &Path, at: &Name) -> Option<Vec<Vec<u8>>> {
    let path = at.below(root);
    let outermost = at.bytes().is_empty();
    if !outermost && fs::symlink_metadata(path.join(".git")).is_err() {
        return None;
    }
    let listed = Git::at(&path).ls_files().ok()?;
    let manifest = outermost && is_file(root, &Name::new(b"Cargo.toml"));
    (!manifest || listed.iter().any(|name| name == b"Cargo.toml")).then_some(listed)
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

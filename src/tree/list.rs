//! The list of files that count, and of directories in which a new file would count.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use super::FileOrigin;
use super::stamp::Name;
use crate::git::{Git, Listed, Trouble};
use crate::store;

/// Files of the root that affect cargo even if git ignores them.
const STEERING: [&str; 5] = [
    "Cargo.lock",
    ".cargo/config.toml",
    ".cargo/config",
    "rust-toolchain",
    "rust-toolchain.toml",
];

/// Levels of nested repositories that are read.
const NESTING: u32 = 8;

/// Directories with the data of version control systems and with ours.
const CONTROL: [&[u8]; 6] = [b".git", b".hg", b".jj", b".svn", b".pijul", b".campaign"];

/// The text by which the `CACHEDIR.TAG` of a target directory is recognized.
const CARGO_TAG: &str = "created by cargo";

/// The files and directories below a root.
pub(super) struct Listing<'a> {
    pub(super) root: &'a Path,
    /// The files that count, and their origin.
    pub(super) files: BTreeMap<Name, FileOrigin>,
    /// The directories in which a new file would count.
    pub(super) dirs: BTreeSet<Name>,
}

/// Lists the tree below `root`, with git if it owns the directory.
pub(super) fn list(root: &Path) -> io::Result<Listing<'_>> {
    // Unreadable directories below the root are skipped, but an unreadable root is an error.
    fs::read_dir(root)?;
    let mut listing = Listing {
        root,
        files: BTreeMap::new(),
        dirs: BTreeSet::from([Name::default()]),
    };
    listing.collect(&Name::default(), NESTING)?;
    listing.add_parents();
    for name in STEERING
        .iter()
        .map(|name| Name::new(name.as_bytes()))
        .filter(|name| is_file(root, name))
    {
        listing.files.entry(name).or_insert(FileOrigin::Untracked);
    }
    listing.add_places();
    // Any of the files above may be a link to a directory.
    listing.follow_links();
    listing.files.retain(|name, _| !is_ours(name));
    for (name, origin) in &mut listing.files {
        if *origin == FileOrigin::Untracked && is_log(name) {
            *origin = FileOrigin::Log;
        }
    }
    Ok(listing)
}

impl Listing<'_> {
    /// Adds the files of one repository (or plain directory) and of those inside it.
    fn collect(&mut self, at: &Name, nesting: u32) -> io::Result<()> {
        let Some(listed) = listed(self.root, at)? else {
            self.walk(at);
            return Ok(());
        };
        let mut own = BTreeSet::from([at.clone()]);
        let mut output = BuildOutput::new(self.root, at, &listed);
        for Listed { name, tracked } in listed {
            let name = at.child(name.strip_suffix(b"/").unwrap_or(&name));
            // A repository that does not ignore `target/` has the build output in git's list.
            if !tracked && output.holds(&name) {
                continue;
            }
            let found = fs::symlink_metadata(name.below(self.root));
            // Git lists a submodule or a nested repository as a single entry.
            if nesting > 0 && found.is_ok_and(|found| found.is_dir()) {
                self.collect(&name, nesting - 1)?;
            } else if !is_ours(&name) {
                add_parents(&mut own, &name);
                self.files.insert(
                    name,
                    if tracked {
                        FileOrigin::Tracked
                    } else {
                        FileOrigin::Untracked
                    },
                );
            }
        }
        self.add_bare(at, own, &mut output);
        Ok(())
    }

    /// Adds every file below a directory, except for build output and version control data. Links are listed and not
    /// followed here.
    fn walk(&mut self, at: &Name) {
        let mut open = vec![at.clone()];
        while let Some(dir) = open.pop() {
            for (name, is_dir) in children(self.root, &dir) {
                if !is_dir {
                    self.files.insert(name, FileOrigin::Untracked);
                } else if !is_control(&name) && !is_target_dir(self.root, &name) {
                    open.push(name);
                }
            }
            self.dirs.insert(dir);
        }
    }

    /// Adds the directories that counted files lie in.
    fn add_parents(&mut self) {
        self.files
            .keys()
            .for_each(|name| add_parents(&mut self.dirs, name));
    }

    /// Adds a repository's directories in which no file counts yet, level by level: all but those that git ignores as a
    /// whole, and build output. Neither an empty directory nor one with ignored files only is in git's list, and a new file in
    /// either counts.
    fn add_bare(&mut self, at: &Name, dirs: BTreeSet<Name>, output: &mut BuildOutput<'_>) {
        let git = Git::at(&at.below(self.root));
        let mut level: Vec<Name> = dirs.iter().cloned().collect();
        self.dirs.extend(dirs);
        while !level.is_empty() {
            let inside = level.iter().flat_map(|dir| children(self.root, dir));
            let bare = inside
                .filter(|(name, is_dir)| *is_dir && !self.dirs.contains(name) && !is_control(name));
            let bare = bare
                .map(|(name, _)| name)
                .filter(|name| !is_repository(self.root, name));
            let bare: Vec<Name> = bare.filter(|name| !output.is_output(name)).collect();
            let relative = bare
                .iter()
                .map(|name| name.relative_to(at))
                .collect::<Vec<_>>();
            let ignored = git.ignored(&relative).unwrap_or_default();
            let kept = bare
                .iter()
                .zip(relative)
                .filter(|(_, relative)| !ignored.contains(*relative));
            level = kept.map(|(name, _)| name.clone()).collect();
            self.dirs.extend(level.iter().cloned());
        }
    }
}

/// Cargo's target and build directories in a repository that does not ignore them.
struct BuildOutput<'a> {
    root: &'a Path,
    /// Directories in which git tracks a file. They hold sources, whatever else they hold.
    tracked: BTreeSet<Name>,
    /// Whether a directory, or one above it, is cargo's.
    known: BTreeMap<Name, bool>,
}

impl<'a> BuildOutput<'a> {
    fn new(root: &'a Path, at: &Name, listed: &[Listed]) -> Self {
        let mut tracked = BTreeSet::from([at.clone()]);
        listed
            .iter()
            .filter(|listed| listed.tracked)
            .for_each(|listed| add_parents(&mut tracked, &at.child(&listed.name)));
        Self {
            root,
            tracked,
            known: BTreeMap::new(),
        }
    }

    /// Whether a file lies in such a directory.
    fn holds(&mut self, file: &Name) -> bool {
        file.parent().is_some_and(|dir| self.is_output(&dir))
    }

    /// Whether a directory is such a directory, or lies in one.
    fn is_output(&mut self, dir: &Name) -> bool {
        if self.tracked.contains(dir) {
            return false;
        }
        if let Some(known) = self.known.get(dir) {
            return *known;
        }
        let is_output = self.holds(dir) || is_target_dir(self.root, dir);
        self.known.insert(dir.clone(), is_output);
        is_output
    }
}

/// Adds the directories above a file.
fn add_parents(dirs: &mut BTreeSet<Name>, file: &Name) {
    let mut at = file.parent();
    while let Some(dir) = at.filter(|dir| !dirs.contains(dir)) {
        at = dir.parent();
        dirs.insert(dir);
    }
}

/// Returns the files that git lists here. `None` if git is missing or does not own the directory: it is
/// not a repository, an empty submodule, or a workspace that the surrounding repository ignores.
///
/// # Errors
/// If git would wait for a writer of a pipe.
fn listed(root: &Path, at: &Name) -> io::Result<Option<Vec<Listed>>> {
    let path = at.below(root);
    let outermost = at.bytes().is_empty();
    if !outermost && !is_repository(root, at) {
        return Ok(None);
    }
    let listed = match Git::at(&path).ls_files() {
        Ok(listed) => listed,
        Err(trouble @ Trouble::Pipe { .. }) => return Err(io::Error::other(trouble)),
        Err(_) => return Ok(None),
    };
    let manifest = outermost && is_file(root, &Name::new(b"Cargo.toml"));
    let is_of_git = !manifest || listed.iter().any(|listed| listed.name == b"Cargo.toml");
    Ok(is_of_git.then_some(listed))
}

fn is_repository(root: &Path, dir: &Name) -> bool {
    fs::symlink_metadata(dir.below(root).join(".git")).is_ok()
}

/// Returns whether a file affects only this program: what it recorded, and configurations of it, such as `campaign.toml` and
/// `campaign-ci.toml` in the root.
fn is_ours(file: &Name) -> bool {
    let name = file.bytes();
    let is_configuration =
        name.starts_with(b"campaign") && name.ends_with(b".toml") && !name.contains(&b'/');
    is_configuration || name.starts_with(b".campaign/")
}

/// Returns whether a file is a log. `cargo campaign gate 2>&1 | tee gate.log` writes one while it measures.
fn is_log(file: &Name) -> bool {
    file.bytes().ends_with(b".log")
}

/// Returns whether a directory contains data of a version control system or ours.
pub(super) fn is_control(dir: &Name) -> bool {
    CONTROL.contains(&dir.last())
}

/// Returns whether a directory is a target directory of cargo. Its name is not enough, as `src/target/`
/// may be a module, and other tools write cache tags too.
pub(super) fn is_target_dir(root: &Path, dir: &Name) -> bool {
    let tag = dir.below(root).join("CACHEDIR.TAG");
    let is_file = fs::symlink_metadata(&tag).is_ok_and(|found| found.is_file());
    let text = is_file
        .then(|| store::read_file(&tag, 4096).ok())
        .flatten()
        .unwrap_or_default();
    String::from_utf8_lossy(&text).contains(CARGO_TAG)
}

/// Returns the names in a directory, without build output and version control data.
pub(super) fn names(dir: &Path) -> Vec<Vec<u8>> {
    let root = Name::default();
    let found = children(dir, &root).into_iter();
    let found =
        found.filter(|(name, is_dir)| !*is_dir || !is_control(name) && !is_target_dir(dir, name));
    found.map(|(name, _)| name.bytes().to_vec()).collect()
}

/// Returns the names in a directory.
pub(super) fn all_names(dir: &Path) -> Vec<Vec<u8>> {
    children(dir, &Name::default())
        .into_iter()
        .map(|(name, _)| name.bytes().to_vec())
        .collect()
}

/// Returns the entries of a directory, and whether each is a directory. Empty if it is unreadable.
pub(super) fn children(root: &Path, dir: &Name) -> Vec<(Name, bool)> {
    let entries = fs::read_dir(dir.below(root))
        .into_iter()
        .flatten()
        .flatten();
    entries
        .map(|entry| {
            let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
            (dir.child(entry.file_name().as_encoded_bytes()), is_dir)
        })
        .collect()
}

/// Returns whether a path is a directory or a link to one.
pub(super) fn is_dir(root: &Path, name: &Name) -> bool {
    name.below(root).is_dir()
}

pub(super) fn is_file(root: &Path, name: &Name) -> bool {
    fs::symlink_metadata(name.below(root)).is_ok_and(|found| !found.is_dir())
}

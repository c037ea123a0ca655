//! Places in which cargo and its tools look for files, so that a new file counts even if git ignores
//! it, and the targets of links to directories.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use toml_edit::Document;

use super::list::{Listing, children, is_control, is_dir, is_file, is_target_dir};
use super::outside::{MANY, matches_part};
use super::stamp::Name;
use super::{FileOrigin, MANIFEST};
use crate::store;

/// Directories of a package in which cargo looks for targets and rustc for modules.
const SOURCES: [&[u8]; 4] = [b"benches", b"examples", b"src", b"tests"];

/// Files next to a manifest that cargo looks for.
const BESIDE: [&[u8]; 1] = [b"build.rs"];

/// Directories of the root in which cargo and nextest look for their configuration, and the files.
const CONFIGURATION: [(&[u8], &[u8]); 3] = [
    (b".cargo", b"config.toml"),
    (b".cargo", b"config"),
    (b".config", b"nextest.toml"),
];

/// Configuration that affects one tool only.
pub(super) const SETTINGS: [&[u8]; 4] = [
    b".clippy.toml",
    b".rustfmt.toml",
    b"clippy.toml",
    b"rustfmt.toml",
];

impl Listing<'_> {
    /// Adds the files that git ignores and cargo finds.
    pub(super) fn add_places(&mut self) {
        self.add_members();
        for (dir, file) in CONFIGURATION {
            let dir = Name::new(dir);
            self.add_file(dir.child(file), FileOrigin::Found);
            if is_dir(self.root, &dir) {
                self.dirs.insert(dir);
            }
        }
        let manifests = self
            .files
            .keys()
            .filter(|name| name.last() == MANIFEST && !name.is_outside());
        let packages: BTreeSet<Name> = manifests
            .filter_map(Name::parent)
            .chain([Name::default()])
            .collect();
        for package in packages {
            BESIDE
                .iter()
                .for_each(|name| self.add_file(package.child(name), FileOrigin::Found));
            SETTINGS
                .iter()
                .for_each(|name| self.add_file(package.child(name), FileOrigin::Setting));
            SOURCES
                .iter()
                .for_each(|name| self.add_sources(package.child(name)));
            self.dirs.insert(package);
        }
    }

    fn add_file(&mut self, name: Name, origin: FileOrigin) {
        if !self.files.contains_key(&name) && is_file(self.root, &name) {
            self.files.insert(name, origin);
        }
    }

    /// Adds every Rust source file below a directory.
    fn add_sources(&mut self, at: Name) {
        let mut open = vec![at];
        while let Some(dir) = open.pop().filter(|dir| is_dir(self.root, dir)) {
            for (name, is_directory) in children(self.root, &dir) {
                if is_directory {
                    if is_walked(self.root, &name) {
                        open.push(name);
                    }
                } else if name.last().ends_with(b".rs") || is_dir(self.root, &name) {
                    self.files.entry(name).or_insert(FileOrigin::Found);
                } else if SETTINGS.contains(&name.last()) {
                    self.files.entry(name).or_insert(FileOrigin::Setting);
                }
            }
            self.dirs.insert(dir);
        }
    }

    /// Adds the manifests of the workspace's members, and the directories in which a new member would appear.
    fn add_members(&mut self) {
        for member in members(self.root, &mut self.dirs) {
            self.add_file(member.child(MANIFEST), FileOrigin::Found);
        }
    }

    /// Adds the content of directories behind links, unless it counts under its own name.
    pub(super) fn follow_links(&mut self) {
        let Ok(root) = fs::canonicalize(self.root) else {
            return;
        };
        let mut links: Vec<Name> = self.files.keys().cloned().collect();
        links.retain(|name| {
            let path = name.below(self.root);
            fs::symlink_metadata(&path).is_ok_and(|found| found.is_symlink()) && path.is_dir()
        });
        let mut behind = Behind {
            root,
            seen: BTreeSet::new(),
        };
        for link in links {
            behind.add(self, link);
        }
    }
}

/// Returns the directories that `[workspace] members` of a root manifest names or matches. Directories in which a new member
/// would appear are added to `watched`.
pub(super) fn members(root: &Path, watched: &mut BTreeSet<Name>) -> Vec<Name> {
    let manifest = store::read_text(&Name::new(MANIFEST).below(root)).unwrap_or_default();
    let Ok(manifest) = Document::parse(manifest.as_str()) else {
        return Vec::new();
    };
    let members = manifest
        .get("workspace")
        .and_then(|workspace| workspace.get("members")?.as_array());
    let patterns = members
        .into_iter()
        .flatten()
        .filter_map(|member| member.as_str());
    patterns
        .flat_map(|pattern| expand(root, pattern, watched))
        .collect()
}

/// Returns the directories that a pattern of members matches. Every directory on the way is watched, from the first star on.
/// `[` is read as a star: more is watched than need be.
fn expand(root: &Path, pattern: &str, watched: &mut BTreeSet<Name>) -> Vec<Name> {
    let start = if pattern.starts_with('/') {
        Name::new(b"/")
    } else {
        Name::default()
    };
    let (mut level, mut is_open) = (vec![start], false);
    for part in pattern.split('/').filter(|part| !matches!(*part, "" | ".")) {
        let star = part.contains(['*', '?', '[']);
        if star {
            is_open = true;
            watched.extend(level.iter().cloned());
            let part = if part.contains('[') { "*" } else { part };
            level = level
                .iter()
                .flat_map(|dir| matching(root, dir, part))
                .collect();
        } else {
            level = level.iter().map(|dir| dir.child(part.as_bytes())).collect();
        }
        level.retain(|dir| is_dir(root, dir));
        if is_open {
            watched.extend(level.iter().cloned());
        }
    }
    level
}

/// Returns the directories in a directory that can hold sources.
fn directories(root: &Path, dir: &Name) -> Vec<Name> {
    let names = children(root, dir).into_iter().map(|(name, _)| name);
    names
        .filter(|name| is_dir(root, name) && is_walked(root, name))
        .collect()
}

/// Returns the directories in a directory whose names match. For `**`, the directory itself and all
/// directories below it.
fn matching(root: &Path, dir: &Name, part: &str) -> Vec<Name> {
    if part != "**" {
        let mut inside = directories(root, dir);
        inside.retain(|name| matches_part(part.as_bytes(), name.last()));
        return inside;
    }
    let mut found = vec![dir.clone()];
    let mut at = 0;
    while at < found.len().min(MANY) {
        // A link could lead back to a directory above.
        let is_link =
            fs::symlink_metadata(found[at].below(root)).is_ok_and(|found| found.is_symlink());
        if !is_link {
            found.extend(directories(root, &found[at]));
        }
        at += 1;
    }
    found
}

/// Returns whether a directory can hold sources: neither build output, nor version control data, nor packages of npm.
fn is_walked(root: &Path, dir: &Name) -> bool {
    !is_control(dir) && dir.last() != b"node_modules" && !is_target_dir(root, dir)
}

/// The directories behind links that were read.
struct Behind {
    /// The root without links.
    root: PathBuf,
    /// The directories that were read, without links.
    seen: BTreeSet<PathBuf>,
}

impl Behind {
    /// Adds what lies behind one link. Where that is too much, the link counts by its text only.
    fn add(&mut self, listing: &mut Listing<'_>, link: Name) {
        let (mut files, mut dirs) = (Vec::new(), Vec::new());
        let mut open = vec![link];
        while let Some(dir) = open.pop() {
            let Ok(target) = fs::canonicalize(dir.below(listing.root)) else {
                continue;
            };
            // Links may lead to the same directory, or to a directory that contains them.
            if self.is_known(listing, &target) || !self.seen.insert(target) {
                continue;
            }
            for (name, _) in children(listing.root, &dir) {
                if !is_dir(listing.root, &name) {
                    files.push(name);
                } else if !is_control(&name) && !is_target_dir(listing.root, &name) {
                    open.push(name);
                }
            }
            dirs.push(dir);
            if files.len() + dirs.len() + open.len() > MANY {
                return;
            }
        }
        listing.dirs.extend(dirs);
        for file in files {
            listing.files.entry(file).or_insert(FileOrigin::Found);
        }
    }

    /// Whether a directory counts under its own name, holds the root, or is build output.
    fn is_known(&self, listing: &Listing<'_>, target: &Path) -> bool {
        if self.root.starts_with(target)
            || target
                .ancestors()
                .any(|dir| is_target_dir(dir, &Name::default()))
        {
            return true;
        }
        let inside = target.strip_prefix(&self.root).ok();
        inside.is_some_and(|inside| listing.dirs.contains(&Name::of(inside)))
    }
}

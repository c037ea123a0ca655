//! Computes a digest of the source tree. Two equal digests mean that cargo would see the same files.
//!
//! The digest covers every file that git tracks or would track, nested repositories included, and the few ignored files
//! that still influence cargo. Without git, the tree is walked, and only cargo's target directories and the data of version
//! control systems are skipped. A file counts by its name, its content and whether it is executable; a link by its text and
//! the content of the file that it leads to. `.campaign/`, configurations of ours and untracked, unmodified reports of ours
//! are left out. A document whose regions we updated counts as it was before. What cargo reads elsewhere (above the root, ignored files) is not the concern of this module.
//!
//! An index records the size, times and inode of every file and directory. As long as none of them changed, the digest is
//! taken from the index and no file is read. An entry is trusted only if it is older than the clock's resolution, as in
//! git's index ("racy git"), because a later write could otherwise go unnoticed.

mod index;
mod lints;
mod list;
pub mod outside;
mod places;
pub mod sources;
mod stamp;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use crate::store::Store;
use index::Index;
pub(crate) use stamp::is_executable;
pub use stamp::written;
use stamp::{Hash, Name, Stamp};

/// The name of cargo's manifests.
const MANIFEST: &[u8] = b"Cargo.toml";

/// The index's name among the store's caches.
const INDEX: &str = "tree";

/// Workers that stamp and hash.
const WORKERS: usize = 2;

/// Fewer files than this are not worth another thread.
const SHARE: usize = 256;

/// A source tree at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint {
    /// SHA-256 over name, mode and content of every counted file, in hex.
    pub digest: String,
    /// The counted files, relative to the root with `/`, sorted. Names that are not UTF-8 count but are not listed.
    pub files: Vec<String>,
    /// Mode and content of each of `files`, in their order.
    pub contents: Vec<Content>,
    /// When each of `files` was last written, in their order.
    pub written: Vec<Written>,
    /// When each watched directory was last written, by its name relative to the root.
    pub directories: BTreeMap<String, Written>,
    /// Those of `files` that git does not list: ignored ones that cargo finds, and what lies behind links to directories.
    pub unlisted: BTreeSet<String>,
    /// Digests of configuration files that git ignores and that affect one tool only, by name.
    pub conditions: BTreeMap<String, String>,
    /// Digest of the root's `Cargo.lock`.
    pub lock: Option<String>,
    /// Digest of the distinct `[lints]` tables: a new member with the same tables as the others leaves it as it is.
    pub lints: String,
    /// Digest of every `clippy.toml` in the tree.
    pub clippy_toml: String,
    /// Digest of every `rustfmt.toml` in the tree.
    pub rustfmt_toml: String,
    /// Nothing had changed: the answer came from memory.
    pub remembered: bool,
}

impl Fingerprint {
    /// Returns the counted files that are not as they were `later`: edited, removed or new. `Cargo.lock` is left out, since
    /// cargo itself brings it up to date, and so are new modules that git ignores: build scripts generate some.
    pub fn changed<'a>(&'a self, later: &'a Self) -> Vec<&'a str> {
        let was: BTreeMap<&str, &Content> = self.entries().collect();
        let is: BTreeMap<&str, &Content> = later.entries().collect();
        let mut changed: Vec<&str> = was
            .iter()
            .filter(|(name, was)| is.get(*name) != Some(was))
            .map(|(n, _)| *n)
            .collect();
        changed.extend(
            is.keys()
                .filter(|name| !was.contains_key(*name) && !later.is_ignored_module(name)),
        );
        changed.retain(|name| *name != "Cargo.lock");
        changed.sort_unstable();
        changed
    }

    /// Returns the counted files and the directories that were written between this fingerprint and `later`, whatever they
    /// contain now: sources that were replaced and put back may have been compiled as something else.
    ///
    /// Left out are `Cargo.lock` and the modules that git ignores, because cargo and build scripts write them, and
    /// directories whose entries changed, because tests leave files behind and remove them. A directory that was renamed
    /// keeps its entries, and so do the files in it.
    pub fn rewritten<'a>(&'a self, later: &Self) -> Vec<&'a str> {
        let mut rewritten = Vec::new();

        let later_times: BTreeMap<&str, &Written> = later.times().collect();
        for (name, was) in self.times() {
            let was_written = later_times.get(name).is_some_and(|is| *is != was);
            if was_written && name != "Cargo.lock" && !self.is_ignored_module(name) {
                rewritten.push(name);
            }
        }

        // Renaming a directory leaves its modification time, which new entries would change.
        for (name, was) in &self.directories {
            let is = later.directories.get(name);
            if is.is_some_and(|is| is != was && is.modified == was.modified) {
                rewritten.push(name);
            }
        }

        rewritten.sort_unstable();
        rewritten
    }

    /// The counted files with the time at which each was last written.
    fn times(&self) -> impl Iterator<Item = (&str, &Written)> {
        self.files.iter().map(String::as_str).zip(&self.written)
    }

    /// Returns whether a file is a module that git ignores: a Rust source file below `src` that is not
    /// the root of a target.
    fn is_ignored_module(&self, name: &str) -> bool {
        let parts: Vec<&str> = name.split('/').collect();
        let Some(src) = parts.iter().rposition(|part| *part == "src") else {
            return false;
        };
        let is_target = matches!(
            parts[src + 1..],
            ["main.rs" | "lib.rs"] | ["bin", _] | ["bin", _, "main.rs"]
        );
        self.unlisted.contains(name) && name.ends_with(".rs") && !is_target
    }

    /// The counted files that git lists.
    pub fn listed(&self) -> Vec<String> {
        self.files
            .iter()
            .filter(|name| !self.unlisted.contains(*name))
            .cloned()
            .collect()
    }

    /// Returns the counted files with their mode and content.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Content)> {
        self.files.iter().map(String::as_str).zip(&self.contents)
    }
}

/// The mode and content of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    /// SHA-256 in hexadecimal digits.
    pub hash: [u8; 64],
    /// Whether its owner may execute it. Never on Windows.
    pub executable: bool,
}

/// The times and identity of a file. Two equal values mean that it was not written, replaced or given
/// another modification time in between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Time of the last change of the content, in nanoseconds since 1970. Any program can set it.
    modified: i128,
    /// Time of the last change of anything, in nanoseconds since 1970; 0 where the file system does not know it.
    changed: i128,
    /// Number of the file in its file system; 0 where there is none.
    inode: u64,
}

impl From<Stamp> for Written {
    fn from(stamp: Stamp) -> Self {
        Self {
            modified: stamp.modified,
            changed: stamp.changed,
            inode: stamp.inode,
        }
    }
}

/// Digests of the settings that affect findings. Empty without settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Settings {
    lints: String,
    clippy_toml: String,
    rustfmt_toml: String,
}

/// A counted file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct CountedFile {
    name: Name,
    stamp: Stamp,
    hash: Hash,
    origin: FileOrigin,
}

/// Where a file comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FileOrigin {
    /// In git's index.
    Tracked,
    /// Not in git's index.
    Untracked,
    /// Untracked, and exactly a report that we wrote: watched, but not counted.
    Report,
    /// Untracked, and a log by its name: watched, but not counted.
    Log,
    /// Not listed by git, and found by cargo or behind a link.
    Found,
    /// Ignored by git, and read by one tool only: not counted, but a condition for the results of that tool.
    Setting,
}

impl FileOrigin {
    fn is_counted(self) -> bool {
        !matches!(self, Self::Report | Self::Log | Self::Setting)
    }

    /// Before reports were marked.
    fn unmarked(self) -> Self {
        if self == Self::Report {
            Self::Untracked
        } else {
            self
        }
    }
}

/// Returns the directories of the members that the manifest in `root` names, as far as they exist.
pub fn member_dirs(root: &Path) -> Vec<PathBuf> {
    let members = places::members(root, &mut BTreeSet::new());
    members.iter().map(|member| member.below(root)).collect()
}

/// Takes the fingerprint of the tree below `root`. `now` is read before; it decides which stamps are too young to be
/// believed next time. The configuration that is in use is left out, whatever its name.
///
/// # Errors
/// If the root itself is unreadable. An unreadable file counts by its stamp, and a file that disappears
/// does not count.
pub fn fingerprint(
    root: &Path,
    store: &Store,
    now: SystemTime,
    configuration: Option<&Path>,
) -> io::Result<Fingerprint> {
    let (mut index, is_remembered) = read(root, store, now)?;
    // The index is the same for every configuration.
    if let Some(name) = configuration.and_then(|path| configuration_name(path, root))
        && let Ok(at) = index
            .entries
            .binary_search_by(|entry| entry.name.cmp(&name))
    {
        index.entries.remove(at);
        index.digest = digest(&index.entries);
    }
    Ok(index.fingerprint(is_remembered))
}

/// Returns the name of a configuration below the root. A manifest that holds one is a source.
fn configuration_name(path: &Path, root: &Path) -> Option<Name> {
    let relative = path.strip_prefix(root).ok()?.to_str()?;
    let name = Name::new(relative.replace('\\', "/").as_bytes());
    (name.last() != MANIFEST).then_some(name)
}

/// Returns the index of the tree as it is, and whether nothing had changed.
fn read(root: &Path, store: &Store, now: SystemTime) -> io::Result<(Index, bool)> {
    let old = store
        .cached(INDEX)
        .and_then(|bytes| Index::decode(&bytes))
        .unwrap_or_default();
    let stamps = stamps(root, old.entries.iter().map(|entry| &entry.name));
    let same_directories = !old.dirs.is_empty() && old.dirs_stand(root) && old.links_stand(&stamps);
    if same_directories
        && old
            .entries
            .iter()
            .zip(&stamps)
            .all(|(entry, stamp)| old.believes(entry, *stamp))
    {
        return Ok((old, true));
    }
    let mut new = Index {
        since: stamp::nanoseconds(now),
        ..Index::default()
    };
    // No file was added or removed, so git need not list the tree again. A log that was written may be tracked now.
    let has_logs = old.with_origin(FileOrigin::Log).next().is_some();
    let (names, stamps) = if same_directories && !has_logs {
        new.dirs.clone_from(&old.dirs);
        (
            old.entries
                .iter()
                .map(|entry| (entry.name.clone(), entry.origin.unmarked()))
                .collect(),
            stamps,
        )
    } else {
        let listing = list::list(root)?;
        new.dirs = stamped(root, listing.dirs);
        let stamps = self::stamps(root, listing.files.keys());
        (listing.files.into_iter().collect::<Vec<_>>(), stamps)
    };
    new.entries = hash_all(root, &old, names.into_iter().zip(stamps).collect());
    count_documents(&mut new.entries, &store.documents());
    mark_reports(&mut new.entries, &store.reports());
    new.settings = lints::digest(root, &new.entries);
    new.digest = digest(&new.entries);
    let _ = store.cache(INDEX, &new.encode());
    Ok((new, false))
}

impl Index {
    /// Returns whether a file is certainly unchanged.
    fn believes(&self, entry: &CountedFile, stamp: Option<Stamp>) -> bool {
        stamp == Some(entry.stamp) && !entry.stamp.is_young(self.since)
    }

    /// Returns whether every link is unchanged. A changed one may lead to a directory.
    fn links_stand(&self, stamps: &[Option<Stamp>]) -> bool {
        let mut links = self
            .entries
            .iter()
            .zip(stamps)
            .filter(|(entry, _)| entry.stamp.kind == b'l');
        links.all(|(entry, stamp)| *stamp == Some(entry.stamp))
    }

    fn dirs_stand(&self, root: &Path) -> bool {
        self.dirs.iter().all(|(name, was)| {
            Stamp::of_directory(&name.below(root)) == Some(*was) && !was.is_young(self.since)
        })
    }

    /// Returns the entries with this origin.
    fn with_origin(&self, origin: FileOrigin) -> impl Iterator<Item = &CountedFile> {
        self.entries
            .iter()
            .filter(move |entry| entry.origin == origin)
    }

    fn fingerprint(self, remembered: bool) -> Fingerprint {
        let lock = self
            .entries
            .iter()
            .find(|entry| entry.name.bytes() == b"Cargo.lock")
            .map(|entry| entry.hash.hex());
        let unlisted = self.with_origin(FileOrigin::Found);
        let unlisted = unlisted
            .filter_map(|entry| entry.name.clone().text())
            .collect();
        let settings = self.with_origin(FileOrigin::Setting);
        let conditions = settings
            .filter_map(|entry| Some((entry.name.clone().text()?, entry.hash.hex())))
            .collect();
        let counted = self
            .entries
            .into_iter()
            .filter(|entry| entry.origin.is_counted());
        let named = counted.filter_map(|entry| {
            let content = Content {
                hash: entry.hash.0,
                executable: entry.stamp.kind == b'x',
            };
            Some((content, (Written::from(entry.stamp), entry.name.text()?)))
        });
        let (contents, (written, files)) = named.unzip();
        let directories = self
            .dirs
            .into_iter()
            .filter_map(|(name, stamp)| Some((name.text()?, Written::from(stamp))))
            .collect();
        let Settings {
            lints,
            clippy_toml,
            rustfmt_toml,
        } = self.settings;
        let digest = self.digest;
        Fingerprint {
            digest,
            files,
            contents,
            written,
            directories,
            unlisted,
            conditions,
            lock,
            lints,
            clippy_toml,
            rustfmt_toml,
            remembered,
        }
    }
}

/// Returns directories with their stamps. A directory that changes while it is read has a stamp that is
/// too young to be trusted.
fn stamped(root: &Path, dirs: BTreeSet<Name>) -> Vec<(Name, Stamp)> {
    dirs.into_iter()
        .filter_map(|dir| Stamp::of_directory(&dir.below(root)).map(|stamp| (dir, stamp)))
        .collect()
}

/// Returns the stamps of files in their order. `None` for a file that does not exist.
fn stamps<'a>(root: &Path, names: impl Iterator<Item = &'a Name>) -> Vec<Option<Stamp>> {
    let paths: Vec<&Name> = names.collect();
    shared(&paths, |name| Stamp::of(&name.below(root)))
}

/// Hashes the files that the old index does not confirm. Names that do not exist, or are neither files
/// nor links, are dropped.
fn hash_all(
    root: &Path,
    old: &Index,
    found: Vec<((Name, FileOrigin), Option<Stamp>)>,
) -> Vec<CountedFile> {
    let known: BTreeMap<&Name, &CountedFile> = old
        .entries
        .iter()
        .map(|entry| (&entry.name, entry))
        .collect();
    let hashed = shared(&found, |((name, origin), stamp)| {
        let stamp = (*stamp)?;
        let known = known
            .get(name)
            .filter(|entry| old.believes(entry, Some(stamp)));
        let hash = known.map_or_else(
            || stamp::hash(&name.below(root), stamp),
            |entry| Some(entry.hash),
        )?;
        Some(CountedFile {
            name: name.clone(),
            stamp,
            hash,
            origin: *origin,
        })
    });
    hashed.into_iter().flatten().collect()
}

/// Applies a function to every item in a few threads. Returns the results in order.
fn shared<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let share = items.len().div_ceil(WORKERS).max(SHARE);
    let (first, rest) = items.split_at(share.min(items.len()));
    let work = &work;
    thread::scope(|scope| {
        let others: Vec<_> = rest
            .chunks(share)
            .map(|chunk| scope.spawn(move || chunk.iter().map(work).collect::<Vec<R>>()))
            .collect();
        let mut results: Vec<R> = first.iter().map(work).collect();
        for other in others {
            match other.join() {
                Ok(more) => results.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    })
}

/// Marks the untracked files that are our reports. A tracked file always counts, because a list of
/// reports that came with a repository must not hide one of its sources.
fn mark_reports(entries: &mut [CountedFile], reports: &BTreeSet<String>) {
    if reports.is_empty() {
        return;
    }
    for entry in entries
        .iter_mut()
        .filter(|entry| entry.origin == FileOrigin::Untracked)
    {
        if reports.contains(&entry.hash.hex()) {
            entry.origin = FileOrigin::Report;
        }
    }
}

/// Counts documents of the team, whose generated text we updated, as they were before.
fn count_documents(entries: &mut [CountedFile], documents: &BTreeMap<String, String>) {
    if documents.is_empty() {
        return;
    }
    for entry in entries {
        let name = entry.name.bytes();
        let is_page = name.ends_with(b".md") || name.ends_with(b".markdown");
        let counted = documents.get(&entry.hash.hex());
        if let Some(hash) = counted.and_then(|counted| Hash::read(counted.as_bytes()))
            && is_page
            && entry.stamp.kind == b'f'
        {
            entry.hash = hash;
        }
    }
}

/// Returns the digest of sorted names, modes and contents.
fn digest(entries: &[CountedFile]) -> String {
    let mut sha = Sha256::new();
    for entry in entries.iter().filter(|entry| entry.origin.is_counted()) {
        // The length separates the name from the bytes after it.
        sha.update((entry.name.bytes().len() as u64).to_le_bytes());
        sha.update(entry.name.bytes());
        sha.update(entry.hash.bytes());
        // Only executables are marked, so that the digest is the same on platforms without modes.
        if entry.stamp.kind == b'x' {
            sha.update(b"x");
        }
    }
    Hash::end(sha).hex()
}

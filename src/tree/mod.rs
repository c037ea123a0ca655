//! The source tree's fingerprint: equal digests mean that cargo sees the same files.
//!
//! Counted is what git lists (tracked, and untracked but not ignored), repositories inside included, plus the few files
//! that steer cargo even when ignored; without git, a walk that passes over `target`, hidden folders and caches. Not
//! counted: `.campaign/` and `campaign.toml`, which steer us alone, reports that we wrote, as long as nobody edits them,
//! and whatever lies outside the root.
//!
//! What was seen is remembered with each file's and folder's stamp (size, times, inode). While all stamps stand, the
//! answer comes from memory without a process and without reading a file. A stamp so young that a later change could
//! bear the same one (git's "racy" rule) is not believed. Knows nothing of what the files mean, lint settings apart.

mod index;
mod lints;
mod list;
mod stamp;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::thread;
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use crate::store::Store;
use index::Index;
use stamp::{Hash, Name, Stamp};

/// The index's name among the store's caches.
const INDEX: &str = "tree";

/// Workers that stamp and hash.
const WORKERS: usize = 2;

/// Fewer files than this are not worth another thread.
const SHARE: usize = 256;

/// A source tree at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint {
    /// SHA-256 over name and content of every counted file, in hex.
    pub digest: String,
    /// The counted files, relative to the root with `/`, sorted. Names that are not UTF-8 count but are not listed.
    pub files: Vec<String>,
    /// SHA-256 of each of `files` in hexadecimal digits, in their order.
    pub hashes: Vec<[u8; 64]>,
    /// Digest of the root's `Cargo.lock`.
    pub lock: Option<String>,
    /// Digest of lint settings, see [`crate::snapshot::Provenance::lints`]: the distinct `[lints]` tables, `clippy.toml`,
    /// `rustfmt.toml`. A new member with the same tables as the others leaves it as it is.
    pub lints: String,
    /// Nothing had changed: the answer came from memory.
    pub remembered: bool,
}

impl Fingerprint {
    /// The counted files that are not as they were `later`: edited or gone. `Cargo.lock` is left out, since cargo itself
    /// brings it up to date, and so are new files: tests may leave some.
    pub fn edited<'a>(&'a self, later: &Self) -> Vec<&'a str> {
        let then: BTreeMap<&str, &[u8; 64]> = later.files.iter().map(String::as_str).zip(&later.hashes).collect();
        let now = self.files.iter().map(String::as_str).zip(&self.hashes);
        now.filter(|(name, hash)| *name != "Cargo.lock" && then.get(name) != Some(hash)).map(|(name, _)| name).collect()
    }
}

/// A counted file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    name: Name,
    stamp: Stamp,
    hash: Hash,
}

/// Takes the fingerprint of the tree below `root`. `now` is read before; it decides which stamps are too young to be
/// believed next time.
///
/// # Errors
/// When the root itself cannot be read. A file that cannot be read counts by its stamp; one that goes meanwhile, not at all.
pub fn fingerprint(root: &Path, store: &Store, now: SystemTime) -> io::Result<Fingerprint> {
    let old = store.cached(INDEX).and_then(|bytes| Index::decode(&bytes)).unwrap_or_default();
    let stamps = stamps(root, old.entries.iter().map(|entry| &entry.name));
    let same_folders = !old.dirs.is_empty() && old.dirs_stand(root);
    if same_folders && old.entries.iter().zip(&stamps).all(|(entry, stamp)| old.believes(entry, *stamp)) {
        return Ok(old.fingerprint(true));
    }
    let mut new = Index { since: stamp::nanoseconds(now), ..Index::default() };
    let (names, stamps) = if same_folders {
        new.dirs.clone_from(&old.dirs);
        (old.entries.iter().map(|entry| entry.name.clone()).collect(), stamps)
    } else {
        let listing = list::list(root)?;
        new.dirs = stamped(root, listing.dirs);
        let stamps = self::stamps(root, listing.files.iter());
        (listing.files, stamps)
    };
    new.entries = hash_all(root, &old, names.into_iter().zip(stamps).collect());
    new.lints = lints::digest(root, &new.entries);
    new.digest = digest(&new.entries, &store.reports());
    let _ = store.cache(INDEX, &new.encode());
    Ok(new.fingerprint(false))
}

impl Index {
    /// The file is as it was, beyond doubt.
    fn believes(&self, entry: &Entry, stamp: Option<Stamp>) -> bool {
        stamp == Some(entry.stamp) && !entry.stamp.is_young(self.since)
    }

    fn dirs_stand(&self, root: &Path) -> bool {
        self.dirs.iter().all(|(name, was)| Stamp::of(&name.below(root)) == Some(*was) && !was.is_young(self.since))
    }

    fn fingerprint(self, remembered: bool) -> Fingerprint {
        let lock = self.entries.iter().find(|entry| entry.name.bytes() == b"Cargo.lock").map(|entry| entry.hash.hex());
        let named = self.entries.into_iter().filter_map(|entry| Some((entry.name.text()?, entry.hash.0)));
        let (files, hashes) = named.unzip();
        Fingerprint { digest: self.digest, files, hashes, lock, lints: self.lints, remembered }
    }
}

/// Folders with their stamps. What changes during a look is given a stamp too young to be believed.
fn stamped(root: &Path, dirs: BTreeSet<Name>) -> Vec<(Name, Stamp)> {
    dirs.into_iter().filter_map(|dir| Stamp::of(&dir.below(root)).map(|stamp| (dir, stamp))).collect()
}

/// The stamps of files, in their order; `None` for what is gone.
fn stamps<'a>(root: &Path, names: impl Iterator<Item = &'a Name>) -> Vec<Option<Stamp>> {
    let paths: Vec<&Name> = names.collect();
    shared(&paths, |name| Stamp::of(&name.below(root)))
}

/// Hashes what the old index does not vouch for; drops what is gone or is neither file nor link.
fn hash_all(root: &Path, old: &Index, found: Vec<(Name, Option<Stamp>)>) -> Vec<Entry> {
    let known: BTreeMap<&Name, &Entry> = old.entries.iter().map(|entry| (&entry.name, entry)).collect();
    let hashed = shared(&found, |(name, stamp)| {
        let stamp = (*stamp)?;
        let known = known.get(name).filter(|entry| old.believes(entry, Some(stamp)));
        let hash = known.map_or_else(|| stamp::hash(&name.below(root), stamp), |entry| Some(entry.hash))?;
        Some(Entry { name: name.clone(), stamp, hash })
    });
    hashed.into_iter().flatten().collect()
}

/// Does the same to each of many, in a few threads; the results in order.
fn shared<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let share = items.len().div_ceil(WORKERS).max(SHARE);
    let all = |items: &[T]| items.iter().map(&work).collect::<Vec<R>>();
    let (first, rest) = items.split_at(share.min(items.len()));
    thread::scope(|scope| {
        let others: Vec<_> = rest.chunks(share).map(|chunk| (chunk, scope.spawn(|| all(chunk)))).collect();
        let mut results = all(first);
        for (chunk, other) in others {
            results.extend(other.join().unwrap_or_else(|_| all(chunk)));
        }
        results
    })
}

/// The digest over sorted names and contents, reports left out.
fn digest(entries: &[Entry], reports: &BTreeSet<String>) -> String {
    let mut sha = Sha256::new();
    for entry in entries.iter().filter(|entry| reports.is_empty() || !reports.contains(&entry.hash.hex())) {
        sha.update((entry.name.bytes().len() as u64).to_le_bytes());
        sha.update(entry.name.bytes());
        sha.update(entry.hash.bytes());
    }
    Hash::end(sha).hex()
}

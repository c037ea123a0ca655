//! The directory `.campaign/`, of which this module is the only writer.
//!
//! ```text
//! .campaign/
//!   baseline.json final.json attestations.toml   meant to be committed
//!   log/<UTC time>-<kind>-<hash>.json            likewise: people's actions      notes.rs
//!   .gitignore                                   hides the rest
//!   runs/YYYY/MM/<run-id>.json                   immutable facts                 record.rs
//!   index/                                       caches; may be removed any time heads.rs, order.rs, values.rs, reports.rs, `tree`
//!   index/alerts, index/outbox                   open alerts, waiting messages   notes.rs
//!   logs/<run-id>/                               output of the newest runs       logs.rs
//!   experiments/<time>-<name>.json               outcomes of experiments
//!   journal/release                              plan of a release in progress   releases.rs
//!   lock                                         held while measuring            lock.rs
//! ```
//!
//! Any number of processes can append runs without a lock. Merging two stores is the union of their
//! files. Damaged files are set aside and returned as values ([`Store::take_damage`]); nothing is
//! printed here. Opening and reading write nothing except for caches and setting files aside, and
//! errors of both are ignored. The store knows nothing about gates.

mod error;
mod file;
mod heads;
mod lock;
mod logs;
mod notes;
mod order;
mod pin;
mod prune;
mod record;
mod releases;
mod reports;
#[cfg(test)]
pub(crate) mod tests;
mod tracked;
mod values;

use std::collections::BTreeSet;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

pub use error::{Damage, Error, Unsupported};
pub(crate) use file::{create_own, is_own};
pub use heads::Heads;
pub use lock::{Holder, Lock, lock_file};
pub use pin::{Pin, PinName};
pub use prune::{Policy, Pruned, retention};
pub use record::{Head, toolchain_key};
pub use values::Values;

use crate::git::Tracked;
use crate::run::{Run, RunId};
use error::Doing;
use file::{Durable, Links};
use record::Flaw;

/// The content of `.campaign/.gitignore`.
const IGNORED: &str = "\
# Written by cargo campaign. Commit what is not listed here: baseline.json, final.json, attestations.toml, log/.
/.gitignore
/runs/
/logs/
/experiments/
/journal/
/index/
/lock
*.corrupt
.tmp-*
";

/// The largest run file that is read, in bytes.
const RUN_LIMIT: u64 = 1 << 28;

/// The largest text file of the user that is read, in bytes.
pub const TEXT_LIMIT: u64 = 1 << 26;

/// The parts of the path of [`copy_dir`]. The first is ignored by a `.gitignore` that an earlier version wrote too.
const COPY: [&str; 2] = ["index", "copy"];

/// Returns the directory for a copy of the workspace with this root.
pub(crate) fn copy_dir(root: &Path) -> PathBuf {
    root.join(".campaign").join(COPY.join("/"))
}

/// Writes a file to a path of the user's choice, atomically. An existing file is replaced, a link is
/// followed, and a device or a pipe (`/dev/stdout`) is written to.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    file::put_over(path, bytes).doing("write", path)
}

/// Appends to a regular file that another program created for this purpose. A link is an error.
pub fn append(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    let mut file = file::open(path, options.append(true), Links::Refused)?;
    file.write_all(bytes)
}

/// Writes a file that must not exist, in directories that are created if they do not.
pub fn create_new_below(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let directory = path.parent().unwrap_or(path);
    fs::create_dir_all(directory).doing("create", directory)?;
    create_new(path, bytes)
}

/// Writes a file that must not exist.
pub fn create_new(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    file::put_new(path, bytes).doing("write", path)
}

/// Creates a directory of the user's choice in one that exists. It may exist already.
pub fn create_directory(path: &Path) -> Result<(), Error> {
    match fs::create_dir(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error).doing("create", path),
        _ => Ok(()),
    }
}

/// Writes a file of the store, atomically. A link of its name is replaced, never followed.
pub(crate) fn put(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    file::put(path, bytes, Durable::Yes).doing("write", path)
}

/// Reads a regular file of the user of at most `limit` bytes. Never blocks, as reading a named pipe
/// would.
pub fn read_file(path: &Path, limit: u64) -> std::io::Result<Vec<u8>> {
    file::read(path, limit, Links::Followed)
}

/// Opens a regular file of the user for reading. Never blocks, as opening a named pipe would.
pub fn open_file(path: &Path) -> std::io::Result<fs::File> {
    file::open(path, fs::OpenOptions::new().read(true), Links::Followed)
}

/// Reads a text file of the user. A file above 64 MiB is an error.
pub fn read_text(path: &Path) -> std::io::Result<String> {
    let bytes = read_file(path, TEXT_LIMIT)?;
    String::from_utf8(bytes)
        .map_err(|_| std::io::Error::new(ErrorKind::InvalidData, "it is not UTF-8"))
}

/// Appends a line to a file of the user below the root. No part of the path may be a link.
pub(crate) fn append_line(root: &Path, path: &str, line: &[u8]) -> Result<(), Error> {
    let path = root.join(path);
    file::is_below(root, &path)
        .and_then(|()| file::append_line(&path, line))
        .doing("write", &path)
}

/// Returns whether a file of the user below the root ends with these bytes. No part of the path may be a link.
pub(crate) fn ends_with(root: &Path, path: &str, bytes: &[u8]) -> Result<bool, Error> {
    let path = root.join(path);
    file::is_below(root, &path)
        .and_then(|()| file::ends_with(&path, bytes))
        .doing("read", &path)
}

/// Makes the entries of a directory durable.
pub(crate) fn sync(dir: &Path) -> std::io::Result<()> {
    file::sync(dir)
}

/// Returns the SHA-256 of bytes in hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    record::sha256(bytes)
}

/// The store of one workspace. Creating the value accesses no file. Clones share the list of damaged
/// files.
#[derive(Clone, Debug)]
pub struct Store {
    dir: PathBuf,
    damage: Arc<Mutex<Vec<Damage>>>,
    tracked: Arc<OnceLock<Tracked>>,
}

impl Store {
    /// Returns the store of the workspace with this root. Its directory need not exist.
    pub fn open(root: &Path) -> Self {
        Self {
            dir: root.join(".campaign"),
            damage: Arc::default(),
            tracked: Arc::default(),
        }
    }

    /// Returns the damaged files that were skipped since the last call. The caller must report them,
    /// because listings continue without them.
    pub fn take_damage(&self) -> Vec<Damage> {
        std::mem::take(&mut *self.damage.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, damage: Damage) {
        self.damage
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(damage);
    }

    /// Returns `<root>/.campaign`.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Returns the directory of the journals of [`crate::edit`].
    pub fn journal(&self) -> PathBuf {
        self.dir.join("journal")
    }

    /// Creates the directory and its `.gitignore` if they do not exist.
    pub fn create(&self) -> Result<(), Error> {
        self.folder(&[])?;
        // The user may have changed an existing file, so it is never replaced.
        let ignore = self.dir.join(".gitignore");
        match fs::symlink_metadata(&ignore) {
            Ok(_) => Ok(()),
            Err(_) => file::put(&ignore, IGNORED.as_bytes(), Durable::Yes).doing("write", &ignore),
        }
    }

    /// Checks that the store is writable. An existing directory is tested with a temporary file; a
    /// missing one is not created.
    pub fn check(&self) -> Result<(), Error> {
        match fs::symlink_metadata(&self.dir) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error).doing("read", &self.dir),
            Ok(_) => {
                self.folder(&[])?;
                file::try_write(&self.dir).doing("write", &self.dir)
            }
        }
    }

    /// Stores a run atomically and returns its id. Safe with any number of concurrent writers.
    pub fn append(&self, run: &Run) -> Result<RunId, Error> {
        let record = record::encode(run).map_err(Error::Unrecordable)?;
        let (year, month) = record::month(&record.id).unwrap_or(("0000", "00"));
        let path = self
            .own_folder(&["runs", year, month])?
            .join(format!("{}.json", record.id));
        file::put(&path, &record.bytes, Durable::Yes).doing("write", &path)?;
        self.remember(&[record.line()]);
        let head = Head {
            id: record.id.clone(),
            ..Head::of(run)
        };
        self.remember_places([&order::Place::of(&head)]);
        Ok(record.id)
    }

    /// Reads a run. A damaged file is set aside.
    pub fn load(&self, id: &RunId) -> Result<Run, Error> {
        let path = self
            .path(id)
            .filter(|_| !self.is_tracked_run(id))
            .ok_or_else(|| Error::no_run(&id.0))?;
        match self.read(&path, RUN_LIMIT) {
            Err(error) if error.kind() == ErrorKind::NotFound => Err(Error::no_run(&id.0)),
            Err(error) => {
                self.note(Damage::unreadable(&path, &error));
                Err(error).doing("read", &path)
            }
            Ok(bytes) => record::decode(id, &bytes).map_err(|flaw| self.flawed(path, flaw)),
        }
    }

    /// Returns the head of the run that was recorded last. `None` in an empty store.
    pub fn newest(&self) -> Option<Head> {
        self.heads().next()
    }

    /// Finds a run by `latest`, an id, or the prefix of exactly one id.
    pub fn resolve(&self, asked: &str) -> Result<RunId, Error> {
        let none = || Error::no_run(asked);
        if asked == "latest" {
            return self.newest().map(|head| head.id).ok_or_else(none);
        }
        let mut ids: Vec<RunId> = self
            .ids()
            .into_iter()
            .filter(|id| id.0.starts_with(asked))
            .collect();
        match ids.len() {
            0 => Err(none()),
            // Every id begins with the empty text, so it would select the only run of a store.
            _ if asked.is_empty() => Err(none()),
            1 => ids.pop().ok_or_else(none),
            _ => Err(Error::Ambiguous {
                asked: asked.to_owned(),
                runs: ids,
            }),
        }
    }

    /// Returns the runs that started after this time, by the names of their files.
    pub fn ids_after(&self, moment: i64) -> Vec<RunId> {
        let stamp = record::stamp(moment);
        let runs = self.dir.join("runs");
        let first = runs.join(&stamp[..4]).join(&stamp[4..6]);
        let mut months = heads::months(&runs);
        months.retain(|month| *month >= first);
        let mut ids: Vec<RunId> = self.ids_of(&months).collect();
        ids.retain(|id| id.0[..stamp.len()] > *stamp);
        ids.sort_unstable();
        ids
    }

    /// Returns the ids of all runs, oldest first, by the names of their files.
    pub fn ids(&self) -> BTreeSet<RunId> {
        let months = heads::months(&self.dir.join("runs"));
        self.ids_of(&months).collect()
    }

    /// Returns the ids of the runs in the directories of months.
    fn ids_of(&self, months: &[PathBuf]) -> impl Iterator<Item = RunId> {
        let ids = months.iter().map(|month| heads::ids(month));
        ids.flat_map(|ids| self.without_tracked(ids))
    }

    /// Reads a cache. `None` if it does not exist or git tracks it. The caller must recognize damage.
    pub fn cached(&self, name: &str) -> Option<Vec<u8>> {
        let known = !self.is_tracked(&format!("index/{name}"));
        known
            .then(|| {
                self.read(&self.dir.join("index").join(name), RUN_LIMIT)
                    .ok()
            })
            .flatten()
    }

    /// Writes a cache. Never creates `.campaign/` itself. The caller may ignore errors.
    pub fn cache(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        if !self.dir.is_dir() || self.is_tracked(&format!("index/{name}")) {
            return Ok(());
        }
        let path = self.own_folder(&["index"])?.join(name);
        file::put(&path, bytes, Durable::No).doing("write", &path)
    }

    /// Appends to a cache, unless git tracks it. Errors are ignored.
    fn append_to_cache(&self, name: &str, bytes: &[u8]) {
        if self.is_tracked(&format!("index/{name}")) {
            return;
        }
        if let Ok(directory) = self.own_folder(&["index"]) {
            let _ = file::append(&directory.join(name), bytes);
        }
    }

    /// Creates the directory for a copy of the workspace. A link in its path is an error.
    pub(crate) fn create_copy_dir(&self) -> Result<(), Error> {
        self.own_folder(&COPY).map(drop)
    }

    /// Returns whether a copy of the workspace exists, in a path without links.
    pub(crate) fn has_copy_dir(&self) -> bool {
        is_own(&self.dir, &self.dir.join(COPY.join("/")))
    }

    /// Removes the copy of the workspace if it exists. What lies behind a link stays.
    pub(crate) fn remove_copy_dir(&self) {
        if self.has_copy_dir() {
            let _ = fs::remove_dir_all(self.dir.join(COPY.join("/")));
        }
    }

    /// Returns a directory for files that git must not see: creates it and the `.gitignore` if they are missing.
    fn own_folder(&self, parts: &[&str]) -> Result<PathBuf, Error> {
        self.create()?;
        self.folder(parts)
    }

    /// Creates a directory below `.campaign/` if it does not exist. A link in the path is an error.
    fn folder(&self, parts: &[&str]) -> Result<PathBuf, Error> {
        file::folder(&self.dir, parts).map_err(|(path, source)| Error::Io {
            doing: "create",
            path,
            source,
        })
    }

    /// Reads a regular file below `.campaign/`. Links in the path are not followed.
    fn read(&self, path: &Path, limit: u64) -> std::io::Result<Vec<u8>> {
        file::is_below(&self.dir, path)?;
        file::read(path, limit, Links::Refused)
    }

    /// Writes the outcome of an experiment, `experiments/<UTC time>-<name>.json`, and returns its path.
    pub fn add_experiment(&self, at: i64, name: &str, bytes: &[u8]) -> Result<PathBuf, Error> {
        let file = format!("{}-{name}.json", record::stamp(at));
        let path = self.own_folder(&["experiments"])?.join(file);
        file::put(&path, bytes, Durable::Yes).doing("write", &path)?;
        Ok(path)
    }

    /// Writes a document next to the pins and returns its path.
    pub fn write_document(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, Error> {
        self.create()?;
        let path = self.dir.join(name);
        file::put(&path, bytes, Durable::Yes).doing("write", &path)?;
        Ok(path)
    }

    /// Returns the path of a run. `None` if the id is malformed.
    fn path(&self, id: &RunId) -> Option<PathBuf> {
        let (year, month) = record::month(id)?;
        Some(
            self.dir
                .join("runs")
                .join(year)
                .join(month)
                .join(format!("{id}.json")),
        )
    }

    /// Notes a flawed file, sets it aside if it is damaged, and returns the error.
    fn flawed(&self, path: PathBuf, flaw: Flaw) -> Error {
        match flaw {
            Flaw::Damaged(why) => {
                let damage = file::set_aside(path, why);
                self.note(damage.clone());
                Error::Damaged(damage)
            }
            // A file of another version is intact. It stays in place for that version.
            Flaw::Newer { unsupported, tool } => {
                let why = match &unsupported {
                    Unsupported::Format(format) => format!(
                        "it has format {format}, which only cargo-campaign {tool} and later read"
                    ),
                    Unsupported::Content(_) => {
                        format!("it {unsupported}; cargo-campaign {tool} wrote it")
                    }
                };
                self.note(Damage {
                    file: path.clone(),
                    why,
                    aside: None,
                });
                Error::Newer {
                    file: path,
                    unsupported,
                    tool,
                }
            }
        }
    }

    /// Returns the files that were set aside and still exist, sorted.
    pub fn set_aside(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for month in heads::months(&self.dir.join("runs")) {
            let names = heads::names(&month).filter(|name| name.ends_with(file::ASIDE));
            files.extend(names.map(|name| month.join(name)));
        }
        files.sort_unstable();
        files
    }
}

//! `.campaign/`: the only writer below it.
//!
//! ```text
//! .campaign/
//!   baseline.json final.json attestations.toml   meant to be committed
//!   .gitignore                                   hides the rest
//!   runs/YYYY/MM/<run-id>.json                   immutable; the truth            record.rs
//!   index/                                       caches; may be removed any time heads.rs, order.rs, reports.rs, `tree`
//!   logs/<run-id>/                               what the newest runs printed    logs.rs
//!   journal/release                              a release while it is made      releases.rs
//!   lock                                         held while measuring            lock.rs
//! ```
//!
//! Runs are appended without a lock by any number of processes; merging two stores is the union of their files. What is
//! found damaged is set aside and named in a value ([`Store::take_damage`]); nothing is printed here. Opening and reading write
//! nothing but caches and the setting aside, and both may fail unnoticed. Knows nothing of gates.

mod error;
mod file;
mod heads;
mod lock;
mod logs;
mod order;
mod pin;
mod prune;
mod record;
mod releases;
mod reports;
#[cfg(test)]
pub(crate) mod tests;
mod tracked;

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

pub use error::{Damage, Error, restore};
pub use heads::Heads;
pub use lock::{Holder, Lock};
pub use pin::{Pin, PinName};
pub use prune::{Policy, Pruned, retention};
pub use record::{Head, toolchain_key};

use crate::git::Tracked;
use crate::run::{Run, RunId};
use error::Doing;
use file::{Durable, Links};
use record::Flaw;

/// What git is not to see.
const IGNORED: &str = "\
# Written by cargo campaign. Commit what is not listed here: baseline.json, final.json, attestations.toml.
/.gitignore
/runs/
/logs/
/journal/
/index/
/lock
*.corrupt
.tmp-*
";

/// A run file larger than this is not read.
const RUN_LIMIT: u64 = 1 << 28;

/// A text file of the user larger than this is not read.
pub const TEXT_LIMIT: u64 = 1 << 26;

/// Writes a file that the user named, wholly or not at all; what was there is replaced. A link stays and what it leads
/// to is replaced; a device or a pipe (`/dev/stdout`) is written to.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    file::put_over(path, bytes).doing("write", path)
}

/// Writes a file that must not be there yet.
pub fn create_new(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    file::put_new(path, bytes).doing("write", path)
}

/// Puts a file of ours in place, wholly or not at all; a link of its name is replaced, never followed.
pub(crate) fn put(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    file::put(path, bytes, Durable::Yes).doing("write", path)
}

/// Reads a regular file of the user that is no larger than `limit` bytes. Never waits, as reading a named pipe would.
pub fn read_file(path: &Path, limit: u64) -> std::io::Result<Vec<u8>> {
    file::read(path, limit, Links::Followed)
}

/// Opens a regular file of the user for reading. Never waits, as opening a named pipe would.
pub fn open_file(path: &Path) -> std::io::Result<fs::File> {
    file::open(path, fs::OpenOptions::new().read(true), Links::Followed)
}

/// Reads a text file of the user; one above 64 MiB is refused.
pub fn read_text(path: &Path) -> std::io::Result<String> {
    let bytes = read_file(path, TEXT_LIMIT)?;
    String::from_utf8(bytes)
        .map_err(|_| std::io::Error::new(ErrorKind::InvalidData, "it is not UTF-8"))
}

/// Makes the entries of a folder last.
pub(crate) fn sync(dir: &Path) -> std::io::Result<()> {
    file::sync(dir)
}

/// SHA-256 in hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    record::sha256(bytes)
}

/// The campaign's folder in one workspace. Making one touches nothing; clones share what was found damaged.
#[derive(Clone, Debug)]
pub struct Store {
    dir: PathBuf,
    damage: Arc<Mutex<Vec<Damage>>>,
    tracked: Arc<OnceLock<Tracked>>,
}

impl Store {
    /// The store of the workspace with this root, whether or not it exists yet.
    pub fn open(root: &Path) -> Self {
        Self {
            dir: root.join(".campaign"),
            damage: Arc::default(),
            tracked: Arc::default(),
        }
    }

    /// The files that were passed over since this was last asked: whoever reads on must say so. Listings and readings
    /// that make do without a file would otherwise lose it silently.
    pub fn take_damage(&self) -> Vec<Damage> {
        std::mem::take(&mut *self.damage.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, damage: Damage) {
        self.damage
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(damage);
    }

    /// `<root>/.campaign`.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where edits of the user's files keep their journals; see [`crate::edit`].
    pub fn journal(&self) -> PathBuf {
        self.dir.join("journal")
    }

    /// Makes the folder and its `.gitignore`, where they are missing.
    pub fn create(&self) -> Result<(), Error> {
        self.folder(&[])?;
        let ignore = self.dir.join(".gitignore");
        match fs::symlink_metadata(&ignore) {
            Ok(_) => Ok(()),
            Err(_) => file::put(&ignore, IGNORED.as_bytes(), Durable::Yes).doing("write", &ignore),
        }
    }

    /// Could anything be kept here? Nothing is made; in a folder that is there a file is tried for a moment.
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

    /// Keeps a run; its id. Safe beside any number of other writers, whole or not there at all.
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

    /// Reads a run back. A damaged one is set aside.
    pub fn load(&self, id: &RunId) -> Result<Run, Error> {
        let none = || Error::NoRun {
            asked: id.0.clone(),
        };
        let path = self
            .path(id)
            .filter(|_| !self.is_tracked_run(id))
            .ok_or_else(none)?;
        match self.read(&path, RUN_LIMIT) {
            Err(error) if error.kind() == ErrorKind::NotFound => Err(none()),
            Err(error) => {
                self.note(Damage::unreadable(&path, &error));
                Err(error).doing("read", &path)
            }
            Ok(bytes) => record::decode(id, &bytes).map_err(|flaw| self.flawed(path, flaw)),
        }
    }

    /// The head of the run that was recorded last; `None` in an empty store.
    pub fn newest(&self) -> Option<Head> {
        self.heads().next()
    }

    /// The run that a person means: `latest`, an id, or the start of exactly one.
    pub fn resolve(&self, asked: &str) -> Result<RunId, Error> {
        let none = || Error::NoRun {
            asked: asked.to_owned(),
        };
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
            _ if asked.is_empty() => Err(none()),
            1 => ids.pop().ok_or_else(none),
            _ => Err(Error::Ambiguous {
                asked: asked.to_owned(),
                runs: ids,
            }),
        }
    }

    /// The runs that started after this moment, by the names of their files.
    pub fn ids_after(&self, moment: i64) -> Vec<RunId> {
        let stamp = record::stamp(moment);
        self.ids()
            .into_iter()
            .filter(|id| id.0[..stamp.len()] > *stamp)
            .collect()
    }

    /// Every run's id, oldest first, by the names of the files alone.
    pub fn ids(&self) -> BTreeSet<RunId> {
        let months = heads::months(&self.dir.join("runs"));
        months
            .iter()
            .flat_map(|month| self.without_tracked(heads::ids(month)))
            .collect()
    }

    /// A cache by its name; `None` when there is none or git tracks it. Whoever keeps it must be able to tell that it is damaged.
    pub fn cached(&self, name: &str) -> Option<Vec<u8>> {
        let known = !self.is_tracked(&format!("index/{name}"));
        known
            .then(|| {
                self.read(&self.dir.join("index").join(name), RUN_LIMIT)
                    .ok()
            })
            .flatten()
    }

    /// Keeps a cache. Never makes `.campaign/` itself; what fails is told, and may be ignored.
    pub fn cache(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        if !self.dir.is_dir() || self.is_tracked(&format!("index/{name}")) {
            return Ok(());
        }
        let path = self.own_folder(&["index"])?.join(name);
        file::put(&path, bytes, Durable::No).doing("write", &path)
    }

    /// Appends to a cache, unless git tracks it. Failing costs only the cache.
    fn append_to_cache(&self, name: &str, bytes: &[u8]) {
        if self.is_tracked(&format!("index/{name}")) {
            return;
        }
        if let Ok(directory) = self.own_folder(&["index"]) {
            let _ = file::append(&directory.join(name), bytes);
        }
    }

    /// Returns a directory for files that git must not see: creates it and the `.gitignore` if they are missing.
    fn own_folder(&self, parts: &[&str]) -> Result<PathBuf, Error> {
        self.create()?;
        self.folder(parts)
    }

    /// A folder below `.campaign/`, made where missing; refused when a part of the way is a link.
    fn folder(&self, parts: &[&str]) -> Result<PathBuf, Error> {
        file::folder(&self.dir, parts).map_err(|(path, source)| Error::Io {
            doing: "create",
            path,
            source,
        })
    }

    /// Reads a regular file below `.campaign/`. No link on the way is followed.
    fn read(&self, path: &Path, limit: u64) -> std::io::Result<Vec<u8>> {
        file::is_below(&self.dir, path)?;
        file::read(path, limit, Links::Refused)
    }

    /// Writes a document that lies beside the pins; its path.
    pub fn write_document(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, Error> {
        self.create()?;
        let path = self.dir.join(name);
        file::put(&path, bytes, Durable::Yes).doing("write", &path)?;
        Ok(path)
    }

    /// Where a run of this id lies; `None` when it is no id.
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

    /// What a flaw in a file means; it is noted, and a damaged file is set aside.
    fn flawed(&self, path: PathBuf, flaw: Flaw) -> Error {
        match flaw {
            Flaw::Damaged(why) => {
                let damage = file::set_aside(path, why);
                self.note(damage.clone());
                Error::Damaged(damage)
            }
            Flaw::Newer { format, tool } => {
                let why = format!(
                    "it has format {format}, which only cargo-campaign {tool} and later read"
                );
                self.note(Damage {
                    file: path.clone(),
                    why,
                    aside: None,
                });
                Error::Newer {
                    file: path,
                    format,
                    tool,
                }
            }
        }
    }

    /// Files that were set aside and are still there, sorted.
    pub fn set_aside(&self) -> Vec<PathBuf> {
        let aside = |month: &PathBuf| {
            let month = month.clone();
            heads::names(&month.clone())
                .filter(|name| name.ends_with(file::ASIDE))
                .map(move |name| month.join(name))
        };
        let mut files: Vec<PathBuf> = heads::months(&self.dir.join("runs"))
            .iter()
            .flat_map(aside)
            .collect();
        files.sort_unstable();
        files
    }
}

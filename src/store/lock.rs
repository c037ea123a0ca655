//! The lock that permits only one measuring run at a time in a workspace, and others of its kind. Readers never lock.
//!
//! It is the system's file lock, which is released even if its holder is killed. The text in the file
//! is for people only.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use super::error::Doing;
use super::file::{self, Links};
use super::{Error, Store};

/// The description of a lock's holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Process id.
    pub pid: u32,
    /// Its command: `cargo campaign run`.
    pub command: String,
    /// The time at which it began, for people.
    pub since: String,
}

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
    /// A warning if the file system has no locks, so that nothing is held.
    pub note: Option<String>,
}

impl Store {
    /// Takes the lock. If another process holds it, fails at once with its description.
    pub fn lock(&self, holder: &Holder) -> Result<Lock, Error> {
        self.lock_file("lock", holder)
    }

    /// Takes the lock of the one program that may watch this workspace, in the same way.
    pub fn lock_watch(&self, holder: &Holder) -> Result<Lock, Error> {
        // In an ignored directory, so that a `.gitignore` that an earlier version wrote hides it too.
        self.own_folder(&["index"])?;
        self.lock_file("index/watch", holder)
    }

    fn lock_file(&self, name: &str, holder: &Holder) -> Result<Lock, Error> {
        self.create()?;
        lock_file(&self.dir.join(name), holder)
    }
}

/// Takes the lock of a file, which is created if it does not exist. If another process holds it, fails at once with
/// its description.
pub fn lock_file(path: &Path, holder: &Holder) -> Result<Lock, Error> {
    let mut options = OpenOptions::new();
    // The text belongs to the current holder until the lock is taken.
    options.read(true).write(true).create(true).truncate(false);
    let mut file = file::open(path, &mut options, Links::Refused).doing("lock", path)?;
    let note = match file.try_lock() {
        Ok(()) => None,
        Err(TryLockError::WouldBlock) => return Err(Error::Busy(read(&mut file))),
        // Some network file systems have no locks, and measuring must be possible there.
        Err(TryLockError::Error(error)) => {
            Some(format!("{} cannot be locked here: {error}", path.display()))
        }
    };
    // The lock holds without this text, even on a full disk.
    let _ = write(&mut file, holder);
    Ok(Lock { _file: file, note })
}

fn write(file: &mut File, holder: &Holder) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(
        file,
        "pid {}, `{}`, since {}",
        holder.pid, holder.command, holder.since
    )
}

/// Reads the description of the holder. Empty on platforms where a locked file is unreadable.
fn read(file: &mut File) -> String {
    let mut bytes = Vec::new();
    let _ = file.take(1024).read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes)
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}

//! One measuring run at a time in a workspace. Readers never lock.
//!
//! The system's own file lock: gone with its holder, however that ended. The text in the file is for people only.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};

use super::error::Doing;
use super::file::{self, Links};
use super::{Error, Store};

/// What the holder says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Process id.
    pub pid: u32,
    /// As typed: `cargo campaign run`.
    pub command: String,
    /// When it began, for people.
    pub since: String,
}

/// Held until dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
    /// Set when nothing is held in truth, since the file system has no locks.
    pub note: Option<String>,
}

impl Store {
    /// Takes the lock, or says at once who has it.
    pub fn lock(&self, holder: &Holder) -> Result<Lock, Error> {
        self.create()?;
        let path = self.dir.join("lock");
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = file::open(&path, &mut options, Links::Refused).doing("lock", &path)?;
        let note = match file.try_lock() {
            Ok(()) => None,
            Err(TryLockError::WouldBlock) => return Err(Error::Busy(read(&mut file))),
            Err(TryLockError::Error(error)) => {
                Some(format!("{} cannot be locked here: {error}", path.display()))
            }
        };
        let _ = write(&mut file, holder);
        Ok(Lock { _file: file, note })
    }
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

/// The holder's line; empty where a locked file cannot be read.
fn read(file: &mut File) -> String {
    let mut bytes = Vec::new();
    let _ = file.take(1024).read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes)
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}

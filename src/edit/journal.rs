//! The journal of one edit: a file whose name says how far it is. Its writer and mover.
//!
//! ```text
//! .campaign/journal/edit           staging: no file of the user was touched
//! .campaign/journal/edit.commit    every file shall be new
//! .campaign/journal/edit.undo      every file shall be old again
//! ```
//!
//! Each is the same file, renamed: the rename is the decision. Knows nothing of the files of the user.

#[cfg(test)]
mod tests;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::error::{Doing, Error};
use super::frame::Flaw;
use crate::store;

/// A larger journal is not read.
const LIMIT: u64 = 1 << 30;

/// How far an edit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// New contents are written beside the originals.
    Staging,
    /// All is staged and found good: the originals are being replaced.
    Committed,
    /// Replacing failed: the originals are being put back.
    Undoing,
}

impl Phase {
    const ALL: [Self; 3] = [Self::Staging, Self::Committed, Self::Undoing];

    const fn file(self) -> &'static str {
        match self {
            Self::Staging => "edit",
            Self::Committed => "edit.commit",
            Self::Undoing => "edit.undo",
        }
    }
}

/// The journal of one edit on disk.
#[derive(Debug)]
pub(super) struct Journal {
    dir: PathBuf,
    /// How far it is.
    pub(super) phase: Phase,
}

impl Journal {
    /// Writes a new one. On failure nothing is left.
    pub(super) fn begin(dir: &Path, bytes: &[u8]) -> Result<Self, Error> {
        if let Some((open, _)) = Self::open(dir)? {
            return Err(Error::Open {
                journal: open.file(),
            });
        }
        let journal = Self {
            dir: dir.to_owned(),
            phase: Phase::Staging,
        };
        let written =
            folder(dir).and_then(|()| store::put(&journal.file(), bytes).map_err(Error::Store));
        if let Err(error) = written {
            let _ = journal.close();
            return Err(error);
        }
        Ok(journal)
    }

    /// The one that is there, and its bytes. Where nothing is under way this is one look at the disk.
    pub(super) fn open(dir: &Path) -> Result<Option<(Self, Vec<u8>)>, Error> {
        if !is_there(dir)? {
            return Ok(None);
        }
        let mut found = None;
        for phase in Phase::ALL {
            let journal = Self {
                dir: dir.to_owned(),
                phase,
            };
            let path = journal.file();
            match store::read_file(&path, LIMIT) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Ok(_) if found.is_some() => {
                    let why = "there is a second one, as no interruption leaves them";
                    return Err(Error::flawed(
                        path,
                        true,
                        Flaw::Damaged {
                            why,
                            files: Vec::new(),
                        },
                    ));
                }
                read => found = Some((journal, read.doing("read", &path)?)),
            }
        }
        Ok(found)
    }

    /// Its file.
    pub(super) fn file(&self) -> PathBuf {
        self.dir.join(self.phase.file())
    }

    /// Goes over to another phase, for good.
    pub(super) fn turn(&mut self, phase: Phase) -> Result<(), Error> {
        let (from, to) = (self.file(), self.dir.join(phase.file()));
        fs::rename(&from, &to).doing("write", &to)?;
        self.phase = phase;
        store::sync(&self.dir).doing("write", &self.dir)
    }

    /// Forgets it: the edit is over.
    pub(super) fn close(&self) -> Result<(), Error> {
        let path = self.file();
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).doing("remove", &path);
            }
            _ => {}
        }
        // What these leave undone does no harm: a journal that comes back finds its work done.
        let _ = store::sync(&self.dir);
        tidy(&self.dir);
        Ok(())
    }

    /// What is wrong with its bytes.
    pub(super) fn flawed(&self, flaw: Flaw) -> Error {
        Error::flawed(self.file(), self.phase != Phase::Staging, flaw)
    }
}

/// Is there a folder of journals? A link to one is an error: what is removed below it would not be ours.
pub(super) fn is_there(dir: &Path) -> Result<bool, Error> {
    match fs::symlink_metadata(dir) {
        Ok(found) if found.is_dir() => Ok(true),
        Ok(_) => Err(ErrorKind::NotADirectory.into()).doing("use", dir),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).doing("read", dir),
    }
}

/// Returns the inode of the folder of journals, which is made when it is missing. A journal that was copied or committed
/// lies in a folder with another one. `None` where there are no inodes.
pub(super) fn inode(dir: &Path) -> Result<Option<u64>, Error> {
    folder(dir)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        Ok(Some(fs::symlink_metadata(dir).doing("read", dir)?.ino()))
    }
    #[cfg(not(unix))]
    Ok(None)
}

/// Makes the folder of journals below the store's, which is there.
pub(super) fn folder(dir: &Path) -> Result<(), Error> {
    if is_there(dir)? {
        return Ok(());
    }
    fs::create_dir(dir).doing("create", dir)?;
    dir.parent().map_or(Ok(()), store::sync).doing("write", dir)
}

/// Removes what a dying writer left half-written, and the folder when it is empty. Only under the lock.
pub(super) fn tidy(dir: &Path) {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(b".tmp-"))
    {
        let _ = fs::remove_file(entry.path());
    }
    let _ = fs::remove_dir(dir);
}

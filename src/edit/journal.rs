//! The journal of one edit: a file whose name is the phase of the edit.
//!
//! ```text
//! .campaign/journal/edit           staging: no file of the user was changed
//! .campaign/journal/edit.commit    the edit must be completed
//! .campaign/journal/edit.undo      the edit must be undone
//! ```
//!
//! All three are the same file. Renaming it is the atomic decision. This module knows nothing about
//! the user's files.

#[cfg(test)]
mod tests;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::error::{Doing, Error};
use super::frame::Flaw;
use crate::store;

/// The largest journal that is read, in bytes.
const LIMIT: u64 = 1 << 30;

/// The phase of an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// New contents are being written next to the originals.
    Staging,
    /// The staged contents were verified, and the originals are being replaced.
    Committed,
    /// Replacing failed, and the originals are being restored.
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
    /// The phase of the edit.
    pub(super) phase: Phase,
}

impl Journal {
    /// Writes a new journal. After an error nothing is left.
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
        let written = create_directory(dir)
            .and_then(|()| store::put(&journal.file(), bytes).map_err(Error::Store));
        if let Err(error) = written {
            let _ = journal.close();
            return Err(error);
        }
        Ok(journal)
    }

    /// Returns the journal of an edit in progress and its bytes. Without one, this is a single system
    /// call.
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
                    let why = "another journal exists, which no interruption leaves behind";
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

    /// Returns the path of its file.
    pub(super) fn file(&self) -> PathBuf {
        self.dir.join(self.phase.file())
    }

    /// Changes to another phase, durably.
    pub(super) fn turn(&mut self, phase: Phase) -> Result<(), Error> {
        let (from, to) = (self.file(), self.dir.join(phase.file()));
        fs::rename(&from, &to).doing("write", &to)?;
        // The rename has decided, even if it cannot be made durable.
        self.phase = phase;
        store::sync(&self.dir).doing("write", &self.dir)
    }

    /// Removes the journal at the end of the edit.
    pub(super) fn close(&self) -> Result<(), Error> {
        let path = self.file();
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).doing("remove", &path);
            }
            _ => {}
        }
        // Failures here are harmless: if the journal reappears after a crash, its edit is complete.
        let _ = store::sync(&self.dir);
        tidy(&self.dir);
        Ok(())
    }

    /// Creates the error for its damaged bytes.
    pub(super) fn flawed(&self, flaw: Flaw) -> Error {
        Error::flawed(self.file(), self.phase != Phase::Staging, flaw)
    }
}

/// Returns whether the directory of journals exists. A link in its place is an error, because files
/// would be removed elsewhere.
pub(super) fn is_there(dir: &Path) -> Result<bool, Error> {
    match fs::symlink_metadata(dir) {
        Ok(found) if found.is_dir() => Ok(true),
        Ok(_) => Err(ErrorKind::NotADirectory.into()).doing("use", dir),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).doing("read", dir),
    }
}

/// Returns the inode of the directory of journals, which is created if it does not exist. `None` on
/// platforms without inodes.
///
/// A journal that was copied or committed lies in a directory with another inode.
pub(super) fn inode(dir: &Path) -> Result<Option<u64>, Error> {
    create_directory(dir)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        Ok(Some(fs::symlink_metadata(dir).doing("read", dir)?.ino()))
    }
    #[cfg(not(unix))]
    Ok(None)
}

/// Creates the directory of journals in the store's directory, which must exist.
pub(super) fn create_directory(dir: &Path) -> Result<(), Error> {
    if is_there(dir)? {
        return Ok(());
    }
    fs::create_dir(dir).doing("create", dir)?;
    dir.parent().map_or(Ok(()), store::sync).doing("write", dir)
}

/// Removes incomplete files of a writer that was killed, and the directory if it is empty. The caller
/// must hold the lock.
pub(super) fn tidy(dir: &Path) {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(b".tmp-"))
    {
        let _ = fs::remove_file(entry.path());
    }
    let _ = fs::remove_dir(dir);
}

//! The plan of a release in progress, so that a later command can continue it. The store knows nothing
//! about its content.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use super::error::Doing;
use super::file::{self, Durable};
use super::{Error, Store};

/// The largest file that is read, in bytes.
const LIMIT: u64 = 1 << 28;

impl Store {
    /// Returns the path of the plan.
    pub fn release_file(&self) -> PathBuf {
        self.journal().join("release")
    }

    /// Reads the plan of a release in progress. `None` if there is none.
    pub fn release(&self) -> Result<Option<String>, Error> {
        let path = self.release_file();
        match self.read(&path, LIMIT) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(error)
                if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) =>
            {
                Ok(None)
            }
            Err(error) => Err(error).doing("read", &path),
        }
    }

    /// Writes a plan before the first step. The caller must hold the lock.
    pub fn begin_release(&self, text: &str) -> Result<(), Error> {
        self.own_folder(&["journal"])?;
        let path = self.release_file();
        file::put(&path, text.as_bytes(), Durable::Yes).doing("write", &path)
    }

    /// Removes the plan after the last step.
    pub fn end_release(&self) -> Result<(), Error> {
        let path = self.release_file();
        fs::remove_file(&path).doing("remove", &path)?;
        let _ = file::sync(&self.journal());
        // Journals of interrupted edits may still be in the directory.
        let _ = fs::remove_dir(self.journal());
        Ok(())
    }
}

//! The plan of a release while it is being made, so that whoever finds it can go on. Knows nothing of what it says.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use super::error::Doing;
use super::file::{self, Durable};
use super::{Error, Store};

/// A larger file is not read.
const LIMIT: u64 = 1 << 28;

impl Store {
    /// Where the plan lies while it is being made.
    pub fn release_file(&self) -> PathBuf {
        self.journal().join("release")
    }

    /// The plan that waits; `None` when no release is under way.
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

    /// Keeps a plan, before the first step. Only under the lock.
    pub fn begin_release(&self, text: &str) -> Result<(), Error> {
        self.own_folder(&["journal"])?;
        let path = self.release_file();
        file::put(&path, text.as_bytes(), Durable::Yes).doing("write", &path)
    }

    /// Forgets it, after the last.
    pub fn end_release(&self) -> Result<(), Error> {
        let path = self.release_file();
        fs::remove_file(&path).doing("remove", &path)?;
        let _ = file::sync(&self.journal());
        let _ = fs::remove_dir(self.journal());
        Ok(())
    }
}

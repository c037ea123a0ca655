//! A folder for a moment: private, of an unused name, without white space in its path, removed when done.
//!
//! Must not know what is kept in it.

use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// Removes itself, and what is in it, when dropped.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// A new folder that only this user can enter.
    pub(crate) fn new() -> io::Result<Self> {
        Self::below(&parent())
    }

    /// The same for many small files: in memory, where the system keeps a place for that and the user named no other. On a
    /// disk, making and removing a thousand folders costs more than what cargo does with them.
    pub(crate) fn in_memory() -> io::Result<Self> {
        if std::env::temp_dir() != Path::new("/tmp") {
            return Self::new();
        }
        Self::below(Path::new("/dev/shm")).or_else(|_| Self::new())
    }

    fn below(parent: &Path) -> io::Result<Self> {
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = parent.join(format!("cargo-campaign-{}-{number}", std::process::id()));
            match builder().create(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                made => return made.map(|()| Self(path)),
            }
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is left to the system's own cleaning.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The folder for temporary files; on Unix `/tmp` when that has white space in its path.
fn parent() -> PathBuf {
    let dir = std::env::temp_dir();
    if cfg!(unix) && !is_one_word(&dir) {
        PathBuf::from("/tmp")
    } else {
        dir
    }
}

/// Can stand in a list of words: Unicode without white space.
pub(crate) fn is_one_word(path: &Path) -> bool {
    path.to_str()
        .is_some_and(|text| !text.is_empty() && !text.contains(char::is_whitespace))
}

fn builder() -> DirBuilder {
    #[allow(unused_mut, reason = "only Unix has a mode to set")]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_there_while_held_and_gone_afterwards() {
        let (one, two) = (Scratch::new().unwrap(), Scratch::new().unwrap());
        let path = one.path().to_owned();
        fs::create_dir(path.join("below")).unwrap();
        assert_ne!(one.path(), two.path());
        drop(one);
        assert!(!path.exists());
    }

    #[test]
    fn in_memory_or_not_it_is_a_folder_that_goes() {
        let scratch = Scratch::in_memory().unwrap();
        let path = scratch.path().to_owned();
        assert!(path.is_dir());
        drop(scratch);
        assert!(!path.exists());
    }

    #[test]
    fn words_have_no_white_space() {
        let table = [
            ("/a/b", true),
            ("/a b", false),
            ("/a\tb", false),
            ("", false),
        ];
        for (path, word) in table {
            assert_eq!(is_one_word(Path::new(path)), word, "{path:?}");
        }
    }
}

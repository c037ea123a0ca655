//! A temporary directory that is removed when dropped.
//!
//! It is private to the user, and its path contains no white space unless the user chose such a
//! place on Windows: cargo splits some of its variables at white space.

use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A temporary directory. It is removed with its content when dropped.
#[derive(Debug)]
pub(crate) struct TempDir(PathBuf);

impl TempDir {
    /// Creates a directory that only the current user can enter.
    pub(crate) fn new() -> io::Result<Self> {
        Self::below(&parent())
    }

    /// Creates a directory for many small files, in memory if the system has a place for that and
    /// the user chose no other.
    ///
    /// On a disk, creating and removing a thousand directories takes longer than cargo takes to
    /// read them.
    pub(crate) fn in_memory() -> io::Result<Self> {
        if std::env::temp_dir() != Path::new("/tmp") {
            return Self::new();
        }
        Self::below(Path::new("/dev/shm")).or_else(|_| Self::new())
    }

    /// Creates a directory for a build, on a disk if the user chose no other place: `/tmp` may be in
    /// memory.
    pub(crate) fn for_builds() -> io::Result<Self> {
        if std::env::temp_dir() != Path::new("/tmp") {
            return Self::new();
        }
        Self::below(Path::new("/var/tmp")).or_else(|_| Self::new())
    }

    fn below(parent: &Path) -> io::Result<Self> {
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = parent.join(format!("cargo-campaign-{}-{number}", std::process::id()));
            match builder().create(&path) {
                // A killed process may have left it, or another user may have planted it. It is
                // never reused.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                made => return made.map(|()| Self(path)),
            }
        }
    }

    /// Returns the path of the directory.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        // Files that cannot be removed are left to the system.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Returns the directory for temporary files: on Unix `/tmp` if the configured one has white space
/// in its path.
fn parent() -> PathBuf {
    let dir = std::env::temp_dir();
    if cfg!(unix) && !is_one_word(&dir) {
        PathBuf::from("/tmp")
    } else {
        dir
    }
}

/// Returns whether a path can be one word of a list: Unicode without white space.
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
    fn directory_is_removed_when_dropped() {
        let (one, two) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let path = one.path().to_owned();
        fs::create_dir(path.join("below")).unwrap();
        assert_ne!(one.path(), two.path());
        drop(one);
        assert!(!path.exists());
    }

    #[test]
    fn directory_in_memory_or_for_builds_is_removed_when_dropped() {
        for made in [TempDir::in_memory(), TempDir::for_builds()] {
            let dir = made.unwrap();
            let path = dir.path().to_owned();
            assert!(path.is_dir());
            drop(dir);
            assert!(!path.exists());
        }
    }

    #[test]
    fn path_with_white_space_is_not_one_word() {
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

//! What a command wants to make of one file: shown as a diff, then applied as it stands.
//!
//! The same value serves `--dry-run` and the writer of files, so that what was shown is what is written. Knows nothing of
//! disks.

/// One file as it is and as it shall be.
///
/// Whoever applies it does so only where the file still is as `before` says, byte for byte.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Relative to the workspace's root, `/` between, without `.` and `..`.
    pub path: String,
    /// The whole content as it was read; `None`: there must be no such file.
    pub before: Option<Vec<u8>>,
    /// The whole content as it shall be; `None`: there shall be no such file.
    pub after: Option<Vec<u8>>,
}

impl Change {
    /// New content for a file that is there.
    pub fn edit(
        path: impl Into<String>,
        before: impl Into<Vec<u8>>,
        after: impl Into<Vec<u8>>,
    ) -> Self {
        Self {
            path: path.into(),
            before: Some(before.into()),
            after: Some(after.into()),
        }
    }

    /// A file that is not there yet.
    pub fn create(path: impl Into<String>, after: impl Into<Vec<u8>>) -> Self {
        Self {
            path: path.into(),
            before: None,
            after: Some(after.into()),
        }
    }

    /// No file where there is one.
    pub fn remove(path: impl Into<String>, before: impl Into<Vec<u8>>) -> Self {
        Self {
            path: path.into(),
            before: Some(before.into()),
            after: None,
        }
    }

    /// Leaves the file as it is.
    pub fn is_idle(&self) -> bool {
        self.before == self.after
    }

    /// What takes it back.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self {
            path: self.path,
            before: self.after,
            after: self.before,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_and_its_reverse_leave_nothing() {
        for change in [
            Change::edit("a", "1", "2"),
            Change::create("a", "2"),
            Change::remove("a", "1"),
        ] {
            let back = change.clone().reversed();
            assert_eq!((&back.before, &back.after), (&change.after, &change.before));
            assert_eq!(back.reversed(), change);
            assert!(!change.is_idle());
        }
    }

    #[test]
    fn same_bytes_are_no_work() {
        assert!(Change::edit("a", "1", "1").is_idle());
        assert!(Change::default().is_idle());
    }
}

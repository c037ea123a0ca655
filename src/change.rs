//! A planned change to one file.
//!
//! `--dry-run` shows the same value that `edit` later writes, so the diff on the screen is exact.
//! Nothing here accesses the disk.

/// The content of one file before and after a change.
///
/// A change is applied only if the file still has the content in `before`, byte for byte.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Path relative to the workspace root, separated by `/`, without `.` and `..`.
    pub path: String,
    /// The content as it was read. `None` if the file must not exist.
    pub before: Option<Vec<u8>>,
    /// The new content. `None` to remove the file.
    pub after: Option<Vec<u8>>,
}

impl Change {
    /// Returns a change of an existing file.
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

    /// Returns the creation of a file that does not exist yet.
    pub fn create(path: impl Into<String>, after: impl Into<Vec<u8>>) -> Self {
        Self {
            path: path.into(),
            before: None,
            after: Some(after.into()),
        }
    }

    /// Returns the removal of an existing file.
    pub fn remove(path: impl Into<String>, before: impl Into<Vec<u8>>) -> Self {
        Self {
            path: path.into(),
            before: Some(before.into()),
            after: None,
        }
    }

    /// Returns whether the change leaves the file as it is.
    pub fn is_idle(&self) -> bool {
        self.before == self.after
    }

    /// Returns the change that undoes this one.
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
    fn reversed_change_restores_the_content() {
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
    fn change_to_the_same_content_is_idle() {
        assert!(Change::edit("a", "1", "1").is_idle());
        assert!(Change::default().is_idle());
    }
}

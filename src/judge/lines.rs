//! The mapping of lines from base to head, as reported by git.

use std::collections::{BTreeMap, BTreeSet};

use crate::lines::LineSet;

/// The mapping of lines from base to head according to `git diff -M`. It is the basis of pass 0 of
/// matching findings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LineMap {
    /// The changed files by their name in the base.
    pub files: BTreeMap<String, FileMap>,
    /// The files that only the head has.
    pub new: BTreeSet<String>,
}

/// The lines of the head that were added or changed since the base, by file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChangedLines(BTreeMap<String, LineSet>);

impl ChangedLines {
    /// Returns the lines in the hunks of a map, and all lines of new files.
    pub fn new<'a>(map: &LineMap, new_files: impl IntoIterator<Item = &'a String>) -> Self {
        let mut all = LineSet::default();
        all.add(1, u32::MAX);
        let new = new_files
            .into_iter()
            .map(|file| (file.clone(), all.clone()));
        let changed = map.files.values().filter_map(|file| {
            let name = file.to.clone()?;
            Some((name, file.changed()))
        });
        Self(new.chain(changed).collect())
    }

    /// Returns those of a file.
    pub(super) fn of_file(&self, file: &str) -> Option<&LineSet> {
        self.0.get(file)
    }
}

/// One changed file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileMap {
    /// Name in the head. `None` for a deleted file.
    pub to: Option<String>,
    /// `(base first line, base count, head first line, head count)` of each hunk, ascending, as in
    /// `@@ -a,b +c,d @@` without context.
    pub hunks: Vec<(u32, u32, u32, u32)>,
}

impl LineMap {
    /// Returns the place of an unchanged line in the head. `None` if it was edited or deleted.
    pub fn head(&self, file: &str, line: u32) -> Option<(String, u32)> {
        let (file, line, exact) = self.near(file, line);
        exact.then(|| (file.to_owned(), line))
    }

    /// Returns whether the head has neither this file of the base nor a renamed one.
    pub(super) fn is_deleted(&self, file: &str) -> bool {
        self.files.get(file).is_some_and(|map| map.to.is_none())
    }

    /// Returns the place of a line in the head and whether it is unchanged. An edited line is at the
    /// start of its replacement, and a line of a deleted file keeps its place.
    pub(super) fn near<'a>(&'a self, file: &'a str, line: u32) -> (&'a str, u32, bool) {
        let Some(map) = self.files.get(file) else {
            return (file, line, true);
        };
        let Some(to) = &map.to else {
            return (file, line, false);
        };
        let (line, exact) = map.line(line);
        (to, line, exact)
    }
}

impl FileMap {
    /// Returns the lines of the head that were added or changed.
    pub(super) fn changed(&self) -> LineSet {
        let mut lines = LineSet::default();
        for (_, _, first, count) in &self.hunks {
            if let Some(more) = count.checked_sub(1) {
                lines.add(*first, first.saturating_add(more));
            }
        }
        lines
    }

    /// Returns the line in the head and whether it is unchanged.
    fn line(&self, line: u32) -> (u32, bool) {
        let mut shift = 0_i64;
        for (first, count, to, replaced) in &self.hunks {
            // `-a,0` inserts after line `a`, so the next line of the base is `a + 1`.
            let next = if *count == 0 {
                first.saturating_add(1)
            } else {
                *first
            };
            if line < next {
                break;
            }
            if line - next < *count {
                return (*to, false);
            }
            shift += i64::from(*replaced) - i64::from(*count);
        }
        // Only hunks that git would not write lead outside of the range of a line number.
        u32::try_from(i64::from(line) + shift).map_or((line, false), |line| (line, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(to: Option<&str>, hunks: &[(u32, u32, u32, u32)]) -> LineMap {
        let file = FileMap {
            to: to.map(str::to_owned),
            hunks: hunks.to_vec(),
        };
        LineMap {
            files: BTreeMap::from([("a.rs".to_owned(), file)]),
            ..LineMap::default()
        }
    }

    #[test]
    fn unchanged_lines_move_by_what_was_inserted_and_deleted_above() {
        // Two lines inserted after 3; 10 and 11 replaced by one; 20 deleted.
        let map = map(
            Some("b.rs"),
            &[(3, 0, 4, 2), (10, 2, 12, 1), (20, 1, 20, 0)],
        );
        let table = [
            (1, Some(1)),
            (3, Some(3)),
            (4, Some(6)),
            (9, Some(11)),
            (10, None),
            (11, None),
            (12, Some(13)),
            (19, Some(20)),
            (20, None),
            (21, Some(21)),
        ];
        for (line, expected) in table {
            assert_eq!(
                map.head("a.rs", line),
                expected.map(|line| ("b.rs".to_owned(), line)),
                "line {line}"
            );
        }
        assert_eq!(
            map.head("untouched.rs", 7),
            Some(("untouched.rs".to_owned(), 7))
        );
    }

    #[test]
    fn edited_lines_are_near_what_replaced_them_and_deleted_files_map_nowhere() {
        assert_eq!(
            map(Some("b.rs"), &[(10, 2, 30, 1)]).near("a.rs", 11),
            ("b.rs", 30, false)
        );
        assert_eq!(map(None, &[]).head("a.rs", 1), None);
        assert_eq!(map(None, &[]).near("a.rs", 5), ("a.rs", 5, false));
    }

    #[test]
    fn hunks_that_git_would_not_write_map_nowhere() {
        let max = u32::MAX;
        assert_eq!(
            map(Some("b.rs"), &[(1, 3, 1, 0), (1, 0, 1, 0)]).head("a.rs", 2),
            None
        );
        assert_eq!(map(Some("b.rs"), &[(0, 0, 1, max)]).head("a.rs", 5), None);
        assert_eq!(
            map(Some("b.rs"), &[(max, 0, 1, 1)])
                .head("a.rs", 5)
                .map(|(_, line)| line),
            Some(5)
        );
    }
}

//! The coverage of the lines that were added or changed since the base.

use std::collections::BTreeMap;

use super::LineMap;
use crate::lines::LineSet;
use crate::plan::Collector;
use crate::run::View;
use crate::snapshot::{ExecutedLines, Patch};

/// Returns the coverage of the changed lines for each collector of the head that counts executions.
/// Empty if these are unknown.
pub(super) fn patches(
    base: &View,
    head: &View,
    lines: Option<&LineMap>,
) -> BTreeMap<Collector, Patch> {
    let changed = match lines.and_then(ChangedLines::new) {
        Some(changed) => changed,
        None if base.provenance.tree == head.provenance.tree => ChangedLines::default(),
        None => return BTreeMap::new(),
    };
    let collectors = head.snapshot.executions.iter();
    collectors
        .map(|(collector, files)| {
            let files = files.iter().filter_map(|(file, lines)| {
                let lines = changed.of_file(file, lines);
                (!lines.executed.is_empty() || !lines.missed.is_empty())
                    .then(|| (file.clone(), lines))
            });
            let patch = Patch {
                files: files.collect(),
            };
            (collector.clone(), patch)
        })
        .collect()
}

/// The lines of the head that were added or changed, by file.
#[derive(Default)]
struct ChangedLines(BTreeMap<String, LineSet>);

impl ChangedLines {
    /// Reads them from a map. `None` if it is unknown which files are new.
    fn new(map: &LineMap) -> Option<Self> {
        let new_files = map.new_files.as_ref()?;
        let changed = map.files.values().filter_map(|file| {
            let name = file.to.clone()?;
            Some((name, file.changed()))
        });
        let mut all = LineSet::default();
        all.add(1, u32::MAX);
        let new = new_files.iter().map(|file| (file.clone(), all.clone()));
        Some(Self(changed.chain(new).collect()))
    }

    /// Returns those of the lines of a file.
    fn of_file(&self, file: &str, lines: &ExecutedLines) -> ExecutedLines {
        let Some(changed) = self.0.get(file) else {
            return ExecutedLines::default();
        };
        ExecutedLines {
            packages: lines.packages.clone(),
            executed: lines.executed.among(changed),
            missed: lines.missed.among(changed),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::judge::FileMap;

    fn view(tree: &str) -> View {
        let files = ["a.rs", "b.rs", "c.rs"].map(|file| {
            let lines = ExecutedLines {
                packages: vec![file[..1].to_owned()],
                executed: "1-5".parse().unwrap(),
                missed: "6-9".parse().unwrap(),
            };
            (file.to_owned(), lines)
        });
        let mut view = View::default();
        view.provenance.tree = tree.to_owned();
        let collector = Collector::named("planted");
        view.snapshot.executions = [(collector, files.into())].into();
        view
    }

    /// Returns `FILE EXECUTED MISSED` for each file, and the percentages of the workspace and of package `a`.
    fn shown(base: &str, lines: Option<&LineMap>) -> (Vec<String>, Option<(f64, f64)>) {
        let patches = patches(&view(base), &view("head"), lines);
        let patch = patches.values().next();
        let files = patch.iter().flat_map(|patch| &patch.files);
        let files =
            files.map(|(file, lines)| format!("{file} {} {}", lines.executed, lines.missed));
        (
            files.collect(),
            patch.map(|patch| (patch.percent(None), patch.percent(Some("a")))),
        )
    }

    #[test]
    fn changed_lines_are_those_of_hunks_and_new_files() {
        // LineSet 5 and 6 of `a.rs` replace one, and two were deleted behind line 8.
        let file = FileMap {
            to: Some("a.rs".to_owned()),
            hunks: vec![(5, 1, 5, 2), (10, 2, 8, 0)],
        };
        let mut map = LineMap {
            files: [("old.rs".to_owned(), file)].into(),
            new_files: Some(BTreeSet::from(["c.rs".to_owned()])),
        };
        let expected = ["a.rs 5 6", "c.rs 1-5 6-9"].map(str::to_owned);
        assert_eq!(
            shown("base", Some(&map)),
            (expected.into(), Some((600.0 / 11.0, 50.0)))
        );
        map.new_files = None;
        assert_eq!(shown("base", Some(&map)), (Vec::new(), None));
    }

    #[test]
    fn nothing_changed_in_an_equal_tree() {
        assert_eq!(shown("head", None), (Vec::new(), Some((100.0, 100.0))));
        assert_eq!(shown("base", None), (Vec::new(), None));
    }
}

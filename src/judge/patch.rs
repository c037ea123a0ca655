//! The coverage of the lines that were added or changed since the base.

use std::collections::BTreeMap;

use super::lines::ChangedLines;
use crate::plan::Collector;
use crate::run::View;
use crate::snapshot::{ExecutedLines, Patch, UnknownPatch};

/// Returns the coverage of the changed lines for each collector of the head that counts executions.
pub fn patches(
    head: &View,
    changed: Result<&ChangedLines, &UnknownPatch>,
) -> BTreeMap<Collector, Result<Patch, UnknownPatch>> {
    let collectors = head.snapshot.executions.iter();
    let patches = collectors.map(|(collector, files)| {
        let patch = changed.map_err(UnknownPatch::clone).map(|changed| Patch {
            files: changed_of(files, changed),
        });
        (collector.clone(), patch)
    });
    patches.collect()
}

/// Returns the changed lines of each file that has any.
fn changed_of(
    files: &BTreeMap<String, ExecutedLines>,
    changed: &ChangedLines,
) -> BTreeMap<String, ExecutedLines> {
    let files = files.iter().filter_map(|(file, lines)| {
        let changed = changed.of_file(file)?;
        let lines = ExecutedLines {
            packages: lines.packages.clone(),
            executed: lines.executed.among(changed),
            missed: lines.missed.among(changed),
        };
        let is_empty = lines.executed.is_empty() && lines.missed.is_empty();
        (!is_empty).then(|| (file.clone(), lines))
    });
    files.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{FileMap, LineMap};

    fn view() -> View {
        let files = ["a.rs", "b.rs", "c.rs"].map(|file| {
            let lines = ExecutedLines {
                packages: vec![file[..1].to_owned()],
                executed: "1-5".parse().unwrap(),
                missed: "6-9".parse().unwrap(),
            };
            (file.to_owned(), lines)
        });
        let mut view = View::default();
        let collector = Collector::named("planted");
        view.snapshot.executions = [(collector, files.into())].into();
        view
    }

    /// Returns `FILE EXECUTED MISSED` for each file, and the percentages of the workspace and of package `a`.
    fn shown(changed: &ChangedLines) -> (Vec<String>, (f64, f64)) {
        let patches = patches(&view(), Ok(changed));
        let patch = patches.values().next().unwrap().as_ref().unwrap();
        let files = patch.files.iter();
        let files =
            files.map(|(file, lines)| format!("{file} {} {}", lines.executed, lines.missed));
        let percentages = (patch.percent(None), patch.percent(Some("a")));
        (files.collect(), percentages)
    }

    #[test]
    fn changed_lines_are_those_of_hunks_and_new_files() {
        // Lines 5 and 6 of `a.rs` replace one, and two were deleted behind line 8.
        let renamed = FileMap {
            to: Some("a.rs".to_owned()),
            hunks: vec![(5, 1, 5, 2), (10, 2, 8, 0)],
        };
        let map = LineMap {
            files: [("old.rs".to_owned(), renamed)].into(),
            ..LineMap::default()
        };
        // Git lists a renamed file as one that only the head has.
        let new_files = ["a.rs", "c.rs"].map(str::to_owned);
        let expected = ["a.rs 5 6", "c.rs 1-5 6-9"].map(str::to_owned);
        assert_eq!(
            shown(&ChangedLines::new(&map, &new_files)),
            (expected.into(), (600.0 / 11.0, 50.0))
        );
        assert_eq!(
            shown(&ChangedLines::default()),
            (Vec::new(), (100.0, 100.0))
        );
    }
}

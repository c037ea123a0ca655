//! Checks that the units which cargo reported were compiled.
//!
//! Cargo relies on the exit status of the compiler and on the files that exist afterwards. A
//! wrapper or a procedural macro that ends the compiler with status 0 leaves the files of an
//! earlier build. Cargo takes them for new ones, and later for fresh ones.
//!
//! Such a compiler does not write the unit's dep-info, which rustc writes in each compilation.
//! Cargo writes `invoked.timestamp` in the same file system before it starts rustc, so the times of
//! both files can be compared without a clock. If either is not found, only the existence of the
//! unit's files is checked.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::target_dir::{dep_info, last_invoked, read_text};
use crate::decode::built;
use crate::event::{Artifact, Flaw, Uncompiled};
use crate::probe::{normalize, relative};
use crate::tree;
use crate::workspace::Workspace;

/// Returns the units that were not compiled although cargo reported them.
pub(super) fn uncompiled(units: &[Artifact], workspace: &Workspace) -> Vec<Uncompiled> {
    let root = &workspace.root;
    units
        .iter()
        .filter_map(|unit| {
            let (file, flaw) = flaw(unit, root)?;
            Some(Uncompiled {
                package: unit.package.clone(),
                target_kind: unit.target_kind.clone(),
                target: unit.target.clone(),
                test: unit.test,
                file: relative(root, &file),
                flaw,
            })
        })
        .collect()
}

/// Returns the file that shows that a unit was not compiled.
fn flaw(unit: &Artifact, root: &Path) -> Option<(PathBuf, Flaw)> {
    let files: Vec<PathBuf> = unit
        .files
        .iter()
        .map(|file| normalize(root, file))
        .collect();
    if let Some(missing) = files.iter().find(|file| !file.exists()) {
        return Some((missing.clone(), Flaw::Missing));
    }

    let dep_info = files
        .iter()
        .find_map(|file| dep_info(file, &unit.package))?;
    let written = tree::written(&fs::metadata(&dep_info).ok()?)?;
    // Cargo does not start the compiler for a fresh unit, so its timestamp is that of an earlier
    // build.
    let is_outdated = if unit.fresh {
        is_older_than_sources(&dep_info, written, root)
    } else {
        last_invoked(&dep_info, &unit.package).is_some_and(|invoked| written < invoked)
    };
    is_outdated.then_some((dep_info, Flaw::Outdated))
}

/// Returns whether a source file changed after the dep-info was written. Cargo considers such a
/// unit fresh only if it believes that the unit was compiled since.
fn is_older_than_sources(dep_info: &Path, written: SystemTime, root: &Path) -> bool {
    let Some(text) = read_text(dep_info) else {
        return false;
    };
    // With checksums in dep-info, cargo compares contents instead of times.
    if text.contains("\n# checksum:") {
        return false;
    }
    built::dep_info(&text)
        .files
        .iter()
        .filter_map(|file| fs::metadata(root.join(file)).ok()?.modified().ok())
        .any(|modified| modified > written)
}

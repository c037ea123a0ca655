//! Checks that the units which cargo reported were compiled.
//!
//! Cargo relies on the compiler's exit status and on the files that exist afterwards. A wrapper or a procedural macro that
//! ends the compiler with status 0 leaves the files of an earlier build, and cargo takes them for new ones, and later for
//! fresh ones.
//!
//! What such a compiler cannot do by accident is write the unit's dep-info. rustc writes it in each compilation, and cargo
//! writes `invoked.timestamp` before it starts rustc, in the same file system; comparing the two needs no clock. Both of
//! cargo's layouts are known: `deps/NAME-HASH.d` with `.fingerprint/PACKAGE-HASH`, and `build/PACKAGE/HASH/out/NAME.d` with
//! `build/PACKAGE/HASH/fingerprint`. Where either file is not found, only the existence of the unit's files is checked.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::inputs::{is_hash, read_text, resolved};
use crate::decode::built;
use crate::event::{Artifact, Flaw, Uncompiled};
use crate::probe::{entries, relative};
use crate::tree;
use crate::workspace::Workspace;

/// Returns the units that were not compiled, although cargo reported them.
pub(super) fn uncompiled(units: &[Artifact], workspace: &Workspace) -> Vec<Uncompiled> {
    let root = &workspace.root;
    let found = units.iter().filter_map(|unit| {
        let (file, flaw) = flaw(unit, root)?;
        Some(Uncompiled {
            package: unit.package.clone(),
            target_kind: unit.target_kind.clone(),
            target: unit.target.clone(),
            test: unit.test,
            file: relative(root, &file),
            flaw,
        })
    });
    found.collect()
}

/// Returns the file which shows that a unit was not compiled.
fn flaw(unit: &Artifact, root: &Path) -> Option<(PathBuf, Flaw)> {
    let files: Vec<PathBuf> = unit.files.iter().map(|file| resolved(root, file)).collect();
    if let Some(missing) = files.iter().find(|file| !file.exists()) {
        return Some((missing.clone(), Flaw::Missing));
    }
    let dep_info = files
        .iter()
        .find_map(|file| dep_info(file, &unit.package))?;
    let written = tree::written(&fs::metadata(&dep_info).ok()?)?;
    let is_outdated = if unit.fresh {
        is_older_than_sources(&dep_info, written, root)
    } else {
        invoked(&dep_info, &unit.package).is_some_and(|invoked| written < invoked)
    };
    is_outdated.then_some((dep_info, Flaw::Outdated))
}

/// Whether a source file changed after the dep-info was written. Cargo calls such a unit fresh only if it believes that
/// it was compiled since.
fn is_older_than_sources(dep_info: &Path, written: SystemTime, root: &Path) -> bool {
    let Some(text) = read_text(dep_info) else {
        return false;
    };
    // With checksums in dep-info, cargo compares content and not times.
    if text.contains("\n# checksum:") {
        return false;
    }
    let modified = |file: &String| fs::metadata(resolved(root, file)).ok()?.modified().ok();
    built::dep_info(&text)
        .files
        .iter()
        .filter_map(modified)
        .any(|modified| modified > written)
}

/// The time at which cargo last started the compiler for the unit with this dep-info.
fn invoked(dep_info: &Path, package: &str) -> Option<SystemTime> {
    const NAME: &str = "invoked.timestamp";
    let dir = dep_info.parent()?;
    let stem = dep_info.file_stem()?.to_string_lossy();
    let unit = unit_hash(&stem).map(|hash| format!("{package}-{hash}"));
    // The dep-info of a build script lies one directory deeper.
    let units = unit.iter().flat_map(|unit| {
        ["../.fingerprint", "../../.fingerprint"].map(|to| dir.join(to).join(unit))
    });
    units
        .chain([dir.join("../fingerprint")])
        .find_map(|dir| fs::metadata(dir.join(NAME)).ok()?.modified().ok())
}

/// Returns the dep-info of the unit of a package that a file belongs to.
pub(super) fn dep_info(file: &Path, package: &str) -> Option<PathBuf> {
    let (dir, stem) = (
        file.parent()?,
        file.file_stem()?.to_string_lossy().into_owned(),
    );
    let plain = stem
        .strip_prefix("lib")
        .filter(|plain| unit_hash(plain).is_some())
        .unwrap_or(&stem);
    if unit_hash(plain).is_some() {
        return Some(dir.join(format!("{plain}.d"))).filter(|path| path.is_file());
    }
    if stem == "build-script-build" {
        return entries(dir)
            .into_iter()
            .find(|path| path.extension().is_some_and(|extension| extension == "d"));
    }
    linked(file, &stem, package)
        .map(|unit| unit.with_extension("d"))
        .filter(|path| path.is_file())
}

/// Returns the file that cargo linked a binary or an example from. It has the same content, so the same size and time.
fn linked(file: &Path, stem: &str, package: &str) -> Option<PathBuf> {
    let found = fs::metadata(file).ok()?;
    let (dir, name) = (file.parent()?, file.file_name()?);
    let start = format!("{}-", stem.replace('-', "_"));
    let is_unit = |path: &PathBuf| {
        let stem = path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default();
        path.extension() == file.extension() && stem.strip_prefix(&start).is_some_and(is_hash)
    };
    let hashed = [dir.join("deps"), dir.to_owned()]
        .into_iter()
        .flat_map(|dir| entries(&dir))
        .filter(is_unit);
    // The profile's directory is above that of the examples.
    let units = dir
        .ancestors()
        .take(2)
        .flat_map(|dir| entries(&dir.join("build").join(package)));
    let same_name = units.map(|unit| unit.join("out").join(name));
    hashed.chain(same_name).find(|path| {
        let other = fs::metadata(path).ok();
        other.is_some_and(|other| {
            other.len() == found.len() && other.modified().ok() == found.modified().ok()
        })
    })
}

/// The hash at the end of a unit's name.
fn unit_hash(stem: &str) -> Option<&str> {
    stem.rsplit_once('-')
        .map(|(_, hash)| hash)
        .filter(|hash| is_hash(hash))
}

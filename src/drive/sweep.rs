//! Finds the units in a directory of cargo's that no recorded build used, and removes them.
//!
//! A unit is one compilation or one run of a build script. All of its files carry its hash:
//!
//! | | older layout | newer layout |
//! |---|---|---|
//! | files of a unit | `.fingerprint/PACKAGE-HASH`, `build/PACKAGE-HASH`, `deps/NAME-HASH*`, `examples/NAME-HASH*` | `build/PACKAGE/HASH` |
//!
//! Cargo's messages name the artifacts of every unit that a build used, also of those that were fresh.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::renewal;
use super::target_dir::{self, is_hash, unit_hash, without_hash};
use crate::decode::built::Built;
use crate::probe::entries;
use crate::process::Cancel;
use crate::store;

/// The place of a unit: the directory of its profile, and its hash.
pub type UnitPlace = (PathBuf, String);

/// A unit in a directory of cargo's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredUnit {
    /// Where it is.
    pub place: UnitPlace,
    /// Name of the package, or of the crate if only its artifacts are left.
    pub package: String,
    /// Its files and directories, in the order in which they are removed.
    pub paths: Vec<PathBuf>,
    /// The space that removing it frees.
    pub bytes: u64,
    /// When it was last written or read.
    pub used: SystemTime,
}

/// Returns the units in a directory of cargo's. Documentation is left out: its files have no hash.
pub fn units(build_dir: &Path) -> Vec<StoredUnit> {
    target_dir::profiles(build_dir)
        .flat_map(|profile| units_of(&profile))
        .collect()
}

fn units_of(profile: &Path) -> Vec<StoredUnit> {
    let mut found: BTreeMap<String, (String, Vec<PathBuf>)> = BTreeMap::new();
    // Cargo builds a unit without a fingerprint again, so that one that is removed in part does no harm.
    for directory in [".fingerprint", "build", "deps", "examples"] {
        for path in entries(&profile.join(directory)) {
            let name = plain_name(&path);
            let Some(hash) = unit_hash(&name) else {
                continue;
            };
            let package = without_hash(&name).to_owned();
            let unit = found.entry(hash.to_owned());
            unit.or_insert_with(|| (package, Vec::new())).1.push(path);
        }
    }
    let fingerprints = profile.join(".fingerprint");
    found.retain(|_, (_, paths)| {
        let mut paths = paths.iter();
        paths.any(|path| !path.starts_with(&fingerprints))
    });
    let newer = entries(&profile.join("build")).into_iter();
    let newer = newer.flat_map(|package| {
        let units = entries(&package).into_iter();
        let units = units.filter(|unit| ["out", "run"].iter().any(|dir| unit.join(dir).is_dir()));
        let name = plain_name(&package);
        units.map(move |unit| (plain_name(&unit), (name.clone(), vec![unit])))
    });
    found.extend(newer.filter(|(hash, _)| is_hash(hash)));
    let units = found.into_iter().map(|(hash, (package, paths))| {
        let contents = Contents::of(&paths);
        StoredUnit {
            place: (profile.to_owned(), hash),
            package,
            paths,
            bytes: contents.bytes,
            used: contents.used,
        }
    });
    units.collect()
}

/// What matters of the files below some paths.
struct Contents {
    bytes: u64,
    used: SystemTime,
}

impl Contents {
    fn of(paths: &[PathBuf]) -> Self {
        let mut contents = Self {
            bytes: 0,
            used: SystemTime::UNIX_EPOCH,
        };
        let mut open = paths.to_vec();
        while let Some(path) = open.pop() {
            let Ok(found) = fs::symlink_metadata(&path) else {
                continue;
            };
            // Looking into a directory reads it.
            let accessed = found.accessed().ok().filter(|_| found.is_file());
            let times = [found.modified().ok(), accessed];
            contents.used = times
                .into_iter()
                .flatten()
                .fold(contents.used, SystemTime::max);
            contents.bytes += freed(&found);
            if found.is_dir() {
                open.extend(entries(&path));
            }
        }
        contents
    }
}

/// Returns the space that removing a file frees. A file with another name stays.
#[cfg(unix)]
fn freed(found: &Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    let is_shared = found.is_file() && found.nlink() > 1;
    if is_shared { 0 } else { found.blocks() * 512 }
}

#[cfg(not(unix))]
fn freed(found: &Metadata) -> u64 {
    found.len()
}

/// Returns the places of the units that a build used, according to a transcript of cargo's messages.
/// `directories` are those in which cargo builds.
pub fn used_units(transcript: &Path, directories: &BTreeSet<PathBuf>) -> BTreeSet<UnitPlace> {
    let Ok(file) = store::open_file(transcript) else {
        return BTreeSet::new();
    };
    let lines = BufReader::new(file).split(b'\n').map_while(Result::ok);
    let mut used = BTreeSet::new();
    for line in lines {
        match Built::read(&String::from_utf8_lossy(&line)) {
            Some(Built::CompilerArtifact { filenames, .. }) => {
                let files: Vec<&Path> = filenames.iter().map(Path::new).collect();
                let mut places: Vec<_> = files.iter().filter_map(|file| place(file)).collect();
                if places.is_empty() {
                    let namesakes = files.iter().map(|file| namesakes(file, directories));
                    places = namesakes.flatten().collect();
                }
                used.extend(places);
            }
            Some(Built::BuildScriptExecuted { out_dir, .. }) => {
                used.extend(place(Path::new(&out_dir)));
            }
            Some(Built::BuildFinished {}) => break,
            None => {}
        }
    }
    used
}

/// Returns the places of all units of a program, an example or a library whose file has no hash in its
/// name. Which of them a build linked it to is not known once another build has replaced the link.
fn namesakes(file: &Path, directories: &BTreeSet<PathBuf>) -> Vec<UnitPlace> {
    let name = plain_name(file).replace('-', "_");
    let library = name.strip_prefix("lib").unwrap_or(&name);
    let targets = [("bin", &*name), ("example", &name), ("lib", library)];
    let targets = targets.map(|(kind, name)| format!("{kind}_{name}"));
    let profiles = file.ancestors().skip(1).take(2).flat_map(|profile| {
        let below = directories
            .iter()
            .find_map(|dir| profile.strip_prefix(dir).ok());
        directories
            .iter()
            .filter_map(move |dir| Some(dir.join(below?)))
    });
    profiles
        .flat_map(|profile| renewal::fingerprints_of(&profile, &targets))
        .filter_map(|fingerprint| place(&fingerprint))
        .collect()
}

/// Returns the place of the unit that a path belongs to.
fn place(path: &Path) -> Option<UnitPlace> {
    path.ancestors().find_map(|path| {
        let (above, name) = (path.parent()?, plain_name(path));
        let directory = above.file_name()?.to_str()?;
        if [".fingerprint", "build", "deps", "examples"].contains(&directory)
            && let Some(hash) = unit_hash(&name)
        {
            return Some((above.parent()?.to_owned(), hash.to_owned()));
        }
        let packages = above.parent()?;
        let is_newer = is_hash(&name) && packages.file_name()? == "build";
        is_newer.then(|| Some((packages.parent()?.to_owned(), name)))?
    })
}

/// Returns the name of a file up to its first dot: `lib-0123456789abcdef.rlib` and
/// `lib-0123456789abcdef.lib.0-cgu.rcgu.o` belong to one unit.
fn plain_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // The name of the directory is `.fingerprint`.
    let end = name.char_indices().skip(1).find(|(_, c)| *c == '.');
    name[..end.map_or(name.len(), |(at, _)| at)].to_owned()
}

/// Returns the directories of incremental compilation that were not written for this time, except the
/// newest of each crate. Without them, the next compilation of the crate takes longer.
pub fn incremental(build_dir: &Path, now: SystemTime, age: Duration) -> Vec<StoredUnit> {
    let mut found = Vec::new();
    for profile in target_dir::profiles(build_dir) {
        let mut crates: BTreeMap<String, Vec<StoredUnit>> = BTreeMap::new();
        for path in entries(&profile.join("incremental")) {
            let name = plain_name(&path);
            let Some((package, session)) = name.rsplit_once('-') else {
                continue;
            };
            let contents = Contents::of(std::slice::from_ref(&path));
            crates
                .entry(package.to_owned())
                .or_default()
                .push(StoredUnit {
                    place: (profile.clone(), session.to_owned()),
                    package: package.to_owned(),
                    paths: vec![path],
                    bytes: contents.bytes,
                    used: contents.used,
                });
        }
        for (_, mut sessions) in crates {
            sessions.sort_by_key(|session| session.used);
            sessions.pop();
            found.extend(sessions);
        }
    }
    found.retain(|session| is_older(session, now, age));
    found
}

/// Returns whether a unit was neither written nor read for a time.
pub fn is_older(unit: &StoredUnit, now: SystemTime, age: Duration) -> bool {
    now.duration_since(unit.used)
        .is_ok_and(|unused| unused >= age)
}

/// Removes units, while no cargo builds in their profiles. `blocked` is called if one does. Returns the
/// number of removed units; the rest is left after an interrupt.
///
/// # Errors
/// If a path cannot be removed, or does not lie in a directory that cargo marked as its own.
pub fn remove(
    units: &[StoredUnit],
    cancel: &Cancel,
    blocked: &mut dyn FnMut(),
) -> io::Result<usize> {
    let mut profiles: BTreeMap<&Path, Vec<&StoredUnit>> = BTreeMap::new();
    for unit in units {
        profiles.entry(&unit.place.0).or_default().push(unit);
    }
    let mut removed = 0;
    for (profile, units) in profiles {
        let _locks = renewal::lock(profile, cancel, blocked)?;
        for unit in units {
            if cancel.is_set() {
                return Ok(removed);
            }
            for path in &unit.paths {
                renewal::check_place(profile, path)?;
                renewal::remove(path)?;
            }
            removed += 1;
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unit_of_a_path_is_found_in_both_layouts() {
        const HASH: &str = "0123456789abcdef";
        for (path, expected) in [
            (
                "/t/debug/deps/libcore-0123456789abcdef.rlib",
                Some("/t/debug"),
            ),
            ("/t/debug/deps/core-0123456789abcdef", Some("/t/debug")),
            (
                "/t/debug/deps/core-0123456789abcdef.core.0-cgu.0.rcgu.o",
                Some("/t/debug"),
            ),
            (
                "/t/x86/release/examples/a-0123456789abcdef",
                Some("/t/x86/release"),
            ),
            (
                "/t/debug/build/core-0123456789abcdef/build-script-build",
                Some("/t/debug"),
            ),
            ("/t/debug/build/core-0123456789abcdef/out", Some("/t/debug")),
            (
                "/t/debug/build/core/0123456789abcdef/out/libcore.rlib",
                Some("/t/debug"),
            ),
            ("/t/debug/build/core/0123456789abcdef", Some("/t/debug")),
            (
                "/t/debug/.fingerprint/core-0123456789abcdef",
                Some("/t/debug"),
            ),
            ("/t/debug/core", None),
            ("/t/doc/core/index.html", None),
            ("/home/a-0123456789abcdef/t/debug/core", None),
        ] {
            let expected = expected.map(|profile| (PathBuf::from(profile), HASH.to_owned()));
            assert_eq!(place(Path::new(path)), expected, "{path}");
        }
    }
}

//! Removing build output that no recent build used.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::Result;

use super::context::Context;
use super::exit::{Exit, Stop};
use super::revision;
use crate::drive::sweep::{
    StoredUnit, UnitPlace, incremental, is_older, remove, units, used_units,
};
use crate::report::sweep::PackageOutput;

/// The build output that a sweep would remove and keep.
pub(crate) struct Sweepable {
    pub(crate) unused: Vec<StoredUnit>,
    pub(crate) incremental: Vec<StoredUnit>,
    /// The units that stay.
    pub(crate) kept: usize,
    /// The number of recorded runs whose builds are known.
    pub(crate) runs: usize,
}

impl Sweepable {
    /// Returns the space that a sweep frees.
    pub(crate) fn bytes(&self) -> u64 {
        self.all().map(|unit| unit.bytes).sum()
    }

    /// Returns the build output of each package that a sweep removes.
    pub(crate) fn packages(&self) -> Vec<PackageOutput> {
        let mut packages: BTreeMap<&str, PackageOutput> = BTreeMap::new();
        for unit in self.all() {
            let package = packages.entry(&unit.package).or_default();
            package.name.clone_from(&unit.package);
            package.units += 1;
            package.bytes += unit.bytes;
        }
        packages.into_values().collect()
    }

    fn all(&self) -> impl Iterator<Item = &StoredUnit> {
        self.unused.iter().chain(&self.incremental)
    }
}

/// Finds the units that no run with logs used and that were neither written nor read for `older_than`.
///
/// # Errors
/// If it is not an age, or if no recorded run says which units builds use.
pub(crate) fn find(cx: &Context, older_than: &str) -> Result<Sweepable> {
    let age = revision::age(older_than).ok_or_else(|| {
        Stop::new(Exit::Usage, format!("invalid age `{older_than}`")).help("write 30d, 12w or 36h")
    })?;
    let directories = directories(cx)?;
    let (runs, used) = used(cx, &directories);
    if used.is_empty() {
        let what = "no recorded run says which units builds use";
        return Err(Stop::new(Exit::NoVerdict, what)
            .help("cargo campaign run")
            .into());
    }
    let now = cx.system_now();
    let mut found = Sweepable {
        unused: Vec::new(),
        incremental: Vec::new(),
        kept: 0,
        runs,
    };
    for directory in directories {
        let (unused, kept): (Vec<_>, Vec<_>) = units(&directory)
            .into_iter()
            .partition(|unit| !used.contains(&unit.place) && is_older(unit, now, age));
        found.unused.extend(unused);
        found.kept += kept.len();
        found.incremental.extend(incremental(&directory, now, age));
    }
    Ok(found)
}

/// Returns the directories in which cargo builds.
fn directories(cx: &Context) -> Result<BTreeSet<PathBuf>> {
    let described = cx.described()?;
    let workspace = &described.workspace;
    let target = [workspace.target_dir.clone()].into_iter();
    Ok(target.chain(workspace.build_dir.clone()).collect())
}

/// Returns the number of recorded runs with logs, and the units that they used.
fn used(cx: &Context, directories: &BTreeSet<PathBuf>) -> (usize, BTreeSet<UnitPlace>) {
    let mut runs = 0;
    let mut used = BTreeSet::new();
    for head in cx.store.heads() {
        let transcripts = cx.store.transcripts(&head.id);
        runs += usize::from(!transcripts.is_empty());
        let places = transcripts
            .iter()
            .flat_map(|path| used_units(path, directories));
        used.extend(places);
    }
    (runs, used)
}

/// Removes this build output, and waits for other processes of cargo. Returns whether all of it is removed;
/// an interrupt leaves the rest.
///
/// # Errors
/// If something cannot be removed.
pub(crate) fn sweep(cx: &Context, found: &Sweepable) -> Result<bool> {
    cx.install_signal_handler();
    for units in [&found.unused, &found.incremental] {
        let removed = remove(units, &cx.cancel, &mut || {
            cx.status("Blocking", "waiting for file lock on build directory");
        });
        let removed = removed.map_err(|error| {
            let what = format!("cannot remove build output: {error}");
            Stop::new(Exit::CouldNotRun, what)
        })?;
        if removed < units.len() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The age of units that are removed by default.
pub(crate) const AGE: &str = "30d";

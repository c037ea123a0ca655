//! Finds changed files that cargo did not notice, because their modification time is older than the last build.
//!
//! Cargo compares times, not content. For each unit that a run names, a cache holds what its files contained when the unit
//! was first seen built: rustc rewrites the unit's dep-info in every build, so as long as that file keeps its time, the
//! unit was built from this content. If the content differs now, the unit is outdated and its results are meaningless. The
//! output of a build script and the page of a crate's documentation are used in the same way.
//!
//! If another process built the unit since, the cache does not know its content. Then a file that was written or replaced
//! after that build counts as changed. On Unix, that shows in the time of the inode, which no program can set.

mod built;
mod change;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use self::built::{BuiltUnit, FileDigests, modified, time};
use self::change::Compared;
pub(super) use self::change::Unnoticed;
use super::changes::Before;
use super::prepare::Prepared;
use crate::drive::inputs::{BuildInputs, UnitInputs};
use crate::drive::renewal::build_began;
use crate::metric::{Catalogue, Unavailable, Value};
use crate::plan::Collector;
use crate::run::{Run, StepStatus};
use crate::store::Store;
use crate::tree::Fingerprint;
use crate::tree::outside::Outside;

/// The sources at the end of a measurement, and the changes during it.
pub(crate) struct Span {
    /// When the measurement began.
    pub(crate) began: SystemTime,
    /// Names of the files that were written since.
    pub(crate) torn: BTreeSet<String>,
    /// The sources at the end.
    pub(crate) sources: Fingerprint,
    /// The inputs of each collector before its first step.
    pub(crate) inputs: BTreeMap<Collector, Before>,
}

/// The directories of a workspace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places<'a> {
    /// Its root.
    pub(crate) root: &'a Path,
    /// Cargo's target directory.
    pub(crate) target_dir: &'a Path,
}

/// Name of the cache.
const INDEX: &str = "units";

/// Returns for each step of a run the units that its build used although they are outdated, and records the units that were
/// built.
pub(crate) fn unnoticed<'a>(
    store: &Store,
    places: Places<'_>,
    outside: &mut Outside<'_>,
    span: &Span,
    read: &BTreeMap<&'a str, BuildInputs>,
) -> BTreeMap<&'a str, Vec<Unnoticed>> {
    let root = places.root;
    let mut known: BTreeMap<PathBuf, BuiltUnit> = store
        .cached(INDEX)
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default();
    let mut found: BTreeMap<&str, Vec<Unnoticed>> = BTreeMap::new();
    let mut digests = FileDigests::new(root, &span.sources, outside);
    // A compiler cache may bring the dep-info of another place, although the unit was built for this one.
    let units = read.values().flat_map(|read| &read.units);
    let built_here: BTreeSet<&Path> = units
        .filter(|(_, named)| !named.is_fresh)
        .map(|(written, _)| written.as_path())
        .collect();
    for (step, read) in read {
        for (written, named) in &read.units {
            let Some(built) = modified(written) else {
                continue;
            };
            let mut now = digests.unit(built, named);
            if built_here.contains(written.as_path()) {
                now.elsewhere = None;
            }
            let before = match known.remove(written) {
                Some(before) if before.built == built && !named.uncompiled => {
                    now = digests.with_gone(now, &before);
                    before
                }
                // A new time means that the unit was built again. If this measurement built it, that was from the present
                // content of its files.
                before => {
                    now = now.after(before, written).without_later(root, span);
                    match built_here.contains(written.as_path()) || time(built) >= span.began {
                        true => now.clone(),
                        false => unseen(now.clone(), places, written, named),
                    }
                }
            };
            let compared = Compared {
                root,
                began: span.began,
                before: &before,
                now: &now,
                named,
            };
            if let Some(change) = compared.unnoticed(written) {
                found.entry(*step).or_default().push(change);
            }
            known.insert(written.clone(), before);
        }
    }
    // Cargo builds a unit again if its output was removed.
    known.retain(|written, _| written.is_file());
    if let Ok(bytes) = serde_json::to_vec(&known) {
        let _ = store.cache(INDEX, &bytes);
    }
    found
}

/// Returns a unit that another process built, such as a plain `cargo test`. Its files had their present content then, unless
/// they were written since. Those of packages from registries are as old as the package, whenever they were unpacked.
fn unseen(now: BuiltUnit, places: Places<'_>, written: &Path, named: &UnitInputs) -> BuiltUnit {
    if named.pinned.is_some() {
        return now;
    }
    let began = build_began(written, &named.kind).unwrap_or(time(now.built));
    now.without_replaced(places, began)
}

/// Withdraws the results that come from an outdated unit.
pub(crate) fn withhold(
    run: &mut Run,
    prepared: &Prepared,
    catalogue: &Catalogue,
    steps: &BTreeMap<&str, Vec<Unnoticed>>,
) {
    for (id, unnoticed) in steps {
        let Some(unnoticed) = unnoticed.first() else {
            continue;
        };
        let reason = unnoticed.reason();
        let step = prepared.plan.steps.iter().find(|step| step.id == **id);
        let fix = step.map(|step| unnoticed.fix(step));
        let answered = prepared
            .plan
            .answered
            .iter()
            .filter(|answered| answered.by == **id);
        let mut collectors: Vec<&Collector> =
            answered.map(|answered| &answered.collector).collect();
        collectors.extend(step.into_iter().flat_map(|step| &step.serves));
        for record in run
            .steps
            .iter_mut()
            .filter(|record| record.ended.step == **id)
        {
            record.status = StepStatus::Failed(reason.clone());
        }
        run.snapshot
            .covered
            .retain(|collector, _| !collectors.contains(&collector));
        for (name, reading) in &mut run.snapshot.metrics {
            if catalogue
                .get(name)
                .is_some_and(|row| collectors.contains(&&row.collector))
            {
                reading.value = Value::Unavailable(Unavailable {
                    reason: reason.clone(),
                    fix: fix.clone(),
                    ..Unavailable::default()
                });
                reading.packages.clear();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::Duration;

    use super::change::Why;
    use super::*;
    use crate::drive::inputs::{UnitKind, Unwatched};
    use crate::tests::Scratch;
    use crate::tree;

    fn places(scratch: &Scratch) -> Places<'_> {
        Places {
            root: scratch.path(),
            target_dir: scratch.path(),
        }
    }

    /// Returns the first change of each step.
    fn named(
        found: BTreeMap<&'static str, Vec<Unnoticed>>,
    ) -> BTreeMap<&'static str, (String, Why)> {
        let first = found.into_iter().map(|(step, mut units)| {
            let unit = units.remove(0);
            (step, (unit.name, unit.why))
        });
        first.collect()
    }

    /// Whether a change is noticed does not depend on the file's own time.
    #[test]
    fn changed_file_of_a_unit_that_was_not_rebuilt_is_named() {
        let file = |path: PathBuf| UnitInputs {
            files: [path].into(),
            ..UnitInputs::default()
        };
        let new = |path: PathBuf| UnitInputs {
            unwatched: [Unwatched::File(path)].into(),
            ..UnitInputs::default()
        };
        let package = |path: PathBuf| UnitInputs {
            dir: path.ancestors().nth(2).unwrap().to_owned(),
            kind: UnitKind::Documented,
            ..UnitInputs::default()
        };
        let documented = |path: PathBuf| UnitInputs {
            documented: [path].into(),
            ..UnitInputs::default()
        };
        for (what, unit, why) in [
            (
                "file",
                &file as &dyn Fn(PathBuf) -> UnitInputs,
                Why::OldTime,
            ),
            ("file that cargo does not look at", &new, Why::Unwatched),
            ("file that rustdoc reads", &documented, Why::Unwatched),
            ("file of the package", &package, Why::OldTime),
        ] {
            let scratch =
                Scratch::with(&[("Cargo.toml", ""), ("src/lib.rs", "1"), ("target/a.d", "")]);
            let store = Store::open(scratch.path());
            store.create().unwrap();
            let info = scratch.path().join("target/a.d");
            let set = |seconds| {
                let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
                File::options()
                    .write(true)
                    .open(&info)
                    .unwrap()
                    .set_modified(time)
                    .unwrap();
            };
            set(8_000_000_000);
            let unit = unit(scratch.path().join("src/lib.rs"));
            let read = BuildInputs {
                units: [(info.clone(), unit)].into(),
                ..BuildInputs::default()
            };
            let noticed = || {
                let now = SystemTime::UNIX_EPOCH + Duration::from_secs(10_000_000_000);
                let sources = tree::fingerprint(scratch.path(), &store, now, None).unwrap();
                let mut outside = Outside::open(&store, now);
                let read = BTreeMap::from([("test", read.clone())]);
                let span = Span {
                    began: now,
                    torn: BTreeSet::new(),
                    sources,
                    inputs: BTreeMap::new(),
                };
                let found = unnoticed(&store, places(&scratch), &mut outside, &span, &read);
                named(found)
            };
            assert_eq!(noticed(), BTreeMap::new(), "{what}: first seen");
            assert_eq!(noticed(), BTreeMap::new(), "{what}: unchanged");
            scratch.write("src/lib.rs", "2");
            let expected = BTreeMap::from([("test", ("src/lib.rs".to_owned(), why))]);
            assert_eq!(noticed(), expected, "{what}");
            assert_eq!(noticed(), expected, "{what}: until it is built");
            set(9_000_000_000);
            assert_eq!(noticed(), BTreeMap::new(), "{what}: rebuilt");
        }
    }

    /// A measurement that saw a file change does not know what was built from it.
    #[test]
    fn file_that_is_put_back_during_a_measurement_is_not_taken_for_what_was_built() {
        for (what, built, torn, known) in [
            ("before it was built", 9_000_000_000, "src/lib.rs", true),
            ("after it was built", 1_000_000_000, "src/lib.rs", false),
            ("with its directory", 1_000_000_000, "src", false),
            ("another file", 1_000_000_000, "src/other.rs", true),
        ] {
            let scratch =
                Scratch::with(&[("Cargo.toml", ""), ("src/lib.rs", "1"), ("target/a.d", "")]);
            let store = Store::open(scratch.path());
            store.create().unwrap();
            let info = scratch.path().join("target/a.d");
            let built = SystemTime::UNIX_EPOCH + Duration::from_secs(built);
            File::options()
                .write(true)
                .open(&info)
                .unwrap()
                .set_modified(built)
                .unwrap();
            let unit = UnitInputs {
                files: [scratch.path().join("src/lib.rs")].into(),
                ..UnitInputs::default()
            };
            let read = BuildInputs {
                units: [(info, unit)].into(),
                ..BuildInputs::default()
            };
            let noticed = |torn: &[&'static str]| {
                let now = SystemTime::UNIX_EPOCH + Duration::from_secs(10_000_000_000);
                let sources = tree::fingerprint(scratch.path(), &store, now, None).unwrap();
                let mut outside = Outside::open(&store, now);
                let span = Span {
                    began: now,
                    torn: torn.iter().map(|name| (*name).to_owned()).collect(),
                    sources,
                    inputs: BTreeMap::new(),
                };
                let read = BTreeMap::from([("test", read.clone())]);
                named(unnoticed(
                    &store,
                    places(&scratch),
                    &mut outside,
                    &span,
                    &read,
                ))
            };
            assert_eq!(noticed(&[torn]), BTreeMap::new(), "{what}: first seen");
            let change = noticed(&[]).remove("test");
            let expected = (!known).then(|| ("src/lib.rs".to_owned(), Why::Rewritten));
            assert_eq!(change, expected, "{what}");
        }
    }
}

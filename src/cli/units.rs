//! Finds changed files that cargo did not notice, because their modification time is older than the last build.
//!
//! Cargo compares times, not content. For each unit that a run names, a cache holds what its files contained when the unit
//! was first seen built: rustc writes the unit's dep-info anew with every build, so as long as that file keeps its time, the
//! unit was built from this content. If the content differs now, the unit is out of date and its results say nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::measure::Prepared;
use crate::drive::inputs::Read;
use crate::drive::probe::relative;
use crate::metric::{Catalogue, Unavailable, Value};
use crate::plan::Collector;
use crate::run::{Run, StepStatus};
use crate::store::Store;
use crate::tree::Fingerprint;
use crate::tree::outside::Outside;

/// The cache's name.
const INDEX: &str = "units";

/// Digits of a digest that are kept: enough to tell contents apart.
const DIGITS: usize = 16;

/// A unit as it was built.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Unit {
    /// Modification time of its dep-info, nanoseconds since 1970.
    built: u64,
    /// A digest of each file that it was built from, by the name relative to the root.
    files: BTreeMap<String, String>,
}

/// Returns for each step of a run a file that it was not built from, if there is one, and remembers the units that were
/// built.
pub(super) fn unnoticed<'a>(
    store: &Store,
    root: &Path,
    outside: &mut Outside<'_>,
    sources: &Fingerprint,
    read: &BTreeMap<&'a str, Read>,
) -> BTreeMap<&'a str, String> {
    let contents: BTreeMap<&str, String> =
        sources.entries().map(|(name, content)| (name, String::from_utf8_lossy(&content.hash).into_owned())).collect();
    let mut known: BTreeMap<PathBuf, Unit> =
        store.cached(INDEX).and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    let mut found = BTreeMap::new();
    for (step, read) in read {
        for (info, files) in &read.units {
            let Some(built) = modified(info) else { continue };
            let files = digests(root, outside, &contents, files);
            match known.get(info).filter(|unit| unit.built == built) {
                Some(unit) => {
                    let changed =
                        files.iter().find(|(name, digest)| unit.files.get(*name).is_some_and(|d| d != *digest));
                    if let Some((name, _)) = changed {
                        found.entry(*step).or_insert_with(|| name.clone());
                    }
                }
                None => drop(known.insert(info.clone(), Unit { built, files })),
            }
        }
    }
    known.retain(|info, _| info.is_file());
    if let Ok(bytes) = serde_json::to_vec(&known) {
        let _ = store.cache(INDEX, &bytes);
    }
    found
}

fn digests(
    root: &Path,
    outside: &mut Outside<'_>,
    contents: &BTreeMap<&str, String>,
    files: &BTreeSet<PathBuf>,
) -> BTreeMap<String, String> {
    let digest = |file: &PathBuf| {
        let name = relative(root, file);
        let mut digest = contents.get(name.as_str()).cloned().unwrap_or_else(|| outside.state(file));
        digest.truncate(DIGITS);
        (name, digest)
    };
    files.iter().map(digest).collect()
}

fn modified(path: &Path) -> Option<u64> {
    let time = std::fs::metadata(path).ok()?.modified().ok()?;
    u64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_nanos()).ok()
}

/// Takes the results away that rest on a unit which is out of date.
pub(super) fn withhold(run: &mut Run, prepared: &Prepared, catalogue: &Catalogue, steps: &BTreeMap<&str, String>) {
    for (id, file) in steps {
        let reason = format!("{file} has new content and an old modification time, which cargo does not notice");
        let step = prepared.plan.steps.iter().find(|step| step.id == **id);
        let answered = prepared.plan.answered.iter().filter(|answered| answered.by == **id);
        let mut collectors: Vec<&Collector> = answered.map(|answered| &answered.collector).collect();
        collectors.extend(step.into_iter().flat_map(|step| &step.serves));
        for record in run.steps.iter_mut().filter(|record| record.ended.step == **id) {
            record.status = StepStatus::Failed(reason.clone());
        }
        run.snapshot.covered.retain(|collector, _| !collectors.contains(&collector));
        for (name, reading) in &mut run.snapshot.metrics {
            if catalogue.get(name).is_some_and(|row| collectors.contains(&&row.collector)) {
                let mend = Some(format!("touch {file}"));
                reading.value = Value::Unavailable(Unavailable { reason: reason.clone(), mend, at_least: None });
                reading.packages.clear();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::tests::Scratch;
    use crate::tree;

    /// Whether a change is noticed does not depend on the file's own time.
    #[test]
    fn changed_file_of_a_unit_that_was_not_rebuilt_is_named() {
        let scratch = Scratch::with(&[("src/lib.rs", "1"), ("target/a.d", "")]);
        let store = Store::open(scratch.path());
        store.create().unwrap();
        let info = scratch.path().join("target/a.d");
        let read = Read {
            units: [(info.clone(), BTreeSet::from([scratch.path().join("src/lib.rs")]))].into(),
            ..Read::default()
        };
        let noticed = || {
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(10_000_000_000);
            let sources = tree::fingerprint(scratch.path(), &store, now).unwrap();
            let mut outside = Outside::open(&store, now);
            let read = BTreeMap::from([("test", read.clone())]);
            unnoticed(&store, scratch.path(), &mut outside, &sources, &read)
        };
        assert_eq!(noticed(), BTreeMap::new(), "first seen");
        assert_eq!(noticed(), BTreeMap::new(), "unchanged");
        scratch.write("src/lib.rs", "2");
        let expected = BTreeMap::from([("test", "src/lib.rs".to_owned())]);
        assert_eq!(noticed(), expected);
        assert_eq!(noticed(), expected, "until it is built");
        let later = SystemTime::UNIX_EPOCH + Duration::from_secs(9_000_000_000);
        File::options().write(true).open(&info).unwrap().set_modified(later).unwrap();
        assert_eq!(noticed(), BTreeMap::new(), "rebuilt");
    }
}

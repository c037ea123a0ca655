//! The values of metrics in recorded runs, without reading each run again and again.
//!
//! `index/values` has a line for each run that was read for its values: the id, a checksum, and the measured values of the
//! workspace as JSON. Runs are immutable, so a line is valid as long as its run exists. Without the cache, the runs
//! themselves are read.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Store, record};
use crate::metric::Value;
use crate::run::{Run, RunId};

/// The cache's name in `index/`.
const VALUES: &str = "values";

/// After this many runs that were read, their values are added to the cache.
const BATCH: usize = 500;

/// The measured values of the workspace by the names of their metrics.
pub type Values = BTreeMap<String, f64>;

impl Store {
    /// Returns the values of these runs. A run that cannot be read is left out.
    pub fn values(&self, ids: &[RunId]) -> HashMap<RunId, Values> {
        let mut known = self.cached_values(ids);
        let mut lines = String::new();
        let unknown: Vec<&RunId> = ids.iter().filter(|id| !known.contains_key(*id)).collect();
        for batch in unknown.chunks(BATCH) {
            for id in batch {
                if let Ok(run) = self.load(id) {
                    let values = of_run(&run);
                    lines.extend(line(id, &values));
                    known.insert((*id).clone(), values);
                }
            }
            self.append_to_cache(VALUES, lines.as_bytes());
            lines.clear();
        }
        known
    }

    /// Returns the cached values of these runs.
    fn cached_values(&self, ids: &[RunId]) -> HashMap<RunId, Values> {
        let wanted: HashSet<&str> = ids.iter().map(|id| id.0.as_str()).collect();
        let bytes = self.cached(VALUES).unwrap_or_default();
        let mut values = HashMap::new();
        for line in bytes.split(|byte| *byte == b'\n') {
            let entry = std::str::from_utf8(line).ok().and_then(parts);
            if let Some((id, rest)) = entry.filter(|(id, _)| wanted.contains(id)) {
                values.extend(checked(id, rest).map(|of| (RunId(id.to_owned()), of)));
            }
        }
        values
    }

    /// Removes the values of removed runs from the cache.
    pub(super) fn forget_values(&self, removed: &[RunId]) {
        let Some(bytes) = self.cached(VALUES).filter(|_| !removed.is_empty()) else {
            return;
        };
        let removed: HashSet<&str> = removed.iter().map(|id| id.0.as_str()).collect();
        let text = String::from_utf8_lossy(&bytes);
        let lines = text.split_inclusive('\n');
        let kept: String = lines
            .filter(|line| parts(line).is_some_and(|(id, _)| !removed.contains(id)))
            .collect();
        let _ = self.cache(VALUES, kept.as_bytes());
    }
}

fn of_run(run: &Run) -> Values {
    let mut values = Values::new();
    for (name, reading) in &run.snapshot.metrics {
        if let Value::Measured(value) = reading.value {
            values.insert(name.clone(), value);
        }
    }
    values
}

/// Returns the line of a run with its newline. `None` if a value has no JSON.
fn line(id: &RunId, values: &Values) -> Option<String> {
    let json = serde_json::to_string(values).ok()?;
    Some(format!("{id} {} {json}\n", sum(&id.0, &json)))
}

/// Returns the id of a line and the rest of it.
fn parts(line: &str) -> Option<(&str, &str)> {
    line.split_once(' ')
}

/// Returns the values in the rest of a line. `None` if its checksum does not match.
fn checked(id: &str, rest: &str) -> Option<Values> {
    let (expected, json) = rest.split_once(' ')?;
    let is_intact = sum(id, json) == expected;
    is_intact.then(|| serde_json::from_str(json).ok()).flatten()
}

fn sum(id: &str, json: &str) -> String {
    let mut sum = record::sha256(format!("{id} {json}").as_bytes());
    sum.truncate(16);
    sum
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::tests::filled;
    use super::*;

    fn warnings(store: &Store, ids: &[RunId]) -> Vec<Option<f64>> {
        let values = store.values(ids);
        let value = |id: &RunId| values.get(id)?.get("clippy.warnings").copied();
        ids.iter().map(value).collect()
    }

    #[test]
    fn values_come_from_the_cache_once_they_were_read() {
        let (_scratch, store, ids) = filled(3);
        assert_eq!(warnings(&store, &ids), [Some(12.0); 3]);
        let path = store.path(&ids[1]).unwrap();
        fs::remove_file(path).unwrap();
        assert_eq!(warnings(&store, &ids), [Some(12.0); 3]);
        store.forget_values(&ids[1..2]);
        assert_eq!(warnings(&store, &ids), [Some(12.0), None, Some(12.0)]);
    }

    #[test]
    fn damaged_line_of_the_cache_is_not_used() {
        let (_scratch, store, ids) = filled(2);
        store.values(&ids);
        let path = store.dir().join("index").join(VALUES);
        let text = fs::read_to_string(&path).unwrap();
        let damaged = text.replace(":12.0", ":13.0");
        store.cache(VALUES, damaged.as_bytes()).unwrap();
        assert_eq!(warnings(&store, &ids), [Some(12.0); 2]);
        store.cache(VALUES, b"\xff\n x\n").unwrap();
        assert_eq!(warnings(&store, &ids), [Some(12.0); 2]);
    }
}

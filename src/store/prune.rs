//! Removal of old runs: the pure rule, and its execution.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::error::Doing;
use super::{Error, Head, PinName, Store, file, heads, order};
use crate::run::RunId;

/// The age from which a temporary file counts as left behind by a killed process.
const LITTER_AGE: Duration = Duration::from_secs(60 * 60);

/// The limits of the runs to keep. `None` keeps all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// The largest number of runs.
    pub keep: Option<usize>,
    /// The largest age in seconds.
    pub max_age: Option<i64>,
}

/// The result of pruning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The removed runs, in the order of the request.
    pub runs: Vec<RunId>,
    /// The number of removed directories of logs.
    pub logs: usize,
}

/// Returns the runs to remove. `heads` and the result begin with the last recorded run.
///
/// Pinned runs are kept and count towards the limit. The newest run is always kept.
pub fn retention(heads: &[Head], policy: Policy, pinned: &BTreeSet<RunId>, now: i64) -> Vec<RunId> {
    let mut removed = Vec::new();
    for (at, head) in heads.iter().enumerate().skip(1) {
        let age = now.saturating_sub(head.started);
        let is_surplus = policy.keep.is_some_and(|keep| at >= keep);
        let is_old = policy.max_age.is_some_and(|max_age| age > max_age);
        if (is_surplus || is_old) && !pinned.contains(&head.id) {
            removed.push(head.id.clone());
        }
    }
    removed
}

impl Store {
    /// Returns the runs of the pins. An unreadable pin is an error, because it might protect any run.
    pub fn pinned_runs(&self) -> Result<BTreeSet<RunId>, Error> {
        let mut runs = BTreeSet::new();
        for name in [PinName::Baseline, PinName::Final] {
            runs.extend(self.pinned(name)?.into_iter().flat_map(|pin| pin.runs()));
        }
        Ok(runs)
    }

    /// Removes these runs, except for pinned ones, as well as old logs and the files of killed writers.
    pub fn prune(&self, ids: &[RunId], now: SystemTime) -> Result<Pruned, Error> {
        let pinned = self.pinned_runs()?;
        let mut pruned = Pruned::default();
        if !self.dir.is_dir() {
            return Ok(pruned);
        }
        // This fails if one of the directories is a link, so that no file is removed elsewhere.
        self.folder(&["runs"])?;
        for id in ids.iter().filter(|id| !pinned.contains(id)) {
            let Some(path) = self.path(id).filter(|path| file::is_own(&self.dir, path)) else {
                continue;
            };
            fs::remove_file(&path).doing("remove", &path)?;
            pruned.runs.push(id.clone());
        }
        // The caches contain lines of the removed runs. The next listing writes them again.
        for cache in [heads::INDEX, order::ORDER] {
            let _ = fs::remove_file(self.dir.join("index").join(cache));
        }
        self.forget_values(&pruned.runs);
        self.sweep(now);
        pruned.logs = self.prune_logs()?;
        Ok(pruned)
    }
}

impl Store {
    /// Removes the temporary files of killed writers. `now` is in seconds since 1970.
    pub fn remove_stale(&self, now: i64) {
        self.sweep(SystemTime::UNIX_EPOCH + Duration::from_secs(now.max(0).unsigned_abs()));
    }

    fn sweep(&self, now: SystemTime) {
        let own = [
            self.dir.clone(),
            self.dir.join("index"),
            self.dir.join("journal"),
        ];
        heads::months(&self.dir.join("runs"))
            .iter()
            .chain(&own)
            .for_each(|dir| sweep(dir, now));
    }
}

/// Removes temporary files that are too old to be still in use.
fn sweep(dir: &Path, now: SystemTime) {
    if !file::is_directory(dir) {
        return;
    }
    for name in heads::names(dir).filter(|name| name.starts_with(file::TEMP)) {
        let path = dir.join(name);
        let written = fs::symlink_metadata(&path).and_then(|found| found.modified());
        if written.is_ok_and(|written| {
            now.duration_since(written)
                .is_ok_and(|age| age > LITTER_AGE)
        }) {
            let _ = fs::remove_file(&path);
        }
    }
}

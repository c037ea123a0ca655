//! Which runs are kept: a pure rule, and its carrying out.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::error::Doing;
use super::{Error, Head, PinName, Store, file, heads, order};
use crate::run::RunId;

/// A temporary file that is older was left by a process that died: writing one takes no longer than the disk does.
const LITTER_AGE: Duration = Duration::from_secs(60 * 60);

/// How much is kept. A bound that is not set binds nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// At most so many runs.
    pub keep: Option<usize>,
    /// None older than so many seconds.
    pub max_age: Option<i64>,
}

/// What was removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Runs, in the order asked for.
    pub runs: Vec<RunId>,
    /// Log folders.
    pub logs: usize,
}

/// Returns the runs to remove, the last recorded first, as `heads` must be. Pinned runs stay and count; the newest run
/// stays whatever its age.
pub fn retention(heads: &[Head], policy: Policy, pinned: &BTreeSet<RunId>, now: i64) -> Vec<RunId> {
    let beyond = |at: usize| policy.keep.is_some_and(|keep| at >= keep);
    let aged = |head: &Head| {
        policy
            .max_age
            .is_some_and(|age| now.saturating_sub(head.started) > age)
    };
    let removed = heads
        .iter()
        .enumerate()
        .skip(1)
        .filter(|(at, head)| beyond(*at) || aged(head));
    removed
        .map(|(_, head)| head.id.clone())
        .filter(|id| !pinned.contains(id))
        .collect()
}

impl Store {
    /// The runs that pins refer to. An unreadable pin is an error: it might protect any run.
    pub fn pinned_runs(&self) -> Result<BTreeSet<RunId>, Error> {
        let mut runs = BTreeSet::new();
        for name in [PinName::Baseline, PinName::Final] {
            runs.extend(self.pinned(name)?.into_iter().flat_map(|pin| pin.runs()));
        }
        Ok(runs)
    }

    /// Removes these runs, but none that is pinned; old logs; and what dead writers left behind. `now` tells what is old.
    pub fn prune(&self, ids: &[RunId], now: SystemTime) -> Result<Pruned, Error> {
        let pinned = self.pinned_runs()?;
        let mut pruned = Pruned::default();
        if !self.dir.is_dir() {
            return Ok(pruned);
        }
        self.folder(&["runs"])?;
        for id in ids.iter().filter(|id| !pinned.contains(id)) {
            let Some(path) = self.path(id).filter(|path| is_own(path)) else {
                continue;
            };
            fs::remove_file(&path).doing("remove", &path)?;
            pruned.runs.push(id.clone());
        }
        for cache in [heads::INDEX, order::ORDER] {
            let _ = fs::remove_file(self.dir.join("index").join(cache));
        }
        self.sweep(now);
        pruned.logs = self.prune_logs()?;
        Ok(pruned)
    }
}

impl Store {
    /// Removes the temporary files of writers that died.
    pub(super) fn sweep(&self, now: SystemTime) {
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

/// A plain file whose month and year are folders, not links to elsewhere.
fn is_own(path: &Path) -> bool {
    let linked = |path: &Path| fs::symlink_metadata(path).map_or(true, |found| found.is_symlink());
    !path.ancestors().take(3).any(linked)
}

/// Removes temporary files that no living process can still be writing.
fn sweep(dir: &Path, now: SystemTime) {
    if fs::symlink_metadata(dir).map_or(true, |found| !found.is_dir()) {
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

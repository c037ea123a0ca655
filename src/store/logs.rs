//! The output of the steps, in a directory for each run. Only the newest are kept.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::Doing;
use super::{Error, Store, file, heads, record};
use crate::run::RunId;

/// The number of directories that are kept.
pub(super) const KEPT: usize = 10;

impl Store {
    /// Creates the directory for the logs of a new run, `logs/<UTC time>-<pid>/`. Removes old ones, the
    /// files of killed writers, and the logs of an interrupted run with the same name.
    pub fn begin_logs(&self, started: i64, pid: u32) -> Result<PathBuf, Error> {
        self.create()?;
        let _ = self.prune_logs();
        self.remove_stale(started);
        let path = self.own_folder(&["logs", &format!("{}-{pid}", record::stamp(started))])?;
        if heads::names(&path).next().is_some() {
            fs::remove_dir_all(&path)
                .and_then(|()| fs::create_dir(&path))
                .doing("create", &path)?;
        }
        Ok(path)
    }

    /// Renames the directory to the id of the recorded run. Returns its path.
    pub fn end_logs(&self, logs: &Path, run: &RunId) -> Result<PathBuf, Error> {
        let path = self.logs(run);
        fs::rename(logs, &path).doing("rename", logs)?;
        Ok(path)
    }

    /// Returns the directory of a run's logs. It may not exist.
    pub fn logs(&self, run: &RunId) -> PathBuf {
        self.dir.join("logs").join(&run.0)
    }

    /// Returns the outputs of a run's steps, as far as they are kept.
    pub fn transcripts(&self, run: &RunId) -> Vec<PathBuf> {
        let dir = self.logs(run);
        let names = heads::names(&dir).filter(|name| name.ends_with(".stdout"));
        names.map(|name| dir.join(name)).collect()
    }

    /// Removes all directories of logs except for the newest. Returns their number.
    pub(super) fn prune_logs(&self) -> Result<usize, Error> {
        let dir = self.dir.join("logs");
        // A link could lead to any directory, whose content would be removed.
        if !file::is_directory(&dir) {
            return Ok(0);
        }
        let mut names: Vec<_> = heads::names(&dir)
            .filter(|name| !self.tracked().any_below(&format!("logs/{name}")))
            .collect();
        // The names begin with the time of the run in UTC.
        names.sort_unstable();
        let old = &names[..names.len().saturating_sub(KEPT)];
        for name in old {
            let path = dir.join(name);
            fs::remove_dir_all(&path).doing("remove", &path)?;
        }
        Ok(old.len())
    }
}

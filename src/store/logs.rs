//! What the steps of a run printed, in a folder for each run; only the newest are kept.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::error::Doing;
use super::{Error, Store, heads, record};
use crate::run::RunId;

/// So many folders are kept.
pub(super) const KEPT: usize = 10;

impl Store {
    /// A new folder for the logs of a run that begins, `logs/<UTC time>-<pid>/`; old ones make room, and what dead writers left behind goes. What an interrupted
    /// run of the same name left there is removed.
    pub fn begin_logs(&self, started: i64, pid: u32) -> Result<PathBuf, Error> {
        self.create()?;
        let _ = self.prune_logs();
        self.sweep(SystemTime::UNIX_EPOCH + Duration::from_secs(started.max(0).unsigned_abs()));
        let path = self.own_folder(&["logs", &format!("{}-{pid}", record::stamp(started))])?;
        if heads::names(&path).next().is_some() {
            fs::remove_dir_all(&path)
                .and_then(|()| fs::create_dir(&path))
                .doing("create", &path)?;
        }
        Ok(path)
    }

    /// Gives the folder the name of the run that was recorded; its path.
    pub fn end_logs(&self, logs: &Path, run: &RunId) -> Result<PathBuf, Error> {
        let path = self.logs(run);
        fs::rename(logs, &path).doing("rename", logs)?;
        Ok(path)
    }

    /// Where the logs of a run lie, if they are still kept.
    pub fn logs(&self, run: &RunId) -> PathBuf {
        self.dir.join("logs").join(&run.0)
    }

    /// Removes all log folders but the newest; how many.
    pub(super) fn prune_logs(&self) -> Result<usize, Error> {
        let dir = self.dir.join("logs");
        if fs::symlink_metadata(&dir).is_ok_and(|found| found.is_symlink()) {
            return Ok(0);
        }
        let ours = |name: &String| !self.tracked().any_below(&format!("logs/{name}"));
        let mut names: Vec<_> = heads::names(&dir).filter(ours).collect();
        names.sort_unstable();
        let old = &names[..names.len().saturating_sub(KEPT)];
        for name in old {
            let path = dir.join(name);
            fs::remove_dir_all(&path).doing("remove", &path)?;
        }
        Ok(old.len())
    }
}

//! Gives the recorded results of a test executable, or of rustdoc, instead of running it again.
//!
//! The driver decides when everything is built, and this process starts at the same time. It therefore waits for the
//! decision. Whatever goes wrong, the executable runs.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::record::{self, EndRecord, Reusable, ReusableSuite, RunnerSettings, StartRecord};

/// The longest wait for the decision.
const LONGEST: Duration = Duration::from_secs(10);
/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(2);

/// Returns the suite with this key, if it need not run and would be started as it was.
pub(super) fn find(
    records: &Path,
    settings: &RunnerSettings,
    key: &str,
    launch: &str,
) -> Option<ReusableSuite> {
    if !settings.reuses {
        return None;
    }
    let until = Instant::now() + LONGEST;
    let decision = loop {
        let decision = record::read::<Reusable>(&records.join(record::REUSABLE));
        if decision.is_some() || Instant::now() > until {
            break decision?;
        }
        thread::sleep(PAUSE);
    };
    let suite = decision.suites.get(key)?;
    (suite.launch == launch).then(|| suite.clone())
}

/// Copies the record of a suite to another directory, which is empty. Returns `false`, and leaves it empty, if that fails.
pub(super) fn copy(suite: &ReusableSuite, dir: &Path) -> bool {
    if copied(suite, dir).is_some() {
        return true;
    }
    let _ = fs::remove_dir_all(dir);
    let _ = fs::create_dir(dir);
    false
}

fn copied(suite: &ReusableSuite, dir: &Path) -> Option<()> {
    let started: StartRecord = record::read(&suite.record.join(record::STARTED))?;
    let ended: EndRecord = record::read(&suite.record.join(record::ENDED))?;
    if started.launch != suite.launch || ended.code != Some(0) {
        return None;
    }
    let started = StartRecord {
        reused: Some(suite.run.clone()),
        ..started
    };
    record::write(&dir.join(record::STARTED), &started).ok()?;
    for name in [record::LOG, record::STDOUT, record::STDERR] {
        let from = suite.record.join(name);
        if from.exists() {
            fs::copy(from, dir.join(name)).ok()?;
        }
    }
    record::write(&dir.join(record::ENDED), &ended).ok()
}

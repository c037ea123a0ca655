//! Measuring the jobs of the schedule that are due.

use anyhow::Result;

use super::session::Session;
use crate::ops::schedule::{self, ScheduledJob};
use crate::ops::{Exit, alerts, measure};
use crate::report::schedule as report;
use crate::run::Run;

/// Measures the jobs of the schedule that are due, and returns the runs.
pub(super) fn run(session: &mut Session, dry_run: bool) -> Result<Vec<Run>> {
    let jobs = schedule::jobs(session)?;
    let (due, later): (Vec<ScheduledJob>, _) = jobs.into_iter().partition(ScheduledJob::is_due);
    let now = session.now;
    for job in &later {
        let entry = super::schedule::entry(job);
        session.ui.status("Skipped", &report::describe(&entry, now));
    }
    for job in &due {
        let entry = super::schedule::entry(job);
        session.ui.status("Due", &report::describe(&entry, now));
    }
    if dry_run {
        return Ok(Vec::new());
    }
    let runs = match due.is_empty() {
        true => Vec::new(),
        false => schedule::run(session, due)?,
    };
    // Digests and missing measurements are due even if nothing was measured.
    alerts::process(session, &runs);
    Ok(runs)
}

/// Returns the exit code after these runs, the worst of each.
pub(super) fn exit(runs: &[Run]) -> Exit {
    let exits = runs.iter().map(measure::exit);
    exits.max_by_key(|exit| *exit as u8).unwrap_or(Exit::Done)
}

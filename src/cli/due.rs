//! Measuring the jobs of the schedule that are due.

use anyhow::Result;

use super::session::Session;
use crate::ops::schedule::{self, ScheduledJob};
use crate::ops::{Exit, alerts, measure};
use crate::report::schedule as report;

/// Measures the jobs of the schedule that are due.
pub(super) fn run(session: &mut Session, dry_run: bool) -> Result<Exit> {
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
        return Ok(Exit::Done);
    }
    let runs = match due.is_empty() {
        true => Vec::new(),
        false => schedule::run(session, due)?,
    };
    // Digests and missing measurements are due even if nothing was measured.
    alerts::process(session, &runs);
    let exits = runs.iter().map(measure::exit);
    Ok(exits.max_by_key(|exit| *exit as u8).unwrap_or(Exit::Done))
}

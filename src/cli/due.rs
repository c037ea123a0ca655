//! Measuring what the schedule says is due.

use anyhow::Result;

use super::session::Session;
use crate::ops::schedule::{self, ScheduledJob};
use crate::ops::{Exit, measure};
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
    if dry_run || due.is_empty() {
        return Ok(Exit::Done);
    }
    let runs = schedule::run(session, due)?;
    let exits = runs.iter().map(measure::exit);
    Ok(exits.max_by_key(|exit| *exit as u8).unwrap_or(Exit::Done))
}

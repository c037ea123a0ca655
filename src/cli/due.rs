//! Measuring the jobs of the schedule that are due.

use anyhow::Result;

use super::session::Session;
use crate::ops::schedule::{self, ScheduledJob};
use crate::ops::{Exit, alerts, measure};
use crate::report::schedule as report;
use crate::run::Run;

/// Which jobs of the schedule to measure.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Jobs {
    /// Those that are due.
    Due,
    /// Those that are due, and those whose last run failed: starting a job of CI again must not pass because of that.
    DueAndFailed,
}

/// Measures jobs of the schedule, and returns the runs.
pub(super) fn run(session: &mut Session, wanted: Jobs, dry_run: bool) -> Result<Vec<Run>> {
    let jobs = schedule::jobs(session)?;
    let (mut due, later): (Vec<ScheduledJob>, _) = jobs.into_iter().partition(ScheduledJob::is_due);
    let is_wanted = |job: &ScheduledJob| wanted == Jobs::DueAndFailed && job.has_failed(session);
    let (failed, later): (Vec<ScheduledJob>, _) = later.into_iter().partition(is_wanted);
    show(session, "Skipped", &later);
    show(session, "Due", &due);
    show(session, "Failed", &failed);
    due.extend(failed);
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

fn show(session: &Session, verb: &str, jobs: &[ScheduledJob]) {
    for job in jobs {
        let entry = super::schedule::entry(job);
        let text = report::describe(&entry, session.now);
        session.ui.status(verb, &text);
    }
}

/// Returns the exit code after these runs, the worst of each.
pub(super) fn exit(runs: &[Run]) -> Exit {
    let exits = runs.iter().map(measure::exit);
    exits.max_by_key(|exit| *exit as u8).unwrap_or(Exit::Done)
}

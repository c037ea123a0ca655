//! `cargo campaign schedule`: when each collector is due.

use anyhow::Result;
use clap::Subcommand;
use clap::builder::PossibleValuesParser;

use super::output;
use super::session::Session;
use crate::ops::Exit;
use crate::ops::schedule::{self, ScheduledJob};
use crate::report::json;
use crate::report::schedule::{JobEntry, screen};
use crate::schedule::Due;
use crate::schedule::export::SCHEDULERS;

/// Show when each collector is due
///
/// `run --due` measures the due ones. Call it from cron, a timer or a scheduled workflow.
#[derive(clap::Args, Debug)]
pub(super) struct ScheduleArgs {
    #[command(subcommand)]
    command: Act,
}

#[derive(Subcommand, Debug)]
enum Act {
    /// List the jobs: when they are due, and when they ran last
    List,
    /// Print a file for the platform's scheduler, which then calls `run --due`
    Export {
        /// systemd, launchd, cron or windows
        #[arg(value_name = "SCHEDULER", value_parser = schedulers(), hide_possible_values = true)]
        scheduler: String,
    },
}

impl ScheduleArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        match self.command {
            Act::List => list(session),
            Act::Export { scheduler } => export(session, &scheduler),
        }
    }
}

fn list(session: &mut Session) -> Result<Exit> {
    let is_json = output::is_json(session)?;
    let jobs = schedule::jobs(session)?;
    let entries: Vec<JobEntry> = jobs.iter().map(entry).collect();
    let text = if is_json {
        json::pretty(&serde_json::json!({
            "schema": "cargo-campaign/schedule",
            "schema_version": "1.0",
            "jobs": entries.iter().map(object).collect::<Vec<_>>(),
        }))?
    } else {
        screen(&entries, session.now, &session.look())
    };
    session.ui.out(&text)?;
    Ok(Exit::Done)
}

fn export(session: &mut Session, scheduler: &str) -> Result<Exit> {
    output::terminal_only(session, "schedule export")?;
    let timer = schedule::timer(session)?;
    let format = SCHEDULERS.iter().find(|format| format.name == scheduler);
    let text = format.map_or_else(String::new, |format| (format.text)(&timer));
    session.ui.out(&text)?;
    Ok(Exit::Done)
}

fn schedulers() -> PossibleValuesParser {
    PossibleValuesParser::new(SCHEDULERS.iter().map(|format| format.name))
}

/// Returns a job as the list shows it.
pub(super) fn entry(of: &ScheduledJob) -> JobEntry {
    let (due, missed) = match of.due {
        Due::Since(since, missed) => (Some(since), missed),
        Due::At(moment) => (Some(moment), 0),
        Due::OnDemand => (None, 0),
    };
    JobEntry {
        collector: of.job.collector.to_string(),
        when: of.job.text.clone(),
        with: of.job.args.join(" "),
        last: of.last,
        due: due.map(|moment| moment.as_second()),
        missed,
    }
}

fn object(entry: &JobEntry) -> serde_json::Value {
    serde_json::json!({
        "collector": entry.collector,
        "when": entry.when,
        "args": entry.with,
        "last": entry.last.map(time),
        "due": entry.due.map(time),
        "missed": entry.missed,
    })
}

/// Returns a moment as RFC 3339.
fn time(seconds: i64) -> Option<String> {
    let moment = jiff::Timestamp::from_second(seconds).ok()?;
    Some(moment.to_string())
}

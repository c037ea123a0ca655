//! `cargo campaign workstream`: the progress of workstreams, and the actions of people.

use std::time::Duration;

use anyhow::Result;
use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde_json::json;

use super::output;
use super::session::Session;
use crate::ops::alerts;
use crate::ops::workstreams::states::{of_workstream, of_workstreams};
use crate::ops::workstreams::{self, Answer, LogEntry, Reached, WaitFor};
use crate::ops::{Exit, Stop};
use crate::progress::{Status, WorkstreamProgress};
use crate::report::json::pretty;
use crate::report::workstream::{line, one, screen};
use crate::workstream::WorkstreamAction;

/// Said in place of an empty list.
pub(super) const NOTHING: &str =
    "no workstreams are configured: add `[[workstream]]` to campaign.toml";

/// Show the progress of workstreams, and record starts, notes and blockers
///
/// `[[workstream]]` in campaign.toml says what each of them must reach. Its status is computed from that, never typed. A
/// record is a file in `.campaign/log/`: commit it to share it.
#[derive(clap::Args, Debug)]
pub(super) struct WorkstreamArgs {
    #[command(subcommand)]
    command: WorkstreamCommand,
}

#[derive(Subcommand, Debug)]
enum WorkstreamCommand {
    /// List the workstreams: status, criteria that are met, and open ones
    List {
        /// Only those of this owner
        #[arg(long, value_name = "NAME")]
        owner: Option<String>,
    },
    /// Show the criteria of a workstream, and the records about it
    Show {
        /// The workstream
        id: String,
    },
    /// Answer whether a workstream may start: exit code 0 for yes, 1 for no, 3 if it is not known
    Ready {
        /// The workstream
        id: String,
    },
    /// Record that work on it began
    Start {
        /// The workstream
        id: String,
        /// Start it although it may not, for this reason
        #[arg(long, value_name = "REASON")]
        anyway: Option<String>,
    },
    /// Record something worth knowing
    Note {
        /// The workstream
        id: String,
        /// The note
        text: String,
    },
    /// Record that something prevents the work
    Block {
        /// The workstream
        id: String,
        /// What prevents it
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Record that what prevented the work does not any more
    Unblock {
        /// The workstream
        id: String,
        /// What changed
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Wait until workstreams reach a status
    ///
    /// Prints the status that was reached. The exit code is 0 then, and 3 if the time passed.
    Wait {
        /// Ids, separated by commas
        #[arg(value_name = "ID", value_delimiter = ',', required = true)]
        ids: Vec<String>,
        /// Statuses that end the wait, separated by commas: ready, in-progress, blocked, complete
        #[arg(
            long = "for",
            value_name = "STATUS",
            value_delimiter = ',',
            default_value = "complete",
            value_parser = statuses(),
            hide_possible_values = true
        )]
        wanted: Vec<WaitFor>,
        /// The longest time to wait: `30s`, `20m`, `2h`
        #[arg(long, value_name = "TIME", value_parser = duration)]
        timeout: Option<Duration>,
    },
}

/// Parses a status that `wait` can wait for.
fn statuses() -> impl TypedValueParser<Value = WaitFor> {
    let names = WaitFor::NAMES.map(|(name, _)| name);
    PossibleValuesParser::new(names).map(|given| {
        let mut all = WaitFor::NAMES.into_iter();
        let found = all.find(|(name, _)| *name == given);
        found.map_or(WaitFor::Complete, |(_, status)| status)
    })
}

/// Parses `90s`, `20m` or `2h`.
fn duration(text: &str) -> Result<Duration, String> {
    let span: jiff::SignedDuration = text
        .parse()
        .map_err(|_| "expected a time such as `30s`, `20m` or `2h`".to_owned())?;
    Duration::try_from(span).map_err(|_| "expected a time that is not negative".to_owned())
}

impl WorkstreamArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        let has_json = matches!(
            self.command,
            WorkstreamCommand::List { .. } | WorkstreamCommand::Show { .. }
        );
        if !has_json {
            output::terminal_only(session, "workstream")?;
        }
        match self.command {
            WorkstreamCommand::List { owner } => list(session, owner.as_deref()),
            WorkstreamCommand::Show { id } => show(session, &id),
            WorkstreamCommand::Ready { id } => ready(session, &id),
            WorkstreamCommand::Start { id, anyway } => recorded(
                session,
                &workstreams::start(session, &id, anyway.as_deref())?,
            ),
            WorkstreamCommand::Note { id, text } => {
                recorded(session, &workstreams::note(session, &id, &text)?)
            }
            WorkstreamCommand::Block { id, reason } => {
                recorded(session, &workstreams::block(session, &id, &reason)?)
            }
            WorkstreamCommand::Unblock { id, reason } => recorded(
                session,
                &workstreams::unblock(session, &id, reason.as_deref())?,
            ),
            WorkstreamCommand::Wait {
                ids,
                wanted,
                timeout,
            } => wait(session, &ids, &wanted, timeout),
        }
    }
}

fn list(session: &mut Session, owner: Option<&str>) -> Result<Exit> {
    let is_json = output::is_json(session)?;
    let mut all = workstreams::list(session)?;
    if let Some(owner) = owner {
        all.retain(|standing| standing.stream.owner.as_deref() == Some(owner));
    }
    let text = if is_json {
        pretty(&json!({
            "schema": "cargo-campaign/workstreams",
            "schema_version": "1.0",
            "workstreams": of_workstreams(&all),
        }))?
    } else if all.is_empty() {
        session.ui.note(match owner {
            Some(_) => "no workstream has this owner",
            None => NOTHING,
        });
        return Ok(Exit::Done);
    } else {
        screen(
            &of_workstreams(&all),
            next(session, &all).as_deref(),
            &session.look(),
        )
    };
    session.ui.out(&text)?;
    Ok(Exit::Done)
}

/// Returns the command to type next: that of an open criterion, or the start of a workstream that is ready.
fn next(session: &Session, all: &[WorkstreamProgress]) -> Option<String> {
    let open = all.iter().filter(|one| one.status == Status::InProgress);
    let helps = open.filter_map(|one| one.next()?.help.clone());
    let ready = all.iter().filter(|one| one.status == Status::Ready);
    let starts = ready.map(|one| format!("cargo campaign workstream start {}", one.stream.id));
    let command = helps.chain(starts).next()?;
    Some(session.ui.with_options(&command))
}

fn show(session: &mut Session, id: &str) -> Result<Exit> {
    let is_json = output::is_json(session)?;
    let all = workstreams::list(session)?;
    let standing = workstreams::find(&all, id)?;
    let text = if is_json {
        pretty(&json!({
            "schema": "cargo-campaign/workstream",
            "schema_version": "1.0",
            "workstream": of_workstream(standing),
        }))?
    } else {
        one(&of_workstream(standing), &session.look())
    };
    session.ui.out(&text)?;
    Ok(Exit::Done)
}

fn ready(session: &mut Session, id: &str) -> Result<Exit> {
    let all = workstreams::list(session)?;
    let standing = workstreams::find(&all, id)?;
    let (text, exit) = match workstreams::answer(standing, &all) {
        Answer::Yes => ("yes".to_owned(), Exit::Done),
        Answer::No(reason) => (format!("no: {reason}"), Exit::Failed),
        Answer::Unknown(reason) => (format!("not known: {reason}"), Exit::NoVerdict),
    };
    session.ui.out(&line(&text))?;
    Ok(exit)
}

/// Reports a record.
fn recorded(session: &Session, entry: &LogEntry) -> Result<Exit> {
    let WorkstreamAction {
        workstream,
        kind,
        author,
        ..
    } = &entry.action;
    let file = session.below_root(&entry.file);
    let text = format!("{workstream} {kind} by {author} in {file}");
    session.ui.status("Recorded", &text);
    session.ui.note("commit this file to tell others");
    let event = workstreams::events::of_action(session, &entry.action, &file);
    alerts::announce(session, &[], &[event]);
    Ok(Exit::Done)
}

fn wait(
    session: &mut Session,
    ids: &[String],
    wanted: &[WaitFor],
    timeout: Option<Duration>,
) -> Result<Exit> {
    let given = session.given.clone();
    let resolve = || Ok(given.resolve()?);
    let (statuses, exit) = match workstreams::wait(session, ids, wanted, timeout, &resolve)? {
        Reached::All(statuses) => (statuses, Exit::Done),
        Reached::TimedOut(statuses) => (statuses, Exit::NoVerdict),
        Reached::Interrupted => return Err(Stop::new(Exit::Interrupted, "interrupted").into()),
    };
    for (id, status) in statuses {
        session.ui.out(&line(&format!("{id} {}", status.key())))?;
    }
    Ok(exit)
}

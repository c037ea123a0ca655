//! `cargo campaign decision`: the decisions of the team.

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;

use super::output;
use super::session::Session;
use crate::ops::Exit;
use crate::ops::decisions::{self, DecisionState};
use crate::progress::decision::Confirmation;
use crate::report::decision::{DecisionEntry, screen};
use crate::report::json::pretty;

/// List the decisions of the team and whether they still hold, or write a new one
///
/// Decisions are files such as `docs/decisions/0007-use-jiff.md`, in the form of MADR 4. The section `Confirmation` of one can
/// name gates in backticks: it is verified while they pass.
#[derive(clap::Args, Debug)]
pub(super) struct DecisionArgs {
    #[command(subcommand)]
    command: DecisionCommand,
}

#[derive(Subcommand, Debug)]
enum DecisionCommand {
    /// List them: exit code 1 if a file is not valid or a number is taken twice
    List,
    /// Write a file with the next number that no branch has
    New {
        /// The title
        title: String,
    },
}

impl DecisionArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        match self.command {
            DecisionCommand::List => list(session),
            DecisionCommand::New { title } => {
                output::terminal_only(session, "decision")?;
                let path = decisions::create(session, &title)?;
                session.ui.status("Created", &path);
                Ok(Exit::Done)
            }
        }
    }
}

fn list(session: &mut Session) -> Result<Exit> {
    let is_json = output::is_json(session)?;
    let states = decisions::list(session)?;
    let entries: Vec<DecisionEntry> = states.iter().map(entry).collect();
    if is_json {
        let text = pretty(&json!({
            "schema": "cargo-campaign/decisions",
            "schema_version": "1.0",
            "decisions": entries,
        }))?;
        session.ui.out(&text)?;
    } else if entries.is_empty() {
        session.ui.note("there are no decisions yet");
    } else {
        session.ui.out(&screen(&entries, &session.look()))?;
    }
    Ok(match entries.iter().all(|one| one.problems.is_empty()) {
        true => Exit::Done,
        false => Exit::Failed,
    })
}

fn entry(state: &DecisionState) -> DecisionEntry {
    let (confirmation, reason) = match &state.confirmation {
        Confirmation::None => (None, None),
        Confirmation::Verified => (Some("verified"), None),
        Confirmation::Violated(reason) => (Some("violated"), Some(reason)),
        Confirmation::Unknown(reason) => (Some("not-known"), Some(reason)),
    };
    DecisionEntry {
        number: state.number,
        file: state.path.clone(),
        title: state.decision.title.clone(),
        status: state.decision.status.clone(),
        confirmation: confirmation.map(str::to_owned),
        reason: reason.cloned(),
        problems: state.problems.clone(),
    }
}

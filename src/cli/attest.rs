//! `cargo campaign attest`: statements by people.

use anyhow::Result;
use clap::Subcommand;
use jiff::civil::Date;
use serde_json::json;

use super::output;
use super::session::Session;
use crate::ops::attestations::{self, FILE, NewAttestation, Required};
use crate::ops::{Exit, Stop};
use crate::progress::CriterionOutcome;
use crate::report::attestation::{AttestationEntry, screen};
use crate::report::json::pretty;
use crate::text::{excerpt, inexact};
use crate::workstream::Attestation;

/// Record your statement about something that no command can measure
///
/// Releases and objectives of workstreams require attestations by their id. Yours is added to
/// `.campaign/attestations.toml` with your name, as git has it, and today's date: commit it.
#[derive(clap::Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct AttestArgs {
    #[command(subcommand)]
    command: Option<AttestCommand>,
    /// The attestation, as in campaign.toml
    #[arg(required = true)]
    id: Option<String>,
    /// What you state
    #[arg(long, value_name = "TEXT", required = true)]
    statement: Option<String>,
    /// What shows it: a file that git tracks, or an address
    #[arg(long, value_name = "REF", required = true)]
    evidence: Option<String>,
    /// The last day on which it is valid, `YYYY-MM-DD`
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// The value that you state, if `[attested]` in campaign.toml declares one
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    value: Option<String>,
    /// Its unit, as declared
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
}

#[derive(Subcommand, Debug)]
enum AttestCommand {
    /// List the attestations that the campaign requires
    List,
}

impl AttestArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        if let Some(AttestCommand::List) = self.command {
            return list(session);
        }
        output::terminal_only(session, "attest")?;
        let until = match &self.until {
            Some(text) => Some(day(text)?),
            None => None,
        };
        let value = match &self.value {
            Some(text) => Some(number(text)?),
            None => None,
        };
        let new = NewAttestation {
            id: self.id.as_deref().unwrap_or_default(),
            statement: self.statement.as_deref().unwrap_or_default(),
            evidence: self.evidence.as_deref().unwrap_or_default(),
            until,
            value,
            unit: self.unit.as_deref(),
        };
        let attestation = attestations::add(session, &new)?;
        let text = format!("{} by {} in {FILE}", attestation.id, attestation.author);
        session.ui.status("Attested", &text);
        session.ui.note("commit this file to tell others");
        Ok(Exit::Done)
    }
}

fn day(text: &str) -> Result<Date> {
    // jiff also accepts a date that is followed by a time.
    let day = text
        .parse()
        .ok()
        .filter(|_| text.len() == "2030-12-31".len());
    day.ok_or_else(|| {
        let text = excerpt(text);
        let message = format!("invalid date `{text}` in `--until`");
        Stop::new(Exit::Usage, message)
            .help("expected YYYY-MM-DD")
            .into()
    })
}

fn number(text: &str) -> Result<f64> {
    let number: Option<f64> = text.trim().parse().ok();
    let number = number.filter(|number| number.is_finite() && inexact(text.trim()).is_none());
    number.ok_or_else(|| {
        let message = format!("invalid number `{}` in `--value`", excerpt(text));
        Stop::new(Exit::Usage, message)
            .help("expected a number without its unit")
            .into()
    })
}

fn list(session: &mut Session) -> Result<Exit> {
    let is_json = output::is_json(session)?;
    let required = attestations::list(session)?;
    let entries: Vec<AttestationEntry> = required.iter().map(entry).collect();
    if is_json {
        let text = pretty(&json!({
            "schema": "cargo-campaign/attestations",
            "schema_version": "1.0",
            "attestations": entries,
        }))?;
        session.ui.out(&text)?;
    } else if entries.is_empty() {
        session.ui.note("the campaign requires no attestations");
    } else {
        let text = screen(&entries, &session.look());
        session.ui.out(&text)?;
    }
    Ok(Exit::Done)
}

pub(super) fn entry(required: &Required) -> AttestationEntry {
    let given = required.given.as_ref();
    let (state, reason) = match &required.outcome {
        CriterionOutcome::Met => ("given", None),
        CriterionOutcome::Open(reason) => ("open", Some(reason)),
        CriterionOutcome::Unknown(reason) => ("not-known", Some(reason)),
    };
    AttestationEntry {
        id: required.id.clone(),
        state: state.to_owned(),
        reason: reason.cloned(),
        author: given.map(|one| one.author.clone()),
        date: given.map(|one| one.date.clone()),
        until: given.and_then(|one| one.until.clone()),
        statement: given.map(|one| one.statement.clone()),
        evidence: given.map(|one| one.evidence.clone()),
        value: given.and_then(value),
    }
}

/// Returns `12 EUR`.
fn value(given: &Attestation) -> Option<String> {
    let value = given.value?.to_string();
    Some(match &given.unit {
        Some(unit) => format!("{value} {unit}"),
        None => value,
    })
}

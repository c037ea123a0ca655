//! `cargo campaign alert`: which alerts are open, and acknowledging them.

use anyhow::Result;
use clap::Subcommand;
use serde_json::{Value, json};

use super::output;
use super::session::Session;
use crate::alert::AlertPhase;
use crate::ops::Exit;
use crate::ops::alerts::{self, OpenAlert, Overview};
use crate::ops::workstreams::escalations::{self, OpenEscalation};
use crate::report::alert::{AlertEntry, WaitingEntry, screen, waiting};
use crate::report::json::pretty;
use crate::report::{self, Report};
use crate::store;

/// Show open alerts, and acknowledge them
///
/// `[[alert]]` in campaign.toml has the conditions, and `[[notify]]` the channels. Each run sends what changed.
#[derive(clap::Args, Debug)]
pub(super) struct AlertArgs {
    #[command(subcommand)]
    command: AlertCommand,
}

#[derive(Subcommand, Debug)]
enum AlertCommand {
    /// List the alerts, those that fire first, and what waits to be sent
    List,
    /// Acknowledge an alert that fires, in a file to commit
    Ack {
        /// The alert, as in the list
        #[arg(value_name = "ID")]
        id: String,
        /// What is being done about it
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

impl AlertArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        match self.command {
            AlertCommand::List => list(session),
            AlertCommand::Ack { id, reason } => acknowledge(session, &id, &reason),
        }
    }
}

fn list(session: &mut Session) -> Result<Exit> {
    let is_json = output::is_json(session)?;
    let overview = alerts::overview(session)?;
    let escalations = escalations::open(session)?;
    let text = if is_json {
        pretty(&object(&overview, &escalations))?
    } else {
        let mut entries = entries(&overview.alerts);
        entries.extend(escalations.into_iter().map(of_escalation));
        let mut notes = undelivered(&overview);
        let unset = overview.unset.iter();
        notes.extend(unset.map(|one| {
            one.note().unwrap_or_else(|| {
                format!("the {} is off here: ${} is not set", one.kind, one.name)
            })
        }));
        if entries.is_empty() {
            notes.insert(0, nothing(session).to_owned());
        }
        screen(&entries, &notes, session.now, &session.look())
    };
    session.ui.out(&text)?;
    Ok(Exit::Done)
}

/// Returns why the list is empty.
fn nothing(session: &Session) -> &'static str {
    match session.config().alerts.is_empty() {
        true => "no alerts are configured: add `[[alert]]` to campaign.toml",
        false => "no alert is open",
    }
}

fn acknowledge(session: &Session, id: &str, reason: &str) -> Result<Exit> {
    output::terminal_only(session, "alert ack")?;
    let (entry, file) = alerts::acknowledge(session, id, reason)?;
    let file = session.below_root(&file);
    let text = format!("{} as {} in {file}", entry.alert, entry.author);
    session.ui.status("Acknowledged", &text);
    session.ui.note("commit this file to tell others");
    Ok(Exit::Done)
}

/// Returns the alerts as lists show them.
fn entries(alerts: &[OpenAlert]) -> Vec<AlertEntry> {
    let entries = alerts.iter().map(|open| {
        let OpenAlert {
            alert,
            acknowledged,
        } = open;
        AlertEntry {
            id: alert.id.clone(),
            severity: alert.severity,
            phase: phase(open).to_owned(),
            since: alert.resolved_at().or_else(|| alert.since()),
            detail: alert.detail.clone(),
            acknowledged: acknowledged
                .as_ref()
                .map(|ack| format!("{}: {}", ack.author, ack.reason)),
        }
    });
    entries.collect()
}

/// Returns an escalated blocker as lists show it.
fn of_escalation(one: OpenEscalation) -> AlertEntry {
    AlertEntry {
        id: one.id,
        severity: one.severity,
        phase: "firing".to_owned(),
        since: Some(one.since),
        detail: one.text,
        acknowledged: None,
    }
}

fn phase(open: &OpenAlert) -> &'static str {
    match open.alert.phase {
        AlertPhase::Inactive => "inactive",
        AlertPhase::Known { .. } => "known",
        AlertPhase::Pending { .. } => "pending",
        AlertPhase::Firing { .. } if open.acknowledged.is_some() => "acknowledged",
        AlertPhase::Firing { .. } if open.alert.muted => "muted",
        AlertPhase::Firing { .. } => "firing",
        AlertPhase::Resolved { .. } => "resolved",
    }
}

/// Adds the alerts that fire, and notes about notifications that were not delivered.
pub(super) fn add_firing(session: &Session, report: &mut Report) {
    let overview = match alerts::overview(session) {
        Ok(overview) => overview,
        Err(error) => {
            session.warn(&format!("cannot read the alerts: {error}"));
            let hint = error.downcast_ref().and_then(store::Error::hint);
            return hint.iter().for_each(|hint| session.help(hint));
        }
    };
    let firing = overview.alerts.iter().filter(|open| open.alert.is_firing());
    let firing: Vec<OpenAlert> = firing.cloned().collect();
    report.alerts = Some(
        entries(&firing)
            .into_iter()
            .map(|entry| report::OpenAlert {
                id: entry.id,
                severity: entry.severity.to_string(),
                state: entry.phase,
                since: entry.since.and_then(time),
                value: entry.detail,
                acknowledged: entry.acknowledged,
            })
            .collect(),
    );
    report.notes.extend(undelivered(&overview));
}

/// Returns the messages that were not sent.
fn undelivered(overview: &Overview) -> Vec<String> {
    waiting(&waiting_entries(overview), overview.outbox.lost())
}

fn waiting_entries(overview: &Overview) -> Vec<WaitingEntry> {
    let waiting = overview.outbox.waiting().iter();
    let entries = waiting.map(|one| WaitingEntry {
        channel: one.channel.clone(),
        title: one.message.title(),
        attempts: one.attempts,
        error: one.error.clone(),
    });
    entries.collect()
}

fn object(overview: &Overview, escalations: &[OpenEscalation]) -> Value {
    let waiting = overview.outbox.waiting().iter().map(|one| {
        json!({
            "channel": one.channel,
            "id": one.message.id,
            "title": one.message.title(),
            "since": time(one.since),
            "attempts": one.attempts,
            "error": Some(&one.error).filter(|error| !error.is_empty()),
        })
    });
    json!({
        "schema": "cargo-campaign/alerts",
        "schema_version": "1.1",
        "alerts": overview.alerts.iter().map(alert).collect::<Vec<_>>(),
        "escalations": escalations.iter().map(escalation).collect::<Vec<_>>(),
        "undelivered": waiting.collect::<Vec<_>>(),
        "lost": overview.outbox.lost(),
    })
}

fn escalation(one: &OpenEscalation) -> Value {
    let (level, levels) = one.level;
    json!({
        "id": one.id,
        "workstream": one.workstream,
        "severity": one.severity.to_string(),
        "level": level,
        "levels": levels,
        "to": one.to,
        "since": time(one.since),
        "next": one.next.as_ref().map(|(to, due)| json!({ "to": to, "at": time(*due) })),
        "text": one.text,
    })
}

fn alert(open: &OpenAlert) -> Value {
    let alert = &open.alert;
    json!({
        "id": alert.id,
        "severity": alert.severity.to_string(),
        "state": phase(open),
        "rule": alert.key.rule,
        "metric": alert.key.metric,
        "package": alert.key.package,
        "since": alert.since().and_then(time),
        "resolved": alert.resolved_at().and_then(time),
        "value": alert.detail,
        "places": alert.places,
        "acknowledged": open.acknowledged.as_ref().map(|ack| json!({
            "author": ack.author,
            "time": time(ack.at),
            "reason": ack.reason,
        })),
    })
}

/// Returns a moment as RFC 3339.
fn time(seconds: i64) -> Option<String> {
    let moment = jiff::Timestamp::from_second(seconds).ok()?;
    Some(moment.to_string())
}

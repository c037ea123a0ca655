//! The screen of alerts, and what waits to be sent.

use super::document::{
    Block, Document, Note, NoteKind, Overflow, Table, TableColumn, TableRow, Text,
};
use super::figure::{ago, counted};
use super::object::OpenAlert;
use super::style::{Look, Style};
use super::terminal;
use jiff::Timestamp;

use crate::notification::Severity;

/// An alert in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertEntry {
    /// Its name.
    pub id: String,
    /// Its importance.
    pub severity: Severity,
    /// `firing`, `muted`, `acknowledged`, `pending`, `known` or `resolved`.
    pub phase: String,
    /// When it began, or when it was resolved, in Unix seconds.
    pub since: Option<i64>,
    /// The value and the condition.
    pub detail: String,
    /// Who acknowledged it, and why.
    pub acknowledged: Option<String>,
}

/// A message that was not delivered yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingEntry {
    /// The channel: `webhook $SLACK_URL`.
    pub channel: String,
    /// The title of the message.
    pub title: String,
    /// The number of attempts.
    pub attempts: u32,
    /// Why the last attempt failed. Empty if there was none.
    pub error: String,
}

/// Returns the screen at `now`, in Unix seconds.
pub fn screen(entries: &[AlertEntry], notes: &[String], now: i64, look: &Look) -> String {
    let mut document: Document = Vec::new();
    if !entries.is_empty() {
        document.push(table(entries, now));
    }
    let notes = notes.iter();
    document.extend(notes.map(|note| Note::new(NoteKind::Note, note).into()));
    terminal::render(&document, look)
}

/// Returns the blocks about alerts that fire, for the screen of the campaign's state.
pub fn open(alerts: &[OpenAlert], now: i64) -> Document {
    let entries: Vec<AlertEntry> = alerts
        .iter()
        .filter_map(|alert| {
            let severity = Severity::NAMES
                .iter()
                .find(|(name, _)| *name == alert.severity)?;
            let since = alert.since.as_deref().and_then(|since| since.parse().ok());
            Some(AlertEntry {
                id: alert.id.clone(),
                severity: severity.1,
                phase: alert.state.clone(),
                since: since.map(Timestamp::as_second),
                detail: alert.value.clone(),
                acknowledged: alert.acknowledged.clone(),
            })
        })
        .filter(|entry| entry.severity != Severity::Info)
        .collect();
    match entries.is_empty() {
        true => Vec::new(),
        false => vec![table(&entries, now), Block::Separator],
    }
}

/// Returns one sentence for each channel that messages wait for, and one about lost messages.
pub fn waiting(entries: &[WaitingEntry], lost: u64) -> Vec<String> {
    let mut channels: Vec<&str> = entries.iter().map(|one| one.channel.as_str()).collect();
    channels.sort_unstable();
    channels.dedup();
    let mut notes: Vec<String> = channels
        .into_iter()
        .map(|channel| {
            let own: Vec<&WaitingEntry> = entries
                .iter()
                .filter(|one| one.channel == channel)
                .collect();
            let failed = own.iter().find(|one| !one.error.is_empty());
            let why = failed.map_or(String::new(), |one| {
                let attempts = counted(one.attempts as usize, "attempt");
                format!(": {} ({attempts})", one.error)
            });
            let count = counted(own.len(), "notification");
            let verb = if own.len() == 1 { "waits" } else { "wait" };
            format!("{count} {verb} for {channel}{why}")
        })
        .collect();
    if lost > 0 {
        let count = counted(usize::try_from(lost).unwrap_or(usize::MAX), "notification");
        let verb = if lost == 1 { "was" } else { "were" };
        notes.push(format!(
            "{count} {verb} lost, because too many waited or the channel was removed"
        ));
    }
    notes
}

fn table(entries: &[AlertEntry], now: i64) -> Block {
    Block::Table(Table {
        name: "alerts",
        columns: vec![
            TableColumn::text("alert").at_most(36),
            TableColumn::text("severity"),
            TableColumn::text("state"),
            TableColumn::text("since"),
            TableColumn::text("value"),
        ],
        has_heads: true,
        rows: entries.iter().map(|entry| row(entry, now)).collect(),
    })
}

fn row(entry: &AlertEntry, now: i64) -> TableRow {
    let style = match (entry.phase.as_str(), entry.severity) {
        ("firing", Severity::Critical) => Style::Bad,
        ("firing", Severity::Warning) => Style::Caution,
        ("firing", Severity::Info) => Style::Good,
        _ => Style::Quiet,
    };
    let since = entry
        .since
        .map_or_else(String::new, |since| ago(now, since));
    let detail = match &entry.acknowledged {
        Some(by) => format!("{} (acknowledged by {by})", entry.detail),
        None => entry.detail.clone(),
    };
    TableRow {
        cells: vec![
            Text::code(&entry.id),
            Text::styled(style, entry.severity.to_string()),
            Text::styled(style, &entry.phase),
            Text::new(since),
            Text::new(detail),
        ],
        overflow: Overflow::FoldLastCell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::ASCII;

    #[test]
    fn alerts_are_listed_with_their_state() {
        let entry = |id: &str, severity, phase: &str, acknowledged: Option<&str>| AlertEntry {
            id: id.to_owned(),
            severity,
            phase: phase.to_owned(),
            since: Some(1000),
            detail: "3, alert when > 0".to_owned(),
            acknowledged: acknowledged.map(str::to_owned),
        };
        let entries = [
            entry("build.errors", Severity::Critical, "firing", None),
            entry(
                "test.failed@core",
                Severity::Warning,
                "acknowledged",
                Some("ana: known"),
            ),
            entry("clippy.warnings", Severity::Warning, "resolved", None),
        ];
        let waiting = waiting(
            &[WaitingEntry {
                channel: "webhook $SLACK_URL".to_owned(),
                title: "a".to_owned(),
                attempts: 2,
                error: "no connection".to_owned(),
            }],
            1,
        );
        let screen = screen(&entries, &waiting, 8200, &ASCII);
        let lines: Vec<&str> = screen.lines().map(str::trim_end).collect();
        assert_eq!(
            lines,
            [
                "  alert             severity  state         since    value",
                "  build.errors      critical  firing        2 h ago  3, alert when > 0",
                "  test.failed@core  warning   acknowledged  2 h ago",
                "    3, alert when > 0 (acknowledged by ana: known)",
                "  clippy.warnings   warning   resolved      2 h ago  3, alert when > 0",
                "  note: 1 notification waits for webhook $SLACK_URL: no connection (2 attempts)",
                "  note: 1 notification was lost, because too many waited or the channel was removed",
            ]
        );
    }
}

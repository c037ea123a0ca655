//! The screen of attestations.

use serde::Serialize;

use super::document::{Block, Overflow, Table, TableColumn, TableRow, Text};
use super::style::{Look, Style};
use super::terminal;

/// An attestation that the campaign requires.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AttestationEntry {
    /// Its id.
    pub id: String,
    /// `given`, `open` or `not-known`.
    pub state: String,
    /// Why it does not count.
    pub reason: Option<String>,
    /// The author of the newest one.
    pub author: Option<String>,
    /// Its date.
    pub date: Option<String>,
    /// The last day on which it is valid.
    pub until: Option<String>,
    /// The statement.
    pub statement: Option<String>,
    /// What shows it.
    pub evidence: Option<String>,
    /// The stated value with its unit.
    pub value: Option<String>,
}

/// Returns the screen.
pub fn screen(entries: &[AttestationEntry], look: &Look) -> String {
    let heads = [
        "attestation",
        "state",
        "author",
        "date",
        "until",
        "statement",
    ];
    let table = Block::Table(Table {
        name: "attestations",
        columns: heads.map(TableColumn::text).into(),
        has_heads: true,
        rows: entries.iter().map(row).collect(),
    });
    terminal::render(&vec![table], look)
}

fn row(entry: &AttestationEntry) -> TableRow {
    let style = match entry.state.as_str() {
        "given" => Style::Good,
        "open" => Style::Bad,
        _ => Style::Caution,
    };
    let known = |value: &Option<String>| Text::new(value.clone().unwrap_or_default());
    TableRow {
        cells: vec![
            entry.id.clone().into(),
            Text::styled(style, entry.state.replace('-', " ")),
            known(&entry.author),
            known(&entry.date),
            known(&entry.until),
            match &entry.reason {
                Some(reason) => reason.clone().into(),
                None => statement(entry),
            },
        ],
        overflow: Overflow::FoldLastCell,
    }
}

/// Returns the statement after its value: `12 EUR: as invoiced`.
fn statement(entry: &AttestationEntry) -> Text {
    let statement = entry.statement.as_deref().unwrap_or_default();
    match &entry.value {
        Some(value) => format!("{value}: {statement}").into(),
        None => statement.to_owned().into(),
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::ASCII;

    #[test]
    fn attestations_are_listed_with_their_values_or_why_they_do_not_count() {
        let entry = |id: &str, state: &str| AttestationEntry {
            id: id.to_owned(),
            state: state.to_owned(),
            ..AttestationEntry::default()
        };
        let entries = [
            AttestationEntry {
                author: Some("ana".to_owned()),
                date: Some("2026-11-20".to_owned()),
                until: Some("2026-12-31".to_owned()),
                statement: Some("as invoiced".to_owned()),
                value: Some("12 EUR".to_owned()),
                ..entry("cost", "given")
            },
            AttestationEntry {
                author: Some("bo".to_owned()),
                date: Some("2026-11-01".to_owned()),
                statement: Some("not shown".to_owned()),
                reason: Some("it expired".to_owned()),
                ..entry("review", "open")
            },
            AttestationEntry {
                reason: Some("cannot read it".to_owned()),
                ..entry("failover", "not-known")
            },
        ];
        let screen = screen(&entries, &ASCII);
        let lines: Vec<&str> = screen.lines().map(str::trim_end).collect();
        assert_eq!(
            lines,
            [
                "  attestation  state      author  date        until       statement",
                "  cost         given      ana     2026-11-20  2026-12-31  12 EUR: as invoiced",
                "  review       open       bo      2026-11-01              it expired",
                "  failover     not known                                  cannot read it",
            ]
        );
    }

    #[test]
    fn statement_begins_with_its_value() {
        for (value, statement, expected) in [
            (Some("12 EUR"), Some("as invoiced"), "12 EUR: as invoiced"),
            (None, Some("as invoiced"), "as invoiced"),
            (None, None, ""),
        ] {
            let entry = AttestationEntry {
                value: value.map(str::to_owned),
                statement: statement.map(str::to_owned),
                ..AttestationEntry::default()
            };
            assert_eq!(statement_of(&entry), expected);
        }
    }

    fn statement_of(entry: &AttestationEntry) -> String {
        let screen = screen(std::slice::from_ref(entry), &ASCII);
        let row = screen.lines().nth(1).unwrap_or_default();
        row.trim().to_owned()
    }
}

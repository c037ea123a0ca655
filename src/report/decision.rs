//! The screen of decisions.

use serde::Serialize;

use super::document::{
    Block, Document, Note, NoteKind, Overflow, Table, TableColumn, TableRow, Text,
};
use super::style::{Look, Style};
use super::terminal;

/// A decision of the team.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DecisionEntry {
    /// Its number.
    pub number: u32,
    /// Its file, relative to the workspace root.
    pub file: String,
    /// Its title.
    pub title: Option<String>,
    /// Its status, as written.
    pub status: Option<String>,
    /// `verified`, `violated` or `not-known`. Null if its confirmation names no gate.
    pub confirmation: Option<String>,
    /// Why it is violated or not known.
    pub reason: Option<String>,
    /// The problems of its file.
    pub problems: Vec<String>,
}

/// Returns the screen.
pub fn screen(entries: &[DecisionEntry], look: &Look) -> String {
    let mut document: Document = vec![Block::Table(Table {
        name: "decisions",
        columns: vec![
            TableColumn::text("decision").at_most(44),
            TableColumn::text("status").at_most(24),
            TableColumn::text("confirmation"),
            TableColumn::text("why"),
        ],
        has_heads: true,
        rows: entries.iter().map(row).collect(),
    })];
    for entry in entries {
        for problem in &entry.problems {
            let text = format!("{}: {problem}", entry.file);
            document.push(Note::new(NoteKind::Note, text).into());
        }
    }
    terminal::render(&document, look)
}

fn row(entry: &DecisionEntry) -> TableRow {
    let title = entry.title.as_deref().unwrap_or(&entry.file);
    let confirmation = entry.confirmation.as_deref().unwrap_or_default();
    let style = match confirmation {
        "verified" => Style::Good,
        "violated" => Style::Bad,
        _ => Style::Caution,
    };
    TableRow {
        cells: vec![
            format!("{:04} {title}", entry.number).into(),
            entry.status.clone().unwrap_or_default().into(),
            Text::styled(style, confirmation.replace('-', " ")),
            entry.reason.clone().unwrap_or_default().into(),
        ],
        overflow: Overflow::FoldLastCell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::ASCII;

    #[test]
    fn decisions_are_listed_with_what_is_wrong() {
        let entry = DecisionEntry {
            number: 7,
            file: "docs/decisions/0007-x.md".to_owned(),
            title: Some("Use jiff".to_owned()),
            status: Some("accepted".to_owned()),
            confirmation: Some("not-known".to_owned()),
            reason: Some("deps.count: not measured".to_owned()),
            problems: vec!["0007-y.md has this number too".to_owned()],
        };
        let screen = screen(&[entry], &ASCII);
        for expected in [
            "0007 Use jiff  accepted  not known     deps.count: not measured",
            "note: docs/decisions/0007-x.md: 0007-y.md has this number too",
        ] {
            assert!(screen.contains(expected), "{expected}\n{screen}");
        }
    }
}

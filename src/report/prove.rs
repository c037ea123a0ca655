//! The `gate --prove` screen: which gates fail on a planted violation.

use super::document::{Block, Document, Overflow, Table, TableColumn, TableRow, Text};
use super::figure::counted;
use super::style::{Look, Style};
use super::terminal;

/// A gate and the effect of a planted violation on it.
#[derive(Clone, Copy, Debug)]
pub struct ProofRow<'a> {
    /// The id of the gate.
    pub id: &'a str,
    /// The violation, such as `clippy.warnings = 20`; empty if none could be planted.
    pub planted: &'a str,
    /// Whether the gate failed on it.
    pub caught: bool,
    /// A remark, such as the reason why nothing could be planted.
    pub note: &'a str,
}

/// Returns the screen.
pub fn screen(proofs: &[ProofRow<'_>], look: &Look) -> String {
    terminal::render(&document(proofs), look)
}

fn document(proofs: &[ProofRow<'_>]) -> Document {
    if proofs.is_empty() {
        return vec![Block::paragraph("  no gates are configured yet")];
    }
    // Gates that protect nothing come first.
    let mut sorted: Vec<&ProofRow<'_>> = proofs.iter().collect();
    sorted.sort_by_key(|proof| proof.caught);
    vec![
        Block::paragraph(verdict(proofs)),
        Block::Table(Table {
            name: "gates",
            columns: vec![
                TableColumn::text(""),
                TableColumn::text("gate").at_most(36),
                TableColumn::text("planted").at_most(32),
                TableColumn::text("note"),
            ],
            has_heads: false,
            rows: sorted.into_iter().map(row).collect(),
        }),
    ]
}

fn verdict(proofs: &[ProofRow<'_>]) -> Text {
    let gates = counted(proofs.len(), "gate");
    match proofs.iter().filter(|proof| !proof.caught).count() {
        0 => {
            let verb = if proofs.len() == 1 { "fails" } else { "fail" };
            let text = format!(" {gates} {verb} on a planted violation");
            Text::styled(Style::Good, "PROVEN").words(text)
        }
        missed => {
            let gates = counted(missed, "gate");
            let text = format!(" {gates} would not fail on a planted violation");
            Text::styled(Style::Bad, "NOT PROVEN").words(text)
        }
    }
}

fn row(proof: &ProofRow<'_>) -> TableRow {
    let word = if proof.caught {
        Text::styled(Style::Good, "fails")
    } else {
        Text::styled(Style::Bad, "MISSED")
    };
    TableRow {
        cells: vec![
            word,
            Text::code(proof.id),
            Text::code(proof.planted),
            Text::styled(Style::Quiet, proof.note),
        ],
        overflow: Overflow::Cut,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_that_misses_its_violation_comes_first() {
        let rows = [
            ProofRow {
                id: "clippy.new",
                planted: "clippy.new = 1",
                caught: true,
                note: "",
            },
            ProofRow {
                id: "test.failed",
                planted: "",
                caught: false,
                note: "waived by ana",
            },
        ];
        let look = Look {
            width: 80,
            unicode: false,
            color: false,
        };
        let expected = "NOT PROVEN 1 gate would not fail on a planted violation\n  MISSED  test.failed                  waived by ana\n  fails   clippy.new   clippy.new = 1\n";
        assert_eq!(screen(&rows, &look), expected);
        let proven = screen(&rows[..1], &look);
        assert!(
            proven.starts_with("PROVEN 1 gate fails on a planted violation\n"),
            "{proven}"
        );
    }
}

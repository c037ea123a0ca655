//! The `gate --prove` screen: which gates would have failed on a planted violation.
//!
//! Knows nothing of how violations are planted.

use super::figure::counted;
use super::line::{Column, Line, page, table};
use super::style::{Look, Style};

/// One gate, put to the proof.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Gate id.
    pub id: &'a str,
    /// `clippy.warnings = 20`; empty when nothing could be planted.
    pub planted: &'a str,
    /// The gate failed on it.
    pub caught: bool,
    /// What else there is to say.
    pub note: &'a str,
}

/// The screen: gates that protect nothing first.
pub fn screen(rows: &[Row<'_>], look: &Look) -> String {
    if rows.is_empty() {
        return "  no gates are configured yet\n".to_owned();
    }
    let missed = rows.iter().filter(|row| !row.caught).count();
    let head = match missed {
        0 => Line::styled(Style::Good, "PROVEN").text(&format!(
            " {} on a planted violation",
            would(rows.len(), "fails", "fail")
        )),
        n => Line::styled(Style::Bad, "NOT PROVEN").text(&format!(
            " {} not fail on a planted violation",
            would(n, "would", "would")
        )),
    };
    let mut sorted: Vec<&Row<'_>> = rows.iter().collect();
    sorted.sort_by_key(|row| row.caught);
    let columns = [
        Column::LEFT,
        Column::LEFT.at_most(36),
        Column::LEFT.at_most(32),
        Column::LEFT,
    ];
    let mut lines = vec![head];
    lines.extend(table(
        sorted.into_iter().map(cells).collect(),
        &columns,
        look,
    ));
    page(
        &lines
            .into_iter()
            .map(|line| line.fit(look.width, look))
            .collect::<Vec<_>>(),
        look,
    )
}

/// `11 gates fail`, `1 gate fails`.
fn would(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", counted(n, "gate"), if n == 1 { one } else { many })
}

fn cells(row: &Row<'_>) -> Vec<Line> {
    let (style, word) = if row.caught {
        (Style::Good, "fails")
    } else {
        (Style::Bad, "MISSED")
    };
    vec![
        Line::styled(style, word),
        Line::of(row.id),
        Line::of(row.planted),
        Line::styled(Style::Quiet, row.note),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_that_misses_its_violation_comes_first() {
        let rows = [
            Row {
                id: "clippy.new",
                planted: "clippy.new = 1",
                caught: true,
                note: "",
            },
            Row {
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

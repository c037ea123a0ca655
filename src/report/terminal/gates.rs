//! Judged gates in columns that line up across all groups.

use crate::run::Verdict;

use super::super::document::{GateGroup, GateRow};
use super::super::line::{Column, Line, table, widths};
use super::super::phrase;
use super::super::style::{Look, Style};

/// The narrowest and the widest title on a terminal of 80 columns. A wider terminal has room for more.
const TITLE: (usize, usize) = (12, 32);

/// Where a remark continues that does not fit behind its row.
const REMARK: usize = 8;

/// Returns a table of gates below the heading of each group.
pub(super) fn lines(groups: &[GateGroup], look: &Look) -> Vec<Line> {
    let rows: Vec<Vec<Line>> = groups
        .iter()
        .flat_map(|group| &group.rows)
        .map(|row| cells(row, look))
        .collect();
    let columns = columns(&rows, look);
    let set = table(rows, &columns, look);
    let widest = set.iter().map(Line::width).max().unwrap_or(0);

    let mut set = set.into_iter();
    let mut lines = Vec::new();
    for group in groups {
        if !group.heading.is_empty() {
            lines.push(Line::styled(Style::Strong, &format!("  {}", group.heading)));
        }
        for (at, (row, line)) in group.rows.iter().zip(&mut set).enumerate() {
            // A remark that several gates share stands below the last of them.
            let is_shared = group
                .rows
                .get(at + 1)
                .is_some_and(|next| next.remark == row.remark);
            lines.extend(with_remark(line, row, is_shared, widest, look));
        }
    }
    lines
}

/// Returns title, baseline, arrow, value, target and verdict.
fn cells(row: &GateRow, look: &Look) -> Vec<Line> {
    let signs = look.signs();
    let arrow = if row.baseline.is_some() {
        signs.arrow
    } else {
        ""
    };
    let (word, style) = phrase::verdict(row.verdict);
    vec![
        Line::of(&row.name),
        Line::of(&signs.words(row.baseline.as_deref().unwrap_or_default())),
        Line::of(arrow),
        Line::of(&signs.words(row.value.as_deref().unwrap_or(signs.none))),
        Line::styled(Style::Quiet, "target ").text(&signs.words(&row.condition)),
        Line::styled(style, word),
    ]
}

/// Cuts titles, and then targets, so that the verdict stays on the screen.
fn columns(rows: &[Vec<Line>], look: &Look) -> [Column; 6] {
    let mut columns = [
        Column::LEFT.gap(4).at_most(TITLE.1.max(look.width / 3)),
        Column::RIGHT,
        Column::RIGHT.gap(1),
        Column::RIGHT.gap(1),
        Column::LEFT.gap(3),
        Column::LEFT,
    ];
    let widths = widths(rows, &columns);
    let total: usize = widths
        .iter()
        .zip(&columns)
        .map(|(width, column)| width + column.gap)
        .sum();

    let excess = total.saturating_sub(look.width);
    let title = widths[0].saturating_sub(excess).max(TITLE.0.min(widths[0]));
    let still_excess = (total - widths[0] + title).saturating_sub(look.width);
    columns[0] = columns[0].at_most(title);
    columns[4] = columns[4].at_most(widths[4].saturating_sub(still_excess).max(TITLE.0));
    columns
}

/// Sets the remark behind the row or, uncut, below it. That of a passing gate is left out without room behind the row.
fn with_remark(
    line: Line,
    row: &GateRow,
    is_shared: bool,
    widest: usize,
    look: &Look,
) -> Vec<Line> {
    let remark = Line::of(&look.signs().words(&row.remark));
    let room = look.width.saturating_sub(widest + 2);
    if remark.is_empty() {
        vec![line]
    } else if room >= remark.width() {
        vec![line.padded(widest + 2).join(remark)]
    } else if row.verdict == Verdict::Pass || is_shared {
        vec![line]
    } else {
        let below = Line::of(&" ".repeat(REMARK)).join(remark);
        std::iter::once(line)
            .chain(below.fold(REMARK, look))
            .collect()
    }
}

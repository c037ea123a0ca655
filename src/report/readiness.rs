//! The screen of a release's readiness: one answer, what is outstanding and what mends it, then everything that was asked.
//!
//! Knows nothing of how a verdict came about.

use crate::run::Verdict;

use super::gate::{self, Around};
use super::line::{Column, Line, page, table};
use super::object::{Gate, Report};
use super::phrase;
use super::style::{Look, Style};
use super::{exit_code, status};

/// The screen. `now` in Unix seconds.
pub fn screen(report: &Report, around: &Around<'_>, now: i64, look: &Look) -> String {
    let mut lines = answer(report, look);
    lines.extend(gate::open(report, around, look));
    lines.push(Line::default());
    let (checks, gates): (Vec<_>, Vec<_>) =
        phrase::groups(report).into_iter().partition(|(_, gates)| gates.iter().all(|gate| phrase::is_check(gate)));
    lines.extend(status::gates(gates, look));
    for (group, checks) in checks {
        lines.push(Line::styled(Style::Strong, &format!("  {}", phrase::heading(group))));
        lines.extend(table_of(&checks, look));
    }
    lines.push(Line::default());
    lines.extend(report.notes.iter().flat_map(|note| Line::styled(Style::Hint, "  note: ").text(note).fold(8, look)));
    lines.extend(status::provenance(report, now, look));
    page(&lines, look)
}

/// `READY for 2.0.0: ..`, or `NOT READY for 2.0.0: changelog section, tests failed`.
pub fn answer(report: &Report, look: &Look) -> Vec<Line> {
    let Some(readiness) = &report.readiness else { return Vec::new() };
    let version = &readiness.version;
    let open = report.gates.iter().filter(|gate| readiness.outstanding.contains(&gate.id));
    let open: Vec<String> = open.map(phrase::name).collect();
    let word = |style, word| Line::styled(style, word).right(12).text(" ");
    let verdict = match (readiness.ready, report.verdict) {
        (true, _) => word(Style::Good, "READY").text(&format!("for {version}: {}", holding(report))),
        (false, Verdict::Fail) => word(Style::Bad, "NOT READY").text(&said(version, &open)),
        (false, _) => word(Style::Caution, "NOT READY").text(&said(version, &open)),
    };
    let exit = format!("   exit {}", exit_code(report.verdict));
    verdict.and(Style::Quiet, &exit).fold(13, look)
}

fn said(version: &str, open: &[String]) -> String {
    format!("for {version}: {} outstanding: {}", open.len(), open.join(", "))
}

/// `9 gates and 15 checks hold, 1 waived`.
fn holding(report: &Report) -> String {
    let waived = report.gates.iter().filter(|gate| gate.verdict == Verdict::Waived).count();
    let (checks, gates): (Vec<&Gate>, Vec<&Gate>) = report.gates.iter().partition(|gate| phrase::is_check(gate));
    let counted = super::figure::counted;
    let waived = if waived > 0 { format!(", {waived} waived") } else { String::new() };
    format!("{} and {} hold{waived}", counted(gates.len(), "gate"), counted(checks.len(), "check"))
}

/// Title, what is asked, verdict, and what shows it.
fn table_of(checks: &[&Gate], look: &Look) -> Vec<Line> {
    let row = |gate: &&Gate| {
        let (word, style) = phrase::verdict(gate.verdict);
        let shown = if gate.reason.is_empty() { gate.evidence.first() } else { Some(&gate.reason) };
        vec![
            Line::of(&gate.title),
            Line::styled(Style::Quiet, &gate.require),
            Line::styled(style, word),
            Line::styled(Style::Quiet, shown.map_or("", |shown| shown)),
        ]
    };
    let columns = [Column::LEFT.gap(4).at_most(30), Column::LEFT.at_most(26), Column::LEFT, Column::LEFT];
    let rows = table(checks.iter().map(row).collect(), &columns, look);
    rows.into_iter().map(|line| line.fit(look.width, look)).collect()
}

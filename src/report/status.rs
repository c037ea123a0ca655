//! The `status` screen: where we stand, gate by gate, and what to do next.
//!
//! Knows nothing of how a verdict came about.

use crate::run::Verdict;

use super::figure::{ago, figure, ratio};
use super::line::{Column, Line, page, table, widths, wrap};
use super::object::{Gate, Number, Report};
use super::phrase::{self, Tally};
use super::style::{Look, Style};

/// The screen. `now` in Unix seconds.
pub fn screen(report: &Report, now: i64, look: &Look) -> String {
    let mut lines = header(report, look);
    lines.push(Line::default());
    lines.extend(gates(report, look));
    lines.push(Line::default());
    lines.extend(report.notes.iter().map(|note| Line::styled(Style::Hint, "  note: ").text(note)));
    lines.extend(next(report, look));
    lines.extend(provenance(report, now, look));
    page(&lines, look)
}

/// Campaign and goal on the left, the verdict on the right.
fn header(report: &Report, look: &Look) -> Vec<Line> {
    let goal = report.campaign.release.as_deref().map(|to| format!(" {} {to}", look.signs().arrow)).unwrap_or_default();
    let (word, style) = match report.verdict {
        Verdict::Fail => ("NOT READY", Style::Bad),
        Verdict::NoVerdict => ("NOT READY", Style::Caution),
        _ => ("READY", Style::Good),
    };
    let verdict = Line::styled(style, word).text(&format!(": {}", Tally::from(report).short()));
    Line::styled(Style::Strong, &format!("{}{goal}", report.campaign.name))
        .fit(look.width, look)
        .with_right(verdict, look)
}

/// Titles are cut between these widths, to what the other columns leave.
const TITLE: (usize, usize) = (12, 32);
/// Less than this for a place is too little to read.
const TAIL: usize = 16;

fn gates(report: &Report, look: &Look) -> Vec<Line> {
    let groups = phrase::groups(report);
    let rows: Vec<Vec<Line>> = groups.iter().flat_map(|(_, gates)| gates.iter().map(|gate| row(gate, look))).collect();
    let columns = columns(&rows, look);
    let mut set = table(rows, &columns, look).into_iter();
    let mut lines = Vec::new();
    for (group, gates) in groups {
        lines.push(Line::styled(Style::Strong, &format!("  {}", phrase::heading(group))));
        for (gate, line) in gates.into_iter().zip(&mut set) {
            lines.extend(with_tail(line, gate, look));
        }
    }
    lines
}

/// Title, baseline, arrow, now, target, verdict.
fn row(gate: &Gate, look: &Look) -> Vec<Line> {
    let signs = look.signs();
    let number = |value: Option<Number>| value.map(|Number(v)| figure(v, &gate.unit, look));
    let base = number(gate.baseline);
    let arrow = if base.is_some() { signs.arrow } else { "" };
    let (word, style) = phrase::verdict(gate.verdict);
    vec![
        Line::of(&phrase::name(gate)),
        Line::of(base.as_deref().unwrap_or_default()),
        Line::of(arrow),
        Line::of(&number(gate.value).unwrap_or_else(|| signs.none.to_owned())),
        Line::styled(Style::Quiet, "target ").text(&phrase::condition(&gate.require, look)),
        Line::styled(style, word),
    ]
}

fn columns(rows: &[Vec<Line>], look: &Look) -> [Column; 6] {
    let mut columns = [
        Column::LEFT.gap(4).at_most(TITLE.1),
        Column::RIGHT,
        Column::RIGHT.gap(1),
        Column::RIGHT.gap(1),
        Column::LEFT.gap(3),
        Column::LEFT,
    ];
    let set = widths(rows, &columns);
    let total: usize = set.iter().zip(&columns).map(|(w, column)| w + column.gap).sum();
    let over = total.saturating_sub(look.width);
    let title = set[0].saturating_sub(over).max(TITLE.0.min(set[0]));
    let still_over = (total - set[0] + title).saturating_sub(look.width);
    columns[0] = columns[0].at_most(title);
    columns[4] = columns[4].at_most(set[4].saturating_sub(still_over).max(TITLE.0));
    columns
}

/// Places and reasons behind the row; below it where there is no room.
fn with_tail(line: Line, gate: &Gate, look: &Look) -> Vec<Line> {
    let tail = Line::of(&tail(gate, look));
    let room = look.width.saturating_sub(line.width() + 2);
    if tail.is_empty() {
        vec![line]
    } else if room >= TAIL.min(tail.width()) {
        vec![line.text("  ").join(tail.fit(room, look))]
    } else if gate.verdict == Verdict::Pass {
        vec![line]
    } else {
        let below = Line::of(&" ".repeat(8)).join(tail).fit(look.width, look);
        vec![line, below]
    }
}

fn tail(gate: &Gate, look: &Look) -> String {
    match (gate.verdict, &gate.ratio, gate.evidence.as_slice()) {
        (Verdict::Pass, Some(r), _) => ratio(r, look),
        (Verdict::Pass, None, _) => String::new(),
        (Verdict::NoVerdict | Verdict::Waived, ..) => gate.reason.clone(),
        (_, Some(r), _) => ratio(r, look),
        (_, None, []) => gate.reason.clone(),
        (_, None, [only]) => only.clone(),
        (_, None, [first, ..]) => format!("{first}, {}", look.signs().dots),
    }
}

/// The commands that bring the campaign forward, at most three.
fn next(report: &Report, look: &Look) -> Vec<Line> {
    let open = report.gates.iter().filter(|gate| !matches!(gate.verdict, Verdict::Pass | Verdict::Waived));
    let mut commands: Vec<&str> = Vec::new();
    for help in open.filter_map(|gate| gate.help.as_deref()) {
        if commands.len() < 2 && !commands.contains(&help) {
            commands.push(help);
        }
    }
    match (&report.baseline, report.verdict) {
        (None, _) => commands.push("cargo campaign baseline"),
        (_, Verdict::Pass) => commands.push("cargo campaign final"),
        _ => commands.push("cargo campaign diff"),
    }
    let gap = format!(" {} ", look.signs().dot);
    wrap(Line::styled(Style::Hint, "  next: "), 8, commands.into_iter().map(Line::of).collect(), &gap, look)
}

/// When and where the figures were measured.
fn provenance(report: &Report, now: i64, look: &Look) -> Vec<Line> {
    let run = &report.run;
    let measured = format!(
        "measured {} at {}, rustc {};",
        ago(now, phrase::started(run)),
        phrase::state(run),
        phrase::rustc(&run.toolchain)
    );
    let baseline = match &report.baseline {
        Some(base) => format!("baseline {}, {}", phrase::commit(base), ago(now, phrase::started(base))),
        None => "no baseline".to_owned(),
    };
    let parts = vec![Line::styled(Style::Quiet, &measured), Line::styled(Style::Quiet, &baseline)];
    wrap(Line::default(), 2, parts, " ", look)
}

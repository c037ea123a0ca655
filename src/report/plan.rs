//! The plan of a campaign: when workstreams can start and end, on a screen and as diagrams.
//!
//! Diagrams are Mermaid in the oldest syntax that is sufficient, because services render old versions: starts and ends
//! are explicit dates, and texts have no character with a meaning.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{
    Block, Document, HeadingLevel, Note, NoteKind, Overflow, Table, TableColumn, TableRow, Text,
};
use super::object::{MilestoneState, Number, RiskState};
use super::risk;
use super::style::{Look, Style};
use super::terminal;

/// A workstream in the plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlanEntry {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: Option<String>,
    /// The responsible person or team.
    pub owner: Option<String>,
    /// `pending`, `in_progress`, `blocked` or `complete`.
    pub status: String,
    /// How many of its criteria are met, and how many it has.
    pub met: (usize, usize),
    /// The day on which its start is recorded, `YYYY-MM-DD`.
    pub started: Option<String>,
    /// The ids of the workstreams that it needs.
    pub needs: Vec<String>,
    /// Start and end in working days from now.
    pub span: (f64, f64),
    /// How much later it can end, in working days.
    pub slack: f64,
    /// Whether it decides the end.
    pub is_critical: bool,
    /// Whether it takes longer than its estimate already.
    pub is_overrun: bool,
    /// Whether an estimate is missing, so that it ends at this time at the earliest.
    pub is_at_least: bool,
    /// The days on which it starts and ends, `YYYY-MM-DD`.
    pub days: (String, String),
}

/// The content of a plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlanPage {
    /// The name of the campaign.
    pub campaign: String,
    /// The present day, `YYYY-MM-DD`.
    pub today: String,
    /// The workstreams.
    pub entries: Vec<PlanEntry>,
    /// The milestones.
    pub milestones: Vec<MilestoneState>,
    /// The risks, the greatest exposure first.
    pub risks: Vec<RiskState>,
    /// The working days until everything ends.
    pub left: f64,
    /// Their standard deviation.
    pub deviation: f64,
    /// Whether an estimate is missing.
    pub is_at_least: bool,
    /// The day on which everything ends.
    pub end: String,
    /// Remarks.
    pub notes: Vec<String>,
}

/// The length of the longest bar, unless names are long.
const WIDTH: usize = 24;

/// The most columns of a name.
const NAME: usize = 32;

/// The most nodes of a diagram: services refuse more than 500 edges.
pub(super) const MOST: usize = 200;

/// Returns the screen.
pub fn screen(page: &PlanPage, look: &Look) -> String {
    let bar = look.signs().blocks[7];
    terminal::render(&document(page, Some(bar)), look)
}

/// Returns the page for a file, with a chart and the chain as diagrams.
pub fn page(page: &PlanPage) -> Document {
    let mut document = document(page, None);
    if !page.entries.is_empty() && page.entries.len() <= MOST {
        document.extend([gantt(page), chain(page)].map(Block::Diagram));
    }
    document
}

/// Returns the page. Bars are made of the sign, if there is one.
fn document(page: &PlanPage, bar: Option<&str>) -> Document {
    let mut document = Document::new();
    if !page.entries.is_empty() {
        document.extend([
            entries(page, bar),
            Block::Separator,
            Block::paragraph(end(page)),
        ]);
    }
    if !page.milestones.is_empty() {
        document.push(Block::Heading(HeadingLevel::Section, "Milestones".into()));
        document.push(milestones(&page.milestones));
    }
    if !page.risks.is_empty() {
        document.push(Block::Heading(HeadingLevel::Section, "Risks".into()));
        document.push(risk::all(&page.risks));
    }
    let notes = page.notes.iter();
    document.extend(notes.map(|note| Note::new(NoteKind::Note, note).into()));
    document
}

/// Returns the workstreams with their ends and slack.
pub(super) fn entries(page: &PlanPage, bar: Option<&str>) -> Block {
    let bar = bar.map(|sign| Bar {
        sign,
        days: page.left,
        width: bar_width(page),
    });
    let rows = page.entries.iter().map(|entry| row(entry, bar.as_ref()));
    let mut columns = vec![
        TableColumn::text("workstream").at_most(NAME),
        TableColumn::text("left"),
        TableColumn::text("ends"),
        TableColumn::text("slack"),
    ];
    if bar.is_some() {
        columns.insert(1, TableColumn::text("from now"));
    }
    Block::Table(Table {
        name: "workstreams",
        columns,
        has_heads: true,
        rows: rows.collect(),
    })
}

/// The bars of a plan: all are on one scale.
struct Bar<'a> {
    sign: &'a str,
    /// The working days that the longest one stands for.
    days: f64,
    /// Its length.
    width: usize,
}

/// Returns the length of the longest bar. The rows of a plan fit into 80 columns.
fn bar_width(page: &PlanPage) -> usize {
    let names = page.entries.iter().map(|entry| {
        let name = name(&entry.id, entry.title.as_deref());
        name.chars().count().min(NAME)
    });
    let longest = names.max().unwrap_or_default();
    // `2026-12-01 or later`, and `no estimate`.
    let remarks = if page.is_at_least { 12 } else { 0 };
    let room = WIDTH + 23;
    room.saturating_sub(longest + remarks).clamp(8, WIDTH)
}

fn row(entry: &PlanEntry, bar: Option<&Bar<'_>>) -> TableRow {
    let (start, end) = entry.span;
    let remark = match remark(entry) {
        Some((style, words)) => Text::styled(style, words),
        None => Text::varying(days(entry.slack)),
    };
    let until = match entry.status.as_str() {
        "complete" => String::new(),
        _ if entry.is_at_least => format!("{} or later", entry.days.1),
        _ => entry.days.1.clone(),
    };
    let mut cells = vec![
        name(&entry.id, entry.title.as_deref()).into(),
        Text::varying(days(end - start)),
        Text::varying(until),
        remark,
    ];
    if let Some(bar) = bar {
        cells.insert(1, bars(entry.span, bar).into());
    }
    TableRow {
        cells,
        overflow: Overflow::Cut,
    }
}

/// Returns the remark about a workstream. `None` if its slack says it all.
pub(super) fn remark(entry: &PlanEntry) -> Option<(Style, &'static str)> {
    let (start, end) = entry.span;
    match entry.status.as_str() {
        "complete" => Some((Style::Good, "complete")),
        _ if entry.is_overrun => Some((Style::Bad, "overrun")),
        _ if entry.is_critical => Some((Style::Caution, "critical")),
        _ if entry.is_at_least && end - start <= 0.0 => Some((Style::Caution, "no estimate")),
        _ => None,
    }
}

/// Returns a bar from start to end.
fn bars((start, end): (f64, f64), bar: &Bar<'_>) -> String {
    if bar.days <= 0.0 {
        return String::new();
    }
    let scale = |days: f64| (days / bar.days * bar.width as f64).round() as usize;
    let length = scale(end).saturating_sub(scale(start));
    format!("{}{}", " ".repeat(scale(start)), bar.sign.repeat(length))
}

pub(super) fn name(id: &str, title: Option<&str>) -> String {
    match title {
        Some(title) => format!("{id} {title}"),
        None => id.to_owned(),
    }
}

/// Returns `2.4 d`.
pub(super) fn days(days: f64) -> String {
    let rounded = (days * 10.0).round() / 10.0;
    format!("{rounded} d")
}

/// Returns `ends 2025-10-27, in 2.4 d (± 0.3 d)`.
pub(super) fn end(page: &PlanPage) -> String {
    if page.entries.iter().all(|entry| entry.status == "complete") {
        return "all workstreams are complete".to_owned();
    }
    let deviation = match page.deviation > 0.05 {
        true => format!(" (± {})", days(page.deviation)),
        false => String::new(),
    };
    let earliest = match page.is_at_least {
        true => " at the earliest: some workstreams have no estimate, or take longer",
        false => "",
    };
    format!(
        "ends {}, in {}{deviation}{earliest}",
        page.end,
        days(page.left)
    )
}

pub(super) fn milestones(milestones: &[MilestoneState]) -> Block {
    let rows = milestones.iter().map(|one| {
        let style = style_of(&one.health);
        TableRow {
            cells: vec![
                name(&one.id, one.title.as_deref()).into(),
                Text::styled(style, one.health.replace('-', " ")),
                target(one),
            ],
            overflow: Overflow::FoldLastCell,
        }
    });
    Block::Table(Table {
        name: "milestones",
        columns: ["milestone", "health", "ends"]
            .map(TableColumn::text)
            .into(),
        has_heads: false,
        rows: rows.collect(),
    })
}

/// Returns the style of a health.
pub(super) fn style_of(health: &str) -> Style {
    match health {
        "done" | "on-track" => Style::Good,
        "blocked" => Style::Bad,
        _ => Style::Caution,
    }
}

/// Returns `ends 2025-10-28, 1 d after its target 2025-10-27`. The end varies with the present day, and the target does not.
fn target(one: &MilestoneState) -> Text {
    let ends = |end: &str, distance: &str| {
        let end = Text::varying(format!("{end}, {distance}"));
        Text::new("ends ").join(end)
    };
    match (&one.end, &one.target, one.ahead) {
        (Some(end), Some(target), Some(Number(ahead))) => {
            let distance = match ahead {
                0.0 if end != target => "on the last working day before".to_owned(),
                _ => distance(ahead),
            };
            ends(end, &distance).words(format!(" its target {target}"))
        }
        (Some(end), ..) => ends(end, "without a target"),
        (None, Some(target), _) => Text::new(format!("its target is {target}")),
        (None, None, _) => Text::default(),
    }
}

/// Returns how far a target is from an end that is this many working days ahead of it: `3 d before`.
pub(super) fn distance(ahead: f64) -> String {
    match ahead {
        ahead if ahead > 0.0 => format!("{} before", days(ahead)),
        ahead if ahead < 0.0 => format!("{} after", days(-ahead)),
        _ => "on the day of".to_owned(),
    }
}

/// Returns the lines of a chart of the time from now.
pub(super) fn gantt(page: &PlanPage) -> Vec<String> {
    let head = [
        "gantt",
        "    dateFormat YYYY-MM-DD",
        "    inclusiveEndDates",
        "    section Workstreams",
    ];
    let mut lines: Vec<String> = head.map(str::to_owned).into();
    for (at, entry) in page.entries.iter().enumerate() {
        let mut tags = Vec::new();
        if entry.is_critical {
            tags.push("crit");
        }
        match entry.status.as_str() {
            "complete" => tags.push("done"),
            "in_progress" => tags.push("active"),
            _ => {}
        }
        let mut fields: Vec<String> = tags.into_iter().map(str::to_owned).collect();
        let (start, end) = &entry.days;
        fields.extend([format!("w{at}"), start.clone(), end.clone()]);
        let title = plain(&name(&entry.id, entry.title.as_deref()));
        lines.push(format!("    {title} :{}", fields.join(", ")));
    }
    lines
}

/// Returns the workstreams in the order of their needs, a line for all that can be worked on at once.
pub(super) fn flow(page: &PlanPage) -> Vec<Text> {
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut lines = Vec::new();
    let known: BTreeSet<&str> = page.entries.iter().map(|entry| entry.id.as_str()).collect();
    while done.len() < known.len() {
        let mut now = Vec::new();
        for entry in page
            .entries
            .iter()
            .filter(|one| !done.contains(one.id.as_str()))
        {
            let mut needs = entry.needs.iter().map(String::as_str);
            if needs.all(|need| done.contains(need) || !known.contains(need)) {
                now.push(entry);
            }
        }
        // Workstreams that need each other are an error elsewhere.
        if now.is_empty() {
            break;
        }
        let names: Vec<String> = now.iter().map(|entry| with_needs(entry)).collect();
        let word = if done.is_empty() { "first" } else { "then" };
        lines.push(Text::new(format!("{word}: {}", names.join(", "))));
        done.extend(now.iter().map(|entry| entry.id.as_str()));
    }
    lines
}

/// Returns the name of a workstream with those that it needs.
fn with_needs(entry: &PlanEntry) -> String {
    let name = name(&entry.id, entry.title.as_deref());
    match entry.needs.is_empty() {
        true => name,
        false => format!("{name} (needs {})", entry.needs.join(", ")),
    }
}

/// Returns the lines of a diagram of what needs what.
pub(super) fn chain(page: &PlanPage) -> Vec<String> {
    let mut lines = vec!["flowchart LR".to_owned()];
    let mut nodes: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, entry) in page.entries.iter().enumerate() {
        nodes.insert(&entry.id, at);
        let title = plain(&name(&entry.id, entry.title.as_deref()));
        let status = entry.status.replace('_', " ");
        lines.push(format!("    w{at}[\"{title}: {status}\"]"));
    }
    for (at, entry) in page.entries.iter().enumerate() {
        for need in &entry.needs {
            if let Some(from) = nodes.get(need.as_str()) {
                lines.push(format!("    w{from} --> w{at}"));
            }
        }
    }
    lines
}

/// Returns a text without characters that have a meaning in diagrams. It begins with a number such as `7.1`, or a word of ours.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for c in text.chars() {
        let is_plain = c.is_alphanumeric() || " .-_/+".contains(c);
        plain.push(if is_plain { c } else { ' ' });
    }
    let words: Vec<&str> = plain.split_whitespace().collect();
    let first = words.first().copied().unwrap_or_default();
    let text = words.join(" ");
    let is_number = first.chars().all(|c| c.is_ascii_digit() || c == '.');
    match is_number && first.ends_with(|c: char| c.is_ascii_digit()) {
        true => text,
        // So that no text begins with a word of the language, such as `section` or `click`, a date or the number of a list item.
        false => format!("Workstream {text}"),
    }
}

/// A plan for tests.
#[cfg(test)]
pub(super) mod samples {
    use super::*;

    /// Returns a workstream that goes on.
    pub(super) fn entry(id: &str, title: &str) -> PlanEntry {
        PlanEntry {
            id: id.to_owned(),
            title: Some(title.to_owned()),
            status: "in_progress".to_owned(),
            days: ("2026-11-30".to_owned(), "2026-12-02".to_owned()),
            ..PlanEntry::default()
        }
    }

    /// Returns a plan with two milestones.
    pub(in crate::report) fn page() -> PlanPage {
        let planned = |id: &str, span, slack, days: (&str, &str)| PlanEntry {
            span,
            slack,
            is_critical: slack == 0.0,
            status: "pending".to_owned(),
            days: (days.0.to_owned(), days.1.to_owned()),
            ..entry(id, "Work")
        };
        PlanPage {
            campaign: "Phase 7".to_owned(),
            today: "2026-11-30".to_owned(),
            entries: vec![
                PlanEntry {
                    owner: Some("ana".to_owned()),
                    status: "in_progress".to_owned(),
                    met: (3, 4),
                    started: Some("2026-11-27".to_owned()),
                    ..planned("7.1", (0.0, 2.4), 0.0, ("2026-11-30", "2026-12-02"))
                },
                planned("7.3", (0.0, 1.2), 0.2, ("2026-11-30", "2026-12-01")),
                PlanEntry {
                    needs: vec!["7.3".to_owned()],
                    is_at_least: true,
                    ..planned("7.4", (1.2, 1.2), 1.2, ("2026-12-01", "2026-12-01"))
                },
                PlanEntry {
                    status: "complete".to_owned(),
                    ..planned("7.5", (0.0, 0.0), 2.4, ("2026-11-30", "2026-11-30"))
                },
            ],
            milestones: vec![
                MilestoneState {
                    id: "phase-7".to_owned(),
                    health: "at-risk".to_owned(),
                    start: Some("2026-11-23".to_owned()),
                    workstreams: vec!["7.1".to_owned(), "7.3".to_owned()],
                    end: Some("2026-12-02".to_owned()),
                    target: Some("2026-12-01".to_owned()),
                    ahead: Some(Number(-1.0)),
                    ..MilestoneState::default()
                },
                MilestoneState {
                    id: "phase-8".to_owned(),
                    health: "not-known".to_owned(),
                    ..MilestoneState::default()
                },
            ],
            risks: risk::tests::samples(),
            left: 2.4,
            deviation: 0.5,
            is_at_least: true,
            end: "2026-12-02".to_owned(),
            notes: vec!["ana has 2 at once: 7.1, 7.3".to_owned()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::samples::{entry, page};
    use super::*;
    use crate::report::markdown;
    use crate::tests::hostile;

    #[test]
    fn texts_have_no_meaning_in_diagrams() {
        let pieces = [
            "%%{init}%%",
            "\n",
            ":",
            ";",
            "\"",
            "]",
            "click w0 href",
            "section",
            "#quot;",
            "-->",
            "`",
            "7.1",
            "end",
            "<b>",
        ];
        for text in hostile(&pieces) {
            let page = PlanPage {
                entries: vec![entry(&text, &text), entry("7.2", &text)],
                ..PlanPage::default()
            };
            let gantt = gantt(&page);
            assert_eq!(gantt.len(), 6, "{text:?}");
            for line in &gantt[4..] {
                assert_eq!(line.matches(':').count(), 1, "{line}");
                assert!(!line.contains(['%', ';', '\n', '"', '#']), "{line}");
            }
            let chain = chain(&page);
            assert_eq!(chain.len(), 3, "{text:?}");
            for line in &chain[1..] {
                assert_eq!(line.matches('"').count(), 2, "{line}");
                assert!(!line.contains(['`', '<', '#', ';']), "{line}");
            }
        }
    }

    /// Mermaid takes a date for one, and some versions draw no lists.
    #[test]
    fn texts_in_diagrams_begin_with_a_number_or_a_word_of_ours() {
        for (text, expected) in [
            ("7.1 Work", "7.1 Work"),
            ("5 5% done", "5 5 done"),
            ("2026-11-30 Work", "Workstream 2026-11-30 Work"),
            ("1. Work", "Workstream 1. Work"),
            ("section Work", "Workstream section Work"),
            ("click; w0: \"x\"", "Workstream click w0 x"),
            ("7a Work", "Workstream 7a Work"),
            (":;", "Workstream "),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
    }

    #[test]
    fn days_are_rounded_to_tenths() {
        for (value, expected) in [
            (2.4, "2.4 d"),
            (1.0, "1 d"),
            (0.04, "0 d"),
            (2.449_999, "2.4 d"),
        ] {
            assert_eq!(days(value), expected);
        }
    }

    #[test]
    fn plan_is_shown_with_bars_on_one_scale() {
        let screen = screen(&page(), &crate::report::tests::ASCII);
        for expected in [
            "critical",
            "0.2 d",
            "no estimate",
            "2026-12-01 or later",
            "ends 2026-12-02, in 2.4 d (",
            "at the earliest: some workstreams have no estimate",
            "phase-7  at risk    ends 2026-12-02, 1 d after its target 2026-12-01",
            "note: ana has 2 at once: 7.1, 7.3",
            "compile errors > 0 (3)",
        ] {
            assert!(screen.contains(expected), "{expected}\n{screen}");
        }
        let scale = |days| Bar {
            sign: "#",
            days,
            width: WIDTH,
        };
        let bar = |days: (f64, f64)| bars(days, &scale(2.4));
        assert_eq!(bar((0.0, 2.4)), "#".repeat(24));
        assert_eq!(
            bar((1.2, 2.4)),
            format!("{}{}", " ".repeat(12), "#".repeat(12))
        );
        assert_eq!(bar((0.0, 0.0)), "");
        assert_eq!(bars((0.0, 0.0), &scale(0.0)), "");
    }

    #[test]
    fn diagrams_have_explicit_dates_and_the_needs() {
        let text = markdown::render(&super::page(&page()));
        for expected in [
            "    7.1 Work :crit, active, w0, 2026-11-30, 2026-12-02\n",
            "    7.5 Work :done, w3, 2026-11-30, 2026-11-30\n",
            "    w2[\"7.4 Work: pending\"]\n",
            "    w1 --> w2\n",
        ] {
            assert!(text.contains(expected), "{expected}\n{text}");
        }
        assert_eq!(text.matches("```mermaid").count(), 2);
        let mut many = page();
        many.entries = vec![entry("1", "x"); MOST + 1];
        assert!(!markdown::render(&super::page(&many)).contains("mermaid"));
    }
}

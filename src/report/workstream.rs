//! The screens of workstreams: all of them, and one with its criteria.

use super::document::{
    Block, CheckItem, Document, HeadingLevel, Note, NoteKind, Overflow, Table, TableColumn,
    TableRow, Text,
};
use super::facts::ReportFacts;
use super::object::{CriterionState, LoggedAction, WorkstreamState};
use super::style::{Look, Style};
use super::terminal;
use crate::text::{escape, first_few};

/// The most conditions that a row of the list names.
const NAMED: usize = 2;

/// The most workstreams that it names of those that another one waits for.
const WAITS: usize = 4;

/// Returns the screen of all workstreams. `next` is the command to type next.
pub fn screen(states: &[WorkstreamState], next: Option<&str>, look: &Look) -> String {
    let mut document: Document = vec![table(states, true)];
    document.extend(next.map(|next| Note::new(NoteKind::Next, next).into()));
    terminal::render(&document, look)
}

/// Returns the rows of all workstreams, with or without heads.
pub(super) fn table(states: &[WorkstreamState], has_heads: bool) -> Block {
    Block::Table(Table {
        name: "workstreams",
        columns: vec![
            TableColumn::text("workstream").at_most(36),
            TableColumn::text("owner").at_most(16),
            TableColumn::text("status"),
            TableColumn::text("met"),
            TableColumn::text("open"),
        ],
        has_heads,
        rows: states.iter().map(row).collect(),
    })
}

fn row(state: &WorkstreamState) -> TableRow {
    TableRow {
        cells: vec![
            title(state).into(),
            state.owner.clone().unwrap_or_default().into(),
            status(state),
            met(state).into(),
            open(state).into(),
        ],
        overflow: Overflow::Cut,
    }
}

pub(super) fn met(state: &WorkstreamState) -> String {
    format!("{} of {}", state.met, state.criteria.len())
}

/// Returns the id and the title.
pub(super) fn title(state: &WorkstreamState) -> String {
    match &state.title {
        Some(title) => format!("{} {title}", state.id),
        None => state.id.clone(),
    }
}

/// Returns a box that is ticked if it is complete, with what keeps it from that.
pub(super) fn check_item(state: &WorkstreamState) -> CheckItem {
    let text = match open(state) {
        open if open.is_empty() => title(state),
        open => format!("{} ({open})", title(state)),
    };
    CheckItem {
        holds: state.status == "complete",
        text: text.into(),
    }
}

pub(super) fn status(state: &WorkstreamState) -> Text {
    let (style, words) = match (state.status.as_str(), state.may_start) {
        ("complete", _) => (Style::Good, "complete"),
        ("blocked", _) => (Style::Bad, "blocked"),
        ("in_progress", _) => (Style::Caution, "in progress"),
        (_, Some(true)) => (Style::Plain, "ready"),
        (other, _) => (Style::Plain, other),
    };
    Text::styled(style, words)
}

/// Returns what keeps it from being complete: blockers, the workstreams that it waits for, then criteria.
pub(super) fn open(state: &WorkstreamState) -> String {
    if state.status == "complete" {
        return String::new();
    }
    let blockers = state.blockers.iter();
    let blockers = blockers.map(|blocker| blocker.text.clone());
    let waits = waiting(state).into_iter();
    let criteria = state.criteria.iter().filter_map(unmet);
    first_few(blockers.chain(waits).chain(criteria), NAMED)
}

/// Returns the workstreams that it waits for: `waits for 7.3, 7.4`.
pub(super) fn waiting(state: &WorkstreamState) -> Option<String> {
    let waits = first_few(&state.waits, WAITS);
    (!waits.is_empty()).then(|| format!("waits for {waits}"))
}

/// Returns a criterion that is not met with its reason: `clippy warnings < 20 (24)`.
pub(super) fn unmet(criterion: &CriterionState) -> Option<String> {
    let reason = criterion.reason.as_ref()?;
    Some(format!("{} ({reason})", criterion.text))
}

/// Returns the screen of one workstream.
pub fn one(state: &WorkstreamState, look: &Look) -> String {
    let mut document: Document = vec![
        Block::Title {
            text: title(state).into(),
            remark: status(state).words(format!(": {} met", met(state))),
        },
        Block::Separator,
        criteria(state),
        Block::Separator,
    ];
    let commits = match state.commits {
        0 => String::new(),
        count => format!("{count} since the baseline"),
    };
    let fields = [
        ("owner", state.owner.clone().unwrap_or_default()),
        ("needs", state.needs.join(", ")),
        ("waits for", state.waits.join(", ")),
        ("commits", commits),
    ];
    for (name, value) in fields {
        if !value.is_empty() {
            document.push(Block::Field(name, value.into()));
        }
    }
    if !state.log.is_empty() {
        document.push(Block::Separator);
        document.push(log(state));
    }
    let help = state.criteria.iter().find_map(|one| one.help.as_deref());
    document.extend(help.map(|help| Note::new(NoteKind::Next, help).into()));
    terminal::render(&document, look)
}

fn criteria(state: &WorkstreamState) -> Block {
    let rows = state.criteria.iter().map(|criterion| {
        let (word, style) = match criterion.state.as_str() {
            "met" => ("met", Style::Good),
            "open" => ("open", Style::Bad),
            _ => ("NO VERDICT", Style::Caution),
        };
        TableRow {
            cells: vec![
                Text::styled(style, word),
                criterion.text.clone().into(),
                criterion.reason.clone().unwrap_or_default().into(),
            ],
            overflow: Overflow::FoldLastCell,
        }
    });
    Block::Table(Table {
        name: "criteria",
        columns: ["state", "criterion", "why"].map(TableColumn::text).into(),
        has_heads: false,
        rows: rows.collect(),
    })
}

fn log(state: &WorkstreamState) -> Block {
    let rows = state.log.iter().map(|action| TableRow {
        cells: vec![
            action.time.clone().into(),
            action.action.clone().into(),
            action.author.clone().into(),
            action.text.clone().into(),
        ],
        overflow: Overflow::FoldLastCell,
    });
    let columns = ["time", "action", "author", "text"];
    Block::Table(Table {
        name: "actions",
        columns: columns.map(TableColumn::text).into(),
        has_heads: false,
        rows: rows.collect(),
    })
}

/// Returns all workstreams, as a section.
pub(super) fn section(facts: &ReportFacts<'_>) -> Document {
    match facts.report.workstreams.as_deref() {
        None | Some([]) => Document::new(),
        Some(states) => vec![table(states, true)],
    }
}

/// Returns a workstream with its owner, its status and its open criteria.
pub(super) fn progress(state: &WorkstreamState) -> Text {
    let mut text = Text::new(title(state));
    if let Some(owner) = &state.owner {
        text = text.words(format!(" ({owner})"));
    }
    text = text.words(": ").join(status(state));
    match open(state) {
        open if open.is_empty() => text,
        open => text.words(format!(": {open}")),
    }
}

/// Returns the next step of a workstream that is in progress or ready, with the command to type.
pub(super) fn next_step(state: &WorkstreamState) -> Option<Text> {
    let (words, help) = match (state.status.as_str(), state.may_start) {
        ("in_progress", _) => {
            let criterion = state.criteria.iter().find(|one| one.state != "met")?;
            (unmet(criterion)?, criterion.help.clone())
        }
        ("pending", Some(true)) => {
            let command = format!("cargo campaign workstream start {}", state.id);
            ("ready".to_owned(), Some(command))
        }
        _ => return None,
    };
    let text = Text::new(format!("{}: {words}", title(state)));
    Some(text.with_command(help.as_deref()))
}

/// Returns the criteria of each workstream as check lists.
pub(super) fn checklists(facts: &ReportFacts<'_>) -> Document {
    let mut blocks = Document::new();
    for state in facts.report.workstreams.iter().flatten() {
        let text = Text::new(format!("{}: ", title(state))).join(status(state));
        blocks.push(Block::Heading(HeadingLevel::Subsection, text));
        let items = state.criteria.iter().map(|criterion| CheckItem {
            holds: criterion.state == "met",
            text: unmet(criterion).unwrap_or(criterion.text.clone()).into(),
        });
        blocks.push(Block::Checklist(items.collect()));
    }
    blocks
}

/// Returns the recorded blockers.
pub(super) fn blockers(facts: &ReportFacts<'_>) -> Document {
    let mut recorded = Vec::new();
    for state in facts.report.workstreams.iter().flatten() {
        recorded.extend(state.blockers.iter().map(|one| (state, one)));
    }
    records("blockers", &recorded)
}

/// Returns the records within the period.
pub(super) fn activity(facts: &ReportFacts<'_>) -> Document {
    let mut recorded = recorded(facts);
    recorded.retain(|(_, action)| is_since(action, facts.start));
    records("records", &recorded)
}

/// The most records of a log.
const NEWEST: usize = 20;

/// Returns the newest records.
pub(super) fn newest(facts: &ReportFacts<'_>) -> Document {
    let mut recorded = recorded(facts);
    recorded.truncate(NEWEST);
    records("records", &recorded)
}

/// Returns whether an action was recorded at this time in Unix seconds, or later.
pub(super) fn is_since(action: &LoggedAction, start: i64) -> bool {
    let time: Result<jiff::Timestamp, _> = action.time.parse();
    time.is_ok_and(|time| time.as_second() >= start)
}

/// Returns all records, the newest first.
fn recorded<'a>(facts: &ReportFacts<'a>) -> Vec<(&'a WorkstreamState, &'a LoggedAction)> {
    let mut recorded = Vec::new();
    for state in facts.report.workstreams.iter().flatten() {
        recorded.extend(state.log.iter().map(|action| (state, action)));
    }
    recorded.sort_by(|(_, one), (_, other)| other.time.cmp(&one.time));
    recorded
}

fn records(name: &'static str, recorded: &[(&WorkstreamState, &LoggedAction)]) -> Document {
    if recorded.is_empty() {
        return Document::new();
    }
    let rows = recorded.iter().map(|(state, action)| TableRow {
        cells: vec![
            // The day is enough.
            Text::new(action.time.get(..10).unwrap_or_default()),
            Text::new(&state.id),
            Text::new(&action.action),
            Text::new(&action.author),
            Text::new(&action.text),
        ],
        overflow: Overflow::FoldLastCell,
    });
    let heads = ["day", "workstream", "action", "author", "text"];
    vec![Block::Table(Table {
        name,
        columns: heads.map(TableColumn::text).into(),
        has_heads: true,
        rows: rows.collect(),
    })]
}

/// Returns an answer for people and scripts.
pub fn line(text: &str) -> String {
    format!("{}\n", escape(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::object::LoggedAction;
    use crate::report::tests::ASCII;

    fn criterion(text: &str, state: &str, reason: Option<&str>) -> CriterionState {
        CriterionState {
            text: text.to_owned(),
            state: state.to_owned(),
            reason: reason.map(str::to_owned),
            help: reason.map(|_| "cargo campaign run clippy".to_owned()),
        }
    }

    fn action(action: &str, text: &str) -> LoggedAction {
        LoggedAction {
            action: action.to_owned(),
            author: "ana".to_owned(),
            time: "2026-11-30T12:00:00Z".to_owned(),
            text: text.to_owned(),
            commit: None,
        }
    }

    fn states() -> Vec<WorkstreamState> {
        let state = |id: &str, status: &str, may_start| WorkstreamState {
            id: id.to_owned(),
            status: status.to_owned(),
            may_start,
            ..WorkstreamState::default()
        };
        vec![
            WorkstreamState {
                title: Some("Build infrastructure".to_owned()),
                owner: Some("cicd".to_owned()),
                met: 1,
                criteria: vec![
                    criterion("clippy warnings < 20", "open", Some("24")),
                    criterion("docs/BUILD.md", "met", None),
                    criterion("failover rehearsed", "no-verdict", Some("cannot read it")),
                ],
                commits: 3,
                log: vec![action("started", ""), action("note", "the cache is next")],
                ..state("7.1", "in_progress", Some(true))
            },
            WorkstreamState {
                needs: vec!["7.1".to_owned()],
                waits: vec!["7.1".to_owned()],
                blockers: vec![action("blocked", "no access to the staging database")],
                ..state("7.2", "blocked", Some(false))
            },
            state("7.3", "pending", Some(true)),
            state("7.4", "pending", None),
            state("7.5", "complete", Some(true)),
        ]
    }

    #[test]
    fn workstreams_are_listed_with_what_is_open() {
        let screen = screen(&states(), Some("cargo campaign run clippy"), &ASCII);
        let lines: Vec<&str> = screen.lines().map(str::trim_end).collect();
        assert_eq!(
            lines,
            [
                "  workstream                owner  status       met     open",
                "  7.1 Build infrastructure  cicd   in progress  1 of 3  clippy warnings < 20 (..",
                "  7.2                              blocked      0 of 0  no access to the stagi..",
                "  7.3                              ready        0 of 0",
                "  7.4                              pending      0 of 0",
                "  7.5                              complete     0 of 0",
                "  next: cargo campaign run clippy",
            ]
        );
    }

    #[test]
    fn workstream_is_shown_with_its_criteria_and_records() {
        let screen = one(&states()[0], &ASCII);
        for expected in [
            "7.1 Build infrastructure",
            "in progress: 1 of 3 met",
            "open        clippy warnings < 20  24",
            "met         docs/BUILD.md",
            "NO VERDICT  failover rehearsed    cannot read it",
            "3 since the baseline",
            "note     ana  the cache is next",
            "next: cargo campaign run clippy",
        ] {
            assert!(screen.contains(expected), "{expected}\n{screen}");
        }
    }

    #[test]
    fn hostile_text_is_harmless_on_the_screen() {
        let mut states = states();
        states[0].title = Some("\u{1b}[31m::error::x\u{202e}".to_owned());
        states[0].log[1].text = "\u{1b}]0;x\u{7}".to_owned();
        let list = screen(&states, None, &ASCII);
        for screen in [list, one(&states[0], &ASCII)] {
            assert!(
                !screen.contains(['\u{1b}', '\u{202e}', '\u{7}']),
                "{screen}"
            );
        }
        assert_eq!(line("a\u{1b}b"), "a\\u{1b}b\n");
    }
}

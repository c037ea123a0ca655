//! The sections about owners: the matrix of their workstreams, and the stand-up.

use std::collections::BTreeMap;

use super::document::{
    Block, Document, HeadingLevel, Overflow, Table, TableColumn, TableRow, Text,
};
use super::facts::ReportFacts;
use super::object::WorkstreamState;
use super::plan::PlanEntry;
use super::style::Style;
use super::workstream::{is_since, met, next_step, open, status, title, waiting};

/// Returns the workstreams by owner. Those without an owner are last.
fn by_owner<'a>(facts: &ReportFacts<'a>) -> Vec<(&'a str, Vec<&'a WorkstreamState>)> {
    let mut owned: BTreeMap<&str, Vec<&WorkstreamState>> = BTreeMap::new();
    let mut others = Vec::new();
    for state in facts.report.workstreams.iter().flatten() {
        match &state.owner {
            Some(owner) => owned.entry(owner).or_default().push(state),
            None => others.push(state),
        }
    }
    let mut owners = Vec::from_iter(owned);
    if !others.is_empty() {
        owners.push(("without an owner", others));
    }
    owners
}

/// Returns a row for each workstream, by owner: status, progress, blocker, priority and end.
pub(super) fn matrix(facts: &ReportFacts<'_>) -> Document {
    let mut rows = Vec::new();
    for (owner, states) in by_owner(facts) {
        for state in states {
            let entries = facts.plan.iter().flat_map(|plan| &plan.entries);
            let entry = entries.into_iter().find(|entry| entry.id == state.id);
            rows.push(TableRow {
                cells: vec![
                    Text::new(owner),
                    Text::new(title(state)),
                    status(state),
                    Text::new(met(state)),
                    priority(entry),
                    ends(entry),
                    Text::new(open(state)),
                ],
                overflow: Overflow::FoldLastCell,
            });
        }
    }
    let heads = [
        "owner",
        "workstream",
        "status",
        "met",
        "priority",
        "ends",
        "open",
    ];
    let mut columns: Vec<TableColumn> = heads.map(TableColumn::text).into();
    columns[0] = TableColumn::text(heads[0]).at_most(12);
    columns[1] = TableColumn::text(heads[1]).at_most(22);
    if rows.is_empty() {
        return Document::new();
    }
    vec![Block::Table(Table {
        name: "workstreams",
        columns,
        has_heads: true,
        rows,
    })]
}

/// Returns the day on which a workstream ends that is not complete.
fn ends(entry: Option<&PlanEntry>) -> Text {
    let open = entry.filter(|entry| entry.status != "complete");
    Text::varying(open.map_or("", |entry| entry.days.1.as_str()))
}

/// Returns whether a workstream decides the end of the plan.
fn priority(entry: Option<&PlanEntry>) -> Text {
    match entry {
        Some(entry) if entry.status == "complete" => Text::default(),
        Some(entry) if entry.is_critical => Text::styled(Style::Caution, "high"),
        _ => Text::new("normal"),
    }
}

/// Returns the records of each owner within the period, the next step and blockers.
pub(super) fn standup(facts: &ReportFacts<'_>) -> Document {
    let mut blocks = Document::new();
    for (owner, states) in by_owner(facts) {
        let mut done = Vec::new();
        let mut blocked = Vec::new();
        for state in &states {
            let recorded = state.log.iter();
            let recorded = recorded.filter(|action| is_since(action, facts.start));
            done.extend(recorded.map(|action| {
                let text = format!("{} {}: {}", state.id, action.action, action.text);
                text.trim_end_matches(": ").to_owned()
            }));
            let blockers = state.blockers.iter();
            blocked.extend(blockers.map(|one| format!("{}: {}", state.id, one.text)));
            blocked.extend(waiting(state).map(|waits| format!("{} {waits}", state.id)));
        }
        let next = states.iter().find_map(|state| next_step(state));
        let mut items = Vec::new();
        if !done.is_empty() {
            items.push(Text::new(format!("recorded: {}", done.join("; "))));
        }
        items.extend(next.map(|next| Text::new("next: ").join(next)));
        if !blocked.is_empty() {
            let label = Text::styled(Style::Bad, "blocked");
            items.push(label.words(format!(": {}", blocked.join("; "))));
        }
        if items.is_empty() {
            items.push(Text::new("nothing recorded"));
        }
        let heading = Block::Heading(HeadingLevel::Subsection, owner.into());
        blocks.extend([heading, Block::Lines(4, items)]);
    }
    blocks
}

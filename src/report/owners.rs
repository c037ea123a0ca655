//! The sections about owners: the matrix of their workstreams, and the stand-up.

use std::collections::BTreeMap;

use super::document::{Block, Document, Overflow, Table, TableColumn, TableRow, Text};
use super::facts::ReportFacts;
use super::object::WorkstreamState;
use super::plan::PlanEntry;
use super::style::Style;
use super::workstream::{is_since, met, next_step, open, status, title};

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
    table("workstreams", &heads, rows)
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

/// Returns a row for each owner: records within the period, the next step and blockers.
pub(super) fn standup(facts: &ReportFacts<'_>) -> Document {
    let mut rows = Vec::new();
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
            let waits = state.waits.iter();
            blocked.extend(waits.map(|wait| format!("{} waits for {wait}", state.id)));
            let blockers = state.blockers.iter();
            blocked.extend(blockers.map(|one| format!("{}: {}", state.id, one.text)));
        }
        let next = states.iter().find_map(|state| next_step(state));
        rows.push(TableRow {
            cells: vec![
                Text::new(owner),
                Text::new(done.join("; ")),
                next.unwrap_or_default(),
                Text::new(blocked.join("; ")),
            ],
            overflow: Overflow::FoldLastCell,
        });
    }
    let heads = ["owner", "recorded", "next", "blocked"];
    table("owners", &heads, rows)
}

/// Returns a table, or nothing without rows.
fn table(name: &'static str, heads: &[&'static str], rows: Vec<TableRow>) -> Document {
    if rows.is_empty() {
        return Document::new();
    }
    vec![Block::Table(Table {
        name,
        columns: heads.iter().copied().map(TableColumn::text).collect(),
        has_heads: true,
        rows,
    })]
}

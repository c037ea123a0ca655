//! The sections of a handoff: complete and open workstreams, check lists whose ticks follow from evidence, and remedies.

use super::document::{Block, CheckItem, Document, Text};
use super::facts::ReportFacts;
use super::object::WorkstreamState;
use super::plan::PlanEntry;
use super::section::{self, lines_unless_empty, unless_empty};
use super::workstream::{met, progress, title};
use crate::run::Verdict;
use crate::text::first_few;

/// The most items that a sentence names.
const NAMED: usize = 5;

fn states<'a>(facts: &ReportFacts<'a>) -> impl Iterator<Item = &'a WorkstreamState> {
    facts.report.workstreams.iter().flatten()
}

fn is_complete(state: &WorkstreamState) -> bool {
    state.status == "complete"
}

/// Returns the workstreams that are complete.
pub(super) fn done(facts: &ReportFacts<'_>) -> Document {
    let complete = states(facts).filter(|state| is_complete(state));
    let items = complete.map(|state| Text::new(format!("{} ({} met)", title(state), met(state))));
    unless_empty(items.collect())
}

/// Returns the workstreams that are not complete, in the order in which they start.
pub(super) fn next(facts: &ReportFacts<'_>) -> Document {
    let entries = facts.plan.iter().flat_map(|plan| &plan.entries);
    let mut entries: Vec<&PlanEntry> = entries.filter(|one| one.status != "complete").collect();
    entries.sort_by(|one, other| one.span.0.total_cmp(&other.span.0));
    let mut items = Vec::new();
    for entry in entries {
        if let Some(state) = states(facts).find(|state| state.id == entry.id) {
            items.push(progress(state));
        }
    }
    unless_empty(items)
}

fn item(holds: bool, statement: &str, open: &str, help: Option<&str>) -> CheckItem {
    let text = match (holds, open) {
        (false, open) if !open.is_empty() => format!("{statement} ({open})"),
        _ => statement.to_owned(),
    };
    CheckItem {
        holds,
        text: Text::new(text).with_command(help.filter(|_| !holds)),
    }
}

/// Returns whether a workstream has an estimate, or needs none any more.
fn is_estimated(entry: &PlanEntry) -> bool {
    entry.status == "complete" || entry.span.1 > entry.span.0
}

/// Returns the check list for the start of the campaign.
pub(super) fn before(facts: &ReportFacts<'_>) -> Document {
    let report = facts.report;
    let undecided = report.gates.iter();
    let undecided = undecided.filter(|gate| gate.verdict == Verdict::NoVerdict);
    let undecided = first_few(undecided.map(|gate| &gate.metric), NAMED);
    let without_owner = states(facts).filter(|state| state.owner.is_none());
    let without_owner = first_few(without_owner.map(|state| &state.id), NAMED);
    let entries = facts.plan.iter().flat_map(|plan| &plan.entries);
    let without_estimate = entries.filter(|entry| !is_estimated(entry));
    let without_estimate = first_few(without_estimate.map(|entry| &entry.id), NAMED);
    let targets = facts.plan.iter().flat_map(|plan| &plan.milestones);
    let without_target = targets.filter(|one| one.target.is_none());
    let without_target = first_few(without_target.map(|one| &one.id), NAMED);

    let mut items = vec![
        item(
            report.baseline.is_some(),
            "the baseline is pinned",
            "",
            Some("cargo campaign baseline"),
        ),
        item(
            undecided.is_empty() && !report.gates.is_empty(),
            "every gate has a verdict",
            &undecided,
            Some("cargo campaign gate"),
        ),
    ];
    if report.workstreams.is_some() {
        let open = &without_owner;
        items.push(item(
            open.is_empty(),
            "every workstream has an owner",
            open,
            None,
        ));
        let open = &without_estimate;
        items.push(item(
            open.is_empty(),
            "every workstream has an estimate",
            open,
            None,
        ));
        let open = &without_target;
        items.push(item(
            open.is_empty(),
            "every milestone has a target",
            open,
            None,
        ));
    }
    vec![Block::Checklist(items)]
}

/// Returns the check list of workstreams and blockers.
pub(super) fn during(facts: &ReportFacts<'_>) -> Document {
    let mut items = Vec::new();
    for state in states(facts) {
        let statement = format!("{} is complete", title(state));
        items.push(item(is_complete(state), &statement, &met(state), None));
    }
    let blocked = states(facts).filter(|state| !state.blockers.is_empty());
    let blocked = first_few(blocked.map(|state| &state.id), NAMED);
    let statement = "nothing prevents work";
    items.push(item(blocked.is_empty(), statement, &blocked, None));
    vec![Block::Checklist(items)]
}

/// Returns the check list for the end of the campaign.
pub(super) fn after(facts: &ReportFacts<'_>) -> Document {
    let report = facts.report;
    let passes = matches!(
        report.verdict,
        Verdict::Pass | Verdict::Waived | Verdict::Warn
    );
    let open = states(facts).filter(|state| !is_complete(state));
    let open = first_few(open.map(|state| &state.id), NAMED);
    let attestations = facts.attestations.iter();
    let missing = attestations.filter(|one| one.state != "given");
    let missing = first_few(missing.map(|one| &one.id), NAMED);
    let mut items = vec![item(
        passes,
        "all gates pass for the whole workspace",
        &report.reason,
        Some("cargo campaign gate"),
    )];
    if report.workstreams.is_some() {
        let statement = "all workstreams are complete";
        items.push(item(open.is_empty(), statement, &open, None));
    }
    if !facts.attestations.is_empty() {
        let help = Some("cargo campaign attest list");
        let statement = "all attestations are given";
        items.push(item(missing.is_empty(), statement, &missing, help));
    }
    items.push(item(
        facts.finished.is_some(),
        "the final values are pinned, and the completion report is written",
        "",
        Some("cargo campaign final"),
    ));
    if let Some(version) = &report.campaign.release {
        let ready = report.readiness.as_ref().is_some_and(|one| one.ready);
        let statement = format!("{version} is ready for its release");
        let help = format!("cargo campaign gate --release {version}");
        items.push(item(ready, &statement, "", Some(&help)));
    }
    vec![Block::Checklist(items)]
}

/// What may go wrong at any time, with the command that helps.
const REMEDIES: [(&str, &str); 6] = [
    (
        "a gate fails, or has no verdict",
        "cargo campaign explain NAME",
    ),
    ("a tool or a component is missing", "cargo campaign doctor"),
    (
        "values are from other sources than the present ones",
        "cargo campaign gate",
    ),
    (
        "it is not known what changed since the baseline",
        "cargo campaign diff",
    ),
    (
        "a workstream waits for others",
        "cargo campaign workstream list",
    ),
    ("the documents are out of date", "cargo campaign document"),
];

/// Returns a remedy for each open gate and blocker, and for the usual problems.
pub(super) fn remedies(facts: &ReportFacts<'_>) -> Document {
    let mut items = Vec::new();
    for state in states(facts) {
        for blocker in &state.blockers {
            let text = format!("{} is blocked: {}", state.id, blocker.text);
            let command = format!("cargo campaign workstream unblock {}", state.id);
            items.push(Text::new(text).with_command(Some(&command)));
        }
    }
    for block in section::actions(facts) {
        if let Block::Lines(_, open) = block {
            items.extend(open);
        }
    }
    for (problem, command) in REMEDIES {
        items.push(Text::new(problem).with_command(Some(command)));
    }
    lines_unless_empty(items)
}

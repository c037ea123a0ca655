//! The sections about the progress of a campaign: how much is done, and the goals of its milestones.

use std::collections::BTreeSet;

use super::document::{Block, CheckItem, Document, HeadingLevel, Text};
use super::facts::ReportFacts;
use super::object::{MilestoneState, WorkstreamState};
use super::plan::distance;
use super::section::unless_empty;
use super::workstream::{check_item, unmet};

/// Returns how many workstreams are complete, milestones done and owners active, and how far the end is from its target.
pub(super) fn progress(facts: &ReportFacts<'_>) -> Document {
    let states = facts.report.workstreams.as_deref().unwrap_or_default();
    let milestones = facts.report.milestones.as_deref().unwrap_or_default();
    let mut items = Vec::new();
    if !states.is_empty() {
        let complete = count(states, "complete");
        let text = format!("workstreams complete: {complete} of {}", states.len());
        items.push(Text::new(text));
        let active = states.iter().filter(|state| state.status == "in_progress");
        let active = owners(active);
        let text = format!("owners active: {active} of {}", owners(states.iter()));
        items.push(Text::new(text));
        let blocked = states.iter().filter(|state| !state.blockers.is_empty());
        items.push(Text::new(format!(
            "workstreams with a blocker: {}",
            blocked.count()
        )));
    }
    if !milestones.is_empty() {
        let done = milestones.iter().filter(|one| one.status == "complete");
        let text = format!("milestones done: {} of {}", done.count(), milestones.len());
        items.push(Text::new(text));
    }
    items.extend(variance(milestones));
    unless_empty(items)
}

fn count(states: &[WorkstreamState], status: &str) -> usize {
    states.iter().filter(|state| state.status == status).count()
}

fn owners<'a>(states: impl Iterator<Item = &'a WorkstreamState>) -> usize {
    let owners: BTreeSet<&str> = states.filter_map(|state| state.owner.as_deref()).collect();
    owners.len()
}

/// Returns the schedule variance: how far the end of the milestone that is worst off is from its target.
fn variance(milestones: &[MilestoneState]) -> Option<Text> {
    let known = milestones
        .iter()
        .filter_map(|one| Some((one.ahead?.0, one)));
    let (ahead, worst) = known.min_by(|(one, _), (other, _)| one.total_cmp(other))?;
    let text = format!("{} its target, {}", distance(ahead), name(worst));
    Some(Text::new("schedule variance: ").join(Text::varying(text)))
}

fn name(one: &MilestoneState) -> String {
    match &one.title {
        Some(title) => format!("{} {title}", one.id),
        None => one.id.clone(),
    }
}

/// Returns each milestone with its objective, owners and days, and its workstreams and gates as a check list.
pub(super) fn goals(facts: &ReportFacts<'_>) -> Document {
    let states = facts.report.workstreams.as_deref().unwrap_or_default();
    let mut blocks = Document::new();
    for milestone in facts.report.milestones.iter().flatten() {
        let health = milestone.health.replace('-', " ");
        let heading = Text::new(format!("{}: {health}", name(milestone)));
        blocks.push(Block::Heading(HeadingLevel::Subsection, heading));
        let own = milestone.workstreams.iter();
        let own = own.filter_map(|id| states.iter().find(|state| state.id == *id));
        let own: Vec<&WorkstreamState> = own.collect();
        blocks.extend(unless_empty(about(milestone, &own)));

        let mut items: Vec<CheckItem> = own.into_iter().map(check_item).collect();
        for criterion in &milestone.criteria {
            items.push(CheckItem {
                holds: criterion.state == "met",
                text: unmet(criterion).unwrap_or(criterion.text.clone()).into(),
            });
        }
        if !items.is_empty() {
            blocks.push(Block::Checklist(items));
        }
    }
    blocks
}

/// Returns the objective, the days and the owners.
fn about(milestone: &MilestoneState, own: &[&WorkstreamState]) -> Vec<Text> {
    let mut about: Vec<String> = milestone.objective.iter().cloned().collect();
    match (&milestone.start, &milestone.target) {
        (Some(start), Some(target)) => about.push(format!("from {start} to {target}")),
        (None, Some(target)) => about.push(format!("until {target}")),
        (Some(start), None) => about.push(format!("from {start}")),
        (None, None) => {}
    }
    let mut owners: Vec<&str> = Vec::new();
    for owner in own.iter().filter_map(|state| state.owner.as_deref()) {
        if !owners.contains(&owner) {
            owners.push(owner);
        }
    }
    if !owners.is_empty() {
        about.push(format!("owners: {}", owners.join(", ")));
    }
    about.into_iter().map(Text::new).collect()
}

//! The sections about the plan: milestones, risks, the timeline and the diagram of dependencies.

use super::document::{Block, Document, Text};
use super::facts::ReportFacts;
use super::plan::{MOST, chain, end, entries, flow, gantt, milestones};
use super::risk;

/// Returns the milestones, as a section.
pub(super) fn goals(facts: &ReportFacts<'_>) -> Document {
    match facts.plan {
        Some(plan) if !plan.milestones.is_empty() => vec![milestones(&plan.milestones)],
        _ => Document::new(),
    }
}

/// Returns the risks, as a section.
pub(super) fn risks(facts: &ReportFacts<'_>) -> Document {
    match facts.report.risks.as_deref() {
        None | Some([]) => Document::new(),
        Some(risks) => vec![risk::all(risks)],
    }
}

/// Returns when workstreams start and end, as a section.
pub(super) fn timeline(facts: &ReportFacts<'_>) -> Document {
    let Some(page) = facts.plan.filter(|page| !page.entries.is_empty()) else {
        return Document::new();
    };
    let mut blocks = vec![
        entries(page, None),
        Block::paragraph(Text::varying(end(page))),
    ];
    if page.entries.len() <= MOST {
        blocks.push(Block::Diagram(gantt(page)));
    }
    blocks
}

/// Returns what needs what, as a list and as a diagram, as a section.
pub(super) fn diagram(facts: &ReportFacts<'_>) -> Document {
    match facts.plan {
        Some(page) if (1..=MOST).contains(&page.entries.len()) => {
            vec![Block::List(2, flow(page)), Block::Diagram(chain(page))]
        }
        _ => Document::new(),
    }
}

//! The sections of the weekly summary: what changed since the start of a period, and trends.

use super::document::{Block, Document, Text};
use super::facts::ReportFacts;
use super::figure::counted;
use super::history;
use super::section::{self, NamedAbove};

/// Returns how many runs and commits there were, and the age of the values before.
pub(super) fn work(facts: &ReportFacts<'_>) -> Document {
    let mut text = Text::new(counted(facts.runs, "run"));
    if let Some(commits) = facts.commits {
        text = text.words(format!(", {}", counted(commits, "commit")));
    }
    let base = facts.change.and_then(|change| change.baseline.as_ref());
    let since = match base {
        Some(base) => format!(" since the values of {}.", base.started),
        None => ". No values are from before the period.".to_owned(),
    };
    vec![Block::paragraph(text.words(since))]
}

/// Returns what changed within the period.
pub(super) fn changes(facts: &ReportFacts<'_>) -> Document {
    let Some(change) = facts.change else {
        return Document::new();
    };
    let changes = section::changes(change, &NamedAbove::default(), "before");
    match changes.is_empty() {
        true => vec![Block::paragraph("No value, finding or test changed.")],
        false => changes,
    }
}

/// Returns the trends of the gated metrics.
pub(super) fn trends(facts: &ReportFacts<'_>) -> Document {
    history::trend_table(facts.trends).into_iter().collect()
}

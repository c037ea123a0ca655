//! The weekly summary: the verdict now, what changed since the values of a week ago, trends, and what to
//! do next.

use std::time::Duration;

use super::document::{Block, Document, HeadingLevel, Text};
use super::figure::counted;
use super::kind::{Kind, ReportFacts};
use super::section::{self, NamedAbove};
use super::{history, pages};

const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The summary of a week.
pub(super) const KIND: Kind = Kind {
    name: "weekly",
    about: "what changed within a week",
    period: WEEK,
    layout,
};

fn layout(record: &ReportFacts<'_>) -> Document {
    let report = record.report;
    let mut page = pages::opening(report, ": weekly summary");
    page.push(work(record));
    if let Some(change) = record.change {
        let changes = section::changes(change, &NamedAbove::default(), "before");
        if changes.is_empty() {
            page.push(Block::paragraph("No value, finding or test changed."));
        }
        page.extend(changes);
    }
    if let Some(table) = history::trend_table(record.trends) {
        let heading = Block::Heading(HeadingLevel::Section, "Trends".into());
        page.extend([heading, table]);
    }
    page.extend(section::actions(report));
    page.extend(section::notes(report));
    page.extend(section::footer(report));
    page
}

/// Returns how many runs and commits there were, and the age of the values before.
fn work(record: &ReportFacts<'_>) -> Block {
    let mut text = Text::new(counted(record.runs, "run"));
    if let Some(commits) = record.commits {
        text = text.words(format!(", {}", counted(commits, "commit")));
    }
    let Some(base) = record.change.and_then(|change| change.baseline.as_ref()) else {
        return Block::paragraph(text.words(". No values are as old as a week."));
    };
    Block::paragraph(text.words(format!(" since the values of {}.", base.started)))
}

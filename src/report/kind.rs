//! The kinds of `report`, each a list of sections, laid out once for terminal and Markdown.
//!
//! To add a kind, add a [`Kind`] to [`KINDS`].

use std::time::Duration;

use super::document::{Block, Document, HeadingLevel};
use super::facts::ReportFacts;
use super::sections::{self, Section};
use super::{pages, section};

/// A kind of report.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Its name on the command line.
    pub name: &'static str,
    /// A description for the help.
    pub about: &'static str,
    /// What its title says after the name of the campaign.
    pub title: &'static str,
    /// The time that it covers, until now.
    pub period: ReportPeriod,
    /// Its sections in their order.
    pub sections: &'static [&'static Section],
    /// The headings of a document for text that people write.
    pub by_people: &'static [&'static str],
}

/// The time that a report covers, until now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportPeriod {
    /// This many hours.
    Hours(u64),
    /// The time since the last working day: a day, or three on a Monday.
    WorkingDay,
}

impl ReportPeriod {
    /// Returns its length if it ends at a time in Unix seconds.
    pub fn length(self, now: i64) -> Duration {
        const DAY: u64 = 24;
        let hours = match self {
            Self::Hours(hours) => hours,
            // 1 January 1970 was a Thursday.
            Self::WorkingDay => match now.div_euclid(DAY as i64 * 3600).rem_euclid(7) {
                4 => 3 * DAY,
                3 => 2 * DAY,
                _ => DAY,
            },
        };
        Duration::from_secs(hours * 3600)
    }
}

const WEEK: ReportPeriod = ReportPeriod::Hours(7 * 24);

/// Every kind of report except the state of the campaign, which each command shows in its own way.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "build",
        about: "the state of each collector, errors, warnings and what to do",
        title: "build report",
        period: ReportPeriod::Hours(1),
        sections: &[
            &sections::COLLECTORS,
            &sections::FINDINGS,
            &sections::TESTS,
            &sections::TO_DO,
            &sections::NOTES,
        ],
        by_people: &[],
    },
    Kind {
        name: "weekly",
        about: "what changed within a week",
        title: "weekly summary",
        period: WEEK,
        sections: &[
            &sections::PERIOD,
            &sections::PROGRESS,
            &sections::CHANGES,
            &sections::ACTIVITY,
            &sections::TRENDS,
            &sections::TO_DO,
            &sections::NOTES,
        ],
        by_people: &[],
    },
    Kind {
        name: "standup",
        about: "per owner: what was done since the last working day, what is next and what blocks",
        title: "stand-up",
        period: ReportPeriod::WorkingDay,
        sections: &[
            &sections::STANDUP,
            &sections::ACTIVITY,
            &sections::BLOCKERS,
            &sections::TO_DO,
        ],
        by_people: &[],
    },
    Kind {
        name: "dashboard",
        about: "gates, workstreams, milestones, the plan and what blocks",
        title: "dashboard",
        period: WEEK,
        sections: &[
            &sections::PROGRESS,
            &sections::TO_DO,
            &sections::GATES,
            &sections::BASELINE,
            &sections::WORKSTREAMS,
            &sections::MILESTONES,
            &sections::CHAIN,
            &sections::BLOCKERS,
            &sections::RISKS,
            &sections::NOTES,
        ],
        by_people: &[],
    },
    Kind {
        name: "roadmap",
        about: "milestones, when workstreams start and end, and their criteria",
        title: "roadmap",
        period: WEEK,
        sections: &[
            &sections::MILESTONES,
            &sections::GOALS,
            &sections::RISKS,
            &sections::TIMELINE,
            &sections::CHAIN,
            &sections::CRITERIA,
        ],
        by_people: &[],
    },
    Kind {
        name: "handoff",
        about: "what is done, what is next, check lists, and a remedy for what is open",
        title: "handoff",
        period: WEEK,
        sections: &[
            &sections::DONE,
            &sections::NEXT,
            &sections::TIMELINE,
            &sections::BEFORE,
            &sections::DURING,
            &sections::AFTER,
            &sections::REMEDIES,
        ],
        by_people: &[],
    },
    Kind {
        name: "completion",
        about: "what the campaign reached: workstreams, values before and after, gates, findings",
        title: "completion report",
        period: WEEK,
        sections: &[
            &sections::SUMMARY,
            &sections::WORKSTREAMS,
            &sections::MILESTONES,
            &sections::RESULTS,
            &sections::GATES,
            &sections::CRITERIA,
            &sections::ATTESTATIONS,
            &sections::NOTES,
        ],
        by_people: &["Lessons", "Recommendations"],
    },
    Kind {
        name: "readiness",
        about: "whether the release is ready: every gate, check, workstream and attestation",
        title: "release readiness",
        period: WEEK,
        sections: &[
            &sections::SIGN_OFF,
            &sections::CHECKS,
            &sections::ATTESTATIONS,
            &sections::BLOCKERS,
            &sections::NOTES,
        ],
        by_people: &[],
    },
    Kind {
        name: "owners",
        about: "the workstreams of each owner: status, progress, blocker, priority and end",
        title: "owners",
        period: WEEK,
        sections: &[&sections::OWNERS, &sections::BLOCKERS],
        by_people: &[],
    },
    Kind {
        name: "known-issues",
        about: "errors, warnings, failed tests and blockers, with places",
        title: "known issues",
        period: WEEK,
        sections: &[
            &sections::FINDINGS,
            &sections::TESTS,
            &sections::BLOCKERS,
            &sections::RISKS,
            &sections::TO_DO,
        ],
        by_people: &[],
    },
    Kind {
        name: "index",
        about: "the documents of the campaign in reading order: purpose and audience",
        title: "documents",
        period: WEEK,
        sections: &[&sections::DOCUMENTS],
        by_people: &[],
    },
];

impl Kind {
    /// Returns whether it needs the checks of a release.
    pub fn needs_release_checks(&self) -> bool {
        let mut names = self.sections.iter().map(|section| section.name);
        names.any(|name| name == sections::SIGN_OFF.name)
    }

    /// Returns the page.
    pub fn page(&self, facts: &ReportFacts<'_>) -> Document {
        let mut page = pages::opening(facts.report, &format!(": {}", self.title));
        for section in self.sections {
            let blocks = (section.blocks)(facts);
            if !blocks.is_empty() {
                let heading = section.heading.into();
                page.push(Block::Heading(HeadingLevel::Section, heading));
                page.extend(blocks);
            }
        }
        page.extend(section::footer(facts.report));
        page
    }
}

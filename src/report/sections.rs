//! The sections that reports and the documents of a team are made of.
//!
//! To add a section, write its layout, add a constant and a line to [`SECTIONS`].

use super::document::Document;
use super::facts::ReportFacts;
use super::{
    build, completion, handoff, owners, progress, section, sign_off, timeline, weekly, workstream,
};

/// A section of a report, which a document can have as a region.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// Its name in regions: `gates`.
    pub name: &'static str,
    /// Its heading.
    pub heading: &'static str,
    /// A description for the documentation.
    pub about: &'static str,
    /// Whether it is about a period: its content depends on the present time and on the runs of this clone.
    pub is_of_period: bool,
    /// Returns its blocks without a heading; none if there is nothing to report.
    pub blocks: fn(&ReportFacts<'_>) -> Document,
}

/// Every section.
pub const SECTIONS: &[&Section] = &[
    &ACTIVITY,
    &AFTER,
    &ATTESTATIONS,
    &BASELINE,
    &BEFORE,
    &BLOCKERS,
    &CHAIN,
    &CHANGES,
    &CHECKS,
    &COLLECTORS,
    &CRITERIA,
    &DOCUMENTS,
    &DONE,
    &DURING,
    &FINDINGS,
    &GATES,
    &GOALS,
    &LOG,
    &MILESTONES,
    &NEXT,
    &NOTES,
    &ORIGIN,
    &OWNERS,
    &PERIOD,
    &PROGRESS,
    &REMEDIES,
    &RESULTS,
    &RISKS,
    &SIGN_OFF,
    &STANDUP,
    &SUMMARY,
    &TESTS,
    &TIMELINE,
    &TO_DO,
    &TRENDS,
    &VERDICT,
    &WORKSTREAMS,
];

/// Returns the section of this name.
pub fn section_of(name: &str) -> Option<&'static Section> {
    SECTIONS.iter().copied().find(|one| one.name == name)
}

/// Defines a section in a line.
const fn new(
    name: &'static str,
    heading: &'static str,
    about: &'static str,
    blocks: fn(&ReportFacts<'_>) -> Document,
) -> Section {
    Section {
        name,
        heading,
        about,
        is_of_period: false,
        blocks,
    }
}

impl Section {
    /// Returns the section as one about a period.
    const fn of_period(self) -> Self {
        Self {
            is_of_period: true,
            ..self
        }
    }
}

pub(super) const ACTIVITY: Section = new(
    "activity",
    "Activity",
    "what people recorded about workstreams within the period",
    workstream::activity,
)
.of_period();
pub(super) const AFTER: Section = new(
    "after",
    "At the end",
    "a check list for the end of the campaign",
    handoff::after,
);
pub(super) const ATTESTATIONS: Section = new(
    "attestations",
    "Attestations",
    "the required attestations, and which of them are given",
    completion::attestations,
);
pub(super) const BASELINE: Section = new(
    "baseline",
    "Baseline",
    "the metrics of the baseline, and those with gates: baseline, value now, and the command that measured it",
    completion::baseline,
);
pub(super) const BEFORE: Section = new(
    "before",
    "Before the work",
    "a check list for the start of the campaign",
    handoff::before,
);
pub(super) const BLOCKERS: Section = new(
    "blockers",
    "Blockers",
    "what prevents work, as recorded, with author and day",
    workstream::blockers,
);
pub(super) const CHAIN: Section = new(
    "chain",
    "Dependencies",
    "the workstreams in the order of their needs, with a diagram",
    timeline::diagram,
);
pub(super) const CHANGES: Section = new(
    "changes",
    "Changes",
    "values, findings and tests that changed within the period",
    weekly::changes,
)
.of_period();
pub(super) const CHECKS: Section = new(
    "checks",
    "Check list",
    "each gate and workstream as a check list; in `report readiness` also the checks of the release",
    sign_off::checks,
);
pub(super) const COLLECTORS: Section = new(
    "collectors",
    "Collectors",
    "the values of each collector, and the verdict of its gates",
    build::collectors,
);
pub(super) const CRITERIA: Section = new(
    "criteria",
    "Criteria",
    "the criteria of each workstream as a check list",
    workstream::checklists,
);
pub(super) const DOCUMENTS: Section = new(
    "documents",
    "Documents",
    "the documents of the campaign in reading order",
    completion::documents,
);
pub(super) const DONE: Section = new(
    "done",
    "Done",
    "the workstreams that are complete",
    handoff::done,
);
pub(super) const DURING: Section = new(
    "during",
    "During the work",
    "a check list of workstreams and blockers",
    handoff::during,
);
pub(super) const FINDINGS: Section = new(
    "findings",
    "Errors and warnings",
    "the findings of the current sources, errors first",
    build::findings,
);
pub(super) const GATES: Section = new(
    "gates",
    "Gates",
    "every gate with its value and verdict",
    completion::gates,
);
pub(super) const GOALS: Section = new(
    "goals",
    "Goals",
    "each milestone with its objective, days and owners, and its workstreams and gates as a check list",
    progress::goals,
);
pub(super) const LOG: Section = new(
    "log",
    "Log",
    "the newest records about workstreams",
    workstream::newest,
);
pub(super) const MILESTONES: Section = new(
    "milestones",
    "Milestones",
    "the milestones with their health and their ends",
    timeline::goals,
);
pub(super) const NEXT: Section = new(
    "next",
    "Next, in this order",
    "the workstreams that are not complete, in the order of the plan",
    handoff::next,
);
pub(super) const NOTES: Section = new(
    "notes",
    "Notes",
    "remarks that change no verdict",
    completion::notes,
);
/// The section about where values are from, which new documents end with.
pub const ORIGIN: Section = new(
    "origin",
    "Evidence",
    "the program, the run and the commit that the values are from",
    completion::origin,
);
pub(super) const OWNERS: Section = new(
    "owners",
    "Owners",
    "the workstreams of each owner: status, progress, blocker, priority and end",
    owners::matrix,
);
pub(super) const PERIOD: Section = new(
    "period",
    "Period",
    "how many runs and commits there were",
    weekly::work,
)
.of_period();
pub(super) const PROGRESS: Section = new(
    "progress",
    "Progress",
    "how many workstreams are complete, milestones done and owners active, and the schedule variance",
    progress::progress,
);
pub(super) const REMEDIES: Section = new(
    "remedies",
    "If something goes wrong",
    "what is open or may go wrong, each with the command that helps",
    handoff::remedies,
);
pub(super) const RESULTS: Section = new(
    "results",
    "Before and after",
    "the metrics of the baseline and now",
    completion::results,
);
pub(super) const RISKS: Section = new(
    "risks",
    "Risks",
    "the risks: owner, status, exposure and what is done about each",
    timeline::risks,
);
pub(super) const SIGN_OFF: Section = new(
    "sign-off",
    "Sign-off",
    "whether the release is ready, and what is outstanding; only `report readiness` makes the checks",
    sign_off::sign_off,
);
pub(super) const STANDUP: Section = new(
    "standup",
    "Owners",
    "per owner: done within the period, next, and blocked",
    owners::standup,
)
.of_period();
pub(super) const SUMMARY: Section = new(
    "summary",
    "Summary",
    "what got better and worse, in numbers",
    completion::summary,
);
pub(super) const TESTS: Section = new("tests", "Tests", "the tests that fail", build::tests);
pub(super) const TIMELINE: Section = new(
    "timeline",
    "Timeline",
    "when workstreams start and end, with a chart",
    timeline::timeline,
);
pub(super) const TO_DO: Section = new(
    "to-do",
    "To do",
    "gates that do not pass, each with the next command",
    section::actions,
);
pub(super) const TRENDS: Section = new(
    "trends",
    "Trends",
    "the course of the metrics with gates within the period",
    weekly::trends,
)
.of_period();
pub(super) const VERDICT: Section = new(
    "verdict",
    "Verdict",
    "whether the gates pass",
    completion::verdict,
);
pub(super) const WORKSTREAMS: Section = new(
    "workstreams",
    "Workstreams",
    "the workstreams with owner, status and what is open",
    workstream::section,
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_unique() {
        let names: Vec<&str> = SECTIONS.iter().map(|one| one.name).collect();
        assert!(names.is_sorted_by(|one, other| one < other), "{names:?}");
        for section in SECTIONS {
            assert_eq!(section_of(section.name).unwrap().heading, section.heading);
            assert!(!section.about.is_empty(), "{}", section.name);
        }
    }
}

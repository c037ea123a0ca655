//! `changelog`: problems of the changelogs, each a finding with its place.

use super::command::{StepContext, step};
use super::definition::{Definition, Remedy};
use super::findings::record;
use super::folded::Folded;
use super::metric::{Counts, Metric};
use super::planner::settings;
use super::summary::{StepSummary, Term, terms};
use crate::plan::{Action, Collector, Step};
use crate::snapshot::Snapshot;

pub(super) static DEFINITION: Definition = Definition {
    name: "changelog",
    metrics: &[Metric {
        name: "changelog.problems",
        title: "changelog problems",
        per_package: false,
        counts: Some(Counts::Findings(|_, _| true)),
        ..Metric::COUNT
    }],
    // The settings contain the tags, which every release changes.
    compares_settings: false,
    reads_members: false,
    reads_changelogs: true,
    shows_messages: true,
    turn: 8,
    steps,
    meaning: settings::of_releases,
    fold,
    summary,
    remedy: Remedy::Command("cargo campaign changelog lint"),
    ..Definition::FILES
};

fn steps(context: &StepContext<'_>, collector: &Collector) -> Vec<Step> {
    let verb = ("Proofreading", "Proofread");
    let action = Action::Lint(context.request.lint.clone());
    vec![step(context, "changelog", verb, collector, action)]
}

/// Adds `changelog.problems` with its findings. The value is a lower bound where tags could not be
/// read.
fn fold(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    let standing = folded.standing(collector);
    let found = folded.problems(collector);
    let reading = standing.total(found.len() as f64);
    let metric = "changelog.problems".to_owned();
    snapshot.metrics.insert(metric, reading);
    record(folded, &DEFINITION, &[], &standing, found, snapshot);
}

fn summary(summary: &StepSummary<'_>) -> Vec<Term> {
    let changelogs = match &summary.step.action {
        Action::Lint(lint) => Some(Term::Noun(lint.changelogs.len() as f64, "changelog")),
        Action::Command(_) | Action::Scan | Action::Read(_) => None,
    };
    terms([changelogs, summary.noun("changelog.problems", "problem")])
}

//! The state of everything that is planned: workstreams, milestones and risks.

use anyhow::{Context as _, Result};
use jiff::civil::Date;

use super::standings;
use crate::judge::{self, Evidence};
use crate::ops::Context;
use crate::ops::evaluate::Evaluation;
use crate::progress::plan::{Health, MilestoneFacts, Slot, Timetable, health, schedule, status};
use crate::progress::{
    self, Criterion, RiskFacts, RiskProgress, Status, WorkstreamProgress, criteria_of,
};
use crate::run::Verdict;
use crate::workstream::Milestone;

/// The state of the workstreams, milestones and risks, in the order of the configuration.
pub(crate) struct Overview {
    /// The workstreams.
    pub(crate) standings: Vec<WorkstreamProgress>,
    /// When they can start and end.
    pub(crate) schedule: Timetable,
    /// The milestones.
    pub(crate) milestones: Vec<MilestoneProgress>,
    /// The risks.
    pub(crate) risks: Vec<RiskProgress>,
    /// The present day in UTC.
    pub(crate) today: Date,
}

/// A milestone and its state.
pub(crate) struct MilestoneProgress {
    /// The milestone.
    pub(crate) milestone: Milestone,
    /// Its status, as of a workstream.
    pub(crate) status: Status,
    /// Its health.
    pub(crate) health: Health,
    /// The day on which its last workstream ends, if that is known.
    pub(crate) end: Option<Date>,
    /// The ids of its workstreams.
    pub(crate) workstreams: Vec<String>,
    /// Its gates as criteria.
    pub(crate) criteria: Vec<Criterion>,
}

/// Returns the state on the values of an evaluation.
///
/// # Errors
/// If the attestations cannot be understood.
pub(crate) fn overview(cx: &Context, evaluation: &Evaluation) -> Result<Overview> {
    let standings = standings(cx, evaluation)?;
    let day = cx.today();
    let today: Date = day.parse().context("the clock has no valid date")?;
    let schedule = schedule(&standings, today);

    let facts = evaluation.evidence(&day);
    let mut milestones = Vec::new();
    for milestone in &cx.config().milestones {
        let all = standings.iter().zip(&schedule.slots);
        let own = all.filter(|(one, _)| one.stream.milestone.as_ref() == Some(&milestone.id));
        let own: Vec<_> = own.map(|(one, slot)| (one, *slot)).collect();
        milestones.push(of_milestone(cx, milestone, &own, &facts, today));
    }
    let risks = risks(cx, &standings, &milestones, &facts);
    Ok(Overview {
        standings,
        schedule,
        milestones,
        risks,
        today,
    })
}

fn of_milestone(
    cx: &Context,
    milestone: &Milestone,
    own: &[(&WorkstreamProgress, Slot)],
    facts: &Evidence<'_>,
    today: Date,
) -> MilestoneProgress {
    let judgement = judge::judge(&milestone.gates, &[], cx.catalogue(), facts);
    let verdicts = judgement.gates.iter().map(|gate| gate.verdict);
    let gates_pass = match verdicts.max() {
        Some(Verdict::Fail) => Some(false),
        Some(Verdict::NoVerdict) => None,
        _ => Some(true),
    };
    let target = milestone.target.as_ref();
    let (health, end) = health(&MilestoneFacts {
        own,
        gates_pass,
        target: target.and_then(|target| target.parse().ok()),
        today,
    });
    MilestoneProgress {
        milestone: milestone.clone(),
        status: status(health, own),
        health,
        end,
        workstreams: own.iter().map(|(one, _)| one.stream.id.clone()).collect(),
        criteria: criteria_of(judgement),
    }
}

fn risks(
    cx: &Context,
    standings: &[WorkstreamProgress],
    milestones: &[MilestoneProgress],
    facts: &Evidence<'_>,
) -> Vec<RiskProgress> {
    let complete = standings
        .iter()
        .filter(|one| one.status == Status::Complete);
    let complete: Vec<&str> = complete.map(|one| one.stream.id.as_str()).collect();
    let done = milestones.iter().filter(|one| one.health == Health::Done);
    let done: Vec<&str> = done.map(|one| one.milestone.id.as_str()).collect();
    let facts = RiskFacts {
        judge: &|gates| judge::judge(gates, &[], cx.catalogue(), facts),
        is_complete: &|id| complete.contains(&id),
        is_done: &|id| done.contains(&id),
        today: facts.today,
    };
    let risks = cx.config().risks.iter();
    risks.map(|risk| progress::risk(risk, &facts)).collect()
}

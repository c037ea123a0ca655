//! Workstreams, milestones and risks as reports have them.

use jiff::civil::Date;

use super::escalations::sentence;
use super::overview::{MilestoneProgress, Overview, overview};
use crate::ops::Context;
use crate::ops::evaluate::Evaluation;
use crate::progress::plan::ahead;
use crate::progress::{
    Criterion, CriterionOutcome, RiskProgress, TriggerState as Trigger, WorkstreamProgress,
    by_exposure,
};
use crate::report::{
    CriterionState, LoggedAction, MilestoneState, Number, Report, RiskState, TriggerState,
    WorkstreamState,
};
use crate::workstream::WorkstreamAction;
use anyhow::Result;

/// Adds the workstreams, milestones and risks that are configured. They are about the whole workspace, and left out if only
/// a part is selected. Returns their state.
///
/// # Errors
/// If the attestations cannot be understood.
pub(crate) fn add(
    cx: &Context,
    evaluation: &Evaluation,
    report: &mut Report,
) -> Result<Option<Overview>> {
    let config = cx.config();
    let is_planned =
        !config.workstreams.is_empty() || !config.milestones.is_empty() || !config.risks.is_empty();
    if !is_planned || cx.is_narrowed() {
        return Ok(None);
    }
    let overview = overview(cx, evaluation)?;
    let Overview {
        standings,
        milestones,
        risks,
        ..
    } = &overview;
    for standing in standings {
        for one in standing.escalations(cx.now()) {
            report.notes.push(sentence(cx, &standing.stream, &one));
        }
    }
    if !standings.is_empty() {
        report.workstreams = Some(of_workstreams(standings));
    }
    if !milestones.is_empty() {
        report.milestones = Some(of_milestones(milestones));
    }
    if !risks.is_empty() {
        report.risks = Some(of_risks(risks));
    }
    Ok(Some(overview))
}

/// Returns the workstreams as reports have them.
pub(crate) fn of_workstreams(standings: &[WorkstreamProgress]) -> Vec<WorkstreamState> {
    standings.iter().map(of_workstream).collect()
}

/// Returns a workstream as reports have it.
pub(crate) fn of_workstream(standing: &WorkstreamProgress) -> WorkstreamState {
    let stream = &standing.stream;
    let criteria = standing.criteria.iter().map(of_criterion);
    let blockers = standing.activity.blockers();
    WorkstreamState {
        id: stream.id.clone(),
        title: stream.title.clone(),
        owner: stream.owner.clone(),
        status: standing.status.key().to_owned(),
        may_start: standing.may_start(),
        met: standing.met(),
        criteria: criteria.collect(),
        needs: stream.needs.clone(),
        waits: standing.waits.iter().map(|wait| wait.id.clone()).collect(),
        blockers: blockers.map(|(_, action)| logged(action)).collect(),
        commits: standing.activity.commits,
        log: standing.activity.actions.values().map(logged).collect(),
    }
}

fn of_criterion(criterion: &Criterion) -> CriterionState {
    let (state, reason) = match &criterion.outcome {
        CriterionOutcome::Met => ("met", None),
        CriterionOutcome::Open(reason) => ("open", Some(reason)),
        CriterionOutcome::Unknown(reason) => ("no-verdict", Some(reason)),
    };
    CriterionState {
        text: criterion.text.clone(),
        state: state.to_owned(),
        reason: reason.cloned(),
        help: criterion.help.clone(),
    }
}

fn logged(action: &WorkstreamAction) -> LoggedAction {
    LoggedAction {
        action: action.kind.to_string(),
        author: action.author.clone(),
        time: action.time.clone(),
        text: action.text.clone(),
        commit: action.commit.clone(),
    }
}

/// Returns the milestones as reports have them.
pub(crate) fn of_milestones(milestones: &[MilestoneProgress]) -> Vec<MilestoneState> {
    milestones.iter().map(of_milestone).collect()
}

fn of_milestone(one: &MilestoneProgress) -> MilestoneState {
    let milestone = &one.milestone;
    let target = milestone.target.as_ref();
    let target: Option<Date> = target.and_then(|target| target.parse().ok());
    let ahead = one.end.zip(target).map(|(end, target)| ahead(end, target));
    MilestoneState {
        id: milestone.id.clone(),
        title: milestone.title.clone(),
        objective: milestone.objective.clone(),
        status: one.status.key().to_owned(),
        health: one.health.key().to_owned(),
        start: milestone.start.clone(),
        target: milestone.target.clone(),
        end: one.end.map(|end| end.to_string()),
        ahead: ahead.and_then(Number::of),
        workstreams: one.workstreams.clone(),
        criteria: one.criteria.iter().map(of_criterion).collect(),
    }
}

/// Returns the risks as reports have them, the greatest exposure first.
pub(crate) fn of_risks(risks: &[RiskProgress]) -> Vec<RiskState> {
    by_exposure(risks).into_iter().map(of_risk).collect()
}

fn of_risk(progress: &RiskProgress) -> RiskState {
    let risk = &progress.risk;
    RiskState {
        id: risk.id.clone(),
        title: risk.title.clone(),
        owner: risk.owner.clone(),
        status: progress.status.key().to_owned(),
        reason: progress.reason.clone(),
        probability: risk.probability.name().to_owned(),
        impact: risk.impact.name().to_owned(),
        exposure: risk.exposure(),
        triggers: progress.triggers.iter().map(of_trigger).collect(),
        mitigation: risk.mitigation.clone(),
        review: risk.review.clone(),
        review_due: progress.is_review_due,
        workstream: risk.workstream.clone(),
        milestone: risk.milestone.clone(),
    }
}

fn of_trigger(trigger: &Trigger) -> TriggerState {
    let state = match trigger.holds {
        Some(true) => "holds",
        Some(false) => "clear",
        None => "no-verdict",
    };
    TriggerState {
        text: trigger.text.clone(),
        state: state.to_owned(),
        reason: trigger.reason.clone(),
        help: trigger.help.clone(),
    }
}

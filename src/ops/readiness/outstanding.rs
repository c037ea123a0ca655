//! The parts of the campaign that a release waits for: workstreams and attestations.

use anyhow::Result;

use super::known;
use crate::git::{Git, Trouble};
use crate::judge::readiness::{Known, Outstanding};
use crate::ops::Context;
use crate::ops::attestations::{self, FILE};
use crate::ops::evaluate::Evaluation;
use crate::ops::repository::Tracked;
use crate::ops::workstreams;
use crate::progress::{CriterionOutcome, WorkstreamProgress, attested};

/// Returns the incomplete workstreams and missing attestations.
///
/// # Errors
/// If attestations cannot be understood.
pub(super) fn outstanding(
    cx: &Context,
    evaluation: &Evaluation,
    git: &Result<Git, Trouble>,
) -> Result<Known<Outstanding>> {
    let (config, today) = (cx.config(), cx.today());
    let asked = &config.releases.attestations;
    let given = match attestations::given(cx)? {
        Ok(given) => given,
        Err(why) => return Ok(Err(why)),
    };
    if config.workstreams.is_empty() && asked.is_empty() {
        return Ok(Ok(Outstanding::default()));
    }
    if let Err(why) = known(git) {
        return Ok(Err(why));
    }
    let tracked = Tracked::read(cx);
    let mut open = Outstanding::default();
    for standing in workstreams::standings(cx, evaluation)? {
        add(&mut open, &standing);
    }
    // A release is what others check out.
    if !given.is_empty()
        && let CriterionOutcome::Open(reason) = tracked.outcome(FILE)
    {
        open.missing.push(format!("{FILE} {reason}"));
    }
    for id in asked {
        match attested(id, &given, &today, &|file| tracked.outcome(file)) {
            CriterionOutcome::Met => {}
            CriterionOutcome::Open(reason) => open.missing.push(format!("{id}: {reason}")),
            CriterionOutcome::Unknown(reason) => open.undecided.push(format!("{id}: {reason}")),
        }
    }
    Ok(Ok(open))
}

/// Adds the open conditions of a workstream.
fn add(open: &mut Outstanding, standing: &WorkstreamProgress) {
    let id = &standing.stream.id;
    for criterion in &standing.criteria {
        let text = &criterion.text;
        match &criterion.outcome {
            CriterionOutcome::Met => {}
            CriterionOutcome::Open(reason) => open.missing.push(format!("{id}: {text}: {reason}")),
            CriterionOutcome::Unknown(reason) => {
                let reason = format!("{id}: {text} has no verdict: {reason}");
                open.undecided.push(reason);
            }
        }
    }
    for wait in &standing.waits {
        let reason = format!("{id}: waits for {}", wait.id);
        match wait.is_certain {
            true => open.missing.push(reason),
            false => open.undecided.push(reason),
        }
    }
}

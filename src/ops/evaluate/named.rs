//! Views that are named on the command line.

use std::collections::BTreeSet;

use anyhow::Result;

use super::view;
use super::{Evaluation, needed};
use crate::collector;
use crate::ops::{Context, Exit, Stop, names, revision};
use crate::plan::Collector;
use crate::run::View;
use crate::store::PinName;
use crate::workstream::{Proof, Workstream};

/// Evaluates the current tree from recorded runs alone. The values are those of the collectors that gates, `default` and the
/// schedule name.
///
/// # Errors
/// If gates name something that does not exist, or the baseline cannot be used.
pub fn now(cx: &Context) -> Result<Evaluation> {
    now_with(cx, "")
}

/// Evaluates the same, with the values of the collector that measures a metric or has this name, even if neither a gate nor
/// the configuration names it.
///
/// # Errors
/// As [`now`].
pub(crate) fn now_with(cx: &Context, name: &str) -> Result<Evaluation> {
    let mut wanted = needed(&cx.config().gates, cx.catalogue());
    wanted.extend(cx.config().collect.default.iter().cloned());
    wanted.extend(of_workstreams(cx));
    let triggers = cx.config().risks.iter().flat_map(|risk| &risk.trigger);
    wanted.extend(needed(triggers, cx.catalogue()));
    let jobs = cx.config().schedule.jobs.iter();
    wanted.extend(jobs.map(|job| job.collector.clone()));
    let rows = cx.catalogue().rows().iter();
    let of_collector = rows.filter(|row| row.collector.name() == name);
    let named = cx
        .catalogue()
        .matching(name)
        .into_iter()
        .chain(of_collector);
    wanted.extend(named.map(|row| row.collector.clone()));
    wanted.remove(&Collector::from(collector::ATTESTED.to_owned()));
    let found = view::recorded(cx, &wanted)?;
    names::check_view(cx, &found.view)?;
    Ok(Evaluation {
        tree: Some(found.tree),
        ..Evaluation::new(cx, found.view)?
    })
}

/// Returns the collectors that the criteria of workstreams need.
pub(crate) fn of_workstreams(cx: &Context) -> BTreeSet<Collector> {
    let streams = &cx.config().workstreams;
    let of_milestones = cx.config().milestones.iter().flat_map(|one| &one.gates);
    let gates = streams.iter().flat_map(Workstream::all_gates);
    let gates = gates.chain(of_milestones);
    let mut wanted = needed(gates, cx.catalogue());
    for objective in streams.iter().flat_map(|stream| &stream.objectives) {
        match objective.proof {
            Proof::Test(_) => wanted.insert(collector::of_tests()),
            Proof::Command(_) => wanted.insert(Collector::from(collector::OBJECTIVES.to_owned())),
            _ => false,
        };
    }
    wanted
}

/// Returns the view with this name: `now`, `baseline`, `final`, or a run.
///
/// # Errors
/// If there is none.
pub(crate) fn view(cx: &Context, name: &str) -> Result<View> {
    let pin = match name {
        "now" => return Ok(now(cx)?.head),
        "baseline" => PinName::Baseline,
        "final" => PinName::Final,
        run => {
            let run = cx.store.load(&revision::run(cx, run)?)?;
            return Ok(view::of_run(cx, &run));
        }
    };
    match (cx.pinned(pin)?, &cx.at, pin) {
        (Some(pin), ..) => Ok(pin.view),
        (None, Some(at), PinName::Baseline) => {
            let stop = Stop::new(Exit::NoVerdict, format!("`{}` has no baseline", at.name));
            Err(stop.help(at.pin()).into())
        }
        (None, ..) => Err(Stop::new(Exit::NoVerdict, format!("no {name} is pinned"))
            .help(format!("cargo campaign {name}"))
            .into()),
    }
}

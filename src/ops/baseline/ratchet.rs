//! `baseline --ratchet`: pinning what got better and keeping the rest.

use std::collections::BTreeSet;

use anyhow::Result;

use super::only::Only;
use super::{collectors, kept, write};
use crate::gate::Strictness;
use crate::judge;
use crate::metric::Catalogue;
use crate::ops::evaluate::{Evaluation, view};
use crate::ops::{Context, Exit, Stop, measure};
use crate::plan::Collector;
use crate::run::{Judged, Lack, View};
use crate::store::PinName;

/// How many differences the reason of a pin names.
const NAMED: usize = 10;

/// The outcome for the baseline.
pub(crate) struct Ratcheted {
    /// The new baseline. `None` if nothing got better.
    pub(crate) pinned: Option<View>,
    /// [`Exit::NoVerdict`] if a gate has no value to judge.
    pub(crate) exit: Exit,
}

/// Pins what got better since the baseline. Results that no recorded run has are measured first.
///
/// # Errors
/// If there is no baseline, a measurement cannot be made, or the values were measured under other conditions.
pub(crate) fn ratchet(cx: &Context) -> Result<Ratcheted> {
    // Without a baseline, there is nothing to measure for.
    kept(cx)?;
    let new = current(cx)?;
    // Another command may have pinned in the time between.
    let _lock = cx.lock()?;
    let old = kept(cx)?;
    let evaluation = Evaluation::against(cx, new.clone(), Some(old.clone()));
    let comparison = evaluation.comparison.unwrap_or_default();
    let ratchet = judge::ratchet(cx.catalogue(), &old, &new, &comparison);
    for difference in &ratchet.worse {
        cx.status("Kept", &difference.to_string());
    }
    let exit = warn_about_missing_values(cx, &evaluation.judgement.gates);
    if ratchet.better.is_empty() {
        cx.note("nothing got better, so the baseline stays as it is");
        return Ok(Ratcheted { pinned: None, exit });
    }
    for difference in &ratchet.better {
        cx.status("Raised", &difference.to_string());
    }

    let whole: BTreeSet<Collector> = ratchet.collectors.into_iter().collect();
    let only = Only::of(whole, ratchet.metrics);
    let mut view = only.replace(cx, &old, &without_varying_values(cx.catalogue(), &new))?;
    keep_varying_values(cx.catalogue(), &old, &mut view);
    let reason = reason(&ratchet.better);
    write(cx, PinName::Baseline, Some(reason), &view, &new.provenance)?;
    Ok(Ratcheted {
        pinned: Some(view),
        exit,
    })
}

/// Warns about each gate that must hold and whose metric was not measured completely: whether it got worse is unknown.
fn warn_about_missing_values(cx: &Context, gates: &[Judged]) -> Exit {
    let missing = gates.iter().filter(|gate| {
        gate.level == Strictness::Deny
            && gate.value.is_none()
            && matches!(gate.lack, Some(Lack::Missing | Lack::Partial | Lack::Stale))
    });
    let missing: Vec<&Judged> = missing.collect();
    for gate in &missing {
        cx.warn(&format!("no value of {}: {}", gate.id, gate.reason));
    }
    match missing.is_empty() {
        true => Exit::Done,
        false => Exit::NoVerdict,
    }
}

/// Returns the values of the current tree.
fn current(cx: &Context) -> Result<View> {
    cx.run_all_tests();
    let wanted: BTreeSet<Collector> = collectors(cx, PinName::Baseline)?.into_iter().collect();
    let found = view::current(cx, &wanted)?;
    if found.missing.is_empty() {
        return Ok(found.view);
    }
    let prepared = measure::prepare(cx, &found.missing)?;
    if measure::measure(cx, &prepared)?.interrupted {
        let stop = Stop::new(Exit::Interrupted, "interrupted; nothing was pinned");
        return Err(stop.into());
    }
    Ok(view::current(cx, &wanted)?.view)
}

/// Returns the view without values that vary by themselves.
fn without_varying_values(catalogue: &Catalogue, view: &View) -> View {
    let mut view = view.clone();
    let metrics = &mut view.snapshot.metrics;
    metrics.retain(|name, _| !catalogue.get(name).is_some_and(judge::varies));
    view
}

/// Puts values back that vary by themselves. They move only when the whole baseline is pinned.
fn keep_varying_values(catalogue: &Catalogue, old: &View, view: &mut View) {
    for (name, reading) in &old.snapshot.metrics {
        let row = catalogue.get(name);
        if row.is_some_and(judge::varies) {
            view.snapshot.metrics.insert(name.clone(), reading.clone());
        }
    }
}

/// Returns the reason that the pin records: `ratchet: clippy.warnings 12 → 11`.
fn reason(better: &[judge::Difference]) -> String {
    let mut parts: Vec<String> = better.iter().take(NAMED).map(ToString::to_string).collect();
    if better.len() > NAMED {
        parts.push(format!("{} more", better.len() - NAMED));
    }
    format!("ratchet: {}", parts.join("; "))
}

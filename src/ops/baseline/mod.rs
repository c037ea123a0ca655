//! Pinning a run as the baseline or as the final state.
//!
//! | module | owns |
//! |---|---|
//! | `only` | replacing some values of the baseline and keeping the others |
//! | `ratchet` | pinning only what got better |
//! | `refuse` | why a run must not be pinned without a reason |

mod only;
mod ratchet;
mod refuse;

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Result;

use self::only::Only;
pub(crate) use self::ratchet::ratchet;
use crate::collector;
use crate::judge;
use crate::ops::evaluate::named::of_workstreams;
use crate::ops::evaluate::{needed, view};
use crate::ops::measure::{self, Prepared};
use crate::ops::{Context, Exit, Stop, revision};
use crate::plan::{Collector, quote};
use crate::run::{Run, RunId, View};
use crate::snapshot::Provenance;
use crate::store::{Head, Pin, PinName};

/// What to pin, and under which name.
pub(crate) struct Pinning {
    pub(crate) name: PinName,
    /// The run to pin; `None` to measure one.
    pub(crate) from: Option<String>,
    /// Why to pin a run that is worse than the pinned one, fails its gates or is incomplete.
    pub(crate) accept: Option<String>,
    /// Collectors and metrics whose values are replaced; empty for all.
    pub(crate) only: Vec<String>,
}

/// Where the values to pin come from.
pub(crate) enum PinSource {
    /// A recorded run.
    Recorded(Box<Run>),
    /// A measurement that was prepared.
    Measurement(Box<Prepared>),
}

/// Values to pin, with the command-line arguments that select them.
struct Candidate<'a> {
    view: View,
    run: &'a Run,
    arguments: String,
}

/// The pinned values and their run.
pub(crate) struct Pinned {
    pub(crate) view: View,
    pub(crate) run: Run,
}

impl Pinning {
    /// Checks the request and prepares the measurement. Everything that can be refused before measuring is refused here.
    ///
    /// # Errors
    /// If the present pin cannot be used, a name or run is unknown, or the measurement cannot be prepared.
    pub(crate) fn source(&self, cx: &Context) -> Result<PinSource> {
        cx.run_all_tests();
        // An unreadable pin may be better than the new one.
        if self.accept.is_none() {
            cx.pinned(self.name)?;
        }
        let only = self.only(cx)?;
        if only.is_some() {
            kept(cx)?;
        }
        let wanted = match &only {
            Some(only) => only.collectors(cx),
            None => collectors(cx, self.name)?,
        };
        let id = match self.from.as_deref() {
            None => {
                let prepared = measure::prepare(cx, &wanted)?;
                return Ok(PinSource::Measurement(Box::new(prepared)));
            }
            Some("latest") => {
                cx.warn_about_future_runs();
                newest_complete(cx, &wanted)?
            }
            Some(name) => revision::run(cx, name)?,
        };
        Ok(PinSource::Recorded(Box::new(cx.store.load(&id)?)))
    }

    /// Measures if necessary, and pins.
    ///
    /// # Errors
    /// If the measurement is interrupted or cannot be recorded, or the run must not be pinned without a reason.
    pub(crate) fn pin(&self, cx: &Context, source: PinSource) -> Result<Pinned> {
        let run = match source {
            PinSource::Recorded(run) => *run,
            PinSource::Measurement(prepared) => {
                let run = measure::measure(cx, &prepared)?;
                if run.interrupted {
                    let stop = Stop::new(Exit::Interrupted, "interrupted; nothing was pinned");
                    return Err(stop.into());
                }
                run
            }
        };
        // The pin that the values are compared with must be the one that they replace.
        let _lock = cx.lock()?;
        let only = self.only(cx)?;
        let measured = view::of_run(cx, &run);
        let from = measured.provenance.clone();
        let pins_tests = only
            .as_ref()
            .is_none_or(|only| only.collectors(cx).contains(&collector::of_tests()));
        if pins_tests {
            refuse::reused(self.name, &run)?;
        }
        let view = match &only {
            Some(only) => only.replace(cx, &kept(cx)?, &measured)?,
            None => measured,
        };
        let arguments = run.id.as_ref().map(|id| format!(" --from {id}"));
        let arguments = arguments.unwrap_or_default();
        let candidate = Candidate {
            view,
            arguments: arguments + &only.map(|only| only.flags()).unwrap_or_default(),
            run: &run,
        };
        if self.accept.is_none() {
            refuse::check(cx, self.name, &candidate)?;
        }
        let view = candidate.view;
        write(cx, self.name, self.accept.clone(), &view, &from)?;
        Ok(Pinned { view, run })
    }

    fn only(&self, cx: &Context) -> Result<Option<Only>> {
        if self.only.is_empty() {
            return Ok(None);
        }
        Only::read(cx, &self.only, self.options()).map(Some)
    }

    /// Returns the other options of the command: ` --from RUN --accept REASON`.
    fn options(&self) -> String {
        [("--from", &self.from), ("--accept", &self.accept)]
            .into_iter()
            .filter_map(|(name, value)| Some(format!(" {name} {}", quote(value.as_deref()?))))
            .collect()
    }
}

/// Writes a pin. `measured` is where its new values come from: the rest may be from another tree.
fn write(
    cx: &Context,
    name: PinName,
    reason: Option<String>,
    view: &View,
    measured: &Provenance,
) -> Result<()> {
    let pin = Pin {
        pinned: cx.now(),
        reason,
        view: view.clone(),
        edited: false,
    };
    let path = cx.store.pin(name, &pin)?;
    let command = command(name);
    cx.status(
        "Pinned",
        &format!("{command} in {} (commit this file)", cx.below_root(&path)),
    );
    if let (Some(commit), true) = (&measured.commit, measured.dirty) {
        let commit = commit.get(..7).unwrap_or(commit);
        cx.warn(&format!(
            "the {command} was measured with uncommitted changes; commit {commit} alone does not have these values"
        ));
    }
    Ok(())
}

/// Returns the command that writes a pin.
fn command(name: PinName) -> &'static str {
    match name {
        PinName::Baseline => "baseline",
        PinName::Final => "final",
    }
}

/// Returns the baseline, for the final pin to be compared with.
///
/// # Errors
/// If there is none.
pub(crate) fn required(cx: &Context) -> Result<Pin> {
    Ok(cx.pinned(PinName::Baseline)?.ok_or_else(|| {
        Stop::new(Exit::NoVerdict, "no baseline is pinned to compare with")
            .help("cargo campaign baseline")
    })?)
}

/// Returns the baseline whose other values are kept.
fn kept(cx: &Context) -> Result<View> {
    let pin = cx.pinned(PinName::Baseline)?.ok_or_else(|| {
        Stop::new(
            Exit::Usage,
            "no baseline is pinned yet, so there are no values to keep",
        )
        .help(judge::PIN)
    })?;
    Ok(pin.view)
}

/// Writes the completion report and returns its path, unless the user chose another one.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn write_completion(cx: &Context, text: &str) -> Result<PathBuf> {
    Ok(cx.store.write_document("completion.md", text.as_bytes())?)
}

/// Writes the results for programs.
///
/// # Errors
/// If they cannot be written.
pub(crate) fn write_metrics(cx: &Context, json: &str) -> Result<PathBuf> {
    Ok(cx
        .store
        .write_document("final-metrics.json", json.as_bytes())?)
}

/// Returns the default collectors, those that gates need, and for the final values those that decide whether workstreams are
/// complete. A baseline is pinned before there is everything that workstreams bring.
fn collectors(cx: &Context, name: PinName) -> Result<Vec<Collector>> {
    let mut wanted = measure::named(cx, &[])?;
    let known: BTreeSet<Collector> = wanted.iter().cloned().collect();
    let mut needed = needed(&cx.config().gates, cx.catalogue());
    if name == PinName::Final {
        needed.extend(of_workstreams(cx));
    }
    wanted.extend(needed.difference(&known).cloned());
    Ok(wanted)
}

/// Returns the newest run in which all wanted collectors are complete. A run of fewer collectors would leave the pin without
/// the values of the others.
fn newest_complete(cx: &Context, wanted: &[Collector]) -> Result<RunId> {
    let heads: Vec<Head> = cx.heads().collect();
    let complete = heads.iter().find(|head| incomplete(head, wanted).is_none());
    if let Some(head) = complete {
        return Ok(head.id.clone());
    }
    let Some(newest) = heads.first() else {
        return revision::run(cx, "latest");
    };
    let missing = incomplete(newest, wanted).map_or("", Collector::name);
    let message = format!(
        "no recorded run is complete: {} has no complete values of {missing}",
        newest.id
    );
    let stop = Stop::new(Exit::NoVerdict, message).help("cargo campaign baseline");
    Err(stop
        .help(format!(
            "cargo campaign baseline --from {} --accept \"the reason\" (pins it as it is)",
            newest.id
        ))
        .into())
}

/// Returns the first wanted collector that is not complete in a run.
fn incomplete<'w>(head: &Head, wanted: &'w [Collector]) -> Option<&'w Collector> {
    wanted
        .iter()
        .find(|collector| !head.whole.contains(collector))
}

//! Measuring the results that are missing for the current tree, and judging.

use std::collections::BTreeSet;

use anyhow::Result;

use super::Evaluation;
use super::view::{self, Found};
use crate::gate::{Gate, Operand, Reference};
use crate::judge;
use crate::ops::{Context, measure, names};
use crate::plan::Collector;
use crate::probe;
use crate::run::{Judgement, Lack, Run, Verdict};
use crate::store::{self, PinName};

/// An evaluation of the current tree, after missing results were measured.
pub(crate) struct Measured {
    /// The evaluation.
    pub(crate) evaluation: Evaluation,
    /// Whether the user interrupted the measurement.
    pub(crate) interrupted: bool,
    /// The run that measured the missing results. `None` if there were none.
    pub(crate) run: Option<Run>,
}

/// Which results may be measured before judging.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measuring {
    /// None.
    Never,
    /// Those that no recorded run has for the current tree.
    Missing,
    /// Every one that is needed.
    Everything,
}

/// Measures the wanted collectors as far as `measuring` allows, and judges.
///
/// # Errors
/// If a measurement cannot be made or recorded, gates name something that does not exist, or the baseline cannot be used.
pub(crate) fn judge(
    cx: &Context,
    wanted: &BTreeSet<Collector>,
    mut found: Found,
    measuring: Measuring,
) -> Result<Measured> {
    let mut measured = None;
    if found.missing.is_empty() && measuring != Measuring::Never {
        let collectors: Vec<Collector> = wanted.iter().cloned().collect();
        measure::build_options::check_default(cx, &collectors)?;
        measure::check_membership(cx)?;
    }
    if !found.missing.is_empty()
        && measuring != Measuring::Never
        && let Some(run) = measure_missing(cx, wanted, &mut found, measuring)?
    {
        measured = Some(run);
        // If everything is to be measured, an earlier result must not replace one that could not be measured.
        found = match measuring {
            Measuring::Everything => view::made_now(cx, wanted)?,
            _ => view::current(cx, wanted)?,
        };
    }
    names::check_view(cx, &found.view)?;
    let mut evaluation = Evaluation::new(cx, found.view)?;
    if let Some(file) = changed_campaign(cx) {
        cx.warn(&format!(
            "{file} changed while measuring, so no gate has a verdict"
        ));
        cx.help("run the command again to judge the gates of the new text");
        withhold_verdicts(&mut evaluation.judgement, &file);
    }
    Ok(Measured {
        evaluation,
        interrupted: measured.as_ref().is_some_and(|run| run.interrupted),
        run: measured,
    })
}

/// Returns the file of the campaign, if its text is no longer the one that was read at the start.
fn changed_campaign(cx: &Context) -> Option<String> {
    // The file of a revision is not read from the working tree.
    let is_read = cx.at.is_none() && !cx.options.keeps_text;
    let path = cx.options.path.as_ref().filter(|_| is_read)?;
    let is_same = store::read_text(path).is_ok_and(|text| text == cx.options.text);
    (!is_same).then(|| cx.below_root(path))
}

/// Replaces every verdict, because it follows from a text that is no longer there.
fn withhold_verdicts(judgement: &mut Judgement, file: &str) {
    for gate in &mut judgement.gates {
        gate.verdict = Verdict::NoVerdict;
        gate.lack = Some(Lack::Stale);
        gate.reason = format!("{file} changed while measuring");
        gate.help = None;
    }
}

/// Measures the missing results. Another command that held the lock before may have measured them: then they are used.
fn measure_missing(
    cx: &Context,
    wanted: &BTreeSet<Collector>,
    found: &mut Found,
    measuring: Measuring,
) -> Result<Option<Run>> {
    let selection = (cx.selects_all.get(), cx.spec_names.borrow().clone());
    let mut prepared = measure::prepare(cx, &found.missing)?;
    // Cargo's description shows the selected members, which may have been measured under other specs.
    let is_known_now = selection != (cx.selects_all.get(), cx.spec_names.borrow().clone());
    if measuring == Measuring::Missing && is_known_now {
        *found = view::current(cx, wanted)?;
        if found.missing.is_empty() {
            return Ok(None);
        }
        prepared = measure::prepare(cx, &found.missing)?;
    }
    warn_about_toolchain(cx)?;
    let turn = measure::turn(cx)?;
    if turn.waited {
        if measuring == Measuring::Missing {
            *found = view::current(cx, wanted)?;
        }
        if found.missing.is_empty() {
            return Ok(None);
        }
        prepared = measure::prepare(cx, &found.missing)?;
    }
    measure::measure_in(cx, &prepared).map(Some)
}

/// Warns, before anything is measured, if gates against the baseline can have no verdict with this toolchain.
fn warn_about_toolchain(cx: &Context) -> Result<()> {
    let Some(pin) = cx.pinned(PinName::Baseline)? else {
        return Ok(());
    };
    let rustc = cx.options.environment.rustc.as_deref();
    let Ok(now) = probe::toolchain(&cx.probe(), rustc) else {
        return Ok(());
    };
    let was = &pin.view.provenance.toolchain.rustc;
    if was.is_empty() || *was == now.rustc || !cx.config().gates.iter().any(refers_to_baseline) {
        return Ok(());
    }
    cx.warn(&format!(
        "the baseline was measured with rustc {was}, this is rustc {}: gates on lints and times that refer to it will have \
         no verdict",
        now.rustc
    ));
    cx.help(&judge::with_toolchain(was));
    Ok(())
}

fn refers_to_baseline(gate: &Gate) -> bool {
    matches!(
        gate.require.operand,
        Operand::Reference(Reference::Baseline, _)
    )
}

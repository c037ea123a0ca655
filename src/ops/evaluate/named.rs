//! Views that are named on the command line.

use anyhow::Result;

use super::view;
use super::{Evaluation, needed};
use crate::ops::{Context, Exit, Stop, names, revision, unknown};
use crate::plan::Collector;
use crate::run::View;
use crate::store::PinName;

/// Evaluates the current tree from recorded runs alone.
///
/// # Errors
/// If gates name something that does not exist, or the baseline cannot be used.
pub fn now(cx: &Context) -> Result<Evaluation> {
    with_collector(cx, None)
}

/// Does the same with the results of the collector that has this name or measures this metric, which
/// no gate may need.
pub(crate) fn explained(cx: &Context, name: &str) -> Result<Evaluation> {
    let measures = cx.catalogue().get(name).map(|row| row.collector.clone());
    let named = unknown::collectors(cx).find(|collector| *collector == name);
    with_collector(
        cx,
        measures.or_else(|| named.map(|name| name.to_owned().into())),
    )
}

fn with_collector(cx: &Context, collector: Option<Collector>) -> Result<Evaluation> {
    let mut wanted = needed(&cx.config().gates, cx.catalogue());
    wanted.extend(cx.config().collect.default.iter().cloned());
    wanted.extend(collector);
    let found = view::current(cx, &wanted)?;
    names::check_view(cx, &found.view)?;
    Ok(Evaluation {
        tree: Some(found.tree),
        ..Evaluation::new(cx, found.view)?
    })
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

//! The earlier versions with which the present one is compared.

use std::collections::BTreeMap;

use crate::collector::planner::Request;
use crate::collector::{self, EarlierUse};
use crate::git::Trouble;
use crate::ops::Context;
use crate::plan::{Collector, MissingCollector};
use crate::store::PinName;

/// Why there is no earlier version, and what helps besides another setting.
type Unknown = (String, Option<String>);

/// Returns for each collector that uses an earlier version what its setting stands for at present.
pub(super) fn described(cx: &Context, collectors: &[Collector]) -> BTreeMap<Collector, String> {
    let described = collectors.iter().filter_map(|collector| {
        let text = match earlier(cx, collector) {
            Ok(None) => return None,
            Ok(Some(id)) => id,
            Err((why, _)) => format!("unknown: {why}"),
        };
        Some((collector.clone(), text))
    });
    described.collect()
}

/// Returns the commit (full id) that a collector uses. `None` if it uses none.
fn earlier(cx: &Context, collector: &Collector) -> Result<Option<String>, Unknown> {
    let settings = cx.config().collect.settings(collector);
    let EarlierUse::Changes(key) = collector::of(collector).earlier else {
        return Ok(None);
    };
    match settings.text(key).unwrap_or_default() {
        "" => Ok(None),
        name => named(cx, collector, key, name).map(Some),
    }
}

/// Returns the commit of the pinned baseline or of a revision.
fn named(cx: &Context, collector: &Collector, key: &str, name: &str) -> Result<String, Unknown> {
    if name == "baseline" {
        return baseline(cx);
    }
    let git = cx.git().map_err(told)?;
    git.revision(name).map_err(told)?.ok_or_else(|| {
        (
            format!("`{name}` is not a revision of this repository"),
            Some(format!(
                "fetch it, or set another `{key}` in [collect.{collector}]"
            )),
        )
    })
}

/// Returns the commit of the pinned baseline.
fn baseline(cx: &Context) -> Result<String, Unknown> {
    let pin = Some("cargo campaign baseline".to_owned());
    let baseline = cx.store.pinned(PinName::Baseline);
    let baseline = baseline.map_err(|error| (error.to_string(), pin.clone()))?;
    let Some(baseline) = baseline else {
        return Err(("no baseline is pinned".to_owned(), pin));
    };
    let since = baseline.view.provenance.since();
    match since.commit {
        Some(id) if !since.dirty => Ok(id),
        Some(_) => Err(("the baseline has uncommitted changes".to_owned(), pin)),
        None => Err(("the baseline has no commit".to_owned(), pin)),
    }
}

fn told(trouble: Trouble) -> Unknown {
    (trouble.to_string(), trouble.hint())
}

/// Adds the earlier version that a collector uses to a request.
///
/// # Errors
/// If it is not known.
pub(super) fn find(
    cx: &Context,
    collector: &Collector,
    request: &mut Request,
) -> Result<(), MissingCollector> {
    let EarlierUse::Changes(key) = collector::of(collector).earlier else {
        return Ok(());
    };
    let found = earlier(cx, collector).map(|since| request.changed_since = since);
    found.map_err(|(what, fix)| MissingCollector {
        collector: collector.clone(),
        what,
        fix: fix.unwrap_or_else(|| format!("see `{key}` in [collect.{collector}]")),
    })
}

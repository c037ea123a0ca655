//! Values of earlier runs that gates refer to.

use std::collections::{BTreeMap, BTreeSet};

use crate::gate::{Gate, Operand, Reference};
use crate::glob;
use crate::judge;
use crate::metric::{Better, Catalogue, Reading, Value};
use crate::ops::Context;
use crate::run::{Run, View};

/// Number of runs that are searched.
const BACK: usize = 500;

/// Values by metric.
pub(super) type Earlier = BTreeMap<String, Reading>;

/// Looks up the values that gates refer to: `previous` is the value of the last complete run, `best` the best value of all
/// complete runs.
///
/// Runs of the same sources are left out: measuring again must not make a failing gate pass. So are runs that cannot be
/// compared with `head`.
pub(super) fn look_up(cx: &Context, reference: Reference, head: &View) -> Earlier {
    let mut found = Earlier::new();
    let patterns = patterns(&cx.config().gates, reference);
    if patterns.is_empty() {
        return found;
    }
    cx.warn_about_future_runs();
    let wanted = wanted(&patterns, cx.catalogue(), head);
    let tree = &head.provenance.tree;
    let heads = cx.heads().take(BACK);
    for id in heads
        .filter(|head| head.tree != *tree && head.complete)
        .map(|head| head.id)
    {
        let Ok(run) = cx.store.load(&id) else {
            continue;
        };
        add(&mut found, &run, reference, &wanted, cx.catalogue(), head);
        if reference == Reference::Previous && wanted.iter().all(|name| found.contains_key(name)) {
            break;
        }
    }
    found
}

/// Returns the metrics, or patterns of metrics, of the gates with this reference.
fn patterns(gates: &[Gate], reference: Reference) -> Vec<&str> {
    gates
        .iter()
        .filter(|gate| {
            matches!(&gate.require.operand, Operand::Reference(whose, _) if *whose == reference)
        })
        .map(|gate| gate.metric.as_str())
        .collect()
}

/// Returns the metrics of `head` that these patterns match, and the families without a member in it, which are zero.
fn wanted(patterns: &[&str], catalogue: &Catalogue, head: &View) -> BTreeSet<String> {
    let families = patterns.iter().filter(|pattern| {
        let row = catalogue.get(pattern);
        row.is_some_and(|row| row.tally_of.is_some())
    });
    let families = families.map(|pattern| (*pattern).to_owned());
    let names = head.snapshot.metrics.keys();
    let names = names.filter(|name| patterns.iter().any(|one| glob::matches(one, name)));
    names.cloned().chain(families).collect()
}

/// Adds the values of a run that are not known yet, or are better than the known ones.
fn add(
    found: &mut Earlier,
    run: &Run,
    reference: Reference,
    wanted: &BTreeSet<String>,
    catalogue: &Catalogue,
    head: &View,
) {
    for name in wanted {
        let Some(row) = catalogue.get(name) else {
            continue;
        };
        let Some(reading) = row.reading(name, &run.snapshot.metrics) else {
            continue;
        };
        let Value::Measured(value) = &reading.value else {
            continue;
        };
        let is_comparable =
            judge::unlike(row.alike, &run.provenance, &head.provenance, &row.collector).is_none();
        let replaces = match found.get(name).map(|known| &known.value) {
            None => true,
            Some(Value::Measured(known)) if reference == Reference::Best => match row.better {
                Better::Higher => value > known,
                Better::Lower | Better::None => value < known,
            },
            Some(_) => false,
        };
        if is_comparable && replaces {
            found.insert(name.clone(), reading.into_owned());
        }
    }
}

//! Makes cargo build again what it does not know to be outdated, so that the results are those of the present sources.

use std::collections::{BTreeMap, BTreeSet};

use super::units::Unnoticed;
use crate::drive::renewal::Renewal;
use crate::ops::Context;
use crate::report::figure::counted;

/// Units whose fingerprints were removed.
#[derive(Debug, Default)]
pub(super) struct Renewed<'a> {
    /// The steps that used the units.
    pub(super) steps: BTreeSet<&'a str>,
    /// Their packages, and what cargo does not notice.
    pub(super) packages: BTreeMap<String, String>,
}

/// Removes the fingerprints of outdated units, if that is possible, and reports their packages.
pub(super) fn renew<'a>(cx: &Context, outdated: &BTreeMap<&'a str, Vec<Unnoticed>>) -> Renewed<'a> {
    let mut renewal = Renewal::default();
    let mut renewed = Renewed::default();
    for (step, units) in outdated {
        for unit in units {
            if renewal.add(&unit.written, &unit.kind, unit.is_leftover()) {
                renewed.steps.insert(step);
                let package = renewed.packages.entry(unit.package.clone());
                package.or_insert_with(|| unit.cause());
            }
        }
    }
    if renewed.steps.is_empty() || cx.cancel.is_set() {
        return Renewed::default();
    }
    match renewal.remove(&cx.cancel, &mut || {
        cx.status("Blocking", "waiting for file lock on build directory");
    }) {
        Ok(()) => {
            report(cx, &renewed.packages);
            renewed
        }
        Err(error) => {
            cx.warn(&format!("could not make cargo build again: {error}"));
            Renewed::default()
        }
    }
}

/// Reports the packages that are built again, one line for each reason.
fn report(cx: &Context, packages: &BTreeMap<String, String>) {
    let mut by_cause: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (package, cause) in packages {
        by_cause.entry(cause).or_default().push(package);
    }
    for (cause, packages) in by_cause {
        let subject = match packages.as_slice() {
            [one] => (*one).to_owned(),
            several => counted(several.len(), "package"),
        };
        cx.status("Rebuilding", &format!("{subject}: {cause}"));
    }
}

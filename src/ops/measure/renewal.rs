//! Makes cargo build again what it does not know to be outdated, so that the results are those of the present sources.

use std::collections::{BTreeMap, BTreeSet};

use super::units::Unnoticed;
use crate::drive::renewal::Renewal;
use crate::ops::Context;
use crate::report::figure::counted;

/// The units that cargo is made to build again during a measurement.
pub(super) struct Rebuilds<'a> {
    cx: &'a Context,
    /// A unit that is outdated for the same reason afterwards is not built again.
    units: Vec<Unnoticed>,
    /// The packages of the units, and what cargo does not notice.
    pub(super) packages: BTreeMap<String, String>,
}

impl<'a> Rebuilds<'a> {
    pub(super) fn new(cx: &'a Context) -> Self {
        Self {
            cx,
            units: Vec::new(),
            packages: BTreeMap::new(),
        }
    }

    /// Removes the fingerprints of outdated units, if that is possible, and reports their packages. Returns the steps that
    /// used the units.
    pub(super) fn renew<'s>(
        &mut self,
        outdated: &BTreeMap<&'s str, Vec<Unnoticed>>,
    ) -> BTreeSet<&'s str> {
        let mut renewal = Renewal::default();
        let mut steps = BTreeSet::new();
        let mut found: Vec<&Unnoticed> = Vec::new();
        for (step, units) in outdated {
            for unit in units.iter().filter(|unit| !self.units.contains(unit)) {
                if renewal.add(&unit.written, &unit.kind, unit.is_leftover()) {
                    steps.insert(*step);
                    found.push(unit);
                }
            }
        }
        if steps.is_empty() || self.cx.cancel.is_set() {
            return BTreeSet::new();
        }
        let removed = renewal.remove(&self.cx.cancel, &mut || {
            self.cx
                .status("Blocking", "waiting for file lock on build directory");
        });
        if let Err(error) = removed {
            self.cx
                .warn(&format!("could not make cargo build again: {error}"));
            return BTreeSet::new();
        }
        let mut packages = BTreeMap::new();
        for unit in &found {
            let package = packages.entry(unit.package.clone());
            package.or_insert_with(|| unit.cause());
        }
        report(self.cx, &packages);
        self.units.extend(found.into_iter().cloned());
        for (package, cause) in packages {
            self.packages.entry(package).or_insert(cause);
        }
        steps
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

//! A team's own metrics: what its command printed of what `campaign.toml` declares.

use std::collections::{BTreeMap, BTreeSet};

use super::Folded;
use super::standing::{Standing, finite, without};
use crate::event::Figure;
use crate::metric::{Reading, Unavailable, Unit, Value};
use crate::plan::Collector;
use crate::snapshot::Snapshot;

/// Every metric that is declared; one that was not printed is unavailable.
pub(super) fn collect(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    let standing = folded.standing(collector);
    let figures: Vec<&Figure> = folded
        .steps_of(collector)
        .flat_map(|s| &s.facts.figures)
        .collect();
    for (name, unit) in folded.own.get(collector).into_iter().flatten() {
        let figures: Vec<&Figure> = figures
            .iter()
            .copied()
            .filter(|f| f.name == *name)
            .collect();
        let members = folded
            .workspace
            .members
            .iter()
            .map(|member| member.name.as_str())
            .collect();
        let reading = reading(&standing, unit, &figures, &members);
        snapshot.metrics.insert(name.clone(), reading);
    }
}

/// The command's own figure for the workspace; where it gave packages only, their sum when the unit is one that adds up.
fn reading(
    standing: &Standing,
    unit: &Unit,
    figures: &[&Figure],
    members: &BTreeSet<&str>,
) -> Reading {
    let absent = |reason: &str| {
        without(Unavailable {
            reason: reason.to_owned(),
            mend: None,
            at_least: None,
        })
    };
    let reason = standing.reason().filter(|_| !standing.is_partial());
    if let Some(unavailable) = reason {
        return without(unavailable);
    }
    if figures.is_empty() {
        return absent("its command did not print it");
    }
    let of_package = |f: &&Figure| Some((f.package.clone()?, f.value));
    let packages: BTreeMap<String, f64> = figures
        .iter()
        .filter_map(of_package)
        .filter(|p| p.1.is_finite())
        .collect();
    if let Some(package) = packages
        .keys()
        .find(|package| !members.contains(package.as_str()))
    {
        return absent(&format!(
            "its command printed a value of `{package}`, which is not a member of the workspace"
        ));
    }
    let adds_up = matches!(unit, Unit::Count | Unit::Seconds | Unit::Bytes | Unit::Days);
    if let Some(total) = figures
        .iter()
        .rfind(|f| f.package.is_none())
        .map(|figure| figure.value)
        && let Some(sum) = exceeding(unit, total, &packages)
    {
        return absent(&format!(
            "its command printed {total} in total, but {sum} for the packages together"
        ));
    }
    let mut reading = match figures.iter().rfind(|f| f.package.is_none()) {
        Some(figure) => finite(figure.value),
        None if adds_up => finite(packages.values().sum()),
        None => absent("its command printed figures of packages only"),
    };
    if matches!(reading.value, Value::Measured(_)) || !adds_up {
        reading.packages = packages;
    }
    reading
}

/// Returns the sum of the packages if the total cannot contain it. A total may be larger: not everything lies in a package.
/// Seconds of packages that were built at the same time do not add up.
fn exceeding(unit: &Unit, total: f64, packages: &BTreeMap<String, f64>) -> Option<f64> {
    let counts = matches!(unit, Unit::Count | Unit::Bytes)
        && !packages.is_empty()
        && packages.values().all(|value| *value >= 0.0);
    let sum: f64 = packages.values().sum();
    (counts && sum > total).then_some(sum)
}

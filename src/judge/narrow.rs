//! Narrows a baseline of the whole workspace to the packages that were measured now.
//!
//! Only metrics with values for each package can be narrowed. The others have a single value for the
//! workspace and become unavailable.

use std::collections::BTreeMap;

use super::{cover, figure, remedy};
use crate::collector;
use crate::metric::{Catalogue, MetricRow, Reading, Unavailable, Unit, Value};
use crate::plan::Collector;
use crate::run::View;
use crate::snapshot::SuiteId;

#[cfg(test)]
mod tests;

/// Returns the part of a baseline that belongs to the packages of `scope`.
///
/// `settings` are the current settings of the collectors whose settings would equal the baseline's if
/// the whole workspace were measured. The values of other collectors do not become comparable.
pub fn narrow(
    base: &View,
    scope: &[String],
    settings: BTreeMap<Collector, String>,
    catalogue: &Catalogue,
) -> View {
    let mut narrowed = base.clone();
    narrowed.provenance.scope = scope.to_vec();
    narrowed.provenance.settings.extend(settings);
    let snapshot = &mut narrowed.snapshot;
    for (metric, reading) in &mut snapshot.metrics {
        *reading = part(base, scope, metric, catalogue.get(metric));
    }
    snapshot
        .findings
        .retain(|finding| scope.contains(&finding.package));
    snapshot
        .tests
        .retain(|_, test| scope.contains(&test.package));
    snapshot.incomplete.retain(|suite, _| {
        scope
            .iter()
            .any(|package| SuiteId::parse(suite).package == package)
    });
    snapshot
        .covered
        .values_mut()
        .for_each(|packages| packages.retain(|package| scope.contains(package)));
    // A package that the baseline does not have is known there: it had no findings and no tests.
    let absent: Vec<&String> = scope.iter().filter(|name| !exists(base, name)).collect();
    for collector in base.sources.keys().chain(base.snapshot.covered.keys()) {
        let covered = snapshot.covered.entry(collector.clone()).or_default();
        for package in &absent {
            if !covered.contains(package) {
                covered.push((*package).clone());
            }
        }
    }
    narrowed
}

/// Returns whether a package was a member of the workspace. An unknown list of members rules nothing
/// out.
fn exists(base: &View, package: &String) -> bool {
    let members = &base.provenance.members;
    members.is_empty() || members.contains(package)
}

/// Returns the sum over these packages, if each of them was measured completely. A package that the
/// baseline does not have adds nothing, but at least one must exist.
fn part(base: &View, scope: &[String], metric: &str, row: Option<&MetricRow>) -> Reading {
    let Some(row) = row.filter(|row| is_per_package(row, scope)) else {
        let reason = format!("{metric} has one value for the whole workspace");
        return unavailable(reason, Some(remedy::WHOLE.to_owned()));
    };
    let mut packages = BTreeMap::new();
    let mut missing = None;
    for package in scope.iter().filter(|package| exists(base, package)) {
        match value(base, package, metric, row) {
            Some(value) => _ = packages.insert(package.clone(), value),
            None => missing = missing.or(Some(package)),
        }
    }
    let reason = match missing {
        _ if scope.len() > 1 && is_shared(base, metric) => {
            Some(format!("packages of the baseline share some of {metric}"))
        }
        Some(package) => Some(format!("{metric} has no value for {package}")),
        None if packages.is_empty() => scope.first().map(|package| figure::absent(package)),
        None => None,
    };
    if let Some(reason) = reason {
        return Reading {
            packages,
            ..unavailable(reason, None)
        };
    }
    Reading {
        value: Value::Measured(packages.values().sum()),
        packages,
        spread: None,
    }
}

/// Returns whether the values of the packages add up to more than that of the workspace, because a file
/// that packages share counts for each of them. The value for some packages is then unknown.
fn is_shared(base: &View, metric: &str) -> bool {
    base.snapshot.metrics.get(metric).is_some_and(|reading| {
        let all = match &reading.value {
            Value::Measured(value) => Some(*value),
            Value::Unavailable(why) => why.at_least,
        };
        all.is_some_and(|all| reading.packages.values().sum::<f64>() > all)
    })
}

/// Returns whether the values of packages add up to the workspace's. A custom collector measures the
/// same for every scope.
fn is_per_package(row: &MetricRow, scope: &[String]) -> bool {
    let adds_up = row.unit == Unit::Count || scope.len() == 1;
    row.per_package && adds_up && !collector::is_custom(&row.collector)
}

/// Returns the value of a package. A member of a family is zero if the total of the family was
/// measured for this package.
fn value(base: &View, package: &str, metric: &str, row: &MetricRow) -> Option<f64> {
    let of = |metric: &str| {
        base.snapshot
            .metrics
            .get(metric)?
            .packages
            .get(package)
            .copied()
    };
    // A package with an incomplete suite may have more tests than were counted.
    let is_open =
        collector::of(&row.collector).has_tests && !cover::knows(base, &row.collector, package);
    if is_open && !cover::counts_incomplete_suites(row) {
        return None;
    }
    of(metric).or_else(|| row.tally_of.and_then(of).map(|_| 0.0))
}

fn unavailable(reason: String, fix: Option<String>) -> Reading {
    let value = Value::Unavailable(Unavailable {
        reason,
        fix,
        ..Unavailable::default()
    });
    Reading {
        value,
        packages: BTreeMap::new(),
        spread: None,
    }
}

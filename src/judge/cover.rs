//! Which packages a view knows whole: only what both sides know may be called new, fixed or vanished.

use crate::collector::{self, Counts};
use crate::metric::{MetricRow, Reading, Value};
use crate::plan::Collector;
use crate::run::View;
use crate::snapshot::SuiteId;

/// Returns the value of the metric that counts everything a collector lists.
fn total<'a>(view: &'a View, collector: &Collector) -> Option<&'a Reading> {
    view.snapshot.metrics.get(collector::of(collector).total?)
}

/// Returns whether everything was counted that a collector lists.
fn is_total_measured(view: &View, collector: &Collector) -> bool {
    total(view, collector).is_some_and(|total| matches!(total.value, Value::Measured(_)))
}

/// Returns whether the collector gave the view anything.
pub(super) fn present(view: &View, collector: &Collector) -> bool {
    let snapshot = &view.snapshot;
    view.sources.contains_key(collector)
        || snapshot.covered.contains_key(collector)
        || total(view, collector).is_some()
}

/// Returns whether every package is known, so that one without a value does not exist there.
pub(super) fn whole(view: &View, collector: &Collector) -> bool {
    is_total_measured(view, collector)
        && (!collector::of(collector).has_tests || view.snapshot.incomplete.is_empty())
}

/// Returns whether every selected package is known.
pub(super) fn scope(view: &View, collector: &Collector) -> bool {
    let packages = &view.provenance.scope;
    whole(view, collector)
        || !packages.is_empty() && packages.iter().all(|name| knows(view, collector, name))
}

/// Returns whether any package is known.
pub(super) fn any(view: &View, collector: &Collector) -> bool {
    let covered = view.snapshot.covered.get(collector);
    covered.is_some_and(|packages| !packages.is_empty())
        || total(view, collector).is_some_and(|total| !total.packages.is_empty())
}

/// Returns whether this package is known: it was covered, or it certainly did not exist. After a suite without a result
/// its package is not known.
pub(super) fn knows(view: &View, collector: &Collector, package: &str) -> bool {
    let mut incomplete = view.snapshot.incomplete.keys();
    if collector::of(collector).has_tests
        && incomplete.any(|suite| SuiteId::parse(suite).package == package)
    {
        return false;
    }
    whole(view, collector) || lists(view, collector, package)
}

/// Returns whether this package, of which suites may be incomplete, was measured or certainly did not exist.
pub(super) fn reaches(view: &View, collector: &Collector, package: &str) -> bool {
    is_total_measured(view, collector) || lists(view, collector, package)
}

/// Returns whether the view names this package as covered or has its value.
fn lists(view: &View, collector: &Collector, package: &str) -> bool {
    let covered = view.snapshot.covered.get(collector);
    covered.is_some_and(|all| all.iter().any(|p| p == package))
        || total(view, collector).is_some_and(|total| total.packages.contains_key(package))
}

/// Returns whether a metric counts the suites without a result, so that it is known when results are not.
pub(super) fn counts_incomplete_suites(row: &MetricRow) -> bool {
    let counts = collector::metric(row).and_then(|metric| metric.counts);
    matches!(counts, Some(Counts::IncompleteSuites))
}

/// Returns whether the view measured this metric completely, so that a package without a value does not
/// exist.
pub(super) fn complete(view: &View, row: &MetricRow, metric: &str) -> bool {
    let measured = view
        .snapshot
        .metrics
        .get(metric)
        .is_some_and(|r| matches!(r.value, Value::Measured(_)));
    measured || row.tally_of.is_some() && whole(view, &row.collector)
}

/// Returns the packages with a value of a metric. For derived metrics and members of a family, also the
/// packages whose value is implied.
pub(super) fn packages<'a>(
    view: &'a View,
    row: &MetricRow,
    metric: &str,
) -> impl Iterator<Item = &'a String> {
    let implied = row.derived || row.tally_of.is_some();
    let covered = implied
        .then(|| view.snapshot.covered.get(&row.collector))
        .flatten();
    let total = collector::of(&row.collector)
        .total
        .filter(|_| implied)
        .unwrap_or(metric);
    let metrics = [metric, total].map(|name| view.snapshot.metrics.get(name));
    let measured = metrics.into_iter().flatten();
    covered
        .into_iter()
        .flatten()
        .chain(measured.flat_map(|reading| reading.packages.keys()))
}

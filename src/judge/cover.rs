//! Which packages a view knows whole: only what both sides know may be called new, fixed or vanished.

use crate::metric::{Definition, Value};
use crate::plan::Collector;
use crate::run::View;

/// The metric that counts everything a collector lists: present whenever it ran, measured only when it ran whole.
pub(super) fn total(collector: &Collector) -> String {
    match collector {
        Collector::Test => "test.total".to_owned(),
        Collector::Fmt => "fmt.files".to_owned(),
        other => format!("{other}.warnings"),
    }
}

/// The collector gave the view something.
pub(super) fn present(view: &View, collector: &Collector) -> bool {
    let snapshot = &view.snapshot;
    view.sources.contains_key(collector)
        || snapshot.covered.contains_key(collector)
        || snapshot.metrics.contains_key(&total(collector))
}

/// Every package is known: one without any figure does not exist there.
pub(super) fn whole(view: &View, collector: &Collector) -> bool {
    view.snapshot
        .metrics
        .get(&total(collector))
        .is_some_and(|r| matches!(r.value, Value::Measured(_)))
        && (*collector != Collector::Test || view.snapshot.incomplete.is_empty())
}

/// This package is known: it was covered, or it certainly did not exist. A suite without result leaves its package open.
pub(super) fn knows(view: &View, collector: &Collector, package: &str) -> bool {
    if *collector == Collector::Test
        && view
            .snapshot
            .incomplete
            .keys()
            .any(|suite| owner(suite) == package)
    {
        return false;
    }
    whole(view, collector) || lists(view, collector, package)
}

/// This package, of which suites may be incomplete, was measured or certainly did not exist.
pub(super) fn reaches(view: &View, collector: &Collector, package: &str) -> bool {
    let reading = view.snapshot.metrics.get(&total(collector));
    reading.is_some_and(|r| matches!(r.value, Value::Measured(_)))
        || lists(view, collector, package)
}

/// The view names this package as covered or has its figure.
fn lists(view: &View, collector: &Collector, package: &str) -> bool {
    let covered = view.snapshot.covered.get(collector);
    covered.is_some_and(|all| all.iter().any(|p| p == package))
        || view
            .snapshot
            .metrics
            .get(&total(collector))
            .is_some_and(|r| r.packages.contains_key(package))
}

/// The suite that a test or a whole suite id names: package and `lib`, `doc` or `kind:target`. Both begin alike, see
/// [`crate::snapshot::Test::id`].
pub(super) fn suite(id: &str) -> (&str, &str) {
    let (package, rest) = id.split_once(' ').unwrap_or((id, ""));
    let label = rest.split(' ').next().unwrap_or_default();
    let is_target = label
        .split_once(':')
        .is_some_and(|(kind, name)| KINDS.contains(&kind) && !name.starts_with(':'));
    (
        package,
        if label == "doc" || is_target {
            label
        } else {
            "lib"
        },
    )
}

/// Returns a test's name without package and suite.
pub(super) fn name(id: &str) -> &str {
    let (package, suite) = suite(id);
    let rest = id[package.len()..].trim_start();
    rest.strip_prefix(suite)
        .filter(|_| suite != "lib")
        .unwrap_or(rest)
        .trim_start()
}

/// Target kinds whose suites are named `kind:target`.
const KINDS: [&str; 5] = ["bin", "test", "example", "bench", "custom-build"];

/// The package of a suite id.
pub(super) fn owner(suite: &str) -> &str {
    suite.split(' ').next().unwrap_or(suite)
}

/// The view measured this metric whole: a package without a figure does not exist.
pub(super) fn complete(view: &View, row: &Definition, metric: &str) -> bool {
    let measured = view
        .snapshot
        .metrics
        .get(metric)
        .is_some_and(|r| matches!(r.value, Value::Measured(_)));
    measured || row.tally_of().is_some() && whole(view, &row.collector)
}

/// The packages for which a metric has a figure, or has one without being listed: derived ones and tallies.
pub(super) fn packages<'a>(
    view: &'a View,
    row: &Definition,
    metric: &str,
) -> impl Iterator<Item = &'a String> {
    let named = |name: &str| {
        view.snapshot
            .metrics
            .get(name)
            .map(|r| r.packages.keys())
            .into_iter()
            .flatten()
    };
    let implied = row.derived || row.tally_of().is_some();
    let covered = implied
        .then(|| view.snapshot.covered.get(&row.collector))
        .flatten();
    let total = if implied {
        total(&row.collector)
    } else {
        metric.to_owned()
    };
    covered
        .into_iter()
        .flatten()
        .chain(named(metric))
        .chain(named(&total))
}

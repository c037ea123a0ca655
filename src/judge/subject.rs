//! Expansion of gates: patterns over metrics and `*` over packages become concrete names.

use std::collections::BTreeSet;

use super::{Evidence, cover};
use crate::gate::Gate;
use crate::glob;
use crate::metric::{Catalogue, MetricRow};
use crate::run::View;

/// One gate on one metric of the workspace or of one package.
pub(super) struct Subject<'a> {
    /// The gate in the configuration.
    pub(super) gate: &'a Gate,
    /// The id of the gate with concrete names.
    pub(super) id: String,
    /// A concrete name, or the pattern if nothing matches it.
    pub(super) metric: String,
    /// A concrete name, or `*` without a package.
    pub(super) package: Option<String>,
    /// The catalogue's row of the metric.
    pub(super) row: &'a MetricRow,
}

impl Subject<'_> {
    /// Returns whether the gate is about this package.
    pub(super) fn includes(&self, package: &str) -> bool {
        self.package.as_deref().is_none_or(|own| own == package)
    }

    /// Returns `clippy.warnings` or `clippy.warnings of riptide-api`.
    pub(super) fn name(&self) -> String {
        match &self.package {
            Some(package) => format!("{} of {package}", self.metric),
            None => self.metric.clone(),
        }
    }
}

/// Returns the concrete gates of a gate, over the names in head and baseline. `None` if the catalogue
/// does not have the metric.
///
/// The result is never empty: a pattern without a match is kept and will have no value. A package that
/// only the baseline has was removed, and `*` no longer includes it. Metrics derived from the comparison
/// are an exception, because its lost tests count.
pub(super) fn expand<'a>(
    gate: &'a Gate,
    catalogue: &'a Catalogue,
    evidence: &Evidence<'_>,
) -> Option<Vec<Subject<'a>>> {
    let mut subjects = Vec::new();
    for metric in metrics(&gate.metric, catalogue, evidence) {
        let row = catalogue.get(&metric)?;
        for package in packages(gate, &metric, row, evidence) {
            let id = concrete(gate, &metric, package.as_deref());
            subjects.push(Subject {
                gate,
                id,
                metric: metric.clone(),
                package,
                row,
            });
        }
    }
    Some(subjects)
}

/// Returns the head, then the baseline.
fn views<'a>(evidence: &Evidence<'a>) -> impl Iterator<Item = &'a View> {
    [Some(evidence.head), evidence.baseline]
        .into_iter()
        .flatten()
}

/// Returns the concrete names of a pattern: stored on either side, or derived from a collector that
/// was measured.
fn metrics(pattern: &str, catalogue: &Catalogue, evidence: &Evidence<'_>) -> BTreeSet<String> {
    if !pattern.contains('*') {
        return BTreeSet::from([pattern.to_owned()]);
    }
    let stored = views(evidence).flat_map(|view| view.snapshot.metrics.keys());
    let stored = stored
        .filter(|name| glob::matches(pattern, name) && catalogue.get(name).is_some())
        .cloned();
    let derived = catalogue.rows().iter().filter(|row| {
        row.derived
            && glob::matches(pattern, &row.name)
            && views(evidence).any(|view| cover::present(view, &row.collector))
    });
    let all: BTreeSet<String> = stored.chain(derived.map(|row| row.name.clone())).collect();
    if all.is_empty() {
        BTreeSet::from([pattern.to_owned()])
    } else {
        all
    }
}

/// Returns the concrete packages of `*`: every selected member, and without a selection also the packages
/// that either side has values of.
///
/// A member without a value must not drop out, because it may be the one that does not compile. Its
/// gate has no verdict then.
fn packages(
    gate: &Gate,
    metric: &str,
    row: &MetricRow,
    evidence: &Evidence<'_>,
) -> BTreeSet<Option<String>> {
    if gate.package.as_deref() != Some("*") {
        return BTreeSet::from([gate.package.clone()]);
    }
    let selected = evidence.head.provenance.selected();
    let mut names: BTreeSet<&String> = selected.iter().collect();
    for (at, view) in views(evidence).enumerate() {
        // A package that only the baseline has was removed. Only derived metrics count its losses.
        let is_known = !selected.is_empty() || cover::complete(evidence.head, row, metric);
        if at > 0 && !row.derived && is_known {
            break;
        }
        names.extend(cover::packages(view, row, metric));
    }
    // Results that do not count may be of other packages.
    let scope = &evidence.head.provenance.scope;
    names.retain(|name| scope.is_empty() || scope.contains(name));
    let names: BTreeSet<Option<String>> = names.into_iter().cloned().map(Some).collect();
    if names.is_empty() {
        BTreeSet::from([gate.package.clone()])
    } else {
        names
    }
}

/// Returns the id of a concrete gate. Ids begin with the metric and have the package after `@`.
fn concrete(gate: &Gate, metric: &str, package: Option<&str>) -> String {
    let rest = gate.id.strip_prefix(gate.metric.as_str());
    let id = rest.map_or_else(|| gate.id.clone(), |rest| format!("{metric}{rest}"));
    match package {
        Some(package) if gate.package.as_deref() == Some("*") => {
            id.replacen("@*", &format!("@{package}"), 1)
        }
        _ => id,
    }
}

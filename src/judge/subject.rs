//! From gates as written to concrete ones: patterns over metrics, `*` over packages.

use std::collections::BTreeSet;

use super::{Evidence, cover};
use crate::gate::Gate;
use crate::metric::{Catalogue, Definition, glob};
use crate::run::View;

/// One gate on one metric of the workspace or of one package.
pub(super) struct Subject<'a> {
    /// As configured.
    pub(super) gate: &'a Gate,
    /// The gate's id with concrete names in it.
    pub(super) id: String,
    /// A concrete name, or the pattern when nothing matched.
    pub(super) metric: String,
    /// A name, or `*` when there is no package.
    pub(super) package: Option<String>,
    /// The catalogue's row of the metric.
    pub(super) row: &'a Definition,
}

impl Subject<'_> {
    /// `clippy.warnings`, `clippy.warnings of riptide-api`.
    pub(super) fn name(&self) -> String {
        match &self.package {
            Some(package) => format!("{} of {package}", self.metric),
            None => self.metric.clone(),
        }
    }
}

/// The concrete gates that a gate means, over all that head and baseline have. Never empty: a pattern without a match
/// stays as it is, and will find no figure. `None` when the catalogue has no such metric.
///
/// A package that the baseline has and a head measured whole has not is gone: `*` does not mean it any more, except for
/// metrics derived from the comparison, where its lost tests still count.
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

/// Head, then baseline.
fn views<'a>(evidence: &Evidence<'a>) -> impl Iterator<Item = &'a View> {
    [Some(evidence.head), evidence.baseline]
        .into_iter()
        .flatten()
}

/// Concrete names of a pattern: stored on either side, or derived from a collector that is there.
fn metrics(pattern: &str, catalogue: &Catalogue, evidence: &Evidence<'_>) -> BTreeSet<String> {
    if !pattern.contains('*') {
        return BTreeSet::from([pattern.to_owned()]);
    }
    let stored = views(evidence).flat_map(|view| view.snapshot.metrics.keys());
    let stored = stored
        .filter(|name| glob(pattern, name) && catalogue.get(name).is_some())
        .cloned();
    let derived = catalogue.rows().iter().filter(|row| {
        row.derived
            && glob(pattern, &row.name)
            && views(evidence).any(|view| cover::present(view, &row.collector))
    });
    let all: BTreeSet<String> = stored.chain(derived.map(|row| row.name.clone())).collect();
    if all.is_empty() {
        BTreeSet::from([pattern.to_owned()])
    } else {
        all
    }
}

/// Concrete packages of `*`.
fn packages(
    gate: &Gate,
    metric: &str,
    row: &Definition,
    evidence: &Evidence<'_>,
) -> BTreeSet<Option<String>> {
    if gate.package.as_deref() != Some("*") {
        return BTreeSet::from([gate.package.clone()]);
    }
    let mut names = BTreeSet::new();
    for (at, view) in views(evidence).enumerate() {
        if at > 0 && !row.derived && cover::complete(evidence.head, row, metric) {
            break;
        }
        names.extend(cover::packages(view, row, metric).map(|name| Some(name.to_owned())));
    }
    if names.is_empty() {
        BTreeSet::from([gate.package.clone()])
    } else {
        names
    }
}

/// Gate ids begin with the metric, and name the package after `@`.
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

//! Compares the counts of a view with the findings and tests that it lists.
//!
//! Only pinned views are checked, because people edit and merge their text. Only metrics that a
//! collector computes from the same list are checked, so that a measured view is always consistent.

use std::collections::BTreeSet;
use std::fmt;

use crate::collector::{self, Counts};
use crate::metric::{Catalogue, MetricRow, Value};
use crate::run::View;
use crate::snapshot::Snapshot;

/// A count that differs from the number of entries in the view.
#[derive(Clone, Debug, PartialEq)]
pub struct Contradiction {
    /// The metric's name.
    pub metric: String,
    /// The package, for the value of one.
    pub package: Option<String>,
    /// The value of the metric.
    pub value: f64,
    /// The number of entries.
    pub listed: usize,
    /// `files`, `findings`, `tests`.
    pub what: &'static str,
}

/// ``metric `clippy.warnings` says 9, its findings 4``.
impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "metric `{}`", self.metric)?;
        if let Some(package) = &self.package {
            write!(f, " of package `{package}`")?;
        }
        write!(f, " says {}, its {} {}", self.value, self.what, self.listed)
    }
}

/// Returns the first count that differs from the number of entries.
pub fn contradiction(view: &View, catalogue: &Catalogue) -> Option<Contradiction> {
    let snapshot = &view.snapshot;
    snapshot.metrics.iter().find_map(|(metric, reading)| {
        let row = catalogue.get(metric)?;
        let Value::Measured(value) = reading.value else {
            return None;
        };
        let packages = reading
            .packages
            .iter()
            .map(|(package, value)| (Some(package), *value));
        let values = [(None, value)].into_iter().chain(packages);
        values.into_iter().find_map(|(package, value)| {
            let (what, listed) = listed(snapshot, row, metric, package)?;
            let wrong = value != listed as f64;
            wrong.then(|| Contradiction {
                metric: metric.clone(),
                package: package.cloned(),
                value,
                listed,
                what,
            })
        })
    })
}

/// Returns how many entries of the view a metric counts, for one package or all. `None` for a metric whose value does not
/// follow from the entries.
fn listed(
    snapshot: &Snapshot,
    row: &MetricRow,
    metric: &str,
    package: Option<&String>,
) -> Option<(&'static str, usize)> {
    let counting = collector::metric(row).filter(|counting| counting.is_checked)?;
    match counting.counts? {
        Counts::Tests(counts) | Counts::Failures(counts) => {
            let tests = snapshot.tests.values();
            let counted = tests.filter(|test| counts(test) && is_of(package, &test.package));
            Some(("tests", counted.count()))
        }
        Counts::Findings(counts) => {
            let findings = snapshot.findings.iter();
            let counted = findings.filter(|finding| {
                finding.collector == row.collector
                    && is_of(package, &finding.package)
                    && counts(metric, finding)
            });
            Some(("findings", counted.count()))
        }
        Counts::Files => {
            let findings = snapshot.findings.iter();
            let counted = findings.filter(|finding| {
                finding.collector == row.collector && is_of(package, &finding.package)
            });
            let files: BTreeSet<&String> = counted.map(|finding| &finding.file).collect();
            Some(("files", files.len()))
        }
        Counts::IncompleteSuites => None,
    }
}

/// Returns whether `name` is the package, if there is one.
fn is_of(package: Option<&String>, name: &str) -> bool {
    package.is_none_or(|package| package == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Outcome;
    use crate::judge::tests::{figures, finding, test};
    use crate::plan::Collector;
    use crate::snapshot::Finding;

    #[test]
    fn counts_must_agree_with_what_is_listed() {
        let table = [
            ("clippy.warnings=1 a:1", None),
            (
                "clippy.warnings=9 a:1",
                Some("metric `clippy.warnings` says 9, its findings 1"),
            ),
            (
                "clippy.warnings=1 a:0",
                Some("metric `clippy.warnings` of package `a` says 0, its findings 1"),
            ),
            ("clippy.warnings=?", None),
            ("test.total=2 a:2;test.passed=1;test.failed=1", None),
            (
                "test.total=2;test.passed=0",
                Some("metric `test.passed` says 0, its tests 1"),
            ),
            ("fmt.files=1 a:1 b:1", None),
            (
                "fmt.files=2 a:1",
                Some("metric `fmt.files` says 2, its files 1"),
            ),
            (
                "fmt.files=1 b:0",
                Some("metric `fmt.files` of package `b` says 0, its files 1"),
            ),
            (
                "test.failed=0",
                Some("metric `test.failed` says 0, its tests 1"),
            ),
            ("todo.open=7;bench.x.time=2", None),
        ];
        for (text, expected) in table {
            let mut view = figures(text);
            view.snapshot
                .findings
                .push(finding("src/lib.rs:3 clippy::needless_return - x"));
            // A file that two packages share.
            view.snapshot
                .findings
                .extend(["a", "b"].map(|package| Finding {
                    collector: Collector::named("fmt"),
                    package: package.to_owned(),
                    ..finding("shared.rs:0 unformatted - x")
                }));
            view.snapshot
                .tests
                .extend([test("a x", Outcome::Passed), test("a y", Outcome::Failed)]);
            let found = contradiction(&view, &Catalogue::default()).map(|found| found.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}

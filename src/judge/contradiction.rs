//! Does a view agree with itself? Counts against the findings and tests that it lists.
//!
//! Only pins are checked: they are text that people edit and merge. Every count is one that a collector computes from the
//! very list, so that a view as it was measured never contradicts itself.

use std::fmt;

use crate::event::{Level, Outcome};
use crate::metric::{Catalogue, Definition, Value};
use crate::plan::Collector;
use crate::run::View;
use crate::snapshot::{Finding, Snapshot};

/// A count that is not what the view lists.
#[derive(Clone, Debug, PartialEq)]
pub struct Contradiction {
    /// The metric's name.
    pub metric: String,
    /// For a package's value.
    pub package: Option<String>,
    /// What the metric says.
    pub value: f64,
    /// How many are listed.
    pub listed: usize,
    /// `findings`, `tests`.
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

/// Returns the first count that differs from what is listed.
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

/// How many entries of the view a metric counts, of one package or all. `None` for a metric that is not such a count.
fn listed(
    snapshot: &Snapshot,
    row: &Definition,
    metric: &str,
    package: Option<&String>,
) -> Option<(&'static str, usize)> {
    let of = |name: &String| package.is_none_or(|package| package == name);
    if let Some(outcome) = outcome(row, metric) {
        let counted = snapshot
            .tests
            .values()
            .filter(|test| outcome.is_none_or(|outcome| test.outcome == outcome));
        return Some(("tests", counted.filter(|test| of(&test.package)).count()));
    }
    let counts = kind(row, metric)?;
    let ours = snapshot
        .findings
        .iter()
        .filter(|finding| finding.collector == row.collector && of(&finding.package));
    Some((
        "findings",
        ours.filter(|finding| counts(finding, metric)).count(),
    ))
}

/// The outcome that a metric of tests counts; `Some(None)` for all of them.
fn outcome(row: &Definition, metric: &str) -> Option<Option<Outcome>> {
    match metric {
        _ if row.collector != Collector::Test => None,
        "test.total" => Some(None),
        "test.passed" => Some(Some(Outcome::Passed)),
        "test.failed" => Some(Some(Outcome::Failed)),
        "test.ignored" => Some(Some(Outcome::Ignored)),
        _ => None,
    }
}

/// Which findings of its collector a metric counts.
fn kind(row: &Definition, metric: &str) -> Option<fn(&Finding, &str) -> bool> {
    match (&row.collector, metric) {
        (
            Collector::Check | Collector::Build | Collector::Clippy,
            "check.warnings" | "build.warnings" | "clippy.warnings",
        ) => Some(|finding, _| finding.level == Level::Warning),
        (
            Collector::Check | Collector::Build | Collector::Clippy,
            "check.errors" | "build.errors" | "clippy.errors",
        ) => Some(|finding, _| finding.level != Level::Warning),
        (Collector::Clippy, lint) if lint.starts_with("clippy.lint.") => Some(|finding, metric| {
            finding.code.strip_prefix("clippy::") == metric.strip_prefix("clippy.lint.")
        }),
        (Collector::Doc, "doc.warnings") => Some(|finding, _| {
            finding.level == Level::Warning && finding.code.starts_with("rustdoc::")
        }),
        (Collector::Fmt, "fmt.files") => Some(|_, _| true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::tests::{figures, finding, test};

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
            view.snapshot
                .tests
                .extend([test("a x", Outcome::Passed), test("a y", Outcome::Failed)]);
            let found = contradiction(&view, &Catalogue::default()).map(|found| found.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}

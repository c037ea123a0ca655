//! Which values of a baseline a newer view improves.
//!
//! Findings and tests are counted by several metrics of their collector, and a pin must agree with its own lists. Therefore
//! the values of a collector with findings or tests move together, and only if none of them got worse. Other metrics move one
//! by one. Times and other values that depend on the machine never move, because they vary by themselves.

use std::collections::BTreeSet;
use std::fmt;

use crate::collector;
use crate::metric::{Alike, Better, Catalogue, MetricRow, Reading, Unit, Value};
use crate::plan::Collector;
use crate::run::View;
use crate::snapshot::{Comparison, Finding, Refusal};

/// The improvements of a newer view, and the rest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ratchet {
    /// The collectors whose values, findings and tests are all replaced.
    pub collectors: Vec<Collector>,
    /// The metrics that are replaced one by one.
    pub metrics: Vec<String>,
    /// What gets better.
    pub better: Vec<Difference>,
    /// Why values stay as they are.
    pub worse: Vec<Difference>,
}

/// A difference between a baseline and a newer view.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// A metric has another value, in total or in one package.
    Metric {
        /// Its name.
        name: String,
        /// The package; `None` for the total.
        package: Option<String>,
        /// The value of the baseline.
        from: f64,
        /// The newer value.
        to: f64,
    },
    /// A metric of the baseline, `NAME` or `NAME of PACKAGE`, was not measured.
    Missing(String),
    /// This many findings of a collector were fixed.
    Fixed(Collector, usize),
    /// This many findings of a collector are new.
    New(Collector, usize),
    /// This many tests were added or repaired.
    TestsGained(usize),
    /// This many tests failed, vanished or are ignored now.
    TestsLost(usize),
    /// A collector's values cannot be compared.
    Refused(Collector, Refusal),
}

/// Writes `clippy.warnings 12 → 11`, `2 findings of clippy fixed`.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metric {
                name,
                package,
                from,
                to,
            } => {
                let package = package.as_ref().map(|name| format!(" of {name}"));
                write!(f, "{name}{} {from} → {to}", package.unwrap_or_default())
            }
            Self::Missing(name) => write!(f, "{name} was not measured"),
            Self::Fixed(collector, count) => write!(f, "findings of {collector} fixed: {count}"),
            Self::New(collector, count) => write!(f, "new findings of {collector}: {count}"),
            Self::TestsGained(count) => write!(f, "tests added or repaired: {count}"),
            Self::TestsLost(count) => write!(f, "tests failed, vanished or ignored: {count}"),
            Self::Refused(collector, refusal) => write!(f, "{collector}: {refusal}"),
        }
    }
}

/// Returns what `new` improves over `old`. `comparison` is that of the two.
pub fn ratchet(catalogue: &Catalogue, old: &View, new: &View, comparison: &Comparison) -> Ratchet {
    let mut ratchet = Ratchet::default();
    let both = old
        .sources
        .keys()
        .filter(|collector| new.sources.contains_key(*collector))
        .filter(|collector| !new.stale.contains_key(*collector));
    for collector in both {
        if let Some(refusal) = comparison.refused.get(collector) {
            let refused = Difference::Refused(collector.clone(), refusal.clone());
            ratchet.worse.push(refused);
            continue;
        }
        let metrics = metrics(catalogue, collector, old, new);
        if has_list(collector, old, new) {
            let (mut better, mut worse) = listed(collector, comparison);
            for (_, changes) in metrics {
                better.extend(changes.better);
                worse.extend(changes.worse);
            }
            ratchet.add_collector(collector, better, worse);
        } else {
            for (name, changes) in metrics {
                ratchet.add_metric(name, changes);
            }
        }
    }
    ratchet
}

impl Ratchet {
    fn add_collector(
        &mut self,
        collector: &Collector,
        better: Vec<Difference>,
        worse: Vec<Difference>,
    ) {
        if worse.is_empty() && !better.is_empty() {
            self.collectors.push(collector.clone());
            self.better.extend(better);
        }
        self.worse.extend(worse);
    }

    fn add_metric(&mut self, name: &str, changes: RatchetChanges) {
        if changes.worse.is_empty() && !changes.better.is_empty() {
            self.metrics.push(name.to_owned());
            self.better.extend(changes.better);
        }
        self.worse.extend(changes.worse);
    }
}

/// The differences of a metric, in total and in each package.
#[derive(Default)]
struct RatchetChanges {
    better: Vec<Difference>,
    worse: Vec<Difference>,
}

/// Returns whether a collector's values are counts of findings or tests.
fn has_list(collector: &Collector, old: &View, new: &View) -> bool {
    let is_of = |finding: &Finding| finding.collector == *collector;
    collector::of(collector).has_tests
        || [old, new].iter().any(|view| {
            let snapshot = &view.snapshot;
            snapshot.covered.contains_key(collector) || snapshot.findings.iter().any(is_of)
        })
}

/// Returns the differences of findings and tests.
fn listed(collector: &Collector, comparison: &Comparison) -> (Vec<Difference>, Vec<Difference>) {
    let count = |findings: &[Finding]| {
        let own = findings.iter().filter(|one| one.collector == *collector);
        own.count()
    };
    let fixed = count(&comparison.findings.fixed);
    let new = count(&comparison.findings.new);
    let mut better = vec![(fixed, Difference::Fixed(collector.clone(), fixed))];
    let mut worse = vec![(new, Difference::New(collector.clone(), new))];
    if collector::of(collector).has_tests {
        let gained = comparison.added.len() + comparison.repaired.len();
        let lost =
            comparison.regressed.len() + comparison.vanished.len() + comparison.newly_ignored.len();
        better.push((gained, Difference::TestsGained(gained)));
        worse.push((lost, Difference::TestsLost(lost)));
    }
    let some = |differences: Vec<(usize, Difference)>| {
        let counted = differences.into_iter().filter(|(count, _)| *count > 0);
        counted.map(|(_, difference)| difference).collect()
    };
    (some(better), some(worse))
}

/// Returns the differences of each metric of a collector that both views may have.
fn metrics<'a>(
    catalogue: &Catalogue,
    collector: &Collector,
    old: &'a View,
    new: &View,
) -> Vec<(&'a str, RatchetChanges)> {
    let mut found = Vec::new();
    for (name, before) in &old.snapshot.metrics {
        let row = catalogue.get(name);
        let Some(row) = row.filter(|row| row.collector == *collector && can_move(row)) else {
            continue;
        };
        // A lint that no longer fires has no metric, but its findings are compared.
        let Some(now) = new.snapshot.metrics.get(name) else {
            continue;
        };
        let members = &new.provenance.members;
        found.push((name.as_str(), changes(name, row, before, now, members)));
    }
    found
}

fn can_move(row: &MetricRow) -> bool {
    !row.derived && !varies(row) && row.better != Better::None
}

/// Returns whether values of a metric vary by themselves: times, and others that depend on the machine.
pub fn varies(row: &MetricRow) -> bool {
    row.alike == Alike::Machine || row.unit == Unit::Seconds
}

/// Returns the differences of a metric. `members` are the packages of the newer workspace.
fn changes(
    name: &str,
    row: &MetricRow,
    before: &Reading,
    now: &Reading,
    members: &[String],
) -> RatchetChanges {
    let mut changes = RatchetChanges::default();
    let Value::Measured(from) = before.value else {
        return changes;
    };
    let Value::Measured(to) = now.value else {
        changes.worse.push(Difference::Missing(name.to_owned()));
        return changes;
    };
    let packages: BTreeSet<&String> = before.packages.keys().collect();
    // Without its value, a later pin would accept any value of the package.
    let missing = packages.iter().filter(|package| {
        let is_removed = !members.is_empty() && !members.contains(package);
        !is_removed && !now.packages.contains_key(**package)
    });
    changes.worse.extend(missing.map(|package| {
        let name = format!("{name} of {package}");
        Difference::Missing(name)
    }));
    let of_packages = packages.into_iter().filter_map(|package| {
        let now = now.packages.get(package)?;
        Some((Some(package.clone()), before.packages[package], *now))
    });
    for (package, from, to) in std::iter::once((None, from, to)).chain(of_packages) {
        let difference = Difference::Metric {
            name: name.to_owned(),
            package: package.clone(),
            from,
            to,
        };
        let is_better = match row.better {
            Better::Lower => to < from,
            _ => to > from,
        };
        match (is_better, from == to) {
            (_, true) => {}
            // The total covers its packages.
            (true, _) if package.is_some() => {}
            (true, _) => changes.better.push(difference),
            (false, _) => changes.worse.push(difference),
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Outcome;
    use crate::judge::compare;
    use crate::judge::tests::{figures, finding, test};

    /// Returns a view with metrics, findings and passed tests, each list separated by `;`.
    fn view(metrics: &str, findings: &str, tests: &str) -> View {
        let mut view = figures(metrics);
        view.snapshot.findings = findings
            .split(';')
            .filter(|text| !text.is_empty())
            .map(finding)
            .collect();
        view.snapshot.tests = tests
            .split(';')
            .filter(|id| !id.is_empty())
            .map(|id| test(id, Outcome::Passed))
            .collect();
        view
    }

    const A: &str = "src/lib.rs:3 clippy::needless_return - x";
    const B: &str = "src/lib.rs:9 clippy::len_zero - y";

    #[test]
    fn values_move_only_if_nothing_of_their_collector_got_worse() {
        let both = format!("{A};{B}");
        let table = [
            // One finding fewer.
            (
                view("clippy.warnings=2", &both, ""),
                view("clippy.warnings=1", A, ""),
                "clippy | findings of clippy fixed: 1, clippy.warnings 2 → 1 | ",
            ),
            // One fixed, another one new: the total is the same, and nothing moves.
            (
                view("clippy.warnings=1", A, ""),
                view("clippy.warnings=1", B, ""),
                " |  | new findings of clippy: 1",
            ),
            // A new finding does not get into the baseline.
            (
                view("clippy.warnings=1", A, ""),
                view("clippy.warnings=2", &both, ""),
                " |  | new findings of clippy: 1, clippy.warnings 1 → 2",
            ),
            // Another collector moves all the same.
            (
                view("clippy.warnings=1;test.total=1;test.passed=1", A, "a x"),
                view(
                    "clippy.warnings=2;test.total=2;test.passed=2",
                    &both,
                    "a x;a y",
                ),
                "test | tests added or repaired: 1, test.passed 1 → 2, test.total 1 → 2 | new findings of clippy: 1, clippy.warnings 1 → 2",
            ),
            (
                view("test.total=2;test.passed=2", "", "a x;a y"),
                view("test.total=2;test.passed=2", "", "a x;a z"),
                " |  | tests failed, vanished or ignored: 1",
            ),
            (
                view("clippy.warnings=1", A, ""),
                view("clippy.warnings=?", A, ""),
                " |  | clippy.warnings was not measured",
            ),
            (
                view("clippy.warnings=3 a:1 b:2", "", ""),
                view("clippy.warnings=2 a:2 b:0", "", ""),
                " |  | clippy.warnings of a 1 → 2",
            ),
            // A package without a value was not measured.
            (
                view("clippy.warnings=3 a:1 b:2", "", ""),
                view("clippy.warnings=2 b:2", "", ""),
                " |  | clippy.warnings of a was not measured",
            ),
            (
                view("clippy.warnings=3 a:1 b:2", "", ""),
                view("clippy.warnings=2", "", ""),
                " |  | clippy.warnings of a was not measured, clippy.warnings of b was not measured",
            ),
            // Times vary by themselves.
            (
                view("build.time=9", "", ""),
                view("build.time=5", "", ""),
                " |  | ",
            ),
            (
                view("clippy.warnings=1", A, ""),
                view("clippy.warnings=1", A, ""),
                " |  | ",
            ),
        ];
        for (old, new, expected) in table {
            let comparison = compare(&old, &new, None);
            let found = ratchet(&Catalogue::default(), &old, &new, &comparison);
            let join = |list: &[Difference]| {
                let texts: Vec<String> = list.iter().map(ToString::to_string).collect();
                texts.join(", ")
            };
            let names: Vec<&str> = found
                .collectors
                .iter()
                .map(Collector::name)
                .chain(found.metrics.iter().map(String::as_str))
                .collect();
            let shown = format!(
                "{} | {} | {}",
                names.join(" "),
                join(&found.better),
                join(&found.worse)
            );
            assert_eq!(shown, expected);
        }
    }
}

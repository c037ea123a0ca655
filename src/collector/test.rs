//! `test`: results by package, test by test, and suites that told none.
//!
//! Doctests count in, and apart as `test.doc.*`. A suite of an unknown harness counts as one test, named like its target.
//! Unless every suite gave its whole result only `test.incomplete` is measured; packages whose suites all did have their
//! figures.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::Folded;
use super::standing::{Standing, finite, without};
use super::status::suites::{Gap, incomplete};
use super::test_names::ids;
use crate::event::{Harness, Outcome, Suite};
use crate::metric::{Reading, Unavailable, Value};
use crate::plan::Collector;
use crate::run::StepStatus;
use crate::snapshot::{Snapshot, Test};

/// How many slow tests are named.
const SLOWEST: usize = 10;

/// `test.*` but for its time, the tests by id, and the suites without a whole result.
pub(super) fn collect(folded: &Folded, snapshot: &mut Snapshot) {
    let steps = || folded.steps_of(&Collector::Test);
    let suites = steps()
        .flat_map(|s| &s.facts.suites)
        .filter(|s| folded.packages.contains(&s.package));
    let mut all = Tally::default();
    let mut doc = Tally::default();
    for suite in suites {
        for (id, test) in results(suite) {
            all.add(&test);
            if test.harness == Harness::Doctest {
                doc.add(&test);
            }
            snapshot.tests.insert(unused(&snapshot.tests, id), test);
        }
    }
    let gaps: BTreeMap<String, Gap> = steps()
        .flat_map(|s| incomplete(&s.facts))
        .filter(|(_, gap)| folded.packages.contains(&gap.package))
        .collect();

    let mut standing = folded.standing(&Collector::Test);
    let gapped: BTreeSet<String> = gaps.values().map(|gap| gap.package.clone()).collect();
    standing.covered = folded.packages.difference(&gapped).cloned().collect();
    for (prefix, tally) in [("test", &all), ("test.doc", &doc)] {
        for (name, reading) in tally.readings(&standing, &folded.packages) {
            snapshot.metrics.insert(format!("{prefix}.{name}"), reading);
        }
    }
    snapshot.metrics.insert(
        "test.incomplete".into(),
        gap_count(&standing, &folded.packages, &gaps),
    );
    snapshot
        .metrics
        .insert("test.pass_rate".into(), all.pass_rate(&standing));
    slowest(&standing, snapshot);
    snapshot
        .incomplete
        .extend(gaps.into_iter().map(|(id, gap)| (id, gap.reason)));
}

/// The tests of a suite by id.
fn results(suite: &Suite) -> Vec<(String, Test)> {
    let test = |outcome, seconds, output| Test {
        package: suite.package.clone(),
        outcome,
        harness: suite.harness,
        seconds,
        output,
    };
    ids(suite)
        .into_iter()
        .map(|(id, c)| (id, test(c.outcome, c.seconds, c.output.clone())))
        .collect()
}

/// An id that no test has yet: two suites may hold the same name, and none may swallow the other's result.
fn unused(tests: &BTreeMap<String, Test>, id: String) -> String {
    if !tests.contains_key(&id) {
        return id;
    }
    (2..)
        .map(|n: u64| format!("{id} #{n}"))
        .find(|id| !tests.contains_key(id))
        .unwrap_or(id)
}

/// Results by package.
#[derive(Default)]
struct Tally {
    passed: BTreeMap<String, u64>,
    failed: BTreeMap<String, u64>,
    ignored: BTreeMap<String, u64>,
}

impl Tally {
    /// Counts a result.
    fn add(&mut self, test: &Test) {
        let counts = match test.outcome {
            Outcome::Passed => &mut self.passed,
            Outcome::Failed => &mut self.failed,
            Outcome::Ignored => &mut self.ignored,
        };
        *counts.entry(test.package.clone()).or_default() += 1;
    }

    /// `total passed failed ignored`.
    fn readings(
        &self,
        standing: &Standing,
        packages: &BTreeSet<String>,
    ) -> [(&'static str, Reading); 4] {
        let mut total: BTreeMap<&str, u64> = BTreeMap::new();
        for (package, n) in self.passed.iter().chain(&self.failed).chain(&self.ignored) {
            *total.entry(package).or_default() += n;
        }
        let count = |counts: &BTreeMap<String, u64>| {
            standing.count(
                packages,
                &counts
                    .iter()
                    .map(|(package, n)| (package.as_str(), *n))
                    .collect(),
            )
        };
        let mut failed = count(&self.failed);
        // Failures that came before the end of a step that was stopped are failures all the same.
        if let (StepStatus::TimedOut | StepStatus::Interrupted, Value::Unavailable(unavailable)) =
            (&standing.status, &mut failed.value)
        {
            unavailable.at_least = Some(self.failed.values().sum::<u64>() as f64);
        }
        [
            ("total", standing.count(packages, &total)),
            ("passed", count(&self.passed)),
            ("failed", failed),
            ("ignored", count(&self.ignored)),
        ]
    }

    /// Passed of all that ran; nothing where none did. Suites without a result leave no rate at all.
    fn pass_rate(&self, standing: &Standing) -> Reading {
        let rate = |passed: u64, failed: u64| 100.0 * passed as f64 / (passed + failed) as f64;
        let of = |counts: &BTreeMap<String, u64>, package: &String| {
            counts.get(package).copied().unwrap_or(0)
        };
        let mut reading = match standing.reason() {
            Some(unavailable) => without(unavailable),
            None => match (self.passed.values().sum(), self.failed.values().sum()) {
                (0, 0) => without(Unavailable {
                    reason: "no test ran".into(),
                    mend: None,
                    at_least: None,
                }),
                (passed, failed) => finite(rate(passed, failed)),
            },
        };
        if matches!(standing.status, StepStatus::Whole | StepStatus::Partial(_)) {
            let ran = self
                .passed
                .keys()
                .chain(self.failed.keys())
                .filter(|p| standing.covered.contains(*p));
            reading.packages = ran
                .map(|p| (p.clone(), rate(of(&self.passed, p), of(&self.failed, p))))
                .collect();
        }
        reading
    }
}

/// Counts the suites without a whole result. A suite whose results could not be read may have succeeded: with one there is
/// only a lower bound.
fn gap_count(
    standing: &Standing,
    packages: &BTreeSet<String>,
    gaps: &BTreeMap<String, Gap>,
) -> Reading {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for gap in gaps.values().filter(|gap| !gap.unreadable) {
        *counts.entry(&gap.package).or_default() += 1;
    }
    if standing.is_partial() && gaps.values().all(|gap| !gap.unreadable) {
        return standing.as_whole().count(packages, &counts);
    }
    standing.count(packages, &counts)
}

/// `test.slowest.ID` of the slowest tests whose time the runner tells, white space in the id as `_`.
fn slowest(standing: &Standing, snapshot: &mut Snapshot) {
    if !matches!(standing.status, StepStatus::Whole | StepStatus::Partial(_)) {
        return;
    }
    let mut timed: Vec<(f64, &String)> = snapshot
        .tests
        .iter()
        .filter_map(|(id, test)| Some((test.seconds?, id)))
        .collect();
    timed.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    for (seconds, id) in timed.into_iter().take(SLOWEST) {
        let id = id.replace(char::is_whitespace, "_");
        snapshot
            .metrics
            .insert(format!("test.slowest.{id}"), finite(seconds));
    }
}

//! Evidence in which one gate is violated.

use std::collections::BTreeMap;

use super::violation::{range, violating};
use crate::collector::{self, Change};
use crate::event::{Harness, Level, Outcome};
use crate::gate::{Operand, Reference, Waiver};
use crate::judge::subject::Subject;
use crate::judge::{
    ChangedLines, Evidence, LineMap, compare, figure, patches, rule, waiver, words,
};
use crate::metric::{Alike, Reading, Spread, Unit, Value};
use crate::run::{RunId, View};
use crate::snapshot::{Comparison, ExecutedLines, Finding, Snapshot, SuiteId, Test, TestId};

/// The most findings or tests that are planted.
const MOST: f64 = 10_000.0;

/// Returns the value of a planted reference. It is in the middle of the range, so that a value can be
/// lower and higher.
fn stand_in(unit: &Unit) -> f64 {
    if *unit == Unit::Percent { 50.0 } else { 100.0 }
}

/// The complete evidence for one gate.
pub(super) struct World {
    head: View,
    baseline: Option<View>,
    /// The lines that changed between the two, for a metric of changed lines.
    changed: ChangedLines,
    previous: BTreeMap<String, Reading>,
    best: BTreeMap<String, Reading>,
    /// Description of the violation.
    pub(super) planted: String,
}

impl World {
    /// Compares baseline and head in the real way.
    pub(super) fn comparison(&self) -> Option<Comparison> {
        let base = self.baseline.as_ref()?;
        Some(Comparison {
            patches: patches(&self.head, Ok(&self.changed)),
            ..compare(base, &self.head, None)
        })
    }

    /// Returns the world as evidence.
    pub(super) fn evidence<'a>(
        &'a self,
        comparison: &'a Option<Comparison>,
        today: &'a str,
    ) -> Evidence<'a> {
        Evidence {
            head: &self.head,
            baseline: self.baseline.as_ref(),
            comparison: comparison.as_ref(),
            previous: &self.previous,
            best: &self.best,
            today,
        }
    }
}

/// Creates a world in which the gate is violated.
///
/// # Errors
/// With the reason, if no possible value violates it.
pub(super) fn world(
    subject: &Subject<'_>,
    waivers: &[Waiver],
    evidence: &Evidence<'_>,
) -> Result<World, String> {
    let require = &subject.gate.require;
    let (reference, is_real) = reference(subject, evidence);
    let (bound, is_noisy) = match (&require.operand, &reference) {
        (Operand::Number(bound, _), _) => (*bound, false),
        (Operand::Reference(..), _) if subject.row.derived => {
            return Err(format!(
                "{} exists only between two runs: compare it with a number",
                subject.metric
            ));
        }
        (Operand::Reference(_, shift), reference) => (
            rule::shifted(figure_of(subject, reference), shift),
            subject.row.alike == Alike::Machine,
        ),
    };
    let ceilings: Vec<f64> = waivers
        .iter()
        .filter(|w| waiver::covers(w, &subject.id))
        .filter_map(|w| w.ceiling)
        .collect();
    let value = violating(require.op, bound, &ceilings, &range(subject.row), is_noisy)
        .ok_or_else(|| format!("no possible value violates `{}`", require.text))?;
    let mut world = if subject.row.derived {
        difference(subject, value, evidence)?
    } else {
        single(subject, value, reference, evidence)
    };
    if !is_real {
        world.planted.push_str(&format!(
            ", against a planted {}",
            words::quantity(stand_in(&subject.row.unit), &subject.row.unit)
        ));
    }
    Ok(world)
}

/// Returns a planted reading to which a condition can refer.
fn planted_reference(subject: &Subject<'_>) -> Reading {
    let value = stand_in(&subject.row.unit);
    let spread = Spread {
        // Three repeats are the fewest for an exact interval.
        samples: vec![value; 3],
        ..Spread::default()
    };
    let packages = subject
        .package
        .iter()
        .map(|package| (package.clone(), value))
        .collect();
    Reading {
        value: Value::Measured(value),
        packages,
        spread: Some(spread),
    }
}

/// Returns the reading to which the condition refers, and whether it is real.
fn reference(subject: &Subject<'_>, evidence: &Evidence<'_>) -> (Reading, bool) {
    let Operand::Reference(which, _) = subject.gate.require.operand else {
        return (planted_reference(subject), true);
    };
    let real = match which {
        _ if figure::reference(subject, which, evidence).is_err() => None,
        Reference::Baseline => evidence
            .baseline
            .and_then(|view| view.snapshot.metrics.get(&subject.metric)),
        Reference::Previous => evidence.previous.get(&subject.metric),
        Reference::Best => evidence.best.get(&subject.metric),
    };
    match real {
        Some(reading) => (reading.clone(), true),
        None => (planted_reference(subject), false),
    }
}

/// Returns the subject's value in the reference.
fn figure_of(subject: &Subject<'_>, reading: &Reading) -> f64 {
    let package = subject
        .package
        .as_ref()
        .and_then(|package| reading.packages.get(package));
    match (package, &reading.value) {
        (Some(value), _) | (None, Value::Measured(value)) => *value,
        (None, Value::Unavailable(_)) => stand_in(&subject.row.unit),
    }
}

/// Creates a world with one reading on each side.
fn single(subject: &Subject<'_>, value: f64, reference: Reading, evidence: &Evidence<'_>) -> World {
    let spread = reference.spread.as_ref().map(|like| Spread {
        samples: vec![value; like.samples.len()],
        within: like.within.map(|_| (value, value)),
        fresh: like.fresh,
        subject: like.subject.clone(),
    });
    let packages = subject
        .package
        .iter()
        .map(|package| (package.clone(), value))
        .collect();
    let reading = Reading {
        value: Value::Measured(value),
        packages,
        spread,
    };
    let metrics = |reading| Snapshot {
        metrics: [(subject.metric.clone(), reading)].into(),
        ..Snapshot::default()
    };
    let earlier = BTreeMap::from([(subject.metric.clone(), reference.clone())]);
    World {
        head: like(evidence.head, subject, metrics(reading)),
        baseline: Some(like(base(subject, evidence), subject, metrics(reference))),
        changed: ChangedLines::default(),
        previous: earlier.clone(),
        best: earlier,
        planted: format!(
            "{} = {}",
            subject.name(),
            words::quantity(value, &subject.row.unit)
        ),
    }
}

/// Creates a world whose sides differ in `count` findings or tests and are otherwise empty and
/// complete.
fn difference(subject: &Subject<'_>, count: f64, evidence: &Evidence<'_>) -> Result<World, String> {
    if !(0.0..=MOST).contains(&count) {
        return Err(format!("a violation would take {count} findings or tests"));
    }
    let Some(change) = collector::metric(subject.row).and_then(|metric| metric.change) else {
        return Err(format!("{} counts no changes", subject.metric));
    };
    let package = subject
        .package
        .clone()
        .unwrap_or_else(|| "planted".to_owned());
    if change == Change::Patch {
        return Ok(patch(subject, &package, count, evidence));
    }
    let (mut before, mut after) = (whole(subject, &package), whole(subject, &package));
    for number in 0..count as usize {
        match change {
            Change::New => {
                let added = finding(subject, &package, number, "added");
                after.findings.push(added);
            }
            Change::Fixed => {
                let removed = finding(subject, &package, number, "removed");
                before.findings.push(removed);
            }
            Change::Changed => {
                let old = finding(subject, &package, number, "before");
                before.findings.push(old);
                let new = finding(subject, &package, number, "after");
                after.findings.push(new);
            }
            Change::Patch => {}
            Change::Regressed | Change::Vanished | Change::NewlyIgnored => {
                let passed = test(&package, number, Outcome::Passed);
                before.tests.extend([passed]);
            }
        }
        let outcome = match change {
            Change::Regressed => Some(Outcome::Failed),
            Change::NewlyIgnored => Some(Outcome::Ignored),
            Change::New | Change::Fixed | Change::Changed | Change::Vanished | Change::Patch => {
                None
            }
        };
        let test = outcome.map(|outcome| test(&package, number, outcome));
        after.tests.extend(test);
    }
    Ok(World {
        head: like(evidence.head, subject, after),
        baseline: Some(like(base(subject, evidence), subject, before)),
        changed: ChangedLines::default(),
        previous: BTreeMap::new(),
        best: BTreeMap::new(),
        planted: format!("{} = {count}", subject.name()),
    })
}

/// Creates a world in which a new file was executed to this percentage.
fn patch(subject: &Subject<'_>, package: &str, percent: f64, evidence: &Evidence<'_>) -> World {
    const LINES: u32 = 10_000;
    const FILE: &str = "planted.rs";
    let count = (percent * f64::from(LINES) / 100.0) as u32;
    let mut lines = ExecutedLines {
        packages: vec![package.to_owned()],
        ..ExecutedLines::default()
    };
    lines.executed.add(1, count);
    lines.missed.add(count + 1, LINES);
    let [before, mut after] = [whole(subject, package), whole(subject, package)];
    let files = BTreeMap::from([(FILE.to_owned(), lines)]);
    after
        .executions
        .insert(subject.row.collector.clone(), files);
    World {
        head: like(evidence.head, subject, after),
        baseline: Some(like(base(subject, evidence), subject, before)),
        changed: ChangedLines::new(&LineMap::default(), &[FILE.to_owned()]),
        previous: BTreeMap::new(),
        best: BTreeMap::new(),
        planted: format!("{} = {percent}", subject.name()),
    }
}

/// Creates a snapshot in which the subject's collector ran completely and found nothing.
fn whole(subject: &Subject<'_>, package: &str) -> Snapshot {
    let collector = &subject.row.collector;
    let reading = Reading {
        packages: [(package.to_owned(), 0.0)].into(),
        ..Reading::exact(0.0)
    };
    let total = collector::of(collector).total;
    let metrics = total.map(|total| (total.to_owned(), reading));
    Snapshot {
        metrics: metrics.into_iter().collect(),
        covered: [(collector.clone(), vec![package.to_owned()])].into(),
        ..Snapshot::default()
    }
}

/// Creates a finding. Findings differ by number, and the two sides of a change by snippet.
fn finding(subject: &Subject<'_>, package: &str, number: usize, snippet: &str) -> Finding {
    Finding {
        collector: subject.row.collector.clone(),
        package: package.to_owned(),
        file: "src/planted.rs".to_owned(),
        code: collector::metric(subject.row)
            .and_then(|metric| metric.code)
            .unwrap_or("planted")
            .to_owned(),
        level: Level::Warning,
        item: format!("planted_{number}"),
        snippet: snippet.to_owned(),
        text: snippet.to_owned(),
        message: "planted".to_owned(),
        line: 1,
        column: 1,
        occurrences: 1,
    }
}

/// Creates a test of the planted package and its id.
fn test(package: &str, number: usize, outcome: Outcome) -> (String, Test) {
    let name = format!("planted::{number}");
    let suite = SuiteId::new(package, "lib", "");
    let id = TestId { suite, name: &name }.to_string();
    let test = Test {
        package: package.to_owned(),
        outcome,
        harness: Harness::Libtest,
        seconds: None,
        output: None,
    };
    (id, test)
}

/// Returns the baseline if it is comparable, else the head.
fn base<'a>(subject: &Subject<'_>, evidence: &Evidence<'a>) -> &'a View {
    figure::comparable_baseline(subject, evidence).unwrap_or(evidence.head)
}

/// Returns a view with the same provenance and another snapshot.
fn like(view: &View, subject: &Subject<'_>, snapshot: Snapshot) -> View {
    let run = view
        .run
        .clone()
        .unwrap_or_else(|| RunId("planted".to_owned()));
    View {
        run: Some(run.clone()),
        started: view.started,
        provenance: view.provenance.clone(),
        snapshot,
        sources: [(subject.row.collector.clone(), run)].into(),
        stale: BTreeMap::new(),
        steps: view.steps.clone(),
    }
}

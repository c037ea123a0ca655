//! The figure a gate is held against, or why there is none.

use super::subject::Subject;
use super::{Evidence, alike, derived, remedy};
use crate::gate::Reference;
use crate::metric::{Reading, Spread, Value};
use crate::run::{Lack, RunId, View};

/// A known figure.
#[derive(Clone, Copy)]
pub(super) struct Figure<'a> {
    /// In the metric's unit.
    pub(super) value: f64,
    /// Of the workspace's figure; packages have none.
    pub(super) spread: Option<&'a Spread>,
}

/// Why there is no figure, or no verdict from it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Gap {
    /// Which kind of no verdict.
    pub(super) lack: Lack,
    /// As a fragment: `clippy is not installed`.
    pub(super) reason: String,
    /// The command that would mend it.
    pub(super) help: Option<String>,
    /// The figure would be at least this.
    pub(super) at_least: Option<f64>,
}

impl Gap {
    /// A gap about which nothing else is known.
    pub(super) fn new(lack: Lack, reason: impl Into<String>, help: Option<String>) -> Self {
        Self {
            lack,
            reason: reason.into(),
            help,
            at_least: None,
        }
    }
}

/// The head's figure.
pub(super) fn head<'a>(subject: &Subject<'_>, evidence: &Evidence<'a>) -> Result<Figure<'a>, Gap> {
    let collector = &subject.row.collector;
    if let Some((run, how)) = evidence.head.stale.get(collector) {
        return Err(Gap::new(
            Lack::Stale,
            format!("{how} (run {run})"),
            Some(remedy::measure(collector)),
        ));
    }
    if subject.row.derived {
        return derived::figure(subject, evidence);
    }
    of_view(subject, evidence.head)
}

/// The figure that a condition refers to.
pub(super) fn reference<'a>(
    subject: &Subject<'_>,
    which: Reference,
    evidence: &Evidence<'a>,
) -> Result<Figure<'a>, Gap> {
    let (runs, what) = match which {
        Reference::Baseline => return baseline(subject, evidence),
        Reference::Previous => (evidence.previous, "no earlier comparable run has"),
        Reference::Best => (evidence.best, "no comparable run on record has"),
    };
    let missing = || Gap::new(Lack::Missing, format!("{what} {}", subject.name()), None);
    let (_, reading): &(RunId, Reading) = runs.get(&subject.metric).ok_or_else(missing)?;
    of_reading(subject, reading).map_err(|_| missing())
}

/// The baseline's figure, when it may be compared with the head's.
fn baseline<'a>(subject: &Subject<'_>, evidence: &Evidence<'a>) -> Result<Figure<'a>, Gap> {
    // Said first: what the baseline does not have cannot be unlike it either.
    let is_missing = |view: &View| !view.snapshot.metrics.contains_key(&subject.metric);
    let can_have = !subject.row.derived && subject.row.tally_of().is_none();
    if evidence.baseline.is_some_and(is_missing) && can_have && !subject.metric.contains('*') {
        return Err(Gap::new(
            Lack::Missing,
            missing(&subject.metric),
            Some(remedy::pin_only(&subject.metric)),
        ));
    }
    let view = comparable_baseline(subject, evidence)?;
    of_view(subject, view).map_err(|gap| Gap {
        reason: format!("in the baseline: {}", gap.reason),
        // What helped then does not help now, except to measure as much as then.
        help: gap
            .help
            .filter(|help| help == remedy::WHOLE)
            .or_else(|| Some(remedy::PIN.to_owned())),
        at_least: None,
        ..gap
    })
}

/// A baseline is older than some metrics.
fn missing(metric: &str) -> String {
    format!("the baseline has no `{metric}` yet")
}

/// The baseline, unless its provenance forbids a comparison of this metric.
pub(super) fn comparable_baseline<'a>(
    subject: &Subject<'_>,
    evidence: &Evidence<'a>,
) -> Result<&'a View, Gap> {
    let Some(view) = evidence.baseline else {
        return Err(Gap::new(
            Lack::Missing,
            "no baseline",
            Some(remedy::PIN.to_owned()),
        ));
    };
    let row = subject.row;
    match alike::unlike(
        row.alike,
        &view.provenance,
        &evidence.head.provenance,
        &row.collector,
    ) {
        None => Ok(view),
        Some(refusal) => {
            let reason = refusal.to_string();
            let help = remedy::realign(
                &refusal.field,
                &view.provenance,
                &evidence.head.provenance,
                &row.collector,
            );
            Err(Gap::new(Lack::Incomparable, reason, Some(help)))
        }
    }
}

/// The baseline's figure as a fact, comparable or not.
pub(super) fn fact(subject: &Subject<'_>, evidence: &Evidence<'_>) -> Option<f64> {
    of_view(subject, evidence.baseline?)
        .ok()
        .map(|figure| figure.value)
}

/// The subject's figure in a view; of the workspace, or of its package.
fn of_view<'a>(subject: &Subject<'_>, view: &'a View) -> Result<Figure<'a>, Gap> {
    if let Some(reading) = view.snapshot.metrics.get(&subject.metric) {
        return of_reading(subject, reading);
    }
    let collector = &subject.row.collector;
    if let Some(total) = subject.row.tally_of() {
        return tally(subject, total, view);
    }
    if subject.metric.contains('*') {
        let reason = format!("nothing measured matches {}", subject.metric);
        return Err(Gap::new(
            Lack::Missing,
            reason,
            Some(remedy::measure(collector)),
        ));
    }
    Err(Gap::new(
        Lack::Missing,
        format!("{} was not measured", subject.metric),
        Some(remedy::measure(collector)),
    ))
}

/// A lint without a figure never fired, if clippy ran whole; else its total says what is missing.
fn tally<'a>(subject: &Subject<'_>, total: &str, view: &'a View) -> Result<Figure<'a>, Gap> {
    let missing = || {
        let reason = format!("{total} was not measured");
        Gap::new(
            Lack::Missing,
            reason,
            Some(remedy::measure(&subject.row.collector)),
        )
    };
    let reading = view.snapshot.metrics.get(total).ok_or_else(missing)?;
    match of_reading(subject, reading) {
        Ok(_) => Ok(Figure {
            value: 0.0,
            spread: None,
        }),
        Err(gap) => Err(Gap {
            at_least: None,
            ..gap
        }),
    }
}

/// The subject's figure in a reading. A package measured whole has one though the workspace has none.
fn of_reading<'a>(subject: &Subject<'_>, reading: &'a Reading) -> Result<Figure<'a>, Gap> {
    if let Some(package) = &subject.package {
        if let Some(value) = reading.packages.get(package) {
            return Ok(Figure {
                value: *value,
                spread: None,
            });
        }
        if let Value::Measured(_) = reading.value {
            return Err(no_package(subject, package));
        }
    }
    match &reading.value {
        Value::Measured(value) => Ok(Figure {
            value: *value,
            spread: reading.spread.as_ref(),
        }),
        Value::Unavailable(why) => Err(Gap {
            lack: if why.at_least.is_some() {
                Lack::Partial
            } else {
                Lack::Missing
            },
            reason: why.reason.clone(),
            help: why
                .mend
                .clone()
                .or_else(|| Some(remedy::measure(&subject.row.collector))),
            at_least: why.at_least.filter(|_| subject.package.is_none()),
        }),
    }
}

/// All packages were measured and this is none of them: renamed, removed, or misspelt in the gate.
fn no_package(subject: &Subject<'_>, package: &str) -> Gap {
    let reason = match package {
        "*" => format!("{} has no figure of any package", subject.metric),
        _ => format!("{} has no figure of package {package}", subject.metric),
    };
    Gap::new(Lack::Missing, reason, None)
}

//! The value that a gate is judged by, or the reason why it is missing.

#[cfg(test)]
mod tests;

use super::members::members;
use super::subject::Subject;
use super::{Evidence, alike, cover, places, remedy, words};
use crate::collector::{self, Change};
use crate::gate::Reference;
use crate::metric::{Better, Reading, Spread, Unit, Value};
use crate::plan::Collector;
use crate::run::{Lack, View};

/// A known value.
#[derive(Clone, Copy)]
pub(super) struct Figure<'a> {
    /// The value in the metric's unit.
    pub(super) value: f64,
    /// The spread of the workspace's value. Values of packages have none.
    pub(super) spread: Option<&'a Spread>,
}

/// The reason for a missing value, or for no verdict from it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Gap {
    /// The kind of the missing verdict.
    pub(super) lack: Lack,
    /// The reason as a fragment: `clippy is not installed`.
    pub(super) reason: String,
    /// The command that would fix it.
    pub(super) help: Option<String>,
    /// A lower bound of the value, if one is known. In a view other than the head it is that of the workspace.
    pub(super) at_least: Option<f64>,
}

impl Gap {
    /// Creates a gap without a lower bound.
    pub(super) fn new(lack: Lack, reason: impl Into<String>, help: Option<String>) -> Self {
        Self {
            lack,
            reason: reason.into(),
            help,
            at_least: None,
        }
    }
}

/// Returns the value of the head.
pub(super) fn head<'a>(subject: &Subject<'_>, evidence: &Evidence<'a>) -> Result<Figure<'a>, Gap> {
    let collector = &subject.row.collector;
    if let Some((run, how)) = evidence.head.stale.get(collector) {
        return Err(Gap::new(
            Lack::Stale,
            format!("{how} (run {run})"),
            Some(remedy::measure(collector)),
        ));
    }
    if let Some(gap) = unselected(subject, evidence.head) {
        return Err(gap);
    }
    if subject.row.derived {
        return of_comparison(subject, evidence);
    }
    let figure = of_view(subject, evidence.head);
    figure.map_err(|gap| Gap {
        at_least: gap.at_least.and_then(|all| match &subject.package {
            Some(package) => places::at_least(subject, package, all, &evidence.head.snapshot),
            None => Some(all),
        }),
        ..gap
    })
}

/// Returns the gap for a package that was not selected.
fn unselected(subject: &Subject<'_>, head: &View) -> Option<Gap> {
    let package = subject.package.as_ref().filter(|name| *name != "*")?;
    let scope = &head.provenance.scope;
    (!scope.is_empty() && !scope.contains(package)).then(|| {
        Gap::new(
            Lack::Missing,
            format!("package `{package}` is not selected"),
            Some(remedy::WHOLE.to_owned()),
        )
    })
}

/// Returns the number of findings or tests. If a side was measured incompletely, there is only a
/// lower bound.
fn of_comparison<'a>(subject: &Subject<'_>, evidence: &Evidence<'a>) -> Result<Figure<'a>, Gap> {
    if collector::metric(subject.row).and_then(|metric| metric.change) == Some(Change::Patch) {
        return of_patch(subject, evidence);
    }
    let collector = &subject.row.collector;
    // Checked before comparability: with a baseline, measuring is the first step; without one, it
    // would not help.
    if let Some(gap) = evidence.baseline.and(unmeasured(evidence.head, collector)) {
        return Err(Gap {
            help: gap.help.or_else(|| Some(remedy::measure(collector))),
            ..gap
        });
    }
    let base = comparable_baseline(subject, evidence)?;
    let Some(comparison) = evidence.comparison else {
        return Err(Gap::new(
            Lack::Missing,
            "not compared with the baseline",
            Some(remedy::PIN.to_owned()),
        ));
    };
    if let Some(gap) = unmeasured(base, collector) {
        return Err(in_baseline(gap));
    }
    let value = members(subject, comparison).len() as f64;
    let hidden_in_head = hidden(evidence.head, subject).map(|gap| Gap {
        help: gap.help.or_else(|| Some(remedy::measure(collector))),
        ..gap
    });
    match hidden_in_head.or_else(|| hidden(base, subject).map(in_baseline)) {
        Some(gap) => Err(Gap {
            at_least: Some(value),
            ..gap
        }),
        None => Ok(Figure {
            value,
            spread: None,
        }),
    }
}

/// Returns the percentage of changed lines that were executed. Of the baseline, only the commit matters.
fn of_patch<'a>(subject: &Subject<'_>, evidence: &Evidence<'a>) -> Result<Figure<'a>, Gap> {
    let collector = &subject.row.collector;
    let pin = Some(remedy::PIN.to_owned());
    if evidence.baseline.is_none() {
        return Err(Gap::new(Lack::Missing, "no baseline", pin));
    }
    if let Some(gap) = unmeasured(evidence.head, collector) {
        return Err(helped(gap, collector));
    }
    let patches = evidence.comparison.map(|comparison| &comparison.patches);
    let patch = match patches.and_then(|patches| patches.get(collector)) {
        Some(Ok(patch)) => patch,
        Some(Err(unknown)) => {
            let help = unknown.help.clone();
            return Err(Gap::new(Lack::Missing, unknown.reason.clone(), help));
        }
        None => {
            return Err(Gap::new(
                Lack::Missing,
                "not compared with the baseline",
                pin,
            ));
        }
    };
    let value = patch.percent(subject.package.as_deref());
    match hidden(evidence.head, subject) {
        // More may have been executed, but not less.
        Some(gap) => Err(Gap {
            at_least: Some(value),
            ..helped(gap, collector)
        }),
        None => Ok(Figure {
            value,
            spread: None,
        }),
    }
}

/// Adds the help to measure again, if a gap has none.
fn helped(gap: Gap, collector: &Collector) -> Gap {
    Gap {
        help: gap.help.or_else(|| Some(remedy::measure(collector))),
        ..gap
    }
}

/// Marks a gap as one of the baseline.
fn in_baseline(gap: Gap) -> Gap {
    Gap {
        reason: format!("in the baseline: {}", gap.reason),
        help: Some(remedy::PIN.to_owned()),
        ..gap
    }
}

/// Returns the gap if the collector gave this view no value at all.
fn unmeasured(view: &View, collector: &Collector) -> Option<Gap> {
    let total = collector::of(collector).total?;
    let Some(reading) = view.snapshot.metrics.get(total) else {
        return Some(Gap::new(
            Lack::Missing,
            format!("{total} was not measured"),
            None,
        ));
    };
    match &reading.value {
        Value::Unavailable(why) if why.at_least.is_none() && !cover::any(view, collector) => {
            Some(Gap::new(Lack::Missing, why.reason.clone(), why.fix.clone()))
        }
        _ => None,
    }
}

/// Returns the gap if this view covers the workspace or package incompletely.
fn hidden(view: &View, subject: &Subject<'_>) -> Option<Gap> {
    let collector = &subject.row.collector;
    let seen = match &subject.package {
        Some(package) => cover::knows(view, collector, package),
        None => cover::scope(view, collector),
    };
    if seen {
        return None;
    }
    let total = collector::of(collector).total?;
    let reading = view.snapshot.metrics.get(total)?;
    Some(match &reading.value {
        Value::Unavailable(why) => Gap::new(Lack::Partial, why.reason.clone(), why.fix.clone()),
        Value::Measured(_) => {
            let suites = words::counted(view.snapshot.incomplete.len(), "suite");
            Gap::new(Lack::Partial, format!("{suites} without a result"), None)
        }
    })
}

/// Returns the value of the reference in a condition.
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
    let figure = runs
        .get(&subject.metric)
        .and_then(|reading| of_reading(subject, reading).ok());
    figure.ok_or_else(|| Gap::new(Lack::Missing, format!("{what} {}", subject.name()), None))
}

/// Returns the value of the baseline, if it may be compared with that of the head.
fn baseline<'a>(subject: &Subject<'_>, evidence: &Evidence<'a>) -> Result<Figure<'a>, Gap> {
    // Checked before comparability, because a missing value has nothing to compare.
    let is_stored =
        !subject.row.derived && subject.row.tally_of.is_none() && !subject.metric.contains('*');
    let is_missing = evidence
        .baseline
        .is_some_and(|view| !view.snapshot.metrics.contains_key(&subject.metric));
    if is_stored && is_missing {
        return Err(Gap::new(
            Lack::Missing,
            missing(&subject.metric),
            Some(remedy::pin_only(&subject.metric)),
        ));
    }
    let view = comparable_baseline(subject, evidence)?;
    if let Some(package) = absent_package(subject, view) {
        if had_nothing(subject, view, evidence.head) {
            return Ok(Figure {
                value: 0.0,
                spread: None,
            });
        }
        let help = Some(remedy::PIN.to_owned());
        return Err(Gap::new(Lack::Missing, absent(package), help));
    }
    of_view(subject, view).map_err(|gap| Gap {
        reason: format!("in the baseline: {}", gap.reason),
        // The fix recorded in the baseline no longer applies, unless it is to measure the whole
        // workspace.
        help: gap
            .help
            .filter(|help| help == remedy::WHOLE)
            .or_else(|| Some(remedy::PIN.to_owned())),
        at_least: None,
        ..gap
    })
}

/// Returns the package of the subject, or the first of the selected ones, if the baseline has none of
/// them.
fn absent_package<'a>(subject: &'a Subject<'_>, baseline: &'a View) -> Option<&'a String> {
    let members = &baseline.provenance.members;
    let packages = match &subject.package {
        Some(package) => std::slice::from_ref(package),
        None => &baseline.provenance.scope,
    };
    let has_any = packages.iter().any(|package| members.contains(package));
    packages
        .first()
        .filter(|package| !members.is_empty() && !has_any && *package != "*")
}

/// Returns whether the baseline's value of a package that it does not have is known to be zero.
///
/// A package may be new or have a new name. Of what should be few, zero is the strictest value. Of anything else it would
/// admit every loss that comes with a new name, so no member of the baseline may be gone.
fn had_nothing(subject: &Subject<'_>, baseline: &View, head: &View) -> bool {
    let members = &head.provenance.members;
    let mut earlier = baseline.provenance.members.iter();
    let row = subject.row;
    row.unit == Unit::Count
        && row.per_package
        && !collector::is_custom(&row.collector)
        && (row.better == Better::Lower || earlier.all(|member| members.contains(member)))
}

/// Returns the reason for a package that is newer than the baseline.
pub(super) fn absent(package: &str) -> String {
    format!("the baseline does not have package `{package}`")
}

/// Returns the reason for a metric that is newer than the baseline.
fn missing(metric: &str) -> String {
    format!("the baseline has no `{metric}` yet")
}

/// Returns the baseline, unless its provenance forbids a comparison of this metric.
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

/// Returns the value of the baseline, comparable or not.
pub(super) fn fact(subject: &Subject<'_>, evidence: &Evidence<'_>) -> Option<f64> {
    of_view(subject, evidence.baseline?)
        .ok()
        .map(|figure| figure.value)
}

/// Returns the subject's value in a view, of the workspace or of its package.
fn of_view<'a>(subject: &Subject<'_>, view: &'a View) -> Result<Figure<'a>, Gap> {
    if let Some(reading) = view.snapshot.metrics.get(&subject.metric) {
        return of_reading(subject, reading);
    }
    let collector = &subject.row.collector;
    if let Some(total) = subject.row.tally_of {
        return tally(subject, total, view);
    }
    if let Some(setting) = collector::setting_needed(view, subject.row) {
        let help = format!("{} (after setting {setting})", remedy::measure(collector));
        let reason = format!("{} needs {setting}", subject.metric);
        return Err(Gap::new(Lack::Missing, reason, Some(help)));
    }
    Err(without_value(subject, view))
}

/// Returns the gap for a metric that has no value, or a pattern that matches none: why its collector has
/// no values, if it was run. Running it again would lead nowhere then.
fn without_value(subject: &Subject<'_>, view: &View) -> Gap {
    let collector = &subject.row.collector;
    let known = collector::of(collector).metrics.iter();
    let unavailable = known
        .filter_map(|metric| view.snapshot.metrics.get(metric.name))
        .find_map(|reading| match &reading.value {
            Value::Unavailable(why) => Some(why),
            Value::Measured(_) => None,
        });
    if let Some(why) = unavailable {
        return Gap::new(Lack::Missing, why.reason.clone(), why.fix.clone());
    }
    let metric = &subject.metric;
    let help = remedy::measure(collector);
    if !metric.contains('*') {
        let reason = format!("{metric} was not measured");
        return Gap::new(Lack::Missing, reason, Some(help));
    }
    let reason = format!("nothing measured matches {metric}");
    let is_measured = view.sources.contains_key(collector);
    let help = (!is_measured).then_some(help);
    Gap::new(Lack::Missing, reason, help)
}

/// Returns the value of a lint that was not reported: zero if the total of all lints is known, else
/// the gap of the total.
fn tally<'a>(subject: &Subject<'_>, total: &str, view: &'a View) -> Result<Figure<'a>, Gap> {
    let Some(reading) = view.snapshot.metrics.get(total) else {
        let help = remedy::measure(&subject.row.collector);
        let reason = format!("{total} was not measured");
        return Err(Gap::new(Lack::Missing, reason, Some(help)));
    };
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

/// Returns the subject's value in a reading. A completely measured package has a value even if the
/// workspace has none.
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
                .fix
                .clone()
                .or_else(|| Some(remedy::measure(&subject.row.collector))),
            at_least: why.at_least,
        }),
    }
}

/// Returns the gap for a package that is not among the measured ones, because it was renamed,
/// removed, or is misspelt in the gate.
fn no_package(subject: &Subject<'_>, package: &str) -> Gap {
    let reason = match package {
        "*" => format!("{} has no figure of any package", subject.metric),
        _ => format!("{} has no figure of package {package}", subject.metric),
    };
    Gap::new(Lack::Missing, reason, None)
}

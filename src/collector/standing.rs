//! Describes how complete a collector's values are, and creates readings accordingly.
//!
//! If all steps are complete, every value is measured, including zeros, for the workspace and each
//! package. If a step is partial, the workspace's value is unavailable with a reason and a lower
//! bound, and only packages that were covered have values. Otherwise every value is unavailable.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::StepFacts;
use super::seen::Seen;
use crate::metric::{Reading, Unavailable, Value};
use crate::plan::MissingCollector;
use crate::run::StepStatus;

/// The combined status of a collector's steps, with the packages whose values are complete even if
/// those of the workspace are not.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) status: StepStatus,
    pub(super) covered: BTreeSet<String>,
    /// A command or setting that helps with an incomplete result, if one is known.
    fix: Option<String>,
    /// Wall time in seconds, named in the reason of a step that exceeded its time limit.
    seconds: f64,
    /// The suite that was running when the step was stopped. `None` if unknown.
    running: Option<String>,
}

impl Standing {
    /// Returns the standing of one step.
    pub(super) fn of(seen: &Seen) -> Self {
        Self {
            status: seen.status.clone(),
            covered: seen.covered.clone(),
            fix: seen.fix.clone(),
            seconds: seen.ended.seconds,
            running: running(&seen.facts),
        }
    }

    /// Returns the standing of a collector that cannot run because something is missing.
    pub(super) fn missing(missing: &MissingCollector) -> Self {
        let (what, fix) = (missing.what.clone(), missing.fix.clone());
        Self::without_step(StepStatus::Unavailable(what, fix))
    }

    /// Returns the standing of a collector that has no step.
    pub(super) fn unknown() -> Self {
        Self::without_step(StepStatus::Failed("no step of the run measures it".into()))
    }

    fn without_step(status: StepStatus) -> Self {
        Self {
            status,
            covered: BTreeSet::new(),
            fix: None,
            seconds: 0.0,
            running: None,
        }
    }

    /// Combines two standings, for values that need both steps. The worse status counts.
    pub(super) fn and(self, other: Self) -> Self {
        let covered = self.covered.intersection(&other.covered).cloned().collect();
        let worse = if severity(&other.status) > severity(&self.status) {
            other
        } else {
            self
        };
        Self { covered, ..worse }
    }

    /// Adds packages that another step covered. The values become complete once every package is
    /// covered, and partial before that.
    pub(super) fn gain(&mut self, packages: Vec<String>, all: &BTreeSet<String>) {
        if packages.is_empty() {
            return;
        }
        let reason = self.reason().map(|u| u.reason).unwrap_or_default();
        self.covered.extend(packages);
        self.status = if self.covered.is_superset(all) {
            StepStatus::Whole
        } else {
            StepStatus::Partial(reason)
        };
    }

    /// Returns why the values are not complete. `None` if they are.
    pub(super) fn reason(&self) -> Option<Unavailable> {
        let (reason, fix) = match &self.status {
            StepStatus::Whole => return None,
            StepStatus::Partial(reason)
            | StepStatus::Broken(reason)
            | StepStatus::Failed(reason) => (reason.clone(), self.fix.clone()),
            StepStatus::Unavailable(what, fix) => (what.clone(), Some(fix.clone())),
            StepStatus::TimedOut => {
                let running = self
                    .running
                    .as_ref()
                    .map_or_else(String::new, |running| format!(": {running}"));
                (
                    format!("ended after {:.0} s, over its time{running}", self.seconds),
                    None,
                )
            }
            StepStatus::Interrupted => ("interrupted".to_owned(), None),
        };
        Some(Unavailable {
            reason,
            fix,
            ..Unavailable::default()
        })
    }

    /// Makes complete values partial, except for those of covered packages.
    pub(super) fn weaken(&mut self, reason: String, fix: Option<String>) {
        self.status = StepStatus::Partial(reason);
        self.fix = fix;
    }

    /// Leaves no value, for a reason.
    pub(super) fn fail(&mut self, reason: String, fix: Option<String>) {
        self.status = StepStatus::Failed(reason);
        self.covered = BTreeSet::new();
        self.fix = fix;
    }

    /// Returns a standing with complete status, for a value that a partial result determines.
    pub(super) fn as_whole(&self) -> Self {
        Self {
            status: StepStatus::Whole,
            ..self.clone()
        }
    }

    /// Returns whether the values cover only some packages.
    pub(super) fn is_partial(&self) -> bool {
        matches!(self.status, StepStatus::Partial(_))
    }

    /// Returns a reading of counts by package. Only the selected `packages` are counted.
    pub(super) fn count(
        &self,
        packages: &BTreeSet<String>,
        counts: &BTreeMap<&str, u64>,
    ) -> Reading {
        let sum: f64 = packages.iter().map(|name| count_of(counts, name)).sum();
        let Some(mut unavailable) = self.reason() else {
            let packages = packages
                .iter()
                .map(|name| (name.clone(), count_of(counts, name)))
                .collect();
            return Reading {
                value: Value::Measured(sum),
                packages,
                spread: None,
            };
        };
        if !self.is_partial() {
            return Reading {
                value: Value::Unavailable(unavailable),
                packages: BTreeMap::new(),
                spread: None,
            };
        }
        unavailable.at_least = Some(sum);
        let covered = packages
            .intersection(&self.covered)
            .map(|name| (name.clone(), count_of(counts, name)))
            .collect();
        Reading {
            value: Value::Unavailable(unavailable),
            packages: covered,
            spread: None,
        }
    }

    /// Returns a reading of a count for the whole workspace. If the result is partial, the count is
    /// a lower bound.
    pub(super) fn total(&self, count: f64) -> Reading {
        match self.reason() {
            None => finite(count),
            Some(unavailable) => without(Unavailable {
                at_least: self.is_partial().then_some(count),
                ..unavailable
            }),
        }
    }

    /// Returns a reading of the value, or an unavailable one if the measurement is not complete.
    pub(super) fn whole(&self, value: f64) -> Reading {
        match self.reason() {
            None => finite(value),
            Some(unavailable) => without(unavailable),
        }
    }
}

/// Returns the count of a package, or zero if it has none.
fn count_of(counts: &BTreeMap<&str, u64>, package: &str) -> f64 {
    counts.get(package).copied().unwrap_or(0) as f64
}

/// Returns the suite and the test that were running when the step was stopped.
fn running(facts: &StepFacts) -> Option<String> {
    let mut reasons = facts
        .suites
        .iter()
        .filter_map(|suite| Some((suite, suite.incomplete.as_deref()?)));
    let (suite, reason) = reasons.find(|(_, reason)| reason.starts_with("was running "))?;
    Some(format!("{} {} {reason}", suite.package, suite.target))
}

/// Returns a measured reading, or an unavailable one if the value is infinite or not a number.
pub(super) fn finite(value: f64) -> Reading {
    if value.is_finite() {
        return Reading::exact(value);
    }
    absent("the figure is not a number")
}

/// Returns a reading without a value, for a reason that no command or setting helps with.
pub(super) fn absent(reason: impl Into<String>) -> Reading {
    without(Unavailable {
        reason: reason.into(),
        ..Unavailable::default()
    })
}

/// Returns a reading without a value.
pub(super) fn without(unavailable: Unavailable) -> Reading {
    Reading {
        value: Value::Unavailable(unavailable),
        packages: BTreeMap::new(),
        spread: None,
    }
}

/// Returns the order by which the worse of two statuses is chosen.
fn severity(status: &StepStatus) -> u8 {
    match status {
        StepStatus::Whole => 0,
        StepStatus::Partial(_) => 1,
        StepStatus::Unavailable(..) => 2,
        StepStatus::Broken(_) => 3,
        StepStatus::Failed(_) => 4,
        StepStatus::TimedOut => 5,
        StepStatus::Interrupted => 6,
    }
}

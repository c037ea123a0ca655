//! How well a collector's figures are known, and the readings that follow from it.
//!
//! Whole: measured, zero included, for the workspace and every package. A part: unavailable with a reason and a lower
//! bound, measured for the packages that were covered. Else: unavailable.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use super::fold::Seen;
use crate::metric::{Reading, Unavailable, Value};
use crate::plan::Lacking;
use crate::run::StepStatus;

/// A status, with the packages whose figures are whole when those of the workspace are not.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) status: StepStatus,
    pub(super) covered: BTreeSet<String>,
    /// The command that shows why.
    mend: Option<String>,
    /// Wall seconds, for the reason of a step that took too long.
    seconds: f64,
    /// What was running then, as far as it is known.
    running: Option<String>,
}

impl Standing {
    /// Of one step.
    pub(super) fn of(seen: &Seen) -> Self {
        Self {
            status: seen.status.clone(),
            covered: seen.covered.clone(),
            mend: seen.mend.clone(),
            seconds: seen.ended.seconds,
            running: running(&seen.facts),
        }
    }

    /// Of a collector that cannot run here.
    pub(super) fn lacking(lacking: &Lacking) -> Self {
        let status = StepStatus::Unavailable(lacking.what.clone(), lacking.mend.clone());
        Self {
            status,
            covered: BTreeSet::new(),
            mend: None,
            seconds: 0.0,
            running: None,
        }
    }

    /// Nobody measured it.
    pub(super) fn unknown() -> Self {
        let status = StepStatus::Failed("no step of the run measures it".into());
        Self {
            status,
            covered: BTreeSet::new(),
            mend: None,
            seconds: 0.0,
            running: None,
        }
    }

    /// Of figures that need both.
    pub(super) fn and(self, other: Self) -> Self {
        let covered = self.covered.intersection(&other.covered).cloned().collect();
        let worse = if severity(&other.status) > severity(&self.status) {
            other
        } else {
            self
        };
        Self { covered, ..worse }
    }

    /// Another step covered these packages; with all of them the figures are whole, with some they are a part.
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

    /// Why there is no whole figure; `None` when there is.
    pub(super) fn reason(&self) -> Option<Unavailable> {
        let (reason, mend) = match &self.status {
            StepStatus::Whole => return None,
            StepStatus::Partial(reason)
            | StepStatus::Broken(reason)
            | StepStatus::Failed(reason) => (reason.clone(), self.mend.clone()),
            StepStatus::Unavailable(what, mend) => (what.clone(), Some(mend.clone())),
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
            mend,
            at_least: None,
        })
    }

    /// The same, of a figure that a part is enough for.
    pub(super) fn as_whole(&self) -> Self {
        Self {
            status: StepStatus::Whole,
            ..self.clone()
        }
    }

    /// Figures cover a part.
    pub(super) fn is_partial(&self) -> bool {
        matches!(self.status, StepStatus::Partial(_))
    }

    /// A count by package, as a reading. `packages` are the selected ones; others are not counted.
    pub(super) fn count(
        &self,
        packages: &BTreeSet<String>,
        counts: &BTreeMap<&str, u64>,
    ) -> Reading {
        let of = |name: &String| counts.get(name.as_str()).copied().unwrap_or(0) as f64;
        let sum: f64 = packages.iter().map(of).sum();
        let Some(mut unavailable) = self.reason() else {
            let packages = packages
                .iter()
                .map(|name| (name.clone(), of(name)))
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
            .map(|name| (name.clone(), of(name)))
            .collect();
        Reading {
            value: Value::Unavailable(unavailable),
            packages: covered,
            spread: None,
        }
    }

    /// A figure that only a whole measurement gives.
    pub(super) fn whole(&self, value: f64) -> Reading {
        match self.reason() {
            None => finite(value),
            Some(unavailable) => without(unavailable),
        }
    }
}

/// The suite that had not ended when its step was.
fn running(facts: &Facts) -> Option<String> {
    let mut reasons = facts
        .suites
        .iter()
        .filter_map(|suite| Some((suite, suite.incomplete.as_deref()?)));
    let (suite, reason) = reasons.find(|(_, reason)| reason.starts_with("was running "))?;
    Some(format!("{} {} {reason}", suite.package, suite.target))
}

/// A figure; one that is no number is none.
pub(super) fn finite(value: f64) -> Reading {
    if value.is_finite() {
        return Reading::exact(value);
    }
    without(Unavailable {
        reason: "the figure is not a number".into(),
        mend: None,
        at_least: None,
    })
}

/// No figure.
pub(super) fn without(unavailable: Unavailable) -> Reading {
    Reading {
        value: Value::Unavailable(unavailable),
        packages: BTreeMap::new(),
        spread: None,
    }
}

/// Which of two reasons is given: the one that leaves less.
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

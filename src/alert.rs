//! Decides which alerts are open.
//!
//! An alert is a rule of `[[alert]]` applied to one metric of the workspace or of one package. Each
//! measurement is an [`Observation`] with a [`Fact`] for each alert: whether the condition of the
//! rule holds, does not hold, or is unknown. [`Alerts::observe`] takes the observations one by one,
//! oldest first. Times are arguments: nothing here reads the clock.
//!
//! ```text
//!             holds                    confirmed
//! (inactive) ───────► pending ─────────────────► firing
//!     ▲                  │ does not hold            │ does not hold
//!     ├──────────────────┘                          │
//!     └──────────── resolved ◄──────────────────────┘
//! ```
//!
//! Only a new, complete measurement resolves an alert. Missing data changes nothing; it is an alert
//! of its own after a while, whose facts the caller makes from the schedule. A condition that
//! already held in the baseline is known and no alert, until it did not hold once.
//!
//! A channel gets the changes since its last message: [`Told`]. So each change is sent once, and a
//! channel that could not be used for a while learns the difference. While an alert on compile errors is
//! open, alerts on their consequences are muted: they fire without a message, and get one if they
//! still fire when the errors are gone.

#[cfg(test)]
mod tests;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::gate::{Gate, Op};
use crate::metric::{Better, Reading, Value};
use crate::notification::{Delivery, Severity};
use crate::run::{RunId, Verdict};

pub use self::told::{Change, Told, Transition};

/// The number of resolved alerts that are kept.
const RESOLVED: usize = 50;

/// `[[alert]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertRule {
    /// The condition as configured: `clippy.warnings > previous`.
    pub when: String,
    /// The gate that is judged to decide whether the condition holds, see [`AlertRule::outcome`].
    pub gate: Gate,
    /// How important its alerts are.
    pub severity: Severity,
    /// The confirmation that an alert needs to fire. `None` for two runs where the metric is noisy, else one.
    pub confirm: Option<Confirm>,
    /// When its events are sent.
    pub deliver: Delivery,
}

impl AlertRule {
    /// Returns whether the condition holds, from the verdict of its gate.
    pub fn outcome(&self, verdict: Verdict) -> Outcome {
        let is_condition = self.gate.require.op == Op::Equal;
        match (verdict, is_condition) {
            (Verdict::NoVerdict, _) => Outcome::Unknown,
            (Verdict::Pass, true) | (Verdict::Fail | Verdict::Warn | Verdict::Waived, false) => {
                Outcome::Holds
            }
            _ => Outcome::Clear,
        }
    }

    /// Returns the identity of its alerts: the condition, and the package of the rule.
    pub fn identity(&self) -> String {
        match &self.gate.package {
            Some(package) => format!("{} @{package}", self.when),
            None => self.when.clone(),
        }
    }
}

/// The confirmation that a pending alert needs to fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Confirm {
    /// This number of measurements one after the other in which the condition holds.
    Runs(u32),
    /// A measurement in which the condition still holds after this time in seconds.
    Seconds(i64),
}

/// What identifies an alert.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AlertKey {
    /// The rule, see [`AlertRule::identity`].
    pub rule: String,
    /// The options of the build, as in the schedule: a release build is a series of its own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub series: String,
    /// The metric, or the collector for missing data.
    pub metric: String,
    /// The package. `None` for the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
}

/// Whether the condition of a rule holds in a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Holds,
    /// It does not hold.
    Clear,
    /// The value was measured, and there is nothing to compare it with yet.
    First,
    /// The value is missing or incomplete.
    Unknown,
    /// The package was removed, or the metric is not measured any more.
    Gone,
}

/// The result of a measurement for one alert.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// The alert.
    pub key: AlertKey,
    /// The name that it gets for people if no other alert has it: `clippy.warnings@core`.
    pub id: String,
    /// How important it is.
    pub severity: Severity,
    /// When its events are sent.
    pub deliver: Delivery,
    /// The confirmation that it needs to fire.
    pub confirm: Confirm,
    /// Whether the condition holds.
    pub outcome: Outcome,
    /// When the baseline was measured, in Unix seconds, if the condition holds in it.
    pub known_since: Option<i64>,
    /// Its relation to compile errors.
    pub role: ErrorRole,
    /// Which way is better, for the best value.
    pub better: Better,
    /// The value, which later measurements are compared with.
    pub reading: Option<Reading>,
    /// The value and the condition for people: `14, alert when > previous (12)`.
    pub detail: String,
    /// Places and names that are counted.
    pub places: Vec<String>,
}

/// The relation of a metric to compile errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ErrorRole {
    /// It counts errors that keep other collectors from measuring.
    Blocking,
    /// It is not measured, or only in part, while there are compile errors.
    Following,
    /// It is independent of them.
    #[default]
    Independent,
}

/// One measurement.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observation {
    /// When it was made, in Unix seconds.
    pub at: i64,
    /// The run. `None` if only time has passed.
    pub run: Option<RunId>,
    /// The commit of the run.
    pub commit: Option<String>,
    /// The result for each alert.
    pub facts: Vec<Fact>,
}

/// The phase of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "phase")]
pub enum AlertPhase {
    /// The condition does not hold, or was never measured.
    Inactive,
    /// The condition holds as it already did in the baseline.
    Known {
        /// When it was first seen, in Unix seconds.
        since: i64,
    },
    /// The condition holds and is not confirmed.
    Pending {
        /// When it began to hold, in Unix seconds.
        since: i64,
        /// In how many measurements it held.
        runs: u32,
    },
    /// The condition holds and is confirmed.
    Firing {
        /// When it began to hold, in Unix seconds.
        since: i64,
    },
    /// The condition held and does no longer.
    Resolved {
        /// When it began to hold, in Unix seconds.
        since: i64,
        /// When it did no longer, in Unix seconds.
        at: i64,
    },
}

/// An alert and its phase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// What identifies it.
    pub key: AlertKey,
    /// Its name for people, unique and always the same: receivers and acknowledgements refer to it, also after rules
    /// on the same metric were added or removed.
    pub id: String,
    /// How important it is.
    pub severity: Severity,
    /// When its events are sent.
    pub deliver: Delivery,
    /// Its phase.
    #[serde(flatten)]
    pub phase: AlertPhase,
    /// When it last began to fire, in Unix seconds.
    #[serde(default)]
    pub fired: i64,
    /// How often it began to fire, which can be more than once in a second.
    #[serde(default)]
    pub occasions: u32,
    /// Whether an earlier version, which did not remember it for each channel, sent that it fires.
    #[serde(default, skip_serializing)]
    pub announced: bool,
    /// Whether it fires without a message, because of compile errors.
    #[serde(default, skip_serializing_if = "is_false")]
    pub muted: bool,
    /// Its relation to compile errors.
    #[serde(default)]
    pub role: ErrorRole,
    /// When the condition last did not hold, in Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cleared: Option<i64>,
    /// The commit of the last measurement in which the condition did not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub good_commit: Option<String>,
    /// The commit of the last measurement in which the condition held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bad_commit: Option<String>,
    /// The last value and the condition for people.
    #[serde(default)]
    pub detail: String,
    /// Places and names that are counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<String>,
    /// The last measurement in which the condition did not hold: what `previous` refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Good>,
    /// The best one of these: what `best` refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best: Option<Good>,
}

/// A value of a measurement in which the condition did not hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Good {
    /// The run.
    pub run: RunId,
    /// The value.
    pub reading: Reading,
}

/// The alerts of a campaign.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Alerts {
    alerts: Vec<Alert>,
}

impl Alerts {
    /// Returns every alert, in the order of their keys.
    pub fn all(&self) -> &[Alert] {
        &self.alerts
    }

    /// Returns the alerts that fire, the most important first.
    pub fn firing(&self) -> Vec<&Alert> {
        let firing = self.alerts.iter().filter(|alert| alert.is_firing());
        let mut firing: Vec<&Alert> = firing.collect();
        firing.sort_by_key(|alert| alert.severity);
        firing
    }

    /// Returns an alert.
    pub fn get(&self, key: &AlertKey) -> Option<&Alert> {
        let at = self.position(key).ok()?;
        self.alerts.get(at)
    }

    /// Takes a measurement.
    ///
    /// Alerts of rules that `facts` does not mention keep their phase: the run did not measure them. New alerts get
    /// none of the ids in `others`.
    pub fn observe(&mut self, seen: &Observation, others: &BTreeSet<String>) {
        let own = self.alerts.iter().map(|alert| &alert.id);
        let mut taken: BTreeSet<String> = own.chain(others).cloned().collect();
        for fact in &seen.facts {
            let is_measured = !matches!(fact.outcome, Outcome::Unknown | Outcome::Gone);
            let at = match self.position(&fact.key) {
                Ok(at) => at,
                Err(_) if !is_measured => continue,
                Err(at) => {
                    let id = free_id(&fact.id, &taken);
                    taken.insert(id.clone());
                    self.alerts.insert(at, Alert::new(fact, id));
                    at
                }
            };
            self.alerts[at].take(fact, seen);
        }
        self.mute();
        self.forget_old();
    }

    /// Removes the alerts whose rule or series is not configured, and returns them.
    pub fn take_unconfigured(&mut self, is_configured: impl Fn(&AlertKey) -> bool) -> Vec<Alert> {
        let (configured, others) = std::mem::take(&mut self.alerts)
            .into_iter()
            .partition(|alert| is_configured(&alert.key));
        self.alerts = configured;
        others
    }

    /// Adds an alert whose rule is configured again, unless there is one with its key.
    pub fn restore(&mut self, mut alert: Alert) {
        if let Err(at) = self.position(&alert.key) {
            let taken = self.alerts.iter().map(|alert| alert.id.clone());
            alert.id = free_id(&alert.id, &taken.collect());
            self.alerts.insert(at, alert);
        }
    }

    /// Mutes the alerts that follow from compile errors while a build with the same options has any.
    fn mute(&mut self) {
        let blocking = self.alerts.iter().filter(|alert| alert.is_blocking());
        let blocked: BTreeSet<String> = blocking.map(|alert| alert.key.series.clone()).collect();
        for alert in &mut self.alerts {
            let is_blocked = blocked.contains(&alert.key.series);
            alert.muted = is_blocked && alert.is_firing() && alert.role == ErrorRole::Following;
        }
    }

    /// Forgets resolved alerts, except for the last ones.
    fn forget_old(&mut self) {
        let resolved = self.alerts.iter().filter_map(Alert::resolved_at);
        let mut times: Vec<i64> = resolved.collect();
        if times.len() <= RESOLVED {
            return;
        }
        times.sort_unstable();
        let oldest = times[times.len() - RESOLVED];
        for alert in &mut self.alerts {
            if alert.resolved_at().is_some_and(|at| at < oldest) {
                alert.phase = AlertPhase::Inactive;
            }
        }
    }

    fn position(&self, key: &AlertKey) -> Result<usize, usize> {
        self.alerts.binary_search_by(|alert| alert.key.cmp(key))
    }
}

impl Alert {
    fn new(fact: &Fact, id: String) -> Self {
        Self {
            key: fact.key.clone(),
            id,
            severity: fact.severity,
            deliver: fact.deliver,
            phase: AlertPhase::Inactive,
            fired: 0,
            occasions: 0,
            announced: false,
            muted: false,
            role: fact.role,
            cleared: None,
            good_commit: None,
            bad_commit: None,
            detail: String::new(),
            places: Vec::new(),
            previous: None,
            best: None,
        }
    }

    /// Returns whether it fires.
    pub const fn is_firing(&self) -> bool {
        matches!(self.phase, AlertPhase::Firing { .. })
    }

    /// Returns when the condition began to hold, in Unix seconds.
    pub const fn since(&self) -> Option<i64> {
        match self.phase {
            AlertPhase::Inactive => None,
            AlertPhase::Known { since }
            | AlertPhase::Pending { since, .. }
            | AlertPhase::Firing { since }
            | AlertPhase::Resolved { since, .. } => Some(since),
        }
    }

    /// Returns when it was resolved, in Unix seconds.
    pub const fn resolved_at(&self) -> Option<i64> {
        match self.phase {
            AlertPhase::Resolved { at, .. } => Some(at),
            _ => None,
        }
    }

    /// Returns whether compile errors are there, confirmed or not.
    const fn is_blocking(&self) -> bool {
        matches!(self.role, ErrorRole::Blocking)
            && matches!(
                self.phase,
                AlertPhase::Pending { .. } | AlertPhase::Firing { .. }
            )
    }

    /// Applies a measurement.
    fn take(&mut self, fact: &Fact, seen: &Observation) {
        (self.severity, self.deliver, self.role) = (fact.severity, fact.deliver, fact.role);
        match fact.outcome {
            Outcome::Unknown => return,
            Outcome::Holds => {
                self.bad_commit.clone_from(&seen.commit);
                self.hold(fact, seen.at);
            }
            Outcome::First => {
                self.keep_good(fact, seen);
                self.cleared = Some(seen.at);
            }
            Outcome::Clear => {
                self.keep_good(fact, seen);
                self.cleared = Some(seen.at);
                self.close(seen.at);
            }
            Outcome::Gone => self.close(seen.at),
        }
        self.detail.clone_from(&fact.detail);
        self.places.clone_from(&fact.places);
    }

    /// The condition holds.
    fn hold(&mut self, fact: &Fact, now: i64) {
        let is_known = fact
            .known_since
            .is_some_and(|baseline| self.cleared.is_none_or(|cleared| cleared <= baseline));
        if is_known {
            let since = self.since().unwrap_or(now);
            self.phase = AlertPhase::Known { since };
            return;
        }
        // A beginning in the future comes from a clock that was wrong: then it begins now.
        let (since, runs) = match self.phase {
            AlertPhase::Firing { since } => {
                let since = since.min(now);
                self.phase = AlertPhase::Firing { since };
                return;
            }
            AlertPhase::Pending { since, runs } => (since.min(now), runs.saturating_add(1)),
            AlertPhase::Inactive | AlertPhase::Known { .. } | AlertPhase::Resolved { .. } => {
                (now, 1)
            }
        };
        let is_confirmed = match fact.confirm {
            Confirm::Runs(needed) => runs >= needed,
            Confirm::Seconds(needed) => now.saturating_sub(since) >= needed,
        };
        self.phase = match is_confirmed {
            true => {
                self.fired = now;
                self.occasions = self.occasions.saturating_add(1);
                AlertPhase::Firing { since }
            }
            false => AlertPhase::Pending { since, runs },
        };
    }

    /// The condition does not hold any more.
    const fn close(&mut self, now: i64) {
        self.phase = match self.phase {
            AlertPhase::Firing { since } => AlertPhase::Resolved { since, at: now },
            AlertPhase::Resolved { .. } => return,
            AlertPhase::Inactive | AlertPhase::Known { .. } | AlertPhase::Pending { .. } => {
                AlertPhase::Inactive
            }
        };
    }

    /// Remembers the value for later comparisons. A value that made the condition hold is never
    /// remembered, so that a second measurement of a regression does not make it the standard.
    fn keep_good(&mut self, fact: &Fact, seen: &Observation) {
        let (Some(run), Some(reading)) = (&seen.run, &fact.reading) else {
            return;
        };
        let good = Good {
            run: run.clone(),
            reading: reading.clone(),
        };
        let is_best = self.best.as_ref().is_none_or(|best| {
            fact.outcome == Outcome::First || is_better(reading, &best.reading, fact.better)
        });
        if is_best {
            self.best = Some(good.clone());
        }
        self.previous = Some(good);
        self.good_commit.clone_from(&seen.commit);
    }
}

/// Returns the id, with another number or without one if it is taken: `clippy.warnings#2`.
fn free_id(id: &str, taken: &BTreeSet<String>) -> String {
    let numbered = id.rsplit_once('#');
    let base = match numbered {
        Some((base, number)) if number.parse::<u32>().is_ok() => base,
        _ => id,
    };
    let others = (2_u32..).map(|number| format!("{base}#{number}"));
    let all = [id, base].map(str::to_owned).into_iter().chain(others);
    let mut free = all.filter(|id| !taken.contains(id));
    free.next().unwrap_or_else(|| id.to_owned())
}

/// Returns whether a value is better than another one.
fn is_better(reading: &Reading, than: &Reading, better: Better) -> bool {
    match (&reading.value, &than.value, better) {
        (Value::Measured(value), Value::Measured(than), Better::Higher) => value > than,
        (Value::Measured(value), Value::Measured(than), Better::Lower | Better::None) => {
            value < than
        }
        (Value::Measured(_), Value::Unavailable(_), _) => true,
        (Value::Unavailable(_), ..) => false,
    }
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// A person's statement that an alert is known and is being worked on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// The id of the alert.
    pub alert: String,
    /// When it was made, in Unix seconds.
    pub at: i64,
    /// Who made it.
    pub author: String,
    /// Why the alert needs no further attention.
    pub reason: String,
}

/// Returns the last acknowledgement of each alert that fires. One that was made before the alert
/// began to fire is about an earlier occasion, and one from after `latest` about none yet.
pub fn acknowledged<'a>(
    alerts: &'a Alerts,
    all: &'a [Acknowledgement],
    latest: i64,
) -> BTreeMap<&'a str, &'a Acknowledgement> {
    let firing = alerts.alerts.iter().filter(|alert| alert.is_firing());
    let found = firing.filter_map(|alert| {
        let since = alert.since()?;
        let of_alert = all
            .iter()
            .filter(|one| one.alert == alert.id && (since..=latest).contains(&one.at));
        let last = of_alert.max_by_key(|one| one.at)?;
        Some((alert.id.as_str(), last))
    });
    found.collect()
}

//! The alerts that a channel knows of.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Alert, AlertKey, AlertPhase, Alerts};

/// The alerts that a channel knows to fire, as they were in its last message about them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Told {
    alerts: Vec<Alert>,
    /// Those that fired on another branch, where they may go on: their end here is not sent.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    inherited: BTreeSet<AlertKey>,
}

/// A change to send.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    /// The alert after the change.
    pub alert: Alert,
    /// What happened.
    pub change: Change,
    /// When, in Unix seconds.
    pub at: i64,
}

/// What happened to an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It fires.
    Fired,
    /// The condition does not hold any more, or its package does not exist any more.
    Resolved,
    /// The condition still holds, but is not worse than in the baseline.
    Accepted,
    /// Its rule or series is not configured any more.
    Unconfigured,
    /// Its branch does not exist any more.
    BranchGone,
}

impl Told {
    /// Returns the alerts of an earlier version, which sent every channel the same.
    pub fn by_earlier_version<'a>(alerts: impl Iterator<Item = &'a Alert>) -> Self {
        let alerts = alerts.filter(|alert| alert.announced).map(stub);
        Self {
            alerts: alerts.collect(),
            ..Self::default()
        }
    }

    /// Returns the alerts that a channel knows of when a new branch begins with those of this one.
    #[must_use]
    pub fn inherited(&self) -> Self {
        let keys = self.alerts.iter().map(|alert| alert.key.clone());
        Self {
            alerts: self.alerts.clone(),
            inherited: keys.collect(),
        }
    }

    /// Returns the ends of the alerts that a channel knows of, because their branch does not exist any more. Those of
    /// another branch may go on there.
    pub fn end_with_branch(self, now: i64) -> Vec<Transition> {
        let own = self.alerts.into_iter();
        let own = own.filter(|alert| !self.inherited.contains(&alert.key));
        own.map(|alert| Transition {
            alert,
            change: Change::BranchGone,
            at: now,
        })
        .collect()
    }

    /// Forgets an alert of another branch, which ended there, so that a message says if it fires on this branch.
    pub fn disinherit(&mut self, key: &AlertKey) {
        if self.inherited.remove(key) {
            self.alerts.retain(|alert| alert.key != *key);
        }
    }

    /// Returns the changes since the last message, ends before beginnings, and remembers them as sent.
    ///
    /// A change that was undone in between is not sent: neither an alert that fired and was resolved in
    /// between, nor one that was resolved and fires again. An alert that is missing in `alerts` is
    /// resolved unless `is_kept`.
    pub fn update(
        &mut self,
        alerts: &Alerts,
        is_kept: impl Fn(&AlertKey) -> bool,
        now: i64,
    ) -> Vec<Transition> {
        let mut changes = Vec::new();
        self.alerts.retain(|told| {
            let change = match alerts.get(&told.key) {
                Some(alert) => end(told, alert, now),
                None if is_kept(&told.key) => None,
                None => Some(Transition {
                    alert: told.clone(),
                    change: Change::Unconfigured,
                    at: now,
                }),
            };
            let is_open = change.is_none();
            let is_inherited = !is_open && self.inherited.remove(&told.key);
            changes.extend(change.filter(|_| !is_inherited));
            is_open
        });
        let firing = alerts.firing().into_iter();
        for alert in firing.filter(|alert| !alert.muted) {
            let told = self.alerts.iter_mut().find(|told| told.key == alert.key);
            match told {
                // A severity that was lowered is not news, and its end is sent with the higher one.
                Some(told) if told.severity <= alert.severity => continue,
                Some(told) => *told = stub(alert),
                None => self.alerts.push(stub(alert)),
            }
            self.inherited.remove(&alert.key);
            changes.push(Transition {
                alert: alert.clone(),
                change: Change::Fired,
                at: alert.fired,
            });
        }
        changes
    }
}

/// Returns the end of an alert that a channel knows to fire, if it ended.
fn end(told: &Alert, alert: &Alert, now: i64) -> Option<Transition> {
    let (change, at) = match alert.phase {
        // Until it is confirmed or not, it counts as unchanged.
        AlertPhase::Firing { .. } | AlertPhase::Pending { .. } => return None,
        AlertPhase::Known { .. } => (Change::Accepted, now),
        AlertPhase::Resolved { at, .. } => (Change::Resolved, at),
        AlertPhase::Inactive => (Change::Resolved, now),
    };
    // Channels that got it for the sake of its severity also get its end, under the id that they know.
    let alert = Alert {
        id: told.id.clone(),
        severity: told.severity.min(alert.severity),
        ..alert.clone()
    };
    Some(Transition { alert, change, at })
}

/// Returns an alert without the parts that only the message about its beginning has.
fn stub(alert: &Alert) -> Alert {
    Alert {
        places: Vec::new(),
        previous: None,
        best: None,
        ..alert.clone()
    }
}

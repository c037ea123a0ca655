//! What alerts remember between two commands.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::outbox::Outbox;
use crate::alert::Alerts;
use crate::ops::Context;
use crate::plan::Collector;
use crate::run::RunId;
use crate::store::{Head, Store};

/// The state files.
const ALERTS: &str = "alerts";
const OUTBOX: &str = "outbox";

/// The number of observed runs that are remembered.
pub(super) const REMEMBERED: usize = 200;

/// The alerts after the runs that were observed. It could be derived from the record again, except
/// for what was announced.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct AlertState {
    /// The runs that were observed.
    #[serde(default)]
    pub(super) observed: ObservedRuns,
    /// The alerts.
    pub(super) alerts: Alerts,
    /// What was observed last.
    #[serde(default)]
    pub(super) newest: NewestObserved,
    /// When each collector and series was last measured, in Unix seconds.
    #[serde(default)]
    pub(super) measured: BTreeMap<String, i64>,
    /// When a collector and series was first tried or seen in the schedule, if it was never measured.
    #[serde(default)]
    pub(super) tried: BTreeMap<String, i64>,
}

/// The runs that were observed, of which the last [`REMEMBERED`] are remembered one by one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct ObservedRuns {
    /// The sequence numbers and ids, in the order in which they were observed.
    last: Vec<(u64, RunId)>,
    /// The latest start of an observed run, in Unix seconds.
    latest: i64,
}

impl ObservedRuns {
    pub(super) const fn is_empty(&self) -> bool {
        self.last.is_empty()
    }

    /// Returns whether a run was recorded after the remembered ones and not observed.
    ///
    /// Sequence numbers begin again at 1 if every run is removed, and clocks are set back. Therefore
    /// a run is new if either its number or its time says so.
    pub(super) fn is_new(&self, run: &Head) -> bool {
        let Some(oldest) = self.last.iter().map(|(sequence, _)| *sequence).min() else {
            return true;
        };
        let is_later = run.sequence >= oldest || run.started > self.latest;
        is_later && self.last.iter().all(|(_, id)| *id != run.id)
    }

    /// Remembers runs, the last recorded last.
    pub(super) fn add(&mut self, runs: impl IntoIterator<Item = Head>) {
        for run in runs {
            self.latest = run.started.max(self.latest);
            self.last.push((run.sequence, run.id));
        }
        self.last
            .drain(..self.last.len().saturating_sub(REMEMBERED));
    }
}

/// The newest observation of each collector and series.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct NewestObserved(BTreeMap<String, ObservedRun>);

/// A run that was observed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct ObservedRun {
    run: RunId,
    /// When it was the newest one, in Unix seconds: when it started, or later if it became current
    /// again.
    at: i64,
}

impl NewestObserved {
    /// Returns whether anything newer was observed than a run that started at this time.
    pub(super) fn is_late(&self, started: i64, now: i64) -> bool {
        self.0.values().any(|newest| newest.is_newer(started, now))
    }

    /// Removes the collectors of which a newer run was observed.
    pub(super) fn remove_late(
        &self,
        series: &mut BTreeMap<Collector, String>,
        started: i64,
        now: i64,
    ) {
        series.retain(|collector, name| {
            let newest = self.0.get(&series_name(collector.name(), name));
            newest.is_none_or(|newest| !newest.is_newer(started, now))
        });
    }

    /// Removes the collectors of which this run was observed last.
    pub(super) fn remove_observed(&self, series: &mut BTreeMap<Collector, String>, run: &RunId) {
        series.retain(|collector, name| {
            let newest = self.0.get(&series_name(collector.name(), name));
            newest.is_none_or(|newest| newest.run != *run)
        });
    }

    /// Remembers that a run is the newest one of these collectors.
    pub(super) fn add(&mut self, series: &BTreeMap<Collector, String>, run: &RunId, at: i64) {
        for (collector, name) in series {
            let run = run.clone();
            let name = series_name(collector.name(), name);
            self.0.insert(name, ObservedRun { run, at });
        }
    }
}

impl ObservedRun {
    /// Returns whether it is newer than a run that started at this time. A time in the future comes
    /// from a clock that was wrong, and must not hide the runs that follow.
    const fn is_newer(&self, started: i64, now: i64) -> bool {
        self.at <= now && started < self.at
    }
}

/// Returns the name of a collector and series.
pub(super) fn series_name(collector: &str, series: &str) -> String {
    match series.is_empty() {
        true => collector.to_owned(),
        false => format!("{collector} {series}"),
    }
}

impl AlertState {
    pub(super) fn load(cx: &Context) -> Result<Self> {
        load(cx, ALERTS)
    }

    pub(super) fn save(&self, store: &Store) -> Result<()> {
        Ok(store.put_state(ALERTS, &serde_json::to_vec(self)?)?)
    }
}

pub(super) fn load_outbox(cx: &Context) -> Result<Outbox> {
    load(cx, OUTBOX)
}

pub(super) fn save_outbox(outbox: &Outbox, store: &Store) -> Result<()> {
    Ok(store.put_state(OUTBOX, &serde_json::to_vec(outbox)?)?)
}

/// Reads a state file. One that is damaged counts as missing, with a warning: alerts that are open
/// may then be announced again.
fn load<T: Default + DeserializeOwned>(cx: &Context, name: &str) -> Result<T> {
    let Some(bytes) = cx.store.state(name)? else {
        return Ok(T::default());
    };
    Ok(serde_json::from_slice(&bytes).unwrap_or_else(|error| {
        cx.warn(&format!("ignoring .campaign/index/{name}: {error}"));
        T::default()
    }))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn head(sequence: u64, started: i64) -> Head {
        Head {
            id: RunId(format!("{started}-{sequence}")),
            started,
            sequence,
            id_time: None,
            seconds: 0.0,
            tree: String::new(),
            toolchain: String::new(),
            conditions: BTreeMap::new(),
            settings: BTreeMap::new(),
            whole: Vec::new(),
            measured: Vec::new(),
            complete: true,
            commit: None,
            dirty: false,
            interrupted: false,
            torn: false,
            tool: String::new(),
        }
    }

    fn series(names: &[(&'static str, &str)]) -> BTreeMap<Collector, String> {
        let names = names.iter();
        let names = names.map(|(name, series)| (Collector::named(name), (*series).to_owned()));
        names.collect()
    }

    #[test]
    fn run_is_late_if_a_newer_one_of_its_collector_was_observed() {
        let both = series(&[("loc", ""), ("clippy", "")]);
        let now = 1000;
        let mut newest = NewestObserved::default();
        newest.add(&series(&[("loc", "")]), &RunId("a".to_owned()), 500);
        for (started, expected) in [
            (499, series(&[("clippy", "")])),
            (500, both.clone()),
            (501, both.clone()),
        ] {
            let mut left = both.clone();
            newest.remove_late(&mut left, started, now);
            assert_eq!(left, expected, "started at {started}");
            assert_eq!(newest.is_late(started, now), left.len() < 2);
        }

        let mut release = series(&[("loc", "--release")]);
        newest.remove_late(&mut release, 1, now);
        assert_eq!(release.len(), 1, "another series");
        let mut left = both.clone();
        newest.remove_late(&mut left, 1, 400);
        assert_eq!(left, both, "the clock was set back");

        for (run, expected) in [("a", series(&[("clippy", "")])), ("b", both.clone())] {
            let mut left = both.clone();
            newest.remove_observed(&mut left, &RunId(run.to_owned()));
            assert_eq!(left, expected, "run {run}");
        }
    }

    #[test]
    fn run_is_new_by_its_number_or_its_time() {
        let mut observed = ObservedRuns::default();
        assert!(observed.is_new(&head(1, 10)), "nothing was observed");
        observed.add((1000_i64..1300).map(|at| head(at.unsigned_abs(), at)));
        for (sequence, started, expected) in [
            (1299, 1299, false),
            (1100, 1100, false),
            // Not remembered any more.
            (1099, 1099, false),
            (1300, 1300, true),
            // The clock was set back.
            (1300, 5, true),
            // The last run was removed, and its number was given again.
            (1299, 1301, true),
            // Every run was removed.
            (1, 1301, true),
        ] {
            let is_new = observed.is_new(&head(sequence, started));
            assert_eq!(is_new, expected, "{sequence} at {started}");
        }
        observed.add([head(1, 1301)]);
        assert!(!observed.is_new(&head(1, 1301)));
        assert!(observed.is_new(&head(2, 1302)));
    }
}

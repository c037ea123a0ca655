//! What alerts remember between two commands.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::outbox::Outbox;
use crate::alert::Alerts;
use crate::ops::Context;
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

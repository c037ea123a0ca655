//! What alerts remember between two commands.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::outbox::Outbox;
use crate::alert::Alerts;
use crate::ops::Context;
use crate::run::RunId;
use crate::store::Store;

/// The state files.
const ALERTS: &str = "alerts";
const OUTBOX: &str = "outbox";

/// The alerts after the runs that were observed. It could be derived from the record again, except
/// for what was announced.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct AlertState {
    /// The last run that was observed. `None` if there was none.
    pub(super) through: Option<RunId>,
    /// The alerts.
    pub(super) alerts: Alerts,
    /// When each collector and series was last measured, in Unix seconds.
    #[serde(default)]
    pub(super) measured: BTreeMap<String, i64>,
    /// When a collector and series was first tried without ever having been measured.
    #[serde(default)]
    pub(super) tried: BTreeMap<String, i64>,
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

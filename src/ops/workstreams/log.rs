//! The actions in `.campaign/log/`: one file for each, meant to be committed, so that entries of several clones merge
//! without conflict.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use jiff::Timestamp;

use crate::ops::Context;
use crate::text::excerpt;
use crate::workstream::{ActionKind, WorkstreamAction};

/// The kind of these log entries.
const KIND: &str = "workstream";

/// An action that was recorded.
pub(crate) struct LogEntry {
    /// The action.
    pub(crate) action: WorkstreamAction,
    /// Its file.
    pub(crate) file: PathBuf,
}

/// Returns the actions by the names of their entries. An entry that is damaged or dated in the future has no effect, and a
/// warning names it.
///
/// # Errors
/// If an entry cannot be read.
pub(super) fn actions(cx: &Context) -> Result<BTreeMap<String, WorkstreamAction>> {
    let mut actions = BTreeMap::new();
    for (name, bytes) in cx.store.log_entries(KIND)? {
        let action = serde_json::from_slice::<WorkstreamAction>(&bytes);
        let action = action.map_err(|error| format!("is damaged: {error}"));
        let action = action.and_then(|action| match action.time.parse::<Timestamp>() {
            Err(_) => Err(format!("has no valid time: `{}`", excerpt(&action.time))),
            Ok(time) if time.as_second() > cx.latest() => {
                Err(format!("is dated in the future: {time}"))
            }
            Ok(_) => Ok(action),
        });
        match action {
            Ok(action) => drop(actions.insert(name, action)),
            Err(problem) => cx.warn(&format!(
                "the entry {name} of .campaign/log has no effect: it {problem}"
            )),
        }
    }
    Ok(actions)
}

/// Records an action.
///
/// # Errors
/// If git does not know the author, or the entry cannot be written.
pub(super) fn record(cx: &Context, id: &str, kind: ActionKind, text: &str) -> Result<LogEntry> {
    add(cx, action(cx, id, kind, text)?)
}

/// Returns an action of the present author and time, which is not recorded yet.
///
/// # Errors
/// If git does not know the author.
pub(super) fn action(
    cx: &Context,
    id: &str,
    kind: ActionKind,
    text: &str,
) -> Result<WorkstreamAction> {
    let time = Timestamp::from_second(cx.now())?;
    Ok(WorkstreamAction {
        workstream: id.to_owned(),
        kind,
        text: text.trim().to_owned(),
        author: cx.author()?,
        time: time.to_string(),
        commit: cx.git()?.head()?,
    })
}

/// Records an action.
///
/// # Errors
/// If the entry cannot be written.
pub(super) fn add(cx: &Context, action: WorkstreamAction) -> Result<LogEntry> {
    let mut text = serde_json::to_string_pretty(&action)?;
    text.push('\n');
    let file = cx.store.add_log_entry(cx.now(), KIND, text.as_bytes())?;
    Ok(LogEntry { action, file })
}

//! Escalated blockers: the longer one is open, the more people hear of it.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::Timestamp;

use super::events::{blank, name, with_id};
use super::overview::Overview;
use super::{log, owners};
use crate::notification::{Event, Severity};
use crate::ops::Context;
use crate::progress::{Activity, Escalation, WorkstreamProgress};
use crate::workstream::{EscalationLevel, Workstream};

/// An open blocker that has reached a level, for lists.
pub(crate) struct OpenEscalation {
    /// `blocker:7.3`, with `#2` for a second blocker of the workstream.
    pub(crate) id: String,
    /// The id of the workstream.
    pub(crate) workstream: String,
    /// The importance of the level.
    pub(crate) severity: Severity,
    /// The number of the level, from 1, and the number of levels.
    pub(crate) level: (usize, usize),
    /// The person or team of the level.
    pub(crate) to: Option<String>,
    /// When it reached the level, in Unix seconds.
    pub(crate) since: i64,
    /// The person or team of the next level, and its moment in Unix seconds.
    pub(crate) next: Option<(Option<String>, i64)>,
    /// The state in a sentence.
    pub(crate) text: String,
}

/// Returns the open blockers that have reached a level, from the log alone.
///
/// # Errors
/// If the log cannot be read.
pub(crate) fn open(cx: &Context) -> Result<Vec<OpenEscalation>> {
    let streams = owners::workstreams(cx);
    if streams.iter().all(|stream| stream.escalate.is_empty()) {
        return Ok(Vec::new());
    }
    let actions = log::actions(cx)?;
    let mut open = Vec::new();
    for stream in &streams {
        let own = actions.iter();
        let own = own.filter(|(_, action)| action.workstream == stream.id);
        let activity = Activity {
            actions: own
                .map(|(name, action)| (name.clone(), action.clone()))
                .collect(),
            ..Activity::default()
        };
        let escalations = crate::progress::escalations(stream, &activity, cx.now());
        for (at, one) in escalations.iter().enumerate() {
            open.extend(of_blocker(cx, stream, one, at));
        }
    }
    Ok(open)
}

fn of_blocker(
    cx: &Context,
    stream: &Workstream,
    one: &Escalation<'_>,
    at: usize,
) -> Option<OpenEscalation> {
    let (level, since) = one.reached.last()?;
    let id = match at {
        0 => format!("blocker:{}", stream.id),
        at => format!("blocker:{}#{}", stream.id, at + 1),
    };
    let next = one.next.as_ref();
    Some(OpenEscalation {
        id,
        workstream: stream.id.clone(),
        severity: level.severity,
        level: (one.reached.len(), stream.escalate.len()),
        to: level.to.clone(),
        since: since.as_second(),
        next: next.map(|(level, due)| (level.to.clone(), due.as_second())),
        text: sentence(cx, stream, one),
    })
}

/// Returns the events about the blockers of all workstreams, and updates what is known.
pub(crate) fn of_changes(
    cx: &Context,
    overview: &Overview,
    known: &mut BTreeMap<String, String>,
) -> Vec<Event> {
    let mut all = Vec::new();
    for standing in &overview.standings {
        all.extend(events(cx, standing, known));
    }
    all
}

/// Returns an event for each level that a blocker has reached since the last time, and one if an escalated blocker was closed.
/// Of a blocker, the number of announced levels is known.
fn events(
    cx: &Context,
    standing: &WorkstreamProgress,
    known: &mut BTreeMap<String, String>,
) -> Vec<Event> {
    let mut events = Vec::new();
    for one in standing.escalations(cx.now()) {
        let key = format!("blocker {}", one.entry);
        let announced = match known.get(&key).map(String::as_str) {
            None => 0,
            // An earlier version had one level.
            Some(levels) => levels.parse().unwrap_or(1),
        };
        for reached in announced..one.reached.len() {
            let until = Escalation {
                reached: one.reached[..=reached].to_vec(),
                next: one.reached.get(reached + 1).copied().or(one.next),
                ..one.clone()
            };
            events.extend(of_level(cx, standing, &until));
        }
        let levels = announced.max(one.reached.len());
        known.insert(key, levels.to_string());
    }
    for entry in standing.activity.actions.keys() {
        let closed = standing.activity.closed(entry);
        let Some(closed) = closed.filter(|_| known.remove(&format!("blocker {entry}")).is_some())
        else {
            continue;
        };
        let name = name(cx, &standing.stream.id);
        let mut event = Event {
            title: format!(
                "{name}: a blocker that was escalated is closed by {}",
                closed.author
            ),
            ..blank(cx, "workstream.resolved")
        };
        event.add("workstream", &standing.stream.id);
        event.add("author", &closed.author);
        event.add("resolved", &closed.time);
        events.push(with_id(cx, event, entry));
    }
    events
}

/// Returns the event that a blocker has reached the last of these levels.
fn of_level(cx: &Context, standing: &WorkstreamProgress, one: &Escalation<'_>) -> Option<Event> {
    let (level, due) = one.reached.last()?;
    let mut event = Event {
        severity: level.severity,
        title: sentence(cx, &standing.stream, one),
        ..blank(cx, "workstream.escalated")
    };
    event.add("workstream", &standing.stream.id);
    if let Some(owner) = &standing.stream.owner {
        event.add("owner", owner);
    }
    event.add("author", &one.blocker.author);
    event.add("since", &one.blocker.time);
    event.add("due", due.to_string());
    event.add("level", one.reached.len().to_string());
    if let Some(to) = &level.to {
        event.add("to", to);
    }
    if let Some((next, due)) = &one.next {
        event.add("next", next.to.as_deref().unwrap_or("owner"));
        event.add("next-due", due.to_string());
    }
    event.add("text", &one.blocker.text);
    let seed = match one.reached.len() {
        1 => one.entry.to_owned(),
        level => format!("{} {level}", one.entry),
    };
    Some(with_id(cx, event, &seed))
}

/// Returns `7.3 is blocked since 2026-11-28T09:00:00Z, longer than its limit (owner ana): no access`, or with levels
/// `.., escalated to leadership since 2026-12-01 (level 2 of 3, owner ana; board from 2026-12-05): no access`.
pub(super) fn sentence(cx: &Context, stream: &Workstream, one: &Escalation<'_>) -> String {
    let name = name(cx, &stream.id);
    let (since, text) = (&one.blocker.time, &one.blocker.text);
    let mut remarks = Vec::new();
    let state = match one.reached.last() {
        Some((EscalationLevel { to: Some(to), .. }, due)) => {
            let (level, all) = (one.reached.len(), stream.escalate.len());
            remarks.push(format!("level {level} of {all}"));
            format!("escalated to {to} since {}", day(*due))
        }
        _ => "longer than its limit".to_owned(),
    };
    remarks.extend(stream.owner.iter().map(|owner| format!("owner {owner}")));
    if let Some((EscalationLevel { to: Some(to), .. }, due)) = &one.next {
        remarks.push(format!("{to} from {}", day(*due)));
    }
    let remarks = match remarks.is_empty() {
        true => String::new(),
        false => format!(" ({})", remarks.join(", ")),
    };
    format!("{name} is blocked since {since}, {state}{remarks}: {text}")
}

/// Returns the day of a time in UTC.
fn day(time: Timestamp) -> String {
    time.to_string()[..10].to_owned()
}

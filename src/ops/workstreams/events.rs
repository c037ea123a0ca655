//! Events about workstreams and milestones.

use std::collections::BTreeMap;

use super::overview::{MilestoneProgress, Overview};
use crate::notification::{Event, Severity};
use crate::ops::Context;
use crate::progress::plan::Health;
use crate::progress::{CriterionOutcome, Status, WorkstreamProgress};
use crate::store::digest;
use crate::workstream::WorkstreamAction;

/// Returns the event about an action. `seed` distinguishes it from others.
pub(crate) fn of_action(cx: &Context, action: &WorkstreamAction, seed: &str) -> Event {
    let id = &action.workstream;
    let kind = action.kind.to_string();
    let title = match action.text.as_str() {
        "" => format!("{} {kind} by {}", name(cx, id), action.author),
        text => format!("{} {kind} by {}: {text}", name(cx, id), action.author),
    };
    let severity = match kind.as_str() {
        "blocked" => Severity::Warning,
        _ => Severity::Info,
    };
    let time: Option<jiff::Timestamp> = action.time.parse().ok();
    let mut event = Event {
        severity,
        title,
        time: time.map_or(cx.now(), jiff::Timestamp::as_second),
        ..blank(cx, &format!("workstream.{kind}"))
    };
    event.add("workstream", id);
    event.add("author", &action.author);
    if let Some(owner) = owner(cx, id) {
        event.add("owner", owner);
    }
    if !action.text.is_empty() {
        event.add("text", &action.text);
    }
    with_id(cx, event, seed)
}

/// Returns the events about computed changes since the last time, and updates what is known. The first
/// state of each is announced nowhere. A state without evidence is left as it was, so that results that are measured again
/// announce nothing twice.
pub(crate) fn of_changes(
    cx: &Context,
    overview: &Overview,
    known: &mut BTreeMap<String, String>,
) -> Vec<Event> {
    let mut events = Vec::new();
    for standing in &overview.standings {
        let id = &standing.stream.id;
        let Some(state) = certain(standing) else {
            continue;
        };
        let before = known.insert(format!("workstream {id}"), state.to_owned());
        let is_news = match before.as_deref() {
            None => false,
            Some("blocked") => matches!(state, "ready" | "complete"),
            Some(before) => state == "complete" && before != state,
        };
        if is_news {
            events.push(of_workstream(cx, standing, state));
        }
    }
    for one in &overview.milestones {
        let id = &one.milestone.id;
        let own = overview.standings.iter();
        let mut own = own.filter(|standing| standing.stream.milestone.as_ref() == Some(id));
        if one.health == Health::Unknown || own.any(|standing| certain(standing).is_none()) {
            continue;
        }
        let health = one.health.key();
        let before = known.insert(format!("milestone {id}"), health.to_owned());
        if before.is_some_and(|before| before != health) {
            events.push(of_milestone(cx, one));
        }
    }
    events
}

/// Returns the state of a workstream, if the evidence is complete enough to be certain of it.
fn certain(standing: &WorkstreamProgress) -> Option<&'static str> {
    let mut criteria = standing.criteria.iter();
    let is_open = criteria.any(|one| matches!(one.outcome, CriterionOutcome::Open(_)));
    let mut criteria = standing.criteria.iter();
    let is_unknown = criteria.any(|one| matches!(one.outcome, CriterionOutcome::Unknown(_)));
    let may_start = standing.may_start();
    match standing.status {
        Status::Complete => Some("complete"),
        _ if is_unknown && !is_open => None,
        Status::Ready => Some("ready"),
        Status::InProgress => may_start.map(|_| "started"),
        Status::Blocked => Some("blocked"),
        Status::Pending => None,
    }
}

fn of_workstream(cx: &Context, standing: &WorkstreamProgress, state: &str) -> Event {
    let id = &standing.stream.id;
    let title = match state {
        "ready" => format!("{} may start", name(cx, id)),
        _ => format!("{} is complete", name(cx, id)),
    };
    let mut event = Event {
        title,
        ..blank(cx, &format!("workstream.{state}"))
    };
    event.add("workstream", id);
    if let Some(owner) = &standing.stream.owner {
        event.add("owner", owner);
    }
    let met = format!("{} of {}", standing.met(), standing.criteria.len());
    event.add("met", met);
    let seed = event.time.to_string();
    with_id(cx, event, &seed)
}

fn of_milestone(cx: &Context, one: &MilestoneProgress) -> Event {
    let milestone = &one.milestone;
    let health = one.health.key();
    let name = match &milestone.title {
        Some(title) => format!("{} {title}", milestone.id),
        None => milestone.id.clone(),
    };
    let mut event = Event {
        severity: match one.health {
            Health::Blocked | Health::AtRisk => Severity::Warning,
            _ => Severity::Info,
        },
        title: format!("{name} is {}", health.replace('-', " ")),
        ..blank(cx, &format!("milestone.{health}"))
    };
    event.add("milestone", &milestone.id);
    if let Some(end) = one.end {
        event.add("end", end.to_string());
    }
    if let Some(target) = &milestone.target {
        event.add("target", target);
    }
    let seed = event.time.to_string();
    with_id(cx, event, &seed)
}

/// Returns the id and the title of a workstream.
pub(super) fn name(cx: &Context, id: &str) -> String {
    let mut streams = cx.config().workstreams.iter();
    let title = streams.find(|stream| stream.id == id);
    match title.and_then(|stream| stream.title.as_ref()) {
        Some(title) => format!("{id} {title}"),
        None => id.to_owned(),
    }
}

fn owner<'c>(cx: &'c Context, id: &str) -> Option<&'c String> {
    let mut streams = cx.config().workstreams.iter();
    streams.find(|stream| stream.id == id)?.owner.as_ref()
}

pub(super) fn blank(cx: &Context, name: &str) -> Event {
    Event::new(name, cx.campaign(), cx.now())
}

pub(super) fn with_id(cx: &Context, event: Event, seed: &str) -> Event {
    let root = cx.root().display();
    let text = format!("{root}\n{}\n{}\n{seed}", event.name, event.title);
    Event {
        id: digest(text.as_bytes())[..32].to_owned(),
        ..event
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::{Activity, Criterion, Wait};
    use crate::workstream::Workstream;

    /// The status, the outcomes of its criteria, whether it is certain what it waits for, and the state that is announced.
    #[test]
    fn nothing_is_announced_that_missing_evidence_could_change() {
        use Status::{Blocked, Complete, InProgress, Pending, Ready};
        let (met, open, unknown) = ("met", "open", "unknown");
        for (status, outcomes, wait, expected) in [
            (Complete, &[met][..], None, Some("complete")),
            (Ready, &[open], None, Some("ready")),
            (Ready, &[unknown], None, None),
            (Ready, &[met, unknown], None, None),
            // It is not complete whatever the missing verdict is.
            (Ready, &[open, unknown], None, Some("ready")),
            (InProgress, &[open], None, Some("started")),
            (InProgress, &[open], Some(false), None),
            (InProgress, &[unknown], None, None),
            (Blocked, &[open], Some(true), Some("blocked")),
            (Blocked, &[unknown], Some(true), None),
            (Pending, &[open], Some(false), None),
        ] {
            let mut criteria = Vec::new();
            for outcome in outcomes {
                criteria.push(Criterion {
                    text: String::new(),
                    outcome: match *outcome {
                        "met" => CriterionOutcome::Met,
                        "open" => CriterionOutcome::Open("why".to_owned()),
                        _ => CriterionOutcome::Unknown("why".to_owned()),
                    },
                    help: None,
                });
            }
            let waits = wait.map(|is_certain| Wait {
                id: "0".to_owned(),
                is_certain,
            });
            let standing = WorkstreamProgress {
                stream: Workstream::default(),
                status,
                criteria,
                waits: waits.into_iter().collect(),
                activity: Activity::default(),
            };
            assert_eq!(
                certain(&standing),
                expected,
                "{status} {outcomes:?} {wait:?}"
            );
        }
    }
}

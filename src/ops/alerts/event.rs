//! Events about alerts and runs.

use crate::alert::{Alert, Change, Transition};
use crate::notification::{Delivery, Event, Severity};
use crate::ops::measure;
use crate::ops::{Context, Exit};
use crate::run::Run;
use crate::store::digest;

/// Returns the event about a change of an alert. `None` for a change without an event: an
/// alert of severity `info` is about a good state, whose end other alerts are about.
pub(super) fn of_transition(
    cx: &Context,
    transition: &Transition,
    branch: Option<&str>,
) -> Option<Event> {
    let Transition { alert, change, at } = transition;
    if alert.severity == Severity::Info && *change != Change::Fired {
        return None;
    }
    let (name, title) = match change {
        Change::Fired => ("firing", format!("{}: {}", alert.id, alert.detail)),
        Change::Resolved => (
            "resolved",
            format!("{} is resolved: {}", alert.id, alert.detail),
        ),
        Change::Accepted => (
            "resolved",
            format!(
                "{} is resolved: {}, no worse than in the baseline",
                alert.id, alert.detail
            ),
        ),
        Change::Unconfigured => (
            "resolved",
            format!("{} is resolved: its rule was changed or removed", alert.id),
        ),
        Change::BranchGone => (
            "resolved",
            format!(
                "{} is resolved: its branch does not exist any more",
                alert.id
            ),
        ),
    };
    let mut event = Event {
        title,
        places: match change {
            Change::Fired => alert.places.iter().take(Event::PLACES).cloned().collect(),
            _ => Vec::new(),
        },
        ..blank(cx, &format!("alert.{name}"), *at)
    };
    describe(&mut event, alert, branch);
    if let Some(commits) = commits(cx, alert, *change) {
        event.facts.push(("commits".to_owned(), commits));
    }
    Some(with_id(cx, event))
}

/// Returns an event about an alert of severity `info` that fires, for a digest.
pub(super) fn standing(cx: &Context, alert: &Alert, branch: Option<&str>, now: i64) -> Event {
    let mut event = Event {
        title: format!("{}: {}", alert.id, alert.detail),
        ..blank(cx, "alert.firing", now)
    };
    describe(&mut event, alert, branch);
    with_id(cx, event)
}

/// Adds the facts of an alert and the branch that it is about.
fn describe(event: &mut Event, alert: &Alert, branch: Option<&str>) {
    event.severity = alert.severity;
    event.deliver = alert.deliver;
    event.package.clone_from(&alert.key.package);
    // The first fact identifies the alert.
    event.add("alert", &alert.id);
    event.add("rule", &alert.key.rule);
    event.add("metric", &alert.key.metric);
    event.add("value", &alert.detail);
    if !alert.key.series.is_empty() {
        event.add("options", &alert.key.series);
    }
    if let Some(since) = alert.since() {
        event.add("since", rfc3339(since));
    }
    if let Some(branch) = branch {
        event.add(Event::BRANCH, branch);
    }
}

/// Returns the commits between the last measurement in the other state and this one.
fn commits(cx: &Context, alert: &Alert, change: Change) -> Option<String> {
    let (from, to) = match change {
        Change::Fired => (alert.good_commit.as_ref()?, alert.bad_commit.as_ref()?),
        Change::Resolved => (alert.bad_commit.as_ref()?, alert.good_commit.as_ref()?),
        Change::Accepted | Change::Unconfigured | Change::BranchGone => return None,
    };
    if from == to {
        return None;
    }
    let count = cx.git().ok()?.commits_between(from, to).ok()?;
    let [from, to] = [from, to].map(|commit| commit.get(..9).unwrap_or(commit));
    Some(format!("{count} ({from}..{to})"))
}

/// Returns the event about a run.
pub(super) fn of_run(cx: &Context, run: &Run) -> Event {
    let is_done = measure::exit(run) == Exit::Done;
    let collectors: Vec<&str> = run.plan.settings.keys().map(|one| one.name()).collect();
    let collectors = collectors.join(", ");
    let (name, severity, title) = match is_done {
        true => (
            "completed",
            Severity::Info,
            format!("measured {collectors}"),
        ),
        false => (
            "failed",
            Severity::Warning,
            format!("could not measure all of {collectors}"),
        ),
    };
    let mut event = Event {
        severity,
        title,
        ..blank(cx, &format!("run.{name}"), run.started)
    };
    if let Some(id) = &run.id {
        event.add("run", id.to_string());
    }
    event.add("collectors", collectors);
    event.add("seconds", format!("{:.1}", run.seconds));
    if let Some(commit) = &run.provenance.commit {
        event.add("commit", commit);
    }
    with_id(cx, event)
}

fn blank(cx: &Context, name: &str, time: i64) -> Event {
    Event {
        id: String::new(),
        name: name.to_owned(),
        severity: Severity::Info,
        deliver: Delivery::Now,
        title: String::new(),
        time,
        campaign: cx.campaign(),
        package: None,
        facts: Vec::new(),
        places: Vec::new(),
    }
}

/// Returns the event with its id, which is the same whenever the same event is derived again. An alert can fire twice in one
/// second, and then its title has another value, and campaigns in several directories can have the same name.
fn with_id(cx: &Context, event: Event) -> Event {
    let first = event.facts.first();
    let subject = first.map_or("", |(_, value)| value.as_str());
    let (name, severity, title) = (&event.name, event.severity, &event.title);
    let (root, time) = (cx.root().display(), event.time);
    let text = format!("{root}\n{name}\n{subject}\n{time}\n{severity}\n{title}");
    Event {
        id: digest(text.as_bytes())[..32].to_owned(),
        ..event
    }
}

pub(super) fn rfc3339(seconds: i64) -> String {
    let moment = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    moment.to_string()
}

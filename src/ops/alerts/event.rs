//! Events about alerts and runs.

use std::collections::BTreeSet;

use crate::alert::{Alert, Change, Transition};
use crate::notification::{Event, Severity};
use crate::ops::measure;
use crate::ops::{Context, Exit};
use crate::run::Run;
use crate::store::digest;

/// Returns the event about a change of an alert. `None` for a change without an event, see [`outline`].
pub(super) fn of_transition(
    cx: &Context,
    transition: &Transition,
    branch: Option<&str>,
) -> Option<Event> {
    let mut event = outline(cx, transition, branch)?;
    if let Some(commits) = commits(cx, &transition.alert, transition.change) {
        event.add("commits", commits);
    }
    Some(with_id(cx, event, transition.alert.occasions))
}

/// Returns the event about a change of an alert, without id and commits, for which git is called. `None` for a change
/// without an event: an alert of severity `info` is about a good state, whose end other alerts are about.
pub(super) fn outline(
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
            format!("{} is resolved: it is not configured any more", alert.id),
        ),
        Change::BranchGone => {
            let why = match branch {
                Some(_) => "its branch does not exist any more",
                None => "HEAD is not detached any more",
            };
            ("resolved", format!("{} is resolved: {why}", alert.id))
        }
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
    Some(event)
}

/// Returns an event about an alert of severity `info` that fires, for a digest.
pub(super) fn standing(cx: &Context, alert: &Alert, branch: Option<&str>, now: i64) -> Event {
    let mut event = Event {
        title: format!("{}: {}", alert.id, alert.detail),
        ..blank(cx, "alert.firing", now)
    };
    describe(&mut event, alert, branch);
    with_id(cx, event, alert.occasions)
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

/// Returns what a run could not do.
fn failure(run: &Run, collectors: &str) -> String {
    let names: BTreeSet<&str> = measure::failures(run).map(|(name, _)| name).collect();
    let names: Vec<&str> = names.into_iter().collect();
    match (run.interrupted, names.is_empty()) {
        (true, _) => format!("the measurement of {collectors} was interrupted"),
        (false, false) => format!("could not measure {}", names.join(", ")),
        (false, true) => format!("could not record the measurement of {collectors}"),
    }
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
        false => ("failed", Severity::Warning, failure(run, &collectors)),
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
    if !is_done {
        event.add("reason", measure::unmeasured(run).join("; "));
    }
    event.add("seconds", format!("{:.1}", run.seconds));
    if let Some(commit) = &run.provenance.commit {
        event.add("commit", commit);
    }
    with_id(cx, event, 0)
}

fn blank(cx: &Context, name: &str, time: i64) -> Event {
    Event::new(name, cx.campaign(), time)
}

fn with_id(cx: &Context, event: Event, occasions: u32) -> Event {
    let root = cx.root().display().to_string();
    Event {
        id: id(&root, &event, occasions),
        ..event
    }
}

/// Returns the id of an event, which is the same whenever the same event is derived again. An alert can fire twice in one
/// second, and campaigns in several directories can have the same name. If a branch is renamed, the same alert fires at the
/// same time on both.
fn id(root: &str, event: &Event, occasions: u32) -> String {
    let first = event.facts.first();
    let subject = first.map_or("", |(_, value)| value.as_str());
    let branch = event.fact(Event::BRANCH).unwrap_or_default();
    let (name, severity, title) = (&event.name, event.severity, &event.title);
    let occasion = format!("{} {occasions}", event.time);
    let text = format!("{root}\n{branch}\n{name}\n{subject}\n{occasion}\n{severity}\n{title}");
    digest(text.as_bytes())[..32].to_owned()
}

pub(super) fn rfc3339(seconds: i64) -> String {
    let moment = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    moment.to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn events_differ_by_directory_branch_and_occasion() {
        let event = |branch: &str| {
            let mut event = Event::example("fires");
            event.add(Event::BRANCH, branch);
            event
        };
        let ids = [
            id("/a", &event("main"), 1),
            id("/b", &event("main"), 1),
            id("/a", &event("trunk"), 1),
            id("/a", &event("main"), 2),
        ];
        assert_eq!(BTreeSet::from(ids.clone()).len(), ids.len());
        assert_eq!(id("/a", &event("main"), 1), ids[0]);
    }
}

//! Runs that are named by id, git revision, date or age.

use std::time::Duration;

use anyhow::Result;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::context::Context;
use super::exit::{Exit, Stop};
use super::policy::revision;
use crate::run::RunId;
use crate::store::{self, Head};

/// Finds a run by its id, or by a revision, a date or an age.
///
/// # Errors
/// If the run does not exist, or if it starts in the future: the time at which it was measured is unknown then.
pub(crate) fn run(cx: &Context, name: &str) -> Result<RunId> {
    let id = find(cx, name)?;
    if cx.store.ids_after(cx.latest()).contains(&id) {
        let stop = Stop::new(Exit::Usage, cx.future_run(&id));
        return Err(stop
            .help("check the clock that recorded it, and measure again")
            .into());
    }
    Ok(id)
}

fn find(cx: &Context, name: &str) -> Result<RunId> {
    if name == "latest"
        && let Some(head) = cx.heads().next()
    {
        return Ok(head.id);
    }
    let unknown = match cx.store.resolve(name) {
        Err(error @ store::Error::NoRun { .. }) if name != "latest" => error,
        found => return Ok(found?),
    };
    if let Some(until) = moment(cx, name) {
        return at_moment(cx, name, until);
    }
    let commit = cx.git().ok().map_or(Ok(None), |git| revision(&git, name))?;
    match commit {
        Some(commit) => of_commit(cx, name, &commit),
        None => Err(unknown.into()),
    }
}

/// Returns the newest run by the clock, rather than by the order of recording, until a moment.
fn at_moment(cx: &Context, name: &str, until: i64) -> Result<RunId> {
    cx.heads()
        .filter(|head| head.started <= until)
        .max_by_key(|head| head.started)
        .map(|head| head.id)
        .ok_or_else(|| {
            Stop::new(
                Exit::Usage,
                format!("no recorded run is as old as `{name}`"),
            )
            .help("cargo campaign history")
            .into()
        })
}

/// Returns the newest run of a commit, if possible a complete one without uncommitted changes.
fn of_commit(cx: &Context, name: &str, commit: &str) -> Result<RunId> {
    let heads: Vec<Head> = cx
        .heads()
        .filter(|head| head.commit.as_deref() == Some(commit))
        .collect();
    let best = heads
        .iter()
        .find(|head| !head.dirty && head.complete)
        .or_else(|| heads.iter().find(|head| !head.dirty))
        .or(heads.first());
    best.map(|head| head.id.clone()).ok_or_else(|| {
        let short = commit.get(..7).unwrap_or(commit);
        let stop = Stop::new(
            Exit::Usage,
            format!("no recorded run of `{name}` ({short})"),
        );
        // A run in another worktree would be recorded there.
        let stop = stop.help(format!("git switch --detach {short} && cargo campaign run"));
        stop.help("git checkout - (returns to where you were)")
            .into()
    })
}

/// Reads the end of a day in UTC, `2026-11-20`, or an age, `7d`, as Unix seconds.
pub(crate) fn moment(cx: &Context, text: &str) -> Option<i64> {
    if let Some(age) = age(text) {
        return cx.now().checked_sub_unsigned(age.as_secs());
    }
    // Jiff also reads `20261120`, which may be an abbreviated commit, and whole time stamps.
    if text.len() != 10 {
        return None;
    }
    let date: Date = text.parse().ok()?;
    let next = date.tomorrow().ok()?.to_zoned(TimeZone::UTC).ok()?;
    Some(next.timestamp().as_second() - 1)
}

/// Reads an age: `90d`, `12w`, `36h`.
pub(crate) fn age(text: &str) -> Option<Duration> {
    let hours = match text.chars().last()? {
        'h' => 1,
        'd' => 24,
        'w' => 24 * 7,
        _ => return None,
    };
    let number: u64 = text.get(..text.len() - 1)?.trim().parse().ok()?;
    Some(Duration::from_secs(number.checked_mul(hours * 3600)?))
}

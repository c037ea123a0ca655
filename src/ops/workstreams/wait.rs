//! Waiting until workstreams reach a status.
//!
//! The records below `.campaign/` and the checkout are looked at every second, which costs a few milliseconds.
//! Statuses are computed again only if either changed, or a minute passed: other files can change them too.

use std::fs;
use std::time::{Duration, SystemTime};

use anyhow::Result;

use super::{check, find, list};
use crate::ops::Context;
use crate::options::Options;
use crate::progress::Status;

/// The time between two looks.
const TICK: Duration = Duration::from_secs(1);

/// The number of looks after which statuses are computed again in any case.
const EACH: u32 = 60;

/// A status to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WaitFor {
    /// It may start.
    Ready,
    /// Work goes on.
    InProgress,
    /// Something prevents the work.
    Blocked,
    /// All is done.
    Complete,
}

impl WaitFor {
    /// The names in options.
    pub(crate) const NAMES: [(&'static str, Self); 4] = [
        ("ready", Self::Ready),
        ("in-progress", Self::InProgress),
        ("blocked", Self::Blocked),
        ("complete", Self::Complete),
    ];

    fn is(self, status: Status) -> bool {
        matches!(
            (self, status),
            (Self::Ready, Status::Ready)
                | (Self::InProgress, Status::InProgress)
                | (Self::Blocked, Status::Blocked)
                | (Self::Complete, Status::Complete)
        )
    }
}

/// How a wait ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reached {
    /// All workstreams reached a status that was waited for.
    All(Vec<(String, Status)>),
    /// The time passed, with these statuses.
    TimedOut(Vec<(String, Status)>),
    /// The user stopped it.
    Interrupted,
}

/// Waits until each of the workstreams has one of the statuses. Nothing is measured. `resolve` reads the configuration again.
///
/// # Errors
/// If a workstream does not exist, the configuration became invalid, or nothing can be evaluated.
pub(crate) fn wait(
    cx: &Context,
    ids: &[String],
    wanted: &[WaitFor],
    timeout: Option<Duration>,
    resolve: &dyn Fn() -> Result<Options>,
) -> Result<Reached> {
    for id in ids {
        check(cx, id)?;
    }
    let start = cx.now();
    let mut before = traces(cx);
    let mut renewed: Option<Context> = None;
    loop {
        let all = list(renewed.as_ref().unwrap_or(cx))?;
        let mut statuses = Vec::new();
        for id in ids {
            statuses.push((id.clone(), find(&all, id)?.status));
        }
        let mut open = statuses.iter();
        if open.all(|(_, status)| wanted.iter().any(|one| one.is(*status))) {
            return Ok(Reached::All(statuses));
        }
        for _ in 0..EACH {
            let passed = u64::try_from(cx.now() - start).unwrap_or_default();
            if timeout.is_some_and(|timeout| timeout.as_secs() <= passed) {
                return Ok(Reached::TimedOut(statuses));
            }
            if cx.cancel.wait(TICK) {
                return Ok(Reached::Interrupted);
            }
            let now = traces(cx);
            if now != before {
                before = now;
                renewed = Some(cx.renewed(resolve()?));
                break;
            }
        }
    }
}

/// Returns the times of the directories and files that a change of a status leaves a trace in.
fn traces(cx: &Context) -> Vec<Option<SystemTime>> {
    let places = [
        ".campaign",
        ".campaign/log",
        ".campaign/runs",
        ".campaign/baseline.json",
        ".campaign/attestations.toml",
        "campaign.toml",
        ".git/HEAD",
        ".git/index",
    ];
    let times = places.iter().map(|place| {
        let found = fs::symlink_metadata(cx.root().join(place)).ok()?;
        found.modified().ok()
    });
    times.collect()
}

//! The facts of a periodic report: the verdicts now, and the changes within the period.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Result;

use super::Context;
use super::evaluate::{self, Evaluation, view};
use super::history;
use crate::plan::Collector;
use crate::report::history::Trend;
use crate::run::View;

/// A period, which ends now.
pub(crate) struct Period {
    /// The verdicts, with the pinned baseline.
    pub(crate) now: Evaluation,
    /// The same values against those at the start of the period. Its verdicts mean nothing. `None` if
    /// nothing was measured by then.
    pub(crate) change: Option<Evaluation>,
    /// The trends of the gated metrics within the period.
    pub(crate) trends: Vec<Trend>,
    /// How many runs were recorded in the period.
    pub(crate) runs: usize,
    /// How many commits were made since the values at its start. `None` without git.
    pub(crate) commits: Option<u64>,
}

/// Evaluates the current tree, and a period of this length.
///
/// # Errors
/// As for [`evaluate::now`].
pub(crate) fn period(cx: &Context, length: Duration) -> Result<Period> {
    let now = evaluate::now(cx)?;
    let start = cx.now().saturating_sub_unsigned(length.as_secs());
    let wanted: BTreeSet<Collector> = now.head.provenance.settings.keys().cloned().collect();
    let then = view::as_of(cx, &wanted, start);
    let commits = then.as_ref().and_then(|then| commits(cx, then, &now.head));
    let head = now.head.clone();
    let change = then.map(|then| Evaluation::against(cx, head, Some(then)));
    Ok(Period {
        change,
        trends: trends(cx, start),
        runs: cx.heads().filter(|head| head.started >= start).count(),
        commits,
        now,
    })
}

fn trends(cx: &Context, start: i64) -> Vec<Trend> {
    let mut trends = history::trends(cx, &[]);
    for trend in &mut trends {
        trend.points.retain(|(moment, _)| *moment >= start);
    }
    trends
}

fn commits(cx: &Context, then: &View, now: &View) -> Option<u64> {
    let base = then.provenance.commit.as_deref()?;
    let head = now.provenance.commit.as_deref()?;
    cx.git().ok()?.commits_between(base, head).ok()
}

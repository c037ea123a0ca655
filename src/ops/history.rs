//! Recorded runs and the trends of metrics; removing old runs.

use std::collections::BTreeSet;

use anyhow::Result;

use super::context::Context;
use super::exit::{Exit, Stop};
use super::unknown;
use super::{measure::request, policy, revision, trends};
use crate::metric::{Spread, Unit, Value};
use crate::report::export::ExportedValue;
use crate::report::history::Trend;
use crate::run::{Run, RunId};
use crate::snapshot::Provenance;
use crate::store::{Head, Policy, Pruned, retention};

/// Number of runs that a trend is drawn from.
const PAST: usize = 60;

/// Number of metrics whose trend is shown unless some are named.
const SHOWN: usize = 8;

/// A recorded run.
pub(crate) struct Recorded {
    pub(crate) head: Head,
    /// The conditions of the measurement; `None` if the run cannot be read.
    pub(crate) provenance: Option<Provenance>,
    pub(crate) pinned: bool,
    /// Whether the run starts in the future and is not used.
    pub(crate) in_future: bool,
}

/// Lists the last `limit` runs, the newest first, those from the future included.
pub(crate) fn list(cx: &Context, limit: usize, since: Option<i64>) -> Vec<Recorded> {
    let pinned = cx.store.pinned_runs().unwrap_or_else(|error| {
        cx.warn(&format!("cannot tell which runs are pinned: {error}"));
        BTreeSet::new()
    });
    let latest = cx.latest();
    let runs = cx
        .store
        .heads()
        .filter(|head| since.is_none_or(|since| head.started >= since))
        .take(limit)
        .map(|head| Recorded {
            provenance: cx.store.load(&head.id).ok().map(|run| run.provenance),
            pinned: pinned.contains(&head.id),
            in_future: head.started > latest,
            head,
        })
        .collect();
    cx.warn_about_damage();
    runs
}

/// Reads the value of `--since`: an age, a day or a git revision. A day counts from its beginning.
///
/// # Errors
/// If it is neither.
pub(crate) fn since(cx: &Context, text: &str) -> Result<i64> {
    const DAY: i64 = 24 * 60 * 60;
    if let Some(moment) = revision::moment(cx, text) {
        let is_age = revision::age(text).is_some();
        // The moment of a day is its last second.
        return Ok(if is_age { moment } else { moment - DAY + 1 });
    }
    let git = cx.git()?;
    match policy::revision(&git, text)? {
        Some(commit) => Ok(git.commit_time(&commit)?),
        None => {
            let stop = Stop::new(Exit::Usage, format!("invalid value `{text}` for `--since`"));
            Err(stop
                .help("write an age, a day or a git revision: 7d, 2026-11-20, v1.0.0")
                .into())
        }
    }
}

/// Returns the trends of these metrics, or of the metrics of gates if none is named.
pub(crate) fn trends(cx: &Context, metrics: &[String]) -> Vec<Trend> {
    let gated = if metrics.is_empty() {
        gated(cx)
    } else {
        metrics.to_vec()
    };
    let heads: Vec<Head> = cx.heads().filter(|head| !head.torn).collect();
    let names: Vec<&str> = gated.iter().map(String::as_str).collect();
    let histories = trends::histories(cx, &heads, &names, PAST);
    histories
        .into_iter()
        .map(|history| Trend {
            title: cx
                .catalogue()
                .get(&history.metric)
                .map_or_else(|| history.metric.clone(), |row| row.title.clone()),
            unit: unit(cx, &history.metric),
            points: history
                .points
                .iter()
                .map(|point| (point.time, point.value))
                .collect(),
        })
        .collect()
}

/// Returns the earlier values of a metric of the workspace or a package, oldest first, with their Unix
/// seconds.
///
/// Values that were measured with other settings, such as other packages or features, are left out.
pub(crate) fn trend(cx: &Context, metric: &str, package: Option<&str>) -> Vec<(i64, f64)> {
    let Some(row) = cx.catalogue().get(metric) else {
        return Vec::new();
    };
    let settings = request::settings(cx, std::slice::from_ref(&row.collector));
    let mut points = Vec::new();
    for head in cx
        .heads()
        .filter(|head| !head.torn)
        .filter(|head| head.settings.get(&row.collector) == settings.get(&row.collector))
        .take(PAST)
    {
        let run = cx.store.load(&head.id).ok();
        let value = run.and_then(|run| value(&run, metric, package));
        points.extend(value.map(|value| (head.started, value)));
    }
    points.reverse();
    points
}

/// Returns the value that a metric of the workspace or a package had in a run.
fn value(run: &Run, metric: &str, package: Option<&str>) -> Option<f64> {
    let reading = run.snapshot.metrics.get(metric)?;
    if let Some(package) = package {
        return reading.packages.get(package).copied();
    }
    match reading.value {
        Value::Measured(value) => Some(value),
        Value::Unavailable(_) => None,
    }
}

/// Returns the values of the runs since a moment, oldest run first, run by run: of these metrics, or of all.
///
/// A run whose sources changed meanwhile has no values, and one that cannot be read is passed over with a warning.
pub(crate) fn samples<'a>(
    cx: &'a Context,
    metrics: &'a [String],
    since: Option<i64>,
) -> impl Iterator<Item = Vec<ExportedValue>> + 'a {
    let heads = cx.heads().filter(|head| !head.torn);
    let mut heads: Vec<Head> = heads
        .filter(|head| since.is_none_or(|since| head.started >= since))
        .collect();
    heads.sort_by_key(|head| head.started);
    heads
        .into_iter()
        .map(move |head| match cx.store.load(&head.id) {
            Ok(run) => samples_of(cx, &head, &run, metrics),
            Err(error) => {
                cx.warn(&format!("the run {} is not exported: {error}", head.id));
                Vec::new()
            }
        })
}

fn samples_of(cx: &Context, head: &Head, run: &Run, metrics: &[String]) -> Vec<ExportedValue> {
    let from = &run.provenance;
    let mut samples = Vec::new();
    for (metric, reading) in &run.snapshot.metrics {
        // A metric that the configuration does not have any more has no unit.
        let Some(row) = cx.catalogue().get(metric) else {
            continue;
        };
        if !metrics.is_empty() && !metrics.contains(metric) {
            continue;
        }
        let settings = head.settings.get(&row.collector);
        let sample = |package: Option<&String>, value: f64| ExportedValue {
            run: head.id.to_string(),
            started: head.started,
            commit: head.commit.clone(),
            dirty: head.dirty,
            workspace: from.workspace.clone(),
            metric: metric.clone(),
            package: package.cloned(),
            unit: row.unit.name().to_owned(),
            value,
            range: None,
            settings: settings.cloned().unwrap_or_default(),
            toolchain: head.toolchain.clone(),
        };
        if let Value::Measured(value) = reading.value {
            let mut whole = sample(None, value);
            whole.range = reading.spread.as_ref().and_then(Spread::range);
            samples.push(whole);
        }
        samples.extend(
            reading
                .packages
                .iter()
                .map(|(package, value)| sample(Some(package), *value)),
        );
    }
    samples
}

/// Returns the unit of a metric.
fn unit(cx: &Context, metric: &str) -> Unit {
    cx.catalogue()
        .get(metric)
        .map_or(Unit::Count, |row| row.unit.clone())
}

/// Returns the metrics of gates that have a trend, at most [`SHOWN`].
fn gated(cx: &Context) -> Vec<String> {
    let mut metrics: Vec<String> = Vec::new();
    for gate in &cx.config().gates {
        let row = cx.catalogue().get(&gate.metric);
        let is_derived = row.is_none_or(|row| row.derived);
        if !gate.metric.contains('*') && !is_derived && !metrics.contains(&gate.metric) {
            metrics.push(gate.metric.clone());
        }
    }
    metrics.truncate(SHOWN);
    metrics
}

/// Checks that a metric exists.
///
/// # Errors
/// If it does not.
pub(crate) fn check_metric(cx: &Context, name: &str) -> Result<()> {
    if cx.catalogue().get(name).is_some() {
        return Ok(());
    }
    let advice = "cargo campaign report --format json (lists the metrics)";
    Err(unknown::unknown("metric", name, unknown::metrics(cx), advice).into())
}

/// The runs that a retention policy removes.
pub(crate) struct Expired {
    pub(crate) ids: Vec<RunId>,
    /// Number of all recorded runs.
    pub(crate) recorded: usize,
}

/// Finds the runs to remove. Options replace the policy of the configuration.
///
/// # Errors
/// If neither says what to remove.
pub(crate) fn expired(
    cx: &Context,
    keep: Option<usize>,
    older_than: Option<&str>,
) -> Result<Expired> {
    let policy = retention_policy(cx, keep, older_than)?;
    let heads: Vec<Head> = cx.store.heads().collect();
    Ok(Expired {
        ids: retention(&heads, policy, &cx.store.pinned_runs()?, cx.now()),
        recorded: heads.len(),
    })
}

/// Removes runs.
///
/// # Errors
/// If they cannot be removed.
pub(crate) fn remove(cx: &Context, expired: &Expired) -> Result<Pruned> {
    Ok(cx.store.prune(&expired.ids, cx.system_now())?)
}

fn retention_policy(cx: &Context, keep: Option<usize>, older_than: Option<&str>) -> Result<Policy> {
    let configured = &cx.config().retention;
    let keep = keep.or(configured.keep.map(|keep| keep as usize));
    let age = match older_than {
        Some(text) => Some(revision::age(text).ok_or_else(|| {
            Stop::new(Exit::Usage, format!("invalid age `{text}`")).help("write 90d, 12w or 36h")
        })?),
        None => configured.max_age,
    };
    if keep.is_none() && age.is_none() {
        let stop = Stop::new(Exit::Usage, "nothing to remove was specified");
        return Err(stop
            .help("specify --keep N or --older-than AGE, or set [store] in campaign.toml")
            .into());
    }
    Ok(Policy {
        keep,
        max_age: age.map(|age| age.as_secs().cast_signed()),
    })
}

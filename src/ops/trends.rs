//! The values of metrics in all recorded runs, for charts.

use std::collections::BTreeSet;

use semver::Version;

use super::context::Context;
use super::measure::request;
use crate::report::history::{HistoryMark, HistoryPoint, MetricHistory, RecordedHistory};
use crate::run::RunId;
use crate::store::Head;

/// Returns the values of these metrics of the workspace in all recorded runs, and the events that may explain a change.
pub(crate) fn of_metrics(cx: &Context, metrics: &BTreeSet<&str>) -> RecordedHistory {
    let heads: Vec<Head> = cx.heads().filter(|head| !head.torn).collect();
    let names: Vec<&str> = metrics
        .iter()
        .copied()
        .filter(|name| cx.catalogue().get(name).is_some_and(|row| !row.derived))
        .collect();
    let history = RecordedHistory {
        metrics: histories(cx, &heads, &names, usize::MAX),
        marks: marks(cx, &heads),
        runs: heads.len(),
    };
    cx.warn_about_damage();
    history
}

/// Returns the values of metrics that exist in the last `most` of these runs, the last recorded first.
///
/// Values that were measured with other settings, such as other packages or features, are left out.
pub(super) fn histories(
    cx: &Context,
    heads: &[Head],
    metrics: &[&str],
    most: usize,
) -> Vec<MetricHistory> {
    let mut own: Vec<(&str, Vec<&Head>)> = Vec::new();
    for metric in metrics {
        let Some(row) = cx.catalogue().get(metric) else {
            continue;
        };
        let settings = request::settings(cx, std::slice::from_ref(&row.collector));
        let settings = settings.get(&row.collector);
        let comparable = heads
            .iter()
            .filter(|head| head.settings.get(&row.collector) == settings);
        own.push((*metric, comparable.take(most).collect()));
    }
    let ids: BTreeSet<&RunId> = own
        .iter()
        .flat_map(|(_, heads)| heads.iter().map(|head| &head.id))
        .collect();
    let values = cx
        .store
        .values(&ids.into_iter().cloned().collect::<Vec<_>>());
    own.into_iter()
        .map(|(metric, heads)| {
            let mut points: Vec<HistoryPoint> = heads
                .iter()
                .filter_map(|head| {
                    Some(HistoryPoint {
                        time: head.started,
                        value: *values.get(&head.id)?.get(metric)?,
                        commit: head.commit.clone(),
                        dirty: head.dirty,
                    })
                })
                .collect();
            points.sort_by_key(|point| point.time);
            MetricHistory {
                metric: metric.to_owned(),
                points,
            }
        })
        .collect()
}

/// Number of other toolchains that are marked. Their names are read from the runs.
const TOOLCHAINS: usize = 8;

/// Returns the releases according to the tags, and the runs of `heads` with another toolchain than the run before, oldest
/// first. `heads` has the last recorded run first.
fn marks(cx: &Context, heads: &[Head]) -> Vec<HistoryMark> {
    let tags = cx.git().ok().and_then(|git| git.tag_times().ok());
    let releases = tags
        .into_iter()
        .flatten()
        .filter(|(name, _)| is_release(name));
    let mut marks: Vec<HistoryMark> = releases
        .map(|(text, time)| HistoryMark { time, text })
        .collect();
    let changes = heads
        .windows(2)
        .filter(|two| two[0].toolchain != two[1].toolchain)
        .take(TOOLCHAINS);
    for two in changes {
        if let Ok(run) = cx.store.load(&two[0].id) {
            let rustc = run.provenance.toolchain.rustc;
            let version = rustc.split(' ').next().unwrap_or_default();
            marks.push(HistoryMark {
                time: two[0].started,
                text: format!("rustc {version}"),
            });
        }
    }
    marks.sort_by_key(|mark| mark.time);
    marks
}

/// Returns whether the name of a tag ends with a version.
fn is_release(tag: &str) -> bool {
    let mut places = tag.char_indices().filter(|(_, c)| c.is_ascii_digit());
    places.any(|(at, _)| Version::parse(&tag[at..]).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tag_of_a_release_ends_with_a_version() {
        for (tag, expected) in [
            ("v1.2.3", true),
            ("1.2.3", true),
            ("core-v2.0.0-rc.1", true),
            ("utf8-1.0.0", true),
            ("v1.2", false),
            ("nightly", false),
            ("before-v2", false),
        ] {
            assert_eq!(is_release(tag), expected, "{tag}");
        }
    }
}

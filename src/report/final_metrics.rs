//! The results of a campaign for programs: `final-metrics.json`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::object::{Number, Report, Source};
use super::phrase;
use crate::metric::{Better, Unit};
use crate::run::Verdict;

/// The content of `final-metrics.json`.
#[derive(Clone, Debug, Serialize)]
pub struct FinalMetrics<'a> {
    schema: &'static str,
    schema_version: &'static str,
    campaign: &'a str,
    release: Option<&'a str>,
    /// Whether the gates pass and all workstreams are complete.
    complete: bool,
    /// The gates that do not pass and the workstreams that are not complete.
    open: Vec<String>,
    verdict: Verdict,
    baseline: Option<FinalSide<'a>>,
    #[serde(rename = "final")]
    last: FinalSide<'a>,
    metrics: BTreeMap<&'a str, FinalMetric<'a>>,
    gates: BTreeMap<&'a str, Verdict>,
    workstreams: BTreeMap<&'a str, &'a str>,
}

/// Where the values of one side are from.
#[derive(Clone, Debug, Serialize)]
struct FinalSide<'a> {
    run: Option<&'a str>,
    measured: &'a str,
    commit: Option<&'a str>,
    dirty: bool,
    rustc: &'a str,
}

/// A metric on both sides.
#[derive(Clone, Debug, Serialize)]
struct FinalMetric<'a> {
    title: &'a str,
    unit: &'a Unit,
    better: Better,
    baseline: Option<Number>,
    #[serde(rename = "final")]
    last: Option<Number>,
    incomparable: Option<&'a str>,
}

impl<'a> FinalMetrics<'a> {
    /// Returns the results of a report whose values are the final ones.
    pub fn of(report: &'a Report) -> Self {
        let open = open(report);
        let mut metrics = BTreeMap::new();
        for (name, metric) in &report.metrics {
            if metric.value.is_some() || metric.baseline.is_some() {
                let metric = FinalMetric {
                    title: &metric.title,
                    unit: &metric.unit,
                    better: metric.better,
                    baseline: metric.baseline,
                    last: metric.value,
                    incomparable: metric.incomparable.as_deref(),
                };
                metrics.insert(name.as_str(), metric);
            }
        }
        let gates = report.gates.iter();
        let states = report.workstreams.iter().flatten();
        Self {
            schema: "cargo-campaign/final-metrics",
            schema_version: "1.0",
            campaign: &report.campaign.name,
            release: report.campaign.release.as_deref(),
            complete: open.is_empty(),
            open,
            verdict: report.verdict,
            baseline: report.baseline.as_ref().map(side),
            last: side(&report.run),
            metrics,
            gates: gates.map(|gate| (gate.id.as_str(), gate.verdict)).collect(),
            workstreams: states
                .map(|state| (state.id.as_str(), state.status.as_str()))
                .collect(),
        }
    }
}

fn side(source: &Source) -> FinalSide<'_> {
    FinalSide {
        run: source.id.as_ref().map(|id| id.0.as_str()),
        measured: &source.started,
        commit: source.commit.as_deref(),
        dirty: source.dirty,
        rustc: phrase::rustc(&source.toolchain),
    }
}

/// Returns the reasons why a campaign is not complete: gates that do not pass, and workstreams that are not complete.
pub fn open(report: &Report) -> Vec<String> {
    let mut open = Vec::new();
    for gate in &report.gates {
        if matches!(gate.verdict, Verdict::Fail | Verdict::NoVerdict) {
            open.push(format!("gate {}", gate.id));
        }
    }
    let states = report.workstreams.iter().flatten();
    let states = states.filter(|state| state.status != "complete");
    open.extend(states.map(|state| format!("workstream {}", state.id)));
    if report.gates.is_empty() && report.workstreams.is_none() {
        open.push("there are no gates and no workstreams".to_owned());
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::WorkstreamState;
    use crate::report::tests::{passing, report};

    #[test]
    fn campaign_is_complete_if_gates_pass_and_workstreams_are_complete() {
        let mut passing = passing();
        assert!(open(&passing).is_empty());
        let state = |status: &str| WorkstreamState {
            id: "7.1".to_owned(),
            status: status.to_owned(),
            ..WorkstreamState::default()
        };
        passing.workstreams = Some(vec![state("complete")]);
        assert!(open(&passing).is_empty());
        passing.workstreams = Some(vec![state("in_progress")]);
        assert_eq!(open(&passing), ["workstream 7.1"]);

        let failing = report();
        let value = serde_json::to_value(FinalMetrics::of(&failing)).unwrap();
        assert_eq!(value["complete"], false);
        assert_eq!(value["open"][0], "gate clippy.new");
        assert_eq!(value["metrics"]["clippy.warnings"]["baseline"], 12);
        assert_eq!(value["metrics"]["clippy.warnings"]["final"], 14);
        passing.gates.clear();
        passing.workstreams = None;
        assert_eq!(open(&passing), ["there are no gates and no workstreams"]);
    }

    /// The verdict of the only gate, and whether it keeps the campaign from being complete.
    #[test]
    fn campaign_is_open_while_a_gate_fails_or_has_no_verdict() {
        for (verdict, is_open) in [
            (Verdict::Pass, false),
            (Verdict::Warn, false),
            (Verdict::Waived, false),
            (Verdict::Fail, true),
            (Verdict::NoVerdict, true),
        ] {
            let mut report = passing();
            report.gates.truncate(1);
            report.gates[0].verdict = verdict;
            let id = report.gates[0].id.clone();
            let expected = if is_open {
                vec![format!("gate {id}")]
            } else {
                Vec::new()
            };
            assert_eq!(open(&report), expected, "{verdict:?}");
            let value = serde_json::to_value(FinalMetrics::of(&report)).unwrap();
            assert_eq!(value["complete"], !is_open, "{verdict:?}");
        }
    }

    /// A program must be able to tell a value of 0 from one that is not there.
    #[test]
    fn value_that_is_missing_on_one_side_is_null_and_one_missing_on_both_is_left_out() {
        let mut report = report();
        let name = "clippy.warnings";
        for (baseline, last) in [
            (Some(Number(0.0)), None),
            (None, Some(Number(0.0))),
            (Some(Number(2.0)), Some(Number(0.0))),
            (None, None),
        ] {
            let metric = report.metrics.get_mut(name).unwrap();
            (metric.baseline, metric.value) = (baseline, last);
            let value = serde_json::to_value(FinalMetrics::of(&report)).unwrap();
            let metric = &value["metrics"][name];
            if baseline.is_none() && last.is_none() {
                assert!(metric.is_null() && value["metrics"].get(name).is_none());
                continue;
            }
            for (key, side) in [("baseline", baseline), ("final", last)] {
                assert_eq!(metric[key].as_f64(), side.map(|side| side.0), "{key}");
            }
        }
    }
}

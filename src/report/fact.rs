//! One fact of a report, by its key, for scripts.
//!
//! | key | fact |
//! |---|---|
//! | `campaign.name`, `campaign.release`, `campaign.verdict` | of the campaign |
//! | `metric.NAME`, `metric.NAME@PACKAGE` | the value now, in the unit of the metric |
//! | `baseline.NAME`, `baseline.NAME@PACKAGE` | the value of the baseline |
//! | `gate.ID` | the verdict: pass, warn, waived, fail or no-verdict |
//! | `workstream.ID.status` | pending, in_progress, blocked or complete |
//! | `workstream.ID.may-start` | true, false or unknown |
//! | `workstream.ID.owner`, `.met`, `.criteria`, `.waits` | of the workstream; `waits` has the ids that it waits for |
//! | `milestone.ID.status` | pending, in_progress, blocked or complete |
//! | `milestone.ID.health`, `.target`, `.end` | of the milestone |
//! | `risk.ID.status` | active, monitoring or closed |
//! | `risk.ID.exposure`, `.owner`, `.review` | of the risk |

use serde_json::{Value, json};

use super::object::{MilestoneState, Report, RiskState, WorkstreamState};

/// A fact.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// Its value.
    Known(Value),
    /// It has no value, and why.
    Unknown(String),
}

/// The facts of a workstream.
const OF_WORKSTREAM: [&str; 6] = ["status", "may-start", "owner", "met", "criteria", "waits"];

/// The facts of a milestone.
const OF_MILESTONE: [&str; 4] = ["status", "health", "target", "end"];

/// The facts of a risk.
const OF_RISK: [&str; 4] = ["status", "exposure", "owner", "review"];

/// Returns the fact with this key. `None` if the report has no such fact.
pub fn fact(report: &Report, key: &str) -> Option<Fact> {
    let (kind, name) = key.split_once('.')?;
    match kind {
        "campaign" => of_campaign(report, name),
        "metric" | "baseline" => of_metric(report, kind, name),
        "gate" => {
            let mut gates = report.gates.iter();
            let gate = gates.find(|gate| gate.id == name)?;
            Some(Fact::Known(json!(gate.verdict)))
        }
        "workstream" => {
            let (id, name) = name.rsplit_once('.')?;
            let mut states = report.workstreams.iter().flatten();
            of_workstream(states.find(|state| state.id == id)?, name)
        }
        "milestone" => {
            let (id, name) = name.rsplit_once('.')?;
            let mut states = report.milestones.iter().flatten();
            of_milestone(states.find(|state| state.id == id)?, name)
        }
        "risk" => {
            let (id, name) = name.rsplit_once('.')?;
            let mut states = report.risks.iter().flatten();
            of_risk(states.find(|state| state.id == id)?, name)
        }
        _ => None,
    }
}

fn of_campaign(report: &Report, name: &str) -> Option<Fact> {
    match name {
        "name" => Some(Fact::Known(json!(report.campaign.name))),
        "release" => Some(match &report.campaign.release {
            Some(release) => Fact::Known(json!(release)),
            None => Fact::Unknown("campaign.toml has no `release`".to_owned()),
        }),
        "verdict" => Some(Fact::Known(json!(report.verdict))),
        _ => None,
    }
}

fn of_metric(report: &Report, kind: &str, name: &str) -> Option<Fact> {
    let (metric, package) = match name.rsplit_once('@') {
        Some((metric, package)) => (metric, Some(package)),
        None => (name, None),
    };
    let metric = report.metrics.get(metric)?;
    let is_now = kind == "metric";
    let (whole, packages) = match is_now {
        true => (metric.value, &metric.packages),
        false => (metric.baseline, &metric.baseline_packages),
    };
    let value = match package {
        Some(package) => packages.get(package).copied(),
        None => whole,
    };
    let unavailable = metric.unavailable.as_ref().filter(|_| is_now);
    Some(match (value, unavailable) {
        (Some(value), _) => Fact::Known(json!(value)),
        (None, Some(why)) => Fact::Unknown(why.reason.clone()),
        (None, None) => Fact::Unknown("it has no value".to_owned()),
    })
}

fn of_workstream(state: &WorkstreamState, name: &str) -> Option<Fact> {
    let value = match name {
        "status" => json!(state.status),
        "may-start" => match state.may_start {
            Some(may_start) => json!(may_start),
            None => return Some(Fact::Unknown("a criterion has no verdict".to_owned())),
        },
        "owner" => return Some(known(state.owner.as_ref(), "it has no owner")),
        "met" => json!(state.met),
        "criteria" => json!(state.criteria.len()),
        "waits" => json!(state.waits),
        _ => return None,
    };
    Some(Fact::Known(value))
}

fn of_milestone(state: &MilestoneState, name: &str) -> Option<Fact> {
    Some(match name {
        "status" => Fact::Known(json!(state.status)),
        "health" if state.health == "not-known" => Fact::Unknown(
            "it has no target or no workstream, an estimate is missing, or only its gates are open"
                .to_owned(),
        ),
        "health" => Fact::Known(json!(state.health)),
        "target" => known(state.target.as_ref(), "it has no target"),
        "end" => known(state.end.as_ref(), "it is done, or an estimate is missing"),
        _ => return None,
    })
}

fn of_risk(state: &RiskState, name: &str) -> Option<Fact> {
    Some(match name {
        "status" if state.status == "not-known" => {
            Fact::Unknown(state.reason.clone().unwrap_or_default())
        }
        "status" => Fact::Known(json!(state.status)),
        "exposure" => Fact::Known(json!(state.exposure)),
        "owner" => Fact::Known(json!(state.owner)),
        "review" => known(state.review.as_ref(), "it has no day of review"),
        _ => return None,
    })
}

fn known(value: Option<&String>, missing: &str) -> Fact {
    match value {
        Some(value) => Fact::Known(json!(value)),
        None => Fact::Unknown(missing.to_owned()),
    }
}

/// Returns the keys of all facts.
pub fn keys(report: &Report) -> Vec<String> {
    let campaign = ["name", "release", "verdict"].map(|name| format!("campaign.{name}"));
    let mut keys = Vec::from(campaign);
    for (name, metric) in &report.metrics {
        keys.push(format!("metric.{name}"));
        keys.push(format!("baseline.{name}"));
        let packages = metric.packages.keys();
        keys.extend(packages.map(|package| format!("metric.{name}@{package}")));
        let packages = metric.baseline_packages.keys();
        keys.extend(packages.map(|package| format!("baseline.{name}@{package}")));
    }
    keys.extend(report.gates.iter().map(|gate| format!("gate.{}", gate.id)));
    for state in report.workstreams.iter().flatten() {
        let own = OF_WORKSTREAM.iter();
        keys.extend(own.map(|name| format!("workstream.{}.{name}", state.id)));
    }
    for state in report.milestones.iter().flatten() {
        let own = OF_MILESTONE.iter();
        keys.extend(own.map(|name| format!("milestone.{}.{name}", state.id)));
    }
    for state in report.risks.iter().flatten() {
        let own = OF_RISK.iter();
        keys.extend(own.map(|name| format!("risk.{}.{name}", state.id)));
    }
    keys
}

/// Returns a value as a line of text: a list has its items separated by blanks.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(text).collect();
            items.join(" ")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::risk;
    use crate::report::tests::report;

    /// A report with a workstream, a milestone and risks.
    fn sample() -> Report {
        let mut report = report();
        report.workstreams = Some(vec![WorkstreamState {
            id: "7.3".into(),
            owner: Some("ana".into()),
            status: "in_progress".into(),
            may_start: Some(true),
            met: 1,
            waits: vec!["7.1".into(), "7.2".into()],
            ..WorkstreamState::default()
        }]);
        report.milestones = Some(vec![MilestoneState {
            id: "phase-7".into(),
            status: "in_progress".into(),
            health: "at-risk".into(),
            target: Some("2026-12-01".into()),
            ..MilestoneState::default()
        }]);
        report.risks = Some(risk::tests::samples());
        report
    }

    #[test]
    fn fact_is_found_by_its_key() {
        let report = sample();
        for (key, expected) in [
            ("campaign.name", Some("Phase 7: quality and infrastructure")),
            ("workstream.7.3.status", Some("in_progress")),
            ("workstream.7.3.may-start", Some("true")),
            ("workstream.7.3.owner", Some("ana")),
            ("workstream.7.3.met", Some("1")),
            ("workstream.7.3.criteria", Some("0")),
            ("workstream.7.3.waits", Some("7.1 7.2")),
            ("workstream.7.3.title", None),
            ("milestone.phase-7.status", Some("in_progress")),
            ("milestone.phase-7.health", Some("at-risk")),
            ("milestone.phase-7.target", Some("2026-12-01")),
            ("milestone.phase-7.start", None),
            ("milestone.phase-8.status", None),
            ("risk.builds.status", Some("active")),
            ("risk.old.status", Some("closed")),
            ("risk.builds.exposure", Some("12")),
            ("risk.builds.owner", Some("ana")),
            ("risk.nosuch.status", None),
            ("workstream.7.4.status", None),
            ("workstream.7.3", None),
            ("campaign.names", None),
            ("metric.nosuch", None),
            ("gate.nosuch", None),
            ("nosuch.clippy.warnings", None),
            ("nosuch", None),
            ("", None),
        ] {
            let found = fact(&report, key).map(|found| match found {
                Fact::Known(value) => text(&value),
                Fact::Unknown(reason) => panic!("{key}: {reason}"),
            });
            assert_eq!(found.as_deref(), expected, "{key}");
        }
    }

    #[test]
    fn every_listed_key_has_a_fact() {
        let report = sample();
        let keys = keys(&report);
        assert!(keys.len() > 20, "{keys:?}");
        for key in keys {
            assert!(fact(&report, &key).is_some(), "{key}");
        }
    }

    #[test]
    fn value_that_was_not_measured_is_unknown_and_not_zero() {
        let report = sample();
        let mut unmeasured = report.metrics.iter();
        let (name, metric) = unmeasured
            .find(|(_, metric)| metric.value.is_none())
            .expect("the sample has one");
        let found = fact(&report, &format!("metric.{name}"));
        let reason = metric.unavailable.as_ref().map(|why| why.reason.clone());
        let reason = reason.unwrap_or_else(|| "it has no value".to_owned());
        assert_eq!(found, Some(Fact::Unknown(reason)));
    }

    #[test]
    fn state_that_is_not_known_is_unknown() {
        let found = fact(&sample(), "risk.staff.status");
        let expected = Fact::Unknown("it has no trigger".to_owned());
        assert_eq!(found, Some(expected));
    }

    #[test]
    fn whole_numbers_have_no_decimal_point() {
        let report = sample();
        let mut measured = report.metrics.iter();
        let (name, _) = measured
            .find(|(_, metric)| metric.value.is_some_and(|value| value.0.fract() == 0.0))
            .expect("the sample has one");
        match fact(&report, &format!("metric.{name}")) {
            Some(Fact::Known(value)) => assert!(!text(&value).contains('.'), "{value}"),
            other => panic!("{name}: {other:?}"),
        }
    }
}

//! Compares two views of a workspace and judges gates.
//!
//! Judging is pure and deterministic: it uses no clock (the date is an argument) and no files. A gate
//! over missing, partial, stale or incomparable data has no verdict. This module knows nothing about
//! how values are measured or shown.

use std::collections::BTreeMap;

use crate::gate::{Gate, Strictness, Waiver};
use crate::metric::{Catalogue, Reading};
use crate::run::{Judged, Judgement, Lack, RunId, Verdict, View};
use crate::snapshot::Comparison;

mod alike;
mod compare;
mod contradiction;
mod cover;
pub mod experiment;
mod figure;
mod lines;
mod matching;
mod members;
mod narrow;
mod pairing;
mod patch;
mod places;
mod prove;
mod ratchet;
pub mod readiness;
mod remedy;
mod rule;
mod stats;
mod subject;
mod times;
mod waiver;
mod words;

#[cfg(test)]
pub(crate) mod tests;

pub use alike::{strangers, unlike, unlike_machines, with_times_of};
pub use compare::compare;
pub use contradiction::contradiction;
pub use lines::{ChangedLines, FileMap, LineMap};
pub use narrow::narrow;
pub use patch::patches;
pub use places::counted;
pub use prove::{Proof, prove};
pub use ratchet::{Difference, Ratchet, ratchet, varies};
pub use remedy::{PIN, with_toolchain};

use rule::Ruling;
use subject::Subject;

/// The data that gates are judged by.
#[derive(Clone, Copy)]
pub struct Evidence<'a> {
    /// The values to judge.
    pub head: &'a View,
    /// The pinned baseline.
    pub baseline: Option<&'a View>,
    /// The comparison of baseline and head.
    pub comparison: Option<&'a Comparison>,
    /// For `previous`: the newest earlier comparable reading of each metric.
    pub previous: &'a BTreeMap<String, Reading>,
    /// For `best`: the best comparable reading of each metric.
    pub best: &'a BTreeMap<String, Reading>,
    /// The date for waivers, `YYYY-MM-DD`.
    pub today: &'a str,
}

/// Judges every gate. A pattern is expanded over the metrics of head and baseline, and `*` over their
/// packages. A pattern without a match has no verdict (missing).
pub fn judge(
    gates: &[Gate],
    waivers: &[Waiver],
    catalogue: &Catalogue,
    evidence: &Evidence<'_>,
) -> Judgement {
    let mut judged: Vec<Judged> = Vec::new();
    let mut ops = Vec::new();
    for gate in gates {
        match subject::expand(gate, catalogue, evidence) {
            Some(subjects) => {
                judged.extend(subjects.iter().map(|subject| judge_one(subject, evidence)))
            }
            None => judged.push(unknown(gate)),
        }
        ops.resize(judged.len(), gate.require.op);
    }
    let is_workspace = evidence.head.provenance.scope.is_empty();
    let notes = waiver::apply(waivers, &mut judged, &ops, is_workspace, evidence.today);
    Judgement {
        gates: judged,
        notes,
    }
}

/// One concrete gate, before waivers.
fn judge_one(subject: &Subject<'_>, evidence: &Evidence<'_>) -> Judged {
    let ruling = rule::decide(subject, evidence);
    let Ruling {
        holds,
        reason,
        value,
        at_least,
        reference,
        bound,
        ratio,
    } = ruling;
    let mut judged = Judged {
        value,
        at_least,
        baseline: reference,
        bound,
        ratio,
        metric: subject.metric.clone(),
        title: title(subject),
        package: subject.package.clone(),
        unit: subject.row.unit.clone(),
        better: subject.row.better,
        run: value.and_then(|_| source(subject, evidence.head)),
        evidence: places::evidence(subject, evidence),
        ..blank(subject.gate, &subject.id)
    };
    match holds {
        Ok(true) => judged.verdict = Verdict::Pass,
        Ok(false) => {
            judged.verdict = match subject.gate.level {
                Strictness::Deny => Verdict::Fail,
                Strictness::Warn => Verdict::Warn,
            };
            judged.reason = reason;
            judged.help = Some(remedy::violation(subject, evidence));
        }
        Err(gap) => {
            // The places in another tree are not evidence about this one.
            judged.evidence.retain(|_| gap.lack != Lack::Stale);
            if judged.evidence.is_empty() && matches!(gap.lack, Lack::Partial | Lack::Missing) {
                judged.evidence = places::errors(subject, evidence.head);
            }
            judged.lack = Some(gap.lack);
            judged.reason = gap.reason;
            judged.help = gap.help.or_else(|| Some(remedy::explain(&subject.id)));
        }
    }
    judged
}

/// Creates a gate without a verdict.
fn blank(gate: &Gate, id: &str) -> Judged {
    Judged {
        group: gate.group.clone(),
        metric: gate.metric.clone(),
        title: gate.metric.clone(),
        package: gate.package.clone(),
        require: gate.require.text.clone(),
        file: gate.file.clone(),
        line: gate.line,
        ..Judged::undecided(id, gate.level)
    }
}

/// Returns the verdict for an unknown metric. The configuration refuses such gates, and one that gets
/// here nevertheless must not pass.
fn unknown(gate: &Gate) -> Judged {
    let reason = format!("unknown metric {}", gate.metric);
    Judged {
        lack: Some(Lack::Missing),
        reason,
        ..blank(gate, &gate.id)
    }
}

/// Returns the title of the metric, with the concrete name of its `*`: `bench api/parse`.
fn title(subject: &Subject<'_>) -> String {
    let row = subject.row;
    let id = row.name.split_once('*').and_then(|(before, after)| {
        subject
            .metric
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
    });
    match id {
        Some(id) => format!("{} {id}", row.title),
        None => row.title.clone(),
    }
}

/// Returns the run that measured the subject.
fn source(subject: &Subject<'_>, head: &View) -> Option<RunId> {
    let run = head.sources.get(&subject.row.collector);
    run.or(head.run.as_ref()).cloned()
}

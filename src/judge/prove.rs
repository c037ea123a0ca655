//! Proves that gates can fail: plants a violation of each and judges it again.
//!
//! A gate that does not fail when it is violated protects nothing. The planted evidence keeps the real
//! parts of the comparison: the value of the reference with its repeats, both provenances, and the
//! waivers. The reference is planted too only if the gate has none now, so that at least the rule is
//! shown.

use super::subject::{self, Subject};
use super::{Evidence, judge, judge_one};
use crate::gate::{Gate, Strictness, Waiver};
use crate::metric::Catalogue;
use crate::run::{Judged, Verdict};

mod plant;
mod violation;

#[cfg(test)]
mod tests;

/// The result of a planted violation.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// Gate id, with the concrete metric and package.
    pub id: String,
    /// The planted value: `clippy.warnings = 20`. Empty if none could be planted.
    pub planted: String,
    /// Whether the gate failed, or warned if that is its level.
    pub caught: bool,
    /// Why the violation was not caught, or that the gate has no verdict now. Otherwise empty.
    pub note: String,
}

/// Plants a violation of each concrete gate in a copy of its evidence and judges it.
pub fn prove(
    gates: &[Gate],
    waivers: &[Waiver],
    catalogue: &Catalogue,
    evidence: &Evidence<'_>,
) -> Vec<Proof> {
    let mut proofs = Vec::new();
    for gate in gates {
        match subject::expand(gate, catalogue, evidence) {
            Some(subjects) => proofs.extend(
                subjects
                    .iter()
                    .map(|s| prove_one(s, waivers, catalogue, evidence)),
            ),
            None => proofs.push(helpless(
                &gate.id,
                format!("unknown metric {}", gate.metric),
            )),
        }
    }
    proofs
}

/// Judges one gate on evidence that violates it.
fn prove_one(
    subject: &Subject<'_>,
    waivers: &[Waiver],
    catalogue: &Catalogue,
    evidence: &Evidence<'_>,
) -> Proof {
    let now = judge_one(subject, evidence);
    let members = &evidence.head.provenance.members;
    if let Some(package) = subject.package.as_ref().filter(|name| *name != "*")
        && !members.is_empty()
        && !members.contains(package)
    {
        // A violation planted under this name would be caught although a real one cannot occur.
        return helpless(
            &subject.id,
            format!("the workspace has no package `{package}`"),
        );
    }
    let subject = &plain(subject);
    let world = match plant::world(subject, waivers, evidence) {
        Ok(world) => world,
        Err(reason) => return helpless(&subject.id, reason),
    };
    let gate = Gate {
        id: subject.id.clone(),
        metric: subject.metric.clone(),
        package: subject.package.clone(),
        ..subject.gate.clone()
    };
    let comparison = world.comparison();
    let judgement = judge(
        &[gate],
        waivers,
        catalogue,
        &world.evidence(&comparison, evidence.today),
    );
    let judged = judgement.gates.into_iter().next();
    let caught = judged
        .as_ref()
        .is_some_and(|j| j.verdict == expected(j.level));
    Proof {
        id: subject.id.clone(),
        planted: world.planted,
        caught,
        note: note(caught, judged.as_ref(), &now),
    }
}

/// Returns the verdict that a violation must have.
fn expected(level: Strictness) -> Verdict {
    match level {
        Strictness::Deny => Verdict::Fail,
        Strictness::Warn => Verdict::Warn,
    }
}

fn note(caught: bool, planted: Option<&Judged>, now: &Judged) -> String {
    match planted {
        Some(judged) if !caught => judged.reason.clone(),
        _ if now.verdict == Verdict::NoVerdict => format!("no verdict now: {}", now.reason),
        _ => String::new(),
    }
}

/// Replaces the patterns of a subject by a made-up name.
fn plain<'a>(subject: &Subject<'a>) -> Subject<'a> {
    Subject {
        gate: subject.gate,
        id: subject.id.clone(),
        metric: subject.metric.replace('*', "planted"),
        package: subject
            .package
            .as_ref()
            .map(|package| package.replace('*', "planted")),
        row: subject.row,
    }
}

/// Creates the result for a gate without a planted violation.
fn helpless(id: &str, note: String) -> Proof {
    Proof {
        id: id.to_owned(),
        planted: String::new(),
        caught: false,
        note,
    }
}

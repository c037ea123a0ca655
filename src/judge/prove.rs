//! Showing that gates can fail: planting a violation of each and judging again.
//!
//! A gate that is violated and does not fail protects nothing. The planted evidence keeps what is real about the
//! comparison: the reference's figure with its repeats, both provenances, the waivers. Only where the gate has no
//! reference to be held against now is that planted too, so that the rule itself is shown.

use super::subject::{self, Subject};
use super::{Evidence, judge, judge_one};
use crate::gate::{Gate, Strictness, Waiver};
use crate::metric::Catalogue;
use crate::run::{Judged, Verdict};

mod plant;
mod violation;

#[cfg(test)]
mod tests;

/// What became of one gate when it was violated on purpose.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// Gate id, with the concrete metric and package.
    pub id: String,
    /// What was planted: `clippy.warnings = 20`. Empty when nothing could be.
    pub planted: String,
    /// The gate failed, or warned when that is its level.
    pub caught: bool,
    /// Why it was not caught; else that the gate has no verdict now; else empty.
    pub note: String,
}

/// Plants a violation of each concrete gate in a copy of the evidence it uses, and judges that.
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

/// Judges one gate in a world made to violate it.
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
        // A violation planted under this name would be caught, and none could ever be found.
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

/// What a violation must give.
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

/// A pattern that matched nothing is proved on a made-up name.
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

/// Nothing could be planted.
fn helpless(id: &str, note: String) -> Proof {
    Proof {
        id: id.to_owned(),
        planted: String::new(),
        caught: false,
        note,
    }
}

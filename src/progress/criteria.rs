//! The criteria of a workstream, and whether they are met.

use super::attestation::attested;
use super::{Criterion, CriterionOutcome};
use crate::gate::Gate;
use crate::run::{Judgement, Verdict};
use crate::workstream::{Attestation, Objective, Proof, Workstream};

/// The command that runs the commands of objectives.
const RUN_OBJECTIVES: &str = "cargo campaign run objectives";

/// The facts that criteria are judged by.
pub struct CriterionEvidence<'a> {
    /// Judges gates on the current values.
    pub judge: &'a dyn Fn(&[Gate]) -> Judgement,
    /// Returns whether git tracks a file, given relative to the workspace root.
    pub tracked: &'a dyn Fn(&str) -> CriterionOutcome,
    /// Returns whether a file contains a text, or why it is not known.
    pub contains: &'a dyn Fn(&str, &str) -> Result<bool, String>,
    /// Returns whether a test passed.
    pub test: &'a dyn Fn(&str) -> CriterionOutcome,
    /// Returns whether a command succeeded, by the metric that is its exit status.
    pub command: &'a dyn Fn(&str) -> CriterionOutcome,
    /// The attestations that were given, or why they are not known.
    pub attestations: Result<&'a [Attestation], &'a str>,
    /// `YYYY-MM-DD`.
    pub today: &'a str,
}

/// Returns the criteria of a workstream. A workstream without any has one that is open: nothing would show that it is
/// complete.
pub fn criteria(stream: &Workstream, evidence: &CriterionEvidence<'_>) -> Vec<Criterion> {
    let mut criteria = of_gates(&stream.gates, evidence);
    for metric in &stream.unmeasured {
        criteria.push(Criterion {
            text: metric.clone(),
            outcome: CriterionOutcome::Unknown("not measured by this version".to_owned()),
            help: None,
        });
    }
    for file in &stream.deliverables {
        criteria.push(Criterion {
            text: file.clone(),
            outcome: (evidence.tracked)(file),
            help: None,
        });
    }
    let objectives = stream.objectives.iter();
    criteria.extend(objectives.map(|objective| of_objective(objective, evidence)));
    if criteria.is_empty() {
        criteria.push(Criterion {
            text: "a criterion".to_owned(),
            outcome: CriterionOutcome::Open(
                "nothing would show that it is complete: add gates, deliverables or objectives"
                    .to_owned(),
            ),
            help: None,
        });
    }
    criteria
}

/// Returns the criteria that are gates, one for each metric.
fn of_gates(gates: &[Gate], evidence: &CriterionEvidence<'_>) -> Vec<Criterion> {
    if gates.is_empty() {
        return Vec::new();
    }
    criteria_of((evidence.judge)(gates))
}

/// Returns the criteria that are gates, as they were judged.
pub fn criteria_of(judgement: Judgement) -> Vec<Criterion> {
    let criteria = judgement.gates.into_iter().map(|gate| {
        // The text has the condition already.
        let required = format!(", required {}", gate.require);
        let reason = gate
            .reason
            .strip_suffix(&required)
            .unwrap_or(&gate.reason)
            .to_owned();
        Criterion {
            text: match &gate.package {
                Some(package) => format!("{} {} of {package}", gate.title, gate.require),
                None => format!("{} {}", gate.title, gate.require),
            },
            outcome: match gate.verdict {
                Verdict::Fail => CriterionOutcome::Open(reason),
                Verdict::NoVerdict => CriterionOutcome::Unknown(reason),
                _ => CriterionOutcome::Met,
            },
            help: gate.help,
        }
    });
    criteria.collect()
}

fn of_objective(objective: &Objective, evidence: &CriterionEvidence<'_>) -> Criterion {
    let mut help = None;
    let outcome = match &objective.proof {
        Proof::Missing => CriterionOutcome::Open("nothing is configured to show it".to_owned()),
        Proof::Gates(gates) => {
            let worst = of_gates(gates, evidence).into_iter().rev().max_by_key(rank);
            match worst {
                Some(worst) => {
                    help = worst.help;
                    worst.outcome
                }
                None => CriterionOutcome::Open("it has no gate".to_owned()),
            }
        }
        Proof::File { path, contains } => match ((evidence.tracked)(path), contains) {
            (CriterionOutcome::Met, Some(text)) => match (evidence.contains)(path, text) {
                Ok(true) => CriterionOutcome::Met,
                Ok(false) => CriterionOutcome::Open(format!("{path} does not contain `{text}`")),
                Err(reason) => CriterionOutcome::Unknown(reason),
            },
            (CriterionOutcome::Open(reason), _) => {
                CriterionOutcome::Open(format!("{path} {reason}"))
            }
            (outcome, _) => outcome,
        },
        Proof::Test(id) => (evidence.test)(id),
        Proof::Command(metric) => {
            let outcome = (evidence.command)(metric);
            help = (outcome != CriterionOutcome::Met).then(|| RUN_OBJECTIVES.to_owned());
            outcome
        }
        Proof::Attestation(id) => match evidence.attestations {
            Ok(given) => attested(id, given, evidence.today, evidence.tracked),
            Err(reason) => CriterionOutcome::Unknown(reason.to_owned()),
        },
    };
    Criterion {
        text: objective.text.clone(),
        outcome,
        help,
    }
}

fn rank(criterion: &Criterion) -> u8 {
    match criterion.outcome {
        CriterionOutcome::Met => 0,
        CriterionOutcome::Unknown(_) => 1,
        CriterionOutcome::Open(_) => 2,
    }
}

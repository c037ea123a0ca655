//! Which risks are active: those whose triggers hold on the evidence.
//!
//! | status | meaning |
//! |---|---|
//! | closed | the workstream and the milestone that it belongs to are complete; or its day `closed` came, and no condition of its trigger holds |
//! | active | a condition of its trigger holds |
//! | not known | a condition has no verdict, and none holds; or it has no trigger |
//! | monitoring | no condition holds |
//!
//! The first that applies is the status.

use crate::gate::{Gate, Op};
use crate::risk::Risk;
use crate::run::{Judged, Judgement, Verdict};

/// The state of a risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RiskStatus {
    /// Its trigger holds.
    Active,
    /// Its trigger does not hold.
    Monitoring,
    /// It cannot occur any more.
    Closed,
    /// Whether its trigger holds is not known.
    Unknown,
}

impl RiskStatus {
    /// Returns the word for programs.
    pub fn key(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Monitoring => "monitoring",
            Self::Closed => "closed",
            Self::Unknown => "not-known",
        }
    }
}

/// A condition of a trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriggerState {
    /// For people: `compile errors > 0`.
    pub text: String,
    /// Whether it holds. `None` if that is not known.
    pub holds: Option<bool>,
    /// The value for which it holds, or why that is not known.
    pub reason: Option<String>,
    /// The command to type next if it is not known.
    pub help: Option<String>,
}

/// A risk and its state.
#[derive(Clone, Debug, PartialEq)]
pub struct RiskProgress {
    /// The risk.
    pub risk: Risk,
    /// Its state.
    pub status: RiskStatus,
    /// The conditions of its trigger.
    pub triggers: Vec<TriggerState>,
    /// Why it is closed, or why its state is not known.
    pub reason: Option<String>,
    /// Whether the day of its review has come.
    pub is_review_due: bool,
}

/// The facts that risks are judged by.
pub struct RiskFacts<'a> {
    /// Judges gates on the current values.
    pub judge: &'a dyn Fn(&[Gate]) -> Judgement,
    /// Returns whether a workstream is complete.
    pub is_complete: &'a dyn Fn(&str) -> bool,
    /// Returns whether a milestone is done.
    pub is_done: &'a dyn Fn(&str) -> bool,
    /// `YYYY-MM-DD`.
    pub today: &'a str,
}

/// Returns the state of a risk.
pub fn risk(risk: &Risk, facts: &RiskFacts<'_>) -> RiskProgress {
    let triggers = triggers(&risk.trigger, facts);
    let (status, reason) = status(risk, &triggers, facts);
    let came = |day: &Option<String>| day.as_deref().is_some_and(|day| day <= facts.today);
    RiskProgress {
        risk: risk.clone(),
        status,
        triggers,
        reason,
        is_review_due: status != RiskStatus::Closed && came(&risk.review),
    }
}

/// Returns the risks with the greatest exposure first. Closed ones come last, and equal ones keep their order.
pub fn by_exposure(risks: &[RiskProgress]) -> Vec<&RiskProgress> {
    let mut sorted: Vec<&RiskProgress> = risks.iter().collect();
    sorted.sort_by_key(|one| {
        let is_closed = one.status == RiskStatus::Closed;
        (is_closed, std::cmp::Reverse(one.risk.exposure()))
    });
    sorted
}

fn triggers(gates: &[Gate], facts: &RiskFacts<'_>) -> Vec<TriggerState> {
    let mut states = Vec::new();
    for gate in gates {
        let judgement = (facts.judge)(std::slice::from_ref(gate));
        states.extend(judgement.gates.into_iter().map(|one| trigger(gate, one)));
    }
    states
}

fn trigger(gate: &Gate, judged: Judged) -> TriggerState {
    // `=` has no opposite: its gate is the condition itself.
    let is_condition = gate.require.op == Op::Equal;
    let holds = match judged.verdict {
        Verdict::NoVerdict => None,
        Verdict::Pass => Some(is_condition),
        Verdict::Fail | Verdict::Warn | Verdict::Waived => Some(!is_condition),
    };
    let text = match &judged.package {
        Some(package) => format!("{} {} of {package}", judged.title, judged.require),
        None => format!("{} {}", judged.title, judged.require),
    };
    let reason = match holds {
        None => Some(judged.reason),
        Some(true) => {
            let value = judged.reason.split(", required ").next();
            value.filter(|one| !one.is_empty()).map(str::to_owned)
        }
        Some(false) => None,
    };
    TriggerState {
        text,
        holds,
        reason,
        help: judged.help.filter(|_| holds.is_none()),
    }
}

fn status(
    risk: &Risk,
    triggers: &[TriggerState],
    facts: &RiskFacts<'_>,
) -> (RiskStatus, Option<String>) {
    let mut ends = Vec::new();
    if let Some(id) = &risk.workstream {
        ends.push(((facts.is_complete)(id), format!("{id} is complete")));
    }
    if let Some(id) = &risk.milestone {
        ends.push(((facts.is_done)(id), format!("{id} is done")));
    }
    if !ends.is_empty() && ends.iter().all(|(is_reached, _)| *is_reached) {
        let reasons: Vec<String> = ends.into_iter().map(|(_, reason)| reason).collect();
        return (RiskStatus::Closed, Some(reasons.join(", ")));
    }

    let closed = risk.closed.as_deref().filter(|day| *day <= facts.today);
    let is_active = triggers.iter().any(|one| one.holds == Some(true));
    match closed {
        Some(day) if is_active => {
            let reason = format!("closed on {day}, but its trigger holds");
            (RiskStatus::Active, Some(reason))
        }
        Some(day) => (RiskStatus::Closed, Some(format!("closed on {day}"))),
        None if is_active => (RiskStatus::Active, None),
        None if triggers.is_empty() => {
            let reason = "it has no trigger".to_owned();
            (RiskStatus::Unknown, Some(reason))
        }
        None => match triggers.iter().find(|one| one.holds.is_none()) {
            Some(unknown) => {
                let reason = unknown.reason.as_deref().unwrap_or_default();
                let reason = format!("{}: {reason}", unknown.text);
                (RiskStatus::Unknown, Some(reason))
            }
            None => (RiskStatus::Monitoring, None),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::{Condition, Operand, Strictness};
    use crate::risk::RiskLevel;

    fn gate(op: Op) -> Gate {
        Gate {
            id: "check.errors".into(),
            group: String::new(),
            metric: "check.errors".into(),
            package: None,
            require: Condition {
                op,
                operand: Operand::Number(0.0, None),
                text: "> 0".into(),
            },
            level: Strictness::Deny,
            file: "campaign.toml".into(),
            line: 1,
        }
    }

    fn sample(id: &str, probability: RiskLevel, impact: RiskLevel) -> Risk {
        Risk {
            id: id.into(),
            title: "Builds break".into(),
            probability,
            impact,
            owner: "ana".into(),
            mitigation: None,
            review: None,
            trigger: Vec::new(),
            workstream: None,
            milestone: None,
            closed: None,
        }
    }

    fn at(risk: &Risk, verdicts: &[Verdict]) -> RiskProgress {
        let mut verdicts = verdicts.to_vec();
        verdicts.reverse();
        let left = std::cell::RefCell::new(verdicts);
        let judge = |_: &[Gate]| Judgement {
            gates: vec![Judged {
                title: "compile errors".into(),
                require: "> 0".into(),
                verdict: left.borrow_mut().pop().unwrap_or(Verdict::NoVerdict),
                reason: "at least 3, required > 0; core was not measured".into(),
                ..Judged::undecided("check.errors", Strictness::Deny)
            }],
            ..Judgement::default()
        };
        self::risk(
            risk,
            &RiskFacts {
                judge: &judge,
                is_complete: &|id| id == "complete",
                is_done: &|id| id == "done",
                today: "2026-11-30",
            },
        )
    }

    /// The operators and verdicts of the gates, the workstream, the milestone, the day `closed`, and the status.
    #[test]
    fn risk_is_active_while_its_trigger_holds() {
        use Verdict::{Fail, NoVerdict, Pass};
        type Row<'a> = (
            &'a [(Op, Verdict)],
            Option<&'a str>,
            Option<&'a str>,
            Option<&'a str>,
            &'a str,
        );
        let holds = (Op::AtMost, Fail);
        let clear = (Op::AtMost, Pass);
        let unknown = (Op::AtMost, NoVerdict);
        let rows: [Row<'_>; 16] = [
            (&[], None, None, None, "not-known: it has no trigger"),
            (&[holds], None, None, None, "active"),
            (&[clear], None, None, None, "monitoring"),
            (&[(Op::Equal, Pass)], None, None, None, "active"),
            (&[(Op::Equal, Fail)], None, None, None, "monitoring"),
            (&[clear, holds], None, None, None, "active"),
            (&[unknown, holds], None, None, None, "active"),
            (
                &[clear, unknown],
                None,
                None,
                None,
                "not-known: compile errors > 0: at least 3, required > 0; core was not measured",
            ),
            (
                &[holds],
                Some("complete"),
                None,
                None,
                "closed: complete is complete",
            ),
            (&[holds], Some("open"), None, None, "active"),
            (&[clear], None, Some("done"), None, "closed: done is done"),
            (&[clear], Some("complete"), Some("open"), None, "monitoring"),
            (
                &[holds],
                Some("complete"),
                Some("done"),
                None,
                "closed: complete is complete, done is done",
            ),
            (
                &[clear],
                None,
                None,
                Some("2026-11-30"),
                "closed: closed on 2026-11-30",
            ),
            (
                &[holds],
                None,
                None,
                Some("2026-11-29"),
                "active: closed on 2026-11-29, but its trigger holds",
            ),
            (&[clear], None, None, Some("2026-12-01"), "monitoring"),
        ];
        for (gates, workstream, milestone, closed, expected) in rows {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            let risk = Risk {
                trigger: gates.iter().map(|(op, _)| gate(*op)).collect(),
                workstream: owned(workstream),
                milestone: owned(milestone),
                closed: owned(closed),
                ..sample("r", RiskLevel::High, RiskLevel::Low)
            };
            let verdicts: Vec<Verdict> = gates.iter().map(|(_, verdict)| *verdict).collect();
            let found = at(&risk, &verdicts);
            let status = found.status.key();
            let shown = match &found.reason {
                Some(reason) => format!("{status}: {reason}"),
                None => status.to_owned(),
            };
            assert_eq!(shown, expected);
        }
    }

    #[test]
    fn condition_that_holds_shows_its_value() {
        let risk = Risk {
            trigger: vec![gate(Op::AtMost)],
            ..sample("r", RiskLevel::Low, RiskLevel::Low)
        };
        let found = at(&risk, &[Verdict::Fail]).triggers.remove(0);
        assert_eq!(found.text, "compile errors > 0");
        assert_eq!(found.reason.as_deref(), Some("at least 3"));
    }

    #[test]
    fn review_is_due_from_its_day_on_unless_the_risk_is_closed() {
        for (review, closed, expected) in [
            (None, None, false),
            (Some("2026-12-01"), None, false),
            (Some("2026-11-30"), None, true),
            (Some("2026-11-29"), Some("2026-11-29"), false),
        ] {
            let risk = Risk {
                review: review.map(str::to_owned),
                closed: closed.map(str::to_owned),
                ..sample("r", RiskLevel::Low, RiskLevel::Low)
            };
            assert_eq!(at(&risk, &[]).is_review_due, expected, "{review:?}");
        }
    }

    #[test]
    fn greatest_exposure_comes_first_and_closed_risks_last() {
        use RiskLevel::{Critical, High, Low, Medium};
        let mut risks: Vec<RiskProgress> = [
            ("a", Low, Critical),
            ("b", High, Critical),
            ("c", Medium, Medium),
            ("d", High, High),
        ]
        .map(|(id, probability, impact)| at(&sample(id, probability, impact), &[]))
        .into();
        risks[1].status = RiskStatus::Closed;
        let order = by_exposure(&risks).into_iter();
        let order: Vec<(&str, u32)> = order
            .map(|one| (one.risk.id.as_str(), one.risk.exposure()))
            .collect();
        assert_eq!(order, [("d", 9), ("a", 4), ("c", 4), ("b", 12)]);
    }
}

//! What every release must show, whatever gates the campaign has: the code compiles and its tests pass.

use super::super::session::Session;
use super::super::standing::{Standing, gate_waivers, needed};
use crate::gate::{Condition, Gate, Op, Operand, Strictness};
use crate::judge;
use crate::judge::readiness::is_waived;
use crate::metric::Value;
use crate::plan::Collector;
use crate::run::{Judged, Verdict};

/// A metric that must be zero.
#[derive(Clone, Copy)]
pub(super) struct Minimum {
    /// Name of the check.
    check: &'static str,
    metric: &'static str,
    /// Shown beside a pass: how much was done.
    shows: &'static str,
}

pub(super) const COMPILES: Minimum = Minimum { check: "compiles", metric: "check.errors", shows: "check.errors" };
pub(super) const TESTS: Minimum = Minimum { check: "tests", metric: "test.failed", shows: "test.passed" };

impl Minimum {
    fn gate(self) -> Gate {
        Gate {
            id: self.metric.to_owned(),
            group: String::new(),
            metric: self.metric.to_owned(),
            package: None,
            require: Condition { op: Op::Equal, operand: Operand::Number(0.0, None), text: "= 0".to_owned() },
            level: Strictness::Deny,
            file: String::new(),
            line: 0,
        }
    }
}

/// The collectors to run for it. A check that is waived is not measured.
pub(super) fn collectors(session: &Session) -> Vec<Collector> {
    let (config, today) = (session.config(), session.today());
    let kept = [COMPILES, TESTS].into_iter().filter(|one| !is_waived(one.check, &config.waivers, &today));
    let gates: Vec<Gate> = kept.map(Minimum::gate).collect();
    needed(&gates, &config.catalogue).into_iter().collect()
}

/// Judges one part of it over the runs that `standing` is made of. A waiver of the campaign for the same metric counts.
pub(super) fn verdict(session: &Session, standing: &Standing, minimum: Minimum) -> Judged {
    let today = session.today();
    let judged = judge::judge(
        &[minimum.gate()],
        &gate_waivers(session.config()),
        session.catalogue(),
        &standing.evidence(&today),
    );
    let Some(mut judged) = judged.gates.into_iter().next() else { unreachable!("one gate gives one verdict") };
    if judged.verdict == Verdict::Pass {
        let shown = standing.head.snapshot.metrics.get(minimum.shows).map(|reading| &reading.value);
        let title = session.catalogue().get(minimum.shows).map_or("", |row| row.title.as_str());
        if let Some(Value::Measured(value)) = shown {
            judged.evidence.insert(0, format!("{title}: {value}"));
        }
    }
    judged
}

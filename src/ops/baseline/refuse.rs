//! Why a run must not be pinned without a reason: it is incomplete, fails gates, or is worse than the pinned one.

use anyhow::Result;

use super::{Candidate, command};
use crate::gate::{Gate, Operand, Reference};
use crate::judge;
use crate::metric::{Alike, Better, Catalogue, Value};
use crate::ops::evaluate::{Evaluation, gate_waivers};
use crate::ops::{Context, Exit, Stop, measure};
use crate::plan::Collector;
use crate::report::{
    Look,
    figure::{counted, figure},
};
use crate::run::{Judged, Run, StepStatus, Verdict, View};
use crate::snapshot::Provenance;
use crate::store::PinName;

/// Refuses to pin a run that is incomplete, fails gates, or is worse than the pinned one.
///
/// # Errors
/// Why it is refused, and the command that pins the run nevertheless.
pub(super) fn check(cx: &Context, name: PinName, candidate: &Candidate<'_>) -> Result<()> {
    let command = command(name);
    let from = &candidate.arguments;
    let accept = format!("cargo campaign {command}{from} --accept \"the reason\"");
    if !candidate.run.is_whole() {
        let stop = Stop::new(
            Exit::NoVerdict,
            format!(
                "refusing to pin an incomplete run: {}",
                flaws(candidate.run)
            ),
        );
        let stop = measure::fixes(candidate.run).take(1).fold(stop, Stop::help);
        return Err(stop
            .help(format!(
                "cargo campaign {command}{from} --accept \"the reason\" (pins it as it is)"
            ))
            .into());
    }
    if let Some(stop) = failing_gates(cx, name, candidate)? {
        return Err(stop.help(accept).into());
    }
    let Some(old) = cx.pinned(name)? else {
        return Ok(());
    };
    if let Some(apart) = judge::strangers(&old.view.provenance, &candidate.view.provenance) {
        let message = format!(
            "the pinned {command} is of another workspace: {}, not {}",
            apart.base, apart.head
        );
        return Err(Stop::new(Exit::NoVerdict, message).help(accept).into());
    }
    let worse = worse(cx, &old.view, &candidate.view);
    if worse.is_empty() {
        return Ok(());
    }
    let message = format!(
        "refusing to replace a better {command}: {}",
        worse.join(", ")
    );
    Err(Stop::new(Exit::Usage, message).help(accept).into())
}

/// Refuses to pin results of suites that were not run.
///
/// # Errors
/// If any suite was reused. Its recorded results may hide that it does not always pass.
pub(super) fn reused(name: PinName, run: &Run) -> Result<()> {
    let count = run.snapshot.reused.len();
    if count == 0 {
        return Ok(());
    }
    let message = format!(
        "refusing to pin results that were reused: {} of the run",
        counted(count, "test suite")
    );
    let stop = Stop::new(Exit::NoVerdict, message);
    let command = command(name);
    Err(stop.help(format!("cargo campaign {command}")).into())
}

/// Returns the error about gates that fail against the baseline. After pinning, the next `gate` would compare with the failure
/// and pass.
///
/// Gates with a bound of their own still fail after pinning, and a campaign may begin with them. They only stop `final`.
fn failing_gates(cx: &Context, name: PinName, candidate: &Candidate<'_>) -> Result<Option<Stop>> {
    let Some(baseline) = cx.pinned(PinName::Baseline)? else {
        return Ok(None);
    };
    let evaluation = Evaluation::against(cx, candidate.view.clone(), Some(baseline.view));
    let config = cx.config();
    let gates: Vec<Gate> = config
        .gates
        .iter()
        .filter(|gate| name == PinName::Final || is_relative(gate, &config.catalogue))
        .cloned()
        .collect();
    let judgement = judge::judge(
        &gates,
        &gate_waivers(config),
        &config.catalogue,
        &evaluation.evidence(&cx.today()),
    );
    let failing: Vec<String> = judgement
        .gates
        .iter()
        .filter(|gate| gate.verdict == Verdict::Fail)
        .map(failure)
        .collect();
    if failing.is_empty() {
        return Ok(None);
    }
    let noun = match failing.len() {
        1 => "a failing gate",
        _ => "failing gates",
    };
    let message = format!("refusing to pin over {noun}: {}", failing.join("; "));
    Ok(Some(Stop::new(Exit::Usage, message)))
}

/// Returns whether pinning moves the bound of a gate.
fn is_relative(gate: &Gate, catalogue: &Catalogue) -> bool {
    let rows = catalogue.matching(&gate.metric);
    rows.iter().any(|row| row.derived)
        || matches!(
            gate.require.operand,
            Operand::Reference(Reference::Baseline, _)
        )
}

/// `clippy.new 1, required = 0 (src/lib.rs:3:5 clippy::needless_return)`.
fn failure(gate: &Judged) -> String {
    const SHOWN: usize = 5;
    let Judged {
        id,
        reason,
        evidence,
        ..
    } = gate;
    let mut places = evidence.iter().take(SHOWN).cloned().collect::<Vec<_>>();
    if evidence.len() > SHOWN {
        places.push(format!("{} more", evidence.len() - SHOWN));
    }
    if places.is_empty() {
        format!("{id} {reason}")
    } else {
        format!("{id} {reason} ({})", places.join(", "))
    }
}

/// Returns why a run is incomplete. A reason that several steps share is given once.
fn flaws(run: &Run) -> String {
    let missing = run
        .plan
        .missing
        .iter()
        .map(|missing| (missing.collector.name(), missing.what.as_str()));
    // That the run was interrupted is added once, below.
    let steps = run
        .steps
        .iter()
        .filter(|step| !run.interrupted || step.status != StepStatus::Interrupted)
        .filter_map(|step| Some((step.ended.step.as_str(), step.status.flaw()?)));
    let mut shared: Vec<(Vec<&str>, &str)> = Vec::new();
    for (name, why) in missing.chain(steps) {
        match shared.iter_mut().find(|(_, known)| *known == why) {
            Some((names, _)) => names.push(name),
            None => shared.push((vec![name], why)),
        }
    }
    let mut flaws: Vec<String> = shared
        .iter()
        .map(|(names, why)| format!("{}: {why}", names.join(", ")))
        .collect();
    if run.torn {
        flaws.push(
            "the sources changed while they were measured, or git's index could not be read"
                .to_owned(),
        );
    }
    if run.interrupted {
        flaws.push("it was interrupted".to_owned());
    }
    flaws.join("; ")
}

/// Returns the exact values that would get worse, `clippy warnings 12 → 14`, and the collectors that would have none. Times vary by
/// themselves and are left out, as are metrics without a direction.
fn worse(cx: &Context, old: &View, new: &View) -> Vec<String> {
    let look = Look {
        width: 100,
        unicode: cx.options.look.unicode,
        color: false,
    };
    let lost = old
        .sources
        .keys()
        .filter(|collector| !new.sources.contains_key(collector));
    let lost: Vec<&str> = lost.map(Collector::name).collect();
    let lost = lost
        .into_iter()
        .chain(packages_left_out(&old.provenance, &new.provenance))
        .collect::<Vec<_>>();
    let mut worse = if lost.is_empty() {
        Vec::new()
    } else {
        vec![format!("this run has no values of {}", lost.join(", "))]
    };
    for (name, reading) in &old.snapshot.metrics {
        let Some(row) = cx.catalogue().get(name) else {
            continue;
        };
        let Some(now) = new.snapshot.metrics.get(name) else {
            continue;
        };
        let (Value::Measured(before), Value::Measured(after)) = (&reading.value, &now.value) else {
            continue;
        };
        let is_worse = match row.better {
            Better::Lower => after > before,
            Better::Higher => after < before,
            Better::None => false,
        };
        if is_worse && row.alike != Alike::Machine {
            worse.push(format!(
                "{} {} -> {}",
                row.title,
                figure(*before, &row.unit, look.signs()),
                figure(*after, &row.unit, look.signs())
            ));
        }
    }
    worse
}

/// Returns the packages of an old measurement that a new one does not select. A package that has left the workspace is not
/// left out by a selection.
fn packages_left_out<'a>(old: &'a Provenance, new: &Provenance) -> Vec<&'a str> {
    let measured = if old.scope.is_empty() {
        &old.members
    } else {
        &old.scope
    };
    measured
        .iter()
        .filter(|package| !new.scope.is_empty() && !new.scope.contains(package))
        .map(String::as_str)
        .collect()
}

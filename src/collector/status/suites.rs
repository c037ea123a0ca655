//! Determines the status of steps that run test and bench executables. Every suite must have a
//! complete result, and the failures must explain the exit status.

use std::collections::BTreeMap;

use super::{Background, ExitDetails, StepVerdict, compile, list, stderr};
use crate::collector::facts::{CompiledUnit, StepFacts};
use crate::event::{Harness, Outcome, Suite};
use crate::plan::Invocation;
use crate::run::StepStatus;
use crate::snapshot::{SuiteId, SuiteTarget};

/// A suite without a complete result.
pub(in crate::collector) struct IncompleteSuite {
    pub(in crate::collector) package: String,
    /// The reason, as the end of a sentence whose subject is the suite.
    pub(in crate::collector) reason: String,
    /// Whether the results could not be read, so that the suite may have succeeded.
    pub(in crate::collector) unreadable: bool,
}

/// Returns the suites without a complete result by id: those whose totals do not add up, and test
/// executables that cargo built and that gave no result.
pub(in crate::collector) fn incomplete(facts: &StepFacts) -> BTreeMap<String, IncompleteSuite> {
    let mut incomplete = BTreeMap::new();
    for suite in &facts.suites {
        if let Some(reason) = &suite.incomplete {
            let id = SuiteId::new(&suite.package, &suite.target_kind, &suite.target).to_string();
            let (package, reason, unreadable) =
                (suite.package.clone(), reason.clone(), suite.unreadable);
            incomplete.insert(
                id,
                IncompleteSuite {
                    package,
                    reason,
                    unreadable,
                },
            );
        }
    }
    // After a failed build, cargo runs no test executable.
    let is_run = facts.finished == Some(true);
    let silent = facts
        .built
        .iter()
        .filter(|unit| is_run && unit.test && unit.executable && !has_suite(facts, unit));
    for unit in silent {
        let id = SuiteId::new(&unit.package, &unit.kind, &unit.target).to_string();
        let reason = SILENT.into();
        incomplete.insert(
            id,
            IncompleteSuite {
                package: unit.package.clone(),
                reason,
                unreadable: false,
            },
        );
    }
    incomplete
}

/// Returns whether a suite of the unit's target has arrived.
fn has_suite(facts: &StepFacts, unit: &CompiledUnit) -> bool {
    facts.suites.iter().any(|suite| {
        suite.target == unit.target
            && SuiteId::new(&suite.package, &suite.target_kind, &suite.target)
                == SuiteId::new(&unit.package, &unit.kind, &unit.target)
    })
}

/// Returns the status of `cargo test` after a successful build.
pub(super) fn tests(
    facts: &StepFacts,
    exit: &ExitDetails<'_>,
    background: &Background<'_>,
) -> StepVerdict {
    let incomplete = incomplete(facts);
    let sure = facts
        .suites
        .iter()
        .filter(|s| s.exit != 0 || s.harness != Harness::Opaque && has_failed(s))
        .count();
    if exit.code == 0 && sure > 0 {
        return contradiction(sure, "suites failed");
    }
    let explained =
        !incomplete.is_empty() || facts.suites.iter().any(|s| s.exit != 0 || has_failed(s));
    if exit.code != 0 && !explained {
        return Err(StepStatus::Failed(stderr::unexplained(
            "cargo",
            exit.code,
            exit.stderr,
        )));
    }
    match whole_but(&incomplete, facts.suites.len()) {
        StepStatus::Whole => compile::proven(facts, background),
        partial => Ok(partial),
    }
}

/// Returns the status of nextest. It exits with 100 if tests failed and with 4 if none were run,
/// which `evidence` judges; any other status is explained on stderr only.
pub(super) fn nextest(facts: &StepFacts, exit: &ExitDetails<'_>) -> StepVerdict {
    let failed = facts.suites.iter().filter(|s| has_failed(s)).count();
    let incomplete = incomplete(facts);
    match exit.code {
        0 | 4 if failed > 0 => contradiction(failed, "suites failed"),
        0 | 4 => Ok(whole_but(&incomplete, facts.suites.len())),
        100 if failed > 0 || !incomplete.is_empty() => {
            Ok(whole_but(&incomplete, facts.suites.len()))
        }
        code => {
            let said = stderr::said(exit.stderr);
            let reason = if said.starts_with("could not compile") {
                format!("the tests did not compile: {said}")
            } else if let Some(cause) = stderr::cause(exit.stderr) {
                format!("nextest exited with {code}: {said}: {cause}")
            } else {
                stderr::unexplained("nextest", code, exit.stderr)
            };
            Err(StepStatus::Failed(reason))
        }
    }
}

/// Returns the status of `cargo bench` after a successful build. A bench target with an unknown
/// harness is not counted and does not make the others incomplete.
pub(super) fn benches(facts: &StepFacts, exit: &ExitDetails<'_>) -> StepVerdict {
    let failed = facts.suites.iter().filter(|s| s.exit != 0).count();
    if exit.code == 0 && failed > 0 {
        return contradiction(failed, "benches failed");
    }
    let unfinished: Vec<String> = unfinished_benches(facts)
        .map(|(_, reason)| reason)
        .collect();
    if !unfinished.is_empty() {
        return Ok(StepStatus::Partial(list(
            unfinished.iter().map(String::as_str),
        )));
    }
    if exit.code != 0 {
        return Err(StepStatus::Failed(stderr::unexplained(
            "cargo",
            exit.code,
            exit.stderr,
        )));
    }
    let silent: Vec<String> = silent_benches(facts)
        .map(|unit| SuiteId::new(&unit.package, &unit.kind, &unit.target).to_string())
        .collect();
    if silent.is_empty() {
        return Ok(StepStatus::Whole);
    }
    let names = list(silent.iter().map(String::as_str));
    Ok(StepStatus::Partial(format!("{SILENT}: {names}")))
}

/// Returns the bench targets whose values may be incomplete, each with the reason
/// (`a bench:speed exited with 3`).
///
/// A target of an unknown harness that succeeded without a value in a known format has nothing that
/// could be incomplete; see [`uncounted_benches`].
pub(in crate::collector) fn unfinished_benches(
    facts: &StepFacts,
) -> impl Iterator<Item = (&Suite, String)> {
    let unfinished = facts
        .suites
        .iter()
        .filter(|suite| is_unfinished(facts, suite));
    unfinished.map(|suite| {
        let id = SuiteId::new(&suite.package, &suite.target_kind, &suite.target).to_string();
        let reason = suite
            .incomplete
            .clone()
            .unwrap_or_else(|| format!("exited with {}", suite.exit));
        (suite, format!("{id} {reason}"))
    })
}

fn is_unfinished(facts: &StepFacts, suite: &Suite) -> bool {
    let is_read =
        suite.harness == Harness::Libtest || has_value(facts, &suite.package, &suite.target);
    suite.exit != 0 || (suite.incomplete.is_some() && is_read)
}

/// Returns whether a benchmark of the target has a value.
fn has_value(facts: &StepFacts, package: &str, target: &str) -> bool {
    facts
        .benches
        .iter()
        .any(|bench| bench.package == package && bench.target == target)
}

/// Why a target that did not run has no values.
pub(in crate::collector) const SILENT: &str = "built, but gave no result";

/// Returns the bench targets that were built and gave no result.
pub(in crate::collector) fn silent_benches(
    facts: &StepFacts,
) -> impl Iterator<Item = &CompiledUnit> {
    let benches = facts.built.iter();
    let benches = benches.filter(|unit| unit.kind == "bench" && unit.executable);
    benches.filter(|unit| {
        let mut suites = facts.suites.iter();
        !has_value(facts, &unit.package, &unit.target)
            && !suites.any(|s| s.package == unit.package && s.target == unit.target)
    })
}

/// Returns the bench targets that succeeded without a value in a known format. Those of libtest may
/// hold no benchmark.
pub(in crate::collector) fn uncounted_benches(facts: &StepFacts) -> Vec<String> {
    let uncounted = facts.suites.iter().filter(|s| {
        s.harness == Harness::Opaque && s.exit == 0 && !has_value(facts, &s.package, &s.target)
    });
    uncounted
        .map(|s| SuiteId::new(&s.package, &s.target_kind, &s.target).to_string())
        .collect()
}

/// Returns whether a case of the suite failed.
fn has_failed(suite: &Suite) -> bool {
    suite.cases.iter().any(|c| c.outcome == Outcome::Failed)
}

fn contradiction(count: usize, what: &str) -> StepVerdict {
    Err(StepStatus::Failed(format!(
        "stream contradicts the exit status: {count} {what}, and cargo exited with 0"
    )))
}

/// Returns the suite that a message names. One with a name is preferred to that of all doctests.
fn first(incomplete: &BTreeMap<String, IncompleteSuite>) -> Option<(&String, &IncompleteSuite)> {
    let named = incomplete.iter().find(|(_, gap)| !gap.package.is_empty());
    named.or_else(|| incomplete.first_key_value())
}

/// Returns the command that runs the first suite without a complete result alone. Its output shows why
/// there is none.
pub(super) fn rerun(command: &Invocation, facts: &StepFacts) -> Option<String> {
    let incomplete = incomplete(facts);
    let (id, _) = first(&incomplete)?;
    let suite = SuiteId::parse(id);
    // Nextest names no suite if it ran none.
    let is_known = !suite.package.is_empty() || suite.target == SuiteTarget::Doc;
    is_known.then(|| of_suite(command, suite.target).by_hand())
}

/// Returns a command that runs tests, for one suite of them.
pub(crate) fn of_suite(command: &Invocation, suite: SuiteTarget<'_>) -> Invocation {
    let (cargo, harness) = command.split_args();
    let mut cargo = cargo.to_vec();
    // Cargo combines the selected targets but refuses others together with `--doc`.
    if !cargo.iter().any(|arg| selects_targets(arg)) {
        match suite {
            SuiteTarget::Lib => cargo.push("--lib".to_owned()),
            SuiteTarget::Doc => cargo.push("--doc".to_owned()),
            SuiteTarget::Named { kind, name } => {
                cargo.extend([format!("--{kind}"), name.to_owned()]);
            }
        }
    }
    command.with_args(cargo, harness.to_vec())
}

/// Returns whether an argument of cargo selects targets.
fn selects_targets(arg: &str) -> bool {
    let option = arg.split('=').next().unwrap_or(arg);
    [
        "--all-targets",
        "--bench",
        "--benches",
        "--bin",
        "--bins",
        "--doc",
        "--example",
        "--examples",
        "--lib",
        "--test",
        "--tests",
    ]
    .contains(&option)
}

/// Returns a complete status unless suites are incomplete.
fn whole_but(incomplete: &BTreeMap<String, IncompleteSuite>, suites: usize) -> StepStatus {
    let Some((first, gap)) = first(incomplete) else {
        return StepStatus::Whole;
    };
    let of = suites.max(incomplete.len());
    if gap.package.is_empty() && suites > 1 {
        return StepStatus::Partial(gap.reason.clone());
    }
    if gap.package.is_empty() {
        // Nextest names no suite if it ran none.
        return StepStatus::Partial(format!("no suite gave a whole result: {}", gap.reason));
    }
    let mut text = format!(
        "{} of {of} suites gave no whole result: {first} ({})",
        incomplete.len(),
        gap.reason
    );
    if incomplete.len() > 1 {
        let others = incomplete.keys().filter(|id| *id != first);
        text.push_str(&format!(", {}", list(others.map(|id| id.trim_start()))));
    }
    StepStatus::Partial(text)
}

//! Whether a step that ended well did anything at all. Nothing done is not zero: without a test, a compiled unit or a
//! formatted file there are no figures, unless the configuration says that it may be so (`allow-empty`).

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::Seen;
use super::facts::Facts;
use super::status::suites::uncounted_benches;
use crate::event::Outcome;
use crate::plan::Collector;
use crate::run::StepStatus;

/// Takes its figures from each collector that did nothing and may not.
pub(super) fn demand(steps: &mut [Seen], allow_empty: &BTreeSet<Collector>) {
    for collector in Collector::BUILT_IN
        .iter()
        .filter(|collector| !allow_empty.contains(*collector))
    {
        let own = || {
            steps
                .iter()
                .filter(|seen| seen.step.serves.first() == Some(collector))
        };
        let whole = own().all(|seen| seen.status.is_whole());
        let Some(reason) = nothing(
            collector,
            &own().map(|seen| &seen.facts).collect::<Vec<_>>(),
        )
        .filter(|_| whole) else {
            continue;
        };
        for seen in steps
            .iter_mut()
            .filter(|seen| seen.step.serves.first() == Some(collector))
        {
            seen.status = StepStatus::Broken(reason.clone());
            seen.mend = Some(format!(
                "allow-empty = true in [collect.{collector}] if that is as it should be"
            ));
        }
    }
}

/// Returns why the steps of a collector have done nothing; `None` when they have done something, or there are none.
fn nothing(collector: &Collector, steps: &[&Facts]) -> Option<String> {
    if steps.is_empty() {
        return None;
    }
    match collector {
        Collector::Check | Collector::Clippy | Collector::Build if !compiled(steps) => {
            Some("there was nothing to compile".to_owned())
        }
        Collector::Doc if !compiled(steps) => Some("there was nothing to document".to_owned()),
        Collector::Test => no_test_ran(steps),
        Collector::Bench if steps.iter().all(|facts| facts.benches.is_empty()) => {
            Some(no_benchmark(steps))
        }
        Collector::Fmt
            if steps
                .iter()
                .all(|facts| facts.formatted == 0 && facts.unformatted.is_empty()) =>
        {
            Some("rustfmt read no file".to_owned())
        }
        _ => None,
    }
}

/// A unit of a member arrived that is not its build script.
fn compiled(steps: &[&Facts]) -> bool {
    steps
        .iter()
        .flat_map(|facts| &facts.built)
        .any(|unit| unit.kind != "custom-build")
}

/// Returns why there is no value of a benchmark.
fn no_benchmark(steps: &[&Facts]) -> String {
    let uncounted: BTreeSet<String> = steps
        .iter()
        .flat_map(|facts| uncounted_benches(facts))
        .collect();
    if uncounted.is_empty() {
        return "no benchmarks were found".to_owned();
    }
    let names: Vec<&str> = uncounted.iter().map(String::as_str).collect();
    format!(
        "no benchmark printed its times in a known format: {}",
        names.join(", ")
    )
}

/// Returns why no test ran; `None` when one did.
fn no_test_ran(steps: &[&Facts]) -> Option<String> {
    let suites = || steps.iter().flat_map(|facts| &facts.suites);
    let cases = || suites().flat_map(|suite| &suite.cases);
    if cases().any(|case| case.outcome != Outcome::Ignored) {
        return None;
    }
    let filtered: u64 = suites().map(|suite| u64::from(suite.filtered)).sum();
    Some(match (cases().count(), filtered) {
        (0, 0) => "no tests were found".to_owned(),
        (0, filtered) => format!("all {filtered} tests were filtered out by the arguments"),
        (ignored, 0) => format!("all {ignored} tests are ignored"),
        (ignored, filtered) => {
            format!(
                "no test ran: {ignored} are ignored, {filtered} were filtered out by the arguments"
            )
        }
    })
}

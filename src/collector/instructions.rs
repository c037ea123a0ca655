//! `instructions`: the instructions that programs of the workspace execute, counted by Valgrind.
//!
//! The counts of the same executable hardly differ between runs, however busy the machine is. Only
//! the process that was started counts: a process that it forks begins with the count of its parent,
//! so that a sum would count those instructions twice, and programs that it starts are not traced.

use super::command::StepContext;
use super::covered::RequiredUnits;
use super::definition::{Definition, Influence, ProfileChoice, Remedy, Tool, ToolProgram};
use super::folded::Folded;
use super::metric::{Family, Metric};
use super::sampled::{self, Sampled};
use super::standing::{finite, without};
use super::summary::{StepSummary, Term, terms};
use super::time::median;
use crate::metric::{Alike, Reading, Spread, Unit};
use crate::plan::{Collector, Invocation, Step};
use crate::snapshot::Snapshot;

const COUNT: Metric = Metric {
    name: "instructions.*.count",
    title: "instructions",
    unit: &Unit::Count,
    per_package: false,
    alike: Alike::Machine,
    family: Some(Family::Command),
    ..Metric::COUNT
};

pub(super) static DEFINITION: Definition = Definition {
    name: "instructions",
    metrics: &[
        COUNT,
        Metric {
            name: "instructions.time",
            title: "time to count instructions",
            ..Metric::TIME
        },
    ],
    alike: Alike::Machine,
    influences: &[
        Influence::Toolchain,
        Influence::Cargo,
        Influence::TestHarness,
    ],
    settings: &sampled::SETTINGS,
    repeats: Some(sampled::SAMPLES),
    refused_args: &sampled::REFUSED_ARGS,
    profile: ProfileChoice::SelectedOr("release"),
    tools: &[TOOL],
    turn: 6,
    timeout: 60,
    obstacle: sampled::obstacle,
    steps,
    required_units: RequiredUnits::WithoutTests,
    doubt: sampled::doubt,
    fold,
    summary,
    remedy: Remedy::Rerun(Invocation::clone),
    suits: |_| false,
    ..Definition::BUILD
};

const TOOL: Tool = Tool {
    name: "valgrind",
    component: "valgrind",
    program: ToolProgram::Program {
        name: "valgrind",
        oldest: (3, 15),
    },
    install: "sudo apt-get install valgrind",
    is_needed: |_| true,
};

fn steps(context: &StepContext<'_>, collector: &Collector) -> Vec<Step> {
    match &context.request.counter {
        Some(counter) => sampled::steps(context, collector, Some(counter)),
        None => Vec::new(),
    }
}

/// Adds the count of each command.
fn fold(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    for one in Sampled::all(folded, collector) {
        let name = COUNT.name.replace('*', one.name);
        snapshot.metrics.insert(name, reading(&one));
    }
}

/// Returns the median. Counts of different versions of Valgrind are not compared.
fn reading(one: &Sampled<'_>) -> Reading {
    let samples = match one.samples() {
        Ok(samples) => samples,
        Err(reason) => return without(reason),
    };
    let counter = one.sampling.counter.as_ref();
    Reading {
        spread: Some(Spread {
            samples: samples.clone(),
            subject: counter.map(|counter| counter.version.clone()),
            ..Spread::default()
        }),
        ..finite(median(&samples).round())
    }
}

fn summary(summary: &StepSummary<'_>) -> Vec<Term> {
    let name = summary.step.sampling.as_ref().map(|one| &one.name);
    let count = name.and_then(|name| summary.value(&COUNT.name.replace('*', name)));
    terms([
        name.map(|name| Term::Text(name.clone())),
        count.map(|count| Term::Noun(count, "instruction")),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::Fold;
    use super::super::sampled::tests::{measured, unmeasured};
    use super::super::tests::{events, plan, workspace};
    use crate::metric::Value;

    /// Returns the value of the command, or why it has none, and the subject.
    fn folded(found: crate::event::Event) -> (Result<f64, String>, Option<String>) {
        let script = "start instructions-start\nunit a bin app exe\nfinished true\nend 0";
        let mut all = events(script);
        let end = all.pop();
        all.push(found);
        all.extend(end);
        let workspace = workspace(&["a"]);
        let plan = plan("instructions-start: instructions");
        let mut fold = Fold::new(&plan, &workspace, &[].into());
        all.iter().for_each(|event| fold.event(event));
        let mut snapshot = fold.finish().0;
        let reading = snapshot.metrics.remove("instructions.start.count").unwrap();
        let subject = reading.spread.and_then(|spread| spread.subject);
        match reading.value {
            Value::Measured(value) => (Ok(value), subject),
            Value::Unavailable(why) => (Err(why.reason), subject),
        }
    }

    #[test]
    fn count_is_the_median_of_one_version_of_the_tool() {
        let version = Some("valgrind-3.19.0".to_owned());
        let found = folded(measured(&[1000, 1002, 1001], &[]));
        assert_eq!(found, (Ok(1001.0), version));
    }

    #[test]
    fn program_that_was_not_counted_has_no_value_with_the_reason() {
        for (event, reason) in [
            (
                unmeasured("valgrind-3.19.0 wrote no count"),
                "valgrind-3.19.0 wrote no count",
            ),
            (measured(&[1000, 1000], &[]), "a sample is missing"),
        ] {
            assert_eq!(folded(event), (Err(reason.to_owned()), None));
        }
    }
}

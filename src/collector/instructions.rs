//! `instructions`: the instructions that programs of the workspace execute, counted by Valgrind.
//!
//! The counts of the same executable hardly differ between runs, however busy the machine is. Only
//! the process that was started counts: a process that it forks begins with the count of its parent,
//! so that a sum would count those instructions twice, and programs that it starts are not traced.

use super::command::{StepContext, step};
use super::covered::RequiredUnits;
use super::definition::{Definition, Influence, ProfileChoice, Remedy, Tool, ToolProgram};
use super::evidence::nothing_compiled;
use super::facts::StepFacts;
use super::folded::Folded;
use super::metric::{Family, Metric};
use super::sampled::{self, Sampled};
use super::seen::Seen;
use super::settings::{Setting, SettingKind};
use super::standing::{finite, without};
use super::summary::{StepSummary, Term, terms};
use super::time::median;
use crate::metric::{Alike, Reading, Spread, Unavailable, Unit};
use crate::plan::{Action, Collector, FileSet, Invocation, Step};
use crate::snapshot::Snapshot;

/// The setting with the directories of summaries.
const SUMMARIES: &str = "summaries";

/// The command that writes them again.
const RERUN: &str = "GUNGRAUN_SAVE_SUMMARY=json cargo bench";

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
    settings: &[
        sampled::SETTINGS[0],
        sampled::SETTINGS[1],
        Setting {
            key: SUMMARIES,
            kind: SettingKind::Paths,
            doc: "directories with summaries of gungraun, such as `target/gungraun`, to read as well",
            decides: Some(SUMMARIES),
        },
    ],
    untimed: &[Step::SUMMARIES],
    repeats: Some(sampled::SAMPLES),
    refused_args: &sampled::REFUSED_ARGS,
    profile: ProfileChoice::SelectedOr("release"),
    tools: &[TOOL],
    turn: 6,
    timeout: 60,
    obstacle: |request, collector| {
        let settings = request.settings_of(collector);
        let reads = !settings.texts(SUMMARIES).is_empty();
        sampled::obstacle(request, collector).filter(|_| !reads)
    },
    idle,
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
    is_needed: |settings| {
        settings.texts(SUMMARIES).is_empty() || !settings.commands(sampled::COMMANDS).is_empty()
    },
};

fn steps(context: &StepContext<'_>, collector: &Collector) -> Vec<Step> {
    let mut steps = match &context.request.counter {
        Some(counter) => sampled::steps(context, collector, Some(counter)),
        None => Vec::new(),
    };
    let settings = context.request.settings_of(collector);
    if let paths @ [_, ..] = settings.texts(SUMMARIES) {
        let files = Action::Read(FileSet {
            paths: paths.to_vec(),
            ..FileSet::default()
        });
        let verb = ("Importing", "Imported");
        steps.push(step(context, Step::SUMMARIES, verb, collector, files));
    }
    steps
}

/// Returns why the steps counted nothing. Summaries need no build.
fn idle(steps: &[&StepFacts]) -> Option<String> {
    // One that is out of date is a result of its own.
    let is_idle = |facts: &&StepFacts| facts.counted.is_empty() && facts.problems.is_empty();
    match steps.iter().all(is_idle) {
        true => nothing_compiled(steps),
        false => None,
    }
}

/// Adds the count of each command.
fn fold(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    for one in Sampled::all(folded, collector) {
        let name = COUNT.name.replace('*', one.name);
        snapshot.metrics.insert(name, reading(&one));
    }
    if let Some(seen) = folded.step(Step::SUMMARIES) {
        read_summaries(seen, snapshot);
    }
}

/// Adds the counts of summaries, and the reason of each that does not count.
fn read_summaries(seen: &Seen, snapshot: &mut Snapshot) {
    let counted = seen.facts.counted.iter().flat_map(|file| &file.counts);
    let names = counted.filter_map(|(counted, count)| {
        let (tool, name) = counted.split_once(' ')?;
        let reading = Reading {
            spread: Some(Spread {
                samples: vec![*count as f64],
                subject: Some(format!("gungraun, {tool}")),
                ..Spread::default()
            }),
            ..finite(*count as f64)
        };
        Some((name, reading))
    });
    let problems = seen.facts.problems.iter();
    let problems = problems.map(|problem| {
        let reading = without(Unavailable {
            reason: problem.message.clone(),
            fix: Some(RERUN.to_owned()),
            ..Unavailable::default()
        });
        (problem.text.as_str(), reading)
    });
    for (name, reading) in names.chain(problems) {
        snapshot
            .metrics
            .insert(COUNT.name.replace('*', name), reading);
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
    if summary.step.id == Step::SUMMARIES {
        let count = summary.measured(&COUNT) as f64;
        return terms([Some(Term::Noun(count, "benchmark"))]);
    }
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

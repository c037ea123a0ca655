//! The steps of commands whose exit status is the value, such as those that show objectives.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::command::{StepContext, step};
use super::folded::Folded;
use super::request::CustomCollector;
use super::standing::{absent, finite};
use super::summary::{StepSummary, Term};
use crate::event::Ending;
use crate::metric::Reading;
use crate::plan::{Action, Collector, Invocation, Step, Stream};

/// The setting of a step with the metric that is its exit status.
const METRIC: &str = "exit-status";

/// Returns a command of a custom collector. A program with a path separator is relative to the root.
pub(super) fn command(context: &StepContext<'_>, words: &[String]) -> Option<Action> {
    let (program, args) = words.split_first()?;
    let program = if program.contains(['/', '\\']) {
        // From which directory a relative program is found depends on the platform.
        context.root.join(program)
    } else {
        PathBuf::from(program)
    };
    Some(Action::Command(Invocation {
        program,
        args: args.to_vec(),
        env: BTreeMap::new(),
        cwd: context.root.to_owned(),
        stream: Stream::Text,
    }))
}

/// Returns a step for each command whose exit status is a value.
pub(super) fn steps(
    context: &StepContext<'_>,
    collector: &Collector,
    custom: &CustomCollector,
) -> Vec<Step> {
    let mut steps = Vec::new();
    for (metric, words) in &custom.checks {
        let Some(action) = command(context, words) else {
            continue;
        };
        let verbs = ("Checking", "Checked");
        let mut step = step(context, metric, verbs, collector, action)
            .with_setting(METRIC, std::slice::from_ref(metric));
        step.timeout = custom.timeout.or(step.timeout);
        steps.push(step);
    }
    steps
}

/// Returns the metric that is the exit status of a step.
pub(super) fn metric(step: &Step) -> Option<&str> {
    step.setting(METRIC).first().map(String::as_str)
}

/// Returns the exit status of the step with this metric, or why there is none. `None` if no step has the metric.
pub(super) fn reading(folded: &Folded, collector: &Collector, name: &str) -> Option<Reading> {
    let mut steps = folded.steps_of(collector);
    let seen = steps.find(|seen| metric(&seen.step) == Some(name))?;
    Some(match (&seen.ended.ending, seen.status.flaw()) {
        (Ending::Exited(code), None) => finite(f64::from(*code)),
        (_, flaw) => absent(flaw.unwrap_or("it did not exit")),
    })
}

/// Returns the metric with its value, if the step has one.
pub(super) fn summary(summary: &StepSummary<'_>) -> Option<Vec<Term>> {
    let metric = metric(summary.step)?;
    let value = summary.value(metric)?;
    Some(vec![Term::Metric(metric.to_owned(), value)])
}

//! Reading a transcript as if it happened again, without starting anything.
//!
//! Gives the events that were given then, in the same order, without [`Event::Progress`]; folding them gives the same
//! snapshot. Uses the code that reads a running step (`reading`).

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::reading::Reading;
use super::suites::{Purpose, Suites};
use super::transcript::{Facts, stem, with};
use crate::event::{Ending, Event};
use crate::plan::{Action, Collector, Invocation, Plan, Step, Stream};
use crate::store;
use crate::test_runner::record;
use crate::workspace::Workspace;

/// Gives the events of a plan that was driven with `logs` as the folder for transcripts. `figures` as it was then, see
/// [`super::Drive::figures`].
///
/// # Errors
/// When a step's transcript is missing, was cut or cannot be read. Steps after an interrupted one may be missing.
pub fn replay(
    logs: &Path,
    plan: &Plan,
    workspace: &Workspace,
    figures: &BTreeMap<String, Vec<String>>,
    sink: &mut dyn FnMut(&Event),
) -> Result<()> {
    let mut interrupted = false;
    for step in &plan.steps {
        let stem = stem(logs, &step.id);
        let Some(facts) = record::read::<Facts>(&with(&stem, "ended")) else {
            // The user may have stopped between two steps as well: then this is the first of those that never began.
            if interrupted || !with(&stem, "stdout").exists() {
                break;
            }
            bail!("the transcript of step {} has no end", step.id);
        };
        if facts.cut {
            bail!("the transcript of step {} was cut", step.id);
        }
        interrupted = facts.ended.ending == Ending::Interrupted;
        sink(&Event::Started {
            step: step.id.clone(),
        });
        let replayed = match &step.action {
            Action::Scan | Action::Lint(_) => events(&stem, sink),
            Action::Command(invocation) => {
                command(step, invocation, &stem, &facts, workspace, figures, sink)
            }
        };
        replayed.with_context(|| format!("could not read the transcript of step {}", step.id))?;
        sink(&Event::Ended(facts.ended));
    }
    Ok(())
}

fn command(
    step: &Step,
    invocation: &Invocation,
    stem: &Path,
    facts: &Facts,
    workspace: &Workspace,
    figures: &BTreeMap<String, Vec<String>>,
    sink: &mut dyn FnMut(&Event),
) -> Result<()> {
    let own = step
        .serves
        .iter()
        .find(|collector| matches!(collector, Collector::Own(_)));
    let names = own
        .and_then(|own| figures.get(own.name()))
        .map_or(&[][..], Vec::as_slice);
    let suites = match invocation.stream {
        Stream::CargoTest => Some(Suites::new(stem, Purpose::Test)),
        Stream::CargoBench => Some(Suites::new(stem, Purpose::Bench(None))),
        _ => None,
    };
    let mut reading = Reading::new(&invocation.stream, workspace, names, suites);
    for line in BufReader::new(File::open(with(stem, "stdout"))?).split(b'\n') {
        reading.line(&line?, &mut |event| sink(&event));
    }
    reading.poll(&mut |event| sink(&event));
    events(stem, sink)?;
    let stderr = store::read_text(&with(stem, "stderr"))?;
    reading.finish(&stderr, &facts.ended.ending, &mut |event| sink(&event));
    Ok(())
}

/// What was read from files of the workspace.
fn events(stem: &Path, sink: &mut dyn FnMut(&Event)) -> Result<()> {
    for line in BufReader::new(File::open(with(stem, "events"))?).lines() {
        sink(&serde_json::from_str(&line?)?);
    }
    Ok(())
}

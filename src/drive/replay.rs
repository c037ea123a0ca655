//! Reads transcripts as if the steps ran again, without starting a process.
//!
//! The events and their order are the same, except for [`Event::Progress`], so collecting them
//! gives the same snapshot. The lines are read by the same code as those of a running step
//! (`reading`).

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::copied;
use super::reading::StreamReader;
use super::suites::{Purpose, Suites};
use super::transcript::{StepOutcome, stem, with};
use crate::event::{Ending, Event};
use crate::plan::{Action, Invocation, Plan, Step, Stream};
use crate::store;
use crate::test_runner::record;
use crate::workspace::Workspace;

/// Passes on the events of a plan that was executed with `logs` as the directory for transcripts.
///
/// # Errors
/// If the transcript of a step is missing, incomplete or cannot be read. Transcripts after an
/// interrupted step may be missing.
pub fn replay(
    logs: &Path,
    plan: &Plan,
    workspace: &Workspace,
    sink: &mut dyn FnMut(&Event),
) -> Result<()> {
    let mut interrupted = false;
    for step in &plan.steps {
        let stem = stem(logs, &step.id);
        let Some(outcome) = record::read::<StepOutcome>(&with(&stem, "ended")) else {
            // The user may have stopped the run between two steps as well. Then this is the first
            // step that was not started.
            if interrupted || !with(&stem, "stdout").exists() {
                break;
            }
            bail!("the transcript of step {} has no end", step.id);
        };
        if outcome.cut {
            bail!("the transcript of step {} was cut", step.id);
        }
        interrupted = outcome.ended.ending == Ending::Interrupted;
        sink(&Event::Started {
            step: step.id.clone(),
        });
        let replayed = match &step.action {
            Action::Scan | Action::Read(_) | Action::Lint(_) => events(&stem, sink),
            Action::Command(invocation) => {
                let copied = step.copy.as_ref().map(|_| copied::description(workspace));
                let workspace = copied.as_ref().unwrap_or(workspace);
                command(step, invocation, &stem, &outcome, workspace, sink)
            }
        };
        replayed.with_context(|| format!("could not read the transcript of step {}", step.id))?;
        sink(&Event::Ended(outcome.ended));
    }
    Ok(())
}

fn command(
    step: &Step,
    invocation: &Invocation,
    stem: &Path,
    outcome: &StepOutcome,
    workspace: &Workspace,
    sink: &mut dyn FnMut(&Event),
) -> Result<()> {
    let suites = match invocation.stream {
        Stream::CargoTest => Some(Suites::new(stem, Purpose::Test, &invocation.args)),
        Stream::CargoBench => {
            let purpose = Purpose::Bench(None);
            Some(Suites::new(stem, purpose, &invocation.args))
        }
        _ => None,
    };
    let suites = suites.map(|suites| suites.with_targets(workspace));
    let mut reader = StreamReader::new(step, invocation, workspace, suites);
    for line in BufReader::new(File::open(with(stem, "stdout"))?).split(b'\n') {
        reader.line(&line?, &mut |event| sink(&event));
    }
    // The rest has the order in which a running step reports its end.
    reader.poll(&mut |event| sink(&event));
    events(stem, sink)?;
    let stderr = store::read_text(&with(stem, "stderr"))?;
    reader.finish(&stderr, &outcome.ended.ending, &mut |event| sink(&event));
    Ok(())
}

/// Passes on the events that were read from files of the workspace.
fn events(stem: &Path, sink: &mut dyn FnMut(&Event)) -> Result<()> {
    for line in BufReader::new(File::open(with(stem, "events"))?).lines() {
        sink(&serde_json::from_str(&line?)?);
    }
    Ok(())
}

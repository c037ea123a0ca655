//! Checks that successful steps did any work.
//!
//! A collector that ran no test, compiled no unit or read no file has no value, because a step that
//! did nothing proves nothing. With `allow-empty` in the configuration it counts as zero.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::ALL;
use super::facts::StepFacts;
use super::folded::Folded;
use super::seen::Seen;
use super::standing::Standing;
use crate::event::{Cause, FileCounts};
use crate::plan::Collector;
use crate::run::StepStatus;

/// Marks the steps of collectors that did no work as broken, unless their configuration allows it.
pub(super) fn demand(steps: &mut [Seen], allow_empty: &BTreeSet<Collector>) {
    for definition in ALL {
        let collector = definition.collector();
        let own: Vec<&Seen> = steps
            .iter()
            .filter(|seen| seen.step.serves.first() == Some(&collector))
            .collect();
        let is_judged = !own.is_empty()
            && !allow_empty.contains(&collector)
            && own.iter().all(|seen| seen.status.is_whole());
        if !is_judged {
            continue;
        }
        let facts: Vec<&StepFacts> = own.iter().map(|seen| &seen.facts).collect();
        let Some(reason) = (definition.idle)(&facts) else {
            continue;
        };
        for seen in steps
            .iter_mut()
            .filter(|seen| seen.step.serves.first() == Some(&collector))
        {
            seen.status = StepStatus::Broken(reason.clone());
            seen.cause = Cause::Sources;
            seen.fix = Some(format!(
                "allow-empty = true in [collect.{collector}] if that is as it should be"
            ));
        }
    }
}

/// Returns `None`, for a collector that counts something that a workspace need not have.
pub(super) fn zero_is_a_count(_: &[&StepFacts]) -> Option<String> {
    None
}

/// Returns why a step that compiles did no work.
pub(super) fn nothing_compiled(steps: &[&StepFacts]) -> Option<String> {
    nothing_built(steps, "there was nothing to compile")
}

/// Returns the reason unless cargo reported a unit of a member other than a build script.
pub(super) fn nothing_built(steps: &[&StepFacts], reason: &str) -> Option<String> {
    let mut units = steps.iter().flat_map(|facts| &facts.built);
    units
        .all(|unit| unit.kind == "custom-build")
        .then(|| reason.to_owned())
}

/// Returns the standing of a step that reads the sources. It is partial if no file of a package was read,
/// because a count of zero would then be false.
pub(super) fn sources(folded: &Folded, collector: &Collector, mut standing: Standing) -> Standing {
    let read: BTreeSet<String> = folded
        .counted_files(collector)
        .flat_map(FileCounts::packages)
        .map(str::to_owned)
        .collect();
    let mut unread = folded.packages.difference(&read);
    if standing.status.is_whole()
        && let Some(first) = unread.next()
    {
        let reason = format!("no source file of package `{first}` was read");
        standing.status = StepStatus::Partial(reason);
        standing.covered = folded.packages.intersection(&read).cloned().collect();
    }
    standing
}

//! Turns a request into the [`Plan`] that measures it with as few compilations as possible.
//!
//! The plan depends on the request and the workspace only. The planner does not read configuration
//! files, and does not know how a step is run or how its events are used.
//!
//! The commands follow from the behavior of cargo 1.95:
//! - Two cargo processes in one target directory wait for each other, and each reuses the units
//!   that the previous one built. So the steps run one after another in the user's own target
//!   directory. A step with flags of its own (`--cap-lints`, `RUSTDOCFLAGS`) uses
//!   `<target>/campaign` instead, so that the user's units stay fresh.
//! - Clippy also reports rustc's own lints, so its step serves `check` too unless its options
//!   change rustc's lints.
//! - `--all-targets` also compiles benches, including those that need a nightly compiler, whose
//!   errors then count. To leave benches out, every other kind must be named. `--lib` and
//!   `cargo test --doc` are errors if no package has a library.
//! - `cargo fmt --all` also formats path dependencies outside the workspace; in the root, plain
//!   `cargo fmt` takes exactly the members.
//! - `cargo test` has no `--keep-going`; nextest's `--profile` is not cargo's.

pub(super) mod settings;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::command::StepContext;
use crate::plan::{Answered, Collector, MissingCollector, Plan, Step};
use crate::workspace::{Member, PackageSpec, Workspace};

pub use super::request::{CustomCollector, Request};
pub use settings::{INERT_ONLY, is_affected, settings};

/// Returns the plan for the requested collectors.
///
/// A collector whose tool is missing has no step, nor has an unknown one. Step ids are unique.
pub fn plan(request: &Request, workspace: &Workspace) -> Plan {
    let missing = missing_tools(request);
    let able = able(request, &missing);
    let answers = answers(request);
    let selected = select(request, workspace);
    let context = StepContext {
        request,
        root: &workspace.root,
        target_dir: &workspace.target_dir,
        selected: &selected,
    };

    let mut measured: Vec<&Collector> = able
        .into_iter()
        .filter(|collector| !answers.contains_key(collector))
        .collect();
    measured.sort_by_key(|collector| super::of(collector).turn);
    let mut steps: Vec<Step> = Vec::new();
    for collector in measured {
        for mut step in (super::of(collector).steps)(&context, collector) {
            // Work that two collectors share is done once.
            let same = |other: &&mut Step| other.id == step.id && other.action == step.action;
            if let Some(shared) = steps.iter_mut().find(same) {
                shared.serves.push(collector.clone());
                continue;
            }
            // A custom collector may be named like a step of a built-in one.
            while steps.iter().any(|other| other.id == step.id) {
                step.id.push_str("-own");
            }
            steps.push(step);
        }
    }
    let mut steps = spread(steps);

    let mut answered = Vec::new();
    for (collector, other) in answers {
        let answering = steps.iter_mut().find(|step| step.serves.contains(&other));
        if let Some(step) = answering {
            step.serves.push(collector.clone());
            answered.push(Answered {
                collector: collector.clone(),
                by: step.id.clone(),
            });
        }
    }
    let allow_empty = request
        .collectors
        .iter()
        .filter(|collector| request.settings_of(collector).allow_empty)
        .cloned()
        .collect();
    Plan {
        steps,
        answered,
        missing,
        allow_empty,
        settings: settings(request),
    }
}

/// Spreads the steps of a collector that only repeats one evenly over the other steps, so that a busy minute of the machine
/// does not affect all of them. The first of all steps stays the first, and the last repeat is the last one.
fn spread(steps: Vec<Step>) -> Vec<Step> {
    let is_repeated = |step: &Step| {
        let own = steps.iter().filter(|other| other.serves == step.serves);
        // Builds in a copy take turns already, and begin with the one that makes the copy.
        step.copy.is_none()
            && own.clone().count() > 1
            && own
                .map(|other| &other.action)
                .all(|action| *action == step.action)
    };
    let (repeats, others): (Vec<Step>, Vec<Step>) = steps.iter().cloned().partition(is_repeated);
    let (of, between) = (repeats.len(), others.len());
    let mut repeats = repeats.into_iter().enumerate().peekable();
    let mut spread = Vec::with_capacity(steps.len());
    for (at, other) in others.into_iter().enumerate() {
        spread.push(other);
        let is_due = |(n, _): &(usize, Step)| ((n + 1) * between).div_ceil(of) <= at + 1;
        while let Some((_, repeat)) = repeats.next_if(is_due) {
            spread.push(repeat);
        }
    }
    spread.extend(repeats.map(|(_, repeat)| repeat));
    spread
}

/// Returns the requested collectors that have a step of their own or of another collector.
fn able<'a>(request: &'a Request, missing: &[MissingCollector]) -> BTreeSet<&'a Collector> {
    let is_missing = |collector: &Collector| missing.iter().any(|one| one.collector == *collector);
    let collectors = request.collectors.iter();
    collectors.filter(|one| !is_missing(one)).collect()
}

/// Returns the requested collectors that the step of another one answers, with the other one.
pub fn answers(request: &Request) -> BTreeMap<&Collector, Collector> {
    let able = able(request, &missing_tools(request));
    let answers = able.iter().filter_map(|collector| {
        let other = (super::of(collector).answered_by)(request)?;
        able.contains(&other).then_some((*collector, other))
    });
    answers.collect()
}

/// Returns the workspace with only the members that `-p` and `--exclude` select.
pub fn select(request: &Request, workspace: &Workspace) -> Workspace {
    let members = workspace.members.iter().filter(|member| {
        (request.packages.is_empty() || is_named(&request.packages, member))
            && !is_named(&request.exclude, member)
    });
    Workspace {
        members: members.cloned().collect(),
        ..workspace.clone()
    }
}

/// Returns whether one of the specs selects the member.
fn is_named(specs: &[String], member: &Member) -> bool {
    specs.iter().any(|spec| PackageSpec(spec).selects(member))
}

/// Returns whether specs of `-p` select the whole workspace. A spec that matches no member is a
/// mistake, so the result is `false`.
pub fn selects_all(specs: &[String], members: &[Member]) -> bool {
    !specs.is_empty()
        && specs.iter().all(|spec| {
            members
                .iter()
                .any(|member| PackageSpec(spec).selects(member))
        })
        && members.iter().all(|member| is_named(specs, member))
}

/// Returns the requested collectors that cannot run, with the reason.
fn missing_tools(request: &Request) -> Vec<MissingCollector> {
    let mut missing: Vec<MissingCollector> = request
        .missing
        .iter()
        .filter(|one| request.collectors.contains(&one.collector))
        .cloned()
        .collect();
    for collector in &request.collectors {
        if missing.iter().any(|one| one.collector == *collector) {
            continue;
        }
        if let Some((what, fix)) = (super::of(collector).obstacle)(request, collector) {
            missing.push(MissingCollector {
                collector: collector.clone(),
                what,
                fix,
            });
        }
    }
    missing
}

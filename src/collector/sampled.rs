//! The part that `memory` and `instructions` share: programs of the workspace that cargo builds and
//! runs, each several times.
//!
//! A command names a program and not a file, so that what runs is what cargo has just built.

use super::command::{CargoCommand, JSON, StepContext, step};
use super::facts::StepFacts;
use super::folded::Folded;
use super::request::Request;
use super::seen::Seen;
use super::settings::{Setting, SettingKind};
use super::standing::{Standing, absent};
use crate::event::FileCounts;
use crate::metric::{Reading, Unavailable};
use crate::plan::{Collector, InstructionCounter, Sampling, Step};
use crate::workspace::{Member, Target, Workspace};

/// The setting with the commands.
pub(super) const COMMANDS: &str = "commands";

/// The setting for the number of samples.
pub(super) const SAMPLES: &str = "samples";

pub(super) const SETTINGS: [Setting; 2] = [
    Setting {
        key: COMMANDS,
        kind: SettingKind::Commands,
        doc: "what to run: for each name a program of the workspace and its arguments",
        decides: Some(COMMANDS),
    },
    Setting {
        key: SAMPLES,
        kind: SettingKind::Count(3, 50),
        doc: "how often each command runs",
        decides: None,
    },
];

/// Arguments of cargo that would run another program.
pub(super) const REFUSED_ARGS: [(&str, &str); 5] = [
    ("--bin", NAMED),
    ("--example", NAMED),
    ("--package", NAMED),
    ("-p", NAMED),
    ("--release", "set `profile` in [collect]"),
];

const NAMED: &str = "each command names its program";

/// Returns the obstacle that no command is configured.
pub(super) fn obstacle(request: &Request, collector: &Collector) -> Option<(String, String)> {
    let settings = request.settings_of(collector);
    settings.commands(COMMANDS).is_empty().then(|| {
        (
            format!("`{collector}` has no command to run"),
            format!("add `{COMMANDS}` to [collect.{collector}] in campaign.toml"),
        )
    })
}

/// Returns a step for each command whose program is selected.
pub(super) fn steps(
    context: &StepContext<'_>,
    collector: &Collector,
    counter: Option<&InstructionCounter>,
) -> Vec<Step> {
    let settings = context.request.settings_of(collector);
    let mut steps = Vec::new();
    for (name, words) in settings.commands(COMMANDS) {
        let Some((program, args)) = words.split_first() else {
            continue;
        };
        let programs = programs(context.selected, program);
        // It may belong to a package that is not selected.
        if programs.is_empty() && !context.request.takes_every_package() {
            continue;
        }
        let sampling = Sampling {
            name: name.clone(),
            samples: settings.count(SAMPLES).unwrap_or(3),
            counter: counter.cloned(),
        };
        let command = run(context, program, &programs).build(context, collector, false);
        let action = command.args(&[JSON]).run_program(context, collector, args);
        let id = format!("{collector}-{name}");
        let verb = ("Measuring", "Measured");
        steps.push(step(context, &id, verb, collector, action).sampled(sampling));
    }
    steps
}

/// Returns the binaries and examples of the members with this name.
fn programs<'a>(workspace: &'a Workspace, name: &str) -> Vec<(&'a Member, &'a Target)> {
    let mut found = Vec::new();
    for member in &workspace.members {
        let targets = member.targets.iter();
        let programs = targets.filter(|target| {
            matches!(target.kind.as_str(), "bin" | "example") && target.name == name
        });
        found.extend(programs.map(|target| (member, target)));
    }
    found
}

/// Returns the command that runs a program. Unless exactly one has this name, cargo says what is
/// wrong.
fn run(context: &StepContext<'_>, program: &str, programs: &[(&Member, &Target)]) -> CargoCommand {
    let command = CargoCommand::new("run");
    match programs {
        [(member, target)] => {
            let package = context.selected.spec_of(&member.name);
            let kind = format!("--{}", target.kind);
            command.args(&["-p", &package, &kind, program])
        }
        _ => command.args(&["--bin", program]),
    }
}

/// Returns why a command that cargo ran has no value.
pub(super) fn doubt(_: &Step, facts: &StepFacts, _: &Workspace) -> Option<String> {
    match (facts.problems.first(), facts.counted.first()) {
        (Some(problem), _) => Some(problem.message.clone()),
        (None, None) => Some("cargo did not run the program".to_owned()),
        (None, Some(_)) => None,
    }
}

/// The measurement of one command.
pub(super) struct Sampled<'a> {
    /// The name of the command.
    pub(super) name: &'a str,
    pub(super) sampling: &'a Sampling,
    counts: Option<&'a FileCounts>,
    standing: Standing,
}

impl<'a> Sampled<'a> {
    /// Returns the measurement of a step. `None` if it is not one of a command.
    fn of(seen: &'a Seen) -> Option<Self> {
        let sampling = seen.step.sampling.as_ref()?;
        Some(Self {
            name: &sampling.name,
            sampling,
            counts: seen.facts.counted.first(),
            standing: Standing::of(seen),
        })
    }

    /// Returns the measurements of a collector.
    pub(super) fn all(folded: &'a Folded, collector: &'a Collector) -> impl Iterator<Item = Self> {
        folded.steps_of(collector).filter_map(Self::of)
    }

    /// Returns the samples, in order.
    ///
    /// # Errors
    /// With the reason, if one is missing.
    pub(super) fn samples(&self) -> Result<Vec<f64>, Unavailable> {
        if let Some(reason) = self.standing.reason() {
            return Err(reason);
        }
        let samples = (1..=self.sampling.samples)
            .map(|number| self.count(&format!("{}{number}", Sampling::SAMPLE)));
        let samples: Option<Vec<f64>> = samples.collect();
        samples.ok_or_else(|| Unavailable {
            reason: "a sample is missing".to_owned(),
            ..Unavailable::default()
        })
    }

    /// Returns the bytes that cannot be told apart from a smaller peak.
    pub(super) fn floor(&self) -> Option<f64> {
        self.count(Sampling::FLOOR)
    }

    fn count(&self, name: &str) -> Option<f64> {
        self.counts?.counts.get(name).map(|count| *count as f64)
    }
}

/// Returns the reading of a value that was not measured, because the collector could not run.
pub(super) fn unmeasured(folded: &Folded, collector: &Collector) -> Reading {
    let reason = folded.standing(collector).reason();
    reason.map_or_else(
        || absent("no command was measured"),
        super::standing::without,
    )
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::event::{Event, Problem};

    /// Returns the event of a program with these samples and other counts.
    pub(in super::super) fn measured(samples: &[u64], others: &[(&'static str, u64)]) -> Event {
        let samples = samples.iter().enumerate();
        let samples =
            samples.map(|(at, sample)| (format!("{}{}", Sampling::SAMPLE, at + 1).into(), *sample));
        let others = others.iter().map(|(name, count)| ((*name).into(), *count));
        Event::Counted(FileCounts {
            package: "a".to_owned(),
            others: Vec::new(),
            file: "target/release/app".to_owned(),
            counts: samples.chain(others).collect(),
        })
    }

    /// Returns the event of a program that was not measured.
    pub(in super::super) fn unmeasured(message: &str) -> Event {
        Event::Problem(Problem {
            message: message.to_owned(),
            ..Problem::default()
        })
    }
}

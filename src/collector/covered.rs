//! Determines which packages a compile step covered completely. A package that is not covered may
//! hide diagnostics.
//!
//! A package is covered if cargo reported every unit that the step selects of it and none of them
//! has an error. Cargo's success alone is not enough, because a compiler wrapper that compiles
//! nothing makes cargo report success too. When a build fails, the dependents of the failing
//! package are not compiled and therefore report nothing.

use std::collections::BTreeSet;

use super::facts::StepFacts;
use crate::event::{Ended, Ending};
use crate::plan::{Invocation, Step, Stream};
use crate::workspace::{Member, Target, Workspace};

/// Which units of a package a step must have compiled to have covered it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RequiredUnits {
    /// Those of every selected target, with and without tests.
    EveryTarget,
    /// Those of libraries and binaries, without tests.
    WithoutTests,
    /// Any but the build script: rustdoc does not report which targets it documents.
    AnyUnit,
}

/// Returns the names of the selected packages that were covered completely.
pub(super) fn covered(
    step: &Step,
    facts: &StepFacts,
    ended: &Ended,
    workspace: &Workspace,
) -> BTreeSet<String> {
    let Some(command) = step.action.command() else {
        return BTreeSet::new();
    };
    let compiles = matches!(
        command.stream,
        Stream::Cargo | Stream::CargoTest | Stream::CargoBench
    );
    let Ending::Exited(code) = ended.ending else {
        return BTreeSet::new();
    };
    if !compiles || facts.finished_again {
        return BTreeSet::new();
    }
    let broken: BTreeSet<&str> = facts
        .messages
        .errors()
        .map(|m| m.diagnostic.package.as_str())
        .collect();
    let covered = workspace
        .members
        .iter()
        .filter(|member| match facts.finished {
            Some(true) => {
                // After a successful build, `cargo test` and `cargo bench` may fail for other reasons.
                broken.is_empty()
                    && (code == 0 || command.stream != Stream::Cargo)
                    && proven(step, command, facts, member)
            }
            Some(false) => {
                code != 0 && !broken.contains(member.name.as_str()) && arrived(step, facts, member)
            }
            None => false,
        });
    covered.map(|member| member.name.clone()).collect()
}

/// Returns whether, after a successful build, cargo reported every unit of the package that the
/// command is certain to compile.
fn proven(step: &Step, command: &Invocation, facts: &StepFacts, member: &Member) -> bool {
    if required_units(step) == RequiredUnits::AnyUnit {
        return documented(facts, member);
    }
    let selection = Selection::of(command);
    let targets = member.targets.iter().filter(|t| !t.conditional);
    targets
        .flat_map(|t| selection.units(t).into_iter().map(move |test| (t, test)))
        .all(|(t, test)| has(facts, member, t, test))
}

/// Returns whether, after a failed build, cargo reported every unit of the package that the step
/// selects.
fn arrived(step: &Step, facts: &StepFacts, member: &Member) -> bool {
    let required = required_units(step);
    if required == RequiredUnits::AnyUnit {
        return documented(facts, member);
    }
    let targets = member.targets.iter().filter(|t| !t.conditional);
    targets
        .flat_map(|t| units(t, required).iter().map(move |test| (t, *test)))
        .all(|(t, test)| has(facts, member, t, test))
}

/// Returns which units the step's own collector needs.
fn required_units(step: &Step) -> RequiredUnits {
    step.serves
        .first()
        .map_or(RequiredUnits::EveryTarget, |first| {
            super::of(first).required_units
        })
}

/// Returns whether cargo reported a unit of the target.
fn has(facts: &StepFacts, member: &Member, target: &Target, test: bool) -> bool {
    facts.built.iter().any(|u| {
        u.package == member.name
            && u.kind == target.kind
            && u.target == target.name
            && u.test == test
    })
}

/// Returns whether any unit of the package other than the build script was compiled, or it has
/// nothing to document.
///
/// The kinds of units do not matter here: rustdoc skips a binary that has the library's name, and
/// its messages do not distinguish documenting a library from checking it.
fn documented(facts: &StepFacts, member: &Member) -> bool {
    let documented = facts
        .built
        .iter()
        .any(|u| u.package == member.name && u.kind != "custom-build");
    documented || !member.targets.iter().any(|t| t.doc)
}

/// The targets that a cargo command is certain to select.
struct Selection<'a> {
    subcommand: &'a str,
    /// The arguments before any `--`.
    args: &'a [String],
}

impl<'a> Selection<'a> {
    fn of(command: &'a Invocation) -> Self {
        let end = command
            .args
            .iter()
            .position(|arg| arg == "--")
            .unwrap_or(command.args.len());
        let subcommand = command.args.first().map_or("", String::as_str);
        Self {
            subcommand,
            args: &command.args[..end],
        }
    }

    fn has(&self, flag: &str) -> bool {
        self.args.iter().any(|arg| arg == flag)
    }

    /// Returns whether the flag or `--all-targets` is given.
    fn selects(&self, flag: &str) -> bool {
        self.has("--all-targets") || self.has(flag)
    }

    /// Returns whether no argument restricts the targets.
    fn is_default(&self) -> bool {
        const FLAGS: [&str; 11] = [
            "--lib",
            "--bins",
            "--bin",
            "--examples",
            "--example",
            "--tests",
            "--test",
            "--benches",
            "--bench",
            "--all-targets",
            "--doc",
        ];
        !self
            .args
            .iter()
            .any(|arg| FLAGS.contains(&arg.split('=').next().unwrap_or_default()))
    }

    /// Returns the units of a target that are certain to be compiled: `true` for the unit with
    /// `--test`, `false` for the one without.
    ///
    /// Units that are compiled only as dependencies are not included. Neither are benches, because
    /// the metadata does not say whether the manifest has `bench = false`.
    fn units(&self, target: &Target) -> Vec<bool> {
        let tests = target.test && self.selects("--tests");
        let plain = match target.kind.as_str() {
            "custom-build" | "test" | "bench" => false,
            "bin" => self.selects("--bins"),
            "example" => self.selects("--examples"),
            _ => self.selects("--lib"),
        };
        match (self.subcommand, self.is_default()) {
            ("check" | "clippy", true) | ("build", true) => {
                let is_built = !matches!(
                    target.kind.as_str(),
                    "custom-build" | "test" | "bench" | "example"
                );
                if is_built { vec![false] } else { Vec::new() }
            }
            ("check" | "clippy" | "build", false) => {
                [plain.then_some(false), tests.then_some(true)]
                    .into_iter()
                    .flatten()
                    .collect()
            }
            ("test", true) if target.test => vec![true],
            ("test", false) if self.has("--doc") && target.doctest => vec![false],
            ("test", false) if tests || plain && target.test && target.kind != "example" => {
                vec![true]
            }
            _ => Vec::new(),
        }
    }
}

/// Returns the units of a target that a step compiles: `true` for the unit with `--test`, `false`
/// for the one without.
///
/// `cargo build` compiles libraries and binaries. The other commands also compile examples and
/// tests, and add a unit with `--test` for each target whose `test` is set.
fn units(target: &Target, required: RequiredUnits) -> &'static [bool] {
    let build = required == RequiredUnits::WithoutTests;
    match (target.kind.as_str(), build, target.test) {
        ("custom-build" | "bench", ..) | ("test" | "example", true, _) | ("test", _, false) => &[],
        ("test", _, true) => &[true],
        (_, true, _) | (_, _, false) => &[false],
        (_, false, true) => &[false, true],
    }
}

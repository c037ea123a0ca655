//! Which packages a compile step covered whole. A package that is not covered may hide diagnostics.
//!
//! A package is covered when every unit that the step selects of it has arrived and it has no error. That cargo claims
//! success is not enough: a program in the place of the compiler can make it claim that of nothing. When the build failed,
//! the dependents of a package that failed are not compiled at all, and say nothing.

use std::collections::BTreeSet;

use super::definition::Coverage;
use super::facts::Facts;
use crate::event::{Ended, Ending};
use crate::plan::{Action, Invocation, Step, Stream};
use crate::workspace::{Member, Target, Workspace};

/// Names of the selected packages that were covered whole.
pub(super) fn covered(
    step: &Step,
    facts: &Facts,
    ended: &Ended,
    workspace: &Workspace,
) -> BTreeSet<String> {
    let Action::Command(command) = &step.action else {
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
    let covers = |member: &&Member| match facts.finished {
        Some(true) => {
            broken.is_empty()
                && (code == 0 || command.stream != Stream::Cargo)
                && proven(step, command, facts, member)
        }
        Some(false) => {
            code != 0 && !broken.contains(member.name.as_str()) && arrived(step, facts, member)
        }
        None => false,
    };
    workspace
        .members
        .iter()
        .filter(covers)
        .map(|m| m.name.clone())
        .collect()
}

/// After a good build: every unit that the command is certain to compile of the package has arrived.
fn proven(step: &Step, command: &Invocation, facts: &Facts, member: &Member) -> bool {
    if coverage(step) == Coverage::AnyUnit {
        return documented(facts, member);
    }
    let selection = Selection::of(command);
    let targets = member.targets.iter().filter(|t| !t.conditional);
    targets
        .flat_map(|t| selection.units(t).into_iter().map(move |test| (t, test)))
        .all(|(t, test)| has(facts, member, t, test))
}

/// After a failed build: every unit of the package that the step selects has arrived.
fn arrived(step: &Step, facts: &Facts, member: &Member) -> bool {
    let coverage = coverage(step);
    if coverage == Coverage::AnyUnit {
        return documented(facts, member);
    }
    let targets = member.targets.iter().filter(|t| !t.conditional);
    targets
        .flat_map(|t| units(t, coverage).iter().map(move |test| (t, *test)))
        .all(|(t, test)| has(facts, member, t, test))
}

/// Returns which units the step's own collector needs.
fn coverage(step: &Step) -> Coverage {
    step.serves
        .first()
        .map_or(Coverage::EveryTarget, |first| super::of(first).coverage)
}

/// Returns whether a unit of the target has arrived.
fn has(facts: &Facts, member: &Member, target: &Target, test: bool) -> bool {
    facts.built.iter().any(|u| {
        u.package == member.name
            && u.kind == target.kind
            && u.target == target.name
            && u.test == test
    })
}

/// rustdoc leaves out a binary that is named like the library, and reports no difference between documenting a library and
/// checking it.
fn documented(facts: &Facts, member: &Member) -> bool {
    let documented = facts
        .built
        .iter()
        .any(|u| u.package == member.name && u.kind != "custom-build");
    documented || !member.targets.iter().any(|t| t.doc)
}

/// The targets that a cargo command selects, as far as its arguments are certain to select them.
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

    /// No argument narrows the targets.
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

    /// The units of a target that are certain to be compiled, each by whether it is the one with `--test`. What is
    /// compiled only because something else needs it is not among them, nor are benches: whether `bench = false` stands
    /// in the manifest is not known.
    fn units(&self, target: &Target) -> Vec<bool> {
        let all = self.has("--all-targets");
        let tests = target.test && (all || self.has("--tests"));
        let selects = |flag: &str| all || self.has(flag);
        let plain = match target.kind.as_str() {
            "custom-build" | "test" | "bench" => false,
            "bin" => selects("--bins"),
            "example" => selects("--examples"),
            _ => selects("--lib"),
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

/// The units of a target that a step compiles, each by whether it is the one with `--test`. `cargo build` takes libraries
/// and binaries; the others take those, examples and tests, and compile what is tested once more with its tests.
fn units(target: &Target, coverage: Coverage) -> &'static [bool] {
    let build = coverage == Coverage::WithoutTests;
    match (target.kind.as_str(), build, target.test) {
        ("custom-build" | "bench", ..) | ("test" | "example", true, _) | ("test", _, false) => &[],
        ("test", _, true) => &[true],
        (_, true, _) | (_, _, false) => &[false],
        (_, false, true) => &[false, true],
    }
}

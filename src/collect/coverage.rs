//! Which packages a compile step covered whole. A package that is not covered may hide diagnostics.
//!
//! When the build succeeded, all of them. When it failed, those without an error of which every unit that the step selects
//! has arrived: the dependents of a package that failed are not compiled at all, and say nothing.

use std::collections::BTreeSet;

use super::facts::Facts;
use crate::event::{Ended, Ending};
use crate::plan::{Action, Collector, Step, Stream};
use crate::workspace::{Member, Target, Workspace};

/// Names of the selected packages that were covered whole.
pub(super) fn covered(step: &Step, facts: &Facts, ended: &Ended, workspace: &Workspace) -> BTreeSet<String> {
    let Action::Command(command) = &step.action else { return BTreeSet::new() };
    let compiles = matches!(command.stream, Stream::Cargo | Stream::CargoTest | Stream::CargoBench);
    let Ending::Exited(code) = ended.ending else { return BTreeSet::new() };
    if !compiles || facts.finished_again {
        return BTreeSet::new();
    }
    let broken: BTreeSet<&str> = facts.messages.errors().map(|m| m.diagnostic.package.as_str()).collect();
    let covers = |member: &&Member| match facts.finished {
        Some(true) => broken.is_empty() && (code == 0 || command.stream != Stream::Cargo),
        Some(false) => code != 0 && !broken.contains(member.name.as_str()) && arrived(step, facts, member),
        None => false,
    };
    workspace.members.iter().filter(covers).map(|m| m.name.clone()).collect()
}

/// Every unit of the package that the step selects has arrived.
fn arrived(step: &Step, facts: &Facts, member: &Member) -> bool {
    let has = |target: &Target, test: bool| {
        facts
            .built
            .iter()
            .any(|u| u.package == member.name && u.kind == target.kind && u.target == target.name && u.test == test)
    };
    if step.serves.contains(&Collector::Doc) {
        // rustdoc leaves out a binary that is named like the library, and reports no difference between documenting a
        // library and checking it.
        let documented = facts.built.iter().any(|u| u.package == member.name && u.kind != "custom-build");
        return documented || !member.targets.iter().any(|t| t.doc);
    }
    let build = step.serves.contains(&Collector::Build);
    let targets = member.targets.iter().filter(|t| !t.conditional);
    targets.flat_map(|t| units(t, build).iter().map(move |test| (t, *test))).all(|(target, test)| has(target, test))
}

/// The units of a target that a step compiles, each by whether it is the one with `--test`. `cargo build` takes libraries
/// and binaries; the others take those, examples and tests, and compile what is tested once more with its tests.
fn units(target: &Target, build: bool) -> &'static [bool] {
    match (target.kind.as_str(), build, target.test) {
        ("custom-build" | "bench", ..) | ("test" | "example", true, _) | ("test", _, false) => &[],
        ("test", _, true) => &[true],
        (_, true, _) | (_, _, false) => &[false],
        (_, false, true) => &[false, true],
    }
}

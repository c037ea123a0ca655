//! Determines the status of compile steps. The exit status, `build-finished` and the errors must
//! agree.

use std::collections::BTreeSet;

use super::{Background, ExitDetails, StepVerdict, failed, list, stderr};
use crate::collector::facts::StepFacts;
use crate::collector::messages::Message;
use crate::event::{Cause, Flaw, Level, Uncompiled};
use crate::run::StepStatus;
use crate::snapshot::SuiteId;

/// Fails when the compiler crashed, when nothing explains the exit status, or when the stream
/// contradicts it.
pub(super) fn plausible(facts: &StepFacts, exit: &ExitDetails<'_>) -> Result<(), StepStatus> {
    if facts.finished_again {
        return failed(
            "stream contradicts itself: `build-finished` came twice, what lies between cannot be trusted".into(),
        );
    }
    compiled(facts)?;
    if let Some(ice) = facts
        .messages
        .errors()
        .find(|m| m.diagnostic.level == Level::Ice)
    {
        return failed(format!(
            "compiler crashed on `{}`: {}",
            ice.diagnostic.package, ice.diagnostic.message
        ));
    }
    if exit.code != 0
        && facts.finished != Some(true)
        && let Some(crash) = stderr::crash(exit.stderr)
    {
        return failed(crash);
    }
    let errors = facts.messages.errors().count();
    match (exit.code, facts.finished, errors) {
        (0, Some(true), 0) | (1.., Some(true), 0) => Ok(()),
        (0, None, _) => {
            failed("stream contradicts the exit status: cargo exited with 0 without `build-finished`".into())
        }
        (0, Some(false), _) => {
            failed("stream contradicts the exit status: cargo exited with 0 and said that the build failed".into())
        }
        (code, Some(true), 1..) => failed(format!(
            "stream contradicts itself: {errors} error{}, and cargo exited with {code} after a good build",
            if errors == 1 { "" } else { "s" }
        )),
        (code, _, 0) => failed(stderr::unexplained("cargo", code, exit.stderr)),
        (code, None, _) => {
            failed(format!("stream contradicts the exit status: cargo exited with {code} without `build-finished`"))
        }
        (_, Some(false), _) => Ok(()),
    }
}

/// Fails when the compiler skipped a unit.
pub(super) fn compiled(facts: &StepFacts) -> Result<(), StepStatus> {
    facts
        .uncompiled
        .first()
        .map_or(Ok(()), |unit| Err(StepStatus::Failed(uncompiled(unit))))
}

/// Returns the reason
/// `cargo reported success, but a test:it was not compiled: target/debug/deps/it-1.d is missing`.
fn uncompiled(unit: &Uncompiled) -> String {
    let name = unit_name(unit);
    let file = &unit.file;
    match unit.flaw {
        Flaw::Missing => {
            format!("cargo reported success, but {name} was not compiled: {file} is missing")
        }
        Flaw::Outdated => format!(
            "cargo reported success, but {name} was not compiled: {file} is from an older build"
        ),
    }
}

/// Returns a unit's name: `a lib`, `a test:it`, or `a lib with tests` for a unit with `--test` of a
/// target that is not a test or bench.
fn unit_name(unit: &Uncompiled) -> String {
    let id = SuiteId::new(&unit.package, &unit.target_kind, &unit.target).to_string();
    if unit.test && !matches!(unit.target_kind.as_str(), "test" | "bench") {
        format!("{id} with tests")
    } else {
        id
    }
}

/// Returns the status of a step that only builds, after [`plausible`] accepted it.
pub(super) fn build(
    facts: &StepFacts,
    exit: &ExitDetails<'_>,
    background: &Background<'_>,
) -> StepVerdict {
    match (facts.finished, exit.code) {
        (Some(true), 0) => proven(facts, background),
        (Some(true), code) => Err(StepStatus::Failed(format!(
            "stream contradicts the exit status: cargo exited with {code} and said that the build succeeded"
        ))),
        _ => Ok(StepStatus::Partial(partial(facts, background))),
    }
}

/// Returns whether the build failed and the sources alone are why, after [`plausible`] accepted it.
pub(super) fn is_broken_by_sources(facts: &StepFacts) -> bool {
    let mut errors = facts.messages.errors();
    facts.finished == Some(false)
        && errors.all(|message| message.diagnostic.cause() == Cause::Sources)
}

/// Returns a complete status if every selected target was compiled. Cargo's success alone is not
/// evidence, because cargo also reports success if the compiler exits successfully without
/// compiling.
pub(super) fn proven(facts: &StepFacts, background: &Background<'_>) -> StepVerdict {
    let selected = background.workspace.members.iter().map(|m| m.name.as_str());
    let uncovered: Vec<&str> = selected
        .filter(|name| !background.covered.contains(*name))
        .collect();
    if uncovered.is_empty() {
        return Ok(StepStatus::Whole);
    }
    let reason = format!(
        "cargo reported success without compiling every target of {}",
        list(uncovered)
    );
    if facts.built.is_empty() {
        Err(StepStatus::Failed(reason))
    } else {
        Ok(StepStatus::Partial(reason))
    }
}

/// Fails when the executables did not compile, since `cargo test` and `cargo bench` run nothing in
/// that case.
pub(super) fn finished(facts: &StepFacts, what: &str) -> Result<(), StepStatus> {
    if facts.finished == Some(true) {
        return Ok(());
    }
    Err(StepStatus::Broken(format!(
        "{what} did not compile: {}{}",
        list(broken(facts)),
        first_error(facts)
    )))
}

/// Returns `; error at a/src/lib.rs:3:5: mismatched types (E0308)` for the first error, or an empty string. One
/// without a place comes first, because it can cause the others, and those that a setting can avoid come last.
fn first_error(facts: &StepFacts) -> String {
    let first = facts.messages.errors().min_by_key(|message| {
        let is_avoidable = message.is_clippy() || is_unstable_bench(message);
        (is_avoidable, message.diagnostic.is_placed())
    });
    let Some(Message { diagnostic, .. }) = first else {
        return String::new();
    };
    let place = diagnostic.spans.first().map_or_else(String::new, |span| {
        format!(" at {}:{}:{}", span.file, span.line, span.column)
    });
    let code = diagnostic
        .code
        .as_ref()
        .map(|code| format!(" ({code})"))
        .unwrap_or_default();
    let message: String = diagnostic.message.chars().take(MESSAGE).collect();
    format!("; error{place}: {message}{code}")
}

/// The maximum length of an error's message in a reason, in characters.
const MESSAGE: usize = 160;

/// Returns the packages with errors.
fn broken(facts: &StepFacts) -> BTreeSet<&str> {
    facts
        .messages
        .errors()
        .map(|m| m.diagnostic.package.as_str())
        .collect()
}

/// Why packages did not compile. A package can have several causes.
#[derive(Default)]
struct Causes<'a> {
    /// Packages with lints that the source denies.
    denied: BTreeSet<&'a str>,
    /// The denied lints of these packages.
    lints: BTreeSet<&'a str>,
    /// Packages with benches that use unstable features, with a compiler that refuses them.
    unstable_benches: BTreeSet<&'a str>,
    /// Packages with other errors.
    broken: BTreeSet<&'a str>,
}

impl<'a> Causes<'a> {
    fn of(facts: &'a StepFacts) -> Self {
        let mut causes = Self::default();
        for message in facts.messages.errors() {
            let package = message.diagnostic.package.as_str();
            if message.is_clippy() {
                causes.denied.insert(package);
                causes.lints.insert(message.code());
            } else if is_unstable_bench(message) {
                causes.unstable_benches.insert(package);
            } else {
                causes.broken.insert(package);
            }
        }
        causes
    }

    /// Returns `2 of 5 packages did not compile: a, b`, followed by each other cause with its
    /// packages.
    fn told(&self, of: usize) -> String {
        let mut parts = Vec::new();
        match self.broken.len() {
            0 => {}
            _ if of == 1 => parts.push(format!(
                "{} did not compile",
                list(self.broken.iter().copied())
            )),
            count => {
                parts.push(format!(
                    "{count} of {of} packages did not compile: {}",
                    list(self.broken.iter().copied())
                ));
            }
        }
        if !self.denied.is_empty() {
            let [denied, lints] =
                [&self.denied, &self.lints].map(|names| list(names.iter().copied()));
            parts.push(format!(
                "clippy stopped at denied lints in {denied}: {lints}"
            ));
        }
        if !self.unstable_benches.is_empty() {
            let packages = list(self.unstable_benches.iter().copied());
            parts.push(format!("benches need a nightly compiler in {packages}"));
        }
        parts.join("; ")
    }
}

/// Returns whether the error is that a bench uses unstable features with a compiler that rejects
/// them.
fn is_unstable_bench(message: &Message) -> bool {
    message.diagnostic.target_kind == "bench" && matches!(message.code(), "E0554" | "E0658")
}

/// The setting for denied lints, which stop the compilation of a crate and hide its dependents. As
/// warnings they are counted like all others.
const CAP_LINTS: &str = "cap-lints = true in [collect.clippy] counts denied lints as warnings";

/// The setting for benches that need a nightly compiler.
const WITHOUT_BENCHES: &str =
    "benches = false in [collect] leaves out benches that need a nightly compiler";

/// Returns the settings that would make a failed build complete. `None` if the sources must change.
pub(super) fn cure(facts: &StepFacts) -> Option<String> {
    let causes = Causes::of(facts);
    let settings = [
        (causes.denied.is_empty(), CAP_LINTS),
        (causes.unstable_benches.is_empty(), WITHOUT_BENCHES),
    ];
    let settings: Vec<&str> = settings
        .iter()
        .filter(|(unneeded, _)| !unneeded)
        .map(|(_, setting)| *setting)
        .collect();
    (facts.finished == Some(false) && causes.broken.is_empty() && !settings.is_empty())
        .then(|| settings.join("; "))
}

/// Returns the reason of a partial status:
/// `2 of 5 packages did not compile: a, b; 1 not reached: c; error at a/src/lib.rs:3:5: mismatched types (E0308)`.
fn partial(facts: &StepFacts, background: &Background<'_>) -> String {
    let broken = broken(facts);
    let selected: BTreeSet<&str> = background
        .workspace
        .members
        .iter()
        .map(|m| m.name.as_str())
        .collect();
    let of = selected.union(&broken).count();
    let covered: BTreeSet<&str> = background.covered.iter().map(String::as_str).collect();
    let unreached: Vec<&str> = selected
        .difference(&covered)
        .filter(|p| !broken.contains(*p))
        .copied()
        .collect();
    let causes = Causes::of(facts);
    let mut reason = causes.told(of);
    if !unreached.is_empty() {
        reason.push_str(&format!(
            "; {} not reached: {}",
            unreached.len(),
            list(unreached)
        ));
    }
    if !causes.broken.is_empty() {
        reason.push_str(&first_error(facts));
    }
    reason
}

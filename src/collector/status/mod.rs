//! Determines the status of a step from the way it ended.
//!
//! The exit status is authoritative. Events that contradict it leave the step without values,
//! because a compiler that was killed prints no error, and child processes can write anything to
//! the stream.
//!
//! This module does not deal with metrics.

mod compile;
mod other;
pub(super) mod stderr;
pub(super) mod suites;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use self::stderr::said;
pub(crate) use self::suites::of_suite;
use super::facts::StepFacts;
use crate::event::{Cause, Ended, Ending, machine};
use crate::metric::Unit;
use crate::plan::{Action, Collector, Invocation, Step, Stream, quote};
use crate::run::StepStatus;
use crate::text::first_few;
use crate::workspace::Workspace;

/// The inputs of a status other than the step itself.
pub(super) struct Background<'a> {
    /// The selected members.
    pub(super) workspace: &'a Workspace,
    /// The selected members that the step covered completely.
    pub(super) covered: &'a BTreeSet<String>,
    /// The metrics that custom collectors declare.
    pub(super) custom: &'a BTreeMap<Collector, BTreeMap<String, Unit>>,
}

/// Returns the status of a step that has ended.
pub(super) fn status(
    step: &Step,
    facts: &StepFacts,
    ended: &Ended,
    background: &Background<'_>,
) -> StepStatus {
    let code = match &ended.ending {
        Ending::Exited(code) => *code,
        Ending::Signalled(signal) => {
            return StepStatus::Failed(format!("it was killed by signal {signal}"));
        }
        Ending::TimedOut => return StepStatus::TimedOut,
        Ending::Interrupted => return StepStatus::Interrupted,
        Ending::NotStarted(why) => {
            return StepStatus::Failed(format!("it could not be started: {why}"));
        }
    };
    let verdict = match &step.action {
        Action::Scan => other::read(["a source", "the sources"], facts, code, &ended.stderr_tail),
        Action::Read(files) => {
            let what = match &files.index {
                Some(_) => ["an entry of the index", "the index"],
                None => ["a file", "the files"],
            };
            let read = other::read(what, facts, code, &ended.stderr_tail);
            read.map(|status| other::with_database(status, files.database.as_ref()))
        }
        Action::Lint(_) => other::lint(code, &ended.stderr_tail),
        Action::Command(command) => exited(
            step,
            command,
            facts,
            &ExitDetails {
                code,
                stderr: &ended.stderr_tail,
            },
            background,
        ),
    };
    verdict.unwrap_or_else(|status| status)
}

/// Returns what made a result incomplete: the least predictable of its causes. Unknown if it has no
/// cause.
pub(super) fn cause(step: &Step, facts: &StepFacts, status: &StepStatus) -> Cause {
    if !matches!(status, StepStatus::Partial(_) | StepStatus::Broken(_)) {
        return Cause::Unknown;
    }
    let of_reason = match (&step.action, status) {
        (Action::Command(command), _) if command.stream != Stream::FmtList => Cause::Sources,
        (Action::Read(files), _) => other::cause_of_reading(facts, files.database.as_ref()),
        (Action::Scan, _) => Cause::Unknown,
        (_, StepStatus::Partial(why)) if machine::sign(why).is_some() => Cause::Machine,
        _ => Cause::Sources,
    };
    // After a failed build nothing ran, and nextest gives no summary.
    let has_run = facts.finished != Some(false);
    let suites = facts.suites.iter();
    let suites = suites.filter(|suite| has_run && suite.incomplete.is_some());
    let errors = facts.messages.errors().map(|m| m.diagnostic.cause());
    let unread = other::unread(facts).or_else(|| other::unwritten(facts));
    let unread = unread.map(|_| Cause::Unknown);
    suites
        .map(|suite| suite.cause)
        .chain(errors)
        .chain(unread)
        .fold(of_reason, Cause::max)
}

/// Returns the settings that make the result of a step complete, if settings can.
pub(super) fn cure(facts: &StepFacts, status: &StepStatus) -> Option<String> {
    matches!(status, StepStatus::Partial(_) | StepStatus::Broken(_))
        .then(|| compile::cure(facts))
        .flatten()
}

/// Returns a command that shows the errors behind an incomplete result, or a setting that avoids
/// them.
pub(super) fn fix(step: &Step, facts: &StepFacts, status: &StepStatus) -> Option<String> {
    if let (StepStatus::Failed(_), Some(unit)) = (status, facts.uncompiled.first()) {
        return Some(clean(&unit.package, &step.action));
    }
    match (&step.action, status) {
        (Action::Command(command), StepStatus::Partial(_) | StepStatus::Broken(_))
            if facts.finished == Some(false) =>
        {
            Some(compile::cure(facts).unwrap_or_else(|| command.by_hand()))
        }
        (Action::Command(command), StepStatus::Partial(_))
            if command.stream == Stream::CargoTest || command.stream.is_nextest() =>
        {
            let is_unwritten = other::unwritten(facts).is_some();
            suites::rerun(command, facts).or_else(|| is_unwritten.then(|| command.by_hand()))
        }
        // The settings of nextest, or its own programs.
        (Action::Command(command), StepStatus::Failed(_)) if command.stream.is_nextest() => {
            Some(command.by_hand())
        }
        (Action::Read(files), StepStatus::Partial(_)) => files.database.as_ref()?.update(),
        (Action::Lint(_), StepStatus::Partial(_) | StepStatus::Failed(_)) => Some(LINT.to_owned()),
        _ => None,
    }
}

/// Returns the command that removes a step's build output of a package.
pub(crate) fn clean(package: &str, action: &Action) -> String {
    /// Options that decide where cargo builds, and those of `cargo clean` for the same place.
    const PLACES: [(&str, &str); 4] = [
        ("--profile", "--profile"),
        ("--cargo-profile", "--profile"),
        ("--target", "--target"),
        ("--target-dir", "--target-dir"),
    ];
    let mut command = format!("cargo clean -p {package}");
    let Some(invocation) = action.command() else {
        return command;
    };
    let (args, _) = invocation.split_args();
    for pair in args.windows(2) {
        if let Some((_, option)) = PLACES.iter().find(|(name, _)| *name == pair[0]) {
            command.push_str(&format!(" {option} {}", quote(&pair[1])));
        }
    }
    let is_release = args.iter().any(|arg| arg == "--release" || arg == "-r")
        || args.first().is_some_and(|command| command == "bench");
    if is_release && !command.contains(" --profile ") {
        command.push_str(" --release");
    }
    command
}

/// The command that lists the problems of changelogs, and the checks that could not be made.
const LINT: &str = "cargo campaign changelog lint";

/// The end of a process that exited by itself.
pub(super) struct ExitDetails<'a> {
    pub(super) code: i32,
    pub(super) stderr: &'a str,
}

/// `Ok` is a status with values, `Err` one without.
pub(super) type StepVerdict = Result<StepStatus, StepStatus>;

/// Returns the status of a command that exited. The meaning of its exit status depends on the
/// program.
fn exited(
    step: &Step,
    command: &Invocation,
    facts: &StepFacts,
    exit: &ExitDetails<'_>,
    background: &Background<'_>,
) -> StepVerdict {
    let definition = step.serves.first().map(super::of);
    if exit.code != 0 && definition.is_none_or(|definition| !definition.is_custom()) {
        stderr::missing_tool(exit.stderr)?;
    }
    // Once the build has finished, the tests write to stderr too. Nextest exits with 100 if tests
    // failed.
    let builds = facts.finished != Some(true) && (!command.stream.is_nextest() || exit.code != 100);
    if exit.code != 0 && builds {
        let of_machine = facts
            .messages
            .errors()
            .map(|m| &m.diagnostic)
            .filter(|d| d.is_of_machine());
        stderr::machine_works(exit.stderr, of_machine.map(|d| d.message.as_str()))?;
        let of_missing_crate = facts
            .messages
            .errors()
            .filter(|m| m.diagnostic.code.as_deref() == Some("E0463"));
        stderr::target_is_installed(of_missing_crate.map(|m| &m.diagnostic.message))?;
    }
    match command.stream {
        Stream::Cargo => {
            compile::plausible(facts, exit)?;
            let counts_failures = definition.is_some_and(|one| one.counts_failed_builds);
            if counts_failures && compile::is_broken_by_sources(facts) {
                return Ok(StepStatus::Whole);
            }
            let status = compile::build(facts, exit, background)?;
            let doubt = definition
                .and_then(|definition| (definition.doubt)(step, facts, background.workspace));
            match doubt.filter(|_| status.is_whole()) {
                Some(reason) => failed(reason),
                None => Ok(other::with_files(status, facts)),
            }
        }
        Stream::CargoTest => {
            compile::plausible(facts, exit)?;
            compile::finished(facts, "the tests")?;
            compile::proven(facts, background)?;
            other::profiles(facts)?;
            let status = suites::tests(facts, exit, background)?;
            Ok(other::with_profiles(status, facts))
        }
        Stream::CargoBench => {
            compile::plausible(facts, exit)?;
            compile::finished(facts, "the benches")?;
            suites::benches(facts, exit)
        }
        Stream::Nextest | Stream::NextestWithMessages => {
            compile::compiled(facts)?;
            // Only some versions pass on the messages of cargo.
            let has_errors = facts.messages.errors().next().is_some();
            if exit.code != 0 && facts.finished == Some(false) && has_errors {
                compile::plausible(facts, exit)?;
                compile::finished(facts, "the tests")?;
            }
            suites::nextest(facts, exit)
        }
        Stream::FmtList => other::fmt(facts, exit),
        Stream::Text => match definition {
            Some(definition) => (definition.text.status)(step, facts, exit, background),
            None => failed("it serves no collector".to_owned()),
        },
    }
}

/// Returns the status of a command that exits with 0 unless it failed, and whose output is one text.
pub(super) fn exit_zero(step: &Step, facts: &StepFacts, exit: &ExitDetails<'_>) -> StepVerdict {
    if exit.code != 0 {
        let command = step.action.command().map(Invocation::display);
        let words = command.as_deref().unwrap_or_default().split(' ');
        let name: Vec<&str> = words
            .take(2)
            .take_while(|word| !word.starts_with('-'))
            .collect();
        let said = said(exit.stderr);
        return failed(format!(
            "{} exited with {}: {said}",
            name.join(" "),
            exit.code
        ));
    }
    match &facts.unreadable {
        Some(reason) => failed(format!("its output could not be read: {reason}")),
        None => Ok(StepStatus::Whole),
    }
}

/// Returns the status of a step that failed for a reason.
pub(super) fn failed<T>(reason: String) -> Result<T, StepStatus> {
    Err(StepStatus::Failed(reason))
}

/// Returns the first few names and the number of the others, for use in a reason.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 5;
    first_few(names, SHOWN)
}

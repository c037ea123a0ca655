//! Determines the status of steps that compile nothing: reading files, the changelogs and the
//! formatter.

use super::{ExitDetails, StepVerdict, stderr};
use crate::collector::ArtifactReader;
use crate::collector::facts::StepFacts;
use crate::event::{Cause, FileExecutions, Problem};
use crate::plan::Database;
use crate::run::StepStatus;

/// Returns the status of a step that reads files, whose code is set by this program. It is partial
/// if a file could not be read. `what` is the kind of a file, and of all of them.
pub(super) fn read(what: [&str; 2], facts: &StepFacts, code: i32, said: &str) -> StepVerdict {
    let [one, all] = what;
    match (code, &facts.unreadable) {
        (0, None) => Ok(StepStatus::Whole),
        (0, Some(line)) => Ok(StepStatus::Partial(format!(
            "{one} could not be read: {line}"
        ))),
        _ => Err(StepStatus::Failed(format!(
            "{all} could not be read: {}",
            stderr::said(said)
        ))),
    }
}

/// Returns the status of a step that reads files of a database. It is partial if entries of the
/// database may be missing.
pub(super) fn with_database(status: StepStatus, database: Option<&Database>) -> StepStatus {
    match database.and_then(|database| database.flaw.as_ref()) {
        Some(flaw) if status.is_whole() => StepStatus::Partial(flaw.clone()),
        _ => status,
    }
}

/// Returns the status of a build whose files were read. It is partial if one could not be read.
pub(super) fn with_files(status: StepStatus, facts: &StepFacts) -> StepStatus {
    match unread(facts) {
        Some(problem) if status.is_whole() => StepStatus::Partial(format!(
            "{} could not be read: {}",
            problem.file, problem.message
        )),
        _ => status,
    }
}

/// Fails when the profiles of the tests could not be read.
pub(super) fn profiles(facts: &StepFacts) -> Result<(), StepStatus> {
    let mut problems = facts.problems.iter();
    let problem = problems.find(|problem| problem.rule == FileExecutions::UNREADABLE);
    problem.map_or(Ok(()), |problem| {
        Err(StepStatus::Failed(problem.message.clone()))
    })
}

/// Returns the status of tests whose profiles were read. It is partial if one was not written.
pub(super) fn with_profiles(status: StepStatus, facts: &StepFacts) -> StepStatus {
    match unwritten(facts) {
        Some(problem) if status.is_whole() => StepStatus::Partial(problem.message.clone()),
        _ => status,
    }
}

/// Returns the problem of the first profile that was not written.
pub(super) fn unwritten(facts: &StepFacts) -> Option<&Problem> {
    let mut problems = facts.problems.iter();
    problems.find(|problem| problem.rule == FileExecutions::UNWRITTEN)
}

/// Returns the first built file that could not be read.
pub(super) fn unread(facts: &StepFacts) -> Option<&Problem> {
    let mut problems = facts.problems.iter();
    problems.find(|problem| problem.rule == ArtifactReader::UNREADABLE)
}

/// Returns what made the result of reading files incomplete: the state of a database, or else a
/// file that may be readable next time.
pub(super) fn cause_of_reading(facts: &StepFacts, database: Option<&Database>) -> Cause {
    let is_flawed =
        database.is_some_and(|database| database.flaw.is_some() && !database.is_unknown);
    match facts.unreadable.is_none() && is_flawed {
        true => Cause::Sources,
        false => Cause::Unknown,
    }
}

/// Returns the status of the changelog checks, whose code is set by this program too. They are
/// partial if tags could not be read.
pub(super) fn lint(code: i32, said: &str) -> StepVerdict {
    match (code, said) {
        (0, "") => Ok(StepStatus::Whole),
        (0, unchecked) => Ok(StepStatus::Partial(unchecked.to_owned())),
        (_, why) => Err(StepStatus::Failed(why.to_owned())),
    }
}

/// Returns the status of `cargo fmt -- --check -l`. It exits with 1 if it lists files. A file that
/// rustfmt cannot parse is not listed, but reported on stderr.
pub(super) fn fmt(facts: &StepFacts, exit: &ExitDetails<'_>) -> StepVerdict {
    // Cargo exits with 0 if a signal ended rustfmt.
    if matches!(exit.code, 0 | 1)
        && facts.unread_crates > 0
        && stderr::first_error(exit.stderr).is_none()
    {
        let targets = match facts.unread_crates {
            1 => "1 target".to_owned(),
            count => format!("{count} targets"),
        };
        return Err(StepStatus::Failed(format!(
            "rustfmt ended before it had read {targets}{}",
            said_by_rustfmt(exit)
        )));
    }
    match (
        exit.code,
        facts.unformatted.len(),
        stderr::first_error(exit.stderr),
    ) {
        (0, 0, _) => Ok(StepStatus::Whole),
        (0, files, _) => Err(StepStatus::Failed(format!(
            "stream contradicts the exit status: {files} files listed, and rustfmt exited with 0"
        ))),
        // A path that contains a newline is printed on several lines.
        (1, 1.., None) if facts.unread_lines > 0 => Ok(StepStatus::Partial(
            "rustfmt printed a line that is not the path of a file".to_owned(),
        )),
        (1, 1.., None) => Ok(StepStatus::Whole),
        (1, 1.., Some(error)) => Ok(StepStatus::Partial(format!(
            "rustfmt could not read every file: {error}"
        ))),
        (code, files, _) => {
            let listed = if files == 0 {
                " and listed no file"
            } else {
                ""
            };
            Err(StepStatus::Failed(format!(
                "cargo fmt exited with {code}{listed}{}",
                said_by_rustfmt(exit)
            )))
        }
    }
}

/// Returns what rustfmt says, after a colon; empty if it says nothing.
fn said_by_rustfmt(exit: &ExitDetails<'_>) -> String {
    let said = stderr::said_by_rustfmt(exit.stderr);
    match said.is_empty() {
        true => said,
        false => format!(": {said}"),
    }
}

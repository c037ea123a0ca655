//! Finds the reason of a failure in the last lines of stderr.
//!
//! This text is not a stable format. Only messages that cargo and rustup have had for years are
//! recognized, and they only make the reason of a failure more precise.

use super::failed;
use crate::collector::ALL;
use crate::event::{machine, target_not_installed};
use crate::plan::quote;
use crate::run::StepStatus;

/// Fails when cargo does not know a subcommand, or rustup does not have its component.
pub(super) fn missing_tool(stderr: &str) -> Result<(), StepStatus> {
    let mut tools = ALL.iter().flat_map(|definition| definition.tools);
    match tools.find(|tool| {
        tool.subcommand()
            .is_some_and(|name| is_missing(name, stderr))
    }) {
        Some(tool) => Err(StepStatus::Unavailable(
            format!("{} is not installed", tool.component),
            tool.install.to_owned(),
        )),
        None => Ok(()),
    }
}

/// Returns whether cargo or rustup reported that a subcommand is not installed.
fn is_missing(subcommand: &str, stderr: &str) -> bool {
    stderr.lines().any(|line| {
        line.contains(&format!("no such command: `{subcommand}`"))
            || line.contains(&format!("'cargo-{subcommand}' is not installed"))
            || line.contains(&format!("'cargo-{subcommand}"))
                && line.contains("is not installed for the toolchain")
    })
}

/// Fails when cargo, a compiler or a linker stopped because of the machine, such as a full disk,
/// since that causes all other errors. The messages are those of the compiler about the machine.
pub(super) fn machine_works<'a>(
    stderr: &'a str,
    messages: impl Iterator<Item = &'a str>,
) -> Result<(), StepStatus> {
    let mut messages = messages.peekable();
    let first = messages.peek().copied();
    match machine::describe(messages.chain(stderr.lines())) {
        Some(why) => failed(why),
        None => first.map_or(Ok(()), |message| failed(message.to_owned())),
    }
}

/// Fails when the compiler did not find the standard library of the target.
pub(super) fn target_is_installed<'a>(
    mut messages: impl Iterator<Item = &'a String>,
) -> Result<(), StepStatus> {
    match messages.find_map(|message| target_not_installed(message)) {
        Some(target) => Err(StepStatus::Unavailable(
            format!("the standard library for {target} is not installed"),
            format!("rustup target add {}", quote(target)),
        )),
        None => Ok(()),
    }
}

/// Returns how a compiler or build script crashed, or which arguments the compiler refused. Cargo prints this after the
/// command.
pub(super) fn crash(stderr: &str) -> Option<String> {
    let (mut earlier, mut blamed) = ("", "");
    for line in stderr.lines() {
        if let Some(message) = line.strip_prefix("error: ") {
            (earlier, blamed) = (blamed, message);
        }
        let Some((_, rest)) = line.split_once("process didn't exit successfully: ") else {
            continue;
        };
        let how = rest
            .rsplit_once(" (")
            .map_or("", |(_, how)| how.trim_end_matches(')'));
        let what = if blamed.is_empty() {
            "cargo does not say on what"
        } else {
            blamed
        };
        // The compiler exits with 1 after an error, which it prints as text before it has read its arguments.
        if what.starts_with("could not compile") && how == "exit status: 1" && !earlier.is_empty() {
            return Some(format!("{what}: {earlier}"));
        }
        // A failing build script ends like this too, but that is not a crash of the compiler.
        let crashed = if what.starts_with("could not compile") {
            "compiler crashed: "
        } else {
            ""
        };
        return Some(format!("{crashed}{what} ({how})"));
    }
    None
}

/// Returns the reason for an exit status that no message explains.
pub(in crate::collector) fn unexplained(program: &str, code: i32, stderr: &str) -> String {
    match said(stderr) {
        "" => format!("{program} exited with {code} and gave no error"),
        said => format!("{program} exited with {code}: {said}"),
    }
}

/// Returns the cause of the first error, which cargo and nextest print below it and further to the right.
pub(super) fn cause(stderr: &str) -> Option<&str> {
    let mut lines = stderr.lines();
    lines.find(|line| line.starts_with("error"))?;
    let line = lines.find(|line| !line.is_empty() && *line != "Caused by:")?;
    let cause = line.strip_prefix(' ')?.trim_start();
    Some(cause.strip_prefix("error: ").unwrap_or(cause))
}

/// Returns the first error line without its prefix, or else the last line that is not blank, or
/// else an empty string.
pub(crate) fn said(stderr: &str) -> &str {
    first_error(stderr)
        .or_else(|| {
            stderr
                .lines()
                .rev()
                .map(str::trim)
                .find(|line| !line.is_empty())
        })
        .unwrap_or("")
}

/// Returns what rustfmt says when it fails: the first error line without its prefix, or else the first line that is not
/// blank and not a warning. After an invalid configuration file, which is named there, the details follow on other lines.
pub(super) fn said_by_rustfmt(stderr: &str) -> String {
    if let Some(error) = first_error(stderr) {
        return error.to_owned();
    }
    let mut lines = stderr.lines().map(str::trim);
    let said = lines.find(|line| !line.is_empty() && !line.starts_with("Warning: "));
    let details = lines.find_map(|line| line.strip_prefix("Error details: "));
    let said = said.unwrap_or_default();
    match details {
        Some(details) => format!("{}: {details}", said.trim_end_matches('.')),
        None => said.to_owned(),
    }
}

/// Returns the first line that begins with `error`, without the prefix `error: `.
pub(super) fn first_error(stderr: &str) -> Option<&str> {
    stderr
        .lines()
        .find_map(|line| match line.strip_prefix("error")? {
            rest if rest.starts_with(": ") => Some(&rest[2..]),
            rest if rest.starts_with('[') => Some(line),
            _ => None,
        })
}

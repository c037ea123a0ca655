//! What the end of stderr says about a failure. It is text for people: only what cargo and rustup have said for years is
//! looked for, and all of it only ever makes a failure's reason better.

use crate::collector::ALL;
use crate::event::full_disk;
use crate::run::StepStatus;

/// Fails when cargo does not know a subcommand, or rustup does not have its component.
pub(super) fn missing_tool(stderr: &str) -> Result<(), StepStatus> {
    let missing = |subcommand: &str| {
        stderr.lines().any(|line| {
            line.contains(&format!("no such command: `{subcommand}`"))
                || line.contains(&format!("'cargo-{subcommand}' is not installed"))
                || line.contains(&format!("'cargo-{subcommand}"))
                    && line.contains("is not installed for the toolchain")
        })
    };
    let mut tools = ALL.iter().flat_map(|definition| definition.tools);
    match tools.find(|tool| missing(tool.subcommand)) {
        Some(tool) => Err(StepStatus::Unavailable(
            format!("{} is not installed", tool.component),
            tool.install.to_owned(),
        )),
        None => Ok(()),
    }
}

/// Fails when cargo, a compiler or a linker found the disk full: whatever else they say follows from that.
pub(super) fn found_full_disk<'a>(
    stderr: &'a str,
    messages: impl Iterator<Item = &'a str>,
) -> Result<(), StepStatus> {
    match messages
        .chain(stderr.lines().map(str::trim))
        .find(|line| full_disk(line).is_some())
    {
        Some(line) => Err(StepStatus::Failed(format!(
            "the disk is full: {}",
            line.trim_start_matches("error: ")
        ))),
        None => Ok(()),
    }
}

/// A compiler (or build script) that did not end like one that found errors: cargo says how, behind the command.
pub(super) fn crash(stderr: &str) -> Option<String> {
    let mut blamed = "";
    for line in stderr.lines() {
        if let Some(message) = line.strip_prefix("error: ") {
            blamed = message;
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
        // Build scripts fail with status 1 as well, and are no crash.
        let crashed = if what.starts_with("could not compile") {
            "compiler crashed: "
        } else {
            ""
        };
        return Some(format!("{crashed}{what} ({how})"));
    }
    None
}

/// A reason for an exit status that no message explains.
pub(super) fn unexplained(code: i32, stderr: &str) -> String {
    match said(stderr) {
        "" => format!("cargo exited with {code} and gave no error"),
        said => format!("cargo exited with {code}: {said}"),
    }
}

/// The first error line without its prefix, else the last line that says anything, else nothing.
pub(super) fn said(stderr: &str) -> &str {
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

/// The first line that begins with `error`, without the prefix.
pub(super) fn first_error(stderr: &str) -> Option<&str> {
    stderr
        .lines()
        .find_map(|line| match line.strip_prefix("error")? {
            rest if rest.starts_with(": ") => Some(&rest[2..]),
            rest if rest.starts_with('[') => Some(line),
            _ => None,
        })
}

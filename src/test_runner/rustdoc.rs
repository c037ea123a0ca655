//! Replaces rustdoc in the step that looks for public items without documentation.
//!
//! Cargo runs this program with rustdoc's arguments when `RUSTDOC` names it. It runs the real
//! rustdoc, and if that succeeds, runs it again for its count of public items (`--show-coverage`).
//! The count is an unstable feature, so `RUSTC_BOOTSTRAP=1` is set for the second process only.
//! That process writes no files, and its diagnostics are dropped.
//!
//! Cargo stores the diagnostics of a crate and prints them again if nothing has changed. Therefore
//! the count is printed as a diagnostic of the crate.
#![expect(
    clippy::disallowed_methods,
    reason = "owner: starts rustdoc, inside of a process that process/ started"
)]

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::event::Diagnostic;

/// Variable that contains the real rustdoc.
pub(crate) const VARIABLE: &str = "CARGO_CAMPAIGN_RUSTDOC";

/// Returns the real rustdoc if these are the arguments with which cargo documents a crate.
pub fn called(args: &[OsString]) -> Option<OsString> {
    let documents = args.iter().any(|arg| arg == "--crate-name");
    std::env::var_os(VARIABLE).filter(|_| documents)
}

/// Runs rustdoc and returns its exit code. Does not return if it died of a signal that this process
/// can send to itself.
pub fn run(rustdoc: &OsStr, args: &[OsString]) -> i32 {
    match Command::new(rustdoc).args(args).status() {
        Ok(status) => {
            if status.success() && is_library(args) {
                // Without a count, the collector reports that the metric is unavailable.
                if let Some((documented, total)) = count(rustdoc, args) {
                    let _ = writeln!(io::stderr(), "{}", diagnostic(documented, total));
                }
            }
            super::end_like(status)
        }
        Err(error) => super::report_failure(&format!("{}: {error}", rustdoc.display())),
    }
}

/// Returns whether the crate is a library. Programs have no public items.
fn is_library(args: &[OsString]) -> bool {
    args.windows(2)
        .any(|pair| pair[0] == "--crate-type" && pair[1] != "bin")
}

/// The counts of one file in rustdoc's output.
#[derive(Deserialize)]
struct FileCoverage {
    total: u64,
    with_docs: u64,
}

/// Returns the number of public items with documentation and of all public items, or `None` if
/// rustdoc does not report them.
fn count(rustdoc: &OsStr, args: &[OsString]) -> Option<(u64, u64)> {
    let mut command = Command::new(rustdoc);
    command.args(args).args([
        "-Zunstable-options",
        "--show-coverage",
        "--output-format",
        "json",
    ]);
    let out = command
        .env("RUSTC_BOOTSTRAP", "1")
        .stderr(Stdio::null())
        .output()
        .ok()?;
    if out.status.success() {
        sum(&out.stdout)
    } else {
        None
    }
}

/// Adds up the counts of all files. Only the last line is read, because procedural macros may print
/// to stdout as well.
fn sum(stdout: &[u8]) -> Option<(u64, u64)> {
    let line = stdout
        .trim_ascii_end()
        .rsplit(|byte| *byte == b'\n')
        .next()?;
    let files: std::collections::BTreeMap<String, FileCoverage> =
        serde_json::from_slice(line).ok()?;
    let mut sum = (0_u64, 0_u64);
    for file in files.values() {
        sum.0 = sum.0.checked_add(file.with_docs)?;
        sum.1 = sum.1.checked_add(file.total)?;
    }
    Some(sum)
}

/// Returns a diagnostic with the counts in the form in which rustc writes diagnostics.
fn diagnostic(documented: u64, total: u64) -> String {
    serde_json::json!({
        "$message_type": "diagnostic",
        "level": "warning",
        "code": { "code": Diagnostic::DOCUMENTED, "explanation": null },
        "message": format!("{documented} of {total}"),
        "spans": [],
        "children": [],
        "rendered": "",
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_all_files_are_added_up() {
        let file = |total: u64, with: u64| {
            format!(
                r#"{{"total":{total},"with_docs":{with},"total_examples":1,"with_examples":0}}"#
            )
        };
        for (stdout, expected) in [
            (
                format!(
                    r#"{{"src/lib.rs":{},"src/a.rs":{}}}"#,
                    file(17, 6),
                    file(3, 3)
                ) + "\n",
                Some((9, 20)),
            ),
            (
                format!("said by a macro\n{{\"src/lib.rs\":{}}}", file(1, 0)),
                Some((0, 1)),
            ),
            (
                r#"{"src/lib.rs":{"total":-1,"with_docs":0}}"#.to_owned(),
                None,
            ),
            (
                format!(r#"{{"a":{},"b":{}}}"#, file(u64::MAX, 0), file(1, 0)),
                None,
            ),
            ("{}".to_owned(), Some((0, 0))),
            ("all is well".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(sum(stdout.as_bytes()), expected, "{stdout}");
        }
    }

    #[test]
    fn only_libraries_have_public_items() {
        let kind = |kind: &str| {
            is_library(&["--crate-type", kind, "--crate-name", "a"].map(OsString::from))
        };
        assert_eq!(["lib", "proc-macro", "bin"].map(kind), [true, true, false]);
        assert!(!is_library(&["-vV".into()]));
    }
}

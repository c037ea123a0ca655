//! Standing in for rustdoc in the step that looks for public items without documentation: runs the real one, and once more
//! for its own count of public items.
//!
//! Cargo calls this program with rustdoc's arguments when `RUSTDOC` names it. The count (`--show-coverage`) is not stable:
//! `RUSTC_BOOTSTRAP=1` stands in that second process alone, which writes nothing and whose diagnostics are dropped. It may
//! accept what a stable rustdoc refuses (`#![feature]`), but it runs only where the real one, as the user has it, was
//! content. Cargo keeps what rustdoc says of a crate and says it again when nothing changed; so the count is said as a
//! diagnostic of the crate. Must not know what the count is for.
#![expect(
    clippy::disallowed_methods,
    reason = "owner: starts rustdoc, inside of what process.rs started"
)]

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::event::Diagnostic;

/// Names the real rustdoc to this program.
pub(crate) const VARIABLE: &str = "CARGO_CAMPAIGN_RUSTDOC";

/// The real rustdoc, when these are arguments of cargo for it.
pub fn called(args: &[OsString]) -> Option<OsString> {
    let documents = args.iter().any(|arg| arg == "--crate-name");
    std::env::var_os(VARIABLE).filter(|_| documents)
}

/// Runs it and returns its exit code; does not return when it died of a signal that can be died of.
pub fn run(rustdoc: &OsStr, args: &[OsString]) -> i32 {
    match Command::new(rustdoc).args(args).status() {
        Ok(status) => {
            if status.success() && is_library(args) {
                let said = count(rustdoc, args).map(|(with, total)| diagnostic(with, total));
                said.iter()
                    .for_each(|line| drop(writeln!(io::stderr(), "{line}")));
            }
            super::end_like(status)
        }
        Err(error) => super::complain(&format!("{}: {error}", rustdoc.display())),
    }
}

/// Programs have no public items.
fn is_library(args: &[OsString]) -> bool {
    args.windows(2)
        .any(|pair| pair[0] == "--crate-type" && pair[1] != "bin")
}

/// What rustdoc counts in a file.
#[derive(Deserialize)]
struct File {
    total: u64,
    with_docs: u64,
}

/// Public items with documentation, and all of them; nothing where rustdoc does not tell.
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

/// The last line: proc macros may print, too.
fn sum(stdout: &[u8]) -> Option<(u64, u64)> {
    let line = stdout
        .trim_ascii_end()
        .rsplit(|byte| *byte == b'\n')
        .next()?;
    let files: std::collections::BTreeMap<String, File> = serde_json::from_slice(line).ok()?;
    let add = |(with, total): (u64, u64), file: &File| {
        Some((
            with.checked_add(file.with_docs)?,
            total.checked_add(file.total)?,
        ))
    };
    files.values().try_fold((0, 0), add)
}

/// As rustc writes one.
fn diagnostic(with: u64, total: u64) -> String {
    serde_json::json!({
        "$message_type": "diagnostic",
        "level": "warning",
        "code": { "code": Diagnostic::DOCUMENTED, "explanation": null },
        "message": format!("{with} of {total}"),
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
    fn the_count_is_the_sum_of_all_files_or_nothing() {
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
    fn libraries_are_counted_and_programs_are_not() {
        let kind = |kind: &str| {
            is_library(&["--crate-type", kind, "--crate-name", "a"].map(OsString::from))
        };
        assert_eq!(["lib", "proc-macro", "bin"].map(kind), [true, true, false]);
        assert!(!is_library(&["-vV".into()]));
    }
}

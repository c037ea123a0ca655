//! Readers that go away: quiet, no panic, and the verdict all the same.

use std::io::pipe;
use std::process::Stdio;

use super::{COMMANDS, pinned};
use crate::harness::output;

#[test]
fn a_closed_stdout_is_nobodys_fault() {
    let sandbox = pinned();
    for args in COMMANDS.iter().copied().chain([
        &["--help"][..],
        &["report", "--format", "json"],
        &["gate", "--prove"],
    ]) {
        let args = if args == ["init"] {
            &["init", "--dry-run"]
        } else {
            args
        };
        let open = sandbox.campaign(args);
        let (reader, writer) = pipe().expect("there are pipes");
        drop(reader);
        let closed = output(sandbox.campaign_command(args).stdout(writer));
        assert_eq!(closed.code, open.code, "{args:?}: {}", closed.stderr);
        // Some commands have nothing to show here, which is an error with any stdout.
        let mut words = ["panicked", "error", "pipe"].into_iter();
        let is_loud = words.any(|word| closed.stderr.contains(word) && !open.stderr.contains(word));
        assert!(!is_loud, "{args:?}: {}", closed.stderr);
    }
}

#[test]
fn a_closed_stderr_changes_nothing() {
    let sandbox = pinned();
    for args in [&["run"][..], &["gate"], &["status"], &["frobnicate"]] {
        let open = sandbox.campaign(args);
        let (reader, writer) = pipe().expect("there are pipes");
        drop(reader);
        let closed = output(sandbox.campaign_command(args).stderr(Stdio::from(writer)));
        assert_eq!(
            (closed.code, closed.stdout.is_empty()),
            (open.code, open.stdout.is_empty()),
            "{args:?}"
        );
    }
}

/// Not even there: `>&- 2>&-`.
#[cfg(unix)]
#[test]
fn descriptors_that_are_closed_are_not_written_to() {
    let sandbox = pinned();
    for (args, code) in [("status", 0), ("gate", 0), ("run", 0), ("frobnicate", 2)] {
        let line = format!(
            "exec '{}' {args} <&- >&- 2>&-",
            env!("CARGO_BIN_EXE_cargo-campaign")
        );
        assert_eq!(sandbox.output("sh", &["-c", &line]).code, code, "{args}");
    }
    assert_eq!(
        sandbox.campaign(&["doctor"]).code,
        0,
        "nothing of ours was written into the store"
    );
}

//! Runs the compiler for the members with arguments that cargo does not give: a lint that shows unused
//! dependencies, or instrumentation that counts executions.
//!
//! Cargo runs this program with the compiler and its arguments when `RUSTC_WORKSPACE_WRAPPER` names it.
//! The path of the wrapper is part of the name of the members' units, so that those of other commands
//! stay fresh.
#![expect(
    clippy::disallowed_methods,
    reason = "owner: starts rustc, inside of a process that process/ started"
)]

use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{ChildStderr, Command, ExitStatus, Stdio};

use crate::event::Diagnostic;

/// Variable that makes the program the wrapper, with the name of its purpose.
pub(crate) const VARIABLE: &str = "CARGO_CAMPAIGN_COMPILER";

/// Why the compiler is run through this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WrapperUse {
    /// To find unused dependencies.
    Lint,
    /// To count executions.
    Instrument,
}

impl WrapperUse {
    /// Returns the value of [`VARIABLE`].
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Lint => "lint",
            Self::Instrument => "instrument",
        }
    }

    fn of_environment() -> Option<Self> {
        let value = std::env::var_os(VARIABLE)?;
        [Self::Lint, Self::Instrument]
            .into_iter()
            .find(|purpose| value == purpose.name())
    }

    /// Returns the arguments to add to those with which cargo compiles a unit.
    fn args(self, args: &[OsString]) -> &'static [&'static str] {
        match self {
            Self::Lint => &LINT_ARGS,
            // Cargo and the compiler run them, and not the tests.
            Self::Instrument if runs_at_build_time(args) => &[],
            Self::Instrument => &INSTRUMENT_ARGS,
        }
    }
}

/// Counts how often each region of the code is executed.
const INSTRUMENT_ARGS: [&str; 2] = ["-C", "instrument-coverage"];

/// The lint.
const LINT: &str = "unused_crate_dependencies";

/// The arguments that are added. Neither attributes nor levels in a manifest hide the lint, and no
/// other one ends the compilation.
const LINT_ARGS: [&str; 4] = ["--force-warn", LINT, "--cap-lints", "warn"];

/// Returns whether cargo runs the program as a wrapper. `args` are those of the process.
pub fn called(args: &[OsString]) -> bool {
    WrapperUse::of_environment().is_some() && args.get(1).is_some_and(is_compiler)
}

/// Returns whether the first argument is a compiler and not a command of this program.
fn is_compiler(program: &OsString) -> bool {
    let stem = std::path::Path::new(program).file_stem();
    stem.is_some_and(|stem| stem.to_string_lossy().contains("rustc"))
}

/// Runs the compiler and returns its exit code. `args` begin with the compiler. Does not return if it
/// died of a signal that this process can send to itself.
pub fn run(args: &[OsString]) -> i32 {
    let Some((compiler, rest)) = args.split_first() else {
        return 1;
    };
    let mut command = Command::new(compiler);
    command.args(rest);
    let purpose = WrapperUse::of_environment();
    // Cargo also asks for versions and paths.
    let compiles =
        rest.iter().any(|arg| arg == "--crate-name") && !rest.iter().any(|arg| arg == "-");
    if let Some(purpose) = purpose.filter(|_| compiles) {
        command.args(purpose.args(rest));
    }
    let status = match purpose {
        Some(WrapperUse::Lint) if compiles_tests(rest) => run_marked(&mut command),
        _ => command.status(),
    };
    match status {
        Ok(status) => super::end_like(status),
        Err(error) => super::report_failure(&format!("{}: {error}", compiler.display())),
    }
}

/// Returns whether the arguments of the compiler compile a build script or a procedural macro.
fn runs_at_build_time(args: &[OsString]) -> bool {
    args.windows(2).any(|pair| {
        let value = pair[1].to_string_lossy();
        pair[0] == "--crate-name" && value.starts_with("build_script_")
            || pair[0] == "--crate-type" && value == "proc-macro"
    })
}

/// Returns whether the arguments of the compiler compile a unit with its tests.
fn compiles_tests(args: &[OsString]) -> bool {
    let is_without_harness = args
        .windows(2)
        .any(|pair| pair[0] == "--cfg" && pair[1] == "test");
    is_without_harness || args.iter().any(|arg| arg == "--test")
}

/// Runs the compiler and marks the messages of the lint as those of a unit with tests.
fn run_marked(command: &mut Command) -> io::Result<ExitStatus> {
    let mut child = command.stderr(Stdio::piped()).spawn()?;
    let passed = child.stderr.take().map_or(Ok(()), pass_on);
    let status = child.wait()?;
    passed.map(|()| status)
}

fn pass_on(messages: ChildStderr) -> io::Result<()> {
    let mut messages = BufReader::new(messages);
    let mut line = Vec::new();
    while messages.read_until(b'\n', &mut line)? > 0 {
        io::stderr().write_all(&marked(&line))?;
        line.clear();
    }
    Ok(())
}

/// Returns a line of the compiler with the code for units with tests, if it is a message of the lint.
fn marked(line: &[u8]) -> Cow<'_, [u8]> {
    let code = |code| format!(r#""code":{{"code":"{code}""#);
    let text = str::from_utf8(line).unwrap_or_default();
    match text.split_once(&code(LINT)) {
        Some((before, after)) => {
            let code = code(Diagnostic::UNUSED_IN_TESTS);
            Cow::Owned(format!("{before}{code}{after}").into_bytes())
        }
        None => Cow::Borrowed(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_with_tests_are_told_from_others_by_their_arguments() {
        for (args, expected) in [
            ("--crate-name a --test", true),
            ("--crate-name a --cfg test", true),
            ("--crate-name test --cfg unix", false),
        ] {
            let args: Vec<OsString> = args.split(' ').map(OsString::from).collect();
            assert_eq!(compiles_tests(&args), expected, "{args:?}");
        }
    }

    #[test]
    fn programs_of_the_build_are_not_instrumented() {
        for (args, expected) in [
            ("--crate-name a --crate-type lib", false),
            ("--crate-name a --test", false),
            ("--crate-name build_script_build --crate-type bin", true),
            ("--crate-name a --crate-type proc-macro", true),
        ] {
            let args: Vec<OsString> = args.split(' ').map(OsString::from).collect();
            assert_eq!(runs_at_build_time(&args), expected, "{args:?}");
        }
    }

    #[test]
    fn only_messages_of_the_lint_are_marked() {
        let message = |code: &str| {
            format!(r#"{{"message":"extern crate `a` is unused","code":{{"code":"{code}"}}}}"#)
        };
        for (line, expected) in [
            (message(LINT), message(Diagnostic::UNUSED_IN_TESTS)),
            (message("dead_code"), message("dead_code")),
            (LINT.to_owned(), LINT.to_owned()),
        ] {
            assert_eq!(marked(line.as_bytes()), expected.as_bytes());
        }
        assert_eq!(*marked(b"\xff"), *b"\xff");
    }
}

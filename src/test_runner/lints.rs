//! Runs the compiler for the members with a lint that shows unused dependencies.
//!
//! Cargo runs this program with the compiler and its arguments when `RUSTC_WORKSPACE_WRAPPER` names it.
//! The path of the wrapper is part of the name of the members' units, so that those of other commands
//! stay fresh.
#![expect(
    clippy::disallowed_methods,
    reason = "owner: starts rustc, inside of a process that process/ started"
)]

use std::ffi::OsString;
use std::process::Command;

/// Variable that tells the program that it is the wrapper.
pub(crate) const VARIABLE: &str = "CARGO_CAMPAIGN_LINTS";

/// The arguments that are added. Neither attributes nor levels in a manifest hide the lint, and no
/// other one ends the compilation.
const ARGS: [&str; 4] = [
    "--force-warn",
    "unused_crate_dependencies",
    "--cap-lints",
    "warn",
];

/// Returns whether cargo runs the program as a wrapper. `args` are those of the process.
pub fn called(args: &[OsString]) -> bool {
    std::env::var_os(VARIABLE).is_some() && args.get(1).is_some_and(is_compiler)
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
    // Cargo also asks for versions and paths.
    if rest.iter().any(|arg| arg == "--crate-name") && !rest.iter().any(|arg| arg == "-") {
        command.args(ARGS);
    }
    match command.status() {
        Ok(status) => super::end_like(status),
        Err(error) => super::report_failure(&format!("{}: {error}", compiler.display())),
    }
}

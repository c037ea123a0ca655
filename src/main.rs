//! The program: argv in, exit code out, nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().collect();
    cargo_campaign::cli::main(&args)
}

//! The executables behind cargo's external subcommands: `cargo-clippy` for `cargo clippy`.
//!
//! They are started directly. Through `cargo clippy`, an `[alias]` in a configuration file of the workspace could put any
//! program in the place of the tool. Commands that are shown stay as a person types them.
#![expect(
    clippy::disallowed_methods,
    reason = "owner: where cargo looks for its subcommands"
)]

use std::path::{Path, PathBuf};

use crate::plan::{Invocation, Stream};

/// Subcommands that plans use and that are not part of cargo itself.
const EXTERNAL: [&str; 3] = ["clippy", "fmt", "nextest"];

/// Returns the executable of a subcommand: beside `cargo`, where its toolchain or rustup has it, then where cargo looks,
/// in the `bin` of its home and on `PATH`.
pub(crate) fn find(cargo: &Path, subcommand: &str) -> Option<PathBuf> {
    let name = format!("cargo-{subcommand}{}", std::env::consts::EXE_SUFFIX);
    let beside = cargo.is_absolute().then(|| cargo.with_file_name(&name));
    let home = std::env::var_os("CARGO_HOME")
        .filter(|home| !home.is_empty())
        .map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let installed = home.map(|home| home.join("bin").join(&name));
    [beside, installed]
        .into_iter()
        .flatten()
        .find(|path| path.is_file())
        .or_else(|| which::which(&name).ok())
}

/// Replaces cargo by the executable of its external subcommand, where the invocation is of one.
///
/// # Errors
/// If there is no such executable.
pub(crate) fn replace_cargo(invocation: &mut Invocation) -> Result<(), String> {
    let subcommand = invocation
        .args
        .first()
        .map(String::as_str)
        .unwrap_or_default();
    if invocation.stream == Stream::Figures || !EXTERNAL.contains(&subcommand) {
        return Ok(());
    }
    match find(&invocation.program, subcommand) {
        Some(program) => {
            invocation.program = program;
            Ok(())
        }
        None => Err(format!(
            "cargo-{subcommand} was not found beside cargo or on PATH"
        )),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;

//! Finds the executables of cargo's external subcommands, such as `cargo-clippy` for `cargo
//! clippy`.
//!
//! They are started directly, because an `[alias]` in a configuration file of the workspace could
//! make `cargo clippy` run any program. Commands that are shown to people keep the usual form.
#![expect(
    clippy::disallowed_methods,
    reason = "owner: where cargo looks for its subcommands"
)]

use std::path::{Path, PathBuf};

use crate::collector;
use crate::plan::{Collector, Invocation};

/// Returns the executable of a subcommand.
///
/// It is searched for next to `cargo`, where a toolchain or rustup installs it, and then where
/// cargo searches: in the `bin` directory of its home and on `PATH`.
pub(crate) fn find(cargo: &Path, subcommand: &str) -> Option<PathBuf> {
    let name = format!("cargo-{subcommand}{}", std::env::consts::EXE_SUFFIX);
    let beside = cargo.is_absolute().then(|| cargo.with_file_name(&name));
    let installed = cargo_home().map(|home| home.join("bin").join(&name));
    [beside, installed]
        .into_iter()
        .flatten()
        .find(|path| path.is_file())
        .or_else(|| which::which(&name).ok())
}

pub(super) fn cargo_home() -> Option<PathBuf> {
    std::env::var_os("CARGO_HOME")
        .filter(|home| !home.is_empty())
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")))
}

/// Replaces cargo with the executable of the external subcommand that an invocation runs, if any.
///
/// # Errors
/// If the executable does not exist.
pub(crate) fn replace_cargo(
    serves: &[Collector],
    invocation: &mut Invocation,
) -> Result<(), String> {
    let subcommand = invocation
        .args
        .first()
        .map(String::as_str)
        .unwrap_or_default();
    let mut external = collector::ALL.iter().flat_map(|one| one.tools);
    let is_external = external.any(|tool| tool.subcommand() == Some(subcommand));
    // The command of a custom collector is the user's own and may use aliases.
    if serves.iter().any(collector::is_custom) || !is_external {
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

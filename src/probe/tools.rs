//! Tools that complement cargo and may be missing.

use super::{Probe, companion};
use crate::collector::Tool;

/// Compares the public API of two versions of a library. No collector needs it.
pub const SEMVER_CHECKS: Tool = Tool {
    name: "semver-checks",
    component: "cargo-semver-checks",
    subcommand: "semver-checks",
    version: "--version",
    install: "cargo install cargo-semver-checks --locked",
    is_needed: |_| false,
};

/// A missing tool and the command that installs it. The program itself never installs anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingTool {
    /// Fragment of a message: `clippy is not installed`.
    pub message: String,
    /// Command such as `rustup component add clippy`.
    pub fix: String,
}

/// Returns the version that a tool prints.
///
/// The tool is always run, because a proxy of rustup exists even if the tool itself is not
/// installed. It is not run through cargo, which would look for an alias of this name first.
///
/// # Errors
/// If the tool does not exist or fails.
pub fn tool_version(probe: &Probe<'_>, tool: &Tool) -> Result<String, MissingTool> {
    let program = companion::find(probe.cargo, tool.subcommand);
    program
        .and_then(|program| probe.run(&program, &[tool.subcommand, tool.version]).ok())
        .ok_or_else(|| MissingTool {
            message: format!("{} is not installed", tool.component),
            fix: tool.install.to_owned(),
        })
}

//! Tools that complement cargo and may be missing.

use std::path::Path;

use super::{Probe, companion, compiler_cache, llvm};
use crate::collector::{Tool, ToolProgram};

/// A missing tool and the command that installs it. The program itself never installs anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingTool {
    /// Fragment of a message: `clippy is not installed`.
    pub message: String,
    /// Command such as `rustup component add clippy`.
    pub fix: String,
}

impl MissingTool {
    /// Returns a tool that cannot be used for a reason.
    pub fn of(tool: &Tool, message: String) -> Self {
        Self {
            message,
            fix: tool.install.to_owned(),
        }
    }
}

/// Returns the version that a tool prints. `rustc` is `$RUSTC` if set.
///
/// The tool is always run, because a proxy of rustup exists even if the tool itself is not
/// installed. It is not run through cargo, which would look for an alias of this name first.
///
/// # Errors
/// If the tool does not exist or fails.
pub fn tool_version(
    probe: &Probe<'_>,
    rustc: Option<&Path>,
    tool: &Tool,
) -> Result<String, MissingTool> {
    let found = match tool.program {
        ToolProgram::Subcommand { name, version } => companion::find(probe.cargo, name)
            .and_then(|program| probe.run(&program, &[name, version]).ok())
            .ok_or_else(|| format!("{} is not installed", tool.component)),
        ToolProgram::Llvm => llvm::find(probe, rustc).map(|tools| tools.version),
        ToolProgram::CompilerCache { .. } => {
            return compiler_cache::find(probe, tool).map(|cache| cache.version);
        }
    };
    found.map_err(|message| MissingTool::of(tool, message))
}

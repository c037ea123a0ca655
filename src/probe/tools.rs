//! Tools that complement cargo and may be missing.

use std::path::Path;

use super::{Probe, companion, compiler_cache, llvm};
use crate::collector::{Tool, ToolProgram};
use crate::plan::InstructionCounter;

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
        ToolProgram::Program { .. } => {
            return find_program(probe, tool).map(|found| found.version);
        }
        ToolProgram::Llvm => llvm::find(probe, rustc).map(|tools| tools.version),
        ToolProgram::CompilerCache { .. } => {
            return compiler_cache::find(probe, tool).map(|cache| cache.version);
        }
    };
    found.map_err(|message| MissingTool::of(tool, message))
}

/// Returns a program on `PATH` that prints its name and version.
///
/// # Errors
/// If it does not exist or does not run, and if its version is too old or unknown.
pub fn find_program(probe: &Probe<'_>, tool: &Tool) -> Result<InstructionCounter, MissingTool> {
    let missing = |message| MissingTool::of(tool, message);
    let ToolProgram::Program { name, oldest } = tool.program else {
        return Err(missing(format!("{} is run by cargo", tool.component)));
    };
    let program = which::which(name).map_err(|_| missing(format!("{name} is not installed")))?;
    let printed = probe
        .run(&program, &["--version"])
        .map_err(|_| missing(format!("`{name} --version` fails")))?;
    let version = printed.lines().next().unwrap_or_default().trim();
    match numbers(name, version) {
        None => Err(missing(format!(
            "`{name} --version` prints no known version"
        ))),
        Some(found) if found < oldest => Err(missing(format!(
            "{version} is older than {}.{}",
            oldest.0, oldest.1
        ))),
        Some(_) => Ok(InstructionCounter {
            program,
            version: version.to_owned(),
        }),
    }
}

/// Returns the first two numbers of a version: 3 and 19 of `valgrind-3.19.0`.
fn numbers(name: &str, version: &str) -> Option<(u32, u32)> {
    let numbers = version.strip_prefix(name)?.strip_prefix('-')?;
    let mut numbers = numbers.split(|c: char| !c.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_read_behind_the_name() {
        for (printed, expected) in [
            ("valgrind-3.19.0", Some((3, 19))),
            ("valgrind-3.26.0.GIT", Some((3, 26))),
            ("valgrind-3.8", Some((3, 8))),
            ("valgrind-3", None),
            ("valgrind 3.19", None),
            ("3.19.0", None),
            ("", None),
        ] {
            assert_eq!(numbers("valgrind", printed), expected, "{printed}");
        }
    }
}

//! The compiler cache that cargo is configured to use.
#![expect(
    clippy::disallowed_methods,
    reason = "owner: which wrapper of the compiler cargo uses"
)]

use std::path::{Path, PathBuf};

use super::config::{CargoConfig, anchored};
use super::{MissingTool, Probe, companion};
use crate::collector::{CompilerCache, Tool, ToolProgram};

/// The variables that name the wrapper, the preferred one first. An empty value turns it off.
const VARIABLES: [&str; 2] = ["RUSTC_WRAPPER", "CARGO_BUILD_RUSTC_WRAPPER"];

/// Returns the wrapper of the compiler, if it is this tool.
///
/// # Errors
/// If cargo is configured with another wrapper or with none, or if the tool does not run.
pub fn find(probe: &Probe<'_>, tool: &Tool) -> Result<CompilerCache, MissingTool> {
    let ToolProgram::CompilerCache { name, setting } = tool.program else {
        let message = format!("{} is not a wrapper of the compiler", tool.component);
        return Err(MissingTool::of(tool, message));
    };
    let Some(program) = wrapper(probe).filter(|program| is_named(program, name)) else {
        return Err(match which::which(name) {
            Ok(_) => MissingTool {
                message: format!("cargo does not run the compiler through {name}"),
                fix: setting.to_owned(),
            },
            Err(_) => MissingTool::of(tool, format!("{name} is not installed")),
        });
    };
    match probe.run(&program, &["--version"]) {
        Ok(version) => Ok(CompilerCache {
            program,
            version: version.trim().to_owned(),
        }),
        Err(_) => {
            let program = program.display();
            let message = format!("`{program}`, through which cargo runs the compiler, fails");
            Err(MissingTool::of(tool, message))
        }
    }
}

/// Returns the program through which cargo runs the compiler of every package.
fn wrapper(probe: &Probe<'_>) -> Option<PathBuf> {
    let named = VARIABLES.iter().find_map(|name| std::env::var(name).ok());
    let program = match named {
        Some(word) => anchored(probe.cwd, vec![word]).pop(),
        None => CargoConfig::read(probe.cwd, companion::cargo_home().as_deref()).rustc_wrapper(),
    };
    program.filter(|word| !word.is_empty()).map(PathBuf::from)
}

fn is_named(program: &Path, name: &str) -> bool {
    program.file_stem().is_some_and(|stem| stem == name)
}

//! Tools that complement cargo and may be missing.

use super::{Probe, companion};

/// An external subcommand of cargo that may not be installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of the tools")]
pub enum Tool {
    Clippy,
    Fmt,
    Nextest,
    SemverChecks,
}

/// A missing tool and the command that installs it. The program itself never installs anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingTool {
    /// Fragment of a message: `clippy is not installed`.
    pub message: String,
    /// Command such as `rustup component add clippy`.
    pub fix: String,
}

impl Tool {
    /// Returns the arguments that print the version, the name for messages, and the command that
    /// installs the tool.
    fn details(self) -> ([&'static str; 2], &'static str, &'static str) {
        match self {
            Self::Clippy => (["clippy", "-V"], "clippy", "rustup component add clippy"),
            Self::Fmt => (
                ["fmt", "--version"],
                "rustfmt",
                "rustup component add rustfmt",
            ),
            Self::Nextest => (
                ["nextest", "--version"],
                "cargo-nextest",
                "cargo install cargo-nextest --locked",
            ),
            Self::SemverChecks => (
                ["semver-checks", "--version"],
                "cargo-semver-checks",
                "cargo install cargo-semver-checks --locked",
            ),
        }
    }
}

/// Returns the version that a tool prints.
///
/// The tool is always run, because a proxy of rustup exists even if the tool itself is not
/// installed. It is not run through cargo, which would look for an alias of this name first.
///
/// # Errors
/// If the tool does not exist or fails.
pub fn tool_version(probe: &Probe<'_>, tool: Tool) -> Result<String, MissingTool> {
    let (args, name, fix) = tool.details();
    let program = companion::find(probe.cargo, args[0]);
    program
        .and_then(|program| probe.run(&program, &args).ok())
        .ok_or_else(|| MissingTool {
            message: format!("{name} is not installed"),
            fix: fix.to_owned(),
        })
}

/// Returns whether this version of nextest has `--cargo-message-format`, as all since 0.9.123 have.
pub fn has_messages(version: &str) -> bool {
    let number = version
        .split_whitespace()
        .nth(1)
        .and_then(|number| semver::Version::parse(number).ok());
    number.is_some_and(|number| number >= semver::Version::new(0, 9, 123))
}

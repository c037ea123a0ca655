//! Asks cargo, rustc and the file system about the workspace, the toolchain, the tools and the
//! machine.
//!
//! The commands run none of the workspace's code and install nothing, except for [`api`]
//! and [`compile`], which compile it.

pub mod advisories;
mod api;
pub mod changelogs;
pub(crate) mod companion;
mod compiler_cache;
pub(crate) mod config;
mod llvm;
mod package;
pub mod pipes;
pub mod shadow;
pub mod sources;
mod toolchain;
mod tools;
mod workspace;

pub use api::api;
pub use compiler_cache::find as compiler_cache;
pub use config::{unused_config_key, unused_key};
pub use llvm::find as llvm_tools;
pub use package::{
    Compilation, Compiled, UnpackedCopies, cause, compile, is_at_fault, package_files,
};
pub use toolchain::{cfg, clippy_lints, host, machine_name, targets, toolchain};
pub use tools::{MissingTool, find_program as program, tool_version};
pub use workspace::{OutsidePackage, outside_packages, publications, workspace};

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};

use crate::event::Ending;
use crate::plan::{Invocation, Stream};
use crate::process::tail::last_lines;
use crate::process::{Cancel, Captured, capture};

/// Time after which a probe is assumed to hang.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Number of bytes shown of the messages of a failed probe.
const SHOWN: usize = 2000;

/// Where and how probes run.
#[derive(Clone, Copy, Debug)]
pub struct Probe<'a> {
    /// Path of cargo: `$CARGO` or the one on `PATH`.
    pub cargo: &'a Path,
    /// Working directory, which determines the toolchain file and cargo's configuration.
    pub cwd: &'a Path,
    /// Ends a probe early.
    pub cancel: &'a Cancel,
}

impl Probe<'_> {
    /// Runs a command and returns its stdout.
    ///
    /// # Errors
    /// If the command cannot be started, fails, hangs or is interrupted.
    fn run(&self, program: &Path, args: &[&str]) -> Result<String> {
        self.stdout_of(&self.invocation(program, args), TIMEOUT)
    }

    /// Runs cargo without the compiler and the wrappers that the workspace's own configuration
    /// names, since these are code of the workspace.
    ///
    /// # Errors
    /// As [`Probe::run`].
    fn run_cargo_without_wrappers(&self, args: &[&str]) -> Result<String> {
        let mut invocation = self.invocation(self.cargo, args);
        let rustc = toolchain::rustc_of(self.cargo);
        invocation.env.extend([
            (
                "RUSTC".to_owned(),
                Some(rustc.to_string_lossy().into_owned()),
            ),
            // An empty value disables the wrapper that a configuration file names.
            ("RUSTC_WRAPPER".to_owned(), Some(String::new())),
            ("RUSTC_WORKSPACE_WRAPPER".to_owned(), Some(String::new())),
        ]);
        self.stdout_of(&invocation, TIMEOUT)
    }

    fn stdout_of(&self, invocation: &Invocation, timeout: Duration) -> Result<String> {
        let Captured {
            ending,
            stdout,
            stderr,
        } = capture(invocation, timeout, self.cancel);
        let command = invocation.display();
        match ending {
            Ending::Exited(0) => Ok(stdout),
            Ending::NotStarted(text) => bail!("{text}"),
            Ending::TimedOut => bail!("`{command}` gave no answer in {} s", timeout.as_secs()),
            Ending::Interrupted => bail!("`{command}` was interrupted"),
            Ending::Exited(_) | Ending::Signalled(_) => {
                bail!("`{command}` failed:\n{}", last_lines(&stderr, SHOWN).trim())
            }
        }
    }

    fn invocation(&self, program: &Path, args: &[&str]) -> Invocation {
        // Without the first variable, a proxy of rustup would download a toolchain that is not
        // installed.
        let env = [("RUSTUP_AUTO_INSTALL", "0"), ("RUST_BACKTRACE", "0")];
        Invocation {
            program: program.to_owned(),
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            env: env
                .map(|(name, value)| (name.to_owned(), Some(value.to_owned())))
                .into(),
            cwd: self.cwd.to_owned(),
            stream: Stream::Text,
        }
    }
}

/// Returns `path` relative to `root`, with `/` as separator.
///
/// The result is empty for `root` itself and starts with `../` for paths outside of it. A path on
/// another drive is returned unchanged.
pub fn relative(root: &Path, path: &Path) -> String {
    let (from, to): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (root.components().collect(), path.components().collect());
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    if common == 0 {
        return path.to_string_lossy().replace('\\', "/");
    }
    let up = from[common..].iter().map(|_| "..".into());
    let down = to[common..]
        .iter()
        .map(|part| part.as_os_str().to_string_lossy());
    up.chain(down).collect::<Vec<_>>().join("/")
}

/// Returns `path` relative to `base` as a path without `.` and `..`, which are removed by the text.
///
/// This is the inverse of [`relative`], and what cargo does with the paths in manifests. A file
/// that a program opens by such a path may be another one; see [`resolve`].
pub(crate) fn normalize(base: &Path, path: &str) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in base.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(clean.pop()),
            part => clean.push(part),
        }
    }
    clean
}

/// Returns the path without `.` and `..` of the file that a program opens by `path`, absolute or relative to `root`.
///
/// If `src/gen` is a link to a directory elsewhere, `src/gen/../x.txt` is beside that directory, as the operating system
/// follows the link first. `src/x.txt` would be another file, or none, and an edit of the file that was read would not be
/// noticed. Therefore a link before `..` is replaced by its target. Other links keep their names, because the sources are
/// listed by them. So do `root` and the directories above it, to which the names of inputs are relative. Where nothing
/// exists, the text decides, and on Windows always, because Windows removes `..` by the text.
pub(crate) fn resolve(root: &Path, path: impl AsRef<Path>) -> PathBuf {
    follow(root, &root.join(path), MOST_LINKS)
}

/// The number of links in one path after which Linux assumes a loop.
const MOST_LINKS: usize = 40;

/// Resolves a path that may lead through at most this number of links.
fn follow(root: &Path, path: &Path, links: usize) -> PathBuf {
    let mut clean = PathBuf::new();
    let mut parts = path.components();
    while let Some(part) = parts.next() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                let target = link_target(root, &clean).filter(|_| links > 0);
                clean.pop();
                if let Some(target) = target {
                    let path = clean.join(target).join("..").join(parts.as_path());
                    return follow(root, &path, links - 1);
                }
            }
            part => clean.push(part),
        }
    }
    clean
}

fn link_target(root: &Path, path: &Path) -> Option<PathBuf> {
    let is_kept = cfg!(windows) || root.starts_with(path);
    if is_kept {
        return None;
    }
    fs::read_link(path).ok()
}

/// Returns the paths of the entries of a directory; none if it cannot be read.
pub(crate) fn entries(dir: &Path) -> Vec<PathBuf> {
    fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect()
}

#[cfg(test)]
mod tests;

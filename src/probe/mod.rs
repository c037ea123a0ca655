//! Asking cargo and rustc what is here: the workspace, the toolchain, companion tools, the machine.
//!
//! Only commands that run none of the workspace's code and install nothing, but for [`api`] and [`package`], which compile it. Must not
//! know why it is asked.

mod api;
pub(crate) mod companion;
pub(crate) mod config;
mod lints;
mod package;
pub mod pipes;
mod publication;
pub mod shadow;

pub use api::{Api, api};
pub use lints::clippy_lints;
pub use package::package;

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use cargo_metadata::{Dependency, Metadata, MetadataCommand, Package, TargetKind};

use crate::event::Ending;
use crate::plan::{Invocation, Stream};
use crate::process::tail::last_lines;
use crate::process::{Cancel, Captured, capture};
use crate::snapshot::{Host, Toolchain};
use crate::store;
use crate::workspace::{Member, Publication, Target, Workspace};

/// A probe that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(60);
/// Of what a failed probe says, this much is shown.
const SAID: usize = 2000;

/// Where probes are made.
#[derive(Clone, Copy, Debug)]
pub struct Probe<'a> {
    /// Cargo: `$CARGO`, or the one on `PATH`.
    pub cargo: &'a Path,
    /// Working directory: it decides about toolchain files and cargo's configuration.
    pub cwd: &'a Path,
    /// Ends a probe early.
    pub cancel: &'a Cancel,
}

impl Probe<'_> {
    /// Runs a command to its end. It must succeed.
    pub(super) fn ask(&self, program: &Path, args: &[&str]) -> Result<String> {
        self.answer(&self.invocation(program, args))
    }

    fn answer(&self, invocation: &Invocation) -> Result<String> {
        let Captured {
            ending,
            stdout,
            stderr,
        } = capture(invocation, LIMIT, self.cancel);
        let command = invocation.display();
        match ending {
            Ending::Exited(0) => Ok(stdout),
            Ending::NotStarted(text) => bail!("{text}"),
            Ending::TimedOut => bail!("`{command}` gave no answer in {} s", LIMIT.as_secs()),
            Ending::Interrupted => bail!("`{command}` was interrupted"),
            Ending::Exited(_) | Ending::Signalled(_) => {
                bail!("`{command}` failed:\n{}", last_lines(&stderr, SAID).trim())
            }
        }
    }
}

impl Probe<'_> {
    /// Asks cargo without the compiler and wrappers that the workspace's own configuration names: these are its code.
    pub(super) fn ask_plain(&self, args: &[&str]) -> Result<String> {
        let mut invocation = self.invocation(self.cargo, args);
        let rustc = compiler(self.cargo);
        invocation.env.extend([
            (
                "RUSTC".to_owned(),
                Some(rustc.to_string_lossy().into_owned()),
            ),
            ("RUSTC_WRAPPER".to_owned(), Some(String::new())),
            ("RUSTC_WORKSPACE_WRAPPER".to_owned(), Some(String::new())),
        ]);
        self.answer(&invocation)
    }

    fn invocation(&self, program: &Path, args: &[&str]) -> Invocation {
        Invocation {
            program: program.to_owned(),
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            // A rustup proxy would fetch a toolchain that is named and missing; its backtraces help nobody here.
            env: [("RUSTUP_AUTO_INSTALL", "0"), ("RUST_BACKTRACE", "0")]
                .map(|(name, value)| (name.to_owned(), Some(value.to_owned())))
                .into(),
            cwd: self.cwd.to_owned(),
            stream: Stream::Figures,
        }
    }
}

/// The workspace that cargo finds from `manifest` (or the working directory). `flags` are handed on: `--locked --offline`.
///
/// # Errors
/// With cargo's own words when there is none or its manifests are broken.
pub fn workspace(
    probe: &Probe<'_>,
    manifest: Option<&Path>,
    flags: &[String],
) -> Result<Workspace> {
    Ok(described(&metadata(probe, manifest, flags)?))
}

/// The workspace, and what registries would be told of its members: one look.
///
/// # Errors
/// As [`workspace`].
pub fn publications(
    probe: &Probe<'_>,
    manifest: Option<&Path>,
    flags: &[String],
) -> Result<(Workspace, Vec<Publication>)> {
    let metadata = metadata(probe, manifest, flags)?;
    Ok((described(&metadata), publication::of(&metadata)))
}

/// Returns the files that `cargo package --list` names for these members, each relative to its package's directory.
///
/// The lockfile stays as it is, which cargo would refresh: newer versions leave it alone when asked to, older ones refuse
/// when it is out of date.
///
/// # Errors
/// The message of cargo.
pub fn packages(probe: &Probe<'_>, names: &[&str]) -> Result<Vec<String>, String> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let list = |lock: &'static str| {
        let args = ["package", "--list", "--allow-dirty", "--offline", lock].into_iter();
        let args: Vec<&str> = args
            .chain(names.iter().flat_map(|name| ["--package", name]))
            .collect();
        probe
            .ask(probe.cargo, &args)
            .map(|out| out.lines().map(str::to_owned).collect())
            .map_err(|error| format!("{error:#}"))
    };
    match list("--exclude-lockfile") {
        Err(message) if message.contains("unexpected argument") => list("--locked"),
        listed => listed,
    }
}

fn metadata(probe: &Probe<'_>, manifest: Option<&Path>, flags: &[String]) -> Result<Metadata> {
    let manifest = manifest.map(|path| path.to_string_lossy().into_owned());
    let mut args = vec!["metadata", "--no-deps", "--format-version", "1"];
    args.extend(manifest.iter().flat_map(|path| ["--manifest-path", path]));
    args.extend(flags.iter().map(String::as_str));
    pipes::refuse_settings(probe.cwd)?;
    let text = probe.ask(probe.cargo, &args)?;
    let line = text
        .lines()
        .find(|line| line.starts_with('{'))
        .unwrap_or_default();
    MetadataCommand::parse(line).context("could not read the answer of `cargo metadata`")
}

fn described(metadata: &Metadata) -> Workspace {
    let root = metadata.workspace_root.as_std_path();
    let is_member = |package: &&Package| metadata.workspace_members.contains(&package.id);
    let mut members: Vec<Member> = metadata
        .packages
        .iter()
        .filter(is_member)
        .map(|package| Member {
            dependencies: dependencies(metadata, package),
            ..member(root, package)
        })
        .collect();
    members.sort_by(|a, b| a.name.cmp(&b.name));
    let target_dir = metadata.target_directory.clone().into_std_path_buf();
    Workspace {
        root: root.to_owned(),
        target_dir,
        members,
    }
}

fn member(root: &Path, package: &Package) -> Member {
    let manifest = package.manifest_path.as_std_path();
    Member {
        name: package.name.to_string(),
        id: package.id.repr.clone(),
        version: package.version.to_string(),
        dir: relative(root, manifest.parent().unwrap_or(root)),
        targets: package.targets.iter().map(|t| target(root, t)).collect(),
        publish: package
            .publish
            .as_ref()
            .is_none_or(|registries| !registries.is_empty()),
        features: package.features.keys().cloned().collect(),
        dependencies: Vec::new(),
    }
}

/// Returns the names of a package's dependencies as its manifest gives them, but for members under their own name.
fn dependencies(metadata: &Metadata, package: &Package) -> Vec<String> {
    let is_member = |dependency: &&Dependency| {
        dependency.rename.is_none()
            && dependency.path.as_ref().is_some_and(|path| {
                let mut packages = metadata.packages.iter();
                packages.any(|package| package.manifest_path.parent() == Some(path))
            })
    };
    let others = package.dependencies.iter().filter(|d| !is_member(d));
    others
        .map(|d| d.rename.as_ref().unwrap_or(&d.name).clone())
        .collect()
}

fn target(root: &Path, target: &cargo_metadata::Target) -> Target {
    Target {
        name: target.name.clone(),
        kind: target
            .kind
            .first()
            .map_or_else(String::new, TargetKind::to_string),
        file: relative(root, target.src_path.as_std_path()),
        test: target.test,
        doctest: target.doctest,
        doc: target.doc,
        conditional: !target.required_features.is_empty(),
    }
}

/// `path` as seen from `root`, with `/`: empty for the root itself, `../x` outside of it. A path on another drive stays.
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

/// Returns the paths of the entries of a directory; none if it cannot be read.
pub(crate) fn entries(dir: &Path) -> Vec<PathBuf> {
    fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect()
}

/// Compiler and cargo. `rustc` is `$RUSTC` when set; else the one beside cargo, else the one on `PATH`.
///
/// # Errors
/// When one of them cannot be run or gives an answer of an unknown form.
pub fn toolchain(probe: &Probe<'_>, rustc: Option<&Path>) -> Result<Toolchain> {
    let rustc = rustc.map_or_else(|| compiler(probe.cargo), Path::to_owned);
    let (compiler, cargo) = (
        probe.ask(&rustc, &["-vV"])?,
        probe.ask(probe.cargo, &["-V"])?,
    );
    let host = compiler
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("`rustc -vV` names no host")?;
    let version = |text: &str, name: &str| {
        let line = text
            .lines()
            .next()
            .and_then(|line| line.strip_prefix(name))
            .map(|rest| rest.trim().to_owned());
        line.with_context(|| format!("`{name}` gives no version"))
    };
    Ok(Toolchain {
        rustc: version(&compiler, "rustc")?,
        cargo: version(&cargo, "cargo")?,
        host: host.to_owned(),
    })
}

/// The compiler of a cargo: beside it, else whatever `PATH` says.
fn compiler(cargo: &Path) -> PathBuf {
    let name = format!("rustc{}", std::env::consts::EXE_SUFFIX);
    let beside = cargo.with_file_name(&name);
    if cargo.is_absolute() && beside.exists() {
        beside
    } else {
        PathBuf::from(name)
    }
}

/// `rustc --print cfg` for a triple; empty when it cannot be had (cargo will say why).
pub fn cfg(probe: &Probe<'_>, rustc: Option<&Path>, triple: &str) -> Vec<String> {
    let rustc = rustc.map_or_else(|| compiler(probe.cargo), Path::to_owned);
    let text = probe
        .ask(&rustc, &["--print", "cfg", "--target", triple])
        .unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Returns the targets that the compiler has built in; none if it does not answer.
pub fn targets(probe: &Probe<'_>, rustc: Option<&Path>) -> Vec<String> {
    let rustc = rustc.map_or_else(|| compiler(probe.cargo), Path::to_owned);
    let text = probe
        .ask(&rustc, &["--print", "target-list"])
        .unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// A companion of cargo that may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Tool {
    Clippy,
    Fmt,
    Nextest,
    SemverChecks,
}

/// What is missing, and the command that mends it; nothing is ever installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// As a fragment: `clippy is not installed`.
    pub what: String,
    /// `rustup component add clippy`.
    pub mend: String,
}

/// Returns what a tool says of its version, which shows that it can be used. It is run for its version: under rustup its proxy is there when the tool itself is not. It
/// is not run through cargo, which would look for an alias first.
///
/// # Errors
/// What is missing.
pub fn tool(probe: &Probe<'_>, tool: Tool) -> Result<String, Missing> {
    let (args, name, mend) = match tool {
        Tool::Clippy => (["clippy", "-V"], "clippy", "rustup component add clippy"),
        Tool::Fmt => (
            ["fmt", "--version"],
            "rustfmt",
            "rustup component add rustfmt",
        ),
        Tool::Nextest => (
            ["nextest", "--version"],
            "cargo-nextest",
            "cargo install cargo-nextest --locked",
        ),
        Tool::SemverChecks => (
            ["semver-checks", "--version"],
            "cargo-semver-checks",
            "cargo install cargo-semver-checks --locked",
        ),
    };
    let missing = || Missing {
        what: format!("{name} is not installed"),
        mend: mend.to_owned(),
    };
    let program = companion::find(probe.cargo, args[0]).ok_or_else(missing)?;
    probe.ask(&program, &args).map_err(|_| missing())
}

/// Whether this version of nextest has `--cargo-message-format`: those from 0.9.123 on.
pub fn has_messages(version: &str) -> bool {
    let number = version
        .split_whitespace()
        .nth(1)
        .and_then(|number| semver::Version::parse(number).ok());
    number.is_some_and(|number| number >= semver::Version::new(0, 9, 123))
}

/// The machine: what it is, not how it is called.
pub fn host(probe: &Probe<'_>) -> Host {
    Host {
        os: std::env::consts::OS.to_owned(),
        arch: std::env::consts::ARCH.to_owned(),
        cpu: cpu(probe),
        cores: std::thread::available_parallelism()
            .ok()
            .and_then(|n| u32::try_from(n.get()).ok())
            .unwrap_or(0),
    }
}

/// The processor's model name, where the system tells it.
fn cpu(probe: &Probe<'_>) -> String {
    let text = match std::env::consts::OS {
        "linux" => store::read_text(Path::new("/proc/cpuinfo"))
            .ok()
            .as_deref()
            .and_then(model_name),
        "macos" => probe
            .ask(
                Path::new("/usr/sbin/sysctl"),
                &["-n", "machdep.cpu.brand_string"],
            )
            .ok(),
        _ => None,
    };
    text.unwrap_or_default().trim().to_owned()
}

fn model_name(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo
        .lines()
        .find(|line| line.starts_with("model name"))?;
    line.split_once(':')
        .map(|(_, name)| name.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests;

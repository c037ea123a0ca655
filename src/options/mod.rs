//! The options of a command: flags, environment and `campaign.toml` combined into one value.
//!
//! | owns | file |
//! |---|---|
//! | the language of `campaign.toml`, and errors with their positions | `config`, `tree`, `mistake`, `spelling` |
//! | showing errors | `render` |
//! | the environment, read nowhere else | `environment` |
//! | finding the workspace and its campaign without starting cargo | `root`, `source` |
//! | the identity of the toolchain without starting it | `toolchain`, `rustup` |
//! | conditions outside the source tree that affect results | `conditions` |
//! | the file that `init` writes | `template` |
//!
//! Only operations and commands use [`Options`]. No process is started here and nothing is written.

pub mod conditions;
pub mod config;
pub mod environment;
pub mod mistake;
pub mod programs;
pub mod refused;
pub mod regions;
pub mod render;
pub mod root;
pub(crate) mod rustup;
pub mod source;
pub mod spelling;
pub mod template;
pub mod toolchain;
pub mod tree;
pub mod workflow;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use crate::plan::BuildSelection;

pub use config::Config;
pub use environment::{Environment, MergeTarget, When};
pub use refused::Refused;
pub use root::Root;

/// The global flags of the command line.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "they are the flags of the same name")]
pub struct Flags {
    pub manifest_path: Option<PathBuf>,
    pub packages: Vec<String>,
    pub workspace: bool,
    pub exclude: Vec<String>,
    pub build: BuildSelection,
    pub target_dir: Option<PathBuf>,
    pub locked: bool,
    pub offline: bool,
    pub frozen: bool,
    pub color: Option<When>,
    pub quiet: bool,
    pub verbose: u8,
    pub config: Option<PathBuf>,
    pub format: Option<String>,
    pub policy: Option<RevisionFiles>,
}

/// The campaign of a git revision, to be used instead of that of the working tree.
#[derive(Clone, Debug, Default)]
pub struct RevisionFiles {
    /// The revision as given on the command line: `main`.
    pub revision: String,
    /// The path of the campaign, relative to the root: `campaign.toml`, or the one of `--config`.
    pub path: String,
    /// The campaign, if the revision has this file.
    pub campaign: Option<String>,
    /// The root manifest.
    pub manifest: Option<String>,
}

impl RevisionFiles {
    /// Returns the name of a file of this revision, as in git: `main:campaign.toml`.
    fn file(&self, path: &str) -> String {
        format!("{}:{path}", self.revision)
    }
}

/// Whether the output streams are terminals.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Tty {
    pub stdout: bool,
    pub stderr: bool,
}

/// Settings of the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Colour on stdout.
    pub color_stdout: bool,
    /// Colour on stderr.
    pub color_stderr: bool,
    /// Whether to show an animated progress display on stderr.
    pub progress: bool,
    /// Width of the progress display, if configured.
    pub progress_width: Option<u16>,
    /// Width of the terminal, if the environment specifies it.
    pub columns: Option<u16>,
    /// Whether to use characters beyond ASCII.
    pub unicode: bool,
    /// Whether to print only errors and results.
    pub quiet: bool,
    /// 0 by default, 1 for more output, 2 for cargo's output in addition.
    pub verbose: u8,
}

/// The options of a command, after all sources have been combined.
#[derive(Clone, Debug)]
pub struct Options {
    /// The workspace.
    pub root: Root,
    /// The file that defines the campaign. `None` if there is none and `config` has the defaults.
    pub path: Option<PathBuf>,
    /// The text of this file.
    pub text: String,
    /// Whether verdicts are those of this text although the file may have another one by now, which is read soon.
    pub keeps_text: bool,
    /// The campaign.
    pub config: Config,
    /// The environment.
    pub environment: Environment,
    /// Selected packages. Empty for the whole workspace.
    pub packages: Vec<String>,
    /// Whether `--workspace` was given.
    pub whole_workspace: bool,
    /// Excluded packages.
    pub exclude: Vec<String>,
    /// The packages excluded on the command line only. They are still part of a release.
    pub excluded: Vec<String>,
    /// Features, target and profile.
    pub build: BuildSelection,
    /// The same without flags, as a command without options has it.
    pub configured_build: BuildSelection,
    /// Whether `default` was among the features. It is not in `build` where cargo enables it anyway.
    pub names_default: bool,
    /// Absolute path of the target directory. `None` for cargo's default.
    pub target_dir: Option<PathBuf>,
    /// `--locked`, `--offline` and `--frozen`, which are passed to every cargo command.
    pub cargo_flags: Vec<String>,
    /// Settings of the output.
    pub look: Look,
    /// `--format`.
    pub format: Option<String>,
}

impl Options {
    /// Combines flags, environment and `campaign.toml`. The first value from the left is used:
    ///
    /// | option | flag | environment | `campaign.toml` | else |
    /// |---|---|---|---|---|
    /// | workspace | `--manifest-path` | | | upwards from `cwd` |
    /// | campaign | `--config` | | | `campaign.toml`, `[workspace.metadata.campaign]`, defaults |
    /// | packages | `-p`, `--workspace` | | | all |
    /// | excluded packages | `--exclude`, with those of the file | | `exclude` | none |
    /// | features | `-F --all-features --no-default-features`, together (`-F ''` for cargo's own) | | the same keys | default |
    /// | target | `--target` | `CARGO_BUILD_TARGET` | `target` | host |
    /// | target dir | `--target-dir` | `CARGO_TARGET_DIR`, `CARGO_BUILD_TARGET_DIR` | `target-dir` | cargo's |
    /// | profile | `--profile` | | `profile` | cargo's |
    /// | colour | `--color` | `CARGO_TERM_COLOR`, `NO_COLOR`, `CLICOLOR_FORCE` | | terminal |
    /// | quiet, verbose | `-q`, `-v` | `CARGO_TERM_QUIET`, `CARGO_TERM_VERBOSE` | | neither |
    ///
    /// `cwd` is absolute.
    ///
    /// # Errors
    /// If flags contradict each other, there is no workspace, or the campaign is not valid.
    pub fn resolve(
        flags: Flags,
        environment: Environment,
        tty: Tty,
        cwd: &Path,
    ) -> Result<Self, Refused> {
        contradictions(&flags)?;
        let root = root::find(
            flags.manifest_path.as_deref(),
            cwd,
            environment.cargo_home.as_deref(),
        )?;
        let given_config = flags
            .config
            .as_ref()
            .map(|path| root::normal(&cwd.join(path)));
        let source = match &flags.policy {
            Some(policy) => source::of_revision(&root.dir, &root.manifest, policy)?,
            None => source::find(&root.dir, &root.manifest, given_config.as_deref())?,
        };
        let (path, text, config) =
            source.map_or_else(Default::default, |s| (Some(s.path), s.text, s.config));
        let look = look(&flags, &environment, tty);
        let cargo_flags = [
            ("--locked", flags.locked),
            ("--offline", flags.offline),
            ("--frozen", flags.frozen),
        ];
        let collect = &config.collect;
        let (build, names_default) = build_selection(&flags.build, &environment, &collect.build);
        let (configured_build, _) =
            build_selection(&BuildSelection::default(), &environment, &collect.build);
        let target_dir = flags
            .target_dir
            .as_ref()
            .or(environment.target_dir.as_ref())
            .map(|dir| cwd.join(dir));
        Ok(Self {
            keeps_text: false,
            exclude: exclude(&flags, &collect.exclude),
            excluded: flags.exclude,
            build,
            configured_build,
            names_default,
            target_dir: target_dir
                .or_else(|| collect.target_dir.as_ref().map(|dir| root.dir.join(dir))),
            packages: flags.packages,
            whole_workspace: flags.workspace,
            cargo_flags: cargo_flags
                .iter()
                .filter(|(_, on)| *on)
                .map(|(flag, _)| (*flag).to_owned())
                .collect(),
            format: flags.format,
            root,
            path,
            text,
            config,
            environment,
            look,
        })
    }
}

/// Returns the excluded packages: those of the file and of the command line together.
///
/// A package that was selected explicitly is measured even if the file excludes it.
fn exclude(flags: &Flags, in_file: &[String]) -> Vec<String> {
    let is_explicit = !flags.packages.is_empty() || flags.workspace;
    let in_file = if is_explicit { &[] } else { in_file };
    let more = flags.exclude.iter().filter(|name| !in_file.contains(name));
    in_file.iter().chain(more).cloned().collect()
}

/// Returns the settings of the output. Needs no workspace, so that errors about a missing one can
/// be shown.
pub fn look(flags: &Flags, environment: &Environment, tty: Tty) -> Look {
    let color = flags.color.unwrap_or(environment.color);
    // A flag takes precedence over the variable.
    let quiet = flags.quiet || environment.quiet && flags.verbose == 0;
    // As in cargo, a log of CI gets no progress display.
    let moves = tty.stderr && !environment.ci && !environment.dumb;
    Look {
        color_stdout: color.settle(tty.stdout && !environment.dumb),
        color_stderr: color.settle(tty.stderr && !environment.dumb),
        progress: !quiet && environment.progress.settle(moves),
        progress_width: environment.progress_width,
        columns: environment.columns,
        unicode: environment.unicode,
        quiet,
        verbose: if quiet {
            0
        } else {
            flags.verbose.max(u8::from(environment.verbose))
        },
    }
}

fn contradictions(flags: &Flags) -> Result<(), Refused> {
    let narrow = !flags.packages.is_empty();
    let pairs = [
        (
            flags.workspace && narrow,
            "--workspace",
            "--package",
            "the whole workspace is measured unless -p or --exclude narrows it",
        ),
        (
            narrow && !flags.exclude.is_empty(),
            "--package",
            "--exclude",
            "name the packages wanted, or those not wanted",
        ),
        (
            flags.quiet && flags.verbose > 0,
            "--quiet",
            "--verbose",
            "give one of them",
        ),
    ];
    match pairs.iter().find(|(both, ..)| *both) {
        Some((_, one, other, help)) => Err(Refused::with_help(
            format!("{one} and {other} contradict each other"),
            *help,
        )),
        None => Ok(()),
    }
}

/// The feature that cargo enables on its own.
pub const DEFAULT: &str = "default";

/// Combines features, target and profile of flags, environment and `campaign.toml`, and returns
/// whether `default` is among the features.
fn build_selection(
    given: &BuildSelection,
    environment: &Environment,
    configured: &BuildSelection,
) -> (BuildSelection, bool) {
    let selected = match given.selects_features() {
        true => given,
        false => configured,
    };
    let features = words(&selected.features);
    // Cargo enables the default feature anyway, so that a run with `-F default` is one without
    // features. Only whether a package has such a feature remains to be checked.
    let names_default = features.iter().any(|name| name == DEFAULT);
    let target = [&given.target, &environment.target, &configured.target];
    let profile = [&given.profile, &configured.profile];
    let build = BuildSelection {
        features: without_default(features, selected.no_default_features),
        all_features: selected.all_features,
        no_default_features: selected.no_default_features,
        target: target.into_iter().flatten().next().cloned(),
        profile: profile.into_iter().flatten().next().cloned(),
    };
    (build, names_default)
}

/// Returns the features without `default`, unless default features are disabled.
fn without_default(features: Vec<String>, no_default_features: bool) -> Vec<String> {
    features
        .into_iter()
        .filter(|name| no_default_features || name != DEFAULT)
        .collect()
}

/// Splits values that contain several features at spaces and commas, as cargo does.
fn words(features: &[String]) -> Vec<String> {
    features
        .iter()
        .flat_map(|text| text.split([' ', ',']))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

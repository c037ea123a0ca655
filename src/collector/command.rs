//! Builds the parts of cargo's command line that collectors share: the selection of packages, the
//! build options and the configured arguments.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::request::Request;
use super::settings::Settings;
use crate::plan::{Action, BuildSelection, Collector, Invocation, Step, Stream, Verb, split_args};
use crate::workspace::{Target, Workspace};

/// The inputs from which steps are built.
pub(super) struct StepContext<'a> {
    pub(super) request: &'a Request,
    pub(super) root: &'a Path,
    pub(super) target_dir: &'a Path,
    /// The selected members.
    pub(super) selected: &'a Workspace,
}

impl StepContext<'_> {
    /// Returns the directory of intermediate files that a command with a target directory of its
    /// own can share with others. `None` if the configuration of cargo names one, which all
    /// commands share.
    pub(super) fn shared_build_dir(&self) -> Option<&Path> {
        if self.selected.build_dir.is_some() {
            return None;
        }
        Some(self.shared_target_dir())
    }

    /// Returns the target directory of commands that have none of their own.
    pub(super) fn shared_target_dir(&self) -> &Path {
        let given = self.request.target_dir.as_deref();
        given.unwrap_or(self.target_dir)
    }

    /// Returns whether a selected package has a library.
    pub(super) fn has_library(&self) -> bool {
        let members = self.selected.members.iter();
        members
            .flat_map(|member| &member.targets)
            .any(Target::is_library)
    }

    /// Returns the flags that select the targets to check and lint: all, or all but benches.
    ///
    /// To leave benches out, every other kind must be named, and cargo refuses `--lib` where no
    /// package has a library.
    pub(super) fn target_flags(&self) -> Vec<&'static str> {
        if !self.request.without_benches {
            return vec!["--all-targets"];
        }
        let library = self.has_library().then_some("--lib");
        library
            .into_iter()
            .chain(["--bins", "--tests", "--examples"])
            .collect()
    }
}

/// Returns a step with the collector's time limit.
pub(super) fn step(
    context: &StepContext<'_>,
    id: &str,
    verb: (&str, &str),
    collector: &Collector,
    action: Action,
) -> Step {
    let timeout = context
        .request
        .settings_of(collector)
        .timeout
        .unwrap_or_else(|| super::of(collector).default_timeout());
    Step {
        id: id.to_owned(),
        verb: Verb {
            doing: verb.0.to_owned(),
            done: verb.1.to_owned(),
        },
        serves: vec![collector.clone()],
        action,
        timeout: Some(timeout),
        settings: BTreeMap::new(),
        copy: None,
        package: None,
        report: None,
        sampling: None,
    }
}

/// Returns a step that builds the libraries and binaries, without tests.
pub(super) fn build_step(
    context: &StepContext<'_>,
    id: &str,
    done: &str,
    collector: &Collector,
) -> Step {
    let action = CargoCommand::new("build")
        .scope(context)
        .build(context, collector, false)
        .args(&["--keep-going", JSON])
        .finish(context, collector, Stream::Cargo);
    step(context, id, ("Building", done), collector, action)
}

/// Makes cargo print its messages as JSON.
pub(super) const JSON: &str = "--message-format=json";

/// Arguments that no collector may have, because the program sets or reads them itself, or because
/// the tool would not do its work.
pub const REFUSED_ARGS: [(&str, &str); 11] = [
    ("--build-plan", "nothing would be compiled"),
    ("--help", "nothing would run"),
    ("--message-format", "it is how figures are read"),
    ("--manifest-path", "give it to cargo campaign"),
    ("--target-dir", "set `target-dir` in [collect]"),
    ("--target", "set `target` in [collect]"),
    ("--profile", "set `profile` in [collect]"),
    ("--unit-graph", "nothing would be compiled"),
    ("--version", "nothing would run"),
    ("-V", "nothing would run"),
    ("-h", "nothing would run"),
];

/// Arguments of cargo that would end the tests early, not run them, or conflict with arguments of
/// the program.
pub(super) const REFUSED_TEST_ARGS: [(&str, &str); 6] = [
    ("--cargo-profile", "set `profile` in [collect]"),
    ("--fail-fast", "every test must run"),
    ("--ff", "every test must run"),
    ("--max-fail", "every test must run"),
    ("--nff", "it is set already"),
    ("--no-run", "nothing would run"),
];

/// Arguments of test executables without which there would be no results to read.
pub(super) const REFUSED_HARNESS_ARGS: [(&str, &str); 3] = [
    ("--format", "results are read from the output"),
    ("--list", "nothing would run"),
    ("--logfile", "results are read from the log file"),
];

/// Flags without a value that `args` may contain although they are set already. Cargo and rustfmt
/// refuse a flag that is given twice.
const SWITCHES: [&str; 20] = [
    "--all-features",
    "--all-targets",
    "--benches",
    "--bins",
    "--check",
    "--doc",
    "--examples",
    "--frozen",
    "--keep-going",
    "--lib",
    "--locked",
    "--no-default-features",
    "--no-deps",
    "--no-fail-fast",
    "--offline",
    "--tests",
    "--timings",
    "--workspace",
    "-l",
    "-v",
];

/// Returns both lists of arguments in a row, each switch once.
fn with_switches(mut args: Vec<String>, more: &[String]) -> Vec<String> {
    for arg in more {
        if !SWITCHES.contains(&arg.as_str()) || !args.contains(arg) {
            args.push(arg.clone());
        }
    }
    args
}

/// Builds a cargo command: cargo's own arguments, and those of the tool after `--`.
pub(super) struct CargoCommand {
    pub(super) cargo: Vec<String>,
    pub(super) tool: Vec<String>,
    env: BTreeMap<String, Option<String>>,
}

impl CargoCommand {
    pub(super) fn new(subcommand: &str) -> Self {
        Self {
            cargo: vec![subcommand.to_owned()],
            tool: Vec::new(),
            env: BTreeMap::new(),
        }
    }

    pub(super) fn args(mut self, args: &[&str]) -> Self {
        self.cargo.extend(args.iter().map(|a| (*a).to_owned()));
        self
    }

    pub(super) fn env(&mut self, name: &str, value: &str) {
        self.env.insert(name.to_owned(), Some(value.to_owned()));
    }

    /// Adds the selection of packages. Cargo takes `--exclude` with `--workspace` only.
    pub(super) fn scope(self, context: &StepContext<'_>) -> Self {
        self.scope_without(context, &[])
    }

    /// Adds the selection of packages, without those of these names.
    pub(super) fn scope_without(mut self, context: &StepContext<'_>, without: &[&str]) -> Self {
        let request = context.request;
        let without: Vec<String> = without
            .iter()
            .map(|name| context.selected.spec_of(name))
            .collect();
        if request.packages.is_empty() {
            self.cargo.push("--workspace".into());
            let exclude = request.exclude.iter().chain(&without);
            for spec in exclude {
                self.cargo.extend(["--exclude".to_owned(), spec.clone()]);
            }
        } else if request.exclude.is_empty() && without.is_empty() {
            let specs = request.packages.iter();
            let specs = specs.map(|spec| context.selected.spec_of(spec));
            self.cargo
                .extend(specs.flat_map(|spec| ["-p".to_owned(), spec]));
        } else {
            let members = context.selected.members.iter();
            let specs = members.map(|member| context.selected.spec_of(&member.name));
            let specs = specs.filter(|spec| !without.contains(spec));
            self.cargo
                .extend(specs.flat_map(|spec| ["-p".to_owned(), spec]));
        }
        self
    }

    /// Adds features, target, profile and target directory.
    ///
    /// With `own_dir` the command gets a directory of its own, so that its flags do not make the
    /// user's units stale.
    pub(super) fn build(
        self,
        context: &StepContext<'_>,
        collector: &Collector,
        own_dir: bool,
    ) -> Self {
        let target_dir = match own_dir {
            true => Some(context.shared_target_dir().join("campaign")),
            false => context.request.target_dir.clone(),
        };
        self.build_in(context, collector, target_dir)
    }

    /// Adds the same with another target directory. `None` for cargo's default.
    pub(super) fn build_in(
        mut self,
        context: &StepContext<'_>,
        collector: &Collector,
        target_dir: Option<PathBuf>,
    ) -> Self {
        let request = context.request;
        let mut selection = request.build.clone();
        let profile = super::of(collector).profile;
        let profile = profile.resolve(selection.profile.as_deref());
        selection.profile = profile.map(str::to_owned);
        self.cargo.extend(selection.flags());
        if let Some(dir) = target_dir {
            let dir = dir.to_string_lossy().into_owned();
            self.cargo.extend(["--target-dir".to_owned(), dir]);
        }
        self.cargo.extend(request.cargo_flags.iter().cloned());
        self
    }

    /// Adds the same for a build in a copy of the workspace, which shares no directory with other builds.
    pub(super) fn build_in_copy(
        self,
        context: &StepContext<'_>,
        collector: &Collector,
        target_dir: &Path,
    ) -> Self {
        let mut command = self.build_in(context, collector, Some(target_dir.to_owned()));
        if context.selected.build_dir.is_some() {
            command.env(Step::BUILD_DIR, &target_dir.to_string_lossy());
        }
        command
    }

    /// Adds features and target, for a command that resolves dependencies and builds nothing.
    pub(super) fn resolution(mut self, context: &StepContext<'_>) -> Self {
        let selection = BuildSelection {
            profile: None,
            ..context.request.build.clone()
        };
        self.cargo.extend(selection.flags());
        self.cargo
            .extend(context.request.cargo_flags.iter().cloned());
        self
    }

    /// Adds the arguments of the configuration and returns the complete command.
    pub(super) fn finish(
        mut self,
        context: &StepContext<'_>,
        collector: &Collector,
        stream: Stream,
    ) -> Action {
        let Settings { args, .. } = context.request.settings_of(collector);
        let (cargo, tool) = split_args(&args);
        self.cargo = with_switches(std::mem::take(&mut self.cargo), cargo);
        self.tool = with_switches(tool.to_vec(), &std::mem::take(&mut self.tool));
        self.action(context, stream)
    }

    /// Adds the arguments of the configuration, behind those of the program that cargo runs.
    pub(super) fn run_program(
        mut self,
        context: &StepContext<'_>,
        collector: &Collector,
        program_args: &[String],
    ) -> Action {
        let Settings { args, .. } = context.request.settings_of(collector);
        let (cargo, own) = split_args(&args);
        self.cargo = with_switches(std::mem::take(&mut self.cargo), cargo);
        // A program may give a meaning to a switch that is repeated.
        self.tool = [program_args, own].concat();
        self.action(context, Stream::Cargo)
    }

    /// Returns the complete command.
    pub(super) fn action(mut self, context: &StepContext<'_>, stream: Stream) -> Action {
        if !self.tool.is_empty() {
            self.cargo.push("--".into());
            self.cargo.append(&mut self.tool);
        }
        Action::Command(Invocation {
            program: context.request.cargo.clone(),
            args: self.cargo,
            env: self.env,
            cwd: context.root.to_owned(),
            stream,
        })
    }
}

//! The command of each step, argument by argument.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{CollectorOptions, OwnCollector, Request, TestRunner, default_timeout};
use crate::plan::{Action, Collector, Invocation, Step, Stream, Verb, split_args};
use crate::workspace::Workspace;

/// What every step is made from.
pub(super) struct Context<'a> {
    pub(super) request: &'a Request,
    pub(super) root: &'a Path,
    pub(super) target_dir: &'a Path,
    /// The members asked for.
    pub(super) selected: &'a Workspace,
}

/// The table of a collector, or the defaults.
pub(super) fn options(request: &Request, collector: &Collector) -> CollectorOptions {
    request.options.get(collector).cloned().unwrap_or_default()
}

/// `-F a,b -F c` one by one, in the order given.
pub(super) fn features(request: &Request) -> Vec<&str> {
    let mut features = Vec::new();
    for feature in request
        .features
        .iter()
        .flat_map(|list| list.split([',', ' ']))
    {
        if !feature.is_empty() && !features.contains(&feature) {
            features.push(feature);
        }
    }
    features
}

/// The steps of a built-in collector; `with_check` says that clippy's step answers `check` as well.
pub(super) fn built_in(
    context: &Context<'_>,
    collector: &Collector,
    with_check: bool,
) -> Vec<Step> {
    match collector {
        Collector::Fmt => vec![fmt(context)],
        Collector::Clippy => vec![clippy(context, with_check)],
        Collector::Check => vec![check(context)],
        Collector::Build => vec![build(context)],
        Collector::Test => tests(context),
        Collector::Doc => docs(context),
        Collector::Bench => benches(context),
        Collector::Loc => vec![step(
            context,
            "loc",
            ("Counting", "Counted"),
            collector,
            Action::Scan,
        )],
        Collector::Changelog => {
            let action = Action::Lint(context.request.lint.clone());
            vec![step(
                context,
                "changelog",
                ("Proofreading", "Proofread"),
                collector,
                action,
            )]
        }
        Collector::Own(_) => Vec::new(),
    }
}

/// A team's own command; none when it is empty.
pub(super) fn own(
    context: &Context<'_>,
    id: String,
    name: &str,
    own: &OwnCollector,
) -> Option<Step> {
    let (program, args) = own.command.split_first()?;
    let program = if program.contains(['/', '\\']) {
        context.root.join(program)
    } else {
        PathBuf::from(program)
    };
    let collector = Collector::Own(name.to_owned());
    let invocation = Invocation {
        program,
        args: args.to_vec(),
        env: BTreeMap::new(),
        cwd: context.root.to_owned(),
        stream: Stream::Figures,
    };
    let mut step = step(
        context,
        "",
        ("Running", "Ran"),
        &collector,
        Action::Command(invocation),
    );
    step.id = id;
    step.timeout = own.timeout.or(step.timeout);
    Some(step)
}

/// In the root plain `cargo fmt` takes all members, and no path dependency outside; `-l` prints a path a line, and `-v` what
/// rustfmt reads.
fn fmt(context: &Context<'_>) -> Step {
    let mut command = Command::new("fmt");
    if !whole(context.request) {
        for member in &context.selected.members {
            command.cargo.extend(["-p".into(), member.name.clone()]);
        }
    }
    command
        .tool
        .extend(["--check", "-l", "-v"].map(str::to_owned));
    let action = command.finish(context, &Collector::Fmt, Stream::FmtList);
    step(
        context,
        "fmt",
        ("Formatting", "Format"),
        &Collector::Fmt,
        action,
    )
}

/// Clippy over all targets; `with_check` also for `check`.
fn clippy(context: &Context<'_>, with_check: bool) -> Step {
    let cap_lints = options(context.request, &Collector::Clippy).cap_lints;
    let mut command = Command::new("clippy")
        .scope(context)
        .args(&targets(context));
    command = command
        .build(context, &Collector::Clippy, cap_lints)
        .args(&["--keep-going", JSON]);
    if cap_lints {
        command.tool.extend(["--cap-lints".into(), "warn".into()]);
    }
    let action = command.finish(context, &Collector::Clippy, Stream::Cargo);
    let mut step = step(
        context,
        "clippy",
        ("Linting", "Linted"),
        &Collector::Clippy,
        action,
    );
    if with_check {
        step.serves.push(Collector::Check);
    }
    step
}

/// The same units as clippy's, by rustc.
fn check(context: &Context<'_>) -> Step {
    let command = Command::new("check").scope(context).args(&targets(context));
    let command = command
        .build(context, &Collector::Check, false)
        .args(&["--keep-going", JSON]);
    let action = command.finish(context, &Collector::Check, Stream::Cargo);
    step(
        context,
        "check",
        ("Checking", "Checked"),
        &Collector::Check,
        action,
    )
}

/// Libraries and binaries, as a release would.
fn build(context: &Context<'_>) -> Step {
    let command = Command::new("build").scope(context);
    let command = command
        .build(context, &Collector::Build, false)
        .args(&["--keep-going", JSON]);
    let action = command.finish(context, &Collector::Build, Stream::Cargo);
    step(
        context,
        "build",
        ("Building", "Built"),
        &Collector::Build,
        action,
    )
}

/// One `cargo test`, or nextest and then the doctests, which nextest does not run.
fn tests(context: &Context<'_>) -> Vec<Step> {
    let options = options(context.request, &Collector::Test);
    let cargo_test = |more: &[&str]| {
        let command = Command::new("test").scope(context).args(more);
        command
            .build(context, &Collector::Test, false)
            .args(&["--no-fail-fast", JSON])
    };
    let verb = ("Testing", "Tested");
    if options.runner == TestRunner::Cargo {
        let mut command = cargo_test(&[]);
        if options.durations {
            command.env("CARGO_CAMPAIGN_DURATIONS", "1");
        }
        let action = command.finish(context, &Collector::Test, Stream::CargoTest);
        return vec![step(context, "test", verb, &Collector::Test, action)];
    }
    let mut command = Command::new("nextest").args(&["run"]).scope(context);
    command = command.build(context, &Collector::Test, false);
    for arg in command.cargo.iter_mut().filter(|a| *a == "--profile") {
        *arg = "--cargo-profile".into();
    }
    command = command.args(&["--no-fail-fast", "--message-format", "libtest-json-plus"]);
    command.env("NEXTEST_EXPERIMENTAL_LIBTEST_JSON", "1");
    let stream = if context.request.nextest_has_messages {
        command = command.args(&["--cargo-message-format", "json-render-diagnostics"]);
        Stream::NextestWithMessages
    } else {
        Stream::Nextest
    };
    let action = command.finish(context, &Collector::Test, stream);
    let mut steps = vec![step(context, "test", verb, &Collector::Test, action)];
    if context
        .selected
        .members
        .iter()
        .flat_map(|m| &m.targets)
        .any(|t| is_library(&t.kind))
    {
        let action = cargo_test(&["--doc"]).action(context, Stream::CargoTest);
        steps.push(step(
            context,
            Step::DOCTESTS,
            ("Doctesting", "Doctested"),
            &Collector::Test,
            action,
        ));
    }
    steps
}

/// `cargo doc`, and once more with the lint for undocumented items when that is asked for.
fn docs(context: &Context<'_>) -> Vec<Step> {
    let doc = |own_dir| {
        let command = Command::new("doc").scope(context).args(&["--no-deps"]);
        command
            .build(context, &Collector::Doc, own_dir)
            .args(&["--keep-going", JSON])
    };
    let verb = ("Documenting", "Docs");
    let action = doc(false).finish(context, &Collector::Doc, Stream::Cargo);
    let mut steps = vec![step(context, "doc", verb, &Collector::Doc, action)];
    if options(context.request, &Collector::Doc).missing {
        let mut command = doc(true);
        command.env("RUSTDOCFLAGS", "-Wmissing_docs");
        let action = command.finish(context, &Collector::Doc, Stream::Cargo);
        steps.push(step(
            context,
            Step::MISSING_DOCS,
            verb,
            &Collector::Doc,
            action,
        ));
    }
    steps
}

/// `bench`, `bench-2`, ..: each repeat is a process of its own.
fn benches(context: &Context<'_>) -> Vec<Step> {
    let repeats = options(context.request, &Collector::Bench).repeats.max(1);
    let command = || {
        Command::new("bench")
            .scope(context)
            .build(context, &Collector::Bench, false)
    };
    let action = command().args(&["--no-fail-fast", JSON]).finish(
        context,
        &Collector::Bench,
        Stream::CargoBench,
    );
    let id = |n| {
        if n == 1 {
            "bench".to_owned()
        } else {
            format!("bench-{n}")
        }
    };
    (1..=repeats)
        .map(|n| {
            step(
                context,
                &id(n),
                ("Benching", "Benched"),
                &Collector::Bench,
                action.clone(),
            )
        })
        .collect()
}

/// A step with the collector's timeout.
fn step(
    context: &Context<'_>,
    id: &str,
    verb: (&str, &str),
    collector: &Collector,
    action: Action,
) -> Step {
    let timeout = options(context.request, collector)
        .timeout
        .unwrap_or_else(|| default_timeout(collector));
    Step {
        id: id.to_owned(),
        verb: Verb {
            doing: verb.0.to_owned(),
            done: verb.1.to_owned(),
        },
        serves: vec![collector.clone()],
        action,
        timeout: Some(timeout),
    }
}

const JSON: &str = "--message-format=json";

/// Nothing narrows the workspace.
fn whole(request: &Request) -> bool {
    request.packages.is_empty() && request.exclude.is_empty()
}

/// Returns the selectors of the targets that are checked and linted: all, or all but benches, with `--lib` only where there
/// is one.
fn targets(context: &Context<'_>) -> Vec<&'static str> {
    if !context.request.without_benches {
        return vec!["--all-targets"];
    }
    let library = context
        .selected
        .members
        .iter()
        .flat_map(|m| &m.targets)
        .any(|t| is_library(&t.kind));
    let mut targets = if library { vec!["--lib"] } else { Vec::new() };
    targets.extend(["--bins", "--tests", "--examples"]);
    targets
}

/// What `--lib` selects, whatever its crate type is called.
fn is_library(kind: &str) -> bool {
    !matches!(kind, "bin" | "test" | "example" | "bench" | "custom-build")
}

/// Flags without a value that a collector's table may repeat although they are set already. Cargo and rustfmt refuse a flag
/// that comes twice.
const SWITCHES: [&str; 19] = [
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
    "--workspace",
    "-l",
    "-v",
];

/// Returns the arguments followed by more of them, each switch once.
fn with_switches(mut args: Vec<String>, more: &[String]) -> Vec<String> {
    for arg in more {
        if !SWITCHES.contains(&arg.as_str()) || !args.contains(arg) {
            args.push(arg.clone());
        }
    }
    args
}

/// A cargo command being put together: cargo's arguments, and the tool's behind `--`.
struct Command {
    cargo: Vec<String>,
    tool: Vec<String>,
    env: BTreeMap<String, Option<String>>,
}

impl Command {
    fn new(subcommand: &str) -> Self {
        Self {
            cargo: vec![subcommand.to_owned()],
            tool: Vec::new(),
            env: BTreeMap::new(),
        }
    }

    fn args(mut self, args: &[&str]) -> Self {
        self.cargo.extend(args.iter().map(|a| (*a).to_owned()));
        self
    }

    fn env(&mut self, name: &str, value: &str) {
        self.env.insert(name.to_owned(), Some(value.to_owned()));
    }

    /// Which packages. Cargo takes `--exclude` with `--workspace` only.
    fn scope(mut self, context: &Context<'_>) -> Self {
        let request = context.request;
        if request.packages.is_empty() {
            self.cargo.push("--workspace".into());
            self.cargo.extend(
                request
                    .exclude
                    .iter()
                    .flat_map(|e| ["--exclude".to_owned(), e.clone()]),
            );
        } else if request.exclude.is_empty() {
            self.cargo.extend(
                request
                    .packages
                    .iter()
                    .flat_map(|p| ["-p".to_owned(), p.clone()]),
            );
        } else {
            let names = context.selected.members.iter().map(|m| m.name.clone());
            self.cargo
                .extend(names.flat_map(|name| ["-p".to_owned(), name]));
        }
        self
    }

    /// Features, target, profile and folder; `own_dir` keeps flags of its own away from the user's units.
    fn build(mut self, context: &Context<'_>, collector: &Collector, own_dir: bool) -> Self {
        let request = context.request;
        let features = features(request).join(",");
        let target_dir = request.target_dir.clone();
        let target_dir = if own_dir {
            Some(
                target_dir
                    .unwrap_or_else(|| context.target_dir.into())
                    .join("campaign"),
            )
        } else {
            target_dir
        };
        let valued = [
            ("--features", Some(features).filter(|f| !f.is_empty())),
            ("--target", request.target.clone()),
            (
                "--profile",
                request
                    .profile
                    .clone()
                    .filter(|_| *collector != Collector::Bench),
            ),
            (
                "--target-dir",
                target_dir.map(|dir| dir.to_string_lossy().into_owned()),
            ),
        ];
        for (flag, value) in valued {
            self.cargo
                .extend(value.into_iter().flat_map(|value| [flag.to_owned(), value]));
        }
        let switches = [
            ("--all-features", request.all_features),
            ("--no-default-features", request.no_default_features),
        ];
        self.cargo.extend(
            switches
                .into_iter()
                .filter(|(_, on)| *on)
                .map(|(flag, _)| flag.to_owned()),
        );
        self.cargo.extend(request.cargo_flags.iter().cloned());
        self
    }

    /// Adds the arguments of the collector's table.
    fn finish(mut self, context: &Context<'_>, collector: &Collector, stream: Stream) -> Action {
        let options = options(context.request, collector);
        let (cargo, tool) = split_args(&options.args);
        self.cargo = with_switches(std::mem::take(&mut self.cargo), cargo);
        self.tool = with_switches(tool.to_vec(), &std::mem::take(&mut self.tool));
        self.action(context, stream)
    }

    /// The command, complete.
    fn action(mut self, context: &Context<'_>, stream: Stream) -> Action {
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

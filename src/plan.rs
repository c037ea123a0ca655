//! What will be run: a [`Plan`] of [`Step`]s, each complete in itself and printable.
//!
//! Executing a plan needs no further look at flags, configuration or environment. Knows nothing of how a step is run
//! (`drive`), of why it was chosen or what is read from it (`collector`).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The name of a collector, built-in or custom (`[collect.NAME] command = ..`): `clippy`, `todo`.
///
/// What the name stands for is in the list of `collector`, which also decides the order of names.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Collector(Cow<'static, str>);

impl Collector {
    /// Returns a name that is known when the program is compiled.
    pub const fn named(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// Returns the name as people write it.
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl From<String> for Collector {
    fn from(name: String) -> Self {
        Self(Cow::Owned(name))
    }
}

impl fmt::Display for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The steps of one run, in order, and what had to be left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Run in this order; ids are unique.
    pub steps: Vec<Step>,
    /// Collectors that were asked for and need no step of their own: who answers them (`check is answered by clippy`).
    pub answered: Vec<Answered>,
    /// Collectors that were asked for and cannot run here.
    pub lacking: Vec<Lacking>,
    /// Collectors that may find nothing to do (`allow-empty`): zero is then a value.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub allow_empty: BTreeSet<Collector>,
    /// For every collector asked for: a digest of all that decides what its figures mean (arguments, scope, features,
    /// profile, its table in the configuration). Equal digests on equal trees under equal toolchains: equal figures.
    pub settings: BTreeMap<Collector, String>,
}

impl Plan {
    /// Returns the steps that measure a collector's values, also those of another collector that answer it.
    pub fn steps_of(&self, collector: &Collector) -> impl Iterator<Item = &Step> {
        let answered = self
            .answered
            .iter()
            .find(|answered| answered.collector == *collector);
        self.steps.iter().filter(move |step| match answered {
            Some(answered) => step.id == answered.by,
            None => step.serves.contains(collector),
        })
    }
}

/// A collector served by the step of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// The collector asked for.
    pub collector: Collector,
    /// The step that answers it.
    pub by: String,
}

/// A collector whose tool is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lacking {
    /// The collector asked for.
    pub collector: Collector,
    /// What is missing, as a fragment: `clippy is not installed`.
    pub what: String,
    /// The command that mends it.
    pub mend: String,
}

/// One thing to do: a command, or files to read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Unique in the plan; names log files: `clippy`, `test`, `bench-2`.
    pub id: String,
    /// Words for people.
    pub verb: Verb,
    /// The collectors that read this step's events.
    pub serves: Vec<Collector>,
    /// What to do.
    pub action: Action,
    /// Ended (as a whole group) when it takes longer.
    pub timeout: Option<Duration>,
}

impl Step {
    /// Id of the step that runs the doctests when nextest runs the other tests.
    pub const DOCTESTS: &'static str = "doctest";
    /// Id of the step that counts undocumented public items: its other diagnostics are those of `doc` over again.
    pub const MISSING_DOCS: &'static str = "doc-missing";
}

/// Cargo-like status verbs of a step: `Linting`, then `Linted`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verb {
    /// While it runs.
    pub doing: String,
    /// When it has ended.
    pub done: String,
}

/// The kinds of work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Action {
    /// Start a process and decode what it prints.
    Command(Invocation),
    /// Read the Rust sources of the members: no process.
    Scan,
    /// Hold changelogs against their rules, tags and manifests: no process but git.
    Lint(Lint),
}

/// Changelogs, and the day on which they are read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lint {
    /// `YYYY-MM-DD`.
    pub today: String,
    /// Those that are there.
    pub changelogs: Vec<Changelog>,
}

/// A changelog and what it speaks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changelog {
    /// Relative to the workspace root with `/`.
    pub path: String,
    /// The folder that it speaks for; empty for the root.
    pub folder: String,
    /// The packages, as tags name them.
    pub names: Vec<String>,
    /// The version that all their manifests have; `None` where they differ.
    pub version: Option<String>,
    /// How tags are named, where the campaign says so; else what tags there are tells.
    pub tag: Option<String>,
}

/// A process to start, complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invocation {
    /// Absolute path of the program (`$CARGO`, or a team's own command).
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Changes to the inherited environment; `None` removes.
    pub env: BTreeMap<String, Option<String>>,
    /// Working directory, absolute.
    pub cwd: PathBuf,
    /// How its output is read.
    pub stream: Stream,
}

impl Invocation {
    /// Returns the command as a person would type it: `cargo` for cargo whatever its path, a custom command as configured,
    /// arguments quoted where a shell needs it.
    pub fn display(&self) -> String {
        let stem = self
            .program
            .file_stem()
            .map_or_else(String::new, |s| s.to_string_lossy().into_owned());
        let program = match self.program.strip_prefix(&self.cwd) {
            _ if self.stream != Stream::Figures || ["cargo", "rustc"].contains(&stem.as_str()) => {
                stem
            }
            Ok(below) => format!("./{}", below.display()),
            Err(_) => self.program.display().to_string(),
        };
        std::iter::once(program.as_str())
            .chain(self.args.iter().map(String::as_str))
            .map(quote)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Returns the command for a person: with the variables that change results, and without what only makes tools print
    /// for machines.
    pub fn by_hand(&self) -> String {
        let mut shown = self.clone();
        shown.args = without_machine_formats(&self.args);
        let variables = self
            .env
            .iter()
            .filter(|(name, _)| !MACHINE_VARIABLES.contains(&name.as_str()));
        let set = variables
            .filter_map(|(name, value)| Some(format!("{name}={} ", quote(value.as_deref()?))));
        format!("{}{}", set.collect::<String>(), shown.display())
    }

    /// Returns the command with other arguments: for cargo, and behind `--` for the tool.
    pub fn with_args(&self, mut cargo: Vec<String>, tool: Vec<String>) -> Self {
        if !tool.is_empty() {
            cargo.push("--".to_owned());
            cargo.extend(tool);
        }
        Self {
            args: cargo,
            ..self.clone()
        }
    }

    /// Returns cargo's arguments, and those behind `--` for the tool.
    pub fn split_args(&self) -> (&[String], &[String]) {
        split_args(&self.args)
    }
}

/// Splits arguments into those for cargo, and those behind `--` for the tool.
pub fn split_args(args: &[String]) -> (&[String], &[String]) {
    match args.iter().position(|arg| arg == "--") {
        Some(at) => (&args[..at], &args[at + 1..]),
        None => (args, &[]),
    }
}

/// Variables that only decide what tools print.
const MACHINE_VARIABLES: [&str; 2] = [
    "CARGO_CAMPAIGN_DURATIONS",
    "NEXTEST_EXPERIMENTAL_LIBTEST_JSON",
];

/// Options that only decide what tools print, each with its value.
const MACHINE_OPTIONS: [(&str, &str); 2] = [
    ("--message-format", "libtest-json-plus"),
    ("--cargo-message-format", "json-render-diagnostics"),
];

fn without_machine_formats(args: &[String]) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for arg in args.iter().filter(|arg| *arg != "--message-format=json") {
        match kept.last() {
            Some(last) if MACHINE_OPTIONS.contains(&(last.as_str(), arg.as_str())) => {
                _ = kept.pop()
            }
            _ => kept.push(arg.clone()),
        }
    }
    kept
}

/// Quotes a word for a POSIX shell, only when it must be.
pub fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,+@%^".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// How the output of a command is decoded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stream {
    /// `--message-format=json` of check, build, clippy, doc: JSON lines on stdout.
    Cargo,
    /// `cargo test --message-format=json` under our target runner: JSON lines, then doctest text; test executables are
    /// recorded by the runner.
    CargoTest,
    /// `cargo nextest run --message-format libtest-json-plus`: JSON lines of tests on stdout, the build on stderr.
    Nextest,
    /// The same with `--cargo-message-format`: cargo's JSON lines come first, up to `build-finished`.
    NextestWithMessages,
    /// `cargo bench --message-format=json` under our target runner; criterion's files are read afterwards.
    CargoBench,
    /// `cargo fmt -- --check -l -v`: one path a line, between lines that tell what was read.
    FmtList,
    /// A team's own command: a number, JSON, or `name value unit` lines.
    Figures,
}

impl Stream {
    /// Whether the command is nextest's.
    pub fn is_nextest(&self) -> bool {
        matches!(self, Self::Nextest | Self::NextestWithMessages)
    }
}

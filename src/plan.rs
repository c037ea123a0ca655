//! The [`Plan`] of a run: the [`Step`]s to execute, each complete and printable.
//!
//! A plan can be executed without the flags, the configuration or the environment that it was made
//! from. `collector` chooses the steps and reads their output; `drive` executes them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The name of a collector, built-in or custom (`[collect.NAME] command = ..`): `clippy`, `todo`.
///
/// `collector` defines the built-in collectors and the order of names.
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

/// The steps of one run, in order, and the collectors that cannot run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Steps in order of execution. Their ids are unique.
    pub steps: Vec<Step>,
    /// Requested collectors that are served by the step of another one, as `check` is by `clippy`.
    pub answered: Vec<Answered>,
    /// Requested collectors that cannot run.
    #[serde(alias = "lacking")]
    pub missing: Vec<MissingCollector>,
    /// Collectors for which zero is a valid result if there is nothing to measure (`allow-empty`).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub allow_empty: BTreeSet<Collector>,
    /// For each requested collector, a digest of the settings that its values depend on: arguments,
    /// scope, features, profile and its table in the configuration. Values are comparable only if
    /// their digests are equal.
    pub settings: BTreeMap<Collector, String>,
}

impl Plan {
    /// Returns the steps that measure the values of a collector. They may belong to another
    /// collector that serves it.
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

/// The options that decide which code cargo compiles, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildSelection {
    /// `-F`: names of features.
    pub features: Vec<String>,
    /// `--all-features`.
    pub all_features: bool,
    /// `--no-default-features`.
    pub no_default_features: bool,
    /// `--target`: a triple. `None` for the host's.
    pub target: Option<String>,
    /// `--profile`. `None` for cargo's default. Benches keep the bench profile.
    pub profile: Option<String>,
}

impl BuildSelection {
    /// Returns whether an option selects features.
    pub fn selects_features(&self) -> bool {
        !self.features.is_empty() || self.all_features || self.no_default_features
    }

    /// Returns the features of `-F a,b -F c` one by one, in the order given.
    pub fn feature_names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        // Cargo also separates features by blanks.
        for name in self.features.iter().flat_map(|list| list.split([',', ' '])) {
            if !name.is_empty() && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Returns the flags of cargo that select the same.
    pub fn flags(&self) -> Vec<String> {
        let features = self.feature_names().join(",");
        let valued = [
            ("--features", Some(features).filter(|all| !all.is_empty())),
            ("--target", self.target.clone()),
            ("--profile", self.profile.clone()),
        ];
        let switches = [
            ("--all-features", self.all_features),
            ("--no-default-features", self.no_default_features),
        ];
        let mut flags = Vec::new();
        for (flag, value) in valued {
            flags.extend(value.into_iter().flat_map(|value| [flag.to_owned(), value]));
        }
        let given = switches.into_iter().filter(|(_, is_given)| *is_given);
        flags.extend(given.map(|(flag, _)| flag.to_owned()));
        flags
    }
}

/// A collector that is served by the step of another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// The requested collector.
    pub collector: Collector,
    /// Id of the step that serves it.
    pub by: String,
}

/// A collector that cannot run, usually because a tool is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingCollector {
    /// The collector asked for.
    pub collector: Collector,
    /// Why it cannot run, as a fragment: `clippy is not installed`.
    pub what: String,
    /// The command that fixes it.
    #[serde(alias = "mend")]
    pub fix: String,
}

/// One step of a plan: a command to run, or files to read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Unique in the plan; names log files: `clippy`, `test`, `bench-2`.
    pub id: String,
    /// Verbs for the progress display.
    pub verb: Verb,
    /// The collectors that read this step's events.
    pub serves: Vec<Collector>,
    /// The work itself.
    pub action: Action,
    /// Time limit. The whole process group is ended when it is exceeded.
    pub timeout: Option<Duration>,
    /// The settings of its collector that decide how its input is read or counted, by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, Vec<String>>,
    /// The copy of the workspace in which its command builds. `None` for the workspace itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<CopiedBuild>,
    /// The only member that its command selects. `None` for all selected ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// The file that is read instead of the output of its command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<ReportFile>,
    /// The measurement of the program that its command runs. `None` if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampling: Option<Sampling>,
}

/// A repeated measurement of the program that `cargo run` builds and starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sampling {
    /// The name of its command in the configuration.
    pub name: String,
    /// How often the program runs.
    pub samples: u32,
    /// The tool that counts its instructions. `None` to measure its peak memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter: Option<InstructionCounter>,
}

impl Sampling {
    /// The name of the count of bytes that cannot be told apart from a smaller peak.
    pub const FLOOR: &'static str = "floor";
    /// The start of the names of the samples, which a number follows.
    pub const SAMPLE: &'static str = "sample ";
}

/// A program that runs another one and counts its instructions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstructionCounter {
    /// Path of the program.
    pub program: PathBuf,
    /// Its name and version, as it prints them.
    pub version: String,
}

/// A file that a command writes to a directory of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportFile {
    /// The option of the command that names the directory.
    pub option: String,
    /// The path of the file in the directory. If the command does not write it, its output is read.
    pub path: String,
    /// The changes of the sources that the command gets. `None` if it gets none.
    pub changes: Option<SourceChanges>,
}

/// The changes of the Rust sources since a commit, as a patch in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceChanges {
    /// The option of the command that names the file.
    pub option: String,
    /// Full id of the commit.
    pub since: String,
}

/// A build in a copy of the workspace, whose sources can be changed. All builds of a plan use the same copy, which is
/// removed afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopiedBuild {
    /// The target directory, absolute. It belongs to the copy alone.
    pub target_dir: PathBuf,
    /// The preparation of the build.
    pub preparation: Preparation,
}

impl CopiedBuild {
    /// The name of the count of bytes that a clean build wrote.
    pub const BYTES: &'static str = "bytes";
    /// The name of the count of microseconds that a clean build took for the units of a package.
    pub const UNIT_TIME: &'static str = "unit time";
}

/// A preparation of a build in a copy of the workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Preparation {
    /// The workspace is copied.
    Copy,
    /// Everything that was built is removed, and earlier edits are undone.
    Clean,
    /// A source file is edited.
    Edit {
        /// The package that it belongs to.
        package: String,
        /// Its path relative to the root. `None` if the package is unknown or has no such file.
        file: Option<String>,
    },
}

impl Step {
    /// Id of the step that runs the doctests when nextest runs the other tests.
    pub const DOCTESTS: &'static str = "doctest";
    /// Id of the step that counts undocumented public items. Its other diagnostics repeat those of
    /// `doc`.
    pub const MISSING_DOCS: &'static str = "doc-missing";
    /// Id of the step that runs instrumented tests, or reads which lines another tool saw executed. It runs the compiler
    /// through this program.
    pub const COVERAGE: &'static str = "coverage";
    /// Id of the step that reads counts of instructions from summaries that another tool wrote.
    pub const SUMMARIES: &str = "instructions-summaries";
    /// The setting for how often tests that fail are tried again.
    pub const RETRIES: &'static str = "retries";
    /// Id of the step that looks for unused dependencies. It runs the compiler through this program.
    pub const UNUSED: &'static str = "unused";

    /// Variable of cargo for the directory of intermediate files.
    pub const BUILD_DIR: &'static str = "CARGO_BUILD_BUILD_DIR";

    /// Returns the step as a build in a copy of the workspace.
    pub(crate) fn in_copy(mut self, target_dir: &Path, preparation: Preparation) -> Self {
        self.copy = Some(CopiedBuild {
            target_dir: target_dir.to_owned(),
            preparation,
        });
        self
    }

    /// The names of the target directories of a copy of the workspace: its own, and that of builds with
    /// the setting of an experiment. They cannot be those of a profile or a triple, and are equally long, so that builds in
    /// them do not differ.
    pub(crate) const COPY_DIRS: [&str; 2] = [".copy", ".with"];

    /// Returns the target directory of a copy of the workspace with this target directory.
    pub(crate) fn copy_target_dir(target_dir: &Path) -> PathBuf {
        target_dir.join("campaign").join(Self::COPY_DIRS[0])
    }

    /// Returns the preparation of a build in a copy of the workspace. `None` if it builds elsewhere.
    pub fn preparation(&self) -> Option<&Preparation> {
        self.copy.as_ref().map(|copy| &copy.preparation)
    }

    /// Returns the step as one that selects only this member.
    pub(crate) fn of_package(mut self, name: &str) -> Self {
        self.package = Some(name.to_owned());
        self
    }

    /// Returns the step as one whose command writes its result to a file.
    pub(crate) fn with_report(mut self, report: ReportFile) -> Self {
        self.report = Some(report);
        self
    }

    /// Returns the step as one that measures the program which its command runs.
    pub(crate) fn sampled(mut self, sampling: Sampling) -> Self {
        self.sampling = Some(sampling);
        self
    }

    /// Returns the step with a setting.
    pub(crate) fn with_setting(mut self, key: &str, values: &[String]) -> Self {
        self.settings.insert(key.to_owned(), values.to_vec());
        self
    }

    /// Returns the values of a setting. Empty if the collector did not pass it on.
    pub(crate) fn setting(&self, key: &str) -> &[String] {
        self.settings.get(key).map_or(&[], Vec::as_slice)
    }
}

/// The status verbs of a step, as in cargo's output: `Linting`, then `Linted`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verb {
    /// Shown while the step runs.
    pub doing: String,
    /// Shown when the step has ended.
    pub done: String,
}

/// The work of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Action {
    /// Start a process and decode its output.
    Command(Invocation),
    /// Read the Rust sources of the workspace members, without a process.
    Scan,
    /// Read other files, without a process.
    Read(FileSet),
    /// Check changelogs against their format, git tags and manifests. The only process is git.
    Lint(Lint),
}

impl Action {
    /// Returns the process that it starts. `None` if files are read instead.
    pub fn command(&self) -> Option<&Invocation> {
        match self {
            Self::Command(invocation) => Some(invocation),
            Self::Scan | Self::Read(_) | Self::Lint(_) => None,
        }
    }
}

/// The files that a step reads, in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSet {
    /// Files, and directories of which every file is read. Relative to the workspace root, or absolute.
    /// A file that does not exist makes the result incomplete.
    pub paths: Vec<String>,
    /// Whether the Rust sources of the members are read.
    pub sources: bool,
    /// Whether the documents are read that these sources include in their documentation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub documents: bool,
    /// The database that the files belong to, if they belong to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<Database>,
    /// The index with the entries of the packages in `Cargo.lock`, which are read after the files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<RegistryIndex>,
}

/// Where the index of crates.io is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RegistryIndex {
    /// In the commit that the database, a checkout of the index, has.
    Checkout,
    /// In cargo's cache.
    Cache {
        /// The directory with a cache for each registry.
        directory: String,
        /// The command that makes cargo ask the registries. It must not write `Cargo.lock`.
        refresh: Invocation,
    },
}

/// A checkout of a database that others keep current.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Database {
    /// Its directory, relative to the workspace root or absolute.
    pub directory: String,
    /// Full id of the commit that is checked out. `None` if it is unknown.
    pub commit: Option<String>,
    /// Time of the commit in Unix seconds. `None` if it is unknown.
    pub committed: Option<i64>,
    /// Whether it was too old for a complete result.
    pub is_stale: bool,
    /// Why entries may be missing, as a fragment. `None` if it is current.
    pub flaw: Option<String>,
    /// Whether that is because git could not answer. It may next time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_unknown: bool,
}

impl Database {
    /// Returns files that change with the commit. They exist only in a clone.
    pub fn heads(&self) -> [String; 2] {
        ["logs/HEAD", "FETCH_HEAD"].map(|name| format!("{}/.git/{name}", self.directory))
    }

    /// Returns the command that makes it current, or that lists its changed files. `None` if it has no flaw.
    pub fn update(&self) -> Option<String> {
        self.flaw.as_ref()?;
        let directory = quote(&self.directory);
        Some(match self.commit {
            Some(_) if self.is_stale => format!("git -C {directory} pull"),
            Some(_) => format!("git -C {directory} status"),
            None => {
                format!("git clone {ADVISORIES} {directory} (after moving that directory away)")
            }
        })
    }
}

/// The repository of the database of security advisories.
pub const ADVISORIES: &str = "https://github.com/rustsec/advisory-db";

/// The changelogs to check, and the current date.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lint {
    /// The current date, `YYYY-MM-DD`.
    pub today: String,
    /// The existing changelogs.
    pub changelogs: Vec<Changelog>,
    /// A digest of the tags of the repository.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tags: String,
}

/// A changelog and the packages that it covers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changelog {
    /// Path relative to the workspace root, separated by `/`.
    pub path: String,
    /// The directory that it covers. Empty for the workspace root.
    pub folder: String,
    /// Names of the packages that it covers, as used in tags.
    pub names: Vec<String>,
    /// The version of these packages. `None` if they differ.
    pub version: Option<String>,
    /// The configured tag template. `None` derives it from the existing tags.
    pub tag: Option<String>,
}

/// A process to start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invocation {
    /// Absolute path of the program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Changes to the inherited environment. `None` removes a variable.
    pub env: BTreeMap<String, Option<String>>,
    /// Working directory, absolute.
    pub cwd: PathBuf,
    /// How its output is read.
    pub stream: Stream,
}

impl Invocation {
    /// Returns the command as a person would type it, with arguments quoted where a shell needs it.
    ///
    /// Cargo is shown as `cargo` whatever its path, and a custom command as configured.
    pub fn display(&self) -> String {
        let stem = self
            .program
            .file_stem()
            .map_or_else(String::new, |s| s.to_string_lossy().into_owned());
        let program = match self.program.strip_prefix(&self.cwd) {
            _ if self.stream != Stream::Text || ["cargo", "rustc"].contains(&stem.as_str()) => stem,
            Ok(below) => format!("./{}", below.display()),
            Err(_) => self.program.display().to_string(),
        };
        std::iter::once(program.as_str())
            .chain(self.args.iter().map(String::as_str))
            .map(quote)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Returns the command for a person to repeat: with the variables that affect results, and
    /// without options that only select machine-readable output.
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

    /// Returns the arguments for cargo, and those after `--` for the tool.
    pub fn split_args(&self) -> (&[String], &[String]) {
        split_args(&self.args)
    }
}

/// Splits arguments into those for cargo, and those after `--` for the tool.
pub fn split_args(args: &[String]) -> (&[String], &[String]) {
    match args.iter().position(|arg| arg == "--") {
        Some(at) => (&args[..at], &args[at + 1..]),
        None => (args, &[]),
    }
}

/// Variables that name the files through which a step of GitHub Actions passes on its results.
///
/// No process that is started inherits them, because a test of a pull request could otherwise write the verdict of the
/// step, or variables and programs of the steps after it.
pub(crate) const STEP_FILES: [&str; 5] = [
    "GITHUB_ENV",
    "GITHUB_OUTPUT",
    "GITHUB_PATH",
    "GITHUB_STATE",
    "GITHUB_STEP_SUMMARY",
];

/// Variables that only affect the output format.
const MACHINE_VARIABLES: [&str; 2] = [
    "CARGO_CAMPAIGN_DURATIONS",
    "NEXTEST_EXPERIMENTAL_LIBTEST_JSON",
];

/// Options that only affect the output format, each with its value.
const MACHINE_OPTIONS: [(&str, &str); 2] = [
    ("--message-format", "libtest-json-plus"),
    ("--cargo-message-format", "json"),
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

/// Quotes a word for a POSIX shell if necessary.
pub fn quote(word: &str) -> String {
    if !word.is_empty() && word.chars().all(is_shell_safe) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Returns whether a character has no meaning to a shell.
fn is_shell_safe(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_=./:,+@%^".contains(c)
}

/// How the output of a command is decoded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stream {
    /// `--message-format=json` of check, build, clippy, doc: JSON lines on stdout.
    Cargo,
    /// `cargo test --message-format=json` under our target runner: JSON lines, then doctest text;
    /// test executables are recorded by the runner.
    CargoTest,
    /// `cargo nextest run --message-format libtest-json-plus`: JSON lines of tests on stdout, the
    /// build on stderr.
    Nextest,
    /// As `Nextest`, with `--cargo-message-format`: cargo's JSON lines come first, up to
    /// `build-finished`.
    NextestWithMessages,
    /// `cargo bench --message-format=json` under our target runner; criterion's files are read
    /// afterwards.
    CargoBench,
    /// `cargo fmt -- --check -l -v`: one path per line, among lines that list the files read.
    FmtList,
    /// A complete text on stdout, which the definition of the step's collector decodes.
    #[serde(alias = "Figures")]
    Text,
}

impl Stream {
    /// Returns whether the command runs nextest.
    pub fn is_nextest(&self) -> bool {
        matches!(self, Self::Nextest | Self::NextestWithMessages)
    }
}

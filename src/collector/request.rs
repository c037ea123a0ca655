//! The request for a measurement.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::settings::Settings;
use crate::metric::Better;
use crate::plan::{
    BuildSelection, Collector, Database, FileSet, InstructionCounter, Lint, MissingCollector,
};

/// Everything that a plan depends on, except the workspace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// Absolute path of cargo.
    pub cargo: PathBuf,
    /// The requested collectors, in any order.
    pub collectors: Vec<Collector>,
    /// `-p`; empty for the whole workspace.
    pub packages: Vec<String>,
    /// `--exclude`.
    pub exclude: Vec<String>,
    /// The names of the members that specs among `packages` and `exclude` select, where known. Two
    /// selections are the same if their names are.
    pub names: BTreeMap<String, Vec<String>>,
    /// Whether `check` and `clippy` leave benches out, since benches that need a nightly compiler
    /// are errors with a stable one.
    pub without_benches: bool,
    /// Whether the packages may be compiled in another way while clippy runs.
    pub distinguishes_clippy: bool,
    /// Features, target and profile.
    pub build: BuildSelection,
    /// `--target-dir`, as the user gave it.
    pub target_dir: Option<PathBuf>,
    /// Flags that are passed to cargo unchanged: `--locked`, `--offline`, `--frozen`.
    pub cargo_flags: Vec<String>,
    /// Versions of the tools that a probe found, as they print them, by the collector that needs
    /// each.
    pub versions: BTreeMap<Collector, String>,
    /// Tools that a probe found missing.
    pub missing: Vec<MissingCollector>,
    /// Custom collectors by name.
    pub custom: BTreeMap<String, CustomCollector>,
    /// Tables of the configuration. A collector without one has the defaults.
    pub settings: BTreeMap<Collector, Settings>,
    /// The database of security advisories, if a collector reads it and it was found.
    pub advisories: Option<Database>,
    /// The index of the registry that each collector reads, if its settings name one.
    pub indexes: BTreeMap<Collector, FileSet>,
    /// The earlier version of each package with which its API is compared. A package without an
    /// earlier version is missing.
    pub api_baselines: BTreeMap<String, ApiBaseline>,
    /// The earlier version that each collector uses, as text and without a look at the packages: the
    /// setting, and the tags or the commit that it stands for.
    pub compared_with: BTreeMap<Collector, String>,
    /// The commit (full id) since which code counts as changed. `None` if all code counts.
    pub changed_since: Option<String>,
    /// The tools of LLVM, if a collector needs them and they were found.
    pub llvm: Option<LlvmTools>,
    /// The tool that counts instructions, if a collector needs it and it was found.
    pub counter: Option<InstructionCounter>,
    /// The cache through which cargo runs the compiler, if a collector needs it and it was found.
    pub compiler_cache: Option<CompilerCache>,
    /// The input of the `changelog` collector.
    pub lint: Lint,
    /// The changelog files and tags, as text. The values of the `changelog` collector depend on
    /// them and on the sources.
    pub releases: String,
}

impl Request {
    /// Returns the settings of a collector.
    pub(super) fn settings_of(&self, collector: &Collector) -> Settings {
        self.settings.get(collector).cloned().unwrap_or_default()
    }

    /// Returns whether no option selects packages.
    pub(super) fn takes_every_package(&self) -> bool {
        self.packages.is_empty() && self.exclude.is_empty()
    }
}

/// An earlier version of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiBaseline {
    /// The version at a commit.
    Commit {
        /// Full id of the commit.
        id: String,
        /// Its name for people, such as a tag.
        name: String,
    },
    /// The last version on crates.io.
    Registry,
    /// It is not known, for a reason.
    Unknown(String),
}

/// The programs of LLVM that read the profiles of instrumented programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LlvmTools {
    /// Absolute path of `llvm-profdata`.
    pub profdata: PathBuf,
    /// Absolute path of `llvm-cov`.
    pub cov: PathBuf,
    /// The version that `llvm-cov` prints.
    pub version: String,
}

/// The program through which cargo runs the compiler, and which keeps its output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompilerCache {
    /// The program, as cargo is configured to run it.
    pub program: PathBuf,
    /// The version that it prints.
    pub version: String,
}

/// `[collect.NAME] command = [..]`, or the commands of objectives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomCollector {
    /// Program and arguments. A program with a path separator is relative to the workspace root;
    /// any other is searched for on `PATH`.
    pub command: Vec<String>,
    /// Commands whose exit status is the value of a metric, by this metric. Empty if there is a command.
    pub checks: BTreeMap<String, Vec<String>>,
    /// Time limit, instead of the default.
    pub timeout: Option<Duration>,
    /// The unit of each metric that it is declared to print.
    pub units: BTreeMap<String, String>,
    /// The direction in which each of these metrics improves, unless lower values are better.
    pub directions: BTreeMap<String, Better>,
}

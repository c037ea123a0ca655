//! Events of a running plan: the vocabulary between running and measuring.
//!
//! Each [`Event::Started`] is followed by exactly one [`Event::Ended`] of the same step, even after
//! a spawn error, a timeout or an interrupt. Unknown input becomes [`Event::Noise`], never an error
//! and never a metric. Paths are relative to the workspace root and use `/`. Events know nothing
//! about metrics.

pub mod machine;

use std::borrow::Cow;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::lines::LineSet;

/// Something that happened in a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A step of the plan begins.
    Started {
        /// Id of the step.
        step: String,
    },
    /// A compiler, clippy or rustdoc diagnostic of a workspace member.
    Diagnostic(Diagnostic),
    /// A unit was built or was fresh.
    Artifact(Artifact),
    /// A unit that cargo reported but the compiler did not compile. Sent before the step ends.
    Uncompiled(Uncompiled),
    /// Cargo printed `build-finished`. Later lines are not read as messages of cargo.
    BuildFinished {
        /// Whether the build succeeded according to cargo.
        success: bool,
    },
    /// The results of a test or bench executable, or of the doctests of a package.
    Suite(Suite),
    /// The value of a benchmark.
    Bench(Bench),
    /// A file that the formatter would change.
    Unformatted {
        /// Relative to the workspace root.
        file: String,
        /// The members whose targets contain it. Empty if that is unknown.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        packages: BTreeSet<String>,
    },
    /// The formatter read a crate root and the modules below it.
    Formatted,
    /// The counts of a collector in a file. Transcripts call it `source`.
    #[serde(rename = "source")]
    Counted(FileCounts),
    /// A path that a source names as code and that does not exist, or is a link. The file that is
    /// read depends on it.
    Watched {
        /// Relative to the workspace root.
        file: String,
    },
    /// Which lines of a file were executed.
    Coverage(FileExecutions),
    /// A coverage file of another tool was read.
    Imported(CoverageFile),
    /// The functions of a source file, and its test code.
    Functions(SourceFunctions),
    /// A problem that a collector found in a file.
    Problem(Problem),
    /// A value from the command of a custom collector.
    Figure(Figure),
    /// The items of a source file that diagnostics point into. Sent before the step ends.
    Outline {
        /// Relative to the workspace root.
        file: String,
        /// Items in source order.
        items: Vec<Item>,
    },
    /// Progress in units or tests. For display only, never stored.
    Progress(Progress),
    /// A tick while a process is running. For display only, never stored.
    Idle,
    /// An unknown line. The first few are kept for `--verbose`.
    Noise {
        /// The text, lossily decoded and cut.
        line: String,
    },
    /// The step is over.
    Ended(Ended),
}

/// A step that is about to run, and what its last run predicts about it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expected {
    /// Id of the step.
    pub step: String,
    /// The verb to show while it runs, such as `Linting`.
    pub doing: String,
    /// Duration of the last run, in seconds.
    pub seconds: Option<f64>,
    /// Number of units or tests of the last run, for as long as the step itself does not report
    /// one.
    pub units: Option<u64>,
}

/// The severity of a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Level {
    Warning,
    Error,
    /// `error: internal compiler error`.
    Ice,
}

/// A diagnostic with the fields needed to count, match and show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Package name; always a workspace member.
    pub package: String,
    /// Target kind of the unit: `lib bin test example bench custom-build`.
    pub target_kind: String,
    /// Target name of the unit.
    pub target: String,
    /// Severity.
    pub level: Level,
    /// `clippy::needless_clone`, `dead_code`, `E0308`; `None` for codeless messages.
    pub code: Option<String>,
    /// First line of the message, not escaped.
    pub message: String,
    /// Primary spans in their original order. May be empty.
    pub spans: Vec<Span>,
}

impl Diagnostic {
    /// The code under which our rustdoc wrapper reports the documented public items of a library:
    /// `6 of 17`.
    pub const DOCUMENTED: &'static str = "campaign::documented";

    /// The code under which our compiler wrapper reports a dependency that a unit with tests does
    /// not use. The messages of this unit look like those of the unit without tests.
    pub const UNUSED_IN_TESTS: &'static str = "campaign::unused-in-tests";

    /// Returns whether the compiler or linker failed because of the machine, which is unrelated to
    /// the sources.
    pub fn is_of_machine(&self) -> bool {
        machine::is_to_blame(&self.message, self.is_placed())
    }

    /// Returns whether the message is about a place in the sources. One about a crate as a whole
    /// has an empty span at the beginning of its root file.
    pub fn is_placed(&self) -> bool {
        let of_crate =
            |span: &Span| (span.line, span.column, span.end_line, span.end_column) == (1, 1, 1, 1);
        self.spans.iter().any(|span| !of_crate(span))
    }

    /// Returns the cause of an error. Without a place in the sources it is unknown: it may be the
    /// linker, or a file of a dependency or of the compiler that could not be read.
    pub fn cause(&self) -> Cause {
        // These are about the metadata of a dependency, wherever the source names it.
        const OF_METADATA: [&str; 4] = ["E0460", "E0463", "E0514", "E0786"];
        // These are about a crate as a whole that uses no standard library.
        const OF_CRATE: [&str; 4] = [
            "`#[panic_handler]` function required, but not found",
            "language item required, but not found: `eh_personality`",
            "no global memory allocator found but one is required",
            "unwinding panics are not supported without std",
        ];
        let code = self.code.as_deref().unwrap_or_default();
        let is_in_sources = self.is_placed() && !OF_METADATA.contains(&code)
            || OF_CRATE.iter().any(|error| self.message.starts_with(error));
        match self.is_of_machine() {
            true => Cause::Machine,
            false if is_in_sources => Cause::Sources,
            false => Cause::Unknown,
        }
    }
}

/// Returns whether a text summarizes messages of the compiler: `2 warnings emitted`,
/// `aborting due to 3 previous errors`, `could not compile`.
pub fn sums_up(text: &str) -> bool {
    let emitted = text
        .strip_suffix(" warning emitted")
        .or_else(|| text.strip_suffix(" warnings emitted"));
    emitted.is_some_and(|count| !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit()))
        || ["aborting due to ", "could not compile "]
            .iter()
            .any(|start| text.starts_with(start))
}

/// Finds the target without a standard library in a compiler's text about a missing crate.
pub fn target_not_installed(text: &str) -> Option<&str> {
    let (before, _) = text.split_once("` target may not be installed")?;
    Some(before.rsplit_once("the `")?.1)
}

/// A primary span.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// Path relative to the workspace root with `/`, or absolute if it belongs to no member.
    pub file: String,
    /// 1-based.
    pub line: u32,
    /// 1-based, in characters.
    pub column: u32,
    /// 1-based, inclusive.
    pub end_line: u32,
    /// 1-based, exclusive.
    pub end_column: u32,
    /// The complete source lines of the span, at most the first three.
    pub text: Vec<String>,
    /// The highlighted part of `text` with white space collapsed.
    pub snippet: String,
    /// Name of the outermost macro whose expansion the span lies in.
    pub expansion: Option<String>,
}

/// A built or fresh unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// Package name. The package may lie outside the workspace.
    pub package: String,
    /// Whether the package is a member of the workspace.
    pub member: bool,
    /// The first kind in cargo's message: `lib bin test example bench custom-build proc-macro ..`.
    pub target_kind: String,
    /// Target name.
    pub target: String,
    /// Whether it was built with `--test`.
    pub test: bool,
    /// Whether cargo had nothing to do.
    pub fresh: bool,
    /// Absolute paths of its files. Cargo lists the files that exist after the compiler has exited,
    /// so they may be old.
    pub files: Vec<String>,
    /// Path of the executable in cargo's message. `None` under nextest.
    pub executable: Option<String>,
}

/// A unit of a member that cargo reported although the compiler did not compile it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uncompiled {
    /// Package name.
    pub package: String,
    /// As in [`Artifact::target_kind`].
    pub target_kind: String,
    /// Target name.
    pub target: String,
    /// Whether it was built with `--test`.
    pub test: bool,
    /// The file that proves it: relative to the workspace root with `/`, or absolute if it lies
    /// outside.
    pub file: String,
    /// The problem with the file.
    pub flaw: Flaw,
}

/// Why a file of build output proves that its unit was not compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flaw {
    /// It does not exist.
    Missing,
    /// It is older than the compiler's start or than a source file.
    Outdated,
}

/// The outcome of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Outcome {
    Passed,
    /// It failed, and passed when it was tried again.
    Flaky,
    Failed,
    Ignored,
}

impl Outcome {
    /// Returns whether the test passed, at least when it was tried again.
    pub fn has_passed(self) -> bool {
        matches!(self, Self::Passed | Self::Flaky)
    }
}

/// A test and its result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestCase {
    /// Name in the harness.
    pub name: String,
    /// The outcome.
    pub outcome: Outcome,
    /// Duration in seconds, if the runner reports it.
    pub seconds: Option<f64>,
    /// Output of a failed test, cut.
    pub output: Option<String>,
}

/// The source of a suite's results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Harness {
    /// libtest's log file, which is exact.
    Libtest,
    /// rustdoc's text. Each doctest is a process of its own, so its output cannot forge results.
    Doctest,
    /// nextest's events.
    Nextest,
    /// The exit status of a suite with `harness = false`, as one case.
    Opaque,
}

/// What made a result incomplete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The sources or settings. The result is the same each time.
    Sources,
    /// It is not known, so the result may be complete next time.
    #[default]
    Unknown,
    /// The machine, such as a full disk.
    Machine,
}

impl Cause {
    /// Returns whether it is the default one, which is not recorded.
    pub(crate) fn is_unknown(&self) -> bool {
        *self == Self::Unknown
    }
}

/// The tests of one executable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Suite {
    /// Package name.
    pub package: String,
    /// `lib bin test example bench doc`.
    pub target_kind: String,
    /// Target name.
    pub target: String,
    /// The source of the results.
    pub harness: Harness,
    /// The tests with a result. Benchmarks are not among them.
    pub cases: Vec<TestCase>,
    /// The number of tests that a filter left out.
    pub filtered: u32,
    /// Why the results may be incomplete, as a fragment. `None` if they are complete.
    pub incomplete: Option<String>,
    /// Whether the suite is incomplete only because its results could not be read. It may have
    /// succeeded.
    #[serde(default)]
    pub unreadable: bool,
    /// What made the suite incomplete. It means nothing for a complete one.
    #[serde(default)]
    pub cause: Cause,
    /// Exit code, or 128 + signal.
    pub exit: i32,
    /// Wall time of the executable in seconds.
    pub seconds: f64,
    /// End of the output of a suite with a problem.
    pub tail: Option<String>,
    /// The directory with the record of the executable, within those of the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// The run that ran it, if it was not run again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reused: Option<String>,
}

impl Suite {
    /// Marks a suite that the machine kept from a complete result. It may have succeeded otherwise.
    pub fn blame_machine(&mut self) {
        self.cause = Cause::Machine;
        self.unreadable = true;
    }

    /// Returns whether it is complete and every test that is not ignored passed at once.
    pub fn has_passed(&self) -> bool {
        let mut cases = self.cases.iter();
        self.incomplete.is_none()
            && self.exit == 0
            && self.filtered == 0
            && cases.all(|case| matches!(case.outcome, Outcome::Passed | Outcome::Ignored))
    }
}

/// The estimate of a benchmark.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bench {
    /// Package name.
    pub package: String,
    /// Bench target.
    pub target: String,
    /// `group/function/value` for criterion and divan, the function path for libtest.
    pub id: String,
    /// Seconds per iteration.
    pub seconds: f64,
    /// Lower and upper bound of the harness's own interval, in seconds.
    pub interval: Option<(f64, f64)>,
    /// The number of samples.
    pub samples: Option<u32>,
    /// `criterion`, `criterion-mean`, `libtest`, `divan`.
    pub format: String,
}

/// The counts of a collector in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileCounts {
    /// The member that the file belongs to. Empty if it belongs to none.
    pub package: String,
    /// Other members that it belongs to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<String>,
    /// Relative to the workspace root, or absolute if it was named so.
    pub file: String,
    /// The counts by a name of the collector's choice.
    pub counts: BTreeMap<Cow<'static, str>, u64>,
}

impl FileCounts {
    /// Returns the members that the file belongs to, or an empty name if it belongs to none.
    pub fn packages(&self) -> impl Iterator<Item = &str> {
        let others = self.others.iter().map(String::as_str);
        [self.package.as_str()].into_iter().chain(others)
    }
}

/// Which lines and functions of a file were executed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileExecutions {
    /// Relative to the workspace root with `/`, or absolute if it lies outside.
    pub file: String,
    /// The path to which symbolic links lead, relative to the workspace root, if it is another one
    /// there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linked: Option<String>,
    /// LineSet with code that were executed.
    pub executed: LineSet,
    /// LineSet with code that were not.
    pub missed: LineSet,
    /// Its functions and closures by their place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<CoveredFunction>,
}

impl FileExecutions {
    /// The rule of the problem that a profile is missing or damaged, so that more may have been
    /// executed.
    pub const UNWRITTEN: &'static str = "unwritten";
    /// The rule of the problem that profiles could not be read.
    pub const UNREADABLE: &'static str = "unreadable";

    /// The setting of a step that counts test code.
    pub const TESTS: &'static str = "tests";

    /// Adds the coverage of the same file in another program.
    pub fn merge(&mut self, other: Self) {
        self.executed.extend(&other.executed);
        self.missed.extend(&other.missed);
        self.missed = self.missed.without(&self.executed);
        let mut functions = BTreeMap::<(u32, u32), CoveredFunction>::new();
        for function in self.functions.drain(..).chain(other.functions) {
            let place = (function.line, function.column);
            match functions.entry(place) {
                Entry::Occupied(mut known) => known.get_mut().merge(&function),
                Entry::Vacant(place) => _ = place.insert(function),
            }
        }
        self.functions = functions.into_values().collect();
    }
}

/// A coverage file that another tool wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageFile {
    /// As the configuration names it.
    pub file: String,
    /// Its format.
    pub format: CoverageFormat,
    /// Whether it has functions.
    pub has_functions: bool,
    /// Whether it has regions.
    pub has_regions: bool,
}

/// The format of a coverage file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CoverageFormat {
    /// A trace file of lcov.
    Lcov,
    /// An XML document of Cobertura.
    Cobertura,
    /// A JSON document of llvm-cov.
    Llvm,
}

impl fmt::Display for CoverageFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lcov => "lcov",
            Self::Cobertura => "Cobertura",
            Self::Llvm => "LLVM JSON",
        })
    }
}

/// A function or closure whose executions were counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoveredFunction {
    /// Its first line.
    pub line: u32,
    /// The column of its first character.
    pub column: u32,
    /// Whether it was called.
    pub is_executed: bool,
    /// The number of its regions: pieces of code without a branch.
    pub regions: u64,
    /// The number of regions that were executed.
    pub executed_regions: u64,
}

impl CoveredFunction {
    /// Adds another instance of the function, or its description in another program. The most
    /// covered one counts.
    pub fn merge(&mut self, other: &Self) {
        self.is_executed |= other.is_executed;
        self.regions = self.regions.max(other.regions);
        self.executed_regions = self.executed_regions.max(other.executed_regions);
    }
}

/// The functions of a source file, and its test code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFunctions {
    /// Relative to the workspace root with `/`.
    pub file: String,
    /// Its functions with a body, without those of test code.
    pub functions: Vec<SourceFunction>,
    /// The lines of test code.
    pub tests: LineSet,
}

/// A function in a source file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFunction {
    /// Its name after those of the items around it: `pool::Pool::get`.
    pub path: String,
    /// The line of its keyword.
    pub first: u32,
    /// Its last line.
    pub last: u32,
    /// The text of its first line.
    pub text: String,
    /// Its cyclomatic complexity, at least 1.
    #[serde(default = "one")]
    pub complexity: u32,
}

/// The complexity of a function in a transcript of an earlier version, which does not have it.
fn one() -> u32 {
    1
}

/// A problem that a collector found in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Relative to the workspace root.
    pub file: String,
    /// 1-based.
    pub line: u32,
    /// Text of the line.
    pub text: String,
    /// Name of the rule.
    pub rule: String,
    /// Path of the item around the line. Empty if it is unknown or does not tell problems apart.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub item: String,
    /// The problem as a fragment.
    pub message: String,
}

/// A value from the command of a custom collector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Metric name.
    pub name: String,
    /// The package, if the command gives a value for each.
    pub package: Option<String>,
    /// Finite.
    pub value: f64,
    /// The unit that the command printed. It is compared with the configuration.
    pub unit: Option<String>,
}

/// A Rust item that encloses lines of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// First line, 1-based.
    pub first: u32,
    /// Last line, inclusive.
    pub last: u32,
    /// Enclosing names joined by `::`: `tests::reconnect`, `Pool::get`, `<Pool as Drop>::drop`.
    pub path: String,
}

/// The progress of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Finished units or tests.
    pub done: u64,
    /// All units or tests; 0 if unknown.
    pub total: u64,
    /// Names of the units in progress.
    pub what: String,
}

/// How a process or scan ended. The collectors decide about the consequences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// It exited with this code.
    Exited(i32),
    /// This signal ended it.
    Signalled(i32),
    /// It was killed because it took longer than its timeout.
    TimedOut,
    /// It was killed because the user interrupted the run.
    Interrupted,
    /// It could not be started, for this reason.
    NotStarted(String),
}

/// The end of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    /// Id of the step.
    pub step: String,
    /// How it ended.
    pub ending: Ending,
    /// Wall time in seconds from a monotonic clock, including `blocked`.
    pub seconds: f64,
    /// Seconds of waiting for file locks.
    pub blocked: f64,
    /// User and system time of the process tree in seconds, if the platform reports it.
    pub cpu: Option<f64>,
    /// Last lines of stderr without progress bars, lossily decoded.
    pub stderr_tail: String,
    /// Numbers of unknown lines by kind: `noise`, `foreign`, `non-utf8`, `cut-lines`.
    pub odd: BTreeMap<String, u64>,
}

//! What the driver saw: the vocabulary between running and measuring.
//!
//! Each [`Event::Started`] is followed by exactly one [`Event::Ended`] of the same step, also on spawn error, timeout and
//! interrupt. Unknown input becomes [`Event::Noise`], never an error and never a metric. Paths are relative to the
//! workspace root with `/`. Knows nothing of metrics.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Something that happened in a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A step of the plan begins.
    Started {
        /// Its id.
        step: String,
    },
    /// A compiler, clippy or rustdoc diagnostic of a workspace member.
    Diagnostic(Diagnostic),
    /// A unit was built or was fresh.
    Artifact(Artifact),
    /// A unit that cargo reported, but that the compiler did not compile; sent before the step ends.
    Uncompiled(Uncompiled),
    /// Cargo said `build-finished`. Nothing after the first one is read as cargo's.
    BuildFinished {
        /// What cargo claimed.
        success: bool,
    },
    /// A whole test (or bench) executable, or one package's doctests, as it ended.
    Suite(Suite),
    /// A benchmark's figure.
    Bench(Bench),
    /// A file that the formatter would change.
    Unformatted {
        /// Relative to the workspace root.
        file: String,
    },
    /// The formatter read a crate root and the modules below it.
    Formatted,
    /// A source file of a member, counted.
    Source(Source),
    /// Something wrong with a changelog.
    Problem(Problem),
    /// A figure from a team's own command.
    Figure(Figure),
    /// The enclosing items of a source file that diagnostics point into; sent before the step ends.
    Outline {
        /// Relative to the workspace root.
        file: String,
        /// Items in source order.
        items: Vec<Item>,
    },
    /// Units done of all, or tests done of the expected; for people only, never stored.
    Progress(Progress),
    /// A moment passed in which a process ran on; for whoever shows progress, never stored.
    Idle,
    /// Lines that were not understood, counted; the first few are kept for `--verbose`.
    Noise {
        /// The text, lossily decoded and cut.
        line: String,
    },
    /// The step is over.
    Ended(Ended),
}

/// How severe the compiler says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Level {
    Warning,
    Error,
    /// `error: internal compiler error`.
    Ice,
}

/// One diagnostic, with what is needed to count, match and show it.
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
    /// First line of the message, unescaped, as given.
    pub message: String,
    /// Primary spans in the order given; may be empty.
    pub spans: Vec<Span>,
}

impl Diagnostic {
    /// The code of what our stand-in for rustdoc says of a library: `6 of 17`, public items that are documented.
    pub const DOCUMENTED: &'static str = "campaign::documented";

    /// Whether the compiler or linker failed because the disk is full; this says nothing about the sources.
    pub fn is_of_full_disk(&self) -> bool {
        self.spans.is_empty() && full_disk(&self.message).is_some()
    }
}

/// Returns what a text says of a full disk, in the words of the system. A linker maps its output into memory, and a full
/// disk then ends it with a bus error.
pub fn full_disk(text: &str) -> Option<&'static str> {
    const WORDS: [&str; 3] = [
        "No space left on device",
        "There is not enough space on the disk",
        "[Bus error]",
    ];
    WORDS.into_iter().find(|words| text.contains(words))
}

/// A primary span.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// Relative to the workspace root with `/`, or absolute when outside it.
    pub file: String,
    /// 1-based.
    pub line: u32,
    /// 1-based, in characters.
    pub column: u32,
    /// 1-based, inclusive.
    pub end_line: u32,
    /// 1-based, exclusive.
    pub end_column: u32,
    /// The source lines of the span, as the compiler gave them (the first three at most), whole lines.
    pub text: Vec<String>,
    /// The highlighted part of `text`, white space collapsed.
    pub snippet: String,
    /// Name of the outermost macro whose expansion the span lies in.
    pub expansion: Option<String>,
}

/// A built or fresh unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// Package name, also of packages outside the workspace.
    pub package: String,
    /// A member of the workspace.
    pub member: bool,
    /// `lib bin test example bench custom-build proc-macro ..` (the first kind cargo gave).
    pub target_kind: String,
    /// Target name.
    pub target: String,
    /// Built with `--test`.
    pub test: bool,
    /// Nothing had to be done.
    pub fresh: bool,
    /// Absolute paths of its files. Cargo lists those that exist after the compiler has exited, so they may be old.
    pub files: Vec<String>,
    /// Path of the executable, as cargo gave it; `None` under nextest.
    pub executable: Option<String>,
}

/// A unit of a workspace member that cargo reported although the compiler did not compile it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uncompiled {
    /// Package name.
    pub package: String,
    /// As in [`Artifact::target_kind`].
    pub target_kind: String,
    /// Target name.
    pub target: String,
    /// Built with `--test`.
    pub test: bool,
    /// The file that shows it: relative to the workspace root with `/`, or absolute when outside it.
    pub file: String,
    /// What is wrong with the file.
    pub flaw: Flaw,
}

/// How a file of build output shows that its unit was not compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flaw {
    /// It does not exist.
    Missing,
    /// It is older than the compiler's start or than a source file.
    Outdated,
}

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Outcome {
    Passed,
    Failed,
    Ignored,
}

/// One test with its result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestCase {
    /// As the harness names it.
    pub name: String,
    /// Its result.
    pub outcome: Outcome,
    /// Where the runner tells it.
    pub seconds: Option<f64>,
    /// Output of a failed test, cut.
    pub output: Option<String>,
}

/// How well a suite's results are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Harness {
    /// libtest, results from its log file: exact.
    Libtest,
    /// Doctests, from rustdoc's text: each is a process of its own, its output cannot forge results.
    Doctest,
    /// nextest's events.
    Nextest,
    /// `harness = false`: one case, by the exit status, whatever it prints.
    Opaque,
}

/// One executable's tests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Suite {
    /// Package name.
    pub package: String,
    /// `lib bin test example bench doc`.
    pub target_kind: String,
    /// Target name.
    pub target: String,
    /// Who ran it.
    pub harness: Harness,
    /// Every test with a result.
    pub cases: Vec<TestCase>,
    /// Measured (benchmark) functions are not counted as tests.
    pub filtered: u32,
    /// Why the totals do not add up, as a fragment; `None` when every rule held.
    pub incomplete: Option<String>,
    /// It is incomplete only because its results could not be read: it succeeded, or may have.
    #[serde(default)]
    pub unreadable: bool,
    /// Exit code, or 128 + signal.
    pub exit: i32,
    /// Wall seconds of the executable.
    pub seconds: f64,
    /// Tail of its output when something is wrong, cut.
    pub tail: Option<String>,
}

/// A benchmark's estimate. All values in the unit named.
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
    /// Lower and upper bound of the harness's own interval, seconds.
    pub interval: Option<(f64, f64)>,
    /// Samples behind it.
    pub samples: Option<u32>,
    /// `criterion`, `criterion-mean`, `libtest`, `divan`.
    pub format: String,
}

/// A source file, counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The member it belongs to.
    pub package: String,
    /// Relative to the workspace root.
    pub file: String,
    /// What was counted.
    pub counts: SourceCounts,
}

/// Line and token counts of one Rust file. Every line is exactly one of code, comment, blank.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceCounts {
    /// Lines with any code on them.
    pub code: u32,
    /// Lines with comment (doc comments too) and no code.
    pub comments: u32,
    /// Lines with white space only, outside strings and comments.
    pub blank: u32,
    /// `unsafe {` blocks, `unsafe fn` bodies not counted.
    pub unsafe_blocks: u32,
    /// `TODO`, `FIXME`, `XXX`, `HACK` as words in comments, and `todo!()`.
    pub todos: u32,
}

/// Something wrong with a changelog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Relative to the workspace root.
    pub file: String,
    /// 1-based.
    pub line: u32,
    /// Its text.
    pub text: String,
    /// The rule's name.
    pub rule: String,
    /// As a fragment.
    pub message: String,
}

/// A figure from a team's own command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Metric name.
    pub name: String,
    /// Package, when the command splits by package.
    pub package: Option<String>,
    /// Finite.
    pub value: f64,
    /// As the command wrote it; checked against the configuration.
    pub unit: Option<String>,
}

/// An item that encloses lines of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// First line, 1-based.
    pub first: u32,
    /// Last line, inclusive.
    pub last: u32,
    /// `tests::reconnect`, `Pool::get`, `<Pool as Drop>::drop`: enclosing names joined by `::`.
    pub path: String,
}

/// How far a step is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Done so far.
    pub done: u64,
    /// Of how many; 0 when unknown.
    pub total: u64,
    /// What is being worked on.
    pub what: String,
}

/// How a process (or scan) ended: a raw fact. What it means is for the collectors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// With this code.
    Exited(i32),
    /// By this signal.
    Signalled(i32),
    /// Ended by us, over its time.
    TimedOut,
    /// Ended by us, on the user's word.
    Interrupted,
    /// It never ran.
    NotStarted(String),
}

/// A step is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    /// Its id.
    pub step: String,
    /// How.
    pub ending: Ending,
    /// Wall seconds, monotonic; waiting for another cargo's lock included in `blocked`.
    pub seconds: f64,
    /// Of which waiting for file locks.
    pub blocked: f64,
    /// User and system seconds of the process tree, where the platform tells.
    pub cpu: Option<f64>,
    /// Last lines of stderr, without progress bars, lossily decoded.
    pub stderr_tail: String,
    /// Counters of what was not understood: `noise`, `foreign`, `non-utf8`, `cut-lines`.
    pub odd: BTreeMap<String, u64>,
}

//! libtest: its log file, its text, its JSON, and whether they add up.
//!
//! Results come from the log file. A test can find it, because its path is an argument, and write to
//! it. Therefore the announced number of tests, each result and the totals must also be on stdout
//! and agree with the exit code. Otherwise the suite is incomplete and never passes.
//!
//! Where tests may read their arguments, there is no log file, and results come from the lines on stdout.
//! If a test prints such a line, there are more results than tests, or they contradict the totals, and the
//! suite is incomplete for that reason.

mod json;
mod log;
mod printed;
#[cfg(test)]
mod tests;
pub(super) mod text;

use std::collections::{BTreeMap, BTreeSet};

use self::log::LogEntry;
use self::printed::Printed;
use self::text::Totals;
use crate::decode::text::{output, tail};
use crate::event::{Cause, Harness, Outcome, Suite, TestCase, machine};

/// Bytes kept of stdout and of stderr for a suite with a problem.
const TAIL: usize = 2048;

/// The runner's record of one test executable.
pub struct Execution<'a> {
    /// Package name.
    pub package: &'a str,
    /// Target kind.
    pub target_kind: &'a str,
    /// Target name.
    pub target: &'a str,
    /// Whether the executable contains the libtest marker.
    pub libtest: bool,
    /// Exit code, if it exited.
    pub code: Option<i32>,
    /// Signal, if one ended it.
    pub signal: Option<i32>,
    /// Wall seconds.
    pub seconds: f64,
    /// Where the results of libtest are.
    pub results: Results<'a>,
    /// Captured stdout, lossily decoded, possibly cut in the middle.
    pub stdout: &'a str,
    /// Whether the middle of stdout was dropped.
    pub stdout_cut: bool,
    /// Whether the arguments select a format without a line for each result.
    pub terse: bool,
    /// Whether the arguments that cargo passed select some of the tests.
    pub selects: bool,
    /// Tail of stderr.
    pub stderr: &'a str,
}

/// Where libtest wrote its results.
#[derive(Clone, Copy, Debug)]
pub enum Results<'a> {
    /// In its `--logfile`. `None` if it was not written.
    Log(Option<&'a str>),
    /// On stdout only, among the output of the tests, because no other argument than cargo's was given.
    Stdout,
}

impl Results<'_> {
    /// Returns the finished tests, and the number of unknown lines in the log file.
    fn read(self, stdout: &str) -> (Vec<LogEntry>, usize) {
        match self {
            Self::Log(log) => log.map(log::read).unwrap_or_default(),
            Self::Stdout => (printed::results(stdout), 0),
        }
    }

    /// Returns whether results look like lines that a test printed.
    fn is_stdout(self) -> bool {
        matches!(self, Self::Stdout)
    }
}

/// Returns the suite of an executable, with `incomplete` set if a rule of reconciliation is broken.
pub fn suite(record: &Execution<'_>) -> Suite {
    if record.libtest {
        exact(record)
    } else {
        opaque(record)
    }
}

/// Returns the tests of a stopped suite that had begun and have no result.
///
/// The list may be incomplete: libtest names a test at its start only with one thread or in JSON,
/// and otherwise after a minute.
pub fn unfinished(results: Results<'_>, stdout: &str) -> Vec<String> {
    let (entries, _) = results.read(stdout);
    let finished: BTreeSet<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    let last = stdout
        .lines()
        .next_back()
        .and_then(|line| line.strip_prefix("test ")?.strip_suffix(" ... "));
    let begun = stdout
        .lines()
        .filter_map(|line| slow(line).or_else(|| json::begun(line)));
    let begun: BTreeSet<String> = begun.chain(last.map(str::to_owned)).collect();
    begun
        .into_iter()
        .filter(|name| !finished.contains(name.as_str()))
        .collect()
}

/// Returns the names of the tests that failed.
pub fn failed(results: Results<'_>, stdout: &str) -> Vec<String> {
    let (entries, _) = results.read(stdout);
    let failed = entries
        .into_iter()
        .filter(|entry| entry.outcome == Some(Outcome::Failed));
    failed.map(|entry| entry.name).collect()
}

/// Returns the number of tests that have a result on the stdout of a running executable, approximately.
pub fn finished_so_far(stdout: &str) -> usize {
    let lines = stdout.lines();
    lines.filter(|line| text::result(line).is_some()).count()
}

/// Returns the test in `test NAME has been running for over 60 seconds`.
fn slow(line: &str) -> Option<String> {
    let test = line.strip_prefix("test ")?;
    let (name, _) = test.split_once(" has been running for over ")?;
    Some(name.to_owned())
}

/// The content of stdout, in either of libtest's formats.
struct Stdout {
    announced: Option<u32>,
    totals: Option<Totals>,
    /// The results on stdout.
    printed: Printed,
    seconds: BTreeMap<String, f64>,
    outputs: BTreeMap<String, String>,
}

impl Stdout {
    /// Returns whether the totals include every announced test.
    fn ran_all(&self) -> bool {
        let counted = self.totals.map(|totals| totals.counts().iter().sum());
        self.announced.is_some() && self.announced == counted
    }
}

/// Returns a libtest suite with the result of each test.
fn exact(record: &Execution<'_>) -> Suite {
    let (entries, odd) = record.results.read(record.stdout);
    let stdout = stdout(record.stdout, &entries);
    let incomplete = broken(record, &entries, odd, &stdout);
    let unreadable = incomplete.is_some() && is_unreadable(record, &entries, &stdout);
    let cases = entries
        .into_iter()
        .filter_map(|entry| case(entry, &stdout))
        .collect();
    let mut suite = finish(record, Harness::Libtest, cases, stdout.totals, incomplete);
    suite.unreadable |= unreadable;
    if suite.cause == Cause::Unknown && is_same_each_time(record, &stdout) {
        suite.cause = Cause::Sources;
    }
    suite
}

/// Returns whether a suite succeeded and only its log or its printed text is missing or confused, for
/// example because a test closes stdout or prints results. A suite that ended before its last test did
/// not succeed, whatever its exit code.
fn is_unreadable(record: &Execution<'_>, entries: &[LogEntry], stdout: &Stdout) -> bool {
    let announced = stdout
        .announced
        .and_then(|announced| usize::try_from(announced).ok());
    let is_confused = record.results.is_stdout()
        && stdout.ran_all()
        && stdout.totals.map(|totals| totals.counts()) != Some(counts(entries));
    record.code == Some(0)
        && (matches!(record.results, Results::Log(None))
            || announced.is_none()
            || (announced == Some(entries.len()) && stdout.totals.is_none())
            || is_confused)
}

/// Reads stdout in the format of its first announcement. A test can print an announcement in the
/// other format only after it.
fn stdout(stdout: &str, entries: &[LogEntry]) -> Stdout {
    let first = stdout
        .lines()
        .find(|line| text::announced(line).is_some() || json::starts(line));
    if first.is_some_and(json::starts) {
        let json::JsonStdout {
            announced,
            totals,
            printed,
            seconds,
            outputs,
        } = json::read(stdout);
        return Stdout {
            announced,
            totals,
            printed,
            seconds,
            outputs,
        };
    }
    let failed: Vec<&str> = entries
        .iter()
        .filter(|e| e.outcome == Some(Outcome::Failed))
        .map(|e| e.name.as_str())
        .collect();
    let sections = if failed.is_empty() {
        Vec::new()
    } else {
        text::sections(stdout, &failed)
    };
    Stdout {
        announced: first.and_then(text::announced),
        // A test may print such a line, but libtest prints its own after all tests.
        totals: stdout.lines().rev().find_map(text::totals),
        printed: printed::read(stdout),
        seconds: BTreeMap::new(),
        outputs: sections
            .into_iter()
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .collect(),
    }
}

/// Returns the case of a test. `None` for a benchmark.
fn case(entry: LogEntry, stdout: &Stdout) -> Option<TestCase> {
    let outcome = entry.outcome?;
    let output = stdout
        .outputs
        .get(&entry.name)
        .filter(|_| outcome == Outcome::Failed)
        .and_then(|text| output(text));
    // The time in the log file is rounded to milliseconds.
    let seconds = stdout.seconds.get(&entry.name).copied().or(entry.seconds);
    Some(TestCase {
        name: entry.name,
        outcome,
        seconds,
        output,
    })
}

/// Returns the first rule of reconciliation that is broken.
fn broken(
    record: &Execution<'_>,
    entries: &[LogEntry],
    odd: usize,
    stdout: &Stdout,
) -> Option<String> {
    let results = entries.len();
    let of = stdout
        .announced
        .map_or_else(String::new, |n| format!(" of {n}"));
    if let Some(signal) = record.signal {
        return Some(format!(
            "ended by signal {signal} after {results}{of} tests"
        ));
    }
    // libtest only exits with these. Any other code is that of a test which ended the process.
    let Some(code @ (0 | 101)) = record.code else {
        let code = record.code.map_or_else(
            || "no exit code".to_owned(),
            |code| format!("exit code {code}"),
        );
        return Some(format!("{code} after {results}{of} tests"));
    };
    if let Some(refusal) = refusal(record) {
        return Some(refusal);
    }
    if matches!(record.results, Results::Log(None)) {
        return Some("no log file was written".to_owned());
    }
    let Some(announced) = stdout.announced else {
        return Some("it did not say how many tests it runs".to_owned());
    };
    if usize::try_from(announced) != Ok(results) {
        let confused = stdout.ran_all().then(|| confusion(record)).flatten();
        return Some(format!(
            "{results}{of} tests gave a result{}",
            confused.unwrap_or_default()
        ));
    }
    if odd > 0 {
        return Some(match odd {
            1 => "1 line of the log file was not understood".to_owned(),
            odd => format!("{odd} lines of the log file were not understood"),
        });
    }
    let Some(totals) = stdout.totals else {
        return Some("no `test result:` line".to_owned());
    };
    let counted = counts(entries);
    if counted != totals.counts() {
        return Some(format!(
            "it sums up {}, its {} {}{}",
            spelled(totals.counts()),
            if record.results.is_stdout() {
                "lines"
            } else {
                "log file"
            },
            spelled(counted),
            confusion(record).unwrap_or_default()
        ));
    }
    let is_comparable = !record.stdout_cut && !record.terse && !record.results.is_stdout();
    let unprinted = entries
        .iter()
        .find(|entry| is_comparable && !stdout.printed.confirms(entry));
    if let Some(entry) = unprinted {
        return Some(format!(
            "the log file has a result of `{}` that was not printed",
            entry.name
        ));
    }
    // libtest filters by its arguments only, and the runner is the only other source of arguments.
    if totals.filtered > 0 && !record.selects {
        return Some(filtered("`runner`", totals.filtered));
    }
    contradicted(code, counted[1])
}

/// Returns why libtest ran no test: its error about its arguments or the number of threads. It prints nothing else then.
fn refusal(record: &Execution<'_>) -> Option<String> {
    if record.code != Some(101) || !record.stdout.is_empty() {
        return None;
    }
    let mut lines = record.stderr.lines();
    if let Some(threads) = lines.clone().find_map(text::invalid_threads) {
        return Some(threads.to_owned());
    }
    let error = lines.next()?.strip_prefix("error: ")?;
    Some(format!("libtest refused its arguments: {error}"))
}

/// Returns why the results of tests that ran are unknown without a log file, as the end of a sentence.
fn confusion(record: &Execution<'_>) -> Option<String> {
    let why = match record.results {
        Results::Log(_) => return None,
        Results::Stdout if record.terse => "`--quiet` leaves no line for each test",
        Results::Stdout if record.stdout_cut => "the output is too long to be kept",
        Results::Stdout => "a test printed to the same output",
    };
    Some(format!(
        " ({why}, and there is no log file because tests or a `runner` may read their arguments)"
    ))
}

/// Returns the reason for which a suite is incomplete if a setting of cargo, such as `runner`, filtered
/// out tests.
pub(super) fn filtered(setting: &str, tests: u32) -> String {
    match tests {
        1 => format!("1 test was filtered out by cargo's {setting}"),
        tests => format!("{tests} tests were filtered out by cargo's {setting}"),
    }
}

/// Checks the exit code: 0 means that no test failed, 101 that at least one did.
fn contradicted(code: i32, failed: u32) -> Option<String> {
    match (code, failed) {
        (0, 1..) => Some(format!("exit code 0 with {failed} failed")),
        (101, 0) => Some("exit code 101 with none failed".to_owned()),
        _ => None,
    }
}

/// Counts the results: passed, failed, ignored, measured.
fn counts(entries: &[LogEntry]) -> [u32; 4] {
    let mut counts = [0; 4];
    for entry in entries {
        let at = match entry.outcome {
            Some(Outcome::Passed | Outcome::Flaky) => 0,
            Some(Outcome::Failed) => 1,
            Some(Outcome::Ignored) => 2,
            None => 3,
        };
        counts[at] += 1;
    }
    counts
}

fn spelled([passed, failed, ignored, measured]: [u32; 4]) -> String {
    format!("{passed} passed, {failed} failed, {ignored} ignored, {measured} measured")
}

/// Returns the suite of another harness: one case with the name of the target and the outcome of
/// the exit status. Its output is not evidence.
fn opaque(record: &Execution<'_>) -> Suite {
    let (outcome, incomplete) = match (record.signal, record.code) {
        (Some(signal), _) => (
            Some(Outcome::Failed).filter(|_| !machine::has_killed(record.signal)),
            Some(format!("ended by signal {signal}")),
        ),
        (None, None) => (None, Some("no exit code".to_owned())),
        (None, Some(0)) => (Some(Outcome::Passed), None),
        (None, Some(_)) => (Some(Outcome::Failed), None),
    };
    let case = outcome.map(|outcome| TestCase {
        name: record.target.to_owned(),
        outcome,
        seconds: None,
        output: tails(record).filter(|_| outcome == Outcome::Failed),
    });
    finish(
        record,
        Harness::Opaque,
        case.into_iter().collect(),
        None,
        incomplete,
    )
}

/// Builds the suite. Its cases are sorted by name so that equal runs compare equal.
fn finish(
    record: &Execution<'_>,
    harness: Harness,
    mut cases: Vec<TestCase>,
    totals: Option<Totals>,
    incomplete: Option<String>,
) -> Suite {
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    let exit = record
        .code
        .or(record.signal.map(|signal| signal.saturating_add(128)))
        .unwrap_or(-1);
    let explained = cases.iter().any(|case| case.outcome == Outcome::Failed);
    let wrong = incomplete.is_some() || (exit != 0 && !explained);
    let of_machine = machine::has_killed(record.signal) || failed_to_write(record.stderr);
    Suite {
        package: record.package.to_owned(),
        target_kind: record.target_kind.to_owned(),
        target: record.target.to_owned(),
        harness,
        cases,
        filtered: totals.map_or(0, |totals| totals.filtered),
        unreadable: of_machine,
        cause: match machine::has_crashed(record.signal, record.stderr) {
            _ if of_machine => Cause::Machine,
            true => Cause::Sources,
            false => Cause::Unknown,
        },
        incomplete,
        exit,
        seconds: record.seconds,
        tail: wrong.then(|| tails(record)).flatten(),
        record: None,
        reused: None,
    }
}

/// Returns whether a suite is incomplete because of its tests or arguments: a test ended the process or printed to the
/// output from which the results are read, or libtest was given a filter or refused its arguments.
fn is_same_each_time(record: &Execution<'_>, stdout: &Stdout) -> bool {
    let is_ended_by_test = record.code.is_some_and(|code| !matches!(code, 0 | 101));
    let is_filtered = stdout.totals.is_some_and(|totals| totals.filtered > 0) && !record.selects;
    let is_confused = record.results.is_stdout() && stdout.ran_all();
    is_ended_by_test || is_filtered || is_confused || refusal(record).is_some()
}

/// Returns whether libtest could not write its log file or its output.
fn failed_to_write(stderr: &str) -> bool {
    stderr
        .lines()
        .any(|line| line.starts_with("error: io error when running tests: "))
}

/// Returns the ends of stdout and stderr.
fn tails(record: &Execution<'_>) -> Option<String> {
    let ends = [record.stdout, record.stderr].map(|text| tail(text.trim_end(), TAIL).trim());
    let text = ends
        .into_iter()
        .filter(|end| !end.is_empty())
        .collect::<Vec<_>>()
        .join("\n");
    (!text.is_empty()).then_some(text)
}

//! nextest's `libtest-json-plus` lines.
//!
//! `{"type":"suite","event":"started",..,"nextest":{"crate":"reef","test_binary":"it","kind":"test"}}`
//! names a binary, `{"type":"test","event":"ok","name":"reef::it$path::of::test","exec_time":0.005}`
//! gives a result. The second try of a test is named `..#2`.
//!
//! An ignored test has a `started` event, but an `ignored` event only if another test of its binary
//! ends later. nextest ends when every test that it runs has a result, so a test that was started
//! and has no result is ignored. If the arguments select the ignored tests alone, it is one of the
//! others, which they leave out.

mod summary;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;

use self::summary::Incompleteness;
use crate::decode::text::{output, plain};
use crate::event::{Cause, Harness, Outcome, Suite, TestCase, machine};
use crate::plan::split_args;

/// Reads nextest's events. Only events of tests are counted: the totals of suites are wrong when
/// events interleave.
#[derive(Debug, Default)]
pub struct NextestReader {
    binaries: Vec<Binary>,
    /// The number of suites that were started.
    openings: u64,
    /// Indices in `binaries` by package and target. Binaries of one name differ in their kind.
    named: HashMap<(String, String), Vec<usize>>,
    done: u64,
    /// The `Starting` line, which names the filters. It is kept apart because only the end of stderr
    /// is retained.
    starting: String,
    odd: BTreeMap<String, u64>,
    /// The tests whose last attempt was ended by a signal from outside, by package and name. Only the text on stderr says so.
    killed: BTreeSet<(String, String)>,
    /// Whether the arguments select the ignored tests alone.
    runs_ignored_only: bool,
}

/// A test binary.
#[derive(Debug)]
struct Binary {
    package: String,
    target: String,
    kind: String,
    /// Whether its suite has started and not ended. nextest ends a suite early and starts it again
    /// when events interleave.
    open: bool,
    /// The number of its last start.
    opening: u64,
    /// Names of the tests that were started or are ignored.
    started: BTreeSet<String>,
    results: BTreeMap<String, TestCase>,
}

/// The fields of suite and test messages that are used.
#[derive(Deserialize)]
struct LibtestMessage<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    event: Cow<'a, str>,
    name: Option<String>,
    exec_time: Option<f64>,
    stdout: Option<String>,
    reason: Option<String>,
    #[serde(borrow)]
    nextest: Option<SuiteOrigin<'a>>,
}

/// The binary of a suite.
#[derive(Deserialize)]
struct SuiteOrigin<'a> {
    #[serde(rename = "crate", borrow)]
    package: Cow<'a, str>,
    #[serde(borrow)]
    test_binary: Cow<'a, str>,
    #[serde(borrow)]
    kind: Cow<'a, str>,
}

impl NextestReader {
    /// Creates a reader of what nextest prints with these arguments.
    pub fn new(args: &[String]) -> Self {
        Self {
            runs_ignored_only: selects_ignored_only(args),
            ..Self::default()
        }
    }

    /// Reads one line of stdout without its newline.
    pub fn line(&mut self, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        if text.trim().is_empty() {
            return;
        }
        let understood = match serde_json::from_str::<LibtestMessage<'_>>(&text) {
            Ok(message) if message.kind == "suite" => self.suite(&message),
            Ok(message) if message.kind == "test" => self.test(message),
            _ => None,
        };
        if understood.is_none() {
            *self.odd.entry("noise".to_owned()).or_default() += 1;
        }
    }

    /// Reads one line of stderr.
    pub fn hear(&mut self, line: &str) {
        if self.starting.is_empty() && line.trim_start().starts_with("Starting ") {
            line.clone_into(&mut self.starting);
        }
        if let Some((status, test)) = attempt(line) {
            if machine::has_killed(signal(&status)) {
                self.killed.insert(test);
            } else {
                self.killed.remove(&test);
            }
        }
    }

    /// Returns the suites. `stderr` contains nextest's `Summary` line, which must agree with them.
    ///
    /// If it does not, every suite is incomplete. Without any suite, the result is an incomplete one
    /// without a package, or one that counts the tests that were left out.
    pub fn finish(mut self, stderr: &str) -> Vec<Suite> {
        let stderr = &format!("{}\n{stderr}", self.starting);
        if !self.runs_ignored_only {
            self.binaries.iter_mut().for_each(Binary::add_ignored);
        }
        let results = self
            .binaries
            .iter()
            .flat_map(|binary| binary.results.values());
        let problem = summary::problem(stderr, results);
        let mut suites: Vec<Suite> = self
            .binaries
            .into_iter()
            .map(|binary| binary.suite(problem.as_ref(), &self.killed))
            .collect();
        let ignored = suites
            .iter()
            .flat_map(|s| &s.cases)
            .filter(|case| case.outcome == Outcome::Ignored)
            .count();
        let filtered = summary::filtered(stderr, ignored);
        if suites.is_empty() && (problem.is_some() || filtered > 0) {
            suites.push(Binary::new("", "", "").suite(problem.as_ref(), &self.killed));
        }
        if let Some(suite) = suites.first_mut() {
            // nextest does not name the binaries of filtered tests, and only the sum is used.
            suite.filtered = filtered;
        }
        suites.sort_by(|a, b| {
            (&a.package, &a.target_kind, &a.target).cmp(&(&b.package, &b.target_kind, &b.target))
        });
        suites
    }

    /// Returns the number of finished tests.
    pub fn done(&self) -> u64 {
        self.done
    }

    /// Returns the numbers of unknown lines by kind.
    pub fn odd(&self) -> &BTreeMap<String, u64> {
        &self.odd
    }

    fn suite(&mut self, message: &LibtestMessage<'_>) -> Option<()> {
        let origin = message.nextest.as_ref()?;
        let named = self
            .named
            .entry((origin.package.to_string(), origin.test_binary.to_string()))
            .or_default();
        let known = named
            .iter()
            .copied()
            .find(|at| self.binaries[*at].kind == origin.kind);
        let at = known.unwrap_or_else(|| {
            named.push(self.binaries.len());
            self.binaries.push(Binary::new(
                &origin.package,
                &origin.test_binary,
                &origin.kind,
            ));
            self.binaries.len() - 1
        });
        let binary = self.binaries.get_mut(at)?;
        binary.open = message.event == "started";
        if binary.open {
            self.openings += 1;
            binary.opening = self.openings;
        }
        Some(())
    }

    fn test(&mut self, message: LibtestMessage<'_>) -> Option<()> {
        let outcome = match message.event.as_ref() {
            "ok" => Outcome::Passed,
            "failed" => Outcome::Failed,
            "ignored" => Outcome::Ignored,
            "started" => return self.started(&message.name?),
            _ => return Some(()),
        };
        let name = message.name?;
        let (id, attempt) = name.split_once('$')?;
        let name = once(attempt).to_owned();
        let outcome = match outcome {
            Outcome::Passed if name != attempt => Outcome::Flaky,
            outcome => outcome,
        };
        let seconds = message
            .exec_time
            .filter(|seconds| seconds.is_finite() && *seconds >= 0.0);
        let text = [message.reason, message.stdout]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("\n");
        let output = if outcome == Outcome::Failed {
            output(&text)
        } else {
            None
        };
        let binary = self.binary(id, &name)?;
        let new = binary
            .results
            .insert(
                name.clone(),
                TestCase {
                    name,
                    outcome,
                    seconds,
                    output,
                },
            )
            .is_none();
        self.done += u64::from(new);
        Some(())
    }

    /// Handles the `started` event of a test that is about to run or is ignored.
    fn started(&mut self, name: &str) -> Option<()> {
        let (id, name) = name.split_once('$')?;
        // Prefer an open suite, and of those the one that was started last.
        let candidates = self.binaries_of(id).iter().copied();
        let at = candidates.min_by_key(|at| {
            let binary = &self.binaries[*at];
            (!binary.open, Reverse(binary.opening))
        })?;
        self.binaries[at].started.insert(once(name).to_owned());
        Some(())
    }

    /// Returns the binary that a result belongs to. A library and a program may have the same name;
    /// prefer the one in which the test was started and has no result, and that is open.
    fn binary(&mut self, id: &str, name: &str) -> Option<&mut Binary> {
        let candidates = self.binaries_of(id).iter().copied();
        let at = candidates.min_by_key(|at| {
            let binary = &self.binaries[*at];
            let has_result = binary.results.contains_key(name);
            (has_result, !binary.started.contains(name), !binary.open)
        })?;
        self.binaries.get_mut(at)
    }

    /// Returns the indices of the binaries that events with this id can belong to.
    fn binaries_of(&self, id: &str) -> &[usize] {
        let (package, target) = id.split_once("::").unwrap_or((id, id));
        self.named
            .get(&(package.to_owned(), target.to_owned()))
            .map_or(&[], Vec::as_slice)
    }
}

impl Binary {
    fn new(package: &str, target: &str, kind: &str) -> Self {
        let [package, target, kind] = [package, target, kind].map(str::to_owned);
        let (started, results) = (BTreeSet::new(), BTreeMap::new());
        Self {
            package,
            target,
            kind,
            open: false,
            opening: 0,
            started,
            results,
        }
    }

    /// Adds the tests without a result as ignored ones.
    fn add_ignored(&mut self) {
        for name in std::mem::take(&mut self.started) {
            let ignored = TestCase {
                name: name.clone(),
                outcome: Outcome::Ignored,
                seconds: None,
                output: None,
            };
            self.results.entry(name).or_insert(ignored);
        }
    }

    /// Returns the suite. Each test was a process of its own, so the exit code is the one that
    /// libtest would give, and the time is the sum over the tests.
    ///
    /// Of a test that was killed it is not known whether it passes.
    fn suite(self, problem: Option<&Incompleteness>, killed: &BTreeSet<(String, String)>) -> Suite {
        let has_result = |case: &TestCase| {
            case.outcome != Outcome::Failed
                || !killed.contains(&(self.package.clone(), case.name.clone()))
        };
        let (cases, without): (Vec<TestCase>, Vec<TestCase>) =
            self.results.into_values().partition(has_result);
        let killed = without
            .first()
            .map(|case| format!("test `{}` was ended by a signal from outside", case.name));
        let failed = cases.iter().any(|case| case.outcome == Outcome::Failed);
        Suite {
            package: self.package,
            target_kind: self.kind,
            target: self.target,
            harness: Harness::Nextest,
            filtered: 0,
            unreadable: killed.is_some(),
            cause: match problem {
                _ if killed.is_some() => Cause::Machine,
                Some(problem) => problem.cause,
                None => Cause::Unknown,
            },
            incomplete: killed.or_else(|| problem.map(|problem| problem.reason.clone())),
            exit: if failed { 101 } else { 0 },
            seconds: cases.iter().filter_map(|case| case.seconds).sum(),
            tail: None,
            cases,
            record: None,
            reused: None,
        }
    }
}

/// Reads nextest's line about the end of an attempt: `SIGKILL [   0.010s] (2/5) app::it path::of::test`, and with retries
/// `TRY 2 KILL [   0.010s] ..`. Returns the status, and the test by its package and name.
fn attempt(line: &str) -> Option<(String, (String, String))> {
    let line = plain(line);
    let (status, rest) = line.split_once(" [")?;
    let status = status.trim_start();
    let status = status
        .strip_prefix("TRY ")
        .and_then(|status| Some(status.split_once(' ')?.1))
        .unwrap_or(status);
    let (_, test) = rest.split_once("s] ")?;
    let test = match test.strip_prefix('(') {
        Some(numbered) => numbered.split_once(") ")?.1,
        None => test,
    };
    let (binary, name) = test.split_once(' ')?;
    let package = binary.split("::").next()?;
    Some((status.to_owned(), (package.to_owned(), name.to_owned())))
}

/// Reads the signal of a status: `SIGTERM` or `ABORT SIG 24`, and with retries `TERM` or `SIG 24`. Those of crashes are left out.
fn signal(status: &str) -> Option<i32> {
    let status = status.strip_prefix("ABORT ").unwrap_or(status);
    match status.strip_prefix("SIG").unwrap_or(status) {
        "HUP" => Some(1),
        "INT" => Some(2),
        "QUIT" => Some(3),
        "KILL" => Some(9),
        "TERM" => Some(15),
        number => number.strip_prefix(' ')?.parse().ok(),
    }
}

/// Returns whether these arguments select the ignored tests alone.
fn selects_ignored_only(args: &[String]) -> bool {
    const ONLY: [&str; 2] = ["only", "ignored-only"];
    let (own, of_tests) = split_args(args);
    let mut pairs = own.windows(2);
    of_tests.iter().any(|arg| arg == "--ignored")
        || pairs.any(|pair| pair[0] == "--run-ignored" && ONLY.contains(&pair[1].as_str()))
        || own
            .iter()
            .filter_map(|arg| arg.strip_prefix("--run-ignored="))
            .any(|value| ONLY.contains(&value))
}

/// Returns the name without the number of the attempt.
fn once(name: &str) -> &str {
    match name.rsplit_once('#') {
        Some((name, number))
            if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) =>
        {
            name
        }
        _ => name,
    }
}

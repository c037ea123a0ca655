//! nextest's `libtest-json-plus` lines.
//!
//! `{"type":"suite","event":"started",..,"nextest":{"crate":"reef","test_binary":"it","kind":"test"}}` names a binary,
//! `{"type":"test","event":"ok","name":"reef::it$path::of::test","exec_time":0.005}` gives a result. A test that was tried
//! again is called `..#2`. An ignored test has an event `started`, but `ignored` only if another test of its binary ends
//! after that. nextest ends once every test that it runs has a result, so a test that was started and has none is ignored.

mod summary;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;

use crate::decode::text::output;
use crate::event::{Harness, Outcome, Suite, TestCase};

/// Counts test events only: nextest's suite totals are wrong when events interleave.
#[derive(Debug, Default)]
pub struct NextestReader {
    binaries: Vec<Binary>,
    /// How many suites were started.
    openings: u64,
    /// Places in `binaries` by package and target: those of one name differ in their kind.
    named: HashMap<(String, String), Vec<usize>>,
    done: u64,
    /// The line that says what is run and what is left out. Much may stand between it and the end of stderr, of which
    /// only so much is kept.
    starting: String,
    odd: BTreeMap<String, u64>,
}

/// A test binary.
#[derive(Debug)]
struct Binary {
    package: String,
    target: String,
    kind: String,
    /// Between a suite's start and end: nextest ends a suite early and starts it again when events interleave.
    open: bool,
    /// The number of the last start.
    opening: u64,
    /// Names of the tests that were started, or are ignored.
    started: BTreeSet<String>,
    results: BTreeMap<String, TestCase>,
}

/// The fields read of suite and test messages.
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

/// Which binary a suite is.
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
    /// An empty reader.
    pub fn new() -> Self {
        Self::default()
    }

    /// One line of stdout without its newline.
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

    /// A line of stderr, as it comes.
    pub fn hear(&mut self, line: &str) {
        if self.starting.is_empty() && line.trim_start().starts_with("Starting ") {
            line.clone_into(&mut self.starting);
        }
    }

    /// The suites seen; `stderr` has nextest's own `Summary` line, which must agree.
    ///
    /// When it does not, every suite is incomplete; where there is none, an incomplete one without a package is given.
    pub fn finish(mut self, stderr: &str) -> Vec<Suite> {
        let stderr = &format!("{}\n{stderr}", self.starting);
        self.binaries.iter_mut().for_each(Binary::add_ignored);
        let results = || {
            self.binaries
                .iter()
                .flat_map(|binary| binary.results.values())
        };
        let problem = summary::problem(stderr, results());
        let mut suites: Vec<Suite> = self
            .binaries
            .into_iter()
            .map(|binary| binary.suite(problem.as_deref()))
            .collect();
        if let Some(problem) = problem.filter(|_| suites.is_empty()) {
            suites.push(Binary::new("", "", "").suite(Some(&problem)));
        }
        let ignored = suites
            .iter()
            .flat_map(|s| &s.cases)
            .filter(|case| case.outcome == Outcome::Ignored)
            .count();
        if let Some(suite) = suites.first_mut() {
            // Which binaries they are in is not told, and only their sum is read.
            suite.filtered = summary::filtered(stderr, ignored);
        }
        suites.sort_by(|a, b| {
            (&a.package, &a.target_kind, &a.target).cmp(&(&b.package, &b.target_kind, &b.target))
        });
        suites
    }

    /// Tests finished so far.
    pub fn done(&self) -> u64 {
        self.done
    }

    /// Counters of what was not understood.
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
        let (id, name) = name.split_once('$')?;
        let name = once(name).to_owned();
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

    /// A test is about to run, or is ignored.
    fn started(&mut self, name: &str) -> Option<()> {
        let (id, name) = name.split_once('$')?;
        // The suite that a test belongs to was started just before, unless it was open already.
        let rank = |at: &usize| {
            (
                !self.binaries[*at].open,
                Reverse(self.binaries[*at].opening),
            )
        };
        let at = self.binaries_of(id).iter().copied().min_by_key(rank)?;
        self.binaries[at].started.insert(once(name).to_owned());
        Some(())
    }

    /// The binary that a result belongs to: of a library and a program of one name, the one in which such a test was started
    /// and has no result yet, and that is open.
    fn binary(&mut self, id: &str, name: &str) -> Option<&mut Binary> {
        let rank = |at: &usize| {
            let binary = &self.binaries[*at];
            (
                binary.results.contains_key(name),
                !binary.started.contains(name),
                !binary.open,
            )
        };
        let at = self.binaries_of(id).iter().copied().min_by_key(rank)?;
        self.binaries.get_mut(at)
    }

    /// The places of the binaries that events with this id can mean.
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

    /// Adds the tests that have no result.
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

    /// Each test was a process of its own: the exit code is what libtest's would be, the time that of all its tests.
    fn suite(self, problem: Option<&str>) -> Suite {
        let cases: Vec<TestCase> = self.results.into_values().collect();
        let failed = cases.iter().any(|case| case.outcome == Outcome::Failed);
        Suite {
            package: self.package,
            target_kind: self.kind,
            target: self.target,
            harness: Harness::Nextest,
            filtered: 0,
            unreadable: false,
            incomplete: problem.map(str::to_owned),
            exit: if failed { 101 } else { 0 },
            seconds: cases.iter().filter_map(|case| case.seconds).sum(),
            tail: None,
            cases,
        }
    }
}

/// The name without the number of the try.
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

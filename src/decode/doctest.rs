//! rustdoc's doctest text on cargo's stdout.
//!
//! A group consists of `running N tests`, one result per line, the output of failed doctests, and
//! `test result:`. A package has one group, or two in edition 2024 (first the merged doctests, then
//! the standalone ones). Text outside of groups is ignored: it comes from proc macros and from
//! rustdoc's summary. A doctest is a process of its own and its output is captured, so the result
//! lines of a group come before anything that a doctest printed.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::decode::libtest;
use crate::decode::libtest::text::{self, Totals};
use crate::decode::path::{PathNames, normalized, relative};
use crate::decode::text::{output, plain};
use crate::event::{Cause, Harness, Outcome, Progress, Suite, TestCase, machine};
use crate::workspace::{Member, Workspace};

/// Reads groups of doctests. A doctest belongs to the package whose directory contains its path.
#[derive(Debug, Default)]
pub struct DoctestReader {
    groups: Vec<DoctestGroup>,
    /// The number of results in all groups.
    done: u64,
    /// The number of libraries for which cargo ran rustdoc.
    libraries: usize,
    /// The message about a number of threads with which rustdoc runs no test.
    invalid_threads: Option<String>,
    /// Why the machine ended rustdoc, if it did.
    stopped: Option<String>,
}

/// The text from a `running N tests` line to its `test result:` line.
#[derive(Debug, Default)]
struct DoctestGroup {
    announced: u32,
    results: Vec<(String, Outcome)>,
    /// The numbers of results: passed, failed, ignored, measured. Kept as counters because each
    /// `test result:` line is compared with them.
    counts: [u32; 4],
    /// The lines after the first `failures:` (or, with `--show-output`, `successes:`).
    failures: Option<String>,
    totals: Option<Totals>,
}

impl DoctestReader {
    /// Creates an empty reader.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads one line without its newline. Lines outside of groups are accepted.
    pub fn line(&mut self, line: &[u8]) {
        let line = String::from_utf8_lossy(line);
        let line = plain(line.trim_end());
        let open = self
            .groups
            .last_mut()
            .filter(|group| group.totals.is_none());
        if let Some(group) = open {
            let before = group.results.len();
            let is_taken = group.takes(&line);
            self.done += (group.results.len() - before) as u64;
            if is_taken {
                return;
            }
        }
        if let Some(announced) = text::announced(&line) {
            self.groups.push(DoctestGroup {
                announced,
                ..DoctestGroup::default()
            });
        }
    }

    /// Reads a line of cargo's stderr: `Doc-tests core` before it runs rustdoc for a library, or
    /// rustdoc's message about the number of threads.
    pub fn stderr_line(&mut self, line: &str) {
        let line = plain(line);
        self.libraries += usize::from(line.trim_start().starts_with("Doc-tests "));
        if let Some(message) = text::invalid_threads(&line) {
            self.invalid_threads = Some(message.to_owned());
        }
        // Cargo runs the doctests last.
        if self.libraries > 0 && self.stopped.is_none() {
            self.stopped = machine::describe_end(&line);
        }
    }

    /// Returns the progress of the tests, with the doctests added to the tests that ran before.
    pub fn after(&self, tests: Progress) -> Progress {
        let done = self.done + tests.done;
        let what = if tests.what.is_empty() && !self.groups.is_empty() {
            "doctests".to_owned()
        } else {
            tests.what
        };
        Progress {
            done,
            what,
            ..tests
        }
    }

    /// Returns one suite for each package that has doctests.
    ///
    /// A group without its `test result:` line makes its package's suite incomplete. A group whose
    /// package is unknown gives an incomplete suite with an empty package name, and so do libraries
    /// without a group, because rustdoc prints one even if there is no doctest. If `runs_all`,
    /// the arguments of cargo select no tests, and a suite with tests filtered out is incomplete.
    pub fn finish(self, workspace: &Workspace, runs_all: bool) -> Vec<Suite> {
        let mut suites: BTreeMap<&str, Suite> = BTreeMap::new();
        let paths = PathNames::new(workspace);
        let groups = self.groups.iter();
        for group in groups.filter(|group| !group.empty() || (runs_all && group.filtered() > 0)) {
            let member = group
                .results
                .iter()
                .find_map(|(name, _)| owner(name, workspace));
            let name = member.map_or("", |member| member.name.as_str());
            add(
                suites.entry(name).or_insert_with(|| new_suite(member)),
                group,
                member.is_none(),
                &paths,
            );
        }
        // Merged doctests of the edition 2024 may be a group of their own.
        let silent = self.libraries.saturating_sub(self.groups.len());
        if silent > 0 {
            let suite = suites.entry("").or_insert_with(|| new_suite(None));
            let reason = self.invalid_threads.unwrap_or_else(|| {
                let libraries = self.libraries;
                let stopped = self.stopped.as_ref();
                let why = stopped.map_or_else(String::new, |why| format!(": {why}"));
                format!("rustdoc gave no result for {silent} of {libraries} libraries{why}")
            });
            suite.incomplete.get_or_insert(reason);
        }
        let mut suites: Vec<Suite> = suites.into_values().collect();
        for suite in &mut suites {
            if self.stopped.is_some() && suite.incomplete.is_some() {
                suite.blame_machine();
            }
            suite.cases.sort_by(|a, b| a.name.cmp(&b.name));
            if runs_all && suite.filtered > 0 && suite.incomplete.is_none() {
                let setting = "`runner` or `rustdocflags`";
                suite.incomplete = Some(libtest::filtered(setting, suite.filtered));
            }
        }
        suites
    }
}

impl DoctestGroup {
    /// Reads a line of this group. Returns `false` if the line begins another group.
    fn takes(&mut self, line: &str) -> bool {
        if let Some(totals) = text::totals(line) {
            // After `failures:`, a line with other counts is the output of a doctest.
            if self.failures.is_none() || totals.counts() == self.counts {
                self.totals = Some(totals);
                return true;
            }
        }
        if let Some(failures) = &mut self.failures {
            failures.push_str(line);
            failures.push('\n');
        } else if matches!(line, "failures:" | "successes:") {
            self.failures = Some(String::new());
        } else if let Some((name, outcome)) =
            text::result(line).filter(|(name, _)| name.contains(" (line "))
        {
            let at = match outcome {
                Outcome::Passed | Outcome::Flaky => 0,
                Outcome::Failed => 1,
                Outcome::Ignored => 2,
            };
            self.counts[at] += 1;
            self.results.push((name.to_owned(), outcome));
        } else {
            return text::announced(line).is_none();
        }
        true
    }

    /// Returns whether this is the group of a library without doctests.
    fn empty(&self) -> bool {
        self.announced == 0 && self.results.is_empty() && self.totals.is_some()
    }

    /// Returns the number of doctests that were filtered out.
    fn filtered(&self) -> u32 {
        self.totals.map_or(0, |totals| totals.filtered)
    }

    /// Returns why the results of this group are not complete.
    fn incomplete(&self) -> Option<String> {
        let (results, announced) = (self.results.len(), self.announced);
        if usize::try_from(announced) != Ok(results) {
            return Some(format!("{results} of {announced} doctests gave a result"));
        }
        match self.totals {
            None => Some("no `test result:` line".to_owned()),
            Some(totals) if totals.counts() != self.counts || totals.ok != (totals.failed == 0) => {
                Some("the `test result:` line does not agree with the results".to_owned())
            }
            Some(_) => None,
        }
    }

    /// Returns the doctests with the names that they have in every clone. Of those that the machine kept from running it is
    /// not known whether they pass: returns the reason of the first one instead.
    fn cases(&self, paths: &PathNames) -> (Vec<TestCase>, Option<String>) {
        let failed: Vec<&str> = self
            .results
            .iter()
            .filter(|r| r.1 == Outcome::Failed)
            .map(|r| r.0.as_str())
            .collect();
        let sections = text::sections(self.failures.as_deref().unwrap_or(""), &failed);
        let outputs: BTreeMap<&str, &str> = sections.into_iter().collect();
        let (mut cases, mut failure) = (Vec::new(), None);
        for (name, outcome) in &self.results {
            let text = outputs.get(name.as_str()).copied();
            if let Some(why) = text.and_then(machine_failure) {
                failure.get_or_insert(why);
                continue;
            }
            cases.push(TestCase {
                name: in_every_clone(name, paths),
                outcome: *outcome,
                seconds: None,
                output: text.and_then(output),
            });
        }
        (cases, failure)
    }
}

/// Returns why a doctest with this output did not compile or start, if the machine is the reason.
fn machine_failure(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some(error) = text.strip_prefix("Couldn't run the test: ") {
        let error = error.lines().next().unwrap_or_default();
        return Some(format!("a doctest could not be started: {error}"));
    }
    if let Some(end) = text.lines().find_map(ended_by_signal) {
        return Some(format!("a doctest was {end}"));
    }
    if text.contains("Failed to spawn ") && text.contains("Os { code: ") {
        return Some("the compiler of a doctest could not be started".to_owned());
    }
    let is_uncompiled = text.ends_with("Couldn't compile the test.");
    is_uncompiled
        .then(|| machine::describe(text.lines()))
        .flatten()
}

/// Reads the line about a doctest that was ended by a signal from outside, or by one that rustdoc does not name, as for merged
/// doctests.
fn ended_by_signal(line: &str) -> Option<String> {
    let how = line.strip_prefix("Test executable failed (")?;
    if how.starts_with("terminated by signal") {
        return Some("ended by a signal".to_owned());
    }
    let number = how.strip_prefix("signal: ")?.split(' ').next()?;
    let number = number.trim_end_matches(',');
    machine::has_killed(number.parse().ok()).then(|| format!("ended by signal {number}"))
}

/// Adds a group to the suite of its package. `homeless` means that the package is unknown.
fn add(suite: &mut Suite, group: &DoctestGroup, homeless: bool, paths: &PathNames) {
    let (cases, failure) = group.cases(paths);
    suite.cases.extend(cases);
    if failure.is_some() {
        suite.blame_machine();
    }
    suite.incomplete = suite
        .incomplete
        .take()
        .or_else(|| group.incomplete())
        .or(failure)
        .or_else(|| {
            let is_unknown = homeless && !group.empty();
            is_unknown.then(|| "doctests of an unknown package".to_owned())
        });
    if group.counts[1] > 0 {
        suite.exit = 101;
    }
    suite.filtered = suite.filtered.saturating_add(group.filtered());
    if let Some(totals) = group.totals {
        suite.seconds += totals.seconds.unwrap_or(0.0);
    }
}

/// Creates an empty suite for the doctests of a package.
fn new_suite(member: Option<&Member>) -> Suite {
    let library = member.and_then(|m| m.targets.iter().find(|target| target.doctest));
    Suite {
        package: member.map_or_else(String::new, |m| m.name.clone()),
        target_kind: "doc".to_owned(),
        target: library.map_or_else(String::new, |target| target.name.clone()),
        harness: Harness::Doctest,
        cases: Vec::new(),
        filtered: 0,
        unreadable: false,
        cause: Cause::Unknown,
        incomplete: None,
        exit: 0,
        seconds: 0.0,
        tail: None,
        record: None,
        reused: None,
    }
}

/// Returns the member that a doctest belongs to: `core/src/lib.rs - Pool::get (line 59)`.
///
/// The unchanged path is tried first. It begins with the directory of the documented library, even
/// if it leads out of it again: `core/src/../../README.md` is a doctest of `core`. Members outside of
/// the root have absolute paths.
fn owner<'w>(name: &str, workspace: &'w Workspace) -> Option<&'w Member> {
    let path = name.split_once(" - ")?.0.replace('\\', "/");
    let root = workspace.root.to_string_lossy().replace('\\', "/");
    let path = if path.starts_with('/') || path.get(1..3) == Some(":/") {
        relative(&path, &root)
    } else {
        path
    };
    workspace
        .owner(&path)
        .or_else(|| workspace.owner(&normalized(&path)))
}

/// Returns the name of a doctest with its path relative to the root. rustdoc names the files of members
/// outside of the root by absolute paths.
fn in_every_clone(name: &str, paths: &PathNames) -> String {
    match name.split_once(" - ") {
        Some((path, item)) => format!("{} - {item}", paths.name(path)),
        None => name.to_owned(),
    }
}

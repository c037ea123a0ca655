//! Turns the records of the test runner into suites and benchmark results, and compares them with
//! the executables that cargo announced.
//!
//! An executable that was announced but never ran, one that never ended and one that was not
//! announced each give an incomplete suite. The contents of the records are decoded by `decode`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::criterion;
use crate::decode::bench;
use crate::decode::libtest::{self, Results};
use crate::event::{Artifact, Cause, Event, Harness, Outcome, Progress, Suite, machine};
use crate::plan::split_args;
use crate::process::tail::last_lines;
use crate::test_runner::record::{self, EndRecord, StartRecord};
use crate::workspace::Workspace;

/// Number of bytes of stderr that the decoder gets.
const STDERR_TAIL: usize = 64 << 10;

/// The test executables of one step.
#[derive(Debug)]
pub(super) struct Suites {
    records: PathBuf,
    purpose: Purpose,
    /// Test executables that cargo announced, by path.
    announced: BTreeMap<String, Artifact>,
    /// Names of the directories of records that were read.
    read: BTreeSet<String>,
    /// Paths of the executables that were started.
    started: BTreeSet<String>,
    /// Package, kind and name of the targets that libtest runs according to their manifest.
    of_libtest: BTreeSet<(String, String, String)>,
    /// Whether the arguments of the step's command select tests.
    command_selects: bool,
    /// Whether an executable was started with arguments that select tests. `None` if none was started.
    selects: Option<bool>,
    /// Number of tests in suites that have ended.
    cases: u64,
    /// Number of executables whose output was still held open by another process when they had
    /// ended.
    leaky: u64,
}

/// The reason for running executables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To test.
    Test,
    /// To measure benchmarks. Contains the default directory of criterion, or `None` in a replay,
    /// in which the records contain its results.
    Bench(Option<PathBuf>),
}

impl Suites {
    /// Creates the state before any executable was announced. `args` are the arguments of cargo.
    pub(super) fn new(records: &Path, purpose: Purpose, args: &[String]) -> Self {
        Self {
            records: records.to_owned(),
            purpose,
            announced: BTreeMap::new(),
            read: BTreeSet::new(),
            started: BTreeSet::new(),
            of_libtest: BTreeSet::new(),
            command_selects: command_selects_tests(args),
            selects: None,
            cases: 0,
            leaky: 0,
        }
    }

    /// Adds which targets of the workspace libtest runs.
    pub(super) fn with_targets(mut self, workspace: &Workspace) -> Self {
        for member in &workspace.members {
            let targets = member.targets.iter();
            let targets = targets.filter(|target| target.has_libtest == Some(true));
            let names = targets.map(|target| {
                (
                    member.name.clone(),
                    target.kind.clone(),
                    target.name.clone(),
                )
            });
            self.of_libtest.extend(names);
        }
        self
    }

    /// Adds a unit that cargo built or found fresh, if it is a test executable.
    pub(super) fn announce(&mut self, artifact: &Artifact) {
        if let Some(exe) = artifact.executable.as_deref().filter(|_| artifact.test) {
            self.announced.insert(exe.to_owned(), artifact.clone());
        }
    }

    /// Reports the executables that have ended since the last call, in starting order.
    pub(super) fn poll(&mut self, sink: &mut dyn FnMut(Event)) {
        for (name, dir) in self.unread() {
            let Some(done) = record::read::<EndRecord>(&dir.join(record::ENDED)) else {
                continue;
            };
            let Some(start) = record::read::<StartRecord>(&dir.join(record::STARTED)) else {
                continue;
            };
            self.read.insert(name);
            self.report(
                &StartedExecutable::new(&dir, start, Some(done), &self.announced),
                sink,
            );
        }
    }

    /// Returns whether cargo was not asked to select tests.
    ///
    /// The arguments of executables are exact. Those of cargo decide if none was started, as with
    /// `--doc`.
    pub(super) fn runs_all_tests(&self) -> bool {
        !self.selects.unwrap_or(self.command_selects)
    }

    /// Reports the rest when the step has ended. `stopped` is the reason for which the step was
    /// ended early, as a fragment; `ran` is whether cargo got to running executables. Returns the
    /// number of executables that left their output open.
    pub(super) fn finish(
        mut self,
        stopped: Option<&str>,
        ran: bool,
        sink: &mut dyn FnMut(Event),
    ) -> u64 {
        self.poll(sink);
        for (name, dir) in self.unread() {
            let Some(start) = record::read::<StartRecord>(&dir.join(record::STARTED)) else {
                continue;
            };
            self.read.insert(name);
            let mut executable = StartedExecutable::new(&dir, start, None, &self.announced);
            executable.wrong = Some(match stopped {
                Some(why) => format!("was running{} when {why}", executable.unfinished()),
                None => "it was started and never ended".to_owned(),
            });
            self.report(&executable, sink);
        }
        if !ran {
            return self.leaky;
        }

        // A test may have removed the records. Then the results are unknown, and the tests did not
        // fail.
        let is_removed = !self.records.is_dir();
        let why = match stopped {
            Some(why) => format!("was not run before {why}"),
            None if is_removed => {
                "the record of its results was removed while the tests ran".to_owned()
            }
            None => "its executable was never run".to_owned(),
        };
        for (exe, artifact) in &self.announced {
            if self.started.contains(exe) {
                continue;
            }
            let mut suite = unrun(artifact, &why);
            if is_removed {
                suite.unreadable = true;
                suite.exit = 0;
            }
            suite.cause = if is_removed {
                Cause::Sources
            } else {
                Cause::Machine
            };
            sink(Event::Suite(suite));
        }
        self.leaky
    }

    /// Marks the doctests that were not run again.
    pub(super) fn mark_reused(&self, doctests: &mut [Suite]) {
        for suite in doctests {
            let dir = self.records.join(record::doctests(&suite.package));
            let started = record::read::<StartRecord>(&dir.join(record::STARTED));
            suite.reused = started.and_then(|started| started.reused);
        }
    }

    /// Returns how many tests have a result and which executable is running. For benchmarks,
    /// executables are counted, because benchmarks report nothing before their executable ends.
    pub(super) fn so_far(&self) -> Progress {
        let mut so_far = match self.purpose {
            Purpose::Test => Progress {
                done: self.cases,
                total: 0,
                what: String::new(),
            },
            Purpose::Bench(_) => {
                let (done, total) = (self.read.len() as u64, self.announced.len() as u64);
                Progress {
                    done,
                    total,
                    what: String::new(),
                }
            }
        };
        for (_, dir) in self.unread() {
            if let Some(start) = record::read::<StartRecord>(&dir.join(record::STARTED)) {
                if self.purpose == Purpose::Test {
                    so_far.done += finished_so_far(&dir, &start);
                }
                so_far.what = self
                    .announced
                    .get(&start.exe)
                    .map_or(start.package, |a| format!("{} {}", a.package, a.target));
            }
        }
        so_far
    }

    /// Returns the names and paths of the directories that were not read yet.
    fn unread(&self) -> Vec<(String, PathBuf)> {
        let names = record::names(&self.records)
            .into_iter()
            .filter(|name| !self.read.contains(name));
        names
            .map(|name| (name.clone(), self.records.join(name)))
            .collect()
    }

    fn report(&mut self, ran: &StartedExecutable<'_>, sink: &mut dyn FnMut(Event)) {
        self.started.insert(ran.start.exe.clone());
        *self.selects.get_or_insert_default() |= selects_tests(&ran.start.args);
        let mut suite = match &self.purpose {
            Purpose::Test => ran.tests(),
            Purpose::Bench(home) => ran.benches(home.as_deref(), sink),
        };
        let target = (
            ran.package.clone(),
            ran.target_kind.clone(),
            ran.target.clone(),
        );
        // The sources do not decide whether the end of an executable is recorded.
        if ran.done.is_none() {
            suite.cause = Cause::Machine;
        }
        if self.purpose == Purpose::Test && !ran.start.libtest && self.of_libtest.contains(&target)
        {
            if suite.incomplete.is_none() {
                suite.incomplete = Some(WITHOUT_LIBTEST.to_owned());
                suite.cause = Cause::Sources;
            }
            // Its own `main` succeeded, but which tests ran is unknown.
            suite.unreadable = suite.exit == 0;
        }
        self.cases += suite.cases.len() as u64;
        self.leaky += u64::from(ran.done.as_ref().is_some_and(|done| done.leaky));
        sink(Event::Suite(suite));
    }
}

/// Why the tests of a target are unknown that has a `main` of its own, such as one with `#![no_main]`.
const WITHOUT_LIBTEST: &str = "does not contain libtest, and may run no tests: if it has a `main` of its own, set `harness = false` for it in Cargo.toml";

/// An executable that was started.
struct StartedExecutable<'a> {
    dir: &'a Path,
    start: StartRecord,
    done: Option<EndRecord>,
    package: String,
    target_kind: String,
    target: String,
    /// The reason for which its results are incomplete, apart from the results themselves.
    wrong: Option<String>,
}

impl<'a> StartedExecutable<'a> {
    fn new(
        dir: &'a Path,
        start: StartRecord,
        done: Option<EndRecord>,
        announced: &BTreeMap<String, Artifact>,
    ) -> Self {
        let (package, target_kind, target, wrong) = match announced.get(&start.exe) {
            Some(a) => (
                a.package.clone(),
                a.target_kind.clone(),
                a.target.clone(),
                None,
            ),
            None => {
                // Cargo appends a hash to the name of the target.
                let name = file_name(&start.exe);
                let target = name
                    .rsplit_once('-')
                    .map_or(name.as_str(), |(stem, _)| stem)
                    .to_owned();
                let wrong = "cargo announced no such executable".to_owned();
                (
                    start.package.clone(),
                    "test".to_owned(),
                    target,
                    Some(wrong),
                )
            }
        };
        Self {
            dir,
            start,
            done,
            package,
            target_kind,
            target,
            wrong,
        }
    }

    fn text(&self, name: &str) -> String {
        text(self.dir, name).unwrap_or_default()
    }

    /// Returns where the results of libtest are. `log` is its log file.
    fn results<'b>(&self, log: Option<&'b str>) -> Results<'b> {
        if self.start.log {
            Results::Log(log)
        } else {
            Results::Stdout
        }
    }

    /// Returns the tests that were running, if known, each with a space before it.
    fn unfinished(&self) -> String {
        const SHOWN: usize = 3;
        let log = text(self.dir, record::LOG);
        let results = self.results(log.as_deref());
        let names = libtest::unfinished(results, &self.text(record::STDOUT));
        let more = if names.len() > SHOWN {
            format!(" and {} more", names.len() - SHOWN)
        } else {
            String::new()
        };
        let shown: Vec<String> = names
            .iter()
            .take(SHOWN)
            .map(|name| format!(" `{name}`"))
            .collect();
        shown.join(",") + &more
    }

    /// Returns the suite that its log, output and exit status describe. A problem that was found
    /// outside of them takes precedence.
    fn tests(&self) -> Suite {
        let log = text(self.dir, record::LOG);
        let mut suite = libtest::suite(&libtest::Execution {
            package: &self.package,
            target_kind: &self.target_kind,
            target: &self.target,
            libtest: self.start.libtest,
            code: self.done.as_ref().and_then(|d| d.code),
            signal: self.done.as_ref().and_then(|d| d.signal),
            seconds: self.done.as_ref().map_or(0.0, |d| d.seconds),
            results: self.results(log.as_deref()),
            stdout: &self.text(record::STDOUT),
            stdout_cut: self.done.as_ref().is_some_and(|d| d.stdout_cut),
            terse: self.start.args.iter().any(|arg| is_terse(arg)),
            selects: selects_tests(&self.start.args),
            stderr: last_lines(&self.text(record::STDERR), STDERR_TAIL),
        });
        suite.incomplete = self.wrong.clone().or(suite.incomplete);
        self.apply_retries(&mut suite);
        let name = self.dir.file_name();
        suite.record = name.map(|name| name.to_string_lossy().into_owned());
        suite.reused.clone_from(&self.start.reused);
        suite
    }

    /// Changes the outcome of tests that passed when they were tried again. An incomplete result of
    /// a retry counts for nothing.
    fn apply_retries(&self, suite: &mut Suite) {
        for dir in (1..).map(|number| self.dir.join(record::retry(number))) {
            let started = record::read::<StartRecord>(&dir.join(record::STARTED));
            let ended = record::read::<EndRecord>(&dir.join(record::ENDED));
            let (Some(started), Some(ended)) = (started, ended) else {
                return;
            };
            let mut retry = StartedExecutable::new(&dir, started, Some(ended), &BTreeMap::new());
            retry.wrong = None;
            let retried = retry.tests();
            let passed = retried
                .cases
                .iter()
                .filter(|case| retried.incomplete.is_none() && case.outcome == Outcome::Passed);
            let passed: BTreeSet<&str> = passed.map(|case| case.name.as_str()).collect();
            let mut failed = suite.cases.iter_mut();
            while let Some(case) = failed.find(|case| case.outcome == Outcome::Failed) {
                if passed.contains(case.name.as_str()) {
                    case.outcome = Outcome::Flaky;
                }
            }
        }
    }

    /// Reports the benchmark results. The returned suite has no tests; it shows whether the results
    /// are complete.
    fn benches(&self, home: Option<&Path>, sink: &mut dyn FnMut(Event)) -> Suite {
        let mut figures = bench::libtest(&self.package, &self.target, &self.text(record::STDOUT));
        if !self.start.libtest {
            // divan brings a `main` of its own and therefore needs `harness = false`.
            figures.extend(bench::divan(
                &self.package,
                &self.target,
                &self.text(record::STDOUT),
            ));
        }
        let mut wrong = self.wrong.clone().or_else(|| self.failure());
        if self.start.libtest {
            wrong = wrong.or_else(|| bench::unfinished(&self.text(record::STDOUT)));
        }
        for files in self.criterion(home) {
            let sample = files.sample.as_deref();
            match bench::criterion(
                &self.package,
                &self.target,
                &files.benchmark,
                &files.estimates,
                sample,
            ) {
                Ok(figure) => figures.push(figure),
                Err(error) => wrong = wrong.or(Some(format!("criterion's files: {error}"))),
            }
        }
        if figures.is_empty() && !self.start.libtest {
            wrong = wrong.or_else(|| Some("its output is in no known benchmark format".to_owned()));
        }
        figures
            .into_iter()
            .for_each(|figure| sink(Event::Bench(figure)));
        let harness = if self.start.libtest {
            Harness::Libtest
        } else {
            Harness::Opaque
        };
        Suite {
            package: self.package.clone(),
            target_kind: self.target_kind.clone(),
            target: self.target.clone(),
            harness,
            cases: Vec::new(),
            filtered: 0,
            unreadable: false,
            cause: if machine::has_killed(self.done.as_ref().and_then(|done| done.signal)) {
                Cause::Machine
            } else {
                Cause::Sources
            },
            tail: wrong
                .as_ref()
                .map(|_| last_lines(&self.text(record::STDERR), 8 << 10).to_owned()),
            incomplete: wrong,
            exit: self.exit(),
            seconds: self.done.as_ref().map_or(0.0, |d| d.seconds),
            record: None,
            reused: None,
        }
    }

    fn exit(&self) -> i32 {
        let done = self.done.as_ref();
        done.and_then(|d| d.code.or(d.signal.map(|signal| 128 + signal)))
            .unwrap_or(-1)
    }

    fn failure(&self) -> Option<String> {
        match self.done.as_ref()? {
            EndRecord {
                signal: Some(signal),
                ..
            } => Some(format!("died of signal {signal}")),
            EndRecord { code: Some(0), .. } => None,
            EndRecord { code, .. } => Some(format!("exited with {}", code.unwrap_or(-1))),
        }
    }

    /// Returns the results that criterion wrote during the run. They are searched for once and then
    /// stored with the record.
    fn criterion(&self, home: Option<&Path>) -> Vec<criterion::ResultFiles> {
        let kept = self.dir.join(record::CRITERION);
        let (Some(home), false) = (home, kept.exists() || self.start.libtest) else {
            return record::read(&kept).unwrap_or_default();
        };
        let home = self.start.criterion.as_deref().unwrap_or(home);
        let (Some(from), Some(to)) = (self.written(record::STARTED), self.written(record::ENDED))
        else {
            return Vec::new();
        };
        let files = criterion::written(home, from, to);
        // If this fails, a replay lacks these results and reports an incomplete suite.
        let _ = record::write(&kept, &files);
        files
    }

    /// Returns the time at which a file of the record was written.
    fn written(&self, name: &str) -> Option<SystemTime> {
        fs::metadata(self.dir.join(name)).ok()?.modified().ok()
    }
}

/// Returns the text of a file of a record. `None` if it does not exist.
fn text(dir: &Path, name: &str) -> Option<String> {
    let bytes = record::bytes(&dir.join(name))?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Returns the number of tests of a running executable that have finished.
fn finished_so_far(dir: &Path, start: &StartRecord) -> u64 {
    if start.log {
        // libtest adds a line to its log whenever a test has finished.
        text(dir, record::LOG).map_or(0, |log| log.matches('\n').count() as u64)
    } else {
        text(dir, record::STDOUT).map_or(0, |stdout| libtest::finished_so_far(&stdout) as u64)
    }
}

/// Returns the suite of an executable that was announced and never started.
fn unrun(artifact: &Artifact, why: &str) -> Suite {
    Suite {
        package: artifact.package.clone(),
        target_kind: artifact.target_kind.clone(),
        target: artifact.target.clone(),
        harness: Harness::Opaque,
        cases: Vec::new(),
        filtered: 0,
        unreadable: false,
        cause: Cause::Unknown,
        incomplete: Some(why.to_owned()),
        exit: -1,
        seconds: 0.0,
        tail: None,
        record: None,
        reused: None,
    }
}

/// Returns whether libtest prints a format without a line for each test.
fn is_terse(arg: &str) -> bool {
    matches!(arg, "-q" | "--quiet") || arg.starts_with("--format")
}

/// Returns whether arguments of libtest leave out some of the tests.
fn selects_tests(args: &[String]) -> bool {
    const WITH_VALUE: [&str; 6] = [
        "--color",
        "--format",
        "--logfile",
        "--shuffle-seed",
        "--test-threads",
        "-Z",
    ];
    const SELECTING: [&str; 4] = ["--bench", "--exclude-should-panic", "--ignored", "--test"];
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        if WITH_VALUE.contains(&arg) {
            args.next();
        } else if !arg.starts_with('-') || arg.starts_with("--skip") || SELECTING.contains(&arg) {
            return true;
        }
    }
    false
}

/// Returns whether arguments of `cargo test` leave out some of the tests: by a name, or by arguments
/// for libtest.
fn command_selects_tests(args: &[String]) -> bool {
    const WITH_VALUE: [&str; 21] = [
        "--bench",
        "--bin",
        "--color",
        "--config",
        "--example",
        "--exclude",
        "--features",
        "--jobs",
        "--lockfile-path",
        "--manifest-path",
        "--message-format",
        "--package",
        "--profile",
        "--target",
        "--target-dir",
        "--test",
        "-C",
        "-F",
        "-Z",
        "-j",
        "-p",
    ];
    let (cargo, libtest) = split_args(args);
    // The first argument is the subcommand.
    let mut cargo = cargo.iter().skip(1).map(String::as_str);
    while let Some(arg) = cargo.next() {
        if WITH_VALUE.contains(&arg) {
            cargo.next();
        } else if !arg.starts_with('-') {
            return true;
        }
    }
    selects_tests(libtest)
}

fn file_name(exe: &str) -> String {
    Path::new(exe)
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests;

//! From the runner's records to suites and benchmark figures, held against what cargo announced.
//!
//! A test executable that cargo announced and that never ran, one that never ended, and one that nobody announced are
//! suites too: incomplete ones. What is in a record is decoded by `decode`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::criterion;
use crate::decode::{bench, libtest};
use crate::event::{Artifact, Event, Harness, Progress, Suite};
use crate::process::tail::last_lines;
use crate::test_runner::record::{self, EndRecord, StartRecord};

/// Of stderr, the decoder gets this much.
const STDERR_TAIL: usize = 64 << 10;

/// The executables of one step.
#[derive(Debug)]
pub(super) struct Suites {
    records: PathBuf,
    purpose: Purpose,
    /// Test executables that cargo announced, by path.
    announced: BTreeMap<String, Artifact>,
    /// Record folders that were read.
    taken: BTreeSet<String>,
    /// Paths of executables that were started.
    started: BTreeSet<String>,
    /// Tests in suites that have ended.
    cases: u64,
    /// Executables whose output something else still held open when they had ended.
    leaky: u64,
}

/// Why executables are run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// For their tests.
    Test,
    /// For their figures. Criterion's home by default; `None` in a replay, where the records hold what was found.
    Bench(Option<PathBuf>),
}

impl Suites {
    /// No executable yet.
    pub(super) fn new(records: &Path, purpose: Purpose) -> Self {
        Self {
            records: records.to_owned(),
            purpose,
            announced: BTreeMap::new(),
            taken: BTreeSet::new(),
            started: BTreeSet::new(),
            cases: 0,
            leaky: 0,
        }
    }

    /// Cargo built something, or found it fresh.
    pub(super) fn announce(&mut self, artifact: &Artifact) {
        if let Some(exe) = artifact.executable.as_deref().filter(|_| artifact.test) {
            self.announced.insert(exe.to_owned(), artifact.clone());
        }
    }

    /// Gives what has ended since the last call, in the order of starting.
    pub(super) fn poll(&mut self, sink: &mut dyn FnMut(Event)) {
        for (name, dir) in self.open() {
            let Some(done) = record::read::<EndRecord>(&dir.join(record::ENDED)) else {
                continue;
            };
            let Some(began) = record::read::<StartRecord>(&dir.join(record::STARTED)) else {
                continue;
            };
            self.taken.insert(name);
            self.give(&Ran::new(&dir, began, Some(done), &self.announced), sink);
        }
    }

    /// The step is over. `stopped` says why it was ended by us, as a fragment; `ran` that cargo came to running things.
    /// Returns how many executables were leaky.
    pub(super) fn finish(
        mut self,
        stopped: Option<&str>,
        ran: bool,
        sink: &mut dyn FnMut(Event),
    ) -> u64 {
        self.poll(sink);
        for (name, dir) in self.open() {
            let Some(began) = record::read::<StartRecord>(&dir.join(record::STARTED)) else {
                continue;
            };
            self.taken.insert(name);
            let mut ran = Ran::new(&dir, began, None, &self.announced);
            ran.wrong = Some(match stopped {
                Some(why) => format!("was running{} when {why}", ran.unfinished()),
                None => "it was started and never ended".to_owned(),
            });
            self.give(&ran, sink);
        }
        let never = self
            .announced
            .iter()
            .filter(|(exe, _)| ran && !self.started.contains(*exe));
        let removed = !self.records.is_dir();
        let why = match stopped {
            Some(why) => format!("was not run before {why}"),
            None if removed => {
                "the record of its results was removed while the tests ran".to_owned()
            }
            None => "its executable was never run".to_owned(),
        };
        never.for_each(|(_, artifact)| {
            let suite = unrun(artifact, &why);
            sink(Event::Suite(if removed {
                Suite {
                    unreadable: true,
                    exit: 0,
                    ..suite
                }
            } else {
                suite
            }));
        });
        self.leaky
    }

    /// How many tests have a result, and the executable that is running. Benchmarks tell nothing before their executable
    /// ends: there it is executables that count.
    pub(super) fn so_far(&self) -> Progress {
        let mut so_far = match self.purpose {
            Purpose::Test => Progress {
                done: self.cases,
                total: 0,
                what: String::new(),
            },
            Purpose::Bench(_) => {
                let (done, total) = (self.taken.len() as u64, self.announced.len() as u64);
                Progress {
                    done,
                    total,
                    what: String::new(),
                }
            }
        };
        for (_, dir) in self.open() {
            so_far.done += record::bytes(&dir.join(record::LOG))
                .map_or(0, |log| log.iter().filter(|b| **b == b'\n').count() as u64);
            if let Some(began) = record::read::<StartRecord>(&dir.join(record::STARTED)) {
                so_far.what = self
                    .announced
                    .get(&began.exe)
                    .map_or(began.package, |a| format!("{} {}", a.package, a.target));
            }
        }
        so_far
    }

    /// Folders not read yet.
    fn open(&self) -> Vec<(String, PathBuf)> {
        let names = record::names(&self.records)
            .into_iter()
            .filter(|name| !self.taken.contains(name));
        names
            .map(|name| (name.clone(), self.records.join(name)))
            .collect()
    }

    fn give(&mut self, ran: &Ran<'_>, sink: &mut dyn FnMut(Event)) {
        self.started.insert(ran.began.exe.clone());
        let suite = match &self.purpose {
            Purpose::Test => ran.tests(),
            Purpose::Bench(home) => ran.benches(home.as_deref(), sink),
        };
        self.cases += suite.cases.len() as u64;
        self.leaky += u64::from(ran.done.as_ref().is_some_and(|done| done.leaky));
        sink(Event::Suite(suite));
    }
}

/// An executable that was started.
struct Ran<'a> {
    dir: &'a Path,
    began: StartRecord,
    done: Option<EndRecord>,
    package: String,
    target_kind: String,
    target: String,
    /// What is wrong with it beside its own results.
    wrong: Option<String>,
}

impl<'a> Ran<'a> {
    fn new(
        dir: &'a Path,
        began: StartRecord,
        done: Option<EndRecord>,
        announced: &BTreeMap<String, Artifact>,
    ) -> Self {
        let (package, target_kind, target, wrong) = match announced.get(&began.exe) {
            Some(a) => (
                a.package.clone(),
                a.target_kind.clone(),
                a.target.clone(),
                None,
            ),
            None => {
                let name = file_name(&began.exe);
                let target = name
                    .rsplit_once('-')
                    .map_or(name.as_str(), |(stem, _)| stem)
                    .to_owned();
                let wrong = "cargo announced no such executable".to_owned();
                (
                    began.package.clone(),
                    "test".to_owned(),
                    target,
                    Some(wrong),
                )
            }
        };
        Self {
            dir,
            began,
            done,
            package,
            target_kind,
            target,
            wrong,
        }
    }

    fn text(&self, name: &str) -> String {
        record::bytes(&self.dir.join(name))
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// The tests that were running, as far as that is known, with a space before each.
    fn unfinished(&self) -> String {
        const SHOWN: usize = 3;
        let names = libtest::unfinished(&self.text(record::LOG), &self.text(record::STDOUT));
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

    /// What its own log, text and end say; what is wrong from outside comes first.
    fn tests(&self) -> Suite {
        let log = record::bytes(&self.dir.join(record::LOG));
        let log = log.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let mut suite = libtest::suite(&libtest::Execution {
            package: &self.package,
            target_kind: &self.target_kind,
            target: &self.target,
            libtest: self.began.libtest,
            code: self.done.as_ref().and_then(|d| d.code),
            signal: self.done.as_ref().and_then(|d| d.signal),
            seconds: self.done.as_ref().map_or(0.0, |d| d.seconds),
            log: log.as_deref(),
            stdout: &self.text(record::STDOUT),
            stdout_cut: self.done.as_ref().is_some_and(|d| d.stdout_cut),
            terse: self.began.args.iter().any(|arg| is_terse(arg)),
            stderr: last_lines(&self.text(record::STDERR), STDERR_TAIL),
        });
        suite.incomplete = self.wrong.clone().or(suite.incomplete);
        suite
    }

    /// Gives the figures; the suite says whether they are all. It has no cases: benchmarks are no tests.
    fn benches(&self, home: Option<&Path>, sink: &mut dyn FnMut(Event)) -> Suite {
        let mut figures = bench::libtest(&self.package, &self.target, &self.text(record::STDOUT));
        if !self.began.libtest {
            figures.extend(bench::divan(
                &self.package,
                &self.target,
                &self.text(record::STDOUT),
            ));
        }
        let mut wrong = self.wrong.clone().or_else(|| self.failure());
        if self.began.libtest {
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
        if figures.is_empty() && !self.began.libtest {
            wrong = wrong.or_else(|| Some("its output is in no known benchmark format".to_owned()));
        }
        figures
            .into_iter()
            .for_each(|figure| sink(Event::Bench(figure)));
        let harness = if self.began.libtest {
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
            tail: wrong
                .as_ref()
                .map(|_| last_lines(&self.text(record::STDERR), 8 << 10).to_owned()),
            incomplete: wrong,
            exit: self.exit(),
            seconds: self.done.as_ref().map_or(0.0, |d| d.seconds),
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

    /// What criterion wrote while it ran: as found before, else looked for now and kept with the record.
    fn criterion(&self, home: Option<&Path>) -> Vec<criterion::Files> {
        let kept = self.dir.join(record::CRITERION);
        let (Some(home), false) = (home, kept.exists() || self.began.libtest) else {
            return record::read(&kept).unwrap_or_default();
        };
        let home = self.began.criterion.as_deref().unwrap_or(home);
        let time = |name: &str| fs::metadata(self.dir.join(name)).and_then(|m| m.modified());
        let (Ok(from), Ok(to)) = (time(record::STARTED), time(record::ENDED)) else {
            return Vec::new();
        };
        let files = criterion::written(home, from, to);
        // Without it a replay would miss these figures; it then says so by an incomplete suite.
        let _ = record::write(&kept, &files);
        files
    }
}

/// An executable that was announced and never started.
fn unrun(artifact: &Artifact, why: &str) -> Suite {
    Suite {
        package: artifact.package.clone(),
        target_kind: artifact.target_kind.clone(),
        target: artifact.target.clone(),
        harness: Harness::Opaque,
        cases: Vec::new(),
        filtered: 0,
        unreadable: false,
        incomplete: Some(why.to_owned()),
        exit: -1,
        seconds: 0.0,
        tail: None,
    }
}

/// `--format` and `--quiet`: libtest's other formats have no line for each test.
fn is_terse(arg: &str) -> bool {
    matches!(arg, "-q" | "--quiet") || arg.starts_with("--format")
}

fn file_name(exe: &str) -> String {
    Path::new(exe)
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests;

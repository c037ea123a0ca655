//! Names the suites that need not run again to the test runner, and reads the evidence of a step for later runs.
//!
//! The record of an executable is reused, so the same code decodes it. The decision itself is made by
//! [`crate::reuse`].

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::transcript::stem;
use crate::decode::doctest::DoctestReader;
use crate::event::Artifact;
use crate::probe::entries;
use crate::reuse::{self, Changes, Evidence, Present, Reason, doctests_of};
use crate::run::RunId;
use crate::test_runner::record::{self, EndRecord, Reusable, ReusableSuite, StartRecord};
use crate::tree::is_executable;
use crate::workspace::Workspace;

/// The recorded suites that may be reused, and the state of the sources before the step.
pub(crate) struct Reuse<'a> {
    /// The id of the step.
    pub(crate) step: &'a str,
    /// The recorded suites.
    pub(crate) evidence: &'a Evidence,
    /// See [`Present::changes`].
    pub(crate) changes: &'a BTreeMap<RunId, Result<Changes, Reason>>,
    /// The directory of the logs of all runs.
    pub(crate) logs: PathBuf,
    /// Returns the digest of a file.
    pub(crate) digest: &'a dyn Fn(&Path) -> String,
    /// The decision, once everything is built.
    pub(crate) decided: RefCell<Decided>,
}

/// A decision, and its grounds.
#[derive(Debug, Default)]
pub(crate) struct Decided {
    /// The keys of all suites of the build.
    pub(crate) keys: BTreeSet<String>,
    /// The directories that programs of the build lie in.
    dirs: BTreeSet<PathBuf>,
    /// The programs there before the suites ran.
    pub(crate) programs: BTreeMap<String, String>,
    /// Whether the programs were the same afterwards. A test that builds programs may have started others than a later run
    /// would.
    pub(crate) is_steady: bool,
}

impl Reuse<'_> {
    /// Decides which suites are reused, now that everything is built. If the decision cannot be written, everything runs.
    pub(super) fn decide(
        &self,
        records: &Path,
        units: &[Artifact],
        built_outside: Option<&str>,
        workspace: &Workspace,
    ) {
        let dirs = program_dirs(workspace, units);
        let programs = programs(&dirs);
        let recorded = self.evidence.suites.values();
        let files = recorded.flat_map(|suite| suite.files.keys());
        let digests = files
            .map(|file| (file.clone(), (self.digest)(Path::new(file))))
            .collect();
        let decision = reuse::decide(
            self.evidence,
            Present {
                members: &workspace.members,
                changes: self.changes,
                units,
                built_outside,
                programs: &programs,
                digests: &digests,
            },
        );
        let (reused, run) = (decision.reused.keys(), decision.reasons.keys());
        let keys = reused.chain(run).cloned().collect();
        let mut reusable = Reusable::default();
        for (key, reason) in decision.reasons {
            reusable.reasons.insert(key, reason.to_string());
        }
        for (key, suite) in decision.reused {
            let suite = ReusableSuite {
                run: suite.run.0,
                launch: suite.launch,
                record: self.logs.join(suite.record),
            };
            reusable.suites.insert(key, suite);
        }
        let _ = record::write(&records.join(record::REUSABLE), &reusable);
        self.decided.replace(Decided {
            keys,
            dirs,
            programs,
            is_steady: false,
        });
    }

    /// Looks whether the tests, which have ended, left the programs as they were.
    pub(super) fn end(&self) {
        let mut decided = self.decided.borrow_mut();
        decided.is_steady = programs(&decided.dirs) == decided.programs;
    }
}

/// Returns the directories to which cargo puts the programs of these units, such as `target/debug`.
fn program_dirs(workspace: &Workspace, units: &[Artifact]) -> BTreeSet<PathBuf> {
    let target_dir = &workspace.target_dir;
    let build_dir = workspace.build_dir.as_ref().unwrap_or(target_dir);
    let mut dirs = BTreeSet::new();
    for file in units.iter().flat_map(|unit| &unit.files) {
        let file = Path::new(file);
        let below = file.strip_prefix(target_dir).ok();
        let Some(below) = below.or_else(|| file.strip_prefix(build_dir).ok()) else {
            continue;
        };
        // Everything else of the profile is below directories of these names.
        let parts = below.parent().into_iter().flat_map(Path::components);
        let profile: PathBuf = parts
            .take_while(|part| {
                !["build", "deps", "examples"]
                    .map(Path::new)
                    .contains(&part.as_ref())
            })
            .collect();
        let profile = target_dir.join(profile);
        dirs.insert(profile.join("examples"));
        dirs.insert(profile);
    }
    dirs
}

/// Returns the programs and dynamic libraries in directories, with the size and time of each.
fn programs(dirs: &BTreeSet<PathBuf>) -> BTreeMap<String, String> {
    let files = dirs.iter().flat_map(|dir| entries(dir));
    files.filter_map(|file| program(&file)).collect()
}

/// Returns a file with its size and time, if it is a program or a dynamic library.
fn program(path: &Path) -> Option<(String, String)> {
    let extension = path.extension().unwrap_or_default();
    let is_loaded = ["dll", "dylib", "exe", "so", "wasm"]
        .iter()
        .any(|one| extension == *one);
    let found = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    if !is_loaded && (!is_executable(&found) || extension == "d") {
        return None;
    }
    let modified = found.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    let stamp = format!("{} {}", found.len(), modified.as_nanos());
    Some((path.to_string_lossy().into_owned(), stamp))
}

/// A suite that passed according to the records of a step.
pub(crate) struct PassedSuite {
    /// The path of the executable, or the key of the doctests of a package.
    pub(crate) key: String,
    pub(crate) package: String,
    pub(crate) launch: String,
    /// The directory of its record, relative to that of the logs of the run.
    pub(crate) record: String,
    /// The run that ran it, if it was not run again.
    pub(crate) reused: Option<RunId>,
}

/// Returns the suite of an executable with a record of this name. `None` if its end proves nothing.
pub(crate) fn passed_executable(logs: &Path, step: &str, name: &str) -> Option<PassedSuite> {
    let dir = stem(logs, step).join(name);
    let started = ended_well(&dir)?;
    // A test that was tried again proves nothing.
    if dir.join(record::retry(1)).exists() {
        return None;
    }
    Some(passed(started.exe.clone(), started, logs, &dir))
}

/// Returns the packages whose doctests passed.
pub(crate) fn passed_doctests(logs: &Path, step: &str, workspace: &Workspace) -> Vec<PassedSuite> {
    let mut suites = Vec::new();
    for member in &workspace.members {
        let dir = stem(logs, step).join(record::doctests(&member.name));
        let (Some(started), Some(text)) =
            (ended_well(&dir), record::bytes(&dir.join(record::STDOUT)))
        else {
            continue;
        };
        let mut reader = DoctestReader::new();
        // As cargo says before it runs rustdoc.
        reader.stderr_line(&format!("Doc-tests {}", member.name));
        text.split(|byte| *byte == b'\n')
            .for_each(|line| reader.line(line));
        if reader
            .finish(workspace, true)
            .iter()
            .all(|suite| suite.has_passed())
        {
            suites.push(passed(doctests_of(&member.name), started, logs, &dir));
        }
    }
    suites
}

/// Returns how an executable was started that exited with 0 and left no process behind.
fn ended_well(dir: &Path) -> Option<StartRecord> {
    let started: StartRecord = record::read(&dir.join(record::STARTED))?;
    let ended: EndRecord = record::read(&dir.join(record::ENDED))?;
    let is_known = !started.launch.is_empty();
    (is_known && ended.code == Some(0) && !ended.leaky).then_some(started)
}

fn passed(key: String, started: StartRecord, logs: &Path, dir: &Path) -> PassedSuite {
    let record = dir.strip_prefix(logs).unwrap_or(dir);
    PassedSuite {
        key,
        package: started.package,
        launch: started.launch,
        record: record.to_string_lossy().into_owned(),
        reused: started.reused.map(RunId),
    }
}

//! Runs the tests of a step instrumented, and reads which lines they executed.
//!
//! Each test executable and its children write their profiles to a directory of their own. The
//! compiler and build scripts, which may be linked with instrumented members, write to another one
//! that is not read. A child without the environment of its test writes to its working directory.
//! Such a file in the workspace is moved to the others.

mod executables;
pub(super) mod imported;
mod sources;

pub(super) use self::imported::newest_source;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use self::executables::executables;
use self::sources::SourceNames;
use super::target_dir::create_own_dir;
use super::{Drive, target_dir};
use crate::decode::coverage;
use crate::event::{Artifact, Ending, Event, FileExecutions, Problem};
use crate::plan::{Invocation, Step, Stream};
use crate::probe::{entries, normalize};
use crate::process::tail::last_lines;
use crate::process::temp_dir::TempDir;
use crate::process::{Captured, capture};
use crate::store::Lock;
use crate::test_runner::compiler::WrapperUse;
use crate::test_runner::programs::{self, ProgramDirs};
use crate::test_runner::record::{self, EndRecord, StartRecord};
use crate::test_runner::{PROFILE_FILE, PROFILES};
use crate::workspace::Workspace;

/// The directory for profiles of the compiler and of build scripts.
const OF_BUILD: &str = "not-read";

/// The extension of profiles.
const EXTENSION: &str = "profraw";

/// Number of bytes shown of the messages of a tool that failed.
const SHOWN: usize = 1000;

/// The profiles of a step, which are removed when this is dropped.
pub(super) struct Profiles {
    dir: TempDir,
    /// The directory of the instrumented programs, if it is shared with the user's.
    programs: Option<ProgramDirs>,
    /// When the directory was created, by the clock of its file system.
    since: SystemTime,
    /// Keeps other workspaces from replacing the programs while they are built, run and read.
    _lock: Lock,
}

impl Profiles {
    /// Prepares the directory of the profiles, in the target directory because they can be large.
    /// Waits for another run that uses the same target directory.
    ///
    /// # Errors
    /// If the directory cannot be prepared, or the wait ended; as the ending of the step.
    pub(super) fn new(
        step: &Step,
        invocation: &Invocation,
        drive: &Drive<'_>,
    ) -> Result<Self, Ending> {
        let shared = invocation.env.get(Step::BUILD_DIR);
        let target = match shared.and_then(Option::as_ref) {
            Some(given) => drive.workspace.root.join(given),
            None => drive.workspace.target_dir.clone(),
        };
        let parent = target.join(programs::OWN);
        create_own_dir(&target, &parent).map_err(unwritable)?;
        let longest = step.timeout.unwrap_or(Duration::MAX);
        let programs = ProgramDirs { target };
        let lock = (drive.lock)(&programs.lock(), longest)?;
        programs.restore();
        let (dir, since) = profile_dir(&parent).map_err(unwritable)?;
        // With a build directory of the user's choice, programs are not next to the tests.
        let is_shared = invocation.env.contains_key(Step::BUILD_DIR);
        Ok(Self {
            dir,
            programs: is_shared.then_some(programs),
            since,
            _lock: lock,
        })
    }

    /// Returns the directory.
    pub(super) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Returns the directories of the instrumented programs, if tests may find the user's instead.
    pub(super) fn programs(&self) -> Option<ProgramDirs> {
        self.programs.clone()
    }

    /// Returns the variables that make cargo compile the members with instrumentation.
    pub(super) fn variables(&self, drive: &Drive<'_>) -> Vec<(String, Option<String>)> {
        let of_build = self.path().join(OF_BUILD).join(PROFILES);
        let of_build = of_build.to_string_lossy().into_owned();
        let wrapper = drive.runner.as_wrapper(WrapperUse::Instrument);
        wrapper
            .into_iter()
            .chain([(PROFILE_FILE.to_owned(), Some(of_build))])
            .collect()
    }

    /// Returns the coverage of each file. Profiles that are missing or cannot be read are problems.
    pub(super) fn events(
        &self,
        step: &Step,
        records: &Path,
        units: &[Artifact],
        drive: &Drive<'_>,
    ) -> Vec<Event> {
        self.programs.iter().for_each(ProgramDirs::restore);
        self.collect_strays(drive.workspace);
        let mut events: Vec<Event> = self
            .unwritten(records)
            .into_iter()
            .map(|name| {
                problem(
                    FileExecutions::UNWRITTEN,
                    format!("{name} wrote no profile"),
                )
            })
            .collect();
        if drive.cancel.is_set() {
            return events;
        }
        match self.read(step, units, drive) {
            Ok(read) => events.extend(read),
            Err(message) => events.push(problem(FileExecutions::UNREADABLE, message)),
        }
        events
    }

    /// Moves the profiles that processes without the environment of their test wrote.
    fn collect_strays(&self, workspace: &Workspace) {
        let dir = self.path().join("strays");
        for (number, stray) in strays(workspace, self.since).into_iter().enumerate() {
            let to = dir.join(format!("{number}.{EXTENSION}"));
            // A file that stays there is reported as a change of the sources.
            let _ = fs::create_dir_all(&dir)
                .and_then(|()| fs::rename(&stray, &to))
                .or_else(|_| fs::copy(&stray, &to).and_then(|_| fs::remove_file(&stray)));
        }
    }

    /// Returns the executables that exited by themselves without a profile. Those in their
    /// directory may be of programs that they started.
    fn unwritten(&self, records: &Path) -> Vec<String> {
        let names = record::names(records).into_iter().filter(|name| {
            let record = records.join(name);
            let ended = record::read::<EndRecord>(&record.join(record::ENDED));
            let stderr = record::bytes(&record.join(record::STDERR)).unwrap_or_default();
            ended.is_some_and(|ended| ended.code.is_some())
                && (profiles(&self.path().join(name)).is_empty() || has_failed_to_write(&stderr))
        });
        names
            .filter_map(|name| record::read(&records.join(name).join(record::STARTED)))
            .map(|StartRecord { exe, package, .. }| {
                let stem = target_dir::stem(Path::new(&exe));
                let name = target_dir::without_hash(&stem);
                format!("test executable `{name}` of package `{package}`")
            })
            .collect()
    }

    /// Merges the profiles and reads them together with the executables.
    fn read(
        &self,
        step: &Step,
        units: &[Artifact],
        drive: &Drive<'_>,
    ) -> Result<Vec<Event>, String> {
        let written: Vec<PathBuf> = entries(self.path())
            .into_iter()
            .filter(|dir| !dir.ends_with(OF_BUILD))
            .flat_map(|dir| profiles(&dir))
            .collect();
        let executables = executables(units, drive.workspace);
        if written.is_empty() || executables.is_empty() {
            return Ok(Vec::new());
        }
        let [list, merged] = ["profiles", "merged.profdata"].map(|name| self.path().join(name));
        // Without a weight, a comma in a path would end one.
        let lines: Vec<String> = written
            .iter()
            .map(|path| format!("1,{}", text(path)))
            .collect();
        record::create_file(&list)
            .and_then(|mut file| file.write_all(lines.join("\n").as_bytes()))
            .map_err(|error| format!("{}: {error}", list.display()))?;
        let merge = [
            "merge",
            "-sparse",
            "-failure-mode=all",
            "-f",
            &text(&list),
            "-o",
            &text(&merged),
        ];
        let damaged = match run(step, "llvm-profdata", &merge, drive)? {
            ToolOutput::Text(_, warning) => warning,
            ToolOutput::WithoutCode => None,
        };
        // A program that does not use a function may describe it as not executed, and of several
        // descriptions llvm-cov would take the first. So each program is read on its own.
        let with_tests = !step.setting(FileExecutions::TESTS).is_empty();
        let sources = SourceNames::find(drive, with_tests);
        let mut has_code = false;
        let mut warning = None;
        let mut files = BTreeMap::<String, FileExecutions>::new();
        for executable in executables {
            let mut found = 0;
            for file in &executable.files {
                let Some((read, mismatched)) = export(step, &merged, file, drive)? else {
                    continue;
                };
                found += 1;
                has_code = true;
                warning = warning.or(mismatched);
                for file in read {
                    let Some(file) = sources.named(file)? else {
                        continue;
                    };
                    match files.entry(file.file.clone()) {
                        Entry::Occupied(mut known) => known.get_mut().merge(file),
                        Entry::Vacant(place) => _ = place.insert(file),
                    }
                }
            }
            if !executable.is_known && found != 1 {
                return Err(executable.ambiguity());
            }
        }
        if has_code && files.is_empty() {
            return Err(
                "llvm-cov names no source file of the workspace (does `--remap-path-prefix` change their names?)"
                    .to_owned(),
            );
        }
        let mut events: Vec<Event> = [damaged, warning]
            .into_iter()
            .flatten()
            .map(|warning| problem(FileExecutions::UNWRITTEN, warning))
            .collect();
        events.extend(files.into_values().map(Event::Coverage));
        Ok(events)
    }
}

/// The coverage of the files of an executable, and the first warning.
type Export = (Vec<FileExecutions>, Option<String>);

/// Reads the coverage of an executable. `None` if it has no instrumented code.
fn export(
    step: &Step,
    merged: &Path,
    executable: &Path,
    drive: &Drive<'_>,
) -> Result<Option<Export>, String> {
    let profile = format!("-instr-profile={}", text(merged));
    let args = [
        "export",
        "-format=text",
        "-skip-expansions",
        &profile,
        &text(executable),
    ];
    let ToolOutput::Text(document, warning) = run(step, "llvm-cov", &args, drive)? else {
        return Ok(None);
    };
    let read = coverage::llvm(&document)
        .map_err(|error| format!("the output of llvm-cov could not be read: {error}"))?;
    Ok(Some((read, warning)))
}

/// Puts back the user's programs that a killed run moved aside.
pub(super) fn put_back_programs(drive: &Drive<'_>) {
    let programs = ProgramDirs {
        target: drive.workspace.target_dir.clone(),
    };
    // A run that is in progress holds the lock.
    if programs.kept().exists() && (drive.lock)(&programs.lock(), Duration::ZERO).is_ok() {
        programs.restore();
    }
}

/// Creates the directory of the profiles. Returns the time at which it was created.
fn profile_dir(parent: &Path) -> io::Result<(TempDir, SystemTime)> {
    // LLVM replaces a `%` and the letters behind it.
    let dir = match parent.to_string_lossy().contains('%') {
        true => TempDir::new(),
        false => TempDir::within(parent),
    }?;
    let since = fs::metadata(dir.path())?.modified()?;
    Ok((dir, since))
}

fn unwritable(error: io::Error) -> Ending {
    Ending::NotStarted(format!(
        "could not prepare a directory for profiles: {error}"
    ))
}

/// The result of a tool of LLVM.
enum ToolOutput {
    /// Its output and its first warning.
    Text(String, Option<String>),
    /// The program that it read has no instrumented code.
    WithoutCode,
}

/// Runs a tool of LLVM.
fn run(step: &Step, tool: &str, args: &[&str], drive: &Drive<'_>) -> Result<ToolOutput, String> {
    let program = step.setting(tool).first();
    let program = program.ok_or_else(|| format!("the plan names no {tool}"))?;
    let invocation = Invocation {
        program: program.into(),
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        env: [(PROFILE_FILE.to_owned(), None)].into(),
        cwd: drive.workspace.root.clone(),
        stream: Stream::Text,
    };
    let timeout = step.timeout.unwrap_or_default();
    let Captured {
        ending,
        stdout,
        stderr,
    } = capture(&invocation, timeout, drive.cancel);
    let mut lines = stderr.lines().filter(|line| !is_harmless(line));
    match ending {
        Ending::Exited(0) => {
            let warning = lines.find(|line| line.contains("warning: "));
            let warning = warning.map(|line| format!("{tool}: {line}"));
            Ok(ToolOutput::Text(stdout, warning))
        }
        Ending::NotStarted(why) => Err(why),
        Ending::TimedOut => Err(format!("{tool} took too long")),
        // A test executable need not contain any code of its own.
        _ if stderr.contains(WITHOUT_CODE) => Ok(ToolOutput::WithoutCode),
        Ending::Signalled(signal) => Err(format!("{tool} was killed by signal {signal}")),
        Ending::Exited(code) => {
            let text = last_lines(&stderr, SHOWN).trim();
            let text = if text.is_empty() {
                "it printed no reason"
            } else {
                text
            };
            Err(format!("{tool} exited with {code}: {text}"))
        }
        Ending::Interrupted => Err(format!("{tool} was interrupted")),
    }
}

/// The message of llvm-cov about a program without instrumented code.
const WITHOUT_CODE: &str = "no coverage data found";

/// Returns a path as an argument.
fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Returns whether a warning is about copies of functions that are used in another executable. The
/// compiler describes unused functions as well, with a checksum of zero.
fn is_harmless(line: &str) -> bool {
    line.ends_with(" functions have mismatched data")
}

/// Returns whether an instrumented program says on stderr that it could not write its profile. The
/// message can follow other text on its line.
fn has_failed_to_write(stderr: &[u8]) -> bool {
    String::from_utf8_lossy(stderr).contains("LLVM Profile Error: ")
}

/// Returns the profiles in a directory.
fn profiles(dir: &Path) -> Vec<PathBuf> {
    let mut files = entries(dir);
    files.retain(|path| path.extension().is_some_and(|found| found == EXTENSION));
    files
}

/// Returns the profiles in the workspace that have the name which the compiler gives them and that
/// were written since a time.
fn strays(workspace: &Workspace, since: SystemTime) -> BTreeSet<PathBuf> {
    let members = workspace.members.iter();
    let members = members.map(|member| normalize(&workspace.root, &member.dir));
    let outside = members.filter(|dir| !dir.starts_with(&workspace.root));
    let mut open: Vec<PathBuf> = outside.chain([workspace.root.clone()]).collect();
    let mut found = BTreeSet::new();
    while let Some(dir) = open.pop() {
        for path in entries(&dir) {
            let Ok(metadata) = fs::symlink_metadata(&path) else {
                continue;
            };
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path == workspace.target_dir {
                // Cargo gives tests a directory for temporary files in it.
                open.push(path.join("tmp"));
            } else if metadata.is_dir() && name != ".git" {
                open.push(path);
            } else if name.starts_with("default_")
                && name.ends_with(".profraw")
                && metadata.modified().is_ok_and(|time| time >= since)
            {
                found.insert(path);
            }
        }
    }
    found
}

fn problem(rule: &str, message: String) -> Event {
    Event::Problem(Problem {
        rule: rule.to_owned(),
        message,
        ..Problem::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_to_write_a_profile_is_read_from_stderr() {
        for (stderr, expected) in [
            (&b"warning: `--logfile` is deprecatedLLVM Profile Error: Failed to write file \"a\": x\n"[..], true),
            (b"LLVM Profile Warning: x\n", false),
            (b"", false),
        ] {
            assert_eq!(has_failed_to_write(stderr), expected);
        }
    }
}

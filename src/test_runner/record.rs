//! Records that the test runner writes and the driver reads: one directory per test executable.
//!
//! The directory `NNNN-NAME/`, numbered in starting order, contains `began.json`, libtest's `log` if it
//! was asked for, `stdout`, `stderr`, and `done.json` once the executable has ended. JSON files are written under
//! another name and renamed, so they are always complete.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::programs::ProgramDirs;
use crate::plan::Sampling;
use crate::store;

/// Files of a record larger than this are not read.
const LIMIT: u64 = 1 << 28;

/// Name of the file with the [`RunnerSettings`], in the directory of the records.
pub(crate) const SETTINGS: &str = "settings.json";
/// Name of the file with the [`StartRecord`].
pub(crate) const STARTED: &str = "began.json";
/// Name of the file with the [`EndRecord`].
pub(crate) const ENDED: &str = "done.json";
/// Name of the file with the [`SampleRecord`].
pub(crate) const SAMPLES: &str = "samples.json";
/// Name of the log that libtest writes (`--logfile`): a line per finished test.
pub(crate) const LOG: &str = "log";
/// Name of the file with the beginning and the end of the standard output.
pub(crate) const STDOUT: &str = "stdout";
/// Name of the file with the beginning and the end of the standard error.
pub(crate) const STDERR: &str = "stderr";
/// Name of the file with the results that criterion wrote for this executable.
pub(crate) const CRITERION: &str = "criterion.json";

/// Name of the file with the [`Reusable`] suites, in the directory of the records.
pub(crate) const REUSABLE: &str = "reusable.json";

/// Returns the name of the directory with the record of rustdoc, which runs the doctests of a package. It has no number,
/// because rustdoc is no test executable.
pub(crate) fn doctests(package: &str) -> String {
    format!("doc-{package}")
}

/// Returns the name of the directory with the record of a retry, within that of the executable.
pub(crate) fn retry(number: u32) -> String {
    format!("retry-{number}")
}

/// The settings that the driver passes to the runner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RunnerSettings {
    /// The user's own runner and its arguments; empty if there is none.
    pub(crate) chain: Vec<String>,
    /// Variables that were changed for cargo, with the values for the tests. `None` removes a
    /// variable.
    pub(crate) restore: BTreeMap<String, Option<String>>,
    /// Whether to ask libtest for its log file. It has none for benchmarks, and tests see the argument.
    pub(crate) log: bool,
    /// Whether to ask libtest for JSON with durations, which requires `RUSTC_BOOTSTRAP` in the test
    /// process.
    pub(crate) durations: bool,
    /// How often tests that fail are tried again.
    #[serde(default)]
    pub(crate) retries: u32,
    /// The directory of profiles that instrumented executables write, each to a directory with the name of
    /// its record.
    #[serde(default)]
    pub(crate) profiles: Option<PathBuf>,
    /// The directories of instrumented programs, if tests can find them beside their executables.
    #[serde(default)]
    pub(crate) programs: Option<ProgramDirs>,
    /// The measurement of the executable, instead of a record of its output.
    #[serde(default)]
    pub(crate) sampling: Option<Sampling>,
    /// Whether the driver writes, once everything is built, which suites need not run.
    #[serde(default)]
    pub(crate) reuses: bool,
}

/// The measurement of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SampleRecord {
    /// Path of the executable as given by cargo.
    pub(crate) exe: String,
    /// The greatest value of a program that does nothing, if it was measured.
    pub(crate) floor: Option<u64>,
    /// The values of the program, in order.
    pub(crate) samples: Vec<u64>,
    /// Why values are missing. `None` if all are there.
    pub(crate) failure: Option<String>,
}

/// The suites that need not run, and why the others are run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reusable {
    /// By the path of the executable, or the key of the doctests of a package.
    pub(crate) suites: BTreeMap<String, ReusableSuite>,
    /// The reason for each of the others.
    pub(crate) reasons: BTreeMap<String, String>,
}

/// A suite that need not run if it would be started as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReusableSuite {
    /// The run that ran it.
    pub(crate) run: String,
    /// See [`StartRecord::launch`].
    pub(crate) launch: String,
    /// The directory with its record.
    pub(crate) record: PathBuf,
}

/// The start of a test executable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StartRecord {
    /// Path of the executable as given by cargo.
    pub(crate) exe: String,
    /// Arguments as given by cargo.
    pub(crate) args: Vec<String>,
    /// `CARGO_PKG_NAME`.
    pub(crate) package: String,
    /// Whether the executable contains libtest.
    pub(crate) libtest: bool,
    /// Whether libtest was asked for its log file. Without it, results are on stdout only. Records of
    /// earlier versions always have the log file.
    #[serde(default = "always")]
    pub(crate) log: bool,
    /// Directory that criterion writes to, if the environment determines it.
    pub(crate) criterion: Option<PathBuf>,
    /// A digest of everything that the executable was started with. Empty if results are not used again.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) launch: String,
    /// The run that ran it, if this is a copy of its record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reused: Option<String>,
}

fn always() -> bool {
    true
}

/// The end of a test executable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct EndRecord {
    /// Wall-clock time in seconds.
    pub(crate) seconds: f64,
    /// Exit code, if the executable exited.
    pub(crate) code: Option<i32>,
    /// Signal, if the executable died of one.
    pub(crate) signal: Option<i32>,
    /// Whether the middle of stdout was dropped.
    pub(crate) stdout_cut: bool,
    /// Whether a process that the executable left behind still held its output open.
    pub(crate) leaky: bool,
}

/// Creates the directory for another executable. Numbers follow the starting order.
pub(crate) fn create(records: &Path, exe: &Path) -> io::Result<PathBuf> {
    let stem = exe
        .file_stem()
        .unwrap_or(OsStr::new("exe"))
        .to_string_lossy()
        .into_owned();
    let mut number = names(records).len();
    loop {
        let dir = records.join(format!("{number:04}-{stem}"));
        match fs::create_dir(&dir) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            made => return made.map(|()| dir),
        }
    }
}

/// Returns the names of the directories in starting order.
pub(crate) fn names(records: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(records) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| number(name).is_some())
        .collect();
    names.sort_by_key(|name| number(name));
    names
}

/// Returns the number at the start of a directory's name.
fn number(name: &str) -> Option<usize> {
    name.split_once('-')?.0.parse().ok()
}

/// Writes a JSON file, which readers see completely or not at all.
pub(crate) fn write(path: &Path, value: &impl Serialize) -> io::Result<()> {
    let staged = path.with_extension("new");
    let mut file = create_file(&staged)?;
    file.write_all(&serde_json::to_vec(value)?)?;
    drop(file);
    fs::rename(staged, path)
}

/// Reads a JSON file. Returns `None` if it does not exist (yet) or has another form.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&bytes(path)?).ok()
}

/// Returns the content of a file of a record. Returns `None` if it does not exist or is larger than
/// expected.
pub(crate) fn bytes(path: &Path) -> Option<Vec<u8>> {
    store::read_file(path, LIMIT).ok()
}

/// Creates a new file; fails if it exists.
pub(crate) fn create_file(path: &Path) -> io::Result<fs::File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::temp_dir::TempDir;

    #[test]
    fn directories_are_numbered_in_starting_order() {
        let scratch = TempDir::new().unwrap();
        write(&scratch.path().join(SETTINGS), &RunnerSettings::default()).unwrap();
        let exes = [
            "/t/deps/zeta-01.exe",
            "/t/deps/alpha-02",
            "/t/deps/alpha-02",
        ];
        let made: Vec<PathBuf> = exes
            .iter()
            .map(|e| create(scratch.path(), Path::new(e)).unwrap())
            .collect();
        assert_eq!(
            names(scratch.path()),
            ["0000-zeta-01", "0001-alpha-02", "0002-alpha-02"]
        );
        assert!(made.iter().all(|dir| dir.is_dir()));
    }

    #[test]
    fn json_file_of_another_form_is_not_read() {
        let scratch = TempDir::new().unwrap();
        let path = scratch.path().join(ENDED);
        let done = EndRecord {
            seconds: 1.5,
            code: Some(0),
            signal: None,
            stdout_cut: false,
            leaky: true,
        };
        assert_eq!(read::<EndRecord>(&path), None);
        write(&path, &done).unwrap();
        assert_eq!(read(&path), Some(done));
        assert_eq!(read::<StartRecord>(&path), None);
    }

    #[test]
    fn record_of_an_earlier_version_has_the_log_file() {
        let earlier = r#"{"exe":"/t/a","args":[],"package":"a","libtest":true,"criterion":null}"#;
        let start: StartRecord = serde_json::from_str(earlier).unwrap();
        assert!(start.log);
    }
}

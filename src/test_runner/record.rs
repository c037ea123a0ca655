//! What the test runner writes and the driver reads: one folder per test executable.
//!
//! `NNNN-NAME/`, numbered in the order of starting, with `began.json`, libtest's `log`, `stdout`, `stderr`, and, once the
//! executable has ended, `done.json`. JSON files appear whole (write and rename). Must not know what the results mean.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::store;

/// A larger file of a record is not read.
const LIMIT: u64 = 1 << 28;

/// What the driver tells the runner, in the folder of the records.
pub(crate) const SETTINGS: &str = "settings.json";
/// [`Began`].
pub(crate) const BEGAN: &str = "began.json";
/// [`Done`].
pub(crate) const DONE: &str = "done.json";
/// libtest's `--logfile`: a line per finished test.
pub(crate) const LOG: &str = "log";
/// Head and tail of the standard output.
pub(crate) const STDOUT: &str = "stdout";
/// Head and tail of the standard error.
pub(crate) const STDERR: &str = "stderr";
/// The criterion files that belong to this executable.
pub(crate) const CRITERION: &str = "criterion.json";

/// What the driver tells the runner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// The user's own runner and its arguments; empty for none.
    pub(crate) chain: Vec<String>,
    /// Variables that we changed for cargo, as tests shall see them.
    pub(crate) restore: BTreeMap<String, Option<String>>,
    /// Ask libtest for its log file (not for benches).
    pub(crate) log: bool,
    /// Ask libtest for JSON with durations too. It takes `RUSTC_BOOTSTRAP` in the test process.
    pub(crate) durations: bool,
}

/// A test executable was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Began {
    /// As cargo named it.
    pub(crate) exe: String,
    /// As cargo gave them.
    pub(crate) args: Vec<String>,
    /// `CARGO_PKG_NAME`.
    pub(crate) package: String,
    /// It carries libtest's marker.
    pub(crate) libtest: bool,
    /// Where criterion shall write, when its environment says so.
    pub(crate) criterion: Option<PathBuf>,
}

/// A test executable ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Done {
    /// Wall seconds.
    pub(crate) seconds: f64,
    /// Exit code, when it exited.
    pub(crate) code: Option<i32>,
    /// Signal, when it died of one.
    pub(crate) signal: Option<i32>,
    /// The middle of stdout was dropped.
    pub(crate) stdout_cut: bool,
    /// Something it started still held its output open.
    pub(crate) leaky: bool,
}

/// Makes the folder for one more executable. Numbers follow the order of starting.
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

/// The folders there are, in the order of starting.
pub(crate) fn names(records: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(records) else {
        return Vec::new();
    };
    let is_record = |name: &String| {
        name.split_once('-')
            .is_some_and(|(n, _)| n.parse::<usize>().is_ok())
    };
    let mut names: Vec<String> = entries
        .flatten()
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .filter(is_record)
        .collect();
    names.sort_by_key(|name| {
        name.split_once('-')
            .and_then(|(n, _)| n.parse::<usize>().ok())
    });
    names
}

/// Writes a JSON file that readers see whole or not at all.
pub(crate) fn write(path: &Path, value: &impl Serialize) -> io::Result<()> {
    let staged = path.with_extension("new");
    let mut file = create_file(&staged)?;
    file.write_all(&serde_json::to_vec(value)?)?;
    drop(file);
    fs::rename(staged, path)
}

/// Reads a JSON file; `None` when it is not there (yet) or not as expected.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&bytes(path)?).ok()
}

/// Returns the content of a file of a record; `None` when it is missing or too large to be true.
pub(crate) fn bytes(path: &Path) -> Option<Vec<u8>> {
    store::read_file(path, LIMIT).ok()
}

/// A new file in a folder of ours; never one that is there.
pub(crate) fn create_file(path: &Path) -> io::Result<fs::File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::scratch::Scratch;

    #[test]
    fn folders_are_numbered_in_the_order_of_starting() {
        let scratch = Scratch::new().unwrap();
        write(&scratch.path().join(SETTINGS), &Settings::default()).unwrap();
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
    fn a_value_written_is_read_and_a_torn_one_is_not() {
        let scratch = Scratch::new().unwrap();
        let path = scratch.path().join(DONE);
        let done = Done {
            seconds: 1.5,
            code: Some(0),
            signal: None,
            stdout_cut: false,
            leaky: true,
        };
        assert_eq!(read::<Done>(&path), None);
        write(&path, &done).unwrap();
        assert_eq!(read(&path), Some(done));
        assert_eq!(read::<Began>(&path), None);
    }
}

//! Computes a digest of everything that a test executable or rustdoc is started with. Two equal digests mean that a process
//! cannot tell the two starts apart.
//!
//! The digest covers the file, the arguments, the directory, the environment, the user's own runner and the settings that
//! add arguments. The directory of the records is left out, which has another name in each run.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

use super::record::RunnerSettings;
use crate::store;

/// Variables in which a shell keeps its own state. They change with each command that is typed.
const OF_SHELL: [&str; 3] = ["OLDPWD", "SHLVL", "_"];

/// Stands for the directory of the records.
const RECORDS: &str = "RECORDS";

/// Returns the digest for a program, which this process is about to start.
pub(super) fn digest(
    records: &Path,
    settings: &RunnerSettings,
    program: &Path,
    args: &[OsString],
) -> String {
    let records = records.to_string_lossy();
    let args: Vec<String> = args
        .iter()
        .map(|arg| arg.to_string_lossy().replace(&*records, RECORDS))
        .collect();
    let facts = serde_json::json!({
        "program": program.to_string_lossy(),
        "file": stamp(program),
        "args": args,
        "directory": std::env::current_dir().ok(),
        "environment": environment(settings),
        "chain": settings.chain,
        "log": settings.log,
        "durations": settings.durations,
        "retries": settings.retries,
    });
    store::digest(facts.to_string().as_bytes())
}

/// Returns the size and the time of a file. `None` for a program that is searched for in `PATH`.
fn stamp(program: &Path) -> Option<(u64, u128)> {
    let found = fs::metadata(program).ok()?;
    let modified = found.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some((found.len(), modified.as_nanos()))
}

/// Returns the variables that the process gets.
fn environment(settings: &RunnerSettings) -> BTreeMap<String, String> {
    let mut variables: BTreeMap<String, String> = std::env::vars_os()
        .map(|(name, value)| (lossless(&name), lossless(&value)))
        .collect();
    for (name, value) in &settings.restore {
        match value {
            Some(value) => _ = variables.insert(name.clone(), value.clone()),
            None => _ = variables.remove(name),
        }
    }
    variables.retain(|name, _| !OF_SHELL.contains(&name.as_str()));
    variables
}

/// Returns a text that is equal for equal values only, also if they are not UTF-8.
fn lossless(value: &OsString) -> String {
    match value.to_str() {
        Some(text) => text.to_owned(),
        None => format!("{value:?}"),
    }
}

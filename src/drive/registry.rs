//! Reads the entries that the index of crates.io has of the packages in `Cargo.lock`.
//!
//! Cargo's cache does not say how old it is, since cargo does not write an entry again that is
//! unchanged. So cargo is made to ask the registry first. It writes `config.json` whenever it does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::Drive;
use crate::collector::InputFile;
use crate::decode::{index, lockfile};
use crate::event::Ending;
use crate::git::Git;
use crate::plan::{Database, FileSet, Invocation, RegistryIndex, Step};
use crate::probe::{entries, resolve};
use crate::process::tail::last_lines;
use crate::process::{Captured, capture};
use crate::store;
use crate::workspace::FileRole;

/// Why no entry was read.
pub(super) struct Failure {
    pub(super) ending: Ending,
    /// The reason, if the step was not stopped.
    pub(super) reason: String,
}

impl From<String> for Failure {
    fn from(reason: String) -> Self {
        Self {
            ending: Ending::Exited(1),
            reason,
        }
    }
}

/// Returns the entries of the packages in the lockfile. A package without an entry is left out.
///
/// # Errors
/// If the index is missing, or it is not known how old it is.
pub(super) fn read(
    step: &Step,
    set: &FileSet,
    wanted: &RegistryIndex,
    drive: &Drive<'_>,
) -> Result<Vec<InputFile>, Failure> {
    let lock = read_lockfile(&drive.workspace.root)?;
    let paths: BTreeSet<String> = lockfile::packages(&lock)
        .iter()
        .filter(|package| package.is_from_crates_io())
        .filter_map(|package| index::path(package.name))
        .collect();
    match wanted {
        RegistryIndex::Checkout => {
            let database = set.database.clone().unwrap_or_default();
            Ok(checked_out(&database, &paths, drive)?)
        }
        RegistryIndex::Cache { directory, refresh } => {
            let directory = Path::new(directory);
            let before = times(directory);
            ask_registry(step, refresh, drive)?;
            if read_lockfile(&drive.workspace.root)? != lock {
                let reason = format!("`{}` changed Cargo.lock", refresh.display());
                return Err(reason.into());
            }
            let asked = times(directory).into_iter();
            let asked = asked.filter(|(cache, time)| before.get(cache) != Some(time));
            let cache = cache_of_crates_io(asked.map(|(cache, _)| cache).collect(), &lock)?;
            Ok(cached(&cache, &paths, drive)?)
        }
    }
}

fn read_lockfile(root: &Path) -> Result<String, String> {
    // Cargo would write a missing one.
    store::read_text(&root.join("Cargo.lock"))
        .map_err(|error| format!("Cargo.lock cannot be read: {error}"))
}

/// Returns the entries at the commit of a checkout.
fn checked_out(
    database: &Database,
    paths: &BTreeSet<String>,
    drive: &Drive<'_>,
) -> Result<Vec<InputFile>, String> {
    const CONFIG: &str = "config.json";
    let directory = &database.directory;
    let commit = match (&database.commit, &database.flaw) {
        (Some(commit), _) => commit,
        (None, Some(flaw)) => return Err(flaw.clone()),
        (None, None) => return Err(format!("`{directory}` is not a checkout of an index")),
    };
    let git = Git::at(&resolve(&drive.workspace.root, directory));
    let mut paths = paths.clone();
    paths.insert(CONFIG.to_owned());
    let found = git.files_at(commit, &paths);
    let mut found = found.map_err(|trouble| trouble.to_string())?;
    if found.remove(CONFIG).is_none() {
        return Err(format!(
            "`{directory}` is not a checkout of an index: it has no {CONFIG}"
        ));
    }
    let entries = found.into_iter();
    Ok(entries
        .map(|(path, text)| entry(format!("{directory}/{path}"), &text))
        .collect())
}

/// Makes cargo ask the registries for news of every package in the lockfile.
fn ask_registry(step: &Step, command: &Invocation, drive: &Drive<'_>) -> Result<(), Failure> {
    const SHOWN: usize = 500;
    let limit = step.timeout.unwrap_or_default();
    let Captured { ending, stderr, .. } = capture(command, limit, drive.cancel);
    let reason = match &ending {
        Ending::Exited(0) => return Ok(()),
        Ending::NotStarted(why) => why.clone(),
        Ending::Exited(_) | Ending::Signalled(_) => {
            let text = last_lines(&stderr, SHOWN);
            format!("`{}` failed: {}", command.display(), text.trim())
        }
        Ending::TimedOut | Ending::Interrupted => {
            let reason = String::new();
            return Err(Failure { ending, reason });
        }
    };
    Err(reason.into())
}

/// Returns the caches of sparse registries, with the time at which cargo last asked each registry.
fn times(directory: &Path) -> BTreeMap<PathBuf, Option<SystemTime>> {
    let caches = entries(directory).into_iter();
    let caches = caches.filter_map(|cache| {
        let config = cache.join("config.json").metadata().ok()?;
        Some((cache, config.modified().ok()))
    });
    caches.collect()
}

/// Returns the cache of crates.io, or of the registry that replaces it, among those that cargo just
/// brought up to date.
fn cache_of_crates_io(mut asked: Vec<PathBuf>, lock: &str) -> Result<PathBuf, String> {
    const NAME: &str = "index.crates.io-";
    let is_named = |cache: &PathBuf| {
        let name = cache.file_name().unwrap_or_default();
        name.to_string_lossy().starts_with(NAME)
    };
    if asked.is_empty() {
        return Err("cargo asked no registry, as when it is offline".to_owned());
    }
    let packages = lockfile::packages(lock);
    let mut sources = packages.iter().filter_map(|package| package.source);
    let has_others = sources.any(|source| {
        let is_registry = source.starts_with("registry+") || source.starts_with("sparse+");
        is_registry && !lockfile::CRATES_IO.contains(&source)
    });
    // Another registry may have packages of the same names.
    if has_others || asked.len() > 1 {
        asked.retain(is_named);
    }
    match asked.as_slice() {
        [cache] => Ok(cache.clone()),
        _ => Err("it is not known which of cargo's caches is that of crates.io".to_owned()),
    }
}

/// Returns the entries in a cache of cargo.
fn cached(
    cache: &Path,
    paths: &BTreeSet<String>,
    drive: &Drive<'_>,
) -> Result<Vec<InputFile>, String> {
    let mut found = Vec::new();
    for path in paths {
        let file = cache.join(".cache").join(path);
        if !file.exists() || drive.cancel.is_set() {
            continue;
        }
        let text = store::read_file(&file, store::TEXT_LIMIT)
            .map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
        found.push(entry(file.to_string_lossy().into_owned(), &text));
    }
    Ok(found)
}

fn entry(path: String, text: &[u8]) -> InputFile {
    InputFile {
        path,
        package: String::new(),
        others: Vec::new(),
        role: FileRole::default(),
        text: String::from_utf8_lossy(text).into_owned(),
    }
}

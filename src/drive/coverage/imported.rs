//! Reads which lines were executed from files that another tool wrote.
//!
//! Such a file says nothing about the sources that it was made from. It counts only if it is not
//! older than any source of the members, and if all lines in it exist.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;
use std::time::SystemTime;
use std::{fs, io};

use super::sources::{SourceName, SourceNames};
use crate::decode::coverage::{self, CoverageDocument, NamedExecutions};
use crate::drive::Drive;
use crate::event::{CoverageFile, CoverageFormat, Event, FileExecutions};
use crate::plan::Step;
use crate::store;
use crate::text::excerpt;

/// The largest file that is read, in bytes.
const LIMIT: u64 = 256 << 20;

/// The coverage in some files.
pub(in crate::drive) struct ImportedCoverage {
    pub(in crate::drive) events: Vec<Event>,
    /// The number of files in them that are not sources of members.
    pub(in crate::drive) foreign: u64,
}

/// Reads files that another tool wrote.
///
/// # Errors
/// With the reason, if one of them cannot be read, or does not describe the present sources.
pub(in crate::drive) fn read(
    step: &Step,
    files: &[String],
    drive: &Drive<'_>,
) -> Result<ImportedCoverage, String> {
    let with_tests = !step.setting(FileExecutions::TESTS).is_empty();
    let sources = SourceNames::find(drive, with_tests);
    let newest = newest(&sources);
    let mut imported = ImportedCoverage {
        events: Vec::new(),
        foreign: 0,
    };
    let mut covered = BTreeMap::<String, FileExecutions>::new();
    let mut first: Option<(&String, CoverageFormat)> = None;
    for file in files {
        let document = read_document(&drive.workspace.root, file, newest.as_ref())?;
        let (other, format) = *first.get_or_insert((file, document.format));
        if format != document.format {
            return Err(format!(
                "`{}` is {format}, but `{}` is {}",
                excerpt(other),
                excerpt(file),
                document.format
            ));
        }
        let functions = document
            .files
            .iter()
            .flat_map(|one| &one.executions.functions);
        imported.events.push(Event::Imported(CoverageFile {
            file: file.clone(),
            format,
            has_functions: functions.clone().next().is_some(),
            has_regions: functions.clone().any(|function| function.regions > 0),
        }));
        imported.foreign += add(document, &sources, &mut covered)
            .map_err(|why| format!("`{}` {why}", excerpt(file)))?;
    }
    imported
        .events
        .extend(covered.into_values().map(Event::Coverage));
    Ok(imported)
}

/// Returns the source of a member that was written, renamed or replaced last, and when.
pub(in crate::drive) fn newest_source(drive: &Drive<'_>) -> Option<(SystemTime, String)> {
    newest(&SourceNames::find(drive, true))
}

/// Returns the source that was written, renamed or replaced last, or the directory of sources in which a file appeared or
/// vanished last, and when.
fn newest(sources: &SourceNames<'_>) -> Option<(SystemTime, String)> {
    let written = sources.files().filter_map(|(path, name)| {
        let found = fs::metadata(path).ok()?;
        Some((changed(&found).ok()?, name.to_owned()))
    });
    let directories = sources.directories().into_iter().filter_map(|name| {
        let found = fs::metadata(sources.root().join(&name)).ok()?;
        Some((found.modified().ok()?, name))
    });
    written.chain(directories).max()
}

/// Returns when a file or its name changed last. A file that is moved to its place keeps its modification time.
fn changed(found: &fs::Metadata) -> io::Result<SystemTime> {
    let modified = found.modified()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        use std::time::Duration;
        let seconds = u64::try_from(found.ctime()).unwrap_or_default();
        let nanoseconds = u64::try_from(found.ctime_nsec()).unwrap_or_default();
        let status = Duration::from_secs(seconds) + Duration::from_nanos(nanoseconds);
        Ok(modified.max(SystemTime::UNIX_EPOCH + status))
    }
    #[cfg(not(unix))]
    Ok(modified)
}

/// Reads a file that is not older than the newest source.
fn read_document(
    root: &Path,
    file: &str,
    newest: Option<&(SystemTime, String)>,
) -> Result<CoverageDocument, String> {
    let path = root.join(file);
    // If the file is replaced before it is read, it is newer than this time.
    let written = fs::metadata(&path).and_then(|found| found.modified());
    if let (Ok(written), Some((time, source))) = (&written, newest)
        && time > written
    {
        let [file, source] = [file, source].map(excerpt);
        return Err(format!("`{file}` is older than `{source}`"));
    }
    let bytes = written.and_then(|_| store::read_file(&path, LIMIT));
    let text = bytes
        .map_err(|error| error.to_string())
        .and_then(|bytes| String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned()));
    let document = text.and_then(|text| coverage::document(&text));
    document.map_err(|error| format!("`{}`: {}", excerpt(file), excerpt(&error)))
}

/// Adds the files of a document that are sources of members. Returns the number of the others.
fn add(
    document: CoverageDocument,
    sources: &SourceNames<'_>,
    covered: &mut BTreeMap<String, FileExecutions>,
) -> Result<u64, String> {
    let mut foreign = 0;
    let mut unknown = None;
    let mut has_source = false;
    for NamedExecutions { paths, executions } in document.files {
        let Some(SourceName { file, linked }) = name(&paths, sources)? else {
            foreign += 1;
            unknown.get_or_insert(executions.file);
            continue;
        };
        has_source = true;
        check_lines(&executions, &file, sources)?;
        let executions = FileExecutions {
            file: file.clone(),
            linked,
            ..executions
        };
        match covered.entry(file) {
            Entry::Occupied(mut known) => known.get_mut().merge(executions),
            Entry::Vacant(place) => _ = place.insert(executions),
        }
    }
    match unknown {
        _ if has_source => Ok(foreign),
        Some(file) => Err(format!(
            "names no source file of the workspace, but `{}`",
            excerpt(&file)
        )),
        None => Err("names no file".to_owned()),
    }
}

/// Returns the name of the source at one of these paths.
fn name(paths: &[String], sources: &SourceNames<'_>) -> Result<Option<SourceName>, String> {
    let mut unknown = None;
    for path in paths {
        // Files that were written on Windows have other separators.
        for path in [path.clone(), path.replace('\\', "/")] {
            match sources.name_of(&path) {
                Ok(Some(name)) => return Ok(Some(name)),
                Ok(None) => {}
                Err(why) => unknown = Some(why),
            }
        }
    }
    unknown.map_or(Ok(None), |why| {
        Err(format!("does not fit the sources: {why}"))
    })
}

/// Checks that a source has the lines that were counted in it.
fn check_lines(
    executions: &FileExecutions,
    file: &str,
    sources: &SourceNames<'_>,
) -> Result<(), String> {
    let text = store::read_file(&sources.root().join(file), store::TEXT_LIMIT).unwrap_or_default();
    let lines = String::from_utf8_lossy(&text).lines().count();
    let functions = executions.functions.iter().map(|function| function.line);
    let sets = [&executions.executed, &executions.missed].into_iter();
    let last = sets
        .filter_map(|set| set.last())
        .chain(functions)
        .max()
        .unwrap_or(0);
    if last as usize > lines {
        return Err(format!(
            "has line {last} of `{}`, which has {lines}",
            excerpt(file)
        ));
    }
    Ok(())
}

//! Reads the summaries that gungraun wrote when its benchmarks ran.
//!
//! A summary says nothing about the sources that were compiled. It counts only if its benchmark began
//! after every source, manifest and lockfile was written.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use super::Drive;
use super::coverage::newest_source;
use crate::decode::gungraun;
use crate::event::{Event, FileCounts, Problem};
use crate::probe::{entries, relative, resolve};
use crate::store;
use crate::text::excerpt;

const NAME: &str = "summary.json";

/// Number of directory levels that are searched. Gungraun uses fewer.
const DEPTH: usize = 8;

/// Returns the counts of the summaries below some directories, and the problem of each that does not
/// count.
///
/// # Errors
/// If a directory has none, or one cannot be read; as a fragment.
pub(super) fn read(paths: &[String], drive: &Drive<'_>) -> Result<Vec<Event>, String> {
    let root = &drive.workspace.root;
    let newest = newest(drive);
    let mut events = BTreeMap::new();
    for path in paths {
        let mut files = Vec::new();
        find(&resolve(root, path), DEPTH, &mut files);
        if files.is_empty() {
            return Err(format!("`{}` has no {NAME}", excerpt(path)));
        }
        for file in files {
            let name = relative(root, Path::new(&file));
            let text = store::read_text(Path::new(&file))
                .map_err(|error| format!("`{}`: {error}", excerpt(&name)))?;
            let summary = gungraun::summary(&text);
            let summary = summary.map_err(|why| format!("`{}`: {why}", excerpt(&name)))?;
            let key = summary.name.clone();
            let event = event(&name, Path::new(&file), summary, newest.as_ref());
            if events.insert(key.clone(), event).is_some() {
                return Err(format!("several summaries are about `{}`", excerpt(&key)));
            }
        }
    }
    Ok(events.into_values().collect())
}

/// Adds the summaries in a directory, or the path itself if it is one.
fn find(path: &Path, depth: usize, found: &mut Vec<String>) {
    if path.is_file() && path.file_name().is_some_and(|name| name == NAME) {
        found.push(path.to_string_lossy().into_owned());
    } else if path.is_dir() && depth > 0 {
        let mut below = entries(path);
        below.sort();
        for entry in below {
            find(&entry, depth - 1, found);
        }
    }
}

/// Returns the newest file from which the benchmarks are compiled, and when it was written.
fn newest(drive: &Drive<'_>) -> Option<(SystemTime, String)> {
    let root = &drive.workspace.root;
    let members = drive.workspace.members.iter();
    let directories = members.map(|member| root.join(&member.dir));
    let manifests = directories.map(|directory| directory.join("Cargo.toml"));
    let mut files: Vec<_> = manifests.collect();
    files.extend(["Cargo.toml", "Cargo.lock"].map(|name| root.join(name)));
    let written = files.iter().filter_map(|file| {
        let time = fs::metadata(file).and_then(|found| found.modified()).ok()?;
        Some((time, relative(root, file)))
    });
    written.chain(newest_source(drive)).max()
}

fn event(
    name: &str,
    file: &Path,
    summary: gungraun::BenchmarkSummary,
    newest: Option<&(SystemTime, String)>,
) -> Event {
    let written = fs::metadata(file).and_then(|found| found.modified()).ok();
    // The benchmark may have been compiled before an edit that was made while it ran.
    let started = summary.started.map(|time| SystemTime::UNIX_EPOCH + time);
    let measured = [written, started].into_iter().flatten().min();
    if let (Some(measured), Some((time, source))) = (measured, newest)
        && *time > measured
    {
        return Event::Problem(Problem {
            file: name.to_owned(),
            text: summary.name,
            rule: "stale".to_owned(),
            message: format!("`{}` is older than `{}`", excerpt(name), excerpt(source)),
            ..Problem::default()
        });
    }
    let counted = format!("{} {}", summary.tool, summary.name);
    Event::Counted(FileCounts {
        package: String::new(),
        others: Vec::new(),
        file: name.to_owned(),
        counts: [(counted.into(), summary.instructions)].into(),
    })
}

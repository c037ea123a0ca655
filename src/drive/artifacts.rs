//! Reads the files that a step built, for collectors that count something in them.

use std::path::Path;

use super::Drive;
use crate::collector::{self, ArtifactReader};
use crate::event::{Artifact, Event, FileCounts, Problem};
use crate::plan::Step;
use crate::probe::{normalize, relative};
use crate::store;

/// Returns the counts of the files that the step's collector reads. A file that could not be read is a
/// problem.
pub(super) fn counted(step: &Step, units: &[Artifact], drive: &Drive<'_>) -> Vec<Event> {
    let reader = step.serves.first().map(collector::of);
    let Some(reader) = reader.and_then(|definition| definition.artifacts) else {
        return Vec::new();
    };
    let root = &drive.workspace.root;
    let files = units.iter().flat_map(|unit| {
        let wanted = unit.files.iter().filter(|file| (reader.wants)(unit, file));
        wanted.map(move |file| (unit, normalize(root, file)))
    });
    files
        .map(|(unit, path)| event(reader, unit, &path, relative(root, &path)))
        .collect()
}

fn event(reader: ArtifactReader, unit: &Artifact, path: &Path, file: String) -> Event {
    let opened = store::open_file(path).map_err(|error| error.to_string());
    match opened.and_then(|mut opened| (reader.read)(&mut opened)) {
        Ok(counts) => Event::Counted(FileCounts {
            package: unit.package.clone(),
            others: Vec::new(),
            file,
            counts,
        }),
        Err(message) => Event::Problem(Problem {
            file,
            rule: ArtifactReader::UNREADABLE.to_owned(),
            message,
            ..Problem::default()
        }),
    }
}

//! Lists runs, the last recorded first, without reading them completely.
//!
//! The names of the files are authoritative. `index/heads.jsonl` contains first lines of run files, each
//! verified by its own digest, in any order, possibly repeated, possibly of runs that were removed.
//! Without it a listing is only slower.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, BufReader, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::file::{self, Links};
use super::order::Place;
use super::record::{self, Flaw, Head};
use super::{Damage, Store};
use crate::run::RunId;

/// The index's name in `index/`.
pub(super) const INDEX: &str = "heads.jsonl";

/// The number of heads that are read from their files before the index is read.
const DIRECT: usize = 512;

/// The longest first line, in bytes.
const LINE_LIMIT: u64 = 1 << 20;

/// An iterator over the heads of all runs, the last recorded first. Heads are read on demand.
pub struct Heads<'a> {
    store: &'a Store,
    /// The remaining runs, the last recorded last.
    places: Vec<Place>,
    /// Heads that were read to determine their places.
    read: HashMap<RunId, Head>,
    /// The number of heads that will still be read from their files before the index is used.
    direct: usize,
    index: Option<Index>,
    /// First lines that are missing in the index.
    missing: Vec<Vec<u8>>,
}

impl Store {
    /// Lists the runs, the last recorded first.
    pub fn heads(&self) -> Heads<'_> {
        self.heads_indexed_after(DIRECT)
    }

    /// Lists the runs. The index is used for all but the first `direct` ones.
    pub(super) fn heads_indexed_after(&self, direct: usize) -> Heads<'_> {
        let (places, read) = (Vec::new(), HashMap::new());
        let mut heads = Heads {
            store: self,
            places,
            read,
            direct,
            index: None,
            missing: Vec::new(),
        };
        heads.order();
        heads
    }

    /// Adds first lines to the index. Errors are ignored, because it is only a cache.
    pub(super) fn remember(&self, lines: &[impl AsRef<[u8]>]) {
        let bytes: Vec<u8> = lines
            .iter()
            .flat_map(|line| line.as_ref())
            .copied()
            .collect();
        self.append_to_cache(INDEX, &bytes);
    }
}

impl Iterator for Heads<'_> {
    type Item = Head;

    fn next(&mut self) -> Option<Head> {
        while let Some(Place { id, .. }) = self.places.pop() {
            let head = self.read.remove(&id).or_else(|| self.head(&id));
            if head.is_some() {
                return head;
            }
        }
        self.keep();
        None
    }
}

impl Heads<'_> {
    /// Sorts the runs. Only runs with an unknown place are read.
    fn order(&mut self) {
        let mut known = self.store.places();
        let mut added = Vec::new();
        for id in self.store.ids() {
            if let Some(place) = known.remove(&id) {
                self.places.push(place);
            } else if let Some(head) = self.head(&id) {
                added.push(Place::of(&head));
                self.read.insert(id, head);
            }
        }
        self.store.remember_places(&added);
        self.places.extend(added);
        self.places.sort_unstable();
    }

    /// Returns the head of a run from the index or from its file.
    fn head(&mut self, id: &RunId) -> Option<Head> {
        if self.direct > 0 {
            self.direct -= 1;
            return self.read(id).map(|(head, _)| head);
        }
        let index = self.index.get_or_insert_with(|| Index::load(self.store));
        if let Some(head) = index.get(id) {
            return Some(head);
        }
        let (head, line) = self.read(id)?;
        self.missing.push(line);
        Some(head)
    }

    /// Reads the first line of a run file. Unreadable files are noted in the store and skipped.
    fn read(&self, id: &RunId) -> Option<(Head, Vec<u8>)> {
        let path = self.store.path(id)?;
        let line = match file::is_below(self.store.dir(), &path).and_then(|()| first_line(&path)) {
            Ok(line) => line,
            // The run was pruned after the listing.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                self.store.note(Damage::unreadable(&path, &error));
                return None;
            }
        };
        let misnamed =
            |head: &Head| Flaw::Damaged(format!("its name does not fit its content ({})", head.id));
        let head = record::decode_head(&line).and_then(|head| {
            // A copy with another name would count as a second run.
            if head.id == *id {
                Ok(head)
            } else {
                Err(misnamed(&head))
            }
        });
        match head {
            Ok(head) => Some((head, line)),
            Err(flaw) => {
                self.store.flawed(path, flaw);
                None
            }
        }
    }

    /// Adds the missing lines to the index after a complete listing.
    fn keep(&mut self) {
        if !self.missing.is_empty() {
            self.store.remember(&std::mem::take(&mut self.missing));
        }
    }
}

/// The index in memory: lines by the first eight digits of their digest, which are the end of a run's
/// id.
struct Index {
    bytes: Vec<u8>,
    lines: HashMap<[u8; 8], Range<usize>>,
}

impl Index {
    fn load(store: &Store) -> Self {
        let bytes = store.cached(INDEX).unwrap_or_default();
        let mut lines = HashMap::new();
        let mut start = 0;
        for line in bytes.split_inclusive(|&b| b == b'\n') {
            let range = start..start + line.len();
            start = range.end;
            if let Some(key) = record::digest_of(line).and_then(|hash| hash.first_chunk()) {
                lines.insert(*key, range);
            }
        }
        Self { bytes, lines }
    }

    fn get(&self, id: &RunId) -> Option<Head> {
        let line = self.lines.get(id.0.as_bytes().last_chunk()?)?;
        record::decode_head(self.bytes.get(line.clone())?)
            .ok()
            .filter(|head| head.id == *id)
    }
}

fn first_line(path: &Path) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    let file = file::open(path, OpenOptions::new().read(true), Links::Refused)?;
    BufReader::new(file.take(LINE_LIMIT)).read_until(b'\n', &mut line)?;
    Ok(line)
}

/// Returns the directories of months, oldest first. Links are not followed.
pub(super) fn months(runs: &Path) -> Vec<PathBuf> {
    let mut months: Vec<_> = numbered(runs, 4)
        .iter()
        .flat_map(|year| numbered(year, 2))
        .collect();
    months.sort_unstable();
    months
}

/// Returns the directories whose names have this number of digits.
fn numbered(dir: &Path, digits: usize) -> Vec<PathBuf> {
    if !file::is_directory(dir) {
        return Vec::new();
    }
    names(dir)
        .filter(|name| name.len() == digits && name.bytes().all(|b| b.is_ascii_digit()))
        .map(|name| dir.join(name))
        .filter(|path| file::is_directory(path))
        .collect()
}

/// Returns the ids of the runs in the directory of a month, in any order. Runs of another month are
/// skipped.
pub(super) fn ids(month: &Path) -> Vec<RunId> {
    let parts = [month.parent(), Some(month)];
    let parts = parts.map(|path| path.and_then(Path::file_name).unwrap_or_default());
    let prefix = parts.map(|part| part.to_string_lossy()).concat();
    names(month)
        .filter(|name| name.starts_with(&prefix))
        .filter_map(|mut name| {
            name.truncate(name.strip_suffix(".json")?.len());
            let id = RunId(name);
            record::month(&id).is_some().then_some(id)
        })
        .collect()
}

/// Returns the names in a directory. Empty if it is unreadable.
pub(super) fn names(dir: &Path) -> impl Iterator<Item = String> + use<> {
    fs::read_dir(dir)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
}

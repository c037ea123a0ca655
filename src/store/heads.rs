//! Listing runs, the last recorded first, without reading them whole.
//!
//! The names of the files are the truth. `index/heads.jsonl` holds first lines of run files, each believed by its own
//! digest, in any order, maybe more than once, maybe of runs that are gone; without it a listing is only slower.

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

/// So many heads are read from their files before the index is worth its reading.
const DIRECT: usize = 512;

/// A first line longer than this is not one.
const LINE_LIMIT: u64 = 1 << 20;

/// Heads of all runs, the last recorded first; reads as it goes.
pub struct Heads<'a> {
    store: &'a Store,
    /// The runs that are still to come, the last recorded last.
    places: Vec<Place>,
    /// Heads that were read to find their places.
    read: HashMap<RunId, Head>,
    /// So many will still be read from their files before the index is asked.
    direct: usize,
    index: Option<Index>,
    /// First lines that the index lacks.
    lacking: Vec<Vec<u8>>,
}

impl Store {
    /// Lists the runs, the last recorded first.
    pub fn heads(&self) -> Heads<'_> {
        self.heads_indexed_after(DIRECT)
    }

    /// Lists the runs; all but the first so many with the help of the index.
    pub(super) fn heads_indexed_after(&self, direct: usize) -> Heads<'_> {
        let (places, read) = (Vec::new(), HashMap::new());
        let mut heads = Heads {
            store: self,
            places,
            read,
            direct,
            index: None,
            lacking: Vec::new(),
        };
        heads.order();
        heads
    }

    /// Adds first lines to the index. It is only a cache: failing is nothing.
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
    /// Puts all runs in order. Only those whose place is not known yet are read.
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

    /// The head of one run, from the index or from its file.
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
        self.lacking.push(line);
        Some(head)
    }

    /// Reads a run file's first line. What cannot be read is noted in the store and passed over.
    fn read(&self, id: &RunId) -> Option<(Head, Vec<u8>)> {
        let path = self.store.path(id)?;
        let line = match file::is_below(self.store.dir(), &path).and_then(|()| first_line(&path)) {
            Ok(line) => line,
            // Pruned between the listing and now.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                self.store.note(Damage::unreadable(&path, &error));
                return None;
            }
        };
        let misnamed =
            |head: &Head| Flaw::Damaged(format!("its name does not fit its content ({})", head.id));
        let head = record::decode_head(&line).and_then(|head| {
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

    /// After a whole listing: the index learns what it lacked.
    fn keep(&mut self) {
        if !self.lacking.is_empty() {
            self.store.remember(&std::mem::take(&mut self.lacking));
        }
    }
}

/// The index in memory: lines by the first eight digits of their digest, which end a run's id.
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

/// The month folders, oldest first. Links are not followed.
pub(super) fn months(runs: &Path) -> Vec<PathBuf> {
    let mut months: Vec<_> = numbered(runs, 4)
        .iter()
        .flat_map(|year| numbered(year, 2))
        .collect();
    months.sort_unstable();
    months
}

/// Entries whose names are so many digits.
fn numbered(dir: &Path, digits: usize) -> Vec<PathBuf> {
    let right = |name: &str| name.len() == digits && name.bytes().all(|b| b.is_ascii_digit());
    let is_directory = |path: &Path| fs::symlink_metadata(path).is_ok_and(|found| found.is_dir());
    if !is_directory(dir) {
        return Vec::new();
    }
    names(dir)
        .filter(|name| right(name))
        .map(|name| dir.join(name))
        .filter(|path| is_directory(path))
        .collect()
}

/// The ids of the runs in a month's folder, in no order. A run of another month does not count.
pub(super) fn ids(month: &Path) -> Vec<RunId> {
    let part = |path: Option<&Path>| {
        path.and_then(Path::file_name)
            .map(|name| name.to_string_lossy().into_owned())
    };
    let prefix = [part(month.parent()), part(Some(month))]
        .map(Option::unwrap_or_default)
        .concat();
    names(month)
        .filter(|name| name.starts_with(&prefix))
        .filter_map(|mut name| {
            name.truncate(name.strip_suffix(".json")?.len());
            let id = RunId(name);
            record::month(&id).is_some().then_some(id)
        })
        .collect()
}

/// The names in a folder; none when it cannot be read.
pub(super) fn names(dir: &Path) -> impl Iterator<Item = String> + use<> {
    fs::read_dir(dir)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
}

//! The order in which runs were recorded.
//!
//! The sequence of a run decides, because the clock may have been wrong. `index/order` contains the
//! place of every run, one line each with a checksum, so that listing the newest runs does not read
//! all of them. Missing places are read from the run files.

use std::collections::HashMap;

use super::record::{self, Head};
use super::{RunId, Store};

/// The cache's name in `index/`.
pub(super) const ORDER: &str = "order";

/// The place of a run among all runs. The run with the greatest place was recorded last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// See [`crate::run::Run::sequence`]. Runs of two merged stores may have the same.
    sequence: u64,
    /// Whether the run has flaws. Of two runs with the same sequence, the flawed one counts as newer,
    /// so that it is not hidden.
    flawed: bool,
    pub(super) id: RunId,
}

impl Place {
    pub(super) fn of(head: &Head) -> Self {
        Self {
            sequence: head.sequence,
            flawed: !head.complete,
            id: head.id.clone(),
        }
    }

    /// Returns the line of the cache, with its newline.
    fn line(&self) -> String {
        let content = format!("{} {} {}", self.id, self.sequence, u8::from(self.flawed));
        let sum = record::sha256(content.as_bytes());
        format!("{content} {}\n", &sum[..8])
    }

    /// Reads a line of the cache. Returns `None` if its checksum does not match.
    fn parse(line: &str) -> Option<Self> {
        let (content, sum) = line.rsplit_once(' ')?;
        let mut words = content.split(' ');
        let id = RunId(words.next()?.to_owned());
        let place = Self {
            id,
            sequence: words.next()?.parse().ok()?,
            flawed: words.next()? == "1",
        };
        (words.next().is_none() && sum == &record::sha256(content.as_bytes())[..8]).then_some(place)
    }
}

impl Store {
    /// Returns the places in the cache. Some may be of runs that were removed.
    pub(super) fn places(&self) -> HashMap<RunId, Place> {
        let bytes = self.cached(ORDER).unwrap_or_default();
        let places = bytes
            .split(|byte| *byte == b'\n')
            .filter_map(|line| Place::parse(std::str::from_utf8(line).ok()?));
        places.map(|place| (place.id.clone(), place)).collect()
    }

    /// Adds places to the cache.
    pub(super) fn remember_places<'a>(&self, places: impl IntoIterator<Item = &'a Place>) {
        let lines: String = places.into_iter().map(Place::line).collect();
        if !lines.is_empty() {
            self.append_to_cache(ORDER, lines.as_bytes());
        }
    }
}

//! The digests of reports that were written for the user. Such files may lie among the sources but do
//! not count as sources.

use std::collections::BTreeSet;

use super::{Store, digest};

/// The cache's name.
const INDEX: &str = "reports";

/// The number of remembered reports. An older one that still exists counts as a source again.
const KEPT: usize = 200;

impl Store {
    /// Remembers a report. If this fails, the file counts as a source.
    pub fn note_report(&self, content: &[u8]) {
        let noted = digest(content);
        let mut digests = self.noted();
        digests.retain(|known| *known != noted);
        digests.push(noted);
        let newest = &digests[digests.len().saturating_sub(KEPT)..];
        let _ = self.cache(INDEX, newest.join("\n").as_bytes());
    }

    /// Returns the SHA-256 of each remembered report in hexadecimal.
    pub fn reports(&self) -> BTreeSet<String> {
        self.noted().into_iter().collect()
    }

    /// Reads the digests, oldest first.
    fn noted(&self) -> Vec<String> {
        let bytes = self.cached(INDEX).unwrap_or_default();
        String::from_utf8_lossy(&bytes)
            .lines()
            .map(str::to_owned)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Scratch;

    #[test]
    fn the_newest_reports_are_remembered_each_once() {
        let scratch = Scratch::new();
        let store = Store::open(scratch.path());
        store.note_report(b"no folder yet");
        assert!(store.reports().is_empty(), "a report makes no campaign");
        store.create().unwrap();
        for number in 0..=KEPT {
            store.note_report(format!("{number}").as_bytes());
            store.note_report(b"again");
        }
        let reports = store.reports();
        assert_eq!(reports.len(), KEPT);
        for (content, known) in [("again", true), ("200", true), ("2", true), ("1", false)] {
            assert_eq!(
                reports.contains(&digest(content.as_bytes())),
                known,
                "{content}"
            );
        }
    }
}

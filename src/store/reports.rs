//! The digests of reports that were written for the user. Such files may lie among the sources but do
//! not count as sources.

use std::collections::{BTreeMap, BTreeSet};

use super::{Store, digest};

/// The cache's name.
const INDEX: &str = "reports";

/// The name of the cache of documents.
const DOCUMENTS: &str = "documents";

/// The number of remembered reports. An older one that still exists counts as a source again.
const KEPT: usize = 1000;

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

    /// Remembers that a document of the team was updated: the new content counts as the one before it, because only generated
    /// text differs. If this fails, results become stale.
    pub fn note_document(&self, before: &[u8], after: &[u8]) {
        let before = digest(before);
        let mut known = self.documents();
        let counted = known.remove(&before).unwrap_or(before);
        let noted = (digest(after), counted);
        if noted.0 == noted.1 {
            return;
        }
        let bytes = self.cached(DOCUMENTS).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let mut lines: Vec<&str> = text.lines().collect();
        let line = format!("{} {}", noted.0, noted.1);
        lines.retain(|known| *known != line);
        lines.push(&line);
        let newest = &lines[lines.len().saturating_sub(KEPT)..];
        let _ = self.cache(DOCUMENTS, newest.join("\n").as_bytes());
    }

    /// Returns the SHA-256 of each remembered document, and of the content that it counts as, in hexadecimal.
    pub fn documents(&self) -> BTreeMap<String, String> {
        let bytes = self.cached(DOCUMENTS).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let pairs = text.lines().filter_map(|line| line.split_once(' '));
        pairs
            .map(|(content, counted)| (content.to_owned(), counted.to_owned()))
            .collect()
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
    fn document_counts_as_the_content_before_its_updates() {
        let scratch = Scratch::new();
        let store = Store::open(scratch.path());
        store.create().unwrap();
        for (before, after) in [("a", "b"), ("b", "c"), ("c", "b"), ("x", "x"), ("b", "a")] {
            store.note_document(before.as_bytes(), after.as_bytes());
        }
        let digest = |text: &str| digest(text.as_bytes());
        let expected = [("b", "a"), ("c", "a")];
        let expected = expected.map(|(of, as_)| (digest(of), digest(as_)));
        assert_eq!(store.documents(), expected.into());
    }

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

//! What a changelog says already: by number, by commit, or in the same words.

use std::collections::HashSet;

use super::document::Document;
use super::outline::Kind;

/// Digits of an id of a commit.
const SHORTEST: usize = 7;
/// As above, with SHA-256.
const LONGEST: usize = 64;

/// What a part of a changelog mentions.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    numbers: HashSet<u64>,
    /// Beginnings of ids, at least [`SHORTEST`] digits.
    commits: HashSet<String>,
    /// Entries as [`words`].
    entries: HashSet<String>,
}

impl Said {
    /// Reads rows of a changelog.
    pub(super) fn read(doc: &Document<'_>, rows: std::ops::Range<usize>) -> Self {
        let mut said = Self::default();
        let mut entry = String::new();
        for at in rows {
            let (row, line) = (doc.row(at), doc.line(at));
            said.mentions(line);
            if row.kind == Kind::Item || !matches!(row.kind, Kind::Text) {
                said.entries.insert(words(&entry));
                entry.clear();
            }
            if matches!(row.kind, Kind::Item | Kind::Text) {
                entry.push_str(line);
                entry.push(' ');
            }
        }
        said.entries.insert(words(&entry));
        said
    }

    /// Numbers and ids of commits in a line.
    fn mentions(&mut self, line: &str) {
        let signs = [
            ("#", true),
            ("/pull/", false),
            ("/issues/", false),
            ("/merge_requests/", false),
        ];
        for (sign, short) in signs {
            for (at, _) in line.match_indices(sign) {
                let digits = &line[at + sign.len()..];
                let digits = &digits[..digits
                    .find(|c: char| !c.is_ascii_digit())
                    .unwrap_or(digits.len())];
                // `owner/repository#12` is another project's.
                let foreign = short
                    && line[..at]
                        .ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '/'));
                if let Some(number) = digits.parse().ok().filter(|_| !foreign) {
                    self.numbers.insert(number);
                }
            }
        }
        let ids = line.split(|c: char| !c.is_ascii_alphanumeric());
        let is_id = |word: &&str| {
            (SHORTEST..=LONGEST).contains(&word.len())
                && word.bytes().all(|b| b.is_ascii_hexdigit())
        };
        self.commits
            .extend(ids.filter(is_id).map(str::to_ascii_lowercase));
    }

    pub(super) fn number(&self, number: u64) -> bool {
        self.numbers.contains(&number)
    }

    pub(super) fn commit(&self, id: &str) -> bool {
        (SHORTEST..=LONGEST)
            .filter_map(|length| id.get(..length))
            .any(|start| self.commits.contains(start))
    }

    /// Is this an entry, whatever the marks, the case and the references?
    pub(super) fn entry(&self, text: &str) -> bool {
        let words = words(text);
        !words.is_empty() && self.entries.contains(&words)
    }

    pub(super) fn add(&mut self, text: &str) {
        self.entries.insert(words(text));
    }
}

/// The words of an entry in lower case, without marks, targets of links, references in brackets and the word that marks
/// what breaks.
pub(super) fn words(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('(') {
        let close = rest[open..]
            .find(')')
            .map_or(rest.len(), |at| open + at + 1);
        kept.push_str(&rest[..open]);
        let inner = &rest[open..close];
        if !(rest[..open].ends_with(']') || is_reference(inner)) {
            kept.push_str(inner);
        } else {
            kept.push(' ');
        }
        rest = &rest[close..];
    }
    kept.push_str(rest);
    let lower = kept.to_lowercase();
    let words = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words
        .skip_while(|word| *word == "breaking")
        .collect::<Vec<_>>()
        .join(" ")
}

/// `(#12)`, `([#12](..`, `(abcdef1)`.
fn is_reference(bracket: &str) -> bool {
    let inner = bracket.trim_matches(|c: char| matches!(c, '(' | ')' | '[' | ']' | ' ' | '`'));
    let id = (7..=40).contains(&inner.len()) && inner.bytes().all(|b| b.is_ascii_hexdigit());
    id || inner
        .strip_prefix('#')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_known_by_its_words() {
        let text = "- **Breaking:** The `a_b` flag\n  is [gone](https://x/y) ([#12](https://h/pull/12)).\n* Other (abcdef1)\n";
        let doc = Document::read(text);
        let said = Said::read(&doc, 0..3);
        for known in [
            "the a_b flag is gone",
            "The `a\\_b` flag is gone.",
            "other",
            "Breaking: other (#99)",
        ] {
            assert!(said.entry(known), "{known}");
        }
        assert!(!said.entry("the flag is gone") && !said.entry(""));
        assert!(said.number(12) && !said.number(1));
        assert!(said.commit("abcdef1234567890") && !said.commit("abcdef9234567890"));
    }

    #[test]
    fn numbers_of_other_projects_are_not_ours() {
        for (text, known) in [
            ("- x #12", true),
            ("- x (#12)", true),
            ("- [#12]: y", true),
            ("- https://h/o/r/pull/12", true),
            ("- https://h/o/r/issues/12#issuecomment-3", true),
            ("- o/r#12", false),
            ("- #123", false),
            ("- 12", false),
        ] {
            let doc = Document::read(text);
            assert_eq!(Said::read(&doc, 0..1).number(12), known, "{text}");
        }
    }
}

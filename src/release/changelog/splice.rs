//! Edits of a text by byte ranges. Everything around them stays the same.

use std::ops::Range;

/// New text for a range of bytes; an insertion if the range is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Splice {
    pub(super) at: Range<usize>,
    pub(super) with: String,
}

impl Splice {
    pub(super) fn insert(at: usize, with: impl Into<String>) -> Self {
        Self {
            at: at..at,
            with: with.into(),
        }
    }

    pub(super) fn replace(at: Range<usize>, with: impl Into<String>) -> Self {
        Self {
            at,
            with: with.into(),
        }
    }
}

/// Applies splices to a text. Those at the same position keep their order; one that overlaps an
/// earlier one is skipped.
pub(super) fn apply(text: &str, mut splices: Vec<Splice>) -> String {
    splices.sort_by_key(|splice| (splice.at.start, splice.at.end));
    let mut result =
        String::with_capacity(text.len() + splices.iter().map(|s| s.with.len()).sum::<usize>());
    let mut done = 0;
    for splice in splices.iter().filter(|splice| splice.at.end <= text.len()) {
        if splice.at.start >= done {
            result.push_str(&text[done..splice.at.start]);
            result.push_str(&splice.with);
            done = splice.at.end;
        }
    }
    result.push_str(&text[done..]);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_around_stays() {
        let splices = vec![
            Splice::replace(4..5, "E"),
            Splice::insert(2, "1"),
            Splice::insert(2, "2"),
            Splice::replace(4..6, "overlaps"),
        ];
        assert_eq!(apply("abcdef", splices), "ab12cdEf");
        assert_eq!(apply("a\r\n\u{feff}", Vec::new()), "a\r\n\u{feff}");
    }
}

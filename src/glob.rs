//! Glob patterns with one wildcard, for names of metrics, gates and packages and for paths.

/// Returns whether a pattern matches a text.
///
/// `*` matches one or more characters, including `.` and `/`. Every other character matches itself.
pub fn matches(pattern: &str, text: &str) -> bool {
    match_pieces(pattern, text).unwrap_or(false)
}

/// Matches the text between the stars of a pattern. Returns `None` if a piece is not found.
///
/// The first occurrence of each piece is used, because it leaves the most text for the following
/// pieces. Therefore nothing is tried twice, and the time does not depend on the number of stars.
fn match_pieces(pattern: &str, text: &str) -> Option<bool> {
    let mut pieces = pattern.split('*');
    let mut rest = text.strip_prefix(pieces.next()?)?;
    let Some(last) = pieces.next_back() else {
        return Some(rest.is_empty());
    };
    for piece in pieces {
        let following = without_first(rest)?;
        rest = &following[following.find(piece)? + piece.len()..];
    }
    Some(without_first(rest)?.ends_with(last))
}

/// Returns whether some text matches both patterns.
///
/// The time is proportional to the product of the lengths.
pub fn overlap(one: &str, other: &str) -> bool {
    let (one, other) = (tokens(one), tokens(other));
    // `reached[j]` is whether the first tokens of `one` and the first `j` of `other` can match the
    // same text.
    let mut reached: Vec<bool> = vec![false; other.len() + 1];
    reached[0] = true;
    for j in 0..other.len() {
        reached[j + 1] = reached[j] && other[j] == PatternPart::Rest;
    }
    for token in one {
        let mut next = vec![false; other.len() + 1];
        next[0] = reached[0] && token == PatternPart::Rest;
        for (j, facing) in other.iter().enumerate() {
            let both = reached[j] && token.agrees(*facing);
            // A `Rest` on either side matches nothing, or the next token of the other side.
            let is_rest = token == PatternPart::Rest || *facing == PatternPart::Rest;
            next[j + 1] = both || is_rest && (reached[j + 1] || next[j]);
        }
        reached = next;
    }
    reached[other.len()]
}

/// A part of a pattern. A `*` is one character and the rest.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PatternPart {
    Char(char),
    AnyChar,
    /// Any number of characters.
    Rest,
}

impl PatternPart {
    /// Returns whether one character can match both.
    fn agrees(self, other: Self) -> bool {
        match (self, other) {
            (Self::Char(one), Self::Char(other)) => one == other,
            (Self::Rest, _) | (_, Self::Rest) => false,
            _ => true,
        }
    }
}

fn tokens(pattern: &str) -> Vec<PatternPart> {
    let mut tokens = Vec::new();
    for c in pattern.chars() {
        match c {
            '*' => tokens.extend([PatternPart::AnyChar, PatternPart::Rest]),
            c => tokens.push(PatternPart::Char(c)),
        }
    }
    tokens
}

/// Returns the text without its first character.
fn without_first(text: &str) -> Option<&str> {
    let mut chars = text.chars();
    chars.next().map(|_| chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::{matches, overlap};
    use crate::tests::{HOSTILE, hostile};

    #[test]
    fn patterns_overlap_if_one_text_matches_both() {
        for (one, other, expected) in [
            ("a", "a", true),
            ("a", "b", false),
            ("a*", "*b", true),
            ("a*", "b*", false),
            ("*c", "clippy.warnings@*", true),
            ("*@c", "clippy.warnings@*", true),
            ("clippy*@c", "clippy.warnings@*", true),
            ("test.*", "clippy.warnings@*", false),
            ("*.failed", "clippy.warnings", false),
            ("*", "a", true),
            ("*", "", false),
            ("**", "a", false),
            ("a*b*c", "ab*c", true),
            ("a*c", "abcd", false),
        ] {
            assert_eq!(overlap(one, other), expected, "{one} {other}");
            assert_eq!(overlap(other, one), expected, "{other} {one}");
        }
    }

    #[test]
    fn star_matches_one_or_more_characters() {
        for (pattern, text, expected) in [
            ("bench.*.time", "bench.a.b.time", true),
            ("bench.*.time", "bench..time", false),
            ("*", "", false),
            ("*", "é", true),
            ("**", "é", false),
            ("**", "éé", true),
            ("*a", "a", false),
            ("*a", "aa", true),
            ("*ab*b", "xabab", true),
            ("*a*a", "xaa", false),
            ("*a*a", "xaxa", true),
            ("x", "x", true),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn time_does_not_depend_on_the_number_of_stars() {
        // Trying every position of every star would take practically forever.
        let text = "a".repeat(10_000);
        assert!(!matches(&("*a".repeat(200) + "b"), &text));
        assert!(matches(&"*a".repeat(200), &text));
    }

    #[test]
    fn hostile_globs_are_matched_in_linear_time() {
        for pattern in hostile(&["*", "a*", "*a", "*a*", "ab*"]) {
            assert!(!matches(&pattern, &"a".repeat(1000)));
            assert!(!matches(&(pattern + "b"), &"a".repeat(HOSTILE * 2)));
        }
    }
}

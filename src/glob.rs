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

/// Returns the text without its first character.
fn without_first(text: &str) -> Option<&str> {
    let mut chars = text.chars();
    chars.next().map(|_| chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::matches;
    use crate::tests::{HOSTILE, hostile};

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

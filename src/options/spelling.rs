//! Suggestions for misspelt names.

use strsim::osa_distance;

use crate::text::excerpt;

/// The maximum length of a word to find suggestions for, to limit the time for comparisons.
const LONGEST: usize = 100;

/// Returns the choice that is most similar to `word`, with at most one edit per three characters.
///
/// Words that differ only in case or in `_`, `-` and `.` are considered equal.
pub fn nearest<'a>(word: &str, choices: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST {
        return None;
    }
    let plain = fold(word);
    choices
        .into_iter()
        .filter_map(|choice| Some((edits(word, &plain, choice)?, choice)))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, choice)| choice)
}

/// Returns the number of edits from a word to a choice. `None` if they are too different.
///
/// `plain` is the folded word.
fn edits(word: &str, plain: &str, choice: &str) -> Option<usize> {
    let length = choice.chars().count();
    let most = length.max(3) / 3;
    if fold(choice) == plain {
        return Some(0);
    }
    // The distance is at least the difference in length, and much slower to compute.
    if length.abs_diff(word.chars().count()) > most {
        return None;
    }
    Some(osa_distance(word, choice)).filter(|edits| *edits <= most)
}

fn fold(word: &str) -> String {
    word.to_lowercase().replace(['_', '-'], ".")
}

/// Returns ``unknown metric `x` ``, or ``pattern `x.*` matches no metric``, or `the name of a metric is empty`.
pub fn unknown(what: &str, name: &str) -> String {
    let shown = excerpt(name);
    match name {
        "" => format!("the name of a {what} is empty"),
        pattern if pattern.contains('*') => format!("pattern `{shown}` matches no {what}"),
        _ => format!("unknown {what} `{shown}`"),
    }
}

/// Returns ``did you mean `x`?``.
pub fn did_you_mean(name: &str) -> String {
    format!("did you mean `{}`?", excerpt(name))
}

/// Returns ``did you mean `x`?``, or else the choices if they are few, or else an empty string.
pub fn suggest(word: &str, choices: &[&str]) -> String {
    match nearest(word, choices.iter().copied()) {
        Some(choice) => did_you_mean(choice),
        None if (1..=10).contains(&choices.len()) => format!("expected {}", list(choices)),
        None => String::new(),
    }
}

/// Returns the choices as `a`, `a` or `b`, or `a`, `b` or `c`, each in backticks.
pub fn list(choices: &[&str]) -> String {
    let quoted: Vec<String> = choices.iter().map(|c| format!("`{c}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_counted_in_edits() {
        for (from, to, edits) in [
            ("", "", 0),
            ("", "abc", 3),
            ("clipy", "clippy", 1),
            ("clippy", "clipyp", 1),
            ("kitten", "sitting", 3),
            ("ca", "abc", 3),
            ("größe", "grösse", 2),
        ] {
            assert_eq!(osa_distance(from, to), edits, "{from} {to}");
            assert_eq!(osa_distance(to, from), edits, "{to} {from}");
        }
    }

    #[test]
    fn a_suggestion_is_near_or_absent() {
        let choices = [
            "clippy.warnings",
            "clippy.errors",
            "test.failed",
            "all-features",
            "level",
        ];
        for (word, meant) in [
            ("clipy.warnings", Some("clippy.warnings")),
            ("clippy.warning", Some("clippy.warnings")),
            ("tests.failed", Some("test.failed")),
            ("test_failed", Some("test.failed")),
            ("all_features", Some("all-features")),
            ("LEVEL", Some("level")),
            ("lvl", None),
            ("coverage.lines", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, choices), meant, "{word}");
        }
        assert_eq!(nearest(&"x".repeat(1 << 20), choices), None);
    }

    #[test]
    fn unknown_names_patterns_and_empty_names_are_told_apart() {
        for (name, expected) in [
            ("x", "unknown gate `x`"),
            ("x.*", "pattern `x.*` matches no gate"),
            ("", "the name of a gate is empty"),
        ] {
            assert_eq!(unknown("gate", name), expected);
        }
    }

    #[test]
    fn few_choices_are_listed() {
        assert_eq!(
            suggest("zzz", &["deny", "warn"]),
            "expected `deny` or `warn`"
        );
        assert_eq!(suggest("zzz", &["a", "b", "c"]), "expected `a`, `b` or `c`");
        assert_eq!(suggest("wran", &["deny", "warn"]), "did you mean `warn`?");
        assert_eq!(suggest("zzz", &[]), "");
        assert_eq!(suggest("zzz", &["q"; 11]), "");
    }
}

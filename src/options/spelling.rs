//! Suggestions for misspelt names.

use strsim::osa_distance;

/// Words longer than this are not misspelt names; comparing them would only cost time.
const LONGEST: usize = 100;

/// The choice nearest to `word`, if a person could have meant it: at most one edit in three characters.
/// `_`, `-`, `.` and case count as alike when the rest is the same.
pub fn nearest<'a>(word: &str, choices: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST {
        return None;
    }
    let (plain, length) = (fold(word), word.chars().count());
    let edits = |choice: &'a str| {
        let others = choice.chars().count();
        let most = others.max(3) / 3;
        let edits = match fold(choice) == plain {
            true => 0,
            false if others.abs_diff(length) > most => return None,
            false => osa_distance(word, choice),
        };
        (edits <= most).then_some((edits, choice))
    };
    choices
        .into_iter()
        .filter_map(edits)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, choice)| choice)
}

fn fold(word: &str) -> String {
    word.to_lowercase().replace(['_', '-'], ".")
}

/// ``did you mean `x`?``, or the choices themselves when they are few, or nothing.
pub fn suggest(word: &str, choices: &[&str]) -> String {
    match nearest(word, choices.iter().copied()) {
        Some(choice) => format!("did you mean `{choice}`?"),
        None if (1..=10).contains(&choices.len()) => format!("expected {}", list(choices)),
        None => String::new(),
    }
}

/// `a`; `a` or `b`; `a`, `b` or `c`, each in backticks.
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

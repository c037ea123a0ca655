//! Writes entries as Markdown.
//!
//! Text from commits is not trusted. After escaping, nothing in it becomes markup (except code
//! quoted with backticks), a link, a mention or a terminal control sequence.

use super::commits::ChangeEntry;
use crate::text::replace_hostile;

/// The style of a file's entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EntryStyle {
    /// Whether entries begin with a capital letter.
    pub(super) capital: bool,
    /// Whether entries end with a full stop.
    pub(super) stop: bool,
    /// Base address of pull request links, ending in `/`; `None` if numbers are not links.
    pub(super) pulls: Option<String>,
    /// How the scope of a commit is written.
    pub(super) scope: Scope,
}

/// How an entry names the scope of its commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// The scope is left out.
    Omitted,
    /// `core: `, used in a file that covers several packages.
    Prefix,
    /// `*(core)* `.
    Emphasis,
}

/// Returns an entry's line without the bullet: `**Breaking:** Parse both (#12)`. The reference is
/// `commit` if the entry has no number.
pub(super) fn render(entry: &ChangeEntry, commit: &str, manner: &EntryStyle) -> String {
    let mut line = String::new();
    if entry.breaking {
        line.push_str("**Breaking:** ");
    }
    let mut text = entry.text.clone();
    if let Some(advisory) = &entry.advisory {
        line.extend([advisory, ": "]);
        text = text
            .replace(&format!(" ({advisory})"), "")
            .replace(&format!(", {advisory}"), "");
        text = text
            .strip_prefix(advisory.as_str())
            .map_or(text.as_str(), |rest| {
                rest.trim_start_matches([':', ' ', '-'])
            })
            .to_owned();
    }
    let scope = entry.scope.as_deref().map(escape);
    match (&scope, manner.scope) {
        (Some(scope), Scope::Prefix) => line.extend([scope, ": "]),
        (Some(scope), Scope::Emphasis) => line.extend(["*(", scope, ")* "]),
        _ => {}
    }
    let continues = scope.is_some() && manner.scope == Scope::Prefix;
    let fresh = entry.advisory.is_none() && !continues;
    let text = if manner.capital && fresh {
        capital(&text)
    } else {
        text
    };
    line.push_str(escape(&text).trim_end_matches('.'));
    if let Some(note) = &entry.note {
        line.extend([": ", escape(note).trim_end_matches('.')]);
    }
    line.push_str(&reference(entry.number, commit, manner));
    line.push_str(if manner.stop { "." } else { "" });
    line
}

fn reference(number: Option<u64>, commit: &str, manner: &EntryStyle) -> String {
    match (number, &manner.pulls) {
        (Some(number), Some(pulls)) => format!(" ([#{number}]({pulls}{number}))"),
        (Some(number), None) => format!(" (#{number})"),
        (None, _) => format!(" ({commit})"),
    }
}

/// Capitalizes a text unless its first word is an identifier or a name: `serde_json`, `iOS`,
/// `a::b`.
fn capital(text: &str) -> String {
    let word = text
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .trim_end_matches([',', ':', ';']);
    if !word
        .chars()
        .all(|c| c.is_lowercase() || c == '-' || c == '\'')
    {
        return text.to_owned();
    }
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

/// Characters of the longest text that is kept.
const LONGEST: usize = 400;

/// Escapes text to one line of Markdown that reads the same, truncated if it is very long. Quoted
/// code stays code.
pub(super) fn escape(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut text = replace_hostile(&text);
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
        text.push('…');
    }
    let mut line = String::with_capacity(text.len() + 8);
    let mut rest = text.as_str();
    while let Some((before, code, after)) = code_span(rest) {
        escape_prose(before, &mut line);
        line.extend(["`", code, "`"]);
        rest = after;
    }
    escape_prose(rest, &mut line);
    escape_first(line)
}

/// Returns the text before the first code between single backticks, the code, and the rest.
fn code_span(text: &str) -> Option<(&str, &str, &str)> {
    let open = text.find('`')?;
    let (before, inner) = (&text[..open], &text[open + 1..]);
    let close = inner.find('`')?;
    let (code, after) = (&inner[..close], &inner[close + 1..]);
    let plain = !code.trim().is_empty() && !after.starts_with('`') && !before.ends_with('\\');
    plain.then_some((before, code, after))
}

/// Escapes text outside quoted code. Words that a forge would turn into links or mentions are
/// quoted as code.
fn escape_prose(text: &str, line: &mut String) {
    for (at, word) in text.split(' ').enumerate() {
        if at > 0 {
            line.push(' ');
        }
        let core = word.trim_matches(|c: char| {
            matches!(
                c,
                '(' | ')' | ',' | '.' | ';' | ':' | '!' | '?' | '"' | '\'' | '`'
            )
        });
        if is_linked(core) && !core.contains('`') {
            let start = word.find(core).unwrap_or(0);
            let open = core
                .matches('(')
                .count()
                .saturating_sub(core.matches(')').count());
            let closing = word[start + core.len()..]
                .bytes()
                .take(open)
                .take_while(|b| *b == b')')
                .count();
            let end = start + core.len() + closing;
            escape_word(&word[..start], line);
            line.extend(["`", &word[start..end], "`"]);
            escape_word(&word[end..], line);
        } else {
            escape_word(word, line);
        }
    }
}

/// Returns whether a forge would turn this word into a link or a mention: an address, `@name`,
/// `GH-12`, a commit id. Numbers of this project, such as `#12`, are harmless.
fn is_linked(word: &str) -> bool {
    let numbered = word.split_once('#').is_some_and(|(before, after)| {
        !before.is_empty() && after.starts_with(|c: char| c.is_ascii_digit())
    });
    let lower = word.to_ascii_lowercase();
    let issue = lower
        .strip_prefix("gh-")
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let hex =
        word.bytes().all(|b| b.is_ascii_hexdigit()) && word.bytes().any(|b| b.is_ascii_digit());
    // A short id without letters is almost always a plain number.
    let whole = matches!(word.len(), 40 | 64);
    let commit = (7..=64).contains(&word.len())
        && hex
        && (whole || word.bytes().any(|b| b.is_ascii_alphabetic()));
    issue
        || commit
        || word.contains('@')
        || numbered
        || lower.contains("://")
        || lower.contains("www.")
        || lower.starts_with("mailto:")
}

fn escape_word(word: &str, line: &mut String) {
    let mut before = None;
    let mut chars = word.chars().peekable();
    while let Some(c) = chars.next() {
        let within = |side: Option<char>| side.is_some_and(char::is_alphanumeric);
        let marks = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '~' | '|' | '$' | '@' => true,
            '_' => !(within(before) && within(chars.peek().copied())),
            '&' => chars
                .peek()
                .is_some_and(|next| next.is_ascii_alphanumeric() || *next == '#'),
            _ => false,
        };
        if marks {
            line.push('\\');
        }
        line.push(c);
        before = Some(c);
    }
}

/// Escapes a character that would start a block at the beginning of a line.
fn escape_first(line: String) -> String {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let numbered = digits > 0 && line[digits..].starts_with(['.', ')']);
    match line.chars().next() {
        Some('#' | '+' | '-' | '>' | '=' | ':') => format!("\\{line}"),
        Some(_) if numbered => format!("{}\\{}", &line[..digits], &line[digits..]),
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use super::super::document::ChangeType;
    use super::*;

    #[test]
    fn outside_text_stays_text() {
        for (given, expected) in [
            (
                "\u{1F469}\u{200D}\u{1F4BB} works",
                "\u{1F469}\u{200D}\u{1F4BB} works",
            ),
            ("a\u{200D}b", "a\u{FFFD}b"),
            (
                "as GH-12 and 0a1b2c3d4e5f did",
                "as `GH-12` and `0a1b2c3d4e5f` did",
            ),
            ("defaced 1234567 times", "defaced 1234567 times"),
            (
                &"1234567890".repeat(4),
                &format!("`{}`", "1234567890".repeat(4)),
            ),
            ("as in \\#123 (\\#4)", "as in `\\#123` (`\\#4`)"),
            (
                "plain, with. marks! and (brackets)",
                "plain, with. marks! and (brackets)",
            ),
            ("snake_case and a::b", "snake_case and a::b"),
            ("Vec<T> & friends &amp; co", "Vec\\<T> & friends \\&amp; co"),
            (
                "_x_ *y* **z** ~~w~~",
                "\\_x\\_ \\*y\\* \\*\\*z\\*\\* \\~\\~w\\~\\~",
            ),
            ("([link](https://x.y))", "(`[link](https://x.y)`)"),
            ("![i](j) [a]: b", "!\\[i\\](j) \\[a\\]: b"),
            ("see https://x.y/z.", "see `https://x.y/z`."),
            ("thanks @ana, a@b.c", "thanks `@ana`, `a@b.c`"),
            ("see #12 and o/r#13", "see #12 and `o/r#13`"),
            ("code `Vec<T>` and `_`", "code `Vec<T>` and `_`"),
            ("odd ` tick", "odd \\` tick"),
            ("a ``b`` c", "a \\`\\`b\\`\\` c"),
            ("<!-- x --> <b>", "\\<!-- x --> \\<b>"),
            ("a\nb\t c\r\n", "a b c"),
            ("\x1b[31mred\u{202e}", "\u{fffd}\\[31mred\u{fffd}"),
            ("# heading", "\\# heading"),
            ("- item", "\\- item"),
            ("1. one", "1\\. one"),
            ("1.0 is out", "1\\.0 is out"),
            ("> quote", "\\> quote"),
            ("~~~", "\\~\\~\\~"),
            ("```", "\\`\\`\\`"),
            ("a\\", "a\\\\"),
            (&"é".repeat(500), &("é".repeat(400) + "…")),
            ("", ""),
        ] {
            assert_eq!(escape(given), expected, "{given:?}");
        }
    }

    #[test]
    fn entries_are_written_as_the_file_writes_them() {
        let manner = EntryStyle {
            capital: true,
            stop: false,
            pulls: None,
            scope: Scope::Omitted,
        };
        let linked = EntryStyle {
            pulls: Some("https://h/pull/".into()),
            stop: true,
            ..manner.clone()
        };
        let scoped = EntryStyle {
            scope: Scope::Prefix,
            ..manner.clone()
        };
        let emphasized = EntryStyle {
            scope: Scope::Emphasis,
            ..manner.clone()
        };
        let base = ChangeEntry {
            kind: ChangeType::Added,
            breaking: false,
            scope: Some("core".into()),
            text: "parse both".into(),
            note: None,
            advisory: None,
            number: Some(12),
            reverts: false,
        };
        let breaking = ChangeEntry {
            breaking: true,
            note: Some("use `b`.".into()),
            ..base.clone()
        };
        let named = ChangeEntry {
            text: "serde_json is gone".into(),
            number: None,
            ..base.clone()
        };
        let cve = "CVE-2026-12345";
        let secure = ChangeEntry {
            advisory: Some(cve.into()),
            text: format!("{cve}: read too far."),
            ..base.clone()
        };
        let named_last = ChangeEntry {
            text: format!("read too far ({cve})"),
            ..secure.clone()
        };
        for (entry, manner, expected) in [
            (&base, &manner, "Parse both (#12)"),
            (&base, &linked, "Parse both ([#12](https://h/pull/12))."),
            (&base, &scoped, "core: parse both (#12)"),
            (&base, &emphasized, "*(core)* Parse both (#12)"),
            (
                &breaking,
                &manner,
                "**Breaking:** Parse both: use `b` (#12)",
            ),
            (&named, &manner, "serde_json is gone (abcdef1)"),
            (&secure, &manner, "CVE-2026-12345: read too far (#12)"),
            (&named_last, &manner, "CVE-2026-12345: read too far (#12)"),
        ] {
            assert_eq!(render(entry, "abcdef1", manner), expected);
        }
    }
}

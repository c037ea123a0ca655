//! Makes untrusted text safe to print. Contains the only table of hostile characters.
//!
//! File names, test names, compiler messages, commit messages and configuration are untrusted until
//! they have passed through [`escape`], which replaces characters that could move the cursor,
//! change colours, or hide or reorder text. CI systems also interpret printed lines as commands, so
//! [`without_commands`] is applied when lines are written, after wrapping.

use std::borrow::Cow;

/// Returns the text with hostile characters replaced by escapes such as `\u{1b}`. A tab becomes a
/// space.
pub fn escape(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut before = None;
    for c in text.chars() {
        match c {
            '\t' => shown.push(' '),
            c if is_hostile(before, c) => shown.extend(c.escape_default()),
            c => shown.push(c),
        }
        before = Some(c);
    }
    shown
}

/// Returns a line of a file with hostile characters replaced. Tabs are kept, because they are layout.
pub fn escape_line(line: &str) -> String {
    line.split('\t').map(escape).collect::<Vec<_>>().join("\t")
}

/// Returns the escaped text, shortened to fit into a message.
pub fn excerpt(text: &str) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => escape(&text[..end]) + "...",
        None => escape(text),
    }
}

/// Joins names with commas; of more than `most`, only the first ones, and the number of the others.
pub fn first_few(names: impl IntoIterator<Item = impl AsRef<str>>, most: usize) -> String {
    let mut names = names.into_iter();
    let shown: Vec<_> = names.by_ref().take(most).collect();
    let mut text = String::new();
    for (position, name) in shown.iter().enumerate() {
        let separator = if position == 0 { "" } else { ", " };
        text.extend([separator, name.as_ref()]);
    }
    match names.count() {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

/// Returns the text with hostile characters replaced by U+FFFD, for text that is copied into a file
/// or a tag.
///
/// Line ends and tabs are kept, and so is a joiner between two pictographs, which combines them
/// into one.
pub fn replace_hostile(text: &str) -> String {
    let mut chars = text.chars().peekable();
    let mut shown = String::with_capacity(text.len());
    let mut before = None;
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        let harmless = match c {
            '\n' | '\t' => true,
            '\r' => next == Some('\n'),
            '\u{200D}' => before.is_some_and(is_pictograph) && next.is_some_and(is_pictograph),
            '\u{FE0F}' if next == Some('\u{20E3}') => true, // a keycap: `1` in a box
            c => !is_hostile(before, c),
        };
        shown.push(if harmless {
            c
        } else {
            char::REPLACEMENT_CHARACTER
        });
        before = Some(c);
    }
    shown
}

/// Returns whether a character is a pictograph or modifies one.
fn is_pictograph(c: char) -> bool {
    matches!(c, '\u{2600}'..='\u{27BF}' | '\u{2B00}'..='\u{2BFF}' | '\u{FE0F}' | '\u{1F000}'..='\u{1FAFF}')
}

/// Returns whether a character is hostile after the character `before`.
///
/// A variation selector is common in commit messages and harmless after a symbol. After an ASCII
/// character it is hostile, because it could make two names differ that look the same.
fn is_hostile(before: Option<char>, c: char) -> bool {
    let selects_variant = matches!(c, '\u{FE0E}' | '\u{FE0F}')
        && before.is_some_and(|before| !before.is_ascii() && !is_unsafe(before));
    is_unsafe(c) && !selects_variant
}

/// Returns whether [`escape`] would change nothing in a text except line ends.
pub fn is_safe(text: &str) -> bool {
    let before = std::iter::once(None).chain(text.chars().map(Some));
    text.chars()
        .zip(before)
        .all(|(c, before)| c == '\n' || !is_hostile(before, c))
}

/// Returns whether a character can deceive a terminal or a reader.
///
/// These are control characters (C0, DEL, C1), line and paragraph separators, bidirectional
/// controls (Unicode TR 9), every `Default_Ignorable_Code_Point`: fillers, joiners, variation
/// selectors, annotation marks and tags, and U+FFFE and U+FFFF, which XML 1.0 does not allow.
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{3164}' | '\u{FEFF}'
            | '\u{FFA0}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FFF0}'..='\u{FFFB}' | '\u{FFFE}' | '\u{FFFF}' | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Why a 64-bit float does not represent a decimal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inexact {
    /// The number is not zero, but the nearest float is, or has fewer digits than others.
    Underflow,
    /// The nearest float is infinite.
    Overflow,
    /// The float is another number with as many digits.
    Rounded,
}

impl Inexact {
    /// Returns what to write instead.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Underflow => "write 0",
            Self::Overflow => "write a smaller number",
            Self::Rounded => "write at most 15 digits",
        }
    }
}

/// Writes the end of a sentence whose subject is the number.
impl std::fmt::Display for Inexact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Underflow => "is too close to zero for a 64-bit float",
            Self::Overflow => "is too large for a 64-bit float",
            Self::Rounded => "has more digits than a 64-bit float represents",
        })
    }
}

/// Returns why a float does not represent a decimal number. `None` if it does: printing the float with as
/// many digits gives the number again. So `0.1` is exact, `5.00000000000000000001` and `1e-400` are not.
pub fn inexact(text: &str) -> Option<Inexact> {
    // No float has more significant decimal digits.
    const MOST_DIGITS: usize = 767;
    let Ok(value) = text.parse::<f64>() else {
        return Some(Inexact::Rounded);
    };
    let digits = significant_digits(text);
    if value.is_infinite() {
        return Some(Inexact::Overflow);
    }
    let is_exact = if digits.is_empty() {
        value == 0.0
    } else {
        digits.len() <= MOST_DIGITS
            && significant_digits(&format!("{value:.*e}", digits.len() - 1)) == digits
    };
    if is_exact {
        None
    } else if value.abs() < f64::MIN_POSITIVE {
        Some(Inexact::Underflow)
    } else {
        Some(Inexact::Rounded)
    }
}

/// Returns the digits of a number without its exponent and without zeros at either end.
fn significant_digits(number: &str) -> String {
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').to_owned()
}

/// Returns the lines with a backslash inserted into every workflow command, so that a CI system
/// ignores it.
///
/// GitHub's runner executes `::name::` at the beginning of a line, after optional white space, and
/// `##[name]` anywhere; Azure executes `##vso[name]`. We never print such commands, so they can
/// only come from data. Markdown ignores the backslash.
pub fn without_commands(lines: &str) -> Cow<'_, str> {
    if !lines.contains("::") && !lines.contains("##") {
        return Cow::Borrowed(lines);
    }
    Cow::Owned(lines.split_inclusive('\n').map(inert).collect())
}

fn inert(line: &str) -> String {
    let at = beginning(line);
    let escaped = if line[at..].starts_with("::") {
        "\\"
    } else {
        ""
    };
    let line = format!("{}{escaped}{}", &line[..at], &line[at..]);
    line.replace("##[", "#\\#[").replace("##vso[", "#\\#vso[")
}

/// Returns the offset of the visible text of a line, after white space and colours, which some
/// viewers remove first.
fn beginning(line: &str) -> usize {
    let mut rest = line;
    loop {
        let trimmed = rest.trim_start();
        let colour = trimmed
            .strip_prefix("\u{1b}[")
            .and_then(|codes| codes.split_once('m'));
        match colour {
            Some((codes, text)) if codes.chars().all(|c| c.is_ascii_digit() || c == ';') => {
                rest = text
            }
            _ => return line.len() - trimmed.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{HOSTILE, hostile};

    #[test]
    fn hostile_characters_are_shown_as_their_code_point() {
        for (given, shown) in [
            (
                "plain text, ünïcode → größe 木",
                "plain text, ünïcode → größe 木",
            ),
            ("\x1b[31mred\x1b[0m", "\\u{1b}[31mred\\u{1b}[0m"),
            ("a\rb\nc\x08\x7f\0", "a\\rb\\nc\\u{8}\\u{7f}\\u{0}"),
            ("a\tb", "a b"),
            ("\u{9b}2J \u{9d}52;c", "\\u{9b}2J \\u{9d}52;c"),
            (
                "safe\u{202e}gpj.exe\u{2066}",
                "safe\\u{202e}gpj.exe\\u{2066}",
            ),
            (
                "a\u{2028}b\u{200b}c\u{e0041}",
                "a\\u{2028}b\\u{200b}c\\u{e0041}",
            ),
            (
                "soft\u{ad}hyphen\u{3164}\u{ffa0}\u{e0100}",
                "soft\\u{ad}hyphen\\u{3164}\\u{ffa0}\\u{e0100}",
            ),
            ("⚠\u{fe0f} emoji", "⚠\u{fe0f} emoji"),
            (
                "a\u{fe0f}\u{fe0f} \u{fe0f}",
                "a\\u{fe0f}\\u{fe0f} \\u{fe0f}",
            ),
            ("⚠\u{fe0f}\u{fe0f}", "⚠\u{fe0f}\\u{fe0f}"),
        ] {
            assert_eq!(escape(given), shown, "{given:?}");
            assert!(is_safe(shown), "{shown:?}");
            assert!(is_safe(given) == (given == shown), "{given:?}");
        }
    }

    #[test]
    fn every_default_ignorable_character_is_hostile() {
        for (from, to) in [
            (0x0, 0x1f),
            (0x7f, 0x9f),
            (0xad, 0xad),
            (0x34f, 0x34f),
            (0x61c, 0x61c),
            (0x115f, 0x1160),
            (0x17b4, 0x17b5),
            (0x180b, 0x180f),
            (0x200b, 0x200f),
            (0x2028, 0x202e),
            (0x2060, 0x206f),
            (0x3164, 0x3164),
            (0xfe00, 0xfe0f),
            (0xfeff, 0xfeff),
            (0xffa0, 0xffa0),
            (0xfff0, 0xfffb),
            (0x1bca0, 0x1bca3),
            (0x1d173, 0x1d17a),
            (0xe0000, 0xe0fff),
        ] {
            for c in (from..=to).filter_map(char::from_u32) {
                assert!(is_unsafe(c), "{:04x}", u32::from(c));
            }
        }
        assert!(!(' '..='~').any(is_unsafe));
    }

    #[test]
    fn replaced_text_keeps_its_lines_and_its_pictographs() {
        for (given, shown) in [
            ("- a\n\t- b\r\n", "- a\n\t- b\r\n"),
            (
                "\x1b]0;pwn\x07 \u{9b}31m \u{202e}rtl \x08",
                "\u{fffd}]0;pwn\u{fffd} \u{fffd}31m \u{fffd}rtl \u{fffd}",
            ),
            ("a\rb", "a\u{fffd}b"),
            (
                "\u{1F469}\u{200D}\u{1F4BB} ⚠\u{fe0f} 1\u{fe0f}\u{20e3}",
                "\u{1F469}\u{200D}\u{1F4BB} ⚠\u{fe0f} 1\u{fe0f}\u{20e3}",
            ),
            ("a\u{200D}b", "a\u{fffd}b"),
        ] {
            assert_eq!(replace_hostile(given), shown, "{given:?}");
        }
    }

    #[test]
    fn escaping_twice_is_escaping_once() {
        let once = escape("\x1b]0;title\x07\u{202e}⚠\u{fe0f}\u{fe0f}");
        assert_eq!(escape(&once), once);
    }

    #[test]
    fn an_excerpt_has_a_readable_length() {
        assert_eq!(excerpt("clippy.warnings"), "clippy.warnings");
        assert_eq!(excerpt(&"x".repeat(1 << 20)).len(), 83);
        assert_eq!(excerpt("a\u{1b}\r\n"), "a\\u{1b}\\r\\n");
    }

    #[test]
    fn number_is_exact_if_its_digits_are_those_of_the_float() {
        use Inexact::{Overflow, Rounded, Underflow};

        for text in [
            "0",
            "-0.0",
            "0e5",
            "0.1",
            "5.0",
            "5.00000000000000000000",
            "1e3",
            "-1.5E-7",
            ".5",
            "0.30000000000000004",
            "0.10000000000000001",
            "1e300",
            "5e-324",
            "9007199254740992",
        ] {
            assert_eq!(inexact(text), None, "{text}");
        }
        let tiny = format!("0.{}1", "0".repeat(400));
        let long = format!("5.{}1", "0".repeat(1 << 20));
        for (text, expected) in [
            ("9007199254740993", Rounded),
            ("5.00000000000000000001", Rounded),
            ("4.9999999999999999999", Rounded),
            ("5.0000000000000001", Rounded),
            ("1e-400", Underflow),
            ("3e-324", Underflow),
            ("1e400", Overflow),
            ("-1e400", Overflow),
            ("NaN", Rounded),
            ("x", Rounded),
            (&tiny, Underflow),
            (&long, Rounded),
        ] {
            assert_eq!(inexact(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn workflow_commands_are_defused_and_nothing_else() {
        for (given, shown) in [
            (
                "error: std::env::var\n  std::fs\n",
                "error: std::env::var\n  std::fs\n",
            ),
            (
                "::error::a\nb\n  ::stop-commands::c",
                "\\::error::a\nb\n  \\::stop-commands::c",
            ),
            (
                "\u{a0}\u{3000}::add-mask::c\n",
                "\u{a0}\u{3000}\\::add-mask::c\n",
            ),
            (
                "\x1b[1m \x1b[0;31m::error::a\x1b[0m\n",
                "\x1b[1m \x1b[0;31m\\::error::a\x1b[0m\n",
            ),
            (
                "a ##[error]b ##[group]##vso[x]\n",
                "a #\\#[error]b #\\#[group]#\\#vso[x]\n",
            ),
            ("##[###[", "#\\#[##\\#["),
            ("## Heading\n### [1.0.0]\n", "## Heading\n### [1.0.0]\n"),
            (":: \n:\n", "\\:: \n:\n"),
        ] {
            assert_eq!(without_commands(given), shown, "{given:?}");
        }
    }

    #[test]
    fn hostile_text_is_escaped_in_linear_time() {
        for text in hostile(&[
            "\x1b[",
            "\x1b[1m",
            "::",
            "##[",
            "##vso[",
            "\u{200d}",
            "⚠\u{fe0f}",
            "\n::",
            " ",
        ]) {
            assert!(escape(&text).len() <= HOSTILE * 10);
            assert!(replace_hostile(&text).len() <= HOSTILE * 3);
            assert!(without_commands(&text).len() <= HOSTILE * 2);
        }
    }
}

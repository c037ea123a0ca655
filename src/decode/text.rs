//! Cleaning of text from outside: escape sequences are removed and lengths are cut.

use std::borrow::Cow;
use std::iter::Peekable;
use std::str::Chars;

/// Bytes kept of the output of a failed test.
pub(super) const OUTPUT: usize = 4096;

/// Removes terminal escape sequences: CSI (`ESC [ .. letter`), OSC (`ESC ] .. BEL`), character sets
/// (`ESC ( B`) and others.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{1b}') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            skip_escape(&mut chars);
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Skips the sequence that follows an escape character. An unfinished sequence ends with the text.
fn skip_escape(chars: &mut Peekable<Chars<'_>>) {
    match chars.next() {
        Some('[') => {
            while chars
                .next()
                .is_some_and(|c| !('\u{40}'..='\u{7e}').contains(&c))
            {}
        }
        Some('(' | ')') => {
            chars.next();
        }
        Some(']') => {
            while let Some(c) = chars.next() {
                if c == '\u{7}' || (c == '\u{1b}' && chars.next_if_eq(&'\\').is_some()) {
                    break;
                }
            }
        }
        _ => {}
    }
}

/// Returns the longest prefix of at most `bytes` bytes that ends on a character boundary.
pub(super) fn head(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    &text[..end]
}

/// Returns the longest suffix of at most `bytes` bytes that begins on a character boundary.
pub(super) fn tail(text: &str, bytes: usize) -> &str {
    let from = text.len().saturating_sub(bytes);
    let start = (from..=text.len())
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(text.len());
    &text[start..]
}

/// Returns the output of a failed test, trimmed and cut at the end. `None` if it is empty.
pub(super) fn output(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| head(text, OUTPUT).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_are_dropped_and_text_is_kept() {
        for (given, kept) in [
            ("plain", "plain"),
            ("\u{1b}[1m\u{1b}[32mok\u{1b}(B\u{1b}[m.", "ok."),
            ("\u{1b}]8;;http://x\u{7}link\u{1b}]8;;\u{1b}\\.", "link."),
            ("a\u{1b}[", "a"),
            ("a\u{1b}", "a"),
            ("\u{1b}]never ends", ""),
            ("\u{1b}[Kline", "line"),
        ] {
            assert_eq!(plain(given), kept, "{given:?}");
        }
    }

    #[test]
    fn cuts_never_split_a_character() {
        for (bytes, start, end) in [
            (0, "", ""),
            (1, "a", "c"),
            (2, "a", "c"),
            (3, "aé", "éc"),
            (4, "aéb", "béc"),
            (99, "aébéc", "aébéc"),
        ] {
            assert_eq!(
                (head("aébéc", bytes), tail("aébéc", bytes)),
                (start, end),
                "{bytes}"
            );
        }
    }

    #[test]
    fn output_is_trimmed_and_cut_and_never_empty() {
        assert_eq!(output(" \n x \n"), Some("x".to_owned()));
        assert_eq!(output(" \n"), None);
        assert_eq!(
            output(&"x".repeat(OUTPUT * 2)).map(|text| text.len()),
            Some(OUTPUT)
        );
    }
}

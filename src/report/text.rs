//! Text from outside, made safe for a terminal.
//!
//! File names, test names, compiler messages and configuration are hostile until they went through here: whatever could
//! move the cursor, change colours, hide or reorder text is shown as its code point. Knows nothing of layout.

/// Shows what a terminal would obey, and what would deceive the eye, as `\u{1b}`; a tab becomes a space.
///
/// Covered are C0, DEL and C1 controls (ESC, CR and line feed among them), bidirectional controls and their isolates
/// (Unicode TR 9), line and paragraph separators, invisible joiners, annotation marks and tag characters.
pub fn escape(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => shown.push(' '),
            c if is_unsafe(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    shown
}

/// May this character not reach a reader as it is?
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{FEFF}'
            | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown_as_its_code_point() {
        for (given, shown) in [
            ("plain text, ünïcode → stays", "plain text, ünïcode → stays"),
            ("\x1b[31mred\x1b[0m", "\\u{1b}[31mred\\u{1b}[0m"),
            ("a\rb\nc\x08\x7f\0", "a\\u{d}b\\u{a}c\\u{8}\\u{7f}\\u{0}"),
            ("a\tb", "a b"),
            ("\u{9b}2J \u{9d}52;c", "\\u{9b}2J \\u{9d}52;c"),
            ("safe\u{202e}gpj.exe\u{2066}", "safe\\u{202e}gpj.exe\\u{2066}"),
            ("a\u{2028}b\u{200b}c\u{e0041}", "a\\u{2028}b\\u{200b}c\\u{e0041}"),
        ] {
            assert_eq!(escape(given), shown, "{given:?}");
        }
    }

    #[test]
    fn escaping_twice_is_escaping_once() {
        let once = escape("\x1b]0;title\x07\u{202e}");
        assert_eq!(escape(&once), once);
    }
}

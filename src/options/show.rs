//! Making names from outside fit for a message: nothing in them may move the cursor or turn the text around.

/// The text with control and direction characters as `\u{..}`, cut to a readable length.
pub fn escape(text: &str) -> String {
    const LONGEST: usize = 80;
    let hostile = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let mut shown = String::new();
    for (at, c) in text.chars().enumerate() {
        if at == LONGEST {
            shown.push_str("...");
            break;
        }
        if hostile(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_characters_are_spelt_out() {
        for (text, shown) in [
            ("clippy.warnings", "clippy.warnings"),
            ("größe 木", "größe 木"),
            ("a\u{1b}[31mb\r\n", "a\\u{1b}[31mb\\r\\n"),
            ("x\u{202e}y\u{200b}\u{9b}", "x\\u{202e}y\\u{200b}\\u{9b}"),
        ] {
            assert_eq!(escape(text), shown);
        }
        assert_eq!(escape(&"x".repeat(1 << 20)).len(), 83);
    }
}

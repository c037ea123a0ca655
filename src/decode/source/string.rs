//! The values of string literals.

use super::scan::{TokenKind, tokens};

/// Returns the values of the string literals of a Rust source, those of bytes included. One with an unknown escape is
/// returned as it is written.
pub fn literals(text: &str) -> impl Iterator<Item = String> {
    let literals = tokens(text).filter(|token| token.kind == TokenKind::Literal);
    literals.map(|token| text_of(token.text))
}

/// Returns the value of a literal, also of bytes, or the literal as it is written.
pub(super) fn text_of(literal: &str) -> String {
    let literal = literal.trim_start_matches(['b', 'c']);
    value(literal).unwrap_or_else(|| literal.to_owned())
}

/// Returns the value of a string literal, raw or not. Returns `None` for anything else.
pub(super) fn value(literal: &str) -> Option<String> {
    if let Some(raw) = literal.strip_prefix('r') {
        let quoted = raw.trim_start_matches('#');
        let hashes = &raw[..raw.len() - quoted.len()];
        let text = quoted.strip_suffix(hashes)?;
        return Some(text.strip_prefix('"')?.strip_suffix('"')?.to_owned());
    }
    let mut rest = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut text = String::new();
    while let Some((plain, escape)) = rest.split_once('\\') {
        text.push_str(plain);
        if escape.starts_with(['\n', '\r']) {
            rest = escape.trim_start();
            continue;
        }
        let (char, after) = escaped(escape)?;
        text.push(char);
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

/// Reads an escape without its backslash. Returns the character and the rest of the text.
fn escaped(text: &str) -> Option<(char, &str)> {
    let mut chars = text.chars();
    let char = match chars.next()? {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        '0' => '\0',
        quoted @ ('\\' | '\'' | '"') => quoted,
        'x' => {
            let (digits, rest) = chars.as_str().split_at_checked(2)?;
            return Some((u8::from_str_radix(digits, 16).ok()?.into(), rest));
        }
        'u' => {
            let (digits, rest) = chars.as_str().strip_prefix('{')?.split_once('}')?;
            let code = u32::from_str_radix(&digits.replace('_', ""), 16).ok()?;
            return Some((char::from_u32(code)?, rest));
        }
        _ => return None,
    };
    Some((char, chars.as_str()))
}

#[cfg(test)]
mod tests {
    use super::{literals, value};

    #[test]
    fn literals_are_found_outside_of_comments() {
        let text = "// \"a\"\nf(\"b\\n\", b\"c\", br#\"d\"#, c\"e\", 'f'); /* \"g\" */";
        let found: Vec<String> = literals(text).collect();
        assert_eq!(found, ["b\n", "c", "d", "e", "'f'"]);
    }

    #[test]
    fn escapes_are_replaced() {
        for (literal, expected) in [
            (r#""a""#, Some("a")),
            (r#""""#, Some("")),
            (r#""\n\t\\\"\'\x41\u{e9}\u{1_F600}""#, Some("\n\t\\\"'Aé😀")),
            ("\"a\\\n   b\"", Some("ab")),
            (r#"r"\n""#, Some("\\n")),
            (r###"r##"a"#b"##"###, Some("a\"#b")),
            (r#""a"#, None),
            (r#"""#, None),
            (r#""\""#, None),
            (r#""\q""#, None),
            (r#""\x4""#, None),
            (r#""\u{110000}""#, None),
            (r#"b"a""#, None),
            ("'a'", None),
            ("a", None),
            ("r#\"", None),
        ] {
            assert_eq!(value(literal).as_deref(), expected, "{literal}");
        }
    }
}

//! The headers of items as text, and the name of an `impl` in paths of items.

use super::scan::{Token, TokenKind};

/// Returns `Pool` for `impl<T> Pool<T> where ..` and `<Pool as Drop>` for `impl Drop for
/// crate::Pool`. `tokens` are those between `impl` and `{`.
///
/// Type arguments, lifetimes and leading modules are left out so that the name survives edits of
/// these. Several impls of a file can have the same name.
pub(super) fn implementation(header: &[Token<'_>]) -> String {
    let mut names = vec![String::new()];
    let mut angles = 0_u32;
    let mut before = None;
    for token in header {
        match token.kind {
            TokenKind::Punct(b'<') => angles += 1,
            TokenKind::Punct(b'>') if before != Some(TokenKind::Punct(b'-')) => {
                angles = angles.saturating_sub(1)
            }
            _ if angles > 0 => {}
            TokenKind::Word if token.text == "where" => break,
            TokenKind::Word if token.text == "for" => names.push(String::new()),
            TokenKind::Word | TokenKind::Punct(_) => names
                .last_mut()
                .into_iter()
                .for_each(|name| append(name, token)),
            TokenKind::Lifetime | TokenKind::Literal | TokenKind::Doc | TokenKind::Comment => {}
        }
        before = Some(token.kind);
    }
    match names.as_slice() {
        [name] => name.clone(),
        // In `impl for<'a> Trait for Type` the name before the first `for` is empty.
        [.., of, name] => format!("<{name} as {of}>"),
        [] => String::new(),
    }
}

/// Returns the tokens of a header in one form, whatever its layout: `fn get(&self,id:u32)->bool`.
pub(super) fn joined(header: &[Token<'_>]) -> String {
    let mut text = String::new();
    for token in header {
        if text.ends_with(is_word) && token.text.starts_with(is_word) {
            text.push(' ');
        }
        text.push_str(token.text);
    }
    text
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '#'
}

/// Adds a token to the name of a type. A `::` removes the module before it.
fn append(name: &mut String, token: &Token<'_>) {
    match token.kind {
        TokenKind::Punct(b':') => name.truncate(name.trim_end_matches(is_word).len()),
        TokenKind::Word if name.ends_with(is_word) => {
            name.push(' ');
            name.push_str(token.text);
        }
        TokenKind::Punct(b'=' | b'-' | b'>' | b'+') => {
            name.push(' ');
            name.push_str(token.text);
        }
        _ => name.push_str(token.text),
    }
}

#[cfg(test)]
mod tests {
    use super::super::scan::tokens;
    use super::*;

    #[test]
    fn impls_are_named_by_their_types_alone() {
        for (header, name) in [
            ("Foo", "Foo"),
            ("<T: Into<Vec<u8>>> Foo<T> where T: Copy", "Foo"),
            ("Drop for Foo", "<Foo as Drop>"),
            (
                "<'a> fmt::Display for crate::pool::Pool<'a, { 3 }>",
                "<Pool as Display>",
            ),
            ("<F: Fn(u8) -> Vec<u8>> From<F> for Foo<F>", "<Foo as From>"),
            ("Trait for &'a mut [u8]", "<&mut[u8] as Trait>"),
            ("!Send for (A, b::B)", "<(A,B) as !Send>"),
            ("dyn Any", "dyn Any"),
            ("for", "< as >"),
            ("", ""),
        ] {
            assert_eq!(
                implementation(&tokens(header).collect::<Vec<_>>()),
                name,
                "{header:?}"
            );
        }
    }
}

//! The crates that a source names in paths.

use std::collections::BTreeSet;

use super::scan::{Token, TokenKind, tokens};

/// Returns the first names of the paths in a source: `log` of `log::info!`, `use log;`, and of paths in
/// documentation. Modules and types are among them.
///
/// Code that is not compiled counts as well, because other features or targets may compile it.
pub fn crate_names(text: &str) -> BTreeSet<String> {
    let (mut code, mut names): (Vec<Token<'_>>, BTreeSet<String>) = Default::default();
    for token in tokens(text) {
        let is_inner = token.text.starts_with("//!") || token.text.starts_with("/*!");
        match token.kind {
            TokenKind::Comment if !is_inner => {}
            TokenKind::Doc | TokenKind::Comment => names.extend(in_documentation(token.text)),
            _ => code.push(token),
        }
    }
    let roots = (0..code.len())
        .filter(|at| code[*at].kind == TokenKind::Word && is_root(&code, *at))
        .map(|at| code[at].text.trim_start_matches("r#").to_owned());
    names.extend(roots);
    names
}

/// Returns whether a word is the first one of a path with several, or of `use` or `extern crate`.
fn is_root(code: &[Token<'_>], at: usize) -> bool {
    let is_colon = |at: Option<usize>| {
        at.and_then(|at| code.get(at))
            .is_some_and(|token| token.is(b':'))
    };
    let before = at.checked_sub(1);
    // `::log::info!` begins with the name of a crate as well.
    let is_inside = is_colon(before)
        && at
            .checked_sub(3)
            .is_some_and(|at| code[at].kind == TokenKind::Word || code[at].is(b'>'));
    let is_named =
        before.is_some_and(|before| code[before].is_word("use") || code[before].is_word("crate"));
    let is_path = is_colon(Some(at + 1)) && is_colon(Some(at + 2));
    is_named || is_path && !is_inside
}

/// Returns the first names of the paths in a documentation comment.
fn in_documentation(text: &str) -> impl Iterator<Item = String> {
    text.match_indices("::").filter_map(|(at, _)| {
        let before = &text[..at];
        let name = before
            .rsplit(|c: char| !(c.is_alphanumeric() || c == '_'))
            .next()?;
        let rest = &before[..before.len() - name.len()];
        (!name.is_empty() && !rest.ends_with(':')).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_are_named_at_the_beginning_of_paths() {
        let text = "//! [`doc_link::A`] doesn't\n/// use doc_use::b::c;\n// comment::a\n\
                    use used; extern crate outer; use tree::{a, b::c};\n\
                    #[attribute::main] fn f() { call::g(); ::leading::h(); x.field; Vec::<u8>::new(); \
                    let s = \"text::a\"; r#raw::i(); y: other; }";
        let found: Vec<String> = crate_names(text).into_iter().collect();
        let expected = [
            "Vec",
            "attribute",
            "b",
            "call",
            "doc_link",
            "doc_use",
            "leading",
            "outer",
            "raw",
            "tree",
            "used",
        ];
        assert_eq!(found, expected);
    }
}

//! Code in a file that is compiled for tests only.

use std::ops::Range;

use super::brackets::{bracketed, separated};
use super::scan::{Token, TokenKind};

/// Tokens of an attribute that are read. This bounds the time for text that is not Rust.
const LONGEST: usize = 2000;

/// The items of a file that are test code, as ranges of its tokens in order.
pub(super) struct TestCode(Vec<Range<usize>>);

impl TestCode {
    /// Finds the items with an attribute such as `test` or `cfg(test)`, and the modules that have one
    /// inside.
    pub(super) fn of(code: &[Token<'_>]) -> Self {
        let mut ranges = Vec::new();
        let mut at = 0;
        // The first attribute of the same item.
        let mut first = None;
        while at < code.len() {
            let Some(attribute) = attribute(&code[at..]) else {
                first = None;
                at += 1;
                continue;
            };
            let end = at + attribute.length;
            let start = match attribute.is_inner {
                true => at,
                false => *first.get_or_insert(at),
            };
            if !is_test_attribute(attribute.inside) {
                at = end;
                continue;
            }
            let length = match attribute.is_inner {
                true => rest_of_block(&code[end..]),
                false => item_length(&code[end..]),
            };
            ranges.push(start..end + length);
            at = end + length.max(1);
            first = None;
        }
        Self(ranges)
    }

    /// Without test code.
    pub(super) const NONE: Self = Self(Vec::new());

    /// Returns the items within some tokens.
    pub(super) fn within(&self, tokens: &Range<usize>) -> impl Iterator<Item = &Range<usize>> {
        let from = self.0.partition_point(|range| range.end <= tokens.start);
        self.0[from..]
            .iter()
            .take_while(|range| range.start < tokens.end)
    }

    /// Returns whether the token at an index belongs to test code.
    pub(super) fn has(&self, at: usize) -> bool {
        let before = self.0.partition_point(|range| range.start <= at);
        self.0[..before].last().is_some_and(|range| at < range.end)
    }
}

/// An attribute at the beginning of tokens.
pub(super) struct Attribute<'a, 'text> {
    /// Whether it belongs to the item around it: `#![..]`.
    pub(super) is_inner: bool,
    /// The tokens between its brackets.
    pub(super) inside: &'a [Token<'text>],
    /// The number of its tokens.
    pub(super) length: usize,
}

/// Returns the attribute that tokens begin with.
pub(super) fn attribute<'a, 'text>(tokens: &'a [Token<'text>]) -> Option<Attribute<'a, 'text>> {
    let tokens = &tokens[..tokens.len().min(LONGEST)];
    let (is_inner, rest) = match tokens {
        [hash, bang, rest @ ..] if hash.is(b'#') && bang.is(b'!') => (true, rest),
        [hash, rest @ ..] if hash.is(b'#') => (false, rest),
        _ => return None,
    };
    rest.first().filter(|token| token.is(b'['))?;
    let length = bracketed(rest);
    Some(Attribute {
        is_inner,
        inside: &rest[1..length.max(2) - 1],
        length: tokens.len() - rest.len() + length,
    })
}

/// Returns the number of tokens to the end of the block that they are in.
fn rest_of_block(tokens: &[Token<'_>]) -> usize {
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token.kind {
            TokenKind::Punct(b')' | b']' | b'}') => break,
            TokenKind::Punct(b'(' | b'[' | b'{') => at += bracketed(&tokens[at..]),
            _ => at += 1,
        }
    }
    at
}

/// Returns whether an attribute makes its item test code: `test`, `tokio::test`, `cfg(test)`.
fn is_test_attribute(inside: &[Token<'_>]) -> bool {
    let path = inside
        .iter()
        .take_while(|token| token.kind == TokenKind::Word || token.is(b':'));
    let last = path.filter(|token| token.kind == TokenKind::Word).last();
    match inside.first().map(|token| token.text) {
        Some("cfg") => separated(inside.get(2..inside.len().max(3) - 1).unwrap_or_default())
            .first()
            .is_some_and(|condition| holds_in_tests_only(condition, 0)),
        Some("cfg_attr" | "clap" | "arg") => false,
        _ => last.is_some_and(|token| token.text.ends_with("test") || token.text == "bench"),
    }
}

/// Returns whether a condition of `cfg` holds for tests and documentation examples only. Deep ones are taken
/// for conditions of the product.
fn holds_in_tests_only(condition: &[Token<'_>], depth: usize) -> bool {
    let parts = || {
        let parts = separated(condition.get(2..condition.len() - 1).unwrap_or_default());
        let parts = parts.into_iter();
        parts.map(|part| depth < 16 && holds_in_tests_only(part, depth + 1))
    };
    match condition {
        [word] => ["test", "doctest"].contains(&word.text),
        [all, ..] if all.is_word("all") => parts().any(|in_tests| in_tests),
        [any, ..] if any.is_word("any") => parts().len() > 0 && parts().all(|in_tests| in_tests),
        _ => false,
    }
}

/// Returns the number of tokens of the item, statement or field at the beginning.
fn item_length(tokens: &[Token<'_>]) -> usize {
    let mut at = 0;
    let mut is_item = false;
    let mut is_begun = false;
    while let Some(token) = tokens.get(at) {
        match token.kind {
            // The commas of type parameters do not end an item.
            TokenKind::Punct(b',') if !is_item => return at,
            TokenKind::Punct(b';') => return at + 1,
            TokenKind::Punct(b')' | b']' | b'}') => return at,
            TokenKind::Punct(b'{') => return at + bracketed(&tokens[at..]),
            TokenKind::Punct(b'(' | b'[') => at += bracketed(&tokens[at..]),
            TokenKind::Word if !is_begun => {
                is_begun = token.text != "pub";
                is_item = ITEMS.contains(&token.text);
                at += 1;
            }
            _ => at += 1,
        }
    }
    at
}

/// The words with which items and statements begin that may have commas outside of brackets.
const ITEMS: [&str; 16] = [
    "async",
    "const",
    "enum",
    "extern",
    "fn",
    "impl",
    "let",
    "macro_rules",
    "mod",
    "static",
    "struct",
    "trait",
    "type",
    "union",
    "unsafe",
    "use",
];

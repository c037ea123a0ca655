//! Matching brackets, and the parts between them.

use super::scan::{Token, TokenKind};

/// Returns the number of tokens from an opening bracket to the matching one, both included. To the end
/// of the tokens if there is none.
pub(super) fn bracketed(tokens: &[Token<'_>]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Punct(b'(' | b'[' | b'{') => depth += 1,
            TokenKind::Punct(b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

/// Returns the parts between commas outside of brackets. The last one is left out if it is empty.
pub(super) fn separated<'a, 'text>(tokens: &'a [Token<'text>]) -> Vec<&'a [Token<'text>]> {
    let mut parts = Vec::new();
    let (mut depth, mut from) = (0_usize, 0);
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Punct(b'(' | b'[' | b'{') => depth += 1,
            TokenKind::Punct(b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            TokenKind::Punct(b',') if depth == 0 => {
                parts.push(&tokens[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    if from < tokens.len() {
        parts.push(&tokens[from..]);
    }
    parts
}

/// Returns the index of the parameters' bracket behind the name of a function.
pub(super) fn parameters_at(rest: &[Token<'_>]) -> Option<usize> {
    let mut angles = 0_usize;
    let mut at = 0;
    while let Some(token) = rest.get(at) {
        match token.kind {
            TokenKind::Punct(b'<') => angles += 1,
            TokenKind::Punct(b'>') if at == 0 || !rest[at - 1].is(b'-') => {
                angles = angles.saturating_sub(1);
            }
            TokenKind::Punct(b'(') if angles == 0 => return Some(at),
            // `Into<[u8; 2]>`, `Fn(u8)` and `{ N + 1 }` in generic parameters.
            TokenKind::Punct(b'(' | b'[' | b'{') if angles > 0 => {
                at += bracketed(&rest[at..]);
                continue;
            }
            TokenKind::Punct(b'{' | b';') => return None,
            _ => {}
        }
        at += 1;
    }
    None
}

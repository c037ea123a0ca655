//! Tokens of Rust source with their lines. Text that is not Rust also gives tokens of some kind.

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// Identifier, keyword or number; raw identifiers with their `r#`.
    Word,
    /// `'a`.
    Lifetime,
    /// String, byte string, raw string, character.
    Literal,
    /// A comment that documents the next item (`///`, `/** */`).
    Doc,
    /// Any other comment, including `//!`.
    Comment,
    /// Any other single character.
    Punct(u8),
}

/// A piece of the source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: TokenKind,
    pub(super) text: &'a str,
    /// Line of its first character, 1-based.
    pub(super) line: u32,
    /// Line of its last character, 1-based.
    pub(super) last: u32,
}

impl Token<'_> {
    /// Returns whether the token is this punctuation.
    pub(super) fn is(&self, punct: u8) -> bool {
        self.kind == TokenKind::Punct(punct)
    }

    /// Returns whether the token is this word.
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text == word
    }
}

/// Returns the tokens in order, without white space and without a byte order mark at the beginning.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut scanner = Tokens {
        text,
        at: 0,
        line: 1,
    };
    std::iter::from_fn(move || scanner.next())
}

/// Returns the tokens of the code, without comments and without the `r#` of raw identifiers.
pub(super) fn code(text: &str) -> Vec<Token<'_>> {
    let code =
        tokens(text).filter(|token| !matches!(token.kind, TokenKind::Doc | TokenKind::Comment));
    let plain = code.map(|mut token| {
        if token.kind == TokenKind::Word {
            token.text = token.text.strip_prefix("r#").unwrap_or(token.text);
        }
        token
    });
    plain.collect()
}

struct Tokens<'a> {
    text: &'a str,
    /// Byte offset of the next token, on a character boundary.
    at: usize,
    line: u32,
}

impl<'a> Tokens<'a> {
    fn next(&mut self) -> Option<Token<'a>> {
        let rest = &self.text[self.at..];
        let blank = rest.find(|c: char| !c.is_whitespace())?;
        self.pass(blank);
        let (line, rest) = (self.line, &self.text[self.at..]);
        // A file may begin with a shebang, which looks like the start of an inner attribute.
        let (kind, length) =
            if line == 1 && self.at == 0 && rest.starts_with("#!") && !rest.starts_with("#![") {
                (TokenKind::Comment, rest.find('\n').unwrap_or(rest.len()))
            } else {
                token(rest)
            };
        let text = &rest[..length];
        self.pass(length);
        // A newline at the end does not begin another line.
        Some(Token {
            kind,
            text,
            line,
            last: if text.ends_with('\n') {
                self.line - 1
            } else {
                self.line
            },
        })
    }

    fn pass(&mut self, bytes: usize) {
        let passed = &self.text[self.at..self.at + bytes];
        let breaks = passed.bytes().filter(|b| *b == b'\n').count();
        self.line = self
            .line
            .saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
        self.at += bytes;
    }
}

/// Returns kind and length in bytes of the token at the beginning of a text that is not empty.
fn token(rest: &str) -> (TokenKind, usize) {
    let bytes = rest.as_bytes();
    match bytes {
        [b'/', b'/', ..] => (line_comment(rest), rest.find('\n').unwrap_or(rest.len())),
        [b'/', b'*', ..] => (block_comment(rest), block_comment_length(bytes)),
        [b'"', ..] => (TokenKind::Literal, string(bytes, 0)),
        [b'\'', ..] => quote(rest),
        [first, ..] if is_word(*first) => word(rest),
        [first, ..] => (TokenKind::Punct(*first), 1),
        [] => (TokenKind::Punct(0), 0),
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn line_comment(rest: &str) -> TokenKind {
    if rest.starts_with("///") && !rest.starts_with("////") {
        TokenKind::Doc
    } else {
        TokenKind::Comment
    }
}

fn block_comment(rest: &str) -> TokenKind {
    let doc = rest.starts_with("/**") && !rest.starts_with("/***") && !rest.starts_with("/**/");
    if doc {
        TokenKind::Doc
    } else {
        TokenKind::Comment
    }
}

/// Returns the length of a block comment. Block comments nest.
fn block_comment_length(bytes: &[u8]) -> usize {
    let (mut at, mut depth) = (2, 1);
    while at < bytes.len() {
        match &bytes[at..] {
            [b'/', b'*', ..] => (at, depth) = (at + 2, depth + 1),
            [b'*', b'/', ..] => {
                (at, depth) = (at + 2, depth - 1);
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Returns the end of a string whose opening quote is at `open`. An unclosed string ends with the
/// text.
fn string(bytes: &[u8], open: usize) -> usize {
    let mut at = open + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Returns the end of a raw string with this number of `#` and its opening quote at `open`.
fn raw_string(bytes: &[u8], open: usize, hashes: usize) -> usize {
    for at in open + 1..bytes.len() {
        let end = at + 1 + hashes;
        let closing = bytes.get(at + 1..end);
        if bytes[at] == b'"' && closing.is_some_and(|hashes| hashes.iter().all(|b| *b == b'#')) {
            return end;
        }
    }
    bytes.len()
}

/// Reads a character or a lifetime.
fn quote(rest: &str) -> (TokenKind, usize) {
    let mut chars = rest.char_indices().skip(1);
    let (first, second) = (chars.next(), chars.next());
    match (first, second) {
        (Some((_, '\\')), _) => (TokenKind::Literal, escaped_char(rest)),
        (Some(_), Some((at, '\''))) => (TokenKind::Literal, at + 1),
        (Some((_, c)), _) if c.is_alphabetic() || c == '_' => {
            let name = rest.bytes().skip(1).take_while(|b| is_word(*b)).count();
            (TokenKind::Lifetime, 1 + name)
        }
        _ => (TokenKind::Punct(b'\''), 1),
    }
}

/// Returns the length of `'\..'`, or of the quote alone if it is not closed on its line.
fn escaped_char(rest: &str) -> usize {
    let end = rest
        .bytes()
        .enumerate()
        .skip(3)
        .take_while(|(_, b)| *b != b'\n')
        .find(|(_, b)| *b == b'\'');
    end.map_or(1, |(at, _)| at + 1)
}

/// Reads a word, or the string, character or raw identifier of which it is the prefix.
fn word(rest: &str) -> (TokenKind, usize) {
    let bytes = rest.as_bytes();
    let length = bytes.iter().take_while(|b| is_word(**b)).count();
    let (prefix, raw) = (
        &rest[..length],
        matches!(&rest[..length], "r" | "br" | "cr"),
    );
    let hashes = bytes[length..].iter().take_while(|b| **b == b'#').count();
    match bytes.get(length + hashes) {
        Some(b'"') if raw => (
            TokenKind::Literal,
            raw_string(bytes, length + hashes, hashes),
        ),
        Some(b'"') if hashes == 0 && matches!(prefix, "b" | "c") => {
            (TokenKind::Literal, string(bytes, length))
        }
        Some(b'\'') if hashes == 0 && prefix == "b" => {
            let (kind, quoted) = quote(&rest[length..]);
            if kind == TokenKind::Literal {
                (kind, length + quoted)
            } else {
                (TokenKind::Word, length)
            }
        }
        Some(next) if prefix == "r" && hashes == 1 && is_word(*next) => (
            TokenKind::Word,
            2 + bytes[2..].iter().take_while(|b| is_word(**b)).count(),
        ),
        _ => (TokenKind::Word, length),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use TokenKind::{Comment, Doc, Lifetime, Literal, Punct, Word};

    #[test]
    fn tokens_are_told_apart() {
        for (text, expected) in [
            ("a1_ é", vec![(Word, "a1_"), (Word, "é")]),
            (
                "r#type r#\"a\"b\"# br##\"\"#\"## b\"\\\"\" c\"x\"",
                vec![
                    (Word, "r#type"),
                    (Literal, "r#\"a\"b\"#"),
                    (Literal, "br##\"\"#\"##"),
                    (Literal, "b\"\\\"\""),
                    (Literal, "c\"x\""),
                ],
            ),
            (
                "'a' 'a '\\'' '\\u{1f}' b'{' 'é' '_",
                vec![
                    (Literal, "'a'"),
                    (Lifetime, "'a"),
                    (Literal, "'\\''"),
                    (Literal, "'\\u{1f}'"),
                    (Literal, "b'{'"),
                    (Literal, "'é'"),
                    (Lifetime, "'_"),
                ],
            ),
            (
                "/*/* { */ */x",
                vec![(Comment, "/*/* { */ */"), (Word, "x")],
            ),
            (
                "/// d\n//! i\n//// c\n/** d */ /*** c */ /**/",
                vec![
                    (Doc, "/// d"),
                    (Comment, "//! i"),
                    (Comment, "//// c"),
                    (Doc, "/** d */"),
                    (Comment, "/*** c */"),
                    (Comment, "/**/"),
                ],
            ),
            (
                "#!/bin/x \"\nfn",
                vec![(Comment, "#!/bin/x \""), (Word, "fn")],
            ),
            (
                "#![a]",
                vec![
                    (Punct(b'#'), "#"),
                    (Punct(b'!'), "!"),
                    (Punct(b'['), "["),
                    (Word, "a"),
                    (Punct(b']'), "]"),
                ],
            ),
        ] {
            assert_eq!(
                tokens(text).map(|t| (t.kind, t.text)).collect::<Vec<_>>(),
                expected,
                "{text:?}"
            );
        }
    }

    #[test]
    fn unclosed_things_end_with_the_text() {
        for text in [
            "\"a\\",
            "r##\"a\"#",
            "/* /* */",
            "'\\",
            "'",
            "b'",
            "b\"",
            "r#",
            "//",
            "\"\n\n",
        ] {
            let length: usize = tokens(text).map(|t| t.text.len()).sum();
            assert_eq!(length, text.len(), "{text:?}");
        }
    }

    #[test]
    fn tokens_know_their_lines() {
        let lines: Vec<_> = tokens("a\n\"b\n\nc\" d\n/* e\n */")
            .map(|t| (t.line, t.last))
            .collect();
        assert_eq!(lines, [(1, 1), (2, 4), (4, 4), (5, 6)]);
    }
}

//! The text of documentation without the marks of comments, quotes and hidden lines.

use super::scan::{Token, TokenKind};
use super::string::value;

/// A documentation text of which each line knows its line in the source.
#[derive(Debug, Default)]
pub(super) struct Page {
    text: String,
    lines: Vec<Line>,
    /// Whether the next line is in a fenced code block.
    is_fenced: bool,
}

/// A line of a page.
#[derive(Debug)]
struct Line {
    /// Offset of its first byte in the text.
    start: usize,
    /// Line in the source, 1-based.
    source: u32,
    is_fenced: bool,
    /// Whether it is in a code block, fenced or indented. A paragraph of a list can be indented as well.
    is_code: bool,
}

impl Page {
    /// Reads a text in Markdown.
    pub(super) fn of_markdown(text: &str) -> Self {
        let mut page = Self::default();
        page.push_lines(text, 1);
        page
    }

    /// Returns the documentation of a source file, and all other strings in it that may contain code.
    pub(super) fn of_source(all: &[Token<'_>]) -> (Self, Self) {
        let (mut documentation, mut strings) = (Self::default(), Self::default());
        let mut at = 0;
        while at < all.len() {
            let token = &all[at];
            let attribute = documentation_value(all, at);
            if attribute > 0 {
                documentation.push_lines(&attribute_text(&all[at + 2..at + attribute]), token.line);
            } else if let Some(content) = comment_content(token) {
                documentation.push_comment(content, token.line);
            } else if token.kind == TokenKind::Literal {
                let is_code = token.text.contains("include") || token.text.contains("env");
                let text = Some(token.text).filter(|_| is_code).and_then(value);
                strings.push_lines(&text.unwrap_or_default(), token.line);
            } else if token.kind == TokenKind::Word && !token.is_word("doc") {
                // Another item begins, and a code block does not extend into its documentation.
                documentation.is_fenced = false;
            }
            at += attribute.max(1);
        }
        (documentation, strings)
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the lines of each code block. Indented paragraphs of lists are among them.
    pub(super) fn code_blocks(&self) -> Vec<String> {
        let mut blocks: Vec<String> = Vec::new();
        let mut was_code = false;
        for (line, text) in self.lines.iter().zip(self.text.lines()) {
            if line.is_code && !was_code {
                blocks.push(String::new());
            }
            if let Some(block) = blocks.last_mut().filter(|_| line.is_code) {
                block.push_str(text);
                block.push('\n');
            }
            was_code = line.is_code;
        }
        blocks
    }

    /// Returns the line in the source of a byte of the text.
    pub(super) fn line(&self, at: usize) -> u32 {
        self.line_at(at).map_or(1, |line| line.source)
    }

    /// Returns whether a byte of the text is within backticks on its line and not in a code block.
    pub(super) fn is_in_code_span(&self, at: usize) -> bool {
        let Some(line) = self.line_at(at).filter(|line| !line.is_fenced) else {
            return false;
        };
        let before = self.text[line.start..at].matches('`').count();
        let rest = self.text[at..].lines().next().unwrap_or_default();
        before % 2 == 1 && rest.contains('`')
    }

    fn line_at(&self, at: usize) -> Option<&Line> {
        let after = self.lines.partition_point(|line| line.start <= at);
        self.lines.get(after.checked_sub(1)?)
    }

    /// Adds the content of a comment. Lines of a block comment may begin with `*`.
    fn push_comment(&mut self, content: &str, first: u32) {
        for (number, line) in (first..).zip(content.lines()) {
            let text = line.trim_start();
            let line = text.strip_prefix('*').unwrap_or(line);
            self.push_line(line, number);
        }
    }

    fn push_lines(&mut self, text: &str, first: u32) {
        for (number, line) in (first..).zip(text.lines()) {
            self.push_line(line, number);
        }
    }

    fn push_line(&mut self, written: &str, source: u32) {
        let is_indented = written.starts_with("    ") || written.contains('\t');
        let line = written.trim_start_matches(|c: char| c.is_whitespace() || c == '>');
        let item = line.trim_start_matches(|c: char| "-+*.)".contains(c) || c.is_ascii_digit());
        let item = item.trim_start();
        let is_fence = item.starts_with("```") || item.starts_with("~~~");
        let hidden = line.strip_prefix("# ").or((line == "#").then_some(""));
        self.lines.push(Line {
            start: self.text.len(),
            source,
            is_fenced: self.is_fenced,
            is_code: self.is_fenced || is_indented,
        });
        self.is_fenced ^= is_fence;
        self.text.push_str(hidden.unwrap_or(line));
        self.text.push('\n');
    }
}

/// Returns the content of a documentation comment.
fn comment_content<'a>(token: &Token<'a>) -> Option<&'a str> {
    let text = token.text;
    let is_outer = token.kind == TokenKind::Doc;
    let is_inner =
        token.kind == TokenKind::Comment && (text.starts_with("//!") || text.starts_with("/*!"));
    (is_outer || is_inner).then(|| {
        let content = &text[3..];
        let block = text.starts_with("/*").then(|| content.strip_suffix("*/"));
        block.flatten().unwrap_or(content)
    })
}

/// Returns the text of an attribute's value: its strings, with a placeholder for anything unknown.
fn attribute_text(value_tokens: &[Token<'_>]) -> String {
    let mut text = String::new();
    for token in value_tokens {
        if let Some(part) = value(token.text) {
            text.push_str(&part);
        } else if token.kind == TokenKind::Word && !token.is_word("concat") {
            text.push('?');
        }
    }
    text
}

/// Returns whether the token at an index is the key of an attribute: `[key = ..`, `(key = ..`, `, key = ..`.
pub(super) fn is_attribute_key(code: &[Token<'_>], at: usize, key: &str) -> bool {
    let before = at.checked_sub(1).and_then(|before| code.get(before));
    code[at].is_word(key)
        && code.get(at + 1).is_some_and(|token| token.is(b'='))
        && before.is_some_and(|token| token.is(b'[') || token.is(b'(') || token.is(b','))
}

/// Returns the number of tokens of `doc = VALUE` at an index, or 0 without such an attribute.
pub(super) fn documentation_value(code: &[Token<'_>], at: usize) -> usize {
    if !is_attribute_key(code, at, "doc") {
        return 0;
    }
    let mut depth = 0_usize;
    let rest = code[at..].iter().take(LONGEST);
    let value = rest.take_while(|token| {
        let is_end = depth == 0 && (is_closing(token) || token.is(b','));
        depth += usize::from(token.is(b'(') || token.is(b'[') || token.is(b'{'));
        depth = depth.saturating_sub(usize::from(is_closing(token)));
        !is_end
    });
    value.count()
}

/// Tokens of an attribute that are searched for its end. This bounds the time for a file full of unclosed attributes.
const LONGEST: usize = 256;

pub(super) fn is_closing(token: &Token<'_>) -> bool {
    token.is(b')') || token.is(b']') || token.is(b'}')
}

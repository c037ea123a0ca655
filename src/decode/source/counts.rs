//! Counting lines, `unsafe` blocks and to-dos.

use super::scan::{Token, TokenKind, tokens};

/// Line and token counts of one Rust file. Every line is exactly one of code, comment and blank.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SourceCounts {
    /// Lines with any code on them.
    pub code: u32,
    /// Lines with a comment, including doc comments, and no code.
    pub comments: u32,
    /// Lines without a visible character.
    pub blank: u32,
    /// `unsafe {` blocks. Bodies of `unsafe fn` are not counted.
    pub unsafe_blocks: u32,
    /// The [`TODO_WORDS`] in comments, and calls of the [`TODO_MACRO`].
    pub todos: u32,
}

/// The words in comments that count as to-dos.
pub const TODO_WORDS: [&str; 4] = ["TODO", "FIXME", "XXX", "HACK"];

/// The macro whose calls count as to-dos.
pub const TODO_MACRO: &str = "todo";

/// The kind of a line. If several apply, the greatest counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum LineKind {
    Blank,
    Comment,
    Code,
}

/// Counts a file. Every line is exactly one of code, comment and blank. A line without a visible
/// character is blank even inside a comment or a string, as in other line counters.
pub fn counts(text: &str) -> SourceCounts {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let empty: Vec<bool> = text.lines().map(|line| line.trim().is_empty()).collect();
    let mut lines = vec![LineKind::Blank; empty.len()];
    let mut counts = SourceCounts::default();
    let mut code: [Option<Token<'_>>; 2] = [None, None];
    for token in tokens(text) {
        let what = if matches!(token.kind, TokenKind::Comment | TokenKind::Doc) {
            LineKind::Comment
        } else {
            LineKind::Code
        };
        let first = usize::try_from(token.line)
            .unwrap_or(usize::MAX)
            .saturating_sub(1);
        let spanned = usize::try_from(token.last.saturating_sub(token.line)).unwrap_or(usize::MAX);
        // A `skip` inside a `zip` would be slow in unoptimized builds.
        let rest = lines
            .get_mut(first..)
            .unwrap_or_default()
            .iter_mut()
            .zip(empty.get(first..).unwrap_or_default());
        let within = rest.take(spanned.saturating_add(1));
        within
            .filter(|(_, empty)| !**empty)
            .for_each(|(line, _)| *line = (*line).max(what));
        if what == LineKind::Comment {
            counts.todos = counts.todos.saturating_add(marks(token.text));
            continue;
        }
        let [before, last] = code;
        counts.unsafe_blocks +=
            u32::from(token.is(b'{') && last.is_some_and(|t| t.is_word("unsafe")));
        let called = [b'(', b'[', b'{'].iter().any(|open| token.is(*open))
            && last.is_some_and(|t| t.is(b'!'));
        counts.todos += u32::from(called && before.is_some_and(|t| t.is_word(TODO_MACRO)));
        code = [last, Some(token)];
    }
    SourceCounts {
        code: number(&lines, LineKind::Code),
        comments: number(&lines, LineKind::Comment),
        blank: number(&lines, LineKind::Blank),
        ..counts
    }
}

/// Returns the number of lines of a kind.
fn number(lines: &[LineKind], kind: LineKind) -> u32 {
    let lines = lines.iter().filter(|line| **line == kind);
    u32::try_from(lines.count()).unwrap_or(u32::MAX)
}

/// Counts the [`TODO_WORDS`] of a comment.
fn marks(comment: &str) -> u32 {
    let words = comment.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    let marks = words.filter(|word| TODO_WORDS.contains(word)).count();
    u32::try_from(marks).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_code_comment_or_blank() {
        for (text, [code, comments, blank]) in [
            ("", [0, 0, 0]),
            ("\n\n", [0, 0, 2]),
            ("fn f() {}", [1, 0, 0]),
            ("fn f() {} // why\n", [1, 0, 0]),
            ("//! a\n\n/// b\nfn f() {}\r\n\r\n", [1, 2, 2]),
            ("/* a\n\n b */ x\n", [1, 1, 1]),
            ("let s = \"a\n \n// no comment\n\";\n", [3, 0, 1]),
            ("let s = r#\"\n\"/*\n\"#;\n\n", [3, 0, 1]),
            ("/* never closed\n\nx", [0, 2, 1]),
            ("#!/usr/bin/env run\nfn main() {}\n", [1, 1, 0]),
            ("  \t \n\u{a0}\n", [0, 0, 2]),
            ("\u{feff}// why\nfn f() {}\n", [1, 1, 0]),
            ("\u{feff}#!/usr/bin/env run\n", [0, 1, 0]),
            ("\u{feff}\n", [0, 0, 1]),
        ] {
            let counted = counts(text);
            assert_eq!(
                [counted.code, counted.comments, counted.blank],
                [code, comments, blank],
                "{text:?}"
            );
        }
    }

    #[test]
    fn unsafe_blocks_and_open_to_dos_are_counted_as_tokens() {
        for (text, unsafe_blocks, todos) in [
            ("unsafe { x() }; unsafe /* why */ { y() }", 2, 0),
            (
                "unsafe fn f() {} unsafe impl X for Y {} unsafe extern \"C\" {} #[unsafe(no_mangle)]",
                0,
                0,
            ),
            ("\"unsafe {\" // unsafe {", 0, 0),
            ("// TODO: a, FIXME b\n/* XXX HACK */ /// TODO", 0, 5),
            ("// TODOS todo AUTODO _TODO \"TODO\"", 0, 1),
            ("let TODO = \"FIXME\";", 0, 0),
            (
                "todo!(); todo ! [\"x\"]; todo!{} todo(); mytodo!() if todo != (1) {}",
                0,
                3,
            ),
        ] {
            let counted = counts(text);
            assert_eq!(
                (counted.unsafe_blocks, counted.todos),
                (unsafe_blocks, todos),
                "{text:?}"
            );
        }
    }
}

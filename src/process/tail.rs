//! Keeps the last lines of a text in bounded memory.

use std::collections::VecDeque;

/// The last whole lines of a stream, at most `cap` bytes.
#[derive(Debug)]
pub(crate) struct Tail {
    cap: usize,
    held: usize,
    lines: VecDeque<String>,
}

impl Tail {
    /// Creates an empty tail.
    pub(crate) fn new(cap: usize) -> Self {
        Self {
            cap,
            held: 0,
            lines: VecDeque::new(),
        }
    }

    /// Adds a line and drops the oldest ones beyond the limit. Of a line longer than the limit, the
    /// end is kept.
    pub(crate) fn push(&mut self, line: &str) {
        let line = last_bytes(line, self.cap.saturating_sub(1));
        self.held += line.len() + 1;
        self.lines.push_back(line.to_owned());
        while self.held > self.cap {
            let Some(gone) = self.lines.pop_front() else {
                break;
            };
            self.held -= gone.len() + 1;
        }
    }

    /// Returns the lines, each with a line terminator.
    pub(crate) fn text(&self) -> String {
        self.lines
            .iter()
            .flat_map(|line| [line.as_str(), "\n"])
            .collect()
    }
}

/// Returns the end of a text: at most `cap` bytes, starting at a character boundary.
pub(crate) fn last_bytes(text: &str, cap: usize) -> &str {
    let mut at = text.len().saturating_sub(cap);
    while !text.is_char_boundary(at) {
        at += 1;
    }
    &text[at..]
}

/// Returns the last whole lines of a text, at most `cap` bytes. If the last line alone is longer,
/// returns its end.
pub(crate) fn last_lines(text: &str, cap: usize) -> &str {
    let end = last_bytes(text, cap);
    if end.len() == text.len() || text[..text.len() - end.len()].ends_with('\n') {
        return end;
    }
    match end.split_once('\n') {
        Some((_, rest)) if !rest.is_empty() => rest,
        _ => end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_lines_stay() {
        let table: [(usize, &[&str], &str); 5] = [
            (100, &[], ""),
            (100, &["a", "", "b"], "a\n\nb\n"),
            (4, &["a", "b", "c"], "b\nc\n"),
            (4, &["abcdef"], "def\n"),
            (4, &["häö"], "ö\n"),
        ];
        for (cap, lines, text) in table {
            let mut tail = Tail::new(cap);
            lines.iter().for_each(|line| tail.push(line));
            assert_eq!(tail.text(), text, "{lines:?} in {cap}");
        }
    }

    #[test]
    fn a_text_is_shortened_to_whole_lines() {
        let table = [
            (9, "one\ntwo\n"),
            (8, "one\ntwo\n"),
            (7, "two\n"),
            (4, "two\n"),
            (3, "wo\n"),
            (0, ""),
        ];
        for (cap, text) in table {
            assert_eq!(last_lines("one\ntwo\n", cap), text, "{cap}");
        }
    }
}

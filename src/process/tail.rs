//! The last lines of a stream of text, in bounded memory.
//!
//! Must not know what they say.

use std::collections::VecDeque;

/// Keeps the last `cap` bytes, whole lines.
#[derive(Debug)]
pub(crate) struct Tail {
    cap: usize,
    held: usize,
    lines: VecDeque<String>,
}

impl Tail {
    /// Nothing yet.
    pub(crate) fn new(cap: usize) -> Self {
        Self {
            cap,
            held: 0,
            lines: VecDeque::new(),
        }
    }

    /// One more line; older ones go. A line too long for the whole tail leaves its own end.
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

    /// The lines, each with its end.
    pub(crate) fn text(&self) -> String {
        self.lines
            .iter()
            .flat_map(|line| [line.as_str(), "\n"])
            .collect()
    }
}

/// The end of a text, at most `cap` bytes, at a character's border.
pub(crate) fn last_bytes(text: &str, cap: usize) -> &str {
    let mut at = text.len().saturating_sub(cap);
    while !text.is_char_boundary(at) {
        at += 1;
    }
    &text[at..]
}

/// The last whole lines of a text, at most `cap` bytes; the end of the last line when that alone is longer.
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

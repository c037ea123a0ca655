//! Splits blocks of bytes from a pipe into lines of bounded length.

use std::io::BufRead;

/// Text that is appended to a line that was cut.
pub(super) const MARK: &[u8] = b" [line cut]";

/// Splits a byte stream into lines. Of a line longer than `cap`, the beginning and [`MARK`] are
/// passed on.
#[derive(Debug)]
pub(super) struct Splitter {
    /// Whether a carriage return also ends a line.
    ends_at_return: bool,
    cap: usize,
    held: Vec<u8>,
    over: bool,
    cut: u64,
}

impl Splitter {
    /// Creates a splitter for lines that end in `\n`.
    pub(super) fn lines(cap: usize) -> Self {
        Self {
            ends_at_return: false,
            cap,
            held: Vec::new(),
            over: false,
            cut: 0,
        }
    }

    /// Creates a splitter for pieces that end in `\n` or `\r`, as in the output of progress bars.
    pub(super) fn pieces(cap: usize) -> Self {
        Self {
            ends_at_return: true,
            ..Self::lines(cap)
        }
    }

    /// Returns the number of lines that were cut.
    pub(super) fn cut(&self) -> u64 {
        self.cut
    }

    /// Adds a block and passes on the lines that it completes, without their terminators.
    pub(super) fn push(&mut self, block: &[u8], out: &mut dyn FnMut(&[u8])) {
        let mut rest = block;
        while let Some(at) = self.end(rest) {
            let line = &rest[..at];
            if self.held.is_empty() && line.len() <= self.cap {
                out(line);
            } else {
                self.hold(line);
                self.give(out);
            }
            rest = &rest[at + 1..];
        }
        self.hold(rest);
    }

    /// Passes on the rest of the stream if it does not end in a line terminator.
    pub(super) fn finish(&mut self, out: &mut dyn FnMut(&[u8])) {
        if !self.held.is_empty() {
            self.give(out);
        }
    }

    /// Returns the length of the first line of `text`, or `None` if it is incomplete.
    fn end(&self, text: &[u8]) -> Option<usize> {
        if self.ends_at_return {
            return text.iter().position(|b| matches!(b, b'\n' | b'\r'));
        }
        // `skip_until` uses the standard library's fast search for a byte: it is three times as
        // fast as `position` on cargo's long lines.
        let length = { text }.skip_until(b'\n').ok()?;
        length.checked_sub(1).filter(|last| text[*last] == b'\n')
    }

    fn hold(&mut self, part: &[u8]) {
        let room = self.cap.saturating_sub(self.held.len());
        self.over |= part.len() > room;
        self.held.extend_from_slice(&part[..part.len().min(room)]);
    }

    fn give(&mut self, out: &mut dyn FnMut(&[u8])) {
        if self.over {
            self.cut += 1;
            self.held.extend_from_slice(MARK);
        }
        out(&self.held);
        self.held.clear();
        self.over = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds `text` in blocks of `step` bytes.
    fn split(mut splitter: Splitter, text: &str, step: usize) -> (Vec<String>, u64) {
        let mut lines = Vec::new();
        let mut out = |line: &[u8]| lines.push(String::from_utf8_lossy(line).into_owned());
        for block in text.as_bytes().chunks(step) {
            splitter.push(block, &mut out);
        }
        splitter.finish(&mut out);
        (lines, splitter.cut())
    }

    #[test]
    fn lines_do_not_depend_on_how_the_blocks_fall() {
        let table: [(&str, &[&str], u64); 7] = [
            ("", &[], 0),
            ("a\nbc\n", &["a", "bc"], 0),
            ("a\n\nno end", &["a", "", "no end"], 0),
            ("12345678\nx\n", &["12345678", "x"], 0),
            ("123456789\nx\n", &["12345678 [line cut]", "x"], 1),
            ("123456789and much more\n", &["12345678 [line cut]"], 1),
            ("12345678 without end", &["12345678 [line cut]"], 1),
        ];
        for (text, lines, cut) in table {
            for step in [1, 2, 3, 5, 8, 9, 1000] {
                assert_eq!(
                    split(Splitter::lines(8), text, step),
                    (lines.iter().map(|l| (*l).to_owned()).collect(), cut),
                    "{text:?} in blocks of {step}"
                );
            }
        }
    }

    #[test]
    fn pieces_end_at_carriage_returns_too() {
        let (pieces, _) = split(
            Splitter::pieces(100),
            "Building 1/3\rBuilding 2/3\r\ndone\n",
            4,
        );
        assert_eq!(pieces, ["Building 1/3", "Building 2/3", "", "done"]);
    }
}

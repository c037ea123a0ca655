//! Lines of a text with their byte offsets, whatever ends them. Knows nothing of Markdown.

/// One line. The lines of a text tile it, a byte-order mark in front aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// First byte.
    pub(super) start: usize,
    /// End without what ends the line.
    pub(super) end: usize,
    /// Start of the next line.
    pub(super) next: usize,
}

impl Line {
    pub(super) fn of<'t>(&self, text: &'t str) -> &'t str {
        &text[self.start..self.end]
    }

    /// What ends it; empty for a last line without.
    pub(super) fn ending<'t>(&self, text: &'t str) -> &'t str {
        &text[self.end..self.next]
    }
}

/// Splits at LF, CRLF and lone CR, as Markdown does.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let bytes = text.as_bytes();
    let mut start = if text.starts_with('\u{feff}') {
        '\u{feff}'.len_utf8()
    } else {
        0
    };
    let mut lines = Vec::new();
    while start < bytes.len() {
        let end = bytes[start..]
            .iter()
            .position(|b| matches!(b, b'\n' | b'\r'))
            .map_or(bytes.len(), |at| start + at);
        let ending = match &bytes[end..] {
            [b'\r', b'\n', ..] => 2,
            [] => 0,
            _ => 1,
        };
        lines.push(Line {
            start,
            end,
            next: end + ending,
        });
        start = end + ending;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_tile_the_text_whatever_ends_them() {
        for (text, expected) in [
            ("", &[][..]),
            ("a", &["a"]),
            ("a\nb\r\nc\rd", &["a", "b", "c", "d"]),
            ("a\n\n", &["a", ""]),
            ("\r\r\n", &["", ""]),
            ("\u{feff}a\n", &["a"]),
            ("\u{feff}", &[]),
        ] {
            let found = lines(text);
            assert_eq!(
                found.iter().map(|line| line.of(text)).collect::<Vec<_>>(),
                expected,
                "{text:?}"
            );
            let whole: String = found
                .iter()
                .map(|line| &text[line.start..line.next])
                .collect();
            assert_eq!(whole, text.trim_start_matches('\u{feff}'));
        }
    }
}

//! Lines of a screen, and columns that line up.
//!
//! A [`Line`] is the only way from text to a terminal screen. It escapes all text, so that no renderer can forget to.
//! Widths are display columns (Unicode TR 11).

use super::style::{Look, Style};
use crate::text::escape;

/// Pieces of text, each in a style, in one line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    pieces: Vec<(Style, String)>,
}

impl Line {
    /// Unstyled text.
    pub fn of(text: &str) -> Self {
        Self::default().and(Style::Plain, text)
    }

    /// Text in a style.
    pub fn styled(style: Style, text: &str) -> Self {
        Self::default().and(style, text)
    }

    /// Returns the line followed by text in a style.
    #[must_use]
    pub fn and(mut self, style: Style, text: &str) -> Self {
        if !text.is_empty() {
            self.pieces.push((style, escape(text)));
        }
        self
    }

    /// Returns the line followed by unstyled text.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.and(Style::Plain, text)
    }

    /// Returns the line followed by another.
    #[must_use]
    pub fn join(mut self, other: Self) -> Self {
        self.pieces.extend(other.pieces);
        self
    }

    /// Returns whether the line is empty.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Display columns.
    pub fn width(&self) -> usize {
        self.pieces.iter().map(|(_, text)| width(text)).sum()
    }

    /// Returns the line followed by blanks up to `columns`.
    #[must_use]
    pub fn padded(self, columns: usize) -> Self {
        let missing = columns.saturating_sub(self.width());
        self.text(&" ".repeat(missing))
    }

    /// Returns the line preceded by blanks up to `columns`.
    #[must_use]
    pub fn right(self, columns: usize) -> Self {
        let missing = columns.saturating_sub(self.width());
        Self::of(&" ".repeat(missing)).join(self)
    }

    /// Returns the line cut to `columns`, with dots at the end.
    #[must_use]
    pub fn fit(self, columns: usize, look: &Look) -> Self {
        if self.width() <= columns {
            return self;
        }
        let dots = look.signs().dots;
        let mut room = columns.saturating_sub(width(dots));
        let mut fitted = Self::default();
        for (style, text) in self.pieces {
            let kept = head(&text, room);
            room -= width(kept);
            let cut = kept.len() < text.len();
            fitted.pieces.push((style, kept.to_owned()));
            if cut {
                break;
            }
        }
        fitted.text(head(dots, columns))
    }

    /// Returns what is in the first columns of the line.
    #[must_use]
    pub fn before(self, columns: usize) -> Self {
        let mut room = columns;
        let mut before = Self::default();
        for (style, text) in self.pieces {
            let kept = head(&text, room);
            room -= width(kept);
            before.pieces.push((style, kept.to_owned()));
        }
        before
    }

    /// Returns the line broken at blanks. Lines after the first begin at `indent`. A word that is longer than a line stays
    /// whole.
    pub fn fold(self, indent: usize, look: &Look) -> Vec<Self> {
        if self.width() <= look.width {
            return vec![self];
        }
        let mut lines = Vec::new();
        let (mut line, mut fresh) = (Self::default(), true);
        for (style, text) in self.pieces {
            for word in text.split_inclusive(' ') {
                if !fresh
                    && !word.trim().is_empty()
                    && line.width() + width(word.trim_end()) > look.width
                {
                    lines.push(std::mem::replace(&mut line, Self::of(&" ".repeat(indent))));
                }
                line.push(style, word);
                // A line is not broken within its indentation.
                fresh &= word.trim().is_empty();
            }
        }
        lines.push(line);
        lines
    }

    /// Appends escaped text to the last piece if that has the same style.
    fn push(&mut self, style: Style, text: &str) {
        match self.pieces.last_mut() {
            Some((last, before)) if *last == style => before.push_str(text),
            _ => self.pieces.push((style, text.to_owned())),
        }
    }

    /// Returns the line with another at the right edge, or below it if both do not fit.
    pub fn with_right(self, right: Self, look: &Look) -> Vec<Self> {
        let edge = look.measure();
        if self.width() + 2 + right.width() <= edge {
            let room = edge - self.width();
            return vec![self.join(right.right(room))];
        }
        let below = right.right(edge);
        vec![self, below]
    }

    /// Returns the styled text, without line end and without trailing blanks.
    pub fn render(&self, look: &Look) -> String {
        let painted: String = self
            .pieces
            .iter()
            .map(|(style, text)| look.paint(*style, text))
            .collect();
        painted.trim_end_matches(' ').to_owned()
    }
}

/// A screen: every line with its line end.
pub fn page(lines: &[Line], look: &Look) -> String {
    lines.iter().map(|line| line.render(look) + "\n").collect()
}

/// How a column is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// At the right edge of the column, as numbers are.
    pub right: bool,
    /// Never wider than this; longer cells are cut.
    pub most: usize,
    /// Blanks before it.
    pub gap: usize,
}

impl Column {
    /// Text, two blanks before it.
    pub const LEFT: Self = Self {
        right: false,
        most: usize::MAX,
        gap: 2,
    };
    /// Numbers, two blanks before them.
    pub const RIGHT: Self = Self {
        right: true,
        ..Self::LEFT
    };

    /// The same, but not wider than `most`.
    pub const fn at_most(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// The same, with another distance from the column before.
    pub const fn gap(self, gap: usize) -> Self {
        Self { gap, ..self }
    }
}

/// Sets rows in columns. A row may be shorter than `columns`; its last cell is not padded.
pub fn table(rows: Vec<Vec<Line>>, columns: &[Column], look: &Look) -> Vec<Line> {
    let widths = widths(&rows, columns);
    rows.into_iter()
        .map(|row| set(row, columns, &widths, look))
        .collect()
}

/// The width of each column: its widest cell.
pub fn widths(rows: &[Vec<Line>], columns: &[Column]) -> Vec<usize> {
    columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let cells = rows.iter().filter_map(|row| row.get(at));
            let widest = cells.map(Line::width).max().unwrap_or(0);
            widest.min(column.most)
        })
        .collect()
}

fn set(row: Vec<Line>, columns: &[Column], widths: &[usize], look: &Look) -> Line {
    let mut line = Line::default();
    let last = row.len().saturating_sub(1);
    for (at, ((cell, column), width)) in row.into_iter().zip(columns).zip(widths).enumerate() {
        let cell = cell.fit(*width, look);
        let cell = match column.right {
            true => cell.right(*width),
            false if at == last => cell,
            false => cell.padded(*width),
        };
        // A column that is empty in every row takes no room, its gap neither.
        let gap = if *width == 0 { 0 } else { column.gap };
        line = line.text(&" ".repeat(gap)).join(cell);
    }
    line
}

/// Items in as many lines as it takes, behind a heading of `indent` columns. An item that is longer than a line is broken at
/// blanks.
pub fn wrap(heading: Line, indent: usize, items: Vec<Line>, gap: &str, look: &Look) -> Vec<Line> {
    let mut lines = vec![heading.padded(indent)];
    let mut fresh = true;
    let room = Look {
        width: look.width.saturating_sub(indent),
        ..*look
    };
    for item in items {
        if item.width() > room.width {
            for part in item.fold(2, &room) {
                if !fresh {
                    lines.push(Line::default().padded(indent));
                }
                if let Some(line) = lines.pop() {
                    lines.push(line.join(part));
                }
                fresh = false;
            }
            continue;
        }
        let needed = item.width() + if fresh { 0 } else { width(gap) };
        if !fresh
            && lines
                .last()
                .is_some_and(|line| line.width() + needed > look.width)
        {
            lines.push(Line::default().padded(indent));
            fresh = true;
        }
        if let Some(line) = lines.pop() {
            lines.push(if fresh { line } else { line.text(gap) }.join(item));
        }
        fresh = false;
    }
    lines
}

/// Display columns of escaped text.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

/// Display columns of one character.
fn char_width(c: char) -> usize {
    console::measure_text_width(c.encode_utf8(&mut [0; 4]))
}

/// The longest beginning of `text` that fits into `columns`.
pub(super) fn head(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += char_width(c);
        if used > columns {
            return &text[..at];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{ASCII, UNICODE};

    #[test]
    fn a_line_is_cut_at_display_columns_with_a_sign_for_it() {
        for (text, columns, look, shown) in [
            ("short", 5, ASCII, "short"),
            ("too long", 5, ASCII, "too.."),
            ("too long", 5, UNICODE, "too …"),
            ("日本語", 5, UNICODE, "日本…"),
            ("日本語", 4, UNICODE, "日…"),
            ("anything", 1, ASCII, "."),
            ("anything", 0, UNICODE, ""),
        ] {
            let line = Line::of(text).fit(columns, &look);
            assert_eq!(line.render(&look), shown, "{text:?} in {columns}");
            assert!(line.width() <= columns);
        }
    }

    #[test]
    fn a_long_line_is_folded_between_its_words() {
        let narrow = Look { width: 16, ..ASCII };
        for (text, folded) in [
            ("fits", "fits\n"),
            (
                "  head some words and more",
                "  head some\n    words and\n    more\n",
            ),
            (
                "a averyveryverylongword b",
                "a\n    averyveryverylongword\n    b\n",
            ),
        ] {
            assert_eq!(page(&Line::of(text).fold(4, &narrow), &narrow), folded);
        }
    }

    #[test]
    fn cells_line_up_whatever_their_script_and_style() {
        let rows = vec![
            vec![Line::of("日本"), Line::of("1"), Line::of("x")],
            vec![
                Line::styled(Style::Good, "abc"),
                Line::of("100"),
                Line::of("y"),
            ],
            vec![Line::of("short row")],
        ];
        let lines = table(
            rows,
            &[Column::LEFT.at_most(5), Column::RIGHT, Column::LEFT],
            &ASCII,
        );
        assert_eq!(
            page(&lines, &ASCII),
            "  日本     1  x\n  abc    100  y\n  sho..\n"
        );
    }

    #[test]
    fn an_empty_column_takes_no_room() {
        let rows = vec![vec![Line::of("a"), Line::default(), Line::of("b")]];
        assert_eq!(
            page(&table(rows, &[Column::LEFT; 3], &ASCII), &ASCII),
            "  a  b\n"
        );
    }

    #[test]
    fn text_at_the_right_edge_goes_below_when_there_is_no_room() {
        let narrow = Look { width: 20, ..ASCII };
        let right = || Line::of("right");
        assert_eq!(
            page(&Line::of("left").with_right(right(), &narrow), &narrow),
            "left           right\n"
        );
        assert_eq!(
            page(
                &Line::of("a left that is long").with_right(right(), &narrow),
                &narrow
            ),
            "a left that is long\n               right\n"
        );
    }

    #[test]
    fn items_wrap_under_their_heading() {
        let narrow = Look { width: 20, ..ASCII };
        let items = ["one two", "three", "four"].map(Line::of).to_vec();
        assert_eq!(
            page(&wrap(Line::of("  head"), 8, items, "   ", &narrow), &narrow),
            "  head  one two\n        three   four\n"
        );
        let items = ["one", "a reason to read", "two"].map(Line::of).to_vec();
        assert_eq!(
            page(&wrap(Line::of("  head"), 8, items, "   ", &narrow), &narrow),
            "  head  one\n        a reason to\n          read   two\n"
        );
    }

    #[test]
    fn control_characters_never_get_into_a_line() {
        let line = Line::of("a\x1b[2Jb").text("\r\n");
        assert_eq!(line.render(&ASCII), "a\\u{1b}[2Jb\\r\\n");
    }
}

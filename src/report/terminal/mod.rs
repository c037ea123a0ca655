//! Renders documents for a terminal.
//!
//! Everything goes through [`Line`], which escapes it. Tables line up in display columns, and screens fit the width of
//! the terminal.

mod diff;
mod gates;
mod problem;

use super::document::{
    Between, Block, CheckItem, Document, HeadingLevel, Headline, ItemList, Limit, Note, NoteKind,
    Overflow, Piece, Table, TableColumn, TableRow, Text,
};
use super::figure::blocks;
use super::line::{self, Line, page};
use super::phrase;
use super::style::{Look, Style};
pub use diff::short_lines;

/// Where the value of a [`Block::Field`] begins.
pub(super) const FIELD: usize = 13;

/// Where the last cell of a row begins that stands on lines of its own.
const BELOW: usize = 4;

/// The columns in which a long cell is readable.
const ROOM: usize = 40;

/// Where the items of a labelled [`ItemList`] begin.
const ITEMS: usize = 11;

/// Returns the document as a screen.
pub fn render(document: &Document, look: &Look) -> String {
    Screen::new(look).blocks(document)
}

/// A screen that is being laid out.
struct Screen<'a> {
    look: &'a Look,
    problems: problem::Shown,
}

impl<'a> Screen<'a> {
    fn new(look: &'a Look) -> Self {
        Self {
            look,
            problems: problem::Shown::default(),
        }
    }

    fn blocks(&mut self, blocks: &[Block]) -> String {
        let mut text = String::new();
        for (at, block) in blocks.iter().enumerate() {
            if !is_heading_of_diagrams(&blocks[at..]) {
                text += &self.block(block);
            }
        }
        text
    }

    fn block(&mut self, block: &Block) -> String {
        let look = self.look;
        let lines = match block {
            Block::Details(summary, blocks) => {
                let summary = Line::styled(Style::Strong, summary);
                return page(&[summary], look) + &self.blocks(blocks);
            }
            Block::Diff(change) => return diff::render(change, look),
            Block::Title { text, remark } => strong(text, look)
                .fit(look.width, look)
                .with_right(line(remark, look), look),
            Block::Heading(HeadingLevel::Section, text) => {
                vec![Line::default(), strong(text, look)]
            }
            Block::Heading(HeadingLevel::Subsection, text) => {
                vec![Line::of("  ").join(strong(text, look))]
            }
            Block::Verdict(headline) => verdict(headline, look),
            Block::Paragraph { text, short } => vec![paragraph(text, short.as_ref(), look)],
            Block::Problem(problem) => self.problems.lines(problem, look),
            Block::Quote(rule) => problem::quote(rule, look),
            Block::Evidence(evidence) => evidence
                .iter()
                .flat_map(|evidence| problem::with_panic(evidence, look))
                .collect(),
            Block::Gates(groups) => gates::lines(groups, look),
            Block::Table(table) => rows(table, look),
            Block::List(indent, items) => list(*indent, items, look),
            Block::Lines(indent, items) => lines(*indent, items, look),
            Block::Checklist(items) => checklist(items, look),
            // A terminal cannot draw it.
            Block::Diagram(_) => Vec::new(),
            Block::Items(items) => wrapped(items, look),
            Block::Field(label, text) => field(label, text, look),
            Block::Note(note) => self::note(note, look),
            Block::Separator => vec![Line::default()],
        };
        page(&lines, look)
    }
}

/// Returns whether blocks begin with the heading of a section that has nothing but diagrams.
fn is_heading_of_diagrams(blocks: &[Block]) -> bool {
    let [Block::Heading(HeadingLevel::Section, _), rest @ ..] = blocks else {
        return false;
    };
    let diagrams = rest
        .iter()
        .take_while(|block| matches!(block, Block::Diagram(_)));
    let count = diagrams.count();
    let is_end = match rest.get(count) {
        None | Some(Block::Separator) => true,
        Some(block) => matches!(block, Block::Heading(HeadingLevel::Section, _)),
    };
    count > 0 && is_end
}

/// Returns a text as a line, escaped.
fn line(text: &Text, look: &Look) -> Line {
    let mut line = Line::default();
    for piece in text.pieces() {
        line = match piece {
            Piece::Words(style, text) => line.and(*style, &look.signs().words(text)),
            Piece::Code(style, text) => line.and(*style, text),
            Piece::Varying(text) => line.text(&look.signs().words(text)),
            Piece::Verdict(verdict) => {
                let (word, style) = phrase::verdict(*verdict);
                line.and(style, word)
            }
            Piece::Chart(values, columns) => line.text(&blocks(values, *columns, look.signs())),
        };
    }
    line
}

/// Returns a text as a line in the style of headings. Pieces with a style of their own keep it.
fn strong(text: &Text, look: &Look) -> Line {
    let mut line = Line::default();
    for piece in text.pieces() {
        line = match piece {
            Piece::Words(Style::Plain, text) => line.and(Style::Strong, &look.signs().words(text)),
            other => line.join(self::line(&Text::from(other), look)),
        };
    }
    line
}

fn verdict(headline: &Headline, look: &Look) -> Vec<Line> {
    let word = Line::styled(headline.style, headline.word).right(12);
    let whole = word.text(" ").join(line(&headline.text, look));
    match headline.exit {
        Some(code) => whole.with_right(Line::styled(Style::Quiet, &format!("exit {code}")), look),
        None => whole.fold(FIELD, look),
    }
}

fn paragraph(text: &Text, short: Option<&Text>, look: &Look) -> Line {
    let full = line(text, look);
    match short {
        Some(short) if full.width() > look.width => line(short, look),
        _ => full,
    }
}

fn list(indent: usize, items: &[Text], look: &Look) -> Vec<Line> {
    items
        .iter()
        .flat_map(|item| {
            Line::default()
                .padded(indent)
                .join(line(item, look))
                .fold(indent + 2, look)
        })
        .collect()
}

fn checklist(items: &[CheckItem], look: &Look) -> Vec<Line> {
    let mut lines = Vec::new();
    for item in items {
        let mark = match item.holds {
            true => Line::styled(Style::Good, "  [x] "),
            false => Line::of("  [ ] "),
        };
        lines.extend(with_command(mark, &item.text, look));
    }
    lines
}

fn lines(indent: usize, items: &[Text], look: &Look) -> Vec<Line> {
    items
        .iter()
        .flat_map(|item| with_command(Line::default().padded(indent), item, look))
        .collect()
}

/// Returns a text behind a mark. One that is too long is folded, with the command at its end on a line of its own: commands
/// to copy stay whole.
fn with_command(mark: Line, text: &Text, look: &Look) -> Vec<Line> {
    let indent = mark.width() + 2;
    let whole = mark.clone().join(line(text, look));
    let (command, words) = match text.pieces() {
        [words @ .., command @ Piece::Code(..)] if !words.is_empty() => (Some(command), words),
        [Piece::Code(..)] => return vec![whole],
        words => (None, words),
    };
    if whole.width() <= look.width {
        return vec![whole];
    }
    let mut rest = mark;
    for piece in words {
        rest = rest.join(line(&Text::from(piece), look));
    }
    let mut lines = rest.fold(indent, look);
    if let Some(command) = command {
        let command = line(&Text::from(command), look);
        lines.push(Line::default().padded(indent).join(command));
    }
    lines
}

fn wrapped(items: &ItemList, look: &Look) -> Vec<Line> {
    let between = match items.between {
        Between::Blank => " ".to_owned(),
        Between::Gap => "   ".to_owned(),
        Between::Dot => format!(" {} ", look.signs().dot),
    };
    let indent = if items.label.is_empty() { 2 } else { ITEMS };
    let lines = items.items.iter().map(|item| line(item, look)).collect();
    line::wrap(line(&items.label, look), indent, lines, &between, look)
}

/// A command to copy is never broken into lines.
fn field(label: &str, text: &Text, look: &Look) -> Vec<Line> {
    let label = if label.is_empty() {
        Line::default()
    } else {
        Line::styled(Style::Strong, &format!("  {label}"))
    };
    let line = label.padded(FIELD).join(line(text, look));
    let has_code = text
        .pieces()
        .iter()
        .any(|piece| matches!(piece, Piece::Code(..)));
    if has_code {
        vec![line]
    } else {
        line.fold(FIELD, look)
    }
}

fn note(note: &Note, look: &Look) -> Vec<Line> {
    let label = match note.kind {
        NoteKind::Help => Line::styled(Style::Hint, "   help").text(": "),
        NoteKind::Next => Line::styled(Style::Hint, "  next: "),
        NoteKind::Note => Line::styled(Style::Hint, "  note: "),
        NoteKind::Warning => Line::styled(Style::Caution, "warning").text(": "),
    };
    let indent = label.width();
    let line = label.text(&note.text);
    if note.folds {
        line.fold(indent, look)
    } else {
        vec![line]
    }
}

fn rows(table: &Table, look: &Look) -> Vec<Line> {
    let columns: Vec<line::Column> = table.columns.iter().map(|c| column(c, look)).collect();
    let mut rows: Vec<Vec<Line>> = Vec::new();
    if table.has_heads {
        let heads = table.columns.iter().map(|column| column.head);
        rows.push(
            heads
                .map(|head| Line::styled(Style::Strong, head))
                .collect(),
        );
    }
    rows.extend(table.rows.iter().map(|row| cells(row, look)));

    let start = last_cell(&rows, &columns);
    let has_room = has_room(start, look);
    let first_row = rows.len() - table.rows.len();
    let mut lines = Vec::new();
    let whole = line::table(rows.clone(), &columns, look);
    for (at, (line, mut cells)) in whole.into_iter().zip(rows).enumerate() {
        // The titles are treated like the first row.
        let row = table.rows.get(at.saturating_sub(first_row));
        let last = match cells.len() == columns.len() {
            true => cells.pop(),
            false => None,
        };
        match (row.map_or(Overflow::Keep, |row| row.overflow), last) {
            (Overflow::Keep, _) => lines.push(line),
            (Overflow::Cut, _) => lines.push(line.fit(look.width, look)),
            (Overflow::Fold(indent), _) => lines.extend(line.fold(indent, look)),
            (Overflow::FoldLastCell, Some(last)) if !has_room && line.width() > look.width => {
                let others = line.width().saturating_sub(last.width());
                lines.push(line.before(others));
                let below = Line::of(&" ".repeat(BELOW)).join(last);
                lines.extend(below.fold(BELOW, look));
            }
            (Overflow::FoldLastCell, _) => {
                let indent = if has_room { start } else { BELOW };
                lines.extend(line.fold(indent, look));
            }
        }
    }
    lines
}

fn cells(row: &TableRow, look: &Look) -> Vec<Line> {
    row.cells.iter().map(|cell| line(cell, look)).collect()
}

/// Returns where the last cell begins.
fn last_cell(rows: &[Vec<Line>], columns: &[line::Column]) -> usize {
    let widths = line::widths(rows, columns);
    let before: usize = widths
        .iter()
        .rev()
        .skip(1)
        .zip(columns.iter().rev().skip(1))
        .map(|(width, column)| width + column.gap)
        .sum();
    before + columns.last().map_or(0, |column| column.gap)
}

/// Returns whether a cell that begins there can be continued below itself.
fn has_room(start: usize, look: &Look) -> bool {
    start <= look.width / 2 || look.width.saturating_sub(start) >= ROOM
}

fn column(column: &TableColumn, look: &Look) -> line::Column {
    line::Column {
        right: column.right,
        most: match column.limit {
            Limit::None => usize::MAX,
            Limit::Columns(columns) => columns,
            Limit::Half => look.width / 2,
        },
        gap: column.gap,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_cell_continues_below_itself_or_on_lines_of_its_own() {
        let row = |name: &str, command: &str| TableRow {
            cells: vec![name.into(), command.into()],
            overflow: Overflow::FoldLastCell,
        };
        let table = Table {
            name: "commands",
            columns: vec![TableColumn::text("metric"), TableColumn::text("command")],
            has_heads: true,
            rows: vec![
                row("time of a clean build", "cargo build --workspace"),
                row("unformatted files", "cargo fmt"),
            ],
        };
        let shown = |width: usize| {
            let look = Look {
                width,
                ..Look::PLAIN
            };
            page(&rows(&table, &look), &look)
        };
        for (width, expected) in [
            (
                80,
                "  metric                 command\n  \
                   time of a clean build  cargo build --workspace\n  \
                   unformatted files      cargo fmt\n",
            ),
            (
                46,
                "  metric                 command\n  \
                   time of a clean build\n    \
                     cargo build --workspace\n  \
                   unformatted files      cargo fmt\n",
            ),
            (
                26,
                "  metric\n    \
                     command\n  \
                   time of a clean build\n    \
                     cargo build\n    \
                     --workspace\n  \
                   unformatted files\n    \
                     cargo fmt\n",
            ),
        ] {
            assert_eq!(shown(width), expected, "{width}");
        }
        let wide = Table {
            rows: vec![row(&"x".repeat(60), &"word ".repeat(20))],
            ..table.clone()
        };
        let look = Look {
            width: 110,
            ..Look::PLAIN
        };
        let screen = page(&rows(&wide, &look), &look);
        let below = format!("\n{}word", " ".repeat(64));
        assert!(screen.contains(&below), "{screen}");
    }
}

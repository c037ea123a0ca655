//! The blocks of a Markdown text, line by line: which lines are headings, which only look like it.
//!
//! As much of CommonMark (<https://spec.commonmark.org/0.31.2/>) as a changelog needs to be cut at the right places: both
//! kinds of headings, fences, comments and other raw HTML, list items and what lies inside them, link definitions. What is
//! written inside of lines is nobody's business here, nor are versions.

use std::ops::Range;

use super::html;
use super::line::{Line, lines};

/// What a line is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Blank,
    /// Both lines of an underlined one.
    Heading,
    /// First line of a list item.
    Item,
    Text,
    /// Fenced or indented.
    Code,
    Comment,
    /// Raw HTML other than comments.
    Html,
    Definition,
    Rule,
}

/// A line and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) line: Line,
    pub(super) kind: Kind,
    /// Inside a list item that began above.
    pub(super) nested: bool,
}

/// A heading at the top level of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heading {
    pub(super) level: u8,
    /// The first row that belongs to it: its own, or that of the anchors above it (`<a name="1.0.0"></a>`).
    pub(super) first: usize,
    /// Its lines: one, or with an underline two and more.
    pub(super) rows: Range<usize>,
    /// Its text, without hashes and blanks around.
    pub(super) text: Range<usize>,
}

/// `[label]: url`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Definition {
    pub(super) row: usize,
    pub(super) label: Range<usize>,
    pub(super) url: Range<usize>,
}

/// A text's lines, headings and link definitions, each in the order of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Outline {
    pub(super) rows: Vec<Row>,
    pub(super) headings: Vec<Heading>,
    pub(super) definitions: Vec<Definition>,
}

/// A block that goes on until something ends it, or the list item around it (its column) does.
struct Open {
    until: Until,
    kind: Kind,
    within: usize,
}

enum Until {
    /// A line of at least so many of this character alone.
    Fence(char, usize),
    /// A line with this in it.
    Mark(&'static str),
    Blank,
}

struct Scanner<'t> {
    text: &'t str,
    out: Outline,
    /// Column of the text in the outermost list item that is open.
    list: Option<usize>,
    open: Option<Open>,
}

/// Reads the blocks of any text.
pub(super) fn outline(text: &str) -> Outline {
    let lines = lines(text);
    let mut scanner = Scanner {
        text,
        out: Outline::default(),
        list: None,
        open: None,
    };
    let is_dashes = |line: &Line| line.of(text).trim_end() == "---";
    let front_matter = lines.first().is_some_and(is_dashes) && lines[1..].iter().any(is_dashes);
    for (at, line) in lines.iter().enumerate() {
        if at == 0 && front_matter {
            scanner.open(Until::Fence('-', 3), Kind::Code, 0);
            scanner.push(*line, Kind::Code, false);
        } else {
            scanner.line(*line);
        }
    }
    anchor(text, &mut scanner.out);
    scanner.out
}

/// Gives headings the anchors above them.
fn anchor(text: &str, outline: &mut Outline) {
    let rows = &outline.rows;
    let is_anchor = |row: &Row| {
        matches!(row.kind, Kind::Text | Kind::Html) && html::is_anchor(row.line.of(text))
    };
    for heading in &mut outline.headings {
        for at in (0..heading.rows.start).rev() {
            if is_anchor(&rows[at]) {
                heading.first = at;
            } else if rows[at].kind != Kind::Blank {
                break;
            }
        }
    }
}

impl Scanner<'_> {
    fn push(&mut self, line: Line, kind: Kind, nested: bool) {
        self.out.rows.push(Row { line, kind, nested });
    }

    fn open(&mut self, until: Until, kind: Kind, within: usize) {
        self.open = Some(Open {
            until,
            kind,
            within,
        });
    }

    fn line(&mut self, line: Line) {
        let (indent, rest) = indentation(line.of(self.text));
        if let Some(kind) = self.within_open(indent, rest) {
            self.push(line, kind, self.list.is_some());
        } else if rest.is_empty() {
            self.push(line, Kind::Blank, self.list.is_some());
        } else if self.list.is_some_and(|column| indent >= column) {
            let kind = self
                .opened(rest, self.list.unwrap_or(0))
                .unwrap_or(item_or_text(rest));
            self.push(line, kind, true);
        } else {
            self.top(line, indent, rest);
        }
    }

    /// The kind of a line inside an open block; `None` when there is none or this line ended it by not being part of it.
    fn within_open(&mut self, indent: usize, rest: &str) -> Option<Kind> {
        let Open {
            until,
            kind,
            within,
        } = self.open.as_ref()?;
        let (kind, left) = (*kind, *within > 0 && !rest.is_empty() && indent < *within);
        let (ends, part) = match until {
            Until::Fence(mark, length) => {
                let marks = rest.trim_end();
                (
                    marks.len() >= *length && marks.chars().all(|c| c == *mark),
                    true,
                )
            }
            Until::Mark(mark) => (rest.to_ascii_lowercase().contains(mark), true),
            Until::Blank => (rest.is_empty(), !rest.is_empty()),
        };
        if ends || left {
            self.open = None;
        }
        (part && !left).then_some(kind)
    }

    /// Starts the block that a line opens, if it does.
    fn opened(&mut self, rest: &str, within: usize) -> Option<Kind> {
        if let Some((mark, length)) = fence(rest) {
            self.open(Until::Fence(mark, length), Kind::Code, within);
            return Some(Kind::Code);
        }
        if let Some(comment) = rest.strip_prefix("<!--") {
            if !comment.contains("-->") {
                self.open(Until::Mark("-->"), Kind::Comment, within);
            }
            return Some(Kind::Comment);
        }
        if let Some(mark) = html::verbatim(rest) {
            if !rest.to_ascii_lowercase().contains(mark) {
                self.open(Until::Mark(mark), Kind::Html, within);
            }
            return Some(Kind::Html);
        }
        html::is_block(rest).then(|| {
            self.open(Until::Blank, Kind::Html, within);
            Kind::Html
        })
    }

    /// A line that is in no list item, unless it lazily continues one.
    fn top(&mut self, line: Line, indent: usize, rest: &str) {
        let paragraph = self
            .out
            .rows
            .last()
            .is_some_and(|row| matches!(row.kind, Kind::Text | Kind::Item));
        if indent >= 4 {
            let lazy = paragraph && self.list.is_some();
            return self.push(line, if paragraph { Kind::Text } else { Kind::Code }, lazy);
        }
        if let Some(heading) = self.heading(line, rest, paragraph) {
            self.list = None;
            self.out.headings.push(heading);
            return self.push(line, Kind::Heading, false);
        }
        let definition = if paragraph {
            None
        } else {
            definition(line.end - rest.len(), rest)
        };
        let kind = if is_rule(rest) {
            Some(Kind::Rule)
        } else if let Some((label, url)) = definition {
            let row = self.out.rows.len();
            self.out.definitions.push(Definition { row, label, url });
            Some(Kind::Definition)
        } else {
            self.opened(rest, 0)
        };
        if let Some(kind) = kind {
            self.list = None;
            return self.push(line, kind, false);
        }
        if let Some(width) = marker(rest) {
            self.list = Some(indent + width);
            self.opened(rest.get(width..).unwrap_or_default(), indent + width);
            return self.push(line, Kind::Item, false);
        }
        if !paragraph {
            self.list = None;
        }
        self.push(line, Kind::Text, self.list.is_some());
    }

    /// The heading that this line is, or that it underlines: the lines of the paragraph above become part of it.
    fn heading(&mut self, line: Line, rest: &str, paragraph: bool) -> Option<Heading> {
        let at = self.out.rows.len();
        let start = line.end - rest.len();
        if let Some((level, text)) = hashed(rest) {
            return Some(Heading {
                level,
                first: at,
                rows: at..at + 1,
                text: start + text.start..start + text.end,
            });
        }
        let level = underline(rest).filter(|_| paragraph && self.list.is_none())?;
        let above = self
            .out
            .rows
            .iter_mut()
            .rev()
            .take_while(|row| row.kind == Kind::Text && !row.nested);
        let first = at - above.map(|row| row.kind = Kind::Heading).count();
        let (from, to) = (
            self.out.rows[first].line.start,
            self.out.rows[at - 1].line.end,
        );
        let text = &self.text[from..to];
        let blank = text.len() - text.trim_start().len();
        Some(Heading {
            level,
            first,
            rows: first..at + 1,
            text: from + blank..from + text.trim_end().len(),
        })
    }
}

fn item_or_text(rest: &str) -> Kind {
    if marker(rest).is_some() {
        Kind::Item
    } else {
        Kind::Text
    }
}

/// Columns of white space in front, and the rest without white space at its end. A tab reaches to the next multiple of four.
fn indentation(text: &str) -> (usize, &str) {
    let rest = text.trim_start_matches([' ', '\t']);
    let columns = text[..text.len() - rest.len()]
        .chars()
        .fold(0, |at, c| if c == '\t' { at / 4 * 4 + 4 } else { at + 1 });
    (columns, if rest.trim().is_empty() { "" } else { rest })
}

/// `## text ##`: level and where the text lies.
fn hashed(rest: &str) -> Option<(u8, Range<usize>)> {
    let level = rest.bytes().take_while(|b| *b == b'#').count();
    let after = &rest[level..];
    if !(1..=6).contains(&level) || !(after.is_empty() || after.starts_with([' ', '\t'])) {
        return None;
    }
    let open = after.trim_end();
    let unclosed = open.trim_end_matches('#');
    let text = if unclosed.is_empty() || unclosed.ends_with([' ', '\t']) {
        unclosed.trim_end()
    } else {
        open
    };
    let start = level + (text.len() - text.trim_start().len());
    u8::try_from(level)
        .ok()
        .map(|number| (number, start..(level + text.len()).max(start)))
}

fn underline(rest: &str) -> Option<u8> {
    let marks = rest.trim_end();
    let all = |mark: char| marks.chars().all(|c| c == mark);
    if all('=') {
        Some(1)
    } else {
        all('-').then_some(2)
    }
}

fn is_rule(rest: &str) -> bool {
    let of = |mark: char| {
        rest.chars().all(|c| c == mark || c == ' ' || c == '\t')
            && rest.chars().filter(|c| *c == mark).count() >= 3
    };
    of('-') || of('*') || of('_')
}

/// The mark and length of an opening fence.
fn fence(rest: &str) -> Option<(char, usize)> {
    let mark = rest.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = rest.chars().take_while(|c| *c == mark).count();
    (length >= 3 && !(mark == '`' && rest[length..].contains('`'))).then_some((mark, length))
}

/// Width of a list item's marker with the blanks behind it.
fn marker(rest: &str) -> Option<usize> {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let sign = match rest.as_bytes().get(digits)? {
        b'-' | b'*' | b'+' if digits == 0 => 1,
        b'.' | b')' if (1..=9).contains(&digits) => digits + 1,
        _ => return None,
    };
    let after = &rest[sign..];
    let blanks = after.len() - after.trim_start_matches([' ', '\t']).len();
    match blanks {
        0 if !after.is_empty() => None,
        1..=4 if blanks < after.len() => Some(sign + blanks),
        _ => Some(sign + 1),
    }
}

/// `[label]: url`: where label and URL lie; `at` is the place of `rest`. A footnote is none.
fn definition(at: usize, rest: &str) -> Option<(Range<usize>, Range<usize>)> {
    let inner = rest
        .strip_prefix('[')
        .filter(|inner| !inner.starts_with('^'))?;
    let close = inner
        .find("]:")
        .filter(|close| !inner[..*close].trim().is_empty())?;
    if inner[..close].contains(['[', ']']) {
        return None;
    }
    let after = &inner[close + 2..];
    let url = after.trim_start();
    let start = at + 1 + close + 2 + (after.len() - url.len());
    let (skip, length) = match url.strip_prefix('<') {
        Some(angled) => (1, angled.find('>')?),
        None => (0, url.find(char::is_whitespace).unwrap_or(url.len())),
    };
    (length > 0).then(|| (at + 1..at + 1 + close, start + skip..start + skip + length))
}

#[cfg(test)]
mod tests;

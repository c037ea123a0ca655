//! The parts of Markdown that a changelog needs: lines, blocks and links, with their byte offsets.
//!
//! Implements the part of CommonMark (<https://spec.commonmark.org/0.31.2/>) that decides where a
//! changelog can be edited: both kinds of headings, fences, comments and other raw HTML, list items
//! and their content, link definitions, and links inside lines. Versions are read elsewhere.

use std::collections::HashMap;
use std::ops::Range;

/// The kind of block that a line belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowKind {
    Blank,
    /// A heading; all lines if it is underlined.
    Heading,
    /// First line of a list item.
    Item,
    Text,
    /// Fenced or indented code.
    Code,
    Comment,
    /// Raw HTML other than comments.
    Html,
    Definition,
    Rule,
}

/// A line and its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OutlineRow {
    pub(super) line: Line,
    pub(super) kind: RowKind,
    /// Whether the line belongs to a list item that began above.
    pub(super) nested: bool,
}

/// A heading at the top level of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heading {
    pub(super) level: u8,
    /// First row, including anchors above the heading (`<a name="1.0.0"></a>`).
    pub(super) first: usize,
    /// Rows of the heading: one, or two and more with an underline.
    pub(super) rows: Range<usize>,
    /// Bytes of its text, without hashes and surrounding white space.
    pub(super) text: Range<usize>,
}

/// A link definition, `[label]: url`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LinkDefinition {
    pub(super) row: usize,
    pub(super) label: Range<usize>,
    pub(super) url: Range<usize>,
}

/// The lines, headings and link definitions of a text, each in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct MarkdownOutline {
    pub(super) rows: Vec<OutlineRow>,
    pub(super) headings: Vec<Heading>,
    pub(super) definitions: Vec<LinkDefinition>,
}

/// An open block. It ends at a certain line, or with the list item around it.
struct Open {
    until: Until,
    kind: RowKind,
    within: usize,
}

enum Until {
    /// A line that consists of at least this many of a character.
    Fence(char, usize),
    /// A line that contains this text.
    Mark(&'static str),
    Blank,
}

struct BlockScanner<'t> {
    text: &'t str,
    out: MarkdownOutline,
    /// Column of the text in the outermost open list item.
    list: Option<usize>,
    open: Option<Open>,
}

/// Reads the blocks of a text. Any text is valid.
pub(super) fn outline(text: &str) -> MarkdownOutline {
    let lines = lines(text);
    let mut scanner = BlockScanner {
        text,
        out: MarkdownOutline::default(),
        list: None,
        open: None,
    };
    let is_dashes = |line: &Line| line.of(text).trim_end() == "---";
    let front_matter = lines.first().is_some_and(is_dashes) && lines[1..].iter().any(is_dashes);
    for (at, line) in lines.iter().enumerate() {
        if at == 0 && front_matter {
            scanner.open(Until::Fence('-', 3), RowKind::Code, 0);
            scanner.push(*line, RowKind::Code, false);
        } else {
            scanner.line(*line);
        }
    }
    anchor(text, &mut scanner.out);
    scanner.out
}

/// Adds the anchors above headings to them.
fn anchor(text: &str, outline: &mut MarkdownOutline) {
    let rows = &outline.rows;
    let is_anchor = |row: &OutlineRow| {
        matches!(row.kind, RowKind::Text | RowKind::Html) && is_anchor(row.line.of(text))
    };
    for heading in &mut outline.headings {
        for at in (0..heading.rows.start).rev() {
            if is_anchor(&rows[at]) {
                heading.first = at;
            } else if rows[at].kind != RowKind::Blank {
                break;
            }
        }
    }
}

impl BlockScanner<'_> {
    fn push(&mut self, line: Line, kind: RowKind, nested: bool) {
        self.out.rows.push(OutlineRow { line, kind, nested });
    }

    fn open(&mut self, until: Until, kind: RowKind, within: usize) {
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
            self.push(line, RowKind::Blank, self.list.is_some());
        } else if self.list.is_some_and(|column| indent >= column) {
            let kind = self
                .opened(rest, self.list.unwrap_or(0))
                .unwrap_or(item_or_text(rest));
            self.push(line, kind, true);
        } else {
            self.top(line, indent, rest);
        }
    }

    /// Returns the kind of a line inside the open block; `None` if no block is open, or if this
    /// line ended it without belonging to it.
    fn within_open(&mut self, indent: usize, rest: &str) -> Option<RowKind> {
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

    /// Opens the block that a line starts, if any, and returns its kind.
    fn opened(&mut self, rest: &str, within: usize) -> Option<RowKind> {
        if let Some((mark, length)) = fence(rest) {
            self.open(Until::Fence(mark, length), RowKind::Code, within);
            return Some(RowKind::Code);
        }
        if let Some(comment) = rest.strip_prefix("<!--") {
            if !comment.contains("-->") {
                self.open(Until::Mark("-->"), RowKind::Comment, within);
            }
            return Some(RowKind::Comment);
        }
        if let Some(mark) = verbatim(rest) {
            if !rest.to_ascii_lowercase().contains(mark) {
                self.open(Until::Mark(mark), RowKind::Html, within);
            }
            return Some(RowKind::Html);
        }
        is_html_block(rest).then(|| {
            self.open(Until::Blank, RowKind::Html, within);
            RowKind::Html
        })
    }

    /// Handles a line outside list items, unless it lazily continues one.
    fn top(&mut self, line: Line, indent: usize, rest: &str) {
        let paragraph = self
            .out
            .rows
            .last()
            .is_some_and(|row| matches!(row.kind, RowKind::Text | RowKind::Item));
        if indent >= 4 {
            let lazy = paragraph && self.list.is_some();
            return self.push(
                line,
                if paragraph {
                    RowKind::Text
                } else {
                    RowKind::Code
                },
                lazy,
            );
        }
        if let Some(heading) = self.heading(line, rest, paragraph) {
            self.list = None;
            self.out.headings.push(heading);
            return self.push(line, RowKind::Heading, false);
        }
        let definition = if paragraph {
            None
        } else {
            read_definition(line.end - rest.len(), rest)
        };
        let kind = if is_rule(rest) {
            Some(RowKind::Rule)
        } else if let Some((label, url)) = definition {
            let row = self.out.rows.len();
            self.out
                .definitions
                .push(LinkDefinition { row, label, url });
            Some(RowKind::Definition)
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
            return self.push(line, RowKind::Item, false);
        }
        if !paragraph {
            self.list = None;
        }
        self.push(line, RowKind::Text, self.list.is_some());
    }

    /// Returns the heading on this line or underlined by it. Lines of the paragraph above become
    /// part of it.
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
            .take_while(|row| row.kind == RowKind::Text && !row.nested);
        let first = at - above.map(|row| row.kind = RowKind::Heading).count();
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

fn item_or_text(rest: &str) -> RowKind {
    if marker(rest).is_some() {
        RowKind::Item
    } else {
        RowKind::Text
    }
}

/// Returns the columns of leading white space, and the rest; the rest is empty if it is all white
/// space. A tab reaches to the next multiple of four.
fn indentation(text: &str) -> (usize, &str) {
    let rest = text.trim_start_matches([' ', '\t']);
    let columns = text[..text.len() - rest.len()]
        .chars()
        .fold(0, |at, c| if c == '\t' { at / 4 * 4 + 4 } else { at + 1 });
    (columns, if rest.trim().is_empty() { "" } else { rest })
}

/// Returns the level of a `## text ##` heading and the position of its text.
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
    if marks.chars().all(|c| c == '=') {
        Some(1)
    } else {
        marks.chars().all(|c| c == '-').then_some(2)
    }
}

fn is_rule(rest: &str) -> bool {
    ['-', '*', '_'].into_iter().any(|mark| {
        rest.chars().all(|c| c == mark || c == ' ' || c == '\t')
            && rest.chars().filter(|c| *c == mark).count() >= 3
    })
}

/// Returns the character and length of an opening fence.
fn fence(rest: &str) -> Option<(char, usize)> {
    let mark = rest.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = rest.chars().take_while(|c| *c == mark).count();
    (length >= 3 && !(mark == '`' && rest[length..].contains('`'))).then_some((mark, length))
}

/// Returns the width of a list item's marker, including the space after it.
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

/// Returns the positions of label and URL in `[label]: url`, for text at byte `at`. Footnotes are
/// not link definitions.
fn read_definition(at: usize, rest: &str) -> Option<(Range<usize>, Range<usize>)> {
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

/// One line. Lines cover the text without gaps, except for a byte-order mark at its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Position of the first byte.
    pub(super) start: usize,
    /// End of the line without its line ending.
    pub(super) end: usize,
    /// Start of the next line.
    pub(super) next: usize,
}

impl Line {
    pub(super) fn of<'t>(&self, text: &'t str) -> &'t str {
        &text[self.start..self.end]
    }

    /// Returns the line ending; empty if the last line has none.
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

/// Tags whose content is verbatim, and their closing tags.
const VERBATIM: [(&str, &str); 4] = [
    ("pre", "</pre>"),
    ("script", "</script>"),
    ("style", "</style>"),
    ("textarea", "</textarea>"),
];

/// Tags that start a block which ends at a blank line, as far as they occur in changelogs. See
/// <https://spec.commonmark.org/0.31.2/#html-blocks>.
const BLOCKS: [&str; 24] = [
    "blockquote",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "section",
    "summary",
    "table",
    "tbody",
    "td",
    "tr",
    "ul",
];

/// Returns whether a line consists of invisible anchors: `<a name="1.0.0"></a>`.
pub(super) fn is_anchor(line: &str) -> bool {
    let mut rest = line.trim();
    let mut anchors = 0;
    while let Some(after) = behind_anchor(rest) {
        rest = after.trim_start();
        anchors += 1;
    }
    anchors > 0 && rest.is_empty()
}

/// Returns the text after an anchor at the start.
fn behind_anchor(text: &str) -> Option<&str> {
    let (tag, after) = text.strip_prefix('<')?.split_once('>')?;
    let (name, attributes) = tag.split_once(char::is_whitespace)?;
    let attributes = attributes.trim_start().to_ascii_lowercase();
    let is_target = attributes.starts_with("name=") || attributes.starts_with("id=");
    if !["a", "span"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
        || !is_target
        || attributes.contains("href")
    {
        return None;
    }
    let closing = format!("</{name}>");
    after
        .strip_prefix(closing.as_str())
        .or_else(|| tag.ends_with('/').then_some(after))
}

/// Returns the closing tag of the verbatim block that starts on this line.
pub(super) fn verbatim(line: &str) -> Option<&'static str> {
    let tag = tag_name(line.strip_prefix('<')?);
    VERBATIM
        .iter()
        .find(|(name, _)| tag.eq_ignore_ascii_case(name))
        .map(|(_, end)| *end)
}

/// Returns whether a line starts an HTML block that ends at a blank line.
pub(super) fn is_html_block(line: &str) -> bool {
    let Some(rest) = line.strip_prefix('<') else {
        return false;
    };
    let tag = tag_name(rest.strip_prefix('/').unwrap_or(rest));
    BLOCKS.iter().any(|name| tag.eq_ignore_ascii_case(name))
}

/// Returns the name of a tag; empty if other characters follow it.
fn tag_name(rest: &str) -> &str {
    let name = rest
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(rest.len());
    let ends = rest[name..].is_empty() || rest[name..].starts_with([' ', '\t', '>', '/']);
    if ends { &rest[..name] } else { "" }
}

/// An inline link, `[text](target)` or `![text](target)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// Position of the target in the line.
    pub(super) target: Range<usize>,
    pub(super) image: bool,
}

/// Returns the inline links of a line, except in quoted code. A link that spans several lines is
/// found by its end.
pub(super) fn inline_links(line: &str) -> Vec<Link> {
    let last = line.rfind(')').unwrap_or(0);
    let mut links = Vec::new();
    for bracket in brackets(line) {
        let start = bracket.close + 2;
        let Some(rest) = line[bracket.close + 1..].strip_prefix('(') else {
            continue;
        };
        let target = match rest.strip_prefix('<') {
            // A target in angle brackets cannot contain another `<`.
            Some(angled) => angled
                .find(['<', '>'])
                .filter(|at| angled[*at..].starts_with('>'))
                .map(|at| 1..at + 1),
            None => target_end(rest, last.saturating_sub(start)).map(|at| 0..at),
        };
        if let Some(target) = target {
            let image = bracket.open.is_some_and(|open| line[..open].ends_with('!'));
            links.push(Link {
                target: start + target.start..start + target.end,
                image,
            });
        }
    }
    links
}

/// Depth to which brackets inside a target may be nested, as in most implementations. Without a
/// limit, every unclosed link would be searched to the end of the line.
const NESTED: usize = 32;

/// Returns the end of a target: white space, or the bracket that closes the link. `last` is the
/// last closing bracket of the line.
fn target_end(rest: &str, last: usize) -> Option<usize> {
    let mut depth = 0;
    for (at, c) in rest.char_indices() {
        match c {
            ')' if depth == 0 => return Some(at),
            ' ' | '\t' => return (at < last).then_some(at),
            '(' if depth == NESTED => return None,
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Returns the texts in square brackets, which may be labels of link definitions.
pub(super) fn labels(line: &str) -> Vec<&str> {
    brackets(line)
        .iter()
        .filter_map(|bracket| bracket.label(line))
        .collect()
}

/// A link whose target is in a link definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LinkReference<'t> {
    /// The label of `[text][label]` or `[label][]`.
    Full(&'t str),
    /// The label of `[label]`. Plain text in brackets looks the same.
    Shortcut(&'t str),
}

/// Returns the reference links of a line. Brackets after a word, as in `a[0][1]`, are not links.
pub(super) fn references(line: &str) -> Vec<LinkReference<'_>> {
    brackets(line)
        .iter()
        .filter_map(|bracket| bracket.reference(line))
        .collect()
}

/// A closing square bracket outside quoted code that no backslash escapes.
struct Bracket {
    close: usize,
    /// Position of the matching opening bracket.
    open: Option<usize>,
    /// Whether there are brackets in between, so that the text cannot be a label.
    is_outer: bool,
}

impl Bracket {
    fn label<'t>(&self, line: &'t str) -> Option<&'t str> {
        let open = self.open.filter(|_| !self.is_outer)?;
        Some(&line[open + 1..self.close])
    }

    fn reference<'t>(&self, line: &'t str) -> Option<LinkReference<'t>> {
        let open = self.open?;
        let (before, text, after) = (
            &line[..open],
            &line[open + 1..self.close],
            &line[self.close + 1..],
        );
        let is_other = before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '\\' | ']'))
            || text.starts_with('^');
        if is_other || after.starts_with(['(', ':']) {
            return None;
        }
        match after
            .strip_prefix('[')
            .and_then(|rest| rest.split_once(']'))
        {
            Some(("", _)) => self.label(line).map(LinkReference::Full),
            Some((label, _)) => Some(LinkReference::Full(label)),
            None => self.label(line).map(LinkReference::Shortcut),
        }
    }
}

/// Returns the closing brackets of a line.
fn brackets(line: &str) -> Vec<Bracket> {
    let mut open: Vec<(usize, bool)> = Vec::new();
    let mut found = Vec::new();
    let mut escaped = None;
    for (at, c) in outside_code(line) {
        if escaped == Some(at) {
            continue;
        }
        match c {
            '\\' => escaped = Some(at + 1),
            '[' => open.push((at, false)),
            ']' => {
                let opening = open.pop();
                if let Some((_, is_outer)) = open.last_mut() {
                    *is_outer = true;
                }
                let is_outer = opening.is_some_and(|(_, is_outer)| is_outer);
                found.push(Bracket {
                    close: at,
                    open: opening.map(|(at, _)| at),
                    is_outer,
                });
            }
            _ => {}
        }
    }
    found
}

/// Returns the characters of a line outside quoted code.
fn outside_code(line: &str) -> impl Iterator<Item = (usize, char)> {
    let mut code = code_spans(line).into_iter().peekable();
    line.char_indices().filter(move |(at, _)| {
        while code.next_if(|span| span.end <= *at).is_some() {}
        !code.peek().is_some_and(|span| span.contains(at))
    })
}

/// Returns the positions of quoted code, including the backticks.
fn code_spans(line: &str) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, _) in line.match_indices('`') {
        match runs.last_mut().filter(|run| run.end == at) {
            Some(run) => run.end += 1,
            None => runs.push(at..at + 1),
        }
    }

    // The next run of the same length closes a run. All pairs are found in one pass from the end,
    // because a separate search for each would be quadratic if none is closed.
    let mut closing = vec![None; runs.len()];
    let mut next = HashMap::new();
    for (at, run) in runs.iter().enumerate().rev() {
        closing[at] = next.insert(run.len(), at);
    }

    let mut found = Vec::new();
    let mut at = 0;
    while at < runs.len() {
        let close = closing[at].inspect(|close| found.push(runs[at].start..runs[*close].end));
        at = close.unwrap_or(at) + 1;
    }
    found
}

#[cfg(test)]
mod tests;

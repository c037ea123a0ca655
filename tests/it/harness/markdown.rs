//! Fenced blocks and tables of a Markdown text, as far as our own pages use them.

use std::ops::Range;

/// A fenced block.
#[derive(Debug, PartialEq)]
pub(crate) struct Block {
    /// The first word after the fence.
    pub(crate) language: String,
    /// The second word, a file name.
    pub(crate) file: Option<String>,
    /// Where its text lies, without the fences.
    pub(crate) at: Range<usize>,
}

/// All of them, in order.
pub(crate) fn blocks(text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<(String, usize)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let Some(fence) = line.trim_end().strip_prefix("```") else {
            continue;
        };
        open = match open {
            Some((info, from)) => {
                let mut words = info.split_whitespace().map(str::to_owned);
                found.push(Block {
                    language: words.next().unwrap_or_default(),
                    file: words.next(),
                    at: from..start,
                });
                None
            }
            None => Some((fence.to_owned(), at)),
        };
    }
    assert_eq!(open, None, "a block without end");
    found
}

/// The rows of the table whose first heading is this, cell by cell, without the heading. In a cell `\|` is a bar.
pub(crate) fn table(text: &str, heading: &str) -> Vec<Vec<String>> {
    let mut lines = text
        .lines()
        .skip_while(|line| cells(line).first().is_none_or(|cell| cell != heading));
    assert!(lines.next().is_some(), "no table `{heading}`");
    lines
        .skip(1)
        .map(cells)
        .take_while(|row| !row.is_empty())
        .collect()
}

fn cells(line: &str) -> Vec<String> {
    let Some(inner) = line
        .strip_prefix("| ")
        .and_then(|rest| rest.trim_end().strip_suffix('|'))
    else {
        return Vec::new();
    };
    inner
        .replace("\\|", "\0")
        .split('|')
        .map(|cell| cell.trim().replace('\0', "|"))
        .collect()
}

/// Words in back quotes.
pub(crate) fn quoted(text: &str) -> Vec<String> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

//! Links inside of lines, quoted code aside. A link that goes over several lines is found by its end.

use std::collections::HashMap;
use std::ops::Range;

/// `[text](target)` or `![text](target)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// Bytes of the line.
    pub(super) target: Range<usize>,
    pub(super) image: bool,
}

/// The links of a line that have their target with them.
pub(super) fn links(line: &str) -> Vec<Link> {
    let last = line.rfind(')').unwrap_or(0);
    let mut links = Vec::new();
    for bracket in brackets(line) {
        let start = bracket.close + 2;
        let Some(rest) = line[bracket.close + 1..].strip_prefix('(') else {
            continue;
        };
        let target = match rest.strip_prefix('<') {
            // Another `<` is not allowed inside.
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

/// Brackets inside a target may be nested this deep, as in most implementations. Without a limit, every unclosed link
/// would be searched to the end of the line.
const NESTED: usize = 32;

/// Returns where a target ends: at white space or the closing bracket that is its own. `last` is the last closing bracket.
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

/// Returns what stands in square brackets: the labels that definitions may be for.
pub(super) fn labels(line: &str) -> Vec<&str> {
    brackets(line)
        .iter()
        .filter_map(|bracket| bracket.label(line))
        .collect()
}

/// A link whose target is defined elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reference<'t> {
    /// The label of `[text][label]` or `[label][]`.
    Full(&'t str),
    /// The label of `[label]`; plain text in brackets looks the same.
    Shortcut(&'t str),
}

/// Returns the references of a line. Brackets behind a word, as in `a[0][1]`, are none.
pub(super) fn references(line: &str) -> Vec<Reference<'_>> {
    brackets(line)
        .iter()
        .filter_map(|bracket| bracket.reference(line))
        .collect()
}

/// A closing square bracket outside of quoted code.
struct Bracket {
    close: usize,
    /// The opening bracket that belongs to it.
    open: Option<usize>,
    /// There are brackets between the two, so that the text between them cannot be a label.
    is_outer: bool,
}

impl Bracket {
    fn label<'t>(&self, line: &'t str) -> Option<&'t str> {
        let open = self.open.filter(|_| !self.is_outer)?;
        Some(&line[open + 1..self.close])
    }

    fn reference<'t>(&self, line: &'t str) -> Option<Reference<'t>> {
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
            Some(("", _)) => self.label(line).map(Reference::Full),
            Some((label, _)) => Some(Reference::Full(label)),
            None => self.label(line).map(Reference::Shortcut),
        }
    }
}

/// Returns the closing brackets of a line.
fn brackets(line: &str) -> Vec<Bracket> {
    let mut open: Vec<(usize, bool)> = Vec::new();
    let mut found = Vec::new();
    for (at, c) in outside_code(line) {
        match c {
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

/// Returns the characters of a line that are not quoted code.
fn outside_code(line: &str) -> impl Iterator<Item = (usize, char)> {
    let mut code = code(line).into_iter().peekable();
    line.char_indices().filter(move |(at, _)| {
        while code.next_if(|span| span.end <= *at).is_some() {}
        !code.peek().is_some_and(|span| span.contains(at))
    })
}

/// Returns where quoted code lies, backticks included.
fn code(line: &str) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, _) in line.match_indices('`') {
        match runs.last_mut().filter(|run| run.end == at) {
            Some(run) => run.end += 1,
            None => runs.push(at..at + 1),
        }
    }

    // The next run of the same length closes one. All are found in one pass from the end, because searching for each would
    // take quadratic time where none is closed.
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
mod tests {
    use super::*;
    use crate::tests::{HOSTILE, hostile};

    #[test]
    fn links_are_found_outside_of_code() {
        for (line, expected) in [
            ("a [b](c) d ![e](f \"t\") `[g](h)`", &["c", "!f"][..]),
            ("[a](<b c>) [d](e(f)g)", &["b c", "e(f)g"]),
            ("[![a](b)](c)", &["!b", "c"]),
            ("end of one](a)", &["a"]),
            ("``[a](b) ` ``[c](d)", &["d"]),
            ("` [a](b)", &["b"]),
            ("[a](", &[]),
            ("[a]() é", &[""]),
        ] {
            let found: Vec<String> = links(line)
                .iter()
                .map(|link| {
                    format!(
                        "{}{}",
                        if link.image { "!" } else { "" },
                        &line[link.target.clone()]
                    )
                })
                .collect();
            assert_eq!(found, expected, "{line}");
        }
    }

    #[test]
    fn references_are_told_from_links_and_indices() {
        let (full, short) = (Reference::Full, Reference::Shortcut);
        for (line, expected) in [
            ("[a][b] and [c][]", vec![full("b"), full("c")]),
            ("([#12])", vec![short("#12")]),
            ("![shield][badge]", vec![full("badge")]),
            ("[a](b) [c]: d `[e][f]` \\[g] [^1]", vec![]),
            ("x[0][1] ]", vec![]),
            ("[ü][é]", vec![full("é")]),
            (
                "[a [b] c][] [[d]] [a [b] c][e]",
                vec![short("b"), short("d"), short("b"), full("e")],
            ),
        ] {
            assert_eq!(references(line), expected, "{line}");
        }
    }

    #[test]
    fn labels_are_what_stands_in_brackets() {
        assert_eq!(
            labels("[a][b] [c] `[d]` [e](f) [[g]h] i]"),
            ["a", "b", "c", "e", "g"]
        );
    }

    #[test]
    fn hostile_lines_are_read_in_linear_time() {
        let runs: String = (1..800).map(|length| "`".repeat(length) + "x").collect();
        let lines = hostile(&[
            "](",
            "](<",
            "]( ",
            "[",
            "]",
            "[]",
            "[a](b) `[`",
            "`",
            "``x`",
            "[a][",
            "![]((",
        ]);
        for line in lines.chain([runs]) {
            let read = (links(&line).len(), references(&line).len());
            let bytes: usize = labels(&line).iter().map(|label| label.len()).sum();
            assert!(
                read.0.max(read.1).max(bytes) <= line.len(),
                "{}",
                &line[..9]
            );
        }
        let nested = "[".repeat(HOSTILE) + &"]".repeat(HOSTILE);
        assert_eq!(labels(&nested), [""]);
        assert_eq!(references(&nested), [Reference::Shortcut("")]);
    }
}

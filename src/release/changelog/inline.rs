//! Links inside of lines, quoted code aside. A link that goes over several lines is found by its end.

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
    let code = code(line);
    let mut links = Vec::new();
    for (at, _) in line.match_indices("](").filter(|(at, _)| !code.iter().any(|code| code.contains(at))) {
        let rest = &line[at + 2..];
        let (skip, length) = match rest.strip_prefix('<') {
            Some(angled) => (1, angled.find('>')),
            None => (0, target_end(rest)),
        };
        if let Some(length) = length {
            let start = at + 2 + skip;
            links.push(Link { target: start..start + length, image: is_image(line, at) });
        }
    }
    links
}

/// Where a target ends: at white space or the closing bracket that is its own.
fn target_end(rest: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, c) in rest.char_indices() {
        match c {
            ')' if depth == 0 => return Some(at),
            ' ' | '\t' => return rest[at..].contains(')').then_some(at),
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Is there a `!` before the bracket that this one closes?
fn is_image(line: &str, close: usize) -> bool {
    let mut depth = 0;
    for (at, c) in line[..close].char_indices().rev() {
        match c {
            ']' => depth += 1,
            '[' if depth == 0 => return line[..at].ends_with('!'),
            '[' => depth -= 1,
            _ => {}
        }
    }
    false
}

/// What stands in square brackets: the labels that definitions may be for.
pub(super) fn labels(line: &str) -> Vec<&str> {
    let code = code(line);
    let mut open = Vec::new();
    let mut labels = Vec::new();
    for (at, c) in line.char_indices().filter(|(at, _)| !code.iter().any(|code| code.contains(at))) {
        match c {
            '[' => open.push(at + 1),
            ']' => labels.extend(open.pop().map(|start| &line[start..at])),
            _ => {}
        }
    }
    labels
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
    let code = code(line);
    let mut open = Vec::new();
    let mut found = Vec::new();
    for (at, c) in line.char_indices().filter(|(at, _)| !code.iter().any(|code| code.contains(at))) {
        match c {
            '[' => open.push(at),
            ']' => found.extend(open.pop().and_then(|start| reference(line, start, at))),
            _ => {}
        }
    }
    found
}

/// The reference that begins with the bracket at `open`, which `close` closes.
fn reference(line: &str, open: usize, close: usize) -> Option<Reference<'_>> {
    let (before, text, after) = (&line[..open], &line[open + 1..close], &line[close + 1..]);
    let is_other = before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '\\' | ']')) || text.starts_with('^');
    if is_other || after.starts_with(['(', ':']) {
        return None;
    }
    match after.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some(("", _)) => Some(Reference::Full(text)),
        Some((label, _)) => Some(Reference::Full(label)),
        None => Some(Reference::Shortcut(text)),
    }
}

/// Where quoted code lies, backticks included.
fn code(line: &str) -> Vec<Range<usize>> {
    let run = |from: usize| line[from..].bytes().take_while(|b| *b == b'`').count();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = line[at..].find('`').map(|open| at + open) {
        let ticks = run(open);
        let mut next = open + ticks;
        at = next;
        while let Some(close) = line[next..].find('`').map(|close| next + close) {
            let length = run(close);
            next = close + length;
            if length == ticks {
                found.push(open..next);
                at = next;
                break;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

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
                .map(|link| format!("{}{}", if link.image { "!" } else { "" }, &line[link.target.clone()]))
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
        ] {
            assert_eq!(references(line), expected, "{line}");
        }
    }

    #[test]
    fn labels_are_what_stands_in_brackets() {
        assert_eq!(labels("[a][b] [c] `[d]` [e](f) [[g]h] i]"), ["a", "b", "c", "e", "g", "[g]h"]);
    }
}

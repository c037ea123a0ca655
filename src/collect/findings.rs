//! From a message to a [`Finding`]: what is kept, counted and matched between runs.

use std::collections::BTreeMap;

use super::messages::Message;
use crate::event::Item;
use crate::plan::Collector;
use crate::snapshot::Finding;

/// The findings of one collector.
pub(super) fn findings<'a>(
    collector: &Collector,
    messages: impl Iterator<Item = &'a Message>,
    outlines: &BTreeMap<String, Vec<Item>>,
) -> Vec<Finding> {
    messages.map(|message| finding(collector, message, outlines)).collect()
}

/// The place is the first primary span.
fn finding(collector: &Collector, message: &Message, outlines: &BTreeMap<String, Vec<Item>>) -> Finding {
    let diagnostic = &message.diagnostic;
    let span = diagnostic.spans.first();
    let place = span.map(|s| (s.file.as_str(), s.line));
    Finding {
        collector: collector.clone(),
        package: diagnostic.package.clone(),
        file: span.map_or_else(String::new, |s| s.file.clone()),
        code: diagnostic.code.clone().unwrap_or_else(|| format!("msg:{}", template(&diagnostic.message))),
        level: diagnostic.level,
        item: place.and_then(|(file, line)| item(outlines.get(file)?, line)).unwrap_or_default(),
        snippet: span.map_or_else(String::new, |s| s.snippet.clone()),
        text: span.and_then(|s| s.text.first()).map_or_else(String::new, |line| line.trim().to_owned()),
        message: diagnostic.message.clone(),
        line: span.map_or(0, |s| s.line),
        column: span.map_or(0, |s| s.column),
        occurrences: message.occurrences,
    }
}

/// The innermost item around a line: of those that contain it the one that begins last.
fn item(items: &[Item], line: u32) -> Option<String> {
    let around = items.iter().filter(|i| (i.first..=i.last).contains(&line));
    around.max_by_key(|i| (i.first, std::cmp::Reverse(i.last))).map(|i| i.path.clone())
}

/// A message without what varies: each run of digits, and each text between backticks, becomes `_`.
fn template(message: &str) -> String {
    let mut quoted = message.split('`').enumerate().peekable();
    let mut template = String::new();
    while let Some((n, part)) = quoted.next() {
        let closed = quoted.peek().is_some();
        match (n % 2 == 1, closed) {
            (true, true) => template.push_str("`_`"),
            (true, false) => template.push_str(&format!("`{}", without_numbers(part))),
            (false, _) => template.push_str(&without_numbers(part)),
        }
    }
    template
}

/// Each run of digits as `_`.
fn without_numbers(text: &str) -> String {
    let mut out = String::new();
    let mut in_number = false;
    for c in text.chars() {
        if !c.is_ascii_digit() {
            out.push(c);
        } else if !in_number {
            out.push('_');
        }
        in_number = c.is_ascii_digit();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_keeps_what_does_not_vary() {
        for (message, expected) in [
            ("linking with `cc` failed: exit status: 1", "linking with `_` failed: exit status: _"),
            ("2 of 31 parts", "_ of _ parts"),
            ("an `unclosed 3", "an `unclosed _"),
            ("", ""),
            ("``", "`_`"),
        ] {
            assert_eq!(template(message), expected);
        }
    }

    #[test]
    fn the_innermost_item_is_named() {
        let at = |first, last, path: &str| Item { first, last, path: path.into() };
        let items = [at(1, 20, "outer"), at(5, 9, "outer::inner"), at(12, 12, "outer::one"), at(12, 12, "outer::two")];
        for (line, expected) in [(1, "outer"), (7, "outer::inner"), (10, "outer"), (12, "outer::two"), (21, "")] {
            assert_eq!(item(&items, line).unwrap_or_default(), expected, "line {line}");
        }
    }
}

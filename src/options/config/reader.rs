//! Reading values of a wanted type out of the tree, collecting a mistake for each that is something else.
//!
//! Every method gives `None` exactly when it has noted a mistake, so that callers go on and find the next one.

use std::ops::Range;
use std::time::Duration;

use jiff::{Span, SpanRelativeTo};

use super::super::mistake::Mistake;
use super::super::spelling;
use super::super::tree::{Entry, Kind, Node};
use crate::collector;
use crate::text::excerpt;

/// The text being read and what is wrong with it so far.
pub(super) struct Reader<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
    pub(super) mistakes: Vec<Mistake>,
    /// Names of collectors, also of broken ones.
    pub(super) collectors: Vec<String>,
    /// Metrics whose declaration is broken: a gate on one is no second mistake.
    pub(super) doubtful: Vec<String>,
    /// Ends of lines, for line numbers.
    ends: Vec<usize>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(file: &'a str, text: &'a str) -> Self {
        let ends = text
            .bytes()
            .enumerate()
            .filter(|(_, b)| *b == b'\n')
            .map(|(at, _)| at)
            .collect();
        Self {
            file,
            text,
            mistakes: Vec::new(),
            collectors: collector::names().map(str::to_owned).collect(),
            doubtful: Vec::new(),
            ends,
        }
    }

    /// 1-based line of a byte.
    pub(super) fn line(&self, at: usize) -> u32 {
        u32::try_from(self.ends.partition_point(|end| *end < at) + 1).unwrap_or(u32::MAX)
    }

    /// The text of a 1-based line, trimmed.
    pub(super) fn line_text(&self, line: u32) -> &'a str {
        let index = line.saturating_sub(1) as usize;
        let from = index
            .checked_sub(1)
            .and_then(|before| self.ends.get(before))
            .map_or(0, |end| end + 1);
        let to = self.ends.get(index).copied().unwrap_or(self.text.len());
        self.text
            .get(from..to)
            .unwrap_or_default()
            .trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
    }

    /// Notes a mistake; always `None`, to be returned.
    pub(super) fn wrong<T>(&mut self, mistake: Mistake) -> Option<T> {
        self.mistakes.push(mistake);
        None
    }

    /// A key that its table does not have.
    pub(super) fn unknown_key(&mut self, entry: &Entry, known: &[&str], table: &str) {
        let message = format!("unknown key `{}` in {table}", excerpt(&entry.key));
        let label = spelling::suggest(&entry.key, known);
        self.wrong::<()>(Mistake::new(entry.key_at.clone(), message, label));
    }

    /// Keys that a table must have, each with an example; `at` is the table. A misspelt one has its mistake already.
    pub(super) fn demand(
        &mut self,
        at: &Range<usize>,
        entries: &[Entry],
        table: &str,
        demanded: &[(&str, &str)],
    ) {
        let written = |key: &str| {
            entries
                .iter()
                .any(|e| e.key == key || spelling::nearest(&e.key, [key]).is_some())
        };
        let absent: Vec<&(&str, &str)> = demanded.iter().filter(|(key, _)| !written(key)).collect();
        if absent.is_empty() {
            return;
        }
        let keys = absent
            .iter()
            .map(|(key, _)| format!("`{key}`"))
            .collect::<Vec<_>>()
            .join(", ");
        let examples = absent
            .iter()
            .map(|(_, example)| *example)
            .collect::<Vec<_>>()
            .join(", ");
        let mistake = Mistake::new(
            at.clone(),
            format!("{table} has no {keys}"),
            format!("needs {keys}"),
        );
        self.wrong::<()>(mistake.help(format!("add {examples}")));
    }

    /// Another kind of value than the wanted one.
    pub(super) fn unlike<T>(&mut self, node: &Node, wanted: &str) -> Option<T> {
        self.wrong(Mistake::new(
            node.at.clone(),
            format!("expected {wanted}"),
            format!("found {}", node.type_name()),
        ))
    }

    /// The entries of a table.
    pub(super) fn table<'n>(&mut self, node: &'n Node) -> Option<&'n [Entry]> {
        match &node.kind {
            Kind::Table(entries) => Some(entries),
            _ => self.unlike(node, "a table"),
        }
    }

    /// The tables of `[[NAME]]`.
    pub(super) fn tables<'n>(&mut self, entry: &'n Entry) -> &'n [Node] {
        match &entry.value.kind {
            Kind::List(nodes) => nodes,
            _ => {
                let mistake = Mistake::new(
                    entry.value.at.clone(),
                    "expected an array of tables",
                    format!("found {}", entry.value.type_name()),
                );
                self.wrong::<()>(mistake.help(format!("write [[{}]]", excerpt(&entry.key))));
                &[]
            }
        }
    }

    /// A text with something in it, fit to be shown and handed on.
    pub(super) fn text(&mut self, node: &Node) -> Option<String> {
        let Some(text) = node.text() else {
            return self.unlike(node, "a string");
        };
        if text.trim().is_empty() {
            return self.wrong(Mistake::new(
                node.at.clone(),
                "an empty string",
                "expected some text",
            ));
        }
        if text
            .chars()
            .any(|c| c.is_control() && c != '\n' && c != '\t')
        {
            return self.wrong(Mistake::new(
                node.at.clone(),
                "a control character in a string",
                "cannot be used",
            ));
        }
        Some(text.to_owned())
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, node: &Node) -> Option<bool> {
        match node.kind {
            Kind::Flag(flag) => Some(flag),
            _ => self.unlike(node, "`true` or `false`"),
        }
    }

    /// A whole number in a range.
    pub(super) fn whole(
        &mut self,
        node: &Node,
        range: std::ops::RangeInclusive<u32>,
    ) -> Option<u32> {
        let wanted = format!("a whole number from {} to {}", range.start(), range.end());
        match node.kind {
            Kind::Integer(number) => match u32::try_from(number).ok().filter(|n| range.contains(n))
            {
                Some(number) => Some(number),
                None => self.wrong(Mistake::new(
                    node.at.clone(),
                    format!("expected {wanted}"),
                    "out of range",
                )),
            },
            _ => self.unlike(node, &wanted),
        }
    }

    /// A finite number.
    pub(super) fn number(&mut self, node: &Node) -> Option<f64> {
        match node.kind {
            #[expect(clippy::cast_precision_loss, reason = "a bound, not an identity")]
            Kind::Integer(number) => Some(number as f64),
            Kind::Float(number) if number.is_finite() => Some(number),
            _ => self.unlike(node, "a finite number"),
        }
    }

    /// An array of texts.
    pub(super) fn texts(&mut self, node: &Node) -> Option<Vec<String>> {
        let Kind::List(nodes) = &node.kind else {
            return self.unlike(node, "an array of strings");
        };
        let texts: Vec<Option<String>> = nodes.iter().map(|n| self.text(n)).collect();
        texts.into_iter().collect()
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(
        &mut self,
        node: &Node,
        what: &str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let Some(text) = node.text() else {
            return self.unlike(node, &spelling::list(&names));
        };
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == text) {
            return Some(*value);
        }
        let label = spelling::suggest(text, &names);
        self.wrong(Mistake::new(
            node.at.clone(),
            format!("unknown {what} `{}`", excerpt(text)),
            label,
        ))
    }

    /// A length of time, longer than none: `90s`, `20m`, `1h 30m`, `2 days`. A day has 24 hours.
    pub(super) fn duration(&mut self, node: &Node) -> Option<Duration> {
        let Some(text) = node.text() else {
            return self.unlike(node, "a time with its unit, as in \"20m\"");
        };
        let seconds = text.trim().parse::<Span>().ok().and_then(|span| {
            span.to_duration(SpanRelativeTo::days_are_24_hours())
                .ok()
                .and_then(|d| Duration::try_from(d).ok())
        });
        match seconds {
            Some(time) if !time.is_zero() => Some(time),
            _ => {
                let mistake = Mistake::new(
                    node.at.clone(),
                    format!("not a length of time: `{}`", excerpt(text)),
                    "expected a number with its unit",
                );
                self.wrong(mistake.help("write \"90s\", \"20m\", \"2h\" or \"7d\""))
            }
        }
    }
}

//! Reads values of an expected type from a TOML tree and collects errors.
//!
//! Every method returns `None` if and only if it has reported an error, so that callers can
//! continue and find further ones.

use std::ops::Range;
use std::time::Duration;

use jiff::{Span, SpanRelativeTo};

use super::super::mistake::Mistake;
use super::super::spelling;
use super::super::tree::{TomlEntry, TomlKind, TomlNode};
use super::keys::KeyTable;
use crate::collector;
use crate::text::{Inexact, excerpt, inexact};

/// The text being read, with its errors.
pub(super) struct Reader<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
    pub(super) mistakes: Vec<Mistake>,
    /// Names of collectors, including invalid ones.
    pub(super) collectors: Vec<String>,
    /// Metrics with an invalid declaration. A gate on one of them is not reported as a second
    /// error.
    pub(super) doubtful: Vec<String>,
    /// Byte offsets of line ends, to compute line numbers.
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

    /// Returns the 1-based line of a byte offset.
    pub(super) fn line(&self, at: usize) -> u32 {
        u32::try_from(self.ends.partition_point(|end| *end < at) + 1).unwrap_or(u32::MAX)
    }

    /// Returns the trimmed text of a 1-based line.
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

    /// Reports an error. Always returns `None`, for the caller to return.
    pub(super) fn wrong<T>(&mut self, mistake: Mistake) -> Option<T> {
        self.mistakes.push(mistake);
        None
    }

    /// Reports a key that its table does not have, with a suggestion.
    pub(super) fn unknown_key(&mut self, entry: &TomlEntry, known: &KeyTable, table: &str) {
        self.unknown_key_of(entry, &known.names(), table);
    }

    /// Reports an unknown key, with a suggestion from the known ones.
    pub(super) fn unknown_key_of(&mut self, entry: &TomlEntry, known: &[&str], table: &str) {
        let message = format!("unknown key `{}` in {table}", excerpt(&entry.key));
        let label = spelling::suggest(&entry.key, known);
        self.wrong::<()>(Mistake::new(entry.key_at.clone(), message, label));
    }

    /// Reports missing keys. `demanded` lists the required ones, each with an example; `at` is the
    /// place of the table.
    ///
    /// A misspelt key is not reported as missing, because it has already been reported as unknown.
    pub(super) fn demand(
        &mut self,
        at: &Range<usize>,
        entries: &[TomlEntry],
        table: &str,
        demanded: &[(&str, &str)],
    ) {
        let absent: Vec<&(&str, &str)> = demanded
            .iter()
            .filter(|(key, _)| !is_written(entries, key))
            .collect();
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

    /// Reports the second one of two things with one id. `what` names their kind in the plural.
    pub(super) fn duplicate_id(&mut self, node: &TomlNode, what: &str, id: &str) {
        let place = node.get("id").map_or(node.at.clone(), |id| id.at.clone());
        let message = format!("two {what} `{}`", excerpt(id));
        self.wrong::<()>(Mistake::new(place, message, "expected another id"));
    }

    /// Reports the id in a key unless something has it. The key names the kind of thing: `milestone`.
    pub(super) fn check_id(&mut self, node: &TomlNode, key: &str, ids: &[&str]) {
        if let Some(id) = node.get(key) {
            self.check_id_at(id, key, ids);
        }
    }

    /// Reports an id unless something of this kind has it.
    pub(super) fn check_id_at(&mut self, node: &TomlNode, what: &str, ids: &[&str]) {
        let Some(id) = node.text().filter(|id| !ids.contains(id)) else {
            return;
        };
        let label = match spelling::nearest(id, ids.iter().copied()) {
            Some(nearest) => spelling::did_you_mean(nearest),
            None => format!("no {what} has this id"),
        };
        let message = spelling::unknown(what, id);
        self.wrong::<()>(Mistake::new(node.at.clone(), message, label));
    }

    /// Reports a value of another type than expected.
    pub(super) fn unlike<T>(&mut self, node: &TomlNode, wanted: &str) -> Option<T> {
        self.wrong(Mistake::new(
            node.at.clone(),
            format!("expected {wanted}"),
            format!("found {}", node.type_name()),
        ))
    }

    /// Reads a table.
    pub(super) fn table<'n>(&mut self, node: &'n TomlNode) -> Option<&'n [TomlEntry]> {
        match &node.kind {
            TomlKind::Table(entries) => Some(entries),
            _ => self.unlike(node, "a table"),
        }
    }

    /// Reads the tables of `[[NAME]]`.
    pub(super) fn tables<'n>(&mut self, entry: &'n TomlEntry) -> &'n [TomlNode] {
        match &entry.value.kind {
            TomlKind::List(nodes) => nodes,
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

    /// Reads an id: people type it in a shell, and messages name commands with it.
    pub(super) fn id(&mut self, node: &TomlNode) -> Option<String> {
        let text = self.text(node)?;
        if text.chars().all(is_plain) && !text.starts_with('-') {
            return Some(text);
        }
        let message = format!("invalid id `{}`", excerpt(&text));
        let label =
            "expected letters, digits, `.`, `_`, `-`, `/` and `+`, without `-` at the start";
        self.wrong(Mistake::new(node.at.clone(), message, label))
    }

    /// Reads a string that is not blank and contains no control characters except line breaks and
    /// tabs.
    pub(super) fn text(&mut self, node: &TomlNode) -> Option<String> {
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

    /// Reads a boolean.
    pub(super) fn flag(&mut self, node: &TomlNode) -> Option<bool> {
        match node.kind {
            TomlKind::Flag(flag) => Some(flag),
            _ => self.unlike(node, "`true` or `false`"),
        }
    }

    /// Reads an integer in a range.
    pub(super) fn whole(
        &mut self,
        node: &TomlNode,
        range: std::ops::RangeInclusive<u32>,
    ) -> Option<u32> {
        let wanted = format!("a whole number from {} to {}", range.start(), range.end());
        match node.kind {
            TomlKind::Integer(number) => {
                match u32::try_from(number).ok().filter(|n| range.contains(n)) {
                    Some(number) => Some(number),
                    None => self.wrong(Mistake::new(
                        node.at.clone(),
                        format!("expected {wanted}"),
                        "out of range",
                    )),
                }
            }
            _ => self.unlike(node, &wanted),
        }
    }

    /// Reads a finite number.
    pub(super) fn number(&mut self, node: &TomlNode) -> Option<f64> {
        if let TomlKind::Integer(_) | TomlKind::Float(_) = node.kind
            && let Some(why) = self.inexact(node)
        {
            let text = excerpt(self.text.get(node.at.clone()).unwrap_or_default().trim());
            let message = format!("`{text}` {why}");
            return self.wrong(Mistake::new(node.at.clone(), message, why.advice()));
        }
        match node.kind {
            #[expect(clippy::cast_precision_loss, reason = "checked above")]
            TomlKind::Integer(number) => Some(number as f64),
            TomlKind::Float(number) if number.is_finite() => Some(number),
            _ => self.unlike(node, "a finite number"),
        }
    }

    /// Returns why a float does not represent a decimal number. Other notations (`0x10`, `inf`) are left to
    /// the caller.
    fn inexact(&self, node: &TomlNode) -> Option<Inexact> {
        let text = self.text.get(node.at.clone()).unwrap_or_default();
        let text = text.trim().replace('_', "");
        let is_decimal = text.contains(|c: char| c.is_ascii_digit()) && text.parse::<f64>().is_ok();
        inexact(&text).filter(|_| is_decimal)
    }

    /// Reads an array of strings.
    pub(super) fn texts(&mut self, node: &TomlNode) -> Option<Vec<String>> {
        let TomlKind::List(nodes) = &node.kind else {
            return self.unlike(node, "an array of strings");
        };
        // Collecting into an `Option` at once would stop at the first error.
        let texts: Vec<Option<String>> = nodes.iter().map(|n| self.text(n)).collect();
        texts.into_iter().collect()
    }

    /// Reads a path, or an array with at least one.
    pub(super) fn paths(&mut self, node: &TomlNode) -> Option<Vec<String>> {
        match &node.kind {
            TomlKind::List(nodes) if !nodes.is_empty() => self.texts(node),
            TomlKind::List(_) => self.unlike(node, "a path, or an array of paths"),
            _ if node.text().is_none() => self.unlike(node, "a path, or an array of paths"),
            _ => self.text(node).map(|path| vec![path]),
        }
    }

    /// Reads one of several words. `what` describes them in the error.
    pub(super) fn choice<T: Copy>(
        &mut self,
        node: &TomlNode,
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

    /// Reads a duration greater than zero: `90s`, `20m`, `1h 30m`, `2 days`. A day has 24 hours.
    pub(super) fn duration(&mut self, node: &TomlNode) -> Option<Duration> {
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

/// Returns whether a key exists, possibly misspelt.
fn is_written(entries: &[TomlEntry], key: &str) -> bool {
    entries
        .iter()
        .any(|entry| entry.key == key || spelling::nearest(&entry.key, [key]).is_some())
}

/// Returns whether a character has no meaning in a shell, at any place in a word.
fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || "._-/+".contains(c)
}

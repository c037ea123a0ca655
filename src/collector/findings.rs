//! Converts the compiler's messages to [`Finding`]s, and counts them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::definition::Definition;
use super::folded::Folded;
use super::messages::Message;
use super::standing::Standing;
use crate::event::Item;
use crate::metric::Reading;
use crate::plan::Collector;
use crate::run::StepStatus;
use crate::snapshot::{Finding, Snapshot};

/// Adds findings, the metrics that count them, and the packages that were covered.
pub(super) fn record(
    folded: &Folded,
    definition: &Definition,
    metrics: &[&str],
    standing: &Standing,
    found: Vec<Finding>,
    snapshot: &mut Snapshot,
) {
    for metric in metrics {
        let reading = count(folded, definition, metric, standing, &found);
        snapshot.metrics.insert((*metric).to_owned(), reading);
    }
    snapshot.findings.extend(found);
    let covered = match standing.status {
        StepStatus::Whole => folded.packages.iter().cloned().collect(),
        StepStatus::Partial(_) => standing.covered.iter().cloned().collect(),
        _ => Vec::new(),
    };
    snapshot.covered.insert(definition.collector(), covered);
}

/// Adds the findings of problems in files, the metrics that count them, and the packages that were covered. A
/// problem in a file that several packages share counts for each of them, and once for the workspace.
pub(super) fn record_problems(
    folded: &Folded,
    definition: &Definition,
    metrics: &[&str],
    standing: &Standing,
    snapshot: &mut Snapshot,
) {
    let problems = folded.findings_by_problem(&definition.collector());
    record(
        folded,
        definition,
        metrics,
        standing,
        problems.concat(),
        snapshot,
    );
    for metric in metrics {
        let row = definition.metric(metric);
        let mut counted: Vec<_> = problems
            .iter()
            .filter_map(|findings| findings.first())
            .collect();
        counted.retain(|finding| row.is_some_and(|row| row.counts_finding(metric, finding)));
        if let Some(reading) = snapshot.metrics.get_mut(*metric) {
            *reading = reading.clone().with_total(counted.len() as f64);
        }
    }
}

/// Returns the value of a metric that counts findings.
pub(super) fn count(
    folded: &Folded,
    definition: &Definition,
    metric: &str,
    standing: &Standing,
    found: &[Finding],
) -> Reading {
    let row = definition.metric(metric);
    let counted = found
        .iter()
        .filter(|finding| row.is_some_and(|row| row.counts_finding(metric, finding)));
    let mut counts = BTreeMap::new();
    for finding in counted {
        *counts.entry(finding.package.as_str()).or_insert(0) += 1;
    }
    standing.count(&folded.packages, &counts)
}

/// Returns the findings of one collector.
pub(super) fn findings<'a>(
    collector: &Collector,
    messages: impl Iterator<Item = &'a Message>,
    outlines: &BTreeMap<String, Vec<Item>>,
) -> Vec<Finding> {
    let mut files: BTreeMap<&str, ItemIndex<'_>> = BTreeMap::new();
    let mut findings = Vec::new();
    for message in messages {
        let mut finding = finding(collector, message);
        if let Some((file, items)) = outlines.get_key_value(&finding.file) {
            let items = files.entry(file).or_insert_with(|| ItemIndex::new(items));
            finding.item = items
                .around(finding.line)
                .map_or_else(String::new, |item| item.path.clone());
        }
        findings.push(finding);
    }
    findings
}

/// Returns the finding of a message without the item around it. The place is the first primary
/// span.
fn finding(collector: &Collector, message: &Message) -> Finding {
    let diagnostic = &message.diagnostic;
    let span = diagnostic.spans.first();
    Finding {
        collector: collector.clone(),
        package: diagnostic.package.clone(),
        file: span.map_or_else(String::new, |s| s.file.clone()),
        code: diagnostic
            .code
            .clone()
            .unwrap_or_else(|| format!("msg:{}", template(&diagnostic.message))),
        level: diagnostic.level,
        item: String::new(),
        snippet: span.map_or_else(String::new, |s| s.snippet.clone()),
        text: span
            .and_then(|s| s.text.first())
            .map_or_else(String::new, |line| line.trim().to_owned()),
        message: diagnostic.message.clone(),
        line: span.map_or(0, |s| s.line),
        column: span.map_or(0, |s| s.column),
        occurrences: message.occurrences,
    }
}

/// The items of a file, indexed so that the item around a line is found without a search of all of
/// them.
struct ItemIndex<'a> {
    /// By first line; of items that begin on the same line, the longer ones first.
    items: Vec<&'a Item>,
    /// For each item, the last one before it that ends on a later line.
    outer: Vec<Option<usize>>,
}

impl<'a> ItemIndex<'a> {
    fn new(items: &'a [Item]) -> Self {
        let mut items: Vec<&Item> = items.iter().collect();
        items.sort_by_key(|item| (item.first, Reverse(item.last)));
        let mut outer = Vec::with_capacity(items.len());
        let mut open: Vec<usize> = Vec::new();
        for (at, item) in items.iter().enumerate() {
            while open
                .pop_if(|before| items[*before].last <= item.last)
                .is_some()
            {}
            outer.push(open.last().copied());
            open.push(at);
        }
        Self { items, outer }
    }

    /// Returns the innermost item around a line: of those that contain it, the one that begins
    /// last.
    fn around(&self, line: u32) -> Option<&'a Item> {
        let mut at = self
            .items
            .partition_point(|item| item.first <= line)
            .checked_sub(1);
        while let Some(item) = at {
            if self.items[item].last >= line {
                return Some(self.items[item]);
            }
            at = self.outer[item];
        }
        None
    }
}

/// Returns a message with each run of digits and each text between backticks replaced by `_`, so
/// that it is the same in every run.
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

/// Returns the text with each run of digits replaced by `_`.
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
    fn template_replaces_numbers_and_quoted_text() {
        for (message, expected) in [
            (
                "linking with `cc` failed: exit status: 1",
                "linking with `_` failed: exit status: _",
            ),
            ("2 of 31 parts", "_ of _ parts"),
            ("an `unclosed 3", "an `unclosed _"),
            ("", ""),
            ("``", "`_`"),
        ] {
            assert_eq!(template(message), expected);
        }
    }

    #[test]
    fn finding_is_located_in_the_innermost_item() {
        let at = |first, last, path: &str| Item {
            first,
            last,
            path: path.into(),
        };
        let items = [
            at(1, 20, "outer"),
            at(5, 9, "outer::inner"),
            at(12, 12, "outer::one"),
            at(12, 12, "outer::two"),
        ];
        for (line, expected) in [
            (1, "outer"),
            (7, "outer::inner"),
            (10, "outer"),
            (12, "outer::two"),
            (21, ""),
        ] {
            let found = ItemIndex::new(&items)
                .around(line)
                .map_or("", |item| item.path.as_str());
            assert_eq!(found, expected, "line {line}");
        }
    }
}

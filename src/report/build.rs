//! The sections of the build report: the state of each collector, errors and warnings with their places, failed tests.

use std::cmp::Reverse;

use crate::event::Level;
use crate::plan::Collector;

use super::document::{Block, Document, Overflow, Table, TableColumn, TableRow, Text};
use super::facts::ReportFacts;
use super::figure::{ago, counted};
use super::object::{Gate, Metric, Place, Report};
use super::style::Style;
use super::{phrase, section};

/// How many findings are listed.
const FINDINGS: usize = 50;

/// Returns a row for each collector with values, and for each that is configured and has none.
pub(super) fn collectors(facts: &ReportFacts<'_>) -> Document {
    let report = facts.report;
    let mut names: Vec<&Collector> = Vec::new();
    let measured = report.metrics.values().filter(|metric| is_shown(metric));
    for name in measured.filter_map(|metric| metric.collector.as_ref()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.sort_unstable();
    let rows = names.iter().map(|name| row(report, name, facts.now));
    let table = Table {
        name: "collectors",
        columns: vec![
            TableColumn::text("collector"),
            TableColumn::text("gates"),
            TableColumn::text("measured"),
            TableColumn::text("values"),
        ],
        has_heads: true,
        rows: rows.collect(),
    };
    vec![Block::Table(table)]
}

fn is_shown(metric: &Metric) -> bool {
    metric.value.is_some() || metric.unavailable.is_some()
}

fn row(report: &Report, collector: &Collector, now: i64) -> TableRow {
    let run = report.run.collectors.get(collector);
    let measured = run.and_then(|run| run.started());
    TableRow {
        cells: vec![
            Text::code(collector.name()),
            gates(report, collector),
            measured.map_or("not now".into(), |then| Text::varying(ago(now, then))),
            values(report, collector),
        ],
        overflow: Overflow::FoldLastCell,
    }
}

/// Returns the worst verdict of the gates on a collector's metrics.
fn gates(report: &Report, collector: &Collector) -> Text {
    let is_of = |gate: &&Gate| match report.metrics.get(&gate.metric) {
        Some(metric) => metric.collector.as_ref() == Some(collector),
        // A metric that comes from comparing has no value of its own.
        None => {
            let rest = gate.metric.strip_prefix(collector.name());
            rest.is_some_and(|rest| rest.starts_with('.'))
        }
    };
    let gates = report.gates.iter().filter(is_of);
    match gates.map(|gate| gate.verdict).max() {
        Some(verdict) => {
            let (word, style) = phrase::verdict(verdict);
            Text::styled(style, word)
        }
        None => Text::styled(Style::Quiet, "none"),
    }
}

/// Returns the values of a collector, or why it has none: `check errors 0, check warnings 12`.
fn values(report: &Report, collector: &Collector) -> Text {
    let own = report.metrics.iter().filter(|(name, metric)| {
        metric.collector.as_ref() == Some(collector) && !phrase::is_detail(name)
    });
    let own: Vec<&Metric> = own.map(|(_, metric)| metric).collect();
    let mut text = Text::default();
    for metric in own.iter().filter(|metric| metric.value.is_some()) {
        let separator = if text.is_empty() { "" } else { ", " };
        text = text.words(format!("{separator}{} ", metric.title));
        text = text.join(section::number(metric.value, metric));
    }
    let why = own.iter().find_map(|metric| metric.unavailable.as_ref());
    match (text.is_empty(), why) {
        (true, Some(why)) => Text::varying(format!("not measured: {}", why.reason)),
        _ => text,
    }
}

/// Returns the findings of the run, errors first.
pub(super) fn findings(facts: &ReportFacts<'_>) -> Document {
    let mut places: Vec<&Place> = facts.report.diagnostics.iter().collect();
    places.sort_by_key(|place| (Reverse(severity(place.level)), &place.file, place.line));
    let errors = places.iter().filter(|place| place.level != Level::Warning);
    let errors = errors.count();
    let counts = [(errors, "error"), (places.len() - errors, "warning")];
    let counts = counts.iter().filter(|(n, _)| *n > 0);
    let counts: Vec<String> = counts.map(|(n, one)| counted(*n, one)).collect();
    if counts.is_empty() {
        return Document::new();
    }
    let mut title = Text::styled(Style::Strong, counts.join(", "));
    if places.len() > FINDINGS {
        title = title.words(format!(", the first {FINDINGS} of them"));
    }
    places.truncate(FINDINGS);
    vec![
        Block::paragraph(title),
        section::place_table("findings", &places),
    ]
}

/// Returns the tests that fail.
pub(super) fn tests(facts: &ReportFacts<'_>) -> Document {
    section::failed_tests(facts.report)
}

fn severity(level: Level) -> u8 {
    u8::from(level != Level::Warning)
}

//! Sections that are part of the file's language and not acted upon by this version.
//!
//! Their keys are checked as far as they are settled, so that a plan written today is not silently wrong tomorrow, and a
//! note says that nothing comes of them: nobody shall believe that alerts run.

use super::super::tree::{Entry, Kind, Node};
use super::collect;
use super::metrics;
use super::reader::Reader;
use crate::metric::Catalogue;
use crate::plan::Collector;

/// The sections.
pub(super) const SECTIONS: [&str; 5] = ["workstream", "schedule", "alert", "milestone", "risk"];

const WORKSTREAM: [&str; 8] = ["id", "title", "owner", "needs", "estimate", "paths", "deliverables", "gates"];
const SCHEDULE: [&str; 2] = ["every", "args"];
const ALERT: [&str; 3] = ["when", "severity", "deliver"];

/// Checks one section; returns the note.
pub(super) fn read(reader: &mut Reader<'_>, entry: &Entry, catalogue: &Catalogue) -> String {
    match entry.key.as_str() {
        "workstream" => {
            for node in reader.tables(entry) {
                workstream(reader, node, catalogue);
            }
        }
        "schedule" => {
            for entry in reader.table(&entry.value).unwrap_or_default() {
                schedule(reader, entry);
            }
        }
        "alert" => {
            for node in reader.tables(entry) {
                alert(reader, node);
            }
        }
        _ => {}
    }
    let line = reader.line(entry.key_at.start);
    format!("{}:{line}: `{}` is not acted upon by this version", reader.file, entry.key)
}

fn workstream(reader: &mut Reader<'_>, node: &Node, catalogue: &Catalogue) {
    let entries = reader.table(node).unwrap_or_default();
    for entry in entries {
        match entry.key.as_str() {
            "id" | "title" | "owner" | "estimate" => drop(reader.text(&entry.value)),
            "needs" | "paths" | "deliverables" => drop(reader.texts(&entry.value)),
            "gates" => {
                for gate in reader.table(&entry.value).unwrap_or_default() {
                    if !metrics::is_later(&gate.key) {
                        metrics::find(reader, catalogue, &gate.key, &gate.key_at);
                    }
                }
            }
            _ => reader.unknown_key(entry, &WORKSTREAM, "[[workstream]]"),
        }
    }
    reader.demand(&node.at, entries, "[[workstream]]", &[("id", "id = \"1\"")]);
}

fn schedule(reader: &mut Reader<'_>, entry: &Entry) {
    let collector = Collector::from(entry.key.clone());
    if !collect::is_known(reader, &collector, &entry.key_at) {
        return;
    }
    match &entry.value.kind {
        Kind::Text(_) => drop(reader.text(&entry.value)),
        Kind::Table(entries) => {
            for entry in entries {
                match entry.key.as_str() {
                    "every" => drop(reader.text(&entry.value)),
                    "args" => drop(reader.texts(&entry.value)),
                    _ => reader.unknown_key(entry, &SCHEDULE, "[schedule]"),
                }
            }
        }
        _ => drop(reader.unlike::<()>(&entry.value, "a time, as in \"every 60m\" or \"daily at 03:00\"")),
    }
}

fn alert(reader: &mut Reader<'_>, node: &Node) {
    let entries = reader.table(node).unwrap_or_default();
    for entry in entries {
        match entry.key.as_str() {
            "when" => drop(reader.text(&entry.value)),
            "severity" => {
                let severities = [("critical", ()), ("warning", ()), ("information", ())];
                let _: Option<()> = reader.choice(&entry.value, "severity", &severities);
            }
            "deliver" => {
                let _: Option<()> =
                    reader.choice(&entry.value, "delivery", &[("now", ()), ("hourly", ()), ("daily", ())]);
            }
            _ => reader.unknown_key(entry, &ALERT, "[[alert]]"),
        }
    }
    reader.demand(&node.at, entries, "[[alert]]", &[("when", "when = \"build.errors > 0\"")]);
}

//! Sections that are reserved for later versions.
//!
//! Their keys are checked as far as they are defined, so that a later version accepts them. A note
//! states that they have no effect yet.

use super::super::tree::{TomlEntry, TomlKind, TomlNode};
use super::reader::Reader;
use super::{collect, keys};
use crate::plan::Collector;

/// Names of the reserved sections.
pub(super) const SECTIONS: [&str; 4] = ["schedule", "alert", "milestone", "risk"];

/// Checks a section. Returns the note about it.
pub(super) fn read(reader: &mut Reader<'_>, entry: &TomlEntry) -> String {
    match entry.key.as_str() {
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
    format!(
        "{}:{line}: `{}` is not acted upon by this version",
        reader.file, entry.key
    )
}

fn schedule(reader: &mut Reader<'_>, entry: &TomlEntry) {
    let collector = Collector::from(entry.key.clone());
    if !collect::is_known(reader, &collector, &entry.key_at) {
        return;
    }
    match &entry.value.kind {
        TomlKind::Text(_) => drop(reader.text(&entry.value)),
        TomlKind::Table(entries) => {
            for entry in entries {
                match entry.key.as_str() {
                    "every" => drop(reader.text(&entry.value)),
                    "args" => drop(reader.texts(&entry.value)),
                    _ => reader.unknown_key(entry, &keys::SCHEDULE, "[schedule]"),
                }
            }
        }
        _ => drop(reader.unlike::<()>(
            &entry.value,
            "a time, as in \"every 60m\" or \"daily at 03:00\"",
        )),
    }
}

fn alert(reader: &mut Reader<'_>, node: &TomlNode) {
    let entries = reader.table(node).unwrap_or_default();
    for entry in entries {
        match entry.key.as_str() {
            "when" => drop(reader.text(&entry.value)),
            "severity" => {
                let severities = [("critical", ()), ("warning", ()), ("information", ())];
                let _: Option<()> = reader.choice(&entry.value, "severity", &severities);
            }
            "deliver" => {
                let _: Option<()> = reader.choice(
                    &entry.value,
                    "delivery",
                    &[("now", ()), ("hourly", ()), ("daily", ())],
                );
            }
            _ => reader.unknown_key(entry, &keys::ALERT, "[[alert]]"),
        }
    }
    reader.demand(
        &node.at,
        entries,
        "[[alert]]",
        &[("when", "when = \"build.errors > 0\"")],
    );
}

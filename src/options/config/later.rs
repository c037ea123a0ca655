//! Sections that are reserved for later versions.
//!
//! Their keys are checked as far as they are defined, so that a later version accepts them. A note
//! states that they have no effect yet.

use super::super::tree::{TomlEntry, TomlNode};
use super::keys;
use super::reader::Reader;

/// Names of the reserved sections.
pub(super) const SECTIONS: [&str; 3] = ["alert", "milestone", "risk"];

/// Checks a section. Returns the note about it.
pub(super) fn read(reader: &mut Reader<'_>, entry: &TomlEntry) -> String {
    if entry.key == "alert" {
        for node in reader.tables(entry) {
            alert(reader, node);
        }
    }
    let line = reader.line(entry.key_at.start);
    format!(
        "{}:{line}: `{}` is not acted upon by this version",
        reader.file, entry.key
    )
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

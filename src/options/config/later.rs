//! Sections that are reserved for later versions.
//!
//! A note states that they have no effect yet.

use super::super::tree::TomlEntry;
use super::reader::Reader;

/// Names of the reserved sections.
pub(super) const SECTIONS: [&str; 1] = ["risk"];

/// Returns the note about a section.
pub(super) fn note(reader: &Reader<'_>, entry: &TomlEntry) -> String {
    let line = reader.line(entry.key_at.start);
    format!(
        "{}:{line}: `{}` is not acted upon by this version",
        reader.file, entry.key
    )
}

//! Writes reports and other values as JSON. The JSON of a [`Report`] is public API.

use std::fmt::Write as _;

use serde::Serialize;

use super::{Format, Look, Report};
use crate::text::is_unsafe;

/// The JSON Schema of the report, generated from its types (`tests/it/reference.rs`).
pub const SCHEMA: &str = include_str!("schema.json");

/// The format for programs.
pub(super) const FORMAT: Format = Format {
    name: "json",
    about: "the report object, versioned",
    render: report,
    page: None,
    site: None,
    commands: None,
};

/// The report as JSON, indented, with a line end. Keys of a map are sorted: equal reports give equal bytes.
pub fn report(report: &Report, _now: i64, _look: &Look) -> String {
    // A report holds nothing that JSON cannot: keys are strings, numbers are finite.
    pretty(report).unwrap_or_default()
}

/// Returns a value as JSON that is safe to print: indented, with a line end.
///
/// # Errors
/// If the value has no JSON: a key that is not a string.
pub fn pretty<T: Serialize>(value: &T) -> serde_json::Result<String> {
    Ok(harmless(&serde_json::to_string_pretty(value)?) + "\n")
}

/// Returns a value as JSON that is safe to print, on one line without a line end.
///
/// # Errors
/// As for [`pretty`].
pub fn line<T: Serialize>(value: &T) -> serde_json::Result<String> {
    Ok(harmless(&serde_json::to_string(value)?))
}

/// Returns the same JSON with hostile characters written as `\u202e`, and no workflow commands: JSON is read by people and
/// printed in CI too. Only strings contain such characters, and they read the same.
pub(super) fn harmless(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    let mut before = None;
    for c in json.chars() {
        // `##[` begins a command anywhere in a line.
        if c == '\n' || !(is_unsafe(c) || (before, c) == (Some('#'), '#')) {
            safe.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        }
        before = Some(c);
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::without_commands;

    #[test]
    fn what_steers_a_terminal_is_written_as_its_code_and_reads_the_same() {
        for text in [
            "plain ünïcode →",
            "\u{9b}2J \u{7f}",
            "a\u{202e}b\u{e0041}c",
            "\x1b[2J\r\n\t\"\\",
            "###[error]a ##[b",
        ] {
            let json = serde_json::to_string(text).unwrap();
            let safe = harmless(&json);
            assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
            assert!(
                !safe.contains(is_unsafe) && without_commands(&safe) == safe,
                "{safe:?}"
            );
            let changes = !text.contains('\x1b') && text.contains(is_unsafe) || text.contains("##");
            assert_eq!(safe != json, changes, "{safe}");
        }
    }
}

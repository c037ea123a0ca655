//! The JSON report: the [`Report`] itself, public API.
//!
//! Knows nothing of the other formats.

use std::fmt::Write as _;

use super::text::is_unsafe;
use super::{Look, Report};

/// The report as JSON, indented, with a line end. Keys of a map are sorted: equal reports give equal bytes.
pub fn report(report: &Report, _now: i64, _look: &Look) -> String {
    // A report holds nothing that JSON cannot: keys are strings, numbers are finite.
    harmless(&serde_json::to_string_pretty(report).unwrap_or_default()) + "\n"
}

/// The same JSON, with what a terminal would obey written as `\u202e`: JSON is read by people too. Beyond ASCII there are
/// only strings.
fn harmless(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || !is_unsafe(c) {
            safe.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(safe, "\\u{unit:04x}");
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_written_as_its_code_and_reads_the_same() {
        for text in ["plain ünïcode →", "\u{9b}2J \u{7f}", "a\u{202e}b\u{e0041}c", "\x1b[2J\r\n\t\"\\"] {
            let json = serde_json::to_string(text).unwrap();
            let safe = harmless(&json);
            assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
            assert!(!safe.contains(is_unsafe), "{safe:?}");
            assert_eq!(safe == json, !text.contains(is_unsafe) || text.contains('\x1b'), "{safe}");
        }
    }
}

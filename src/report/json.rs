//! The JSON report: the [`Report`] itself, public API.
//!
//! Knows nothing of the other formats.

use super::{Look, Report};

/// The report as JSON, indented, with a line end. Keys of a map are sorted: equal reports give equal bytes.
pub fn report(report: &Report, _now: i64, _look: &Look) -> String {
    // A report holds nothing that JSON cannot: keys are strings, numbers are finite.
    serde_json::to_string_pretty(report).unwrap_or_default() + "\n"
}

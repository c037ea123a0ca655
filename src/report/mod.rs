//! Reports: one value, the same for every command that judges, and one file per format that shows it.
//!
//! [`Report`] serialised is the JSON report, public API, version [`SCHEMA_VERSION`]. Renderers are pure: a report in, text
//! out. Text from outside is escaped for the place it is shown. Knows nothing of files and terminals.

/// Version of the JSON report: additions raise the second number, anything else the first.
pub const SCHEMA_VERSION: &str = "1.0";

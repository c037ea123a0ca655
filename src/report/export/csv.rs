//! Comma-separated values as in RFC 4180, with line feeds: a row for each value.

use super::{ExportDocument, ExportFormat, ExportedValue, moment};
use crate::text::escape;

pub(super) const FORMAT: ExportFormat = ExportFormat {
    name: "csv",
    about: "comma-separated values, a row for each value, for spreadsheets and DuckDB",
    start: || Box::new(Csv),
};

struct Csv;

impl ExportDocument for Csv {
    fn begin(&mut self) -> String {
        let names = "run,started,commit,dirty,workspace,metric,package,unit,value,lower,upper";
        format!("{names},settings,toolchain\n")
    }

    fn run(&mut self, samples: &[ExportedValue]) -> String {
        samples.iter().map(row).collect()
    }
}

fn row(sample: &ExportedValue) -> String {
    let cells = [
        cell(&sample.run),
        moment(sample.started),
        cell(sample.commit.as_deref().unwrap_or_default()),
        sample.dirty.to_string(),
        cell(&sample.workspace),
        cell(&sample.metric),
        cell(sample.package.as_deref().unwrap_or_default()),
        cell(&sample.unit),
        sample.value.to_string(),
        bound(sample.range.map(|(lower, _)| lower)),
        bound(sample.range.map(|(_, upper)| upper)),
        cell(&sample.settings),
        cell(&sample.toolchain),
    ];
    cells.join(",") + "\n"
}

/// Returns a bound of a value as a cell.
fn bound(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// Returns a text as a cell. An apostrophe keeps spreadsheets from taking one for a formula.
fn cell(text: &str) -> String {
    let mut text = escape(text);
    if text.trim_start().starts_with(['=', '+', '-', '@']) {
        text.insert(0, '\'');
    }
    match text.contains([',', '"']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

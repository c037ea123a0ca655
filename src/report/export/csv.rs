//! Comma-separated values as in RFC 4180, with line feeds: a row for each value.

use super::{Export, ExportFormat, Sample, moment};
use crate::text::escape;

pub(super) const FORMAT: ExportFormat = ExportFormat {
    name: "csv",
    about: "comma-separated values, a row for each value, for spreadsheets and DuckDB",
    start: || Box::new(Csv),
};

struct Csv;

impl Export for Csv {
    fn begin(&mut self) -> String {
        let names = "run,started,commit,dirty,workspace,metric,package,unit,value,lower,upper";
        format!("{names},settings,toolchain\n")
    }

    fn run(&mut self, samples: &[Sample]) -> String {
        samples.iter().map(row).collect()
    }
}

fn row(sample: &Sample) -> String {
    let text = |text: &Option<String>| text.as_deref().map_or_else(String::new, cell);
    let bound = |bound: Option<f64>| bound.map_or_else(String::new, |bound| bound.to_string());
    let cells = [
        cell(&sample.run),
        moment(sample.started),
        text(&sample.commit),
        sample.dirty.to_string(),
        cell(&sample.workspace),
        cell(&sample.metric),
        text(&sample.package),
        cell(&sample.unit),
        sample.value.to_string(),
        bound(sample.range.map(|(lower, _)| lower)),
        bound(sample.range.map(|(_, upper)| upper)),
        cell(&sample.settings),
        cell(&sample.toolchain),
    ];
    cells.join(",") + "\n"
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

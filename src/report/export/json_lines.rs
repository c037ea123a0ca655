//! JSON lines: an object for each value.

use serde_json::json;

use super::{ExportDocument, ExportFormat, ExportedValue, moment};
use crate::report::json;

pub(super) const FORMAT: ExportFormat = ExportFormat {
    name: "jsonl",
    about: "JSON lines, an object for each value, for programs and DuckDB",
    start: || Box::new(JsonLines),
};

struct JsonLines;

impl ExportDocument for JsonLines {
    fn run(&mut self, samples: &[ExportedValue]) -> String {
        samples.iter().map(line).collect()
    }
}

fn line(sample: &ExportedValue) -> String {
    let object = json!({
        "run": sample.run, "started": moment(sample.started),
        "commit": sample.commit, "dirty": sample.dirty, "workspace": sample.workspace,
        "metric": sample.metric, "package": sample.package, "unit": sample.unit,
        "value": sample.value,
        "lower": sample.range.map(|(lower, _)| lower),
        "upper": sample.range.map(|(_, upper)| upper),
        "settings": sample.settings, "toolchain": sample.toolchain,
    });
    // Numbers and texts can always be written.
    json::line(&object).unwrap_or_default() + "\n"
}

//! The Bencher Metric Format (<https://bencher.dev/docs/reference/bencher-metric-format/>): the values of one run.
//!
//! Packages and the workspace are the benchmarks, metrics the measures.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{ExportDocument, ExportFormat, ExportedValue};
use crate::report::json;
use crate::text::escape;

pub(super) const FORMAT: ExportFormat = ExportFormat {
    name: "bmf",
    about: "Bencher Metric Format, the values of the last run",
    start: || Box::<Bencher>::default(),
};

#[derive(Default)]
struct Bencher {
    benchmarks: BTreeMap<String, BTreeMap<String, BencherMetric>>,
}

#[derive(Serialize)]
struct BencherMetric {
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    lower_value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upper_value: Option<f64>,
}

impl ExportDocument for Bencher {
    fn run(&mut self, samples: &[ExportedValue]) -> String {
        self.benchmarks.clear();
        for sample in samples {
            let benchmark = sample.package.as_ref().unwrap_or(&sample.workspace);
            let metrics = self.benchmarks.entry(escape(benchmark));
            let metric = BencherMetric {
                value: sample.value,
                lower_value: sample.range.map(|(lower, _)| lower),
                upper_value: sample.range.map(|(_, upper)| upper),
            };
            let name = escape(&sample.metric);
            metrics.or_default().insert(name, metric);
        }
        String::new()
    }

    fn end(&mut self) -> String {
        // Numbers and texts can always be written.
        json::pretty(&self.benchmarks).unwrap_or_default()
    }
}

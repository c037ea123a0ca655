//! OpenMetrics text with the time of each value, which VictoriaMetrics imports.
//!
//! The format requires the values of a series to follow each other, so that they are collected until the end.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{ExportDocument, ExportFormat, ExportedValue};
use crate::report::openmetrics::{NAME, label, opening};

pub(super) const FORMAT: ExportFormat = ExportFormat {
    name: "openmetrics",
    about: "OpenMetrics text with the times of the runs, for VictoriaMetrics",
    start: || Box::<OpenMetrics>::default(),
};

#[derive(Default)]
struct OpenMetrics {
    /// Unix seconds and value, oldest first, by the labels of the series.
    series: BTreeMap<String, Vec<(i64, f64)>>,
}

impl ExportDocument for OpenMetrics {
    fn run(&mut self, samples: &[ExportedValue]) -> String {
        for sample in samples {
            let series = self.series.entry(labels(sample)).or_default();
            // A series has one value at a time.
            if series.last().is_none_or(|(time, _)| *time < sample.started) {
                series.push((sample.started, sample.value));
            }
        }
        String::new()
    }

    fn end(&mut self) -> String {
        let mut text = opening();
        for (labels, values) in &self.series {
            for (time, value) in values {
                let _ = writeln!(text, "{NAME}{{{labels}}} {value} {time}");
            }
        }
        text + "# EOF\n"
    }
}

fn labels(sample: &ExportedValue) -> String {
    let package = sample.package.iter();
    let package: String = package
        .map(|package| format!(",package=\"{}\"", label(package)))
        .collect();
    format!(
        "workspace=\"{}\",metric=\"{}\"{package},unit=\"{}\"",
        label(&sample.workspace),
        label(&sample.metric),
        label(&sample.unit),
    )
}

//! Writes the values of a report as OpenMetrics text, which GitLab compares between the two sides of a merge request.
//!
//! Only measured values are samples: a missing value is not zero. GitLab takes everything after a `#` for a comment, in labels
//! too, and splits lines as a shell does.

use std::fmt::Write as _;

use super::Format;
use super::object::{Metric, Number, Report};
use super::style::Look;
use crate::text::escape;

/// The format for metrics reports.
pub(super) const FORMAT: Format = Format {
    name: "openmetrics",
    about: "OpenMetrics text, a sample for each measured value, for metrics reports of GitLab",
    render: report,
    page: None,
    site: None,
    commands: None,
};

/// The name of every sample. Names of metrics are labels, because they can contain any text.
pub(super) const NAME: &str = "cargo_campaign_value";

/// Returns the document.
fn report(report: &Report, _now: i64, _look: &Look) -> String {
    let mut text = opening();
    for (name, metric) in &report.metrics {
        if let Some(value) = metric.value {
            text.push_str(&sample(name, None, metric, value));
        }
        for (package, value) in &metric.packages {
            text.push_str(&sample(name, Some(package), metric, *value));
        }
    }
    text.push_str("# EOF\n");
    text
}

/// Returns the lines before the samples.
pub(super) fn opening() -> String {
    format!(
        "# TYPE {NAME} gauge\n# HELP {NAME} Values of metrics, of the workspace and of packages.\n"
    )
}

fn sample(name: &str, package: Option<&str>, metric: &Metric, value: Number) -> String {
    let mut labels = format!("metric=\"{}\"", label(name));
    if let Some(package) = package {
        let _ = write!(labels, ",package=\"{}\"", label(package));
    }
    let _ = write!(labels, ",unit=\"{}\"", label(metric.unit.name()));
    format!("{NAME}{{{labels}}} {}\n", value.0)
}

/// Returns a text as the value of a label.
pub(super) fn label(text: &str) -> String {
    escape(text)
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('#', "%23")
}

#[cfg(test)]
mod tests {
    use super::super::tests::{HOSTILE, NOW, first, hostile};
    use super::*;

    #[test]
    fn every_line_is_a_comment_or_a_sample() {
        for report in HOSTILE.iter().map(|text| hostile(text)).chain([first()]) {
            let text = super::report(&report, NOW, &Look::PLAIN);
            assert!(text.ends_with("# EOF\n"), "{text}");
            for line in text.lines().filter(|line| !line.starts_with("# ")) {
                let (labels, value) = line.rsplit_once(' ').unwrap();
                assert!(value.parse::<f64>().is_ok_and(f64::is_finite), "{line}");
                assert!(
                    labels.starts_with("cargo_campaign_value{metric=\""),
                    "{line}"
                );
                assert!(labels.ends_with("\"}") && !line.contains('#'), "{line}");
            }
        }
    }

    #[test]
    fn label_ends_at_its_quote() {
        for (text, expected) in [
            ("clippy.warnings", "clippy.warnings"),
            ("a\"b\\c#d", "a\\\"b\\\\c%23d"),
        ] {
            assert_eq!(label(text), expected);
        }
    }
}

//! The section with a value of each package for each metric, the worse the darker.

use std::collections::BTreeSet;

use super::blocks::list;
use super::markup::{HtmlElement, element, scrolling};
use super::part::PageSection;
use crate::collector::Visibility;
use crate::metric::Better;
use crate::report::figure::{counted, figure};
use crate::report::object::{Metric, Number, Report};
use crate::report::phrase;
use crate::report::style::UNICODE;

/// The most metrics, and the most packages.
const MOST: (usize, usize) = (10, 200);

/// How much worse a value is than the best of its column, from the first shade on.
const SHADES: [&str; 4] = [
    "number heat-1",
    "number heat-2",
    "number heat-3",
    "number heat-4",
];

/// Returns the table of packages, if there are several.
pub(super) fn packages(report: &Report) -> PageSection {
    let metrics = columns(report);
    let names: BTreeSet<&String> = metrics
        .iter()
        .flat_map(|(_, one)| one.packages.keys())
        .collect();
    let mut content = Vec::new();
    if names.len() > 1 {
        let names: Vec<&String> = names.into_iter().collect();
        content.push(
            element("p")
                .class("quiet")
                .and("Within a column, darker is worse. The small value is that of the baseline, where it differs."),
        );
        content.push(table(&metrics, &names));
        let hidden = names.len().saturating_sub(MOST.1);
        if hidden > 0 {
            let text = format!(
                "{} more are in the JSON report.",
                counted(hidden, "package")
            );
            content.push(element("p").class("quiet").and(text));
        }
    }
    let absent = absent(report, &metrics);
    if !content.is_empty() && !absent.is_empty() {
        content.push(list(absent.into_iter()));
    }
    PageSection {
        id: "packages",
        heading: "Packages",
        content,
    }
}

/// Returns the metrics with values of packages, those with gates first.
fn columns(report: &Report) -> Vec<(&String, &Metric)> {
    let metrics = report.metrics.iter();
    let metrics = metrics.filter(|(_, metric)| !metric.packages.is_empty());
    let (mut gated, mut others) = (Vec::new(), Vec::new());
    for (name, metric) in metrics {
        let is_gated = report.gates.iter().any(|gate| gate.metric == **name);
        let has_values = metric.packages.values().any(|Number(value)| *value != 0.0);
        if is_gated {
            gated.push((name, metric));
        } else if has_values && phrase::visibility(name) != Visibility::Detail {
            others.push((name, metric));
        }
    }
    gated.extend(others);
    gated.truncate(MOST.0);
    gated
}

/// Returns a remark about each shown metric that has no value for the workspace.
fn absent(report: &Report, metrics: &[(&String, &Metric)]) -> Vec<HtmlElement> {
    let mut remarks = Vec::new();
    for (name, metric) in metrics {
        let why = report
            .metrics
            .get(*name)
            .and_then(|metric| metric.unavailable.as_ref());
        if let Some(why) = why {
            let text = format!("{}: not measured completely: {}", metric.title, why.reason);
            remarks.push(element("li").and(text));
        }
    }
    remarks
}

fn table(metrics: &[(&String, &Metric)], names: &[&String]) -> HtmlElement {
    let mut heads = element("tr").and(element("th").with("scope", "col").and("package"));
    for (_, metric) in metrics {
        let head = element("th").with("scope", "col").class("number");
        heads = heads.and(head.and(metric.title.as_str()));
    }
    let mut rows = element("tbody");
    for name in names.iter().take(MOST.1) {
        let mut row = element("tr").and(element("th").with("scope", "row").and(name.as_str()));
        for (_, metric) in metrics {
            row = row.and(cell(metric, name));
        }
        rows = rows.and(row);
    }
    let table = element("table")
        .and(element("caption").and(counted(names.len(), "package")))
        .and(element("thead").and(heads))
        .and(rows);
    scrolling(table, "Packages")
}

fn cell(metric: &Metric, package: &str) -> HtmlElement {
    let Some(Number(value)) = metric.packages.get(package).copied() else {
        return element("td").class("number").and(UNICODE.none);
    };
    let class = match shade(metric, value) {
        0 => "number",
        shade => SHADES[shade - 1],
    };
    let cell = element("td")
        .class(class)
        .and(figure(value, &metric.unit, &UNICODE));
    match metric.baseline_packages.get(package) {
        Some(Number(before)) if metric.incomparable.is_none() && *before != value => {
            let before = figure(*before, &metric.unit, &UNICODE);
            cell.and(
                element("span")
                    .class("quiet")
                    .and(format!(" (was {before})")),
            )
        }
        _ => cell,
    }
}

/// Returns how bad a value is among those of all packages, from 0 to 4.
fn shade(metric: &Metric, value: f64) -> usize {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for Number(value) in metric.packages.values() {
        low = low.min(*value);
        high = high.max(*value);
    }
    let share = match metric.better {
        // Of counts, none is the best even if each package has some.
        Better::Lower if high > 0.0 => value / high,
        Better::Higher if high > low => (high - value) / (high - low),
        _ => 0.0,
    };
    (share * SHADES.len() as f64)
        .ceil()
        .clamp(0.0, SHADES.len() as f64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::report;

    #[test]
    fn worst_value_has_the_darkest_shade() {
        let mut metric = report().metrics["clippy.warnings"].clone();
        let values = [("a", 0.0), ("b", 1.0), ("c", 5.0), ("d", 8.0)];
        metric.packages = values
            .map(|(name, value)| (name.to_owned(), Number(value)))
            .into();
        for (better, expected) in [
            (Better::Lower, [0, 1, 3, 4]),
            (Better::Higher, [4, 4, 2, 0]),
            (Better::None, [0, 0, 0, 0]),
        ] {
            metric.better = better;
            assert_eq!(values.map(|(_, value)| shade(&metric, value)), expected);
        }
    }
}

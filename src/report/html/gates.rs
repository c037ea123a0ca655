//! The sections of gates and trends.

use super::blocks::{details, head_row, rendered, word, words};
use super::chart::{self, ChartBound, ChartFacts, spark};
use super::markup::{HtmlElement, element, scrolling};
use super::part::{PageSection, or_none};
use crate::report::facts::PageFacts;
use crate::report::figure::{counted, figure};
use crate::report::history::MetricHistory;
use crate::report::object::{Gate, Number};
use crate::report::style::UNICODE;
use crate::report::{phrase, section, status};

/// How many values the charts of a page show together. A value takes about 250 bytes with its row in the table.
const VALUES: usize = 2000;

/// The fewest and the most values that a chart shows.
const PER_CHART: (usize, usize) = (12, 240);

/// A metric with gates and recorded values.
pub(super) struct GateTrend<'a> {
    /// The values.
    history: &'a MetricHistory,
    /// The gates on the metric of the workspace.
    gates: Vec<&'a Gate>,
}

/// Returns the metrics that have a chart, in the order of their first gates.
pub(super) fn charts<'a>(facts: &PageFacts<'a>) -> Vec<GateTrend<'a>> {
    let mut trends: Vec<GateTrend<'a>> = Vec::new();
    for gate in facts
        .facts
        .report
        .gates
        .iter()
        .filter(|gate| gate.package.is_none())
    {
        let known = trends
            .iter_mut()
            .find(|trend| trend.history.metric == gate.metric);
        if let Some(known) = known {
            known.gates.push(gate);
            continue;
        }
        let mut histories = facts.history.metrics.iter();
        let history = histories.find(|one| one.metric == gate.metric && !one.points.is_empty());
        trends.extend(history.map(|history| GateTrend {
            history,
            gates: vec![gate],
        }));
    }
    trends
}

/// Returns the section of all gates, group by group.
pub(super) fn gates(facts: &PageFacts<'_>, trends: &[GateTrend<'_>]) -> PageSection {
    let mut content = Vec::new();
    for (key, gates) in phrase::groups(facts.facts.report) {
        let heading = phrase::heading(key);
        if !key.is_empty() {
            content.push(element("h3").and(heading.as_str()));
        }
        content.push(table(&heading, &gates, trends));
    }
    PageSection {
        id: "gates",
        heading: "Gates",
        content,
    }
}

fn table(heading: &str, gates: &[&Gate], trends: &[GateTrend<'_>]) -> HtmlElement {
    let mut rows = element("tbody");
    // One group in gives one group out, with a row for each gate.
    let groups = status::gates(vec![("", gates.to_vec())], &UNICODE);
    for (row, gate) in groups.iter().flat_map(|group| &group.rows).zip(gates) {
        let number =
            |value: &Option<String>| element("td").class("number").and(or_none(value.as_deref()));
        let why = if row.reason.is_empty() {
            &row.remark
        } else {
            &row.reason
        };
        let row = element("tr")
            .and(element("th").with("scope", "row").and(row.name.as_str()))
            .and(element("td").class("short").and(row.condition.as_str()))
            .and(number(&row.baseline))
            .and(number(&row.value))
            .and(element("td").and(word(row.verdict)))
            .and(element("td").and_all(trend_of(gate, trends)))
            .and(words(why));
        rows = rows.and(row);
    }
    let heads = [
        "gate", "required", "baseline", "now", "verdict", "trend", "why",
    ];
    let table = element("table")
        .and(element("caption").and(counted(gates.len(), "gate")))
        .and(element("thead").and(head_row(&heads)))
        .and(rows);
    scrolling(table, heading)
}

/// Returns the small chart of a gate's metric, which leads to the large one.
fn trend_of(gate: &Gate, trends: &[GateTrend<'_>]) -> Option<HtmlElement> {
    let has_metric = |trend: &GateTrend<'_>| trend.history.metric == gate.metric;
    let at = trends
        .iter()
        .position(has_metric)
        .filter(|_| gate.package.is_none())?;
    let points = &trends[at].history.points;
    let values: Vec<f64> = points.iter().map(|point| point.value).collect();
    let spark = spark(&values, &gate.unit, &gate.title)?;
    Some(element("a").with("href", format!("#{}", id(at))).and(spark))
}

fn id(at: usize) -> String {
    format!("trend-{}", at + 1)
}

/// Returns the section of the charts.
pub(super) fn trends(facts: &PageFacts<'_>, trends: &[GateTrend<'_>]) -> PageSection {
    let report = facts.facts.report;
    let mut content = Vec::new();
    if !trends.is_empty() {
        let runs = counted(facts.history.runs, "recorded run");
        let text = format!(
            "From {runs}. Values that were measured with other settings, such as other packages or features, are left out. \
             The dashed lines are the required value and the baseline; values in the shaded area fail."
        );
        content.push(element("p").class("quiet").and(text));
        let mut charts = element("div").class("charts");
        let most = (VALUES / trends.len()).clamp(PER_CHART.0, PER_CHART.1);
        for (at, trend) in trends.iter().enumerate() {
            charts = charts.and(figure_of(&id(at), trend, most, facts, range(trends)));
        }
        content.push(charts);
    }
    let metrics = section::metric_table(report.metrics.iter(), "baseline", "now");
    if !metrics.is_empty() {
        content.push(details("All metrics".to_owned(), rendered(&metrics)));
    }
    PageSection {
        id: "trends",
        heading: "Trends",
        content,
    }
}

/// Returns the first and the last time of all charts, which share an axis.
fn range(trends: &[GateTrend<'_>]) -> (i64, i64) {
    let points = trends.iter().flat_map(|trend| &trend.history.points);
    let times = points.map(|point| point.time);
    let first = times.clone().min().unwrap_or_default();
    (first, times.max().unwrap_or_default())
}

fn figure_of(
    id: &str,
    trend: &GateTrend<'_>,
    most: usize,
    facts: &PageFacts<'_>,
    range: (i64, i64),
) -> HtmlElement {
    let report = facts.facts.report;
    let gate = trend.gates[0];
    let metric = report.metrics.get(&gate.metric);
    let baseline = metric.and_then(|metric| metric.baseline);
    let facts = ChartFacts {
        title: &gate.title,
        unit: &gate.unit,
        points: &trend.history.points,
        bounds: &bounds(trend),
        baseline: baseline.map(|Number(value)| value),
        baseline_time: report.baseline.as_ref().map(phrase::started),
        marks: &facts.history.marks,
        range,
        most,
    };
    let mut caption = element("figcaption")
        .and(element("strong").and(gate.title.as_str()))
        .and(" ");
    if let Some(Number(value)) = gate.value {
        caption = caption.and(format!("{} ", figure(value, &gate.unit, &UNICODE)));
    }
    for gate in &trend.gates {
        caption = caption.and(word(gate.verdict)).and(" ");
    }
    element("figure")
        .class("chart")
        .with("id", id)
        .and(caption)
        .and_all(chart::chart(id, &facts))
}

fn bounds(trend: &GateTrend<'_>) -> Vec<ChartBound> {
    let gates = trend.gates.iter();
    let bounds = gates.filter_map(|gate| {
        let condition = phrase::condition(&gate.require, &UNICODE);
        chart::bound(condition, &gate.require, gate.bound)
    });
    bounds.collect()
}

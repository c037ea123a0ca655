//! Charts of values over time as SVG, without a script.
//!
//! Shapes have their colours as attributes, for hosts that drop style sheets; the style sheet replaces them. Each value has
//! a label that appears while the pointer is over it. Those that matter most (the first, the last, the lowest and the
//! highest) can have the focus as well.

use super::markup::{HtmlElement, element, scrolling};
use super::scale::AxisScale;
use super::series::thinned;
use crate::metric::Unit;
use crate::report::figure::{count, figure};
use crate::report::history::{HistoryMark, HistoryPoint};
use crate::report::object::Number;
use crate::report::style::UNICODE;

/// The width and the height of a chart.
const SIZE: (f64, f64) = (480.0, 200.0);

/// The edges of the area with the values: left, right, top and bottom.
const AREA: (f64, f64, f64, f64) = (64.0, 470.0, 34.0, 172.0);

/// The size of a small chart.
const SPARK: (f64, f64) = (120.0, 24.0);

/// How many values a small chart shows.
const SPARK_VALUES: usize = 60;

/// With more values than this, points would hide the line.
const DENSE: usize = 60;

/// How many marks of releases and toolchains a chart shows.
const MARKS: usize = 8;

/// The facts that a chart shows besides its values.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChartFacts<'a> {
    /// The title of the metric.
    pub(super) title: &'a str,
    /// The unit of its values.
    pub(super) unit: &'a Unit,
    /// The values, oldest first.
    pub(super) points: &'a [HistoryPoint],
    /// The bounds of its gates: the condition, the bound, and which side of it fails.
    pub(super) bounds: &'a [ChartBound],
    /// The value of the baseline.
    pub(super) baseline: Option<f64>,
    /// The time of the baseline.
    pub(super) baseline_time: Option<i64>,
    /// Releases and other toolchains, oldest first.
    pub(super) marks: &'a [HistoryMark],
    /// The first and the last time of all charts of the page.
    pub(super) range: (i64, i64),
    /// How many values the chart may show.
    pub(super) most: usize,
}

/// The bound of a gate.
#[derive(Clone, Debug)]
pub(super) struct ChartBound {
    /// The condition for people.
    pub(super) condition: String,
    /// The value that it comes to.
    pub(super) value: f64,
    /// Which values fail.
    pub(super) fails: FailingSide,
}

/// The values that fail a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FailingSide {
    /// Those above the bound.
    Above,
    /// Those below the bound.
    Below,
    /// All but the bound.
    Both,
}

/// Returns the chart, with ids that begin with `id`, and the table of its values.
pub(super) fn chart(id: &str, facts: &ChartFacts<'_>) -> Vec<HtmlElement> {
    let values: Vec<f64> = facts.points.iter().map(|point| point.value).collect();
    let shown = thinned(&values, facts.most);
    let (title, summary) = (format!("{id}-title"), format!("{id}-summary"));
    let svg = element("svg")
        .with("viewBox", format!("0 0 {} {}", SIZE.0, SIZE.1))
        .with("role", "group")
        .with("aria-labelledby", format!("{title} {summary}"))
        .with("font-size", 13)
        .with("font-family", "sans-serif")
        .and(element("title").with("id", title).and(facts.title))
        .and(element("desc").with("id", summary).and(description(facts)))
        .and(drawing(facts, &shown))
        .and(points(facts, &shown));
    vec![svg, remark(facts, shown.len()), table(facts, &shown)]
}

/// Returns a chart in words: `12 values from 2026-11-14 to 2026-11-20: first 12, last 14, lowest 9, highest 30.`
fn description(facts: &ChartFacts<'_>) -> String {
    let (Some(first), Some(last)) = (facts.points.first(), facts.points.last()) else {
        return String::new();
    };
    let (low, high) = extremes(facts.points);
    let value = |value: f64| figure(value, facts.unit, &UNICODE);
    let mut text = format!(
        "{} from {} to {}: first {}, last {}, lowest {}, highest {}.",
        counted_values(facts.points.len()),
        day(first.time),
        day(last.time),
        value(first.value),
        value(last.value),
        value(low),
        value(high),
    );
    if let Some(baseline) = facts.baseline {
        text += &format!(" Baseline {}.", value(baseline));
    }
    for bound in facts.bounds {
        text += &format!(" Required {}.", bound_text(bound, facts.unit));
    }
    text
}

fn counted_values(count_: usize) -> String {
    let plural = if count_ == 1 { "" } else { "s" };
    format!("{} value{plural}", count(count_ as f64))
}

/// Returns `≤ baseline + 10 % (92.6s)`; the value is left out if the condition names it.
fn bound_text(bound: &ChartBound, unit: &Unit) -> String {
    let value = figure(bound.value, unit, &UNICODE);
    let refers = ["baseline", "previous", "best"];
    match refers.iter().any(|word| bound.condition.contains(word)) {
        true => format!("{} ({value})", bound.condition),
        false => bound.condition.clone(),
    }
}

fn extremes(points: &[HistoryPoint]) -> (f64, f64) {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for point in points {
        low = low.min(point.value);
        high = high.max(point.value);
    }
    (low, high)
}

/// Returns the scales of time and values.
fn scales(facts: &ChartFacts<'_>) -> (AxisScale, AxisScale) {
    let (left, right, top, bottom) = AREA;
    let (mut low, mut high) = extremes(facts.points);
    let bounds = facts.bounds.iter().map(|bound| bound.value);
    for value in bounds.chain(facts.baseline) {
        low = low.min(value);
        high = high.max(value);
    }
    let (from, to) = facts.range;
    let times = AxisScale::new(from as f64, to as f64, left, right);
    let is_whole = facts.points.iter().all(|point| point.value.fract() == 0.0);
    let least = if is_whole { 1.0 } else { 0.0 };
    (times, AxisScale::rounded(low, high, least, bottom, top))
}

/// Returns everything but the values themselves. Its texts are in the description.
fn drawing(facts: &ChartFacts<'_>, shown: &[usize]) -> HtmlElement {
    let (times, values) = scales(facts);
    element("g")
        .with("aria-hidden", "true")
        .and_all(grid(facts, &values))
        .and_all(days(facts, &times))
        .and_all(
            facts
                .bounds
                .iter()
                .flat_map(|bound| limit(bound, facts, &values)),
        )
        .and_all(base(facts, &times, &values))
        .and_all(marks(facts, &times))
        .and(curve(facts, shown, &times, &values))
}

fn line(
    class: &'static str,
    colour: &'static str,
    from: (f64, f64),
    to: (f64, f64),
) -> HtmlElement {
    element("line")
        .class(class)
        .with("x1", short(from.0))
        .with("y1", short(from.1))
        .with("x2", short(to.0))
        .with("y2", short(to.1))
        .with("stroke", colour)
}

fn text(class: &'static str, colour: &'static str, x: f64, y: f64) -> HtmlElement {
    element("text")
        .class(class)
        .with("x", short(x))
        .with("y", short(y))
        .with("fill", colour)
}

/// Returns a coordinate with one decimal at most.
fn short(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    format!("{rounded}")
}

/// Returns the lines and the labels of round values.
fn grid(facts: &ChartFacts<'_>, values: &AxisScale) -> Vec<HtmlElement> {
    let (left, right, ..) = AREA;
    let mut elements = Vec::new();
    for value in values.ticks() {
        let y = values.at(value);
        elements.push(line("s-rule", "#d1d9e0", (left, y), (right, y)));
        let label = figure(value, facts.unit, &UNICODE);
        let label = text("t-axis", "#59636e", left - 6.0, y + 4.0)
            .with("text-anchor", "end")
            .and(label);
        elements.push(label);
    }
    elements
}

/// Returns the labels of the first and the last day.
fn days(facts: &ChartFacts<'_>, times: &AxisScale) -> Vec<HtmlElement> {
    let (left, right, _, bottom) = AREA;
    let (from, to) = facts.range;
    let label = |x: f64, anchor: &'static str, time: i64| {
        text("t-axis", "#59636e", x, bottom + 18.0)
            .with("text-anchor", anchor)
            .and(day(time))
    };
    match day(from) == day(to) {
        true => vec![label(f64::midpoint(left, right), "middle", from)],
        false => vec![
            label(times.at(from as f64), "start", from),
            label(times.at(to as f64), "end", to),
        ],
    }
}

/// Returns the bound of a gate, with the values that fail it shaded.
fn limit(bound: &ChartBound, facts: &ChartFacts<'_>, values: &AxisScale) -> Vec<HtmlElement> {
    let (left, right, top, bottom) = AREA;
    let y = values.at(bound.value);
    let shade = match bound.fails {
        FailingSide::Above => Some((top, y)),
        FailingSide::Below => Some((y, bottom)),
        FailingSide::Both => None,
    };
    let mut elements = Vec::new();
    if let Some((from, to)) = shade.filter(|(from, to)| to > from) {
        let shade = element("rect")
            .class("f-bad")
            .with("x", left)
            .with("y", short(from))
            .with("width", right - left)
            .with("height", short(to - from))
            .with("fill", "#b42318")
            .with("fill-opacity", ".07");
        elements.push(shade);
    }
    elements
        .push(line("s-bound", "#b42318", (left, y), (right, y)).with("stroke-dasharray", "6 3"));
    // A label above a line at the top would be cut off.
    let below = y < top + 16.0 || bound.fails == FailingSide::Below && y < bottom - 16.0;
    let label = text(
        "t-bound",
        "#b42318",
        right,
        if below { y + 14.0 } else { y - 4.0 },
    )
    .with("text-anchor", "end")
    .and(bound_text(bound, facts.unit));
    elements.push(label);
    elements
}

/// Returns the value and the time of the baseline.
fn base(facts: &ChartFacts<'_>, times: &AxisScale, values: &AxisScale) -> Vec<HtmlElement> {
    let (left, right, top, bottom) = AREA;
    let mut elements = Vec::new();
    if let Some(value) = facts.baseline {
        let y = values.at(value);
        elements
            .push(line("s-base", "#59636e", (left, y), (right, y)).with("stroke-dasharray", "2 3"));
    }
    let within = facts.range.0..=facts.range.1;
    if let Some(time) = facts.baseline_time.filter(|time| within.contains(time)) {
        let x = times.at(time as f64);
        elements
            .push(line("s-base", "#59636e", (x, top), (x, bottom)).with("stroke-dasharray", "2 3"));
        elements.push(mark_label("t-base", "#59636e", x).and("baseline"));
    }
    elements
}

/// Returns a label above the area, which does not leave the chart.
fn mark_label(class: &'static str, colour: &'static str, x: f64) -> HtmlElement {
    let (left, right, top, _) = AREA;
    let anchor = match x {
        x if x < left + 60.0 => "start",
        x if x > right - 60.0 => "end",
        _ => "middle",
    };
    text(class, colour, x, top - 4.0)
        .with("text-anchor", anchor)
        .with("font-size", 11)
}

/// Returns the newest releases and other toolchains. A label that would cover the one before is left out.
fn marks(facts: &ChartFacts<'_>, times: &AxisScale) -> Vec<HtmlElement> {
    let (_, _, top, bottom) = AREA;
    let within = facts.range.0..=facts.range.1;
    let mut shown: Vec<&HistoryMark> = facts
        .marks
        .iter()
        .filter(|mark| within.contains(&mark.time))
        .collect();
    shown.drain(..shown.len().saturating_sub(MARKS));
    let baseline = facts.baseline_time.map(|time| times.at(time as f64));
    let mut taken: Vec<f64> = baseline.into_iter().collect();
    let mut elements = Vec::new();
    for mark in shown {
        let x = times.at(mark.time as f64);
        let line = line("s-mark", "#6639ba", (x, top), (x, bottom));
        elements.push(line.with("stroke-dasharray", "1 3"));
        if taken.iter().all(|other| (other - x).abs() > 80.0) {
            taken.push(x);
            elements.push(mark_label("t-mark", "#6639ba", x).and(shortened(&mark.text)));
        }
    }
    elements
}

/// Returns a text that is not longer than a label. The end is kept, because it has the version.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 16;
    let left_out = text.chars().count().saturating_sub(LONGEST);
    match text.char_indices().nth(left_out) {
        Some((start, _)) if left_out > 0 => format!("{}{}", UNICODE.dots, &text[start..]),
        _ => text.to_owned(),
    }
}

fn curve(
    facts: &ChartFacts<'_>,
    shown: &[usize],
    times: &AxisScale,
    values: &AxisScale,
) -> HtmlElement {
    let mut path = String::new();
    for (at, position) in shown.iter().enumerate() {
        let point = &facts.points[*position];
        let (x, y) = (times.at(point.time as f64), values.at(point.value));
        let command = if at == 0 { "M" } else { " " };
        path += &format!("{command}{} {}", short(x), short(y));
    }
    element("path")
        .class("s-line")
        .with("d", path)
        .with("fill", "none")
        .with("stroke", "#0550ae")
        .with("stroke-width", "1.5")
        .with("stroke-linejoin", "round")
}

/// Returns the values with their labels. An invisible ring makes a point easier to hit.
fn points(facts: &ChartFacts<'_>, shown: &[usize]) -> HtmlElement {
    let (times, values) = scales(facts);
    let (low, high) = extremes(facts.points);
    let mut group = element("g")
        .class("points f-line")
        .with("fill", "#0550ae")
        .with("stroke", "#0550ae")
        .with("stroke-opacity", 0)
        .with("stroke-width", 9)
        .with("text-anchor", "end");
    let mut key = vec![0, facts.points.len() - 1];
    // The first of several extremes: thinning keeps it.
    key.extend(facts.points.iter().position(|point| point.value == low));
    key.extend(facts.points.iter().position(|point| point.value == high));
    for position in shown {
        let point = &facts.points[*position];
        let is_key = key.contains(position);
        let radius = match is_key {
            true => "3",
            false if shown.len() > DENSE => ".8",
            false => "2",
        };
        let circle = element("circle")
            .with("cx", short(times.at(point.time as f64)))
            .with("cy", short(values.at(point.value)))
            .with("r", radius);
        let name = label(point, facts.unit);
        let text = element("text")
            .class("t-value")
            .with("x", SIZE.0 - 10.0)
            .with("y", 14)
            .with("visibility", "hidden")
            .and(name.as_str());
        let mut one = element("g");
        if is_key {
            let title = element("title").and(name.as_str());
            one = one
                .with("role", "img")
                .with("tabindex", 0)
                .with("aria-label", name)
                .and(title);
        } else {
            one = one.with("aria-hidden", "true");
        }
        group = group.and(one.and(circle).and(text));
    }
    group
}

/// Returns `2026-11-20 14:12 · 9be1d02 · 14`.
fn label(point: &HistoryPoint, unit: &Unit) -> String {
    let value = figure(point.value, unit, &UNICODE);
    let commit = commit(point);
    match commit.is_empty() {
        true => format!("{} · {value}", minute(point.time)),
        false => format!("{} · {commit} · {value}", minute(point.time)),
    }
}

/// Returns the short commit, and whether the sources differed from it.
fn commit(point: &HistoryPoint) -> String {
    let edited = if point.dirty { "+" } else { "" };
    match &point.commit {
        Some(commit) => format!("{}{edited}", commit.chars().take(7).collect::<String>()),
        None => String::new(),
    }
}

/// Returns how many of the values are shown.
fn remark(facts: &ChartFacts<'_>, shown: usize) -> HtmlElement {
    let all = facts.points.len();
    let text = match shown == all {
        true => counted_values(all),
        false => format!(
            "{} of {}: the first, the last, and the lowest and highest of each stretch of time",
            count(shown as f64),
            counted_values(all)
        ),
    };
    element("p").class("quiet").and(text)
}

/// Returns the shown values, newest first.
fn table(facts: &ChartFacts<'_>, shown: &[usize]) -> HtmlElement {
    let mut rows = element("tbody");
    for position in shown.iter().rev() {
        let point = &facts.points[*position];
        let value = figure(point.value, facts.unit, &UNICODE);
        let row = element("tr")
            .and(element("td").and(minute(point.time)))
            .and(element("td").and(commit(point)))
            .and(element("td").class("number").and(value));
        rows = rows.and(row);
    }
    let head = |name: &'static str| element("th").with("scope", "col").and(name);
    let heads = element("tr")
        .and(head("measured (UTC)"))
        .and(head("commit"))
        .and(head("value").class("number"));
    let table = element("table")
        .and(element("caption").and(format!("Values of {}", facts.title)))
        .and(element("thead").and(heads))
        .and(rows);
    element("details")
        .and(element("summary").and("Values"))
        .and(scrolling(table, &format!("Values of {}", facts.title)))
}

/// Returns a small chart of values, oldest first, with a summary for screen readers.
pub(super) fn spark(values: &[f64], unit: &Unit, title: &str) -> Option<HtmlElement> {
    let (first, last) = (values.first()?, values.last()?);
    let shown = thinned(values, SPARK_VALUES);
    let (low, high) = shown
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| {
            (low.min(values[*at]), high.max(values[*at]))
        });
    let positions = AxisScale::new(0.0, (values.len() - 1) as f64, 3.0, SPARK.0 - 4.0);
    let heights = AxisScale::new(low, high, SPARK.1 - 4.0, 4.0);
    let mut path = String::new();
    for (at, position) in shown.iter().enumerate() {
        let command = if at == 0 { "M" } else { " " };
        let (x, y) = (
            positions.at(*position as f64),
            heights.at(values[*position]),
        );
        path += &format!("{command}{} {}", short(x), short(y));
    }
    let value = |value: f64| figure(value, unit, &UNICODE);
    let summary = format!(
        "{title}: {} → {}, {}",
        value(*first),
        value(*last),
        counted_values(values.len())
    );
    let end = (positions.at((values.len() - 1) as f64), heights.at(*last));
    let curve = element("path")
        .class("s-line")
        .with("d", path)
        .with("fill", "none")
        .with("stroke", "#0550ae")
        .with("stroke-width", "1.5");
    let dot = element("circle")
        .class("f-line")
        .with("cx", short(end.0))
        .with("cy", short(end.1))
        .with("r", "2.5")
        .with("fill", "#0550ae");
    let svg = element("svg")
        .class("spark")
        .with("viewBox", format!("0 0 {} {}", SPARK.0, SPARK.1))
        .with("width", SPARK.0)
        .with("height", SPARK.1)
        .with("role", "img")
        .with("aria-label", summary.as_str())
        .and(element("title").and(summary.as_str()));
    Some(svg.and(curve).and(dot))
}

/// Returns a time in UTC, `2026-11-20 14:12`.
pub(super) fn minute(time: i64) -> String {
    stamp(time, "%Y-%m-%d %H:%M")
}

/// Returns a day in UTC, `2026-11-20`.
fn day(time: i64) -> String {
    stamp(time, "%Y-%m-%d")
}

fn stamp(time: i64, form: &str) -> String {
    let time = jiff::Timestamp::from_second(time).unwrap_or_default();
    time.strftime(form).to_string()
}

/// Returns which values fail a condition.
pub(super) fn failing_side(require: &str) -> FailingSide {
    match require.trim_start().chars().next() {
        Some('<') => FailingSide::Above,
        Some('>') => FailingSide::Below,
        _ => FailingSide::Both,
    }
}

/// Returns a bound that can be drawn.
pub(super) fn bound(condition: String, require: &str, bound: Option<Number>) -> Option<ChartBound> {
    let Number(value) = bound?;
    Some(ChartBound {
        condition,
        value,
        fails: failing_side(require),
    })
}

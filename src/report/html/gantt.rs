//! The time line of workstreams as SVG.

use super::markup::{HtmlElement, element};
use crate::report::plan::{PlanEntry, PlanPage};
use jiff::civil::Date;

/// The width of the time line, and that of the names before it.
const WIDTH: (f64, f64) = (720.0, 210.0);

/// The height of a row.
const ROW: f64 = 24.0;

/// The longest name of a row, in characters.
const NAME: usize = 24;

/// Returns the time line from now on. `None` if no workstream is left, or their days are not known.
pub(super) fn gantt(page: &PlanPage) -> Option<HtmlElement> {
    let open: Vec<&PlanEntry> = page
        .entries
        .iter()
        .filter(|one| one.status != "complete")
        .collect();
    let first = open.iter().filter_map(|entry| day(&entry.days.0)).min()?;
    let last = open.iter().filter_map(|entry| day(&entry.days.1)).max()?;
    // The last day is drawn to its end.
    let days = (days_between(first, last) + 1.0).max(1.0);
    let scale = (WIDTH.0 - WIDTH.1 - 10.0) / days;
    let height = ROW * (open.len() as f64 + 1.0);
    let label = format!(
        "Time line of {} workstreams from {first} to {last}",
        open.len()
    );
    let mut svg = element("svg")
        .class("time-line")
        .with("viewBox", format!("0 0 {} {height}", WIDTH.0))
        .with("role", "img")
        .with("aria-label", label.as_str())
        .with("font-size", 13)
        .with("font-family", "sans-serif")
        .and(element("title").and(label));
    for (at, entry) in open.iter().enumerate() {
        let y = ROW * at as f64;
        svg = svg.and(name(entry, y)).and_all(bar(entry, y, first, scale));
    }
    for (x, anchor, day) in [(WIDTH.1, "start", first), (WIDTH.0 - 10.0, "end", last)] {
        let text = element("text")
            .with("x", x)
            .with("y", height - 6.0)
            .with("text-anchor", anchor)
            .with("fill", "#59636e")
            .and(day.to_string());
        svg = svg.and(text);
    }
    Some(svg)
}

fn name(entry: &PlanEntry, y: f64) -> HtmlElement {
    let name = match &entry.title {
        Some(title) => format!("{} {title}", entry.id),
        None => entry.id.clone(),
    };
    let name = match name.char_indices().nth(NAME) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name,
    };
    element("text")
        .with("x", WIDTH.1 - 8.0)
        .with("y", y + 16.0)
        .with("text-anchor", "end")
        .with("fill", "#1f2328")
        .and(name)
}

/// Returns the bar of a workstream. One that decides the end has a thick edge, because colour only helps.
fn bar(entry: &PlanEntry, y: f64, first: Date, scale: f64) -> Option<HtmlElement> {
    let (start, end) = (day(&entry.days.0)?, day(&entry.days.1)?);
    let from = days_between(first, start);
    let length = (days_between(start, end) + 1.0).max(0.2);
    let (class, colour) = match entry.is_critical {
        true => ("f-bad", "#b42318"),
        false => ("f-line", "#0550ae"),
    };
    let critical = if entry.is_critical { ", critical" } else { "" };
    let title = format!("{}: {start} to {end}{critical}", entry.id);
    let bar = element("rect")
        .class(class)
        .with("x", WIDTH.1 + from * scale)
        .with("y", y + 5.0)
        .with("width", length * scale)
        .with("height", if entry.is_critical { 14 } else { 8 })
        .with("fill", colour);
    Some(element("g").and(element("title").and(title)).and(bar))
}

fn day(text: &str) -> Option<Date> {
    text.parse().ok()
}

fn days_between(from: Date, to: Date) -> f64 {
    from.until(to)
        .map_or(0.0, |span| f64::from(span.get_days()))
}

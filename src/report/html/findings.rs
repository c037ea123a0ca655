//! The sections of findings and tests.

use std::collections::BTreeMap;

use super::blocks::{details, head_row, list, rendered, words};
use super::markup::{HtmlElement, element, scrolling};
use super::part::PageSection;
use crate::event::Level;
use crate::report::figure::{count, counted};
use crate::report::object::{Failed, Place, Report};
use crate::report::{phrase, section};

/// How many findings of a kind are on the page.
const MOST: usize = 250;

/// How many lints are counted by name.
const LINTS: usize = 20;

/// How many lines of the output of a failed test are shown.
const LINES: usize = 60;

/// How many failed tests are shown with their output.
const OUTPUTS: usize = 40;

/// The classes of the tabs and their panels, in the order in which they are shown.
const TABS: [(&str, &str); 4] = [
    ("tab-1", "panel-1"),
    ("tab-2", "panel-2"),
    ("tab-3", "panel-3"),
    ("tab-4", "panel-4"),
];

/// Returns the findings by what happened to them since the baseline.
pub(super) fn findings(report: &Report) -> PageSection {
    let mut kinds: Vec<(&'static str, Vec<&Place>)> = Vec::new();
    if let Some(findings) = &report.findings {
        let changed = findings.changed.iter().map(|edit| &edit.to);
        kinds.push(("New", findings.new.iter().collect()));
        kinds.push(("Fixed", findings.fixed.iter().collect()));
        kinds.push(("Edited", changed.collect()));
    }
    kinds.push(("Open", report.diagnostics.iter().collect()));
    let is_empty = kinds.iter().all(|(_, places)| places.is_empty());
    let mut content = Vec::new();
    if !is_empty {
        content.push(tabs(&kinds));
    }
    match &report.findings {
        Some(findings) => content.extend(rendered(&section::uncompared(findings))),
        None if is_empty => {}
        None => content.push(
            element("p").and("Not compared with a baseline: which of them are new is not known."),
        ),
    }
    PageSection {
        id: "findings",
        heading: "Findings",
        content,
    }
}

/// Returns tabs without a script: each radio button shows the panel of its number. Without a style sheet all panels are
/// shown.
fn tabs(kinds: &[(&'static str, Vec<&Place>)]) -> HtmlElement {
    let first = kinds.iter().position(|(_, places)| !places.is_empty());
    let mut buttons = element("fieldset")
        .class("tabs")
        .and(element("legend").and("Show the findings that are"));
    for (at, (name, places)) in kinds.iter().enumerate() {
        let id = format!("findings-{}", at + 1);
        let mut button = element("input")
            .with("type", "radio")
            .with("name", "findings")
            .with("id", id.as_str())
            .class(TABS[at].0);
        if Some(at) == first {
            button = button.with("checked", "");
        }
        let label = element("label")
            .with("for", id)
            .and(format!("{name} "))
            .and(
                element("span")
                    .class("count")
                    .and(count(places.len() as f64)),
            );
        buttons = buttons.and(button).and(label);
    }
    for (at, (name, places)) in kinds.iter().enumerate() {
        buttons = buttons.and(panel(name, TABS[at].1, places));
    }
    buttons
}

fn panel(name: &'static str, class: &'static str, places: &[&Place]) -> HtmlElement {
    let heading = format!("{name}: {}", counted(places.len(), "finding"));
    let panel = element("section")
        .class(class)
        .with("aria-label", heading.as_str())
        .and(element("h3").and(heading));
    if places.is_empty() {
        return panel;
    }
    let mut errors_first = places.to_vec();
    errors_first.sort_by_key(|place| place.level == Level::Warning);
    let mut rows = element("tbody");
    for place in errors_first.iter().take(MOST) {
        let row = element("tr")
            .and(
                element("th")
                    .with("scope", "row")
                    .and(element("code").and(phrase::place(place))),
            )
            .and(element("td").and(level(place)))
            .and(element("td").and(element("code").and(phrase::lint(place))))
            .and(element("td").and(place.package.as_str()))
            .and(words(&place.message));
        rows = rows.and(row);
    }
    let heads = head_row(&["place", "level", "lint", "package", "message"]);
    let table = element("table")
        .and(
            element("caption")
                .class("hidden")
                .and(format!("{name} findings")),
        )
        .and(element("thead").and(heads))
        .and(rows);
    let hidden = places.len().saturating_sub(MOST);
    let hidden = (hidden > 0).then(|| {
        let text = format!("{} more are in the JSON report.", count(hidden as f64));
        element("p").class("quiet").and(text)
    });
    panel
        .and_all(lints(places))
        .and(scrolling(table, name))
        .and_all(hidden)
}

fn level(place: &Place) -> HtmlElement {
    match place.level {
        Level::Warning => element("span").class("caution").and("warning"),
        _ => element("span").class("bad").and("error"),
    }
}

/// Returns how often each lint is found, if there are several.
fn lints(places: &[&Place]) -> Option<HtmlElement> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for place in places {
        *counts.entry(phrase::lint(place)).or_default() += 1;
    }
    if counts.len() < 2 || places.len() < 10 {
        return None;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut rows = element("tbody");
    for (lint, times) in counts.iter().take(LINTS) {
        let row = element("tr")
            .and(
                element("th")
                    .with("scope", "row")
                    .and(element("code").and(*lint)),
            )
            .and(element("td").class("number").and(count(*times as f64)));
        rows = rows.and(row);
    }
    let table = element("table")
        .and(element("caption").and(match counts.len() > LINTS {
            true => format!(
                "The {LINTS} most frequent of {}",
                counted(counts.len(), "lint")
            ),
            false => counted(counts.len(), "lint"),
        }))
        .and(element("thead").and(head_row(&["lint", "findings"])))
        .and(rows);
    Some(details("By lint".to_owned(), vec![table]))
}

/// Returns the tests that failed, and those that changed since the baseline.
pub(super) fn tests(report: &Report) -> PageSection {
    let tests = &report.tests;
    let mut content = Vec::new();
    content.extend(failures("failed", &tests.failed));
    content.extend(failures("flaky", &tests.flaky));
    let incomplete = tests.incomplete.iter();
    let incomplete: Vec<String> = incomplete
        .map(|suite| format!("{}: {}", suite.suite, suite.reason))
        .collect();
    let lists = [
        ("incomplete suite", Some(&incomplete)),
        ("regressed test", tests.regressed.as_ref()),
        ("vanished test", tests.vanished.as_ref()),
        ("newly ignored test", tests.newly_ignored.as_ref()),
        ("repaired test", tests.repaired.as_ref()),
        ("added test", tests.added.as_ref()),
    ];
    for (name, ids) in lists {
        let ids = ids.map_or(&[] as &[String], Vec::as_slice);
        if !ids.is_empty() {
            content.push(element("h3").and(counted(ids.len(), name)));
            let items = ids
                .iter()
                .map(|id| element("li").and(element("code").and(id.as_str())));
            content.push(list(items));
        }
    }
    PageSection {
        id: "tests",
        heading: "Tests",
        content,
    }
}

fn failures(happened: &'static str, failed: &[Failed]) -> Vec<HtmlElement> {
    if failed.is_empty() {
        return Vec::new();
    }
    let mut items = Vec::new();
    for (at, test) in failed.iter().enumerate() {
        let item = element("li").and(element("code").and(test.test.as_str()));
        let output = test.output.as_deref().filter(|_| at < OUTPUTS);
        items.push(item.and_all(output.map(output_of)));
    }
    let heading = format!("{} {happened}", counted(failed.len(), "test"));
    vec![element("h3").and(heading), list(items.into_iter())]
}

fn output_of(output: &str) -> HtmlElement {
    let lines: Vec<&str> = output.lines().take(LINES).collect();
    let pre = element("pre").and(lines.join("\n"));
    details("Output".to_owned(), vec![pre])
}

//! The page of the whole report: the verdict, what to do, and then the details, section by section.

use super::blocks::{list, rendered, word};
use super::chart::minute;
use super::frame::framed;
use super::markup::{HtmlElement, element, scrolling};
use super::part::PageSection;
use super::{findings, gates, packages, work};
use crate::report::document::Document;
use crate::report::facts::PageFacts;
use crate::report::object::{Report, Source};
use crate::report::{completion, gate, issue, pages, phrase, section, workstream};

/// Returns the page.
pub(super) fn page(facts: &PageFacts<'_>) -> String {
    let report = facts.facts.report;
    let charts = gates::charts(facts);
    let sections = [
        to_do(facts),
        gates::gates(facts, &charts),
        gates::trends(facts, &charts),
        findings::findings(report),
        findings::tests(report),
        packages::packages(report),
        work::workstreams(facts),
        work::milestones(facts),
        work::risks(facts),
        work::alerts(report),
        attestations(facts),
        notes(report),
        provenance(facts),
    ];
    let sections: Vec<PageSection> = sections
        .into_iter()
        .filter(|section| !section.content.is_empty())
        .collect();

    let mut main = element("main");
    let navigation = navigation(&sections);
    for section in sections {
        let heading = format!("{}-heading", section.id);
        let shown = element("section")
            .with("id", section.id)
            .with("aria-labelledby", heading.as_str())
            .and(
                element("h2")
                    .with("id", heading.as_str())
                    .and(section.heading),
            )
            .and_all(section.content);
        main = main.and(shown);
    }
    let name = super::blocks::plain(&pages::name(report, ""));
    let title = format!("{}: {name}", report.verdict.capitals());
    let footer = element("footer").and_all(rendered(&[section::origin(report)]));
    framed(
        &title,
        &report.tool,
        vec![
            header(report, &name, facts.facts.now),
            navigation,
            main,
            footer,
        ],
    )
}

fn header(report: &Report, name: &str, now: i64) -> HtmlElement {
    let judged = format!("Judged {} UTC; ages are those of that time.", minute(now));
    let heading = element("h1")
        .and(word(report.verdict))
        .and(format!(": {}", report.reason));
    element("header")
        .and(element("p").class("campaign").and(name))
        .and(heading)
        .and(element("p").class("quiet").and(measured(report)))
        .and(element("p").class("quiet").and(judged))
}

/// Returns when and where the values were measured. Ages would be wrong once the page is read.
fn measured(report: &Report) -> String {
    let run = &report.run;
    if run.id.is_none() {
        return "Nothing was measured yet.".to_owned();
    }
    let branch = run.branch.iter().map(|branch| format!(" on {branch}"));
    let branch: String = branch.collect();
    let rustc = phrase::rustc(&run.toolchain);
    let baseline = match &report.baseline {
        Some(base) => format!("Baseline: {} of {}.", phrase::commit(base), started(base)),
        None => "No baseline is pinned.".to_owned(),
    };
    let (time, state) = (started(run), phrase::state(run));
    format!("Measured {time} at {state}{branch} with rustc {rustc}. {baseline}")
}

/// Returns `2026-11-20 14:12 UTC`.
fn started(source: &Source) -> String {
    format!("{} UTC", minute(phrase::started(source)))
}

fn navigation(sections: &[PageSection]) -> HtmlElement {
    let mut items = element("ul");
    for section in sections {
        let link = element("a")
            .with("href", format!("#{}", section.id))
            .and(section.heading);
        items = items.and(element("li").and(link));
    }
    element("nav").with("aria-label", "Sections").and(items)
}

/// Returns the open gates with their evidence and the next commands.
fn to_do(facts: &PageFacts<'_>) -> PageSection {
    let report = facts.facts.report;
    let mut blocks = Document::new();
    if let Some(readiness) = &report.readiness {
        blocks.extend(section::readiness(readiness));
    }
    blocks.extend(gate::open_on_page(report));
    let mut content = rendered(&blocks);
    content.extend(gaps(report));
    let states = report.workstreams.iter().flatten();
    let steps: Vec<HtmlElement> = states
        .filter_map(workstream::next_step)
        .map(|step| element("li").and_all(super::blocks::inline(&step)))
        .collect();
    if !steps.is_empty() {
        content.push(element("h3").and("Workstreams"));
        content.push(list(steps.into_iter()));
    }
    if content.is_empty() {
        content.push(element("p").and("Nothing: no gate fails or is without verdict."));
    }
    PageSection {
        id: "to-do",
        heading: "What to do",
        content,
    }
}

/// Returns what takes the verdict away although no gate says so.
fn gaps(report: &Report) -> Vec<HtmlElement> {
    let mut content = Vec::new();
    for gap in issue::gaps(report) {
        let lines = gap.message.lines().map(|line| element("p").and(line));
        let shown = element("article")
            .class("problem of-caution")
            .and(element("h3").and(gap.title.as_str()))
            .and_all(lines);
        content.push(shown);
    }
    content
}

fn attestations(facts: &PageFacts<'_>) -> PageSection {
    PageSection {
        id: "attestations",
        heading: "Attestations",
        content: rendered(&completion::attestations(&facts.facts)),
    }
}

fn notes(report: &Report) -> PageSection {
    let notes = phrase::notes(report).chain(phrase::reused(report));
    let notes: Vec<HtmlElement> = notes.map(|note| element("li").and(note)).collect();
    let content = match notes.is_empty() {
        true => Vec::new(),
        false => vec![list(notes.into_iter())],
    };
    PageSection {
        id: "notes",
        heading: "Notes",
        content,
    }
}

/// Returns the conditions of both sides, and the run and the command that measured each collector.
fn provenance(facts: &PageFacts<'_>) -> PageSection {
    let report = facts.facts.report;
    let mut content = rendered(&[section::sides(report)]);
    if !(report.run.collectors.is_empty() && report.run.stale.is_empty()) {
        content.push(collectors(facts));
    }
    PageSection {
        id: "provenance",
        heading: "Provenance",
        content,
    }
}

/// Returns which run has the values of each collector, and those of other sources, which do not count.
fn collectors(facts: &PageFacts<'_>) -> HtmlElement {
    let run = &facts.facts.report.run;
    let mut rows = element("tbody");
    for (collector, id) in &run.collectors {
        let mut commands = facts.facts.commands.iter();
        let command = commands.find(|(name, _)| name == collector.name());
        let command = command.map(|(_, command)| element("code").and(command.as_str()));
        let own = element("td").and_all(command);
        rows = rows.and(collector_row(collector.name(), &id.0).and(own));
    }
    for (collector, stale) in &run.stale {
        let differs = format!("not used, because of other sources: {}", stale.differs);
        let own = super::blocks::words(&differs);
        rows = rows.and(collector_row(collector.name(), &stale.run.0).and(own));
    }
    let heads = super::blocks::head_row(&["collector", "run", "command"]);
    let table = element("table")
        .and(element("caption").and("Where the values come from"))
        .and(element("thead").and(heads))
        .and(rows);
    scrolling(table, "Where the values come from")
}

fn collector_row(name: &str, run: &str) -> HtmlElement {
    element("tr")
        .and(element("th").with("scope", "row").and(name))
        .and(element("td").and(element("code").and(run)))
}

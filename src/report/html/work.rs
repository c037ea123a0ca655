//! The sections of workstreams, milestones, risks and alerts.

use super::blocks::{details, head_row, rendered, signed};
use super::gantt;
use super::markup::{HtmlElement, element, scrolling};
use super::part::{PageSection, or_none, subsection};
use crate::report::document::Block;
use crate::report::facts::PageFacts;
use crate::report::object::{OpenAlert, Report};
use crate::report::{plan, timeline, workstream};

/// Returns the workstreams with their order, their days and their criteria.
pub(super) fn workstreams(facts: &PageFacts<'_>) -> PageSection {
    let facts = &facts.facts;
    let mut content = rendered(&workstream::section(facts));
    if let Some(plan) = facts
        .plan
        .filter(|plan| (1..=plan::MOST).contains(&plan.entries.len()))
    {
        content.extend(subsection("Chain", &[Block::List(2, plan::flow(plan))]));
        content.push(element("h3").and("Time line"));
        content.push(element("p").and(plan::end(plan)));
        content.extend(gantt::gantt(plan));
        content.push(details(
            "Days".to_owned(),
            rendered(&[plan::entries(plan, None)]),
        ));
    }
    let criteria = rendered(&workstream::checklists(facts));
    if !criteria.is_empty() {
        content.push(details("Criteria".to_owned(), criteria));
    }
    let log = rendered(&workstream::newest(facts));
    if !log.is_empty() {
        content.push(details("Log".to_owned(), log));
    }
    PageSection {
        id: "workstreams",
        heading: "Workstreams",
        content,
    }
}

/// Returns the milestones with their health.
pub(super) fn milestones(facts: &PageFacts<'_>) -> PageSection {
    PageSection {
        id: "milestones",
        heading: "Milestones",
        content: rendered(&timeline::goals(&facts.facts)),
    }
}

/// Returns the risks.
pub(super) fn risks(facts: &PageFacts<'_>) -> PageSection {
    PageSection {
        id: "risks",
        heading: "Risks",
        content: rendered(&timeline::risks(&facts.facts)),
    }
}

/// Returns the alerts that fire. Their times are absolute, because the page is read later.
pub(super) fn alerts(report: &Report) -> PageSection {
    let content = match report.alerts.as_deref() {
        None => Vec::new(),
        Some([]) => vec![element("p").and("No alert fires.")],
        Some(alerts) => vec![table(alerts)],
    };
    PageSection {
        id: "alerts",
        heading: "Alerts",
        content,
    }
}

fn table(alerts: &[OpenAlert]) -> HtmlElement {
    let mut rows = element("tbody");
    for alert in alerts {
        let (class, sign) = match alert.severity.as_str() {
            "critical" => ("bad", "✗"),
            "warning" => ("caution", "▲"),
            _ => ("quiet", "i"),
        };
        let row = element("tr")
            .and(
                element("th")
                    .with("scope", "row")
                    .and(element("code").and(alert.id.as_str())),
            )
            .and(element("td").and(signed(class, sign, &alert.severity)))
            .and(element("td").and(alert.state.as_str()))
            .and(element("td").and(or_none(alert.since.as_deref())))
            .and(element("td").and(alert.value.as_str()))
            .and(element("td").and(alert.acknowledged.as_deref().unwrap_or_default()));
        rows = rows.and(row);
    }
    let heads = [
        "alert",
        "severity",
        "state",
        "since",
        "value",
        "acknowledged",
    ];
    let table = element("table")
        .and(element("caption").and("Alerts that fire"))
        .and(element("thead").and(head_row(&heads)))
        .and(rows);
    scrolling(table, "Alerts that fire")
}

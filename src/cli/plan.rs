//! `cargo campaign plan`: when the workstreams can start and end, and the risks.

use anyhow::Result;
use serde_json::json;

use super::session::Session;
use super::workstream::NOTHING;
use crate::ops::workstreams::plan::WorkPlan;
use crate::ops::workstreams::states;
use crate::ops::{Exit, Stop};
use crate::progress::plan::{day_after, started};
use crate::report::json::pretty;
use crate::report::markdown;
use crate::report::picture::{PICTURE, picture};
use crate::report::plan::{self, PlanEntry, PlanPage, screen};

/// Show when the workstreams can start and end: critical path, slack, milestones, risks
///
/// From the estimates and needs in campaign.toml and the progress so far. Works from recorded runs; never
/// starts cargo. `--format markdown` adds diagrams, and `--format svg` prints a chart as a picture.
#[derive(clap::Args, Debug)]
pub(super) struct PlanArgs {}

impl PlanArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        let format = session.options.format.clone();
        let format = format.as_deref().unwrap_or("terminal");
        if !["terminal", "json", "markdown", PICTURE].contains(&format) {
            let message = format!("`plan` has no format `{format}`");
            let stop = Stop::new(Exit::Usage, message);
            return Err(stop.help("--format terminal, json, markdown or svg").into());
        }
        let plan = crate::ops::workstreams::plan::plan(session)?;
        let overview = &plan.overview;
        let is_empty = overview.standings.is_empty()
            && overview.milestones.is_empty()
            && overview.risks.is_empty();
        if is_empty && format != "json" {
            session.ui.note(NOTHING);
            return Ok(Exit::Done);
        }
        let page = page(&session.campaign(), &plan);
        let text = match format {
            "json" => pretty(&object(&page))?,
            "markdown" => markdown::render(&plan::page(&page)),
            PICTURE => picture(&page),
            _ => screen(&page, &session.look()),
        };
        session.ui.out(&text)?;
        if format == PICTURE {
            // A file with the picture is no source, so results stay current.
            session.store.note_report(text.as_bytes());
        }
        Ok(Exit::Done)
    }
}

pub(super) fn page(campaign: &str, plan: &WorkPlan) -> PlanPage {
    let overview = &plan.overview;
    let day = |days: f64| day_after(overview.today, days).to_string();
    let all = overview.standings.iter().zip(&overview.schedule.slots);
    let entries = all.map(|(standing, slot)| PlanEntry {
        id: standing.stream.id.clone(),
        title: standing.stream.title.clone(),
        owner: standing.stream.owner.clone(),
        met: (standing.met(), standing.criteria.len()),
        started: started(standing).map(|day| day.to_string()),
        status: standing.status.key().to_owned(),
        needs: standing.stream.needs.clone(),
        span: (slot.start, slot.end),
        slack: slot.slack,
        is_critical: slot.is_critical(),
        is_overrun: slot.is_overrun,
        is_at_least: slot.is_at_least,
        // Work begins on the day after the end of its needs, unless that day has hours left.
        days: (day(slot.start.floor() + 1.0), day(slot.end)),
    });
    PlanPage {
        campaign: campaign.to_owned(),
        today: overview.today.to_string(),
        entries: entries.collect(),
        milestones: states::of_milestones(&overview.milestones),
        risks: states::of_risks(&overview.risks),
        left: overview.schedule.end,
        deviation: overview.schedule.deviation,
        is_at_least: overview.schedule.is_at_least,
        end: day(overview.schedule.end),
        notes: plan.notes.clone(),
    }
}

fn object(page: &PlanPage) -> serde_json::Value {
    let entries = page.entries.iter().map(|entry| {
        json!({
            "id": entry.id,
            "title": entry.title,
            "status": entry.status,
            "needs": entry.needs,
            "start": entry.days.0,
            "end": entry.days.1,
            "left": entry.span.1 - entry.span.0,
            "slack": entry.slack,
            "critical": entry.is_critical,
            "overrun": entry.is_overrun,
            "at_least": entry.is_at_least,
        })
    });
    json!({
        "schema": "cargo-campaign/plan",
        "schema_version": "1.0",
        "workstreams": entries.collect::<Vec<_>>(),
        "milestones": page.milestones,
        "risks": page.risks,
        "left": page.left,
        "deviation": page.deviation,
        "at_least": page.is_at_least,
        "end": page.end,
        "notes": page.notes,
    })
}

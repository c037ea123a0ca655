//! `cargo campaign plan`: when the workstreams can start and end.

use anyhow::Result;
use jiff::civil::Date;
use serde_json::json;

use super::output;
use super::session::Session;
use super::workstream::NOTHING;
use crate::ops::workstreams::plan::{WorkPlan, plan};
use crate::ops::{Exit, Stop};
use crate::progress::plan::{day_after, working_days};
use crate::report::json::pretty;
use crate::report::plan::{MilestoneEntry, PlanEntry, PlanPage, markdown, screen};

/// Show when the workstreams can start and end: critical path, slack, milestones
///
/// From the estimates and needs in campaign.toml and the progress so far. Works from recorded runs; never
/// starts cargo. `--format markdown` adds diagrams.
#[derive(clap::Args, Debug)]
pub(super) struct PlanArgs {}

impl PlanArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        let format = output::format(session).name;
        if !["terminal", "json", "markdown"].contains(&format) {
            let message = format!("`plan` has no format `{format}`");
            let stop = Stop::new(Exit::Usage, message);
            return Err(stop.help("--format terminal, json or markdown").into());
        }
        let plan = plan(session)?;
        if plan.standings.is_empty() && format != "json" {
            session.ui.note(NOTHING);
            return Ok(Exit::Done);
        }
        let page = page(&plan);
        let text = match format {
            "json" => pretty(&object(&page))?,
            "markdown" => markdown(&page),
            _ => screen(&page, &session.look()),
        };
        session.ui.out(&text)?;
        Ok(Exit::Done)
    }
}

fn page(plan: &WorkPlan) -> PlanPage {
    let day = |days: f64| day_after(plan.today, days).to_string();
    let all = plan.standings.iter().zip(&plan.schedule.slots);
    let entries = all.map(|(standing, slot)| PlanEntry {
        id: standing.stream.id.clone(),
        title: standing.stream.title.clone(),
        status: standing.status.key().to_owned(),
        needs: standing.stream.needs.clone(),
        span: (slot.start, slot.end),
        slack: slot.slack,
        is_critical: slot.is_critical(),
        is_at_least: slot.is_at_least,
        // Work begins on the day after the end of its needs, unless that day has hours left.
        days: (day(slot.start.floor() + 1.0), day(slot.end)),
    });
    let milestones = plan.milestones.iter().map(|(milestone, health, end)| {
        let target = milestone.target.as_ref();
        let target: Option<Date> = target.and_then(|target| target.parse().ok());
        MilestoneEntry {
            id: milestone.id.clone(),
            title: milestone.title.clone(),
            health: health.words().to_owned(),
            end: end.map(|end| end.to_string()),
            target: milestone.target.clone(),
            ahead: end
                .zip(target)
                .map(|(end, target)| working_days(end, target)),
        }
    });
    PlanPage {
        entries: entries.collect(),
        milestones: milestones.collect(),
        left: plan.schedule.end,
        deviation: plan.schedule.deviation,
        is_at_least: plan.schedule.is_at_least,
        end: day(plan.schedule.end),
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
            "at_least": entry.is_at_least,
        })
    });
    let milestones = page.milestones.iter().map(|one| {
        json!({
            "id": one.id,
            "title": one.title,
            "health": one.health,
            "end": one.end,
            "target": one.target,
            "ahead": one.ahead,
        })
    });
    json!({
        "schema": "cargo-campaign/plan",
        "schema_version": "1.0",
        "workstreams": entries.collect::<Vec<_>>(),
        "milestones": milestones.collect::<Vec<_>>(),
        "left": page.left,
        "deviation": page.deviation,
        "at_least": page.is_at_least,
        "end": page.end,
        "notes": page.notes,
    })
}

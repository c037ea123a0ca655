//! `cargo campaign doctor`: checks of tools, configuration and store, with the commands that fix problems.

use anyhow::Result;
use serde::Serialize;

use super::output::is_json;
use super::session::Session;
use crate::ops::Exit;
use crate::ops::doctor::{self, Checkup, State};
use crate::report::json;
use crate::report::line::{Column, Line, page, table, widths};
use crate::report::style::Style;

/// Check tools, configuration and store
///
/// Ends with 0 when everything that the campaign needs is there, with 2 when only campaign.toml is missing, else with 4.
/// Installs nothing.
#[derive(clap::Args, Debug)]
pub(super) struct DoctorArgs {}

/// The checks as JSON.
#[derive(Serialize)]
struct DoctorReport<'a> {
    schema: &'static str,
    schema_version: &'static str,
    checks: &'a [Checkup],
}

impl DoctorArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        let as_json = is_json(session)?;
        let found = doctor::checks(session)?;
        let states: Vec<State> = found.iter().map(|check| check.state).collect();
        let exit = match &states {
            states if states.contains(&State::Bad) => Exit::CouldNotRun,
            states if states.contains(&State::Unconfigured) => Exit::Usage,
            _ => Exit::Done,
        };
        if as_json {
            let document = DoctorReport {
                schema: "cargo-campaign/doctor",
                schema_version: "1.0",
                checks: &found,
            };
            session.ui.out(&json::pretty(&document)?)?;
            return Ok(exit);
        }
        let look = session.look();
        let rows: Vec<Vec<Line>> = found.iter().map(row).collect();
        let columns = [Column::LEFT, Column::LEFT, Column::LEFT];
        let indent = widths(&rows, &columns).iter().take(2).sum::<usize>() + 3 * Column::LEFT.gap;
        let mut lines = Vec::new();
        for (found, line) in found.iter().zip(table(rows, &columns, &look)) {
            lines.extend(line.fold(indent, &look));
            // Commands are not wrapped, because they will be copied.
            if let Some(fix) = &found.fix {
                let line = Line::default().padded(indent);
                lines.push(line.and(Style::Hint, "fix: ").text(fix));
            }
        }
        session.ui.out(&page(&lines, &look))?;
        Ok(exit)
    }
}

fn row(found: &Checkup) -> Vec<Line> {
    let (style, word) = match found.state {
        State::Good => (Style::Good, "  ok"),
        State::Absent => (Style::Quiet, "  --"),
        State::Unconfigured | State::Bad => (Style::Bad, "  NO"),
    };
    vec![
        Line::styled(style, word),
        Line::of(&found.what),
        Line::of(&found.detail),
    ]
}

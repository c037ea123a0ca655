//! `cargo campaign doctor`: checks of tools, configuration and store, with the commands that fix problems.

use anyhow::Result;
use serde::Serialize;

use super::output::is_json;
use super::session::Session;
use crate::ops::Exit;
use crate::ops::doctor::{self, Checkup, State};
use crate::report::document::{Block, Overflow, Table, TableColumn, TableRow, Text};
use crate::report::json;
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
        session.ui.print(&vec![table(&found)])?;
        Ok(exit)
    }
}

fn table(checks: &[Checkup]) -> Block {
    Block::Table(Table {
        name: "checks",
        columns: vec![
            TableColumn::text("state").gap(4),
            TableColumn::text("name"),
            TableColumn::text("result"),
        ],
        has_heads: false,
        rows: checks.iter().flat_map(rows).collect(),
    })
}

/// Returns the row of a check, and one below it with the command that fixes the problem.
fn rows(check: &Checkup) -> Vec<TableRow> {
    let word = match check.state {
        State::Good => Text::styled(Style::Good, "ok"),
        State::Absent => Text::styled(Style::Quiet, "--"),
        State::Unconfigured | State::Bad => Text::styled(Style::Bad, "NO"),
    };
    let mut rows = vec![TableRow {
        cells: vec![
            word,
            Text::new(check.what.as_str()),
            Text::new(check.detail.as_str()),
        ],
        overflow: Overflow::FoldLastCell,
    }];
    if let Some(fix) = &check.fix {
        let fix = Text::styled(Style::Hint, "fix: ").join(Text::code(fix.as_str()));
        rows.push(TableRow {
            cells: vec![Text::default(), Text::default(), fix],
            // Commands are not wrapped, because they will be copied.
            overflow: Overflow::Keep,
        });
    }
    rows
}

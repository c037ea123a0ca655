//! `cargo campaign schema`: the JSON Schemas of `campaign.toml` and of the report.

use anyhow::Result;

use super::terminal::Terminal;
use crate::ops::Exit;
use crate::options::config;
use crate::report::json;

/// Print the JSON Schema of campaign.toml, or of the report
///
/// Editors use it to complete and check keys. It needs no workspace.
#[derive(clap::Args, Debug)]
pub(super) struct SchemaArgs {
    /// Print the schema of the report that `--format json` prints
    #[arg(long)]
    report: bool,
}

impl SchemaArgs {
    pub(super) fn run(&self, ui: &Terminal) -> Result<Exit> {
        if self.report {
            ui.out(json::SCHEMA)?;
        } else {
            ui.out(&json::pretty(&config::schema())?)?;
        }
        Ok(Exit::Done)
    }
}

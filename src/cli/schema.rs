//! `cargo campaign schema`: the JSON Schema of `campaign.toml`.

use anyhow::Result;

use super::terminal::Terminal;
use crate::ops::Exit;
use crate::options::config;
use crate::report::json;

/// Print the JSON Schema of campaign.toml
///
/// Editors use it to complete and check keys. It needs no workspace.
#[derive(clap::Args, Debug)]
pub(super) struct SchemaArgs {}

impl SchemaArgs {
    pub(super) fn run(&self, ui: &Terminal) -> Result<Exit> {
        ui.out(&json::pretty(&config::schema())?)?;
        Ok(Exit::Done)
    }
}

//! `cargo campaign changelog release V`: turns the unreleased changes into a version.

use anyhow::Result;
use semver::Version;
use serde::Serialize;

use super::super::session::Session;
use super::{is_json, json, show_diff};
use crate::ops::changelog::release;
use crate::ops::exit::Exit;

/// Turn the unreleased changes into a release
///
/// The section gets its version and date below a new unreleased heading, links between versions are
/// updated, and empty groups are removed. Changelogs without unreleased entries stay unchanged; it
/// is an error if none has any.
#[derive(clap::Args, Debug)]
pub(super) struct CutArgs {
    /// The version
    version: Version,
    /// Date of the release, YYYY-MM-DD (default: today in UTC)
    #[arg(long, value_name = "DATE")]
    date: Option<String>,
    /// Show the changes as a diff without writing anything
    #[arg(long)]
    dry_run: bool,
}

#[derive(Serialize)]
struct Released<'a> {
    version: &'a Version,
    date: &'a str,
    writes: bool,
    /// The changed files.
    changed: Vec<&'a str>,
}

impl CutArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        let as_json = is_json(session)?;
        let date = release::release_date(session, &self.version, self.date)?;
        let changes = release::release(session, &self.version, &date, !self.dry_run)?;
        let changed: Vec<&str> = changes
            .iter()
            .filter(|c| !c.is_idle())
            .map(|c| c.path.as_str())
            .collect();
        let verb = if self.dry_run {
            "Would release"
        } else {
            "Released"
        };
        for path in &changed {
            session
                .ui
                .status(verb, &format!("{} in {path}", self.version));
        }
        if changed.is_empty() {
            session.ui.status(
                "Unchanged",
                &format!("{} has its section already", self.version),
            );
        }
        if as_json {
            let writes = !self.dry_run && !changed.is_empty();
            json(
                session,
                Released {
                    version: &self.version,
                    date: &date,
                    writes,
                    changed,
                },
            )?;
        } else if self.dry_run {
            show_diff(session, &changes)?;
        }
        Ok(Exit::Done)
    }
}

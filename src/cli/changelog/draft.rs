//! `cargo campaign changelog draft`: drafts entries from the commits since the last release.

use anyhow::Result;

use super::super::session::Session;
use super::{is_json, json, show, show_diff};
use crate::ops::changelog::draft::draft;
use crate::ops::exit::Exit;

/// Draft entries from the commits since the last release
///
/// Conventional Commits suggest entries that the unreleased section does not have yet, below its own headings; nothing
/// that is written is changed. Commits of no known kind are listed, for people to judge. Doing it twice changes nothing.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Show what would change, as a diff, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Go back to the last full release, past its prereleases
    #[arg(long)]
    skip_prereleases: bool,
}

impl Args {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        let as_json = is_json(session)?;
        let drafts = draft(session, !self.skip_prereleases, !self.dry_run)?;
        for one in &drafts.changelogs {
            show::status(session, one, self.dry_run);
        }
        if as_json {
            json(session, &drafts)?;
            return Ok(Exit::Done);
        }

        let screen = show::screen(
            &drafts.changelogs,
            &drafts.unclaimed,
            &session.look(),
            session.ui.is_verbose(),
        );
        if self.dry_run {
            session.ui.screen(&screen);
            show_diff(session, &drafts.changes())?;
        } else {
            session.ui.out(&screen)?;
        }
        Ok(Exit::Done)
    }
}

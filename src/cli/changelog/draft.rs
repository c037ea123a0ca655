//! `cargo campaign changelog draft`: drafts entries from the commits since the last release.

use anyhow::Result;

use super::super::session::Session;
use super::{is_json, json, show, show_diff};
use crate::ops::changelog::draft::draft;
use crate::ops::exit::Exit;

/// Draft entries from the commits since the last release
///
/// Conventional Commits suggest entries that the unreleased section does not have yet. They are
/// added under its own headings; existing text is never changed. Commits of an unknown kind are
/// listed for you to decide. Drafting again changes nothing.
#[derive(clap::Args, Debug)]
pub(super) struct DraftArgs {
    /// Show the changes as a diff without writing anything
    #[arg(long)]
    dry_run: bool,
    /// Start at the last full release instead of the last prerelease
    #[arg(long)]
    skip_prereleases: bool,
}

impl DraftArgs {
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

        let commits = show::commits(
            &drafts.changelogs,
            &drafts.unclaimed,
            session.ui.is_verbose(),
        );
        if self.dry_run {
            session.ui.print_err(&commits);
            show_diff(session, &drafts.changes())?;
        } else {
            session.ui.print(&commits)?;
        }
        Ok(Exit::Done)
    }
}

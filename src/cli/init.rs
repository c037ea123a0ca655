//! `cargo campaign init`: write a configuration that fits the workspace.

use anyhow::Result;

use super::output;
use super::session::Session;
use crate::ops::{Exit, Stop, init};
use crate::options::source::NAME;

/// Write a commented campaign.toml that fits this workspace
///
/// Gates hold today and ratchet from there: values come from recorded runs of this tree, if there are any.
#[derive(clap::Args, Debug)]
pub(super) struct InitArgs {
    /// Print it, write nothing
    #[arg(long)]
    dry_run: bool,
}

impl InitArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        output::terminal_only(session, "init")?;
        if let (Some(path), false) = (&session.options.path, self.dry_run) {
            let stop = Stop::new(
                Exit::Usage,
                format!("a campaign is already configured in {}", path.display()),
            );
            return Err(stop
                .help("cargo campaign init --dry-run (prints what would be written)")
                .into());
        }
        if !self.dry_run {
            init::refuse_broken_link(session)?;
        }
        let proposal = init::propose(session)?;
        if self.dry_run {
            session.ui.out(&proposal.text)?;
            return Ok(Exit::Done);
        }
        init::write(session, &proposal)?;
        let text = format!("{NAME} (review and commit it)");
        session.ui.status("Wrote", &text);
        if !proposal.has_tests {
            session
                .ui
                .note("no tests were found in the sources, so the gates on tests are switched off");
        }
        let next = session.ui.with_options("cargo campaign baseline");
        session.ui.note(&format!("next: {next}"));
        Ok(Exit::Done)
    }
}

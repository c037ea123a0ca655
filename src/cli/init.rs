//! `cargo campaign init`: write a configuration that fits the workspace.

use anyhow::Result;

use super::output;
use super::session::Session;
use crate::ops::{Exit, Stop, init};
use crate::options::source::NAME;
use crate::options::workflow;
use crate::store::PinName;

/// Write a commented campaign.toml that fits this workspace
///
/// Gates hold today and ratchet from there: values come from recorded runs of this tree, if there are any.
#[derive(clap::Args, Debug)]
pub(super) struct InitArgs {
    /// Print it, write nothing
    #[arg(long)]
    dry_run: bool,
    /// Write a workflow for this CI service instead: github
    #[arg(long, value_name = "SERVICE", value_parser = ["github"], hide_possible_values = true)]
    ci: Option<String>,
}

impl InitArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        output::terminal_only(session, "init")?;
        if self.ci.is_some() {
            return write_workflow(session, self.dry_run);
        }
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

/// Writes the workflow, or prints it.
fn write_workflow(session: &Session, dry_run: bool) -> Result<Exit> {
    let proposed = init::workflow(session)?;
    if dry_run {
        session.ui.out(&proposed.text)?;
        return Ok(Exit::Done);
    }
    init::write_workflow(&proposed)?;
    let path = session.below_root(&proposed.path);
    session
        .ui
        .status("Wrote", &format!("{path} (review and commit it)"));
    let (action, is_incomplete) = workflow::action();
    if is_incomplete {
        session.ui.note(&format!(
            "replace OWNER in `{action}` by the owner of the action"
        ));
    }
    if session.pinned(PinName::Baseline)?.is_none() {
        let next = session.ui.with_options("cargo campaign baseline");
        session.ui.note(&format!(
            "next: {next} (the workflow needs the pinned file)"
        ));
    }
    Ok(Exit::Done)
}

//! `cargo campaign status`: where we stand. Never measures.

use anyhow::Result;

use super::alert;
use super::base::Base;
use super::output::{self, Outputs};
use super::session::Session;
use crate::git::Git;
use crate::ops::evaluate;
use crate::ops::exit::Exit;
use crate::ops::workstreams::states;
use crate::report::status;

/// Show where the campaign stands: metric, baseline, now, target, verdict
///
/// Works from recorded runs; never starts cargo. Always ends with 0: `gate` is the one that judges.
#[derive(clap::Args, Debug)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    pub(super) base: Base,
    #[command(flatten)]
    outputs: Outputs,
}

impl StatusArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        self.outputs.check(session)?;
        let evaluation = evaluate::now(session)?;
        let mut report = session.report(&evaluation);
        states::add(session, &evaluation, &mut report)?;
        alert::add_firing(session, &mut report);
        let now = session.now;
        let commit = match evaluation.is_current() {
            true => Git::at(session.root()).head().ok().flatten(),
            false => None,
        };
        let ui = session.ui.clone();
        let with_options = |command: &str| ui.with_options(command);
        output::show(session, &report, |look| {
            status::screen_at(&report, commit.as_deref(), &with_options, now, look)
        })?;
        self.outputs.write(session, &report)?;
        Ok(Exit::Done)
    }
}

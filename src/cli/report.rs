//! `cargo campaign report`: the state of the campaign in any format. Never measures.

use anyhow::Result;

use super::output::{self, Outputs};
use super::session::Session;
use crate::ops::evaluate::{self, Evaluation};
use crate::ops::exit::Exit;
use crate::report;

/// Show the state of the campaign as a report, in any --format
///
/// Works from recorded runs; never starts cargo. Always ends with 0: `gate` is the one that judges.
#[derive(clap::Args, Debug)]
pub(super) struct ReportArgs {
    /// A run (or the start of its id), `baseline`, `final`, `latest`, a git revision, a date or an age in place of the tree as it is
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
    #[command(flatten)]
    outputs: Outputs,
}

impl ReportArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        self.outputs.check(session)?;
        let evaluation = match &self.run {
            Some(asked) => {
                let view = evaluate::named::view(session, asked)?;
                Evaluation::new(session, view)?
            }
            None => evaluate::now(session)?,
        };
        let shown = session.report(&evaluation);
        let now = session.now;
        output::show(session, &shown, |look| {
            report::status::screen(&shown, now, look)
        })?;
        self.outputs.write(session, &shown)?;
        Ok(Exit::Done)
    }
}

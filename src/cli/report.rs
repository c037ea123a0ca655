//! `cargo campaign report`: the standing, in any format. Never measures.

use anyhow::Result;

use super::exit::Exit;
use super::output::{self, Outputs};
use super::session::Session;
use super::{diff, status};
use crate::report;

/// Show the standing as a report: --format terminal, markdown or json
///
/// Works from recorded runs; never starts cargo. Always ends with 0: `gate` is the one that judges.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// A run (or the start of its id), `baseline`, `final`, `latest`, a git revision, a date or an age in place of the tree as it is
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
    #[command(flatten)]
    outputs: Outputs,
}

impl Args {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        self.outputs.check(session)?;
        let standing = match &self.run {
            Some(asked) => {
                let view = diff::named(session, asked)?;
                super::standing::Standing::new(session, view)?
            }
            None => status::now(session)?,
        };
        let shown = standing.report(session);
        let now = session.now;
        output::show(session, &shown, |look| {
            report::status::screen(&shown, now, look)
        })?;
        self.outputs.write(session, &shown)?;
        Ok(Exit::Done)
    }
}

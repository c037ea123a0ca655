//! `cargo campaign sweep`: removes build output that no recent build used.

use anyhow::Result;

use super::output;
use super::session::Session;
use crate::ops::Exit;
use crate::ops::sweep::{self, AGE};
use crate::report::figure::counted;
use crate::report::sweep::{screen, size};

/// Remove build output that no recent build used
///
/// Output that the builds of the recorded runs used stays, and so does output that was written or read
/// lately. After it, cargo has nothing to build again.
#[derive(clap::Args, Debug)]
pub(super) struct SweepArgs {
    /// Remove output that was not used for this time, as in 30d or 36h; 0h leaves only that of recorded runs
    #[arg(long, value_name = "AGE", default_value = AGE)]
    older_than: String,
    /// List what would be removed by package, remove nothing
    #[arg(long)]
    dry_run: bool,
}

impl SweepArgs {
    pub(super) fn run(self, session: &Session) -> Result<Exit> {
        output::terminal_only(session, "sweep")?;
        let found = sweep::find(session, &self.older_than)?;
        let what = format!(
            "{}: {} and {} of incremental compilation",
            size(found.bytes(), session.look().signs()),
            counted(found.unused.len(), "unit"),
            match found.incremental.len() {
                1 => "1 directory".to_owned(),
                count => format!("{count} directories"),
            }
        );
        let kept = format!(
            "{}, used by {} or lately",
            counted(found.kept, "unit"),
            counted(found.runs, "recorded run")
        );
        if self.dry_run {
            session.ui.out(&screen(found.packages(), &session.look()))?;
            session
                .ui
                .status("Would", &format!("remove {what} (dry run)"));
            session
                .ui
                .status("Would", &format!("keep {kept} (dry run)"));
            return Ok(Exit::Done);
        }
        if !sweep::sweep(session, &found)? {
            return Ok(Exit::Interrupted);
        }
        session.ui.status("Removed", &what);
        session.ui.status("Kept", &kept);
        Ok(Exit::Done)
    }
}

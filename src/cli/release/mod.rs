//! `cargo campaign release V`: gate, versions, changelog, notes, commit and tags as one plan; shown, then made.
//!
//! | file | owns |
//! |---|---|
//! | `plan` | what would be made, and whether it may be |
//! | `execute` | making it, going on with it, taking it back |
//! | `version` | which version is meant |
//! | `show` | the plan as a screen and as JSON |

pub(super) mod execute;
mod plan;
mod show;
mod version;

use anyhow::Result;

use super::output::{self, Outputs};
use super::session::Session;
use crate::ops::exit::{Exit, Stop};
use crate::ops::readiness;

/// Release a version: gate, versions, changelog, notes, commit and tag as one plan
///
/// Shows the plan and whether the release is ready: every gate and every check, judged on what the plan makes of the
/// workspace. A plan runs no code; with --execute, what was not measured yet is measured, and a release that is ready is
/// made: all files or none, then the commit, then the tags. Nothing is pushed or published. An interrupted release is
/// continued by --resume and reverted by --abort.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The version, or a level as for `bump`: major, minor, patch, breaking, feature, release, alpha, beta or rc (default: `[campaign] release`)
    #[arg(value_name = "VERSION|LEVEL")]
    version: Option<String>,
    /// Make the release if it is ready
    #[arg(long)]
    execute: bool,
    /// Continue an interrupted release
    #[arg(long, conflicts_with_all = ["version", "execute", "abort"])]
    resume: bool,
    /// Revert an interrupted release: tags, commit and files
    #[arg(long, conflicts_with_all = ["version", "execute"])]
    abort: bool,
    #[command(flatten)]
    wishes: plan::Wishes,
    #[command(flatten)]
    outputs: Outputs,
}

impl Args {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        if self.resume {
            return execute::resume(session);
        }
        if self.abort {
            return execute::abort(session);
        }
        refuse_second(session)?;
        readiness::name_packages(session)?;
        let version = &version::wanted(session, self.version.as_deref())?;
        version::refuse_to_level(session, version)?;
        self.outputs.check(session)?;
        let json = output::is_json(session)?;
        let Some(planned) = plan::plan(session, version, &self.wishes, self.execute)? else {
            return Ok(Exit::Usage);
        };
        self.outputs.write(session, &planned.report)?;
        let exit = planned.exit();
        let makes = self.execute && exit == Exit::Done && !planned.is_made();
        if json {
            show::object(session, &planned, makes)?;
        } else {
            show::plan(session, &planned, self.execute)?;
        }
        if makes {
            execute::execute(session, &planned)
        } else {
            Ok(exit)
        }
    }
}

/// A release that is under way comes first.
fn refuse_second(session: &Session) -> Result<()> {
    match execute::under_way(session)? {
        None => Ok(()),
        Some(release) => {
            let stop = Stop::new(
                Exit::Usage,
                format!("the release of {} is not finished", release.version),
            );
            Err(stop
                .help("cargo campaign release --resume (or --abort)")
                .into())
        }
    }
}

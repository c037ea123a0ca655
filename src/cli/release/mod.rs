//! `cargo campaign release V`: plans a release, judges its readiness and makes it.
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
/// Shows the plan and whether the release is ready. All gates and checks are judged for the
/// workspace as the plan would change it. Planning runs no code of the workspace. With --execute,
/// missing measurements are made first; if the release is ready, all files are written, then
/// committed and tagged. Nothing is pushed or published. Use --resume to continue an interrupted
/// release, or --abort to revert it.
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

/// Rejects a new release while another one is in progress.
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

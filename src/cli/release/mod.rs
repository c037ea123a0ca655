//! `cargo campaign release V`: plans a release, judges its readiness and makes it.

mod show;

use anyhow::Result;

use super::bump;
use super::output::{self, Outputs};
use super::session::Session;
use crate::ops::exit::Exit;
use crate::ops::readiness;
use crate::ops::release::plan::ReleaseOptions;
use crate::ops::release::{execute, plan, version};

/// Release a version: gate, versions, changelog, notes, commit and tag as one plan
///
/// Shows the plan and whether the release is ready. All gates and checks are judged for the
/// workspace as the plan would change it. Planning runs no code of the workspace. With --execute,
/// missing measurements are made first; if the release is ready, all files are written, then
/// committed and tagged. Members that are not released keep requirements that admit the new version.
/// Nothing is pushed or published. Use --resume to continue an interrupted
/// release, or --abort to revert it.
#[derive(clap::Args, Debug)]
pub(super) struct ReleaseArgs {
    /// The version, or a level as for `bump`: major, minor, patch, breaking, feature, release, alpha, beta or rc (default: `[campaign] release`)
    #[arg(value_name = "VERSION|LEVEL")]
    version: Option<String>,
    /// Make the release if it is ready
    #[arg(long)]
    execute: bool,
    /// Continue an interrupted release
    #[arg(long, conflicts_with_all = ["version", "execute", "abort", "Wishes"])]
    resume: bool,
    /// Revert an interrupted release: tags, commit and files
    #[arg(long, conflicts_with_all = ["version", "execute", "Wishes"])]
    abort: bool,
    #[command(flatten)]
    wishes: Wishes,
    #[command(flatten)]
    outputs: Outputs,
}

/// The arguments of a plan.
#[derive(clap::Args, Debug)]
struct Wishes {
    /// Use recorded runs only
    #[arg(long)]
    no_run: bool,
    /// Date of the release, YYYY-MM-DD (default: today in UTC)
    #[arg(long, value_name = "DATE")]
    date: Option<String>,
    /// Also edit manifests outside the workspace, and refresh their lockfiles
    #[arg(long)]
    include_excluded: bool,
    /// Rewrite ranges that do not admit the new version, as proposed
    #[arg(long)]
    rewrite_ranges: bool,
}

impl ReleaseArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        if self.resume {
            return execute::resume(session);
        }
        if self.abort {
            return execute::abort(session);
        }
        execute::refuse_second(session)?;
        readiness::name_packages(session)?;
        let version = &version::wanted(session, self.version.as_deref())?;
        version::refuse_to_level(session, version)?;
        self.outputs.check(session)?;
        let json = output::is_json(session)?;
        let options = ReleaseOptions {
            no_run: self.wishes.no_run,
            date: self.wishes.date,
            include_excluded: self.wishes.include_excluded,
            rewrite_ranges: self.wishes.rewrite_ranges,
        };
        let mut planned = match plan::plan(session, version, &options, self.execute)? {
            Ok(planned) => planned,
            Err(rejected) => {
                bump::problems(session, &rejected);
                return Ok(Exit::Usage);
            }
        };
        session.ui.repeat_options(&mut planned.report);
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

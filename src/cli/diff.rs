//! `cargo campaign diff [BASE] [HEAD]`: what got better and what got worse.

use anyhow::Result;

use super::base::{self, Base};
use super::exit::{Exit, Stop};
use super::output::{self, Outputs};
use super::session::Session;
use super::standing::Standing;
use super::{status, view};
use crate::report::diff::{self, Around};
use crate::run::View;
use crate::store::PinName;

/// Show what got better and worse: metrics, findings, tests
///
/// Sides are `baseline`, `final`, `latest`, `now` (the tree as it is), a run or the start of its id, a git revision such as
/// `main` or `HEAD~1` (the newest run of that commit), a date such as 2026-11-20 or an age such as 7d (the newest run that
/// was there then).
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// What to compare with
    #[arg(default_value = "baseline")]
    base: String,
    /// What is compared
    #[arg(default_value = "now")]
    head: String,
    #[command(flatten)]
    pub(super) revision: Base,
    #[command(flatten)]
    outputs: Outputs,
}

impl Args {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        self.outputs.check(session)?;
        let base = named(session, &self.base)?;
        let head = named(session, &self.head)?;
        let standing = Standing::against(session, head, Some(base))?;
        let report = standing.report(session);
        let around = Around {
            commits: commits(session, &standing),
            verbose: session.ui.is_verbose(),
        };
        output::show(session, &report, |look| {
            diff::screen(&report, &around, look)
        })?;
        self.outputs.write(session, &report)?;
        Ok(Exit::Done)
    }
}

/// Commits between the two sides, where git can tell.
fn commits(session: &Session, standing: &Standing) -> Option<u64> {
    let base = standing.baseline.as_ref()?.provenance.commit.clone()?;
    let head = standing.head.provenance.commit.clone()?;
    session.git().ok()?.commits_between(&base, &head).ok()
}

/// The view that a person names.
pub(super) fn named(session: &mut Session, asked: &str) -> Result<View> {
    let pin = match asked {
        "now" => return Ok(status::now(session)?.head),
        "baseline" => PinName::Baseline,
        "final" => PinName::Final,
        run => {
            let id = base::run(session, run)?;
            let run = session.store.load(&id)?;
            return Ok(view::of_run(session, &run));
        }
    };
    let missing = || match (&session.at, pin) {
        (Some(at), PinName::Baseline) => {
            Stop::new(Exit::NoVerdict, format!("`{}` has no baseline", at.name)).help(at.pin())
        }
        _ => Stop::new(Exit::NoVerdict, format!("no {asked} is pinned"))
            .help(format!("cargo campaign {asked}")),
    };
    Ok(session.pinned(pin)?.ok_or_else(missing)?.view)
}

//! `cargo campaign diff [BASE] [HEAD]`: what got better and what got worse.

use anyhow::Result;

use super::base::Base;
use super::output::{self, Outputs};
use super::session::Session;
use crate::ops::evaluate::{self, Evaluation};
use crate::ops::exit::Exit;
use crate::ops::measure;
use crate::report::diff::{self, DiffFacts};
use crate::run::View;

/// Show what got better and worse: metrics, findings, tests
///
/// Sides are `baseline`, `final`, `latest`, `now` (the tree as it is), a run or the start of its id, a git revision such as
/// `main` or `HEAD~1` (the newest run of that commit), a date such as 2026-11-20 or an age such as 7d (the newest run that
/// was there then).
#[derive(clap::Args, Debug)]
pub(super) struct DiffArgs {
    /// The side to compare with
    #[arg(default_value = "baseline")]
    base: String,
    /// The side to compare
    #[arg(default_value = "now")]
    head: String,
    #[command(flatten)]
    pub(super) revision: Base,
    #[command(flatten)]
    outputs: Outputs,
}

impl DiffArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        self.outputs.check(session)?;
        let base = evaluate::named::view(session, &self.base)?;
        let (head, is_current) = match self.head.as_str() {
            "now" => {
                let now = evaluate::now(session)?;
                let is_current = now.is_current();
                (now.head, is_current)
            }
            name => (evaluate::named::view(session, name)?, false),
        };
        let present = match is_current {
            true => present(session, &head),
            false => None,
        };
        let evaluation = Evaluation::against(session, head, Some(base));
        let report = session.report(&evaluation);
        let around = DiffFacts {
            sides: [self.base, self.head],
            commits: commits(session, &evaluation, present.as_ref()),
            present,
            verbose: session.ui.is_verbose(),
        };
        output::show(session, &report, |look| {
            diff::screen(&report, &around, look)
        })?;
        self.outputs.write(session, &report)?;
        Ok(Exit::Done)
    }
}

/// Returns the commit that is checked out, if the values were measured at another one, and whether files differ from it.
fn present(session: &Session, head: &View) -> Option<(String, bool)> {
    let standing = measure::standing(&session.git().ok()?).ok()?;
    let commit = standing.commit?;
    (head.provenance.commit.as_ref()? != &commit).then_some((commit, standing.dirty))
}

/// Returns the number of commits between the two sides, if git knows both.
fn commits(
    session: &Session,
    evaluation: &Evaluation,
    present: Option<&(String, bool)>,
) -> Option<u64> {
    let base = evaluation.baseline.as_ref()?.provenance.commit.clone()?;
    let measured = evaluation.head.provenance.commit.clone()?;
    let head = present.map_or(measured, |(commit, _)| commit.clone());
    session.git().ok()?.commits_between(&base, &head).ok()
}

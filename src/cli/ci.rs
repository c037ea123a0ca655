//! `cargo campaign ci`: the work of a step in CI.

use std::collections::BTreeSet;

use anyhow::Result;

use super::base::Base;
use super::due::{self, Jobs};
use super::output::{self, Outputs};
use super::session::Session;
use crate::ops::evaluate::{self, Measured, Measuring, needed, view};
use crate::ops::policy::{self, FULL_CLONE};
use crate::ops::{Exit, Stop, alerts, measure};
use crate::options::Environment;
use crate::plan::Collector;
use crate::relative_path::is_below;
use crate::report::figure::counted;
use crate::report::gate::{GateFacts, STATUS, screen};
use crate::report::terminal::short_lines;
use crate::report::{github, unmeasured};
use crate::run::Run;
use crate::store::PinName;
use crate::text::first_few;

/// The number of lines of a proposed configuration that are shown: a pull request could fill the log.
const PROPOSAL: usize = 40;
/// The number of characters that are shown of each of these lines.
const PROPOSAL_LINE: usize = 300;

/// The most names in a message.
const SHOWN: usize = 3;

/// Do the work of a step in CI: measure, judge and report
///
/// Measures due jobs of the schedule and missing results of gates, and judges. In GitHub Actions it also writes
/// annotations, the step summary and outputs. A pull request or merge queue is judged by the gates, waivers and baseline
/// of its target branch, and the schedule is left to other runs.
#[derive(clap::Args, Debug)]
pub(super) struct CiArgs {
    #[command(flatten)]
    base: Base,
    #[command(flatten)]
    outputs: Outputs,
}

impl CiArgs {
    /// Returns the revision to judge by: the target of a pull request or merge queue unless another
    /// one is given.
    ///
    /// # Errors
    /// If the target is unknown. The rules of the change itself must not be used then.
    pub(super) fn base(&self, environment: &Environment) -> Result<Base> {
        if self.base.is_given() {
            return Ok(self.base.clone());
        }
        let target = policy::target(&environment.merge_target)?;
        Ok(Base::from(target))
    }

    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        self.outputs.check(session)?;
        session.pinned(PinName::Baseline)?;
        warn_about_shallow_clone(session);
        show_proposal(session);
        check_earlier_runs(session)?;
        let due = match session.at {
            None if !session.config().schedule.jobs.is_empty() => {
                let head = head(session);
                let due = due::run(session, Jobs::DueAndFailed, false)?;
                check_jobs(session, &due, head.as_ref())?;
                due
            }
            _ => Vec::new(),
        };

        let wanted = needed(&session.config().gates, session.catalogue());
        let found = view::current(session, &wanted)?;
        let unchanged = found.missing.is_empty();
        let is_stopped = due::exit(&due) == Exit::Interrupted;
        let measuring = match is_stopped {
            true => Measuring::Never,
            false => Measuring::Missing,
        };
        let Measured {
            mut evaluation,
            interrupted,
            run,
        } = evaluate::judge(session, &wanted, found, measuring)?;
        let interrupted = interrupted || is_stopped;
        if evaluation.baseline.is_none() {
            evaluation.advise_committing_a_baseline();
        }
        let mut report = session.report(&evaluation).of_needed(&wanted);
        report.interrupted = interrupted;
        // A job of the schedule that could not run must not go unnoticed.
        report.add_unmeasured(due.iter().flat_map(measure::unmeasured).collect());

        let lines = session.config().lines.clone();
        let status = session.ui.with_options(STATUS);
        let facts = GateFacts {
            source: &lines,
            unchanged,
            verbose: session.ui.is_verbose(),
            status: &status,
        };
        let now = session.now;
        // A report that cannot be written ends the command, which must not have shown that all is well.
        self.outputs.write(session, &report)?;
        output::show(session, &report, |look| screen(&report, &facts, now, look))?;
        if session.options.environment.github && output::format(session).is_terminal() {
            output::show_in(session, &report, &github::FORMAT)?;
        } else {
            output::step(session, &report);
        }
        if !output::format(session).is_terminal() {
            for job in &report.unmeasured {
                session.ui.warn(&unmeasured(job));
            }
        }
        alerts::process(session, run.as_slice());
        Ok(match interrupted {
            true => Exit::Interrupted,
            false => match evaluation.judgement.verdict().into() {
                Exit::Done => due::exit(&due),
                exit => exit,
            },
        })
    }
}

/// Returns the commit that is checked out. `None` without git.
fn head(session: &Session) -> Option<String> {
    let head = session.git().and_then(|git| git.head());
    head.unwrap_or_default()
}

/// Checks that the jobs of the schedule that were measured have left the tree as it was, with this commit checked out.
///
/// # Errors
/// If they have not. Then there is no verdict.
fn check_jobs(session: &Session, runs: &[Run], commit: Option<&String>) -> Result<()> {
    let changing = runs.iter().filter(|run| !run.changed.is_empty());
    let names = changing.clone().flat_map(|run| run.plan.settings.keys());
    let names: BTreeSet<&str> = names.map(Collector::name).collect();
    let names = Vec::from_iter(names).join(", ");
    let files: BTreeSet<&str> = changing
        .flat_map(|run| &run.changed)
        .map(String::as_str)
        .collect();
    let message = if !files.is_empty() {
        let files = first_few(&files, SHOWN);
        format!(
            "files changed while due jobs were measured ({names}), so that the tree is not that of the commit: {files}"
        )
    } else if head(session).as_ref() != commit {
        "another commit was checked out while due jobs were measured".to_owned()
    } else {
        return Ok(());
    };
    let help =
        "let jobs write to files that git ignores, or measure with `run --due` in a job of its own";
    Err(Stop::new(Exit::NoVerdict, message).help(help).into())
}

/// Checks that the tree does not have what changed while this commit was measured before: judging it in a second attempt would
/// hide that. Only in CI, where people edit no files.
///
/// # Errors
/// If it has. Then there is no verdict.
fn check_earlier_runs(session: &Session) -> Result<()> {
    let environment = &session.options.environment;
    let Ok(git) = session.git() else {
        return Ok(());
    };
    if !environment.ci || session.at.is_some() {
        return Ok(());
    }
    let job_commit = environment.job_commit.as_ref();
    let commit = head(session);
    for earlier in session.heads() {
        let of = earlier.commit.as_ref();
        if of.is_none() || of != job_commit && of != commit.as_ref() {
            continue;
        }
        let Ok(run) = session.store.load(&earlier.id) else {
            continue;
        };
        let inside = run.changed.iter().filter(|file| !file.starts_with("../"));
        let inside: Vec<&str> = inside.map(String::as_str).collect();
        if inside.is_empty() {
            continue;
        }
        // Git names a submodule in place of its files.
        let mut files = git.changed()?;
        files.retain(|name| {
            let mut changed = inside.iter();
            changed.any(|file| file == name || is_below(file, name))
        });
        let names: Vec<&str> = run.plan.settings.keys().map(Collector::name).collect();
        let names = names.join(", ");
        if !files.is_empty() {
            let files = first_few(&files, SHOWN);
            let message =
                format!("the tree is not that of the commit since {names} was measured: {files}");
            let help = "git stash --include-untracked";
            return Err(Stop::new(Exit::NoVerdict, message).help(help).into());
        }
        if let Some(job_commit) = job_commit.filter(|of| Some(*of) != commit.as_ref()) {
            let message = format!("another commit is checked out since {names} was measured");
            let help = format!("git checkout {job_commit}");
            return Err(Stop::new(Exit::NoVerdict, message).help(help).into());
        }
    }
    Ok(())
}

/// Warns that the history is incomplete. Findings are then matched by their content alone.
fn warn_about_shallow_clone(session: &Session) {
    let is_shallow = session.git().and_then(|git| git.is_shallow());
    if is_shallow.unwrap_or_default() {
        session.ui.warn(
            "this clone is shallow: findings cannot be followed through the history of their files",
        );
        session.ui.help(FULL_CLONE);
    }
}

/// Shows the changes of a pull request to the configuration, which are not used.
fn show_proposal(session: &Session) {
    let proposed = session.at.as_ref().and_then(|at| at.proposed.clone());
    let Some(change) = proposed else {
        return;
    };
    let lines = short_lines(&change, &session.ui.look_err(), PROPOSAL_LINE);
    let shown = lines.len().min(PROPOSAL);
    session.ui.screen(&lines[..shown].concat());
    if shown < lines.len() {
        let left_out = counted(lines.len() - shown, "more line");
        session.ui.note(&format!("the difference has {left_out}"));
    }
}

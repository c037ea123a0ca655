//! `cargo campaign watch`: run the schedule in the foreground.

use anyhow::Result;

use super::document;
use super::output;
use super::session::{Given, Session};
use super::terminal::Terminal;
use crate::git::Git;
use crate::ops::evaluate::Evaluation;
use crate::ops::exit::Exit;
use crate::ops::schedule::ScheduledJob;
use crate::ops::watch::{self, WatchHost};
use crate::ops::{Context, alerts};
use crate::options::Options;
use crate::report::gate::{GateFacts, STATUS, screen};
use crate::report::schedule::{self as report, JobEntry, WatchState};

/// Run the schedule in the foreground, until Ctrl-C
///
/// Measures each job of `[schedule]` when it is due, then shows the verdicts. Reads campaign.toml again when it changes.
#[derive(clap::Args, Debug)]
pub(super) struct WatchArgs {
    /// Also measure stale results of gates whenever the sources were edited
    #[arg(long)]
    on_change: bool,
    /// Also update the files of `[[document]]` after each measurement
    #[arg(long)]
    documents: bool,
}

impl WatchArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        output::terminal_only(session, "watch")?;
        let mut screen = WatchScreen {
            ui: session.ui.clone(),
            given: session.given.clone(),
            on_change: self.on_change,
            documents: self.documents,
        };
        watch::watch(session, self.on_change, &mut screen)
    }
}

/// The terminal of a watcher.
struct WatchScreen {
    ui: Terminal,
    given: Given,
    on_change: bool,
    documents: bool,
}

impl WatchHost for WatchScreen {
    fn resolve(&mut self) -> Result<Options> {
        Ok(self.given.resolve()?)
    }

    fn waiting(&mut self, cx: &Context, jobs: &[ScheduledJob]) {
        let entries: Vec<JobEntry> = jobs.iter().map(super::schedule::entry).collect();
        let standing = Git::at(cx.root()).standing().unwrap_or_default();
        let branch = cx.branch(&standing);
        // Errors in the state of alerts are reported where they are processed.
        let alerts = alerts::firing(cx).unwrap_or_default();
        let waiting = WatchState {
            campaign: &cx.campaign(),
            branch: branch.as_deref(),
            commit: standing.commit.as_deref(),
            jobs: &entries,
            alerts: &alerts,
            edits: self.on_change,
            zone: &cx.config().schedule.zone,
        };
        let text = report::waiting(&waiting, cx.now(), &self.ui.look_err());
        self.ui.status("Watching", &text);
    }

    fn judged(&mut self, cx: &Context, evaluation: &Evaluation) -> Result<()> {
        let mut report = evaluation.report(cx);
        self.ui.repeat_options(&mut report);
        let facts = GateFacts {
            source: &cx.config().lines,
            unchanged: false,
            verbose: self.ui.is_verbose(),
            status: &self.ui.with_options(STATUS),
        };
        let text = screen(&report, &facts, cx.now(), &self.ui.look_out());
        self.ui.out(&text)?;
        // A document that cannot be written does not keep the watcher from measuring.
        if self.documents
            && let Err(error) = document::write(cx, &self.ui)
        {
            self.failed(&error);
        }
        Ok(())
    }

    fn failed(&mut self, error: &anyhow::Error) {
        super::report_error(&self.ui, error);
    }
}

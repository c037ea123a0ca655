//! `cargo campaign baseline` and `cargo campaign final`: measure, or take a recorded run, and pin it.

use anyhow::Result;

use super::dry_run;
use super::output::{self, Outputs};
use super::session::Session;
use crate::ops::baseline::{self, PinSource, Pinned};
use crate::ops::evaluate::{Evaluation, subset};
use crate::ops::measure;
use crate::ops::workstreams::states;
use crate::ops::{Context, Exit};
use crate::report::final_metrics::{FinalMetrics, open};
use crate::report::json::pretty;
use crate::report::markdown::{Completion, completion};
use crate::report::{self, status};
use crate::run::Run;
use crate::store::{Pin, PinName};

/// Measure and pin as the baseline
///
/// Writes `.campaign/baseline.json`: commit it. Gates that say `baseline` are held against it. Without --accept a better
/// baseline is not replaced, nothing is pinned over a gate that fails against it, and a run in which something could not
/// be measured is not pinned. With --ratchet, the baseline never gets worse, and a gate without a value ends with exit
/// code 3.
#[derive(clap::Args, Debug)]
pub(super) struct BaselineArgs {
    /// Replace only the values of this collector or metric and keep the rest of the baseline
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Replace only what got better, never what got worse; measures what no recorded run has
    #[arg(long, conflicts_with_all = ["only", "from", "accept", "dry_run"])]
    ratchet: bool,
    #[command(flatten)]
    pinning: PinArgs,
}

/// Measure, pin as final, write the completion report
///
/// Writes `.campaign/final.json`, `.campaign/completion.md` (before and after, workstreams, gates, findings, evidence) and
/// `.campaign/final-metrics.json`. The exit code is 1 if the gates pass and a workstream is not complete.
#[derive(clap::Args, Debug)]
pub(super) struct FinalArgs {
    #[command(flatten)]
    pinning: PinArgs,
    /// Write the completion report here instead
    #[arg(long, value_name = "PATH")]
    report: Option<std::path::PathBuf>,
}

#[derive(clap::Args, Debug)]
struct PinArgs {
    /// Pin this run (or the start of its id, `latest` for the newest complete one, a git revision, a date or an age) instead of measuring
    #[arg(long, value_name = "RUN")]
    from: Option<String>,
    /// Pin a run that is worse than the pinned one, fails its gates or is incomplete; the reason is recorded
    #[arg(long, value_name = "REASON", value_parser = reason)]
    accept: Option<String>,
    /// Print the commands, run nothing
    #[arg(long, conflicts_with = "from")]
    dry_run: bool,
    #[command(flatten)]
    outputs: Outputs,
}

impl BaselineArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        let (view, exit) = if self.ratchet {
            self.pinning.outputs.check(session)?;
            let ratcheted = baseline::ratchet(session)?;
            (ratcheted.pinned, ratcheted.exit)
        } else {
            let pinned = self.pinning.pin(session, PinName::Baseline, self.only)?;
            (pinned.map(|pinned| pinned.view), Exit::Done)
        };
        let Some(view) = view else {
            return Ok(exit);
        };
        let evaluation = Evaluation::against(session, view, None);
        let report = session.report(&evaluation);
        output::show(session, &report, |look| {
            report::baseline::screen(&report, look)
        })?;
        if session.options.path.is_none() {
            session.ui.note("there are no gates yet");
            session.ui.help(subset::INIT);
        }
        self.pinning.outputs.write(session, &report)?;
        Ok(exit)
    }
}

impl FinalArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        let before = baseline::required(session)?;
        if let Some(path) = &self.report {
            output::writable("--report", path, session)?;
            self.pinning
                .outputs
                .check_beside("--report", path, session)?;
        }
        let Some(pinned) = self.pinning.pin(session, PinName::Final, Vec::new())? else {
            return Ok(Exit::Done);
        };
        let earlier = runs(session, &before);
        let evaluation = Evaluation::against(session, pinned.view, Some(before.view));
        let mut report = session.report(&evaluation);
        states::add(session, &evaluation, &mut report)?;
        let text = completion(&Completion {
            report: &report,
            before: &measure::commands(&earlier),
            after: &measure::commands(&[pinned.run]),
        });
        let path = match &self.report {
            Some(path) => {
                let path = session.given.cwd.join(path);
                output::file(session, &path, &text)?;
                path
            }
            None => baseline::write_completion(session, &text)?,
        };
        let path = session.below_root(&path);
        session
            .ui
            .status("Wrote", &format!("the completion report in {path}"));
        let metrics = pretty(&FinalMetrics::of(&report))?;
        baseline::write_metrics(session, &metrics)?;
        let now = session.now;
        let ui = session.ui.clone();
        let with_options = |command: &str| ui.with_options(command);
        output::show(session, &report, |look| {
            status::last(&report, &with_options, now, look)
        })?;
        self.pinning.outputs.write(session, &report)?;
        if !session.config().documents.is_empty() {
            session.ui.help("cargo campaign document");
        }
        Ok(match Exit::from(evaluation.judgement.verdict()) {
            Exit::Done if !open(&report).is_empty() && report.workstreams.is_some() => Exit::Failed,
            exit => exit,
        })
    }
}

impl PinArgs {
    /// Pins a run; `None` for a dry run.
    fn pin(
        &self,
        session: &mut Session,
        name: PinName,
        only: Vec<String>,
    ) -> Result<Option<Pinned>> {
        self.outputs.check(session)?;
        if self.dry_run {
            output::terminal_only(session, "--dry-run")?;
        }
        let pinning = baseline::Pinning {
            name,
            from: self.from.clone(),
            accept: self.accept.clone(),
            only,
        };
        match pinning.source(session)? {
            PinSource::Measurement(prepared) if self.dry_run => {
                dry_run::show(session, &prepared.plan)?;
                Ok(None)
            }
            source => pinning.pin(session, source).map(Some),
        }
    }
}

/// Returns the runs of a pin that are still recorded.
fn runs(cx: &Context, pin: &Pin) -> Vec<Run> {
    pin.runs()
        .iter()
        .filter_map(|id| cx.store.load(id).ok())
        .collect()
}

/// Refuses a reason without a word, such as that of an unset variable in a script.
fn reason(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        Err("the reason is empty".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

//! `cargo campaign history`: recorded runs and trends; `history export` prints their values for other programs, `history prune`
//! removes old runs.

use std::num::NonZeroUsize;

use anyhow::{Context as _, Result};
use clap::Subcommand;
use clap::builder::{PossibleValue, PossibleValuesParser};

use super::output;
use super::session::Session;
use crate::ops::Exit;
use crate::ops::history::{self, Recorded};
use crate::report::export::{self, EXPORTS};
use crate::report::history::{RunEntry, screen};
use crate::report::json;
use crate::snapshot::Provenance;

/// List recorded runs and metric trends
#[derive(clap::Args, Debug)]
pub(super) struct HistoryArgs {
    #[command(subcommand)]
    command: Option<HistoryCommand>,
    /// Number of runs to list
    #[arg(short = 'n', long, value_name = "N", default_value = "20")]
    limit: NonZeroUsize,
    /// Only runs since this age, day or git revision, as in 7d, 2026-11-20 or v1.0.0
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Show the trend of this metric (repeatable; default: the metrics of the gates)
    #[arg(short, long, value_name = "METRIC")]
    metric: Vec<String>,
}

#[derive(Subcommand, Debug)]
enum HistoryCommand {
    /// Print recorded values for other programs
    Export(ExportArgs),
    /// Remove old runs, except pinned ones
    Prune(Prune),
}

/// The values of every run; one that was not measured is left out.
#[derive(clap::Args, Debug)]
struct ExportArgs {
    /// The format of the text
    #[arg(value_name = "FORMAT", value_parser = formats())]
    to: String,
    /// Only runs since this age, day or git revision, as in 7d, 2026-11-20 or v1.0.0
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Only values of this metric (repeatable; default: all)
    #[arg(short, long, value_name = "METRIC")]
    metric: Vec<String>,
}

/// Returns a parser that knows the formats and what they are for.
fn formats() -> PossibleValuesParser {
    let formats = EXPORTS.iter();
    PossibleValuesParser::new(formats.map(|one| PossibleValue::new(one.name).help(one.about)))
}

#[derive(clap::Args, Debug)]
struct Prune {
    /// Keep the newest N runs (default: `[store] keep`)
    #[arg(long, value_name = "N")]
    keep: Option<usize>,
    /// Remove runs that are older, as in 90d (default: `[store] max-age`)
    #[arg(long, value_name = "AGE")]
    older_than: Option<String>,
    /// List the runs, remove nothing
    #[arg(long)]
    dry_run: bool,
}

impl HistoryArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        match self.command {
            Some(HistoryCommand::Prune(prune)) => {
                output::terminal_only(session, "history prune")?;
                return prune.run(session);
            }
            Some(HistoryCommand::Export(export)) => {
                output::terminal_only(session, "history export")?;
                return export.run(session);
            }
            None => {}
        }
        let since = moment(session, self.since.as_deref())?;
        let is_json = output::is_json(session)?;
        for metric in &self.metric {
            history::check_metric(session, metric)?;
        }

        let runs = history::list(session, self.limit.get(), since);
        let text = if is_json {
            json::pretty(&runs.iter().map(row).collect::<Vec<_>>())?
        } else {
            let entries: Vec<RunEntry> = runs.iter().map(entry).collect();
            let trends = history::trends(session, &self.metric);
            screen(&entries, &trends, session.now, &session.look())
        };
        session.ui.out(&text)?;
        Ok(Exit::Done)
    }
}

/// Returns the conditions of a run that are not the default. It may not be comparable with other runs.
fn with(from: &Provenance) -> String {
    let scope = (!from.scope.is_empty()).then(|| format!("only {}", from.scope.join(", ")));
    let features = match from.features.as_str() {
        "" | "default" => None,
        "none" => Some("no default features".to_owned()),
        "all" => Some("all features".to_owned()),
        features => Some(format!("features: {features}")),
    };
    let profile = (from.profile != "dev").then(|| format!("profile {}", from.profile));
    let target = from
        .target
        .as_ref()
        .map(|target| format!("target {target}"));
    scope
        .into_iter()
        .chain(features)
        .chain(profile)
        .chain(target)
        .collect::<Vec<_>>()
        .join("; ")
}

/// Returns a line of the list.
fn entry(run: &Recorded) -> RunEntry {
    let head = &run.head;
    let mark = match head {
        _ if run.in_future => "in the future, not used",
        _ if run.pinned => "pinned",
        head if head.interrupted => "interrupted",
        head if head.torn => "of uncertain sources",
        head if !head.complete => "not whole",
        _ => "",
    };
    RunEntry {
        id: head.id.to_string(),
        started: head.started,
        commit: match &head.commit {
            Some(commit) => commit.chars().take(7).collect(),
            None => "-".to_owned(),
        },
        dirty: head.dirty,
        seconds: head.seconds,
        collectors: head.settings.keys().map(ToString::to_string).collect(),
        with: run.provenance.as_ref().map(with).unwrap_or_default(),
        mark: mark.to_owned(),
    }
}

/// Returns a run as JSON.
fn row(run: &Recorded) -> serde_json::Value {
    let (head, from) = (&run.head, run.provenance.as_ref());
    serde_json::json!({
        "id": head.id, "started": head.started, "seconds": head.seconds,
        "commit": head.commit, "dirty": head.dirty,
        "collectors": head.settings.keys().collect::<Vec<_>>(), "whole": head.whole,
        "interrupted": head.interrupted, "torn": head.torn,
        "scope": from.map(|from| &from.scope), "features": from.map(|from| &from.features),
        "profile": from.map(|from| &from.profile),
        "target": from.and_then(|from| from.target.as_ref()),
    })
}

/// Returns the moment that `--since` names.
fn moment(session: &Session, since: Option<&str>) -> Result<Option<i64>> {
    since.map(|text| history::since(session, text)).transpose()
}

impl ExportArgs {
    fn run(self, session: &mut Session) -> Result<Exit> {
        let since = moment(session, self.since.as_deref())?;
        for metric in &self.metric {
            history::check_metric(session, metric)?;
        }
        let format = export::format(&self.to).context("the parser knows the formats")?;
        let mut document = (format.start)();
        let (cx, ui) = session.parts();
        ui.out(&document.begin())?;
        for samples in history::samples(cx, &self.metric, since) {
            ui.out(&document.run(&samples))?;
        }
        ui.out(&document.end())?;
        cx.warn_about_damage();
        Ok(Exit::Done)
    }
}

impl Prune {
    fn run(self, session: &Session) -> Result<Exit> {
        let expired = history::expired(session, self.keep, self.older_than.as_deref())?;
        let recorded = expired.recorded;
        if self.dry_run {
            let names: String = expired.ids.iter().map(|id| format!("{id}\n")).collect();
            session.ui.out(&names)?;
            let count = expired.ids.len();
            let text = format!("remove {count} of {recorded} runs (dry run)");
            session.ui.status("Would", &text);
            return Ok(Exit::Done);
        }
        let pruned = history::remove(session, &expired)?;
        let text = format!(
            "{} of {recorded} runs, logs of {}",
            pruned.runs.len(),
            pruned.logs
        );
        session.ui.status("Removed", &text);
        Ok(Exit::Done)
    }
}

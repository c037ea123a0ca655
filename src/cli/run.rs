//! `cargo campaign run [COLLECTOR]...`: measure and record.

use anyhow::Result;

use super::dry_run;
use super::due::{self, Jobs};
use super::output;
use super::session::Session;
use crate::collector;
use crate::ops::{Exit, alerts, measure};
use crate::run::Run;

/// Measure and record
///
/// Without names, runs the collectors in `[collect] default` of campaign.toml. The recorded values of other collectors are
/// kept.
#[derive(clap::Args, Debug)]
pub(super) struct RunArgs {
    #[arg(value_name = "COLLECTOR", help = collectors_help())]
    collectors: Vec<String>,
    /// Measure only the jobs of `[schedule]` that are due
    #[arg(long, conflicts_with = "collectors")]
    due: bool,
    /// Run every test, also where `reuse = true` in `[collect.test]`
    #[arg(long)]
    fresh: bool,
    /// Print the commands, run nothing
    #[arg(long)]
    dry_run: bool,
}

/// Returns the names of the collectors.
fn collectors_help() -> String {
    let names: Vec<&str> = collector::ALL.iter().map(|one| one.name).collect();
    format!("{}, or a custom collector", names.join(", "))
}

impl RunArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        output::terminal_only(session, "run")?;
        if self.fresh {
            session.run_all_tests();
        }
        if self.due {
            return Ok(due::exit(&due::run(session, Jobs::Due, self.dry_run)?));
        }
        let collectors = measure::named(session, &self.collectors)?;
        let prepared = measure::prepare(session, &collectors)?;
        if self.dry_run {
            return dry_run::show(session, &prepared.plan);
        }
        let run = measure::measure_or_warn(session, &prepared)?;
        if let Some(fix) = unreported_fix(&run) {
            session.ui.help(fix);
        }
        alerts::process(session, std::slice::from_ref(&run));
        Ok(measure::exit(&run))
    }
}

/// Returns the first fix for an incomplete value that was not shown while the run was measured.
fn unreported_fix(run: &Run) -> Option<&str> {
    if run.interrupted {
        return None;
    }
    let missing = run.plan.missing.iter().map(|missing| &missing.fix);
    let settings = run.steps.iter().filter_map(|step| step.cure.as_ref());
    let reported: Vec<&String> = missing.chain(settings).collect();
    measure::fixes(run).find(|fix| !reported.iter().any(|shown| *shown == fix))
}

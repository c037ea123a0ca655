//! The schedule: which jobs are due, and measuring those that are.

use std::collections::BTreeMap;
use std::ffi::OsStr;

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::measure::{self, request};
use super::{Context, Exit, Stop};
use crate::options::Options;
use crate::plan::{BuildSelection, Collector};
use crate::probe;
use crate::run::{Run, RunId};
use crate::schedule::export::{self, Timer};
use crate::schedule::{Due, Job};
use crate::text::is_safe;

/// A job of the schedule at this moment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ScheduledJob {
    /// The job.
    pub(crate) job: Job,
    /// When its last run started, in Unix seconds. `None` without a run with the same settings.
    pub(crate) last: Option<i64>,
    /// This run.
    run: Option<RunId>,
    /// Whether it is due.
    pub(crate) due: Due,
}

impl ScheduledJob {
    /// Returns whether it is due now.
    pub(crate) fn is_due(&self) -> bool {
        matches!(self.due, Due::Since(..))
    }

    /// Returns whether it has times, and its last run has no values of it that count.
    pub(crate) fn has_failed(&self, cx: &Context) -> bool {
        if self.due == Due::OnDemand {
            return false;
        }
        let run = self.run.as_ref().and_then(|id| cx.store.load(id).ok());
        run.is_some_and(|run| run.torn || !measure::has_measured(&run, &self.job.collector))
    }
}

/// Returns the jobs of the schedule, in the order of the file.
///
/// # Errors
/// If none is configured.
pub(crate) fn jobs(cx: &Context) -> Result<Vec<ScheduledJob>> {
    require(cx)?;
    Ok(list(cx))
}

/// Checks that there is a schedule.
///
/// # Errors
/// If there is none.
pub(crate) fn require(cx: &Context) -> Result<()> {
    if cx.config().schedule.jobs.is_empty() {
        let stop = Stop::new(Exit::Usage, "no schedule is configured");
        let help = "add `[schedule]` to campaign.toml, as in: check = \"every 60m\"";
        return Err(stop.help(help).into());
    }
    Ok(())
}

/// Returns the jobs of the schedule, in the order of the file. There may be none.
pub(crate) fn list(cx: &Context) -> Vec<ScheduledJob> {
    let heads: Vec<(i64, RunId, BTreeMap<Collector, String>)> = cx
        .heads()
        .map(|head| (head.started, head.id, head.settings))
        .collect();
    let jobs = cx.config().schedule.jobs.iter().map(|job| {
        let settings = request::build_settings(cx, build(&cx.options, job), &job.collector);
        // Values with other settings are another series, which says nothing about this one.
        let own = heads
            .iter()
            .filter(|(_, _, of)| settings.is_some() && of.get(&job.collector) == settings.as_ref());
        // Of runs that began in the same second, the first one here was recorded last.
        let last = own.rev().max_by_key(|(started, ..)| *started);
        ScheduledJob {
            job: job.clone(),
            last: last.map(|(started, ..)| *started),
            run: last.map(|(_, id, _)| id.clone()),
            due: Due::OnDemand,
        }
    });
    let mut jobs: Vec<ScheduledJob> = jobs.collect();
    at_now(cx, &mut jobs);
    jobs
}

/// Decides again whether the jobs are due, without reading the record.
pub(crate) fn at_now(cx: &Context, jobs: &mut [ScheduledJob]) {
    let now = Timestamp::from_second(cx.now()).unwrap_or_default();
    for ScheduledJob { job, last, due, .. } in jobs {
        let last = last.and_then(|last| Timestamp::from_second(last).ok());
        *due = cx.config().schedule.due(job, offset(cx, job), last, now);
    }
}

/// Returns a timer that calls this program in this workspace, with these options.
///
/// # Errors
/// If none is configured, or a path cannot be written to a timer's file.
pub(crate) fn timer(cx: &Context, options: &[String]) -> Result<Timer> {
    require(cx)?;
    let root = cx.root();
    let minutes = export::minutes(&cx.config().schedule);
    let program = std::env::current_exe().context("cannot find this program")?;
    let path = cx.options.environment.path.clone().unwrap_or_default();
    let name = root.file_name().unwrap_or_default().to_string_lossy();
    // Two hyphens in a row would end a comment of XML.
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    let name: Vec<&str> = std::iter::once("cargo-campaign").chain(words).collect();
    // Directories of the same name must not share a timer.
    let of_path = number(&[&root.to_string_lossy()]);
    let options = options.iter();
    let options = options.map(|word| on_a_line("an option", OsStr::new(word)));
    Ok(Timer {
        name: format!("{}-{:08x}", name.join("-"), of_path >> 32),
        options: options.collect::<Result<_>>()?,
        directory: on_a_line("the workspace", root.as_os_str())?,
        program: on_a_line("this program", program.as_os_str())?,
        path: on_a_line("`PATH`", &path)?,
        minutes,
        offset: (of_path % minutes.unsigned_abs()).cast_signed(),
    })
}

/// Returns a path as text, if it is UTF-8 on one line.
fn on_a_line(what: &str, path: &OsStr) -> Result<String> {
    match path
        .to_str()
        .filter(|path| is_safe(path) && !path.contains('\n'))
    {
        Some(path) => Ok(path.to_owned()),
        None => {
            let path = path.to_string_lossy();
            let message = format!("a timer cannot contain the path of {what}: `{path}`");
            Err(Stop::new(Exit::Usage, message).into())
        }
    }
}

/// Measures jobs that are due. Those with equal build options are measured in one run, in the order
/// of the file.
///
/// # Errors
/// If a measurement cannot be made.
pub(crate) fn run(cx: &mut Context, mut due: Vec<ScheduledJob>) -> Result<Vec<Run>> {
    let turn = measure::turn(cx)?;
    // The command that held the lock may have measured the same jobs.
    if turn.waited {
        let now = jobs(cx)?;
        let is_same =
            |job: &ScheduledJob, now: &ScheduledJob| (&job.job, &job.run) == (&now.job, &now.run);
        due.retain(|job| now.iter().any(|now| is_same(job, now)));
    }
    let own = cx.options.build.clone();
    let runs = run_groups(cx, &due);
    cx.options.build = own;
    runs
}

fn run_groups(cx: &mut Context, jobs: &[ScheduledJob]) -> Result<Vec<Run>> {
    let mut runs = Vec::new();
    for (build, collectors) in groups(&cx.options, jobs) {
        cx.options.build = build;
        let prepared = measure::prepare(cx, &collectors)?;
        let run = measure::measure_in(cx, &prepared)?;
        let interrupted = run.interrupted;
        runs.push(run);
        if interrupted {
            break;
        }
    }
    Ok(runs)
}

/// Returns the collectors to measure with each selection of build options.
fn groups(options: &Options, jobs: &[ScheduledJob]) -> Vec<(BuildSelection, Vec<Collector>)> {
    let mut groups: Vec<(BuildSelection, Vec<Collector>)> = Vec::new();
    for ScheduledJob { job, .. } in jobs {
        let build = build(options, job);
        match groups.iter_mut().find(|(other, _)| *other == build) {
            Some((_, collectors)) => collectors.push(job.collector.clone()),
            None => groups.push((build, vec![job.collector.clone()])),
        }
    }
    groups
}

fn build(options: &Options, job: &Job) -> BuildSelection {
    job.build.clone().unwrap_or_else(|| options.build.clone())
}

/// Returns how much later than its time of day this machine starts a job: the same every day.
fn offset(cx: &Context, job: &Job) -> SignedDuration {
    let spread = job.spread.as_secs().unsigned_abs();
    if spread == 0 {
        return SignedDuration::ZERO;
    }
    let root = cx.root().to_string_lossy();
    let number = number(&[&probe::machine_name(), &root, job.collector.name()]);
    SignedDuration::from_secs((number % spread).cast_signed())
}

/// Returns a number that is always the same for the same texts.
fn number(texts: &[&str]) -> u64 {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update(text);
    }
    let bytes = digest.finalize();
    let first = bytes.iter().take(8);
    first.fold(0_u64, |all, byte| all << 8 | u64::from(*byte))
}

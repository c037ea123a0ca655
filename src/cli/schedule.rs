//! `cargo campaign schedule`: when each collector is due.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::output;
use super::session::{Given, Session};
use crate::ops::schedule::{self, ScheduledJob};
use crate::ops::{Exit, init};
use crate::options::Flags;
use crate::report::json;
use crate::report::schedule::{JobEntry, screen};
use crate::schedule::Due;
use crate::schedule::export::{SCHEDULERS, Scheduler};

/// Show when each collector is due
///
/// `run --due` measures the due ones. Call it from cron, a timer or a scheduled workflow.
#[derive(clap::Args, Debug)]
pub(super) struct ScheduleArgs {
    #[command(subcommand)]
    command: ScheduleCommand,
}

#[derive(Subcommand, Debug)]
enum ScheduleCommand {
    /// List the jobs: when they are due, and when they ran last
    List,
    /// Print a file for a scheduler, which then calls `run --due` with the options of this command
    Export {
        #[arg(
            value_name = "SCHEDULER",
            help = scheduler_names().join(", "),
            value_parser = schedulers(),
            hide_possible_values = true
        )]
        scheduler: ExportTarget,
    },
}

/// A scheduler to write a file for.
#[derive(Clone, Copy, Debug)]
enum ExportTarget {
    /// One of this machine.
    Local(&'static Scheduler),
    /// That of GitHub Actions, which runs on other machines.
    Github,
}

impl ScheduleArgs {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        match self.command {
            ScheduleCommand::List => list(session),
            ScheduleCommand::Export { scheduler } => export(session, scheduler),
        }
    }
}

fn list(session: &mut Session) -> Result<Exit> {
    let is_json = output::is_json(session)?;
    let jobs = schedule::jobs(session)?;
    let entries: Vec<JobEntry> = jobs.iter().map(entry).collect();
    let text = if is_json {
        json::pretty(&serde_json::json!({
            "schema": "cargo-campaign/schedule",
            "schema_version": "1.0",
            "jobs": entries.iter().map(object).collect::<Vec<_>>(),
        }))?
    } else {
        screen(&entries, session.now, &session.look())
    };
    session.ui.out(&text)?;
    Ok(Exit::Done)
}

fn export(session: &mut Session, scheduler: ExportTarget) -> Result<Exit> {
    output::terminal_only(session, "schedule export")?;
    let Given { flags, cwd, .. } = &session.given;
    let absolute = |path: &Path| cwd.join(path);
    let timer = schedule::timer(session, &options(flags, &absolute))?;
    let text = match scheduler {
        ExportTarget::Local(scheduler) => (scheduler.text)(&timer),
        ExportTarget::Github => {
            // Another machine has the files of the repository only.
            let relative = |path: &Path| {
                let path = cwd.join(path);
                path.strip_prefix(session.root())
                    .map_or_else(|_| path.clone(), Path::to_path_buf)
            };
            init::scheduled_workflow(session, &options(flags, &relative))?
        }
    };
    session.ui.out(&text)?;
    if let ExportTarget::Local(scheduler) = scheduler {
        let channels = session.config().notify.iter().map(|one| &one.channel);
        let variables = channels.filter_map(|one| Some((one.variable()?, one.kind)));
        let variables: BTreeMap<&str, &str> = variables.collect();
        for (variable, kind) in variables {
            session.ui.note(&format!(
                "{} starts commands without the variables of your shell: set ${variable} there, or the {kind} gets no messages",
                scheduler.name
            ));
        }
    }
    Ok(Exit::Done)
}

/// Returns the options of the command line that `run --due` needs too, in words.
fn options(flags: &Flags, path: &dyn Fn(&Path) -> PathBuf) -> Vec<String> {
    let build = &flags.build;
    let path = |given: &Option<PathBuf>| {
        let given = given.as_deref().map(path);
        Vec::from_iter(given.map(|path| path.to_string_lossy().into_owned()))
    };
    let one = |given: &Option<String>| Vec::from_iter(given.clone());
    let values = [
        ("--manifest-path", path(&flags.manifest_path)),
        ("--config", path(&flags.config)),
        ("--target-dir", path(&flags.target_dir)),
        ("--package", flags.packages.clone()),
        ("--exclude", flags.exclude.clone()),
        ("--features", build.features.clone()),
        ("--target", one(&build.target)),
        ("--profile", one(&build.profile)),
    ];
    let switches = [
        ("--locked", flags.locked),
        ("--offline", flags.offline),
        ("--frozen", flags.frozen),
        ("--workspace", flags.workspace),
        ("--all-features", build.all_features),
        ("--no-default-features", build.no_default_features),
    ];
    let mut words = Vec::new();
    for (name, values) in values {
        for value in values {
            // As a word of its own, it would be another option.
            match value.starts_with('-') {
                true => words.push(format!("{name}={value}")),
                false => words.extend([name.to_owned(), value]),
            }
        }
    }
    let switches = switches.into_iter().filter(|(_, is_on)| *is_on);
    words.extend(switches.map(|(name, _)| name.to_owned()));
    words
}

/// Returns the names of the schedulers, as typed. That of GitHub Actions is the last one.
fn scheduler_names() -> Vec<&'static str> {
    let names = SCHEDULERS.iter().map(|scheduler| scheduler.name);
    names.chain(["github"]).collect()
}

/// Returns the parser of a scheduler, whose values are those that exist.
fn schedulers() -> impl TypedValueParser<Value = ExportTarget> {
    PossibleValuesParser::new(scheduler_names()).map(|name| {
        let local = SCHEDULERS.iter().find(|scheduler| scheduler.name == name);
        local.map_or(ExportTarget::Github, ExportTarget::Local)
    })
}

/// Returns a job as the list shows it.
pub(super) fn entry(of: &ScheduledJob) -> JobEntry {
    let (due, missed) = match of.due {
        Due::Since(since, missed) => (Some(since), missed),
        Due::At(moment) => (Some(moment), 0),
        Due::OnDemand => (None, 0),
    };
    JobEntry {
        collector: of.job.collector.to_string(),
        when: of.job.text.clone(),
        with: of.job.args.join(" "),
        last: of.last,
        due: due.map(|moment| moment.as_second()),
        missed,
    }
}

fn object(entry: &JobEntry) -> serde_json::Value {
    serde_json::json!({
        "collector": entry.collector,
        "when": entry.when,
        "args": entry.with,
        "last": entry.last.map(time),
        "due": entry.due.map(time),
        "missed": entry.missed,
    })
}

/// Returns a moment as RFC 3339.
fn time(seconds: i64) -> Option<String> {
    let moment = jiff::Timestamp::from_second(seconds).ok()?;
    Some(moment.to_string())
}

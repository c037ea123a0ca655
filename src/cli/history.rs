//! `cargo campaign history`: runs and trends; `history prune`: forgetting old runs.

use std::collections::BTreeSet;

use anyhow::Result;
use clap::Subcommand;

use super::session::Session;
use super::{explain, output};
use crate::ops::exit::{Exit, Stop};
use crate::ops::policy;
use crate::ops::revision::{self, age};
use crate::options::spelling;
use crate::report::history::{Entry, Trend, screen};
use crate::report::json;
use crate::snapshot::Provenance;
use crate::store::{Head, Policy, retention};

/// List runs, and how metrics went
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Act>,
    /// How many runs are listed
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Only runs since this age, day or git revision, as in 7d, 2026-11-20 or v1.0.0
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Draw this metric's course (repeatable; default: those of the gates)
    #[arg(short, long, value_name = "METRIC")]
    metric: Vec<String>,
}

#[derive(Subcommand, Debug)]
enum Act {
    /// Remove old runs; pinned ones stay
    Prune(Prune),
}

#[derive(clap::Args, Debug)]
struct Prune {
    /// Keep the newest N (default: `[store] keep`)
    #[arg(long, value_name = "N")]
    keep: Option<usize>,
    /// Remove what is older, as in 90d (default: `[store] max-age`)
    #[arg(long, value_name = "AGE")]
    older_than: Option<String>,
    /// Name them, remove nothing
    #[arg(long)]
    dry_run: bool,
}

impl Args {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        match self.command {
            Some(Act::Prune(prune)) => {
                output::terminal_only(session, "history prune")?;
                prune.run(session)
            }
            None => {
                let since = self
                    .since
                    .as_deref()
                    .map(|text| since(session, text))
                    .transpose()?;
                list(session, self.limit, since, self.metric)
            }
        }
    }
}

/// The moment from which on runs are listed.
fn since(session: &Session, text: &str) -> Result<i64> {
    const DAY: i64 = 24 * 60 * 60;
    if let Some(moment) = revision::moment(session, text) {
        // A day counts from its beginning.
        return Ok(if age(text).is_some() {
            moment
        } else {
            moment - DAY + 1
        });
    }
    let git = session.git()?;
    match policy::revision(&git, text)? {
        Some(commit) => Ok(git.commit_time(&commit)?),
        None => {
            let stop = Stop::new(Exit::Usage, format!("invalid value `{text}` for `--since`"));
            Err(stop
                .help("write an age, a day or a git revision: 7d, 2026-11-20, v1.0.0")
                .into())
        }
    }
}

fn list(
    session: &mut Session,
    limit: usize,
    since: Option<i64>,
    metrics: Vec<String>,
) -> Result<Exit> {
    let is_json = output::is_json(session)?;
    for metric in &metrics {
        is_metric(session, metric)?;
    }
    let pinned = match session.store.pinned_runs() {
        Ok(pinned) => pinned,
        Err(error) => {
            session
                .ui
                .warn(&format!("which runs are pinned is not known: {error}"));
            BTreeSet::new()
        }
    };
    let is_listed = |head: &Head| since.is_none_or(|since| head.started >= since);
    let listed: Vec<Head> = session
        .store
        .heads()
        .filter(is_listed)
        .take(limit)
        .collect();
    session.warn_about_damage();
    let measured = |head: &Head| session.store.load(&head.id).ok().map(|run| run.provenance);
    if is_json {
        let rows: Vec<serde_json::Value> = listed
            .iter()
            .map(|head| row(head, measured(head)))
            .collect();
        session.ui.out(&json::pretty(&rows)?)?;
        return Ok(Exit::Done);
    }
    let listed = listed.iter().map(|head| {
        let with = measured(head).map(|from| with(&from)).unwrap_or_default();
        Entry {
            with,
            ..entry(head, pinned.contains(&head.id), session.latest())
        }
    });
    let entries: Vec<Entry> = listed.collect();
    let metrics = if metrics.is_empty() {
        gated(session)
    } else {
        metrics
    };
    let trends: Vec<Trend> = metrics
        .iter()
        .map(|metric| trend(session, metric))
        .collect();
    let text = screen(&entries, &trends, session.now, &session.look());
    session.ui.out(&text)?;
    Ok(Exit::Done)
}

/// Refuses what no collector measures.
fn is_metric(session: &Session, name: &str) -> Result<()> {
    if session.catalogue().get(name).is_some() {
        return Ok(());
    }
    let names = session
        .catalogue()
        .rows()
        .iter()
        .map(|row| row.name.as_str());
    let stop = Stop::new(Exit::Usage, format!("unknown metric `{name}`"));
    Err(match spelling::nearest(name, names) {
        Some(guess) => stop.help(format!("did you mean `{guess}`?")),
        None => stop.help("cargo campaign report --format json (lists what was measured)"),
    }
    .into())
}

/// What a run was measured with that is not the default: it may not be comparable with the others.
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

/// A line of the list; a run that starts after `latest` is in the future.
fn entry(head: &Head, pinned: bool, latest: i64) -> Entry {
    let mark = match head {
        head if head.started > latest => "in the future, not used",
        _ if pinned => "pinned",
        head if head.interrupted => "interrupted",
        head if head.torn => "sources changed meanwhile",
        head if !head.complete => "not whole",
        _ => "",
    };
    Entry {
        id: head.id.to_string(),
        started: head.started,
        commit: head
            .commit
            .as_deref()
            .map_or_else(|| "-".to_owned(), |c| c.chars().take(7).collect()),
        dirty: head.dirty,
        seconds: head.seconds,
        collectors: head.settings.keys().map(ToString::to_string).collect(),
        with: String::new(),
        mark: mark.to_owned(),
    }
}

/// A run for machines: the same facts as a line of the screen.
fn row(head: &Head, from: Option<Provenance>) -> serde_json::Value {
    serde_json::json!({
        "id": head.id, "started": head.started, "seconds": head.seconds, "commit": head.commit, "dirty": head.dirty,
        "collectors": head.settings.keys().collect::<Vec<_>>(), "whole": head.whole, "interrupted": head.interrupted,
        "torn": head.torn, "scope": from.as_ref().map(|from| &from.scope),
        "features": from.as_ref().map(|from| &from.features), "profile": from.as_ref().map(|from| &from.profile),
        "target": from.as_ref().and_then(|from| from.target.as_ref()),
    })
}

fn trend(session: &Session, metric: &str) -> Trend {
    let title = session
        .catalogue()
        .get(metric)
        .map_or_else(|| metric.to_owned(), |row| row.title.clone());
    Trend {
        title,
        unit: explain::unit(session, metric),
        points: explain::trend(session, metric),
    }
}

/// The gates' metrics, at most eight: what people look at.
fn gated(session: &Session) -> Vec<String> {
    let mut metrics: Vec<String> = Vec::new();
    for gate in &session.config().gates {
        let derived = session
            .catalogue()
            .get(&gate.metric)
            .is_none_or(|row| row.derived);
        if !gate.metric.contains('*') && !derived && !metrics.contains(&gate.metric) {
            metrics.push(gate.metric.clone());
        }
    }
    metrics.truncate(8);
    metrics
}

impl Prune {
    fn run(self, session: &mut Session) -> Result<Exit> {
        let policy = self.policy(session)?;
        let heads: Vec<Head> = session.store.heads().collect();
        let doomed = retention(&heads, policy, &session.store.pinned_runs()?, session.now);
        if self.dry_run {
            let names: String = doomed.iter().map(|id| format!("{id}\n")).collect();
            session.ui.out(&names)?;
            session.ui.status(
                "Would",
                &format!("remove {} of {} runs (dry run)", doomed.len(), heads.len()),
            );
            return Ok(Exit::Done);
        }
        let pruned = session.store.prune(&doomed, session.system_now())?;
        session.ui.status(
            "Removed",
            &format!(
                "{} of {} runs, logs of {}",
                pruned.runs.len(),
                heads.len(),
                pruned.logs
            ),
        );
        Ok(Exit::Done)
    }

    fn policy(&self, session: &Session) -> Result<Policy> {
        let retention = &session.config().retention;
        let keep = self.keep.or(retention.keep.map(|keep| keep as usize));
        let age = match &self.older_than {
            Some(text) => Some(age(text).ok_or_else(|| {
                Stop::new(Exit::Usage, format!("invalid age `{text}`"))
                    .help("write 90d, 12w or 36h")
            })?),
            None => retention.max_age,
        };
        if keep.is_none() && age.is_none() {
            let stop = Stop::new(Exit::Usage, "nothing to remove was specified");
            return Err(stop
                .help("specify --keep N or --older-than AGE, or set [store] in campaign.toml")
                .into());
        }
        Ok(Policy {
            keep,
            max_age: age.map(|age| age.as_secs().cast_signed()),
        })
    }
}

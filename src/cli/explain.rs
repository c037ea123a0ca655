//! `cargo campaign explain GATE`: one figure with its rule, its evidence and its past.

use anyhow::Result;

use super::base::Base;
use super::meaning::{self, Meaning};
use super::output;
use super::readiness;
use super::session::Session;
use crate::judge;
use crate::metric::{Unit, Value};
use crate::ops::evaluate;
use crate::ops::evaluate::Evaluation;
use crate::ops::exit::{Exit, Stop};
use crate::ops::measure::request;
use crate::options::spelling;
use crate::plan::{self, Collector};
use crate::report::explain::{self, Around};
use crate::report::{Report, json};
use crate::run::RunId;
use crate::store::Head;

/// Explain a gate or metric: value, evidence, rule, what changed, how to reproduce
///
/// Works from recorded runs; never starts cargo.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// A gate or metric, such as clippy.warnings; also a group, collector, test, lint or place as screens print it
    #[arg(value_name = "NAME")]
    gate: String,
    #[command(flatten)]
    pub(super) base: Base,
}

/// How many earlier runs a trend is drawn from.
const PAST: usize = 60;

impl Args {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit> {
        let evaluation = evaluate::now(session)?;
        let report = session.report(&evaluation);
        let format = output::format(session)?;
        if !format.is_terminal() {
            let text = if format.name == "json" {
                json::report(&report, session.now, &session.look())
            } else {
                (format.render)(&report, session.now, &session.look())
            };
            session.ui.out(&text)?;
            return Ok(Exit::Done);
        }
        if let Some(text) = part(session, &evaluation, &report, &self.gate) {
            session.ui.out(&text)?;
            return Ok(Exit::Done);
        }
        let (names, remark) = match meaning::of(&self.gate, &report, &evaluation.head.snapshot) {
            Some(Meaning::Metrics(names, remark)) => (names, remark),
            Some(Meaning::Check(check)) => {
                return Err(of_a_release(session, &self.gate, check)?.into());
            }
            None => (Vec::new(), None),
        };
        let parts: Vec<String> = names
            .iter()
            .filter_map(|name| part(session, &evaluation, &report, name))
            .collect();
        if parts.is_empty() {
            return Err(unknown(session, &self.gate).into());
        }
        remark.iter().for_each(|remark| session.ui.note(remark));
        session.ui.out(&parts.join("\n"))?;
        Ok(Exit::Done)
    }
}

/// The screen of a gate or metric, or of all that a pattern matches. `None` if there is none of this name.
fn part(session: &Session, evaluation: &Evaluation, report: &Report, name: &str) -> Option<String> {
    let gate = report
        .gates
        .iter()
        .find(|gate| gate.id == name || gate.metric == name);
    let metric = gate.map_or(name.to_owned(), |gate| gate.metric.clone());
    let collector = session
        .catalogue()
        .get(&metric)
        .map(|row| row.collector.clone());
    let source = collector.as_ref().and_then(|c| {
        evaluation
            .head
            .sources
            .get(c)
            .or(evaluation.head.stale.get(c).map(|(id, _)| id))
    });
    let commands = commands(session, source, collector.as_ref(), &metric);
    let searched = search(session, &metric);
    let fresh = collector
        .as_ref()
        .filter(|collector| evaluation.head.sources.contains_key(collector));
    let places = fresh
        .map(|c| judge::counted(&metric, c, &evaluation.head.snapshot))
        .unwrap_or_default();
    let trend = trend(session, &metric);
    let around = Around {
        asked: name,
        source: &session.config().lines,
        trend: &trend,
        command: commands.as_ref().map(|(command, _)| command.as_str()),
        by_hand: commands
            .as_ref()
            .map(|(_, by_hand)| by_hand.as_str())
            .or(searched),
        places: &places,
    };
    explain::screen(report, &around, session.now, &session.look())
}

/// A check of a release has no value outside of one.
fn of_a_release(session: &Session, asked: &str, check: &str) -> Result<Stop> {
    let stop = Stop::new(
        Exit::Usage,
        format!("`{asked}` is the check `release.{check}` of a release"),
    );
    let version = match &session.config().release {
        Some(version) => Some(version.clone()),
        None => readiness::suggestion(session)?.map(|(version, _)| version),
    };
    Ok(match version {
        Some(version) => stop.help(format!("cargo campaign gate --release {version}")),
        None => stop.help("`gate --release` makes it for the version that it is given"),
    })
}

/// Returns the command that measured a metric, as it was run and for a person.
fn commands(
    session: &Session,
    run: Option<&RunId>,
    collector: Option<&Collector>,
    metric: &str,
) -> Option<(String, String)> {
    let run = session.store.load(run?).ok()?;
    let invocation = plan::command_of(run.plan.steps_of(collector?), metric)?;
    Some((invocation.display(), invocation.by_hand()))
}

/// Returns a command that lists what is counted in the sources without being recorded place by place. It finds comments and
/// strings too.
fn search(session: &Session, metric: &str) -> Option<&'static str> {
    match (metric, session.git().is_ok()) {
        ("unsafe.blocks", true) => Some("git grep -nw unsafe -- '*.rs'"),
        ("unsafe.blocks", false) => Some("grep -rnw --include='*.rs' unsafe ."),
        ("todo.open", true) => Some("git grep -nwE 'TODO|FIXME' -- '*.rs'"),
        ("todo.open", false) => Some("grep -rnwE --include='*.rs' 'TODO|FIXME' ."),
        _ => None,
    }
}

/// Earlier figures of a metric, oldest first: those measured with the collector's settings of now. What was measured of one
/// package, or with other features, is no earlier figure of the same.
pub(super) fn trend(session: &Session, metric: &str) -> Vec<(i64, f64)> {
    let Some(collector) = session
        .catalogue()
        .get(metric)
        .map(|row| row.collector.clone())
    else {
        return Vec::new();
    };
    let settings = request::settings(session, std::slice::from_ref(&collector));
    let like =
        |head: &Head| !head.torn && head.settings.get(&collector) == settings.get(&collector);
    let heads = session.heads().filter(like).take(PAST);
    let figure = |id: &RunId, started: i64| match session
        .store
        .load(id)
        .ok()?
        .snapshot
        .metrics
        .get(metric)?
        .value
    {
        Value::Measured(value) => Some((started, value)),
        Value::Unavailable(_) => None,
    };
    let mut points: Vec<(i64, f64)> = heads
        .filter_map(|head| figure(&head.id, head.started))
        .collect();
    points.reverse();
    points
}

/// The unit of a metric.
pub(super) fn unit(session: &Session, metric: &str) -> Unit {
    session
        .catalogue()
        .get(metric)
        .map_or(Unit::Count, |row| row.unit.clone())
}

fn unknown(session: &Session, asked: &str) -> Stop {
    let gates = session.config().gates.iter().map(|gate| gate.id.as_str());
    let names: Vec<&str> = gates
        .chain(
            session
                .catalogue()
                .rows()
                .iter()
                .map(|row| row.name.as_str()),
        )
        .collect();
    if session
        .catalogue()
        .get(asked)
        .is_some_and(|row| row.derived)
    {
        let stop = Stop::new(
            Exit::NoVerdict,
            format!("`{asked}` is counted against the baseline, and no gate asks for it"),
        );
        return stop
            .help("cargo campaign diff (shows what it counts)")
            .help(format!("as a gate: \"{asked}\" = \"= 0\""));
    }
    let known = session.catalogue().get(asked).is_some();
    let message = if known {
        format!("`{asked}` was never measured here")
    } else {
        format!("unknown gate or metric `{asked}`")
    };
    let help = match spelling::nearest(asked, names) {
        Some(guess) if !known => format!("did you mean `{guess}`?"),
        _ if known => {
            format!(
                "cargo campaign run {}",
                session
                    .catalogue()
                    .get(asked)
                    .map_or("", |row| row.collector.name())
            )
        }
        _ => "cargo campaign status (lists the gates)".to_owned(),
    };
    Stop::new(if known { Exit::NoVerdict } else { Exit::Usage }, message).help(help)
}

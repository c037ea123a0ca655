//! The progress of workstreams, and recording the actions of people.
//!
//! | module | owns |
//! |---|---|
//! | `changes` | the commits of workstreams, and the branches that are not merged |
//! | `collisions` | workstreams that are in each other's way in files |
//! | `log` | the actions in `.campaign/log/` |
//! | `escalations` | escalated blockers: the longer one is open, the more people hear of it |
//! | `events`, `veto` | events about workstreams, and asking commands whether one may start |
//! | `owners` | owners from `CODEOWNERS` |
//! | `overview` | the state of workstreams, milestones and risks |
//! | `plan` | when workstreams can start and end, and who is in the way of whom |
//! | `states` | workstreams, milestones and risks as reports have them |
//! | `wait` | waiting until workstreams reach a status |

mod changes;
mod collisions;
pub(crate) mod escalations;
pub(crate) mod events;
mod log;
pub(crate) mod overview;
mod owners;
pub(crate) mod plan;
pub(crate) mod states;
mod veto;
mod wait;

use std::collections::BTreeMap;

use anyhow::Result;

use self::changes::WorkstreamChanges;
pub(crate) use self::log::LogEntry;
pub(crate) use self::wait::{Reached, WaitFor, wait};
use super::evaluate::Evaluation;
use super::repository::Tracked;
use super::{Context, Exit, Stop, attestations, evaluate};
use crate::collector;
use crate::event;
use crate::git::{Git, Trouble};
use crate::judge;
use crate::metric::Value;
use crate::options::spelling;
use crate::plan::Collector;
use crate::progress::{
    self, Activity, CriterionEvidence, CriterionOutcome, Status, WorkstreamProgress,
};
use crate::snapshot::TestId;
use crate::store;
use crate::workstream::{ActionKind, WorkstreamAction};

/// The answer to whether a workstream may start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Yes.
    Yes,
    /// No, and why.
    No(String),
    /// Not known, and why.
    Unknown(String),
}

/// Returns how far the workstreams are, in the order of the configuration, from recorded runs alone.
///
/// # Errors
/// If the attestations, the baseline or the names in gates are not valid.
pub(crate) fn list(cx: &Context) -> Result<Vec<WorkstreamProgress>> {
    if cx.config().workstreams.is_empty() {
        return Ok(Vec::new());
    }
    standings(cx, &evaluate::now(cx)?)
}

/// Returns how far the workstreams are on the values of an evaluation.
///
/// # Errors
/// If the attestations cannot be understood.
pub(crate) fn standings(cx: &Context, evaluation: &Evaluation) -> Result<Vec<WorkstreamProgress>> {
    let streams = owners::workstreams(cx);
    let given = attestations::given(cx)?;
    let git = cx.git();
    let tracked = Tracked::read(cx);
    let today = cx.today();
    let facts = evaluation.evidence(&today);
    let evidence = CriterionEvidence {
        judge: &|gates| judge::judge(gates, &[], cx.catalogue(), &facts),
        tracked: &|file| tracked.outcome(file),
        contains: &|file, text| contains(cx, file, text),
        test: &|id| test(evaluation, id),
        command: &|metric| command(evaluation, metric),
        attestations: given.as_deref().map_err(String::as_str),
        today: &today,
    };
    let criteria = streams.iter();
    let criteria = criteria.map(|stream| progress::criteria(stream, &evidence));
    let activities = activities(cx, evaluation, &git)?;
    Ok(progress::standings(
        &streams,
        criteria.collect(),
        activities,
    ))
}

/// Returns whether a file of the workspace contains a text.
fn contains(cx: &Context, file: &str, text: &str) -> Result<bool, String> {
    let content = store::read_text(&cx.root().join(file));
    let content = content.map_err(|error| format!("cannot read {file}: {error}"))?;
    Ok(content.contains(text))
}

/// Returns whether a test passed on the current sources.
fn test(evaluation: &Evaluation, id: &str) -> CriterionOutcome {
    let view = &evaluation.head;
    let tests = collector::of_tests();
    if let Some((run, reason)) = view.stale.get(&tests) {
        return CriterionOutcome::Unknown(format!("the tests ran only in run {run} ({reason})"));
    }
    if !view.sources.contains_key(&tests) {
        return CriterionOutcome::Unknown("the tests were not run".to_owned());
    }
    if let Some(test) = view.snapshot.tests.get(id) {
        return match test.outcome {
            event::Outcome::Passed => CriterionOutcome::Met,
            event::Outcome::Flaky => CriterionOutcome::Open("the test is flaky".to_owned()),
            event::Outcome::Failed => CriterionOutcome::Open("the test fails".to_owned()),
            event::Outcome::Ignored => CriterionOutcome::Open("the test is ignored".to_owned()),
        };
    }
    let suite = TestId::parse(id).suite.to_string();
    if let Some(reason) = view.snapshot.incomplete.get(&suite) {
        return CriterionOutcome::Unknown(format!(
            "the results of `{suite}` are incomplete: {reason}"
        ));
    }
    let names = view.snapshot.tests.keys().map(String::as_str);
    let guess =
        spelling::nearest(id, names).map(|name| format!(" ({})", spelling::did_you_mean(name)));
    CriterionOutcome::Open(format!(
        "there is no test `{id}`{}",
        guess.unwrap_or_default()
    ))
}

/// Returns whether the command succeeded whose exit status is a metric.
fn command(evaluation: &Evaluation, metric: &str) -> CriterionOutcome {
    let view = &evaluation.head;
    let objectives = Collector::from(collector::OBJECTIVES.to_owned());
    if let Some((run, reason)) = view.stale.get(&objectives) {
        return CriterionOutcome::Unknown(format!("it ran only in run {run} ({reason})"));
    }
    let reading = view.snapshot.metrics.get(metric);
    match reading.map(|reading| &reading.value) {
        None => CriterionOutcome::Open("not run".to_owned()),
        Some(Value::Measured(0.0)) => CriterionOutcome::Met,
        Some(Value::Measured(code)) => CriterionOutcome::Open(format!("it exited with {code}")),
        Some(Value::Unavailable(why)) => CriterionOutcome::Unknown(why.reason.clone()),
    }
}

/// Returns the actions and commits of each workstream since the baseline.
fn activities(
    cx: &Context,
    evaluation: &Evaluation,
    git: &Result<Git, Trouble>,
) -> Result<Vec<Activity>> {
    let streams = &cx.config().workstreams;
    let mut actions: BTreeMap<String, BTreeMap<String, WorkstreamAction>> = BTreeMap::new();
    for (name, action) in log::actions(cx)? {
        let of_stream = actions.entry(action.workstream.clone()).or_default();
        of_stream.insert(name, action);
    }
    let changes = changes::since_baseline(cx, evaluation, git).unwrap_or_else(|reason| {
        cx.note(&format!(
            "commits of workstreams since the baseline are unknown: {reason}"
        ));
        vec![WorkstreamChanges::default(); streams.len()]
    });
    let with_actions = streams
        .iter()
        .zip(changes)
        .map(|(stream, changes)| Activity {
            actions: actions.remove(&stream.id).unwrap_or_default(),
            commits: changes.commits,
            files: changes.files,
            tip: changes.tip,
        });
    Ok(with_actions.collect())
}

/// Returns a workstream of the list.
///
/// # Errors
/// If there is none with this id.
pub(crate) fn find<'s>(
    standings: &'s [WorkstreamProgress],
    id: &str,
) -> Result<&'s WorkstreamProgress> {
    let mut found = standings.iter();
    match found.find(|standing| standing.stream.id == id) {
        Some(standing) => Ok(standing),
        None => Err(unknown(
            standings.iter().map(|standing| standing.stream.id.as_str()),
            id,
        )),
    }
}

/// Checks that a workstream with this id is configured.
fn check(cx: &Context, id: &str) -> Result<()> {
    let ids: Vec<&str> = cx
        .config()
        .workstreams
        .iter()
        .map(|stream| stream.id.as_str())
        .collect();
    match ids.contains(&id) {
        true => Ok(()),
        false => Err(unknown(ids.into_iter(), id)),
    }
}

fn unknown<'s>(ids: impl Iterator<Item = &'s str> + Clone, id: &str) -> anyhow::Error {
    let stop = Stop::new(Exit::Usage, spelling::unknown("workstream", id));
    let stop = match (spelling::nearest(id, ids.clone()), ids.count()) {
        (Some(nearest), _) => stop.help(spelling::did_you_mean(nearest)),
        (None, 0) => stop.help("add `[[workstream]]` to campaign.toml"),
        (None, _) => stop.help("cargo campaign workstream list"),
    };
    stop.into()
}

/// Returns whether a workstream may start.
pub(crate) fn answer(standing: &WorkstreamProgress, all: &[WorkstreamProgress]) -> Answer {
    let mut reasons: Vec<String> = Vec::new();
    for (_, blocker) in standing.activity.blockers() {
        reasons.push(format!("blocked by {}: {}", blocker.author, blocker.text));
    }
    for wait in &standing.waits {
        let other = all.iter().find(|other| other.stream.id == wait.id);
        reasons.extend(other.map(why_not_complete));
    }
    let reasons = reasons.join("; ");
    match standing.may_start() {
        Some(true) => Answer::Yes,
        Some(false) => Answer::No(reasons),
        None => Answer::Unknown(reasons),
    }
}

/// Returns `7.3 is in progress (clippy warnings < 20: 24)`.
fn why_not_complete(standing: &WorkstreamProgress) -> String {
    let id = &standing.stream.id;
    let because = standing.next().map(|criterion| match &criterion.outcome {
        CriterionOutcome::Open(reason) | CriterionOutcome::Unknown(reason) => {
            format!(" ({}: {reason})", criterion.text)
        }
        CriterionOutcome::Met => String::new(),
    });
    let status = match standing.status {
        Status::Ready => "not started".to_owned(),
        status => status.to_string(),
    };
    format!("{id} is {status}{}", because.unwrap_or_default())
}

/// Records that work on a workstream began, and returns the entry and its file.
///
/// # Errors
/// If it may not start, or that is not known, unless a reason to start it anyway is given. If it is complete, or a command
/// with a veto refuses.
pub(crate) fn start(cx: &Context, id: &str, anyway: Option<&str>) -> Result<LogEntry> {
    let all = list(cx)?;
    let standing = find(&all, id)?;
    if standing.status == Status::Complete {
        let stop = Stop::new(Exit::Failed, format!("workstream {id} is complete"));
        return Err(stop.into());
    }
    if anyway.is_none() {
        let help = format!("cargo campaign workstream start {id} --anyway REASON");
        match answer(standing, &all) {
            Answer::Yes => {}
            Answer::No(reason) => {
                let stop = Stop::new(Exit::Failed, format!("{id} may not start: {reason}"));
                return Err(stop.help(help).into());
            }
            Answer::Unknown(reason) => {
                let message = format!("it is not known whether {id} may start: {reason}");
                return Err(Stop::new(Exit::NoVerdict, message).help(help).into());
            }
        }
    }
    let action = log::action(cx, id, ActionKind::Start, anyway.unwrap_or_default())?;
    veto::ask(cx, &action)?;
    log::add(cx, action)
}

/// Records a note about a workstream.
///
/// # Errors
/// If it does not exist, or the text is empty.
pub(crate) fn note(cx: &Context, id: &str, text: &str) -> Result<LogEntry> {
    check(cx, id)?;
    log::record(cx, id, ActionKind::Note, &not_empty(text, "note")?)
}

/// Records that something prevents the work on a workstream.
///
/// # Errors
/// If it does not exist, or the reason is empty.
pub(crate) fn block(cx: &Context, id: &str, reason: &str) -> Result<LogEntry> {
    check(cx, id)?;
    log::record(cx, id, ActionKind::Block, &not_empty(reason, "reason")?)
}

/// Records that the blockers of a workstream do not prevent the work any more.
///
/// # Errors
/// If it does not exist, or has no blocker.
pub(crate) fn unblock(cx: &Context, id: &str, reason: Option<&str>) -> Result<LogEntry> {
    check(cx, id)?;
    let actions = log::actions(cx)?.into_iter();
    let activity = Activity {
        actions: actions
            .filter(|(_, action)| action.workstream == id)
            .collect(),
        ..Activity::default()
    };
    let closes: Vec<String> = activity.blockers().map(|(name, _)| name.clone()).collect();
    if closes.is_empty() {
        let stop = Stop::new(
            Exit::Failed,
            format!("workstream {id} has no recorded blocker"),
        );
        return Err(stop
            .help(format!("cargo campaign workstream show {id}"))
            .into());
    }
    log::record(
        cx,
        id,
        ActionKind::Unblock { closes },
        reason.unwrap_or_default(),
    )
}

fn not_empty(text: &str, what: &str) -> Result<String> {
    match text.trim() {
        "" => Err(Stop::new(Exit::Usage, format!("the {what} is empty")).into()),
        text => Ok(text.to_owned()),
    }
}

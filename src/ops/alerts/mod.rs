//! Alerts: which are open after the recorded runs, telling people about changes, and acknowledging.
//!
//! | module | owns |
//! |---|---|
//! | `observe` | the result of a recorded run for each rule |
//! | `missing` | collectors of the schedule that were not measured for too long |
//! | `event` | the events about alerts and runs |
//! | `outbox` | messages that wait to be sent, and events that wait for a digest |
//! | `state` | the files that all of this is kept in |
//!
//! A verdict and an exit code never depend on anything here: [`process`] reports its errors as
//! warnings.

mod event;
mod missing;
mod observe;
mod outbox;
mod state;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use self::observe::Observer;
use self::outbox::Outbox;
pub(crate) use self::state::UnusableState;
use self::state::{AlertState, ConfigPlace, KnownProgress, ObservedRuns, REMEMBERED};
use super::notice::Notice;
use super::{Context, Exit, Stop};
use crate::alert::{self, Acknowledgement, Alert, AlertKey, AlertPhase, Observation, Transition};
use crate::notification::{Channel, Event, Severity, Subscription};
use crate::notify::{Printed, Sender};
use crate::ops::evaluate::{self, view};
use crate::ops::workstreams;
use crate::options::environment;
use crate::options::spelling;
use crate::plan::Collector;
use crate::report::figure::counted;
use crate::run::{Run, RunId};
use crate::store::{self, Head};

/// The number of runs that are observed at once. Older ones are passed over.
const BACK: usize = 50;

/// The longest time of an attempt to send a message.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The time after which no further attempt begins, in seconds.
const BUDGET: i64 = 20;

/// The kind of log entries that acknowledge alerts.
const ACKNOWLEDGED: &str = "alert-ack";

/// Observes the runs that were recorded since the last time, and announces changes. `runs`
/// are those of this command.
///
/// Errors are warnings. While another command measures, nothing happens: the next command observes
/// the runs of this one too.
pub(crate) fn process(cx: &Context, runs: &[Run]) {
    announce(cx, runs, &[]);
}

/// Announces these events too.
pub(crate) fn announce(cx: &Context, runs: &[Run], events: &[Event]) {
    let config = cx.config();
    let is_configured = !config.alerts.is_empty() || !config.notify.is_empty();
    if !is_configured || cx.is_proposal() || cx.is_narrowed() {
        return;
    }
    if let Err(error) = try_process(cx, runs, events) {
        cx.warn(&format!("could not process alerts: {error}"));
        let hint = error.downcast_ref().and_then(store::Error::hint);
        hint.iter().for_each(|hint| cx.help(hint));
    }
}

/// Returns the state files of alerts that cannot be used.
pub(crate) fn unusable_state(cx: &Context) -> Vec<UnusableState> {
    state::unusable(&cx.store)
}

fn try_process(cx: &Context, runs: &[Run], others: &[Event]) -> Result<()> {
    let Some(_lock) = cx.try_lock()? else {
        if !others.is_empty() && !cx.config().notify.is_empty() {
            cx.warn("another command measures, so no notification is sent about this");
        }
        return Ok(());
    };
    let mut state = AlertState::load(cx)?;
    let mut outbox = state::load_outbox(cx)?;
    let now = cx.now();
    state.adopt_told(outbox.channels());
    let observer = Observer::new(cx);
    catch_up(cx, &observer, &mut state);

    let print = |printed: Printed<'_>| print(cx, printed);
    let sender = Sender {
        root: cx.root(),
        variable: &environment::variable,
        print: &print,
        cancel: &cx.cancel,
        timeout: TIMEOUT,
    };
    let available: Vec<&Subscription> = cx
        .config()
        .notify
        .iter()
        .filter(|one| sender.is_available(&one.channel))
        .collect();
    follow_channels(cx, &mut state, &mut outbox);
    tell(cx, &observer, &mut state, &mut outbox, &available);
    let recorded = runs.iter().filter(|run| run.id.is_some());
    let mut events: Vec<Event> = recorded.map(|run| event::of_run(cx, run)).collect();
    events.extend(others.iter().cloned());
    let mut progress = state::load_progress(cx)?;
    let branch = state.place.branch.as_deref();
    events.extend(changes(cx, branch, &mut progress));
    outbox.add(&available, &events, now);
    note_unsent(cx, &mut outbox, &available, &events);
    let unset = unset(cx, &observer, &state, &outbox).into_iter();
    unset.for_each(|one| one.note().iter().for_each(|note| cx.note(note)));
    let good = state.here.alerts.firing().into_iter();
    let good = good.filter(|alert| alert.severity == Severity::Info);
    let branch = state.place.branch.as_deref();
    let standing: Vec<_> = good
        .map(|alert| event::standing(cx, alert, branch, now))
        .collect();
    outbox.make_digests(&available, &standing, &cx.config().schedule.zone, now);

    // In this order a crash in between repeats an event with the same id, and never loses one.
    state::save_outbox(&outbox, &cx.store)?;
    state.save(&cx.store)?;
    if progress.is_known() {
        state::save_progress(&progress, &cx.store)?;
    }
    if cx.cancel.is_set() {
        return Ok(());
    }
    let mut failed: BTreeMap<String, String> = BTreeMap::new();
    outbox.send(
        &available,
        &|| cx.now(),
        now + BUDGET,
        &mut |subscription, message| {
            let sent = sender.send(&subscription.channel, subscription.format, message);
            note_file(cx, &subscription.channel);
            if let Err(error) = &sent {
                failed.insert(subscription.channel.identity(), error.reason.clone());
            }
            sent
        },
        &mut |outbox| state::save_outbox(outbox, &cx.store),
    )?;
    for (channel, why) in failed {
        let own = outbox.waiting().iter().filter(|one| one.channel == channel);
        let waiting = counted(own.count(), "notification");
        cx.warn(&format!(
            "could not deliver to {channel}: {why} (waiting: {waiting})"
        ));
    }
    if outbox.forget_excess() {
        state::save_outbox(&outbox, &cx.store)?;
    }
    Ok(())
}

/// Returns the events about computed changes of workstreams and milestones, if a channel receives such events.
fn changes(cx: &Context, branch: Option<&str>, progress: &mut KnownProgress) -> Vec<Event> {
    let mut channels = cx.config().notify.iter();
    if cx.config().workstreams.is_empty() || !channels.any(Subscription::is_about_plan) {
        return Vec::new();
    }
    let evaluation = evaluate::now(cx);
    match evaluation.and_then(|evaluation| workstreams::overview::overview(cx, &evaluation)) {
        Ok(overview) => {
            let known = progress.on(branch);
            let mut events = workstreams::escalations::of_changes(cx, &overview, known);
            events.extend(workstreams::events::of_changes(cx, &overview, known));
            events
        }
        Err(error) => {
            cx.warn(&format!("changes of workstreams are not known: {error}"));
            Vec::new()
        }
    }
}

/// Passes on what waits for channels that are not configured any more, or drops it.
fn follow_channels(cx: &Context, state: &mut AlertState, outbox: &mut Outbox) {
    let configured = &cx.config().notify;
    if configured.is_empty() {
        return;
    }
    let before = outbox.channels().clone();
    let dropped = outbox.reassign(configured);
    if !dropped.is_empty() {
        cx.warn(&format!(
            "dropped {}: the channel is not configured any more",
            counted(dropped.len(), "notification")
        ));
    }
    let heir = |channel: &str| {
        let mut heirs = outbox::heirs(configured, &before, channel);
        heirs.next().map(|one| one.channel.identity())
    };
    state.follow_channels(&identities(configured), heir, &dropped);
}

/// Adds the messages about alerts for each channel that can be used.
fn tell(
    cx: &Context,
    observer: &Observer<'_>,
    state: &mut AlertState,
    outbox: &mut Outbox,
    available: &[&Subscription],
) {
    let now = cx.now();
    let branch = state.place.branch.clone();
    let branch = branch.as_deref();
    let is_configured = |key: &AlertKey| is_configured(cx, observer, key);
    let gone = gone_branches(cx, state);
    for channel in identities(available.iter().copied()) {
        let is_own = |one: &&Subscription| one.channel.identity() == channel;
        let own: Vec<&Subscription> = available.iter().copied().filter(is_own).collect();
        for branch in &gone {
            let branch = branch.as_deref();
            let changes = state.tell_gone(&channel, branch, now);
            add_changes(cx, outbox, (&channel, &own), &changes, branch);
        }
        let changes = state.tell(&channel, is_configured, now);
        add_changes(cx, outbox, (&channel, &own), &changes, branch);
    }
}

/// Adds the messages for a channel about changes on a branch.
fn add_changes(
    cx: &Context,
    outbox: &mut Outbox,
    (channel, subscriptions): (&str, &[&Subscription]),
    changes: &[Transition],
    branch: Option<&str>,
) {
    let mut events = Vec::new();
    for change in changes {
        match event::of_transition(cx, change, branch) {
            Some(event) => events.push(event),
            // The end of a good state is not sent, and its beginning is not true any more.
            None => outbox.withdraw(channel, &change.alert.id, branch),
        }
    }
    outbox.add(subscriptions, &events, cx.now());
}

/// Returns the branches whose alerts channels know of, and which neither this clone nor a remote of it has any more. A
/// detached HEAD, which is not a branch, is gone once a branch is checked out. A CI service fetches one branch only, which says
/// nothing about the others.
fn gone_branches(cx: &Context, state: &AlertState) -> BTreeSet<Option<String>> {
    let mut gone = state.other_branches();
    if gone.is_empty() || cx.options.environment.ci {
        return BTreeSet::new();
    }
    let Ok(existing) = cx.git().and_then(|git| git.branches()) else {
        return BTreeSet::new();
    };
    gone.retain(|branch| {
        branch
            .as_ref()
            .is_none_or(|branch| !existing.contains(branch))
    });
    gone
}

/// Returns the identities of channels, each once.
fn identities<'a>(channels: impl IntoIterator<Item = &'a Subscription>) -> BTreeSet<String> {
    let channels = channels.into_iter();
    channels.map(|one| one.channel.identity()).collect()
}

/// Notes that events are not sent to a channel whose variable is not set, once until it is set. Unlike
/// alerts, they are not sent later.
fn note_unsent(cx: &Context, outbox: &mut Outbox, available: &[&Subscription], events: &[Event]) {
    let channels = cx.config().notify.iter();
    let off = channels.filter(|one| {
        let is_on = available.iter().any(|other| other.channel == one.channel);
        !is_on && events.iter().any(|event| one.includes(event))
    });
    let off: BTreeMap<String, &str> = off
        .filter_map(|one| Some((one.channel.variable()?.to_owned(), one.channel.kind)))
        .collect();
    for variable in outbox.newly_off(available, off.keys().cloned().collect()) {
        let kind = off[&variable];
        cx.note(&format!(
            "${variable} is not set: events about runs are not sent to its {kind} until it is"
        ));
    }
}

/// Remembers a file of messages, so that it does not count as a source and results stay current.
fn note_file(cx: &Context, channel: &Channel) {
    if let Some(path) = channel.file()
        && let Ok(bytes) = store::read_file(&cx.root().join(path), store::TEXT_LIMIT)
    {
        cx.store.note_report(&bytes);
    }
}

fn print(cx: &Context, printed: Printed<'_>) {
    match printed {
        Printed::Alert(Severity::Info, text) => cx.note(text),
        Printed::Alert(Severity::Warning, text) => cx.warn(&format!("alert: {text}")),
        Printed::Alert(Severity::Critical, text) => cx.warn(&format!("critical alert: {text}")),
        Printed::Annotation(line) => cx.notify(&Notice::Annotation(line)),
    }
}

/// Observes the runs that were recorded since the last time, oldest first, and the time that has
/// passed.
fn catch_up(cx: &Context, observer: &Observer<'_>, state: &mut AlertState) {
    state.enter(ConfigPlace::new(cx), cx.now(), |key| {
        is_configured(cx, observer, key)
    });
    for id in unseen(cx, &mut state.observed) {
        // A damaged run is reported where runs are listed.
        let Ok(run) = cx.store.load(&id) else {
            continue;
        };
        if run.torn {
            continue;
        }
        // The schedule counts it, whatever it was made for.
        missing::remember(observer.series_of(&run), &run, state, cx.now());
        if is_own(&run, &state.place) {
            let mut seen = observe_run(observer, &run, state, cx.now());
            // Together with the run: when compile errors end, the alerts that they muted are announced
            // at once, and a collector that this run measured must not be among them.
            seen.facts
                .extend(missing::facts(cx, observer, state, run.started));
            state.here.observe(&seen);
        }
    }
    observe_current(cx, observer, state);
    missing::remember_jobs(cx, observer, state, cx.now());
    let overdue = Observation {
        at: cx.now(),
        facts: missing::facts(cx, observer, state, cx.now()),
        ..Observation::default()
    };
    state.here.observe(&overdue);
}

/// Returns whether a run was made on this branch and by its own rules, unlike one of a pull request.
fn is_own(run: &Run, place: &ConfigPlace) -> bool {
    run.base.is_none() && run.provenance.branch == place.branch
}

/// Returns the result of a recorded run. One of another machine may arrive late: it says nothing about
/// the collectors of which a newer run was observed.
fn observe_run(
    observer: &Observer<'_>,
    run: &Run,
    state: &mut AlertState,
    now: i64,
) -> Observation {
    let mut series = observer.configured_series(run);
    state.here.newest.remove_late(&mut series, run.started, now);
    let mut seen = observer.observe(run, &series, &state.here.alerts);
    if !state.here.newest.is_late(run.started, now) {
        seen.facts
            .extend(Observer::removed(run, &state.here.alerts));
    }
    if let Some(id) = &run.id {
        state.here.newest.add(&series, id, run.started);
    }
    seen
}

/// Observes the recorded results that are current again, because the sources came back to a state that
/// was measured before. No run measures them a second time.
fn observe_current(cx: &Context, observer: &Observer<'_>, state: &mut AlertState) {
    let wanted: BTreeSet<Collector> = observer.series.keys().cloned().collect();
    if wanted.is_empty() || cx.at.is_some() {
        return;
    }
    // Sources that cannot be read are reported where they are measured.
    let Ok(current) = view::current(cx, &wanted) else {
        return;
    };
    let mut runs: BTreeMap<RunId, BTreeSet<Collector>> = BTreeMap::new();
    for (collector, run) in current.view.sources {
        runs.entry(run).or_default().insert(collector);
    }
    for (id, collectors) in runs {
        let Ok(run) = cx.store.load(&id) else {
            continue;
        };
        let mut series = observer.configured_series(&run);
        series.retain(|collector, _| collectors.contains(collector));
        state.here.newest.remove_observed(&mut series, &id);
        if series.is_empty() {
            continue;
        }
        let seen = Observation {
            at: cx.now(),
            commit: cx.git().and_then(|git| git.head()).unwrap_or_default(),
            ..observer.observe(&run, &series, &state.here.alerts)
        };
        state.here.newest.add(&series, &id, seen.at);
        state.here.observe(&seen);
        missing::remember_current(series, &run, state, cx.now());
    }
}

/// Returns the runs that were not observed yet, the last recorded last, and remembers them.
fn unseen(cx: &Context, observed: &mut ObservedRuns) -> Vec<RunId> {
    let newest = cx.heads().take(REMEMBERED);
    let mut new: Vec<Head> = newest.filter(|head| observed.is_new(head)).collect();
    new.reverse();
    let passed_over = new.len().saturating_sub(BACK);
    let ids = new[passed_over..].iter().map(|head| head.id.clone());
    let ids = ids.collect();
    observed.add(new);
    ids
}

/// Returns whether the rule and the series of an alert are configured, and its package is not excluded.
fn is_configured(cx: &Context, observer: &Observer<'_>, key: &AlertKey) -> bool {
    if key.rule == missing::RULE {
        return missing::is_current(cx, observer, key);
    }
    if let Some(package) = &key.package
        && cx.config().collect.exclude.contains(package)
    {
        return false;
    }
    let row = cx.catalogue().get(&key.metric);
    let series = row.and_then(|row| observer.series.get(&row.collector));
    let is_series = series.is_some_and(|all| all.iter().any(|(name, _)| *name == key.series));
    let mut rules = cx.config().alerts.iter();
    is_series && rules.any(|rule| rule.identity() == key.rule)
}

/// The alerts of a campaign, and what waits to be sent.
pub(crate) struct Overview {
    /// The alerts that are pending, firing or known, and those that were resolved last.
    pub(crate) alerts: Vec<OpenAlert>,
    /// The messages that wait for their channel.
    pub(crate) outbox: Outbox,
    /// Variables of webhooks that are not set here.
    pub(crate) unset: Vec<UnsetVariable>,
}

/// The variable of a channel that is not set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnsetVariable {
    /// Its name.
    pub(crate) name: String,
    /// The kind of the channel.
    pub(crate) kind: &'static str,
    /// The number of messages about alerts that would be sent now if it were set.
    waiting: usize,
}

impl UnsetVariable {
    /// Returns how many messages wait for it, if any do.
    pub(crate) fn note(&self) -> Option<String> {
        let Self { name, kind, .. } = self;
        let verb = match self.waiting {
            0 => return None,
            1 => "waits",
            _ => "wait",
        };
        let count = counted(self.waiting, "notification");
        Some(format!(
            "{count} {verb} for {kind} ${name}, which is not set"
        ))
    }
}

/// An alert with its acknowledgement.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OpenAlert {
    /// The alert.
    pub(crate) alert: Alert,
    /// Who acknowledged it, and why.
    pub(crate) acknowledged: Option<Acknowledgement>,
}

/// Returns the alerts after every recorded run, the most important first. Nothing is written or sent.
///
/// # Errors
/// If the state cannot be read.
pub(crate) fn overview(cx: &Context) -> Result<Overview> {
    let mut state = AlertState::load(cx)?;
    let observer = Observer::new(cx);
    if !cx.config().alerts.is_empty() && !cx.is_narrowed() {
        catch_up(cx, &observer, &mut state);
    }
    let all = acknowledgements(cx);
    let acknowledged = alert::acknowledged(&state.here.alerts, &all, cx.latest());
    let shown = state.here.alerts.all().iter();
    let shown = shown.filter(|alert| alert.phase != AlertPhase::Inactive);
    let mut alerts: Vec<OpenAlert> = shown
        .map(|alert| OpenAlert {
            alert: alert.clone(),
            acknowledged: acknowledged.get(alert.id.as_str()).copied().cloned(),
        })
        .collect();
    alerts.sort_by_key(|open| (order(&open.alert), open.alert.severity));
    let mut outbox = state::load_outbox(cx)?;
    outbox.reassign(&cx.config().notify);
    let unset = unset(cx, &observer, &state, &outbox);
    Ok(Overview {
        alerts,
        outbox,
        unset,
    })
}

/// Returns the ids of the alerts that fire, are about something bad and were not acknowledged, the most
/// important first.
///
/// # Errors
/// If the state cannot be read.
pub(crate) fn firing(cx: &Context) -> Result<Vec<String>> {
    if cx.config().alerts.is_empty() {
        return Ok(Vec::new());
    }
    let alerts = overview(cx)?.alerts.into_iter();
    let open = alerts.filter(|open| {
        open.alert.is_firing()
            && open.alert.severity != Severity::Info
            && open.acknowledged.is_none()
    });
    Ok(open.map(|open| open.alert.id).collect())
}

/// Returns the place of an alert in a list: those that fire come first.
fn order(alert: &Alert) -> u8 {
    match alert.phase {
        AlertPhase::Firing { .. } => 0,
        AlertPhase::Pending { .. } => 1,
        AlertPhase::Known { .. } => 2,
        AlertPhase::Resolved { .. } | AlertPhase::Inactive => 3,
    }
}

/// Returns the variables of webhooks that are not set, each once.
pub(crate) fn unset_variables(cx: &Context) -> BTreeMap<&str, &'static str> {
    let channels = cx.config().notify.iter().map(|one| &one.channel);
    let variables = channels.filter_map(|one| Some((one.variable()?, one.kind)));
    variables
        .filter(|(name, _)| environment::variable(name).is_none_or(|value| value.is_empty()))
        .collect()
}

/// Returns the variables that channels need and that are not set, with the number of messages that wait for each.
fn unset(
    cx: &Context,
    observer: &Observer<'_>,
    state: &AlertState,
    outbox: &Outbox,
) -> Vec<UnsetVariable> {
    let variables = unset_variables(cx).into_iter();
    let unset = variables.map(|(variable, kind)| UnsetVariable {
        name: variable.to_owned(),
        kind,
        waiting: waiting(cx, observer, state, outbox, variable),
    });
    unset.collect()
}

/// Returns the number of messages about alerts that a channel would get now if its variable were set.
fn waiting(
    cx: &Context,
    observer: &Observer<'_>,
    state: &AlertState,
    outbox: &Outbox,
    variable: &str,
) -> usize {
    let own = cx.config().notify.iter();
    let own = own.filter(|one| one.channel.variable() == Some(variable));
    let Some(channel) = own.clone().next().map(|one| one.channel.identity()) else {
        return 0;
    };
    let changes = state
        .clone()
        .tell(&channel, |key| is_configured(cx, observer, key), cx.now());
    let branch = state.place.branch.as_deref();
    let events = changes
        .iter()
        .filter_map(|change| event::outline(cx, change, branch));
    let untold = events.filter(|event| own.clone().any(|one| one.includes(event)));
    let in_outbox = outbox.waiting().iter();
    untold.count() + in_outbox.filter(|one| one.channel == channel).count()
}

/// An acknowledgement as the log has it.
#[derive(Serialize, Deserialize)]
struct Logged {
    alert: String,
    /// RFC 3339, UTC.
    time: String,
    author: String,
    reason: String,
}

fn acknowledgements(cx: &Context) -> Vec<Acknowledgement> {
    // Without them, alerts are announced again.
    let entries = cx.store.log_entries(ACKNOWLEDGED).unwrap_or_default();
    // An entry of a later version may have another form.
    let read = entries.iter().filter_map(|(_, bytes)| {
        let logged: Logged = serde_json::from_slice(bytes).ok()?;
        let time: jiff::Timestamp = logged.time.parse().ok()?;
        Some(Acknowledgement {
            alert: logged.alert,
            at: time.as_second(),
            author: logged.author,
            reason: logged.reason,
        })
    });
    read.collect()
}

/// Returns the acknowledgements that are dated in the future. They have no effect.
pub(crate) fn future_acknowledgements(cx: &Context) -> Vec<Acknowledgement> {
    let mut all = acknowledgements(cx);
    all.retain(|one| one.at > cx.latest());
    all
}

/// Acknowledges an alert that fires, and returns the entry of the log and its file.
///
/// # Errors
/// If no such alert fires, or the entry cannot be written.
pub(crate) fn acknowledge(
    cx: &Context,
    id: &str,
    reason: &str,
) -> Result<(Acknowledgement, std::path::PathBuf)> {
    let overview = overview(cx)?;
    let firing = overview.alerts.iter().map(|open| &open.alert);
    let firing: Vec<&str> = firing
        .filter(|alert| alert.is_firing())
        .map(|alert| alert.id.as_str())
        .collect();
    if !firing.contains(&id) {
        return Err(no_such_alert(id, &firing).into());
    }
    if reason.trim().is_empty() {
        let stop = Stop::new(Exit::Usage, "the reason is empty");
        return Err(stop.help("--reason \"what is being done about it\"").into());
    }
    let entry = Acknowledgement {
        alert: id.to_owned(),
        at: cx.now(),
        author: cx.author()?,
        reason: reason.trim().to_owned(),
    };
    let logged = Logged {
        alert: entry.alert.clone(),
        time: event::rfc3339(entry.at),
        author: entry.author.clone(),
        reason: entry.reason.clone(),
    };
    let mut text = serde_json::to_string_pretty(&logged)?;
    text.push('\n');
    let file = cx
        .store
        .add_log_entry(entry.at, ACKNOWLEDGED, text.as_bytes())?;
    Ok((entry, file))
}

fn no_such_alert(id: &str, firing: &[&str]) -> Stop {
    let id = crate::text::excerpt(id);
    let stop = Stop::new(Exit::Usage, format!("no alert `{id}` fires"));
    match spelling::nearest(&id, firing.iter().copied()) {
        Some(nearest) => stop.help(format!("did you mean `{nearest}`?")),
        None => stop.help("cargo campaign alert list"),
    }
}

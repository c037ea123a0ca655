//! What alerts remember between two commands.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;

use anyhow::Result;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::outbox::Outbox;
use crate::alert::{Alert, AlertKey, Alerts, Observation, Told, Transition};
use crate::ops::Context;
use crate::plan::Collector;
use crate::probe;
use crate::run::RunId;
use crate::store::{self, Head, Store};

/// The state files.
const ALERTS: &str = "alerts";
const OUTBOX: &str = "outbox";
const PROGRESS: &str = "progress";

/// The number of observed runs that are remembered.
pub(super) const REMEMBERED: usize = 200;

/// The alerts after the runs that were observed. All but the messages to channels could be derived from
/// the record again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct AlertState {
    /// The runs that were observed.
    #[serde(default)]
    pub(super) observed: ObservedRuns,
    /// Where the rules of these alerts are configured.
    #[serde(default)]
    pub(super) place: ConfigPlace,
    /// The alerts of the branch that is checked out.
    #[serde(flatten)]
    pub(super) here: BranchAlerts,
    /// Those of other branches, the last left last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    branches: Vec<OtherBranch>,
    /// When each collector and series was last measured, in Unix seconds.
    #[serde(default)]
    pub(super) measured: BTreeMap<String, i64>,
    /// When a collector and series was first tried or seen in the schedule, if it was never measured.
    #[serde(default)]
    pub(super) tried: BTreeMap<String, i64>,
}

/// The alerts of a branch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct BranchAlerts {
    /// The alerts.
    pub(super) alerts: Alerts,
    /// The alerts of rules that are configured in another place only.
    #[serde(default)]
    elsewhere: Vec<AlertElsewhere>,
    /// The alerts that each channel knows of, by [`crate::notification::Channel::identity`].
    #[serde(default)]
    told: BTreeMap<String, Told>,
    /// The last observation.
    #[serde(default)]
    pub(super) newest: NewestObserved,
}

/// The alerts of a branch that is not checked out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct OtherBranch {
    /// `None` for those of a detached HEAD.
    branch: Option<String>,
    /// When it was left, in Unix seconds.
    since: i64,
    #[serde(flatten)]
    alerts: BranchAlerts,
}

/// A configuration. A rule that another one does not have was not removed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ConfigPlace {
    /// The file, relative to the root.
    file: String,
    /// The branch. `None` if HEAD is detached or there is no repository.
    pub(super) branch: Option<String>,
}

/// An alert whose rule another configuration has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct AlertElsewhere {
    place: ConfigPlace,
    /// Since when it has not been configured, in Unix seconds.
    since: i64,
    alert: Alert,
}

/// The time for which the alerts of another configuration or branch are kept, in seconds.
const KEPT: i64 = 30 * 24 * 3600;

/// The number of other branches whose alerts are kept.
const MOST_BRANCHES: usize = 20;

/// The size in bytes above which no alerts of other branches are kept. The store reads a file twice as large.
const MOST_BYTES: usize = 8 << 20;

/// The number of channels that are remembered although they are not configured.
const MOST_CHANNELS: usize = 50;

/// The runs that were observed, of which the last [`REMEMBERED`] are remembered one by one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct ObservedRuns {
    /// The sequence numbers and ids, in the order in which they were observed.
    last: Vec<(u64, RunId)>,
    /// The latest start of an observed run, in Unix seconds.
    latest: i64,
}

impl ObservedRuns {
    /// Returns whether a run was recorded after the remembered ones and not observed.
    ///
    /// Sequence numbers begin again at 1 if every run is removed, and clocks are set back. Therefore
    /// a run is new if either its number or its time says so.
    pub(super) fn is_new(&self, run: &Head) -> bool {
        let Some(oldest) = self.last.iter().map(|(sequence, _)| *sequence).min() else {
            return true;
        };
        let is_later = run.sequence >= oldest || run.started > self.latest;
        is_later && self.last.iter().all(|(_, id)| *id != run.id)
    }

    /// Remembers runs, the last recorded last.
    pub(super) fn add(&mut self, runs: impl IntoIterator<Item = Head>) {
        for run in runs {
            self.latest = run.started.max(self.latest);
            self.last.push((run.sequence, run.id));
        }
        self.last
            .drain(..self.last.len().saturating_sub(REMEMBERED));
    }
}

/// The newest observation of each collector and series.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct NewestObserved(BTreeMap<String, ObservedRun>);

/// A run that was observed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct ObservedRun {
    run: RunId,
    /// When it was the newest one, in Unix seconds: when it started, or later if it became current
    /// again.
    at: i64,
}

impl NewestObserved {
    /// Returns whether anything newer was observed than a run that started at this time.
    pub(super) fn is_late(&self, started: i64, now: i64) -> bool {
        self.0.values().any(|newest| newest.is_newer(started, now))
    }

    /// Removes the collectors of which a newer run was observed.
    pub(super) fn remove_late(
        &self,
        series: &mut BTreeMap<Collector, String>,
        started: i64,
        now: i64,
    ) {
        series.retain(|collector, name| {
            let newest = self.0.get(&series_name(collector.name(), name));
            newest.is_none_or(|newest| !newest.is_newer(started, now))
        });
    }

    /// Removes the collectors of which this run was observed last.
    pub(super) fn remove_observed(&self, series: &mut BTreeMap<Collector, String>, run: &RunId) {
        series.retain(|collector, name| {
            let newest = self.0.get(&series_name(collector.name(), name));
            newest.is_none_or(|newest| newest.run != *run)
        });
    }

    /// Remembers that a run is the newest one of these collectors.
    pub(super) fn add(&mut self, series: &BTreeMap<Collector, String>, run: &RunId, at: i64) {
        for (collector, name) in series {
            let run = run.clone();
            let name = series_name(collector.name(), name);
            self.0.insert(name, ObservedRun { run, at });
        }
    }
}

impl ObservedRun {
    /// Returns whether it is newer than a run that started at this time. A time in the future comes
    /// from a clock that was wrong, and must not hide the runs that follow.
    const fn is_newer(&self, started: i64, now: i64) -> bool {
        self.at <= now && started < self.at
    }
}

/// Returns the alerts that channels know of when a new branch begins.
fn inherited(told: &BTreeMap<String, Told>) -> BTreeMap<String, Told> {
    let told = told.iter();
    told.map(|(channel, told)| (channel.clone(), told.inherited()))
        .collect()
}

/// Returns the name of a collector and series.
pub(super) fn series_name(collector: &str, series: &str) -> String {
    match series.is_empty() {
        true => collector.to_owned(),
        false => format!("{collector} {series}"),
    }
}

impl ConfigPlace {
    pub(super) fn new(cx: &Context) -> Self {
        let file = cx.options.path.as_deref();
        let file = file.map(|path| probe::relative(cx.root(), path));
        let standing = cx.git().and_then(|git| git.standing());
        Self {
            file: file.unwrap_or_default(),
            branch: standing.ok().and_then(|standing| cx.branch(&standing)),
        }
    }
}

impl BranchAlerts {
    /// Takes a measurement. New alerts get no id under which one of another configuration fires.
    pub(super) fn observe(&mut self, seen: &Observation) {
        let elsewhere = self.elsewhere.iter().map(|other| &other.alert);
        let firing = elsewhere.filter(|alert| alert.is_firing());
        let ids = firing.map(|alert| alert.id.clone()).collect();
        self.alerts.observe(seen, &ids);
    }
}

impl AlertState {
    /// Moves to another configuration: keeps the alerts of rules that only the earlier one has, and
    /// continues those of rules that are configured again. Forgets those of rules that were removed from
    /// their own configuration, or have been elsewhere for too long.
    pub(super) fn enter(
        &mut self,
        place: ConfigPlace,
        now: i64,
        is_configured: impl Fn(&AlertKey) -> bool,
    ) {
        if place.branch != self.place.branch {
            self.switch(&place.branch, now);
        }
        let here = &mut self.here;
        let unconfigured = here.alerts.take_unconfigured(&is_configured).into_iter();
        here.elsewhere
            .extend(unconfigured.map(|alert| AlertElsewhere {
                place: self.place.clone(),
                since: now,
                alert,
            }));
        for other in std::mem::take(&mut here.elsewhere) {
            if is_configured(&other.alert.key) {
                here.alerts.restore(other.alert);
            } else if other.place != place && now - other.since <= KEPT {
                here.elsewhere.push(other);
            }
        }
        self.place = place;
    }

    /// Moves to the alerts of another branch. A new branch begins with those of the branch before it, so
    /// that the ones that fire there are not new.
    fn switch(&mut self, branch: &Option<String>, now: i64) {
        let known = self.branches.iter().position(|one| one.branch == *branch);
        let next = match known {
            Some(at) => self.branches.remove(at).alerts,
            None => BranchAlerts {
                told: inherited(&self.here.told),
                ..self.here.clone()
            },
        };
        let left = OtherBranch {
            branch: self.place.branch.clone(),
            since: now,
            alerts: std::mem::replace(&mut self.here, next),
        };
        // Before the first observation, no branch has alerts to come back to.
        if left.alerts != BranchAlerts::default() {
            self.branches.push(left);
        }
        self.branches.retain(|one| now - one.since <= KEPT);
        let excess = self.branches.len().saturating_sub(MOST_BRANCHES);
        self.branches.drain(..excess);
    }

    /// Returns the branches whose alerts channels know of, without the one that is checked out. `None` is a detached HEAD.
    pub(super) fn other_branches(&self) -> BTreeSet<Option<String>> {
        let others = self.branches.iter();
        let known = others.filter(|one| !one.alerts.told.is_empty());
        known.map(|one| one.branch.clone()).collect()
    }

    /// Returns the ends of the alerts that a channel knows of on a branch that does not exist any more, and remembers
    /// them as sent. Alerts that other branches inherited from it are sent there if they still fire.
    pub(super) fn tell_gone(
        &mut self,
        channel: &str,
        branch: Option<&str>,
        now: i64,
    ) -> Vec<Transition> {
        let mut others = self.branches.iter_mut();
        let gone = others.find(|one| one.branch.as_deref() == branch);
        let told = gone.and_then(|one| one.alerts.told.remove(channel));
        let ends = told
            .map(|told| told.end_with_branch(now))
            .unwrap_or_default();
        let others = self.branches.iter_mut().map(|one| &mut one.alerts);
        for alerts in others.chain([&mut self.here]) {
            if let Some(told) = alerts.told.get_mut(channel) {
                ends.iter().for_each(|end| told.disinherit(&end.alert.key));
            }
        }
        ends
    }

    /// Returns the changes since the last message to a channel, and remembers them as sent.
    pub(super) fn tell(
        &mut self,
        channel: &str,
        is_configured: impl Fn(&AlertKey) -> bool,
        now: i64,
    ) -> Vec<Transition> {
        let BranchAlerts {
            alerts,
            elsewhere,
            told,
            ..
        } = &mut self.here;
        // A rule that is configured has no alert if the alerts were lost. The next measurement shows it.
        let is_kept = |key: &AlertKey| {
            is_configured(key) || elsewhere.iter().any(|other| other.alert.key == *key)
        };
        let told = told.entry(channel.to_owned()).or_default();
        told.update(alerts, is_kept, now)
    }

    /// Takes over the messages of an earlier version: each of its channels got the same.
    pub(super) fn adopt_told<'a>(&mut self, channels: impl IntoIterator<Item = &'a String>) {
        let here = &mut self.here;
        let elsewhere = here.elsewhere.iter().map(|other| &other.alert);
        let told = Told::by_earlier_version(here.alerts.all().iter().chain(elsewhere));
        if told != Told::default() {
            let channels = channels.into_iter().cloned();
            here.told
                .extend(channels.map(|channel| (channel, told.clone())));
        }
    }

    /// Follows a change of the configured channels. The messages that a removed channel received count
    /// for its heir. Without one, they are forgotten if messages to the channel were dropped.
    pub(super) fn follow_channels(
        &mut self,
        configured: &BTreeSet<String>,
        heir: impl Fn(&str) -> Option<String>,
        dropped: &[String],
    ) {
        let others = self.branches.iter_mut().map(|other| &mut other.alerts);
        for alerts in others.chain([&mut self.here]) {
            let told = std::mem::take(&mut alerts.told).into_iter();
            let (mut current, former): (BTreeMap<_, _>, BTreeMap<_, _>) =
                told.partition(|(channel, _)| configured.contains(channel));
            for (channel, told) in former {
                match heir(&channel) {
                    Some(heir) => drop(current.entry(heir).or_insert(told)),
                    None if dropped.contains(&channel) || current.len() >= MOST_CHANNELS => {}
                    None => drop(current.insert(channel, told)),
                }
            }
            alerts.told = current;
        }
    }

    pub(super) fn load(cx: &Context) -> Result<Self> {
        load(cx, ALERTS)
    }

    pub(super) fn save(&mut self, store: &Store) -> Result<()> {
        let bytes = self.encode(MOST_BYTES)?;
        Ok(store.put_state(ALERTS, &bytes)?)
    }

    /// Returns the content of the file. If it is too large, forgets the branches that were left first.
    fn encode(&mut self, most: usize) -> Result<Vec<u8>> {
        let bytes = serde_json::to_vec(self)?;
        if bytes.len() <= most || self.branches.is_empty() {
            return Ok(bytes);
        }
        self.branches.remove(0);
        self.encode(most)
    }
}

/// The states of workstreams and milestones that were announced or seen last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct KnownProgress {
    /// By branch, empty for a detached HEAD, and by subject: `workstream 7.1`.
    branches: BTreeMap<String, BTreeMap<String, String>>,
}

impl KnownProgress {
    /// Returns the states on a branch. Branches that were not looked at are forgotten when there are too many.
    pub(super) fn on(&mut self, branch: Option<&str>) -> &mut BTreeMap<String, String> {
        let name = branch.unwrap_or_default();
        while self.branches.len() >= MOST_BRANCHES && !self.branches.contains_key(name) {
            self.branches.pop_first();
        }
        self.branches.entry(name.to_owned()).or_default()
    }

    /// Returns whether any state is known.
    pub(super) fn is_known(&self) -> bool {
        self.branches.values().any(|known| !known.is_empty())
    }
}

pub(super) fn load_progress(cx: &Context) -> Result<KnownProgress> {
    load(cx, PROGRESS)
}

pub(super) fn save_progress(progress: &KnownProgress, store: &Store) -> Result<()> {
    Ok(store.put_state(PROGRESS, &serde_json::to_vec(progress)?)?)
}

pub(super) fn load_outbox(cx: &Context) -> Result<Outbox> {
    load(cx, OUTBOX)
}

pub(super) fn save_outbox(outbox: &Outbox, store: &Store) -> Result<()> {
    Ok(store.put_state(OUTBOX, &serde_json::to_vec(outbox)?)?)
}

/// Reads a state file. One that is damaged counts as missing, with a warning.
fn load<T: Default + DeserializeOwned>(cx: &Context, name: &'static str) -> Result<T> {
    match read(&cx.store, name)? {
        StateFile::Missing => Ok(T::default()),
        StateFile::Read(state) => Ok(state),
        StateFile::Damaged => {
            cx.warn(&format!("ignoring {}", damage(name)));
            Ok(T::default())
        }
    }
}

/// The content of a state file.
enum StateFile<T> {
    Missing,
    Damaged,
    Read(T),
}

fn read<T: DeserializeOwned>(store: &Store, name: &str) -> Result<StateFile<T>, store::Error> {
    let Some(bytes) = store.state(name)? else {
        return Ok(StateFile::Missing);
    };
    let read = serde_json::from_slice(&bytes);
    Ok(read.map_or(StateFile::Damaged, StateFile::Read))
}

/// Names a damaged state file and what its damage means.
fn damage(name: &str) -> String {
    let lost = match name {
        OUTBOX => "notifications that waited are lost",
        PROGRESS => "changes of workstreams since the last time are not announced",
        _ => "open alerts are announced again",
    };
    format!(".campaign/index/{name}, which is damaged: {lost}")
}

/// A state file that cannot be used.
pub(crate) struct UnusableState {
    /// Why, as a fragment.
    pub(crate) problem: String,
    /// What to do about it.
    pub(crate) fix: String,
}

/// Returns the state files that cannot be used.
pub(super) fn unusable(store: &Store) -> Vec<UnusableState> {
    let alerts = problem(ALERTS, read::<AlertState>(store, ALERTS));
    let outbox = problem(OUTBOX, read::<Outbox>(store, OUTBOX));
    let progress = problem(PROGRESS, read::<KnownProgress>(store, PROGRESS));
    alerts.into_iter().chain(outbox).chain(progress).collect()
}

fn problem<T>(name: &str, read: Result<StateFile<T>, store::Error>) -> Option<UnusableState> {
    let remove = format!("remove .campaign/index/{name}");
    let (problem, fix) = match read {
        Ok(StateFile::Damaged) => (damage(name), remove),
        Ok(_) => return None,
        Err(store::Error::Io { source, .. }) if source.kind() == ErrorKind::NotADirectory => (
            ".campaign/index is not a directory".to_owned(),
            "remove .campaign/index".to_owned(),
        ),
        Err(error) => (error.to_string(), error.hint().unwrap_or(remove)),
    };
    Some(UnusableState { problem, fix })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn head(sequence: u64, started: i64) -> Head {
        Head {
            id: RunId(format!("{started}-{sequence}")),
            started,
            sequence,
            id_time: None,
            seconds: 0.0,
            tree: String::new(),
            toolchain: String::new(),
            conditions: BTreeMap::new(),
            settings: BTreeMap::new(),
            whole: Vec::new(),
            measured: Vec::new(),
            complete: true,
            commit: None,
            dirty: false,
            interrupted: false,
            torn: false,
            tool: String::new(),
        }
    }

    fn series(names: &[(&'static str, &str)]) -> BTreeMap<Collector, String> {
        let names = names.iter();
        let names = names.map(|(name, series)| (Collector::named(name), (*series).to_owned()));
        names.collect()
    }

    #[test]
    fn branches_that_were_left_first_are_forgotten() {
        let place = |branch: usize| ConfigPlace {
            file: "campaign.toml".to_owned(),
            branch: Some(format!("branch-{branch}")),
        };
        let mut state = AlertState::default();
        for branch in 0..2 * MOST_BRANCHES {
            state.enter(place(branch), 0, |_| true);
            let series = series(&[("loc", "")]);
            let run = RunId(format!("run-{branch}"));
            state.here.newest.add(&series, &run, 0);
        }
        assert_eq!(state.branches.len(), MOST_BRANCHES);
        let last = place(2 * MOST_BRANCHES - 2);
        assert_eq!(state.branches[MOST_BRANCHES - 1].branch, last.branch);
        // Its own alerts are found again.
        state.enter(last.clone(), 1, |_| true);
        let run = RunId(format!("run-{}", 2 * MOST_BRANCHES - 2));
        let mut left = series(&[("loc", "")]);
        state.here.newest.remove_observed(&mut left, &run);
        assert!(left.is_empty());

        let bytes = state.encode(MOST_BYTES).unwrap();
        assert_eq!(serde_json::from_slice::<AlertState>(&bytes).unwrap(), state);
        let half = state.encode(bytes.len() / 2).unwrap();
        assert!(half.len() <= bytes.len() / 2);
        assert!((1..MOST_BRANCHES).contains(&state.branches.len()));
        state.enter(place(0), KEPT + 2, |_| true);
        assert_eq!(state.branches.len(), 1, "the others were left long ago");
    }

    #[test]
    fn run_is_late_if_a_newer_one_of_its_collector_was_observed() {
        let both = series(&[("loc", ""), ("clippy", "")]);
        let now = 1000;
        let mut newest = NewestObserved::default();
        newest.add(&series(&[("loc", "")]), &RunId("a".to_owned()), 500);
        for (started, expected) in [
            (499, series(&[("clippy", "")])),
            (500, both.clone()),
            (501, both.clone()),
        ] {
            let mut left = both.clone();
            newest.remove_late(&mut left, started, now);
            assert_eq!(left, expected, "started at {started}");
            assert_eq!(newest.is_late(started, now), left.len() < 2);
        }

        let mut release = series(&[("loc", "--release")]);
        newest.remove_late(&mut release, 1, now);
        assert_eq!(release.len(), 1, "another series");
        let mut left = both.clone();
        newest.remove_late(&mut left, 1, 400);
        assert_eq!(left, both, "the clock was set back");

        for (run, expected) in [("a", series(&[("clippy", "")])), ("b", both.clone())] {
            let mut left = both.clone();
            newest.remove_observed(&mut left, &RunId(run.to_owned()));
            assert_eq!(left, expected, "run {run}");
        }
    }

    #[test]
    fn run_is_new_by_its_number_or_its_time() {
        let mut observed = ObservedRuns::default();
        assert!(observed.is_new(&head(1, 10)), "nothing was observed");
        observed.add((1000_i64..1300).map(|at| head(at.unsigned_abs(), at)));
        for (sequence, started, expected) in [
            (1299, 1299, false),
            (1100, 1100, false),
            // Not remembered any more.
            (1099, 1099, false),
            (1300, 1300, true),
            // The clock was set back.
            (1300, 5, true),
            // The last run was removed, and its number was given again.
            (1299, 1301, true),
            // Every run was removed.
            (1, 1301, true),
        ] {
            let is_new = observed.is_new(&head(sequence, started));
            assert_eq!(is_new, expected, "{sequence} at {started}");
        }
        observed.add([head(1, 1301)]);
        assert!(!observed.is_new(&head(1, 1301)));
        assert!(observed.is_new(&head(2, 1302)));
    }
}

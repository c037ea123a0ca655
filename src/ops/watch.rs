//! Watching: measuring due jobs and edited sources, until the user stops it.
//!
//! The wait ends at least every 30 seconds to read the clock again, so that a suspended machine or a
//! clock that was set is noticed by then. The options are resolved again before each measurement, and
//! when the file of the campaign changes; if that fails, the last good ones stay in force.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use anyhow::Result;
use jiff::Timestamp;

use super::evaluate::{self, Evaluation, Measuring, needed, view};
use super::schedule::{self, ScheduledJob};
use super::{Context, Exit, Stop, alerts};
use crate::options::Options;
use crate::plan::Collector;
use crate::run::Run;
use crate::schedule::Due;
use crate::schedule::watcher::{DuringMeasurement, Edits, NextStep, TreeLook, Watcher};
use crate::store::{self, Lock};
use crate::tree::Fingerprint;

/// The longest wait before the clock is read again.
const SLICE: Duration = Duration::from_secs(30);

/// The shortest time between two looks at the sources.
const POLL: Duration = Duration::from_secs(1);

/// How much longer the time between two looks is than the look itself, so that looking takes at most
/// 1 % of one processor.
const REST: u32 = 100;

/// The time between two looks at what alerts have to send, while nothing is measured.
const ALERTS: Duration = Duration::from_secs(300);

/// The file of the campaign at the root, unless another one is named.
const CAMPAIGN: &str = "campaign.toml";

/// The program that watches.
pub(crate) trait WatchHost {
    /// Resolves the options again from the files as they are now.
    ///
    /// # Errors
    /// If they are invalid.
    fn resolve(&mut self) -> Result<Options>;

    /// Shows that the watcher waits, and for what.
    fn waiting(&mut self, cx: &Context, jobs: &[ScheduledJob]);

    /// Shows the verdicts after a measurement.
    ///
    /// # Errors
    /// If they cannot be written.
    fn judged(&mut self, cx: &Context, evaluation: &Evaluation) -> Result<()>;

    /// Shows an error that does not end the watcher.
    fn failed(&mut self, error: &anyhow::Error);
}

/// Watches until the user stops it.
///
/// # Errors
/// If another program watches this workspace, or there is nothing to watch.
pub(crate) fn watch(cx: &mut Context, edits: bool, host: &mut dyn WatchHost) -> Result<Exit> {
    if !edits {
        schedule::require(cx)?;
    }
    let _lock = lock(cx)?;
    cx.install_signal_handler();
    let mut watching = Watching {
        campaign: FileStamp::of(cx),
        has_settings: has_settings(cx) == Some(true),
        jobs: schedule::list(cx),
        watcher: Watcher::default(),
        edits: edits.then(Edits::default),
        next_look: None,
        next_trial: None,
        shown: BTreeSet::new(),
        alerts: Instant::now(),
        cx,
        host,
    };
    watching.show_waiting();
    while !watching.cx.cancel.is_set() {
        watching.step()?;
    }
    Ok(Exit::Interrupted)
}

/// Takes the lock of the one watcher.
fn lock(cx: &Context) -> Result<Lock> {
    match cx.store.lock_watch(&cx.holder()) {
        Err(store::Error::Busy(holder)) => {
            let message = match holder.is_empty() {
                true => "another watcher is at work here".to_owned(),
                false => format!("another watcher is at work here: {holder}"),
            };
            Err(Stop::new(Exit::CouldNotRun, message).into())
        }
        taken => {
            let lock = taken?;
            lock.note.iter().for_each(|note| cx.note(note));
            Ok(lock)
        }
    }
}

struct Watching<'a> {
    cx: &'a mut Context,
    host: &'a mut dyn WatchHost,
    /// The file of the campaign when it was last read.
    campaign: Option<FileStamp>,
    /// Whether the file of the campaign had settings when it was last used.
    has_settings: bool,
    jobs: Vec<ScheduledJob>,
    watcher: Watcher,
    /// `None` if edits do not matter.
    edits: Option<Edits>,
    /// When the sources are looked at again, if measuring changes them each time.
    next_look: Option<Instant>,
    /// When it is tried again whether measuring changes the files that it seems to change.
    next_trial: Option<Instant>,
    /// The files that measuring changes, as far as that was shown.
    shown: BTreeSet<String>,
    /// When alerts were last processed.
    alerts: Instant,
}

impl Watching<'_> {
    /// Measures due jobs or edited sources, or else waits.
    fn step(&mut self) -> Result<()> {
        if FileStamp::of(self.cx) != self.campaign {
            self.reload();
        }
        let trial = self.next_trial.take_if(|at| *at <= Instant::now());
        if let (Some(_), Some(edits)) = (trial, &mut self.edits) {
            edits.forget();
        }
        let mut rest = SLICE;
        let pause = self
            .next_look
            .map(|next| next.duration_since(Instant::now()));
        if let Some(pause) = pause.filter(|pause| !pause.is_zero()) {
            rest = rest.min(pause);
        } else if let Some((look, next)) = self.look() {
            if look == TreeLook::Changed {
                return self.judge_edits();
            }
            rest = next;
        }
        schedule::at_now(self.cx, &mut self.jobs);
        match self.next() {
            NextStep::Measure(_) => self.measure_due(),
            NextStep::Wait(until) => {
                self.process_alerts();
                self.cx.cancel.wait(rest.min(until_then(self.cx, until)));
                Ok(())
            }
        }
    }

    fn next(&self) -> NextStep {
        let due: Vec<Due> = self.jobs.iter().map(|job| job.due).collect();
        let now = Timestamp::from_second(self.cx.now()).unwrap_or_default();
        self.watcher.next(&due, now)
    }

    /// Sends the digests, the repeated messages and the alerts on missing measurements that became due
    /// while nothing was measured.
    fn process_alerts(&mut self) {
        if self.alerts.elapsed() >= ALERTS {
            alerts::process(self.cx, &[]);
            self.alerts = Instant::now();
        }
    }

    /// Reads the campaign again because its file changed.
    fn reload(&mut self) {
        self.campaign = FileStamp::of(self.cx);
        if let Some(state) = self.lost_campaign() {
            self.cx.warn(&format!(
                "the file of the campaign {state}; its last text stays in force"
            ));
            return;
        }
        if self.renew() {
            self.cx.status("Reloaded", "the campaign");
            self.watcher = Watcher::default();
            if let Some(edits) = &mut self.edits {
                edits.forget();
            }
            self.jobs = schedule::list(self.cx);
            self.show_waiting();
        }
    }

    /// Returns the state of the file of the campaign if its settings are gone: an editor may be writing it.
    fn lost_campaign(&self) -> Option<&'static str> {
        self.cx
            .options
            .path
            .as_ref()
            .filter(|_| self.has_settings)?;
        match has_settings(self.cx) {
            None => Some("is gone"),
            Some(false) => Some("is empty"),
            Some(true) => None,
        }
    }

    /// Starts a new evaluation with options as the files have them now, and returns whether they are
    /// valid. If not, the last good ones are used.
    fn renew(&mut self) -> bool {
        if self.lost_campaign().is_some() {
            *self.cx = self.cx.renewed(self.last_valid());
            return false;
        }
        let resolved = self.host.resolve();
        let is_valid = resolved.is_ok();
        let mut options = resolved.unwrap_or_else(|error| {
            self.host.failed(&error);
            self.cx
                .note("the last valid configuration stays in force until this is corrected");
            self.last_valid()
        });
        // An edit during the measurement is noticed after it.
        options.keeps_text = true;
        *self.cx = self.cx.renewed(options);
        if is_valid {
            self.has_settings = has_settings(self.cx) == Some(true);
        }
        is_valid
    }

    /// Returns the options that stay in force.
    fn last_valid(&self) -> Options {
        let mut options = self.cx.options.clone();
        options.keeps_text = true;
        options
    }

    /// Measures the jobs that are due, as the record has it now: another command may have measured some.
    fn measure_due(&mut self) -> Result<()> {
        self.renew();
        self.jobs = schedule::list(self.cx);
        let NextStep::Measure(ready) = self.next() else {
            self.show_waiting();
            return Ok(());
        };
        let before: Vec<Option<i64>> = self.jobs.iter().map(|job| job.last).collect();
        let due = ready.iter().map(|job| self.jobs[*job].clone()).collect();
        let measured = schedule::run(self.cx, due);
        alerts::process(self.cx, measured.as_deref().unwrap_or_default());
        self.alerts = Instant::now();
        self.jobs = schedule::list(self.cx);
        let now = Timestamp::from_second(self.cx.now()).unwrap_or_default();
        for job in ready {
            let Some(after) = self.jobs.get(job) else {
                continue;
            };
            let is_recorded = after.last != before[job];
            self.watcher
                .attempted(job, &after.job.recurrence, is_recorded, now);
        }
        self.show_verdicts(measured.map(drop))?;
        self.show_waiting();
        Ok(())
    }

    /// Measures the results that edits made stale, and judges.
    fn judge_edits(&mut self) -> Result<()> {
        self.renew();
        let before = self.cx.fingerprint();
        let start = Instant::now();
        let measured = judge_current(self.cx);
        let length = start.elapsed();
        let run = measured.as_ref().ok().and_then(Option::as_ref);
        let torn = run.map(|run| run.torn);
        alerts::process(self.cx, run.map_or(&[], std::slice::from_ref));
        self.alerts = Instant::now();
        self.jobs = schedule::list(self.cx);
        self.show_verdicts(measured.map(drop))?;
        let settled = before
            .ok()
            .and_then(|before| self.compare(&before, torn, length));
        self.show_waiting();
        // The output may go to a file of the workspace. Another file is an edit that is still to be judged.
        if let (Some(settled), Some(edits), Ok(now)) =
            (settled, &mut self.edits, self.cx.fingerprint())
        {
            let changed = settled.changed(&now);
            if changed.iter().all(|file| self.shown.contains(*file)) {
                edits.judged(&now.digest);
            }
        }
        Ok(())
    }

    /// Compares the sources before and after a measurement of this length, so that what measuring itself
    /// changes does not start the next one. `torn` is whether its run saw different sources; `None` without a run. Returns
    /// the sources after it if only such files changed.
    fn compare(
        &mut self,
        before: &Fingerprint,
        torn: Option<bool>,
        length: Duration,
    ) -> Option<Fingerprint> {
        let after = self.cx.fingerprint().ok()?;
        let edits = self.edits.as_mut()?;
        let changed = before.changed(&after).into_iter().map(str::to_owned);
        let changed: BTreeSet<String> = changed.collect();
        match torn.filter(|_| changed.is_empty()) {
            // A file has its old content again, but the measurement saw another one.
            Some(true) => {
                self.next_look = Some(Instant::now() + edits.repeated(length));
                return None;
            }
            Some(false) => edits.absolve(),
            None => {}
        }
        self.next_look = None;
        match edits.measured(&after.digest, changed.clone(), length) {
            DuringMeasurement::Look => None,
            DuringMeasurement::Pause(pause) => {
                self.next_look = Some(Instant::now() + pause);
                None
            }
            DuringMeasurement::Own => {
                for file in changed.difference(&self.shown) {
                    self.cx.warn(&format!(
                        "measuring seems to change `{file}`: this alone does not start another measurement"
                    ));
                }
                self.shown.extend(changed);
                self.next_trial = Some(Instant::now() + edits.trial());
                Some(after)
            }
        }
    }

    /// Shows the verdicts after a measurement, or why there is none.
    fn show_verdicts(&mut self, measured: Result<()>) -> Result<()> {
        if self.cx.cancel.is_set() {
            return Ok(());
        }
        match measured.and_then(|()| evaluate::now(self.cx)) {
            Ok(evaluation) => self.host.judged(self.cx, &evaluation)?,
            Err(error) => self.host.failed(&error),
        }
        Ok(())
    }

    fn show_waiting(&mut self) {
        if self.cx.cancel.is_set() {
            return;
        }
        schedule::at_now(self.cx, &mut self.jobs);
        self.host.waiting(self.cx, &self.jobs);
    }

    /// Looks at the sources, and returns how long to wait before the next look. `None` if edits do not
    /// matter.
    fn look(&mut self) -> Option<(TreeLook, Duration)> {
        let edits = self.edits.as_mut()?;
        let start = Instant::now();
        // A tree that cannot be read now, in the middle of a checkout, is read at the next look.
        let digest = self.cx.fingerprint().map(|tree| tree.digest).ok()?;
        let rest = POLL.max(start.elapsed() * REST);
        Some((edits.see(&digest), rest))
    }
}

/// Measures the results of the gates that no run has for the current tree; without gates, those of the
/// default collectors. Returns the run, unless nothing had to be measured.
fn judge_current(cx: &Context) -> Result<Option<Run>> {
    let mut wanted = needed(&cx.config().gates, cx.catalogue());
    if wanted.is_empty() {
        wanted = BTreeSet::<Collector>::from_iter(cx.config().collect.default.iter().cloned());
    }
    let found = view::current(cx, &wanted)?;
    Ok(evaluate::judge(cx, &wanted, found, Measuring::Missing)?.run)
}

/// Returns the time until a moment by the clock.
fn until_then(cx: &Context, moment: Option<Timestamp>) -> Duration {
    let Some(moment) = moment else {
        return SLICE;
    };
    let moment = SystemTime::from(moment);
    moment.duration_since(cx.system_now()).unwrap_or_default()
}

/// Returns whether the file of the campaign has more than comments. `None` if it does not exist.
fn has_settings(cx: &Context) -> Option<bool> {
    let text = match store::read_text(cx.options.path.as_ref()?) {
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        // Reading it again says what is wrong with it.
        text => text.unwrap_or_else(|_| String::from("?")),
    };
    let mut lines = text.lines().map(str::trim);
    Some(lines.any(|line| !line.is_empty() && !line.starts_with('#')))
}

/// The attributes of a file by which a change of it is noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct FileStamp {
    written: Option<SystemTime>,
    len: u64,
}

impl FileStamp {
    /// Returns the stamp of the campaign's file. `None` if there is none.
    fn of(cx: &Context) -> Option<Self> {
        match &cx.options.path {
            Some(path) => Self::of_file(path),
            None => Self::of_file(&cx.root().join(CAMPAIGN)),
        }
    }

    fn of_file(path: &Path) -> Option<Self> {
        let file = fs::metadata(path).ok()?;
        Some(Self {
            written: file.modified().ok(),
            len: file.len(),
        })
    }
}

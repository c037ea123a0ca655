//! Decides whether a watcher measures the jobs that are due, or waits.
//!
//! Times are arguments, as in the rest of the schedule. A job that was not measured would be due again
//! at once. It is held back instead: for a minute, then for twice as long after each further attempt,
//! but never longer than its interval or an hour.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Due, Recurrence};

/// How long a job is held back after the first attempt that failed.
const FIRST_DELAY: SignedDuration = SignedDuration::from_mins(1);

/// The shortest pause after two measurements in a row during which files changed.
const SHORTEST_PAUSE: Duration = Duration::from_secs(2);

/// The longest of these pauses.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// The longest time for which a job is held back.
const LONGEST_DELAY: SignedDuration = SignedDuration::from_hours(1);

/// The first wait until it is tried again whether measuring changes a file.
const FIRST_TRIAL: Duration = Duration::from_secs(30);

/// The longest of these waits.
const LONGEST_TRIAL: Duration = Duration::from_secs(3600);

/// The next step of a watcher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// Measure the jobs at these positions.
    Measure(Vec<usize>),
    /// Wait until this moment. `None` if no job will ever be due.
    Wait(Option<Timestamp>),
}

/// The jobs that a watcher tried to measure without success. A job is its position in the schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watcher {
    held: BTreeMap<usize, HeldBack>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct HeldBack {
    attempts: u32,
    from: Timestamp,
    to: Timestamp,
}

impl Watcher {
    /// Returns what to do now, if this is when the jobs are due.
    pub fn next(&self, due: &[Due], now: Timestamp) -> NextStep {
        let mut ready = Vec::new();
        let mut next: Option<Timestamp> = None;
        for (job, due) in due.iter().enumerate() {
            let later = match due {
                Due::OnDemand => continue,
                Due::At(moment) => *moment,
                Due::Since(..) => match self.held_until(job, now) {
                    Some(moment) => moment,
                    None => {
                        ready.push(job);
                        continue;
                    }
                },
            };
            next = Some(next.map_or(later, |next| next.min(later)));
        }
        match ready.is_empty() {
            true => NextStep::Wait(next),
            false => NextStep::Measure(ready),
        }
    }

    /// Records an attempt to measure a job, and whether there is a run of it now.
    pub fn attempted(&mut self, job: usize, when: &Recurrence, is_recorded: bool, now: Timestamp) {
        if is_recorded {
            self.held.remove(&job);
            return;
        }
        let attempts = self.held.get(&job).map_or(0, |held| held.attempts);
        let longest = match when {
            Recurrence::Every(interval) => LONGEST_DELAY.min(*interval),
            Recurrence::Calendar(..) | Recurrence::OnDemand => LONGEST_DELAY,
        };
        let doubled = FIRST_DELAY.checked_mul(1 << attempts.min(16));
        let delay = doubled.map_or(longest, |delay| delay.min(longest));
        let held = HeldBack {
            attempts: attempts + 1,
            from: now,
            to: now.checked_add(delay).unwrap_or(now),
        };
        self.held.insert(job, held);
    }

    /// Returns until when a job is held back. It is not if the clock was set back to before the attempt.
    fn held_until(&self, job: usize, now: Timestamp) -> Option<Timestamp> {
        let held = self.held.get(&job)?;
        (held.from <= now && now < held.to).then_some(held.to)
    }
}

/// Waits for edits to end: a tree counts as edited once two looks in a row find it the same, and
/// different from the judged one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edits {
    judged: String,
    last: String,
    /// The files that changed during the last measurement in which any did.
    changed: BTreeSet<String>,
    /// The files that measuring itself changes.
    own: BTreeSet<String>,
    /// The number of measurements in a row during which files changed that measuring is not known to change.
    streak: u32,
    /// The number of measurements in a row that changed only these files.
    trials: u32,
    /// The tree at the start of the last pause, if it was the same at its end.
    paused: Option<String>,
}

/// The consequence of the files that changed during a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DuringMeasurement {
    /// The next look decides: nothing changed, or a file was edited.
    Look,
    /// Measuring itself changes these files. The tree after it counts as judged.
    Own,
    /// Files changed during several measurements in a row: the next look is due after this time.
    Pause(Duration),
}

/// The result of a look at the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TreeLook {
    /// The tree is the one that was judged.
    Unchanged,
    /// It is being edited.
    Changing,
    /// It was edited, and the edits have ended. It counts as judged from here on.
    Changed,
}

impl Edits {
    /// Takes the digest of the tree at this moment.
    pub fn see(&mut self, digest: &str) -> TreeLook {
        let is_settled = self.last == digest;
        digest.clone_into(&mut self.last);
        self.paused.take_if(|paused| paused != digest);
        if self.judged == digest {
            return TreeLook::Unchanged;
        }
        if !is_settled {
            return TreeLook::Changing;
        }
        digest.clone_into(&mut self.judged);
        TreeLook::Changed
    }

    /// Takes the files that changed during a measurement, its length, and the digest of the tree after it.
    ///
    /// People edit while a measurement goes on, and often the same file again. Files were changed by
    /// measuring if they change in measurement after measurement, also after a pause at least as long
    /// without an edit. They do not lead to the next measurement. Those of people do.
    pub fn measured(
        &mut self,
        digest: &str,
        changed: BTreeSet<String>,
        length: Duration,
    ) -> DuringMeasurement {
        let paused = self.paused.take();
        if changed.is_empty() {
            self.streak = 0;
            return DuringMeasurement::Look;
        }
        if paused.is_some() && changed.is_subset(&self.changed) {
            self.own.extend(changed.iter().cloned());
        }
        let is_own = changed.is_subset(&self.own);
        self.changed = changed;
        if is_own {
            self.streak = 0;
            digest.clone_into(&mut self.judged);
            return DuringMeasurement::Own;
        }
        match self.repeated(length) {
            Duration::ZERO => DuringMeasurement::Look,
            pause => {
                self.paused = Some(digest.to_owned());
                DuringMeasurement::Pause(pause)
            }
        }
    }

    /// Returns how long to wait until the files that measuring seems to change are put to the test: by another
    /// measurement, since a person may have edited them. Longer each time in a row.
    pub fn trial(&mut self) -> Duration {
        let doubled = FIRST_TRIAL.saturating_mul(1 << self.trials.min(16));
        self.trials = self.trials.saturating_add(1);
        doubled.min(LONGEST_TRIAL)
    }

    /// Forgets the files that measuring seemed to change, because a measurement changed none.
    pub fn absolve(&mut self) {
        self.own.clear();
        self.trials = 0;
    }

    /// Makes the next look count as a change, because the measurement before it is worth nothing. Returns how long to wait for
    /// it: longer each time in a row. `length` is that of the measurement.
    pub fn repeated(&mut self, length: Duration) -> Duration {
        self.judged.clear();
        self.streak = self.streak.saturating_add(1);
        let Some(doublings) = self.streak.checked_sub(2) else {
            return Duration::ZERO;
        };
        let first = SHORTEST_PAUSE.max(length);
        let doubled = first.saturating_mul(1 << doublings.min(16));
        doubled.min(LONGEST_PAUSE)
    }

    /// Takes the digest of the tree after a measurement that alone changed it.
    pub fn judged(&mut self, digest: &str) {
        digest.clone_into(&mut self.judged);
    }

    /// Makes the next look that finds a settled tree count as a change.
    pub fn forget(&mut self) {
        self.judged.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    #[test]
    fn files_that_measuring_changes_do_not_start_the_next_measurement() {
        use DuringMeasurement::{Look, Own, Pause};
        let pause = |seconds| Pause(Duration::from_secs(seconds));
        let mut edits = Edits::default();
        // Files that change during a measurement, and whether others are edited after it.
        for (number, (changed, edited, expected)) in [
            ("", false, Look),
            ("log", false, Look),
            ("log", false, pause(3)),
            ("log", false, Own),
            ("log", false, Own),
            ("log a", false, Look),
            ("log", false, Own),
            ("", false, Look),
            ("a", false, Look),
            ("a", true, pause(3)),
            ("a", true, pause(6)),
            ("a log", false, pause(12)),
            ("b", false, pause(24)),
            ("b", false, Own),
            ("", false, Look),
            ("c", false, Look),
        ]
        .into_iter()
        .enumerate()
        {
            let digest = number.to_string();
            let files = changed.split_whitespace().map(str::to_owned).collect();
            let found = edits.measured(&digest, files, Duration::from_secs(3));
            assert_eq!(found, expected, "{number}");
            let is_judged = edits.see(&digest) == TreeLook::Unchanged;
            assert_eq!(is_judged, expected == Own, "{number}");
            if edited {
                edits.see("edited");
            }
        }
    }

    #[test]
    fn file_that_has_its_old_content_again_is_measured_again() {
        let mut edits = Edits::default();
        edits.see("1");
        assert_eq!(edits.see("1"), TreeLook::Changed);
        let waits = [30, 60, 120].map(Duration::from_secs);
        assert_eq!(waits.map(|_| edits.trial()), waits);
        edits.absolve();
        assert_eq!(edits.trial(), waits[0]);
        let pauses = [0, 2, 4, 8].map(Duration::from_secs);
        assert_eq!(pauses.map(|_| edits.repeated(Duration::ZERO)), pauses);
        assert_eq!(edits.see("1"), TreeLook::Changed);
    }

    use jiff::civil::Time;
    use jiff::tz::{TimeZone, TimeZoneDatabase};

    use super::super::tests::job;
    use super::super::{Days, Schedule};
    use super::*;

    const MINUTE: SignedDuration = SignedDuration::from_mins(1);

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn every(minutes: i64) -> Recurrence {
        Recurrence::Every(SignedDuration::from_mins(minutes))
    }

    /// Every hour, every two hours, and daily at 02:30, which the change to summer time skips.
    fn berlin() -> Schedule {
        let night = vec![Time::constant(2, 30, 0, 0)];
        Schedule {
            zone: TimeZoneDatabase::bundled().get("Europe/Berlin").unwrap(),
            quiet: None,
            jobs: vec![
                job(every(60)),
                job(every(120)),
                job(Recurrence::Calendar(Days::DAILY, night)),
            ],
        }
    }

    /// What happens to a machine.
    #[derive(Clone, Copy, Debug)]
    enum Happening {
        /// It sleeps: neither program nor clock notice the time.
        Suspend(SignedDuration),
        /// Somebody sets the clock.
        SetClock(SignedDuration),
        /// The watcher is killed and starts again; the record stays.
        Restart,
        /// The next measurement takes this long.
        LongRun(SignedDuration),
    }

    /// A machine in virtual time.
    struct Machine {
        schedule: Schedule,
        now: Timestamp,
        last: Vec<Option<Timestamp>>,
        starts: Vec<(usize, Timestamp)>,
        happenings: VecDeque<(Timestamp, Happening)>,
        long_run: SignedDuration,
    }

    impl Machine {
        fn new(schedule: Schedule, from: Timestamp, all: &[(&str, Happening)]) -> Self {
            Self {
                last: vec![None; schedule.jobs.len()],
                schedule,
                now: from,
                starts: Vec::new(),
                happenings: all.iter().map(|(time, what)| (at(time), *what)).collect(),
                long_run: SignedDuration::ZERO,
            }
        }

        /// Takes what happens now. Returns whether the watcher starts again.
        fn happen(&mut self) -> bool {
            let mut restarts = false;
            while let Some((when, what)) = self.happenings.front().copied()
                && when <= self.now
            {
                self.happenings.pop_front();
                match what {
                    Happening::Suspend(time) | Happening::SetClock(time) => {
                        self.now = self.now.checked_add(time).unwrap();
                    }
                    Happening::Restart => restarts = true,
                    Happening::LongRun(time) => self.long_run = time,
                }
            }
            restarts
        }

        fn start(&mut self, job: usize) {
            self.starts.push((job, self.now));
            self.last[job] = Some(self.now);
        }

        /// Ends a measurement, which takes no time unless it is a long one.
        fn finish(&mut self) {
            let time = std::mem::take(&mut self.long_run);
            self.now = self.now.checked_add(time).unwrap();
        }

        /// Runs a watcher, which looks at the clock every minute at least.
        fn watch(mut self, to: Timestamp) -> Vec<(usize, Timestamp)> {
            let mut watcher = Watcher::default();
            while self.now < to {
                if self.happen() {
                    watcher = Watcher::default();
                }
                let due = self.due();
                match watcher.next(&due, self.now) {
                    NextStep::Measure(jobs) => {
                        for job in jobs {
                            self.start(job);
                            let when = self.schedule.jobs[job].recurrence.clone();
                            watcher.attempted(job, &when, true, self.now);
                        }
                        self.finish();
                    }
                    NextStep::Wait(until) => {
                        let slice = self.now.checked_add(MINUTE).unwrap();
                        self.now = until.map_or(slice, |until| until.min(slice));
                    }
                }
            }
            self.starts
        }

        fn due(&self) -> Vec<Due> {
            let jobs = self.schedule.jobs.iter().zip(&self.last);
            jobs.map(|(job, last)| {
                self.schedule
                    .due(job, SignedDuration::ZERO, *last, self.now)
            })
            .collect()
        }

        /// Does the same by looking at a wall clock every minute, without the engine.
        fn look_at_the_wall_clock(mut self, to: Timestamp) -> Vec<(usize, Timestamp)> {
            while self.now < to {
                self.happen();
                let ready: Vec<usize> = (0..self.last.len())
                    .filter(|job| self.is_due(*job))
                    .collect();
                let waits = ready.is_empty();
                for job in ready {
                    self.start(job);
                }
                match waits {
                    true => self.now = self.now.checked_add(MINUTE).unwrap(),
                    false => self.finish(),
                }
            }
            self.starts
        }

        fn is_due(&self, job: usize) -> bool {
            let Some(last) = self.last[job].filter(|last| *last <= self.now) else {
                return true;
            };
            let Recurrence::Every(interval) = self.schedule.jobs[job].recurrence else {
                // 02:30 of a day that has it, or 03:00 where the clocks go from 02:00 to 03:00.
                let now = self.now.to_zoned(self.schedule.zone.clone());
                let begins = |hour, minute| {
                    let time = now.date().at(hour, minute, 0, 0);
                    time.to_zoned(self.schedule.zone.clone())
                        .unwrap()
                        .timestamp()
                };
                let today = match now.date().to_string().as_str() {
                    "2026-03-29" => begins(3, 0),
                    _ => begins(2, 30),
                };
                return self.now >= today && last < today
                    || self.now.duration_since(last) >= SignedDuration::from_hours(26);
            };
            self.now.duration_since(last) >= interval
        }
    }

    #[test]
    fn watcher_starts_jobs_when_the_wall_clock_says_so() {
        let hours = SignedDuration::from_hours;
        let happenings = [
            ("2026-03-20T08:10:00Z", Happening::Suspend(hours(9))),
            ("2026-03-23T11:00:00Z", Happening::LongRun(hours(3))),
            ("2026-03-25T13:20:00Z", Happening::Restart),
            ("2026-03-27T06:40:00Z", Happening::SetClock(hours(1))),
            ("2026-04-01T09:15:00Z", Happening::SetClock(-hours(1))),
            ("2026-04-03T20:00:00Z", Happening::LongRun(hours(1))),
            ("2026-04-03T22:30:00Z", Happening::Restart),
        ];
        let (from, to) = (at("2026-03-18T12:00:00Z"), at("2026-04-08T12:00:00Z"));
        let watched = Machine::new(berlin(), from, &happenings).watch(to);
        let expected = Machine::new(berlin(), from, &happenings).look_at_the_wall_clock(to);
        let first = watched
            .iter()
            .zip(&expected)
            .find(|(one, other)| one != other);
        assert_eq!(first, None);
        assert_eq!(watched.len(), expected.len());
        assert!(watched.len() > 700, "{}", watched.len());

        let nights: Vec<String> = watched
            .iter()
            .filter(|(job, _)| *job == 2)
            .map(|(_, moment)| moment.strftime("%d %H:%M").to_string())
            .filter(|moment| {
                moment.starts_with("28") || moment.starts_with("29") || moment.starts_with("30")
            })
            .collect();
        assert_eq!(nights, ["28 01:30", "29 01:00", "30 00:30"]);
    }

    #[test]
    fn job_that_is_not_measured_is_held_back() {
        let start = at("2026-03-18T12:00:00Z");
        let hour = every(60);
        let due = [Due::Since(start, 0), Due::At(at("2026-03-18T18:00:00Z"))];
        let mut watcher = Watcher::default();
        let mut now = start;
        let mut delays = Vec::new();
        for _ in 0..9 {
            assert_eq!(watcher.next(&due, now), NextStep::Measure(vec![0]));
            watcher.attempted(0, &hour, false, now);
            let NextStep::Wait(Some(next)) = watcher.next(&due, now) else {
                panic!("it is not held back");
            };
            delays.push(next.duration_since(now).as_mins());
            now = next;
        }
        assert_eq!(delays, [1, 2, 4, 8, 16, 32, 60, 60, 60]);

        // Setting the clock back must not hold it back for longer.
        watcher.attempted(0, &hour, false, now);
        assert_eq!(watcher.next(&due, start), NextStep::Measure(vec![0]));
        watcher.attempted(0, &hour, true, now);
        assert_eq!(watcher.next(&due, now), NextStep::Measure(vec![0]));
        assert_eq!(watcher, Watcher::default());
    }

    #[test]
    fn delay_is_never_longer_than_the_interval() {
        let now = at("2026-03-18T12:00:00Z");
        let mut watcher = Watcher::default();
        for _ in 0..100_000 {
            watcher.attempted(0, &every(5), false, now);
        }
        assert_eq!(
            watcher.next(&[Due::Since(now, 0)], now),
            NextStep::Wait(now.checked_add(MINUTE * 5).ok())
        );
        assert_eq!(watcher.held.len(), 1);
    }

    #[test]
    fn schedule_without_times_waits_for_ever() {
        let now = at("2026-03-18T12:00:00Z");
        let watcher = Watcher::default();
        assert_eq!(watcher.next(&[Due::OnDemand], now), NextStep::Wait(None));
        assert_eq!(watcher.next(&[], now), NextStep::Wait(None));
        assert_eq!(
            watcher.next(&[Due::At(now), Due::OnDemand], now),
            NextStep::Wait(Some(now))
        );
    }

    #[test]
    fn edits_count_once_they_have_ended() {
        use TreeLook::{Changed, Changing, Unchanged};
        let mut edits = Edits::default();
        let looks = [
            ("a", Changing),
            ("a", Changed),
            ("a", Unchanged),
            ("b", Changing),
            ("c", Changing),
            ("c", Changed),
            // An edit that is taken back at once changes nothing.
            ("d", Changing),
            ("c", Unchanged),
        ];
        for (step, (digest, look)) in looks.into_iter().enumerate() {
            assert_eq!(edits.see(digest), look, "{step}");
        }
        edits.forget();
        assert_eq!(edits.see("c"), Changed);
    }

    #[test]
    fn zone_without_changes_needs_no_table() {
        let daily = Recurrence::Calendar(Days::DAILY, vec![Time::constant(3, 0, 0, 0)]);
        let schedule = Schedule {
            zone: TimeZone::UTC,
            quiet: None,
            jobs: vec![job(daily)],
        };
        let from = at("2026-03-18T03:00:00Z");
        let starts = Machine::new(schedule, from, &[]).watch(at("2026-03-21T03:00:00Z"));
        let times: Vec<String> = starts
            .iter()
            .map(|(_, moment)| moment.to_string())
            .collect();
        let expected = [
            "2026-03-18T03:00:00Z",
            "2026-03-19T03:00:00Z",
            "2026-03-20T03:00:00Z",
        ];
        assert_eq!(times, expected);
    }
}

//! Decides when scheduled collectors are due.
//!
//! Times are arguments: nothing here reads the clock. An interval is elapsed time since the start of
//! the last run, good or bad. A time of day belongs to the calendar of a zone: a time that the change
//! to summer time skips comes right after the gap, and one that occurs twice in autumn counts once.
//! Times that passed while nothing ran collapse into one.

pub mod export;
#[cfg(test)]
mod tests;
pub mod watcher;

use std::collections::BTreeSet;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::plan::{BuildSelection, Collector};

/// Days that a calendar is searched for a time: a week, a day that a zone can skip, and two by which times can move.
const DAYS: i32 = 10;

/// The most times that are counted as missed.
const MOST_MISSED: u64 = 10_000;

/// `[schedule]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// The zone of times of day.
    pub zone: TimeZone,
    /// The time of day in which nothing starts. `None` if there is none.
    pub quiet: Option<QuietHours>,
    /// The jobs, in the order of the file.
    pub jobs: Vec<Job>,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            zone: TimeZone::UTC,
            quiet: None,
            jobs: Vec::new(),
        }
    }
}

/// A collector that is measured again and again.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// The collector.
    pub collector: Collector,
    /// When it is due.
    pub recurrence: Recurrence,
    /// Its time as configured: `every 60m`.
    pub text: String,
    /// The options of its builds as configured; may be empty.
    pub args: Vec<String>,
    /// The options of its builds, instead of those of the command line. `None` for the latter.
    pub build: Option<BuildSelection>,
    /// How much later than its time of day it may start. Machines start at different times within it.
    pub spread: SignedDuration,
}

/// When a job is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recurrence {
    /// `every 60m`: this time after the start of the last run.
    Every(SignedDuration),
    /// `weekdays at 07:30`.
    Calendar(Days, Vec<Time>),
    /// `on-demand`: never by itself.
    OnDemand,
}

/// Days of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days(u8);

impl Days {
    /// Every day.
    pub const DAILY: Self = Self(0b111_1111);
    /// Monday to Friday.
    pub const WEEKDAYS: Self = Self(0b001_1111);

    /// Returns these days.
    pub fn new(days: &[Weekday]) -> Self {
        let bits = days.iter().map(|day| 1 << day.to_monday_zero_offset());
        Self(bits.fold(0, |all, bit: u8| all | bit))
    }

    fn contains(self, day: Weekday) -> bool {
        self.0 & (1 << day.to_monday_zero_offset()) != 0
    }
}

/// A time of day in which nothing starts, which may extend over midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    /// When it begins.
    pub from: Time,
    /// When it ends. Not quiet any more.
    pub to: Time,
}

/// Whether a job is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// It is, since this moment, and this number of earlier times was missed.
    Since(Timestamp, u64),
    /// It will be at this moment.
    At(Timestamp),
    /// It is never due by itself.
    OnDemand,
}

impl Schedule {
    /// Returns whether a job is due.
    ///
    /// `last` is when its last run started, and `offset` how much later than its time of day this
    /// machine starts it, which is less than its `spread`. A last run in the future, which a clock that
    /// was wrong recorded, does not count.
    pub fn due(
        &self,
        job: &Job,
        offset: SignedDuration,
        last: Option<Timestamp>,
        now: Timestamp,
    ) -> Due {
        let last = last.filter(|last| *last <= now);
        match self.recurring(job, offset, last, now) {
            Due::Since(since, missed) => self
                .quiet_until(now)
                .map_or(Due::Since(since, missed), Due::At),
            due => due,
        }
    }

    /// Returns how many times of a job were missed, without the last one, if it was last measured at `last`. Unlike
    /// [`Schedule::due`], also in quiet hours.
    pub fn missed(&self, job: &Job, last: Timestamp, now: Timestamp) -> u64 {
        let last = Some(last).filter(|last| *last <= now);
        match self.recurring(job, SignedDuration::ZERO, last, now) {
            Due::Since(_, missed) => missed,
            Due::At(_) | Due::OnDemand => 0,
        }
    }

    /// Returns whether a job is due by its times alone. Those in quiet hours come when they end.
    fn recurring(
        &self,
        job: &Job,
        offset: SignedDuration,
        last: Option<Timestamp>,
        now: Timestamp,
    ) -> Due {
        match &job.recurrence {
            Recurrence::OnDemand => Due::OnDemand,
            Recurrence::Every(interval) => self.after_interval(*interval, last, now),
            Recurrence::Calendar(days, times) => {
                let calendar = Calendar {
                    schedule: self,
                    days: *days,
                    times,
                    offset,
                };
                calendar.due(last, now)
            }
        }
    }

    fn after_interval(
        &self,
        interval: SignedDuration,
        last: Option<Timestamp>,
        now: Timestamp,
    ) -> Due {
        let Some(last) = last else {
            return Due::Since(now, 0);
        };
        let next = |moment: Timestamp| {
            let next = moment.checked_add(interval).ok();
            next.map(|next| self.not_quiet(next))
        };
        let Some(first) = next(last) else {
            return Due::OnDemand;
        };
        if first > now {
            return Due::At(first);
        }
        let (mut latest, mut missed) = (first, 0);
        while let Some(later) = next(latest).filter(|later| *later <= now && missed < MOST_MISSED) {
            (latest, missed) = (later, missed + 1);
        }
        Due::Since(first, missed)
    }

    /// Returns the first moment from this one on that is not in quiet hours.
    fn not_quiet(&self, moment: Timestamp) -> Timestamp {
        self.quiet_until(moment).unwrap_or(moment)
    }

    /// Returns the end of the quiet hours that a moment is in.
    fn quiet_until(&self, moment: Timestamp) -> Option<Timestamp> {
        let QuietHours { from, to } = self.quiet?;
        let local = moment.to_zoned(self.zone.clone());
        let (date, time) = (local.date(), local.time());
        let over_midnight = from > to;
        let is_quiet = match over_midnight {
            false => from <= time && time < to,
            true => from <= time || time < to,
        };
        let end = match over_midnight && time >= from {
            true => date.tomorrow().ok()?,
            false => date,
        };
        is_quiet.then(|| instant(end, to, &self.zone)).flatten()
    }
}

/// The times of a calendar recurrence.
struct Calendar<'a> {
    schedule: &'a Schedule,
    days: Days,
    times: &'a [Time],
    offset: SignedDuration,
}

impl Calendar<'_> {
    fn due(&self, last: Option<Timestamp>, now: Timestamp) -> Due {
        let (before, next) = self.around(now);
        let later = next.map_or(Due::OnDemand, Due::At);
        match before {
            Some(latest) if last.is_none_or(|last| last < latest) => {
                Due::Since(latest, last.map_or(0, |last| self.missed(last, latest)))
            }
            // A job that has never run is due at once, even if its first time is still to come.
            None if last.is_none() => Due::Since(now, 0),
            _ => later,
        }
    }

    /// Returns the latest time up to `now` and the first one after it.
    fn around(&self, now: Timestamp) -> (Option<Timestamp>, Option<Timestamp>) {
        let today = now.to_zoned(self.schedule.zone.clone()).date();
        let moments = |days: i32| {
            let date = today.checked_add(days.days()).ok();
            date.map(|date| self.on(date)).unwrap_or_default()
        };
        // An offset and quiet hours can each move a time into the day after its own.
        let before = (-DAYS..=1).rev().find_map(|days| {
            let moments = moments(days).into_iter();
            moments.filter(|moment| *moment <= now).max()
        });
        let next = (-2..=DAYS).find_map(|days| {
            let moments = moments(days).into_iter();
            moments.filter(|moment| *moment > now).min()
        });
        (before, next)
    }

    /// Returns the moments of a day, if it is one of the days.
    fn on(&self, date: Date) -> Vec<Timestamp> {
        if !self.days.contains(date.weekday()) {
            return Vec::new();
        }
        let moments = self.times.iter().filter_map(|time| {
            let moment = instant(date, *time, &self.schedule.zone)?;
            let moment = moment.checked_add(self.offset).ok()?;
            Some(self.schedule.not_quiet(moment))
        });
        moments.collect()
    }

    /// Returns how many times lie between two moments.
    fn missed(&self, after: Timestamp, before: Timestamp) -> u64 {
        // Times of the two days before can have moved into this one.
        let first = after.to_zoned(self.schedule.zone.clone()).date();
        let mut date = first.checked_sub(2.days()).unwrap_or(first);
        let end = before.to_zoned(self.schedule.zone.clone()).date();
        let mut missed = BTreeSet::new();
        while date <= end && (missed.len() as u64) < MOST_MISSED {
            let between = |moment: &Timestamp| after < *moment && *moment < before;
            missed.extend(self.on(date).into_iter().filter(between));
            match date.tomorrow() {
                Ok(tomorrow) => date = tomorrow,
                Err(_) => break,
            }
        }
        missed.len() as u64
    }
}

/// Returns the moment of a time of day. A time that does not exist on this day comes at the end of the gap;
/// of two, the first.
fn instant(date: Date, time: Time, zone: &TimeZone) -> Option<Timestamp> {
    let local = zone.to_ambiguous_timestamp(date.to_datetime(time));
    let AmbiguousOffset::Gap { before, .. } = local.offset() else {
        return local.compatible().ok();
    };
    // With the offset that holds before the gap, a time in the gap is a moment after its end.
    let after = before.to_timestamp(local.datetime()).ok()?;
    let end = zone.preceding(after.checked_add(1.second()).ok()?).next()?;
    Some(end.timestamp())
}

//! The times at which workstreams can start and end, from estimates, needs and progress.
//!
//! Times are working days from now. A workstream begins when its needs have ended; the critical path is what
//! decides the end (the forward and the backward pass of the critical path method). An estimate of three points `o`, `m`,
//! `p` is expected to take `(o + 4m + p) / 6` with a standard deviation of `(p - o) / 6` (PERT).

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};

use super::{Status, WorkstreamProgress};
use crate::workstream::Estimate;

/// Two times that differ by less are equal.
const NOTHING: f64 = 1e-9;

/// The share of the time that is left below which slack is at risk.
const RISKY: f64 = 0.2;

/// When a workstream can start and end, in working days from now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Slot {
    /// The earliest start; 0 if it goes on.
    pub start: f64,
    /// The earliest end.
    pub end: f64,
    /// How much later it can end without moving the end of everything.
    pub slack: f64,
    /// Whether its end, or that of one that it waits for, is earlier than it will be, because an estimate is missing.
    pub is_at_least: bool,
    /// Whether it takes longer than its estimate already.
    pub is_overrun: bool,
}

impl Slot {
    /// Returns whether it decides the end of everything.
    pub fn is_critical(&self) -> bool {
        self.slack < NOTHING && self.end - self.start > NOTHING
    }
}

/// The plan of all workstreams.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timetable {
    /// In the order of the workstreams.
    pub slots: Vec<Slot>,
    /// The end of everything.
    pub end: f64,
    /// The standard deviation of the end: that of the most uncertain chain that decides it.
    pub deviation: f64,
    /// Whether an estimate is missing, so that the end is the earliest one.
    pub is_at_least: bool,
}

/// Returns when the workstreams can start and end. `today` is the present day.
pub fn schedule(standings: &[WorkstreamProgress], today: Date) -> Timetable {
    let at: BTreeMap<&str, usize> = standings
        .iter()
        .enumerate()
        .map(|(at, standing)| (standing.stream.id.as_str(), at))
        .collect();
    let needs: Vec<Vec<usize>> = standings
        .iter()
        .map(|standing| {
            let needs = standing.stream.needs.iter();
            needs
                .filter_map(|id| at.get(id.as_str()).copied())
                .collect()
        })
        .collect();
    let order = order(&needs);

    let mut slots = vec![Slot::default(); standings.len()];
    // Of the chain that decides the start of each.
    let mut variances = vec![0.0; standings.len()];
    for &this in &order {
        let left = left(&standings[this], today);
        let is_overrun = is_overrun(&standings[this], today);
        let mut slot = Slot {
            is_at_least: left.is_none() || is_overrun,
            is_overrun,
            ..Slot::default()
        };
        let mut variance = 0.0;
        for &need in &needs[this] {
            if slots[need].end >= slot.start {
                slot.start = slots[need].end;
                variance = variances[need];
            }
            slot.is_at_least |= slots[need].is_at_least;
        }
        slot.end = slot.start + left.unwrap_or_default();
        if let Some(estimate) = standings[this].stream.estimate
            && slot.end > slot.start
        {
            variance += estimate.deviation().powi(2);
        }
        variances[this] = variance;
        slots[this] = slot;
    }
    let end = slots.iter().map(|slot| slot.end).fold(0.0, f64::max);

    let mut latest = vec![end; standings.len()];
    for &this in order.iter().rev() {
        let slot = &mut slots[this];
        slot.slack = (latest[this] - slot.end).max(0.0);
        let start = latest[this] - (slot.end - slot.start);
        for &need in &needs[this] {
            latest[need] = latest[need].min(start);
        }
    }
    let last = slots.iter().zip(variances);
    let last = last.filter(|(slot, _)| end - slot.end < NOTHING);
    let variance = last.map(|(_, variance)| variance).fold(0.0, f64::max);
    Timetable {
        is_at_least: slots.iter().any(|slot| slot.is_at_least),
        slots,
        end,
        deviation: variance.sqrt(),
    }
}

/// Returns the indices in an order in which needs come first. The members of a ring come last.
fn order(needs: &[Vec<usize>]) -> Vec<usize> {
    let mut order = Vec::new();
    let mut is_placed = vec![false; needs.len()];
    loop {
        let before = order.len();
        for (this, own) in needs.iter().enumerate() {
            if !is_placed[this] && own.iter().all(|need| is_placed[*need]) {
                is_placed[this] = true;
                order.push(this);
            }
        }
        if order.len() == before {
            break;
        }
    }
    let rest = is_placed.iter().enumerate();
    let rest = rest.filter(|(_, is_placed)| !**is_placed);
    order.extend(rest.map(|(this, _)| this));
    order
}

/// Returns whether a workstream was started longer ago than its estimate says it takes, and is not complete.
fn is_overrun(standing: &WorkstreamProgress, today: Date) -> bool {
    let (Some(start), Some(estimate)) = (started(standing), standing.stream.estimate) else {
        return false;
    };
    standing.status != Status::Complete && working_days(start, today) > estimate.expected()
}

/// Returns the working days that a workstream still takes. `None` without an estimate.
fn left(standing: &WorkstreamProgress, today: Date) -> Option<f64> {
    if standing.status == Status::Complete {
        return Some(0.0);
    }
    let expected = standing.stream.estimate?.expected();
    let elapsed = started(standing).map_or(0.0, |start| working_days(start, today));
    Some((expected - elapsed).max(0.0))
}

/// Returns the day of the first start that is recorded.
pub fn started(standing: &WorkstreamProgress) -> Option<Date> {
    let time = &standing.activity.start()?.time;
    time.get(..10)?.parse().ok()
}

/// Returns how many working days a target lies after the day on which work ends: 0 if none is left between them, and negative
/// if the work ends later.
pub fn ahead(end: Date, target: Date) -> f64 {
    // Both days end in the evening.
    let [end, target] = [end, target].map(|day| day.tomorrow().unwrap_or(day));
    working_days(end, target)
}

/// Returns the number of working days from one day to another: Monday to Friday. Negative if the second is earlier.
pub fn working_days(from: Date, to: Date) -> f64 {
    if to < from {
        return -working_days(to, from);
    }
    let mut day = from;
    let mut count = 0.0;
    while day < to {
        count += f64::from(u8::from(is_working(day)));
        match day.tomorrow() {
            Ok(next) => day = next,
            Err(_) => break,
        }
    }
    count
}

fn is_working(day: Date) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// Returns the day on which work that begins on `today` and takes this many working days ends.
pub fn day_after(today: Date, days: f64) -> Date {
    let mut day = today;
    let mut left = days.ceil();
    loop {
        if is_working(day) {
            left -= 1.0;
            if left < NOTHING {
                return day;
            }
        } else if left < NOTHING {
            return day;
        }
        match day.tomorrow() {
            Ok(next) => day = next,
            Err(_) => return day,
        }
    }
}

/// The state of a milestone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// All its workstreams are complete and its gates pass.
    Done,
    /// A blocker is recorded.
    Blocked,
    /// Its open workstreams wait for those of other milestones.
    Waiting,
    /// It ends after its target, or with little slack.
    AtRisk,
    /// It ends in time.
    OnTrack,
    /// Without a target or an estimate, that is not known.
    Unknown,
}

impl Health {
    /// Returns the word for programs. With blanks in place of dashes, it is the one for people.
    pub fn key(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Blocked => "blocked",
            Self::Waiting => "waiting-on-others",
            Self::AtRisk => "at-risk",
            Self::OnTrack => "on-track",
            Self::Unknown => "not-known",
        }
    }
}

/// The facts about a milestone.
#[derive(Clone, Copy, Debug)]
pub struct MilestoneFacts<'a> {
    /// Its workstreams.
    pub own: &'a [(&'a WorkstreamProgress, Slot)],
    /// Whether its gates pass. `None` if that is not known.
    pub gates_pass: Option<bool>,
    /// The day by which it should be done.
    pub target: Option<Date>,
    /// The present day.
    pub today: Date,
}

/// Returns the status of a milestone with these workstreams.
pub fn status(health: Health, own: &[(&WorkstreamProgress, Slot)]) -> Status {
    let mut statuses = own.iter().map(|(standing, _)| standing.status);
    match health {
        Health::Done => Status::Complete,
        Health::Blocked | Health::Waiting => Status::Blocked,
        _ if statuses.any(|one| matches!(one, Status::InProgress | Status::Complete)) => {
            Status::InProgress
        }
        _ => Status::Pending,
    }
}

/// Returns the state of a milestone and the day on which its last workstream ends, if that is known.
pub fn health(facts: &MilestoneFacts<'_>) -> (Health, Option<Date>) {
    let open: Vec<&(&WorkstreamProgress, Slot)> = facts
        .own
        .iter()
        .filter(|(standing, _)| standing.status != Status::Complete)
        .collect();
    if open.is_empty() && facts.gates_pass == Some(true) && !facts.own.is_empty() {
        return (Health::Done, None);
    }
    let is_overrun = open.iter().any(|(_, slot)| slot.is_overrun);
    let is_known = !open.is_empty() && open.iter().all(|(_, slot)| !slot.is_at_least);
    let left = open.iter().map(|(_, slot)| slot.end).fold(0.0, f64::max);
    let earliest = day_after(facts.today, left);
    let end = is_known.then_some(earliest);
    let is_blocked = open
        .iter()
        .any(|(standing, _)| standing.activity.blockers().next().is_some());
    let own: Vec<&str> = facts
        .own
        .iter()
        .map(|(one, _)| one.stream.id.as_str())
        .collect();
    let waits_for_others = |standing: &WorkstreamProgress| {
        let mut waits = standing.waits.iter();
        waits.any(|wait| !own.contains(&wait.id.as_str()))
    };
    let health = match (end, facts.target) {
        _ if is_blocked => Health::Blocked,
        _ if !open.is_empty() && open.iter().all(|(standing, _)| waits_for_others(standing)) => {
            Health::Waiting
        }
        (_, Some(target)) if facts.today > target => Health::AtRisk,
        (_, Some(target)) if !open.is_empty() && ahead(earliest, target) < 0.0 => Health::AtRisk,
        (_, Some(_)) if is_overrun => Health::AtRisk,
        (Some(end), Some(target)) => {
            let slack = ahead(end, target);
            match slack < RISKY * left {
                true => Health::AtRisk,
                false => Health::OnTrack,
            }
        }
        _ => Health::Unknown,
    };
    (health, end)
}

impl Estimate {
    /// Returns the expected effort in working days.
    pub fn expected(self) -> f64 {
        (self.optimistic + 4.0 * self.likely + self.pessimistic) / 6.0
    }

    /// Returns the standard deviation in working days.
    pub fn deviation(self) -> f64 {
        (self.pessimistic - self.optimistic) / 6.0
    }
}

//! Collectors of the schedule that were not measured for too long: an alert of its own, because
//! missing data never resolves one and would otherwise go unnoticed.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::event::rfc3339;
use super::observe::{self, Observer};
use super::state::{AlertState, series_name};
use crate::alert::{AlertKey, Confirm, Fact, Outcome};
use crate::metric::Better;
use crate::notification::{Delivery, Severity};
use crate::ops::Context;
use crate::plan::Collector;
use crate::report::figure::span;
use crate::run::Run;
use crate::schedule::{Job, Recurrence, Schedule};

/// The rule of these alerts in their keys.
pub(super) const RULE: &str = "not measured";

/// Remembers which of these collectors a run measured, or tried to.
pub(super) fn remember(
    series: BTreeMap<Collector, String>,
    run: &Run,
    state: &mut AlertState,
    now: i64,
) {
    // A collector that takes longer than its interval is not missing when it has just ended.
    let ended = run.started.saturating_add(run.seconds as i64);
    remember_at(ended, series, run, state, now);
}

/// Remembers that the results of a run for these collectors are current again, which counts as a new measurement.
pub(super) fn remember_current(
    series: BTreeMap<Collector, String>,
    run: &Run,
    state: &mut AlertState,
    now: i64,
) {
    remember_at(now, series, run, state, now);
}

fn remember_at(
    ended: i64,
    series: BTreeMap<Collector, String>,
    run: &Run,
    state: &mut AlertState,
    now: i64,
) {
    for (collector, series) in series {
        let name = series_name(collector.name(), &series);
        if run.is_whole_of(&collector) {
            state.tried.remove(&name);
            let last = state.measured.entry(name).or_insert(ended);
            // A time in the future comes from a clock that was wrong.
            if *last < ended || *last > now {
                *last = ended;
            }
        } else if !state.measured.contains_key(&name) {
            state.tried.entry(name).or_insert(ended);
        }
    }
}

/// Remembers when jobs that were never measured were first seen: their times are missed from then on.
pub(super) fn remember_jobs(
    cx: &Context,
    observer: &Observer<'_>,
    state: &mut AlertState,
    now: i64,
) {
    let jobs = cx.config().schedule.jobs.iter();
    for job in jobs.filter(|job| is_watched(job, observer)) {
        let name = series_name(job.collector.name(), &job.args.join(" "));
        if !state.measured.contains_key(&name) {
            state.tried.entry(name).or_insert(now);
        }
    }
}

/// Returns what the time `now`, in Unix seconds, says about the jobs of the schedule: which of them
/// missed two of their times, one after the other.
pub(super) fn facts(
    cx: &Context,
    observer: &Observer<'_>,
    state: &AlertState,
    now: i64,
) -> Vec<Fact> {
    let schedule = &cx.config().schedule;
    let jobs = schedule.jobs.iter();
    let jobs = jobs.filter(|job| is_watched(job, observer));
    jobs.filter_map(|job| fact(schedule, job, state, now))
        .collect()
}

fn fact(schedule: &Schedule, job: &Job, state: &AlertState, now: i64) -> Option<Fact> {
    let series = job.args.join(" ");
    let collector = job.collector.name();
    let name = series_name(collector, &series);
    let measured = state.measured.get(&name).copied();
    let last = measured.or_else(|| state.tried.get(&name).copied())?;
    let key = AlertKey {
        rule: RULE.to_owned(),
        series: series.clone(),
        metric: collector.to_owned(),
        package: None,
    };
    let since = state
        .here
        .alerts
        .get(&key)
        .and_then(crate::alert::Alert::since);
    let moment = |seconds: i64| Timestamp::from_second(seconds).unwrap_or_default();
    let outcome = match schedule.missed(job, moment(last), moment(now)) {
        0 => Outcome::Clear,
        _ => Outcome::Holds,
    };
    Some(Fact {
        id: observe::id(&format!("unmeasured:{collector}"), &series),
        severity: Severity::Warning,
        deliver: Delivery::Now,
        confirm: Confirm::Runs(1),
        outcome,
        known_since: None,
        role: observe::role_of(&job.collector),
        better: Better::None,
        reading: None,
        detail: match outcome {
            Outcome::Clear if since.is_some_and(|since| last < since) => {
                format!("not overdue any more ({})", job.text)
            }
            Outcome::Clear => format!("measured again ({})", job.text),
            _ => format!("not measured for {} ({})", span(now - last), job.text),
        },
        places: vec![match measured {
            Some(at) => format!("last measured {}", rfc3339(at)),
            None => format!("never measured since {}", rfc3339(last)),
        }],
        key,
    })
}

/// Returns whether the schedule still has times for the job of an alert, and rules need it.
pub(super) fn is_current(cx: &Context, observer: &Observer<'_>, key: &AlertKey) -> bool {
    cx.config().schedule.jobs.iter().any(|job| {
        job.collector.name() == key.metric
            && job.args.join(" ") == key.series
            && is_watched(job, observer)
    })
}

/// Returns whether a job has times, and rules need it.
fn is_watched(job: &Job, observer: &Observer<'_>) -> bool {
    job.recurrence != Recurrence::OnDemand && observer.is_needed(&job.collector)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::SignedDuration;
    use jiff::civil::time;

    use super::*;
    use crate::alert::{Alerts, Change, Observation, Told};
    use crate::run::StepStatus;
    use crate::schedule::QuietHours;
    use crate::store;

    const HOUR: i64 = 3600;

    /// A job every four hours, and nothing from 20:00 to 22:00.
    fn schedule() -> Schedule {
        let job = Job {
            collector: Collector::named("clippy"),
            recurrence: Recurrence::Every(SignedDuration::from_hours(4)),
            text: "every 4h".to_owned(),
            args: Vec::new(),
            build: None,
            spread: SignedDuration::ZERO,
        };
        Schedule {
            quiet: Some(QuietHours {
                from: time(20, 0, 0, 0),
                to: time(22, 0, 0, 0),
            }),
            jobs: vec![job],
            ..Schedule::default()
        }
    }

    #[test]
    fn collector_that_misses_two_times_is_an_alert_until_it_is_measured() {
        let schedule = schedule();
        let mut state = AlertState::default();
        let (mut alerts, mut told) = (Alerts::default(), Told::default());
        for (now, measured, expected) in [
            // Never measured and never tried.
            (0, None, None),
            (HOUR, Some(HOUR), None),
            (5 * HOUR, None, None),
            (9 * HOUR - 1, None, None),
            (
                10 * HOUR,
                None,
                Some((Change::Fired, "not measured for 9 h (every 4h)")),
            ),
            (15 * HOUR, None, None),
            // Quiet hours do not resolve it.
            (21 * HOUR, None, None),
            (23 * HOUR, None, None),
            (
                24 * HOUR,
                Some(24 * HOUR),
                Some((Change::Resolved, "measured again (every 4h)")),
            ),
        ] {
            if let Some(at) = measured {
                state.measured.insert("clippy".to_owned(), at);
            }
            state.here.alerts = alerts.clone();
            let facts = fact(&schedule, &schedule.jobs[0], &state, now);
            let seen = Observation {
                at: now,
                run: None,
                commit: None,
                facts: Vec::from_iter(facts),
            };
            alerts.observe(&seen, &BTreeSet::new());
            let seen = told.update(&alerts, |_| false, now);
            let seen = seen.first();
            let found = seen.map(|one| (one.change, one.alert.detail.as_str()));
            assert_eq!(found, expected, "after {} h", now / HOUR);
        }
        assert_eq!(alerts.all()[0].id, "unmeasured:clippy");
    }

    #[test]
    fn alert_ends_when_the_interval_becomes_longer() {
        let mut schedule = schedule();
        let mut state = AlertState::default();
        state.measured.insert("clippy".to_owned(), 0);
        for (hours, outcome) in [(4, Outcome::Holds), (24, Outcome::Clear)] {
            schedule.jobs[0].recurrence = Recurrence::Every(SignedDuration::from_hours(hours));
            let fact = fact(&schedule, &schedule.jobs[0], &state, 12 * HOUR).unwrap();
            assert_eq!(fact.outcome, outcome);
            let seen = Observation {
                at: 12 * HOUR,
                run: None,
                commit: None,
                facts: vec![fact],
            };
            state.here.alerts.observe(&seen, &BTreeSet::new());
        }
        let detail = &state.here.alerts.all()[0].detail;
        assert_eq!(detail, "not overdue any more (every 4h)");
    }

    #[test]
    fn collector_counts_as_missing_from_the_end_of_its_last_run() {
        let schedule = schedule();
        let series = || BTreeMap::from([(Collector::named("clippy"), String::new())]);
        let mut state = AlertState::default();
        let run = Run {
            seconds: 9.0 * 3600.0,
            ..store::tests::run(0, StepStatus::Whole)
        };
        remember(series(), &run, &mut state, 9 * HOUR);
        for (hours, outcome) in [
            (9, Outcome::Clear),
            (16, Outcome::Clear),
            (17, Outcome::Holds),
        ] {
            let fact = fact(&schedule, &schedule.jobs[0], &state, hours * HOUR).unwrap();
            assert_eq!(fact.outcome, outcome, "after {hours} h");
        }

        // A run that ended earlier changes nothing, unless the later end is in the future.
        let earlier = store::tests::run(HOUR, StepStatus::Whole);
        remember(series(), &earlier, &mut state, 9 * HOUR);
        assert_eq!(state.measured["clippy"], 9 * HOUR);
        remember(series(), &earlier, &mut state, 2 * HOUR);
        assert_eq!(state.measured["clippy"], HOUR + 2);
    }

    #[test]
    fn result_that_is_current_again_counts_as_a_measurement() {
        let schedule = schedule();
        let series = || BTreeMap::from([(Collector::named("clippy"), String::new())]);
        let mut state = AlertState::default();
        let run = store::tests::run(0, StepStatus::Whole);
        remember(series(), &run, &mut state, 0);
        for (current, outcome) in [(false, Outcome::Holds), (true, Outcome::Clear)] {
            if current {
                remember_current(series(), &run, &mut state, 24 * HOUR);
            }
            let fact = fact(&schedule, &schedule.jobs[0], &state, 24 * HOUR).unwrap();
            assert_eq!(fact.outcome, outcome);
        }
        // A result that is incomplete is none.
        let partial = store::tests::run(0, StepStatus::Partial(String::new()));
        let of_tests = BTreeMap::from([(Collector::named("test"), String::new())]);
        remember_current(of_tests, &partial, &mut state, 48 * HOUR);
        assert!(!state.measured.contains_key("test"));
    }

    #[test]
    fn collector_that_could_never_be_measured_is_an_alert_as_well() {
        let schedule = schedule();
        let mut state = AlertState::default();
        state.tried.insert("clippy".to_owned(), 0);
        for (now, outcome) in [(HOUR, Outcome::Clear), (8 * HOUR, Outcome::Holds)] {
            let fact = fact(&schedule, &schedule.jobs[0], &state, now).unwrap();
            assert_eq!(fact.outcome, outcome);
        }
    }
}

use jiff::tz::TimeZoneDatabase;

use super::*;

fn zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Returns a job without options.
pub(super) fn job(recurrence: Recurrence) -> Job {
    Job {
        collector: Collector::named("check"),
        recurrence,
        text: String::new(),
        args: Vec::new(),
        build: None,
        spread: SignedDuration::ZERO,
    }
}

fn schedule(zone: TimeZone, recurrence: Recurrence) -> Schedule {
    Schedule {
        zone,
        quiet: None,
        jobs: vec![job(recurrence)],
    }
}

fn daily(hour: i8, minute: i8) -> Recurrence {
    Recurrence::Calendar(Days::DAILY, vec![Time::constant(hour, minute, 0, 0)])
}

fn due(schedule: &Schedule, last: Option<&str>, now: &str) -> Due {
    schedule.due(
        &schedule.jobs[0],
        SignedDuration::ZERO,
        last.map(at),
        at(now),
    )
}

/// Runs the job whenever it is due, with the clock at exactly these moments, and returns when it
/// started.
fn starts(schedule: &Schedule, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
    let (mut now, mut last, mut starts) = (from, from, Vec::new());
    while now < to {
        let due = schedule.due(&schedule.jobs[0], SignedDuration::ZERO, Some(last), now);
        match due {
            Due::Since(..) => {
                starts.push(now);
                last = now;
            }
            Due::At(next) => now = next,
            Due::OnDemand => break,
        }
    }
    starts
}

#[test]
fn intervals_count_from_the_start_of_the_last_run() {
    let hourly = schedule(
        TimeZone::UTC,
        Recurrence::Every(SignedDuration::from_hours(1)),
    );
    let table = [
        (None, Due::Since(at("2026-03-01T12:00:00Z"), 0)),
        (
            Some("2026-03-01T11:30:00Z"),
            Due::At(at("2026-03-01T12:30:00Z")),
        ),
        (
            Some("2026-03-01T11:00:00Z"),
            Due::Since(at("2026-03-01T12:00:00Z"), 0),
        ),
        (
            Some("2026-03-01T08:30:00Z"),
            Due::Since(at("2026-03-01T09:30:00Z"), 2),
        ),
        // A run from the future was recorded by a wrong clock.
        (
            Some("2027-01-01T00:00:00Z"),
            Due::Since(at("2026-03-01T12:00:00Z"), 0),
        ),
    ];
    for (last, expected) in table {
        assert_eq!(
            due(&hourly, last, "2026-03-01T12:00:00Z"),
            expected,
            "{last:?}"
        );
    }
}

#[test]
fn missed_times_of_a_calendar_collapse_into_one() {
    let nightly = schedule(zone("Europe/Berlin"), daily(3, 0));
    let table = [
        // 03:00 in Berlin is 02:00 UTC in winter.
        (
            Some("2026-01-05T02:00:00Z"),
            "2026-01-05T10:00:00Z",
            Due::At(at("2026-01-06T02:00:00Z")),
        ),
        (
            Some("2026-01-05T01:59:00Z"),
            "2026-01-05T10:00:00Z",
            Due::Since(at("2026-01-05T02:00:00Z"), 0),
        ),
        (
            Some("2026-01-01T02:10:00Z"),
            "2026-01-05T10:00:00Z",
            Due::Since(at("2026-01-05T02:00:00Z"), 3),
        ),
        (
            None,
            "2026-01-05T10:00:00Z",
            Due::Since(at("2026-01-05T02:00:00Z"), 0),
        ),
    ];
    for (last, now, expected) in table {
        assert_eq!(due(&nightly, last, now), expected, "{last:?} {now}");
    }
}

#[test]
fn days_of_the_week_are_those_of_the_zone() {
    let weekdays = schedule(
        zone("Asia/Tokyo"),
        Recurrence::Calendar(Days::WEEKDAYS, vec![Time::constant(7, 30, 0, 0)]),
    );
    // Friday 2026-01-09 22:30 UTC is Saturday in Tokyo, so the next time is on Monday there.
    assert_eq!(
        due(
            &weekdays,
            Some("2026-01-08T22:30:00Z"),
            "2026-01-09T22:30:00Z"
        ),
        Due::At(at("2026-01-11T22:30:00Z"))
    );
}

#[test]
fn quiet_hours_postpone_to_their_end() {
    let mut hourly = schedule(
        TimeZone::UTC,
        Recurrence::Every(SignedDuration::from_hours(1)),
    );
    hourly.quiet = Some(QuietHours {
        from: Time::constant(22, 0, 0, 0),
        to: Time::constant(6, 0, 0, 0),
    });
    let table = [
        (
            "2026-03-01T21:00:00Z",
            "2026-03-01T21:59:00Z",
            Due::At(at("2026-03-02T06:00:00Z")),
        ),
        (
            "2026-03-01T21:00:00Z",
            "2026-03-01T23:00:00Z",
            Due::At(at("2026-03-02T06:00:00Z")),
        ),
        (
            "2026-03-01T21:00:00Z",
            "2026-03-02T03:00:00Z",
            Due::At(at("2026-03-02T06:00:00Z")),
        ),
        (
            "2026-03-01T21:00:00Z",
            "2026-03-02T06:00:00Z",
            Due::Since(at("2026-03-02T06:00:00Z"), 0),
        ),
        (
            "2026-03-01T21:00:00Z",
            "2026-03-02T08:30:00Z",
            Due::Since(at("2026-03-02T06:00:00Z"), 2),
        ),
    ];
    for (last, now, expected) in table {
        assert_eq!(due(&hourly, Some(last), now), expected, "{now}");
    }
}

#[test]
fn times_in_quiet_hours_are_missed_when_they_end() {
    let mut schedule = schedule(
        TimeZone::UTC,
        Recurrence::Calendar(
            Days::DAILY,
            vec![Time::constant(3, 0, 0, 0), Time::constant(23, 0, 0, 0)],
        ),
    );
    schedule.quiet = Some(QuietHours {
        from: Time::constant(22, 0, 0, 0),
        to: Time::constant(6, 0, 0, 0),
    });
    let last = at("2026-03-01T07:00:00Z");
    for (now, missed) in [
        ("2026-03-02T04:00:00Z", 0),
        ("2026-03-02T06:30:00Z", 0),
        ("2026-03-03T05:00:00Z", 0),
        ("2026-03-03T06:00:00Z", 1),
        ("2026-03-05T23:30:00Z", 3),
    ] {
        let found = schedule.missed(&schedule.jobs[0], last, at(now));
        assert_eq!(found, missed, "{now}");
    }
}

#[test]
fn machines_start_later_by_their_offset() {
    let mut nightly = schedule(TimeZone::UTC, daily(3, 0));
    nightly.jobs[0].spread = SignedDuration::from_mins(30);
    let offset = SignedDuration::from_mins(12);
    let due = |now| {
        let last = Some(at("2026-03-01T03:12:00Z"));
        nightly.due(&nightly.jobs[0], offset, last, at(now))
    };
    assert_eq!(
        due("2026-03-02T03:00:00Z"),
        Due::At(at("2026-03-02T03:12:00Z"))
    );
    assert_eq!(
        due("2026-03-02T03:12:00Z"),
        Due::Since(at("2026-03-02T03:12:00Z"), 0)
    );
}

#[test]
fn on_demand_is_never_due() {
    let never = schedule(TimeZone::UTC, Recurrence::OnDemand);
    assert_eq!(due(&never, None, "2026-03-01T12:00:00Z"), Due::OnDemand);
}

/// Zones whose clocks change by half an hour or two hours, at midnight, by the moon, or as most do.
const ODD_ZONES: [&str; 10] = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Havana",
    "America/New_York",
    "America/Santiago",
    "America/Scoresbysund",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Europe/Berlin",
];

/// Checks a run every day around each change of a zone's offset from 2020 to 2037. Returns how many
/// changes there are.
fn every_day_has_one_run(name: &str) -> usize {
    let (from, to) = (at("2020-01-01T00:00:00Z"), at("2038-01-01T00:00:00Z"));
    let zone = zone(name);
    let moments = zone
        .following(from)
        .map(|transition| transition.timestamp());
    let mut changes = 0;
    for moment in moments.take_while(|moment| *moment < to) {
        changes += 1;
        let local = moment.to_zoned(zone.clone()).datetime();
        // Times before, in and after the gap or the overlap.
        let before = local.checked_sub(30.minutes()).unwrap().time();
        for time in [before, local.time(), Time::constant(12, 0, 0, 0)] {
            let recurrence = Recurrence::Calendar(Days::DAILY, vec![time]);
            let schedule = schedule(zone.clone(), recurrence);
            let from = moment.checked_sub(60.hours()).unwrap();
            let runs = starts(&schedule, from, moment.checked_add(60.hours()).unwrap());
            // A time that a gap at midnight skips comes on the next day.
            let hours = |pair: &[Timestamp]| pair[1].duration_since(pair[0]).as_hours();
            assert!(
                runs.len() >= 4 && runs.windows(2).all(|pair| (21..=27).contains(&hours(pair))),
                "{name} {moment} {time}: {runs:?}"
            );
        }
    }
    changes
}

#[test]
fn every_day_with_a_change_of_the_clock_has_one_run() {
    for name in ODD_ZONES {
        assert!(every_day_has_one_run(name) > 0, "{name}");
    }
}

#[test]
#[ignore = "long: every zone of the database"]
fn long_every_day_with_a_change_of_the_clock_has_one_run() {
    let database = TimeZoneDatabase::bundled();
    let changes = database
        .available()
        .map(|name| every_day_has_one_run(name.as_str()));
    assert!(changes.sum::<usize>() > 5000);
}

#[test]
fn spring_gap_and_autumn_overlap_run_once() {
    let nightly = schedule(zone("Europe/Berlin"), daily(2, 30));
    let runs = |from, to| -> Vec<String> {
        let starts = starts(&nightly, at(from), at(to));
        starts.iter().map(ToString::to_string).collect()
    };
    // 02:30 does not exist on 2026-03-29; the gap ends at 03:00 in summer time, 01:00 UTC.
    assert_eq!(
        runs("2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z"),
        ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]
    );
    // 02:30 occurs twice on 2026-10-25, first in summer time.
    assert_eq!(
        runs("2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z"),
        ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
    );
}

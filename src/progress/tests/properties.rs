//! What holds for every plan, risk and log, tried with random ones.

use super::*;
use crate::progress::plan::{Timetable, status};
use crate::progress::risk::RiskStatus;
use crate::risk::{Risk, RiskLevel};
use crate::workstream::Attestation;

/// How many random cases each property is tried with.
const CASES: usize = 500;

/// Times that differ by less are equal.
const NOTHING: f64 = 1e-6;

fn today() -> Date {
    day("2026-11-30")
}

/// Returns the plan of workstreams without any actions. `done` are those whose criteria are met.
fn timetable(streams: &[Workstream], done: &[bool]) -> Timetable {
    let mut criteria = Vec::new();
    for is_done in done {
        criteria.push(criterion(match is_done {
            true => CriterionOutcome::Met,
            false => CriterionOutcome::Open("why".into()),
        }));
    }
    let idle = vec![Activity::default(); streams.len()];
    schedule(&standings(streams, criteria, idle), today())
}

/// Returns workstreams of which each needs some of those before it, all with estimates, in a random order.
fn random_plan(random: &mut Random) -> Vec<Workstream> {
    let mut streams: Vec<Workstream> = Vec::new();
    for at in 0..1 + random.below(9) {
        let mut needs = Vec::new();
        for _ in 0..random.below(3).min(at) {
            needs.push(random.below(at).to_string());
        }
        let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
        let likely = 1.0 + random.below(9) as f64;
        let points = [likely / 2.0, likely, likely * 2.0];
        let place = random.below(at + 1);
        streams.insert(place, planned(&at.to_string(), &needs, Some(points)));
    }
    streams
}

fn at(streams: &[Workstream], id: &str) -> usize {
    let found = streams.iter().position(|stream| stream.id == id);
    found.expect("it is in the plan")
}

#[test]
fn no_workstream_starts_before_its_needs_end() {
    for seed in 0..CASES {
        let streams = random_plan(&mut Random::new(seed));
        let plan = timetable(&streams, &vec![false; streams.len()]);
        let mut last: f64 = 0.0;
        for (stream, slot) in streams.iter().zip(&plan.slots) {
            let mut start: f64 = 0.0;
            for need in &stream.needs {
                start = start.max(plan.slots[at(&streams, need)].end);
            }
            // It does not wait for anything else either.
            assert!((slot.start - start).abs() < NOTHING, "seed {seed}");
            last = last.max(slot.end);
        }
        assert!((plan.end - last).abs() < NOTHING, "seed {seed}");
    }
}

/// The critical workstreams lead from now to the end without a gap.
#[test]
fn critical_workstreams_form_a_chain_from_now_to_the_end() {
    for seed in 0..CASES {
        let streams = random_plan(&mut Random::new(seed));
        let plan = timetable(&streams, &vec![false; streams.len()]);
        let critical: Vec<usize> = (0..streams.len())
            .filter(|at| plan.slots[*at].is_critical())
            .collect();
        let mut end = plan.end;
        while end > NOTHING {
            let mut last = critical.iter().map(|at| plan.slots[*at]);
            let slot = last.find(|slot| (slot.end - end).abs() < NOTHING);
            end = slot
                .unwrap_or_else(|| panic!("seed {seed}: {plan:?}"))
                .start;
        }
    }
}

/// A workstream that takes longer by its slack does not move the end, and one that takes longer by more does.
#[test]
fn slack_is_the_longest_delay_that_does_not_move_the_end() {
    for seed in 0..CASES {
        let mut random = Random::new(seed);
        let streams = random_plan(&mut random);
        let plan = timetable(&streams, &vec![false; streams.len()]);
        let late = random.below(streams.len());
        let slack = plan.slots[late].slack;
        for (delay, expected) in [(slack, plan.end), (slack + 0.5, plan.end + 0.5)] {
            let mut delayed = streams.clone();
            let estimate = delayed[late].estimate.as_mut().expect("all have one");
            for point in [
                &mut estimate.optimistic,
                &mut estimate.likely,
                &mut estimate.pessimistic,
            ] {
                *point += delay;
            }
            let found = timetable(&delayed, &vec![false; streams.len()]).end;
            assert!(
                (found - expected).abs() < NOTHING,
                "seed {seed}: {found} and not {expected}"
            );
        }
    }
}

#[test]
fn completed_workstream_never_delays_the_end() {
    for seed in 0..CASES {
        let mut random = Random::new(seed);
        let streams = random_plan(&mut random);
        let mut done = vec![false; streams.len()];
        let mut end = timetable(&streams, &done).end;
        for _ in 0..streams.len() {
            done[random.below(streams.len())] = true;
            let plan = timetable(&streams, &done);
            assert!(plan.end <= end + NOTHING, "seed {seed}");
            end = plan.end;
        }
        let plan = timetable(&streams, &vec![true; streams.len()]);
        assert!(
            plan.end < NOTHING && plan.deviation < NOTHING,
            "seed {seed}"
        );
    }
}

#[test]
fn plan_is_the_same_in_any_order_of_the_configuration() {
    for seed in 0..CASES {
        let streams = random_plan(&mut Random::new(seed));
        let mut turned = streams.clone();
        turned.rotate_left(streams.len() / 2);
        turned.reverse();
        let open = vec![false; streams.len()];
        let (plan, other) = (timetable(&streams, &open), timetable(&turned, &open));
        assert!((plan.end - other.end).abs() < NOTHING, "seed {seed}");
        for (stream, slot) in streams.iter().zip(&plan.slots) {
            let same = &other.slots[at(&turned, &stream.id)];
            assert!((slot.start - same.start).abs() < NOTHING, "seed {seed}");
            assert!((slot.slack - same.slack).abs() < NOTHING, "seed {seed}");
        }
    }
}

/// A plan is not earlier than it can be: without an estimate, its end and the ends behind it are bounds.
#[test]
fn missing_estimate_makes_every_end_behind_it_a_bound() {
    for seed in 0..CASES {
        let mut random = Random::new(seed);
        let mut streams = random_plan(&mut random);
        let without = random.below(streams.len());
        streams[without].estimate = None;
        let plan = timetable(&streams, &vec![false; streams.len()]);
        assert!(plan.is_at_least, "seed {seed}");
        for (here, stream) in streams.iter().enumerate() {
            let mut needs = stream.needs.iter();
            let waits = needs.any(|need| plan.slots[at(&streams, need)].is_at_least);
            let expected = here == without || waits;
            assert_eq!(plan.slots[here].is_at_least, expected, "seed {seed}");
        }
    }
}

/// Entries of several clones come in any order: their names only say which one is meant.
#[test]
fn order_of_log_entries_does_not_matter() {
    for seed in 0..CASES {
        let mut random = Random::new(seed);
        let activity = random_activity(&mut random, 0);
        let mut renamed = Activity::default();
        for (name, action) in &activity.actions {
            let mut action = action.clone();
            if let ActionKind::Unblock { closes } = &mut action.kind {
                for name in closes {
                    *name = other_name(name);
                }
            }
            renamed.actions.insert(other_name(name), action);
        }
        let streams = [stream("0", &[])];
        let mut found = Vec::new();
        for activity in [activity, renamed] {
            let criteria = vec![criterion(CriterionOutcome::Open("why".into()))];
            let standing = standings(&streams, criteria, vec![activity]).remove(0);
            let start = standing.activity.start().cloned();
            let blockers = standing.activity.blockers().count();
            found.push((standing.status, start, blockers));
        }
        assert_eq!(found[0], found[1], "seed {seed}");
    }
}

/// Returns another name for an entry, so that the order of names is reversed.
fn other_name(name: &str) -> String {
    let number: usize = name.parse().expect("a number");
    (9 - number).to_string()
}

/// A day of the week, the days of work, and the end: it is a working day unless there is no work, and work that takes a day
/// longer ends later.
#[test]
fn work_ends_on_a_working_day_and_never_earlier_if_it_takes_longer() {
    let mut start = today();
    for _ in 0..14 {
        let mut last = start;
        for half_days in 1..30 {
            let days = f64::from(half_days) / 2.0;
            let end = day_after(start, days);
            assert!(
                working_days(end, end.tomorrow().expect("not the last day")) > 0.5,
                "{start} {days}"
            );
            assert!(end >= last, "{start} {days}");
            let worked = working_days(start, end.tomorrow().expect("not the last day"));
            assert!((worked - days.ceil()).abs() < NOTHING, "{start} {days}");
            last = end;
        }
        start = start.tomorrow().expect("not the last day");
    }
}

/// The verdicts of the conditions of a trigger, and the status. Verdicts are of the opposites: `fail` means that it holds.
fn random_trigger(random: &mut Random) -> Vec<Verdict> {
    let verdicts = [Verdict::Pass, Verdict::Fail, Verdict::NoVerdict];
    let count = 1 + random.below(4);
    (0..count).map(|_| *random.pick(&verdicts)).collect()
}

fn risk_with(verdicts: &[Verdict]) -> RiskStatus {
    let mut trigger = Vec::new();
    for at in 0..verdicts.len() {
        trigger.push(gate(&format!("check.errors{at} <= 0")));
    }
    let risk = Risk {
        id: "r".into(),
        title: "Builds break".into(),
        probability: RiskLevel::Low,
        impact: RiskLevel::Low,
        owner: "ana".into(),
        mitigation: None,
        review: None,
        trigger,
        workstream: None,
        milestone: None,
        closed: None,
    };
    let judge = |gates: &[crate::gate::Gate]| {
        let number = gates[0].metric.trim_start_matches("check.errors");
        let at: usize = number.parse().expect("a number");
        Judgement {
            gates: vec![Judged {
                verdict: verdicts[at],
                ..Judged::undecided("check.errors", Strictness::Deny)
            }],
            ..Judgement::default()
        }
    };
    let facts = RiskFacts {
        judge: &judge,
        is_complete: &|_| false,
        is_done: &|_| false,
        today: "2026-11-30",
    };
    self::risk(&risk, &facts).status
}

/// A risk is only called off on evidence about every condition, and the order of the conditions does not matter.
#[test]
fn risk_is_monitored_only_if_every_condition_is_known() {
    for seed in 0..CASES {
        let mut verdicts = random_trigger(&mut Random::new(seed));
        let expected = if verdicts.contains(&Verdict::Fail) {
            RiskStatus::Active
        } else if verdicts.contains(&Verdict::NoVerdict) {
            RiskStatus::Unknown
        } else {
            RiskStatus::Monitoring
        };
        assert_eq!(risk_with(&verdicts), expected, "{verdicts:?}");
        verdicts.reverse();
        assert_eq!(risk_with(&verdicts), expected, "{verdicts:?}");
    }
}

/// The dates of attestations, and the one that counts: of equal ones, the later in the file, where new ones are added.
#[test]
fn newest_attestation_counts_and_of_one_day_the_last_in_the_file() {
    for (dates, expected) in [
        (&["2026-11-01"][..], Some(1)),
        (&["2026-11-01", "2026-11-02"], Some(2)),
        (&["2026-11-02", "2026-11-01"], Some(1)),
        (&["2026-11-02", "2026-11-02"], Some(2)),
        (&["2026-11-02", "2026-11-02", "2026-11-01"], Some(2)),
        (&["2025-12-31", "2026-01-01"], Some(2)),
        (&[], None),
    ] {
        let mut given = Vec::new();
        for (line, date) in (1..).zip(dates) {
            for (id, line) in [("review", line), ("other", line + 100)] {
                given.push(Attestation {
                    id: id.into(),
                    statement: "s".into(),
                    author: "ana".into(),
                    date: (*date).to_owned(),
                    evidence: "there".into(),
                    until: None,
                    value: None,
                    unit: None,
                    line,
                });
            }
        }
        let found = newest("review", &given).map(|one| one.line);
        assert_eq!(found, expected, "{dates:?}");
    }
}

/// The health of a milestone, the statuses of its workstreams, and its own status.
#[test]
fn status_of_a_milestone_follows_from_its_health_and_its_workstreams() {
    use Status::{Blocked, Complete, InProgress, Pending, Ready};
    for (health, statuses, expected) in [
        (Health::Done, &[Complete][..], Complete),
        (Health::Blocked, &[InProgress, Complete], Blocked),
        (Health::Waiting, &[Blocked], Blocked),
        (Health::OnTrack, &[Pending, Ready], Pending),
        (Health::OnTrack, &[Ready, InProgress], InProgress),
        (Health::AtRisk, &[Complete, Ready], InProgress),
        (Health::Unknown, &[], Pending),
        (Health::Unknown, &[Complete], InProgress),
    ] {
        let mut own = Vec::new();
        for one in statuses {
            own.push(WorkstreamProgress {
                stream: stream("1", &[]),
                status: *one,
                criteria: Vec::new(),
                waits: Vec::new(),
                activity: Activity::default(),
            });
        }
        let own: Vec<_> = own.iter().map(|one| (one, Slot::default())).collect();
        assert_eq!(status(health, &own), expected, "{health:?} {statuses:?}");
    }
}

/// The outcomes of the criteria, how many are met, and the one to work on next.
#[test]
fn next_criterion_is_the_first_that_is_open_and_then_one_without_a_verdict() {
    let met = || CriterionOutcome::Met;
    let open = |why: &str| CriterionOutcome::Open(why.into());
    let unknown = |why: &str| CriterionOutcome::Unknown(why.into());
    for (outcomes, count, next) in [
        (vec![], 0, None),
        (vec![met(), met()], 2, None),
        (vec![met(), unknown("a"), unknown("b")], 1, Some("a")),
        (vec![unknown("a"), open("b"), open("c")], 0, Some("b")),
        (vec![open("a"), met(), unknown("b")], 1, Some("a")),
    ] {
        let criteria = outcomes.iter().cloned().flat_map(criterion).collect();
        let idle = vec![Activity::default()];
        let standing = standings(&[stream("1", &[])], vec![criteria], idle).remove(0);
        assert_eq!(standing.met(), count, "{outcomes:?}");
        let found = standing.next().map(|one| match &one.outcome {
            CriterionOutcome::Met => "met",
            CriterionOutcome::Open(why) | CriterionOutcome::Unknown(why) => why.as_str(),
        });
        assert_eq!(found, next, "{outcomes:?}");
    }
}

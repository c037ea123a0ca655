mod properties;

use jiff::civil::Date;

use super::plan::{Health, MilestoneFacts, Slot, ahead, day_after, health, schedule, working_days};
use super::*;
use crate::gate::Strictness;
use crate::judge::tests::gate;
use crate::run::{Judged, Judgement, Verdict};
use crate::tests::damage::Random;
use crate::workstream::{Estimate, Objective, Proof};

fn stream(id: &str, needs: &[&str]) -> Workstream {
    Workstream {
        id: id.into(),
        needs: needs.iter().map(|need| (*need).to_owned()).collect(),
        ..Workstream::default()
    }
}

fn criterion(outcome: CriterionOutcome) -> Vec<Criterion> {
    vec![Criterion {
        text: "c".into(),
        outcome,
        help: None,
    }]
}

fn action(workstream: &str, kind: ActionKind) -> WorkstreamAction {
    WorkstreamAction {
        workstream: workstream.into(),
        kind,
        text: "why".into(),
        author: "ana".into(),
        time: "2026-11-30T12:00:00Z".into(),
        commit: None,
    }
}

/// The own outcomes and needs of workstreams 1, 2 and so on, what was done, and the status of each.
#[test]
fn status_follows_from_criteria_needs_and_actions() {
    let met = || CriterionOutcome::Met;
    let open = || CriterionOutcome::Open("why".into());
    let unknown = || CriterionOutcome::Unknown("why".into());
    let block = ("e1", ActionKind::Block);
    let start = ("e0", ActionKind::Start);
    let unblock = |closes: &[&str]| {
        let closes = closes.iter().map(|name| (*name).to_owned());
        (
            "e2",
            ActionKind::Unblock {
                closes: closes.collect(),
            },
        )
    };
    for (streams, done, expected) in [
        (vec![(open(), &[][..])], vec![], "ready"),
        (vec![(met(), &[])], vec![], "complete"),
        (vec![(unknown(), &[])], vec![], "ready"),
        (vec![(open(), &[])], vec![start.clone()], "in progress"),
        (vec![(open(), &[])], vec![block.clone()], "blocked"),
        (
            vec![(open(), &[])],
            vec![start.clone(), block.clone()],
            "blocked",
        ),
        (vec![(met(), &[])], vec![block.clone()], "complete"),
        (
            vec![(open(), &[])],
            vec![start, block.clone(), unblock(&["e1"])],
            "in progress",
        ),
        (
            vec![(open(), &[])],
            vec![block.clone(), unblock(&["e9"])],
            "blocked",
        ),
        (vec![(open(), &[])], vec![block, unblock(&["e1"])], "ready"),
        (
            vec![(open(), &[]), (met(), &["1"])],
            vec![],
            "ready, blocked",
        ),
        (
            vec![(unknown(), &[]), (open(), &["1"])],
            vec![],
            "ready, pending",
        ),
        (
            vec![(unknown(), &[]), (met(), &["1"])],
            vec![],
            "ready, pending",
        ),
        (
            vec![(met(), &[]), (open(), &["1"])],
            vec![],
            "complete, ready",
        ),
        (
            vec![(unknown(), &[]), (open(), &["1"]), (open(), &["2"])],
            vec![],
            "ready, pending, blocked",
        ),
        (
            vec![(met(), &["2"]), (met(), &["1"])],
            vec![],
            "blocked, blocked",
        ),
        (vec![(met(), &["1"])], vec![], "blocked"),
        (vec![(met(), &["9"])], vec![], "blocked"),
    ] {
        let (mut all, mut criteria, mut activities) = (Vec::new(), Vec::new(), Vec::new());
        for (at, (outcome, needs)) in streams.iter().enumerate() {
            all.push(stream(&(at + 1).to_string(), needs));
            criteria.push(criterion(outcome.clone()));
            let own = done.iter().filter(|_| at == 0);
            let own = own.map(|(name, kind)| ((*name).to_owned(), action("1", kind.clone())));
            activities.push(Activity {
                actions: own.collect(),
                ..Activity::default()
            });
        }
        let standings = standings(&all, criteria, activities);
        let found: Vec<String> = standings.iter().map(|one| one.status.to_string()).collect();
        assert_eq!(found.join(", "), expected, "{streams:?} {done:?}");
    }
}

/// A verdict of a gate, a file that git tracks or not, the proof of an objective, and the state of the criteria.
#[test]
fn criteria_are_those_of_gates_deliverables_and_objectives() {
    let judged = |verdict| Judged {
        title: "tests failed".into(),
        require: "= 0".into(),
        verdict,
        reason: "3".into(),
        ..Judged::undecided("test.failed", Strictness::Deny)
    };
    let file = |path: &str, contains: Option<&str>| Proof::File {
        path: path.into(),
        contains: contains.map(str::to_owned),
    };
    for (verdict, proof, expected) in [
        (Verdict::Pass, Proof::Missing, ["met", "open"]),
        (Verdict::Fail, file("there", None), ["open", "met"]),
        (Verdict::NoVerdict, file("gone", None), ["unknown", "open"]),
        (Verdict::Waived, file("there", Some("word")), ["met", "met"]),
        (Verdict::Warn, file("there", Some("other")), ["met", "open"]),
        (
            Verdict::Pass,
            Proof::Test("core t".into()),
            ["met", "unknown"],
        ),
        (
            Verdict::Pass,
            Proof::Attestation("review".into()),
            ["met", "unknown"],
        ),
        (
            Verdict::Pass,
            Proof::Command("objectives.1.1".into()),
            ["met", "met"],
        ),
        (
            Verdict::Pass,
            Proof::Command("objectives.1.2".into()),
            ["met", "open"],
        ),
        (Verdict::Pass, Proof::Gates(Vec::new()), ["met", "open"]),
    ] {
        let judge = |_: &[crate::gate::Gate]| Judgement {
            gates: vec![judged(verdict)],
            ..Judgement::default()
        };
        let evidence = CriterionEvidence {
            judge: &judge,
            tracked: &|file| match file {
                "there" => CriterionOutcome::Met,
                _ => CriterionOutcome::Open("is not a file that git tracks".into()),
            },
            contains: &|_, text| Ok(text == "word"),
            test: &|_| CriterionOutcome::Unknown("not run".into()),
            command: &|metric| match metric {
                "objectives.1.1" => CriterionOutcome::Met,
                _ => CriterionOutcome::Open("not run".into()),
            },
            attestations: Err("cannot read"),
            today: "2026-11-30",
        };
        let stream = Workstream {
            gates: vec![gate("test.failed = 0")],
            objectives: vec![Objective {
                text: "o".into(),
                proof: proof.clone(),
            }],
            ..stream("1", &[])
        };
        let states = criteria(&stream, &evidence).into_iter();
        let states: Vec<&str> = states.map(|one| state(&one.outcome)).collect();
        assert_eq!(states, expected, "{verdict:?} {proof:?}");
    }
}

fn state(outcome: &CriterionOutcome) -> &'static str {
    match outcome {
        CriterionOutcome::Met => "met",
        CriterionOutcome::Open(_) => "open",
        CriterionOutcome::Unknown(_) => "unknown",
    }
}

#[test]
fn workstreams_that_need_each_other_are_named() {
    for (needs, expected) in [
        (&[("1", &[][..]), ("2", &["1"])][..], None),
        (&[("1", &["1"])], Some(&["1", "1"][..])),
        (&[("1", &["9"])], None),
        (
            &[("0", &["1"]), ("1", &["2"]), ("2", &["3"]), ("3", &["1"])],
            Some(&["1", "2", "3", "1"]),
        ),
    ] {
        let all: Vec<Workstream> = needs.iter().map(|(id, needs)| stream(id, needs)).collect();
        assert_eq!(ring(&all).as_deref(), expected, "{needs:?}");
    }
}

/// In random plans: a status is complete only with all criteria met and all needs complete, more evidence never takes a
/// completion or a start away, and the order of the entries does not matter.
#[test]
fn status_depends_on_evidence_only() {
    for seed in 0..500 {
        let mut random = Random::new(seed);
        let count = 1 + random.below(8);
        let mut streams = Vec::new();
        let mut outcomes = Vec::new();
        let mut activities = Vec::new();
        for at in 0..count {
            let needs: Vec<String> = (0..random.below(3))
                .map(|_| random.below(count).to_string())
                .collect();
            streams.push(Workstream {
                id: at.to_string(),
                needs,
                ..Workstream::default()
            });
            outcomes.push(match random.below(3) {
                0 => CriterionOutcome::Met,
                1 => CriterionOutcome::Open("o".into()),
                _ => CriterionOutcome::Unknown("u".into()),
            });
            activities.push(random_activity(&mut random, at));
        }
        let criteria =
            |outcomes: &[CriterionOutcome]| outcomes.iter().cloned().map(criterion).collect();
        let before = standings(&streams, criteria(&outcomes), activities.clone());
        for (standing, outcome) in before.iter().zip(&outcomes) {
            if standing.status == Status::Complete {
                assert_eq!(*outcome, CriterionOutcome::Met, "seed {seed}");
                for need in &standing.stream.needs {
                    let needed = find(&before, need).map(|one| one.status);
                    assert_eq!(needed, Some(Status::Complete), "seed {seed}");
                }
            }
        }

        let improved = random.below(count);
        outcomes[improved] = CriterionOutcome::Met;
        let after = standings(&streams, criteria(&outcomes), activities);
        for (before, after) in before.iter().zip(&after) {
            assert!(after.met() >= before.met(), "seed {seed}");
            let stays =
                [Status::Complete, Status::InProgress, Status::Ready].contains(&before.status);
            assert!(!stays || after.status >= before.status, "seed {seed}");
            assert!(after.status != Status::Blocked || before.status == Status::Blocked);
        }
    }
}

fn find<'s>(standings: &'s [WorkstreamProgress], id: &str) -> Option<&'s WorkstreamProgress> {
    standings.iter().find(|one| one.stream.id == id)
}

fn random_activity(random: &mut Random, at: usize) -> Activity {
    let mut activity = Activity::default();
    for entry in 0..random.below(4) {
        let kind = match random.below(4) {
            0 => ActionKind::Start,
            1 => ActionKind::Note,
            2 => ActionKind::Block,
            _ => ActionKind::Unblock {
                closes: vec![random.below(4).to_string()],
            },
        };
        activity
            .actions
            .insert(entry.to_string(), action(&at.to_string(), kind));
    }
    activity
}

fn planned(id: &str, needs: &[&str], points: Option<[f64; 3]>) -> Workstream {
    let estimate = points.map(|[optimistic, likely, pessimistic]| Estimate {
        optimistic,
        likely,
        pessimistic,
    });
    Workstream {
        estimate,
        ..stream(id, needs)
    }
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// The workstreams, whether each is complete, and for each start, end and slack; then the end and its deviation.
#[test]
fn end_is_that_of_the_longest_chain_of_needs() {
    let all = |days: f64| Some([days; 3]);
    type Row = (Vec<(Workstream, bool)>, &'static str, &'static str);
    let rows: [Row; 5] = [
        (
            vec![
                (planned("7.1", &[], all(2.4)), false),
                (planned("7.2", &[], all(2.4)), false),
                (planned("7.3", &[], all(1.2)), false),
                (planned("7.4", &["7.3"], all(1.0)), false),
            ],
            "0.0-2.4 0.0*, 0.0-2.4 0.0*, 0.0-1.2 0.2, 1.2-2.2 0.2",
            "2.4 +- 0.0",
        ),
        (
            vec![
                (planned("1", &[], Some([1.0, 2.0, 9.0])), false),
                (planned("2", &["1"], Some([2.0, 3.0, 4.0])), false),
            ],
            "0.0-3.0 0.0*, 3.0-6.0 0.0*",
            "6.0 +- 1.4",
        ),
        (
            vec![
                (planned("1", &[], all(5.0)), true),
                (planned("2", &["1"], all(1.0)), false),
            ],
            "0.0-0.0 0.0, 0.0-1.0 0.0*",
            "1.0 +- 0.0",
        ),
        (
            vec![
                (planned("2", &["1"], all(1.0)), false),
                (planned("1", &[], None), false),
            ],
            "0.0-1.0 0.0* at least, 0.0-0.0 0.0 at least",
            "1.0 +- 0.0 at least",
        ),
        (
            vec![(planned("1", &["1"], all(1.0)), false)],
            "0.0-1.0 0.0*",
            "1.0 +- 0.0",
        ),
    ];
    for (streams, expected, end) in rows {
        let (streams, complete): (Vec<_>, Vec<_>) = streams.into_iter().unzip();
        let criteria = complete.iter().map(|complete| match complete {
            true => criterion(CriterionOutcome::Met),
            false => criterion(CriterionOutcome::Open("why".into())),
        });
        let idle = vec![Activity::default(); streams.len()];
        let standings = standings(&streams, criteria.collect(), idle);
        let schedule = schedule(&standings, day("2026-11-30"));
        let shown = schedule.slots.iter().map(|slot| {
            let critical = if slot.is_critical() { "*" } else { "" };
            let least = if slot.is_at_least { " at least" } else { "" };
            format!(
                "{:.1}-{:.1} {:.1}{critical}{least}",
                slot.start, slot.end, slot.slack
            )
        });
        let shown: Vec<String> = shown.collect();
        assert_eq!(shown.join(", "), expected);
        let least = if schedule.is_at_least {
            " at least"
        } else {
            ""
        };
        let shown = format!("{:.1} +- {:.1}{least}", schedule.end, schedule.deviation);
        assert_eq!(shown, end);
    }
}

#[test]
fn work_that_began_takes_less_from_then_on() {
    let stream = planned("1", &[], Some([3.0; 3]));
    for (today, left) in [
        ("2026-11-27", 3.0),
        ("2026-11-30", 2.0),
        ("2026-12-04", 0.0),
    ] {
        let mut activity = Activity::default();
        let start = WorkstreamAction {
            time: "2026-11-27T09:00:00Z".into(),
            ..action("1", ActionKind::Start)
        };
        activity.actions.insert("e".into(), start);
        let criteria = vec![criterion(CriterionOutcome::Open("why".into()))];
        let standings = standings(std::slice::from_ref(&stream), criteria, vec![activity]);
        let schedule = schedule(&standings, day(today));
        assert!((schedule.end - left).abs() < 1e-9, "{today}: {schedule:?}");
    }
}

#[test]
fn weekends_are_free() {
    for (today, days, end) in [
        ("2026-11-30", 0.0, "2026-11-30"),
        ("2026-11-30", 0.5, "2026-11-30"),
        ("2026-11-30", 2.4, "2026-12-02"),
        ("2026-11-27", 2.0, "2026-11-30"),
        ("2026-11-28", 1.0, "2026-11-30"),
        ("2026-11-28", 0.0, "2026-11-28"),
    ] {
        assert_eq!(
            day_after(day(today), days).to_string(),
            end,
            "{today} {days}"
        );
    }
    let count = |from, to| working_days(day(from), day(to));
    assert!((count("2026-11-27", "2026-12-01") - 2.0).abs() < 1e-9);
    assert!((count("2026-12-01", "2026-11-27") + 2.0).abs() < 1e-9);
    // 2026-12-04 is a Friday.
    for (end, target, expected) in [
        ("2026-12-04", "2026-12-04", 0.0),
        ("2026-12-04", "2026-12-06", 0.0),
        ("2026-12-04", "2026-12-07", 1.0),
        ("2026-12-02", "2026-12-04", 2.0),
        ("2026-12-07", "2026-12-05", -1.0),
        ("2026-12-07", "2026-12-04", -1.0),
    ] {
        let found = ahead(day(end), day(target));
        assert!((found - expected).abs() < 1e-9, "{end} {target}: {found}");
    }
}

/// The state of the only workstream, its days left, the target, whether the gates pass, and the health on Monday 2026-11-30.
#[test]
fn health_of_a_milestone_follows_from_its_workstreams() {
    for (status, left, target, gates, expected) in [
        (Status::Complete, 0.0, None, Some(true), Health::Done),
        (Status::Complete, 0.0, None, Some(false), Health::Unknown),
        (Status::InProgress, 2.0, None, Some(true), Health::Unknown),
        (
            Status::InProgress,
            2.0,
            Some("2026-12-04"),
            Some(true),
            Health::OnTrack,
        ),
        (
            Status::InProgress,
            5.0,
            Some("2026-12-04"),
            Some(true),
            Health::AtRisk,
        ),
        (
            Status::InProgress,
            9.0,
            Some("2026-12-04"),
            Some(true),
            Health::AtRisk,
        ),
        (
            Status::Complete,
            0.0,
            Some("2026-11-27"),
            None,
            Health::AtRisk,
        ),
        (
            Status::Blocked,
            1.0,
            Some("2026-12-04"),
            Some(true),
            Health::Waiting,
        ),
    ] {
        let waits = match status {
            Status::Blocked => vec![Wait {
                id: "other".into(),
                is_certain: true,
            }],
            _ => Vec::new(),
        };
        let standing = WorkstreamProgress {
            stream: stream("1", &[]),
            status,
            criteria: Vec::new(),
            waits,
            activity: Activity::default(),
        };
        let slot = Slot {
            end: left,
            ..Slot::default()
        };
        let (found, _) = health(&MilestoneFacts {
            own: &[(&standing, slot)],
            gates_pass: gates,
            target: target.map(day),
            today: day("2026-11-30"),
        });
        assert_eq!(found, expected, "{status} {left} {target:?}");
    }
}

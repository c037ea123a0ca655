use super::*;

/// Seconds between two measurements.
const TICK: i64 = 60;

fn fact(metric: &str, outcome: Outcome) -> Fact {
    Fact {
        key: AlertKey {
            rule: format!("{metric} > 0"),
            series: String::new(),
            metric: metric.to_owned(),
            package: None,
        },
        id: metric.to_owned(),
        severity: Severity::Warning,
        deliver: Delivery::Now,
        confirm: Confirm::Runs(1),
        outcome,
        known_since: None,
        role: ErrorRole::Independent,
        better: Better::Lower,
        reading: Some(Reading::exact(1.0)),
        detail: String::new(),
        places: Vec::new(),
    }
}

fn observation(tick: usize, facts: Vec<Fact>) -> Observation {
    Observation {
        at: at(tick),
        run: Some(RunId(format!("run-{tick}"))),
        commit: None,
        facts,
    }
}

fn at(tick: usize) -> i64 {
    i64::try_from(tick).unwrap() * TICK
}

fn outcome(sign: char) -> Outcome {
    match sign {
        '!' | 'k' => Outcome::Holds,
        '.' => Outcome::Clear,
        '?' => Outcome::Unknown,
        '1' => Outcome::First,
        'g' => Outcome::Gone,
        other => panic!("unknown sign {other}"),
    }
}

fn sign(change: Change) -> char {
    match change {
        Change::Fired => 'F',
        Change::Resolved => 'R',
        Change::Accepted => 'A',
        Change::Unconfigured => 'U',
        Change::BranchGone => 'B',
    }
}

impl Told {
    /// Takes a measurement and returns what a channel is told.
    fn after(&mut self, alerts: &mut Alerts, seen: &Observation) -> Vec<Transition> {
        alerts.observe(seen, &BTreeSet::new());
        self.update(alerts, |_| false, seen.at)
    }
}

/// Returns what is announced in each measurement; a dot for nothing.
fn announced(confirm: Confirm, measured: &str) -> String {
    let (mut alerts, mut told) = (Alerts::default(), Told::default());
    let mut changes = String::new();
    for (tick, value) in measured.chars().enumerate() {
        let fact = Fact {
            confirm,
            known_since: (value == 'k').then_some(TICK),
            ..fact("a", outcome(value))
        };
        let seen = told.after(&mut alerts, &observation(tick, vec![fact]));
        assert!(seen.len() < 2, "{measured}: {seen:?}");
        changes.push(seen.first().map_or('.', |one| sign(one.change)));
    }
    changes
}

#[test]
fn each_change_is_announced_once() {
    let once = Confirm::Runs(1);
    for (confirm, measured, expected) in [
        // It fires once, however often it is measured, and only a measurement resolves it.
        (once, "..!!!!..", "..F...R."),
        (once, "!???!?.", "F.....R"),
        (once, "????", "...."),
        (once, "!?????", "F....."),
        // Flapping.
        (once, ".!.!.!", ".FRFRF"),
        (Confirm::Runs(2), ".!.!.!", "......"),
        (Confirm::Runs(2), "!!.!!.", ".FR.FR"),
        (Confirm::Runs(3), "!?!?!.", "....FR"),
        (Confirm::Runs(2), "!.!!", "...F"),
        // Three ticks of a minute.
        (Confirm::Seconds(3 * TICK), "!!!!!.", "...F.R"),
        (Confirm::Seconds(3 * TICK), "!???!.", "....FR"),
        (Confirm::Seconds(3 * TICK), "!.!!!.", "......"),
        // Without a value to compare with, the condition does not hold.
        (once, "1..!", "...F"),
        (once, "!1.", "F.R"),
        // What held in the baseline, measured at tick 1, is known until it did not hold once.
        (once, "?kkkk", "....."),
        (once, "1!k.k", ".FA.F"),
        (once, "?kk.kk", "....F."),
        (once, "!k", "FA"),
        // The package was removed.
        (once, "!g", "FR"),
        (once, ".g", ".."),
    ] {
        assert_eq!(
            announced(confirm, measured),
            expected,
            "{confirm:?} {measured}"
        );
    }
}

#[test]
fn channel_that_could_not_be_used_is_told_the_difference() {
    for (measured, usable, expected) in [
        // It fired while the channel was missing, and still fires.
        (".!!!", "+--+", "...F"),
        // A new channel is told what fires.
        (".!!!", "---+", "...F"),
        // It fired and was resolved in between.
        (".!..", "+--+", "...."),
        // It was resolved in between.
        ("!!..", "+--+", "F..R"),
        // It was resolved and fires again.
        ("!.!!.", "+--++", "F...R"),
        ("!.!!", "++-+", "FR.F"),
        // A new baseline accepted it in between.
        ("!!kk", "+--+", "F..A"),
        // Its package was removed in between.
        ("!gg", "+-+", "F.R"),
        // Nothing is known about it any more.
        ("!??", "+-+", "F.."),
    ] {
        let (mut alerts, mut told) = (Alerts::default(), Told::default());
        let mut changes = String::new();
        for (tick, (value, usable)) in measured.chars().zip(usable.chars()).enumerate() {
            let fact = Fact {
                known_since: (value == 'k').then_some(TICK),
                ..fact("a", outcome(value))
            };
            alerts.observe(&observation(tick, vec![fact]), &BTreeSet::new());
            let text = serde_json::to_string(&told).unwrap();
            told = serde_json::from_str(&text).unwrap();
            let seen = match usable {
                '+' => told.update(&alerts, |_| false, at(tick)),
                _ => Vec::new(),
            };
            changes.push(seen.first().map_or('.', |one| sign(one.change)));
        }
        assert_eq!(changes, expected, "{measured} {usable}");
    }
}

#[test]
fn alert_without_a_rule_is_resolved_unless_it_is_kept() {
    let (mut alerts, mut told) = (Alerts::default(), Told::default());
    told.after(
        &mut alerts,
        &observation(0, vec![fact("a", Outcome::Holds)]),
    );
    let none = Alerts::default();
    assert_eq!(told.update(&none, |_| true, 1), []);
    let seen = told.update(&none, |_| false, 2);
    let seen: Vec<(Change, i64)> = seen.iter().map(|one| (one.change, one.at)).collect();
    assert_eq!(seen, [(Change::Unconfigured, 2)]);
    assert_eq!(told, Told::default());
}

#[test]
fn alert_keeps_its_id_while_rules_on_its_metric_come_and_go() {
    let mut alerts = Alerts::default();
    let other = BTreeSet::from(["m#4".to_owned()]);
    for (tick, (rules, expected)) in [
        (vec!["> 0"], vec!["> 0 m"]),
        (vec!["> 3", "> 0"], vec!["> 0 m", "> 3 m#2"]),
        (vec!["> 3"], vec!["> 3 m#2"]),
        (vec!["> 3", "> 5"], vec!["> 3 m#2", "> 5 m"]),
        (
            vec!["> 7", "> 5", "> 3"],
            vec!["> 3 m#2", "> 5 m", "> 7 m#3"],
        ),
        (
            vec!["> 9", "> 7", "> 5", "> 3"],
            vec!["> 3 m#2", "> 5 m", "> 7 m#3", "> 9 m#5"],
        ),
    ]
    .into_iter()
    .enumerate()
    {
        alerts.take_unconfigured(|key| rules.contains(&key.rule.as_str()));
        let facts = rules.iter().enumerate().map(|(at, rule)| {
            let mut fact = fact("m", Outcome::Holds);
            fact.key.rule = (*rule).to_owned();
            if at > 0 {
                fact.id = format!("m#{}", at + 1);
            }
            fact
        });
        alerts.observe(&observation(tick, facts.collect()), &other);
        let ids = alerts.all().iter();
        let ids: Vec<String> = ids
            .map(|alert| format!("{} {}", alert.key.rule, alert.id))
            .collect();
        assert_eq!(ids, expected, "tick {tick}");
    }
    let mut restored = alerts.all()[0].clone();
    restored.key.rule = "> 1".to_owned();
    alerts.restore(restored);
    assert_eq!(alerts.all()[0].id, "m#4", "its own is taken");
}

#[test]
fn raised_severity_of_a_firing_alert_is_announced() {
    let (mut alerts, mut told) = (Alerts::default(), Told::default());
    for (tick, (severity, value, expected)) in [
        (Severity::Warning, '!', Some(Change::Fired)),
        (Severity::Warning, '!', None),
        (Severity::Critical, '!', Some(Change::Fired)),
        (Severity::Critical, '!', None),
        (Severity::Info, '!', None),
        (Severity::Critical, '.', Some(Change::Resolved)),
    ]
    .into_iter()
    .enumerate()
    {
        let fact = Fact {
            severity,
            ..fact("a", outcome(value))
        };
        let seen = told.after(&mut alerts, &observation(tick, vec![fact]));
        assert!(seen.len() < 2, "{seen:?}");
        assert_eq!(seen.first().map(|one| one.change), expected, "tick {tick}");
    }
}

#[test]
fn time_of_confirmation_is_counted_from_now_if_it_began_in_the_future() {
    let (mut alerts, mut told) = (Alerts::default(), Told::default());
    let mut changes = Vec::new();
    // The clock is a day ahead in the first measurement.
    for now in [24 * 3600, 0, TICK, 9 * TICK, 10 * TICK, 11 * TICK] {
        let fact = Fact {
            confirm: Confirm::Seconds(10 * TICK),
            ..fact("a", Outcome::Holds)
        };
        let seen = Observation {
            at: now,
            ..observation(0, vec![fact])
        };
        changes.push(told.after(&mut alerts, &seen).len());
    }
    assert_eq!(changes, [0, 0, 0, 0, 1, 0]);
}

/// Returns the announcements of compile errors and of a metric that follows from them.
fn with_errors(errors: &str, follower: &str, needed: u32) -> (String, String) {
    let (mut alerts, mut told) = (Alerts::default(), Told::default());
    let (mut of_errors, mut of_follower) = (String::new(), String::new());
    for (tick, (error, other)) in errors.chars().zip(follower.chars()).enumerate() {
        let blocking = Fact {
            role: ErrorRole::Blocking,
            confirm: Confirm::Runs(needed),
            ..fact("errors", outcome(error))
        };
        let following = Fact {
            role: ErrorRole::Following,
            ..fact("a-follower", outcome(other))
        };
        let seen = told.after(&mut alerts, &observation(tick, vec![following, blocking]));
        let change = |metric: &str| {
            let mut of_metric = seen.iter().filter(|one| one.alert.key.metric == metric);
            of_metric.next().map_or('.', |one| sign(one.change))
        };
        of_errors.push(change("errors"));
        of_follower.push(change("a-follower"));
    }
    (of_errors, of_follower)
}

#[test]
fn errors_of_another_build_mute_nothing() {
    let (mut alerts, mut told) = (Alerts::default(), Told::default());
    let mut blocking = Fact {
        role: ErrorRole::Blocking,
        ..fact("errors", outcome('!'))
    };
    blocking.key.series = "release".to_owned();
    let following = Fact {
        role: ErrorRole::Following,
        ..fact("a-follower", outcome('!'))
    };
    let seen = told.after(&mut alerts, &observation(0, vec![following, blocking]));
    assert_eq!(seen.len(), 2);
}

#[test]
fn compile_errors_mute_what_follows_from_them() {
    for (errors, follower, needed, expected) in [
        ("!!.", "!!.", 1, ("F.R", "...")),
        // It still fires when the errors are gone.
        ("!!.", "!!!", 1, ("F.R", "..F")),
        // Announced before the errors, so its end is announced too.
        (".!..", "!!.!", 1, (".FR.", "F.RF")),
        // Errors that are not confirmed yet mute as well.
        ("!.", "!!", 2, ("..", ".F")),
        ("!?", "??", 1, ("F.", "..")),
    ] {
        let (of_errors, of_follower) = with_errors(errors, follower, needed);
        assert_eq!(
            (of_errors.as_str(), of_follower.as_str()),
            expected,
            "{errors} {follower}"
        );
    }
}

#[test]
fn value_that_fires_is_never_previous_or_best() {
    let mut alerts = Alerts::default();
    let mut seen = Vec::new();
    for (tick, (value, outcome)) in [
        (10.0, Outcome::First),
        (8.0, Outcome::Clear),
        (12.0, Outcome::Holds),
        (12.0, Outcome::Holds),
        (9.0, Outcome::Clear),
    ]
    .into_iter()
    .enumerate()
    {
        let fact = Fact {
            reading: Some(Reading::exact(value)),
            ..fact("a", outcome)
        };
        alerts.observe(&observation(tick, vec![fact]), &BTreeSet::new());
        let alert = &alerts.all()[0];
        let value = |good: &Option<Good>| good.as_ref().unwrap().reading.value.clone();
        seen.push((value(&alert.previous), value(&alert.best)));
    }
    let pairs = [(10.0, 10.0), (8.0, 8.0), (8.0, 8.0), (8.0, 8.0), (9.0, 8.0)];
    let expected = pairs.map(|(previous, best)| (Value::Measured(previous), Value::Measured(best)));
    assert_eq!(seen, expected);
}

#[test]
fn gate_of_a_rule_fails_where_its_condition_holds() {
    for (op, value, holds) in [
        (Op::More, 1.0, true),
        (Op::More, 0.0, false),
        (Op::AtLeast, 0.0, true),
        (Op::Less, 0.0, false),
        (Op::AtMost, 0.0, true),
    ] {
        let fails = !op.opposite().holds(value, 0.0);
        assert_eq!((fails, op.holds(value, 0.0)), (holds, holds), "{op:?}");
    }
}

#[test]
fn acknowledgement_is_about_the_present_occasion() {
    let mut alerts = Alerts::default();
    let acknowledgement = |at: i64| Acknowledgement {
        alert: "a".to_owned(),
        at,
        author: "ana".to_owned(),
        reason: "known".to_owned(),
    };
    let all = [acknowledgement(at(1)), acknowledgement(at(2))];
    let mut times = Vec::new();
    for (tick, measured) in "!!!.!".chars().enumerate() {
        alerts.observe(
            &observation(tick, vec![fact("a", outcome(measured))]),
            &BTreeSet::new(),
        );
        let so_far = all.iter().filter(|one| one.at <= at(tick)).cloned();
        let so_far: Vec<Acknowledgement> = so_far.collect();
        times.push(
            acknowledged(&alerts, &so_far, at(tick))
                .get("a")
                .map(|one| one.at),
        );
    }
    assert_eq!(times, [None, Some(at(1)), Some(at(2)), None, None]);
    assert_eq!(alerts.all()[0].occasions, 2);
    let future = [acknowledgement(at(5)), acknowledgement(at(9))];
    let found = acknowledged(&alerts, &future, at(6));
    assert_eq!(
        found.get("a").map(|one| one.at),
        Some(at(5)),
        "not that of the future"
    );
}

/// Returns whether an alert fires after these measurements, from all of them at once.
fn fires(history: &[Outcome], needed: usize) -> bool {
    let known = history.iter().filter(|one| **one != Outcome::Unknown);
    let runs = known
        .rev()
        .take_while(|one| **one == Outcome::Holds)
        .count();
    runs >= needed
}

/// Returns numbers that look random.
fn numbers() -> impl FnMut(u64) -> u64 {
    let mut state: u64 = 42;
    move |below| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % below
    }
}

#[test]
fn timeline_of_many_measurements_equals_the_expected_one() {
    const TICKS: usize = 2000;
    let mut number = numbers();
    // Each alert with its role and the measurements that confirm it.
    let kinds = [
        ("blocking", ErrorRole::Blocking, 1),
        ("following", ErrorRole::Following, 1),
        ("independent", ErrorRole::Independent, 2),
        ("following-noisy", ErrorRole::Following, 3),
    ];
    let (mut alerts, mut channel) = (Alerts::default(), Told::default());
    let mut history: [Vec<Outcome>; 4] = Default::default();
    let mut told = [false; 4];
    let mut announcements = 0;
    for tick in 0..TICKS {
        let mut facts = Vec::new();
        for (at, (name, role, needed)) in kinds.into_iter().enumerate() {
            // Outcomes that mostly stay as they are.
            let last = history[at].last().copied().unwrap_or(Outcome::Clear);
            let next = match number(10) {
                0 => Outcome::Holds,
                1 => Outcome::Clear,
                2 => Outcome::Unknown,
                _ => last,
            };
            history[at].push(next);
            facts.push(Fact {
                role,
                confirm: Confirm::Runs(needed),
                ..fact(name, next)
            });
        }
        // The state survives being written and read between any two runs.
        let text = serde_json::to_string(&alerts).unwrap();
        alerts = serde_json::from_str(&text).unwrap();
        let seen = channel.after(&mut alerts, &observation(tick, facts));

        let is_blocked = fires(&history[0], 1);
        for (at, (name, role, needed)) in kinds.into_iter().enumerate() {
            let fires = fires(&history[at], usize::try_from(needed).unwrap());
            let is_muted = is_blocked && role == ErrorRole::Following;
            let expected = match (told[at], fires) {
                (false, true) if !is_muted => Some(Change::Fired),
                (true, false) => Some(Change::Resolved),
                _ => None,
            };
            told[at] = expected.map_or(told[at], |change| change == Change::Fired);
            let changes = seen.iter().filter(|one| one.alert.key.metric == name);
            let changes: Vec<Change> = changes.map(|one| one.change).collect();
            assert_eq!(changes, Vec::from_iter(expected), "{name} at tick {tick}");
            announcements += changes.len();
        }
    }
    assert!(announcements > 200, "only {announcements}");
    assert_eq!(alerts.all().len(), kinds.len());
}

#[test]
fn many_alerts_that_were_resolved_are_forgotten() {
    let mut alerts = Alerts::default();
    for tick in 0..200 {
        let name = format!("metric-{tick}");
        alerts.observe(
            &observation(tick, vec![fact(&name, Outcome::Holds)]),
            &BTreeSet::new(),
        );
        alerts.observe(
            &observation(tick, vec![fact(&name, Outcome::Clear)]),
            &BTreeSet::new(),
        );
    }
    let resolved = alerts.all().iter().filter_map(Alert::resolved_at);
    assert_eq!(resolved.count(), RESOLVED);
    let cleared = alerts.all().iter().filter_map(|alert| alert.cleared);
    assert_eq!(cleared.count(), 200, "they are no longer known");
}

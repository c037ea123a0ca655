//! Times against another run: repeats, one process, single wall times, freshness.

use crate::judge::tests::{self as sample, judged, line, lines};
use crate::run::Verdict;

const BENCH: &str = "bench.x.time <= baseline + 10%";

/// Baseline, head, expected line of [`BENCH`].
fn check(cases: &[(&str, &str, &str)]) {
    for (base, head, expected) in cases {
        let got = lines(
            BENCH,
            Some(&format!("bench.x.time={base}")),
            &format!("bench.x.time={head}"),
        );
        assert_eq!(got, [*expected], "{base} against {head}");
    }
}

#[test]
fn three_repeats_decide_when_the_whole_interval_lies_on_one_side() {
    check(&[
        (
            "10 samples:10,10,10",
            "11 samples:11,11,11",
            "Pass bench.x.time",
        ),
        (
            "10 samples:10,10,10",
            "11.1 samples:11.1,11.1,11.1",
            "Fail bench.x.time: +11.0% (+11.0% to +11.0%), the bound is +10.0% | cargo campaign run bench",
        ),
        (
            "10 samples:9.9,10,10.1",
            "10 samples:9.9,10,10.1",
            "Pass bench.x.time",
        ),
        (
            "10 samples:9.5,10,10.5",
            "10.4 samples:10.2,10.4,10.6",
            "Inconclusive bench.x.time: +4.0% (-2.9% to +11.6%) lies on both sides of +10.0%: about 5 repeats would \
             decide | cargo campaign baseline (after setting repeats = 5 in [collect.bench])",
        ),
        (
            "10 samples:9.5,10,10.5",
            "11 samples:10.5,11,11.5",
            "Inconclusive bench.x.time: +10.0% (+0.0% to +21.1%) lies on both sides of +10.0%: too near for any \
             number of repeats | cargo campaign explain bench.x.time",
        ),
        (
            "10 samples:9.9,10,10.1",
            "13 samples:12.9,13,13.1",
            "Fail bench.x.time: +30.0% (+27.7% to +32.3%), the bound is +10.0% | cargo campaign run bench",
        ),
    ]);
}

#[test]
fn one_process_may_pass_and_never_fails() {
    check(&[
        (
            "10 within:9.9..10.1",
            "10 within:9.9..10.1",
            "Pass bench.x.time",
        ),
        // Two repeats decide nothing: the interval of one process is used.
        (
            "10 samples:10,10 within:9.9..10.1",
            "10 samples:10,10,10 within:9.9..10.1",
            "Pass bench.x.time",
        ),
        (
            "10 within:9.9..10.1",
            "13 within:12.9..13.1",
            "Inconclusive bench.x.time: +30.0% (+27.7% to +32.3%), the bound is +10.0%: one process cannot show a \
             regression | cargo campaign baseline (after setting repeats = 3 in [collect.bench])",
        ),
        (
            "10 within:9..11",
            "10 within:9..11",
            "Inconclusive bench.x.time: +0.0% (-18.2% to +22.2%) lies on both sides of +10.0%: from one process each \
             | cargo campaign baseline (after setting repeats = 3 in [collect.bench])",
        ),
    ]);
}

#[test]
fn a_measurement_held_against_itself_is_exact() {
    let view = sample::figures("bench.x.time=10 within:1..90; build.time=60");
    for (gate, expected) in [
        (BENCH, "Pass bench.x.time"),
        ("build.time <= baseline", "Pass build.time"),
        (
            "build.time <= baseline - 25%",
            "Fail build.time: 60 s, required <= baseline - 25% (45 s) | cargo campaign run build",
        ),
    ] {
        let got: Vec<String> = judged(gate, Some(&view), &view).iter().map(line).collect();
        assert_eq!(got, [expected]);
    }
}

#[test]
fn single_times_decide_only_beyond_their_margin() {
    let table = [
        ("<= baseline + 10%", 0.81, "Pass build.time"),
        (
            "<= baseline + 10%",
            1.0,
            "Inconclusive build.time: +0.0% (-25.9% to +35.0%) lies on both sides of +10.0%: a single time may vary by a \
             factor of 1.35 | cargo campaign explain build.time",
        ),
        (
            "<= baseline + 10%",
            1.49,
            "Fail build.time: +49.0% (+10.4% to +101.2%), the bound is +10.0% | cargo campaign run build",
        ),
        ("<= baseline + 35%", 1.0, "Pass build.time"),
        ("<= baseline - 25%", 0.55, "Pass build.time"),
        (
            "<= baseline - 25%",
            0.56,
            "Inconclusive build.time: -44.0% (-58.5% to -24.4%) lies on both sides of -25.0%: a single time may vary by a \
             factor of 1.35 | cargo campaign explain build.time",
        ),
        ("<= baseline + 50", 1.1, "Pass build.time"),
        (">= baseline - 10%", 1.3, "Pass build.time"),
        (
            "= baseline",
            1.0,
            "Inconclusive build.time: +0.0% (-25.9% to +35.0%) lies on both sides of +0.0%: a single time may vary by a \
             factor of 1.35 | cargo campaign explain build.time",
        ),
        ("< 90", 0.8, "Pass build.time"),
    ];
    for (condition, times, expected) in table {
        let got = lines(
            &format!("build.time {condition}"),
            Some("build.time=100"),
            &format!("build.time={}", times * 100.0),
        );
        assert_eq!(got, [expected], "{condition} at {times}");
    }
    let zero = lines(
        "build.time <= baseline",
        Some("build.time=0"),
        "build.time=1",
    );
    assert_eq!(
        zero,
        [
            "Inconclusive build.time: the times are too near zero for a ratio | cargo campaign explain build.time"
        ]
    );
}

#[test]
fn times_compare_only_at_like_freshness() {
    let table = [
        ("", "", true),
        ("1", "0.99", true),
        ("0.05", "0", true),
        ("0.5", "0.6", true),
        ("0.3", "0.4", true),
        ("0.5", "0.61", false),
        ("0", "0.2", false),
        ("1", "0.85", false),
        ("", "1", false),
        ("0", "", false),
    ];
    for (base, head, alike) in table {
        let figure = |fresh: &str| match fresh {
            "" => "build.time=100".to_owned(),
            share => format!("build.time=100 fresh:{share}"),
        };
        let (base_view, head_view) = (
            sample::figures(&figure(base)),
            sample::figures(&figure(head)),
        );
        let got = judged("build.time <= baseline + 50%", Some(&base_view), &head_view).remove(0);
        assert_eq!(
            got.verdict == Verdict::Pass,
            alike,
            "{base} {head}: {}",
            line(&got)
        );
    }
    assert_eq!(
        lines(
            "build.time <= baseline",
            Some("build.time=100 fresh:0"),
            "build.time=3 fresh:1"
        ),
        [
            "Incomparable build.time: units that were fresh: 0% in the reference, 100% now | cargo campaign baseline"
        ]
    );
}

#[test]
fn a_slower_head_is_never_judged_better() {
    let rank = |verdict| match verdict {
        Verdict::Pass => 0,
        Verdict::NoVerdict => 1,
        _ => 2,
    };
    let base = sample::figures("bench.x.time=10 samples:9.8,10,10.2; build.time=100");
    for gate in [BENCH, "build.time <= baseline + 40%"] {
        let ranks: Vec<i32> = (50..200)
            .map(|percent| {
                let t = f64::from(percent) / 10.0;
                let head = format!(
                    "bench.x.time={t} samples:{},{t},{}; build.time={percent}",
                    t * 0.98,
                    t * 1.02
                );
                rank(judged(gate, Some(&base), &sample::figures(&head))[0].verdict)
            })
            .collect();
        assert!(ranks.is_sorted(), "{gate}: {ranks:?}");
        assert_eq!((ranks[0], ranks[149]), (0, 2), "{gate}");
    }
}

#[test]
fn times_of_different_subjects_are_incomparable() {
    for (base, head, expected) in [
        ("a", "a", "Pass bench.x.time"),
        (
            "a",
            "b",
            "Incomparable bench.x.time: it was measured with a in the reference, with b now | cargo campaign baseline",
        ),
    ] {
        let [base, head] =
            [base, head].map(|subject| format!("10 samples:10,10,10 subject:{subject}"));
        check(&[(&base, &head, expected)]);
    }
}

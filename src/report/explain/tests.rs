//! The screen for a passing, a failing and a missing figure.

use super::*;
use crate::metric::Unavailable;
use crate::report::tests::{ASCII, NOW, UNICODE, report, source};

fn shown(report: &Report, asked: &str, look: &Look) -> Option<String> {
    let command = Some("cargo clippy");
    let spread = report
        .metrics
        .get(asked)
        .is_some_and(|metric| metric.unit == Unit::Seconds)
        .then(|| Spread {
            samples: vec![3.0, 4.0, 5.0],
            subject: Some("an edit of package `api`".to_owned()),
            ..Spread::default()
        });
    let trend = &[(1, 3.0), (2, 5.0), (3, f64::NAN), (4, 4.0)];
    let around = ExplainFacts {
        asked,
        source: &source(""),
        trend,
        spread: spread.as_ref(),
        command,
        imported: None,
        by_hand: command,
        places: &[],
    };
    screen(report, &around, NOW, look)
}

#[test]
fn a_figure_is_shown_with_its_rule_evidence_and_past() {
    for (asked, look, screen) in [
        ("clippy.warnings", UNICODE, WARNINGS),
        ("clippy.new", ASCII, NEW),
        ("test.failed", ASCII, TESTS),
        ("bench.api/parse.time", UNICODE, BENCH),
    ] {
        assert_eq!(shown(&report(), asked, &look).as_deref(), Some(screen));
    }
}

#[test]
fn a_pattern_explains_each_metric_it_means() {
    let text = shown(&report(), "test.*", &ASCII).unwrap();
    let heads: Vec<&str> = text
        .split("\n\n")
        .filter_map(|part| part.split_whitespace().nth(2))
        .collect();
    assert_eq!(heads, ["test.failed", "test.passed", "test.time"]);
}

#[test]
fn a_gate_on_a_package_shows_the_figure_of_the_package() {
    let mut report = report();
    report.gates[0].package = Some("riptide-api".to_owned());
    report.gates[0].value = Number::of(11.0);
    let text = shown(&report, "clippy.warnings", &ASCII).unwrap();
    assert!(
        text.starts_with("clippy warnings in riptide-api  clippy.warnings"),
        "{text}"
    );
    assert!(text.contains("\n  now        11 "), "{text}");
}

#[test]
fn gate_on_a_package_shows_nothing_of_other_packages() {
    let mut report = report();
    let metric = report.metrics.get_mut("clippy.warnings").unwrap();
    metric.unavailable = Some(Unavailable {
        reason: "riptide-core did not compile".to_owned(),
        ..Unavailable::default()
    });
    for (package, value, is_remarked) in [
        (None, None, true),
        (Some("riptide-api"), Number::of(11.0), false),
        (Some("riptide-api"), None, true),
    ] {
        report.gates[0].package = package.map(str::to_owned);
        report.gates[0].value = value;
        let text = shown(&report, "clippy.warnings", &ASCII).unwrap();
        let is_shown = text.contains("not measured: riptide-core did not compile");
        assert_eq!(is_shown, is_remarked, "{text}");
        let (_, packages) = text.split_once("per package").unwrap();
        assert!(packages.contains("riptide-api"), "{text}");
        assert_eq!(
            packages.contains("riptide-pool"),
            package.is_none(),
            "{text}"
        );
    }
}

#[test]
fn each_of_several_gates_on_a_metric_has_its_own_verdict() {
    let mut report = report();
    let gates = report.gates.iter();
    let index = gates
        .clone()
        .position(|gate| gate.metric == "clippy.warnings");
    let mut second = report.gates[index.unwrap()].clone();
    second.id += "#2";
    second.verdict = Verdict::Fail;
    report.gates.push(second);

    let text = shown(&report, "clippy.warnings", &ASCII).unwrap();
    let heading = text.lines().next().unwrap_or_default();
    assert!(heading.ends_with("FAIL, worst of 2 gates"), "{text}");
    let rules: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("  rule "))
        .filter_map(|line| line.split_whitespace().last())
        .collect();
    assert_eq!(rules, ["pass", "FAIL"], "{text}");

    let text = shown(&report, "clippy.warnings#2", &ASCII).unwrap();
    let heading = text.lines().next().unwrap_or_default();
    assert!(heading.ends_with("FAIL"), "{text}");
}

#[test]
fn what_nobody_knows_is_not_explained() {
    assert_eq!(shown(&report(), "clipy.warnings", &ASCII), None);
}

#[test]
fn a_metric_without_a_gate_is_explained_too() {
    let text = shown(&report(), "loc.code", &ASCII).unwrap();
    assert!(
        text.contains("  rule       no gate asks for this metric\n"),
        "{text}"
    );
}

#[test]
fn what_would_make_it_pass_is_the_nearest_figure_that_holds() {
    let judged = |require: &str, verdict, value: f64, bound: f64, unit: Unit| {
        let (value, bound) = (Number::of(value), Number::of(bound));
        let gate = report().gates[0].clone();
        to_pass(
            &Gate {
                require: require.to_owned(),
                verdict,
                value,
                bound,
                unit,
                ..gate
            },
            ASCII.signs(),
        )
    };
    use Verdict::{Fail, NoVerdict, Pass};
    for (require, verdict, value, bound, unit, text) in [
        (
            "< 20",
            Fail,
            24.0,
            20.0,
            Unit::Count,
            "19 or less, 5 less than now",
        ),
        (
            "< 20.5",
            Fail,
            24.0,
            20.5,
            Unit::Count,
            "20 or less, 4 less than now",
        ),
        (
            "<= 20",
            Fail,
            24.0,
            20.0,
            Unit::Count,
            "20 or less, 4 less than now",
        ),
        (
            "> 20",
            Fail,
            20.0,
            20.0,
            Unit::Count,
            "21 or more, 1 more than now",
        ),
        (
            ">= baseline",
            Fail,
            620.0,
            626.0,
            Unit::Count,
            "626 or more, 6 more than now",
        ),
        ("= 0", Fail, 3.0, 0.0, Unit::Count, "0, 3 less than now"),
        (
            "<= 60s",
            Fail,
            61.5,
            60.0,
            Unit::Seconds,
            "60.0s or less, 1.5s less than now",
        ),
        (
            "< 20",
            Pass,
            14.0,
            20.0,
            Unit::Count,
            "it passes, 5 to spare",
        ),
        ("= 0", Pass, 0.0, 0.0, Unit::Count, "it passes"),
        (
            "= 0",
            NoVerdict,
            0.0,
            0.0,
            Unit::Count,
            "a figure that can be judged",
        ),
    ] {
        assert_eq!(
            judged(require, verdict, value, bound, unit),
            text,
            "{require}"
        );
    }
}

#[test]
fn a_changed_toolchain_is_named() {
    let mut report = report();
    report.run.toolchain.rustc = "1.96.0 (abc)".to_owned();
    let text = shown(&report, "clippy.warnings", &ASCII).unwrap();
    assert!(
        text.contains("    toolchain 1.95.0 -> 1.96.0\n    lint configuration changed\n"),
        "{text}"
    );
}

const WARNINGS: &str = r#"clippy warnings  clippy.warnings                                            pass
  now        14   9be1d02, 12 min ago, run 20261120-141209-9be1d02c
  baseline   12   4f2c9e1, 6 days ago, run 20261114-101502-4f2c91ab
  command    cargo clippy
  trend      ▁█▅   3 … 5 over 3 runs
  rule       < 20
  --> campaign.toml:12
   |  12 | "clippy.warnings" = "< 20"
  to pass    it passes, 5 to spare
  per package
    riptide-api   9 → 11
    riptide-pool  3 →  3
  since the baseline
    new    api/src/lib.rs:40:9    clippy::needless_clone
    new    api/src/lib.rs:77:9    clippy::too_many_lines
    new    pool/src/pool.rs:12:9  unresolved link to `Pool`
    fixed  api/src/old.rs:12:9    clippy::len_zero
    lint configuration changed
  by hand    cargo clippy
"#;

const NEW: &str = r#"new clippy findings  clippy.new                                             FAIL
  now        3   9be1d02, 12 min ago, run 20261120-141209-9be1d02c
  command    cargo clippy
  trend      _#~   3 .. 5 over 3 runs
  rule       = 0
  --> campaign.toml:14
   |  14 | "clippy.new" = "= 0"
   = api/src/lib.rs:40:9  clippy::needless_clone
   = api/src/lib.rs:77:5  clippy::too_many_lines
  to pass    0, 3 less than now
             cargo clippy -p riptide-api -p riptide-pool
  since the baseline
    fixed  api/src/old.rs:12:9  clippy::len_zero
    lint configuration changed
  by hand    cargo clippy
"#;

const TESTS: &str = r#"tests failed  test.failed                                                   FAIL
  now        3   9be1d02, 12 min ago, run 20261120-141209-9be1d02c
  baseline   4   4f2c9e1, 6 days ago, run 20261114-101502-4f2c91ab
  command    cargo clippy
  trend      _#~   3 .. 5 over 3 runs
  rule       = 0
  --> campaign.toml:15
   |  15 | "test.failed"    = "= 0"
  why        the waiver of ana ended on 2026-11-01: 30, required = 0
   = riptide-pool tests::reconnect_1
   = riptide-pool tests::reconnect_2
   = riptide-pool tests::reconnect_3
   = riptide-pool tests::reconnect_4
   = riptide-pool tests::reconnect_5
   = riptide-pool tests::reconnect_6
   = riptide-pool tests::reconnect_7
   = riptide-pool tests::reconnect_8
   = riptide-pool tests::reconnect_9
   = riptide-pool tests::reconnect_10
   = riptide-pool tests::reconnect_11
   = riptide-pool tests::reconnect_12
  to pass    0, 30 less than now
  since the baseline
    regressed      riptide-db a::b
    newly ignored  riptide-db slow
    repaired       riptide-api works
    repaired       riptide-api works_again
    added          riptide-api new
    added          riptide-api newer
    lint configuration changed
  by hand    cargo clippy
"#;

const BENCH: &str = r#"bench api/parse  bench.api/parse.time                                 NO VERDICT
  now            –   9be1d02, 12 min ago, run 20261120-141209-9be1d02c
  baseline   3.1ms   4f2c9e1, 6 days ago, run 20261114-101502-4f2c91ab
             not measured: only in an older run (commit 77ab01c, run
             20261118-090000-77ab01c2)
  command    cargo clippy
  samples    3.0s, 4.0s, 5.0s with an edit of package `api`
  trend      ▁█▅   3.0s … 5.0s over 3 runs
  rule       ≤ baseline + 10 %
  --> campaign.toml:22
   |  22 | "bench.*.time" = "<= baseline + 10%"
  why        not measured at this commit (last at 77ab01c)
  to pass    a figure that can be judged
             cargo campaign run bench
  since the baseline
    lint configuration changed
  by hand    cargo clippy
"#;

//! Counts and other exact figures: every comparison at its boundary, every lack.

use crate::event::Level;
use crate::judge::judge;
use crate::judge::tests::{self as sample, lines};
use crate::metric::Catalogue;
use crate::plan::Collector;
use crate::run::{Judgement, Verdict};
use crate::snapshot::Finding;

/// Gate, baseline, head, expected lines.
type Case = (
    &'static str,
    Option<&'static str>,
    &'static str,
    &'static [&'static str],
);

fn check(cases: &[Case]) {
    for (gate, base, head, expected) in cases {
        assert_eq!(
            lines(gate, *base, head),
            *expected,
            "{gate} on {base:?} and {head}"
        );
    }
}

#[test]
fn numbers_bound_at_the_number() {
    const HELP: &str = "cargo clippy --workspace --all-targets";
    let table = [
        ("<", 19.0, true),
        ("<", 20.0, false),
        ("<=", 20.0, true),
        ("<=", 21.0, false),
        ("=", 20.0, true),
        ("=", 19.0, false),
        ("=", 21.0, false),
        (">=", 20.0, true),
        (">=", 19.0, false),
        (">", 21.0, true),
        (">", 20.0, false),
    ];
    for (op, value, passes) in table {
        let expected = match passes {
            true => "Pass clippy.warnings".to_owned(),
            false => format!("Fail clippy.warnings: {value}, required {op} 20 | {HELP}"),
        };
        assert_eq!(
            lines(
                &format!("clippy.warnings {op} 20"),
                None,
                &format!("clippy.warnings={value}")
            ),
            [expected]
        );
    }
}

const REFERENCES: &[Case] = &[
    (
        "clippy.warnings <= baseline",
        Some("clippy.warnings=12"),
        "clippy.warnings=12",
        &["Pass clippy.warnings"],
    ),
    (
        "clippy.warnings <= baseline",
        Some("clippy.warnings=12"),
        "clippy.warnings=13",
        &[
            "Fail clippy.warnings: 13, required <= baseline (12) | cargo clippy --workspace --all-targets",
        ],
    ),
    (
        "clippy.warnings < baseline - 2",
        Some("clippy.warnings=12"),
        "clippy.warnings=9",
        &["Pass clippy.warnings"],
    ),
    (
        "clippy.warnings < baseline - 2",
        Some("clippy.warnings=12"),
        "clippy.warnings=10",
        &[
            "Fail clippy.warnings: 10, required < baseline - 2 (10) | cargo clippy --workspace --all-targets",
        ],
    ),
    (
        "test.total >= baseline + 10%",
        Some("test.total=70"),
        "test.total=77",
        &["Pass test.total"],
    ),
    (
        "test.total >= baseline + 10%",
        Some("test.total=70"),
        "test.total=76",
        &["Fail test.total: 76, required >= baseline + 10% (77) | cargo campaign diff"],
    ),
    // A share of the reference: 2 % of 50 % is one point.
    (
        "test.pass_rate >= baseline - 2%",
        Some("test.pass_rate=50"),
        "test.pass_rate=49",
        &["Pass test.pass_rate"],
    ),
    (
        "test.pass_rate >= baseline - 2%",
        Some("test.pass_rate=50"),
        "test.pass_rate=48.5",
        &[
            "Fail test.pass_rate: 48.5%, required >= baseline - 2% (49%) | cargo campaign explain test.pass_rate",
        ],
    ),
    // 29 / 100 * 100 in floating point.
    (
        "test.pass_rate >= 29",
        None,
        "test.pass_rate=28.999999999999996",
        &["Pass test.pass_rate"],
    ),
    (
        "test.pass_rate < 29",
        None,
        "test.pass_rate=28.999999999999996",
        &["Fail test.pass_rate: 29%, required < 29 | cargo campaign explain test.pass_rate"],
    ),
    (
        "test.pass_rate >= 100",
        None,
        "test.pass_rate=99.99999999999",
        &["Fail test.pass_rate: 100%, required >= 100 | cargo campaign explain test.pass_rate"],
    ),
    (
        "todo.open <= 2000000000000",
        None,
        "todo.open=2000000000001",
        &[
            "Fail todo.open: 2000000000001, required <= 2000000000000 | cargo campaign explain todo.open",
        ],
    ),
    (
        "fmt.files = 0",
        None,
        "fmt.files=2",
        &["Fail fmt.files: 2, required = 0 | cargo fmt"],
    ),
    (
        "doc.warnings = 0",
        None,
        "doc.warnings=1 a:1",
        &["Fail doc.warnings: 1, required = 0 | cargo doc --workspace --no-deps"],
    ),
    (
        "todo.open <= 3",
        None,
        "todo.open=4",
        &["Fail todo.open: 4, required <= 3 | cargo campaign explain todo.open"],
    ),
    (
        "clippy.time < 90",
        None,
        "clippy.time=100",
        &["Fail clippy.time: 100 s, required < 90 | cargo campaign run clippy"],
    ),
    (
        "warn clippy.warnings < 20",
        None,
        "clippy.warnings=20 a:20",
        &["Warn clippy.warnings: 20, required < 20 | cargo clippy --workspace --all-targets"],
    ),
];

#[test]
fn references_bound_at_the_shifted_figure() {
    check(REFERENCES);
}

const NEW: &str = "clippy.warnings <= baseline";

const LACKING: &[Case] = &[
    (
        "clippy.warnings < 20",
        None,
        "",
        &["Missing clippy.warnings: clippy.warnings was not measured | cargo campaign run clippy"],
    ),
    (
        "clippy.warnings < 20",
        None,
        "clippy.warnings=?",
        &["Missing clippy.warnings: broken build | cargo campaign run clippy"],
    ),
    (
        NEW,
        None,
        "clippy.warnings=3",
        &["Missing clippy.warnings: no baseline | cargo campaign baseline"],
    ),
    (
        NEW,
        Some(""),
        "clippy.warnings=3",
        &[
            "Missing clippy.warnings: the baseline has no `clippy.warnings` yet | cargo campaign baseline --only clippy.warnings",
        ],
    ),
    (
        NEW,
        Some("clippy.warnings=?"),
        "clippy.warnings=3",
        &["Missing clippy.warnings: in the baseline: broken build | cargo campaign baseline"],
    ),
    (
        NEW,
        Some("clippy.warnings=? least:9"),
        "clippy.warnings=3",
        &["Partial clippy.warnings: in the baseline: broken build | cargo campaign baseline"],
    ),
    (
        "clippy.new = 0",
        None,
        "clippy.warnings=3",
        &["Missing clippy.new: no baseline | cargo campaign baseline"],
    ),
    (
        "clippy.warnings <= previous",
        None,
        "clippy.warnings=3",
        &[
            "Missing clippy.warnings: no earlier comparable run has clippy.warnings | cargo campaign explain clippy.warnings",
        ],
    ),
    (
        "clippy.warnings <= best",
        None,
        "clippy.warnings=3",
        &[
            "Missing clippy.warnings: no comparable run on record has clippy.warnings | cargo campaign explain clippy.warnings",
        ],
    ),
];

#[test]
fn what_was_not_measured_gives_no_verdict() {
    check(LACKING);
}

#[test]
fn partial_counts_fail_for_sure_or_give_no_verdict_and_never_pass() {
    const OPEN: &str = "Partial clippy.warnings: broken build | cargo campaign run clippy";
    let sure = |op: &str| {
        format!(
            "Fail clippy.warnings: at least 20, required {op}; broken build | cargo clippy --workspace --all-targets"
        )
    };
    let table = [
        ("< 21", OPEN.to_owned()),
        ("< 20", sure("< 20")),
        ("<= 20", OPEN.to_owned()),
        ("<= 19", sure("<= 19")),
        ("= 20", OPEN.to_owned()),
        ("= 19", sure("= 19")),
        (">= 20", OPEN.to_owned()),
        (">= 2", OPEN.to_owned()),
        ("> 2", OPEN.to_owned()),
        ("<= baseline", sure("<= baseline (12)")),
        ("<= baseline + 100%", OPEN.to_owned()),
    ];
    for (condition, expected) in table {
        let gate = format!("clippy.warnings {condition}");
        assert_eq!(
            lines(
                &gate,
                Some("clippy.warnings=12"),
                "clippy.warnings=? least:20"
            ),
            [expected]
        );
    }
}

const PATTERNS: &[Case] = &[
    (
        "clippy.lint.* <= 2",
        Some("clippy.lint.b=1; clippy.warnings=1"),
        "clippy.lint.a=3; clippy.warnings=3",
        &[
            "Fail clippy.lint.a: 3, required <= 2 | cargo clippy --workspace --all-targets",
            "Pass clippy.lint.b",
        ],
    ),
    // A lint that never fired is zero where clippy ran whole, and unknown elsewhere.
    (
        "clippy.lint.a = 0",
        None,
        "clippy.warnings=0",
        &["Pass clippy.lint.a"],
    ),
    (
        "clippy.lint.* = 0",
        None,
        "clippy.warnings=0",
        &["Pass clippy.lint.*"],
    ),
    (
        "clippy.lint.a = 0",
        None,
        "clippy.warnings=? least:5",
        &["Partial clippy.lint.a: broken build | cargo campaign run clippy"],
    ),
    (
        "clippy.lint.a = 0",
        None,
        "",
        &["Missing clippy.lint.a: clippy.warnings was not measured | cargo campaign run clippy"],
    ),
    (
        "bench.*.time <= baseline",
        Some(""),
        "clippy.warnings=1",
        &[
            "Missing bench.*.time: nothing measured matches bench.*.time | cargo campaign explain 'bench.*.time'",
        ],
    ),
    (
        "bench.*.time < 5",
        None,
        "bench.time=?",
        &["Missing bench.*.time: broken build | cargo campaign explain 'bench.*.time'"],
    ),
    (
        "bench.x.time < 5",
        None,
        "bench.time=?",
        &["Missing bench.x.time: broken build | cargo campaign explain bench.x.time"],
    ),
    (
        "bench.*.time < 9",
        Some("bench.gone.time=1"),
        "bench.new.time=1",
        &[
            "Missing bench.gone.time: bench.gone.time was not measured | cargo campaign run bench",
            "Pass bench.new.time",
        ],
    ),
    (
        "clippy.warnings@* < 3",
        None,
        "clippy.warnings=5 a:2 b:3",
        &[
            "Pass clippy.warnings@a",
            "Fail clippy.warnings@b: 3, required < 3 | cargo clippy --workspace --all-targets",
        ],
    ),
    // A removed package counts only for what it lost.
    (
        "clippy.warnings@* < 3",
        Some("clippy.warnings=1 gone:1"),
        "clippy.warnings=2 a:2 b:0",
        &["Pass clippy.warnings@a", "Pass clippy.warnings@b"],
    ),
    (
        "test.vanished@* = 0",
        Some("test.total=1 gone:1"),
        "test.total=2 a:2",
        &[
            "Pass test.vanished@a",
            "Pass test.vanished@b",
            "Pass test.vanished@gone",
        ],
    ),
    // In a partial head it may only not have compiled.
    (
        "clippy.warnings@* < 3",
        Some("clippy.warnings=1 b:1"),
        "clippy.warnings=? a:2",
        &[
            "Pass clippy.warnings@a",
            "Missing clippy.warnings@b: broken build | cargo campaign run clippy",
        ],
    ),
    (
        "clippy.warnings@b < 3",
        None,
        "clippy.warnings=? least:2 a:2",
        &["Partial clippy.warnings@b: broken build | cargo campaign run clippy"],
    ),
    (
        "clippy.warnings@old < 3",
        None,
        "clippy.warnings=2 a:2",
        &[
            "Missing clippy.warnings@old: clippy.warnings has no figure of package old | cargo campaign explain clippy.warnings@old",
        ],
    ),
    (
        "doc.coverage >= 50",
        None,
        "doc.warnings=0",
        &[
            "Missing doc.coverage: doc.coverage needs missing = true in [collect.doc] | cargo campaign run doc (after setting missing = true in [collect.doc])",
        ],
    ),
    // A member without a value has no verdict, as if the gate named it.
    (
        "check.errors@* = 0",
        None,
        "check.errors=? a:0",
        &[
            "Pass check.errors@a",
            "Missing check.errors@b: broken build | cargo campaign run check",
        ],
    ),
    (
        "clippy.lint.x@* = 0",
        None,
        "clippy.warnings=? a:0",
        &[
            "Pass clippy.lint.x@a",
            "Missing clippy.lint.x@b: broken build | cargo campaign run clippy",
        ],
    ),
    (
        "test.pass_rate@* >= 100",
        None,
        "test.pass_rate=100 a:100",
        &[
            "Pass test.pass_rate@a",
            "Missing test.pass_rate@b: test.pass_rate has no figure of package b | cargo campaign explain test.pass_rate@b",
        ],
    ),
    (
        "clippy.warnings@* <= baseline",
        Some("clippy.warnings=2 a:2"),
        "clippy.warnings=3 a:2 b:1",
        &[
            "Pass clippy.warnings@a",
            "Missing clippy.warnings@b: in the baseline: clippy.warnings has no figure of package b | cargo campaign baseline",
        ],
    ),
    (
        "*.new = 0",
        Some("clippy.warnings=0; check.warnings=?"),
        "clippy.warnings=0; check.warnings=0",
        &[
            "Missing build.new: build.warnings was not measured | cargo campaign run build",
            "Missing check.new: in the baseline: broken build | cargo campaign baseline",
            "Pass clippy.new",
            "Missing crap.new: coverage.lines was not measured | cargo campaign run coverage",
            "Missing source.new: source.functions was not measured | cargo campaign run source",
        ],
    ),
];

#[test]
fn patterns_mean_every_metric_and_package_on_either_side() {
    check(PATTERNS);
}

#[test]
fn errors_of_a_package_in_a_partial_run_fail_its_gate() {
    let error = |package: &str| Finding {
        collector: Collector::named("check"),
        package: package.to_owned(),
        level: Level::Error,
        ..sample::finding("src/lib.rs:3 E0308 - x")
    };
    let fails = "Fail check.errors@b: at least 1, required = 0; broken build | cargo check --workspace --all-targets";
    let unknown = |lack: &str, package: &str| {
        format!("{lack} check.errors@{package}: broken build | cargo campaign run check")
    };
    let pass = || "Pass check.errors@a".to_owned();
    for (gate, head, expected) in [
        (
            "check.errors@b = 0",
            "check.errors=? least:1 a:0",
            vec![fails.to_owned()],
        ),
        (
            "check.errors@* = 0",
            "check.errors=? least:1 a:0",
            vec![pass(), fails.to_owned()],
        ),
        // A package that was not reached because of the error has no verdict.
        (
            "check.errors@a = 0",
            "check.errors=? least:1",
            vec![unknown("Partial", "a")],
        ),
        // The entries are only evidence if the metric counts all of them.
        (
            "check.errors@b = 0",
            "check.errors=? least:0 a:0",
            vec![unknown("Partial", "b")],
        ),
        (
            "check.errors@b = 0",
            "check.errors=? a:0",
            vec![unknown("Missing", "b")],
        ),
        // More errors may follow.
        (
            "check.errors@b <= 1",
            "check.errors=? least:1 a:0",
            vec![unknown("Partial", "b")],
        ),
    ] {
        let mut head = sample::figures(head);
        head.snapshot.findings.push(error("b"));
        let judged: Vec<String> = sample::judged(gate, None, &head)
            .iter()
            .map(sample::line)
            .collect();
        assert_eq!(judged, expected, "{gate}");
    }
}

#[test]
fn verdicts_are_deterministic_and_monotone_in_the_value() {
    let catalogue = Catalogue::default();
    for (condition, falls) in [
        ("< 20", false),
        ("<= baseline", false),
        (">= 20", true),
        ("> baseline - 10%", true),
    ] {
        let gates = [sample::gate(&format!("clippy.warnings {condition}"))];
        let base = sample::figures("clippy.warnings=20");
        let verdicts: Vec<bool> = (0..400)
            .map(|tenth| {
                let head = sample::figures(&format!("clippy.warnings={}", f64::from(tenth) / 10.0));
                let evidence = sample::evidence(Some(&base), &head);
                let once: Judgement = judge(&gates, &[], &catalogue, &evidence);
                assert_eq!(once, judge(&gates, &[], &catalogue, &evidence));
                (once.verdict() == Verdict::Pass) != falls
            })
            .collect();
        assert!(
            verdicts.windows(2).all(|pair| pair[0] >= pair[1]),
            "{condition}"
        );
        assert!(verdicts[0] && !verdicts[399], "{condition}");
    }
}

//! Figures of a comparison, with their evidence.

use crate::event::Outcome::{Failed, Ignored, Passed};
use crate::judge::tests::{self as sample, judged, line};
use crate::run::{Judged, View};

/// A base and a head that differ in findings and tests.
fn changed() -> (View, View) {
    const FIGURES: &str = "clippy.warnings=2 a:1 b:1; test.total=4 a:3 b:1; test.failed=1 a:1";
    let (mut base, mut head) = (sample::figures(FIGURES), sample::figures(FIGURES));
    base.snapshot.findings = vec![sample::finding("x.rs:1 clippy::old f old()")];
    let mut other = sample::finding("y.rs:7 clippy::bad g bad()");
    other.package = "b".to_owned();
    head.snapshot.findings = vec![sample::finding("x.rs:4 clippy::bad f bad()"), other];
    base.snapshot.tests.extend(
        ["a t::one", "a t::two", "a test:api t::three", "b doc x"]
            .map(|id| sample::test(id, Passed)),
    );
    head.snapshot.tests.extend([
        sample::test("a t::one", Passed),
        sample::test("a t::two", Ignored),
        sample::test("a test:api t::three", Failed),
    ]);
    (base, head)
}

#[test]
fn derived_metrics_are_counted_from_the_comparison_with_their_evidence() {
    let (base, head) = changed();
    let table = [
        (
            "clippy.new = 0",
            "Fail clippy.new: 2, required = 0 | cargo clippy --workspace --all-targets",
            "x.rs:4:9 clippy::bad, y.rs:7:9 clippy::bad",
        ),
        (
            "clippy.new@b = 0",
            "Fail clippy.new@b: 1, required = 0 | cargo clippy --workspace --all-targets",
            "y.rs:7:9 clippy::bad",
        ),
        (
            "clippy.fixed >= 1",
            "Pass clippy.fixed",
            "x.rs:1:9 clippy::old",
        ),
        ("clippy.changed = 0", "Pass clippy.changed", ""),
        (
            "warn test.regressed = 0",
            "Warn test.regressed: 1, required = 0 | cargo test --workspace --test api -- t::three",
            "a test:api t::three",
        ),
        (
            "test.vanished = 0",
            "Fail test.vanished: 1, required = 0 | cargo campaign diff",
            "b doc x",
        ),
        ("test.vanished@a = 0", "Pass test.vanished@a", ""),
        (
            "test.newly_ignored = 0",
            "Fail test.newly_ignored: 1, required = 0 | cargo campaign diff",
            "a t::two",
        ),
        (
            "test.failed = 0",
            "Fail test.failed: 1, required = 0 | cargo test --workspace --test api -- t::three",
            "a test:api t::three",
        ),
        (
            "clippy.warnings < 1",
            "Fail clippy.warnings: 2, required < 1 | cargo clippy --workspace --all-targets",
            "x.rs:4:9 clippy::bad, y.rs:7:9 clippy::bad",
        ),
        (
            "clippy.warnings@b < 1",
            "Fail clippy.warnings@b: 1, required < 1 | cargo clippy --workspace --all-targets",
            "y.rs:7:9 clippy::bad",
        ),
        (
            "clippy.new <= baseline",
            "Missing clippy.new: in the baseline: clippy.new was not measured | cargo campaign baseline",
            "x.rs:4:9 clippy::bad, y.rs:7:9 clippy::bad",
        ),
        (
            "check.new = 0",
            "Missing check.new: check.warnings was not measured | cargo campaign run check",
            "",
        ),
    ];
    for (gate, expected, evidence) in table {
        let got = judged(gate, Some(&base), &head);
        assert_eq!(got.iter().map(line).collect::<Vec<_>>(), [expected]);
        assert_eq!(got[0].evidence.join(", "), evidence, "{gate}");
    }
}

#[test]
fn derived_metrics_of_a_part_fail_for_sure_or_give_no_verdict() {
    let (base, head) = changed();
    let mut partial = head.clone();
    partial.snapshot.metrics.extend(
        sample::figures("clippy.warnings=? least:1 a:1")
            .snapshot
            .metrics,
    );
    let mut broken = base.clone();
    broken.snapshot.metrics.extend(
        sample::figures("clippy.warnings=? least:1 a:1")
            .snapshot
            .metrics,
    );
    let mut died = head.clone();
    died.snapshot
        .incomplete
        .insert("b doc".to_owned(), "killed".to_owned());
    let table = [
        (
            "clippy.new = 0",
            &base,
            &partial,
            "Fail clippy.new: at least 1, required = 0; broken build | cargo clippy --workspace --all-targets",
        ),
        (
            "clippy.new <= 3",
            &base,
            &partial,
            "Partial clippy.new: broken build | cargo campaign run clippy",
        ),
        (
            "clippy.fixed >= 1",
            &base,
            &partial,
            "Partial clippy.fixed: broken build | cargo campaign run clippy",
        ),
        ("clippy.new@a <= 3", &base, &partial, "Pass clippy.new@a"),
        (
            "clippy.new@b = 0",
            &base,
            &partial,
            "Partial clippy.new@b: broken build | cargo campaign run clippy",
        ),
        (
            "clippy.new@b = 0",
            &broken,
            &head,
            "Partial clippy.new@b: in the baseline: broken build | cargo campaign baseline",
        ),
        (
            "test.vanished = 0",
            &base,
            &died,
            "Partial test.vanished: 1 suite without a result | cargo campaign run test",
        ),
        (
            "test.regressed = 0",
            &base,
            &died,
            "Fail test.regressed: at least 1, required = 0; 1 suite without a result | cargo test --workspace --test api -- t::three",
        ),
        (
            "test.regressed@a <= 1",
            &base,
            &died,
            "Pass test.regressed@a",
        ),
    ];
    for (gate, base, head, expected) in table {
        assert_eq!(
            judged(gate, Some(base), head)
                .iter()
                .map(line)
                .collect::<Vec<_>>(),
            [expected]
        );
    }
}

#[test]
fn at_most_twenty_places_are_carried() {
    let (base, mut head) = changed();
    head.snapshot.findings = (0..50)
        .map(|i| sample::finding(&format!("x.rs:{i} l i{i} s{i}")))
        .collect();
    let got = judged("clippy.new = 0", Some(&base), &head);
    assert_eq!(
        (got[0].value, got[0].evidence.len()),
        (Some(50.0), Judged::EVIDENCE)
    );
}

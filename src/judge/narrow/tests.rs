use std::collections::BTreeMap;

use super::super::tests::{figures, finding, judged, line};
use super::narrow;
use crate::collector;
use crate::metric::{Catalogue, Value};
use crate::run::View;
use crate::snapshot::Finding;

/// The digest that a collector's settings have now.
const NOW: &str = "now";

/// A view of package `a` alone, with other settings than the baseline's.
fn head(text: &str) -> View {
    let mut view = figures(text);
    view.provenance.scope = vec!["a".to_owned()];
    view.provenance.settings = collector::ALL
        .iter()
        .map(|one| (one.collector(), NOW.to_owned()))
        .collect();
    view
}

/// The baseline's part that a head of package `a` is held against.
fn part(text: &str) -> View {
    let settings = collector::ALL
        .iter()
        .map(|one| (one.collector(), NOW.to_owned()))
        .collect();
    narrow(
        &figures(text),
        &["a".to_owned()],
        settings,
        &Catalogue::default(),
    )
}

#[test]
fn whole_baseline_is_compared_by_the_packages_measured() {
    let whole = "clippy.warnings=12 a:9 b:3; clippy.lint.x=3 b:3; bench.p.time=2; clippy.time=3";
    let table = [
        (
            "clippy.warnings <= baseline",
            "clippy.warnings=9 a:9",
            "Pass clippy.warnings",
        ),
        (
            "clippy.warnings <= baseline",
            "clippy.warnings=10 a:10",
            "Fail clippy.warnings: 10, required <= baseline (9) | cargo clippy --workspace --all-targets",
        ),
        (
            "clippy.lint.x <= baseline",
            "clippy.warnings=1 a:1; clippy.lint.x=1 a:1",
            "Fail clippy.lint.x: 1, required <= baseline (0) | cargo clippy --workspace --all-targets",
        ),
        (
            "clippy.warnings@* <= baseline",
            "clippy.warnings=9 a:9",
            "Pass clippy.warnings@a",
        ),
        (
            "clippy.time <= baseline + 10%",
            "clippy.time=3",
            "Missing clippy.time: in the baseline: clippy.time has one value for the whole workspace | cargo campaign \
             gate --workspace",
        ),
    ];
    for (gate, now, expected) in table {
        let lines: Vec<String> = judged(gate, Some(&part(whole)), &head(now))
            .iter()
            .map(line)
            .collect();
        assert_eq!(lines, [expected], "{gate}: {now}");
    }
}

#[test]
fn baseline_of_packages_that_share_files_has_no_value_for_several_of_them() {
    let base = figures("unsafe.blocks=2 a:1 b:1 c:1; loc.code=3 a:1 b:1 c:1");
    for (metric, scope, expected) in [
        ("unsafe.blocks", &["a"][..], Some(1.0)),
        ("unsafe.blocks", &["a", "b"], None),
        ("loc.code", &["a", "b"], Some(2.0)),
    ] {
        let scope: Vec<String> = scope.iter().map(|name| (*name).to_owned()).collect();
        let part = narrow(&base, &scope, BTreeMap::new(), &Catalogue::default());
        let value = match part.snapshot.metrics[metric].value {
            Value::Measured(value) => Some(value),
            Value::Unavailable(_) => None,
        };
        assert_eq!(value, expected, "{metric} {scope:?}");
    }
}

#[test]
fn package_that_the_baseline_does_not_have_is_judged_by_its_findings() {
    const LACKS: &str = "the baseline does not have package `b` | cargo campaign baseline";
    const FAILS: &str = "1, required <= baseline (0) | cargo clippy --workspace --all-targets";
    let mut base = figures(
        "clippy.warnings=9 a:9; clippy.errors=0 a:0; test.passed=3 a:3; doc.coverage=50 a:50",
    );
    base.provenance.members = vec!["a".to_owned()];
    let finding = Finding {
        package: "b".to_owned(),
        ..finding("b/src/lib.rs:3 clippy::needless_return - x")
    };
    for (scope, now, gate, expected) in [
        (&["a", "b"][..], "clippy.warnings=10 a:9 b:1", "clippy.warnings@* <= baseline", vec![
            "Pass clippy.warnings@a".to_owned(),
            format!("Fail clippy.warnings@b: {FAILS}"),
        ]),
        (&["a", "b"], "test.passed=7 a:3 b:4", "test.passed@b >= baseline", vec![
            "Pass test.passed@b".to_owned(),
        ]),
        (&["a", "b"], "doc.coverage=60 a:50 b:70", "doc.coverage@b >= baseline", vec![
            format!("Missing doc.coverage@b: {LACKS}"),
        ]),
        (&["a", "b"], "clippy.warnings=10 a:9 b:1", "clippy.warnings <= baseline", vec![
            "Fail clippy.warnings: 10, required <= baseline (9) | cargo clippy --workspace --all-targets".to_owned(),
        ]),
        (&["a", "b"], "clippy.warnings=10 a:9 b:1", "clippy.new@* = 0", vec![
            "Pass clippy.new@a".to_owned(),
            "Fail clippy.new@b: 1, required = 0 | cargo clippy --workspace --all-targets".to_owned(),
        ]),
        (&["b"], "clippy.warnings=1 b:1", "clippy.warnings <= baseline", vec![
            format!("Fail clippy.warnings: {FAILS}"),
        ]),
        (&["b"], "clippy.warnings=1 b:1", "clippy.new = 0", vec![
            "Fail clippy.new: 1, required = 0 | cargo clippy --workspace --all-targets".to_owned(),
        ]),
        (&["b"], "clippy.warnings=1 b:1", "clippy.new@* = 0", vec![
            "Fail clippy.new@b: 1, required = 0 | cargo clippy --workspace --all-targets".to_owned(),
        ]),
    ] {
        let scope: Vec<String> = scope.iter().map(|name| (*name).to_owned()).collect();
        let mut head = figures(now);
        head.provenance.scope.clone_from(&scope);
        head.provenance.members = vec!["a".to_owned(), "b".to_owned()];
        head.snapshot.findings.push(finding.clone());
        let base = narrow(&base, &scope, BTreeMap::new(), &Catalogue::default());
        let lines: Vec<String> = judged(gate, Some(&base), &head).iter().map(line).collect();
        assert_eq!(lines, expected, "{gate} {scope:?}");
    }
}

#[test]
fn package_that_may_only_have_a_new_name_does_not_start_at_zero_where_more_is_better() {
    let mut base = figures("clippy.warnings=0 a:0; test.passed=3 a:3");
    base.provenance.members = vec!["a".to_owned(), "z".to_owned()];
    let mut head = figures("clippy.warnings=0 b:0; test.passed=1 b:1");
    head.provenance.members = vec!["b".to_owned(), "z".to_owned()];
    for (gate, expected) in [
        ("clippy.warnings@b <= baseline", "Pass clippy.warnings@b"),
        (
            "test.passed@b >= baseline",
            "Missing test.passed@b: the baseline does not have package `b` | cargo campaign baseline",
        ),
    ] {
        let lines: Vec<String> = judged(gate, Some(&base), &head).iter().map(line).collect();
        assert_eq!(lines, [expected], "{gate}");
    }
}

#[test]
fn gate_on_a_package_that_is_not_selected_has_no_verdict() {
    let base = part("clippy.warnings=3 a:0 b:3");
    for gate in ["clippy.warnings@b <= 9", "clippy.new@b = 0"] {
        let lines: Vec<String> = judged(gate, Some(&base), &head("clippy.warnings=0 a:0"))
            .iter()
            .map(line)
            .collect();
        let id = gate.split(' ').next().unwrap();
        let expected =
            format!("Missing {id}: package `b` is not selected | cargo campaign gate --workspace");
        assert_eq!(lines, [expected]);
    }
}

#[test]
fn package_without_a_value_in_the_baseline_gives_no_verdict() {
    let base = part("clippy.warnings=? b:3");
    let lines: Vec<String> = judged(
        "clippy.warnings <= baseline",
        Some(&base),
        &head("clippy.warnings=0 a:0"),
    )
    .iter()
    .map(line)
    .collect();
    let expected = "Missing clippy.warnings: in the baseline: clippy.warnings has no value for a | cargo campaign baseline";
    assert_eq!(lines, [expected]);
}

#[test]
fn other_settings_than_the_scope_stay_incomparable() {
    let base = narrow(
        &figures("clippy.warnings=12 a:9 b:3"),
        &["a".to_owned()],
        BTreeMap::new(),
        &Catalogue::default(),
    );
    let got = judged(
        "clippy.warnings <= baseline",
        Some(&base),
        &head("clippy.warnings=9 a:9"),
    );
    assert!(
        got.iter()
            .map(line)
            .all(|line| line.starts_with("Incomparable clippy.warnings: settings"))
    );
}

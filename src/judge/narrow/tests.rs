use std::collections::BTreeMap;

use super::super::tests::{figures, judged, line};
use super::narrow;
use crate::collector;
use crate::metric::Catalogue;
use crate::run::View;

/// The digest that a collector's settings have now.
const NOW: &str = "now";

/// A view of package `a` alone, with other settings than the baseline's.
fn head(text: &str) -> View {
    let mut view = figures(text);
    view.provenance.scope = vec!["a".to_owned()];
    view.provenance.settings = collector::ALL
        .map(|one| (one.collector(), NOW.to_owned()))
        .into();
    view
}

/// The baseline's part that a head of package `a` is held against.
fn part(text: &str) -> View {
    let settings = collector::ALL
        .map(|one| (one.collector(), NOW.to_owned()))
        .into();
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

use super::{Evidence, compare, judge, sample};
use crate::event::Level;
use crate::event::Outcome::{Failed, Ignored, Passed};
use crate::metric::Catalogue;
use crate::run::{Judged, RunId, Verdict, View};
use crate::snapshot::Finding;

mod exact;
mod times;

/// Judges one gate of figures against figures: `Fail clippy.warnings: reason | help`, a line per concrete gate.
fn lines(gate: &str, base: Option<&str>, head: &str) -> Vec<String> {
    let (mut base, head) = (base.map(sample::figures), sample::figures(head));
    base.iter_mut().for_each(|base| base.sources.values_mut().for_each(|run| *run = RunId("earlier".to_owned())));
    judged(gate, base.as_ref(), &head).iter().map(line).collect()
}

fn judged(gate: &str, base: Option<&View>, head: &View) -> Vec<Judged> {
    let comparison = base.map(|base| compare(base, head, None));
    let evidence = Evidence { comparison: comparison.as_ref(), ..sample::evidence(base, head) };
    judge(&[sample::gate(gate)], &[], &Catalogue::default(), &evidence).gates
}

fn line(gate: &Judged) -> String {
    let verdict = gate.lack.map_or_else(|| format!("{:?}", gate.verdict), |lack| format!("{lack:?}"));
    let mut text = format!("{verdict} {}", gate.id);
    if !gate.reason.is_empty() {
        text.push_str(&format!(": {}", gate.reason));
    }
    if let Some(help) = &gate.help {
        text.push_str(&format!(" | {help}"));
    }
    assert_eq!(gate.lack.is_some(), gate.verdict == Verdict::NoVerdict, "{text}");
    text
}

/// Changes a view.
type Change = fn(&mut View);

#[test]
fn unlike_provenance_names_the_field_and_how_to_measure_alike() {
    let table: [(&str, Change, &str); 10] = [
        (
            "clippy.warnings <= baseline",
            |v| v.provenance.toolchain.rustc = "1.94.0".to_owned(),
            "Incomparable clippy.warnings: toolchain: 1.94.0 in the baseline, 1.95.0 now | cargo campaign baseline",
        ),
        ("test.passed >= baseline", |v| v.provenance.toolchain.rustc = "1.94.0".to_owned(), "Pass test.passed"),
        ("clippy.warnings < 20", |v| v.provenance.toolchain.rustc = "1.94.0".to_owned(), "Pass clippy.warnings"),
        (
            "clippy.new = 0",
            |v| v.provenance.lints = "old".to_owned(),
            "Incomparable clippy.new: lint configuration: old in the baseline, none now | cargo campaign baseline",
        ),
        (
            "test.regressed = 0",
            |v| v.provenance.features = "all".to_owned(),
            "Incomparable test.regressed: features: all in the baseline, none now | cargo campaign run test --all-features",
        ),
        (
            "test.passed >= baseline",
            |v| v.provenance.profile = "release".to_owned(),
            "Incomparable test.passed: profile: release in the baseline, none now | cargo campaign run test --profile release",
        ),
        (
            "test.passed >= baseline",
            |v| v.provenance.scope = vec!["a".to_owned()],
            "Incomparable test.passed: scope: a in the baseline, the workspace now | cargo campaign run test -p a",
        ),
        ("test.passed >= baseline", |v| v.provenance.workspace = "another-clone".to_owned(), "Pass test.passed"),
        (
            "test.passed >= baseline",
            |v| v.provenance.members = vec!["other".to_owned()],
            "Incomparable test.passed: workspace: other in the baseline, a b now | cargo campaign baseline",
        ),
        ("test.passed >= baseline", |v| v.provenance.cargo_flags = vec!["--locked".to_owned()], "Pass test.passed"),
    ];
    const FIGURES: &str = "clippy.warnings=3; test.passed=7; test.total=7";
    for (gate, change, expected) in table {
        let mut base = sample::figures(FIGURES);
        change(&mut base);
        let got = judged(gate, Some(&base), &sample::figures(FIGURES));
        assert_eq!(got.iter().map(line).collect::<Vec<_>>(), [expected]);
    }
}

#[test]
fn stale_figures_give_no_verdict_whatever_they_say() {
    let mut head = sample::figures("clippy.warnings=0");
    head.stale.insert(crate::plan::Collector::Clippy, (RunId("20261118".to_owned()), "3 files changed".to_owned()));
    for (gate, id) in [("clippy.warnings < 20", "clippy.warnings"), ("clippy.lint.* = 0", "clippy.lint.*")] {
        let expected = format!("Stale {id}: 3 files changed (run 20261118) | cargo campaign run clippy");
        assert_eq!(judged(gate, None, &head).iter().map(line).collect::<Vec<_>>(), [expected]);
    }
    head.stale.insert(crate::plan::Collector::Clippy, (RunId::default(), "it could not be recorded".to_owned()));
    let got: Vec<String> = judged("clippy.warnings < 20", None, &head).iter().map(line).collect();
    assert_eq!(got, ["Stale clippy.warnings: it could not be recorded | cargo campaign run clippy"], "no run to name");
}

/// A base and a head that differ in findings and tests.
fn changed() -> (View, View) {
    const FIGURES: &str = "clippy.warnings=2 a:1 b:1; test.total=4 a:3 b:1; test.failed=1 a:1";
    let (mut base, mut head) = (sample::figures(FIGURES), sample::figures(FIGURES));
    base.snapshot.findings = vec![sample::finding("x.rs:1 clippy::old f old()")];
    let mut other = sample::finding("y.rs:7 clippy::bad g bad()");
    other.package = "b".to_owned();
    head.snapshot.findings = vec![sample::finding("x.rs:4 clippy::bad f bad()"), other];
    base.snapshot
        .tests
        .extend(["a t::one", "a t::two", "a test:api t::three", "b doc x"].map(|id| sample::test(id, Passed)));
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
            "Fail clippy.new: 2, required = 0 | cargo clippy -p a -p b",
            "x.rs:4:9 clippy::bad, y.rs:7:9 clippy::bad",
        ),
        ("clippy.new@b = 0", "Fail clippy.new@b: 1, required = 0 | cargo clippy -p b", "y.rs:7:9 clippy::bad"),
        ("clippy.fixed >= 1", "Pass clippy.fixed", "x.rs:1:9 clippy::old"),
        ("clippy.changed = 0", "Pass clippy.changed", ""),
        (
            "warn test.regressed = 0",
            "Warn test.regressed: 1, required = 0 | cargo test -p a --test api t::three",
            "a test:api t::three",
        ),
        ("test.vanished = 0", "Fail test.vanished: 1, required = 0 | cargo campaign diff", "b doc x"),
        ("test.vanished@a = 0", "Pass test.vanished@a", ""),
        ("test.newly_ignored = 0", "Fail test.newly_ignored: 1, required = 0 | cargo campaign diff", "a t::two"),
        (
            "test.failed = 0",
            "Fail test.failed: 1, required = 0 | cargo test -p a --test api t::three",
            "a test:api t::three",
        ),
        (
            "clippy.warnings < 1",
            "Fail clippy.warnings: 2, required < 1 | cargo clippy -p a -p b",
            "x.rs:4:9 clippy::bad, y.rs:7:9 clippy::bad",
        ),
        (
            "clippy.warnings@b < 1",
            "Fail clippy.warnings@b: 1, required < 1 | cargo clippy -p b",
            "y.rs:7:9 clippy::bad",
        ),
        (
            "clippy.new <= baseline",
            "Missing clippy.new: in the baseline: clippy.new was not measured | cargo campaign baseline",
            "x.rs:4:9 clippy::bad, y.rs:7:9 clippy::bad",
        ),
        ("check.new = 0", "Missing check.new: check.warnings was not measured | cargo campaign run check", ""),
    ];
    for (gate, expected, evidence) in table {
        let got = judged(gate, Some(&base), &head);
        assert_eq!(got.iter().map(line).collect::<Vec<_>>(), [expected]);
        assert_eq!(got[0].evidence.join(", "), evidence, "{gate}");
    }
}

#[test]
fn many_warnings_are_told_by_package_and_errors_by_their_message() {
    let mut head = sample::figures("clippy.warnings=11 a:11; clippy.errors=11 a:11");
    let warning = sample::finding("x.rs:4 clippy::bad f bad()");
    let error = Finding { level: Level::Error, code: "E0308".to_owned(), ..warning.clone() };
    head.snapshot.findings = [vec![warning; 11], vec![error; 11]].concat();
    for (gate, first, count) in [
        ("clippy.warnings = 0", "a 11", 1),
        ("clippy.errors = 0", "x.rs:4:9 E0308 this `bad()` is a matter of clippy::bad", 11),
    ] {
        let evidence = &judged(gate, None, &head)[0].evidence;
        assert_eq!((evidence[0].as_str(), evidence.len()), (first, count), "{gate}");
    }
}

#[test]
fn a_gate_on_the_baseline_names_the_packages_that_got_worse() {
    let base =
        sample::figures("clippy.warnings=14 a:9 b:5; test.passed=30 a:20 b:10; doc.warnings=3 a:3; fmt.files=? a:0");
    let head = "clippy.warnings=16 a:7 b:6 c:3; test.passed=27 a:20 b:7; doc.warnings=3 a:3; fmt.files=2 a:2";
    let head = sample::figures(head);
    for (gate, expected) in [
        ("clippy.warnings <= baseline", "c 3 (was 0), b 6 (was 5)"),
        ("clippy.warnings = baseline", "c 3 (was 0), a 7 (was 9), b 6 (was 5)"),
        ("clippy.warnings < 10", "a 7, b 6, c 3"),
        ("test.passed >= baseline", "b 7 (was 10)"),
        ("test.passed >= 30", "b 7, a 20"),
        ("doc.warnings <= baseline", "a 3"),
        ("fmt.files <= baseline", "a 2"),
    ] {
        assert_eq!(judged(gate, Some(&base), &head)[0].evidence.join(", "), expected, "{gate}");
    }
}

#[test]
fn derived_metrics_of_a_part_fail_for_sure_or_give_no_verdict() {
    let (base, head) = changed();
    let mut partial = head.clone();
    partial.snapshot.metrics.extend(sample::figures("clippy.warnings=? least:1 a:1").snapshot.metrics);
    let mut broken = base.clone();
    broken.snapshot.metrics.extend(sample::figures("clippy.warnings=? least:1 a:1").snapshot.metrics);
    let mut died = head.clone();
    died.snapshot.incomplete.insert("b doc".to_owned(), "killed".to_owned());
    let table = [
        (
            "clippy.new = 0",
            &base,
            &partial,
            "Fail clippy.new: at least 1, required = 0; broken build | cargo clippy -p a",
        ),
        ("clippy.new <= 3", &base, &partial, "Partial clippy.new: broken build | cargo campaign run clippy"),
        ("clippy.fixed >= 1", &base, &partial, "Partial clippy.fixed: broken build | cargo campaign run clippy"),
        ("clippy.new@a <= 3", &base, &partial, "Pass clippy.new@a"),
        ("clippy.new@b = 0", &base, &partial, "Partial clippy.new@b: broken build | cargo campaign run clippy"),
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
            "Fail test.regressed: at least 1, required = 0; 1 suite without a result | cargo test -p a --test api t::three",
        ),
        ("test.regressed@a <= 1", &base, &died, "Pass test.regressed@a"),
    ];
    for (gate, base, head, expected) in table {
        assert_eq!(judged(gate, Some(base), head).iter().map(line).collect::<Vec<_>>(), [expected]);
    }
}

#[test]
fn a_gate_on_no_known_metric_never_passes() {
    assert_eq!(lines("clipy.warnings < 20", None, ""), ["Missing clipy.warnings: unknown metric clipy.warnings"]);
}

#[test]
fn a_gate_carries_all_that_is_needed_to_show_it() {
    let mut gate = sample::gate("bench.*.time <= baseline + 10%");
    gate.group = "performance".to_owned();
    gate.line = 14;
    let base = sample::figures("bench.api/parse.time=1 samples:1,1.01,1.02");
    let head = sample::figures("bench.api/parse.time=2 samples:2,2.01,2.02");
    let evidence = sample::evidence(Some(&base), &head);
    let got = judge(&[gate], &[], &Catalogue::default(), &evidence).gates.remove(0);
    assert_eq!((got.id.as_str(), got.metric.as_str()), ("bench.api/parse.time", "bench.api/parse.time"));
    assert_eq!((got.title.as_str(), got.group.as_str(), got.line), ("bench api/parse", "performance", 14));
    assert_eq!((got.value, got.baseline, got.bound), (Some(2.0), Some(1.0), Some(1.1)));
    assert_eq!(got.run, Some(RunId("run".to_owned())));
    assert!(got.ratio.is_some_and(|r| r.lower < r.estimate && r.estimate < r.upper));
}

#[test]
fn names_that_a_shell_would_read_otherwise_are_not_put_into_commands() {
    let mut head = sample::figures("test.failed=1");
    head.snapshot.tests.extend([sample::test("a $(reboot)", Failed)]);
    assert_eq!(judged("test.failed = 0", None, &head)[0].help.as_deref(), Some("cargo test -p a"));
    let head = sample::figures("clippy.warnings=1 a;b:1".replace(';', "$").as_str());
    assert_eq!(judged("clippy.warnings = 0", None, &head)[0].help.as_deref(), Some("cargo clippy --workspace"));
}

#[test]
fn a_suite_without_result_is_run_by_hand() {
    for (suite, command) in [
        ("a lib", "cargo test -p a --lib"),
        ("a doc", "cargo test -p a --doc"),
        ("a test:it", "cargo test -p a --test it"),
        ("a test:$(reboot)", "cargo campaign run test"),
    ] {
        let mut head = sample::figures("test.incomplete=1 a:1");
        head.snapshot.incomplete.insert(suite.to_owned(), "killed".to_owned());
        assert_eq!(judged("test.incomplete = 0", None, &head)[0].help.as_deref(), Some(command));
    }
}

#[test]
fn at_most_twenty_places_are_carried() {
    let (base, mut head) = changed();
    head.snapshot.findings = (0..50).map(|i| sample::finding(&format!("x.rs:{i} l i{i} s{i}"))).collect();
    let got = judged("clippy.new = 0", Some(&base), &head);
    assert_eq!((got[0].value, got[0].evidence.len()), (Some(50.0), Judged::EVIDENCE));
}

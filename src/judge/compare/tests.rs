use super::compare;
use crate::collector;
use crate::event::Outcome::{Failed, Ignored, Passed};
use crate::judge::tests as sample;
use crate::judge::{FileMap, LineMap};
use crate::plan::Collector;
use crate::run::{RunId, View};

const BASE: &str = "clippy.warnings=2 a:1 b:1; test.total=6 a:6";

fn linted(figures: &str, findings: &[(&str, &str)]) -> View {
    let mut view = sample::figures(figures);
    for (package, text) in findings {
        let mut finding = sample::finding(text);
        finding.package = (*package).to_owned();
        view.snapshot.findings.push(finding);
    }
    view
}

/// Changes a view.
type Change = fn(&mut View);

#[test]
fn only_what_both_sides_know_is_new_or_fixed() {
    let base = [("a", "x.rs:1 l f old()")];
    let head = [
        ("a", "x.rs:1 m f new()"),
        ("b", "y.rs:1 m f new()"),
        ("c", "z.rs:1 m f new()"),
    ];
    // Figures of the base, of the head, packages of new findings, packages of fixed ones.
    let table = [
        ("both whole: c is a new package", BASE, BASE, "a b c", "a"),
        (
            "b did not build in the base",
            "clippy.warnings=? a:1",
            BASE,
            "a",
            "a",
        ),
        (
            "a does not build in the head",
            BASE,
            "clippy.warnings=? b:1 c:1",
            "b c",
            "",
        ),
        (
            "nothing is known of the base",
            "clippy.warnings=?",
            BASE,
            "",
            "",
        ),
        ("clippy did not run in the base", "", BASE, "", ""),
        ("clippy did not run in the head", BASE, "", "", ""),
    ];
    for (what, before, after, new, fixed) in table {
        let (before, after) = (linted(before, &base), linted(after, &head));
        let got = compare(&before, &after, None).findings;
        let packages = |list: &[crate::snapshot::Finding]| {
            list.iter()
                .map(|f| f.package.clone())
                .collect::<std::collections::BTreeSet<_>>()
                .into_iter()
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(
            (packages(&got.new).as_str(), packages(&got.fixed).as_str()),
            (new, fixed),
            "{what}"
        );
    }
}

#[test]
fn packages_covered_by_name_are_compared_though_the_total_is_partial() {
    let mut base = linted(
        "clippy.warnings=? least:1",
        &[("a", "x.rs:1 l f old()"), ("b", "y.rs:1 l f old()")],
    );
    base.snapshot
        .covered
        .insert(Collector::named("clippy"), vec!["a".to_owned()]);
    let got = compare(&base, &linted(BASE, &[]), None).findings;
    assert_eq!(
        got.fixed
            .iter()
            .map(|f| f.package.as_str())
            .collect::<Vec<_>>(),
        ["a"]
    );
}

#[test]
fn collectors_of_unlike_provenance_are_refused_and_not_compared() {
    let mut all: Vec<&str> = collector::names().collect();
    all.sort_unstable();
    let all = format!("{}: workspace", all.join(" "));
    let table: [(Change, &str); 5] = [
        (|_| (), ""),
        (
            |v| v.provenance.toolchain.rustc = "1.94.0".to_owned(),
            "bench build check clippy combinations doc fmt instructions memory sccache timing: toolchain",
        ),
        (
            |v| v.provenance.lints = "other".to_owned(),
            "build check clippy combinations doc: lint configuration",
        ),
        (
            |v| v.provenance.host.cores = 2,
            "bench instructions memory timing: machine",
        ),
        (|v| v.provenance.members = vec!["other".to_owned()], &all),
    ];
    for (change, expected) in table {
        let mut base = linted(BASE, &[("a", "x.rs:1 l f old()")]);
        base.snapshot.tests.extend([sample::test("a gone", Passed)]);
        change(&mut base);
        let got = compare(&base, &linted(BASE, &[]), None);
        let mut names: Vec<_> = got.refused.keys().map(|c| c.name()).collect();
        names.sort_unstable();
        let field = got
            .refused
            .values()
            .next()
            .map_or(String::new(), |r| format!(": {}", r.field));
        assert_eq!(format!("{}{field}", names.join(" ")), expected);
        assert_eq!(
            got.findings.fixed.len(),
            usize::from(!got.refused.contains_key(&Collector::named("clippy"))),
            "{expected}"
        );
        assert_eq!(
            got.vanished.len(),
            usize::from(!got.refused.contains_key(&Collector::named("test"))),
            "{expected}"
        );
    }
}

#[test]
fn stale_and_absent_collectors_are_neither_refused_nor_compared() {
    let mut base = linted(BASE, &[("a", "x.rs:1 l f old()")]);
    let mut head = linted(BASE, &[]);
    head.stale.insert(
        Collector::named("clippy"),
        (RunId("old".to_owned()), "2 files changed".to_owned()),
    );
    base.provenance.toolchain.rustc = "1.94.0".to_owned();
    base.sources.remove(&Collector::named("build"));
    let got = compare(&base, &head, None);
    assert!(got.findings.fixed.is_empty());
    assert_eq!(
        [
            Collector::named("clippy"),
            Collector::named("build"),
            Collector::named("check")
        ]
        .map(|c| got.refused.contains_key(&c)),
        [false, false, true]
    );
}

#[test]
fn tests_are_told_apart_by_id() {
    let mut base = sample::figures(BASE);
    let mut head = sample::figures(BASE);
    let before = [
        ("a t::1", Passed),
        ("a t::2", Passed),
        ("a t::3", Passed),
        ("a t::4", Failed),
        ("a t::5", Ignored),
        ("a t::7", Failed),
    ];
    let after = [
        ("a t::1", Failed),
        ("a t::2", Ignored),
        ("a t::4", Passed),
        ("a t::6", Failed),
        ("a t::7", Ignored),
    ];
    base.snapshot
        .tests
        .extend(before.map(|(id, outcome)| sample::test(id, outcome)));
    head.snapshot
        .tests
        .extend(after.map(|(id, outcome)| sample::test(id, outcome)));
    let got = compare(&base, &head, None);
    assert_eq!(got.regressed, ["a t::1"]);
    assert_eq!(got.newly_ignored, ["a t::2", "a t::7"]);
    assert_eq!(got.vanished, ["a t::3", "a t::5"]);
    assert_eq!(got.repaired, ["a t::4"]);
    assert_eq!(got.added, ["a t::6"]);
}

#[test]
fn doctest_in_another_file_is_the_same_if_its_item_or_git_says_so() {
    let renamed = FileMap {
        to: Some("a/m/mod.rs".to_owned()),
        hunks: Vec::new(),
    };
    let lines = LineMap {
        files: [("a/m.rs".to_owned(), renamed)].into(),
        ..LineMap::default()
    };
    // Doctests of the base and of the head, vanished and added ones.
    for (before, after, vanished, added) in [
        (&["a/m.rs"][..], &["a/m/mod.rs"][..], &[][..], &[][..]),
        (&["a/src/lib.rs"], &["b/src/lib.rs"], &[], &[]),
        (&["src/lib.rs"], &["src/root.rs"], &[], &[]),
        (
            &["a/src/lib.rs", "a/README.md", "a/GUIDE.md"],
            &["b/src/lib.rs", "b/README.md", "b/GUIDE.md"],
            &[],
            &[],
        ),
        (
            &["src/lib.rs"],
            &["README.md"],
            &["src/lib.rs"],
            &["README.md"],
        ),
        (&["a/m.rs - m::f #2"], &["b/m.rs - m::f #2"], &[], &[]),
        (
            &["a/m.rs - m::f"],
            &["a/m.rs - m::g"],
            &["a/m.rs - m::f"],
            &["a/m.rs - m::g"],
        ),
        // Which of the two is the other is unknown.
        (
            &["x.rs - f", "y.rs - f"],
            &["z.rs - f"],
            &["x.rs - f", "y.rs - f"],
            &["z.rs - f"],
        ),
    ] {
        let [mut base, mut head] = [before, after].map(|names| {
            let mut view = sample::figures(BASE);
            let tests = names.iter();
            let tests = tests.map(|name| sample::test(&format!("a doc {name}"), Passed));
            view.snapshot.tests.extend(tests);
            view
        });
        let got = compare(&base, &head, Some(&lines));
        let ids = |names: &[&str]| -> Vec<String> {
            names.iter().map(|name| format!("a doc {name}")).collect()
        };
        assert_eq!((got.vanished, got.added), (ids(vanished), ids(added)));
        // A result is compared across files, too.
        for test in base.snapshot.tests.values_mut() {
            test.outcome = Passed;
        }
        for test in head.snapshot.tests.values_mut() {
            test.outcome = Failed;
        }
        let regressed = compare(&base, &head, Some(&lines)).regressed;
        assert_eq!(regressed.len(), after.len() - added.len());
    }
}

#[test]
fn tests_without_a_result_are_unknown_not_vanished() {
    let ids = [
        "a lib_test",
        "a doc src/lib.rs - f (line 1)",
        "a test:api one",
        "a bin::parse::works",
        "b lib_test",
    ];
    // What the head says, and which tests are gone.
    let table: [(&str, Change, &[usize]); 6] = [
        ("all suites ran", |_| (), &[0, 1, 2, 3, 4]),
        (
            "a's unit tests died",
            |v| incomplete(v, "a lib"),
            &[1, 2, 4],
        ),
        ("by package name alone", |v| incomplete(v, "a"), &[1, 2, 4]),
        (
            "a's doctests died",
            |v| incomplete(v, "a doc"),
            &[0, 2, 3, 4],
        ),
        (
            "an integration test died",
            |v| incomplete(v, "a test:api"),
            &[0, 1, 3, 4],
        ),
        (
            "b did not compile",
            |v| v.snapshot.metrics = sample::figures("test.total=? a:4").snapshot.metrics,
            &[0, 1, 2, 3],
        ),
    ];
    for (what, change, gone) in table {
        let mut base = sample::figures(BASE);
        base.snapshot
            .tests
            .extend(ids.map(|id| sample::test(id, Passed)));
        let mut head = sample::figures(BASE);
        change(&mut head);
        let mut expected: Vec<&str> = gone.iter().map(|i| ids[*i]).collect();
        expected.sort_unstable();
        assert_eq!(compare(&base, &head, None).vanished, expected, "{what}");
        assert_eq!(
            compare(&head, &base, None).added,
            expected,
            "{what}, the other way round"
        );
    }
}

fn incomplete(view: &mut View, suite: &str) {
    view.snapshot
        .incomplete
        .insert(suite.to_owned(), "ended early".to_owned());
}

#[test]
fn a_dirty_base_has_no_line_map() {
    let hunks = vec![(1, 0, 2, 5)];
    let file = FileMap {
        to: Some("x.rs".to_owned()),
        hunks,
    };
    let lines = LineMap {
        files: [("x.rs".to_owned(), file)].into(),
        ..LineMap::default()
    };
    // The map leads from line 3 to the other function's line 8.
    let mut base = linted(BASE, &[("a", "x.rs:3 l f one()")]);
    let head = linted(BASE, &[("a", "x.rs:8 l g two()")]);
    assert_eq!(compare(&base, &head, Some(&lines)).findings.new.len(), 0);
    base.provenance.dirty = true;
    assert_eq!(compare(&base, &head, Some(&lines)).findings.new.len(), 1);
}

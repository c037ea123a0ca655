use super::prove;
use crate::judge::{Evidence, compare, tests as sample};
use crate::metric::Catalogue;

/// `caught planted | note`, a line per concrete gate.
fn proofs(gate: &str, waivers: &[&str], base: Option<&str>, head: &str) -> Vec<String> {
    let (base, head) = (base.map(sample::figures), sample::figures(head));
    let comparison = base.as_ref().map(|base| compare(base, &head, None));
    let evidence = Evidence {
        comparison: comparison.as_ref(),
        ..sample::evidence(base.as_ref(), &head)
    };
    let waivers: Vec<_> = waivers.iter().map(|text| sample::waiver(text)).collect();
    let all = prove(
        &[sample::gate(gate)],
        &waivers,
        &Catalogue::default(),
        &evidence,
    );
    all.iter()
        .map(|p| format!("{} {}: {} | {}", p.caught, p.id, p.planted, p.note))
        .collect()
}

#[test]
fn a_planted_violation_is_caught() {
    const FIGURES: &str = "clippy.warnings=3 a:2 b:1; clippy.lint.x=1; test.total=9 a:9; test.passed=9; \
                           bench.x.time=10 samples:9.9,10,10.1 within:9..11; build.time=100 fresh:0.5; test.pass_rate=100";
    let table: [(&str, &[&str]); 20] = [
        (
            "clippy.warnings < 20",
            &["true clippy.warnings: clippy.warnings = 20 | "],
        ),
        (
            "clippy.warnings <= baseline",
            &["true clippy.warnings: clippy.warnings = 4 | "],
        ),
        (
            "warn clippy.warnings < 20",
            &["true clippy.warnings: clippy.warnings = 20 | "],
        ),
        (
            "clippy.lint.* <= 3",
            &["true clippy.lint.x: clippy.lint.x = 4 | "],
        ),
        (
            "clippy.warnings@* < 5",
            &[
                "true clippy.warnings@a: clippy.warnings of a = 5 | ",
                "true clippy.warnings@b: clippy.warnings of b = 5 | ",
            ],
        ),
        (
            "clippy.warnings@a <= baseline",
            &["true clippy.warnings@a: clippy.warnings of a = 3 | "],
        ),
        (
            "test.passed >= baseline",
            &["true test.passed: test.passed = 8 | "],
        ),
        (
            "test.pass_rate >= 80",
            &["true test.pass_rate: test.pass_rate = 79% | "],
        ),
        (
            "bench.*.time <= baseline + 10%",
            &["true bench.x.time: bench.x.time = 110 s | "],
        ),
        (
            "build.time <= baseline + 50%",
            &["true build.time: build.time = 25 min | "],
        ),
        (
            "build.time < 90",
            &["true build.time: build.time = 90 s | "],
        ),
        ("clippy.new = 0", &["true clippy.new: clippy.new = 1 | "]),
        (
            "clippy.new@a <= 4",
            &["true clippy.new@a: clippy.new of a = 5 | "],
        ),
        (
            "clippy.fixed >= 3",
            &["true clippy.fixed: clippy.fixed = 2 | "],
        ),
        (
            "clippy.changed <= 1",
            &["true clippy.changed: clippy.changed = 2 | "],
        ),
        (
            "test.regressed = 0",
            &["true test.regressed: test.regressed = 1 | "],
        ),
        (
            "test.vanished <= 2",
            &["true test.vanished: test.vanished = 3 | "],
        ),
        (
            "test.newly_ignored = 0",
            &["true test.newly_ignored: test.newly_ignored = 1 | "],
        ),
        (
            "test.vanished@a = 0",
            &["true test.vanished@a: test.vanished of a = 1 | "],
        ),
        (
            "warn clippy.new = 0",
            &["true clippy.new: clippy.new = 1 | "],
        ),
    ];
    for (gate, expected) in table {
        assert_eq!(proofs(gate, &[], Some(FIGURES), FIGURES), expected);
    }
}

#[test]
fn gates_without_a_verdict_now_are_proved_on_planted_figures_and_say_so() {
    let table = [
        (
            "clippy.warnings < 20",
            "true clippy.warnings: clippy.warnings = 20 | no verdict now: clippy.warnings was not measured",
        ),
        (
            "clippy.warnings <= baseline",
            "true clippy.warnings: clippy.warnings = 101, against a planted 100 | no verdict now: clippy.warnings was not measured",
        ),
        (
            "clippy.new = 0",
            "true clippy.new: clippy.new = 1 | no verdict now: no baseline",
        ),
        (
            "bench.*.time <= best + 10%",
            "true bench.*.time: bench.planted.time = 18.33 min, against a planted 100 s | no verdict now: nothing measured matches bench.*.time",
        ),
        (
            "clippy.warnings@a < 3",
            "true clippy.warnings@a: clippy.warnings of a = 3 | no verdict now: clippy.warnings was not measured",
        ),
    ];
    for (gate, expected) in table {
        assert_eq!(proofs(gate, &[], None, ""), [expected]);
    }
}

#[test]
fn gates_that_cannot_fail_are_found_out() {
    const ONE: &str = "bench.x.time=10 within:9..11";
    let table: [(&str, &[&str], &str, &str); 8] = [
        (
            "test.failed >= 0",
            &[],
            "test.failed=1",
            "false test.failed:  | no possible value violates `>= 0`",
        ),
        (
            "test.pass_rate <= 100",
            &[],
            "",
            "false test.pass_rate:  | no possible value violates `<= 100`",
        ),
        (
            "test.pass_rate <= baseline",
            &[],
            "test.pass_rate=100",
            "false test.pass_rate:  | no possible value violates `<= baseline`",
        ),
        (
            "bench.x.time <= baseline",
            &[],
            ONE,
            "false bench.x.time: bench.x.time = 100 s | +900.0% (+809.1% to +1011.1%), the bound is +0.0%: one process \
             cannot show a regression",
        ),
        (
            "clippy.warnings < 20",
            &["clippy.warnings ana 2026-12-31"],
            "clippy.warnings=3",
            "false clippy.warnings: clippy.warnings = 20 | generated parser (ana, until 2026-12-31): 20, required < 20",
        ),
        (
            "clippy.warnings < 20",
            &["clippy.warnings ana 2026-12-31 24"],
            "clippy.warnings=3",
            "true clippy.warnings: clippy.warnings = 25 | ",
        ),
        (
            "clippy.new <= baseline",
            &[],
            "clippy.warnings=3",
            "false clippy.new:  | clippy.new exists only between two runs: compare it with a number",
        ),
        (
            "clippy.new <= 1000000",
            &[],
            "clippy.warnings=3",
            "false clippy.new:  | a violation would take 1000001 findings or tests",
        ),
    ];
    for (gate, waivers, figures, expected) in table {
        assert_eq!(proofs(gate, waivers, Some(figures), figures), [expected]);
    }
    assert_eq!(
        proofs("clipy.new = 0", &[], None, ""),
        ["false clipy.new:  | unknown metric clipy.new"]
    );
}

#[test]
fn every_metric_of_the_catalogue_can_be_gated_with_effect() {
    for row in Catalogue::default().rows() {
        for condition in [
            "< 5",
            "<= 5",
            "= 5",
            ">= 5",
            "> 5",
            "<= baseline + 5",
            ">= baseline - 10%",
        ] {
            if row.derived && condition.contains("baseline") {
                continue;
            }
            let got = proofs(&format!("{} {condition}", row.name), &[], None, "");
            assert!(
                got.iter().all(|line| line.starts_with("true")),
                "{condition}: {got:?}"
            );
        }
    }
}

#[test]
fn gate_on_a_package_that_does_not_exist_is_not_proved() {
    for gate in [
        "clippy.new@pool = 0",
        "test.vanished@pool = 0",
        "clippy.warnings@pool <= 3",
    ] {
        let got = proofs(gate, &[], None, "clippy.warnings=3 a:3 b:0");
        assert!(
            got[0].starts_with("false")
                && got[0].ends_with("| the workspace has no package `pool`"),
            "{got:?}"
        );
        let got = proofs(
            &gate.replace("pool", "a"),
            &[],
            None,
            "clippy.warnings=3 a:3 b:0",
        );
        assert!(got[0].starts_with("true"), "{got:?}");
    }
}

use super::days_between;
use crate::judge::{judge, tests as sample};
use crate::metric::Catalogue;
use crate::run::Judgement;

fn judged(gate: &str, waivers: &[&str], figures: &str, today: &str) -> Judgement {
    let head = sample::figures(figures);
    let waivers: Vec<_> = waivers.iter().map(|text| sample::waiver(text)).collect();
    let evidence = crate::judge::Evidence {
        today,
        ..sample::evidence(None, &head)
    };
    judge(
        &[sample::gate(gate)],
        &waivers,
        &Catalogue::default(),
        &evidence,
    )
}

/// Gate, waivers, figures, today, `verdict: reason`, notes.
type Case = (
    &'static str,
    &'static [&'static str],
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
);

const DAY: &str = "2026-11-20";

const CASES: &[Case] = &[
    (
        "clippy.warnings < 20",
        &["clippy.warnings ana 2026-12-31 24"],
        "clippy.warnings=24",
        DAY,
        "Waived: generated parser (ana, until 2026-12-31): 24, required < 20",
        &[],
    ),
    (
        "clippy.warnings < 20",
        &["clippy.warnings ana 2026-12-31 24"],
        "clippy.warnings=25",
        DAY,
        "Fail: beyond the waiver of ana (ceiling 24): 25, required < 20",
        &[],
    ),
    (
        "clippy.warnings < 20",
        &["clippy.warnings ana 2026-12-31"],
        "clippy.warnings=2500",
        DAY,
        "Waived: generated parser (ana, until 2026-12-31): 2500, required < 20",
        &[],
    ),
    (
        "clippy.warnings < 20",
        &["clippy.warnings ana 2026-11-20"],
        "clippy.warnings=24",
        DAY,
        "Waived: generated parser (ana, until 2026-11-20): 24, required < 20",
        &["waiver of ana for clippy.warnings (campaign.toml:9) ends today"],
    ),
    (
        "clippy.warnings < 20",
        &["clippy.warnings ana 2026-11-19"],
        "clippy.warnings=24",
        DAY,
        "Fail: waiver of ana expired on 2026-11-19: 24, required < 20",
        &[],
    ),
    (
        "clippy.warnings < 20",
        &["clippy.warnings ana soon"],
        "clippy.warnings=24",
        DAY,
        "Fail: waiver of ana expired on soon: 24, required < 20",
        &[],
    ),
    (
        "clippy.warnings < 20",
        &["clippy.warnings ana 2026-11-19", "clippy.* ben 2026-11-27"],
        "clippy.warnings=24",
        DAY,
        "Waived: generated parser (ben, until 2026-11-27): 24, required < 20",
        &["waiver of ben for clippy.* (campaign.toml:9) ends on 2026-11-27, in 7 days"],
    ),
    (
        "clippy.warnings < 20",
        &["clippy.warnings ana 2026-12-31", "test.* ben 2026-12-31"],
        "clippy.warnings=19",
        DAY,
        "Pass: ",
        &[
            "waiver of ana for clippy.warnings (campaign.toml:9) is not needed: every gate it covers passes",
            "waiver of ben for test.* (campaign.toml:9) matches no gate: remove it",
        ],
    ),
    // What was not measured cannot be waived, and the waiver may be needed yet.
    (
        "clippy.warnings < 20",
        &["clippy.warnings ana 2026-12-31"],
        "",
        DAY,
        "NoVerdict: clippy.warnings was not measured",
        &[],
    ),
    // The rest of a partial count decides whether it is beyond the ceiling.
    (
        "clippy.warnings < 20",
        &["clippy.warnings ana 2026-12-31 24"],
        "clippy.warnings=? least:24",
        DAY,
        "NoVerdict: may be beyond the waiver of ana (ceiling 24): at least 24, required < 20; broken build",
        &[],
    ),
    (
        "clippy.warnings < 20",
        &["clippy.warnings ana 2026-12-31 24"],
        "clippy.warnings=? least:25",
        DAY,
        "Fail: beyond the waiver of ana (ceiling 24): at least 25, required < 20; broken build",
        &[],
    ),
    (
        "clippy.warnings = 0",
        &["clippy.warnings ana 2026-11-19 24"],
        "clippy.warnings=? least:22",
        DAY,
        "Fail: waiver of ana expired on 2026-11-19: at least 22, required = 0; broken build",
        &[],
    ),
    (
        "clippy.warnings < 20",
        &[
            "clippy.warnings ana 2026-12-31 24",
            "clippy.* ben 2026-12-31",
        ],
        "clippy.warnings=? least:22",
        DAY,
        "Waived: generated parser (ben, until 2026-12-31): at least 22, required < 20; broken build",
        &[],
    ),
    (
        "test.pass_rate >= 90",
        &["test.pass_rate ana 2026-12-31 80"],
        "test.pass_rate=80",
        DAY,
        "Waived: generated parser (ana, until 2026-12-31): 80%, required >= 90",
        &[],
    ),
    (
        "test.pass_rate >= 90",
        &["test.pass_rate ana 2026-12-31 80"],
        "test.pass_rate=79",
        DAY,
        "Fail: beyond the waiver of ana (ceiling 80%): 79%, required >= 90",
        &[],
    ),
    (
        "loc.code >= 90",
        &["loc.code ana 2026-12-31 80"],
        "loc.code=79",
        DAY,
        "Fail: beyond the waiver of ana (ceiling 80): 79, required >= 90",
        &[],
    ),
    // The comparison decides which way is worse, not the direction of the metric.
    (
        "loc.code < 5",
        &["loc.code ana 2026-12-31 3"],
        "loc.code=10",
        DAY,
        "Fail: beyond the waiver of ana (ceiling 3): 10, required < 5",
        &[],
    ),
    (
        "test.total < 5",
        &["test.total ana 2026-12-31 8"],
        "test.total=10",
        DAY,
        "Fail: beyond the waiver of ana (ceiling 8): 10, required < 5",
        &[],
    ),
    (
        "clippy.warnings > 20",
        &["clippy.warnings ana 2026-12-31 15"],
        "clippy.warnings=14",
        DAY,
        "Fail: beyond the waiver of ana (ceiling 15): 14, required > 20",
        &[],
    ),
    (
        "loc.code = 5",
        &["loc.code ana 2026-12-31 8"],
        "loc.code=7",
        DAY,
        "Waived: generated parser (ana, until 2026-12-31): 7, required = 5",
        &[],
    ),
    (
        "loc.code = 5",
        &["loc.code ana 2026-12-31 8"],
        "loc.code=4",
        DAY,
        "Fail: beyond the waiver of ana (ceiling 8): 4, required = 5",
        &[],
    ),
    (
        "loc.code = 5",
        &["loc.code ana 2026-12-31 3"],
        "loc.code=2",
        DAY,
        "Fail: beyond the waiver of ana (ceiling 3): 2, required = 5",
        &[],
    ),
    (
        "warn clippy.warnings < 20",
        &["clippy.warnings ana 2026-12-31"],
        "clippy.warnings=24",
        DAY,
        "Waived: generated parser (ana, until 2026-12-31): 24, required < 20",
        &[],
    ),
    (
        "warn clippy.warnings < 20",
        &["clippy.warnings ana 2026-01-31"],
        "clippy.warnings=24",
        DAY,
        "Warn: waiver of ana expired on 2026-01-31: 24, required < 20",
        &[],
    ),
];

#[test]
fn waivers_cover_violations_within_their_date_and_ceiling() {
    for (gate, waivers, figures, today, verdict, notes) in CASES {
        let judgement = judged(gate, waivers, figures, today);
        let got = &judgement.gates[0];
        assert_eq!(
            format!("{:?}: {}", got.verdict, got.reason),
            *verdict,
            "{waivers:?} {figures}"
        );
        assert_eq!(judgement.notes, *notes, "{waivers:?} {figures}");
    }
}

#[test]
fn waiver_is_not_called_unused_if_only_some_packages_were_measured() {
    let waivers = ["clippy.warnings@b ana 2026-12-31", "*@a ana 2026-12-31"].map(sample::waiver);
    let mut head = sample::figures("clippy.warnings=0 a:0");
    head.provenance.scope = vec!["a".to_owned()];
    let gates = [sample::gate("clippy.warnings@* = 0")];
    let evidence = crate::judge::Evidence {
        today: DAY,
        ..sample::evidence(None, &head)
    };
    let judgement = judge(&gates, &waivers, &Catalogue::default(), &evidence);
    assert_eq!(judgement.gates.len(), 1);
    assert_eq!(judgement.notes, Vec::<String>::new());
}

#[test]
fn days_are_counted_over_months_and_leap_years() {
    let table = [
        ("2026-11-20", "2026-11-27", Some(7)),
        ("2026-12-31", "2027-01-01", Some(1)),
        ("2026-02-28", "2026-03-01", Some(1)),
        ("2028-02-28", "2028-03-01", Some(2)),
        ("2100-02-28", "2100-03-01", Some(1)),
        ("2000-01-01", "2026-11-20", Some(9820)),
        ("2026-11-20", "2026-13-01", None),
        ("2026-11-20", "2026-11", None),
        ("2026-11-20", "2026-11-32", None),
        ("", "2026-11-20", None),
    ];
    for (from, to, expected) in table {
        assert_eq!(days_between(from, to), expected, "{from} {to}");
    }
}

//! Small views, gates and findings written as text, for the tables of the tests of every part; and what holds whatever is
//! judged.

use std::collections::BTreeMap;

use super::{Evidence, compare, judge};
use crate::collector;
use crate::event::{Harness, Level, Outcome};
use crate::gate::{Condition, Gate, Op, Operand, Reference, Shift, Strictness, Waiver};
use crate::metric::{Catalogue, Reading, Spread, Unavailable, Value};
use crate::plan::{Action, Collector, Invocation, Step, Stream, Verb};
use crate::run::{Judged, RunId, Verdict, View};
use crate::snapshot::{Finding, Provenance, Test, Toolchain};

/// A whole view without figures: every built-in collector ran, with the packages `a` and `b`.
pub(super) fn view() -> View {
    let toolchain = Toolchain {
        rustc: "1.95.0".to_owned(),
        cargo: "1.95.0".to_owned(),
        host: "host".to_owned(),
    };
    View {
        run: Some(RunId("run".to_owned())),
        provenance: Provenance {
            workspace: "w".to_owned(),
            members: vec!["a".to_owned(), "b".to_owned()],
            toolchain,
            ..Provenance::default()
        },
        sources: collector::ALL
            .iter()
            .map(|one| (one.collector(), RunId("run".to_owned())))
            .collect(),
        steps: steps(),
        ..View::default()
    }
}

/// Steps with the commands of the planner, in few words.
fn steps() -> BTreeMap<Collector, Vec<Step>> {
    let commands = [
        (Collector::named("check"), "check --workspace --all-targets"),
        (Collector::named("build"), "build --workspace"),
        (
            Collector::named("clippy"),
            "clippy --workspace --all-targets",
        ),
        (Collector::named("test"), "test --workspace"),
        (Collector::named("doc"), "doc --workspace --no-deps"),
        (Collector::named("fmt"), "fmt -- --check -l -v"),
    ];
    commands
        .map(|(collector, args)| (collector.clone(), vec![step(collector, args)]))
        .into()
}

/// The step of a collector, with these arguments of cargo.
pub(super) fn step(collector: Collector, args: &str) -> Step {
    let stream = if args.starts_with("nextest") {
        Stream::Nextest
    } else {
        Stream::Cargo
    };
    let invocation = Invocation {
        program: "cargo".into(),
        args: args.split(' ').map(str::to_owned).collect(),
        env: BTreeMap::new(),
        cwd: "/".into(),
        stream,
    };
    Step {
        id: collector.name().to_owned(),
        verb: Verb {
            doing: String::new(),
            done: String::new(),
        },
        serves: vec![collector],
        action: Action::Command(invocation),
        timeout: None,
        settings: BTreeMap::new(),
        copy: None,
        package: None,
        report: None,
        sampling: None,
    }
}

/// A view with figures: `clippy.warnings=12 a:9 b:3; bench.x.time=2 samples:1,2,3 within:1..3 fresh:0.5`. The value `?`
/// is unavailable (`broken build`), with `least:5` at least 5.
pub(super) fn figures(text: &str) -> View {
    let mut view = view();
    for entry in text
        .split(';')
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
    {
        let mut words = entry.split(' ');
        let (name, value) = words
            .next()
            .and_then(|word| word.split_once('='))
            .expect("NAME=VALUE");
        let value = match value {
            "?" => Value::Unavailable(Unavailable {
                reason: "broken build".to_owned(),
                ..Unavailable::default()
            }),
            number => Value::Measured(number.parse().expect("a number")),
        };
        let mut reading = Reading {
            value,
            packages: BTreeMap::new(),
            spread: None,
        };
        words.for_each(|word| detail(&mut reading, word));
        view.snapshot.metrics.insert(name.to_owned(), reading);
    }
    view
}

fn detail(reading: &mut Reading, word: &str) {
    let (key, value) = word.split_once(':').expect("KEY:VALUE");
    let number = |text: &str| text.parse::<f64>().expect("a number");
    let spread = Spread::default();
    match key {
        "samples" => {
            reading.spread.get_or_insert(spread).samples = value.split(',').map(number).collect()
        }
        "within" => {
            reading.spread.get_or_insert(spread).within =
                value.split_once("..").map(|(a, b)| (number(a), number(b)));
        }
        "fresh" => reading.spread.get_or_insert(spread).fresh = Some(number(value)),
        "subject" => reading.spread.get_or_insert(spread).subject = Some(value.to_owned()),
        "least" => {
            if let Value::Unavailable(why) = &mut reading.value {
                why.at_least = Some(number(value));
            }
        }
        package => _ = reading.packages.insert(package.to_owned(), number(value)),
    }
}

/// `clippy.warnings@a < 20`, `bench.*.time <= baseline + 10%`; a leading `warn` sets the level.
pub(crate) fn gate(text: &str) -> Gate {
    let (level, text) = match text.strip_prefix("warn ") {
        Some(rest) => (Strictness::Warn, rest),
        None => (Strictness::Deny, text),
    };
    let (id, condition) = text.split_once(' ').expect("METRIC CONDITION");
    let (metric, package) = id
        .split_once('@')
        .map_or((id, None), |(metric, package)| (metric, Some(package)));
    Gate {
        id: id.to_owned(),
        group: String::new(),
        metric: metric.to_owned(),
        package: package.map(str::to_owned),
        require: require(condition),
        level,
        file: "campaign.toml".to_owned(),
        line: 1,
    }
}

fn require(text: &str) -> Condition {
    let words: Vec<&str> = text.split(' ').collect();
    let op = match words[0] {
        "<" => Op::Less,
        "<=" => Op::AtMost,
        "=" => Op::Equal,
        ">=" => Op::AtLeast,
        ">" => Op::More,
        other => panic!("{other}"),
    };
    let reference = match words[1] {
        "baseline" => Reference::Baseline,
        "previous" => Reference::Previous,
        "best" => Reference::Best,
        number => {
            let operand = Operand::Number(number.parse().expect("a number"), None);
            return Condition {
                op,
                operand,
                text: text.to_owned(),
            };
        }
    };
    let shift = match words.get(2..4) {
        Some([sign, distance]) => {
            let number: f64 = format!("{sign}{}", distance.trim_end_matches('%'))
                .parse()
                .expect("a number");
            if distance.ends_with('%') {
                Shift::Percent(number)
            } else {
                Shift::By(number)
            }
        }
        _ => Shift::Zero,
    };
    Condition {
        op,
        operand: Operand::Reference(reference, shift),
        text: text.to_owned(),
    }
}

/// `GATE OWNER UNTIL [CEILING]`.
pub(super) fn waiver(text: &str) -> Waiver {
    let words: Vec<&str> = text.split(' ').collect();
    Waiver {
        gate: words[0].to_owned(),
        reason: "generated parser".to_owned(),
        owner: words[1].to_owned(),
        until: words[2].to_owned(),
        ceiling: words.get(3).map(|word| word.parse().expect("a number")),
        file: "campaign.toml".to_owned(),
        line: 9,
    }
}

/// A finding of clippy in package `a`: `FILE:LINE CODE ITEM SNIPPET..`, `-` for no item.
pub(super) fn finding(text: &str) -> Finding {
    let mut words = text.splitn(4, ' ');
    let mut next = || words.next().expect("FILE:LINE CODE ITEM SNIPPET");
    let ((file, line), code, item, snippet) = (
        next().split_once(':').expect("FILE:LINE"),
        next(),
        next(),
        next(),
    );
    Finding {
        collector: Collector::named("clippy"),
        package: "a".to_owned(),
        file: file.to_owned(),
        code: code.to_owned(),
        level: Level::Warning,
        item: item.replace('-', ""),
        snippet: snippet.to_owned(),
        text: format!("let it = {snippet};"),
        message: format!("this `{snippet}` is a matter of {code}"),
        line: line.parse().expect("a line"),
        column: 9,
        occurrences: 1,
    }
}

/// A test of the package its id begins with.
pub(super) fn test(id: &str, outcome: Outcome) -> (String, Test) {
    let package = id.split(' ').next().unwrap_or_default().to_owned();
    (
        id.to_owned(),
        Test {
            package,
            outcome,
            harness: Harness::Libtest,
            seconds: None,
            output: None,
        },
    )
}

/// No earlier runs.
pub(super) static NONE: BTreeMap<String, Reading> = BTreeMap::new();

/// Evidence on 2026-11-20 without a comparison.
pub(super) fn evidence<'a>(baseline: Option<&'a View>, head: &'a View) -> Evidence<'a> {
    Evidence {
        head,
        baseline,
        comparison: None,
        previous: &NONE,
        best: &NONE,
        today: "2026-11-20",
    }
}

/// Judges one gate of figures against figures: `Fail clippy.warnings: reason | help`, a line per concrete gate.
pub(super) fn lines(gate: &str, base: Option<&str>, head: &str) -> Vec<String> {
    let (mut base, head) = (base.map(figures), figures(head));
    base.iter_mut().for_each(|base| {
        base.sources
            .values_mut()
            .for_each(|run| *run = RunId("earlier".to_owned()))
    });
    judged(gate, base.as_ref(), &head)
        .iter()
        .map(line)
        .collect()
}

pub(super) fn judged(gate: &str, base: Option<&View>, head: &View) -> Vec<Judged> {
    let comparison = base.map(|base| compare(base, head, None));
    let evidence = Evidence {
        comparison: comparison.as_ref(),
        ..evidence(base, head)
    };
    judge(&[self::gate(gate)], &[], &Catalogue::default(), &evidence).gates
}

pub(super) fn line(gate: &Judged) -> String {
    let verdict = gate
        .lack
        .map_or_else(|| format!("{:?}", gate.verdict), |lack| format!("{lack:?}"));
    let mut text = format!("{verdict} {}", gate.id);
    if !gate.reason.is_empty() {
        text.push_str(&format!(": {}", gate.reason));
    }
    if let Some(help) = &gate.help {
        text.push_str(&format!(" | {help}"));
    }
    assert_eq!(
        gate.lack.is_some(),
        gate.verdict == Verdict::NoVerdict,
        "{text}"
    );
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
            "Incomparable clippy.warnings: toolchain: 1.94.0 in the baseline, 1.95.0 now | rustup run 1.94.0 cargo campaign gate (or pin this toolchain: cargo campaign baseline)",
        ),
        (
            "test.passed >= baseline",
            |v| v.provenance.toolchain.rustc = "1.94.0".to_owned(),
            "Pass test.passed",
        ),
        (
            "clippy.warnings < 20",
            |v| v.provenance.toolchain.rustc = "1.94.0".to_owned(),
            "Pass clippy.warnings",
        ),
        (
            "clippy.new = 0",
            |v| v.provenance.lints = "old".to_owned(),
            "Incomparable clippy.new: lint configuration: old in the baseline, none now | cargo campaign baseline",
        ),
        (
            "test.regressed = 0",
            |v| v.provenance.features = "all".to_owned(),
            "Incomparable test.regressed: features: all in the baseline, none now | cargo campaign gate --all-features",
        ),
        (
            "test.passed >= baseline",
            |v| v.provenance.profile = "release".to_owned(),
            "Incomparable test.passed: profile: release in the baseline, none now | cargo campaign gate --profile release",
        ),
        (
            "test.passed >= baseline",
            |v| v.provenance.scope = vec!["a".to_owned()],
            "Incomparable test.passed: scope: a in the baseline, the workspace now | cargo campaign gate -p a",
        ),
        (
            "test.passed >= baseline",
            |v| v.provenance.workspace = "another-clone".to_owned(),
            "Pass test.passed",
        ),
        (
            "test.passed >= baseline",
            |v| v.provenance.members = vec!["other".to_owned()],
            "Incomparable test.passed: workspace: other in the baseline, a b now | cargo campaign baseline",
        ),
        (
            "test.passed >= baseline",
            |v| v.provenance.cargo_flags = vec!["--locked".to_owned()],
            "Pass test.passed",
        ),
    ];
    const FIGURES: &str = "clippy.warnings=3; test.passed=7; test.total=7";
    for (gate, change, expected) in table {
        let mut base = figures(FIGURES);
        change(&mut base);
        let got = judged(gate, Some(&base), &figures(FIGURES));
        assert_eq!(got.iter().map(line).collect::<Vec<_>>(), [expected]);
    }
}

#[test]
fn stale_figures_give_no_verdict_whatever_they_say() {
    let mut head = figures("clippy.warnings=0");
    head.stale.insert(
        Collector::named("clippy"),
        (RunId("20261118".to_owned()), "3 files changed".to_owned()),
    );
    for (gate, id) in [
        ("clippy.warnings < 20", "clippy.warnings"),
        ("clippy.lint.* = 0", "clippy.lint.*"),
    ] {
        let expected =
            format!("Stale {id}: 3 files changed (run 20261118) | cargo campaign run clippy");
        assert_eq!(
            judged(gate, None, &head)
                .iter()
                .map(line)
                .collect::<Vec<_>>(),
            [expected]
        );
    }
}

#[test]
fn many_warnings_are_told_by_package_and_errors_by_their_message() {
    let mut head = figures("clippy.warnings=11 a:11; clippy.errors=11 a:11");
    let warning = finding("x.rs:4 clippy::bad f bad()");
    let error = Finding {
        level: Level::Error,
        code: "E0308".to_owned(),
        ..warning.clone()
    };
    head.snapshot.findings = [vec![warning; 11], vec![error; 11]].concat();
    for (gate, first, count) in [
        ("clippy.warnings = 0", "a 11", 1),
        (
            "clippy.errors = 0",
            "x.rs:4:9 E0308 this `bad()` is a matter of clippy::bad",
            11,
        ),
    ] {
        let evidence = &judged(gate, None, &head)[0].evidence;
        assert_eq!(
            (evidence[0].as_str(), evidence.len()),
            (first, count),
            "{gate}"
        );
    }
}

#[test]
fn gate_on_unused_code_lists_every_finding_that_counts() {
    let of_lint = |line: u32, code: &str| Finding {
        collector: Collector::named("check"),
        code: code.to_owned(),
        line,
        ..finding("x.rs:1 code f bad()")
    };
    let mut head = figures("rustc.unused=4 a:4");
    head.snapshot.findings = vec![
        of_lint(1, "unused_variables"),
        of_lint(2, "unreachable_code"),
        of_lint(3, "path_statements"),
        of_lint(4, "map_unit_fn"),
        of_lint(5, "dead_code"),
        of_lint(6, "unused_qualifications"),
    ];
    assert_eq!(
        judged("rustc.unused = 0", None, &head)[0].evidence,
        [
            "x.rs:1:9 unused_variables",
            "x.rs:2:9 unreachable_code",
            "x.rs:3:9 path_statements",
            "x.rs:4:9 map_unit_fn",
        ]
    );
}

#[test]
fn a_gate_on_the_baseline_names_the_packages_that_got_worse() {
    let base = figures(
        "clippy.warnings=14 a:9 b:5; test.passed=30 a:20 b:10; doc.warnings=3 a:3; fmt.files=? a:0",
    );
    let head = "clippy.warnings=16 a:7 b:6 c:3; test.passed=27 a:20 b:7; doc.warnings=3 a:3; fmt.files=2 a:2";
    let head = figures(head);
    for (gate, expected) in [
        ("clippy.warnings <= baseline", "c 3 (was 0), b 6 (was 5)"),
        (
            "clippy.warnings = baseline",
            "c 3 (was 0), a 7 (was 9), b 6 (was 5)",
        ),
        ("clippy.warnings < 10", "a 7, b 6, c 3"),
        ("test.passed >= baseline", "b 7 (was 10)"),
        ("test.passed >= 30", "b 7, a 20"),
        ("doc.warnings <= baseline", "a 3"),
        ("fmt.files <= baseline", "a 2"),
    ] {
        assert_eq!(
            judged(gate, Some(&base), &head)[0].evidence.join(", "),
            expected,
            "{gate}"
        );
    }
}

#[test]
fn a_gate_on_no_known_metric_never_passes() {
    assert_eq!(
        lines("clipy.warnings < 20", None, ""),
        ["Missing clipy.warnings: unknown metric clipy.warnings"]
    );
}

#[test]
fn a_gate_carries_all_that_is_needed_to_show_it() {
    let mut gate = gate("bench.*.time <= baseline + 10%");
    gate.group = "performance".to_owned();
    gate.line = 14;
    let base = figures("bench.api/parse.time=1 samples:1,1.01,1.02");
    let head = figures("bench.api/parse.time=2 samples:2,2.01,2.02");
    let evidence = evidence(Some(&base), &head);
    let got = judge(&[gate], &[], &Catalogue::default(), &evidence)
        .gates
        .remove(0);
    assert_eq!(
        (got.id.as_str(), got.metric.as_str()),
        ("bench.api/parse.time", "bench.api/parse.time")
    );
    assert_eq!(
        (got.title.as_str(), got.group.as_str(), got.line),
        ("bench api/parse", "performance", 14)
    );
    assert_eq!(
        (got.value, got.baseline, got.bound),
        (Some(2.0), Some(1.0), Some(1.1))
    );
    assert_eq!(got.run, Some(RunId("run".to_owned())));
    assert!(
        got.ratio
            .is_some_and(|r| r.lower < r.estimate && r.estimate < r.upper)
    );
}

/// Collectors say *unavailable* when no unit of work was behind a value, such as a test run without tests.
#[test]
fn unavailable_value_never_passes() {
    let catalogue = Catalogue::default();
    let name = |row: &str| row.replace('*', "x");
    let all: Vec<String> = catalogue
        .rows()
        .iter()
        .filter(|row| !row.derived)
        .map(|row| name(&row.name))
        .collect();
    let head = figures(
        &all.iter()
            .map(|name| format!("{name}=?"))
            .collect::<Vec<_>>()
            .join(";"),
    );
    let base = figures(
        &all.iter()
            .map(|name| format!("{name}=0 a:0 b:0"))
            .collect::<Vec<_>>()
            .join(";"),
    );
    for row in catalogue.rows() {
        for condition in ["= 0", ">= 0", "<= baseline"] {
            for package in ["", "@a"] {
                let gate = format!("{}{package} {condition}", name(&row.name));
                let judged = judged(&gate, Some(&base), &head);
                assert!(
                    judged.iter().all(|gate| gate.verdict == Verdict::NoVerdict),
                    "{gate}: {judged:?}"
                );
            }
        }
    }
}

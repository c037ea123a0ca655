//! Small views, gates and findings written as text, for the tables of the tests beside.

use std::collections::BTreeMap;

use super::Evidence;
use crate::event::{Harness, Level, Outcome};
use crate::gate::{Condition, Gate, Op, Operand, Reference, Shift, Strictness, Waiver};
use crate::metric::{Reading, Spread, Unavailable, Value};
use crate::plan::Collector;
use crate::run::{RunId, View};
use crate::snapshot::{Finding, Provenance, Test, Toolchain};

/// A whole view without figures: every built-in collector ran, with the packages `a` and `b`.
pub(super) fn view() -> View {
    let toolchain = Toolchain { rustc: "1.95.0".to_owned(), cargo: "1.95.0".to_owned(), host: "host".to_owned() };
    View {
        run: RunId("run".to_owned()),
        provenance: Provenance {
            workspace: "w".to_owned(),
            members: vec!["a".to_owned(), "b".to_owned()],
            toolchain,
            ..Provenance::default()
        },
        sources: Collector::BUILT_IN.map(|c| (c, RunId("run".to_owned()))).into(),
        ..View::default()
    }
}

/// A view with figures: `clippy.warnings=12 a:9 b:3; bench.x.time=2 samples:1,2,3 within:1..3 fresh:0.5`. The value `?`
/// is unavailable (`broken build`), with `least:5` at least 5.
pub(super) fn figures(text: &str) -> View {
    let mut view = view();
    for entry in text.split(';').map(str::trim).filter(|entry| !entry.is_empty()) {
        let mut words = entry.split(' ');
        let (name, value) = words.next().and_then(|word| word.split_once('=')).expect("NAME=VALUE");
        let value = match value {
            "?" => Value::Unavailable(Unavailable { reason: "broken build".to_owned(), mend: None, at_least: None }),
            number => Value::Measured(number.parse().expect("a number")),
        };
        let mut reading = Reading { value, packages: BTreeMap::new(), spread: None };
        words.for_each(|word| detail(&mut reading, word));
        view.snapshot.metrics.insert(name.to_owned(), reading);
    }
    view
}

fn detail(reading: &mut Reading, word: &str) {
    let (key, value) = word.split_once(':').expect("KEY:VALUE");
    let number = |text: &str| text.parse::<f64>().expect("a number");
    let spread = Spread { samples: Vec::new(), within: None, fresh: None };
    match key {
        "samples" => reading.spread.get_or_insert(spread).samples = value.split(',').map(number).collect(),
        "within" => {
            reading.spread.get_or_insert(spread).within = value.split_once("..").map(|(a, b)| (number(a), number(b)));
        }
        "fresh" => reading.spread.get_or_insert(spread).fresh = Some(number(value)),
        "least" => {
            if let Value::Unavailable(why) = &mut reading.value {
                why.at_least = Some(number(value));
            }
        }
        package => _ = reading.packages.insert(package.to_owned(), number(value)),
    }
}

/// `clippy.warnings@a < 20`, `bench.*.time <= baseline + 10%`; a leading `warn` sets the level.
pub(super) fn gate(text: &str) -> Gate {
    let (level, text) = match text.strip_prefix("warn ") {
        Some(rest) => (Strictness::Warn, rest),
        None => (Strictness::Deny, text),
    };
    let (id, condition) = text.split_once(' ').expect("METRIC CONDITION");
    let (metric, package) = id.split_once('@').map_or((id, None), |(metric, package)| (metric, Some(package)));
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
            return Condition { op, operand, text: text.to_owned() };
        }
    };
    let shift = match words.get(2..4) {
        Some([sign, distance]) => {
            let number: f64 = format!("{sign}{}", distance.trim_end_matches('%')).parse().expect("a number");
            if distance.ends_with('%') { Shift::Percent(number) } else { Shift::By(number) }
        }
        _ => Shift::Zero,
    };
    Condition { op, operand: Operand::Reference(reference, shift), text: text.to_owned() }
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
    let ((file, line), code, item, snippet) = (next().split_once(':').expect("FILE:LINE"), next(), next(), next());
    Finding {
        collector: Collector::Clippy,
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
    (id.to_owned(), Test { package, outcome, harness: Harness::Libtest, seconds: None, output: None })
}

/// No earlier runs.
pub(super) static NONE: BTreeMap<String, (RunId, Reading)> = BTreeMap::new();

/// Evidence on 2026-11-20 without a comparison.
pub(super) fn evidence<'a>(baseline: Option<&'a View>, head: &'a View) -> Evidence<'a> {
    Evidence { head, baseline, comparison: None, previous: &NONE, best: &NONE, today: "2026-11-20" }
}

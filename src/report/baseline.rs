//! The screen after `baseline`: every metric with its packages, and what keeps gates on it from passing.

use crate::collector::{self, Visibility};
use crate::plan::Collector;

use super::document::{
    Block, Document, Note, NoteKind, Overflow, Table, TableColumn, TableRow, Text,
};
use super::figure::{count, counted};
use super::object::{Metric, Number, Report};
use super::phrase;
use super::style::{Look, Signs, Style};
use super::terminal;

/// How many packages or tests a row names.
const NAMED: usize = 3;

/// Returns the screen.
pub fn screen(report: &Report, look: &Look) -> String {
    terminal::render(&document(report, look.signs()), look)
}

fn document(report: &Report, signs: &Signs) -> Document {
    let shown = shown(report);
    let rows = shown
        .iter()
        .map(|(name, metric)| row(name, metric, report, signs));
    let mut blocks = vec![Block::Table(Table {
        name: "metrics",
        columns: vec![
            TableColumn::text("metric").at_most(32),
            TableColumn::number("baseline"),
            TableColumn::text("per package").gap(3),
        ],
        has_heads: true,
        rows: rows.collect(),
    })];
    blocks.extend(fixes(&shown));
    blocks.extend(failing(report));
    blocks
}

/// Returns the metrics that are worth a row, collector by collector: those that a gate is on, and those that neither
/// another row nor a status line covers.
fn shown(report: &Report) -> Vec<(&str, &Metric)> {
    let mut shown: Vec<(&str, &Metric)> = report
        .metrics
        .iter()
        .map(|(name, metric)| (name.as_str(), metric))
        .filter(|(name, metric)| is_worth_a_row(name, metric, report))
        .collect();
    shown.sort_by_key(|(_, metric)| {
        let name = metric.collector.as_ref().map(Collector::name);
        let mut built_in = collector::names().map(Some);
        built_in
            .position(|other| other == name)
            .unwrap_or(usize::MAX)
    });
    shown
}

fn is_worth_a_row(name: &str, metric: &Metric, report: &Report) -> bool {
    // The row of the passed tests names these.
    let is_in_passed = matches!(name, "test.failed" | "test.ignored")
        && report.metrics.contains_key("test.passed");
    let is_gated = report.gates.iter().any(|gate| gate.metric == name);
    let is_silent = phrase::is_detail(name)
        || is_step_time(name, metric)
        || is_quiet(name) && is_nothing(metric, report);
    !is_in_passed && (is_gated || !is_silent)
}

/// Returns whether the metric only matters when there is something to count.
fn is_quiet(name: &str) -> bool {
    phrase::visibility(name) == Visibility::IfPositive
}

/// Returns whether the value is zero, or was not measured for a reason that another row gives.
fn is_nothing(metric: &Metric, report: &Report) -> bool {
    match metric.value {
        Some(Number(value)) => value == 0.0,
        None => report
            .metrics
            .iter()
            .any(|(name, other)| !is_quiet(name) && other.unavailable == metric.unavailable),
    }
}

/// Returns whether a status line ends with this time.
fn is_step_time(name: &str, metric: &Metric) -> bool {
    let row = metric.collector.as_ref();
    let is_result = row
        .and_then(|collector| collector::of(collector).metric(name))
        .is_some_and(|metric| metric.is_result);
    let step = name.strip_suffix(".time");
    step.is_some_and(|step| !is_result && !step.contains('.'))
}

fn row(name: &str, metric: &Metric, report: &Report, signs: &Signs) -> TableRow {
    let value = phrase::value(metric.value, metric, signs);
    let (value, remark) = match &metric.unavailable {
        Some(why) => (value, Text::styled(Style::Caution, &why.reason)),
        None if name == "test.passed" => passed(value, report, signs),
        None => (value, packages(metric, signs).into()),
    };
    TableRow {
        cells: vec![Text::new(&metric.title), value.into(), remark],
        overflow: Overflow::Cut,
    }
}

/// Returns `626 / 630`, and `99.4 %  4 failed: pool::tests::reconnect, ..  2 ignored`.
fn passed(value: String, report: &Report, signs: &Signs) -> (String, Text) {
    let value = match measured(report, "test.total") {
        Some(total) => format!("{value} / {}", count(total)),
        None => value,
    };
    let mut parts = Vec::new();
    if let Some(rate) = measured(report, "test.pass_rate") {
        parts.push(format!("{rate:.1} %"));
    }
    let failed = &report.tests.failed;
    if !failed.is_empty() {
        let mut names: Vec<&str> = failed.iter().take(NAMED).map(|f| f.test.as_str()).collect();
        if failed.len() > NAMED {
            names.push(signs.dots);
        }
        let failed = count(failed.len() as f64);
        parts.push(format!("{failed} failed: {}", names.join(", ")));
    }
    if let Some(ignored) = measured(report, "test.ignored").filter(|n| *n > 0.0) {
        parts.push(format!("{} ignored", count(ignored)));
    }
    (value, parts.join("  ").into())
}

fn measured(report: &Report, name: &str) -> Option<f64> {
    let Number(value) = report.metrics.get(name)?.value?;
    Some(value)
}

/// Returns the packages with the largest values: `riptide-api 9, riptide-pool 3`. A single package has the row's value.
fn packages(metric: &Metric, signs: &Signs) -> String {
    if metric.packages.len() == 1 {
        return String::new();
    }
    let mut all: Vec<(&String, f64)> = metric
        .packages
        .iter()
        .map(|(name, Number(value))| (name, *value))
        .filter(|(_, value)| *value != 0.0)
        .collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut named: Vec<String> = all
        .iter()
        .take(NAMED)
        .map(|(name, value)| format!("{name} {}", count(*value)))
        .collect();
    if all.len() > NAMED {
        named.push(signs.dots.to_owned());
    }
    named.join(", ")
}

/// Returns the commands that make missing values available, each once.
fn fixes(shown: &[(&str, &Metric)]) -> Document {
    let mut fixes: Vec<&str> = Vec::new();
    for (_, metric) in shown {
        let why = metric.unavailable.as_ref();
        let fix = why.and_then(|why| why.fix.as_deref());
        fixes.extend(fix.filter(|fix| !fixes.contains(fix)));
    }
    let notes = fixes.into_iter();
    notes
        .map(|fix| Note::new(NoteKind::Help, fix).into())
        .collect()
}

/// Returns a warning about failing tests. A baseline may have them.
fn failing(report: &Report) -> Document {
    let failed = report.tests.failed.len();
    if failed == 0 {
        return Document::new();
    }
    let (verb, they) = if failed == 1 {
        ("fails", "it does")
    } else {
        ("fail", "they do")
    };
    let tests = counted(failed, "test");
    let warning =
        format!("{tests} {verb} in the baseline; a gate on `test.failed` cannot pass until {they}");
    vec![
        Note::folding(NoteKind::Warning, warning).into(),
        Note::new(NoteKind::Help, "cargo campaign explain test.failed").into(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{ASCII, UNICODE, first, report};

    #[test]
    fn the_table_shows_what_was_measured_and_what_stands_in_the_way() {
        for (report, look, screen_) in [(report(), UNICODE, BASELINE), (first(), ASCII, FIRST)] {
            assert_eq!(screen(&report, &look), screen_);
        }
    }

    #[test]
    fn rows_that_say_nothing_are_left_out_unless_a_gate_asks_for_them() {
        let mut report = report();
        let metric = report.metrics["clippy.warnings"].clone();
        let zero = || Metric {
            value: Some(Number(0.0)),
            ..metric.clone()
        };
        for name in [
            "clippy.errors",
            "rustc.dead_code",
            "unsafe.blocks",
            "check.warnings",
            "fmt.time",
            "test.ignored",
        ] {
            report.metrics.insert(name.to_owned(), zero());
        }
        report
            .metrics
            .insert("todo.open".to_owned(), metric.clone());
        let names = |report: &Report| {
            let named = shown(report).into_iter().map(|(name, _)| name.to_owned());
            named
                .filter(|name| !first().metrics.contains_key(name))
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&report), ["check.warnings", "todo.open"]);
        report.gates[0].metric = "unsafe.blocks".to_owned();
        assert_eq!(
            names(&report),
            ["check.warnings", "todo.open", "unsafe.blocks"]
        );
    }

    const BASELINE: &str = "  metric               baseline   per package
  build time              60.9s
  tests passed        627 / 630   99.7 %  3 failed: riptide-api doc Router::rou…
  test time               49.0s
  clippy warnings            14   riptide-api 11, riptide-pool 3
  bench api/parse             –   only in an older run (commit 77ab01c, run 202…
  unformatted files           0
  doc warnings                –   2 of 3 packages did not compile
  lines of code          61 204
  team points        3.5 points
   help: cargo check --workspace
warning: 3 tests fail in the baseline; a gate on `test.failed` cannot pass until
         they do
   help: cargo campaign explain test.failed
";

    const FIRST: &str = "  metric              baseline   per package
  build time             60.9s
  tests passed       627 / 630   99.7 %  3 failed: riptide-api doc Router::rou..
  clippy errors              -   clippy is not installed
  clippy warnings           14   riptide-api 11, riptide-pool 3
  bench api/parse            -   only in an older run (commit 77ab01c, run 202..
  unformatted files          0
  doc warnings               -   2 of 3 packages did not compile
  lines of code         61 204
  team.points              3.5
   help: rustup component add clippy
   help: cargo check --workspace
warning: 3 tests fail in the baseline; a gate on `test.failed` cannot pass until
         they do
   help: cargo campaign explain test.failed
";
}

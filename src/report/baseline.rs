//! The screen after `baseline`: what was measured, package by package, and what stands in the way.
//!
//! Knows nothing of gates: these are the figures they will be held against.

use crate::plan::Collector;

use super::figure::{count, counted};
use super::line::{Column, Line, page, table};
use super::object::{Metric, Number, Report};
use super::phrase;
use super::style::{Look, Style};

/// How many packages or tests a row names.
const NAMED: usize = 3;

/// The screen.
pub fn screen(report: &Report, look: &Look) -> String {
    let mut rows = vec![
        ["metric", "baseline", "per package"]
            .map(|head| Line::styled(Style::Strong, head))
            .to_vec(),
    ];
    rows.extend(
        shown(report)
            .into_iter()
            .map(|(name, metric)| row(name, metric, report, look)),
    );
    let columns = [Column::LEFT.at_most(32), Column::RIGHT, Column::LEFT.gap(3)];
    let mut lines: Vec<Line> = table(rows, &columns, look)
        .into_iter()
        .map(|line| line.fit(look.width, look))
        .collect();
    lines.extend(missing(report));
    lines.extend(failing(report, look));
    page(&lines, look)
}

/// Metrics worth a row, collector by collector: those that a gate asks for, and those that say what no other row and no
/// status line says.
fn shown(report: &Report) -> Vec<(&str, &Metric)> {
    let of_passed = |name: &str| {
        matches!(name, "test.failed" | "test.ignored") && report.metrics.contains_key("test.passed")
    };
    let gated = |name: &str| report.gates.iter().any(|gate| gate.metric == name);
    let worth = |name: &str, metric: &Metric| {
        let silent = phrase::is_detail(name)
            || is_step_time(name)
            || is_quiet(name) && is_nothing(metric, report);
        !of_passed(name) && (gated(name) || !silent)
    };
    let mut shown: Vec<(&str, &Metric)> = report
        .metrics
        .iter()
        .map(|(name, m)| (name.as_str(), m))
        .filter(|(name, m)| worth(name, m))
        .collect();
    let place = |collector: &Option<Collector>| {
        Collector::BUILT_IN
            .iter()
            .position(|c| Some(c) == collector.as_ref())
    };
    shown.sort_by_key(|(_, metric)| place(&metric.collector).unwrap_or(usize::MAX));
    shown
}

/// Metrics that matter only when there is something to count.
fn is_quiet(name: &str) -> bool {
    const QUIET: [&str; 6] = [
        "test.incomplete",
        "build.script_warnings",
        "rustc.dead_code",
        "rustc.unused",
        "unsafe.blocks",
        "todo.open",
    ];
    name.ends_with(".errors") || QUIET.contains(&name)
}

/// Zero; or not measured for a reason that another row gives.
fn is_nothing(metric: &Metric, report: &Report) -> bool {
    let said = |(name, other): (&String, &Metric)| {
        !is_quiet(name) && other.unavailable == metric.unavailable
    };
    match metric.value {
        Some(Number(value)) => value == 0.0,
        None => report.metrics.iter().any(said),
    }
}

/// The status lines end with these; a build's is a figure of its own.
fn is_step_time(name: &str) -> bool {
    name.strip_suffix(".time")
        .is_some_and(|step| step != "build" && !step.contains('.'))
}

fn row(name: &str, metric: &Metric, report: &Report, look: &Look) -> Vec<Line> {
    let value = phrase::value(metric.value, metric, look);
    let (value, tail) = match (&metric.unavailable, name) {
        (Some(why), _) => (value, Line::styled(Style::Caution, &why.reason)),
        (None, "test.passed") => passed(value, report, look),
        (None, _) => (value, Line::of(&packages(metric, look))),
    };
    vec![Line::of(&metric.title), Line::of(&value), tail]
}

/// `626 / 630`, and `99.4 %  4 failed: pool::tests::reconnect, ..  2 ignored`.
fn passed(value: String, report: &Report, look: &Look) -> (String, Line) {
    let figure = |name: &str| {
        report
            .metrics
            .get(name)
            .and_then(|metric| metric.value)
            .map(|Number(v)| v)
    };
    let value = match figure("test.total") {
        Some(total) => format!("{value} / {}", count(total)),
        None => value,
    };
    let mut tail: Vec<String> = figure("test.pass_rate")
        .map(|rate| format!("{rate:.1} %"))
        .into_iter()
        .collect();
    let failed = &report.tests.failed;
    if !failed.is_empty() {
        let mut names: Vec<&str> = failed.iter().take(NAMED).map(|f| f.test.as_str()).collect();
        if failed.len() > NAMED {
            names.push(look.signs().dots);
        }
        tail.push(format!(
            "{} failed: {}",
            count(failed.len() as f64),
            names.join(", ")
        ));
    }
    tail.extend(
        figure("test.ignored")
            .filter(|n| *n > 0.0)
            .map(|n| format!("{} ignored", count(n))),
    );
    (value, Line::of(&tail.join("  ")))
}

/// The packages with the largest figures: `riptide-api 9, riptide-pool 3`. A single one has no figures of its own.
fn packages(metric: &Metric, look: &Look) -> String {
    if metric.packages.len() == 1 {
        return String::new();
    }
    let mut all: Vec<(&String, f64)> = metric
        .packages
        .iter()
        .map(|(name, Number(v))| (name, *v))
        .filter(|(_, v)| *v != 0.0)
        .collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut named: Vec<String> = all
        .iter()
        .take(NAMED)
        .map(|(name, v)| format!("{name} {}", count(*v)))
        .collect();
    if all.len() > NAMED {
        named.push(look.signs().dots.to_owned());
    }
    named.join(", ")
}

/// The commands that bring what could not be measured, each once.
fn missing(report: &Report) -> Vec<Line> {
    let mut mends: Vec<&str> = Vec::new();
    for mend in shown(report)
        .into_iter()
        .filter_map(|(_, metric)| metric.unavailable.as_ref()?.mend.as_deref())
    {
        if !mends.contains(&mend) {
            mends.push(mend);
        }
    }
    mends
        .into_iter()
        .map(|mend| Line::styled(Style::Hint, "   help").text(": ").text(mend))
        .collect()
}

/// A baseline with failing tests is allowed, and said.
fn failing(report: &Report, look: &Look) -> Vec<Line> {
    let n = report.tests.failed.len();
    if n == 0 {
        return Vec::new();
    }
    let (verb, they) = if n == 1 {
        ("fails", "it does")
    } else {
        ("fail", "they do")
    };
    let text = format!(
        ": {} {verb} in the baseline; a gate on `test.failed` cannot pass until {they}",
        counted(n, "test")
    );
    let mut lines = Line::styled(Style::Caution, "warning")
        .text(&text)
        .fold(9, look);
    lines.push(Line::styled(Style::Hint, "   help").text(": cargo campaign explain test.failed"));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{first, report};

    const ASCII: Look = Look::PLAIN;
    const UNICODE: Look = Look {
        unicode: true,
        ..Look::PLAIN
    };

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
  bench api/parse             –   only on another tree (commit 77ab01c, run 202…
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
  bench api/parse            -   only on another tree (commit 77ab01c, run 202..
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

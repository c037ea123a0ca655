//! The `diff` screen: what got better, what got worse, what was lost, finding by finding.
//!
//! Figures that may not be compared are named, not compared. Knows nothing of judging.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::metric::{Better, Unit};

use super::figure::{self, counted, figure};
use super::line::{Column, Line, page, table, wrap};
use super::object::{Metric, Number, Place, Report};
use super::phrase;
use super::style::{Look, Style};

/// What the screen shows beside the report.
#[derive(Clone, Copy, Debug, Default)]
pub struct Around {
    /// Commits between the two sides, where git can tell.
    pub commits: Option<u64>,
    /// Every finding, not the first of each kind.
    pub verbose: bool,
}

/// How many findings of each kind are shown.
const SHOWN: usize = 20;
/// Where items begin, behind `  better`.
const INDENT: usize = 11;

/// The screen.
pub fn screen(report: &Report, around: &Around, look: &Look) -> String {
    let mut lines = header(report, around, look);
    let mut sorted = Sorted::of(report, look);
    sorted.findings(report);
    sorted.tests(report);
    let quiet = sorted.is_quiet();
    for (label, style, items) in sorted.rows() {
        if !items.is_empty() {
            let items = items.iter().map(|item| Line::of(item)).collect();
            lines.extend(wrap(
                Line::styled(style, &format!("  {label}")),
                INDENT,
                items,
                "   ",
                look,
            ));
        }
    }
    let lost = lost(report, look);
    match lost.as_slice() {
        [_] if quiet => lines.push(
            Line::of("  same")
                .padded(INDENT)
                .text("no figure, finding or test changed"),
        ),
        _ => lines.extend(lost),
    }
    lines.extend(findings(report, around, look));
    page(&lines, look)
}

fn header(report: &Report, around: &Around, look: &Look) -> Vec<Line> {
    let now = &report.run;
    let Some(base) = &report.baseline else {
        return vec![Line::of("  nothing to compare with: no baseline is pinned")];
    };
    let dirty = if now.dirty { " (dirty)" } else { "" };
    let sides = format!(
        "  baseline {} {} now {}{dirty}",
        phrase::commit(base),
        look.signs().arrow,
        phrase::commit(now)
    );
    let apart = figure::span(phrase::started(now) - phrase::started(base));
    let commits = around
        .commits
        .map(|n| format!(", {}", counted(n as usize, "commit")))
        .unwrap_or_default();
    let (from, to) = (
        phrase::rustc(&base.toolchain),
        phrase::rustc(&now.toolchain),
    );
    let toolchain = if from == to {
        "same toolchain".to_owned()
    } else {
        format!("rustc {from} {} {to}", look.signs().arrow)
    };
    Line::styled(Style::Strong, &sides)
        .with_right(Line::of(&format!("{apart}{commits}, {toolchain}")), look)
}

/// Changes by what they mean.
#[derive(Default)]
struct Sorted {
    better: Vec<String>,
    worse: Vec<String>,
    /// Neither better nor worse.
    other: Vec<String>,
    /// Not compared, with the reason.
    unlike: Vec<String>,
    /// Not measured now: the reason, and whose figures.
    lacking: BTreeMap<String, Vec<String>>,
}

impl Sorted {
    fn of(report: &Report, look: &Look) -> Self {
        let mut sorted = Self::default();
        for (name, metric) in report
            .metrics
            .iter()
            .filter(|(name, _)| !phrase::is_detail(name))
        {
            sorted.metric(name, metric, report, look);
        }
        sorted
    }

    fn metric(&mut self, name: &str, metric: &Metric, report: &Report, look: &Look) {
        if let (Some(why), Some(_), Some(collector)) =
            (&metric.unavailable, metric.baseline, &metric.collector)
        {
            self.lacks(collector.name(), &why.reason);
        }
        let (Some(Number(head)), Some(Number(base))) = (metric.value, metric.baseline) else {
            return;
        };
        if let Some(why) = &metric.incomparable {
            // Collectors are refused as a whole; their metrics need not be named one by one.
            let refused = |c| {
                report
                    .findings
                    .as_ref()
                    .is_some_and(|findings| findings.refused.contains_key(c))
            };
            // That a time cannot be compared is no news unless a gate is on it.
            let is_asked = metric.unit != Unit::Seconds
                || report.gates.iter().any(|gate| gate.metric == *name);
            if is_asked && !metric.collector.as_ref().is_some_and(refused) {
                self.unlike.push(format!("{} ({why})", metric.title));
            }
            return;
        }
        let ratio = report
            .gates
            .iter()
            .find(|gate| gate.metric == *name)
            .and_then(|gate| gate.ratio);
        let from_to = |text: fn(f64, &Unit, &Look) -> String| {
            let apart = figure::hidden_difference(head, base, &metric.unit, look);
            let apart = apart.map(|apart| format!(" ({apart})")).unwrap_or_default();
            let (base, head) = (
                text(base, &metric.unit, look),
                text(head, &metric.unit, look),
            );
            format!(
                "{} {base} {} {head}{apart}",
                metric.title,
                look.signs().arrow
            )
        };
        match (phrase::course(metric), ratio) {
            (Some(Ordering::Equal), _) => {}
            (Some(course), Some(ratio)) if ratio.lower > 1.0 || ratio.upper < 1.0 => {
                let text = format!("{} {}", metric.title, figure::ratio(&ratio, look));
                self.valued(course, text);
            }
            (_, None) if metric.unit != Unit::Seconds && metric.better != Better::None => {
                if let Some(course) = phrase::course(metric) {
                    self.valued(course, from_to(figure));
                }
            }
            // A time that could as well have stayed the same is noise.
            _ if metric.unit == Unit::Seconds => {}
            _ if base != head => self.other.push(from_to(figure)),
            _ => {}
        }
    }

    fn lacks(&mut self, collector: &str, reason: &str) {
        let collectors = self.lacking.entry(reason.to_owned()).or_default();
        if !collectors.iter().any(|known| known == collector) {
            collectors.push(collector.to_owned());
        }
    }

    /// Returns whether there is nothing to tell.
    fn is_quiet(&self) -> bool {
        [&self.better, &self.worse, &self.other, &self.unlike]
            .iter()
            .all(|items| items.is_empty())
            && self.lacking.is_empty()
    }

    fn valued(&mut self, course: Ordering, text: String) {
        match course {
            Ordering::Greater => self.better.push(text),
            _ => self.worse.push(text),
        }
    }

    fn findings(&mut self, report: &Report) {
        let Some(findings) = &report.findings else {
            return;
        };
        let count =
            |kind: &str, n: usize| (n > 0).then(|| format!("{kind} {}", counted(n, "finding")));
        self.better.extend(count("fixed", findings.fixed.len()));
        self.worse.extend(count("new", findings.new.len()));
        self.other.extend(count("changed", findings.changed.len()));
        let refused = findings.refused.iter();
        self.unlike.extend(
            refused.map(|(collector, why)| format!("{collector} ({})", phrase::refusal(why))),
        );
    }

    fn tests(&mut self, report: &Report) {
        let tests = &report.tests;
        let names = |kind: &str, list: &Option<Vec<String>>| {
            let list = list.as_deref().unwrap_or_default();
            let first = list.first()?;
            let more = if list.len() > 1 {
                format!(" and {} more", list.len() - 1)
            } else {
                String::new()
            };
            Some(format!("{kind} {first}{more}"))
        };
        self.better.extend(names("repaired", &tests.repaired));
        self.worse.extend(names("regressed", &tests.regressed));
        self.other.extend(names("added", &tests.added));
    }

    fn rows(self) -> [(&'static str, Style, Vec<String>); 5] {
        let lacking = self
            .lacking
            .into_iter()
            .map(|(why, collectors)| format!("{}: {why}", collectors.join(", ")));
        [
            ("better", Style::Good, self.better),
            ("worse", Style::Bad, self.worse),
            ("other", Style::Plain, self.other),
            ("unlike", Style::Caution, self.unlike),
            ("lacking", Style::Caution, lacking.collect()),
        ]
    }
}

/// Tests that are no longer there, or no longer run: said also when there are none.
fn lost(report: &Report, look: &Look) -> Vec<Line> {
    let (Some(vanished), Some(ignored)) = (&report.tests.vanished, &report.tests.newly_ignored)
    else {
        return Vec::new();
    };
    let tests = if vanished.is_empty() {
        "no test".to_owned()
    } else {
        counted(vanished.len(), "test")
    };
    let style = if vanished.is_empty() && ignored.is_empty() {
        Style::Plain
    } else {
        Style::Bad
    };
    let label = Line::styled(style, "  lost").padded(INDENT);
    let mut lines = vec![label.text(&format!(
        "{tests} vanished, {} newly ignored",
        ignored.len()
    ))];
    let names = vanished
        .iter()
        .map(|test| (test, "vanished"))
        .chain(ignored.iter().map(|test| (test, "ignored")));
    for (test, kind) in names.take(SHOWN) {
        lines.extend(
            Line::default()
                .padded(INDENT)
                .text(&format!("{kind}  {test}"))
                .fold(INDENT + 2, look),
        );
    }
    lines
}

fn findings(report: &Report, around: &Around, look: &Look) -> Vec<Line> {
    let Some(findings) = &report.findings else {
        return Vec::new();
    };
    let most = if around.verbose { usize::MAX } else { SHOWN };
    let new = findings
        .new
        .iter()
        .take(most)
        .map(|place| finding("+ new", Style::Bad, place));
    let fixed = findings
        .fixed
        .iter()
        .take(most)
        .map(|place| finding("- fixed", Style::Good, place));
    let changed = findings
        .changed
        .iter()
        .take(most)
        .map(|edit| finding("~ changed", Style::Plain, &edit.to));
    let columns = [
        Column::LEFT,
        Column::LEFT.at_most(look.width / 2),
        Column::LEFT.at_most(40),
        Column::LEFT,
    ];
    let rows = new.chain(fixed).chain(changed).collect();
    let mut lines: Vec<Line> = table(rows, &columns, look)
        .into_iter()
        .map(|line| line.fit(look.width, look))
        .collect();
    let kinds = [
        findings.new.len(),
        findings.fixed.len(),
        findings.changed.len(),
    ];
    let hidden: usize = kinds.iter().map(|n| n.saturating_sub(most)).sum();
    if hidden > 0 {
        lines.push(Line::of(&format!(
            "  {} and {} more: -v shows all",
            look.signs().dots,
            figure::count(hidden as f64)
        )));
    }
    if findings.moved > 0 {
        lines.push(Line::of(&format!(
            "  ~ moved    {} (not counted)",
            counted(findings.moved, "finding")
        )));
    }
    lines
}

fn finding(kind: &str, style: Style, place: &Place) -> Vec<Line> {
    let lint = phrase::lint(place);
    // The message of a finding without a lint is its name already.
    let message = if lint == place.message {
        ""
    } else {
        &place.message
    };
    vec![
        Line::styled(style, kind),
        Line::of(&phrase::place(place)),
        Line::of(lint),
        Line::styled(Style::Quiet, message),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::object::Tests;
    use crate::report::tests::{first, report};

    const ASCII: Look = Look::PLAIN;
    const UNICODE: Look = Look {
        unicode: true,
        ..Look::PLAIN
    };

    const AROUND: Around = Around {
        commits: Some(41),
        verbose: false,
    };

    #[test]
    fn the_screen_says_what_got_better_and_worse() {
        for (look, screen_) in [(UNICODE, DIFF), (ASCII, DIFF_IN_ASCII)] {
            assert_eq!(screen(&report(), &AROUND, &look), screen_);
        }
    }

    #[test]
    fn nothing_to_tell_is_said_in_a_line() {
        let mut report = report();
        report.metrics.clear();
        report.findings = None;
        report.tests = Tests {
            vanished: Some(Vec::new()),
            newly_ignored: Some(Vec::new()),
            ..Tests::default()
        };
        let text = screen(&report, &AROUND, &ASCII);
        assert!(
            text.ends_with("same toolchain\n  same     no figure, finding or test changed\n"),
            "{text}"
        );
        report.tests.vanished = None;
        assert_eq!(
            screen(&report, &AROUND, &ASCII).lines().count(),
            1,
            "tests that were not run are not called kept"
        );
    }

    #[test]
    fn without_a_baseline_it_says_how_to_get_one() {
        let text = screen(&first(), &AROUND, &ASCII);
        assert_eq!(text, "  nothing to compare with: no baseline is pinned\n");
    }

    #[test]
    fn a_long_list_is_cut_unless_all_is_wanted() {
        let mut report = report();
        if let Some(findings) = &mut report.findings {
            findings.new = vec![findings.new[0].clone(); SHOWN + 5];
        }
        let lines = |verbose| screen(&report, &Around { verbose, ..AROUND }, &ASCII);
        assert_eq!(lines(false).matches("+ new").count(), SHOWN);
        assert!(lines(false).contains("  .. and 5 more: -v shows all\n"));
        assert_eq!(lines(true).matches("+ new").count(), SHOWN + 5);
    }

    #[test]
    fn another_toolchain_is_said_to_be_one() {
        let mut report = report();
        report.run.toolchain.rustc = "1.96.0 (abc)".to_owned();
        let text = screen(&report, &AROUND, &ASCII);
        assert!(text.contains("rustc 1.95.0 -> 1.96.0\n"), "{text}");
    }

    const DIFF: &str =
        "  baseline 4f2c9e1 → now 9be1d02              6 days, 41 commits, same toolchain
  better   build time −27.6 % (−30.1 … −24.9 %)   tests failed 4 → 3
           tests passed 626 → 627   fixed 1 finding
           repaired riptide-api works and 1 more
  worse    clippy warnings 12 → 14   test time +10.0 % (+7.5 … +12.7 %)
           new 3 findings   regressed riptide-db a::b
  other    lines of code 61 000 → 61 204   changed 1 finding
           added riptide-api new and 1 more
  unlike   doc (profile: dev, now release)
  lacking  doc: 2 of 3 packages did not compile
           bench: only on another tree (commit 77ab01c, run
             20261118-090000-77ab01c2)
  lost     no test vanished, 1 newly ignored
           ignored  riptide-db slow
  + new      api/src/lib.rs:40:9    clippy::needless_clone     redundant clone
  + new      api/src/lib.rs:77:9    clippy::too_many_lines     this function ha…
  + new      pool/src/pool.rs:12:9  unresolved link to `Pool`
  - fixed    api/src/old.rs:12:9    clippy::len_zero           length compariso…
  ~ changed  db/src/io.rs:9:9       dead_code                  function `b` is …
  ~ moved    4 findings (not counted)
";

    const DIFF_IN_ASCII: &str =
        "  baseline 4f2c9e1 -> now 9be1d02             6 days, 41 commits, same toolchain
  better   build time -27.6 % (-30.1 .. -24.9 %)   tests failed 4 -> 3
           tests passed 626 -> 627   fixed 1 finding
           repaired riptide-api works and 1 more
  worse    clippy warnings 12 -> 14   test time +10.0 % (+7.5 .. +12.7 %)
           new 3 findings   regressed riptide-db a::b
  other    lines of code 61 000 -> 61 204   changed 1 finding
           added riptide-api new and 1 more
  unlike   doc (profile: dev, now release)
  lacking  doc: 2 of 3 packages did not compile
           bench: only on another tree (commit 77ab01c, run
             20261118-090000-77ab01c2)
  lost     no test vanished, 1 newly ignored
           ignored  riptide-db slow
  + new      api/src/lib.rs:40:9    clippy::needless_clone     redundant clone
  + new      api/src/lib.rs:77:9    clippy::too_many_lines     this function h..
  + new      pool/src/pool.rs:12:9  unresolved link to `Pool`
  - fixed    api/src/old.rs:12:9    clippy::len_zero           length comparis..
  ~ changed  db/src/io.rs:9:9       dead_code                  function `b` is..
  ~ moved    4 findings (not counted)
";
}

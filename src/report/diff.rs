//! The `diff` screen: improvements, regressions, lost tests, and every finding that changed.
//!
//! Values that must not be compared are listed with the reason.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::metric::{Better, Unit};

use super::document::{
    Between, Block, Document, ItemList, Limit, Overflow, Table, TableColumn, TableRow, Text,
};
use super::figure::{self, counted, figure};
use super::object::{Findings, Metric, Number, Place, Report, Source, Tests};
use super::phrase;
use super::style::{Look, Signs, Style};
use super::terminal;

/// Facts that the screen shows in addition to the report.
#[derive(Clone, Debug)]
pub struct DiffFacts {
    /// The two sides as the user named them: `baseline` and `now`.
    pub sides: [String; 2],
    /// Commits between the two sides, where git knows.
    pub commits: Option<u64>,
    /// The commit that is checked out now, if the second side has its sources and was measured at
    /// another one, and whether files differ from it.
    pub present: Option<(String, bool)>,
    /// Whether every finding is shown, not only the first of each kind.
    pub verbose: bool,
}

/// How many findings of each kind are shown.
const SHOWN: usize = 20;

/// Returns the screen.
pub fn screen(report: &Report, around: &DiffFacts, look: &Look) -> String {
    terminal::render(&document(report, around, look.signs()), look)
}

fn document(report: &Report, around: &DiffFacts, signs: &Signs) -> Document {
    let mut changes = ChangesByMeaning::of_metrics(report, signs);
    changes.add_findings(report);
    changes.add_tests(report);
    let is_quiet = changes.is_empty();

    let mut blocks = vec![title(report, around, signs)];
    blocks.extend(changes.into_blocks());
    if is_quiet && has_lost_nothing(report) {
        blocks.push(labelled(
            Style::Plain,
            "same",
            vec!["nothing changed that both sides measured".into()],
        ));
    } else {
        blocks.extend(lost(report));
    }
    if let Some(findings) = &report.findings {
        blocks.extend(self::findings(findings, around, signs));
    }
    blocks
}

fn title(report: &Report, around: &DiffFacts, signs: &Signs) -> Block {
    let now = &report.run;
    let Some(base) = &report.baseline else {
        return Block::paragraph("  nothing to compare with: no baseline is pinned");
    };
    let arrow = signs.arrow;
    let [from, to] = &around.sides;
    let from = side(from, base);
    let to = match &around.present {
        None => side(to, now),
        Some((commit, dirty)) => {
            let commit = phrase::short(commit);
            let measured = side("", now);
            format!("{to} {commit}{}, measured at{measured}", mark(*dirty))
        }
    };
    let sides = format!("  {from} {arrow} {to}");

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
        format!("rustc {from} {arrow} {to}")
    };
    Block::Title {
        text: sides.into(),
        remark: format!("{apart}{commits}, {toolchain}").into(),
    }
}

/// Returns a side as the user named it, with its commit: `main 95621a1`. One that was named by its commit or run is named
/// once.
fn side(name: &str, source: &Source) -> String {
    let commit = phrase::commit(source);
    let run = source.id.as_ref().map(|id| &id.0);
    let identity = source.commit.as_ref().or(run);
    let is_same = name.len() > 3 && identity.is_some_and(|whole| whole.starts_with(name));
    let name = if is_same {
        commit
    } else {
        format!("{name} {commit}")
    };
    format!("{name}{}", mark(source.dirty))
}

/// Returns the mark of a side with uncommitted edits.
fn mark(dirty: bool) -> &'static str {
    if dirty { " (dirty)" } else { "" }
}

/// Changes, sorted by their meaning.
#[derive(Default)]
struct ChangesByMeaning {
    better: Vec<String>,
    worse: Vec<String>,
    /// Neither better nor worse.
    other: Vec<String>,
    /// Not compared, with the reason.
    incomparable: Vec<String>,
    /// Collectors that have no values now, by the reason.
    missing: BTreeMap<String, Vec<String>>,
    /// What was measured before and no longer exists, such as a benchmark.
    gone: Vec<String>,
}

impl ChangesByMeaning {
    fn of_metrics(report: &Report, signs: &Signs) -> Self {
        let mut changes = Self::default();
        for (name, metric) in &report.metrics {
            if !phrase::is_detail(name) {
                changes.add_metric(name, metric, report, signs);
            }
        }
        changes
    }

    fn add_metric(&mut self, name: &str, metric: &Metric, report: &Report, signs: &Signs) {
        if let (Some(why), Some(_), Some(collector)) =
            (&metric.unavailable, metric.baseline, &metric.collector)
        {
            self.add_missing(collector.name(), &why.reason);
        }
        let (Some(Number(head)), Some(Number(base))) = (metric.value, metric.baseline) else {
            if is_gone(metric, report) {
                self.gone.push(metric.title.clone());
            }
            return;
        };
        if let Some(why) = &metric.incomparable {
            if is_worth_naming(name, metric, report) {
                self.incomparable.push(format!("{} ({why})", metric.title));
            }
            return;
        }

        let gate = report.gates.iter().find(|gate| gate.metric == *name);
        let is_time = metric.unit == Unit::Seconds;
        match (phrase::course(metric), gate.and_then(|gate| gate.ratio)) {
            (Some(Ordering::Equal), _) => {}
            (Some(course), Some(ratio)) if ratio.lower > 1.0 || ratio.upper < 1.0 => {
                let text = format!("{} {}", metric.title, figure::ratio(&ratio, signs));
                self.add(course, text);
            }
            (_, None) if !is_time && metric.better != Better::None => {
                let text = from_to(metric, base, head, signs);
                match phrase::course(metric) {
                    Some(Ordering::Greater) if hides_failures(name, base - head, report) => {
                        self.other.push(text);
                    }
                    Some(course) => self.add(course, text),
                    None => {}
                }
            }
            // A time that could as well have stayed the same is noise.
            _ if is_time => {}
            _ if base != head => self.other.push(from_to(metric, base, head, signs)),
            _ => {}
        }
    }

    fn add_missing(&mut self, collector: &str, reason: &str) {
        let collectors = self.missing.entry(reason.to_owned()).or_default();
        if !collectors.iter().any(|known| known == collector) {
            collectors.push(collector.to_owned());
        }
    }

    fn add(&mut self, course: Ordering, text: String) {
        match course {
            Ordering::Greater => self.better.push(text),
            _ => self.worse.push(text),
        }
    }

    fn add_findings(&mut self, report: &Report) {
        let Some(findings) = &report.findings else {
            return;
        };
        self.better.extend(some("fixed", findings.fixed.len()));
        self.worse.extend(some("new", findings.new.len()));
        self.other.extend(some("changed", findings.changed.len()));
        let refused = findings.refused.iter();
        let refused =
            refused.map(|(collector, why)| format!("{collector} ({})", phrase::refusal(why)));
        self.incomparable.extend(refused);
    }

    fn add_tests(&mut self, report: &Report) {
        let tests = &report.tests;
        self.better.extend(first("repaired", &tests.repaired));
        self.worse.extend(first("regressed", &tests.regressed));
        self.other.extend(first("added", &tests.added));
    }

    fn is_empty(&self) -> bool {
        let lists = [
            &self.better,
            &self.worse,
            &self.other,
            &self.incomparable,
            &self.gone,
        ];
        lists.iter().all(|items| items.is_empty()) && self.missing.is_empty()
    }

    fn into_blocks(self) -> impl Iterator<Item = Block> {
        let missing = self
            .missing
            .into_iter()
            .map(|(why, collectors)| format!("{}: {why}", collectors.join(", ")));
        let rows = [
            (Style::Good, "better", self.better),
            (Style::Bad, "worse", self.worse),
            (Style::Plain, "other", self.other),
            (Style::Caution, "unlike", self.incomparable),
            (Style::Caution, "missing", missing.collect()),
            (Style::Caution, "gone", self.gone),
        ];
        rows.into_iter()
            .filter(|(.., items)| !items.is_empty())
            .map(|(style, label, items)| labelled(style, label, items))
    }
}

fn labelled(style: Style, label: &str, items: Vec<String>) -> Block {
    Block::Items(ItemList {
        label: Text::styled(style, format!("  {label}")),
        between: Between::Gap,
        items: items.into_iter().map(Text::new).collect(),
    })
}

/// Returns whether the number of failed tests fell further than by tests that were repaired, so that some
/// are ignored or gone instead.
fn hides_failures(metric: &str, fall: f64, report: &Report) -> bool {
    let is_of_failures = metric.starts_with("test.") && metric.ends_with(".failed");
    let repaired = report.tests.repaired.as_ref();
    is_of_failures && repaired.is_some_and(|repaired| fall > repaired.len() as f64)
}

/// Returns whether a metric no longer exists although its collector was measured.
fn is_gone(metric: &Metric, report: &Report) -> bool {
    let is_measured = || {
        let mut others = report.metrics.values();
        others.any(|other| other.value.is_some() && other.collector == metric.collector)
    };
    metric.baseline.is_some() && metric.unavailable.is_none() && is_measured()
}

/// Returns whether it is news that a metric cannot be compared.
fn is_worth_naming(name: &str, metric: &Metric, report: &Report) -> bool {
    // Times are seldom comparable, which matters only to a gate.
    let is_asked =
        metric.unit != Unit::Seconds || report.gates.iter().any(|gate| gate.metric == *name);
    // Collectors are refused as a whole; their metrics need not be named one by one.
    let is_refused = metric.collector.as_ref().is_some_and(|collector| {
        let findings = report.findings.as_ref();
        findings.is_some_and(|findings| findings.refused.contains_key(collector))
    });
    is_asked && !is_refused
}

/// Returns `clippy warnings 12 -> 14`.
fn from_to(metric: &Metric, base: f64, head: f64, signs: &Signs) -> String {
    let hidden = figure::hidden_difference(head, base, &metric.unit, signs)
        .map(|difference| format!(" ({difference})"))
        .unwrap_or_default();
    let from = figure(base, &metric.unit, signs);
    let to = figure(head, &metric.unit, signs);
    format!("{} {from} {} {to}{hidden}", metric.title, signs.arrow)
}

/// Returns `new 3 findings`, or `None` without any.
fn some(kind: &str, findings: usize) -> Option<String> {
    (findings > 0).then(|| format!("{kind} {}", counted(findings, "finding")))
}

/// Returns `repaired a::b and 2 more`, or `None` without tests.
fn first(kind: &str, tests: &Option<Vec<String>>) -> Option<String> {
    let (first, others) = tests.as_deref()?.split_first()?;
    Some(if others.is_empty() {
        format!("{kind} {first}")
    } else {
        format!("{kind} {first} and {} more", others.len())
    })
}

/// Returns whether tests were compared, and every test that ran before still runs.
fn has_lost_nothing(report: &Report) -> bool {
    let tests = &report.tests;
    let (Some(vanished), Some(ignored)) = (&tests.vanished, &tests.newly_ignored) else {
        return false;
    };
    vanished.is_empty() && ignored.is_empty()
}

/// Returns the tests that vanished or no longer run. That there are none is worth a line, too, if it is
/// known.
fn lost(report: &Report) -> Document {
    let Tests {
        vanished,
        newly_ignored,
        ..
    } = &report.tests;
    let vanished_count = vanished.as_ref().map(|tests| match tests.len() {
        0 => "no test vanished".to_owned(),
        count => format!("{} vanished", counted(count, "test")),
    });
    let ignored_count = newly_ignored
        .as_ref()
        .map(|tests| format!("{} newly ignored", tests.len()));
    let counts: Vec<String> = vanished_count.into_iter().chain(ignored_count).collect();
    if counts.is_empty() {
        return Document::new();
    }
    let vanished = vanished.iter().flatten();
    let ignored = newly_ignored.iter().flatten();
    let style = match vanished.clone().chain(ignored.clone()).next() {
        None => Style::Plain,
        Some(_) => Style::Bad,
    };
    let names = vanished
        .map(|test| format!("vanished  {test}"))
        .chain(ignored.map(|test| format!("ignored  {test}")));
    let names = names.take(SHOWN).map(Text::new).collect();
    vec![
        labelled(style, "lost", vec![counts.join(", ")]),
        Block::List(11, names),
    ]
}

/// Returns the new, fixed and changed findings, the first of each kind.
fn findings(findings: &Findings, around: &DiffFacts, signs: &Signs) -> Document {
    let most = if around.verbose { usize::MAX } else { SHOWN };
    let new = findings.new.iter().take(most);
    let fixed = findings.fixed.iter().take(most);
    let changed = findings.changed.iter().take(most);
    let rows = new
        .map(|place| finding("+ new", Style::Bad, place))
        .chain(fixed.map(|place| finding("- fixed", Style::Good, place)))
        .chain(changed.map(|edit| finding("~ changed", Style::Plain, &edit.to)));
    let mut blocks = vec![Block::Table(Table {
        name: "findings",
        columns: vec![
            TableColumn::text(""),
            TableColumn {
                limit: Limit::Half,
                ..TableColumn::text("place")
            },
            TableColumn::text("lint").at_most(40),
            TableColumn::text("message"),
        ],
        has_heads: false,
        rows: rows.collect(),
    })];

    let counts = [
        findings.new.len(),
        findings.fixed.len(),
        findings.changed.len(),
    ];
    let hidden: usize = counts.iter().map(|n| n.saturating_sub(most)).sum();
    if hidden > 0 {
        let hidden = figure::count(hidden as f64);
        let more = format!("  {} and {hidden} more: -v shows all", signs.dots);
        blocks.push(Block::paragraph(more));
    }
    if findings.moved > 0 {
        let moved = counted(findings.moved, "finding");
        blocks.push(Block::paragraph(format!(
            "  ~ moved    {moved} (not counted)"
        )));
    }
    blocks
}

fn finding(kind: &str, style: Style, place: &Place) -> TableRow {
    let lint = phrase::lint(place);
    // A finding without a lint is named by its message.
    let message = if lint == place.message {
        ""
    } else {
        &place.message
    };
    TableRow {
        cells: vec![
            Text::styled(style, kind),
            Text::code(phrase::place(place)),
            Text::code(lint),
            Text::styled(Style::Quiet, message),
        ],
        overflow: Overflow::Cut,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{ASCII, UNICODE, first, report};

    fn around() -> DiffFacts {
        DiffFacts {
            sides: ["baseline", "now"].map(str::to_owned),
            commits: Some(41),
            present: None,
            verbose: false,
        }
    }

    #[test]
    fn each_side_is_named_as_the_user_named_it() {
        let report = report();
        let (base, now) = (report.baseline.clone().unwrap(), report.run.clone());
        let [of_base, of_now] = [&base, &now].map(phrase::commit);
        let rows: [([&str; 2], String); 4] = [
            (
                ["main", "feature"],
                format!("  main {of_base} -> feature {of_now}"),
            ),
            (["7d", "final"], format!("  7d {of_base} -> final {of_now}")),
            ([&of_base, &of_now], format!("  {of_base} -> {of_now}")),
            (
                [base.commit.as_deref().unwrap_or_default(), "HEAD"],
                format!("  {of_base} -> HEAD {of_now}"),
            ),
        ];
        for (sides, expected) in rows {
            let around = DiffFacts {
                sides: sides.map(str::to_owned),
                ..around()
            };
            let text = screen(&report, &around, &ASCII);
            assert!(text.starts_with(&expected), "{sides:?}: {text}");
        }
    }

    #[test]
    fn each_dirty_side_is_marked() {
        let mut report = report();
        report.run.dirty = false;
        for dirty in [false, true] {
            let base = report.baseline.as_mut().unwrap();
            base.dirty = dirty;
            let text = screen(&report, &around(), &ASCII);
            assert_eq!(text.contains(" (dirty) ->"), dirty, "{text}");
        }
    }

    #[test]
    fn commit_with_the_measured_sources_is_named() {
        let mut report = report();
        report.run.dirty = true;
        let measured = format!("{} (dirty)", phrase::commit(&report.run));
        for (dirty, expected) in [(false, "now 1234567,"), (true, "now 1234567 (dirty),")] {
            let around = DiffFacts {
                present: Some(("1234567890".to_owned(), dirty)),
                ..around()
            };
            let text = screen(&report, &around, &ASCII);
            let expected = format!("-> {expected} measured at {measured}\n");
            assert!(text.contains(&expected), "{text}");
        }
    }

    #[test]
    fn the_screen_says_what_got_better_and_worse() {
        for (look, screen_) in [(UNICODE, DIFF), (ASCII, DIFF_IN_ASCII)] {
            assert_eq!(screen(&report(), &around(), &look), screen_);
        }
    }

    #[test]
    fn benchmark_that_is_gone_is_named_if_others_ran() {
        let mut report = report();
        let mut bench = report.metrics["bench.api/parse.time"].clone();
        let measured = Metric {
            value: Some(Number(1.0)),
            baseline: Some(Number(1.0)),
            unavailable: None,
            title: "bench other".to_owned(),
            ..bench.clone()
        };
        (bench.value, bench.unavailable) = (None, None);
        bench.baseline = Some(Number(1.0));
        let gone = format!("  gone     {}\n", bench.title);
        report.metrics = [("bench.api/parse.time".to_owned(), bench)].into();
        let text = screen(&report, &around(), &ASCII);
        assert!(!text.contains(&gone), "bench was not measured: {text}");
        report
            .metrics
            .insert("bench.other.time".to_owned(), measured);
        let text = screen(&report, &around(), &ASCII);
        assert!(text.contains(&gone), "{text}");
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
        let text = screen(&report, &around(), &ASCII);
        assert!(
            text.ends_with("same toolchain\n  same     nothing changed that both sides measured\n"),
            "{text}"
        );
        report.tests = Tests::default();
        assert_eq!(
            screen(&report, &around(), &ASCII).lines().count(),
            1,
            "tests that were not run are not called kept"
        );
    }

    #[test]
    fn without_a_baseline_it_says_how_to_get_one() {
        let text = screen(&first(), &around(), &ASCII);
        assert_eq!(text, "  nothing to compare with: no baseline is pinned\n");
    }

    #[test]
    fn a_long_list_is_cut_unless_all_is_wanted() {
        let mut report = report();
        if let Some(findings) = &mut report.findings {
            findings.new = vec![findings.new[0].clone(); SHOWN + 5];
        }
        let lines = |verbose| {
            screen(
                &report,
                &DiffFacts {
                    verbose,
                    ..around()
                },
                &ASCII,
            )
        };
        assert_eq!(lines(false).matches("+ new").count(), SHOWN);
        assert!(lines(false).contains("  .. and 5 more: -v shows all\n"));
        assert_eq!(lines(true).matches("+ new").count(), SHOWN + 5);
    }

    #[test]
    fn failed_tests_that_are_ignored_are_not_better() {
        for (repaired, row) in [
            (Some(vec!["a b".to_owned()]), "better"),
            (Some(Vec::new()), "other"),
            (None, "better"),
        ] {
            let mut report = report();
            report.metrics.retain(|name, _| name == "test.failed");
            report.findings = None;
            report.tests = Tests {
                repaired: repaired.clone(),
                ..Tests::default()
            };
            let text = screen(&report, &around(), &ASCII);
            let line = text
                .lines()
                .find(|line| line.contains("tests failed 4 -> 3"));
            let found = line.and_then(|line| line.split_whitespace().next());
            assert_eq!(found, Some(row), "{repaired:?}: {text}");
        }
    }

    #[test]
    fn lost_tests_are_counted_as_far_as_they_are_known() {
        let tests = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
        for (vanished, newly_ignored, expected) in [
            (tests(&[]), tests(&[]), "no test vanished, 0 newly ignored"),
            (tests(&["a b"]), None, "1 test vanished"),
            (None, tests(&["a b"]), "1 newly ignored"),
            (None, None, ""),
        ] {
            let mut report = report();
            report.tests.vanished = vanished;
            report.tests.newly_ignored = newly_ignored;
            let text = screen(&report, &around(), &ASCII);
            let lost = text
                .lines()
                .find_map(|line| line.strip_prefix("  lost     "));
            assert_eq!(lost.unwrap_or_default(), expected);
        }
    }

    #[test]
    fn another_toolchain_is_said_to_be_one() {
        let mut report = report();
        report.run.toolchain.rustc = "1.96.0 (abc)".to_owned();
        let text = screen(&report, &around(), &ASCII);
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
  missing  doc: 2 of 3 packages did not compile
           bench: only in an older run (commit 77ab01c, run
             20261118-090000-77ab01c2)
  lost     1 newly ignored
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
  missing  doc: 2 of 3 packages did not compile
           bench: only in an older run (commit 77ab01c, run
             20261118-090000-77ab01c2)
  lost     1 newly ignored
           ignored  riptide-db slow
  + new      api/src/lib.rs:40:9    clippy::needless_clone     redundant clone
  + new      api/src/lib.rs:77:9    clippy::too_many_lines     this function h..
  + new      pool/src/pool.rs:12:9  unresolved link to `Pool`
  - fixed    api/src/old.rs:12:9    clippy::len_zero           length comparis..
  ~ changed  db/src/io.rs:9:9       dead_code                  function `b` is..
  ~ moved    4 findings (not counted)
";
}

//! The sections that pages are made of, each empty when there is nothing to report.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::ops::Bound;

use crate::metric::{UnavailableKind, Unit};
use crate::run::{RunId, Verdict};

use super::document::{
    Block, Document, HeadingLevel, Overflow, Table, TableColumn, TableRow, Text,
};
use super::facts::ReportFacts;
use super::figure::{change, count, counted, figure};
use super::object::{Findings, Gate, Metric, Number, Place, Readiness, Report, Source};
use super::phrase;
use super::style::{Style, UNICODE};
use super::{gate, status, workstream};

/// How many tests of a kind are named.
const TESTS: usize = 50;

/// The places and tests that problems above name, so that no section lists them again.
#[derive(Default)]
pub(super) struct NamedAbove(BTreeSet<String>);

impl NamedAbove {
    pub(super) fn new(names: BTreeSet<String>) -> Self {
        Self(names)
    }

    /// Returns whether a problem names this place or test, alone or followed by a lint.
    fn contains(&self, what: &str) -> bool {
        let from = (Bound::Included(what), Bound::Unbounded);
        let named = self.0.range::<str, _>(from).next();
        named
            .and_then(|named| named.strip_prefix(what))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    }
}

/// Returns whether the release is ready, and the gates and checks that it waits for.
pub(super) fn readiness(readiness: &Readiness) -> Document {
    let version = &readiness.version;
    if readiness.ready {
        let ready = Text::styled(Style::Strong, "READY").words(format!(" for {version}"));
        return vec![Block::paragraph(ready)];
    }
    let text = format!(" for {version}, outstanding:");
    vec![
        Block::paragraph(Text::styled(Style::Strong, "NOT READY").words(text)),
        code_list(&readiness.outstanding),
    ]
}

/// Returns the evidence for a release: the commit, both sides of the comparison, runs and commands.
pub(super) fn evidence(report: &Report, readiness: &Readiness) -> Document {
    let mut blocks = Document::new();
    if let Some(commit) = &readiness.commit {
        let judged = Text::new("Judged: commit ")
            .join(Text::code(commit))
            .words(", with what the release changes in it.");
        blocks.push(Block::paragraph(judged));
    }
    blocks.extend(provenance(report));

    let runs: Vec<Text> = report
        .run
        .collectors
        .iter()
        .map(|(collector, run)| {
            Text::code(collector.name())
                .words(": run ")
                .join(Text::code(&run.0))
        })
        .collect();
    blocks.extend(titled("Runs", unless_empty(runs)));
    blocks.extend(titled("Commands", code_list_of(&readiness.commands)));
    blocks
}

/// Returns every gate in a row, group by group. Those outside of groups stand below the heading of the section.
pub(super) fn gates(report: &Report) -> Document {
    if report.gates.is_empty() {
        return Document::new();
    }
    let mut groups = status::gates(phrase::groups(report), &UNICODE);
    for group in groups.iter_mut().filter(|group| group.key.is_empty()) {
        group.heading.clear();
    }
    vec![Block::Gates(groups)]
}

/// Returns details for readers who want more: all gates, and the metrics that are worth reading.
pub(super) fn details(report: &Report) -> Document {
    let metrics = report
        .metrics
        .iter()
        .filter(|(name, metric)| is_worth_reading(name, metric, report));
    let metrics = metric_table(metrics, "baseline", "now");
    let parts = [("All gates", gates(report)), ("Metrics", metrics)];
    parts
        .into_iter()
        .filter(|(_, blocks)| !blocks.is_empty())
        .map(|(summary, blocks)| Block::Details(summary, blocks))
        .collect()
}

fn is_worth_reading(name: &str, metric: &Metric, report: &Report) -> bool {
    let zero = Some(Number(0.0));
    let is_judged = report.gates.iter().any(|gate| gate.metric == name);
    // Times vary by themselves.
    let is_noise = metric.unit == Unit::Seconds && metric.value.is_some() && !is_judged;
    let unavailable = metric.unavailable.as_ref();
    let is_needed = unavailable.is_some_and(|why| why.kind != UnavailableKind::NotNeeded);
    let is_unasked = metric.value.is_none() && !is_needed;
    let is_zero = metric.value == zero && metric.baseline == zero;
    !(is_noise || is_unasked || is_zero)
}

/// Returns what differs from the baseline: metrics other than times, and findings and tests that no problem names. `before` is
/// the head of the column of its values.
pub(super) fn changes(report: &Report, named: &NamedAbove, before: &'static str) -> Document {
    let metrics = report.metrics.iter().filter(|(name, metric)| {
        // Times vary by themselves.
        let is_time = metric.unit == Unit::Seconds;
        !phrase::is_detail(name) && !is_time && !difference(metric).is_empty()
    });
    let mut blocks = metric_table(metrics, before, "now");
    blocks.extend(findings_except(report, named));
    blocks.extend(tests_except(report, named));
    blocks
}

/// Returns every metric on both sides, below the titles of the sides.
pub(super) fn metrics(report: &Report, before: &'static str, after: &'static str) -> Document {
    titled(
        "Metrics",
        metric_table(report.metrics.iter(), before, after),
    )
}

/// Returns the metrics that both sides have and that may be compared, by their titles.
pub(super) fn common_metrics(report: &Report) -> Option<Block> {
    let common = report.metrics.values().filter_map(|metric| {
        let (before, now) = (metric.baseline?, metric.value?);
        metric.incomparable.is_none().then(|| {
            row(vec![
                Text::new(&metric.title),
                number(Some(before), metric),
                number(Some(now), metric),
            ])
        })
    });
    let rows: Vec<TableRow> = common.collect();
    (!rows.is_empty()).then(|| {
        Block::Table(Table {
            name: "figures",
            columns: vec![
                TableColumn::text("metric"),
                TableColumn::number("baseline"),
                TableColumn::number("now"),
            ],
            has_heads: true,
            rows,
        })
    })
}

pub(super) fn metric_table<'a>(
    metrics: impl Iterator<Item = (&'a String, &'a Metric)>,
    before: &'static str,
    after: &'static str,
) -> Document {
    let rows: Vec<TableRow> = metrics
        .map(|(name, metric)| metric_row(name, metric))
        .collect();
    if rows.is_empty() {
        return Document::new();
    }
    vec![Block::Table(Table {
        name: "metrics",
        columns: vec![
            TableColumn::text("metric"),
            TableColumn::number(before),
            TableColumn::number(after),
            TableColumn::number("change"),
            TableColumn::text(""),
        ],
        has_heads: true,
        rows,
    })]
}

fn metric_row(name: &str, metric: &Metric) -> TableRow {
    let remark = match (&metric.unavailable, &metric.incomparable) {
        (Some(why), _) => Text::varying(format!("not measured: {}", why.reason)),
        (None, Some(why)) => Text::varying(format!("not comparable: {why}")),
        (None, None) => course(metric).into(),
    };
    row(vec![
        Text::code(name),
        number(metric.baseline, metric),
        number(metric.value, metric),
        of_unit(difference(metric), &metric.unit),
        remark,
    ])
}

pub(super) fn number(value: Option<Number>, metric: &Metric) -> Text {
    of_unit(phrase::value(value, metric, &UNICODE), &metric.unit)
}

/// Returns a text with a value of this unit.
fn of_unit(text: String, unit: &Unit) -> Text {
    match phrase::varies(unit) {
        true => Text::varying(text),
        false => Text::new(text),
    }
}

/// A single sample of a time does not show whether it got better or worse.
fn course(metric: &Metric) -> &'static str {
    match phrase::course(metric) {
        _ if metric.unit == Unit::Seconds => "",
        Some(Ordering::Greater) => "better",
        Some(Ordering::Less) => "worse",
        _ => "",
    }
}

/// Returns the change of a time in percent, of a percentage in points, and of anything else in its unit.
fn difference(metric: &Metric) -> String {
    let (Some(Number(head)), Some(Number(base)), None) =
        (metric.value, metric.baseline, &metric.incomparable)
    else {
        return String::new();
    };
    match metric.unit {
        _ if head == base => String::new(),
        Unit::Seconds => change(base, head, &UNICODE).unwrap_or_default(),
        Unit::Percent => format!("{:+.1} points", head - base),
        _ => {
            let sign = if head > base { "+" } else { "" };
            let difference = figure(head - base, &metric.unit, &UNICODE);
            format!("{sign}{difference}")
        }
    }
}

/// Returns the new, fixed and changed findings with their places.
pub(super) fn findings(report: &Report) -> Document {
    titled("Findings", findings_except(report, &NamedAbove::default()))
}

fn findings_except(report: &Report, named: &NamedAbove) -> Document {
    let Some(findings) = &report.findings else {
        return Document::new();
    };
    let new = findings
        .new
        .iter()
        .filter(|place| !named.contains(&phrase::place(place)));
    let new: Vec<&Place> = new.collect();
    let fixed: Vec<&Place> = findings.fixed.iter().collect();
    let changed: Vec<&Place> = findings.changed.iter().map(|edit| &edit.to).collect();

    let mut blocks = Document::new();
    blocks.extend(places(
        "new finding",
        "new findings",
        &new,
        findings.new.len(),
    ));
    blocks.extend(places(
        "fixed finding",
        "fixed findings",
        &fixed,
        fixed.len(),
    ));
    let changed_count = changed.len();
    blocks.extend(places(
        "changed finding",
        "changed findings",
        &changed,
        changed_count,
    ));
    blocks.extend(uncompared(findings));
    blocks
}

/// Returns the moved findings, and the collectors whose findings were not compared.
pub(super) fn uncompared(findings: &Findings) -> Document {
    let mut blocks = Document::new();
    if findings.moved > 0 {
        let moved = Text::styled(Style::Strong, counted(findings.moved, "moved finding"));
        blocks.push(Block::paragraph(moved.words(" (not counted)")));
    }
    let refused = findings.refused.iter().map(|(collector, why)| {
        Text::new("not compared: ")
            .join(Text::code(collector.name()))
            .words(format!(", {}", phrase::refusal(why)))
    });
    blocks.extend(unless_empty(refused.collect()));
    blocks
}

/// Returns `all` findings of a kind. Those that a problem above names are counted, not listed.
fn places(one: &str, many: &'static str, listed: &[&Place], all: usize) -> Document {
    if listed.is_empty() {
        return Document::new();
    }
    let mut title = Text::styled(Style::Strong, counted(all, one));
    let above = all - listed.len();
    if above > 0 {
        title = title.words(format!(", {above} of them above"));
    }
    vec![Block::paragraph(title), place_table(many, listed)]
}

/// Returns findings with their places; `name` names the table.
pub(super) fn place_table(name: &'static str, places: &[&Place]) -> Block {
    let rows = places.iter().map(|place| {
        row(vec![
            Text::code(phrase::place(place)),
            Text::code(phrase::lint(place)),
            Text::new(&place.message),
        ])
    });
    Block::Table(Table {
        name,
        columns: vec![
            TableColumn::text("place"),
            TableColumn::text("lint"),
            TableColumn::text("message"),
        ],
        has_heads: true,
        rows: rows.collect(),
    })
}

/// Returns the tests that fail.
pub(super) fn failed_tests(report: &Report) -> Document {
    let failed = report.tests.failed.iter();
    let failed: Vec<String> = failed.map(|failed| failed.test.clone()).collect();
    tests_of_kind("test", "failed", Some(&failed), &NamedAbove::default())
}

/// Returns the open gates and the workstreams that are ready or in progress, each with the next command.
pub(super) fn actions(facts: &ReportFacts<'_>) -> Document {
    let report = facts.report;
    let mut items = Vec::new();
    for gate in &report.gates {
        if matches!(gate.verdict, Verdict::Pass | Verdict::Waived) {
            continue;
        }
        let text = headline(gate);
        items.push(text.with_command(gate.help.as_deref()));
    }
    for state in report.workstreams.iter().flatten() {
        items.extend(workstream::next_step(state));
    }
    lines_unless_empty(items)
}

/// Returns the headline of an open gate. What varies is its value, or why it has none, and not its name.
pub(super) fn headline(gate: &Gate) -> Text {
    let headline = phrase::headline(gate, &UNICODE);
    let name = format!("{}: ", phrase::name(gate));
    match headline.strip_prefix(&name) {
        Some(rest) if phrase::varies(&gate.unit) || gate.verdict == Verdict::NoVerdict => {
            Text::new(name).join(Text::varying(rest))
        }
        _ => Text::new(headline),
    }
}

/// Returns the tests that failed or changed, by what happened to them.
pub(super) fn tests(report: &Report) -> Document {
    titled("Tests", tests_except(report, &NamedAbove::default()))
}

fn tests_except(report: &Report, named: &NamedAbove) -> Document {
    let tests = &report.tests;
    let failed: Vec<String> = tests.failed.iter().map(|f| f.test.clone()).collect();
    let incomplete: Vec<String> = tests
        .incomplete
        .iter()
        .map(|suite| format!("{}: {}", suite.suite, suite.reason))
        .collect();
    let reused: Vec<String> = tests
        .reused
        .iter()
        .map(|suite| format!("{}: reused from run {}", suite.suite, suite.run))
        .collect();
    let kinds = [
        ("test", "failed", Some(&failed)),
        ("suite", "incomplete", Some(&incomplete)),
        ("test", "regressed", tests.regressed.as_ref()),
        ("test", "vanished", tests.vanished.as_ref()),
        ("test", "newly ignored", tests.newly_ignored.as_ref()),
        ("test", "repaired", tests.repaired.as_ref()),
        ("test", "added", tests.added.as_ref()),
        ("suite", "reused", Some(&reused)),
    ];
    kinds
        .into_iter()
        .flat_map(|(what, happened, ids)| tests_of_kind(what, happened, ids, named))
        .collect()
}

fn tests_of_kind(
    what: &str,
    happened: &str,
    ids: Option<&Vec<String>>,
    named: &NamedAbove,
) -> Document {
    let ids = ids.into_iter().flatten();
    let ids: Vec<&String> = ids.filter(|id| !named.contains(id)).collect();
    if ids.is_empty() {
        return Document::new();
    }
    let plural = if ids.len() == 1 { "" } else { "s" };
    let title = format!("{} {what}{plural} {happened}", ids.len());
    let mut items: Vec<Text> = ids.iter().take(TESTS).copied().map(Text::code).collect();
    let hidden = ids.len().saturating_sub(TESTS);
    if hidden > 0 {
        items.push(format!("… and {} more", count(hidden as f64)).into());
    }
    vec![
        Block::paragraph(Text::styled(Style::Strong, title)),
        Block::List(2, items),
    ]
}

/// Returns the notes of the judgement.
pub(super) fn notes(report: &Report) -> Document {
    titled(
        "Notes",
        unless_empty(
            phrase::notes(report)
                .chain(phrase::reused(report))
                .map(Text::new)
                .collect(),
        ),
    )
}

/// Returns a list of commands, such as those that measured one side.
pub(super) fn commands(title: &'static str, commands: &[String]) -> Document {
    titled(title, code_list_of(commands))
}

/// Returns the provenance of both sides, field by field.
pub(super) fn provenance(report: &Report) -> Document {
    titled("Provenance", vec![sides(report)])
}

/// Returns the fields of both sides.
pub(super) fn sides(report: &Report) -> Block {
    let before = report.baseline.as_ref().map(fields);
    let rows = fields(&report.run)
        .into_iter()
        .enumerate()
        .map(|(at, (name, after))| {
            let before = before.as_ref().map(|fields| Text::code(&fields[at].1));
            row(vec![
                Text::new(name),
                before.unwrap_or_default(),
                Text::code(after),
            ])
        });
    Block::Table(Table {
        name: "fields",
        columns: vec![
            TableColumn::text(""),
            TableColumn::text("before"),
            TableColumn::text("after"),
        ],
        has_heads: true,
        rows: rows.collect(),
    })
}

fn fields(source: &Source) -> [(&'static str, String); 15] {
    let state = if source.dirty { "dirty" } else { "clean" };
    let host = &source.host;
    let machine = format!(
        "{} {} {} {} cores",
        host.os, host.arch, host.cpu, host.cores
    );
    let target = source.target.as_ref().unwrap_or(&source.toolchain.host);
    let scope = if source.scope.is_empty() {
        "workspace".to_owned()
    } else {
        source.scope.join(" ")
    };
    [
        ("run", source.id.iter().map(RunId::to_string).collect()),
        ("started", source.started.clone()),
        ("commit", source.commit.clone().unwrap_or_default()),
        ("branch", source.branch.clone().unwrap_or_default()),
        ("tree", format!("{state} {}", source.tree)),
        ("lock file", source.lock.clone().unwrap_or_default()),
        ("lint settings", source.lints.clone()),
        ("rustc", source.toolchain.rustc.clone()),
        ("cargo", source.toolchain.cargo.clone()),
        ("machine", machine),
        ("target", target.clone()),
        (
            "profile, features",
            format!("{}, {}", source.profile, source.features),
        ),
        ("scope", scope),
        ("cargo flags", source.cargo_flags.join(" ")),
        ("measured by", source.tool.clone()),
    ]
}

/// Returns the program and the runs that the page was generated from, below a rule.
pub(super) fn footer(report: &Report) -> Document {
    vec![Block::Separator, origin(report)]
}

/// Returns the program and the runs that the page was generated from.
pub(super) fn origin(report: &Report) -> Block {
    let mut text = Text::new("Generated by ")
        .words(&report.tool)
        .words(" from ")
        .join(side(&report.run));
    if let Some(base) = &report.baseline {
        text = text.words("; baseline: ").join(side(base));
    }
    Block::paragraph(text.words("."))
}

fn side(source: &Source) -> Text {
    let Some(run) = &source.id else {
        return Text::new("no run");
    };
    let commit = match &source.commit {
        Some(commit) => Text::code(phrase::short(commit)),
        None => Text::new("no commit"),
    };
    let state = if source.dirty { "dirty" } else { "clean" };
    Text::new("run ")
        .join(Text::code(&run.0))
        .words(" of ")
        .join(Text::code(&source.started))
        .words(" at ")
        .join(commit)
        .words(format!(" ({state}), rustc "))
        .words(phrase::rustc(&source.toolchain))
}

/// Returns the problems of a page and the places that they name.
pub(super) fn problems(report: &Report) -> (Document, NamedAbove) {
    let (problems, named) = gate::problems(report);
    let blocks = problems.into_iter().map(Block::Problem).collect();
    (blocks, NamedAbove::new(named))
}

/// Returns blocks below a heading, or nothing without any.
pub(super) fn titled(title: &'static str, blocks: Document) -> Document {
    if blocks.is_empty() {
        return blocks;
    }
    let heading = Block::Heading(HeadingLevel::Section, title.into());
    std::iter::once(heading).chain(blocks).collect()
}

/// Returns a list whose items are never broken into lines, because they have commands to copy.
pub(super) fn lines_unless_empty(items: Vec<Text>) -> Document {
    match items.is_empty() {
        true => Document::new(),
        false => vec![Block::Lines(2, items)],
    }
}

pub(super) fn unless_empty(items: Vec<Text>) -> Document {
    if items.is_empty() {
        return Document::new();
    }
    vec![Block::List(2, items)]
}

fn code_list_of(items: &[String]) -> Document {
    unless_empty(items.iter().map(Text::code).collect())
}

fn code_list(items: &[String]) -> Block {
    Block::List(2, items.iter().map(Text::code).collect())
}

pub(super) fn row(cells: Vec<Text>) -> TableRow {
    TableRow {
        cells,
        overflow: Overflow::Fold(4),
    }
}

//! The `explain` screen: one metric with its values, rules, evidence and past.

use std::collections::BTreeSet;

use crate::collector;
use crate::glob;
use crate::metric::{Better, Spread, Unit};
use crate::plan::Collector;
use crate::run::Verdict;
use crate::snapshot::TestId;

use super::document::{
    Block, Document, EvidenceItem, HeadingLevel, Overflow, Table, TableColumn, TableRow, Text,
};
use super::figure::{ago, counted, figure};
use super::object::{Gate, Metric, Number, Place, Report, Source as Measured};
use super::phrase;
use super::problem::{Source, panic_of, rule};
use super::style::{Look, Signs, Style};
use super::terminal;

/// Facts that the screen shows in addition to the report.
#[derive(Clone, Copy, Debug)]
pub struct ExplainFacts<'a> {
    /// The id of a gate, the name of a metric, or a pattern over them.
    pub asked: &'a str,
    /// Lines of the configuration that gates came from.
    pub source: &'a Source,
    /// Earlier values: Unix seconds and value, oldest first.
    pub trend: &'a [(i64, f64)],
    /// The samples of the value, if it has any.
    pub spread: Option<&'a Spread>,
    /// The command that measured the metric.
    pub command: Option<&'a str>,
    /// The files of another tool that have the value.
    pub imported: Option<&'a str>,
    /// The command that shows the same value by hand.
    pub by_hand: Option<&'a str>,
    /// The places of everything that the metric counts.
    pub places: &'a [String],
}

/// How many values a chart shows, and how many findings of each kind are listed.
const SHOWN: usize = 20;
/// How many places of a metric are listed.
const PLACES: usize = 50;

/// Returns the screen at `now`, in Unix seconds, with one part for each metric that is meant. Returns `None` if the report
/// has neither such a gate nor such a metric.
pub fn screen(report: &Report, around: &ExplainFacts<'_>, now: i64, look: &Look) -> Option<String> {
    let gates = meant_gates(report, around.asked);
    let mut names: Vec<&str> = Vec::new();
    let metrics = report
        .metrics
        .keys()
        .map(String::as_str)
        .filter(|name| gates.is_empty() && is_meant(name, around.asked));
    for name in gates.iter().map(|gate| gate.metric.as_str()).chain(metrics) {
        if !names.contains(&name) {
            names.push(name);
        }
    }

    let parts: Vec<String> = names
        .into_iter()
        .map(|name| {
            let subject = ExplainedMetric {
                name,
                metric: report.metrics.get(name),
                gates: gates.iter().copied().filter(|g| g.metric == name).collect(),
                report,
                signs: look.signs(),
            };
            terminal::render(&subject.document(around, now), look)
        })
        .collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
}

/// Returns the gates with an id or a metric that is meant.
fn meant_gates<'a>(report: &'a Report, asked: &str) -> Vec<&'a Gate> {
    report
        .gates
        .iter()
        .filter(|gate| is_meant(&gate.id, asked) || is_meant(&gate.metric, asked))
        .collect()
}

fn is_meant(name: &str, asked: &str) -> bool {
    name == asked || glob::matches(asked, name)
}

/// Returns the packages of the meant gates on a metric. `None` if one of them is on the workspace, or
/// if there is no gate.
pub fn packages_of_gates<'a>(
    report: &'a Report,
    asked: &str,
    metric: &str,
) -> Option<BTreeSet<&'a str>> {
    let gates = meant_gates(report, asked);
    packages_of(gates.into_iter().filter(|gate| gate.metric == metric))
}

fn packages_of<'a>(gates: impl Iterator<Item = &'a Gate>) -> Option<BTreeSet<&'a str>> {
    let packages: Option<BTreeSet<&str>> = gates.map(|gate| gate.package.as_deref()).collect();
    packages.filter(|packages| !packages.is_empty())
}

/// A metric and the gates on it.
struct ExplainedMetric<'a> {
    name: &'a str,
    metric: Option<&'a Metric>,
    gates: Vec<&'a Gate>,
    report: &'a Report,
    signs: &'a Signs,
}

impl ExplainedMetric<'_> {
    fn document(&self, around: &ExplainFacts<'_>, now: i64) -> Document {
        let mut blocks = vec![self.title()];
        blocks.extend(self.values_with_sources(now));
        let command = around.command.map(Text::code);
        blocks.extend(command.map(|command| Block::Field("command", command)));
        let imported = around.imported.map(Text::from);
        blocks.extend(imported.map(|files| Block::Field("read from", files)));
        let spread = around.spread;
        blocks.extend(spread.and_then(|spread| samples(spread, self.unit(), self.signs)));
        blocks.extend(trend(around.trend, self.unit(), self.signs));
        for gate in &self.gates {
            blocks.extend(self.rule(gate, around.source));
        }
        if self.gates.is_empty() {
            blocks.push(Block::Field("rule", "no gate asks for this metric".into()));
        }
        blocks.extend(self.places(around.places));
        blocks.extend(
            self.metric
                .into_iter()
                .flat_map(|metric| self.packages(metric)),
        );
        blocks.extend(self.since_baseline());
        let by_hand = around.by_hand.map(Text::code);
        blocks.extend(by_hand.map(|command| Block::Field("by hand", command)));
        blocks
    }

    /// Returns title, name and verdict; with several gates, the worst of them.
    fn title(&self) -> Block {
        let title = match self.gates.as_slice() {
            [only] => phrase::name(only),
            [first, ..] => first.title.clone(),
            [] => self.metric.map(|m| m.title.clone()).unwrap_or_default(),
        };
        let worst = self.gates.iter().map(|gate| gate.verdict).max();
        let remark = worst.map(Text::verdict).unwrap_or_default();
        Block::Title {
            text: Text::new(format!("{title}  ")).join(Text::code(self.name)),
            remark: match self.gates.len() {
                0 | 1 => remark,
                many => remark.words(format!(", worst of {many} gates")),
            },
        }
    }

    fn unit(&self) -> &Unit {
        let unit = self.metric.map(|metric| &metric.unit);
        unit.or(self.gates.first().map(|gate| &gate.unit))
            .unwrap_or(&Unit::Count)
    }

    /// Returns the collector that measures the metric; by its name if the catalogue does not know it.
    fn collector(&self) -> Option<Collector> {
        let known = self.metric.and_then(|metric| metric.collector.clone());
        known.or_else(|| {
            let prefix = self.name.split('.').next()?;
            Some(Collector::from(prefix.to_owned()))
        })
    }

    /// Returns the value now and that of the baseline, of the package for a gate on one.
    fn values(&self) -> (Option<Number>, Option<Number>) {
        match (self.gates.as_slice(), self.metric) {
            ([gate], _) if gate.package.is_some() => (gate.value, gate.baseline),
            (_, Some(metric)) => (metric.value, metric.baseline),
            ([gate, ..], None) => (gate.value, gate.baseline),
            ([], None) => (None, None),
        }
    }

    /// Returns the value now and that of the baseline, each with commit, time and run.
    fn values_with_sources(&self, now: i64) -> Document {
        let (head, base) = self.values();
        let mut rows = vec![self.value_row("now", head, &self.report.run, now)];
        // A metric that is computed from the comparison has no value in the baseline.
        let pinned = self.report.baseline.as_ref();
        let pinned = pinned.filter(|_| base.is_some() || self.metric.is_some());
        rows.extend(pinned.map(|source| self.value_row("baseline", base, source, now)));

        let widest = if rows.len() > 1 { "baseline" } else { "now" };
        let gap = terminal::FIELD - 2 - widest.len();
        let mut blocks = vec![Block::Table(Table {
            name: "values",
            columns: vec![
                TableColumn::text(""),
                TableColumn::number("value").gap(gap),
                TableColumn::text("source").gap(3),
            ],
            has_heads: false,
            rows,
        })];
        // A gate on a package with a value does not depend on the packages without one.
        let is_known = head.is_some() && packages_of(self.gates.iter().copied()).is_some();
        if let Some(metric) = self.metric {
            let unavailable = metric.unavailable.as_ref().filter(|_| !is_known);
            let unavailable = unavailable.map(|why| format!("not measured: {}", why.reason));
            let incomparable = metric.incomparable.as_ref();
            let incomparable = incomparable.map(|why| format!("not comparable: {why}"));
            let remarks = unavailable.into_iter().chain(incomparable);
            blocks.extend(remarks.map(|text| Block::Field("", Text::styled(Style::Caution, text))));
        }
        blocks
    }

    fn value_row(
        &self,
        name: &str,
        value: Option<Number>,
        source: &Measured,
        now: i64,
    ) -> TableRow {
        let value = match value {
            Some(Number(value)) => figure(value, self.unit(), self.signs),
            None => self.signs.none.to_owned(),
        };
        let run = self
            .collector()
            .and_then(|collector| source.collectors.get(&collector))
            .or(source.id.as_ref());
        let from = match run {
            None => "no run".to_owned(),
            Some(run) => {
                let commit = phrase::commit(source);
                let dirty = if source.dirty { " (dirty)" } else { "" };
                let when = ago(now, phrase::started(source));
                format!("{commit}{dirty}, {when}, run {run}")
            }
        };
        TableRow {
            cells: vec![
                Text::styled(Style::Strong, name),
                value.into(),
                Text::styled(Style::Quiet, from),
            ],
            overflow: Overflow::Keep,
        }
    }

    /// Returns the rule with its line, the reason for the verdict, and the value that would pass. The title has the verdict of
    /// an only gate.
    fn rule(&self, gate: &Gate, source: &Source) -> Document {
        let mut wanted = phrase::wanted(gate, self.signs);
        if let Some(package) = &gate.package {
            wanted += &format!(" in {package}");
        }
        let mut heading = Text::new(wanted);
        if self.gates.len() > 1 {
            heading = heading.words("   ").join(Text::verdict(gate.verdict));
        }
        let mut blocks = vec![
            Block::Field("rule", heading),
            Block::Quote(rule(gate, Some(source))),
        ];
        if !gate.reason.is_empty() {
            blocks.push(Block::Field("why", gate.reason.as_str().into()));
        }
        let evidence = gate.evidence.iter().map(|text| EvidenceItem {
            text: text.clone(),
            panic: panic_of(self.report, text),
            repeated: false,
        });
        blocks.push(Block::Evidence(evidence.collect()));
        blocks.push(Block::Field("to pass", to_pass(gate, self.signs).into()));
        // The reader has just run `explain`.
        let help = gate.help.as_deref();
        let help = help.filter(|help| !help.starts_with("cargo campaign explain"));
        blocks.extend(help.map(|help| Block::Field("", Text::code(help))));
        blocks
    }

    /// Returns the place of everything that the metric counts, unless a gate has listed all of them above.
    fn places(&self, places: &[String]) -> Document {
        let above: BTreeSet<&str> = self
            .gates
            .iter()
            .flat_map(|gate| &gate.evidence)
            .map(|evidence| phrase::place_of(evidence))
            .collect();
        if places.iter().all(|place| above.contains(place.as_str())) {
            return Document::new();
        }
        let mut shown: Vec<Text> = places.iter().take(PLACES).map(Text::code).collect();
        let hidden = places.len().saturating_sub(PLACES);
        if hidden > 0 {
            shown.push(format!("{} and {hidden} more", self.signs.dots).into());
        }
        vec![
            Block::Heading(HeadingLevel::Subsection, "places".into()),
            Block::List(4, shown),
        ]
    }

    /// Returns the packages whose value is not zero or has changed, the worst first. For gates on packages, only those.
    fn packages(&self, metric: &Metric) -> Document {
        let names: BTreeSet<&String> = metric
            .packages
            .keys()
            .chain(metric.baseline_packages.keys())
            .filter(|name| self.is_about(name))
            .collect();
        let mut values: Vec<(&String, Option<Number>, Option<Number>)> = names
            .into_iter()
            .map(|name| {
                let base = metric.baseline_packages.get(name).copied();
                (name, base, metric.packages.get(name).copied())
            })
            .filter(|(_, base, head)| base != head || head.is_some_and(|Number(v)| v != 0.0))
            .collect();
        values.sort_by(|(_, _, a), (_, _, b)| {
            let order = a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal);
            if metric.better == Better::Higher {
                order
            } else {
                order.reverse()
            }
        });
        if values.is_empty() {
            return Document::new();
        }

        let is_compared = !metric.baseline_packages.is_empty();
        let rows = values.into_iter().map(|(name, base, head)| {
            let head = phrase::value(head, metric, self.signs).into();
            let (base, arrow) = if is_compared {
                let base = phrase::value(base, metric, self.signs).into();
                (base, self.signs.arrow.into())
            } else {
                (Text::default(), Text::default())
            };
            TableRow {
                cells: vec![Text::new(name), base, arrow, head],
                overflow: Overflow::Keep,
            }
        });
        vec![
            Block::Heading(HeadingLevel::Subsection, "per package".into()),
            Block::Table(Table {
                name: "packages",
                columns: vec![
                    TableColumn::text("package").gap(4).at_most(40),
                    TableColumn::number("baseline"),
                    TableColumn::number("").gap(1),
                    TableColumn::number("now").gap(1),
                ],
                has_heads: false,
                rows: rows.collect(),
            }),
        ]
    }

    /// Returns what changed since the baseline and may have moved the value: findings, tests, toolchain, lint settings.
    fn since_baseline(&self) -> Document {
        let Some(base) = &self.report.baseline else {
            return Document::new();
        };
        let rows = self.changes();
        let mut notes = Vec::new();
        let from = phrase::rustc(&base.toolchain);
        let to = phrase::rustc(&self.report.run.toolchain);
        if from != to {
            notes.push(format!("toolchain {from} {} {to}", self.signs.arrow));
        }
        if base.lints != self.report.run.lints {
            notes.push("lint configuration changed".to_owned());
        }
        if rows.is_empty() && notes.is_empty() {
            notes.push(self.nothing_changed().to_owned());
        }
        vec![
            Block::Heading(HeadingLevel::Subsection, "since the baseline".into()),
            Block::Table(Table {
                name: "changes",
                columns: vec![
                    TableColumn::text("").gap(4),
                    TableColumn::text("place"),
                    TableColumn::text("lint"),
                ],
                has_heads: false,
                rows,
            }),
            Block::List(4, notes.into_iter().map(Text::new).collect()),
        ]
    }

    fn nothing_changed(&self) -> &'static str {
        let is_explained_above =
            self.metric.is_none() && self.gates.iter().any(|gate| !gate.evidence.is_empty());
        match self.values() {
            (None, _) => "not known: there is no figure now",
            _ if is_explained_above => "what stands above, and nothing else",
            (now, base) if now == base || base.is_none() => "nothing that could have moved it",
            _ => "no finding or test that says why it moved",
        }
    }

    /// Returns the findings and tests of the collector that changed.
    fn changes(&self) -> Vec<TableRow> {
        let Some(collector) = self.collector() else {
            return Vec::new();
        };
        let mut rows = Vec::new();
        if let Some(findings) = &self.report.findings {
            rows.extend(self.findings("new", Style::Bad, &findings.new, &collector));
            rows.extend(self.findings("fixed", Style::Good, &findings.fixed, &collector));
        }
        if collector::of(&collector).has_tests {
            let tests = &self.report.tests;
            rows.extend(self.tests("regressed", Style::Bad, &tests.regressed));
            rows.extend(self.tests("vanished", Style::Bad, &tests.vanished));
            rows.extend(self.tests("newly_ignored", Style::Caution, &tests.newly_ignored));
            rows.extend(self.tests("repaired", Style::Good, &tests.repaired));
            rows.extend(self.tests("added", Style::Plain, &tests.added));
        }
        rows
    }

    fn findings(
        &self,
        kind: &str,
        style: Style,
        places: &[Place],
        collector: &Collector,
    ) -> Vec<TableRow> {
        if !self.shows(kind) {
            return Vec::new();
        }
        let of_collector = places
            .iter()
            .filter(|place| place.collector == *collector && self.is_about(&place.package));
        of_collector
            .take(SHOWN)
            .map(|place| change(kind, style, &phrase::place(place), phrase::lint(place)))
            .collect()
    }

    fn tests(&self, kind: &str, style: Style, tests: &Option<Vec<String>>) -> Vec<TableRow> {
        if !self.shows(kind) {
            return Vec::new();
        }
        let tests = tests
            .iter()
            .flatten()
            .filter(|test| self.is_about(TestId::parse(test).suite.package));
        tests
            .take(SHOWN)
            .map(|test| change(&kind.replace('_', " "), style, test, ""))
            .collect()
    }

    /// Returns whether a gate is about the package.
    fn is_about(&self, package: &str) -> bool {
        packages_of(self.gates.iter().copied()).is_none_or(|packages| packages.contains(package))
    }

    /// Returns whether changes of this kind are listed. Those that the metric counts are the evidence of its gate.
    fn shows(&self, kind: &str) -> bool {
        self.gates.is_empty() || self.name.rsplit('.').next() != Some(kind)
    }
}

fn change(kind: &str, style: Style, place: &str, lint: &str) -> TableRow {
    TableRow {
        cells: vec![
            Text::styled(style, kind),
            Text::code(place),
            Text::code(lint),
        ],
        overflow: Overflow::Fold(6),
    }
}

/// Returns the samples of a value and the subject of their measurement; `None` with less than two of them.
fn samples(spread: &Spread, unit: &Unit, signs: &Signs) -> Option<Block> {
    let samples = spread.samples.get(..spread.samples.len().min(SHOWN))?;
    if samples.len() < 2 {
        return None;
    }
    let mut shown: Vec<String> = samples
        .iter()
        .map(|sample| figure(*sample, unit, signs))
        .collect();
    if samples.len() < spread.samples.len() {
        let more = spread.samples.len() - samples.len();
        shown.push(format!("and {more} more"));
    }
    let subject = spread.subject.as_ref();
    let subject = subject.map_or_else(String::new, |subject| format!(" with {subject}"));
    let text = format!("{}{subject}", shown.join(", "));
    Some(Block::Field("samples", text.into()))
}

/// Returns a chart and `12 .. 14 over 9 runs`; `None` with less than two values.
fn trend(points: &[(i64, f64)], unit: &Unit, signs: &Signs) -> Option<Block> {
    let values: Vec<f64> = points
        .iter()
        .map(|(_, value)| *value)
        .filter(|value| value.is_finite())
        .collect();
    let shown = &values[values.len().saturating_sub(SHOWN)..];
    if shown.len() < 2 {
        return None;
    }
    let low = figure(shown.iter().copied().reduce(f64::min)?, unit, signs);
    let high = figure(shown.iter().copied().reduce(f64::max)?, unit, signs);
    let runs = counted(shown.len(), "run");
    let range = format!("   {low} {} {high} over {runs}", signs.dots);
    Some(Block::Field(
        "trend",
        Text::chart(shown, SHOWN).words(range),
    ))
}

/// Returns the value that would pass, and how far away it is: `19 or less, 5 less than now`.
fn to_pass(gate: &Gate, signs: &Signs) -> String {
    let (value, bound) = match (gate.verdict, gate.value, gate.bound) {
        (Verdict::NoVerdict, ..) => return "a figure that can be judged".to_owned(),
        (_, Some(Number(value)), Some(Number(bound))) => (value, bound),
        (Verdict::Pass, ..) => return "it passes".to_owned(),
        _ => return phrase::wanted(gate, signs),
    };
    let need = nearest(&gate.require, &gate.unit, bound);
    let distance = figure((value - need).abs(), &gate.unit, signs);
    if gate.verdict == Verdict::Pass {
        return if gate.require.starts_with('=') {
            "it passes".to_owned()
        } else {
            format!("it passes, {distance} to spare")
        };
    }
    let or_beyond = match gate.require.as_bytes().first() {
        Some(b'<') => " or less",
        Some(b'>') => " or more",
        _ => "",
    };
    let direction = if value > need { "less" } else { "more" };
    let need = figure(need, &gate.unit, signs);
    format!("{need}{or_beyond}, {distance} {direction} than now")
}

/// Returns the value nearest to the bound that passes. Counts are whole, so `< 20` is 19 at most.
fn nearest(require: &str, unit: &Unit, bound: f64) -> f64 {
    match (unit, require.as_bytes()) {
        (Unit::Count, [b'<', b'=', ..]) => bound.floor(),
        (Unit::Count, [b'>', b'=', ..]) => bound.ceil(),
        (Unit::Count, [b'<', ..]) => bound.ceil() - 1.0,
        (Unit::Count, [b'>', ..]) => bound.floor() + 1.0,
        _ => bound,
    }
}

#[cfg(test)]
mod tests;

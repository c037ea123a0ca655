//! The `explain` screen: one metric with its rule, its evidence and its past.
//!
//! Knows nothing of how the figure was measured beyond the command it is told.

use std::collections::{BTreeMap, BTreeSet};

use crate::metric::{Better, Unit, glob};
use crate::plan::Collector;
use crate::run::Verdict;

use super::figure::{ago, blocks, counted, figure};
use super::gate::{panicked, point, quote};
use super::line::{Column, Line, page, table};
use super::object::{Failed, Gate, Metric, Number, Report, Source};
use super::phrase;
use super::style::{Look, Style};

/// What the screen shows beside the report.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// A gate's id or a metric's name, or a pattern over them.
    pub asked: &'a str,
    /// Lines of the configuration file, 1-based, as far as gates came from them.
    pub source: &'a BTreeMap<u32, String>,
    /// Earlier figures: Unix seconds and value, oldest first.
    pub trend: &'a [(i64, f64)],
    /// The command that measured it.
    pub command: Option<&'a str>,
    /// The command that shows the same figure by hand.
    pub by_hand: Option<&'a str>,
    /// The places of all that the metric counts.
    pub places: &'a [String],
}

/// How many blocks a trend has, and how many findings of each kind are shown.
const SHOWN: usize = 20;
/// How many places of what a metric counts are listed.
const PLACES: usize = 50;
/// Where values begin, behind `  baseline`.
const INDENT: usize = 13;

/// The screen, one part for each metric meant; nothing when the report knows neither such a gate nor such a metric.
/// `now` in Unix seconds.
pub fn screen(report: &Report, around: &Around<'_>, now: i64, look: &Look) -> Option<String> {
    let meant = |name: &str| name == around.asked || glob(around.asked, name);
    let gates: Vec<&Gate> = report
        .gates
        .iter()
        .filter(|gate| meant(&gate.id) || meant(&gate.metric))
        .collect();
    let mut names: Vec<&str> = Vec::new();
    let known = report
        .metrics
        .keys()
        .map(String::as_str)
        .filter(|name| gates.is_empty() && meant(name));
    for name in gates.iter().map(|gate| gate.metric.as_str()).chain(known) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let part = |name: &&str| {
        let gates = gates
            .iter()
            .copied()
            .filter(|gate| gate.metric == *name)
            .collect();
        page(
            &Subject {
                name,
                metric: report.metrics.get(*name),
                gates,
            }
            .lines(report, around, now, look),
            look,
        )
    };
    let parts: Vec<String> = names.iter().map(part).collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
}

/// One metric and the gates on it.
struct Subject<'a> {
    name: &'a str,
    metric: Option<&'a Metric>,
    gates: Vec<&'a Gate>,
}

impl Subject<'_> {
    fn lines(&self, report: &Report, around: &Around<'_>, now: i64, look: &Look) -> Vec<Line> {
        let mut lines = self.header(look);
        lines.extend(self.figures(report, now, look));
        lines.extend(around.command.map(|command| label("command").text(command)));
        lines.extend(trend(around.trend, self.unit(), look).map(|text| label("trend").text(&text)));
        for gate in &self.gates {
            lines.extend(rule(gate, report, around.source, look));
        }
        if self.gates.is_empty() {
            lines.push(label("rule").text("no gate asks for this metric"));
        }
        lines.extend(self.places(around.places, look));
        lines.extend(
            self.metric
                .map(|metric| packages(metric, look))
                .unwrap_or_default(),
        );
        lines.extend(self.since(report, look));
        lines.extend(around.by_hand.map(|command| label("by hand").text(command)));
        lines
    }

    /// What the metric counts, place by place, unless a gate has listed it above.
    fn places(&self, places: &[String], look: &Look) -> Vec<Line> {
        let bare = |shown: &str| shown.strip_suffix(" (new)").unwrap_or(shown).to_owned();
        let above: BTreeSet<String> = self
            .gates
            .iter()
            .flat_map(|gate| &gate.evidence)
            .map(|shown| bare(shown))
            .collect();
        if places.iter().all(|place| above.contains(place)) {
            return Vec::new();
        }
        let mut lines = vec![Line::styled(Style::Strong, "  places")];
        lines.extend(
            places
                .iter()
                .take(PLACES)
                .flat_map(|place| Line::of(&format!("    {place}")).fold(6, look)),
        );
        if let Some(more) = places.len().checked_sub(PLACES).filter(|more| *more > 0) {
            lines.push(Line::of(&format!(
                "    {} and {more} more",
                look.signs().dots
            )));
        }
        lines
    }

    fn unit(&self) -> &Unit {
        let unit = self.metric.map(|metric| &metric.unit);
        unit.or(self.gates.first().map(|gate| &gate.unit))
            .unwrap_or(&Unit::Count)
    }

    /// Who measures it: the catalogue's word, else the first part of its name.
    fn collector(&self) -> Option<Collector> {
        let head = || {
            self.name
                .split('.')
                .next()
                .map(|head| Collector::from(head.to_owned()))
        };
        self.metric
            .and_then(|metric| metric.collector.clone())
            .or_else(head)
    }

    /// Title, name and worst verdict.
    fn header(&self, look: &Look) -> Vec<Line> {
        let title = match self.gates.as_slice() {
            [only] => phrase::name(only),
            [first, ..] => first.title.clone(),
            [] => self
                .metric
                .map(|metric| metric.title.clone())
                .unwrap_or_default(),
        };
        let title = Line::styled(Style::Strong, &title).text(&format!("  {}", self.name));
        let worst = self
            .gates
            .iter()
            .map(|gate| gate.verdict)
            .max()
            .map(phrase::verdict);
        let verdict = worst.map_or_else(Line::default, |(word, style)| Line::styled(style, word));
        title.fit(look.width, look).with_right(verdict, look)
    }

    /// Now and baseline: the package's for a gate on a package, else the workspace's.
    fn values(&self) -> (Option<Number>, Option<Number>) {
        match (self.gates.as_slice(), self.metric) {
            ([gate], _) if gate.package.is_some() => (gate.value, gate.baseline),
            (_, Some(metric)) => (metric.value, metric.baseline),
            ([gate, ..], None) => (gate.value, gate.baseline),
            ([], None) => (None, None),
        }
    }

    /// Now and baseline, each with commit, time and run.
    fn figures(&self, report: &Report, now: i64, look: &Look) -> Vec<Line> {
        let row = |name: &str, value: Option<Number>, source: &Source| {
            let value = value.map_or(look.signs().none.to_owned(), |Number(v)| {
                figure(v, self.unit(), look)
            });
            let run = self
                .collector()
                .and_then(|c| source.collectors.get(&c))
                .unwrap_or(&source.id);
            let dirty = if source.dirty { " (dirty)" } else { "" };
            let when = ago(now, phrase::started(source));
            let place = format!("{}{dirty}, {when}, run {run}", phrase::commit(source));
            vec![
                Line::styled(Style::Strong, name),
                Line::of(&value),
                Line::styled(Style::Quiet, &place),
            ]
        };
        let (head, base) = self.values();
        let mut rows = vec![row("now", head, &report.run)];
        // What is computed from the comparison has no figure of the baseline.
        let pinned = report
            .baseline
            .as_ref()
            .filter(|_| base.is_some() || self.metric.is_some());
        rows.extend(pinned.map(|source| row("baseline", base, source)));
        // The values begin where those of the other fields do.
        let gap = INDENT
            - 2
            - if rows.len() > 1 {
                "baseline".len()
            } else {
                "now".len()
            };
        let mut lines = table(
            rows,
            &[Column::LEFT, Column::RIGHT.gap(gap), Column::LEFT.gap(3)],
            look,
        );
        let why = self
            .metric
            .and_then(|m| m.unavailable.as_ref())
            .map(|why| format!("not measured: {}", why.reason));
        let unlike = self
            .metric
            .and_then(|m| m.incomparable.as_ref())
            .map(|why| format!("not comparable: {why}"));
        let open = why.into_iter().chain(unlike);
        lines.extend(open.flat_map(|text| label("").and(Style::Caution, &text).fold(INDENT, look)));
        lines
    }

    /// What changed since the baseline that could have moved the figure: findings, tests, toolchain, lint settings.
    fn since(&self, report: &Report, look: &Look) -> Vec<Line> {
        let Some(base) = &report.baseline else {
            return Vec::new();
        };
        let rows = self
            .collector()
            .map(|collector| self.changes(report, &collector))
            .unwrap_or_default();
        let columns = [Column::LEFT.gap(4), Column::LEFT, Column::LEFT];
        let rows = table(rows, &columns, look)
            .into_iter()
            .flat_map(|line| line.fold(6, look));
        let mut lines = vec![Line::styled(Style::Strong, "  since the baseline")];
        lines.extend(rows);
        let (from, to) = (
            phrase::rustc(&base.toolchain),
            phrase::rustc(&report.run.toolchain),
        );
        if from != to {
            lines.push(Line::of(&format!(
                "    toolchain {from} {} {to}",
                look.signs().arrow
            )));
        }
        if base.lints != report.run.lints {
            lines.push(Line::of("    lint configuration changed"));
        }
        if lines.len() == 1 {
            lines.push(Line::of(match self.values() {
                (None, _) => "    not known: there is no figure now",
                // What it counts itself stands with its rule.
                _ if self.metric.is_none()
                    && self.gates.iter().any(|gate| !gate.evidence.is_empty()) =>
                {
                    "    what stands above, and nothing else"
                }
                (now, base) if now == base || base.is_none() => {
                    "    nothing that could have moved it"
                }
                _ => "    no finding or test that says why it moved",
            }));
        }
        lines
    }

    /// Rows of the collector's changes. The kind that the metric itself counts is its gate's evidence, not repeated.
    fn changes(&self, report: &Report, collector: &Collector) -> Vec<Vec<Line>> {
        let wanted =
            |kind: &str| self.gates.is_empty() || self.name.rsplit('.').next() != Some(kind);
        let mut rows = Vec::new();
        if let Some(findings) = &report.findings {
            for (kind, style, places) in [
                ("new", Style::Bad, &findings.new),
                ("fixed", Style::Good, &findings.fixed),
            ] {
                let own = places
                    .iter()
                    .filter(|place| place.collector == *collector && wanted(kind))
                    .take(SHOWN);
                rows.extend(
                    own.map(|place| {
                        change(kind, style, &phrase::place(place), phrase::lint(place))
                    }),
                );
            }
        }
        let tests = &report.tests;
        let kinds = [
            ("regressed", Style::Bad, &tests.regressed),
            ("vanished", Style::Bad, &tests.vanished),
            ("newly_ignored", Style::Caution, &tests.newly_ignored),
            ("repaired", Style::Good, &tests.repaired),
            ("added", Style::Plain, &tests.added),
        ];
        for (kind, style, ids) in kinds
            .into_iter()
            .filter(|(kind, ..)| *collector == Collector::Test && wanted(kind))
        {
            let ids = ids.iter().flatten().take(SHOWN);
            rows.extend(ids.map(|id| change(&kind.replace('_', " "), style, id, "")));
        }
        rows
    }
}

fn change(kind: &str, style: Style, what: &str, lint: &str) -> Vec<Line> {
    vec![Line::styled(style, kind), Line::of(what), Line::of(lint)]
}

/// A field's name, where its text begins.
fn label(text: &str) -> Line {
    Line::styled(Style::Strong, &format!("  {text}")).padded(INDENT)
}

fn trend(points: &[(i64, f64)], unit: &Unit, look: &Look) -> Option<String> {
    let values: Vec<f64> = points
        .iter()
        .map(|(_, value)| *value)
        .filter(|value| value.is_finite())
        .collect();
    let shown = &values[values.len().saturating_sub(SHOWN)..];
    // One point is no course.
    if shown.len() < 2 {
        return None;
    }
    let low = shown.iter().copied().reduce(f64::min)?;
    let high = shown.iter().copied().reduce(f64::max)?;
    let dots = look.signs().dots;
    let range = format!(
        "{} {dots} {}",
        figure(low, unit, look),
        figure(high, unit, look)
    );
    Some(format!(
        "{}   {range} over {}",
        blocks(shown, SHOWN, look),
        counted(shown.len(), "run")
    ))
}

/// The rule with its line, the verdict's reason, and what would make it pass.
fn rule(gate: &Gate, report: &Report, source: &BTreeMap<u32, String>, look: &Look) -> Vec<Line> {
    let package = gate
        .package
        .iter()
        .map(|p| format!(" in {p}"))
        .collect::<String>();
    let mut lines = vec![label("rule").text(&format!("{}{package}", phrase::wanted(gate, look)))];
    lines.extend(quote(gate, source, look));
    if !gate.reason.is_empty() {
        lines.extend(label("why").text(&gate.reason).fold(INDENT, look));
    }
    let failed: Vec<&Failed> = report.tests.failed.iter().collect();
    for place in &gate.evidence {
        lines.extend(point(place, look));
        lines.extend(panicked(place, &failed, look));
    }
    lines.push(label("to pass").text(&to_pass(gate, look)));
    // Who reads this need not be told to.
    let help = gate
        .help
        .iter()
        .filter(|help| !help.starts_with("cargo campaign explain"));
    lines.extend(help.map(|help| label("").text(help)));
    lines
}

/// How far the figure is from the bound: `19 or less, 5 less than now`.
fn to_pass(gate: &Gate, look: &Look) -> String {
    let figure = |v: f64| figure(v, &gate.unit, look);
    match (gate.verdict, gate.value, gate.bound) {
        (Verdict::NoVerdict, ..) => "a figure that can be judged".to_owned(),
        (_, Some(Number(value)), Some(Number(bound))) => {
            let need = nearest(&gate.require, &gate.unit, bound);
            let apart = (value - need).abs();
            let bound_word = match gate.require.as_bytes().first() {
                Some(b'<') => " or less",
                Some(b'>') => " or more",
                _ => "",
            };
            match gate.verdict {
                Verdict::Pass if gate.require.starts_with('=') => "it passes".to_owned(),
                Verdict::Pass => format!("it passes, {} to spare", figure(apart)),
                _ if value > need => format!(
                    "{}{bound_word}, {} less than now",
                    figure(need),
                    figure(apart)
                ),
                _ => format!(
                    "{}{bound_word}, {} more than now",
                    figure(need),
                    figure(apart)
                ),
            }
        }
        (Verdict::Pass, ..) => "it passes".to_owned(),
        _ => phrase::wanted(gate, look),
    }
}

/// The value nearest to the bound that holds: counts are whole, so `< 20` is 19 at most.
fn nearest(require: &str, unit: &Unit, bound: f64) -> f64 {
    match (unit, require.as_bytes()) {
        (Unit::Count, [b'<', b'=', ..]) => bound.floor(),
        (Unit::Count, [b'>', b'=', ..]) => bound.ceil(),
        (Unit::Count, [b'<', ..]) => bound.ceil() - 1.0,
        (Unit::Count, [b'>', ..]) => bound.floor() + 1.0,
        _ => bound,
    }
}

/// Packages that have any, or changed, the worst first.
fn packages(metric: &Metric, look: &Look) -> Vec<Line> {
    let names: BTreeSet<&String> = metric
        .packages
        .keys()
        .chain(metric.baseline_packages.keys())
        .collect();
    let value = |of: &BTreeMap<String, Number>, name: &str| of.get(name).copied();
    let mut rows: Vec<(&String, Option<Number>, Option<Number>)> = names
        .into_iter()
        .map(|name| {
            (
                name,
                value(&metric.baseline_packages, name),
                value(&metric.packages, name),
            )
        })
        .filter(|(_, base, head)| base != head || head.is_some_and(|Number(v)| v != 0.0))
        .collect();
    if metric.better == Better::Higher {
        rows.sort_by(|a, b| a.2.partial_cmp(&b.2).unwrap_or(std::cmp::Ordering::Equal));
    } else {
        rows.sort_by(|a, b| b.2.partial_cmp(&a.2).unwrap_or(std::cmp::Ordering::Equal));
    }
    if rows.is_empty() {
        return Vec::new();
    }
    let compared = !metric.baseline_packages.is_empty();
    let show = |v: Option<Number>| Line::of(&phrase::value(v, metric, look));
    let rows = rows.into_iter().map(|(name, base, head)| match compared {
        true => vec![
            Line::of(name),
            show(base),
            Line::of(look.signs().arrow),
            show(head),
        ],
        false => vec![Line::of(name), Line::default(), Line::default(), show(head)],
    });
    let columns = [
        Column::LEFT.gap(4).at_most(40),
        Column::RIGHT,
        Column::RIGHT.gap(1),
        Column::RIGHT.gap(1),
    ];
    let mut lines = vec![Line::styled(Style::Strong, "  per package")];
    lines.extend(table(rows.collect(), &columns, look));
    lines
}

#[cfg(test)]
mod tests;

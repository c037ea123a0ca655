//! The sections that reports are made of, each empty when there is nothing to say.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::ops::Bound;

use crate::metric::Unit;
use crate::run::Verdict;

use super::super::figure::change;
use super::super::object::{Gate, Metric, Number, Place, Report, Source};
use super::super::panic;
use super::super::phrase;
use super::bold;
use super::escape::{LOOK, Md, folded, list, table};

/// How many tests are named.
const TESTS: usize = 50;

/// One answer: ready, or not and what is outstanding.
pub(super) fn readiness(report: &Report) -> String {
    let Some(readiness) = &report.readiness else {
        return String::new();
    };
    let version = Md::prose(&readiness.version);
    if readiness.ready {
        return format!("**READY** for {}\n", version.as_str());
    }
    let open = list(readiness.outstanding.iter().map(|id| Md::code(id)));
    format!(
        "**NOT READY** for {}, outstanding:\n\n{open}\n",
        version.as_str()
    )
}

/// What the answer rests on: where the figures come from, and the commands that measured them.
pub(super) fn rests_on(report: &Report) -> String {
    let Some(readiness) = &report.readiness else {
        return String::new();
    };
    let commands = list(readiness.commands.iter().map(|command| Md::code(command)));
    let runs = list(report.run.collectors.iter().map(|(collector, run)| {
        Md::code(collector.name())
            .and(&Md::own(": run "))
            .and(&Md::code(&run.0))
    }));
    let heading = |title: &str, list: String| {
        if list.is_empty() {
            list
        } else {
            format!("## {title}\n\n{list}\n")
        }
    };
    let judged = |commit: &String| {
        format!(
            "Judged: commit {}, with what the release changes in it.\n\n",
            Md::code(commit).as_str()
        )
    };
    let judged = readiness.commit.as_ref().map_or_else(String::new, judged);
    let parts = [
        judged,
        provenance(report),
        heading("Runs", runs),
        heading("Commands", commands),
    ];
    parts.concat()
}

/// Every gate in a row, group by group, below a heading.
pub(super) fn gates(report: &Report) -> String {
    let heading = if report.gates.is_empty() {
        ""
    } else {
        "## Gates\n\n"
    };
    format!("{heading}{}", tables_of_gates(report))
}

/// Everything that is not needed at first sight: all gates, and the metrics that say something.
pub(super) fn rest(report: &Report) -> String {
    let says = |(name, metric): &(&String, &Metric)| {
        let zero = |value: Option<Number>| value == Some(Number(0.0));
        let is_noise =
            metric.unit == Unit::Seconds && metric.value.is_some() && !is_judged(report, name);
        let is_unasked = metric.value.is_none() && metric.unavailable.is_none();
        !(is_noise || is_unasked || zero(metric.value) && zero(metric.baseline))
    };
    let rows: Vec<Vec<Md>> = report
        .metrics
        .iter()
        .filter(says)
        .map(|(name, value)| metric(name, value))
        .collect();
    let metrics = table(&["metric", "baseline:", "now:", "change:", ""], &rows);
    hidden("All gates", &tables_of_gates(report)) + &hidden("Metrics", &metrics)
}

/// A section that opens on demand; nothing without content.
fn hidden(summary: &'static str, content: &str) -> String {
    let content = content.trim_end();
    if content.is_empty() {
        return String::new();
    }
    format!("<details>\n<summary>{summary}</summary>\n\n{content}\n\n</details>\n\n")
}

/// Whether a gate is on this metric.
fn is_judged(report: &Report, name: &str) -> bool {
    report.gates.iter().any(|gate| gate.metric == *name)
}

fn tables_of_gates(report: &Report) -> String {
    let mut text = String::new();
    for (group, gates) in phrase::groups(report) {
        if !group.is_empty() {
            text += &format!("### {}\n\n", Md::prose(&phrase::heading(group)).as_str());
        }
        let rows: Vec<Vec<Md>> = gates.into_iter().map(gate).collect();
        let head = ["gate", "required", "baseline:", "value:", "verdict", "why"];
        text += &format!("{}\n", folded("gates", &head, &rows));
    }
    text
}

fn gate(gate: &Gate) -> Vec<Md> {
    let number =
        |value: Option<Number>| value.map_or(Md::own("–"), |Number(v)| Md::figure(v, &gate.unit));
    // What shows that a check of a release holds.
    let evidence = gate
        .evidence
        .first()
        .filter(|_| gate.reason.is_empty() && phrase::is_check(gate));
    let shown = evidence.unwrap_or(&gate.reason);
    vec![
        Md::prose(&phrase::name(gate)),
        Md::code(&gate.require),
        number(gate.baseline),
        number(gate.value),
        word(gate.verdict),
        Md::prose(shown),
    ]
}

fn word(verdict: Verdict) -> Md {
    Md::own(match verdict {
        Verdict::Pass => "pass",
        Verdict::Waived => "waived",
        Verdict::Warn => "**warn**",
        Verdict::NoVerdict => "**no verdict**",
        Verdict::Fail => "**FAIL**",
    })
}

/// Open gates, and the places they name: nothing is listed twice in a document.
#[derive(Default)]
pub(super) struct Open {
    pub(super) text: String,
    named: BTreeSet<String>,
}

impl Open {
    /// Failing gates and those without verdict, with their evidence and the next command.
    pub(super) fn of(report: &Report) -> Self {
        let mut open = Self::default();
        for verdict in [Verdict::Fail, Verdict::NoVerdict] {
            report
                .gates
                .iter()
                .filter(|gate| gate.verdict == verdict)
                .for_each(|gate| open.add(gate, report));
        }
        open
    }

    fn add(&mut self, gate: &Gate, report: &Report) {
        let kind = if gate.verdict == Verdict::Fail {
            "error"
        } else {
            "no verdict"
        };
        let headline = Md::prose(&phrase::headline(gate, &LOOK));
        let rule = if phrase::is_check(gate) {
            gate.id.clone()
        } else {
            format!("{}:{}", gate.file, gate.line)
        };
        let rule = Md::code(&rule);
        let (new, known): (Vec<&String>, Vec<&String>) = gate
            .evidence
            .iter()
            .partition(|place| !self.named.contains(bare(place)));
        let above =
            (!known.is_empty()).then(|| Md::count(known.len()).and(&Md::own(" named above")));
        let help = gate
            .help
            .iter()
            .map(|help| Md::own("next: ").and(&Md::code(help)));
        let remark = phrase::remark(gate).map(Md::prose);
        let items = list(
            new.iter()
                .map(|place| Md::code(place))
                .chain(above)
                .chain(remark)
                .chain(help),
        );
        let panics: String = new
            .iter()
            .filter_map(|id| said(report, id))
            .take(PANICS)
            .collect();
        self.text += &format!(
            "**{kind}**: {} ({})\n\n{items}\n{panics}",
            headline.as_str(),
            rule.as_str()
        );
        self.named
            .extend(gate.evidence.iter().map(|place| bare(place).to_owned()));
    }

    /// Whether a gate names this place or test.
    fn names(&self, what: &str) -> bool {
        let from = self
            .named
            .range::<str, _>((Bound::Included(what), Bound::Unbounded))
            .next();
        from.is_some_and(|named| {
            named
                .strip_prefix(what)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        })
    }
}

/// How many failing tests are shown with what they panicked with.
const PANICS: usize = 5;

/// Evidence without the mark of what is new.
fn bare(place: &str) -> &str {
    place.strip_suffix(" (new)").unwrap_or(place)
}

/// What a failing test panicked with.
fn said(report: &Report, id: &str) -> Option<String> {
    let failed = report
        .tests
        .failed
        .iter()
        .find(|failed| failed.test == *id)?;
    let message = panic::message(failed.output.as_deref()?);
    let block = (!message.is_empty()).then(|| Md::block(&message))?;
    Some(format!(
        "{}:\n\n{}\n",
        Md::code(id).as_str(),
        block.as_str()
    ))
}

/// Failing gates and those without verdict.
pub(super) fn open_gates(report: &Report) -> String {
    Open::of(report).text
}

/// What differs from the baseline: metrics but for times that vary by themselves, findings and tests that no open gate names.
pub(super) fn changes(report: &Report, open: &Open) -> String {
    let differs = |(name, value): &(&String, &Metric)| {
        !phrase::is_detail(name) && value.unit != Unit::Seconds && !difference(value).is_empty()
    };
    let rows: Vec<Vec<Md>> = report
        .metrics
        .iter()
        .filter(differs)
        .map(|(name, value)| metric(name, value))
        .collect();
    let metrics = table(&["metric", "baseline:", "now:", "change:", ""], &rows);
    let text = format!(
        "{metrics}\n{}\n{}",
        findings_but(report, open),
        tests_but(report, open)
    );
    if text.trim().is_empty() {
        String::new()
    } else {
        format!("## Changes\n\n{}\n", text.trim())
    }
}

/// Every metric on both sides.
pub(super) fn metrics(report: &Report, before: &'static str, after: &'static str) -> String {
    let rows: Vec<Vec<Md>> = report
        .metrics
        .iter()
        .map(|(name, value)| metric(name, value))
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let (before, after) = match (before, after) {
        ("before", _) => ("before:", "after:"),
        _ => ("baseline:", "now:"),
    };
    format!(
        "## Metrics\n\n{}\n",
        folded("metrics", &["metric", before, after, "change:", ""], &rows)
    )
}

/// The metrics that both sides have, by their titles.
pub(super) fn both(report: &Report) -> Option<String> {
    let row = |metric: &Metric| {
        let (Number(before), Number(now)) = (metric.baseline?, metric.value?);
        let figure = |value| Md::figure(value, &metric.unit);
        metric
            .incomparable
            .is_none()
            .then(|| vec![Md::prose(&metric.title), figure(before), figure(now)])
    };
    let rows: Vec<Vec<Md>> = report.metrics.values().filter_map(row).collect();
    (!rows.is_empty()).then(|| folded("figures", &["metric", "baseline:", "now:"], &rows))
}

fn metric(name: &str, metric: &Metric) -> Vec<Md> {
    let number = |value: Option<Number>| {
        value.map_or(Md::own("–"), |Number(v)| Md::figure(v, &metric.unit))
    };
    let remark = match (&metric.unavailable, &metric.incomparable) {
        (Some(why), _) => Md::own("not measured: ").and(&Md::prose(&why.reason)),
        (None, Some(why)) => Md::own("not comparable: ").and(&Md::prose(why)),
        (None, None) => course(metric),
    };
    vec![
        Md::code(name),
        number(metric.baseline),
        number(metric.value),
        difference(metric),
        remark,
    ]
}

fn course(metric: &Metric) -> Md {
    match phrase::course(metric) {
        // A single sample of a time says nothing about better or worse.
        _ if metric.unit == Unit::Seconds => Md::default(),
        Some(Ordering::Greater) => Md::own("better"),
        Some(Ordering::Less) => Md::own("worse"),
        _ => Md::default(),
    }
}

/// Percent for times, points for percentages, the difference itself for all else.
fn difference(metric: &Metric) -> Md {
    let (Some(Number(head)), Some(Number(base)), None) =
        (metric.value, metric.baseline, &metric.incomparable)
    else {
        return Md::default();
    };
    match metric.unit {
        _ if head == base => Md::default(),
        Unit::Seconds => {
            change(base, head, &LOOK).map_or_else(Md::default, |text| Md::prose(&text))
        }
        Unit::Percent => Md::prose(&format!("{:+.1} points", head - base)),
        _ if head > base => Md::own("+").and(&Md::figure(head - base, &metric.unit)),
        _ => Md::figure(head - base, &metric.unit),
    }
}

/// New, fixed and changed findings with their places, below a heading.
pub(super) fn findings(report: &Report) -> String {
    let text = findings_but(report, &Open::default());
    if text.is_empty() {
        text
    } else {
        format!("## Findings\n\n{text}")
    }
}

fn findings_but(report: &Report, open: &Open) -> String {
    let Some(findings) = &report.findings else {
        return String::new();
    };
    let mut text = String::new();
    let kinds: [(&str, &'static str, Vec<&Place>); 3] = [
        (
            "new finding",
            "new findings",
            findings
                .new
                .iter()
                .filter(|place| !open.names(&phrase::place(place)))
                .collect(),
        ),
        (
            "fixed finding",
            "fixed findings",
            findings.fixed.iter().collect(),
        ),
        (
            "changed finding",
            "changed findings",
            findings.changed.iter().map(|edit| &edit.to).collect(),
        ),
    ];
    for (one, many, places) in kinds {
        if !places.is_empty() {
            let rows: Vec<Vec<Md>> = places.iter().map(|place| finding(place)).collect();
            // Those that an open gate names are counted, not repeated.
            let all = if one == "new finding" {
                findings.new.len()
            } else {
                places.len()
            };
            let named = all - places.len();
            let above = if named > 0 {
                format!(", {named} of them above")
            } else {
                String::new()
            };
            text += &format!(
                "{}{above}\n\n{}\n",
                bold(all, one),
                folded(many, &["place", "lint", "message"], &rows)
            );
        }
    }
    if findings.moved > 0 {
        text += &format!(
            "{} (not counted)\n\n",
            bold(findings.moved, "moved finding")
        );
    }
    let refused = findings.refused.iter().map(|(collector, why)| {
        Md::own("not compared: ")
            .and(&Md::code(collector.name()))
            .and(&Md::own(", "))
            .and(&Md::prose(&phrase::refusal(why)))
    });
    text + &list(refused)
}

fn finding(place: &Place) -> Vec<Md> {
    vec![
        Md::code(&phrase::place(place)),
        Md::code(phrase::lint(place)),
        Md::prose(&place.message),
    ]
}

/// Tests by what happened to them, below a heading.
pub(super) fn tests(report: &Report) -> String {
    let text = tests_but(report, &Open::default());
    if text.is_empty() {
        text
    } else {
        format!("## Tests\n\n{text}")
    }
}

fn tests_but(report: &Report, open: &Open) -> String {
    let tests = &report.tests;
    let failed: Vec<String> = tests
        .failed
        .iter()
        .map(|failed| failed.test.clone())
        .collect();
    let incomplete: Vec<String> = tests
        .incomplete
        .iter()
        .map(|s| format!("{}: {}", s.suite, s.reason))
        .collect();
    let kinds = [
        ("test failed", "tests failed", Some(&failed)),
        ("suite incomplete", "suites incomplete", Some(&incomplete)),
        (
            "test regressed",
            "tests regressed",
            tests.regressed.as_ref(),
        ),
        ("test vanished", "tests vanished", tests.vanished.as_ref()),
        (
            "test newly ignored",
            "tests newly ignored",
            tests.newly_ignored.as_ref(),
        ),
        ("test repaired", "tests repaired", tests.repaired.as_ref()),
        ("test added", "tests added", tests.added.as_ref()),
    ];
    let mut text = String::new();
    for (one, many, ids) in kinds {
        let ids = ids.map(Vec::as_slice).unwrap_or_default();
        let ids: Vec<&String> = ids.iter().filter(|id| !open.names(id)).collect();
        if !ids.is_empty() {
            let more = ids.len().saturating_sub(TESTS);
            let more = (more > 0).then(|| {
                Md::own("… and ")
                    .and(&Md::count(more))
                    .and(&Md::own(" more"))
            });
            let named = list(ids.iter().take(TESTS).map(|id| Md::code(id)).chain(more));
            text += &format!(
                "**{} {}**\n\n{named}\n",
                ids.len(),
                if ids.len() == 1 { one } else { many }
            );
        }
    }
    text
}

/// Things to know.
pub(super) fn notes(report: &Report) -> String {
    let notes = list(report.notes.iter().map(|note| Md::prose(note)));
    if notes.is_empty() {
        notes
    } else {
        format!("## Notes\n\n{notes}")
    }
}

/// Both sides, field by field.
pub(super) fn provenance(report: &Report) -> String {
    let base = report.baseline.as_ref().map(fields);
    let rows = fields(&report.run)
        .into_iter()
        .enumerate()
        .map(|(at, (name, now))| {
            let before = base
                .as_ref()
                .map_or_else(Md::default, |fields| Md::code(&fields[at].1));
            vec![Md::own(name), before, Md::code(&now)]
        });
    format!(
        "## Provenance\n\n{}\n",
        table(&["", "before", "after"], &rows.collect::<Vec<_>>())
    )
}

fn fields(source: &Source) -> [(&'static str, String); 15] {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let host = &source.host;
    [
        ("run", source.id.to_string()),
        ("started", source.started.clone()),
        ("commit", text(&source.commit)),
        ("branch", text(&source.branch)),
        (
            "tree",
            format!(
                "{} {}",
                if source.dirty { "dirty" } else { "clean" },
                source.tree
            ),
        ),
        ("lock file", text(&source.lock)),
        ("lint settings", source.lints.clone()),
        ("rustc", source.toolchain.rustc.clone()),
        ("cargo", source.toolchain.cargo.clone()),
        (
            "machine",
            format!(
                "{} {} {} {} cores",
                host.os, host.arch, host.cpu, host.cores
            ),
        ),
        (
            "target",
            source
                .target
                .clone()
                .unwrap_or_else(|| source.toolchain.host.clone()),
        ),
        (
            "profile, features",
            format!("{}, {}", source.profile, source.features),
        ),
        (
            "scope",
            if source.scope.is_empty() {
                "workspace".to_owned()
            } else {
                source.scope.join(" ")
            },
        ),
        ("cargo flags", source.cargo_flags.join(" ")),
        ("measured by", source.tool.clone()),
    ]
}

/// Where the figures come from, below a rule.
pub(super) fn footer(report: &Report) -> String {
    format!("---\n\n{}", origin(report))
}

/// The same, as a paragraph alone.
pub(super) fn origin(report: &Report) -> String {
    format!("{}.\n", sides(report).as_str())
}

fn sides(report: &Report) -> Md {
    let side = |source: &Source| {
        let commit = source
            .commit
            .as_deref()
            .map_or(Md::own("no commit"), |id| Md::code(&phrase::short(id)));
        let parts = [
            Md::own("run "),
            Md::code(&source.id.0),
            Md::own(" of "),
            Md::code(&source.started),
            Md::own(" at "),
            commit,
            Md::own(if source.dirty {
                " (dirty), rustc "
            } else {
                " (clean), rustc "
            }),
            Md::prose(phrase::rustc(&source.toolchain)),
        ];
        parts
            .iter()
            .fold(Md::default(), |text, part| text.and(part))
    };
    let base = report
        .baseline
        .as_ref()
        .map(|base| Md::own("; baseline: ").and(&side(base)))
        .unwrap_or_default();
    Md::own("Generated by ")
        .and(&Md::prose(&report.tool))
        .and(&Md::own(" from "))
        .and(&side(&report.run))
        .and(&base)
}

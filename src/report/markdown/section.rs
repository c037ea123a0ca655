//! The sections that reports are made of, each empty when there is nothing to say.

use std::cmp::Ordering;

use crate::metric::Unit;
use crate::run::Verdict;

use super::super::figure::change;
use super::super::object::{Gate, Metric, Number, Place, Report, Source};
use super::super::phrase;
use super::bold;
use super::escape::{LOOK, Md, folded, list, table};

/// How many tests are named.
const TESTS: usize = 50;

/// One answer: ready, or not and what is outstanding.
pub(super) fn readiness(report: &Report) -> String {
    let Some(readiness) = &report.readiness else { return String::new() };
    let version = Md::prose(&readiness.version);
    if readiness.ready {
        return format!("**READY** for {}\n", version.as_str());
    }
    let open = list(readiness.outstanding.iter().map(|id| Md::code(id)));
    format!("**NOT READY** for {}, outstanding:\n\n{open}\n", version.as_str())
}

/// What the answer rests on: where the figures come from, and the commands that measured them.
pub(super) fn rests_on(report: &Report) -> String {
    let Some(readiness) = &report.readiness else { return String::new() };
    let commands = list(readiness.commands.iter().map(|command| Md::code(command)));
    let runs = list(
        report
            .run
            .collectors
            .iter()
            .map(|(collector, run)| Md::code(collector.name()).and(&Md::own(": run ")).and(&Md::code(&run.0))),
    );
    let heading = |title: &str, list: String| if list.is_empty() { list } else { format!("## {title}\n\n{list}\n") };
    let parts = [provenance(report), heading("Runs", runs), heading("Commands", commands)];
    parts.concat()
}

/// Every gate in a row, group by group.
pub(super) fn gates(report: &Report) -> String {
    let mut text = String::from(if report.gates.is_empty() { "" } else { "## Gates\n\n" });
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
    let number = |value: Option<Number>| value.map_or(Md::own("–"), |Number(v)| Md::figure(v, &gate.unit));
    vec![
        Md::prose(&phrase::name(gate)),
        Md::code(&gate.require),
        number(gate.baseline),
        number(gate.value),
        word(gate.verdict),
        Md::prose(&gate.reason),
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

/// Failing gates and those without verdict, with their evidence and the next command.
pub(super) fn open_gates(report: &Report) -> String {
    let open = report.gates.iter().filter(|gate| matches!(gate.verdict, Verdict::Fail | Verdict::NoVerdict));
    open.map(|gate| {
        let kind = if gate.verdict == Verdict::Fail { "error" } else { "no verdict" };
        let headline = Md::prose(&phrase::headline(gate, &LOOK));
        let rule = if phrase::is_check(gate) { gate.id.clone() } else { format!("{}:{}", gate.file, gate.line) };
        let rule = Md::code(&rule);
        let places = gate.evidence.iter().map(|place| Md::code(place));
        let help = gate.help.iter().map(|help| Md::own("next: ").and(&Md::code(help)));
        let remark = phrase::remark(gate).map(Md::prose);
        let items = list(places.chain(remark).chain(help));
        format!("**{kind}**: {} ({})\n\n{items}\n", headline.as_str(), rule.as_str())
    })
    .collect()
}

/// Every metric on both sides.
pub(super) fn metrics(report: &Report, before: &'static str, after: &'static str) -> String {
    let rows: Vec<Vec<Md>> = report.metrics.iter().map(|(name, value)| metric(name, value)).collect();
    if rows.is_empty() {
        return String::new();
    }
    let (before, after) = match (before, after) {
        ("before", _) => ("before:", "after:"),
        _ => ("baseline:", "now:"),
    };
    format!("## Metrics\n\n{}\n", folded("metrics", &["metric", before, after, "change:", ""], &rows))
}

/// The metrics that both sides have, by their titles.
pub(super) fn both(report: &Report) -> Option<String> {
    let row = |metric: &Metric| {
        let (Number(before), Number(now)) = (metric.baseline?, metric.value?);
        let figure = |value| Md::figure(value, &metric.unit);
        metric.incomparable.is_none().then(|| vec![Md::prose(&metric.title), figure(before), figure(now)])
    };
    let rows: Vec<Vec<Md>> = report.metrics.values().filter_map(row).collect();
    (!rows.is_empty()).then(|| folded("figures", &["metric", "baseline:", "now:"], &rows))
}

fn metric(name: &str, metric: &Metric) -> Vec<Md> {
    let number = |value: Option<Number>| value.map_or(Md::own("–"), |Number(v)| Md::figure(v, &metric.unit));
    let remark = match (&metric.unavailable, &metric.incomparable) {
        (Some(why), _) => Md::own("not measured: ").and(&Md::prose(&why.reason)),
        (None, Some(why)) => Md::own("not comparable: ").and(&Md::prose(why)),
        (None, None) => course(metric),
    };
    vec![Md::code(name), number(metric.baseline), number(metric.value), difference(metric), remark]
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
    let (Some(Number(head)), Some(Number(base)), None) = (metric.value, metric.baseline, &metric.incomparable) else {
        return Md::default();
    };
    match metric.unit {
        _ if head == base => Md::default(),
        Unit::Seconds => change(base, head, &LOOK).map_or_else(Md::default, |text| Md::prose(&text)),
        Unit::Percent => Md::prose(&format!("{:+.1} points", head - base)),
        _ if head > base => Md::own("+").and(&Md::figure(head - base, &metric.unit)),
        _ => Md::figure(head - base, &metric.unit),
    }
}

/// New, fixed and changed findings with their places.
pub(super) fn findings(report: &Report) -> String {
    let Some(findings) = &report.findings else { return String::new() };
    let mut text = String::new();
    let kinds: [(&str, &'static str, Vec<&Place>); 3] = [
        ("new finding", "new findings", findings.new.iter().collect()),
        ("fixed finding", "fixed findings", findings.fixed.iter().collect()),
        ("changed finding", "changed findings", findings.changed.iter().map(|edit| &edit.to).collect()),
    ];
    for (one, many, places) in kinds {
        if !places.is_empty() {
            let rows: Vec<Vec<Md>> = places.iter().map(|place| finding(place)).collect();
            text += &format!("{}\n\n{}\n", bold(places.len(), one), folded(many, &["place", "lint", "message"], &rows));
        }
    }
    if findings.moved > 0 {
        text += &format!("{} (not counted)\n\n", bold(findings.moved, "moved finding"));
    }
    let refused = findings.refused.iter().map(|(collector, why)| {
        Md::own("not compared: ")
            .and(&Md::code(collector.name()))
            .and(&Md::own(", "))
            .and(&Md::prose(&phrase::refusal(why)))
    });
    text += &list(refused);
    if text.is_empty() { text } else { format!("## Findings\n\n{text}") }
}

fn finding(place: &Place) -> Vec<Md> {
    vec![Md::code(&phrase::place(place)), Md::code(phrase::lint(place)), Md::prose(&place.message)]
}

/// Tests by what happened to them.
pub(super) fn tests(report: &Report) -> String {
    let tests = &report.tests;
    let failed: Vec<String> = tests.failed.iter().map(|failed| failed.test.clone()).collect();
    let incomplete: Vec<String> = tests.incomplete.iter().map(|s| format!("{}: {}", s.suite, s.reason)).collect();
    let kinds = [
        ("test failed", "tests failed", Some(&failed)),
        ("suite incomplete", "suites incomplete", Some(&incomplete)),
        ("test regressed", "tests regressed", tests.regressed.as_ref()),
        ("test vanished", "tests vanished", tests.vanished.as_ref()),
        ("test newly ignored", "tests newly ignored", tests.newly_ignored.as_ref()),
        ("test repaired", "tests repaired", tests.repaired.as_ref()),
        ("test added", "tests added", tests.added.as_ref()),
    ];
    let mut text = String::new();
    for (one, many, ids) in kinds {
        let ids = ids.map(Vec::as_slice).unwrap_or_default();
        if !ids.is_empty() {
            let more = ids.len().saturating_sub(TESTS);
            let more = (more > 0).then(|| Md::own("… and ").and(&Md::count(more)).and(&Md::own(" more")));
            let named = list(ids.iter().take(TESTS).map(|id| Md::code(id)).chain(more));
            text += &format!("**{} {}**\n\n{named}\n", ids.len(), if ids.len() == 1 { one } else { many });
        }
    }
    if text.is_empty() { text } else { format!("## Tests\n\n{text}") }
}

/// Things to know.
pub(super) fn notes(report: &Report) -> String {
    let notes = list(report.notes.iter().map(|note| Md::prose(note)));
    if notes.is_empty() { notes } else { format!("## Notes\n\n{notes}") }
}

/// Both sides, field by field.
pub(super) fn provenance(report: &Report) -> String {
    let base = report.baseline.as_ref().map(fields);
    let rows = fields(&report.run).into_iter().enumerate().map(|(at, (name, now))| {
        let before = base.as_ref().map_or_else(Md::default, |fields| Md::code(&fields[at].1));
        vec![Md::own(name), before, Md::code(&now)]
    });
    format!("## Provenance\n\n{}\n", table(&["", "before", "after"], &rows.collect::<Vec<_>>()))
}

fn fields(source: &Source) -> [(&'static str, String); 15] {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let host = &source.host;
    [
        ("run", source.id.to_string()),
        ("started", source.started.clone()),
        ("commit", text(&source.commit)),
        ("branch", text(&source.branch)),
        ("tree", format!("{} {}", if source.dirty { "dirty" } else { "clean" }, source.tree)),
        ("lock file", text(&source.lock)),
        ("lint settings", source.lints.clone()),
        ("rustc", source.toolchain.rustc.clone()),
        ("cargo", source.toolchain.cargo.clone()),
        ("machine", format!("{} {} {} {} cores", host.os, host.arch, host.cpu, host.cores)),
        ("target", source.target.clone().unwrap_or_else(|| source.toolchain.host.clone())),
        ("profile, features", format!("{}, {}", source.profile, source.features)),
        ("scope", if source.scope.is_empty() { "workspace".to_owned() } else { source.scope.join(" ") }),
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
        let commit = source.commit.as_deref().map_or(Md::own("no commit"), |id| Md::code(&phrase::short(id)));
        let parts = [
            Md::own("run "),
            Md::code(&source.id.0),
            Md::own(" of "),
            Md::code(&source.started),
            Md::own(" at "),
            commit,
            Md::own(if source.dirty { " (dirty), rustc " } else { " (clean), rustc " }),
            Md::prose(phrase::rustc(&source.toolchain)),
        ];
        parts.iter().fold(Md::default(), |text, part| text.and(part))
    };
    let base = report.baseline.as_ref().map(|base| Md::own("; baseline: ").and(&side(base))).unwrap_or_default();
    Md::own("Generated by ").and(&Md::prose(&report.tool)).and(&Md::own(" from ")).and(&side(&report.run)).and(&base)
}

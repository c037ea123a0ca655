//! The `gate` screen: the verdict first, then what fails and why, like the compiler says it.
//!
//! Knows nothing of how a verdict came about.

use std::collections::BTreeMap;

use crate::gate::Strictness;
use crate::metric::Unit;
use crate::run::{Lack, Verdict};

use super::exit_code;
use super::figure::{ago, count, ratio};
use super::line::{Line, page, wrap};
use super::object::{Failed, Gate, Number, Report};
use super::panic;
use super::phrase::{self, Tally};
use super::style::{Look, Style};

/// What the screen shows beside the report.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// Lines of the configuration file, 1-based, as far as gates came from them.
    pub source: &'a BTreeMap<u32, String>,
    /// The figures are of an earlier run over the very same tree.
    pub unchanged: bool,
    /// Evidence of passing gates too.
    pub verbose: bool,
}

/// How many places of a gate are shown.
const EVIDENCE: usize = 10;

/// The screen; one line when everything passes and there is nothing to say. `now` in Unix seconds.
pub fn screen(report: &Report, around: &Around<'_>, now: i64, look: &Look) -> String {
    let quiet = report
        .gates
        .iter()
        .all(|gate| matches!(gate.verdict, Verdict::Pass | Verdict::Waived));
    let mut lines = Vec::new();
    if report.gates.is_empty() {
        lines.extend(verdict(report, look));
        let help = match &report.campaign.revision {
            Some(revision) => phrase::add_gates_on(revision),
            None => "cargo campaign init (writes gates that fit this workspace)".to_owned(),
        };
        lines.push(Line::styled(Style::Hint, "   help").text(": ").text(&help));
    } else if quiet {
        lines.push(pass(report, around, now, look));
    } else {
        lines.extend(verdict(report, look));
        lines.extend(open(report, around, look));
    }
    if around.verbose {
        let held = report
            .gates
            .iter()
            .filter(|gate| matches!(gate.verdict, Verdict::Pass | Verdict::Waived));
        lines.extend(held.flat_map(|gate| holding(gate, look)));
    }
    lines.extend(report.notes.iter().map(|note| {
        Line::styled(Style::Caution, "warning")
            .text(": ")
            .text(note)
    }));
    if !quiet {
        lines.extend(rest(report, look));
    }
    page(&lines, look)
}

/// `PASS 11 of 11 gates   evidence: run .. (measured 12 min ago, sources unchanged)`; in fewer words on a narrow terminal.
fn pass(report: &Report, around: &Around<'_>, now: i64, look: &Look) -> Line {
    let tally = Tally::from(report);
    let waived = if tally.waived > 0 {
        format!(", {} waived", tally.waived)
    } else {
        String::new()
    };
    let tree = if around.unchanged {
        ", sources unchanged"
    } else {
        ""
    };
    let when = ago(now, phrase::started(&report.run));
    let asked = tally
        .configured
        .map_or_else(String::new, |all| format!(" asked for ({all} configured)"));
    let text = format!(" {} of {} gates{asked}{waived}   ", tally.pass, tally.all);
    let verdict = Line::styled(Style::Good, "PASS").text(&text);
    let id = &report.run.id;
    let long = verdict.clone().and(
        Style::Quiet,
        &format!("evidence: run {id} (measured {when}{tree})"),
    );
    if long.width() <= look.width {
        long
    } else {
        verdict.and(Style::Quiet, &format!("run {id}, {when}{tree}"))
    }
}

fn verdict(report: &Report, look: &Look) -> Vec<Line> {
    let (word, style) = match report.verdict {
        Verdict::Warn => ("WARN", Style::Caution),
        other => phrase::verdict(other),
    };
    let exit = Line::styled(Style::Quiet, &format!("exit {}", exit_code(report)));
    let verdict = Line::styled(style, word).right(12);
    verdict
        .text(" ")
        .text(&Tally::from(report).long())
        .with_right(exit, look)
}

/// Failing gates, then those without verdict, then those that warn.
pub(super) fn open(report: &Report, around: &Around<'_>, look: &Look) -> Vec<Line> {
    let with = |wanted| {
        report
            .gates
            .iter()
            .filter(move |gate| gate.verdict == wanted)
    };
    let failed = &report.tests.failed;
    let mut lines = violated(with(Verdict::Fail), around, failed, look);
    for gates in alike(with(Verdict::NoVerdict)) {
        lines.extend(undecided(&gates, look));
    }
    lines.extend(violated(with(Verdict::Warn), around, failed, look));
    lines
}

/// Each gate with its rule and evidence. What a failing test panicked with is shown at the first gate that counts it.
fn violated<'a>(
    gates: impl Iterator<Item = &'a Gate>,
    around: &Around<'_>,
    failed: &[Failed],
    look: &Look,
) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut failed: Vec<&Failed> = failed.iter().collect();
    let mut shown = None;
    for gate in gates {
        lines.extend(headline(gate, &phrase::headline(gate, look), look));
        // Several metrics of one pattern share a rule: it is quoted once. Checks of a release have none.
        let rule = (gate.file.as_str(), gate.line);
        if shown.replace(rule) != Some(rule) && !phrase::is_check(gate) {
            lines.extend(quote(gate, around.source, look));
        }
        lines.extend(evidence(gate, &failed, look));
        failed.retain(|failed| !gate.evidence.contains(&failed.test));
        lines.extend(help(gate));
    }
    lines
}

/// Gates that lack a verdict for one reason, which one command mends, in the order of their first.
fn alike<'a>(gates: impl Iterator<Item = &'a Gate>) -> Vec<Vec<&'a Gate>> {
    let mut groups: Vec<Vec<&Gate>> = Vec::new();
    for gate in gates {
        let same = |of: &&mut Vec<&Gate>| {
            (&of[0].reason, &of[0].help, of[0].level) == (&gate.reason, &gate.help, gate.level)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(gate),
            None => groups.push(vec![gate]),
        }
    }
    groups
}

/// `no verdict: NAME: REASON`; the reason by itself where several gates share it.
fn undecided(gates: &[&Gate], look: &Look) -> Vec<Line> {
    let [first, others @ ..] = gates else {
        return Vec::new();
    };
    let mut lines = if others.is_empty() {
        let mut lines = headline(first, &phrase::headline(first, look), look);
        lines.extend(evidence(first, &[], look));
        lines
    } else {
        let mut names: Vec<String> = gates.iter().map(|gate| phrase::name(gate)).collect();
        names.dedup();
        let mut lines = headline(first, &names.join(", "), look);
        lines.extend(point(&first.reason, look));
        if let Some(gate) = gates.iter().find(|gate| is_of_errors(gate)) {
            lines.extend(evidence(gate, &[], look));
        }
        lines
    };
    lines.extend(help(first));
    lines
}

/// The evidence of a gate over a part: what kept the rest from being measured, rather than what was counted.
fn is_of_errors(gate: &Gate) -> bool {
    gate.lack == Some(Lack::Partial) && !gate.evidence.is_empty()
}

fn headline(gate: &Gate, text: &str, look: &Look) -> Vec<Line> {
    let (word, style) = match (gate.verdict, gate.level) {
        (Verdict::Fail, _) => ("error", Style::Bad),
        (Verdict::NoVerdict, Strictness::Deny) => ("no verdict", Style::Caution),
        (Verdict::NoVerdict, Strictness::Warn) => ("no verdict (warn only)", Style::Caution),
        _ => ("warning", Style::Caution),
    };
    Line::styled(style, word)
        .and(Style::Strong, &format!(": {text}"))
        .fold(word.len() + 2, look)
}

/// The next command; never broken, it will be copied.
fn help(gate: &Gate) -> Option<Line> {
    gate.help
        .as_ref()
        .map(|help| Line::styled(Style::Hint, "   help").text(": ").text(help))
}

/// A place, a name or a reason, set apart from the headline.
pub(super) fn point(text: &str, look: &Look) -> Vec<Line> {
    Line::styled(Style::Frame, "   = ").text(text).fold(5, look)
}

/// The rule as it stands in the configuration.
pub(super) fn quote(gate: &Gate, source: &BTreeMap<u32, String>, look: &Look) -> Vec<Line> {
    let place = Line::styled(Style::Frame, "  --> ").text(&format!("{}:{}", gate.file, gate.line));
    let text = source.get(&gate.line).map(|text| {
        let frame = format!("   | {:>3} | ", gate.line);
        Line::styled(Style::Frame, &frame)
            .text(text.trim())
            .fit(look.width, look)
    });
    std::iter::once(place).chain(text).collect()
}

/// Places, names and remarks; of `failed` tests also what the first of them panicked with.
fn evidence(gate: &Gate, failed: &[&Failed], look: &Look) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut told = 0;
    for place in gate.evidence.iter().take(EVIDENCE) {
        lines.extend(point(place, look));
        let message = if told < PANICS {
            panicked(place, failed, look)
        } else {
            Vec::new()
        };
        told += usize::from(!message.is_empty());
        lines.extend(message);
    }
    let all = match (&gate.unit, gate.value) {
        (Unit::Count, Some(Number(value))) => value.max(gate.evidence.len() as f64),
        _ => gate.evidence.len() as f64,
    };
    if gate.evidence.len() > EVIDENCE {
        lines.extend(point(
            &format!(
                "{} and {} more",
                look.signs().dots,
                count(all - EVIDENCE as f64)
            ),
            look,
        ));
    }
    // The reason of a gate without a verdict names the interval.
    let known = gate
        .ratio
        .as_ref()
        .filter(|_| gate.verdict != Verdict::NoVerdict);
    let measured = known.map(|r| format!("{} against {}", ratio(r, look), reference(gate)));
    lines.extend(
        phrase::remark(gate)
            .or(measured.as_deref())
            .into_iter()
            .flat_map(|text| point(text, look)),
    );
    lines
}

/// How many failing tests are shown with what they panicked with.
const PANICS: usize = 3;

/// What a failing test panicked with, below its name.
pub(super) fn panicked(id: &str, failed: &[&Failed], look: &Look) -> Vec<Line> {
    let output = failed
        .iter()
        .find(|failed| failed.test == id)
        .and_then(|failed| failed.output.as_deref());
    let message = panic::message(output.unwrap_or_default());
    message
        .iter()
        .flat_map(|text| {
            Line::styled(Style::Frame, "   |   ")
                .text(text)
                .fold(9, look)
        })
        .collect()
}

/// The word of the reference a condition names.
fn reference(gate: &Gate) -> &'static str {
    ["previous", "best"]
        .into_iter()
        .find(|word| gate.require.contains(word))
        .unwrap_or("baseline")
}

/// A passing gate with its evidence, for `--verbose`.
fn holding(gate: &Gate, look: &Look) -> Vec<Line> {
    let (word, style) = phrase::verdict(gate.verdict);
    let headline = Line::styled(style, word).text(&format!(": {}", phrase::headline(gate, look)));
    std::iter::once(headline)
        .chain(evidence(gate, &[], look))
        .collect()
}

/// One line for everything that holds, and where to read on.
fn rest(report: &Report, look: &Look) -> Vec<Line> {
    let tally = Tally::from(report);
    let passing = (tally.pass > 0).then(|| {
        format!(
            "{} gate{}",
            tally.pass,
            if tally.pass == 1 { " passes" } else { "s pass" }
        )
    });
    let waived = (tally.waived > 0).then(|| format!("{} waived", tally.waived));
    let more = "cargo campaign status for all".to_owned();
    let source = (!report.run.id.0.is_empty()).then(|| format!("evidence: run {}", report.run.id));
    let parts = passing
        .into_iter()
        .chain(waived)
        .chain([more])
        .chain(source);
    let gap = format!(" {} ", look.signs().dot);
    wrap(
        Line::default(),
        2,
        parts
            .map(|part| Line::styled(Style::Quiet, &part))
            .collect(),
        &gap,
        look,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{NOW, first, passing, report, source};

    const ASCII: Look = Look::PLAIN;
    const UNICODE: Look = Look {
        unicode: true,
        ..Look::PLAIN
    };

    fn shown(report: &Report, verbose: bool, look: &Look) -> String {
        screen(
            report,
            &Around {
                source: &source(""),
                unchanged: true,
                verbose,
            },
            NOW,
            look,
        )
    }

    #[test]
    fn the_verdict_comes_first_then_why() {
        for (look, screen) in [(UNICODE, GATE), (ASCII, GATE_IN_ASCII)] {
            assert_eq!(shown(&report(), false, &look), screen);
        }
    }

    #[test]
    fn with_nothing_wrong_it_is_one_line() {
        let wide = Look {
            width: 100,
            ..ASCII
        };
        for (look, line) in [
            (
                wide,
                "PASS 3 of 3 gates   evidence: run 20261120-141209-9be1d02c (measured 12 min ago, sources unchanged)\n",
            ),
            (
                ASCII,
                "PASS 3 of 3 gates   run 20261120-141209-9be1d02c, 12 min ago, sources unchanged\n",
            ),
        ] {
            assert_eq!(shown(&passing(), false, &look), line);
        }
    }

    #[test]
    fn verbose_shows_what_passes_with_its_evidence() {
        let text = shown(&passing(), true, &UNICODE);
        assert!(
            text.contains("pass: tests passed: 627, required ≥ baseline (626)\n"),
            "{text}"
        );
        assert!(
            text.ends_with("   = −27.6 % (−30.1 … −24.9 %) against baseline\n"),
            "{text}"
        );
    }

    #[test]
    fn a_campaign_without_gates_has_no_verdict() {
        let text = shown(&first(), false, &ASCII);
        assert!(
            text.starts_with("  NO VERDICT no gates are configured yet"),
            "{text}"
        );
        assert!(
            text.lines()
                .next()
                .is_some_and(|line| line.ends_with("exit 3")),
            "{text}"
        );
    }

    #[test]
    fn one_reason_of_several_gates_is_said_once() {
        let mut report = report();
        let gate = |title: &str, reason: &str| Gate {
            title: title.to_owned(),
            verdict: Verdict::NoVerdict,
            reason: reason.to_owned(),
            help: Some("cargo check".to_owned()),
            ..report.gates[0].clone()
        };
        let why = "2 of 7 packages did not compile: riptide-persistence, riptide-pool; 1 not reached: riptide-api";
        report.gates = vec![
            gate("clippy warnings", why),
            gate("tests failed", "other"),
            gate("new clippy findings", why),
        ];
        let want = "no verdict: clippy warnings, new clippy findings
   = 2 of 7 packages did not compile: riptide-persistence, riptide-pool; 1 not
     reached: riptide-api
   help: cargo check
no verdict: tests failed: other
   help: cargo check
";
        let text = shown(&report, false, &ASCII);
        assert!(text.contains(want), "{text}");
    }

    #[test]
    fn a_part_that_fails_for_sure_shows_its_places_before_its_gaps() {
        let mut report = report();
        let reason =
            "at least 2, required = 0; riptide-api did not compile; 1 not reached: riptide-db"
                .to_owned();
        let evidence = vec!["api/src/lib.rs:40:9 E0308 mismatched types".to_owned()];
        report.gates = vec![Gate {
            value: None,
            reason,
            evidence,
            ..report.gates[1].clone()
        }];
        let want = "error: new clippy findings: at least 2, required = 0
  --> campaign.toml:14
   |  14 | \"clippy.new\" = \"= 0\"
   = api/src/lib.rs:40:9 E0308 mismatched types
   = riptide-api did not compile; 1 not reached: riptide-db
";
        let text = shown(&report, false, &ASCII);
        assert!(text.contains(want), "{text}");
    }

    #[test]
    fn metrics_of_one_pattern_quote_their_rule_once() {
        let mut report = report();
        let failing = report.gates[1].clone();
        report.gates = vec![failing.clone(), failing];
        let text = shown(&report, false, &ASCII);
        assert_eq!(text.matches("--> campaign.toml:14").count(), 1, "{text}");
        assert_eq!(
            text.matches("error: new clippy findings").count(),
            2,
            "{text}"
        );
    }

    const GATE: &str = r#"        FAIL 2 of 8 gates fail, 1 without verdict, 1 warns, 1 waived      exit 1
error: new clippy findings: 3, required = 0
  --> campaign.toml:14
   |  14 | "clippy.new" = "= 0"
   = api/src/lib.rs:40:9  clippy::needless_clone
   = api/src/lib.rs:77:5  clippy::too_many_lines
   help: cargo clippy -p riptide-api -p riptide-pool
error: tests failed: 30, required = 0
  --> campaign.toml:15
   |  15 | "test.failed"    = "= 0"
   = riptide-pool tests::reconnect_1
   = riptide-pool tests::reconnect_2
   = riptide-pool tests::reconnect_3
   = riptide-pool tests::reconnect_4
   = riptide-pool tests::reconnect_5
   = riptide-pool tests::reconnect_6
   = riptide-pool tests::reconnect_7
   = riptide-pool tests::reconnect_8
   = riptide-pool tests::reconnect_9
   = riptide-pool tests::reconnect_10
   = … and 20 more
   = the waiver of ana ended on 2026-11-01
   help: cargo campaign explain test.failed
no verdict: bench api/parse: not measured at this commit (last at 77ab01c)
   help: cargo campaign run bench
warning: test time: 53.0s, required ≤ baseline (48.0s)
  --> campaign.toml:23
   = +10.0 % (+7.5 … +12.7 %) against baseline
warning: the waiver for `doc.*` was not needed
  3 gates pass · 1 waived · cargo campaign status for all
  evidence: run 20261120-141209-9be1d02c
"#;

    const GATE_IN_ASCII: &str = r#"        FAIL 2 of 8 gates fail, 1 without verdict, 1 warns, 1 waived      exit 1
error: new clippy findings: 3, required = 0
  --> campaign.toml:14
   |  14 | "clippy.new" = "= 0"
   = api/src/lib.rs:40:9  clippy::needless_clone
   = api/src/lib.rs:77:5  clippy::too_many_lines
   help: cargo clippy -p riptide-api -p riptide-pool
error: tests failed: 30, required = 0
  --> campaign.toml:15
   |  15 | "test.failed"    = "= 0"
   = riptide-pool tests::reconnect_1
   = riptide-pool tests::reconnect_2
   = riptide-pool tests::reconnect_3
   = riptide-pool tests::reconnect_4
   = riptide-pool tests::reconnect_5
   = riptide-pool tests::reconnect_6
   = riptide-pool tests::reconnect_7
   = riptide-pool tests::reconnect_8
   = riptide-pool tests::reconnect_9
   = riptide-pool tests::reconnect_10
   = .. and 20 more
   = the waiver of ana ended on 2026-11-01
   help: cargo campaign explain test.failed
no verdict: bench api/parse: not measured at this commit (last at 77ab01c)
   help: cargo campaign run bench
warning: test time: 53.0s, required <= baseline (48.0s)
  --> campaign.toml:23
   = +10.0 % (+7.5 .. +12.7 %) against baseline
warning: the waiver for `doc.*` was not needed
  3 gates pass | 1 waived | cargo campaign status for all
  evidence: run 20261120-141209-9be1d02c
"#;
}

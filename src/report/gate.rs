//! The `gate` screen: the verdict first, then every failure with its rule, evidence and the next command.

use std::collections::BTreeSet;

use crate::run::Verdict;

use super::document::{
    Between, Block, Document, GateProblem, Headline, ItemList, Note, NoteKind, Text,
};
use super::figure::{ago, counted};
use super::object::{Gate, Report};
use super::phrase::{self, GateTally};
use super::problem::{Builder, Source};
use super::style::{Look, Signs, Style, UNICODE};
use super::{exit_code, terminal};

/// Facts that the screen shows in addition to the report.
#[derive(Clone, Copy, Debug)]
pub struct GateFacts<'a> {
    /// Lines of the configuration that gates came from.
    pub source: &'a Source,
    /// Whether the values are those of an earlier run over the same sources.
    pub unchanged: bool,
    /// Whether passing gates are shown with their evidence.
    pub verbose: bool,
    /// The command that shows every gate, with the options of the command line.
    pub status: &'a str,
}

/// The command that shows every gate.
pub const STATUS: &str = "cargo campaign status";

/// Returns the screen at `now`, in Unix seconds.
pub fn screen(report: &Report, around: &GateFacts<'_>, now: i64, look: &Look) -> String {
    terminal::render(&document(report, around, now, look.signs()), look)
}

/// Returns the blocks of the screen: a single line if every gate passes and there is nothing to note.
fn document(report: &Report, around: &GateFacts<'_>, now: i64, signs: &Signs) -> Document {
    let holds = report.gates.iter().all(holds) && report.unmeasured.is_empty();
    let mut blocks = Document::new();
    if report.gates.is_empty() {
        blocks.push(verdict(report));
        blocks.push(Note::new(NoteKind::Help, phrase::add_gates(report)).into());
    } else if holds {
        blocks.push(passed(report, around, now));
    } else {
        blocks.push(verdict(report));
        blocks.extend(open(report, around, signs));
    }

    if around.verbose {
        let mut problems = Builder::new(report, Some(around.source), signs);
        let holding = report.gates.iter().filter(|gate| self::holds(gate));
        blocks.extend(holding.map(|gate| Block::Problem(problems.of_holding(gate))));
    }
    blocks.extend(phrase::notes(report).map(|note| Note::new(NoteKind::Warning, note).into()));
    blocks.extend(phrase::reused(report).map(|note| Note::new(NoteKind::Note, note).into()));
    if !holds {
        blocks.push(summary(report, around.status));
    }
    blocks
}

fn holds(gate: &Gate) -> bool {
    matches!(gate.verdict, Verdict::Pass | Verdict::Waived)
}

/// Returns `PASS 11 of 11 gates   evidence: run .. (measured 12 min ago, sources unchanged)`, with a short form.
fn passed(report: &Report, around: &GateFacts<'_>, now: i64) -> Block {
    let tally = GateTally::from(report);
    let asked = tally
        .configured
        .map_or_else(String::new, |all| format!(" asked for ({all} configured)"));
    let waived = if tally.waived > 0 {
        format!(", {} waived", tally.waived)
    } else {
        String::new()
    };
    let gates = format!(" {} of {} gates{asked}{waived}   ", tally.pass, tally.all);
    let verdict = Text::styled(Style::Good, "PASS").words(gates);

    let run = phrase::run(&report.run);
    let when = ago(now, phrase::started(&report.run));
    let sources = if around.unchanged {
        ", sources unchanged"
    } else {
        ""
    };
    let (long, short) = match report.run.id {
        Some(_) => (
            format!("evidence: {run} (measured {when}{sources})"),
            format!("{run}, {when}{sources}"),
        ),
        // Attested values need no run.
        None => (format!("evidence: {run}"), run),
    };
    Block::Paragraph {
        text: verdict.clone().join(Text::styled(Style::Quiet, long)),
        short: Some(verdict.join(Text::styled(Style::Quiet, short))),
    }
}

fn verdict(report: &Report) -> Block {
    let text = match report.unmeasured.as_slice() {
        [] => GateTally::from(report).long(),
        _ => report.reason.clone(),
    };
    Block::Verdict(Headline {
        word: report.verdict.capitals(),
        style: phrase::style(report.verdict),
        text: text.into(),
        exit: Some(exit_code(report)),
    })
}

/// Returns the failing gates, then those without verdict, then those that warn.
pub(super) fn open(report: &Report, around: &GateFacts<'_>, signs: &Signs) -> Document {
    open_of(Builder::new(report, Some(around.source), signs))
}

/// Returns the open gates for a page, without the text of their rules.
pub(super) fn open_on_page(report: &Report) -> Document {
    open_of(Builder::new(report, None, &UNICODE))
}

fn open_of(mut problems: Builder<'_>) -> Document {
    let mut open = problems.each(Verdict::Fail);
    open.extend(problems.undecided());
    open.extend(problems.each(Verdict::Warn));
    open.into_iter().map(Block::Problem).collect()
}

/// Returns the problems of a page, and the places that they name. Gates that warn are only in the table of all gates.
pub(super) fn problems(report: &Report) -> (Vec<GateProblem>, BTreeSet<String>) {
    let mut problems = Builder::new(report, None, &UNICODE);
    let mut open = problems.each(Verdict::Fail);
    open.extend(problems.each(Verdict::NoVerdict));
    (open, problems.named())
}

/// Returns one line for everything that holds, and where to read on.
fn summary(report: &Report, status: &str) -> Block {
    let tally = GateTally::from(report);
    let passing = (tally.pass > 0).then(|| {
        let verb = if tally.pass == 1 { "passes" } else { "pass" };
        format!("{} {verb}", counted(tally.pass, "gate"))
    });
    let waived = (tally.waived > 0).then(|| format!("{} waived", tally.waived));
    let more = Some(format!("{status} for all"));
    let run = report.run.id.as_ref();
    let evidence = run.map(|run| format!("evidence: run {run}"));
    let parts = [passing, waived, more, evidence].into_iter().flatten();
    Block::Items(ItemList {
        label: Text::default(),
        between: Between::Dot,
        items: parts.map(|part| Text::styled(Style::Quiet, part)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{ASCII, NOW, UNICODE, first, passing, report, source};

    fn shown(report: &Report, verbose: bool, look: &Look) -> String {
        screen(
            report,
            &GateFacts {
                source: &source(""),
                unchanged: true,
                verbose,
                status: STATUS,
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

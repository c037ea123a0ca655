//! The screen of a release's readiness: one answer, what is outstanding and what mends it, then everything that was asked.
//!
//! Knows nothing of how a verdict came about.

use crate::run::Verdict;

use super::gate::{self, Around};
use super::line::{Column, Line, page, table};
use super::object::{Gate, Report};
use super::phrase;
use super::style::{Look, Style};
use super::{exit_code, status};

/// The screen. `now` in Unix seconds.
pub fn screen(report: &Report, around: &Around<'_>, now: i64, look: &Look) -> String {
    let mut lines = answer(report, look);
    lines.extend(gate::open(report, around, look));
    lines.push(Line::default());
    let (checks, gates): (Vec<_>, Vec<_>) = phrase::groups(report)
        .into_iter()
        .partition(|(_, gates)| gates.iter().all(|gate| phrase::is_check(gate)));
    lines.extend(status::gates(gates, look));
    for (group, checks) in checks {
        lines.push(Line::styled(
            Style::Strong,
            &format!("  {}", phrase::heading(group)),
        ));
        lines.extend(table_of(&checks, look));
    }
    lines.push(Line::default());
    lines.extend(report.notes.iter().flat_map(|note| {
        Line::styled(Style::Hint, "  note: ")
            .text(note)
            .fold(8, look)
    }));
    lines.extend(status::provenance(report, None, now, look));
    page(&lines, look)
}

/// `READY for 2.0.0: ..`, or `NOT READY for 2.0.0: changelog section, tests failed`.
pub fn answer(report: &Report, look: &Look) -> Vec<Line> {
    let Some(readiness) = &report.readiness else {
        return Vec::new();
    };
    let version = &readiness.version;
    let open = report
        .gates
        .iter()
        .filter(|gate| readiness.outstanding.contains(&gate.id));
    let open: Vec<String> = open.map(phrase::name).collect();
    let word = |style, word| Line::styled(style, word).right(12).text(" ");
    let verdict = match (readiness.ready, report.verdict) {
        (true, _) => {
            word(Style::Good, "READY").text(&format!("for {version}: {}", holding(report)))
        }
        (false, Verdict::Fail) => word(Style::Bad, "NOT READY").text(&said(version, &open)),
        (false, _) => word(Style::Caution, "NOT READY").text(&said(version, &open)),
    };
    let exit = format!("   exit {}", exit_code(report));
    verdict.and(Style::Quiet, &exit).fold(13, look)
}

fn said(version: &str, open: &[String]) -> String {
    format!(
        "for {version}: {} outstanding: {}",
        open.len(),
        open.join(", ")
    )
}

/// `9 gates and 15 checks hold, 1 waived`.
fn holding(report: &Report) -> String {
    let waived = report
        .gates
        .iter()
        .filter(|gate| gate.verdict == Verdict::Waived)
        .count();
    let (checks, gates): (Vec<&Gate>, Vec<&Gate>) =
        report.gates.iter().partition(|gate| phrase::is_check(gate));
    let counted = super::figure::counted;
    let waived = if waived > 0 {
        format!(", {waived} waived")
    } else {
        String::new()
    };
    format!(
        "{} and {} hold{waived}",
        counted(gates.len(), "gate"),
        counted(checks.len(), "check")
    )
}

/// Title, what is asked, verdict, and what shows it. A reason is never cut, only what shows that a check holds.
fn table_of(checks: &[&Gate], look: &Look) -> Vec<Line> {
    let row = |gate: &&Gate| {
        let (word, style) = phrase::verdict(gate.verdict);
        let shown = if gate.reason.is_empty() {
            gate.evidence.first()
        } else {
            Some(&gate.reason)
        };
        vec![
            Line::of(&gate.title),
            Line::styled(Style::Quiet, &gate.require),
            Line::styled(style, word),
            Line::styled(Style::Quiet, shown.map_or("", |shown| shown)),
        ]
    };
    let columns = [
        Column::LEFT.gap(4).at_most(30),
        Column::LEFT.at_most(26),
        Column::LEFT,
        Column::LEFT,
    ];
    let rows = table(checks.iter().map(row).collect(), &columns, look);
    let lines = rows.into_iter().zip(checks);
    let line = |(line, gate): (Line, &&Gate)| {
        if gate.reason.is_empty() {
            vec![line.fit(look.width, look)]
        } else {
            line.fold(8, look)
        }
    };
    lines.flat_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Number;
    use crate::report::tests::{NOW, passing, report, source};

    /// A check of a release, as the judge gives it.
    fn check(id: &str, title: &str, verdict: Verdict, reason: &str) -> Gate {
        Gate {
            id: format!("release.{id}"),
            group: "Release".to_owned(),
            title: title.to_owned(),
            require: "clean".to_owned(),
            verdict,
            reason: reason.to_owned(),
            value: None::<Number>,
            baseline: None,
            ratio: None,
            evidence: if verdict == Verdict::NoVerdict {
                Vec::new()
            } else {
                vec!["a.rs".to_owned()]
            },
            help: (verdict != Verdict::Pass).then(|| "git status".to_owned()),
            file: String::new(),
            line: 0,
            ..passing().gates[0].clone()
        }
    }

    fn shown(mut report: Report, checks: Vec<Gate>) -> String {
        report.gates.extend(checks);
        let worst = report.gates.iter().map(|gate| gate.verdict).max();
        let verdict = worst
            .filter(|verdict| *verdict >= Verdict::NoVerdict)
            .unwrap_or(Verdict::Pass);
        let report = Report { verdict, ..report }.for_release("2.0.0".to_owned(), Vec::new(), None);
        screen(
            &report,
            &Around {
                source: &source(""),
                unchanged: true,
                verbose: false,
            },
            NOW,
            &Look::PLAIN,
        )
    }

    #[test]
    fn what_is_ready_is_one_answer_and_the_table() {
        let text = shown(
            passing(),
            vec![check("tree", "working tree", Verdict::Pass, "")],
        );
        assert!(
            text.starts_with("       READY for 2.0.0: 3 gates and 1 check hold   exit 0\n\n"),
            "{text}"
        );
        assert!(
            text.contains("\n  Release\n    working tree  clean  pass  a.rs\n"),
            "{text}"
        );
    }

    #[test]
    fn what_is_outstanding_is_named_first_and_what_mends_it_next() {
        let checks = vec![
            check(
                "tree",
                "working tree",
                Verdict::Fail,
                "1 file differs from HEAD",
            ),
            check(
                "branch",
                "branch",
                Verdict::NoVerdict,
                "not in a git working tree",
            ),
        ];
        let text = shown(passing(), checks);
        let begin = "   NOT READY for 2.0.0: 2 outstanding: working tree, branch   exit 1
error: working tree: 1 file differs from HEAD
   = a.rs
   help: git status
no verdict: branch: not in a git working tree
   help: git status
";
        assert!(text.starts_with(begin), "{text}");
        assert!(
            text.contains("    branch        clean  NO VERDICT  not in a git working tree\n"),
            "{text}"
        );
        assert!(
            !text.contains("--> :0"),
            "checks have no rule to quote: {text}"
        );
    }

    #[test]
    fn gates_and_checks_are_outstanding_alike() {
        let text = shown(
            report(),
            vec![check("tree", "working tree", Verdict::Pass, "")],
        );
        let begin =
            "   NOT READY for 2.0.0: 3 outstanding: new clippy findings, tests failed, bench
             api/parse   exit 1
";
        assert!(text.starts_with(begin), "{text}");
    }
}

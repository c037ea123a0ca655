//! The screen of a release's readiness: the answer, outstanding gates and checks with their fixes, then all of them.

use crate::run::Verdict;

use super::document::{
    Block, Document, HeadingLevel, Headline, Note, NoteKind, Overflow, Table, TableColumn,
    TableRow, Text,
};
use super::figure::counted;
use super::gate::{self, GateFacts};
use super::object::{Gate, Readiness, Report};
use super::phrase;
use super::style::{Look, Signs, Style};
use super::{exit_code, status, terminal};

/// Returns the screen at `now`, in Unix seconds.
pub fn screen(report: &Report, around: &GateFacts<'_>, now: i64, look: &Look) -> String {
    terminal::render(&document(report, around, now, look.signs()), look)
}

fn document(report: &Report, around: &GateFacts<'_>, now: i64, signs: &Signs) -> Document {
    let mut blocks = Document::new();
    blocks.extend(report.readiness.as_ref().map(|r| answer(report, r)));
    blocks.extend(gate::open(report, around, signs));
    blocks.push(Block::Separator);
    let (checks, gates): (Vec<_>, Vec<_>) = phrase::groups(report)
        .into_iter()
        .partition(|(_, gates)| gates.iter().all(|gate| phrase::is_check(gate)));
    blocks.push(Block::Gates(status::gates(gates, signs)));
    for (group, checks) in checks {
        let heading = phrase::heading(group);
        blocks.push(Block::Heading(HeadingLevel::Subsection, heading.into()));
        blocks.push(table(&checks));
    }
    blocks.push(Block::Separator);
    let notes = report.notes.iter();
    blocks.extend(notes.map(|note| Note::folding(NoteKind::Note, note).into()));
    blocks.push(status::provenance(report, None, now));
    blocks
}

/// Returns `READY for 2.0.0: ..` or `NOT READY for 2.0.0: 2 outstanding: changelog section, tests failed`.
fn answer(report: &Report, readiness: &Readiness) -> Block {
    let version = &readiness.version;
    let (word, style, text) = if readiness.ready {
        ("READY", Style::Good, holding(report))
    } else {
        let style = match report.verdict {
            Verdict::Fail => Style::Bad,
            _ => Style::Caution,
        };
        ("NOT READY", style, outstanding(report, readiness))
    };
    let exit = format!("   exit {}", exit_code(report));
    Block::Verdict(Headline {
        word,
        style,
        text: Text::new(format!("for {version}: {text}")).join(Text::styled(Style::Quiet, exit)),
        exit: None,
    })
}

/// Returns `2 outstanding: changelog section, tests failed`.
fn outstanding(report: &Report, readiness: &Readiness) -> String {
    let open = report
        .gates
        .iter()
        .filter(|gate| readiness.outstanding.contains(&gate.id));
    let names: Vec<String> = open.map(phrase::name).collect();
    format!("{} outstanding: {}", names.len(), names.join(", "))
}

/// Returns `9 gates and 15 checks hold, 1 waived`.
fn holding(report: &Report) -> String {
    let (checks, gates): (Vec<&Gate>, Vec<&Gate>) =
        report.gates.iter().partition(|gate| phrase::is_check(gate));
    let waived = report
        .gates
        .iter()
        .filter(|gate| gate.verdict == Verdict::Waived)
        .count();
    let waived = if waived > 0 {
        format!(", {waived} waived")
    } else {
        String::new()
    };
    let gates = counted(gates.len(), "gate");
    let checks = counted(checks.len(), "check");
    format!("{gates} and {checks} hold{waived}")
}

/// Returns title, requirement, verdict and explanation. The reason why a check is open is never cut.
fn table(checks: &[&Gate]) -> Block {
    let rows = checks.iter().map(|gate| {
        let (explanation, overflow) = if gate.reason.is_empty() {
            (gate.evidence.first(), Overflow::Cut)
        } else {
            (Some(&gate.reason), Overflow::Fold(8))
        };
        TableRow {
            cells: vec![
                Text::new(&gate.title),
                Text::styled(Style::Quiet, &gate.require),
                Text::verdict(gate.verdict),
                Text::styled(Style::Quiet, explanation.cloned().unwrap_or_default()),
            ],
            overflow,
        }
    });
    Block::Table(Table {
        name: "checks",
        columns: vec![
            TableColumn::text("check").gap(4).at_most(30),
            TableColumn::text("required").at_most(26),
            TableColumn::text("verdict"),
            TableColumn::text("why"),
        ],
        has_heads: false,
        rows: rows.collect(),
    })
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
            &GateFacts {
                source: &source(""),
                unchanged: true,
                verbose: false,
                status: gate::STATUS,
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
    fn long_reason_of_a_check_is_folded_and_not_cut() {
        let reason = "the members `api`, `core`, `pool` and `cli` name versions of each other that \
            their manifests do not have, and `Cargo.lock` has older ones";
        let text = shown(
            passing(),
            vec![check("tree", "working tree", Verdict::Fail, reason)],
        );
        let (_, table) = text.split_once("\n  Release\n").unwrap();
        let rows: Vec<&str> = table.lines().take_while(|line| !line.is_empty()).collect();
        assert!(rows.len() > 2, "{text}");
        assert!(rows.iter().all(|row| row.chars().count() <= 80), "{text}");
        let words: Vec<&str> = rows.iter().flat_map(|row| row.split_whitespace()).collect();
        assert!(words.join(" ").ends_with(reason), "{text}");
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

//! The `status` screen: where we stand, gate by gate, and what to do next.
//!
//! Knows nothing of how a verdict came about.

use crate::run::{Lack, Verdict};

use super::figure::{ago, figure, ratio};
use super::line::{Column, Line, page, table, widths, wrap};
use super::object::{Gate, Number, Report};
use super::phrase::{self, Tally};
use super::style::{Look, Style};

/// The screen. `now` in Unix seconds.
pub fn screen(report: &Report, now: i64, look: &Look) -> String {
    with(report, next(report), None, now, look)
}

/// The screen in a repository where this commit is checked out now, with the sources that were measured.
pub fn screen_at(report: &Report, commit: Option<&str>, now: i64, look: &Look) -> String {
    with(report, next(report), commit, now, look)
}

/// The screen of a campaign that was just ended: where all gates hold, nothing comes next.
pub fn last(report: &Report, now: i64, look: &Look) -> String {
    let next = if report.verdict == Verdict::Pass {
        Vec::new()
    } else {
        next(report)
    };
    with(report, next, None, now, look)
}

fn with(report: &Report, next: Vec<Line>, commit: Option<&str>, now: i64, look: &Look) -> String {
    let mut lines = header(report, look);
    lines.push(Line::default());
    let gates = gates(phrase::groups(report), look);
    let between = if gates.is_empty() {
        None
    } else {
        Some(Line::default())
    };
    lines.extend(gates.into_iter().chain(between));
    lines.extend(
        report
            .notes
            .iter()
            .map(|note| Line::styled(Style::Hint, "  note: ").text(note)),
    );
    lines.extend(next);
    lines.extend(provenance(report, commit, now, look));
    page(&lines, look)
}

/// Campaign and goal on the left, the verdict on the right.
fn header(report: &Report, look: &Look) -> Vec<Line> {
    let goal = report
        .campaign
        .release
        .as_deref()
        .map(|to| format!(" {} {to}", look.signs().arrow))
        .unwrap_or_default();
    let (word, style) = match report.verdict {
        Verdict::Fail => ("NOT READY", Style::Bad),
        Verdict::NoVerdict => ("NOT READY", Style::Caution),
        _ => ("READY", Style::Good),
    };
    let verdict = Line::styled(style, word).text(&format!(": {}", Tally::from(report).short()));
    Line::styled(Style::Strong, &format!("{}{goal}", report.campaign.name))
        .fit(look.width, look)
        .with_right(verdict, look)
}

/// Titles are cut between these widths, to what the other columns leave; on a wide terminal later.
const TITLE: (usize, usize) = (12, 32);

/// A table of gates below the heading of each group.
pub(super) fn gates(groups: Vec<(&str, Vec<&Gate>)>, look: &Look) -> Vec<Line> {
    let rows: Vec<Vec<Line>> = groups
        .iter()
        .flat_map(|(_, gates)| gates.iter().map(|gate| row(gate, look)))
        .collect();
    let columns = columns(&rows, look);
    let set = table(rows, &columns, look);
    let widest = set.iter().map(Line::width).max().unwrap_or(0);
    let mut set = set.into_iter();
    let mut lines = Vec::new();
    for (group, gates) in groups {
        lines.push(Line::styled(
            Style::Strong,
            &format!("  {}", phrase::heading(group)),
        ));
        let next = gates.iter().skip(1).map(Some).chain([None]);
        for ((gate, next), line) in gates.iter().zip(next).zip(&mut set) {
            let tail = tail(gate, look);
            // A reason that several gates share stands below the last of them.
            let is_said_below = next.is_some_and(|next| self::tail(next, look) == tail);
            lines.extend(with_tail(line, widest, gate, (tail, is_said_below), look));
        }
    }
    lines
}

/// Title, baseline, arrow, now, target, verdict.
fn row(gate: &Gate, look: &Look) -> Vec<Line> {
    let signs = look.signs();
    let number = |value: Option<Number>| value.map(|Number(v)| figure(v, &gate.unit, look));
    let base = number(gate.baseline);
    let arrow = if base.is_some() { signs.arrow } else { "" };
    let (word, style) = phrase::verdict(gate.verdict);
    vec![
        Line::of(&phrase::name(gate)),
        Line::of(base.as_deref().unwrap_or_default()),
        Line::of(arrow),
        Line::of(&number(gate.value).unwrap_or_else(|| signs.none.to_owned())),
        Line::styled(Style::Quiet, "target ").text(&phrase::condition(&gate.require, look)),
        Line::styled(style, word),
    ]
}

fn columns(rows: &[Vec<Line>], look: &Look) -> [Column; 6] {
    let mut columns = [
        Column::LEFT.gap(4).at_most(TITLE.1.max(look.width / 3)),
        Column::RIGHT,
        Column::RIGHT.gap(1),
        Column::RIGHT.gap(1),
        Column::LEFT.gap(3),
        Column::LEFT,
    ];
    let set = widths(rows, &columns);
    let total: usize = set
        .iter()
        .zip(&columns)
        .map(|(w, column)| w + column.gap)
        .sum();
    let over = total.saturating_sub(look.width);
    let title = set[0].saturating_sub(over).max(TITLE.0.min(set[0]));
    let still_over = (total - set[0] + title).saturating_sub(look.width);
    columns[0] = columns[0].at_most(title);
    columns[4] = columns[4].at_most(set[4].saturating_sub(still_over).max(TITLE.0));
    columns
}

/// Places and reasons behind the row; below it, and never cut, where there is no room.
fn with_tail(
    line: Line,
    widest: usize,
    gate: &Gate,
    (tail, is_said_below): (String, bool),
    look: &Look,
) -> Vec<Line> {
    let tail = Line::of(&tail);
    let room = look.width.saturating_sub(widest + 2);
    if tail.is_empty() {
        vec![line]
    } else if room >= tail.width() {
        vec![line.padded(widest + 2).join(tail)]
    } else if gate.verdict == Verdict::Pass || is_said_below {
        vec![line]
    } else {
        let below = Line::of(&" ".repeat(8)).join(tail).fold(8, look);
        std::iter::once(line).chain(below).collect()
    }
}

fn tail(gate: &Gate, look: &Look) -> String {
    match (gate.verdict, &gate.ratio, gate.evidence.as_slice()) {
        (Verdict::Pass, Some(r), _) => ratio(r, look),
        (Verdict::Pass, None, _) => String::new(),
        (Verdict::NoVerdict | Verdict::Waived, ..) => gate.reason.clone(),
        (_, Some(r), _) => ratio(r, look),
        (_, None, []) => gate.reason.clone(),
        (_, None, [only]) => only.clone(),
        (_, None, [first, ..]) => format!("{first}, {}", look.signs().dots),
    }
}

/// The command that brings the campaign forward: one, because `gate` measures whatever is missing.
fn next(report: &Report) -> Vec<Line> {
    let worst = |verdict: Verdict| report.gates.iter().find(|gate| gate.verdict == verdict);
    let help = |gate: &Gate| {
        gate.help
            .clone()
            .unwrap_or_else(|| "cargo campaign diff".to_owned())
    };
    let measures = |gate: &Gate| matches!(gate.lack, Some(Lack::Missing | Lack::Stale));
    let command = match (&report.baseline, report.verdict) {
        _ if report.gates.is_empty() => match &report.campaign.revision {
            Some(revision) => phrase::add_gates_on(revision),
            None => "cargo campaign init".to_owned(),
        },
        (None, _) => match &report.campaign.revision {
            Some(revision) => phrase::pin_on(revision),
            None => "cargo campaign baseline".to_owned(),
        },
        (_, Verdict::Fail) => worst(Verdict::Fail).map(help).unwrap_or_default(),
        (_, Verdict::NoVerdict) => {
            let open = worst(Verdict::NoVerdict).filter(|gate| !measures(gate));
            open.map_or_else(|| "cargo campaign gate".to_owned(), help)
        }
        (_, Verdict::Warn) => worst(Verdict::Warn)
            .map(help)
            .unwrap_or_else(|| "cargo campaign gate".to_owned()),
        // A campaign with a goal ends there; without one it goes on, and nothing may have happened since the baseline.
        (Some(base), _) if report.campaign.release.is_some() && base.id != report.run.id => {
            "cargo campaign final".to_owned()
        }
        _ => "cargo campaign gate".to_owned(),
    };
    vec![Line::styled(Style::Hint, "  next: ").text(&command)]
}

/// Says when and where the values were measured. `commit` is checked out now and has the sources that were measured.
pub(super) fn provenance(
    report: &Report,
    commit: Option<&str>,
    now: i64,
    look: &Look,
) -> Vec<Line> {
    let run = &report.run;
    let measured = if run.id.0.is_empty() {
        "nothing was measured yet;".to_owned()
    } else {
        let (when, rustc) = (
            ago(now, phrase::started(run)),
            phrase::rustc(&run.toolchain),
        );
        format!("measured {when} at {}, rustc {rustc};", phrase::state(run))
    };
    let baseline = match &report.baseline {
        Some(base) => format!(
            "baseline {}, {}",
            phrase::commit(base),
            ago(now, phrase::started(base))
        ),
        None => "no baseline".to_owned(),
    };
    let moved = commit.filter(|commit| {
        run.commit
            .as_deref()
            .is_some_and(|measured| measured != *commit)
    });
    let moved =
        moved.map(|commit| format!("HEAD is {}, sources unchanged;", phrase::short(commit)));
    let parts = [Some(measured), moved, Some(baseline)]
        .into_iter()
        .flatten();
    wrap(
        Line::default(),
        2,
        parts
            .map(|part| Line::styled(Style::Quiet, &part))
            .collect(),
        " ",
        look,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::object::Source;
    use crate::report::tests::{NOW, first, passing, report};

    const ASCII: Look = Look::PLAIN;
    const UNICODE: Look = Look {
        unicode: true,
        ..Look::PLAIN
    };

    #[test]
    fn the_screen_says_where_we_stand() {
        for (look, screen_) in [(UNICODE, STATUS), (ASCII, STATUS_IN_ASCII)] {
            assert_eq!(screen(&report(), NOW, &look), screen_);
        }
    }

    #[test]
    fn a_wide_terminal_has_room_for_places_in_the_row() {
        let wide = Look {
            width: 140,
            ..UNICODE
        };
        let text = screen(&report(), NOW, &wide);
        let row = "    build time                  84.2s → 61.0s   target ≤ baseline − 25 %  pass        −27.6 % (−30.1 … −24.9 %)";
        assert!(text.lines().any(|line| line == row), "{text}");
    }

    #[test]
    fn before_the_first_run_nothing_is_claimed() {
        let mut report = first();
        report.run = Source::default();
        report.gates = crate::report::tests::report().gates;
        report.gates[0].verdict = Verdict::NoVerdict;
        report.gates[0].help = Some("cargo campaign baseline".to_owned());
        let text = screen(&report, NOW, &ASCII);
        assert!(
            text.ends_with("  nothing was measured yet; no baseline\n"),
            "{text}"
        );
        assert_eq!(text.matches("cargo campaign baseline").count(), 1, "{text}");
    }

    #[test]
    fn what_comes_next_depends_on_where_we_stand() {
        for (report, ready, next) in [
            (
                passing(),
                "READY: 3 gates pass",
                "  next: cargo campaign final\n",
            ),
            (
                first(),
                "NOT READY: no gates are configured yet",
                "  next: cargo campaign init\n",
            ),
        ] {
            let text = screen(&report, NOW, &ASCII);
            assert!(text.contains(ready) && text.contains(next), "{text}");
        }
    }

    #[test]
    fn after_the_end_nothing_comes_next_where_all_gates_hold() {
        let line = "  next: cargo campaign final\n";
        assert_eq!(
            last(&passing(), NOW, &ASCII),
            screen(&passing(), NOW, &ASCII).replace(line, "")
        );
        assert_eq!(last(&report(), NOW, &ASCII), STATUS_IN_ASCII);
    }

    #[test]
    fn before_anything_is_measured_there_is_no_age() {
        let mut report = first();
        report.run = Source::default();
        let text = screen(&report, NOW, &ASCII);
        assert!(
            text.ends_with(
                "\n\n  next: cargo campaign init\n  nothing was measured yet; no baseline\n"
            ),
            "{text}"
        );
    }

    #[test]
    fn a_baseline_without_gates_asks_for_gates() {
        let mut report = first();
        report.baseline = Some(report.run.clone());
        let text = screen(&report, NOW, &ASCII);
        assert!(text.contains("  next: cargo campaign init\n"), "{text}");
    }

    const STATUS: &str = "Phase 7: quality and infrastructure → 2.0.0
                   NOT READY: 2 gates fail, 1 without verdict, 1 warns, 1 waived

  Gates
    clippy warnings            12 →    14   target < 20               pass
    new clippy findings                 3   target = 0                FAIL
        api/src/lib.rs:40:9  clippy::needless_clone, …
    tests failed                4 →    30   target = 0                FAIL
        riptide-pool tests::reconnect_1, …
    tests passed              626 →   627   target ≥ baseline         pass
    open to-dos in riptid…     20 →    24   target = 0                waived
        generated parser (ana, until 2026-12-31): 24, required = 0
  Performance
    build time              84.2s → 61.0s   target ≤ baseline − 25 %  pass
    bench api/parse         3.1ms →     –   target ≤ baseline + 10 %  NO VERDICT
        not measured at this commit (last at 77ab01c)
    test time               48.0s → 53.0s   target ≤ baseline         warn
        +10.0 % (+7.5 … +12.7 %)

  note: the waiver for `doc.*` was not needed
  next: cargo clippy -p riptide-api -p riptide-pool
  measured 12 min ago at 9be1d02 (clean), rustc 1.95.0;
  baseline 4f2c9e1, 6 days ago
";

    const STATUS_IN_ASCII: &str = "Phase 7: quality and infrastructure -> 2.0.0
                   NOT READY: 2 gates fail, 1 without verdict, 1 warns, 1 waived

  Gates
    clippy warnings           12 ->    14   target < 20               pass
    new clippy findings                 3   target = 0                FAIL
        api/src/lib.rs:40:9  clippy::needless_clone, ..
    tests failed               4 ->    30   target = 0                FAIL
        riptide-pool tests::reconnect_1, ..
    tests passed             626 ->   627   target >= baseline        pass
    open to-dos in ript..     20 ->    24   target = 0                waived
        generated parser (ana, until 2026-12-31): 24, required = 0
  Performance
    build time             84.2s -> 61.0s   target <= baseline - 25%  pass
    bench api/parse        3.1ms ->     -   target <= baseline + 10%  NO VERDICT
        not measured at this commit (last at 77ab01c)
    test time              48.0s -> 53.0s   target <= baseline        warn
        +10.0 % (+7.5 .. +12.7 %)

  note: the waiver for `doc.*` was not needed
  next: cargo clippy -p riptide-api -p riptide-pool
  measured 12 min ago at 9be1d02 (clean), rustc 1.95.0;
  baseline 4f2c9e1, 6 days ago
";
}

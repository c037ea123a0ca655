//! The `status` screen: every gate with baseline, value and target, and what to do next.

use crate::collector::ATTESTED;
use crate::run::{Lack, Verdict};

use super::Format;
use super::alert;
use super::document::{
    Between, Block, Document, GateGroup, GateRow, HeadingLevel, ItemList, Note, NoteKind, Text,
};
use super::figure::{ago, figure, ratio};
use super::object::{Gate, Number, Report};
use super::phrase::{self, GateTally};
use super::risk;
use super::style::{Look, Signs, Style};
use super::terminal;
use super::workstream;

/// The format for people.
pub(super) const FORMAT: Format = Format {
    name: "terminal",
    about: "a screen for people",
    render: screen,
    page: Some(terminal::render),
    site: None,
    commands: None,
};

/// Returns the screen at `now`, in Unix seconds.
pub fn screen(report: &Report, now: i64, look: &Look) -> String {
    screen_at(report, None, &str::to_owned, now, look)
}

/// Returns the screen in a repository where `commit` is checked out, with the sources that were measured. `with_options`
/// adds options of the command line to the next command.
pub fn screen_at(
    report: &Report,
    commit: Option<&str>,
    with_options: &dyn Fn(&str) -> String,
    now: i64,
    look: &Look,
) -> String {
    let next = Some(next(report, with_options));
    terminal::render(&document(report, next, commit, now, look.signs()), look)
}

/// Returns the screen of a campaign that has just ended: nothing comes next if all gates pass.
pub fn last(
    report: &Report,
    with_options: &dyn Fn(&str) -> String,
    now: i64,
    look: &Look,
) -> String {
    let next = (report.verdict != Verdict::Pass).then(|| next(report, with_options));
    terminal::render(&document(report, next, None, now, look.signs()), look)
}

fn document(
    report: &Report,
    next: Option<String>,
    commit: Option<&str>,
    now: i64,
    signs: &Signs,
) -> Document {
    let mut blocks = vec![title(report, signs), Block::Separator];
    if !report.gates.is_empty() {
        blocks.push(Block::Gates(gates(phrase::groups(report), signs)));
        blocks.push(Block::Separator);
    }
    let workstreams = report.workstreams.as_deref().unwrap_or_default();
    if !workstreams.is_empty() {
        blocks.push(Block::Heading(
            HeadingLevel::Subsection,
            "Workstreams".into(),
        ));
        blocks.push(workstream::table(workstreams, false));
        blocks.push(Block::Separator);
    }
    if let Some(risks) = risk::open(report.risks.as_deref().unwrap_or_default()) {
        blocks.push(Block::Heading(HeadingLevel::Subsection, "Risks".into()));
        blocks.push(risks);
        blocks.push(Block::Separator);
    }
    blocks.extend(alert::open(
        report.alerts.as_deref().unwrap_or_default(),
        now,
    ));
    let notes = report.notes.iter().cloned().chain(phrase::reused(report));
    blocks.extend(notes.map(|note| Note::new(NoteKind::Note, note).into()));
    blocks.extend(next.map(|next| Note::new(NoteKind::Next, next).into()));
    blocks.push(provenance(report, commit, now));
    blocks
}

/// Returns the campaign and its goal, and the verdict.
fn title(report: &Report, signs: &Signs) -> Block {
    let (word, style) = match report.verdict {
        Verdict::Fail => ("NOT READY", Style::Bad),
        Verdict::NoVerdict => ("NOT READY", Style::Caution),
        _ => ("READY", Style::Good),
    };
    let tally = GateTally::from(report).short();
    Block::Title {
        text: phrase::campaign(report, &report.campaign.name, signs),
        remark: Text::styled(style, word).words(format!(": {tally}")),
    }
}

/// Returns the gates of each group with their values.
pub(super) fn gates(groups: Vec<(&str, Vec<&Gate>)>, signs: &Signs) -> Vec<GateGroup> {
    groups
        .into_iter()
        .map(|(key, gates)| GateGroup {
            key: key.to_owned(),
            heading: phrase::heading(key),
            rows: gates.into_iter().map(|gate| row(gate, signs)).collect(),
        })
        .collect()
}

fn row(gate: &Gate, signs: &Signs) -> GateRow {
    // A check of a release that holds is explained by its evidence.
    let shows_evidence = gate.reason.is_empty() && phrase::is_check(gate);
    let evidence = gate.evidence.first().filter(|_| shows_evidence);
    GateRow {
        name: phrase::name(gate),
        require: gate.require.clone(),
        condition: phrase::condition(&gate.require, signs),
        baseline: number(gate.baseline, gate, signs),
        value: number(gate.value, gate, signs),
        verdict: gate.verdict,
        remark: remark(gate, signs),
        reason: evidence.unwrap_or(&gate.reason).clone(),
        varies: phrase::varies(&gate.unit),
    }
}

fn number(value: Option<Number>, gate: &Gate, signs: &Signs) -> Option<String> {
    value.map(|Number(value)| figure(value, &gate.unit, signs))
}

/// Returns the change, the first piece of evidence or the reason, whichever explains the verdict best.
fn remark(gate: &Gate, signs: &Signs) -> String {
    match (gate.verdict, &gate.ratio, gate.evidence.as_slice()) {
        (Verdict::Pass, Some(r), _) => ratio(r, signs),
        (Verdict::Pass, None, _) => String::new(),
        (Verdict::NoVerdict | Verdict::Waived, ..) => gate.reason.clone(),
        (_, Some(r), _) => ratio(r, signs),
        (_, None, []) => gate.reason.clone(),
        (_, None, [only]) => only.clone(),
        (_, None, [first, ..]) => format!("{first}, {}", signs.dots),
    }
}

/// Returns the one command that brings the campaign forward. `gate` measures all missing metrics, so it suffices. The hints
/// of gates have the options of the command line already.
fn next(report: &Report, with_options: &dyn Fn(&str) -> String) -> String {
    let revision = report.campaign.revision.as_deref();
    match (&report.baseline, report.verdict) {
        _ if report.gates.is_empty() => {
            revision.map_or_else(|| with_options("cargo campaign init"), phrase::add_gates_on)
        }
        (None, _) => {
            revision.map_or_else(|| with_options("cargo campaign baseline"), phrase::pin_on)
        }
        (_, Verdict::Fail) => first(report, Verdict::Fail).map(help).unwrap_or_default(),
        (_, Verdict::NoVerdict) => first(report, Verdict::NoVerdict)
            .filter(|gate| !is_measurable(gate))
            .map_or_else(|| measure(with_options), help),
        (_, Verdict::Warn) => {
            first(report, Verdict::Warn).map_or_else(|| measure(with_options), help)
        }
        // A campaign with a goal ends there; without one it goes on, and nothing may have happened since the baseline.
        (Some(base), _) if report.campaign.release.is_some() && base.id != report.run.id => {
            with_options("cargo campaign final")
        }
        _ => measure(with_options),
    }
}

/// Returns whether measuring gives the value that a gate needs.
fn is_measurable(gate: &Gate) -> bool {
    let is_attested = gate.metric.starts_with(ATTESTED);
    !is_attested && matches!(gate.lack, Some(Lack::Missing | Lack::Stale))
}

fn measure(with_options: &dyn Fn(&str) -> String) -> String {
    with_options("cargo campaign gate")
}

fn first(report: &Report, verdict: Verdict) -> Option<&Gate> {
    report.gates.iter().find(|gate| gate.verdict == verdict)
}

fn help(gate: &Gate) -> String {
    let help = gate.help.clone();
    help.unwrap_or_else(|| "cargo campaign diff".to_owned())
}

/// Returns when and where the values were measured. `commit` is checked out now and has the sources that were measured.
pub(super) fn provenance(report: &Report, commit: Option<&str>, now: i64) -> Block {
    let run = &report.run;
    let measured = if run.id.is_none() {
        "nothing was measured yet;".to_owned()
    } else {
        let when = ago(now, phrase::started(run));
        let rustc = phrase::rustc(&run.toolchain);
        format!("measured {when} at {}, rustc {rustc};", phrase::state(run))
    };
    let moved = commit
        .filter(|commit| run.commit.as_deref().is_some_and(|then| then != *commit))
        .map(|commit| format!("HEAD is {}, sources unchanged;", phrase::short(commit)));
    let baseline = match &report.baseline {
        Some(base) => {
            let when = ago(now, phrase::started(base));
            format!("baseline {}, {when}", phrase::commit(base))
        }
        None => "no baseline".to_owned(),
    };
    let parts = [Some(measured), moved, Some(baseline)];
    Block::Items(ItemList {
        label: Text::default(),
        between: Between::Blank,
        items: parts
            .into_iter()
            .flatten()
            .map(|part| Text::styled(Style::Quiet, part))
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::object::Source;
    use crate::report::tests::{ASCII, NOW, UNICODE, first, passing, report};

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
            last(&passing(), &str::to_owned, NOW, &ASCII),
            screen(&passing(), NOW, &ASCII).replace(line, "")
        );
        assert_eq!(
            last(&report(), &str::to_owned, NOW, &ASCII),
            STATUS_IN_ASCII
        );
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

//! The sections about workstreams, owners, handoffs and the week, as a team reads them.

use super::*;
use crate::report::sections::section_of;
use crate::report::tests::passing;

/// Workstreams, as [`streams`] reads them.
const STREAMS: &str = "
    7.1 in_progress ana
        open clippy warnings < 20: 24
        met docs/BUILD.md
        log 2026-10-01 started
        log 2026-11-19 note the cache is next
    7.2 blocked -
        waits 7.1
        blocker 2026-11-18 no access
    7.3 pending bo
        no-verdict failover rehearsed: cannot read it
    7.4 complete ana
        met docs/DONE.md";

/// Parses workstreams: a line with id, status and owner each, followed by its criteria with reasons, the workstreams that it
/// waits for, its blockers and its log.
fn streams(text: &str) -> Vec<WorkstreamState> {
    let mut states: Vec<WorkstreamState> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (word, rest) = line.split_once(' ').expect("two words");
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            let (status, owner) = rest.split_once(' ').expect("a status and an owner");
            states.push(WorkstreamState {
                id: word.to_owned(),
                status: status.to_owned(),
                owner: Some(owner.to_owned()).filter(|owner| owner != "-"),
                may_start: Some(status != "blocked"),
                ..WorkstreamState::default()
            });
            continue;
        }
        let state = states.last_mut().expect("a workstream");
        match word {
            "waits" => state.waits.push(rest.to_owned()),
            "blocker" => state.blockers.push(logged("blocked", rest)),
            "log" => {
                let (day, rest) = rest.split_once(' ').expect("a day and an action");
                let (action, text) = rest.split_once(' ').unwrap_or((rest, ""));
                state.log.push(logged(action, &format!("{day} {text}")));
            }
            _ => {
                let (text, reason) = match rest.split_once(": ") {
                    Some((text, reason)) => (text, Some(reason.to_owned())),
                    None => (rest, None),
                };
                state.met += usize::from(word == "met");
                state.criteria.push(CriterionState {
                    text: text.to_owned(),
                    state: word.to_owned(),
                    help: reason.as_ref().map(|_| "cargo campaign gate".to_owned()),
                    reason,
                });
            }
        }
    }
    states
}

/// Returns an action from its day and text.
fn logged(action: &str, text: &str) -> LoggedAction {
    let (day, text) = text.split_at(10);
    LoggedAction {
        action: action.to_owned(),
        author: "ana".to_owned(),
        time: format!("{day}T12:00:00Z"),
        text: text.trim().to_owned(),
        commit: None,
    }
}

/// Returns the sample with these workstreams in place of its own.
fn sample(text: &str) -> Sample {
    let mut sample = Sample::new("");
    sample.report.workstreams = Some(streams(text));
    for entry in &mut sample.plan.entries {
        entry.title = None;
    }
    sample
}

/// Returns a section as it stands in a document.
fn shown(name: &str, facts: &ReportFacts<'_>) -> String {
    content(section_of(name).expect("a section"), facts).text()
}

fn assert_section(name: &str, facts: &ReportFacts<'_>, expected: &[&str]) {
    let text = shown(name, facts);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines, expected, "{name}");
}

#[test]
fn owners_are_sorted_and_those_without_one_come_last() {
    let sample = sample(STREAMS);
    assert_section(
        "owners",
        &sample.facts(),
        &[
            "| owner | workstream | status | met | priority | ends | open |",
            "| --- | --- | --- | --- | --- | --- | --- |",
            "| ana | 7.1 | in progress | 1 of 2 | high | 2026-11-24 | clippy warnings < 20 (24) |",
            "| ana | 7.4 | complete | 1 of 1 |  |  |  |",
            "| bo | 7.3 | ready | 0 of 1 | normal | 2026-11-24 | failover rehearsed (cannot read it) |",
            "| without an owner | 7.2 | blocked | 0 of 0 | high | 2026-11-24 | no access, waits for 7.1 |",
        ],
    );
}

#[test]
fn workstream_that_the_plan_does_not_have_has_no_end() {
    let sample = sample("9.9 pending -");
    let row = "| without an owner | 9.9 | ready | 0 of 0 | normal |  |  |";
    let text = shown("owners", &sample.facts());
    assert_eq!(text.lines().last(), Some(row));
}

/// The record of October is from before the period.
#[test]
fn stand_up_has_the_records_of_the_period_the_next_step_and_what_blocks() {
    let sample = sample(STREAMS);
    assert_section(
        "standup",
        &sample.facts(),
        &[
            "### ana",
            "",
            "- recorded: 7.1 note: the cache is next",
            "- next: 7.1: clippy warnings < 20 (24): `cargo campaign gate`",
            "",
            "### bo",
            "",
            "- next: 7.3: ready: `cargo campaign workstream start 7.3`",
            "",
            "### without an owner",
            "",
            "- blocked: 7.2: no access; 7.2 waits for 7.1",
        ],
    );
    let all = ReportFacts {
        start: 0,
        ..sample.facts()
    };
    let recorded = "- recorded: 7.1 started; 7.1 note: the cache is next";
    assert!(shown("standup", &all).contains(recorded));
    let none = ReportFacts {
        start: NOW,
        ..sample.facts()
    };
    assert!(shown("standup", &none).contains("### ana\n\n- next: 7.1: "));
}

#[test]
fn progress_counts_and_names_the_worst_schedule_variance() {
    let mut sample = sample(STREAMS);
    let milestone = |id: &str, status: &str, ahead: Option<f64>| MilestoneState {
        id: id.to_owned(),
        status: status.to_owned(),
        health: "on-track".to_owned(),
        ahead: ahead.and_then(Number::of),
        ..MilestoneState::default()
    };
    sample.report.milestones = Some(vec![
        milestone("1", "complete", None),
        milestone("2", "in_progress", Some(-1.5)),
        milestone("3", "pending", Some(4.0)),
    ]);
    assert_section(
        "progress",
        &sample.facts(),
        &[
            "- workstreams complete: 1 of 4",
            "- owners active: 1 of 2",
            "- workstreams with a blocker: 1",
            "- milestones done: 1 of 3",
            "- schedule variance: 1.5 d after its target, 2",
        ],
    );
    sample.report.milestones = None;
    sample.report.workstreams = None;
    assert_section("progress", &sample.facts(), &["Nothing to report."]);
}

#[test]
fn goals_have_days_owners_and_a_tick_for_each_criterion_that_is_met() {
    let mut sample = sample(STREAMS);
    let criterion = |text: &str, state: &str, reason: Option<&str>| CriterionState {
        text: text.to_owned(),
        state: state.to_owned(),
        reason: reason.map(str::to_owned),
        help: None,
    };
    sample.report.milestones = Some(vec![MilestoneState {
        id: "p1".to_owned(),
        title: Some("Phase".to_owned()),
        objective: Some("it works".to_owned()),
        health: "at-risk".to_owned(),
        target: Some("2026-12-01".to_owned()),
        workstreams: ["7.1", "7.4"].map(str::to_owned).into(),
        criteria: vec![
            criterion("tests failed = 0", "met", None),
            criterion("lines covered > 80%", "no-verdict", Some("not measured")),
        ],
        ..MilestoneState::default()
    }]);
    assert_section(
        "goals",
        &sample.facts(),
        &[
            "### p1 Phase: at risk",
            "",
            "- it works",
            "- until 2026-12-01",
            "- owners: ana",
            "",
            "- [ ] 7.1 (clippy warnings < 20 (24))",
            "- [x] 7.4",
            "- [x] tests failed = 0",
            "- [ ] lines covered > 80% (not measured)",
        ],
    );
}

#[test]
fn sign_off_needs_the_checks_of_the_release_and_every_gate() {
    let mut sample = sample(STREAMS);
    let facts = sample.facts();
    let unchecked = "Whether 2.0.0 is ready: `cargo campaign gate --release 2.0.0`";
    assert_section("sign-off", &facts, &[unchecked]);
    let checks = shown("checks", &facts);
    for expected in [
        "- [x] clippy warnings < 20 (14)",
        "- [ ] tests failed: 30, required = 0",
        "- [x] open to-dos in riptide-api: 24, required = 0 (waived)",
        "- [ ] 7.2 (no access, waits for 7.1)",
        "- [x] 7.4",
    ] {
        assert!(checks.contains(expected), "{expected}: {checks}");
    }
    let report = std::mem::replace(&mut sample.report, first());
    sample.report = report.for_release("2.0.0".to_owned(), Vec::new(), None);
    let text = shown("sign-off", &sample.facts());
    let expected = "**NOT READY**: for 2.0.0: 3 outstanding: new clippy findings, tests failed";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn next_workstreams_are_in_the_order_in_which_they_start() {
    let sample = sample(STREAMS);
    assert_section(
        "next",
        &sample.facts(),
        &[
            "- 7.1 (ana): in progress: clippy warnings < 20 (24)",
            "- 7.3 (bo): ready: failover rehearsed (cannot read it)",
            "- 7.2: blocked: no access, waits for 7.1",
        ],
    );
    assert_section("done", &sample.facts(), &["- 7.4 (1 of 1 met)"]);
    let without_plan = ReportFacts {
        plan: None,
        ..sample.facts()
    };
    assert_section("next", &without_plan, &["Nothing to report."]);
}

#[test]
fn open_items_of_a_check_list_say_what_is_open_and_name_a_command() {
    let sample = sample(STREAMS);
    let facts = sample.facts();
    assert_section(
        "before",
        &facts,
        &[
            "- [x] the baseline is pinned",
            "- [ ] every gate has a verdict (bench.api/parse.time): `cargo campaign gate`",
            "- [ ] every workstream has an owner (7.2)",
            "- [x] every workstream has an estimate",
            "- [ ] every milestone has a target (phase-7)",
        ],
    );
    assert_section(
        "during",
        &facts,
        &[
            "- [ ] 7.1 is complete (1 of 2)",
            "- [ ] 7.2 is complete (0 of 0)",
            "- [ ] 7.3 is complete (0 of 1)",
            "- [x] 7.4 is complete",
            "- [ ] nothing prevents work (7.2)",
        ],
    );
    assert_section(
        "after",
        &facts,
        &[
            "- [ ] all gates pass for the whole workspace (2 of 8 gates fail, 1 without verdict, 1 warns, \
             1 waived): `cargo campaign gate`",
            "- [ ] all workstreams are complete (7.1, 7.2, 7.3)",
            "- [ ] all attestations are given (review): `cargo campaign attest list`",
            "- [ ] the final values are pinned, and the completion report is written: \
             `cargo campaign final`",
            "- [ ] 2.0.0 is ready for its release: `cargo campaign gate --release 2.0.0`",
        ],
    );
}

#[test]
fn check_lists_are_ticked_once_everything_is_shown() {
    let mut sample = sample("7.1 complete ana\n met docs/BUILD.md");
    sample.report = Report {
        workstreams: sample.report.workstreams,
        ..passing()
    };
    sample.report.campaign.release = None;
    sample.attestations[0].state = "given".to_owned();
    sample.plan.milestones[0].target = Some("2026-11-30".to_owned());
    let facts = ReportFacts {
        finished: Some("2026-11-30"),
        ..sample.facts()
    };
    for name in ["before", "during", "after"] {
        let text = shown(name, &facts);
        assert!(text.contains("- [x] ") && !text.contains("[ ]"), "{text}");
    }
}

/// A box is never ticked for lack of anything to look at.
#[test]
fn nothing_is_ticked_without_evidence() {
    let nothing = Sample {
        report: first(),
        ..Sample::new("")
    };
    let facts = ReportFacts {
        change: None,
        plan: None,
        attestations: &[],
        ..nothing.facts()
    };
    for (name, count) in [("before", 2), ("after", 2)] {
        let text = shown(name, &facts);
        assert_eq!(text.matches("- [ ] ").count(), count, "{text}");
        assert!(!text.contains("[x]"), "{text}");
    }
    assert_section("during", &facts, &["- [x] nothing prevents work"]);
}

#[test]
fn check_list_names_five_and_counts_the_others() {
    let text: String = (1..=8).map(|at| format!("7.{at} pending -\n")).collect();
    let expected = "- [ ] all workstreams are complete (7.1, 7.2, 7.3, 7.4, 7.5 and 3 more)";
    let text = shown("after", &sample(&text).facts());
    assert!(text.lines().any(|line| line == expected), "{text}");
}

#[test]
fn remedies_begin_with_what_is_blocked_and_end_with_what_may_go_wrong() {
    let sample = sample(STREAMS);
    let text = shown("remedies", &sample.facts());
    let lines: Vec<&str> = text.lines().collect();
    let blocked = "- 7.2 is blocked: no access: `cargo campaign workstream unblock 7.2`";
    assert_eq!(lines[0], blocked);
    let next = "- 7.1: clippy warnings < 20 (24): `cargo campaign gate`";
    assert!(lines.contains(&next), "{text}");
    let last = "- the documents are out of date: `cargo campaign document`";
    assert_eq!(lines.last(), Some(&last));
}

/// Runs, commits, whether there are values from before, and the paragraph.
#[test]
fn period_is_described_with_what_is_known() {
    let sample = Sample::new("");
    let since = "since the values of 2026-11-14T14:09:09Z.";
    for (runs, commits, is_compared, expected) in [
        (12, Some(3), true, format!("12 runs, 3 commits {since}")),
        (1, Some(1), true, format!("1 run, 1 commit {since}")),
        (0, Some(0), true, format!("0 runs, 0 commits {since}")),
        (2, None, true, format!("2 runs {since}")),
        (
            2,
            None,
            false,
            "2 runs. No values are from before the period.".to_owned(),
        ),
    ] {
        let facts = sample.facts();
        let facts = ReportFacts {
            runs,
            commits,
            change: facts.change.filter(|_| is_compared),
            ..facts
        };
        assert_section("period", &facts, &[&expected]);
    }
}

#[test]
fn week_without_a_change_says_so_and_one_without_earlier_values_is_empty() {
    let mut sample = Sample::new("");
    let report = &mut sample.report;
    report.metrics.clear();
    report.findings = None;
    report.tests = Default::default();
    assert_section(
        "changes",
        &sample.facts(),
        &["No value, finding or test changed."],
    );
    let alone = ReportFacts {
        change: None,
        ..sample.facts()
    };
    assert_section("changes", &alone, &["Nothing to report."]);
}

#[test]
fn trends_are_charts_from_the_first_value_to_the_last() {
    let mut sample = Sample::new("");
    let rows = [
        "| metric | trend | values |",
        "| --- | --- | --- |",
        "| clippy warnings | █▁ | 3 → 1 |",
    ];
    assert_section("trends", &sample.facts(), &rows);
    sample.trends[0].points.clear();
    assert_section("trends", &sample.facts(), &["Nothing to report."]);
}

/// The end and the target of a milestone, how far they are apart, and how its row ends.
#[test]
fn milestone_says_when_it_ends_and_how_far_that_is_from_its_target() {
    let (end, target) = (Some("2026-12-02"), Some("2026-12-04"));
    for (end, target, ahead, expected) in [
        (
            end,
            target,
            Some(2.0),
            "ends 2026-12-02, 2 d before its target 2026-12-04",
        ),
        (
            end,
            target,
            Some(-1.5),
            "ends 2026-12-02, 1.5 d after its target 2026-12-04",
        ),
        (
            end,
            target,
            Some(0.0),
            "ends 2026-12-02, on the last working day before its target 2026-12-04",
        ),
        (
            end,
            end,
            Some(0.0),
            "ends 2026-12-02, on the day of its target 2026-12-02",
        ),
        (end, None, None, "ends 2026-12-02, without a target"),
        (None, target, None, "its target is 2026-12-04"),
        (None, None, None, ""),
    ] {
        let mut sample = Sample::new("");
        let milestone = &mut sample.plan.milestones[0];
        milestone.end = end.map(str::to_owned);
        milestone.target = target.map(str::to_owned);
        milestone.ahead = ahead.map(Number);
        let row = format!("| phase-7 | at risk | {expected} |");
        let text = shown("milestones", &sample.facts());
        assert_eq!(text.lines().last(), Some(row.as_str()));
    }
}

#[test]
fn diagrams_are_left_out_of_plans_that_services_refuse() {
    let mut sample = Sample::new("");
    assert!(shown("timeline", &sample.facts()).contains("```mermaid\ngantt\n"));
    assert!(shown("chain", &sample.facts()).contains("    w0 --> w1\n"));
    sample.plan.entries = vec![sample.plan.entries[0].clone(); crate::report::plan::MOST + 1];
    let text = shown("timeline", &sample.facts());
    assert!(!text.contains("mermaid") && text.contains("ends 2026-11-25, in 3.4 d"));
    assert_section("chain", &sample.facts(), &["Nothing to report."]);
}

#[test]
fn origin_names_the_run_and_never_invents_one() {
    let mut sample = Sample::new("");
    let origin = "Generated by cargo-campaign 0.1.0 from run 20261120-141209-9be1d02c of \
                  2026-11-20T14:12:09Z at `9be1d02`, rustc 1.95.0";
    assert_section("origin", &sample.facts(), &[origin]);
    sample.report.run.commit = None;
    assert!(shown("origin", &sample.facts()).contains(" at no commit, "));
    sample.report.run.id = None;
    assert_section("origin", &sample.facts(), &["Nothing was measured."]);
}

#[test]
fn attestations_and_documents_are_listed_in_order() {
    let mut sample = Sample::new("");
    sample.attestations[0] = AttestationEntry {
        id: "review".to_owned(),
        state: "not-known".to_owned(),
        reason: Some("cannot read it".to_owned()),
        ..AttestationEntry::default()
    };
    assert_section(
        "attestations",
        &sample.facts(),
        &[
            "| attestation | state | author | date | statement |",
            "| --- | --- | --- | --- | --- |",
            "| `review` | not known |  |  | cannot read it |",
            "| `failover` | given | ana | 2026-11-19 | rehearsed |",
        ],
    );
    assert_section(
        "documents",
        &sample.facts(),
        &[
            "| read | document | audience | purpose |",
            "| --- | --- | --- | --- |",
            "| 1 (start here) | `README` | everybody | what the campaign is for |",
            "| 2 | `docs/PLAN` | everybody | what the campaign is for |",
        ],
    );
}

#[test]
fn uncommitted_changes_are_named_in_the_summary() {
    let mut sample = Sample::new("");
    let text = "Measured on sources with uncommitted changes";
    assert!(!shown("summary", &sample.facts()).contains(text));
    sample.report.run.dirty = true;
    assert!(shown("summary", &sample.facts()).ends_with(text));
}

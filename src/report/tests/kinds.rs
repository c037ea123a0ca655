//! The kinds of reports and the sections of documents, on a sample with workstreams.

mod sections;

use crate::metric::Unit;
use crate::report::attestation::AttestationEntry;
use crate::report::facts::{DocumentEntry, ReportFacts};
use crate::report::history::Trend;
use crate::report::kind::{KINDS, ReportPeriod};
use crate::report::object::{
    CriterionState, Gate, LoggedAction, MilestoneState, Number, Report, RiskState, WorkstreamState,
};
use crate::report::plan::{PlanEntry, PlanPage};
use crate::report::region::{content, new_file};
use crate::report::sections::{SECTIONS, section_of};
use crate::report::tests::{ASCII, HOSTILE, NOW, first, hostile, report};
use crate::report::{kind_of, markdown, terminal};
use crate::run::Verdict;
use crate::team_document::TeamDocument;
use crate::text;

/// What the facts of a sample refer to.
pub(super) struct Sample {
    pub(super) report: Report,
    trends: [Trend; 1],
    plan: PlanPage,
    attestations: [AttestationEntry; 2],
    documents: [DocumentEntry; 2],
    commands: [(String, String); 1],
}

impl Sample {
    /// Returns the sample with three workstreams, and with `suffix` behind every text from outside.
    pub(super) fn new(suffix: &str) -> Self {
        let text = |text: &str| format!("{text}{suffix}");
        let mut report = hostile(suffix);
        report.workstreams = Some(workstreams(&text));
        report.milestones = Some(vec![MilestoneState {
            id: text("phase-7"),
            title: Some(text("Quality")),
            objective: Some(text("few warnings and no failures")),
            status: "in_progress".to_owned(),
            health: "at-risk".to_owned(),
            start: Some("2026-10-01".to_owned()),
            target: Some("2026-11-24".to_owned()),
            end: Some("2026-11-25".to_owned()),
            ahead: Number::of(-1.0),
            workstreams: ["7.1", "7.2", "7.4"].map(text).into(),
            criteria: vec![CriterionState {
                text: text("tests failed = 0"),
                state: "open".to_owned(),
                reason: Some(text("30")),
                help: None,
            }],
        }]);
        report.risks = Some(vec![RiskState {
            id: text("errors"),
            title: text("Build errors block all work"),
            owner: text("ana"),
            status: "active".to_owned(),
            probability: "high".to_owned(),
            impact: "critical".to_owned(),
            exposure: 12,
            mitigation: Some(text("the errors go first")),
            ..RiskState::default()
        }]);
        Self {
            report,
            trends: [Trend {
                title: text("clippy warnings"),
                unit: Unit::Count,
                points: vec![(0, 3.0), (1, 1.0)],
            }],
            plan: plan(&text),
            attestations: [("review", "open"), ("failover", "given")].map(|(id, state)| {
                AttestationEntry {
                    id: text(id),
                    state: state.to_owned(),
                    statement: Some(text("rehearsed")),
                    author: Some(text("ana")),
                    date: Some("2026-11-19".to_owned()),
                    ..AttestationEntry::default()
                }
            }),
            documents: ["README", "docs/PLAN"].map(|name| DocumentEntry {
                path: text(name),
                purpose: text("what the campaign is for"),
                audience: text("everybody"),
            }),
            commands: [(text("clippy"), text("cargo clippy --workspace"))],
        }
    }

    pub(super) fn facts(&self) -> ReportFacts<'_> {
        ReportFacts {
            report: &self.report,
            change: Some(&self.report),
            trends: &self.trends,
            runs: 12,
            commits: Some(3),
            plan: Some(&self.plan),
            attestations: &self.attestations,
            documents: &self.documents,
            commands: &self.commands,
            finished: None,
            start: NOW - 7 * 24 * 3600,
            now: NOW,
        }
    }
}

fn workstreams(text: &dyn Fn(&str) -> String) -> Vec<WorkstreamState> {
    let criterion = |of: &str, state: &str, reason: Option<&str>| CriterionState {
        text: text(of),
        state: state.to_owned(),
        reason: reason.map(text),
        help: reason.map(|_| text("cargo campaign explain clippy.warnings")),
    };
    let action = |action: &str, day: &str, note: &str| LoggedAction {
        action: action.to_owned(),
        author: text("ana"),
        time: format!("{day}T12:00:00Z"),
        text: text(note),
        commit: None,
    };
    let state = |id: &str, status: &str, may_start| WorkstreamState {
        id: text(id),
        title: Some(text("Work")),
        owner: Some(text("ana")),
        status: status.to_owned(),
        may_start,
        ..WorkstreamState::default()
    };
    vec![
        WorkstreamState {
            met: 1,
            criteria: vec![
                criterion("clippy warnings < 20", "open", Some("24")),
                criterion("docs/BUILD.md", "met", None),
            ],
            log: vec![
                action("started", "2026-10-01", ""),
                action("note", "2026-11-19", "the cache is next"),
            ],
            ..state("7.1", "in_progress", Some(true))
        },
        WorkstreamState {
            needs: vec![text("7.1")],
            waits: vec![text("7.1")],
            blockers: vec![action("blocked", "2026-11-18", "no access")],
            owner: None,
            ..state("7.2", "blocked", Some(false))
        },
        state("7.3", "pending", Some(true)),
        WorkstreamState {
            met: 1,
            criteria: vec![criterion("docs/DONE.md", "met", None)],
            ..state("7.4", "complete", Some(true))
        },
    ]
}

fn plan(text: &dyn Fn(&str) -> String) -> PlanPage {
    let entry = |id: &str, status: &str, span: (f64, f64)| PlanEntry {
        id: text(id),
        title: Some(text("Work")),
        status: status.to_owned(),
        span,
        is_critical: id != "7.3",
        days: ("2026-11-20".to_owned(), "2026-11-24".to_owned()),
        ..PlanEntry::default()
    };
    PlanPage {
        entries: vec![
            entry("7.1", "in_progress", (0.0, 2.4)),
            PlanEntry {
                needs: vec![text("7.1")],
                ..entry("7.2", "blocked", (2.4, 3.4))
            },
            entry("7.3", "pending", (0.0, 1.0)),
            entry("7.4", "complete", (0.0, 0.0)),
        ],
        milestones: vec![MilestoneState {
            id: text("phase-7"),
            health: "at-risk".to_owned(),
            ..MilestoneState::default()
        }],
        left: 3.4,
        end: "2026-11-25".to_owned(),
        ..PlanPage::default()
    }
}

#[test]
fn reports_are_ascii_on_terminals_that_show_nothing_else() {
    let sample = Sample::new("");
    for kind in KINDS {
        let screen = terminal::render(&kind.page(&sample.facts()), &ASCII);
        let other = screen.chars().find(|c| !c.is_ascii());
        assert_eq!(other, None, "{}: {screen}", kind.name);
    }
}

#[test]
fn every_kind_is_described_and_renders_with_little_and_with_much() {
    let nothing = Sample {
        report: first(),
        ..Sample::new("")
    };
    let bare = ReportFacts {
        change: None,
        trends: &[],
        commits: None,
        plan: None,
        attestations: &[],
        documents: &[],
        commands: &[],
        ..nothing.facts()
    };
    let much = Sample::new("");
    for (at, kind) in KINDS.iter().enumerate() {
        assert!(!kind.about.is_empty() && !kind.about.contains(';'));
        let is_first = KINDS[..at].iter().all(|other| other.name != kind.name);
        assert!(is_first, "{}", kind.name);
        for facts in [bare, much.facts()] {
            let page = kind.page(&facts);
            assert!(!terminal::render(&page, &ASCII).is_empty());
            let text = markdown::render(&page);
            assert!(text.starts_with("# Phase 7: "), "{text}");
        }
    }
}

#[test]
fn every_section_of_the_sample_has_facts() {
    let sample = Sample::new("");
    for section in SECTIONS {
        assert!(
            !(section.blocks)(&sample.facts()).is_empty(),
            "{}",
            section.name
        );
    }
}

#[test]
fn period_of_a_stand_up_begins_on_the_last_working_day() {
    // 2026-11-20 is a Friday.
    for (days, expected) in [(0, 1), (1, 1), (2, 2), (3, 3), (4, 1), (-1, 1)] {
        let length = ReportPeriod::WorkingDay.length(NOW + days * 24 * 3600);
        assert_eq!(length.as_secs(), expected * 24 * 3600, "{days}");
    }
}

#[test]
fn content_of_a_region_is_like_itself_and_unlike_other_facts() {
    let sample = Sample::new("");
    let mut later = Sample::new("");
    later.report.run.started = "2027-01-01T00:00:00Z".to_owned();
    later.plan.end = "2027-02-01".to_owned();
    let mut other = Sample::new("");
    other.report.workstreams.as_mut().unwrap()[0].met = 2;
    for section in SECTIONS {
        let own = content(section, &sample.facts());
        assert!(own.is_like(&own.text()), "{}", section.name);
        let text = content(section, &later.facts()).text();
        assert!(own.is_like(&text), "{}: {text}", section.name);
        let text = content(section, &other.facts()).text();
        if section.name == "workstreams" {
            assert!(!own.is_like(&text), "{}: {text}", section.name);
        }
        let more = format!("{text}\nx");
        assert!(!own.is_like(&more), "{}", section.name);
    }
}

/// Times and sizes may differ, and so may the reason of a missing verdict. Counts and names may not.
#[test]
fn only_what_varies_may_differ() {
    type Edit = fn(&mut Report);
    let cases: [(&str, &str, Edit, bool); 7] = [
        (
            "collectors",
            "count",
            |r| value(r, "clippy.warnings"),
            false,
        ),
        ("collectors", "time", |r| value(r, "test.time"), true),
        ("results", "count", |r| value(r, "clippy.warnings"), false),
        ("results", "time", |r| value(r, "test.time"), true),
        (
            "to-do",
            "name",
            |r| undecided(r).title = "other".into(),
            false,
        ),
        (
            "to-do",
            "reason",
            |r| undecided(r).reason = "other".into(),
            true,
        ),
        (
            "gates",
            "reason",
            |r| undecided(r).reason = "other".into(),
            true,
        ),
    ];
    for (section, what, edit, is_like) in cases {
        let sample = Sample::new("");
        let mut other = Sample::new("");
        edit(&mut other.report);
        let section = section_of(section).unwrap();
        let text = content(section, &other.facts()).text();
        let own = content(section, &sample.facts());
        assert_ne!(own.text(), text, "{} {what}", section.name);
        assert_eq!(
            own.is_like(&text),
            is_like,
            "{} {what}: {text}",
            section.name
        );
    }
}

/// Gives a metric another value.
fn value(report: &mut Report, name: &str) {
    let metric = report.metrics.get_mut(name).unwrap();
    metric.value = metric.value.map(|Number(value)| Number(value + 1.0));
}

/// Returns the gate without a verdict.
fn undecided(report: &mut Report) -> &mut Gate {
    let mut gates = report.gates.iter_mut();
    gates
        .find(|gate| gate.verdict == Verdict::NoVerdict)
        .unwrap()
}

#[test]
fn no_text_ends_a_region_or_is_live() {
    let ends = ["\n<!-- /campaign -->\n", "\n\n# x", "<b>", "|"];
    for suffix in HOSTILE.iter().chain(&ends) {
        let sample = Sample::new(suffix);
        for section in SECTIONS {
            let text = content(section, &sample.facts()).text();
            assert!(text::is_safe(&text), "{} {suffix:?}", section.name);
            for line in text.lines() {
                let is_marker = line.trim().starts_with("<!--");
                assert!(!is_marker, "{} {suffix:?}: {line}", section.name);
            }
        }
    }
}

#[test]
fn new_document_has_headings_and_empty_regions() {
    let document = TeamDocument {
        path: "docs/END.md".to_owned(),
        report: "completion".to_owned(),
        sections: vec!["summary".to_owned(), "gates".to_owned()],
        ..TeamDocument::default()
    };
    let text = new_file(&document, &Sample::new("").facts());
    let expected = "# Phase 7: quality and infrastructure → 2.0.0: completion report\n\n\
        ## Summary\n\n<!-- campaign:summary -->\n<!-- /campaign -->\n\n\
        ## Gates\n\n<!-- campaign:gates -->\n<!-- /campaign -->\n\n\
        ## Lessons\n\n## Recommendations\n";
    assert_eq!(text, expected);
}

#[test]
fn build_report_has_the_state_of_collectors_and_what_to_do() {
    let sample = Sample {
        report: report(),
        ..Sample::new("")
    };
    let page = markdown::render(&kind_of("build").unwrap().page(&sample.facts()));
    let lines = [
        "# Phase 7: quality and infrastructure → 2.0.0: build report",
        "| `api/src/lib.rs:40:9` | `clippy::needless_clone` | redundant clone |",
        "- `riptide-db a::b`",
        "- tests failed: 30, required = 0: `cargo campaign explain test.failed`",
    ];
    for line in lines {
        assert!(page.lines().any(|other| other == line), "{line} in {page}");
    }
    assert!(!page.contains("Trends"), "{page}");
}

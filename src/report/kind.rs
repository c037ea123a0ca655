//! The kinds of `report`, each laid out once for terminal and Markdown.
//!
//! To add a kind, write one file with a [`Kind`] and add a line to [`super::KINDS`].

use std::time::Duration;

use super::document::Document;
use super::history::Trend;
use super::object::Report;

/// A kind of report.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Its name on the command line.
    pub name: &'static str,
    /// A description for the help.
    pub about: &'static str,
    /// The time that it covers, until now.
    pub period: Duration,
    /// Returns its blocks.
    pub layout: fn(&ReportFacts<'_>) -> Document,
}

/// The facts of a report.
#[derive(Clone, Copy, Debug)]
pub struct ReportFacts<'a> {
    /// The values and verdicts.
    pub report: &'a Report,
    /// The same values, compared with those at the start of the period. `None` without any.
    pub change: Option<&'a Report>,
    /// The trends of the gated metrics within the period.
    pub trends: &'a [Trend],
    /// How many runs were recorded in the period.
    pub runs: usize,
    /// How many commits were made since the values at its start. `None` without git.
    pub commits: Option<usize>,
    /// The time in Unix seconds.
    pub now: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::Unit;
    use crate::report::tests::{ASCII, first, report};
    use crate::report::{KINDS, kind_of, markdown, terminal};

    fn page(kind: &str, report: &Report, change: Option<&Report>) -> String {
        let trends = [Trend {
            title: "clippy warnings".to_owned(),
            unit: Unit::Count,
            points: vec![(0, 3.0), (1, 1.0)],
        }];
        let record = ReportFacts {
            report,
            change,
            trends: &trends,
            runs: 12,
            commits: Some(3),
            now: 1_763_633_702,
        };
        let page = (kind_of(kind).unwrap().layout)(&record);
        // Both renderers take every block.
        assert!(!terminal::render(&page, &ASCII).is_empty());
        markdown::render(&page)
    }

    #[test]
    fn every_kind_is_described_and_renders_with_and_without_a_comparison() {
        for (at, kind) in KINDS.iter().enumerate() {
            assert!(!kind.about.is_empty() && !kind.about.contains(';'));
            assert!(!kind.period.is_zero(), "{}", kind.name);
            let is_first = KINDS[..at].iter().all(|other| other.name != kind.name);
            assert!(is_first, "{}", kind.name);
            let now = report();
            for change in [None, Some(&now)] {
                let text = page(kind.name, &now, change);
                assert!(text.starts_with("# Phase 7: "), "{text}");
            }
        }
    }

    #[test]
    fn build_report_has_the_state_of_collectors_and_what_to_do() {
        let page = page("build", &report(), None);
        let lines = [
            "# Phase 7: quality and infrastructure → 2.0.0: build report",
            "| `clippy` | FAIL | just now | clippy warnings 14 |",
            "| `test` | FAIL | not now | tests failed 3, tests passed 627, test time 49.0s |",
            "| `api/src/lib.rs:40:9` | `clippy::needless_clone` | redundant clone |",
            "- `riptide-db a::b`",
            "- tests failed: 30, required = 0: `cargo campaign explain test.failed`",
        ];
        for line in lines {
            assert!(page.lines().any(|other| other == line), "{line} in {page}");
        }
        assert!(!page.contains("Trends"), "{page}");
    }

    #[test]
    fn weekly_summary_has_what_changed_within_the_week() {
        let (now, first) = (report(), first());
        let page = page("weekly", &now, Some(&now));
        let lines = [
            "# Phase 7: quality and infrastructure → 2.0.0: weekly summary",
            "12 runs, 3 commits since the values of 2026-11-14T14:09:09Z.",
            "| metric | before | now | change |  |",
            "| `clippy.warnings` | 12 | 14 | +2 | worse |",
            "| clippy warnings | █▁ | 3 → 1 |",
            "- tests failed: 30, required = 0: `cargo campaign explain test.failed`",
        ];
        for line in lines {
            assert!(page.lines().any(|other| other == line), "{line} in {page}");
        }
        let alone = self::page("weekly", &first, None);
        assert!(
            alone.contains("12 runs, 3 commits. No values are as old as a week."),
            "{alone}"
        );
    }
}

//! Problems in the style of the compiler: a headline, the rule, the evidence and the next command.

use std::collections::BTreeSet;

use super::super::document::{EvidenceItem, GateProblem, ProblemSeverity, QuotedRule};
use super::super::figure::count;
use super::super::line::Line;
use super::super::phrase;
use super::super::style::{Look, Style};
use crate::run::Verdict;

/// How many pieces of evidence of a problem are shown.
const EVIDENCE: usize = 10;

/// How many failed tests of a problem are shown with their panic message.
const PANICS: usize = 3;

/// The rule and the tests that the problems above have shown.
#[derive(Default)]
pub(super) struct Shown {
    rule: Option<QuotedRule>,
    tests: BTreeSet<String>,
}

impl Shown {
    /// Returns the lines of the next problem.
    pub(super) fn lines(&mut self, problem: &GateProblem, look: &Look) -> Vec<Line> {
        let mut lines = headline(problem, look);
        // Several metrics of one pattern share a rule: it is quoted once.
        let quotes = matches!(
            problem.severity,
            ProblemSeverity::Error | ProblemSeverity::Warning
        );
        if quotes && self.rule != problem.rule {
            lines.extend(problem.rule.iter().flat_map(|rule| quote(rule, look)));
            self.rule.clone_from(&problem.rule);
        }
        lines.extend(problem.reason.iter().flat_map(|text| point(text, look)));
        lines.extend(self.evidence(problem, look));
        let remark = problem.remark.as_ref().or(problem.change.as_ref());
        lines.extend(remark.into_iter().flat_map(|text| point(text, look)));
        lines.extend(problem.help.as_deref().map(help));
        lines
    }

    /// Returns the first pieces of evidence. A panic message is shown at the first problem that has the test.
    fn evidence(&mut self, problem: &GateProblem, look: &Look) -> Vec<Line> {
        let shows_panics = matches!(
            problem.severity,
            ProblemSeverity::Error | ProblemSeverity::Warning
        );
        let mut lines = Vec::new();
        let mut panics = 0;
        for evidence in problem.evidence.iter().take(EVIDENCE) {
            lines.extend(point(&evidence.text, look));
            let is_new = shows_panics && !self.tests.contains(&evidence.text);
            if is_new && panics < PANICS && !evidence.panic.is_empty() {
                lines.extend(panic(&evidence.panic, look));
                panics += 1;
            }
        }
        if shows_panics {
            let tests = problem.evidence.iter().filter(|e| !e.panic.is_empty());
            self.tests.extend(tests.map(|test| test.text.clone()));
        }
        if problem.evidence.len() > EVIDENCE {
            let hidden = count((problem.total - EVIDENCE) as f64);
            let more = format!("{} and {hidden} more", look.signs().dots);
            lines.extend(point(&more, look));
        }
        lines
    }
}

fn headline(problem: &GateProblem, look: &Look) -> Vec<Line> {
    let (word, style) = match problem.severity {
        ProblemSeverity::Error => ("error", Style::Bad),
        ProblemSeverity::NoVerdict => (Verdict::NoVerdict.words(), Style::Caution),
        ProblemSeverity::NoVerdictOfWarning => ("no verdict (warn only)", Style::Caution),
        ProblemSeverity::Warning => ("warning", Style::Caution),
        ProblemSeverity::Holds(verdict) => phrase::verdict(verdict),
    };
    let word_columns = word.len();
    let word = Line::styled(style, word);
    let text = format!(": {}", problem.headline);
    if let ProblemSeverity::Holds(_) = problem.severity {
        return vec![word.text(&text)];
    }
    word.and(Style::Strong, &text).fold(word_columns + 2, look)
}

/// A command to copy is never broken into lines.
fn help(command: &str) -> Line {
    Line::styled(Style::Hint, "   help")
        .text(": ")
        .text(command)
}

/// Returns the place of a rule, and its text if that is known.
pub(super) fn quote(rule: &QuotedRule, look: &Look) -> Vec<Line> {
    let place = format!("{}:{}", rule.file, rule.line);
    let place = Line::styled(Style::Frame, "  --> ").text(&place);
    let text = rule.source.as_ref().map(|text| {
        let frame = format!("   | {:>3} | ", rule.line);
        Line::styled(Style::Frame, &frame)
            .text(text.trim())
            .fit(look.width, look)
    });
    std::iter::once(place).chain(text).collect()
}

/// Returns a piece of evidence with the panic message of the test.
pub(super) fn with_panic(evidence: &EvidenceItem, look: &Look) -> Vec<Line> {
    let mut lines = point(&evidence.text, look);
    lines.extend(panic(&evidence.panic, look));
    lines
}

fn point(text: &str, look: &Look) -> Vec<Line> {
    Line::styled(Style::Frame, "   = ").text(text).fold(5, look)
}

fn panic(message: &[String], look: &Look) -> Vec<Line> {
    message
        .iter()
        .flat_map(|text| {
            Line::styled(Style::Frame, "   |   ")
                .text(text)
                .fold(9, look)
        })
        .collect()
}

//! Builds the blocks for gates and checks that need attention.

use std::collections::{BTreeMap, BTreeSet};

use crate::gate::Strictness;
use crate::metric::Unit;
use crate::run::{Lack, Verdict};

use super::document::{EvidenceItem, GateProblem, ProblemSeverity, QuotedRule};
use super::figure::ratio;
use super::object::{Gate, Number, Report};
use super::panic;
use super::phrase;
use super::style::Signs;

/// Lines of the configuration by their 1-based numbers.
pub(super) type Source = BTreeMap<u32, String>;

/// Builds problems in the order in which they are shown, and notes which evidence comes again.
pub(super) struct Builder<'a> {
    report: &'a Report,
    source: Option<&'a Source>,
    signs: &'a Signs,
    named: BTreeSet<String>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(report: &'a Report, source: Option<&'a Source>, signs: &'a Signs) -> Self {
        Self {
            report,
            source,
            signs,
            named: BTreeSet::new(),
        }
    }

    /// Returns the places and tests that the problems name.
    pub(super) fn named(self) -> BTreeSet<String> {
        self.named
    }

    /// Returns one problem for each gate with this verdict.
    pub(super) fn each(&mut self, verdict: Verdict) -> Vec<GateProblem> {
        let report = self.report;
        let gates = report.gates.iter().filter(|gate| gate.verdict == verdict);
        gates
            .map(|gate| self.of_gate(gate, severity(gate)))
            .collect()
    }

    /// Returns the gates without verdict. Those that share a reason and the command that helps are one problem.
    pub(super) fn undecided(&mut self) -> Vec<GateProblem> {
        alike(self.report)
            .into_iter()
            .map(|gates| match gates.as_slice() {
                [only] => self.of_gate(only, severity(only)),
                _ => self.of_several(&gates),
            })
            .collect()
    }

    /// Returns a gate that holds, with its evidence.
    pub(super) fn of_holding(&mut self, gate: &Gate) -> GateProblem {
        self.of_gate(gate, ProblemSeverity::Holds(gate.verdict))
    }

    fn of_gate(&mut self, gate: &Gate, severity: ProblemSeverity) -> GateProblem {
        let is_check = phrase::is_check(gate);
        // The reason of a gate without a verdict already has the interval.
        let ratio_shown = gate.ratio.as_ref().filter(|_| !severity.is_undecided());
        GateProblem {
            severity,
            headline: phrase::headline(gate, self.signs),
            rule: (!is_check).then(|| rule(gate, self.source)),
            check: is_check.then(|| gate.id.clone()),
            reason: None,
            evidence: self.evidence(gate),
            total: total(gate),
            remark: phrase::remark(gate).map(str::to_owned),
            change: ratio_shown
                .map(|r| format!("{} against {}", ratio(r, self.signs), reference(gate))),
            help: match severity {
                ProblemSeverity::Holds(_) => None,
                _ => gate.help.clone(),
            },
        }
    }

    fn of_several(&mut self, gates: &[&Gate]) -> GateProblem {
        let mut names: Vec<String> = gates.iter().map(|gate| phrase::name(gate)).collect();
        names.dedup();
        // One of the gates may have the errors that kept the rest from being measured.
        let partial = gates.iter().find(|gate| has_errors(gate));
        GateProblem {
            severity: severity(gates[0]),
            headline: names.join(", "),
            rule: None,
            check: None,
            reason: Some(gates[0].reason.clone()),
            evidence: partial.map_or_else(Vec::new, |gate| self.evidence(gate)),
            total: partial.map_or(0, |gate| total(gate)),
            remark: None,
            change: None,
            help: gates[0].help.clone(),
        }
    }

    fn evidence(&mut self, gate: &Gate) -> Vec<EvidenceItem> {
        let evidence = gate.evidence.iter().map(|text| EvidenceItem {
            text: text.clone(),
            panic: panic_of(self.report, text),
            repeated: self.named.contains(phrase::place_of(text)),
        });
        let evidence = evidence.collect();
        let places = gate.evidence.iter().map(|text| phrase::place_of(text));
        self.named.extend(places.map(str::to_owned));
        evidence
    }
}

/// Returns the rule that a gate comes from.
pub(super) fn rule(gate: &Gate, source: Option<&Source>) -> QuotedRule {
    QuotedRule {
        file: gate.file.clone(),
        line: gate.line,
        source: source.and_then(|lines| lines.get(&gate.line)).cloned(),
    }
}

/// Returns the message of the panic that a failed test ended with, a flaky one at first; empty for everything else.
pub(super) fn panic_of(report: &Report, id: &str) -> Vec<String> {
    let mut failed = report.tests.failed.iter().chain(&report.tests.flaky);
    let failed = failed.find(|failed| failed.test == id);
    let output = failed.and_then(|failed| failed.output.as_deref());
    panic::message(output.unwrap_or_default())
}

fn severity(gate: &Gate) -> ProblemSeverity {
    match (gate.verdict, gate.level) {
        (Verdict::Fail, _) => ProblemSeverity::Error,
        (Verdict::NoVerdict, Strictness::Deny) => ProblemSeverity::NoVerdict,
        (Verdict::NoVerdict, Strictness::Warn) => ProblemSeverity::NoVerdictOfWarning,
        _ => ProblemSeverity::Warning,
    }
}

/// Returns the gates without verdict, grouped by reason, command and level, in the order of the first of each group.
fn alike(report: &Report) -> Vec<Vec<&Gate>> {
    let mut groups: Vec<Vec<&Gate>> = Vec::new();
    let undecided = report
        .gates
        .iter()
        .filter(|gate| gate.verdict == Verdict::NoVerdict);
    for gate in undecided {
        let same = groups.iter_mut().find(|group| {
            let first = group[0];
            (&first.reason, &first.help, first.level) == (&gate.reason, &gate.help, gate.level)
        });
        match same {
            Some(group) => group.push(gate),
            None => groups.push(vec![gate]),
        }
    }
    groups
}

/// Returns whether the evidence of a partly measured gate is what kept the rest from being measured.
fn has_errors(gate: &Gate) -> bool {
    gate.lack == Some(Lack::Partial) && !gate.evidence.is_empty()
}

/// Returns how much evidence there is. A count may be larger than the list, which is cut.
fn total(gate: &Gate) -> usize {
    let listed = gate.evidence.len();
    match (&gate.unit, gate.value) {
        (Unit::Count, Some(Number(value))) => listed.max(value as usize),
        _ => listed,
    }
}

/// Returns the word for the reference that a condition names.
fn reference(gate: &Gate) -> &'static str {
    ["previous", "best"]
        .into_iter()
        .find(|word| gate.require.contains(word))
        .unwrap_or("baseline")
}

//! Phrases that several screens share, so that everything has one name.
//!
//! Returns raw text, which renderers escape.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::collector::{self, Visibility};
use crate::metric::{Better, Unit};
use crate::run::{Judgement, RunId, Verdict};
use crate::snapshot::{Refusal, Toolchain};

use super::document::Text;
use super::figure::{counted, figure, hidden_difference};
use super::object::{Gate, Metric, Number, Place, Report, Source};
use super::style::{Signs, Style};

/// Why nothing was looked up for a collector.
pub(super) const NOT_NEEDED: &str = "not needed by the gates";

/// Returns how a revision gets a baseline, because pinning here does not change it.
pub fn pin_on(revision: &str) -> String {
    format!("pin on `{revision}` and merge that first")
}

/// Returns how a campaign without gates gets some.
pub(super) fn add_gates(report: &Report) -> String {
    match &report.campaign.revision {
        Some(revision) => add_gates_on(revision),
        None => "cargo campaign init (writes gates that fit this workspace)".to_owned(),
    }
}

/// Returns how a revision gets gates.
pub(super) fn add_gates_on(revision: &str) -> String {
    format!("`{revision}` has no gates: merge a configuration with gates into it first")
}

/// Returns a sentence about a job of the schedule that could not be measured.
pub fn unmeasured(job: &str) -> String {
    format!("a due job could not be measured: {job}")
}

/// Returns the notes, and a sentence about each job that could not be measured.
pub(super) fn notes(report: &Report) -> impl Iterator<Item = String> {
    let unmeasured = report.unmeasured.iter().map(|job| unmeasured(job));
    report.notes.iter().cloned().chain(unmeasured)
}

/// Returns a sentence about suites that were not run again. `None` if all were run.
pub(super) fn reused(report: &Report) -> Option<String> {
    let reused = &report.tests.reused;
    let runs: BTreeSet<&RunId> = reused.iter().map(|suite| &suite.run).collect();
    let newest = runs.last()?;
    let suites = counted(reused.len(), "test suite");
    let verb = if reused.len() == 1 { "was" } else { "were" };
    let from = match runs.len() {
        1 => format!("run {newest}"),
        runs => format!("{runs} runs, the last of which is {newest}"),
    };
    Some(format!(
        "{suites} {verb} not run again: the results are reused from {from}"
    ))
}

/// How many gates have which verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct GateTally {
    pub(super) all: usize,
    pub(super) pass: usize,
    pub(super) waived: usize,
    pub(super) warn: usize,
    pub(super) none: usize,
    pub(super) fail: usize,
    /// How many gates are configured, where only some of them were asked for.
    pub(super) configured: Option<usize>,
}

impl GateTally {
    pub(super) fn of(verdicts: impl IntoIterator<Item = Verdict>) -> Self {
        let mut tally = Self::default();
        for verdict in verdicts {
            tally.all += 1;
            *match verdict {
                Verdict::Pass => &mut tally.pass,
                Verdict::Waived => &mut tally.waived,
                Verdict::Warn => &mut tally.warn,
                Verdict::NoVerdict => &mut tally.none,
                Verdict::Fail => &mut tally.fail,
            } += 1;
        }
        tally
    }

    /// `2 of 11 gates fail, 1 without verdict`.
    pub(super) fn long(&self) -> String {
        match self.configured {
            None => self.say(&format!("of {} gates ", self.all)),
            Some(configured) => {
                format!(
                    "{} ({configured} configured)",
                    self.say(&format!("of {} gates asked for ", self.all))
                )
            }
        }
    }

    /// `2 gates fail, 1 without verdict`.
    pub(super) fn short(&self) -> String {
        let counted = [self.fail, self.none, self.pass]
            .into_iter()
            .find(|n| *n > 0);
        self.say(if counted == Some(1) {
            "gate "
        } else {
            "gates "
        })
    }

    fn say(&self, of: &str) -> String {
        if self.all == 0 {
            return "no gates are configured yet".to_owned();
        }
        let mut parts = match (self.fail, self.none) {
            (0, 0) => {
                let ending = if self.pass == 1 { "es" } else { "" };
                vec![format!("{} {of}pass{ending}", self.pass)]
            }
            (0, none) => vec![format!("{none} {of}without verdict")],
            (fail, 0) => vec![format!("{fail} {of}fail{}", ending(fail))],
            (fail, none) => vec![
                format!("{fail} {of}fail{}", ending(fail)),
                format!("{none} without verdict"),
            ],
        };
        if self.warn > 0 {
            parts.push(format!("{} warn{}", self.warn, ending(self.warn)));
        }
        if self.waived > 0 {
            parts.push(format!("{} waived", self.waived));
        }
        parts.join(", ")
    }
}

/// Returns the ending of a verb whose subject is this many gates.
fn ending(gates: usize) -> &'static str {
    if gates == 1 { "s" } else { "" }
}

impl From<&Report> for GateTally {
    fn from(report: &Report) -> Self {
        let configured = report.subset.as_ref().map(|subset| subset.configured);
        Self {
            configured,
            ..Self::of(report.gates.iter().map(|gate| gate.verdict))
        }
    }
}

/// Returns the `reason` of a report.
pub(super) fn tally(judgement: &Judgement) -> String {
    GateTally::of(judgement.gates.iter().map(|gate| gate.verdict)).long()
}

/// Returns the words and the style of a verdict. Verdicts that need attention are in capitals, for terminals without
/// colour.
pub(super) fn verdict(verdict: Verdict) -> (&'static str, Style) {
    let word = match verdict {
        Verdict::Pass | Verdict::Waived | Verdict::Warn => verdict.words(),
        Verdict::NoVerdict | Verdict::Fail => verdict.capitals(),
    };
    (word, style(verdict))
}

/// Returns the style of a verdict.
pub(super) fn style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Pass => Style::Good,
        Verdict::Waived | Verdict::Warn | Verdict::NoVerdict => Style::Caution,
        Verdict::Fail => Style::Bad,
    }
}

/// Returns a campaign's name and its goal: `Phase 7 → 2.0.0`.
pub(super) fn campaign(report: &Report, name: &str, signs: &Signs) -> Text {
    match &report.campaign.release {
        Some(release) => Text::new(format!("{name} {} {release}", signs.arrow)),
        None => Text::new(name),
    }
}

/// Returns a piece of evidence without the mark of new findings.
pub(super) fn place_of(evidence: &str) -> &str {
    evidence.strip_suffix(" (new)").unwrap_or(evidence)
}

/// `clippy warnings`, `clippy warnings in riptide-api`.
pub(super) fn name(gate: &Gate) -> String {
    match &gate.package {
        Some(package) => format!("{} in {package}", gate.title),
        None => gate.title.clone(),
    }
}

/// Returns whether values with this unit differ from one measurement to the next although nothing changed.
pub(super) fn varies(unit: &Unit) -> bool {
    matches!(unit, Unit::Seconds | Unit::Bytes)
}

/// Returns whether a gate is a check of a release, which has neither a rule in the configuration nor a value.
pub(super) fn is_check(gate: &Gate) -> bool {
    gate.file.is_empty()
}

/// A condition with the signs the terminal has: `≤ baseline + 10 %`.
pub(super) fn condition(require: &str, signs: &Signs) -> String {
    if signs.is_ascii() {
        return require.to_owned();
    }
    let text = require
        .replace("<=", signs.at_most)
        .replace(">=", signs.at_least);
    text.replace(" - ", &format!(" {} ", signs.minus))
        .replace('%', " %")
        .replace("  %", " %")
}

/// A condition, and what its reference came to: `≥ baseline (626)`.
pub(super) fn wanted(gate: &Gate, signs: &Signs) -> String {
    let text = condition(&gate.require, signs);
    let names_a_reference = ["baseline", "previous", "best"]
        .iter()
        .any(|word| gate.require.contains(word));
    match gate.bound {
        Some(Number(bound)) if names_a_reference => {
            format!("{text} ({})", figure(bound, &gate.unit, signs))
        }
        _ => text,
    }
}

/// Returns the first line of an open gate: the value and the requirement, or why a verdict is missing.
pub(super) fn headline(gate: &Gate, signs: &Signs) -> String {
    let name = name(gate);
    match gate.value {
        Some(Number(value)) if gate.verdict != Verdict::NoVerdict => {
            let apart = gate
                .bound
                .and_then(|Number(bound)| hidden_difference(value, bound, &gate.unit, signs));
            let apart = apart.map(|apart| format!(": {apart}")).unwrap_or_default();
            let value = figure(value, &gate.unit, signs);
            format!("{name}: {value}, required {}{apart}", wanted(gate, signs))
        }
        _ if gate.reason.is_empty() => format!("{name}: required {}", wanted(gate, signs)),
        _ => {
            let remark = remark(gate).unwrap_or_default();
            format!(
                "{name}: {}",
                gate.reason
                    .strip_suffix(remark)
                    .unwrap_or(&gate.reason)
                    .trim_end_matches("; ")
            )
        }
    }
}

/// Returns the part of the reason that the headline leaves out: why a gate fails in spite of its waiver, or over a
/// partial measurement.
pub(super) fn remark(gate: &Gate) -> Option<&str> {
    if gate.verdict == Verdict::NoVerdict || gate.reason.is_empty() {
        return None;
    }
    let said = format!(", required {}", gate.require);
    let parts = gate.reason.split_once(&said);
    let why_after = parts
        .and_then(|(_, after)| after.split_once("; "))
        .map(|(_, why)| why);
    match (gate.value, parts) {
        (None, _) => why_after,
        (Some(_), None) => Some(&gate.reason),
        (Some(_), Some((before, _))) => before.rsplit_once(": ").map(|(why, _)| why).or(why_after),
    }
}

/// Returns a value of a metric, or the sign for a missing one.
pub(super) fn value(value: Option<Number>, metric: &Metric, signs: &Signs) -> String {
    value.map_or_else(
        || signs.none.to_owned(),
        |Number(v)| figure(v, &metric.unit, signs),
    )
}

/// `toolchain: 1.94.0, now 1.95.0`.
pub(super) fn refusal(refusal: &Refusal) -> String {
    match refusal.field.as_str() {
        "settings" => "settings: other arguments or options".to_owned(),
        "measurement" => refusal.head.clone(),
        field => format!("{field}: {}, now {}", refusal.base, refusal.head),
    }
}

/// The first seven characters of a commit.
pub(super) fn short(commit: &str) -> String {
    commit.chars().take(7).collect()
}

/// Returns the short commit, or the run if it has none.
pub(super) fn commit(source: &Source) -> String {
    source.commit.as_deref().map_or_else(|| run(source), short)
}

/// Returns the run that has the values.
pub(super) fn run(source: &Source) -> String {
    match &source.id {
        Some(id) => format!("run {id}"),
        None => "no run".to_owned(),
    }
}

/// `9be1d02 (clean)`.
pub(super) fn state(source: &Source) -> String {
    match &source.commit {
        Some(commit) => format!(
            "{} ({})",
            short(commit),
            if source.dirty { "dirty" } else { "clean" }
        ),
        None => "no commit".to_owned(),
    }
}

/// `1.95.0` of `1.95.0 (59807616e 2026-04-14)`.
pub(super) fn rustc(toolchain: &Toolchain) -> &str {
    toolchain
        .rustc
        .split_whitespace()
        .next()
        .unwrap_or("unknown")
}

/// When a run started, in Unix seconds; 0 when a report of another writer has no such time.
pub(super) fn started(source: &Source) -> i64 {
    source.started.parse().map_or(0, jiff::Timestamp::as_second)
}

/// `api/src/lib.rs:40:9`; the package for a finding without a place.
pub(super) fn place(place: &Place) -> String {
    match (place.file.as_str(), place.line) {
        ("", _) => place.package.clone(),
        (file, 0) => file.to_owned(),
        (file, line) => format!("{file}:{line}:{}", place.column),
    }
}

/// The lint, or the message of a diagnostic without one.
pub(super) fn lint(place: &Place) -> &str {
    if place.code.is_empty() || place.code.starts_with("msg:") {
        &place.message
    } else {
        &place.code
    }
}

/// A heading of the configuration for people: `code-quality` is `Code quality`.
pub(super) fn heading(group: &str) -> String {
    let mut letters = group
        .chars()
        .map(|c| if matches!(c, '-' | '_') { ' ' } else { c });
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => "Gates".to_owned(),
    }
}

/// Groups in the order in which their first gates come.
pub(super) fn groups(report: &Report) -> Vec<(&str, Vec<&Gate>)> {
    let mut groups: Vec<(&str, Vec<&Gate>)> = Vec::new();
    for gate in &report.gates {
        match groups.iter_mut().find(|(group, _)| *group == gate.group) {
            Some((_, gates)) => gates.push(gate),
            None => groups.push((&gate.group, vec![gate])),
        }
    }
    groups
}

/// Returns whether the value got better (`Greater`), worse (`Less`) or neither; `None` if the two sides cannot be
/// compared.
pub(super) fn course(metric: &Metric) -> Option<Ordering> {
    let (Some(head), Some(base), None) = (metric.value, metric.baseline, &metric.incomparable)
    else {
        return None;
    };
    match metric.better {
        Better::Higher => head.partial_cmp(&base),
        Better::Lower => base.partial_cmp(&head),
        Better::None => None,
    }
}

/// Returns whether a broader metric covers this one. It is left out where the broader one is shown.
pub(super) fn is_detail(name: &str) -> bool {
    visibility(name) == Visibility::Detail
}

/// Returns when the metric has a row of its own. A metric of a custom collector always has one.
pub(super) fn visibility(name: &str) -> Visibility {
    collector::built_in(name).map_or(Visibility::Always, |metric| metric.visibility)
}

#[cfg(test)]
mod tests {
    use super::super::style::{ASCII, UNICODE};
    use super::*;

    #[test]
    fn a_tally_counts_what_matters_first() {
        use Verdict::{Fail, NoVerdict, Pass, Waived, Warn};
        for (verdicts, long, short) in [
            (
                vec![],
                "no gates are configured yet",
                "no gates are configured yet",
            ),
            (vec![Pass, Pass], "2 of 2 gates pass", "2 gates pass"),
            (vec![Pass], "1 of 1 gates passes", "1 gate passes"),
            (
                vec![Pass, Waived, Warn],
                "1 of 3 gates passes, 1 warns, 1 waived",
                "1 gate passes, 1 warns, 1 waived",
            ),
            (
                vec![Pass, NoVerdict],
                "1 of 2 gates without verdict",
                "1 gate without verdict",
            ),
            (vec![Fail, Pass, Fail], "2 of 3 gates fail", "2 gates fail"),
            (vec![Fail, Pass, Pass], "1 of 3 gates fails", "1 gate fails"),
            (
                vec![Fail, NoVerdict],
                "1 of 2 gates fails, 1 without verdict",
                "1 gate fails, 1 without verdict",
            ),
            (
                vec![Fail, NoVerdict, NoVerdict, Pass, Pass],
                "1 of 5 gates fails, 2 without verdict",
                "1 gate fails, 2 without verdict",
            ),
        ] {
            let tally = GateTally::of(verdicts.clone());
            assert_eq!(
                (tally.long().as_str(), tally.short().as_str()),
                (long, short),
                "{verdicts:?}"
            );
        }
    }

    #[test]
    fn conditions_use_the_signs_the_terminal_has() {
        for (require, shown) in [
            ("< 20", "< 20"),
            (">= baseline", "≥ baseline"),
            ("<= baseline - 25%", "≤ baseline − 25 %"),
            ("<= baseline + 10 %", "≤ baseline + 10 %"),
        ] {
            assert_eq!(condition(require, &UNICODE), shown);
            assert_eq!(condition(require, &ASCII), require);
        }
    }

    #[test]
    fn a_remark_is_what_the_headline_does_not_say() {
        let gate = crate::report::tests::report().gates[1].clone();
        for (reason, remark_) in [
            ("", None),
            ("3, required = 0", None),
            (
                "the waiver of ana ended: 3, required = 0",
                Some("the waiver of ana ended"),
            ),
            (
                "at least 3, required = 0; 2 of 3 packages did not compile",
                Some("2 of 3 packages did not compile"),
            ),
            (
                "+12.0% (+8.0% to +16.0%), the bound is +10.0%",
                Some("+12.0% (+8.0% to +16.0%), the bound is +10.0%"),
            ),
        ] {
            assert_eq!(
                remark(&Gate {
                    reason: reason.to_owned(),
                    ..gate.clone()
                }),
                remark_,
                "{reason}"
            );
        }
    }

    #[test]
    fn headings_are_read_from_configuration_keys() {
        for (key, heading_) in [
            ("", "Gates"),
            ("performance", "Performance"),
            ("code-quality", "Code quality"),
        ] {
            assert_eq!(heading(key), heading_);
        }
    }
}

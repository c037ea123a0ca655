//! The completion report: what a campaign set out from, and what it came to.

use std::cmp::Ordering;

use crate::metric::Unit;
use crate::run::Verdict;

use super::super::figure::counted;
use super::super::object::Report;
use super::super::phrase;
use super::escape::{Md, list};
use super::{document, section, title, verdict};

/// What the completion report is made of.
#[derive(Clone, Copy, Debug)]
pub struct Completion<'a> {
    /// The final figures against the baseline.
    pub report: &'a Report,
    /// The commands that measured the baseline, as a person would type them.
    pub before: &'a [String],
    /// The commands that measured the final figures.
    pub after: &'a [String],
}

/// The document.
pub fn completion(of: &Completion<'_>) -> String {
    let report = of.report;
    let passed = matches!(report.verdict, Verdict::Pass | Verdict::Warn);
    let open = if passed {
        String::new()
    } else {
        section::open_gates(report)
    };
    let dirty = if report.run.dirty {
        "**The sources had uncommitted changes.**\n"
    } else {
        ""
    };
    let parts = [
        title(
            report,
            if passed {
                ": completion report"
            } else {
                ": completion report, NOT PASSED"
            },
        ),
        verdict(report),
        open,
        dirty.to_owned(),
        summary(report),
        section::metrics(report, "before", "after"),
        section::gates(report),
        section::findings(report),
        section::tests(report),
        section::notes(report),
        section::provenance(report),
        commands("before", of.before),
        commands("after", of.after),
        section::footer(report),
    ];
    document(&parts)
}

/// Metrics better and worse, findings fixed and new, tests added and lost, in a list.
fn summary(report: &Report) -> String {
    // Single samples of times say nothing; details say again what a broader metric says.
    let telling = report
        .metrics
        .iter()
        .filter(|(name, m)| m.unit != Unit::Seconds && !phrase::is_detail(name));
    let courses: Vec<Ordering> = telling
        .filter_map(|(_, metric)| phrase::course(metric))
        .collect();
    let metrics = |wanted: Ordering| courses.iter().filter(|course| **course == wanted).count();
    let mut items = vec![format!(
        "{} better, {} worse, {} unchanged",
        counted(metrics(Ordering::Greater), "metric"),
        metrics(Ordering::Less),
        metrics(Ordering::Equal)
    )];
    items.extend(report.findings.as_ref().map(|f| {
        format!(
            "{} fixed, {} new, {} changed",
            counted(f.fixed.len(), "finding"),
            f.new.len(),
            f.changed.len()
        )
    }));
    let tests = &report.tests;
    if let (Some(added), Some(repaired), Some(vanished)) =
        (&tests.added, &tests.repaired, &tests.vanished)
    {
        let added = counted(added.len(), "test");
        items.push(format!(
            "{added} added, {} repaired, {} vanished",
            repaired.len(),
            vanished.len()
        ));
    }
    list(items.iter().map(|item| Md::prose(item)))
}

fn commands(side: &'static str, commands: &[String]) -> String {
    let list = list(commands.iter().map(|command| Md::code(command)));
    if list.is_empty() {
        list
    } else {
        format!("## Commands {side}\n\n{list}")
    }
}

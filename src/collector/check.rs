//! `check`: rustc's own diagnostics.
//!
//! They come from `cargo check`, or from clippy's step, which compiles the same units and reports
//! rustc's lints too. Errors that only code generation or the linker finds are left out: they
//! belong to the step that builds or tests, so that the count is that of `cargo check` whatever
//! else is measured.
//!
//! A lint that is an error ends clippy's crate and hides the dependents. Where the test step
//! compiled such a package, its diagnostics are used instead.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::command::{CargoCommand, JSON, StepContext, step};
use super::definition::{Definition, Remedy, SuggestedCondition, SuggestedGate};
use super::findings::{findings, record};
use super::folded::Folded;
use super::messages::Messages;
use super::metric::{Counts, Metric, Visibility};
use super::request::Request;
use super::standing::Standing;
use super::summary::{StepSummary, Term, terms};
use super::{clippy, test};
use crate::plan::{Collector, Invocation, Step, Stream, split_args};
use crate::snapshot::{Finding, Snapshot};

const NAME: Collector = Collector::named("check");

pub(super) static DEFINITION: Definition = Definition {
    name: "check",
    metrics: &[
        Metric {
            name: "check.errors",
            title: "check errors",
            is_blocking: true,
            ..Metric::ERRORS
        },
        Metric {
            name: "check.warnings",
            title: "compiler warnings",
            ..Metric::WARNINGS
        },
        Metric {
            name: "check.new",
            title: "new compiler findings",
            ..Metric::NEW
        },
        Metric {
            name: "check.fixed",
            title: "fixed compiler findings",
            ..Metric::FIXED
        },
        Metric {
            name: "check.changed",
            title: "changed compiler findings",
            ..Metric::CHANGED
        },
        Metric {
            name: "check.time",
            title: "check time",
            ..Metric::TIME
        },
        Metric {
            name: "rustc.dead_code",
            title: "dead code warnings",
            counts: Some(Counts::Findings(is_dead_code)),
            visibility: Visibility::IfPositive,
            ..Metric::LINTS
        },
        Metric {
            name: "rustc.unused",
            title: "unused warnings",
            counts: Some(Counts::Findings(is_unused)),
            visibility: Visibility::IfPositive,
            ..Metric::LINTS
        },
    ],
    total: Some("check.warnings"),
    compiles_benches: true,
    turn: 2,
    answered_by,
    steps,
    fold,
    summary,
    summary_beside: |summary| summary.fault("check.warnings", "compiler warning"),
    remedy: Remedy::Rerun(Invocation::clone),
    gates: &[
        SuggestedGate {
            metric: "check.errors",
            condition: SuggestedCondition::Zero,
            comment: "",
            needs: "check.errors",
        },
        SuggestedGate {
            metric: "check.new",
            condition: SuggestedCondition::None,
            comment: "compiler warnings the baseline does not have",
            needs: "check.warnings",
        },
    ],
    ..Definition::BUILD
};

/// The members of rustc's lint group `unused` (`rustc -W help`, 1.95) except `dead_code`, which has
/// a metric of its own.
const UNUSED: [&str; 22] = [
    "map_unit_fn",
    "path_statements",
    "redundant_semicolons",
    "unreachable_code",
    "unreachable_patterns",
    "unused_allocation",
    "unused_assignments",
    "unused_attributes",
    "unused_braces",
    "unused_doc_comments",
    "unused_extern_crates",
    "unused_features",
    "unused_imports",
    "unused_labels",
    "unused_macro_rules",
    "unused_macros",
    "unused_must_use",
    "unused_mut",
    "unused_parens",
    "unused_unsafe",
    "unused_variables",
    "unused_visibilities",
];

fn is_dead_code(_: &str, finding: &Finding) -> bool {
    finding.code == "dead_code"
}

fn is_unused(_: &str, finding: &Finding) -> bool {
    UNUSED.contains(&finding.code.as_str())
}

/// Returns clippy where its step gives the same values: with the same arguments for cargo, without
/// arguments that change the level of rustc's own lints, and for sources that do not look for clippy.
fn answered_by(request: &Request) -> Option<Collector> {
    let clippy = request.settings_of(&clippy::NAME);
    let check = request.settings_of(&NAME);
    let (cargo, tool) = split_args(&clippy.args);
    let is_same = !request.distinguishes_clippy
        && !clippy.flag(clippy::CAP_LINTS)
        && cargo == check.args
        && tool.iter().all(|arg| is_about_clippy(arg));
    is_same.then_some(clippy::NAME)
}

/// Returns whether an argument of clippy leaves the levels of rustc's own lints alone.
fn is_about_clippy(arg: &str) -> bool {
    const LEVELS: [&str; 8] = [
        "-W", "-A", "-D", "-F", "--warn", "--allow", "--deny", "--forbid",
    ];
    let lint = arg
        .trim_start_matches("-W")
        .trim_start_matches("-A")
        .trim_start_matches("-D");
    LEVELS.contains(&arg) || lint.starts_with("clippy::")
}

/// Returns the step that compiles the same units as clippy's.
fn steps(context: &StepContext<'_>, collector: &Collector) -> Vec<Step> {
    let action = CargoCommand::new("check")
        .scope(context)
        .args(&context.target_flags())
        .build(context, collector, false)
        .args(&["--keep-going", JSON])
        .finish(context, collector, Stream::Cargo);
    vec![step(
        context,
        "check",
        ("Checking", "Checked"),
        collector,
        action,
    )]
}

/// Adds the metrics, findings and coverage. Lints of clippy are left out.
fn fold(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    let (standing, messages) = answer(folded);
    let selected = messages.iter().filter(|m| folded.selects(m));
    let found = findings(collector, selected, &folded.outlines);
    let metrics = [
        "check.errors",
        "check.warnings",
        "rustc.dead_code",
        "rustc.unused",
    ];
    record(folded, &DEFINITION, &metrics, &standing, found, snapshot);
}

fn summary(summary: &StepSummary<'_>) -> Vec<Term> {
    terms([
        summary.units(),
        summary.fault("check.errors", "error"),
        summary.noun("check.warnings", "warning"),
    ])
}

/// Returns the diagnostics and how complete they are.
fn answer(folded: &Folded) -> (Standing, Messages) {
    let mut standing = folded.standing(&NAME);
    let mut messages = Messages::default();
    for step in folded.steps_of(&NAME) {
        messages.unite(step.facts.messages.iter().filter(|m| !m.is_clippy()));
    }
    if folded
        .plan
        .answered
        .iter()
        .any(|answered| answered.collector == NAME)
        && standing.reason().is_some()
    {
        for step in folded.steps_of(&test::NAME) {
            let gained: BTreeSet<&String> = step.covered.difference(&standing.covered).collect();
            // `cargo check` does not link, so warnings of the linker are not its messages.
            messages.unite(step.facts.messages.iter().filter(|m| {
                gained.contains(&m.diagnostic.package) && m.code() != "linker_messages"
            }));
            let gained: Vec<String> = gained.into_iter().cloned().collect();
            standing.gain(gained, &folded.packages);
        }
    }
    (standing, messages)
}

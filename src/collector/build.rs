//! `build`: all diagnostics of `cargo build`, and the warnings of build scripts.

use std::collections::BTreeMap;

use super::command::{StepContext, build_step};
use super::covered::RequiredUnits;
use super::definition::{Definition, Remedy};
use super::findings::{findings, record};
use super::folded::Folded;
use super::metric::{Metric, Visibility};
use super::summary::{StepSummary, Term, terms};
use crate::plan::{Collector, Invocation, Step};
use crate::snapshot::Snapshot;

pub(super) static DEFINITION: Definition = Definition {
    name: "build",
    metrics: &[
        Metric {
            name: "build.errors",
            title: "build errors",
            is_blocking: true,
            ..Metric::ERRORS
        },
        Metric {
            name: "build.warnings",
            title: "build warnings",
            ..Metric::WARNINGS
        },
        Metric {
            name: "build.script_warnings",
            title: "build script warnings",
            per_package: false,
            visibility: Visibility::IfPositive,
            ..Metric::LINTS
        },
        Metric {
            name: "build.new",
            title: "new build findings",
            ..Metric::NEW
        },
        Metric {
            name: "build.fixed",
            title: "fixed build findings",
            ..Metric::FIXED
        },
        Metric {
            name: "build.changed",
            title: "changed build findings",
            ..Metric::CHANGED
        },
        Metric {
            name: "build.time",
            title: "build time",
            is_result: true,
            ..Metric::TIME
        },
    ],
    total: Some("build.warnings"),
    turn: 3,
    steps,
    required_units: RequiredUnits::WithoutTests,
    fold,
    summary,
    remedy: Remedy::Rerun(Invocation::clone),
    ..Definition::BUILD
};

/// Returns the step that builds libraries and binaries, as a release would.
fn steps(context: &StepContext<'_>, collector: &Collector) -> Vec<Step> {
    vec![build_step(context, "build", "Built", collector)]
}

/// Adds the metrics, findings and coverage.
fn fold(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    let standing = folded.standing(collector);
    let messages = folded
        .steps_of(collector)
        .flat_map(|s| s.facts.messages.iter());
    let selected = messages.filter(|m| folded.selects(m));
    let found = findings(collector, selected, &folded.outlines);
    let scripts: usize = folded
        .steps_of(collector)
        .map(|s| script_warnings(folded, &s.ended.stderr_tail))
        .sum();
    snapshot.metrics.insert(
        "build.script_warnings".to_owned(),
        standing.whole(scripts as f64),
    );
    let metrics = ["build.errors", "build.warnings"];
    record(folded, &DEFINITION, &metrics, &standing, found, snapshot);
}

fn summary(summary: &StepSummary<'_>) -> Vec<Term> {
    terms([
        summary.units(),
        summary.fault("build.errors", "error"),
        summary.noun("build.warnings", "warning"),
    ])
}

/// Counts the lines `warning: NAME@VERSION: TEXT` of selected members.
///
/// Cargo prints the warnings of build scripts on stderr only. The driver keeps the end of stderr,
/// so that of a great many warnings only the last are counted.
fn script_warnings(folded: &Folded, stderr: &str) -> usize {
    let versions: BTreeMap<&str, &str> = folded
        .workspace
        .members
        .iter()
        .map(|m| (m.name.as_str(), m.version.as_str()))
        .collect();
    stderr
        .lines()
        .filter_map(warned_package)
        // A dependency may have the name of a member, usually with another version.
        .filter(|(name, version)| versions.get(name) == Some(version))
        .count()
}

/// Returns the name and version of the package in a line `warning: NAME@VERSION: TEXT`.
fn warned_package(line: &str) -> Option<(&str, &str)> {
    let (package, _) = line.strip_prefix("warning: ")?.split_once(": ")?;
    package.split_once('@')
}

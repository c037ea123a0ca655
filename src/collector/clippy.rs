//! `clippy`: the lints of clippy itself. Rustc's own, which clippy reports too, belong to `check`.

use std::collections::BTreeSet;

use super::command::{CargoCommand, JSON, StepContext, step};
use super::definition::{
    Definition, Influence, LintFile, Remedy, SuggestedCondition, SuggestedGate, Tool, ToolProgram,
};
use super::findings::{count, findings, record};
use super::folded::Folded;
use super::metric::{Counts, Family, Metric, Visibility};
use super::settings::{Setting, SettingKind};
use super::summary::{StepSummary, Term, terms};
use crate::plan::{Collector, Invocation, Step, Stream};
use crate::snapshot::{Finding, Snapshot};

pub(super) const NAME: Collector = Collector::named("clippy");

/// The setting that turns denied lints into warnings.
pub(super) const CAP_LINTS: &str = "cap-lints";

/// The prefix of clippy's lint codes.
const TOOL: &str = "clippy::";

/// The prefix of the metrics that count one lint each.
const LINT: &str = "clippy.lint.";

pub(super) static DEFINITION: Definition = Definition {
    name: "clippy",
    metrics: &[
        Metric {
            name: "clippy.warnings",
            title: "clippy warnings",
            ..Metric::WARNINGS
        },
        Metric {
            name: "clippy.errors",
            title: "clippy errors",
            ..Metric::ERRORS
        },
        Metric {
            name: "clippy.lint.*",
            title: "clippy lint",
            counts: Some(Counts::Findings(is_of_lint)),
            is_checked: true,
            family: Some(Family::Lint),
            tally_of: Some("clippy.warnings"),
            visibility: Visibility::Detail,
            ..Metric::LINTS
        },
        Metric {
            name: "clippy.new",
            title: "new clippy findings",
            ..Metric::NEW
        },
        Metric {
            name: "clippy.fixed",
            title: "fixed clippy findings",
            ..Metric::FIXED
        },
        Metric {
            name: "clippy.changed",
            title: "changed clippy findings",
            ..Metric::CHANGED
        },
        Metric {
            name: "clippy.time",
            title: "clippy time",
            ..Metric::TIME
        },
    ],
    total: Some("clippy.warnings"),
    lint_files: &[LintFile::Manifests, LintFile::Clippy],
    influences: &[Influence::Toolchain, Influence::Cargo, Influence::Clippy],
    settings: &[Setting {
        key: CAP_LINTS,
        kind: SettingKind::Flag,
        doc: "count lints that are errors as warnings, so that a package does not hide the \
            packages that depend on it",
        decides: Some("cap_lints"),
    }],
    compiles_benches: true,
    tools: &[Tool {
        name: "clippy",
        component: "clippy",
        program: ToolProgram::Subcommand {
            name: "clippy",
            version: "-V",
        },
        install: "rustup component add clippy",
        is_needed: |_| true,
    }],
    turn: 1,
    steps,
    fold,
    summary,
    refused_args: &[("--fix", "it would edit the sources")],
    remedy: Remedy::Rerun(Invocation::clone),
    gates: &[
        SuggestedGate {
            metric: "clippy.warnings",
            condition: SuggestedCondition::Ceiling,
            comment: "",
            needs: "clippy.warnings",
        },
        SuggestedGate {
            metric: "clippy.new",
            condition: SuggestedCondition::None,
            comment: "findings the baseline does not have",
            needs: "clippy.warnings",
        },
    ],
    ..Definition::BUILD
};

fn is_of_lint(metric: &str, finding: &Finding) -> bool {
    finding.code.strip_prefix(TOOL) == metric.strip_prefix(LINT)
}

/// Returns the step that lints all targets.
fn steps(context: &StepContext<'_>, collector: &Collector) -> Vec<Step> {
    let cap_lints = context.request.settings_of(collector).flag(CAP_LINTS);
    let mut command = CargoCommand::new("clippy")
        .scope(context)
        .args(&context.target_flags())
        .build(context, collector, cap_lints)
        .args(&["--keep-going", JSON]);
    if cap_lints {
        command.tool.extend(["--cap-lints".into(), "warn".into()]);
    }
    let action = command.finish(context, collector, Stream::Cargo);
    vec![step(
        context,
        "clippy",
        ("Linting", "Linted"),
        collector,
        action,
    )]
}

/// Adds the metrics, findings and coverage.
///
/// A lint that did not fire has no metric of its own, because cargo's messages do not say which
/// lints ran.
fn fold(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    let standing = folded.standing(collector);
    let messages = folded
        .steps_of(collector)
        .flat_map(|s| s.facts.messages.iter());
    let own = messages.filter(|m| m.is_clippy() && folded.selects(m));
    let found = findings(collector, own, &folded.outlines);

    let lints: BTreeSet<&str> = found
        .iter()
        .filter_map(|f| f.code.strip_prefix(TOOL))
        .collect();
    for lint in lints {
        let metric = format!("{LINT}{lint}");
        let reading = count(folded, &DEFINITION, &metric, &standing, &found);
        snapshot.metrics.insert(metric, reading);
    }
    let metrics = ["clippy.errors", "clippy.warnings"];
    record(folded, &DEFINITION, &metrics, &standing, found, snapshot);
}

fn summary(summary: &StepSummary<'_>) -> Vec<Term> {
    terms([
        summary.units(),
        summary.fault("clippy.errors", "error"),
        summary.noun("clippy.warnings", "warning"),
    ])
}

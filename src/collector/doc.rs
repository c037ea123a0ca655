//! `doc`: the warnings and errors of rustdoc, and undocumented public items.
//!
//! rustdoc reports its own lints and a few of rustc's. `cargo doc` also checks the libraries that
//! members depend on, and prints the findings of rustc there, which `check` counts. These messages look
//! like rustdoc's, so lints of rustc count if rustdoc reports them. All errors count,
//! because each of them leaves a package without documentation. Undocumented items are
//! `missing_docs` warnings of a second step, in which rustdoc also counts the items of each
//! library.

use std::collections::BTreeMap;

use super::command::{CargoCommand, JSON, StepContext, step};
use super::covered::RequiredUnits;
use super::definition::{Definition, Influence, Remedy, SuggestedCondition, SuggestedGate};
use super::evidence;
use super::findings::{count, findings, record};
use super::folded::Folded;
use super::messages::Message;
use super::metric::{Counts, Metric, Visibility, is_error, is_warning};
use super::seen::Seen;
use super::settings::{Setting, SettingKind};
use super::standing::{Standing, absent, finite, without};
use super::summary::{StepSummary, Term, terms};
use crate::event::Diagnostic;
use crate::metric::{Better, Reading, Unit};
use crate::plan::{Action, Collector, Invocation, Step, Stream};
use crate::snapshot::{Finding, Snapshot};

/// The setting that adds the step for undocumented items.
const MISSING: &str = "missing";

pub(super) static DEFINITION: Definition = Definition {
    name: "doc",
    metrics: &[
        Metric {
            name: "doc.warnings",
            title: "doc warnings",
            counts: Some(Counts::Findings(is_warning_of_docs)),
            is_checked: true,
            ..Metric::LINTS
        },
        Metric {
            name: "doc.errors",
            title: "doc errors",
            counts: Some(Counts::Findings(is_error_of_docs)),
            is_checked: true,
            visibility: Visibility::IfPositive,
            ..Metric::LINTS
        },
        Metric {
            name: "doc.missing",
            title: "undocumented public items",
            counts: Some(Counts::Findings(is_undocumented)),
            step: Some(Step::MISSING_DOCS),
            setting: Some("missing = true in [collect.doc]"),
            ..Metric::LINTS
        },
        Metric {
            name: "doc.coverage",
            title: "documentation coverage",
            unit: &Unit::Percent,
            better: Better::Higher,
            step: Some(Step::MISSING_DOCS),
            setting: Some("missing = true in [collect.doc]"),
            ..Metric::LINTS
        },
        Metric {
            name: "doc.time",
            title: "doc time",
            ..Metric::TIME
        },
    ],
    total: Some("doc.warnings"),
    influences: &[Influence::Toolchain, Influence::Cargo, Influence::Rustdoc],
    settings: &[Setting {
        key: MISSING,
        kind: SettingKind::Flag,
        doc: "count public items with and without documentation (`doc.missing`, `doc.coverage`) \
            in a second pass of rustdoc",
        decides: Some("missing"),
    }],
    turn: 5,
    // Since 3, lints of rustc that rustdoc reports count.
    method: 3,
    steps,
    untimed: &[Step::MISSING_DOCS],
    required_units: RequiredUnits::AnyUnit,
    idle: |steps| evidence::nothing_built(steps, "there was nothing to document"),
    fold,
    summary,
    refused_args: &[("--open", "it would open a browser")],
    remedy: Remedy::Rerun(Invocation::clone),
    suits: |workspace| workspace.has_library,
    gates: &[SuggestedGate {
        metric: "doc.warnings",
        condition: SuggestedCondition::ZeroIfKnown,
        comment: "",
        needs: "doc.warnings",
    }],
    ..Definition::BUILD
};

/// The code of the findings that `doc.missing` counts. Where the lint `missing_docs` is not allowed,
/// the same item is also a warning or an error of the first step.
const UNDOCUMENTED: &str = "undocumented";

fn is_warning_of_docs(metric: &str, finding: &Finding) -> bool {
    is_warning(metric, finding) && !is_undocumented(metric, finding)
}

fn is_error_of_docs(metric: &str, finding: &Finding) -> bool {
    is_error(metric, finding) && !is_undocumented(metric, finding)
}

fn is_undocumented(_: &str, finding: &Finding) -> bool {
    finding.code == UNDOCUMENTED
}

/// The lints of rustc that rustdoc reports (1.95): those that it does not allow on purpose, and
/// then those of the syntax, which it fails to allow.
const SHOWN: [&str; 20] = [
    "invalid_doc_attributes",
    "missing_docs",
    "renamed_and_removed_lints",
    "unexpected_cfgs",
    "unknown_lints",
    "ambiguous_negative_literals",
    "confusable_idents",
    "edition_2024_expr_fragment_specifier",
    "ellipsis_inclusive_range_patterns",
    "keyword_idents_2018",
    "keyword_idents_2024",
    "mixed_script_confusables",
    "non_ascii_idents",
    "non_camel_case_types",
    "redundant_semicolons",
    "special_module_name",
    "uncommon_codepoints",
    "unused_braces",
    "unused_import_braces",
    "unused_parens",
];

/// Returns whether rustdoc may have reported a message of `cargo doc`.
fn is_shown(message: &Message) -> bool {
    let code = message.code();
    // Other warnings than lints have no code or that of an error: `E0566`.
    let is_lint = code.starts_with(|c: char| c.is_ascii_lowercase());
    let is_reported = match code {
        // Expectations of other lints are judged where the library is checked.
        "unfulfilled_lint_expectations" => {
            let mut spans = message.diagnostic.spans.iter();
            spans.any(|span| span.snippet.starts_with("rustdoc::"))
        }
        code => code.starts_with("rustdoc::") || SHOWN.contains(&code),
    };
    message.is_error() || !is_lint || is_reported
}

/// Returns the step that documents the members and, if configured, the one that counts undocumented
/// items. The latter has a target directory of its own, because its flags would make the user's
/// documentation stale.
fn steps(context: &StepContext<'_>, collector: &Collector) -> Vec<Step> {
    let verb = ("Documenting", "Docs");
    let action = document(context, collector, false).finish(context, collector, Stream::Cargo);
    let mut steps = vec![step(context, "doc", verb, collector, action)];
    if context.request.settings_of(collector).flag(MISSING) {
        let action = undocumented(context, collector);
        steps.push(step(context, Step::MISSING_DOCS, verb, collector, action));
    }
    steps
}

fn document(context: &StepContext<'_>, collector: &Collector, own_dir: bool) -> CargoCommand {
    CargoCommand::new("doc")
        .scope(context)
        .args(&["--no-deps"])
        .build(context, collector, own_dir)
        .args(&["--keep-going", JSON])
}

fn undocumented(context: &StepContext<'_>, collector: &Collector) -> Action {
    let mut command = document(context, collector, true);
    command.env("RUSTDOCFLAGS", "-Wmissing_docs");
    command.finish(context, collector, Stream::Cargo)
}

/// Adds the metrics, findings and coverage; `doc.missing` and `doc.coverage` if the plan has the
/// step for them.
fn fold(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    let docs: Vec<&Seen> = folded
        .steps_of(collector)
        .filter(|s| s.step.id != Step::MISSING_DOCS)
        .collect();
    let standing = docs.iter().copied().map(Standing::of).reduce(Standing::and);
    let standing = standing.unwrap_or_else(|| folded.standing(collector));

    let messages = docs.iter().flat_map(|s| s.facts.messages.iter());
    let counted = messages
        .filter(|m| is_shown(m))
        .filter(|m| folded.selects(m));
    let found = findings(collector, counted, &folded.outlines);
    let metrics = ["doc.errors", "doc.warnings"];
    record(folded, &DEFINITION, &metrics, &standing, found, snapshot);

    if let Some(step) = folded.step(Step::MISSING_DOCS) {
        let messages = step.facts.messages.iter();
        let items = messages
            .filter(|m| m.code() == "missing_docs")
            .filter(|m| folded.selects(m));
        let mut items = findings(collector, items, &folded.outlines);
        for item in &mut items {
            UNDOCUMENTED.clone_into(&mut item.code);
        }
        let standing = Standing::of(step);
        let missing = count(folded, &DEFINITION, "doc.missing", &standing, &items);
        snapshot.metrics.insert("doc.missing".into(), missing);
        snapshot
            .metrics
            .insert("doc.coverage".into(), documented(folded, step));
        snapshot.findings.extend(items);
    }
}

fn summary(summary: &StepSummary<'_>) -> Vec<Term> {
    terms([
        summary.fault("doc.errors", "error"),
        summary.noun("doc.warnings", "warning"),
    ])
}

/// Returns the percentage of public items that are documented, as rustdoc counts them, over all
/// libraries and for each.
fn documented(folded: &Folded, step: &Seen) -> Reading {
    let standing = Standing::of(step);
    let counts: BTreeMap<&str, (u64, u64)> =
        step.facts.messages.iter().filter_map(counted).collect();
    let libraries = folded
        .workspace
        .members
        .iter()
        .filter(|m| m.targets.iter().any(|t| t.doc && t.kind != "bin"));
    let silent = libraries
        .map(|m| m.name.as_str())
        .find(|name| !counts.contains_key(name));
    let with: u64 = counts.values().map(|(with, _)| with).sum();
    let total: u64 = counts.values().map(|(_, total)| total).sum();
    let mut reading = match (standing.reason(), silent) {
        (Some(unavailable), _) => without(unavailable),
        (None, Some(package)) => absent(format!("rustdoc did not count the items of {package}")),
        (None, None) if total == 0 => absent("there are no public items"),
        (None, None) => finite(percent(with, total)),
    };
    let is_whole = standing.reason().is_none();
    let known = counts.iter().filter(|(package, (_, total))| {
        *total > 0 && (is_whole || standing.covered.contains(**package))
    });
    reading.packages = known
        .map(|(package, (with, total))| ((*package).to_owned(), percent(*with, *total)))
        .collect();
    reading
}

fn percent(part: u64, total: u64) -> f64 {
    100.0 * part as f64 / total as f64
}

/// Returns the package of a message with counts (`6 of 17`), the number of its documented items and
/// of all its items.
fn counted(message: &Message) -> Option<(&str, (u64, u64))> {
    let (with, total) = message.diagnostic.message.split_once(" of ")?;
    let (with, total) = (with.parse().ok()?, total.parse().ok()?);
    (message.code() == Diagnostic::DOCUMENTED && with <= total)
        .then_some((message.diagnostic.package.as_str(), (with, total)))
}

#[cfg(test)]
mod tests {
    use super::super::tests::events;
    use super::*;
    use crate::event::Event;

    #[test]
    fn lints_of_rustc_count_if_rustdoc_reports_them() {
        for (code, snippet, expected) in [
            ("rustdoc::bare_urls", "", true),
            ("missing_docs", "", true),
            ("unused_variables", "", false),
            ("unfulfilled_lint_expectations", "rustdoc::bare_urls", true),
            ("unfulfilled_lint_expectations", "dead_code", false),
            ("E0566", "", true),
        ] {
            let script = format!("warning a {code} a/src/lib.rs:1 text");
            let Some(Event::Diagnostic(mut diagnostic)) = events(&script).pop() else {
                panic!("{script}");
            };
            snippet.clone_into(&mut diagnostic.spans[0].snippet);
            let message = Message {
                diagnostic,
                occurrences: 1,
            };
            assert_eq!(is_shown(&message), expected, "{code} {snippet}");
        }
    }
}

//! `fmt`: files that the formatter would change. A file belongs to the member whose target contains
//! it, wherever it lies.

use std::collections::{BTreeMap, BTreeSet};

use super::command::{CargoCommand, StepContext, step};
use super::definition::{
    Definition, Influence, LintFile, Remedy, SuggestedCondition, SuggestedGate, Tool, ToolProgram,
};
use super::facts::StepFacts;
use super::folded::Folded;
use super::metric::{Counts, Metric};
use super::planner::settings;
use super::summary::{StepSummary, Term};
use crate::event::Level;
use crate::plan::{Collector, Invocation, Step, Stream};
use crate::snapshot::{Finding, Snapshot};

pub(super) static DEFINITION: Definition = Definition {
    name: "fmt",
    metrics: &[
        Metric {
            name: "fmt.files",
            title: "unformatted files",
            counts: Some(Counts::Files),
            is_checked: true,
            ..Metric::LINTS
        },
        Metric {
            name: "fmt.time",
            title: "format check time",
            ..Metric::TIME
        },
    ],
    total: Some("fmt.files"),
    lint_files: &[LintFile::Rustfmt],
    builds: false,
    influences: &[Influence::Toolchain, Influence::Rustfmt],
    tools: &[Tool {
        name: "rustfmt",
        component: "rustfmt",
        program: ToolProgram::Subcommand {
            name: "fmt",
            version: "--version",
        },
        install: "rustup component add rustfmt",
        is_needed: |_| true,
    }],
    turn: 0,
    timeout: 10,
    steps,
    meaning: settings::of_arguments,
    idle,
    fold,
    summary,
    remedy: Remedy::Rerun(formatting),
    gates: &[SuggestedGate {
        metric: "fmt.files",
        condition: SuggestedCondition::ZeroIfKnown,
        comment: "",
        needs: "fmt.files",
    }],
    ..Definition::BUILD
};

/// Makes rustfmt list the files that it would change and those that it reads, one per line.
const CHECK: [&str; 3] = ["--check", "-l", "-v"];

/// Returns the step that checks the formatting.
///
/// `cargo fmt --all` would also format path dependencies outside the workspace. Run in the root
/// without a selection, it takes exactly the members.
fn steps(context: &StepContext<'_>, collector: &Collector) -> Vec<Step> {
    let mut command = CargoCommand::new("fmt");
    if !context.request.takes_every_package() {
        for member in &context.selected.members {
            command.cargo.extend(["-p".into(), member.name.clone()]);
        }
    }
    command.tool.extend(CHECK.map(str::to_owned));
    let action = command.finish(context, collector, Stream::FmtList);
    vec![step(
        context,
        "fmt",
        ("Formatting", "Format"),
        collector,
        action,
    )]
}

/// Returns the command that formats the files that the given command checks.
fn formatting(check: &Invocation) -> Invocation {
    let (cargo, rustfmt) = check.split_args();
    let rustfmt = rustfmt.iter().filter(|arg| !CHECK.contains(&arg.as_str()));
    check.with_args(cargo.to_vec(), rustfmt.cloned().collect())
}

fn idle(steps: &[&StepFacts]) -> Option<String> {
    steps
        .iter()
        .all(|facts| facts.formatted == 0 && facts.unformatted.is_empty())
        .then(|| "rustfmt read no file".to_owned())
}

fn summary(summary: &StepSummary<'_>) -> Vec<Term> {
    match summary.value("fmt.files") {
        None => Vec::new(),
        Some(0.0) => vec![Term::Text("clean".to_owned())],
        Some(files) => vec![Term::NounWords(files, "file", "to format")],
    }
}

/// Adds `fmt.files` and a finding for each file.
fn fold(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    let standing = folded.standing(collector);
    let mut files: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (file, packages) in folded
        .steps_of(collector)
        .flat_map(|seen| &seen.facts.unformatted)
    {
        let known = files.entry(file).or_default();
        known.extend(packages.iter().map(String::as_str));
    }

    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (file, packages) in &files {
        for package in selected(folded, file, packages) {
            *counts.entry(package).or_default() += 1;
            snapshot.findings.push(finding(collector, package, file));
        }
    }

    // A shared file counts once for the workspace, and so does one that belongs to no member.
    let reading = standing.count(&folded.packages, &counts);
    let reading = reading.with_total(files.len() as f64);
    snapshot.metrics.insert("fmt.files".into(), reading);
}

/// Returns the selected members that a file counts for: those that contain it, or if these are unknown,
/// the one in whose directory it lies. An empty name means that there is none.
fn selected<'a>(folded: &'a Folded, file: &str, packages: &BTreeSet<&'a str>) -> Vec<&'a str> {
    let mut selected: Vec<&str> = match packages.is_empty() {
        true => vec![folded.owner(file)],
        false => packages.iter().copied().collect(),
    };
    selected.retain(|package| folded.packages.contains(*package));
    if selected.is_empty() {
        selected.push("");
    }
    selected
}

/// Returns the finding of a file. It has no line, because the whole file is formatted at once.
fn finding(collector: &Collector, package: &str, file: &str) -> Finding {
    Finding {
        collector: collector.clone(),
        package: package.to_owned(),
        file: file.to_owned(),
        code: "unformatted".to_owned(),
        level: Level::Warning,
        item: String::new(),
        snippet: String::new(),
        text: String::new(),
        message: "rustfmt would change this file".to_owned(),
        line: 0,
        column: 0,
        occurrences: 1,
    }
}

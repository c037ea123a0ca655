//! `mutants`: changes of the code that no test notices.
//!
//! cargo-mutants changes the code in copies of the workspace, one change at a time, and runs the
//! tests. A mutant that no test notices is missed: the tests execute the code, if at all, without
//! checking what it does.

use std::collections::BTreeMap;

use serde_json::json;

use super::command::{StepContext, step};
use super::definition::{
    Definition, EarlierUse, Influence, SuggestedCondition, SuggestedGate, TextOutput, Tool,
    ToolProgram,
};
use super::facts::StepFacts;
use super::findings::record;
use super::folded::Folded;
use super::metric::{Counts, Metric, Visibility};
use super::planner::settings;
use super::request::Request;
use super::settings::{Setting, SettingKind};
use super::standing::{Standing, absent, finite};
use super::status::{Background, ExitDetails, StepVerdict, failed, stderr};
use super::summary::{StepSummary, Term, terms};
use crate::decode::mutants::{self, MutantOutcome, TestedMutant};
use crate::event::{Event, FileCounts, Problem};
use crate::metric::{Better, Reading, Unit};
use crate::plan::{Action, Collector, Invocation, ReportFile, SourceChanges, Step, Stream};
use crate::run::StepStatus;
use crate::snapshot::Snapshot;

const MISSED: &str = "mutants.missed";
const CAUGHT: &str = "mutants.caught";
const TIMEOUT: &str = "mutants.timeout";
const UNVIABLE: &str = "mutants.unviable";
const TOTAL: &str = "mutants.total";
const SCORE: &str = "mutants.score";

pub(super) static DEFINITION: Definition = Definition {
    name: "mutants",
    metrics: &[
        Metric {
            name: MISSED,
            title: "missed mutants",
            counts: Some(Counts::Findings(|_, finding| {
                finding.code == code(MutantOutcome::Missed)
            })),
            ..Metric::COUNT
        },
        Metric {
            name: SCORE,
            title: "mutants caught",
            unit: &Unit::Percent,
            better: Better::Higher,
            ..Metric::COUNT
        },
        Metric {
            name: CAUGHT,
            title: "caught mutants",
            better: Better::Higher,
            visibility: Visibility::Detail,
            ..Metric::COUNT
        },
        Metric {
            name: TIMEOUT,
            title: "mutants that ran out of time",
            counts: Some(Counts::Findings(|_, finding| {
                finding.code == code(MutantOutcome::Timeout)
            })),
            visibility: Visibility::IfPositive,
            ..Metric::COUNT
        },
        Metric {
            name: UNVIABLE,
            title: "mutants that do not compile",
            better: Better::None,
            visibility: Visibility::Detail,
            ..Metric::COUNT
        },
        Metric {
            name: TOTAL,
            title: "mutants",
            better: Better::None,
            visibility: Visibility::Detail,
            ..Metric::COUNT
        },
        Metric {
            name: "mutants.time",
            title: "time to test mutants",
            ..Metric::TIME
        },
    ],
    total: Some(MISSED),
    earlier: EarlierUse::Changes(SINCE),
    shows_messages: true,
    influences: &[
        Influence::Toolchain,
        Influence::Cargo,
        Influence::TestHarness,
    ],
    settings: &[Setting {
        key: SINCE,
        kind: SettingKind::Text,
        doc: "only mutants in code that changed since `baseline`, the commit of the pinned baseline, or \
            since a tag, branch or commit; default: all code",
        decides: None,
    }],
    refused_args: &REFUSED_ARGS,
    tools: &[TOOL],
    turn: 8,
    timeout: 240,
    meaning,
    steps,
    text: TextOutput {
        limit: 256 << 20,
        decode,
        status,
    },
    idle,
    fold,
    summary,
    gates: &[SuggestedGate {
        metric: MISSED,
        condition: SuggestedCondition::ZeroIfKnown,
        comment: "changes of the code that no test notices",
        needs: MISSED,
    }],
    ..Definition::TOOL
};

const TOOL: Tool = Tool {
    name: "mutants",
    component: "cargo-mutants",
    program: ToolProgram::Subcommand {
        name: "mutants",
        version: "--version",
    },
    install: "cargo install cargo-mutants --locked",
    is_needed: |_| true,
};

/// The setting that names the version since which code counts as changed.
const SINCE: &str = "since";

/// Arguments that would test other packages or nothing, or write elsewhere.
const REFUSED_ARGS: [(&str, &str); 25] = [
    (
        "--baseline",
        "if the tests fail anyway, every mutant would be caught",
    ),
    ("--check", "no test would run"),
    ("--colors", OUTPUT),
    ("--completions", NOTHING),
    ("--dir", PACKAGES),
    ("--emit-schema", NOTHING),
    ("--in-diff", "set `since`"),
    ("--in-place", "the sources would be changed"),
    ("--iterate", "mutants would be left out"),
    ("--json", OUTPUT),
    ("--list", NOTHING),
    ("--list-files", NOTHING),
    ("--output", OUTPUT),
    ("--package", PACKAGES),
    ("--workspace", PACKAGES),
    ("-D", "set `since`"),
    ("-d", PACKAGES),
    ("-o", OUTPUT),
    ("-p", PACKAGES),
    ("--all-features", FEATURES),
    ("--features", FEATURES),
    ("--no-default-features", FEATURES),
    ("--level", OUTPUT),
    ("-L", OUTPUT),
    ("--no-times", "it changes nothing"),
];

const FEATURES: &str = "set `features` in [collect]";
const NOTHING: &str = "nothing would be tested";
const OUTPUT: &str = "it is how outcomes are read";
const PACKAGES: &str = "give it to cargo campaign";

/// Returns the meaning of the values, which come from a build and may be about changed code only.
fn meaning(request: &Request, collector: &Collector) -> serde_json::Value {
    let mut meaning = settings::of_build(request, collector);
    meaning["since"] = json!(request.compared_with.get(collector));
    meaning
}

fn steps(context: &StepContext<'_>, collector: &Collector) -> Vec<Step> {
    let request = context.request;
    let changes = request.changed_since.as_ref().map(|since| SourceChanges {
        option: "--in-diff".to_owned(),
        since: since.clone(),
    });
    let action = Action::Command(invocation(context, collector));
    let step = step(
        context,
        "mutants",
        ("Mutating", "Mutated"),
        collector,
        action,
    );
    vec![step.with_report(ReportFile {
        option: "--output".to_owned(),
        path: "mutants.out/outcomes.json".to_owned(),
        changes,
    })]
}

/// Returns the command. Options of cargo that it does not know are passed on one by one.
fn invocation(context: &StepContext<'_>, collector: &Collector) -> Invocation {
    let request = context.request;
    let mut args = vec!["mutants".to_owned()];
    match request.takes_every_package() {
        true => args.push("--workspace".to_owned()),
        false => {
            let members = context.selected.members.iter();
            args.extend(members.flat_map(|member| ["--package".to_owned(), member.name.clone()]));
        }
    }
    let mut build = request.build.clone();
    let target = build.target.take();
    args.extend(build.flags());
    let target = target.map(|target| ["--target".to_owned(), target]);
    let passed_on = target.iter().flatten().chain(&request.cargo_flags);
    args.extend(passed_on.map(|arg| format!("--cargo-arg={arg}")));
    args.extend(["--colors=never", "--level=info"].map(str::to_owned));
    args.extend(request.settings_of(collector).args);
    Invocation {
        program: request.cargo.clone(),
        args,
        env: BTreeMap::new(),
        cwd: context.root.to_owned(),
        stream: Stream::Text,
    }
}

/// Returns the code of the findings with an outcome.
const fn code(outcome: MutantOutcome) -> &'static str {
    match outcome {
        MutantOutcome::Missed => "mutants::missed",
        MutantOutcome::Timeout => "mutants::timeout",
        MutantOutcome::Caught | MutantOutcome::Unviable => "",
    }
}

/// Returns the rule of the problems with an outcome.
fn rule(outcome: MutantOutcome) -> &'static str {
    code(outcome).trim_start_matches("mutants::")
}

/// Returns the metric that counts an outcome.
const fn metric(outcome: MutantOutcome) -> &'static str {
    match outcome {
        MutantOutcome::Caught => CAUGHT,
        MutantOutcome::Missed => MISSED,
        MutantOutcome::Timeout => TIMEOUT,
        MutantOutcome::Unviable => UNVIABLE,
    }
}

/// Returns the outcome of each mutant as a count of its package, and the mutants that no test
/// caught.
fn decode(step: &Step, text: &str, stderr: &str) -> Result<Vec<Event>, String> {
    if text.trim().is_empty() && mutants::is_without_mutants(stderr) {
        return Ok(nothing(step));
    }
    let report = mutants::read(text)?;
    let mut events = Vec::new();
    for mutant in &report.mutants {
        events.push(Event::Counted(FileCounts {
            package: mutant.package.clone(),
            others: Vec::new(),
            file: mutant.file.clone(),
            counts: [(metric(mutant.outcome).into(), 1)].into(),
        }));
        if !code(mutant.outcome).is_empty() {
            events.push(Event::Problem(problem(mutant)));
        }
    }
    Ok(events)
}

/// Returns the events of a run without mutants. That is a result if only changed code counts.
fn nothing(step: &Step) -> Vec<Event> {
    let report = step.report.as_ref();
    let counted = report.and_then(|report| report.changes.as_ref()).map(|_| {
        Event::Counted(FileCounts {
            package: String::new(),
            others: Vec::new(),
            file: String::new(),
            counts: BTreeMap::new(),
        })
    });
    counted.into_iter().collect()
}

fn problem(mutant: &TestedMutant) -> Problem {
    let TestedMutant { change, .. } = mutant;
    let message = match mutant.outcome {
        MutantOutcome::Timeout => format!("{change}: the tests do not end in time"),
        _ => format!("{change}: no test fails"),
    };
    Problem {
        item: mutant.function.clone(),
        file: mutant.file.clone(),
        line: mutant.line,
        text: change.clone(),
        rule: rule(mutant.outcome).to_owned(),
        message,
    }
}

/// Returns the status of a run. Exit codes are 0, or 2 after missed mutants, or 3 if one ran out of
/// time.
fn status(
    _: &Step,
    facts: &StepFacts,
    exit: &ExitDetails<'_>,
    background: &Background<'_>,
) -> StepVerdict {
    const BASELINE_FAILED: i32 = 4;
    let listed = [MutantOutcome::Timeout, MutantOutcome::Missed]
        .map(|outcome| facts.problems.iter().any(|one| one.rule == rule(outcome)));
    let expected = match listed.into() {
        (true, _) => 3,
        (false, true) => 2,
        (false, false) => 0,
    };
    if let Some(package) = unselected(facts, background) {
        return failed(format!(
            "it lists a mutant of `{package}`, which is not a selected package"
        ));
    }
    match &facts.unreadable {
        None if exit.code == expected => Ok(StepStatus::Whole),
        None => failed(format!(
            "its outcomes contradict the exit status: it exited with {}, and not with {expected}",
            exit.code
        )),
        Some(_) if exit.code == BASELINE_FAILED => failed(mutants::FAILED_BASELINE.to_owned()),
        Some(why) if matches!(exit.code, 0 | 2 | 3) => Err(StepStatus::Unavailable(
            format!("the form of its outcomes is not known: {why}"),
            TOOL.install.to_owned(),
        )),
        Some(_) => failed(stderr::unexplained(TOOL.component, exit.code, exit.stderr)),
    }
}

/// Returns the package of a mutant if it is not selected. A run without mutants names no package.
fn unselected<'f>(facts: &'f StepFacts, background: &Background<'_>) -> Option<&'f str> {
    let packages = facts.counted.iter().map(|file| file.package.as_str());
    let mut packages = packages.filter(|package| !package.is_empty());
    let members = &background.workspace.members;
    packages.find(|package| !members.iter().any(|member| member.name == *package))
}

/// Returns the reason if there was no mutant.
fn idle(steps: &[&StepFacts]) -> Option<String> {
    let is_empty = steps.iter().all(|facts| facts.counted.is_empty());
    is_empty.then(|| "no mutants were found".to_owned())
}

fn fold(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    let standing = folded.standing(collector);
    let counts = |names: &[&str]| {
        folded.counted(collector, |file| {
            let counts = names.iter().filter_map(|name| file.counts.get(*name));
            counts.sum()
        })
    };
    for (name, counted) in [
        (MISSED, &[MISSED][..]),
        (CAUGHT, &[CAUGHT]),
        (TIMEOUT, &[TIMEOUT]),
        (UNVIABLE, &[UNVIABLE]),
        (TOTAL, &[MISSED, CAUGHT, TIMEOUT, UNVIABLE]),
    ] {
        let reading = standing.count(&folded.packages, &counts(counted));
        snapshot.metrics.insert(name.to_owned(), reading);
    }
    let (caught, tested) = (counts(&[CAUGHT]), counts(&[MISSED, CAUGHT, TIMEOUT]));
    let score = score(folded, &standing, &caught, &tested);
    snapshot.metrics.insert(SCORE.to_owned(), score);
    let found = match standing.status.is_whole() {
        true => folded.problems(collector),
        false => Vec::new(),
    };
    record(folded, &DEFINITION, &[], &standing, found, snapshot);
}

/// Returns the share of the mutants that were caught, of those that compile. One that ran out of
/// time was not caught by a check.
fn score(
    folded: &Folded,
    standing: &Standing,
    caught: &BTreeMap<&str, u64>,
    tested: &BTreeMap<&str, u64>,
) -> Reading {
    let packages = folded.packages.iter().filter_map(|package| {
        let all = *tested.get(package.as_str()).filter(|all| **all > 0)?;
        let caught = caught.get(package.as_str()).copied().unwrap_or(0);
        Some((package.clone(), share(caught, all)))
    });
    let (caught, all): (u64, u64) = (caught.values().sum(), tested.values().sum());
    if standing.reason().is_some() {
        return standing.whole(0.0);
    }
    match all {
        0 => absent("no mutant compiles, or there is none"),
        all => Reading {
            packages: packages.collect(),
            ..finite(share(caught, all))
        },
    }
}

fn share(part: u64, all: u64) -> f64 {
    100.0 * part as f64 / all as f64
}

fn summary(summary: &StepSummary<'_>) -> Vec<Term> {
    terms([
        summary.noun(TOTAL, "mutant"),
        summary
            .value(MISSED)
            .map(|count| Term::Words(count, "missed")),
        summary
            .value(TIMEOUT)
            .filter(|count| *count > 0.0)
            .map(|count| Term::Words(count, "out of time")),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::Fold;
    use super::super::tests::{events, plan, shown, workspace};
    use super::*;

    const RECORDED: &str = include_str!("../../fixtures/streams/mutants/outcomes.json");

    /// Folds a run that writes this document, prints this to stderr and exits so. With `since`, only
    /// changed code counts.
    fn folded(document: &str, stderr: &str, code: i32, since: bool) -> Vec<String> {
        let mut workspace = workspace(&["tide-core", "tide-app"]);
        workspace.members[0].dir = String::new();
        let mut plan = plan("mutants: mutants");
        plan.allow_empty.clear();
        let step = &mut plan.steps[0];
        step.report = Some(ReportFile {
            option: String::new(),
            path: String::new(),
            changes: since.then(|| SourceChanges {
                option: String::new(),
                since: "0".to_owned(),
            }),
        });
        let decoded = decode(step, document, stderr);
        let end = match (&decoded, code) {
            (Err(_), 0) => "unreadable".to_owned(),
            (_, code) => format!("{code} {stderr}"),
        };
        let mut script = events(&format!("start mutants\nend {end}"));
        let ended = script.split_off(1);
        match decoded {
            Ok(events) => script.extend(events),
            Err(line) => script.push(Event::Noise { line }),
        }
        script.extend(ended);
        let mut fold = Fold::new(&plan, &workspace, &BTreeMap::new());
        script.iter().for_each(|event| fold.event(event));
        shown(&fold.finish().0, &[])
    }

    #[test]
    fn outcomes_become_values_and_findings() {
        let expected = [
            "mutants.caught 2 {tide-app 0, tide-core 2}",
            "mutants.missed 1 {tide-app 0, tide-core 1}",
            "mutants.score 50 {tide-core 50}",
            "mutants.time 4",
            "mutants.timeout 1 {tide-app 0, tide-core 1}",
            "mutants.total 5 {tide-app 0, tide-core 5}",
            "mutants.unviable 1 {tide-app 0, tide-core 1}",
            "mutants tide-core Warning src/lib.rs:7 mutants::missed [Pool::is_full] x1",
            "mutants tide-core Warning src/lib.rs:17 mutants::timeout [wait] x1",
            "mutants covers [tide-app tide-core]",
        ];
        assert_eq!(folded(RECORDED, "", 3, false), expected);
    }

    #[test]
    fn mutant_of_another_package_gives_no_values() {
        let other = RECORDED.replace("\"tide-core\"", "\"tide-other\"");
        let found = folded(&other, "", 3, false);
        let expected = "mutants.missed ? it lists a mutant of `tide-other`";
        let has = found.iter().any(|line| line.starts_with(expected));
        assert!(has, "{found:#?}");
    }

    #[test]
    fn run_without_mutants_is_a_result_for_changed_code_only() {
        for (document, stderr, code, since, expected) in [
            (
                "",
                " INFO Diff file is empty\n",
                0,
                true,
                "mutants.missed 0 {",
            ),
            (
                "",
                " INFO No mutants to filter\n",
                0,
                true,
                "mutants.score ? no mutant compiles",
            ),
            (
                "",
                " WARN No mutants found under the active filters\n",
                0,
                false,
                "mutants.missed ? no mutants were found",
            ),
            (
                "",
                "",
                0,
                true,
                "mutants.missed ? the form of its outcomes is not known: EOF",
            ),
            (
                "{}",
                " INFO Diff file is empty\n",
                0,
                true,
                "mutants.missed ? the form",
            ),
        ] {
            let found = folded(document, stderr, code, since);
            let has = found.iter().any(|line| line.starts_with(expected));
            assert!(has, "{expected}: {found:#?}");
        }
    }

    #[test]
    fn exit_status_must_fit_the_outcomes() {
        for (code, expected) in [
            (
                0,
                "mutants.missed ? its outcomes contradict the exit status",
            ),
            (
                2,
                "mutants.missed ? its outcomes contradict the exit status",
            ),
            (
                70,
                "mutants.missed ? its outcomes contradict the exit status",
            ),
        ] {
            let found = folded(RECORDED, "", code, false);
            let has = found.iter().any(|line| line.starts_with(expected));
            assert!(has, "{code}: {found:#?}");
        }
    }
}

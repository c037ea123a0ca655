//! `semver`: changes of the public API of libraries since an earlier version of them.
//!
//! cargo-semver-checks compares each library that can be published with its last release. The
//! number of the present version does not matter: the values decide about the next one.

use super::command::{StepContext, step};
use super::definition::{
    Definition, EarlierUse, Influence, SuggestedCondition, SuggestedGate, TextOutput, Tool,
    ToolProgram,
};
use super::facts::StepFacts;
use super::findings::record;
use super::folded::Folded;
use super::metric::{Counts, Metric};
use super::planner::settings;
use super::request::{ApiBaseline, Request};
use super::seen::Seen;
use super::settings::{Setting, SettingKind};
use super::standing::Standing;
use super::status::{Background, ExitDetails, StepVerdict, failed, stderr};
use super::summary::{StepSummary, Term, terms};
use crate::decode::api::{self, ApiChange, ApiComparison, ApiLevel};
use crate::event::{Event, FileCounts, Level, Problem};
use crate::plan::{Action, Collector, Invocation, Step, Stream};
use crate::relative_path::join;
use crate::run::StepStatus;
use crate::snapshot::{Finding, Snapshot};
use crate::workspace::Member;

const BREAKING: &str = "semver.breaking";
const MINOR: &str = "semver.minor";

pub(super) static DEFINITION: Definition = Definition {
    name: "semver",
    metrics: &[
        Metric {
            name: BREAKING,
            title: "breaking API changes",
            counts: Some(Counts::Findings(|_, finding| is_breaking(finding))),
            ..Metric::LINTS
        },
        Metric {
            name: MINOR,
            title: "API changes for a minor release",
            counts: Some(Counts::Findings(|_, finding| !is_breaking(finding))),
            ..Metric::LINTS
        },
    ],
    total: Some(BREAKING),
    earlier: EarlierUse::Packages(AGAINST),
    shows_messages: true,
    influences: &[Influence::Toolchain, Influence::Cargo, Influence::Rustdoc],
    settings: &[Setting {
        key: AGAINST,
        kind: SettingKind::Text,
        doc: "what packages are compared with: `release`, the last release by its tag (the default); \
            `registry`, the last version on crates.io; `baseline`, the commit of the pinned baseline; \
            or a tag, branch or commit",
        decides: None,
    }],
    refused_args: &REFUSED_ARGS,
    tools: &[TOOL],
    turn: 6,
    timeout: 60,
    meaning,
    steps,
    text: TextOutput {
        limit: 16 << 20,
        decode,
        status,
    },
    fold,
    summary,
    gates: &[SuggestedGate {
        metric: BREAKING,
        condition: SuggestedCondition::Exactly("= 0"),
        comment: "since the last release of each library",
        needs: BREAKING,
    }],
    ..Definition::TOOL
};

/// The tool that compares two versions of a library.
pub const TOOL: Tool = Tool {
    name: "semver-checks",
    component: "cargo-semver-checks",
    program: ToolProgram::Subcommand {
        name: "semver-checks",
        version: "--version",
    },
    install: "cargo install cargo-semver-checks --locked",
    is_needed: |_| true,
};

/// The setting that names the earlier version.
const AGAINST: &str = "against";

/// Arguments that would compare something else, or change the form of the output.
const REFUSED_ARGS: [(&str, &str); 20] = [
    ("--all", PACKAGES),
    ("--baseline-rev", BASELINE),
    ("--baseline-root", BASELINE),
    ("--baseline-rustdoc", BASELINE),
    ("--baseline-version", BASELINE),
    ("--bugreport", NOTHING),
    ("--color", FORM),
    ("--current-rustdoc", "the sources are compared"),
    ("--exclude", PACKAGES),
    ("--explain", NOTHING),
    ("--list", NOTHING),
    ("--package", PACKAGES),
    ("--quiet", FORM),
    ("--release-type", "changes of every kind are counted"),
    ("--verbose", "it is set already"),
    ("--workspace", PACKAGES),
    ("-p", PACKAGES),
    ("-q", FORM),
    ("-v", "it is set already"),
    ("-vv", FORM),
];

const BASELINE: &str = "set `against`";
const FORM: &str = "it is how changes are read";
const NOTHING: &str = "nothing would be compared";
const PACKAGES: &str = "each package is compared alone";

/// The setting of a step with the name of the earlier version.
const EARLIER: &str = "earlier";

/// The setting of a step with the packages whose earlier version is not known, each with the reason.
const UNKNOWN: &str = "unknown";

/// The setting of a step with the directory of the package.
const DIRECTORY: &str = "directory";

/// The start of the message about a change that requires a major release.
const BREAKING_CHANGE: &str = "breaking: ";

/// The name of the count of checks.
const CHECKS: &str = "checks";

/// Returns the meaning of the values, which depends on the earlier versions.
fn meaning(request: &Request, collector: &Collector) -> serde_json::Value {
    let mut meaning = settings::of_arguments(request, collector);
    meaning["target"] = serde_json::json!(request.build.target);
    meaning["against"] = serde_json::json!(request.compared_with.get(collector));
    meaning
}

/// Returns whether a package has an API that others may use.
pub fn has_public_api(member: &Member) -> bool {
    let mut targets = member.targets.iter();
    member.publish && targets.any(|target| ["lib", "rlib"].contains(&target.kind.as_str()))
}

/// Returns the arguments for a comparison of a package with an earlier version.
pub fn comparison(package: &str, baseline: &ApiBaseline) -> Vec<String> {
    // With this type of release, every check is made.
    let fixed = [
        "semver-checks",
        "check-release",
        "--verbose",
        "--release-type",
        "patch",
        "--package",
        package,
    ];
    let mut args: Vec<String> = fixed.map(str::to_owned).to_vec();
    if let ApiBaseline::Commit { id, .. } = baseline {
        args.extend(["--baseline-rev".to_owned(), id.clone()]);
    }
    args
}

/// Returns a step for each package with an earlier version.
fn steps(context: &StepContext<'_>, collector: &Collector) -> Vec<Step> {
    let baselines = &context.request.api_baselines;
    let unknown: Vec<String> = baselines
        .iter()
        .filter_map(|(package, baseline)| match baseline {
            ApiBaseline::Unknown(why) => Some(format!("`{package}`: {why}")),
            _ => None,
        })
        .collect();
    let mut steps = Vec::new();
    for (package, baseline) in baselines {
        let earlier = match baseline {
            ApiBaseline::Commit { name, .. } => name.as_str(),
            ApiBaseline::Registry => "its last version on crates.io",
            ApiBaseline::Unknown(_) => continue,
        };
        let members = context.selected.members.iter();
        let directory: Vec<String> = members
            .filter(|member| member.name == *package)
            .map(|member| member.dir.clone())
            .collect();
        let action = Action::Command(invocation(context, collector, package, baseline));
        let id = format!("semver-{}", steps.len() + 1);
        let step = step(context, &id, ("Comparing", "Compared"), collector, action)
            .of_package(package)
            .with_setting(EARLIER, &[earlier.to_owned()])
            .with_setting(DIRECTORY, &directory)
            .with_setting(UNKNOWN, &unknown);
        steps.push(step);
    }
    steps
}

fn invocation(
    context: &StepContext<'_>,
    collector: &Collector,
    package: &str,
    baseline: &ApiBaseline,
) -> Invocation {
    let request = context.request;
    let mut args = comparison(package, baseline);
    if let Some(target) = &request.build.target {
        args.extend(["--target".to_owned(), target.clone()]);
    }
    args.extend(request.settings_of(collector).args);
    let mut env = vec![("CARGO_TERM_COLOR", "never".to_owned())];
    if let Some(directory) = &request.target_dir {
        let directory = context.root.join(directory);
        env.push(("CARGO_TARGET_DIR", directory.to_string_lossy().into_owned()));
    }
    let mut flags = request.cargo_flags.iter();
    if flags.any(|flag| ["--offline", "--frozen"].contains(&flag.as_str())) {
        env.push(("CARGO_NET_OFFLINE", "true".to_owned()));
    }
    let env = env.into_iter();
    Invocation {
        program: request.cargo.clone(),
        args,
        env: env
            .map(|(name, value)| (name.to_owned(), Some(value)))
            .collect(),
        cwd: context.root.to_owned(),
        stream: Stream::Text,
    }
}

/// Returns the number of checks and the changes.
fn decode(step: &Step, stdout: &str, stderr: &str) -> Result<Vec<Event>, String> {
    let comparison = api::read(stdout, stderr)?;
    let checks = Event::Counted(FileCounts {
        package: step.package.clone().unwrap_or_default(),
        others: Vec::new(),
        file: String::new(),
        counts: [(CHECKS.into(), comparison.checks)].into(),
    });
    let changes = comparison.changes.iter();
    let problems = changes.map(|change| Event::Problem(problem(step, change)));
    Ok([checks].into_iter().chain(problems).collect())
}

fn problem(step: &Step, change: &ApiChange) -> Problem {
    let kind = match change.level {
        ApiLevel::Major => BREAKING_CHANGE,
        ApiLevel::Minor => "",
    };
    let ApiChange { title, item, .. } = change;
    let place = change.place.as_ref();
    let file = place.map_or_else(String::new, |place| relative(step, &place.file));
    // A line of the earlier version means nothing in the present one.
    let (line, before) = match place {
        Some(place) if place.is_earlier => (0, format!(", before in line {}", place.line)),
        Some(place) => (place.line, String::new()),
        None => (0, String::new()),
    };
    Problem {
        item: item.clone(),
        file,
        line,
        text: String::new(),
        rule: change.check.clone(),
        message: format!("{kind}{item}: {title}{before}"),
    }
}

/// Returns a printed path relative to the root.
fn relative(step: &Step, file: &str) -> String {
    let file = file.replace('\\', "/");
    let directory = step.setting(DIRECTORY).first().map_or("", String::as_str);
    let package = step.package.as_deref().unwrap_or_default();
    if let Some((_, tree)) = file.split_once(TREES) {
        let mut parts = tree.split('/');
        parts.by_ref().find(|part| is_digest(part));
        let path = parts.collect::<Vec<_>>().join("/");
        // The root of the workspace may lie below that of the repository.
        let at = format!("/{path}").rfind(&format!("/{directory}/"));
        return path[at.unwrap_or(0)..].to_owned();
    }
    if let Some((_, source)) = file.split_once(REGISTRY)
        && let Some((_, path)) = source.split_once(&format!("/{package}-"))
        && let Some((_, path)) = path.split_once('/')
    {
        return join(directory, path);
    }
    let root = step
        .action
        .command()
        .map(|command| command.cwd.to_string_lossy());
    let below = root.and_then(|root| file.strip_prefix(&format!("{root}/")).map(str::to_owned));
    below.unwrap_or(file)
}

fn is_digest(name: &str) -> bool {
    name.len() >= 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The directory to which the tool writes the files of a commit, below `git-COMMIT/DIGEST`.
const TREES: &str = "/semver-checks/";

/// The directory to which cargo writes packages of registries, below one for each registry.
const REGISTRY: &str = "/registry/src/";

/// Returns the status of a comparison. It counts only if the output is of a known form and belongs
/// to the exit code.
fn status(_: &Step, facts: &StepFacts, exit: &ExitDetails<'_>, _: &Background<'_>) -> StepVerdict {
    const OLD: &str = "the form of its output is not known";
    let unknown = |why: &str| {
        let install = TOOL.install.to_owned();
        Err(StepStatus::Unavailable(format!("{OLD}: {why}"), install))
    };
    let expected = ApiComparison::exit_code_of(!facts.problems.is_empty());
    match &facts.unreadable {
        None if exit.code == expected => Ok(StepStatus::Whole),
        None => unknown(&format!(
            "it exited with {}, and not with {expected}",
            exit.code
        )),
        Some(why) if ApiComparison::EXIT_CODES.contains(&exit.code) => unknown(why),
        Some(_) => failed(stderr::unexplained(TOOL.component, exit.code, exit.stderr)),
    }
}

fn is_breaking(finding: &Finding) -> bool {
    finding.level == Level::Error
}

fn fold(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    let standing = standing(folded, collector);
    let steps = folded.steps_of(collector);
    let found = steps.flat_map(|seen| findings(collector, seen)).collect();
    let metrics = [BREAKING, MINOR];
    record(folded, &DEFINITION, &metrics, &standing, found, snapshot);
    // Others were compared with nothing.
    for metric in metrics {
        if let Some(reading) = snapshot.metrics.get_mut(metric) {
            let compared = &standing.covered;
            reading.packages.retain(|name, _| compared.contains(name));
        }
    }
}

/// Returns how complete the values are. They are not if an earlier version is unknown.
fn standing(folded: &Folded, collector: &Collector) -> Standing {
    let mut standing = folded.standing_of_packages(collector, |step| {
        let package = step.package.as_deref().unwrap_or_default();
        format!("`{package}`")
    });
    let unknown = folded
        .steps_of(collector)
        .find_map(|seen| seen.step.setting(UNKNOWN).first());
    if let (true, Some(why)) = (standing.status.is_whole(), unknown) {
        standing.weaken(why.clone(), None);
    }
    standing
}

fn findings(collector: &Collector, seen: &Seen) -> Vec<Finding> {
    let package = seen.step.package.as_deref().unwrap_or_default();
    let problems = seen
        .facts
        .problems
        .iter()
        .filter(|_| seen.status.is_whole());
    problems
        .map(|problem| Finding {
            collector: collector.clone(),
            package: package.to_owned(),
            file: problem.file.clone(),
            code: format!("{collector}::{}", problem.rule),
            level: match problem.message.starts_with(BREAKING_CHANGE) {
                true => Level::Error,
                false => Level::Warning,
            },
            item: problem.item.clone(),
            snippet: String::new(),
            text: String::new(),
            message: problem.message.clone(),
            line: problem.line,
            column: u32::from(problem.line > 0),
            occurrences: 1,
        })
        .collect()
}

fn summary(summary: &StepSummary<'_>) -> Vec<Term> {
    let package = summary.step.package.as_deref().unwrap_or_default();
    let earlier = summary.step.setting(EARLIER).first();
    let own = summary.snapshot.findings.iter().filter(|finding| {
        summary.step.serves.contains(&finding.collector) && finding.package == package
    });
    let required = own.map(is_breaking).max();
    let required = required.map(|is_major| match is_major {
        true => "requires a new major version",
        false => "requires a new minor version",
    });
    terms([
        earlier.map(|earlier| Term::Text(format!("{package} with {earlier}"))),
        required.map(|required| Term::Text(required.to_owned())),
    ])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::Fold;
    use super::super::tests::{events, plan, shown, workspace};
    use super::*;

    const STDOUT: &str = include_str!("../../fixtures/streams/semver-checks/stdout.txt");
    const STDERR: &str = include_str!("../../fixtures/streams/semver-checks/stderr.txt");
    const PASSED: &str =
        "Checked [0s] 2 checks: 2 pass, 0 skip\nSummary no semver update required\n";

    /// Folds a comparison of `tide-core` that prints this and exits so, and one of `tide-app` without
    /// changes. `tide-new` has no earlier version.
    fn folded(stdout: &str, stderr: &str, code: i32, unknown: &[String]) -> Vec<String> {
        let workspace = workspace(&["tide-core", "tide-app", "tide-new"]);
        let mut plan = plan("one: semver\ntwo: semver");
        let mut fold_events = Vec::new();
        let runs = [
            ("tide-core", stdout, stderr, code),
            ("tide-app", "", PASSED, 0),
        ];
        for (step, (package, stdout, stderr, code)) in plan.steps.iter_mut().zip(runs) {
            *step = step
                .clone()
                .of_package(package)
                .with_setting(DIRECTORY, &[package.to_owned()])
                .with_setting(UNKNOWN, unknown);
            let decoded = decode(step, stdout, stderr);
            let mut script = events(&format!("start {}\nend {code}", step.id));
            let Some(Event::Ended(mut ended)) = script.pop() else {
                panic!("the script ends");
            };
            ended.stderr_tail = stderr.to_owned();
            match decoded {
                Ok(events) => script.extend(events),
                Err(line) => {
                    script.push(Event::Noise { line });
                    ended.odd.insert("unreadable".to_owned(), 1);
                }
            }
            fold_events.extend(script.into_iter().chain([Event::Ended(ended)]));
        }
        let mut fold = Fold::new(&plan, &workspace, &BTreeMap::new());
        fold_events.iter().for_each(|event| fold.event(event));
        shown(&fold.finish().0, &[])
    }

    #[test]
    fn changes_are_counted_for_the_compared_packages() {
        let found = folded(STDOUT, STDERR, 100, &[]);
        let expected = include_str!("../../fixtures/streams/semver-checks/folded.txt");
        assert_eq!(found.join("\n"), expected.trim_end());
    }

    #[test]
    fn comparison_that_was_not_made_is_no_value() {
        for (stdout, stderr, code, expected) in [
            (
                STDOUT,
                STDERR,
                0,
                "? the form of its output is not known: it exited with 0",
            ),
            (
                STDOUT,
                STDERR,
                1,
                "? the form of its output is not known: it exited with 1",
            ),
            (
                "",
                PASSED,
                100,
                "? the form of its output is not known: it exited with 100",
            ),
            (
                "",
                "",
                0,
                "? the form of its output is not known: no line begins",
            ),
            (
                "garbage",
                "garbage",
                100,
                "? the form of its output is not known",
            ),
            (
                "",
                "error: failed to build rustdoc for crate tide-core v1.0.0",
                101,
                "? >= 0 `tide-core`: cargo-semver-checks exited with 101: failed to build rustdoc",
            ),
        ] {
            let found = folded(stdout, stderr, code, &[]);
            let breaking = found
                .iter()
                .find(|line| line.starts_with(BREAKING))
                .unwrap();
            assert!(
                breaking.starts_with(&format!("{BREAKING} {expected}")),
                "{breaking}"
            );
            let has_findings = found.iter().any(|line| line.contains("struct_missing"));
            assert!(!has_findings, "{found:#?}");
        }
    }

    #[test]
    fn package_whose_earlier_version_is_unknown_leaves_a_lower_bound() {
        let unknown = ["`tide-new`: git failed".to_owned()];
        let found = folded("", PASSED, 0, &unknown);
        let expected = "semver.breaking ? >= 0 `tide-new`: git failed {tide-app 0, tide-core 0}";
        assert_eq!(found[0], expected);
    }

    #[test]
    fn files_of_the_earlier_version_have_their_present_path() {
        let step = |directory: &str| {
            let step = plan("one: semver").steps.remove(0).of_package("tide-core");
            step.with_setting(DIRECTORY, &[directory.to_owned()])
        };
        let digest = "0123456789abcdef0123456789abcdef01234567";
        let tree = format!("/ws/target/semver-checks/git-{digest}/{digest}");
        for (directory, file, expected) in [
            ("core", format!("{tree}/core/src/lib.rs"), "core/src/lib.rs"),
            (
                "core",
                format!("{tree}/rust/core/src/lib.rs"),
                "core/src/lib.rs",
            ),
            ("", format!("{tree}/src/lib.rs"), "src/lib.rs"),
            ("core", "/ws/core/src/lib.rs".to_owned(), "core/src/lib.rs"),
            ("core", "/elsewhere/lib.rs".to_owned(), "/elsewhere/lib.rs"),
            (
                "core",
                "/home/.cargo/registry/src/index-0/tide-core-1.0.0/src/a.rs".to_owned(),
                "core/src/a.rs",
            ),
        ] {
            assert_eq!(relative(&step(directory), &file), expected);
        }
    }
}

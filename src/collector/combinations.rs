//! `combinations`: the combinations of features with which a package does not compile.
//!
//! Each member is checked alone, since a build of the whole workspace turns on the features that
//! any member needs: without features, with the default ones, with each alone, and with all. A
//! combination whose build ends with errors in the sources counts. Any other failure leaves the
//! package without a value.

use super::command::{CargoCommand, JSON, StepContext, step};
use super::covered::RequiredUnits;
use super::definition::{Definition, SuggestedCondition, SuggestedGate};
use super::evidence;
use super::facts::StepFacts;
use super::findings::record;
use super::folded::Folded;
use super::metric::{Counts, Metric, Visibility};
use super::planner::settings;
use super::request::Request;
use super::seen::Seen;
use super::settings::{Setting, SettingKind};
use super::standing::{Standing, finite, without};
use super::summary::{StepSummary, Term, terms};
use crate::event::{Diagnostic, Level};
use crate::metric::Better;
use crate::plan::{BuildSelection, Collector, Step, Stream};
use crate::relative_path::join;
use crate::snapshot::{Finding, Snapshot};
use crate::workspace::{Member, Workspace};

const BROKEN: &str = "features.broken";
const CHECKED: &str = "features.checked";

/// The setting for the number of features that are combined.
const DEPTH: &str = "depth";

/// The setting for features and combinations that are left out.
const SKIP: &str = "skip";

/// The setting of a step that lists the names in `skip` which leave nothing out.
const UNKNOWN: &str = "unknown";

/// The setting of a step that names its combination.
const COMBINATION: &str = "combination";

pub(super) static DEFINITION: Definition = Definition {
    name: "combinations",
    metrics: &[
        Metric {
            name: BROKEN,
            title: "broken combinations of features",
            counts: Some(Counts::Findings(|_, _| true)),
            is_checked: true,
            ..Metric::LINTS
        },
        Metric {
            name: CHECKED,
            title: "checked combinations of features",
            better: Better::None,
            visibility: Visibility::Detail,
            per_package: false,
            ..Metric::LINTS
        },
        Metric {
            name: "combinations.time",
            title: "time to check combinations of features",
            ..Metric::TIME
        },
    ],
    total: Some(BROKEN),
    shows_messages: true,
    settings: &[
        Setting {
            key: DEPTH,
            kind: SettingKind::Count(1, 3),
            doc: "how many features are turned on together, beside none, the default ones and all",
            decides: Some(DEPTH),
        },
        Setting {
            key: SKIP,
            kind: SettingKind::Reasons,
            doc: "features and combinations to leave out, each with a `name` (`nightly`, \
                `core/nightly`, `no features`) and a `reason`",
            decides: Some(SKIP),
        },
    ],
    refused_args: &REFUSED_ARGS,
    turn: 6,
    meaning,
    steps,
    required_units: RequiredUnits::WithoutTests,
    counts_failed_builds: true,
    idle,
    fold,
    summary,
    gates: &[SuggestedGate {
        metric: BROKEN,
        condition: SuggestedCondition::Exactly("= 0"),
        comment: "combinations of features that do not compile",
        needs: BROKEN,
    }],
    ..Definition::BUILD
};

/// Arguments that would check other features or packages than those of the step.
const REFUSED_ARGS: [(&str, &str); 7] = [
    ("--all-features", FEATURES),
    ("--features", FEATURES),
    ("--no-default-features", FEATURES),
    ("-F", FEATURES),
    ("--package", PACKAGES),
    ("--workspace", PACKAGES),
    ("-p", PACKAGES),
];

const FEATURES: &str = "each combination of features is checked";
const PACKAGES: &str = "each package is checked alone";

/// Returns the meaning of the values, to which the features of the command line do not matter.
fn meaning(request: &Request, collector: &Collector) -> serde_json::Value {
    let request = Request {
        build: with_features(request, BuildSelection::default()),
        ..request.clone()
    };
    settings::of_build(&request, collector)
}

/// Returns the build options of a request with other features.
fn with_features(request: &Request, features: BuildSelection) -> BuildSelection {
    BuildSelection {
        target: request.build.target.clone(),
        profile: request.build.profile.clone(),
        ..features
    }
}

/// Features of a package that are turned on together.
struct Combination {
    /// Name for people and for the setting `skip`. A feature cannot have a name with a blank.
    name: String,
    features: BuildSelection,
}

impl Combination {
    /// Without any feature.
    const NONE: &str = "no features";
    /// With those that a dependent gets unless it says otherwise.
    const DEFAULT: &str = "default features";
    /// With every feature.
    const ALL: &str = "all features";

    fn without_default(name: String, features: Vec<String>) -> Self {
        Self {
            name,
            features: BuildSelection {
                features,
                no_default_features: true,
                ..BuildSelection::default()
            },
        }
    }

    /// Returns the combinations of a package's features: none, the default ones, up to `depth`
    /// together, and all.
    fn all_of(member: &Member, depth: usize, skipped: &Skipped<'_>) -> Vec<Self> {
        let own: Vec<&String> = member
            .features
            .iter()
            .filter(|name| *name != "default")
            .collect();
        let mut features = own.clone();
        features.retain(|name| !skipped.has(member, name));
        let mut all = vec![Self::without_default(Self::NONE.to_owned(), Vec::new())];
        let has_default = member.features.iter().any(|name| name == "default");
        if has_default {
            all.push(Self {
                name: Self::DEFAULT.to_owned(),
                features: BuildSelection::default(),
            });
        }
        for chosen in subsets(&features, depth) {
            let chosen: Vec<String> = chosen.into_iter().cloned().collect();
            all.push(Self::without_default(chosen.join(","), chosen));
        }
        // The default features may turn on dependencies that no other feature does.
        if features.len() > depth || has_default && !features.is_empty() {
            all.push(if own.len() == features.len() {
                Self {
                    name: Self::ALL.to_owned(),
                    features: BuildSelection {
                        all_features: true,
                        ..BuildSelection::default()
                    },
                }
            } else {
                Self::without_default(
                    Self::ALL.to_owned(),
                    features.into_iter().cloned().collect(),
                )
            });
        }
        all.retain(|one| !skipped.has(member, &one.name));
        all
    }
}

/// Returns the sets of one to `most` of the items.
fn subsets<'a, T>(items: &[&'a T], most: usize) -> Vec<Vec<&'a T>> {
    // Each set is extended only by items after its last one, so that it comes once.
    let mut of_size: Vec<(usize, Vec<&T>)> = vec![(0, Vec::new())];
    let mut all = Vec::new();
    for _ in 0..most {
        let mut larger = Vec::new();
        for (next, set) in &of_size {
            for (at, item) in items.iter().enumerate().skip(*next) {
                let extended: Vec<&T> = set.iter().copied().chain([*item]).collect();
                larger.push((at + 1, extended));
            }
        }
        all.extend(larger.iter().map(|(_, set)| set.clone()));
        of_size = larger;
    }
    all
}

/// The names of features and combinations to leave out, some with the name of their package.
struct Skipped<'a>(&'a [(String, String)]);

impl Skipped<'_> {
    fn has(&self, member: &Member, name: &str) -> bool {
        let mut names = self.0.iter();
        names.any(|(skipped, _)| is_about(skipped, member, name))
    }

    /// Returns the names that are neither a feature nor a combination of one of these members.
    fn unknown(&self, members: &[Member], depth: usize) -> Vec<String> {
        let names = self.0.iter().map(|(name, _)| name);
        let unknown = names.filter(|skipped| {
            !members.iter().any(|member| {
                let all = Combination::all_of(member, depth, &Skipped(&[]));
                let mut known = all.iter().map(|one| &one.name).chain(&member.features);
                known.any(|name| is_about(skipped, member, name))
            })
        });
        unknown.cloned().collect()
    }
}

/// Returns whether a name in `skip` is that of a member's feature or combination.
fn is_about(skipped: &str, member: &Member, name: &str) -> bool {
    skipped == name || skipped.split_once('/') == Some((member.name.as_str(), name))
}

/// Returns a step for each combination of each member.
fn steps(context: &StepContext<'_>, collector: &Collector) -> Vec<Step> {
    let settings = context.request.settings_of(collector);
    let depth = settings.count(DEPTH).unwrap_or(1) as usize;
    let skipped = Skipped(settings.reasons(SKIP));
    let unknown = match context.request.takes_every_package() {
        true => skipped.unknown(&context.selected.members, depth),
        // They may be about packages that are not selected.
        false => Vec::new(),
    };
    let mut steps = Vec::new();
    for member in checked_members(context.selected) {
        for combination in Combination::all_of(member, depth, &skipped) {
            let number = steps.len() + 1;
            let step = check(context, collector, member, combination, number);
            steps.push(step.with_setting(UNKNOWN, &unknown));
        }
    }
    steps
}

/// Returns the members that have a library or a program.
fn checked_members(workspace: &Workspace) -> impl Iterator<Item = &Member> {
    const OTHERS: [&str; 4] = ["bench", "custom-build", "example", "test"];
    workspace.members.iter().filter(|member| {
        let mut kinds = member.targets.iter().map(|target| target.kind.as_str());
        kinds.any(|kind| !OTHERS.contains(&kind))
    })
}

/// Returns the step that checks a package alone, with a combination of its features.
fn check(
    context: &StepContext<'_>,
    collector: &Collector,
    member: &Member,
    combination: Combination,
    number: usize,
) -> Step {
    let request = Request {
        build: with_features(context.request, combination.features),
        ..context.request.clone()
    };
    let own = StepContext {
        request: &request,
        ..*context
    };
    // With `-p` in the root, the first resolver gives the features to the root package.
    let manifest = join(&member.dir, "Cargo.toml");
    let action = CargoCommand::new("check")
        .args(&["--manifest-path", &manifest])
        .build(&own, collector, false)
        .args(&["--keep-going", JSON])
        .finish(&own, collector, Stream::Cargo);
    let id = format!("combination-{number}");
    step(&own, &id, ("Checking", "Checked"), collector, action)
        .of_package(&member.name)
        .with_setting(COMBINATION, &[combination.name])
}

/// Returns the reason if no build compiled a unit and none failed.
fn idle(steps: &[&StepFacts]) -> Option<String> {
    let has_failed = steps.iter().any(|facts| facts.finished == Some(false));
    evidence::nothing_compiled(steps).filter(|_| !has_failed)
}

/// Returns the package and the combination of a step.
fn subject(step: &Step) -> (&str, &str) {
    let package = step.package.as_deref().unwrap_or_default();
    let combination = step.setting(COMBINATION).first();
    (package, combination.map_or("", String::as_str))
}

fn fold(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    let standing = standing(folded, collector);
    let steps: Vec<&Seen> = folded.steps_of(collector).collect();
    let found = steps
        .iter()
        .filter_map(|seen| broken(seen, collector))
        .collect();
    record(folded, &DEFINITION, &[BROKEN], &standing, found, snapshot);
    if let Some(reading) = snapshot.metrics.get_mut(BROKEN) {
        let checked = &standing.covered;
        reading.packages.retain(|name, _| checked.contains(name));
    }
    let checked = match standing.reason() {
        None => finite(steps.len() as f64),
        Some(unavailable) => without(unavailable),
    };
    snapshot.metrics.insert(CHECKED.to_owned(), checked);
}

/// Returns how complete the values are. Those of a package are if all its combinations were built
/// or failed because of the sources.
fn standing(folded: &Folded, collector: &Collector) -> Standing {
    let mut standing = folded.standing_of_packages(collector, |step| {
        let (package, combination) = subject(step);
        format!("`{package}` with {combination}")
    });
    if standing.status.is_whole()
        && let Some((reason, fix)) = omission(folded, collector, &standing)
    {
        standing.weaken(reason, Some(fix));
    }
    standing
}

/// Returns what `skip` leaves out by mistake, and a help.
fn omission(
    folded: &Folded,
    collector: &Collector,
    standing: &Standing,
) -> Option<(String, String)> {
    let unknown = folded
        .steps_of(collector)
        .find_map(|seen| seen.step.setting(UNKNOWN).first());
    if let Some(name) = unknown {
        let reason = format!("`{name}` in `skip` is neither a feature nor a combination");
        return Some((reason, format!("correct skip in [collect.{collector}]")));
    }
    let mut unchecked = checked_members(&folded.workspace)
        .map(|member| &member.name)
        .filter(|name| !standing.covered.contains(*name));
    let package = unchecked.find(|_| !folded.plan.allow_empty.contains(collector))?;
    Some((
        format!("`skip` leaves no combination of `{package}`"),
        format!("allow-empty = true in [collect.{collector}] if that is as it should be"),
    ))
}

/// Returns the finding of a combination with which the package does not compile. It has the place
/// of the first error.
fn broken(seen: &Seen, collector: &Collector) -> Option<Finding> {
    if !seen.status.is_whole() || seen.facts.finished != Some(false) {
        return None;
    }
    let errors = seen.facts.messages.errors().map(|one| &one.diagnostic);
    let error = errors.min_by_key(|one| !one.is_placed());
    let (package, combination) = subject(&seen.step);
    let span = error.and_then(|error| error.spans.first());
    Some(Finding {
        collector: collector.clone(),
        package: package.to_owned(),
        file: span.map_or_else(String::new, |span| span.file.clone()),
        code: "broken".to_owned(),
        level: Level::Error,
        item: combination.to_owned(),
        snippet: String::new(),
        text: String::new(),
        message: format!(
            "{package} does not compile with {combination}{}",
            error.map_or_else(String::new, first)
        ),
        line: span.map_or(0, |span| span.line),
        column: span.map_or(0, |span| span.column),
        occurrences: 1,
    })
}

/// Returns the end of a finding's message: `: cannot find type X in this scope (E0412)`.
fn first(error: &Diagnostic) -> String {
    let code = error.code.as_ref();
    let code = code.map_or_else(String::new, |code| format!(" ({code})"));
    format!(": {}{code}", error.message)
}

fn summary(summary: &StepSummary<'_>) -> Vec<Term> {
    let (package, combination) = subject(summary.step);
    let mut findings = summary.snapshot.findings.iter();
    let is_broken = findings.any(|finding| {
        summary.step.serves.contains(&finding.collector)
            && (finding.package.as_str(), finding.item.as_str()) == (package, combination)
    });
    terms([
        Some(Term::Text(format!("{package} with {combination}"))),
        is_broken.then(|| Term::Text("does not compile".to_owned())),
    ])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::Fold;
    use super::super::tests::{events, plan, shown, workspace};
    use super::*;
    use crate::plan::Action;

    fn member(name: &str, features: &str) -> Member {
        let mut member = workspace(&[name]).members.remove(0);
        let features = features.split_whitespace();
        member.features = features.map(str::to_owned).collect();
        member
    }

    #[test]
    fn each_combination_is_checked_once() {
        for (features, depth, skip, expected) in [
            ("", 1, "", "no features:N"),
            ("a", 1, "", "no features:N|a:N:a"),
            ("default", 2, "", "no features:N|default features:"),
            ("a b", 1, "", "no features:N|a:N:a|b:N:b|all features:A"),
            (
                "a b default",
                2,
                "",
                "no features:N|default features:|a:N:a|b:N:b|a,b:N:a,b|all features:A",
            ),
            (
                "a b c",
                2,
                "",
                "no features:N|a:N:a|b:N:b|c:N:c|a,b:N:a,b|a,c:N:a,c|b,c:N:b,c|all features:A",
            ),
            (
                "a b c",
                1,
                "x/b;core/a;no features",
                "b:N:b|c:N:c|all features:N:b,c",
            ),
            (
                "a b",
                2,
                "core/a,b;all features",
                "no features:N|a:N:a|b:N:b",
            ),
        ] {
            let skipped: Vec<(String, String)> = skip
                .split(';')
                .map(|name| (name.to_owned(), "because".to_owned()))
                .collect();
            let found = Combination::all_of(&member("core", features), depth, &Skipped(&skipped));
            let found: Vec<String> = found
                .iter()
                .map(|one| {
                    let features = &one.features;
                    let without = if features.no_default_features {
                        "N"
                    } else {
                        ""
                    };
                    let all = if features.all_features { "A" } else { "" };
                    let names = match features.features.as_slice() {
                        [] => String::new(),
                        names => format!(":{}", names.join(",")),
                    };
                    format!("{}:{without}{all}{names}", one.name)
                })
                .collect();
            assert_eq!(found.join("|"), expected, "{features} {depth} {skip}");
        }
    }

    /// Folds a check of `core` with `a` and one of `core` with `b`, which ends so, and one of `app`.
    fn folded(second: &str) -> Vec<String> {
        let workspace = workspace(&["core: lib", "app: bin"]);
        let mut plan = plan("one: combinations\ntwo: combinations\nthree: combinations");
        for (step, (package, combination)) in
            plan.steps
                .iter_mut()
                .zip([("core", "a"), ("core", "b"), ("app", "no features")])
        {
            let named = step.clone().of_package(package);
            *step = named.with_setting(COMBINATION, &[combination.to_owned()]);
            let Action::Command(command) = &mut step.action else {
                panic!("{step:?}");
            };
            command.args = vec!["check".to_owned()];
        }
        let mut fold = Fold::new(&plan, &workspace, &BTreeMap::new());
        let script = format!(
            "start one\nunit core lib core\nfinished true\nend 0\n\
             start two\n{second}\n\
             start three\nunit core lib core fresh\nunit app bin app exe\nfinished true\nend 0"
        );
        for event in events(&script) {
            fold.event(&event);
        }
        shown(&fold.finish().0, &[])
    }

    #[test]
    fn only_errors_in_the_sources_make_a_combination_broken() {
        for (second, expected) in [
            (
                "unit core lib core\nfinished true\nend 0",
                &["features.broken 0 {app 0, core 0}", "features.checked 3"][..],
            ),
            (
                "error core E0425 core/src/lib.rs:3 text\nfinished false\nend 101",
                &["features.broken 1 {app 0, core 1}", "features.checked 3"],
            ),
            (
                "finished false\nend 101 error: failed to run custom build command",
                &["features.broken ? >= 0 `core` with b: ", "{app 0}"],
            ),
            (
                "finished true\nend 0",
                &["features.broken ? >= 0 ", "{app 0}"],
            ),
            ("end signal 9", &["features.broken ?", "killed by signal 9"]),
            ("end interrupt", &["features.broken ? interrupted"]),
        ] {
            let found = folded(second).join("\n");
            for expected in expected {
                assert!(found.contains(expected), "{second}: {expected}\n{found}");
            }
        }
    }
}

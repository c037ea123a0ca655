//! `timing`: how long builds take, from repeated builds of a copy of the workspace.
//!
//! Each round is a clean build, followed by a build after an edit of the deepest member, on which
//! most members depend, and one after an edit of a leaf, on which no member depends. As the kinds
//! of builds take turns, a machine that becomes slower affects all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::command::{CargoCommand, JSON, StepContext, step};
use super::covered::RequiredUnits;
use super::definition::{Definition, Remedy, SuggestedCondition, SuggestedGate};
use super::facts::StepFacts;
use super::folded::Folded;
use super::metric::{Family, Metric, Visibility};
use super::seen::Seen;
use super::settings::{Setting, SettingKind, Settings};
use super::standing::{Standing, absent, finite, without};
use super::summary::{StepSummary, Term, terms};
use super::time::median;
use crate::event::Ending;
use crate::metric::{Alike, Reading, Spread, Unit, Value};
use crate::plan::{Action, Collector, CopiedBuild, Preparation, Step, Stream};
use crate::snapshot::Snapshot;
use crate::workspace::{DependencyKind, Member, Target, Workspace};

/// The name of the collector.
pub(super) const NAME: Collector = Collector::named("timing");

const CLEAN: &str = "build.clean.time";
pub(super) const CPU: &str = "build.clean.cpu";
const INCREMENTAL: &str = "build.incremental.time";
const SIZE: &str = "target.size";

/// The time of all units of a member in a clean build.
const UNIT_TIME: Metric = Metric {
    name: "build.unit_time.*",
    title: "time to compile",
    visibility: Visibility::Detail,
    is_result: true,
    step: Some("timing-clean-1"),
    family: Some(Family::Package),
    ..Metric::TIME
};

/// The setting for the number of rounds.
const SAMPLES: &str = "samples";

pub(super) static DEFINITION: Definition = Definition {
    name: "timing",
    metrics: &[
        Metric {
            name: CLEAN,
            title: "clean build",
            is_result: true,
            step: Some("timing-clean-1"),
            ..Metric::TIME
        },
        Metric {
            name: CPU,
            title: "CPU time of a clean build",
            visibility: Visibility::Detail,
            step: Some("timing-clean-1"),
            ..Metric::TIME
        },
        Metric {
            name: INCREMENTAL,
            title: "build after an edit",
            is_result: true,
            step: Some("timing-leaf-1"),
            ..Metric::TIME
        },
        Metric {
            name: EditedMember::Deep.metric(),
            title: "build after an edit of the deepest member",
            visibility: Visibility::Detail,
            step: Some("timing-deep-1"),
            ..Metric::TIME
        },
        Metric {
            name: EditedMember::Leaf.metric(),
            title: "build after an edit of a leaf",
            visibility: Visibility::Detail,
            step: Some("timing-leaf-1"),
            ..Metric::TIME
        },
        Metric {
            name: SIZE,
            title: "size of a clean build",
            unit: &Unit::Bytes,
            per_package: false,
            alike: Alike::Toolchain,
            step: Some("timing-clean-1"),
            ..Metric::COUNT
        },
        UNIT_TIME,
    ],
    alike: Alike::Machine,
    settings: &[
        Setting {
            key: SAMPLES,
            kind: SettingKind::Count(3, 50),
            doc: "timed builds of each kind; more of them show smaller differences",
            decides: None,
        },
        Setting {
            key: EditedMember::Deep.name(),
            kind: SettingKind::Text,
            doc: "the package to edit as the deepest member; by default the library on which most members depend",
            decides: Some("deep"),
        },
        Setting {
            key: EditedMember::Leaf.name(),
            kind: SettingKind::Text,
            doc: "the package to edit as a leaf; by default, of those on which no member depends, the one that depends on most members",
            decides: Some("leaf"),
        },
    ],
    repeats: Some(SAMPLES),
    uses_compiler_cache: false,
    turn: 7,
    timeout: 120,
    steps,
    required_units: RequiredUnits::WithoutTests,
    doubt,
    fold,
    summary,
    remedy: Remedy::Explain,
    gates: &[
        SuggestedGate {
            metric: CLEAN,
            condition: SuggestedCondition::Exactly("<= baseline + 10 %"),
            comment: "seconds of a clean build with its dependencies",
            needs: CLEAN,
        },
        SuggestedGate {
            metric: INCREMENTAL,
            condition: SuggestedCondition::Exactly("<= baseline + 10 %"),
            comment: "seconds of a build after an edit",
            needs: INCREMENTAL,
        },
    ],
    ..Definition::BUILD
};

/// A member whose source is edited.
#[derive(Clone, Copy, PartialEq, Eq)]
enum EditedMember {
    Deep,
    Leaf,
}

impl EditedMember {
    const ALL: [Self; 2] = [Self::Deep, Self::Leaf];

    /// Returns its name in settings and ids of steps.
    const fn name(self) -> &'static str {
        match self {
            Self::Deep => "deep",
            Self::Leaf => "leaf",
        }
    }

    const fn metric(self) -> &'static str {
        match self {
            Self::Deep => "build.incremental.deep.time",
            Self::Leaf => "build.incremental.leaf.time",
        }
    }

    /// Returns the preparation of the build. `None` if no member depends on another, so that none
    /// is deep.
    fn preparation(self, settings: &Settings, workspace: &Workspace) -> Option<Preparation> {
        let named = settings.text(self.name()).filter(|name| !name.is_empty());
        let member = match (named, self) {
            (Some(name), _) => {
                let mut members = workspace.members.iter();
                let member = members.find(|member| member.name == name);
                return Some(Preparation::Edit {
                    package: name.to_owned(),
                    file: member.and_then(source).map(str::to_owned),
                });
            }
            (None, Self::Deep) => deepest(workspace)?,
            (None, Self::Leaf) => leaf(workspace)?,
        };
        Some(Preparation::Edit {
            package: member.name.clone(),
            file: source(member).map(str::to_owned),
        })
    }
}

/// Returns the first build, and then a clean one and one after each edit for each sample.
fn steps(context: &StepContext<'_>, collector: &Collector) -> Vec<Step> {
    let settings = context.request.settings_of(collector);
    let target_dir = Step::copy_target_dir(&context.root.join(context.shared_target_dir()));
    let build = |id: &str, verb: (&str, &str), preparation: Preparation| {
        let action = build(context, collector, &target_dir, &preparation);
        step(context, id, verb, collector, action).in_copy(&target_dir, preparation)
    };
    let edits = EditedMember::ALL.map(|edit| (edit, edit.preparation(&settings, context.selected)));
    // It is not timed: it downloads dependencies and fills the caches of the system.
    let mut steps = vec![build(
        "timing",
        ("Preparing", "Prepared"),
        Preparation::Copy,
    )];
    for sample in 1..=settings.count(SAMPLES).unwrap_or(3) {
        let verb = ("Timing", "Timed");
        let id = format!("timing-clean-{sample}");
        steps.push(build(&id, verb, Preparation::Clean));
        for (edit, preparation) in &edits {
            if let Some(preparation) = preparation {
                let id = format!("timing-{}-{sample}", edit.name());
                steps.push(build(&id, verb, preparation.clone()));
            }
        }
    }
    steps
}

/// Returns the command that builds libraries and binaries. A timed one downloads nothing, and a clean
/// one reports the time of each unit.
fn build(
    context: &StepContext<'_>,
    collector: &Collector,
    target_dir: &Path,
    preparation: &Preparation,
) -> Action {
    let mut command = CargoCommand::new("build")
        .scope(context)
        .build_in_copy(context, collector, target_dir);
    let is_frozen = command.cargo.iter().any(|arg| arg == "--frozen");
    if *preparation != Preparation::Copy && !is_frozen {
        command = command.args(&["--frozen"]);
    }
    if *preparation == Preparation::Clean {
        command = command.args(&["--timings"]);
    }
    // A wrapper may answer from a cache, and leave the work to a daemon whose CPU time is unknown.
    command.env("RUSTC_WRAPPER", "");
    command
        .args(&[JSON])
        .finish(context, collector, Stream::Cargo)
}

/// Returns the root file of the library or of a program of a member, if it lies below the root.
fn source(member: &Member) -> Option<&str> {
    let always = member.targets.iter().filter(|target| !target.conditional);
    let mut libraries = always.clone().filter(|target| target.is_library());
    let mut programs = always.filter(|target| target.kind == "bin");
    let target = libraries.next().or_else(|| programs.next())?;
    let is_below = !target.file.starts_with("../") && !Path::new(&target.file).is_absolute();
    is_below.then_some(&*target.file)
}

/// Returns the library that most members depend on. Of several, the first by name.
fn deepest(workspace: &Workspace) -> Option<&Member> {
    let dependents = Dependents::of(workspace);
    let libraries = workspace.members.iter().filter(|member| {
        source(member).is_some() && member.targets.iter().any(|target| target.is_library())
    });
    let depths = libraries.map(|member| (dependents.all(&member.name).len(), member));
    first_greatest(depths.filter(|(dependents, _)| *dependents > 0))
}

/// Returns the member that depends on most members, of those on which none depends. Of several, the
/// first by name.
fn leaf(workspace: &Workspace) -> Option<&Member> {
    let dependents = Dependents::of(workspace);
    let mut below: BTreeMap<&str, usize> = BTreeMap::new();
    for member in &workspace.members {
        for dependent in dependents.all(&member.name) {
            *below.entry(dependent).or_default() += 1;
        }
    }
    let leaves = workspace
        .members
        .iter()
        .filter(|member| source(member).is_some() && dependents.all(&member.name).is_empty());
    first_greatest(leaves.map(|leaf| {
        let below = below.get(leaf.name.as_str()).copied();
        (below.unwrap_or_default(), leaf)
    }))
}

fn first_greatest<'a>(members: impl Iterator<Item = (usize, &'a Member)>) -> Option<&'a Member> {
    let greatest = members.reduce(|first, next| if next.0 > first.0 { next } else { first });
    greatest.map(|(_, member)| member)
}

/// The members that depend on each member, without development dependencies.
struct Dependents<'a>(BTreeMap<&'a str, Vec<&'a str>>);

impl<'a> Dependents<'a> {
    fn of(workspace: &'a Workspace) -> Self {
        let mut direct: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for member in &workspace.members {
            let declared = member.declared.iter();
            for dependency in declared.filter(|one| one.kind != DependencyKind::Dev) {
                direct
                    .entry(&dependency.package)
                    .or_default()
                    .push(&member.name);
            }
        }
        Self(direct)
    }

    /// Returns the members that a build compiles again after a change of a member: those that
    /// depend on it, also through others.
    fn all(&self, name: &str) -> BTreeSet<&'a str> {
        let mut found = BTreeSet::new();
        let mut open: Vec<&'a str> = self.direct(name).to_vec();
        while let Some(name) = open.pop() {
            if found.insert(name) {
                open.extend(self.direct(name));
            }
        }
        found
    }

    fn direct(&self, name: &str) -> &[&'a str] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }
}

/// Returns why a build does not count as a sample: it left out units, or compiled units that do not
/// depend on the edit.
fn doubt(step: &Step, facts: &StepFacts, workspace: &Workspace) -> Option<String> {
    let (fresh, units) = facts.units;
    let package = match step.preparation()? {
        Preparation::Copy => return None,
        Preparation::Clean => {
            return (fresh > 0).then(|| {
                format!(
                    "{fresh} of {units} units were not compiled, although nothing was built before"
                )
            });
        }
        Preparation::Edit { package, .. } => package,
    };
    let (edited, others): (Vec<_>, Vec<_>) = facts
        .compiled
        .iter()
        .partition(|one| one.is_member && one.name == *package);
    if edited.is_empty() {
        return Some(format!(
            "package `{package}` was not compiled again after an edit"
        ));
    }
    let dependents = Dependents::of(workspace);
    let expected = dependents.all(package);
    let unexpected = others.into_iter().find(|one| {
        // It is not known which members that are not selected depend on the package.
        let is_selected = workspace.members.iter().any(|own| own.name == one.name);
        let is_expected = expected.contains(one.name.as_str()) || !is_selected;
        !(one.is_member && is_expected)
    });
    unexpected.map(|one| {
        format!(
            "package `{}` was compiled again, although it does not depend on `{package}`, which was edited",
            one.name
        )
    })
}

/// The builds of one kind.
struct Builds<'a> {
    first: &'a Seen,
    timed: Vec<&'a Seen>,
}

impl<'a> Builds<'a> {
    /// Returns the builds with a preparation. `None` if the plan has none.
    fn of(
        folded: &'a Folded,
        collector: &'a Collector,
        is_wanted: impl Fn(&Step) -> bool,
    ) -> Option<Self> {
        let mut steps = folded.steps_of(collector);
        let first = steps.next()?;
        let timed: Vec<&Seen> = steps.filter(|seen| is_wanted(&seen.step)).collect();
        (!timed.is_empty()).then_some(Self { first, timed })
    }

    /// Returns a reading of the median, or the reason why the builds cannot be compared.
    fn reading(
        &self,
        folded: &Folded,
        collector: &Collector,
        value: impl Fn(&Seen) -> Result<f64, String>,
    ) -> Reading {
        let own = [self.first].into_iter().chain(self.timed.iter().copied());
        if let Some(broken) = own.clone().find(|seen| !seen.status.is_whole()) {
            // A build does not start if an earlier one of another kind failed. The reason is that
            // failure.
            let is_unstarted = matches!(broken.ended.ending, Ending::NotStarted(_));
            let cause = match is_unstarted {
                true => folded
                    .steps_of(collector)
                    .find(|seen| !seen.status.is_whole()),
                false => None,
            };
            let reason = Standing::of(cause.unwrap_or(broken)).reason();
            return reason.map_or_else(|| absent("it was not measured"), without);
        }
        if let Some(reason) = self.difference() {
            return absent(reason);
        }
        let values: Result<Vec<f64>, String> = self.timed.iter().map(|seen| value(seen)).collect();
        match values {
            Ok(samples) => Reading {
                spread: Some(Spread {
                    fresh: Some(self.fresh()),
                    samples: samples.clone(),
                    ..Spread::default()
                }),
                ..finite(median(&samples))
            },
            Err(reason) => absent(reason),
        }
    }

    /// Returns the share of units that were fresh, which is the same in all of them.
    fn fresh(&self) -> f64 {
        let (fresh, units) = self.timed[0].facts.units;
        fresh as f64 / units as f64
    }

    /// Returns how two builds differ that should be the same.
    fn difference(&self) -> Option<String> {
        let all = self.first.facts.units.1;
        let mut units = self.timed.iter().map(|seen| seen.facts.units.1);
        if let Some(other) = units.find(|units| *units != all) {
            return Some(format!("one build had {all} units and another one {other}"));
        }
        let (first, others) = self.timed.split_first()?;
        let differs = others.iter().any(|other| {
            other.facts.units.0 != first.facts.units.0
                || other.facts.compiled != first.facts.compiled
        });
        differs.then(|| "the builds did not compile the same units each time".to_owned())
    }
}

/// Returns the value of a build, or why it is unknown.
type BuildValue = fn(&Seen) -> Result<f64, String>;

fn seconds(seen: &Seen) -> Result<f64, String> {
    Ok((seen.ended.seconds - seen.ended.blocked).max(0.0))
}

fn cpu(seen: &Seen) -> Result<f64, String> {
    seen.ended.cpu.ok_or_else(unknown)
}

fn unknown() -> String {
    "it is not known on this platform".to_owned()
}

fn bytes(seen: &Seen) -> Result<f64, String> {
    let mut counted = seen.facts.counted.iter();
    let bytes = counted.find_map(|file| file.counts.get(CopiedBuild::BYTES));
    bytes.map(|bytes| *bytes as f64).ok_or_else(unknown)
}

/// Returns the time of all units of a package.
fn unit_time(seen: &Seen, package: &str) -> Result<f64, String> {
    if let Some(problem) = seen.facts.problems.first() {
        return Err(problem.message.clone());
    }
    let mut of_package = seen
        .facts
        .counted
        .iter()
        .filter(|file| file.package == package);
    let micros = of_package.find_map(|file| file.counts.get(CopiedBuild::UNIT_TIME));
    micros
        .map(|micros| *micros as f64 / 1e6)
        .ok_or_else(|| "cargo's report of times does not list it".to_owned())
}

fn is_clean(step: &Step) -> bool {
    step.preparation() == Some(&Preparation::Clean)
}

fn fold(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    let clean: [(&str, BuildValue); 3] = [(CLEAN, seconds), (CPU, cpu), (SIZE, bytes)];
    for (name, value) in clean {
        let mut reading = match Builds::of(folded, collector, is_clean) {
            Some(builds) => builds.reading(folded, collector, value),
            None => unmeasured(folded, collector),
        };
        if name == SIZE {
            reading.spread = None;
        }
        snapshot.metrics.insert(name.to_owned(), reading);
    }
    add_unit_times(folded, collector, snapshot);
    let mut longest: Option<Reading> = None;
    for edit in EditedMember::ALL {
        let start = format!("timing-{}-", edit.name());
        let builds = Builds::of(folded, collector, |step| step.id.starts_with(&start));
        let Some(builds) = builds else {
            continue;
        };
        let mut reading = builds.reading(folded, collector, seconds);
        if let (Some(spread), Some(Preparation::Edit { package, .. })) =
            (&mut reading.spread, builds.timed[0].step.preparation())
        {
            spread.subject = Some(format!("an edit of package `{package}`"));
        }
        longest = Some(match longest {
            Some(other) => longer(other, reading.clone()),
            None => reading.clone(),
        });
        snapshot.metrics.insert(edit.metric().to_owned(), reading);
    }
    let longest = longest.unwrap_or_else(|| unmeasured(folded, collector));
    snapshot.metrics.insert(INCREMENTAL.to_owned(), longest);
}

/// Adds the time of each selected package that a build compiles.
fn add_unit_times(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    let Some(builds) = Builds::of(folded, collector, is_clean) else {
        return;
    };
    for member in &folded.workspace.members {
        if member.targets.iter().any(is_built) {
            let reading = builds.reading(folded, collector, |seen| unit_time(seen, &member.name));
            let name = UNIT_TIME.name.replace('*', &member.name);
            snapshot.metrics.insert(name, reading);
        }
    }
}

/// Returns whether `cargo build` compiles a target, whatever the features are.
fn is_built(target: &Target) -> bool {
    const OTHERS: [&str; 4] = ["bench", "custom-build", "example", "test"];
    !target.conditional && !OTHERS.contains(&target.kind.as_str())
}

/// Returns the reading of builds that the plan does not have.
fn unmeasured(folded: &Folded, collector: &Collector) -> Reading {
    match folded.standing(collector).reason() {
        Some(reason) => without(reason),
        None => absent("no selected package has a source that can be edited"),
    }
}

/// Returns the longer of two times in each round, or the one without a value. Which of the medians
/// is longer can be chance, and would then differ between two runs.
fn longer(one: Reading, other: Reading) -> Reading {
    let (Some(first), Some(second)) = (&one.spread, &other.spread) else {
        return match one.value {
            Value::Unavailable(_) => one,
            Value::Measured(_) => other,
        };
    };
    let pairs = first.samples.iter().zip(&second.samples);
    let samples: Vec<f64> = pairs.map(|(one, other)| one.max(*other)).collect();
    let subjects = [&first.subject, &second.subject].map(|one| one.as_deref().unwrap_or_default());
    let fresh = first.fresh.zip(second.fresh);
    Reading {
        spread: Some(Spread {
            samples: samples.clone(),
            fresh: fresh.map(|(one, other)| f64::midpoint(one, other)),
            subject: Some(subjects.join(" and ")),
            ..Spread::default()
        }),
        ..finite(median(&samples))
    }
}

fn summary(summary: &StepSummary<'_>) -> Vec<Term> {
    let what = match summary.step.preparation() {
        Some(Preparation::Clean) => Some(Term::Text("clean build".to_owned())),
        Some(Preparation::Edit { package, .. }) => {
            Some(Term::Text(format!("build after an edit of {package}")))
        }
        Some(Preparation::Copy) | None => None,
    };
    terms([what, summary.units()])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::Fold;
    use super::super::tests::{events, plan, shown, workspace};
    use super::*;
    use crate::event::{Event, FileCounts, Problem};
    use crate::workspace::DeclaredDependency;

    /// Returns a workspace of `NAME` and `NAME: DEPENDENCY DEPENDENCY`. A dependency in brackets is
    /// one of tests.
    fn members(text: &[&str]) -> Workspace {
        let names: Vec<&str> = text
            .iter()
            .map(|text| text.split(": ").next().unwrap())
            .collect();
        let mut workspace = workspace(&names);
        for (member, text) in workspace.members.iter_mut().zip(text) {
            let dependencies = text.split_once(": ").map_or("", |(_, all)| all);
            let declared = dependencies
                .split_whitespace()
                .map(|name| DeclaredDependency {
                    package: name.trim_matches(['[', ']']).to_owned(),
                    rename: None,
                    kind: match name.starts_with('[') {
                        true => DependencyKind::Dev,
                        false => DependencyKind::Normal,
                    },
                });
            member.declared = declared.collect();
        }
        workspace
    }

    #[test]
    fn deepest_member_and_a_leaf_are_edited() {
        for (text, expected) in [
            (&["a"][..], (None, "a")),
            (&["a", "b"], (None, "a")),
            (&["app: core", "core"], (Some("core"), "app")),
            (&["a: c", "b: c e", "c: d", "d", "e"], (Some("d"), "b")),
            (&["a: b", "b: [a]", "c: [b]"], (Some("b"), "a")),
        ] {
            let workspace = members(text);
            let name = |member: &Member| member.name.clone();
            let found = (deepest(&workspace).map(name), leaf(&workspace).map(name));
            let expected = (expected.0.map(str::to_owned), Some(expected.1.to_owned()));
            assert_eq!(found, expected, "{text:?}");
        }
    }

    /// The builds of a plan with an edit of `core`, on which `app` depends, and three samples.
    const BUILDS: [&str; 7] = [
        "timing app core lone",
        "timing-clean-1 app core lone",
        "timing-deep-1 app core",
        "timing-clean-2 app core lone",
        "timing-deep-2 app core",
        "timing-clean-3 app core lone",
        "timing-deep-3 app core",
    ];

    /// Returns the time of a package in the report of a build.
    fn time(package: &str, micros: u64) -> Event {
        Event::Counted(FileCounts {
            package: package.to_owned(),
            others: Vec::new(),
            file: String::new(),
            counts: [(CopiedBuild::UNIT_TIME.into(), micros)].into(),
        })
    }

    /// The times of two packages in each clean build.
    fn times(id: &str, number: u64) -> Vec<Event> {
        match id.contains("clean") {
            true => vec![time("app", number * 100_000), time("core", 20_000)],
            false => Vec::new(),
        }
    }

    fn folded(builds: &[&str]) -> Vec<String> {
        folded_with(builds, times)
    }

    /// Folds builds that compile these packages, or have this `end`, each with more events. Lists the
    /// values.
    fn folded_with(builds: &[&str], more: fn(&str, u64) -> Vec<Event>) -> Vec<String> {
        let workspace = members(&["app: core", "core", "lone"]);
        let ids: Vec<&str> = builds
            .iter()
            .map(|build| build.split(' ').next().unwrap())
            .collect();
        let steps: Vec<String> = ids.iter().map(|id| format!("{id}: timing")).collect();
        let mut plan = plan(&steps.join("\n"));
        for step in &mut plan.steps {
            let preparation = match step.id.split('-').nth(1) {
                None => Preparation::Copy,
                Some("clean") => Preparation::Clean,
                _ => Preparation::Edit {
                    package: "core".to_owned(),
                    file: None,
                },
            };
            *step = step.clone().in_copy(Path::new("/t"), preparation);
        }
        let mut fold = Fold::new(&plan, &workspace, &BTreeMap::new());
        for (number, build) in builds.iter().enumerate() {
            let (id, compiled) = build.split_once(' ').unwrap();
            let mut script = format!("start {id}\n");
            match compiled.strip_prefix("end ") {
                Some(end) => script += &format!("end {end}"),
                None => {
                    for name in ["app", "core", "lone"] {
                        let is_compiled = compiled.split(' ').any(|one| one == name);
                        let fresh = if is_compiled { "" } else { " fresh" };
                        script += &format!("unit {name} lib {name}{fresh}\n");
                    }
                    script += "finished true\nend 0";
                }
            }
            let mut all = events(&script);
            let end = all.pop();
            all.extend(more(id, number as u64));
            for mut event in all.into_iter().chain(end) {
                if let Event::Ended(ended) = &mut event {
                    ended.seconds = 1.0 + number as f64;
                    ended.cpu = Some(0.5);
                }
                fold.event(&event);
            }
        }
        let (snapshot, _) = fold.finish();
        shown(&snapshot, &[])
    }

    /// Returns the builds with one that is another.
    fn with(other: &str) -> Vec<String> {
        let id = other.split(' ').next().unwrap();
        let builds = BUILDS.iter().map(|build| match build.split(' ').next() {
            Some(one) if one == id => other.to_owned(),
            _ => (*build).to_owned(),
        });
        folded(
            &builds
                .collect::<Vec<_>>()
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn values_are_medians_without_the_first_build() {
        let found = folded(&BUILDS);
        for expected in [
            "build.clean.cpu 0.5 fresh 0 of [0.5, 0.5, 0.5]",
            "build.clean.time 3 fresh 0 of [1.0, 3.0, 5.0]",
            "build.incremental.deep.time 4 ",
            "build.incremental.time 4 ",
        ] {
            let has = found.iter().any(|line| line.starts_with(expected));
            assert!(has, "{expected}: {found:?}");
        }
    }

    #[test]
    fn package_has_the_time_that_cargo_reports_of_its_units() {
        let problem = |id: &str, number: u64| match id {
            "timing-clean-2" => vec![Event::Problem(Problem {
                message: "cargo's report of times cannot be read: it is empty".to_owned(),
                ..Problem::default()
            })],
            _ => times(id, number),
        };
        let unread = "? cargo's report of times cannot be read: it is empty";
        for (more, app, lone) in [
            (
                times as fn(&str, u64) -> Vec<Event>,
                "0.3 fresh 0 of [0.1, 0.3, 0.5]",
                "? cargo's report of times does not list it",
            ),
            (problem, unread, "? cargo's report of times"),
        ] {
            let found = folded_with(&BUILDS, more);
            for expected in [
                format!("build.unit_time.app {app}"),
                format!("build.unit_time.lone {lone}"),
                "build.clean.time 3 ".to_owned(),
            ] {
                let has = found.iter().any(|line| line.starts_with(&expected));
                assert!(has, "{expected}: {found:#?}");
            }
        }
        let broken = with("timing-clean-3 end signal 9");
        let line = broken
            .iter()
            .find(|line| line.starts_with("build.unit_time.app "));
        assert!(line.unwrap().contains("killed by signal 9"), "{line:?}");
    }

    #[test]
    fn build_of_other_units_is_no_sample() {
        for (build, metric, reason) in [
            (
                "timing-clean-2 app core",
                CLEAN,
                "1 of 3 units were not compiled",
            ),
            (
                "timing-deep-2 app core lone",
                INCREMENTAL,
                "package `lone` was compiled again",
            ),
            (
                "timing-deep-2 app",
                INCREMENTAL,
                "package `core` was not compiled again",
            ),
            (
                "timing-deep-2 core",
                INCREMENTAL,
                "did not compile the same units each time",
            ),
            ("timing-clean-3 end signal 9", CLEAN, "killed by signal 9"),
            (
                "timing-clean-3 end unstarted the disk is full",
                CLEAN,
                "the disk is full",
            ),
            ("timing-deep-3 end timeout", INCREMENTAL, "over its time"),
            ("timing end 101 error: no", CLEAN, "no"),
        ] {
            let found = with(build);
            let line = found.iter().find(|line| line.starts_with(metric)).unwrap();
            assert!(line.starts_with(&format!("{metric} ?")), "{build}: {line}");
            assert!(line.contains(reason), "{build}: {line}");
        }
    }

    #[test]
    fn other_kind_of_build_keeps_its_value() {
        let found = with("timing-deep-2 app core lone");
        let clean = found.iter().find(|line| line.starts_with(CLEAN)).unwrap();
        assert!(clean.starts_with("build.clean.time 3 "), "{clean}");
    }
    #[test]
    fn longer_time_of_each_round_counts() {
        let reading = |samples: &[f64], fresh: f64, subject: &str| Reading {
            spread: Some(Spread {
                samples: samples.to_vec(),
                fresh: Some(fresh),
                subject: Some(subject.to_owned()),
                ..Spread::default()
            }),
            ..finite(median(samples))
        };
        let deep = reading(&[1.0, 5.0, 3.0], 0.2, "a");
        let leaf = reading(&[2.0, 4.0, 6.0], 0.4, "b");
        let missing = absent("no");
        let found = longer(deep.clone(), leaf);
        assert_eq!(found.value, Value::Measured(5.0));
        let spread = found.spread.unwrap();
        assert_eq!(spread.samples, [2.0, 5.0, 6.0]);
        assert_eq!(spread.subject.as_deref(), Some("a and b"));
        assert_eq!(longer(missing.clone(), deep.clone()), missing);
        assert_eq!(longer(deep, missing.clone()), missing);
    }
}

//! `deps`: the packages that the members need from elsewhere.
//!
//! `cargo tree` lists those for the target that is built, and `Cargo.lock` those of all platforms
//! and features. How many packages a manifest names is in cargo's description of the workspace. Which
//! of them are outdated is in the index of the registry.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use super::audit::STALE_AFTER;
use super::command::{CargoCommand, StepContext, step};
use super::definition::{Definition, InputFile, TextOutput};
use super::findings::{count, record};
use super::folded::Folded;
use super::index::{self, IndexFindings};
use super::metric::{Counts, Metric, Visibility};
use super::settings::{Setting, SettingKind};
use super::summary::{StepSummary, Term, terms};
use crate::decode::{lockfile, tree};
use crate::event::{Event, FileCounts, Problem};
use crate::metric::Better;
use crate::plan::{Action, Collector, FileSet, Step, Stream};
use crate::snapshot::{Finding, Snapshot};

pub(super) static DEFINITION: Definition = Definition {
    name: "deps",
    metrics: &[
        Metric {
            name: "deps.direct",
            title: "direct dependencies",
            step: Some(LOCKFILE_STEP),
            ..Metric::COUNT
        },
        Metric {
            name: "deps.total",
            title: "dependencies",
            ..TOTAL
        },
        Metric {
            name: "deps.duplicates",
            title: "duplicate dependencies",
            counts: Some(Counts::Findings(|_, finding| finding.code == DUPLICATE)),
            ..TOTAL
        },
        Metric {
            name: OUTDATED,
            title: "outdated dependencies",
            step: Some(index::STEP),
            setting: Some(SETTING),
            counts: Some(Counts::Findings(|_, finding| finding.code == OUTDATED_CODE)),
            ..Metric::COUNT
        },
        Metric {
            name: COMPATIBLE,
            title: "outdated dependencies with a compatible update",
            step: Some(index::STEP),
            setting: Some(SETTING),
            counts: Some(Counts::Findings(|_, finding| {
                finding.code == OUTDATED_CODE && index::is_compatible(finding)
            })),
            visibility: Visibility::Detail,
            ..Metric::COUNT
        },
        Metric {
            name: "deps.locked",
            title: "locked dependencies",
            step: Some(LOCKFILE_STEP),
            visibility: Visibility::Detail,
            ..TOTAL
        },
        Metric {
            name: "deps.duplicates.locked",
            title: "locked duplicate dependencies",
            step: Some(LOCKFILE_STEP),
            visibility: Visibility::Detail,
            ..TOTAL
        },
    ],
    shows_messages: true,
    settings: &[
        index::SETTING,
        Setting {
            key: STALE_AFTER,
            kind: SettingKind::Days(7),
            doc: "Age of the index from which nothing found is no verdict; default: `7d`",
            decides: None,
        },
    ],
    refused_args: &[
        ("--depth", "dependencies would be left out"),
        ("--duplicates", "other dependencies would be left out"),
        ("--format", "it is how packages are read"),
        ("--invert", "dependents would be listed"),
        ("--prefix", "it is how packages are read"),
        ("-d", "other dependencies would be left out"),
        ("-f", "it is how packages are read"),
        ("-i", "dependents would be listed"),
    ],
    turn: 9,
    steps,
    text: TextOutput::exit_zero(64 << 20, |_, text, _| decode(text)),
    read_files,
    fold,
    summary,
    ..Definition::TOOL
};

/// A number of packages, for the whole workspace only: members share them.
const TOTAL: Metric = Metric {
    better: Better::Lower,
    per_package: false,
    ..Metric::COUNT
};

/// The step that runs `cargo tree`.
const TREE_STEP: &str = "deps";

/// The step that reads `Cargo.lock`.
const LOCKFILE_STEP: &str = "lockfile";

const LOCKFILE: &str = "Cargo.lock";

/// The code of a finding: a version of a package that is needed in a newer one, too.
const DUPLICATE: &str = "deps::duplicate";

/// The code of a finding: a direct dependency that has a newer version.
const OUTDATED_CODE: &str = "deps::outdated";

const OUTDATED: &str = "deps.outdated";
const COMPATIBLE: &str = "deps.outdated.compatible";

/// The setting without which no dependency is known to be outdated.
const SETTING: &str = "index = \"cargo\" in [collect.deps]";

/// The counts of `Cargo.lock`.
const LOCKED: &str = "packages";
const LOCKED_DUPLICATES: &str = "duplicates";

/// Cargo writes a missing lockfile, so that it is read last.
fn steps(context: &StepContext<'_>, collector: &Collector) -> Vec<Step> {
    let listing = CargoCommand::new("tree")
        .scope(context)
        .args(&["--prefix", "none", "--format", "{p}"])
        .resolution(context)
        .finish(context, collector, Stream::Text);
    let lockfile = Action::Read(FileSet {
        paths: vec![LOCKFILE.to_owned()],
        ..FileSet::default()
    });
    let (resolving, reading) = (("Resolving", "Resolved"), ("Reading", "Read"));
    let mut steps = vec![
        step(context, TREE_STEP, resolving, collector, listing),
        step(context, LOCKFILE_STEP, reading, collector, lockfile),
    ];
    steps.extend(index::steps(context, collector));
    steps
}

/// Returns the listed packages as counts of one: `syn 2.0.1`.
fn decode(text: &str) -> Result<Vec<Event>, String> {
    let packages = tree::packages(text)?;
    let counts = packages
        .into_iter()
        .map(|(name, version)| (format!("{name} {version}").into(), 1));
    Ok(vec![Event::Counted(FileCounts {
        package: String::new(),
        others: Vec::new(),
        file: String::new(),
        counts: counts.collect(),
    })])
}

/// Reports the number of packages in the lockfile, and the place of each one that has several
/// versions.
fn read_files(
    step: &Step,
    files: &mut dyn Iterator<Item = InputFile>,
    sink: &mut dyn FnMut(Event),
) -> Result<(), String> {
    if index::is_index(step) {
        return index::read_files(step, files, sink);
    }
    for file in files {
        let mut packages = lockfile::packages(&file.text);
        packages.retain(|package| package.source.is_some());
        let mut versions: BTreeMap<&str, u64> = BTreeMap::new();
        for package in &packages {
            *versions.entry(package.name).or_default() += 1;
        }
        let duplicates: u64 = versions.values().map(|count| count - 1).sum();
        let counts = [
            (LOCKED.into(), packages.len() as u64),
            (LOCKED_DUPLICATES.into(), duplicates),
        ];
        for package in packages.iter().filter(|one| versions[one.name] > 1) {
            sink(Event::Problem(Problem {
                file: file.path.clone(),
                line: package.line,
                text: format!("{} {}", package.name, package.version),
                rule: "duplicate".to_owned(),
                ..Problem::default()
            }));
        }
        sink(Event::Counted(file.counts(counts.into())));
    }
    Ok(())
}

fn fold(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    let [resolved, locked] =
        [TREE_STEP, LOCKFILE_STEP].map(|step| folded.standing_of(step, collector));
    let counts = |name: &str| -> u64 {
        let lockfiles = folded.counted_files(collector);
        lockfiles.filter_map(|file| file.counts.get(name)).sum()
    };
    let packages = listed(folded, collector);
    // Without their places, the findings are not complete.
    let mut both = resolved.clone().and(locked.clone());
    let mut found = duplicates(folded, collector, &packages);
    let members = folded.workspace.members.iter();
    let direct: BTreeMap<&str, u64> = members
        .map(|member| {
            let names: BTreeSet<&String> = member.dependencies.iter().collect();
            (member.name.as_str(), names.len() as u64)
        })
        .collect();
    let readings = [
        ("deps.direct", locked.count(&folded.packages, &direct)),
        ("deps.total", resolved.whole(packages.len() as f64)),
        ("deps.duplicates", both.whole(found.len() as f64)),
        ("deps.locked", locked.whole(counts(LOCKED) as f64)),
        (
            "deps.duplicates.locked",
            locked.whole(counts(LOCKED_DUPLICATES) as f64),
        ),
    ];
    let readings = readings.map(|(name, reading)| (name.to_owned(), reading));
    snapshot.metrics.extend(readings);
    if let Some(outdated) = index::outdated(folded, collector) {
        let IndexFindings { standing, findings } = outdated;
        for metric in [OUTDATED, COMPATIBLE] {
            let reading = count(folded, &DEFINITION, metric, &standing, &findings);
            snapshot.metrics.insert(metric.to_owned(), reading);
        }
        both = both.and(standing);
        found.extend(findings);
    }
    record(folded, &DEFINITION, &[], &both, found, snapshot);
}

/// Returns names and versions of the packages that `cargo tree` listed, by name.
fn listed<'f>(folded: &'f Folded, collector: &'f Collector) -> BTreeSet<(&'f str, &'f str)> {
    let steps = folded
        .steps_of(collector)
        .filter(|seen| seen.step.id == TREE_STEP);
    let counted = steps.flat_map(|seen| &seen.facts.counted);
    let packages = counted.flat_map(|counts| counts.counts.keys());
    packages
        .filter_map(|package| package.split_once(' '))
        .collect()
}

/// Returns a finding for each version that is needed in addition to a newer one.
fn duplicates(
    folded: &Folded,
    collector: &Collector,
    packages: &BTreeSet<(&str, &str)>,
) -> Vec<Finding> {
    let mut newest: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, version) in packages {
        let known = newest.entry(name).or_insert(version);
        if Version::parse(version).ok() > Version::parse(known).ok() {
            *known = version;
        }
    }
    let mut found = folded.problems(collector);
    found.retain(|finding| finding.code == DUPLICATE);
    found.retain_mut(|finding| {
        let Some((name, version)) = finding.text.split_once(' ') else {
            return false;
        };
        let is_listed = packages.contains(&(name, version));
        match newest
            .get(name)
            .filter(|newest| is_listed && **newest != version)
        {
            Some(newest) => {
                finding.message = format!("`{name}` {version} is needed beside {newest}");
                true
            }
            None => false,
        }
    });
    found
}

fn summary(summary: &StepSummary<'_>) -> Vec<Term> {
    if index::is_index(summary.step) {
        return index::summary(summary);
    }
    if summary.step.id == LOCKFILE_STEP {
        return terms([summary.noun("deps.locked", "locked package")]);
    }
    terms([
        summary
            .value("deps.total")
            .map(|count| Term::Noun(count, "package")),
        summary.fault("deps.duplicates", "duplicate"),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::Fold;
    use super::super::tests::{events, plan, shown, workspace};
    use super::*;
    use crate::workspace::FileRole;

    const LOCK: &str = "\
[[package]]
name = \"a\"
version = \"0.1.0\"

[[package]]
name = \"syn\"
version = \"1.0.9\"
source = \"registry\"

[[package]]
name = \"syn\"
version = \"1.0.10\"
source = \"registry\"

[[package]]
name = \"windows\"
version = \"0.1.0\"
source = \"registry\"

[[package]]
name = \"windows\"
version = \"0.2.0\"
source = \"registry\"
";

    /// Folds the output of `cargo tree`, with its exit code, and a lockfile.
    fn folded(tree: &str, code: i32, lock: &str) -> Vec<String> {
        let mut workspace = workspace(&["a", "b"]);
        workspace.members[0].dependencies = ["syn", "syn", "serde"].map(str::to_owned).to_vec();
        let mut found = decode(tree).unwrap();
        let mut locked = Vec::new();
        let file = InputFile {
            path: LOCKFILE.to_owned(),
            package: String::new(),
            others: Vec::new(),
            role: FileRole::default(),
            text: lock.to_owned(),
        };
        read_files(
            &plan("deps: deps").steps[0],
            &mut [file].into_iter(),
            &mut |event| locked.push(event),
        )
        .unwrap();
        let mut plan = plan("deps: deps");
        plan.steps.push(Step {
            id: LOCKFILE_STEP.to_owned(),
            action: Action::Read(FileSet::default()),
            ..plan.steps[0].clone()
        });
        if let Action::Command(command) = &mut plan.steps[0].action {
            command.stream = Stream::Text;
            command.args = vec!["tree".to_owned()];
        }
        for (step, code, own) in [
            (TREE_STEP, code, &mut found),
            (LOCKFILE_STEP, 0, &mut locked),
        ] {
            let mut ends = events(&format!("start {step}\nend {code} error: no network"));
            own.insert(0, ends.remove(0));
            own.extend(ends);
        }
        let mut fold = Fold::new(&plan, &workspace, &BTreeMap::new());
        found
            .iter()
            .chain(&locked)
            .for_each(|event| fold.event(event));
        let (snapshot, _) = fold.finish();
        shown(&snapshot, &[])
    }

    #[test]
    fn versions_that_are_needed_beside_newer_ones_are_duplicates() {
        let tree = "a v0.1.0 (/ws/a)\nsyn v1.0.9\nsyn v1.0.10\nwindows v0.2.0\n";
        let expected = [
            "deps.direct 2 {a 2, b 0}",
            "deps.duplicates 1",
            "deps.duplicates.locked 2",
            "deps.locked 4",
            "deps.total 3",
            "deps  Warning Cargo.lock:6 deps::duplicate [] x1",
            "deps covers [a b]",
        ];
        assert_eq!(folded(tree, 0, LOCK), expected);
    }

    #[test]
    fn failed_resolution_has_only_the_values_of_the_lockfile() {
        let reason = "cargo tree exited with 101: no network";
        let expected = [
            "deps.direct 2 {a 2, b 0}".to_owned(),
            format!("deps.duplicates ? {reason}"),
            "deps.duplicates.locked 2".to_owned(),
            "deps.locked 4".to_owned(),
            format!("deps.total ? {reason}"),
            "deps covers []".to_owned(),
        ];
        assert_eq!(folded("", 101, LOCK), expected);
    }
}

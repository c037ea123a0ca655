//! `unused`: dependencies that no target uses, and those that only tests, examples and benchmarks use.
//!
//! The compiler says for each crate which of its dependencies it does not use. A dependency that one
//! target does not use may be needed by another, so that a package has a value only if all its targets
//! were compiled. A dependency that the sources name in documentation, or in code for other features or
//! targets, is used there.
//!
//! The step compiles the members through this program as a workspace wrapper, which gives their units
//! another name. Units of dependencies are shared with other commands, and those of the members stay
//! fresh for them.

use std::collections::{BTreeMap, BTreeSet};

use toml_edit::{Document, Item, TableLike};

use super::command::{CargoCommand, JSON, StepContext, step};
use super::definition::{Definition, InputFile};
use super::evidence;
use super::facts::{CompiledUnit, StepFacts};
use super::findings::record;
use super::folded::Folded;
use super::metric::{Counts, Metric};
use super::settings::{Setting, SettingKind};
use super::summary::{StepSummary, Term, terms};
use crate::decode::source::crate_names;
use crate::event::{Event, FileCounts, Level, Problem};
use crate::metric::Alike;
use crate::plan::{Action, Collector, FileSet, Step, Stream};
use crate::run::StepStatus;
use crate::snapshot::{Finding, Snapshot};
use crate::workspace::{DeclaredDependency, DependencyKind, Member, Target};

pub(super) static DEFINITION: Definition = Definition {
    name: "unused",
    metrics: &[
        Metric {
            name: "deps.unused",
            title: "unused dependencies",
            step: Some(Step::UNUSED),
            counts: Some(Counts::Findings(|_, finding| finding.code == UNUSED)),
            ..Metric::COUNT
        },
        Metric {
            name: "deps.misplaced",
            title: "dependencies that only tests use",
            step: Some(Step::UNUSED),
            counts: Some(Counts::Findings(|_, finding| finding.code == MISPLACED)),
            ..Metric::COUNT
        },
    ],
    alike: Alike::Settings,
    shows_messages: true,
    settings: &[Setting {
        key: IGNORE,
        kind: SettingKind::Reasons,
        doc: "Dependencies that do not count, each with a `name` and a `reason`",
        decides: Some(IGNORE),
    }],
    turn: 3,
    steps,
    read_files,
    idle: evidence::nothing_compiled,
    fold,
    summary,
    ..Definition::DEFAULT
};

const IGNORE: &str = "ignore";

/// The step that reads the manifests, for the places of findings, and the sources, for the names of
/// crates in them.
const NAMES_STEP: &str = "unused-names";

/// The compiler's lint.
const LINT: &str = "unused_crate_dependencies";

/// The codes of findings.
const UNUSED: &str = "unused::dependency";
const MISPLACED: &str = "unused::misplaced";

fn steps(context: &StepContext<'_>, collector: &Collector) -> Vec<Step> {
    let settings = context.request.settings_of(collector);
    let compiling = CargoCommand::new("check")
        .scope(context)
        .args(&context.target_flags())
        .build(context, collector, false)
        .args(&["--keep-going", JSON])
        .finish(context, collector, Stream::Cargo);
    let manifests = Action::Read(FileSet {
        paths: context.selected.members.iter().map(manifest).collect(),
        sources: true,
        ..FileSet::default()
    });
    let ignored: Vec<String> = settings
        .reasons(IGNORE)
        .iter()
        .map(|(name, _)| name.clone())
        .collect();
    let checking = step(
        context,
        Step::UNUSED,
        ("Checking", "Checked"),
        collector,
        compiling,
    );
    let reading = ("Reading", "Read");
    // The names come first, so that the outcome is known when the compilation ends.
    vec![
        step(context, NAMES_STEP, reading, collector, manifests),
        checking.with_setting(IGNORE, &ignored),
    ]
}

/// Returns the manifest of a member, relative to the workspace root.
fn manifest(member: &Member) -> String {
    match member.dir.as_str() {
        "" => "Cargo.toml".to_owned(),
        dir => format!("{dir}/Cargo.toml"),
    }
}

/// Reports the place of each dependency in the manifests, and the crates that each source names.
fn read_files(
    _: &Step,
    files: &mut dyn Iterator<Item = InputFile>,
    sink: &mut dyn FnMut(Event),
) -> Result<(), String> {
    for file in files {
        if file.path.ends_with(".rs") {
            let names = crate_names(&file.text).into_iter();
            sink(Event::Counted(FileCounts {
                package: file.package,
                others: file.others,
                file: file.path,
                counts: names.map(|name| (name.into(), 1)).collect(),
            }));
            continue;
        }
        let Ok(document) = Document::parse(file.text.as_str()) else {
            sink(Event::Noise {
                line: format!("{}: not TOML", file.path),
            });
            continue;
        };
        for (name, offset) in declared(document.as_table()) {
            let before = file.text.get(..offset).unwrap_or_default();
            let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
            sink(Event::Problem(Problem {
                file: file.path.clone(),
                line: u32::try_from(line).unwrap_or(u32::MAX),
                text: name,
                rule: "declared".to_owned(),
                message: String::new(),
            }));
        }
    }
    Ok(())
}

/// Returns the names of the dependencies in a manifest with the offset of each.
fn declared(manifest: &dyn TableLike) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (key, item) in manifest.iter() {
        if key == "target" {
            let targets = item.as_table_like().into_iter().flat_map(TableLike::iter);
            for table in targets.filter_map(|(_, item)| item.as_table_like()) {
                found.extend(declared(table));
            }
        } else if ["dependencies", "dev-dependencies", "build-dependencies"].contains(&key)
            && let Some(table) = item.as_table_like()
        {
            for (name, _) in table.iter() {
                let span = table
                    .get_key_value(name)
                    .and_then(|(key, item)| key.span().or_else(|| Item::span(item)));
                found.extend(span.map(|span| (name.to_owned(), span.start)));
            }
        }
    }
    found
}

fn fold(folded: &Folded, collector: &Collector, snapshot: &mut Snapshot) {
    let mut standing = folded.standing(collector);
    standing.covered = BTreeSet::new();
    let mut found = Vec::new();
    // Without every source, a dependency may be named in one that was not read.
    let is_read = folded
        .step(NAMES_STEP)
        .is_some_and(|names| names.status.is_whole());
    if let Some(seen) = folded.step(Step::UNUSED).filter(|_| is_read) {
        standing.covered = seen.covered.clone();
        let places = folded.problems(collector);
        let mut uncompiled = None;
        let members = folded.workspace.members.iter();
        for member in members.filter(|member| folded.packages.contains(&member.name)) {
            if let Some(target) = first_uncompiled(&seen.facts, member) {
                standing.covered.remove(&member.name);
                uncompiled.get_or_insert((member, target));
            } else if standing.status.is_whole() || standing.covered.contains(&member.name) {
                let named = named(folded, collector, member);
                let package = PackageUse::new(&seen.facts, member, named);
                let ignored = seen.step.setting(IGNORE);
                found.extend(findings(&package, ignored, &places, collector));
            }
        }
        if let Some((member, target)) = uncompiled.filter(|_| standing.status.is_whole()) {
            standing.status = StepStatus::Partial(uncompiled_reason(member, target));
        }
    }
    let metrics = ["deps.unused", "deps.misplaced"];
    record(folded, &DEFINITION, &metrics, &standing, found, snapshot);
}

/// Returns the names in paths of the sources of a member.
fn named<'f>(folded: &'f Folded, collector: &'f Collector, member: &Member) -> BTreeSet<&'f str> {
    let files = folded.counted_files(collector);
    let own = files.filter(|file| file.packages().any(|package| package == member.name));
    own.flat_map(|file| file.counts.keys().map(AsRef::as_ref))
        .collect()
}

/// Returns the first target of a package of which a unit was not compiled. It might use anything.
fn first_uncompiled<'a>(facts: &StepFacts, member: &'a Member) -> Option<&'a Target> {
    member.targets.iter().find(|target| {
        let units = facts.built.iter();
        let mut own = units.filter(|unit| is_of(unit, member, target));
        match target.kind.as_str() {
            "custom-build" | "test" | "bench" => own.next().is_none(),
            _ => {
                let tests: BTreeSet<bool> = own.map(|unit| unit.test).collect();
                !tests.contains(&false) || target.test && !tests.contains(&true)
            }
        }
    })
}

fn uncompiled_reason(member: &Member, target: &Target) -> String {
    let cause = match target.conditional {
        true => ", which needs features that are off",
        false => "",
    };
    format!(
        "target `{}` of package `{}` was not compiled{cause}",
        target.name, member.name
    )
}

fn is_of(unit: &CompiledUnit, member: &Member, target: &Target) -> bool {
    unit.package == member.name && unit.kind == target.kind && unit.target == target.name
}

/// Which of its dependencies the targets of a package use.
struct PackageUse<'a> {
    member: &'a Member,
    /// The number of units of each target.
    units: BTreeMap<(&'a str, &'a str), u32>,
    /// How many units of a target do not use a crate, by the name of the crate.
    reports: BTreeMap<&'a str, BTreeMap<(&'a str, &'a str), u32>>,
    /// The names in paths of its sources.
    named: BTreeSet<&'a str>,
    /// The names of libraries by package.
    libraries: &'a BTreeMap<String, String>,
}

impl<'a> PackageUse<'a> {
    fn new(facts: &'a StepFacts, member: &'a Member, named: BTreeSet<&'a str>) -> Self {
        let mut units = BTreeMap::new();
        for unit in facts
            .built
            .iter()
            .filter(|unit| unit.package == member.name)
        {
            let target = (unit.kind.as_str(), unit.target.as_str());
            *units.entry(target).or_default() += 1;
        }
        let mut reports: BTreeMap<&str, BTreeMap<(&str, &str), u32>> = BTreeMap::new();
        // The library with and without its tests reports the same message.
        let messages = facts.messages.iter();
        for message in messages.filter(|message| message.code() == LINT) {
            let diagnostic = &message.diagnostic;
            let Some(name) = diagnostic.message.split('`').nth(1) else {
                continue;
            };
            if diagnostic.package == member.name {
                let target = (diagnostic.target_kind.as_str(), diagnostic.target.as_str());
                *reports.entry(name).or_default().entry(target).or_default() += message.occurrences;
            }
        }
        Self {
            member,
            units,
            reports,
            named,
            libraries: &facts.libraries,
        }
    }

    /// Returns the name under which the sources use a dependency.
    fn crate_name(&self, dependency: &DeclaredDependency) -> String {
        let name = match &dependency.rename {
            Some(rename) => rename,
            None => self
                .libraries
                .get(&dependency.package)
                .unwrap_or(&dependency.package),
        };
        name.replace('-', "_")
    }

    /// Returns how a dependency is used.
    fn verdict(&self, dependency: &DeclaredDependency) -> Use {
        let crate_name = self.crate_name(dependency);
        let Some(reports) = self.reports.get(crate_name.as_str()) else {
            return Use::Right;
        };
        let reported = |target: &(&str, &str)| reports.get(target).copied().unwrap_or(0);
        let mut others = self.member.declared.iter();
        let is_for_tests = others
            .any(|other| other.kind == DependencyKind::Dev && self.crate_name(other) == crate_name);
        let (mut everywhere, mut in_product) = (true, true);
        for (target, units) in &self.units {
            let is_build = target.0 == "custom-build";
            if is_build != (dependency.kind == DependencyKind::Build) {
                continue;
            }
            let is_product = !["test", "example", "bench"].contains(&target.0);
            // Of a library or program, the unit without tests has no dev-dependencies.
            let with_dependency = match dependency.kind {
                DependencyKind::Dev if is_product => units.saturating_sub(1),
                _ => *units,
            };
            everywhere &= reported(target) >= with_dependency;
            // Where tests have the dependency anyway, one report may be theirs.
            let needed = if is_for_tests { *units } else { 1 };
            in_product &= !is_product || reported(target) >= needed;
        }
        match (everywhere, in_product, dependency.kind) {
            (true, _, _) if self.named.contains(crate_name.as_str()) => Use::Right,
            (true, _, _) => Use::Nowhere,
            (false, true, DependencyKind::Normal) => Use::InTests,
            _ => Use::Right,
        }
    }
}

/// How a dependency is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    /// As its table in the manifest says, or in code that was not compiled.
    Right,
    /// Only in tests, examples and benchmarks.
    InTests,
    Nowhere,
}

/// Returns the findings of a package, each at the place of the dependency in its manifest.
fn findings(
    package: &PackageUse<'_>,
    ignored: &[String],
    places: &[Finding],
    collector: &Collector,
) -> Vec<Finding> {
    let mut found = BTreeMap::new();
    for dependency in &package.member.declared {
        let name = dependency.rename.as_ref().unwrap_or(&dependency.package);
        let (code, message) = match package.verdict(dependency) {
            _ if ignored.contains(name) => continue,
            Use::Right => continue,
            Use::Nowhere => (UNUSED, format!("no target uses `{name}`")),
            Use::InTests => (
                MISPLACED,
                format!(
                    "only tests, examples and benchmarks use `{name}`, which belongs in [dev-dependencies]"
                ),
            ),
        };
        let file = manifest(package.member);
        let place = places
            .iter()
            .find(|place| place.file == file && place.text == *name);
        found.insert(
            name,
            Finding {
                collector: collector.clone(),
                package: package.member.name.clone(),
                file,
                code: code.to_owned(),
                level: Level::Warning,
                item: String::new(),
                snippet: String::new(),
                text: name.clone(),
                message,
                line: place.map_or(1, |place| place.line),
                column: 1,
                occurrences: 1,
            },
        );
    }
    found.into_values().collect()
}

fn summary(summary: &StepSummary<'_>) -> Vec<Term> {
    if let Action::Read(files) = &summary.step.action {
        return vec![Term::Noun(files.paths.len() as f64, "manifest")];
    }
    terms([
        summary.units(),
        summary
            .value("deps.unused")
            .map(|count| Term::Plural(count, "unused dependency", "unused dependencies")),
        summary
            .value("deps.misplaced")
            .filter(|count| *count > 0.0)
            .map(|count| Term::Plural(count, "misplaced dependency", "misplaced dependencies")),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::tests::workspace;
    use super::*;
    use crate::event::{Artifact, Diagnostic};

    /// Returns how a dependency is used in a package with these units, of which some report that they do
    /// not use it: `lib lib+test test`. A `+test` is a unit with tests.
    ///
    /// The dependency is declared for these kinds; the first one is judged.
    fn verdict(kinds: &[DependencyKind], units: &str, reports: &str, named: &[&str]) -> Use {
        let mut facts = StepFacts::default();
        for unit in units.split_whitespace() {
            facts.add(&Event::Artifact(Artifact {
                package: "a".to_owned(),
                member: true,
                target_kind: unit.trim_end_matches("+test").to_owned(),
                target: "a".to_owned(),
                test: unit.ends_with("+test") || unit == "test",
                fresh: false,
                files: vec!["/t/file".to_owned()],
                executable: None,
            }));
        }
        for unit in reports.split_whitespace() {
            facts.add(&Event::Diagnostic(Diagnostic {
                package: "a".to_owned(),
                target_kind: unit.trim_end_matches("+test").to_owned(),
                target: "a".to_owned(),
                level: Level::Warning,
                code: Some(LINT.to_owned()),
                // Cargo does not tell a library from its tests.
                message: format!(
                    "extern crate `other_name` is unused in crate `{}`",
                    unit.trim_end_matches("+test")
                ),
                spans: Vec::new(),
            }));
        }
        let mut member = workspace(&["a"]).members.remove(0);
        let declared = kinds.iter().map(|kind| DeclaredDependency {
            package: "some".to_owned(),
            rename: Some("other-name".to_owned()),
            kind: *kind,
        });
        member.declared = declared.collect();
        let package = PackageUse::new(&facts, &member, named.iter().copied().collect());
        package.verdict(&member.declared[0])
    }

    #[test]
    fn dependency_is_unused_if_every_target_that_has_it_says_so() {
        use DependencyKind::{Build, Dev, Normal};
        let all = "custom-build lib lib+test bin bin+test test";
        let table = [
            (Normal, all, "", Use::Right),
            (Normal, all, "lib lib+test bin bin+test test", Use::Nowhere),
            (Normal, all, "lib lib+test test", Use::Right),
            (Normal, all, "bin bin+test test", Use::Right),
            (Normal, all, "lib lib+test bin bin+test", Use::InTests),
            (Normal, all, "lib bin bin+test test", Use::InTests),
            (Normal, "lib lib+test", "lib", Use::InTests),
            (Normal, "lib", "lib", Use::Nowhere),
            (Dev, all, "lib+test bin+test test", Use::Nowhere),
            (Dev, all, "lib+test bin+test", Use::Right),
            (Dev, all, "bin+test test", Use::Right),
            (Dev, "lib test", "test", Use::Nowhere),
            (Build, all, "custom-build", Use::Nowhere),
            (Build, all, "lib lib+test", Use::Right),
        ];
        for (kind, units, reports, expected) in table {
            let found = verdict(&[kind], units, reports, &[]);
            assert_eq!(found, expected, "{kind:?} in {units}, not in {reports}");
        }
        let named = verdict(&[Normal], "lib", "lib", &["other_name"]);
        assert_eq!(named, Use::Right);

        // An optional dependency that is off, which tests have nevertheless.
        let both = [Normal, Dev];
        for (reports, expected) in [
            ("lib+test bin+test", Use::Right),
            ("lib lib+test bin bin+test", Use::InTests),
        ] {
            assert_eq!(verdict(&both, all, reports, &[]), expected, "{reports}");
        }
    }

    #[test]
    fn dependencies_have_places_in_every_table_of_a_manifest() {
        let text = "[dependencies]\na = \"1\"\n[dependencies.b]\nversion = \"1\"\n\
                    [target.'cfg(x)'.dev-dependencies]\nc = { version = \"1\" }\n\
                    [build-dependencies]\n\"d\" = \"1\"\n[features]\ne = []\n";
        let document = Document::parse(text).unwrap();
        let mut found: Vec<(String, usize)> = declared(document.as_table());
        found.sort();
        let lines = found
            .iter()
            .map(|(name, at)| format!("{name} {}", text[..*at].matches('\n').count() + 1));
        let lines: Vec<String> = lines.collect();
        assert_eq!(lines, ["a 2", "b 3", "c 6", "d 8"]);
    }
}

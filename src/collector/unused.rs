//! `unused`: dependencies that no target uses, and those that only tests, examples and benchmarks
//! use.
//!
//! The compiler says for each crate which of its dependencies it does not use. A dependency that
//! one target does not use may be needed by another, so that a package has a value only if all its
//! targets were compiled. A dependency that the sources name in documentation, or in code for other
//! features or targets, is used there. Where the text of some documentation is unknown, it is
//! unknown whether a dependency that is named nowhere else is used.
//!
//! The step compiles the members through this program as a workspace wrapper, which gives their
//! units another name and marks the messages of units with tests. Units of dependencies are shared
//! with other commands, and those of the members stay fresh for them.

use std::collections::{BTreeMap, BTreeSet};

use toml_edit::Document;

use super::command::{CargoCommand, JSON, StepContext, step};
use super::definition::{Definition, InputFile, SuggestedCondition, SuggestedGate};
use super::evidence;
use super::facts::{CompiledUnit, StepFacts};
use super::findings::record;
use super::folded::Folded;
use super::manifest::{self, table_name};
use super::metric::{Counts, Metric};
use super::settings::{Setting, SettingKind};
use super::summary::{StepSummary, Term, terms};
use crate::decode::source::{crate_names, crate_names_in_document, modules};
use crate::event::{Diagnostic, Event, FileCounts, Level, Problem};
use crate::metric::Alike;
use crate::plan::{Action, Collector, FileSet, Step, Stream};
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
    gates: &[SuggestedGate {
        metric: "deps.unused",
        condition: SuggestedCondition::Exactly("= 0"),
        comment: "dependencies that no target uses",
        needs: "deps.unused",
    }],
    ..Definition::BUILD
};

const IGNORE: &str = "ignore";

/// The step that reads the manifests, for the places of findings, and the sources and the documents
/// that they include, for the names of crates in them.
const NAMES_STEP: &str = "unused-names";

/// The compiler's lint.
const LINT: &str = "unused_crate_dependencies";

/// Names of counts of a source that are not names of crates.
const UNKNOWN_DOCUMENTATION: &str = "unknown documentation";
const OTHER_FILES: &str = "other files";

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
        paths: context
            .selected
            .members
            .iter()
            .map(manifest::path)
            .collect(),
        sources: true,
        documents: true,
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

/// Reports the place of each dependency in the manifests, and the crates that each source and
/// document names.
fn read_files(
    step: &Step,
    files: &mut dyn Iterator<Item = InputFile>,
    sink: &mut dyn FnMut(Event),
) -> Result<(), String> {
    let manifests = match &step.action {
        Action::Read(set) => set.paths.as_slice(),
        _ => &[],
    };
    for file in files {
        if manifests.contains(&file.path) {
            read_manifest(&file, sink);
        } else {
            let names = names(&file).into_iter();
            let counts = names.map(|name| (name.into(), 1)).collect();
            sink(Event::Counted(file.counts(counts)));
        }
    }
    Ok(())
}

/// Returns the names of crates in a source or document.
fn names(file: &InputFile) -> BTreeSet<String> {
    if file.path.ends_with(".md") {
        return crate_names_in_document(&file.text);
    }
    let found = crate_names(&file.text);
    let mut names = found.names;
    if !file.path.ends_with(".rs") {
        // Sources include files of any name as code, and as documentation.
        names.extend(crate_names_in_document(&file.text));
    }
    if found.has_unknown_documentation {
        names.insert(UNKNOWN_DOCUMENTATION.to_owned());
    }
    if file.text.contains("include!") || !modules(&file.text).is_empty() {
        names.insert(OTHER_FILES.to_owned());
    }
    names
}

fn read_manifest(file: &InputFile, sink: &mut dyn FnMut(Event)) {
    let Ok(document) = Document::parse(file.text.as_str()) else {
        let line = format!("{}: not TOML", file.path);
        return sink(Event::Noise { line });
    };
    for one in manifest::declared(&file.text, document.as_table()) {
        sink(Event::Problem(Problem {
            file: file.path.clone(),
            line: one.line,
            text: one.name,
            rule: "declared".to_owned(),
            message: one.table,
            ..Problem::default()
        }));
    }
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
        let ignored = seen.step.setting(IGNORE);
        let mut unknown: Option<(String, Option<String>)> = None;
        let members = folded.workspace.members.iter();
        for member in members.filter(|member| folded.packages.contains(&member.name)) {
            let reason = if let Some(target) = first_uncompiled(&seen.facts, member) {
                let fix = target.conditional.then(|| ALL_FEATURES.to_owned());
                Some((uncompiled_reason(member, target), fix))
            } else if standing.status.is_whole() || standing.covered.contains(&member.name) {
                let named = NamesOfPackage::new(folded, collector, member);
                let package = PackageUse::new(&seen.facts, member, named);
                found.extend(findings(&package, ignored, &places, collector));
                package.unknown(ignored)
            } else {
                None
            };
            if let Some(reason) = reason {
                standing.covered.remove(&member.name);
                unknown.get_or_insert(reason);
            }
        }
        if let Some((reason, fix)) = unknown.filter(|_| standing.status.is_whole()) {
            standing.weaken(reason, fix);
        }
    }
    let metrics = ["deps.unused", "deps.misplaced"];
    record(folded, &DEFINITION, &metrics, &standing, found, snapshot);
}

/// The names in the sources of a package, and in the documents that they include.
#[derive(Default)]
struct NamesOfPackage<'a> {
    /// Those in files that may be part of the build script.
    in_build_script: BTreeSet<&'a str>,
    /// Those in all other files.
    elsewhere: BTreeSet<&'a str>,
    /// The first file with documentation whose text is unknown.
    with_unknown_documentation: Option<&'a str>,
}

impl<'a> NamesOfPackage<'a> {
    fn new(folded: &'a Folded, collector: &'a Collector, member: &Member) -> Self {
        let is_own = |file: &&FileCounts| file.packages().any(|package| package == member.name);
        let files = || folded.counted_files(collector).filter(is_own);
        let script = build_script(member).map(|target| target.file.as_str());
        let has_other_files = files()
            .any(|file| Some(&*file.file) == script && file.counts.contains_key(OTHER_FILES));
        let mut found = Self::default();
        for file in files() {
            let names = file.counts.keys().map(AsRef::as_ref);
            let is_script = Some(&*file.file) == script;
            if is_script || has_other_files {
                found.in_build_script.extend(names.clone());
            }
            if !is_script {
                found.elsewhere.extend(names);
            }
            if file.counts.contains_key(UNKNOWN_DOCUMENTATION) {
                found.with_unknown_documentation.get_or_insert(&file.file);
            }
        }
        found
    }

    /// Returns whether a target that has dependencies of this kind may name a crate.
    fn contains(&self, name: &str, kind: DependencyKind) -> bool {
        match kind {
            DependencyKind::Build => self.in_build_script.contains(name),
            DependencyKind::Normal | DependencyKind::Dev => self.elsewhere.contains(name),
        }
    }
}

fn build_script(member: &Member) -> Option<&Target> {
    let mut targets = member.targets.iter();
    targets.find(|target| target.kind == "custom-build")
}

/// The setting for targets that need features.
const ALL_FEATURES: &str = "all-features = true in [collect] compiles targets that need features";

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

/// A number of units of a target.
#[derive(Clone, Copy, Default)]
struct Units {
    without_tests: u32,
    with_tests: u32,
}

impl Units {
    fn all(self) -> u32 {
        self.without_tests + self.with_tests
    }

    fn add(&mut self, has_tests: bool, count: u32) {
        match has_tests {
            true => self.with_tests += count,
            false => self.without_tests += count,
        }
    }
}

/// Which of its dependencies the targets of a package use.
struct PackageUse<'a> {
    member: &'a Member,
    /// The number of units of each target.
    units: BTreeMap<(&'a str, &'a str), Units>,
    /// How many units of a target do not use a crate, by the name of the crate.
    reports: BTreeMap<&'a str, BTreeMap<(&'a str, &'a str), Units>>,
    named: NamesOfPackage<'a>,
    /// The names of libraries by package.
    libraries: &'a BTreeMap<String, String>,
}

impl<'a> PackageUse<'a> {
    fn new(facts: &'a StepFacts, member: &'a Member, named: NamesOfPackage<'a>) -> Self {
        let mut units = BTreeMap::<_, Units>::new();
        for unit in facts
            .built
            .iter()
            .filter(|unit| unit.package == member.name)
        {
            let target = (unit.kind.as_str(), unit.target.as_str());
            units.entry(target).or_default().add(unit.test, 1);
        }
        let mut reports = BTreeMap::<_, BTreeMap<_, Units>>::new();
        for message in facts.messages.iter() {
            let diagnostic = &message.diagnostic;
            let has_tests = message.code() == Diagnostic::UNUSED_IN_TESTS;
            let is_own = diagnostic.package == member.name && (has_tests || message.code() == LINT);
            if let Some(name) = diagnostic.message.split('`').nth(1).filter(|_| is_own) {
                let target = (diagnostic.target_kind.as_str(), diagnostic.target.as_str());
                let units = reports.entry(name).or_default().entry(target).or_default();
                units.add(has_tests, message.occurrences);
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
        // Tests enable features of their own package in this way.
        if dependency.package == self.member.name {
            return Use::Right;
        }
        let (crate_name, kind) = (self.crate_name(dependency), dependency.kind);
        let is_for_build = kind == DependencyKind::Build;
        if is_for_build && build_script(self.member).is_none() {
            return Use::Nowhere;
        }
        let Some(reports) = self.reports.get(crate_name.as_str()) else {
            return Use::Right;
        };
        let (mut everywhere, mut in_product) = (true, true);
        for (target, units) in &self.units {
            if is_for_build != (target.0 == "custom-build") {
                continue;
            }
            let reported = reports.get(target).copied().unwrap_or_default();
            let is_product = !["test", "example", "bench"].contains(&target.0);
            // Of a library or program, the unit without tests has no dev-dependencies.
            everywhere &= match kind {
                DependencyKind::Dev if is_product => reported.with_tests >= units.with_tests,
                _ => reported.all() >= units.all(),
            };
            in_product &= !is_product || reported.without_tests >= units.without_tests;
        }
        let has_doctests = self.member.targets.iter().any(|target| target.doctest);
        let has_unknown_doctests = has_doctests && self.named.with_unknown_documentation.is_some();
        match (everywhere, in_product, kind) {
            (true, _, _) if self.named.contains(&crate_name, kind) => Use::Right,
            (true, _, _) if has_unknown_doctests && !is_for_build => Use::Unknown,
            (true, _, _) => Use::Nowhere,
            (false, true, DependencyKind::Normal) => Use::InTests,
            _ => Use::Right,
        }
    }

    /// Returns the reason if it is unknown whether a dependency is used, and a setting that helps.
    fn unknown(&self, ignored: &[String]) -> Option<(String, Option<String>)> {
        let file = self.named.with_unknown_documentation?;
        let mut counted = self.member.declared.iter();
        let dependency = counted.find(|dependency| {
            !ignored.contains(dependency.name()) && self.verdict(dependency) == Use::Unknown
        })?;
        let name = dependency.name();
        Some((
            format!("documentation in {file}, whose text is unknown, may use `{name}`"),
            Some(format!(
                "`{name}` in ignore of [collect.unused] if it is used there"
            )),
        ))
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
    /// If at all, only in documentation whose text is unknown.
    Unknown,
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
        let name = dependency.name();
        let table = table_name(dependency.kind);
        let (code, message) = match package.verdict(dependency) {
            _ if ignored.contains(name) => continue,
            Use::Right | Use::Unknown => continue,
            Use::Nowhere if dependency.kind == DependencyKind::Build => {
                (UNUSED, format!("no build script uses `{name}`"))
            }
            Use::Nowhere => (UNUSED, format!("no target uses `{name}`")),
            Use::InTests => (
                MISPLACED,
                format!(
                    "only tests, examples and benchmarks use `{name}`, which belongs in [dev-dependencies]"
                ),
            ),
        };
        let file = manifest::path(package.member);
        let place = places
            .iter()
            .find(|place| place.file == file && place.text == *name && place.message == table);
        found.insert(
            (name, table),
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
    use super::super::tests::{plan, workspace};
    use super::*;
    use crate::event::Artifact;
    use crate::workspace::FileRole;

    /// Returns how a dependency is used in a package with these units, of which some report that
    /// they do not use it: `lib lib+test test`. A `+test` is a unit with tests.
    ///
    /// The dependency is declared for these kinds; the first one is judged.
    fn verdict(
        kinds: &[DependencyKind],
        units: &str,
        reports: &str,
        named: NamesOfPackage<'_>,
    ) -> Use {
        let has_tests = |unit: &str| unit.ends_with("+test") || unit == "test";
        let mut facts = StepFacts::default();
        for unit in units.split_whitespace() {
            facts.add(&Event::Artifact(Artifact {
                package: "a".to_owned(),
                member: true,
                target_kind: unit.trim_end_matches("+test").to_owned(),
                target: "a".to_owned(),
                test: has_tests(unit),
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
                code: Some(match has_tests(unit) {
                    true => Diagnostic::UNUSED_IN_TESTS.to_owned(),
                    false => LINT.to_owned(),
                }),
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
        member.targets = units
            .split_whitespace()
            .map(|unit| Target {
                kind: unit.trim_end_matches("+test").to_owned(),
                doctest: unit == "lib",
                ..Target::default()
            })
            .collect();
        let package = PackageUse::new(&facts, &member, named);
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
            // Only `cfg(not(test))` uses it.
            (Normal, "lib lib+test", "lib+test", Use::Right),
            (Normal, all, "lib+test bin bin+test test", Use::Right),
            (Dev, all, "lib+test bin+test test", Use::Nowhere),
            (Dev, all, "lib+test bin+test", Use::Right),
            (Dev, all, "bin+test test", Use::Right),
            (Dev, "lib test", "test", Use::Nowhere),
            (Build, all, "custom-build", Use::Nowhere),
            (Build, all, "lib lib+test", Use::Right),
            (Build, "lib lib+test", "", Use::Nowhere),
        ];
        for (kind, units, reports, expected) in table {
            let found = verdict(&[kind], units, reports, NamesOfPackage::default());
            assert_eq!(found, expected, "{kind:?} in {units}, not in {reports}");
        }

        // An optional dependency that is off, which tests have nevertheless.
        let both = [Normal, Dev];
        for (reports, expected) in [
            ("lib+test bin+test", Use::Right),
            ("lib lib+test bin bin+test", Use::InTests),
        ] {
            let found = verdict(&both, all, reports, NamesOfPackage::default());
            assert_eq!(found, expected, "{reports}");
        }
        // A table of its own for the build script, which alone uses the dependency.
        let both = [Normal, Build];
        let found = verdict(
            &both,
            all,
            "lib lib+test bin bin+test test",
            in_build_script(),
        );
        assert_eq!(found, Use::Nowhere);
    }

    fn in_build_script() -> NamesOfPackage<'static> {
        NamesOfPackage {
            in_build_script: BTreeSet::from(["other_name"]),
            ..NamesOfPackage::default()
        }
    }

    #[test]
    fn dependency_that_may_be_named_where_no_unit_is_compiled_is_not_unused() {
        use DependencyKind::{Build, Dev, Normal};
        let elsewhere = || NamesOfPackage {
            elsewhere: BTreeSet::from(["other_name"]),
            ..NamesOfPackage::default()
        };
        let unknown = || NamesOfPackage {
            with_unknown_documentation: Some("src/lib.rs"),
            ..NamesOfPackage::default()
        };
        for (kind, units, named, expected) in [
            (Normal, "lib", elsewhere(), Use::Right),
            (Dev, "lib lib+test", elsewhere(), Use::Right),
            (Build, "lib custom-build", elsewhere(), Use::Nowhere),
            (Normal, "lib", in_build_script(), Use::Nowhere),
            (Build, "lib custom-build", in_build_script(), Use::Right),
            (Normal, "lib", unknown(), Use::Unknown),
            (Dev, "lib lib+test", unknown(), Use::Unknown),
            (Build, "lib custom-build", unknown(), Use::Nowhere),
            // Programs have no doctests.
            (Normal, "bin bin+test", unknown(), Use::Nowhere),
        ] {
            let found = verdict(&[kind], units, units, named);
            assert_eq!(found, expected, "{kind:?} of {units}");
        }
    }

    #[test]
    fn included_files_are_read_as_what_they_are() {
        let step = Step {
            action: Action::Read(FileSet {
                paths: vec!["Cargo.toml".to_owned()],
                ..FileSet::default()
            }),
            ..plan("unused: unused").steps.remove(0)
        };
        let files = [
            ("Cargo.toml", "[dev-dependencies]\na = \"1\"\n"),
            (
                "src/lib.rs",
                "mod b;\n#[doc = $text] use c;\ninclude!(\"d.in\");",
            ),
            ("src/d.in", "use e;\n/// text"),
            ("README.md", "use f for\n```\ng::h();\n```\n"),
            ("broken/Cargo.toml", "]"),
        ];
        let mut files = files.into_iter().map(|(path, text)| InputFile {
            path: path.to_owned(),
            package: "a".to_owned(),
            others: Vec::new(),
            role: FileRole::default(),
            text: text.to_owned(),
        });
        let mut found = Vec::new();
        let read = read_files(&step, &mut files, &mut |event| {
            found.push(match event {
                Event::Counted(counts) => {
                    let names: Vec<_> = counts.counts.keys().map(AsRef::as_ref).collect();
                    format!("{}: {}", counts.file, names.join(", "))
                }
                Event::Problem(problem) => format!("{} of {}", problem.text, problem.message),
                event => format!("{event:?}"),
            });
        });
        assert_eq!(read, Ok(()));
        let expected = [
            "a of dev-dependencies",
            "src/lib.rs: c, other files, unknown documentation",
            "src/d.in: e",
            "README.md: g",
            "broken/Cargo.toml: ",
        ];
        assert_eq!(found, expected);
    }
}

//! The inputs of results outside the source tree. They are recorded after a measurement, and checked before its results are
//! used again.
//!
//! Files outside the root, ignored files that are compiled, path packages elsewhere, variables that `env!` or a build
//! script reads: `drive` finds them in cargo's build output. Files that a test or a custom collector reads while it runs
//! cannot be found; `[collect.NAME] inputs` and `env` declare them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::advisories;
use super::changes::{Before, Changes};
use super::names::{TOO_MANY, declared_name, file_state, words};
use super::prepare::Prepared;
use super::registry;
use super::units::{self, Places, Span, Unnoticed};
use super::unwatched::Build;
use crate::collector::{self, Definition, Influence};
use crate::drive::inputs::{self, BuildInputs, Mentioned, SourceUses, UnitInputs};
use crate::event::Ending;
use crate::ops::Context;
use crate::options::config::Declared;
use crate::options::environment;
use crate::options::tree::{self as toml, TomlKind, TomlNode};
use crate::plan::{Collector, Step};
use crate::probe::{normalize, relative};
use crate::run::{Inputs, Run, Stale};
use crate::store::{self, digest};
use crate::text::excerpt;
use crate::tree::Fingerprint;
use crate::tree::outside::{self, Outside, Without};
use crate::workspace::Workspace;

/// The inputs of the steps of a plan.
pub(super) struct Observed<'a> {
    /// Whether there are transcripts, which name the inputs.
    has_transcripts: bool,
    read: BTreeMap<&'a str, BuildInputs>,
    /// The files and variables that sources name, by the directory of the package.
    mentioned: BTreeMap<PathBuf, Mentioned>,
    /// The outdated units that each step used.
    pub(super) unnoticed: BTreeMap<&'a str, Vec<Unnoticed>>,
}

impl Observed<'_> {
    /// Returns the units of a step, each with its dep-info.
    pub(super) fn units(&self, step: &str) -> impl Iterator<Item = (&Path, &UnitInputs)> {
        let units = self.read.get(step).into_iter().flat_map(|read| &read.units);
        units.map(|(written, unit)| (written.as_path(), unit))
    }

    /// Returns the files that the sources in the directory of a package name for rustdoc.
    pub(super) fn documented(&self, package: &Path) -> impl Iterator<Item = &Path> {
        let found = self.mentioned.get(package).into_iter();
        found
            .flat_map(|found| found.files.iter().chain(&found.doctest_files))
            .map(PathBuf::as_path)
    }

    /// Returns the files and directories that the steps read, except for what tests read while they run. `None` if some of
    /// them are unknown.
    pub(super) fn read_files(&self) -> Option<BTreeSet<&Path>> {
        let uses = SourceUses {
            documentation: true,
            doctests: true,
            failed_build: false,
        };
        let mut unread = self.mentioned.values().flat_map(|found| found.unread(uses));
        if !self.has_transcripts || unread.next().is_some() {
            return None;
        }
        let mut files = BTreeSet::new();
        for read in self.read.values() {
            files.extend(read.files.iter().map(PathBuf::as_path));
            files.extend(read.units.values().flat_map(UnitInputs::read_files));
        }
        for found in self.mentioned.values() {
            let named = found.files.iter().chain(&found.doctest_files);
            files.extend(named.map(PathBuf::as_path));
        }
        Some(files)
    }
}

/// Reads the inputs of the steps of a plan, and compares them with those that their units were built from.
pub(super) fn observe<'a>(
    cx: &Context,
    prepared: &'a Prepared,
    logs: Option<&Path>,
    span: &Span,
    outside: &mut Outside<'_>,
) -> Observed<'a> {
    let sources = &span.sources.files;
    let mentioned = inputs::mentioned(&prepared.workspace, sources);
    let steps = prepared.plan.steps.iter();
    let read: BTreeMap<&str, BuildInputs> = steps
        .map(|step| {
            let build = Build {
                cx,
                step,
                workspace: &prepared.workspace,
                sources,
                mentioned: &mentioned,
            };
            (step.id.as_str(), build.inputs(logs))
        })
        .collect();
    let places = Places {
        root: cx.root(),
        target_dir: &prepared.workspace.target_dir,
    };
    Observed {
        has_transcripts: logs.is_some(),
        unnoticed: units::unnoticed(&cx.store, places, outside, span, &read),
        read,
        mentioned,
    }
}

/// Records the inputs of every collector of a run, and withdraws results that come from outdated build output.
pub(super) fn record(
    cx: &Context,
    prepared: &Prepared,
    run: &mut Run,
    span: &Span,
    observed: &Observed<'_>,
    outside: &mut Outside<'_>,
) {
    let plan = &prepared.plan;
    let sources = &span.sources;
    let Observed {
        read,
        mentioned,
        unnoticed,
        ..
    } = observed;
    let unlisted = unlisted_members(prepared, sources);
    let linked = linked_manifests(prepared);
    let changes = Changes::new(cx.root(), read.values());
    units::withhold(run, prepared, cx.catalogue(), unnoticed);
    for collector in plan.settings.keys() {
        let mut all = BuildInputs::default();
        let mut unread = BTreeSet::new();
        let definition = collector::of(collector);
        if definition.reads_members {
            all.packages.extend(unlisted.iter().cloned());
        }
        if definition.builds {
            all.files.extend(linked.iter().cloned());
        }
        for step in &plan.steps {
            let answers = plan
                .answered
                .iter()
                .any(|answered| answered.collector == *collector && answered.by == step.id);
            if !step.serves.contains(collector) && !answers {
                continue;
            }
            let read = read[step.id.as_str()].clone();
            // Dep-info covers neither the files that rustdoc reads nor those that a failed build
            // could not find.
            let is_documentation =
                read != BuildInputs::default() && definition.is_influenced_by(Influence::Rustdoc);
            let is_failed_build = definition.builds && !is_built(run, step, definition);
            let uses = SourceUses {
                documentation: is_documentation,
                doctests: is_documentation && definition.has_tests,
                failed_build: is_failed_build,
            };
            if is_documentation || is_failed_build {
                for mentioned in mentioned.values() {
                    all.files.extend(mentioned.files.iter().cloned());
                    all.variables.extend(mentioned.variables.iter().cloned());
                    if uses.doctests {
                        all.files.extend(mentioned.doctest_files.iter().cloned());
                        let variables = mentioned.doctest_variables.iter();
                        all.variables.extend(variables.cloned());
                    }
                    unread.extend(mentioned.unread(uses).cloned());
                }
            }
            all.extend(read);
        }
        let names = names(cx.root(), &prepared.workspace.target_dir, &all, sources);
        if definition.is_influenced_by(Influence::TestHarness) {
            all.variables.extend(LOADER.map(str::to_owned));
        }
        let names = names.into_iter().chain(words(cx, collector)).collect();
        let declared = cx.config().collect.declared(collector);
        for input in unmatched(cx.root(), &declared) {
            cx.warn(&unmatched_message(collector, &input));
        }
        let variables = std::mem::take(&mut all.variables);
        let mut inputs = state(cx.root(), outside, names, variables, &declared);
        let before = span.inputs.get(collector);
        let now = cx.system_now();
        mark_changed(outside, &mut inputs, &changes, before, now);
        inputs.compiled = compiled(cx.root(), &all, &inputs);
        inputs.unread = Some(unread);
        run.inputs.insert(collector.clone(), inputs);
    }
}

/// Returns whether everything that a step selects was built.
fn is_built(run: &Run, step: &Step, definition: &Definition) -> bool {
    run.steps.iter().any(|record| {
        // The result of a failed build can be complete, while its dep-info is not.
        let has_failed = record.ended.ending != Ending::Exited(0);
        record.ended.step == step.id
            && record.status.is_whole()
            && !(definition.counts_failed_builds && has_failed)
    })
}

/// Marks the inputs that changed during the measurement, which may have read either content.
fn mark_changed(
    outside: &mut Outside<'_>,
    inputs: &mut Inputs,
    changes: &Changes<'_>,
    before: Option<&Before>,
    now: SystemTime,
) {
    let Some(before) = before else { return };
    for (name, state) in &mut inputs.files {
        if let Some(file) = changes.of_input(outside, before, name) {
            let mark = match changes.is_written_after(&file, now) {
                true => FUTURE,
                false => CHANGED,
            };
            *state = format!("{mark}{file}");
        }
    }
}

/// Returns the directories of the members that are not among the sources: those outside of the root and
/// those that git ignores.
fn unlisted_members(prepared: &Prepared, sources: &Fingerprint) -> Vec<PathBuf> {
    let Workspace { root, members, .. } = &prepared.workspace;
    let unlisted = members.iter().filter(|member| {
        let manifest = relative(root, &root.join(&member.dir).join("Cargo.toml"));
        sources.files.binary_search(&manifest).is_err() || sources.unlisted.contains(&manifest)
    });
    unlisted.map(|member| root.join(&member.dir)).collect()
}

/// Returns the manifests of the path dependencies and patches in the members' manifests. Cargo needs
/// all of them, even those of packages that it does not compile.
fn linked_manifests(prepared: &Prepared) -> BTreeSet<PathBuf> {
    let root = &prepared.workspace.root;
    let members = prepared.workspace.members.iter();
    let mut directories: BTreeSet<PathBuf> = members.map(|member| root.join(&member.dir)).collect();
    directories.insert(root.clone());
    let mut found = BTreeSet::new();
    for directory in directories {
        let text = store::read_text(&directory.join("Cargo.toml")).unwrap_or_default();
        let Ok(manifest) = toml::parse(&text) else {
            continue;
        };
        for table in manifest.entries() {
            if LINKING.contains(&table.key.as_str()) {
                add_linked(&table.value, &directory, &mut found);
            }
        }
    }
    found
}

/// Top-level tables of a manifest that can contain paths of other packages.
const LINKING: [&str; 7] = [
    "build-dependencies",
    "dependencies",
    "dev-dependencies",
    "patch",
    "replace",
    "target",
    "workspace",
];

/// Adds the manifests at every `path` key in a table and its subtables.
fn add_linked(table: &TomlNode, directory: &Path, found: &mut BTreeSet<PathBuf>) {
    for entry in table.entries() {
        match &entry.value.kind {
            TomlKind::Table(_) => add_linked(&entry.value, directory, found),
            _ if entry.key == "path" => {
                let path = entry.value.text().unwrap_or_default();
                found.insert(normalize(directory, path).join("Cargo.toml"));
            }
            _ => {}
        }
    }
}

/// Returns the names of the inputs that were compiled: those that the compiler read, and the packages of other directories.
fn compiled(root: &Path, read: &BuildInputs, inputs: &Inputs) -> BTreeSet<String> {
    let read_by_compiler = read.compiled.iter().map(|file| relative(root, file));
    let packages: Vec<String> = read
        .packages
        .iter()
        .map(|dir| format!("{}/", relative(root, dir)))
        .collect();
    let mut names: BTreeSet<String> = inputs
        .files
        .keys()
        .filter(|name| {
            packages
                .iter()
                .any(|package| package != "/" && name.starts_with(package))
        })
        .cloned()
        .collect();
    names.extend(read_by_compiler);
    names.retain(|name| inputs.files.contains_key(name));
    names
}

/// Returns the names, relative to the root, of the inputs that git does not list among the files of the source tree.
fn names(
    root: &Path,
    target_dir: &Path,
    read: &BuildInputs,
    sources: &Fingerprint,
) -> BTreeSet<String> {
    let listed = sources
        .files
        .iter()
        .filter(|name| !sources.unlisted.contains(*name));
    let counted: BTreeSet<&str> = listed.map(String::as_str).collect();
    let mut paths: Vec<PathBuf> = Vec::new();
    let mut names = BTreeSet::new();
    for file in &read.files {
        match file {
            dir if dir.is_dir() && !dir.starts_with(root) => {
                names.insert(format!("{}/", relative(root, dir)));
            }
            // A directory that contains the target directory has too many files to list.
            dir if dir.is_dir() && target_dir.starts_with(dir) => {
                paths.extend(outside::package(dir))
            }
            dir if dir.is_dir() => {
                paths.extend(
                    outside::below(dir, Without::Generated).unwrap_or_else(|| vec![dir.join("**")]),
                );
            }
            file => {
                // The target of a link may be a file that git does not list.
                paths.extend(
                    file.is_symlink()
                        .then(|| file.canonicalize().ok())
                        .flatten(),
                );
                paths.push(file.clone());
            }
        }
    }
    let is_counted = |path: &Path| counted.contains(relative(root, path).as_str());
    for package in read
        .packages
        .iter()
        .filter(|package| !is_counted(&package.join("Cargo.toml")))
    {
        paths.extend(outside::package(package));
        // Cargo uses it even if git ignores it.
        paths.push(package.join("build.rs"));
        // A manifest may inherit from one above.
        paths.extend(package.ancestors().map(|dir| dir.join("Cargo.toml")));
    }
    names.extend(paths.iter().map(|path| relative(root, path)));
    names.retain(|name| !name.is_empty() && !counted.contains(name.as_str()));
    names
}

/// Returns the inputs with their present states.
fn state(
    root: &Path,
    outside: &mut Outside<'_>,
    names: BTreeSet<String>,
    mut variables: BTreeSet<String>,
    declared: &Declared,
) -> Inputs {
    variables.extend(declared.env.iter().cloned());
    let names = names.into_iter().chain(
        declared
            .patterns()
            .map(|pattern| declared_name(root, pattern)),
    );
    Inputs {
        files: names
            .map(|name| (name.clone(), file_state(root, outside, &name)))
            .collect(),
        variables: variables
            .into_iter()
            .map(|name| (name.clone(), variable_state(&name)))
            .collect(),
        ..Inputs::default()
    }
}

/// Returns the declared inputs of a collector that match nothing.
pub(crate) fn unmatched(root: &Path, declared: &Declared) -> Vec<String> {
    let patterns = declared.patterns();
    patterns
        .filter(|pattern| {
            let name = declared_name(root, pattern);
            match name.contains(['*', '?']) {
                true => outside::matching(root, &name).is_some_and(|found| found.is_empty()),
                false => !root.join(name).exists(),
            }
        })
        .map(str::to_owned)
        .collect()
}

/// ``no file matches the input `data/*` of `[collect.todo]` ``.
pub(crate) fn unmatched_message(collector: &Collector, input: &str) -> String {
    let (input, name) = (excerpt(input), excerpt(collector.name()));
    format!("no file matches the input `{input}` of `[collect.{name}]`")
}

/// Variables that select the libraries that a test loads.
const LOADER: [&str; 4] = [
    "DYLD_INSERT_LIBRARIES",
    "DYLD_LIBRARY_PATH",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
];

/// Start of the state of an input that changed during the measurement, before the name of the changed file. It never counts
/// as unchanged.
const CHANGED: &str = "changed while measured: ";

/// The same for one that was written later than now, as if the clock had been set back.
const FUTURE: &str = "written in the future: ";

/// Returns a digest of a variable's value, because the value may be a secret.
fn variable_state(name: &str) -> Option<String> {
    let value = environment::variable(name)?;
    if name != "LD_LIBRARY_PATH" {
        return Some(digest(value.as_bytes()));
    }
    // Cargo's proxy adds the toolchain's own libraries.
    let dirs = std::env::split_paths(&value).filter(|dir| !dir.join("rustlib").is_dir());
    let dirs: Vec<String> = dirs
        .map(|dir| dir.to_string_lossy().into_owned())
        .filter(|dir| !dir.is_empty())
        .collect();
    (!dirs.is_empty()).then(|| digest(dirs.join(":").as_bytes()))
}

/// What a recorded result is looked up for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResultUse {
    /// A run of this context measured it.
    JustMeasured,
    /// It replaces a measurement.
    Reused,
    /// It is shown, and nothing would be measured in its place.
    Shown,
}

/// Returns why the inputs of a collector's result are no longer current.
pub(crate) fn stale(
    cx: &Context,
    outside: &mut Outside<'_>,
    collector: &Collector,
    run: &Run,
    result_use: ResultUse,
) -> Option<Stale> {
    let just_measured = result_use == ResultUse::JustMeasured;
    let declared = cx.config().collect.declared(collector);
    let is_shown = result_use == ResultUse::Shown && collector.name() == collector::OBJECTIVES;
    if collector::is_custom(collector) && declared.inputs.is_empty() && !just_measured && !is_shown
    {
        return Some(Stale::Undeclared);
    }
    // A result that was just measured counts, however long the measurement took.
    if let (Some(limit), false) = (declared.max_age, just_measured) {
        let age = cx.now().saturating_sub(run.started);
        if u64::try_from(age).is_ok_and(|age| age > limit.as_secs()) {
            return Some(Stale::Age);
        }
    }
    let none = Inputs::default();
    let recorded = run.inputs.get(collector).unwrap_or(&none);
    let root = cx.root();
    let declared_names = declared
        .patterns()
        .map(|pattern| declared_name(root, pattern));
    let names: Vec<String> = declared_names.chain(words(cx, collector)).collect();
    let undeclared = names
        .into_iter()
        .find(|name| !recorded.files.contains_key(name));
    let unread = declared
        .env
        .iter()
        .map(String::as_str)
        .find(|name| !recorded.variables.contains_key(*name));
    if let Some(name) = undeclared {
        return Some(Stale::File { name });
    }
    if let Some(name) = unread {
        return Some(Stale::Variable {
            name: name.to_owned(),
        });
    }
    let mut files = recorded.files.iter();
    if let Some((name, _)) = files.find(|(_, state)| *state == TOO_MANY && !just_measured) {
        return Some(Stale::TooMany {
            name: name.clone(),
            most: outside::MANY,
        });
    }
    let mut states = recorded.files.values();
    if let Some(name) = states.find_map(|state| state.strip_prefix(CHANGED)) {
        return Some(Stale::WhileMeasured {
            name: name.to_owned(),
        });
    }
    let mut states = recorded.files.values();
    if let Some(name) = states.find_map(|state| state.strip_prefix(FUTURE)) {
        return Some(Stale::InTheFuture {
            name: name.to_owned(),
        });
    }
    if !just_measured {
        let stale = advisories::stale(cx, collector, run);
        if let Some(stale) = stale.or_else(|| registry::stale(cx, collector, run)) {
            return Some(stale);
        }
        let Some(unread) = &recorded.unread else {
            return Some(Stale::Version);
        };
        if let Some(place) = unread.first() {
            return Some(Stale::Unread {
                place: place.clone(),
            });
        }
    }
    let file = recorded
        .files
        .iter()
        .find(|(name, state)| file_state(root, outside, name) != **state);
    if let Some((name, _)) = file {
        return Some(Stale::File { name: name.clone() });
    }
    let variable = recorded
        .variables
        .iter()
        .find(|(name, state)| variable_state(name) != **state);
    variable.map(|(name, _)| Stale::Variable { name: name.clone() })
}

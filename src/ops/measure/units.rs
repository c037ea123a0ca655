//! Finds changed files that cargo did not notice, because their modification time is older than the last build.
//!
//! Cargo compares times, not content. For each unit that a run names, a cache holds what its files contained when the unit
//! was first seen built: rustc rewrites the unit's dep-info in every build, so as long as that file keeps its time, the
//! unit was built from this content. If the content differs now, the unit is outdated and its results are meaningless. The
//! output of a build script and the page of a crate's documentation are used in the same way.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::changes::{self, Before};
use super::manifest;
use super::prepare::Prepared;
use crate::collector;
use crate::drive::inputs::{self, BuildInputs};
use crate::metric::{Catalogue, Unavailable, Value};
use crate::options::environment;
use crate::plan::{Collector, Step};
use crate::probe::{normalize, relative};
use crate::run::{Run, StepStatus};
use crate::store::{Store, digest};
use crate::tree::{
    self, Fingerprint,
    outside::{self, Outside},
};

/// The sources at the end of a measurement, and the changes during it.
pub(crate) struct Span<'a> {
    /// When the measurement began.
    pub(crate) began: SystemTime,
    /// Names of the files that were written since.
    pub(crate) torn: BTreeSet<&'a str>,
    /// The sources at the end.
    pub(crate) sources: &'a Fingerprint,
    /// The inputs of each collector before its first step.
    pub(crate) inputs: &'a BTreeMap<Collector, Before>,
}

/// Name of the cache.
const INDEX: &str = "units";

/// The name of the programs of a unit among the inputs that cargo does not watch.
const PROGRAMS: &str = "the configured compiler, wrapper or rustdoc";

/// Number of digits of a digest that are kept, which suffice to distinguish contents.
const DIGITS: usize = 16;

/// A unit at the time of its build.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct BuiltUnit {
    /// Modification time of the build's output, in nanoseconds since 1970.
    built: u64,
    /// Whether the compiler did not compile it although cargo reported it as compiled.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    uncompiled: bool,
    /// The target directory in which it was built, if that is not the present one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    elsewhere: Option<String>,
    /// A digest of each file that it was built from, by the name relative to the root.
    files: BTreeMap<String, String>,
    /// The same for files and variables that cargo does not watch.
    unwatched: BTreeMap<String, String>,
    /// The same for the package, if cargo compares the newest time of its files.
    package: BTreeMap<String, String>,
    /// The same for the files that rustdoc read.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    documented: BTreeMap<String, String>,
    /// The other places of modules at which there was a file.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    rivals: BTreeSet<String>,
    /// Digests of the executable and the variables of a build script.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    script: BTreeMap<String, String>,
    /// When the build script ran for the first time with its present inputs, in nanoseconds since 1970. Older files in its
    /// `OUT_DIR` may come from other inputs. `None` if no earlier run saw other inputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    generated_since: Option<u64>,
}

/// A change that cargo did not notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unnoticed {
    /// The changed file, relative to the root, or the variable.
    name: String,
    /// Why cargo did not notice it.
    why: Why,
    /// What makes cargo build again.
    rebuild: Rebuild,
}

/// What makes cargo build a unit again.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Rebuild {
    /// Touching these files.
    Touch(BTreeSet<String>),
    /// This command.
    Clean(String),
    /// Cleaning this package.
    Package(String),
}

/// Why cargo did not notice a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    /// The file has an old modification time, and cargo compares times.
    OldTime,
    /// Cargo does not watch the file.
    Unwatched,
    /// A build script that declares no inputs depends on the file, and did not run again.
    Undeclared,
    /// The compiler succeeded without compiling.
    Uncompiled,
    /// The unit was built in the target directory with this name, which was moved or copied.
    Elsewhere,
    /// The file was rewritten after the build, perhaps with its former content.
    Rewritten,
    /// The file was removed.
    Removed,
    /// The file is a second one of a module.
    Added,
    /// The file is output of a build script that did not write it again when its inputs changed.
    Leftover,
}

/// The digest of a file that was rewritten while its unit was measured. Its content during the build is unknown.
const UNKNOWN: &str = "unknown";

impl BuiltUnit {
    /// Forgets the content of files that were written after the unit was built.
    fn without_later(mut self, root: &Path, span: &Span<'_>) -> Self {
        let built = UNIX_EPOCH + Duration::from_nanos(self.built);
        let since = built.max(span.began);
        let later: Vec<&Path> = span
            .torn
            .iter()
            .map(Path::new)
            .filter(|path| {
                let found = std::fs::metadata(root.join(path)).ok();
                let written = found.and_then(|found| tree::written(&found));
                written.is_none_or(|written| written > built)
            })
            .collect();
        let files = self
            .files
            .iter_mut()
            .chain(&mut self.unwatched)
            .chain(&mut self.package)
            .chain(&mut self.documented);
        for (name, digest) in files {
            // A changed directory means that any file in it may have changed.
            let mut paths = Path::new(name).ancestors();
            let is_torn = paths.any(|path| later.contains(&path))
                || later.iter().any(|path| path.starts_with(name));
            if is_torn || changes::is_written_since(root, &root.join(name), since) {
                UNKNOWN.clone_into(digest);
            }
        }
        self
    }

    /// Records since when a build script has had its present inputs. `before` is its last execution, and `output` the file
    /// with its output.
    fn after(mut self, before: Option<Self>, output: &Path) -> Self {
        if let Some(before) = before.filter(|_| !self.script.is_empty()) {
            let execution = changes::execution(output);
            self.generated_since = match execution {
                Some(execution) if self.has_other_inputs(&before) => nanoseconds(execution.began),
                _ => before.generated_since,
            };
        }
        self
    }

    /// Returns whether a build script read something else when it ran before.
    fn has_other_inputs(&self, before: &Self) -> bool {
        // A script without instructions runs again for every edit of a source, which it hardly reads.
        let data = |unit: &Self| -> BTreeMap<String, String> {
            let files = unit.package.iter();
            let data = files.filter(|(name, _)| !name.ends_with(".rs"));
            data.map(|(name, digest)| (name.clone(), digest.clone()))
                .collect()
        };
        self.script != before.script || self.files != before.files || data(self) != data(before)
    }
}

/// Returns for each step of a run a change that its build did not notice, if there is one, and records the units that were
/// built.
pub(crate) fn unnoticed<'a>(
    store: &Store,
    root: &Path,
    outside: &mut Outside<'_>,
    span: &Span<'_>,
    read: &BTreeMap<&'a str, BuildInputs>,
) -> BTreeMap<&'a str, Unnoticed> {
    let contents: BTreeMap<&str, String> = span
        .sources
        .entries()
        .map(|(name, content)| (name, String::from_utf8_lossy(&content.hash).into_owned()))
        .collect();
    let mut known: BTreeMap<PathBuf, BuiltUnit> = store
        .cached(INDEX)
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default();
    let mut found: BTreeMap<&str, Unnoticed> = BTreeMap::new();
    let mut now = FileDigests {
        root,
        outside,
        contents,
        known: BTreeMap::new(),
        manifests: BTreeMap::new(),
    };
    // A compiler cache may bring the dep-info of another place, although the unit was built for this one.
    let units = read.values().flat_map(|read| &read.units);
    let built_here: BTreeSet<&Path> = units
        .filter(|(_, named)| !named.is_fresh)
        .map(|(written, _)| written.as_path())
        .collect();
    for (step, read) in read {
        for (written, named) in &read.units {
            let Some(built) = modified(written) else {
                continue;
            };
            let mut unit = now.unit(built, named);
            if built_here.contains(written.as_path()) {
                unit.elsewhere = None;
            }
            // A new time means that the unit was built again, from the present content of its
            // files.
            let change = match known.get(written).filter(|unit| unit.built == built) {
                Some(before) if !named.uncompiled => {
                    let unit = now.with_gone(unit, before);
                    change(root, span.began, before, &unit, named)
                }
                _ => {
                    let before = known.remove(written);
                    let unit = unit.after(before, written).without_later(root, span);
                    let change = moved(root, &unit, named);
                    known.insert(written.clone(), unit);
                    change
                }
            };
            let Some(change) = change.or_else(|| leftover(root, &known[written], named)) else {
                continue;
            };
            found
                .entry(*step)
                .and_modify(|known| known.add(&change))
                .or_insert(change);
        }
    }
    // Cargo builds a unit again if its output was removed.
    known.retain(|written, _| written.is_file());
    if let Ok(bytes) = serde_json::to_vec(&known) {
        let _ = store.cache(INDEX, &bytes);
    }
    found
}

impl Unnoticed {
    /// Adds the files to touch for another unit that is outdated for the same reason, so that one command renews both.
    fn add(&mut self, other: &Self) {
        if let (Rebuild::Touch(files), Rebuild::Touch(more)) = (&mut self.rebuild, &other.rebuild)
            && self.why == other.why
        {
            files.extend(more.iter().cloned());
        }
    }

    /// Returns why the results of the step are not known.
    fn reason(&self) -> String {
        let name = &self.name;
        match self.why {
            Why::OldTime => format!(
                "{name} has new content and an old modification time, which cargo does not notice"
            ),
            Why::Rewritten => format!(
                "{name} was written again after cargo built it, with an old modification time"
            ),
            Why::Unwatched => {
                format!("{name} changed since cargo last built this, and cargo does not watch it")
            }
            Why::Elsewhere => format!(
                "this was built in {name}, which was moved or copied, and cargo did not build it again"
            ),
            Why::Undeclared => format!(
                "{name} changed since the build script last ran, and cargo did not run it again"
            ),
            Why::Removed => {
                format!(
                    "{name} was removed since cargo last built this, which cargo does not notice"
                )
            }
            Why::Added => format!(
                "{name} was added since cargo last built this, as a second file of the same module, which cargo does not notice"
            ),
            Why::Uncompiled => format!(
                "{name} was not compiled when cargo last ran the compiler, and cargo uses the older build"
            ),
            Why::Leftover => format!(
                "{name} was not written again when its build script ran after a change, and may be out of date"
            ),
        }
    }

    /// Returns the command after which cargo builds again.
    fn fix(&self, step: &Step) -> Option<String> {
        match &self.rebuild {
            Rebuild::Touch(files) if files.is_empty() => None,
            Rebuild::Touch(files) => {
                let files: Vec<&str> = files.iter().map(String::as_str).collect();
                Some(format!("touch {}", files.join(" ")))
            }
            Rebuild::Clean(command) => Some(command.clone()),
            Rebuild::Package(name) => Some(collector::clean(name, &step.action)),
        }
    }
}

impl Rebuild {
    /// Returns that the roots of a unit's crates are to be touched.
    fn roots(root: &Path, named: &inputs::UnitInputs) -> Self {
        let files = named.roots.iter();
        Self::Touch(files.map(|file| relative(root, file)).collect())
    }
}

/// Returns the change of a unit that was built in another place. It can contain paths of that place.
fn moved(root: &Path, unit: &BuiltUnit, named: &inputs::UnitInputs) -> Option<Unnoticed> {
    Some(Unnoticed {
        name: unit.elsewhere.clone()?,
        why: Why::Elsewhere,
        rebuild: Rebuild::roots(root, named),
    })
}

/// Returns the first change of a unit since it was built.
fn change(
    root: &Path,
    began: SystemTime,
    before: &BuiltUnit,
    now: &BuiltUnit,
    named: &inputs::UnitInputs,
) -> Option<Unnoticed> {
    if let Some(moved) = moved(root, before, named) {
        return Some(moved);
    }
    // Cargo looked at the unit before such a file was written, and will notice it next time.
    let is_later = |name: &String| changes::is_written_since(root, &root.join(name), began);
    if named.is_undeclared_script {
        let names: BTreeSet<&String> = before.package.keys().chain(now.package.keys()).collect();
        let mut changed = names
            .into_iter()
            .filter(|name| before.package.get(*name) != now.package.get(*name));
        return changed.find(|name| !is_later(name)).map(|name| Unnoticed {
            name: name.clone(),
            why: Why::Undeclared,
            rebuild: Rebuild::roots(root, named),
        });
    }

    // Cargo would have rebuilt for a newer file of the package, so such a file does not belong to it.
    let mut in_package = changed(&before.package, &now.package)
        .filter(|name| modified(&root.join(name)).is_none_or(|time| time <= now.built));
    let watched = changed(&before.files, &now.files).find(|name| !is_later(name));
    if let Some(name) = watched.or_else(|| in_package.next()).cloned() {
        let is_unknown = [&before.files, &before.package]
            .iter()
            .any(|files| is_unknown(files.get(&name)));
        return Some(Unnoticed {
            why: if is_unknown {
                Why::Rewritten
            } else {
                Why::OldTime
            },
            rebuild: Rebuild::Touch(BTreeSet::from([name.clone()])),
            name,
        });
    }
    let (name, why) = unwatched(root, before, now)?;
    let mut rebuild = match &named.pinned {
        Some(package) => Rebuild::Clean(package.clean.clone()),
        None => Rebuild::roots(root, named),
    };
    if let Rebuild::Touch(files) = &mut rebuild {
        // Cargo goes by the newest file of the package, even if its time is in the future.
        let newest = now
            .package
            .keys()
            .filter(|name| modified(&root.join(name)) > nanoseconds(began));
        files.extend(newest.cloned());
    }
    Some(Unnoticed { name, why, rebuild })
}

/// Returns the first change of a unit that cargo does not watch.
fn unwatched(root: &Path, before: &BuiltUnit, now: &BuiltUnit) -> Option<(String, Why)> {
    if before.uncompiled {
        let name = now.files.keys().next()?;
        return Some((name.clone(), Why::Uncompiled));
    }
    if let Some(name) = now.rivals.difference(&before.rivals).next() {
        return Some((name.clone(), Why::Added));
    }
    if let Some(name) = changed(&before.documented, &now.documented).next() {
        let exists = root.join(name).exists();
        let why = if exists { Why::Unwatched } else { Why::Removed };
        return Some((name.clone(), why));
    }
    let name = changed(&before.unwatched, &now.unwatched).next()?;
    Some((name.clone(), Why::Unwatched))
}

/// Returns a compiled file that a build script wrote when it had other inputs, and not since.
fn leftover(root: &Path, unit: &BuiltUnit, named: &inputs::UnitInputs) -> Option<Unnoticed> {
    let since = UNIX_EPOCH + Duration::from_nanos(unit.generated_since?);
    let script = named.script.as_ref()?;
    let mut generated = script.generated.iter();
    let file = generated
        .find(|file| changes::last_written(file).is_some_and(|written| written < since))?;
    Some(Unnoticed {
        name: relative(root, file),
        why: Why::Leftover,
        rebuild: Rebuild::Package(script.package.clone()),
    })
}

/// Returns the names whose digest has changed.
fn changed<'n>(
    before: &BTreeMap<String, String>,
    now: &'n BTreeMap<String, String>,
) -> impl Iterator<Item = &'n String> {
    now.iter()
        .filter(|(name, digest)| before.get(*name).is_some_and(|known| known != *digest))
        .map(|(name, _)| name)
}

fn is_unknown(digest: Option<&String>) -> bool {
    digest.is_some_and(|digest| digest == UNKNOWN)
}

/// Computes digests of the present files.
struct FileDigests<'a, 'b> {
    root: &'a Path,
    outside: &'a mut Outside<'b>,
    contents: BTreeMap<&'a str, String>,
    /// Digests of other files that were read, since the units of several steps have the same files.
    known: BTreeMap<PathBuf, String>,
    /// What clippy reads of each manifest, because several units have the same one.
    manifests: BTreeMap<PathBuf, BTreeMap<String, String>>,
}

impl FileDigests<'_, '_> {
    fn unit(&mut self, built: u64, named: &inputs::UnitInputs) -> BuiltUnit {
        if let Some(package) = &named.pinned {
            return self.pinned_unit(built, named, package);
        }
        let mut unwatched = digests_of_variables(&named.variables);
        unwatched.extend(self.digests(&named.unwatched));
        let settings = named.settings.iter();
        unwatched
            .extend(settings.map(|(name, value)| ((*name).to_owned(), digest(value.as_bytes()))));
        let programs: Vec<&str> = named.programs.iter().map(String::as_str).collect();
        unwatched.insert(PROGRAMS.to_owned(), digest(programs.join("\n").as_bytes()));
        if let Some(manifest) = &named.manifest {
            unwatched.extend(self.manifest(manifest));
        }
        let package = named
            .package
            .as_ref()
            .map(|dir| self.package(dir))
            .unwrap_or_default();
        let elsewhere = named.elsewhere.as_ref();
        let rivals = named.rivals.iter().filter(|file| file.is_file());
        BuiltUnit {
            built,
            uncompiled: named.uncompiled,
            elsewhere: elsewhere.map(|dir| dir.display().to_string()),
            files: self.digests(&named.files),
            unwatched,
            package: self.digests(&package),
            documented: self.digests(&named.documented),
            rivals: rivals.map(|file| relative(self.root, file)).collect(),
            script: named
                .script
                .as_ref()
                .map(|script| self.script(script))
                .unwrap_or_default(),
            generated_since: None,
        }
    }

    /// Returns a unit of a package from a registry or from git. One digest covers all files, because there are many
    /// such packages.
    fn pinned_unit(
        &mut self,
        built: u64,
        named: &inputs::UnitInputs,
        package: &inputs::PinnedPackage,
    ) -> BuiltUnit {
        let mut files = package.files.clone();
        if let Some(dir) = &named.package {
            files.extend(self.package(dir));
        }
        let all = self.digests(&files);
        let lines: Vec<String> = all
            .iter()
            .map(|(name, digest)| format!("{name} {digest}\n"))
            .collect();
        let mut digest = digest(lines.concat().as_bytes());
        digest.truncate(DIGITS);
        BuiltUnit {
            built,
            unwatched: BTreeMap::from([(relative(self.root, &package.dir), digest)]),
            ..BuiltUnit::default()
        }
    }

    /// Returns digests of the executable and the variables of a build script.
    fn script(&mut self, named: &inputs::ScriptInputs) -> BTreeMap<String, String> {
        let mut digests = digests_of_variables(&named.variables);
        digests.extend(self.digests(&named.program.iter().cloned().collect()));
        digests
    }

    /// Adds the present state of documented files that are not found any more, because they were removed or because
    /// nothing names them without the dep-info of the last run.
    fn with_gone(&mut self, mut now: BuiltUnit, before: &BuiltUnit) -> BuiltUnit {
        for name in before.documented.keys() {
            if !now.documented.contains_key(name) {
                let digest = self.digest(&normalize(self.root, name));
                now.documented.insert(name.clone(), digest);
            }
        }
        now
    }

    /// Returns digests of what clippy reads of a manifest, by the names of the files.
    fn manifest(&mut self, path: &Path) -> BTreeMap<String, String> {
        let root = self.root;
        let known = self.manifests.entry(path.to_owned()).or_insert_with(|| {
            let read = manifest::linted(path).into_iter();
            read.map(|(file, text)| (relative(root, &file), digest(text.as_bytes())))
                .collect()
        });
        known.clone()
    }

    fn digests(&mut self, files: &BTreeSet<PathBuf>) -> BTreeMap<String, String> {
        files
            .iter()
            .map(|file| (relative(self.root, file), self.digest(file)))
            .collect()
    }

    fn digest(&mut self, file: &Path) -> String {
        let known = self
            .contents
            .get(relative(self.root, file).as_str())
            .cloned();
        let state = match known {
            Some(digest) => digest,
            None if file.is_dir() => outside::tree(file)
                .unwrap_or_default()
                .trim_start_matches("tree ")
                .to_owned(),
            None => {
                let outside = &mut *self.outside;
                let known = self.known.entry(file.to_owned());
                known.or_insert_with(|| outside.state(file)).clone()
            }
        };
        // A digest can be shortened, but not a state such as `large SIZE TIME` or `executable DIGEST`.
        let mut digest = if state.contains(' ') {
            digest(state.as_bytes())
        } else {
            state
        };
        digest.truncate(DIGITS);
        digest
    }

    /// Returns the files of a package, without those of packages inside it.
    fn package(&self, dir: &Path) -> BTreeSet<PathBuf> {
        let name = relative(self.root, dir);
        let prefix = if name.is_empty() {
            name
        } else {
            format!("{name}/")
        };
        if !self
            .contents
            .contains_key(format!("{prefix}Cargo.toml").as_str())
        {
            return outside::package(dir)
                .into_iter()
                .filter(|path| !path.is_dir())
                .collect();
        }
        let below = self
            .contents
            .keys()
            .filter_map(|file| file.strip_prefix(prefix.as_str()));
        let inner: Vec<&str> = below
            .clone()
            .filter_map(|file| file.strip_suffix("/Cargo.toml"))
            .collect();
        below
            .filter(|file| {
                inner.iter().all(|dir| {
                    file.strip_prefix(dir)
                        .is_none_or(|rest| !rest.starts_with('/'))
                })
            })
            .map(|file| dir.join(file))
            .collect()
    }
}

fn digests_of_variables(names: &BTreeSet<String>) -> BTreeMap<String, String> {
    let digests = names.iter().map(|name| {
        let value = environment::variable(name).unwrap_or_default();
        (name.clone(), digest(value.as_bytes()))
    });
    digests.collect()
}

fn modified(path: &Path) -> Option<u64> {
    nanoseconds(std::fs::metadata(path).ok()?.modified().ok()?)
}

fn nanoseconds(time: SystemTime) -> Option<u64> {
    u64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_nanos()).ok()
}

/// Withdraws the results that come from an outdated unit.
pub(crate) fn withhold(
    run: &mut Run,
    prepared: &Prepared,
    catalogue: &Catalogue,
    steps: &BTreeMap<&str, Unnoticed>,
) {
    for (id, unnoticed) in steps {
        let reason = unnoticed.reason();
        let step = prepared.plan.steps.iter().find(|step| step.id == **id);
        let fix = step.and_then(|step| unnoticed.fix(step));
        let answered = prepared
            .plan
            .answered
            .iter()
            .filter(|answered| answered.by == **id);
        let mut collectors: Vec<&Collector> =
            answered.map(|answered| &answered.collector).collect();
        collectors.extend(step.into_iter().flat_map(|step| &step.serves));
        for record in run
            .steps
            .iter_mut()
            .filter(|record| record.ended.step == **id)
        {
            record.status = StepStatus::Failed(reason.clone());
        }
        run.snapshot
            .covered
            .retain(|collector, _| !collectors.contains(&collector));
        for (name, reading) in &mut run.snapshot.metrics {
            if catalogue
                .get(name)
                .is_some_and(|row| collectors.contains(&&row.collector))
            {
                reading.value = Value::Unavailable(Unavailable {
                    reason: reason.clone(),
                    fix: fix.clone(),
                    ..Unavailable::default()
                });
                reading.packages.clear();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;
    use crate::tests::Scratch;
    use crate::tree;

    /// Whether a change is noticed does not depend on the file's own time.
    #[test]
    fn changed_file_of_a_unit_that_was_not_rebuilt_is_named() {
        let file = |path: PathBuf| inputs::UnitInputs {
            files: [path].into(),
            ..inputs::UnitInputs::default()
        };
        let new = |path: PathBuf| inputs::UnitInputs {
            unwatched: [path].into(),
            ..inputs::UnitInputs::default()
        };
        let package = |path: PathBuf| inputs::UnitInputs {
            package: path.ancestors().nth(2).map(Path::to_owned),
            ..inputs::UnitInputs::default()
        };
        let documented = |path: PathBuf| inputs::UnitInputs {
            documented: [path].into(),
            ..inputs::UnitInputs::default()
        };
        for (what, unit, why) in [
            (
                "file",
                &file as &dyn Fn(PathBuf) -> inputs::UnitInputs,
                Why::OldTime,
            ),
            ("file that cargo does not look at", &new, Why::Unwatched),
            ("file that rustdoc reads", &documented, Why::Unwatched),
            ("file of the package", &package, Why::OldTime),
        ] {
            let scratch =
                Scratch::with(&[("Cargo.toml", ""), ("src/lib.rs", "1"), ("target/a.d", "")]);
            let store = Store::open(scratch.path());
            store.create().unwrap();
            let info = scratch.path().join("target/a.d");
            let set = |seconds| {
                let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
                File::options()
                    .write(true)
                    .open(&info)
                    .unwrap()
                    .set_modified(time)
                    .unwrap();
            };
            set(8_000_000_000);
            let unit = unit(scratch.path().join("src/lib.rs"));
            let read = BuildInputs {
                units: [(info.clone(), unit)].into(),
                ..BuildInputs::default()
            };
            let noticed = || {
                let now = SystemTime::UNIX_EPOCH + Duration::from_secs(10_000_000_000);
                let sources = tree::fingerprint(scratch.path(), &store, now).unwrap();
                let mut outside = Outside::open(&store, now);
                let read = BTreeMap::from([("test", read.clone())]);
                let span = Span {
                    began: now,
                    torn: BTreeSet::new(),
                    sources: &sources,
                    inputs: &BTreeMap::new(),
                };
                unnoticed(&store, scratch.path(), &mut outside, &span, &read)
            };
            assert_eq!(noticed(), BTreeMap::new(), "{what}: first seen");
            assert_eq!(noticed(), BTreeMap::new(), "{what}: unchanged");
            scratch.write("src/lib.rs", "2");
            let touch = if why == Why::OldTime {
                BTreeSet::from(["src/lib.rs".to_owned()])
            } else {
                BTreeSet::new()
            };
            let expected = BTreeMap::from([(
                "test",
                Unnoticed {
                    name: "src/lib.rs".to_owned(),
                    why,
                    rebuild: Rebuild::Touch(touch),
                },
            )]);
            assert_eq!(noticed(), expected, "{what}");
            assert_eq!(noticed(), expected, "{what}: until it is built");
            set(9_000_000_000);
            assert_eq!(noticed(), BTreeMap::new(), "{what}: rebuilt");
        }
    }

    /// A measurement that saw a file change does not know what was built from it.
    #[test]
    fn file_that_is_put_back_during_a_measurement_is_not_taken_for_what_was_built() {
        for (what, built, torn, known) in [
            ("before it was built", 9_000_000_000, "src/lib.rs", true),
            ("after it was built", 1_000_000_000, "src/lib.rs", false),
            ("with its directory", 1_000_000_000, "src", false),
            ("another file", 1_000_000_000, "src/other.rs", true),
        ] {
            let scratch =
                Scratch::with(&[("Cargo.toml", ""), ("src/lib.rs", "1"), ("target/a.d", "")]);
            let store = Store::open(scratch.path());
            store.create().unwrap();
            let info = scratch.path().join("target/a.d");
            let built = SystemTime::UNIX_EPOCH + Duration::from_secs(built);
            File::options()
                .write(true)
                .open(&info)
                .unwrap()
                .set_modified(built)
                .unwrap();
            let unit = inputs::UnitInputs {
                files: [scratch.path().join("src/lib.rs")].into(),
                ..inputs::UnitInputs::default()
            };
            let read = BuildInputs {
                units: [(info, unit)].into(),
                ..BuildInputs::default()
            };
            let noticed = |torn: &[&'static str]| {
                let now = SystemTime::UNIX_EPOCH + Duration::from_secs(10_000_000_000);
                let sources = tree::fingerprint(scratch.path(), &store, now).unwrap();
                let mut outside = Outside::open(&store, now);
                let span = Span {
                    began: now,
                    torn: torn.iter().copied().collect(),
                    sources: &sources,
                    inputs: &BTreeMap::new(),
                };
                unnoticed(
                    &store,
                    scratch.path(),
                    &mut outside,
                    &span,
                    &BTreeMap::from([("test", read.clone())]),
                )
            };
            assert_eq!(noticed(&[torn]), BTreeMap::new(), "{what}: first seen");
            let change = noticed(&[]).remove("test");
            let expected = (!known).then(|| ("src/lib.rs".to_owned(), Why::Rewritten));
            assert_eq!(
                change.map(|change| (change.name, change.why)),
                expected,
                "{what}"
            );
        }
    }
}

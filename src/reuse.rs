//! Decides which test suites need not run again, because nothing that they depend on has changed.
//!
//! A suite is a test executable, or the doctests of a library. Its recorded results are used again only if the run that
//! ran it proves that it would give the same ones. Each piece of evidence that is missing is a [`Reason`] to run it.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::event::Artifact;
use crate::run::RunId;
use crate::workspace::{Member, Target};

/// The suites that passed, and the runs that ran them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The runs, all of which ran at least one of the suites.
    pub runs: BTreeMap<RunId, TestedTree>,
    /// The suites by the path of the executable, or by [`doctests_of`] a package.
    pub suites: BTreeMap<String, RecordedSuite>,
    /// The abilities of the code of units outside of the workspace, by their dep-info.
    #[serde(default)]
    pub units: BTreeMap<String, ReadUnit>,
}

/// A unit whose sources were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadUnit {
    /// When its dep-info was written, in nanoseconds since 1970.
    pub written: u64,
    /// The version of the search, see [`ReadUnit::SEARCH`].
    #[serde(default)]
    pub search: u32,
    /// Whether it may start programs, load libraries or list directories.
    pub is_reader: bool,
}

impl ReadUnit {
    /// The version of the search for readers. What another one found does not count. Increase it with every change of the
    /// search.
    pub const SEARCH: u32 = 2;
}

/// The state that a run tested.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestedTree {
    /// A digest of each source file by its name, relative to the root.
    pub files: BTreeMap<String, String>,
    /// The Rust sources that were compiled, without those of build scripts.
    pub compiled: BTreeMap<String, Users>,
    /// The members whose code, or that of dependencies, may read Rust sources, list directories or start programs.
    pub readers: BTreeSet<String>,
    /// Programs and dynamic libraries that cargo put beside the tests, with the size and time of each.
    pub programs: BTreeMap<String, String>,
}

/// The members that a source file is compiled into.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Users {
    /// Those whose library it is part of, which others link.
    pub libraries: BTreeSet<String>,
    /// Those with a program, test or example that it is part of.
    pub others: BTreeSet<String>,
}

/// A suite that was complete and passed without retries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedSuite {
    /// The run that ran it.
    pub run: RunId,
    /// Its package.
    pub package: String,
    /// Digests of the executable, or of the files of the library, by path.
    pub files: BTreeMap<String, String>,
    /// A digest of the arguments, the environment and everything else that it was started with.
    pub launch: String,
    /// The directory with its output, relative to that of all logs.
    pub record: String,
}

/// Returns the key of the doctests of a package.
pub fn doctests_of(package: &str) -> String {
    format!("doc {package}")
}

/// The differences between the tree that a run tested and the present one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The members that each changed source file is compiled into.
    pub files: BTreeMap<String, Users>,
}

impl TestedTree {
    /// Compares the tree with the present files.
    ///
    /// # Errors
    /// If a file was added or removed, or changed without being a compiled Rust source. Any test may read it.
    pub fn changes(&self, present: &BTreeMap<String, String>) -> Result<Changes, Reason> {
        let mut changes = Changes::default();
        let names: BTreeSet<&String> = self.files.keys().chain(present.keys()).collect();
        for name in names {
            let (was, is) = (self.files.get(name), present.get(name));
            if was == is {
                continue;
            }
            let users = self.compiled.get(name).filter(|_| name.ends_with(".rs"));
            let (Some(users), Some(_), Some(_)) = (users, was, is) else {
                return Err(Reason::File { name: name.clone() });
            };
            changes.files.insert(name.clone(), users.clone());
        }
        Ok(changes)
    }
}

/// The facts about the present tree when it is built.
#[derive(Clone, Copy, Debug)]
pub struct Present<'a> {
    /// The members of the workspace.
    pub members: &'a [Member],
    /// For each run with evidence, the differences to its tree, or why none of its suites counts.
    pub changes: &'a BTreeMap<RunId, Result<Changes, Reason>>,
    /// The units of members that cargo built or found fresh.
    pub units: &'a [Artifact],
    /// A package outside of the workspace that cargo built.
    pub built_outside: Option<&'a str>,
    /// See [`TestedTree::programs`].
    pub programs: &'a BTreeMap<String, String>,
    /// Digests of the files of the recorded suites.
    pub digests: &'a BTreeMap<String, String>,
}

/// The suites that are reused, and why the others are run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// The reused ones by their key.
    pub reused: BTreeMap<String, RecordedSuite>,
    /// The reason for each of the others.
    pub reasons: BTreeMap<String, Reason>,
}

/// Why a suite is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No earlier run has complete results of which all passed.
    Unknown,
    /// Something besides the sources changed since the run, as a fragment.
    Conditions(String),
    /// A file changed that any test may read.
    File {
        /// Its name, relative to the root.
        name: String,
    },
    /// A source changed of the package, or of a library that it depends on.
    Source {
        /// Its name, relative to the root.
        name: String,
        /// The package that it is part of.
        package: String,
    },
    /// Some source changed, and code of the package or of its dependencies may read sources or start programs.
    Reader {
        /// The changed source.
        name: String,
    },
    /// Cargo built a unit of the package, or of a library that it depends on.
    Built {
        /// The package of the unit.
        package: String,
    },
    /// Cargo did not name a file in this build.
    Unbuilt,
    /// The executable or library has another content.
    Digest {
        /// Its path.
        file: String,
    },
    /// A program or dynamic library of the workspace changed, and the code may start programs.
    Program {
        /// Its path.
        file: String,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("no earlier run has a complete result that passed"),
            Self::Conditions(what) => f.write_str(what),
            Self::File { name } => write!(f, "{name} changed, which any test may read"),
            Self::Source { name, package } => write!(f, "{name} changed, a source of {package}"),
            Self::Reader { name } => write!(f, "{name} changed, which its code may read or build"),
            Self::Built { package } => write!(f, "cargo built {package} again"),
            Self::Unbuilt => f.write_str("cargo did not name its files"),
            Self::Digest { file } => write!(f, "{file} has another content"),
            Self::Program { file } => write!(f, "{file} changed, which its code may start"),
        }
    }
}

/// Decides for each suite of a build whether its recorded results are used again.
pub fn decide(evidence: &Evidence, present: Present<'_>) -> Decision {
    let mut decision = Decision::default();
    let built = BuiltPackages::of(present.units);
    for key in keys(present.units) {
        let recorded = evidence.suites.get(&key);
        let reason = match recorded {
            None => Some(Reason::Unknown),
            Some(recorded) => reason_to_run(evidence, present, &built, recorded),
        };
        match (recorded, reason) {
            (Some(recorded), None) => _ = decision.reused.insert(key, recorded.clone()),
            (_, reason) => {
                let reason = reason.unwrap_or(Reason::Unknown);
                decision.reasons.insert(key, reason);
            }
        }
    }
    decision
}

/// Returns the keys of the suites that may run after this build.
fn keys(units: &[Artifact]) -> BTreeSet<String> {
    let keys = units.iter().filter_map(|unit| match &unit.executable {
        Some(executable) if unit.test => Some(executable.clone()),
        _ if is_library(unit) => Some(doctests_of(&unit.package)),
        _ => None,
    });
    keys.collect()
}

/// Returns whether a unit is a library that others can link.
pub fn is_library(unit: &Artifact) -> bool {
    let kind = Target {
        kind: unit.target_kind.clone(),
        ..Target::default()
    };
    !unit.test && kind.is_library()
}

/// The members that cargo built.
struct BuiltPackages<'a> {
    /// Those with any unit that was built.
    any: BTreeSet<&'a str>,
    /// Those whose library was built.
    libraries: BTreeSet<&'a str>,
    /// A dynamic library, which any test may load.
    loaded: Option<&'a str>,
}

impl<'a> BuiltPackages<'a> {
    fn of(units: &'a [Artifact]) -> Self {
        let built = || units.iter().filter(|unit| !unit.fresh);
        let libraries = built().filter(|unit| is_library(unit) || is_build_script(unit));
        // The compiler alone loads procedural macros.
        let mut files = built()
            .filter(|unit| unit.target_kind != "proc-macro")
            .flat_map(|unit| &unit.files);
        Self {
            loaded: files.find(|file| is_dynamic(file)).map(String::as_str),
            any: built().map(|unit| unit.package.as_str()).collect(),
            libraries: libraries.map(|unit| unit.package.as_str()).collect(),
        }
    }
}

fn is_dynamic(file: &str) -> bool {
    [".dll", ".dylib", ".so"]
        .iter()
        .any(|end| file.ends_with(end))
}

fn is_build_script(unit: &Artifact) -> bool {
    unit.target_kind == "custom-build"
}

/// Returns why a recorded suite must run again. `None` if everything proves that it need not.
fn reason_to_run(
    evidence: &Evidence,
    present: Present<'_>,
    built: &BuiltPackages<'_>,
    recorded: &RecordedSuite,
) -> Option<Reason> {
    let (Some(tree), Some(changes)) = (
        evidence.runs.get(&recorded.run),
        present.changes.get(&recorded.run),
    ) else {
        return Some(Reason::Unknown);
    };
    let changes = match changes {
        Ok(changes) => changes,
        Err(reason) => return Some(reason.clone()),
    };
    if let Some(package) = present.built_outside {
        let package = package.to_owned();
        return Some(Reason::Built { package });
    }
    let own = recorded.package.as_str();
    let libraries = dependencies(present.members, own);
    let of_packages = source_of(changes, own, &libraries)
        .or_else(|| built_package(built, own, &libraries))
        .or_else(|| changed_file(present, recorded));
    let mut readers = tree.readers.iter().map(String::as_str);
    let is_reader = readers.any(|package| package == own || libraries.contains(package));
    match of_packages {
        None if is_reader => read_source(changes)
            .or_else(|| loaded_library(built))
            .or_else(|| changed_program(&tree.programs, present.programs)),
        reason => reason,
    }
}

/// Returns the other members that a member depends on, directly or through others, for whatever purpose.
fn dependencies<'a>(members: &'a [Member], of: &str) -> BTreeSet<&'a str> {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<&str> = vec![of];
    while let Some(name) = open.pop() {
        let member = members.iter().find(|member| member.name == name);
        for declared in member.iter().flat_map(|member| &member.declared) {
            let mut known = members.iter().map(|member| member.name.as_str());
            if let Some(package) = known.find(|name| *name == declared.package)
                && found.insert(package)
            {
                open.push(package);
            }
        }
    }
    found
}

/// Returns a change of the package itself, or of a library that it may link.
fn source_of(changes: &Changes, own: &str, libraries: &BTreeSet<&str>) -> Option<Reason> {
    changes.files.iter().find_map(|(name, users)| {
        let is_own = users.libraries.contains(own) || users.others.contains(own);
        let mut linked = users.libraries.iter().map(String::as_str);
        let linked = linked.find(|package| libraries.contains(package));
        let package = match is_own {
            true => Some(own),
            false => linked,
        };
        package.map(|package| Reason::Source {
            name: name.clone(),
            package: package.to_owned(),
        })
    })
}

/// Returns a changed source, which is compiled into other packages.
fn read_source(changes: &Changes) -> Option<Reason> {
    let name = changes.files.keys().next()?.clone();
    Some(Reason::Reader { name })
}

/// Returns a dynamic library that was built.
fn loaded_library(built: &BuiltPackages<'_>) -> Option<Reason> {
    let file = built.loaded?.to_owned();
    Some(Reason::Program { file })
}

/// Returns a package that was built, although no source of it changed.
fn built_package(
    built: &BuiltPackages<'_>,
    own: &str,
    libraries: &BTreeSet<&str>,
) -> Option<Reason> {
    let own = built.any.get(own).copied();
    let linked = libraries.intersection(&built.libraries).next().copied();
    let package = own.or(linked)?.to_owned();
    Some(Reason::Built { package })
}

/// Returns whether the executable or library is another one than the recorded one, or is not part of this build.
fn changed_file(present: Present<'_>, recorded: &RecordedSuite) -> Option<Reason> {
    let named: BTreeSet<&String> = present.units.iter().flat_map(named_files).collect();
    if recorded.files.is_empty() || recorded.files.keys().any(|file| !named.contains(file)) {
        return Some(Reason::Unbuilt);
    }
    let mut files = recorded.files.iter();
    let (file, _) = files.find(|(file, digest)| present.digests.get(*file) != Some(digest))?;
    Some(Reason::Digest { file: file.clone() })
}

fn named_files(unit: &Artifact) -> impl Iterator<Item = &String> {
    unit.files.iter().chain(&unit.executable)
}

/// Returns a program that was added, removed or built again.
fn changed_program(
    was: &BTreeMap<String, String>,
    is: &BTreeMap<String, String>,
) -> Option<Reason> {
    let mut files = was.keys().chain(is.keys());
    let file = files.find(|file| was.get(*file) != is.get(*file))?;
    Some(Reason::Program { file: file.clone() })
}

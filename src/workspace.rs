//! The workspace in cargo's description: its members, their targets and directories.
//!
//! It is read once by `drive` and passed on as a value. This module knows nothing about cargo's JSON
//! format.

mod spec;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::relative_path;

pub use spec::{PackageSpec, is_name, names_of_specs};

/// The members of a workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// Absolute; holds the root manifest, `campaign.toml`, `.campaign/`.
    pub root: PathBuf,
    /// Absolute.
    pub target_dir: PathBuf,
    /// The directory of intermediate files, absolute, if it is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build_dir: Option<PathBuf>,
    /// Sorted by name.
    pub members: Vec<Member>,
}

/// One member package.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Package name, unique among members.
    pub name: String,
    /// Cargo's opaque package id.
    pub id: String,
    /// What selects it, if the lockfile has another package of its name: `core@1.2.0`, or its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<String>,
    /// Version in the manifest.
    pub version: String,
    /// Directory of the manifest, relative to the root with `/`. Empty for a root package, `../x`
    /// outside of the root.
    pub dir: String,
    /// Its targets.
    pub targets: Vec<Target>,
    /// May be published.
    pub publish: bool,
    /// Names of its features, including those of optional dependencies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<String>,
    /// Names that its manifest gives its dependencies, without `siblings`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<String>,
    /// Names of the other members that it depends on, without those that its manifest renames.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub siblings: Vec<String>,
    /// Every dependency in its manifest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub declared: Vec<DeclaredDependency>,
}

/// A dependency in the manifest of a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclaredDependency {
    /// Name of the package.
    pub package: String,
    /// The other name that the manifest gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rename: Option<String>,
    /// The targets that it is built for.
    pub kind: DependencyKind,
}

impl DeclaredDependency {
    /// Returns its name in the manifest.
    pub fn name(&self) -> &String {
        self.rename.as_ref().unwrap_or(&self.package)
    }
}

/// The purpose of a dependency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum DependencyKind {
    Normal,
    Dev,
    Build,
}

/// One target of a member.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Target name.
    pub name: String,
    /// `lib proc-macro bin test example bench custom-build ..`: the first kind cargo gives.
    pub kind: String,
    /// Root source file, relative to the workspace root with `/`.
    pub file: String,
    /// `cargo test` runs it.
    pub test: bool,
    /// `cargo test` runs its doctests.
    pub doctest: bool,
    /// `cargo doc` documents it.
    pub doc: bool,
    /// Needs features that may be off.
    pub conditional: bool,
    /// Needs features that the default features do not enable.
    #[serde(default)]
    pub off_by_default: bool,
    /// Whether libtest runs its tests, unless the manifest says `harness = false`. `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_libtest: Option<bool>,
}

/// What cargo builds from a source file that is the root of a target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileRole {
    /// Not a root, but perhaps a module of one.
    #[default]
    Module,
    /// The same, in a directory or with a name of tests, benchmarks or examples.
    NamedTest,
    /// Tests, benchmarks and examples only.
    Test,
    /// A build script.
    BuildScript,
    /// A library or program.
    Product,
}

impl Workspace {
    /// Returns the roles of the root files of all targets by path. A file with several roles has the greatest of them.
    pub fn roles(&self) -> BTreeMap<String, FileRole> {
        let mut roles = BTreeMap::new();
        for target in self.members.iter().flat_map(|member| &member.targets) {
            let role = match target.kind.as_str() {
                "test" | "bench" | "example" => FileRole::Test,
                "custom-build" => FileRole::BuildScript,
                _ => FileRole::Product,
            };
            let known = roles
                .entry(relative_path::normal(&target.file))
                .or_default();
            *known = role.max(*known);
        }
        roles
    }

    /// Returns the role of a file that is the root of no target. The names of directories above its package do not count.
    pub fn role_by_name(&self, file: &str) -> FileRole {
        let dir = self.owner(file).map_or("", |member| member.dir.as_str());
        FileRole::by_name(file.strip_prefix(dir).unwrap_or(file))
    }

    /// Returns the names of the members by package id.
    pub fn names(&self) -> BTreeMap<String, String> {
        self.members
            .iter()
            .map(|m| (m.id.clone(), m.name.clone()))
            .collect()
    }

    /// Returns the member whose directory contains `file`, which is relative to the root and uses
    /// `/`. Of nested members, the innermost.
    pub fn owner(&self, file: &str) -> Option<&Member> {
        let owners = self.members.iter().filter(|member| member.contains(file));
        owners.max_by_key(|member| member.dir.len())
    }
}

impl FileRole {
    /// Returns the role of a file that is the root of no target, by its path in its package.
    pub fn by_name(file: &str) -> Self {
        let name = file.rsplit('/').next().unwrap_or_default();
        let stem = name.trim_end_matches(".rs");
        let is_named_so = ["test", "tests"].contains(&stem)
            || stem.ends_with("_test")
            || stem.ends_with("_tests");
        let mut parts = file.split('/');
        if is_named_so || parts.any(|part| ["benches", "examples", "tests"].contains(&part)) {
            Self::NamedTest
        } else {
            Self::Module
        }
    }
}

/// Returns whether a kind of target is a library of any crate type.
pub fn is_library(kind: &str) -> bool {
    !matches!(kind, "bin" | "test" | "example" | "bench" | "custom-build")
}

impl Target {
    /// Returns whether it is a library of any crate type.
    pub fn is_library(&self) -> bool {
        is_library(&self.kind)
    }

    /// Returns the directory of the root source file, relative to the workspace root.
    fn dir(&self) -> &str {
        relative_path::parent(&self.file)
    }

    /// Returns whether `file` is in the directory of the root source file or below.
    fn is_above(&self, file: &str) -> bool {
        relative_path::is_below(file, self.dir())
    }
}

impl Member {
    /// Returns the targets that a source file may be compiled in, except for the build script.
    ///
    /// The root file of a target belongs to it alone. Any other file may belong to each target whose root file is in the
    /// nearest directory above, or to every target if there is none.
    pub fn targets_of(&self, file: &str) -> Vec<&Target> {
        let targets: Vec<&Target> = self
            .targets
            .iter()
            .filter(|target| target.kind != "custom-build")
            .collect();
        let is_root = |target: &&&Target| target.file == file;
        let nearest = targets
            .iter()
            .filter(|target| target.is_above(file))
            .map(|target| target.dir().len())
            .max();
        let is_nearest = |target: &&&Target| match nearest {
            Some(length) => target.is_above(file) && target.dir().len() == length,
            None => true,
        };
        let roots: Vec<&Target> = targets.iter().filter(is_root).copied().collect();
        if roots.is_empty() {
            targets.iter().filter(is_nearest).copied().collect()
        } else {
            roots
        }
    }

    /// Returns whether its directory contains `file`.
    fn contains(&self, file: &str) -> bool {
        relative_path::is_below(file, &self.dir)
    }
}

/// A member's metadata for a registry, with inherited values resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Publication {
    /// Package name.
    pub name: String,
    /// As in the manifest.
    pub version: String,
    /// Its manifest, relative to the root with `/`.
    pub manifest: String,
    /// May be published.
    pub publish: bool,
    /// May be published to crates.io, whose rules are stricter than those of other registries.
    pub crates_io: bool,
    /// The manifest does not name registries, so that the default one applies.
    pub unrestricted: bool,
    /// Keys that crates.io requires and that are missing or empty: `description`, `license`.
    pub missing: Vec<&'static str>,
    /// As in the manifest.
    pub description: Option<String>,
    /// The values of `homepage`, `documentation` and `repository`, after the keys.
    pub urls: Vec<(&'static str, String)>,
    /// The features, without the one that cargo makes for each optional dependency, and how many others each enables.
    pub features: Vec<(String, usize)>,
    /// SPDX expression of the license.
    pub license: Option<String>,
    /// The files of `readme` and `license-file`, after the keys, relative to the package's directory. Cargo packages them
    /// wherever they lie.
    pub documents: Vec<(&'static str, String)>,
    /// As in the manifest.
    pub keywords: Vec<String>,
    /// As in the manifest.
    pub categories: Vec<String>,
    /// Its dependencies of every kind.
    pub dependencies: Vec<Dependency>,
}

/// A dependency as a registry would see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dependency {
    /// Package name, also when renamed.
    pub name: String,
    /// `^1.2`; `*` when none is given.
    pub requirement: String,
    /// Lies in the file system.
    pub path: bool,
    /// Comes from git.
    pub git: bool,
    /// The URL of the registry that the manifest names, unless it is that of crates.io.
    pub other_registry: Option<String>,
    /// Only for tests: a registry drops it when it has no version.
    pub dev: bool,
    /// Only for the build script.
    pub build: bool,
    /// Whether the manifest gives the requirement `*`, which is a version for cargo. Only known for
    /// a dependency with a path or from git, and if the manifest was read.
    pub wildcard: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(kind: &str, file: &str) -> Target {
        Target {
            name: file.to_owned(),
            kind: kind.to_owned(),
            file: file.to_owned(),
            test: true,
            ..Target::default()
        }
    }

    #[test]
    fn source_file_belongs_to_the_targets_with_the_nearest_root_file() {
        let member = Member {
            targets: vec![
                target("custom-build", "a/build.rs"),
                target("lib", "a/src/lib.rs"),
                target("bin", "a/src/main.rs"),
                target("bin", "a/src/bin/x/main.rs"),
                target("test", "a/tests/t.rs"),
                target("test", "a/tests/u.rs"),
            ],
            ..Member::default()
        };
        let table = [
            ("a/src/lib.rs", "a/src/lib.rs"),
            ("a/src/b/c.rs", "a/src/lib.rs a/src/main.rs"),
            ("a/src/bin/x/d.rs", "a/src/bin/x/main.rs"),
            ("a/tests/common/mod.rs", "a/tests/t.rs a/tests/u.rs"),
            (
                "a/made.rs",
                "a/src/lib.rs a/src/main.rs a/src/bin/x/main.rs a/tests/t.rs a/tests/u.rs",
            ),
        ];
        for (file, expected) in table {
            let names: Vec<&str> = member
                .targets_of(file)
                .iter()
                .map(|t| t.name.as_str())
                .collect();
            assert_eq!(names.join(" "), expected, "{file}");
        }
    }
}

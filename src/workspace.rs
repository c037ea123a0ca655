//! The workspace in cargo's description: its members, their targets and directories.
//!
//! It is read once by `drive` and passed on as a value. This module knows nothing about cargo's JSON
//! format.

mod spec;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use spec::PackageSpec;

/// The members of a workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// Absolute; holds the root manifest, `campaign.toml`, `.campaign/`.
    pub root: PathBuf,
    /// Absolute.
    pub target_dir: PathBuf,
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
    /// Names of its dependencies in its manifest. Members of the workspace have their own name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<String>,
}

/// One target of a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
}

impl Workspace {
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

impl Member {
    /// Returns whether its directory contains `file`.
    fn contains(&self, file: &str) -> bool {
        let below = file.strip_prefix(&self.dir);
        self.dir.is_empty() || below.is_some_and(|rest| rest.starts_with('/'))
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
    /// The files of `readme` and `license-file`, relative to the package's directory. Cargo packages them wherever they lie.
    pub documents: Vec<String>,
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
    /// Only for tests: a registry drops it when it has no version.
    pub dev: bool,
}

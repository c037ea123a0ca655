//! The workspace as cargo describes it: members, their targets and where they lie.
//!
//! Read once by `drive`; everyone else gets this value. Knows nothing of cargo's wire format.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

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
    /// Cargo's opaque package id, as its messages carry it.
    pub id: String,
    /// As in the manifest.
    pub version: String,
    /// Folder of the manifest, relative to the root with `/`; empty for a root package, `../x` outside.
    pub dir: String,
    /// Its targets.
    pub targets: Vec<Target>,
    /// May be published.
    pub publish: bool,
    /// Names of its features, those of optional dependencies included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<String>,
    /// Names of its dependencies as its manifest gives them, but for members of the workspace under their own name.
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
    /// Package id to name.
    pub fn names(&self) -> BTreeMap<String, String> {
        self.members
            .iter()
            .map(|m| (m.id.clone(), m.name.clone()))
            .collect()
    }

    /// The member whose folder is the longest that contains `file` (relative to the root, `/`).
    pub fn owner(&self, file: &str) -> Option<&Member> {
        let inside = |m: &&Member| {
            m.dir.is_empty()
                || file
                    .strip_prefix(&m.dir)
                    .is_some_and(|rest| rest.starts_with('/'))
        };
        self.members
            .iter()
            .filter(inside)
            .max_by_key(|m| m.dir.len())
    }
}

/// What a registry would be told of a member, inheritance followed.
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
    /// Keys that a registry wants and the manifest does not have: `description`, `license`, `repository`.
    pub missing: Vec<&'static str>,
    /// SPDX expression of the license.
    pub license: Option<String>,
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

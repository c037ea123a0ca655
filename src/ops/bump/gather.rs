//! Collects the manifests of the workspace and around it: excluded crates, nested workspaces, other
//! lockfiles.
//!
//! Members come from cargo, other manifests from git's list of files, or from a walk of the tree
//! without git. Each manifest is read once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use semver::Version;

use super::super::context::Context;
use super::super::exit::{Exit, Stop};
use crate::git::{Git, Tag};
use crate::probe;
use crate::relative_path::{self, join};
use crate::release::bump::{self, Manifest, ManifestRole};
use crate::release::tag::TagTemplate;
use crate::store;
use crate::workspace::{Member, Workspace};

/// Texts of files by path.
pub(super) type Texts = BTreeMap<String, String>;

/// The collected manifests and lockfiles.
pub(super) struct Gathered {
    pub(super) workspace: Workspace,
    /// Manifests of the root and the members, then others that depend on a workspace package or are
    /// path dependencies.
    pub(super) manifests: Vec<Manifest>,
    /// Aliases of directories: as manifests spell them, and as in `manifests`.
    pub(super) aliases: BTreeMap<String, String>,
    /// Texts of the files of `[[release.replace]]`.
    pub(super) others: Texts,
    /// Texts of the root's lockfile and of others below it.
    pub(super) locks: Texts,
    /// Paths of members' manifests that git ignores.
    pub(super) ignored: Vec<String>,
}

/// Reads all files that a bump may have to edit or report.
pub(super) fn gather(context: &Context) -> Result<Gathered> {
    let root = context.root();
    let workspace = context.described()?.workspace.clone();
    let mut manifests = members(root, &workspace)?;
    let (found, by_git) = around(root);
    let ignored = if by_git {
        hidden(root, &manifests, &found)
    } else {
        Vec::new()
    };
    let outside = outside(root, &workspace, &manifests, &found);
    manifests.extend(outside);
    let aliases = follow_paths(root, &mut manifests);
    let texts = |paths: &mut dyn Iterator<Item = &str>| {
        paths
            .filter_map(|path| Some((path.to_owned(), text(root, path)?)))
            .collect::<Texts>()
    };
    let extra = found
        .iter()
        .map(String::as_str)
        .filter(|path| path.ends_with("/Cargo.lock"));
    let locks = texts(&mut extra.chain(["Cargo.lock"]));
    let others = texts(
        &mut context
            .config()
            .releases
            .replace
            .iter()
            .map(|replace| replace.file.as_str()),
    );
    Ok(Gathered {
        workspace,
        manifests,
        aliases,
        others,
        locks,
        ignored,
    })
}

/// Number of earlier releases to search for the requirements that a prerelease replaced.
const RELEASES: usize = 8;

/// Reads manifests with a requirement on a prerelease as they were at the newest full releases.
/// Returns none without git.
pub(super) fn released(context: &Context, manifests: &[Manifest]) -> Vec<Manifest> {
    let paths = bump::on_prereleases(manifests);
    let Some(git) = context.git().ok().filter(|_| !paths.is_empty()) else {
        return Vec::new();
    };
    let tags = git.tags().unwrap_or_default();
    let mut releases: Vec<(Version, String)> = tags
        .iter()
        .filter_map(|tag: &Tag| {
            let version = TagTemplate::of_tag(&tag.name)?.version("", &tag.name)?;
            version
                .pre
                .is_empty()
                .then(|| (version, tag.commit.clone()))
        })
        .collect();
    releases.sort_by(|a, b| b.cmp(a));
    let mut released = Vec::new();
    for (_, commit) in releases.iter().take(RELEASES) {
        for manifest in manifests
            .iter()
            .filter(|manifest| paths.contains(&manifest.path.as_str()))
        {
            let text = git
                .file_at(commit, &manifest.path)
                .ok()
                .flatten()
                .and_then(|text| String::from_utf8(text).ok());
            released.extend(text.map(|text| Manifest {
                text,
                ..manifest.clone()
            }));
        }
    }
    released
}

impl Gathered {
    /// Returns the directories of manifests outside the workspace that depend on a member, directly
    /// or through others.
    pub(super) fn leading(&self) -> BTreeSet<String> {
        let (outside, members): (Vec<&Manifest>, Vec<&Manifest>) = self
            .manifests
            .iter()
            .partition(|m| m.role == ManifestRole::Outside);
        let mut reached: BTreeSet<String> = members
            .iter()
            .map(|m| relative_path::parent(&m.path).to_owned())
            .collect();
        let mut leading = BTreeSet::new();
        let named: Vec<(&str, BTreeSet<String>)> = outside
            .iter()
            .map(|m| {
                (
                    relative_path::parent(&m.path),
                    bump::directories(std::slice::from_ref(*m)),
                )
            })
            .collect();
        let known = |directory: &String, reached: &BTreeSet<String>| {
            reached.contains(self.aliases.get(directory).unwrap_or(directory))
        };
        while let Some((dir, _)) = named
            .iter()
            .find(|(dir, to)| !leading.contains(*dir) && to.iter().any(|f| known(f, &reached)))
        {
            leading.insert((*dir).to_owned());
            reached.insert((*dir).to_owned());
        }
        leading
    }
}

/// Returns the text of a file; `None` if it is missing or not UTF-8.
fn text(root: &Path, path: &str) -> Option<String> {
    store::read_text(&root.join(path)).ok()
}

/// Reads the manifests of the root and of all members.
fn members(root: &Path, workspace: &Workspace) -> Result<Vec<Manifest>> {
    let dirs = workspace
        .members
        .iter()
        .map(|member| bump::directory("", &member.dir));
    let dirs: BTreeSet<String> = dirs.chain([String::new()]).collect();
    // Users of a procedural macro do not see types of its dependencies.
    let libraries: BTreeSet<String> = workspace
        .members
        .iter()
        .filter(|member: &&Member| {
            member
                .targets
                .iter()
                .any(|t| t.doc && !["bin", "proc-macro"].contains(&&*t.kind))
        })
        .map(|m| bump::directory("", &m.dir))
        .collect();
    dirs.into_iter()
        .map(|dir: String| {
            let path = join(&dir, "Cargo.toml");
            let role = if dir.is_empty() {
                ManifestRole::Root
            } else {
                ManifestRole::Member
            };
            match store::read_text(&root.join(&path)) {
                Ok(text) => Ok(Manifest {
                    ours: is_ours(root, &path),
                    library: libraries.contains(&dir),
                    path,
                    text,
                    role,
                }),
                Err(error) => {
                    Err(Stop::new(Exit::CouldNotRun, format!("cannot read {path}: {error}")).into())
                }
            }
        })
        .collect()
}

/// Returns whether a path is below the root and not in another repository.
fn is_ours(root: &Path, path: &str) -> bool {
    let dirs = Path::new(path)
        .ancestors()
        .skip(1)
        .filter(|dir| *dir != Path::new(""));
    Path::new(path).is_relative()
        && !path.starts_with("../")
        && !dirs
            .into_iter()
            .any(|dir| root.join(dir).join(".git").exists())
}

/// Returns the manifests and lockfiles below the root, sorted, and whether git listed them.
fn around(root: &Path) -> (Vec<String>, bool) {
    let listed = Git::at(root).ls_named(&["Cargo.toml", "Cargo.lock"]);
    // Git does not list a workspace that the repository around it ignores.
    match listed
        .ok()
        .filter(|found| found.iter().any(|path| path == "Cargo.toml"))
    {
        Some(found) => (found, true),
        None => (walked(root), false),
    }
}

/// Finds manifests and lockfiles without git, except in build output, caches and hidden
/// directories.
fn walked(root: &Path) -> Vec<String> {
    let (mut found, mut open) = (Vec::new(), vec![String::new()]);
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(root.join(&dir))
            .into_iter()
            .flatten()
            .flatten()
        {
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_dir
                && name != "target"
                && !name.starts_with('.')
                && !entry.path().join("CACHEDIR.TAG").exists()
            {
                open.push(join(&dir, &name));
            } else if name == "Cargo.toml" || name == "Cargo.lock" {
                found.push(join(&dir, &name));
            }
        }
    }
    found.sort();
    found
}

/// Returns the manifests of members that git does not list. Git lists real paths, not symbolic
/// links.
fn hidden(root: &Path, members: &[Manifest], found: &[String]) -> Vec<String> {
    let listed = |path: &str| {
        found
            .binary_search_by(|known| known.as_str().cmp(path))
            .is_ok()
    };
    let real = |path: &str| {
        Some(probe::relative(
            &root.canonicalize().ok()?,
            &root.join(path).canonicalize().ok()?,
        ))
    };
    let hidden = members
        .iter()
        .filter(|m| m.ours && !listed(&m.path) && !real(&m.path).is_some_and(|at| listed(&at)));
    hidden.map(|m| m.path.clone()).collect()
}

/// Returns the manifests outside the workspace that may have a path dependency on a member.
fn outside(
    root: &Path,
    workspace: &Workspace,
    members: &[Manifest],
    found: &[String],
) -> Vec<Manifest> {
    let known: BTreeSet<&str> = members.iter().map(|m| m.path.as_str()).collect();
    let others = found
        .iter()
        .filter(|path| path.ends_with("Cargo.toml") && !known.contains(path.as_str()));
    let names: Vec<&str> = workspace
        .members
        .iter()
        .map(|member| member.name.as_str())
        .collect();
    // Parsing every manifest of a large repository would take much longer.
    let may_depend =
        |text: &str| text.contains("path") && names.iter().any(|name| text.contains(name));
    let others: Vec<Manifest> = others
        .filter_map(|path: &String| {
            let text = text(root, path).filter(|text| may_depend(text))?;
            Some(Manifest {
                ours: is_ours(root, path),
                path: path.clone(),
                text,
                role: ManifestRole::Outside,
                library: false,
            })
        })
        .collect();
    if others.is_empty() {
        return others;
    }
    // A member that is reached through a symbolic link is also listed by its real path.
    let reached: BTreeSet<_> = members
        .iter()
        .filter_map(|manifest| real_path(root, &manifest.path))
        .collect();
    others
        .into_iter()
        .filter(|other| real_path(root, &other.path).is_none_or(|path| !reached.contains(&path)))
        .collect()
}

/// Returns a path below the root without symbolic links. `None` if it does not exist.
fn real_path(root: &Path, path: &str) -> Option<PathBuf> {
    root.join(path).canonicalize().ok()
}

/// Looks up path dependencies that are not among the manifests. Other spellings of a known
/// directory are returned; packages that git did not list are added.
fn follow_paths(root: &Path, manifests: &mut Vec<Manifest>) -> BTreeMap<String, String> {
    let mut aliases = BTreeMap::new();
    let mut seen = 0;
    while seen < manifests.len() {
        let known: BTreeSet<String> = manifests
            .iter()
            .map(|m| relative_path::parent(&m.path).to_owned())
            .collect();
        let mut named = bump::directories(&manifests[seen..]);
        named.retain(|directory| !known.contains(directory) && !aliases.contains_key(directory));
        seen = manifests.len();
        if named.is_empty() {
            break;
        }
        let dirs: BTreeMap<_, &String> = known
            .iter()
            .filter_map(|dir| Some((real_path(root, dir)?, dir)))
            .collect();
        for directory in named {
            let path = join(&directory, "Cargo.toml");
            if let Some(dir) = real_path(root, &directory).and_then(|path| dirs.get(&path)) {
                aliases.insert(directory, (*dir).clone());
            } else if let Some(text) = text(root, &path) {
                manifests.push(Manifest {
                    ours: is_ours(root, &path),
                    path,
                    text,
                    role: ManifestRole::Outside,
                    library: false,
                });
            }
        }
    }
    aliases
}

//! The commits that concern the packages to be released, where not the whole workspace is released.
//!
//! These are commits that change a file in the directory of a package, also in one where it was before; a file that links of
//! the package lead to; or a value of the workspace's manifest that the package inherits.

use std::collections::BTreeSet;

use toml_edit::{Document, Item, TableLike};

use super::packages::Members;
use super::said;
use crate::git::{Git, TrackedLink};
use crate::judge::readiness::Known;
use crate::relative_path::{is_below, join, normal, parent};
use crate::release::changelog::{Commit, Directories};

/// The manifest of the workspace, relative to its root.
const MANIFEST: &str = "Cargo.toml";

/// The tables of dependencies that users of a package get.
const TABLES: [&str; 3] = ["dependencies", "build-dependencies", "build_dependencies"];

/// Returns those of the commits that concern the packages to be released.
pub(super) fn concerned(members: &Members, git: &Git, commits: Vec<Commit>) -> Known<Vec<Commit>> {
    let concern = Concern::of(members, git, &commits)?;
    let mut found = Vec::new();
    for commit in commits {
        if concern.has(git, &commit)? {
            found.push(commit);
        }
    }
    Ok(found)
}

/// The parts of the repository that belong to the packages to be released.
struct Concern {
    /// The directories of all members, and earlier ones of the packages to be released.
    directories: Directories,
    /// The present and earlier directories of the packages to be released.
    ours: BTreeSet<String>,
    /// What links in these lead to.
    linked: BTreeSet<String>,
    inherited: BTreeSet<InheritedValue>,
}

/// A value of `[workspace]` that a package inherits, by its table and key: `package`, `rust-version`.
type InheritedValue = (&'static str, String);

impl Concern {
    fn of(members: &Members, git: &Git, commits: &[Commit]) -> Known<Self> {
        let present: BTreeSet<String> = members
            .workspace
            .members
            .iter()
            .map(|member| member.dir.clone())
            .collect();
        let mut ours: BTreeSet<String> =
            members.members().map(|member| member.dir.clone()).collect();
        let head = git.head_commit().map_err(said)?.id;
        let mut inherited = BTreeSet::new();
        for directory in &ours {
            if let Some(manifest) = manifest_at(git, &head, &join(directory, MANIFEST))? {
                inherited.extend(inherited_values(manifest.as_table()));
            }
        }
        ours.extend(earlier(members, git, commits, &present)?);
        let directories = Directories::new(present.into_iter().chain(ours.iter().cloned()));
        let linked = linked(git, &directories, &ours)?;
        Ok(Self {
            directories,
            ours,
            linked,
            inherited,
        })
    }

    fn has(&self, git: &Git, commit: &Commit) -> Known<bool> {
        let directories = self.directories.of(commit);
        let is_inside = directories.iter().any(|one| self.ours.contains(*one));
        let is_linked = commit.files.iter().any(|file| {
            let mut linked = self.linked.iter();
            linked.any(|path| file == path || is_below(file, path))
        });
        if is_inside || is_linked {
            return Ok(true);
        }
        if self.inherited.is_empty() || !commit.files.iter().any(|file| file == MANIFEST) {
            return Ok(false);
        }
        let after = manifest_at(git, &commit.id, MANIFEST)?;
        let before = match commit.parents.first() {
            Some(parent) => manifest_at(git, parent, MANIFEST)?,
            None => None,
        };
        Ok(self
            .inherited
            .iter()
            .any(|value| shared(after.as_ref(), value) != shared(before.as_ref(), value)))
    }
}

/// Returns the directories without a member in which one of the packages was before.
fn earlier(
    members: &Members,
    git: &Git,
    commits: &[Commit],
    present: &BTreeSet<String>,
) -> Known<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for commit in commits {
        for manifest in &commit.files {
            let directory = parent(manifest);
            let is_candidate = *manifest == join(directory, MANIFEST)
                && !present.contains(directory)
                && !found.contains(directory);
            if !is_candidate {
                continue;
            }
            // The commit that moves a package leaves nothing behind.
            for revision in [Some(&commit.id), commit.parents.first()] {
                let Some(revision) = revision else { continue };
                let text = manifest_at(git, revision, manifest)?;
                let name = text.as_ref().and_then(|text| package_name(text.as_table()));
                if name.is_some_and(|name| members.members().any(|one| one.name == name)) {
                    found.insert(directory.to_owned());
                }
            }
        }
    }
    Ok(found)
}

/// Returns what links in the packages' directories lead to, also through other links.
fn linked(
    git: &Git,
    directories: &Directories,
    ours: &BTreeSet<String>,
) -> Known<BTreeSet<String>> {
    let mut links = git.links().map_err(said)?;
    let mut found: BTreeSet<String> = BTreeSet::new();
    loop {
        let new: Vec<TrackedLink> = links
            .extract_if(.., |link| {
                let path = &link.path;
                let mut found = found.iter();
                ours.contains(directories.owner(path))
                    || found.any(|one| path == one || is_below(path, one))
            })
            .collect();
        if new.is_empty() {
            return Ok(found);
        }
        for link in new {
            let target = git.target_of(&link).map_err(said)?;
            found.extend(resolved(parent(&link.path), &target));
        }
    }
}

/// Returns the path that a link in a directory leads to. `None` for an absolute path and for one above the root.
fn resolved(directory: &str, target: &str) -> Option<String> {
    let path = normal(&join(directory, target));
    let is_outside = target.starts_with('/') || path == ".." || path.starts_with("../");
    (!is_outside && !path.is_empty()).then_some(path)
}

/// Returns a manifest at a commit. `None` if it is not there or is not TOML.
fn manifest_at(git: &Git, commit: &str, path: &str) -> Known<Option<Document<String>>> {
    let bytes = git.file_at(commit, path).map_err(said)?;
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    Ok(text.and_then(|text| Document::parse(text).ok()))
}

fn package_name(manifest: &dyn TableLike) -> Option<&str> {
    let package = manifest.get("package").or_else(|| manifest.get("project"));
    package?.as_table_like()?.get("name")?.as_str()
}

/// Returns the values that a package inherits and its users see. The version is left out, because the release decides it.
fn inherited_values(manifest: &dyn TableLike) -> BTreeSet<InheritedValue> {
    let mut found = BTreeSet::new();
    let package = manifest.get("package").and_then(Item::as_table_like);
    let keys = package.into_iter().flat_map(inherited_keys);
    let keys = keys.filter(|key| key != "version");
    found.extend(keys.map(|key| ("package", key)));
    let targets = manifest.get("target").and_then(Item::as_table_like);
    let targets = targets.into_iter().flat_map(TableLike::iter);
    let of_targets = targets.filter_map(|(_, target)| target.as_table_like());
    for table in [manifest].into_iter().chain(of_targets) {
        let tables = TABLES
            .iter()
            .filter_map(|name| table.get(name)?.as_table_like());
        found.extend(
            tables
                .flat_map(inherited_keys)
                .map(|key| ("dependencies", key)),
        );
    }
    found
}

/// Returns the keys of a table whose values have `workspace = true`.
fn inherited_keys(table: &dyn TableLike) -> Vec<String> {
    let inherited = table.iter().filter(|(_, value)| {
        let value = value.as_table_like();
        let value = value.and_then(|value| value.get("workspace"));
        value.and_then(Item::as_bool) == Some(true)
    });
    inherited.map(|(key, _)| key.to_owned()).collect()
}

/// Returns a value of `[workspace]` as it is written.
fn shared(manifest: Option<&Document<String>>, (table, key): &InheritedValue) -> Option<String> {
    let workspace = manifest?.as_table().get("workspace")?.as_table_like()?;
    let value = workspace.get(table)?.as_table_like()?.get(key)?;
    Some(value.to_string().trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_resolved_within_the_repository() {
        for (directory, target, expected) in [
            ("a/src", "../../shared", Some("shared")),
            ("a/src", "./x.rs", Some("a/src/x.rs")),
            ("", "b", Some("b")),
            ("a", "..", None),
            ("a", "../../outside", None),
            ("a", "/etc/passwd", None),
        ] {
            assert_eq!(resolved(directory, target).as_deref(), expected, "{target}");
        }
    }

    #[test]
    fn values_that_users_see_are_inherited() {
        let text = "[package]\nname = \"a\"\nversion.workspace = true\nedition = { workspace = true }\n\
            [dependencies]\nb.workspace = true\nc = \"1\"\n\
            [target.'cfg(unix)'.dependencies]\nd = { workspace = true, features = [] }\n\
            [dev-dependencies]\ne.workspace = true\n";
        let manifest = Document::parse(text.to_owned()).unwrap();
        let found = inherited_values(manifest.as_table());
        let found: Vec<String> = found
            .iter()
            .map(|(table, key)| format!("{table}.{key}"))
            .collect();
        assert_eq!(
            found,
            ["dependencies.b", "dependencies.d", "package.edition"]
        );
    }
}

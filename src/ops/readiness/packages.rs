//! Manifests and lockfile: the metadata of members for registries, and the requirements between
//! them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Result;
use semver::{Version, VersionReq};
use toml_edit::{Item, TableLike};

use super::packaging::{self, ReleaseEdits};
use super::{Ahead, LOCKFILE, Measure, said};
use crate::git::{Git, Trouble};
use crate::glob;
use crate::judge::readiness::{
    Absence, BuiltPackages, Known, Lockfile, Package, Packaged, PackagedBy, Packaging, is_waived,
};
use crate::ops::Context;
use crate::options::conditions::cargo_configurations;
use crate::probe;
use crate::relative_path;
use crate::release::registry;
use crate::store;
use crate::workspace::{Dependency, Member, Publication, Workspace};

type TomlDocument = toml_edit::Document<String>;

/// The members of the workspace with their planned versions.
pub(super) struct Members {
    pub(super) workspace: Workspace,
    all: Vec<Publication>,
    /// Names of the packages to be released: the selected ones that may be published, or all
    /// selected ones if none may.
    chosen: BTreeSet<String>,
    /// Whether all packages are released, or there is only one.
    pub(super) whole: bool,
}

impl Members {
    pub(super) fn read(cx: &Context, ahead: &Ahead<'_>) -> Result<Self> {
        let described = cx.described()?;
        let (workspace, mut all) = (described.workspace.clone(), described.publications.clone());
        for member in &mut all {
            member.version = ahead
                .version(&member.name)
                .unwrap_or(std::mem::take(&mut member.version));
            find_wildcards(cx, member);
        }
        let asked = selected(cx, &workspace, &all);
        // A selection of packages that are all private is released without being published.
        let is_public = asked.iter().any(|member| member.publish);
        let chosen: BTreeSet<String> = asked
            .iter()
            .filter(|member| member.publish || !is_public)
            .map(|member| member.name.clone())
            .collect();
        let whole = all.len() == 1 || asked.len() == all.len();
        Ok(Self {
            workspace,
            chosen,
            whole,
            all,
        })
    }

    /// Reads the members as they are, with these packages as those to be released.
    pub(super) fn named(cx: &Context, packages: BTreeSet<String>) -> Result<Self> {
        Ok(Self {
            chosen: packages,
            whole: false,
            ..Self::read(cx, &Ahead::default())?
        })
    }

    /// Returns the packages to be released.
    pub(super) fn chosen(&self) -> impl Iterator<Item = &Publication> {
        self.all
            .iter()
            .filter(|member| self.chosen.contains(&member.name))
    }

    /// Returns the names of the packages that are not released and whose version none of the
    /// released ones has.
    pub(super) fn of_other_versions(&self) -> Vec<String> {
        let released: BTreeSet<&str> = self
            .chosen()
            .map(|package| package.version.as_str())
            .collect();
        let others = self.all.iter().filter(|package| {
            !self.chosen.contains(&package.name) && !released.contains(package.version.as_str())
        });
        others.map(|package| package.name.clone()).collect()
    }

    /// Returns the packages to be released, as members.
    pub(super) fn members(&self) -> impl Iterator<Item = &Member> {
        self.workspace
            .members
            .iter()
            .filter(|member| self.chosen.contains(&member.name))
    }

    /// Returns the workspace packages that the released ones depend on, directly or not, and that a
    /// registry will see.
    pub(super) fn dependencies(&self) -> Vec<&Publication> {
        let mut found: BTreeSet<&str> = self.chosen.iter().map(String::as_str).collect();
        let mut open: Vec<&Publication> = self.chosen().collect();
        let mut dependencies = Vec::new();
        while let Some(package) = open.pop() {
            for dependency in package
                .dependencies
                .iter()
                .filter(|one| one.path && is_published(one))
            {
                let Some(sibling) = self.all.iter().find(|other| other.name == dependency.name)
                else {
                    continue;
                };
                if sibling.publish && found.insert(&sibling.name) {
                    dependencies.push(sibling);
                    open.push(sibling);
                }
            }
        }
        dependencies.sort_by(|a, b| a.name.cmp(&b.name));
        dependencies
    }

    /// Returns the directory of a member, relative to the root.
    pub(super) fn directory(&self, name: &str) -> Option<&str> {
        let member = self
            .workspace
            .members
            .iter()
            .find(|member| member.name == name)?;
        Some(&member.dir)
    }

    /// Returns the facts about each package to be released. Packages that are not published need no
    /// metadata. `is_new` says whether a package has never been released.
    pub(super) fn packages(
        &self,
        cx: &Context,
        is_new: impl Fn(&Publication) -> bool,
    ) -> Vec<Package> {
        self.chosen()
            .map(|of| Package {
                name: of.name.clone(),
                version: Some(of.version.clone())
                    .filter(|version| version != UNVERSIONED || has_version(cx, of)),
                manifest: of.manifest.clone(),
                refused: if of.publish {
                    let mut refused = refused(of);
                    // A package that was released before is published elsewhere, or not at all.
                    if of.crates_io && is_new(of) {
                        refused.extend(registry::reserved_name(&of.name));
                    }
                    refused.extend(self.same_name(of));
                    refused.extend(unreadable_readme(cx, of));
                    refused
                } else {
                    Vec::new()
                },
                unpublishable: of
                    .dependencies
                    .iter()
                    .filter(|_| of.publish)
                    .filter_map(|dependency| self.unpublishable(of, dependency))
                    .collect(),
            })
            .collect()
    }

    /// Returns the name of another released package that is the same to crates.io as this one's.
    fn same_name(&self, of: &Publication) -> Option<String> {
        let public = self.chosen().filter(|package| package.crates_io);
        let mut others = public.filter(|package| of.crates_io && package.name != of.name);
        let other = others.find(|other| registry::is_same_name(&other.name, &of.name))?;
        let other = &other.name;
        Some(format!(
            "name `{}` (crates.io does not tell it from `{other}`)",
            of.name
        ))
    }

    /// Returns the names of the packages that `cargo package` must build: those that are released
    /// and that a registry will see, and the dependencies that no registry has.
    pub(super) fn packaged(&self, cx: &Context) -> Vec<String> {
        let public = self
            .chosen()
            .filter(|package| package.publish)
            .map(|package| package.name.clone());
        let mut names: Vec<String> = public.collect();
        if !names.is_empty() {
            let unreleased = cx.widening.iter().flat_map(|widening| &widening.unreleased);
            names.extend(
                unreleased
                    .filter(|one| one.is_packaged())
                    .map(|one| one.name.clone()),
            );
        }
        names
    }

    /// Returns the names of the files that cargo packages for any of them, each relative to its
    /// package's directory.
    ///
    /// # Errors
    /// The message of cargo.
    pub(super) fn listed(&self, cx: &Context) -> Result<Vec<String>, String> {
        let public = self.packaged(cx);
        let public: Vec<&str> = public.iter().map(String::as_str).collect();
        probe::package_files(&cx.probe(), &public)
    }

    /// Returns the packaged files that no commit has, as `absence` says, relative to the root.
    /// `listed` are the names of all packages.
    pub(super) fn packaged_files(
        &self,
        cx: &Context,
        listed: &[String],
        absence: impl Fn(&str) -> Option<Absence>,
    ) -> Vec<Packaged> {
        let names = self.packaged(cx);
        let packages = self.all.iter().filter(|one| names.contains(&one.name));
        let mut files = Vec::new();
        for package in packages {
            let dir = relative_path::parent(&package.manifest);
            let mut found: Vec<&String> = listed
                .iter()
                .filter(|name| !GENERATED.contains(&name.as_str()))
                .filter(|name| absence(&relative_path::join(dir, name)).is_some())
                .collect();

            // Cargo does not say which package a name belongs to if it lists several at once.
            if names.len() > 1 && !found.is_empty() {
                let own = probe::package_files(&cx.probe(), &[&package.name]).unwrap_or_default();
                found.retain(|name| own.contains(name));
            }
            found.extend(package.documents.iter().map(|(_, file)| file));
            files.extend(found.into_iter().filter_map(|name| {
                let file = relative_path::join(dir, name);
                Some(Packaged {
                    absence: absence(&file)?,
                    by: packaged_by(cx, package, name),
                    file,
                })
            }));
        }
        files
    }

    /// Returns the packages that must compile in a clone. If the whole workspace is released,
    /// private packages are among them.
    ///
    /// A member that is not released is compiled too if it depends on a released one by path,
    /// whatever it requires: it gets the new version.
    pub(super) fn built(&self, cx: &Context) -> BuiltPackages {
        let is_excluded = |name: &String| {
            let mut patterns = cx.options.exclude.iter();
            patterns.any(|pattern| glob::matches(pattern, name))
        };
        let follows = |member: &Publication| {
            let mut dependencies = member.dependencies.iter();
            dependencies.any(|one| one.path && self.chosen.contains(&one.name))
        };
        let all = self.all.iter();
        let checked = all
            .filter(|one| self.whole || self.chosen.contains(&one.name) || follows(one))
            .map(|member| &member.name)
            .filter(|name| !is_excluded(name));
        BuiltPackages {
            published: self.packaged(cx),
            checked: checked.cloned().collect(),
        }
    }

    /// Returns what cargo reports for all of them together, so that they may depend on each other.
    ///
    /// Listing the files runs no code and names each package that fails. Verification compiles the
    /// packages from these files alone.
    pub(super) fn packaging(
        &self,
        cx: &Context,
        measure: Measure,
        listed: &Result<Vec<String>, String>,
        edits: ReleaseEdits<'_>,
    ) -> Known<Packaging> {
        let built = self.built(cx);
        if let Err(message) = listed {
            // Each package is listed alone to find those that fail.
            let public: Vec<&str> = built.published.iter().map(String::as_str).collect();
            let each: Vec<String> = public
                .iter()
                .filter_map(|name| {
                    let message = probe::package_files(&cx.probe(), &[name]).err()?;
                    let cause = probe::cause(&message);
                    probe::is_at_fault(&message, &[name]).then(|| format!("{name}: {cause}"))
                })
                .collect();
            let cause = probe::cause(message);
            let errors = match each.as_slice() {
                [] if probe::is_at_fault(message, &public) => vec![cause],
                [] => return Err(format!("`cargo package --list` failed: {cause}")),
                _ => each,
            };
            return Ok(Packaging {
                errors,
                ..Packaging::default()
            });
        }
        if built == BuiltPackages::default() {
            return Ok(Packaging::default());
        }
        if is_waived("package", &cx.config().waivers, &cx.today()) {
            return Err("not run, because it is waived".to_owned());
        }
        measure.allowed()?;
        // Packaging is possible without locks too.
        let _lock = cx.lock().ok();
        packaging::package(cx, &built, edits)
    }

    /// Returns why a registry could not resolve a dependency of this package.
    fn unpublishable(&self, of: &Publication, dependency: &Dependency) -> Option<String> {
        let name = &dependency.name;
        let sibling = self
            .all
            .iter()
            .find(|other| dependency.path && other.name == *name);
        let private = sibling.is_some_and(|sibling| !sibling.publish);
        match dependency {
            // Cargo leaves out development dependencies that have a path or a repository and no
            // version.
            Dependency { dev: true, .. } if lacks_version(dependency) => None,
            Dependency { git: true, .. } if lacks_version(dependency) => {
                Some(format!("{name} comes from git, without a version"))
            }
            _ if lacks_version(dependency) => Some(format!("{name} has a path and no version")),
            _ if private => Some(format!("{name} has publish = false")),
            Dependency {
                other_registry: Some(url),
                ..
            } if of.crates_io => Some(format!(
                "{name} comes from {url} (crates.io refuses other registries)"
            )),
            Dependency { requirement, .. } if requirement == "*" && of.crates_io => {
                Some(format!("{name} = \"*\" (crates.io refuses wildcards)"))
            }
            _ => None,
        }
    }

    /// Returns whether a patch of crates.io by a path leads to a member that users get from there
    /// as well: the release publishes it, or members alone depend on it, by their own paths.
    fn users_get(&self, name: &str, path: &str, lock: Option<&TomlDocument>) -> bool {
        let root = &self.workspace.root;
        let directory = probe::relative(root, &probe::normalize(root, path));
        let is_public = self
            .all
            .iter()
            .any(|member| member.name == name && member.crates_io);
        let is_needed_by_path = || {
            self.all
                .iter()
                .flat_map(|member| &member.dependencies)
                .filter(|dependency| dependency.name == name)
                .all(|dependency| dependency.path)
                && lock.is_some_and(|lock| !is_needed_from_outside(lock, name))
        };
        is_public
            && self.directory(name) == Some(directory.as_str())
            && (self.chosen.contains(name) || is_needed_by_path())
    }

    /// Returns whether a released package depends on a package of this name, directly or not,
    /// according to a lockfile. A package that the lockfile does not have may be needed.
    fn reach(&self, lock: &TomlDocument, name: &str, needs: Needs) -> bool {
        let packages = locked_dependencies(lock, |member, dependency| {
            needs == Needs::OfTests || self.is_needed_by_users(member, dependency)
        });
        if !packages.contains_key(name) {
            return true;
        }
        let mut open: Vec<&str> = self.chosen.iter().map(String::as_str).collect();
        let mut found: BTreeSet<&str> = open.iter().copied().collect();
        while let Some(package) = open.pop() {
            let needed = packages.get(package).into_iter().flatten();
            open.extend(needed.filter(|needed| found.insert(needed)));
        }
        found.contains(name)
    }

    /// Returns whether users of a member compile a dependency: it is not only a development
    /// dependency.
    fn is_needed_by_users(&self, member: &str, dependency: &str) -> bool {
        let Some(member) = self.all.iter().find(|one| one.name == member) else {
            return true;
        };
        let entries = member.dependencies.iter();
        let mut entries = entries.filter(|one| one.name == dependency).peekable();
        entries.peek().is_none() || entries.any(|one| !one.dev)
    }

    /// Returns the requirements between members that do not match the other's version. Requirements
    /// that a planned bump changes have been resolved by cargo.
    pub(super) fn unmet(&self, ahead: &Ahead<'_>) -> Known<Vec<String>> {
        if !ahead.moves.is_empty() {
            return Ok(Vec::new());
        }
        let mut unmet = Vec::new();
        for member in &self.all {
            for dependency in member
                .dependencies
                .iter()
                .filter(|dependency| dependency.path)
            {
                let Some(sibling) = self.all.iter().find(|other| other.name == dependency.name)
                else {
                    continue;
                };
                if !admits(&dependency.requirement, &sibling.version)? {
                    let (manifest, name, wants) =
                        (&member.manifest, &dependency.name, &dependency.requirement);
                    unmet.push(format!(
                        "{manifest}: {name} = \"{wants}\", and it is {}",
                        sibling.version
                    ));
                }
            }
        }
        Ok(unmet)
    }
}

/// Returns the selected packages.
fn selected<'m>(
    cx: &Context,
    workspace: &Workspace,
    all: &'m [Publication],
) -> Vec<&'m Publication> {
    let packages = workspace.resolve(&cx.options.packages);
    let excluded = workspace.resolve(&cx.options.excluded);
    all.iter()
        .filter(|member| packages.is_empty() || packages.contains(&member.name))
        .filter(|member| !excluded.contains(&member.name))
        .collect()
}

/// Who needs a dependency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    /// Those who compile the package without its tests.
    OfUsers,
    /// Those who compile its tests, too.
    OfTests,
}

/// Files that cargo writes into every package itself.
const GENERATED: [&str; 3] = [".cargo_vcs_info.json", "Cargo.lock", "Cargo.toml.orig"];

/// The version that cargo gives a package without one.
const UNVERSIONED: &str = "0.0.0";

/// Returns whether a manifest has a version. One that cannot be read counts as having the version
/// that cargo gave.
fn has_version(cx: &Context, package: &Publication) -> bool {
    let text = store::read_text(&cx.root().join(&package.manifest)).unwrap_or_default();
    let Ok(document) = text.parse::<TomlDocument>() else {
        return true;
    };
    document
        .get("package")
        .is_none_or(|package| package.get("version").is_some())
}

/// Sets [`Dependency::wildcard`] of the dependencies for which cargo reports `*`. It reports the
/// same for a missing version.
fn find_wildcards(cx: &Context, package: &mut Publication) {
    if !package.dependencies.iter().any(lacks_version) {
        return;
    }
    let own = read_manifest(cx, &package.manifest);
    let shared = read_manifest(cx, "Cargo.toml");
    let (Some(own), Some(shared)) = (own, shared) else {
        return;
    };
    for dependency in &mut package.dependencies {
        if lacks_version(dependency) {
            dependency.wildcard = gives_version(&own, &shared, dependency);
        }
    }
}

/// Returns a manifest. `None` if it cannot be read.
fn read_manifest(cx: &Context, path: &str) -> Option<TomlDocument> {
    let text = store::read_text(&cx.root().join(path)).ok()?;
    text.parse().ok()
}

/// Returns whether every entry of a dependency in a manifest has a version, which may be in the
/// manifest of the workspace.
fn gives_version(own: &TomlDocument, shared: &TomlDocument, dependency: &Dependency) -> bool {
    let kinds: &[&str] = if dependency.dev {
        &["dev-dependencies", "dev_dependencies"]
    } else {
        &["dependencies", "build-dependencies", "build_dependencies"]
    };
    let targets = own.get("target").and_then(Item::as_table_like);
    let targets = targets.into_iter().flat_map(|targets| targets.iter());
    let parents = targets
        .filter_map(|(_, target)| target.as_table_like())
        .chain([own.as_table() as &dyn TableLike]);
    let tables = parents.flat_map(|parent| kinds.iter().filter_map(move |kind| parent.get(kind)));
    let shared = shared
        .get("workspace")
        .and_then(|workspace| workspace.get("dependencies"));

    let mut is_found = false;
    for (key, entry) in tables
        .filter_map(Item::as_table_like)
        .flat_map(|table| table.iter())
    {
        let is_inherited = entry.get("workspace").and_then(Item::as_bool) == Some(true);
        let entry = match shared.and_then(|shared| shared.get(key)) {
            Some(shared) if is_inherited => shared,
            _ => entry,
        };
        let name = entry.get("package").and_then(Item::as_str).unwrap_or(key);
        if name == dependency.name {
            if !entry.is_str() && entry.get("version").is_none() {
                return false;
            }
            is_found = true;
        }
    }
    is_found
}

/// Returns whether a dependency has a path or comes from git, and has no version.
fn lacks_version(dependency: &Dependency) -> bool {
    let is_elsewhere = dependency.path || dependency.git;
    is_elsewhere && dependency.requirement == "*" && !dependency.wildcard
}

/// Returns whether a requirement matches a version. A missing requirement is `*`, and a path needs
/// none.
fn admits(requirement: &str, version: &str) -> Known<bool> {
    let version: Version = version
        .parse()
        .map_err(|_| format!("`{version}` is no version"))?;
    let wants: VersionReq = requirement
        .parse()
        .map_err(|_| format!("`{requirement}` is no requirement"))?;
    Ok(requirement == "*" || wants.matches(&version))
}

/// Returns the problems that would make a registry refuse the metadata.
fn refused(of: &Publication) -> Vec<String> {
    let mut refused: Vec<String> = of.missing.iter().map(|key| format!("no {key}")).collect();
    if of.crates_io {
        refused.extend(registry::name(&of.name));
        refused.extend(of.description.as_deref().and_then(registry::description));
        refused.extend(
            of.urls
                .iter()
                .filter_map(|(key, url)| registry::url(key, url)),
        );
        refused.extend(registry::features(&of.features));
        refused.extend(of.license.as_deref().and_then(registry::license));
        refused.extend(registry::keywords(&of.keywords));
        refused.extend(registry::categories(&of.categories));
    }
    refused
}

/// Returns why `cargo publish` could not read the package's README as text. A missing file is not
/// packaged.
fn unreadable_readme(cx: &Context, of: &Publication) -> Option<String> {
    let (_, file) = of.documents.iter().find(|(key, _)| *key == "readme")?;
    let dir = relative_path::parent(&of.manifest);
    match store::read_text(&cx.root().join(dir).join(file)) {
        Err(error) if error.kind() == ErrorKind::InvalidData => {
            Some(format!("readme `{file}` is not UTF-8"))
        }
        _ => None,
    }
}

/// Reads the entries of `[patch]` that give the workspace another package than its users get.
///
/// These are the entries that the lockfile does not call unused, without those that lead to a
/// member that users get as well and those that only packages need which are not released, or only
/// tests.
pub(super) fn patches(cx: &Context, members: &Members, ahead: &Ahead<'_>) -> Known<Vec<String>> {
    let lock = lockfile(cx, ahead)?;
    let unused = lock.as_ref().map(unused_patches).unwrap_or_default();
    let mut patches = Vec::new();
    let manifest = (MANIFEST.to_owned(), cx.root().join(MANIFEST));
    // Files above the workspace and in cargo's home also take effect, and users do not have them.
    let configurations = cargo_configurations(&cx.options.environment, cx.root());
    for (file, path) in std::iter::once(manifest).chain(configurations) {
        let text = match store::read_text(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            text => text.map_err(|error| format!("cannot read {file}: {error}"))?,
        };
        let document = text
            .parse::<TomlDocument>()
            .map_err(|error| format!("cannot read {file}: {}", error.message()))?;
        if file != MANIFEST && replaces(cx, members, lock.as_ref(), &path, &document) {
            patches.push(format!("{file}: paths"));
        }
        let sources = document
            .get("patch")
            .and_then(|patch| patch.as_table_like());
        for (source, table) in sources.into_iter().flat_map(|sources| sources.iter()) {
            let entries = table
                .as_table_like()
                .into_iter()
                .flat_map(|entries| entries.iter());
            for (key, entry) in entries {
                // `package` names the package of an entry whose key is another name.
                let package = entry.get("package").and_then(|name| name.as_str());
                let name = package.unwrap_or(key);
                let path = entry.get("path").and_then(|path| path.as_str());
                // A patch in cargo's configuration also takes effect while `cargo package`
                // verifies.
                let is_member = file == MANIFEST
                    && source == "crates-io"
                    && path.is_some_and(|path| members.users_get(name, path, lock.as_ref()));
                // Every clone has the manifest, so that its tests have the same development
                // dependencies.
                let needs = match file == MANIFEST {
                    true => Needs::OfUsers,
                    false => Needs::OfTests,
                };
                let lock = lock.as_ref();
                let is_private = lock.is_some_and(|lock| !members.reach(lock, name, needs));
                if !unused.contains(name) && !is_member && !is_private {
                    patches.push(format!("{file}: [patch.{source}] {name}"));
                }
            }
        }
    }
    Ok(patches)
}

/// Returns whether `paths` in a configuration of cargo has a package that a released one needs.
fn replaces(
    cx: &Context,
    members: &Members,
    lock: Option<&TomlDocument>,
    configuration: &Path,
    document: &TomlDocument,
) -> bool {
    let (Some(listed), Some(lock)) = (document.get("paths"), lock) else {
        return document.get("paths").is_some();
    };
    let Some(listed) = listed.as_array() else {
        return true;
    };
    let parent = configuration.parent().and_then(Path::parent);
    let directory = parent.unwrap_or(cx.root());
    let locked = locked_dependencies(lock, |_, _| true);
    listed.iter().any(|path| {
        let names = path
            .as_str()
            .and_then(|path| package_names(directory.join(path)));
        let is_needed = |name: &String| {
            locked.contains_key(name.as_str()) && members.reach(lock, name, Needs::OfTests)
        };
        names.is_none_or(|names| names.iter().any(is_needed))
    })
}

/// Number of directories below one of `paths` that are searched for manifests.
const SEARCHED: usize = 1000;

/// Returns the names of the packages in a directory and below it, where cargo looks for them as
/// well. `None` if they are not all known.
fn package_names(directory: PathBuf) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut open = vec![directory];
    let mut searched = 0;
    while let Some(directory) = open.pop() {
        searched += 1;
        let text = match store::read_text(&directory.join(MANIFEST)) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            text => text.ok()?,
        };
        let document = text.parse::<TomlDocument>().ok()?;
        let package = document.get("package");
        let name = package.and_then(|package| package.get("name")?.as_str());
        names.extend(name.map(str::to_owned));
        let mut entries = probe::entries(&directory);
        entries.retain(|path| path.is_dir());
        // A link may lead anywhere, also to a directory above.
        if searched == SEARCHED || entries.iter().any(|path| path.is_symlink()) {
            return None;
        }
        open.extend(entries);
    }
    Some(names)
}

/// The root manifest, relative to the root.
const MANIFEST: &str = "Cargo.toml";

/// Returns the names of the patches that a lockfile calls unused.
fn unused_patches(lock: &TomlDocument) -> BTreeSet<String> {
    let unused = lock
        .get("patch")
        .and_then(|patch| patch.get("unused"))
        .and_then(|item| item.as_array_of_tables());
    let names = unused
        .into_iter()
        .flatten()
        .filter_map(|table| table.get("name")?.as_str());
    names.map(str::to_owned).collect()
}

/// Returns the names of the packages in a lockfile with the names of their dependencies. Versions
/// of one package are not distinguished. `counts` says whether a dependency of a package without a
/// source is among them.
fn locked_dependencies(
    lock: &TomlDocument,
    counts: impl Fn(&str, &str) -> bool,
) -> BTreeMap<&str, Vec<&str>> {
    let packages = lock
        .get("package")
        .and_then(|item| item.as_array_of_tables());
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages.into_iter().flatten() {
        let Some(name) = package.get("name").and_then(|name| name.as_str()) else {
            continue;
        };
        let dependencies = package.get("dependencies").and_then(|list| list.as_array());
        let names = dependencies
            .into_iter()
            .flatten()
            .filter_map(|dependency| dependency.as_str()?.split(' ').next())
            .filter(|dependency| package.contains_key("source") || counts(name, dependency));
        found.entry(name).or_default().extend(names);
    }
    found
}

/// Returns whether a package of the lockfile that comes from a registry or from git depends on a
/// package of this name.
fn is_needed_from_outside(lock: &TomlDocument, name: &str) -> bool {
    let packages = lock
        .get("package")
        .and_then(|item| item.as_array_of_tables());
    packages
        .into_iter()
        .flatten()
        .filter(|package| package.contains_key("source"))
        .filter_map(|package| package.get("dependencies")?.as_array())
        .flatten()
        .filter_map(|dependency| dependency.as_str()?.split(' ').next())
        .any(|dependency| dependency == name)
}

/// Returns the state of the workspace's lockfile.
pub(super) fn lock(cx: &Context, git: &Result<Git, Trouble>, ahead: &Ahead<'_>) -> Known<Lockfile> {
    let document = lockfile(cx, ahead)?;
    let exists = document.is_some();
    // Other checks report why git cannot be asked.
    if let Ok(git) = git {
        if !git
            .ignored(&[LOCKFILE.as_bytes()])
            .map_err(said)?
            .is_empty()
        {
            return Ok(Lockfile::Ignored);
        }
        let is_committed = match git.head().map_err(said)? {
            Some(head) => git.file_at(&head, LOCKFILE).map_err(said)?.is_some(),
            None => false,
        };
        match is_committed {
            false => return Ok(Lockfile::Untracked { exists }),
            true if !exists => return Ok(Lockfile::Deleted),
            true => {}
        }
    }
    Ok(document.map_or(Lockfile::Absent, |document| {
        Lockfile::Read(workspace_packages(&document))
    }))
}

/// Returns the names and versions of workspace packages in a lockfile: the entries without a
/// source.
fn workspace_packages(lock: &TomlDocument) -> Vec<(String, String)> {
    let packages = lock
        .get("package")
        .and_then(|item| item.as_array_of_tables());
    let own = packages
        .into_iter()
        .flatten()
        .filter(|package| !package.contains_key("source"));
    let names = own.filter_map(|package| {
        let name = package.get("name")?.as_str()?;
        let version = package.get("version")?.as_str()?;
        Some((name.to_owned(), version.to_owned()))
    });
    names.collect()
}

/// Reads the planned `Cargo.lock`; `None` if there is none.
fn lockfile(cx: &Context, ahead: &Ahead<'_>) -> Known<Option<TomlDocument>> {
    let text = match ahead.text(LOCKFILE) {
        Some(text) => text.to_owned(),
        None => match store::read_text(&cx.root().join(LOCKFILE)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            text => text.map_err(|error| format!("cannot read Cargo.lock: {error}"))?,
        },
    };
    text.parse()
        .map(Some)
        .map_err(|error: toml_edit::TomlError| {
            format!("cannot read Cargo.lock: {}", error.message())
        })
}

/// Returns whether a registry sees the dependency: cargo leaves out development dependencies
/// without a version.
fn is_published(dependency: &Dependency) -> bool {
    !(dependency.dev && dependency.requirement == "*" && !dependency.wildcard)
}

/// Returns why cargo includes a file, given relative to the package's directory.
fn packaged_by(cx: &Context, package: &Publication, name: &str) -> PackagedBy {
    let document = package.documents.iter().find(|(_, file)| file == name);
    match document {
        Some(("readme", _)) => PackagedBy::Readme,
        Some(_) => PackagedBy::LicenseFile,
        None if has_include(cx, package) => PackagedBy::Include,
        None => PackagedBy::Directory,
    }
}

/// Returns whether the manifest has `include`, also if it takes the value from the workspace.
fn has_include(cx: &Context, package: &Publication) -> bool {
    let text = store::read_text(&cx.root().join(&package.manifest)).unwrap_or_default();
    let document = text.parse::<TomlDocument>().ok();
    document.is_some_and(|document| {
        let include = document
            .get("package")
            .and_then(|package| package.get("include"));
        include.is_some_and(|include| include.as_array().is_none_or(|list| !list.is_empty()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirement_admits_what_cargo_lets_it() {
        for (requirement, version, admitted) in [
            ("^1.2", "1.9.0", true),
            ("^1.2", "2.0.0", false),
            ("*", "2.0.0-rc.1", true),
            ("^2.0.0", "2.0.0-rc.1", false),
            ("=2.0.0-rc.1", "2.0.0-rc.1", true),
        ] {
            assert_eq!(
                admits(requirement, version),
                Ok(admitted),
                "{requirement} {version}"
            );
        }
        assert_eq!(admits("^1", "one"), Err("`one` is no version".to_owned()));
    }

    #[test]
    fn patch_by_a_released_member_is_what_users_get() {
        let workspace = Workspace {
            root: "/w".into(),
            members: ["core", "api", "tool"]
                .map(|name| Member {
                    name: name.into(),
                    dir: name.into(),
                    ..Member::default()
                })
                .into(),
            ..Workspace::default()
        };
        let lock = |dependency: &str| {
            let text = format!(
                "[[package]]\nname = \"x\"\nsource = \"registry+https://r.example.invalid\"\ndependencies = [\"{dependency}\"]\n"
            );
            text.parse::<TomlDocument>().expect("the lockfile is valid")
        };
        for (name, path, chosen, by_path, needs, expected) in [
            ("core", "core", "core", true, Some("core"), true),
            ("core", "./api/../core/", "core", true, None, true),
            ("core", "api", "core", true, Some("y"), false),
            ("core", "../core", "core", true, Some("y"), false),
            ("other", "core", "core", true, Some("y"), false),
            ("tool", "tool", "tool", true, Some("y"), false),
            ("core", "core", "api", true, Some("y"), true),
            ("core", "core", "api", true, Some("core 1.0.0"), false),
            ("core", "core", "api", true, None, false),
            ("core", "core", "api", false, Some("y"), false),
            ("core", "core", "core", false, Some("y"), true),
        ] {
            let dependency = Dependency {
                name: "core".into(),
                path: by_path,
                ..Dependency::default()
            };
            let all = ["core", "api", "tool"].map(|package| Publication {
                name: package.into(),
                crates_io: package != "tool",
                dependencies: vec![dependency.clone()],
                ..Publication::default()
            });
            let members = Members {
                workspace: workspace.clone(),
                all: all.into(),
                chosen: BTreeSet::from([chosen.to_owned()]),
                whole: false,
            };
            assert_eq!(
                members.users_get(name, path, needs.map(lock).as_ref()),
                expected,
                "{name} {path} {chosen} {by_path} {needs:?}"
            );
        }
    }

    #[test]
    fn development_dependencies_are_not_needed_by_users() {
        let lock = "[[package]]\nname = \"core\"\ndependencies = [\"direct\"]\n\
            [[package]]\nname = \"direct\"\nsource = \"registry\"\ndependencies = [\"x 1.0.0\"]\n\
            [[package]]\nname = \"x\"\nsource = \"registry\"\n";
        let lock: TomlDocument = lock.parse().unwrap();
        let dependency = |dev: bool| Dependency {
            name: "direct".into(),
            dev,
            ..Dependency::default()
        };
        for (dependencies, needs, expected) in [
            (vec![dependency(true)], Needs::OfUsers, false),
            (vec![dependency(true)], Needs::OfTests, true),
            (vec![dependency(false)], Needs::OfUsers, true),
            (
                vec![dependency(true), dependency(false)],
                Needs::OfUsers,
                true,
            ),
            (vec![], Needs::OfUsers, true),
        ] {
            let members = Members {
                workspace: Workspace::default(),
                all: vec![Publication {
                    name: "core".into(),
                    dependencies: dependencies.clone(),
                    ..Publication::default()
                }],
                chosen: BTreeSet::from(["core".to_owned()]),
                whole: true,
            };
            for name in ["direct", "x"] {
                assert_eq!(
                    members.reach(&lock, name, needs),
                    expected,
                    "{name} {dependencies:?} {needs:?}"
                );
            }
            assert!(members.reach(&lock, "missing", needs));
        }
    }

    #[test]
    fn crates_io_refuses_dependencies_from_other_registries() {
        let members = Members {
            workspace: Workspace::default(),
            all: Vec::new(),
            chosen: BTreeSet::new(),
            whole: true,
        };
        let why = "itoa comes from sparse+https://r.example.invalid/ (crates.io refuses other registries)";
        for (crates_io, path, dev, requirement, expected) in [
            (true, false, false, "^1", Some(why)),
            (true, false, true, "^1", Some(why)),
            (true, true, false, "^1", Some(why)),
            (true, true, true, "^1", Some(why)),
            (true, true, true, "*", None),
            (false, false, false, "^1", None),
        ] {
            let package = Publication {
                publish: true,
                crates_io,
                ..Publication::default()
            };
            let dependency = Dependency {
                name: "itoa".into(),
                requirement: requirement.into(),
                path,
                dev,
                other_registry: Some("sparse+https://r.example.invalid/".into()),
                ..Dependency::default()
            };
            assert_eq!(
                members.unpublishable(&package, &dependency).as_deref(),
                expected,
                "{crates_io} {dependency:?}"
            );
        }
    }

    #[test]
    fn dependencies_need_a_version_in_a_registry() {
        let private = Publication {
            name: "private".into(),
            ..Publication::default()
        };
        let public = Publication {
            name: "public".into(),
            publish: true,
            crates_io: true,
            ..Publication::default()
        };
        let elsewhere = Publication {
            crates_io: false,
            ..public.clone()
        };
        let all = vec![private, public.clone()];
        let members = Members {
            workspace: Workspace::default(),
            all,
            chosen: BTreeSet::new(),
            whole: true,
        };
        let (path, git, neither) = ((true, false), (false, true), (false, false));
        for (name, requirement, (path, git), dev, why) in [
            ("core", "^1", neither, false, None),
            ("public", "^1", path, false, None),
            (
                "public",
                "*",
                path,
                false,
                Some("public has a path and no version"),
            ),
            ("public", "*", path, true, None),
            (
                "private",
                "^1",
                path,
                false,
                Some("private has publish = false"),
            ),
            (
                "private",
                "^1",
                path,
                true,
                Some("private has publish = false"),
            ),
            ("private", "*", path, true, None),
            ("itoa", "*", git, true, None),
            ("itoa", "^1", git, true, None),
            ("itoa", "^1", git, false, None),
            (
                "itoa",
                "*",
                git,
                false,
                Some("itoa comes from git, without a version"),
            ),
            (
                "itoa",
                "*",
                neither,
                false,
                Some("itoa = \"*\" (crates.io refuses wildcards)"),
            ),
            (
                "itoa",
                "*",
                neither,
                true,
                Some("itoa = \"*\" (crates.io refuses wildcards)"),
            ),
        ] {
            let (name, requirement) = (name.to_owned(), requirement.to_owned());
            let dependency = Dependency {
                name,
                requirement,
                path,
                git,
                dev,
                ..Dependency::default()
            };
            assert_eq!(
                members.unpublishable(&public, &dependency).as_deref(),
                why,
                "{dependency:?}"
            );
            let wildcard = why.is_some_and(|why| why.contains("wildcards"));
            let why = why.filter(|_| !wildcard);
            assert_eq!(
                members.unpublishable(&elsewhere, &dependency).as_deref(),
                why,
                "{dependency:?}"
            );
        }
    }

    #[test]
    fn wildcard_in_a_manifest_is_a_version() {
        let shared = "[workspace.dependencies]\na = { path = \"a\", version = \"*\" }\nb = { path = \"b\" }\n";
        let shared: TomlDocument = shared.parse().unwrap();
        for (text, dev, expected) in [
            (
                "dependencies.a = { path = 'a', version = '*' }",
                false,
                true,
            ),
            ("dependencies.a = { path = 'a' }", false, false),
            ("dependencies.a = '*'", false, true),
            ("dependencies.a.workspace = true", false, true),
            (
                "dependencies.x = { path = 'a', version = '*', package = 'a' }",
                false,
                true,
            ),
            (
                "target.'cfg(unix)'.dependencies.a = { path = 'a' }",
                false,
                false,
            ),
            (
                "target.'cfg(unix)'.build-dependencies.a = { path = 'a', version = '*' }",
                false,
                true,
            ),
            (
                "dependencies.a = { path = 'a', version = '*' }\nbuild-dependencies.a = { path = 'a' }",
                false,
                false,
            ),
            (
                "dependencies.a = { path = 'a', version = '*' }\ndev-dependencies.a = { path = 'a' }",
                true,
                false,
            ),
            (
                "dependencies.a = { path = 'a' }\ndev-dependencies.a = { path = 'a', version = '*' }",
                true,
                true,
            ),
        ] {
            let own: TomlDocument = text.parse().unwrap();
            let dependency = Dependency {
                name: "a".into(),
                dev,
                ..Dependency::default()
            };
            assert_eq!(
                gives_version(&own, &shared, &dependency),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn only_crates_io_refuses_a_wildcard_beside_a_path() {
        let members = Members {
            workspace: Workspace::default(),
            all: Vec::new(),
            chosen: BTreeSet::new(),
            whole: true,
        };
        for (crates_io, dev, expected) in [
            (true, false, Some("a = \"*\" (crates.io refuses wildcards)")),
            (true, true, Some("a = \"*\" (crates.io refuses wildcards)")),
            (false, false, None),
            (false, true, None),
        ] {
            let package = Publication {
                publish: true,
                crates_io,
                ..Publication::default()
            };
            let dependency = Dependency {
                name: "a".into(),
                requirement: "*".into(),
                path: true,
                dev,
                wildcard: true,
                ..Dependency::default()
            };
            let why = members.unpublishable(&package, &dependency);
            assert_eq!(why.as_deref(), expected, "{crates_io} {dev}");
        }
    }
}

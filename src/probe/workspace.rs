//! The workspace and its members as cargo describes them, and as a registry would see them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cargo_metadata::camino::Utf8PathBuf;
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, TargetKind};
use toml_edit::{Document, Item, TableLike};

use super::{Probe, pipes, relative};
use crate::decode::lockfile::{self, LockedPackage};
use crate::plan::BuildSelection;
use crate::store;
use crate::workspace::{
    self, DeclaredDependency, Dependency, Member, Publication, Target, Workspace,
};

/// Returns the workspace that cargo finds for `manifest`, or for the working directory.
///
/// `flags` are passed to cargo: `--locked`, `--offline` and similar.
///
/// # Errors
/// If cargo finds no workspace or cannot read its manifests; with cargo's own message.
pub fn workspace(
    probe: &Probe<'_>,
    manifest: Option<&Path>,
    flags: &[String],
) -> Result<Workspace> {
    Ok(describe(&metadata(probe, manifest, flags)?))
}

/// Returns the workspace and its members as a registry would see them, from a single call of cargo.
///
/// # Errors
/// As [`workspace()`].
pub fn publications(
    probe: &Probe<'_>,
    manifest: Option<&Path>,
    flags: &[String],
) -> Result<(Workspace, Vec<Publication>)> {
    let metadata = metadata(probe, manifest, flags)?;
    let root = metadata.workspace_root.as_std_path();
    let mut publications: Vec<Publication> = members(&metadata)
        .map(|package| publication(root, package))
        .collect();
    publications.sort_by(|a, b| a.name.cmp(&b.name));
    Ok((describe(&metadata), publications))
}

/// A package outside of the workspace that the members depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsidePackage {
    /// Cargo's opaque id.
    pub id: String,
    /// Directory of the manifest.
    pub dir: PathBuf,
    /// Whether it is from a registry or from git, and not from a path.
    pub is_pinned: bool,
    /// Whether it is a procedural macro.
    pub is_proc_macro: bool,
    /// Whether it has a build script.
    pub has_build_script: bool,
}

/// Returns the packages outside of the workspace that cargo compiles for the members on the host
/// and on the selected target. Nothing is downloaded, and no wrapper of the workspace runs.
///
/// # Errors
/// If `Cargo.lock` is missing or outdated, or a package was not downloaded yet.
pub fn outside_packages(
    probe: &Probe<'_>,
    manifest: &Path,
    flags: &[String],
    build: &BuildSelection,
    host: &str,
) -> Result<Vec<OutsidePackage>> {
    let manifest = manifest.to_string_lossy();
    let features = BuildSelection {
        target: None,
        profile: None,
        ..build.clone()
    };
    let features = features.flags();
    let mut args = vec!["metadata", "--format-version", "1", "--frozen"];
    args.extend(["--manifest-path", &manifest, "--filter-platform", host]);
    if let Some(target) = &build.target {
        args.extend(["--filter-platform", target]);
    }
    args.extend(features.iter().map(String::as_str));
    let network = ["--locked", "--offline", "--frozen"];
    args.extend(
        flags
            .iter()
            .map(String::as_str)
            .filter(|flag| !network.contains(flag)),
    );
    pipes::refuse_settings(probe.cwd)?;
    let metadata = read_metadata(&probe.run_cargo_without_wrappers(&args)?)?;
    let outside = metadata
        .packages
        .iter()
        .filter(|package| !metadata.workspace_members.contains(&package.id));
    let packages = outside.map(|package| {
        let manifest = package.manifest_path.as_std_path();
        OutsidePackage {
            id: package.id.repr.clone(),
            dir: manifest.parent().unwrap_or(manifest).to_owned(),
            is_pinned: package.source.is_some(),
            is_proc_macro: has_target(package, &TargetKind::ProcMacro),
            has_build_script: has_target(package, &TargetKind::CustomBuild),
        }
    });
    Ok(packages.collect())
}

fn has_target(package: &Package, kind: &TargetKind) -> bool {
    let mut targets = package.targets.iter();
    targets.any(|target| target.kind.contains(kind))
}

/// The addresses of crates.io that a manifest can name.
const CRATES_IO: [&str; 2] = [
    "https://github.com/rust-lang/crates.io-index",
    "sparse+https://index.crates.io/",
];

fn metadata(probe: &Probe<'_>, manifest: Option<&Path>, flags: &[String]) -> Result<Metadata> {
    let manifest = manifest.map(|path| path.to_string_lossy().into_owned());
    // With dependencies, cargo would wait for the lock of its package cache and run the compiler
    // and the wrapper that the workspace configures.
    let mut args = vec!["metadata", "--no-deps", "--format-version", "1"];
    args.extend(manifest.iter().flat_map(|path| ["--manifest-path", path]));
    args.extend(flags.iter().map(String::as_str));

    // Cargo would wait for a writer of a pipe that has the name of a manifest.
    pipes::refuse_settings(probe.cwd)?;
    read_metadata(&probe.run(probe.cargo, &args)?)
}

/// Reads the output of `cargo metadata`.
fn read_metadata(text: &str) -> Result<Metadata> {
    // A wrapper around cargo may print other lines.
    let line = text
        .lines()
        .find(|line| line.starts_with('{'))
        .unwrap_or_default();
    MetadataCommand::parse(line).context("could not read the answer of `cargo metadata`")
}

fn members(metadata: &Metadata) -> impl Iterator<Item = &Package> {
    metadata
        .packages
        .iter()
        .filter(|package| metadata.workspace_members.contains(&package.id))
}

pub(super) fn describe(metadata: &Metadata) -> Workspace {
    let root = metadata.workspace_root.as_std_path();
    let lock = store::read_text(&root.join("Cargo.lock")).unwrap_or_default();
    let locked = lockfile::packages(&lock);
    let mut members: Vec<Member> = members(metadata)
        .map(|package| {
            let (siblings, dependencies) = dependencies(metadata, package);
            Member {
                spec: spec(package, &locked),
                dependencies,
                siblings,
                ..member(root, package)
            }
        })
        .collect();
    members.sort_by(|a, b| a.name.cmp(&b.name));
    let target_dir = metadata.target_directory.clone().into_std_path_buf();
    let build_dir = metadata.build_directory.clone();
    let build_dir = build_dir.map(Utf8PathBuf::into_std_path_buf);
    Workspace {
        root: root.to_owned(),
        build_dir: build_dir.filter(|dir| *dir != target_dir),
        target_dir,
        members,
    }
}

/// Returns what selects a member, if another package has its name.
pub(super) fn spec(package: &Package, locked: &[LockedPackage<'_>]) -> Option<String> {
    let (name, version) = (package.name.as_str(), package.version.to_string());
    let of_name = locked.iter().filter(|other| other.name == name);
    let of_version = of_name.clone().filter(|other| other.version == version);
    match (of_name.count(), of_version.count()) {
        (0 | 1, _) => None,
        (_, 0 | 1) => Some(format!("{name}@{version}")),
        _ => Some(package.id.repr.clone()),
    }
}

fn member(root: &Path, package: &Package) -> Member {
    let manifest = package.manifest_path.as_std_path();
    Member {
        name: package.name.to_string(),
        id: package.id.repr.clone(),
        spec: None,
        version: package.version.to_string(),
        dir: relative(root, manifest.parent().unwrap_or(root)),
        targets: targets(root, package),
        publish: is_publishable(package),
        features: package.features.keys().cloned().collect(),
        dependencies: Vec::new(),
        siblings: Vec::new(),
        declared: package.dependencies.iter().map(declared).collect(),
    }
}

fn declared(dependency: &cargo_metadata::Dependency) -> DeclaredDependency {
    DeclaredDependency {
        package: dependency.name.clone(),
        rename: dependency.rename.clone(),
        kind: match dependency.kind {
            DependencyKind::Development => workspace::DependencyKind::Dev,
            DependencyKind::Build => workspace::DependencyKind::Build,
            _ => workspace::DependencyKind::Normal,
        },
    }
}

fn is_publishable(package: &Package) -> bool {
    package
        .publish
        .as_ref()
        .is_none_or(|registries| !registries.is_empty())
}

/// Returns the names of the members that a package depends on, and the names that its manifest
/// gives its other dependencies. A renamed member is among the latter.
fn dependencies(metadata: &Metadata, package: &Package) -> (Vec<String>, Vec<String>) {
    let (siblings, others): (Vec<_>, Vec<_>) =
        package.dependencies.iter().partition(|dependency| {
            dependency.rename.is_none() && is_in_workspace(metadata, dependency)
        });
    (
        siblings.into_iter().map(name_in_manifest).collect(),
        others.into_iter().map(name_in_manifest).collect(),
    )
}

fn name_in_manifest(dependency: &cargo_metadata::Dependency) -> String {
    let rename = dependency.rename.as_ref();
    rename.unwrap_or(&dependency.name).clone()
}

fn is_in_workspace(metadata: &Metadata, dependency: &cargo_metadata::Dependency) -> bool {
    dependency.path.as_ref().is_some_and(|path| {
        metadata
            .packages
            .iter()
            .any(|package| package.manifest_path.parent() == Some(path))
    })
}

fn targets(root: &Path, package: &Package) -> Vec<Target> {
    let defaults = default_features(package);
    let manifest = store::read_text(package.manifest_path.as_std_path()).unwrap_or_default();
    let own_harness = with_own_harness(&manifest);
    let targets = package.targets.iter().map(|one| {
        let mut target = target(root, one, &defaults);
        let is_own = own_harness.iter().any(|(table, name)| {
            let is_of_table = match *table {
                "lib" => target.is_library(),
                table => target.kind == table,
            };
            is_of_table && (name.is_empty() || *name == target.name)
        });
        target.has_libtest = Some(!is_own);
        target
    });
    targets.collect()
}

/// Returns the targets of a manifest with `harness = false`: the table, and the name, which is
/// empty for a library without one.
///
/// Cargo's description of the workspace does not contain it.
fn with_own_harness(manifest: &str) -> Vec<(&'static str, String)> {
    if !manifest.contains("harness") {
        return Vec::new();
    }
    let Ok(document) = manifest.parse::<Document<String>>() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for table in ["lib", "bin", "example", "test", "bench"] {
        let Some(item) = document.get(table) else {
            continue;
        };
        let single = item.as_table_like().into_iter();
        let several = item.as_array_of_tables().into_iter().flatten();
        let several = several.map(|table| table as &dyn TableLike);
        let inline = item.as_array().into_iter().flatten();
        let inline = inline.filter_map(|value| Some(value.as_inline_table()? as &dyn TableLike));
        for target in single.chain(several).chain(inline) {
            if target.get("harness").and_then(Item::as_bool) == Some(false) {
                let name = target.get("name").and_then(Item::as_str);
                found.push((table, name.unwrap_or_default().to_owned()));
            }
        }
    }
    found
}

fn target(root: &Path, target: &cargo_metadata::Target, defaults: &BTreeSet<&str>) -> Target {
    Target {
        name: target.name.clone(),
        kind: target
            .kind
            .first()
            .map_or_else(String::new, TargetKind::to_string),
        file: relative(root, target.src_path.as_std_path()),
        test: target.test,
        doctest: target.doctest,
        doc: target.doc,
        conditional: !target.required_features.is_empty(),
        off_by_default: !target
            .required_features
            .iter()
            .all(|feature| defaults.contains(feature.as_str())),
        has_libtest: None,
    }
}

/// Returns the features that a package enables by default, directly or indirectly.
fn default_features(package: &Package) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let mut open = vec!["default"];
    while let Some(name) = open.pop() {
        if found.insert(name) {
            let enabled = package.features.get(name).into_iter().flatten();
            open.extend(enabled.map(String::as_str));
        }
    }
    found
}

fn publication(root: &Path, package: &Package) -> Publication {
    Publication {
        name: package.name.to_string(),
        version: package.version.to_string(),
        manifest: relative(root, package.manifest_path.as_std_path()),
        publish: is_publishable(package),
        crates_io: package
            .publish
            .as_ref()
            .is_none_or(|registries| registries.iter().any(|name| name == "crates-io")),
        unrestricted: package.publish.is_none(),
        missing: missing_keys(package),
        description: package.description.clone(),
        urls: urls(package),
        features: features(package),
        license: package.license.clone(),
        documents: [
            ("readme", &package.readme),
            ("license-file", &package.license_file),
        ]
        .into_iter()
        .filter_map(|(key, file)| Some((key, file.as_ref()?.to_string())))
        .collect(),
        keywords: package.keywords.clone(),
        categories: package.categories.clone(),
        dependencies: package
            .dependencies
            .iter()
            .map(published_dependency)
            .collect(),
    }
}

/// Returns the keys that crates.io requires and that are missing or empty.
fn missing_keys(package: &Package) -> Vec<&'static str> {
    let license_file = package.license_file.as_ref().map(|file| file.as_str());
    let mut missing = Vec::new();
    if is_empty(package.description.as_deref()) {
        missing.push("description");
    }
    if is_empty(package.license.as_deref()) && is_empty(license_file) {
        missing.push("license");
    }
    missing
}

fn is_empty(value: Option<&str>) -> bool {
    value.is_none_or(str::is_empty)
}

fn urls(package: &Package) -> Vec<(&'static str, String)> {
    [
        ("homepage", &package.homepage),
        ("documentation", &package.documentation),
        ("repository", &package.repository),
    ]
    .into_iter()
    .filter_map(|(key, url)| Some((key, url.clone()?)))
    .collect()
}

/// Returns the features of the manifest with the number of features and dependencies that each
/// enables.
///
/// A feature that enables just the dependency of its name may be cargo's own, which the uploaded
/// manifest does not contain, so it is left out.
fn features(package: &Package) -> Vec<(String, usize)> {
    package
        .features
        .iter()
        .filter(|(name, enabled)| **enabled != [format!("dep:{name}")])
        .map(|(name, enabled)| (name.clone(), enabled.len()))
        .collect()
}

fn published_dependency(dependency: &cargo_metadata::Dependency) -> Dependency {
    Dependency {
        name: dependency.name.clone(),
        requirement: dependency.req.to_string(),
        path: dependency.path.is_some(),
        git: dependency
            .source
            .as_ref()
            .is_some_and(|source| source.repr.starts_with("git+")),
        other_registry: dependency
            .registry
            .clone()
            .filter(|url| !CRATES_IO.contains(&url.as_str())),
        dev: dependency.kind == DependencyKind::Development,
        build: dependency.kind == DependencyKind::Build,
        wildcard: false,
    }
}

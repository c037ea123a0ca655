//! Members as a registry would see them, from cargo's metadata.

use cargo_metadata::{DependencyKind, Metadata, Package};

use super::relative;
use crate::workspace::{Dependency, Publication};

/// The members' publications, sorted by name.
pub(super) fn of(metadata: &Metadata) -> Vec<Publication> {
    let root = metadata.workspace_root.as_std_path();
    let members = metadata
        .packages
        .iter()
        .filter(|package| metadata.workspace_members.contains(&package.id));
    let mut all: Vec<Publication> = members
        .map(|package| Publication {
            name: package.name.to_string(),
            version: package.version.to_string(),
            manifest: relative(root, package.manifest_path.as_std_path()),
            publish: package
                .publish
                .as_ref()
                .is_none_or(|registries| !registries.is_empty()),
            crates_io: package
                .publish
                .as_ref()
                .is_none_or(|to| to.iter().any(|registry| registry == "crates-io")),
            missing: missing(package),
            description: package.description.clone(),
            urls: urls(package),
            features: features(package),
            license: package.license.clone(),
            documents: [&package.readme, &package.license_file]
                .into_iter()
                .flatten()
                .map(ToString::to_string)
                .collect(),
            keywords: package.keywords.clone(),
            categories: package.categories.clone(),
            dependencies: package.dependencies.iter().map(dependency).collect(),
        })
        .collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

/// Returns the keys that crates.io requires and that are missing or empty.
fn missing(package: &Package) -> Vec<&'static str> {
    let is_empty = |value: Option<&str>| value.is_none_or(str::is_empty);
    let license_file = package.license_file.as_ref().map(|file| file.as_str());
    let keys = [
        ("description", is_empty(package.description.as_deref())),
        (
            "license",
            is_empty(package.license.as_deref()) && is_empty(license_file),
        ),
    ];
    keys.into_iter()
        .filter(|(_, missing)| *missing)
        .map(|(key, _)| key)
        .collect()
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

/// Returns the features of the manifest. One that enables just the dependency of its name may be cargo's own, which the
/// uploaded manifest does not have.
fn features(package: &Package) -> Vec<(String, usize)> {
    package
        .features
        .iter()
        .filter(|(name, enabled)| **enabled != [format!("dep:{name}")])
        .map(|(name, enabled)| (name.clone(), enabled.len()))
        .collect()
}

fn dependency(of: &cargo_metadata::Dependency) -> Dependency {
    Dependency {
        name: of.name.clone(),
        requirement: of.req.to_string(),
        path: of.path.is_some(),
        git: of
            .source
            .as_ref()
            .is_some_and(|source| source.repr.starts_with("git+")),
        dev: of.kind == DependencyKind::Development,
    }
}

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
            license: package.license.clone(),
            keywords: package.keywords.clone(),
            categories: package.categories.clone(),
            dependencies: package.dependencies.iter().map(dependency).collect(),
        })
        .collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

/// What crates.io demands (description, license), and the repository that notes link to.
fn missing(package: &Package) -> Vec<&'static str> {
    let keys = [
        ("description", package.description.is_none()),
        (
            "license",
            package.license.is_none() && package.license_file.is_none(),
        ),
        ("repository", package.repository.is_none()),
    ];
    keys.into_iter()
        .filter(|(_, missing)| *missing)
        .map(|(key, _)| key)
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

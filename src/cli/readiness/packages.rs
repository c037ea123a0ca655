//! Manifests and lockfile: what a registry would be told of the members, and what they demand of each other.

use std::collections::BTreeSet;

use anyhow::Result;
use semver::{Version, VersionReq};

use super::super::exit::{Exit, Stop};
use super::super::session::Session;
use super::Ahead;
use crate::drive::probe;
use crate::judge::readiness::{Known, Package};
use crate::metric::glob;
use crate::store;
use crate::workspace::{Dependency, Member, Publication, Workspace};

/// The members of the workspace, with the versions that they shall have.
pub(super) struct Members {
    pub(super) workspace: Workspace,
    all: Vec<Publication>,
    /// Those that are released, by name: what may be published of what was asked for; all of it when nothing may.
    chosen: BTreeSet<String>,
    /// Everything is released, or there is but one package.
    pub(super) whole: bool,
}

impl Members {
    pub(super) fn read(session: &Session, ahead: &Ahead<'_>) -> Result<Self> {
        let (manifest, flags) = (&session.options.root.manifest, &session.options.cargo_flags);
        let (workspace, mut all) = probe::publications(&session.probe(), Some(manifest), flags)
            .map_err(|error| Stop::new(Exit::CouldNotRun, format!("{error:#}")))?;
        for member in &mut all {
            member.version = ahead.version(&member.name).unwrap_or(std::mem::take(&mut member.version));
        }
        let (packages, excluded) = (&session.options.packages, &session.options.excluded);
        let named = |names: &[String], member: &Publication| names.iter().any(|name| glob(name, &member.name));
        let asked = |member: &&Publication| packages.is_empty() || named(packages, member);
        let asked: Vec<&Publication> = all.iter().filter(asked).filter(|member| !named(excluded, member)).collect();
        let names = |wanted: &dyn Fn(&Publication) -> bool| {
            asked.iter().filter(|member| wanted(member)).map(|member| member.name.clone()).collect::<BTreeSet<_>>()
        };
        let public = names(&|member| member.publish);
        let chosen = if public.is_empty() { names(&|_| true) } else { public };
        let whole = all.len() == 1 || asked.len() == all.len();
        Ok(Self { workspace, chosen, whole, all })
    }

    /// Those that are released.
    pub(super) fn chosen(&self) -> impl Iterator<Item = &Publication> {
        self.all.iter().filter(|member| self.chosen.contains(&member.name))
    }

    /// The same as members.
    pub(super) fn members(&self) -> impl Iterator<Item = &Member> {
        self.workspace.members.iter().filter(|member| self.chosen.contains(&member.name))
    }

    /// What is asked of each that is released. What no registry will see lacks nothing.
    pub(super) fn packages(&self, session: &Session) -> Vec<Package> {
        let public: Vec<&str> = self.chosen().filter(|p| p.publish).map(|p| p.name.as_str()).collect();
        let together = probe::packages(&session.probe(), &public);
        let package = |of: &Publication| {
            let alone = || probe::packages(&session.probe(), &[&of.name]);
            let said = together.as_ref().and_then(|_| if of.publish { alone() } else { None });
            Package {
                name: of.name.clone(),
                version: of.version.clone(),
                manifest: of.manifest.clone(),
                lacks: of.lacks.iter().filter(|_| of.publish).map(|key| (*key).to_owned()).collect(),
                unpublishable: of.dependencies.iter().filter(|_| of.publish).filter_map(unpublishable).collect(),
                package: Ok(said),
            }
        };
        self.chosen().map(package).collect()
    }

    /// Requirements between members that do not admit the other's version. Where a bump is planned, cargo has resolved what
    /// it makes of them.
    pub(super) fn unmet(&self, ahead: &Ahead<'_>) -> Known<Vec<String>> {
        if !ahead.moves.is_empty() {
            return Ok(Vec::new());
        }
        let mut unmet = Vec::new();
        for member in &self.all {
            for dependency in member.dependencies.iter().filter(|dependency| dependency.path) {
                let Some(sibling) = self.all.iter().find(|other| other.name == dependency.name) else { continue };
                if !admits(&dependency.requirement, &sibling.version)? {
                    let (manifest, name, wants) = (&member.manifest, &dependency.name, &dependency.requirement);
                    unmet.push(format!("{manifest}: {name} = \"{wants}\", and it is {}", sibling.version));
                }
            }
        }
        Ok(unmet)
    }
}

/// Does a requirement admit a version? `*` stands where none is given, and a path needs none.
fn admits(requirement: &str, version: &str) -> Known<bool> {
    let version: Version = version.parse().map_err(|_| format!("`{version}` is no version"))?;
    let wants: VersionReq = requirement.parse().map_err(|_| format!("`{requirement}` is no requirement"))?;
    Ok(requirement == "*" || wants.matches(&version))
}

/// Why no registry can serve a dependency.
fn unpublishable(dependency: &Dependency) -> Option<String> {
    let name = &dependency.name;
    match dependency {
        // Left out of what is published, as cargo does with development dependencies that have no version.
        Dependency { dev: true, requirement, .. } if requirement == "*" => None,
        Dependency { git: true, .. } => Some(format!("{name} comes from git")),
        Dependency { path: true, requirement, .. } if requirement == "*" => Some(format!("{name} has a path alone")),
        _ => None,
    }
}

/// Names and versions of what the lockfile holds of the workspace: entries without a source.
pub(super) fn lock(session: &Session, ahead: &Ahead<'_>) -> Known<Option<Vec<(String, String)>>> {
    let path = session.root().join("Cargo.lock");
    let text = match ahead.text("Cargo.lock") {
        Some(text) => text.to_owned(),
        None => match store::read_text(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            text => text.map_err(|error| format!("cannot read Cargo.lock: {error}"))?,
        },
    };
    let document = text.parse::<toml_edit::Document<String>>();
    let document = document.map_err(|error| format!("cannot read Cargo.lock: {}", error.message()))?;
    let packages = document.get("package").and_then(|item| item.as_array_of_tables());
    let own = packages.into_iter().flatten().filter(|package| !package.contains_key("source"));
    let text = |package: &toml_edit::Table, key: &str| Some(package.get(key)?.as_str()?.to_owned());
    Ok(Some(own.filter_map(|package| Some((text(package, "name")?, text(package, "version")?))).collect()))
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
            assert_eq!(admits(requirement, version), Ok(admitted), "{requirement} {version}");
        }
        assert_eq!(admits("^1", "one"), Err("`one` is no version".to_owned()));
    }

    #[test]
    fn registries_serve_versions_alone() {
        let dependency = |requirement: &str, path, git, dev| Dependency {
            name: "core".into(),
            requirement: requirement.into(),
            path,
            git,
            dev,
        };
        for (dependency, why) in [
            (dependency("^1", false, false, false), None),
            (dependency("^1", true, false, false), None),
            (dependency("*", true, false, false), Some("core has a path alone")),
            (dependency("*", true, false, true), None),
            (dependency("*", false, true, true), None),
            (dependency("^1", false, true, true), Some("core comes from git")),
            (dependency("*", false, true, false), Some("core comes from git")),
            (dependency("*", false, false, false), None),
        ] {
            assert_eq!(unpublishable(&dependency).as_deref(), why, "{dependency:?}");
        }
    }
}

//! Decides which requirements follow a moved version, and which are only reported.
//!
//! A dependency is on a workspace package if its `path` leads there. One by name alone comes from a
//! registry unless `[patch]` redirects it to the workspace.

use std::collections::{BTreeMap, BTreeSet};

use super::level::{breaks, is_compatible};
use super::manifest::{DependencyTable, Literal, Located, ManifestDependency, locate};
use super::moves::{Versioned, Versions};
use super::remark::Remark;
use super::requirement::{Rewrite, admits, restore, rewrite};
use super::{BumpRequest, Edit, ManifestRole};

/// The edits and remarks that are collected.
pub(super) struct FollowResult<'o> {
    pub(super) edits: &'o mut Vec<Edit>,
    pub(super) problems: &'o mut Vec<Remark>,
    pub(super) notes: &'o mut Vec<Remark>,
}

/// Finds packages by directory, and by name if `[patch]` redirects it.
struct Graph<'a> {
    located: &'a [Located<'a>],
    request: &'a BumpRequest,
    by_folder: BTreeMap<&'a str, &'a Versioned>,
    by_name: BTreeMap<&'a str, &'a Versioned>,
    root: Option<&'a Located<'a>>,
    /// Manifests of earlier releases, newest first.
    released: Vec<Located<'a>>,
    /// Keys of `[workspace.dependencies]` and their directories.
    shared: BTreeMap<&'a str, &'a str>,
    /// Those of these keys that only packages inherit which are not selected.
    unselected: BTreeSet<&'a str>,
}

/// Updates requirements on moved packages.
pub(super) fn follow(
    located: &[Located<'_>],
    versions: &Versions,
    request: &BumpRequest,
    out: &mut FollowResult<'_>,
) {
    let root = located
        .iter()
        .find(|l| l.manifest.role == ManifestRole::Root);
    let shared = root
        .into_iter()
        .flat_map(|l| &l.dependencies)
        .filter(|d| d.table == DependencyTable::Shared);
    let (mut problems, mut notes) = (Vec::new(), Vec::new());
    let released = request
        .released
        .iter()
        .map(|manifest| locate(manifest, &mut problems, &mut notes))
        .collect();
    let by_name = versions
        .packages
        .iter()
        .map(|package| (package.name.as_str(), package))
        .collect();
    let graph = Graph {
        root,
        released,
        unselected: inherited(located, &by_name, false)
            .difference(&inherited(located, &by_name, true))
            .copied()
            .collect(),
        shared: shared
            .filter_map(|d| Some((d.name.as_str(), d.directory.as_deref()?)))
            .collect(),
        located,
        request,
        by_folder: versions
            .packages
            .iter()
            .map(|p| (p.directory.as_str(), p))
            .collect(),
        by_name,
    };
    for of in located {
        for dependency in &of.dependencies {
            match (graph.target(of, dependency), &dependency.requirement) {
                (Some(package), Some(requirement)) => {
                    graph.one(of, package, dependency, requirement, out)
                }
                (None, _) => out.notes.extend(graph.left_alone(of, dependency)),
                _ => {}
            }
        }
    }
    graph.dependents(out);
}

/// Returns the keys of `[workspace.dependencies]` that packages inherit: those that are selected, or the others.
fn inherited<'a>(
    located: &'a [Located<'_>],
    packages: &BTreeMap<&str, &Versioned>,
    selected: bool,
) -> BTreeSet<&'a str> {
    let of = located
        .iter()
        .filter(|of| is_selected(of, packages) == Some(selected));
    of.flat_map(|of| &of.dependencies)
        .filter(|dependency| dependency.inherited)
        .map(|dependency| dependency.name.as_str())
        .collect()
}

/// Returns whether the package of a manifest is selected; `None` without a package of the workspace.
fn is_selected(of: &Located<'_>, packages: &BTreeMap<&str, &Versioned>) -> Option<bool> {
    let package = of.package.as_ref()?;
    let is_member = of.manifest.role != ManifestRole::Outside;
    let package = packages.get(package.name.as_str()).filter(|_| is_member)?;
    Some(package.selected)
}

impl<'a> Graph<'a> {
    /// Returns the workspace package that a dependency is on.
    fn target(&self, of: &Located<'_>, dependency: &ManifestDependency) -> Option<&'a Versioned> {
        if dependency.table == DependencyTable::Replace {
            return None;
        }
        if let Some(directory) = &dependency.directory {
            return self.at(directory);
        }
        // The requirement of an inherited dependency is in `[workspace.dependencies]`, which is
        // visited as well.
        if dependency.elsewhere || dependency.inherited {
            return None;
        }
        let requirement = dependency.requirement.as_ref()?;
        let package = self.patched(of, &dependency.package)?;
        admits(&requirement.value, &package.from).then_some(package)
    }

    fn at(&self, directory: &str) -> Option<&'a Versioned> {
        let directory = self
            .request
            .aliases
            .get(directory)
            .map_or(directory, String::as_str);
        self.by_folder.get(directory).copied()
    }

    /// Returns the package with which `[patch]` replaces a registry's. Members use the root's
    /// table, other manifests their own.
    fn patched(&self, of: &Located<'_>, name: &str) -> Option<&'a Versioned> {
        let governing = if of.manifest.role == ManifestRole::Outside {
            of
        } else {
            self.root?
        };
        let patches = governing.dependencies.iter();
        let patch = patches
            .filter(|d| d.table == DependencyTable::Patch)
            .find(|d| d.package == name)?;
        self.at(patch.directory.as_deref()?)
    }

    /// Updates one requirement on a workspace package.
    fn one(
        &self,
        of: &Located<'_>,
        package: &Versioned,
        dependency: &ManifestDependency,
        requirement: &Literal,
        out: &mut FollowResult<'_>,
    ) {
        let (manifest, text, to) = (of.manifest, requirement.value.as_str(), &package.to);
        let admitted = admits(text, to);
        let is_of_unselected = self.is_of_unselected(of, dependency);
        if admitted && (!package.moves() || is_of_unselected) {
            return;
        }
        let outside = manifest.role == ManifestRole::Outside;
        let editable = manifest.ours && (!outside || self.request.include_outside);
        let remark = |message: String| {
            Remark::at(
                &manifest.path,
                &manifest.text,
                requirement.span.clone(),
                message,
            )
        };
        let refused = || {
            remark(format!(
                "requires {} = \"{text}\", which does not admit {to}",
                package.name
            ))
        };
        let edit = |new: String| {
            let why = format!("requirement on `{}`", package.name);
            Edit::new(
                &manifest.path,
                &manifest.text,
                requirement.span.clone(),
                new,
                why,
            )
        };
        let only_needed = self.request.only_needed || is_of_unselected;
        let restored = self
            .originals(of, dependency)
            .find_map(|old| restore(old, text, to, only_needed));
        match restored.unwrap_or_else(|| rewrite(text, to, only_needed)) {
            Rewrite::Keep => {}
            _ if !editable && admitted => {}
            _ if !editable && outside && manifest.ours => {
                out.notes.push(refused().help("add --include-excluded"))
            }
            _ if !editable && outside => out
                .notes
                .push(refused().help("it is outside the workspace's directory or repository")),
            _ if !editable => out.problems.push(refused().help(
                "it is outside the workspace's directory or repository: edit it there first",
            )),
            Rewrite::To(new) => out.edits.push(edit(new)),
            Rewrite::Range(new) if self.request.rewrite_ranges => out.edits.push(edit(new)),
            Rewrite::Range(new) => {
                out.problems.push(
                    refused().help(format!("write \"{new}\", or let --rewrite-ranges do it")),
                );
            }
            Rewrite::Invalid => out.problems.push(remark(format!(
                "`{text}` is not a valid version requirement"
            ))),
        }
    }

    /// Returns whether only packages that are not selected have this dependency.
    fn is_of_unselected(&self, of: &Located<'_>, dependency: &ManifestDependency) -> bool {
        match dependency.table {
            DependencyTable::Shared => self.unselected.contains(dependency.name.as_str()),
            _ => is_selected(of, &self.by_name) == Some(false),
        }
    }

    /// Returns the requirements of this dependency at earlier releases, newest first.
    fn originals(
        &self,
        of: &Located<'_>,
        dependency: &ManifestDependency,
    ) -> impl Iterator<Item = &str> {
        let of = self
            .released
            .iter()
            .filter(move |released| released.manifest.path == of.manifest.path);
        let same = of.filter_map(move |released| {
            released
                .dependencies
                .iter()
                .find(|other: &&ManifestDependency| {
                    (other.table, &other.name, &other.package)
                        == (dependency.table, &dependency.name, &dependency.package)
                })
        });
        same.filter_map(|old| Some(old.requirement.as_ref()?.value.as_str()))
    }

    /// Notes a dependency that looks like one on a moved package and is not edited.
    fn left_alone(&self, of: &Located<'_>, dependency: &ManifestDependency) -> Option<Remark> {
        let package = self
            .by_name
            .get(dependency.package.as_str())
            .filter(|package| package.moves())?;
        let manifest = of.manifest;
        let remark =
            |text: String| Remark::at(&manifest.path, &manifest.text, dependency.key.clone(), text);
        if dependency.table == DependencyTable::Replace {
            return Some(remark(format!(
                "[replace] names a version of `{}` and is left unchanged",
                package.name
            )));
        }
        let by_name = dependency.directory.is_none()
            && !dependency.elsewhere
            && manifest.role != ManifestRole::Outside;
        let requirement = dependency
            .requirement
            .as_ref()
            .filter(|r| by_name && admits(&r.value, &package.from))?;
        let message = format!(
            "{} = \"{}\" has no path: it comes from a registry and is left unchanged",
            package.name, requirement.value
        );
        Some(remark(message))
    }

    /// Notes packages that depend on an incompatible new version but keep their own version or move
    /// compatibly.
    fn dependents(&self, out: &mut FollowResult<'_>) {
        let mut unneeded = BTreeSet::new();
        let mut exposed: BTreeMap<&str, Vec<Exposed<'_>>> = BTreeMap::new();
        for of in self
            .located
            .iter()
            .filter(|l| l.manifest.role != ManifestRole::Outside)
        {
            let Some(own) = of
                .package
                .as_ref()
                .and_then(|p| self.by_name.get(p.name.as_str()))
            else {
                continue;
            };
            let moved: Vec<(&ManifestDependency, &Versioned)> =
                self.public(of).filter(|(_, on)| on.moves()).collect();
            let breaking = moved
                .iter()
                .find(|(_, on)| !is_compatible(&on.from, &on.to));
            match breaking {
                Some((dependency, on)) if of.manifest.library && !breaks(&own.from, &own.to) => {
                    exposed.entry(&on.name).or_default().push(Exposed {
                        of,
                        dependency,
                        own,
                        on,
                    });
                }
                None if !moved.is_empty() && !own.moves() => {
                    unneeded.insert(format!("`{}`", own.name));
                }
                _ => {}
            }
        }
        out.notes
            .extend(exposed.values().filter_map(|all| broken(all)));
        if !unneeded.is_empty() {
            let names = unneeded.into_iter().collect::<Vec<_>>().join(", ");
            out.notes.push(Remark::plain(format!(
                "no release of {names} is needed: the new versions of dependencies are compatible"
            )));
        }
    }

    /// Returns the normal dependencies on workspace packages, including inherited ones.
    fn public<'d>(
        &'d self,
        of: &'d Located<'_>,
    ) -> impl Iterator<Item = (&'d ManifestDependency, &'d Versioned)> {
        let normal = of
            .dependencies
            .iter()
            .filter(|d| d.table == DependencyTable::Normal);
        normal.filter_map(|d| {
            let shared = || self.shared.get(d.name.as_str()).copied();
            let directory = if d.inherited {
                shared()
            } else {
                d.directory.as_deref()
            };
            Some((d, self.at(directory?)?))
        })
    }
}

/// A library that moves compatibly, and the incompatible dependency below it.
struct Exposed<'a> {
    of: &'a Located<'a>,
    dependency: &'a ManifestDependency,
    own: &'a Versioned,
    on: &'a Versioned,
}

/// Creates one note for all dependents of a package. A single dependent gives it a position.
fn broken(all: &[Exposed<'_>]) -> Option<Remark> {
    let first = all.first()?;
    let on = format!(
        "`{}`, which breaks ({} -> {})",
        first.on.name, first.on.from, first.on.to
    );
    let own = |one: &Exposed<'_>| match one.own.moves() {
        true => format!("`{}` ({} -> {})", one.own.name, one.own.from, one.own.to),
        false => format!("`{}` (stays {})", one.own.name, one.own.from),
    };
    if let [one] = all {
        let message = format!(
            "{} depends on {on}: if it shows types of it, it breaks too",
            own(one)
        );
        let manifest = one.of.manifest;
        return Some(Remark::at(
            &manifest.path,
            &manifest.text,
            one.dependency.key.clone(),
            message,
        ));
    }
    let names = all.iter().map(own).collect::<Vec<_>>().join(", ");
    Some(Remark::plain(format!(
        "those who depend on {on}, break too if they show types of it: {names}"
    )))
}

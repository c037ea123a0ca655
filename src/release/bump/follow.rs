//! Which requirements follow the versions they are about, and what is only told.
//!
//! A dependency is on a package of the workspace when its `path` leads there. One by name alone comes from a registry,
//! unless `[patch]` brings it back here.

use std::collections::{BTreeMap, BTreeSet};

use super::level::{breaks, is_compatible};
use super::manifest::{Dependency, Literal, Located, Table, locate};
use super::moves::{Versioned, Versions};
use super::remark::Remark;
use super::requirement::{Rewrite, admits, restore, rewrite};
use super::{Edit, Request, Role};

/// Where results go.
pub(super) struct Outcome<'o> {
    pub(super) edits: &'o mut Vec<Edit>,
    pub(super) problems: &'o mut Vec<Remark>,
    pub(super) notes: &'o mut Vec<Remark>,
}

/// Finds packages by folder, and by name where `[patch]` says so.
struct Graph<'a> {
    located: &'a [Located<'a>],
    request: &'a Request,
    by_folder: BTreeMap<&'a str, &'a Versioned>,
    by_name: BTreeMap<&'a str, &'a Versioned>,
    root: Option<&'a Located<'a>>,
    /// The manifests of earlier releases, newest first.
    released: Vec<Located<'a>>,
    /// Key in `[workspace.dependencies]` to folder.
    shared: BTreeMap<&'a str, &'a str>,
}

/// Lets requirements follow.
pub(super) fn follow(
    located: &[Located<'_>],
    versions: &Versions,
    request: &Request,
    out: &mut Outcome<'_>,
) {
    let root = located.iter().find(|l| l.manifest.role == Role::Root);
    let shared = root
        .into_iter()
        .flat_map(|l| &l.dependencies)
        .filter(|d| d.table == Table::Shared);
    let (mut problems, mut notes) = (Vec::new(), Vec::new());
    let released = request
        .released
        .iter()
        .map(|manifest| locate(manifest, &mut problems, &mut notes))
        .collect();
    let graph = Graph {
        root,
        released,
        shared: shared
            .filter_map(|d| Some((d.name.as_str(), d.folder.as_deref()?)))
            .collect(),
        located,
        request,
        by_folder: versions
            .packages
            .iter()
            .map(|p| (p.folder.as_str(), p))
            .collect(),
        by_name: versions
            .packages
            .iter()
            .map(|p| (p.name.as_str(), p))
            .collect(),
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

impl<'a> Graph<'a> {
    /// The package of the workspace that a dependency is on.
    fn target(&self, of: &Located<'_>, dependency: &Dependency) -> Option<&'a Versioned> {
        if dependency.table == Table::Replace {
            return None;
        }
        if let Some(folder) = &dependency.folder {
            return self.at(folder);
        }
        if dependency.elsewhere || dependency.inherited {
            return None;
        }
        let requirement = dependency.requirement.as_ref()?;
        let package = self.patched(of, &dependency.package)?;
        admits(&requirement.value, &package.from).then_some(package)
    }

    fn at(&self, folder: &str) -> Option<&'a Versioned> {
        let folder = self
            .request
            .aliases
            .get(folder)
            .map_or(folder, String::as_str);
        self.by_folder.get(folder).copied()
    }

    /// The package that `[patch]` puts in the place of a registry's: the root's for members, its own for others.
    fn patched(&self, of: &Located<'_>, name: &str) -> Option<&'a Versioned> {
        let governing = if of.manifest.role == Role::Outside {
            of
        } else {
            self.root?
        };
        let patches = governing.dependencies.iter();
        let patch = patches
            .filter(|d| d.table == Table::Patch)
            .find(|d| d.package == name)?;
        self.at(patch.folder.as_deref()?)
    }

    /// One requirement on a package of the workspace.
    fn one(
        &self,
        of: &Located<'_>,
        package: &Versioned,
        dependency: &Dependency,
        requirement: &Literal,
        out: &mut Outcome<'_>,
    ) {
        let (manifest, text, to) = (of.manifest, requirement.value.as_str(), &package.to);
        let admitted = admits(text, to);
        if !package.moves() && admitted {
            return;
        }
        let outside = manifest.role == Role::Outside;
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
        let restored = self
            .originals(of, dependency)
            .find_map(|old| restore(old, text, to, self.request.only_needed));
        match restored.unwrap_or_else(|| rewrite(text, to, self.request.only_needed)) {
            Rewrite::Keep => {}
            _ if !editable && admitted => {}
            _ if !editable && outside && manifest.ours => {
                out.notes.push(refused().help("add --include-excluded"))
            }
            _ if !editable && outside => out
                .notes
                .push(refused().help("it lies beyond the workspace's folder or repository")),
            _ if !editable => {
                out.problems.push(refused().help(
                    "it lies beyond the workspace's folder or repository: edit it there first",
                ))
            }
            Rewrite::To(new) => out.edits.push(edit(new)),
            Rewrite::Range(new) if self.request.rewrite_ranges => out.edits.push(edit(new)),
            Rewrite::Range(new) => {
                out.problems.push(
                    refused().help(format!("write \"{new}\", or let --rewrite-ranges do it")),
                );
            }
            Rewrite::Invalid => out
                .problems
                .push(remark(format!("`{text}` is no version requirement"))),
        }
    }

    /// Returns the requirements that this dependency had at earlier releases, newest first.
    fn originals(&self, of: &Located<'_>, dependency: &Dependency) -> impl Iterator<Item = &str> {
        let of = self
            .released
            .iter()
            .filter(move |released| released.manifest.path == of.manifest.path);
        let is_same = |other: &&Dependency| {
            (other.table, &other.name, &other.package)
                == (dependency.table, &dependency.name, &dependency.package)
        };
        let same = of.filter_map(move |released| released.dependencies.iter().find(is_same));
        same.filter_map(|old| Some(old.requirement.as_ref()?.value.as_str()))
    }

    /// A dependency that looks as if it were on a package that moves, and is not edited.
    fn left_alone(&self, of: &Located<'_>, dependency: &Dependency) -> Option<Remark> {
        let package = self
            .by_name
            .get(dependency.package.as_str())
            .filter(|package| package.moves())?;
        let manifest = of.manifest;
        let remark =
            |text: String| Remark::at(&manifest.path, &manifest.text, dependency.key.clone(), text);
        if dependency.table == Table::Replace {
            return Some(remark(format!(
                "[replace] names a version of `{}`, and is left as it is",
                package.name
            )));
        }
        let by_name =
            dependency.folder.is_none() && !dependency.elsewhere && manifest.role != Role::Outside;
        let requirement = dependency
            .requirement
            .as_ref()
            .filter(|r| by_name && admits(&r.value, &package.from))?;
        let message = format!(
            "{} = \"{}\" has no path: a registry's, and left as it is",
            package.name, requirement.value
        );
        Some(remark(message))
    }

    /// What a move means for those who depend on it and keep the version they have, or move compatibly.
    fn dependents(&self, out: &mut Outcome<'_>) {
        let mut unneeded = BTreeSet::new();
        let mut exposed: BTreeMap<&str, Vec<Exposed<'_>>> = BTreeMap::new();
        for of in self
            .located
            .iter()
            .filter(|l| l.manifest.role != Role::Outside)
        {
            let Some(own) = of
                .package
                .as_ref()
                .and_then(|p| self.by_name.get(p.name.as_str()))
            else {
                continue;
            };
            let moved: Vec<(&Dependency, &Versioned)> =
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
                "no release of {names} is needed: what they require moves compatibly"
            )));
        }
    }

    /// The normal dependencies on packages of the workspace, inherited ones too.
    fn public<'d>(
        &'d self,
        of: &'d Located<'_>,
    ) -> impl Iterator<Item = (&'d Dependency, &'d Versioned)> {
        let normal = of.dependencies.iter().filter(|d| d.table == Table::Normal);
        normal.filter_map(|d| {
            let shared = || self.shared.get(d.name.as_str()).copied();
            let folder = if d.inherited {
                shared()
            } else {
                d.folder.as_deref()
            };
            Some((d, self.at(folder?)?))
        })
    }
}

/// A library that moves compatibly, and what breaks below it.
struct Exposed<'a> {
    of: &'a Located<'a>,
    dependency: &'a Dependency,
    own: &'a Versioned,
    on: &'a Versioned,
}

/// One note for all who depend on the same package; its place is that of the only one.
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

//! The workspace dependencies that are measured with a release because they are not released yet.
//!
//! Users of the released packages will get these dependencies in their present state, so their errors are errors of the
//! release.

use std::collections::BTreeSet;

use anyhow::Result;
use semver::Version;

use super::packages::Members;
use super::{Ahead, known, said};
use crate::git::{Git, Tag, Trouble};
use crate::judge::readiness::Known;
use crate::ops::Context;
use crate::ops::changelog::files::ChangelogFile;
use crate::ops::releases::{self, ReleasedPackage};
use crate::ops::widening::{Unreleased, WhyUnreleased as Why, Widening};
use crate::release::changelog::Directories;
use crate::workspace::Publication;

/// Adds the unreleased workspace dependencies of the released packages to the packages to measure.
///
/// If the whole workspace is released, there is nothing to add.
pub(crate) fn widen(cx: &mut Context) -> Result<()> {
    if cx.options.packages.is_empty() && cx.options.excluded.is_empty() {
        return Ok(());
    }
    let members = Members::read(cx, &Ahead::default())?;
    let dependencies = members.dependencies();
    if dependencies.is_empty() {
        return Ok(());
    }

    let books = Ahead::default().books(cx).unwrap_or_default();
    let git = cx.git();
    let tags = known(&git).and_then(|git| git.tags().map_err(said));
    let mut unreleased = Vec::new();
    for package in dependencies {
        let why = match &tags {
            Ok(tags) => why(cx, &members, &books, &git, tags, package),
            Err(why) => Some(Why::Unknown(why.clone())),
        };
        let (name, version) = (package.name.clone(), package.version.clone());
        unreleased.extend(why.map(|why| Unreleased { name, version, why }));
    }
    if !unreleased.is_empty() {
        cx.widening = Some(widening(cx, &members, unreleased));
    }
    Ok(())
}

/// Returns why a package counts as not released; `None` if a release contains it as it is now.
fn why(
    cx: &Context,
    members: &Members,
    books: &[ChangelogFile],
    git: &Result<Git, Trouble>,
    tags: &[Tag],
    package: &Publication,
) -> Option<Why> {
    let Some(tag) = tag(cx, members, books, tags, package) else {
        return Some(Why::Untagged);
    };
    match is_changed(members, git, tag, package) {
        Ok(false) => None,
        Ok(true) => Some(Why::Changed {
            tag: tag.name.clone(),
        }),
        Err(why) => Some(Why::Unknown(why)),
    }
}

/// Returns the tag of a package's present version.
fn tag<'t>(
    cx: &Context,
    members: &Members,
    books: &[ChangelogFile],
    tags: &'t [Tag],
    package: &Publication,
) -> Option<&'t Tag> {
    let version: Version = package.version.parse().ok()?;
    let is_apart = members
        .directory(&package.name)
        .is_some_and(|directory| !directory.is_empty());
    let released = ReleasedPackage {
        name: &package.name,
        version: &version,
        is_apart,
    };
    let series = releases::series(cx, books, tags, &released)?;
    let (_, at) = series
        .versions
        .iter()
        .find(|(tagged, _)| tagged.cmp_precedence(&version).is_eq())?;
    tags.get(*at)
}

/// Returns whether a file of the package differs between the tag and HEAD.
fn is_changed(
    members: &Members,
    git: &Result<Git, Trouble>,
    tag: &Tag,
    package: &Publication,
) -> Known<bool> {
    let head = super::history::head(git)?;
    let git = known(git)?;
    let prefix = git.prefix().map_err(said)?;
    let folders = Directories::new(
        members
            .workspace
            .members
            .iter()
            .map(|member| member.dir.clone()),
    );
    let directory = members.directory(&package.name).unwrap_or_default();
    let differing = git.differing_files(&tag.commit, &head).map_err(said)?;
    Ok(differing
        .iter()
        .filter_map(|file| file.strip_prefix(&prefix))
        .any(|file| folders.owner(file) == directory))
}

/// Returns the selection of packages to be measured. Patterns of excluded packages are replaced by names where they would
/// leave out a dependency.
fn widening(cx: &Context, members: &Members, unreleased: Vec<Unreleased>) -> Widening {
    let names: BTreeSet<&str> = unreleased.iter().map(|one| one.name.as_str()).collect();
    let mut packages = cx.options.packages.clone();
    if !packages.is_empty() {
        packages.extend(names.iter().map(|name| (*name).to_owned()));
    }
    let workspace = &members.workspace;
    let excluded = workspace.resolve(&cx.options.exclude);
    let exclude = workspace
        .members
        .iter()
        .map(|member| &member.name)
        .filter(|name| excluded.contains(name) && !names.contains(name.as_str()))
        .cloned()
        .collect();
    Widening {
        packages,
        exclude,
        unreleased,
    }
}

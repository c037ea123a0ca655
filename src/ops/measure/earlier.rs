//! The earlier versions with which the present one is compared.

use std::collections::BTreeMap;

use semver::Version;

use crate::collector::planner::Request;
use crate::collector::{self, ApiBaseline, EarlierUse};
use crate::git::{Git, Trouble};
use crate::ops::Context;
use crate::ops::changelog::files::{self, ChangelogFile};
use crate::ops::releases::{ReleasedPackage, Tags};
use crate::plan::{Collector, MissingCollector};
use crate::relative_path::join;
use crate::store::{self, PinName};
use crate::workspace::{Member, Workspace};

/// An earlier version of the workspace, as the configuration names it.
enum Earlier {
    /// The last release of each package by its tag.
    Releases,
    /// The last version of each package on crates.io.
    Registry,
    /// A commit (full id), with its name for people.
    Commit { id: String, name: String },
}

/// Why there is no earlier version, and what helps besides another setting.
type Unknown = (String, Option<String>);

/// Returns for each collector that uses an earlier version what its setting stands for at present.
pub(super) fn described(cx: &Context, collectors: &[Collector]) -> BTreeMap<Collector, String> {
    let described = collectors.iter().filter_map(|collector| {
        let text = match earlier(cx, collector) {
            Ok(None) => return None,
            Ok(Some(Earlier::Releases)) => format!("release {}", releases(cx)),
            Ok(Some(Earlier::Registry)) => "registry".to_owned(),
            Ok(Some(Earlier::Commit { id, .. })) => id,
            Err((why, _)) => format!("unknown: {why}"),
        };
        Some((collector.clone(), text))
    });
    described.collect()
}

/// Returns a digest of everything that decides which release of a package is the last one.
fn releases(cx: &Context) -> String {
    let tags = cx.git().and_then(|git| Tags::read(&git));
    let tags = tags.map(|tags| {
        let all = tags.reached.into_iter().chain(tags.elsewhere);
        all.map(|tag| (tag.name, tag.commit)).collect::<Vec<_>>()
    });
    let template = &cx.config().releases.own_tag;
    store::digest(format!("{template:?} {tags:?}").as_bytes())
}

/// Returns the earlier version that a collector uses. `None` if it uses none.
fn earlier(cx: &Context, collector: &Collector) -> Result<Option<Earlier>, Unknown> {
    let settings = cx.config().collect.settings(collector);
    let earlier = collector::of(collector).earlier;
    let (EarlierUse::Packages(key) | EarlierUse::Changes(key)) = earlier else {
        return Ok(None);
    };
    let name = settings.text(key).unwrap_or_default();
    Ok(match (earlier, name) {
        (EarlierUse::Packages(_), "" | "release") => Some(Earlier::Releases),
        (EarlierUse::Packages(_), "registry") => Some(Earlier::Registry),
        (_, "") => None,
        _ => Some(named(cx, collector, key, name)?),
    })
}

/// Returns the version at the pinned baseline or at a revision.
fn named(cx: &Context, collector: &Collector, key: &str, name: &str) -> Result<Earlier, Unknown> {
    if name == "baseline" {
        return baseline(cx);
    }
    let git = cx.git().map_err(told)?;
    let id = git.revision(name).map_err(told)?.ok_or_else(|| {
        (
            format!("`{name}` is not a revision of this repository"),
            Some(format!(
                "fetch it, or set another `{key}` in [collect.{collector}]"
            )),
        )
    })?;
    let name = name.to_owned();
    Ok(Earlier::Commit { id, name })
}

/// Returns the commit of the pinned baseline.
fn baseline(cx: &Context) -> Result<Earlier, Unknown> {
    let pin = Some("cargo campaign baseline".to_owned());
    let baseline = cx.store.pinned(PinName::Baseline);
    let baseline = baseline.map_err(|error| (error.to_string(), pin.clone()))?;
    let Some(baseline) = baseline else {
        return Err(("no baseline is pinned".to_owned(), pin));
    };
    let since = baseline.view.provenance.since();
    match since.commit {
        Some(id) if !since.dirty => Ok(Earlier::Commit {
            id,
            name: "the baseline".to_owned(),
        }),
        Some(_) => Err(("the baseline has uncommitted changes".to_owned(), pin)),
        None => Err(("the baseline has no commit".to_owned(), pin)),
    }
}

fn told(trouble: Trouble) -> Unknown {
    (trouble.to_string(), trouble.hint())
}

/// Adds the earlier version that a collector uses to a request.
///
/// # Errors
/// If it is not known, or if no package can be compared with it.
pub(super) fn find(
    cx: &Context,
    collector: &Collector,
    request: &mut Request,
    workspace: &Workspace,
    selected: &Workspace,
) -> Result<(), MissingCollector> {
    let needed = collector::of(collector).earlier;
    let key = match needed {
        EarlierUse::None => return Ok(()),
        EarlierUse::Packages(key) | EarlierUse::Changes(key) => key,
    };
    let found = earlier(cx, collector).and_then(|earlier| {
        match (needed, earlier) {
            (EarlierUse::Packages(_), Some(earlier)) => {
                request.api_baselines = packages(cx, &earlier, workspace, selected)?;
            }
            (EarlierUse::Changes(_), Some(Earlier::Commit { id, .. })) => {
                request.changed_since = Some(id);
            }
            _ => {}
        }
        Ok(())
    });
    found.map_err(|(what, fix)| MissingCollector {
        collector: collector.clone(),
        what,
        fix: fix.unwrap_or_else(|| format!("see `{key}` in [collect.{collector}]")),
    })
}

/// Returns the earlier version of each selected package whose API others may use, as far as there
/// is one.
///
/// # Errors
/// If no package has one.
fn packages(
    cx: &Context,
    earlier: &Earlier,
    workspace: &Workspace,
    selected: &Workspace,
) -> Result<BTreeMap<String, ApiBaseline>, Unknown> {
    let members = selected.members.iter();
    let members: Vec<&Member> = members
        .filter(|one| collector::has_public_api(one))
        .collect();
    if members.is_empty() {
        let what = "no selected package is a library that can be published";
        return Err((what.to_owned(), None));
    }
    let git = cx.git().map_err(told);
    let found = match earlier {
        Earlier::Registry => members
            .iter()
            .map(|member| (member.name.clone(), ApiBaseline::Registry))
            .collect(),
        Earlier::Commit { id, name } => existing(&git?, &members, id, name),
        Earlier::Releases => {
            let git = git?;
            let tags = Tags::read(&git).map_err(told)?;
            let books = files::covering(cx, workspace);
            released(cx, &git, &tags, &books, &members)
        }
    };
    let mut baselines = found.values();
    if !baselines.all(|one| matches!(one, ApiBaseline::Unknown(_))) {
        return Ok(found);
    }
    let unknown = found.into_iter().find_map(|(package, one)| match one {
        ApiBaseline::Unknown(why) => Some(format!("`{package}`: {why}")),
        _ => None,
    });
    const NONE: &str = "no earlier version of a selected library was found";
    Err((unknown.unwrap_or_else(|| NONE.to_owned()), None))
}

/// Returns the packages that a commit has.
fn existing(git: &Git, members: &[&Member], id: &str, name: &str) -> BTreeMap<String, ApiBaseline> {
    let found = members.iter().filter_map(|member| {
        let baseline = at(git, member, id, name)?;
        Some((member.name.clone(), baseline))
    });
    found.collect()
}

/// Returns a package at a commit. `None` if the commit does not have it.
fn at(git: &Git, member: &Member, id: &str, name: &str) -> Option<ApiBaseline> {
    match git.file_at(id, &join(&member.dir, "Cargo.toml")) {
        Ok(None) => None,
        Ok(Some(_)) => Some(ApiBaseline::Commit {
            id: id.to_owned(),
            name: name.to_owned(),
        }),
        Err(trouble) => Some(ApiBaseline::Unknown(trouble.to_string())),
    }
}

/// Returns the packages that were released, at their last release.
fn released(
    cx: &Context,
    git: &Git,
    tags: &Tags,
    books: &[ChangelogFile],
    members: &[&Member],
) -> BTreeMap<String, ApiBaseline> {
    let found = members.iter().filter_map(|member| {
        let version = Version::parse(&member.version).ok()?;
        let package = ReleasedPackage {
            name: &member.name,
            version: &version,
            is_apart: !member.dir.is_empty(),
        };
        let (_, tag) = tags.last_release(cx, books, &package)?;
        let baseline = at(git, member, &tag.commit, &tag.name)?;
        Some((member.name.clone(), baseline))
    });
    found.collect()
}

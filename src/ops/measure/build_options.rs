//! Checks the features, the profile and the target of a measurement before anything is compiled.
//!
//! Cargo refuses an unknown name in every step. It is a mistake in the command or the configuration, and not a result that is
//! recorded.

use std::collections::BTreeSet;

use anyhow::Result;

use super::request;
use crate::collector::planner::{self, Request};
use crate::collector::{self, Influence, ProfileChoice};
use crate::ops::{Context, Exit, Stop};
use crate::options::{DEFAULT, spelling, tree};
use crate::plan::Collector;
use crate::probe;
use crate::store;
use crate::workspace::{Member, Workspace};

/// Profiles that cargo defines.
const BUILT_IN: [&str; 4] = ["bench", "dev", "release", "test"];

/// Checks the names that the steps of this request pass to cargo. `selected` are the members that are measured.
///
/// # Errors
/// If a feature, the profile or the target does not exist.
pub(crate) fn check(
    cx: &Context,
    request: &Request,
    workspace: &Workspace,
    selected: &Workspace,
) -> Result<()> {
    if !request.collectors.iter().any(is_build) {
        return Ok(());
    }
    let default = cx.options.names_default.then_some(DEFAULT);
    for feature in request
        .build
        .features
        .iter()
        .map(String::as_str)
        .chain(default)
    {
        if let Some(unknown) = unknown_feature(feature, &workspace.members, &selected.members) {
            return Err(unknown.into());
        }
    }
    // Benchmarks are always compiled with cargo's `bench` profile.
    let uses_profile =
        |collector| is_build(collector) && collector::of(collector).profile != ProfileChoice::Fixed;
    if let Some(profile) = &request.build.profile
        && request.collectors.iter().any(uses_profile)
    {
        check_profile(cx, profile)?;
    }
    match &request.build.target {
        Some(target) => check_target(cx, target),
        None => Ok(()),
    }
}

/// Returns whether a collector passes features and target to cargo.
fn is_build(collector: &Collector) -> bool {
    collector::of(collector).is_influenced_by(Influence::Cargo)
}

/// Checks that a selected package has a `default` feature, if the options name it.
///
/// Otherwise a result that was recorded without features would count for an option that cargo refuses.
///
/// # Errors
/// If no selected package has it, or the workspace cannot be read.
pub(crate) fn check_default(cx: &Context, collectors: &[Collector]) -> Result<()> {
    if !cx.options.names_default || !collectors.iter().any(is_build) {
        return Ok(());
    }
    let manifest = &cx.options.root.manifest;
    let workspace = probe::workspace(&cx.probe(), Some(manifest), &cx.options.cargo_flags)
        .map_err(|error| Stop::new(Exit::CouldNotRun, format!("{error:#}")))?;
    let selected = planner::select(&request::request(cx, collectors), &workspace);
    match unknown_feature(DEFAULT, &workspace.members, &selected.members) {
        Some(unknown) => Err(unknown.into()),
        None => Ok(()),
    }
}

/// Returns the error for a feature (`serde`, `core/serde`, `core?/serde`) that cargo refuses for the selected members.
///
/// Only a build shows the features of dependencies outside the workspace, so these are left to cargo.
fn unknown_feature(feature: &str, members: &[Member], selected: &[Member]) -> Option<Stop> {
    let is_known = match in_package(feature) {
        None => selected.iter().any(|member| has_feature(member, feature)),
        Some((package, name)) => selected
            .iter()
            .any(|member| can_enable(member, package, name, members)),
    };
    (!is_known).then(|| missing_feature(feature, members, selected))
}

/// Splits `core/serde` and `core?/serde` into package and feature.
fn in_package(feature: &str) -> Option<(&str, &str)> {
    let (package, name) = feature.split_once('/')?;
    Some((package.strip_suffix('?').unwrap_or(package), name))
}

/// Returns whether selecting a member lets cargo enable the feature of a package: of the member
/// itself, or of one of its dependencies.
fn can_enable(member: &Member, package: &str, feature: &str, members: &[Member]) -> bool {
    let is_in_workspace = member.name == package || contains(&member.siblings, package);
    contains(&member.dependencies, package)
        || is_in_workspace && feature_owner(package, feature, members).is_some()
}

/// Returns the member of this name, if it has the feature.
fn feature_owner<'a>(package: &str, feature: &str, members: &'a [Member]) -> Option<&'a Member> {
    members
        .iter()
        .find(|member| member.name == package && has_feature(member, feature))
}

fn has_feature(member: &Member, feature: &str) -> bool {
    contains(&member.features, feature)
}

fn contains(names: &[String], name: &str) -> bool {
    names.iter().any(|known| known == name)
}

fn missing_feature(feature: &str, members: &[Member], selected: &[Member]) -> Stop {
    let message = match selected {
        [member] => format!(
            "package `{}` does not contain the feature `{feature}`",
            member.name
        ),
        _ => format!("none of the selected packages contains the feature `{feature}`"),
    };
    let stop = Stop::new(Exit::Usage, message);
    let owner = match in_package(feature) {
        Some((package, name)) => feature_owner(package, name, members),
        None => members.iter().find(|member| has_feature(member, feature)),
    };
    if let Some(owner) = owner {
        return stop.help(format!("package `{}` contains it", owner.name));
    }
    let names: Vec<String> = match in_package(feature) {
        Some((package, _)) => members
            .iter()
            .filter(|member| member.name == package)
            .flat_map(|member| &member.features)
            .map(|feature| format!("{package}/{feature}"))
            .collect(),
        None => selected
            .iter()
            .flat_map(|member| member.features.iter().cloned())
            .collect(),
    };
    with_suggestion(stop, feature, &names)
}

/// Checks that a profile is built in or defined by the root manifest, cargo's configuration or the environment.
fn check_profile(cx: &Context, profile: &str) -> Result<()> {
    let variable = format!(
        "CARGO_PROFILE_{}_",
        profile.replace('-', "_").to_uppercase()
    );
    let environment = &cx.options.environment;
    let mut relevant = environment.relevant.keys();
    if relevant.any(|name| name.starts_with(&variable)) {
        return Ok(());
    }
    let defined = defined_profiles(cx);
    if defined.iter().any(|known| known == profile) {
        return Ok(());
    }
    let stop = Stop::new(Exit::Usage, format!("profile `{profile}` is not defined"));
    Err(with_suggestion(stop, profile, &defined).into())
}

fn defined_profiles(cx: &Context) -> Vec<String> {
    let mut defined: BTreeSet<String> = BUILT_IN.map(str::to_owned).into();
    let manifest = store::read_text(&cx.options.root.manifest).unwrap_or_default();
    if let Ok(manifest) = tree::parse(&manifest) {
        let tables = manifest.entries().iter();
        let profiles = tables.filter(|table| table.key == "profile");
        defined.extend(
            profiles.flat_map(|table| table.value.entries().iter().map(|entry| entry.key.clone())),
        );
    }
    let configured = cx.conditions().config;
    defined.extend(
        configured
            .keys()
            .filter_map(|key| key.strip_prefix("profile."))
            .map(str::to_owned),
    );
    defined.into_iter().collect()
}

/// Checks that the compiler knows a target. `host-tuple` and paths of specifications are left to cargo.
fn check_target(cx: &Context, target: &str) -> Result<()> {
    if target == "host-tuple" || target.ends_with(".json") {
        return Ok(());
    }
    let rustc = cx.options.environment.rustc.as_deref();
    let probe = cx.probe();
    // A list that cannot be read proves nothing, and `RUST_TARGET_PATH` adds targets that no list has.
    let known = probe::targets(&probe, rustc);
    if known.is_empty()
        || known.iter().any(|known| known == target)
        || !probe::cfg(&probe, rustc, target).is_empty()
    {
        return Ok(());
    }
    let stop = Stop::new(Exit::Usage, spelling::unknown("target", target));
    let stop = with_suggestion(stop, target, &known);
    Err(if stop.help.is_empty() {
        stop.help("rustc --print target-list (lists the targets)")
    } else {
        stop
    }
    .into())
}

/// Returns the error with the name that was probably meant, or with all of them if there are few.
fn with_suggestion(stop: Stop, name: &str, known: &[String]) -> Stop {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    match spelling::suggest(name, &known) {
        suggestion if suggestion.is_empty() => stop,
        suggestion => stop.help(suggestion),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, features: &[&str], dependencies: &[&str]) -> Member {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Member {
            name: name.to_owned(),
            features: owned(features),
            dependencies: owned(dependencies),
            ..Member::default()
        }
    }

    #[test]
    fn only_features_that_no_selected_member_can_have_are_refused() {
        let members = [
            Member {
                siblings: vec!["core".to_owned()],
                ..member("api", &["default", "metrics"], &["serde"])
            },
            member("core", &["tracing"], &[]),
        ];
        for (feature, selected, expected) in [
            ("metrics", &members[..], None),
            ("tracing", &members, None),
            ("api/metrics", &members, None),
            ("core/tracing", &members[..1], None),
            ("core?/tracing", &members[..1], None),
            ("serde/derive", &members, None),
            ("serde?/derive", &members, None),
            ("default", &members, None),
            (
                "default",
                &members[1..],
                Some(
                    "package `core` does not contain the feature `default`; package `api` contains it",
                ),
            ),
            (
                "api/metrics",
                &members[1..],
                Some(
                    "package `core` does not contain the feature `api/metrics`; package `api` contains it",
                ),
            ),
            (
                "core/metrics",
                &members,
                Some(
                    "none of the selected packages contains the feature `core/metrics`; expected `core/tracing`",
                ),
            ),
            (
                "metrisc",
                &members,
                Some(
                    "none of the selected packages contains the feature `metrisc`; did you mean `metrics`?",
                ),
            ),
            (
                "tracing",
                &members[..1],
                Some(
                    "package `api` does not contain the feature `tracing`; package `core` contains it",
                ),
            ),
            (
                "core/tracin",
                &members,
                Some(
                    "none of the selected packages contains the feature `core/tracin`; did you mean `core/tracing`?",
                ),
            ),
            (
                "serde/derive",
                &members[1..],
                Some("package `core` does not contain the feature `serde/derive`; "),
            ),
        ] {
            let found = unknown_feature(feature, &members, selected)
                .map(|stop| format!("{}; {}", stop.message, stop.help.join("; ")));
            assert_eq!(found.as_deref(), expected, "{feature}");
        }
    }
}

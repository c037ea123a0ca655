//! Checks the features, the profile and the target of a measurement before anything is compiled.
//!
//! Cargo refuses an unknown name in every step. It is a mistake in the command or the configuration, and not a result that is
//! recorded.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::collector::planner::Request;
use crate::collector::{self, Influence};
use crate::ops::{Context, Exit, Stop};
use crate::options::{spelling, tree};
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
    for feature in &request.features {
        if let Some(unknown) = unknown_feature(feature, &workspace.members, &selected.members) {
            return Err(unknown.into());
        }
    }
    // Benchmarks are always compiled with cargo's `bench` profile.
    let uses_profile = |collector| is_build(collector) && collector::of(collector).has_profile;
    if let Some(profile) = &request.profile
        && request.collectors.iter().any(uses_profile)
    {
        check_profile(cx, profile)?;
    }
    match &request.target {
        Some(target) => check_target(cx, target),
        None => Ok(()),
    }
}

/// Returns whether a collector passes features and target to cargo.
fn is_build(collector: &Collector) -> bool {
    collector::of(collector).is_influenced_by(Influence::Cargo)
}

/// Returns the error for a feature (`serde`, `core/serde`) that no selected member has.
///
/// Cargo alone knows the features of dependencies outside the workspace, so these are not checked.
fn unknown_feature(feature: &str, members: &[Member], selected: &[Member]) -> Option<Stop> {
    let Some((package, name)) = feature.split_once('/') else {
        let is_known = selected.iter().any(|member| has_feature(member, feature));
        return (!is_known).then(|| missing_feature(feature, members, selected));
    };
    if selected
        .iter()
        .any(|member| member.dependencies.iter().any(|known| known == package))
    {
        return None;
    }
    // Whether the selected members can activate it depends on their dependencies.
    let is_known = members
        .iter()
        .any(|member| member.name == package && has_feature(member, name));
    if is_known {
        return None;
    }
    Some(missing_feature(feature, members, selected))
}

fn has_feature(member: &Member, feature: &str) -> bool {
    member.features.iter().any(|known| known == feature)
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
    let other = members.iter().find(|member| has_feature(member, feature));
    if let Some(other) = other {
        return stop.help(format!("package `{}` contains it", other.name));
    }
    let names: Vec<String> = match feature.split_once('/') {
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
    let stop = Stop::new(Exit::Usage, format!("unknown target `{target}`"));
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
            member("api", &["default", "metrics"], &["serde"]),
            member("core", &["tracing"], &[]),
        ];
        for (feature, selected, expected) in [
            ("metrics", &members[..], None),
            ("tracing", &members, None),
            ("api/metrics", &members, None),
            ("core/tracing", &members[..1], None),
            ("serde/derive", &members, None),
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

//! The provenance of a run: commit, toolchain, machine and settings.

use std::collections::BTreeMap;

use anyhow::Result;

use super::prepare::Prepared;
use super::request;
use crate::collector;
use crate::git::{Git, Standing, Trouble};
use crate::ops::{Context, Exit, Stop};
use crate::options::conditions::Conditions;
use crate::plan::{BuildSelection, Collector};
use crate::probe;
use crate::process::temp_dir::TempDir;
use crate::relative_path::is_below;
use crate::snapshot::Provenance;
use crate::store;
use crate::tree::Fingerprint;
use crate::workspace::Workspace;

/// Returns everything that the meaning of this run's values depends on.
///
/// # Errors
/// If the toolchain cannot be started.
pub(crate) fn provenance(
    cx: &Context,
    prepared: &Prepared,
    sources: &Fingerprint,
) -> Result<Provenance> {
    let toolchain = probe::toolchain(&cx.probe(), cx.options.environment.rustc.as_deref())
        .map_err(|error| {
            Stop::new(Exit::CouldNotRun, format!("{error:#}")).help("cargo campaign doctor")
        })?;
    let standing = match cx.git().and_then(|git| standing(&git)) {
        Ok(standing) => standing,
        Err(trouble) => {
            cx.note(&format!("{trouble}: values carry no commit"));
            Standing::default()
        }
    };
    let Conditions {
        digests,
        config,
        programs: _,
    } = cx.conditions();
    let options = &cx.options;
    let scope = scope(prepared);
    Ok(Provenance {
        workspace: name(&prepared.workspace),
        members: prepared
            .workspace
            .members
            .iter()
            .map(|member| member.name.clone())
            .collect(),
        branch: cx.branch(&standing),
        commit: standing.commit,
        dirty: standing.dirty,
        since: None,
        // Known when the files were read.
        imported: BTreeMap::new(),
        tree: sources.digest.clone(),
        lock: sources.lock.clone(),
        lints: sources.lints.clone(),
        toolchain,
        host: probe::host(&cx.probe()),
        target: options.build.target.clone(),
        profile: profile(&options.build),
        features: features(&options.build),
        cargo_flags: options.cargo_flags.clone(),
        env: variables(cx),
        clippy_toml: settings_files("clippy.toml", &sources.clippy_toml, &digests),
        rustfmt_toml: settings_files("rustfmt.toml", &sources.rustfmt_toml, &digests),
        config,
        conditions: digests
            .into_iter()
            .chain(sources.conditions.clone())
            .collect(),
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        unscoped_settings: if scope.is_empty() {
            BTreeMap::new()
        } else {
            let collectors: Vec<Collector> = prepared.plan.settings.keys().cloned().collect();
            request::workspace_settings(cx, &collectors)
        },
        scope,
        settings: prepared.plan.settings.clone(),
    })
}

/// Returns commit, branch and whether files differ from the commit, also if marks of the index hide that.
pub(crate) fn standing(git: &Git) -> Result<Standing, Trouble> {
    let mut standing = git.standing()?;
    if standing.dirty || standing.commit.is_none() {
        return Ok(standing);
    }
    let scratch = TempDir::new().map_err(|error| Trouble::Failed {
        command: "status".to_owned(),
        message: format!("cannot create a temporary directory: {error}"),
    })?;
    let hidden = git.hidden_edits(scratch.path())?;
    let is_own = |file: &String| file == "campaign.toml" || is_below(file, ".campaign");
    let mut edits = hidden.iter().filter(|file| !is_own(file));
    standing.dirty = edits.any(|file| !file.starts_with("../"));
    Ok(standing)
}

/// Returns a digest of all files with a name, in the source tree and outside, also with a leading dot. Empty without any.
fn settings_files(name: &str, in_tree: &str, outside: &BTreeMap<String, String>) -> String {
    let outside: Vec<&str> = outside
        .iter()
        .filter(|(path, _)| {
            let last = path.rsplit('/').next().unwrap_or_default();
            last.trim_start_matches('.') == name
        })
        .map(|(_, digest)| digest.as_str())
        .collect();
    if outside.is_empty() {
        return in_tree.to_owned();
    }
    store::digest(format!("{in_tree} {}", outside.join(" ")).as_bytes())
}

/// Returns the name of the root package, or the first name among the members. The directory's name is not used, because a
/// clone may have any.
fn name(workspace: &Workspace) -> String {
    let members = workspace.members.iter();
    if let Some(root) = members.clone().find(|member| member.dir.is_empty()) {
        return root.name.clone();
    }
    let names = members.map(|member| &member.name);
    names.min().cloned().unwrap_or_default()
}

/// Returns the variables that change what cargo does. Those of nextest are left out unless it runs the tests.
fn variables(cx: &Context) -> BTreeMap<String, String> {
    let environment = &cx.options.environment;
    let mut variables = environment.relevant.clone();
    for name in environment.empty.iter() {
        if overrides(cx, name) {
            variables.insert(name.clone(), String::new());
        }
    }
    if !collector::runs_nextest(|collector| cx.config().collect.settings(collector)) {
        variables.retain(|name, _| !name.starts_with("NEXTEST_"));
    }
    variables
}

/// Returns whether an empty variable replaces a key of the configuration or another variable.
fn overrides(cx: &Context, name: &str) -> bool {
    let variables = cx.options.environment.relevant.keys();
    let conditions = cx.conditions();
    let mut known = conditions.config.keys().chain(variables);
    known.any(|other| is_of_same_key(name, other))
}

/// Returns whether a variable and a key or another variable have the same meaning: `RUSTFLAGS` and `build.rustflags`.
fn is_of_same_key(variable: &str, other: &str) -> bool {
    let key = other.rsplit('.').next().unwrap_or_default();
    let key = key.replace('-', "_").to_uppercase();
    variable != other && (variable.ends_with(&key) || key.ends_with(variable))
}

/// Returns the name of the profile.
pub(crate) fn profile(build: &BuildSelection) -> String {
    build.profile.clone().unwrap_or_else(|| "dev".to_owned())
}

/// Returns the description of the features, see [`Provenance::features`].
pub(crate) fn features(build: &BuildSelection) -> String {
    let mut named = build.features.clone();
    // Cargo does not care about the order of features.
    named.sort();
    match (build.all_features, build.no_default_features) {
        (true, _) => "all".to_owned(),
        (false, true) if named.is_empty() => "none".to_owned(),
        (false, true) => format!("only {}", named.join(" ")),
        (false, false) if named.is_empty() => "default".to_owned(),
        (false, false) => format!("default and {}", named.join(" ")),
    }
}

/// Returns the names of the selected packages, or none if all are selected.
fn scope(prepared: &Prepared) -> Vec<String> {
    let selected = &prepared.selected.members;
    if selected.len() == prepared.workspace.members.len() {
        return Vec::new();
    }
    selected.iter().map(|member| member.name.clone()).collect()
}

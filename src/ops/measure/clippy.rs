//! Decides whether the step of clippy gives the values of `check`.
//!
//! While clippy runs, the condition `clippy` holds and variables have other values. Code that takes part in the build can
//! use either to compile something else. If anything may do so, `check` gets a step of its own.

use std::collections::BTreeMap;
use std::path::Path;

use crate::collector::planner::Request;
use crate::decode::source;
use crate::ops::Context;
use crate::probe::{self, OutsidePackage, sources};
use crate::store;
use crate::tree::outside::{self, Without};
use crate::workspace::Workspace;

/// Name of the cache with the answers for packages that do not change, by their ids.
const INDEX: &str = "macros";

/// Returns whether the members may be compiled in another way while clippy runs.
///
/// That is so if it takes the place of a configured wrapper, if a source looks for it, and if code of the workspace runs in
/// the build or a dependency has a macro that looks for it.
pub(crate) fn distinguishes_clippy(cx: &Context, workspace: &Workspace, request: &Request) -> bool {
    has_workspace_wrapper(cx)
        || runs_in_builds(workspace)
        || sources::sources(workspace, None).keys().any(|file| {
            // A source that cannot be read does not compile either.
            let text = store::read_text(&workspace.root.join(file));
            text.is_ok_and(|text| source::distinguishes_clippy(&text))
        })
        || dependencies_distinguish_clippy(cx, workspace, request)
}

fn has_workspace_wrapper(cx: &Context) -> bool {
    let is_wrapper = |name: &String| {
        let name = name.to_ascii_lowercase().replace('_', "-");
        name.ends_with("rustc-workspace-wrapper")
    };
    let mut variables = cx.options.environment.relevant.keys();
    variables.any(is_wrapper) || cx.conditions().config.keys().any(is_wrapper)
}

/// Returns whether a build executes code of a member. It can recognize clippy in ways that no search of its source finds.
fn runs_in_builds(workspace: &Workspace) -> bool {
    let mut targets = workspace.members.iter().flat_map(|member| &member.targets);
    targets.any(|target| ["custom-build", "proc-macro"].contains(&target.kind.as_str()))
}

/// Returns whether a macro of a package outside the workspace may expand to code that looks for clippy. Also if the packages
/// are unknown, because cargo has not downloaded them yet.
fn dependencies_distinguish_clippy(cx: &Context, workspace: &Workspace, request: &Request) -> bool {
    if workspace
        .members
        .iter()
        .all(|member| member.dependencies.is_empty())
    {
        return false;
    }
    let probe = cx.probe();
    let manifest = &cx.options.root.manifest;
    let Ok(toolchain) = probe::toolchain(&probe, cx.options.environment.rustc.as_deref()) else {
        return true;
    };
    let Ok(packages) = probe::outside_packages(
        &probe,
        manifest,
        &request.cargo_flags,
        &request.build,
        &toolchain.host,
    ) else {
        return true;
    };

    let known = cx.store.cached(INDEX);
    let known: BTreeMap<String, bool> = known
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default();
    let home = cx.options.environment.cargo_home.as_deref();
    let mut answers = BTreeMap::new();
    let mut is_any = false;
    for package in packages {
        // A vendored package has the id of one in a registry, and can be edited.
        let is_unchanging =
            package.is_pinned && home.is_some_and(|home| package.dir.starts_with(home));
        let answer = match known.get(&package.id) {
            Some(answer) if is_unchanging => *answer,
            _ => has_macro_for_clippy(&package),
        };
        is_any |= answer;
        if is_unchanging {
            answers.insert(package.id, answer);
        }
    }
    if answers != known
        && let Ok(bytes) = serde_json::to_vec(&answers)
    {
        let _ = cx.store.cache(INDEX, &bytes);
    }
    is_any
}

/// Returns whether a source file of a package has macros and looks for clippy, or the package runs code in the build that
/// may do so.
fn has_macro_for_clippy(package: &OutsidePackage) -> bool {
    if package.has_build_script && !package.is_pinned {
        return true;
    }
    let Some(files) = outside::below(&package.dir, Without::Generated) else {
        return true;
    };
    let is_source = |file: &Path| file.extension().is_some_and(|name| name == "rs");
    files.iter().filter(|file| is_source(file)).any(|file| {
        let text = store::read_text(file).unwrap_or_default();
        let has_macros = package.is_proc_macro || text.contains("macro_rules");
        has_macros && source::distinguishes_clippy(&text)
    })
}

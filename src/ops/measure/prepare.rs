//! Preparing a measurement: the workspace, the tools and the plan.

use anyhow::Result;

use super::{advisories, build_options, clippy, earlier, registry, request};
use crate::collector::{self, planner};
use crate::ops::changelog::files;
use crate::ops::names;
use crate::ops::{Context, Exit, Stop};
use crate::options::root::Root;
use crate::plan::{Collector, MissingCollector, Plan};
use crate::probe::{self, pipes};
use crate::text::excerpt;
use crate::workspace::{PackageSpec, Workspace};

/// A measurement that is ready to begin. Nothing has been started except `cargo metadata` and the probes of tools.
pub struct Prepared {
    pub(crate) workspace: Workspace,
    /// The selected members.
    pub(crate) selected: Workspace,
    pub(crate) plan: Plan,
}

/// Reads the workspace, looks for tools and makes the plan.
///
/// # Errors
/// If the workspace cannot be read, or an option, gate or waiver names something that does not exist.
pub fn prepare(cx: &Context, collectors: &[Collector]) -> Result<Prepared> {
    cx.install_signal_handler();
    let workspace = workspace(cx)?;
    check_nearest(&cx.options.root, &workspace)?;
    pipes::refuse_sources(&workspace)
        .map_err(|error| Stop::new(Exit::CouldNotRun, error.to_string()))?;
    cx.recognize_selection(&workspace.members);
    let mut request = request::request(cx, collectors);
    request::find_tools(cx, &mut request);
    // An interrupted probe does not mean that the tool is missing.
    cx.stop_if_interrupted()?;
    for spec in request.packages.iter().chain(&request.exclude) {
        is_member(spec, &workspace)?;
    }
    let selected = planner::select(&request, &workspace);
    if selected.members.is_empty() && !workspace.members.is_empty() {
        let stop = Stop::new(Exit::Usage, "no package is selected");
        return Err(stop
            .help("leave out fewer packages with `--exclude`")
            .into());
    }
    build_options::check(cx, &request, &workspace, &selected)?;
    names::check(
        cx,
        workspace.members.iter().map(|member| member.name.as_str()),
    )?;
    let reader = collectors
        .iter()
        .find(|one| collector::of(one).reads_changelogs);
    if let Some(collector) = reader {
        match files::lint(cx, &workspace) {
            Ok(lint) => request.lint = lint,
            Err((what, fix)) => request.missing.push(MissingCollector {
                collector: collector.clone(),
                what,
                fix,
            }),
        }
    }
    let reader = collectors
        .iter()
        .find(|one| collector::of(one).reads_advisories);
    if let Some(collector) = reader {
        match advisories::database(cx, collector) {
            Ok(database) => request.advisories = Some(database),
            Err(missing) => request.missing.push(missing),
        }
    }
    for collector in collectors {
        let index = registry::files(cx, collector);
        request
            .indexes
            .extend(index.map(|files| (collector.clone(), files)));
        let found = earlier::find(cx, collector, &mut request, &workspace, &selected);
        request.missing.extend(found.err());
    }
    // Only an answer depends on it, and reading all sources takes time.
    if !planner::answers(&request).is_empty() {
        request.distinguishes_clippy = clippy::distinguishes_clippy(cx, &workspace, &request);
    }
    let plan = planner::plan(&request, &workspace);
    Ok(Prepared {
        workspace,
        selected,
        plan,
    })
}

fn workspace(cx: &Context) -> Result<Workspace> {
    let manifest = &cx.options.root.manifest;
    let workspace = probe::workspace(&cx.probe(), Some(manifest), &cx.options.cargo_flags)
        .map_err(|error| Stop::new(Exit::CouldNotRun, format!("{error:#}")))?;
    Ok(workspace)
}

/// Checks that the package in which the command runs is a member of the workspace.
///
/// # Errors
/// If it is not, or the workspace cannot be read.
pub(crate) fn check_membership(cx: &Context) -> Result<()> {
    let root = &cx.options.root;
    if root.nearest == root.manifest {
        return Ok(());
    }
    check_nearest(root, &workspace(cx)?)
}

/// Checks that the nearest manifest is that of the root or of a member. Cargo refuses any other.
fn check_nearest(root: &Root, workspace: &Workspace) -> Result<()> {
    let nearest = root.nearest.canonicalize().ok();
    let members = workspace.members.iter();
    let mut manifests = members.map(|member| workspace.root.join(&member.dir).join("Cargo.toml"));
    if root.nearest == root.manifest
        || nearest.is_none()
        || manifests.any(|manifest| manifest.canonicalize().ok() == nearest)
    {
        return Ok(());
    }
    let package = root.nearest.parent().unwrap_or(&root.dir);
    let package = package.strip_prefix(&root.dir).unwrap_or(package);
    let package = excerpt(&package.display().to_string());
    let stop = Stop::new(
        Exit::Usage,
        format!("package in `{package}` is not a member of the workspace above it"),
    );
    let manifest = excerpt(&root.manifest.display().to_string());
    Err(stop
        .help(format!(
            "add `{package}` to `members` or `exclude` in [workspace] of {manifest}"
        ))
        .into())
}

/// Checks that a package exists. Cargo would refuse an unknown one in every step.
fn is_member(spec: &str, workspace: &Workspace) -> Result<()> {
    if workspace
        .members
        .iter()
        .any(|member| PackageSpec(spec).selects(member))
    {
        return Ok(());
    }
    let members = workspace
        .members
        .iter()
        .map(|member| member.name.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    let stop = Stop::new(
        Exit::Usage,
        format!("package `{spec}` is not a member of this workspace"),
    );
    Err(stop.help(format!("members: {members}")).into())
}

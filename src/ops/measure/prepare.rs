//! Preparing a measurement: the workspace, the tools and the plan.

use anyhow::Result;

use super::{advisories, build_options, clippy, request};
use crate::collector::{self, planner};
use crate::ops::changelog::files;
use crate::ops::names;
use crate::ops::{Context, Exit, Stop};
use crate::plan::{Collector, MissingCollector, Plan};
use crate::probe::{self, pipes};
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
    let manifest = &cx.options.root.manifest;
    let workspace = probe::workspace(&cx.probe(), Some(manifest), &cx.options.cargo_flags)
        .map_err(|error| Stop::new(Exit::CouldNotRun, format!("{error:#}")))?;
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

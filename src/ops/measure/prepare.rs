//! Preparing a measurement: the workspace, the tools and the plan.

use anyhow::Result;

use super::{build_options, request};
use crate::collector::planner;
use crate::ops::changelog::files;
use crate::ops::names;
use crate::ops::{Context, Exit, Stop};
use crate::plan::{Collector, Plan};
use crate::probe::{self, pipes};
use crate::workspace::{PackageSpec, Workspace};

/// What is about to be measured: printable; nothing was started but cargo's description of the workspace.
pub struct Prepared {
    pub(crate) workspace: Workspace,
    /// The members that are measured.
    pub(crate) selected: Workspace,
    pub(crate) plan: Plan,
}

/// Reads the workspace, looks for tools and makes the plan.
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
    // A tool whose probe was ended is not missing.
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
    if collectors.contains(&Collector::Changelog) {
        match files::lint(cx, &workspace) {
            Ok(lint) => request.lint = lint,
            Err(lacking) => request.lacking.push(lacking),
        }
    }
    let plan = planner::plan(&request, &workspace);
    Ok(Prepared {
        workspace,
        selected,
        plan,
    })
}

/// Cargo would refuse an unknown package in every step; we say it once.
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

//! A configuration that fits the workspace.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::context::Context;
use super::evaluate::{directory_in_repository, view};
use super::exit::{Exit, Stop};
use super::measure::{self, request};
use crate::collector;
use crate::decode::source;
use crate::git::Git;
use crate::notification::Channel;
use crate::options::Refused;
use crate::options::environment;
use crate::options::source::NAME;
use crate::options::template::{self, Benches, Ci, MemberFacts, TemplateFacts};
use crate::options::workflow::{self, WorkflowFacts};
use crate::plan::Collector;
use crate::probe;
use crate::probe::sources::sources;
use crate::process::real_path;
use crate::store;
use crate::workspace::{self, Workspace};

/// A proposed configuration.
pub(crate) struct Proposal {
    /// The text of `campaign.toml`.
    pub(crate) text: String,
    /// Whether any sources have tests.
    pub(crate) has_tests: bool,
}

/// Proposes a configuration whose gates pass today. Values come from recorded runs of the current
/// tree, if there are any.
///
/// # Errors
/// If the workspace cannot be read.
pub(crate) fn propose(cx: &Context) -> Result<Proposal> {
    let prepared = measure::prepare(cx, &[])?;
    let wanted = cx.config().collect.default.iter().cloned().collect();
    let found = view::current(cx, &wanted)?;
    let is_measured = found.view.stale.is_empty() && !found.view.sources.is_empty();

    let mut request = request::request(cx, &[]);
    request.collectors = collector::ALL.iter().map(|one| one.collector()).collect();
    request::find_tools(cx, &mut request);
    let missing: Vec<Collector> = request
        .missing
        .into_iter()
        .map(|missing| missing.collector)
        .collect();
    let tested = tested(cx, &prepared.workspace)?;
    let members = &prepared.workspace.members;
    let facts = TemplateFacts {
        name: cx.campaign(),
        members: members
            .iter()
            .map(|one| member(one, cx.root(), tested.contains(&one.name)))
            .collect(),
        ci: ci(cx.root()),
        missing,
        nextest: false,
        unstable_benches: has_unstable_benches(cx, &prepared.workspace),
        readings: is_measured.then_some(&found.view.snapshot),
    };
    Ok(Proposal {
        text: template::render(&facts),
        has_tests: template::has_tests(&facts),
    })
}

/// Rejects a `campaign.toml` that is a link to a missing file.
pub(crate) fn refuse_broken_link(cx: &Context) -> Result<()> {
    let path = cx.root().join(NAME);
    if !path.is_symlink() || path.exists() {
        return Ok(());
    }
    let stop = Stop::new(Exit::Usage, format!("{NAME} is a link to a missing file"));
    Err(stop.help("remove the link, or create the file").into())
}

/// Writes the configuration to `campaign.toml`.
///
/// # Errors
/// If the file exists or cannot be written.
pub(crate) fn write(cx: &Context, proposal: &Proposal) -> Result<()> {
    Ok(store::create_new(
        &cx.root().join(NAME),
        proposal.text.as_bytes(),
    )?)
}

/// A proposed workflow for GitHub Actions.
pub(crate) struct Workflow {
    /// The top of the repository.
    top: PathBuf,
    /// Where it belongs.
    pub(crate) path: PathBuf,
    /// Its text.
    pub(crate) text: String,
}

/// Proposes a workflow for the repository that contains the workspace.
///
/// # Errors
/// If a name cannot be used in a workflow.
pub(crate) fn workflow(cx: &Context) -> Result<Workflow, Refused> {
    let git = cx.git().ok();
    let top = git.as_ref().and_then(|git| git.top().ok());
    let top = top.unwrap_or_else(|| cx.root().to_owned());
    Ok(Workflow {
        path: top.join(WORKFLOW),
        top,
        text: workflow::github(&workflow_facts(cx, git.as_ref()))?,
    })
}

/// Returns the text of a workflow that only measures the jobs that are due, with these options.
///
/// # Errors
/// As for [`workflow`].
pub(crate) fn scheduled_workflow(cx: &Context, options: &[String]) -> Result<String, Refused> {
    workflow::github_schedule(&workflow_facts(cx, cx.git().ok().as_ref()), options)
}

fn workflow_facts(cx: &Context, git: Option<&Git>) -> WorkflowFacts {
    let schedule = &cx.config().schedule;
    let channels = cx.config().notify.iter().map(|one| &one.channel);
    WorkflowFacts {
        branch: main_branch(git),
        directory: directory_in_repository(cx.root()).unwrap_or_default(),
        zone: (!schedule.jobs.is_empty())
            .then(|| schedule.zone.iana_name().unwrap_or("Etc/UTC").to_owned()),
        config: given_config(cx),
        variables: channels
            .filter_map(Channel::variable)
            .map(str::to_owned)
            .collect(),
    }
}

/// Returns the file of `--config`, relative to the root. `None` for the places where a campaign is found.
fn given_config(cx: &Context) -> Option<String> {
    let path = probe::relative(cx.root(), cx.options.path.as_deref()?);
    (path != "campaign.toml" && path != "Cargo.toml").then_some(path)
}

/// The workflow of a repository.
const WORKFLOW: &str = ".github/workflows/campaign.yml";

/// Returns the branch that pull requests are merged into: the default one of the remote, `main` or `master`, or the current
/// one.
fn main_branch(git: Option<&Git>) -> String {
    git.and_then(|git| {
        git.default_branch()
            .or_else(|| usual_branch(git))
            .or_else(|| git.standing().ok()?.branch)
    })
    .unwrap_or_else(|| "main".to_owned())
}

/// Returns `main` or `master`, if the remote has a branch of this name, or else the clone.
fn usual_branch(git: &Git) -> Option<String> {
    let places = ["refs/remotes/origin", "refs/heads"].into_iter();
    let mut branches = places.flat_map(|place| ["main", "master"].map(|name| (place, name)));
    let (_, name) = branches.find(|(place, name)| {
        let found = git.revision(&format!("{place}/{name}"));
        matches!(found, Ok(Some(_)))
    })?;
    Some(name.to_owned())
}

/// Writes the workflow.
///
/// # Errors
/// If the file exists or cannot be written.
pub(crate) fn write_workflow(workflow: &Workflow) -> Result<()> {
    if workflow.path.symlink_metadata().is_ok() {
        let message = format!("{} already exists", workflow.path.display());
        let stop = Stop::new(Exit::Usage, message);
        return Err(stop
            .help("cargo campaign init --ci github --dry-run (prints what would be written)")
            .into());
    }
    let mut above = workflow.path.ancestors().skip(1);
    if let Some(existing) = above.find(|directory| directory.symlink_metadata().is_ok())
        && !real_path(existing).starts_with(real_path(&workflow.top))
    {
        let message = format!("{} leads out of the repository", existing.display());
        let stop = Stop::new(Exit::Usage, message);
        return Err(stop.help("replace the link by a directory").into());
    }
    Ok(store::create_new_below(
        &workflow.path,
        workflow.text.as_bytes(),
    )?)
}

/// Returns the names of the members with tests that `cargo test` runs. Nothing is compiled.
fn tested(cx: &Context, workspace: &Workspace) -> Result<BTreeSet<String>> {
    let files = cx.fingerprint()?.listed();
    let mut tested = BTreeSet::new();
    let sources = sources(workspace, Some(&files));
    let files_of_members = sources.iter().flat_map(|(file, packages)| {
        let members = workspace.members.iter();
        members
            .filter(|member| packages.contains(&member.name))
            .map(move |member| (file, member))
    });
    for (file, member) in files_of_members {
        if tested.contains(&member.name) {
            continue;
        }
        // Features that are off by default are taken to be off.
        let targets = member.targets_of(file);
        let (has_unit_tests, has_doctests) = (
            targets.iter().any(|t| t.test && !t.off_by_default),
            targets.iter().any(|t| t.doctest && !t.off_by_default),
        );
        let is_tested = |text: String| {
            has_unit_tests && source::has_test(&text) || has_doctests && source::has_doctest(&text)
        };
        if store::read_text(&cx.root().join(file)).is_ok_and(is_tested) {
            tested.insert(member.name.clone());
        }
    }
    Ok(tested)
}

/// Returns whether a bench uses unstable features that the compiler refuses. Nothing is compiled.
fn has_unstable_benches(cx: &Context, workspace: &Workspace) -> bool {
    let files = workspace
        .members
        .iter()
        .flat_map(|member| &member.targets)
        .filter(|target| target.kind == "bench");
    let mut files = files.map(|target| cx.root().join(&target.file));
    let uses_features =
        files.any(|file| store::read_text(&file).is_ok_and(|text| source::has_features(&text)));
    uses_features && !takes_features(cx)
}

/// Returns whether the compiler takes unstable features; `true` if it cannot be asked.
fn takes_features(cx: &Context) -> bool {
    let Ok(toolchain) = probe::toolchain(&cx.probe(), cx.options.environment.rustc.as_deref())
    else {
        return true;
    };
    let version = toolchain.rustc.split(' ').next().unwrap_or_default();
    version.ends_with("-nightly")
        || version.ends_with("-dev")
        || environment::variable("RUSTC_BOOTSTRAP").is_some()
}

fn member(of: &workspace::Member, root: &Path, has_tests: bool) -> MemberFacts {
    let has_benches = of.targets.iter().any(|target| target.kind == "bench");
    let has_lib = of
        .targets
        .iter()
        .any(|target| target.doc && target.kind != "bin");
    MemberFacts {
        name: of.name.clone(),
        has_lib,
        has_tests: has_tests || of.targets.iter().any(|target| is_test_target(root, target)),
        benches: has_benches.then(|| benches(&root.join(&of.dir).join("Cargo.toml"))),
    }
}

/// Returns whether `cargo test` runs a test target in which tests may be defined in a way that is not recognized.
fn is_test_target(root: &Path, target: &workspace::Target) -> bool {
    let is_run = target.kind == "test" && target.test && !target.off_by_default;
    is_run
        && store::read_text(&root.join(&target.file))
            .is_ok_and(|text| !source::has_only_ignored_tests(&text))
}

/// Returns the harness of a package's benchmarks, judging by the names in its manifest.
fn benches(manifest: &Path) -> Benches {
    let text = store::read_text(manifest).unwrap_or_default();
    match text {
        text if text.contains("criterion") => Benches::Criterion,
        text if text.contains("harness = false") => Benches::Unknown,
        _ => Benches::Libtest,
    }
}

/// Returns the CI service, judging by its configuration files.
fn ci(root: &Path) -> Option<Ci> {
    if root.join(".github/workflows").is_dir() {
        return Some(Ci::GitHub);
    }
    root.join(".gitlab-ci.yml").is_file().then_some(Ci::GitLab)
}

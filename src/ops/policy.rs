//! Gates, settings and baseline of another git revision, for judging without those of the working tree.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::Result;

use super::exit::{Exit, Stop};
use crate::change::Change;
use crate::git::{Git, Trouble};
use crate::judge;
use crate::ops::Context;
use crate::ops::measure::names;
use crate::options::{self, Environment, Flags, MergeTarget, RevisionFiles, Root};
use crate::plan::Collector;
use crate::probe::relative;
use crate::process::real_path;
use crate::process::temp_dir::TempDir;
use crate::report::pin_on;
use crate::run::Judgement;
use crate::store::{self, Pin, Store};

/// Paths below the root.
const CAMPAIGN: &str = "campaign.toml";
const MANIFEST: &str = "Cargo.toml";
const BASELINE: &str = ".campaign/baseline.json";

/// How a shallow clone gets its history.
pub(crate) const FULL_CLONE: &str = "git fetch --unshallow (in GitHub Actions, `fetch-depth: 0` of actions/checkout; in GitLab, `GIT_DEPTH: 0`)";

/// How a partial clone gets its files.
const COMPLETE_CLONE: &str =
    "git fetch --refetch --no-filter (in GitHub Actions, no `filter` of actions/checkout)";

/// A revision whose gates, settings and baseline are used.
#[derive(Debug)]
pub(crate) struct AtRevision {
    /// The revision as the user named it.
    pub(crate) name: String,
    pub(crate) commit: String,
    /// The baseline, if the revision has one.
    pub(crate) baseline: Option<Pin>,
    /// The files among these whose content differs in the working tree.
    differ: Vec<String>,
    /// The changes of the working tree to the configuration, which are not used.
    pub(crate) proposed: Option<Change>,
}

impl AtRevision {
    /// `gates and baseline are those of main (28444a7)`, and the files that the working tree has changed.
    pub(crate) fn describe(&self) -> String {
        let commit = self.commit.get(..7).unwrap_or(&self.commit);
        let text = format!("gates and baseline are those of {} ({commit})", self.name);
        match self.differ.as_slice() {
            [] => text,
            [file] => format!("{text}; the working tree's {file} differs and is not used"),
            files => {
                let files = files.join(" and ");
                format!("{text}; the working tree's {files} differ and are not used")
            }
        }
    }

    /// Names the files of the workspace that take part in measuring and that the working tree has changed: programs and
    /// arguments of collectors, and nextest's configuration. They can decide about values, and unlike the gates, those of the
    /// working tree are used.
    pub(crate) fn changed_instruments(
        &self,
        cx: &Context,
        collectors: &BTreeSet<Collector>,
    ) -> Vec<String> {
        let Ok(git) = cx.git() else {
            return Vec::new();
        };
        let mut notes = Vec::new();
        for collector in collectors {
            for file in instruments(cx, collector) {
                let here = store::read_file(&cx.root().join(&file), store::TEXT_LIMIT).ok();
                let there = git.file_at(&self.commit, &file).ok().flatten();
                if here != there {
                    notes.push(format!(
                        "`{file}`, which takes part in measuring `{collector}`, differs from that of {} and is used",
                        self.name
                    ));
                }
            }
        }
        notes
    }

    /// Replaces the advice to pin a baseline: pinning in the working tree would change nothing.
    pub(crate) fn correct_help(&self, judgement: &mut Judgement) {
        for help in judgement
            .gates
            .iter_mut()
            .filter_map(|gate| gate.help.as_mut())
        {
            if help.starts_with(judge::PIN) {
                *help = self.pin();
            }
        }
    }

    /// Returns how the revision gets a baseline.
    pub(crate) fn pin(&self) -> String {
        pin_on(&self.name)
    }
}

/// Returns the files of the workspace that a collector runs, or that decide how it runs tests.
fn instruments(cx: &Context, collector: &Collector) -> BTreeSet<String> {
    let named = names::words(cx, collector).into_iter();
    let mut files: BTreeSet<String> = named
        .map(|name| relative(cx.root(), &cx.root().join(name)))
        .filter(|name| !name.starts_with("../") && Path::new(name).is_relative())
        .collect();
    let settings = cx.config().collect.settings(collector);
    if settings.is("runner", "nextest") {
        files.insert(".config/nextest.toml".to_owned());
    }
    files
}

/// Whose changes are judged by the policy of a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judged {
    /// Those of the user, who decides which directory is judged.
    OwnTree,
    /// Those of a proposal for merging, whose author must not choose the rules.
    Proposal,
}

/// Reads the policy and the baseline of a revision, and adds the policy to the flags.
///
/// # Errors
/// If the revision does not exist or does not have the file of `--config`, its baseline cannot be read, or a proposal has
/// moved the workspace to other rules.
pub(crate) fn read(
    name: &str,
    flags: &mut Flags,
    cwd: &Path,
    environment: &Environment,
    judged: Judged,
) -> Result<AtRevision> {
    let manifest = flags.manifest_path.as_deref();
    let found = options::root::find(manifest, cwd, environment.cargo_home.as_deref())?;
    let git = Git::discover(&found.dir)?;
    if judged == Judged::Proposal {
        check_repository(&git, environment.checkout.as_deref())?;
    }
    let is_target = is_target(environment, name);
    // A tag with the name of the target must not choose the rules.
    let full = match is_target && name.starts_with("origin/") {
        true => format!("refs/remotes/{name}"),
        false => name.to_owned(),
    };
    let Some(commit) = revision(&git, &full)? else {
        return Err(unknown(&git, name, is_target)?.into());
    };
    if judged == Judged::Proposal && is_target {
        check_change(&git, (name, &commit))?;
    }
    if judged == Judged::Proposal {
        let start = match manifest {
            Some(_) => found.nearest.parent().unwrap_or(cwd),
            None => cwd,
        };
        check_root(&git, (name, &commit), start, &found)?;
    }
    let root = found.dir;

    let path = match &flags.config {
        Some(given) => relative(&root, &options::root::normal(&cwd.join(given))),
        None => CAMPAIGN.to_owned(),
    };
    let campaign = match &flags.config {
        Some(_) => Some(campaign_at(&git, (name, &commit), &root, &path)?),
        None => text_at(&git, &commit, &path)?,
    };
    let manifest = text_at(&git, &commit, MANIFEST)?;
    let baseline = text_at(&git, &commit, BASELINE)?;
    let policy = match &campaign {
        Some(_) => (path.as_str(), &campaign),
        None => (MANIFEST, &manifest),
    };
    let differ = [policy, (BASELINE, &baseline)]
        .into_iter()
        .filter(|(path, text)| store::read_text(&root.join(path)).ok() != **text)
        .map(|(path, _)| path.to_owned())
        .collect();
    let proposed = Some(Change {
        path: policy.0.to_owned(),
        before: policy.1.clone().map(String::into_bytes),
        after: proposed_text(&root.join(policy.0)).map(String::into_bytes),
    });
    let baseline = baseline
        .map(|text| Store::pin_in(&format!("{name}:{BASELINE}"), text.as_bytes()))
        .transpose()
        .map_err(|error| unusable(error, name))?;

    flags.policy = Some(RevisionFiles {
        revision: name.to_owned(),
        path,
        campaign,
        manifest,
    });
    Ok(AtRevision {
        name: name.to_owned(),
        commit,
        baseline,
        differ,
        proposed: proposed.filter(|change| !change.is_idle()),
    })
}

/// Checks that the change is checked out, not the revision that it is to be merged into or an older one, as by default for
/// GitHub's `pull_request_target`. Files that earlier steps of the job wrote are no change either.
///
/// # Errors
/// If it is not. Then there is no verdict.
fn check_change(git: &Git, revision: (&str, &str)) -> Result<()> {
    let (name, commit) = revision;
    let Some(head) = git.head()? else {
        return Ok(());
    };
    if !git.is_ancestor(&head, commit)? {
        return Ok(());
    }
    let mut help = "check out the change (in GitHub Actions, for the event `pull_request`)";
    let message = if head != *commit {
        format!("there is no change to judge: {name} has the commit that is checked out")
    } else if has_edits(git)? {
        help = "commit the change, or undo the edits if they belong to none: git restore .";
        format!("there is no commit to judge: {name} itself is checked out, with uncommitted edits")
    } else if let Some((file, filter)) = git.filtered_source()? {
        help =
            "check out the change, or remove the filter from the configuration of git in this job";
        format!(
            "there is no commit to judge: {name} itself is checked out, and the filter `{filter}` of git may hide edits of `{file}`"
        )
    } else {
        format!("there is no change to judge: {name} itself is checked out")
    };
    Err(Stop::new(Exit::NoVerdict, message).help(help).into())
}

/// Checks that the repository is the one that CI checked out. A submodule is another one, whose branches the proposal chooses.
///
/// # Errors
/// If it is not. Then there is no verdict.
fn check_repository(git: &Git, checkout: Option<&Path>) -> Result<()> {
    let top = git.top()?;
    let shown = top.display();
    if let Some(outer) = git.superproject()? {
        let message = format!("cannot judge the submodule `{shown}` by its own revisions");
        let help = format!(
            "judge the workspace of the repository `{}`",
            outer.display()
        );
        return Err(Stop::new(Exit::NoVerdict, message).help(help).into());
    }
    match checkout {
        Some(checkout) if !real_path(&top).starts_with(real_path(checkout)) => {
            let message = format!(
                "the repository `{shown}` is not in `{}`, where CI checks out",
                checkout.display()
            );
            let help = "run it in the checkout, or unset GITHUB_WORKSPACE and CI_PROJECT_DIR";
            Err(Stop::new(Exit::NoVerdict, message).help(help).into())
        }
        _ => Ok(()),
    }
}

/// Checks that the proposal has not moved the workspace of the directory `start` to the rules of another one.
///
/// # Errors
/// If the root is not `start` or above it, or the revision has another root between them. Then there is no verdict.
fn check_root(git: &Git, revision: (&str, &str), start: &Path, found: &Root) -> Result<()> {
    let (name, commit) = revision;
    let no_verdict = |message: String| {
        Stop::new(Exit::NoVerdict, message).help("run it in the directory of the workspace root")
    };
    if !start.starts_with(&found.dir) {
        let message = format!(
            "the workspace of `{}` has its root in `{}`, which could have other rules",
            start.display(),
            found.dir.display()
        );
        return Err(no_verdict(message).into());
    }
    for dir in start.ancestors().take_while(|dir| *dir != found.dir) {
        let below = dir.strip_prefix(&found.dir)?;
        let parts = below.components();
        let below = Vec::from_iter(parts.map(|part| part.as_os_str().to_string_lossy())).join("/");
        let manifest = text_at(git, commit, &format!("{below}/{MANIFEST}"))?;
        let is_root = manifest.is_some_and(|text| options::root::is_workspace(&text));
        if is_root || text_at(git, commit, &format!("{below}/{CAMPAIGN}"))?.is_some() {
            let message = format!(
                "`{below}` has rules of its own in {name}, but its workspace root is now `{}`",
                found.dir.display()
            );
            return Err(no_verdict(message).into());
        }
    }
    Ok(())
}

/// Returns the text of the working tree's file, to be shown. A link is shown as one: a pull request could let it lead to a
/// file whose content must not be in the log.
fn proposed_text(path: &Path) -> Option<String> {
    match fs::read_link(path) {
        Ok(target) => Some(format!("symbolic link to {}\n", target.display())),
        Err(_) => store::read_text(path).ok(),
    }
}

/// Decides whether the job of an event that is not about a change has checked one out, as one for a comment on a pull
/// request does. Such a change is judged by the commit that the job runs for. A branch of `origin` is the target of a
/// change only if that is the repository of the job.
pub(crate) fn settle_target(environment: &mut Environment, manifest: Option<&Path>, cwd: &Path) {
    if environment.merge_target == MergeTarget::None {
        return;
    }
    let root = options::root::find(manifest, cwd, environment.cargo_home.as_deref());
    let root = root.map_or_else(|_| cwd.to_owned(), |found| found.dir);
    let git = Git::discover(&root);
    match &environment.merge_target {
        MergeTarget::Unknown { commit, is_chosen } => {
            let job_commit = commit.as_ref().ok();
            let is_change = git.and_then(|git| is_change(&git, job_commit, *is_chosen));
            environment.merge_target = match (is_change.unwrap_or(!is_chosen), commit) {
                (true, Ok(commit)) => MergeTarget::Revision(commit.clone()),
                (true, Err(variable)) => MergeTarget::Missing(variable),
                (false, _) => MergeTarget::None,
            };
        }
        MergeTarget::Revision(name) if name.starts_with("origin/") => {
            let job = environment.job_repository.as_deref();
            let origin = git.and_then(|git| git.url_of("origin")).unwrap_or_default();
            if let Some((job, origin)) = job.zip(origin).filter(|(job, url)| !names(url, job)) {
                let reason = format!("the job is for `{job}`, but `origin` is {origin}");
                environment.merge_target = MergeTarget::Elsewhere(reason);
            }
        }
        _ => {}
    }
}

/// Returns whether the address of a remote can be that of a repository `OWNER/NAME`. An address without an owner can.
fn names(url: &str, repository: &str) -> bool {
    let path = url.trim_end_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let mut parts = path.rsplit(['/', ':', '\\']);
    let (name, owner) = (parts.next(), parts.next().filter(|owner| !owner.is_empty()));
    match (owner, name) {
        (Some(owner), Some(name)) => format!("{owner}/{name}").eq_ignore_ascii_case(repository),
        _ => true,
    }
}

/// Returns whether the tree is a change to the commit of the job, see [`MergeTarget::Unknown`].
fn is_change(git: &Git, job_commit: Option<&String>, is_chosen: bool) -> Result<bool, Trouble> {
    let Some(head) = git.head()? else {
        return Ok(false);
    };
    let Some(job_commit) = job_commit else {
        return Ok(!is_chosen || git.has_request(None)?);
    };
    // The change may be applied to the files only, as by `git merge --squash`.
    if is_chosen {
        return Ok(git.has_request(Some(job_commit))?
            || git.has_fetched_request(job_commit)? && may_have_edits(git)?);
    }
    // A commit that the clone does not have says nothing about HEAD. An event may also be about the commit of a request.
    let is_merged = git.is_ancestor(&head, job_commit).unwrap_or_default();
    Ok(!is_merged || may_have_edits(git)? || git.has_request(None)?)
}

/// Returns whether a tracked file differs from HEAD, or a source may because a filter of git hides that.
fn may_have_edits(git: &Git) -> Result<bool, Trouble> {
    Ok(has_edits(git)? || git.filtered_source()?.is_some())
}

/// Returns whether a tracked file differs from HEAD, also if the index hides that.
fn has_edits(git: &Git) -> Result<bool, Trouble> {
    if git.has_edits()? {
        return Ok(true);
    }
    let scratch = TempDir::new().map_err(|error| Trouble::Failed {
        command: "status".to_owned(),
        message: format!("cannot create a temporary directory: {error}"),
    })?;
    Ok(!git.hidden_edits(scratch.path())?.is_empty())
}

/// Returns the revision that a change is to be merged into; `None` if it is merged already.
///
/// # Errors
/// If it is unknown: then there is no verdict.
pub(crate) fn target(target: &MergeTarget) -> Result<Option<String>, Stop> {
    let unknown = |problem: String| {
        let message = format!("cannot tell what this change is to be merged into: {problem}");
        Stop::new(Exit::NoVerdict, message).help("name the target branch: --base REV")
    };
    match target {
        MergeTarget::None => Ok(None),
        MergeTarget::Revision(name) => Ok(Some(name.clone())),
        // [`settle_target`] has decided.
        MergeTarget::Unknown {
            commit: Ok(commit), ..
        } => Ok(Some(commit.clone())),
        MergeTarget::Missing(variable)
        | MergeTarget::Unknown {
            commit: Err(variable),
            ..
        } => Err(unknown(format!("`{variable}` is not set"))),
        MergeTarget::Elsewhere(reason) => Err(unknown(reason.clone())),
        MergeTarget::EventFile(path) => match base_of_merge_group(path) {
            Some(commit) => Ok(Some(commit)),
            None => Err(unknown(
                "the file in `GITHUB_EVENT_PATH` has no `merge_group.base_sha`".to_owned(),
            )),
        },
    }
}

/// Returns whether a revision is the one that CI merges the change into.
fn is_target(environment: &Environment, name: &str) -> bool {
    let target = target(&environment.merge_target).ok().flatten();
    target.is_some_and(|target| target == name)
}

/// Reads the commit that a merge queue of GitHub merges into.
fn base_of_merge_group(path: &Path) -> Option<String> {
    let text = store::read_text(path).ok()?;
    let event: serde_json::Value = serde_json::from_str(&text).ok()?;
    let commit = event.get("merge_group")?.get("base_sha")?.as_str()?;
    Some(commit.to_owned()).filter(|commit| !commit.is_empty())
}

/// Returns the error for a revision that does not exist. In a shallow clone it may only have been left out, and the target of
/// a change may not have been fetched.
fn unknown(git: &Git, name: &str, is_target: bool) -> Result<Stop> {
    if git.is_shallow()? {
        let message = format!("git revision `{name}` for `--base` is not in this shallow clone");
        return Ok(Stop::new(Exit::NoVerdict, message).help(FULL_CLONE));
    }
    if is_target {
        let message = format!(
            "cannot tell what this change is to be merged into: `{name}` is not in this clone"
        );
        let help = format!(
            "git fetch origin, including `{}` (in GitHub Actions, `fetch-depth: 0` of actions/checkout)",
            name.strip_prefix("origin/").unwrap_or(name)
        );
        return Ok(Stop::new(Exit::NoVerdict, message).help(help));
    }
    let message = format!("unknown git revision `{name}` for `--base`");
    Ok(Stop::new(Exit::Usage, message).help("git fetch (if it is not here yet)"))
}

/// Returns the error for a baseline of a revision. Commands that repair the one of the working tree do not help.
fn unusable(error: store::Error, name: &str) -> anyhow::Error {
    if !error.is_broken_pin() {
        return error.into();
    }
    let stop = Stop::new(Exit::CouldNotRun, error.to_string());
    stop.help(pin_on(name)).into()
}

/// Returns the text of the file of `--config` in a revision. That of the working tree could be the change's own.
///
/// # Errors
/// If the revision does not have it. Then there is no verdict.
fn campaign_at(git: &Git, revision: (&str, &str), root: &Path, path: &str) -> Result<String> {
    let (name, commit) = revision;
    let no_verdict = |message: String, help: String| Stop::new(Exit::NoVerdict, message).help(help);
    let file = options::root::normal(&real_path(root).join(path));
    if !file.starts_with(real_path(&git.top()?)) {
        let message = format!("`{path}` for `--config` is not in the repository of {name}");
        let help = "name a file of the repository, or leave out `--config`".to_owned();
        return Err(no_verdict(message, help).into());
    }
    let text = text_at(git, commit, path)?;
    Ok(text.ok_or_else(|| {
        let message = format!("`{path}` for `--config` is not in {name}");
        no_verdict(message, format!("merge `{path}` into `{name}` first"))
    })?)
}

/// Returns the text of a file in a commit; `None` if the commit does not have it.
///
/// # Errors
/// If git cannot read it, or it is a link. A partial clone may lack it, and then there is no verdict.
fn text_at(git: &Git, commit: &str, path: &str) -> Result<Option<String>> {
    let bytes = match git.file_at(commit, path) {
        Err(trouble) if git.is_partial().unwrap_or_default() => {
            let message = format!("cannot read `{path}` in this partial clone: {trouble}");
            return Err(Stop::new(Exit::NoVerdict, message)
                .help(COMPLETE_CLONE)
                .into());
        }
        bytes => bytes?,
    };
    let text = bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    // The content of a link is the path that it leads to.
    let may_be_link = text.as_ref().is_some_and(|text| !text.contains('\n'));
    if may_be_link && git.is_link_at(commit, path)? {
        let commit = commit.get(..7).unwrap_or(commit);
        let message = format!("`{path}` is a symbolic link in {commit}, which is not followed");
        let help = "replace the link by a file";
        return Err(Stop::new(Exit::NoVerdict, message).help(help).into());
    }
    Ok(text)
}

/// Resolves a revision that the user named; `None` if it does not exist.
///
/// # Errors
/// If the name is ambiguous, which is a usage error, or git fails.
pub(crate) fn revision(git: &Git, name: &str) -> Result<Option<String>> {
    match git.revision(name) {
        Err(trouble @ Trouble::Ambiguous { .. }) => {
            let stop = Stop::new(Exit::Usage, trouble.to_string());
            Err(trouble.hint().into_iter().fold(stop, Stop::help).into())
        }
        found => Ok(found?),
    }
}

//! Preparing a bump: the edits that set versions, and the proof that cargo resolves the result.
//!
//! | file | responsible for |
//! |---|---|
//! | `gather` | the manifests of the workspace and around it |
//! | `prove` | letting cargo resolve the result before any original is changed |
//! | `stage` | the copy of the workspace in which cargo does that |

mod gather;
mod prove;
mod stage;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::context::Context;
use super::exit::{Exit, Stop};
use super::names;
use crate::change::Change;
use crate::edit;
use crate::git::Trouble;
use crate::probe::relative;
use crate::release::bump::{self, BumpPlan, BumpRequest, Manifest, Remark};
use crate::text::first_few;
use gather::Gathered;

/// The most names in a message.
pub(crate) const SHOWN: usize = 6;

/// A bump whose result resolves, ready to be applied.
pub(crate) struct PreparedBump {
    pub(crate) plan: BumpPlan,
    /// All changed files including lockfiles, by path.
    pub(crate) changes: Vec<Change>,
    /// Paths of the changed lockfiles.
    pub(crate) lockfiles: Vec<String>,
}

/// A bump that cannot be made as requested.
pub(crate) struct RejectedBump {
    pub(crate) problems: Vec<Remark>,
    /// Manifests that the problems refer to.
    pub(crate) manifests: Vec<Manifest>,
}

/// Plans a bump and lets cargo resolve the result, without writing to the workspace.
///
/// # Errors
/// If the workspace cannot be read or the result does not resolve. A request that contradicts the manifests is a
/// [`RejectedBump`].
pub(crate) fn prepare(
    context: &Context,
    request: BumpRequest,
) -> Result<Result<PreparedBump, RejectedBump>> {
    // A signal that ends the program would leave temporary files behind.
    context.install_signal_handler();
    let prepared = resolved(context, request);
    context.stop_if_interrupted()?;
    prepared
}

fn resolved(
    context: &Context,
    mut request: BumpRequest,
) -> Result<Result<PreparedBump, RejectedBump>> {
    let gathered = gather::gather(context)?;
    let members = gathered.workspace.members.iter();
    names::check_replaced(context, members.map(|member| member.name.as_str()))?;
    request.packages = gathered.workspace.resolve(&request.packages);
    request.exclude = gathered.workspace.resolve(&request.exclude);
    request.aliases.clone_from(&gathered.aliases);
    request.released = gather::released(context, &gathered.manifests);

    let replaces = &context.config().releases.replace;
    let plan = bump::plan(&gathered.manifests, &request, replaces, &gathered.others);
    let mut plan = match plan {
        Ok(plan) => plan,
        Err(problems) => {
            let manifests = gathered.manifests;
            return Ok(Err(RejectedBump {
                problems,
                manifests,
            }));
        }
    };

    let mut changes = edited(&plan, &gathered);
    for path in &gathered.ignored {
        if changes.iter().any(|change| change.path == *path) {
            let message = "is ignored by git: its edit will be in no commit";
            plan.notes.push(file_note(path, message));
        }
    }

    let proof = prove::prove(context, &gathered, &request, &mut plan, &changes)
        .map_err(|error| blame_rule(context, &gathered, &request, &plan, error))?;
    let lockfiles = proof.iter().map(|change| change.path.clone()).collect();
    changes.extend(proof);
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Ok(PreparedBump {
        plan,
        changes,
        lockfiles,
    }))
}

/// Names the rule of `[[release.replace]]` that edits a manifest, if the result would resolve without such rules.
fn blame_rule(
    context: &Context,
    gathered: &Gathered,
    request: &BumpRequest,
    plan: &BumpPlan,
    error: anyhow::Error,
) -> anyhow::Error {
    let is_manifest = |path: &str| gathered.manifests.iter().any(|one| one.path == path);
    let mut rules = context.config().releases.replace.iter();
    let Some(rule) = rules.find(|rule| is_manifest(&rule.file)) else {
        return error;
    };
    let mut without = plan.clone();
    without
        .edits
        .retain(|edit| edit.why != bump::REPLACED || !is_manifest(&edit.path));
    let changes = edited(&without, gathered);
    if prove::prove(context, gathered, request, &mut without, &changes).is_err() {
        return error;
    }
    let what = format!(
        "{}:{}: `replace` makes `{}` unusable: {error}",
        rule.asked, rule.line, rule.file
    );
    let stop = Stop::new(Exit::Usage, what);
    stop.help("correct `search` and `replace`, or remove the rule")
        .into()
}

/// Applies a prepared bump.
///
/// # Errors
/// If a file was changed since the bump was prepared; nothing is written then.
pub(crate) fn apply(context: &Context, prepared: &PreparedBump) -> Result<()> {
    // The files are compared again under the lock, so that a concurrent edit is detected.
    let _lock = context.lock()?;
    let journal = context.store.journal();
    edit::apply(context.root(), &journal, &prepared.changes)?;
    Ok(())
}

/// Creates a note about a whole file.
fn file_note(file: &str, message: &str) -> Remark {
    Remark {
        file: file.to_owned(),
        line: 0,
        span: 0..0,
        message: message.to_owned(),
        help: None,
    }
}

/// Returns the files that the plan edits.
fn edited(plan: &BumpPlan, gathered: &Gathered) -> Vec<Change> {
    let manifests = gathered
        .manifests
        .iter()
        .map(|m| (m.path.as_str(), m.text.as_str()));
    let others = gathered
        .others
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()));
    let texts: BTreeMap<&str, &str> = others.chain(manifests).collect();
    plan.edits
        .chunk_by(|a, b| a.path == b.path)
        .filter_map(|edits: &[bump::Edit]| {
            let path = edits.first()?.path.as_str();
            let text = *texts.get(path)?;
            Some(Change::edit(path, text, bump::apply(text, edits)))
        })
        .collect()
}

/// Rejects changes of files with uncommitted changes, with this advice. Without git, all are accepted.
pub(crate) fn refuse_dirty(context: &Context, changes: &[Change], help: &str) -> Result<()> {
    let git = match context.git() {
        Ok(git) => git,
        Err(Trouble::NotARepository | Trouble::Missing) => return Ok(()),
        Err(trouble) => return Err(trouble.into()),
    };
    // Git knows files by their real paths, not by symbolic links.
    let root = context.root().canonicalize()?;
    let there = changes.iter().filter(|change| change.before.is_some());
    let files = there
        .map(|change: &Change| {
            root.join(&change.path)
                .canonicalize()
                .map(|path| relative(&root, &path))
        })
        .collect::<Result<Vec<String>, _>>()?;
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let dirty: BTreeSet<String> = git.dirty(&files)?.into_iter().collect();
    if dirty.is_empty() {
        return Ok(());
    }
    let stop = Stop::new(
        Exit::Usage,
        format!("uncommitted changes in {}", first_few(dirty, SHOWN)),
    );
    Err(stop.help(help).into())
}

/// Checks whether the changes can be applied.
///
/// # Errors
/// With all obstacles, or with a rule of `[[release.replace]]` that causes one.
pub(crate) fn check_edits(context: &Context, changes: &[Change]) -> Result<()> {
    let Err(error) = edit::check(context.root(), changes) else {
        return Ok(());
    };
    let edit::Error::Obstacles(obstacles) = &error else {
        return Err(error.into());
    };
    let causes = |rule: &bump::Replace| obstacles.iter().find(|one| one.path == rule.file);
    let mut rules = context.config().releases.replace.iter();
    let Some((rule, obstacle)) = rules.find_map(|rule| Some((rule, causes(rule)?))) else {
        return Err(error.into());
    };
    let what = format!(
        "{}:{}: `replace` cannot change `{}`: {}",
        rule.asked, rule.line, rule.file, obstacle.why
    );
    Err(Stop::new(Exit::Usage, what)
        .help("remove the rule, or name another file")
        .into())
}

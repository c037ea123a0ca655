//! Makes a release: files, commit, tags.
//!
//! The state of each step is derived from the repository, so that an interrupted release can be
//! continued or reverted.
//!
//! The plan is stored in `.campaign/journal/release` until the last step is done.

use anyhow::Result;

use super::plan::PlannedRelease;
use crate::change::Change;
use crate::edit;
use crate::git::{Git, Marked, Trouble};
use crate::judge::readiness::Known;
use crate::ops::Context;
use crate::ops::exit::{Exit, Stop};
use crate::ops::readiness;
use crate::options::Options;
use crate::plan::quote;
use crate::probe::relative;
use crate::release::plan::{ReleasePlan, ReleaseProgress, ReleaseSelection, RepositoryState};
use crate::report::figure::counted;
use crate::run::Verdict;
use crate::store::{self, Lock};

/// Returns the release in progress, if any.
pub(crate) fn under_way(context: &Context) -> Result<Option<ReleasePlan>> {
    let Some(text) = context.store.release()? else {
        return Ok(None);
    };
    let release = ReleasePlan::read(&text).map_err(|why| {
        let file = context.store.release_file();
        Stop::new(Exit::CouldNotRun, format!("{}: {why}", file.display()))
            .help("remove the file if no release is in progress")
    })?;
    Ok(Some(release))
}

/// Rejects a new release while another one is in progress.
pub(crate) fn refuse_second(context: &Context) -> Result<()> {
    match under_way(context)? {
        None => Ok(()),
        Some(release) => {
            let stop = Stop::new(
                Exit::Usage,
                format!("the release of {} is not finished", release.version),
            );
            Err(stop
                .help("cargo campaign release --resume (or --abort)")
                .into())
        }
    }
}

/// Advice after another command changed something at the same time.
const REPEAT: &str = "repeat the command";

/// Makes the planned release.
pub(crate) fn execute(context: &mut Context, planned: &PlannedRelease) -> Result<Exit> {
    let Some(release) = &planned.release else {
        return Ok(Exit::NoVerdict);
    };
    let lock = context.lock()?;
    // Another command may have begun or made a release before this one got the lock.
    refuse_second(context)?;
    context.install_signal_handler();
    let git = context.git().map_err(trouble)?;
    if git.head_commit().map_err(trouble)?.id != release.base {
        let what = "HEAD moved while the release was being prepared; nothing was written";
        return Err(Stop::new(Exit::CouldNotRun, what).help(REPEAT).into());
    }
    git.check_identity().map_err(trouble)?;
    let mut release = release.clone();
    match progress(context, &git, &release)? {
        ReleaseProgress::Planned => {
            free_tags(&git, &release)?;
            refuse_uncommittable(context, &git, &release)?;
        }
        // If there is nothing to edit, the commit exists already, and so may tags, which `--abort`
        // must not delete.
        ReleaseProgress::Committed {
            open, elsewhere, ..
        } => {
            if let Some((at, commit)) = elsewhere.first() {
                return Err(taken(&release.tags[*at].name, commit).into());
            }
            release.tags = open.iter().map(|at| release.tags[*at].clone()).collect();
        }
        ReleaseProgress::Edited => {
            let what =
                "the files changed while the release was being prepared; nothing was written";
            return Err(Stop::new(Exit::CouldNotRun, what).help(REPEAT).into());
        }
    }
    release.branch = git.standing().map_err(trouble)?.branch;
    release.packages = readiness::packaged(context)?;
    release.selection = Some(selection(&context.options));
    context.store.begin_release(&release.to_text())?;
    go_on(context, &git, release, &lock)
}

/// Stops if a tag for the new commit already exists. A waiver may have allowed it.
fn free_tags(git: &Git, release: &ReleasePlan) -> Result<()> {
    for tag in &release.tags {
        if let Some(commit) = git.tag_at(&tag.name).map_err(trouble)? {
            return Err(taken(&tag.name, &commit).into());
        }
        if let Some(existing) = git.tag_in_the_way(&tag.name).map_err(trouble)? {
            let message = format!(
                "the tag `{}` cannot be created, because the tag `{existing}` exists",
                tag.name
            );
            return Err(Stop::new(Exit::Usage, message)
                .help(format!("git show {}", quote(&existing)))
                .into());
        }
    }
    Ok(())
}

fn taken(tag: &str, commit: &str) -> Stop {
    let message = format!("the tag `{tag}` already exists, at {}", short(commit));
    Stop::new(Exit::Usage, message).help(format!("git show {}", quote(tag)))
}

/// Stops a release in progress if one of its tags names another commit.
fn taken_in_progress(release: &ReleasePlan, tag: &str, commit: &str) -> Stop {
    let message = format!(
        "cannot tag the release of {}: the tag `{tag}` already exists, at {}",
        release.version,
        short(commit)
    );
    Stop::new(Exit::Usage, message)
        .help(delete_tag(tag))
        .help("cargo campaign release --resume (or --abort), once that is fixed")
}

fn delete_tag(tag: &str) -> String {
    let tag = quote(tag);
    format!("git tag -d {tag} (if it may be deleted; a hook may have made it)")
}

/// Continues an interrupted release.
pub(crate) fn resume(context: &mut Context) -> Result<Exit> {
    let lock = context.lock()?;
    let Some(release) = under_way(context)? else {
        return Err(Stop::new(Exit::Usage, "no release in progress")
            .help("cargo campaign release")
            .into());
    };
    if !context.options.packages.is_empty() || !context.options.excluded.is_empty() {
        let stop = Stop::new(
            Exit::Usage,
            "a release is continued with the packages that it was planned for",
        );
        return Err(stop
            .help("cargo campaign release --resume (or --abort)")
            .into());
    }
    context.install_signal_handler();
    if let Some(selection) = release.selection.clone() {
        select(&mut context.options, selection);
        readiness::widen(context)?;
    }
    let git = context.git().map_err(trouble)?;
    let reached = progress(context, &git, &release)?;
    refuse_staged(context, &git, &release)?;
    if !matches!(reached, ReleaseProgress::Committed { .. }) {
        refuse_taken(&git, &release)?;
        refuse_lower(context, &release)?;
    }
    go_on(context, &git, release, &lock)
}

/// Stops if the release began on another branch than the one that is checked out, because the
/// commit would be made or reverted there.
fn refuse_other_branch(git: &Git, release: &ReleasePlan) -> Result<()> {
    let Some(begun) = &release.branch else {
        return Ok(());
    };
    let current = git.standing().map_err(trouble)?.branch;
    if current.as_ref() == Some(begun) {
        return Ok(());
    }
    let current = current.map_or("HEAD is detached".to_owned(), |name| {
        format!("`{name}` is checked out")
    });
    let what = format!(
        "the release of {} began on branch `{begun}`, but {current}",
        release.version
    );
    Err(Stop::new(Exit::Usage, what)
        .help(format!("git switch {}", quote(begun)))
        .into())
}

/// Stops if the branch on which the release began has its commit, but another branch is checked out,
/// even at a commit before it. The release would seem to have committed nothing there.
fn refuse_left_branch(context: &Context, git: &Git, release: &ReleasePlan) -> Result<()> {
    let Some(begun) = &release.branch else {
        return Ok(());
    };
    if release.changes().is_empty()
        || git.standing().map_err(trouble)?.branch.as_ref() == Some(begun)
    {
        return Ok(());
    }
    let tip = git.revision(&format!("refs/heads/{begun}"));
    let Some(tip) = tip.map_err(trouble)? else {
        return Ok(());
    };
    let commit = git.first_after(&release.base, &tip).map_err(trouble)?;
    let Some(commit) = commit else {
        return Ok(());
    };
    // A hook may have changed either the title or the files.
    if has_title_of(release, git, &commit)?
        || Deviation::find(context, git, release, &commit)?.has_all_changes()
    {
        refuse_other_branch(git, release)?;
    }
    Ok(())
}

/// Stops if the staged text of a planned file differs from its text in the base commit, in HEAD and
/// on disk, because continuing or reverting the release would discard it.
fn refuse_staged(context: &Context, git: &Git, release: &ReleasePlan) -> Result<()> {
    let files = real_paths(context, release)?;
    let staged = git
        .staged_otherwise(&release.base, &files)
        .map_err(trouble)?;
    if staged.is_empty() {
        return Ok(());
    }
    let what = format!(
        "the release of {} stopped because of staged changes that do not belong to it: {}",
        release.version,
        staged.join(", ")
    );
    let names: Vec<String> = staged.iter().map(|file| quote(file)).collect();
    let unstage = format!(
        "git restore --staged -- {} (discards the staged changes)",
        names.join(" ")
    );
    Err(Stop::new(Exit::CouldNotRun, what).help(unstage).into())
}

/// Stops before anything is written if git would not commit the planned text of a file.
fn refuse_uncommittable(context: &Context, git: &Git, release: &ReleasePlan) -> Result<()> {
    let files = real_paths(context, release)?;
    if let Some((file, filter)) = git.filtered(&files).map_err(trouble)? {
        let stop = Stop::new(Exit::NoVerdict, changed_by_filter(release, &file, &filter));
        return Err(stop
            .help("remove the filter of that file from .gitattributes, and release again")
            .into());
    }
    let marked = git.marked().map_err(trouble)?;
    let Some(Marked { file, mark }) = marked.iter().find(|one| files.contains(&one.file)) else {
        return Ok(());
    };
    let what = format!(
        "cannot commit the release of {}: git ignores changes of `{file}`, which is marked {mark}",
        release.version
    );
    Err(Stop::new(Exit::NoVerdict, what)
        .help(format!("git update-index --no-{mark} -- {}", quote(file)))
        .into())
}

fn changed_by_filter(release: &ReleasePlan, file: &str, filter: &str) -> String {
    format!(
        "cannot commit the release of {}: git's filter `{filter}` may change the text of `{file}`",
        release.version
    )
}

/// Stops if a filter of git would give the commit another text than the planned one.
fn refuse_filtered(context: &Context, git: &Git, release: &ReleasePlan) -> Result<()> {
    let files = real_paths(context, release)?;
    let Some((file, filter)) = git.filtered(&files).map_err(trouble)? else {
        return Ok(());
    };
    let what = changed_by_filter(release, &file, &filter);
    Err(Stop::new(Exit::NoVerdict, what)
        .help("cargo campaign release --abort")
        .help("remove the filter of that file from .gitattributes, and release again")
        .into())
}

fn selection(options: &Options) -> ReleaseSelection {
    ReleaseSelection {
        packages: options.packages.clone(),
        workspace: options.whole_workspace,
        exclude: options.exclude.clone(),
        excluded: options.excluded.clone(),
        build: options.build.clone(),
    }
}

fn select(options: &mut Options, selection: ReleaseSelection) {
    options.packages = selection.packages;
    options.whole_workspace = selection.workspace;
    options.exclude = selection.exclude;
    options.excluded = selection.excluded;
    options.build = selection.build;
}

/// Makes all remaining steps. Each of them must advance the release, since a hook may undo it.
fn go_on(context: &mut Context, git: &Git, mut release: ReleasePlan, lock: &Lock) -> Result<Exit> {
    let mut previous: Option<ReleaseProgress> = None;
    loop {
        let version = &release.version;
        if context.cancel.is_set() {
            context.warn(&format!("the release of {version} is not finished"));
            context.help("cargo campaign release --resume (or --abort)");
            return Ok(Exit::Interrupted);
        }
        let reached = progress(context, git, &release)?;
        if let Some(previous) = previous.replace(reached.clone())
            && !reached.is_after(&previous)
        {
            return Err(undone(&release, &previous, &reached).into());
        }
        match reached {
            ReleaseProgress::Planned => {
                refuse_unlike(context, &release, false)?;
                refuse_other_branch(git, &release)?;
                let changes = release.changes();
                edit::apply(context.root(), &context.store.journal(), &changes).map_err(of_edit)?;
                context.forget_workspace();
                context.status("Edited", &counted(changes.len(), "file"));
            }
            ReleaseProgress::Edited => {
                refuse_unlike(context, &release, false)?;
                refuse_other_branch(git, &release)?;
                refuse_unfit(context, git, &release, lock)?;
                // An interrupt ends the command before the commit.
                if context.cancel.is_set() {
                    continue;
                }
                // Files may have been edited, a tag created or another branch checked out while
                // the release was compiled and tested.
                refuse_unlike(context, &release, true)?;
                refuse_other_branch(git, &release)?;
                refuse_taken(git, &release)?;
                refuse_lower(context, &release)?;
                if progress(context, git, &release)? != ReleaseProgress::Edited {
                    continue;
                }
                refuse_staged(context, git, &release)?;
                refuse_filtered(context, git, &release)?;
                // This is stored before the commit, because a killed process cannot store it
                // afterwards.
                release.judged = true;
                context.store.begin_release(&release.to_text())?;
                git.commit(&real_paths(context, &release)?, &release.message)
                    .map_err(of_commit)?;
                // A hook may have made another commit after it, or have undone it.
                if let Some(commit) = next(git, &release)? {
                    let text = format!("{} {}", short(&commit), release.message.trim_end());
                    context.status("Committed", &text);
                }
            }
            ReleaseProgress::Committed {
                commit,
                open,
                elsewhere,
            } => {
                refuse_unplanned(context, git, &release, &commit)?;
                if let Some((at, there)) = elsewhere.first() {
                    let tag = &release.tags[*at].name;
                    return Err(taken_in_progress(&release, tag, there).into());
                }
                refuse_lightweight(git, &release, &open)?;
                let Some(tag) = open.first().and_then(|at| release.tags.get(*at)) else {
                    return end(context, git, &release, &commit);
                };
                refuse_lower(context, &release)?;
                git.tag(&tag.name, &commit, &tag.message).map_err(step)?;
                context.status("Tagged", &format!("{} as {}", short(&commit), tag.name));
            }
        }
    }
}

/// Creates the error about a step that did not advance the release.
fn undone(release: &ReleasePlan, previous: &ReleaseProgress, reached: &ReleaseProgress) -> Stop {
    let what = match (previous, reached) {
        (ReleaseProgress::Planned, _) => "the edits were undone",
        (ReleaseProgress::Edited, _) => "the commit or the edits were undone",
        (ReleaseProgress::Committed { .. }, ReleaseProgress::Committed { .. }) => {
            "a tag was removed"
        }
        (ReleaseProgress::Committed { .. }, _) => "HEAD was moved back to before its commit",
    };
    let text = format!(
        "cannot continue the release of {}: {what} at once",
        release.version
    );
    Stop::new(Exit::CouldNotRun, text)
        .help("a hook of git or another program may have done it")
        .help("cargo campaign release --resume (or --abort), once that is fixed")
}

/// Stops a release in progress before its commit if one of its tags exists.
fn refuse_taken(git: &Git, release: &ReleasePlan) -> Result<()> {
    for tag in &release.tags {
        if let Some(commit) = git.tag_at(&tag.name).map_err(trouble)? {
            return Err(taken_in_progress(release, &tag.name, &commit).into());
        }
    }
    Ok(())
}

/// Stops a release in progress if one of its tags names its commit, but has no message and therefore no notes.
fn refuse_lightweight(git: &Git, release: &ReleasePlan, open: &[usize]) -> Result<()> {
    let tags = release.tags.iter().enumerate();
    for (_, tag) in tags.filter(|(at, _)| !open.contains(at)) {
        if !git.is_annotated(&tag.name).map_err(trouble)? {
            let what = format!(
                "cannot tag the release of {}: the tag `{}` already exists and is not annotated",
                release.version, tag.name
            );
            return Err(Stop::new(Exit::Usage, what)
                .help(delete_tag(&tag.name))
                .help("cargo campaign release --resume (or --abort), once that is fixed")
                .into());
        }
    }
    Ok(())
}

/// Stops a release in progress if a greater version was tagged after it was planned.
fn refuse_lower(context: &Context, release: &ReleasePlan) -> Result<()> {
    let tags: Vec<&str> = release.tags.iter().map(|tag| tag.name.as_str()).collect();
    let (why, exit) = match readiness::hold_newer(context, &release.version, &tags) {
        Ok(None) => return Ok(()),
        Ok(Some(why)) => (why, Exit::Failed),
        Err(why) => (why, Exit::NoVerdict),
    };
    let what = format!("cannot continue the release of {}: {why}", release.version);
    Err(Stop::new(exit, what)
        .help("cargo campaign release --abort (to release a greater version)")
        .help("cargo campaign release --resume (or --abort), once that is fixed")
        .into())
}

/// Stops if the commit would differ from the working tree, or if releases are not made on this
/// branch.
fn refuse_unlike(context: &mut Context, release: &ReleasePlan, is_measured: bool) -> Result<()> {
    let edited = real_paths(context, release)?;
    let makes_commit = release.changes().iter().any(|change| !change.is_idle());
    let checks = readiness::hold_repository(context, &edited, makes_commit, is_measured)?;
    let Some(check) = checks.into_iter().next() else {
        return Ok(());
    };
    let exit = if check.verdict == Verdict::Fail {
        Exit::Failed
    } else {
        Exit::NoVerdict
    };
    let files = if check.evidence.is_empty() {
        String::new()
    } else {
        format!(": {}", check.evidence.join(", "))
    };
    let what = format!(
        "cannot commit the release of {}: {}{files}",
        release.version, check.reason
    );
    let stop = Stop::new(exit, what);
    Err(match check.help {
        Some(help) if check.id == "release.branch" => {
            stop.help(help).help("cargo campaign release --resume (or --abort), once that is fixed")
        }
        _ => stop
            .help("cargo campaign release --abort (to release with these changes, then commit them and release again)")
            .help("cargo campaign release --resume (to release without them, after undoing them)"),
    }
    .into())
}

/// Returns the files of the plan by their real paths, as git knows them.
fn real_paths(context: &Context, release: &ReleasePlan) -> Result<Vec<String>> {
    let root = context.root().canonicalize()?;
    Ok(release
        .changes()
        .into_iter()
        .map(|change: Change| {
            let path = root.join(&change.path).canonicalize();
            path.map_or(change.path, |path| relative(&root, &path))
        })
        .collect())
}

/// Compiles, tests and packages the edited files before they are committed. Restores them if that
/// fails or gives no verdict.
fn refuse_unfit(
    context: &mut Context,
    git: &Git,
    release: &ReleasePlan,
    lock: &Lock,
) -> Result<()> {
    let held = readiness::hold_minimum(context, lock);
    let held = match put_lockfile_back(context, release)? {
        true => Err("cargo resolves another Cargo.lock than the planned one".to_owned()),
        false => held,
    };
    refuse(context, git, release, "compiling and testing", held)?;
    if context.cancel.is_set() {
        return Ok(());
    }
    let tags: Vec<&str> = release.tags.iter().map(|tag| tag.name.as_str()).collect();
    let packaged = readiness::package(context, &release.packages, &release.changes(), &tags);
    refuse(context, git, release, "compiling a clone", packaged)
}

/// Writes the planned lockfile again if cargo replaced it while it built. Returns whether it did.
///
/// The file could not be restored otherwise, because it would look like a change of the user's.
fn put_lockfile_back(context: &Context, release: &ReleasePlan) -> Result<bool> {
    for change in release.changes() {
        if change.path == "Cargo.lock"
            && let Some(planned) = &change.after
            && text_on_disk(context, &change)?.as_ref() != Some(planned)
        {
            store::replace(&context.root().join(&change.path), planned)?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// Restores the files and stops if a check failed or gave no verdict. After an interrupt, nothing
/// is known.
fn refuse(
    context: &mut Context,
    git: &Git,
    release: &ReleasePlan,
    what: &str,
    found: Known<Vec<String>>,
) -> Result<()> {
    let head = git.head_commit().map_err(trouble)?.id;
    if head != release.base && !context.cancel.is_set() {
        let deviation = Deviation::find(context, git, release, &head)?;
        return Err(moved_head(release, &head, &deviation).into());
    }
    let (why, exit) = match found {
        Ok(failed) if failed.is_empty() => return Ok(()),
        _ if context.cancel.is_set() => return Ok(()),
        Ok(failed) => (failed.join("\n"), Exit::Failed),
        Err(why) => (why, Exit::NoVerdict),
    };
    let kept = restore(context, git, release)?;
    context.store.end_release()?;
    name_kept_files(context, &kept);
    let verb = if exit == Exit::Failed {
        "failed"
    } else {
        "gave no verdict"
    };
    let stop = Stop::new(
        exit,
        format!("{what} {verb} on the files of {}: {why}", release.version),
    );
    Err(stop
        .help("fix it, then run the release again; nothing was committed")
        .into())
}

/// Stops if the commit differs from the plan that was judged, because of a hook or because
/// something else created it.
fn refuse_unplanned(
    context: &Context,
    git: &Git,
    release: &ReleasePlan,
    commit: &str,
) -> Result<()> {
    let deviation = Deviation::find(context, git, release, commit)?;
    if !release.judged && commit != release.base && deviation.is_any() {
        return Err(moved_head(release, commit, &deviation).into());
    }
    if !deviation.missing.is_empty() || deviation.is_any() && !has_title_of(release, git, commit)? {
        if is_before_commit(context, git, release)? {
            return Err(other_commit(release, commit).into());
        }
        return Err(foreign(release, commit, &deviation).into());
    }
    if deviation.is_any() {
        let what = format!(
            "the commit {} has changes that were not judged: {}",
            short(commit),
            [deviation.changed, deviation.others].concat().join(", ")
        );
        let stop = Stop::new(Exit::CouldNotRun, what)
            .help("a commit hook may have made them: amend the commit");
        return Err(stop
            .help("cargo campaign release --resume (or --abort), once it has only the planned changes")
            .into());
    }
    if !deviation.uncommitted.is_empty() {
        let what = format!(
            "cannot continue the release of {}: uncommitted changes in {}",
            release.version,
            deviation.uncommitted.join(", ")
        );
        return Err(Stop::new(Exit::CouldNotRun, what)
            .help("commit or undo these changes")
            .help("cargo campaign release --resume (or --abort), once that is fixed")
            .into());
    }
    if !release.judged && commit != release.base {
        let what = format!(
            "the commit {} was made before its files were compiled and tested",
            short(commit)
        );
        let base = short(&release.base);
        let help =
            format!("git reset --soft {base} && cargo campaign release --resume (or --abort)");
        return Err(Stop::new(Exit::CouldNotRun, what).help(help).into());
    }
    Ok(())
}

/// The differences between a commit and the planned one, as paths of files.
#[derive(Default)]
struct Deviation {
    /// Planned files that the commit does not change.
    missing: Vec<String>,
    /// Planned files that the commit changes to another text.
    changed: Vec<String>,
    /// Other files that the commit changes.
    others: Vec<String>,
    /// Planned files that are right in the commit, but have other changes on disk.
    uncommitted: Vec<String>,
}

impl Deviation {
    fn find(context: &Context, git: &Git, release: &ReleasePlan, commit: &str) -> Result<Self> {
        let planned = real_paths(context, release)?;
        let mut deviation = Self::default();
        let mut differing = differing_in(git, release, &planned, commit)?;
        if git.head_commit().map_err(trouble)?.id == commit {
            let here = differing_here(context, git, release, &planned)?;
            (differing, deviation.uncommitted) =
                here.into_iter().partition(|file| differing.contains(file));
        }
        let prefix = git.prefix().map_err(trouble)?;
        let committed = git
            .differing_files(&release.base, commit)
            .map_err(trouble)?;
        (deviation.changed, deviation.missing) = differing
            .into_iter()
            .partition(|file| committed.contains(&format!("{prefix}{file}")));
        let is_planned = |file: &String| {
            let file = file.strip_prefix(&prefix);
            file.is_some_and(|file| planned.iter().any(|planned| planned == file))
        };
        deviation.others = committed
            .into_iter()
            .filter(|file| !is_planned(file))
            .collect();
        for files in [&mut deviation.changed, &mut deviation.uncommitted] {
            files.sort();
            files.dedup();
        }
        Ok(deviation)
    }

    /// Returns whether the commit itself differs from the planned one.
    const fn is_any(&self) -> bool {
        !(self.missing.is_empty() && self.changed.is_empty() && self.others.is_empty())
    }

    /// Returns whether the commit has all planned changes.
    const fn has_all_changes(&self) -> bool {
        self.missing.is_empty() && self.changed.is_empty()
    }

    /// Describes how the commit differs from the planned one.
    fn describe(&self) -> String {
        let parts = [
            ("it does not have the planned changes of", &self.missing),
            ("it has other changes of", &self.changed),
            ("it also changes", &self.others),
        ];
        let parts = parts.iter().filter(|(_, files)| !files.is_empty());
        let parts: Vec<String> = parts
            .map(|(text, files)| format!("{text} {}", files.join(", ")))
            .collect();
        parts.join("; ")
    }
}

/// Returns whether a commit has the title of the release's commit.
fn has_title_of(release: &ReleasePlan, git: &Git, commit: &str) -> Result<bool> {
    let title = git.title(commit).map_err(trouble)?;
    Ok(release.message.lines().next() == Some(&title))
}

/// Creates the error about a commit that something else made before the release committed its files.
fn moved_head(release: &ReleasePlan, commit: &str, deviation: &Deviation) -> Stop {
    let difference = if deviation.is_any() {
        format!(": {}", deviation.describe())
    } else {
        String::new()
    };
    let what = format!(
        "HEAD moved from {} to {} before the release was committed{difference}",
        short(&release.base),
        short(commit),
    );
    Stop::new(Exit::CouldNotRun, what)
        .help("a test or another program may have made the commit")
        .help(abort_after_reset(&release.base))
}

/// Creates the error about a commit that the release did not make.
fn foreign(release: &ReleasePlan, commit: &str, deviation: &Deviation) -> Stop {
    let what = format!(
        "the commit {} is not the release's commit: {}",
        short(commit),
        deviation.describe()
    );
    Stop::new(Exit::CouldNotRun, what).help(abort_after_reset(&release.base))
}

/// Creates the error about a commit of other files that was made before the release committed its own.
fn other_commit(release: &ReleasePlan, commit: &str) -> Stop {
    let what = format!(
        "HEAD moved from {} to {}, which has none of the changes of the release",
        short(&release.base),
        short(commit),
    );
    Stop::new(Exit::CouldNotRun, what)
        .help("cargo campaign release --abort (keeps that commit), then release again")
}

/// Returns the planned files that differ from the plan on disk, or that differ between disk and
/// HEAD.
fn differing_here(
    context: &Context,
    git: &Git,
    release: &ReleasePlan,
    planned: &[String],
) -> Result<Vec<String>> {
    let mut differing = Vec::new();
    for (change, name) in release.changes().iter().zip(planned) {
        if store::read_file(&context.root().join(&change.path), store::TEXT_LIMIT).ok()
            != change.after
        {
            differing.push(name.clone());
        }
    }
    let names: Vec<&str> = planned.iter().map(String::as_str).collect();
    let mut dirty = git.dirty(&names).map_err(trouble)?;
    if !dirty.is_empty() && differing.is_empty() {
        // An interrupted commit may have moved HEAD without updating the index.
        git.unstage(planned).map_err(step)?;
        dirty = git.dirty(&names).map_err(trouble)?;
    }
    differing.extend(dirty);
    Ok(differing)
}

/// Returns the planned files that differ from the plan in a commit before HEAD. Git may have
/// changed line endings.
fn differing_in(
    git: &Git,
    release: &ReleasePlan,
    planned: &[String],
    commit: &str,
) -> Result<Vec<String>> {
    let plain = |bytes: &Option<Vec<u8>>| {
        bytes
            .as_ref()
            .map(|bytes| String::from_utf8_lossy(bytes).replace("\r\n", "\n"))
    };
    let mut differing = Vec::new();
    for (change, name) in release.changes().iter().zip(planned) {
        let committed = git.file_at(commit, name).map_err(trouble)?;
        // `Git::commit` leaves ignored files out.
        let is_ignored =
            committed.is_none() && !git.ignored(&[name.as_bytes()]).map_err(trouble)?.is_empty();
        if !is_ignored && plain(&committed) != plain(&change.after) {
            differing.push(name.clone());
        }
    }
    Ok(differing)
}

/// Finishes the release.
fn end(context: &mut Context, git: &Git, release: &ReleasePlan, commit: &str) -> Result<Exit> {
    context.store.end_release()?;
    context.status(
        "Released",
        &format!(
            "{} at {}; nothing was pushed or published",
            release.version,
            short(commit)
        ),
    );
    for tag in &release.tags {
        let has_notes = git.has_tag_message(&tag.name, &tag.message);
        if !has_notes.map_err(trouble)? {
            let text = "has another message than the notes of the release, and was kept";
            context.note(&format!("the tag `{}` {text}", tag.name));
        }
    }
    let tags: Vec<&str> = release.tags.iter().map(|tag| tag.name.as_str()).collect();
    let branch = git.standing().ok().and_then(|standing| standing.branch);
    let remote = git.remote(branch.as_deref()).map_err(trouble)?;
    remote
        .iter()
        .for_each(|remote| context.help(&push(remote, branch.as_deref(), &tags)));
    Ok(Exit::Done)
}

/// Returns the command that pushes the branch and the tags. Full ref names cannot be mistaken for
/// options or for other refs.
fn push(remote: &str, branch: Option<&str>, tags: &[&str]) -> String {
    let branch = branch.map(|name| format!("refs/heads/{name}"));
    let refs = branch
        .into_iter()
        .chain(tags.iter().map(|name| format!("refs/tags/{name}")));
    let refs: Vec<String> = refs.map(|name| quote(&name)).collect();
    // Otherwise the tags could be accepted although the branch is rejected.
    format!("git push --atomic -- {} {}", quote(remote), refs.join(" "))
}

/// Reverts the release: tags, commit, files. In this order, every intermediate state is still a
/// release in progress.
pub(crate) fn abort(context: &mut Context) -> Result<Exit> {
    let _lock = context.lock()?;
    let Some(release) = under_way(context)? else {
        return Err(Stop::new(Exit::Usage, "no release in progress").into());
    };
    let git = context.git().map_err(trouble)?;
    refuse_left_branch(context, &git, &release)?;
    refuse_staged(context, &git, &release)?;
    // Before the commit, each file is restored or left as it is, whatever the others are like.
    if !is_before_commit(context, &git, &release)?
        && let ReleaseProgress::Committed {
            commit,
            open,
            elsewhere,
        } = progress(context, &git, &release)?
    {
        if let Some(place) = git
            .pushed_to(&commit)
            .map_err(trouble)?
            .filter(|_| commit != release.base)
        {
            let stop = Stop::new(
                Exit::Usage,
                format!("cannot abort: {} is already on {place}", short(&commit)),
            );
            return Err(stop.help("cargo campaign release --resume").into());
        }
        if commit != release.base {
            refuse_other_branch(&git, &release)?;
            refuse_foreign(context, &git, &release, &commit)?;
            refuse_edited(context, &release)?;
        }
        let of_commit =
            release.tags.iter().enumerate().filter(|(at, _)| {
                !open.contains(at) && elsewhere.iter().all(|(other, _)| other != at)
            });
        for (_, tag) in of_commit {
            // A tag with another message is the user's or a hook's.
            let is_own = git.has_tag_message(&tag.name, &tag.message);
            if is_own.map_err(trouble)? {
                git.untag(&tag.name).map_err(step)?;
                context.status("Untagged", &tag.name);
            }
        }
        if commit != release.base {
            git.step_back(&commit, &release.base).map_err(step)?;
            context.status("Uncommitted", short(&commit));
        }
    }
    let kept = restore(context, &git, &release)?;
    context.store.end_release()?;
    let outcome = if kept.is_empty() {
        "its tags, commit and edits are reverted"
    } else {
        "everything else is reverted"
    };
    name_kept_files(context, &kept);
    context.status(
        "Aborted",
        &format!("the release of {}: {outcome}", release.version),
    );
    name_kept_tags(context, &git, &release)?;
    Ok(Exit::Done)
}

/// Returns whether the release has planned changes and committed none of them. Commits of other files may exist.
fn is_before_commit(context: &Context, git: &Git, release: &ReleasePlan) -> Result<bool> {
    if release.changes().is_empty() {
        return Ok(false);
    }
    let head = git.head_commit().map_err(trouble)?.id;
    if head == release.base {
        return Ok(true);
    }
    // A rebase or an amended commit replaced the base.
    if git.commits_between(&head, &release.base).map_err(trouble)? > 0 {
        return Ok(false);
    }
    // The first commit would be the release's, even if a later one reverts it. A merge is none.
    let first = git.first_after(&release.base, &head).map_err(trouble)?;
    let prefix = git.prefix().map_err(trouble)?;
    let planned: Vec<String> = real_paths(context, release)?
        .iter()
        .map(|file| format!("{prefix}{file}"))
        .collect();
    for commit in first.into_iter().chain([head]) {
        let changed = git.differing_files(&release.base, &commit);
        if changed
            .map_err(trouble)?
            .iter()
            .any(|file| planned.contains(file))
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Notes the tags of the release that still exist. They name other commits or have other messages,
/// and so were not created by this release.
fn name_kept_tags(context: &mut Context, git: &Git, release: &ReleasePlan) -> Result<()> {
    for tag in &release.tags {
        if let Some(commit) = git.tag_at(&tag.name).map_err(trouble)? {
            let at = short(&commit);
            context.note(&format!("the tag `{}` at {at} was kept", tag.name));
            context.help(&delete_tag(&tag.name));
        }
    }
    Ok(())
}

/// Stops if HEAD is not the commit of the release with all planned changes, because another commit
/// would be reverted.
fn refuse_foreign(context: &Context, git: &Git, release: &ReleasePlan, commit: &str) -> Result<()> {
    let deviation = Deviation::find(context, git, release, commit)?;
    let head = git.head_commit().map_err(trouble)?.id;
    if head != commit && deviation.has_all_changes() {
        let what = format!(
            "HEAD is at {}, after the release's commit {}",
            short(&head),
            short(commit)
        );
        return Err(Stop::new(Exit::CouldNotRun, what)
            .help(abort_after_reset(commit))
            .into());
    }
    // A hook may change the message or add changes, but a commit with both is another one.
    if deviation.has_all_changes()
        && (deviation.others.is_empty() || has_title_of(release, git, commit)?)
    {
        return Ok(());
    }
    Err(foreign(release, commit, &deviation).into())
}

/// Returns the command that removes later commits and reverts the release.
fn abort_after_reset(commit: &str) -> String {
    let commit = short(commit);
    format!(
        "git reset --soft {commit} && cargo campaign release --abort (keeps the changes of later commits staged)"
    )
}

/// Stops if a planned file differs from the plan, because it could not be restored once HEAD has
/// moved.
fn refuse_edited(context: &Context, release: &ReleasePlan) -> Result<()> {
    for change in release.changes() {
        if store::read_file(&context.root().join(&change.path), store::TEXT_LIMIT).ok()
            != change.after
        {
            let what = format!(
                "the release of {} cannot be reverted: {} was changed",
                release.version, change.path
            );
            let stop = Stop::new(Exit::CouldNotRun, what);
            return Err(stop
                .help(format!(
                    "undo the change of {}, or finish with --resume",
                    change.path
                ))
                .into());
        }
    }
    Ok(())
}

/// Restores the files that have exactly the planned text. Returns the files that have another text,
/// which are left as they are because it may be the user's.
fn restore(context: &mut Context, git: &Git, release: &ReleasePlan) -> Result<Vec<String>> {
    let changes = release.changes();
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    refuse_staged(context, git, release)?;
    git.unstage(&real_paths(context, release)?).map_err(step)?;
    let (mut back, mut kept) = (Vec::new(), Vec::new());
    for change in changes {
        let text = text_on_disk(context, &change)?;
        if text == change.after {
            back.push(change.reversed());
        } else if text != change.before {
            kept.push(change.path);
        }
    }
    if !back.is_empty() {
        edit::apply(context.root(), &context.store.journal(), &back).map_err(of_edit)?;
        context.forget_workspace();
        context.status("Restored", &counted(back.len(), "file"));
    }
    Ok(kept)
}

/// Warns about planned files that were edited during the release and therefore not restored.
fn name_kept_files(context: &Context, kept: &[String]) {
    if kept.is_empty() {
        return;
    }
    let names: Vec<String> = kept.iter().map(|file| quote(file)).collect();
    context.warn(&format!(
        "changed during the release and left as is, with the text of the release: {}",
        kept.join(", ")
    ));
    context.help(&format!("git diff -- {}", names.join(" ")));
}

/// Returns the text of a planned file. `None` if the file does not exist, or if there is a directory in its place.
fn text_on_disk(context: &Context, change: &Change) -> Result<Option<Vec<u8>>> {
    let file = context.root().join(&change.path);
    match store::read_file(&file, store::TEXT_LIMIT) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(_) if file.is_dir() => Ok(None),
        bytes => bytes
            .map(Some)
            .map_err(|error| anyhow::anyhow!("cannot read {}: {error}", change.path)),
    }
}

/// Returns the progress of the release. A state that matches no step is an error.
fn progress(context: &Context, git: &Git, release: &ReleasePlan) -> Result<ReleaseProgress> {
    let commit = git.head_commit().map_err(trouble)?;
    let seen = RepositoryState {
        next: if commit.id == release.base {
            None
        } else {
            next(git, release)?
        },
        head: commit.id.clone(),
        files: release
            .changes()
            .iter()
            .map(|change| text_on_disk(context, change))
            .collect::<Result<_>>()?,
        tags: release
            .tags
            .iter()
            .map(|tag: &crate::release::plan::NewTag| git.tag_at(&tag.name))
            .collect::<Result<_, Trouble>>()
            .map_err(trouble)?,
    };
    release.progress(&seen).map_err(|why| {
        let stop = Stop::new(
            Exit::CouldNotRun,
            format!("cannot continue the release of {}: {why}", release.version),
        );
        if commit.id == release.base {
            return stop
                .help(
                    "cargo campaign release --abort (leaves files with other changes as they are)",
                )
                .into();
        }
        if let Err(other) = refuse_other_branch(git, release) {
            return other;
        }
        if is_before_commit(context, git, release).unwrap_or(false) {
            return other_commit(release, &commit.id).into();
        }
        let file = context.store.release_file();
        let base = short(&release.base);
        stop.help(format!(
            "if a rebase or an amended commit replaced {base}, return to the commits from before it (see git reflog)"
        ))
        .help(format!(
            "remove {} to forget the release; its commit and tags stay",
            file.display()
        ))
        .into()
    })
}

/// Returns the commit after the one on which the release is based.
fn next(git: &Git, release: &ReleasePlan) -> Result<Option<String>> {
    Ok(git.first_after(&release.base, "HEAD").map_err(trouble)?)
}

/// Converts an error of editing files. The release stays in progress.
fn of_edit(error: edit::Error) -> Stop {
    let stop = Stop::new(Exit::CouldNotRun, error.to_string());
    let stop = match error.hint() {
        Some(hint) => stop.help(hint),
        None => stop,
    };
    stop.help("cargo campaign release --resume (or --abort), once that is fixed")
}

/// Converts an error of git in a step. The release stays in progress.
fn step(what: Trouble) -> Stop {
    trouble(what).help("cargo campaign release --resume (or --abort), once that is fixed")
}

/// Converts an error of `git commit`. A hook may require changes to files.
fn of_commit(what: Trouble) -> Stop {
    step(what).help("cargo campaign release --abort (if it needs changes to files: then commit them and release again)")
}

fn trouble(what: Trouble) -> Stop {
    let stop = Stop::new(Exit::CouldNotRun, what.to_string());
    match what.hint() {
        Some(hint) => stop.help(hint),
        None => stop,
    }
}

fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_refs_are_quoted_in_the_push_command() {
        for (branch, tags, command) in [
            (
                Some("main"),
                &["v1.0.0"][..],
                "refs/heads/main refs/tags/v1.0.0",
            ),
            (
                None,
                &["a-v1.0.0", "b-v1.0.0"],
                "refs/tags/a-v1.0.0 refs/tags/b-v1.0.0",
            ),
            (Some("-x"), &["v1.0.0"], "refs/heads/-x refs/tags/v1.0.0"),
            (
                Some("x;touch${IFS}PWNED"),
                &["$(id)1.0.0"],
                "'refs/heads/x;touch${IFS}PWNED' 'refs/tags/$(id)1.0.0'",
            ),
            (Some("it's"), &[], r"'refs/heads/it'\''s'"),
        ] {
            assert_eq!(
                push("origin", branch, tags),
                format!("git push --atomic -- origin {command}")
            );
        }
    }
}

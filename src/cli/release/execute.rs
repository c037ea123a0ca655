//! Making a release: files, commit, tags, each step told from the repository, so that whoever comes next can go on with it
//! or take it back.
//!
//! The plan lies in `.campaign/journal/release` from before the first step until after the last.

use anyhow::Result;

use super::super::exit::{Exit, Stop};
use super::super::readiness;
use super::super::session::Session;
use super::plan::Planned;
use crate::change::Change;
use crate::drive::probe::relative;
use crate::edit;
use crate::git::{Git, Trouble};
use crate::judge::readiness::Known;
use crate::plan::quote;
use crate::release::plan::{Progress, Release, Seen};
use crate::report::figure::counted;
use crate::store::{self, Lock};

/// What waits to be finished, when something does.
pub(in crate::cli) fn under_way(session: &Session) -> Result<Option<Release>> {
    let Some(text) = session.store.release()? else { return Ok(None) };
    let release = Release::read(&text).map_err(|why| {
        let file = session.store.release_file();
        Stop::new(Exit::CouldNotRun, format!("{}: {why}", file.display()))
            .help("remove the file if no release is in progress")
    })?;
    Ok(Some(release))
}

/// Makes what was planned.
pub(super) fn execute(session: &mut Session, planned: &Planned) -> Result<Exit> {
    let Some(release) = &planned.release else { return Ok(Exit::NoVerdict) };
    let lock = session.lock()?;
    session.heed_signals();
    let git = session.git().map_err(trouble)?;
    match progress(session, &git, release)? {
        Progress::Planned => free_tags(&git, release)?,
        // Without anything to edit the commit is there.
        Progress::Committed { .. } => {}
        Progress::Edited => return Err(Stop::new(Exit::CouldNotRun, "the files changed meanwhile").into()),
    }
    let mut release = release.clone();
    release.packages = readiness::packaged(session)?;
    session.store.begin_release(&release.to_text())?;
    go_on(session, &git, &release, &lock)
}

/// A waiver may have let a tag through that is taken: the commit to come cannot have it.
fn free_tags(git: &Git, release: &Release) -> Result<()> {
    for tag in &release.tags {
        if let Some(commit) = git.tag_at(&tag.name).map_err(trouble)? {
            let stop = Stop::new(Exit::Usage, format!("the tag {} is at {} already", tag.name, short(&commit)));
            return Err(stop.help(format!("git show {}", quote(&tag.name))).into());
        }
    }
    Ok(())
}

/// Goes on with what was interrupted.
pub(super) fn resume(session: &mut Session) -> Result<Exit> {
    let lock = session.lock()?;
    let Some(release) = under_way(session)? else {
        return Err(Stop::new(Exit::Usage, "no release is under way").help("cargo campaign release").into());
    };
    session.heed_signals();
    let git = session.git().map_err(trouble)?;
    go_on(session, &git, &release, &lock)
}

/// Every step that is still to be made.
fn go_on(session: &mut Session, git: &Git, release: &Release, lock: &Lock) -> Result<Exit> {
    let version = &release.version;
    loop {
        if session.cancel.is_set() {
            session.ui.warn(&format!("the release of {version} is not finished"));
            session.ui.help("cargo campaign release --resume (or --abort)");
            return Ok(Exit::Interrupted);
        }
        match progress(session, git, release)? {
            Progress::Planned => {
                let changes = release.changes();
                edit::apply(session.root(), &session.store.journal(), &changes, &mut |_| Ok(()))?;
                session.ui.status("Edited", &counted(changes.len(), "file"));
            }
            Progress::Edited => {
                refuse_unfit(session, git, release, lock)?;
                // An interrupt ends the command before the commit.
                if session.cancel.is_set() {
                    continue;
                }
                let commit = git.commit(&paths(&release.changes()), &release.message).map_err(step)?;
                session.ui.status("Committed", &format!("{} {}", short(&commit), release.message.trim_end()));
            }
            Progress::Committed { commit, open } => {
                refuse_unplanned(session, git, release, &commit)?;
                let Some(tag) = open.first().and_then(|at| release.tags.get(*at)) else {
                    return end(session, git, release, &commit);
                };
                git.tag(&tag.name, &commit, &tag.message).map_err(step)?;
                session.ui.status("Tagged", &format!("{} as {}", short(&commit), tag.name));
            }
        }
    }
}

/// Compiles, tests and packages the edited files, which are what will be committed. Restores them if one of these fails or
/// gives no answer.
fn refuse_unfit(session: &mut Session, git: &Git, release: &Release, lock: &Lock) -> Result<()> {
    let held = readiness::hold_minimum(session, lock);
    refuse(session, git, release, "compiling and testing", held)?;
    if session.cancel.is_set() || release.packages.is_empty() {
        return Ok(());
    }
    let packaged = readiness::package(session, &release.packages);
    refuse(session, git, release, "cargo package", packaged)
}

/// Restores the files and stops if what was done with them failed or gave no answer. After an interrupt nothing is known.
fn refuse(session: &mut Session, git: &Git, release: &Release, what: &str, found: Known<Vec<String>>) -> Result<()> {
    let (why, exit) = match found {
        Ok(failed) if failed.is_empty() => return Ok(()),
        _ if session.cancel.is_set() => return Ok(()),
        Ok(failed) => (failed.join("\n"), Exit::Failed),
        Err(why) => (why, Exit::NoVerdict),
    };
    restore(session, git, release)?;
    session.store.end_release()?;
    let verb = if exit == Exit::Failed { "failed" } else { "gave no verdict" };
    let stop = Stop::new(exit, format!("{what} {verb} on the files of {}: {why}", release.version));
    Err(stop.help("fix it, then run the release again; nothing was committed").into())
}

/// Stops if the commit is not what was judged: a hook may have added files, or changed those of the plan.
fn refuse_unplanned(session: &Session, git: &Git, release: &Release, commit: &str) -> Result<()> {
    let (root, prefix) = (session.root().canonicalize()?, git.prefix().map_err(trouble)?);
    let mut planned = Vec::new();
    let mut unplanned = Vec::new();
    for change in release.changes() {
        let path = root.join(&change.path);
        // Git knows files by where they lie, not by the links that lead there.
        let real = path.canonicalize().map_or_else(|_| change.path.clone(), |path| relative(&root, &path));
        if store::read_file(&path, store::TEXT_LIMIT).ok() != change.after {
            unplanned.push(real.clone());
        }
        planned.push(real);
    }
    let names: Vec<&str> = planned.iter().map(String::as_str).collect();
    let mut dirty = git.dirty(&names).map_err(trouble)?;
    if !dirty.is_empty() && unplanned.is_empty() {
        // A commit that was interrupted may have moved HEAD and left the index as it was.
        git.unstage(&planned).map_err(trouble)?;
        dirty = git.dirty(&names).map_err(trouble)?;
    }
    unplanned.extend(dirty);
    let committed = git.differing_files(&release.base, commit).map_err(trouble)?;
    let is_planned = |file: &String| file.strip_prefix(&prefix).is_some_and(|file| names.contains(&file));
    unplanned.extend(committed.into_iter().filter(|file| !is_planned(file)));
    unplanned.sort();
    unplanned.dedup();
    if unplanned.is_empty() {
        return Ok(());
    }
    let what = format!("the commit {} has changes that were not judged: {}", short(commit), unplanned.join(", "));
    let stop = Stop::new(Exit::CouldNotRun, what).help("a commit hook may have made them: amend the commit");
    Err(stop.help("cargo campaign release --resume (or --abort), once it has only the planned changes").into())
}

/// Everything is made.
fn end(session: &mut Session, git: &Git, release: &Release, commit: &str) -> Result<Exit> {
    session.store.end_release()?;
    session
        .ui
        .status("Released", &format!("{} at {}; nothing was pushed or published", release.version, short(commit)));
    let tags: Vec<&str> = release.tags.iter().map(|tag| tag.name.as_str()).collect();
    let branch = git.standing().ok().and_then(|standing| standing.branch);
    let remote = git.remote(branch.as_deref()).map_err(trouble)?;
    remote.iter().for_each(|remote| session.ui.help(&push(remote, branch.as_deref(), &tags)));
    Ok(Exit::Done)
}

/// Returns the command that pushes the branch and the tags. Full names of refs cannot be read as options or as other refs.
fn push(remote: &str, branch: Option<&str>, tags: &[&str]) -> String {
    let branch = branch.map(|name| format!("refs/heads/{name}"));
    let refs = branch.into_iter().chain(tags.iter().map(|name| format!("refs/tags/{name}")));
    let refs: Vec<String> = refs.map(|name| quote(&name)).collect();
    format!("git push --atomic -- {} {}", quote(remote), refs.join(" "))
}

/// Takes everything back: tags, commit, files, in this order, so that what is left is always a release under way.
pub(super) fn abort(session: &mut Session) -> Result<Exit> {
    let _lock = session.lock()?;
    let Some(release) = under_way(session)? else {
        return Err(Stop::new(Exit::Usage, "no release is under way: there is nothing to take back").into());
    };
    let git = session.git().map_err(trouble)?;
    if let Progress::Committed { commit, open } = progress(session, &git, &release)? {
        if let Some(place) = git.pushed_to(&commit).map_err(trouble)?.filter(|_| commit != release.base) {
            let stop =
                Stop::new(Exit::Usage, format!("{} is in {place}: what others have is not taken back", short(&commit)));
            return Err(stop.help("cargo campaign release --resume").into());
        }
        if commit != release.base {
            refuse_edited(session, &release)?;
        }
        let made = release.tags.iter().enumerate().filter(|(at, _)| !open.contains(at));
        for (_, tag) in made {
            git.untag(&tag.name).map_err(trouble)?;
            session.ui.status("Untagged", &tag.name);
        }
        if commit != release.base {
            git.step_back(&commit, &release.base).map_err(trouble)?;
            session.ui.status("Uncommitted", short(&commit));
        }
    }
    restore(session, &git, &release)?;
    session.store.end_release()?;
    session.ui.status("Aborted", &format!("the release of {}: everything is as it was", release.version));
    Ok(Exit::Done)
}

/// Stops if a file of the plan is not as the plan made it: it could not be restored once HEAD has moved.
fn refuse_edited(session: &Session, release: &Release) -> Result<()> {
    for change in release.changes() {
        if store::read_file(&session.root().join(&change.path), store::TEXT_LIMIT).ok() != change.after {
            let what = format!("the release of {} cannot be reverted: {} was changed", release.version, change.path);
            let stop = Stop::new(Exit::CouldNotRun, what);
            return Err(stop.help(format!("undo the change of {}, or finish with --resume", change.path)).into());
        }
    }
    Ok(())
}

/// Restores the files that were edited.
fn restore(session: &mut Session, git: &Git, release: &Release) -> Result<()> {
    let changes = release.changes();
    if changes.is_empty() {
        return Ok(());
    }
    git.unstage(&paths(&changes)).map_err(trouble)?;
    if progress(session, git, release)? == Progress::Edited {
        let back: Vec<Change> = changes.into_iter().map(Change::reversed).collect();
        edit::apply(session.root(), &session.store.journal(), &back, &mut |_| Ok(()))?;
        session.ui.status("Restored", &counted(back.len(), "file"));
    }
    Ok(())
}

/// How far it is. What fits no step of it ends the command.
fn progress(session: &Session, git: &Git, release: &Release) -> Result<Progress> {
    let commit = git.head_commit().map_err(trouble)?;
    let at = |tag: &crate::release::plan::NewTag| git.tag_at(&tag.name);
    let read = |change: &Change| match store::read_file(&session.root().join(&change.path), store::TEXT_LIMIT) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        bytes => bytes.map(Some).map_err(|error| anyhow::anyhow!("cannot read {}: {error}", change.path)),
    };
    let seen = Seen {
        head: commit.id,
        parents: commit.parents,
        message: commit.message,
        files: release.changes().iter().map(read).collect::<Result<_>>()?,
        tags: release.tags.iter().map(at).collect::<Result<_, Trouble>>().map_err(trouble)?,
    };
    release.progress(&seen).map_err(|why| {
        let stop = Stop::new(Exit::CouldNotRun, format!("the release of {} cannot go on: {why}", release.version));
        let file = session.store.release_file();
        stop.help(format!("put that right, or remove {} to forget the release", file.display())).into()
    })
}

fn paths(changes: &[Change]) -> Vec<String> {
    changes.iter().map(|change| change.path.clone()).collect()
}

/// Git could not do a step: the release waits.
fn step(what: Trouble) -> Stop {
    Stop::new(Exit::CouldNotRun, what.to_string())
        .help("cargo campaign release --resume (or --abort), once that is fixed")
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
            (Some("main"), &["v1.0.0"][..], "refs/heads/main refs/tags/v1.0.0"),
            (None, &["a-v1.0.0", "b-v1.0.0"], "refs/tags/a-v1.0.0 refs/tags/b-v1.0.0"),
            (Some("-x"), &["v1.0.0"], "refs/heads/-x refs/tags/v1.0.0"),
            (Some("x;touch${IFS}PWNED"), &["$(id)1.0.0"], "'refs/heads/x;touch${IFS}PWNED' 'refs/tags/$(id)1.0.0'"),
            (Some("it's"), &[], r"'refs/heads/it'\''s'"),
        ] {
            assert_eq!(push("origin", branch, tags), format!("git push --atomic -- origin {command}"));
        }
    }
}

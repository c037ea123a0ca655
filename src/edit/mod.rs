//! Writes the user's files: a set of changes is applied completely or not at all, even if the process
//! or the machine dies.
//!
//! ```text
//! plan      compare every original with its change, check permissions     nothing is written
//! stage     write journal `edit` and the new contents, durably            originals are unchanged
//! verify    the caller checks the result; originals are compared again
//! commit    rename the journal to `edit.commit`                           the decision
//! swap      replace every original by renaming; remove the journal
//! ```
//!
//! [`recover`] handles the journal of an interrupted edit. Before the commit it discards the staged
//! files; after the commit it completes the edit. If replacing a file fails, the journal is renamed to
//! `edit.undo` and every file is restored. The journal contains all old and new contents, so either
//! direction works even if staged files were lost. Permission bits, owner and links are kept; an
//! edited file has a new inode.
//!
//! A journal is bound to the inode of its directory. One that was copied or committed is refused.
//!
//! The caller must hold [`crate::store::Store::lock`]. This module knows nothing about the meaning of
//! the files.

mod error;
mod frame;
mod journal;
mod place;
#[cfg(test)]
mod tests;
mod work;

use std::path::Path;

pub use error::Error;
use error::Obstacle;

use crate::change::Change;
use frame::Flaw;
use journal::{Journal, Phase};
use work::{About, Work};

/// The result of an edit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// The changed files, relative to the root, with links resolved.
    pub files: Vec<String>,
}

/// The result of recovering an interrupted edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovered {
    /// Every file has its new content.
    Finished(Vec<String>),
    /// Every file has its old content.
    TakenBack(Vec<String>),
}

/// Checks whether the changes can be applied. Nothing is written.
///
/// # Errors
/// With all obstacles at once.
pub fn check(root: &Path, changes: &[Change]) -> Result<(), Error> {
    Work::plan(root, changes).map(drop)
}

/// Checks whether the changes can be applied, and returns them with the real paths of the files. A file that several of
/// them reach through links is returned once, and changes whose contents are equal are left out. Nothing is written.
///
/// # Errors
/// With all obstacles at once.
pub fn resolve(root: &Path, changes: &[Change]) -> Result<Vec<Change>, Error> {
    Work::plan(root, changes).map(|work| work.changes)
}

/// Applies all of the changes or none.
///
/// Changes whose contents are equal are only checked; if there are no others, nothing is written.
///
/// # Errors
/// No file was changed and nothing is left, except for [`Error::Unfinished`] and [`Error::Conflict`].
pub fn apply(root: &Path, journal: &Path, changes: &[Change]) -> Result<Applied, Error> {
    apply_after(root, journal, changes, &mut || Ok(()))
}

/// Applies all of the changes or none, like [`apply`], after a check between staging and replacing.
/// Tests use the check to change the tree, or to die, at this point.
///
/// # Errors
/// Those of [`apply`] and the error of the check.
pub fn apply_after(
    root: &Path,
    journal: &Path,
    changes: &[Change],
    check: &mut dyn FnMut() -> anyhow::Result<()>,
) -> Result<Applied, Error> {
    let mut work = Work::plan(root, changes)?;
    if work.changes.is_empty() {
        return Ok(Applied::default());
    }
    work.about.inode = journal::inode(journal)?;
    let bytes =
        frame::encode(&work.about, &work.changes).map_err(|error| Error::Refused(error.into()))?;
    let mut journal = Journal::begin(journal, &bytes)?;
    let ready = work
        .stage()
        .and_then(|()| check().map_err(Error::Refused))
        .and_then(|()| work.recheck())
        .and_then(|()| journal.turn(Phase::Committed));
    match ready {
        Ok(()) => complete(&mut journal, &work, work.swap())?,
        Err(error) if discard(&mut journal, &work).is_ok() => return Err(error),
        Err(error) => return Err(waiting(error)),
    }
    Ok(Applied {
        files: work.files(),
    })
}

/// Creates the directories of a file below the root that do not exist yet. Links are not followed.
///
/// # Errors
/// If a part of the path is not a directory, or cannot be created.
pub fn create_directories(root: &Path, file: &str) -> Result<(), Error> {
    place::create_directories(root, file).map_err(|why| {
        Error::Obstacles(vec![Obstacle {
            path: file.to_owned(),
            why,
        }])
    })
}

/// Returns whether an edit was interrupted or is in progress.
pub fn is_open(journal: &Path) -> bool {
    !matches!(Journal::open(journal), Ok(None))
}

/// Completes or undoes an interrupted edit. Call it with the lock held, before any file is read.
/// Without an interrupted edit this is a single system call.
///
/// # Errors
/// If files or journal were changed since the interruption; then nothing is changed. Or if the file
/// system fails again: after [`Error::Io`] the edit was undone, after [`Error::Unfinished`] the
/// journal remains for the next call.
pub fn recover(root: &Path, journal: &Path) -> Result<Option<Recovered>, Error> {
    if !journal::is_there(journal)? {
        return Ok(None);
    }
    let Some((mut open, bytes)) = Journal::open(journal).map_err(waiting)? else {
        journal::tidy(journal);
        return Ok(None);
    };
    let inode = journal::inode(journal)?;
    if open.phase == Phase::Staging {
        // The contents may be incomplete, but the paths suffice to discard the staged files.
        let (about, files) = frame::decode_list(&bytes).map_err(|flaw| open.flawed(flaw))?;
        let changes = files
            .into_iter()
            .map(|path| Change {
                path,
                ..Change::default()
            })
            .collect();
        let work = resume(root, &open, inode, about, changes)?;
        discard(&mut open, &work).map_err(waiting)?;
        return Ok(Some(Recovered::TakenBack(work.files())));
    }
    let (about, changes) = frame::decode(&bytes).map_err(|flaw| open.flawed(flaw))?;
    let work = resume(root, &open, inode, about, changes)?;
    if open.phase == Phase::Committed {
        complete(&mut open, &work, work.restage().and_then(|()| work.swap()))?;
        return Ok(Some(Recovered::Finished(work.files())));
    }
    undo(&mut open, &work).map_err(waiting)?;
    Ok(Some(Recovered::TakenBack(work.files())))
}

/// Returns the work of a journal, if it belongs to the directory with this inode.
fn resume(
    root: &Path,
    journal: &Journal,
    inode: Option<u64>,
    about: About,
    changes: Vec<Change>,
) -> Result<Work, Error> {
    let files = changes.iter().map(|change| change.path.clone()).collect();
    let work = Work::resume(root, about, changes)
        .map_err(|why| journal.flawed(Flaw::Damaged { why, files }))?;
    if work.about.inode != inode {
        return Err(Error::Foreign {
            journal: journal.file(),
        });
    }
    Ok(work)
}

/// Discards the staged files. Only before the commit.
fn discard(journal: &mut Journal, work: &Work) -> Result<(), Error> {
    if journal.phase != Phase::Staging {
        journal.turn(Phase::Staging)?;
    }
    work.discard()?;
    journal.close()
}

/// Ends an edit after its files were replaced. If that failed, the edit is undone.
fn complete(journal: &mut Journal, work: &Work, swapped: Result<(), Error>) -> Result<(), Error> {
    match swapped.and_then(|()| journal.close()) {
        Ok(()) => Ok(()),
        Err(Error::Obstacles(files)) => Err(Error::Conflict { files }),
        Err(error) if undo(journal, work).is_ok() => Err(error),
        Err(error) => Err(waiting(error)),
    }
}

/// Marks an error after which the journal remains for the next command.
fn waiting(error: Error) -> Error {
    match error {
        Error::Conflict { .. }
        | Error::Damaged { .. }
        | Error::Foreign { .. }
        | Error::Newer { .. } => error,
        error => Error::Unfinished(Box::new(error)),
    }
}

/// Restores the old content of every file.
fn undo(journal: &mut Journal, work: &Work) -> Result<(), Error> {
    if journal.phase != Phase::Undoing {
        journal.turn(Phase::Undoing)?;
    }
    let back = work.clone().reversed();
    match back.restage().and_then(|()| back.swap()) {
        Err(Error::Obstacles(files)) => Err(Error::Conflict { files }),
        done => done.and_then(|()| journal.close()),
    }
}

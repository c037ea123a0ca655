//! The writer of files of the user: a set of changes happens wholly or not at all, whatever dies in between.
//!
//! ```text
//! plan      every original is what its change was made from, and may be written     nothing is written
//! stage     journal `edit`; every new content beside its original, on the disk      originals untouched
//! verify    the caller looks at the result; the originals are compared again
//! commit    the journal becomes `edit.commit`                                       from here on: new
//! swap      every original is replaced by renaming; the journal goes
//! ```
//!
//! Whoever finds a journal goes on: [`recover`] throws staged files away before the commit and finishes after it; when
//! replacing fails the journal becomes `edit.undo` and every file is put back. The journal holds all contents, so that
//! it can do either although staged files were lost. Permission bits, owner and links stay; a file is a new inode.
//!
//! A journal is bound to its folder's inode: one that was copied or committed is refused.
//!
//! Only under [`crate::store::Store::lock`]. Must not know what the files mean.

mod error;
mod frame;
mod journal;
mod place;
#[cfg(test)]
mod tests;
mod work;

use std::path::{Path, PathBuf};

pub use error::{Error, Obstacle};

use crate::change::Change;
use frame::Flaw;
use journal::{Journal, Phase};
use work::{About, Work};

/// The result before it is one: new contents beside their originals.
#[derive(Debug)]
pub struct Staged<'a>(&'a Work);

impl Staged<'_> {
    /// Every file that changes, by its path without links, and where its new content waits (no file when it is removed).
    pub fn files(&self) -> impl Iterator<Item = (&Change, PathBuf)> {
        self.0
            .changes
            .iter()
            .map(|change| (change, self.0.staged(change)))
    }
}

/// What an edit did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// The files that changed, relative to the root, links followed.
    pub files: Vec<String>,
}

/// What was made of an interrupted edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovered {
    /// Every file has its new content.
    Finished(Vec<String>),
    /// Every file has its old content.
    TakenBack(Vec<String>),
}

/// Could all of this be applied? Writes nothing.
///
/// # Errors
/// Every obstacle at once.
pub fn check(root: &Path, changes: &[Change]) -> Result<(), Error> {
    Work::plan(root, changes).map(drop)
}

/// Makes the changes, all or none. Changes that change nothing are only checked; when there are no others, nothing at all
/// is written. `verify` sees the staged result before any original is touched.
///
/// # Errors
/// No file was changed and nothing is left, but for [`Error::Unfinished`] and [`Error::Conflict`].
pub fn apply(
    root: &Path,
    journal: &Path,
    changes: &[Change],
    verify: &mut dyn FnMut(&Staged<'_>) -> anyhow::Result<()>,
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
        .and_then(|()| verify(&Staged(&work)).map_err(Error::Refused))
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

/// Does an interrupted edit wait (or one that goes on right now)?
pub fn is_open(journal: &Path) -> bool {
    !matches!(Journal::open(journal), Ok(None))
}

/// Goes on with what an interrupted edit left. Call it under the lock, before anything is read. When nothing was
/// interrupted this is one look at the disk.
///
/// # Errors
/// Files or journal are not as the interrupted edit left them: nothing is touched. Or the disk fails once more: after
/// [`Error::Io`] the edit is taken back, after [`Error::Unfinished`] the journal waits for the next call.
pub fn recover(root: &Path, journal: &Path) -> Result<Option<Recovered>, Error> {
    if !journal::is_there(journal)? {
        return Ok(None);
    }
    let Some((mut open, bytes)) = Journal::open(journal).map_err(waiting)? else {
        journal::tidy(journal);
        return Ok(None);
    };
    let inode = journal::inode(journal)?;
    let resume = |journal: &Journal, about: About, changes: Vec<Change>| {
        let files = changes.iter().map(|change| change.path.clone()).collect();
        let work = Work::resume(root, about, changes)
            .map_err(|why| journal.flawed(Flaw::Damaged { why, files }))?;
        if work.about.inode == inode {
            Ok(work)
        } else {
            Err(Error::Foreign {
                journal: journal.file(),
            })
        }
    };
    if open.phase == Phase::Staging {
        let (about, files) = frame::decode_list(&bytes).map_err(|flaw| open.flawed(flaw))?;
        let changes = files
            .into_iter()
            .map(|path| Change {
                path,
                ..Change::default()
            })
            .collect();
        let work = resume(&open, about, changes)?;
        discard(&mut open, &work).map_err(waiting)?;
        return Ok(Some(Recovered::TakenBack(work.files())));
    }
    let (about, changes) = frame::decode(&bytes).map_err(|flaw| open.flawed(flaw))?;
    let work = resume(&open, about, changes)?;
    if open.phase == Phase::Committed {
        complete(&mut open, &work, work.restage().and_then(|()| work.swap()))?;
        return Ok(Some(Recovered::Finished(work.files())));
    }
    undo(&mut open, &work).map_err(waiting)?;
    Ok(Some(Recovered::TakenBack(work.files())))
}

/// Before the commit: throws away what is staged.
fn discard(journal: &mut Journal, work: &Work) -> Result<(), Error> {
    if journal.phase != Phase::Staging {
        journal.turn(Phase::Staging)?;
    }
    work.discard()?;
    journal.close()
}

/// After the commit, when every file was made new. When that failed, every file is made old.
fn complete(journal: &mut Journal, work: &Work, swapped: Result<(), Error>) -> Result<(), Error> {
    match swapped.and_then(|()| journal.close()) {
        Ok(()) => Ok(()),
        Err(Error::Obstacles(files)) => Err(Error::Conflict {
            journal: journal.file(),
            files,
        }),
        Err(error) if undo(journal, work).is_ok() => Err(error),
        Err(error) => Err(waiting(error)),
    }
}

/// The journal stays for the next command.
fn waiting(error: Error) -> Error {
    match error {
        Error::Conflict { .. }
        | Error::Damaged { .. }
        | Error::Foreign { .. }
        | Error::Newer { .. } => error,
        error => Error::Unfinished(Box::new(error)),
    }
}

/// Makes every file old.
fn undo(journal: &mut Journal, work: &Work) -> Result<(), Error> {
    if journal.phase != Phase::Undoing {
        journal.turn(Phase::Undoing)?;
    }
    let back = work.clone().reversed();
    match back.restage().and_then(|()| back.swap()) {
        Err(Error::Obstacles(files)) => Err(Error::Conflict {
            journal: journal.file(),
            files,
        }),
        done => done.and_then(|()| journal.close()),
    }
}

//! The journal of a release: which of its steps are done, and what its edit replaced.
//!
//! An edit is one transaction; a release is several acts (edit, commit, tag) of which the last cannot be taken back by
//! renaming files. `.campaign/journal/release` says how far it got, with the value of each step (the commit, the tag).
//! Must not know what the steps do.

#[cfg(test)]
mod tests;

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::{Doing, Error, Obstacle};
use super::frame::{self, Flaw};
use super::{Applied, journal};
use crate::change::Change;
use crate::store;

/// A larger journal is not read.
const LIMIT: u64 = 1 << 30;

/// Its name in the folder of journals.
const FILE: &str = "release";

/// One act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// `edit`, `commit`, `tag`.
    pub name: String,
    /// What it is to do, in the words of whoever does it: enough to do it without planning again.
    pub intent: String,
    /// What came of it (the id of the commit); `None` while it is to be done.
    pub done: Option<String>,
}

impl Step {
    /// A step that is to be done.
    pub fn new(name: impl Into<String>, intent: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            intent: intent.into(),
            done: None,
        }
    }
}

/// A release that has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Digest of the whole plan: going on with another one is an error of the caller.
    pub plan: String,
    /// In the order in which they are done.
    pub steps: Vec<Step>,
    /// All that the edit changes, with what was there before.
    pub changes: Vec<Change>,
}

#[derive(Serialize, Deserialize)]
struct About {
    plan: String,
    steps: Vec<Step>,
}

/// How the files of a release stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// None was edited.
    Old,
    /// All were.
    New,
    /// Some are neither, or not all are the same.
    Mixed(Vec<Obstacle>),
}

impl State {
    /// The first step that is not done.
    pub fn next(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.done.is_none())
    }

    /// What came of a step, once it is done.
    pub fn done(&self, name: &str) -> Option<&str> {
        self.steps
            .iter()
            .find(|step| step.name == name)?
            .done
            .as_deref()
    }

    /// Looks at the files: a step may have been done by a process that died before it could say so. After
    /// [`super::recover`] they are all old or all new, unless somebody else edited them.
    pub fn standing(&self, root: &Path) -> Standing {
        let mut odd = Vec::new();
        let (mut old, mut new) = (true, true);
        for change in self.changes.iter().filter(|change| !change.is_idle()) {
            let found = read(&root.join(&change.path));
            let is = |side: &Option<Vec<u8>>| found.as_ref().is_ok_and(|found| found == side);
            old &= is(&change.before);
            new &= is(&change.after);
            if !is(&change.before) && !is(&change.after) {
                odd.push(Obstacle {
                    path: change.path.clone(),
                    why: "it was changed meanwhile".into(),
                });
            }
        }
        match (odd.is_empty(), old, new) {
            (true, true, _) => Standing::Old,
            (true, _, true) => Standing::New,
            _ => Standing::Mixed(odd),
        }
    }
}

/// Writes down a release that begins.
///
/// # Errors
/// One is open already; or the disk.
pub fn begin(journal: &Path, state: &State) -> Result<(), Error> {
    let path = journal.join(FILE);
    if fs::symlink_metadata(&path).is_ok() {
        return Err(Error::Open { journal: path });
    }
    let begun = journal::folder(journal).and_then(|()| write(&path, state));
    if begun.is_err() {
        let _ = end(journal);
    }
    begun
}

/// The release that has begun and is not over.
///
/// # Errors
/// Its journal is damaged or from a later version; or the disk.
pub fn open(journal: &Path) -> Result<Option<State>, Error> {
    let path = journal.join(FILE);
    let bytes = match store::read_file(&path, LIMIT) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        read => read.doing("read", &path)?,
    };
    let flawed = |flaw: Flaw| Error::flawed(path, true, flaw);
    let (about, changes) = frame::decode::<About>(&bytes).map_err(flawed)?;
    Ok(Some(State {
        plan: about.plan,
        steps: about.steps,
        changes,
    }))
}

/// The first step that was to be done is done, with this outcome. A release without such a step stays as it is.
///
/// # Errors
/// The disk: the step counts as not done then, on disk and in the value.
pub fn advance(journal: &Path, state: &mut State, outcome: impl Into<String>) -> Result<(), Error> {
    let mut advanced = state.clone();
    if let Some(step) = advanced.steps.iter_mut().find(|step| step.done.is_none()) {
        step.done = Some(outcome.into());
        write(&journal.join(FILE), &advanced)?;
    }
    *state = advanced;
    Ok(())
}

/// Puts back every file that the release edited, all or none, and forgets it. Whether that is still wanted (nothing was
/// committed) is for the caller to say. May be repeated.
///
/// # Errors
/// As [`super::apply`]: a file that was changed since is an obstacle.
pub fn abort(root: &Path, journal: &Path, state: &State) -> Result<Applied, Error> {
    let is_old =
        |change: &Change| read(&root.join(&change.path)).is_ok_and(|found| found == change.before);
    let back: Vec<Change> = state
        .changes
        .iter()
        .filter(|c| !is_old(c))
        .cloned()
        .map(Change::reversed)
        .collect();
    let applied = super::apply(root, journal, &back, &mut |_| Ok(()))?;
    end(journal)?;
    Ok(applied)
}

/// Forgets the release: it is over.
///
/// # Errors
/// The disk.
pub fn end(journal: &Path) -> Result<(), Error> {
    let path = journal.join(FILE);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(error).doing("remove", &path);
        }
        _ => {}
    }
    let _ = store::sync(journal);
    journal::tidy(journal);
    Ok(())
}

fn write(path: &Path, state: &State) -> Result<(), Error> {
    let about = About {
        plan: state.plan.clone(),
        steps: state.steps.clone(),
    };
    let bytes =
        frame::encode(&about, &state.changes).map_err(|error| Error::Refused(error.into()))?;
    store::put(path, &bytes).map_err(Error::Store)
}

/// What is there; `None` for no file.
fn read(path: &Path) -> std::io::Result<Option<Vec<u8>>> {
    match store::read_file(path, store::TEXT_LIMIT) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}

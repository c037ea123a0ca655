//! The files of one edit: staging them next to their originals, replacing and restoring them.
//!
//! Every operation can be repeated from any point; files that are done are left alone. This module
//! knows nothing about the file of the journal.

use std::collections::BTreeSet;
use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::{Doing, Error, Obstacle};
use super::place;
use crate::change::Change;
use crate::store;

/// The metadata in a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct About {
    /// Hex digits that are part of the names of staged files.
    token: String,
    /// Permission bits of each file, see [`place::Place::mode`].
    modes: Vec<Option<u32>>,
    /// Inode of the directory of journals, see [`super::journal::inode`].
    #[serde(default)]
    pub(super) inode: Option<u64>,
}

/// The files of one edit.
#[derive(Clone, Debug)]
pub(super) struct Work {
    /// Absolute, without links.
    root: PathBuf,
    pub(super) about: About,
    /// The changes, with the paths of [`place::Place`].
    pub(super) changes: Vec<Change>,
}

/// The state of a file during an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FileState {
    Old,
    New,
    /// The file does not exist although both contents do.
    Gone,
    /// Another process changed the file. The change as a fragment.
    Odd(&'static str),
}

/// The obstacle for a file whose content is neither old nor new.
const CHANGED: &str = "it was changed during the edit";

impl Work {
    /// Resolves links and checks every file. Changes whose contents are equal are left out.
    ///
    /// # Errors
    /// With all obstacles at once.
    pub(super) fn plan(root: &Path, changes: &[Change]) -> Result<Self, Error> {
        let root = fs::canonicalize(root).doing("read", root)?;
        let mut work = Self {
            root,
            about: About {
                token: token(changes),
                modes: Vec::new(),
                inode: None,
            },
            changes: Vec::new(),
        };
        let mut obstacles = Vec::new();
        for change in changes {
            if let Err(why) =
                place::find(&work.root, change).and_then(|place| work.add(place, change))
            {
                obstacles.push(Obstacle {
                    path: change.path.clone(),
                    why,
                });
            }
        }
        if obstacles.is_empty() {
            Ok(work)
        } else {
            Err(Error::Obstacles(obstacles))
        }
    }

    /// Adds a change. Two changes of one file, under different names, are merged if they are equal.
    fn add(&mut self, place: place::Place, change: &Change) -> Result<(), String> {
        match self.changes.iter().find(|known| known.path == place.file) {
            Some(known) if known.after == change.after => {}
            Some(_) => {
                return Err(format!("another change of {} is planned", place.file));
            }
            None if change.is_idle() => {}
            None => {
                self.changes.push(Change {
                    path: place.file,
                    ..change.clone()
                });
                self.about.modes.push(place.mode);
            }
        }
        Ok(())
    }

    /// Creates the work of a journal.
    ///
    /// # Errors
    /// With the damage as a fragment, if the journal cannot be trusted.
    pub(super) fn resume(
        root: &Path,
        about: About,
        changes: Vec<Change>,
    ) -> Result<Self, &'static str> {
        let root = fs::canonicalize(root).map_err(|_| "the workspace no longer exists")?;
        if about.modes.len() != changes.len() || !about.token.bytes().all(|b| b.is_ascii_hexdigit())
        {
            return Err("its parts are inconsistent");
        }
        if !changes
            .iter()
            .all(|change| place::below(&root, &change.path).is_some())
        {
            return Err("it contains files outside the workspace");
        }
        Ok(Self {
            root,
            about,
            changes,
        })
    }

    /// Returns the work that undoes this one.
    pub(super) fn reversed(self) -> Self {
        Self {
            changes: self.changes.into_iter().map(Change::reversed).collect(),
            ..self
        }
    }

    /// Returns the paths of its files.
    pub(super) fn files(&self) -> Vec<String> {
        self.changes
            .iter()
            .map(|change| change.path.clone())
            .collect()
    }

    fn target(&self, change: &Change) -> PathBuf {
        self.root.join(&change.path)
    }

    /// Returns the path of the staged content.
    pub(super) fn staged(&self, change: &Change) -> PathBuf {
        let target = self.target(change);
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        // A rename is atomic only within a file system.
        target.with_file_name(format!(".{name}.campaign-{}", self.about.token))
    }

    /// Writes the new contents next to the originals, durably.
    pub(super) fn stage(&self) -> Result<(), Error> {
        for (change, mode) in self.changes.iter().zip(&self.about.modes) {
            self.stage_one(change, *mode)?;
        }
        self.sync()
    }

    fn stage_one(&self, change: &Change, mode: Option<u32>) -> Result<(), Error> {
        let Some(content) = &change.after else {
            return Ok(());
        };
        let target = self.target(change);
        write(&self.staged(change), &target, content, mode).doing("write", &target)
    }

    /// Checks that the originals are unchanged since the changes were made.
    pub(super) fn recheck(&self) -> Result<(), Error> {
        let mut obstacles = Vec::new();
        for change in &self.changes {
            match self.state(change)? {
                FileState::Old => {}
                FileState::Odd(why) => obstacles.push(Obstacle {
                    path: change.path.clone(),
                    why: why.into(),
                }),
                FileState::New | FileState::Gone => obstacles.push(Obstacle {
                    path: change.path.clone(),
                    why: CHANGED.into(),
                }),
            }
        }
        if obstacles.is_empty() {
            Ok(())
        } else {
            Err(Error::Obstacles(obstacles))
        }
    }

    /// Stages the files again that are not new. The content that a dead process staged is not
    /// trusted. A file that is neither old nor new is an obstacle; then nothing is changed.
    pub(super) fn restage(&self) -> Result<(), Error> {
        self.pending()?
            .into_iter()
            .try_for_each(|(change, mode)| self.stage_one(change, mode))?;
        self.sync()
    }

    /// Replaces the originals that are not new by their staged contents, durably, and discards the
    /// rest. A file that is neither old nor new is an obstacle; then nothing is changed.
    pub(super) fn swap(&self) -> Result<(), Error> {
        self.pending()?
            .into_iter()
            .try_for_each(|(change, _)| self.swap_one(change))?;
        self.discard()
    }

    /// Returns the changes of files that are not new, with their permission bits.
    fn pending(&self) -> Result<Vec<(&Change, Option<u32>)>, Error> {
        let (mut pending, mut obstacles) = (Vec::new(), Vec::new());
        for (change, mode) in self.changes.iter().zip(&self.about.modes) {
            match self.state(change)? {
                FileState::New => {}
                FileState::Old | FileState::Gone => pending.push((change, *mode)),
                FileState::Odd(why) => obstacles.push(Obstacle {
                    path: change.path.clone(),
                    why: why.into(),
                }),
            }
        }
        if obstacles.is_empty() {
            Ok(pending)
        } else {
            Err(Error::Obstacles(obstacles))
        }
    }

    fn state(&self, change: &Change) -> Result<FileState, Error> {
        let target = self.target(change);
        let Some(path) = place::without_links(&self.root, &change.path).doing("read", &target)?
        else {
            return Ok(FileState::Odd("its directory was moved"));
        };
        let found = match fs::symlink_metadata(&path) {
            Ok(found) if found.is_file() => {
                Some(store::read_file(&path, store::TEXT_LIMIT).doing("read", &target)?)
            }
            Ok(_) => return Ok(FileState::Odd("it is no longer a file")),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error).doing("read", &target),
        };
        Ok(match found {
            found if found == change.after => FileState::New,
            found if found == change.before => FileState::Old,
            None => FileState::Gone,
            Some(_) => FileState::Odd(CHANGED),
        })
    }

    fn swap_one(&self, change: &Change) -> Result<(), Error> {
        let target = self.target(change);
        match &change.after {
            Some(_) => fs::rename(self.staged(change), &target).doing("replace", &target),
            None => fs::remove_file(&target).doing("remove", &target),
        }
    }

    /// Removes the staged contents, durably.
    pub(super) fn discard(&self) -> Result<(), Error> {
        for staged in self.changes.iter().map(|change| self.staged(change)) {
            match fs::symlink_metadata(&staged) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                _ => fs::remove_file(&staged).doing("remove", &staged)?,
            }
        }
        self.sync()
    }

    /// Makes the entries of its directories durable.
    fn sync(&self) -> Result<(), Error> {
        let targets = self.changes.iter().map(|change| self.target(change));
        let directories: BTreeSet<PathBuf> = targets
            .filter_map(|path| path.parent().map(Path::to_owned))
            .collect();
        directories
            .iter()
            .try_for_each(|directory| store::sync(directory).doing("write", directory))
    }
}

/// Returns hex digits that distinguish the staged files of this edit from those of others.
fn token(changes: &[Change]) -> String {
    let mut text = std::process::id().to_string().into_bytes();
    for change in changes {
        text.extend_from_slice(change.path.as_bytes());
        text.extend_from_slice(change.after.as_deref().unwrap_or_default());
    }
    let mut digest = store::digest(&text);
    digest.truncate(12);
    digest
}

/// Writes a new file, durably, that can replace the target.
fn write(staged: &Path, target: &Path, content: &[u8], mode: Option<u32>) -> io::Result<()> {
    let mut file = fresh(staged)?;
    file.write_all(content)?;
    keep_owner(&file, target)?;
    // This comes after the owner, because changing the owner clears the set-user-ID bits.
    if let Some(permissions) = mode.and_then(permissions) {
        file.set_permissions(permissions)?;
    }
    file.sync_all()
}

/// Creates a file. A file that an interrupted edit left under this name is removed first. Nothing is
/// written through a link.
fn fresh(path: &Path) -> io::Result<File> {
    match File::create_new(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            fs::remove_file(path)?;
            File::create_new(path)
        }
        created => created,
    }
}

#[cfg(unix)]
fn permissions(mode: u32) -> Option<Permissions> {
    Some(std::os::unix::fs::PermissionsExt::from_mode(mode))
}

#[cfg(not(unix))]
fn permissions(_: u32) -> Option<Permissions> {
    None
}

/// Gives the file the owner of the target. Failing to set the group is not an error, because git does
/// not keep it either.
#[cfg(unix)]
fn keep_owner(file: &File, target: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let (Ok(old), new) = (fs::metadata(target), file.metadata()?) else {
        return Ok(());
    };
    if old.gid() != new.gid() {
        let _ = fchown(file, None, Some(old.gid()));
    }
    if old.uid() == new.uid() {
        Ok(())
    } else {
        fchown(file, Some(old.uid()), None)
    }
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Path) -> io::Result<()> {
    Ok(())
}

//! The files of one edit: staged beside their originals, swapped in, put back.
//!
//! Everything may be repeated from any point, what is done already is left alone. Knows nothing of the journal's file.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::{Doing, Error, Obstacle};
use super::place;
use crate::change::Change;
use crate::store;

/// What the journal says besides the changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct About {
    /// Part of the names of staged files: hex digits.
    token: String,
    /// Permission bits of each file, see [`place::Place::mode`].
    modes: Vec<Option<u32>>,
    /// Inode of the folder of journals, see [`super::journal::inode`].
    #[serde(default)]
    pub(super) inode: Option<u64>,
}

/// All files of one edit.
#[derive(Clone, Debug)]
pub(super) struct Work {
    /// Absolute, without links.
    root: PathBuf,
    pub(super) about: About,
    /// Their paths are those of [`place::Place`].
    pub(super) changes: Vec<Change>,
}

/// Where a file stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Old,
    New,
    /// There is none, where there should be an old or a new one.
    Gone,
    /// Somebody else was here; how, as a fragment.
    Odd(&'static str),
}

/// Somebody else was here.
const MEANWHILE: &str = "it was changed meanwhile";

impl Work {
    /// Follows links and looks at every file. All obstacles at once; changes that change nothing are left out.
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

    /// Two names of one file are one change, when they agree.
    fn add(&mut self, place: place::Place, change: &Change) -> Result<(), String> {
        match self.changes.iter().find(|known| known.path == place.file) {
            Some(known) if known.after == change.after => {}
            Some(_) => {
                return Err(format!(
                    "it is the same file as {}, which becomes another",
                    place.file
                ));
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

    /// The work of a journal, or what of it cannot be believed.
    pub(super) fn resume(
        root: &Path,
        about: About,
        changes: Vec<Change>,
    ) -> Result<Self, &'static str> {
        let root = fs::canonicalize(root).map_err(|_| "the workspace is gone")?;
        if about.modes.len() != changes.len() || !about.token.bytes().all(|b| b.is_ascii_hexdigit())
        {
            return Err("its parts do not fit together");
        }
        if !changes
            .iter()
            .all(|change| place::below(&root, &change.path).is_some())
        {
            return Err("it names files that are not ours to write");
        }
        Ok(Self {
            root,
            about,
            changes,
        })
    }

    /// The work that takes this one back.
    pub(super) fn reversed(self) -> Self {
        Self {
            changes: self.changes.into_iter().map(Change::reversed).collect(),
            ..self
        }
    }

    /// The paths of its files.
    pub(super) fn files(&self) -> Vec<String> {
        self.changes
            .iter()
            .map(|change| change.path.clone())
            .collect()
    }

    fn target(&self, change: &Change) -> PathBuf {
        self.root.join(&change.path)
    }

    /// Where the new content waits.
    pub(super) fn staged(&self, change: &Change) -> PathBuf {
        let target = self.target(change);
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        target.with_file_name(format!(".{name}.campaign-{}", self.about.token))
    }

    /// Writes all new contents beside the originals, durably.
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

    /// Are all originals still what the new contents were made from?
    pub(super) fn recheck(&self) -> Result<(), Error> {
        let mut obstacles = Vec::new();
        for change in &self.changes {
            match self.standing(change)? {
                Standing::Old => {}
                Standing::Odd(why) => obstacles.push(Obstacle {
                    path: change.path.clone(),
                    why: why.into(),
                }),
                Standing::New | Standing::Gone => obstacles.push(Obstacle {
                    path: change.path.clone(),
                    why: MEANWHILE.into(),
                }),
            }
        }
        if obstacles.is_empty() {
            Ok(())
        } else {
            Err(Error::Obstacles(obstacles))
        }
    }

    /// Stages again what is not new yet, from the changes alone: what a dead process staged is of unknown worth. A file
    /// that is neither old nor new is an obstacle: nothing is touched then.
    pub(super) fn restage(&self) -> Result<(), Error> {
        self.pending()?
            .into_iter()
            .try_for_each(|(change, mode)| self.stage_one(change, mode))?;
        self.sync()
    }

    /// Replaces every original that is not new yet by what is staged, durably, and leaves nothing staged. A file that is
    /// neither old nor new is an obstacle: nothing is touched then.
    pub(super) fn swap(&self) -> Result<(), Error> {
        self.pending()?
            .into_iter()
            .try_for_each(|(change, _)| self.swap_one(change))?;
        self.discard()
    }

    /// The files that are not new yet, with their permission bits.
    fn pending(&self) -> Result<Vec<(&Change, Option<u32>)>, Error> {
        let (mut pending, mut obstacles) = (Vec::new(), Vec::new());
        for (change, mode) in self.changes.iter().zip(&self.about.modes) {
            match self.standing(change)? {
                Standing::New => {}
                Standing::Old | Standing::Gone => pending.push((change, *mode)),
                Standing::Odd(why) => obstacles.push(Obstacle {
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

    fn standing(&self, change: &Change) -> Result<Standing, Error> {
        let target = self.target(change);
        let Some(path) = place::without_links(&self.root, &change.path).doing("read", &target)?
        else {
            return Ok(Standing::Odd("its folder was moved"));
        };
        let found = match fs::symlink_metadata(&path) {
            Ok(found) if found.is_file() => {
                Some(store::read_file(&path, store::TEXT_LIMIT).doing("read", &target)?)
            }
            Ok(_) => return Ok(Standing::Odd("it is not a file any more")),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error).doing("read", &target),
        };
        Ok(match found {
            found if found == change.after => Standing::New,
            found if found == change.before => Standing::Old,
            None => Standing::Gone,
            Some(_) => Standing::Odd(MEANWHILE),
        })
    }

    fn swap_one(&self, change: &Change) -> Result<(), Error> {
        let target = self.target(change);
        match &change.after {
            Some(_) => fs::rename(self.staged(change), &target).doing("replace", &target),
            None => fs::remove_file(&target).doing("remove", &target),
        }
    }

    /// Removes what is staged, durably.
    pub(super) fn discard(&self) -> Result<(), Error> {
        for staged in self.changes.iter().map(|change| self.staged(change)) {
            match fs::symlink_metadata(&staged) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                _ => fs::remove_file(&staged).doing("remove", &staged)?,
            }
        }
        self.sync()
    }

    /// Makes the entries of all its folders last.
    fn sync(&self) -> Result<(), Error> {
        let targets = self.changes.iter().map(|change| self.target(change));
        let folders: BTreeSet<PathBuf> = targets
            .filter_map(|path| path.parent().map(Path::to_owned))
            .collect();
        folders
            .iter()
            .try_for_each(|folder| store::sync(folder).doing("write", folder))
    }
}

/// Something that no other edit has in the names of its files.
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

/// Writes a new file, durably, that can take the place of the target.
fn write(staged: &Path, target: &Path, content: &[u8], mode: Option<u32>) -> io::Result<()> {
    let mut file = fresh(staged)?;
    file.write_all(content)?;
    keep_owner(&file, target)?;
    if let Some(permissions) = mode.and_then(permissions) {
        file.set_permissions(permissions)?;
    }
    file.sync_all()
}

/// A new file. What an interrupted edit left of this name is removed; nothing is written through a link.
fn fresh(path: &Path) -> io::Result<File> {
    let create = || OpenOptions::new().write(true).create_new(true).open(path);
    match create() {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            fs::remove_file(path).and_then(|()| create())
        }
        made => made,
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

/// Gives the file the owner of the target. A group that is not ours to give is no reason to stop: git does not keep it
/// either.
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

//! The place of a change: links are resolved, and obstacles are found. Nothing is written.

#[cfg(test)]
mod tests;

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use crate::change::Change;
use crate::store;

/// Directories that edits must not touch: git's and the store's.
const OTHERS: [&str; 2] = [".git", ".campaign"];

/// A file to be written, with links resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Path relative to the root without links, with `/` as the separator.
    pub(super) file: String,
    /// Permission bits of the present file. `None` for a new file and on platforms without them.
    pub(super) mode: Option<u32>,
}

/// Returns the place of a change below this root, which has no links.
///
/// # Errors
/// With the reason why the change cannot be made, as a fragment.
pub(super) fn find(root: &Path, change: &Change) -> Result<Place, String> {
    let path = below(root, &change.path).ok_or("it is not a path within the workspace")?;
    let found = match (fs::symlink_metadata(&path), &change.before) {
        (Ok(_), None) => return Err("it exists already".into()),
        (Err(error), None) if error.kind() == ErrorKind::NotFound => None,
        (Err(error), Some(_)) if error.kind() == ErrorKind::NotFound => {
            return Err("it no longer exists".into());
        }
        (Err(error), _) => return Err(format!("it cannot be reached: {error}")),
        (Ok(found), Some(before)) => Some((found, before)),
    };
    let real = match &found {
        Some(_) => fs::canonicalize(&path).map_err(|error| format!("it leads nowhere: {error}"))?,
        None => real_new(&path)?,
    };
    let file = relative(root, &real).ok_or_else(|| match &found {
        Some((found, _)) if found.is_symlink() => {
            format!("it is a link that leads to {}", real.display())
        }
        _ => format!("it lies at {}, which must not be edited", real.display()),
    })?;
    let mode = match found {
        Some((_, before)) => existing(&real, before)?,
        None => None,
    };
    writable_folder(real.parent().unwrap_or(root))?;
    Ok(Place { file, mode })
}

/// The obstacle that another command causes.
pub(super) const CHANGED: &str = "it was changed since it was read";

/// Checks the file that a change replaces. Returns its permission bits.
fn existing(path: &Path, before: &[u8]) -> Result<Option<u32>, String> {
    let meta = fs::metadata(path).map_err(|error| format!("it cannot be reached: {error}"))?;
    if !meta.is_file() {
        return Err("it is not a file".into());
    }
    // A rename needs permission for the directory only, and would replace a protected file.
    if meta.permissions().readonly() {
        return Err("it is read-only".into());
    }
    kept(path, &meta)?;
    match holds(path, before) {
        Ok(true) => Ok(mode(&meta)),
        Ok(false) => Err(CHANGED.into()),
        Err(error) => Err(format!("it cannot be read: {error}")),
    }
}

/// Returns whether the file has exactly this content.
pub(super) fn holds(path: &Path, content: &[u8]) -> io::Result<bool> {
    Ok(fs::metadata(path)?.len() == content.len() as u64
        && store::read_file(path, content.len() as u64)? == content)
}

/// Returns the path of a file below the root. `None` for a name with `..` or a drive, and for files of
/// git or the store. The file system is not accessed.
pub(super) fn below(root: &Path, file: &str) -> Option<PathBuf> {
    let mut path = root.to_owned();
    for part in Path::new(file).components() {
        match part {
            // Where case is ignored, `.GIT` is the same directory.
            Component::Normal(name)
                if OTHERS.iter().any(|other| name.eq_ignore_ascii_case(other)) =>
            {
                return None;
            }
            Component::Normal(name) => path.push(name),
            _ => return None,
        }
    }
    (!file.is_empty() && !file.ends_with('/')).then_some(path)
}

/// Returns the same as [`below`], but `None` if a directory in the path is a link or does not exist.
pub(super) fn without_links(root: &Path, file: &str) -> io::Result<Option<PathBuf>> {
    let Some((path, dir)) =
        below(root, file).and_then(|path| path.parent().map(Path::to_owned).map(|dir| (path, dir)))
    else {
        return Ok(None);
    };
    match fs::canonicalize(&dir) {
        Ok(real) => Ok((real == dir).then_some(path)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Creates the directories of a file that do not exist yet. Links are not followed.
pub(super) fn create_directories(root: &Path, file: &str) -> Result<(), String> {
    let path = below(root, file).ok_or("it is not a path within the workspace")?;
    let mut missing = Vec::new();
    let mut directory = path.parent();
    while let Some(path) = directory {
        match fs::symlink_metadata(path) {
            Ok(found) if found.is_dir() => break,
            Ok(_) => return Err("a part of its path is not a directory".to_owned()),
            Err(error) if error.kind() == ErrorKind::NotFound => missing.push(path),
            Err(error) => return Err(error.to_string()),
        }
        directory = path.parent();
    }
    for path in missing.into_iter().rev() {
        fs::create_dir(path).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// The inverse of [`below`].
fn relative(root: &Path, path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = path
        .strip_prefix(root)
        .ok()?
        .components()
        .map(|c| c.as_os_str().to_str())
        .collect();
    let file = parts?.join("/");
    below(root, &file).map(|_| file)
}

/// Returns the path without links of a file that does not exist.
fn real_new(path: &Path) -> Result<PathBuf, String> {
    let (dir, name) = path
        .parent()
        .zip(path.file_name())
        .ok_or("it is not a path within the workspace")?;
    let dir = fs::canonicalize(dir).map_err(|_| "its directory does not exist")?;
    if dir.is_dir() {
        Ok(dir.join(name))
    } else {
        Err("its parent is not a directory".into())
    }
}

#[cfg(unix)]
fn mode(meta: &Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    Some(meta.permissions().mode() & 0o7777)
}

#[cfg(not(unix))]
fn mode(_: &Metadata) -> Option<u32> {
    None
}

/// Checks whether a new file can replace this one for all of its users. The other names of a hard link
/// would keep the old content, and only root can change the owner of a file.
#[cfg(unix)]
fn kept(path: &Path, meta: &Metadata) -> Result<(), String> {
    use nix::unistd::{AccessFlags, access, geteuid};
    use std::os::unix::fs::MetadataExt;
    if meta.nlink() > 1 {
        return Err("it is a hard link: its other names would keep the old content".into());
    }
    let us = geteuid();
    if meta.uid() != us.as_raw() && !us.is_root() {
        return Err("it belongs to another user".into());
    }
    access(path, AccessFlags::W_OK).map_err(|error| format!("it is not writable: {}", error.desc()))
}

#[cfg(not(unix))]
fn kept(_: &Path, _: &Metadata) -> Result<(), String> {
    Ok(())
}

#[cfg(unix)]
fn writable_folder(dir: &Path) -> Result<(), String> {
    use nix::unistd::{AccessFlags, access};
    access(dir, AccessFlags::W_OK | AccessFlags::X_OK)
        .map_err(|error| format!("its directory is not writable: {}", error.desc()))
}

#[cfg(not(unix))]
fn writable_folder(_: &Path) -> Result<(), String> {
    Ok(())
}

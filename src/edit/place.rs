//! Where a change lands: links followed, and everything that speaks against writing there. Writes nothing.

#[cfg(test)]
mod tests;

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use crate::change::Change;
use crate::store;

/// Folders of others: git's own, and the store's.
const OTHERS: [&str; 2] = [".git", ".campaign"];

/// A file to be written, found without links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Relative to the root without links, `/` between.
    pub(super) file: String,
    /// Permission bits of what is there; `None` for a new file, and where there are no such bits.
    pub(super) mode: Option<u32>,
}

/// The place of a change below this root (itself without links), or why it cannot be made.
pub(super) fn find(root: &Path, change: &Change) -> Result<Place, String> {
    let path = below(root, &change.path).ok_or("it is no path within the workspace")?;
    let found = match (fs::symlink_metadata(&path), &change.before) {
        (Ok(_), None) => return Err("it is there already".into()),
        (Err(error), None) if error.kind() == ErrorKind::NotFound => None,
        (Err(error), Some(_)) if error.kind() == ErrorKind::NotFound => {
            return Err("it is gone".into());
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
        _ => format!("it lies at {}, which is not ours to write", real.display()),
    })?;
    let mode = match found {
        Some((_, before)) => existing(&real, before)?,
        None => None,
    };
    writable_folder(real.parent().unwrap_or(root))?;
    Ok(Place { file, mode })
}

/// Looks at what a change replaces; its permission bits.
fn existing(path: &Path, before: &[u8]) -> Result<Option<u32>, String> {
    let meta = fs::metadata(path).map_err(|error| format!("it cannot be reached: {error}"))?;
    if !meta.is_file() {
        return Err("it is not a file".into());
    }
    if meta.permissions().readonly() {
        return Err("it is read-only".into());
    }
    kept(path, &meta)?;
    match holds(path, before) {
        Ok(true) => Ok(mode(&meta)),
        Ok(false) => Err("it was changed since it was read".into()),
        Err(error) => Err(format!("it cannot be read: {error}")),
    }
}

/// Does the file hold exactly this?
pub(super) fn holds(path: &Path, content: &[u8]) -> io::Result<bool> {
    Ok(fs::metadata(path)?.len() == content.len() as u64
        && store::read_file(path, content.len() as u64)? == content)
}

/// A name below the root that needs no lookup to be known as such: no `..`, no drive, nothing of git or the store.
pub(super) fn below(root: &Path, file: &str) -> Option<PathBuf> {
    let mut path = root.to_owned();
    for part in Path::new(file).components() {
        match part {
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

/// As [`below`], where no part of the path (but the file itself) is a link; `None` when one is, or is gone.
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

/// The place of a file that is not there.
fn real_new(path: &Path) -> Result<PathBuf, String> {
    let (dir, name) = path
        .parent()
        .zip(path.file_name())
        .ok_or("it is no path within the workspace")?;
    let dir = fs::canonicalize(dir).map_err(|_| "its folder does not exist")?;
    if dir.is_dir() {
        Ok(dir.join(name))
    } else {
        Err("its folder is not a folder".into())
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

/// Can a new file in its stead be what it was to others? Its other names would keep the old content, and only root can
/// give files away.
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
    access(path, AccessFlags::W_OK)
        .map_err(|error| format!("it may not be written: {}", error.desc()))
}

#[cfg(not(unix))]
fn kept(_: &Path, _: &Metadata) -> Result<(), String> {
    Ok(())
}

#[cfg(unix)]
fn writable_folder(dir: &Path) -> Result<(), String> {
    use nix::unistd::{AccessFlags, access};
    access(dir, AccessFlags::W_OK | AccessFlags::X_OK)
        .map_err(|error| format!("its folder may not be written: {}", error.desc()))
}

#[cfg(not(unix))]
fn writable_folder(_: &Path) -> Result<(), String> {
    Ok(())
}

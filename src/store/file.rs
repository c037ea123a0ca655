//! Atomic writing of files in directories that are not links, and bounded reading.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

#[cfg(unix)]
use nix::fcntl::OFlag;

use super::Damage;

/// The prefix of files that are being written. A process that was killed leaves one behind.
pub(super) const TEMP: &str = ".tmp-";

/// The suffix of damaged files, which are renamed.
pub(super) const ASIDE: &str = ".corrupt";

/// Whether a file must survive a power failure. Caches need not.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Durable {
    Yes,
    No,
}

/// Writes a file atomically: a new file in the same directory is renamed over the old one.
pub(super) fn put(path: &Path, bytes: &[u8], durable: Durable) -> io::Result<()> {
    let dir = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let (mut file, temp) = fresh(dir)?;
    let written = file.write_all(bytes).and_then(|()| {
        if durable == Durable::Yes {
            // After a power failure, the new name could otherwise belong to an empty file.
            file.sync_all()
        } else {
            Ok(())
        }
    });
    drop(file);
    let placed = written.and_then(|()| fs::rename(&temp, path));
    if placed.is_err() {
        let _ = fs::remove_file(&temp);
    }
    placed?;
    if durable == Durable::Yes {
        // The rename itself becomes durable only with the directory.
        sync(dir)
    } else {
        Ok(())
    }
}

/// Writes a file of the user: follows links, keeps the permissions of an existing file, and writes to
/// devices and pipes.
pub(super) fn put_over(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let there = fs::metadata(path);
    // If stdout is redirected to a file, `/dev/stdout` leads to that file. Replacing it would
    // detach it from the shell that writes to it.
    let device = path.starts_with("/dev") && !path.starts_with("/dev/shm");
    if device || there.as_ref().is_ok_and(|there| !there.is_file()) {
        return writer(path)?.write_all(bytes);
    }
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    put(&target, bytes, Durable::Yes)?;
    there.map_or(Ok(()), |there| {
        fs::set_permissions(&target, there.permissions())
    })
}

/// Opens a device or a pipe for writing. A pipe without a reader is an error, because opening it would
/// block.
fn writer(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(OFlag::O_NONBLOCK.bits());
    }
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use nix::fcntl::{FcntlArg, fcntl};
        // Writing may block while the reader is busy.
        fcntl(&file, FcntlArg::F_SETFL(OFlag::O_APPEND))?;
    }
    Ok(file)
}

/// Checks that a file can be written in this directory.
pub(super) fn try_write(dir: &Path) -> io::Result<()> {
    let (mut file, temp) = fresh(dir)?;
    let written = file.write_all(b"x");
    drop(file);
    fs::remove_file(&temp).and(written)
}

/// Writes a new file atomically. An existing file or link of this name is an error.
pub(super) fn put_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let dir = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let (mut file, temp) = fresh(dir)?;
    let placed = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        // Unlike a rename, a link fails if the name was taken in the meantime.
        .and_then(|()| fs::hard_link(&temp, path));
    let _ = fs::remove_file(&temp);
    placed.and_then(|()| sync(dir))
}

/// Creates a file with an unused name. Never opens an existing file or link.
fn fresh(dir: &Path) -> io::Result<(File, PathBuf)> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    loop {
        let path = dir.join(format!(
            "{TEMP}{}-{}",
            process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        ));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            other => return other.map(|file| (file, path)),
        }
    }
}

/// Makes the entries of a directory durable. Only Unix allows opening a directory for this.
pub(super) fn sync(dir: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(dir)?.sync_all()
    } else {
        Ok(())
    }
}

/// Creates nested directories below `base`, and `base` itself.
///
/// None of them may be a link, so that files below them are never written or removed elsewhere.
///
/// # Errors
/// With the path of the directory that failed.
pub(super) fn folder(base: &Path, parts: &[&str]) -> Result<PathBuf, (PathBuf, io::Error)> {
    let mut path = base.to_owned();
    create_own(&path).map_err(|error| (path.clone(), error))?;
    for part in parts {
        path.push(part);
        create_own(&path).map_err(|error| (path.clone(), error))?;
    }
    Ok(path)
}

/// Creates a directory of this program unless it exists. A link in its place is an error, because what
/// is in the directory is replaced and removed.
pub(crate) fn create_own(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Ok(()) => path.parent().map_or(Ok(()), sync),
        Err(error) => match fs::symlink_metadata(path) {
            Ok(found) if found.is_dir() => Ok(()),
            Ok(found) if found.is_symlink() => Err(io::Error::new(
                io::ErrorKind::NotADirectory,
                "it is a symbolic link",
            )),
            Ok(_) => Err(io::Error::new(
                io::ErrorKind::NotADirectory,
                "it is not a directory",
            )),
            Err(_) => Err(error),
        },
    }
}

/// Whether a link in the place of a file is followed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Links {
    Followed,
    Refused,
}

/// Opens a regular file. Never blocks, as opening a named pipe would.
pub(super) fn open(path: &Path, options: &mut OpenOptions, links: Links) -> io::Result<File> {
    let refused = links == Links::Refused;
    // This gives a clear message. `O_NOFOLLOW` covers a link that appears after the check.
    if refused && fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is a symbolic link",
        ));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let follow = if refused {
            OFlag::O_NOFOLLOW
        } else {
            OFlag::empty()
        };
        options.custom_flags((OFlag::O_NONBLOCK | follow).bits());
    }
    let file = options.open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is not a regular file",
        )),
    }
}

/// Appends to a file.
pub(super) fn append(path: &Path, bytes: &[u8]) -> io::Result<()> {
    open(
        path,
        OpenOptions::new().append(true).create(true),
        Links::Refused,
    )?
    .write_all(bytes)
}

/// Appends a line to a file. A last line without a line end, which a full disk can leave, is ended first.
pub(super) fn append_line(path: &Path, line: &[u8]) -> io::Result<()> {
    let mut file = open(
        path,
        OpenOptions::new().read(true).append(true).create(true),
        Links::Refused,
    )?;
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    file.write_all(line)
}

/// Returns whether a regular file ends with these bytes.
pub(super) fn ends_with(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    let mut file = open(path, OpenOptions::new().read(true), Links::Refused)?;
    let length = bytes.len() as u64;
    let Some(start) = file.metadata()?.len().checked_sub(length) else {
        return Ok(false);
    };
    file.seek(SeekFrom::Start(start))?;
    let mut end = Vec::with_capacity(bytes.len());
    file.take(length).read_to_end(&mut end)?;
    Ok(end == bytes)
}

/// Checks that no directory from `base` down to the file is a link.
pub(super) fn is_below(base: &Path, path: &Path) -> io::Result<()> {
    check_own(base, path.parent().unwrap_or(path))
}

/// Returns whether a path exists and can be removed: neither it nor a directory from `base` down to it is
/// a link.
pub(crate) fn is_own(base: &Path, path: &Path) -> bool {
    check_own(base, path).is_ok()
}

/// Checks that neither a path nor a directory from `base` down to it is a link.
fn check_own(base: &Path, path: &Path) -> io::Result<()> {
    let parts = path.ancestors().take_while(|part| part.starts_with(base));
    for part in parts {
        if fs::symlink_metadata(part)?.is_symlink() {
            let why = format!("{} is a symbolic link", part.display());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
    }
    Ok(())
}

/// Returns whether a path is a directory and not a link to one.
pub(super) fn is_directory(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_dir())
}

/// Reads a regular file of at most `limit` bytes.
pub(super) fn read(path: &Path, limit: u64, links: Links) -> io::Result<Vec<u8>> {
    let file = open(path, OpenOptions::new().read(true), links)?;
    let size = file.metadata()?.len();
    // A link may lead to a file of the kernel that blocks or never ends. Such files have no size.
    if size == 0 && !path.starts_with("/proc") {
        return Ok(Vec::new());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size.min(limit)).unwrap_or(0));
    // The file may have grown since its size was read.
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it is larger than {} MiB", limit >> 20),
        ));
    }
    Ok(bytes)
}

/// Renames a damaged file, if permitted, so that it is no longer read.
pub(super) fn set_aside(file: PathBuf, why: String) -> Damage {
    let mut name = file.clone().into_os_string();
    name.push(ASIDE);
    let aside = PathBuf::from(name);
    let aside = fs::rename(&file, &aside).is_ok().then_some(aside);
    Damage { file, why, aside }
}

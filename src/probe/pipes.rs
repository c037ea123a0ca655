//! Rejects named pipes and devices in place of files that cargo, rustup or the compiler reads.
//!
//! A program that opens such a pipe waits for a writer, and a device may have no end. Only names
//! that are always read are checked, and of these files only the manifest of the workspace is
//! opened.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::{entries, relative};
use crate::tree;
use crate::workspace::Workspace;

/// Files that cargo and rustup read in the working directory and in every directory above it.
const ABOVE: [&str; 5] = [
    ".cargo/config",
    ".cargo/config.toml",
    "rust-toolchain",
    "rust-toolchain.toml",
    "Cargo.toml",
];

/// Files that clippy and rustfmt read in the directory of a package and in every directory above
/// it.
const TOOLS: [&str; 4] = [
    "clippy.toml",
    ".clippy.toml",
    "rustfmt.toml",
    ".rustfmt.toml",
];

/// Returns an error if cargo would read a pipe or device to describe the workspace in `dir`.
pub(super) fn refuse_settings(dir: &Path) -> Result<()> {
    refuse(
        dir,
        dir.ancestors()
            .flat_map(|above| ABOVE.map(|name| above.join(name))),
    )?;
    refuse(dir, [dir.join("Cargo.lock")].into_iter())?;
    refuse(
        dir,
        tree::member_dirs(dir)
            .into_iter()
            .map(|member| member.join("Cargo.toml")),
    )
}

/// Returns an error if a measurement of the workspace would read a pipe or device.
///
/// # Errors
/// Names the first such file.
pub fn refuse_sources(workspace: &Workspace) -> Result<()> {
    let root = &workspace.root;
    let dirs = workspace
        .members
        .iter()
        .map(|member| root.join(&member.dir))
        .chain([root.clone()]);
    let settings = dirs.flat_map(|dir| TOOLS.map(|name| dir.join(name)));
    let mut sources = BTreeSet::new();
    for member in &workspace.members {
        let package = root.join(&member.dir);
        for target in &member.targets {
            let file = root.join(&target.file);
            // A source file next to the manifest, such as a build script, does not make the package
            // a source directory.
            sources.extend(
                file.parent()
                    .filter(|dir| *dir != package)
                    .map(Path::to_owned),
            );
            sources.insert(file);
        }
    }
    refuse(root, settings.chain(sources.into_iter().flat_map(below)))
}

/// Returns a file, or all files below a directory. Links are not followed.
fn below(path: PathBuf) -> Vec<PathBuf> {
    let mut open = vec![path];
    let mut files = Vec::new();
    while let Some(path) = open.pop() {
        if fs::symlink_metadata(&path).is_ok_and(|found| found.is_dir()) {
            open.extend(entries(&path));
        } else {
            files.push(path);
        }
    }
    files
}

fn refuse(root: &Path, mut files: impl Iterator<Item = PathBuf>) -> Result<()> {
    match files.find_map(|file| Some((endless(&file)?, file))) {
        Some((Endless::Pipe, file)) => {
            bail!(
                "`{}` is a named pipe: cargo would wait for it without end",
                relative(root, &file)
            )
        }
        Some((Endless::Device, file)) => {
            bail!(
                "`{}` is a device: cargo would read it without end",
                relative(root, &file)
            )
        }
        None => Ok(()),
    }
}

/// A file that cannot be read to its end.
#[cfg_attr(not(unix), expect(dead_code, reason = "only Unix has such files"))]
enum Endless {
    /// A named pipe.
    Pipe,
    /// A device, such as `/dev/zero`.
    Device,
}

/// Returns whether a file cannot be read to its end. `/dev/null` can: configuration files are often
/// disabled by a link to it.
#[cfg(unix)]
fn endless(path: &Path) -> Option<Endless> {
    use std::os::unix::fs::FileTypeExt as _;
    let kind = fs::metadata(path).ok()?.file_type();
    if kind.is_fifo() {
        return Some(Endless::Pipe);
    }
    let is_device = kind.is_char_device() || kind.is_block_device();
    (is_device && !is_null_device(path)).then_some(Endless::Device)
}

#[cfg(unix)]
fn is_null_device(path: &Path) -> bool {
    fs::canonicalize(path).is_ok_and(|path| path == Path::new("/dev/null"))
}

/// Returns `None`: other systems have no such files.
#[cfg(not(unix))]
fn endless(_path: &Path) -> Option<Endless> {
    None
}

//! Named pipes and devices in the place of files that cargo, rustup or the compiler reads. A reader would wait for a writer
//! of the pipe, or never reach the end of the device.
//!
//! Only names that are always read are looked at, and of the files only the manifest of the workspace is opened.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::{entries, relative};
use crate::tree;
use crate::workspace::Workspace;

/// What cargo and rustup read in the working directory and in every directory above it.
const ABOVE: [&str; 5] = [
    ".cargo/config",
    ".cargo/config.toml",
    "rust-toolchain",
    "rust-toolchain.toml",
    "Cargo.toml",
];

/// What clippy and rustfmt read in the directory of a package and above.
const TOOLS: [&str; 4] = [
    "clippy.toml",
    ".clippy.toml",
    "rustfmt.toml",
    ".rustfmt.toml",
];

/// Refuses pipes and devices that cargo would read to describe the workspace in `dir`.
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

/// Refuses pipes and devices that a measurement of the workspace would read.
///
/// # Errors
/// Names the first one.
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
            // A source file beside the manifest, such as a build script, does not make the package a source directory.
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

/// Returns a file, or the files in a directory and below. Links are not followed.
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

/// Whether a file has no end. `/dev/null` has one: a link to it is a common way to switch a configuration file off.
#[cfg(unix)]
fn endless(path: &Path) -> Option<Endless> {
    use std::os::unix::fs::FileTypeExt as _;
    let kind = fs::metadata(path).ok()?.file_type();
    if kind.is_fifo() {
        return Some(Endless::Pipe);
    }
    let is_null = || fs::canonicalize(path).is_ok_and(|path| path == Path::new("/dev/null"));
    ((kind.is_char_device() || kind.is_block_device()) && !is_null()).then_some(Endless::Device)
}

/// Other systems have no such files.
#[cfg(not(unix))]
fn endless(_path: &Path) -> Option<Endless> {
    None
}

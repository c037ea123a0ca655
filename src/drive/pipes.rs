//! Named pipes in the place of files that cargo, rustup or the compiler reads: they would wait for a writer without end.
//!
//! Only names that are always read are looked at; nothing is opened.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::probe::relative;
use crate::workspace::Workspace;

/// What cargo and rustup read in the working directory and in every directory above it.
const ABOVE: [&str; 5] = [".cargo/config", ".cargo/config.toml", "rust-toolchain", "rust-toolchain.toml", "Cargo.toml"];

/// What clippy and rustfmt read in the directory of a package and above.
const TOOLS: [&str; 4] = ["clippy.toml", ".clippy.toml", "rustfmt.toml", ".rustfmt.toml"];

/// Refuses pipes that cargo would read to describe the workspace in `dir`.
pub(super) fn refuse_settings(dir: &Path) -> Result<()> {
    refuse(dir, dir.ancestors().flat_map(|above| ABOVE.map(|name| above.join(name))))
}

/// Refuses pipes that a measurement of the workspace would read.
///
/// # Errors
/// Names the first one.
pub fn refuse_sources(workspace: &Workspace) -> Result<()> {
    let root = &workspace.root;
    let dirs = workspace.members.iter().map(|member| root.join(&member.dir)).chain([root.clone()]);
    let settings = dirs.flat_map(|dir| TOOLS.map(|name| dir.join(name)));
    let mut sources = BTreeSet::new();
    for member in &workspace.members {
        let package = root.join(&member.dir);
        for target in &member.targets {
            let file = root.join(&target.file);
            // A source file beside the manifest, such as a build script, does not make the package a source directory.
            sources.extend(file.parent().filter(|dir| *dir != package).map(Path::to_owned));
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
            open.extend(fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()));
        } else {
            files.push(path);
        }
    }
    files
}

fn refuse(root: &Path, mut files: impl Iterator<Item = PathBuf>) -> Result<()> {
    match files.find(|file| is_pipe(file)) {
        Some(pipe) => bail!("`{}` is a named pipe: cargo would wait for it without end", relative(root, &pipe)),
        None => Ok(()),
    }
}

fn is_pipe(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo())
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

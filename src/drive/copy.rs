//! Builds in a copy of the workspace, whose sources can be changed and whose build output can be
//! removed.
//!
//! The copy has the files of the source tree as they are, committed or not. It lies below the root
//! of the workspace, so that cargo, rustup and build scripts find the same configuration, toolchain
//! and repository in the directories above. Packages outside the root that manifests name by path
//! are links next to the copy.
#![expect(
    clippy::disallowed_methods,
    reason = "owner: writes to the copies that it makes"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::copied::description;
use super::target_dir::create_own_dir;
use super::{Drive, step};
use crate::event::{Ending, Event};
use crate::plan::{CopiedBuild, Invocation, Preparation, Step};
use crate::probe::entries;
use crate::store::{self, Lock, Store};
use crate::workspace::Workspace;

/// The configuration of cargo in the root. It is not copied, because cargo finds the original above
/// the copy.
const CONFIGURATION: [&str; 2] = [".cargo/config.toml", ".cargo/config"];

/// A copy of the workspace and its target directories. All are removed when it is dropped.
pub struct WorkingCopy {
    /// The root of the workspace.
    root: PathBuf,
    target_dir: PathBuf,
    /// The workspace as cargo describes the copy.
    workspace: Workspace,
    /// The content of edited files before their first edit.
    originals: BTreeMap<PathBuf, Vec<u8>>,
    /// Keeps other workspaces from using the same target directory.
    _lock: Lock,
}

impl Drop for WorkingCopy {
    fn drop(&mut self) {
        remove_all(&self.root, &self.target_dir);
    }
}

/// Prepares the copy and runs a build in it. After a build without success the copy is removed, and
/// later builds in it do not start.
pub(super) fn run(
    copy: &mut Option<WorkingCopy>,
    step: &Step,
    build: &CopiedBuild,
    invocation: &Invocation,
    drive: &Drive<'_>,
    sink: &mut dyn FnMut(&Event),
) {
    let workspace = match prepare(copy, step, build, drive) {
        Ok(workspace) => workspace,
        Err(ending) => {
            *copy = None;
            return step::refuse(step, ending, drive, sink);
        }
    };
    let invocation = Invocation {
        cwd: workspace.root.clone(),
        ..invocation.clone()
    };
    let inside = Drive {
        workspace: &workspace,
        ..*drive
    };
    let mut succeeded = false;
    step::run(step, &invocation, &inside, &mut |event| {
        if let Event::BuildFinished { success } = event {
            succeeded = *success;
        }
        sink(event);
    });
    if !succeeded {
        *copy = None;
    }
}

/// Prepares the copy for a step, and returns its workspace.
fn prepare(
    copy: &mut Option<WorkingCopy>,
    step: &Step,
    build: &CopiedBuild,
    drive: &Drive<'_>,
) -> Result<Workspace, Ending> {
    if build.preparation == Preparation::Copy {
        *copy = None;
        *copy = Some(WorkingCopy::create(step, build, drive)?);
    }
    let Some(copy) = copy else {
        let reason = "an earlier build of the copy did not succeed".to_owned();
        return Err(Ending::NotStarted(reason));
    };
    let prepared = match &build.preparation {
        Preparation::Copy => Ok(()),
        Preparation::Clean => copy
            .clean(&build.target_dir)
            .map_err(|error| error.to_string()),
        Preparation::Edit { package, file } => copy.edit(package, file.as_deref(), &step.id),
    };
    prepared.map_err(|reason| {
        Ending::NotStarted(format!(
            "could not prepare a copy of the workspace: {reason}"
        ))
    })?;
    Ok(copy.workspace.clone())
}

impl WorkingCopy {
    /// Copies the workspace. Waits for another run that uses the same target directory.
    fn create(step: &Step, build: &CopiedBuild, drive: &Drive<'_>) -> Result<Self, Ending> {
        let unwritable =
            |reason: String| Ending::NotStarted(format!("could not copy the workspace: {reason}"));
        let root = &drive.workspace.root;
        let own = build.target_dir.parent().unwrap_or(root);
        create_own_dir(own.parent().unwrap_or(root), own)
            .map_err(|error| unwritable(error.to_string()))?;
        let longest = step.timeout.unwrap_or(Duration::MAX);
        let lock = (drive.lock)(&lock_file(&build.target_dir), longest)?;
        // An earlier run may have been killed.
        remove_all(root, &build.target_dir);
        if let Some(left) = target_dirs(&build.target_dir)
            .iter()
            .find(|dir| dir.exists())
        {
            let reason = "exists and is not a target directory of cargo";
            return Err(unwritable(format!("`{}` {reason}", left.display())));
        }
        Store::open(root)
            .create_copy_dir()
            .map_err(|error| unwritable(error.to_string()))?;
        let copy = Self {
            root: root.clone(),
            target_dir: build.target_dir.clone(),
            workspace: description(drive.workspace),
            originals: BTreeMap::new(),
            _lock: lock,
        };
        copy.fill(drive.tree)
            .map_err(|error| unwritable(error.to_string()))?;
        Ok(copy)
    }

    /// Copies files, whose paths are relative to the root, and links the packages next to the root.
    fn fill(&self, files: &[String]) -> io::Result<()> {
        let root = &self.root;
        let mut manifests = Vec::new();
        // Packages outside the root are linked as a whole.
        for file in files.iter().filter(|file| !file.starts_with("../")) {
            let located =
                |error: io::Error| io::Error::new(error.kind(), format!("{file}: {error}"));
            let from = root.join(file);
            let to = self.workspace.root.join(file);
            if let Some(target) = linked_directory(root, &from) {
                let target = self.workspace.root.join(target);
                to.parent().map_or(Ok(()), fs::create_dir_all)?;
                // Files behind the link may come first.
                fs::create_dir_all(&target).map_err(located)?;
                link(&target, &to).map_err(located)?;
                continue;
            }
            // A deleted file that git tracks, a link to a directory elsewhere, behind which files
            // are listed, or a pipe.
            let is_file = fs::metadata(&from).is_ok_and(|found| found.is_file());
            if !is_file || CONFIGURATION.contains(&file.as_str()) {
                continue;
            }
            to.parent()
                .map_or(Ok(()), fs::create_dir_all)
                .map_err(located)?;
            fs::copy(&from, &to).map_err(located)?;
            if from.ends_with("Cargo.toml") {
                manifests.push(from);
            }
        }
        for name in neighbours(root, manifests) {
            if let Some(beside) = root.parent() {
                link(&beside.join(&name), &store::copy_dir(root).join(&name))?;
            }
        }
        Ok(())
    }

    /// Removes the build output in a target directory and undoes edits.
    fn clean(&mut self, target_dir: &Path) -> io::Result<()> {
        remove(target_dir)?;
        for (path, content) in std::mem::take(&mut self.originals) {
            replace(&path, &content)?;
        }
        Ok(())
    }

    /// Adds an item to a source file. The same mark is never added twice, so each edit changes the
    /// file.
    fn edit(&mut self, package: &str, file: Option<&str>, mark: &str) -> Result<(), String> {
        let file = file.ok_or_else(|| {
            format!("`{package}` is not a selected package with a library or program")
        })?;
        let path = self.workspace.root.join(file);
        let original = match self.originals.get(&path) {
            Some(original) => original.clone(),
            None => store::read_file(&path, store::TEXT_LIMIT)
                .map_err(|error| format!("{file}: {error}"))?,
        };
        let edited = [&original[..], item(mark).as_bytes()].concat();
        self.originals.insert(path.clone(), original);
        replace(&path, &edited).map_err(|error| format!("{file}: {error}"))
    }
}

/// Returns an item that any crate may end with, whatever lints it denies. The compiler generates
/// code for it.
fn item(mark: &str) -> String {
    format!("\nconst _: () = {{\n    #[used]\n    static EDITED: &str = \"{mark}\";\n}};\n")
}

/// Replaces a file instead of writing into it, because a copy of a file that is read-only is
/// read-only too.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    fs::remove_file(path)?;
    fs::write(path, content)
}

/// Returns the file that is locked while the target directory of a copy is used.
fn lock_file(target_dir: &Path) -> PathBuf {
    target_dir.with_file_name(".copy-lock")
}

/// Removes a directory if it exists.
fn remove(dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Returns the target directories of a copy, one of which is given.
fn target_dirs(target_dir: &Path) -> [PathBuf; 2] {
    Step::COPY_DIRS.map(|name| target_dir.with_file_name(name))
}

/// Removes the copy of a workspace and its target directories. What lies behind a link, and a directory that cargo did not
/// create, stay; the next copy reports them.
fn remove_all(root: &Path, target_dir: &Path) {
    Store::open(root).remove_copy_dir();
    for dir in target_dirs(target_dir) {
        let is_of_cargo = dir.join("CACHEDIR.TAG").is_file();
        if is_own(&dir) && is_of_cargo {
            let _ = remove(&dir);
        }
    }
}

/// Returns whether the target directory of a copy exists, in a directory of this program that is not a
/// link.
fn is_own(target_dir: &Path) -> bool {
    let parent = target_dir.parent();
    parent.is_some_and(|parent| store::is_own(parent, target_dir))
}

/// Removes the copy that a killed run left.
pub(super) fn remove_abandoned(drive: &Drive<'_>) {
    let target_dir = Step::copy_target_dir(&drive.workspace.target_dir);
    let root = &drive.workspace.root;
    let is_left =
        Store::open(root).has_copy_dir() || target_dirs(&target_dir).iter().any(|dir| is_own(dir));
    let is_usable = target_dir.parent().is_none_or(|own| !own.is_symlink());
    // A run that is in progress holds the lock.
    if is_left && is_usable && (drive.lock)(&lock_file(&target_dir), Duration::ZERO).is_ok() {
        remove_all(root, &target_dir);
    }
}

/// Returns the names of the directories next to the root that manifests name, and that manifests in
/// these directories name.
fn neighbours(root: &Path, manifests: Vec<PathBuf>) -> BTreeSet<OsString> {
    let beside: Vec<PathBuf> = entries(root.parent().unwrap_or(root))
        .into_iter()
        .filter(|path| path != root && path.is_dir())
        .collect();
    let mut found = BTreeSet::new();
    let mut unread = manifests;
    while let Some(manifest) = unread.pop() {
        let text = store::read_text(&manifest).unwrap_or_default();
        for path in &beside {
            let name = path.file_name().unwrap_or_default();
            let is_named = text.contains(&format!("../{}", name.to_string_lossy()));
            if is_named && found.insert(name.to_owned()) {
                unread.push(path.join("Cargo.toml"));
            }
        }
    }
    found
}

/// Returns the directory that a link leads to, relative to the root. `None` for anything but a link
/// to a directory below the root.
fn linked_directory(root: &Path, path: &Path) -> Option<PathBuf> {
    let found = fs::symlink_metadata(path).ok()?;
    if !found.is_symlink() || !path.is_dir() {
        return None;
    }
    let target = path.canonicalize().ok()?;
    let below = target.strip_prefix(root.canonicalize().ok()?).ok()?;
    Some(below.to_owned())
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(from, to)
}

#[cfg(windows)]
fn link(from: &Path, to: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_dir(from, to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::temp_dir::TempDir;

    #[cfg(unix)]
    #[test]
    fn only_own_directories_are_removed() {
        let place = TempDir::new().unwrap();
        let path = |name: &str| place.path().join(name);
        let make = |name: &str| fs::create_dir_all(path(name)).unwrap();
        make("user/copy/mine");
        make("user/.copy/mine");
        make("root/.campaign");
        make("target/campaign/.copy/mine");
        link(&path("user"), &path("root/.campaign/index")).unwrap();
        remove_all(&path("root"), &path("target/campaign/.copy"));
        assert!(path("user/copy/mine").exists());
        assert!(path("target/campaign/.copy/mine").exists());

        fs::remove_file(path("root/.campaign/index")).unwrap();
        make("root/.campaign/index/copy");
        fs::write(path("target/campaign/.copy/CACHEDIR.TAG"), "").unwrap();
        remove_all(&path("root"), &path("target/campaign/.copy"));
        assert!(!path("root/.campaign/index/copy").exists());
        assert!(!path("target/campaign/.copy").exists());

        link(&path("user"), &path("linked")).unwrap();
        fs::write(path("user/.copy/CACHEDIR.TAG"), "").unwrap();
        remove_all(&path("no"), &path("linked/.copy"));
        assert!(path("user/.copy/mine").exists());
    }

    #[test]
    fn neighbours_are_found_through_each_other() {
        let place = TempDir::new().unwrap();
        for (dir, text) in [
            ("app", "a = { path = \"../a\" }"),
            ("a", "b = { path = \"../b/core\" }"),
            ("b", ""),
            ("c", ""),
        ] {
            let dir = place.path().join(dir);
            fs::create_dir(&dir).unwrap();
            fs::write(dir.join("Cargo.toml"), text).unwrap();
        }
        let root = place.path().join("app");
        let found = neighbours(&root, vec![root.join("Cargo.toml")]);
        assert_eq!(found, ["a", "b"].map(OsString::from).into());
    }
}

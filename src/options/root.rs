//! Finds the workspace root without starting cargo, by cargo's rules.
//!
//! The search starts at the nearest `Cargo.toml`. The root is the workspace that it names
//! (`package.workspace`), itself, or a workspace above it that does not exclude it. Cargo checks
//! later whether the root lists the member.

use std::path::{Component, Path, PathBuf};

use super::mistake::Invalid;
use super::refused::Refused;
use super::source::{leads_out, manifest_text, shown};
use super::tree::{self, TomlKind, TomlNode};
use crate::text::excerpt;

/// The location of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// Absolute path of the directory of the root manifest.
    pub dir: PathBuf,
    /// The root manifest.
    pub manifest: PathBuf,
    /// The manifest from `--manifest-path`, or the one nearest to the working directory.
    pub nearest: PathBuf,
}

/// Finds the root from `--manifest-path` or the working directory, which must be absolute.
///
/// # Errors
/// If there is no workspace or a manifest cannot be read.
pub fn find(
    manifest_path: Option<&Path>,
    cwd: &Path,
    cargo_home: Option<&Path>,
) -> Result<Root, Refused> {
    let nearest = match manifest_path {
        Some(path) => given(path, cwd)?,
        None => nearest(cwd)?,
    };
    let manifest = climb(&nearest, cwd, cargo_home)?.unwrap_or_else(|| nearest.clone());
    let dir = manifest.parent().unwrap_or(cwd).to_path_buf();
    Ok(Root {
        dir,
        manifest,
        nearest,
    })
}

/// Checks `--manifest-path` as cargo does.
fn given(path: &Path, cwd: &Path) -> Result<PathBuf, Refused> {
    let named = excerpt(&path.display().to_string());
    let path = normal(&cwd.join(path));
    if path.file_name().is_none_or(|name| name != "Cargo.toml") {
        let help = format!(
            "--manifest-path {}",
            excerpt(&Path::new(&named).join("Cargo.toml").display().to_string())
        );
        return Err(Refused::with_help(
            "the manifest path must be a path to a Cargo.toml file",
            help,
        ));
    }
    if !path.is_file() {
        return Err(Refused::usage(format!(
            "manifest path `{named}` does not exist"
        )));
    }
    Ok(path)
}

fn nearest(cwd: &Path) -> Result<PathBuf, Refused> {
    cwd.ancestors()
        .map(|dir| dir.join("Cargo.toml"))
        .find(|path| path.is_file())
        .ok_or_else(|| {
            let message = format!(
                "could not find `Cargo.toml` in `{}` or any parent directory",
                excerpt(&cwd.display().to_string())
            );
            Refused::with_help(
                message,
                "change into a cargo workspace, or name one with --manifest-path",
            )
        })
}

/// Returns the root manifest for a package. `None` if the package is not part of a workspace.
fn climb(
    nearest: &Path,
    cwd: &Path,
    cargo_home: Option<&Path>,
) -> Result<Option<PathBuf>, Refused> {
    let own = load(nearest, cwd)?;
    if own.get("workspace").is_some() {
        return Ok(Some(nearest.to_path_buf()));
    }
    if let Some(root) = pointer(&own, nearest) {
        if root.is_file() {
            return Ok(Some(root));
        }
        let message = format!(
            "`{}` names a workspace that does not exist: `{}`",
            shown(nearest, cwd),
            shown(&root, cwd)
        );
        return Err(Refused::with_help(message, "correct `package.workspace`"));
    }
    // As in cargo, neither a dependency in cargo's home nor a package that is being verified
    // belongs to a workspace above it.
    let dirs = nearest
        .ancestors()
        .skip(2)
        .take_while(|dir| Some(*dir) != cargo_home && !dir.ends_with("target/package"));
    for manifest in dirs
        .map(|dir| dir.join("Cargo.toml"))
        .filter(|path| path.is_file())
    {
        let above = load(&manifest, cwd)?;
        match above.get("workspace") {
            Some(workspace) if includes(workspace, &manifest, nearest) => {
                return Ok(Some(manifest));
            }
            Some(_) => {}
            None => {
                if let Some(root) = pointer(&above, &manifest).filter(|root| root.is_file()) {
                    return Ok(Some(root));
                }
            }
        }
    }
    Ok(None)
}

/// Reads a manifest.
fn load(manifest: &Path, cwd: &Path) -> Result<TomlNode, Refused> {
    let file = shown(manifest, cwd);
    let text = manifest_text(manifest, &file)?.unwrap_or_default();
    tree::parse(&text).map_err(|mistake| {
        if manifest
            .parent()
            .is_some_and(|dir| leads_out(manifest, dir))
        {
            let why = "it is not TOML, and a symbolic link leads out of the repository";
            return Refused::usage(format!("could not read `{}`: {why}", excerpt(&file)));
        }
        Invalid {
            file,
            text,
            mistakes: vec![mistake],
        }
        .into()
    })
}

/// Returns whether the text of a manifest is that of a workspace root.
pub fn is_workspace(text: &str) -> bool {
    tree::parse(text).is_ok_and(|manifest| manifest.get("workspace").is_some())
}

/// Returns the manifest that `package.workspace` refers to.
fn pointer(manifest: &TomlNode, path: &Path) -> Option<PathBuf> {
    let dir = manifest.get("package")?.get("workspace")?.text()?;
    Some(normal(&path.parent()?.join(dir).join("Cargo.toml")))
}

/// Returns whether a workspace includes a manifest below it. `members` takes precedence over
/// `exclude`.
fn includes(workspace: &TomlNode, root: &Path, manifest: &Path) -> bool {
    let Some(dir) = root.parent() else {
        return false;
    };
    lists(workspace.get("members"), dir, manifest)
        || !lists(workspace.get("exclude"), dir, manifest)
}

/// Returns whether a list of paths relative to `dir` contains the directory of a manifest.
fn lists(node: Option<&TomlNode>, dir: &Path, manifest: &Path) -> bool {
    let Some(TomlKind::List(nodes)) = node.map(|node| &node.kind) else {
        return false;
    };
    nodes
        .iter()
        .filter_map(TomlNode::text)
        .any(|path| manifest.starts_with(normal(&dir.join(path))))
}

/// Removes `.` and `..` from a path without accessing the disk, as cargo does.
pub fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(normal.pop()),
            _ => normal.push(part),
        }
    }
    normal
}

#[cfg(test)]
mod tests;

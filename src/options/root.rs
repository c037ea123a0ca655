//! Finding the workspace root without starting cargo, by cargo's rules.
//!
//! The nearest `Cargo.toml` upwards; then the workspace it names (`package.workspace`), it is, or that lies above it and
//! does not exclude it. Whether the root agrees to have the member is cargo's to say.

use std::path::{Component, Path, PathBuf};

use super::mistake::Invalid;
use super::refused::Refused;
use super::source::{leads_out, manifest_text, shown};
use super::tree::{self, Kind, Node};
use crate::text::excerpt;

/// Where the workspace is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// Absolute folder of the root manifest.
    pub dir: PathBuf,
    /// The root manifest.
    pub manifest: PathBuf,
    /// The manifest nearest to where we are, or the one given: of a member, or the root's own.
    pub nearest: PathBuf,
}

/// Finds the root from `--manifest-path` or the working directory, which is absolute.
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

/// `--manifest-path`, checked as cargo does.
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

/// The root manifest for a package, or `None` when the package stands alone.
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

/// A manifest as a tree.
fn load(manifest: &Path, cwd: &Path) -> Result<Node, Refused> {
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

/// `package.workspace`, as a path to a manifest.
fn pointer(manifest: &Node, path: &Path) -> Option<PathBuf> {
    let dir = manifest.get("package")?.get("workspace")?.text()?;
    Some(normal(&path.parent()?.join(dir).join("Cargo.toml")))
}

/// Does a workspace take in the manifests below it? Explicit members are in, whatever `exclude` says.
fn includes(workspace: &Node, root: &Path, manifest: &Path) -> bool {
    let Some(dir) = root.parent() else {
        return false;
    };
    let lies_in = |key: &str| {
        let list = workspace.get(key).map(|node| &node.kind);
        let Some(Kind::List(nodes)) = list else {
            return false;
        };
        nodes
            .iter()
            .filter_map(Node::text)
            .any(|path| manifest.starts_with(normal(&dir.join(path))))
    };
    lies_in("members") || !lies_in("exclude")
}

/// Without `.` and `..`, by name alone, as cargo has it.
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

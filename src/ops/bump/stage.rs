//! A copy of the workspace's manifests with changes applied, in which cargo resolves dependencies.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::super::context::Context;
use super::super::exit::{Exit, Stop};
use super::gather::Gathered;
use crate::change::Change;
use crate::options::conditions::cargo_configurations;
use crate::probe::shadow::Shadow;
use crate::probe::{self, relative};
use crate::relative_path;
use crate::release::bump::{self, Manifest, ManifestRole};
use crate::store;
use crate::workspace::Workspace;

/// The copy.
pub(super) struct Stage<'a> {
    context: &'a Context,
    changes: &'a [Change],
    shadow: Shadow,
    /// Directories whose manifests are in the copy.
    known: BTreeSet<String>,
    /// Arguments of `--config`, see [`Stage::patches`].
    patches: Vec<String>,
}

impl<'a> Stage<'a> {
    /// Copies the workspace and its path dependencies with these changes. `beyond` are directories
    /// of further workspaces.
    pub(super) fn new(
        context: &'a Context,
        gathered: &Gathered,
        changes: &'a [Change],
        beyond: BTreeSet<String>,
    ) -> Result<Self> {
        let cargo_home = context.options.environment.cargo_home.as_deref();
        let mut stage = Self {
            context,
            changes,
            shadow: Shadow::new(context.root(), cargo_home)?,
            known: BTreeSet::new(),
            patches: Vec::new(),
        };
        let of_workspace = gathered
            .manifests
            .iter()
            .filter(|m| m.role != ManifestRole::Outside)
            .cloned()
            .collect();
        stage.mirror(&gathered.workspace, of_workspace, beyond)?;
        stage.patches = stage.patches();
        Ok(stage)
    }

    /// Copies a workspace and every other one that it depends on by `path`.
    fn mirror(
        &mut self,
        workspace: &Workspace,
        manifests: Vec<Manifest>,
        beyond: BTreeSet<String>,
    ) -> Result<()> {
        let root = self.context.root();
        self.shadow.targets(workspace, root)?;
        self.put(&manifests)?;
        let mut named = bump::directories(&manifests);
        named.extend(beyond);
        while let Some(directory) = named.pop_first() {
            let manifest = root.join(&directory).join("Cargo.toml");
            // Cargo finds absolute paths without a copy.
            let stays = Path::new(&directory).is_absolute()
                || self.known.contains(&directory)
                || !manifest.is_file();
            if stays {
                continue;
            }
            let manifests = match probe::workspace(&self.context.probe(), Some(&manifest), &[]) {
                Ok(other) => {
                    self.shadow.targets(&other, root)?;
                    read(root, &other)?
                }
                // Cargo resolves a package in the directory of a workspace that it does not belong to, but does not describe it.
                Err(error) if format!("{error:#}").contains(NO_MEMBER) => {
                    for file in rust_files(root, &directory) {
                        self.shadow.put(&file, b"")?;
                    }
                    vec![read_manifest(root, &directory)?]
                }
                Err(error) => return Err(error),
            };
            self.put(&manifests)?;
            self.known.insert(directory);
            named.extend(bump::directories(&manifests));
        }
        Ok(())
    }

    /// Writes manifests with their changes.
    fn put(&mut self, manifests: &[Manifest]) -> Result<()> {
        for manifest in manifests {
            let change = self
                .changes
                .binary_search_by(|change| change.path.as_str().cmp(&manifest.path));
            let changed = change.ok().and_then(|at| self.changes[at].after.as_deref());
            self.shadow
                .put(&manifest.path, changed.unwrap_or(manifest.text.as_bytes()))?;
            self.known
                .insert(relative_path::parent(&manifest.path).to_owned());
        }
        Ok(())
    }

    /// Returns whether the workspace resolves with exactly this lockfile, without the network.
    pub(super) fn holds(&self, path: &str, lock: &str) -> Result<bool> {
        self.shadow.put(path, lock.as_bytes())?;
        let flags = ["--offline", "--locked"];
        Ok(self.resolve(&manifest(path), &flags).is_ok())
    }

    /// Lets cargo resolve the workspace of a manifest.
    fn resolve(&self, manifest: &str, flags: &[&str]) -> Result<()> {
        let mut flags = flags.to_vec();
        for patch in &self.patches {
            flags.extend(["--config", patch]);
        }
        self.shadow.resolve(&self.context.probe(), manifest, &flags)
    }

    /// Returns the settings that lead patches of cargo's configuration to the copy of a package where
    /// they lead to the package itself, which still has its old version.
    fn patches(&self) -> Vec<String> {
        let root = self.context.root();
        let configurations = cargo_configurations(&self.context.options.environment, root);
        let mut settings = Vec::new();
        // Cargo prefers the file that is nearest, and the last setting.
        for (_, file) in configurations.iter().rev() {
            // Paths are relative to the directory above that of the file.
            let Some(base) = file.parent().and_then(Path::parent) else {
                continue;
            };
            let text = store::read_text(file).unwrap_or_default();
            for (source, key, path) in patched_paths(&text) {
                let directory = relative(root, &probe::normalize(base, &path));
                if self.known.contains(&directory) {
                    let copy = self.shadow.path(&directory);
                    let [source, key] =
                        [source, key].map(|key| toml_edit::Key::new(key).to_string());
                    let copy = toml_edit::Value::from(copy.to_string_lossy().as_ref());
                    settings.push(format!(
                        "patch.{source}.{key}.path={}",
                        copy.to_string().trim()
                    ));
                }
            }
        }
        settings
    }

    /// Lets cargo resolve the workspace of a lockfile, starting from `lock`, and returns the new
    /// lockfile.
    ///
    /// The network is used only if resolving fails without it, and only if it is allowed.
    pub(super) fn refreshed(&self, path: &str, lock: Option<&str>) -> Result<String> {
        if let Some(text) = lock {
            self.shadow.put(path, text.as_bytes())?;
        }
        let manifest = manifest(path);
        let flags = &self.context.options.cargo_flags;
        let forbidden = flags
            .iter()
            .any(|flag| flag == "--offline" || flag == "--frozen");
        let resolve = |flags: &[&str]| self.resolve(&manifest, flags);
        let resolved = match resolve(&["--offline"]) {
            Err(error) if !forbidden && is_offline(&error) => resolve(&[]),
            resolved => resolved,
        };
        resolved
            .and_then(|()| resolve(&["--offline", "--locked"]))
            .map_err(|error| unresolved(&manifest, &error))?;
        let made = self
            .shadow
            .get(path)
            .with_context(|| format!("cargo made no {path}"))?;
        String::from_utf8(made).with_context(|| format!("cannot read {path}"))
    }
}

/// Returns the patches by a path in the text of a configuration file: the source, the key and the
/// path.
fn patched_paths(text: &str) -> Vec<(String, String, String)> {
    let Ok(document) = text.parse::<toml_edit::Document<String>>() else {
        return Vec::new();
    };
    let sources = document
        .get("patch")
        .and_then(|patch| patch.as_table_like());
    let mut found = Vec::new();
    for (source, table) in sources.into_iter().flat_map(|sources| sources.iter()) {
        let entries = table.as_table_like();
        for (key, entry) in entries.into_iter().flat_map(|entries| entries.iter()) {
            let path = entry.get("path").and_then(|path| path.as_str());
            found.extend(path.map(|path| (source.to_owned(), key.to_owned(), path.to_owned())));
        }
    }
    found
}

/// Returns the manifest in the directory of a lockfile.
fn manifest(lockfile: &str) -> String {
    lockfile.replace("Cargo.lock", "Cargo.toml")
}

/// Reads the manifests of another workspace.
fn read(root: &Path, workspace: &Workspace) -> Result<Vec<Manifest>> {
    let at = relative(root, &workspace.root);
    let dirs = workspace
        .members
        .iter()
        .map(|member| bump::directory(&at, &member.dir));
    let dirs: BTreeSet<String> = dirs.chain([bump::directory("", &at)]).collect();
    dirs.iter().map(|dir| read_manifest(root, dir)).collect()
}

/// Reads the manifest in a directory.
fn read_manifest(root: &Path, dir: &str) -> Result<Manifest> {
    let path = relative_path::join(dir, "Cargo.toml");
    let text =
        store::read_text(&root.join(&path)).with_context(|| format!("cannot read {path}"))?;
    Ok(Manifest {
        path,
        text,
        role: ManifestRole::Outside,
        ours: false,
        library: false,
    })
}

/// Cargo's words about a package in the directory of a workspace that it does not belong to.
const NO_MEMBER: &str = "believes it's in a workspace when it's not";

/// Returns the Rust files of a package, relative to the root.
fn rust_files(root: &Path, directory: &str) -> Vec<String> {
    let (mut files, mut open) = (Vec::new(), vec![directory.to_owned()]);
    while let Some(dir) = open.pop() {
        let entries = fs::read_dir(root.join(&dir)).into_iter().flatten();
        for entry in entries.flatten() {
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let path = relative_path::join(&dir, &name);
            match is_dir {
                true if name != "target" && !name.starts_with('.') => open.push(path),
                false if name.ends_with(".rs") => files.push(path),
                _ => {}
            }
        }
    }
    files
}

/// Returns whether the network may help. Cargo mentions `--offline` in every error about a missing
/// download.
fn is_offline(error: &anyhow::Error) -> bool {
    format!("{error:#}").contains("--offline")
}

/// Returns whether cargo needs something from a registry or a repository.
fn needs_network(error: &str) -> bool {
    let refused = ["--offline was specified", "in the offline mode"]
        .iter()
        .any(|sign| error.contains(sign));
    refused
        || error.lines().any(|line: &str| {
            line.trim()
                .strip_prefix("location searched: ")
                .is_some_and(|at| at.ends_with("index"))
        })
}

fn unresolved(manifest: &str, error: &anyhow::Error) -> Stop {
    let what = format!("the result does not resolve ({manifest}); nothing was written: {error:#}");
    let stop = Stop::new(Exit::CouldNotRun, what);
    let is_forbidden = is_offline(error) && needs_network(&format!("{error:#}"));
    if is_forbidden {
        stop.help("leave --offline out, so that cargo can ask the registry")
    } else {
        stop
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_is_needed_for_what_is_in_a_registry_or_repository() {
        let reminder =
            "As a reminder, you're using offline mode (--offline), retry without `--offline`";
        for (error, needed) in [
            (
                "no matching package named `x` found\n  location searched: crates.io index",
                true,
            ),
            (
                "failed to select a version for `x = \"^9\"`\nlocation searched: `corp` index",
                true,
            ),
            (
                "failed to select a version for `x = \"^9\"`\nlocation searched: /w/x",
                false,
            ),
            (
                "attempting to make an HTTP request, but --offline was specified",
                true,
            ),
            (
                "can't checkout from 'u': you are in the offline mode (--offline)",
                true,
            ),
            (
                "package `a` links to the native library `z`, but it conflicts with a previous package",
                false,
            ),
        ] {
            assert_eq!(
                needs_network(&format!(
                    "`cargo metadata --offline` failed: {error}\n{reminder}"
                )),
                needed,
                "{error}"
            );
        }
    }
}

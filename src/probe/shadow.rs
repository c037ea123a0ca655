//! A copy of a workspace's manifests and lockfile in a temporary directory.
//!
//! Cargo resolves the copy before any original is changed. Besides the manifests, the copy has
//! empty files in all places where cargo expects a source file. Cargo runs in the directory of the
//! real workspace, so its configuration and toolchain apply.
#![expect(
    clippy::disallowed_methods,
    reason = "owner: writes to its own temporary directory"
)]

use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result};

use super::{Probe, relative};
use crate::process::temp_dir::{TempDir, TempSize};
use crate::store;
use crate::workspace::Workspace;

/// Number of directories above the root that paths may leave it by (`../../x`).
const ABOVE: usize = 8;

/// The copy of a workspace. It is removed when dropped.
#[derive(Debug)]
pub struct Shadow {
    dir: TempDir,
    /// The directory that corresponds to the root of the workspace.
    root: PathBuf,
}

impl Shadow {
    /// Creates an empty copy of a workspace with this root.
    ///
    /// # Errors
    /// If the temporary directory cannot be written.
    pub fn new(workspace: &Path, cargo_home: Option<&Path>) -> Result<Self> {
        let dir = TempDir::for_cargo(workspace, cargo_home, TempSize::Small)
            .context("cannot create a temporary directory")?;
        // Members and path dependencies may lie above the root. Their copies must stay in the
        // temporary directory.
        let above: PathBuf = std::iter::repeat_n("up", ABOVE).collect();
        let root = dir.path().join(above).join("root");
        fs::create_dir_all(&root).with_context(|| format!("cannot create {}", root.display()))?;
        Ok(Self { dir, root })
    }

    /// Creates empty files for the targets of the members of `workspace`, since cargo rejects
    /// packages without targets.
    ///
    /// `root` is the real root that the copy corresponds to.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn targets(&self, workspace: &Workspace, root: &Path) -> Result<()> {
        let files = workspace
            .members
            .iter()
            .flat_map(|member| &member.targets)
            .map(|target| target.file.as_str());
        for file in files {
            self.put(&relative(root, &workspace.root.join(file)), b"")?;
        }
        Ok(())
    }

    /// Writes a file whose path is relative to the root.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn put(&self, path: &str, content: &[u8]) -> Result<()> {
        let path = self.at(path);
        let written = fs::write(&path, content).or_else(|_| {
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(&path, content)
        });
        written.with_context(|| {
            format!(
                "cannot write to the temporary directory {}",
                self.dir.path().display()
            )
        })
    }

    /// Returns the absolute path of the copy of a path that is relative to the root.
    pub fn path(&self, path: &str) -> PathBuf {
        self.at(path)
    }

    /// Reads a file. Returns `None` if it does not exist.
    pub fn get(&self, path: &str) -> Option<Vec<u8>> {
        store::read_file(&self.at(path), store::TEXT_LIMIT).ok()
    }

    /// Returns the path of a file in the copy. `..` ends at the top of the temporary directory, so
    /// the path never leaves it.
    fn at(&self, path: &str) -> PathBuf {
        let mut at = self.root.clone();
        for part in Path::new(path).components() {
            match part {
                Component::Normal(name) => at.push(name),
                Component::ParentDir if at != self.dir.path() => drop(at.pop()),
                _ => {}
            }
        }
        at
    }

    /// Resolves the workspace of this manifest with cargo, which creates or updates the lockfile
    /// unless it is `--locked`.
    ///
    /// # Errors
    /// With the message of cargo, in which paths are those of the real workspace.
    pub fn resolve(&self, probe: &Probe<'_>, manifest: &str, flags: &[&str]) -> Result<()> {
        let path = self.at(manifest).to_string_lossy().into_owned();
        let args = [
            &["metadata"],
            flags,
            &["--format-version", "1", "--manifest-path", &path],
        ]
        .concat();
        let shadow = self.root.to_string_lossy().into_owned();
        probe
            .run_cargo_without_wrappers(&args)
            .map(drop)
            .map_err(|error| {
                anyhow::anyhow!(format!("{error:#}").replace(&shadow, &probe.cwd.to_string_lossy()))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Cancel;

    fn workspace() -> Shadow {
        let shadow = Shadow::new(&std::env::temp_dir().join("w"), None).unwrap();
        shadow
            .put(
                "Cargo.toml",
                b"[workspace]\nmembers = ['api']\nresolver = '2'\n",
            )
            .unwrap();
        let api = b"[package]\nname = 'api'\nversion = '1.0.0'\n[dependencies]\ncore = { path = '../../core', version = '1' }\n";
        shadow.put("api/Cargo.toml", api).unwrap();
        shadow.put("api/src/lib.rs", b"").unwrap();
        shadow.put("../core/src/lib.rs", b"").unwrap();
        shadow
    }

    #[test]
    fn copy_is_resolved_and_its_lockfile_updated() {
        let shadow = workspace();
        let (cargo, cancel) = (PathBuf::from("cargo"), Cancel::default());
        let probe = Probe {
            cargo: &cargo,
            cwd: Path::new("."),
            cancel: &cancel,
        };
        shadow
            .put(
                "../core/Cargo.toml",
                b"[package]\nname = 'core'\nversion = '2.0.0'\n",
            )
            .unwrap();
        let error = shadow
            .resolve(&probe, "Cargo.toml", &["--offline"])
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("failed to select a version") && !error.contains("up/root"),
            "{error}"
        );
        shadow
            .put(
                "../core/Cargo.toml",
                b"[package]\nname = 'core'\nversion = '1.2.0'\n",
            )
            .unwrap();
        assert!(
            shadow
                .resolve(&probe, "Cargo.toml", &["--offline", "--locked"])
                .is_err(),
            "there is no lockfile yet"
        );
        shadow
            .resolve(&probe, "Cargo.toml", &["--offline"])
            .unwrap();
        let lock = String::from_utf8(shadow.get("Cargo.lock").unwrap()).unwrap();
        assert!(
            lock.contains("name = \"core\"\nversion = \"1.2.0\""),
            "{lock}"
        );
        shadow
            .resolve(&probe, "Cargo.toml", &["--offline", "--locked"])
            .unwrap();
    }

    #[test]
    fn copy_is_removed_when_dropped() {
        let shadow = workspace();
        let root = shadow.root.clone();
        assert!(root.join("api/Cargo.toml").is_file() && shadow.get("api").is_none());
        for far in ["../".repeat(40), "/../..".to_owned(), "/".to_owned()] {
            assert!(shadow.at(&far).starts_with(shadow.dir.path()), "{far}");
        }
        drop(shadow);
        assert!(!root.exists());
    }
}

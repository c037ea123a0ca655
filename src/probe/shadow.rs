//! A shadow of a workspace: its manifests and lockfile in a folder for a moment, where cargo says whether they resolve
//! before any original is touched.
//!
//! Beside manifests there are the files that cargo looks for when it reads them, all of them empty. Cargo runs in the
//! real workspace's folder, so that its configuration and toolchain are the real ones. Must not know what was changed.
#![expect(
    clippy::disallowed_methods,
    reason = "writes to a folder of its own, which goes with it"
)]

use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result};

use super::{Probe, relative};
use crate::process::temp_dir::TempDir;
use crate::store;
use crate::workspace::Workspace;

/// Folders above the root that paths may climb (`../../x`); what climbs further cannot be staged.
const ABOVE: usize = 8;

/// Removes itself when dropped.
#[derive(Debug)]
pub struct Shadow {
    scratch: TempDir,
    /// Stands for the workspace's root.
    root: PathBuf,
}

impl Shadow {
    /// An empty one.
    ///
    /// # Errors
    /// Where the folder for temporary files cannot be written.
    pub fn new() -> Result<Self> {
        let scratch = TempDir::in_memory().context("cannot make a temporary folder")?;
        let above: PathBuf = std::iter::repeat_n("up", ABOVE).collect();
        let root = scratch.path().join(above).join("root");
        fs::create_dir_all(&root).with_context(|| format!("cannot make {}", root.display()))?;
        Ok(Self { scratch, root })
    }

    /// Empty files where members of `workspace` have targets: cargo takes no package without any. `root` is the real root
    /// that this stands for.
    ///
    /// # Errors
    /// Where a file cannot be written.
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

    /// Writes a file, by its path relative to the root.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn put(&self, path: &str, content: &[u8]) -> Result<()> {
        let path = self.at(path);
        let written = fs::write(&path, content).or_else(|_| {
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(&path, content)
        });
        written.with_context(|| {
            format!(
                "cannot write below the temporary folder {}",
                self.scratch.path().display()
            )
        })
    }

    /// Reads a file; none when it is not there.
    pub fn get(&self, path: &str) -> Option<Vec<u8>> {
        store::read_file(&self.at(path), store::TEXT_LIMIT).ok()
    }

    /// Never outside of the temporary folder: `..` ends at its top.
    fn at(&self, path: &str) -> PathBuf {
        let mut at = self.root.clone();
        for part in Path::new(path).components() {
            match part {
                Component::Normal(name) => at.push(name),
                Component::ParentDir if at != self.scratch.path() => drop(at.pop()),
                _ => {}
            }
        }
        at
    }

    /// Lets cargo resolve the workspace of this manifest; it makes or refreshes the lockfile unless it is `--locked`.
    ///
    /// # Errors
    /// With cargo's own words, real paths in them.
    pub fn resolve(&self, probe: &Probe<'_>, manifest: &str, flags: &[&str]) -> Result<()> {
        let path = self.at(manifest).to_string_lossy().into_owned();
        let args = [
            &["metadata"],
            flags,
            &["--format-version", "1", "--manifest-path", &path],
        ]
        .concat();
        let shadow = self.root.to_string_lossy().into_owned();
        probe.ask_plain(&args).map(drop).map_err(|error| {
            anyhow::anyhow!(format!("{error:#}").replace(&shadow, &probe.cwd.to_string_lossy()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Cancel;

    fn workspace() -> Shadow {
        let shadow = Shadow::new().unwrap();
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
    fn cargo_says_whether_it_resolves_and_refreshes_the_lockfile_in_it() {
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
    fn nothing_is_left() {
        let shadow = workspace();
        let root = shadow.root.clone();
        assert!(root.join("api/Cargo.toml").is_file() && shadow.get("api").is_none());
        for far in ["../".repeat(40), "/../..".to_owned(), "/".to_owned()] {
            assert!(shadow.at(&far).starts_with(shadow.scratch.path()), "{far}");
        }
        drop(shadow);
        assert!(!root.exists());
    }
}

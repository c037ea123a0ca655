//! Packages from registries and git, vendored ones included. The lockfile pins them, and cargo does not watch their files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{InputFinder, ScriptInputs, UnitInputs, UnitKind, build_script, is_generated};
use crate::decode::built::{self, Dependencies};
use crate::drive::target_dir::{self, read_text};

/// A package from a registry or from git, whose files cargo does not watch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PinnedPackage {
    /// Files of the package that were compiled.
    pub files: BTreeSet<PathBuf>,
}

impl InputFinder<'_> {
    /// Adds the unit of a package from a registry or from git.
    pub(super) fn read_pinned_artifact(&mut self, artifact: &Path, package: &Path, id: &str) {
        let Some(written) = target_dir::dep_info(artifact, &self.package_name(package)) else {
            return;
        };
        let named = built::dep_info(&read_text(&written).unwrap_or_default());
        let base = self.base_of(package);
        let target_dir = &self.workspace.target_dir;
        let files = named
            .files
            .iter()
            .map(|file| self.resolve(&base, file))
            .filter(|file| !is_generated(target_dir, file))
            .collect();
        self.add_pinned(written, UnitKind::default(), package, id, files);
    }

    /// Adds the output of the build script of a package from a registry or from git.
    pub(super) fn read_pinned_script(&mut self, out_dir: &Path, package: &Path, id: &str) {
        for (output, text) in build_script::outputs(out_dir) {
            let named = built::build_script(&text);
            // Cargo watches the files that the script names.
            if named == Dependencies::default() {
                self.read.scripts.insert(output.clone());
                let kind = UnitKind::Script(ScriptInputs {
                    is_undeclared: true,
                    ..ScriptInputs::default()
                });
                self.add_pinned(output, kind, package, id, BTreeSet::new());
            }
        }
    }

    fn add_pinned(
        &mut self,
        written: PathBuf,
        kind: UnitKind,
        package: &Path,
        id: &str,
        files: BTreeSet<PathBuf>,
    ) {
        let unit = UnitInputs {
            package: package_spec(id).to_owned(),
            dir: package.to_owned(),
            kind,
            pinned: Some(PinnedPackage { files }),
            ..UnitInputs::default()
        };
        self.read.units.insert(written, unit);
    }
}

/// Returns what selects a package: `name@version` of ids that contain it, or the id.
fn package_spec(id: &str) -> &str {
    let fragment = id.rsplit_once('#').map(|(_, fragment)| fragment);
    match fragment {
        Some(fragment) if fragment.contains('@') => fragment,
        // Before 1.77, cargo wrote ids as `NAME VERSION (SOURCE)`.
        _ => id.split_once(' ').map_or(id, |(name, _)| name),
    }
}

/// Returns whether a package is in the file system, not from a registry or from git.
pub(super) fn is_local(package_id: &str) -> bool {
    // Before 1.77, cargo wrote ids as `NAME VERSION (path+file://..)`.
    package_id.starts_with("path+file:") || package_id.contains("(path+file:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_is_selected_by_name_and_version() {
        for (id, expected) in [
            (
                "registry+https://github.com/rust-lang/crates.io-index#dep@1.0.1",
                "dep@1.0.1",
            ),
            (
                "dep 1.0.1 (registry+https://github.com/rust-lang/crates.io-index)",
                "dep",
            ),
            (
                "git+https://example.org/dep?rev=1#1.0.1",
                "git+https://example.org/dep?rev=1#1.0.1",
            ),
        ] {
            assert_eq!(package_spec(id), expected, "{id}");
        }
    }
}

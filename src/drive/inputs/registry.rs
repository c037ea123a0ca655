//! Packages from registries and git, vendored ones included. The lockfile pins them, and cargo does not watch their files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{InputFinder, ScriptInputs, UnitInputs, UnitKind, build_script, is_generated};
use crate::decode::built::{self, Dependencies};
use crate::drive::target_dir::{self, read_text};
use crate::plan::quote;
use crate::probe::normalize;

/// A package from a registry or from git, whose files cargo does not watch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PinnedPackage {
    /// Files of the package that were compiled.
    pub files: BTreeSet<PathBuf>,
    /// Command that makes cargo build the package again.
    pub clean: String,
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
            .map(|file| normalize(&base, file))
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
        let pinned = PinnedPackage {
            files,
            clean: clean_command(id, &written, &self.workspace.target_dir),
        };
        let unit = UnitInputs {
            dir: package.to_owned(),
            kind,
            pinned: Some(pinned),
            ..UnitInputs::default()
        };
        self.read.units.insert(written, unit);
    }
}

/// Returns the command that removes the build output of a package. `written` is one of its files in
/// the directory of a profile.
fn clean_command(id: &str, written: &Path, target_dir: &Path) -> String {
    let below = written.strip_prefix(target_dir).unwrap_or(Path::new(""));
    let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
    let output = parts
        .iter()
        .position(|part| part == "deps" || part == "build");
    let profile = output.and_then(|at| parts.get(at.checked_sub(1)?));
    let profile = match profile.map(|name| &**name) {
        None | Some("debug") => String::new(),
        Some("release") => " --release".to_owned(),
        Some(name) => format!(" --profile {}", quote(name)),
    };
    format!("cargo clean -p {}{profile}", quote(package_spec(id)))
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
    fn clean_command_names_the_package_and_the_profile() {
        let registry = "registry+https://github.com/rust-lang/crates.io-index#dep@1.0.1";
        for (id, written, expected) in [
            (
                registry,
                "/t/debug/deps/dep-1.d",
                "cargo clean -p dep@1.0.1",
            ),
            (
                "dep 1.0.1 (registry+https://github.com/rust-lang/crates.io-index)",
                "/t/x86_64-unknown-linux-gnu/debug/build/dep-1/output",
                "cargo clean -p dep",
            ),
            (
                "git+https://example.org/dep?rev=1#1.0.1",
                "/t/release/deps/dep-1.d",
                "cargo clean -p 'git+https://example.org/dep?rev=1#1.0.1' --release",
            ),
            (
                registry,
                "/t/bench/deps/dep-1.d",
                "cargo clean -p dep@1.0.1 --profile bench",
            ),
        ] {
            let command = clean_command(id, Path::new(written), Path::new("/t"));
            assert_eq!(command, expected, "{id}");
        }
    }
}

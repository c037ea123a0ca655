//! What rustc read: the dep-info of a unit.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{InputFinder, UnitInputs, UnitKind};
use crate::decode::built;
use crate::drive::target_dir::{self, is_dep_info, read_text, stem, unit_hash};
use crate::probe::entries;

impl UnitInputs {
    /// Returns a unit that wrote an artifact.
    fn of_artifact(artifact: &Path, package: &Path, files: BTreeSet<PathBuf>) -> Self {
        let extension = artifact.extension().unwrap_or_default();
        Self {
            dir: package.to_owned(),
            kind: UnitKind::Compiled {
                is_linked: extension != "rlib" && extension != "rmeta",
                has_code: extension != "rmeta",
            },
            files,
            ..Self::default()
        }
    }

    /// Adds the facts of another artifact: a library can have several.
    pub(super) fn add_artifact(&mut self, known: &Self) {
        if let UnitKind::Compiled {
            is_linked,
            has_code,
        } = &mut self.kind
        {
            *is_linked |= known.is_linked();
            *has_code |= known.has_code();
        }
    }
}

impl InputFinder<'_> {
    /// Reads the dep-info of the unit that an artifact belongs to.
    pub(super) fn read_artifact(&mut self, artifact: &Path, package: &Path) {
        let Some(dir) = artifact.parent() else { return };
        let name = stem(artifact);
        // The dep-info of a library `libNAME-HASH.rlib` is `NAME-HASH.d`.
        let plain = name.strip_prefix("lib").unwrap_or(&name);
        let crate_name = plain.replace('-', "_");
        let is_unit = unit_hash(plain).is_some();
        let base = self.base_of(package);

        // Cargo links binaries to another directory, and gives build scripts another name than
        // their dep-info.
        if !is_unit && let Some(path) = target_dir::dep_info(artifact, &self.package_name(package))
        {
            let files = self.read_dep_info(&path, &base);
            let is_complete = !files.is_empty();
            self.add_unit(path, UnitInputs::of_artifact(artifact, package, files));
            if is_complete {
                return;
            }
        }

        // Beside a link, cargo writes dep-info that names files but no variables. It does so only
        // if the command selects the target, so the dep-info may be that of another command, such
        // as `cargo package` or a build in another clone. It is thus read only if the unit is
        // unknown.
        for name in BTreeSet::from([name.as_str(), plain, &crate_name]) {
            let path = dir.join(format!("{name}.d"));
            let files = self.read_dep_info(&path, &base);
            if is_unit && !files.is_empty() {
                self.add_unit(path, UnitInputs::of_artifact(artifact, package, files));
            }
        }
        if is_unit {
            return;
        }
        self.read_similar_units(artifact, plain, package);
    }

    /// Reads the dep-info of every unit that may have produced an artifact named `plain`, since the hash in the name of the
    /// unit is unknown.
    fn read_similar_units(&mut self, artifact: &Path, plain: &str, package: &Path) {
        let Some(dir) = artifact.parent() else { return };
        let base = self.base_of(package);
        let crate_name = plain.replace('-', "_");
        for path in [entries(dir), entries(&dir.join("deps"))].concat() {
            if is_dep_info(&path) && is_named(&stem(&path), &crate_name) {
                let files = self.read_dep_info(&path, &base);
                // Each build script has a directory of its own, so this is its unit.
                if crate_name == "build_script_build" && !files.is_empty() {
                    self.add_unit(path, UnitInputs::of_artifact(artifact, package, files));
                }
            }
        }

        let package_name = self.package_name(package);
        for name in BTreeSet::from([plain, package_name.as_str()]) {
            for unit in entries(&dir.join("build").join(name)) {
                self.read_dep_info(&unit.join("out").join(format!("{crate_name}.d")), &base);
            }
        }
    }

    /// Adds the files and variables in a dep-info file and returns the files.
    pub(super) fn read_dep_info(&mut self, path: &Path, base: &Path) -> BTreeSet<PathBuf> {
        let Some(text) = read_text(path) else {
            return BTreeSet::new();
        };
        let named = built::dep_info(&text);
        let files: BTreeSet<PathBuf> = named
            .files
            .iter()
            .map(|file| self.resolve(base, file))
            .collect();
        self.read.compiled.extend(files.iter().cloned());
        self.add(named, base);
        files
    }
}

/// Returns the other places of the modules in these source files.
pub(super) fn rivals<'p>(files: impl Iterator<Item = &'p PathBuf>) -> BTreeSet<PathBuf> {
    let sources = files.filter(|file| file.extension().is_some_and(|extension| extension == "rs"));
    let places = sources.filter_map(|file| {
        if stem(file) != "mod" {
            return Some(file.with_extension("").join("mod.rs"));
        }
        let dir = file.parent()?;
        let name = dir.file_name()?.to_string_lossy();
        Some(dir.with_file_name(format!("{name}.rs")))
    });
    places.collect()
}

/// Returns whether a file without extension is named after a crate, with or without a hash.
fn is_named(stem: &str, crate_name: &str) -> bool {
    let Some(rest) = stem.strip_prefix(crate_name) else {
        return false;
    };
    rest.is_empty()
        || rest
            .strip_prefix('-')
            .is_some_and(|hash| !hash.contains('-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drive::inputs::tests::workspace;
    use crate::tests::Scratch;

    fn found(finder: InputFinder<'_>, base: &Path) -> (Vec<String>, Vec<String>) {
        let read = finder.finish();
        let below = |path: &PathBuf| {
            path.strip_prefix(base)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/")
        };
        (
            read.files.iter().map(below).collect(),
            read.variables.into_iter().collect(),
        )
    }

    /// Covers both layouts of the target directory.
    #[test]
    fn dep_info_is_found_beside_the_artifacts() {
        let dep = |variable: &str| {
            format!(
                "x: src/main.rs ../outside.txt target/debug/build/my-app-2/out/gen.rs\n# env-dep:{variable}=1\n# env-dep:OUT_DIR=/x\n"
            )
        };
        let table: [(&str, &str); 6] = [
            (
                "target/debug/deps/libmy_app-0123456789abcdef.rmeta",
                "target/debug/deps/my_app-0123456789abcdef.d",
            ),
            (
                "target/debug/deps/my_app-0123456789abcdef",
                "target/debug/deps/my_app-0123456789abcdef.d",
            ),
            (
                "target/debug/my-app",
                "target/debug/deps/my_app-0123456789abcdef.d",
            ),
            (
                "target/debug/build/my-app-1/build-script-build",
                "target/debug/build/my-app-1/build_script_build-1.d",
            ),
            (
                "target/debug/build/my-app/12/out/libmy_app-0123456789abcdef.rmeta",
                "target/debug/build/my-app/12/out/my_app-0123456789abcdef.d",
            ),
            (
                "target/debug/my-app",
                "target/debug/build/my-app/12/out/my_app.d",
            ),
        ];
        for (artifact, info) in table {
            let scratch = Scratch::new();
            let root = scratch.path().join("ws");
            scratch.write(&format!("ws/{info}"), dep("FOO"));
            scratch.write("ws/target/debug/deps/other-0123456789abcdef.d", dep("BAR"));
            let workspace = workspace(&root);
            let mut finder = InputFinder::new(&workspace);
            finder.read_artifact(&root.join(artifact), &root);
            let expected = (
                vec!["outside.txt".to_owned(), "ws/src/main.rs".to_owned()],
                vec!["FOO".to_owned()],
            );
            assert_eq!(found(finder, scratch.path()), expected, "{artifact}");
            let mut finder = InputFinder::new(&workspace);
            finder.read_target_dir();
            assert_eq!(
                found(finder, scratch.path()),
                expected,
                "{info} by the name of the target"
            );
        }
    }

    #[test]
    fn older_units_are_not_read_if_the_unit_of_a_binary_is_known() {
        let scratch = Scratch::with(&[
            ("ws/target/debug/deps/my_app-0123456789abcdef", "binary"),
            (
                "ws/target/debug/deps/my_app-fedcba9876543210",
                "older binary",
            ),
            (
                "ws/target/debug/deps/my_app-0123456789abcdef.d",
                "x: src/main.rs\n# env-dep:NEW=1\n",
            ),
            (
                "ws/target/debug/deps/my_app-fedcba9876543210.d",
                "x: src/old.rs\n# env-dep:OLD=1\n",
            ),
        ]);
        let root = scratch.path().join("ws");
        let debug = root.join("target/debug");
        let binary = debug.join("my-app");
        std::fs::hard_link(debug.join("deps/my_app-0123456789abcdef"), &binary).unwrap();
        let workspace = workspace(&root);
        let mut finder = InputFinder::new(&workspace);
        finder.read_artifact(&binary, &root);
        let expected = (vec!["src/main.rs".to_owned()], vec!["NEW".to_owned()]);
        assert_eq!(found(finder, &root), expected);
    }

    /// `cargo test` links a binary again but does not rewrite the dep-info beside the link.
    #[test]
    fn dep_info_beside_a_link_is_read_only_if_the_unit_is_unknown() {
        let other = "x: /other-clone/src/main.rs";
        for (file, link, unit, info) in [
            (
                "target/debug/deps/my_app-0123456789abcdef",
                "target/debug/my-app",
                Some("target/debug/deps/my_app-0123456789abcdef.d"),
                "target/debug/my-app.d",
            ),
            (
                "target/debug/build/my-app/12/out/my-app",
                "target/debug/my-app",
                Some("target/debug/build/my-app/12/out/my-app.d"),
                "target/debug/my-app.d",
            ),
            (
                "target/debug/deps/libmy_app.so",
                "target/debug/libmy_app.so",
                Some("target/debug/deps/my_app.d"),
                "target/debug/libmy_app.d",
            ),
            (
                "target/debug/build/my-app/12/out/libmy_app.so",
                "target/debug/libmy_app.so",
                Some("target/debug/build/my-app/12/out/my_app.d"),
                "target/debug/libmy_app.d",
            ),
            (
                "target/debug/deps/my_app-0123456789abcdef",
                "target/debug/my-app",
                None,
                "target/debug/my-app.d",
            ),
        ] {
            let scratch = Scratch::with(&[(file, "artifact"), (info, other)]);
            if let Some(unit) = unit {
                scratch.write(unit, "x: src/main.rs");
            }
            let root = scratch.path();
            std::fs::hard_link(root.join(file), root.join(link)).unwrap();
            let workspace = workspace(root);
            let mut finder = InputFinder::new(&workspace);
            finder.read_artifact(&root.join(link), root);
            let expected = match unit {
                Some(_) => root.join("src/main.rs"),
                None => PathBuf::from("/other-clone/src/main.rs"),
            };
            assert_eq!(
                finder.finish().files,
                BTreeSet::from([expected]),
                "{file} {unit:?}"
            );
        }
    }

    #[test]
    fn module_has_one_other_place() {
        for (file, expected) in [
            ("src/a.rs", Some("src/a/mod.rs")),
            ("src/a/mod.rs", Some("src/a.rs")),
            ("src/a.b/mod.rs", Some("src/a.b.rs")),
            ("src/a/b.rs", Some("src/a/b/mod.rs")),
            ("README.md", None),
        ] {
            let files = BTreeSet::from([PathBuf::from(file)]);
            let expected: BTreeSet<PathBuf> = expected.into_iter().map(PathBuf::from).collect();
            assert_eq!(rivals(files.iter()), expected, "{file}");
        }
    }
}

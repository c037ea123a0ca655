//! The inputs of a build script: the files and variables that its instructions name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{InputFinder, UnitInputs, UnitKind, linked, other_target_dir};
use crate::decode::built::{self, Dependencies};
use crate::decode::linking;
use crate::drive::target_dir::read_text;

/// The inputs of the execution of a build script, in addition to those of any unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScriptInputs {
    /// The executable.
    pub program: Option<PathBuf>,
    /// Variables whose change causes cargo to run the script again.
    pub variables: BTreeSet<String>,
    /// Whether it prints no instructions. Cargo then runs it again when the newest file of the package is newer than its
    /// output.
    pub is_undeclared: bool,
    /// Files in its `OUT_DIR` that were compiled.
    pub generated: BTreeSet<PathBuf>,
}

impl InputFinder<'_> {
    /// Reads the output of a build script, which is stored next to its `OUT_DIR`.
    pub(super) fn read_build_script(&mut self, out_dir: &Path, package: &Path) {
        for (output, text) in outputs(out_dir) {
            let linking = linking::build_script(&text);
            let files = linked::files(&linking, &self.base_of(package), self.workspace);
            self.linked.insert(package.to_owned(), files);
            let named = built::build_script(&text);
            let files = named.files.iter().map(|file| self.resolve(package, file));
            // Cargo also stores the `OUT_DIR` that the script wrote to.
            let stored = read_text(&output.with_file_name("root-output"));
            let elsewhere = stored.and_then(|stored| {
                other_target_dir(
                    Path::new(stored.trim_end()),
                    out_dir,
                    &self.workspace.target_dir,
                )
            });
            let unit = UnitInputs {
                package: self.package_name(package),
                dir: package.to_owned(),
                kind: UnitKind::Script(ScriptInputs {
                    program: self.script_programs.get(package).cloned(),
                    variables: named.variables.iter().cloned().collect(),
                    is_undeclared: named == Dependencies::default(),
                    generated: BTreeSet::new(),
                }),
                files: files.collect(),
                elsewhere,
                is_fresh: true,
                ..UnitInputs::default()
            };
            self.read.scripts.insert(output.clone());
            self.read.units.insert(output, unit);
            self.add(named, package);
        }
    }
}

/// Returns the files with the output of a build script, which lie next to its `OUT_DIR`, and their text.
pub(super) fn outputs(out_dir: &Path) -> Vec<(PathBuf, String)> {
    let dir = out_dir.parent().unwrap_or(out_dir);
    let outputs = [dir.join("output"), dir.join("run").join("stdout")].into_iter();
    let texts = outputs.filter_map(|output| {
        // A script that printed nothing has an empty file, which `read_text` does not return.
        let text = read_text(&output).or_else(|| output.is_file().then(String::new))?;
        Some((output, text))
    });
    texts.collect()
}

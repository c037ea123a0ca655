//! The executables of an instrumented build.
//!
//! Cargo puts the programs of all packages into one directory. Where two have the same name, one of
//! them is only in the directory that the compiler writes to, together with those of other builds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::decode::built;
use crate::drive::target_dir::{is_unit_of, read_text};
use crate::event::Artifact;
use crate::probe::{entries, normalize, resolve};
use crate::workspace::Workspace;

/// An instrumented executable.
pub(super) struct Executable<'a> {
    unit: &'a Artifact,
    /// Whether it is known which file it is. Otherwise, the instrumented one of these files is.
    pub(super) is_known: bool,
    pub(super) files: Vec<PathBuf>,
}

impl Executable<'_> {
    /// Returns the reason why its code is unknown.
    pub(super) fn ambiguity(&self) -> String {
        let Artifact {
            package, target, ..
        } = self.unit;
        format!(
            "several packages have a program `{target}`, and it is unknown which file is that of package `{package}`"
        )
    }
}

/// Returns the executables of units.
pub(super) fn executables<'a>(units: &'a [Artifact], workspace: &Workspace) -> Vec<Executable<'a>> {
    let mut by_file = BTreeMap::<PathBuf, Vec<&Artifact>>::new();
    for unit in units {
        if let Some(file) = &unit.executable {
            let file = normalize(&workspace.root, file);
            by_file.entry(file).or_default().push(unit);
        }
    }
    let directories: BTreeSet<PathBuf> = by_file
        .keys()
        .filter_map(|file| file.parent())
        .filter(|directory| directory.ends_with("deps"))
        .map(Path::to_owned)
        .collect();
    let mut found = Vec::new();
    for (file, units) in &by_file {
        let is_known = units.iter().all(|unit| is_same_target(unit, units[0]));
        let count = if is_known { 1 } else { units.len() };
        for unit in &units[..count] {
            found.push(Executable {
                unit,
                is_known,
                files: match is_known {
                    true => vec![file.clone()],
                    // Those that cargo reports with a hash are test executables.
                    false => candidates(unit, file, &directories, workspace)
                        .into_iter()
                        .filter(|candidate| !by_file.contains_key(candidate))
                        .collect(),
                },
            });
        }
    }
    found
}

fn is_same_target(one: &Artifact, other: &Artifact) -> bool {
    (&one.package, &one.target) == (&other.package, &other.target)
}

/// Returns the files that the compiler wrote for a program of this name and root file.
fn candidates(
    unit: &Artifact,
    file: &Path,
    directories: &BTreeSet<PathBuf>,
    workspace: &Workspace,
) -> Vec<PathBuf> {
    let member = workspace
        .members
        .iter()
        .find(|member| member.name == unit.package);
    let mut targets = member.iter().flat_map(|member| &member.targets);
    let target =
        targets.find(|target| target.name == unit.target && target.kind == unit.target_kind);
    let Some(target) = target else {
        return Vec::new();
    };
    let root = &workspace.root;
    let root_file = normalize(root, &target.file);
    let start = format!("{}-", unit.target.replace('-', "_"));
    directories
        .iter()
        .flat_map(|directory| entries(directory))
        .filter(|path| is_unit_of(path, &start, file))
        .filter(|path| {
            let text = read_text(&path.with_extension("d")).unwrap_or_default();
            let mut sources = built::dep_info(&text).files.into_iter();
            sources.any(|source| resolve(root, &source) == root_file)
        })
        .collect()
}

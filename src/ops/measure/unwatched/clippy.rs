//! What clippy reads: its configuration file and manifests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Build, manifest};
use crate::collector::{self, Influence};
use crate::drive::inputs::{BuildInputs, Unwatched};
use crate::probe::{normalize, relative};

/// Adds them to the units of local packages that clippy checks.
pub(super) fn add(build: &Build<'_>, read: &mut BuildInputs) {
    let mut collectors = build.step.serves.iter();
    if !collectors.any(|one| collector::of(one).is_influenced_by(Influence::Clippy)) {
        return;
    }
    let root = &build.workspace.root;
    let members = build.workspace.members.iter();
    let mut manifests: BTreeMap<PathBuf, Vec<Unwatched>> = members
        .map(|member| (normalize(root, &member.dir), Vec::new()))
        .collect();
    for unit in read.units.values_mut().filter(|unit| unit.is_local_crate()) {
        // Clippy uses the first file that it finds. Cargo notices changes of that file, but no new file before it.
        for dir in unit.dir.ancestors() {
            let names = ["clippy.toml", ".clippy.toml"];
            unit.unwatched
                .extend(names.map(|name| Unwatched::File(dir.join(name))));
        }
        if let Some(linted) = manifests.get_mut(&unit.dir) {
            if linted.is_empty() {
                *linted = read_manifest(root, &unit.dir.join("Cargo.toml"));
            }
            unit.unwatched.extend(linted.iter().cloned());
        }
    }
}

fn read_manifest(root: &Path, path: &Path) -> Vec<Unwatched> {
    let read = manifest::linted(path).into_iter();
    read.map(|(file, text)| Unwatched::Value(relative(root, &file), text))
        .collect()
}

//! The files that rustdoc reads.
//!
//! rustdoc writes no dep-info. The files are taken from three places: the dep-info of another unit of the crate, which
//! names what macros include, too; the source files in the directory of the crate, of which `cfg` may leave some to
//! rustdoc; and the texts that the sources of the package name.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::{
    BuildInputs, InputFinder, Mentioned, UnitInputs, UnitKind, crate_name, is_generated, rivals,
};
use crate::decode::built;
use crate::drive::target_dir;
use crate::probe::{normalize, resolve};
use crate::workspace::{Member, Target, Workspace};

/// Returns whether a file that is written in each build of a unit is the page of a documented crate.
pub(super) fn is_page(written: &Path) -> bool {
    written.ends_with("index.html")
}

impl InputFinder<'_> {
    /// Adds the unit that documents a crate. Cargo compares the times of the files of the package.
    pub(super) fn read_page(&mut self, page: &Path, package: &Path) {
        let unit = UnitInputs {
            dir: package.to_owned(),
            kind: UnitKind::Documented,
            ..UnitInputs::default()
        };
        self.add_unit(page.to_owned(), unit);
    }
}

/// Adds the files that rustdoc reads to the units that document a crate.
///
/// `files` are the sources, relative to the root of the workspace.
pub(crate) fn add(
    read: &mut BuildInputs,
    workspace: &Workspace,
    files: &[String],
    mentioned: &BTreeMap<PathBuf, Mentioned>,
) {
    let pages: Vec<PathBuf> = read
        .units
        .iter()
        .filter(|(_, unit)| unit.kind == UnitKind::Documented)
        .map(|(page, _)| page.clone())
        .collect();
    if pages.is_empty() {
        return;
    }
    let dep_info = target_dir::dep_info_files(&workspace.target_dir);
    for page in pages {
        let crate_name = crate_name(&page);
        let package = read.units[&page].dir.clone();
        let (mut found, mut roots) = (BTreeSet::new(), BTreeSet::new());
        let members = &mut workspace.members.iter();
        let member = members.find(|one| normalize(&workspace.root, &one.dir) == package);
        for (member, target) in member.into_iter().flat_map(|member| {
            let targets = member.targets.iter().filter(|one| one.doc);
            targets.map(move |target| (member, target))
        }) {
            if target.name.replace('-', "_") == crate_name {
                roots.insert(normalize(&workspace.root, &target.file));
                found.extend(compiled(workspace, &dep_info, &crate_name, target));
                found.extend(below(workspace, files, member, target));
            }
        }
        let mentioned = mentioned.get(&package);
        found.extend(
            mentioned
                .iter()
                .flat_map(|one| one.documented.iter().cloned()),
        );

        // A file that a build script wrote belongs to the execution of the script.
        let scripts = read.units.iter_mut().filter_map(|(output, unit)| {
            let out_dir = target_dir::out_dir(output)?;
            match &mut unit.kind {
                UnitKind::Script(script) => Some((script, out_dir)),
                _ => None,
            }
        });
        for (script, out_dir) in scripts {
            let generated = found.iter().filter(|file| file.starts_with(&out_dir));
            script.generated.extend(generated.cloned());
        }
        found.retain(|file| !is_generated(&workspace.target_dir, file));
        let Some(unit) = read.units.get_mut(&page) else {
            continue;
        };
        unit.rivals = rivals(found.difference(&roots));
        unit.documented = found;
    }
}

/// Returns the files in the newest dep-info of a target.
fn compiled(
    workspace: &Workspace,
    dep_info: &[PathBuf],
    crate_name: &str,
    target: &Target,
) -> BTreeSet<PathBuf> {
    let of_crate = dep_info
        .iter()
        .filter(|path| target_dir::without_hash(&target_dir::stem(path)) == crate_name);
    let mut newest_first: Vec<(_, &PathBuf)> = of_crate
        .filter_map(|path| Some((fs::metadata(path).ok()?.modified().ok()?, path)))
        .collect();
    newest_first.sort_unstable_by(|a, b| b.cmp(a));
    let base = &workspace.root;
    let root = normalize(base, &target.file);
    let mut units = newest_first.into_iter().map(|(_, path)| {
        let named = built::dep_info(&target_dir::read_text(path).unwrap_or_default());
        let files = named.files.iter();
        files
            .map(|file| resolve(base, file))
            .collect::<BTreeSet<_>>()
    });
    // A library and a binary can have the same name.
    units
        .find(|files| files.contains(&root))
        .unwrap_or_default()
}

/// Returns the source files in the directory of a target that may be compiled in it.
fn below(
    workspace: &Workspace,
    files: &[String],
    member: &Member,
    target: &Target,
) -> BTreeSet<PathBuf> {
    let root = Path::new(&target.file);
    let dir = root.parent().unwrap_or(Path::new(""));
    let sources = files.iter().filter(|file| {
        file.ends_with(".rs")
            && Path::new(file).starts_with(dir)
            && workspace.owner(file) == Some(member)
            && member.targets_of(file).contains(&target)
    });
    sources
        .map(|file| normalize(&workspace.root, file))
        .collect()
}

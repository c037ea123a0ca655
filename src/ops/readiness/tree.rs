//! Whether a commit of the working tree has the measured files.

use std::collections::BTreeMap;

use super::known;
use super::packages::Members;
use crate::collector::planner::INERT_ONLY;
use crate::collector::{self, IMPORTED};
use crate::git::{Contents, Git, Marked, Trouble};
use crate::judge::readiness::{Known, Tree};
use crate::ops::Context;
use crate::ops::measure::names;
use crate::ops::repository::{Place, Repository, said};
use crate::plan::Collector;
use crate::probe::relative;
use crate::process::temp_dir::TempDir;
use crate::run::RunId;

/// Files that cargo, rustup and nextest look for in the root and above, and that are not conditions of their own.
const SOUGHT: [&str; 3] = [
    ".config/nextest.toml",
    "rust-toolchain",
    "rust-toolchain.toml",
];

/// Returns the state of the working tree. `measured` are the runs with the results of the release, and `listed` the files
/// that cargo packages. If cargo cannot list them, another check fails.
pub(super) fn tree(
    cx: &Context,
    git: &Result<Git, Trouble>,
    measured: &BTreeMap<Collector, RunId>,
    members: &Members,
    listed: &Result<Vec<String>, String>,
) -> Known<Tree> {
    let git = known(git)?;
    let mut dirty = git.changed().map_err(said)?;
    // Any of our commands may have created it, and earlier versions did not add it to `.gitignore`.
    dirty.retain(|file| file != ".campaign/.gitignore");
    let Contents {
        differing: mut unlisted,
        uninitialized,
        unpushed,
    } = contents(git)?;
    unlisted.retain(|file| file != ".campaign/.gitignore" && !dirty.contains(file));
    let operation = git.operation().map_err(said)?.map(str::to_owned);
    let mut hidden = Vec::new();
    let mut absent = Vec::new();
    for Marked { file, mark } in git.marked().map_err(said)? {
        // A mark alone changes nothing.
        let Some(at) = unlisted.iter().position(|differing| *differing == file) else {
            continue;
        };
        unlisted.remove(at);
        if mark == "skip-worktree" && !cx.root().join(&file).exists() {
            absent.push(file);
        } else {
            hidden.push(format!("{file} ({mark})"));
        }
    }
    // A sparse checkout may leave out files outside of the workspace.
    absent.retain(|file| !file.starts_with("../"));
    let repository = Repository::read(cx, git)?;
    let mut tree = Tree {
        dirty,
        hidden,
        absent,
        unlisted,
        uninitialized,
        unpushed,
        operation,
        ..Tree::default()
    };
    for name in used(cx, measured) {
        for file in names::files_of(repository.root(), &name.path) {
            match repository.place(&file) {
                Place::Untracked => tree.untracked.push(repository.name(&file)),
                Place::Outside if name.is_compiled => tree.outside.push(repository.name(&file)),
                Place::Tracked | Place::Outside => {}
            }
        }
    }
    // `cargo package` runs with `--allow-dirty`, because a release has edited files and not committed them yet. Therefore
    // cargo itself does not refuse files that are not in any commit.
    if let Ok(listed) = listed {
        tree.packaged = members.packaged_files(cx, listed, |file| repository.absence(file));
        for packaged in &mut tree.packaged {
            packaged.file = repository.name(&repository.root().join(&packaged.file));
        }
    }
    for files in [&mut tree.untracked, &mut tree.outside] {
        files.sort();
        files.dedup();
    }
    tree.packaged.sort();
    tree.packaged.dedup_by(|a, b| a.file == b.file);
    // Files that git does not ignore are listed once.
    tree.untracked.retain(|file| !tree.dirty.contains(file));
    tree.packaged.retain(|one| !tree.dirty.contains(&one.file));
    Ok(tree)
}

/// Compares the contents of the working tree with HEAD.
fn contents(git: &Git) -> Known<Contents> {
    let scratch =
        TempDir::new().map_err(|error| format!("cannot create a temporary directory: {error}"))?;
    git.contents(scratch.path()).map_err(said)
}

/// A file that was read and is not among the files that git lists.
struct Used {
    /// A file, a directory or a pattern, relative to the root.
    path: String,
    is_compiled: bool,
}

/// Returns the files that measurements read and git may not track. The files of custom collectors are unknown, and cargo can
/// recreate `Cargo.lock`.
fn used(cx: &Context, measured: &BTreeMap<Collector, RunId>) -> Vec<Used> {
    let mut used: Vec<Used> = Vec::new();
    let mut add = |path: String, is_compiled: bool| used.push(Used { path, is_compiled });
    let of_cargo = measured
        .iter()
        .filter(|(collector, _)| collector::of(collector).reads_members);
    for (collector, id) in of_cargo {
        let Ok(run) = cx.store.load(id) else {
            continue;
        };
        let Some(inputs) = run.inputs.get(collector) else {
            continue;
        };
        // A file of another tool is a result, and no build reads it.
        let settings = cx.config().collect.settings(collector);
        let imported = settings.texts(IMPORTED);
        for name in inputs.files.keys() {
            if !imported.contains(name) {
                add(name.clone(), inputs.compiled.contains(name));
            }
        }
        let files = run
            .provenance
            .conditions
            .keys()
            .filter(|name| name.contains(['/', '.']));
        files
            .filter(|name| !name.ends_with(INERT_ONLY))
            .for_each(|name| add(name.clone(), false));
    }
    for dir in cx.root().ancestors() {
        SOUGHT
            .iter()
            .for_each(|name| add(relative(cx.root(), &dir.join(name)), false));
    }
    used.retain(|used| used.path != "Cargo.lock" && !used.path.ends_with("/Cargo.lock"));
    used
}

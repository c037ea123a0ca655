//! Whether a commit of the working tree has the measured files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::packages::Members;
use super::{known, said};
use crate::collector;
use crate::collector::planner::INERT_ONLY;
use crate::git::{Contents, Git, Marked, Trouble};
use crate::judge::readiness::{Absence, Known, Tree};
use crate::ops::Context;
use crate::ops::measure::names;
use crate::options::root::normal;
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
        for file in names::files_of(&repository.root, &name.path) {
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
            packaged.file = repository.name(&repository.root.join(&packaged.file));
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
        inputs
            .files
            .keys()
            .for_each(|name| add(name.clone(), inputs.compiled.contains(name)));
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

/// The relation of a file to the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// It is tracked, so every commit has it.
    Tracked,
    /// It is inside the repository, but not tracked.
    Untracked,
    Outside,
}

/// The repository's files.
pub(crate) struct Repository {
    /// The workspace's root, without links.
    root: PathBuf,
    top: PathBuf,
    /// Relative to `top`.
    tracked: BTreeSet<String>,
}

impl Repository {
    pub(crate) fn read(cx: &Context, git: &Git) -> Known<Self> {
        let cannot = |error: std::io::Error| format!("cannot find the repository: {error}");
        let top = git.top().map_err(said)?.canonicalize().map_err(cannot)?;
        let root = cx.root().canonicalize().map_err(cannot)?;
        Ok(Self {
            root,
            top,
            tracked: git.tracked_files().map_err(said)?,
        })
    }

    /// Returns whether git tracks this file, given relative to the root, and the target if it is a link.
    pub(crate) fn has(&self, file: &str) -> bool {
        let path = self.root.join(file);
        path.is_file() && self.place(&path) == Place::Tracked
    }

    /// Returns why no commit has a file, given relative to the root. `None` if commits have it or if it does not exist.
    fn absence(&self, file: &str) -> Option<Absence> {
        let path = self.root.join(file);
        if path.is_symlink() && !path.exists() {
            return Some(Absence::BrokenLink);
        }
        if !path.is_file() || self.place(&path) == Place::Tracked {
            return None;
        }
        Some(match self.place_of(&normal(&path)) {
            Place::Tracked => Absence::Link,
            Place::Untracked => Absence::Untracked,
            Place::Outside => Absence::Outside,
        })
    }

    fn place(&self, file: &Path) -> Place {
        let plain = normal(file);
        let real = plain.canonicalize().unwrap_or_else(|_| plain.clone());
        let places = [self.place_of(&plain), self.place_of(&real)];
        let worst = [Place::Untracked, Place::Outside]
            .into_iter()
            .find(|place| places.contains(place));
        worst.unwrap_or(Place::Tracked)
    }

    /// Returns the relation of a path itself, without following it. Paths below a tracked link belong to its target.
    fn place_of(&self, path: &Path) -> Place {
        let Ok(below) = path.strip_prefix(&self.top) else {
            return Place::Outside;
        };
        let is_tracked = |path: &Path| {
            self.tracked
                .contains(&*path.to_string_lossy().replace('\\', "/"))
        };
        let is_of_git = below.components().any(|part| part.as_os_str() == ".git");
        if is_of_git || below.ancestors().any(is_tracked) {
            Place::Tracked
        } else {
            Place::Untracked
        }
    }

    fn name(&self, file: &Path) -> String {
        relative(&self.root, &normal(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Scratch;

    #[test]
    fn file_is_tracked_if_a_commit_has_it_and_what_it_leads_to() {
        let scratch = Scratch::with(&[
            ("r/ws/a", ""),
            ("r/ws/ignored", ""),
            ("r/b", ""),
            ("outside", ""),
            ("r/.git/HEAD", ""),
        ]);
        let base = scratch.path().canonicalize().unwrap();
        #[cfg(unix)]
        for (link, to) in [
            ("good", "../b"),
            ("bad", "ignored"),
            ("away", "../../outside"),
        ] {
            std::os::unix::fs::symlink(to, base.join("r/ws").join(link)).unwrap();
        }
        let tracked = ["ws/a", "b", "ws/good", "ws/bad", "ws/away"]
            .map(str::to_owned)
            .into();
        let repository = Repository {
            root: base.join("r/ws"),
            top: base.join("r"),
            tracked,
        };
        for (file, place) in [
            ("a", Place::Tracked),
            ("ignored", Place::Untracked),
            ("../b", Place::Tracked),
            ("../.git/HEAD", Place::Tracked),
            ("../../outside", Place::Outside),
            ("/etc/passwd", Place::Outside),
        ] {
            assert_eq!(
                repository.place(&base.join("r/ws").join(file)),
                place,
                "{file}"
            );
        }
        #[cfg(unix)]
        for (link, place) in [
            ("good", Place::Tracked),
            ("bad", Place::Untracked),
            ("away", Place::Outside),
        ] {
            assert_eq!(
                repository.place(&base.join("r/ws").join(link)),
                place,
                "{link}"
            );
        }
        assert!(
            repository.has("a")
                && !repository.has("ignored")
                && !repository.has("")
                && !repository.has("none")
        );
    }
}

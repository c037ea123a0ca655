//! The files that git tracks, and how other files relate to them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Context;
use crate::git::{Git, Trouble};
use crate::judge::readiness::{Absence, Known};
use crate::options::root::normal;
use crate::probe::relative;
use crate::progress::CriterionOutcome;
use crate::relative_path;

/// The relation of a file to the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// It is tracked, so every commit has it.
    Tracked,
    /// It is inside the repository, but not tracked.
    Untracked,
    /// It is outside of the repository.
    Outside,
}

/// The files of the repository, and their relation to the workspace.
pub(crate) struct Repository {
    /// The workspace's root, without links.
    root: PathBuf,
    top: PathBuf,
    /// Relative to `top`.
    tracked: BTreeSet<String>,
}

impl Repository {
    /// Reads the files that git tracks.
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

    /// Returns the workspace's root, without links.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns whether git tracks this file, given relative to the root, and the target if it is a link.
    pub(crate) fn has(&self, file: &str) -> bool {
        let path = self.root.join(file);
        path.is_file() && self.place(&path) == Place::Tracked
    }

    /// Returns why no commit has a file, given relative to the root. `None` if commits have it or if it does not exist.
    pub(crate) fn absence(&self, file: &str) -> Option<Absence> {
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

    /// Returns the relation of a file and of its target.
    pub(crate) fn place(&self, file: &Path) -> Place {
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

    /// Returns a file relative to the root.
    pub(crate) fn name(&self, file: &Path) -> String {
        relative(&self.root, &normal(file))
    }
}

/// The files that git tracks, or why they are not known.
pub(crate) struct Tracked(Known<Repository>);

impl Tracked {
    /// Reads them.
    pub(crate) fn read(cx: &Context) -> Self {
        let git = cx.git().map_err(|trouble| trouble.to_string());
        Self(git.and_then(|git| Repository::read(cx, &git)))
    }

    /// Returns whether git tracks a file, given relative to the root.
    pub(crate) fn outcome(&self, file: &str) -> CriterionOutcome {
        match &self.0 {
            Ok(repository) if is_own(file) && repository.has(file) => CriterionOutcome::Met,
            Ok(_) => CriterionOutcome::Open(UNTRACKED.to_owned()),
            Err(reason) => CriterionOutcome::Unknown(reason.clone()),
        }
    }
}

/// Returns whether a path stays below the root in every clone, and out of git's own directory.
fn is_own(file: &str) -> bool {
    let is_relative = Path::new(file).is_relative() && !file.contains('\\');
    let plain = relative_path::normal(file);
    let mut parts = plain.split('/');
    is_relative && parts.all(|part| part != ".." && !part.eq_ignore_ascii_case(".git"))
}

/// The complaint about a path. It also covers directories, ignored files and paths outside of the repository.
pub(crate) const UNTRACKED: &str = "is not a file that git tracks";

/// Describes an error of git, with advice.
pub(crate) fn said(trouble: impl std::borrow::Borrow<Trouble>) -> String {
    let trouble = trouble.borrow();
    trouble
        .hint()
        .map_or_else(|| trouble.to_string(), |hint| format!("{trouble}: {hint}"))
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

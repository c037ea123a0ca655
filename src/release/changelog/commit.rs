//! Commits as git tells them, and which of them a changelog is concerned with. Knows nothing of what messages mean.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::message::merges_breaking;
use super::pulls;

/// One commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// Full id in hex.
    pub id: String,
    /// Full ids; more than one for a merge.
    pub parents: Vec<String>,
    /// The whole message.
    pub message: String,
    /// What it touched, relative to the workspace's root with `/`, `../x` outside; empty for merges.
    pub files: Vec<String>,
    /// The pull request whose merge brought it in, where a merge tells.
    pub pull: Option<u64>,
}

impl Commit {
    /// First line of the message that says something.
    pub fn title(&self) -> &str {
        self.message
            .lines()
            .map(str::trim)
            .find(|line| !line.is_empty())
            .unwrap_or_default()
    }

    /// Joins lines of development; what it brings in is told by the commits on them.
    pub fn is_merge(&self) -> bool {
        self.parents.len() > 1
    }

    /// Ids as people quote them.
    pub(super) fn short(&self) -> &str {
        self.id.get(..7).unwrap_or(&self.id)
    }
}

/// A part of a history, newest first, as one `git log` gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// All commits, merges too.
    pub commits: Vec<Commit>,
}

impl Log {
    /// Of all commits that git tells, newest first; their pull requests are found out here.
    pub fn new(mut commits: Vec<Commit>) -> Self {
        pulls::assign(&mut commits);
        Self { commits }
    }

    /// The commits that are not in the history of `base` (a full id), merges left out; all of them without.
    pub fn since(&self, base: Option<&str>) -> Vec<&Commit> {
        let old = self.history(base);
        self.commits
            .iter()
            .filter(|commit| !commit.is_merge() && !old.contains(commit.id.as_str()))
            .collect()
    }

    /// The merges that are not in the history of `base` and say that they break something. Each has the files of the
    /// commits that it brought in.
    pub fn breaking_merges(&self, base: Option<&str>) -> Vec<Commit> {
        let old = self.history(base);
        let merges = self
            .commits
            .iter()
            .filter(|commit| commit.is_merge() && !old.contains(commit.id.as_str()));
        merges
            .filter(|commit| merges_breaking(&commit.message))
            .map(|merge| self.with_files(merge))
            .collect()
    }

    fn with_files(&self, merge: &Commit) -> Commit {
        let (first, rest) = merge
            .parents
            .split_first()
            .map_or((None, &[][..]), |(first, rest)| (Some(first), rest));
        let before = self.history(first.map(String::as_str));
        let brought = self.history(rest.iter().map(String::as_str));
        let commits = self.commits.iter().filter(|commit| {
            brought.contains(commit.id.as_str())
                && !before.contains(commit.id.as_str())
                && !commit.is_merge()
        });
        let files: BTreeSet<String> = commits
            .flat_map(|commit| commit.files.iter().cloned())
            .collect();
        Commit {
            files: files.into_iter().collect(),
            ..merge.clone()
        }
    }

    /// Ids of these commits and of all that they follow, as far as the log has them.
    fn history<'a>(&'a self, of: impl IntoIterator<Item = &'a str>) -> HashSet<&'a str> {
        let known: HashMap<&str, &Commit> = self
            .commits
            .iter()
            .map(|commit| (commit.id.as_str(), commit))
            .collect();
        let mut found: HashSet<&str> = HashSet::new();
        let mut open: Vec<&str> = of.into_iter().collect();
        while let Some(id) = open.pop() {
            let Some(commit) = known.get(id) else {
                continue;
            };
            if found.insert(&commit.id) {
                open.extend(commit.parents.iter().map(String::as_str));
            }
        }
        found
    }
}

/// The folders that changelogs speak for, relative to the workspace's root with `/`; the empty one is the root itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folders(BTreeSet<String>);

impl Folders {
    /// All folders that any changelog speaks for.
    pub fn new(folders: impl IntoIterator<Item = String>) -> Self {
        Self(folders.into_iter().collect())
    }

    /// The longest one that contains the file; the root for what is in none.
    pub fn owner(&self, file: &str) -> &str {
        let parents = file.match_indices('/').rev().map(|(at, _)| &file[..at]);
        parents
            .filter_map(|parent| self.0.get(parent))
            .map(String::as_str)
            .next()
            .unwrap_or_default()
    }

    /// The folders that a commit concerns; the root for one that touched nothing at all.
    pub fn of(&self, commit: &Commit) -> BTreeSet<&str> {
        if commit.files.is_empty() {
            return BTreeSet::from([""]);
        }
        // The lockfile at the root changes with every member, so that it says nothing of the package there.
        let apart = self.0.iter().any(|folder| !folder.is_empty());
        let files = commit
            .files
            .iter()
            .filter(|file| !(apart && *file == "Cargo.lock"));
        let inside = files.filter(|file| !file.starts_with("../") || !self.owner(file).is_empty());
        inside.map(|file| self.owner(file)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(id: &str, parents: &[&str]) -> Commit {
        Commit {
            id: id.into(),
            parents: parents.iter().map(|p| (*p).into()).collect(),
            ..Commit::default()
        }
    }

    #[test]
    fn a_range_is_what_the_base_does_not_have() {
        // e merges d (from b) into c; the oldest commit's parent was not walked.
        let commits = vec![
            commit("e", &["c", "d"]),
            commit("d", &["b"]),
            commit("c", &["b"]),
            commit("b", &["a"]),
            commit("a", &["z"]),
        ];
        let log = Log { commits };
        for (base, expected) in [
            (None, "dcba"),
            (Some("b"), "dc"),
            (Some("c"), "d"),
            (Some("e"), ""),
            (Some("elsewhere"), "dcba"),
        ] {
            let since: String = log
                .since(base)
                .iter()
                .map(|commit| commit.id.as_str())
                .collect();
            assert_eq!(since, expected, "{base:?}");
        }
    }

    #[test]
    fn merge_that_breaks_has_the_files_of_what_it_brought() {
        let touching = |commit: Commit, file: &str| Commit {
            files: vec![file.into()],
            ..commit
        };
        let merge = |message: &str| Commit {
            message: message.into(),
            ..commit("e", &["c", "d"])
        };
        let log = |message| Log {
            commits: vec![
                merge(message),
                touching(commit("d", &["b"]), "d.rs"),
                touching(commit("c", &["b"]), "c.rs"),
                touching(commit("b", &[]), "b.rs"),
            ],
        };
        for (message, base, files) in [
            (
                "Merge pull request #5 from a/b\n\nfeat!: drop old",
                Some("b"),
                &["d.rs"][..],
            ),
            (
                "Merge branch 'x'\n\nBREAKING CHANGE: old is gone",
                Some("b"),
                &["d.rs"],
            ),
            (
                "Merge branch 'x'\n\n* feat(net)!: drop old",
                None,
                &["d.rs"],
            ),
            ("Merge branch 'x'\n\nfeat: add new", Some("b"), &[]),
            ("feat!: drop old", Some("e"), &[]),
        ] {
            let found: Vec<String> = log(message)
                .breaking_merges(base)
                .into_iter()
                .flat_map(|one| one.files)
                .collect();
            assert_eq!(found, files, "{message}");
        }
    }

    #[test]
    fn a_file_belongs_to_the_deepest_folder() {
        let folders = Folders::new(["", "core", "core/macros", "../other"].map(str::to_owned));
        for (file, owner) in [
            ("core/src/lib.rs", "core"),
            ("core/macros/src/lib.rs", "core/macros"),
            ("core-extra/src/lib.rs", ""),
            ("README.md", ""),
            ("../other/src/lib.rs", "../other"),
        ] {
            assert_eq!(folders.owner(file), owner, "{file}");
        }
        let of = |files: &[&str]| {
            let files = files.iter().map(|file| (*file).to_owned()).collect();
            let commit = Commit {
                files,
                ..Commit::default()
            };
            folders
                .of(&commit)
                .into_iter()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            of(&["core/a", "core/macros/b", "c"]),
            ["", "core", "core/macros"]
        );
        assert_eq!(of(&["core/a", "Cargo.lock"]), ["core"]);
        assert_eq!(of(&["Cargo.lock"]), [""; 0]);
        let alone = Folders::new([String::new()]);
        let commit = Commit {
            files: vec!["Cargo.lock".into()],
            ..Commit::default()
        };
        assert_eq!(
            alone.of(&commit).into_iter().collect::<Vec<_>>(),
            [""],
            "a lone package's own lockfile"
        );
        assert_eq!(of(&[]), [""], "an empty commit concerns the root");
        assert_eq!(
            of(&["../elsewhere/a"]),
            [""; 0],
            "what is outside concerns nobody"
        );
    }
}

//! The files whose changes do not concern users, by `not-notable` of the configuration.

use std::collections::BTreeSet;

use super::commits::{Commit, Directories};
use crate::glob;
use crate::relative_path::join;
use crate::workspace::Workspace;

/// Kinds of targets that users do not get.
const OF_DEVELOPERS: [&str; 3] = ["test", "bench", "example"];

/// The files whose changes do not concern users. Those of a member are known by their paths in its
/// directory.
#[derive(Clone, Debug, Default)]
pub struct QuietFiles {
    /// One with `!` names files that do concern users, although others match them.
    patterns: Vec<String>,
    directories: Directories,
    /// Manifests, and the files that libraries, binaries and build scripts name.
    loud: BTreeSet<String>,
    /// Files that do not exist any more and may have become others that do concern users.
    moved: BTreeSet<String>,
}

impl QuietFiles {
    /// Creates the set of files in a workspace.
    pub fn new(patterns: &[String], workspace: &Workspace) -> Self {
        let members = workspace.members.iter();
        let manifests = members
            .clone()
            .map(|member| join(&member.dir, "Cargo.toml"));
        let targets = members.clone().flat_map(|member| &member.targets);
        let targets = targets.filter(|target| !OF_DEVELOPERS.contains(&target.kind.as_str()));
        let sources = targets.map(|target| target.file.clone());
        Self {
            patterns: patterns.to_vec(),
            loud: manifests.chain(sources).collect(),
            directories: Directories::new(members.map(|member| member.dir.clone())),
            moved: BTreeSet::new(),
        }
    }

    /// Adds the files that these commits may have moved. Of the files below the workspace root, those
    /// in `present` exist now.
    ///
    /// A file may have been moved if a commit changed it together with files that concern users, such as
    /// the manifest that names it, and it is gone. A merge shows the changes of several commits.
    #[must_use]
    pub fn in_history<'a>(
        mut self,
        present: &BTreeSet<String>,
        commits: impl IntoIterator<Item = &'a Commit>,
    ) -> Self {
        let commits = commits.into_iter().filter(|commit| !commit.is_merge());
        for commit in commits {
            let (quiet, loud): (Vec<&String>, Vec<&String>) =
                commit.files.iter().partition(|file| self.has(file));
            if !loud.is_empty() {
                let gone = quiet
                    .into_iter()
                    .filter(|file| !file.starts_with("../") && !present.contains(*file));
                self.moved.extend(gone.cloned());
            }
        }
        self
    }

    /// Returns whether changes of a file do not concern users.
    pub fn has(&self, file: &str) -> bool {
        let directory = self.directories.owner(file);
        let inside = file.strip_prefix(directory).unwrap_or(file);
        let inside = inside.trim_start_matches('/');
        let matches = |pattern: &str| glob::matches(pattern, inside);
        let mut exceptions = self.patterns.iter();
        let is_excepted = exceptions.any(|one| one.strip_prefix('!').is_some_and(matches));
        let mut patterns = self.patterns.iter();
        patterns.any(|pattern| matches(pattern)) && !is_excepted && !self.loud.contains(file)
    }

    /// Returns whether a commit changes only such files. One without files may change anything.
    pub fn has_all(&self, commit: &Commit) -> bool {
        let mut files = commit.files.iter();
        !commit.files.is_empty() && files.all(|file| self.has(file) && !self.moved.contains(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::{Member, Target};

    #[test]
    fn files_of_a_member_are_told_by_their_paths_in_it() {
        let member = |dir: &str, kind: &str, file: &str| Member {
            dir: dir.to_owned(),
            targets: vec![Target {
                kind: kind.to_owned(),
                file: file.to_owned(),
                ..Target::default()
            }],
            ..Member::default()
        };
        let workspace = Workspace {
            members: vec![
                member("a", "lib", "a/tests/lib.rs"),
                member("a/tests/inner", "test", "a/tests/inner/tests/it.rs"),
                member("docs/gen", "custom-build", "docs/gen/build.rs"),
            ],
            ..Workspace::default()
        };
        let patterns = ["tests/*", "docs/*", "*.md", "*.toml", "!tests/data/*"];
        let quiet = QuietFiles::new(&patterns.map(str::to_owned), &workspace);
        for (file, expected) in [
            ("a/tests/it.rs", true),
            ("a/tests/lib.rs", false),
            ("a/tests/data/x", false),
            ("a/src/tests/mod.rs", false),
            ("a/README.md", true),
            ("a/Cargo.toml", false),
            ("a/other.toml", true),
            ("a/tests/fixture/Cargo.toml", true),
            ("a/tests/inner/build.rs", false),
            ("a/tests/inner/tests/it.rs", true),
            ("docs/gen/x", false),
            ("docs/gen/docs/x", true),
            ("docs/x", true),
            ("../docs/x", false),
        ] {
            assert_eq!(quiet.has(file), expected, "{file}");
        }
    }

    #[test]
    fn file_that_may_have_been_moved_counts() {
        let patterns = ["docs/*".to_owned(), "ci/*".to_owned()];
        let commit = |files: &str| Commit {
            files: files.split_whitespace().map(str::to_owned).collect(),
            ..Commit::default()
        };
        // The other commits, and whether one of `docs/a` alone does not concern users.
        for (others, expected) in [
            (&[][..], true),
            (&["docs/a", "docs/a docs/b"], true),
            (&["docs/b src/lib.rs"], true),
            (&["docs/a src/lib.rs"], false),
        ] {
            let others: Vec<Commit> = others.iter().map(|files| commit(files)).collect();
            let quiet = QuietFiles::new(&patterns, &Workspace::default());
            let found = |present: &[&str]| {
                let present = present.iter().map(|file| (*file).to_owned()).collect();
                let quiet = quiet.clone().in_history(&present, &others);
                quiet.has_all(&commit("docs/a"))
            };
            assert_eq!(found(&[]), expected, "{others:?}");
            assert!(found(&["docs/a"]), "{others:?}");
        }
        assert!(!QuietFiles::default().has_all(&commit("")));
    }
}

//! The files whose changes do not concern users, by `not-notable` of the configuration.

use std::collections::{BTreeMap, BTreeSet};

use super::commits::{Commit, Directories};
use crate::glob;
use crate::relative_path::{is_below, join};
use crate::workspace::Workspace;

/// Kinds of targets that users do not get.
const OF_DEVELOPERS: [&str; 3] = ["test", "bench", "example"];

/// The number of names of a file after which links are not followed any more. Links can lead in circles.
const MOST_NAMES: usize = 64;

/// The files whose changes do not concern users. Those of a member are known by their paths in its
/// directory.
#[derive(Clone, Debug, Default)]
pub struct QuietFiles {
    /// One with `!` names files that do concern users, although others match them.
    patterns: Vec<String>,
    /// Those in which members are, or were since the last release.
    directories: Directories,
    /// Manifests, the files that libraries, binaries and build scripts name, and those that became
    /// files that concern users.
    loud: BTreeSet<String>,
    /// The links that lead to a file or directory.
    links: BTreeMap<String, BTreeSet<String>>,
}

impl QuietFiles {
    /// Creates the set of files in a workspace.
    pub fn new(patterns: &[String], workspace: &Workspace) -> Self {
        let mut quiet = Self {
            patterns: patterns.to_vec(),
            ..Self::default()
        };
        for member in &workspace.members {
            let targets = member.targets.iter();
            let targets = targets.filter(|target| !OF_DEVELOPERS.contains(&target.kind.as_str()));
            quiet.add_package(&member.dir, targets.map(|target| target.file.clone()));
        }
        quiet
    }

    /// Adds a directory with a member, and the files that its library, binaries and build script name.
    /// Both may be those of an earlier commit.
    pub fn add_package(&mut self, directory: &str, sources: impl IntoIterator<Item = String>) {
        self.directories.insert(directory.to_owned());
        self.loud.insert(join(directory, "Cargo.toml"));
        self.loud.extend(sources);
    }

    /// Adds a link. A file that it leads to concerns users if the name that the link gives it does.
    pub fn add_link(&mut self, link: &str, target: String) {
        // A link to a directory above it has no end.
        if !is_below(link, &target) {
            let links = self.links.entry(target).or_default();
            links.insert(link.to_owned());
        }
    }

    /// Adds the new name of each file that was moved. A file that became one that concerns users does so
    /// under its old name, too.
    pub fn add_moves(&mut self, moves: &[(String, String)]) {
        let mut found = usize::MAX;
        while found != self.loud.len() {
            found = self.loud.len();
            for (from, to) in moves {
                if !self.has(to) {
                    self.loud.insert(from.clone());
                }
            }
        }
    }

    /// Returns whether changes of a file do not concern users.
    pub fn has(&self, file: &str) -> bool {
        self.matches(file) && !self.names(file).iter().any(|name| self.is_published(name))
    }

    /// Returns whether a commit changes only such files. One without files may change anything.
    pub fn has_all(&self, commit: &Commit) -> bool {
        let mut files = commit.files.iter();
        !commit.files.is_empty() && files.all(|file| self.has(file))
    }

    /// Returns whether the path of a file matches the patterns.
    fn matches(&self, file: &str) -> bool {
        let directory = self.directories.owner(file);
        let inside = file.strip_prefix(directory).unwrap_or(file);
        let inside = inside.trim_start_matches('/');
        let matches = |pattern: &str| glob::matches(pattern, inside);
        let mut exceptions = self.patterns.iter();
        let is_excepted = exceptions.any(|one| one.strip_prefix('!').is_some_and(matches));
        let mut patterns = self.patterns.iter();
        patterns.any(|pattern| matches(pattern)) && !is_excepted && !self.loud.contains(file)
    }

    /// Returns whether a name that a link gives a file is in a package and concerns users.
    fn is_published(&self, name: &str) -> bool {
        self.directories.has(self.directories.owner(name)) && !self.matches(name)
    }

    /// Returns the names that links give a file.
    fn names(&self, file: &str) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let mut open = vec![file.to_owned()];
        while let Some(path) = open.pop().filter(|_| names.len() < MOST_NAMES) {
            let ends = path.match_indices('/').map(|(at, _)| at);
            for end in ends.chain([path.len()]) {
                let links = self.links.get(&path[..end]).into_iter().flatten();
                let found = links.map(|link| format!("{link}{}", &path[end..]));
                let new: Vec<String> = found.filter(|name| !names.contains(name)).collect();
                names.extend(new.iter().cloned());
                open.extend(new);
            }
        }
        names
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
    fn file_that_became_one_which_concerns_users_does_so_too() {
        let patterns = ["docs/*".to_owned(), "ci/*".to_owned()];
        let moved = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        // Moves, and whether `docs/a` does not concern users.
        for (moves, expected) in [
            (vec![], true),
            (vec![moved("docs/a", "docs/b")], true),
            (vec![moved("docs/b", "src/b")], true),
            (vec![moved("docs/a", "src/a")], false),
            (vec![moved("docs/a", "ci/a"), moved("ci/a", "src/a")], false),
            (vec![moved("ci/a", "src/a"), moved("docs/a", "ci/a")], false),
        ] {
            let mut quiet = QuietFiles::new(&patterns, &Workspace::default());
            quiet.add_moves(&moves);
            assert_eq!(quiet.has("docs/a"), expected, "{moves:?}");
        }
        assert!(!QuietFiles::default().has_all(&Commit::default()));
    }

    #[test]
    fn file_behind_a_link_counts_by_the_name_that_the_link_gives_it() {
        let patterns = ["docs/*".to_owned(), "*.md".to_owned()];
        // Links and their targets, and whether `docs/api/a.rs` does not concern users. `m` is a member.
        for (links, expected) in [
            (&[][..], true),
            (&[("m/src/api", "docs/api")], false),
            (&[("m/src/api", "docs")], false),
            (&[("m/src/api.rs", "docs/api/a.rs")], false),
            (&[("m/src/api.md", "docs/api/a.rs")], true),
            (&[("m/src/api", "docs/api/b.rs")], true),
            (&[("m/docs", "docs")], true),
            (&[("site/docs", "docs")], true),
            (&[("site/docs", "docs"), ("m/src/site", "site")], false),
            (&[("docs/x", "docs"), ("docs/y", "docs/api")], true),
            (&[("ci/x", "docs"), ("docs/y", "ci")], true),
        ] {
            let mut quiet = QuietFiles::new(&patterns, &Workspace::default());
            quiet.add_package("m", []);
            for (link, target) in links {
                quiet.add_link(link, (*target).to_owned());
            }
            assert_eq!(quiet.has("docs/api/a.rs"), expected, "{links:?}");
        }
    }
}

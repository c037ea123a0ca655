//! History for changelogs: tags, commits with the files they touched, files as they were.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::str::Split;

use crate::release::changelog::Commit;

use super::{Git, History, Trouble};

/// A tag of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Without `refs/tags/`.
    pub name: String,
    /// Full id of the commit, also for an annotated one.
    pub commit: String,
}

/// A commit as NUL-ended fields, with a NUL before: no message has one. Names follow, each with a
/// NUL after it.
pub(super) const FORMAT: &str = "--format=%x00%H%x00%P%x00%B%x00";

impl Git {
    /// The tags that HEAD has in its history, light or annotated; none before the first commit.
    pub fn tags(&self) -> Result<Vec<Tag>, Trouble> {
        self.tags_that_are("--merged=HEAD")
    }

    /// The tags that HEAD does not have in its history; none before the first commit.
    pub fn tags_elsewhere(&self) -> Result<Vec<Tag>, Trouble> {
        self.tags_that_are("--no-merged=HEAD")
    }

    fn tags_that_are(&self, filter: &str) -> Result<Vec<Tag>, Trouble> {
        let format = "--format=%(refname:strip=2)%00%(objectname)%00%(*objectname)";
        let out = match self.run("for-each-ref", &[filter, format, "refs/tags"]) {
            // Before the first commit, HEAD is a reference to nothing and git fails.
            Err(Trouble::Failed { .. }) if self.standing()?.commit.is_none() => {
                return Ok(Vec::new());
            }
            out => out?,
        };
        let text = String::from_utf8_lossy(&out);
        let tags = text
            .lines()
            .filter_map(reference)
            .map(|(name, commit)| Tag {
                name: name.to_owned(),
                commit: commit.to_owned(),
            });
        Ok(tags.collect())
    }

    /// Returns the names of the tags that HEAD has in its history, with their times in Unix seconds: that of the tag, or of its
    /// commit for one without a time of its own.
    pub fn tag_times(&self) -> Result<Vec<(String, i64)>, Trouble> {
        let format = "--format=%(refname:strip=2)%00%(creatordate:unix)";
        let out = self.run("for-each-ref", &["--merged=HEAD", format, "refs/tags"])?;
        let text = String::from_utf8_lossy(&out);
        let mut tags = Vec::new();
        for (name, time) in text.lines().filter_map(|line| line.split_once('\0')) {
            // A tag of another object than a commit may have no time.
            tags.extend(time.parse().ok().map(|time| (name.to_owned(), time)));
        }
        Ok(tags)
    }

    /// Returns the names of the files that commits of any branch, also of a remote, added to a directory relative to the root,
    /// without directories. If `elsewhere`, only commits count that HEAD does not have in its history.
    pub fn added_files(
        &self,
        directory: &str,
        elsewhere: bool,
    ) -> Result<BTreeSet<String>, Trouble> {
        let pathspec = format!(":(literal){directory}");
        let mut args = vec![
            "--no-show-signature",
            "--no-renames",
            "--diff-filter=A",
            "--format=",
            "--name-only",
            "-z",
            "--branches",
            "--remotes",
        ];
        if elsewhere {
            args.push("--not");
        }
        args.extend(["HEAD", "--", &pathspec]);
        let out = match self.run("log", &args) {
            Err(Trouble::Failed { .. }) if self.standing()?.commit.is_none() => {
                return Ok(BTreeSet::new());
            }
            out => out?,
        };
        let text = String::from_utf8_lossy(&out);
        let names = text.split(['\0', '\n']);
        let names = names.map(|path| path.rsplit('/').next().unwrap_or(path).trim());
        let names = names.filter(|name| !name.is_empty());
        Ok(names.map(str::to_owned).collect())
    }

    /// Returns the commit of HEAD without its files.
    ///
    /// # Errors
    /// Also before the first commit.
    pub fn head_commit(&self) -> Result<Commit, Trouble> {
        self.commit_at("HEAD")
    }

    /// Returns the title of a commit with this full id.
    pub fn title(&self, commit: &str) -> Result<String, Trouble> {
        Ok(self.commit_at(commit)?.title().to_owned())
    }

    /// Returns the commit of `HEAD` or of a full id.
    fn commit_at(&self, revision: &str) -> Result<Commit, Trouble> {
        let out = self.run(
            "log",
            &[
                "--max-count=1",
                "--no-show-signature",
                "--encoding=UTF-8",
                FORMAT,
                revision,
                "--",
            ],
        )?;
        let text = String::from_utf8_lossy(&out);
        let mut commits = parse_commits(&text, |_| None::<()>).into_iter();
        let found = commits.next().map(|(commit, _)| commit);
        found.ok_or_else(|| super::failed("log", "there is no commit yet"))
    }

    /// Returns the full id of a tag's commit. `None` if the tag does not exist.
    ///
    /// # Errors
    /// Also if the name is not valid for a tag.
    pub fn tag_at(&self, name: &str) -> Result<Option<String>, Trouble> {
        let full = format!("refs/tags/{name}");
        if self.run("check-ref-format", &[&full]).is_err() {
            return Err(super::failed(
                "tag",
                &format!("`{name}` cannot be the name of a tag"),
            ));
        }
        let format = "--format=%(refname)%00%(objectname)%00%(*objectname)";
        let out = self.run("for-each-ref", &[format, "--", &full])?;
        let text = String::from_utf8_lossy(&out);
        let mut references = text.lines().filter_map(reference);
        let found = references.find(|(name, _)| *name == full);
        if found.is_none() {
            self.refuse_dangling(&full)?;
        }
        Ok(found.map(|(_, commit)| commit.to_owned()))
    }

    /// Checks that a reference is not a symbolic one that leads to nothing. Git lists no such
    /// reference, and creating it would create the one that it leads to.
    fn refuse_dangling(&self, reference: &str) -> Result<(), Trouble> {
        match self.text("symbolic-ref", &["--quiet", reference]) {
            Ok(target) => Err(super::failed(
                "for-each-ref",
                &format!("{reference} leads to {target}, which does not exist"),
            )),
            // It is not a symbolic reference.
            Err(Trouble::Failed { .. }) => Ok(()),
            Err(trouble) => Err(trouble),
        }
    }

    /// Checks that git can read all tags. It leaves out those that it cannot.
    ///
    /// # Errors
    /// With git's warning about a tag, `ignoring broken ref refs/tags/v1.0.0`, and what to do. No
    /// command of git removes it.
    pub fn check_tags(&self) -> Result<(), Trouble> {
        let args = ["--format=%(refname)", "refs/tags"];
        let output = self.output(&[], "for-each-ref", &args, &[], &[])?;
        let warnings = String::from_utf8_lossy(&output.stderr);
        let mut warnings = warnings
            .lines()
            .filter_map(|line| line.strip_prefix("warning: "));
        let broken = warnings.find(|warning| warning.contains("refs/tags/"));
        broken.map_or(Ok(()), |warning| {
            let message =
                format!("{warning} (remove its file in git's directory, then fetch tags)");
            Err(super::failed("for-each-ref", &message))
        })
    }

    /// Returns whether an annotated tag of this name has this message. White space and signatures
    /// are not compared, because git joins the lines of a title.
    pub fn has_tag_message(&self, name: &str, message: &str) -> Result<bool, Trouble> {
        let format = "--format=%(objecttype) %(contents:subject)%0a%(contents:body)";
        let full = format!("refs/tags/{name}");
        let out = self.run("for-each-ref", &[format, "--", &full])?;
        let text = String::from_utf8_lossy(&out);
        let expected = ["tag"].into_iter().chain(message.split_whitespace());
        Ok(text.split_whitespace().eq(expected))
    }

    /// Returns whether a tag of this name exists and is annotated.
    pub fn is_annotated(&self, name: &str) -> Result<bool, Trouble> {
        let full = format!("refs/tags/{name}");
        let out = self.run(
            "for-each-ref",
            &["--format=%(refname) %(objecttype)", "--", &full],
        )?;
        let text = String::from_utf8_lossy(&out);
        let mut lines = text.lines();
        Ok(lines.any(|line| line.strip_prefix(&full) == Some(" tag")))
    }

    /// Returns an existing tag that makes it impossible to create this one, because references are
    /// paths: `v1/rc` or `v1`, each for the other.
    pub fn tag_in_the_way(&self, name: &str) -> Result<Option<String>, Trouble> {
        let full = format!("refs/tags/{name}");
        let parents: Vec<&str> = name.match_indices('/').map(|(at, _)| &name[..at]).collect();
        let patterns = parents.iter().map(|parent| format!("refs/tags/{parent}"));
        let patterns: Vec<String> = patterns.chain([format!("{full}/")]).collect();
        let mut args = vec!["--format=%(refname)", "--"];
        args.extend(patterns.iter().map(String::as_str));
        let out = self.run("for-each-ref", &args)?;
        let text = String::from_utf8_lossy(&out);
        // For a parent that is a directory, git lists all tags in it.
        let is_in_the_way = |tag: &&str| {
            parents.contains(tag)
                || tag
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with('/'))
        };
        let mut tags = text
            .lines()
            .filter_map(|line| line.strip_prefix("refs/tags/"));
        Ok(tags.find(is_in_the_way).map(str::to_owned))
    }

    /// Returns the commits of HEAD down to the newest common ancestor of `bases` (full ids), or to the
    /// root if there is none.
    ///
    /// # Errors
    /// [`Trouble::Shallow`] if the history is incomplete, because missing commits would look like
    /// missing changes.
    pub fn log(&self, bases: &[String]) -> Result<History, Trouble> {
        if self.is_shallow()? {
            return Err(Trouble::Shallow);
        }
        self.history("HEAD", self.common(bases)?.as_deref())
    }

    /// Returns the path of the directory within the repository, with `/` at its end. Empty at the
    /// top.
    pub fn prefix(&self) -> Result<String, Trouble> {
        self.path("--show-prefix")
    }

    /// Returns the first commit after `base` (full id) on the way to `tip` (`HEAD` or a full id)
    /// along first parents, if `base` is its only parent.
    pub fn first_after(&self, base: &str, tip: &str) -> Result<Option<String>, Trouble> {
        self.known(base)?;
        let range = format!("{base}..{tip}");
        let out = self.run(
            "rev-list",
            &[
                "--first-parent",
                "--parents",
                "--end-of-options",
                &range,
                "--",
            ],
        )?;
        let text = String::from_utf8_lossy(&out);
        let ids: Vec<&str> = text.lines().last().unwrap_or_default().split(' ').collect();
        Ok(match ids[..] {
            [commit, parent] if parent == base => Some(commit.to_owned()),
            _ => None,
        })
    }

    /// Files that two commits (full ids) have different, relative to the top of the repository.
    pub fn differing_files(&self, from: &str, to: &str) -> Result<Vec<String>, Trouble> {
        self.known(from)?;
        self.known(to)?;
        let out = self.run(
            "diff-tree",
            &["-r", "-z", "--name-only", "--no-renames", from, to],
        )?;
        let names = out.split(|&b| b == 0).filter(|name| !name.is_empty());
        Ok(names
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect())
    }

    /// Returns the default branch of `origin` as this clone knows it.
    pub fn default_branch(&self) -> Option<String> {
        let out = self
            .run("symbolic-ref", &["refs/remotes/origin/HEAD"])
            .ok()?;
        let name = String::from_utf8_lossy(&out);
        let name = name.trim_end().strip_prefix("refs/remotes/origin/")?;
        Some(name.to_owned())
    }

    /// Returns the names of the branches of this clone and of its remotes.
    pub fn branches(&self) -> Result<BTreeSet<String>, Trouble> {
        let args = ["--format=%(refname)", "refs/heads", "refs/remotes"];
        let out = self.run("for-each-ref", &args)?;
        let text = String::from_utf8_lossy(&out);
        let names = text.lines().filter_map(|name| {
            let local = name.strip_prefix("refs/heads/");
            local.or_else(|| Some(name.strip_prefix("refs/remotes/")?.split_once('/')?.1))
        });
        Ok(names.map(str::to_owned).collect())
    }

    /// Returns whether a commit is in the history of another one, or both are the same.
    pub fn is_ancestor(&self, commit: &str, other: &str) -> Result<bool, Trouble> {
        let missing = self.text("rev-list", &["--max-count=1", commit, &format!("^{other}")])?;
        Ok(missing.is_empty())
    }

    /// Returns a branch of this name, of this clone or else of a remote, that has HEAD in its
    /// history: `main`, `origin/main`.
    pub fn branch_with_head(&self, name: &str) -> Result<Option<String>, Trouble> {
        let branch = self.branch_named(name, Some("--contains=HEAD"))?;
        Ok(branch.map(|(branch, _)| branch))
    }

    /// Returns the commit (full id) of a branch of this name, of this clone or else of a remote.
    pub fn branch_tip(&self, name: &str) -> Result<Option<String>, Trouble> {
        let branch = self.branch_named(name, None)?;
        Ok(branch.map(|(_, commit)| commit))
    }

    /// Returns whether this clone has a branch of this name, of its own or of a remote.
    pub fn has_branch(&self, name: &str) -> Result<bool, Trouble> {
        Ok(self.branch_named(name, None)?.is_some())
    }

    fn branch_named(
        &self,
        name: &str,
        filter: Option<&str>,
    ) -> Result<Option<(String, String)>, Trouble> {
        let branches = [
            "--format=%(objectname) %(refname)",
            "refs/heads",
            "refs/remotes",
        ];
        let args: Vec<&str> = filter.into_iter().chain(branches).collect();
        let out = self.run("for-each-ref", &args)?;
        let text = String::from_utf8_lossy(&out);
        let mut branches = text.lines().filter_map(|line| {
            let (commit, reference) = line.split_once(' ')?;
            if reference.strip_prefix("refs/heads/") == Some(name) {
                return Some((name.to_owned(), commit.to_owned()));
            }
            let branch = reference.strip_prefix("refs/remotes/")?;
            let is_named = branch.split_once('/')?.1 == name;
            is_named.then(|| (branch.to_owned(), commit.to_owned()))
        });
        Ok(branches.next())
    }

    /// Returns the last commits on the way to HEAD along first parents that changed a file
    /// (relative to the directory), newest first, at most `most`.
    pub fn commits_of(&self, path: &str, most: usize) -> Result<Vec<String>, Trouble> {
        let most = format!("--max-count={most}");
        let args = ["--first-parent", &most, "HEAD", "--", path];
        let out = self.run("rev-list", &args)?;
        let text = String::from_utf8_lossy(&out);
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// Returns the content of a file (relative to the directory) at a commit (full id). `None` if
    /// the commit does not have it.
    pub fn file_at(&self, commit: &str, path: &str) -> Result<Option<Vec<u8>>, Trouble> {
        self.known(commit)?;
        match self.run("cat-file", &["blob", &format!("{commit}:./{path}")]) {
            // Any other failure, such as a damaged object, does not mean that the file was missing.
            Err(Trouble::Failed { message, .. }) if is_missing(&message) => Ok(None),
            out => out.map(Some),
        }
    }

    /// Returns whether a path (relative to the directory) is a symbolic link at a commit (full id).
    pub fn is_link_at(&self, commit: &str, path: &str) -> Result<bool, Trouble> {
        let entry = self.run("ls-tree", &[commit, "--", path])?;
        Ok(entry.starts_with(b"120000 "))
    }

    /// Returns the newest commit that is in the history of a release (a full id) and in that of each commit since then.
    /// `None` if there is none.
    pub fn fork(&self, release: &str, since: &[Commit]) -> Result<Option<String>, Trouble> {
        let listed: BTreeSet<&str> = since.iter().map(|commit| commit.id.as_str()).collect();
        let parents = since.iter().flat_map(|commit| &commit.parents);
        let outside = parents.filter(|parent| !listed.contains(parent.as_str()));
        let bases: BTreeSet<&str> = outside.map(String::as_str).chain([release]).collect();
        self.common(&bases.into_iter().map(str::to_owned).collect::<Vec<_>>())
    }

    /// Returns the newest common ancestor of these commits.
    fn common(&self, bases: &[String]) -> Result<Option<String>, Trouble> {
        for base in bases {
            self.known(base)?;
        }
        let [first, rest @ ..] = bases else {
            return Ok(None);
        };
        if rest.iter().all(|base| base == first) {
            return Ok(Some(first.clone()));
        }
        let args: Vec<&str> = ["--octopus"]
            .into_iter()
            .chain(bases.iter().map(String::as_str))
            .collect();
        match self.text("merge-base", &args) {
            // Without a common ancestor it fails without a message.
            Err(Trouble::Failed { .. }) => Ok(None),
            id => id.map(|id| (!id.is_empty()).then_some(id)),
        }
    }
}

/// Reads name and commit of a reference from `%(refname)%00%(objectname)%00%(*objectname)`. An
/// annotated tag has an object of its own; the last field is its commit.
fn reference(line: &str) -> Option<(&str, &str)> {
    let mut parts = line.split('\0');
    let (name, object, peeled) = (parts.next()?, parts.next()?, parts.next()?);
    Some((name, if peeled.is_empty() { object } else { peeled }))
}

/// Returns whether a message of git means that a commit does not have a file.
fn is_missing(message: &str) -> bool {
    ["does not exist in", "exists on disk, but not in"]
        .iter()
        .any(|words| message.contains(words))
}

/// The fields of git's output.
pub(super) type LogFields<'t> = Peekable<Split<'t, char>>;

/// Reads the output of [`FORMAT`] with `-z` and with an option that lists changed files, of which
/// `next_file` reads one.
pub(super) fn parse_commits<F>(
    text: &str,
    next_file: impl Fn(&mut LogFields<'_>) -> Option<F>,
) -> Vec<(Commit, Vec<F>)> {
    let mut fields = text.split('\0').peekable();
    let mut commits = Vec::new();
    // Each commit begins with an empty field: the NUL in front of it.
    while fields.next() == Some("") {
        let (Some(id), Some(parents), Some(message)) =
            (fields.next(), fields.next(), fields.next())
        else {
            break;
        };
        fields.next();
        // Git writes a line break between the message and the first file.
        if let Some(first) = fields.peek_mut() {
            *first = first.strip_prefix('\n').unwrap_or(first);
        }
        let files = std::iter::from_fn(|| next_file(&mut fields)).collect();
        let parents = parents
            .split(' ')
            .filter(|id| !id.is_empty())
            .map(str::to_owned)
            .collect();
        let commit = Commit {
            id: id.to_owned(),
            parents,
            message: message.to_owned(),
            ..Commit::default()
        };
        commits.push((commit, files));
    }
    commits
}

/// Returns a path of the repository relative to one of its directories. `prefix` is that directory,
/// relative to the top and with `/` at its end.
pub fn relative(prefix: &str, path: &str) -> String {
    let mut from = prefix;
    let mut up = String::new();
    loop {
        if let Some(rest) = path.strip_prefix(from) {
            return up + rest;
        }
        let parent = from.trim_end_matches('/');
        from = parent.rfind('/').map_or("", |at| &parent[..=at]);
        up.push_str("../");
    }
}

#[cfg(test)]
mod tests;

//! The changes of files in a part of the history, and the contents of blobs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::contents::records;
use super::log::{FORMAT, LogFields, parse_commits, relative};
use super::{Git, Trouble, failed};
use crate::release::changelog::{Commit, Log};

/// Commits, newest first and each before its parents, with their changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Merges have the files that differ from their first parent.
    pub commits: Vec<Commit>,
    /// The changes of each of the commits, a merge's against its first parent.
    pub changes: Vec<Vec<FileChange>>,
    /// Full id of the commit whose history is not part of it.
    pub base: Option<String>,
}

/// A change of a file. A renamed one is removed and added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// Relative to the top of the repository.
    pub path: String,
    /// `None` for a new file.
    pub before: Option<Blob>,
    /// `None` for a removed file.
    pub after: Option<Blob>,
}

/// A file or link in a commit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Blob {
    /// Id of its content.
    pub id: String,
    /// Its kind.
    pub kind: BlobKind,
}

/// The kind of a blob in a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BlobKind {
    /// A file, executable or not.
    File,
    /// A symbolic link. Its content is the path that it leads to.
    Link,
    /// A submodule. Its id is that of a commit.
    Submodule,
}

/// The content of an object, or what git says about one that is missing or of another kind.
type Object = Result<Vec<u8>, String>;

/// The options of a list of changes, which override settings of the user.
const RAW: [&str; 6] = [
    "-r",
    "-z",
    "--raw",
    "--no-abbrev",
    "--no-renames",
    "--ignore-submodules=none",
];

impl Git {
    /// Returns the commits of `tip` (`HEAD` or a full id) that are not in the history of `base` (a full id).
    pub fn history(&self, tip: &str, base: Option<&str>) -> Result<History, Trouble> {
        let prefix = self.prefix()?;
        let not = base.map(|base| format!("^{base}"));
        let options = [
            "--topo-order",
            "--diff-merges=first-parent",
            "--root",
            "--no-relative",
            "--no-color",
            "--no-notes",
            "--no-show-signature",
            "--encoding=UTF-8",
            "--no-ext-diff",
            "--no-textconv",
            FORMAT,
            tip,
        ];
        let args: Vec<&str> = RAW
            .into_iter()
            .chain(options)
            .chain(not.as_deref())
            .chain(["--"])
            .collect();
        let out = match self.run("log", &args) {
            Err(Trouble::Failed { .. }) if self.standing()?.commit.is_none() => Vec::new(),
            Err(Trouble::Failed { .. }) if self.is_treeless()? => return Err(Trouble::Treeless),
            out => out?,
        };
        let text = String::from_utf8_lossy(&out);
        let read = parse_commits(&text, next_change);
        let (commits, changes): (Vec<Commit>, Vec<Vec<FileChange>>) = read.into_iter().unzip();
        let mut commits = Log::new(commits).commits;
        for (commit, changes) in commits.iter_mut().zip(&changes) {
            let paths = changes.iter().map(|change| change.path.as_str());
            commit.files = paths.map(|path| relative(&prefix, path)).collect();
        }
        let base = base.map(str::to_owned);
        Ok(History {
            commits,
            changes,
            base,
        })
    }

    /// Returns the files and links of a commit (full id) in a directory and below it, by their paths. All paths are relative to
    /// the top of the repository, which is the directory `""`.
    pub fn tree(&self, commit: &str, directory: &str) -> Result<BTreeMap<String, Blob>, Trouble> {
        let below = format!("{directory}/");
        let mut args = vec!["-r", "-z", "--full-tree", commit];
        if !directory.is_empty() {
            args.push(&below);
        }
        let out = self.run("ls-tree", &args)?;
        let entries = records(&out).filter_map(|record| {
            let record = String::from_utf8_lossy(record);
            let (entry, path) = record.split_once('\t')?;
            let mut parts = entry.split(' ');
            let (mode, id) = (parts.next()?, parts.nth(1)?);
            Some((path.to_owned(), blob(mode, id)?))
        });
        Ok(entries.collect())
    }

    /// Returns how the files of two commits (full ids) differ.
    pub fn differences(&self, from: &str, to: &str) -> Result<Vec<FileChange>, Trouble> {
        let args: Vec<&str> = RAW.into_iter().chain([from, to]).collect();
        let out = self.run("diff-tree", &args)?;
        let text = String::from_utf8_lossy(&out);
        let mut fields = text.split('\0').peekable();
        Ok(std::iter::from_fn(|| next_change(&mut fields)).collect())
    }

    /// Returns the old and new names of the files that each of these commits (full ids) moved, as git finds them by their
    /// contents.
    pub fn moves(&self, commits: &[&str]) -> Result<Vec<(String, String)>, Trouble> {
        if commits.is_empty() {
            return Ok(Vec::new());
        }
        let options = [
            "--stdin",
            "--no-commit-id",
            "-r",
            "-z",
            "--name-status",
            "--find-renames",
            "--no-rename-empty",
            "-l1000",
            "--diff-filter=R",
            "--ignore-submodules=none",
        ];
        let lines: String = commits.iter().map(|id| format!("{id}\n")).collect();
        let out = self.run_with("diff-tree", &options, lines.as_bytes())?;
        let text = String::from_utf8_lossy(&out);
        let fields: Vec<&str> = text.split('\0').collect();
        let moves = fields.chunks_exact(3);
        Ok(moves
            .map(|entry| (entry[1].to_owned(), entry[2].to_owned()))
            .collect())
    }

    /// Returns the commits of which only one of two commits (full ids) has one in its history, and the other one another
    /// with the same patch. Merges are not among them.
    pub fn equal_patches(&self, one: &str, other: &str) -> Result<BTreeSet<String>, Trouble> {
        let range = format!("{one}...{other}");
        let args = ["--cherry-mark", "--no-merges", &range, "--"];
        let out = self.run("rev-list", &args)?;
        let text = String::from_utf8_lossy(&out);
        let equal = text.lines().filter_map(|line| line.strip_prefix('='));
        Ok(equal.map(str::to_owned).collect())
    }

    /// Returns the id of each commit's patch, by the full id of the commit. Patches are equal up to white space and the
    /// numbers of lines. Merges and commits without changes have none.
    pub fn patches(&self, commits: &BTreeSet<&str>) -> Result<HashMap<String, String>, Trouble> {
        self.patch_ids(commits, &[])
    }

    /// Returns the same of the patches that take the commits back.
    pub fn inverse_patches(
        &self,
        commits: &BTreeSet<&str>,
    ) -> Result<HashMap<String, String>, Trouble> {
        self.patch_ids(commits, &["-R", "--src-prefix=b/", "--dst-prefix=a/"])
    }

    fn patch_ids(
        &self,
        commits: &BTreeSet<&str>,
        more: &[&str],
    ) -> Result<HashMap<String, String>, Trouble> {
        if commits.is_empty() {
            return Ok(HashMap::new());
        }
        let options = [
            "--stdin",
            "--root",
            "--patch",
            "--no-renames",
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
            "--src-prefix=a/",
            "--dst-prefix=b/",
            "--unified=3",
            "--ignore-submodules=none",
        ];
        let options = [&options, more].concat();
        let lines: String = commits.iter().map(|id| format!("{id}\n")).collect();
        let patches = self.run_with("diff-tree", &options, lines.as_bytes())?;
        if patches.is_empty() {
            return Ok(HashMap::new());
        }
        let out = self.run_with("patch-id", &["--stable"], &patches)?;
        let text = String::from_utf8_lossy(&out);
        let pairs = text.lines().filter_map(|line| line.split_once(' '));
        Ok(pairs
            .map(|(patch, commit)| (commit.to_owned(), patch.to_owned()))
            .collect())
    }

    /// Returns the contents of blobs by their ids. One process reads all of them.
    ///
    /// # Errors
    /// Also if the clone does not have one of them.
    pub fn blobs(&self, ids: &BTreeSet<&str>) -> Result<HashMap<String, Vec<u8>>, Trouble> {
        let objects = self.objects("blob", ids)?.into_iter();
        let blobs = objects.map(|(id, object)| match object {
            Ok(content) => Ok((id.to_owned(), content)),
            Err(header) => Err(failed("cat-file", &header)),
        });
        blobs.collect()
    }

    /// Returns the contents of files at a commit (full id) by their paths from the top of the repository. Those that the commit
    /// does not have are left out.
    pub fn files_at(
        &self,
        commit: &str,
        paths: &BTreeSet<String>,
    ) -> Result<HashMap<String, Vec<u8>>, Trouble> {
        let names = paths.iter().map(|path| format!("{commit}:{path}"));
        let names: BTreeSet<String> = names.collect();
        let objects = self.objects("blob", &names.iter().map(String::as_str).collect())?;
        let mut files = HashMap::new();
        for (name, object) in objects {
            let path = name.split_once(':').map_or(name, |(_, path)| path);
            match object {
                Ok(content) => _ = files.insert(path.to_owned(), content),
                Err(header) if header == format!("{name} missing") => {}
                Err(header) => return Err(failed("cat-file", &header)),
            }
        }
        Ok(files)
    }

    /// Returns the contents of objects of a kind by their ids, or the beginning of ids.
    pub(super) fn objects<'n>(
        &self,
        kind: &str,
        names: &BTreeSet<&'n str>,
    ) -> Result<Vec<(&'n str, Object)>, Trouble> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let lines: String = names.iter().map(|name| format!("{name}\n")).collect();
        let out = self.run_with("cat-file", &["--batch"], lines.as_bytes())?;
        let mut rest = out.as_slice();
        let mut found = Vec::new();
        for name in names {
            let end = rest.iter().position(|&byte| byte == b'\n');
            let end = end.ok_or_else(|| failed("cat-file", "its output is incomplete"))?;
            let header = String::from_utf8_lossy(&rest[..end]).into_owned();
            rest = &rest[end + 1..];
            let parts: Vec<&str> = header.split(' ').collect();
            let [_, of, size] = parts[..] else {
                found.push((*name, Err(header)));
                continue;
            };
            let content = size
                .parse()
                .ok()
                .and_then(|size: usize| rest.split_at_checked(size));
            let (content, after) = content.ok_or_else(|| failed("cat-file", &header))?;
            rest = after.strip_prefix(b"\n").unwrap_or(after);
            let is_of_kind = of == kind;
            found.push((*name, is_of_kind.then(|| content.to_vec()).ok_or(header)));
        }
        Ok(found)
    }
}

/// Reads `:MODE MODE ID ID STATUS` and a path, each ended by NUL.
fn next_change(fields: &mut LogFields<'_>) -> Option<FileChange> {
    let entry = fields.next_if(|field| field.starts_with(':'))?;
    let path = fields.next()?.to_owned();
    let mut parts = entry.trim_start_matches(':').split(' ');
    let [before, after, old, new] = [(); 4].map(|()| parts.next().unwrap_or_default());
    Some(FileChange {
        path,
        before: blob(before, old),
        after: blob(after, new),
    })
}

/// Returns the blob of a tree's entry. `None` if the entry does not exist.
fn blob(mode: &str, id: &str) -> Option<Blob> {
    let kind = match mode {
        "120000" => BlobKind::Link,
        "160000" => BlobKind::Submodule,
        mode if mode.starts_with("100") => BlobKind::File,
        _ => return None,
    };
    Some(Blob {
        id: id.to_owned(),
        kind,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::tests::git;
    use crate::tests::Scratch;

    fn shown(changes: &[FileChange]) -> Vec<String> {
        let sign = |change: &FileChange| match (&change.before, &change.after) {
            (None, _) => '+',
            (_, None) => '-',
            _ => '~',
        };
        let changes = changes.iter();
        changes
            .map(|change| format!("{}{}", sign(change), change.path))
            .collect()
    }

    #[test]
    fn commits_come_with_the_changes_of_their_files() {
        let scratch = Scratch::new();
        let top = scratch.path();
        let commit = |message: &str| {
            git(top, &["add", "--all"]);
            git(
                top,
                &["commit", "--quiet", "--allow-empty", "--message", message],
            );
            git(top, &["rev-parse", "HEAD"])
        };
        git(top, &["init", "--quiet", "--initial-branch=main"]);
        scratch.write("d/a", "old\n");
        let first = commit("first\n\nbody");
        git(top, &["switch", "--quiet", "--create", "side"]);
        scratch.write("d/b \u{e9}", "new");
        scratch.write("d/a", "");
        commit("side");
        git(top, &["switch", "--quiet", "main"]);
        commit("empty");
        git(
            top,
            &["merge", "--quiet", "--no-ff", "--message", "merge", "side"],
        );
        git(top, &["rm", "--quiet", "d/a"]);
        let last = commit("removed");

        let git = Git::at(&top.join("d"));
        let history = git.history("HEAD", None).unwrap();
        let commits = history.commits.iter().zip(&history.changes);
        let found: Vec<String> = commits
            .map(|(commit, changes)| {
                format!(
                    "{}: {} {}",
                    commit.title(),
                    shown(changes).join(" "),
                    commit.files.join(" ")
                )
            })
            .collect();
        let both = "~d/a +d/b \u{e9} a b \u{e9}";
        let expected = [
            "removed: -d/a a",
            &format!("merge: {both}"),
            &format!("side: {both}"),
            "empty:  ",
            "first: +d/a a",
        ];
        assert_eq!(found, expected);
        assert_eq!(
            history.commits[2].merge.as_ref(),
            Some(&history.commits[1].id)
        );
        let later = git.history("HEAD", Some(&first)).unwrap();
        assert_eq!(later.commits.len(), 4);
        assert_eq!(
            git.history(&first, Some(&last)).unwrap().commits,
            Vec::<Commit>::new()
        );

        assert_eq!(git.moves(&[&first, &last]), Ok(Vec::new()));
        scratch.write("d/text", "some text\nof lines\n");
        scratch.write("d/empty", "");
        commit("text");
        std::fs::rename(top.join("d/text"), top.join("moved")).unwrap();
        std::fs::rename(top.join("d/empty"), top.join("other")).unwrap();
        let moving = commit("move");
        let text = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        assert_eq!(
            git.moves(&[&last, &moving]),
            Ok(vec![text("d/text", "moved")])
        );

        let differing = git.differences(&last, &first).unwrap();
        assert_eq!(shown(&differing), ["+d/a", "-d/b \u{e9}"]);
        let tree = git.tree(&first, "").unwrap();
        assert_eq!(git.tree(&first, "d").unwrap(), tree);
        assert!(git.tree(&first, "e").unwrap().is_empty());
        let ids: BTreeSet<&str> = tree.values().map(|blob| blob.id.as_str()).collect();
        let blobs = git.blobs(&ids).unwrap();
        assert_eq!(blobs[&tree["d/a"].id], b"old\n");
        let missing = "0123456789012345678901234567890123456789";
        let error = git.blobs(&BTreeSet::from([missing])).unwrap_err();
        assert!(error.to_string().contains("missing"), "{error}");
    }
}

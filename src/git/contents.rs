//! Compares the contents of the working tree with HEAD, whatever the index records about its files.
//!
//! Git does not read a file whose size and times equal those in the index, or whose entry has a mark such as
//! `assume-unchanged`, and the configuration of a submodule can hide its changes. A temporary index that was read from HEAD
//! has neither times nor marks, so that git must read every file. Submodules are compared in the same way.
//!
//! Git compares contents after it has converted line ends. A file with the very bytes of HEAD differs for git if its line
//! ends are not those that `.gitattributes` asks for, although a commit may have it like this. Such a file does not differ.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::index::git_dir;
use super::{Git, Trouble, failed, log, real_path};

/// How the working tree differs from HEAD. Paths are relative to the directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Files that differ from HEAD or are untracked and not ignored, those of submodules included. A submodule that git
    /// itself lists as changed is named instead of its files.
    pub differing: Vec<String>,
    /// Directories with files that belong to a submodule which is not initialized.
    pub uninitialized: Vec<String>,
    /// Submodules whose commit is on no branch of a remote, so that others cannot check it out.
    pub unpushed: Vec<String>,
}

impl Git {
    /// Compares the contents of all files of the repository and its submodules with HEAD. The user's index is not used; the
    /// temporary one is written to `scratch`.
    pub fn contents(&self, scratch: &Path) -> Result<Contents, Trouble> {
        let prefix = self.prefix()?;
        let mut found = Contents::default();
        let top = self.top()?;
        Self::at(&top).compare("", &scratch.join("index"), &mut found)?;
        // The directory for temporary files may be in the repository.
        if let Ok(scratch) = real_path(scratch).strip_prefix(real_path(&top)) {
            found
                .differing
                .retain(|name| !Path::new(name).starts_with(scratch));
        }
        let lists = [
            &mut found.differing,
            &mut found.uninitialized,
            &mut found.unpushed,
        ];
        for name in lists.into_iter().flatten() {
            *name = log::relative(&prefix, name);
        }
        Ok(found)
    }

    /// Returns the tracked files that differ from HEAD although a mark, such as `assume-unchanged`, hides that. One that a
    /// sparse checkout left out does not.
    pub fn hidden_edits(&self, scratch: &Path) -> Result<Vec<String>, Trouble> {
        let mut marked = self.marked()?;
        marked.retain(|one| {
            let is_there = self.root.join(&one.file).symlink_metadata().is_ok();
            is_there || one.mark != "skip-worktree"
        });
        if marked.is_empty() {
            return Ok(Vec::new());
        }
        let differing = self.contents(scratch)?.differing;
        let files = marked.into_iter().map(|one| one.file);
        Ok(files.filter(|file| differing.contains(file)).collect())
    }

    /// Returns the first Rust source, manifest or lockfile whose edits a filter of git can hide, and the filter: git runs
    /// `filter.NAME.clean` before it compares. The filter of Git LFS hides none.
    pub fn filtered_source(&self) -> Result<Option<(String, String)>, Trouble> {
        let args = ["-z", "--get-regexp", r"^filter\..*\.(clean|process)$"];
        let settings = match self.run("config", &args) {
            // Git exits with 1 if there is none.
            Err(Trouble::Failed { .. }) => return Ok(None),
            settings => settings?,
        };
        let mut filters = BTreeSet::new();
        for setting in records(&settings) {
            let setting = String::from_utf8_lossy(setting).into_owned();
            let (key, value) = setting.split_once('\n').unwrap_or((&setting, ""));
            let name = key
                .strip_prefix("filter.")
                .and_then(|key| Some(key.rsplit_once('.')?.0));
            let is_lfs = name == Some("lfs") && value.starts_with("git-lfs ");
            filters.extend(name.filter(|_| !is_lfs).map(str::to_owned));
        }
        if filters.is_empty() {
            return Ok(None);
        }
        let sources = [":(top)*.rs", ":(top)*.toml", ":(top)*.lock"];
        let files = self.run("ls-files", &[&["-z", "--"], &sources[..]].concat())?;
        let attributes = self.run_with("check-attr", &["-z", "--stdin", "filter"], &files)?;
        let fields: Vec<&[u8]> = records(&attributes).collect();
        let entries = fields.chunks_exact(3);
        let mut entries = entries.map(|entry| [entry[0], entry[2]].map(String::from_utf8_lossy));
        let filtered = entries.find(|[_, filter]| filters.contains(&**filter));
        Ok(filtered.map(|[file, filter]| (file.into_owned(), filter.into_owned())))
    }

    /// Returns the files that git lists as modified after a checkout of HEAD to this repository, which is a clone: their
    /// attributes ask for other contents than the commit has. Submodules are not searched. Paths are relative to the directory.
    ///
    /// Git itself lists those that were written in the second in which it wrote its index.
    pub fn modified_by_checkout(&self, scratch: &Path) -> Result<Vec<String>, Trouble> {
        let (prefix, top) = (self.prefix()?, Self::at(&self.top()?));
        let index = scratch.join("index");
        top.run_in("read-tree", &["HEAD"], &[], &index)?;
        let status = top.run_in("status", &super::STATUS, &[], &index)?;
        let names = records(&status).filter_map(|record| record.strip_prefix(b" M "));
        let names = names.map(String::from_utf8_lossy);
        // Links into the original repository were broken, and submodules have files of their own.
        let files = names.filter(|name| {
            let found = fs::symlink_metadata(top.root.join(&**name));
            found.is_ok_and(|found| found.is_file())
        });
        Ok(files.map(|name| log::relative(&prefix, &name)).collect())
    }

    /// Runs `git diff` as if the index had the untracked files too, so that git finds those that were renamed. The index of
    /// the user is copied.
    pub(super) fn diff_with_untracked(
        &self,
        args: &[&str],
        untracked: &[&[u8]],
        index: &Path,
    ) -> Result<Vec<u8>, Trouble> {
        let own = self.text("rev-parse", &["--git-path", "index"])?;
        let own = self.root.join(own.trim_end_matches('\n'));
        if own.exists() {
            fs::copy(own, index).map_err(|error| failed("update-index", &error.to_string()))?;
        }

        // Git reads the file itself, because its times are not those of the entry. Any object will do.
        let object = self.text("hash-object", &["--stdin"])?;
        let prefix = self.prefix()?;
        let mut entries = Vec::new();
        for name in untracked.iter().filter(|name| !name.ends_with(b"/")) {
            let start = format!("100644 {}\t{prefix}", object.trim());
            entries.extend([start.as_bytes(), *name, b"\0"].concat());
        }
        let add = ["-z", "--index-info"];
        self.run_in("update-index", &add, &entries, index)?;
        self.run_in("diff", args, &[], index)
    }

    /// Adds the differences of the repository with this top directory, which is at `place` of the outermost one.
    fn compare(&self, place: &str, index: &Path, found: &mut Contents) -> Result<(), Trouble> {
        match fs::remove_file(index) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(failed("read-tree", &error.to_string()));
            }
            _ => {}
        }
        if self.head()?.is_some() {
            self.run_in("read-tree", &["HEAD"], &[], index)?;
        }
        let status = self.run_in("status", &super::STATUS, &[], index)?;
        let entries = self.run_in("ls-files", &["-z", "--stage"], &[], index)?;
        let names: Vec<&[u8]> = records(&status)
            .filter_map(|record| record.get(3..))
            .collect();
        let same = self.with_bytes_of_head(&names, &entries)?;
        let differing = names.iter().filter(|name| !same.contains(*name));
        let differing = differing.map(|name| format!("{place}{}", String::from_utf8_lossy(name)));
        found.differing.extend(differing);

        for record in records(&entries).filter(|record| record.starts_with(b"160000 ")) {
            let name = record.split(|&b| b == b'\t').skip(1).collect::<Vec<_>>();
            let name = String::from_utf8_lossy(&name.join(&b'\t')).into_owned();
            let (top, place) = (self.root.join(&name), format!("{place}{name}"));
            if found.differing.contains(&place) {
                continue;
            }
            if git_dir(&top).is_some() {
                let submodule = Self::at(&top);
                submodule.compare(&format!("{place}/"), index, found)?;
                if !submodule.is_on_remote("HEAD")? {
                    found.unpushed.push(place);
                }
            } else if has_files(&top) {
                found.uninitialized.push(place);
            }
        }
        Ok(())
    }

    /// Returns those of the files that have the mode and, without any conversion, the bytes of HEAD. `entries` are those of
    /// an index that was read from HEAD.
    fn with_bytes_of_head<'n>(
        &self,
        names: &[&'n [u8]],
        entries: &[u8],
    ) -> Result<BTreeSet<&'n [u8]>, Trouble> {
        let objects: BTreeMap<&[u8], &[u8]> = records(entries).filter_map(entry).collect();
        let files: Vec<(&[u8], &str, &[u8])> = names
            .iter()
            .filter_map(|name| {
                let (mode, object) = objects.get(name)?.split_at_checked(7)?;
                // The names are passed on in lines.
                let path = std::str::from_utf8(name).ok()?;
                let is_listed = !path.contains('\n') && has_mode(&self.root.join(path), mode);
                is_listed.then_some((*name, path, object.split(|&byte| byte == b' ').next()?))
            })
            .collect();
        if files.is_empty() {
            return Ok(BTreeSet::new());
        }

        let paths: String = files
            .iter()
            .map(|(_, path, _)| format!("{path}\n"))
            .collect();
        let args = ["--no-filters", "--stdin-paths"];
        let hashes = self.run_with("hash-object", &args, paths.as_bytes())?;
        let hashes = hashes.split(|&byte| byte == b'\n');
        Ok(files
            .into_iter()
            .zip(hashes)
            .filter(|((_, _, object), hash)| object == hash)
            .map(|((name, _, _), _)| name)
            .collect())
    }

    /// Returns whether a remote has a commit as far as this clone knows: a remote branch contains it, or a tag, which may be
    /// how the clone got it. A shallow clone does not know and may have got the commit itself.
    fn is_on_remote(&self, commit: &str) -> Result<bool, Trouble> {
        if self.is_shallow()? {
            return Ok(true);
        }
        let contains = format!("--contains={commit}");
        let places = ["refs/remotes", "refs/tags"];
        let args = ["--count=1", &contains, "--", places[0], places[1]];
        Ok(!self.run("for-each-ref", &args)?.is_empty())
    }

    /// Runs a command with another index.
    fn run_in(
        &self,
        command: &str,
        args: &[&str],
        input: &[u8],
        index: &Path,
    ) -> Result<Vec<u8>, Trouble> {
        // A split index would have a part in the user's repository, and a sparse one would hide files.
        let config = ["core.splitIndex=false", "core.sparseCheckout=false"];
        let index: &OsStr = index.as_os_str();
        self.run_configured(&config, command, args, input, &[("GIT_INDEX_FILE", index)])
    }
}

/// Returns the records of output that was requested with `-z`.
pub(super) fn records(output: &[u8]) -> impl Iterator<Item = &[u8]> {
    output
        .split(|&byte| byte == 0)
        .filter(|record| !record.is_empty())
}

/// Returns name and `MODE OBJECT STAGE` of a record of `ls-files --stage`.
fn entry(record: &[u8]) -> Option<(&[u8], &[u8])> {
    let tab = record.iter().position(|&byte| byte == b'\t')?;
    Some((&record[tab + 1..], &record[..tab]))
}

/// Returns whether a path is a regular file that is executable as the mode of an entry says.
fn has_mode(path: &Path, mode: &[u8]) -> bool {
    let Ok(found) = fs::symlink_metadata(path) else {
        return false;
    };
    #[cfg(unix)]
    let is_executable = std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o100 != 0;
    // Other systems have no such permission.
    #[cfg(not(unix))]
    let is_executable = mode == b"100755 ";
    let expected: &[u8] = if is_executable {
        b"100755 "
    } else {
        b"100644 "
    };
    found.is_file() && mode == expected
}

fn has_files(directory: &Path) -> bool {
    fs::read_dir(directory).is_ok_and(|mut files| files.next().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::tests::git;
    use crate::tests::Scratch;

    /// A repository `outer` with the submodule `sub`, which has the submodule `in`. Each has a file `f`.
    fn nested() -> Scratch {
        let scratch = Scratch::new();
        for (name, inner) in [
            ("in", None),
            ("sub", Some(("../in", "in"))),
            ("outer", Some(("../sub", "sub"))),
        ] {
            scratch.write(&format!("{name}/f"), "old");
            let top = scratch.path().join(name);
            git(&top, &["init", "--quiet"]);
            if let Some((url, path)) = inner {
                let from = top.join(url).canonicalize().unwrap();
                let from = from.to_str().unwrap();
                git(&top, &["submodule", "--quiet", "add", from, path]);
            }
            git(&top, &["add", "--all"]);
            git(&top, &["commit", "--quiet", "--message", "m"]);
        }
        let outer = scratch.path().join("outer");
        let update = ["submodule", "--quiet", "update", "--init", "--recursive"];
        git(&outer, &update);
        scratch
    }

    fn compared(scratch: &Scratch, directory: &str) -> Contents {
        let git = Git::at(&scratch.path().join(directory));
        git.contents(scratch.path()).unwrap()
    }

    #[test]
    fn change_that_git_status_does_not_show_is_found() {
        type Hide = fn(&Path);
        let hidden: [(&str, Hide); 4] = [
            ("f", |top| {
                drop(git(top, &["update-index", "--assume-unchanged", "f"]))
            }),
            ("sub/f", |top| {
                drop(git(
                    &top.join("sub"),
                    &["update-index", "--skip-worktree", "f"],
                ));
            }),
            ("sub/in/f", |top| {
                let sub = top.join("sub");
                git(&sub, &["config", "submodule.in.ignore", "all"]);
                // The file may be written in another second than the index.
                git(&sub.join("in"), &["config", "core.trustctime", "false"]);
            }),
            ("f", |top| {
                for (key, value) in [("core.trustctime", "false"), ("core.checkStat", "minimal")] {
                    git(top, &["config", key, value]);
                }
            }),
        ];
        for (file, hide) in hidden {
            let scratch = nested();
            let outer = scratch.path().join("outer");
            let path = outer.join(file);
            // The index must be younger than the file, or git would read the file.
            let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
            let set_time = |path: &Path| {
                let open = fs::File::options().write(true).open(path).unwrap();
                open.set_modified(old).unwrap();
            };
            set_time(&path);
            hide(&outer);
            git(path.parent().unwrap(), &["status"]);
            scratch.write(&format!("outer/{file}"), "new");
            set_time(&path);
            let index = fs::read(outer.join(".git/index")).unwrap();
            assert_eq!(git(&outer, &["status", "--porcelain"]), "", "{file}");
            let found = compared(&scratch, "outer");
            assert_eq!(found.differing, [file]);
            assert_eq!(fs::read(outer.join(".git/index")).unwrap(), index);
        }
    }

    #[cfg(unix)]
    #[test]
    fn file_with_the_bytes_of_head_does_not_differ_whatever_its_line_ends() {
        use std::os::unix::fs::PermissionsExt;

        let crlf = "a\r\nb\r\n";
        for (attributes, text, mode, expected) in [
            ("", crlf, 0o644, &[][..]),
            ("* text=auto", crlf, 0o644, &[]),
            ("* text", crlf, 0o644, &[]),
            ("* text eol=lf", crlf, 0o644, &[]),
            ("* -text", crlf, 0o644, &[]),
            ("* text", "a\r\n", 0o644, &["f"]),
            ("* text", "a\nb\n", 0o644, &["f"]),
            ("* text", crlf, 0o755, &["f"]),
        ] {
            let scratch = Scratch::new();
            scratch.write("top/f", crlf);
            let top = scratch.path().join("top");
            git(&top, &["init", "--quiet"]);
            git(&top, &["add", "--all"]);
            scratch.write("top/.gitattributes", attributes);
            git(&top, &["add", ".gitattributes"]);
            git(&top, &["commit", "--quiet", "--message", "m"]);
            scratch.write("top/f", text);
            fs::set_permissions(top.join("f"), fs::Permissions::from_mode(mode)).unwrap();
            let found = compared(&scratch, "top");
            assert_eq!(found.differing, expected, "{attributes} {text:?} {mode:o}");
        }
    }

    #[test]
    fn file_that_a_checkout_modifies_is_found() {
        for (attributes, text, expected) in [
            ("*.txt text", "a\r\n", &["a/f.txt"][..]),
            ("*.txt text", "a\n", &[]),
            ("*.txt text eol=crlf", "a\n", &[]),
            ("*.txt text=auto", "a\r\n", &[]),
            ("*.txt -text", "a\r\n", &[]),
            ("*.txt ident", "$Id: 0123 $\n", &["a/f.txt"]),
            ("*.txt ident", "$Id$\n", &[]),
        ] {
            let scratch = Scratch::new();
            scratch.write("top/d/a/f.txt", text);
            let top = scratch.path().join("top");
            git(&top, &["init", "--quiet"]);
            git(&top, &["add", "--all"]);
            scratch.write("top/.gitattributes", attributes);
            git(&top, &["add", ".gitattributes"]);
            git(&top, &["commit", "--quiet", "--message", "m"]);
            let to = scratch.path().join("clone");
            Git::at(&top).clone_head(&to).unwrap();
            git(&to, &["update-index", "--assume-unchanged", "d/a/f.txt"]);
            let found = Git::at(&to.join("d")).modified_by_checkout(scratch.path());
            assert_eq!(found.unwrap(), expected, "{attributes} {text:?}");
        }
    }

    #[test]
    fn filter_of_sources_is_found_unless_it_is_that_of_lfs() {
        for (key, program, attributes, expected) in [
            ("filter.x.clean", "cat", "*.rs filter=x", Some("d/a.rs")),
            (
                "filter.x.process",
                "cat",
                "/d/a.rs filter=x",
                Some("d/a.rs"),
            ),
            ("filter.x.clean", "cat", "*.rs filter=y", None),
            ("filter.x.clean", "cat", "*.txt filter=x", None),
            ("filter.x.smudge", "cat", "*.rs filter=x", None),
            (
                "filter.lfs.clean",
                "git-lfs clean -- %f",
                "*.rs filter=lfs",
                None,
            ),
            (
                "filter.lfs.clean",
                "./own",
                "*.rs filter=lfs",
                Some("d/a.rs"),
            ),
        ] {
            let scratch = Scratch::new();
            let top = scratch.path();
            git(top, &["init", "--quiet"]);
            scratch.write("d/a.rs", "");
            scratch.write("b.txt", "");
            git(top, &["add", "--all"]);
            git(top, &["config", key, program]);
            scratch.write(".gitattributes", attributes);
            let found = Git::at(top).filtered_source().unwrap();
            let found = found.as_ref().map(|(file, _)| file.as_str());
            assert_eq!(found, expected, "{key} {program} {attributes}");
        }
    }

    #[test]
    fn temporary_files_in_the_repository_do_not_differ() {
        let scratch = nested();
        let outer = scratch.path().join("outer");
        for name in ["tmp", "own"] {
            scratch.write(&format!("outer/{name}/f"), "");
        }
        let found = Git::at(&outer).contents(&outer.join("tmp")).unwrap();
        assert_eq!(found.differing, ["own/f"]);
    }

    #[test]
    fn submodule_commit_without_a_remote_branch_is_found() {
        let scratch = nested();
        let inner = scratch.path().join("outer/sub/in");
        git(
            &inner,
            &["commit", "--quiet", "--allow-empty", "--message", "local"],
        );
        for (top, name) in [("outer/sub", "in"), ("outer", "sub")] {
            let top = scratch.path().join(top);
            git(&top, &["commit", "--quiet", "--message", "m", "--", name]);
        }
        assert_eq!(compared(&scratch, "outer").unpushed, ["sub/in", "sub"]);
        for submodule in ["outer/sub/in", "outer/sub"] {
            let remote = ["push", "--quiet", "origin", "HEAD:refs/heads/other"];
            git(&scratch.path().join(submodule), &remote);
        }
        assert_eq!(compared(&scratch, "outer"), Contents::default());
    }

    #[test]
    fn files_of_a_submodule_that_is_not_initialized_are_found() {
        let scratch = nested();
        let outer = scratch.path().join("outer");
        assert_eq!(compared(&scratch, "outer"), Contents::default());
        git(
            &outer,
            &["submodule", "--quiet", "deinit", "--force", "sub"],
        );
        assert_eq!(compared(&scratch, "outer"), Contents::default());
        scratch.write("outer/sub/f", "old");
        scratch.write("outer/d/new", "");
        let found = compared(&scratch, "outer/d");
        assert_eq!(found.differing, ["new"]);
        assert_eq!(found.uninitialized, ["../sub"]);
    }
}
